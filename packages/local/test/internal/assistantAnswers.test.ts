import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { asJson, compose, pieces, withReferences } from "../../src/internal/assistant/answers.js"

const Found = Schema.Array(
  Schema.Struct({
    revision: Schema.Literal("a", "b"),
    text: Schema.String,
    source: Schema.String,
    pages: Schema.Array(Schema.Int).pipe(Schema.maxItems(2))
  })
).pipe(Schema.minItems(1), Schema.maxItems(4))

describe("an answer", () => {
  it.prop("has each quote, and its citation where that ends", [Found], ([found]) => {
    const { citations, content } = compose(found)
    assert.deepStrictEqual(citations.map(({ quote }) => quote), [...found])
    for (const { position, quote } of citations) {
      assert.isTrue(content.slice(0, position).endsWith(`“${quote.text}”`))
    }
  })

  it.prop("in pieces is the same text, with each citation when the text has reached it", [Found], ([found]) => {
    const answer = compose(found)
    let text = ""
    const positions: Array<number> = []
    for (const piece of pieces(answer)) {
      if ("text" in piece) {
        assert.isAbove(piece.text.length, 0)
        text += piece.text
      } else {
        assert.strictEqual(piece.citation.position, text.length)
        positions.push(piece.citation.position)
      }
    }
    assert.strictEqual(text, answer.content)
    assert.deepStrictEqual(positions, answer.citations.map(({ position }) => position))
  })

  it.prop("as JSON is the same text, with its citations where they stand in the JSON", [Found], ([found]) => {
    const answer = compose(found)
    const { citations, content } = asJson(answer)
    assert.deepStrictEqual(JSON.parse(content), { answer: answer.content, extractive: true })
    for (const [i, { position }] of citations.entries()) {
      const before = JSON.parse(`${content.slice(0, position)}"}`) as { readonly answer: string }
      assert.strictEqual(before.answer, answer.content.slice(0, answer.citations[i]!.position))
    }
  })

  it("with references names each file once, and the pages of each quote", () => {
    const quote = (revision: string, text: string, pages: ReadonlyArray<number>) => ({
      revision,
      text,
      source: text,
      pages
    })
    const answer = compose([quote("a", "One.", [1, 2]), quote("b", "Two.", []), quote("a", "Three.", [7])])
    const text = withReferences(answer, (revision) => `${revision}.pdf`)
    assert.include(text, "“One.” [1, p. 1, 2]")
    assert.include(text, "“Two.” [2]")
    assert.include(text, "“Three.” [1, p. 7]")
    assert.match(text, /\n\nReferences:\n1\. a\.pdf\n2\. b\.pdf$/)
  })
})
