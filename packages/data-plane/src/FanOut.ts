/**
 * Many queries as one: one vector over many namespaces, or many queries over the index.
 *
 * ```ts
 * import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function*() {
 *   const index = yield* VectorIndex.make({ name: "movies" })
 *   const { matches } = yield* index.queryNamespaces({ namespaces: "all", vector: [0.1, 0.2, 0.3], topK: 10 })
 *   return matches.map(({ id, namespace }) => `${namespace}/${id}`)
 * })
 * ```
 *
 * @since 0.1.0
 */
import * as Operation from "@effect-pinecone/http/Operation"
import * as Check from "@effect-pinecone/schema/Check"
import * as Input from "@effect-pinecone/schema/Input"
import type { Storable } from "@effect-pinecone/schema/Metadata"
import type { InvalidMetadata } from "@effect-pinecone/schema/PineconeError"
import * as RequestBody from "@effect-pinecone/schema/RequestBody"
import type { Usage } from "@effect-pinecone/schema/Usage"
import * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { Freshness, IndexAt, InNamespace, RecordError } from "./IndexAt.js"
import type { Ranked } from "./internal/merge.js"
import { inOrder, merge, ranked } from "./internal/merge.js"
import * as over from "./internal/overNamespaces.js"
import { vectorShape } from "./internal/queryShape.js"
import type { MetadataCodec } from "./MetadataCodec.js"
import type { Namespaces } from "./Namespaces.js"
import type { Match, QueryOptions, QueryResult } from "./Query.js"
import * as Query from "./Query.js"
import type { Given, Includes, Invalid, Possible, Present } from "./ReadOptions.js"

/**
 * What to do when one of the queries fails: end with its error, or collect it and go on.
 *
 * @since 0.1.0
 * @category models
 */
export type OnFailure = "fail" | "collect"

/**
 * How many queries run at a time, and what happens if one fails.
 *
 * @since 0.1.0
 * @category models
 */
export interface Bounds {
  /**
   * How many queries are in flight.
   *
   * @default 32
   */
  readonly concurrency?: number | undefined
  /**
   * @default "fail"
   */
  readonly onFailure?: OnFailure | undefined
}

/**
 * One query of many, which are asked with the same options.
 *
 * @since 0.1.0
 * @category models
 */
export interface OneQuery<I extends Storable> extends Omit<QueryOptions<I>, "includeMetadata" | "onInvalid"> {}

/**
 * How many queries are asked.
 *
 * @since 0.1.0
 * @category models
 */
export interface ManyOptions extends Bounds, Omit<Includes, "includeValues"> {}

/**
 * One query over many namespaces.
 *
 * @since 0.1.0
 * @category models
 */
export interface NamespacesOptions<I extends Storable, E = never, R = never>
  extends Omit<QueryOptions<I>, "id" | keyof InNamespace | keyof Freshness>, Bounds
{
  /** Names of namespaces, each asked once however often it is named; or all that the index has when it begins. */
  readonly namespaces: ReadonlyArray<string> | Stream.Stream<string, E, R> | "all"
  /**
   * How scores compare: for euclidean lower is better, for the others higher is.
   *
   * @default the metric of the index, which is asked for once
   */
  readonly metric?: "cosine" | "dotproduct" | "euclidean" | (string & {}) | undefined
}

/**
 * A match, and the namespace that it is of.
 *
 * @since 0.1.0
 * @category models
 */
export interface NamespaceMatch<out A, out Values extends boolean = boolean> extends Match<A, Values> {
  readonly namespace: string
}

/**
 * A namespace whose query failed.
 *
 * @since 0.1.0
 * @category models
 */
export interface NamespaceFailure {
  readonly namespace: string
  readonly error: RecordError
}

/**
 * The best matches of all namespaces, best first; among equals those of the earlier namespace.
 *
 * @since 0.1.0
 * @category models
 */
