/**
 * A search by words and one by meaning as one: both run at the same time, and their ranks are fused (reciprocal rank fusion). A
 * document that is `n`th in a list gets `weight / (k + n)` of it; the sum decides. Scores of different kinds, which cannot be
 * compared, are not looked at.
 *
 * ```ts
 * import * as DocumentIndex from "@effect-pinecone/data-plane/DocumentIndex"
 * import * as IndexSchema from "@effect-pinecone/schema/IndexSchema"
 * import * as Score from "@effect-pinecone/schema/Score"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function*() {
 *   const articles = yield* DocumentIndex.make({
 *     name: "articles",
 *     fields: { title: IndexSchema.text(), embedding: IndexSchema.denseVector({ dimension: 3 }) }
 *   })
 *   const { matches } = yield* articles.hybrid({
 *     text: Score.text("title", "why lighthouses blink"),
 *     vector: Score.dense("embedding", [0.1, 0.2, 0.3]),
 *     topK: 10,
 *     includeFields: ["title"]
 *   })
 *   return matches.map(({ document, text, vector }) => [document.title, text?.rank, vector?.rank] as const)
 * })
 * ```
 *
 * @since 0.1.0
 */
import * as Operation from "@effect-pinecone/http/Operation"
import * as Check from "@effect-pinecone/schema/Check"
import type * as Documents from "@effect-pinecone/schema/Documents"
import type * as Filter from "@effect-pinecone/schema/Filter"
import * as Input from "@effect-pinecone/schema/Input"
import * as Limits from "@effect-pinecone/schema/Limits"
import type { Storable } from "@effect-pinecone/schema/Metadata"
import type { InvalidMetadata } from "@effect-pinecone/schema/PineconeError"
import type * as Score from "@effect-pinecone/schema/Score"
import * as Effect from "effect/Effect"
import type { AnyDocument, DocumentCodec } from "./DocumentCodec.js"
import type { DocumentMatch, Finding, FoundOf } from "./DocumentSearch.js"
import * as DocumentSearch from "./DocumentSearch.js"
import type { IndexAt, InNamespace, RecordError } from "./IndexAt.js"
import type { Decoding, Given, Invalid } from "./ReadOptions.js"

/**
 * Where a document stands in one of the lists, beginning with 1, and what it scored there.
 *
 * @since 0.1.0
 * @category models
 */
export interface Rank {
  readonly rank: number
  readonly score: number | null
}

/**
 * A document that one of the searches found, or both.
 *
 * @since 0.1.0
 * @category models
 */
export interface HybridMatch<out Document> {
  readonly document: Document
  /** What the ranks add up to, or after a reranking its score. */
  readonly score: number
  /** Where the search by words has it. */
  readonly text: Rank | undefined
  /** Where the search by meaning has it. */
  readonly vector: Rank | undefined
}

/**
 * The matches, best first.
 *
 * @since 0.1.0
 * @category models
 */
export interface HybridResult<out Document> {
  readonly matches: ReadonlyArray<HybridMatch<Document>>
  readonly namespace: string
  /** What both searches cost together. */
  readonly usage: Documents.SearchUsage
}

/**
 * A document as a reranking scores it: by its place in the list that it was given.
 *
 * @since 0.1.0
 * @category models
 */
export interface Reranked {
  readonly index: number
  readonly score: number
}

/**
 * What to search for, and how the two lists become one.
 *
 * @since 0.1.0
 * @category models
 */
export interface HybridOptions<F, A, I extends Storable> extends InNamespace, Finding<F, A, I> {
  /** The search by words: one clause, or several. */
  readonly text: Score.TextOf<F> | ReadonlyArray<Score.TextOf<F>>
  /** The search by meaning: by a vector, or by a text that the index embeds. */
  readonly vector: Score.VectorOf<F>
  /** How many matches: 1 to 10,000. */
  readonly topK: number
  /**
   * How many matches of each search are fused.
   *
   * @default topK, but 50 at least
   */
  readonly candidates?: number | undefined
  /**
   * How little the first ranks stand out: the larger, the less.
   *
   * @default 60
   */
  readonly k?: number | undefined
  /**
   * How much each search counts.
   *
   * @default 1 each
   */
  readonly weights?: { readonly text?: number | undefined; readonly vector?: number | undefined } | undefined
}

