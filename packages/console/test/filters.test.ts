import { assert, describe, it } from "@effect/vitest"
import * as code from "../page/code.js"
import type { Condition } from "../page/filters.js"
import * as filters from "../page/filters.js"

const sent = (...conditions: ReadonlyArray<Condition>) => {
  const filter = filters.filterOf(conditions)
  return filter === undefined ? undefined : JSON.parse(JSON.stringify(filter))
}

describe("the form of a filter", () => {
  it("leaves out conditions that are not filled in", () => {
    assert.strictEqual(sent(filters.empty, { field: "year", operator: "gt", value: " " }), undefined)
  })

  it("reads numbers, booleans and texts as they are typed, and in quotes always a text", () => {
    assert.deepStrictEqual(sent({ field: "year", operator: "gte", value: "2000" }), { year: { $gte: 2000 } })
    assert.deepStrictEqual(sent({ field: "draft", operator: "eq", value: "true" }), { draft: { $eq: true } })
    assert.deepStrictEqual(sent({ field: "code", operator: "eq", value: "\"2000\"" }), { code: { $eq: "2000" } })
    assert.deepStrictEqual(sent({ field: "tag", operator: "in", value: "a, b" }), { tag: { $in: ["a", "b"] } })
    assert.deepStrictEqual(sent({ field: "tag", operator: "exists", value: "" }), { tag: { $exists: true } })
  })

  it("joins several conditions, and writes the same in a program", () => {
    const conditions: ReadonlyArray<Condition> = [
      { field: "topic", operator: "ne", value: "music" },
      { field: "year", operator: "lt", value: "1990" }
    ]
    assert.deepStrictEqual(sent(...conditions), { $and: [{ topic: { $ne: "music" } }, { year: { $lt: 1990 } }] })
    assert.strictEqual(
      filters.codeOf(conditions),
      "Filter.and(Filter.ne(\"topic\", \"music\"), Filter.lt(\"year\", 1990))"
    )
  })

  it("knows the fields and values of the records that it has seen", () => {
    const known = filters.knownOf([
      { fields: { topic: "music", year: 1990, tags: ["a", "b"] } },
      { fields: { topic: "art", code: "7" } }
    ])
    assert.deepStrictEqual(Array.from(known), [
      ["code", ["\"7\""]],
      ["tags", ["a", "b"]],
      ["topic", ["art", "music"]],
      ["year", ["1990"]]
    ])
  })
})

describe("a request as a command", () => {
  it("names the host of the target, and the key by its variable", () => {
    assert.strictEqual(
      code.curl(
        { method: "POST", path: "/query", index: "movies", body: "{\"id\":\"it's\"}", contentType: "application/json" },
        "movies.svc.pinecone.io",
        "2026-07"
      ),
      `curl -X POST 'https://movies.svc.pinecone.io/query' \\
  -H "Api-Key: $PINECONE_API_KEY" \\
  -H 'X-Pinecone-Api-Version: 2026-07' \\
  -H 'Content-Type: application/json' \\
  -d '{"id":"it'\\''s"}'`
    )
  })
})
