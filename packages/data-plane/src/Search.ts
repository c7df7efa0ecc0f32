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
import * as Operation from "@effect-pinecone/http/Operation"
import * as Check from "@effect-pinecone/schema/Check"
import type * as Filter from "@effect-pinecone/schema/Filter"
import * as Input from "@effect-pinecone/schema/Input"
import * as Limits from "@effect-pinecone/schema/Limits"
import type { Storable } from "@effect-pinecone/schema/Metadata"
import type { InvalidMetadata, RequestError } from "@effect-pinecone/schema/PineconeError"
import * as RecordId from "@effect-pinecone/schema/RecordId"
import * as RequestBody from "@effect-pinecone/schema/RequestBody"
import type { SearchUsage } from "@effect-pinecone/schema/SearchRecords"
import * as SearchRecords from "@effect-pinecone/schema/SearchRecords"
import type { DenseValues, SparseValues } from "@effect-pinecone/schema/Vector"
import { isDenseValues, isSparseIndices, toFloat32Array, toUint32Array } from "@effect-pinecone/schema/Vector"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Freshness, IndexAt, InNamespace, RecordError } from "./IndexAt.js"
import { fresh } from "./IndexAt.js"
import type { MetadataCodec } from "./MetadataCodec.js"
import { decodeEach, sorted } from "./MetadataCodec.js"
import type { Decoding, Given, Invalid } from "./ReadOptions.js"

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
export interface Options<I extends Storable> extends InNamespace, Freshness, Decoding {
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

/**
 * What to search for, and which fields of what is found to give.
 *
 * @since 0.1.0
 * @category models
 */
export interface SearchOptions<A, I extends Storable> extends Options<I> {
  /**
   * The fields to give.
   *
   * @default all
   */
  readonly fields?: ReadonlyArray<keyof A & keyof I & string> | undefined
}

type IsUnion<T, Members = T> = T extends unknown ? [Members] extends [T] ? false : true : never

/** The fields that a list names for certain: of a union of names it is not known which one stands there. */
type Named<Fields> = {
  [K in keyof Fields]: IsUnion<Fields[K]> extends false ? Fields[K] : never
}[number & keyof Fields]

/**
 * What a search gives of a record for the `fields` that it is asked for: all where it is asked for none; those that a list of
 * literals names; of any other list, what may be asked for may be there.
 *
 * @since 0.1.0
 * @category type-level
 */
export type Picked<A, Fields> = Fields extends ReadonlyArray<infer Field>
  ? number extends Fields["length"] ? Partial<Pick<A, Field & keyof A>>
  : [Field] extends [Named<Fields>] ? Pick<A, Field & keyof A>
  : Pick<A, Named<Fields> & keyof A> & Partial<Pick<A, Field & keyof A>>
  : A

/**
 * Searching the text records of an index.
 *
 * @since 0.1.0
 * @category models
 */
export interface Search<A, I extends Storable> {
  /**
   * The records nearest to a text, which the index embeds itself, to a vector, or to another record (`search_records`),
   * optionally reranked. What comes back is what the Schema of the index says; with `fields`, the part of it with those fields.
   */
  readonly searchRecords: <const O extends SearchOptions<A, I>>(
    options: Given<O, SearchOptions<A, I>>
  ) => Effect.Effect<Result<Picked<A, O["fields"]>> & Invalid<O>, RecordError>
}

/**
 * What to search for, with any list of fields.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnyOptions<I extends Storable> extends Options<I> {
  readonly fields?: ReadonlyArray<string> | undefined
}

/**
 * What a search gives, whatever it was asked for.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnyResult<out A> extends Result<A> {
  readonly invalid?: ReadonlyArray<InvalidMetadata> | undefined
}

/**
 * The methods of {@link Search} whatever they are asked for, as they are implemented and mocked.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnySearch<I extends Storable> {
  readonly searchRecords: (options: AnyOptions<I>) => Effect.Effect<AnyResult<unknown>, RecordError>
}

const shape: Check.Shape<AnyOptions<Storable>> = {
  required: { topK: Check.integer(1) },
  optional: {
    text: Check.text,
    id: Check.text,
    vector: Check.any,
    sparseVector: Check.object,
    filter: Check.object,
    matchTerms: Check.texts,
    rerank: Check.object,
    fields: Check.texts,
    onInvalid: Check.oneOf("fail", "collect"),
    namespace: Check.text,
    minLsn: Check.integer(0),
    freshnessTimeout: Check.duration
  }
}

const rerankShape: Check.Shape<Rerank<Storable>> = {
  required: { model: Check.text, rankFields: Check.texts },
  optional: { topN: Check.integer(1), query: Check.text, parameters: Check.object }
}

/** What is wrong with a search, but for its filter and its vectors. */
const problem = <I extends Storable>(
  place: Limits.Place,
  { id, matchTerms, rerank, sparseVector, text, topK, vector }: Options<I>
): Input.Problem | undefined => {
  const tooMany = Limits.check("topK", "topK", topK, place)
  if (tooMany !== undefined) return tooMany
  const ways = [text, id, vector ?? sparseVector].filter((way) => way !== undefined)
  if (ways.length !== 1) {
    return Input.invalid(place, "text", "a search must have exactly one of text, id and vector")
  }
  if (text === "") return Input.invalid(place, "text", "must have at least one character")
  if (id !== undefined) {
    const wrong = RecordId.problem(place, id, "id")
    if (wrong !== undefined) return wrong
  }
  if (matchTerms?.length === 0) return Input.invalid(place, "matchTerms", "must have at least one term")
  if (rerank === undefined) return undefined
  if (rerank.rankFields.length === 0) return Input.invalid(place, "rerank.rankFields", "must name at least one field")
  return rerank.query === undefined && text === undefined
    ? Input.invalid(
      place,
      "rerank.query",
      "is required if the search has no text: the hits are ranked by it"
    )
    : undefined
}

/** The vectors of a search as 32-bit numbers, which are written as their shortest decimals. */
const vectorOf = <I extends Storable>(
  place: Limits.Place,
  { sparseVector, vector }: Options<I>,
  dimension: number | undefined
): Either.Either<object | undefined, Input.Problem> => {
  const numbers = (field: string, values: unknown): Either.Either<Float32Array, Input.Problem> => {
    if (!isDenseValues(values)) {
      return Either.left(Input.mismatch(place, field, "an array of numbers", values))
    }
    const out = toFloat32Array(values)
    return typeof out === "number"
      ? Either.left(
        Input.mismatch(place, `${field}[${out}]`, "a finite 32-bit float", values[out])
      )
      : Either.right(out)
  }
  return Either.gen(function*() {
    if (vector === undefined && sparseVector === undefined) return undefined
    const values = vector === undefined ? undefined : yield* numbers("vector", vector)
    if (values !== undefined && dimension !== undefined && values.length !== dimension) {
      yield* Either.left(
        Input.invalid(
          place,
          "vector",
          `must have ${dimension} numbers, the dimension of the index, got ${values.length}`
        )
      )
    }
    if (sparseVector === undefined) return { values, sparse_values: undefined, sparse_indices: undefined }
    const weights = yield* numbers("sparseVector.values", sparseVector.values)
    const { indices } = sparseVector
    if (!isSparseIndices(indices) || indices.length !== weights.length) {
      return yield* Either.left(Input.invalid(place, "sparseVector", "must have as many indices as values"))
    }
    const places = toUint32Array(indices)
    return typeof places === "number"
      ? yield* Either.left(
        Input.mismatch(place, `sparseVector.indices[${places}]`, "an unsigned 32-bit integer", indices[places])
      )
      : { values, sparse_values: weights, sparse_indices: Array.from(places) }
  })
}

/**
 * Searching the text records of the index at an address.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <A, I extends Storable>(at: IndexAt, codec: MetadataCodec<A>): Search<A, I> => {
  const { index } = at
  const operation = "search_records"

  const search = <Out>(
    options: AnyOptions<I>,
    decode: MetadataCodec<Out>["decode"]
  ): Effect.Effect<AnyResult<Out>, RecordError> => {
    const { fields, id, matchTerms, namespace = at.namespace, rerank, text, topK } = options
    const place = { operation, index, namespace }
    const read = Effect.gen(function*() {
      const { dimension } = yield* at.found
      const body = yield* RequestBody.anyJson(operation, {
        query: {
          top_k: topK,
          inputs: text === undefined ? undefined : { text },
          id,
          vector: yield* vectorOf({ operation, index }, options, dimension),
          filter: options.filter === undefined
            ? undefined
            : yield* RequestBody.filter(operation, options.filter, { index }),
          match_terms: matchTerms === undefined ? undefined : { strategy: "all", terms: matchTerms }
        },
        fields,
        rerank: rerank === undefined ? undefined : {
          model: rerank.model,
          rank_fields: rerank.rankFields,
          top_n: rerank.topN,
          query: rerank.query,
          parameters: rerank.parameters
        }
      }, { index })
      const { indexedLsn, value } = yield* at.post(
        operation,
        "/records/namespaces/:namespace/search",
        namespace,
        body,
        SearchRecords.SearchRecordsResponse,
        "application/json"
      )
      const found = value.result.hits.map(({ fields, id, score }) => ({ id, score, metadata: fields }))
      const { records, ...invalid } = yield* sorted(
        decodeEach(decode, place, found, ({ id, score }, fields): Hit<Out> => ({ id, score, fields })),
        options.onInvalid
      )
      return { ...invalid, hits: records, usage: value.usage, lsn: indexedLsn }
    })
    return fresh<AnyResult<Out>, RequestError | RequestBody.BodyError>(place, read, options)
  }

  const searchRecords: AnySearch<I>["searchRecords"] = (options) =>
    Effect.gen(function*() {
      const place = { operation, index }
      const { rerank, ...rest } = yield* Check.read<AnyOptions<I>>(place, options, shape)
      const checked = rerank === undefined
        ? rest
        : { ...rest, rerank: yield* Check.read<Rerank<I>>(place, rerank, rerankShape) }
      yield* Check.pass(problem(place, checked))
      if (checked.fields === undefined) return yield* search(checked, codec.decode)
      const picked = codec.pick(checked.fields)
      return picked === undefined
        ? yield* Input.invalid(
          place,
          "fields",
          "cannot be picked from the Schema of the index: leave fields out, or use a Schema.Struct"
        )
        : yield* search(checked, picked)
    })

  // eslint-disable-next-line no-restricted-syntax -- what comes back follows from what is asked for.
  const searching = { searchRecords: searchRecords as Search<A, I>["searchRecords"] }
  return Operation.all({ searchRecords: operation }, searching, { index })
}
