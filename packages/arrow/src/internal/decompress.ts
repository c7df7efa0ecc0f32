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

interface Decompressor {
  readonly decompress: (bytes: Uint8Array, size: number) => Uint8Array | string
  /** How many bytes a frame says that it holds. */
  readonly sizeOf: (bytes: Uint8Array) => number
}

const zstdOf = (decoder: ZSTDDecoder): Decompressor => ({
  decompress: (bytes, size) => {
    if (size + bytes.length > maxZstdBytes) return `has ${size} bytes, more than can be decompressed here`
    const out = decoder.decode(bytes, size)
    return out.length === size ? out : `is not valid, or does not hold ${size} bytes`
  },
  sizeOf: (bytes) => {
    const flags = bytes[4] ?? 0
    const isSingle = (flags & 32) !== 0
    const width = flags >> 6 === 0 ? isSingle ? 1 : 0 : 1 << (flags >> 6)
    const start = 5 + (isSingle ? 0 : 1) + (flags & 3) + ((flags & 3) === 3 ? 1 : 0)
    let size = width === 2 ? 256 : 0
    for (let i = 0; i < width; i++) size += (bytes[start + i] ?? 0) * 256 ** i
    return size
  }
})

/** The decoder is made when the first batch needs it. */
const decompressorOf = (codec: Codec): Effect.Effect<Decompressor, string> =>
  codec === "LZ4" ? Effect.succeed(lz4) : Effect.suspend(() => {
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
  Effect.flatMap(decompressorOf(codec), (decompressor) => {
    const compressed = buffers.reduce((total, { length }) => total + length, 0)
    const limit = Math.max(maxBytes, compressed * maxRatio)
    const out: Array<Uint8Array> = []
    let total = 0
    for (const buffer of buffers) {
      const bytes = buffer.subarray(prefixBytes)
      const announced = buffer.length === 0 ? 0 : buffer.length < prefixBytes ? -2 : sizeOf(buffer)
      if (announced < -1) return Effect.fail(`a buffer compressed with ${codec} has no length`)
      if (announced < 1) {
        out.push(announced === -1 ? bytes : bytes.subarray(0, 0))
        continue
      }
      // The library's own writer announces how many bytes follow instead, and then the frame has to say what it holds.
      const size = announced === bytes.length ? decompressor.sizeOf(bytes) : announced
      total += size
      if (total > limit) {
        return Effect.fail(
          `a batch of ${compressed} bytes compressed with ${codec} would take ${total}, and the limit is ${limit}: ` +
            "write smaller batches"
        )
      }
      const whole = decompressor.decompress(bytes, size)
      if (typeof whole === "string") return Effect.fail(`a buffer compressed with ${codec} ${whole}`)
      out.push(whole)
    }
    return Effect.succeed(out)
  })
