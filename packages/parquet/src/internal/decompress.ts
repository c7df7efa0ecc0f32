import { compressors } from "hyparquet-compressors"
import type { Codec } from "./metadata.js"
import * as snappy from "./snappy.js"
import { checkFrame } from "./zstd.js"

interface Zlib {
  readonly gunzipSync: (input: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array
  readonly brotliDecompressSync: (input: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array
  /** Node has it from 20.15 on. */
  readonly crc32?: ((bytes: Uint8Array) => number) | undefined
}

/** The runtime's own zlib, which Node, Bun and Deno have. It is asked for, not imported, so that others can do without. */
export const zlib: Zlib | undefined = globalThis.process?.getBuiltinModule?.("node:zlib")

/** Whether Hadoop's frames of LZ4 follow each other to the end; a negative length would lead back to the start. */
export const isHadoopFramed = (bytes: Uint8Array): boolean => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  while (at + 8 <= bytes.length) {
    const output = view.getInt32(at)
    const input = view.getInt32(at + 4)
    if (output < 0 || input < 0 || input > bytes.length - at - 8) return false
    at += 8 + input
  }
  return at === bytes.length
}

type Decompressor = (input: Uint8Array, length: number) => Uint8Array | string

const { GZIP: gzip, LZ4: lz4, LZ4_RAW: lz4Raw, ZSTD: zstd } = compressors

const bounded = (length: number) => ({ maxOutputLength: Math.max(1, length) })

const decompressors: Partial<Record<Codec, Decompressor>> = {
  UNCOMPRESSED: (input) => input,
  SNAPPY: (input, length) => snappy.uncompress(input, length) ?? "has bytes that are not Snappy",
  ...(gzip && {
    GZIP: (input, length) =>
      zlib !== undefined && input[0] === 31 && input[1] === 139
        ? zlib.gunzipSync(input, bounded(length))
        : gzip(input, length)
  }),
  // Brotli's decoder in JavaScript may not end on wrong bytes, so without zlib the codec is not offered.
  ...(zlib && { BROTLI: (input, length) => zlib.brotliDecompressSync(input, bounded(length)) }),
  ...(zstd && { ZSTD: (input, length) => checkFrame(input, length) ?? zstd(input, length) }),
  ...(lz4Raw && { LZ4_RAW: lz4Raw }),
  ...(lz4 && lz4Raw && { LZ4: (input, length) => (isHadoopFramed(input) ? lz4 : lz4Raw)(input, length) })
}

/**
 * Decompresses a page into exactly so many bytes, or gives the reason why it is refused. Throws where the decoder does.
 *
 * The decoders are those of hyparquet-compressors, but for those that may not end, or do not see a wrong length.
 */
export const decompress = (input: Uint8Array, length: number, codec: Codec): Uint8Array | string => {
  // A page of nulls has no values, and then some writers leave nothing to decompress.
  if (input.length === 0 && length === 0) return input
  const decompressor = decompressors[codec]
  if (decompressor === undefined) return `is compressed with ${codec}, which cannot be read here`
  const output = decompressor(input, length)
  if (typeof output === "string") return output
  if (output.length !== length) return `is not compressed from ${length} bytes`
  // A Buffer makes views where an array makes copies.
  return new Uint8Array(output.buffer, output.byteOffset, output.length)
}
