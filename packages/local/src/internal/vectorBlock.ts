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
}

/**
 * Offers every slot in use from `from` up to `to`, with its key: the dot product, the cosine or, as a larger key is
 * better, the negated squared distance. A slot without values has key 0; it has no distance, and is left out of a
 * euclidean scan. What `accepts` refuses is left out before anything is computed.
 */
export type Scan = (from: number, to: number, accepts?: (slot: number) => boolean) => void

interface Page {
  readonly rows: number
  readonly values: Float32Array
  /** One over the length of each row; 0 for a row of zeros, whose cosine with anything is then 0. */
  readonly inverseNorms: Float64Array
  readonly states: Uint8Array
}

const FREE = 0
const WITHOUT_VALUES = 1
const WITH_VALUES = 2

const makePage = (rows: number, dimension: number): Page => ({
  rows,
  values: new Float32Array(rows * dimension),
  inverseNorms: new Float64Array(rows),
  states: new Uint8Array(rows)
})

/** A megabyte of numbers, so that pages of any dimension are quick to allocate and long to scan. */
const pageLength = 262_144
const maxRowsPerPage = 4096
const firstRows = 16
const rowsPerPass = 256

/**
 * The dense vectors of a namespace, side by side in pages. A record has a slot: its row. Released slots are used again.
 *
 * Pages do not move once the first is full. The first doubles up to its full size, so that a namespace of a few records
 * takes little memory.
 */
export class VectorBlock {
  private readonly pages: Array<Page> = []
  private readonly free = new Numbers()
  private readonly rowsPerPage: number
  private readonly pageShift: number
  private readonly rowMask: number
  /** What scans work with, which are never in the middle of a pass at the same time. */
  private selected = new Int32Array(0)
  private products = new Float64Array(0)
  private used = 0
  private reserved = 0

  constructor(readonly dimension: number) {
    let shift = 0
    while (2 << shift <= maxRowsPerPage && (2 << shift) * dimension <= pageLength) shift++
    this.pageShift = shift
    this.rowsPerPage = 1 << shift
    this.rowMask = this.rowsPerPage - 1
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

  write(slot: number, values: Float32Array | undefined): void {
    const page = this.pages[slot >> this.pageShift]
    const row = slot & this.rowMask
    const offset = row * this.dimension
    if (values === undefined) {
      // Zeros, not what was there: a record without values counts as 0 in a scan.
      page.values.fill(0, offset, offset + this.dimension)
      page.inverseNorms[row] = 0
      page.states[row] = WITHOUT_VALUES
      return
    }
    this.checkLength(values)
    page.values.set(values, offset)
    page.inverseNorms[row] = inverseNorm(values)
    page.states[row] = WITH_VALUES
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
  scan({ bonus, metric, offer, query, top }: ScanOptions): Scan {
    this.checkLength(query)
    if (this.selected.length === 0) {
      this.selected = new Int32Array(rowsPerPass)
      this.products = new Float64Array(rowsPerPass)
    }
    const { dimension, products, selected } = this
    const lowest = metric === "euclidean" ? WITH_VALUES : WITHOUT_VALUES
    const scale = metric === "cosine" ? inverseNorm(query) : 1
    return (from, to, accepts) => {
      const end = Math.min(to, this.used)
      for (let slot = from; slot < end;) {
        const page = this.pages[slot >> this.pageShift]
        const base = slot & ~this.rowMask
        const last = Math.min(end, base + page.rows, slot + rowsPerPass)
        const count = select(page.states, base, slot - base, last - base, lowest, accepts, selected)
        if (metric === "euclidean") negatedDistances(page.values, dimension, query, selected, count, products)
        else dotProducts(page.values, dimension, query, selected, count, products)
        if (metric === "cosine") {
          for (let i = 0; i < count; i++) products[i] *= page.inverseNorms[selected[i]] * scale
        }
        if (bonus !== undefined) {
          for (let i = 0; i < count; i++) products[i] += bonus(base + selected[i])
        }
        for (let i = 0; i < count; i++) {
          if (products[i] >= top.threshold) offer(products[i], base + selected[i])
        }
        slot = last
      }
    }
  }

  private extend(): number {
    if (this.used === this.reserved) {
      const first = this.pages[0]
      if (first === undefined) this.pages.push(makePage(Math.min(firstRows, this.rowsPerPage), this.dimension))
      else if (first.rows < this.rowsPerPage) {
        const larger = makePage(first.rows * 2, this.dimension)
        larger.values.set(first.values)
        larger.inverseNorms.set(first.inverseNorms)
        larger.states.set(first.states)
        this.pages[0] = larger
      } else this.pages.push(makePage(this.rowsPerPage, this.dimension))
      this.reserved = (this.pages.length - 1) * this.rowsPerPage + this.pages[this.pages.length - 1].rows
    }
    return this.used++
  }
}

const inverseNorm = (values: Float32Array): number => {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i] * values[i]
  return sum === 0 ? 0 : 1 / Math.sqrt(sum)
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

// The loops below are where a query spends its time. They stay apart, free of branches and of calls, so that each
// compiles to straight code, with sums that do not wait for one another.

const dotProducts = (
  values: Float32Array,
  dimension: number,
  query: Float32Array,
  rows: Int32Array,
  count: number,
  out: Float64Array
): void => {
  const unrolled = dimension & ~7
  for (let i = 0; i < count; i++) {
    const at = rows[i] * dimension
    let a = 0
    let b = 0
    let c = 0
    let d = 0
    let j = 0
    for (; j < unrolled; j += 8) {
      const k = at + j
      a += values[k] * query[j] + values[k + 4] * query[j + 4]
      b += values[k + 1] * query[j + 1] + values[k + 5] * query[j + 5]
      c += values[k + 2] * query[j + 2] + values[k + 6] * query[j + 6]
      d += values[k + 3] * query[j + 3] + values[k + 7] * query[j + 7]
    }
    for (; j < dimension; j++) a += values[at + j] * query[j]
    out[i] = a + b + (c + d)
  }
}

const negatedDistances = (
  values: Float32Array,
  dimension: number,
  query: Float32Array,
  rows: Int32Array,
  count: number,
  out: Float64Array
): void => {
  const unrolled = dimension & ~3
  for (let i = 0; i < count; i++) {
    const at = rows[i] * dimension
    let a = 0
    let b = 0
    let c = 0
    let d = 0
    let j = 0
    for (; j < unrolled; j += 4) {
      const k = at + j
      const da = values[k] - query[j]
      const db = values[k + 1] - query[j + 1]
      const dc = values[k + 2] - query[j + 2]
      const dd = values[k + 3] - query[j + 3]
      a += da * da
      b += db * db
      c += dc * dc
      d += dd * dd
    }
    for (; j < dimension; j++) {
      const difference = values[at + j] - query[j]
      a += difference * difference
    }
    out[i] = -(a + b + (c + d))
  }
}
