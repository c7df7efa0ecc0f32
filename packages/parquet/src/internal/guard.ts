import type { ColumnMetaData, DecodedArray, FileMetaData, SchemaElement } from "hyparquet"
import type { parquetHeader } from "hyparquet/src/column.js"
import { deltaBinaryUnpack } from "hyparquet/src/delta.js"

/**
 * The decoders of hyparquet trust the counts and lengths that they read: a wrong one makes them loop without end, or
 * make room for billions of values. The checks here run before a decoder sees the bytes. Each gives the reason why the
 * bytes are refused, or undefined.
 */
type Refusal = string | undefined

export type PageHeader = ReturnType<typeof parquetHeader>

export type DataHeader = NonNullable<PageHeader["data_page_header"]>

export type DataHeaderV2 = NonNullable<PageHeader["data_page_header_v2"]>

export type DictionaryHeader = NonNullable<PageHeader["dictionary_page_header"]>

type Codec = ColumnMetaData["codec"]

/** Footers of the files that writers make are some kilobytes; each byte may become an object. */
export const maxFooterBytes = 64 * 1024 * 1024

/** Only the statistics of long strings make a header of a page large. */
export const maxHeaderBytes = 16 * 1024 * 1024

const maxPageBytes = 1024 * 1024 * 1024

/** Runs let a few bytes announce any number of values, so the bytes do not bound it. DuckDB writes 27 million. */
const maxPageValues = 32 * 1024 * 1024

const maxDepth = 32

const maxStructs = 4 * 1024 * 1024

/** A number of this many bytes takes a third of a second to parse, and the time grows with the square. */
const maxDecimalBytes = 64 * 1024

/** The largest window that decoders of Zstandard have to accept by default. */
const maxZstdWindow = 128 * 1024 * 1024

const isCount = (value: unknown): value is number => typeof value === "number" && Number.isInteger(value) && value >= 0

// --- Thrift ---

export interface ThriftWalk {
  /** Short where the bytes end within the struct, so that more of them may complete it. */
  readonly status: "complete" | "short" | "broken"
  readonly end: number
  /** Whether a decimal column may have statistics that take long to parse. */
  readonly longDecimal: boolean
}

/**
 * Walks a struct of the compact protocol without building it. An element of a list takes at least a byte, so a list
 * cannot be larger than the bytes left, and a struct that passes is built in time and memory proportional to its bytes.
 */
export const walkThrift = (bytes: Uint8Array, start = 0): ThriftWalk => {
  let at = start
  let status: ThriftWalk["status"] = "complete"
  let structs = 0
  let hasDecimal = false
  let longest = 0

  const fail = (reason: "short" | "broken"): number => {
    if (status === "complete") status = reason
    return 0
  }

  const skip = (length: number): void => {
    if (length > bytes.length - at) fail("short")
    else at += length
  }

  // The parser of hyparquet reads on while the high bit is set, and a large integer costs the square of its length.
  const varint = (): number => {
    let value = 0
    let factor = 1
    for (let i = 0; i < 10; i++) {
      const byte = bytes[at]
      if (byte === undefined) return fail("short")
      at++
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
      factor *= 128
    }
    return fail("broken")
  }

  const element = (type: number, depth: number, isConvertedType: boolean, field: number): void => {
    if (type === 3) return skip(1)
    if (type >= 4 && type <= 6) {
      // In zigzag the decimal type 5 is 10.
      if (varint() === 10 && isConvertedType) hasDecimal = true
      return
    }
    if (type === 7) return skip(8)
    if (type === 8) {
      const length = varint()
      // Statistics lie in the column's metadata in a column in a row group, the names and texts of a file above that.
      if (depth > 4) longest = Math.max(longest, length)
      return skip(length)
    }
    if (type === 9) {
      const head = bytes[at]
      if (head === undefined) {
        fail("short")
        return
      }
      at++
      const size = head >> 4 === 15 ? varint() : head >> 4
      const elementType = head & 15
      if (size > bytes.length - at) {
        fail("short")
        return
      }
      for (let i = 0; i < size && status === "complete"; i++) {
        element(elementType === 1 || elementType === 2 ? 3 : elementType, depth, false, field)
      }
      return
    }
    if (type === 12) return struct(depth + 1, field)
    fail("broken")
  }

  const struct = (depth: number, parent: number): void => {
    if (depth > maxDepth || ++structs > maxStructs) {
      fail("broken")
      return
    }
    let field = 0
    while (status === "complete") {
      const head = bytes[at]
      if (head === undefined) {
        fail("short")
        return
      }
      at++
      const type = head & 15
      if (type === 0) return
      if (head >> 4 === 0) {
        const zigzag = varint()
        field = zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2
      } else {
        field += head >> 4
      }
      // Field 2 of the footer is the schema, and field 6 of its elements the converted type.
      if (type > 2) element(type, depth, depth === 2 && parent === 2 && field === 6, field)
    }
  }

  struct(1, 0)
  return { status, end: at, longDecimal: hasDecimal && longest > maxDecimalBytes }
}

