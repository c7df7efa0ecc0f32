import { Arena, rowsPerPass, rowsWithin, Sought } from "./kernel/arena.js"
import * as Kernel from "./kernel/kernel.js"
import { inverseNorm, negatedDistances, products } from "./kernel/loops.js"
import { sumOf } from "./kernel/sums.js"
import { Numbers } from "./numbers.js"

/** How the distance between two vectors is measured. */
export type Metric = "cosine" | "dotproduct" | "euclidean"

/** What `TopK` keeps. */
export interface Ranked {
  /** When it was first inserted. */
  readonly sequence: number
}

/**
 * The best `capacity` items seen so far, the worst of them on top of a heap.
 *
 * A larger key is better. Equal keys are ordered by the sequence, the smaller first: the answer does not depend on which
 * slots the records happen to have.
 */
export class TopK<A extends Ranked> {
  /** Nothing with a smaller key gets in. A scan compares with it before the dearer `offer`. */
  threshold = -Infinity
  size = 0
  private readonly keys: Float64Array
  private readonly items: Array<A> = []

  constructor(readonly capacity: number) {
    this.keys = new Float64Array(capacity)
    if (capacity === 0) this.threshold = Infinity
  }

  /** Whether `offer` would keep the item. */
  wants(key: number, item: A): boolean {
    if (this.size < this.capacity) return key >= this.threshold
    return this.capacity > 0 && this.isWorse(this.keys[0], this.items[0], key, item)
  }

  offer(key: number, item: A): void {
    if (!this.wants(key, item)) return
    if (this.size < this.capacity) this.siftUp(this.size++, key, item)
    else this.siftDown(key, item)
    if (this.size === this.capacity) this.threshold = this.keys[0]
  }

  /** Empties the heap, the best first. */
  drain<B>(f: (key: number, item: A) => B): Array<B> {
    const out = new Array<B>(this.size)
    while (this.size > 0) {
      const key = this.keys[0]
      const item = this.items[0]
      this.size--
      if (this.size > 0) this.siftDown(this.keys[this.size], this.items[this.size])
      out[this.size] = f(key, item)
    }
    this.items.length = 0
    this.threshold = this.capacity === 0 ? Infinity : -Infinity
    return out
  }

  private isWorse(key: number, item: A, thanKey: number, thanItem: A): boolean {
    return key < thanKey || (key === thanKey && item.sequence > thanItem.sequence)
  }

  private siftUp(from: number, key: number, item: A): void {
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.isWorse(key, item, this.keys[parent], this.items[parent])) break
      this.keys[at] = this.keys[parent]
      this.items[at] = this.items[parent]
      at = parent
    }
    this.keys[at] = key
    this.items[at] = item
  }

  private siftDown(key: number, item: A): void {
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= this.size) break
      if (
        child + 1 < this.size &&
        this.isWorse(this.keys[child + 1], this.items[child + 1], this.keys[child], this.items[child])
      ) child++
      if (!this.isWorse(this.keys[child], this.items[child], key, item)) break
      this.keys[at] = this.keys[child]
      this.items[at] = this.items[child]
      at = child
    }
    this.keys[at] = key
    this.items[at] = item
  }
}

/** What a scan looks for. */
export interface ScanOptions {
  readonly metric: Metric
  readonly query: Float32Array
  /** What to add to the key of each slot. */
  readonly bonus?: ((slot: number) => number) | undefined
  /** Keys below its threshold are not offered. */
  readonly top: { readonly threshold: number }
  readonly offer: (key: number, slot: number) => void
  /**
   * Whether it leaves codes behind, by which later scans are faster.
   *
   * @default true
   */
  readonly encodes?: boolean | undefined
}

/**
 * Offers every slot in use from `from` up to `to`, with its key: the dot product, the cosine or, as a larger key is
 * better, the negated squared distance. A slot without values has key 0; it has no distance, and is left out of a
 * euclidean scan. What `accepts` refuses is left out. It is asked before a key is computed, but after the codes have
 * passed over what cannot be among the best, as most filters cost more than that.
 */
export type Scan = (from: number, to: number, accepts?: (slot: number) => boolean) => void

/** Rows side by side that are to be filled with vectors: 32-bit floats, little-endian, one row after the other. */
export interface Region {
  readonly firstSlot: number
  readonly rows: number
  readonly bytes: Uint8Array
  /** The checksum of some of the bytes: see `sums.ts`. */
  readonly sumOf: (bytes: Uint8Array) => number
}

/** Where the vectors of a block are. */
export interface BlockOptions {
  /** What computes in memories of its own, if anything does. */
  readonly kernel?: Kernel.Kernel | undefined
  /** How many bytes of vectors stay in plain arrays. */
  readonly plainBytes?: number | undefined
  /** How large one memory of the kernel may be. */
  readonly arenaBytes?: number | undefined
}

