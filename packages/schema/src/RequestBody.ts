/**
 * The bodies of the requests that carry vectors, written straight into bytes: the input is checked and encoded in one
 * walk. In JSON a 32-bit float is the shortest decimal that reads back as the same 32-bit float; in Protocol Buffers it is
 * its four bytes.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Filter from "./Filter.js"
import { ByteWriter } from "./internal/byteWriter.js"
import type { Field } from "./internal/fields.js"
import { queryRequest, updateRequest } from "./internal/fields.js"
import { into, withRoom } from "./internal/messageFormats.js"
import type { MessageWriter } from "./internal/messageWriter.js"
import {
  beginUpsert,
  endUpsert,
  invalid,
  place,
  writeDense,
  writeId,
  writeMetadata,
  writeNamespace,
  writeRecord,
  writeSparse,
  writeVectors
} from "./internal/recordWriter.js"
import { representedObject } from "./internal/represented.js"
import * as Limits from "./Limits.js"
import type * as PineconeError from "./PineconeError.js"
import type { DenseValues, SparseValues } from "./Vector.js"
import type { VectorRecord } from "./VectorRecord.js"

/**
 * What can be wrong with a request before it is sent.
 *
 * @since 0.1.0
 * @category models
 */
export type BodyError = PineconeError.InvalidRequest | PineconeError.LimitExceeded | PineconeError.InvalidMetadata

/**
 * How a body is written: as JSON for the REST API, or as a message of the gRPC API. Both take the same input and refuse the
 * same, but for one thing: half of a surrogate pair has no UTF-8, so that as `protobuf` an id that has one is refused, and
 * U+FFFD stands for it in other texts.
 *
 * @since 0.1.0
 * @category models
 */
export type Format = "json" | "protobuf"

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
export type EncodeMetadata<M> = (metadata: M) => Either.Either<object, MetadataIssue>

/**
 * Where metadata does not fit its Schema, and why.
 *
 * @since 0.1.0
 * @category models
 */
export interface MetadataIssue {
  readonly path: ReadonlyArray<string | number>
  readonly message: string
}

const checked = (
  { expression }: Filter.Filter<never>,
  at: Limits.Place
): Either.Either<Filter.Expression, BodyError> => {
  const written = representedObject(expression)
  if (written === undefined) return Either.left(invalid(at, "filter", "a filter is an object of conditions"))
  const found = Filter.problem(written)
  if (found !== undefined) return Either.left(invalid(at, `filter.${found.field}`, found.message))
  const tooMany = Limits.check("filterValues", "filter.$in", Filter.largestList(written), at)
  return tooMany === undefined ? Either.right(written) : Either.left(tooMany)
}

const writeFilter = (
  writer: MessageWriter,
  to: Field,
  filter: Filter.Filter<never>,
  at: Limits.Place
): BodyError | undefined => {
  const expression = checked(filter, at)
  if (Either.isLeft(expression)) return expression.left
  writer.struct(to, expression.right)
  return undefined
}

/**
 * Checks a filter, and gives it in Pinecone's own form.
 *
 * @since 0.1.0
 * @category encoding
 */
