/**
 * Turns the text of a full-text field into tokens: the same way when it is written, when it is searched, and for the
 * filters that match text. In this order:
 *
 * 1. The text is split at whatever is not a letter, a mark on a letter or a digit: spaces, punctuation, hyphens, symbols.
 *    A part of more than 256 bytes in UTF-8 is dropped.
 * 2. Each part is put into lower case (and into Unicode's form NFC, so that é is one letter however it was typed).
 * 3. With `stemming`, it is brought to the stem that its language gives it.
 * 4. With `stopWords`, it is dropped where its stem is that of a stop word of its language.
 * 5. It is cut off after 40 characters.
 *
 * With `ngram`, there is no stemming; instead of a word there are its parts of `minGram` to `maxGram` characters, with
 * `prefixOnly` those that it begins with. A shorter word has none.
 *
 * A token has the position of its word in the text. What is dropped leaves a gap, so that a phrase has the same gaps in a
 * query as in a document, and the parts of one word share its position.
 */
import * as Effect from "effect/Effect"
import type { Language, LanguageCode } from "./languages.js"
import * as languages from "./languages.js"

export interface Ngram {
  readonly minGram: number
  readonly maxGram: number
  readonly prefixOnly: boolean
}

/** How the texts of a field are analysed. */
export interface Settings {
  readonly language: LanguageCode
  readonly stemming: boolean
  readonly stopWords: boolean
  readonly ngram?: Ngram | undefined
}

export const defaults: Settings = { language: "en", stemming: false, stopWords: false }

export interface Token {
  readonly text: string
  /** Which word of the text it comes from, from 0. */
  readonly position: number
}

export interface Analyser {
  readonly settings: Settings
  /** Calls `f` with each token in order. */
  readonly each: (text: string, f: (token: string, position: number) => void) => void
  readonly tokens: (text: string) => ReadonlyArray<Token>
  /** The tokens of a text that may go on: its last word is kept though it be a stop word, as a longer one may be meant. */
  readonly tokensOfBeginning: (text: string) => ReadonlyArray<Token>
}

/** A word of more characters is cut off. */
export const maxTokenLength = 40

/** A word of more bytes is dropped. */
export const maxRawBytes = 256

const words = /[\p{L}\p{M}\p{N}]+/gu

/** Keeps what it has computed for so many words: few words make up most of a text. */
const maxRemembered = 20_000

const isTooLong = (word: string): boolean =>
  // No character has more than three bytes for each of its units.
  word.length * 3 > maxRawBytes && Buffer.byteLength(word) > maxRawBytes

/** The text in lower case, and with one form for each letter. */
const lower = (word: string): string => {
  const form = word.normalize("NFC").toLowerCase()
  // Lower case takes some letters apart again.
  return form.normalize("NFC")
}

const cut = (word: string): string => {
  if (word.length <= maxTokenLength) return word
  let out = ""
  let length = 0
  for (const character of word) {
    if (length++ === maxTokenLength) break
    out += character
  }
  return out
}

/** A copy that does not keep the long text alive which it was cut from. */
const detached = (word: string): string => word.length < 13 ? word : Buffer.from(word, "utf16le").toString("utf16le")

/** What becomes of a word: its token, or `undefined` where it is dropped. */
type Normal = (word: string) => string | undefined

const remembering = (normal: Normal): Normal => {
  let known = new Map<string, string | undefined>()
  return (word) => {
    const before = known.get(word)
    if (before !== undefined || known.has(word)) return before
    if (known.size >= maxRemembered) known = new Map()
    const token = normal(word)
    known.set(detached(word), token)
    return token
  }
}

const grams = ({ maxGram, minGram, prefixOnly }: Ngram, word: string, f: (gram: string) => void): void => {
  const characters = Array.from(word)
  const last = prefixOnly ? 0 : characters.length - minGram
  for (let from = 0; from <= last; from++) {
    const longest = Math.min(maxGram, characters.length - from)
    let gram = characters.slice(from, from + minGram - 1).join("")
    for (let length = minGram; length <= longest; length++) {
      gram += characters[from + length - 1]
      f(gram)
    }
  }
}

/** The analyser of a field whose language is at hand. Without stemming it needs none. */
export const make = (settings: Settings, language: Language | undefined): Analyser => {
  const { ngram } = settings
  const stem = settings.stemming && ngram === undefined ? language?.stem : undefined
  const stopped = new Set<string>()
  const unstopped: Normal = (word) => {
    if (isTooLong(word)) return undefined
    const lowered = lower(word)
    const stemmed = stem === undefined ? lowered : stem(lowered)
    return stemmed === "" ? undefined : detached(cut(stemmed))
  }
  if (settings.stopWords && ngram === undefined) {
    for (const word of language?.stopWords ?? []) {
      const token = unstopped(word)
      if (token !== undefined) stopped.add(token)
    }
  }
  const normal: Normal = remembering((word) => {
    const token = unstopped(word)
    return token === undefined || stopped.has(token) ? undefined : token
  })

  const analyse = (text: string, normalOf: (isLast: boolean) => Normal, f: (token: string, at: number) => void) => {
    const parts = text.match(words)
    if (parts === null) return
    for (let position = 0; position < parts.length; position++) {
      const token = normalOf(position === parts.length - 1)(parts[position])
      if (token === undefined) continue
      if (ngram === undefined) f(token, position)
      else grams(ngram, token, (gram) => f(gram, position))
    }
  }

  const each: Analyser["each"] = (text, f) => analyse(text, () => normal, f)

  const collected = (normalOf: (isLast: boolean) => Normal) => (text: string): ReadonlyArray<Token> => {
    const tokens: Array<Token> = []
    analyse(text, normalOf, (token, position) => tokens.push({ text: token, position }))
    return tokens
  }

  return {
    settings,
    each,
    tokens: collected(() => normal),
    tokensOfBeginning: collected((isLast) => isLast ? unstopped : normal)
  }
}

/** The analyser of a field, with what it needs of its language. */
export const load = (settings: Settings): Effect.Effect<Analyser> =>
  settings.stemming || settings.stopWords
    ? Effect.map(languages.load(settings.language), (language) => make(settings, language))
    : Effect.sync(() => make(settings, undefined))
