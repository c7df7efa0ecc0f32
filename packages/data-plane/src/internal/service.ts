import * as Pages from "@effect-pinecone/http/Pages"
import * as Poll from "@effect-pinecone/http/Poll"
import type * as BulkImport from "@effect-pinecone/schema/BulkImport"
import type * as Filter from "@effect-pinecone/schema/Filter"
import type { MetadataSchema, Storable } from "@effect-pinecone/schema/Metadata"
import * as Metadata from "@effect-pinecone/schema/Metadata"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import type * as Query from "@effect-pinecone/schema/Query"
import * as RequestBody from "@effect-pinecone/schema/RequestBody"
import * as Usage from "@effect-pinecone/schema/Usage"
import type * as VectorRecord from "@effect-pinecone/schema/VectorRecord"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as VectorIndex from "../VectorIndex.js"
import type { Body, Connection } from "./connection.js"
import * as fanOut from "./fanOut.js"
import * as getting from "./getting.js"
import * as importing from "./importing.js"
import * as ingest from "./ingest.js"
import * as input from "./input.js"
import { indexedLsn, writtenLsn } from "./lsn.js"
import { Memory } from "./memory.js"
import type { Codec } from "./metadata.js"
import * as metadata from "./metadata.js"
import * as reading from "./reading.js"
import * as searching from "./searching.js"

/** What of an index is a call of the API, or a list of its pages: the ground of all the rest. */
export type Calls<A, I extends Storable> = Omit<
  VectorIndex.VectorIndex<A, I>,
  | keyof ReturnType<typeof ingest.make>
  | keyof ReturnType<typeof reading.make>
  | keyof ReturnType<typeof fanOut.make>
  | keyof ReturnType<typeof importing.make>
  | keyof ReturnType<typeof searching.make>
  | "get"
  | "untyped"
>

/** What all views of an index have in common, those without its Schema too. */
export interface Shared {
  readonly getter: getting.Getter
  readonly about: ReturnType<typeof fanOut.about>
  readonly memory: Memory
}

