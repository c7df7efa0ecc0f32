/** The vector of a record: the same numbers each time, made anew, so that the source holds none. */
export const vectorOf = (record: number, dimension: number): Float32Array => {
  let state = Math.imul(record + 1, 2654435761) >>> 0
  const vector = new Float32Array(dimension)
  for (let i = 0; i < dimension; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    vector[i] = state / 2 ** 31 - 1
  }
  return vector
}

export const idOf = (record: number): string => `record-${record}`

/** Numbers from 0 to 1, the same in every run. */
export const random = (seed: number): () => number => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A vector of length 1 in any direction, as embeddings are. */
export const unitVector = (next: () => number, dimension: number): Float32Array => {
  const gaussian = Float64Array.from(
    { length: dimension },
    () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
  )
  const norm = Math.sqrt(gaussian.reduce((sum, value) => sum + value * value, 0))
  return Float32Array.from(gaussian, (value) => value / norm)
}

export const median = (values: ReadonlyArray<number>): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

export const megabytes = (bytes: number): number => Math.round(bytes / 2 ** 20)
