/** Text records over HTTP as Pinecone has them: what is taken, the form of hits and of errors. */
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { check, send } from "../utils/asSent.js"
import { Control, overSockets } from "../utils/bothProtocols.js"
import { freshName } from "../utils/pinecone.js"

const lines = (records: ReadonlyArray<object>) => records.map((record) => JSON.stringify(record)).join("\n")

const ndjson = "application/x-ndjson"

const records = [
  { _id: "r1", chunk_text: "The cat sat on the mat", topic: "animals", year: 2020 },
  { _id: "r2", chunk_text: "The dog chased the cat", topic: "animals" },
  { id: "r3", chunk_text: "Interest rates are rising", topic: "money" }
]

const namespace = "/records/namespaces/texts"

layer(overSockets(), { excludeTestServices: true })("text records", (it) => {
  const forModel = Effect.gen(function*() {
    const url = yield* Control
    const { json } = yield* send(url, "POST /indexes/create-for-model", {
      body: {
        name: freshName(),
        cloud: "aws",
        region: "us-east-1",
        embed: { model: "lexical-sparse-english", field_map: { text: "chunk_text" } }
      }
    })
    return String(json.host)
  })

  const filled = Effect.tap(
    forModel,
    (host) => send(host, `POST ${namespace}/upsert`, { body: lines(records), contentType: ndjson })
  )

  it.effect("are found with all their fields, or with those that are asked for", () =>
    Effect.gen(function*() {
      const host = yield* filled
      const query = { inputs: { text: "a cat" }, top_k: 5 }
      const whole = { chunk_text: records[0]!.chunk_text, topic: "animals", year: 2020 }
      for (
        const [fields, expected] of [
          [undefined, whole],
          [["*"], whole],
          [["topic", "year"], { topic: "animals", year: 2020 }],
          [["none"], {}],
          [[], {}]
        ] as const
      ) {
        const { json, status } = yield* send(host, `POST ${namespace}/search`, { body: { query, fields } })
        assert.strictEqual(status, 200, JSON.stringify(json))
        const hits: ReadonlyArray<{ _id: string; _score: number; fields: object }> = json.result.hits
        assert.deepStrictEqual(hits.map(({ _id }) => _id).sort(), ["r1", "r2"])
        for (const { _score } of hits) assert.strictEqual(_score, Math.fround(_score))
        assert.deepStrictEqual(hits.find(({ _id }) => _id === "r1")?.fields, expected)
      }
    }))

  it.effect("have an id under one of two names", () =>
    Effect.gen(function*() {
      const host = yield* filled
      const fetched = yield* send(host, "GET /vectors/fetch?ids=r1&ids=r3&namespace=texts")
      assert.deepStrictEqual(Object.keys(fetched.json.vectors), ["r1", "r3"])
      assert.isUndefined(fetched.json.vectors.r3.metadata.id)
      yield* check(host, [
        [
          "both names",
          `POST ${namespace}/upsert`,
          lines([{ _id: "a", id: "a", chunk_text: "A text" }]),
          400,
          "Line 1: a record must have either \"_id\" or \"id\", not both"
        ],
        ["none", `POST ${namespace}/upsert`, lines([{ chunk_text: "A text" }]), 400, "Line 1: a record needs an _id"],
        [
          "too many, of which the rest is not read",
          `POST ${namespace}/upsert`,
          [...Array.from({ length: 96 }, (_, i) => JSON.stringify({ _id: `${i}`, chunk_text: "A text" })), "{", "["]
            .join("\n"),
          400,
          "At most 96 text records are allowed in an upsert, got 98"
        ]
      ])
    }))

  it.effect("have errors of their own form", () =>
    Effect.gen(function*() {
      const host = yield* filled
      const problem = (message: string) => ({ error: { code: "INVALID_ARGUMENT", message }, status: 400 })
      const vector = yield* send(host, `POST ${namespace}/search`, { body: { query: { top_k: 1, vector: {} } } })
      assert.deepStrictEqual(vector.json, problem("A vector needs values, or sparse_values and sparse_indices"))
      const topK = yield* send(host, `POST ${namespace}/search`, { body: { query: { top_k: 0, id: "r1" } } })
      assert.deepStrictEqual(topK.json, problem("top_k must be between 1 and 10000, got 0"))
      for (const body of [{}, "{", { query: { top_k: "many" } }]) {
        const { json, status } = yield* send(host, `POST ${namespace}/search`, { body })
        assert.deepStrictEqual([status, json.status, json.error.code], [400, 400, "INVALID_ARGUMENT"])
        assert.isString(json.error.message)
      }
      const nowhere = yield* send(host, "POST /records/nowhere", { body: {} })
      assert.deepStrictEqual([nowhere.json.status, nowhere.json.error.code], [404, "NOT_FOUND"])
      const empty = yield* send(host, `POST ${namespace}/upsert`, { body: "", contentType: ndjson })
      assert.deepStrictEqual(empty.json, problem("An upsert needs at least one record"))
    }))

  it.effect("are in the default namespace where the path names none", () =>
    Effect.gen(function*() {
      const host = yield* forModel
      const upserted = yield* send(host, "POST /records/namespaces//upsert", {
        body: lines(records),
        contentType: "text/plain;charset=UTF-8"
      })
      assert.strictEqual(upserted.status, 201, JSON.stringify(upserted.json))
      yield* check(host, [
        ["statistics", "POST /describe_index_stats", undefined, 200, { namespaces: { "": { vectorCount: 3 } } }]
      ])
      for (const path of ["/records/namespaces//search", "/records/namespaces/__default__/search"]) {
        const { json } = yield* send(host, `POST ${path}`, { body: { query: { top_k: 1, id: "r3" } } })
        assert.strictEqual(json.result.hits[0]._id, "r3")
      }
    }))

  it.effect("have fields named like an object's own members", () =>
    Effect.gen(function*() {
      const host = yield* forModel
      const line = "{\"_id\":\"toString\",\"chunk_text\":\"A cat\",\"__proto__\":\"x\",\"constructor\":\"y\"}"
      const { status } = yield* send(host, `POST ${namespace}/upsert`, { body: line, contentType: ndjson })
      assert.strictEqual(status, 201)
      const fields = ["__proto__", "constructor", "toString"]
      const { json } = yield* send(host, `POST ${namespace}/search`, {
        body: { query: { inputs: { text: "cat" }, top_k: 1 }, fields }
      })
      assert.strictEqual(json.result.hits[0]._id, "toString")
      assert.deepStrictEqual(Object.entries(json.result.hits[0].fields), [["__proto__", "x"], ["constructor", "y"]])
    }))

  it.effect("answer with the version of the API, as the control plane does", () =>
    Effect.gen(function*() {
      const url = yield* Control
      const host = yield* filled
      for (const [asked, told] of [[undefined, "2026-04"], ["2025-10", "2025-10"]] as const) {
        const headers: Record<string, string> = asked === undefined ? {} : { "x-pinecone-api-version": asked }
        const control = yield* send(url, "GET /indexes", { headers })
        const search = yield* send(host, `POST ${namespace}/search`, {
          headers,
          body: { query: { top_k: 1, id: "r1" } }
        })
        assert.deepStrictEqual([control, search].map(({ headers }) => headers["x-pinecone-api-version"]), [told, told])
        assert.match(search.headers["x-pinecone-response-duration-ms"] ?? "", /^\d+$/)
      }
    }))
})
