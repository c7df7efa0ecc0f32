/** Numbers and texts as bytes, and back. */

/** Writes into chunks of about a megabyte. */
export class ByteWriter {
  readonly chunks: Array<Uint8Array> = []
  private bytes = new Uint8Array(chunkSize)
  private length = 0

  /** How much of the chunk is written. */
  get written(): number {
    return this.length
  }

  /** Between two entries: one is never cut in two. */
  endEntry(): void {
    if (this.length >= chunkSize) this.endChunk()
  }

  endChunk(): void {
    if (this.length > 0) this.chunks.push(this.bytes.slice(0, this.length))
    this.length = 0
  }

  varint(value: number): void {
    this.reserve(8)
    let rest = value
    while (rest >= 128) {
      this.bytes[this.length++] = rest % 128 | 128
      rest = Math.floor(rest / 128)
    }
    this.bytes[this.length++] = rest
  }

  text(text: string): void {
    const bytes = Buffer.from(text)
    this.varint(bytes.length)
    this.reserve(bytes.length)
    this.bytes.set(bytes, this.length)
    this.length += bytes.length
  }

  private reserve(bytes: number): void {
    if (this.length + bytes <= this.bytes.length) return
    const longer = new Uint8Array(Math.max(this.bytes.length * 2, this.length + bytes))
    longer.set(this.bytes)
    this.bytes = longer
  }
}

const chunkSize = 2 ** 20

/** Reads what a writer wrote. Past the end, and where it was something else, it reads `undefined` or nonsense. */
export class ByteReader {
  /** Whether there was less than was asked for. */
  isShort = false
  private chunk = 0
  private at = 0

  constructor(private readonly chunks: ReadonlyArray<Uint8Array>) {}

  /** Whether all is read. */
  get isAtEnd(): boolean {
    this.skipEnds()
    return this.chunk >= this.chunks.length
  }

  varint(): number {
    let value = 0
    let factor = 1
    for (let i = 0; i < 8; i++) {
      const byte = this.byte()
      value += (byte & 127) * factor
      if (byte < 128) return value
      factor *= 128
    }
    this.isShort = true
    return 0
  }

  text(): string {
    const length = this.varint()
    const chunk = this.chunks[this.chunk]
    if (chunk === undefined || this.at + length > chunk.length) {
      this.isShort = true
      return ""
    }
    const from = this.at
    this.at += length
    return Buffer.from(chunk.buffer, chunk.byteOffset + from, length).toString()
  }

  private byte(): number {
    this.skipEnds()
    const chunk = this.chunks[this.chunk]
    if (chunk === undefined) {
      this.isShort = true
      return 0
    }
    return chunk[this.at++]
  }

  private skipEnds(): void {
    while (this.chunk < this.chunks.length && this.at >= this.chunks[this.chunk].length) {
      this.chunk++
      this.at = 0
    }
  }
}
