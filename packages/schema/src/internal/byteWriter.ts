import { maxFloat32Length, writeFloat32 } from "./float32Text.js"

const encoder = new TextEncoder()

/** Text that JSON writes as it is. */
// eslint-disable-next-line no-control-regex
const plain = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/

/** JSON as UTF-8, in a buffer that grows. */
export class ByteWriter {
  private buffer: Uint8Array
  private end = 0

  constructor(initialCapacity: number = 16_384) {
    this.buffer = new Uint8Array(initialCapacity)
  }

  /** How many bytes are written. */
  get length(): number {
    return this.end
  }

  /** What is written: a view, which the next write may leave behind. */
  bytes(): Uint8Array {
    return this.buffer.subarray(0, this.end)
  }

  /** Takes back all that is behind this length. */
  truncate(length: number): void {
    this.end = Math.min(this.end, length)
  }

  private reserve(bytes: number): void {
    const needed = this.end + bytes
    if (needed <= this.buffer.length) return
    const larger = new Uint8Array(Math.max(needed, 2 * this.buffer.length))
    larger.set(this.buffer.subarray(0, this.end))
    this.buffer = larger
  }

  /** Writes a text of ASCII, as it is. */
  ascii(text: string): void {
    this.reserve(text.length)
    const { buffer } = this
    let { end } = this
    for (let i = 0; i < text.length; i++) buffer[end++] = text.charCodeAt(i)
    this.end = end
  }

  private text(text: string): void {
    // A UTF-16 unit is at most three bytes.
    this.reserve(3 * text.length)
    this.end += encoder.encodeInto(text, this.buffer.subarray(this.end)).written
  }

  private string(text: string): void {
    if (text.length <= 64 && plain.test(text)) {
      this.ascii(`"${text}"`)
    } else this.text(JSON.stringify(text))
  }

  /**
   * Writes a value as `JSON.stringify` does, but each `Float32Array` as an array of the shortest decimals, and each
   * `Uint32Array` as an array. A value that JSON has not, such as `undefined`, is written as `null`.
   */
  json(value: unknown): void {
    switch (typeof value) {
      case "string":
        return this.string(value)
      case "number":
        return this.ascii(Number.isFinite(value) ? String(value) : "null")
      case "boolean":
        return this.ascii(value ? "true" : "false")
      case "object":
        return value === null ? this.ascii("null") : this.object(value)
      default:
        return this.ascii("null")
    }
  }

  private object(value: object): void {
    if (value instanceof Float32Array) {
      this.float32s(value)
      return
    }
    if (value instanceof Uint32Array) return this.integers(value)
    if ("toJSON" in value && typeof value.toJSON === "function") return this.json(value.toJSON())
    if (Array.isArray(value)) {
      this.ascii("[")
      for (let i = 0; i < value.length; i++) {
        if (i > 0) this.ascii(",")
        this.json(value[i])
      }
      return this.ascii("]")
    }
    let first = true
    this.ascii("{")
    for (const key of Object.keys(value)) {
      const field: unknown = value[key as keyof typeof value]
      if (field === undefined || typeof field === "function" || typeof field === "symbol") continue
      if (first) first = false
      else this.ascii(",")
      this.string(key)
      this.ascii(":")
      this.json(field)
    }
    this.ascii("}")
  }

  /**
   * Writes an array of numbers as 32-bit floats. Gives -1, or the position of the first number that is not finite as one:
   * then what is written of the array is to be taken back.
   */
  float32s(values: Float32Array | ReadonlyArray<number>): number {
    this.reserve(2 + values.length * (maxFloat32Length + 1))
    const { buffer } = this
    let { end } = this
    buffer[end++] = 91
    // Two loops, so that each sees one kind of array: what is read from a Float32Array needs no rounding.
    if (values instanceof Float32Array) {
      for (let i = 0; i < values.length; i++) {
        const value = values[i]!
        // Not zero for a NaN and for an infinity.
        if (value - value !== 0) return i
        if (i > 0) buffer[end++] = 44
        end = writeFloat32(buffer, end, value)
      }
    } else {
      for (let i = 0; i < values.length; i++) {
        const value: unknown = values[i]
        if (typeof value !== "number") return i
        const rounded = Math.fround(value)
        if (rounded - rounded !== 0) return i
        if (i > 0) buffer[end++] = 44
        end = writeFloat32(buffer, end, rounded)
      }
    }
    buffer[end++] = 93
    this.end = end
    return -1
  }

  /** Writes an array of integers below 2^53. */
  integers(values: Uint32Array | ReadonlyArray<number>): void {
    this.ascii("[")
    for (let i = 0; i < values.length; i++) this.ascii(i === 0 ? String(values[i]) : `,${values[i]}`)
    this.ascii("]")
  }
}
