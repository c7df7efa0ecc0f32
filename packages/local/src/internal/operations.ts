import type { Answers, MethodName, Requests } from "@effect-pinecone/grpc/Protocol"
import * as Filter from "@effect-pinecone/schema/Filter"
import * as Limits from "@effect-pinecone/schema/Limits"
import * as Namespace from "@effect-pinecone/schema/Namespace"
import * as Effect from "effect/Effect"
import * as aliasOperations from "./aliasOperations.js"
import * as apiVersion from "./apiVersion.js"
import type { NamespaceInfo } from "./dataset.js"
import { canonical } from "./dataset.js"
import * as documentFields from "./documentFields.js"
import type { Predicate } from "./filter.js"
import * as filters from "./filter.js"
import * as lane from "./lane.js"
import type { NamespaceView, StoredRecord } from "./namespaceView.js"
import * as paging from "./paging.js"
import * as problem from "./problem.js"
import type { LiveIndex } from "./project.js"
import * as records from "./records.js"

const { limits } = Limits

/** What an operation gives: the answer, and the headers that tell its place in the log. */
export type Outcome<A> = readonly [answer: A, headers: Readonly<Record<string, string>>]

/** A request: `undefined` may stand for a field that was not sent. */
type Request<M extends MethodName> = {
  readonly [K in keyof Requests[M]]: {} extends Pick<Requests[M], K> ? Requests[M][K] | undefined : Requests[M][K]
}

/**
 * The operations on the records and namespaces of an index: each checks a request, asks the dataset, and makes the answer.
 * They know of no protocol.
 */
export type Operations = {
  readonly [M in MethodName]: (
    index: LiveIndex,
    request: Request<M>
  ) => Effect.Effect<Outcome<Answers[M]>, problem.Problem>
}

/** The version of the API that has brought a method, where it is none of the first. */
export const since: { readonly [M in MethodName]?: string } = {
  fetchByMetadata: "2025-10",
  createNamespace: "2025-10"
}

/** The records of a namespace to be changed, which an alias is not for. */
const changed = (index: LiveIndex, name: string | undefined) =>
  Effect.tap(namespaceOf(name), index.data.aliases.refuseWrite)

/** The place of a write in the log. */
export const written = (lsn: number) => ({ "x-pinecone-request-lsn": String(lsn) })

/** Up to which write a read has seen the log. */
export const indexed = (lsn: number) => ({ "x-pinecone-max-indexed-lsn": String(lsn) })

const refuse = (message: string | undefined): Effect.Effect<void, problem.Problem> =>
  message === undefined ? Effect.void : problem.badRequest(message)

export const compile = (filter: object | undefined): Effect.Effect<Predicate | undefined, problem.Problem> => {
  if (filter === undefined) return Effect.succeed(undefined)
  const compiled = filters.compile(filter)
  return compiled instanceof filters.FilterProblem
    ? problem.badRequest(compiled.message)
    : Effect.succeed(compiled)
}

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

export const tooManyVectors = (count: number): string =>
  `At most ${limits.upsertRecords} vectors are allowed in an upsert, got ${count}`

/** Why an index cannot take vectors. */
export const upsertProblem = (index: LiveIndex, vectors: ReadonlyArray<StoredRecord>): string | undefined => {
  if (vectors.length === 0) return "An upsert needs at least one vector"
  if (vectors.length > limits.upsertRecords) return tooManyVectors(vectors.length)
  let weight = 0
  for (const vector of vectors) {
    const wrong = records.recordProblem(index.document.model, vector)
    if (wrong !== undefined) return wrong
    weight += records.weight(vector)
  }
  return weight > limits.requestBytes
    ? `Request size of ${weight} bytes exceeds the maximum supported size of ${limits.requestBytes} bytes`
    : undefined
}