export const make = <A, I extends Storable>(
  connection: Connection,
  schema: MetadataSchema<A, I>,
  codec: Codec<A>,
  bound: string | undefined,
  shared: Shared = { getter: getting.make(connection), about: fanOut.about(connection), memory: new Memory() }
): VectorIndex.VectorIndex<A, I> => {
  const { call, index, run, runWith } = connection
  const { memory } = shared

  const decodeAll = <X extends { readonly id: string; readonly metadata?: unknown }, Out>(
    operation: string,
    namespace: string | undefined,
    records: ReadonlyArray<X>,
    make: (record: X, metadata: A) => Out
  ): Effect.Effect<ReadonlyArray<Out>, PineconeError.InvalidMetadata> => {
    const out: Array<Out> = []
    for (const record of records) {
      const decoded = codec.decode(record.metadata)
      if (Either.isLeft(decoded)) {
        return Effect.fail(metadata.invalid({ operation, index, namespace }, record.id, decoded.left))
      }
      out.push(make(record, decoded.right))
    }
    return Effect.succeed(out)
  }

  /** A read, repeated until it has seen the write that it must see. */
  const fresh = <X extends { readonly lsn: number | undefined }, E>(
    operation: string,
    namespace: string | undefined,
    read: Effect.Effect<X, E>,
    { freshnessTimeout = "30 seconds", minLsn }: VectorIndex.Freshness
  ): Effect.Effect<X, E | PineconeError.TimedOut | PineconeError.InvalidResponse> =>
    minLsn === undefined ? read : Poll.until(
      read,
      ({ lsn }) =>
        lsn === undefined
          ? Effect.fail(
            new PineconeError.InvalidResponse({
              operation,
              index,
              namespace,
              attempts: 1,
              message:
                `${operation} on "${index}": the server does not say how far its index is, so a read cannot wait for a write`
            })
          )
          : Effect.succeed(lsn >= minLsn),
      { operation, index, namespace, what: `the write ${minLsn} to be readable` },
      { timeout: freshnessTimeout }
    )

  const toFetched = (record: VectorRecord.Vector, decoded: A): VectorIndex.Fetched<A> => ({
    id: record.id,
    values: record.values,
    sparseValues: record.sparseValues,
    metadata: decoded
  })

  const bind = (bound: string | undefined): VectorIndex.VectorIndex<A, I> => {
    const within = (options: VectorIndex.InNamespace | undefined) => options?.namespace ?? bound

    const upsert: VectorIndex.VectorIndex<A, I>["upsert"] = (records, options) => {
      const namespace = within(options)
      const list = Chunk.isChunk(records) ? Chunk.toReadonlyArray(records) : records
      return Effect.suspend(() => {
        let body: Uint8Array | undefined
        const sent = runWith(
          namespace,
          (target, format) =>
            Either.map(RequestBody.upsert(list, target, codec.encode, format, memory.take()), (bytes) => body = bytes),
          ({ upsert }) => upsert
        )
        return Effect.map(sent, ([answer, response]) => {
          // Only what was answered at once is surely read by nobody.
          if (body !== undefined && response.attempts === 1 && response.early !== true) memory.give(body)
          return { upsertedCount: answer.upsertedCount ?? list.length, lsn: writtenLsn(response) }
        })
      })
    }

    const queryBy = (
      options: VectorIndex.QueryOptions<I> & { readonly includeMetadata?: boolean | undefined },
      body: Body
    ): Effect.Effect<VectorIndex.QueryResult<A | undefined>, VectorIndex.RecordError> => {
      const namespace = within(options)
      const read = Effect.flatMap(
        runWith(namespace, body, ({ query }) => query),
        ([answer, response]) => {
          const matches = answer.matches ?? []
          const toMatch = (match: Query.ScoredVector, decoded: A | undefined): VectorIndex.Match<A | undefined> => ({
            id: match.id,
            // A score of zero may be left out of the answer.
            score: match.score ?? 0,
            values: match.values,
            sparseValues: match.sparseValues,
            metadata: decoded
          })
          return Effect.map(
            options.includeMetadata === true
              ? decodeAll("query", namespace, matches, toMatch)
              : Effect.succeed(matches.map((match) => toMatch(match, undefined))),
            (matches) => ({
              matches,
              namespace: answer.namespace ?? namespace ?? "",
              usage: answer.usage,
              lsn: indexedLsn(response)
            })
          )
        }
      )
      return fresh("query", namespace, read, options)
    }

    const query = (options: Parameters<typeof queryBy>[0]) =>
      queryBy(options, (target, format) => RequestBody.query(options, target, format))

    const fetch: VectorIndex.VectorIndex<A, I>["fetch"] = (ids, options = {}) => {
      const namespace = within(options)
      const place = { operation: "fetch", index, namespace }
      const read = Effect.zipRight(
        input.ids(place, ids, "fetchIds"),
        run(namespace, (vectors, place) => vectors.fetch(place, { ids })).pipe(
          Effect.flatMap(([answer, response]) =>
            Effect.map(
              decodeAll("fetch", namespace, answer.vectors ?? [], toFetched),
              (records) => ({
                records: new Map(records.map((record) => [record.id, record])),
                namespace: answer.namespace ?? namespace ?? "",
                usage: answer.usage,
                lsn: indexedLsn(response)
              })
            )
          )
        )
      )
      return fresh("fetch", namespace, read, options)
    }

    const fetchByMetadata: VectorIndex.VectorIndex<A, I>["fetchByMetadata"] = (options) => {
      const namespace = within(options)
      const operation = "fetch_by_metadata"
      const place = { operation, index, namespace }
      const read = Effect.gen(function*() {
        yield* input.limit(place, options.limit, "fetchByMetadataLimit")
        const filter = yield* RequestBody.filter(operation, options.filter, { index, namespace })
        const [answer, response] = yield* run(
          namespace,
          (vectors, place) =>
            vectors.fetchByMetadata(place, { filter, limit: options.limit, paginationToken: options.paginationToken })
        )
        const records = yield* decodeAll(operation, namespace, answer.vectors ?? [], toFetched)
        return {
          records: new Map(records.map((record) => [record.id, record])),
          namespace: answer.namespace ?? namespace ?? "",
          usage: answer.usage,
          lsn: indexedLsn(response),
          next: Usage.next(answer)
        }
      })
      return fresh(operation, namespace, read, options)
    }

    const updating = (
      namespace: string | undefined,
      body: RequestBody.UpdateInput
    ): Effect.Effect<VectorIndex.Updated, VectorIndex.RecordError> =>
      Effect.map(
        runWith(namespace, (target, format) => RequestBody.update(body, target, format), ({ update }) => update),
        ([answer, response]) => ({ matchedRecords: answer.matchedRecords, lsn: writtenLsn(response) })
      )

    const remove: VectorIndex.VectorIndex<A, I>["delete"] = (target) => {
      const namespace = within(target)
      const place = { operation: "delete", index, namespace }
      return Effect.gen(function*() {
        if (target.ids !== undefined) yield* input.ids(place, target.ids, "deleteIds")
        const filter: Filter.Expression | undefined = target.filter === undefined
          ? undefined
          : yield* Effect.mapError(
            RequestBody.filter("delete", target.filter, { index, namespace }),
            (error) => error as PineconeError.InvalidRequest | PineconeError.LimitExceeded
          )
        const [, response] = yield* run(
          namespace,
          (vectors, place) => vectors.delete(place, { ids: target.ids, filter, deleteAll: target.deleteAll })
        )
        return { lsn: writtenLsn(response) }
      })
    }

    const list: VectorIndex.VectorIndex<A, I>["list"] = (options = {}) => {
      const namespace = within(options)
      const place = { operation: "list", index, namespace }
      return Effect.zipRight(
        input.limit(place, options.limit, "listLimit"),
        Effect.map(
          run(namespace, (vectors, place) =>
            vectors.list(place, {
              prefix: options.prefix,
              limit: options.limit,
              paginationToken: options.paginationToken
            })),
          ([answer]) => ({
            ids: (answer.vectors ?? []).flatMap(({ id }) => id === undefined ? [] : [id]),
            namespace: answer.namespace ?? namespace ?? "",
            usage: answer.usage,
            next: Usage.next(answer)
          })
        )
      )
    }

    const describeIndexStats: VectorIndex.VectorIndex<A, I>["describeIndexStats"] = (options = {}) => {
      const operation = "describe_index_stats"
      return Effect.gen(function*() {
        const filter = options.filter === undefined ? undefined : yield* Effect.mapError(
          RequestBody.filter(operation, options.filter, { index }),
          (error) => error as PineconeError.InvalidRequest | PineconeError.LimitExceeded
        )
        const [stats] = yield* run(undefined, (vectors, place) => vectors.describeIndexStats(place, { filter }))
        return stats
      })
    }

    const waitForLsn: VectorIndex.VectorIndex<A, I>["waitForLsn"] = (lsn, options = {}) => {
      if (lsn === undefined) return Effect.void
      const namespace = within(options)
      // A query by an id that no record has: the cheapest read that says how far the index is.
      const read = Effect.map(
        runWith(
          namespace,
          (target, format) => RequestBody.query({ topK: 1, id: "effect-pinecone/freshness" }, target, format),
          ({ query }) => query
        ),
        ([, response]) => ({ lsn: indexedLsn(response) })
      )
      return Effect.asVoid(
        fresh("query", namespace, read, { minLsn: lsn, freshnessTimeout: options.timeout })
      ) as Effect.Effect<void, PineconeError.RequestError>
    }

    const listNamespaces: VectorIndex.VectorIndex<A, I>["listNamespaces"] = (options = {}) =>
      Effect.zipRight(
        input.limit({ operation: "list_namespaces", index }, options.limit, "listLimit"),
        Effect.map(
          run(undefined, (vectors, place) =>
            vectors.listNamespaces(place, {
              limit: options.limit,
              paginationToken: options.paginationToken,
              prefix: options.prefix
            })),
          ([answer]) => ({
            namespaces: answer.namespaces ?? [],
            totalCount: answer.totalCount,
            next: Usage.next(answer)
          })
        )
      )

    const describeImport: VectorIndex.VectorIndex<A, I>["describeImport"] = (id) =>
      call({ operation: "describe_import" }, (client) => client.imports.describe({ path: { id } }))

    const listImports: VectorIndex.VectorIndex<A, I>["listImports"] = (options = {}) =>
      Effect.zipRight(
        input.limit({ operation: "list_imports", index }, options.limit, "pageLimit"),
        Effect.map(
          call({ operation: "list_imports" }, (client) =>
            client.imports.list({ urlParams: { limit: options.limit, paginationToken: options.paginationToken } })),
          (answer) => ({ imports: answer.data ?? [], next: Usage.next(answer) })
        )
      )

    const importDone = (
      model: BulkImport.ImportModel
    ): Effect.Effect<boolean, PineconeError.OperationFailed> =>
      model.status === "Failed" || model.status === "Cancelled"
        ? Effect.fail(
          new PineconeError.OperationFailed({
            operation: "describe_import",
            index,
            attempts: 1,
            resource: "import",
            id: model.id ?? "",
            state: model.status,
            message: `import ${model.id} of ${model.uri} ${model.status === "Failed" ? "failed" : "was cancelled"}${
              model.error === undefined ? "" : `: ${model.error}`
            } (${model.recordsImported ?? 0} records imported)`
          })
        )
        : Effect.succeed(model.status === "Completed")

    const importSubject = (id: string): Poll.Subject => ({
      operation: "describe_import",
      index,
      what: `import ${id} to be completed`
    })

    const calls: Calls<A, I> = {
      metadata: schema,
      namespace: bind,
      upsert,
      query: query as VectorIndex.VectorIndex<A, I>["query"],
      fetch,
      fetchByMetadata,
      fetchByMetadataStream: (options) =>
        Pages.stream((paginationToken) =>
          Effect.map(
            fetchByMetadata({ ...options, paginationToken }),
            ({ next, records }) => [Array.from(records.values()), next]
          )
        ),
      update: ({ id, setMetadata, sparseValues, values, ...options }) =>
        updating(within(options), { id, values, sparseValues, setMetadata }),
      updateByMetadata: ({ dryRun, filter, setMetadata, ...options }) =>
        updating(within(options), { filter, setMetadata, dryRun }),
      delete: remove,
      list,
      listStream: (options) =>
        Pages.stream((paginationToken) =>
          Effect.map(list({ ...options, paginationToken }), ({ ids, next }) => [ids, next])
        ),
      describeIndexStats,
      waitForLsn,
      createNamespace: (name, options = {}) =>
        Effect.zipRight(
          input.namespaceName({ operation: "create_namespace", index }, name),
          Effect.map(
            run(name, (vectors, place) => vectors.createNamespace(place, { name, schema: options.schema })),
            ([description]) => description
          )
        ),
      listNamespaces,
      listNamespacesStream: (options) =>
        Pages.stream((paginationToken) =>
          Effect.map(listNamespaces({ ...options, paginationToken }), ({ namespaces, next }) => [namespaces, next])
        ),
      describeNamespace: (name) =>
        Effect.map(
          run(name, (vectors, place) => vectors.describeNamespace(place, { name })),
          ([description]) => description
        ),
      deleteNamespace: (name) =>
        Effect.map(
          run(name, (vectors, place) => vectors.deleteNamespace(place, { name })),
          ([, response]) => ({ lsn: writtenLsn(response) })
        ),
      startImport: ({ errorMode = "continue", integrationId, uri }) => {
        const place = { operation: "start_import", index }
        return Effect.gen(function*() {
          yield* input.text(place, "uri", uri, "importUriLength")
          if (integrationId !== undefined) {
            yield* input.text(place, "integrationId", integrationId, "integrationIdLength")
          }
          const answer = yield* call(
            { operation: "start_import", idempotent: false },
            (client) => client.imports.start({ payload: { uri, integrationId, errorMode: { onError: errorMode } } })
          )
          return answer.id ?? ""
        })
      },
      describeImport,
      listImports,
      listImportsStream: (options) =>
        Pages.stream((paginationToken) =>
          Effect.map(listImports({ ...options, paginationToken }), ({ imports, next }) => [imports, next])
        ),
      cancelImport: (id) =>
        Effect.asVoid(
          call({ operation: "cancel_import" }, (client) => client.imports.cancel({ path: { id } }))
        ),
      importProgress: (id, options) => Poll.stream(describeImport(id), importDone, importSubject(id), options),
      waitForImport: (id, options) => Poll.until(describeImport(id), importDone, importSubject(id), options)
    }
    return {
      ...calls,
      ...ingest.make<A, I>(connection, codec, bound),
      ...reading.make(index, calls),
      get: get(bound),
      ...fanOut.make(connection, shared.about, calls, queryBy),
      ...importing.make(index, calls),
      ...searching.make<A, I>(connection, codec, within, fresh),
      untyped: () => make(connection, Metadata.Metadata, metadata.untyped, bound, shared)
    }
  }

  // What was found is decoded for each who asked for it: metadata that does not fit is an error of one record.
  const get = (bound: string | undefined) =>
    getting.get(index, shared.getter, (namespace, record) =>
      Either.mapBoth(codec.decode(record.metadata), {
        onLeft: (issue) => metadata.invalid({ operation: "fetch", index, namespace }, record.id, issue),
        onRight: (decoded) => toFetched(record, decoded)
      }), bound)

  return bind(bound)
}
