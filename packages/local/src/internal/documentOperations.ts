import type * as Documents from "@effect-pinecone/schema/Documents"
import * as Filter from "@effect-pinecone/schema/Filter"
import * as Limits from "@effect-pinecone/schema/Limits"
import * as Effect from "effect/Effect"
import type { DocumentFields, Embedded } from "./documentFields.js"
import * as documentFields from "./documentFields.js"
import * as documentRecords from "./documentRecords.js"
import * as documentSearch from "./documentSearch.js"
import type { Predicate } from "./filter.js"
import * as filters from "./filter.js"
import * as lane from "./lane.js"
import type { Models } from "./models.js"
import type { StoredRecord } from "./namespaceView.js"
import type { Outcome } from "./operations.js"
import { indexed, namespaceOf, written } from "./operations.js"
import * as paging from "./paging.js"
import * as problem from "./problem.js"
import type { LiveIndex } from "./project.js"
import * as records from "./records.js"
import * as textRecords from "./textRecords.js"

// The operations on documents. They know of no protocol.

const { limits } = Limits

type Request<A extends { readonly Type: unknown }> = A["Type"]

const refuse = (message: string | undefined): Effect.Effect<void, problem.Problem> =>
  message === undefined ? Effect.void : problem.badRequest(message)

const compile = (filter: object): Effect.Effect<Predicate, problem.Problem> => {
  const compiled = filters.compileDocuments(filter)
  return compiled instanceof filters.FilterProblem ? problem.badRequest(compiled.message) : Effect.succeed(compiled)
}

const readUnits = (units: number): number => Math.max(1, Math.ceil(units))

// -----------------------------------------------------------------------------
// Embedding
// -----------------------------------------------------------------------------

interface Vectors {
  readonly values?: StoredRecord["values"]
  readonly sparseValues?: StoredRecord["sparseValues"]
}

/** What became of the texts of one field. */
interface Embedding {
  readonly vectors: ReadonlyArray<Vectors>
  readonly tokens: number
}

/** Embeds the texts of those that have one. */
const embedEach = (
  models: Models,
  embed: Embedded | undefined,
  texts: ReadonlyArray<string | undefined>
): Effect.Effect<Embedding | undefined, problem.Problem> =>
  Effect.gen(function*() {
    const present = texts.filter((text) => text !== undefined)
    if (embed === undefined || present.length === 0) return undefined
    const { tokens, vectors } = yield* textRecords.vectorsOf(
      models,
      embed.model,
      present,
      textRecords.optionsOf(embed, embed.writeParameters, "passage")
    )
    const next = vectors.values()
    return { tokens, vectors: texts.map((text): Vectors => text === undefined ? {} : next.next().value ?? {}) }
  })

/** The parts of documents with the vectors of their texts. */
const embedded = (models: Models, fields: DocumentFields, read: ReadonlyArray<documentRecords.Read>) =>
  Effect.gen(function*() {
    const dense = yield* embedEach(models, fields.embed, read.map(({ toEmbed }) => toEmbed))
    const sparse = yield* embedEach(models, fields.sparseEmbed, read.map(({ toEmbedSparse }) => toEmbedSparse))
    const names = [
      ...(dense === undefined ? [] : [fields.embed?.model ?? ""]),
      ...(sparse === undefined ? [] : [fields.sparseEmbed?.model ?? ""])
    ]
    return {
      parts: read.map(({ metadata, sparseValues, values }, i) => ({
        metadata,
        values: dense?.vectors[i]?.values ?? values,
        sparseValues: sparse?.vectors[i]?.sparseValues ?? sparseValues
      })),
      usage: names.length === 0 ? undefined : { embedTotalTokens: (dense?.tokens ?? 0) + (sparse?.tokens ?? 0) },
      headers: textRecords.standIns(models, names)
    }
  })

const checkCount = (
  { embed, sparseEmbed }: DocumentFields,
  what: string,
  count: number
): Effect.Effect<void, problem.Problem> => {
  if (count === 0) return problem.badRequest(`An ${what} needs at least one document`)
  const embeds = embed !== undefined || sparseEmbed !== undefined
  const most = embeds ? limits.embeddedDocuments : limits.upsertDocuments
  return count <= most ? Effect.void : problem.badRequest(
    `At most ${most} documents are allowed in an ${what}${
      embeds ? " to an index with integrated embedding" : ""
    }, got ${count}`
  )
}

const inDocument = (id: string, message: string): string => `Document "${id}": ${message}`

