import type { Metadata, Predicate } from "./filter.js"
import type { Metric } from "./vectorBlock.js"
import { TopK, VectorBlock } from "./vectorBlock.js"

export type { Metric } from "./vectorBlock.js"

/** As many values as indices. */
export interface SparseVector {
  readonly indices: Uint32Array
  readonly values: Float32Array
}

/** A record. */
export interface StoredRecord {
  readonly id: string
  readonly values: Float32Array | undefined
  readonly sparseValues: SparseVector | undefined
  readonly metadata: Metadata | undefined
}

/** A query: by a dense vector, by a sparse one or, with the dot product, by the sum of both. */
export interface SearchOptions {
  readonly vector?: Float32Array | undefined
  readonly sparseVector?: SparseVector | undefined
  readonly topK: number
  readonly predicate?: Predicate | undefined
}

/** A record that was found. */
export interface Hit {
  readonly id: string
  readonly score: number
}

interface Entry {
  readonly id: string
  readonly slot: number
  sparseValues: SparseVector | undefined
  metadata: Metadata | undefined
}

/** The records of one namespace, in memory: what queries, lists and filters look at. */
export class NamespaceView {
  private readonly metric: Metric
  private readonly block: VectorBlock
  private readonly sparse = new SparseBlock()
  private readonly entries = new Map<string, Entry>()
  private readonly ids = new SortedIds(this.entries)
  /** By slot, `undefined` where the slot is free. */
  private readonly bySlot: Array<Entry | undefined> = []
  /** By slot: when the record that has it was first inserted. */
  private readonly sequences: Array<number> = []
  private nextSequence = 0

  constructor(options: { readonly metric: Metric; readonly dimension: number | undefined }) {
    this.metric = options.metric
    this.block = new VectorBlock(options.dimension ?? 0)
  }

  get size(): number {
    return this.entries.size
  }

  /** Inserts the record, or replaces the one with the same id. */
  upsert(record: StoredRecord): void {
    if (record.values !== undefined) this.block.checkLength(record.values)
    let entry = this.entries.get(record.id)
    if (entry === undefined) {
      const slot = this.block.allocate()
      entry = { id: record.id, slot, sparseValues: undefined, metadata: undefined }
      this.sequences[slot] = this.nextSequence++
      this.bySlot[slot] = entry
      this.entries.set(record.id, entry)
      this.ids.add(record.id)
    }
    this.block.write(entry.slot, record.values)
    if (entry.sparseValues !== undefined) this.sparse.remove(entry.slot)
    entry.sparseValues = record.sparseValues === undefined ? undefined : sortedCopy(record.sparseValues)
    if (entry.sparseValues !== undefined) this.sparse.add(entry.slot, entry.sparseValues)
    entry.metadata = record.metadata
  }

  /** Whether there was such a record. */
  remove(id: string): boolean {
    const entry = this.entries.get(id)
    if (entry === undefined) return false
    if (entry.sparseValues !== undefined) this.sparse.remove(entry.slot)
    this.block.release(entry.slot)
    this.bySlot[entry.slot] = undefined
    this.entries.delete(id)
    this.ids.remove()
    return true
  }

  clear(): void {
    this.block.clear()
    this.sparse.clear()
    this.entries.clear()
    this.ids.clear()
    this.bySlot.length = 0
    this.sequences.length = 0
  }

  /** The record, with copies of its values. The indices of its sparse values are in ascending order. */
  get(id: string): StoredRecord | undefined {
    const entry = this.entries.get(id)
    if (entry === undefined) return undefined
    const sparse = entry.sparseValues
    return {
      id,
      values: this.block.read(entry.slot),
      sparseValues: sparse && { indices: sparse.indices.slice(), values: sparse.values.slice() },
      metadata: entry.metadata
    }
  }

  has(id: string): boolean {
    return this.entries.has(id)
  }

  /** The metadata of the record, if there is one. */
  metadataOf(id: string): Metadata | undefined {
    return this.entries.get(id)?.metadata
  }

  /** Replaces the metadata of the record, if there is one. */
  setMetadata(id: string, metadata: Metadata | undefined): void {
    const entry = this.entries.get(id)
    if (entry !== undefined) entry.metadata = metadata
  }

  /** The best records, the best first, and those of equal scores in the order in which they were first inserted. */
  search(options: SearchOptions): Array<Hit> {
    const { predicate, sparseVector, vector } = options
    const top = new TopK(Math.max(0, Math.min(options.topK, this.entries.size)), this.sequences)
    if (top.capacity === 0) return []
    if (vector !== undefined) {
      this.block.scan({
        metric: this.metric,
        query: vector,
        top,
        accepts: predicate && ((slot) => predicate(this.bySlot[slot]?.metadata)),
        bonus: sparseVector && this.metric === "dotproduct"
          ? this.sparse.bonus(sparseVector, this.block.end)
          : undefined
      })
    } else if (sparseVector !== undefined) this.searchSparse(sparseVector, top, predicate)
    return top.drain((key, slot) => ({ id: this.bySlot[slot]!.id, score: this.score(key, vector !== undefined) }))
  }

