import { Numbers } from "../numbers.js"
import type { Arena } from "./arena.js"
import type { Chain } from "./chains.js"
import { ChainReader, Chains, grown, longestNumber } from "./chains.js"

/** A run of postings. */
interface Run {
  readonly documents: Chain
  readonly positions: Chain
  readonly count: number
  /** The numbers that its documents have now, or -1, where it is older than these. */
  readonly renumbered: Int32Array | undefined
}

/** A list as it is at a moment: what is appended to it later is not read. */
export interface List {
  /** How many postings it has, with those of documents that have no number any more. */
  readonly count: number
  readonly runs: ReadonlyArray<Run>
}

export const noList: List = { count: 0, runs: [] }

/** Whether it may have postings of documents that have no number any more. */
export const isOld = ({ runs }: List): boolean => runs.some(({ renumbered }) => renumbered !== undefined)

/** Where a reader is in the documents of a run. */
export interface Place {
  readonly address: number
  readonly level: number
  readonly at: number
  /** The document before. */
  readonly last: number
}

/** Reads a list from its beginning. */
export class Reader {
  /** The document of the posting. */
  document = -1
  /** How often it has the word. */
  frequency = 0
  private last = -1
  private run: Run | undefined
  private nextRun = 0
  private left = 0
  private readonly documents: ChainReader
  /** Only once it is asked for positions. */
  private places: ChainReader | undefined
  /** How many positions come before those of the posting. */
  private behind = 0

  constructor(private readonly arena: Arena, private readonly list: List) {
    this.documents = new ChainReader(arena)
  }

  /** Goes to the next posting of a document that is numbered, if there is one. */
  next(): boolean {
    for (;;) {
      this.behind += this.frequency
      while (this.left === 0) if (!this.openRun()) return false
      this.left--
      const head = this.documents.next()
      this.last += head >>> 1
      this.frequency = (head & 1) === 1 ? 1 : this.documents.next()
      const renumbered = this.run?.renumbered
      this.document = renumbered === undefined ? this.last : renumbered[this.last]
      if (this.document >= 0) return true
    }
  }

  /** The positions of the posting, in ascending order. To be asked for once. */
  positions(into: Numbers): void {
    const { behind, frequency, run } = this
    into.length = 0
    if (run === undefined) return
    if (this.places === undefined) {
      this.places = new ChainReader(this.arena)
      this.places.open(run.positions.head)
    }
    const { places } = this
    places.skip(behind)
    let position = 0
    for (let i = 0; i < frequency; i++) into.push(position += places.next())
    this.behind = -frequency
  }

  /**
   * Reads the next postings of documents that are numbered, as many as there is room for, and gives how many: fewer only at
   * the end of the list. Whoever reads in this way asks for no positions.
   */
  read(documents: Int32Array, frequencies: Int32Array): number {
    const room = documents.length
    const chain = this.documents
    let length = 0
    for (;;) {
      while (this.left === 0) if (!this.openRun()) return length
      if (length === room) return length
      // The same as `next`, which is for the ends of slices alone: no posting that begins here goes on in the next slice.
      const { page } = chain
      const renumbered = this.run?.renumbered
      const end = chain.end - 2 * longestNumber
      let { at } = chain
      let { last, left } = this
      while (left > 0 && at <= end && length < room) {
        let head = page[at++]
        if (head >= 128) {
          head &= 127
          for (let shift = 7, byte = 128; byte >= 128; shift += 7) {
            byte = page[at++]
            head |= (byte & 127) << shift
          }
        }
        let frequency = 1
        if ((head & 1) === 0) {
          frequency = page[at++]
          if (frequency >= 128) {
            frequency &= 127
            for (let shift = 7, byte = 128; byte >= 128; shift += 7) {
              byte = page[at++]
              frequency |= (byte & 127) << shift
            }
          }
        }
        last += head >>> 1
        left--
        const document = renumbered === undefined ? last : renumbered[last]
        if (document < 0) continue
        documents[length] = document
        frequencies[length++] = frequency
      }
      chain.at = at
      this.last = last
      this.left = left
      if (left === 0 || length === room) continue
      if (!this.next()) return length
      documents[length] = this.document
      frequencies[length++] = this.frequency
    }
  }

  /** Where it is, after so many postings of a list with no older run. */
  place(): Place {
    const { documents: { address, at, level }, last } = this
    return { address, level, at, last }
  }

  /** Goes to a place in a list with no older run, which so many postings come before. */
  goTo({ address, at, last, level }: Place, before: number): void {
    const run = this.run = this.list.runs[0]
    if (run === undefined) return
    this.nextRun = 1
    this.left = run.count - before
    this.last = last
    this.frequency = 0
    this.documents.resume(address, level, at)
  }

  private openRun(): boolean {
    const run = this.run = this.list.runs[this.nextRun++]
    if (run === undefined) return false
    this.left = run.count
    this.last = -1
    this.frequency = 0
    this.behind = 0
    this.documents.open(run.documents.head)
    this.places?.open(run.positions.head)
    return true
  }
}

const listOf = (run: Run, older: Run | undefined): List => {
  if (older !== undefined) return { count: older.count + run.count, runs: [older, run] }
  return run.count === 0 ? noList : { count: run.count, runs: [run] }
}

const postingsPerStep = 20_000

