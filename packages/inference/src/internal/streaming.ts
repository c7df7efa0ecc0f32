import * as Dispatch from "@effect-pinecone/http/Dispatch"
import * as Operation from "@effect-pinecone/http/Operation"
import * as Run from "@effect-pinecone/http/Run"
import type { Throttle } from "@effect-pinecone/http/Throttle"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Chunk from "effect/Chunk"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import type { Embeddings, StreamOptions } from "../Embedding.js"
import { EmbedFailed } from "../Embedding.js"
import type { Service } from "../Inference.js"
import * as check from "./check.js"

const defaultBatchSize = 96

interface Batch {
  readonly texts: ReadonlyArray<string>
  readonly position: number
}

interface Calls extends Pick<Service, "embed" | "describeModel"> {
  readonly throttle: Throttle
}

/** Embeds streams of texts: in batches, as many at a time as the host bears, in their order. */
export const make = ({ describeModel, embed, throttle }: Calls): Pick<Service, "embedStream" | "embedAll"> => {
  const failed = ({ position, texts }: Batch) => (error: PineconeError.CheckedRequestError) =>
    // Texts that the check refused may be of any type, in JavaScript.
    new EmbedFailed({
      error,
      texts,
      position,
      message: `${
        texts.length === 0
          ? `no text was embedded after the first ${position}`
          : texts.length === 1
          ? "a text was not embedded"
          : `${texts.length} texts were not embedded`
      }: ${error.message}`
    }, { disableValidation: true })

  /** The batches of a stream with their answers, in its order. */
  const batches = <E, R>(
    texts: Stream.Stream<string, E, R>,
    options: StreamOptions
  ): Stream.Stream<Embeddings & Batch, E | EmbedFailed, R> =>
    Stream.unwrapScoped(Effect.gen(function*() {
      const none: Batch = { texts: [], position: 0 }
      const place = { operation: "embed" }
      yield* Effect.mapError(Operation.unlessRefused(place)(check.stream(place, options)), failed(none))
      const { batchSize, maxConcurrency = 8, maxWait = "1 second", model, parameters, retry, stallTimeout, timeout } =
        options
      const size = yield* Effect.mapError(
        batchSize === undefined
          ? Effect.map(describeModel(model), ({ maxBatchSize }) => maxBatchSize ?? defaultBatchSize)
          : Effect.succeed(batchSize),
        failed(none)
      )
      const { send } = yield* Dispatch.make(throttle, { maxConcurrency, retry, stallTimeout })
      let done = 0
      const embedded = texts.pipe(
        Stream.groupedWithin(size, maxWait),
        Stream.mapAccum(0, (position, texts): readonly [number, Batch] => [
          position + texts.length,
          { texts: Chunk.toReadonlyArray(texts), position }
        ]),
        Stream.mapEffect(
          (batch) =>
            Effect.mapBoth(send(embed({ model, parameters, inputs: batch.texts })), {
              onFailure: failed(batch),
              onSuccess: (answer) => ({ ...answer, ...batch })
            }),
          { concurrency: maxConcurrency }
        )
      )
      if (timeout === undefined) return embedded
      const late = new PineconeError.TimedOut({
        operation: "embed",
        timeout: Duration.decode(timeout),
        message: `the stream of texts was not embedded within ${Duration.format(timeout)}; raise its timeout`
      })
      return embedded.pipe(
        Stream.tap(({ texts }) =>
          Effect.sync(() => {
            done += texts.length
          })
        ),
        Stream.interruptWhen(
          Effect.andThen(Effect.sleep(timeout), Effect.suspend(() => failed({ texts: [], position: done })(late)))
        )
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
          (all) => Run.quietly(all, Stream.runCollect)
        )
        return { embeddings: Chunk.toReadonlyArray(embeddings), ...yield* Ref.get(total) }
      })
  }
}
