import * as Effect from "effect/Effect"

/**
 * A result that one fiber waits for, and perhaps whoever interrupts it. It is made and given in plain code, and waiting for it
 * is one step: a Deferred takes as long as the rest of a small write.
 */
export class Ending<out A, in out E> {
  private result: Effect.Effect<A, E> | undefined
  private readonly waiting: Array<() => void> = []

  /** Only the first result counts. */
  end(result: Effect.Effect<A, E>): void {
    if (this.result !== undefined) return
    this.result = result
    for (const wake of this.waiting.splice(0)) wake()
  }

  /** Waits for the result. Who is interrupted meanwhile does the other thing, which may wait for it too. */
  awaited(onInterrupt: Effect.Effect<void>): Effect.Effect<A, E> {
    return Effect.async<A, E>((resume) => {
      if (this.whenOver(() => resume(this.result!))) return
      return onInterrupt
    })
  }

  /** Waits until there is a result, whatever it is. */
  get over(): Effect.Effect<void> {
    return Effect.async<void>((resume) => {
      this.whenOver(() => resume(Effect.void))
    })
  }

  /** Whether it is over already. */
  private whenOver(wake: () => void): boolean {
    if (this.result === undefined) {
      this.waiting.push(wake)
      return false
    }
    wake()
    return true
  }
}
