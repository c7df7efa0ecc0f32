import * as Columns from "@effect-pinecone/parquet/Columns"
import type { Metadata, MetadataValue } from "@effect-pinecone/schema/Metadata"
import type { Data, Field, RecordBatch } from "apache-arrow"
import { DataType } from "apache-arrow"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { ColumnError } from "../ArrowError.js"
import * as cells from "./cells.js"
import { makeTurns } from "./turns.js"

/** The columns of a number of rows. */
export interface Batch {
  readonly rows: number
  readonly fields: ReadonlyArray<Field>
  /** A column, or the name of its type if columns of that type are not read. */
  readonly column: (index: number) => Data | string
}

export const ofRecordBatch = ({ data, numRows, schema }: RecordBatch): Batch => ({
  rows: numRows,
  fields: schema.fields,
  column: (index) => data.children[index] ?? "none"
})

const chunkRows = 1000

type RowReader = (row: number) => Columns.ColumnRecord | Columns.Problem

/** Reads a column by its name, or says which type it must have. */
const columnReader =
  (batch: Batch) =>
  <A>(name: string, expected: string, of: (data: Data, isUuid: boolean) => A | undefined): A | ColumnError => {
    const index = batch.fields.findIndex((field) => field.name === name)
    const column = batch.column(index)
    const isUuid = batch.fields[index]?.metadata.get("ARROW:extension:name") === "arrow.uuid"
    const found = typeof column === "string" ? undefined : of(column, isUuid)
    return found ?? new ColumnError({
      message: `the column "${name}" has the type ${typeof column === "string" ? column : String(column.type)}. ` +
        `Make it ${expected}`,
      column: name
    })
  }

type Reader = ReturnType<typeof columnReader>

const fieldTypes = "strings, numbers, booleans, dates, times or lists of strings, or leave it out"

const metadataReader = (
  column: Reader,
  { asText, metadata }: Columns.Resolved
): cells.Value<Metadata> | ColumnError => {
  if (metadata._tag === "None") return () => undefined
  if (metadata._tag === "Json") {
    const name = metadata.column
    const text = column(name, "JSON text", (data) => cells.texts(name, data))
    if (text instanceof ColumnError) return text
    return (row) => {
      const json = text(row)
      if (json === undefined || json instanceof Columns.Problem) return json
      const parsed = Columns.parseMetadata(json)
      return typeof parsed === "string" ? new Columns.Problem(name, parsed) : parsed
    }
  }
  const readers: Array<{ readonly name: string; readonly cell: cells.Value<unknown> }> = []
  for (const name of metadata.columns) {
    const cell = column(
      name,
      fieldTypes,
      (data, isUuid) => isUuid ? cells.uuids(data) : cells.fields(name, data, asText.has(name))
    )
    if (cell instanceof ColumnError) return cell
    readers.push({ name, cell })
  }
  return (row) => {
    let out: Record<string, MetadataValue> | undefined
    for (const { cell, name } of readers) {
      const found = cell(row)
      const value = Columns.cell(name, found, asText.has(name))
      if (value === undefined) continue
      if (value instanceof Columns.Problem) return value
      out ??= {}
      // A plain assignment to this one name would set the prototype.
      if (name === "__proto__") Object.defineProperty(out, name, { value, enumerable: true })
      else out[name] = value
    }
    return out
  }
}

interface Sparse {
  readonly isValid: cells.Cell<boolean>
  readonly indices: cells.ListCell<Uint32Array>
  readonly weights: cells.ListCell<Float32Array>
}

const sparseOf = (name: string) => (data: Data): Sparse | undefined => {
  if (DataType.isNull(data.type)) {
    return { isValid: () => false, indices: () => undefined, weights: () => undefined }
  }
  if (!DataType.isStruct(data.type)) return undefined
  const { children } = data.type
  const child = (name: string) => data.children[children.findIndex((field) => field.name === name)]
  const [index, weight] = [child("indices"), child("values")]
  const indices = index && cells.indices(`${name}.indices`, index)
  const weights = weight && cells.floats(`${name}.values`, weight)
  return indices && weights && { isValid: (row) => data.getValid(row), indices, weights }
}

/** The first of the columns that stands in the table more than once. */
const repeated = (
  batch: Batch,
  { dimensions, id, metadata, sparseValues, values }: Columns.Resolved
): string | undefined => {
  const fields = metadata._tag === "Fields" ? metadata.columns : metadata._tag === "Json" ? [metadata.column] : []
  const used = new Set([id, sparseValues, ...dimensions ?? [values], ...fields])
  const seen = new Set<string>()
  return batch.fields.find(({ name }) => used.has(name) && seen.size === seen.add(name).size)?.name
}