interface Page {
  readonly rows: number
  readonly values: Float32Array<ArrayBuffer>
  /** One over the length of each row; 0 for a row of zeros, whose cosine with anything is then 0. */
  readonly inverseNorms: Float64Array
  readonly states: Uint8Array
  /** The memory of the kernel that the page is in, from this row on. */
  readonly arena: Arena | undefined
  readonly firstRow: number
}

/** The rows of a pass, and the keys that come of it. */
interface Bench {
  readonly selected: Int32Array
  readonly keys: Float64Array
}

const FREE = 0
const WITHOUT_VALUES = 1
const WITH_VALUES = 2

const plainPage = (rows: number, dimension: number): Page => ({
  rows,
  values: new Float32Array(rows * dimension),
  inverseNorms: new Float64Array(rows),
  states: new Uint8Array(rows),
  arena: undefined,
  firstRow: 0
})

const arenaPage = (arena: Arena, firstRow: number, rows: number): Page => ({
  rows,
  values: arena.values.subarray(firstRow * arena.dimension, (firstRow + rows) * arena.dimension),
  inverseNorms: arena.inverseNorms.subarray(firstRow, firstRow + rows),
  states: new Uint8Array(rows),
  arena,
  firstRow
})

/** Copies what a smaller page has. */
const copyPage = (from: Page, to: Page): void => {
  to.values.set(from.values)
  to.inverseNorms.set(from.inverseNorms)
  to.states.set(from.states)
}

/** A megabyte of numbers, so that pages of any dimension are quick to allocate and long to scan. */
const pageLength = 262_144
const maxRowsPerPage = 4096
const firstRows = 16

const pageShiftOf = (dimension: number): number => {
  let shift = 0
  while (2 << shift <= maxRowsPerPage && (2 << shift) * dimension <= pageLength) shift++
  return shift
}

/** How many rows are side by side in any case, from the first slot on. */
export const rowsPerPage = (dimension: number): number => 1 << pageShiftOf(dimension)

/**
 * A memory of the kernel takes ten gigabytes of addresses, however small it is, and a server may have thousands of small
 * namespaces: what a plain loop goes through in a millisecond stays in plain arrays.
 */
const defaultPlainBytes = 4 * 2 ** 20
const defaultArenaBytes = 256 * 2 ** 20

/** A scan writes the codes of one pass of as many: several scans share the work, and the first is not much slower. */
const passesPerEncoding = 8
const passShift = Math.log2(rowsPerPass)

/**
 * The dense vectors of a namespace, side by side in pages. A record has a slot: its row. Released slots are used again.
 *
 * Pages do not move once there are many. The first doubles up to its full size, so that a namespace of a few records takes
 * little memory. When there are some megabytes of them, they move to the memory of the kernel, which grows by arenas of
 * several pages: each as large as all before it, up to a limit. Where there is no kernel, or no room for it, pages are
 * plain arrays, and the keys of a scan are the same.
 */
export class VectorBlock {
  private readonly pages: Array<Page> = []
  private readonly free = new Numbers()
  private readonly rowsPerPage: number
  private readonly pageShift: number
  private readonly rowMask: number
  private readonly plainPages: number
  private readonly pagesPerArena: number
  private readonly pagesPerLargeArena: number
  private kernel: Kernel.Kernel | undefined
  /** Whether pages are in memories of the kernel, where there is one. */
  private inArenas = false
  /** The arena that has room for more pages, and how many rows of it are taken. */
  private arena: Arena | undefined = undefined
  private arenaRows = 0
  /** What scans of plain pages work with, which are never in the middle of a pass at the same time. */
  private bench: Bench | undefined = undefined
  private used = 0
  private reserved = 0
  private scans = 0

  constructor(readonly dimension: number, options: BlockOptions = {}) {
    const shift = pageShiftOf(dimension)
    this.pageShift = shift
    this.rowsPerPage = 1 << shift
    this.rowMask = this.rowsPerPage - 1
    this.kernel = dimension === 0 ? undefined : "kernel" in options ? options.kernel : Kernel.kernel
    const { arenaBytes = defaultArenaBytes, plainBytes = defaultPlainBytes } = options
    this.plainPages = Math.ceil(plainBytes / (4 * Math.max(1, dimension) * this.rowsPerPage))
    this.pagesPerArena = Math.max(1, rowsWithin(arenaBytes, dimension) >> shift)
    this.pagesPerLargeArena = Math.max(1, rowsWithin(4 * arenaBytes, dimension) >> shift)
  }

  /** One more than the largest slot ever given. */
  get end(): number {
    return this.used
  }

  /** Throws where the vector is not of this dimension. */
  checkLength(values: Float32Array): void {
    if (values.length !== this.dimension) {
      // Requests are checked before they come here. A longer row would silently overwrite that of another record.
      // eslint-disable-next-line no-restricted-syntax
      throw new RangeError(`a vector of ${values.length} numbers in a block of dimension ${this.dimension}`)
    }
  }

