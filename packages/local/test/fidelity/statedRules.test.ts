/**
 * Rules of 2026-07 that stand in descriptions, of what is neither the schema of an index nor a document: each with a request
 * that breaks it, and what is answered.
 */
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { check, send } from "../utils/asSent.js"
import { Control, overSockets } from "../utils/bothProtocols.js"
import { filled } from "../utils/exception.js"
import { freshName } from "../utils/pinecone.js"

const version = { "x-pinecone-api-version": "2026-07" }

const vectors = [{ id: "a", values: [1, 0, 0], metadata: { topic: "cats" } }]

/** The statuses of rows, whatever their messages say. */
const refused = (
  host: string,
  rows: ReadonlyArray<readonly [what: string, line: string, body: unknown, status: number]>
) =>
  Effect.map(
    Effect.forEach(rows, ([what, line, body, status]) =>
      Effect.map(send(host, line, { body, headers: version }), (answered) => {
        const message = answered.json?.message ?? answered.json?.error?.message
        return answered.status === status && message !== undefined && message !== ""
          ? []
          : [`${what}: ${answered.status} ${JSON.stringify(answered.json)}`]
      })),
    (broken) =>
      assert.deepStrictEqual(broken.flat(), [])
  )

const many = (count: number, of: (i: number) => unknown) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, of(i)]))

const filterable = { filterable: true }

