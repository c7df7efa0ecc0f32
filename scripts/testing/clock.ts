import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"

export { TestClock }

/** Lets what is not on the clock go on: files, promises. */
const turn = Effect.async<void>((resume) => {
  setImmediate(() => resume(Effect.void))
})

/**
 * Runs an effect while the test's clock goes on by steps, and tells how many milliseconds of it have passed.
 */
export const timed = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  step: Duration.DurationInput = "250 millis"
): Effect.Effect<readonly [A, number], E, R> =>
  Effect.gen(function*() {
    const start = yield* Clock.currentTimeMillis
    const fiber = yield* Effect.fork(
      Effect.flatMap(Effect.exit(effect), (exit) =>
        Effect.map(Clock.currentTimeMillis, (end) => [exit, end - start] as const))
    )
    while (Option.isNone(yield* Fiber.poll(fiber))) {
      yield* turn
      yield* TestClock.adjust(step)
    }
    const [exit, millis] = yield* Fiber.join(fiber)
    return [yield* exit, millis] as const
  })
