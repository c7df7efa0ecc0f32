/**
 * The bodies of the requests that carry vectors, written straight into bytes: the input is checked and encoded in one
 * walk. In JSON a 32-bit float is the shortest decimal that reads back as the same 32-bit float; in Protocol Buffers it is
 * its four bytes.
 *
 * ```ts
 * import * as RequestBody from "@effect-pinecone/schema/RequestBody"
 * import * as Effect from "effect/Effect"
 *
 * // The same request in both formats of the API.
 * const json = RequestBody.query({ id: "airplane", topK: 10 }, { namespace: "en" })
 * const protobuf = RequestBody.query({ id: "airplane", topK: 10 }, { namespace: "en" }, RequestBody.asProtobuf)
 *
 * const lengths = Effect.forEach([json, protobuf], Effect.map(({ length }) => length))
 * ```
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Filter from "./Filter.js"
import * as Input from "./Input.js"
import { ByteWriter } from "./internal/byteWriter.js"
import { float32Writers } from "./internal/float32Kernel/float32Writer.js"
import { isArray } from "./internal/guards.js"
import type { Format } from "./internal/messageFormats.js"
import { asJson, into, withRoom } from "./internal/messageFormats.js"
import type { MessageWriter } from "./internal/messageWriter.js"
import type { MetadataIssue } from "./internal/metadataIssue.js"
import {
  beginUpsert,
  endUpsert,
  lengthOf,
  namespaceProblem,
  numbersOf,
  place,
  writeDense,
  writeId,
  writeMetadata,
  writeNamespace,
  writeRecord,
  writeSparse
} from "./internal/recordWriter.js"
import { show } from "./internal/show.js"
import * as Limits from "./Limits.js"
import type * as PineconeError from "./PineconeError.js"
import type { Field } from "./RequestFields.js"
import { queryRequest, updateRequest } from "./RequestFields.js"
import type { DenseValues, SparseValues } from "./Vector.js"
import type { VectorRecord } from "./VectorRecord.js"

export { asJson, asProtobuf } from "./internal/messageFormats.js"

export type { Format } from "./internal/messageFormats.js"

export { isMetadataIssue, MetadataIssue } from "./internal/metadataIssue.js"

/**
 * What can be wrong with a request before it is sent.
 *
 * @since 0.1.0
 * @category models
 */
export type BodyError = PineconeError.InvalidRequest | PineconeError.LimitExceeded | PineconeError.InvalidMetadata

/**
 * Where the request goes, for its errors, and what is known about the index.
 *
 * @since 0.1.0
 * @category models
 */
export interface Target {
  readonly index?: string | undefined
  /** The namespace; the default namespace if absent. */
  readonly namespace?: string | undefined
  /** The dimension of the index, where it is known: vectors of another length are refused. */
  readonly dimension?: number | undefined
}

/**
 * Turns an application's metadata into what is stored.
 *
 * @since 0.1.0
 * @category models
 */
export interface EncodeMetadata<in M> {
  (metadata: M): object | MetadataIssue
  /** What is wrong with a record that has no metadata, where it must have some. */
  readonly missing?: MetadataIssue | undefined
}

/** What to do about a filter that every record matches, for the operations that refuse one, with Pinecone's words. */
const withoutEmpty: Readonly<Record<string, string>> = {
  delete: "Delete with empty metadata filter is not allowed: use deleteAll to delete every record",
  update:
    "Update with empty metadata filter is not allowed: to update every record, use a condition that all of them meet",
  fetch_by_metadata:
    "Empty filter provided for fetch by metadata request: list the ids and fetch them to read every record",
  delete_documents: "An empty filter deletes nothing: use deleteAll to delete every document",
  update_documents: "An empty filter updates nothing: to update every document, use a condition that all of them meet",
  fetch_documents: "An empty filter fetches nothing: use scan to read every document"
}

/** What is wrong with a filter that must not be empty: what only reads may exclude the values of an empty list. */
const emptyProblem = (expression: Filter.Expression, at: Limits.Place): Input.Problem | undefined => {
  if (!Object.hasOwn(withoutEmpty, at.operation)) return undefined
  const matchesAll = at.operation.startsWith("fetch_") ? Filter.isEmpty : Filter.matchesAll
  return matchesAll(expression)
    ? Input.invalid(
      at,
      "filter",
      `${withoutEmpty[at.operation]}. Every record matches ${show(expression)}`
    )
    : undefined
}

