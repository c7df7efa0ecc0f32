import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Runtime from "effect/Runtime"
import * as Stream from "effect/Stream"
import { Readable } from "node:stream"

const ignore = () => {}

/** A stream as the body of a request: run as fast as the connection takes it, and stopped with it. */
export class StreamBody extends Readable {
  /** What the stream failed with. Node would take an Error, and nothing else. */
  failed: { readonly cause: unknown } | undefined
  /** Waits until the stream has let go of all that it holds. */
  readonly closing: Effect.Effect<void> = Effect.async((resume) => {
    if (this.closed) resume(Effect.void)
    else this.once("close", () => resume(Effect.void))
  })
  private fiber: Fiber.RuntimeFiber<Exit.Exit<void, unknown>> | undefined
  private proceed: (() => void) | undefined

  constructor(
    private readonly stream: Stream.Stream<Uint8Array, unknown>,
    private readonly runtime: Runtime.Runtime<never>
  ) {
    super()
    // The request tells of it. Without a listener Node would end the process.
    this.on("error", ignore)
  }

  private start(): void {
    // As a value: a fiber that ends with a failure logs it, and the request tells of it.
    this.fiber = Runtime.runFork(this.runtime)(Effect.exit(
      Stream.runForEachChunk(this.stream, (chunk) =>
        Effect.async<void>((resume) => {
          let more = true
          for (const bytes of chunk) more = this.push(bytes)
          if (more) return resume(Effect.void)
          this.proceed = () => resume(Effect.void)
        }))
    ))
    this.fiber.addObserver((ended) => {
      const exit = Exit.flatten(ended)
      if (Exit.isSuccess(exit)) this.push(null)
      else if (!this.destroyed) {
        this.failed = { cause: Cause.squash(exit.cause) }
        this.destroy(new Error("the stream of the request's body failed"))
      }
    })
  }

  override _read(): void {
    if (this.fiber === undefined) return this.start()
    const { proceed } = this
    this.proceed = undefined
    proceed?.()
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    if (this.fiber === undefined) return callback(error)
    this.fiber.addObserver(() => callback(error))
    this.fiber.unsafeInterruptAsFork(this.fiber.id())
  }
}

export const make = (stream: Stream.Stream<Uint8Array, unknown>): Effect.Effect<StreamBody> =>
  Effect.map(Effect.runtime<never>(), (runtime) => new StreamBody(stream, runtime))
