import { readSync } from "node:fs"
import { bytesPerBound, layoutOf, rowsPerPass, seatOf } from "./layout.js"

/**
 * @import { Metric } from "../vectorBlock.js"
 * @import { CodedQuery } from "./codes.js"
 * @import { Kernel, Workspace } from "./kernel.js"
 */

/** What is known of a row: nothing, that it has no values, its values, or that they are in the file and their code is here. */
export const FREE = 0
export const WITHOUT_VALUES = 1
export const WITH_VALUES = 2
export const IN_FILE = 3

/**
 * @typedef {object} RowFile A file that has rows as they are in memory, in their order
 * @property {number} fd
 * @property {number} position Where the first row of the arena is, or would be
 */

/**
 * @typedef {object} Query What a search looks for, which it brings to each arena that it goes through
 * @property {Float32Array} query
 * @property {Metric} metric
 * @property {CodedQuery} coded
 */

/**
 * Rows of vectors in a memory of the kernel, side by side, with their codes beside them. Its size is fixed: what has no
 * vectors yet takes addresses, and no memory.
 *
 * The memory is shared: each thread has an `Arena` of its own over it, at another seat. Only the main thread writes rows.
 */
export class Arena {
  /** @type {Query | undefined} Whose query is at the seat. */
  #sought = undefined

  /**
   * @param {number} dimension
   * @param {number} rows
   * @param {Workspace} workspace
   * @param {number} seat
   */
  constructor(dimension, rows, workspace, seat) {
    const { loops, memory } = workspace
    const buffer = /** @type {SharedArrayBuffer} */ (/** @type {unknown} */ (memory.buffer))
    const at = layoutOf(dimension, rows)
    const parts = seatOf(dimension)
    const start = seat * parts.bytes
    this.dimension = dimension
    this.rows = rows
    this.workspace = workspace
    /** @private */
    this.loops = loops
    /** @private */
    this.at = at
    /** @private */
    this.seat = {
      selected: start + parts.selected,
      keys: start + parts.keys,
      bounds: start + parts.bounds,
      query: start + parts.query,
      first: start + parts.first,
      row: start + parts.row,
      code: start + parts.code
    }
    this.values = new Float32Array(buffer, at.values, dimension * rows)
    this.inverseNorms = new Float64Array(buffer, at.inverseNorms, rows)
    /** When the record of each row was first inserted. */
    this.sequences = new Float64Array(buffer, at.sequences, rows)
    this.states = new Uint8Array(buffer, at.states, rows)
    /** The scale of each code, and the length of what it leaves out: infinite where there is no code. */
    this.bounds = new Float64Array(buffer, at.bounds, 2 * rows)
    /** The rows of a pass, and the keys that come of it. */
    this.selected = new Int32Array(buffer, this.seat.selected, rowsPerPass)
    this.keys = new Float64Array(buffer, this.seat.keys, rowsPerPass)
    /** The bounds of codes that were written aside. */
    this.boundsAside = new Float64Array(buffer, this.seat.bounds, 2 * rowsPerPass)
    this.codes = new Uint8Array(buffer, at.codes, at.width * rows)
    /** @private */
    this.rowBytes = new Uint8Array(buffer, this.seat.row, 4 * dimension)
    /** @type {RowFile | undefined} Where the rows are whose values are not in memory. */
    this.file = undefined
    /** @private */
    this.queryValues = new Float64Array(buffer, this.seat.query, dimension)
    /** @private */
    this.queryCode = new Int16Array(buffer, this.seat.code, at.width)
    /** Where the keys are between passes. @private */
    this.lanes = new Int32Array(buffer, this.seat.keys, 32)
  }

  /**
   * A new one, at the seat of the main thread. None where there is no room for it.
   *
   * @param {Kernel} kernel
   * @param {number} dimension
   * @param {number} rows
   * @returns {Arena | undefined}
   */
  static open(kernel, dimension, rows) {
    const workspace = kernel.open(layoutOf(dimension, rows).bytes)
    if (workspace === undefined) return undefined
    const arena = new Arena(dimension, rows, workspace, 0)
    arena.bounds.fill(Infinity)
    return arena
  }

  /**
   * Says that the values of a row are others than before: its code is no longer that of the row.
   *
   * @param {number} row
   */
  changed(row) {
    this.bounds[2 * row + 1] = Infinity
  }

  /**
   * Computes what is kept of the lengths of rows.
   *
   * @param {number} row
   * @param {number} count
   */
  measure(row, count) {
    const { at, dimension, loops } = this
    loops.inverseNorms(at.values + 4 * dimension * row, dimension, count, at.inverseNorms + 8 * row)
  }

