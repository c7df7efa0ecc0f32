import { invalid, mismatch, unreadable } from "../Input.js"
import * as Limits from "../Limits.js"
import * as Metadata from "../Metadata.js"
import * as Namespace from "../Namespace.js"
import * as PineconeError from "../PineconeError.js"
import * as RecordId from "../RecordId.js"
import type { BodyError, EncodeMetadata, Target } from "../RequestBody.js"
import type { Field } from "../RequestFields.js"
import { upsertRequest, vector } from "../RequestFields.js"
import type { DenseValues, SparseValues } from "../Vector.js"
import * as Vector from "../Vector.js"
import type { TextRecord, VectorRecord } from "../VectorRecord.js"
import type { ByteWriter } from "./byteWriter.js"
import { isArray, isInstance, isObject } from "./guards.js"
import type { MessageWriter } from "./messageWriter.js"
import { isMetadataIssue } from "./metadataIssue.js"
import { placed } from "./placed.js"
import { representedObject } from "./represented.js"
import { reason, show } from "./show.js"

export const place = (operation: string, target: Target): Limits.Place => placed({ operation, ...target })

/** What is wrong with the namespace of a request. */
export const namespaceProblem = (at: Limits.Place, { namespace }: Target): BodyError | undefined =>
  namespace === undefined ? undefined : Namespace.problem(at, namespace)

export const writeId = (
  writer: MessageWriter,
  to: Field,
  id: string,
  at: Limits.Place,
  field: string
): BodyError | undefined => {
  const problem = RecordId.problem(at, id, field)
  if (problem === undefined) writer.text(to, id)
  return problem
}

const leaveOut = "leave the record out, or fix the vector"

/** What a dense vector is for: Pinecone searches by zeros, and does not store them. */
export type Use = "stored" | "searched"

export const writeDense = (
  writer: MessageWriter,
  to: Field,
  values: DenseValues,
  at: Limits.Place,
  dimension: number | undefined,
  use: Use,
  recordId?: string
): BodyError | undefined => {
  const field = to.name
  if (!Vector.isDenseValues(values)) {
    return mismatch(at, field, "a Float32Array or an array of numbers", values, recordId)
  }
  if (values.length === 0) return invalid(at, field, "must have at least one number", recordId)
  if (values.length > Limits.limits.dimension) {
    return Limits.exceeded("dimension", `${field}.length`, values.length, at, recordId)
  }
  if (dimension !== undefined && values.length !== dimension) {
    return invalid(
      at,
      field,
      `must have ${dimension} numbers, the dimension of the index, got ${values.length}`,
      recordId
    )
  }
  const bad = writer.floats(to, values)
  if (bad !== -1) return notFinite(at, `${field}[${bad}]`, values[bad], recordId)
  return use === "stored" && Vector.isAllZeros(values)
    ? invalid(
      at,
      field,
      `must have at least one number that is not zero: ${leaveOut}`,
      recordId
    )
    : undefined
}

const isId = (id: unknown): id is string =>
  typeof id === "string" && id !== "" && id.length <= Limits.limits.idLength && RecordId.isAscii(id)

const notFinite = (at: Limits.Place, field: string, value: unknown, recordId: string | undefined) =>
  invalid(at, field, `must be a finite 32-bit float, got ${show(value)}: ${leaveOut}`, recordId)

export const writeSparse = (
  writer: MessageWriter,
  to: Field,
  sparse: SparseValues,
  at: Limits.Place,
  recordId?: string
): BodyError | undefined => {
  const field = to.name
  if (!isObject(sparse)) {
    return mismatch(at, field, "an object of indices and values", sparse, recordId)
  }
  const { indices, values }: { readonly indices?: unknown; readonly values?: unknown } = sparse
  if (!Vector.isSparseIndices(indices)) {
    return mismatch(at, `${field}.indices`, "a Uint32Array or an array of integers", indices, recordId)
  }
  if (!Vector.isDenseValues(values)) {
    return mismatch(at, `${field}.values`, "a Float32Array or an array of numbers", values, recordId)
  }
  if (indices.length !== values.length) {
    return invalid(
      at,
      field,
      `must have a value for each index, got ${indices.length} indices and ${values.length} values`,
      recordId
    )
  }
  if (indices.length === 0) return invalid(at, field, "must have at least one entry", recordId)
  const tooMany = Limits.check("sparseValues", `${field}.indices.length`, indices.length, at, recordId)
  if (tooMany !== undefined) return tooMany
  if (isArray(indices)) {
    for (let i = 0; i < indices.length; i++) {
      const index: unknown = indices[i]
      if (typeof index !== "number" || !Number.isInteger(index) || index < 0) {
        return mismatch(at, `${field}.indices[${i}]`, "an unsigned 32-bit integer", index, recordId)
      }
      const tooHigh = Limits.check("sparseIndex", `${field}.indices[${i}]`, index, at, recordId)
      if (tooHigh !== undefined) return tooHigh
    }
  }
  const bad = writer.sparse(to, { indices, values })
  return bad === -1 ? undefined : notFinite(at, `${field}.values[${bad}]`, values[bad], recordId)
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
  if (stored === undefined) {
    return mismatch(at, to.name, "an object of fields", metadata, recordId)
  }
  const found = Metadata.problem(stored)
  if (found !== undefined) {
    return invalid(at, found.field === "" ? to.name : `${to.name}.${found.field}`, found.message, recordId)
  }
  const bytes = writer.struct(to, stored)
  return bytes > Limits.limits.metadataBytes
    ? Limits.exceeded("metadataBytes", `${to.name} (bytes)`, bytes, at, recordId)
    : bytes
}

