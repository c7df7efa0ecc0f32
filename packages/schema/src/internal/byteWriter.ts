import {
  isNotFinite,
  maxFloat32Length,
  maxUint32Length,
  toFloat32Bits,
  writeFloat32,
  writeFloat32Bits,
  writeUint32
} from "./float32Text.js"

const encoder = new TextEncoder()

const comma = 44
const opening = 91
const closing = 93
const quote = 34
const backslash = 92

/** The UTF-16 units up to which a loop over a string beats a call to the encoder. */
const shortString = 64

/** The bytes to have free before a float: its text, what separates it and, after the last, a bracket. */
const floatRoom = maxFloat32Length + 2

const isUint32 = (value: number): boolean => value >>> 0 === value

/** Whether JSON has no place for a value: as a property it is left out, as an item it is `null`. */
const isAbsent = (value: unknown): boolean =>
  value === undefined || typeof value === "function" || typeof value === "symbol"

/** What stands for a value in JSON, as `JSON.stringify` asks for it. */
const represented = (value: unknown, key: string): unknown => {
  if ((typeof value === "object" && value !== null) || typeof value === "function") {
    const toJSON = "toJSON" in value ? value.toJSON : undefined
    if (typeof toJSON === "function") return toJSON.call(value, key)
  }
  return value
}

/** A UTF-8 buffer that JSON is written into, and that grows as needed. */
export class ByteWriter {
  private buffer: Uint8Array
  private offset = 0

  /** A capacity in bytes to begin with, or a buffer to write into. */
  constructor(initial: number | Uint8Array = 16384) {
    this.buffer = typeof initial === "number" ? new Uint8Array(initial) : initial
  }

  /** The buffer that is written into, with what is behind the bytes written so far. */
  get whole(): Uint8Array {
    return this.buffer
  }

  /** The bytes written so far. */
  get length(): number {
    return this.offset
  }

  /** Writes text of ASCII characters as it is. */
  ascii(text: string): void {
    const length = text.length
    this.reserve(length)
    const bytes = this.buffer
    const offset = this.offset
    for (let i = 0; i < length; i++) bytes[offset + i] = text.charCodeAt(i)
    this.offset = offset + length
  }

