/** Files byte by byte, for what writers seldom do, or should not do. */
import type { ColumnMetaData, SchemaElement } from "hyparquet"
import { ByteWriter } from "hyparquet-writer/src/bytewriter.js"
import { writeMetadata } from "hyparquet-writer/src/metadata.js"
import { serializeTCompactProtocol } from "hyparquet-writer/src/thrift.js"
import { crc32 } from "../../src/internal/crc32.js"

const encodings = {
  PLAIN: 0,
  PLAIN_DICTIONARY: 2,
  RLE: 3,
  BIT_PACKED: 4,
  DELTA_BINARY_PACKED: 5,
  DELTA_LENGTH_BYTE_ARRAY: 6,
  DELTA_BYTE_ARRAY: 7,
  RLE_DICTIONARY: 8,
  BYTE_STREAM_SPLIT: 9
} as const

export interface RawPage {
  readonly kind?: "v1" | "v2" | "dictionary"
  readonly encoding?: keyof typeof encodings
  /** Values, those that are null too. */
  readonly count: number
  readonly repetition?: ReadonlyArray<number>
  readonly definition?: ReadonlyArray<number>
  readonly values: Uint8Array
  readonly checksum?: "right" | "wrong"
  /** Of the second version: makes the values what the file has. */
  readonly compress?: (bytes: Uint8Array) => Uint8Array
  /** What the header says instead of the truth. */
  readonly header?: { readonly count?: number; readonly nulls?: number; readonly uncompressed?: number }
}

export interface RawColumn {
  readonly schema: ReadonlyArray<SchemaElement>
  readonly codec?: ColumnMetaData["codec"]
  readonly path?: ReadonlyArray<string>
  readonly pages: ReadonlyArray<RawPage>
  /** What the footer says instead of the truth. */
  readonly meta?: Partial<ColumnMetaData>
}