const checkIds = (ids: ReadonlyArray<string>, most: number): Effect.Effect<void, problem.Problem> =>
  ids.length > most
    ? problem.badRequest(`At most ${most} ids are allowed, got ${ids.length}`)
    : refuse(ids.map(documentRecords.idProblem).find((wrong) => wrong !== undefined))

// -----------------------------------------------------------------------------
// Writing
// -----------------------------------------------------------------------------

/** Why a document cannot be written, beside what is wrong with a field of it. */
const missingProblem = (fields: DocumentFields, given: object): string | undefined => {
  const { embed } = fields
  if (embed !== undefined && !Object.hasOwn(given, embed.name)) {
    return `field '${embed.name}' is missing, which the index embeds: every document must have it`
  }
  return documentRecords.hasField(fields, { ...given })
    ? undefined
    : "at least one field of the index schema is needed, and it has only an _id and metadata"
}

/** Writes documents: all of them, or none. */
export const upsert = (
  index: LiveIndex,
  models: Models,
  name: string,
  { documents }: Request<typeof Documents.UpsertRequest>
): Effect.Effect<Outcome<Request<typeof Documents.UpsertResponse>>, problem.Problem> =>
  Effect.gen(function*() {
    const fields = yield* documentFields.of(index)
    const namespace = yield* namespaceOf(name)
    yield* checkCount(fields, "upsert", documents.length)
    const read: Array<documentRecords.Read> = []
    for (const { _id, ...given } of documents) {
      yield* refuse(documentRecords.idProblem(_id))
      const parts = documentRecords.read(fields, given)
      if (typeof parts === "string") return yield* problem.badRequest(inDocument(_id, parts))
      const missing = missingProblem(fields, given)
      if (missing !== undefined) return yield* problem.badRequest(inDocument(_id, missing))
      read.push(parts)
    }
    yield* checkWeight(fields, documents.map(({ _id }, i) => ({ id: _id, ...sent(fields, read[i]!) })))
    const { headers, parts, usage } = yield* embedded(models, fields, read)
    const upserts = parts.map((part, i) => ({ id: documents[i]!._id, ...storable(part) }))
    const lsn = yield* index.data.upsert(namespace, upserts)
    return [{ upsertedCount: upserts.length, usage }, { ...written(lsn), ...headers }]
  })

type Parts = Pick<documentRecords.Read, "values" | "sparseValues" | "metadata">

const storable = ({ metadata, sparseValues, values }: Parts): Omit<StoredRecord, "id"> => ({
  values,
  sparseValues,
  metadata
})

/** The same with the texts that are not stored, as they were sent too. */
const sent = (
  { embed, sparseEmbed, unstored }: DocumentFields,
  read: documentRecords.Read
): Omit<StoredRecord, "id"> => {
  if (unstored.size === 0) return storable(read)
  const texts = [[embed?.name, read.toEmbed], [sparseEmbed?.name, read.toEmbedSparse]] as const
  return {
    ...storable(read),
    metadata: {
      ...read.metadata,
      ...Object.fromEntries(
        texts.flatMap(([name, text]) => name === undefined || text === undefined ? [] : [[name, text]])
      )
    }
  }
}

const checkWeight = (
  fields: DocumentFields,
  all: ReadonlyArray<StoredRecord>
): Effect.Effect<void, problem.Problem> => {
  let weight = 0
  for (const record of all) {
    const wrong = documentRecords.sizeProblem(fields, record)
    if (wrong !== undefined) return problem.badRequest(wrong)
    weight += records.weight(record)
  }
  return weight > limits.requestBytes
    ? problem.badRequest(
      `Request size of ${weight} bytes exceeds the maximum supported size of ${limits.requestBytes} bytes`
    )
    : Effect.void
}

/** What cannot be removed, or is to be set at the same time. */
const removalProblem = (
  { embed }: DocumentFields,
  removed: ReadonlyArray<string>,
  set: object
): string | undefined => {
  for (const name of removed) {
    if (name === "_id") return "the field '_id' cannot be removed"
    if (name === embed?.name) return `the field '${name}' cannot be removed: the index embeds it, so it is required`
    if (Object.hasOwn(set, name)) return `the field '${name.slice(0, 100)}' cannot be both set and removed`
  }
  return undefined
}

