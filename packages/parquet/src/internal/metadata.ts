import * as Input from "@effect-pinecone/schema/Input"
import type { Shape, Struct } from "./thrift.js"
import * as thrift from "./thrift.js"
import { numberOf, structOf } from "./thrift.js"

const types = ["BOOLEAN", "INT32", "INT64", "INT96", "FLOAT", "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"] as const

export type Type = typeof types[number]

const codecs = ["UNCOMPRESSED", "SNAPPY", "GZIP", "LZO", "BROTLI", "LZ4", "ZSTD", "LZ4_RAW"] as const

export type Codec = typeof codecs[number]

const encodings = [
  "PLAIN",
  "GROUP_VAR_INT",
  "PLAIN_DICTIONARY",
  "RLE",
  "BIT_PACKED",
  "DELTA_BINARY_PACKED",
  "DELTA_LENGTH_BYTE_ARRAY",
  "DELTA_BYTE_ARRAY",
  "RLE_DICTIONARY",
  "BYTE_STREAM_SPLIT"
] as const

export type Encoding = typeof encodings[number]

const repetitions = ["REQUIRED", "OPTIONAL", "REPEATED"] as const

/** The older annotations. */
const converted = [
  "UTF8",
  "MAP",
  "MAP_KEY_VALUE",
  "LIST",
  "ENUM",
  "DECIMAL",
  "DATE",
  "TIME_MILLIS",
  "TIME_MICROS",
  "TIMESTAMP_MILLIS",
  "TIMESTAMP_MICROS",
  "UINT_8",
  "UINT_16",
  "UINT_32",
  "UINT_64",
  "INT_8",
  "INT_16",
  "INT_32",
  "INT_64",
  "JSON",
  "BSON",
  "INTERVAL"
] as const

/** The newer annotations, by their numbers in a union. */
const logical = [
  "",
  "STRING",
  "MAP",
  "LIST",
  "ENUM",
  "DECIMAL",
  "DATE",
  "TIME",
  "TIMESTAMP",
  "",
  "INTEGER",
  "NULL",
  "JSON",
  "BSON",
  "UUID",
  "FLOAT16",
  "VARIANT",
  "GEOMETRY",
  "GEOGRAPHY"
] as const

const units = [undefined, "MILLISECOND", "MICROSECOND", "NANOSECOND"] as const

export type Unit = "MILLISECOND" | "MICROSECOND" | "NANOSECOND"

/** An element of the schema with those below it. */
export interface Node {
  readonly name: string
  readonly repetition: typeof repetitions[number]
  readonly children: ReadonlyArray<Node>
  readonly type: Type | undefined
  /** How long each value of a type of fixed length is. */
  readonly length: number
  readonly converted: typeof converted[number] | undefined
  /** `"UNKNOWN"` for one that came after this was written. */
  readonly logical: typeof logical[number] | "UNKNOWN" | undefined
  readonly scale: number
  readonly unit: Unit | undefined
  /** Of an integer; undefined where it is not said. */
  readonly isSigned: boolean | undefined
}

/** The bytes of a column in a row group. */
export interface Chunk {
  readonly type: Type | undefined
  readonly codec: Codec | undefined
  readonly values: number
  readonly start: number
  readonly bytes: number
}

export interface RowGroup {
  readonly rows: number
  /** By the path of the column, joined by {@link pathKey}. */
  readonly chunks: ReadonlyMap<string, Chunk>
}

export interface FileMetadata {
  readonly rows: number
  readonly root: Node
  readonly groups: ReadonlyArray<RowGroup>
}

export const pathKey = (names: ReadonlyArray<string>): string => names.join("\0")

export const isCount = (value: unknown): value is number => Input.isWholeNumber(value)

