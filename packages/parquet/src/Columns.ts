/**
 * Which columns of a table hold the id, the vectors and the metadata of a record: of Parquet files and of Arrow tables
 * alike.
 *
 * ```ts
 * import type * as Columns from "@effect-pinecone/parquet/Columns"
 *
 * // The embedding has a name of its own, and the other columns become fields of the metadata.
 * const columns: Columns.Columns = { values: "text_embedding", metadata: "rest" }
 * ```
 *
 * @since 0.1.0
 */
import * as Metadata from "@effect-pinecone/schema/Metadata"
import type { SparseVector } from "@effect-pinecone/schema/Vector"
import type { VectorRecord } from "@effect-pinecone/schema/VectorRecord"

/**
 * @since 0.1.0
 * @category models
 */
export interface Columns {
  /**
   * A column of strings.
   *
   * @default "id", or else "_id"
   */
  readonly id?: string | undefined
  /**
   * A column of lists of floats.
   *
   * @default "values", or else "vector", or else "embedding", if there is one
   */
  readonly values?: string | undefined
  /**
   * A column of structs of `indices`, a list of integers, and `values`, a list of floats.
   *
   * @default "sparse_values", if there is one
   */
  readonly sparseValues?: string | undefined
  /**
   * A column of JSON texts; or a list of columns, each of which becomes a field of the metadata; or `"rest"` for all
   * columns that are not one of the above. Strings, numbers, booleans and lists of strings are kept as they are, dates and
   * times become ISO 8601 texts, and nulls are left out.
   *
   * @default "metadata", if there is one
   */
  readonly metadata?: string | ReadonlyArray<string> | undefined
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
  readonly values: string | undefined
  readonly sparseValues: string | undefined
  readonly metadata:
    | { readonly _tag: "None" }
    | { readonly _tag: "Json"; readonly column: string }
    | { readonly _tag: "Fields"; readonly columns: ReadonlyArray<string> }
}

const quoted = (names: ReadonlyArray<string>): string =>
  names.length === 0 ? "no columns" : names.map((name) => JSON.stringify(name)).join(", ")

/**
 * Finds the columns in a table that has these, or says which are missing.
 *
 * @since 0.1.0
 * @category constructors
 */
export const resolve = (available: ReadonlyArray<string>, columns: Columns = {}): Resolved | string => {
  const has = new Set(available)
  const first = (...names: ReadonlyArray<string>) =>
    (columns.aliases === false ? names.slice(0, 1) : names).find((name) => has.has(name))
  for (const name of [columns.id, columns.values, columns.sparseValues]) {
    if (name !== undefined && !has.has(name)) return `has no column ${JSON.stringify(name)}, but ${quoted(available)}`
  }
  const id = columns.id ?? first("id", "_id")
  if (id === undefined) {
    return `has no column "id", but ${
      quoted(available)
    }. Write the columns id, values, and metadata, or name the column ` +
      "of the ids"
  }
  const values = columns.values ?? first("values", "vector", "embedding")
  const sparseValues = columns.sparseValues ?? first("sparse_values")
  if (values === undefined && sparseValues === undefined) {
    return "has neither a column \"values\" nor a column \"sparse_values\", " +
      `but ${quoted(available)}. Write the vectors into one, or name their column`
  }
  const { metadata } = columns
  if (metadata === undefined) {
    return {
      id,
      values,
      sparseValues,
      metadata: has.has("metadata") ? { _tag: "Json", column: "metadata" } : { _tag: "None" }
    }
  }
  if (metadata === "rest") {
    const used = [id, values, sparseValues]
    return {
      id,
      values,
      sparseValues,
      metadata: { _tag: "Fields", columns: available.filter((name) => !used.includes(name)) }
    }
  }
  const missing = typeof metadata === "string"
    ? has.has(metadata) ? undefined : metadata
    : metadata.find((name) => !has.has(name))
  if (missing !== undefined) return `has no column ${JSON.stringify(missing)}, but ${quoted(available)}`
  return {
    id,
    values,
    sparseValues,
    metadata: typeof metadata === "string" ? { _tag: "Json", column: metadata } : { _tag: "Fields", columns: metadata }
  }
}

const rules = "write a string, a finite number, a boolean, or a list of strings"

const fieldProblem = (field: string, value: unknown): string => {
  const name = JSON.stringify(field)
  if (value === null) return `the metadata field ${name} is null: leave the field out`
  if (Array.isArray(value)) return `the metadata field ${name} is a list not of strings: ${rules}`
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

const perMilli = { MICROSECOND: [1000n, 3], NANOSECOND: [1_000_000n, 6] } as const

/**
 * A time in UTC as an ISO 8601 text, with more than three digits of the second where it has them; NaN for a time that
 * has no such text.
 *
 * @since 0.1.0
 * @category conversions
 */
export const isoTime = (
  time: bigint,
  unit: "SECOND" | "MILLISECOND" | "MICROSECOND" | "NANOSECOND"
): string | number => {
  let millis = unit === "SECOND" ? time * 1000n : time
  let rest = 0n
  let digits = 0
  if (unit === "MICROSECOND" || unit === "NANOSECOND") {
    const [factor, width] = perMilli[unit]
    millis = time / factor
    rest = time % factor
    digits = width
    if (rest < 0n) {
      rest += factor
      millis -= 1n
    }
  }
  const date = new Date(Number(millis))
  if (Number.isNaN(date.getTime())) return Number.NaN
  const text = date.toISOString()
  return rest === 0n ? text : `${text.slice(0, -1)}${rest.toString().padStart(digits, "0").replace(/0+$/, "")}Z`
}

/**
 * A day, counted from 1970-01-01, as an ISO 8601 text; NaN for a day that has no such text.
 *
 * @since 0.1.0
 * @category conversions
 */
export const isoDate = (days: number): string | number => {
  const time = isoTime(BigInt(days) * 86_400n, "SECOND")
  return typeof time === "string" ? time.slice(0, time.indexOf("T")) : time
}

/**
 * What is wrong with a record: in which column, and how to mend it.
 *
 * @since 0.1.0
 * @category models
 */
export class Problem {
  constructor(readonly column: string, readonly message: string) {}
}

/**
 * What metadata holds for the cell of a column, nothing for a null, or what is wrong with it.
 *
 * @since 0.1.0
 * @category conversions
 */
export const cell = (column: string, value: unknown): Metadata.MetadataValue | Problem | undefined => {
  if (value === undefined || value === null) return undefined
  if (typeof value === "string" || typeof value === "boolean") return value
  if (typeof value === "number" && Number.isFinite(value)) return value
  if (typeof value === "bigint" && value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER) {
    return Number(value)
  }
  if (isTexts(value)) return value
  return new Problem(
    column,
    `${column} is ${String(value).slice(0, 100)}, which metadata cannot hold: ` +
      (typeof value === "bigint" ? "write it as a text" : rules)
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
  readonly id: string | undefined
  readonly values: Float32Array | string | undefined
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
  if (id === undefined) return new Problem(columns.id, "the id is missing: write a string that is not empty")
  if (id === "") return new Problem(columns.id, "the id is empty: write a string that is not empty")
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
      `the row has neither ${columns.values ?? "values"} nor ${sparse}: write at least one of them`
    )
  }
  return { id, values, sparseValues, metadata }
}
