/** What 2026-07 refuses of an index: what the server says, and whether the SDK refuses it before it is sent. */
import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as IndexModel from "@effect-pinecone/schema/IndexModel"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as PineconeLocal from "../../src/PineconeLocal.js"
import { ask } from "../utils/ask.js"
import { withServices } from "../utils/clients.js"

const text = { type: "string", full_text_search: {} }
const dense = { type: "dense_vector", dimension: 2, metric: "cosine" }
const sparse = { type: "sparse_vector" }

const field = (of: object) => ({ schema: { fields: { body: of } } })
const fullText = (options: object) => field({ type: "string", full_text_search: options })
const fields = (of: object) => ({ schema: { fields: of } })
const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, text]))

/** Each rule with a request that breaks it, and the status. */
const rules: ReadonlyArray<readonly [rule: string, body: object, status: 400 | 404 | 422]> = [
  ["a name has lower-case letters, digits and hyphens", { name: "Bad_Name", ...field(text) }, 400],
  ["a name has at most 45 characters", { name: "a".repeat(46), ...field(text) }, 400],
  ["a schema must be given", {}, 422],
  ["nothing else is known", { ...field(text), dimension: 3 }, 422],
  ["no pods", { ...field(text), deployment: { deployment_type: "pod", environment: "e", pod_type: "p1" } }, 422],
  [
    "a region that there is",
    { ...field(text), deployment: { deployment_type: "managed", cloud: "aws", region: "nowhere" } },
    404
  ],
  ["at least one field", fields({}), 400],
  ["a field has a name", fields({ "": text }), 400],
  ["a name of a field does not begin with $", fields({ $body: text }), 400],
  ["a name of a field does not begin with _", fields({ _body: text }), 400],
  ["a name of a field has at most 64 bytes", fields({ ["é".repeat(33)]: text }), 400],
  ["the vectors of records stand alone", fields({ _values: dense, body: text }), 400],
  ["the vectors of records have their kind", fields({ _values: sparse }), 400],
  ["the vectors of records have no description", fields({ _values: { ...dense, description: "d" } }), 400],
  ["at most one dense vector", fields({ a: dense, b: dense }), 400],
  ["at most one dense vector or embed", fields({ a: dense, b: { type: "string", embed: {} } }), 400],
  ["at most one sparse vector", fields({ a: sparse, b: sparse }), 400],
  ["at most one sparse vector or sparse_embed", fields({ a: sparse, b: { type: "string", sparse_embed: {} } }), 400],
  ["at most 100 fields of text", fields(many(101)), 400],
  ["a description has at most 256 bytes", field({ ...text, description: "é".repeat(129) }), 400],
  ["a dimension of at most 20,000", field({ ...dense, dimension: 20_001 }), 400],
  ["a dimension of at least 1", field({ ...dense, dimension: 0 }), 400],
  ["metadata is not declared", field({ type: "string" }), 400],
  ["stop_words needs stemming", fullText({ stop_words: true }), 400],
  ["ngram excludes stemming", fullText({ stemming: true, ngram: { min_gram: 1, max_gram: 2 } }), 400],
  ["min_gram is at most max_gram", fullText({ ngram: { min_gram: 3, max_gram: 2 } }), 400],
  ["max_gram is at most 10", fullText({ ngram: { min_gram: 3, max_gram: 11 } }), 400],
  ["a text that is not stored is embedded", field({ type: "string", store_text: false }), 400],
  [
    "a text that is not stored is not searched by its words",
    field({ ...text, embed: {}, store_text: false }),
    400
  ],
  [
    "dedicated nodes have a type",
    { ...field(text), read_capacity: { mode: "Dedicated", dedicated: { scaling: "Manual" } } },
    400
  ]
]

/** What only the server can know, or what the types of the SDK have no way to say. */
const bySaying: ReadonlyArray<readonly [rule: string, body: object, status: 400 | 404 | 422]> = [
  ["a language that there is", fullText({ language: "xx" }), 400],
  ["ngram needs English", fullText({ language: "de", ngram: { min_gram: 1, max_gram: 2 } }), 400],
  ["embed takes a dense model", field({ type: "string", embed: { model: "pinecone-sparse-english-v0" } }), 400],
  ["embed takes a dimension of its model", field({ type: "string", embed: { dimension: 7 } }), 400],
  ["embed takes a metric of its model", field({ type: "string", embed: { metric: "euclidean" } }), 400],
  ["embed takes a model that there is", field({ type: "string", embed: { model: "none" } }), 404],
  ["boolean is not declared", field({ type: "boolean" }), 422],
  ["integer is not declared", field({ type: "integer" }), 422],
  ["Turkish has no stop words", fullText({ language: "tr", stemming: true, stop_words: true }), 400],
  ["a name of an index has no capitals", { ...field(text), name: "Articles" }, 400],
  ["a name of an index does not end with a hyphen", { ...field(text), name: "articles-" }, 400],
  ["sparse_embed takes a sparse model", field({ type: "string", sparse_embed: { model: "llama-text-embed-v2" } }), 400],
  ["sparse_embed has no dimension", field({ type: "string", sparse_embed: { dimension: 3 } }), 422],
  ["sparse_embed has no metric", field({ type: "string", sparse_embed: { metric: "cosine" } }), 422],
  ["float is not declared", field({ type: "float" }), 422],
  ["semantic_text is not declared", field({ type: "semantic_text", model: "m" }), 422],
  ["string_list is not declared", field({ type: "string_list" }), 422],
  ["no key with words", { ...field(text), cmek_id: "key-1" }, 400]
]

