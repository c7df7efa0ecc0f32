/**
 * The bodies of the requests that carry vectors, written straight into bytes: the input is checked and encoded in one
 * walk, and a 32-bit float is written as the shortest decimal that reads back as the same 32-bit float.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Filter from "./Filter.js"
import { ByteWriter } from "./internal/byteWriter.js"
import {
  idProblem,
  invalid,
  place,
  writeDense,
  writeMetadata,
  writeNamespace,
  writeRecord,
  writeSparse,
  writeVectors
} from "./internal/recordWriter.js"
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

const writeFilter = (writer: ByteWriter, filter: Filter.Filter<never>, at: Limits.Place): BodyError | undefined => {
  const found = Filter.problem(filter.expression)
  if (found !== undefined) return invalid(at, `filter.${found.field}`, found.message)
  const tooMany = Limits.check("filterValues", "filter.$in", Filter.largestList(filter.expression), at)
  if (tooMany !== undefined) return tooMany
  writer.json(filter.expression)
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
): Either.Either<Filter.Expression, BodyError> => {
  const at = place(operation, target)
  const found = Filter.problem(filter.expression)
  if (found !== undefined) return Either.left(invalid(at, `filter.${found.field}`, found.message))
  const tooMany = Limits.check("filterValues", "filter.$in", Filter.largestList(filter.expression), at)
  return tooMany === undefined ? Either.right(filter.expression) : Either.left(tooMany)
}

/**
 * The body of an upsert (`UpsertRequest`): 1 to 1,000 records of 2 MB at most.
 *
 * Fails with the first thing that is wrong, which names the record: a NaN or an infinity, lengths that do not fit,
 * metadata that Pinecone cannot hold, a limit passed.
 *
 * @since 0.1.0
 * @category encoding
 */
export const upsert = <M>(
  records: ReadonlyArray<VectorRecord<M>>,
  target: Target,
  encodeMetadata: EncodeMetadata<M>
): Either.Either<Uint8Array, BodyError> => {
  const at = place("upsert", target)
  if (records.length === 0) return Either.left(invalid(at, "vectors", "an upsert needs at least one record"))
  const tooMany = Limits.check("upsertRecords", "vectors.length", records.length, at)
  if (tooMany !== undefined) return Either.left(tooMany)
  const writer = new ByteWriter(64 + records.length * (64 + 13 * (records[0]!.values?.length ?? 0)))
  let weight = 0
  writer.ascii("{\"vectors\":[")
  for (let i = 0; i < records.length; i++) {
    if (i > 0) writer.ascii(",")
    const written = writeRecord(writer, records[i]!, at, i, target.dimension, encodeMetadata)
    if (typeof written !== "number") return Either.left(written)
    weight += written
  }
  writer.ascii("]")
  writeNamespace(writer, target)
  writer.ascii("}")
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
export const query = (input: QueryInput, target: Target): Either.Either<Uint8Array, BodyError> => {
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
  const writer = new ByteWriter(256 + 13 * (input.vector?.length ?? 0))
  writer.ascii("{\"topK\":")
  writer.json(topK)
  writeNamespace(writer, target)
  if (input.vector !== undefined) {
    writer.ascii(",\"vector\":")
    const problem = writeDense(writer, input.vector, at, "vector", target.dimension)
    if (problem !== undefined) return Either.left(problem)
  }
  if (input.sparseVector !== undefined) {
    writer.ascii(",\"sparseVector\":")
    const problem = writeSparse(writer, input.sparseVector, at, "sparseVector")
    if (problem !== undefined) return Either.left(problem)
  }
  if (input.id !== undefined) {
    const problem = idProblem(at, input.id, "id")
    if (problem !== undefined) return Either.left(problem)
    writer.ascii(",\"id\":")
    writer.json(input.id)
  }
  if (input.filter !== undefined) {
    writer.ascii(",\"filter\":")
    const problem = writeFilter(writer, input.filter, at)
    if (problem !== undefined) return Either.left(problem)
  }
  writer.ascii(`,"includeValues":${input.includeValues === true},"includeMetadata":${input.includeMetadata === true}`)
  if (input.scanFactor !== undefined) writer.ascii(`,"scanFactor":${input.scanFactor}`)
  if (input.maxCandidates !== undefined) writer.ascii(`,"maxCandidates":${input.maxCandidates}`)
  writer.ascii("}")
  return Either.right(writer.bytes())
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
export const update = (input: UpdateInput, target: Target): Either.Either<Uint8Array, BodyError> => {
  const at = place("update", target)
  const { id } = input
  if ((id === undefined) === (input.filter === undefined)) {
    return Either.left(invalid(at, "id", "an update is of one record by id, or of all that match a filter"))
  }
  if (input.values === undefined && input.sparseValues === undefined && input.setMetadata === undefined) {
    return Either.left(invalid(at, "setMetadata", "an update needs values, sparseValues or setMetadata", id))
  }
  const writer = new ByteWriter(256 + 13 * (input.values?.length ?? 0))
  writer.ascii("{")
  if (id !== undefined) {
    const problem = idProblem(at, id, "id")
    if (problem !== undefined) return Either.left(problem)
    writer.ascii("\"id\":")
    writer.json(id)
  } else {
    writer.ascii("\"filter\":")
    const problem = writeFilter(writer, input.filter!, at)
    if (problem !== undefined) return Either.left(problem)
  }
  const problem = writeVectors(writer, input, at, target.dimension, id)
  if (problem !== undefined) return Either.left(problem)
  if (input.setMetadata !== undefined) {
    writer.ascii(",\"setMetadata\":")
    const problem = writeMetadata(writer, input.setMetadata, at, "setMetadata", id)
    if (problem !== undefined) return Either.left(problem)
  }
  if (input.dryRun !== undefined) writer.ascii(`,"dryRun":${input.dryRun}`)
  writeNamespace(writer, target)
  writer.ascii("}")
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
