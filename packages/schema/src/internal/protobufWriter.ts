import { allFinite, littleEndian } from "../Vector.js"
import { ByteBuffer } from "./byteBuffer.js"
import { isNotFinite } from "./float32Text.js"

/** How the value behind a tag is encoded. */
const varintType = 0
const eightBytes = 1
const lengthAndBytes = 2
const fourBytes = 5

/** The most bytes of a tag, of which the fields here need one, and of a 32-bit varint. */
const tagRoom = 1
const varintRoom = 5

const scratch = new DataView(new ArrayBuffer(8))
const scratchBytes = new Uint8Array(scratch.buffer)

const varintLength = (value: number): number =>
  value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : value < 0x10000000 ? 4 : 5

const writeVarint = (bytes: Uint8Array, start: number, value: number): number => {
  let offset = start
  let rest = value
  while (rest > 127) {
    bytes[offset++] = (rest & 127) | 128
    rest >>>= 7
  }
  bytes[offset] = rest
  return offset + 1
}

/** By a byte of UTF-8: the bytes that JSON takes for it. */
const jsonLengths = Uint8Array.from({ length: 256 }, (_, byte) => JSON.stringify(String.fromCharCode(byte)).length - 2)

/** Writes the fields of Protocol Buffers. Their numbers are below 16, so that each tag is one byte. */
export class ProtobufWriter extends ByteBuffer {
  varint(number: number, value: number): void {
    this.reserve(tagRoom + varintRoom)
    this.tag(number, varintType)
    this.offset = writeVarint(this.buffer, this.offset, value)
  }

  float32(number: number, value: number): void {
    this.reserve(tagRoom + 4)
    this.tag(number, fourBytes)
    scratch.setFloat32(0, value, true)
    for (let i = 0; i < 4; i++) this.buffer[this.offset + i] = scratchBytes[i]
    this.offset += 4
  }

  float64(number: number, value: number): void {
    this.reserve(tagRoom + 8)
    this.tag(number, eightBytes)
    scratch.setFloat64(0, value, true)
    for (let i = 0; i < 8; i++) this.buffer[this.offset + i] = scratchBytes[i]
    this.offset += 8
  }

  /** Writes text, and gives the bytes that it has as JSON, which cost next to nothing to count here. */
  string(number: number, text: string): number {
    const length = text.length
    if (this.plain(text, tagRoom + 1)) {
      this.tag(number, lengthAndBytes)
      this.buffer[this.offset] = length
      this.offset += 1 + length
      return length + 2
    }
    const start = this.beginMessage(number, length)
    this.encoded(text)
    const json = this.jsonLength(start)
    this.endMessage(start)
    return json
  }

  /**
   * Writes 32-bit floats. Returns -1, or the position of the first value that is not a number or not finite as a 32-bit
   * float.
   */
  packedFloats(number: number, values: Float32Array | ReadonlyArray<number>): number {
    const bytes = values.length * 4
    this.reserve(tagRoom + varintRoom + bytes)
    this.tag(number, lengthAndBytes)
    this.offset = writeVarint(this.buffer, this.offset, bytes)
    if (!(littleEndian && values instanceof Float32Array && allFinite(values))) return this.convertedFloats(values)
    this.buffer.set(new Uint8Array(values.buffer, values.byteOffset, bytes), this.offset)
    this.offset += bytes
    return -1
  }

  /** Writes unsigned 32-bit integers. */
  packedIntegers(number: number, values: Uint32Array | ReadonlyArray<number>): void {
    const start = this.beginMessage(number, values.length * varintRoom)
    this.reserve(values.length * varintRoom)
    const bytes = this.buffer
    let offset = this.offset
    for (let i = 0; i < values.length; i++) offset = writeVarint(bytes, offset, values[i])
    this.offset = offset
    this.endMessage(start)
  }

  /**
   * Begins a message, or whatever else has its length before it, of about so many bytes, and gives its start: what
   * `endMessage` needs to write the length.
   */
  beginMessage(number: number, bytes: number): number {
    this.reserve(tagRoom + varintRoom)
    this.tag(number, lengthAndBytes)
    const room = varintLength(bytes)
    this.offset += room
    // Until the length is known, its last byte tells how many bytes it has.
    this.buffer[this.offset - 1] = room
    return this.offset
  }

  /** Ends what began at `start`. Where the length needs more bytes than it has, or fewer, the message is moved. */
  endMessage(start: number): void {
    const length = this.offset - start
    const room = this.buffer[start - 1]
    const needed = varintLength(length)
    if (needed !== room) {
      this.reserve(varintRoom)
      this.buffer.copyWithin(start - room + needed, start, this.offset)
      this.offset += needed - room
    }
    writeVarint(this.buffer, start - room, length)
  }

  private tag(number: number, type: number): void {
    this.buffer[this.offset++] = (number << 3) | type
  }

  private convertedFloats(values: ArrayLike<number>): number {
    const view = new DataView(this.buffer.buffer, this.buffer.byteOffset + this.offset, values.length * 4)
    for (let i = 0; i < values.length; i++) {
      const value = values[i]
      if (typeof value !== "number") return i
      view.setFloat32(i * 4, value, true)
      if (isNotFinite(view.getInt32(i * 4, true))) return i
    }
    this.offset += values.length * 4
    return -1
  }

  /** The bytes that the text from `start` on has as JSON. */
  private jsonLength(start: number): number {
    const bytes = this.buffer
    const end = this.offset
    let length = 2
    for (let i = start; i < end; i++) length += jsonLengths[bytes[i]]
    return length
  }
}
