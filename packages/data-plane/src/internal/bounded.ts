import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"

/**
 * What `run` makes of the items of a source, in their order. An item is read only when there is a place for it, and keeps its
 * place until its result is given on: `Stream.mapEffect` keeps up to as many again in its queue.
 */
export const mapOrdered = <X, E, R, Y, E2>(
  source: Stream.Stream<X, E, R>,
  run: (item: X) => Effect.Effect<Y, E2>,
  places: number
): Stream.Stream<Y, E | E2, R> =>
  Stream.unwrapScoped(Effect.gen(function*() {
    const scope = yield* Effect.scope
    const pull = yield* Stream.toPull(Stream.rechunk(source, 1))
    const free = yield* Effect.makeSemaphore(places)
    const results = yield* Queue.unbounded<Effect.Effect<Y, Option.Option<E | E2>>>()

    const next = Effect.flatMap(pull, ([item]) =>
      Effect.flatMap(
        // As a value: a fiber that ends with a failure logs it, and whoever reads the results looks at it.
        Effect.forkIn(Effect.exit(run(item!)), scope),
        (fiber) => Queue.offer(results, Effect.mapError(Effect.flatten(Fiber.join(fiber)), Option.some))
      ))
    yield* Effect.forever(Effect.andThen(free.take(1), next)).pipe(
      Effect.catchAllCause((cause) => Queue.offer(results, Effect.failCause(cause))),
      Effect.forkIn(scope)
    )
    return Stream.repeatEffectOption(Effect.tap(Effect.flatten(Queue.take(results)), free.release(1)))
  }))

/** Does something about each item of a source, in no order. An item is read only when there is a place for it. */
export const forEach = <X, E, R, E2>(
  source: Stream.Stream<X, E, R>,
  run: (item: X, position: number) => Effect.Effect<void, E2>,
  places: number
): Effect.Effect<void, E | E2, R> =>
  Effect.scoped(Effect.gen(function*() {
    const scope = yield* Effect.scope
    const pull = yield* Stream.toPull(Stream.rechunk(source, 1))
    const free = yield* Effect.makeSemaphore(places)
    const failed = yield* Deferred.make<never, E | E2>()
    let position = 0

    const next = Effect.flatMap(pull, ([item]) =>
      Effect.forkIn(
        Effect.onExit(
          // As a value: a fiber that ends with a failure logs it.
          Effect.exit(run(item!, position++)),
          (ended): Effect.Effect<unknown> => {
            const exit = Exit.flatten(ended)
            return Exit.isFailure(exit) ? Deferred.failCause(failed, exit.cause) : free.release(1)
          }
        ),
        scope
      ))
    const drive = Effect.forever(Effect.andThen(free.take(1), next)).pipe(
      Effect.catchAll(Option.match({
        // The place that the end has taken is one of all, which are free again once all is done.
        onNone: () => Effect.asVoid(free.take(places - 1)),
        onSome: (error) => Effect.fail(error)
      }))
    )
    yield* Effect.raceFirst(drive, Deferred.await(failed))
  }))

/** Does something about each item of a list, by as many fibers as there are places, and not one for each item. */
export const forEachOf = <X, E>(
  items: ReadonlyArray<X>,
  run: (item: X, position: number) => Effect.Effect<void, E>,
  places: number
): Effect.Effect<void, E> =>
  Effect.suspend(() => {
    let next = 0
    const worker = Effect.whileLoop({
      while: () => next < items.length,
      body: () => {
        const position = next++
        return run(items[position]!, position)
      },
      step: () => {}
    })
    const workers = Array.from({ length: Math.min(places, items.length) }, () => worker)
    return Effect.all(workers, { concurrency: "unbounded", discard: true })
  })
