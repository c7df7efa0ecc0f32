import * as Either from "effect/Either"
import * as Limits from "../Limits.js"
import * as Metadata from "../Metadata.js"
import * as PineconeError from "../PineconeError.js"
import type { BodyError, EncodeMetadata, Target } from "../RequestBody.js"
import type { DenseValues, SparseValues } from "../Vector.js"
import type { TextRecord, VectorRecord } from "../VectorRecord.js"
import type { ByteWriter } from "./byteWriter.js"
import type { Field } from "./fields.js"
import { upsertRequest, vector } from "./fields.js"
import type { MessageWriter } from "./messageWriter.js"
import { representedObject } from "./represented.js"

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

export const writeId = (
  writer: MessageWriter,
  to: Field,
  id: unknown,
  at: Limits.Place,
  field: string
): BodyError | undefined => {
  const problem = idProblem(at, id, field)
  if (problem !== undefined || typeof id !== "string" || writer.text(to, id)) return problem
  return invalid(
    at,
    field,
    "an id cannot hold half of a surrogate pair, which has no UTF-8",
    JSON.stringify(id).slice(1, -1)
  )
}

const isNumbers = (values: unknown): values is DenseValues => values instanceof Float32Array || Array.isArray(values)

export const writeDense = (
  writer: MessageWriter,
  to: Field,
  values: DenseValues,
  at: Limits.Place,
  dimension: number | undefined,
  recordId?: string
): BodyError | undefined => {
  const field = to.name
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
  const bad = writer.floats(to, values)
  return bad === -1 ? undefined : invalid(
    at,
    `${field}[${bad}]`,
    `${String(values[bad])} is no finite 32-bit float; leave the record out or mend the vector`,
    recordId
  )
}

export const writeSparse = (
  writer: MessageWriter,
  to: Field,
  sparse: SparseValues,
  at: Limits.Place,
  recordId?: string
): BodyError | undefined => {
  const field = to.name
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
  const bad = writer.sparse(to, sparse)
  return bad === -1 ? undefined : invalid(
    at,
    `${field}.values[${bad}]`,
    `${String(values[bad])} is no finite 32-bit float`,
    recordId
  )
}

/** Writes the dense and the sparse values that there are. */
export const writeVectors = (
  writer: MessageWriter,
  to: Pick<typeof vector, "values" | "sparseValues">,
  { sparseValues, values }: Pick<VectorRecord<unknown>, "values" | "sparseValues">,
  at: Limits.Place,
  dimension: number | undefined,
  recordId: string | undefined
): BodyError | undefined => {
  if (values !== undefined) {
    const problem = writeDense(writer, to.values, values, at, dimension, recordId)
    if (problem !== undefined) return problem
  }
  return sparseValues === undefined ? undefined : writeSparse(writer, to.sparseValues, sparseValues, at, recordId)
}

/** Writes metadata, and gives the bytes that it has as JSON, or what is wrong with it. */
export const writeMetadata = (
  writer: MessageWriter,
  to: Field,
  metadata: object,
  at: Limits.Place,
  recordId?: string
): BodyError | number => {
  const stored = representedObject(metadata)
  if (stored === undefined) return invalid(at, to.name, "metadata is an object of fields", recordId)
  const found = Metadata.problem(stored)
  if (found !== undefined) return invalid(at, `${to.name}.${found.field}`, found.message, recordId)
  const bytes = writer.struct(to, stored)
  return Limits.check("metadataBytes", `${to.name} (bytes)`, bytes, at, recordId) ?? bytes
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
  writer: MessageWriter,
  record: VectorRecord<M>,
  at: Limits.Place,
  position: number,
  dimension: number | undefined,
  encodeMetadata: EncodeMetadata<M>
): BodyError | number => {
  const id = record.id
  const begun = writer.beginItem(upsertRequest.vectors, 4 * (record.values?.length ?? 32))
  const badId = writeId(writer, vector.id, id, at, `vectors[${position}].id`)
  if (badId !== undefined) return badId
  if (record.values === undefined && record.sparseValues === undefined) {
    return invalid(at, "values", "a record needs values, sparseValues or both", id)
  }
  const problem = writeVectors(writer, vector, record, at, dimension, id)
  if (problem !== undefined) return problem
  let weight = vectorWeight(record)
  if (record.metadata !== undefined) {
    const metadata = encoded(record.metadata, encodeMetadata, at, id)
    if (metadata instanceof PineconeError.InvalidMetadata) return metadata
    const bytes = writeMetadata(writer, vector.metadata, metadata, at, id)
    if (typeof bytes !== "number") return bytes
    weight += bytes
  }
  writer.endItem(begun)
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

export const writeNamespace = (writer: MessageWriter, to: Field, target: Target): void => {
  if (target.namespace !== undefined) writer.text(to, target.namespace)
}

/** Writes what is before the records of an upsert. */
export const beginUpsert = (writer: MessageWriter): void => {
  writer.begin()
  writer.beginList(upsertRequest.vectors)
}

/** Writes what is behind the records of an upsert. */
export const endUpsert = (writer: MessageWriter, target: Target): void => {
  writer.endList()
  writeNamespace(writer, upsertRequest.namespace, target)
  writer.end()
}