const misfit = (at: Limits.Place, recordId: string, path: ReadonlyArray<string | number>, message: string) =>
  new PineconeError.InvalidMetadata({
    ...at,
    recordId,
    path,
    message: `record "${recordId}": its metadata does not match the Schema of the index: ${message}`
  })

/** The stored form of metadata, or what is wrong with it. */
export const encoded = <M>(
  metadata: M,
  encodeMetadata: EncodeMetadata<M>,
  at: Limits.Place,
  recordId: string
): object | PineconeError.InvalidMetadata => {
  try {
    const encoded = encodeMetadata(metadata)
    return isMetadataIssue(encoded) ? misfit(at, recordId, encoded.path, encoded.message) : encoded
  } catch (thrown) {
    // A Schema that reads what throws, or one that throws itself.
    return misfit(at, recordId, [], reason(thrown))
  }
}

export const isInvalidMetadata = (u: unknown): u is PineconeError.InvalidMetadata =>
  isInstance(u, PineconeError.InvalidMetadata)

/** The id of a record that has been written, for its errors. */
export const recordIdOf = (record: { readonly id: unknown }): string | undefined => {
  try {
    return typeof record.id === "string" ? record.id : undefined
  } catch {
    return undefined
  }
}

const notARecord = (at: Limits.Place, field: string, record: unknown): BodyError =>
  mismatch(at, field, "a record", record)

/** As many numbers as a dense vector may have, before it is looked at. */
export const lengthOf = (values: unknown): number =>
  Vector.isDenseValues(values) ? Math.min(values.length, Limits.limits.dimension) : 0

/** The same of those of a record. */
export const numbersOf = (record: unknown): number => {
  try {
    return isObject(record) ? lengthOf(record.values) : 0
  } catch {
    return 0
  }
}

/**
 * Writes a record of an upsert, and gives its weight, or what is wrong with it: a byte a character of its id, 4 a dense
 * number, 8 a sparse entry, and what its metadata has as JSON. What was written of one that is wrong stays.
 */
export const writeRecord = <M>(
  writer: MessageWriter,
  record: VectorRecord<M>,
  at: Limits.Place,
  position: number,
  dimension: number | undefined,
  encodeMetadata: EncodeMetadata<M>
): BodyError | number => {
  // What is being read, for what a getter or a proxy throws.
  let part = ""
  let recordId: string | undefined
  try {
    if (!isObject(record)) return notARecord(at, `vectors[${position}]`, record)
    part = "id"
    const id = record.id
    part = "values"
    const values = record.values
    const begun = writer.beginItem(upsertRequest.vectors, values === undefined ? 128 : 4 * lengthOf(values))
    // Its place is put together where it is wrong alone.
    if (!isId(id)) {
      const problem = RecordId.problem(at, id, `vectors[${position}].id`)
      if (problem !== undefined) return problem
    }
    writer.text(vector.id, id)
    recordId = id
    let weight = id.length
    if (values !== undefined) {
      const problem = writeDense(writer, vector.values, values, at, dimension, "stored", id)
      if (problem !== undefined) return problem
      weight += 4 * values.length
    }
    part = "sparseValues"
    const sparseValues = record.sparseValues
    if (sparseValues !== undefined) {
      const problem = writeSparse(writer, vector.sparseValues, sparseValues, at, id)
      if (problem !== undefined) return problem
      weight += 8 * sparseValues.indices.length
    } else if (values === undefined) {
      return invalid(at, "values", "a record must have values, sparseValues or both", id)
    }
    part = "metadata"
    const metadata = record.metadata
    if (metadata !== undefined) {
      const stored = encoded(metadata, encodeMetadata, at, id)
      if (isInvalidMetadata(stored)) return stored
      const bytes = writeMetadata(writer, vector.metadata, stored, at, id)
      if (typeof bytes !== "number") return bytes
      weight += bytes
    } else if (encodeMetadata.missing !== undefined) {
      const { message, path } = encodeMetadata.missing
      return misfit(at, id, path, message)
    }
    writer.endItem(begun)
    return weight
  } catch (thrown) {
    const field = recordId === undefined ? `vectors[${position}]${part === "" ? "" : `.${part}`}` : part
    return unreadable(at, field, thrown, recordId)
  }
}

/** Writes a text record, and gives its weight, or what is wrong with it. */
export const writeTextRecord = <M>(
  writer: ByteWriter,
  record: TextRecord<M>,
  at: Limits.Place,
  position: number,
  encodeFields: EncodeMetadata<M>
): BodyError | number => {
  let part = ""
  let recordId: string | undefined
  try {
    if (!isObject(record)) return notARecord(at, `records[${position}]`, record)
    part = "id"
    const id = record.id
    const badId = RecordId.problem(at, id, `records[${position}].id`)
    if (badId !== undefined) return badId
    recordId = id
    part = "fields"
    const given = encoded(record.fields, encodeFields, at, id)
    if (isInvalidMetadata(given)) return given
    const stored = representedObject(given)
    if (stored === undefined) return mismatch(at, "fields", "an object of fields", given, id)
    const found = Metadata.problem(stored)
    if (found !== undefined) {
      return invalid(at, found.field === "" ? "fields" : `fields.${found.field}`, found.message, id)
    }
    if (Object.hasOwn(stored, "_id") || Object.hasOwn(stored, "id")) {
      return invalid(at, "fields", "must not have a field called id or _id", id)
    }
    const before = writer.length
    writer.json({ _id: id, ...stored })
    const weight = writer.length - before
    return Limits.check("metadataBytes", "fields (bytes)", weight, at, id) ?? weight
  } catch (thrown) {
    const field = recordId === undefined ? `records[${position}]${part === "" ? "" : `.${part}`}` : part
    return unreadable(at, field, thrown, recordId)
  }
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
