import type { Metadata, MetadataValue } from "@effect-pinecone/schema/Metadata"
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Columns from "../Columns.js"
import type { ParquetError } from "../ParquetError.js"
import type { FileColumns, FlatColumn } from "./columns.js"
import { columnsOf } from "./columns.js"
import type { OpenFile } from "./file.js"
import { open } from "./file.js"
import type { RowGroup } from "./metadata.js"
import type { Cursor } from "./pages.js"
import { cursor } from "./pages.js"
import type { Target } from "./sinks.js"
import { dimensionSink, flatSink, floats, integers, listSink, textListSink } from "./sinks.js"

/** What is wrong with a row. */
export interface RowProblem {
  readonly file: string
  /** Counted from zero in the file. */
  readonly row: number
  readonly column: string
  /** What is wrong, and how to fix it. */
  readonly message: string
  /** Whether there is no value at all, rather than a wrong one. */
  readonly isMissing: boolean
}

/** Records of one file that follow each other, and the rows between them that are none. */
export interface Rows {
  readonly file: string
  /** Which row of the file is the first of these, counted from zero. */
  readonly start: number
  /** How many rows these are. */
  readonly count: number
  readonly records: ReadonlyArray<Columns.ColumnRecord>
  readonly problems: ReadonlyArray<RowProblem>
}

/** Reads the rows of one row group, which all columns share, chunk by chunk. */
type GroupReader = (count: number) => Effect.Effect<ReadonlyArray<Columns.ColumnRecord | Columns.Problem>, ParquetError>

/** What a cell of texts has: a text, nothing, or what is wrong with it. */
const textOf = (cell: unknown): string | Columns.Problem | undefined =>
  typeof cell === "string" || cell instanceof Columns.Problem ? cell : undefined

type MetadataCursor = (count: number) => Effect.Effect<
  (row: number) => Metadata | Columns.Problem | undefined,
  ParquetError
>

const none = () => undefined

const jsonCursor = (column: string, texts: Cursor<unknown>): MetadataCursor => (count) =>
  Effect.map(texts(count), (texts) => (row) => {
    const json = textOf(texts[row])
    if (json === undefined || json instanceof Columns.Problem) return json
    const metadata = Columns.parseMetadata(json)
    return typeof metadata === "string" ? new Columns.Problem(column, metadata) : metadata
  })

interface FieldCursor {
  readonly name: string
  readonly take: Cursor<unknown>
}

const fieldsCursor = (fields: ReadonlyArray<FieldCursor>): MetadataCursor => (count) =>
  Effect.map(Effect.forEach(fields, ({ take }) => take(count)), (columns) => (row) => {
    let metadata: Record<string, MetadataValue> | undefined
    for (let i = 0; i < fields.length; i++) {
      const { name } = fields[i]!
      const value = Columns.cell(name, columns[i]?.[row])
      if (value === undefined) continue
      if (value instanceof Columns.Problem) return value
      metadata ??= {}
      // A plain assignment to this one name would set the prototype.
      if (name === "__proto__") Object.defineProperty(metadata, name, { value, enumerable: true })
      else metadata[name] = value
    }
    return metadata
  })

/** Vectors of rows that follow each other, of columns that each hold one number of them. */
const dimensionsCursor = (
  file: OpenFile,
  group: RowGroup,
  dimensions: ReadonlyArray<FlatColumn>
): Effect.Effect<Cursor<Float32Array | Columns.Problem | undefined>, ParquetError> =>
  Effect.gen(function*() {
    const names = dimensions.map(({ name }) => name)
    const width = names.length
    const target: Target = { block: new Float32Array(0), at: 0, stride: width, wrong: new Map() }
    const cursors = yield* Effect.forEach(
      dimensions,
      (column) => cursor(file, group, column, dimensionSink(column, target), 4 / width)
    )
    return (count) =>
      Effect.gen(function*() {
        const block = new Float32Array(count * width)
        target.block = block
        target.wrong.clear()
        const present: Array<ReadonlyArray<boolean>> = []
        for (const [dimension, take] of cursors.entries()) {
          target.at = dimension
          present.push(yield* take(count))
        }
        const isWhole = target.wrong.size === 0 && present.every((column) => !column.includes(false))
        return Array.from({ length: count }, (_, row) => {
          const start = row * width
          const vector = block.subarray(start, start + width)
          return isWhole ? vector : Columns.vectorOf(
            names,
            (dimension) =>
              present[dimension]?.[row] === true
                ? target.wrong.get(start + dimension) ?? block[start + dimension]
                : undefined,
            vector
          )
        })
      })
  })

