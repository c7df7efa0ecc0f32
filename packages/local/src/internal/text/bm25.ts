import type { FieldStatistics } from "./textField.js"

const k1 = 1.2

const b = 0.75

/**
 * How rare a word is: `ln(1 + (N - n + 0.5) / (n + 0.5))`, where `N` documents have tokens in the field, and `n` of them the
 * word. It is never negative.
 */
export const rarity = ({ documents }: FieldStatistics, n: number): number =>
  Math.log(1 + (documents - n + 0.5) / (n + 0.5))

/**
 * The score of a document for a word that it has `tf` times in a field of `length` tokens:
 *
 *     rarity · tf · (k1 + 1) / (tf + k1 · (1 - b + b · length / average length))
 *
 * with k1 = 1.2 and b = 0.75. Lengths are exact, and are averaged over the documents that have tokens in the field.
 */
export const score = (
  { documents, tokens }: FieldStatistics,
  rarity: number
): (tf: number, length: number) => number => {
  const weight = rarity * (k1 + 1)
  const fixed = k1 * (1 - b)
  const byLength = k1 * b * documents / tokens
  return (tf, length) => weight * tf / (tf + fixed + byLength * length)
}
