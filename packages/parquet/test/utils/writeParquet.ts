import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import type { SchemaElement } from "hyparquet"
import type { ColumnSource } from "hyparquet-writer"
import { parquetWriteBuffer } from "hyparquet-writer"

export interface WriteRecord {
  readonly id: string | null
  readonly values?: ReadonlyArray<number | null> | Float32Array | null
  readonly sparseValues?: {
    readonly indices: ReadonlyArray<number> | Uint32Array
    readonly values: ReadonlyArray<number> | Float32Array
  }
  /** A text is written as it is, so that a test can write one that is not JSON. */
  readonly metadata?: Readonly<Record<string, unknown>> | string
}

export interface WriteOptions {
  /** Without a namespace the file goes into the root. */
  readonly namespace?: string
  readonly name?: string
  readonly rowGroupSize?: number
  readonly pageSize?: number
  readonly codec?: "SNAPPY" | "UNCOMPRESSED"
  /** How the numbers of `values` are stored. */
  readonly float?: "FLOAT" | "DOUBLE"
  /** Stores the sparse indices as signed 64-bit integers, as some writers do. */
  readonly longIndices?: boolean
  readonly dictionary?: boolean
  readonly jsonType?: boolean
  /** The name of the column of the ids. */
  readonly idName?: string
}

interface Column {
  readonly schema: Array<SchemaElement>
  readonly source: ColumnSource
}

const uint32 = { type: "INT32", converted_type: "UINT_32" } as const

const text = (name: string, converted: "UTF8" | "JSON" = "UTF8"): Array<SchemaElement> => [
  { name, type: "BYTE_ARRAY", converted_type: converted, repetition_type: "OPTIONAL" }
]

/** A list column is a group of three levels: the list, its repeated group, and the element. */
const list = (name: string, element: Omit<SchemaElement, "name" | "repetition_type">): Array<SchemaElement> => [
  { name, repetition_type: "OPTIONAL", num_children: 1, converted_type: "LIST" },
  { name: "list", repetition_type: "REPEATED", num_children: 1 },
  { name: "element", repetition_type: "OPTIONAL", ...element }
]

/** The bytes of a Parquet file with the columns that the records use. */
export const parquetBytes = (records: ReadonlyArray<WriteRecord>, options: WriteOptions = {}): Uint8Array => {
  const encoding = options.dictionary === true ? "RLE_DICTIONARY" : "PLAIN"
  const long = options.longIndices === true
  const json = options.jsonType === true

  const columns: Array<Column> = [{
    schema: text(options.idName ?? "id"),
    source: { name: options.idName ?? "id", data: records.map((record) => record.id) }
  }]
  if (records.some((record) => record.values !== undefined)) {
    columns.push({
      schema: list("values", { type: options.float ?? "FLOAT" }),
      source: {
        name: "values",
        data: records.map((record) => record.values ? Array.from(record.values) : null),
        encoding
      }
    })
  }
  if (records.some((record) => record.sparseValues !== undefined)) {
    const indices = long ? list("indices", { type: "INT64" }) : list("indices", uint32)
    columns.push({
      schema: [
        { name: "sparse_values", repetition_type: "OPTIONAL", num_children: 2 },
        ...indices,
        ...list("values", { type: "FLOAT" })
      ],
      source: {
        name: "sparse_values",
        data: records.map(({ sparseValues }) =>
          sparseValues === undefined ? null : {
            indices: Array.from<number, number | bigint>(sparseValues.indices, (index) => long ? BigInt(index) : index),
            values: Array.from(sparseValues.values)
          }
        ),
        encoding
      }
    })
  }
  if (records.some((record) => record.metadata !== undefined)) {
    columns.push({
      schema: text("metadata", json ? "JSON" : "UTF8"),
      source: {
        name: "metadata",
        data: records.map(({ metadata }) =>
          metadata === undefined ? null : typeof metadata === "string" || json ? metadata : JSON.stringify(metadata)
        )
      }
    })
  }
  return new Uint8Array(parquetWriteBuffer({
    columnData: columns.map((column) => column.source),
    schema: [{ name: "root", num_children: columns.length }, ...columns.flatMap((column) => column.schema)],
    codec: options.codec ?? "SNAPPY",
    statistics: false,
    ...(options.rowGroupSize === undefined ? {} : { rowGroupSize: options.rowGroupSize }),
    ...(options.pageSize === undefined ? {} : { pageSize: options.pageSize })
  }))
}

/** The bytes of a Parquet file with any columns. */
export const anyColumns = (options: Parameters<typeof parquetWriteBuffer>[0]): Uint8Array =>
  new Uint8Array(parquetWriteBuffer(options))

/** Puts the bytes where an import of `root` finds them, and returns the path. */
export const writeBytes = (
  root: string,
  bytes: Uint8Array,
  options: Pick<WriteOptions, "namespace" | "name"> = {}
): Effect.Effect<string, never, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const folder = options.namespace === undefined ? root : path.join(root, options.namespace)
    const file = path.join(folder, options.name ?? "records.parquet")
    yield* fs.makeDirectory(folder, { recursive: true })
    yield* fs.writeFile(file, bytes)
    return file
  }).pipe(Effect.orDie)

/** Writes the records as a file of an import folder, and returns its path. */
export const writeParquet = (
  root: string,
  records: ReadonlyArray<WriteRecord>,
  options: WriteOptions = {}
): Effect.Effect<string, never, FileSystem.FileSystem | Path.Path> =>
  Effect.suspend(() => writeBytes(root, parquetBytes(records, options), options))