  allocate(): number {
    const slot = this.free.pop() ?? this.extend()
    this.pages[slot >> this.pageShift].states[slot & this.rowMask] = WITHOUT_VALUES
    return slot
  }

  release(slot: number): void {
    this.write(slot, undefined)
    this.pages[slot >> this.pageShift].states[slot & this.rowMask] = FREE
    this.free.push(slot)
  }

  /**
   * Takes as many slots in a row, in pages that stay where they are, for vectors that are read in bulk. The bytes may be
   * written by another thread. A slot is not in use before `filled` is called for it. There may be more to come: then these
   * are in few memories, as each new one has the garbage collector look at everything.
   */
  adopt(count: number, more = 0): ReadonlyArray<Region> {
    const end = this.used + count
    this.fillFirstPage()
    this.moveToArenas()
    while (this.reserved < end) {
      this.addPage(Math.ceil((end + more - this.reserved) / this.rowsPerPage), this.pagesPerLargeArena)
    }
    const regions: Array<Region> = []
    let bytes = new Uint8Array(0)
    while (this.used < end) {
      const firstSlot = this.used
      const row = firstSlot & this.rowMask
      const rows = Math.min(this.rowsPerPage - row, end - firstSlot)
      const { arena, values: { buffer, byteOffset } } = this.pages[firstSlot >> this.pageShift]
      const from = byteOffset + 4 * row * this.dimension
      const before = regions.at(-1)
      // Pages that follow each other in one memory are one region.
      const follows = before !== undefined && bytes.buffer === buffer && bytes.byteOffset + bytes.byteLength === from
      const start = follows ? bytes.byteOffset : from
      bytes = new Uint8Array(buffer, start, from + 4 * rows * this.dimension - start)
      if (follows) regions[regions.length - 1] = { ...before, rows: before.rows + rows, bytes }
      else regions.push({ firstSlot, rows, bytes, sumOf: arena === undefined ? sumOf : (part) => arena.sumOf(part) })
      this.used += rows
    }
    return regions
  }

  /** Takes slots of a region into use, as they are now. All have values by default; the bytes of others count as zeros. */
  filled(firstSlot: number, rows: number, hasValues?: (slot: number) => boolean): void {
    const end = firstSlot + rows
    for (let slot = firstSlot; slot < end;) {
      const page = this.pages[slot >> this.pageShift]
      const row = slot & this.rowMask
      const last = Math.min(page.rows, row + end - slot)
      measure(page, this.dimension, row, last)
      page.states.fill(WITH_VALUES, row, last)
      slot += last - row
    }
    if (hasValues === undefined) return
    for (let slot = firstSlot; slot < end; slot++) if (!hasValues(slot)) this.write(slot, undefined)
  }

  write(slot: number, values: Float32Array | undefined): void {
    if (values !== undefined) this.checkLength(values)
    const page = this.pages[slot >> this.pageShift]
    const row = slot & this.rowMask
    const offset = row * this.dimension
    // Zeros, not what was there: a record without values counts as 0 in a scan.
    if (values === undefined) page.values.fill(0, offset, offset + this.dimension)
    else page.values.set(values, offset)
    page.states[row] = values === undefined ? WITHOUT_VALUES : WITH_VALUES
    measure(page, this.dimension, row, row + 1)
  }

  /** Whether a slot has values. */
  has(slot: number): boolean {
    return this.pages[slot >> this.pageShift].states[slot & this.rowMask] === WITH_VALUES
  }

  /** A copy of the values. */
  read(slot: number): Float32Array | undefined {
    const page = this.pages[slot >> this.pageShift]
    const row = slot & this.rowMask
    return page.states[row] === WITH_VALUES
      ? page.values.slice(row * this.dimension, (row + 1) * this.dimension)
      : undefined
  }

