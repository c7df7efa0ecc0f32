import { Numbers } from "../numbers.js"

const maxVersion = 2 ** 31 - 1

/**
 * The documents of a text index. Each text that is written gets a number of its own, also where it replaces another of the
 * same slot, so that numbers only ascend; `renumbered` leaves out those that are dead.
 */
export class TextDocuments {
  /** By number: its slot. */
  readonly slots = new Numbers()
  /** By number: the version that removed it, or `maxVersion`. */
  readonly ends = new Numbers()
  /** By number: its place in the order in which they were first inserted. */
  sequences = new Float64Array(16)
  /** By field and number: how many tokens it has there. */
  readonly lengths: ReadonlyArray<Numbers>
  /** How many writes there were. */
  version = 0
  dead = 0
  /** By slot: the number of its document, or -1. */
  private numbers = new Int32Array(16).fill(-1)

  constructor(readonly fields: number) {
    this.lengths = Array.from({ length: fields }, () => new Numbers())
  }

  get count(): number {
    return this.slots.length
  }

  get bytes(): number {
    return this.slots.values.byteLength + this.ends.values.byteLength + this.sequences.byteLength +
      this.numbers.byteLength + this.lengths.reduce((sum, { values }) => sum + values.byteLength, 0)
  }

  /** The number of the document in a slot, or -1. */
  numberOf(slot: number): number {
    return slot < this.numbers.length ? this.numbers[slot] : -1
  }

  isDead(number: number): boolean {
    return this.ends.values[number] !== maxVersion
  }

  /** Gives the number of the document, which has no tokens yet. */
  add(slot: number, sequence: number): number {
    const number = this.slots.length
    this.slots.push(slot)
    this.ends.push(maxVersion)
    for (const lengths of this.lengths) lengths.push(0)
    if (number === this.sequences.length) {
      const sequences = new Float64Array(number * 2)
      sequences.set(this.sequences)
      this.sequences = sequences
    }
    this.sequences[number] = sequence
    if (slot >= this.numbers.length) {
      const numbers = new Int32Array(Math.max(slot + 1, this.numbers.length * 2)).fill(-1)
      numbers.set(this.numbers)
      this.numbers = numbers
    }
    this.numbers[slot] = number
    this.version++
    return number
  }

  remove(number: number): void {
    this.numbers[this.slots.values[number]] = -1
    this.ends.values[number] = ++this.version
    this.dead++
  }

  /** The same documents without the dead ones, and the new number of each, or -1. */
  renumbered(): readonly [TextDocuments, Int32Array] {
    const documents = new TextDocuments(this.fields)
    const alive = this.count - this.dead
    const before = new Int32Array(alive)
    const numbers = new Int32Array(this.count)
    const ends = this.ends.values
    let next = 0
    for (let number = 0; number < numbers.length; number++) {
      if (ends[number] !== maxVersion) numbers[number] = -1
      else {
        before[next] = number
        numbers[number] = next++
      }
    }
    // Column by column: with many documents this takes a while, in which nothing else happens.
    pick(this.slots, before, documents.slots)
    pick(this.ends, before, documents.ends)
    this.lengths.forEach((lengths, field) => pick(lengths, before, documents.lengths[field]))
    documents.sequences = new Float64Array(Math.max(16, alive * 2))
    for (let i = 0; i < alive; i++) documents.sequences[i] = this.sequences[before[i]]
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
  readonly count: number
  /** Whether any is dead. */
  readonly someDead: boolean
  readonly isAlive: (number: number) => boolean
  readonly slotOf: (number: number) => number
  readonly sequenceOf: (number: number) => number
}

/** What is written later is not seen, and what is removed later still is. */
export const seen = (documents: TextDocuments): DocumentsSeen => {
  const { count, dead, sequences, version } = documents
  const ends = documents.ends.values
  const slots = documents.slots.values
  return {
    count,
    someDead: dead > 0,
    isAlive: (number) => ends[number] > version,
    slotOf: (number) => slots[number],
    sequenceOf: (number) => sequences[number]
  }
}
