import { describe, expect, it } from "@effect/vitest"
import { FastCheck } from "../../../../../scripts/testing/properties.js"
import type { Job } from "../../../src/internal/job.js"
import { atOnce } from "../../../src/internal/job.js"
import type { Analyser } from "../../../src/internal/text/analyser.js"
import * as analyser from "../../../src/internal/text/analyser.js"
import type { Clause, Query } from "../../../src/internal/text/queryTree.js"
import * as query from "../../../src/internal/text/queryTree.js"
import type { Texts } from "../../../src/internal/text/textIndex.js"
import { TextIndex } from "../../../src/internal/text/textIndex.js"
import type { Operator } from "../../../src/internal/text/textPlan.js"
import type { Hit } from "../../../src/internal/text/textSearch.js"
import { matching, search } from "../../../src/internal/text/textSearch.js"
import type { PlainHit } from "../../utils/plainText.js"
import { PlainIndex } from "../../utils/plainText.js"

/** A language of this test alone: without the last s, and without two words. */
const language = { stem: (word: string) => word.replace(/s$/, ""), stopWords: ["the", "of"] }

const analysers: Readonly<Record<string, Analyser>> = {
  title: analyser.make(analyser.defaults, undefined),
  body: analyser.make({ language: "en", stemming: true, stopWords: true }, language),
  code: analyser.make(
    { language: "en", stemming: false, stopWords: false, ngram: { minGram: 2, maxGram: 3, prefixOnly: false } },
    undefined
  )
}

const fields = Object.keys(analysers)

// -----------------------------------------------------------------------------
// Random documents and queries
// -----------------------------------------------------------------------------

/** Words that are near to each other, so that much matches in more than one way. */
const vocabulary = ["cat", "cats", "cast", "act", "the", "of", "dog", "dogs", "do", "door", "wi-fi", "a", "Élan", "x1"]

const Word = FastCheck.constantFrom(...vocabulary)

const Text = FastCheck.array(Word, { maxLength: 12 }).map((words) => words.join(" "))

const Texts: FastCheck.Arbitrary<Texts> = FastCheck.record(
  { title: Text, body: Text, code: Text },
  { requiredKeys: [] }
)

const Few = FastCheck.array(Word, { minLength: 1, maxLength: 3 }).map((words) => words.join(" "))

const Boost = FastCheck.constantFrom(1, 1, 0.5, 2, 3)

const FieldName = FastCheck.constantFrom<string | undefined>(undefined, ...fields)

const tagged = <A extends Query>(tag: A["_tag"], rest: FastCheck.Arbitrary<Omit<A, "_tag">>) =>
  rest.map((fields) => ({ _tag: tag, ...fields }) as A)

const Leaf: FastCheck.Arbitrary<Query> = FastCheck.oneof(
  tagged<query.Term>("Term", FastCheck.record({ field: FieldName, text: Few, boost: Boost })),
  tagged<query.Phrase>(
    "Phrase",
    FastCheck.record({ field: FieldName, text: Few, slop: FastCheck.nat({ max: 4 }), boost: Boost })
  ),
  tagged<query.PhrasePrefix>(
    "PhrasePrefix",
    FastCheck.record({
      field: FieldName,
      text: FastCheck.tuple(Few, FastCheck.constantFrom("c", "ca", "do", "th", "é")).map((words) => words.join(" ")),
      boost: Boost
    })
  ),
  tagged<query.Fuzzy>(
    "Fuzzy",
    FastCheck.record({
      field: FieldName,
      text: Few,
      distance: FastCheck.constantFrom<0 | 1 | 2>(0, 1, 2),
      boost: Boost
    })
  ),
  FastCheck.constantFrom<Query>(query.all, query.none)
)

const { tree: Tree } = FastCheck.letrec<{ readonly tree: Query; readonly bool: Query; readonly field: Query }>(
  (tie) => ({
    tree: FastCheck.oneof({ depthSize: "small", withCrossShrink: true }, Leaf, tie("bool"), tie("field")),
    bool: tagged<query.Bool>(
      "Bool",
      FastCheck.record({
        must: FastCheck.array(tie("tree"), { maxLength: 2 }),
        should: FastCheck.array(tie("tree"), { maxLength: 4 }),
        mustNot: FastCheck.array(tie("tree"), { maxLength: 1 }),
        boost: Boost
      })
    ),
    field: FastCheck.record({ fields: FastCheck.subarray(fields, { minLength: 1 }), query: tie("tree") }).map((
      { fields, query: inner }
    ) => query.field(fields, inner))
  })
)

