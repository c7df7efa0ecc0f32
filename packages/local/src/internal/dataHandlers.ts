import { DataPlaneApi } from "@effect-pinecone/http/DataPlaneApi"
import * as Limits from "@effect-pinecone/schema/Limits"
import type { QueryRequest } from "@effect-pinecone/schema/Query"
import * as RequestBody from "@effect-pinecone/schema/RequestBody"
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import { globalValue } from "effect/GlobalValue"
import * as Layer from "effect/Layer"
import type { NamespaceInfo } from "./dataset.js"
import { canonical } from "./dataset.js"
import type { Predicate } from "./filter.js"
import * as filters from "./filter.js"
import type { ImportDocument } from "./imports.js"
import { ImportsTag } from "./imports.js"
import type { NamespaceView, StoredRecord } from "./namespaceView.js"
import * as paging from "./paging.js"
import * as problem from "./problem.js"
import type { LiveIndex } from "./project.js"
import { ProjectTag } from "./project.js"
import * as records from "./records.js"
import * as respond from "./respond.js"

const { limits } = Limits

const answer = respond.answering("data")

/** The id of the index that the running request is for: its host says which. */
export const currentIndex: FiberRef.FiberRef<string> = globalValue(
  "@effect-pinecone/local/internal/dataHandlers/currentIndex",
  () => FiberRef.unsafeMake("")
)

const refuse = (message: string | undefined): Effect.Effect<void, problem.Problem> =>
  message === undefined ? Effect.void : problem.badRequest(message)

const compile = (filter: object | undefined): Effect.Effect<Predicate | undefined, problem.Problem> => {
  if (filter === undefined) return Effect.succeed(undefined)
  const compiled = filters.compile(filter)
  return compiled instanceof filters.FilterProblem
    ? problem.badRequest(compiled.message)
    : Effect.succeed(compiled)
}

/** An answer with vectors: their numbers are written as the shortest decimals. */
const vectorsResponse = (body: object) =>
  HttpServerResponse.uint8Array(RequestBody.json(body), { contentType: "application/json" })

const usage = (readUnits: number) => ({ readUnits: Math.max(1, readUnits) })

const checkIds = (ids: ReadonlyArray<string>, most: number): Effect.Effect<void, problem.Problem> => {
  if (ids.length === 0) return problem.badRequest("At least one id is needed")
  if (ids.length > most) return problem.badRequest(`At most ${most} ids are allowed, got ${ids.length}`)
  for (const id of ids) {
    const wrong = records.idProblem(id)
    if (wrong !== undefined) return problem.badRequest(wrong)
  }
  return Effect.void
}

const fetched = (view: NamespaceView | undefined, ids: Iterable<string>): ReadonlyArray<StoredRecord> =>
  view === undefined ? [] : Array.from(ids).flatMap((id) => {
    const record = view.get(id)
    return record === undefined ? [] : [record]
  })

const byId = (found: ReadonlyArray<StoredRecord>) => Object.fromEntries(found.map((record) => [record.id, record]))

const checkUpsert = (
  index: LiveIndex,
  vectors: ReadonlyArray<StoredRecord>
): Effect.Effect<void, problem.Problem> => {
  if (vectors.length === 0) return problem.badRequest("An upsert needs at least one vector")
  if (vectors.length > limits.upsertRecords) {
    return problem.badRequest(`At most ${limits.upsertRecords} vectors are allowed in an upsert, got ${vectors.length}`)
  }
  let weight = 0
  for (const vector of vectors) {
    const wrong = records.recordProblem(index.document.model, vector)
    if (wrong !== undefined) return problem.badRequest(wrong)
    weight += records.weight(vector)
  }
  return weight > limits.requestBytes
    ? problem.badRequest(
      `Request size of ${weight} bytes exceeds the maximum supported size of ${limits.requestBytes} bytes`
    )
    : Effect.void
}

