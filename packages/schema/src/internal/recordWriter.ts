import * as Either from "effect/Either"
import * as Limits from "../Limits.js"
import * as Metadata from "../Metadata.js"
import * as PineconeError from "../PineconeError.js"
import type { BodyError, EncodeMetadata, Target } from "../RequestBody.js"
import type { DenseValues, SparseValues } from "../Vector.js"
import type { TextRecord, VectorRecord } from "../VectorRecord.js"
import type { ByteWriter } from "./byteWriter.js"

export const place = (operation: string, target: Target): Limits.Place => ({
  operation,
  ...(target.index === undefined ? {} : { index: target.index }),
  ...(target.namespace === undefined ? {} : { namespace: target.namespace })
})

export const invalid = (at: Limits.Place, field: string, message: string, recordId?: string) =>
  new PineconeError.InvalidRequest({
    ...at,
    field,
    message: recordId === undefined ? `${field}: ${message}` : `record "${recordId}": ${field}: ${message}`,
    ...(recordId === undefined ? {} : { recordId })
  })

export const idProblem = (at: Limits.Place, id: unknown, field: string): BodyError | undefined => {
  if (typeof id !== "string" || id.length === 0) {
    return invalid(at, field, "a record needs an id of 1 to 512 characters")
  }
  if (id.length > Limits.limits.idLength) return Limits.exceeded("idLength", field, id.length, at, id)
  if (id.includes("\0")) return invalid(at, field, "an id cannot hold the character NUL", id.replaceAll("\0", "\\0"))
  return undefined
}

const isNumbers = (values: unknown): values is DenseValues => values instanceof Float32Array || Array.isArray(values)

export const writeDense = (
  writer: ByteWriter,
  values: DenseValues,
  at: Limits.Place,
  field: string,
  dimension: number | undefined,
  recordId?: string
): BodyError | undefined => {
  if (!isNumbers(values)) return invalid(at, field, "a Float32Array or an array of numbers is needed", recordId)
  if (values.length === 0) return invalid(at, field, "a vector needs at least one number", recordId)
  const tooLong = Limits.check("dimension", `${field}.length`, values.length, at, recordId)
  if (tooLong !== undefined) return tooLong
  if (dimension !== undefined && values.length !== dimension) {
    return invalid(
      at,
      field,
      `the vector has ${values.length} numbers, and the index has the dimension ${dimension}`,
      recordId
    )
  }
  const bad = writer.float32s(values)
  return bad === -1 ? undefined : invalid(
    at,
    `${field}[${bad}]`,
    `${String(values[bad])} is no finite 32-bit float; leave the record out or mend the vector`,
    recordId
  )
}

export const writeSparse = (
  writer: ByteWriter,
  sparse: SparseValues,
  at: Limits.Place,
  field: string,
  recordId?: string
): BodyError | undefined => {
  const { indices, values } = sparse
  if (indices.length !== values.length) {
    return invalid(
      at,
      field,
      `there are ${indices.length} indices and ${values.length} values, and each index needs a value`,
      recordId
    )
  }
  if (indices.length === 0) return invalid(at, field, "a sparse vector needs at least one entry", recordId)
  const tooMany = Limits.check("sparseValues", `${field}.indices.length`, indices.length, at, recordId)
  if (tooMany !== undefined) return tooMany
  if (!(indices instanceof Uint32Array)) {
    for (let i = 0; i < indices.length; i++) {
      const index = indices[i]!
      if (!Number.isInteger(index) || index < 0) {
        return invalid(at, `${field}.indices[${i}]`, `${index} is no unsigned 32-bit integer`, recordId)
      }
      const tooHigh = Limits.check("sparseIndex", `${field}.indices[${i}]`, index, at, recordId)
      if (tooHigh !== undefined) return tooHigh
    }
  }
  writer.ascii("{\"indices\":")
  writer.integers(indices)
  writer.ascii(",\"values\":")
  const bad = writer.float32s(values)
  if (bad !== -1) {
    return invalid(at, `${field}.values[${bad}]`, `${String(values[bad])} is no finite 32-bit float`, recordId)
  }
  writer.ascii("}")
  return undefined
}