const expressionOf = (
  filter: Filter.SearchFilter<never>,
  at: Limits.Place,
  scope: Filter.Scope = "records"
): Either.Either<Filter.Expression, Input.Problem> => {
  if (!Filter.isSearchFilter(filter)) {
    return Either.left(
      Input.mismatch(at, "filter", "a filter, as Filter.eq and Filter.raw make them", filter)
    )
  }
  const checked = Filter.checked(filter.expression, scope)
  if ("problem" in checked) {
    const { field, message } = checked.problem
    return Either.left(Input.invalid(at, field === "" ? "filter" : `filter.${field}`, message))
  }
  const { expression } = checked
  const problem = Limits.check("filterValues", "filter.$in", Filter.largestList(expression), at) ??
    emptyProblem(expression, at)
  return problem === undefined ? Either.right(expression) : Either.left(problem)
}

const writeFilter = (
  writer: MessageWriter,
  to: Field,
  filter: Filter.Filter<never>,
  at: Limits.Place
): BodyError | undefined => {
  const expression = expressionOf(filter, at)
  if (Either.isLeft(expression)) return expression.left
  writer.struct(to, expression.right)
  return undefined
}

const objectProblem = (at: Limits.Place, options: unknown): BodyError | undefined =>
  Input.isObject(options) ? undefined : Input.mismatch(at, "options", "an object", options)

/** Runs an encoder: what a getter or a proxy of its input throws is an error of the input. */
const encoding = (
  at: Limits.Place,
  field: string,
  encode: () => Uint8Array | BodyError
): Either.Either<Uint8Array, BodyError> => {
  const encoded = Input.attempt(at, field, encode)
  return encoded instanceof Uint8Array ? Either.right(encoded) : Either.left(encoded)
}

/**
 * Checks a filter, and gives it in Pinecone's own form. A filter that every record matches is refused of `delete`, `update`
 * and `fetch_by_metadata`, and of the same operations on documents.
 *
 * @since 0.1.0
 * @category encoding
 */
export const filter = (
  operation: string,
  filter: Filter.SearchFilter<never>,
  target: Target,
  scope: Filter.Scope = "records"
): Effect.Effect<Filter.Expression, Input.Problem> => {
  const at = place(operation, target)
  const expression = Input.attempt(at, "filter", () => expressionOf(filter, at, scope))
  return Either.isEither(expression) ? expression : Either.left(expression)
}

/** More than most upserts have, in either format. */
const mostExpected = 4 * Limits.limits.requestBytes

/**
 * The body of an upsert (`UpsertRequest`): 1 to 1,000 records of 2 MB at most.
 *
 * Fails with the first thing that is wrong, which names the record: a NaN or an infinity, lengths that do not fit,
 * metadata that Pinecone cannot hold, a limit passed.
 *
 * It is written into `memory` if that is given and large enough: of many bodies of half a megabyte each, the fresh memory
 * would cost more than the writing.
 *
 * @since 0.1.0
 * @category encoding
 */
export const upsert = <M>(
  records: ReadonlyArray<VectorRecord<M>>,
  target: Target,
  encodeMetadata: EncodeMetadata<M>,
  format: Format = asJson,
  memory?: Uint8Array
): Effect.Effect<Uint8Array, BodyError> => {
  const at = place("upsert", target)
  return encoding(at, "vectors", () => {
    if (!isRecords(records)) return Input.mismatch(at, "vectors", "a list of records", records)
    const { length } = records
    if (length === 0) return Input.invalid(at, "vectors", "an upsert must have at least one record")
    const problem = Limits.check("upsertRecords", "vectors.length", length, at) ?? namespaceProblem(at, target)
    if (problem !== undefined) return problem
    const writer = memory === undefined
      ? withRoom(format, 1024, numbersOf(records[0]), float32Writers)
      : into(format, memory, float32Writers)
    let weight = 0
    beginUpsert(writer)
    for (let i = 0; i < length; i++) {
      if (i > 0) writer.next()
      const written = writeRecord(writer, records[i]!, at, i, target.dimension, encodeMetadata)
      if (typeof written !== "number") return written
      weight += written
      // As much again for each of the others, and a little more, since records are mostly alike; but not for all of them
      // what one with a long text needs.
      if (i === 0) writer.expect(Math.min((writer.length + 64) * (length - 1) + 1024, mostExpected))
    }
    endUpsert(writer, target)
    const tooLarge = Limits.check("requestBytes", "the weight of the request", weight, at)
    return tooLarge ?? writer.bytes()
  })
}

