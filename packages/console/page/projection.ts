/**
 * Points on a map for vectors: the two directions along which they differ most (principal components), found by subspace
 * iteration. What is far apart on the map is far apart; the reverse does not always hold.
 */

/** Vectors with more numbers than this are sketched first: their distances stay about the same. */
export const mostNumbers = 512

/** An integer that looks like chance, the same for the same input. */
const hash = (i: number): number => {
  let h = Math.imul(i ^ 0x9e3779b9, 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** Copies a vector into a row; a longer one as a count sketch of it: each number is added to one place, or taken from it. */
export const sketch = (vector: ArrayLike<number>, row: Float32Array): void => {
  if (vector.length <= row.length) {
    for (let i = 0; i < vector.length; i++) row[i] = vector[i]!
    return
  }
  row.fill(0)
  for (let i = 0; i < vector.length; i++) {
    const h = hash(i)
    row[h % row.length]! += (h & 0x80000000) === 0 ? vector[i]! : -vector[i]!
  }
}

const meanOf = (data: Float32Array, count: number, width: number): Float64Array => {
  const mean = new Float64Array(width)
  for (let r = 0, at = 0; r < count; r++) {
    for (let c = 0; c < width; c++, at++) mean[c]! += data[at]!
  }
  for (let c = 0; c < width; c++) mean[c]! /= count
  return mean
}

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

const scaled = (v: Float64Array, by: number): void => {
  for (let i = 0; i < v.length; i++) v[i]! *= by
}

/** Makes the directions of length 1, and each at a right angle to those before it. A direction of length 0 stays so. */
const straighten = (directions: ReadonlyArray<Float64Array>): void => {
  directions.forEach((v, k) => {
    const before = Math.sqrt(dot(v, v))
    for (const u of directions.slice(0, k)) {
      const along = dot(u, v)
      for (let i = 0; i < v.length; i++) v[i]! -= along * u[i]!
    }
    const length = Math.sqrt(dot(v, v))
    // What is left of a direction that another one covers is rounding.
    scaled(v, length > 1e-9 * before && length > 0 ? 1 / length : 0)
  })
}

/** Multiplies the directions by the covariance of the rows, without its factor. */
const step = (
  data: Float32Array,
  count: number,
  width: number,
  mean: Float64Array,
  [a, b]: readonly [Float64Array, Float64Array]
): readonly [Float64Array, Float64Array] => {
  const [nextA, nextB] = [new Float64Array(width), new Float64Array(width)] as const
  const [meanA, meanB] = [dot(mean, a), dot(mean, b)]
  let [sumA, sumB] = [0, 0]
  for (let r = 0; r < count; r++) {
    const from = r * width
    let [x, y] = [-meanA, -meanB]
    for (let c = 0; c < width; c++) {
      const value = data[from + c]!
      x += value * a[c]!
      y += value * b[c]!
    }
    for (let c = 0; c < width; c++) {
      const value = data[from + c]!
      nextA[c]! += x * value
      nextB[c]! += y * value
    }
    sumA += x
    sumB += y
  }
  for (let c = 0; c < width; c++) {
    nextA[c]! -= sumA * mean[c]!
    nextB[c]! -= sumB * mean[c]!
  }
  return [nextA, nextB]
}

/** Rounds of the iteration: more would move points by less than a map shows. */
const rounds = 24

/**
 * The place of each row, as x and y in turn, in the units of the rows. `data` has `count` rows of `width` numbers.
 * `onRound` hears how far it is, from 0 to 1.
 */
export const project = (
  data: Float32Array,
  count: number,
  width: number,
  onRound: (share: number) => void = () => {}
): Float32Array => {
  const places = new Float32Array(count * 2)
  if (count === 0 || width === 0) return places
  const mean = meanOf(data, count, width)
  let directions: readonly [Float64Array, Float64Array] = [new Float64Array(width), new Float64Array(width)]
  directions.forEach((v, k) => v.forEach((_, i) => v[i] = hash(i * 2 + k) / 2 ** 31 - 1))
  straighten(directions)
  for (let round = 0; round < rounds; round++) {
    directions = step(data, count, width, mean, directions)
    straighten(directions)
    onRound((round + 1) / rounds)
  }
  const [a, b] = directions
  const [meanA, meanB] = [dot(mean, a), dot(mean, b)]
  for (let r = 0; r < count; r++) {
    let [x, y] = [-meanA, -meanB]
    for (let c = 0; c < width; c++) {
      x += data[r * width + c]! * a[c]!
      y += data[r * width + c]! * b[c]!
    }
    places[2 * r] = x
    places[2 * r + 1] = y
  }
  return places
}
