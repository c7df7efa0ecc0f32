import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import { FastCheck } from "../../../../scripts/testing/properties.js"
import { messages, readMessage, readQuery } from "../../src/internal/protoJson.js"

const snakeCase: Readonly<Record<string, string>> = {
  topK: "top_k",
  includeValues: "include_values",
  includeMetadata: "include_metadata",
  sparseVector: "sparse_vector",
  scanFactor: "scan_factor",
  maxCandidates: "max_candidates"
}

const query = FastCheck.record({
  namespace: FastCheck.string(),
  topK: FastCheck.integer({ min: -5, max: 20_000 }),
  filter: FastCheck.constantFrom({}, { top_k: 1, topK: 2, $and: [] }),
  includeValues: FastCheck.boolean(),
  includeMetadata: FastCheck.boolean(),
  vector: FastCheck.array(FastCheck.double({ noNaN: true }), { minLength: 1, maxLength: 3 }),
  sparseVector: FastCheck.constant({ indices: [1], values: [0.5] }),
  id: FastCheck.string({ minLength: 1 }),
  scanFactor: FastCheck.double({ noNaN: true, noDefaultInfinity: true }),
  maxCandidates: FastCheck.integer()
}, { requiredKeys: ["topK"] })

/** As a text, with the sign of a zero. */
const textOf = (value: number): string => Object.is(value, -0) ? "-0" : String(value)

describe("JSON of Protocol Buffers", () => {
  it("has two names for a field, numbers as texts, and nothing in three forms", () => {
    FastCheck.assert(
      FastCheck.property(
        query,
        FastCheck.infiniteStream(FastCheck.boolean()),
        FastCheck.subarray(["queries", "vector", "id", "sparseVector", "filter"]),
        (sent, choices, nothing) => {
          const choose = () => choices.next().value === true
          const written = Object.entries(sent).map(([name, value]): [string, unknown] => [
            choose() ? snakeCase[name] ?? name : name,
            typeof value === "number" && choose() ? textOf(value) : value
          ])
          for (const name of nothing) {
            if (!Object.hasOwn(sent, name)) {
              written.push([
                choose() ? snakeCase[name] ?? name : name,
                choose() || !["queries", "vector"].includes(name) ? null : []
              ])
            }
          }
          written.push(["unknown", 1])
          expect(readMessage(messages.query, Object.fromEntries(written))).toEqual(Either.right(sent))
        }
      )
    )
  })

  it("has no field twice", () => {
    for (const [name, other] of Object.entries(snakeCase)) {
      for (const names of [[name, other], [other, name]]) {
        const read = readMessage(messages.query, Object.fromEntries(names.map((name) => [name, 1])))
        expect(read).toEqual(Either.left(
          `the field ${name} is there twice, as ${name} and as ${other}: send one of them`
        ))
      }
    }
    const vectors = [{ id: "a", sparse_values: {}, sparseValues: {} }]
    expect(Either.isLeft(readMessage(messages.upsert, { vectors }))).toBe(true)
  })

  it("leaves what it has no rule for to the definition", () => {
    for (const json of [1, "text", null, [], [1]]) expect(readMessage(messages.query, json)).toEqual(Either.right(json))
    expect(readMessage(messages.upsert, { vectors: [1, { values: 2, sparseValues: 3 }] })).toEqual(
      Either.right({ vectors: [1, { id: "", values: 2, sparseValues: 3 }] })
    )
    expect(readMessage(messages.query, { topK: "0x1", scanFactor: "" })).toEqual(
      Either.right({ topK: "0x1", scanFactor: "" })
    )
  })

  it("is the same in a query string", () => {
    expect(readQuery(messages.list, "prefix=a?b%20&limit=2&pagination_token=x%3D")).toEqual(
      Either.right("prefix=a%3Fb+&limit=2&paginationToken=x%3D")
    )
    expect(readQuery(messages.list, "prefix=%zz&paginationToken=x")).toEqual(
      Either.right("prefix=%zz&paginationToken=x")
    )
    expect(Either.isLeft(readQuery(messages.list, "pagination_token=x&paginationToken=x"))).toBe(true)
  })
})
