import type { Metadata } from "./filter.js"
import { hashOf, hashOfBytes } from "./idMap.js"
import type { StoredRecord } from "./namespaceView.js"
import { fromText } from "./packing.js"
import type { PackedColumns } from "./sqlite/protocol.js"

/** Records side by side, as they were read. */
interface Batch {
  readonly columns: PackedColumns
  readonly texts: Buffer
  readonly ids: Buffer
  /** The ids, where their bytes are not their characters. */
  readonly names: ReadonlyArray<string> | undefined
}

/** A batch has no more records. */
export const mostInBatch = 2048

const shift = Math.log2(mostInBatch)

const textIn = (bytes: Buffer, ends: Uint32Array, row: number): string =>
  bytes.toString("utf8", row === 0 ? 0 : ends[row - 1], ends[row])

const bufferOf = ({ buffer, byteLength, byteOffset }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength)

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
  /** Slots from 1 on, by the hash of their ids: the next free place after it. At least half of them are 0. */
  private readonly table: Int32Array

  /** For slots below the number. */
  constructor(slots: number) {
    this.places = new Uint32Array(slots)
    this.table = new Int32Array(2 ** Math.ceil(Math.log2(2 * slots + 2)))
  }

  /** Adds records with their slots, without those whose slot is -1. Calls for each old slot of an id that is there twice. */
  add(columns: PackedColumns, slots: Int32Array, twice: (slot: number) => void): void {
    const { idEnds, isPlain } = columns
    const ids = bufferOf(columns.ids)
    const names = isPlain ? undefined : Array.from(idEnds, (_, row) => fromText(textIn(ids, idEnds, row)))
    const batch: Batch = { columns, ids, names, texts: bufferOf(columns.texts) }
    const first = this.batches.push(batch) - 1
    const { places, table } = this
    const mask = table.length - 1
    for (let row = 0; row < slots.length; row++) {
      const slot = slots[row]
      if (slot < 0) continue
      let at = (names === undefined
        ? hashOfBytes(ids, row === 0 ? 0 : idEnds[row - 1], idEnds[row])
        : hashOf(names[row])) & mask
      for (; table[at] !== 0; at = (at + 1) & mask) {
        const other = table[at] - 1
        if (places[other] !== 0 && this.same(other, batch, row)) twice(other)
      }
      table[at] = slot + 1
      places[slot] = first * mostInBatch + row + 1
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
    const { batch: { columns, ids, names }, row } = this.find(slot)
    return names === undefined ? textIn(ids, columns.idEnds, row) : names[row]
  }

  /** Of a record that is there. */
  metadataAt(slot: number): Metadata | undefined {
    const { batch: { columns: { textEnds }, texts }, row } = this.find(slot)
    const text = textIn(texts, textEnds, row)
    return text === "" ? undefined : JSON.parse(text)
  }

  slotOf(id: string): number | undefined {
    const { table } = this
    const mask = table.length - 1
    for (let at = hashOf(id) & mask; table[at] !== 0; at = (at + 1) & mask) {
      const slot = table[at] - 1
      if (this.places[slot] !== 0 && this.isAt(slot, id)) return slot
    }
    return undefined
  }

  private find(slot: number): { readonly batch: Batch; readonly row: number } {
    const place = this.places[slot] - 1
    return { batch: this.batches[place >>> shift], row: place & (mostInBatch - 1) }
  }

  private isAt(slot: number, id: string): boolean {
    const { batch: { columns: { idEnds }, ids, names }, row } = this.find(slot)
    if (names !== undefined) return names[row] === id
    const from = row === 0 ? 0 : idEnds[row - 1]
    if (idEnds[row] - from !== id.length) return false
    for (let i = 0; i < id.length; i++) if (ids[from + i] !== id.charCodeAt(i)) return false
    return true
  }

  /** Whether the record in a slot has the same id as one of a batch. */
  private same(slot: number, { columns: { idEnds }, ids, names }: Batch, row: number): boolean {
    if (names !== undefined) return this.isAt(slot, names[row])
    const { batch, row: other } = this.find(slot)
    const from = row === 0 ? 0 : idEnds[row - 1]
    const to = idEnds[row]
    if (batch.names !== undefined) return batch.names[other] === ids.toString("latin1", from, to)
    const ends = batch.columns.idEnds
    const otherFrom = other === 0 ? 0 : ends[other - 1]
    return to - from === ends[other] - otherFrom && ids.compare(batch.ids, otherFrom, ends[other], from, to) === 0
  }
}

/** Each record by itself. */
export function* each({ idEnds, ids, textEnds, texts }: PackedColumns): Generator<StoredRecord, void> {
  const names = bufferOf(ids)
  const all = bufferOf(texts)
  for (let row = 0; row < idEnds.length; row++) {
    const text = textIn(all, textEnds, row)
    yield {
      id: fromText(textIn(names, idEnds, row)),
      values: undefined,
      sparseValues: undefined,
      metadata: text === "" ? undefined : JSON.parse(text)
    }
  }
}
