import type { RetryPolicy } from "@effect-pinecone/http/Settings"
import * as Throttle from "@effect-pinecone/http/Throttle"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Chunk from "effect/Chunk"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import type { Embeddings, StreamOptions } from "../Embedding.js"
import { BatchFailed } from "../Embedding.js"
import type { Service } from "../Inference.js"
import * as check from "./check.js"

/** After 1, 2, 4, … and then each 30 seconds, changed by chance by up to a fifth, for ten minutes. */
const defaultRetry: RetryPolicy = Schedule.exponential("1 second").pipe(
  Schedule.union(Schedule.spaced("30 seconds")),
  Schedule.jittered,
  Schedule.intersect(Schedule.elapsed.pipe(Schedule.whileOutput(Duration.lessThan("10 minutes"))))
)

const defaultBatchSize = 96

interface Batch {
  readonly texts: ReadonlyArray<string>
  readonly position: number
}

interface Calls extends Pick<Service, "embed" | "describeModel"> {
  readonly throttle: Throttle.Throttle
}

/** Embeds streams of texts: in batches, as many at a time as the host bears, in their order. */
export const make = ({ describeModel, embed, throttle }: Calls): Pick<Service, "embedStream" | "embedAll"> => {
  const failed = ({ position, texts }: Batch) => (error: PineconeError.CheckedRequestError) =>
    new BatchFailed({
      error,
      texts,
      position,
      message: `${texts.length === 1 ? "a text was" : `${texts.length} texts were`} not embedded: ${error.message}`
    })

  /** The batches of a stream with their answers, in its order. */
  const batches = <E, R>(
    texts: Stream.Stream<string, E, R>,
    options: StreamOptions
  ): Stream.Stream<Embeddings & Batch, E | BatchFailed, R> =>
    Stream.unwrapScoped(Effect.gen(function*() {
      const none: Batch = { texts: [], position: 0 }
      yield* Effect.mapError(check.stream({ operation: "embed" }, options), failed(none))
      const { batchSize, maxConcurrency = 8, model, parameters, retry = defaultRetry } = options
      const size = yield* Effect.mapError(
        batchSize === undefined
          ? Effect.map(describeModel(model), ({ maxBatchSize }) => maxBatchSize ?? defaultBatchSize)
          : Effect.succeed(batchSize),
        failed(none)
      )
      const lease = yield* throttle.lease(maxConcurrency)
      return texts.pipe(
        Stream.grouped(size),
        Stream.mapAccum(0, (position, texts): readonly [number, Batch] => [
          position + texts.length,
          { texts: Chunk.toReadonlyArray(texts), position }
        ]),
        Stream.mapEffect((batch) =>
          Effect.acquireUseRelease(
            lease.acquire,
            () => Throttle.adaptive(embed({ model, parameters, inputs: batch.texts })),
            () => lease.release
          ).pipe(
            Effect.retry({ schedule: retry, while: PineconeError.isRetryable }),
            Effect.mapBoth({ onFailure: failed(batch), onSuccess: (answer) => ({ ...answer, ...batch }) })
          ), { concurrency: maxConcurrency })
      )
    }))

  return {
    embedStream: (texts, options) =>
      Stream.mapConcat(
        batches(texts, options),
        ({ embeddings, texts }) => embeddings.map((embedding, i) => ({ ...embedding, text: texts[i] ?? "" }))
      ),
    embedAll: (texts, options) =>
      Effect.gen(function*() {
        const total = yield* Ref.make({ requests: 0, totalTokens: 0 })
        const source = Stream.StreamTypeId in texts ? texts : Stream.fromIterable(texts)
        const embeddings = yield* batches(source, options).pipe(
          Stream.tap(({ usage }) =>
            Ref.update(total, ({ requests, totalTokens }) => ({
              requests: requests + 1,
              totalTokens: totalTokens + usage.totalTokens
            }))
          ),
          Stream.mapConcat(({ embeddings }) => embeddings),
          Stream.runCollect
        )
        return { embeddings: Chunk.toReadonlyArray(embeddings), ...yield* Ref.get(total) }
      })
  }
}