/** Writes the dense and the sparse values that there are, each behind a comma. */
export const writeVectors = (
  writer: ByteWriter,
  { sparseValues, values }: Pick<VectorRecord<unknown>, "values" | "sparseValues">,
  at: Limits.Place,
  dimension: number | undefined,
  recordId: string | undefined
): BodyError | undefined => {
  if (values !== undefined) {
    writer.ascii(",\"values\":")
    const problem = writeDense(writer, values, at, "values", dimension, recordId)
    if (problem !== undefined) return problem
  }
  if (sparseValues !== undefined) {
    writer.ascii(",\"sparseValues\":")
    return writeSparse(writer, sparseValues, at, "sparseValues", recordId)
  }
  return undefined
}

export const writeMetadata = (
  writer: ByteWriter,
  metadata: object,
  at: Limits.Place,
  field: string,
  recordId?: string
): BodyError | undefined => {
  const found = Metadata.problem(metadata)
  if (found !== undefined) return invalid(at, `${field}.${found.field}`, found.message, recordId)
  const before = writer.length
  writer.json(metadata)
  return Limits.check("metadataBytes", `${field} (bytes)`, writer.length - before, at, recordId)
}

/**
 * What a record weighs in the limit for a request, but for its metadata: a byte a character of its id, 4 a dense number, 8 a
 * sparse entry.
 */
const vectorWeight = (record: VectorRecord<unknown>): number =>
  record.id.length + 4 * (record.values?.length ?? 0) + 8 * (record.sparseValues?.indices.length ?? 0)

/** The stored form of metadata, or what is wrong with it. */
const encoded = <M>(
  metadata: M,
  encodeMetadata: EncodeMetadata<M>,
  at: Limits.Place,
  recordId: string
): object | PineconeError.InvalidMetadata => {
  const encoded = encodeMetadata(metadata)
  return Either.isRight(encoded) ? encoded.right : new PineconeError.InvalidMetadata({
    ...at,
    recordId,
    path: encoded.left.path,
    message: `record "${recordId}": its metadata does not fit the Schema of the index: ${encoded.left.message}`
  })
}

/** Writes a record of an upsert, and gives its weight, or what is wrong with it. */
export const writeRecord = <M>(
  writer: ByteWriter,
  record: VectorRecord<M>,
  at: Limits.Place,
  position: number,
  dimension: number | undefined,
  encodeMetadata: EncodeMetadata<M>
): BodyError | number => {
  const id = record.id
  const badId = idProblem(at, id, `vectors[${position}].id`)
  if (badId !== undefined) return badId
  if (record.values === undefined && record.sparseValues === undefined) {
    return invalid(at, "values", "a record needs values, sparseValues or both", id)
  }
  writer.ascii("{\"id\":")
  writer.json(id)
  const problem = writeVectors(writer, record, at, dimension, id)
  if (problem !== undefined) return problem
  let weight = vectorWeight(record)
  if (record.metadata !== undefined) {
    const metadata = encoded(record.metadata, encodeMetadata, at, id)
    if (metadata instanceof PineconeError.InvalidMetadata) return metadata
    writer.ascii(",\"metadata\":")
    const before = writer.length
    const problem = writeMetadata(writer, metadata, at, "metadata", id)
    if (problem !== undefined) return problem
    weight += writer.length - before
  }
  writer.ascii("}")
  return weight
}

/** Writes a text record, and gives its weight, or what is wrong with it. */
export const writeTextRecord = <M>(
  writer: ByteWriter,
  { fields, id }: TextRecord<M>,
  at: Limits.Place,
  position: number,
  encodeFields: EncodeMetadata<M>
): BodyError | number => {
  const badId = idProblem(at, id, `records[${position}].id`)
  if (badId !== undefined) return badId
  const stored = encoded(fields, encodeFields, at, id)
  if (stored instanceof PineconeError.InvalidMetadata) return stored
  const found = Metadata.problem(stored)
  if (found !== undefined) return invalid(at, `fields.${found.field}`, found.message, id)
  if ("_id" in stored || "id" in stored) return invalid(at, "fields", "a field cannot be called id or _id", id)
  const before = writer.length
  writer.json({ _id: id, ...stored })
  const weight = writer.length - before
  return Limits.check("metadataBytes", "fields (bytes)", weight, at, id) ?? weight
}

export const writeNamespace = (writer: ByteWriter, target: Target) => {
  if (target.namespace !== undefined) {
    writer.ascii(",\"namespace\":")
    writer.json(target.namespace)
  }
}