const checkQuery = (index: LiveIndex, request: QueryRequest): Effect.Effect<void, problem.Problem> => {
  const { id, maxCandidates, scanFactor, sparseVector, topK, vector } = request
  const { model } = index.document
  if (topK < 1 || topK > limits.topK) {
    return problem.badRequest(`topK must be between 1 and ${limits.topK}, got ${topK}`)
  }
  if (request.queries !== undefined) {
    return problem.notImplemented("Several queries in one request are not implemented.")
  }
  if (vector === undefined && sparseVector === undefined && id === undefined) {
    return problem.badRequest("A query needs a vector, a sparse vector or an id")
  }
  if (id !== undefined && (vector !== undefined || sparseVector !== undefined)) {
    return problem.badRequest("A query is by a vector or by an id, not by both")
  }
  if (scanFactor !== undefined && (scanFactor < 0.5 || scanFactor > 4)) {
    return problem.badRequest(`scanFactor must be between 0.5 and 4, got ${scanFactor}`)
  }
  if (maxCandidates !== undefined && (maxCandidates < 1 || maxCandidates > limits.maxCandidates)) {
    return problem.badRequest(`maxCandidates must be between 1 and ${limits.maxCandidates}, got ${maxCandidates}`)
  }
  if (model.vectorType === "sparse" && vector !== undefined) {
    return problem.badRequest("A sparse index is queried with a sparse vector")
  }
  return refuse(
    (vector === undefined ? undefined : records.denseProblem(model, vector)) ??
      (sparseVector === undefined ? undefined : records.sparseProblem(model, sparseVector))
  )
}

