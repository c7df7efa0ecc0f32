import type { Compressors } from "hyparquet"
import { compressors } from "hyparquet-compressors"
import * as snappy from "./snappy.js"

interface Zlib {
  readonly gunzipSync: (input: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array
  readonly brotliDecompressSync: (input: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array
}

/** The runtime's own zlib, which Node, Bun and Deno have. It is asked for, not imported, so that others can do without. */
const zlib: Zlib | undefined = globalThis.process?.getBuiltinModule?.("node:zlib")

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

const lz4 = compressors.LZ4
const lz4Raw = compressors.LZ4_RAW
const gzip = compressors.GZIP

const replaced = (): Compressors => {
  const { BROTLI: _, ...kept } = compressors
  const bounded = (length: number) => ({ maxOutputLength: Math.max(1, length) })
  return {
    // Brotli's decoder there may not end on wrong bytes, so without zlib the codec is not offered.
    ...kept,
    ...(zlib === undefined ? {} : {
      BROTLI: (input: Uint8Array, length: number) => zlib.brotliDecompressSync(input, bounded(length))
    }),
    ...(zlib === undefined || gzip === undefined ? {} : {
      GZIP: (input: Uint8Array, length: number) =>
        input[0] === 31 && input[1] === 139 ? zlib.gunzipSync(input, bounded(length)) : gzip(input, length)
    }),
    // No bytes at all are what the caller refuses, as it does any other length.
    SNAPPY: (input, length) => snappy.uncompress(input, length) ?? new Uint8Array(0),
    ...(lz4 === undefined || lz4Raw === undefined ? {} : {
      LZ4: (input: Uint8Array, length: number) => (isHadoopFramed(input) ? lz4 : lz4Raw)(input, length)
    })
  }
}

/** The decompressors of hyparquet-compressors, with those replaced that may not end, or that do not see a wrong length. */
export const decompressors: Compressors = replaced()