/** A type is a promise that JavaScript does not keep. */
const isRecords = (records: ReadonlyArray<unknown>): boolean => isArray(records)

/**
 * What a query asks for.
 *
 * @since 0.1.0
 * @category models
 */
export interface QueryInput {
  readonly topK: number
  readonly vector?: DenseValues | undefined
  readonly sparseVector?: SparseValues | undefined
  readonly id?: string | undefined
  readonly filter?: Filter.Filter<never> | undefined
  readonly includeValues?: boolean | undefined
  readonly includeMetadata?: boolean | undefined
  readonly scanFactor?: number | undefined
  readonly maxCandidates?: number | undefined
}

/**
 * The body of a query (`QueryRequest`).
 *
 * @since 0.1.0
 * @category encoding
 */
export const query = (
  input: QueryInput,
  target: Target,
  format: Format = asJson
): Effect.Effect<Uint8Array, BodyError> => {
  const at = place("query", target)
  return encoding(at, "options", () => writeQuery(input, target, format, at))
}

const writeQuery = (
  input: QueryInput,
  target: Target,
  format: Format,
  at: Limits.Place
): Uint8Array | BodyError => {
  const shapeless = objectProblem(at, input)
  if (shapeless !== undefined) return shapeless
  const { filter, id, includeMetadata, includeValues, maxCandidates, scanFactor, sparseVector, topK, vector } = input
  const wrong = namespaceProblem(at, target) ??
    Input.wholeNumber(at, "topK", topK, 1) ?? Limits.check("topK", "topK", topK, at) ??
    (scanFactor === undefined || (typeof scanFactor === "number" && scanFactor >= 0.5 && scanFactor <= 4)
      ? undefined
      : Input.mismatch(at, "scanFactor", "a number from 0.5 to 4", scanFactor)) ??
    (maxCandidates === undefined ? undefined : candidatesProblem(at, maxCandidates, topK)) ??
    Input.flag(at, "includeValues", includeValues) ?? Input.flag(at, "includeMetadata", includeMetadata)
  if (wrong !== undefined) return wrong
  if ((vector !== undefined || sparseVector !== undefined) === (id !== undefined)) {
    return Input.invalid(at, "vector", "a query must have a vector, a sparseVector, both of them, or only an id")
  }
  const writer = withRoom(
    format,
    256,
    lengthOf(vector)
  )
  writer.begin()
  writer.integer(queryRequest.topK, topK)
  writeNamespace(writer, queryRequest.namespace, target)
  const problem = (vector === undefined
    ? undefined
    : writeDense(writer, queryRequest.vector, vector, at, target.dimension, "searched")) ??
    (sparseVector === undefined ? undefined : writeSparse(writer, queryRequest.sparseVector, sparseVector, at)) ??
    (id === undefined ? undefined : writeId(writer, queryRequest.id, id, at, "id")) ??
    (filter === undefined ? undefined : writeFilter(writer, queryRequest.filter, filter, at))
  if (problem !== undefined) return problem
  writer.flag(queryRequest.includeValues, includeValues === true)
  writer.flag(queryRequest.includeMetadata, includeMetadata === true)
  if (scanFactor !== undefined) writer.float(queryRequest.scanFactor, scanFactor)
  if (maxCandidates !== undefined) writer.integer(queryRequest.maxCandidates, maxCandidates)
  writer.end()
  return writer.bytes()
}

const candidatesProblem = (at: Limits.Place, maxCandidates: number, topK: number): BodyError | undefined =>
  Input.isWholeNumber(maxCandidates, topK)
    ? Limits.check("maxCandidates", "maxCandidates", maxCandidates, at)
    : Input.mismatch(at, "maxCandidates", `an integer >= topK (${topK})`, maxCandidates)

/**
 * The body of a query that was written without a namespace, in a namespace: the numbers of the vector, which are most of
 * it, are written once for all the namespaces that are asked. The namespace must be one: `Namespace.problem` says.
 *
 * @since 0.1.0
 * @category encoding
 */
