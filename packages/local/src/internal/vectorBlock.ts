import { Arena, FREE, IN_FILE, WITH_VALUES, WITHOUT_VALUES } from "./kernel/arena.js"
import * as Kernel from "./kernel/kernel.js"
import { rowsPerPass, rowsWithin } from "./kernel/layout.js"
import { inverseNorm, negatedDistances, products } from "./kernel/loops.js"
import { Sought } from "./kernel/sought.js"
import { sumOf } from "./kernel/sums.js"
import { Numbers } from "./numbers.js"
import type { Found, Piece, Scan as ScanAside } from "./scans/protocol.js"
import { encodesPass } from "./scans/scan.js"

/** How the distance between two vectors is measured. */
export type Metric = "cosine" | "dotproduct" | "euclidean"

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
  /** Which codes it leaves behind: see `takeTurn`. */
  readonly turn?: number | undefined
}

/**
 * Offers every slot in use from `from` up to `to`, with its key: the dot product, the cosine or, as a larger key is
 * better, the negated squared distance. A slot without values has key 0; it has no distance, and is left out of a
 * euclidean scan. What `accepts` refuses is left out. It is asked before a key is computed, but after the codes have
 * passed over what cannot be among the best, as most filters cost more than that. Slots whose mark is 0 are left out before.
 */
export type Scan = (from: number, to: number, accepts?: (slot: number) => boolean, marks?: Uint8Array) => void

/** What other threads are to look for. */
export interface AsideOptions {
  readonly metric: Metric
  readonly query: Sought
  readonly from: number
  readonly to: number
  /** Keys below are not among the best. */
  readonly threshold: number
  /** How many are wanted. */
  readonly capacity: number
  /** Whether slots without values are left out. */
  readonly onlyDense?: boolean | undefined
  /** Which codes are written: see `takeTurn`. */
  readonly turn: number
}

/** A scan for other threads. */
export interface Aside {
  /** Where it ends. */
  readonly to: number
  readonly scan: ScanAside<Arena>
  readonly cameBack: (found: Found | undefined) => void
}

/** Rows side by side that are to be filled with vectors: 32-bit floats, little-endian, one row after the other. */
export interface Region {
  readonly firstSlot: number
  readonly rows: number
  readonly bytes: Uint8Array
  /** The checksum of some of the bytes: see `sums.ts`. */
  readonly sumOf: (bytes: Uint8Array) => number
}

/** A file that has the vectors of the first slots, one after the other. It is open as long as anyone has this. */
export interface VectorsInFile {
  readonly fd: number
  /** Where the first of them is. */
  readonly position: number
}

/** Memory that vectors are read to, to be encoded there. */
export interface Stage {
  /** All of it, for the vectors from a slot on. */
  readonly region: (firstSlot: number) => Region
  /** Rows of it have come: from here on their slots are in use. The bytes of those without values count as zeros. */
  readonly encoded: (from: number, count: number, firstSlot: number, hasValues: (slot: number) => boolean) => void
}

/** Where the vectors of a block are. */
export interface BlockOptions {
  /** What computes in memories of its own, if anything does. */
  readonly kernel?: Kernel.Kernel | undefined
  /** How many bytes of vectors stay in plain arrays. */
  readonly plainBytes?: number | undefined
  /** How large one memory of the kernel may be. */
  readonly arenaBytes?: number | undefined
  /** How many numbers are worth a scan in another thread. */
  readonly leastAside?: number | undefined
}

