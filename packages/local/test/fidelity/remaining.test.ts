/** What Pinecone does that no other table here has: a request, and what is answered. */
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { check, send } from "../utils/asSent.js"
import { overSockets } from "../utils/bothProtocols.js"
import { filled } from "../utils/exception.js"

const vectors = [{ id: "a", values: [1, 0, 0], metadata: { genre: "drama" } }, { id: "b", values: [1, 1, 0] }]

const zeros = "Dense vectors must contain at least one non-zero value. Vector ID 'z' contains only zeros"

layer(overSockets(), { excludeTestServices: true })("what remains", (it) => {
  it.effect("a vector of zeros is refused by every metric", () =>
    Effect.gen(function*() {
      for (const metric of ["cosine", "euclidean", "dotproduct"]) {
        const host = yield* filled(vectors, { metric })
        yield* check(host, [
          [metric, "POST /vectors/upsert", { vectors: [{ id: "z", values: [0, 0, 0] }] }, 400, zeros],
          [metric, "POST /vectors/update", { id: "z", values: [0, 0, 0] }, 400, zeros]
        ])
      }
    }))

  it.effect("ids and namespaces that cannot be are refused by every operation that reads", () =>
    Effect.gen(function*() {
      const host = yield* filled(vectors)
      const long = "x".repeat(513)
      const tooLong = "Vector ID of 513 characters exceeds the limit of 512"
      const namespace = "Invalid namespace 'ü'. Namespaces names can only be ASCII-printable characters"
      yield* check(host, [
        ["an empty id", "GET /vectors/fetch?ids=", undefined, 400, "Vector ID must not be empty"],
        ["a long id", `GET /vectors/fetch?ids=${long}`, undefined, 400, tooLong],
        ["another id", "GET /vectors/fetch?ids=%C3%BC", undefined, 400, "Vector ID must be ASCII, but got 'ü'"],
        ["a long id", "POST /query", { id: long, topK: 1 }, 400, tooLong],
        ["a namespace", "GET /vectors/fetch?ids=a&namespace=%C3%BC", undefined, 400, namespace],
        ["a namespace", "GET /vectors/list?namespace=%C3%BC", undefined, 400, namespace],
        ["a namespace", "POST /vectors/upsert", { vectors, namespace: "ü" }, 400, namespace],
        ["a long namespace", "POST /vectors/upsert", { vectors, namespace: long }, 400, { code: 3 }],
        ["what is at the limit", "POST /vectors/upsert", { vectors, namespace: "x".repeat(512) }, 200, {}],
        ["no filter", "POST /vectors/fetch_by_metadata", {}, 400, "Empty filter provided for fetch by metadata request"]
      ])
    }))

  it.effect("statistics of a serverless index take an empty filter, and no other", () =>
    Effect.gen(function*() {
      const host = yield* filled(vectors)
      const refusal = "Serverless and Starter indexes do not support describing index stats with metadata filtering"
      yield* check(host, [
        ["an empty filter", "POST /describe_index_stats", { filter: {} }, 200, { totalVectorCount: 2 }],
        ["a filter", "POST /describe_index_stats", { filter: { genre: "drama" } }, 400, refusal]
      ])
    }))

  it.effect("a search in a sparse index leaves out what has a score of 0", () =>
    Effect.gen(function*() {
      const host = yield* filled([
        { id: "x", sparseValues: { indices: [1], values: [2] } },
        { id: "y", sparseValues: { indices: [1, 2], values: [1, -1] } },
        { id: "w", sparseValues: { indices: [3], values: [2] } }
      ], { vector_type: "sparse", metric: "dotproduct", dimension: undefined })
      const { json } = yield* send(host, "POST /query", {
        body: { topK: 5, sparseVector: { indices: [1, 2], values: [1, 1] } }
      })
      assert.deepStrictEqual(json.matches, [{ id: "x", score: 2, values: [] }])
    }))

  it.effect("a namespace is described by its name and its size", () =>
    Effect.gen(function*() {
      const host = yield* filled(vectors, {}, "n")
      const described = yield* send(host, "GET /namespaces/n")
      assert.deepStrictEqual([described.status, described.json], [200, { name: "n", record_count: 2 }])
      assert.strictEqual((yield* send(host, "GET /namespaces/none")).status, 404)
    }))
})
