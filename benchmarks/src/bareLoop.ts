/** What a search costs at least: a loop over one block of numbers that computes every score and keeps only the best. */

export const norms = (block: Float32Array, dimension: number): Float32Array => {
  const norms = new Float32Array(block.length / dimension)
  for (let row = 0; row < norms.length; row++) {
    let sum = 0
    for (let i = row * dimension; i < (row + 1) * dimension; i++) sum += block[i]! * block[i]!
    norms[row] = Math.sqrt(sum)
  }
  return norms
}

/** The best score by cosine, but for the length of the query. */
export const best = (block: Float32Array, norms: Float32Array, query: Float32Array): number => {
  const dimension = query.length
  let best = -Infinity
  for (let row = 0; row < norms.length; row++) {
    let a = 0
    let b = 0
    let c = 0
    let d = 0
    const from = row * dimension
    for (let i = 0; i < dimension; i += 4) {
      a += block[from + i]! * query[i]!
      b += block[from + i + 1]! * query[i + 1]!
      c += block[from + i + 2]! * query[i + 2]!
      d += block[from + i + 3]! * query[i + 3]!
    }
    const score = (a + b + c + d) / norms[row]!
    if (score > best) best = score
  }
  return best
}
