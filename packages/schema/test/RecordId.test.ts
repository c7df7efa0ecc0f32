import { assert, describe, it } from "@effect/vitest"
import * as RecordId from "../src/RecordId.js"

const place = { operation: "fetch", index: "movies" }

describe("RecordId", () => {
  it("has 1 to 512 ASCII characters without NUL", () => {
    for (const id of ["a", " ", "a\n\t\x01\x7f", "__proto__", ".", "x".repeat(512)]) {
      assert.isUndefined(RecordId.problem(place, id, "id"))
    }
    const wrong: ReadonlyArray<readonly [id: unknown, recordId: string | undefined, words: RegExp]> = [
      ["", undefined, /^id: must have 1 to 512 characters/],
      [5, undefined, /^id: must be a string, got 5$/],
      ["日本", "日本", /id: must have ASCII characters only, got "日本": encode it/],
      ["\x80", "\x80", /ASCII/],
      ["a\0b", "a\\0b", /NUL/],
      ["é\0", "é\\0", /NUL/]
    ]
    for (const [id, recordId, words] of wrong) {
      const error = RecordId.problem(place, id, "id")
      assert(error?._tag === "PineconeInvalidRequest")
      assert.deepStrictEqual([error.field, error.recordId, error.operation, error.index], [
        "id",
        recordId,
        "fetch",
        "movies"
      ])
      assert.match(error.message, words)
    }
    const long = RecordId.problem(place, "x".repeat(513), "id")
    assert(long?._tag === "PineconeLimitExceeded")
    assert.deepStrictEqual([long.limit, long.actual, long.maximum], ["idLength", 513, 512])
  })

  it("begins with a prefix of as many of the same, or of none", () => {
    for (const prefix of ["", "a", "x".repeat(512)]) assert.isUndefined(RecordId.prefixProblem(place, prefix))
    for (const prefix of ["é", "a\0", 5, null]) {
      const error = RecordId.prefixProblem(place, prefix)
      assert(error?._tag === "PineconeInvalidRequest")
      assert.strictEqual(error.field, "prefix")
    }
    assert.strictEqual(RecordId.prefixProblem(place, "x".repeat(513))?._tag, "PineconeLimitExceeded")
  })

  it("is one of a list of at least one, and at most as many as the limit allows", () => {
    const fieldOf = (ids: unknown) => RecordId.listProblem(place, ids, "fetchIds")?.field
    assert.isUndefined(fieldOf(["a", "b"]))
    assert.isUndefined(fieldOf(Array.from({ length: 1000 }, String)))
    assert.strictEqual(fieldOf([]), "ids")
    assert.strictEqual(fieldOf("ab"), "ids")
    assert.strictEqual(fieldOf(new Set(["a"])), "ids")
    assert.strictEqual(fieldOf(undefined), "ids")
    assert.strictEqual(fieldOf(["a", "é"]), "ids[1]")
    assert.strictEqual(fieldOf(["a", , "b"]), "ids[1]")
    assert.strictEqual(fieldOf(Array.from({ length: 1001 }, String)), "ids.length")
  })
})