const VectorsLive = HttpApiBuilder.group(DataPlaneApi, "vectors", (handlers) =>
  Effect.map(ProjectTag, (project) => {
    const current = Effect.flatMap(FiberRef.get(currentIndex), project.indexById)
    return handlers
      .handle("upsert", ({ payload }) =>
        answer(Effect.gen(function*() {
          const index = yield* current
          const vectors = payload.vectors as ReadonlyArray<StoredRecord>
          yield* checkUpsert(index, vectors)
          yield* respond.written(yield* index.data.upsert(canonical(payload.namespace), vectors))
          return { upsertedCount: vectors.length }
        })))
      .handle("query", ({ payload }) =>
        answer(Effect.gen(function*() {
          const index = yield* current
          yield* checkQuery(index, payload)
          const predicate = yield* compile(payload.filter)
          const namespace = canonical(payload.namespace)
          const { lsn, view } = yield* index.data.read(namespace)
          yield* respond.indexed(lsn)
          const like = payload.id === undefined ? payload : view?.get(payload.id)
          const hits = view === undefined || like === undefined ? [] : view.search({
            vector: "vector" in like ? like.vector : (like as StoredRecord).values,
            sparseVector: "sparseVector" in like ? like.sparseVector : (like as StoredRecord).sparseValues,
            topK: payload.topK,
            predicate
          })
          return vectorsResponse({
            matches: hits.map(({ id, score }) => {
              const record = payload.includeValues === true || payload.includeMetadata === true
                ? view?.get(id)
                : undefined
              return {
                id,
                score,
                values: payload.includeValues === true ? record?.values : undefined,
                sparseValues: payload.includeValues === true ? record?.sparseValues : undefined,
                metadata: payload.includeMetadata === true ? record?.metadata : undefined
              }
            }),
            namespace,
            usage: usage(Math.ceil((view?.size ?? 0) / 100_000))
          })
        })))
      .handle("fetch", ({ urlParams }) =>
        answer(Effect.gen(function*() {
          const index = yield* current
          yield* checkIds(urlParams.ids, limits.fetchIds)
          const namespace = canonical(urlParams.namespace)
          const { lsn, view } = yield* index.data.read(namespace)
          yield* respond.indexed(lsn)
          const found = fetched(view, new Set(urlParams.ids))
          return vectorsResponse({ vectors: byId(found), namespace, usage: usage(Math.ceil(found.length / 10)) })
        })))
      .handle("fetchByMetadata", ({ payload }) =>
        answer(Effect.gen(function*() {
          const index = yield* current
          const predicate = yield* compile(payload.filter ?? {})
          const limit = yield* paging.checkedLimit(payload.limit, 100, limits.fetchByMetadataLimit)
          const after = yield* paging.decodeToken(payload.paginationToken)
          const namespace = canonical(payload.namespace)
          const { lsn, view } = yield* index.data.read(namespace)
          yield* respond.indexed(lsn)
          const ids = view === undefined || predicate === undefined ? [] : view.filter(predicate)
          const page = paging.page(ids, (id) => id, { limit, after })
          return vectorsResponse({
            vectors: byId(fetched(view, page.entries)),
            namespace,
            usage: usage(Math.ceil(page.entries.length / 10)),
            pagination: page.pagination
          })
        })))
      .handle("update", ({ payload }) =>
        answer(Effect.gen(function*() {
          const index = yield* current
          const { model } = index.document
          const { dryRun, filter, id, setMetadata, sparseValues, values } = payload
          const namespace = canonical(payload.namespace)
          if ((id === undefined) === (filter === undefined)) {
            return yield* problem.badRequest("An update is of one record by id, or of all that match a filter")
          }
          if (setMetadata !== undefined) yield* refuse(records.metadataProblem(setMetadata))
          if (id !== undefined) {
            yield* refuse(
              records.idProblem(id) ?? (values === undefined ? undefined : records.denseProblem(model, values)) ??
                (sparseValues === undefined ? undefined : records.sparseProblem(model, sparseValues))
            )
            const { view } = yield* index.data.read(namespace)
            // An update does not make a namespace.
            if (view === undefined) return {}
            yield* respond.written(yield* index.data.change(namespace, [{ id, values, sparseValues, setMetadata }]))
            return {}
          }
          if (values !== undefined || sparseValues !== undefined) {
            return yield* problem.badRequest("An update by filter sets metadata only")
          }
          const predicate = yield* compile(filter)
          const ids = predicate === undefined ? [] : yield* index.data.matching(namespace, predicate)
          if (dryRun !== true && ids.length > 0) {
            yield* respond.written(
              yield* index.data.change(namespace, ids.map((id) => ({ id, setMetadata })))
            )
          }
          return { matchedRecords: ids.length }
        })))
      .handle("delete", ({ payload }) =>
        answer(Effect.gen(function*() {
          const index = yield* current
          const { deleteAll, filter, ids } = payload
          const namespace = canonical(payload.namespace)
          if ([ids !== undefined, filter !== undefined, deleteAll === true].filter(Boolean).length !== 1) {
            return yield* problem.badRequest("A delete is by ids, by a filter, or of all (deleteAll): one of the three")
          }
          const { view } = yield* index.data.read(namespace)
          if (ids !== undefined) yield* checkIds(ids, limits.deleteIds)
          const predicate = yield* compile(filter)
          // A delete does not make a namespace.
          if (view === undefined) return {}
          yield* respond.written(
            yield* ids !== undefined
              ? index.data.remove(namespace, ids)
              : predicate !== undefined
              ? index.data.removeMatching(namespace, predicate)
              : index.data.clear(namespace)
          )
          return {}
        })))
      .handle("list", ({ urlParams }) =>
        answer(Effect.gen(function*() {
          const index = yield* current
          const limit = yield* paging.checkedLimit(urlParams.limit, 100, limits.listLimit)
          const after = yield* paging.decodeToken(urlParams.paginationToken)
          const namespace = canonical(urlParams.namespace)
          const { lsn, view } = yield* index.data.read(namespace)
          yield* respond.indexed(lsn)
          // One more than asked for tells whether there is a next page.
          const ids = view?.list({ prefix: urlParams.prefix, after, limit: limit + 1 }) ?? []
          const entries = ids.slice(0, limit)
          return {
            vectors: entries.map((id) => ({ id })),
            pagination: ids.length > limit ? { next: paging.encodeToken(entries.at(-1)!) } : undefined,
            namespace,
            usage: usage(1)
          }
        })))
      .handle("stats", ({ payload }) =>
        answer(Effect.gen(function*() {
          const index = yield* current
          const { model } = index.document
          if (payload.filter !== undefined && model.spec.pod === undefined) {
            return yield* problem.badRequest(
              "Serverless and Starter indexes do not support describing index stats with metadata filtering"
            )
          }
          const predicate = yield* compile(payload.filter)
          const infos = yield* index.data.namespaces
          const counts = yield* Effect.forEach(infos, ({ name }) =>
            Effect.map(
              index.data.read(name),
              ({ view }) => [name, { vectorCount: view?.count(predicate) ?? 0 }] as const
            ))
          return {
            namespaces: Object.fromEntries(counts),
            dimension: model.dimension,
            indexFullness: 0,
            totalVectorCount: counts.reduce((total, [, { vectorCount }]) => total + vectorCount, 0),
            metric: model.metric,
            vectorType: model.vectorType,
            memoryFullness: 0,
            storageFullness: 0
          }
        })))
  }))