interface Page {
  readonly rows: number
  readonly values: Float32Array
  /** One over the length of each row; 0 for a row of zeros, whose cosine with anything is then 0. */
  readonly inverseNorms: Float64Array
  /** When the record of each row was first inserted. */
  readonly sequences: Float64Array
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

const plainPage = (rows: number, dimension: number): Page => ({
  rows,
  values: new Float32Array(rows * dimension),
  inverseNorms: new Float64Array(rows),
  sequences: new Float64Array(rows),
  states: new Uint8Array(rows),
  arena: undefined,
  firstRow: 0
})

const arenaPage = (arena: Arena, firstRow: number, rows: number): Page => ({
  rows,
  values: arena.values.subarray(firstRow * arena.dimension, (firstRow + rows) * arena.dimension),
  inverseNorms: arena.inverseNorms.subarray(firstRow, firstRow + rows),
  sequences: arena.sequences.subarray(firstRow, firstRow + rows),
  states: arena.states.subarray(firstRow, firstRow + rows),
  arena,
  firstRow
})

/** Where the rows of an arena are in a file. */
class RowsInFile {
  constructor(private readonly file: VectorsInFile, readonly position: number) {}

  get fd(): number {
    return this.file.fd
  }
}

/** Writes the codes of rows that have none yet. */
const encodeAll = (arena: Arena, from: number, count: number): void => {
  arena.measure(from, count)
  for (let at = 0; at < count; at += rowsPerPass) {
    const rows = Math.min(rowsPerPass, count - at)
    for (let i = 0; i < rows; i++) {
      arena.selected[i] = i
      arena.changed(from + at + i)
    }
    arena.encode(from + at, rows)
  }
}

/** Copies what a smaller page has. */
const copyPage = (from: Page, to: Page): void => {
  to.values.set(from.values)
  to.inverseNorms.set(from.inverseNorms)
  to.sequences.set(from.sequences)
  to.states.set(from.states)
}

/** A megabyte of numbers, so that pages of any dimension are quick to allocate and long to scan. */
const pageLength = 262_144
const maxRowsPerPage = 4096
const firstRows = 16

/** So many numbers are gone through in about a millisecond, of which half have codes. */
const defaultLeastAside = 2 ** 23

const lowestOf = (metric: Metric): number => metric === "euclidean" ? WITH_VALUES : WITHOUT_VALUES

/** What computes checksums of bytes of a page. */
const summing = (arena: Arena | undefined): Region["sumOf"] =>
  arena === undefined ? sumOf : (bytes) => sumOf(bytes, (sums, whole) => arena.addUp(sums, whole))

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
  private readonly leastAside: number
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
  /** How many scans are under way in other threads. */
  private aside = 0
  /** The slots that were written since one of these began to write codes. */
  private written: Set<number> | undefined = undefined

  constructor(readonly dimension: number, options: BlockOptions = {}) {
    const shift = pageShiftOf(dimension)
    this.pageShift = shift
    this.rowsPerPage = 1 << shift
    this.rowMask = this.rowsPerPage - 1
    this.kernel = dimension === 0 ? undefined : "kernel" in options ? options.kernel : Kernel.kernel
    const { arenaBytes = defaultArenaBytes, leastAside = defaultLeastAside, plainBytes = defaultPlainBytes } = options
    this.leastAside = leastAside
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

  /** Gives a slot to a record that was first inserted as the sequence says: by default after all that have a slot. */
  allocate(sequence?: number): number {
    const slot = this.free.pop() ?? this.extend()
    const page = this.pages[slot >> this.pageShift]
    page.sequences[slot & this.rowMask] = sequence ?? slot
    page.states[slot & this.rowMask] = WITHOUT_VALUES
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
    let bytes: Uint8Array = new Uint8Array(0)
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
      else regions.push({ firstSlot, rows, bytes, sumOf: summing(arena) })
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
      for (let at = row; at < last; at++, slot++) {
        page.sequences[at] = slot
        this.written?.add(slot)
      }
    }
    if (hasValues === undefined) return
    for (let slot = firstSlot; slot < end; slot++) if (!hasValues(slot)) this.write(slot, undefined)
  }

