/**
 * Vectors in 8 bits a number, for a first look that reads a quarter of the bytes, and the proof of what it may pass over.
 *
 * A row `v` has the code `c` of whole numbers from -127 to 127, a scale `s`, its largest number over 127, and the length
 * `|e|` of what is left out: `v = s c + e`. A query `q` has a code `d` of up to 16 bits: `q = t d + f`. Then
 *
 *     q v = t s (d c) + (t d) e + f v,
 *
 * where `d c` is a product of whole numbers, which is exact, and the others are at most `|t d| |e|` and `|f| |v|`. So the
 * product is no more than `t s (d c) + |t d| |e| + |f| |v|`, its cosine no more than that over both lengths, and the squared
 * distance `|v|² + |q|² - 2 q v` no less than what follows. A row whose key cannot reach the worst of the best so far is
 * passed over; of all others the key is computed from the 32-bit floats. None of the best is ever lost, and no key is other
 * than without codes.
 *
 * The keys are sums of rounded numbers themselves. A sum of `n` products in doubles is off by less than
 * `(n + 8) 2^-53 |q| |v|`; the bound is made wider by eight times that, which covers its own rounding too.
 *
 * The length `|e|` is taken in 32-bit floats, in units of `s`: `v / s` is at most 127, and each element of `e / s` is off by
 * less than `2^-15`, its sum of squares by less than a thousandth for the largest dimension. Both are added.
 */
import type { Metric } from "../vectorBlock.js"
import { widthOf } from "./layout.js"

/** What the kernel has to know of a query to compare the codes of rows with it. */
export interface CodedQuery {
  readonly code: Int16Array
  readonly scale: number
  /** What the length of what is left out of a row counts, and what the length of the row does. */
  readonly ofError: number
  readonly ofNorm: number
  readonly metric: number
  /** For the cosine one over the length of the query, for the distance the square of its length. */
  readonly ofMetric: number
  readonly rounding: number
}

const largestLevel = 32_767

/** So that the 32-bit sums of the kernel, each of a quarter of the products, do not overflow. */
const levelsOf = (width: number): number => Math.min(largestLevel, Math.floor((2 ** 31 - 1) / (127 * (width / 4))))

/** Wider than anything that the rounding of a few operations can take away. */
const wider = 1 + 1e-9

const metrics: Readonly<Record<Metric, number>> = { dotproduct: 0, cosine: 1, euclidean: 2 }

/** The code of a query, whose length is `1 / inverseNorm`. */
export const codedQuery = (query: Float32Array, metric: Metric, inverseNorm: number): CodedQuery => {
  const { length } = query
  const width = widthOf(length)
  const levels = levelsOf(width)
  let largest = 0
  for (let i = 0; i < length; i++) largest = Math.max(largest, Math.abs(query[i]))
  const scale = largest / levels
  const code = new Int16Array(width)
  let coded = 0
  let left = 0
  for (let i = 0; i < length; i++) {
    const level = scale === 0 ? 0 : Math.round(query[i] / scale)
    code[i] = level
    coded += (level * scale) ** 2
    left += (query[i] - level * scale) ** 2
  }
  const norm = inverseNorm === 0 ? 0 : 1 / inverseNorm
  const rounding = (length + 64) * 2 ** -50
  return {
    code,
    scale,
    ofError: Math.sqrt(coded) * wider,
    ofNorm: (Math.sqrt(left) + rounding * norm) * wider,
    metric: metrics[metric],
    ofMetric: metric === "cosine" ? inverseNorm : norm * norm,
    rounding: 1 - 4 * rounding
  }
}
