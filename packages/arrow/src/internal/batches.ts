import * as Columns from "@effect-pinecone/parquet/Columns"
import type { Metadata, MetadataValue } from "@effect-pinecone/schema/Metadata"
import type { RecordBatch, Vector } from "apache-arrow"
import { DataType } from "apache-arrow"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { ColumnError } from "../ArrowError.js"
import * as cells from "./cells.js"

const chunkRows = 1000

type RowReader = (row: number) => Columns.ColumnRecord | Columns.Problem

const wrongType = (column: string, vector: Vector | null, expected: string): ColumnError =>
  new ColumnError({
    message: `the column "${column}" has the type ${String(vector?.type)}. Make it ${expected}`,
    column
  })

const metadataReader = (
  batch: RecordBatch,
  metadata: Columns.Resolved["metadata"]
): cells.Cell<Metadata | Columns.Problem | undefined> | ColumnError => {
  if (metadata._tag === "None") return () => undefined
  if (metadata._tag === "Json") {
    const { column } = metadata
    const vector = batch.getChild(column)
    const text = vector === null ? undefined : cells.texts(vector)
    if (text === undefined) return wrongType(column, vector, "JSON text")
    return (row) => {
      const json = text(row)
      const parsed = json === undefined ? undefined : Columns.parseMetadata(json)
      return typeof parsed === "string" ? new Columns.Problem(column, parsed) : parsed
    }
  }
  const readers: Array<{ readonly name: string; readonly cell: cells.Cell<unknown> }> = []
  for (const name of metadata.columns) {
    const vector = batch.getChild(name)
    const cell = vector === null ? undefined : cells.fields(vector)
    if (cell === undefined) {
      return wrongType(name, vector, "strings, numbers, booleans, dates, times or lists of strings, or leave it out")
    }
    readers.push({ name, cell })
  }
  return (row) => {
    let out: Record<string, MetadataValue> | undefined
    for (const { cell, name } of readers) {
      const value = Columns.cell(name, cell(row))
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

const rowReader = (batch: RecordBatch, columns: Columns.Columns | undefined): RowReader | ColumnError => {
  const found = Columns.resolve(batch.schema.fields.map(({ name }) => name), columns)
  if (typeof found === "string") return new ColumnError({ message: `the table ${found}` })
  const ids = batch.getChild(found.id)
  const id = ids === null ? undefined : cells.texts(ids)
  if (id === undefined) return wrongType(found.id, ids, "a string")

  const { sparseValues, values } = found
  const dense = values === undefined ? null : batch.getChild(values)
  const value = values === undefined ? undefined : cells.floats(values, dense?.data[0])
  if (values !== undefined && value === undefined) return wrongType(values, dense, "a list of floats")

  const sparse = sparseValues === undefined ? null : batch.getChild(sparseValues)
  const struct = sparse?.data[0]
  const child = (name: string) => {
    if (struct === undefined || !DataType.isStruct(struct.type)) return undefined
    const index = struct.type.children.findIndex((field) => field.name === name)
    return struct.children[index]
  }
  const index = cells.indices(`${sparseValues}.indices`, child("indices"))
  const weight = cells.floats(`${sparseValues}.values`, child("values"))
  if (sparseValues !== undefined && (index === undefined || weight === undefined)) {
    return wrongType(sparseValues, sparse, "a struct of indices (a list of integers) and values (a list of floats)")
  }
  const metadata = metadataReader(batch, found.metadata)
  if (metadata instanceof ColumnError) return metadata

  return (row) => {
    const hasSparse = struct !== undefined && struct.getValid(row)
    const record = Columns.toRecord(
      {
        id: id(row),
        values: value?.(row),
        indices: hasSparse ? index?.(row) : undefined,
        weights: hasSparse ? weight?.(row) : undefined
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
}

/** The records of a batch, in chunks, with what `onProblem` makes of rows that are none; an error ends the stream there. */
export const recordsOf = <P>(
  batch: RecordBatch,
  columns: Columns.Columns | undefined,
  count: Count,
  onProblem: (error: ColumnError) => P | ColumnError
): Stream.Stream<Columns.ColumnRecord | P, ColumnError> =>
  Stream.suspend(() => {
    const first = count.rows
    const from = Math.min(count.skip, batch.numRows)
    count.rows += batch.numRows
    count.skip -= from
    if (from === batch.numRows) return Stream.empty
    const read = rowReader(batch, columns)
    if (read instanceof ColumnError) return Stream.fail(read)

    type State = number | ColumnError
    return Stream.unfoldChunkEffect<State, Columns.ColumnRecord | P, ColumnError, never>(from, (state) => {
      if (typeof state !== "number") return Effect.fail(state)
      if (state >= batch.numRows) return Effect.succeedNone
      const end = Math.min(batch.numRows, state + chunkRows)
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
      return Effect.succeed(Option.some([Chunk.unsafeFromArray(records), next]))
    })
  })
