import { isWellFormed } from "@effect-pinecone/schema/Input"
import * as Metadata from "@effect-pinecone/schema/Metadata"
import { allFinite } from "@effect-pinecone/schema/Vector"
import type { DenseValues } from "@effect-pinecone/schema/Vector"
import type { VectorRecord } from "@effect-pinecone/schema/VectorRecord"
import type { ColumnMetaData, RowGroup, SchemaElement } from "hyparquet"
import { ByteWriter } from "hyparquet-writer/src/bytewriter.js"
import { writeMetadata } from "hyparquet-writer/src/metadata.js"
import { snappyCompress } from "hyparquet-writer/src/snappy.js"
import { serializeTCompactProtocol } from "hyparquet-writer/src/thrift.js"
import { Problem } from "../Columns.js"
import type { Position } from "../ParquetWriter.js"
import { crc32 } from "./crc32.js"

export type Codec = "SNAPPY" | "UNCOMPRESSED"

const pageBytes = 1024 * 1024

const encoder = new TextEncoder()

/** Bytes that grow at their end. */
const growing = () => {
  let bytes = new Uint8Array(64 * 1024)
  let length = 0
  const reserve = (more: number): void => {
    if (length + more <= bytes.length) return
    const larger = new Uint8Array(Math.max(bytes.length * 2, length + more))
    larger.set(bytes.subarray(0, length))
    bytes = larger
  }
  return {
    length: () => length,
    clear: () => {
      length = 0
    },
    view: () => bytes.subarray(0, length),
    varint: (value: number) => {
      reserve(5)
      let left = value
      while (left > 127) {
        bytes[length++] = (left & 127) | 128
        left >>>= 7
      }
      bytes[length++] = left
    },
    byte: (value: number) => {
      reserve(1)
      bytes[length++] = value
    },
    append: (more: Uint8Array) => {
      reserve(more.length)
      bytes.set(more, length)
      length += more.length
    },
    /** A text after its length, in four bytes. */
    text: (value: string): void => {
      reserve(4 + value.length * 3)
      const { written } = encoder.encodeInto(value, bytes.subarray(length + 4))
      new DataView(bytes.buffer).setUint32(length, written, true)
      length += 4 + written
    }
  }
}

/** Levels as runs of one repeated value, so that a list of any length takes a few bytes. */
const runs = () => {
  const bytes = growing()
  let value = 0
  let count = 0
  const flush = () => {
    if (count > 0) {
      bytes.varint(count * 2)
      bytes.byte(value)
    }
    count = 0
  }
  return {
    push: (level: number, times: number) => {
      if (times === 0) return
      if (level !== value) flush()
      value = level
      count += times
    },
    /** The bytes since the last call. */
    take: (): Uint8Array => {
      flush()
      const taken = bytes.view().slice()
      bytes.clear()
      return taken
    }
  }
}

const lengthOf = (bytes: Uint8Array): Uint8Array => {
  const out = new Uint8Array(4)
  new DataView(out.buffer).setUint32(0, bytes.length, true)
  return out
}