/**
 * Puts documents in a better order: they come best first, with the fields that the search includes. Documents that it leaves
 * out are left out.
 *
 * ```ts
 * import type * as Hybrid from "@effect-pinecone/data-plane/Hybrid"
 * import * as Inference from "@effect-pinecone/inference/Inference"
 * import * as Effect from "effect/Effect"
 *
 * const byModel = (query: string) =>
 *   Effect.map(Inference.Inference, (inference) => ({
 *     rerank: (documents: ReadonlyArray<{ readonly title: string }>) =>
 *       Effect.map(
 *         inference.rerank({ model: "bge-reranker-v2-m3", query, documents: documents.map(({ title }) => title) }),
 *         ({ ranked }): ReadonlyArray<Hybrid.Reranked> => ranked
 *       )
 *   }))
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface Reranking<in Document, out E, out R> {
  readonly rerank?: ((documents: ReadonlyArray<Document>) => Effect.Effect<ReadonlyArray<Reranked>, E, R>) | undefined
}

/**
 * Searching an index by words and by meaning at once.
 *
 * @since 0.1.0
 * @category models
 */
export interface Hybrid<F, A, I extends Storable> {
  /** The documents that rank best in a search by words and one by meaning (two of `search_documents`), optionally reranked. */
  readonly hybrid: <const O extends HybridOptions<F, A, I>, E = never, R = never>(
    options: Given<O, HybridOptions<F, A, I>>,
    reranking?: Reranking<FoundOf<F, A, NoInfer<O>>, E, R>
  ) => Effect.Effect<HybridResult<FoundOf<F, A, O>> & Invalid<O>, RecordError | E, R>
}

interface AnyOptions extends InNamespace, Decoding {
  readonly text: Score.Any
  readonly vector: Score.Any
  readonly topK: number
  readonly candidates?: number | undefined
  readonly k?: number | undefined
  readonly weights?: HybridOptions<unknown, unknown, Storable>["weights"]
  readonly filter?: Filter.SearchFilter<never> | undefined
  readonly includeFields?: ReadonlyArray<string> | undefined
}

/**
 * What a hybrid search gives, whatever it was asked for.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnyHybridResult extends HybridResult<AnyDocument> {
  readonly invalid?: ReadonlyArray<InvalidMetadata> | undefined
}

/**
 * The method of {@link Hybrid} whatever it is asked for, as it is implemented and mocked.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnyHybrid {
  readonly hybrid: <E, R>(
    options: AnyOptions,
    reranking?: Reranking<AnyDocument, E, R>
  ) => Effect.Effect<AnyHybridResult, RecordError | E, R>
}

const positive = Check.mustBe(
  "a number greater than 0",
  (value) => typeof value === "number" && Number.isFinite(value) && value > 0
)

const weight = Check.mustBe(
  "a number of at least 0",
  (value) => typeof value === "number" && Number.isFinite(value) && value >= 0
)

const shape: Check.Shape<AnyOptions> = {
  required: { text: Check.any, vector: Check.any, topK: Check.integer(1) },
  optional: {
    ...DocumentSearch.findingShape,
    namespace: Check.text,
    candidates: Check.integer(1, Limits.limits.topK),
    k: positive,
    weights: Check.object
  }
}

/**
 * Fuses lists of matches by their ranks, the best first; of equals the one that comes first in the lists.
 *
 * @since 0.1.0
 * @category combinators
 */
