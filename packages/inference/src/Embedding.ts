/**
 * What an embedding is, how it is asked for, and what can go wrong on the way.
 *
 * ```ts
 * import * as Inference from "@effect-pinecone/inference/Inference"
 * import * as Effect from "effect/Effect"
 *
 * const vectors = Effect.gen(function*() {
 *   const inference = yield* Inference.Inference
 *   const { embeddings } = yield* inference.embed({
 *     model: "llama-text-embed-v2",
 *     inputs: ["It was a bright cold day in April."],
 *     parameters: { inputType: "passage" }
 *   })
 *   return embeddings
 * })
 * ```
 *
 * @since 0.1.0
 */
import type { RetryPolicy } from "@effect-pinecone/http/Settings"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import type { SparseVector } from "@effect-pinecone/schema/Vector"
import type * as Duration from "effect/Duration"
import * as Request from "effect/Request"
import * as Schema from "effect/Schema"

/**
 * What any call can end in.
 *
 * @since 0.1.0
 * @category errors
 */
export type CallError = PineconeError.RequestError

/**
 * What a call can end in whose input is checked before it is sent.
 *
 * @since 0.1.0
 * @category errors
 */
export type InputError = PineconeError.CheckedRequestError

/**
 * How a model embeds. What a model takes is in its `supportedParameters`; those that have no name here can be given by the
 * name that Pinecone has for them.
 *
 * @since 0.1.0
 * @category models
 */
export interface EmbedParameters {
  /** Whether the texts are looked for, or looked through. Most models need it. */
  readonly inputType?: "query" | "passage" | undefined
  /**
   * What is done with a text that is too long for the model: its end or its start is left out, or (`NONE`) it is an error.
   *
   * @default the model's own, mostly "END"
   */
  readonly truncate?: "END" | "START" | "NONE" | undefined
  /** The dimension, for models that make vectors of several. */
  readonly dimension?: number | undefined
  /** Whether a sparse model says which words its indices stand for. */
  readonly returnTokens?: boolean | undefined
  readonly [parameter: string]: unknown
}

/**
 * Which model embeds, and how.
 *
 * @since 0.1.0
 * @category models
 */
export interface EmbedOptions {
  /** The name of the model. */
  readonly model: string
  readonly parameters?: EmbedParameters | undefined
}

/**
 * A text as numbers: `values` of a dense model, `sparseValues` of a sparse one, as an upsert takes them.
 *
 * @since 0.1.0
 * @category models
 */
export interface Embedding {
  readonly vectorType: "dense" | "sparse"
  readonly values: Float32Array | undefined
  readonly sparseValues: SparseVector | undefined
  /** The words that the indices stand for, where they were asked for. */
  readonly tokens: ReadonlyArray<string> | undefined
}

/**
 * The embeddings of a request, in the order of its texts.
 *
 * @since 0.1.0
 * @category models
 */
export interface Embeddings {
  readonly model: string
  readonly embeddings: ReadonlyArray<Embedding>
  readonly usage: { readonly totalTokens: number }
}

/**
 * How a stream of texts is embedded.
 *
 * @since 0.1.0
 * @category models
 */
export interface StreamOptions extends EmbedOptions {
  /**
   * The most texts in a request.
   *
   * @default the model's `maxBatchSize`, which is looked up once; 96 where it does not say
   */
  readonly batchSize?: number | undefined
  /**
   * The most requests at a time. They are fewer where the host asks for it.
   *
   * @default 8
   */
  readonly maxConcurrency?: number | undefined
  /**
   * When to retry a batch that failed with a transient error (429, 5xx, no answer), once the retries of the settings are
   * exhausted.
   *
   * @default after 1, 2, 4, … and then each 30 seconds, for ten minutes
   */
  readonly retry?: RetryPolicy | undefined
  /**
   * How long a text may wait for others to fill its batch: a slow source is embedded as it comes.
   *
   * @default "1 second"
   */
  readonly maxWait?: Duration.DurationInput | undefined
  /**
   * How long the server may accept nothing, with one request in flight at a time, until no batch is sent again.
   *
   * @default "2 minutes"
   */
  readonly stallTimeout?: Duration.DurationInput | undefined
  /**
   * The longest that the whole stream may take: it then fails with {@link EmbedFailed}, which holds a `PineconeTimedOut`.
   *
   * @default no limit
   */
  readonly timeout?: Duration.DurationInput | undefined
}

/**
 * A text that was embedded, with what it cost until then.
 *
 * @since 0.1.0
 * @category models
 */
export interface Embedded extends Embedding {
  readonly text: string
}

/**
 * A batch could not be embedded: its texts, with the error.
 *
 * @since 0.1.0
 * @category errors
 */
export class EmbedFailed extends Schema.TaggedError<EmbedFailed>()("PineconeEmbedFailed", {
  message: Schema.String,
  error: PineconeError.CheckedRequestError,
  texts: Schema.Array(Schema.String),
  /** How many texts of the stream were embedded before them. */
  position: Schema.Int
}) {}

/**
 * The sum of what a stream of texts costs.
 *
 * @since 0.1.0
 * @category models
 */
export interface Summary {
  readonly embeddings: ReadonlyArray<Embedding>
  readonly requests: number
  readonly totalTokens: number
}

/**
 * The request that `embedText` makes: for your own resolver or cache.
 *
 * @since 0.1.0
 * @category models
 */
export class EmbedText extends Request.TaggedClass("@effect-pinecone/inference/EmbedText")<
  Embedding,
  InputError,
  {
    readonly text: string
    readonly model: string
    /** The parameters, as JSON with its keys in order, so that equal ones are equal requests. */
    readonly parameters: string
  }
> {}
