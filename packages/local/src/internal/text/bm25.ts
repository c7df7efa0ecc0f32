import type { FieldStatistics } from "./textField.js"

const k1 = 1.2

const b = 0.75

/**
 * How rare a word is: `ln(1 + (N - n + 0.5) / (n + 0.5))`, where `N` documents have tokens in the field, and `n` of them the
 * word. It is never negative.
 */
export const rarity = ({ documents }: FieldStatistics, n: number): number =>
  Math.log(1 + (documents - n + 0.5) / (n + 0.5))

/** What the score of a document is made of, beside how often it has the word and how long it is. */
export interface Factors {
  readonly weight: number
  readonly fixed: number
  readonly byLength: number
}

/**
 * The score of a document for a word that it has `tf` times in a field of `length` tokens:
 *
 *     boost · rarity · tf · (k1 + 1) / (tf + k1 · (1 - b + b · length / average length))
 *
 * with k1 = 1.2 and b = 0.75. Lengths are exact, and are averaged over the documents that have tokens in the field. With these
 * factors it is `weight * tf / (tf + fixed + byLength * length)`, which loops have written out: a call for each document takes
 * longer than the rest.
 */
export const factors = ({ documents, tokens }: FieldStatistics, rarity: number, boost: number): Factors => ({
  weight: boost * rarity * (k1 + 1),
  fixed: k1 * (1 - b),
  byLength: k1 * b * documents / tokens
})
