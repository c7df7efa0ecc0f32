// Used by the thread of the databases, without a loader in front of it: hence JavaScript.
import * as zlib from "node:zlib"

/** @type {() => (data: Uint8Array | string, value?: number) => number} */
const checksum = () => {
  if (typeof zlib.crc32 === "function") return zlib.crc32
  const table = new Uint32Array(256).map((_, i) => {
    let c = i
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1
    return c
  })
  return (data, value = 0) => {
    const bytes = typeof data === "string" ? Buffer.from(data) : data
    let crc = ~value
    for (let i = 0; i < bytes.length; i++) {
      crc = (crc >>> 8) ^ /** @type {number} */ (table[(crc ^ /** @type {number} */ (bytes[i])) & 255])
    }
    return ~crc >>> 0
  }
}

/** The checksum of bytes that follow others, whose checksum is `value`. Of nothing, zlib gives 0, whatever came before. */
export const crc32 = checksum()