const description = ({ name, recordCount, schema }: NamespaceInfo) => {
  const declared = schema as
    | { readonly fields: Readonly<Record<string, { readonly filterable?: boolean }>> }
    | undefined
  return {
    name,
    recordCount,
    schema: declared,
    indexedFields: declared === undefined ? undefined : { fields: Object.keys(declared.fields) }
  }
}

const NamespacesLive = HttpApiBuilder.group(
  DataPlaneApi,
  "namespaces",
  (handlers) =>
    Effect.map(ProjectTag, (project) => {
      const current = Effect.flatMap(FiberRef.get(currentIndex), project.indexById)
      return handlers
        .handle("list", ({ urlParams }) =>
          answer(Effect.gen(function*() {
            const index = yield* current
            const limit = yield* paging.checkedLimit(urlParams.limit, 100, limits.listLimit)
            const after = yield* paging.decodeToken(urlParams.paginationToken)
            const all = (yield* index.data.namespaces).filter(({ name }) => name.startsWith(urlParams.prefix ?? ""))
            const page = paging.page(all, ({ name }) => name, { limit, after })
            return {
              namespaces: page.entries.map(description),
              pagination: page.pagination,
              totalCount: all.length
            }
          })))
        .handle("create", ({ payload }) =>
          answer(Effect.gen(function*() {
            const index = yield* current
            const { name } = payload
            const ascii = [...name].every((character) => character !== "\0" && character <= "\x7f")
            if (name.length === 0 || name.length > limits.namespaceLength || !ascii) {
              return yield* problem.badRequest(
                `The name of a namespace has 1 to ${limits.namespaceLength} ASCII characters, without NUL`
              )
            }
            return description(yield* index.data.createNamespace(name, payload.schema))
          })))
        .handle("describe", ({ path }) =>
          answer(Effect.gen(function*() {
            const index = yield* current
            const name = canonical(path.namespace)
            const found = (yield* index.data.namespaces).find((info) => info.name === name)
            if (found === undefined) return yield* problem.notFound(`Namespace ${name} not found.`)
            return description(found)
          })))
        .handle("delete", ({ path }) =>
          answer(Effect.gen(function*() {
            const index = yield* current
            yield* respond.written(yield* index.data.deleteNamespace(canonical(path.namespace)))
            return {}
          })))
    })
)

const importModel = ({ createdAt, finishedAt, ...document }: ImportDocument) => ({
  ...document,
  createdAt: new Date(createdAt),
  finishedAt: finishedAt === undefined ? undefined : new Date(finishedAt)
})

const ImportsLive = HttpApiBuilder.group(DataPlaneApi, "imports", (handlers) =>
  Effect.gen(function*() {
    const project = yield* ProjectTag
    const imports = yield* ImportsTag
    const current = Effect.flatMap(FiberRef.get(currentIndex), project.indexById)
    return handlers
      .handle("start", ({ payload }) =>
        answer(Effect.gen(function*() {
          const index = yield* current
          const { errorMode, integrationId, uri } = payload
          if (uri.length === 0 || uri.length > limits.importUriLength) {
            return yield* problem.badRequest(`uri must have 1 to ${limits.importUriLength} characters`)
          }
          if (integrationId !== undefined && integrationId.length > limits.integrationIdLength) {
            return yield* problem.badRequest(`integrationId must have at most ${limits.integrationIdLength} characters`)
          }
          if (index.document.model.spec.pod !== undefined) {
            return yield* problem.badRequest("Imports are into serverless indexes")
          }
          return { id: yield* imports.start(index, { uri, onError: errorMode?.onError ?? "continue" }) }
        })))
      .handle("list", ({ urlParams }) =>
        answer(Effect.gen(function*() {
          const index = yield* current
          const limit = yield* paging.checkedLimit(urlParams.limit, 100, limits.pageLimit)
          const after = yield* paging.decodeToken(urlParams.paginationToken)
          const all = yield* imports.list(index)
          const page = paging.page([...all].reverse(), ({ id }) => id, { limit, after })
          return { data: page.entries.map(importModel), pagination: page.pagination }
        })))
      .handle("describe", ({ path }) =>
        answer(Effect.gen(function*() {
          return importModel(yield* imports.describe(yield* current, path.id))
        })))
      .handle("cancel", ({ path }) =>
        answer(Effect.gen(function*() {
          yield* imports.cancel(yield* current, path.id)
          return {}
        })))
  }))

/** The data plane's handlers. */
export const layer = Layer.mergeAll(VectorsLive, NamespacesLive, ImportsLive)
