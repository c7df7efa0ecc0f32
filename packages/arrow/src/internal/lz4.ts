/**
 * LZ4 in frames, as Arrow compresses with it. The decoders of npm either keep no bounds or are native; this one writes
 * nothing that was not announced, and checks every checksum that a frame has.
 */

const primes = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1] as const

const rotate = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits))

/** The checksum of frames: xxHash of 32 bits, with the seed 0. */
export const xxh32 = (bytes: Uint8Array): number => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const [p1, p2, p3, p4, p5] = primes
  const { length } = bytes
  let at = 0
  let hash: number = p5
  if (length >= 16) {
    let a = (p1 + p2) | 0
    let b = p2 | 0
    let c = 0
    let d = -p1 | 0
    for (; at + 16 <= length; at += 16) {
      a = Math.imul(rotate((a + Math.imul(view.getInt32(at, true), p2)) | 0, 13), p1)
      b = Math.imul(rotate((b + Math.imul(view.getInt32(at + 4, true), p2)) | 0, 13), p1)
      c = Math.imul(rotate((c + Math.imul(view.getInt32(at + 8, true), p2)) | 0, 13), p1)
      d = Math.imul(rotate((d + Math.imul(view.getInt32(at + 12, true), p2)) | 0, 13), p1)
    }
    hash = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18)
  }
  hash = (hash + length) | 0
  for (; at + 4 <= length; at += 4) {
    hash = Math.imul(rotate((hash + Math.imul(view.getInt32(at, true), p3)) | 0, 17), p4)
  }
  for (; at < length; at++) hash = Math.imul(rotate((hash + Math.imul(bytes[at]!, p5)) | 0, 11), p1)
  hash = Math.imul(hash ^ (hash >>> 15), p2)
  hash = Math.imul(hash ^ (hash >>> 13), p3)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** Decompresses a block behind what is in the output already, and returns where it ends; -1 if it is not valid. */
const block = (input: Uint8Array, output: Uint8Array, start: number, end: number): number => {
  let from = 0
  let to = start
  while (from < input.length) {
    const token = input[from++]!
    let literals = token >> 4
    if (literals === 15) {
      let more = 255
      while (more === 255) {
        if (from >= input.length) return -1
        more = input[from++]!
        literals += more
      }
    }
    if (literals > input.length - from || literals > end - to) return -1
    if (literals > 0) {
      output.set(input.subarray(from, from + literals), to)
      from += literals
      to += literals
    }
    // The last sequence has no match.
    if (from === input.length) return to
    if (from + 2 > input.length) return -1
    const distance = input[from]! | (input[from + 1]! << 8)
    from += 2
    let length = (token & 15) + 4
    if (length === 19) {
      let more = 255
      while (more === 255) {
        if (from >= input.length) return -1
        more = input[from++]!
        length += more
      }
    }
    if (distance === 0 || distance > to || length > end - to) return -1
    if (distance >= length && length > 32) {
      output.copyWithin(to, to - distance, to - distance + length)
      to += length
    } else {
      for (const stop = to + length; to < stop; to++) output[to] = output[to - distance]!
    }
  }
  return -1
}

/** How many bytes a block stands for, if it is valid. */
const blockSize = (input: Uint8Array): number => {
  let from = 0
  let size = 0
  const length = (short: number): number => {
    let length = short
    let more = short === 15 ? 255 : 0
    while (more === 255) {
      more = input[from++] ?? 0
      length += more
    }
    return length
  }
  while (from < input.length) {
    const token = input[from++]!
    const literals = length(token >> 4)
    from += literals
    size += literals
    if (from >= input.length) return size
    from += 2
    size += length(token & 15) + 4
  }
  return size
}

const frameMagic = 0x184d2204

const skippableMagic = 0x184d2a5

/** No block can stand for more than this many times its bytes. */
const maxRatio = 255

/** How many bytes one frame holds, if it is valid. */
export const sizeOf = (input: Uint8Array): number => {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength)
  let size = 0
  let at = 7 + ((input[4] ?? 0) & 8)
  while (at + 4 <= input.length) {
    const word = view.getUint32(at, true)
    const length = word & 0x7fffffff
    if (word === 0) break
    size += word >= 0x80000000 ? length : blockSize(input.subarray(at + 4, at + 4 + length))
    at += 4 + length + (((input[4] ?? 0) & 16) === 0 ? 0 : 4)
  }
  return size
}

/** What the frames hold, which must be this many bytes; or what is wrong with them. */
export const decompress = (input: Uint8Array, size: number): Uint8Array | string => {
  if (size > input.length * maxRatio) return `cannot hold ${size} bytes`
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength)
  const has = (length: number) => at + length <= input.length
  const output = new Uint8Array(size)
  let at = 0
  let to = 0
  while (at < input.length) {
    if (!has(8)) return "ends within a frame"
    const magic = view.getUint32(at, true)
    if (magic >>> 4 === skippableMagic) {
      at += 8 + view.getUint32(at + 4, true)
      if (at > input.length) return "ends within a frame"
      continue
    }
    const flags = input[at + 4]!
    const hasSize = (flags & 8) !== 0
    const hasDictionary = (flags & 1) !== 0
    const descriptor = 2 + (hasSize ? 8 : 0)
    const largest = input[at + 5]! >> 4 & 7
    if (magic !== frameMagic || flags >> 6 !== 1 || largest < 4) return "is not a frame of LZ4"
    if (hasDictionary) return "needs a dictionary"
    if (!has(4 + descriptor + 1)) return "ends within a frame"
    if ((xxh32(input.subarray(at + 4, at + 4 + descriptor)) >>> 8 & 255) !== input[at + 4 + descriptor]) {
      return "does not match its checksum"
    }
    at += 4 + descriptor + 1
    const start = to
    while (true) {
      if (!has(4)) return "ends within a frame"
      const word = view.getUint32(at, true)
      at += 4
      if (word === 0) break
      const isStored = word >= 0x80000000
      const length = word & 0x7fffffff
      const hasChecksum = (flags & 16) !== 0
      if (!has(length + (hasChecksum ? 4 : 0))) return "ends within a frame"
      const bytes = input.subarray(at, at + length)
      if (hasChecksum && view.getUint32(at + length, true) !== xxh32(bytes)) return "does not match its checksum"
      const end = Math.min(size, to + (1 << (8 + 2 * largest)))
      if (isStored) {
        if (length > end - to) return `holds more than ${size} bytes`
        output.set(bytes, to)
        to += length
      } else {
        to = block(bytes, output, to, end)
        if (to < 0) return "has a block that is not valid"
      }
      at += length + (hasChecksum ? 4 : 0)
    }
    if ((flags & 4) !== 0) {
      if (!has(4)) return "ends within a frame"
      if (view.getUint32(at, true) !== xxh32(output.subarray(start, to))) return "does not match its checksum"
      at += 4
    }
  }
  return to === size ? output : `holds ${to} bytes, not ${size}`
}
