import type { Field } from "../RequestFields.js"
import { sparseValues } from "../RequestFields.js"
import type { DenseValues, SparseValues } from "../Vector.js"
import { ByteWriter } from "./byteWriter.js"
import type { MessageWriter } from "./messageWriter.js"

const openingBrace = 123

/** Writes requests as JSON. */
export class JsonMessageWriter extends ByteWriter implements MessageWriter {
  begin(): void {
    this.ascii("{")
  }

  end(): void {
    this.ascii("}")
  }

  beginList(field: Field): void {
    this.key(field)
    this.ascii("[")
  }

  endList(): void {
    this.ascii("]")
  }

  next(): void {
    this.ascii(",")
  }

  beginItem(): number {
    this.ascii("{")
    return this.offset
  }

  endItem(): void {
    this.ascii("}")
  }

  text(field: Field, value: string): void {
    this.key(field)
    this.json(value)
  }

  flag(field: Field, value: boolean): void {
    this.key(field)
    this.json(value)
  }

  integer(field: Field, value: number): void {
    this.key(field)
    this.json(value)
  }

  float(field: Field, value: number): void {
    this.key(field)
    this.json(value)
  }

  floats(field: Field, values: DenseValues): number {
    this.key(field)
    return this.float32s(values)
  }

  sparse(field: Field, { indices, values }: SparseValues): number {
    this.key(field)
    this.ascii("{")
    this.key(sparseValues.indices)
    this.integers(indices)
    const bad = this.floats(sparseValues.values, values)
    this.ascii("}")
    return bad
  }

  struct(field: Field, value: object): number {
    this.key(field)
    const before = this.offset
    this.json(value)
    return this.offset - before
  }

  protected key(field: Field): void {
    // Nothing that a field can have as its value ends in this brace.
    this.ascii(this.buffer[this.offset - 1] === openingBrace ? field.firstKey : field.nextKey)
  }
}
