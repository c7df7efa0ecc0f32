/**
 * Bodies of upserts from one record after another, each as large as a request may be: a record is checked and encoded once,
 * and where it would make a body too large it begins the next one.
 *
 * @since 0.1.0
 */
import { ByteWriter } from "./internal/byteWriter.js"
import { place, writeNamespace, writeRecord } from "./internal/recordWriter.js"
import * as Limits from "./Limits.js"
import type { BodyError, EncodeMetadata, Target } from "./RequestBody.js"
import type { VectorRecord } from "./VectorRecord.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options<M> {
  readonly target: Target
  readonly encodeMetadata: EncodeMetadata<M>
  /** The most records in a body: 1 to 1,000. */
  readonly maxRecords: number
  /** The most bytes of a body: up to 2,000,000. */
  readonly maxBytes: number
}

const prefix = "{\"vectors\":["

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
    private readonly starts: ReadonlyArray<number>
  ) {}

  /** How many records it holds. */
  get length(): number {
    return this.starts.length - 1
  }

  /** The body of the records from one position up to, and without, another. */
  part(from: number, to: number): UpsertBody {
    const first = this.starts[from]!
    // Without the comma behind the last record.
    const last = this.starts[to]! - 1
    const end = this.bytes.subarray(this.starts[this.length]! - 1)
    const bytes = new Uint8Array(prefix.length + last - first + end.length)
    bytes.set(this.bytes.subarray(0, prefix.length))
    bytes.set(this.bytes.subarray(first, last), prefix.length)
    bytes.set(end, prefix.length + last - first)
    const moved = prefix.length - first
    return new UpsertBody(bytes, this.starts.slice(from, to + 1).map((start) => start + moved))
  }
}

/**
 * Collects records into bodies. It changes with each record: it belongs to the one who fills it.
 *
 * @since 0.1.0
 * @category models
 */
export class Builder<M> {
  private readonly at: Limits.Place
  private readonly suffix: Uint8Array
  private writer: ByteWriter
  private starts: Array<number> = [prefix.length]
  private weight = 0

  constructor(private readonly options: Options<M>) {
    this.at = place("upsert", options.target)
    const writer = new ByteWriter(64)
    writer.ascii("]")
    writeNamespace(writer, options.target)
    writer.ascii("}")
    this.suffix = writer.bytes()
    this.writer = this.begin(16_384)
  }

  /** How many records it holds. */
  get length(): number {
    return this.starts.length - 1
  }

  /** Whether it can take no more records, of whatever size. */
  get isFull(): boolean {
    return this.length === this.options.maxRecords
  }

  /**
   * Takes a record in: `undefined` if it is in; the body of those before it if it has become the first of the next one; an
   * error if it is wrong, or too large for a body of its own, and is left out.
   */
  add(record: VectorRecord<M>): BodyError | UpsertBody | undefined {
    const { encodeMetadata, maxBytes, target } = this.options
    const { writer } = this
    const before = writer.length
    const written = writeRecord(writer, record, this.at, this.length, target.dimension, encodeMetadata)
    if (typeof written !== "number") {
      writer.truncate(before)
      return written
    }
    const bytes = writer.length + this.suffix.length
    if (bytes <= maxBytes && this.weight + written <= Limits.limits.requestBytes) {
      this.took(written)
      return undefined
    }
    const alone = Math.max(prefix.length + writer.length - before + this.suffix.length, written)
    if (alone > maxBytes) {
      writer.truncate(before)
      return Limits.exceeded("requestBytes", "the size of the record", alone, this.at, record.id, maxBytes)
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
    const { starts, writer } = this
    writer.truncate(writer.length - 1)
    writer.raw(this.suffix)
    const bytes = writer.bytes()
    this.writer = this.begin(Math.min(this.options.maxBytes, bytes.length + (bytes.length >> 4)))
    this.starts = [prefix.length]
    this.weight = 0
    return new UpsertBody(bytes, starts)
  }

  private begin(capacity: number): ByteWriter {
    const writer = new ByteWriter(capacity)
    writer.ascii(prefix)
    return writer
  }

  private took(weight: number): void {
    // The comma behind the last record is cut off when the body is taken.
    this.writer.ascii(",")
    this.starts.push(this.writer.length)
    this.weight += weight
  }
}