const footerShape: Shape = {
  2: {
    1: null,
    2: null,
    3: null,
    4: null,
    5: null,
    6: null,
    7: null,
    10: {
      ...Object.fromEntries(logical.map((_, index) => [index, {}])),
      5: { 1: null },
      7: { 2: { 1: {}, 2: {}, 3: {} } },
      8: { 2: { 1: {}, 2: {}, 3: {} } },
      10: { 1: null, 2: null }
    }
  },
  3: null,
  4: { 1: { 3: { 1: null, 3: null, 4: null, 5: null, 7: null, 9: null, 11: null } }, 3: null }
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true })

const textOf = (value: thrift.Value | undefined): string => value instanceof Uint8Array ? decoder.decode(value) : ""

const logicalOf = (union: Struct | undefined): Pick<Node, "logical" | "unit" | "isSigned"> => {
  if (union === undefined) return { logical: undefined, unit: undefined, isSigned: undefined }
  const number = union.fields.findIndex((field) => field !== undefined)
  const unit = structOf(structOf(union, number), 2)
  const signed = structOf(union, 10)?.fields[2]
  return {
    logical: logical[number] || "UNKNOWN",
    unit: number === 7 || number === 8 ? units[unit?.fields.findIndex((field) => field !== undefined) ?? 0] : undefined,
    isSigned: typeof signed === "boolean" ? signed : undefined
  }
}

const convertedUnits: Partial<Record<string, Unit>> = {
  TIME_MILLIS: "MILLISECOND",
  TIME_MICROS: "MICROSECOND",
  TIMESTAMP_MILLIS: "MILLISECOND",
  TIMESTAMP_MICROS: "MICROSECOND"
}

const maxDepth = 32

/** The tree of a list of elements, each before those below it; undefined where the counts of children do not fit. */
const treeOf = (elements: ReadonlyArray<Struct>): Node | undefined => {
  let at = 0
  const next = (depth: number): Node | undefined => {
    const element = elements[at++]
    if (element === undefined || depth > maxDepth) return undefined
    const count = numberOf(element, 5) ?? 0
    if (!isCount(count) || count > elements.length - at) return undefined
    const children: Array<Node> = []
    for (let i = 0; i < count; i++) {
      const child = next(depth + 1)
      if (child === undefined) return undefined
      children.push(child)
    }
    const annotation = converted[numberOf(element, 6) ?? -1]
    const newer = logicalOf(structOf(element, 10))
    return {
      name: textOf(element.fields[4]),
      repetition: repetitions[numberOf(element, 3) ?? 0] ?? "REQUIRED",
      children,
      type: count > 0 ? undefined : types[numberOf(element, 1) ?? -1],
      length: numberOf(element, 2) ?? 0,
      converted: annotation,
      ...newer,
      unit: newer.unit ?? convertedUnits[annotation ?? ""],
      isSigned: newer.isSigned ?? (annotation === undefined ? undefined : !annotation.startsWith("UINT_")),
      scale: numberOf(structOf(structOf(element, 10), 5), 1) ?? numberOf(element, 7) ?? 0
    }
  }
  const root = next(1)
  return at === elements.length ? root : undefined
}

const chunkOf = (meta: Struct): readonly [string, Chunk] | undefined => {
  const path = meta.fields[3]
  if (!thrift.isList(path)) return undefined
  // The dictionary stands before the values; some writers say 0 where there is none.
  const start = numberOf(meta, 11) || numberOf(meta, 9)
  return [pathKey(path.map(textOf)), {
    type: types[numberOf(meta, 1) ?? -1],
    codec: codecs[numberOf(meta, 4) ?? -1],
    values: numberOf(meta, 5) ?? -1,
    start: start ?? -1,
    bytes: numberOf(meta, 7) ?? -1
  }]
}

