/**
 * Searching documents: by their words, by a vector, by a text that the index embeds; in one namespace or in many.
 *
 * ```ts
 * import * as DocumentIndex from "@effect-pinecone/data-plane/DocumentIndex"
 * import * as Filter from "@effect-pinecone/schema/Filter"
 * import * as IndexSchema from "@effect-pinecone/schema/IndexSchema"
 * import * as Score from "@effect-pinecone/schema/Score"
 * import * as Effect from "effect/Effect"
 * import * as Schema from "effect/Schema"
 *
 * const program = Effect.gen(function*() {
 *   const articles = yield* DocumentIndex.make({
 *     name: "articles",
 *     fields: { title: IndexSchema.text(), body: IndexSchema.text({ stemming: true }) },
 *     metadata: Schema.Struct({ year: Schema.Int })
 *   })
 *   const { matches } = yield* articles.search({
 *     scoreBy: Score.text(["title", "body"], "why lighthouses blink"),
 *     topK: 10,
 *     filter: Filter.and(Filter.gte("year", 2000), Filter.matchPhrase("body", "fresnel lens")),
 *     includeFields: ["title", "year"]
 *   })
 *   return matches.map(({ document, score }) => [document.title, document.year, score] as const)
 * })
 * ```
 *
 * @since 0.1.0
 */
import * as Operation from "@effect-pinecone/http/Operation"
import * as Check from "@effect-pinecone/schema/Check"
import type * as DocumentFields from "@effect-pinecone/schema/DocumentFields"
import * as Documents from "@effect-pinecone/schema/Documents"
import type * as Filter from "@effect-pinecone/schema/Filter"
import * as Limits from "@effect-pinecone/schema/Limits"
import type { Storable } from "@effect-pinecone/schema/Metadata"
import type { InvalidMetadata } from "@effect-pinecone/schema/PineconeError"
import * as RequestBody from "@effect-pinecone/schema/RequestBody"
import * as Score from "@effect-pinecone/schema/Score"
import * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { AnyDocument, DocumentCodec } from "./DocumentCodec.js"
import { decodeAll, decoderOf } from "./DocumentReads.js"
import type { Bounds, NamespaceFailure } from "./FanOut.js"
import type { Freshness, IndexAt, InNamespace, RecordError } from "./IndexAt.js"
import { fresh } from "./IndexAt.js"
import type { Ranked } from "./internal/merge.js"
import { inOrder, merge, ranked } from "./internal/merge.js"
import * as over from "./internal/overNamespaces.js"
import { sorted } from "./MetadataCodec.js"
import type { Namespaces } from "./Namespaces.js"
import type { Decoding, Given, Invalid } from "./ReadOptions.js"

/**
 * What a search gives of each document, and which documents it looks at.
 *
 * @since 0.1.0
 * @category models
 */
export interface Finding<F, A, I extends Storable> extends Decoding {
  /** A filter on the metadata, or on the words of full-text fields. */
  readonly filter?: DocumentFields.SearchFilter<F, I> | undefined
  /**
   * The fields and the metadata that each match has, by their names; `["*"]` for all.
   *
   * @default only the id
   */
  readonly includeFields?: ReadonlyArray<DocumentFields.Include<F, A, I>> | undefined
}

/**
 * What to search for.
 *
 * @since 0.1.0
 * @category models
 */
export interface SearchOptions<F, A, I extends Storable> extends InNamespace, Freshness, Finding<F, A, I> {
  /** What the documents are scored by: one clause, or several of text. */
  readonly scoreBy: Score.For<F>
  /** How many matches: 1 to 10,000. */
  readonly topK: number
}

/**
 * What to search for in many namespaces.
 *
 * @since 0.1.0
 * @category models
 */
export interface SearchNamespacesOptions<F, A, I extends Storable, E = never, R = never>
  extends Finding<F, A, I>, Bounds
{
  readonly scoreBy: Score.For<F>
  /** How many matches in all: 1 to 10,000. */
  readonly topK: number
  /** Names of namespaces, each asked once however often it is named; or all that the index has when it begins. */
  readonly namespaces: ReadonlyArray<string> | Stream.Stream<string, E, R> | "all"
}

/**
 * What a search gives of a document that is asked with options of type `O`: its id, and the fields that they name.
 *
 * @since 0.1.0
 * @category type-level
 */
export type FoundOf<F, A, O> = DocumentFields.Picked<
  F,
  A,
  "includeFields" extends keyof O ? [O["includeFields"]] extends [undefined] ? readonly [] : O["includeFields"]
    : readonly []
>

/**
 * A document that was found, and its score: for a dense field with the euclidean metric lower is better, for all others higher
 * is. It is `null` where it is not finite.
 *
 * @since 0.1.0
 * @category models
 */
export interface DocumentMatch<out Document> {
  readonly score: number | null
  readonly document: Document
}

/**
 * The matches, best first.
 *
 * @since 0.1.0
 * @category models
 */