  /**
   * Adds whole stripes of this memory to sums: see `sums.ts`.
   *
   * @param {Int32Array} sums
   * @param {Uint8Array} bytes
   */
  addUp(sums, { byteOffset, length }) {
    const { lanes, loops, seat } = this
    lanes.set(sums)
    loops.addUp(seat.keys, byteOffset, length / 64)
    sums.set(lanes)
  }

  /**
   * Selects the rows that are in a state, or in a higher one, counted from `first`: their number.
   *
   * @param {number} first
   * @param {number} count
   * @param {number} lowest
   */
  select(first, count, lowest) {
    const { selected, states } = this
    let kept = 0
    for (let i = 0; i < count; i++) if (states[first + i] >= lowest) selected[kept++] = i
    return kept
  }

  /**
   * Keeps the rows of `selected`, counted from `first`, whose key may reach the threshold: their number. Rows without a
   * code are kept.
   *
   * @param {Query} sought
   * @param {number} first
   * @param {number} count
   * @param {number} threshold
   */
  narrow(sought, first, count, threshold) {
    this.#take(sought)
    const { at, loops, seat } = this
    const { metric, ofError, ofMetric, ofNorm, rounding, scale } = sought.coded
    return loops.narrow(
      at.codes + at.width * first,
      at.width,
      seat.code,
      at.bounds + bytesPerBound * first,
      at.inverseNorms + 8 * first,
      seat.selected,
      count,
      metric,
      scale,
      ofError,
      ofNorm,
      ofMetric,
      rounding,
      threshold
    )
  }

  /**
   * Computes the products of the rows of `selected`, counted from `first`, or their distances with a minus.
   *
   * @param {Query} sought
   * @param {number} first
   * @param {number} count
   */
  score(sought, first, count) {
    this.#take(sought)
    const { at, dimension, loops, seat } = this
    if (this.file !== undefined) return this.#scoreEach(sought, first, count)
    const values = at.values + 4 * dimension * first
    if (sought.metric === "euclidean") {
      loops.negatedDistances(values, dimension, seat.query, seat.selected, count, seat.keys)
    } else loops.products(values, dimension, seat.query, seat.selected, count, seat.keys)
  }

  /**
   * The values of a row that are in the file.
   *
   * @param {number} row
   */
  fetch(row) {
    this.#read(row)
    return new Float32Array(this.rowBytes.slice().buffer)
  }

  /**
   * The same where some rows are in the file.
   *
   * @param {Query} sought
   * @param {number} first
   * @param {number} count
   */
  #scoreEach(sought, first, count) {
    const { at, dimension, loops, seat, selected, states } = this
    const loop = sought.metric === "euclidean" ? loops.negatedDistances : loops.products
    for (let i = 0; i < count; i++) {
      const row = first + selected[i]
      const isInFile = states[row] === IN_FILE
      if (isInFile) this.#read(row)
      loop(
        isInFile ? seat.row : at.values + 4 * dimension * row,
        dimension,
        seat.query,
        seat.first,
        1,
        seat.keys + 8 * i
      )
    }
  }

  /**
   * Reads a row to the seat, in this turn: it is mostly in the memory of the system, and few rows are read.
   *
   * @param {number} row
   */
  #read(row) {
    const { file, rowBytes } = this
    if (file === undefined) throw new Error("there is no file of vectors")
    const size = rowBytes.length
    for (let at = 0; at < size;) {
      const read = readSync(file.fd, rowBytes, at, size - at, file.position + row * size + at)
      if (read === 0) throw new Error("a file of vectors is cut off")
      at += read
    }
  }

  /**
   * Writes the codes of those rows of `selected` that have none.
   *
   * @param {number} first
   * @param {number} count
   */
  encode(first, count) {
    const { at, bounds, dimension, loops, selected } = this
    for (let i = 0; i < count; i++) {
      const row = first + selected[i]
      if (bounds[2 * row + 1] !== Infinity) continue
      const values = at.values + 4 * dimension * row
      loops.encode(values, dimension, at.codes + at.width * row, at.bounds + bytesPerBound * row)
    }
  }

  /**
   * The same with the bounds aside, so that nobody takes the codes for those of their rows before the main thread has seen
   * that the rows are still the same. Moves those rows to the front of `selected`: their number.
   *
   * @param {number} first
   * @param {number} count
   */
  encodeAside(first, count) {
    const { at, bounds, dimension, loops, seat, selected } = this
    let done = 0
    for (let i = 0; i < count; i++) {
      const row = first + selected[i]
      if (bounds[2 * row + 1] !== Infinity) continue
      const values = at.values + 4 * dimension * row
      loops.encode(values, dimension, at.codes + at.width * row, seat.bounds + bytesPerBound * done)
      selected[done++] = selected[i]
    }
    return done
  }

  /** @param {Query} sought */
  #take(sought) {
    if (this.#sought === sought) return
    this.#sought = sought
    this.queryValues.set(sought.query)
    this.queryCode.set(sought.coded.code)
  }
}
