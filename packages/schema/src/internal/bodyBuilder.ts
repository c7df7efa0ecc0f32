import * as Limits from "../Limits.js"
import type { BodyError } from "../RequestBody.js"
import type { ByteBuffer } from "./byteBuffer.js"

/** How large bodies may be. */
export interface Sizes {
  /** The most records in a body. */
  readonly maxRecords: number
  /** The most bytes of a body: up to 2,000,000. */
  readonly maxBytes: number
}

/** So many buffers are kept for bodies to come. */
const mostFree = 8

/** How the bodies of one operation are written. */
export interface Layout<Item, Writer extends ByteBuffer> {
  readonly at: Limits.Place
  /** What is wrong with all of them: no item is taken. */
  readonly problem: BodyError | undefined
  readonly into: (memory: number | Uint8Array) => Writer
  readonly prefix: Uint8Array
  readonly separator: Uint8Array
  readonly suffix: Uint8Array
  /** Writes an item, and gives its weight, or what is wrong with it. */
  readonly write: (writer: Writer, item: Item, position: number) => BodyError | number
  /** The id of an item that has been written, for its errors. */
  readonly idOf: (item: Item) => string | undefined
}

/**
 * The body of an upsert, of which a part is the body of an upsert too.
 *
 * @since 0.1.0
 * @category models
 */
export class UpsertBody {
  constructor(
    /** The body as it is sent. */
    readonly bytes: Uint8Array,
    /** Where each record begins, and as the last where the one behind them all would. */
    private readonly starts: ReadonlyArray<number>,
    private readonly prefixLength: number,
    /** How many bytes are between one record and the next. */
    private readonly separatorLength: number,
    /** The buffer that the bytes are in, where it is of no other use. */
    readonly buffer?: Uint8Array | undefined
  ) {}

  /** How many records it holds. */
  get length(): number {
    return this.starts.length - 1
  }

  /** The body of the records from one position up to, and without, another. */
  part(from: number, to: number): UpsertBody {
    const { prefixLength, separatorLength } = this
    const first = this.starts[from]!
    // Without what separates the last record from the next one.
    const last = this.starts[to]! - separatorLength
    const end = this.bytes.subarray(this.starts[this.length]! - separatorLength)
    const bytes = new Uint8Array(prefixLength + last - first + end.length)
    bytes.set(this.bytes.subarray(0, prefixLength))
    bytes.set(this.bytes.subarray(first, last), prefixLength)
    bytes.set(end, prefixLength + last - first)
    const moved = prefixLength - first
    const starts = this.starts.slice(from, to + 1).map((start) => start + moved)
    return new UpsertBody(bytes, starts, prefixLength, separatorLength)
  }
}

/** Collects items into bodies. */
export class BodyBuilder<Item, Writer extends ByteBuffer> {
  private writer: Writer
  private starts: Array<number>
  private weight = 0
  private readonly free: Array<Uint8Array> = []

  constructor(
    private readonly layout: Layout<Item, Writer>,
    private readonly sizes: Sizes
  ) {
    this.starts = [layout.prefix.length]
    this.writer = this.begin(16_384)
  }

  /** How many records it holds. */
  get length(): number {
    return this.starts.length - 1
  }

  /** Whether it can take no more records, of whatever size. */
  get isFull(): boolean {
    return this.length === this.sizes.maxRecords
  }

  /**
   * Takes a record in: `undefined` if it is in; the body of those before it if it has become the first of the next one; an
   * error if it is wrong, whatever it is, or too large for a body of its own, and is left out.
   */
  add(record: Item): BodyError | UpsertBody | undefined {
    const { layout: { at, idOf, prefix, problem, suffix, write }, sizes: { maxBytes }, writer } = this
    if (problem !== undefined) return problem
    const before = writer.length
    const written = write(writer, record, this.length)
    if (typeof written !== "number") {
      writer.truncate(before)
      return written
    }
    const bytes = writer.length + suffix.length
    if (!this.isFull && bytes <= maxBytes && this.weight + written <= Limits.limits.requestBytes) {
      this.took(written)
      return undefined
    }
    const alone = prefix.length + writer.length - before + suffix.length
    if (alone > maxBytes) {
      writer.truncate(before)
      return Limits.exceeded("requestBytes", "the size of the record", alone, at, idOf(record), maxBytes)
    }
    const encoded = writer.bytes().slice(before)
    writer.truncate(before)
    const body = this.take()
    this.writer.raw(encoded)
    this.took(written)
    return body
  }

  /** The body of what it holds, which is then empty. It must hold a record. */
  take(): UpsertBody {
    const { layout: { prefix, separator, suffix }, starts, writer } = this
    writer.truncate(writer.length - separator.length)
    writer.raw(suffix)
    const bytes = writer.bytes()
    // With room for the record that will not fit, so that the buffer need not grow for it.
    this.writer = this.begin(bytes.length + (bytes.length >> 4))
    this.starts = [prefix.length]
    this.weight = 0
    return new UpsertBody(bytes, starts, prefix.length, separator.length, writer.whole)
  }

  /** Takes the memory of a body back for one to come: nobody may read the body any more. */
  recycle({ buffer }: UpsertBody): void {
    if (buffer !== undefined && this.free.length < mostFree) this.free.push(buffer)
  }

  private begin(capacity: number): Writer {
    const used = this.free.pop()
    const writer = this.layout.into(used !== undefined && used.length >= capacity ? used : capacity)
    writer.raw(this.layout.prefix)
    return writer
  }

  private took(weight: number): void {
    // What is behind the last record is cut off when the body is taken.
    this.writer.raw(this.layout.separator)
    this.starts.push(this.writer.length)
    this.weight += weight
  }
}
