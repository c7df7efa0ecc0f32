import { Numbers } from "./numbers.js"

/** As many values as indices. */
export interface SparseVector {
  readonly indices: Uint32Array
  readonly values: Float32Array
}

/** More than a sparse vector has values, and few enough for an index and a position to fit in one exact number. */
const positions = 2 ** 21

/** A copy with its indices in ascending order. */
export const sortedCopy = (vector: SparseVector): SparseVector => {
  const { indices, values } = vector
  let sorted = true
  for (let i = 1; i < indices.length && sorted; i++) sorted = indices[i - 1] <= indices[i]
  if (sorted) return { indices: indices.slice(), values: values.slice() }
  // Numbers sort several times as fast as positions with a function to compare them.
  const keys = new Float64Array(indices.length)
  for (let i = 0; i < keys.length; i++) keys[i] = indices[i] * positions + i
  keys.sort()
  const out = { indices: new Uint32Array(keys.length), values: new Float32Array(keys.length) }
  for (let i = 0; i < keys.length; i++) {
    const at = keys[i] % positions
    out.indices[i] = indices[at]
    out.values[i] = values[at]
  }
  return out
}

/** Where an index is, or would be, in a sorted vector. */
const placeOf = (indices: Uint32Array, index: number): number => {
  let low = 0
  let high = indices.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (indices[middle] < index) low = middle + 1
    else high = middle
  }
  return low
}

export const hasIndex = (vector: SparseVector | undefined, index: number): boolean =>
  vector !== undefined && vector.indices[placeOf(vector.indices, index)] === index

/** The product with a sorted vector. Summed in the order of the query, as the postings are: to the last bit the same. */
export const product = (query: SparseVector, sorted: SparseVector): number => {
  let sum = 0
  for (let i = 0; i < query.indices.length; i++) {
    const index = query.indices[i]
    for (let at = placeOf(sorted.indices, index); sorted.indices[at] === index; at++) {
      sum += query.values[i] * sorted.values[at]
    }
  }
  return sum
}

/** The vectors that have a value at one index. What was read of it stays as it is when it grows or is compacted. */
class Postings {
  documents = new Int32Array(4)
  values = new Float32Array(4)
  length = 0
  /** How many of them are of dead documents. */
  dead = 0
  /** The values by document, of a list that many documents are in: 0 for all others, and for dead ones. */
  spread: Float32Array | undefined = undefined
  /** Whether a document is there twice, so that they cannot be spread. */
  private repeats = false

  push(document: number, value: number): void {
    if (this.spread !== undefined) this.place(this.spread, document, value)
    if (this.length === this.documents.length) this.move(this.length * 2)
    this.documents[this.length] = document
    this.values[this.length++] = value
  }

  /** A query goes through all documents in less time than through a long list: how many postings there were to spread. */
  spreadOut(end: number, isAlive: (document: number) => boolean): number {
    if (this.spread !== undefined || this.repeats || this.length * documentsPerSpread < end) return 0
    // Some room to spare, as searches come between inserts.
    const spread = this.spread = new Float32Array(Math.ceil(end * 1.5))
    for (let i = 0; i < this.length; i++) {
      if (isAlive(this.documents[i])) this.place(spread, this.documents[i], this.values[i])
    }
    return this.length
  }

  private place(spread: Float32Array, document: number, value: number): void {
    if (document >= spread.length) this.spread = undefined
    else if (spread[document] === 0) spread[document] = value
    else {
      this.spread = undefined
      this.repeats = true
    }
  }

  private move(size: number): void {
    const documents = new Int32Array(size)
    const values = new Float32Array(size)
    documents.set(this.documents)
    values.set(this.values)
    this.documents = documents
    this.values = values
  }
}

const maxSpareSums = 4

/** Values are spread where one document in so many has one, and not where the whole would take long. */
const documentsPerSpread = 3
const leastSpread = 16
const mostSpread = 2 ** 20