layer(overSockets(), { excludeTestServices: true })("what descriptions say", (it) => {
  it.effect("of the other forms of requests", () =>
    Effect.gen(function*() {
      const host = yield* filled(vectors)
      yield* refused(host, [
        [
          "no filter beside all",
          "DELETE /vectors/delete?deleteAll=true&filter=%7B%22topic%22%3A%22dogs%22%7D",
          undefined,
          400
        ],
        ["no filter beside ids", "DELETE /vectors/delete?ids=a&filter=%7B%7D", undefined, 400],
        ["ids or all", "DELETE /vectors/delete?ids=a&deleteAll=true", undefined, 400],
        ["something", "DELETE /vectors/delete", undefined, 400]
      ])
      const deleted = yield* send(host, "DELETE /vectors/delete?ids=a", { headers: version })
      assert.strictEqual(deleted.status, 200, JSON.stringify(deleted.json))
      const stats = yield* send(host, "GET /describe_index_stats", { headers: version })
      assert.deepStrictEqual([stats.status, stats.json.totalVectorCount], [200, 0])
    }))

  it.effect("of namespaces", () =>
    Effect.gen(function*() {
      const host = yield* filled(vectors)
      const make = (name: string, fields: unknown) => ({ name, schema: { fields } })
      yield* refused(host, [
        ["at most 50 fields", "POST /namespaces", make("n", many(51, () => filterable)), 400],
        ["no name with $", "POST /namespaces", make("n", { $topic: filterable }), 400],
        ["nothing but filterable", "POST /namespaces", make("n", { topic: { filterable: false } }), 400],
        ["the default one is there", "POST /namespaces", { name: "__default__" }, 409],
        ["none that is there", "POST /namespaces", { name: "" }, 400]
      ])
      const fifty = yield* send(host, "POST /namespaces", {
        body: make("n", many(50, () => filterable)),
        headers: version
      })
      assert.strictEqual(fifty.status, 200, JSON.stringify(fifty.json))
      const described = yield* send(host, "GET /namespaces/__default__", { headers: version })
      assert.strictEqual(described.status, 200)
    }))

  it.effect("of records with a text, and of their search", () =>
    Effect.gen(function*() {
      const url = yield* Control
      const made = yield* send(url, "POST /indexes/create-for-model", {
        body: {
          name: freshName(),
          cloud: "aws",
          region: "us-east-1",
          embed: { model: "lexical-sparse-english", field_map: { text: "chunk_text" } }
        }
      })
      const host = String(made.json.host)
      const place = "/records/namespaces/texts"
      const upserted = yield* send(host, `POST ${place}/upsert`, {
        body: JSON.stringify({ _id: "r1", chunk_text: "The cat sat" }),
        contentType: "application/x-ndjson",
        headers: version
      })
      assert.strictEqual(upserted.status, 201)
      const search = (query: object, more: object = {}) => ({ query: { top_k: 2, ...query }, ...more })
      const rerank = (more: object) => ({
        rerank: { model: "lexical-embedding-reranker", rank_fields: ["chunk_text"], ...more }
      })
      yield* refused(host, [
        ["the text of the index", `POST ${place}/upsert`, JSON.stringify({ _id: "r2", topic: "cats" }), 400],
        ["a query to rank by beside an id", `POST ${place}/search`, search({ id: "r1" }, rerank({})), 400],
        [
          "fields to rank by that every record has",
          `POST ${place}/search`,
          search({ inputs: { text: "cat" } }, rerank({ rank_fields: ["summary"] })),
          400
        ],
        [
          "all is the one strategy",
          `POST ${place}/search`,
          search({ inputs: { text: "cat" }, match_terms: { terms: ["cat"], strategy: "any" } }),
          400
        ]
      ])
      const vectorsOnly = yield* filled(vectors)
      yield* refused(vectorsOnly, [
        ["records are of a model", `POST ${place}/upsert`, JSON.stringify({ _id: "r1", chunk_text: "x" }), 400],
        ["texts are of a model", `POST ${place}/search`, search({ inputs: { text: "cat" } }), 400],
        [
          "terms are of a sparse model",
          `POST ${place}/search`,
          search({ vector: { values: [1, 0, 0] }, match_terms: { terms: ["cat"], strategy: "all" } }),
          400
        ]
      ])
    }))

  it.effect("of tags, nodes and keys of an index", () =>
    Effect.gen(function*() {
      const url = yield* Control
      const name = freshName()
      const schema = { fields: { _values: { type: "dense_vector", dimension: 3, metric: "cosine" } } }
      const made = yield* send(url, "POST /indexes", { body: { name, schema }, headers: version })
      assert.strictEqual(made.status, 201, JSON.stringify(made.json))
      const change = `PATCH /indexes/${name}`
      yield* refused(url, [
        ["at most 20 tags", change, { tags: many(21, () => "a") }, 400],
        ["a key of at most 80 characters", change, { tags: { ["k".repeat(81)]: "a" } }, 400],
        ["a key of letters, digits, _ and -", change, { tags: { "a key": "a" } }, 400],
        ["a value of at most 120 characters", change, { tags: { a: "v".repeat(121) } }, 400],
        ["a value of printable characters", change, { tags: { a: "é" } }, 400],
        [
          "scaling goes with its numbers",
          change,
          { read_capacity: { mode: "Dedicated", dedicated: { node_type: "b1", scaling: "Manual" } } },
          400
        ],
        [
          "nodes of a type that there is",
          change,
          {
            read_capacity: {
              mode: "Dedicated",
              dedicated: { node_type: "x9", scaling: "Manual", manual: { replicas: 1, shards: 1 } }
            }
          },
          400
        ],
        ["a name that is free", "POST /indexes", { name, schema }, 409]
      ])
    }))

  it.effect("of backups and their schedules", () =>
    Effect.gen(function*() {
      const url = yield* Control
      const name = freshName()
      const schema = { fields: { _values: { type: "dense_vector", dimension: 3, metric: "cosine" } } }
      yield* send(url, "POST /indexes", { body: { name, schema }, headers: version })
      const schedule = (days: number) => ({
        name: "nightly",
        schedule: { type: "time-based", frequency: "daily" },
        retention: { expire_after_days: days }
      })
      const rows: ReadonlyArray<readonly [string, string, unknown, number]> = [
        ["a name of lower-case letters", `POST /indexes/${name}/backups`, { name: "Monday!" }, 400],
        ["a name of at most 45 characters", `POST /indexes/${name}/backups`, { name: "m".repeat(46) }, 400],
        ["an index that there is", "POST /indexes/none/backups", {}, 404],
        ["a backup that there is", `POST /backups/${crypto.randomUUID()}/create-index`, { name: "r" }, 404],
        ["a day at least", `POST /indexes/${name}/backup-schedules`, schedule(0), 400],
        ["a token of a page", "GET /backups?paginationToken=nonsense", undefined, 400]
      ]
      yield* refused(url, rows)
    }))

  it.effect("of queries", () =>
    Effect.gen(function*() {
      const host = yield* filled(vectors)
      yield* check(host, [
        [
          "an id alone",
          "POST /query",
          { id: "a", vector: [1, 0, 0], topK: 1 },
          400,
          "Cannot provide both 'ID' and 'vector' at the same time"
        ],
        ["the dimension of the index", "POST /query", { vector: [1, 0], topK: 1 }, 400, { code: 3 }],
        ["a delete of one kind", "POST /vectors/delete", { ids: ["a"], deleteAll: true }, 400, { code: 3 }],
        ["a delete of one kind", "POST /vectors/delete", { filter: { a: 1 }, deleteAll: true }, 400, { code: 3 }],
        ["an update by filter is of metadata", "POST /vectors/update", { filter: { a: 1 }, values: [1, 0, 0] }, 400, {
          code: 3
        }]
      ], version)
    }))
})
