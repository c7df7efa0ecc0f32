const decoder = new TextDecoder("utf-8", { ignoreBOM: true })

/** Elements that follow each other. */
export interface Elements {
  readonly start: number
  readonly length: number
}

const none: Elements = { start: 0, length: 0 }

/**
 * Reads a FlatBuffer that may say anything. What lies outside of its bytes is read as zero or as empty and makes `isValid`
 * false, so that callers look once, at the end. A position of 0 stands for a field that is absent.
 */
export class FlatBuffer {
  isValid = true
  private readonly view: DataView
  private tables: number

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    // Tables may be shared, and a few hundred bytes can then stand for a tree that has no end.
    this.tables = 16 + bytes.length / 4
  }

  private has(at: number, length: number): boolean {
    if (at >= 0 && length >= 0 && at + length <= this.bytes.length) return true
    this.isValid = false
    return false
  }

  byte(at: number): number {
    return this.has(at, 1) ? this.view.getUint8(at) : 0
  }

  short(at: number): number {
    return this.has(at, 2) ? this.view.getUint16(at, true) : 0
  }

  int(at: number): number {
    return this.has(at, 4) ? this.view.getInt32(at, true) : 0
  }

  long(at: number): number {
    if (!this.has(at, 8)) return 0
    const value = this.view.getInt32(at + 4, true) * 2 ** 32 + this.view.getUint32(at, true)
    if (Number.isSafeInteger(value)) return value
    this.isValid = false
    return 0
  }

  /** The position that the offset at this position leads to. */
  follow(at: number): number {
    return this.has(at, 4) ? at + this.view.getUint32(at, true) : 0
  }

  /** Where a field of a table is. */
  field(table: number, index: number): number {
    const fields = table - this.int(table)
    const at = 4 + 2 * index
    if (at + 2 > this.short(fields)) return 0
    const offset = this.short(fields + at)
    return offset === 0 ? 0 : table + offset
  }

  /** The table that the offset at this position leads to. */
  table(at: number): number {
    if (this.tables-- < 0) this.isValid = false
    return this.isValid ? this.follow(at) : 0
  }

  /** The table in a field of a table. */
  child(table: number, index: number): number {
    const at = this.field(table, index)
    return at === 0 ? 0 : this.table(at)
  }

  elements(table: number, index: number, size: number): Elements {
    const at = this.field(table, index)
    if (at === 0) return none
    const start = this.follow(at)
    if (!this.has(start, 4)) return none
    const length = this.view.getUint32(start, true)
    return this.has(start + 4, length * size) ? { start: start + 4, length } : none
  }

  byteField(table: number, index: number, absent: number): number {
    const at = this.field(table, index)
    return at === 0 ? absent : this.byte(at)
  }

  shortField(table: number, index: number, absent: number): number {
    const at = this.field(table, index)
    return at === 0 ? absent : this.short(at)
  }

  intField(table: number, index: number, absent: number): number {
    const at = this.field(table, index)
    return at === 0 ? absent : this.int(at)
  }

  longField(table: number, index: number): number {
    const at = this.field(table, index)
    return at === 0 ? 0 : this.long(at)
  }

  text(table: number, index: number): string | undefined {
    if (this.field(table, index) === 0) return undefined
    const { length, start } = this.elements(table, index, 1)
    return decoder.decode(this.bytes.subarray(start, start + length))
  }
}