const Clause: FastCheck.Arbitrary<Clause> = FastCheck.oneof(
  FastCheck.tuple(Few, FastCheck.option(FastCheck.subarray(fields, { minLength: 1 }), { nil: undefined }))
    .map(([text, names]) => query.words(text, names)),
  Tree
)

type Change =
  | { readonly slot: number; readonly texts: Texts }
  | { readonly slot: number; readonly texts: undefined }

const Change: FastCheck.Arbitrary<Change> = FastCheck.record({
  slot: FastCheck.nat({ max: 11 }),
  texts: FastCheck.option(Texts, { nil: undefined, freq: 4 })
})

// -----------------------------------------------------------------------------
// Both sides
// -----------------------------------------------------------------------------

interface Sides {
  readonly index: TextIndex
  readonly plain: PlainIndex
  /** How many records were inserted. */
  inserted: number
}

const empty = (minDead = 3): Sides => ({
  index: new TextIndex(analysers, { minDead }),
  plain: new PlainIndex(analysers),
  inserted: 0
})

const apply = (sides: Sides, { slot, texts }: Change): void => {
  const { index, plain } = sides
  const before = plain.documents.get(slot)
  if (texts === undefined) {
    expect(index.remove(slot)).toBe(before !== undefined)
    plain.remove(slot)
  } else {
    const sequence = before?.sequence ?? sides.inserted++
    index.write(slot, texts, sequence)
    plain.write(slot, texts, sequence)
  }
  expect(index.size).toBe(plain.documents.size)
}

const inSlices = <A>(job: Job<A>, units: number, between: () => void = () => {}): A => {
  while (!job.next(units)) between()
  return job.result()
}

const isClose = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b))

/** The same scores in the same order. Scores that differ only by rounding may change places. */
const expectSame = (found: ReadonlyArray<Hit>, all: ReadonlyArray<PlainHit>, topK: number): void => {
  const expected = all.slice(0, topK)
  const bySlot = new Map(all.map((hit) => [hit.slot, hit]))
  expect(found.length).toBe(expected.length)
  found.forEach(({ score, slot }, i) => {
    const own = bySlot.get(slot)
    if (own === undefined || !isClose(score, own.score) || !isClose(score, expected[i].score)) {
      expect({ slot, score }).toEqual(expected[i])
    }
    if (i > 0 && score === found[i - 1].score) {
      expect(own?.sequence).toBeGreaterThan(bySlot.get(found[i - 1].slot)?.sequence ?? -1)
    }
    if (i > 0) expect(score).toBeLessThanOrEqual(found[i - 1].score)
  })
  expect(new Set(found.map(({ slot }) => slot)).size).toBe(found.length)
}

const runs = (numRuns: number) => ({ fastCheck: { numRuns } })

