/**
 * Pinecone's hosted models: texts to vectors, documents to the order of their relevance.
 *
 * ```ts
 * import * as Inference from "@effect-pinecone/inference/Inference"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function*() {
 *   const inference = yield* Inference.Inference
 *   const { embeddings } = yield* inference.embed({
 *     model: "llama-text-embed-v2",
 *     inputs: ["Paris is the capital of France."],
 *     parameters: { inputType: "passage" }
 *   })
 *   return embeddings[0]?.values
 * }).pipe(Effect.provide(Inference.layer))
 * ```
 *
 * @since 0.1.0
 */
import type { PineconeHttpClient } from "@effect-pinecone/http/PineconeHttpClient"
import type * as Schemas from "@effect-pinecone/schema/Inference"
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Stream from "effect/Stream"
import type {
  CallError,
  Embedded,
  Embedding,
  Embeddings,
  EmbedFailed,
  EmbedOptions,
  InputError,
  StreamOptions,
  Summary
} from "./Embedding.js"
import * as service from "./internal/service.js"

/**
 * A document to rank: a text, or fields, of which `rankFields` are read.
 *
 * @since 0.1.0
 * @category models
 */
export type Document = string | { readonly [field: string]: unknown }

/**
 * What to rank, and by which query.
 *
 * @since 0.1.0
 * @category models
 */
export interface RerankOptions<D extends Document> {
  /** The name of the model. */
  readonly model: string
  readonly query: string
  readonly documents: ReadonlyArray<D>
  /**
   * How many to give, the most relevant first.
   *
   * @default all
   */
  readonly topN?: number | undefined
  /**
   * The fields of the documents that are read.
   *
   * @default ["text"]
   */
  readonly rankFields?: ReadonlyArray<string> | undefined
  /** What else the model takes, by the names that Pinecone has for it: `truncate`, … */
  readonly parameters?: { readonly [parameter: string]: unknown } | undefined
}

/**
 * A document with its relevance, from 0 to 1. It is the one that was given: it does not travel back.
 *
 * @since 0.1.0
 * @category models
 */
export interface Ranked<D> {
  readonly document: D
  /** Its place among the documents that were given. */
  readonly index: number
  readonly score: number
}

/**
 * The documents, most relevant first.
 *
 * @since 0.1.0
 * @category models
 */
export interface RerankResult<D> {
  readonly model: string
  /** The most relevant first. */
  readonly ranked: ReadonlyArray<Ranked<D>>
  readonly usage: { readonly rerankUnits: number }
}

/**
 * The methods of the `Inference` service.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** Embeds texts in one request (`embed`): 1 to 96 for most models, whose `maxBatchSize` says how many. */
  readonly embed: (
    options: EmbedOptions & { readonly inputs: ReadonlyArray<string> }
  ) => Effect.Effect<Embeddings, InputError>
  /**
   * Embeds all texts of a stream, in its order: in requests as large as the model allows, as many at a time as the
   * server can handle, each retried after a transient error. A text is read when there is room for it.
   */
  readonly embedStream: <E, R>(
    texts: Stream.Stream<string, E, R>,
    options: StreamOptions
  ) => Stream.Stream<Embedded, E | EmbedFailed, R>
  /** The same, collected, with what it cost. */
  readonly embedAll: <E, R>(
    texts: Iterable<string> | Stream.Stream<string, E, R>,
    options: StreamOptions
  ) => Effect.Effect<Summary, E | EmbedFailed, R>
  /**
   * Embeds one text. What is asked for at the same time, by any number of fibers, is one request for each model and
   * parameters and 96 texts, with Effect's batching (`Effect.withRequestBatching`, or `Effect.forEach` with
   * `batching: true`). With `Effect.withRequestCaching(true)` a text is embedded once.
   */
  readonly embedText: (text: string, options: EmbedOptions) => Effect.Effect<Embedding, InputError>
  /** Puts documents in the order of their relevance to a query (`rerank`). */
  readonly rerank: <D extends Document>(options: RerankOptions<D>) => Effect.Effect<RerankResult<D>, InputError>
  /** The models that there are (`list_models`). */
  readonly listModels: (
    options?: {
      readonly type?: "embed" | "rerank" | undefined
      readonly vectorType?: "dense" | "sparse" | undefined
    }
  ) => Effect.Effect<ReadonlyArray<Schemas.ModelInfo>, CallError>
  /** A model: what it makes, of how much text, with which parameters (`get_model`). */
  readonly describeModel: (model: string) => Effect.Effect<Schemas.ModelInfo, CallError>
}

/**
 * The `Inference` service.
 *
 * @since 0.1.0
 * @category tags
 */
export class Inference extends Context.Tag("@effect-pinecone/inference/Inference")<Inference, Service>() {}

/**
 * Creates the `Inference` service.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Service, never, PineconeHttpClient> = service.make

/**
 * Provides the `Inference` service.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Inference, never, PineconeHttpClient> = Layer.effect(Inference, make)
