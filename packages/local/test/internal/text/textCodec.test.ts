import { describe, expect, it } from "@effect/vitest"
import { FastCheck } from "../../../../../scripts/testing/properties.js"
import { atOnce } from "../../../src/internal/job.js"
import * as analyser from "../../../src/internal/text/analyser.js"
import * as query from "../../../src/internal/text/queryTree.js"
import { decode, encode } from "../../../src/internal/text/textCodec.js"
import type { Texts } from "../../../src/internal/text/textIndex.js"
import { TextIndex } from "../../../src/internal/text/textIndex.js"
import { search } from "../../../src/internal/text/textSearch.js"

const analysers = {
  title: analyser.make(analyser.defaults, undefined),
  body: analyser.make({ ...analyser.defaults, ngram: { minGram: 1, maxGram: 3, prefixOnly: true } }, undefined)
}

const Text = FastCheck.array(FastCheck.constantFrom("cat", "cats", "dog", "Élan", "தமிழ்", "a-b"), { maxLength: 300 })
  .map((words) => words.join(" "))

interface Change {
  readonly slot: number
  readonly texts: Texts | undefined
}

const Changes: FastCheck.Arbitrary<ReadonlyArray<Change>> = FastCheck.array(
  FastCheck.record({
    slot: FastCheck.nat({ max: 30 }),
    texts: FastCheck.option(FastCheck.record({ title: Text, body: Text }, { requiredKeys: [] }), { nil: undefined })
  }),
  { maxLength: 60 }
)

const written = (changes: ReadonlyArray<Change>): TextIndex => {
  const index = new TextIndex(analysers, { minDead: 5 })
  changes.forEach(({ slot, texts }, sequence) => {
    if (texts === undefined) index.remove(slot)
    else index.write(slot, texts, 2 ** 40 + sequence)
  })
  return index
}

const queries = [
  query.words("cat dog élan"),
  query.phrase("cat dog", { slop: 2 }),
  query.term("a-b"),
  query.phrasePrefix("cat d"),
  query.fuzzy("cat", 1),
  query.all
]

const answers = (index: TextIndex) => queries.map((clause) => atOnce(search(index, { clauses: [clause], topK: 50 })))

const bytesOf = (index: TextIndex): ReadonlyArray<Uint8Array> => atOnce(encode(index))

describe("an index as bytes", () => {
  it.prop("answers the same once it is read again, and after more writes", [Changes, Changes], ([changes, more]) => {
    const index = written(changes)
    const again = atOnce(decode(analysers, bytesOf(index)))
    if (again === undefined) throw new Error("the bytes were not read")
    expect(again.size).toBe(index.size)
    expect(answers(again)).toEqual(answers(index))
    more.forEach(({ slot, texts }, sequence) => {
      for (const one of [index, again]) {
        if (texts === undefined) one.remove(slot)
        else one.write(slot, texts, sequence)
      }
    })
    expect(answers(again)).toEqual(answers(index))
  }, { fastCheck: { numRuns: 100 } })

  it.prop("is the index of when the job began", [Changes, Changes], ([changes, meanwhile]) => {
    const index = written(changes)
    const before = answers(index)
    const job = encode(index)
    const left = [...meanwhile]
    for (let i = 0; !job.next(5); i++) {
      const change = left.shift()
      if (change === undefined) continue
      if (change.texts === undefined) index.remove(change.slot)
      else index.write(change.slot, change.texts, i)
    }
    const again = atOnce(decode(analysers, job.result()))
    if (again === undefined) throw new Error("the bytes were not read")
    expect(answers(again)).toEqual(before)
  }, { fastCheck: { numRuns: 100 } })

  it.prop("is not read in part", [Changes, FastCheck.nat()], ([changes, at]) => {
    const chunks = bytesOf(written(changes))
    const last = chunks[chunks.length - 1]
    const cut = [...chunks.slice(0, -1), last.subarray(0, at % last.length)]
    expect(atOnce(decode(analysers, cut))).toBeUndefined()
    expect(atOnce(decode(analysers, [...chunks, new Uint8Array(1)]))).toBeUndefined()
  })

  it("is not read with other fields or settings", () => {
    const chunks = bytesOf(written([]))
    expect(atOnce(decode({ title: analysers.title }, chunks))).toBeUndefined()
    expect(atOnce(decode({ ...analysers, body: analysers.title }, chunks))).toBeUndefined()
    expect(atOnce(decode(analysers, chunks))?.size).toBe(0)
  })

  it("comes in chunks where it is large", () => {
    const index = new TextIndex(analysers)
    for (let slot = 0; slot < 1000; slot++) {
      index.write(slot, { title: Array.from({ length: 200 }, (_, i) => `w${slot * 200 + i}`).join(" ") }, slot)
    }
    const chunks = bytesOf(index)
    expect(chunks.length).toBeGreaterThan(1)
    for (const { length } of chunks.slice(0, -1)) expect(length).toBeLessThan(2 ** 20 + 2 ** 16)
    const again = atOnce(decode(analysers, chunks))
    if (again === undefined) throw new Error("the bytes were not read")
    const clauses = [query.phrase("w150 w151"), query.term("w199999")]
    expect(atOnce(search(again, { clauses, topK: 5 }))).toEqual(atOnce(search(index, { clauses, topK: 5 })))
  })
})