// --- the footer ---

/** Checks the bytes of a footer before they are parsed. */
export const checkFooter = (bytes: Uint8Array): Refusal => {
  const walk = walkThrift(bytes)
  if (walk.status !== "complete") return "a list or a text in it is longer than the footer, or it has no end"
  return walk.longDecimal ? "the statistics of a decimal column are too long" : undefined
}

/** The number of elements of a subtree, or 0 where the counts of children do not fit the elements. */
const subtree = (schema: ReadonlyArray<SchemaElement>, index: number, depth: number): number => {
  const element = schema[index]
  if (element === undefined || depth > maxDepth) return 0
  const children = element.num_children ?? 0
  if (!isCount(children) || children > schema.length - index - 1) return 0
  let count = 1
  for (let i = 0; i < children; i++) {
    const below = subtree(schema, index + count, depth + 1)
    if (below === 0) return 0
    count += below
  }
  return count
}

/** Checks that the counts of a footer agree with each other. */
export const checkMetadata = (metadata: FileMetaData): Refusal => {
  const { num_rows: rows, row_groups: groups, schema } = metadata
  // A byte of another type is enough to make a list a text or a number.
  if (!Array.isArray(schema) || !Array.isArray(groups)) return "it has no schema or no row groups"
  if (subtree(schema, 0, 1) !== schema.length) return "its schema has more or fewer columns than it announces"
  let sum = 0n
  for (const group of groups) {
    if (!Array.isArray(group.columns) || typeof group.num_rows !== "bigint" || group.num_rows < 0n) {
      return "a row group has no columns or no row count"
    }
    for (const { meta_data: meta } of group.columns) {
      if (meta !== undefined && !Array.isArray((meta as Partial<ColumnMetaData>).path_in_schema)) {
        return "a column of a row group has no path"
      }
    }
    sum += group.num_rows
  }
  return typeof rows === "bigint" && rows === sum ? undefined : "its row count is not that of its row groups"
}

// --- pages ---

/** What a page has to fit: the column, and what is left of its chunk. */
export interface ChunkState {
  readonly type: ColumnMetaData["type"]
  readonly codec: Codec
  readonly bytesLeft: number
  readonly valuesLeft: number
  readonly hasDictionary: boolean
}

/** How many bytes a compressed byte can become; the other codecs have no such bound. */
const ratios: Partial<Record<Codec, number>> = {
  UNCOMPRESSED: 1,
  SNAPPY: 22,
  GZIP: 1040,
  LZ4: 256,
  LZ4_RAW: 256
}

