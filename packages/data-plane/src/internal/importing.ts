import type * as BulkImport from "@effect-pinecone/schema/BulkImport"
import type { Storable } from "@effect-pinecone/schema/Metadata"
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as VectorIndex from "../VectorIndex.js"
import * as input from "./input.js"

type Importing = Pick<VectorIndex.VectorIndex, "importAll" | "importAllProgress">

const defaultConcurrency = 4

const isOver = ({ status }: BulkImport.ImportModel): boolean =>
  status === "Completed" || status === "Failed" || status === "Cancelled"

/**
 * Runs to its end in a fiber of its own, so that interrupting who waits for it does not interrupt it. `uninterruptible` alone
 * would take the timeouts of its requests away too: they end a request by interrupting it.
 */
const detached = <X, E>(effect: Effect.Effect<X, E>): Effect.Effect<Fiber.RuntimeFiber<X, E>> =>
  Effect.forkDaemon(Effect.interruptible(effect))

export const make = <A, I extends Storable>(
  index: string,
  calls: Pick<VectorIndex.VectorIndex<A, I>, "startImport" | "importProgress" | "cancelImport">
): Importing => {
  const place = { operation: "start_import", index }

  const cancel = (id: string): Effect.Effect<void> =>
    Effect.asVoid(Effect.flatMap(detached(calls.cancelImport(id)), Fiber.await))

  /**
   * An import that is cancelled when the scope ends before `isDone`. Interrupting the start waits for its answer, since only
   * that names the import to cancel; the timeout of the request bounds the wait.
   */
  const started = (
    what: VectorIndex.ImportOptions,
    isDone: () => boolean
  ): Effect.Effect<string, VectorIndex.InputError, Scope.Scope> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.gen(function*() {
        const start = yield* detached(calls.startImport(what))
        yield* Effect.addFinalizer(() =>
          Effect.flatMap(
            Fiber.await(start),
            (exit) => Exit.isFailure(exit) || isDone() ? Effect.void : cancel(exit.value)
          )
        )
        return yield* restore(Fiber.join(start))
      })
    )

  /** One import from its start to its end. */
  const one = (
    what: VectorIndex.ImportOptions,
    { cancelOnInterrupt = false, schedule, timeout }: VectorIndex.ImportAllOptions
  ): Stream.Stream<BulkImport.ImportModel, VectorIndex.InputError | PineconeError.OperationFailed> => {
    const poll = { schedule, timeout }
    if (!cancelOnInterrupt) return Stream.flatMap(calls.startImport(what), (id) => calls.importProgress(id, poll))
    return Stream.unwrapScoped(Effect.suspend(() => {
      let done = false
      return Effect.map(started(what, () => done), (id) =>
        calls.importProgress(id, poll).pipe(
          Stream.tap((model) =>
            Effect.sync(() => {
              done = isOver(model)
            })
          ),
          Stream.tapError((error) =>
            Effect.sync(() => {
              done = error._tag === "OperationFailed"
            })
          )
        ))
    }))
  }

  const listOf = (imports: VectorIndex.ImportOptions | ReadonlyArray<VectorIndex.ImportOptions>) =>
    "uri" in imports ? [imports] : imports

  return {
    importAll: (imports, options = {}) => {
      const { concurrency = defaultConcurrency } = options
      return Effect.zipRight(
        input.wholeNumber(place, "concurrency", concurrency, 1),
        Effect.map(
          Effect.forEach(listOf(imports), (what) => Stream.runLast(one(what, options)), { concurrency }),
          (models) => models.flatMap(Option.toArray)
        )
      )
    },
    importAllProgress: (imports, options = {}) => {
      const { concurrency = defaultConcurrency } = options
      return Stream.fromEffect(input.wholeNumber(place, "concurrency", concurrency, 1)).pipe(
        Stream.flatMap(() => Stream.fromIterable(listOf(imports))),
        Stream.flatMap((what) => one(what, options), { concurrency, bufferSize: 1 })
      )
    }
  }
}