  /**
   * Takes the first slots, whose vectors stay in a file, one after the other: only their codes will be in memory. Whether
   * that is possible here.
   */
  adoptInFile(count: number, file: VectorsInFile): boolean {
    this.fillFirstPage()
    this.moveToArenas()
    while (this.reserved < count) {
      const slot = this.reserved
      this.addPage(Math.ceil((count - slot) / this.rowsPerPage), this.pagesPerLargeArena)
      const { arena, firstRow } = this.pages[slot >> this.pageShift]
      if (arena === undefined) return false
      arena.file ??= new RowsInFile(file, file.position + 4 * this.dimension * (slot - firstRow))
    }
    this.used = count
    return true
  }

  /** Memory for vectors on their way to their codes, if there is some. */
  stage(rows: number): Stage | undefined {
    const arena = this.kernel && Arena.open(this.kernel, this.dimension, rows)
    return arena && {
      region: (firstSlot) => ({
        firstSlot,
        rows,
        bytes: new Uint8Array(arena.values.buffer, arena.values.byteOffset, arena.values.byteLength),
        sumOf: summing(arena)
      }),
      encoded: (from, count, firstSlot, hasValues) => {
        encodeAll(arena, from, count)
        this.takeStaged(arena, from, count, firstSlot)
        for (let i = 0; i < count; i++) if (!hasValues(firstSlot + i)) this.write(firstSlot + i, undefined)
      }
    }
  }

  /** Takes slots into use that have the codes of some rows of another arena. */
  private takeStaged(stage: Arena, from: number, count: number, firstSlot: number): void {
    for (let i = 0; i < count; i++) {
      const slot = firstSlot + i
      const page = this.pages[slot >> this.pageShift]
      const { arena } = page
      if (arena === undefined) continue
      const width = arena.codes.length / arena.rows
      const row = page.firstRow + (slot & this.rowMask)
      const staged = from + i
      arena.codes.set(stage.codes.subarray(width * staged, width * (staged + 1)), width * row)
      arena.bounds.set(stage.bounds.subarray(2 * staged, 2 * staged + 2), 2 * row)
      arena.inverseNorms[row] = stage.inverseNorms[staged]
      arena.sequences[row] = slot
      arena.states[row] = IN_FILE
    }
  }

  write(slot: number, values: Float32Array | undefined): void {
    if (values !== undefined) this.checkLength(values)
    const page = this.pages[slot >> this.pageShift]
    const row = slot & this.rowMask
    const offset = row * this.dimension
    this.written?.add(slot)
    // Zeros, not what was there: a record without values counts as 0 in a scan.
    if (values === undefined) page.values.fill(0, offset, offset + this.dimension)
    else page.values.set(values, offset)
    page.states[row] = values === undefined ? WITHOUT_VALUES : WITH_VALUES
    measure(page, this.dimension, row, row + 1)
  }

  /** Whether a slot has values. */
  has(slot: number): boolean {
    return this.pages[slot >> this.pageShift].states[slot & this.rowMask] >= WITH_VALUES
  }

  /** A copy of the values. */
  read(slot: number): Float32Array | undefined {
    const page = this.pages[slot >> this.pageShift]
    const row = slot & this.rowMask
    if (page.states[row] === IN_FILE) return page.arena?.fetch(page.firstRow + row)
    return page.states[row] === WITH_VALUES
      ? page.values.slice(row * this.dimension, (row + 1) * this.dimension)
      : undefined
  }

  /** A number for the scans of one search: each writes a part of the codes, another one than those before it. */
  takeTurn(): number {
    return this.scans++
  }