describe("a search", () => {
  it.prop(
    "finds and scores what the formula says, after writes, replacements and removals",
    [
      FastCheck.array(Change, { maxLength: 60 }),
      FastCheck.array(Clause, { minLength: 1, maxLength: 3 }),
      FastCheck.nat({ max: 12 }),
      FastCheck.option(FastCheck.nat({ max: 4 }), { nil: undefined })
    ],
    ([changes, clauses, topK, rest]) => {
      const sides = empty()
      for (const change of changes) apply(sides, change)
      const accepts = rest === undefined ? undefined : (slot: number) => slot % 5 !== rest
      const found = atOnce(search(sides.index, { clauses, topK, accepts }))
      expectSame(found, sides.plain.search(clauses, Infinity, accepts), topK)
    },
    runs(400)
  )

  it.prop(
    "sees the index as it was when it began, whatever is written between its slices",
    [
      FastCheck.array(Change, { minLength: 5, maxLength: 60 }),
      FastCheck.array(Change, { minLength: 1, maxLength: 40 }),
      Clause,
      FastCheck.integer({ min: 1, max: 60 })
    ],
    ([before, meanwhile, clause, units]) => {
      const sides = empty()
      for (const change of before) apply(sides, change)
      const expected = sides.plain.search([clause], Infinity)
      const left = [...meanwhile]
      const job = search(sides.index, { clauses: [clause], topK: 20 })
      const more = () => {
        for (const change of left.splice(0, 5)) apply(sides, change)
      }
      more()
      expectSame(inSlices(job, units, more), expected, 20)
      for (const change of left) apply(sides, change)
      const after = atOnce(search(sides.index, { clauses: [clause], topK: 20 }))
      expectSame(after, sides.plain.search([clause], Infinity), 20)
    },
    runs(250)
  )

  it.prop(
    "finds texts that are prepared once they are written, and not before or where they are discarded",
    [
      FastCheck.array(
        FastCheck.record({ change: Change, is: FastCheck.constantFrom("new", "prepared", "discarded") }),
        {
          minLength: 5,
          maxLength: 60
        }
      ),
      FastCheck.array(Clause, { minLength: 1, maxLength: 2 }),
      FastCheck.integer({ min: 1, max: 2000 })
    ],
    ([changes, clauses, units]) => {
      const sides = empty()
      const clause = clauses[0]!
      const ahead = changes.flatMap(({ change, is }) =>
        is === "new" || change.texts === undefined ? [] : [change.texts]
      )
      const agree = () =>
        expectSame(
          atOnce(search(sides.index, { clauses, topK: 20 })),
          sides.plain.search(clauses, Infinity),
          20
        )
      const half = Math.floor(changes.length / 2)
      // What is written in the first half, nobody has prepared yet.
      for (const { change, is } of changes.slice(0, half)) if (is === "new") apply(sides, change)
      const before = sides.plain.search([clause], Infinity)
      const begun = search(sides.index, { clauses: [clause], topK: 20 })
      inSlices(sides.index.prepare(ahead), units, agree)
      agree()
      const sameTime = search(sides.index, { clauses: [clause], topK: 20 })
      for (const { change, is } of changes.slice(half)) if (is !== "discarded") apply(sides, change)
      expectSame(atOnce(begun), before, 20)
      expectSame(atOnce(sameTime), before, 20)
      agree()
      sides.index.discard(ahead)
      agree()
      expect(sides.index.size).toBe(sides.plain.documents.size)
    },
    runs(120)
  )

  it("over 10,000 documents in two fields has the formula's scores and order", () => {
    const sides = empty(1024)
    let state = 7
    const random = (below: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return Math.floor(state / 2 ** 32 * below)
    }
    // Some words are in most documents, most are in few.
    const text = (length: number) =>
      Array.from({ length }, () => `w${Math.floor(2000 ** (random(1000) / 1000)).toString(36)}`).join(" ")
    const write = (slot: number) =>
      apply(sides, { slot, texts: { title: text(random(8)), body: text(10 + random(60)) } })
    for (let slot = 0; slot < 10_000; slot++) write(slot)
    for (let i = 0; i < 6000; i++) {
      if (random(3) === 0) apply(sides, { slot: random(10_000), texts: undefined })
      else write(random(10_000))
    }
    const clauses = [query.words("w1 w5 wa7", ["title", "body"])]
    for (const accepts of [undefined, (slot: number) => slot % 100 === 1]) {
      expectSame(
        inSlices(search(sides.index, { clauses, topK: 200, accepts }), 500),
        sides.plain.search(clauses, Infinity, accepts),
        200
      )
    }
  })

  it.prop(
    "finds the same few of thousands, by words that many have and by words that few have, while others are written",
    [
      FastCheck.integer(),
      FastCheck.array(
        FastCheck.record({
          text: FastCheck.array(FastCheck.constantFrom("w0", "w1", "w2", "w3", "w6", "wd", "w2s"), {
            minLength: 1,
            maxLength: 4
          }).map((words) => words.join(" ")),
          boost: FastCheck.constantFrom(0, 0.5, 1, 7),
          field: FastCheck.constantFrom(undefined, "title", "body"),
          topK: FastCheck.constantFrom(1, 3, 20, 5000),
          rest: FastCheck.constantFrom(undefined, 0, 3),
          units: FastCheck.integer({ min: 20, max: 5000 }),
          more: FastCheck.nat({ max: 30 })
        }),
        { minLength: 1, maxLength: 6 }
      )
    ],
    ([seed, searches]) => {
      const sides = empty(64)
      let state = seed >>> 0
      const random = (below: number): number => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0
        return Math.floor(state / 2 ** 32 * below)
      }
      const text = (length: number) =>
        Array.from({ length }, () => `w${Math.floor(100 ** (random(1000) / 1000) - 1).toString(36)}`).join(" ")
      // Once in a while a text has a word more often than a byte can count.
      const long = () => random(900) === 0 ? " w3".repeat(300) : ""
      const write = (slot: number) =>
        apply(sides, { slot, texts: { title: text(random(8)), body: text(random(12)) + long() } })
      for (let slot = 0; slot < 1100; slot++) write(slot)
      for (const { boost, field, more, rest, text, topK, units } of searches) {
        const clauses = text.split(" ").map((word, i): Clause => ({
          ...query.term(word),
          field,
          boost: i === 0 ? boost : 1
        }))
        const accepts = rest === undefined ? undefined : (slot: number) => slot % 50 === rest
        const expected = sides.plain.search(clauses, Infinity, accepts)
        const job = search(sides.index, { clauses, topK, accepts })
        let left = more
        expectSame(
          inSlices(job, units, () => {
            if (left-- <= 0) return
            write(1100 + random(500))
            apply(sides, { slot: random(1100), texts: undefined })
          }),
          expected,
          topK
        )
      }
    },
    runs(10)
  )

  it("orders equal scores by the sequence of first insertion, not by slot or the last write", () => {
    const { index } = empty()
    index.write(5, { title: "cat" }, 0)
    index.write(2, { title: "cat" }, 1)
    index.write(9, { title: "cat" }, 2)
    index.write(5, { title: "cat" }, 0)
    const found = atOnce(search(index, { clauses: [query.term("cat")], topK: 2 }))
    expect(found.map(({ slot }) => slot)).toEqual([5, 2])
  })

  it("leaves out a clause of stop words alone, and finds nothing by it alone", () => {
    const { index } = empty()
    index.write(0, { body: "the cat" }, 0)
    const of = (clause: Clause) => atOnce(search(index, { clauses: [clause], topK: 5 })).length
    const inBody = (text: string) => query.term(text, { field: "body" })
    expect(of(query.bool({ must: [inBody("the"), inBody("cat")] }))).toBe(1)
    expect(of(inBody("the"))).toBe(0)
    expect(of(query.bool({ mustNot: [inBody("dog")] }))).toBe(0)
  })
})

