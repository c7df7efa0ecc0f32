import { assert, describe, it } from "@effect/vitest"
import { scores } from "../../src/internal/reranker.js"
import { hashOf } from "../../src/internal/terms.js"

describe("words", () => {
  it("the index of a term is its MurmurHash3", () => {
    assert.deepStrictEqual(
      ["", "hello", "hello, world", "The quick brown fox jumps over the lazy dog"].map(hashOf),
      [0, 0x248bfa47, 0x149bbb7f, 0x2e4ff723]
    )
  })

  it("a word that the query repeats counts once", () => {
    const vector = Float32Array.of(1, 0)
    const documents = ["a zeppelin", "a balloon", "a zeppelin and a balloon"].map((text) => ({ text, vector }))
    const scored = (text: string) => scores({ text, vector }, documents, (term) => term.length)
    assert.deepStrictEqual(scored("zeppelin zeppelins balloon zeppelin"), scored("zeppelin balloon"))
    assert.notDeepEqual(scored("zeppelin"), scored("zeppelin balloon"))
  })
})
