/**
 * The records nearest to a vector, or to another record.
 *
 * ```ts
 * import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
 * import * as Filter from "@effect-pinecone/schema/Filter"
 * import * as Effect from "effect/Effect"
 *
 * const nearest = Effect.gen(function*() {
 *   const index = yield* VectorIndex.make({ name: "movies" })
 *   const { matches } = yield* index.query({ id: "airplane", topK: 5, filter: Filter.gte("year", 2000) })
 *   return matches.map(({ id, score }) => [id, score] as const)
 * })
 * ```
 *
 * @since 0.1.0
 */
import * as Operation from "@effect-pinecone/http/Operation"
import * as Check from "@effect-pinecone/schema/Check"
import type * as Filter from "@effect-pinecone/schema/Filter"
import type { Storable } from "@effect-pinecone/schema/Metadata"
import type { InvalidMetadata } from "@effect-pinecone/schema/PineconeError"
import type { ScoredVector } from "@effect-pinecone/schema/Query"
import * as RequestBody from "@effect-pinecone/schema/RequestBody"
import type { Usage } from "@effect-pinecone/schema/Usage"
import type { DenseValues, SparseValues, SparseVector } from "@effect-pinecone/schema/Vector"
import { given } from "@effect-pinecone/schema/Vector"
import * as Effect from "effect/Effect"
import type { Body, Freshness, IndexAt, InNamespace, RecordError } from "./IndexAt.js"
import { fresh } from "./IndexAt.js"
import { vectorShape } from "./internal/queryShape.js"
import type { MetadataCodec } from "./MetadataCodec.js"
import { decodeEach, sorted } from "./MetadataCodec.js"
import type { Given, Includes, Invalid, Possible, Present } from "./ReadOptions.js"

/**
 * What to search for, and what the matches contain.
 *
 * @since 0.1.0
 * @category models
 */
export interface QueryOptions<I extends Storable> extends InNamespace, Freshness, Includes {
  /** How many matches: 1 to 10,000. */
  readonly topK: number
  /** A dense vector, of as many numbers as the index has dimensions. */
  readonly vector?: DenseValues | undefined
  /** A sparse vector: alone on a sparse index, or with `vector` for a hybrid search (dotproduct). */
  readonly sparseVector?: SparseValues | undefined
  /** The id of a record whose vector to search with, instead of a vector. */
  readonly id?: string | undefined
  readonly filter?: Filter.For<I> | undefined
  /** For dedicated read nodes: how much of the index is scanned, 0.5 to 4. */
  readonly scanFactor?: number | undefined
  /** For dedicated read nodes: how many candidates are ranked exactly, topK to 100,000. */
  readonly maxCandidates?: number | undefined
}

/**
 * A record with its score: higher is nearer for cosine and dotproduct, lower for euclidean (the squared distance). It has the
 * values that the record has, dense or sparse or both, where they may have been asked for (`Values`).
 *
 * @since 0.1.0
 * @category models
 */
export interface Match<out A, out Values extends boolean = boolean> {
  readonly id: string
  readonly score: number
  readonly values: Values extends true ? Float32Array | undefined : undefined
  readonly sparseValues: Values extends true ? SparseVector | undefined : undefined
  readonly metadata: A
}

/**
 * The matches, best first.
 *
 * @since 0.1.0
 * @category models
 */
export interface QueryResult<out A, out Values extends boolean = boolean> {
  readonly matches: ReadonlyArray<Match<A, Values>>
  readonly namespace: string
  readonly usage: Usage | undefined
  /** The newest write that the read has seen. */
  readonly lsn: number | undefined
}

/**
 * What a query gives that is asked with options of type `O`.
 *
 * @since 0.1.0
 * @category type-level
 */
export type Answer<A, O> =
  & QueryResult<Present<O, "includeMetadata", A>, Possible<O, "includeValues">>
  & Invalid<O>

/**
 * What a query gives, whatever it was asked for.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnyAnswer<out A> extends QueryResult<A | undefined> {
  readonly invalid?: ReadonlyArray<InvalidMetadata> | undefined
}

/**
 * Searching an index.
 *
 * @since 0.1.0
 * @category models
 */