export interface NamespacesResult<out A, out Values extends boolean = boolean> {
  readonly matches: ReadonlyArray<NamespaceMatch<A, Values>>
  /** The sum over the namespaces. */
  readonly usage: Usage
  /** What each namespace cost, where the server said so. */
  readonly usageByNamespace: ReadonlyMap<string, Usage>
  /** With `onFailure: "collect"`, the namespaces that could not be asked. */
  readonly failures: ReadonlyArray<NamespaceFailure>
}

/**
 * The results of many queries: each at the place of its query, `undefined` where it failed.
 *
 * @since 0.1.0
 * @category models
 */
export interface QueriesResult<out Result> {
  readonly results: ReadonlyArray<Result | undefined>
  /** The sum over the queries. */
  readonly usage: Usage
  /** With `onFailure: "collect"`, the places of the queries that failed, and why. */
  readonly failures: ReadonlyArray<{ readonly position: number; readonly error: RecordError }>
}

/**
 * Many queries to an index at once.
 *
 * @since 0.1.0
 * @category models
 */
export interface FanOut<A, I extends Storable> {
  /**
   * The records nearest to a vector in many namespaces, as if they were one. What is wrong with the query itself fails before
   * anything is asked, whatever `onFailure` says.
   */
  readonly queryNamespaces: <O extends NamespacesOptions<I, unknown, unknown>, E = never, R = never>(
    options: Given<O, NamespacesOptions<I, E, R>>
  ) => Effect.Effect<
    & NamespacesResult<Present<O, "includeMetadata", A>, Possible<O, "includeValues">>
    & Invalid<O>,
    NoInfer<E> | RecordError,
    NoInfer<R>
  >
  /** The results of many queries, each at the place of its query. */
  readonly queryMany: <O extends ManyOptions = {}>(
    queries: Iterable<OneQuery<I>>,
    options?: Given<O, ManyOptions>
  ) => Effect.Effect<
    QueriesResult<QueryResult<Present<O, "includeMetadata", A>> & Invalid<O>>,
    RecordError
  >
}

/**
 * What a query of many namespaces gives, whatever it was asked for.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnyNamespacesResult<out A> extends NamespacesResult<A | undefined> {
  readonly invalid?: ReadonlyArray<InvalidMetadata> | undefined
}

/**
 * The methods of {@link FanOut} whatever they are asked for, as they are implemented and mocked.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnyFanOut<A, I extends Storable> {
  readonly queryNamespaces: <E, R>(
    options: NamespacesOptions<I, E, R>
  ) => Effect.Effect<AnyNamespacesResult<A>, E | RecordError, R>
  readonly queryMany: (
    queries: Iterable<OneQuery<I>>,
    options?: ManyOptions
  ) => Effect.Effect<QueriesResult<Query.AnyAnswer<A>>, RecordError>
}

const defaultConcurrency = 32

/** What the server said that requests cost. */
const sum = (usages: Iterable<Usage>): Usage => {
  let readUnits = 0
  for (const usage of usages) readUnits += usage.readUnits ?? 0
  return { readUnits }
}

const boundsShape: Check.Shape<Bounds> = {
  optional: { concurrency: Check.integer(1), onFailure: Check.oneOf("fail", "collect") }
}

