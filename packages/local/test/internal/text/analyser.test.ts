import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { FastCheck } from "../../../../../scripts/testing/properties.js"
import type { Analyser, Ngram } from "../../../src/internal/text/analyser.js"
import * as analyser from "../../../src/internal/text/analyser.js"
import { languages } from "../../../src/internal/text/languages.js"

const plain = analyser.make(analyser.defaults, undefined)

const ngrams = (ngram: Ngram): Analyser => analyser.make({ ...analyser.defaults, ngram }, undefined)

/** The tokens with their positions, as in `cat@0 dog@2`. */
const shown = (by: Analyser, text: string): string =>
  by.tokens(text).map((token) => `${token.text}@${token.position}`).join(" ")

describe("a text", () => {
  it("is split at spaces, punctuation, hyphens and symbols", () => {
    expect(shown(plain, "state-of-the-art, don't; a_b\tc/d\n(e) “f”… g+h=i €5 🙂")).toBe(
      "state@0 of@1 the@2 art@3 don@4 t@5 a@6 b@7 c@8 d@9 e@10 f@11 g@12 h@13 i@14 5@15"
    )
    expect(shown(plain, " -- ")).toBe("")
  })

  it("keeps the letters, marks and digits of every script together", () => {
    expect(shown(plain, "Straße ПРИВЕТ 東京 தமிழ் ٣٤ x1")).toBe("straße@0 привет@1 東京@2 தமிழ்@3 ٣٤@4 x1@5")
  })

  it("is the same in upper and lower case, and however an accent is typed", () => {
    expect(shown(plain, "ÉLAN E\u0301LAN élan e\u0301lan")).toBe("élan@0 élan@1 élan@2 élan@3")
  })

  it("has words of at most 40 characters, and none of more than 256 bytes", () => {
    expect(shown(plain, `${"a".repeat(41)} b`)).toBe(`${"a".repeat(40)}@0 b@1`)
    expect(shown(plain, `${"é".repeat(50)} b`)).toBe(`${"é".repeat(40)}@0 b@1`)
    // A character that takes two units counts once.
    expect(shown(plain, `${"𝒜".repeat(41)} b`)).toBe(`${"𝒜".repeat(40)}@0 b@1`)
    expect(shown(plain, `${"a".repeat(256)} b`)).toBe(`${"a".repeat(40)}@0 b@1`)
    expect(shown(plain, `${"a".repeat(257)} b`)).toBe("b@1")
    expect(shown(plain, `${"é".repeat(128)} b`)).toBe(`${"é".repeat(40)}@0 b@1`)
    expect(shown(plain, `${"é".repeat(129)} b`)).toBe("b@1")
  })
})

describe("stemming and stop words", () => {
  it.effect("in English", () =>
    Effect.gen(function*() {
      const stemming = yield* analyser.load({ language: "en", stemming: true, stopWords: false })
      expect(shown(stemming, "Running models ran because")).toBe("run@0 model@1 ran@2 becaus@3")
      const both = yield* analyser.load({ language: "en", stemming: true, stopWords: true })
      // What is dropped leaves a gap; a stop word is dropped though stemming has changed it.
      expect(shown(both, "the State of The art because it WAS running")).toBe("state@1 art@4 run@8")
    }))

  it.effect("the last word of a text that may go on is kept", () =>
    Effect.gen(function*() {
      const both = yield* analyser.load({ language: "en", stemming: true, stopWords: true })
      expect(both.tokensOfBeginning("of the").map(({ text }) => text)).toEqual(["the"])
      expect(both.tokens("of the")).toEqual([])
    }))

  it.effect("every language changes some words and, where it has stop words, drops some", () =>
    Effect.gen(function*() {
      const samples = {
        ar: "الكتب",
        da: "husene",
        de: "häuser",
        el: "βιβλία",
        en: "houses",
        es: "casas",
        fi: "talossa",
        fr: "maisons",
        hu: "házakban",
        it: "case",
        nl: "huizen",
        no: "husene",
        pt: "casas",
        ro: "casele",
        ru: "домами",
        sv: "husen",
        ta: "வீடுகள்",
        tr: "evler"
      }
      for (const language of languages) {
        const { tokens } = yield* analyser.load({ language, stemming: true, stopWords: false })
        expect([language, tokens(samples[language])[0]?.text === samples[language]]).toEqual([language, false])
      }
    }))
})

describe("n-grams", () => {
  it("are all parts of each word, at its position", () => {
    expect(shown(ngrams({ minGram: 2, maxGram: 3, prefixOnly: false }), "Hello a 𝒜bc")).toBe(
      "he@0 hel@0 el@0 ell@0 ll@0 llo@0 lo@0 𝒜b@2 𝒜bc@2 bc@2"
    )
  })

  it("are only beginnings with prefix_only", () => {
    expect(shown(ngrams({ minGram: 2, maxGram: 3, prefixOnly: true }), "Hello a he")).toBe("he@0 hel@0 he@2")
  })

  it.prop("of a word are its substrings of the lengths that are asked for", [
    FastCheck.stringMatching(/^[a-z]{1,12}$/),
    FastCheck.integer({ min: 1, max: 10 }),
    FastCheck.nat({ max: 9 })
  ], ([word, minGram, more]) => {
    const maxGram = Math.min(10, minGram + more)
    const expected: Array<string> = []
    for (let from = 0; from < word.length; from++) {
      for (let length = minGram; length <= maxGram && from + length <= word.length; length++) {
        expected.push(word.slice(from, from + length))
      }
    }
    const found = ngrams({ minGram, maxGram, prefixOnly: false }).tokens(word).map(({ text }) => text)
    expect(found).toEqual(expected)
  })
})

it.prop("any text has the tokens of its parts, one after the other", [
  FastCheck.fullUnicodeString(),
  FastCheck.fullUnicodeString()
], ([first, second]) => {
  const words = (text: string) => plain.tokens(text).map((token) => token.text)
  expect(words(`${first} ${second}`)).toEqual([...words(first), ...words(second)])
  for (const word of words(first)) {
    expect(Array.from(word).length).toBeLessThanOrEqual(40)
    // A token is a token once more, so that a query can be written with it.
    expect(words(word)).toEqual([word])
  }
})

it.prop("what is remembered of words changes nothing", [
  FastCheck.array(FastCheck.stringMatching(/^[a-zé]{1,3}$/), { maxLength: 20 })
], ([words]) => {
  const fresh = analyser.make(analyser.defaults, undefined)
  for (const word of words) expect(plain.tokens(word)).toEqual(fresh.tokens(word))
})
