import { counted, mostSaturated, saturated } from "./sparse.js"
import type { Rarity } from "./terms.js"
import { termsOf, wordsOf } from "./terms.js"

/** How much of a score the meaning is, and how much the shared words are. */
const meaning = 0.6

const cosine = (a: Float32Array, b: Float32Array): number => {
  let dot = 0
  let ofA = 0
  let ofB = 0
  for (const [i, x] of a.entries()) {
    const y = b[i] ?? 0
    dot += x * y
    ofA += x * x
    ofB += y * y
  }
  return ofA === 0 || ofB === 0 ? 0 : dot / Math.sqrt(ofA * ofB)
}

/**
 * For each document the BM25 of the query's terms, with the documents' own average length, as a share of the most that a
 * document could have: from 0 to 1.
 */
const overlaps = (query: string, documents: ReadonlyArray<string>, rarity: Rarity): ReadonlyArray<number> => {
  const asked = Array.from(new Set(termsOf(wordsOf(query))))
  const terms = documents.map((document) => termsOf(wordsOf(document)))
  const average = Math.max(1, terms.reduce((sum, { length }) => sum + length, 0) / Math.max(1, terms.length))
  const most = asked.reduce((sum, term) => sum + rarity(term), 0) * mostSaturated
  return terms.map((all) => {
    if (most === 0) return 0
    const counts = counted(all)
    return asked.reduce((sum, term) => {
      const times = counts.get(term)
      return times === undefined ? sum : sum + rarity(term) * saturated(times, all.length, average)
    }, 0) / most
  })
}

/**
 * How relevant documents are to a query, from 0 to 1: the cosine of the dense vectors, and the words that they share. A
 * document without a vector is empty, and has 0.
 */
export const scores = (
  query: { readonly text: string; readonly vector: Float32Array },
  documents: ReadonlyArray<{ readonly text: string; readonly vector: Float32Array | undefined }>,
  rarity: Rarity
): ReadonlyArray<number> => {
  const shared = overlaps(query.text, documents.map(({ text }) => text), rarity)
  return documents.map(({ vector }, i) => {
    if (vector === undefined) return 0
    const near = Math.min(1, Math.max(0, cosine(query.vector, vector)))
    return meaning * near + (1 - meaning) * (shared[i] ?? 0)
  })
}