export interface DocumentSearchResult<out Document> {
  readonly matches: ReadonlyArray<DocumentMatch<Document>>
  /** The namespace that was searched: of an alias, its target. */
  readonly namespace: string
  readonly usage: Documents.SearchUsage
  /** The newest write that the search has seen, where the server says so. */
  readonly lsn: number | undefined
}

/**
 * A match, and the namespace that it is of.
 *
 * @since 0.1.0
 * @category models
 */
export interface NamespaceDocumentMatch<out Document> extends DocumentMatch<Document> {
  readonly namespace: string
}

/**
 * The best matches of all namespaces, best first; among equals those of the earlier namespace.
 *
 * @since 0.1.0
 * @category models
 */
export interface DocumentNamespacesResult<out Document> {
  readonly matches: ReadonlyArray<NamespaceDocumentMatch<Document>>
  /** The sum over the namespaces. */
  readonly usage: Documents.SearchUsage
  /** What each namespace cost. */
  readonly usageByNamespace: ReadonlyMap<string, Documents.SearchUsage>
  /** With `onFailure: "collect"`, the namespaces that could not be asked. */
  readonly failures: ReadonlyArray<NamespaceFailure>
}

/**
 * Searching the documents of an index.
 *
 * @since 0.1.0
 * @category models
 */
export interface DocumentSearch<F, A, I extends Storable> {
  /** The documents that score best (`search_documents`), each with the fields that are asked for. */
  readonly search: <const O extends SearchOptions<F, A, I>>(
    options: Given<O, SearchOptions<F, A, I>>
  ) => Effect.Effect<DocumentSearchResult<FoundOf<F, A, O>> & Invalid<O>, RecordError>
  /**
   * The documents that score best in many namespaces, as if they were one. The words of a text are weighed within each
   * namespace. What is wrong with the search itself fails before anything is asked, whatever `onFailure` says.
   */
  readonly searchNamespaces: <const O extends SearchNamespacesOptions<F, A, I, unknown, unknown>, E = never, R = never>(
    options: Given<O, SearchNamespacesOptions<F, A, I, E, R>>
  ) => Effect.Effect<
    DocumentNamespacesResult<FoundOf<F, A, O>> & Invalid<O>,
    NoInfer<E> | RecordError,
    NoInfer<R>
  >
}

/**
 * What to search for, whatever it is.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnySearchOptions extends InNamespace, Freshness, Decoding {
  readonly scoreBy: Score.Any
  readonly topK: number
  readonly filter?: Filter.SearchFilter<never> | undefined
  readonly includeFields?: ReadonlyArray<string> | undefined
}

/**
 * What a search gives, whatever it was asked for.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnySearchResult extends DocumentSearchResult<AnyDocument> {
  readonly invalid?: ReadonlyArray<InvalidMetadata> | undefined
}

/**
 * What a search of many namespaces gives, whatever it was asked for.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnyNamespacesResult extends DocumentNamespacesResult<AnyDocument> {
  readonly invalid?: ReadonlyArray<InvalidMetadata> | undefined
}

interface AnyNamespacesOptions<E, R> extends Omit<AnySearchOptions, keyof InNamespace | keyof Freshness>, Bounds {
  readonly namespaces: over.Names<E, R>
}

/**
 * The methods of {@link DocumentSearch} whatever they are asked for, as they are implemented and mocked.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnyDocumentSearch {
  readonly search: (options: AnySearchOptions) => Effect.Effect<AnySearchResult, RecordError>
  readonly searchNamespaces: <E, R>(
    options: AnyNamespacesOptions<E, R>
  ) => Effect.Effect<AnyNamespacesResult, E | RecordError, R>
}

/** What each field of a search must be, as far as its encoder does not say. @internal */
export const findingShape = {
  filter: Check.object,
  includeFields: Check.texts,
  onInvalid: Check.oneOf("fail", "collect")
}

const isClauses: Check.Check = Check.mustBe(
  "a clause, as Score.text and Score.dense make them, or an array of them",
  (value) => typeof value === "object" && value !== null
)

const shape: Check.Shape<AnySearchOptions> = {
  required: { scoreBy: isClauses, topK: Check.integer(1) },
  optional: {
    ...findingShape,
    namespace: Check.text,
    minLsn: Check.integer(0),
    freshnessTimeout: Check.duration
  }
}

/**
 * A search that is checked and written: it asks one namespace after another.
 *
 * @since 0.1.0
 * @category models
 */
export interface Prepared {
  readonly ask: (namespace: string | undefined, freshness?: Freshness) => Effect.Effect<AnySearchResult, RecordError>
}

/**
 * Checks a search and writes its body.
 *
 * @since 0.1.0
 * @category constructors
 */
