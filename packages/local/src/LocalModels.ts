/**
 * What the embedded server asks of the package that embeds, ranks and reads documents.
 *
 * `@effect-pinecone/local-models` implements it: the server loads that package when the first request needs it, and answers
 * such a request with 501 where it is not installed.
 *
 * ```ts
 * import { LocalModels } from "@effect-pinecone/local/LocalModels"
 * import * as PineconeLocalModels from "@effect-pinecone/local-models/PineconeLocalModels"
 * import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function*() {
 *   const models = yield* LocalModels
 *   const { values } = yield* models.embedDense(["A cat sat."], { maxTokens: 512, truncate: "END" })
 *   yield* Effect.log(`${values[0]?.length} numbers`)
 * }).pipe(Effect.provide(PineconeLocalModels.layer), Effect.provide(NodeFileSystem.layer))
 * ```
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/**
 * Why texts were not embedded or ranked: a text does not suit the model (`InvalidInput`), the model has stopped and starts
 * again for the next request (`Unavailable`), or it failed (`Failed`).
 *
 * @since 0.1.0
 * @category errors
 */
export class ModelError extends Schema.TaggedError<ModelError>()("PineconeLocalModelError", {
  reason: Schema.Literal("InvalidInput", "Unavailable", "Failed"),
  message: Schema.String
}) {}

/**
 * Why a file cannot be read.
 *
 * @since 0.1.0
 * @category errors
 */
export class DocumentError extends Schema.TaggedError<DocumentError>()("PineconeLocalDocumentError", {
  message: Schema.String
}) {}

/**
 * What a model reads of a text.
 *
 * @since 0.1.0
 * @category models
 */
export interface Reading {
  /** The most tokens: pieces of words (dense) or words (sparse). */
  readonly maxTokens: number
  /** What is left out of a text that has more; with `NONE` the text is an `InvalidInput`. */
  readonly truncate: "END" | "START" | "NONE"
}

/**
 * Dense vectors in the order of their texts, and how many tokens were read.
 *
 * @since 0.1.0
 * @category models
 */
export interface DenseEmbeddings {
  readonly values: ReadonlyArray<Float32Array>
  readonly tokens: number
}

/**
 * The words of a text as a sparse vector, its indices in ascending order.
 *
 * @since 0.1.0
 * @category models
 */
export interface SparseEmbedding {
  readonly indices: Uint32Array
  readonly values: Float32Array
  /** The terms, in the order of the indices. */
  readonly tokens: ReadonlyArray<string>
}

/**
 * Sparse vectors in the order of their texts, and how many tokens were read.
 *
 * @since 0.1.0
 * @category models
 */
export interface SparseEmbeddings {
  readonly values: ReadonlyArray<SparseEmbedding>
  readonly tokens: number
}

/**
 * A text and its dense vector.
 *
 * @since 0.1.0
 * @category models
 */
export interface Embedded {
  readonly text: string
  readonly vector: Float32Array
}

/**
 * The words of English.
 *
 * @since 0.1.0
 * @category models
 */
export interface Words {
  /** The stems of the words of a text, in order, without common words. A text with a word has at least one. */
  readonly termsOf: (text: string) => ReadonlyArray<string>
  /** How rare a term is in English: more than 0, up to 1. */
  readonly rarity: (term: string) => number
}

/**
 * The formats of documents that can be read.
 *
 * @since 0.1.0
 * @category models
 */
export type DocumentKind = "text" | "markdown" | "json" | "pdf" | "doc_x"

/**
 * The text of a document.
 *
 * @since 0.1.0
 * @category models
 */
export interface Document {
  readonly text: string
  /** Where each page begins in the text; empty if the format has no pages. */
  readonly pages: ReadonlyArray<number>
}

/**
 * The methods of the `LocalModels` service.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** Embeds texts, none of which is empty, with the dense model. */
  readonly embedDense: (texts: ReadonlyArray<string>, reading: Reading) => Effect.Effect<DenseEmbeddings, ModelError>
  /** Embeds texts with the sparse model, which weighs the words of a query differently from those of a passage. */
  readonly embedSparse: (
    texts: ReadonlyArray<string>,
    options: Reading & { readonly inputType: "query" | "passage" }
  ) => Effect.Effect<SparseEmbeddings, ModelError>
  /** How relevant documents are to a query, in their order, from 0 to 1. A document without a vector is empty. */
  readonly rank: (
    query: Embedded,
    documents: ReadonlyArray<{ readonly text: string; readonly vector: Float32Array | undefined }>
  ) => Effect.Effect<ReadonlyArray<number>, ModelError>
  readonly words: Effect.Effect<Words, ModelError>
  /** Reads the text of the file at this path. */
  readonly readDocument: (kind: DocumentKind, file: string) => Effect.Effect<Document, DocumentError>
}

/**
 * The models and readers of the embedded server.
 *
 * @since 0.1.0
 * @category tags
 */
export class LocalModels extends Context.Tag("@effect-pinecone/local/LocalModels")<LocalModels, Service>() {}
