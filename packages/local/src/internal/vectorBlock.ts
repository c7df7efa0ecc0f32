/** How the distance between two vectors is measured. */
export type Metric = "cosine" | "dotproduct" | "euclidean"

/**
 * The best `capacity` slots seen so far, the worst of them on top of a heap.
 *
 * A larger key is better. Equal keys are ordered by `sequences`, the smaller first: the answer does not depend on which
 * slots the records happen to have.
 */
export class TopK {
  /** No slot with a smaller key gets in. A scan compares with it before the dearer `offer`. */
  threshold = -Infinity
  size = 0
  private readonly keys: Float64Array
  private readonly slots: Int32Array

  constructor(readonly capacity: number, private readonly sequences: ReadonlyArray<number>) {
    this.keys = new Float64Array(capacity)
    this.slots = new Int32Array(capacity)
    if (capacity === 0) this.threshold = Infinity
  }

  /** Whether `offer` would keep the slot. */
  wants(key: number, slot: number): boolean {
    if (this.size < this.capacity) return key >= this.threshold
    return this.capacity > 0 && this.isWorse(this.keys[0], this.slots[0], key, slot)
  }

  offer(key: number, slot: number): void {
    if (!this.wants(key, slot)) return
    if (this.size < this.capacity) this.siftUp(this.size++, key, slot)
    else this.siftDown(key, slot)
    if (this.size === this.capacity) this.threshold = this.keys[0]
  }

  /** Empties the heap, the best first. */
  drain<A>(f: (key: number, slot: number) => A): Array<A> {
    const out = new Array<A>(this.size)
    while (this.size > 0) {
      const key = this.keys[0]
      const slot = this.slots[0]
      this.size--
      if (this.size > 0) this.siftDown(this.keys[this.size], this.slots[this.size])
      out[this.size] = f(key, slot)
    }
    this.threshold = this.capacity === 0 ? Infinity : -Infinity
    return out
  }

  private isWorse(key: number, slot: number, thanKey: number, thanSlot: number): boolean {
    return key < thanKey || (key === thanKey && this.sequences[slot] > this.sequences[thanSlot])
  }

  private siftUp(from: number, key: number, slot: number): void {
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.isWorse(key, slot, this.keys[parent], this.slots[parent])) break
      this.keys[at] = this.keys[parent]
      this.slots[at] = this.slots[parent]
      at = parent
    }
    this.keys[at] = key
    this.slots[at] = slot
  }

  private siftDown(key: number, slot: number): void {
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= this.size) break
      if (
        child + 1 < this.size &&
        this.isWorse(this.keys[child + 1], this.slots[child + 1], this.keys[child], this.slots[child])
      ) child++
      if (!this.isWorse(this.keys[child], this.slots[child], key, slot)) break
      this.keys[at] = this.keys[child]
      this.slots[at] = this.slots[child]
      at = child
    }
    this.keys[at] = key
    this.slots[at] = slot
  }
}

/** What of a slot `scan` looks at. */
export interface ScanOptions {
  readonly metric: Metric
  readonly query: Float32Array
  readonly top: TopK
  /** Slots to leave out, before anything is computed. */
  readonly accepts?: ((slot: number) => boolean) | undefined
  /** What to add to the key of each slot. */
  readonly bonus?: Float64Array | undefined
}

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

/**
 * The dense vectors of a namespace, side by side in pages. A record has a slot: its row. Released slots are used again.
 *
 * Pages do not move once the first is full. The first doubles up to its full size, so that a namespace of a few records
 * takes little memory.
 */
export class VectorBlock {
  private readonly pages: Array<Page> = []
  private readonly free: Array<number> = []
  private readonly rowsPerPage: number
  private readonly pageShift: number
  private readonly rowMask: number
  /** What a scan works with, as long as a page. */
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

  clear(): void {
    this.pages.length = 0
    this.free.length = 0
    this.used = 0
    this.reserved = 0
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

  /** A copy of the values. */
  read(slot: number): Float32Array | undefined {
    const page = this.pages[slot >> this.pageShift]
    const row = slot & this.rowMask
    return page.states[row] === WITH_VALUES
      ? page.values.slice(row * this.dimension, (row + 1) * this.dimension)
      : undefined
  }

  /**
   * Offers every slot in use, with its key: the dot product, the cosine or, as a larger key is better, the negated
   * squared distance. A slot without values has key 0; it has no distance, and is left out of a euclidean scan.
   */
  scan(options: ScanOptions): void {
    const { bonus, metric, query, top } = options
    this.checkLength(query)
    if (this.pages.length === 0) return
    if (this.selected.length < this.pages[0].rows) {
      this.selected = new Int32Array(this.pages[0].rows)
      this.products = new Float64Array(this.pages[0].rows)
    }
    const { dimension, products, selected } = this
    const lowest = metric === "euclidean" ? WITH_VALUES : WITHOUT_VALUES
    const scale = metric === "cosine" ? inverseNorm(query) : 1
    for (let p = 0; p < this.pages.length; p++) {
      const page = this.pages[p]
      const base = p << this.pageShift
      const count = select(page, base, Math.min(page.rows, this.used - base), lowest, options.accepts, selected)
      if (metric === "euclidean") negatedDistances(page.values, dimension, query, selected, count, products)
      else dotProducts(page.values, dimension, query, selected, count, products)
      if (metric === "cosine") {
        for (let i = 0; i < count; i++) products[i] *= page.inverseNorms[selected[i]] * scale
      }
      if (bonus !== undefined) {
        for (let i = 0; i < count; i++) products[i] += bonus[base + selected[i]]
      }
      for (let i = 0; i < count; i++) {
        if (products[i] >= top.threshold) top.offer(products[i], base + selected[i])
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
  page: Page,
  base: number,
  rows: number,
  lowest: number,
  accepts: ((slot: number) => boolean) | undefined,
  selected: Int32Array
): number => {
  const states = page.states
  let count = 0
  for (let row = 0; row < rows; row++) {
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