  /** The ids that begin with `prefix` and come after `after`, in the order of their UTF-8 bytes. */
  list(options: {
    readonly prefix?: string | undefined
    readonly after?: string | undefined
    readonly limit: number
  }): Array<string> {
    return this.ids.page(options.prefix ?? "", options.after, options.limit)
  }

  /** The ids of the records that match, in the order of their UTF-8 bytes. */
  filter(predicate: Predicate): Array<string> {
    const ids: Array<string> = []
    for (const entry of this.entries.values()) if (predicate(entry.metadata)) ids.push(entry.id)
    return sortIds(ids)
  }

  /** The number of records, or of those that match. */
  count(predicate?: Predicate): number {
    if (predicate === undefined) return this.entries.size
    let count = 0
    for (const entry of this.entries.values()) if (predicate(entry.metadata)) count++
    return count
  }

  private searchSparse(query: SparseVector, top: TopK, predicate: Predicate | undefined): void {
    this.sparse.search(query, (slot, score) => {
      // What has nothing in common with the query, or as much for it as against it, is no match.
      if (score === 0) return
      // The score is there before the filter is asked, as it falls out of the walk through the postings: only the few
      // records that would get into the answer are worth a call of the filter.
      if (top.wants(score, slot) && (predicate === undefined || predicate(this.bySlot[slot]?.metadata))) {
        top.offer(score, slot)
      }
    })
  }

  private score(key: number, dense: boolean): number {
    if (dense && this.metric === "euclidean") return -key
    // Rounding may take the cosine of parallel vectors just past 1.
    if (dense && this.metric === "cosine") return Math.max(-1, Math.min(1, key)) + 0
    // No score is the negative zero.
    return key + 0
  }
}

// -----------------------------------------------------------------------------
// Sparse vectors
// -----------------------------------------------------------------------------

/** More than a sparse vector has values, and few enough for an index and a position to fit in one exact number. */
const positions = 2 ** 21

const sortedCopy = (vector: SparseVector): SparseVector => {
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

/** The vectors that have a value at one index. */
class Postings {
  documents = new Int32Array(4)
  values = new Float32Array(4)
  length = 0

  push(document: number, value: number): void {
    if (this.length === this.documents.length) {
      const documents = new Int32Array(this.length * 2)
      const values = new Float32Array(this.length * 2)
      documents.set(this.documents)
      values.set(this.values)
      this.documents = documents
      this.values = values
    }
    this.documents[this.length] = document
    this.values[this.length++] = value
  }
}

/**
 * The sparse vectors of a namespace, by index: a query reads only the indices it has itself.
 *
 * Every vector that is added gets a document number of its own, also where it replaces another of the same slot, so
 * that removing one leaves the postings alone. Dead ones are swept out once they outnumber the living.
 */
class SparseBlock {
  private readonly postings = new Map<number, Postings>()
  /** By slot. */
  private readonly documents = new Map<number, { readonly document: number; readonly vector: SparseVector }>()
  /** By document: its slot, or -1 for a dead one. */
  private readonly slots: Array<number> = []
  /** By document. Kept between searches, and all zeros then. */
  private scores = new Float64Array(0)
  private seen = new Uint8Array(0)

  add(slot: number, vector: SparseVector): void {
    const document = this.slots.length
    this.slots.push(slot)
    this.documents.set(slot, { document, vector })
    for (let i = 0; i < vector.indices.length; i++) {
      const index = vector.indices[i]
      let postings = this.postings.get(index)
      if (postings === undefined) this.postings.set(index, postings = new Postings())
      postings.push(document, vector.values[i])
    }
  }

  remove(slot: number): void {
    const found = this.documents.get(slot)
    if (found === undefined) return
    this.documents.delete(slot)
    this.slots[found.document] = -1
    if (this.slots.length > 2 * this.documents.size + 1024) this.sweep()
  }

  clear(): void {
    this.postings.clear()
    this.documents.clear()
    this.slots.length = 0
    this.scores = new Float64Array(0)
    this.seen = new Uint8Array(0)
  }

  /** Calls `f` with each slot whose vector shares an index with the query. */
  search(query: SparseVector, f: (slot: number, score: number) => void): void {
    if (this.scores.length < this.slots.length) {
      // Some room to spare, as searches come between inserts.
      const length = Math.ceil(this.slots.length * 1.5)
      this.scores = new Float64Array(length)
      this.seen = new Uint8Array(length)
    }
    const { scores, seen, slots } = this
    const touched: Array<number> = []
    for (let i = 0; i < query.indices.length; i++) {
      const postings = this.postings.get(query.indices[i])
      if (postings === undefined) continue
      const { documents, length, values } = postings
      const weight = query.values[i]
      for (let j = 0; j < length; j++) {
        const document = documents[j]
        scores[document] += weight * values[j]
        if (seen[document] === 0) {
          seen[document] = 1
          touched.push(document)
        }
      }
    }
    for (let i = 0; i < touched.length; i++) {
      const document = touched[i]
      const score = scores[document]
      scores[document] = 0
      seen[document] = 0
      if (slots[document] >= 0) f(slots[document], score)
    }
  }

  /** The scores by slot, for the slots below `end`. */
  bonus(query: SparseVector, end: number): Float64Array {
    const bonus = new Float64Array(end)
    this.search(query, (slot, score) => {
      bonus[slot] = score
    })
    return bonus
  }

  private sweep(): void {
    const living = Array.from(this.documents)
    this.clear()
    for (const [slot, { vector }] of living) this.add(slot, vector)
  }
}

// -----------------------------------------------------------------------------
// Ids
// -----------------------------------------------------------------------------

/** Text that has code units from the surrogates upwards, which UTF-16 and UTF-8 order differently among themselves. */
const hasHighUnits = /[\uD800-\uFFFF]/

const rank = (unit: number): number => unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit

/** Compares as the UTF-8 bytes would: by code points. */
const compareIds = (a: string, b: string): number => {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return rank(x) - rank(y)
  }
  return a.length - b.length
}

