/**
 * The loops of `kernel.wat` in plain JavaScript, for runtimes that have no WebAssembly with SIMD, and for what is too small
 * to be in its memory. They add up in the same order, in doubles, and have the same results, bit for bit.
 *
 * They stay apart, free of branches and of calls, so that each compiles to straight code, with sums that do not wait for
 * one another.
 */

/** The product of the query with each row of a list. */
export const products = (
  values: Float32Array,
  query: Float32Array,
  rows: Int32Array,
  count: number,
  out: Float64Array
): void => {
  const { length } = query
  const whole = length & ~7
  for (let i = 0; i < count; i++) {
    const at = rows[i] * length
    let a = 0
    let b = 0
    let c = 0
    let d = 0
    let e = 0
    let f = 0
    let g = 0
    let h = 0
    let j = 0
    for (; j < whole; j += 8) {
      const k = at + j
      a += values[k] * query[j]
      b += values[k + 1] * query[j + 1]
      c += values[k + 2] * query[j + 2]
      d += values[k + 3] * query[j + 3]
      e += values[k + 4] * query[j + 4]
      f += values[k + 5] * query[j + 5]
      g += values[k + 6] * query[j + 6]
      h += values[k + 7] * query[j + 7]
    }
    let sum = a + c + (e + g) + (b + d + (f + h))
    for (; j < length; j++) sum += values[at + j] * query[j]
    out[i] = sum
  }
}

/** The squared distance of each row of a list from the query, with a minus. */
export const negatedDistances = (
  values: Float32Array,
  query: Float32Array,
  rows: Int32Array,
  count: number,
  out: Float64Array
): void => {
  const { length } = query
  const whole = length & ~7
  for (let i = 0; i < count; i++) {
    const at = rows[i] * length
    let a = 0
    let b = 0
    let c = 0
    let d = 0
    let e = 0
    let f = 0
    let g = 0
    let h = 0
    let j = 0
    for (; j < whole; j += 8) {
      const k = at + j
      const da = values[k] - query[j]
      const db = values[k + 1] - query[j + 1]
      const dc = values[k + 2] - query[j + 2]
      const dd = values[k + 3] - query[j + 3]
      const de = values[k + 4] - query[j + 4]
      const df = values[k + 5] - query[j + 5]
      const dg = values[k + 6] - query[j + 6]
      const dh = values[k + 7] - query[j + 7]
      a += da * da
      b += db * db
      c += dc * dc
      d += dd * dd
      e += de * de
      f += df * df
      g += dg * dg
      h += dh * dh
    }
    let sum = a + c + (e + g) + (b + d + (f + h))
    for (; j < length; j++) {
      const difference = values[at + j] - query[j]
      sum += difference * difference
    }
    out[i] = -sum
  }
}

const first = Int32Array.of(0)

/** One over the length of a vector, 0 for a vector of zeros. */
export const inverseNorm = (values: Float32Array): number => {
  const square = new Float64Array(1)
  products(values, values, first, 1, square)
  return square[0] === 0 ? 0 : 1 / Math.sqrt(square[0])
}
