import { Numbers } from "../numbers.js"

const maxVersion = 2 ** 31 - 1

/** In place of the version that removed it: it is not there yet. */
const prepared = -1

/**
 * The documents of a text index. Each text that is written gets a number of its own, also where it replaces another of the
 * same slot, so that numbers only ascend; `renumbered` leaves out those that are dead.
 */
export class TextDocuments {
  /** By number: its slot. */
  readonly slots = new Numbers()
  /** By number: the version that has shown it. */
  readonly begins = new Numbers()
  /** By number: the version that removed it, or `maxVersion`, or `prepared`. */
  readonly ends = new Numbers()
  /** By number: its place in the order in which they were first inserted. */
  sequences = new Float64Array(16)
  /** By field and number: how many tokens it has there. */
  readonly lengths: ReadonlyArray<Numbers>
  /** How many writes there were. */
  version = 0
  /** Another one whenever there is anything new in the lists of postings, or another document is dead or not. */
  changes = 0
  /** How many are not to be found, with those that are prepared. */
  dead = 0
  prepared = 0
  /** By slot: the number of its document, or -1. */
  private numbers = new Int32Array(16).fill(-1)

  constructor(readonly fields: number) {
    this.lengths = Array.from({ length: fields }, () => new Numbers())
  }

  get count(): number {
    return this.slots.length
  }

  get bytes(): number {
    return this.slots.values.byteLength + this.begins.values.byteLength + this.ends.values.byteLength +
      this.sequences.byteLength +
      this.numbers.byteLength + this.lengths.reduce((sum, { values }) => sum + values.byteLength, 0)
  }

  /** The number of the document in a slot, or -1. */
  numberOf(slot: number): number {
    return slot < this.numbers.length ? this.numbers[slot] : -1
  }

  /** Gives the number of a document, which has no tokens yet. No search finds it before it is shown. */
  prepare(): number {
    const number = this.slots.length
    this.slots.push(-1)
    this.begins.push(maxVersion)
    this.ends.push(prepared)
    for (const lengths of this.lengths) lengths.push(0)
    if (number === this.sequences.length) {
      const sequences = new Float64Array(number * 2)
      sequences.set(this.sequences)
      this.sequences = sequences
    }
    this.dead++
    this.prepared++
    this.changes++
    return number
  }

  /** A document that is prepared is in this slot from now on. */
  show(number: number, slot: number, sequence: number): void {
    this.slots.values[number] = slot
    this.begins.values[number] = ++this.version
    this.ends.values[number] = maxVersion
    this.sequences[number] = sequence
    if (slot >= this.numbers.length) {
      const numbers = new Int32Array(Math.max(slot + 1, this.numbers.length * 2)).fill(-1)
      numbers.set(this.numbers)
      this.numbers = numbers
    }
    this.numbers[slot] = number
    this.dead--
    this.prepared--
    this.changes++
  }

  /** A document that is prepared is not shown. */
  discard(number: number): void {
    this.ends.values[number] = 0
    this.prepared--
  }

  remove(number: number): void {
    this.numbers[this.slots.values[number]] = -1
    this.ends.values[number] = ++this.version
    this.dead++
    this.changes++
  }

  /** The same documents without the dead ones, but with those that are prepared, and the new number of each, or -1. */
  renumbered(): readonly [TextDocuments, Int32Array] {
    const documents = new TextDocuments(this.fields)
    const alive = this.count - this.dead + this.prepared
    const before = new Int32Array(alive)
    const numbers = new Int32Array(this.count)
    const ends = this.ends.values
    let next = 0
    for (let number = 0; number < numbers.length; number++) {
      if (ends[number] !== maxVersion && ends[number] !== prepared) numbers[number] = -1
      else {
        before[next] = number
        numbers[number] = next++
      }
    }
    // Column by column: with many documents this takes a while, in which nothing else happens.
    pick(this.slots, before, documents.slots)
    pick(this.begins, before, documents.begins)
    pick(this.ends, before, documents.ends)
    this.lengths.forEach((lengths, field) => pick(lengths, before, documents.lengths[field]))
    documents.sequences = new Float64Array(Math.max(16, alive * 2))
    for (let i = 0; i < alive; i++) documents.sequences[i] = this.sequences[before[i]]
    documents.version = this.version
    documents.changes = this.changes
    documents.dead = documents.prepared = this.prepared
    documents.numbers = this.numbers.map((number) => number < 0 ? -1 : numbers[number])
    return [documents, numbers]
  }
}

const pick = (from: Numbers, places: Int32Array, to: Numbers): void => {
  const values = new Int32Array(Math.max(16, places.length * 2))
  for (let i = 0; i < places.length; i++) values[i] = from.values[places[i]]
  to.values = values
  to.length = places.length
}

/** The documents as they are at a moment. */
export interface DocumentsSeen {
  /** The same in all that see the same documents. */
  readonly changes: number
  readonly count: number
  /** Whether any is dead, or not there yet. */
  readonly someDead: boolean
  readonly isAlive: (number: number) => boolean
  readonly slotOf: (number: number) => number
  readonly sequenceOf: (number: number) => number
}

/** What is written later is not seen, and what is removed later still is. */
export const seen = (documents: TextDocuments): DocumentsSeen => {
  const { changes, count, dead, sequences, version } = documents
  const begins = documents.begins.values
  const ends = documents.ends.values
  const slots = documents.slots.values
  return {
    changes,
    count,
    someDead: dead > 0,
    isAlive: (number) => ends[number] > version && begins[number] <= version,
    slotOf: (number) => slots[number],
    sequenceOf: (number) => sequences[number]
  }
}