/** A record with what a change sets, and without what it removes. */
const edited = (
  fields: DocumentFields,
  { metadata, sparseValues, values }: Parts,
  removed: ReadonlySet<string>
) =>
(record: StoredRecord): StoredRecord | problem.Problem => {
  const kept = documentRecords.without(fields, record, removed)
  const changed = {
    id: record.id,
    values: values ?? kept.values,
    sparseValues: sparseValues ?? kept.sparseValues,
    metadata: Object.fromEntries([...Object.entries(kept.metadata ?? {}), ...Object.entries(metadata)])
  }
  const wrong = documentRecords.sizeProblem(fields, changed)
  return wrong === undefined ? changed : problem.badRequest(wrong)
}

type UpdateRequest = Documents.UpdateRequest

const isStrings = (value: unknown): value is ReadonlyArray<string> =>
  Array.isArray(value) && value.every((item) => typeof item === "string")

const updateEach = (
  index: LiveIndex,
  models: Models,
  fields: DocumentFields,
  namespace: string,
  documents: NonNullable<UpdateRequest["documents"]>
): Effect.Effect<Outcome<Request<typeof Documents.UpdateResponse>>, problem.Problem> =>
  Effect.gen(function*() {
    yield* checkCount(fields, "update", documents.length)
    const read: Array<documentRecords.Read> = []
    const removals: Array<ReadonlyArray<string>> = []
    for (const { _id, _remove_fields: removed = [], ...given } of documents) {
      yield* refuse(documentRecords.idProblem(_id))
      const parts = documentRecords.read(fields, given)
      const wrong = typeof parts === "string"
        ? parts
        : isStrings(removed)
        ? removalProblem(fields, removed, given)
        : "_remove_fields must be a list of names"
      if (wrong !== undefined || typeof parts === "string" || !isStrings(removed)) {
        return yield* problem.badRequest(inDocument(_id, wrong ?? ""))
      }
      read.push(parts)
      removals.push(removed)
    }
    yield* checkWeight(fields, documents.map(({ _id }, i) => ({ id: _id, ...sent(fields, read[i]!) })))
    const { headers, parts, usage } = yield* embedded(models, fields, read)
    // An update does not make a namespace.
    if (!index.data.has(namespace)) return [{ usage }, headers]
    const lsn = yield* index.data.edit(
      namespace,
      parts.map((part, i) => ({ id: documents[i]!._id, edit: edited(fields, part, new Set(removals[i])) }))
    )
    return [{ usage }, { ...written(lsn), ...headers }]
  })

const updateMatching = (
  index: LiveIndex,
  fields: DocumentFields,
  namespace: string,
  filter: NonNullable<UpdateRequest["filter"]>,
  set: Readonly<Record<string, unknown>>,
  removed: ReadonlyArray<string>
): Effect.Effect<Outcome<Request<typeof Documents.UpdateResponse>>, problem.Problem> =>
  Effect.gen(function*() {
    const predicate = yield* compile(filter)
    if (Filter.matchesAll(filter)) return yield* problem.badRequest("Update with an empty filter is not allowed")
    for (const embed of [fields.embed, fields.sparseEmbed]) {
      if (embed !== undefined && Object.hasOwn(set, embed.name)) {
        return yield* problem.badRequest(
          `set_fields cannot set the field '${embed.name}', which the index embeds: update documents by their _id`
        )
      }
    }
    const parts = documentRecords.read(fields, set)
    if (typeof parts === "string") return yield* problem.badRequest(parts)
    yield* refuse(removalProblem(fields, removed, set))
    if (!index.data.has(namespace)) return [{ matchedRecords: 0 }, {}]
    const { dense, sparse, sparseEmbed } = fields
    const touchesVectors = parts.values !== undefined || parts.sparseValues !== undefined ||
      removed.some((name) => name === dense?.name || name === sparse?.name || name === sparseEmbed?.name)
    const { lsn, matched } = yield* index.data.editMatching(
      namespace,
      predicate,
      touchesVectors ? "record" : "metadata",
      edited(fields, parts, new Set(removed))
    )
    return [{ matchedRecords: matched }, matched === 0 ? {} : written(lsn)]
  })

/** The namespace whose documents are to be changed, which an alias is not for. */
const changed = (index: LiveIndex, name: string) =>
  Effect.tap(namespaceOf(name), index.data.aliases.refuseDocumentWrite)