const sortIds = (ids: Array<string>): Array<string> =>
  // Without a function, the sort is several times as fast.
  ids.some((id) => hasHighUnits.test(id)) ? ids.sort(compareIds) : ids.sort()

const chunkLength = 512

/**
 * The ids in order, in chunks: one more id moves a chunk, not all of them.
 *
 * Nothing is done before a list is asked for. Then the few ids that are new are put where they belong, or, where many
 * have changed, everything is sorted again. Ids that are gone stay, and are skipped, until that happens.
 */
class SortedIds {
  private chunks: Array<Array<string>> = []
  private added: Array<string> = []
  private removed = 0
  private stale = false

  constructor(private readonly live: ReadonlyMap<string, unknown>) {}

  add(id: string): void {
    if (this.stale) return
    this.added.push(id)
    if (this.added.length > 1024 + this.live.size / 8) this.invalidate()
  }

  remove(): void {
    if (++this.removed > 1024 + this.live.size / 2) this.invalidate()
  }

  clear(): void {
    this.chunks = []
    this.added = []
    this.removed = 0
    this.stale = false
  }

  page(prefix: string, after: string | undefined, limit: number): Array<string> {
    this.refresh()
    const out: Array<string> = []
    const from = after !== undefined && compareIds(after, prefix) >= 0 ? after : prefix
    let at = this.chunkOf(from)
    if (at === this.chunks.length) return out
    for (let i = lowerBound(this.chunks[at], from); out.length < limit; i++) {
      if (i === this.chunks[at].length) {
        if (++at === this.chunks.length) break
        i = 0
      }
      const id = this.chunks[at][i]
      if (!id.startsWith(prefix)) break
      if (id !== after && this.live.has(id)) out.push(id)
    }
    return out
  }

  private invalidate(): void {
    this.clear()
    this.stale = true
  }

  private refresh(): void {
    if (this.stale) {
      this.clear()
      const ids = sortIds(Array.from(this.live.keys()))
      for (let i = 0; i < ids.length; i += chunkLength) this.chunks.push(ids.slice(i, i + chunkLength))
      return
    }
    for (const id of this.added) if (this.live.has(id)) this.insert(id)
    this.added = []
  }

  private insert(id: string): void {
    if (this.chunks.length === 0) {
      this.chunks.push([id])
      return
    }
    const at = Math.min(this.chunkOf(id), this.chunks.length - 1)
    const chunk = this.chunks[at]
    const i = lowerBound(chunk, id)
    // An id that was removed and came back is still here.
    if (chunk[i] === id) return
    chunk.splice(i, 0, id)
    if (chunk.length > 2 * chunkLength) this.chunks.splice(at + 1, 0, chunk.splice(chunkLength))
  }

  /** The first chunk whose last id is not before `id`: the only one where it may be. */
  private chunkOf(id: string): number {
    let low = 0
    let high = this.chunks.length
    while (low < high) {
      const middle = (low + high) >> 1
      const chunk = this.chunks[middle]
      if (compareIds(chunk[chunk.length - 1], id) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}

const lowerBound = (ids: ReadonlyArray<string>, id: string): number => {
  let low = 0
  let high = ids.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (compareIds(ids[middle], id) < 0) low = middle + 1
    else high = middle
  }
  return low
}
