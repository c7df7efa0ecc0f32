import type { Metadata } from "./filter.js"
import { hashOf, hashOfBytes } from "./idMap.js"
import type { StoredRecord } from "./namespaceView.js"
import { fromText } from "./packing.js"
import type { PackedColumns } from "./sqlite/protocol.js"

/** A batch has no more records. */
export const mostInBatch = 2048

const shift = Math.log2(mostInBatch)

/** Texts one after the other. */
class Texts {
  private whole: string | undefined = undefined

  constructor(
    readonly bytes: Buffer,
    readonly ends: Uint32Array,
    /** Whether their bytes are their characters. */
    readonly isPlain: boolean
  ) {}

  from(row: number): number {
    return row === 0 ? 0 : this.ends[row - 1]
  }

  /** One of them; all of them are decoded at once where others are wanted too. */
  at(row: number, withOthers: boolean): string {
    if (!withOthers || !this.isPlain) return this.bytes.toString("utf8", this.from(row), this.ends[row])
    this.whole ??= this.bytes.toString("latin1")
    return this.whole.slice(this.from(row), this.ends[row])
  }

  forget(): void {
    this.whole = undefined
  }
}

const textsOf = ({ buffer, byteLength, byteOffset }: Uint8Array, ends: Uint32Array, isPlain: boolean): Texts =>
  new Texts(Buffer.from(buffer, byteOffset, byteLength), ends, isPlain)

const metadataOf = (text: string): Metadata | undefined => text === "" ? undefined : JSON.parse(text)

/** Records side by side, as they were read. */
class Batch {
  private readonly texts: Texts
  private readonly ids: Texts
  /** The ids, where their bytes are not their characters. */
  private readonly names: ReadonlyArray<string> | undefined

  constructor({ areIdsPlain, areTextsPlain, idEnds, ids, textEnds, texts }: PackedColumns) {
    this.ids = textsOf(ids, idEnds, areIdsPlain)
    this.texts = textsOf(texts, textEnds, areTextsPlain)
    this.names = areIdsPlain ? undefined : Array.from(idEnds, (_, row) => fromText(this.ids.at(row, false)))
  }

  id(row: number, withOthers: boolean): string {
    return this.names === undefined ? this.ids.at(row, withOthers) : this.names[row]
  }

  record(row: number, withOthers: boolean): Pick<StoredRecord, "id" | "metadata"> {
    return { id: this.id(row, withOthers), metadata: metadataOf(this.texts.at(row, withOthers)) }
  }

  hash(row: number): number {
    const { ids, names } = this
    return names === undefined ? hashOfBytes(ids.bytes, ids.from(row), ids.ends[row]) : hashOf(names[row])
  }

  hasId(row: number, id: string): boolean {
    const { ids: { bytes, ends }, names } = this
    if (names !== undefined) return names[row] === id
    const from = this.ids.from(row)
    if (ends[row] - from !== id.length) return false
    // Ids mostly begin alike.
    for (let i = id.length - 1; i >= 0; i--) if (bytes[from + i] !== id.charCodeAt(i)) return false
    return true
  }

  hasSameId(row: number, other: Batch, otherRow: number): boolean {
    if (this.names !== undefined || other.names !== undefined) return this.hasId(row, other.id(otherRow, false))
    const { bytes, ends } = this.ids
    const { bytes: otherBytes, ends: otherEnds } = other.ids
    const from = this.ids.from(row)
    let at = ends[row] - 1
    let otherAt = otherEnds[otherRow] - 1
    if (at - from !== otherAt - other.ids.from(otherRow)) return false
    for (; at >= from; at--, otherAt--) if (bytes[at] !== otherBytes[otherAt]) return false
    return true
  }

  forget(): void {
    this.ids.forget()
    this.texts.forget()
  }
}

/**
 * The ids and the metadata of many records, as the bytes that were read: an id is found without a string of its own, and the
 * metadata of a record is made when somebody asks for it. A million records are a few objects, where an object for each
 * takes seconds to make, and each time that the garbage collector looks at all of them.
 *
 * Records have slots, as in a view. What is dropped stays in memory, and is not found any more.
 */
export class Columns {
  size = 0
  private readonly batches: Array<Batch> = []
  /** By slot: the batch and the row of its record, from 1 on; 0 where it is not here. */
  private readonly places: Uint32Array
  /** Slots from 1 on, each at the hash of its id or at the next free place after it. Most of them are 0. */
  private readonly table: Int32Array
  /** The batch that was asked last: who asks it again is going through it. */
  private last: Batch | undefined = undefined

  /** For slots below the number. */
  constructor(slots: number) {
    this.places = new Uint32Array(slots)
    this.table = new Int32Array(2 ** Math.ceil(Math.log2(3 * slots + 2)))
  }

  /** Adds records with their slots, without those whose slot is -1. Calls for each old slot of an id that is there twice. */
  add(columns: PackedColumns, slots: Int32Array, twice: (slot: number) => void): void {
    const batch = new Batch(columns)
    const first = mostInBatch * (this.batches.push(batch) - 1) + 1
    const { places, table } = this
    const mask = table.length - 1
    for (let row = 0; row < slots.length; row++) {
      const slot = slots[row]
      if (slot < 0) continue
      let at = batch.hash(row) & mask
      for (; table[at] !== 0; at = (at + 1) & mask) {
        const other = table[at] - 1
        const place = places[other]
        if (place === 0) continue
        if (this.batches[(place - 1) >>> shift].hasSameId((place - 1) & (mostInBatch - 1), batch, row)) twice(other)
      }
      table[at] = slot + 1
      places[slot] = first + row
      this.size++
    }
  }

  has(slot: number): boolean {
    return slot >= 0 && slot < this.places.length && this.places[slot] !== 0
  }

  /** Whether there was such a record. */
  drop(slot: number): boolean {
    if (!this.has(slot)) return false
    this.places[slot] = 0
    this.size--
    return true
  }

  idAt(slot: number): string | undefined {
    if (!this.has(slot)) return undefined
    const batch = this.batchOf(slot)
    return batch.id(this.rowOf(slot), this.goesThrough(batch))
  }

  recordAt(slot: number): Pick<StoredRecord, "id" | "metadata"> | undefined {
    if (!this.has(slot)) return undefined
    const batch = this.batchOf(slot)
    return batch.record(this.rowOf(slot), this.goesThrough(batch))
  }

  slotOf(id: string): number | undefined {
    const { places, table } = this
    const mask = table.length - 1
    for (let at = hashOf(id) & mask; table[at] !== 0; at = (at + 1) & mask) {
      const slot = table[at] - 1
      if (places[slot] !== 0 && this.batchOf(slot).hasId(this.rowOf(slot), id)) return slot
    }
    return undefined
  }

  private batchOf(slot: number): Batch {
    return this.batches[(this.places[slot] - 1) >>> shift]
  }

  private rowOf(slot: number): number {
    return (this.places[slot] - 1) & (mostInBatch - 1)
  }

  /** Whether somebody goes through a batch: then all of it is decoded at once, which is faster than one by one. */
  private goesThrough(batch: Batch): boolean {
    if (this.last === batch) return true
    this.last?.forget()
    this.last = batch
    return false
  }
}

/** Each record by itself. */
export function* each(columns: PackedColumns): Generator<StoredRecord, void> {
  const batch = new Batch(columns)
  for (let row = 0; row < columns.idEnds.length; row++) {
    yield { ...batch.record(row, true), values: undefined, sparseValues: undefined }
  }
}
