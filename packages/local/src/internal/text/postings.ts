import { Numbers } from "../numbers.js"
import type { Arena } from "./arena.js"
import { lastLevel, linkSize, sliceSizes } from "./arena.js"

/** A run of postings. */
interface Run {
  readonly head: number
  readonly tail: number
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

const noPage: Uint8Array = new Uint8Array(0)

/** Reads a list from its beginning. */
export class Reader {
  /** The document of the posting. */
  document = -1
  /** How often it has the word. */
  frequency = 0
  private last = -1
  /** Positions of this posting that are not read yet. */
  private unread = 0
  private nextRun = 0
  private left = 0
  private renumbered: Int32Array | undefined
  private address = 0
  private level = 0
  private page = noPage
  private at = 0
  private end = 0

  constructor(private readonly arena: Arena, private readonly list: List) {}

  /** Goes to the next posting of a document that is numbered, if there is one. */
  next(): boolean {
    for (;;) {
      if (this.unread > 0) this.skipPositions()
      while (this.left === 0) if (!this.openRun()) return false
      this.left--
      const head = this.varint()
      this.last += head >>> 1
      this.frequency = (head & 1) === 1 ? 1 : this.varint()
      this.unread = this.frequency
      this.document = this.renumbered === undefined ? this.last : this.renumbered[this.last]
      if (this.document >= 0) return true
    }
  }

  /** The positions of the posting, in ascending order. */
  positions(into: Numbers): void {
    into.length = 0
    let position = 0
    for (; this.unread > 0; this.unread--) into.push(position += this.varint())
  }

  private openRun(): boolean {
    const run = this.list.runs[this.nextRun++]
    if (run === undefined) return false
    this.left = run.count
    this.renumbered = run.renumbered
    this.last = -1
    this.level = 0
    this.address = run.head
    this.page = this.arena.pageOf(run.head)
    this.at = this.arena.offsetOf(run.head)
    this.end = this.at + sliceSizes[0] - linkSize
    return true
  }

  private skipPositions(): void {
    let { at, unread } = this
    while (unread > 0) {
      const { end, page } = this
      for (; at < end && unread > 0; at++) if (page[at] < 128) unread--
      this.at = at
      if (unread === 0) break
      this.follow()
      at = this.at
    }
    this.unread = 0
  }

  private varint(): number {
    let byte = this.byte()
    if (byte < 128) return byte
    let value = byte & 127
    for (let shift = 7;; shift += 7) {
      byte = this.byte()
      value |= (byte & 127) << shift
      if (byte < 128) return value >>> 0
    }
  }

  private byte(): number {
    if (this.at === this.end) this.follow()
    return this.page[this.at++]
  }

