import type { Storable } from "@effect-pinecone/schema/Metadata"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as RequestBody from "@effect-pinecone/schema/RequestBody"
import type { Usage } from "@effect-pinecone/schema/Usage"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type * as FanOut from "../FanOut.js"
import type * as VectorIndex from "../VectorIndex.js"
import * as bounded from "./bounded.js"
import type { Connection } from "./connection.js"
import * as input from "./input.js"
import type { Ranked } from "./merge.js"
import { merge, ranked } from "./merge.js"

type Querying<A, I extends Storable> = Pick<VectorIndex.VectorIndex<A, I>, "queryNamespaces" | "queryMany">

const defaultConcurrency = 32

/** What the server said that requests cost. */
const sum = (usages: Iterable<Usage>): Usage => {
  let readUnits = 0
  for (const usage of usages) readUnits += usage.readUnits ?? 0
  return { readUnits }
}

const inOrder = <X>(byPlace: ReadonlyMap<number, X>): ReadonlyArray<X> =>
  Array.from(byPlace).sort(([a], [b]) => a - b).map(([, value]) => value)

/** What an index is, as far as its scores and the queries for it go. */
export interface About {
  readonly metric: string | undefined
  readonly dimension: number | undefined
}

/** The control plane knows it by name; the index itself, by its stats, which are asked for once. */
export const about = ({ found, run }: Connection): Effect.Effect<About, PineconeError.RequestError> => {
  let known: About | undefined
  const stats = Effect.unsafeMakeSemaphore(1).withPermits(1)(
    Effect.suspend(() =>
      known !== undefined ? Effect.succeed(known) : Effect.map(
        run(undefined, (vectors, place) => vectors.describeIndexStats(place, {})),
        ([{ dimension, metric }]): About => {
          const about = { metric, dimension }
          if (metric !== undefined) known = about
          return about
        }
      )
    )
  )
  return Effect.flatMap(found, (index) => index.metric === undefined ? stats : Effect.succeed(index))
}

export const make = <A, I extends Storable>(
  { format, found, index }: Connection,
  about: Effect.Effect<About, PineconeError.RequestError>,
  calls: Pick<VectorIndex.VectorIndex<A, I>, "query" | "listNamespacesStream">,
  queryBy: (
    options: VectorIndex.QueryOptions<I> & { readonly includeMetadata?: boolean | undefined },
    body: () => Either.Either<Uint8Array>
  ) => Effect.Effect<VectorIndex.QueryResult<A | undefined>, VectorIndex.RecordError>
): Querying<A, I> => {
  const spanned = (operation: string) =>
    Effect.withSpan(`pinecone.${operation}`, {
      captureStackTrace: false,
      attributes: {
        "db.system.name": "pinecone",
        "db.operation.name": operation,
        "db.collection.name": index
      }
    })

  type AnyOptions<E, R> = FanOut.NamespacesOptions<I, E, R> & { readonly includeMetadata?: boolean | undefined }

  const queryNamespaces = <E, R>(
    options: AnyOptions<E, R>
  ): Effect.Effect<FanOut.NamespacesResult<A | undefined>, E | VectorIndex.RecordError, R> => {
    const { concurrency = defaultConcurrency, metric, namespaces, onFailure = "fail", ...query } = options
    const place = { operation: "query_namespaces", index }
    return Effect.gen(function*() {
      yield* input.wholeNumber(place, "concurrency", concurrency, 1)
      // What is wrong with the query is wrong with each of them: it is found once, and before anything is asked. Its numbers,
      // which are most of it, are written once for all of them too.
      const encoded = yield* RequestBody.query(query, { index }, format)
      if (Array.isArray(namespaces) && namespaces.length === 0) {
        return yield* new PineconeError.InvalidRequest({
          ...place,
          field: "namespaces",
          message: "namespaces: at least one is needed; \"all\" asks all that the index has"
        })
      }
      const there = yield* metric === undefined ? about : found
      if (there.dimension !== undefined) yield* RequestBody.query(query, { index, dimension: there.dimension })
      const order = metric ?? there.metric
      if (order === undefined) {
        return yield* new PineconeError.InvalidRequest({
          ...place,
          field: "metric",
          message: "metric: the index does not say which it has; give it: cosine, dotproduct or euclidean"
        })
      }
      const ascending = order === "euclidean"

      let best: ReadonlyArray<Ranked<FanOut.NamespaceMatch<A | undefined>>> = []
      const usages = new Map<number, readonly [string, Usage]>()
      const failures = new Map<number, FanOut.NamespaceFailure>()

      const ask = (namespace: string, position: number) =>
        queryBy({ ...query, namespace }, () => Either.right(RequestBody.inNamespace(namespace, encoded, format))).pipe(
          Effect.map(({ matches, usage }) => {
            if (usage !== undefined) usages.set(position, [namespace, usage])
            const own = matches.map((match) => ({ ...match, namespace }))
            best = merge(best, ranked(own, position, ascending), query.topK)
          }),
          onFailure === "fail" ? (asked) => asked : Effect.catchAll((error) =>
            Effect.sync(() => {
              failures.set(position, { namespace, error })
            })
          )
        )

      if (typeof namespaces === "object" && !(Stream.StreamTypeId in namespaces)) {
        yield* bounded.forEachOf([...new Set(namespaces)], ask, concurrency)
      } else {
        const names: Stream.Stream<string, E | VectorIndex.RecordError, R> = namespaces === "all"
          ? Stream.filterMap(calls.listNamespacesStream(), ({ name }) => Option.fromNullable(name))
          : namespaces
        const seen = new Set<string>()
        const once = Stream.filter(names, (name) => seen.size < seen.add(name).size)
        yield* bounded.forEach(once, ask, concurrency)
      }

      const costs = inOrder(usages)
      return {
        matches: best.map(({ match }) => match),
        usage: sum(costs.map(([, usage]) => usage)),
        usageByNamespace: new Map(costs),
        failures: inOrder(failures)
      }
    }).pipe(spanned(place.operation))
  }

  const queryMany = (
    queries: Iterable<VectorIndex.QueryOptions<I>>,
    options: FanOut.Bounds & { readonly includeMetadata?: boolean | undefined } = {}
  ): Effect.Effect<FanOut.QueriesResult<A | undefined>, VectorIndex.RecordError> => {
    const { concurrency = defaultConcurrency, includeMetadata, onFailure = "fail" } = options
    const place = { operation: "query_many", index }
    return Effect.gen(function*() {
      yield* input.wholeNumber(place, "concurrency", concurrency, 1)
      const failures = new Map<number, { readonly position: number; readonly error: VectorIndex.RecordError }>()
      const results = yield* Effect.forEach(
        queries,
        (query, position) => {
          const asked: Effect.Effect<VectorIndex.QueryResult<A | undefined> | undefined, VectorIndex.RecordError> =
            calls.query<boolean>({ ...query, includeMetadata })
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
    }).pipe(spanned(place.operation))
  }

  return {
    queryNamespaces: queryNamespaces as Querying<A, I>["queryNamespaces"],
    queryMany: queryMany as Querying<A, I>["queryMany"]
  }
}
