import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as PineconeLocal from "../src/PineconeLocal.js"
import { documentIndex, said } from "./utils/documents.js"

const vectors = [[1, 0, 0], [0, 1, 0], [0.6, 0.8, 0]] as const

const documents = [
  { _id: "a", title: "Green tea", body: "How to brew green tea leaves", vector: vectors[0], year: 2001, tags: ["tea"] },
  {
    _id: "b",
    title: "Black tea",
    body: "A cup of black tea",
    vector: vectors[1],
    year: 2002,
    words: { indices: [1, 7], values: [0.5, 2] }
  },
  { _id: "c", title: "Coffee", body: "Brewing coffee with care", vector: vectors[2], hot: true }
]

const ids = (matches: ReadonlyArray<{ readonly _id: string }>) => matches.map(({ _id }) => _id)

describe("documents", () => {
  layer(PineconeLocal.layerHttpClient())((it) => {
    it.effect("what is written is found by its words and given back as it was", () =>
      Effect.gen(function*() {
        const index = yield* documentIndex()
        assert.deepStrictEqual(yield* said(202)(index.documents("upsert", { documents })), { upserted_count: 3 })
        const found = yield* said(200)(index.documents("search", {
          score_by: [{ type: "text", fields: ["title"], query: "tea" }],
          top_k: 10
        }))
        assert.deepStrictEqual(ids(found.matches), ["a", "b"])
        assert.deepStrictEqual(Object.keys(found.matches[0]), ["_id", "_score"])
        assert.strictEqual(found.namespace, "ns")
        assert.isAtLeast(found.usage.read_units, 1)
        const fetched = yield* said(200)(index.documents("fetch", { ids: ["a", "b", "c", "none"] }))
        assert.deepStrictEqual(fetched.documents, Object.fromEntries(documents.map((one) => [one._id, one])))
      }))
  })
})