const numbers = ["PLAIN", "PLAIN_DICTIONARY", "RLE_DICTIONARY", "BYTE_STREAM_SPLIT"]
const integers = [...numbers, "DELTA_BINARY_PACKED"]
const texts = ["PLAIN", "PLAIN_DICTIONARY", "RLE_DICTIONARY", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"]

const encodings: Partial<Record<ColumnMetaData["type"], ReadonlyArray<string>>> = {
  INT32: integers,
  INT64: integers,
  FLOAT: numbers,
  DOUBLE: numbers,
  BYTE_ARRAY: texts,
  BOOLEAN: ["PLAIN", "RLE"],
  INT96: ["PLAIN", "PLAIN_DICTIONARY", "RLE_DICTIONARY"],
  FIXED_LEN_BYTE_ARRAY: ["PLAIN", "PLAIN_DICTIONARY", "RLE_DICTIONARY", "BYTE_STREAM_SPLIT", "DELTA_BYTE_ARRAY"]
}

export const isDictionary = (encoding: string): boolean => encoding.endsWith("_DICTIONARY")

/** Checks the header of a page before the page is read. */
export const checkHeader = (header: PageHeader, chunk: ChunkState): Refusal => {
  const { compressed_page_size: compressed, uncompressed_page_size: uncompressed } = header
  if (!isCount(compressed) || compressed > chunk.bytesLeft) return "does not fit in the column"
  if (!isCount(uncompressed)) return "has no size"
  const ratio = ratios[chunk.codec] ?? Number.POSITIVE_INFINITY
  // What does not compress grows a little.
  if (
    uncompressed > Math.min(maxPageBytes, compressed * ratio + 64) ||
    compressed > Math.min(maxPageBytes, uncompressed * 2 + 1024)
  ) {
    return `cannot have ${uncompressed} bytes, compressed to ${compressed}`
  }
  const entries = header.dictionary_page_header?.num_values ?? 0
  const data = header.data_page_header ?? header.data_page_header_v2
  const count = data?.num_values ?? 0
  if (!isCount(entries) || entries > uncompressed || !isCount(count) || count > chunk.valuesLeft) {
    return "announces more values than the column has"
  }
  if (entries > maxPageValues || count > maxPageValues) {
    return `has ${Math.max(entries, count)} values, more than the ${maxPageValues} that a page may have here`
  }
  if (data !== undefined) {
    if (encodings[chunk.type]?.includes(data.encoding) !== true) {
      return `has the encoding ${String(data.encoding)}, which the type ${String(chunk.type)} does not have`
    }
    if (isDictionary(data.encoding) && !chunk.hasDictionary && count > 0) {
      return "refers to a dictionary that is missing"
    }
  }
  const v2 = header.data_page_header ? undefined : header.data_page_header_v2
  if (v2 !== undefined) {
    const { definition_levels_byte_length: definition, num_nulls: nulls, repetition_levels_byte_length: repetition } =
      v2
    if (!isCount(nulls) || nulls > count) return "announces more nulls than values"
    if (
      !isCount(definition) || !isCount(repetition) || definition + repetition > Math.min(compressed, uncompressed)
    ) {
      return "announces levels that do not fit in it"
    }
  }
  return undefined
}

// --- runs ---

/** The format pads a packed run to eight values, and DuckDB to 256. */
export const maxPadding = 256

/**
 * Walks runs, each of one value repeated or of packed values, up to the count of values. Gives the offset behind them,
 * or -1 where they do not fit in the bytes or hold another count; only a packed run may be padded.
 */
export const walkRuns = (
  bytes: Uint8Array,
  start: number,
  end: number,
  width: number,
  count: number
): number => {
  let at = start
  let seen = 0
  while (seen < count) {
    let header = 0
    let factor = 1
    let byte = 0x80
    while (byte >= 0x80) {
      if (at >= end || factor > 128 ** 4) return -1
      byte = bytes[at++] as number
      header += (byte & 0x7f) * factor
      factor *= 128
    }
    // hyparquet computes with 32-bit integers, of which the highest bit is the sign.
    if (header > 0x7fffffff) return -1
    const length = Math.floor(header / 2)
    if (header % 2 === 0) {
      const size = (width + 7) >> 3
      if (length > count - seen || size > end - at) return -1
      at += size
      seen += length
    } else {
      const left = count - seen
      if (length * 8 >= left + maxPadding) return -1
      const used = Math.min(length * 8, left)
      if (Math.ceil((used * width) / 8) > end - at) return -1
      at = Math.min(end, at + length * width)
      seen += used
    }
  }
  return at
}

// --- delta encodings ---

/** Walks blocks of deltas of exactly this many values, and gives the offset behind them, or -1. */
export const walkDeltas = (bytes: Uint8Array, start: number, count: number): number => {
  let at = start
  const varint = (): number => {
    let value = 0
    let factor = 1
    for (let i = 0; i < 10; i++) {
      const byte = bytes[at++]
      if (byte === undefined) return -1
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
      factor *= 128
    }
    return -1
  }
  const block = varint()
  const miniblocks = varint()
  const total = varint()
  if (varint() < 0 || total !== count || block <= 0 || block > 1 << 20 || miniblocks <= 0) return -1
  const size = block / miniblocks
  if (!Number.isInteger(size) || size % 8 !== 0) return -1
  let left = count - 1
  while (left > 0) {
    if (varint() < 0) return -1
    const widths = at
    at += miniblocks
    if (at > bytes.length) return -1
    for (let i = 0; i < miniblocks && left > 0; i++) {
      const width = bytes[widths + i] as number
      const used = Math.min(size, left)
      if (width > 64 || Math.ceil((used * width) / 8) > bytes.length - at) return -1
      at += (size * width) / 8
      left -= used
    }
  }
  return at
}

/** Whether texts of these lengths, each after a part of the one before, fit in the bytes from the offset on. */
const fits = (bytes: Uint8Array, start: number, prefixes: Int32Array | undefined, suffixes: Int32Array): boolean => {
  let at = start
  let previous = 0
  let total = 0
  for (let i = 0; i < suffixes.length; i++) {
    const prefix = prefixes?.[i] ?? 0
    const suffix = suffixes[i] as number
    if (prefix < 0 || prefix > previous || suffix < 0) return false
    at += suffix
    previous = prefix + suffix
    total += previous
    if (at > bytes.length || total > maxPageBytes) return false
  }
  return true
}

const unpacked = (bytes: Uint8Array, offset: number, count: number): Int32Array => {
  const lengths = new Int32Array(count)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  deltaBinaryUnpack({ view, offset }, count, lengths)
  return lengths
}

const checkDeltas = (bytes: Uint8Array, start: number, encoding: string, count: number): Refusal => {
  const wrong = "has deltas that do not fit in it"
  const end = walkDeltas(bytes, start, count)
  if (end < 0) return wrong
  if (encoding === "DELTA_BINARY_PACKED") return undefined
  const first = unpacked(bytes, start, count)
  if (encoding === "DELTA_LENGTH_BYTE_ARRAY") return fits(bytes, end, undefined, first) ? undefined : wrong
  const next = walkDeltas(bytes, end, count)
  return next >= 0 && fits(bytes, next, first, unpacked(bytes, end, count)) ? undefined : wrong
}

// --- values and levels ---

const widths: Partial<Record<ColumnMetaData["type"], number>> = { INT32: 4, FLOAT: 4, INT64: 8, DOUBLE: 8, INT96: 12 }

/** Checks that this many plain values fit in the bytes; hyparquet would read what lies behind them. */
export const checkPlain = (
  bytes: Uint8Array,
  start: number,
  type: ColumnMetaData["type"],
  count: number,
  fixedLength?: number
): Refusal => {
  const wrong = "has fewer bytes than its values need"
  const width = type === "BOOLEAN" ? 1 / 8 : type === "FIXED_LEN_BYTE_ARRAY" ? fixedLength ?? 0 : widths[type]
  if (width !== undefined) return count * width > bytes.length - start ? wrong : undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = start
  for (let i = 0; i < count; i++) {
    if (at + 4 > bytes.length) return wrong
    at += 4 + view.getUint32(at, true)
  }
  return at > bytes.length ? wrong : undefined
}

/** Checks the values of a page, of which so many are not null, before they are decoded. */
export const checkValues = (
  bytes: Uint8Array,
  start: number,
  encoding: string,
  type: ColumnMetaData["type"],
  count: number,
  fixedLength?: number
): Refusal => {
  if (count === 0) return undefined
  if (encoding === "PLAIN") return checkPlain(bytes, start, type, count, fixedLength)
  if (encoding === "RLE") {
    if (start + 4 > bytes.length) return "has no length of its runs"
    const length = little(bytes, start, 4)
    return length > bytes.length - start - 4 || walkRuns(bytes, start + 4, start + 4 + length, 1, count) < 0
      ? "has runs that do not fit in it"
      : undefined
  }
  if (encoding === "BYTE_STREAM_SPLIT") {
    return count * (widths[type] ?? fixedLength ?? 1) > bytes.length - start
      ? "has fewer bytes than its values need"
      : undefined
  }
  if (!isDictionary(encoding)) return checkDeltas(bytes, start, encoding, count)
  const width = bytes[start]
  if (width === undefined || width > 32) return "has no width of its dictionary indices"
  // One entry needs no bits, and then some writers leave out the runs.
  if (width === 0 && bytes.length === start + 1) return undefined
  return walkRuns(bytes, start + 1, bytes.length, width, count) < 0
    ? "has dictionary indices that do not fit in it, or another number of them"
    : undefined
}

/** Whether each number is the index of one of so many entries. */
export const areIndices = (numbers: DecodedArray, entries: number): boolean => {
  for (let i = 0; i < numbers.length; i++) {
    const index = numbers[i] as number
    if (!(index >= 0 && index < entries)) return false
  }
  return true
}

// --- decompression ---

/** The length that data of Snappy starts with, or -1. */
const snappyLength = (bytes: Uint8Array): number => {
  let length = 0
  for (let i = 0; i < 5; i++) {
    const byte = bytes[i]
    if (byte === undefined) return -1
    length += (byte & 0x7f) * 128 ** i
    if (byte < 0x80) return length
  }
  return -1
}

const little = (bytes: Uint8Array, start: number, count: number): number => {
  let value = 0
  for (let i = count - 1; i >= 0; i--) value = value * 256 + (bytes[start + i] ?? 0)
  return value
}

/**
 * Whether a table of Huffman weights gives all of its probability to one symbol. Such a table consumes no bits, so
 * that the decoder never reaches the end of its bits. The numbers before the first probability that is not zero are
 * zeros, so reading stops there.
 */
const isStuckTable = (bytes: Uint8Array, start: number): boolean => {
  const size = 1 << (((bytes[start] ?? 0) & 15) + 5)
  let bit = start * 8 + 4
  const read = (count: number): number => {
    return (little(bytes, bit >>> 3, 3) >>> (bit & 7)) & ((1 << count) - 1)
  }
  const bits = 31 - Math.clz32(size + 1)
  const spare = (1 << (bits + 1)) - 1 - size - 1
  for (let symbol = 0; symbol < 256 && bit >>> 3 < bytes.length; symbol++) {
    const low = read(bits)
    let value = low
    if (low < spare) {
      bit += bits
    } else {
      value = read(bits + 1)
      if (value >= 1 << bits) value -= spare
      bit += bits + 1
    }
    if (value !== 1) return value === size + 1
    let repeat = 3
    while (repeat === 3 && bit >>> 3 < bytes.length) {
      repeat = read(2)
      bit += 2
      symbol += repeat
    }
  }
  return false
}

/** Checks the header and the blocks of one frame of Zstandard that is to have this many bytes. */
export const checkZstd = (bytes: Uint8Array, size: number): Refusal => {
  const flags = bytes[4]
  if (little(bytes, 0, 4) !== 0xfd2fb528 || flags === undefined) return "is not a frame of Zstandard"
  const single = (flags >> 5) & 1
  const dictionary = [0, 1, 2, 4][flags & 3] as number
  const sizeBytes = flags >> 6 === 0 ? single : 1 << (flags >> 6)
  const descriptor = bytes[5] ?? 0
  const base = 2 ** (10 + (descriptor >> 3))
  let at = 6 - single + dictionary
  const announced = little(bytes, at, sizeBytes) + (sizeBytes === 2 ? 256 : 0)
  at += sizeBytes
  if (sizeBytes > 0 && announced !== size) return `has ${announced} bytes, not ${size}`
  if (single === 0 && base + (base / 8) * (descriptor & 7) > maxZstdWindow) return "needs a window that is too large"
  let isLast = false
  let output = 0
  while (!isLast) {
    if (at + 3 > bytes.length) return "ends within a block"
    const head = little(bytes, at, 3)
    const kind = (head >> 1) & 3
    const length = head >> 3
    isLast = (head & 1) === 1
    at += 3
    if (kind === 3 || length > 131072) return "has a block that is not valid"
    const input = kind === 1 ? 1 : length
    if (at + input > bytes.length) return "ends within a block"
    if (kind !== 2) output += length
    if (output > size) return `has more than ${size} bytes`
    if (kind === 2 && ((bytes[at] ?? 0) & 3) === 2) {
      const format = ((bytes[at] ?? 0) >> 2) & 3
      const tree = at + (format < 2 ? 3 : format + 2)
      if ((bytes[tree] ?? 128) < 128 && isStuckTable(bytes, tree + 1)) return "has a Huffman table that is not valid"
    }
    at += input
  }
  return undefined
}

/** Checks compressed bytes before they are decompressed to this many bytes. */
export const checkCompressed = (bytes: Uint8Array, codec: Codec, size: number): Refusal => {
  if (codec === "SNAPPY" && size > 0 && snappyLength(bytes) !== size) return `is not compressed to ${size} bytes`
  return codec === "ZSTD" && bytes.length > 0 ? checkZstd(bytes, size) : undefined
}