/** Changes documents, each by its id, or all that match a filter. */
export const update = (
  index: LiveIndex,
  models: Models,
  name: string,
  { documents, filter, removeFields = [], setFields = {} }: UpdateRequest
): Effect.Effect<Outcome<Request<typeof Documents.UpdateResponse>>, problem.Problem> =>
  Effect.gen(function*() {
    const fields = yield* documentFields.of(index)
    const namespace = yield* changed(index, name)
    const changes = Object.keys(setFields).length > 0 || removeFields.length > 0
    if (documents !== undefined) {
      if (filter !== undefined || changes) {
        return yield* problem.badRequest(
          "An update must have either 'documents', or 'filter' with 'set_fields' or 'remove_fields', not both"
        )
      }
      return yield* updateEach(index, models, fields, namespace, documents)
    }
    if (filter === undefined) {
      return yield* problem.badRequest(
        "An update must have 'documents', or 'filter' with 'set_fields' or 'remove_fields'"
      )
    }
    if (!changes) {
      return yield* problem.badRequest(
        "An update by 'filter' must have 'set_fields' or 'remove_fields' that are not empty"
      )
    }
    return yield* updateMatching(index, fields, namespace, filter, setFields, removeFields)
  })

/** Removes documents: by their ids, by a filter, or all. */
export const remove = (
  index: LiveIndex,
  name: string,
  { deleteAll, filter, ids }: Documents.DeleteRequest
): Effect.Effect<Outcome<Request<typeof Documents.DeleteResponse>>, problem.Problem> =>
  Effect.gen(function*() {
    yield* documentFields.of(index)
    const namespace = yield* changed(index, name)
    if ([ids !== undefined, filter !== undefined, deleteAll === true].filter(Boolean).length !== 1) {
      return yield* problem.badRequest("A delete must have exactly one of 'ids', 'filter' and 'delete_all'")
    }
    if (ids !== undefined) {
      if (ids.length === 0) return yield* problem.badRequest("At least one id is needed in 'ids'")
      yield* checkIds(ids, limits.deleteIds)
      if (!index.data.has(namespace)) return yield* problem.notFound("Namespace not found")
      return [{}, written(yield* index.data.remove(namespace, ids))]
    }
    if (filter === undefined) {
      if (!index.data.has(namespace)) return yield* problem.notFound("Namespace not found")
      return [{}, written(yield* index.data.clear(namespace))]
    }
    const predicate = yield* compile(filter)
    if (Filter.matchesAll(filter)) {
      return yield* problem.badRequest(
        "Delete with an empty filter is not allowed: use 'delete_all' to delete everything"
      )
    }
    if (!index.data.has(namespace)) return yield* problem.notFound("Namespace not found")
    const { lsn, matched } = yield* index.data.removeMatching(namespace, predicate)
    return [{ matchedRecords: matched }, matched === 0 ? {} : written(lsn)]
  })

// -----------------------------------------------------------------------------
// Reading
// -----------------------------------------------------------------------------

/** What reads of a namespace see. An answer calls it by its name, also the default one. */
const reading = (index: LiveIndex, name: string) =>
  Effect.flatMap(namespaceOf(name), (namespace) =>
    Effect.map(
      index.data.read(namespace),
      ({ lsn, namespace, view }) => ({ namespace, view, headers: indexed(lsn) })
    ))

/** The vector of the text that a search is for. */
const queryVector = (models: Models, scoring: documentSearch.Scoring) =>
  Effect.gen(function*() {
    if (scoring.by !== "embed") return { scoring, tokens: undefined, headers: {} }
    const { as, embed, query } = scoring
    const { tokens, vectors: [vector] } = yield* textRecords.vectorsOf(
      models,
      embed.model,
      [query],
      textRecords.optionsOf(embed, embed.readParameters, "query")
    )
    const by: documentSearch.Options["scoring"] = as === "dense"
      ? { by: "dense", vector: vector?.values ?? new Float32Array(embed.dimension ?? 0) }
      : {
        by: "sparse",
        sparseVector: vector?.sparseValues ?? { indices: new Uint32Array(0), values: new Float32Array(0) }
      }
    return { scoring: by, tokens, headers: textRecords.standIns(models, [embed.model]) }
  })

