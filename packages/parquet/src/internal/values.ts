/**
 * The values of a page as they are stored, of each type in each encoding. A count or a length that does not fit in the bytes
 * gives the reason why the page is refused.
 */
import type { Encoding, Type } from "./metadata.js"
import { readRuns } from "./runs.js"

export type Numbers = Int32Array | Uint32Array | BigInt64Array | BigUint64Array | Float32Array | Float64Array

/** Values that are bytes: each lies between a start and an end. */
export class Binary {
  constructor(readonly bytes: Uint8Array, readonly starts: Uint32Array, readonly ends: Uint32Array) {}
}

/** Values of one bit: each a byte, 0 or 1. */
export class Bits {
  constructor(readonly bits: Uint8Array) {}
}

export type Stored = Numbers | Binary | Bits

export interface Layout {
  readonly type: Type
  /** Of a type of fixed length. */
  readonly length: number
}

const wrong = "has fewer bytes than its values need"

const wrongDeltas = "has deltas that do not fit in it"

/** The texts that a page of prefixes can become: a few bytes may repeat long ones. */
const maxExpanded = 256 * 1024 * 1024

/**
 * A part of the bytes with memory of its own. `slice` would do for a `Uint8Array`, but for a `Buffer`, which is one too, it
 * makes a view.
 */
const copy = (bytes: Uint8Array, start: number, end: number): ArrayBuffer => {
  const out = new Uint8Array(end - start)
  out.set(bytes.subarray(start, end))
  return out.buffer
}

const numbersOf = (type: Type, buffer: ArrayBuffer): Numbers | undefined =>
  type === "INT32"
    ? new Int32Array(buffer)
    : type === "INT64"
    ? new BigInt64Array(buffer)
    : type === "FLOAT"
    ? new Float32Array(buffer)
    : type === "DOUBLE"
    ? new Float64Array(buffer)
    : undefined

const widthOf = ({ length, type }: Layout): number =>
  type === "INT32" || type === "FLOAT" ? 4 : type === "INT64" || type === "DOUBLE" ? 8 : type === "INT96" ? 12 : length

const fixed = (bytes: Uint8Array, start: number, width: number, count: number): Binary => {
  const starts = new Uint32Array(count)
  const ends = new Uint32Array(count)
  for (let i = 0, at = start; i < count; i++) {
    starts[i] = at
    at += width
    ends[i] = at
  }
  return new Binary(bytes, starts, ends)
}

/** Plain values. Numbers are copied, bytes are views. */
export const plain = (bytes: Uint8Array, start: number, layout: Layout, count: number): Stored | string => {
  const { type } = layout
  if (type === "BOOLEAN") {
    if (Math.ceil(count / 8) > bytes.length - start) return wrong
    const bits = new Uint8Array(count)
    for (let i = 0; i < count; i++) bits[i] = (bytes[start + (i >> 3)]! >> (i & 7)) & 1
    return new Bits(bits)
  }
  if (type !== "BYTE_ARRAY") {
    const width = widthOf(layout)
    const end = start + count * width
    if (end > bytes.length) return wrong
    if (type === "INT96" || type === "FIXED_LEN_BYTE_ARRAY") return fixed(bytes, start, width, count)
    return numbersOf(type, copy(bytes, start, end)) ?? wrong
  }
  // A length takes four bytes, so the bytes bound the room for so many.
  if (count * 4 > bytes.length - start) return wrong
  const starts = new Uint32Array(count)
  const ends = new Uint32Array(count)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = start
  for (let i = 0; i < count; i++) {
    if (at + 4 > bytes.length) return wrong
    starts[i] = at + 4
    at += 4 + view.getUint32(at, true)
    ends[i] = at
  }
  return at > bytes.length ? wrong : new Binary(bytes, starts, ends)
}

/** The first bytes of all values, then the second ones, and so on. */
const split = (bytes: Uint8Array, start: number, layout: Layout, count: number): Stored | string => {
  const width = widthOf(layout)
  if (count * width > bytes.length - start) return wrong
  const joined = new Uint8Array(count * width)
  for (let byte = 0, at = start; byte < width; byte++) {
    for (let to = byte; to < joined.length; to += width) joined[to] = bytes[at++]!
  }
  return numbersOf(layout.type, joined.buffer) ?? fixed(joined, 0, width, count)
}