/** What may be asked of the search itself. */
const checkTuning = (
  { document: { model } }: LiveIndex,
  { maxCandidates, scanFactor, topK }: Request<"query">
): Effect.Effect<void, problem.Problem> =>
  Effect.gen(function*() {
    if (scanFactor === undefined && maxCandidates === undefined) return
    if (!(yield* apiVersion.atLeast("2025-10"))) {
      return yield* problem.badRequest("scan_factor and max_candidates parameters require API version 2025-10 or later")
    }
    if (model.vectorType === "sparse") {
      return yield* problem.badRequest(
        "scan_factor and max_candidates parameters are not supported for sparse indexes"
      )
    }
    if (scanFactor !== undefined && !(scanFactor >= 0.5 && scanFactor <= 4)) {
      // Of a 32-bit float, what was written.
      const shown = Number(scanFactor.toPrecision(7))
      return yield* problem.badRequest(`scan_factor must be between 0.5 and 4.0, got ${shown}`)
    }
    if (maxCandidates !== undefined && (maxCandidates < topK || maxCandidates > limits.maxCandidates)) {
      return yield* problem.badRequest(
        `max_candidates must be between ${topK} (top_k) and ${limits.maxCandidates}, got ${maxCandidates}`
      )
    }
  })

const checkQuery = (
  index: LiveIndex,
  request: Request<"query">,
  version: string
): Effect.Effect<void, problem.Problem> => {
  const { id, sparseVector, topK, vector } = request
  const { model } = index.document
  if (topK < 1 || topK > limits.topK) {
    return problem.badRequest(`topK must be between 1 and ${limits.topK}, got ${topK}`)
  }
  if (request.queries !== undefined && version < "2026-07") {
    return problem.notImplemented("Several queries in one request are not implemented.")
  }
  if (vector === undefined && sparseVector === undefined && id === undefined) {
    return problem.badRequest("A query needs a vector, a sparse vector or an id")
  }
  if (id !== undefined && (vector !== undefined || sparseVector !== undefined)) {
    return problem.badRequest("Cannot provide both 'ID' and 'vector' at the same time")
  }
  if (model.vectorType === "sparse" && vector !== undefined) {
    return problem.badRequest("A sparse index is queried with a sparse vector")
  }
  return Effect.andThen(
    checkTuning(index, request),
    refuse(id === undefined ? records.queryProblem(model, { vector, sparseVector }) : records.idProblem(id))
  )
}

const namespacesAre = "Operations on namespaces are"

/** What pod indexes do not have. */
const checkServerless = ({ document: { model } }: LiveIndex, what: string): Effect.Effect<void, problem.Problem> =>
  refuse(model.spec.pod === undefined ? undefined : `${what} supported only for serverless indexes`)

/** Describes a namespace as it is described in the version of the request. */
const describing = Effect.map(apiVersion.atLeast("2026-07"), (sized) => (info: NamespaceInfo) => ({
  ...description(info),
  ...(sized ? { sizeBytes: info.sizeBytes } : {})
}))

