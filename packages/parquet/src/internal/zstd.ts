/**
 * The decoder of Zstandard trusts its input: a wrong table makes it loop without end, and a frame that announces a large
 * window or content makes room for it. What is checked here is what makes it end.
 */

/** The largest window that decoders of Zstandard have to accept by default. */
const maxWindow = 128 * 1024 * 1024

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
export const checkFrame = (bytes: Uint8Array, size: number): string | undefined => {
  const flags = bytes[4]
  if (little(bytes, 0, 4) !== 0xfd2fb528 || flags === undefined) return "is not a frame of Zstandard"
  const single = (flags >> 5) & 1
  const dictionary = [0, 1, 2, 4][flags & 3]!
  const sizeBytes = flags >> 6 === 0 ? single : 1 << (flags >> 6)
  const descriptor = bytes[5] ?? 0
  const base = 2 ** (10 + (descriptor >> 3))
  let at = 6 - single + dictionary
  const announced = little(bytes, at, sizeBytes) + (sizeBytes === 2 ? 256 : 0)
  at += sizeBytes
  if (sizeBytes > 0 && announced !== size) return `has ${announced} bytes, not ${size}`
  if (single === 0 && base + (base / 8) * (descriptor & 7) > maxWindow) return "needs a window that is too large"
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