/**
 * For each word of a field, by its number, the documents that have it, how often and where.
 *
 * A list is a run of postings in ascending order of documents; one that grows while all get new numbers has an older run
 * before it for a while. A run has two chains of numbers: one of the documents, as most searches ask for no more, and one of
 * the positions. In the first, a posting is the distance from the document before, doubled, and one more where the
 * frequency is 1; else the frequency follows. In the second, it is the distances between the positions.
 */
export class Postings {
  length = 0
  private readonly documents: Chains
  private readonly positions: Chains
  private counts = new Int32Array(64)
  private lasts = new Int32Array(64)
  /** Whether the numbers of its documents are those of `epoch`. */
  private epochs = new Uint8Array(64)
  private epoch = 0
  private renumbered: Int32Array | undefined
  private converted = 0
  /** Runs with older numbers, of lists that have grown since. */
  private older = new Map<number, Run>()
  private readonly scratch = new Numbers()

  constructor(readonly arena: Arena) {
    this.documents = new Chains(arena)
    this.positions = new Chains(arena)
  }

  get bytes(): number {
    return this.documents.bytes + this.positions.bytes + this.counts.length * (2 * 4 + 1)
  }

  /** Makes an empty list. */
  create(): number {
    if (this.length === this.counts.length) this.grow()
    const list = this.length++
    this.reset(list)
    return list
  }

  /** Makes a list empty that has no posting. */
  reset(list: number): void {
    this.documents.reset(list)
    this.positions.reset(list)
    this.counts[list] = 0
    this.lasts[list] = -1
    this.epochs[list] = this.epoch
  }

  isEmpty(list: number): boolean {
    return this.counts[list] === 0 && !this.older.has(list)
  }

  list(list: number): List {
    return listOf(this.runOf(list), this.older.get(list))
  }

  /** All lists as they are now. */
  lists(): (list: number) => List {
    const { epoch, length, renumbered } = this
    const copy = ({ heads, tails }: Chains) => {
      const [copiedHeads, copiedTails] = [heads.slice(0, length), tails.slice(0, length)]
      return (list: number): Chain => ({ head: copiedHeads[list], tail: copiedTails[list] })
    }
    const documents = copy(this.documents)
    const positions = copy(this.positions)
    const counts = this.counts.slice(0, length)
    const epochs = this.epochs.slice(0, length)
    const older = new Map(this.older)
    return (list) =>
      list >= length ? noList : listOf({
        documents: documents(list),
        positions: positions(list),
        count: counts[list],
        renumbered: epochs[list] === epoch ? undefined : renumbered
      }, older.get(list))
  }

  private runOf(list: number): Run {
    const { documents, positions } = this
    return {
      documents: { head: documents.heads[list], tail: documents.tails[list] },
      positions: { head: positions.heads[list], tail: positions.tails[list] },
      count: this.counts[list],
      renumbered: this.epochs[list] === this.epoch ? undefined : this.renumbered
    }
  }

  /** Adds a document, whose number is larger than those in the list. Its positions are in ascending order. */
  append(list: number, document: number, positions: ArrayLike<number>, from: number, to: number): void {
    if (this.epochs[list] !== this.epoch) {
      const run = this.runOf(list)
      if (run.count > 0) this.older.set(list, run)
      this.reset(list)
    }
    const frequency = to - from
    const distance = document - this.lasts[list]
    const { documents, positions: places } = this
    documents.open(list)
    if (frequency === 1) documents.append(list, distance * 2 + 1)
    else {
      documents.append(list, distance * 2)
      documents.append(list, frequency)
    }
    documents.close(list)
    places.open(list)
    let before = 0
    for (let i = from; i < to; i++) {
      places.append(list, positions[i] - before)
      before = positions[i]
    }
    places.close(list)
    this.lasts[list] = document
    this.counts[list]++
  }

  // ---------------------------------------------------------------------------
  // New numbers for the documents
  // ---------------------------------------------------------------------------

  /** The documents have these numbers now, or none. The lists are written anew by `step`, all before the next time. */
  renumber(renumbered: Int32Array): void {
    this.renumbered = renumbered
    this.epoch ^= 1
    this.converted = 0
  }

  /** Writes so many lists anew, or fewer where they are long. Calls `f` with those that are empty. Whether all are done. */
  step(lists: number, f: (empty: number) => void): boolean {
    if (this.renumbered === undefined) return true
    const end = Math.min(this.length, this.converted + lists)
    for (let postings = 0; this.converted < end && postings < postingsPerStep; this.converted++) {
      postings += this.convert(this.converted)
      if (this.isEmpty(this.converted)) f(this.converted)
    }
    if (this.converted < this.length) return false
    this.renumbered = undefined
    return true
  }

  /** Gives how many postings it had. */
  private convert(list: number): number {
    const whole = this.list(list)
    if (!isOld(whole)) return 0
    const { scratch } = this
    this.older.delete(list)
    this.reset(list)
    for (const reader = new Reader(this.arena, whole); reader.next();) {
      const { document } = reader
      reader.positions(scratch)
      this.append(list, document, scratch.values, 0, scratch.length)
    }
    for (const { documents, positions } of whole.runs) {
      this.documents.release(documents)
      this.positions.release(positions)
    }
    return whole.count
  }

  private grow(): void {
    const length = this.counts.length * 2
    this.documents.grow(length)
    this.positions.grow(length)
    this.counts = grown(this.counts, new Int32Array(length))
    this.lasts = grown(this.lasts, new Int32Array(length))
    this.epochs = grown(this.epochs, new Uint8Array(length))
  }
}
