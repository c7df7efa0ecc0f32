import * as Effect from "effect/Effect"
import * as problem from "../problem.js"
import * as catalog from "./catalog.js"
import type { Rarity } from "./terms.js"
import { hashOf, termsOf, wordsOf } from "./terms.js"

/** The words of a text as a sparse vector: the index of a term is its hash, in ascending order. */
export interface SparseEmbedding {
  readonly indices: Uint32Array
  readonly values: Float32Array
  /** The terms, by the same positions; two that have one hash are separated by a space. */
  readonly tokens: ReadonlyArray<string>
}

/** BM25's usual saturation of repetitions, and its share of the passage's length. */
const k1 = 1.2
const b = 0.75

/** The terms of a usual passage, a paragraph or two. */
const usualLength = 64

/** What a term is worth that a passage has so many times. */
export const saturated = (times: number, length: number, averageLength: number): number =>
  (times * (k1 + 1)) / (times + k1 * (1 - b + (b * length) / averageLength))

/** What a term is worth that is repeated without end. */
export const mostSaturated = k1 + 1

export const counted = (terms: ReadonlyArray<string>): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1)
  return counts
}

/** The weights of a passage's terms; of a query's, their rarity. Their dot product is BM25. */
const weights = (
  terms: ReadonlyArray<string>,
  inputType: "query" | "passage",
  rarity: Rarity
): SparseEmbedding => {
  const byIndex = new Map<number, { readonly term: string; readonly weight: number }>()
  for (const [term, times] of counted(terms)) {
    const index = hashOf(term)
    const weight = inputType === "query" ? times * rarity(term) : saturated(times, terms.length, usualLength)
    const other = byIndex.get(index)
    byIndex.set(
      index,
      other === undefined ? { term, weight } : { term: `${other.term} ${term}`, weight: other.weight + weight }
    )
  }
  const entries = Array.from(byIndex).sort(([a], [b]) => a - b)
  return {
    indices: Uint32Array.from(entries, ([index]) => index),
    values: Float32Array.from(entries, ([, { weight }]) => weight),
    tokens: entries.map(([, { term }]) => term)
  }
}

/** The words that are read of a text, or why there are none. */
const readWords = (
  text: string,
  at: number,
  truncate: "END" | "START" | "NONE"
): Effect.Effect<ReadonlyArray<string>, problem.Problem> => {
  const words = wordsOf(text)
  if (words.length === 0) return problem.badRequest(`Input ${at} has no word`)
  if (words.length <= catalog.sparseWords) return Effect.succeed(words)
  if (truncate === "NONE") {
    return problem.badRequest(
      `Input ${at} has ${words.length} tokens (words), more than the ${catalog.sparseWords} that the model reads; send truncate END or START to have it cut`
    )
  }
  return Effect.succeed(
    truncate === "END" ? words.slice(0, catalog.sparseWords) : words.slice(words.length - catalog.sparseWords)
  )
}

/** The vectors of texts, and how many words were read. */
export const embed = (
  texts: ReadonlyArray<string>,
  options: {
    readonly inputType: "query" | "passage"
    readonly truncate: "END" | "START" | "NONE"
    readonly rarity: Rarity
  }
): Effect.Effect<{ readonly values: ReadonlyArray<SparseEmbedding>; readonly tokens: number }, problem.Problem> =>
  Effect.map(
    Effect.forEach(texts, (text, at) =>
      Effect.gen(function*() {
        // A text takes a millisecond at most; others are let in between two.
        yield* Effect.yieldNow()
        const words = yield* readWords(text, at, options.truncate)
        return { vector: weights(termsOf(words), options.inputType, options.rarity), words: words.length }
      })),
    (all) => ({
      values: all.map(({ vector }) => vector),
      tokens: all.reduce((sum, { words }) => sum + words, 0)
    })
  )
