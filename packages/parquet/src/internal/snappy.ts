/**
 * Decompresses Snappy into exactly so many bytes; undefined where the bytes are wrong. The decoder in WebAssembly copies a
 * page twice more, and the memory that it has taken for a large page it never gives back.
 */
export const uncompress = (input: Uint8Array, length: number): Uint8Array | undefined => {
  const output = new Uint8Array(length)
  let at = 0
  while (at < input.length && input[at]! > 127) at++
  at++
  let out = 0
  while (at < input.length) {
    const tag = input[at++]!
    const kind = tag & 3
    if (kind === 0) {
      let size = tag >>> 2
      if (size >= 60) {
        const width = size - 59
        if (at + width > input.length) return undefined
        size = 0
        for (let i = width - 1; i >= 0; i--) size = size * 256 + input[at + i]!
        at += width
      }
      size++
      if (size > input.length - at || size > length - out) return undefined
      // A call costs more than a few bytes do.
      if (size < 32) { for (let i = 0; i < size; i++) output[out + i] = input[at + i]! }
      else output.set(input.subarray(at, at + size), out)
      at += size
      out += size
      continue
    }
    const width = kind === 3 ? 4 : kind
    if (at + width > input.length) return undefined
    const size = kind === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1
    let offset = kind === 1 ? (tag >>> 5) * 256 : 0
    for (let i = width - 1, low = 0; i >= 0; i--) {
      low = low * 256 + input[at + i]!
      if (i === 0) offset += low
    }
    at += width
    if (offset === 0 || offset > out || size > length - out) return undefined
    // What is copied may overlap with where it goes, so that it repeats.
    for (const end = out + size; out < end; out++) output[out] = output[out - offset]!
  }
  return out === length ? output : undefined
}
