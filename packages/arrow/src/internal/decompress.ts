import * as Effect from "effect/Effect"
import { ZSTDDecoder } from "zstddec"
import type { Codec } from "./ipcBatch.js"
import * as lz4 from "./lz4.js"

/** What a batch may grow to, however little it was compressed to. */
const maxBytes = 256 * 1024 * 1024

/** How much larger a batch may be than its bytes, where that is more. */
const maxRatio = 100

/** The decoder of Zstandard has no more memory than this. */
const maxZstdBytes = 1024 * 1024 * 1024

type Decompress = (bytes: Uint8Array, size: number) => Uint8Array | string

const zstdOf = (decoder: ZSTDDecoder): Decompress => (bytes, size) => {
  if (size + bytes.length > maxZstdBytes) return `has ${size} bytes, more than can be decompressed here`
  const out = decoder.decode(bytes, size)
  return out.length === size ? out : `is not valid, or does not hold ${size} bytes`
}

/** The decoder is made when the first batch needs it. */
const decompressor = (codec: Codec): Effect.Effect<Decompress, string> =>
  codec === "LZ4" ? Effect.succeed(lz4.decompress) : Effect.suspend(() => {
    const decoder = new ZSTDDecoder()
    return Effect.tryPromise({
      try: () => decoder.init(),
      catch: (error) => `the decoder of ZSTD does not start here (${String(error)}): write it with LZ4`
    }).pipe(Effect.as(zstdOf(decoder)))
  })

/** How many bytes a buffer has, which it says before them; -1 where they are not compressed. */
const sizeOf = (bytes: Uint8Array): number =>
  Number(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigInt64(0, true))

const prefixBytes = 8

/** Decompresses the buffers of a batch, or says what is wrong with one. */
export const decompress = (
  codec: Codec,
  buffers: ReadonlyArray<Uint8Array>
): Effect.Effect<ReadonlyArray<Uint8Array>, string> =>
  Effect.flatMap(decompressor(codec), (decompress) => {
    let compressed = 0
    let total = 0
    for (const buffer of buffers) {
      if (buffer.length === 0) continue
      const size = buffer.length < prefixBytes ? -2 : sizeOf(buffer)
      if (size < -1) return Effect.fail(`a buffer compressed with ${codec} has no length`)
      compressed += buffer.length
      total += Math.max(0, size)
    }
    if (total > Math.max(maxBytes, compressed * maxRatio)) {
      return Effect.fail(
        `a batch of ${compressed} bytes decompresses to ${total}, which is more than ${maxRatio} times as many: ` +
          "write smaller batches"
      )
    }
    const out: Array<Uint8Array> = []
    for (const buffer of buffers) {
      const bytes = buffer.subarray(prefixBytes)
      const size = buffer.length === 0 ? 0 : sizeOf(buffer)
      const whole = size === -1 ? bytes : size === 0 ? new Uint8Array(0) : decompress(bytes, size)
      if (typeof whole === "string") return Effect.fail(`a buffer compressed with ${codec} ${whole}`)
      out.push(whole)
    }
    return Effect.succeed(out)
  })
