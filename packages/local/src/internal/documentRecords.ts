import type { Json } from "@effect-pinecone/schema/Documents"
import * as Input from "@effect-pinecone/schema/Input"
import * as Limits from "@effect-pinecone/schema/Limits"
import * as Vector from "@effect-pinecone/schema/Vector"
import * as Effect from "effect/Effect"
import type { DocumentFields } from "./documentFields.js"
import * as documentFields from "./documentFields.js"
import type { StoredRecord } from "./namespaceView.js"
import * as problem from "./problem.js"
import * as records from "./records.js"

// A document is stored as a record: its dense field is the record's values, its sparse field the sparse values, and all else,
// texts and metadata, the metadata.

const { limits } = Limits

type Fields = Readonly<Record<string, unknown>>

/** What the fields of a document are to a record. Texts that are embedded are there twice, or only here if not stored. */
export interface Read {
  readonly values: Float32Array | undefined
  readonly sparseValues: StoredRecord["sparseValues"]
  readonly metadata: Fields
  readonly toEmbed: string | undefined
  readonly toEmbedSparse: string | undefined
}

/** The names that an answer, or a change, gives a meaning of its own. */
const taken: ReadonlySet<string> = new Set(["_id", "_score", "_remove_fields"])

const shown = (name: string): string => `'${name.slice(0, 100)}'`

const words = /[\p{L}\p{M}\p{N}]+/gu

/** A text of fewer characters cannot have too many words, as there is something between them. */
const shortText = 2 * limits.textTokens

const textProblem = (fields: DocumentFields, name: string, value: unknown): string | undefined => {
  if (typeof value !== "string") return `Field ${shown(name)} must be a string`
  const bytes = Buffer.byteLength(value)
  if (bytes > limits.textBytes) {
    return `Field ${shown(name)} is ${bytes} bytes long, which exceeds the limit of ${limits.textBytes} bytes per text`
  }
  if (value.length < shortText || !fields.fullText.has(name)) return undefined
  const tokens = value.match(words)?.length ?? 0
  return tokens > limits.textTokens
    ? `Field ${
      shown(name)
    } has ${tokens} tokens, which exceeds the limit of ${limits.textTokens} tokens per full-text field`
    : undefined
}

const denseOf = ({ dimension, name }: NonNullable<DocumentFields["dense"]>, value: unknown): Float32Array | string => {
  const values = Array.isArray(value) ? Vector.toFloat32Array(value) : 0
  if (typeof values === "number") return `Field ${shown(name)} must be an array of ${dimension} finite numbers`
  return values.length !== dimension
    ? `Field ${shown(name)} has ${values.length} values, which does not match its dimension of ${dimension}`
    : Vector.isAllZeros(values)
    ? `Field ${shown(name)} must contain at least one non-zero value`
    : values
}

const sparseOf = (name: string, value: unknown): NonNullable<StoredRecord["sparseValues"]> | string => {
  const { indices, values } = Input.isObject(value) ? value : { indices: undefined, values: undefined }
  const read = {
    indices: Array.isArray(indices) ? Vector.toUint32Array(indices) : 0,
    values: Array.isArray(values) ? Vector.toFloat32Array(values) : 0
  }
  if (typeof read.indices === "number" || typeof read.values === "number") {
    return `Field ${
      shown(name)
    } must have indices, an array of 32-bit unsigned integers, and values, an array of finite numbers`
  }
  const vector = { indices: read.indices, values: read.values }
  const wrong = records.sparseProblem(vector)
  return wrong === undefined ? vector : `Field ${shown(name)}: ${wrong}`
}

const metadataProblem = (name: string, value: unknown): string | undefined =>
  typeof value === "string" || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value)) ||
    (Array.isArray(value) && value.every((item) => typeof item === "string"))
    ? undefined
    : `Field ${shown(name)} must be a boolean, number, string, or array of strings`

const nameProblem = (name: string): string | undefined =>
  name.startsWith("$")
    ? `Field name ${shown(name)} must not start with '$'`
    : taken.has(name)
    ? `Field name ${shown(name)} is reserved`
    : undefined