export interface Query<A, I extends Storable> {
  /**
   * The records nearest to a vector (`query`). With `includeMetadata: true` each match has its metadata, decoded; without, it
   * is `undefined`; where a `boolean` says it, it may be either.
   */
  readonly query: <O extends QueryOptions<I>>(
    options: Given<O, QueryOptions<I>>
  ) => Effect.Effect<Answer<A, O>, RecordError>
}

/**
 * The methods of {@link Query} whatever they are asked for, as they are implemented and mocked.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnyQuery<A, I extends Storable> {
  readonly query: (options: QueryOptions<I>) => Effect.Effect<AnyAnswer<A>, RecordError>
}

const shape: Check.Shape<QueryOptions<Storable>> = {
  required: vectorShape.required,
  optional: {
    ...vectorShape.optional,
    id: Check.any,
    namespace: Check.text,
    minLsn: Check.integer(0),
    freshnessTimeout: Check.duration
  }
}

/**
 * The options of a query, as far as the encoder of the body does not look at them, or what is wrong with them.
 *
 * @since 0.1.0
 * @category checks
 */
export const read = <I extends Storable>(index: string, options: QueryOptions<I>) =>
  Check.read<QueryOptions<I>>({ operation: "query", index }, options, shape)

/**
 * A query whose body is given.
 *
 * @since 0.1.0
 * @category constructors
 */
export const withBody =
  <A, I extends Storable>(at: IndexAt, { decode }: MetadataCodec<A>) =>
  (options: QueryOptions<I>, body: Body): Effect.Effect<AnyAnswer<A>, RecordError> => {
    const { namespace = at.namespace } = options
    const place = { operation: "query", index: at.index, namespace }
    const withValues = options.includeValues === true
    const toMatch = (match: ScoredVector, metadata: A | undefined): Match<A | undefined> => ({
      id: match.id,
      // A score of zero may be left out of the answer.
      score: match.score ?? 0,
      values: withValues ? given(match.values) : undefined,
      sparseValues: withValues ? match.sparseValues : undefined,
      metadata
    })
    const read = Effect.flatMap(
      at.send("query", namespace, body),
      ({ indexedLsn, value: { matches = [], ...answer } }) =>
        Effect.map(
          sorted(
            options.includeMetadata === true
              ? decodeEach(decode, place, matches, toMatch)
              : matches.map((match) => toMatch(match, undefined)),
            options.onInvalid
          ),
          ({ records, ...invalid }) => ({
            ...invalid,
            matches: records,
            namespace: answer.namespace ?? namespace ?? "",
            usage: answer.usage,
            lsn: indexedLsn
          })
        )
    )
    return fresh(place, read, options)
  }

/**
 * Searching the index at an address. An application that only queries, and is downloaded or started often, makes this alone: its
 * bundle is little more than half of one with a whole `VectorIndex`.
 *
 * ```ts
 * import * as IndexAt from "@effect-pinecone/data-plane/IndexAt"
 * import * as MetadataCodec from "@effect-pinecone/data-plane/MetadataCodec"
 * import * as Query from "@effect-pinecone/data-plane/Query"
 * import type { Metadata } from "@effect-pinecone/schema/Metadata"
 * import * as Effect from "effect/Effect"
 *
 * const nearest = Effect.gen(function*() {
 *   const at = yield* IndexAt.make({ name: "movies" })
 *   const { query } = Query.make<Metadata, Metadata>(at, MetadataCodec.untyped)
 *   return yield* query({ vector: [0.1, 0.2, 0.3], topK: 10 })
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <A, I extends Storable>(at: IndexAt, codec: MetadataCodec<A>): Query<A, I> => {
  const queryWith = withBody<A, I>(at, codec)
  const methods: AnyQuery<A, I> = {
    query: (options) =>
      Effect.flatMap(
        read<I>(at.index, options),
        (options) => queryWith(options, (target, format) => RequestBody.query(options, target, format))
      )
  }
  // eslint-disable-next-line no-restricted-syntax -- what there is follows from what is asked for.
  return Operation.all({ query: "query" }, methods as Query<A, I>, { index: at.index })
}
