import type { Budget } from "./job.js"

/** Text that has code units from the surrogates upwards, which UTF-16 and UTF-8 order differently among themselves. */
const hasHighUnits = /[\uD800-\uFFFF]/

const rank = (unit: number): number => unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit

/** Compares as the UTF-8 bytes would: by code points. */
export const compareIds = (a: string, b: string): number => {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return rank(x) - rank(y)
  }
  return a.length - b.length
}

export const sortIds = (ids: Array<string>): Array<string> =>
  // Without a function, the sort is several times as fast.
  ids.some((id) => hasHighUnits.test(id)) ? ids.sort(compareIds) : ids.sort()

const chunkLength = 512

/** What a million ids are cut into is known from this many of them. */
const maxSamples = 4096

/** The ids from `first` up to the first one of the next chunk. */
interface Chunk {
  readonly first: string
  ids: Array<string>
  /** Whether they are in order, each once. */
  sorted: boolean
  /** How many of them are of records that are gone, or more. */
  dead: number
}

export interface Place {
  /** In order, those of records that are gone among them. */
  readonly ids: ReadonlyArray<string>
  readonly at: number
  /** Where the next chunk begins. */
  readonly next: string | undefined
  /** What it took to find it. */
  readonly units: number
}

/** Where the ids are that are there. */
export interface Source {
  readonly has: (id: string) => boolean
  /** By slot: `undefined` where the slot is free. */
  readonly idAt: (slot: number) => string | undefined
  /** One more than the largest slot. */
  readonly end: () => number
  readonly size: () => number
}

/**
 * The ids in order, in chunks: one more id moves a chunk, not all of them, and only what is read is sorted.
 *
 * Nothing is done before a list is asked for. Then all are dealt out to chunks, in slices, by a sample of them; from then
 * on each new one goes to its chunk, which is sorted once somebody reads there or it becomes too long.
 */
export class SortedIds {
  private chunks: Array<Chunk> = []
  private state: "none" | "building" | "built" = "none"
  /** While they are dealt out: the next slot, and the end. */
  private next = 0
  private end = 0

  constructor(private readonly source: Source) {}

  add(id: string): void {
    if (this.state === "none") return
    const at = this.chunkOf(id)
    const chunk = this.chunks[at]
    chunk.ids.push(id)
    chunk.sorted = false
    if (chunk.ids.length > 4 * chunkLength) this.split(at)
  }

  /** After the record is gone. */
  remove(id: string): void {
    if (this.state === "none") return
    const at = this.chunkOf(id)
    const chunk = this.chunks[at]
    if (++chunk.dead * 2 > chunk.ids.length) this.clean(at)
  }

  /** Makes the chunks, if need be: together with others who are about it. */
  *build(budget: Budget): Generator<void, void, void> {
    if (this.state === "none") {
      // In a slice or two: whoever comes later finds the chunks that all ids go to from now on.
      this.deal()
      this.state = "building"
      this.next = 0
      this.end = this.source.end()
    }
    while (this.state === "building") {
      for (; this.next < this.end; this.next++) {
        if ((budget.left -= 8) < 0) break
        const id = this.source.idAt(this.next)
        if (id !== undefined) this.add(id)
      }
      if (this.next >= this.end) this.state = "built"
      else yield
    }
  }

  /** The chunk where an id is or would be, with its place there, and what the work was. */
  from(id: string): Place {
    const at = this.chunkOf(id)
    const chunk = this.chunks[at]
    const units = chunk.sorted ? 1 : 8 * chunk.ids.length
    if (!chunk.sorted) this.sort(chunk)
    return { ids: chunk.ids, at: lowerBound(chunk.ids, id), next: this.chunks[at + 1]?.first, units }
  }

  private deal(): void {
    const { source } = this
    const end = source.end()
    const wanted = Math.ceil(source.size() / chunkLength)
    // Four for each chunk, so that none of them is much longer than the others.
    const samples = Math.min(4 * wanted, maxSamples)
    const sample: Array<string> = []
    for (let i = 0; i < samples; i++) {
      const id = source.idAt(Math.floor(i * end / samples))
      if (id !== undefined) sample.push(id)
    }
    sortIds(sample)
    this.chunks = [makeChunk("")]
    for (let i = 4; i < sample.length; i += 4) {
      if (sample[i] !== this.chunks[this.chunks.length - 1].first) this.chunks.push(makeChunk(sample[i]))
    }
  }

  private sort(chunk: Chunk): void {
    sortIds(chunk.ids)
    // An id that was removed and came back is there twice.
    let length = 0
    for (const id of chunk.ids) if (length === 0 || chunk.ids[length - 1] !== id) chunk.ids[length++] = id
    chunk.ids.length = length
    chunk.sorted = true
  }

  /** Forgets what is gone. */
  private clean(at: number): void {
    const chunk = this.chunks[at]
    chunk.ids = chunk.ids.filter(this.source.has)
    chunk.dead = 0
    if (chunk.ids.length === 0 && at > 0) this.chunks.splice(at, 1)
  }

  private split(at: number): void {
    const chunk = this.chunks[at]
    this.sort(chunk)
    if (chunk.dead > 0) this.clean(at)
    const { ids } = chunk
    if (ids.length <= 2 * chunkLength) return
    const middle = ids.length >> 1
    const rest: Chunk = { ...makeChunk(ids[middle]), ids: ids.slice(middle), sorted: true }
    ids.length = middle
    this.chunks.splice(at + 1, 0, rest)
  }

  /** The chunk where an id is or would be. */
  private chunkOf(id: string): number {
    let low = 1
    let high = this.chunks.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (compareIds(this.chunks[middle].first, id) <= 0) low = middle + 1
      else high = middle
    }
    return low - 1
  }
}

const makeChunk = (first: string): Chunk => ({ first, ids: [], sorted: true, dead: 0 })

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
