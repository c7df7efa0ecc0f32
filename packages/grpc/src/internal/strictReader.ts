import protobuf from "protobufjs/light.js"
import { malformed } from "./malformed.js"

/** How the value behind a tag is encoded. */
const lengthAndBytes = 2
const fourBytes = 5

const float = 4

/**
 * A reader for whom a text that ends behind the message is an error, where the library's own cuts it off, and who takes a
 * list of floats both packed and one by one.
 *
 * The numbers of all fields are below 16, so that the byte before a value is its tag.
 */
export class StrictReader extends protobuf.BufferReader {
  constructor(private readonly source: Buffer) {
    super(source)
  }

  override bytes(): Uint8Array {
    if (this.tag() === fourBytes) return this.unpacked()
    return this.delimited() ? super.bytes() : this.unexpected()
  }

  override string(): string {
    return this.delimited() ? super.string() : this.unexpected()
  }

  private tag(): number {
    return this.source[this.pos - 1]! & 7
  }

  /** Whether the value has a length, and so many bytes. */
  private delimited(): boolean {
    if (this.tag() !== lengthAndBytes) return false
    const start = this.pos
    const length = this.uint32()
    if (length > this.len - this.pos) return malformed("a field ends behind its message")
    this.pos = start
    return true
  }

  private unexpected(): never {
    return malformed("a field has another type than it is defined with")
  }

  /** The floats that come one by one, each with the same tag: all of them at once, since each has 5 bytes for a number. */
  private unpacked(): Buffer {
    const { len, pos, source } = this
    const tag = source[pos - 1]!
    let end = pos + float
    while (end < len && source[end] === tag) end += 1 + float
    if (end > len) return malformed("a number ends behind its message")
    const out = Buffer.allocUnsafe(((end - pos + 1) / (1 + float)) * float)
    for (let from = pos, to = 0; from < end; from += 1 + float, to += float) source.copy(out, to, from, from + float)
    this.pos = end
    return out
  }
}
