import type { Reading, SparseEmbedding, SparseEmbeddings } from "@effect-pinecone/local/LocalModels"
import { ModelError } from "@effect-pinecone/local/LocalModels"
import * as Effect from "effect/Effect"
import type { Rarity } from "./terms.js"
import { hashOf, termsOf, wordsOf } from "./terms.js"

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

/**
 * The weights of a passage's terms; of a query's, their rarity. Their dot product is BM25. The index of a term is its hash;
 * two terms that have the same are one token, with a space between them.
 */
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

const invalid = (message: string) => new ModelError({ reason: "InvalidInput", message })

/** The words that are read of a text, or why there are none. */
const readWords = (
  text: string,
  at: number,
  { maxTokens, truncate }: Reading
): Effect.Effect<ReadonlyArray<string>, ModelError> => {
  const words = wordsOf(text)
  if (words.length === 0) return invalid(`Input ${at} has no word`)
  if (words.length <= maxTokens) return Effect.succeed(words)
  if (truncate === "NONE") {
    return invalid(
      `Input ${at} has ${words.length} tokens (words), more than the ${maxTokens} that the model reads; send truncate END or START to have it cut`
    )
  }
  return Effect.succeed(
    truncate === "END" ? words.slice(0, maxTokens) : words.slice(words.length - maxTokens)
  )
}

/** The vectors of texts, and how many words were read. */
export const embed = (
  texts: ReadonlyArray<string>,
  options: Reading & { readonly inputType: "query" | "passage"; readonly rarity: Rarity }
): Effect.Effect<SparseEmbeddings, ModelError> =>
  Effect.map(
    Effect.forEach(texts, (text, at) =>
      Effect.gen(function*() {
        // A text takes a millisecond at most; others are let in between two.
        yield* Effect.yieldNow()
        const words = yield* readWords(text, at, options)
        return { vector: weights(termsOf(words), options.inputType, options.rarity), words: words.length }
      })),
    (all) => ({
      values: all.map(({ vector }) => vector),
      tokens: all.reduce((sum, { words }) => sum + words, 0)
    })
  )