const groupReader = (
  file: OpenFile,
  columns: FileColumns,
  resolved: Columns.Resolved,
  group: RowGroup
): Effect.Effect<GroupReader, ParquetError> =>
  Effect.gen(function*() {
    const { dimensions, fields, json, sparse, values: dense } = columns
    const ids = yield* cursor(file, group, columns.id, flatSink(columns.id))
    const values: Cursor<Float32Array | string | Columns.Problem | undefined> | undefined = dimensions !== undefined
      ? yield* dimensionsCursor(file, group, dimensions)
      : dense && (yield* cursor(file, group, dense, listSink(dense, floats)))
    const indices = sparse && (yield* cursor(file, group, sparse.indices, listSink(sparse.indices, integers)))
    const weights = sparse && (yield* cursor(file, group, sparse.values, listSink(sparse.values, floats)))
    const texts = json && (yield* cursor(file, group, json, flatSink(json)))
    const others = fields && (yield* Effect.forEach(fields, (field) =>
      Effect.map(
        cursor(file, group, field, field.isList ? textListSink(field) : flatSink(field)),
        (take): FieldCursor => ({ name: field.name, take })
      )))
    const metadata: MetadataCursor = json !== undefined && texts !== undefined
      ? jsonCursor(json.name, texts)
      : others !== undefined
      ? fieldsCursor(others)
      : () => Effect.succeed(none)

    return (count) =>
      Effect.gen(function*() {
        // One after another, because the columns share the position of the file.
        const id = yield* ids(count)
        const value = values && (yield* values(count))
        const index = indices && (yield* indices(count))
        const weight = weights && (yield* weights(count))
        const metadataOf = yield* metadata(count)
        const out = new Array<Columns.ColumnRecord | Columns.Problem>(count)
        for (let row = 0; row < count; row++) {
          const parts = { id: textOf(id[row]), values: value?.[row], indices: index?.[row], weights: weight?.[row] }
          const record = Columns.toRecord(parts, undefined, resolved)
          if (record instanceof Columns.Problem) {
            out[row] = record
          } else {
            const found = metadataOf(row)
            out[row] = found === undefined
              ? record
              : found instanceof Columns.Problem
              ? found
              : { ...record, metadata: found }
          }
        }
        return out
      })
  })

interface Position {
  readonly group: number
  readonly reader: GroupReader | undefined
  /** Rows of the group that are left. */
  readonly left: number
  readonly row: number
}

/**
 * Reads the rows of a file in chunks. A chunk does not cross a row group, and the memory in use is that of a chunk and of
 * one page for each column. What `skip` leaves out is not read where it is whole row groups; `skip.left` is lowered by what
 * was left out.
 */
export const rowsOf = (
  source: string,
  chunkRows: number,
  columns: Columns.Columns | undefined,
  skip: { left: number }
): Stream.Stream<Rows, ParquetError, FileSystem.FileSystem> =>
  Stream.unwrapScoped(Effect.gen(function*() {
    const file = yield* open(source)
    const { path } = file
    const { groups, rows } = file.metadata
    if (skip.left >= rows && skip.left > 0) {
      skip.left -= rows
      return Stream.empty
    }
    const [fileColumns, resolved] = yield* columnsOf(path, file.metadata, columns)

    const next = (position: Position): Effect.Effect<Option.Option<[Rows, Position]>, ParquetError> =>
      Effect.gen(function*() {
        let { group, left, reader, row } = position
        while (left === 0) {
          const entry = groups[group++]
          if (entry === undefined) return Option.none()
          left = entry.rows
          if (skip.left >= left) {
            skip.left -= left
            row += left
            left = 0
            continue
          }
          reader = yield* groupReader(file, fileColumns, resolved, entry)
          while (skip.left > 0) {
            const skipped = Math.min(skip.left, chunkRows)
            yield* file.giveWay
            yield* reader(skipped)
            skip.left -= skipped
            row += skipped
            left -= skipped
          }
        }
        if (reader === undefined) return Option.none()
        yield* file.giveWay
        const count = Math.min(left, chunkRows)
        const found = yield* reader(count)
        const records: Array<Columns.ColumnRecord> = []
        const problems: Array<RowProblem> = []
        for (let i = 0; i < found.length; i++) {
          const record = found[i]!
          if (record instanceof Columns.Problem) {
            const { column, isMissing, message } = record
            problems.push({ file: path, row: row + i, column, message, isMissing })
          } else {
            records.push(record)
          }
        }
        return Option.some([
          { file: path, start: row, count, records, problems },
          { group, reader, left: left - count, row: row + count }
        ])
      })

    return Stream.unfoldEffect<Position, Rows, ParquetError, never>(
      { group: 0, reader: undefined, left: 0, row: 0 },
      next
    )
  }))
