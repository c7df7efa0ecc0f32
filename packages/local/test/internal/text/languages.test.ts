import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fs from "node:fs"
import * as Path from "node:path"
import * as Zlib from "node:zlib"
import { newStemmer } from "snowball-stemmers"
import { FastCheck } from "../../../../../scripts/testing/properties.js"
import type { LanguageCode } from "../../../src/internal/text/languages.js"
import { hasStopWords, isLanguage, languages, load } from "../../../src/internal/text/languages.js"

/** As the Snowball project calls them. */
const names: Readonly<Record<LanguageCode, string>> = {
  ar: "arabic",
  da: "danish",
  de: "german",
  el: "greek",
  en: "english",
  es: "spanish",
  fi: "finnish",
  fr: "french",
  hu: "hungarian",
  it: "italian",
  nl: "dutch",
  no: "norwegian",
  pt: "portuguese",
  ro: "romanian",
  ru: "russian",
  sv: "swedish",
  ta: "tamil",
  tr: "turkish"
}

it("there are 18 languages", () => {
  expect([...languages].sort()).toEqual(Object.keys(names).sort())
  expect(isLanguage("xx")).toBe(false)
  expect(isLanguage("toString")).toBe(false)
})

it.effect("all but Turkish have stop words", () =>
  Effect.gen(function*() {
    for (const code of languages) {
      const { stopWords } = yield* load(code)
      expect([code, hasStopWords(code), stopWords.length > 20]).toEqual([code, code !== "tr", code !== "tr"])
    }
  }))

it.effect("stems like another implementation of the same algorithms, whatever the word", () =>
  Effect.gen(function*() {
    // That one has no Greek, and is behind in details of the other languages that are missing here.
    for (const code of ["de", "en", "es", "hu", "it", "nl", "no", "pt", "ro", "sv"] as const) {
      const { stem, stopWords } = yield* load(code)
      const other = newStemmer(names[code])
      const Part = FastCheck.constantFrom(...stopWords.filter((word) => /^\p{L}+$/u.test(word)))
      // Words of the language in a row have its prefixes and its endings.
      const Word = FastCheck.array(Part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("").toLowerCase())
      FastCheck.assert(
        FastCheck.property(Word, (word) => {
          expect([code, word, stem(word)]).toEqual([code, word, other.stem(word)])
        }),
        { numRuns: 2000 }
      )
    }
  }))

// -----------------------------------------------------------------------------
// The reference vocabularies
// -----------------------------------------------------------------------------

const sampleFolder = new URL("snowball/", import.meta.url)

/** Those whose vocabulary the Snowball project has under its own licence: that of the others has other owners. */
const sampled = languages.filter((code) => !["ar", "el", "fr", "ta"].includes(code))

const sampleSize = 300

/** Words of the vocabulary with their stems, drawn once by `snowball/draw.ts`. */
const sampleOf = (code: LanguageCode): ReadonlyArray<ReadonlyArray<string>> =>
  Fs.readFileSync(new URL(`${names[code]}.tsv`, sampleFolder), "utf8").trimEnd().split("\n").map((line) =>
    line.split("\t")
  )

/** The whole of it: the test data of the Snowball project, where Debian's package `snowball-data` is installed. */
const folder = process.env["SNOWBALL_DATA"] ?? "/usr/share/snowball/data"

/** As much of a file as holds all words of most languages. Arabic has nine million, and Tamil half a million. */
const maxBytes = 2 ** 21

const lines = (code: LanguageCode, file: string): ReadonlyArray<string> => {
  const path = Path.join(folder, names[code], file)
  const text = Fs.existsSync(path)
    ? Fs.readFileSync(path).subarray(0, maxBytes)
    : Zlib.gunzipSync(Fs.readFileSync(`${path}.gz`).subarray(0, maxBytes), { finishFlush: Zlib.constants.Z_SYNC_FLUSH })
  // What stands behind the last end of a line is cut off.
  return text.toString().split("\n").slice(0, -1)
}

describe("a sample of the reference vocabulary of Snowball", () => {
  for (const code of sampled) {
    it.effect(`of ${names[code]}: every word has its stem`, () =>
      Effect.gen(function*() {
        const { stem } = yield* load(code)
        const pairs = sampleOf(code)
        expect(pairs.length).toBe(sampleSize)
        expect(pairs.map(([word]) => [word, stem(word)])).toEqual(pairs)
      }))
  }
})

describe.skipIf(!Fs.existsSync(folder))("the reference vocabulary of Snowball", () => {
  for (const code of languages) {
    it.effect(`of ${names[code]}: every word has its stem`, () =>
      Effect.gen(function*() {
        const { stem } = yield* load(code)
        const words = lines(code, "voc.txt")
        const stems = lines(code, "output.txt")
        const count = Math.min(words.length, stems.length, 200_000)
        expect(count).toBeGreaterThan(20_000)
        const wrong: Array<string> = []
        for (let i = 0; i < count; i++) if (stem(words[i]) !== stems[i]) wrong.push(words[i])
        expect(wrong).toEqual([])
      }))
  }
})