/** Finds the best documents. */
export const search = (
  index: LiveIndex,
  models: Models,
  name: string,
  { filter, includeFields, scoreBy, topK }: Documents.SearchRequest
): Effect.Effect<Outcome<Documents.SearchResponse>, problem.Problem> =>
  Effect.gen(function*() {
    const fields = yield* documentFields.of(index)
    if (topK < 1 || topK > limits.topK) {
      return yield* problem.badRequest(`top_k must be between 1 and ${limits.topK}, got ${topK}`)
    }
    const asked = yield* documentSearch.scoringOf(fields, scoreBy)
    yield* documentSearch.checkFilter(fields, filter)
    const names = yield* documentRecords.included(fields, includeFields, "none")
    const { headers: standIns, scoring, tokens } = yield* queryVector(models, asked)
    const { headers, namespace, view } = yield* reading(index, name)
    const includeValues = documentRecords.includesVectors(fields, names)
    const hits = view === undefined
      ? []
      : yield* documentSearch.search(fields, view, { scoring, topK, filter, includeValues })
    const matches = hits.map(({ score, ...record }) => {
      // A score is a 32-bit float.
      const rounded = Math.fround(score)
      return documentRecords.write(fields, record, names, { _score: Number.isFinite(rounded) ? rounded : null })
    })
    const usage = { readUnits: readUnits((view?.size ?? 0) / 100_000), embedTotalTokens: tokens }
    return [{ matches, namespace, usage }, { ...headers, ...standIns }]
  })

/** Gives documents by their ids, or those that match a filter, page by page. */
export const fetch = (
  index: LiveIndex,
  name: string,
  { filter, ids = [], includeFields, limit, paginationToken }: Documents.FetchRequest
): Effect.Effect<Outcome<Request<typeof Documents.FetchResponse>>, problem.Problem> =>
  Effect.gen(function*() {
    const fields = yield* documentFields.of(index)
    const size = yield* paging.checkedLimit(limit, 100, limits.fetchByMetadataLimit)
    const names = yield* documentRecords.included(fields, includeFields, "all")
    if (ids.length > 0 && filter !== undefined) {
      return yield* problem.badRequest("Provide either 'ids' or 'filter' in the document fetch request, not both.")
    }
    if (ids.length === 0 && filter === undefined) {
      return yield* problem.badRequest(
        "No 'ids' or 'filter' provided in the document fetch request. Provide at least one document ID in 'ids', or a " +
          "metadata filter in 'filter'."
      )
    }
    if (filter === undefined) {
      if (paginationToken !== undefined) {
        return yield* problem.badRequest("'pagination_token' is only for a document fetch request by 'filter'.")
      }
      yield* checkIds(ids, limits.fetchIds)
      const { headers, namespace, view } = yield* reading(index, name)
      const documents = Array.from(new Set(ids)).flatMap((id) => {
        const record = view?.get(id)
        return record === undefined ? [] : [documentRecords.write(fields, record, names)]
      })
      return [{ documents, namespace, usage: { readUnits: readUnits(documents.length / 10) } }, headers]
    }
    const predicate = yield* compile(filter)
    if (Filter.isEmpty(filter)) {
      return yield* problem.badRequest("Empty 'filter' provided in the document fetch request.")
    }
    const after = yield* paging.decodeToken(paginationToken)
    const { headers, namespace, view } = yield* reading(index, name)
    const found = view === undefined
      ? { records: [], more: false }
      : yield* lane.run(() => view.filterPage({ predicate, after, limit: size }))
    const documents = found.records.map((record) => documentRecords.write(fields, record, names))
    const pagination = found.more ? { next: paging.encodeToken(found.records.at(-1)!.id) } : undefined
    return [{ documents, pagination, namespace, usage: { readUnits: readUnits(documents.length / 10) } }, headers]
  })

/** A page of ids. */
export const list = (
  index: LiveIndex,
  name: string,
  { limit, paginationToken, prefix = "" }: Documents.ListRequest
): Effect.Effect<Outcome<Request<typeof Documents.ListResponse>>, problem.Problem> =>
  Effect.gen(function*() {
    yield* documentFields.of(index)
    const size = yield* paging.checkedLimit(limit, 100, limits.listLimit)
    const after = yield* paging.decodeToken(paginationToken)
    yield* refuse(records.prefixProblem(prefix))
    const { headers, namespace, view } = yield* reading(index, name)
    // One more than asked for tells whether there is a next page.
    const ids = view === undefined ? [] : yield* lane.run(() => view.list({ prefix, after, limit: size + 1 }))
    const entries = ids.slice(0, size)
    const pagination = ids.length > size ? { next: paging.encodeToken(entries.at(-1)!) } : undefined
    return [
      { documents: entries.map((id) => ({ id })), pagination, namespace, usage: { readUnits: readUnits(1) } },
      headers
    ]
  })