export const prepare = (
  at: IndexAt,
  codec: DocumentCodec,
  operation: string,
  { filter, includeFields = [], onInvalid, scoreBy, topK }: Omit<AnySearchOptions, keyof InNamespace | keyof Freshness>,
  scoreField?: string
): Effect.Effect<Prepared, RequestBody.BodyError> =>
  Effect.gen(function*() {
    const { index } = at
    const place = { operation, index }
    yield* Check.pass(Limits.check("topK", "topK", topK, place))
    const clauses = yield* Score.encode(scoreBy, codec.layout, place, scoreField)
    const decode = yield* decoderOf(codec, includeFields, place)
    const body = yield* RequestBody.anyJson(operation, {
      score_by: clauses,
      top_k: topK,
      include_fields: includeFields.length === 0 ? undefined : includeFields,
      filter: filter === undefined ? undefined : yield* RequestBody.filter(operation, filter, { index }, "search")
    }, { index })
    return {
      ask: (namespace, freshness = {}) => {
        const read = Effect.gen(function*() {
          const { indexedLsn, value } = yield* at.post(
            "search_documents",
            "/namespaces/:namespace/documents/search",
            namespace,
            body,
            Documents.SearchResponse,
            "application/json"
          )
          const { records, ...invalid } = yield* sorted(
            decodeAll(decode, { ...place, namespace }, value.matches, ({ _score }, document) => ({
              score: typeof _score === "number" ? _score : null,
              document
            })),
            onInvalid
          )
          return { ...invalid, matches: records, namespace: value.namespace, usage: value.usage, lsn: indexedLsn }
        })
        return fresh<AnySearchResult, RecordError>({ ...place, namespace }, read, freshness)
      }
    }
  })

/** What requests cost together. @internal */
export const sum = (usages: Iterable<Documents.SearchUsage>): Documents.SearchUsage => {
  let readUnits = 0
  let egressBytes: number | undefined
  let embedTotalTokens: number | undefined
  for (const usage of usages) {
    readUnits += usage.readUnits
    if (usage.egressBytes !== undefined) egressBytes = (egressBytes ?? 0) + usage.egressBytes
    if (usage.embedTotalTokens !== undefined) embedTotalTokens = (embedTotalTokens ?? 0) + usage.embedTotalTokens
  }
  return { readUnits, egressBytes, embedTotalTokens }
}

/** Whether lower scores are better. */
const isDistance = (scoreBy: Score.Any, { layout }: DocumentCodec): boolean => {
  const scores = Score.isScore(scoreBy) ? [scoreBy] : scoreBy
  return scores.some(({ fields, kind }) =>
    (kind === "dense_vector" || kind === "embed") && fields.some((name) => layout.fields.get(name)?.isDistance === true)
  )
}

/**
 * Searching the documents of the index at an address.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <F, A, I extends Storable>(
  at: IndexAt,
  codec: DocumentCodec,
  { listNamespacesStream }: Pick<Namespaces<I>, "listNamespacesStream">
): DocumentSearch<F, A, I> => {
  const { index } = at

  const search: AnyDocumentSearch["search"] = (options) =>
    Effect.gen(function*() {
      const operation = "search_documents"
      const { freshnessTimeout, minLsn, namespace = at.namespace, ...checked } = yield* Check.read<AnySearchOptions>(
        { operation, index },
        options,
        shape
      )
      const { ask } = yield* prepare(at, codec, operation, checked)
      return yield* ask(namespace, { freshnessTimeout, minLsn })
    })

  const searchNamespaces = <E, R>(
    options: AnyNamespacesOptions<E, R>
  ): Effect.Effect<AnyNamespacesResult, E | RecordError, R> =>
    Effect.gen(function*() {
      const operation = "search_namespaces"
      const place = { operation, index }
      const { concurrency = 32, namespaces, onFailure = "fail", ...checked } = yield* Check.read<
        AnyNamespacesOptions<E, R>
      >(place, options, {
        required: {
          scoreBy: isClauses,
          topK: Check.integer(1),
          namespaces: Check.either(Check.texts, Check.stream, Check.oneOf("all"))
        },
        optional: { ...findingShape, concurrency: Check.integer(1), onFailure: Check.oneOf("fail", "collect") }
      })
      const { ask } = yield* prepare(at, codec, operation, checked)
      yield* Check.pass(over.problem(place, namespaces))

      const ascending = isDistance(checked.scoreBy, codec)
      let best: ReadonlyArray<Ranked<NamespaceDocumentMatch<AnyDocument>>> = []
      const misfits = new Map<number, ReadonlyArray<InvalidMetadata>>()

      const { failures, usages } = yield* over.namespaces(
        { namespaces, all: listNamespacesStream, concurrency, onFailure },
        (namespace, position) =>
          Effect.map(ask(namespace), ({ invalid, matches, usage }) => {
            if (invalid !== undefined) misfits.set(position, invalid)
            const own = matches.map((match) => ({ ...match, namespace }))
            best = merge(best, ranked(own, position, ascending), checked.topK)
            return usage
          })
      )
      return {
        matches: best.map(({ match }) => match),
        usage: sum(usages.values()),
        usageByNamespace: usages,
        failures,
        ...(checked.onInvalid === "collect" ? { invalid: inOrder(misfits).flat() } : {})
      }
    })

  const searching: AnyDocumentSearch = { search, searchNamespaces }
  const names = { search: "search_documents", searchNamespaces: "search_namespaces" }
  // eslint-disable-next-line no-restricted-syntax -- what comes back follows from what is asked for.
  return Operation.all(names, searching as unknown as DocumentSearch<F, A, I>, { index })
}