const codes = { 400: "INVALID_ARGUMENT", 404: "NOT_FOUND", 422: "UNPROCESSABLE_ENTITY" } as const

const version = "2026-07"

const server = PineconeLocal.layerHttpClient({})

const services = withServices(PineconeLocal.layer({}))

/** The fields of a request in the names of the SDK, where they can be said at all. */
const decode = Schema.decodeUnknown(IndexModel.CreateIndexRequest)

describe("the rules of an index, in 2026-07", () => {
  for (const [rule, body, status] of [...rules, ...bySaying]) {
    it.effect(`${rule}: the server answers ${status}`, () =>
      Effect.gen(function*() {
        const said = yield* ask("POST", "/indexes", { body: { name: "articles", ...body }, version })
        assert.deepInclude(said.told, { status }, JSON.stringify(said.told))
        assert.strictEqual(said.status, status)
        assert.strictEqual(said.told.error.code, codes[status])
        assert.isNotEmpty(said.told.error.message)
        assert.isUndefined((yield* ask("GET", "/indexes", { version })).told.indexes[0])
      }).pipe(Effect.provide(Layer.fresh(server))))
  }

  for (const [rule, body, status] of rules) {
    // The types of the SDK do not have what the definition does not know, and it does not know all regions.
    if (status !== 400 || rule.startsWith("the vectors of records")) continue
    it.effect(`${rule}: the SDK does not send it`, () =>
      Effect.gen(function*() {
        const request = yield* decode({ name: "articles", ...body })
        const error = yield* Effect.flip(Effect.flatMap(Indexes.Indexes, (indexes) => indexes.create(request)))
        assert.include(["PineconeInvalidRequest", "PineconeLimitExceeded"], error._tag)
        assert.deepInclude(error, { attempts: 0 })
      }).pipe(Effect.provide(services)))
  }

  it.effect("deleting a protected index is forbidden, and one that is not there is not found", () =>
    Effect.gen(function*() {
      const body = { name: "articles", deletion_protection: "enabled", ...field(text) }
      yield* ask("POST", "/indexes", { body, version })
      const kept = yield* ask("DELETE", "/indexes/articles", { version })
      assert.strictEqual(kept.status, 403)
      assert.include(kept.told.error.message, "Deletion protection is enabled for this index")
      const none = yield* ask("DELETE", "/indexes/none", { version })
      assert.deepStrictEqual([none.status, none.told.error.code], [404, "NOT_FOUND"])
    }).pipe(Effect.provide(Layer.fresh(server))))

  it.effect("a change of an index says nothing else, and names no new embedding", () =>
    Effect.gen(function*() {
      const created = yield* ask("POST", "/indexes", { body: { name: "articles", ...field(text) }, version })
      assert.deepStrictEqual([created.status, created.told.tags], [201, null])
      const changes = [
        [{ dimension: 3 }, 422],
        [{ deployment: { replicas: 2 } }, 400],
        [{ schema: { fields: { body: { type: "semantic_text" } } } }, 400],
        [{ tags: { "": "a" } }, 400]
      ] as const
      for (const [change, status] of changes) {
        const said = yield* ask("PATCH", "/indexes/articles", { body: change, version })
        assert.strictEqual(said.status, status, JSON.stringify([change, said.told]))
      }
      const tagged = yield* ask("PATCH", "/indexes/articles", { body: { tags: { a: "b" } }, version })
      assert.deepStrictEqual([tagged.status, tagged.told.tags], [200, { a: "b" }])
    }).pipe(Effect.provide(Layer.fresh(server))))

  it.effect("backups are of an index that is there, by pages of 100", () =>
    Effect.gen(function*() {
      const none = yield* ask("GET", "/indexes/none/backups", { version })
      assert.strictEqual(none.status, 404)
      yield* ask("POST", "/indexes", { body: { name: "articles", ...field(text) }, version })
      const created = yield* ask("POST", "/indexes/articles/backups", { body: { name: "monday" }, version })
      assert.strictEqual(created.status, 200)
      assert.notProperty(created.told, "dimension")
      assert.strictEqual(created.told.schema.fields.body.type, "string")
      const token = yield* ask("GET", "/backups?paginationToken=nonsense", { version })
      assert.strictEqual(token.status, 400)
      const restored = yield* ask("POST", `/backups/${created.told.backup_id}/create-index`, {
        body: { name: "restored" },
        version
      })
      assert.strictEqual(restored.status, 202)
    }).pipe(Effect.provide(Layer.fresh(server))))
})