export const filter = (
  operation: string,
  filter: Filter.Filter<never>,
  target: Target
): Either.Either<Filter.Expression, BodyError> => checked(filter, place(operation, target))

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
  format: Format = "json",
  memory?: Uint8Array
): Either.Either<Uint8Array, BodyError> => {
  const at = place("upsert", target)
  if (records.length === 0) return Either.left(invalid(at, "vectors", "an upsert needs at least one record"))
  const tooMany = Limits.check("upsertRecords", "vectors.length", records.length, at)
  if (tooMany !== undefined) return Either.left(tooMany)
  const writer = memory === undefined
    ? withRoom(format, 1024, records[0]!.values?.length ?? 0)
    : into(format, memory)
  let weight = 0
  beginUpsert(writer)
  for (let i = 0; i < records.length; i++) {
    if (i > 0) writer.next()
    const written = writeRecord(writer, records[i]!, at, i, target.dimension, encodeMetadata)
    if (typeof written !== "number") return Either.left(written)
    weight += written
    // As much again for each of the others, and a little more, since records are mostly alike; but not for all of them
    // what one with a long text needs.
    if (i === 0) writer.expect(Math.min((writer.length + 64) * (records.length - 1) + 1024, mostExpected))
  }
  endUpsert(writer, target)
  const tooLarge = Limits.check("requestBytes", "the weight of the request", weight, at)
  return tooLarge === undefined ? Either.right(writer.bytes()) : Either.left(tooLarge)
}

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
  format: Format = "json"
): Either.Either<Uint8Array, BodyError> => {
  const at = place("query", target)
  const { topK } = input
  if (!Number.isInteger(topK) || topK < 1) {
    return Either.left(invalid(at, "topK", `${String(topK)} is no whole number of at least 1`))
  }
  const tooMany = Limits.check("topK", "topK", topK, at)
  if (tooMany !== undefined) return Either.left(tooMany)
  const byVector = input.vector !== undefined || input.sparseVector !== undefined
  if (byVector === (input.id !== undefined)) {
    return Either.left(invalid(at, "vector", "a query is by vector, sparseVector, both, or by id alone"))
  }
  if (input.scanFactor !== undefined && !(input.scanFactor >= 0.5 && input.scanFactor <= 4)) {
    return Either.left(invalid(at, "scanFactor", `${input.scanFactor} is not between 0.5 and 4`))
  }
  if (input.maxCandidates !== undefined) {
    if (!Number.isInteger(input.maxCandidates) || input.maxCandidates < topK) {
      return Either.left(invalid(at, "maxCandidates", `${input.maxCandidates} is no whole number of at least topK`))
    }
    const tooMany = Limits.check("maxCandidates", "maxCandidates", input.maxCandidates, at)
    if (tooMany !== undefined) return Either.left(tooMany)
  }
  const writer = withRoom(format, 256, input.vector?.length ?? 0)
  writer.begin()
  writer.integer(queryRequest.topK, topK)
  writeNamespace(writer, queryRequest.namespace, target)
  if (input.vector !== undefined) {
    const problem = writeDense(writer, queryRequest.vector, input.vector, at, target.dimension)
    if (problem !== undefined) return Either.left(problem)
  }
  if (input.sparseVector !== undefined) {
    const problem = writeSparse(writer, queryRequest.sparseVector, input.sparseVector, at)
    if (problem !== undefined) return Either.left(problem)
  }
  if (input.id !== undefined) {
    const problem = writeId(writer, queryRequest.id, input.id, at, "id")
    if (problem !== undefined) return Either.left(problem)
  }
  if (input.filter !== undefined) {
    const problem = writeFilter(writer, queryRequest.filter, input.filter, at)
    if (problem !== undefined) return Either.left(problem)
  }
  writer.flag(queryRequest.includeValues, input.includeValues === true)
  writer.flag(queryRequest.includeMetadata, input.includeMetadata === true)
  if (input.scanFactor !== undefined) writer.float(queryRequest.scanFactor, input.scanFactor)
  if (input.maxCandidates !== undefined) writer.integer(queryRequest.maxCandidates, input.maxCandidates)
  writer.end()
  return Either.right(writer.bytes())
}

/**
 * The body of a query that was written without a namespace, in a namespace: the numbers of the vector, which are most of
 * it, are written once for all the namespaces that are asked.
 *
 * @since 0.1.0
 * @category encoding
 */
export const inNamespace = (namespace: string, body: Uint8Array, format: Format = "json"): Uint8Array => {
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
  format: Format = "json"
): Either.Either<Uint8Array, BodyError> => {
  const at = place("update", target)
  const { id } = input
  if ((id === undefined) === (input.filter === undefined)) {
    return Either.left(invalid(at, "id", "an update is of one record by id, or of all that match a filter"))
  }
  if (input.values === undefined && input.sparseValues === undefined && input.setMetadata === undefined) {
    return Either.left(invalid(at, "setMetadata", "an update needs values, sparseValues or setMetadata", id))
  }
  const writer = withRoom(format, 256, input.values?.length ?? 0)
  writer.begin()
  const addressed = id !== undefined
    ? writeId(writer, updateRequest.id, id, at, "id")
    : writeFilter(writer, updateRequest.filter, input.filter!, at)
  if (addressed !== undefined) return Either.left(addressed)
  const problem = writeVectors(writer, updateRequest, input, at, target.dimension, id)
  if (problem !== undefined) return Either.left(problem)
  if (input.setMetadata !== undefined) {
    const bytes = writeMetadata(writer, updateRequest.setMetadata, input.setMetadata, at, id)
    if (typeof bytes !== "number") return Either.left(bytes)
  }
  if (input.dryRun !== undefined) writer.flag(updateRequest.dryRun, input.dryRun)
  writeNamespace(writer, updateRequest.namespace, target)
  writer.end()
  return Either.right(writer.bytes())
}

/**
 * Any JSON value as UTF-8, with each `Float32Array` in it written as an array of shortest decimals: what a server answers
 * with vectors.
 *
 * @since 0.1.0
 * @category encoding
 */
export const json = (value: unknown): Uint8Array => {
  const writer = new ByteWriter()
  writer.json(value)
  return writer.bytes()
}