  /** Goes to the next slice. */
  private follow(): void {
    this.address = this.arena.linked(this.address, this.level)
    this.level = Math.min(this.level + 1, lastLevel)
    this.page = this.arena.pageOf(this.address)
    this.at = this.arena.offsetOf(this.address)
    this.end = this.at + sliceSizes[this.level] - linkSize
  }
}

const grown = <A extends Int32Array | Uint16Array | Uint8Array>(values: A, longer: A): A => {
  longer.set(values)
  return longer
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
 * before it for a while. A posting is the distance from the document before, doubled,
 * and one more where the frequency is 1; else the frequency; then the distances between the positions. All are numbers of
 * as many groups of 7 bits as they need.
 */
export class Postings {
  length = 0
  private heads = new Int32Array(64)
  private counts = new Int32Array(64)
  private lasts = new Int32Array(64)
  private tails = new Int32Array(64)
  private used = new Uint16Array(64)
  private levels = new Uint8Array(64)
  /** Whether the numbers of its documents are those of `epoch`. */
  private epochs = new Uint8Array(64)
  private epoch = 0
  private renumbered: Int32Array | undefined
  private converted = 0
  /** Runs with older numbers, of lists that have grown since. */
  private older = new Map<number, Run>()
  private readonly scratch = new Numbers()

  constructor(readonly arena: Arena) {}

  get bytes(): number {
    return this.heads.length * (4 * 4 + 2 + 1 + 1)
  }

  /** Makes an empty list. */
  create(): number {
    if (this.length === this.heads.length) this.grow()
    const list = this.length++
    this.reset(list)
    return list
  }

  /** Makes a list empty that has no posting. */
  reset(list: number): void {
    this.heads[list] = -1
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
    const heads = this.heads.slice(0, length)
    const tails = this.tails.slice(0, length)
    const counts = this.counts.slice(0, length)
    const epochs = this.epochs.slice(0, length)
    const older = new Map(this.older)
    return (list) =>
      list >= length ? noList : listOf({
        head: heads[list],
        tail: tails[list],
        count: counts[list],
        renumbered: epochs[list] === epoch ? undefined : renumbered
      }, older.get(list))
  }

  private runOf(list: number): Run {
    return {
      head: this.heads[list],
      tail: this.tails[list],
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
    this.open(list)
    const frequency = to - from
    const distance = document - this.lasts[list]
    if (frequency === 1) this.varint(list, distance * 2 + 1)
    else {
      this.varint(list, distance * 2)
      this.varint(list, frequency)
    }
    let before = 0
    for (let i = from; i < to; i++) {
      this.varint(list, positions[i] - before)
      before = positions[i]
    }
    this.close(list)
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
    for (const { head, tail } of whole.runs) this.release(head, tail)
    return whole.count
  }

  private release(head: number, tail: number): void {
    let address = head
    for (let level = 0;; level = Math.min(level + 1, lastLevel)) {
      const next = address === tail ? undefined : this.arena.linked(address, level)
      this.arena.release(level, address)
      if (next === undefined) return
      address = next
    }
  }

  // ---------------------------------------------------------------------------
  // Bytes
  // ---------------------------------------------------------------------------

  private page: Uint8Array = noPage
  private at = 0
  private end = 0

  private open(list: number): void {
    const { arena } = this
    if (this.heads[list] < 0) {
      this.heads[list] = this.tails[list] = arena.allocate(0)
      this.levels[list] = 0
      this.used[list] = 0
    }
    const tail = this.tails[list]
    const offset = arena.offsetOf(tail)
    this.page = arena.pageOf(tail)
    this.at = offset + this.used[list]
    this.end = offset + sliceSizes[this.levels[list]] - linkSize
  }

  private close(list: number): void {
    this.used[list] = this.at - this.arena.offsetOf(this.tails[list])
  }

  private varint(list: number, value: number): void {
    let rest = value
    while (rest >= 128) {
      this.byte(list, rest & 127 | 128)
      rest >>>= 7
    }
    this.byte(list, rest)
  }

  private byte(list: number, value: number): void {
    if (this.at === this.end) this.extend(list)
    this.page[this.at++] = value
  }

  private extend(list: number): void {
    const { arena } = this
    const level = this.levels[list]
    const larger = Math.min(level + 1, lastLevel)
    const next = arena.allocate(larger)
    arena.link(this.tails[list], level, next)
    this.tails[list] = next
    this.levels[list] = larger
    this.page = arena.pageOf(next)
    this.at = arena.offsetOf(next)
    this.end = this.at + sliceSizes[larger] - linkSize
  }

  private grow(): void {
    const length = this.heads.length * 2
    this.heads = grown(this.heads, new Int32Array(length))
    this.counts = grown(this.counts, new Int32Array(length))
    this.lasts = grown(this.lasts, new Int32Array(length))
    this.tails = grown(this.tails, new Int32Array(length))
    this.used = grown(this.used, new Uint16Array(length))
    this.levels = grown(this.levels, new Uint8Array(length))
    this.epochs = grown(this.epochs, new Uint8Array(length))
  }
}
