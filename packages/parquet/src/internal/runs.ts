/** The format pads a packed run to eight values, and DuckDB to 256. */
const maxPadding = 256

/**
 * Decodes runs, each of one value repeated or of packed values, of exactly so many values of at most `max`. Gives how many are
 * `max`, or -1 where the runs do not fit in the bytes, hold another count, or a value that is too high. Only a packed run may
 * be padded, and the last one may lack the bytes of its padding. Without `out` they are only counted.
 */
export const readRuns = (
  bytes: Uint8Array,
  start: number,
  end: number,
  width: number,
  max: number,
  count: number,
  out?: Uint8Array | Uint16Array | Uint32Array
): number => {
  const mask = 2 ** width - 1
  let at = start
  let seen = 0
  let full = 0
  while (seen < count) {
    let header = 0
    let factor = 1
    let byte = 0x80
    while (byte >= 0x80) {
      if (at >= end || factor > 128 ** 4) return -1
      byte = bytes[at++]!
      header += (byte & 0x7f) * factor
      factor *= 128
    }
    const length = Math.floor(header / 2)
    if (header % 2 === 0) {
      const size = (width + 7) >> 3
      if (length > count - seen || size > end - at) return -1
      let value = 0
      for (let i = size - 1; i >= 0; i--) value = value * 256 + bytes[at + i]!
      at += size
      if (value > max) return -1
      out?.fill(value, seen, seen + length)
      if (value === max) full += length
      seen += length
    } else {
      const left = count - seen
      if (length * 8 >= left + maxPadding) return -1
      const used = Math.min(length * 8, left)
      if (Math.ceil((used * width) / 8) > end - at) return -1
      let bits = 0
      let held = 0
      let next = at
      for (const stop = seen + used; seen < stop; seen++) {
        let value: number
        if (width <= 24) {
          while (held < width) {
            bits |= bytes[next++]! << held
            held += 8
          }
          value = bits & mask
          bits >>>= width
          held -= width
        } else {
          // More bits than fit in 32 with what is held: each value is put together by itself.
          const bit = (used - (stop - seen)) * width
          value = 0
          for (let got = 0; got < width;) {
            const taken = Math.min(8 - ((bit + got) & 7), width - got)
            const from = at + Math.floor((bit + got) / 8)
            value += ((bytes[from]! >> ((bit + got) & 7)) & ((1 << taken) - 1)) * 2 ** got
            got += taken
          }
        }
        if (value >= max) {
          if (value > max) return -1
          full++
        }
        if (out !== undefined) out[seen] = value
      }
      at = Math.min(end, at + length * width)
    }
  }
  return full
}
