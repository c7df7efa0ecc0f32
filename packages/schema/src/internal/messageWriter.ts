import type { Field } from "../RequestFields.js"
import type { DenseValues, SparseValues } from "../Vector.js"
import type { ByteBuffer } from "./byteBuffer.js"

/**
 * Writes a request, field by field, in one format. What it is given has been checked, but for the numbers of vectors, which
 * are looked at one by one where they are written.
 */
export interface MessageWriter extends ByteBuffer {
  /** Begins and ends the request. */
  begin(): void
  end(): void
  /** Begins and ends a list of messages, which are written one after another, with `next` between them. */
  beginList(field: Field): void
  endList(): void
  next(): void
  /** Begins a message of about so many bytes, and gives what `endItem` needs to end it. */
  beginItem(field: Field, bytes: number): number
  endItem(begun: number): void
  text(field: Field, value: string): void
  flag(field: Field, value: boolean): void
  /** An unsigned 32-bit integer. */
  integer(field: Field, value: number): void
  float(field: Field, value: number): void
  /**
   * Returns -1, or the position of the first value that is not a number or not finite as a 32-bit float. What was written
   * by then is not specified.
   */
  floats(field: Field, values: DenseValues): number
  /** Returns the same of the values; the indices have to be unsigned 32-bit integers. */
  sparse(field: Field, sparse: SparseValues): number
  /** Metadata or a filter. Returns the bytes that it has as JSON, which is what Pinecone's limits are about. */
  struct(field: Field, value: { readonly [key: string]: unknown }): number
}
