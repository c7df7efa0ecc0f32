import { ByteBuffer } from "./byteBuffer.js"
import type { Float32Writer, Float32Writers } from "./float32Kernel/float32Writer.js"
import {
  isNotFinite,
  maxFloat32Length,
  maxUint32Length,
  toFloat32Bits,
  writeFloat32,
  writeFloat32Bits,
  writeUint32
} from "./float32Text.js"
import { isAbsent, represented } from "./represented.js"

const comma = 44
const opening = 91
const closing = 93
const quote = 34

/** The bytes to have free before a float: its text, what separates it and, after the last, a bracket. */
const floatRoom = maxFloat32Length + 2

const isUint32 = (value: number): boolean => value >>> 0 === value

/** Writes JSON as UTF-8. */
export class ByteWriter extends ByteBuffer {
  /** With what writes many floats faster than the loops here, for who has many. */
  constructor(initial?: number | Uint8Array, private readonly writers?: Float32Writers) {
    super(initial)
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
    const writer = this.writers?.forNumbers(values.length)
    if (writer !== undefined) return this.float32sBy(writer, values)
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

  private float32sBy(writer: Float32Writer, values: Float32Array | ReadonlyArray<number>): number {
    const length = values.length
    this.ascii("[")
    for (let from = 0; from < length; from += writer.atOnce) {
      const written = writer.write(values, from, Math.min(from + writer.atOnce, length))
      if (written < 0) return -1 - written
      this.raw(writer.text.subarray(0, written))
    }
    return this.closed(this.buffer, this.offset, length)
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
    // eslint-disable-next-line no-restricted-syntax -- any object can be asked for its own keys.
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
    if (this.float32s(values) === -1) return
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
    if (!this.plain(text, 1)) return this.encoded(JSON.stringify(text))
    const end = this.offset + text.length + 1
    this.buffer[this.offset] = quote
    this.buffer[end] = quote
    this.offset = end + 1
  }
}
