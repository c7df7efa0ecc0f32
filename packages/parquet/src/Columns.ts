/**
 * Which columns of a table hold the id, the vectors and the metadata of a record: of Parquet files and of Arrow tables
 * alike.
 *
 * ```ts
 * import type * as Columns from "@effect-pinecone/parquet/Columns"
 *
 * // The embedding has a name of its own, and the other columns become fields of the metadata.
 * const columns: Columns.Columns = { values: "text_embedding", metadata: "rest" }
 *
 * // Each dimension has a column of its own, and the ids are integers.
 * const wide: Columns.Columns = { id: "row", values: { pattern: "emb_*" }, asText: ["row"] }
 * ```
 *
 * @since 0.1.0
 */
import * as Metadata from "@effect-pinecone/schema/Metadata"
import type { SparseVector } from "@effect-pinecone/schema/Vector"
import type { VectorRecord } from "@effect-pinecone/schema/VectorRecord"
import * as decimals from "./internal/decimal.js"
import { dimensionsOf } from "./internal/dimensions.js"
import * as times from "./internal/times.js"

/**
 * The columns of an embedding that has a column for each dimension: `{ pattern: "emb_*" }` for `emb_0`, `emb_1` and so on.
 * The `*` stands for a number, counted from 0 or from 1, and the columns are taken in the order of their numbers. None may be
 * missing.
 *
 * @since 0.1.0
 * @category models
 */
export interface ColumnPattern {
  readonly pattern: string
}

/**
 * Which columns of a file hold which part of a record.
 *
 * @since 0.1.0
 * @category models
 */
export interface Columns {
  /**
   * A column of strings or UUIDs; or of integers, if {@link Columns.asText} names it.
   *
   * @default "id", or else "_id"
   */
  readonly id?: string | undefined
  /**
   * A column of lists of floats of 16, 32 or 64 bits; or the pattern of the names of columns of such floats, one for each
   * dimension.
   *
   * @default "values", or else "vector", or else "embedding", if there is one
   */
  readonly values?: string | ColumnPattern | undefined
  /**
   * A column of structs of `indices`, a list of integers, and `values`, a list of floats.
   *
   * @default "sparse_values", if there is one
   */
  readonly sparseValues?: string | undefined
  /**
   * A column of JSON texts; or a list of columns, each of which becomes a field of the metadata; or `"rest"` for all
   * columns that are not one of the above. Strings, numbers, booleans and lists of strings are kept as they are. Dates, times,
   * timestamps and intervals become ISO 8601 texts, and UUIDs their usual text. Nulls are left out.
   *
   * @default "metadata", if there is one
   */
  readonly metadata?: string | ReadonlyArray<string> | undefined
  /**
   * The columns whose numbers are read as texts, digit for digit: an id that is an integer, and integers and decimals that a
   * 64-bit float cannot hold exactly. Without this, such an id is an error of the column, and such a number an error of its
   * row.
   *
   * @default none
   */
  readonly asText?: ReadonlyArray<string> | undefined
  /**
   * Whether `_id`, `vector` and `embedding` are looked for too. Pinecone's import does not.
   *
   * @default true
   */
  readonly aliases?: boolean | undefined
}

/**
 * The columns of a table that are used.
 *
 * @since 0.1.0
 * @category models
 */
export interface Resolved {
  readonly id: string
  /** The column of lists, or the pattern of the columns in `dimensions`. */
  readonly values: string | undefined
  /** The columns of an embedding that has a column for each dimension, in the order of the dimensions. */
  readonly dimensions: ReadonlyArray<string> | undefined
  readonly sparseValues: string | undefined
  readonly metadata:
    | { readonly _tag: "None" }
    | { readonly _tag: "Json"; readonly column: string }
    | { readonly _tag: "Fields"; readonly columns: ReadonlyArray<string> }
  readonly asText: ReadonlySet<string>
}

/** The most names of columns that a message lists. */
const mostNames = 30

const quoted = (names: ReadonlyArray<string>): string => {
  if (names.length === 0) return "no columns"
  const shown = names.slice(0, mostNames).map((name) => JSON.stringify(name)).join(", ")
  return names.length > mostNames ? `${shown} and ${names.length - mostNames} more` : shown
}

const isPattern = (values: unknown): values is ColumnPattern =>
  typeof values === "object" && values !== null && "pattern" in values

/**
 * Finds the columns in a table that has these, or says which are missing.
 *
 * @since 0.1.0
 * @category constructors
 */
