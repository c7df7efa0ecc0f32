import { zlib } from "./decompress.js"

/** Four tables, so that four bytes are taken at once. */
const tables = () => {
  const first = new Int32Array(256)
  for (let byte = 0; byte < 256; byte++) {
    let value = byte
    for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
    first[byte] = value
  }
  const behind = (previous: Int32Array) => previous.map((value) => (value >>> 8) ^ first[value & 255]!)
  const second = behind(first)
  const third = behind(second)
  return [first, second, third, behind(third)] as const
}

let made: ReturnType<typeof tables> | undefined

/** For runtimes whose zlib does not have it. */
export const computed = (bytes: Uint8Array): number => {
  const [a, b, c, d] = made ??= tables()
  let crc = -1
  let i = 0
  for (const stop = bytes.length - 3; i < stop; i += 4) {
    crc ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
    crc = d[crc & 255]! ^ c[(crc >>> 8) & 255]! ^ b[(crc >>> 16) & 255]! ^ a[crc >>> 24]!
  }
  for (; i < bytes.length; i++) crc = (crc >>> 8) ^ a[(crc ^ bytes[i]!) & 255]!
  return ~crc
}

/** The CRC-32 of gzip, as the signed number that Parquet keeps. */
export const crc32 = (bytes: Uint8Array): number => zlib?.crc32 === undefined ? computed(bytes) : zlib.crc32(bytes) | 0
