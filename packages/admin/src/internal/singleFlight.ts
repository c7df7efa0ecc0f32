import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"

interface Flight<A, E> {
  readonly landed: Deferred.Deferred<A, E>
  waiting: number
  fiber: Fiber.RuntimeFiber<void> | undefined
}

/**
 * Runs an effect once for all who ask for it at the same time. It goes on as long as one of them waits, whoever asked
 * first, and is interrupted when nobody does.
 */
export const make = <A, E>(run: Effect.Effect<A, E>): Effect.Effect<A, E> => {
  let current: Flight<A, E> | undefined

  const start = (flight: Flight<A, E>) =>
    Effect.interruptible(run).pipe(
      Effect.exit,
      Effect.flatMap((exit) =>
        Effect.sync(() => {
          if (current === flight) current = undefined
          Deferred.unsafeDone(flight.landed, exit)
        })
      ),
      Effect.forkDaemon,
      Effect.map((fiber) => {
        flight.fiber = fiber
      })
    )

  const leave = (flight: Flight<A, E>) =>
    Effect.suspend(() => {
      flight.waiting--
      if (flight.waiting > 0 || current !== flight) return Effect.void
      current = undefined
      return flight.fiber === undefined ? Effect.void : Fiber.interruptFork(flight.fiber)
    })

  return Effect.uninterruptibleMask((restore) =>
    Effect.suspend(() => {
      const wait = (flight: Flight<A, E>) =>
        Effect.ensuring(restore(Deferred.await(flight.landed)), Effect.suspend(() => leave(flight)))
      if (current !== undefined) {
        current.waiting++
        return wait(current)
      }
      const flight: Flight<A, E> = { landed: Deferred.unsafeMake(FiberId.none), waiting: 1, fiber: undefined }
      current = flight
      return Effect.andThen(start(flight), wait(flight))
    })
  )
}
