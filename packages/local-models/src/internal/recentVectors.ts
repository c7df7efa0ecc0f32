import type { Reading } from "@effect-pinecone/local/LocalModels"
import { createHash } from "node:crypto"

/** What the model made of a text. */
export interface Embedded {
  readonly values: Float32Array
  /** How many pieces of words were read. */
  readonly tokens: number
}

/**
 * The vectors of the texts that were embedded last. A reranker is asked about documents that were stored a while before,
 * and a program that is run again sends the same documents: the model takes a hundredth of a second for each.
 */
export interface RecentVectors {
  readonly get: (text: string, reading: Reading) => Embedded | undefined
  readonly set: (text: string, reading: Reading, embedded: Embedded) => void
}

/** About 32 MB of vectors of 512 numbers. */
const most = 16_384

const keyOf = (text: string, { maxTokens, truncate }: Reading): string =>
  createHash("sha256").update(`${maxTokens} ${truncate} `).update(text).digest("base64")

/** Keeps so many vectors, and forgets those that were not asked for longest. */
export const make = (limit: number = most): RecentVectors => {
  // A Map remembers in which order its keys were set.
  const kept = new Map<string, Embedded>()
  const put = (key: string, embedded: Embedded) => {
    kept.delete(key)
    kept.set(key, embedded)
  }
  return {
    get: (text, reading) => {
      const key = keyOf(text, reading)
      const found = kept.get(key)
      if (found === undefined) return undefined
      put(key, found)
      return { values: found.values.slice(), tokens: found.tokens }
    },
    set: (text, reading, { tokens, values }) => {
      put(keyOf(text, reading), { values: values.slice(), tokens })
      if (kept.size <= limit) return
      const [oldest] = kept.keys()
      if (oldest !== undefined) kept.delete(oldest)
    }
  }
}