export const inNamespace = (namespace: string, body: Uint8Array, format: Format = asJson): Uint8Array => {
  const writer = into(format, body.length + 3 * namespace.length + 32)
  writer.begin()
  const beginning = writer.length
  writer.text(queryRequest.namespace, namespace)
  writer.next()
  writer.raw(body.subarray(beginning))
  return writer.bytes()
}

/**
 * What an update changes: one record by its id, or the metadata of all that match a filter.
 *
 * @since 0.1.0
 * @category models
 */
export interface UpdateInput {
  readonly id?: string | undefined
  readonly values?: DenseValues | undefined
  readonly sparseValues?: SparseValues | undefined
  /** The fields to set, as they are stored; the others stay. */
  readonly setMetadata?: object | undefined
  readonly filter?: Filter.Filter<never> | undefined
  readonly dryRun?: boolean | undefined
}

/**
 * The body of an update (`UpdateRequest`).
 *
 * @since 0.1.0
 * @category encoding
 */
export const update = (
  input: UpdateInput,
  target: Target,
  format: Format = asJson
): Effect.Effect<Uint8Array, BodyError> => {
  const at = place("update", target)
  return encoding(at, "options", () => writeUpdate(input, target, format, at))
}

/**
 * The same, or what is wrong with it, at once: for a caller that writes many, each of one record.
 *
 * @since 0.1.0
 * @category encoding
 */
export const updateOrError = (
  input: UpdateInput,
  target: Target,
  format: Format = asJson
): Uint8Array | BodyError => {
  const at = place("update", target)
  return Input.attempt(at, "options", () => writeUpdate(input, target, format, at))
}

const writeUpdate = (
  input: UpdateInput,
  target: Target,
  format: Format,
  at: Limits.Place
): Uint8Array | BodyError => {
  const shapeless = objectProblem(at, input)
  if (shapeless !== undefined) return shapeless
  const { dryRun, filter, id, setMetadata, sparseValues, values } = input
  const wrong = namespaceProblem(at, target) ?? Input.flag(at, "dryRun", dryRun)
  if (wrong !== undefined) return wrong
  if ((id === undefined) === (filter === undefined)) {
    return Input.invalid(at, "id", "an update must have the id of one record, or a filter for all that match it")
  }
  const recordId = typeof id === "string" ? id : undefined
  if (values === undefined && sparseValues === undefined && setMetadata === undefined) {
    return Input.invalid(at, "setMetadata", "an update must have values, sparseValues or setMetadata", recordId)
  }
  const writer = withRoom(
    format,
    256,
    lengthOf(values)
  )
  writer.begin()
  const problem = (id !== undefined
    ? writeId(writer, updateRequest.id, id, at, "id")
    : filter === undefined
    ? undefined
    : writeFilter(writer, updateRequest.filter, filter, at)) ??
    (values === undefined
      ? undefined
      : writeDense(writer, updateRequest.values, values, at, target.dimension, "stored", recordId)) ??
    (sparseValues === undefined
      ? undefined
      : writeSparse(writer, updateRequest.sparseValues, sparseValues, at, recordId))
  if (problem !== undefined) return problem
  if (setMetadata !== undefined) {
    const bytes = writeMetadata(writer, updateRequest.setMetadata, setMetadata, at, recordId)
    if (typeof bytes !== "number") return bytes
  }
  if (dryRun !== undefined) writer.flag(updateRequest.dryRun, dryRun)
  writeNamespace(writer, updateRequest.namespace, target)
  writer.end()
  return writer.bytes()
}

/**
 * The body of a request that is JSON of any form, which a `Float32Array` may stand in: it fails, and names the place, where
 * JSON has no form for something.
 *
 * @since 0.1.0
 * @category encoding
 */
export const anyJson = (
  operation: string,
  value: unknown,
  target: Target
): Effect.Effect<Uint8Array, PineconeError.InvalidRequest> => {
  const copy = Input.jsonWithVectors(place(operation, target), "", value)
  return Input.isInvalid(copy) ? Either.left(copy) : Either.right(json(copy))
}

/**
 * Any JSON value as UTF-8, with each `Float32Array` in it written as an array of shortest decimals: what a server answers
 * with vectors. As `JSON.stringify` does, it throws where there is no JSON; {@link anyJson} does not.
 *
 * @since 0.1.0
 * @category encoding
 */
export const json = (value: unknown): Uint8Array => {
  const writer = new ByteWriter(undefined, float32Writers)
  writer.json(value)
  return writer.bytes()
}
