import type * as IndexModel from "@effect-pinecone/schema/IndexModel"
import * as Limits from "@effect-pinecone/schema/Limits"
import * as Metadata from "@effect-pinecone/schema/Metadata"
import * as Namespace from "@effect-pinecone/schema/Namespace"
import * as RecordId from "@effect-pinecone/schema/RecordId"
import * as Vector from "@effect-pinecone/schema/Vector"
import type { StoredRecord } from "./namespaceView.js"

/** What matters of an index to its records. */
export type Model = Pick<IndexModel.IndexModel, "dimension" | "metric" | "vectorType">

const { limits } = Limits

/** Why a dense vector cannot be of this index. */
export const denseProblem = (model: Model, values: Float32Array): string | undefined => {
  if (model.vectorType === "sparse") return "A sparse index takes no dense values."
  if (values.length !== model.dimension) {
    return `Vector dimension ${values.length} does not match the dimension of the index ${model.dimension}`
  }
  if (!Vector.allFinite(values)) return "Vector values must be finite numbers"
  return undefined
}

/** Whether an index is searched by sparse values. Any keeps those that its records have. */
export const searchesSparse = ({ metric, vectorType }: Model): boolean =>
  vectorType === "sparse" || metric === "dotproduct"

/** Why a sparse vector cannot be one. */
export const sparseProblem = (
  { indices, values }: NonNullable<StoredRecord["sparseValues"]>
): string | undefined => {
  if (indices.length !== values.length) {
    return `Sparse indices and values must have the same length, got ${indices.length} indices and ${values.length} values`
  }
  if (indices.length === 0) return "Sparse vectors must contain at least one value"
  if (indices.length > limits.sparseValues) {
    return `Sparse vector has ${indices.length} values, and at most ${limits.sparseValues} are allowed`
  }
  if (!Vector.allFinite(values)) return "Sparse values must be finite numbers"
  if (new Set(indices).size !== indices.length) return "Sparse indices must be unique"
  return undefined
}

/** The bytes of metadata as JSON. */
export const metadataBytes = (metadata: object | undefined): number =>
  metadata === undefined ? 0 : Buffer.byteLength(JSON.stringify(metadata))

const tooMuchMetadata = (metadata: object): string | undefined => {
  const bytes = metadataBytes(metadata)
  return bytes > limits.metadataBytes
    ? `Metadata size is ${bytes} bytes, which exceeds the limit of ${limits.metadataBytes} bytes per vector`
    : undefined
}

/** Why metadata cannot be stored. */
export const metadataProblem = (metadata: object): string | undefined => {
  const found = Metadata.problem(metadata)
  return found === undefined ? tooMuchMetadata(metadata) : found.message
}

/** At least the bytes of metadata as JSON, without writing it. */
const mostMetadataBytes = (metadata: object | undefined): number => {
  // A character has at most six bytes, as in \u0000; what is no text has fewer than thirty.
  const textBytes = (text: string) => 6 * text.length + 8
  let bytes = 2
  for (const [field, value] of Object.entries(metadata ?? {})) {
    bytes += textBytes(field)
    if (typeof value === "string") bytes += textBytes(value)
    else if (Array.isArray(value)) { for (const item of value) bytes += textBytes(String(item)) + 2 }
    else bytes += 30
  }
  return bytes
}

/** Why a record's metadata cannot take a change: both together may be too much. */
export const mergedMetadataProblem = (old: object | undefined, change: object | undefined): string | undefined =>
  // Of most records that is plain to see, however many they are.
  change === undefined || mostMetadataBytes(old) + mostMetadataBytes(change) <= limits.metadataBytes
    ? undefined
    : tooMuchMetadata({ ...old, ...change })

/** A text in a message, which is not to be longer than one. */
const shown = (text: string): string => text.length > 100 ? `${text.slice(0, 100)}...` : text