describe("a search for words known in part", () => {
  it("finds what was there when it began, though all words have gone since", () => {
    for (const clause of [query.fuzzy("zebra", 1), query.phrasePrefix("big zeb")]) {
      const { index } = empty()
      index.write(0, { title: "big zebras" }, 0)
      const job = search(index, { clauses: [clause], topK: 5 })
      index.remove(0)
      for (let i = 1; i < 100; i++) index.write(i % 3, { title: `other${i}` }, i)
      expect(atOnce(job).map(({ slot }) => slot)).toEqual([0])
      expect(atOnce(search(index, { clauses: [clause], topK: 5 }))).toEqual([])
    }
  })
})

describe("texts that are prepared", () => {
  it("are taken in a few at a time, and are written at once", () => {
    const { index } = empty()
    const all = Array.from({ length: 1000 }, (_, i): Texts => ({ title: `cat number${i}` }))
    const find = () => atOnce(search(index, { clauses: [query.term("cat")], topK: 2000 })).length
    let slices = 0
    inSlices(index.prepare(all), 4096, () => {
      slices++
      if (slices % 20 === 0) expect(find()).toBe(0)
    })
    expect(slices).toBeGreaterThan(100)
    const { bytes } = index
    all.forEach((texts, slot) => index.write(slot, texts, slot))
    expect(find()).toBe(1000)
    // The words of all of them were there.
    expect(index.bytes).toBeLessThan(bytes + 100_000)
    index.discard(all)
    expect(find()).toBe(1000)
  })
})

describe("an index whose texts are replaced again and again", () => {
  it("keeps its size", () => {
    const { index } = empty(100)
    const round = (number: number) => {
      for (let slot = 0; slot < 200; slot++) {
        index.write(slot, { title: `cat number${number * 1000 + slot}`, body: "the dog of a door" }, slot)
      }
    }
    for (let number = 0; number < 10; number++) round(number)
    const { bytes } = index
    for (let number = 10; number < 200; number++) round(number)
    expect(index.bytes).toBeLessThan(bytes * 1.5)
  })
})

describe("a filter on text", () => {
  it.prop(
    "has what a look at each text has",
    [
      FastCheck.array(Change, { maxLength: 40 }),
      FastCheck.constantFrom<Operator>("$match_phrase", "$match_all", "$match_any"),
      FastCheck.constantFrom(...fields),
      Few
    ],
    ([changes, operator, field, text]) => {
      const sides = empty()
      for (const change of changes) apply(sides, change)
      const has = atOnce(matching(sides.index, operator, field, text))
      const expected = sides.plain.matches(operator, field, text)
      for (let slot = 0; slot < 12; slot++) expect(has(slot)).toBe(expected.has(slot))
    },
    runs(250)
  )
})