/**
 * The sparse vectors of a namespace, by index: a query reads only the indices it has itself.
 *
 * Every vector that is added gets a document number of its own, also where it replaces another of the same slot, so that
 * removing one only counts its postings as dead. Postings are compacted, each list for itself, once more than half of them
 * are dead; a number is given again when its last posting is gone.
 */
export class SparseBlock {
  private readonly postings = new Map<number, Postings>()
  /** By document: its slot, or -1 for a dead one. */
  private readonly slots = new Numbers()
  /** By document: how many postings of a dead one there are. */
  private readonly left = new Numbers()
  private readonly free = new Numbers()
  private readonly spare: Array<Float64Array> = []
  private spreadBytes = 0

  /** What searches have made and keep for the next ones, in bytes. */
  get keptBytes(): number {
    return this.spare.reduce((sum, { byteLength }) => sum + byteLength, this.spreadBytes)
  }

  /** One more than the largest document number ever given. */
  get end(): number {
    return this.slots.length
  }

  /** The slot of a document, or -1 for a dead one. */
  slotOf(document: number): number {
    return this.slots.values[document]
  }

  /** Gives the number of the document. */
  add(slot: number, { indices, values }: SparseVector): number {
    const document = this.free.pop() ?? this.extend()
    this.slots.values[document] = slot
    for (let i = 0; i < indices.length; i++) {
      let postings = this.postings.get(indices[i])
      if (postings === undefined) this.postings.set(indices[i], postings = new Postings())
      const before = postings.spread?.byteLength ?? 0
      postings.push(document, values[i])
      if (postings.spread === undefined) this.spreadBytes -= before
    }
    return document
  }

  remove(document: number, { indices }: SparseVector): void {
    this.slots.values[document] = -1
    this.left.values[document] = indices.length
    if (indices.length === 0) this.free.push(document)
    for (let i = 0; i < indices.length; i++) {
      const postings = this.postings.get(indices[i])
      if (postings?.spread !== undefined) postings.spread[document] = 0
      if (postings !== undefined && ++postings.dead * 2 > postings.length) this.compact(indices[i], postings)
    }
  }

  list(index: number): Readonly<Pick<Postings, "documents" | "values" | "length" | "spread">> {
    return this.postings.get(index) ?? empty
  }

  /** Spreads a list out, where that is worth it: how many postings there were to go through. */
  spreadOut(index: number): number {
    const { end } = this
    const postings = this.postings.get(index)
    if (postings === undefined || end < leastSpread || end > mostSpread) return 0
    const spread = postings.spread?.byteLength ?? 0
    const work = postings.spreadOut(end, (document) => this.slotOf(document) >= 0)
    this.spreadBytes += (postings.spread?.byteLength ?? 0) - spread
    return work
  }

  /** What a search adds up in, by document: all zeros. */
  takeSums(): Float64Array {
    const { end } = this
    const spare = this.spare.pop()
    if (spare !== undefined && spare.length >= end) return spare
    // Some room to spare, as searches come between inserts.
    return new Float64Array(Math.ceil(end * 1.5))
  }

  /** Takes back what is all zeros again: made anew for each search, such arrays keep the garbage collector busy. */
  giveBack(sums: Float64Array): void {
    if (this.spare.length < maxSpareSums) this.spare.push(sums)
  }

  private extend(): number {
    this.slots.push(-1)
    this.left.push(0)
    return this.slots.length - 1
  }

  private compact(index: number, postings: Postings): void {
    this.spreadBytes -= postings.spread?.byteLength ?? 0
    const compacted = new Postings()
    for (let i = 0; i < postings.length; i++) {
      const document = postings.documents[i]
      if (this.slots.values[document] >= 0) compacted.push(document, postings.values[i])
      else if (--this.left.values[document] === 0) this.free.push(document)
    }
    if (compacted.length === 0) this.postings.delete(index)
    else this.postings.set(index, compacted)
  }
}

const empty = new Postings()