  /** A scan, to be run over one range of slots after another. */
  scan({ bonus, encodes = true, metric, offer, query, top }: ScanOptions): Scan {
    this.checkLength(query)
    const bench = this.bench ??= { selected: new Int32Array(rowsPerPass), keys: new Float64Array(rowsPerPass) }
    const scan = encodes ? this.scans++ : 0
    const lowest = metric === "euclidean" ? WITH_VALUES : WITHOUT_VALUES
    const norm = inverseNorm(query)
    const sought = new Sought(query, metric, norm)
    return (from, to, accepts) => {
      const end = Math.min(to, this.used)
      for (let slot = from; slot < end;) {
        const page = this.pages[slot >> this.pageShift]
        const { arena, firstRow, inverseNorms } = page
        const base = slot & ~this.rowMask
        const last = Math.min(end, base + page.rows, slot + rowsPerPass)
        const { keys, selected } = arena ?? bench
        // What a bonus adds could bring any row above the threshold.
        const narrows = arena !== undefined && bonus === undefined && top.threshold > -Infinity
        let count = select(page.states, base, slot - base, last - base, lowest, narrows ? undefined : accepts, selected)
        if (narrows) {
          count = arena.narrow(sought, firstRow, count, top.threshold)
          if (accepts !== undefined) count = keep(selected, count, base, accepts)
        }
        if (arena !== undefined) {
          arena.score(sought, firstRow, count)
        } else if (metric === "euclidean") negatedDistances(page.values, query, selected, count, keys)
        else products(page.values, query, selected, count, keys)
        if (metric === "cosine") {
          for (let i = 0; i < count; i++) keys[i] *= inverseNorms[selected[i]] * norm
        }
        if (bonus !== undefined) {
          for (let i = 0; i < count; i++) keys[i] += bonus(base + selected[i])
        }
        for (let i = 0; i < count; i++) {
          if (keys[i] >= top.threshold) offer(keys[i], base + selected[i])
        }
        if (encodes && arena !== undefined && ((slot >> passShift) + scan) % passesPerEncoding === 0) {
          arena.encode(firstRow, count)
        }
        slot = last
      }
    }
  }

  private extend(): number {
    if (this.used === this.reserved) {
      const [first] = this.pages
      if (first !== undefined && first.rows < this.rowsPerPage) this.enlargeFirst(first, first.rows * 2)
      else {
        if (this.pages.length === this.plainPages) this.moveToArenas()
        this.addPage(this.pages.length)
      }
    }
    return this.used++
  }

  private enlargeFirst(first: Page, rows: number): void {
    const larger = plainPage(rows, this.dimension)
    copyPage(first, larger)
    this.pages[0] = larger
    this.reserved = rows
  }

  private fillFirstPage(): void {
    const [first] = this.pages
    if (first !== undefined && first.rows < this.rowsPerPage) this.enlargeFirst(first, this.rowsPerPage)
  }

  /** From here on pages are in arenas, if there is a kernel. */
  private moveToArenas(): void {
    if (this.inArenas) return
    this.inArenas = true
    for (let i = 0; i < this.pages.length; i++) {
      const page = this.arenaPage(Math.min(2 * this.pages.length, this.pagesPerArena))
      if (page === undefined) return
      copyPage(this.pages[i], page)
      this.pages[i] = page
    }
  }

  /** Adds a page that is followed by others soon: so many with it. */
  private addPage(expected: number, most = this.pagesPerArena): void {
    const isFirst = this.pages.length === 0 && !this.inArenas
    const page = this.inArenas ? this.arenaPage(Math.min(expected, most)) : undefined
    this.pages.push(
      page ?? plainPage(isFirst ? Math.min(firstRows, this.rowsPerPage) : this.rowsPerPage, this.dimension)
    )
    this.reserved += this.pages[this.pages.length - 1].rows
  }

  private arenaPage(expected: number): Page | undefined {
    const { dimension, rowsPerPage } = this
    if (this.kernel === undefined) return undefined
    if (this.arena === undefined || this.arenaRows === this.arena.rows) {
      this.arena = Arena.open(this.kernel, dimension, Math.max(1, expected) * rowsPerPage)
      this.arenaRows = 0
      if (this.arena === undefined) {
        this.kernel = undefined
        return undefined
      }
    }
    this.arenaRows += rowsPerPage
    return arenaPage(this.arena, this.arenaRows - rowsPerPage, rowsPerPage)
  }
}

/** Computes what is kept of the rows of a page, after their values were written. */
const measure = (
  { arena, firstRow, inverseNorms, values }: Page,
  dimension: number,
  from: number,
  to: number
): void => {
  if (arena !== undefined) {
    arena.measure(firstRow + from, to - from)
    for (let row = from; row < to; row++) arena.changed(firstRow + row)
  } else {
    for (let row = from; row < to; row++) {
      inverseNorms[row] = inverseNorm(values.subarray(row * dimension, (row + 1) * dimension))
    }
  }
}

const select = (
  states: Uint8Array,
  base: number,
  from: number,
  to: number,
  lowest: number,
  accepts: ((slot: number) => boolean) | undefined,
  selected: Int32Array
): number => {
  let count = 0
  for (let row = from; row < to; row++) {
    if (states[row] >= lowest && (accepts === undefined || accepts(base + row))) selected[count++] = row
  }
  return count
}

/** Leaves out what is not accepted, in place. */
const keep = (selected: Int32Array, count: number, base: number, accepts: (slot: number) => boolean): number => {
  let kept = 0
  for (let i = 0; i < count; i++) {
    if (accepts(base + selected[i])) selected[kept++] = selected[i]
  }
  return kept
}
