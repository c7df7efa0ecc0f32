import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { readFileSync } from "node:fs"
import { chunks, pagesWithin, sentences, tokensOf } from "../../src/internal/assistant/chunks.js"
import type { Document, Kind } from "../../src/internal/assistant/documents.js"
import { snippets } from "../../src/internal/assistant/search.js"

const document = (text: string, pages: ReadonlyArray<number> = []): Document => ({ text, pages })

const all = (doc: Document, kind: Kind = "text") => Array.from(chunks(doc, kind))

const Word = Schema.Literal("Sun", "moon", "e.g.", "3.5", "it", "planet", "word".repeat(30), "日本語の文", "—", "x")
const Line = Schema.Array(Word).pipe(Schema.maxItems(40))
const Lines = Schema.Array(
  Schema.Struct({
    start: Schema.Literal("", "# ", "## ", "- ", "1. ", "| ", "```", "> "),
    words: Line,
    end: Schema.Literal("", ".", "?", "\n", "\n\n")
  })
).pipe(Schema.maxItems(60))

describe("chunks", () => {
  it.prop(
    "hold all of the text, in order, each small enough",
    [Lines, Schema.Literal("text", "markdown")],
    ([lines, kind]) => {
      const text = lines.map(({ end, start, words }) => `${start}${words.join(" ")}${end}`).join("\n")
      let covered = 0
      let start = -1
      for (const { from, number, text: said, to } of all(document(text), kind)) {
        assert.strictEqual(said, text.slice(from, to))
        assert.isAtMost(tokensOf(said), 300)
        assert.isAbove(from, start)
        assert.isAbove(to, covered)
        // Nothing but white space is left out between two.
        if (from > covered) assert.match(text.slice(covered, from), /^\s*$/)
        assert.isAtLeast(number, 0)
        start = from
        covered = to
      }
      assert.match(text.slice(covered), /^\s*$/)
    }
  )

  it("begin with the last sentences of the one before", () => {
    const sentence = (i: number) => `Sentence ${i} says that the number ${i} is one of many numbers in this text.`
    const text = Array.from({ length: 60 }, (_, i) => sentence(i)).join(" ")
    const found = all(document(text))
    assert.isAbove(found.length, 2)
    for (const [i, chunk] of found.slice(1).entries()) {
      assert.isBelow(chunk.from, found[i]!.to)
      assert.match(chunk.text, /^Sentence/)
    }
  })

  it("stand under their headings, and end where a section does", () => {
    const section = (title: string) => `## ${title}\n\n${`The section about ${title} has some words. `.repeat(12)}`
    const text = `# Book\n\n${section("Apples")}\n\n${section("Pears")}`
    assert.deepStrictEqual(
      all(document(text), "markdown").map(({ headings, text }) => [headings, /^(# Book|## \w+)/.exec(text)?.[0]]),
      [[["Book"], "# Book"], [["Book", "Pears"], "## Pears"]]
    )
  })

  it("know their pages, and those of their parts", () => {
    const pages = ["One. ".repeat(20).trim(), "Two. ".repeat(20).trim(), "Three. ".repeat(200).trim()]
    const starts = [0, pages[0]!.length + 2, pages[0]!.length + pages[1]!.length + 4]
    const found = all(document(pages.join("\n\n"), starts))
    assert.deepStrictEqual(found.map((chunk) => chunk.pages.map(({ page }) => page)), [[1, 2, 3], [3]])
    const [{ pages: within, text }] = found as [typeof found[number]]
    assert.deepStrictEqual(pagesWithin(within, 0, 4), [1])
    assert.deepStrictEqual(pagesWithin(within, text.indexOf("Two."), text.indexOf("Two.") + 4), [2])
    assert.deepStrictEqual(pagesWithin(within, 0, text.length), [1, 2, 3])
  })

  it("of a guide are put together to what it says", () => {
    const text = readFileSync(new URL("../../../../docs/batches.md", import.meta.url), "utf8")
    const hits = all(document(text), "markdown").map((chunk) => ({ chunk: { ...chunk, revision: "r" }, score: 1 }))
    assert.isAbove(hits.length, 2)
    const whole = snippets([hits[1]!, hits[0]!, ...hits.slice(2)], { topK: 1, snippetSize: 8192 })
    assert.deepStrictEqual(whole.map((snippet) => snippet.text), [text.trim()])
    const small = snippets(hits, { topK: 16, snippetSize: 512 })
    for (const snippet of small) assert.isAtMost(tokensOf(snippet.text), 512)
    assert.isAbove(small.length, 1)
  })
})

describe("sentences", () => {
  const found = (text: string, kind: Kind) =>
    Array.from(sentences(text, kind), ({ from, to }) => text.slice(from, to).replace(/\s+/g, " "))

  it("go over lines, and do not end at what only looks like an end", () => {
    assert.deepStrictEqual(
      found("See Dr. Smith, e.g. on\nMonday. It costs 3.50 a day. Does it?\n\nYes", "text"),
      ["See Dr. Smith, e.g. on Monday.", "It costs 3.50 a day.", "Does it?", "Yes"]
    )
  })

  it("are neither headings nor code, and a row of a table is one", () => {
    assert.deepStrictEqual(
      found(
        "# Title. And more\n\nText.\n\n```ts\nconst a = 1. \n```\n\n| One. Two | Three |\n- Item one.\n- Item two.",
        "markdown"
      ),
      ["Text.", "| One. Two | Three |", "- Item one.", "- Item two."]
    )
  })
})
