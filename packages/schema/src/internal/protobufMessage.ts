import type { Field } from "../RequestFields.js"
import { sparseValues } from "../RequestFields.js"
import type { DenseValues, SparseValues } from "../Vector.js"
import type { MessageWriter } from "./messageWriter.js"
import { ProtobufWriter } from "./protobufWriter.js"
import { writeStruct } from "./struct.js"

/** Writes requests as messages of Pinecone's gRPC interface. */
export class ProtobufMessageWriter extends ProtobufWriter implements MessageWriter {
  // A message has nothing around its fields, and a list nothing around its items or between them.

  begin(): void {}

  end(): void {}

  beginList(): void {}

  endList(): void {}

  next(): void {}

  beginItem(field: Field, bytes: number): number {
    return this.beginMessage(field.number, bytes)
  }

  endItem(begun: number): void {
    this.endMessage(begun)
  }

  text(field: Field, value: string): void {
    if (value !== "" || field.optional) this.string(field.number, value)
  }

  flag(field: Field, value: boolean): void {
    if (value || field.optional) this.varint(field.number, value ? 1 : 0)
  }

  integer(field: Field, value: number): void {
    if (value !== 0 || field.optional) this.varint(field.number, value)
  }

  float(field: Field, value: number): void {
    if (value !== 0 || field.optional) this.float32(field.number, value)
  }

  floats(field: Field, values: DenseValues): number {
    return this.packedFloats(field.number, values)
  }

  sparse(field: Field, { indices, values }: SparseValues): number {
    const start = this.beginMessage(field.number, values.length * 9)
    this.packedIntegers(sparseValues.indices.number, indices)
    const bad = this.packedFloats(sparseValues.values.number, values)
    // Where the values are wrong, nothing of this is kept.
    if (bad === -1) this.endMessage(start)
    return bad
  }

  struct(field: Field, value: { readonly [key: string]: unknown }): number {
    return writeStruct(this, field.number, value)
  }
}
