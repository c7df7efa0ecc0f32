/**
 * Search in the records of an index by what they say: a text that the index embeds itself, with a filter, terms that must be
 * there, and a model that puts what was found in a better order.
 *
 * ```ts
 * import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
 * import * as Filter from "@effect-pinecone/schema/Filter"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function*() {
 *   const docs = yield* VectorIndex.make({ name: "docs" })
 *   yield* docs.upsertRecords([{ id: "d1", fields: { text: "The garden closes at dusk.", lang: "en" } }])
 *   const { hits } = yield* docs.searchRecords({
 *     text: "when is the garden open?",
 *     topK: 10,
 *     filter: Filter.raw({ lang: "en" }),
 *     rerank: { model: "bge-reranker-v2-m3", rankFields: ["text"], topN: 3 }
 *   })
 *   return hits.map(({ fields, score }) => [score, fields.text])
 * })
 * ```
 *
 * @since 0.1.0
 */
import type * as Filter from "@effect-pinecone/schema/Filter"
import type { Storable } from "@effect-pinecone/schema/Metadata"
import type { SearchUsage } from "@effect-pinecone/schema/SearchRecords"
import type { DenseValues, SparseValues } from "@effect-pinecone/schema/Vector"
import type { Freshness, InNamespace } from "./VectorIndex.js"

/**
 * How what was found is put in a better order.
 *
 * @since 0.1.0
 * @category models
 */
export interface Rerank<I extends Storable> {
  /** The name of the model. */
  readonly model: string
  /** The fields that it reads. */
  readonly rankFields: ReadonlyArray<keyof I & string>
  /**
   * How many to give.
   *
   * @default topK
   */
  readonly topN?: number | undefined
  /**
   * What the documents are ranked by.
   *
   * @default the text that is searched for; needed where there is none
   */
  readonly query?: string | undefined
  /** What else the model takes, by the names that Pinecone has for it. */
  readonly parameters?: { readonly [parameter: string]: unknown } | undefined
}

/**
 * What to search for: one of `text`, `id`, and a vector (`vector`, `sparseVector` or both).
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<I extends Storable> extends InNamespace, Freshness {
  /** How many hits: 1 to 10,000. */
  readonly topK: number
  /** A text, which the index embeds: it must have been created for a model. */
  readonly text?: string | undefined
  /** The id of a record whose vector to search with. */
  readonly id?: string | undefined
  /** A dense vector, of as many numbers as the index has dimensions. */
  readonly vector?: DenseValues | undefined
  readonly sparseVector?: SparseValues | undefined
  readonly filter?: Filter.For<I> | undefined
  /**
   * Words that the text of a hit must have, in any order: all of them. For sparse indexes with an integrated embedding.
   */
  readonly matchTerms?: ReadonlyArray<string> | undefined
  readonly rerank?: Rerank<I> | undefined
}

/**
 * A record that was found, with its fields.
 *
 * @since 0.1.0
 * @category models
 */
export interface Hit<out A> {
  readonly id: string
  /** The score of the search, or that of the reranking. */
  readonly score: number
  readonly fields: A
}

/**
 * The hits, best first.
 *
 * @since 0.1.0
 * @category models
 */
export interface Result<out A> {
  readonly hits: ReadonlyArray<Hit<A>>
  readonly usage: SearchUsage
  /** The newest write that the search has seen, where the server says so. */
  readonly lsn: number | undefined
}