const joinedOf = (parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

export const joined = (...parts: ReadonlyArray<Uint8Array>): Uint8Array => joinedOf(parts)

const uint32 = (value: number): Uint8Array => {
  const out = new Uint8Array(4)
  new DataView(out.buffer).setUint32(0, value, true)
  return out
}

/** Each level as a run of its own, or of those that are the same. */
const runsOf = (levels: ReadonlyArray<number>): Uint8Array => {
  const out: Array<number> = []
  for (let i = 0; i < levels.length;) {
    let length = 1
    while (length < 63 && levels[i + length] === levels[i]) length++
    out.push(length * 2, levels[i] ?? 0)
    i += length
  }
  return Uint8Array.from(out)
}

const v1Levels = (levels: ReadonlyArray<number> | undefined): Uint8Array => {
  if (levels === undefined) return new Uint8Array(0)
  const runs = runsOf(levels)
  return joined(uint32(runs.length), runs)
}

const pageBytes = (page: RawPage): Uint8Array => {
  const {
    compress = (bytes: Uint8Array) => bytes,
    count,
    definition,
    encoding = "PLAIN",
    kind = "v1",
    repetition,
    values
  } = page
  const told = page.header?.count ?? count
  const code = encodings[encoding]
  const levels = kind === "v2" ? [repetition, definition].map((levels) => runsOf(levels ?? [])) : []
  const plain = kind === "v2" ? values : joined(v1Levels(repetition), v1Levels(definition), values)
  const body = joined(...levels, compress(plain))
  const uncompressed = page.header?.uncompressed ?? joined(...levels, plain).length
  const highest = definition?.reduce((highest, level) => Math.max(highest, level), 0) ?? 0
  const nulls = definition?.filter((level) => level < highest).length ?? 0
  const writer = new ByteWriter()
  serializeTCompactProtocol(writer, {
    field_1: { v1: 0, v2: 3, dictionary: 2 }[kind],
    field_2: uncompressed,
    field_3: body.length,
    ...(page.checksum === undefined ? {} : { field_4: page.checksum === "right" ? crc32(body) : crc32(body) ^ 1 }),
    ...(kind === "v1" ? { field_5: { field_1: told, field_2: code, field_3: 3, field_4: 3 } } : {}),
    ...(kind === "dictionary" ? { field_7: { field_1: told, field_2: code } } : {}),
    ...(kind === "v2"
      ? {
        field_8: {
          field_1: told,
          field_2: page.header?.nulls ?? nulls,
          field_3: repetition === undefined ? told : repetition.filter((level) => level === 0).length,
          field_4: code,
          field_5: levels[1]?.length ?? 0,
          field_6: levels[0]?.length ?? 0
        }
      }
      : {})
  })
  return joined(writer.getBytes(), body)
}

/** A file of one row group. */
export const rawFile = (
  rows: number,
  columns: ReadonlyArray<RawColumn>,
  root: Partial<SchemaElement> = {}
): Uint8Array => {
  const parts: Array<Uint8Array> = [new TextEncoder().encode("PAR1")]
  let at = 4
  const metas = columns.map(({ codec = "UNCOMPRESSED", meta, pages, path, schema }): ColumnMetaData => {
    const leaf = schema[schema.length - 1]
    const written = pages.map(pageBytes)
    const start = at
    for (const bytes of written) {
      parts.push(bytes)
      at += bytes.length
    }
    return {
      type: leaf?.type ?? "BYTE_ARRAY",
      encodings: ["PLAIN"],
      path_in_schema: [...path ?? schema.map(({ name }) => name)],
      codec,
      num_values: BigInt(pages.reduce((sum, { count, kind }) => kind === "dictionary" ? sum : sum + count, 0)),
      total_uncompressed_size: BigInt(at - start),
      total_compressed_size: BigInt(at - start),
      data_page_offset: BigInt(start),
      ...meta
    }
  })
  const writer = new ByteWriter()
  writeMetadata(writer, {
    version: 2,
    schema: [{ name: "root", num_children: columns.length, ...root }, ...columns.flatMap(({ schema }) => schema)],
    num_rows: BigInt(rows),
    row_groups: [{
      columns: metas.map((meta) => ({ file_offset: meta.data_page_offset, meta_data: meta })),
      total_byte_size: BigInt(at),
      num_rows: BigInt(rows)
    }],
    metadata_length: 0
  })
  return joined(...parts, writer.getBytes(), parts[0] ?? new Uint8Array(0))
}

const encoder = new TextEncoder()

const plainTexts = (values: ReadonlyArray<string | Uint8Array>): Uint8Array =>
  joinedOf(values.flatMap((value) => {
    const bytes = typeof value === "string" ? encoder.encode(value) : value
    return [uint32(bytes.length), bytes]
  }))

/** Texts or bytes as plain values. */
export const texts = (...values: ReadonlyArray<string | Uint8Array>): Uint8Array => plainTexts(values)

export const floats = (...values: ReadonlyArray<number>): Uint8Array => new Uint8Array(Float32Array.from(values).buffer)

export const int32s = (...values: ReadonlyArray<number>): Uint8Array => new Uint8Array(Int32Array.from(values).buffer)

export const int64s = (...values: ReadonlyArray<bigint>): Uint8Array =>
  new Uint8Array(BigInt64Array.from(values).buffer)

/** A signed integer in so many bytes, the highest first. */
export const bigEndian = (value: bigint, length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => Number((value >> BigInt((length - 1 - i) * 8)) & 255n))

/** Indices of a dictionary, each in a run of its own. */
export const indexRuns = (width: number, ...indices: ReadonlyArray<number>): Uint8Array =>
  Uint8Array.from([width, ...indices.flatMap((index) => [2, index])])

export const requiredColumn = (
  name: string,
  element: Partial<SchemaElement>,
  ...pages: ReadonlyArray<RawPage>
): RawColumn => ({
  schema: [{ name, repetition_type: "REQUIRED", ...element }],
  pages
})

export const idColumn = (count: number): RawColumn =>
  requiredColumn("id", { type: "BYTE_ARRAY", converted_type: "UTF8" }, {
    count,
    values: plainTexts(Array.from({ length: count }, (_, row) => `id-${row}`))
  })

/** A bare repeated field, whose lists have one number each. */
export const valuesColumn = (count: number): RawColumn => ({
  schema: [{ name: "values", type: "FLOAT", repetition_type: "REPEATED" }],
  pages: [{
    count,
    repetition: Array.from({ length: count }, () => 0),
    definition: Array.from({ length: count }, () => 1),
    values: new Uint8Array(Float32Array.from({ length: count }, (_, row) => row).buffer)
  }]
})
