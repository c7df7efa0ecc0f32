import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { addressBytes, mostAddressBytes } from "./addressSize.js"

/** Ids in lists that one fetch takes each. */
export const batched = <E, R>(
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
          const more = addressBytes(chunk[next]!)
          if (batch.length > 0 && bytes + more > mostAddressBytes) return Effect.succeed(batch)
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