/**
 * Many queries at once, to the index at an address.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <A, I extends Storable>(
  at: IndexAt,
  codec: MetadataCodec<A>,
  { listNamespacesStream }: Pick<Namespaces<I>, "listNamespacesStream">
): FanOut<A, I> => {
  const { format, index } = at
  const queryWith = Query.withBody<A, I>(at, codec)
  const ask = (options: QueryOptions<I>) =>
    queryWith(options, (target, format) => RequestBody.query(options, target, format))

  const queryNamespaces = <E, R>(
    options: NamespacesOptions<I, E, R>
  ): Effect.Effect<AnyNamespacesResult<A>, E | RecordError, R> => {
    const place = { operation: "query_namespaces", index }
    return Effect.gen(function*() {
      const { concurrency = defaultConcurrency, metric, namespaces, onFailure = "fail", ...query } = yield* Check
        .read<NamespacesOptions<I, E, R>>(place, options, {
          required: {
            ...vectorShape.required,
            namespaces: Check.either(Check.texts, Check.stream, Check.oneOf("all"))
          },
          optional: { ...vectorShape.optional, ...boundsShape.optional, metric: Check.text }
        })
      // What is wrong with the query is wrong with each of them: it is found once, and before anything is asked. Its numbers,
      // which are most of it, are written once for all of them too.
      const encoded = yield* RequestBody.query(query, { index }, format)
      yield* Check.pass(over.problem(place, namespaces))
      const there = yield* metric === undefined ? at.shape : at.found
      if (there.dimension !== undefined) yield* RequestBody.query(query, { index, dimension: there.dimension })
      const order = metric ?? there.metric
      if (order === undefined) {
        return yield* Input.invalid(
          place,
          "metric",
          "is required, since the index does not report its own: cosine, dotproduct or euclidean"
        )
      }
      const ascending = order === "euclidean"

      let best: ReadonlyArray<Ranked<NamespaceMatch<A | undefined>>> = []
      const misfits = new Map<number, ReadonlyArray<InvalidMetadata>>()

      const { failures, usages } = yield* over.namespaces(
        { namespaces, all: listNamespacesStream, concurrency, onFailure },
        (namespace, position) =>
          Effect.map(
            queryWith(
              { ...query, namespace },
              () => Effect.succeed(RequestBody.inNamespace(namespace, encoded, format))
            ),
            ({ invalid, matches, usage }) => {
              if (invalid !== undefined) misfits.set(position, invalid)
              const own = matches.map((match) => ({ ...match, namespace }))
              best = merge(best, ranked(own, position, ascending), query.topK)
              return usage
            }
          )
      )
      return {
        matches: best.map(({ match }) => match),
        usage: sum(usages.values()),
        usageByNamespace: usages,
        failures,
        ...(query.onInvalid === "collect" ? { invalid: inOrder(misfits).flat() } : {})
      }
    })
  }

  const queryMany = (
    queries: Iterable<OneQuery<I>>,
    options: ManyOptions = {}
  ): Effect.Effect<QueriesResult<Query.AnyAnswer<A>>, RecordError> => {
    const place = { operation: "query_many", index }
    return Effect.gen(function*() {
      const { concurrency = defaultConcurrency, onFailure = "fail", ...includes } = yield* Check.read<ManyOptions>(
        place,
        options,
        {
          ...boundsShape,
          optional: {
            ...boundsShape.optional,
            includeMetadata: Check.flag,
            onInvalid: Check.oneOf("fail", "collect")
          }
        }
      )
      yield* Check.pass(Check.problem(place, "queries", queries, Check.iterable))
      const list = Input.attempt(place, "queries", (): ReadonlyArray<OneQuery<I>> => Array.from(queries))
      if (!Input.isArray(list)) return yield* list
      const failures = new Map<number, { readonly position: number; readonly error: RecordError }>()
      const results = yield* Effect.forEach(
        list,
        (one, position) => {
          const asked: Effect.Effect<Query.AnyAnswer<A> | undefined, RecordError> = Effect.flatMap(
            Query.read<I>(index, one),
            (one) => ask({ ...one, ...includes })
          )
          return onFailure === "fail" ? asked : Effect.catchAll(asked, (error) =>
            Effect.sync(() => {
              failures.set(position, { position, error })
              return undefined
            }))
        },
        { concurrency }
      )
      return {
        results,
        usage: sum(results.flatMap((result) => result?.usage ?? [])),
        failures: inOrder(failures)
      }
    })
  }

  const methods: AnyFanOut<A, I> = { queryNamespaces, queryMany }
  // eslint-disable-next-line no-restricted-syntax -- what there is follows from what is asked for.
  const fanOut = methods as FanOut<A, I>
  return Operation.all({ queryNamespaces: "query_namespaces", queryMany: "query_many" }, fanOut, { index })
}
