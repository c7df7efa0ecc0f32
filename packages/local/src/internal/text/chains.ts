import type { Arena } from "./arena.js"
import { lastLevel, linkSize, sliceSizes } from "./arena.js"

export const noPage: Uint8Array = new Uint8Array(0)

/** More than a number of 32 bits takes. */
export const longestNumber = 5

export const grown = <A extends Int32Array | Uint16Array | Uint8Array>(values: A, longer: A): A => {
  longer.set(values)
  return longer
}

/** What a chain has at a moment: what is appended to it later comes after the tail, or later in it. */
export interface Chain {
  readonly head: number
  readonly tail: number
}

/**
 * Lists of numbers that grow, each in slices of an arena that are linked: a number takes as many groups of 7 bits as it
 * needs, the lowest first.
 */
export class Chains {
  heads = new Int32Array(64)
  tails = new Int32Array(64)
  private used = new Uint16Array(64)
  private levels = new Uint8Array(64)
  private page = noPage
  private at = 0
  private end = 0

  constructor(private readonly arena: Arena) {}

  get bytes(): number {
    return this.heads.length * (4 * 2 + 2 + 1)
  }

  grow(length: number): void {
    this.heads = grown(this.heads, new Int32Array(length))
    this.tails = grown(this.tails, new Int32Array(length))
    this.used = grown(this.used, new Uint16Array(length))
    this.levels = grown(this.levels, new Uint8Array(length))
  }

  /** Makes a chain empty, whose slices somebody else has or are released. */
  reset(chain: number): void {
    this.heads[chain] = -1
  }

  /** Before numbers are appended to a chain, until `close`. */
  open(chain: number): void {
    const { arena } = this
    if (this.heads[chain] < 0) {
      this.heads[chain] = this.tails[chain] = arena.allocate(0)
      this.levels[chain] = 0
      this.used[chain] = 0
    }
    const tail = this.tails[chain]
    const offset = arena.offsetOf(tail)
    this.page = arena.pageOf(tail)
    this.at = offset + this.used[chain]
    this.end = offset + sliceSizes[this.levels[chain]] - linkSize
  }

  /** Appends a number to the chain that is open. */
  append(chain: number, value: number): void {
    let rest = value
    while (rest >= 128) {
      this.byte(chain, rest & 127 | 128)
      rest >>>= 7
    }
    this.byte(chain, rest)
  }

  close(chain: number): void {
    this.used[chain] = this.at - this.arena.offsetOf(this.tails[chain])
  }

  /** Frees the slices of a chain. */
  release({ head, tail }: Chain): void {
    let address = head
    for (let level = 0;; level = Math.min(level + 1, lastLevel)) {
      const next = address === tail ? undefined : this.arena.linked(address, level)
      this.arena.release(level, address)
      if (next === undefined) return
      address = next
    }
  }

  private byte(chain: number, value: number): void {
    if (this.at === this.end) this.extend(chain)
    this.page[this.at++] = value
  }

  private extend(chain: number): void {
    const { arena } = this
    const level = this.levels[chain]
    const larger = Math.min(level + 1, lastLevel)
    const next = arena.allocate(larger)
    arena.link(this.tails[chain], level, next)
    this.tails[chain] = next
    this.levels[chain] = larger
    this.page = arena.pageOf(next)
    this.at = arena.offsetOf(next)
    this.end = this.at + sliceSizes[larger] - linkSize
  }
}

/** Reads a chain from its beginning. It does not know the end: who reads knows how many numbers there are. */
export class ChainReader {
  /** The bytes of the slice: from `at`, and before `end`. */
  page = noPage
  at = 0
  end = 0
  /** Where the slice is, and of which size. */
  address = 0
  level = 0

  constructor(private readonly arena: Arena) {}

  /** Goes on where another reader was, with its `address`, `level` and `at`. */
  resume(address: number, level: number, at: number): void {
    this.address = address
    this.level = level
    this.page = this.arena.pageOf(address)
    this.end = this.arena.offsetOf(address) + sliceSizes[level] - linkSize
    this.at = at
  }

  open(head: number): void {
    this.level = 0
    this.address = head
    this.page = this.arena.pageOf(head)
    this.at = this.arena.offsetOf(head)
    this.end = this.at + sliceSizes[0] - linkSize
  }

  next(): number {
    let byte = this.byte()
    if (byte < 128) return byte
    let value = byte & 127
    for (let shift = 7;; shift += 7) {
      byte = this.byte()
      value |= (byte & 127) << shift
      if (byte < 128) return value >>> 0
    }
  }

  /** Passes over so many numbers. */
  skip(numbers: number): void {
    let { at } = this
    let left = numbers
    while (left > 0) {
      const { end, page } = this
      for (; at < end && left > 0; at++) if (page[at] < 128) left--
      this.at = at
      if (left === 0) return
      this.follow()
      at = this.at
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
