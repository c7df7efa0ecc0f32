import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"

/**
 * Ends an effect that gives no sign of life for so many milliseconds with an error. It is given what it says with that it
 * goes on.
 */
export const within = <A, E, R, E2>(
  limit: number,
  run: (alive: () => void) => Effect.Effect<A, E, R>,
  onSilence: () => E2
): Effect.Effect<A, E | E2, R> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function*() {
      const clock = yield* Effect.clock
      let last = clock.unsafeCurrentTimeMillis()
      let late = false
      const fiber = yield* Effect.fork(restore(run(() => {
        last = clock.unsafeCurrentTimeMillis()
      })))
      const watch: Effect.Effect<void> = Effect.flatMap(Clock.currentTimeMillis, (now) => {
        if (now - last < limit) return Effect.andThen(Effect.sleep(limit - (now - last)), watch)
        late = true
        return Fiber.interruptFork(fiber)
      })
      const watcher = yield* Effect.fork(Effect.interruptible(watch))
      const exit = yield* restore(Fiber.await(fiber)).pipe(
        Effect.onInterrupt(() => Fiber.interruptAll([fiber, watcher]))
      )
      yield* Fiber.interruptFork(watcher)
      return yield* late && Exit.isInterrupted(exit) ? Effect.fail(onSilence()) : exit
    })
  )