/** Reads a footer, or says why it is refused: its counts must agree with each other. */
export const parseFooter = (bytes: Uint8Array): FileMetadata | string => {
  const { status, struct } = thrift.parse(bytes, footerShape)
  if (status !== "complete") return "a list or a text in it is longer than the footer, or it has no end"
  const elements = thrift.structsOf(struct, 2)
  const rowGroups = thrift.structsOf(struct, 4)
  if (elements === undefined || rowGroups === undefined) return "it has no schema or no row groups"
  const root = treeOf(elements)
  if (root === undefined) return "its schema has more or fewer columns than it announces"
  const groups: Array<RowGroup> = []
  let sum = 0
  for (const group of rowGroups) {
    const rows = numberOf(group, 3)
    const columns = thrift.structsOf(group, 1)
    if (!isCount(rows) || columns === undefined) return "a row group has no columns or no row count"
    const chunks = new Map<string, Chunk>()
    for (const column of columns) {
      const meta = structOf(column, 3)
      // Without, the column is encrypted.
      if (meta === undefined) continue
      const chunk = chunkOf(meta)
      if (chunk === undefined) return "a column of a row group has no path"
      chunks.set(...chunk)
    }
    groups.push({ rows, chunks })
    sum += rows
  }
  return numberOf(struct, 3) === sum && isCount(sum)
    ? { rows: sum, root, groups }
    : "its row count is not that of its row groups"
}

export interface DataHeader {
  readonly version: 1 | 2
  readonly values: number
  readonly encoding: Encoding | undefined
  /** Of the first version. */
  readonly levelEncodings: ReadonlyArray<Encoding | undefined>
  /** Of the second version. */
  readonly nulls: number
  readonly definitionBytes: number
  readonly repetitionBytes: number
  readonly isCompressed: boolean
}

/** What a page says about itself. */
export interface PageHeader {
  readonly uncompressed: number
  readonly compressed: number
  /** The CRC-32 of the bytes of the page, as a signed number. */
  readonly checksum: number | undefined
  readonly data: DataHeader | undefined
  readonly dictionary: { readonly values: number; readonly encoding: Encoding | undefined } | undefined
}

const headerShape: Shape = {
  1: null,
  2: null,
  3: null,
  4: null,
  5: { 1: null, 2: null, 3: null, 4: null },
  7: { 1: null, 2: null },
  8: { 1: null, 2: null, 4: null, 5: null, 6: null, 7: null }
}

const encodingOf = (header: Struct, field: number): Encoding | undefined => encodings[numberOf(header, field) ?? -1]

const dataOf = (v1: Struct | undefined, v2: Struct | undefined): DataHeader | undefined =>
  v1 !== undefined
    ? {
      version: 1,
      values: numberOf(v1, 1) ?? -1,
      encoding: encodingOf(v1, 2),
      levelEncodings: [encodingOf(v1, 3), encodingOf(v1, 4)],
      nulls: 0,
      definitionBytes: 0,
      repetitionBytes: 0,
      isCompressed: true
    }
    : v2 !== undefined
    ? {
      version: 2,
      values: numberOf(v2, 1) ?? -1,
      encoding: encodingOf(v2, 4),
      levelEncodings: [],
      nulls: numberOf(v2, 2) ?? -1,
      definitionBytes: numberOf(v2, 5) ?? -1,
      repetitionBytes: numberOf(v2, 6) ?? -1,
      isCompressed: v2.fields[7] !== false
    }
    : undefined

/** Reads the header of a page from the start of the bytes. */
export const parseHeader = (
  bytes: Uint8Array
): { readonly status: thrift.Parsed["status"]; readonly end: number; readonly header: PageHeader } => {
  const { end, status, struct } = thrift.parse(bytes, headerShape)
  const entries = structOf(struct, 7)
  return {
    status,
    end,
    header: {
      uncompressed: numberOf(struct, 2) ?? -1,
      compressed: numberOf(struct, 3) ?? -1,
      checksum: numberOf(struct, 4),
      data: entries === undefined ? dataOf(structOf(struct, 5), structOf(struct, 8)) : undefined,
      dictionary: entries && { values: numberOf(entries, 1) ?? -1, encoding: encodingOf(entries, 2) }
    }
  }
}