const joined = (parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

interface Leaf {
  readonly path: ReadonlyArray<string>
  readonly type: "BYTE_ARRAY" | "FLOAT" | "INT32"
  readonly maxDefinition: number
  readonly isList: boolean
}

/** Where the pages of a column stand in the file, and how much they hold. */
type Extent = Position["groups"][number]["columns"][number]

/** The pages of one column in the row group that is being filled. */
interface Column {
  readonly text: (value: string | undefined) => void
  readonly list: (values: ArrayBufferView | undefined, length: number) => void
  /** Bytes that the row group holds of it. */
  readonly held: () => number
  /** The pages of the row group, and where they stand in the file if they start at `offset`. */
  readonly take: (offset: number) => { readonly pages: ReadonlyArray<Uint8Array>; readonly extent: Extent }
  /** Whether any row of the file has a value. */
  readonly isUsed: () => boolean
}

const columnOf = (leaf: Leaf, codec: Codec, wasUsed: boolean): Column => {
  const { isList, maxDefinition } = leaf
  const values = growing()
  const repetition = runs()
  const definition = runs()
  let count = 0
  let pages: Array<Uint8Array> = []
  let held = 0
  let total = 0
  let uncompressed = 0
  let used = wasUsed

  const flush = () => {
    if (count === 0) return
    const levels = [...(isList ? [repetition.take()] : []), ...(maxDefinition > 0 ? [definition.take()] : [])]
    const plain = joined([...levels.flatMap((bytes) => [lengthOf(bytes), bytes]), values.view()])
    const packed = codec === "SNAPPY" ? snappyCompress(plain) : plain
    const header = new ByteWriter()
    serializeTCompactProtocol(header, {
      // A data page of plain values, whose levels are in runs.
      field_1: 0,
      field_2: plain.length,
      field_3: packed.length,
      field_4: crc32(packed),
      field_5: { field_1: count, field_2: 0, field_3: 3, field_4: 3 }
    })
    const page = joined([header.getBytes(), packed])
    pages.push(page)
    held += page.length
    uncompressed += page.length - packed.length + plain.length
    total += count
    count = 0
    values.clear()
  }

  return {
    text: (value) => {
      if (value === undefined) {
        definition.push(0, 1)
      } else {
        if (maxDefinition > 0) definition.push(maxDefinition, 1)
        values.text(value)
        used = true
      }
      count++
      if (values.length() >= pageBytes) flush()
    },
    list: (list, length) => {
      // A page ends between two rows, so one is begun where the list would not fit.
      if (count > 0 && values.length() + length * 4 > pageBytes) flush()
      repetition.push(0, 1)
      if (list === undefined) {
        definition.push(0, 1)
        count++
        return
      }
      repetition.push(1, length - 1)
      definition.push(maxDefinition, length)
      values.append(new Uint8Array(list.buffer, list.byteOffset, list.byteLength))
      count += length
      used = true
    },
    held: () => held + values.length(),
    isUsed: () => used,
    take: (offset) => {
      flush()
      const taken = { pages, extent: { values: total, uncompressed, bytes: held, offset } }
      pages = []
      held = 0
      total = 0
      uncompressed = 0
      return taken
    }
  }
}

const textElement = (name: string, repetition: "REQUIRED" | "OPTIONAL"): SchemaElement => ({
  name,
  type: "BYTE_ARRAY",
  converted_type: "UTF8",
  logical_type: { type: "STRING" },
  repetition_type: repetition
})

/** A list column is a group of three levels: the list, its repeated group, and the element. */
const listElements = (name: string, element: Partial<SchemaElement>): ReadonlyArray<SchemaElement> => [
  { name, repetition_type: "OPTIONAL", num_children: 1, converted_type: "LIST", logical_type: { type: "LIST" } },
  { name: "list", repetition_type: "REPEATED", num_children: 1 },
  { name: "element", repetition_type: "OPTIONAL", ...element }
]

/** Without the newer annotation: its width is written as an integer of another size than DuckDB accepts. */
const uint32: Partial<SchemaElement> = { type: "INT32", converted_type: "UINT_32" }

/** The values as 32-bit floats, little-endian, or the position of one that is none. */
const toFloats = (values: DenseValues): Float32Array | number => {
  const floats = values instanceof Float32Array ? values : Float32Array.from(values)
  return allFinite(floats) ? floats : floats.findIndex((value) => value - value !== 0)
}

const toIndices = (indices: ArrayLike<number>): Uint32Array | number => {
  if (indices instanceof Uint32Array) return indices
  const out = new Uint32Array(indices.length)
  for (let i = 0; i < indices.length; i++) {
    out[i] = indices[i]!
    if (out[i] !== indices[i]) return i
  }
  return out
}

/** Builds a file in memory, row group by row group. */
export interface FileEncoder {
  /** Takes a record, or says what is wrong with it. */
  readonly add: (record: VectorRecord) => Problem | undefined
  /** Records so far. */
  readonly records: () => number
  /** Bytes of the file so far, with those of the row group that is being filled. */
  readonly bytes: () => number
  /** Bytes that the row group holds that is being filled. */
  readonly pending: () => number
  /** The bytes that start the file, and those of a row group that is complete. */
  readonly rowGroup: () => ReadonlyArray<Uint8Array>
  /** How far the file is, with the row groups that are complete alone. */
  readonly position: () => Position
  /** The bytes that end the file. */
  readonly footer: () => Uint8Array
}

const metaOf = (
  { path, type }: Leaf,
  codec: Codec,
  { bytes, offset, uncompressed, values }: Extent
): ColumnMetaData => ({
  type,
  encodings: ["RLE", "PLAIN"],
  path_in_schema: [...path],
  codec,
  num_values: BigInt(values),
  total_uncompressed_size: BigInt(uncompressed),
  total_compressed_size: BigInt(bytes),
  data_page_offset: BigInt(offset)
})

/** A file from its beginning, or from where an earlier run of the same codec has stopped. */
export const fileEncoder = (codec: Codec, from?: Position): FileEncoder => {
  const list = { maxDefinition: 3, isList: true }
  const nested = { maxDefinition: 4, isList: true }
  const leaves: ReadonlyArray<Leaf> = [
    { path: ["id"], type: "BYTE_ARRAY", maxDefinition: 0, isList: false },
    { ...list, path: ["values", "list", "element"], type: "FLOAT" },
    { ...nested, path: ["sparse_values", "indices", "list", "element"], type: "INT32" },
    { ...nested, path: ["sparse_values", "values", "list", "element"], type: "FLOAT" },
    { path: ["metadata"], type: "BYTE_ARRAY", maxDefinition: 1, isList: false }
  ]
  const columns = leaves.map((leaf, i) => columnOf(leaf, codec, from?.used[i] === true))
  const [id, values, indices, weights, metadata] = [columns[0]!, columns[1]!, columns[2]!, columns[3]!, columns[4]!]
  const groups = [...from?.groups ?? []]
  let written = from?.bytes ?? 0
  let rows = from?.records ?? 0
  let groupRows = 0

  const pending = () => columns.reduce((sum, column) => sum + column.held(), 0)

  const rowGroup = () => {
    const out: Array<Uint8Array> = []
    if (written === 0) {
      out.push(encoder.encode("PAR1"))
      written = 4
    }
    if (groupRows === 0) return out
    const extents = columns.map((column) => {
      const { extent, pages } = column.take(written)
      for (const page of pages) out.push(page)
      written += extent.bytes
      return extent
    })
    groups.push({ columns: extents, rows: groupRows })
    groupRows = 0
    return out
  }

  return {
    records: () => rows,
    bytes: () => written + pending(),
    pending,
    rowGroup,
    position: () => ({
      records: rows - groupRows,
      bytes: written,
      used: columns.map((column) => column.isUsed()),
      groups: [...groups]
    }),
    add: (record) => {
      if (typeof record.id !== "string" || record.id === "") {
        return new Problem("id", "the id is empty: use a string of at least one character")
      }
      // A lone half of a pair has no bytes in UTF-8, and would come back as another character.
      if (!isWellFormed(record.id)) {
        return new Problem("id", "the id has half of a surrogate pair, which is not valid text: use another id")
      }
      const dense = record.values === undefined ? undefined : toFloats(record.values)
      if (typeof dense === "number") {
        return new Problem("values", `values[${dense}] is ${String(record.values?.[dense])}: give finite 32-bit floats`)
      }
      const { sparseValues } = record
      const index = sparseValues === undefined ? undefined : toIndices(sparseValues.indices)
      const weight = sparseValues === undefined ? undefined : toFloats(sparseValues.values)
      if (typeof index === "number" || typeof weight === "number" || index?.length !== weight?.length) {
        return new Problem(
          "sparse_values",
          "sparseValues needs as many indices, integers from 0 to 4294967295, as values, finite 32-bit floats"
        )
      }
      if ((dense?.length ?? 0) === 0 && (index?.length ?? 0) === 0) {
        return new Problem("values", "the record has neither values nor sparseValues: give it at least one of them")
      }
      const wrong = record.metadata === undefined ? undefined : Metadata.problem(record.metadata)
      if (wrong !== undefined) return new Problem("metadata", wrong.message)
      id.text(record.id)
      values.list(dense?.length === 0 ? undefined : dense, dense?.length ?? 0)
      const sparse = index?.length === 0 ? undefined : index
      indices.list(sparse, sparse?.length ?? 0)
      weights.list(sparse && weight, sparse?.length ?? 0)
      metadata.text(record.metadata === undefined ? undefined : JSON.stringify(record.metadata))
      rows++
      groupRows++
      return undefined
    },
    footer: () => {
      // A column without a value in the whole file is left out, with the few bytes that its pages of nulls have taken.
      const sparse = indices.isUsed()
      const kept = columns.map((column) => column === id || column.isUsed() || (column === values && !sparse))
      const children = [true, kept[1], sparse, kept[4]].filter((isKept) => isKept).length
      const schema: Array<SchemaElement> = [
        { name: "root", num_children: children },
        textElement("id", "REQUIRED"),
        ...(kept[1] ? listElements("values", { type: "FLOAT" }) : []),
        ...(sparse
          ? [
            { name: "sparse_values", repetition_type: "OPTIONAL", num_children: 2 } as const,
            ...listElements("indices", uint32),
            ...listElements("values", { type: "FLOAT" })
          ]
          : []),
        ...(kept[4] ? [textElement("metadata", "OPTIONAL")] : [])
      ]
      const rowGroups = groups.map(({ columns: extents, rows }): RowGroup => {
        const used = extents.map((extent, i) => metaOf(leaves[i]!, codec, extent)).filter((_, i) => kept[i])
        return {
          columns: used.map((meta) => ({ file_offset: meta.data_page_offset, meta_data: meta })),
          total_byte_size: used.reduce((sum, meta) => sum + meta.total_uncompressed_size, 0n),
          total_compressed_size: used.reduce((sum, meta) => sum + meta.total_compressed_size, 0n),
          num_rows: BigInt(rows)
        }
      })
      const out = new ByteWriter()
      writeMetadata(out, {
        version: 2,
        schema,
        num_rows: BigInt(rows),
        row_groups: rowGroups,
        created_by: "effect-pinecone",
        metadata_length: 0
      })
      out.appendBytes(encoder.encode("PAR1"))
      const bytes = out.getBytes()
      written += bytes.length
      return bytes
    }
  }
}