const booleans = (bytes: Uint8Array, start: number, count: number): Stored | string => {
  if (start + 4 > bytes.length) return "has no length of its runs"
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(start, true)
  const bits = new Uint8Array(count)
  return length > bytes.length - start - 4 || readRuns(bytes, start + 4, start + 4 + length, 1, 1, count, bits) < 0
    ? "has runs that do not fit in it"
    : new Bits(bits)
}

interface Deltas<A> {
  readonly values: A
  /** Behind the last of them. */
  readonly end: number
}

/**
 * Values as differences, in blocks of parts that have a width of bits each. A writer may leave out the padding of the last
 * part. Sums wrap around as the type does.
 */
const deltas = <A extends Int32Array | BigInt64Array>(
  bytes: Uint8Array,
  start: number,
  out: A
): Deltas<A> | undefined => {
  const count = out.length
  let at = start
  const varint = (): bigint | undefined => {
    let value = 0n
    for (let i = 0n; i < 10n; i++) {
      const byte = bytes[at++]
      if (byte === undefined) return undefined
      value |= BigInt(byte & 0x7f) << (i * 7n)
      if (byte < 0x80) return value
    }
    return undefined
  }
  const zigzag = (): bigint | undefined => {
    const value = varint()
    return value === undefined ? undefined : (value >> 1n) ^ -(value & 1n)
  }
  const block = Number(varint() ?? 0)
  const parts = Number(varint() ?? 0)
  const total = Number(varint() ?? -1)
  const first = zigzag()
  const size = block / parts
  if (first === undefined || total !== count || !Number.isInteger(size) || size <= 0 || size % 8 !== 0) return undefined
  if (block > 1 << 20) return undefined
  if (count === 0) return { values: out, end: at }
  if (out instanceof Int32Array) out[0] = Number(BigInt.asIntN(32, first))
  else out[0] = first
  for (let i = 1; i < count;) {
    const least = zigzag()
    const widths = at
    at += parts
    if (least === undefined || at > bytes.length) return undefined
    for (let part = 0; part < parts && i < count; part++) {
      const width = bytes[widths + part]!
      const used = Math.min(size, count - i)
      if (width > 64 || Math.ceil((used * width) / 8) > bytes.length - at) return undefined
      if (out instanceof Int32Array) add32(bytes, at, width, Number(BigInt.asIntN(32, least)), out, i, used)
      else add64(bytes, at, width, least, out, i, used)
      at += (size * width) / 8
      i += used
    }
  }
  return { values: out, end: Math.min(at, bytes.length) }
}

const add32 = (
  bytes: Uint8Array,
  start: number,
  width: number,
  least: number,
  out: Int32Array,
  from: number,
  count: number
): void => {
  let value = out[from - 1]!
  let bit = 0
  for (let i = 0; i < count; i++) {
    let delta = 0
    for (let got = 0; got < width;) {
      const taken = Math.min(8 - (bit & 7), width - got)
      const part = (bytes[start + (bit >> 3)]! >> (bit & 7)) & ((1 << taken) - 1)
      // What lies above 32 bits is lost in a sum of 32 bits.
      if (got < 32) delta |= part << got
      got += taken
      bit += taken
    }
    value = (value + least + delta) | 0
    out[from + i] = value
  }
}

/** In two halves, the lower first: a BigInt for each value would take ten times as long. */
const add64 = (
  bytes: Uint8Array,
  start: number,
  width: number,
  least: bigint,
  out: BigInt64Array,
  from: number,
  count: number
): void => {
  const halves = new Uint32Array(out.buffer, out.byteOffset, out.length * 2)
  const leastLow = Number(BigInt.asUintN(32, least))
  const leastHigh = Number(BigInt.asUintN(32, least >> 32n))
  let low = halves[from * 2 - 2]!
  let high = halves[from * 2 - 1]!
  let bit = 0
  for (let i = from; i < from + count; i++) {
    // What crosses the middle is carried, as what the sum has too much.
    let sum = low + leastLow
    high += leastHigh
    for (let got = 0; got < width;) {
      const taken = Math.min(8 - (bit & 7), width - got)
      const part = (bytes[start + (bit >> 3)]! >> (bit & 7)) & ((1 << taken) - 1)
      if (got < 32) sum += part * 2 ** got
      else high += part * 2 ** (got - 32)
      got += taken
      bit += taken
    }
    low = sum >>> 0
    high = (high + Math.floor(sum / 2 ** 32)) >>> 0
    halves[i * 2] = low
    halves[i * 2 + 1] = high
  }
}

/** Runs of widths of 0 let a byte stand for many values, more than any writer makes of it. */
const isPlausible = (bytes: Uint8Array, start: number, count: number): boolean =>
  count <= 1024 * 1024 + (bytes.length - start) * 4096

