/** Made-up sparse vectors, whose terms are as frequent as words are in a language. */
import type { SparseVector } from "../../packages/local/src/internal/sparseBlock.js"
import { random } from "./vectors.js"

/** How many terms there are. */
export const terms = 30_000

/** How many of them a record has. */
export const perRecord = 100

/** How many of them a query has. */
export const perQuery = 20

/** A draw of as many different terms: each is as often as its rank is low. Their weights are those of a model, all above 0. */
const draw = (next: () => number, count: number): SparseVector => {
  const drawn = new Set<number>()
  while (drawn.size < count) drawn.add(Math.floor(terms ** next()) - 1)
  return {
    // A term is a number without an order, as a hash is.
    indices: Uint32Array.from(drawn, (rank) => Math.imul(rank + 1, 2_654_435_761) >>> 0).sort(),
    values: Float32Array.from({ length: count }, () => 0.05 + 3 * next() ** 2)
  }
}

export const records = (count: number): ReadonlyArray<SparseVector> => {
  const next = random(1)
  return Array.from({ length: count }, () => draw(next, perRecord))
}

export const queries = (count: number): ReadonlyArray<SparseVector> => {
  const next = random(2)
  return Array.from({ length: count }, () => draw(next, perQuery))
}
