/**
 * What a file may not do to its reader.
 *
 * A file can come from anyone, and each number in it can be wrong. The decoders here check each count and length where they
 * use it, against the bytes that are there, so that no page is read beyond its end and no loop runs without one. What they
 * cannot see by themselves is checked here, from the header of a page, before the page is read:
 *
 * - room in memory: a page announces how large it becomes. That is bounded by its bytes and what its codec can do, and in
 *   any case by {@link maxPageBytes};
 * - time: runs let a few bytes stand for any number of values. A page has at most {@link maxPageValues}, and what a column
 *   announces beyond its row group is refused, so that a page costs a fraction of a second at most. Between two pages, and
 *   between two chunks of rows, timers get their turn and a stream can be interrupted;
 * - a list that grows from page to page, by {@link maxListValues};
 * - decoders from elsewhere: Zstandard's, by `zstd.ts`, and LZ4's, by `decompress.ts`, are given only bytes on which they end.
 *
 * The footer is bounded by {@link maxFooterBytes} and by `thrift.ts`.
 */
import type { Codec, Encoding, PageHeader, Type } from "./metadata.js"
import { isCount } from "./metadata.js"

type Refusal = string | undefined

/** Footers of the files that writers make are some kilobytes; each byte may become an object. */
export const maxFooterBytes = 64 * 1024 * 1024

/** Only the statistics of long strings make a header of a page large. */
export const maxHeaderBytes = 16 * 1024 * 1024

/** DuckDB makes pages of up to 100 MB. */
export const maxPageBytes = 1024 * 1024 * 1024

/** Runs let a few bytes announce any number of values, so the bytes do not bound it. DuckDB writes 27 million. */
export const maxPageValues = 32 * 1024 * 1024

/** No vector is as long: it would have 64 MB. */
export const maxListValues = 16 * 1024 * 1024

/** What a page has to fit: the column, and what is left of its chunk. */
export interface ChunkState {
  readonly type: Type
  readonly codec: Codec
  readonly bytesLeft: number
  readonly valuesLeft: number
  readonly hasDictionary: boolean
}

/** How many bytes a compressed byte can become; Brotli and Zstandard have no such bound, and get one. */
const ratios: Record<Codec, number> = {
  UNCOMPRESSED: 1,
  SNAPPY: 22,
  GZIP: 1040,
  LZ4: 256,
  LZ4_RAW: 256,
  BROTLI: 1040,
  ZSTD: 1040,
  LZO: 256
}

/** What does not compress grows a little, and what is all the same becomes nearly nothing. */
const spareBytes: Partial<Record<Codec, number>> = { BROTLI: 64 * 1024 * 1024, ZSTD: 64 * 1024 * 1024 }

const numbers = ["PLAIN", "PLAIN_DICTIONARY", "RLE_DICTIONARY", "BYTE_STREAM_SPLIT"] as const
const integers = [...numbers, "DELTA_BINARY_PACKED"] as const

const encodings: Record<Type, ReadonlyArray<Encoding>> = {
  INT32: integers,
  INT64: integers,
  FLOAT: numbers,
  DOUBLE: numbers,
  BYTE_ARRAY: ["PLAIN", "PLAIN_DICTIONARY", "RLE_DICTIONARY", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"],
  BOOLEAN: ["PLAIN", "RLE"],
  INT96: ["PLAIN", "PLAIN_DICTIONARY", "RLE_DICTIONARY"],
  FIXED_LEN_BYTE_ARRAY: ["PLAIN", "PLAIN_DICTIONARY", "RLE_DICTIONARY", "BYTE_STREAM_SPLIT", "DELTA_BYTE_ARRAY"]
}

export const isDictionary = (encoding: Encoding): boolean => encoding.endsWith("_DICTIONARY")

/** Checks the header of a page before the page is read. Gives the reason why it is refused, or undefined. */
export const checkHeader = (header: PageHeader, chunk: ChunkState): Refusal => {
  const { compressed, data, dictionary, uncompressed } = header
  if (!isCount(compressed) || compressed > chunk.bytesLeft) return "does not fit in the column"
  if (!isCount(uncompressed)) return "has no size"
  if (
    uncompressed > Math.min(maxPageBytes, compressed * ratios[chunk.codec] + (spareBytes[chunk.codec] ?? 64)) ||
    compressed > Math.min(maxPageBytes, uncompressed * 2 + 1024)
  ) {
    return `cannot have ${uncompressed} bytes, compressed to ${compressed}`
  }
  if (dictionary !== undefined) {
    const { encoding, values } = dictionary
    if (!isCount(values) || values > uncompressed) return "announces more values than the column has"
    return encoding === "PLAIN" || encoding === "PLAIN_DICTIONARY"
      ? undefined
      : `is a dictionary with the encoding ${String(encoding)}`
  }
  if (data === undefined) return undefined
  if (!isCount(data.values) || data.values > chunk.valuesLeft) return "announces more values than the column has"
  if (data.values > maxPageValues) {
    return `has ${data.values} values, more than the ${maxPageValues} that a page may have here`
  }
  if (data.encoding === undefined || !encodings[chunk.type].includes(data.encoding)) {
    return `has the encoding ${String(data.encoding)}, which the type ${chunk.type} does not have`
  }
  if (isDictionary(data.encoding) && !chunk.hasDictionary && data.values > 0) {
    return "refers to a dictionary that is missing"
  }
  if (data.version === 1) return undefined
  const { definitionBytes, nulls, repetitionBytes } = data
  if (!isCount(nulls) || nulls > data.values) return "announces more nulls than values"
  return !isCount(definitionBytes) || !isCount(repetitionBytes) ||
      definitionBytes + repetitionBytes > Math.min(compressed, uncompressed)
    ? "announces levels that do not fit in it"
    : undefined
}