export const fuse = <Document extends { readonly _id: string }>(
  lists: {
    readonly text: ReadonlyArray<DocumentMatch<Document>>
    readonly vector: ReadonlyArray<DocumentMatch<Document>>
  },
  { k = 60, text = 1, vector = 1 }: {
    readonly k?: number | undefined
    readonly text?: number | undefined
    readonly vector?: number | undefined
  } = {}
): ReadonlyArray<HybridMatch<Document>> => {
  const found = new Map<string, HybridMatch<Document>>()
  const add = (list: "text" | "vector", weight: number) => {
    for (const [i, { document, score }] of lists[list].entries()) {
      const before = found.get(document._id) ?? { document, score: 0, text: undefined, vector: undefined }
      found.set(document._id, {
        ...before,
        score: before.score + weight / (k + i + 1),
        [list]: { rank: i + 1, score }
      })
    }
  }
  add("text", text)
  add("vector", vector)
  return Array.from(found.values()).sort((a, b) => b.score - a.score)
}

/**
 * Searching the index at an address by words and by meaning at once.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <F, A, I extends Storable>(at: IndexAt, codec: DocumentCodec): Hybrid<F, A, I> => {
  const { index } = at
  const operation = "hybrid_search"
  const place = { operation, index }

  const reordered = (
    matches: ReadonlyArray<HybridMatch<AnyDocument>>,
    order: ReadonlyArray<Reranked>
  ): ReadonlyArray<HybridMatch<AnyDocument>> | Input.Problem =>
    Input.attempt(place, "rerank", () => {
      const taken: Array<HybridMatch<AnyDocument>> = []
      for (const { index, score } of order) {
        const match = matches[index]
        if (match === undefined) {
          return Input.invalid(
            place,
            "rerank",
            `must give places in the list of ${matches.length} documents that it is given, got ${Input.show(index)}`
          )
        }
        taken.push({ ...match, score })
      }
      return taken.sort((a, b) => b.score - a.score)
    })

  const hybrid: AnyHybrid["hybrid"] = (options, reranking) =>
    Effect.gen(function*() {
      const { candidates, k, namespace = at.namespace, text, topK, vector, weights = {}, ...finding } = yield* Check
        .read<AnyOptions>(place, options, shape)
      const { rerank } = yield* Check.read(place, reranking ?? {}, {
        optional: { rerank: Check.mustBe("a function", (value) => typeof value === "function") }
      })
      const counted = yield* Check.read(place, weights, { optional: { text: weight, vector: weight } })
      yield* Check.pass(Limits.check("topK", "topK", topK, place))
      const each = { ...finding, topK: candidates ?? Math.max(topK, 50) }
      const byText = yield* DocumentSearch.prepare(at, codec, operation, { ...each, scoreBy: text }, "text")
      const byVector = yield* DocumentSearch.prepare(at, codec, operation, { ...each, scoreBy: vector }, "vector")
      const [words, meaning] = yield* Effect.all([byText.ask(namespace), byVector.ask(namespace)], { concurrency: 2 })
      const fused = fuse({ text: words.matches, vector: meaning.matches }, { k, ...counted })
      const matches = rerank === undefined || fused.length === 0
        ? fused
        : reordered(fused, yield* rerank(fused.map(({ document }) => document)))
      if (!Input.isArray(matches)) return yield* Effect.fail(matches)
      // A document that both have found and that does not fit is named once.
      const invalid = new Map(
        [...words.invalid ?? [], ...meaning.invalid ?? []].map((error) => [error.recordId, error])
      )
      return {
        matches: matches.slice(0, topK),
        namespace: words.namespace,
        usage: DocumentSearch.sum([words.usage, meaning.usage]),
        ...(finding.onInvalid === "collect" ? { invalid: Array.from(invalid.values()) } : {})
      }
    })

  const searching: AnyHybrid = { hybrid }
  // eslint-disable-next-line no-restricted-syntax -- what comes back follows from what is asked for.
  return Operation.all({ hybrid: operation }, searching as unknown as Hybrid<F, A, I>, { index })
}