  /** A scan, to be run over one range of slots after another. */
  scan({ bonus, encodes = true, metric, offer, query, top, turn }: ScanOptions): Scan {
    this.checkLength(query)
    const bench = this.bench ??= { selected: new Int32Array(rowsPerPass), keys: new Float64Array(rowsPerPass) }
    const scan = encodes ? turn ?? this.takeTurn() : 0
    const lowest = lowestOf(metric)
    const norm = inverseNorm(query)
    const sought = new Sought(query, metric, norm)
    return (from, to, accepts, marks) => {
      const end = Math.min(to, this.used)
      for (let slot = from; slot < end;) {
        const page = this.pages[slot >> this.pageShift]
        const { arena, firstRow, inverseNorms } = page
        const base = slot & ~this.rowMask
        const last = Math.min(end, base + page.rows, slot + rowsPerPass)
        const { keys, selected } = arena ?? bench
        // What a bonus adds could bring any row above the threshold.
        const narrows = arena !== undefined && bonus === undefined && top.threshold > -Infinity
        let count = marks === undefined
          ? select(page.states, slot - base, last - base, lowest, selected)
          : selectMarked(page.states, marks, base, slot - base, last - base, lowest, selected)
        if (!narrows && accepts !== undefined) count = keep(selected, count, base, accepts)
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
        // Another thread could take a code for written that is not.
        if (encodes && arena !== undefined && this.aside === 0 && encodesPass(slot, scan)) arena.encode(firstRow, count)
        slot = last
      }
    }
  }

  /**
   * What other threads are to scan for the best of some slots, from the first on: as many of them as are in memory that is
   * shared. Nothing where these are few. `cameBack` is to be called with what they have found, or with nothing.
   *
   * What they find of a slot that has changed meanwhile means nothing. Codes count once this thread has seen that their slots
   * have not.
   */
  scanAside(
    { capacity, from, metric, onlyDense = false, query, threshold, to, turn }: AsideOptions
  ): Aside | undefined {
    const pieces: Array<Piece<Arena>> = []
    let slot = from
    while (slot < to) {
      const page = this.pages[slot >> this.pageShift]
      const { arena } = page
      if (arena === undefined) break
      const row = slot & this.rowMask
      const rows = Math.min(page.rows - row, to - slot)
      const before = pieces.at(-1)
      // Pages that follow each other in one memory are one piece.
      if (before?.arena === arena && before.firstRow + before.rows === page.firstRow + row) {
        pieces[pieces.length - 1] = { ...before, rows: before.rows + rows }
      } else pieces.push({ arena, firstSlot: slot, firstRow: page.firstRow + row, rows })
      slot += rows
    }
    if (!this.isLong(slot - from)) return undefined
    const encodes = this.written === undefined ? turn : undefined
    if (encodes !== undefined) this.written = new Set()
    this.aside++
    const lowest = onlyDense ? WITH_VALUES : lowestOf(metric)
    return {
      to: slot,
      scan: { pieces, sought: query, norm: query.inverseNorm, lowest, threshold, capacity, encodes },
      cameBack: (found) => {
        this.aside--
        if (encodes !== undefined) this.takeCodes(found?.encoded)
      }
    }
  }

  /** Whether a scan of so many rows is worth another thread. */
  isLong(rows: number): boolean {
    return rows * this.dimension >= this.leastAside
  }

  /** What a search looks for, to be given to its scans in other threads. */
  sought(query: Float32Array, metric: Metric): Sought {
    return new Sought(query, metric, inverseNorm(query))
  }

  /** From here on the codes that were written aside count, but for rows that have changed meanwhile. */
  private takeCodes(encoded: Found["encoded"]): void {
    const { written } = this
    this.written = undefined
    if (encoded === undefined) return
    const { bounds, slots } = encoded
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i]
      if (written?.has(slot) === true) continue
      const { arena, firstRow } = this.pages[slot >> this.pageShift]
      const row = firstRow + (slot & this.rowMask)
      arena?.bounds.set(bounds.subarray(2 * i, 2 * i + 2), 2 * row)
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

const select = (states: Uint8Array, from: number, to: number, lowest: number, selected: Int32Array): number => {
  let count = 0
  for (let row = from; row < to; row++) if (states[row] >= lowest) selected[count++] = row
  return count
}

const selectMarked = (
  states: Uint8Array,
  marks: Uint8Array,
  base: number,
  from: number,
  to: number,
  lowest: number,
  selected: Int32Array
): number => {
  let count = 0
  for (let row = from; row < to; row++) {
    if (marks[base + row] !== 0 && states[row] >= lowest) selected[count++] = row
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