/** Why an id cannot be one. */
export const idProblem = (id: string, what = "Vector ID"): string | undefined => {
  if (id.length === 0) return `${what} must not be empty`
  if (id.length > limits.idLength) return `${what} of ${id.length} characters exceeds the limit of ${limits.idLength}`
  if (id.includes("\0")) return `${what} must not contain null character`
  return RecordId.isAscii(id) ? undefined : `${what} must be ASCII, but got '${shown(id)}'`
}

/** Why no id can begin with a prefix. */
export const prefixProblem = (prefix: string): string | undefined => {
  if (prefix.length > limits.idLength) {
    return `Prefix of ${prefix.length} characters exceeds the limit of ${limits.idLength}`
  }
  return RecordId.isAscii(prefix) ? undefined : `Prefix must be ASCII, but got '${shown(prefix)}'`
}

/** Why a namespace cannot be one. An empty one, or none, is the default namespace. */
export const namespaceProblem = (namespace: string | undefined): string | undefined => {
  if (namespace === undefined) return undefined
  if (namespace.length > limits.namespaceLength) {
    return `Namespace of ${namespace.length} characters exceeds the limit of ${limits.namespaceLength}`
  }
  return Namespace.isPrintable(namespace)
    ? undefined
    : `Invalid namespace '${shown(namespace)}'. Namespaces names can only be ASCII-printable characters`
}

/** Why a dense vector cannot be stored, whatever it can be searched by. */
export const zerosProblem = (id: string, values: Float32Array): string | undefined =>
  Vector.isAllZeros(values)
    ? `Dense vectors must contain at least one non-zero value. Vector ID '${id}' contains only zeros`
    : undefined

/** Why a record cannot be of this index. */
export const recordProblem = (model: Model, record: StoredRecord): string | undefined => {
  const { id, metadata, sparseValues, values } = record
  const wrong = idProblem(id)
  if (wrong !== undefined) return wrong
  if (values === undefined) {
    if (model.vectorType !== "sparse") return `Vector "${id}" must contain dense values`
    if (sparseValues === undefined) return `Vector "${id}" must contain sparse values`
  } else if (model.vectorType === "sparse") return "Upserting dense vectors is not supported for sparse indexes"
  return (values === undefined ? undefined : denseProblem(model, values) ?? zerosProblem(id, values)) ??
    (sparseValues === undefined ? undefined : sparseProblem(sparseValues)) ??
    (metadata === undefined ? undefined : metadataProblem(metadata))
}

const noSparse =
  "Index configuration does not support sparse values - only indexes that are sparse or using dotproduct are supported"

/** Why an index cannot be searched by these vectors. */
export const queryProblem = (
  model: Model,
  { sparseVector, vector }: {
    readonly vector: Float32Array | undefined
    readonly sparseVector: StoredRecord["sparseValues"]
  }
): string | undefined =>
  (vector === undefined ? undefined : denseProblem(model, vector)) ??
    (sparseVector === undefined ? undefined : searchesSparse(model) ? sparseProblem(sparseVector) : noSparse) ??
    (vector === undefined && model.vectorType !== "sparse"
      ? "A query of a dense index needs a dense vector or an id: a sparse vector alone is for sparse indexes"
      : undefined)

/** What a record weighs in the limit for a request. */
export const weight = ({ id, metadata, sparseValues, values }: StoredRecord): number =>
  id.length + 4 * (values?.length ?? 0) + 8 * (sparseValues?.indices.length ?? 0) + metadataBytes(metadata)

/** The most bytes of the records in an answer. */
const resultBytes = 4 * 2 ** 20

/** Why records are too many, or too large, for one answer. */
export const resultProblem = (
  found: ReadonlyArray<Partial<StoredRecord> & Pick<StoredRecord, "id">>
): string | undefined => {
  let bytes = 0
  for (const { id, metadata, sparseValues, values } of found) bytes += weight({ id, metadata, sparseValues, values })
  return bytes > resultBytes
    ? `Result size of ${bytes} bytes exceeds the maximum of ${resultBytes} bytes: ask for fewer records, or for less of each`
    : undefined
}
