import type * as Columns from "@effect-pinecone/parquet/Columns"
import * as NodeStream from "@effect/platform-node/NodeStream"
import { parse } from "csv-parse"
import { stringify } from "csv-stringify/sync"
import type { VectorRecord } from "effect-pinecone/VectorRecord"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { unusable } from "../problem.js"
import { nameOf } from "../standard.js"
import type { Item } from "./format.js"
import { unreadable } from "./format.js"

const Numbers = Schema.decodeOption(Schema.parseJson(Schema.Array(Schema.Number)))

const Sparse = Schema.decodeOption(
  Schema.parseJson(Schema.Struct({ indices: Schema.Array(Schema.Number), values: Schema.Array(Schema.Number) }))
)

const Value = Schema.Union(Schema.String, Schema.Number, Schema.Boolean, Schema.mutable(Schema.Array(Schema.String)))

const Metadata = Schema.decodeOption(Schema.parseJson(Schema.Record({ key: Schema.String, value: Value })))

const Row = Schema.Struct({
  record: Schema.Record({ key: Schema.String, value: Schema.String }),
  info: Schema.Struct({ lines: Schema.Int })
})

/** A cell of a column that is a field by itself: a number or a truth value only where that is exactly its text. */
const valueOf = (cell: string): string | number | boolean =>
  cell === "true"
    ? true
    : cell === "false"
    ? false
    : String(Number(cell)) === cell && cell !== "NaN"
    ? Number(cell)
    : cell

const recordOf = (file: string, columns: Columns.Columns, { info, record }: typeof Row.Type): Item => {
  const where = `line ${info.lines}`
  const named = (name: unknown, ...others: ReadonlyArray<string>) =>
    typeof name === "string" ? name : others.find((other) => Object.hasOwn(record, other))
  const idColumn = named(columns.id, "id", "_id")
  const valuesColumn = named(columns.values, "values", "vector", "embedding")
  const sparseColumn = named(columns.sparseValues, "sparse_values")
  const cell = (column: string | undefined) =>
    column === undefined || record[column] === "" ? undefined : record[column]
  const id = cell(idColumn)
  if (id === undefined) return unreadable(file, where, `the column "${idColumn ?? "id"}" must have the id`, "id")
  const values = cell(valuesColumn)
  const numbers = values === undefined
    ? undefined
    : Numbers(values.startsWith("[") ? values : `[${values.trim().split(/[\s;,]+/).join(",")}]`)
  if (numbers !== undefined && Option.isNone(numbers)) {
    return unreadable(file, where, `the column "${valuesColumn}" must be numbers, such as [0.1,0.2]`, "values")
  }
  const sparse = cell(sparseColumn)
  const sparseValues = sparse === undefined ? undefined : Sparse(sparse)
  if (sparseValues !== undefined && Option.isNone(sparseValues)) {
    return unreadable(
      file,
      where,
      `the column "${sparseColumn}" must be JSON with "indices" and "values"`,
      "sparseValues"
    )
  }
  const used = new Set([idColumn, valuesColumn, sparseColumn])
  const { metadata: from } = columns
  const fields = from === "rest"
    ? Object.keys(record).filter((name) => !used.has(name))
    : Array.isArray(from)
    ? from
    : undefined
  const json = fields === undefined ? cell(typeof from === "string" ? from : "metadata") : undefined
  const stored = json === undefined ? undefined : Metadata(json)
  if (stored !== undefined && Option.isNone(stored)) {
    return unreadable(
      file,
      where,
      "the column of the metadata must be a JSON object of texts, numbers, truth values and lists of texts",
      "metadata"
    )
  }
  const texts = new Set(columns.asText ?? [])
  const metadata = fields !== undefined
    ? Object.fromEntries(fields.flatMap((name) => {
      const text = cell(name)
      return text === undefined ? [] : [[name, texts.has(name) ? text : valueOf(text)] as const]
    }))
    : stored === undefined
    ? undefined
    : stored.value
  return {
    id,
    ...(numbers === undefined || numbers.value.length === 0 ? {} : { values: numbers.value }),
    ...(sparseValues === undefined ? {} : { sparseValues: sparseValues.value }),
    ...(metadata === undefined || Object.keys(metadata).length === 0 ? {} : { metadata })
  }
}

const messageOf = (error: unknown): string => error instanceof Error ? error.message : String(error)

/** The rows of a table with a line of titles. */
export const read = <E, R>(file: string, bytes: Stream.Stream<Uint8Array, E, R>, columns: Columns.Columns = {}) =>
  Stream.map(
    NodeStream.pipeThroughDuplex(
      bytes,
      () => parse({ columns: true, bom: true, info: true, skip_empty_lines: true }),
      (error) => unusable(`${nameOf(file)} cannot be read as CSV: ${messageOf(error)}`)
    ),
    (row: unknown) => Schema.is(Row)(row) ? recordOf(file, columns, row) : unreadable(file, "a row", "cannot be read")
  )

export const head = "id,values,sparse_values,metadata\n"

export const lines = (records: ReadonlyArray<VectorRecord>): string =>
  stringify(records.map(({ id, metadata, sparseValues, values }) => [
    id,
    values === undefined || values.length === 0 ? "" : JSON.stringify(Array.from(values)),
    sparseValues === undefined || sparseValues.indices.length === 0 ? "" : JSON.stringify({
      indices: Array.from(sparseValues.indices),
      values: Array.from(sparseValues.values)
    }),
    metadata === undefined || Object.keys(metadata).length === 0 ? "" : JSON.stringify(metadata)
  ]))