  /** Writes bytes as they are. */
  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length)
    this.buffer.set(bytes, this.offset)
    this.offset += bytes.length
  }

  /**
   * Writes what `JSON.stringify` gives, except that a `Uint32Array` becomes an array, and a `Float32Array` one of shortest
   * 32-bit floats, with `null` for a NaN or an infinity. What has no JSON, such as `undefined`, is written as `null`. A value that contains
   * itself overflows the stack.
   */
  json(value: unknown): void {
    this.write(represented(value, ""))
  }

  /**
   * Writes an array of numbers, each the shortest text of its 32-bit float.
   *
   * Returns -1, or the position of the first value that is not a number or not finite as a 32-bit float. What was written
   * by then is not specified: `truncate` drops it.
   */
  float32s(values: Float32Array | ReadonlyArray<number>): number {
    return values instanceof Float32Array ? this.typedFloat32s(values) : this.untypedFloat32s(values)
  }

  /** Writes an array of unsigned 32-bit integers. */
  integers(values: Uint32Array | ReadonlyArray<number>): void {
    this.ascii("[")
    for (let i = 0; i < values.length; i++) {
      if (i !== 0) this.ascii(",")
      this.number(values[i])
    }
    this.ascii("]")
  }

  /** Drops what was written after the first `length` bytes. */
  truncate(length: number): void {
    this.offset = Math.min(this.offset, length)
  }

  /** What was written: a view, valid until the next write. */
  bytes(): Uint8Array {
    return this.buffer.subarray(0, this.offset)
  }

  private reserve(bytes: number): void {
    const needed = this.offset + bytes
    if (needed > this.buffer.length) {
      const grown = new Uint8Array(Math.max(needed, this.buffer.length * 2))
      grown.set(this.buffer.subarray(0, this.offset))
      this.buffer = grown
    }
  }

  /** Makes room for one more float past `offset`, and gives the buffer. */
  private grownFor(offset: number): Uint8Array {
    this.offset = offset
    this.reserve(floatRoom)
    return this.buffer
  }

  // The two loops are the same but for where the bits come from. A loop for both would see two kinds of arrays, and be
  // compiled to slower code for each.

  private typedFloat32s(values: Float32Array): number {
    const length = values.length
    const allBits = new Int32Array(values.buffer, values.byteOffset, length)
    let offset = this.offset
    let bytes = this.grownFor(offset)
    bytes[offset++] = opening
    for (let i = 0; i < length; i++) {
      const bits = allBits[i]
      if (isNotFinite(bits)) return i
      if (offset + floatRoom > bytes.length) bytes = this.grownFor(offset)
      offset = writeFloat32Bits(bytes, offset, bits)
      bytes[offset++] = comma
    }
    return this.closed(bytes, offset, length)
  }

  private untypedFloat32s(values: ReadonlyArray<number>): number {
    const length = values.length
    let offset = this.offset
    let bytes = this.grownFor(offset)
    bytes[offset++] = opening
    for (let i = 0; i < length; i++) {
      const value = values[i]
      if (typeof value !== "number") return i
      const bits = toFloat32Bits(value)
      if (isNotFinite(bits)) return i
      if (offset + floatRoom > bytes.length) bytes = this.grownFor(offset)
      offset = writeFloat32Bits(bytes, offset, bits)
      bytes[offset++] = comma
    }
    return this.closed(bytes, offset, length)
  }

  /** Ends an array of floats: the last comma becomes the bracket. */
  private closed(bytes: Uint8Array, offset: number, length: number): -1 {
    const end = length === 0 ? offset : offset - 1
    bytes[end] = closing
    this.offset = end + 1
    return -1
  }

  private write(value: unknown): void {
    switch (typeof value) {
      case "string":
        return this.string(value)
      case "number":
        return this.number(value)
      case "boolean":
        return this.ascii(value ? "true" : "false")
      case "object":
        return value === null ? this.ascii("null") : this.object(value)
      default:
        // The types that JSON has no place for, and the bigint, which JSON.stringify refuses with an error of its own.
        return this.encoded(JSON.stringify(value) ?? "null")
    }
  }

  private object(value: object): void {
    if (value instanceof Float32Array) return this.float32sOrNull(value)
    if (value instanceof Uint32Array) return this.integers(value)
    if (Array.isArray(value)) return this.array(value)
    if (value instanceof String || value instanceof Number || value instanceof Boolean || value instanceof BigInt) {
      return this.encoded(JSON.stringify(value))
    }
    this.record(value as { readonly [key: string]: unknown })
  }

  private record(record: { readonly [key: string]: unknown }): void {
    let written = false
    this.ascii("{")
    for (const key of Object.keys(record)) {
      const value = represented(record[key], key)
      if (isAbsent(value)) continue
      if (written) this.ascii(",")
      written = true
      this.string(key)
      this.ascii(":")
      this.write(value)
    }
    this.ascii("}")
  }

  private array(values: ReadonlyArray<unknown>): void {
    this.ascii("[")
    for (let i = 0; i < values.length; i++) {
      if (i !== 0) this.ascii(",")
      this.write(represented(values[i], String(i)))
    }
    this.ascii("]")
  }

  private float32sOrNull(values: Float32Array): void {
    const before = this.offset
    if (this.typedFloat32s(values) === -1) return
    this.truncate(before)
    this.ascii("[")
    for (let i = 0; i < values.length; i++) {
      if (i !== 0) this.ascii(",")
      if (Number.isFinite(values[i])) this.offset = writeFloat32(this.grownFor(this.offset), this.offset, values[i])
      else this.ascii("null")
    }
    this.ascii("]")
  }

  private number(value: number): void {
    if (isUint32(value)) {
      this.reserve(maxUint32Length)
      this.offset = writeUint32(this.buffer, this.offset, value)
    } else {
      this.ascii(JSON.stringify(value))
    }
  }

  private string(text: string): void {
    if (!this.plainString(text)) this.encoded(JSON.stringify(text))
  }

  /** Writes a short string of ASCII without escapes, or writes nothing and returns false. */
  private plainString(text: string): boolean {
    const length = text.length
    if (length > shortString) return false
    this.reserve(length + 2)
    const bytes = this.buffer
    const start = this.offset + 1
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i)
      if (unit < 32 || unit > 126 || unit === quote || unit === backslash) return false
      bytes[start + i] = unit
    }
    bytes[this.offset] = quote
    bytes[start + length] = quote
    this.offset = start + length + 1
    return true
  }

  /** Writes text as UTF-8: three bytes at most for a UTF-16 unit. */
  private encoded(text: string): void {
    this.reserve(text.length * 3)
    this.offset += encoder.encodeInto(text, this.buffer.subarray(this.offset)).written
  }
}