export const resolve = (available: ReadonlyArray<string>, columns: Columns = {}): Resolved | string => {
  const has = new Set(available)
  const lacks = (name: string) => `has no column ${JSON.stringify(name)}, but ${quoted(available)}`
  const first = (...names: ReadonlyArray<string>) =>
    (columns.aliases === false ? names.slice(0, 1) : names).find((name) => has.has(name))
  const pattern = isPattern(columns.values) ? columns.values.pattern : undefined
  const named = isPattern(columns.values) ? undefined : columns.values
  const metadata = columns.metadata ?? first("metadata")
  const fields = typeof metadata === "object"
    ? metadata
    : metadata === undefined || metadata === "rest"
    ? []
    : [metadata]
  for (const name of [columns.id, named, columns.sparseValues, ...fields, ...columns.asText ?? []]) {
    if (name !== undefined && !has.has(name)) return lacks(name)
  }
  const id = columns.id ?? first("id", "_id")
  if (id === undefined) {
    return `has no column "id", but ${
      quoted(available)
    }. Write the columns id, values, and metadata, or name the column ` +
      "of the ids"
  }
  const dimensions = pattern === undefined ? undefined : dimensionsOf(available, String(pattern))
  if (typeof dimensions === "string") return dimensions
  const values = pattern ?? named ?? first("values", "vector", "embedding")
  const sparseValues = columns.sparseValues ?? first("sparse_values")
  if (values === undefined && sparseValues === undefined) {
    return "has neither a column \"values\" nor a column \"sparse_values\", " +
      `but ${quoted(available)}. Write the vectors into one, or name their column`
  }
  const used = new Set([id, sparseValues, ...dimensions ?? [values]])
  return {
    id,
    values,
    dimensions,
    sparseValues,
    metadata: metadata === undefined
      ? { _tag: "None" }
      : metadata === "rest"
      ? { _tag: "Fields", columns: available.filter((name) => !used.has(name)) }
      : typeof metadata === "string"
      ? { _tag: "Json", column: metadata }
      : { _tag: "Fields", columns: metadata },
    asText: new Set(columns.asText)
  }
}

const rules = "write a string, a finite number, a boolean, or a list of strings"

const fieldProblem = (field: string, value: unknown): string => {
  const name = JSON.stringify(field)
  if (value === null) return `the metadata field ${name} is null: leave the field out`
  if (Array.isArray(value)) return `the metadata field ${name} is not a list of strings: ${rules}`
  return `the metadata field ${name} is ${typeof value === "number" ? "too large" : "an object"}: ${rules}`
}

/**
 * The metadata of a JSON text, or what is wrong with it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const parseMetadata = (text: string): Metadata.Metadata | string => {
  let metadata: unknown
  try {
    metadata = JSON.parse(text)
  } catch (error) {
    return `the metadata is not valid JSON (${error instanceof Error ? error.message : String(error)}): ` +
      "write a JSON object, or null"
  }
  if (typeof metadata !== "object" || metadata === null || Array.isArray(metadata)) {
    return "the metadata is not a JSON object: write an object, or leave the cell null"
  }
  return isMetadata(metadata) ? metadata : problemOf(metadata)
}

const isMetadata = (metadata: object): metadata is Metadata.Metadata => Metadata.problem(metadata) === undefined

const problemOf = (metadata: object): string => {
  const field = Metadata.problem(metadata)?.field ?? ""
  return fieldProblem(field, Object.getOwnPropertyDescriptor(metadata, field)?.value)
}

/**
 * A time in UTC as an ISO 8601 text, with more than three digits of the second where it has them; NaN for a time that
 * has no such text.
 *
 * @since 0.1.0
 * @category conversions
 */
export const isoTime: (time: bigint, unit: times.Unit) => string | number = times.isoTime

/**
 * A day, counted from 1970-01-01, as an ISO 8601 text; NaN for a day that has no such text.
 *
 * @since 0.1.0
 * @category conversions
 */
export const isoDate: (days: number) => string | number = times.isoDate

/**
 * A time of a day, counted from midnight, as an ISO 8601 text; NaN for what is not one.
 *
 * @since 0.1.0
 * @category conversions
 */
export const isoTimeOfDay: (time: bigint, unit: times.Unit) => string | number = times.isoTimeOfDay

/**
 * What is wrong with a record: in which column, and how to fix it.
 *
 * @since 0.1.0
 * @category models
 */
export class Problem {
  /** `isMissing` if the value is missing, rather than wrong. */
  constructor(readonly column: string, readonly message: string, readonly isMissing: boolean = false) {}
}

const orAsText = (column: string): string => `add ${JSON.stringify(column)} to asText, or write it as a text`

/**
 * A decimal: the 64-bit float nearest to it, which gives back all of its digits, or else what is wrong; or a text of all its
 * digits.
 *
 * @since 0.1.0
 * @category conversions
 */