const deltaNumbers = (bytes: Uint8Array, start: number, type: Type, count: number): Stored | string => {
  if (!isPlausible(bytes, start, count)) return wrongDeltas
  const found = type === "INT32"
    ? deltas(bytes, start, new Int32Array(count))
    : deltas(bytes, start, new BigInt64Array(count))
  return found?.values ?? wrongDeltas
}

/** Texts after all their lengths. */
const deltaLengths = (bytes: Uint8Array, start: number, count: number): Binary | string => {
  if (!isPlausible(bytes, start, count)) return wrongDeltas
  const lengths = deltas(bytes, start, new Int32Array(count))
  if (lengths === undefined) return wrongDeltas
  const starts = new Uint32Array(count)
  const ends = new Uint32Array(count)
  let at = lengths.end
  for (let i = 0; i < count; i++) {
    const length = lengths.values[i]!
    if (length < 0 || length > bytes.length - at) return wrongDeltas
    starts[i] = at
    at += length
    ends[i] = at
  }
  return new Binary(bytes, starts, ends)
}

/** Texts of which each begins with a part of the one before. */
const deltaTexts = (bytes: Uint8Array, start: number, count: number): Binary | string => {
  if (!isPlausible(bytes, start, count)) return wrongDeltas
  const prefixes = deltas(bytes, start, new Int32Array(count))
  const suffixes = prefixes && deltaLengths(bytes, prefixes.end, count)
  if (prefixes === undefined || suffixes === undefined || typeof suffixes === "string") return wrongDeltas
  const starts = new Uint32Array(count)
  const ends = new Uint32Array(count)
  let total = 0
  for (let i = 0; i < count; i++) {
    const prefix = prefixes.values[i]!
    const previous = i === 0 ? 0 : ends[i - 1]! - starts[i - 1]!
    if (prefix < 0 || prefix > previous) return wrongDeltas
    starts[i] = total
    total += prefix + suffixes.ends[i]! - suffixes.starts[i]!
    ends[i] = total
    if (total > maxExpanded) return `has texts of more than ${maxExpanded} bytes`
  }
  const out = new Uint8Array(total)
  for (let i = 0; i < count; i++) {
    const prefix = prefixes.values[i]!
    const at = starts[i]!
    if (prefix > 0) out.copyWithin(at, starts[i - 1]!, starts[i - 1]! + prefix)
    out.set(suffixes.bytes.subarray(suffixes.starts[i], suffixes.ends[i]), at + prefix)
  }
  return new Binary(out, starts, ends)
}

/** Decodes values that are no indices of a dictionary. */
export const decode = (
  bytes: Uint8Array,
  start: number,
  encoding: Encoding,
  layout: Layout,
  count: number
): Stored | string => {
  if (count === 0 || encoding === "PLAIN") return plain(bytes, start, layout, count)
  if (encoding === "RLE") return booleans(bytes, start, count)
  if (encoding === "BYTE_STREAM_SPLIT") return split(bytes, start, layout, count)
  if (encoding === "DELTA_BINARY_PACKED") return deltaNumbers(bytes, start, layout.type, count)
  const texts = encoding === "DELTA_LENGTH_BYTE_ARRAY"
    ? deltaLengths(bytes, start, count)
    : deltaTexts(bytes, start, count)
  if (typeof texts === "string" || layout.type !== "FIXED_LEN_BYTE_ARRAY") return texts
  return texts.ends.every((end, i) => end - texts.starts[i]! === layout.length)
    ? texts
    : "has values of another length than its type"
}

export type Indices = Uint8Array | Uint16Array | Uint32Array

/** The indices of dictionary entries, in as few bytes as they need. */
export const indices = (bytes: Uint8Array, start: number, entries: number, count: number): Indices | string => {
  const out = entries <= 2 ** 8
    ? new Uint8Array(count)
    : entries <= 2 ** 16
    ? new Uint16Array(count)
    : new Uint32Array(count)
  if (count === 0) return out
  const width = bytes[start]
  if (width === undefined || width > 32) return "has no width of its dictionary indices"
  // One entry needs no bits, and then some writers leave out the runs.
  if (width === 0 && bytes.length === start + 1 && entries > 0) return out
  return readRuns(bytes, start + 1, bytes.length, width, entries - 1, count, out) < 0
    ? "has dictionary indices that do not fit in it, another number of them, or entries that its dictionary does not have"
    : out
}