/** Reads the fields of a document, or says what is wrong with one. */
export const read = (fields: DocumentFields, given: Fields): Read | string => {
  let values: Float32Array | undefined
  let sparseValues: StoredRecord["sparseValues"]
  let toEmbed: string | undefined
  let toEmbedSparse: string | undefined
  const metadata: Array<[string, unknown]> = []
  for (const [name, value] of Object.entries(given)) {
    if (name === fields.dense?.name) {
      const dense = denseOf(fields.dense, value)
      if (typeof dense === "string") return dense
      values = dense
    } else if (name === fields.sparse?.name) {
      const sparse = sparseOf(name, value)
      if (typeof sparse === "string") return sparse
      sparseValues = sparse
    } else if (fields.texts.has(name)) {
      const wrong = textProblem(fields, name, value)
      if (wrong !== undefined) return wrong
      const text = String(value)
      if (name === fields.embed?.name) toEmbed = text
      if (name === fields.sparseEmbed?.name) toEmbedSparse = text
      if (!fields.unstored.has(name)) metadata.push([name, text])
    } else {
      const wrong = nameProblem(name) ?? metadataProblem(name, value)
      if (wrong !== undefined) return wrong
      metadata.push([name, value])
    }
  }
  return { values, sparseValues, metadata: Object.fromEntries(metadata), toEmbed, toEmbedSparse }
}

/** Why a document cannot be stored as a whole: what it weighs with its texts, and its metadata without them. */
export const sizeProblem = (fields: DocumentFields, record: StoredRecord): string | undefined => {
  const weight = records.weight(record)
  if (weight > limits.requestBytes) {
    return `Document "${record.id}" is ${weight} bytes, which exceeds the limit of ${limits.requestBytes} bytes per document`
  }
  // Most are far from it with all of their texts.
  if (weight <= limits.metadataBytes) return undefined
  const bytes = records.metadataBytes(
    Object.fromEntries(Object.entries(record.metadata ?? {}).filter(([name]) => !fields.texts.has(name)))
  )
  return bytes > limits.metadataBytes
    ? `The metadata of document "${record.id}" is ${bytes} bytes, which exceeds the limit of ${limits.metadataBytes} bytes ` +
      "for the fields that are not in the schema"
    : undefined
}

/** Why an id cannot be one. */
export const idProblem = (id: string): string | undefined => records.idProblem(id, "Document _id")

/** The fields of a document that an answer is to have. */
export type Included = "all" | ReadonlySet<string>

const noFields: ReadonlySet<string> = new Set()

/** What is asked for: `*` is every field, and what nothing says is up to the operation. */
export const included = (
  fields: DocumentFields,
  names: ReadonlyArray<string> | undefined,
  byDefault: "all" | "none"
): Effect.Effect<Included, problem.Problem> => {
  if (names === undefined || names.length === 0) return Effect.succeed(byDefault === "all" ? "all" : noFields)
  const unstored = names.find((name) => fields.unstored.has(name))
  return unstored === undefined
    ? Effect.succeed(names.includes("*") ? "all" : new Set(names))
    : problem.badRequest(
      `include_fields cannot name ${shown(unstored)}: the field has store_text false, so its text is not kept`
    )
}

/** Whether vectors are asked for. */
export const includesVectors = ({ dense, sparse }: DocumentFields, names: Included): boolean =>
  names === "all"
    ? dense !== undefined || sparse !== undefined
    : (dense !== undefined && names.has(dense.name)) || (sparse !== undefined && names.has(sparse.name))

/** A stored document with these fields, as it is answered. */
export const write = (
  { dense, sparse }: DocumentFields,
  { id, metadata, sparseValues, values }: StoredRecord,
  names: Included,
  more: Fields = {}
): Json => {
  const all: Array<[string, unknown]> = Object.entries(metadata ?? {})
  if (dense !== undefined && values !== undefined) all.push([dense.name, values])
  if (sparse !== undefined && sparseValues !== undefined) all.push([sparse.name, sparseValues])
  const wanted = names === "all" ? all : all.filter(([name]) => names.has(name))
  return { _id: id, ...more, ...Object.fromEntries(wanted) }
}

/** The same record without some of its fields. */
export const without = (
  fields: DocumentFields,
  record: StoredRecord,
  names: ReadonlySet<string>
): StoredRecord => {
  if (names.size === 0) return record
  const { dense, sparse, sparseEmbed } = fields
  return {
    id: record.id,
    values: dense !== undefined && names.has(dense.name) ? undefined : record.values,
    sparseValues: (sparse !== undefined && names.has(sparse.name)) ||
        (sparseEmbed !== undefined && names.has(sparseEmbed.name))
      ? undefined
      : record.sparseValues,
    metadata: Object.fromEntries(Object.entries(record.metadata ?? {}).filter(([name]) => !names.has(name)))
  }
}

/** Whether a document has one of the fields in the schema. */
export const hasField = (fields: DocumentFields, given: Fields): boolean =>
  Object.keys(given).some((name) => documentFields.has(fields, name))
