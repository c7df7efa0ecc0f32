import * as Limits from "@effect-pinecone/schema/Limits"
import type { Storable } from "@effect-pinecone/schema/Metadata"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type * as VectorIndex from "../VectorIndex.js"
import { mapOrdered } from "./bounded.js"
import { bytesOfId, mostBytes } from "./idBatch.js"
import * as input from "./input.js"

type Reading<A, I extends Storable> = Pick<VectorIndex.VectorIndex<A, I>, "fetchAll" | "scan">

/** Ids in lists that one fetch takes each. */
const batched = <E, R>(
  ids: Stream.Stream<string, E, R>,
  batchSize: number
): Stream.Stream<ReadonlyArray<string>, E, R> =>
  Stream.unwrapScoped(Effect.map(Stream.toPull(ids), (pull) => {
    let chunk: ReadonlyArray<string> = []
    let next = 0
    let end: Option.Option<E> | undefined
    const fill = (batch: Array<string>, bytes: number): Effect.Effect<ReadonlyArray<string>, Option.Option<E>, R> =>
      Effect.suspend(() => {
        while (next < chunk.length) {
          const more = bytesOfId(chunk[next]!)
          if (batch.length > 0 && bytes + more > mostBytes) return Effect.succeed(batch)
          batch.push(chunk[next++]!)
          bytes += more
          if (batch.length === batchSize) return Effect.succeed(batch)
        }
        // What came before the end, or before a failure, is fetched first.
        if (end !== undefined) return batch.length > 0 ? Effect.succeed(batch) : Effect.fail(end)
        return Effect.flatMap(Effect.either(pull), (pulled) => {
          if (Either.isRight(pulled)) {
            chunk = Chunk.toReadonlyArray(pulled.right)
            next = 0
          } else {
            end = pulled.left
          }
          return fill(batch, bytes)
        })
      })
    return Stream.repeatEffectOption(Effect.suspend(() => fill([], 0)))
  }))

export const make = <A, I extends Storable>(
  index: string,
  calls: Pick<VectorIndex.VectorIndex<A, I>, "fetch" | "listStream">
): Reading<A, I> => {
  const fetchAll = <E, R>(
    ids: Stream.Stream<string, E, R>,
    { batchSize = Limits.limits.fetchIds, concurrency = 4, namespace }: VectorIndex.FetchAllOptions = {}
  ): Stream.Stream<VectorIndex.Fetched<A>, E | VectorIndex.RecordError, R> => {
    const place = { operation: "fetch", index, namespace }
    const checked = Effect.zipRight(
      input.wholeNumber(place, "batchSize", batchSize, 1, Limits.limits.fetchIds),
      input.wholeNumber(place, "concurrency", concurrency, 1)
    )
    return Stream.flatMap(checked, () =>
      Stream.flattenChunks(mapOrdered(
        batched(ids, batchSize),
        (batch) =>
          Effect.map(calls.fetch([...new Set(batch)], { namespace }), ({ records }) => {
            const found: Array<VectorIndex.Fetched<A>> = []
            for (const id of batch) {
              const record = records.get(id)
              if (record !== undefined) found.push(record)
            }
            return Chunk.unsafeFromArray(found)
          }),
        concurrency
      )))
  }

  return {
    fetchAll,
    scan: ({ batchSize = 100, concurrency, namespace, prefix, skip = 0 } = {}) => {
      const ids = calls.listStream({ namespace, prefix })
      return Stream.flatMap(
        input.wholeNumber({ operation: "list", index, namespace }, "skip", skip, 0),
        () => fetchAll(skip === 0 ? ids : Stream.drop(ids, skip), { namespace, batchSize, concurrency })
      )
    }
  }
}
