import * as Effect from "effect/Effect"

/** How long work may go on before timers, sockets and interruption get their turn. */
const maxMillis = 20

/** Timers wait for at least a millisecond; where there is something that does not, it is taken. */
const later: (run: () => void) => void = typeof globalThis.setImmediate === "function"
  ? (run) => globalThis.setImmediate(run)
  : (run) => setTimeout(run, 0)

/**
 * An Effect to run between pieces of work: it lets the event loop turn where the last turn was a while ago. Yielding alone
 * does not, as fibers are resumed before the timers that would interrupt them.
 */
export const makeTurns = (): Effect.Effect<void> => {
  let last = performance.now()
  const turn = Effect.async<void>((resume) =>
    later(() => {
      last = performance.now()
      resume(Effect.void)
    })
  )
  return Effect.suspend(() => performance.now() - last < maxMillis ? Effect.void : turn)
}
