const quote = 34
const backslash = 92

/** The UTF-16 units up to which a loop over a string beats a call to the encoder. */
const shortString = 64

const encoder = new TextEncoder()

/** Bytes that are written one after another into a buffer that grows as needed. */
export class ByteBuffer {
  protected buffer: Uint8Array
  protected offset = 0

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

  /** Writes bytes as they are. */
  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length)
    this.buffer.set(bytes, this.offset)
    this.offset += bytes.length
  }

  /** Makes room for what is to come, so that the buffer need not grow for it bit by bit. */
  expect(bytes: number): void {
    if (this.offset + bytes > this.buffer.length) this.grow(this.offset + bytes)
  }

  /** Drops what was written after the first `length` bytes. */
  truncate(length: number): void {
    this.offset = Math.min(this.offset, length)
  }

  /** What was written: a view, valid until the next write. */
  bytes(): Uint8Array {
    return this.buffer.subarray(0, this.offset)
  }

  protected reserve(bytes: number): void {
    const needed = this.offset + bytes
    if (needed > this.buffer.length) this.grow(Math.max(needed, this.buffer.length * 2))
  }

  private grow(capacity: number): void {
    const grown = new Uint8Array(capacity)
    grown.set(this.buffer.subarray(0, this.offset))
    this.buffer = grown
  }

  /**
   * Writes a short string of ASCII that JSON has no escapes for, `before` bytes from here, or returns false. The room is
   * reserved, with `before` bytes behind it too; the bytes do not count as written yet.
   */
  protected plain(text: string, before: number): boolean {
    const length = text.length
    if (length > shortString) return false
    this.reserve(length + 2 * before)
    const bytes = this.buffer
    const start = this.offset + before
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i)
      if (unit < 32 || unit > 126 || unit === quote || unit === backslash) return false
      bytes[start + i] = unit
    }
    return true
  }

  /** Writes text as UTF-8: three bytes at most for a UTF-16 unit. */
  protected encoded(text: string): void {
    this.reserve(text.length * 3)
    this.offset += encoder.encodeInto(text, this.buffer.subarray(this.offset)).written
  }
}