type Dense = (row: number) => Float32Array | string | Columns.Problem | undefined

/** The dense vectors: lists of one column, or a column for each dimension. */
const denseReader = (column: Reader, { dimensions, values }: Columns.Resolved): Dense | ColumnError | undefined => {
  if (dimensions === undefined) {
    return values === undefined
      ? undefined
      : column(values, "a list of floats", (data) => cells.floats(values, data))
  }
  const readers: Array<cells.Cell<number | undefined>> = []
  for (const name of dimensions) {
    const reader = column(name, "floats, as all dimensions of the embedding are", cells.dimension)
    if (reader instanceof ColumnError) return reader
    readers.push(reader)
  }
  return (row) => Columns.vectorOf(dimensions, (dimension) => readers[dimension]?.(row))
}

const rowReader = (batch: Batch, columns: Columns.Columns | undefined): RowReader | ColumnError => {
  const found = Columns.resolve(batch.fields.map(({ name }) => name), columns)
  if (typeof found === "string") return new ColumnError({ message: `the table ${found}` })
  const twice = repeated(batch, found)
  if (twice !== undefined) {
    return new ColumnError({
      message: `the table has more than one column "${twice}": rename them, or keep only one`,
      column: twice
    })
  }
  const column = columnReader(batch)
  const id = column(
    found.id,
    "a string, or add it to asText if it is an integer",
    (data, isUuid) => isUuid ? cells.uuids(data) : cells.ids(found.id, data, found.asText.has(found.id))
  )
  if (id instanceof ColumnError) return id

  const { sparseValues } = found
  const value = denseReader(column, found)
  if (value instanceof ColumnError) return value
  const sparse = sparseValues === undefined ? undefined : column(
    sparseValues,
    "a struct of indices (a list of integers) and values (a list of floats)",
    sparseOf(sparseValues)
  )
  if (sparse instanceof ColumnError) return sparse
  const metadata = metadataReader(column, found)
  if (metadata instanceof ColumnError) return metadata

  return (row) => {
    const hasSparse = sparse !== undefined && sparse.isValid(row)
    const text = id(row)
    if (text instanceof Columns.Problem) return text
    const record = Columns.toRecord(
      {
        id: text,
        values: value?.(row),
        indices: hasSparse ? sparse.indices(row) : undefined,
        weights: hasSparse ? sparse.weights(row) : undefined
      },
      undefined,
      found
    )
    if (record instanceof Columns.Problem) return record
    const attributes = metadata(row)
    if (attributes === undefined || attributes instanceof Columns.Problem) return attributes ?? record
    return { ...record, metadata: attributes }
  }
}

/** What is counted across the batches of a table or a stream. */
export interface Count {
  /** Records that are still to be left out. */
  skip: number
  /** Rows before the batch that comes next. */
  rows: number
  /** Run between pieces of work. */
  readonly turn: Effect.Effect<void>
}

export const countFrom = (skip: number): Count => ({ skip, rows: 0, turn: makeTurns() })

/** The records of a batch, in chunks, with what `onProblem` makes of rows that are none; an error ends the stream there. */
export const recordsOf = <P>(
  batch: Batch,
  columns: Columns.Columns | undefined,
  count: Count,
  onProblem: (error: ColumnError) => P | ColumnError
): Stream.Stream<Columns.ColumnRecord | P, ColumnError> =>
  Stream.suspend(() => {
    const first = count.rows
    const from = Math.min(count.skip, batch.rows)
    count.rows += batch.rows
    count.skip -= from
    if (from === batch.rows) return Stream.empty
    const read = rowReader(batch, columns)
    if (read instanceof ColumnError) return Stream.fail(read)

    type State = number | ColumnError
    return Stream.unfoldChunkEffect<State, Columns.ColumnRecord | P, ColumnError, never>(from, (state) => {
      if (typeof state !== "number") return Effect.fail(state)
      if (state >= batch.rows) return Effect.succeedNone
      const end = Math.min(batch.rows, state + chunkRows)
      const records: Array<Columns.ColumnRecord | P> = []
      let next: State = end
      for (let row = state; row < end; row++) {
        const record = read(row)
        if (!(record instanceof Columns.Problem)) {
          records.push(record)
          continue
        }
        const { column, message } = record
        const problem = onProblem(
          new ColumnError({ message: `row ${first + row}: ${message}`, column, row: first + row })
        )
        if (problem instanceof ColumnError) {
          next = problem
          break
        }
        records.push(problem)
      }
      return Effect.as(count.turn, Option.some([Chunk.unsafeFromArray(records), next] as const))
    })
  })
