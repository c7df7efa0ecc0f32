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

export const median = (values: ReadonlyArray<number>): number => [...values].sort((a, b) => a - b)[values.length >> 1]!

export const megabytes = (bytes: number): number => Math.round(bytes / 2 ** 20)
