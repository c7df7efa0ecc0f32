/**
 * The languages of full-text fields: how their words are brought to a stem, and which words say too little to be searched.
 *
 * The stemmers are those of the Snowball project (for English the second Porter stemmer), in its version 2. Each language
 * is loaded when a field first needs it.
 */
import * as Effect from "effect/Effect"

/** Brings a word in lower case to its stem. */
export type Stemmer = (word: string) => string

/** What stemming and stop words need of a language. */
export interface Language {
  readonly stem: Stemmer
  readonly stopWords: ReadonlyArray<string>
}

interface Source {
  readonly stemmer: () => Promise<Stemmer>
  /** Missing where fields of the language cannot have stop words. */
  readonly stopWords?: () => Promise<{ readonly stopwords: ReadonlyArray<string> }>
}

const stemmerOf = async (load: Promise<{ readonly stemmer: Stemmer }>): Promise<Stemmer> => (await load).stemmer

const sources = {
  ar: {
    stemmer: () => stemmerOf(import("@orama/stemmers/arabic")),
    stopWords: () => import("@orama/stopwords/arabic")
  },
  da: {
    stemmer: () => stemmerOf(import("@orama/stemmers/danish")),
    stopWords: () => import("@orama/stopwords/danish")
  },
  de: {
    stemmer: () => stemmerOf(import("@orama/stemmers/german")),
    stopWords: () => import("@orama/stopwords/german")
  },
  el: {
    stemmer: () => stemmerOf(import("@orama/stemmers/greek")),
    stopWords: () => import("@orama/stopwords/greek")
  },
  en: {
    stemmer: async () => (await import("porter2")).stem,
    stopWords: () => import("@orama/stopwords/english")
  },
  es: {
    stemmer: () => stemmerOf(import("@orama/stemmers/spanish")),
    stopWords: () => import("@orama/stopwords/spanish")
  },
  fi: {
    stemmer: () => stemmerOf(import("@orama/stemmers/finnish")),
    stopWords: () => import("@orama/stopwords/finnish")
  },
  fr: {
    stemmer: () => stemmerOf(import("@orama/stemmers/french")),
    stopWords: () => import("@orama/stopwords/french")
  },
  hu: {
    stemmer: () => stemmerOf(import("@orama/stemmers/hungarian")),
    stopWords: () => import("@orama/stopwords/hungarian")
  },
  it: {
    stemmer: () => stemmerOf(import("@orama/stemmers/italian")),
    stopWords: () => import("@orama/stopwords/italian")
  },
  nl: {
    stemmer: () => stemmerOf(import("@orama/stemmers/dutch")),
    stopWords: () => import("@orama/stopwords/dutch")
  },
  no: {
    stemmer: () => stemmerOf(import("@orama/stemmers/norwegian")),
    stopWords: () => import("@orama/stopwords/norwegian")
  },
  pt: {
    stemmer: () => stemmerOf(import("@orama/stemmers/portuguese")),
    stopWords: () => import("@orama/stopwords/portuguese")
  },
  ro: {
    stemmer: () => stemmerOf(import("@orama/stemmers/romanian")),
    stopWords: () => import("@orama/stopwords/romanian")
  },
  ru: {
    stemmer: () => stemmerOf(import("@orama/stemmers/russian")),
    stopWords: () => import("@orama/stopwords/russian")
  },
  sv: {
    stemmer: () => stemmerOf(import("@orama/stemmers/swedish")),
    stopWords: () => import("@orama/stopwords/swedish")
  },
  ta: {
    stemmer: () => stemmerOf(import("@orama/stemmers/tamil")),
    stopWords: () => import("@orama/stopwords/tamil")
  },
  tr: { stemmer: () => stemmerOf(import("@orama/stemmers/turkish")) }
} as const satisfies Readonly<Record<string, Source>>

/** The code of a language that a full-text field can have. */
export type LanguageCode = keyof typeof sources

const bySources: Readonly<Record<LanguageCode, Source>> = sources

export const isLanguage = (code: string): code is LanguageCode => Object.hasOwn(sources, code)

/** All codes, in alphabetical order. */
export const languages: ReadonlyArray<LanguageCode> = Object.keys(sources).filter(isLanguage)

/** Whether fields of the language can have `stop_words`. */
export const hasStopWords = (code: LanguageCode): boolean => bySources[code].stopWords !== undefined

/** Loads the stemmer of a language and its stop words. */
export const load = (code: LanguageCode): Effect.Effect<Language> =>
  Effect.promise(async () => {
    const { stemmer, stopWords } = bySources[code]
    return { stem: await stemmer(), stopWords: stopWords === undefined ? [] : (await stopWords()).stopwords }
  })
