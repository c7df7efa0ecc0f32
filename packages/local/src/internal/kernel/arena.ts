import type { Metric } from "../vectorBlock.js"
import type { CodedQuery } from "./codes.js"
import { codedQuery, widthOf } from "./codes.js"
import type { Kernel, Loops, Workspace } from "./kernel.js"
import { sumOf } from "./sums.js"

/** How many rows a pass has at most. */
export const rowsPerPass = 256

const keysAt = 4 * rowsPerPass
const queryAt = keysAt + 8 * rowsPerPass

const bytesPerBound = 16

/** The start of a memory page of the system, so that files can be read straight to it. */
const aligned = (at: number): number => (at + 4095) & ~4095

/** What a search looks for, which it brings to each arena that it goes through. */
export class Sought {
  private code: CodedQuery | undefined = undefined

  constructor(readonly query: Float32Array, readonly metric: Metric, private readonly inverseNorm: number) {}

  /** Made when an arena asks for it: small namespaces have none. */
  get coded(): CodedQuery {
    return this.code ??= codedQuery(this.query, this.metric, this.inverseNorm)
  }
}

/** Where the parts of an arena begin. */
const layout = (dimension: number, rows: number) => {
  const width = widthOf(dimension)
  const code = queryAt + 8 * ((dimension + 1) & ~1)
  const bounds = aligned(code + 2 * width)
  const inverseNorms = bounds + bytesPerBound * rows
  const codes = aligned(inverseNorms + 8 * rows)
  const values = aligned(codes + width * rows)
  return { width, code, bounds, inverseNorms, codes, values, bytes: values + 4 * dimension * rows }
}

/** How many rows fit into so many bytes, at least one. */
export const rowsWithin = (bytes: number, dimension: number): number => {
  const { bytes: least } = layout(dimension, 0)
  const perRow = bytesPerBound + 8 + widthOf(dimension) + 4 * dimension
  return Math.max(1, Math.floor((bytes - least - 2 * 4096) / perRow))
}

/**
 * Rows of vectors in a memory of the kernel, side by side, with their codes beside them. Its size is fixed: what has no
 * vectors yet takes addresses, and no memory.
 */
export class Arena {
  readonly values: Float32Array<ArrayBuffer>
  readonly inverseNorms: Float64Array
  /** The rows of a pass, and the keys that come of it. */
  readonly selected: Int32Array
  readonly keys: Float64Array
  private readonly loops: Loops
  private readonly at: ReturnType<typeof layout>
  private readonly bounds: Float64Array
  private readonly queryValues: Float64Array
  private readonly queryCode: Int16Array
  /** Where the keys are between passes. */
  private readonly lanes: Int32Array
  /** Whose query is in the memory. */
  private sought: Sought | undefined = undefined

  private constructor(readonly dimension: number, readonly rows: number, { buffer, loops }: Workspace) {
    this.loops = loops
    this.at = layout(dimension, rows)
    this.values = new Float32Array(buffer, this.at.values, dimension * rows)
    this.inverseNorms = new Float64Array(buffer, this.at.inverseNorms, rows)
    this.selected = new Int32Array(buffer, 0, rowsPerPass)
    this.keys = new Float64Array(buffer, keysAt, rowsPerPass)
    this.bounds = new Float64Array(buffer, this.at.bounds, 2 * rows)
    this.queryValues = new Float64Array(buffer, queryAt, dimension)
    this.queryCode = new Int16Array(buffer, this.at.code, this.at.width)
    this.lanes = new Int32Array(buffer, keysAt, 32)
    this.bounds.fill(Infinity)
  }

  /** None where there is no room for it. */
  static open(kernel: Kernel, dimension: number, rows: number): Arena | undefined {
    const workspace = kernel.open(layout(dimension, rows).bytes)
    return workspace && new Arena(dimension, rows, workspace)
  }

  /** Says that the values of a row are others than before: its code is no longer that of the row. */
  changed(row: number): void {
    this.bounds[2 * row + 1] = Infinity
  }

  /** Computes what is kept of the lengths of rows. */
  measure(row: number, count: number): void {
    const { at, dimension, loops } = this
    loops.inverseNorms(at.values + 4 * dimension * row, dimension, count, at.inverseNorms + 8 * row)
  }

  /** The checksum of bytes in this memory. */
  sumOf(bytes: Uint8Array): number {
    const { lanes, loops } = this
    return sumOf(bytes, (sums, { byteOffset, length }) => {
      lanes.set(sums)
      loops.addUp(keysAt, byteOffset, length / 64)
      sums.set(lanes)
    })
  }

  /**
   * Keeps the rows of `selected`, counted from `first`, whose key may reach the threshold: their number. Rows without a
   * code are kept.
   */
  narrow(sought: Sought, first: number, count: number, threshold: number): number {
    this.take(sought)
    const { at, loops } = this
    const { metric, ofError, ofMetric, ofNorm, rounding, scale } = sought.coded
    return loops.narrow(
      at.codes + at.width * first,
      at.width,
      at.code,
      at.bounds + bytesPerBound * first,
      at.inverseNorms + 8 * first,
      0,
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

  /** Computes the products of the rows of `selected`, counted from `first`, or their distances with a minus. */
  score(sought: Sought, first: number, count: number): void {
    this.take(sought)
    const { at, dimension, loops } = this
    const values = at.values + 4 * dimension * first
    if (sought.metric === "euclidean") loops.negatedDistances(values, dimension, queryAt, 0, count, keysAt)
    else loops.products(values, dimension, queryAt, 0, count, keysAt)
  }

  /** Writes the codes of those rows of `selected` that have none. */
  encode(first: number, count: number): void {
    const { at, bounds, dimension, loops, selected } = this
    for (let i = 0; i < count; i++) {
      const row = first + selected[i]
      if (bounds[2 * row + 1] !== Infinity) continue
      const values = at.values + 4 * dimension * row
      loops.encode(values, dimension, at.codes + at.width * row, at.bounds + bytesPerBound * row)
    }
  }

  private take(sought: Sought): void {
    if (this.sought === sought) return
    this.sought = sought
    this.queryValues.set(sought.query)
    this.queryCode.set(sought.coded.code)
  }
}