const description = ({ name, recordCount, schema }: NamespaceInfo) => {
  // eslint-disable-next-line no-restricted-syntax -- a Schema read it when it was declared.
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

/** The name of the namespace that a request is for. */
export const namespaceOf = (name: string | undefined): Effect.Effect<string, problem.Problem> =>
  Effect.as(refuse(records.namespaceProblem(name)), canonical(name))

/** A namespace that is asked for, as far as it is visible. An answer calls it as the request does, and an alias by its target. */
const reading = (index: LiveIndex, name: string | undefined) =>
  Effect.flatMap(
    namespaceOf(name),
    (namespace) =>
      Effect.map(
        index.data.read(namespace),
        ({ lsn, namespace: read, view }) => ({
          namespace: shown(name, read),
          view,
          headers: indexed(lsn)
        })
      )
  )

/** A record as answers have it: metadata that has no fields is none. */
const answered = <A extends Pick<StoredRecord, "metadata">>(record: A): A =>
  record.metadata === undefined || Object.keys(record.metadata).length > 0 ? record : { ...record, metadata: undefined }

/** What statistics call a namespace: the default one has no name there. */
const summaryKey = (name: string): string => name === Namespace.defaultNamespace ? "" : name

/** Why a namespace cannot index these fields. */
const schemaProblem = (schema: Request<"createNamespace">["schema"]): string | undefined => {
  const names = Object.keys(schema?.fields ?? {})
  if (names.length > limits.namespaceFields) {
    return `A schema has at most ${limits.namespaceFields} fields, got ${names.length}`
  }
  const reserved = names.find((name) => name.startsWith("$"))
  if (reserved !== undefined) return `Field '${reserved.slice(0, 100)}' must not begin with $`
  const field = Object.entries(schema?.fields ?? {}).find(([, { filterable }]) => filterable !== true)?.[0]
  return field === undefined
    ? undefined
    : `Field '${field}' is set to filterable: false. Only filterable: true is supported. ` +
      "To avoid indexing the field, omit it from the list of fields."
}

/** The vectors to look for whatever is like a record. */
const queryLike = (record: StoredRecord | undefined) =>
  record === undefined ? undefined : { vector: record.values, sparseVector: record.sparseValues }

/** What a query finds: by its vectors, or by those of a record. */
const found = (
  { data }: LiveIndex,
  name: string,
  { id, includeValues, sparseVector, topK, vector }: Request<"query">,
  predicate: Predicate | undefined
) =>
  data.aliases.through(name, (namespace) =>
    Effect.gen(function*() {
      const like = id === undefined
        ? { vector, sparseVector }
        : queryLike((yield* data.read(namespace)).view?.get(id))
      return yield* data.search(namespace, { ...like, topK, predicate, includeValues })
    }))

/** What an answer calls a namespace: as the request does, and an alias by its target. */
export const shown = (asked: string | undefined, served: string): string =>
  served === canonical(asked) ? asked ?? "" : served

const all: Operations = {
  upsert: (index, { namespace, vectors }) =>
    Effect.suspend(() => {
      // eslint-disable-next-line no-restricted-syntax -- an absent field is as good as an undefined one.
      const upserts = vectors as ReadonlyArray<StoredRecord>
      const wrong = upsertProblem(index, upserts) ?? records.namespaceProblem(namespace)
      return wrong === undefined
        ? Effect.map(
          index.data.upsert(canonical(namespace), upserts),
          (lsn) => [{ upsertedCount: upserts.length }, written(lsn)]
        )
        : problem.badRequest(wrong)
    }),
  query: (index, request) =>
    Effect.gen(function*() {
      yield* checkQuery(index, request, yield* apiVersion.Current)
      const predicate = yield* compile(request.filter)
      const namespace = yield* namespaceOf(request.namespace)
      const { hits, lsn, namespace: served, size } = yield* found(index, namespace, request, predicate)
      const matches = hits.map(({ id, metadata, score, sparseValues, values }) =>
        answered({
          id,
          // A score is a 32-bit float.
          score: Math.fround(score),
          values,
          sparseValues,
          metadata: request.includeMetadata === true ? metadata : undefined
        })
      )
      yield* refuse(records.resultProblem(matches))
      const readUnits = Math.ceil(size / 100_000)
      return [{ matches, namespace: shown(request.namespace, served), usage: usage(readUnits) }, indexed(lsn)]
    }),
  fetch: (index, request) =>
    Effect.gen(function*() {
      yield* checkIds(request.ids, limits.fetchIds)
      const { headers, namespace, view } = yield* reading(index, request.namespace)
      const vectors = fetched(view, new Set(request.ids)).map(answered)
      return [{ vectors, namespace, usage: usage(Math.ceil(vectors.length / 10)) }, headers]
    }),
  fetchByMetadata: (index, request) =>
    Effect.gen(function*() {
      const predicate = yield* compile(request.filter ?? {})
      const limit = yield* paging.checkedLimit(request.limit, 100, limits.fetchByMetadataLimit)
      const after = yield* paging.decodeToken(request.paginationToken)
      if (request.filter === undefined || Filter.isEmpty(request.filter)) {
        return yield* problem.badRequest("Empty filter provided for fetch by metadata request")
      }
      const { headers, namespace, view } = yield* reading(index, request.namespace)
      const found = view === undefined || predicate === undefined
        ? { records: [], more: false }
        : yield* lane.run(() => view.filterPage({ predicate, after, limit }))
      const vectors = found.records.map(answered)
      yield* refuse(records.resultProblem(vectors))
      const pagination = found.more ? { next: paging.encodeToken(vectors.at(-1)!.id) } : undefined
      return [{ vectors, namespace, usage: usage(Math.ceil(vectors.length / 10)), pagination }, headers]
    }),
  update: (index, request) =>
    Effect.gen(function*() {
      const { model } = index.document
      const { dryRun, filter, id, setMetadata, sparseValues, values } = request
      const namespace = yield* changed(index, request.namespace)
      if ((id === undefined) === (filter === undefined)) {
        return yield* problem.badRequest("An update must have either an id or a filter")
      }
      if (filter !== undefined && !(yield* apiVersion.atLeast("2025-10"))) {
        return yield* problem.badRequest("An update by a filter requires API version 2025-10 or later")
      }
      if (setMetadata !== undefined) yield* refuse(records.metadataProblem(setMetadata))
      if (id !== undefined) {
        yield* refuse(
          records.idProblem(id) ??
            (values === undefined
              ? undefined
              : records.denseProblem(model, values) ?? records.zerosProblem(id, values)) ??
            (sparseValues === undefined ? undefined : records.sparseProblem(sparseValues))
        )
        if (dryRun === true) {
          const { view } = yield* index.data.read(namespace)
          return [{ matchedRecords: view?.has(id) === true ? 1 : 0 }, {}]
        }
        // An update does not make a namespace.
        if (!index.data.has(namespace)) return [{}, {}]
        const change = { id, values, sparseValues, setMetadata }
        return [{}, written(yield* index.data.change(namespace, [change], records.mergedMetadataProblem))]
      }
      if (values !== undefined || sparseValues !== undefined) {
        return yield* problem.badRequest("An update by filter sets metadata only")
      }
      const predicate = yield* compile(filter)
      if (Filter.matchesAll(filter)) {
        return yield* problem.badRequest("Update with empty metadata filter is not allowed")
      }
      if (predicate === undefined) return [{ matchedRecords: 0 }, {}]
      if (dryRun === true) return [{ matchedRecords: yield* index.data.matching(namespace, predicate) }, {}]
      const { lsn, matched } = yield* index.data.changeMatching(
        namespace,
        predicate,
        setMetadata ?? {},
        records.mergedMetadataProblem
      )
      return [{ matchedRecords: matched }, matched === 0 ? {} : written(lsn)]
    }),
  delete: (index, request) =>
    Effect.gen(function*() {
      const { deleteAll, filter, ids } = request
      const namespace = yield* changed(index, request.namespace)
      if ([ids !== undefined, filter !== undefined, deleteAll === true].filter(Boolean).length !== 1) {
        return yield* problem.badRequest("A delete must have exactly one of ids, filter and deleteAll")
      }
      if (ids !== undefined) yield* checkIds(ids, limits.deleteIds)
      const predicate = yield* compile(filter)
      if (filter !== undefined && Filter.matchesAll(filter)) {
        return yield* problem.badRequest("Delete with empty metadata filter is not allowed")
      }
      if (!index.data.has(namespace)) return yield* problem.notFound("Namespace not found")
      const lsn = yield* ids !== undefined
        ? index.data.remove(namespace, ids)
        : predicate !== undefined
        ? Effect.map(index.data.removeMatching(namespace, predicate), ({ lsn }) => lsn)
        : index.data.clear(namespace)
      return [{}, written(lsn)]
    }),
  list: (index, request) =>
    Effect.gen(function*() {
      yield* checkServerless(index, "Listing the ids of records is")
      const limit = yield* paging.checkedLimit(request.limit, 100, limits.listLimit)
      const after = yield* paging.decodeToken(request.paginationToken)
      yield* refuse(records.prefixProblem(request.prefix ?? ""))
      const { headers, namespace, view } = yield* reading(index, request.namespace)
      // One more than asked for tells whether there is a next page.
      const ids = view === undefined
        ? []
        : yield* lane.run(() => view.list({ prefix: request.prefix, after, limit: limit + 1 }))
      const entries = ids.slice(0, limit)
      const pagination = ids.length > limit ? { next: paging.encodeToken(entries.at(-1)!) } : undefined
      return [{ vectors: entries.map((id) => ({ id })), pagination, namespace, usage: usage(1) }, headers]
    }),
  describeIndexStats: (index, request) =>
    Effect.gen(function*() {
      const { model } = index.document
      if (request.filter !== undefined && !Filter.isEmpty(request.filter) && model.spec.pod === undefined) {
        return yield* problem.badRequest(
          "Serverless and Starter indexes do not support describing index stats with metadata filtering"
        )
      }
      const predicate = yield* compile(request.filter)
      const infos = yield* index.data.namespaces
      const counts = yield* Effect.forEach(infos, ({ name, recordCount }) =>
        Effect.gen(function*() {
          if (predicate === undefined) return [summaryKey(name), { vectorCount: recordCount }] as const
          const { view } = yield* index.data.read(name)
          const vectorCount = view === undefined ? 0 : yield* lane.run(() => view.count(predicate))
          return [summaryKey(name), { vectorCount }] as const
        }))
      const answer = {
        namespaces: Object.fromEntries(counts),
        dimension: model.dimension,
        indexFullness: 0,
        totalVectorCount: counts.reduce((total, [, { vectorCount }]) => total + vectorCount, 0),
        metric: model.metric,
        vectorType: model.vectorType,
        memoryFullness: 0,
        storageFullness: 0
      }
      return [answer, {}]
    }),
  listNamespaces: (index, request) =>
    Effect.gen(function*() {
      yield* checkServerless(index, namespacesAre)
      const limit = yield* paging.checkedLimit(request.limit, 100, limits.listLimit)
      const after = yield* paging.decodeToken(request.paginationToken)
      yield* refuse(records.prefixProblem(request.prefix ?? ""))
      const all = (yield* index.data.namespaces).filter(({ name }) => name.startsWith(request.prefix ?? ""))
      const { entries, pagination } = paging.page(all, ({ name }) => name, { limit, after })
      return [{ namespaces: entries.map(yield* describing), pagination, totalCount: all.length }, {}]
    }),
  createNamespace: (index, { name, schema }) =>
    Effect.gen(function*() {
      yield* checkServerless(index, namespacesAre)
      yield* refuse(name === "" ? "Namespace must not be empty" : records.namespaceProblem(name))
      yield* refuse(schemaProblem(schema))
      const created = yield* index.data.createNamespace(name, schema)
      return [(yield* describing)(created), {}]
    }),
  describeNamespace: (index, request) =>
    Effect.gen(function*() {
      yield* checkServerless(index, namespacesAre)
      const name = yield* Effect.tap(namespaceOf(request.namespace), index.data.aliases.refuseNamespace)
      const found = (yield* index.data.namespaces).find((info) => info.name === name)
      if (found === undefined) return yield* problem.notFound(`Namespace ${name} not found.`)
      return [(yield* describing)(found), {}]
    }),
  deleteNamespace: (index, { namespace }) =>
    Effect.gen(function*() {
      yield* checkServerless(index, namespacesAre)
      const name = yield* Effect.tap(namespaceOf(namespace), index.data.aliases.refuseNamespace)
      return [{}, written(yield* index.data.deleteNamespace(name))]
    }),
  ...aliasOperations.operations
}

/** The same where it is not for an index of documents. */
const notOfDocuments = <A, B>(
  what: "reads" | "writes",
  operation: (index: LiveIndex, request: A) => Effect.Effect<B, problem.Problem>
) =>
(index: LiveIndex, request: A): Effect.Effect<B, problem.Problem> =>
  Effect.andThen(documentFields.refuse(index, what), operation(index, request))

export const operations: Operations = {
  ...all,
  upsert: notOfDocuments("writes", all.upsert),
  query: notOfDocuments("reads", all.query),
  fetch: notOfDocuments("reads", all.fetch),
  fetchByMetadata: notOfDocuments("reads", all.fetchByMetadata),
  update: notOfDocuments("writes", all.update),
  delete: notOfDocuments("writes", all.delete),
  list: notOfDocuments("reads", all.list)
}