export const decimal = (
  column: string,
  unscaled: bigint,
  scale: number,
  asText: boolean
): number | string | Problem => {
  const value = asText ? decimals.decimalText(unscaled, scale) : decimals.decimalNumber(unscaled, scale)
  return value ?? new Problem(
    column,
    `${column} is ${decimals.decimalText(unscaled, scale)}, which has more digits than a 64-bit float: ${
      orAsText(column)
    }`
  )
}

/**
 * What metadata holds for the cell of a column, nothing for a null, or what is wrong with it.
 *
 * @since 0.1.0
 * @category conversions
 */
export const cell = (
  column: string,
  value: unknown,
  asText = false
): Metadata.MetadataValue | Problem | undefined => {
  if (value === undefined || value === null) return undefined
  if (typeof value === "string" || value instanceof Problem) return value
  if (asText && !Array.isArray(value)) return String(value)
  if (typeof value === "boolean") return value
  if (typeof value === "number" && Number.isFinite(value)) return value
  if (typeof value === "bigint" && value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER) {
    return Number(value)
  }
  if (isTexts(value)) return value
  return new Problem(
    column,
    `${column} is ${String(value).slice(0, 100)}, which metadata cannot hold: ` +
      (typeof value === "bigint" ? orAsText(column) : rules)
  )
}

const isTexts = (value: unknown): value is ReadonlyArray<string> =>
  Array.isArray(value) && value.every((item) => typeof item === "string")

/**
 * The parts of a record. A text stands for a list whose numbers are wrong, and says why.
 *
 * @since 0.1.0
 * @category models
 */
export interface Parts {
  readonly id: string | Problem | undefined
  readonly values: Float32Array | string | Problem | undefined
  readonly indices: Uint32Array | string | undefined
  readonly weights: Float32Array | string | undefined
}

/**
 * A record whose vectors are typed arrays.
 *
 * @since 0.1.0
 * @category models
 */
export interface ColumnRecord extends VectorRecord {
  readonly values: Float32Array | undefined
  readonly sparseValues: SparseVector | undefined
  readonly metadata: Metadata.Metadata | undefined
}

/**
 * The vector of a row whose embedding has a column for each dimension: undefined where all of them are null, or what is wrong
 * with one. It is written to `out`, if that is given.
 *
 * @since 0.1.0
 * @category conversions
 */
export const vectorOf = (
  dimensions: ReadonlyArray<string>,
  at: (dimension: number) => unknown,
  out: Float32Array = new Float32Array(dimensions.length)
): Float32Array | Problem | undefined => {
  let missing: number | undefined
  let wrong: number | undefined
  let found = 0
  for (let i = 0; i < out.length; i++) {
    const value = at(i)
    if (value === undefined || value === null) {
      missing ??= i
      continue
    }
    found++
    const stored = typeof value === "number" ? value : Number.NaN
    out[i] = stored
    if (out[i]! - out[i]! !== 0) wrong ??= i
  }
  if (found === 0) return undefined
  const index = missing ?? wrong
  if (index === undefined) return out
  const column = dimensions[index] ?? ""
  return new Problem(
    column,
    index === missing
      ? `${column} is null, but other dimensions of the embedding are not: write finite 32-bit floats`
      : `${column} is ${String(at(index))}, not a finite 32-bit float: write finite 32-bit floats`
  )
}

/**
 * The record of the parts, or what is wrong with them.
 *
 * @since 0.1.0
 * @category constructors
 */
export const toRecord = (
  { id, indices, values, weights }: Parts,
  metadata: Metadata.Metadata | undefined,
  columns: Resolved
): ColumnRecord | Problem => {
  if (id instanceof Problem) return id
  if (values instanceof Problem) return values
  if (id === undefined) {
    return new Problem(columns.id, "the id is missing: write a string of at least one character", true)
  }
  if (id === "") return new Problem(columns.id, "the id is empty: write a string of at least one character")
  if (typeof values === "string") {
    return new Problem(columns.values ?? "values", `${values}: write finite 32-bit floats`)
  }
  const sparse = columns.sparseValues ?? "sparse_values"
  if (typeof indices === "string") return new Problem(sparse, `${indices}: write 32-bit unsigned integers`)
  if (typeof weights === "string") return new Problem(sparse, `${weights}: write finite 32-bit floats`)
  let sparseValues: SparseVector | undefined
  if (indices !== undefined && weights !== undefined && indices.length === weights.length) {
    sparseValues = { indices, values: weights }
  } else if (indices !== undefined || weights !== undefined) {
    return new Problem(
      sparse,
      `${sparse} has ${indices?.length ?? 0} indices and ${weights?.length ?? 0} values: ` +
        "write as many indices as values"
    )
  }
  if (values === undefined && sparseValues === undefined) {
    return new Problem(
      columns.values ?? sparse,
      `the row has neither ${columns.values ?? "values"} nor ${sparse}: write at least one of them`,
      true
    )
  }
  return { id, values, sparseValues, metadata }
}
