import type { MethodName, Requests } from "@effect-pinecone/grpc/Protocol"
import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as PineconeLocal from "../src/PineconeLocal.js"
import { ask, askAt } from "./utils/ask.js"
import { Control, servers } from "./utils/bothProtocols.js"
import { articles, documentIndex, indexAt, refused, said, version } from "./utils/documents.js"
import { freshName } from "./utils/pinecone.js"
import * as grpc from "./utils/rawGrpc.js"

type Rule = readonly [operation: string, body: object, message: string]

const clause = { type: "text", fields: ["title"], query: "tea" }

const a = { _id: "a", title: "Tea" }

const many = (count: number) => Array.from({ length: count }, (_, i) => ({ ...a, _id: `d${i}` }))

const upsert = (document: object, message: string): Rule => ["upsert", { documents: [document] }, message]

const search = (score_by: ReadonlyArray<object>, message: string): Rule => ["search", { score_by, top_k: 1 }, message]

const text = (count: number) => "word ".repeat(count)

const rules: ReadonlyArray<Rule> = [
  ["upsert", { documents: [] }, "An upsert needs at least one document"],
  ["upsert", { documents: many(1001) }, "At most 1000 documents are allowed in an upsert, got 1001"],
  ["upsert", {}, "Failed to deserialize the request"],
  upsert({ title: "Tea" }, "Failed to deserialize the request"),
  upsert({ _id: "", title: "Tea" }, "Document _id must not be empty"),
  upsert({ _id: "x".repeat(513), title: "Tea" }, "Document _id of 513 characters exceeds the limit of 512"),
  upsert({ _id: "a\0", title: "Tea" }, "Document _id must not contain null character"),
  upsert({ _id: "é", title: "Tea" }, "Document _id must be ASCII"),
  upsert({ _id: "a" }, "at least one field of the index schema is needed"),
  upsert({ _id: "a", year: 2001 }, "at least one field of the index schema is needed"),
  upsert({ ...a, title: 7 }, "Field 'title' must be a string"),
  upsert({ ...a, title: ["Tea"] }, "Field 'title' must be a string"),
  upsert({ ...a, vector: [1, 2] }, "Field 'vector' has 2 values, which does not match its dimension of 3"),
  upsert({ ...a, vector: "close" }, "Field 'vector' must be an array of 3 finite numbers"),
  upsert({ ...a, vector: [1, "2", 3] }, "Field 'vector' must be an array of 3 finite numbers"),
  upsert({ ...a, vector: [0, 0, 0] }, "Field 'vector' must contain at least one non-zero value"),
  upsert({ ...a, words: [1, 2] }, "Field 'words' must have indices"),
  upsert({ ...a, words: { indices: [1, 2], values: [1] } }, "must have the same length"),
  upsert({ ...a, words: { indices: [-1], values: [1] } }, "Field 'words' must have indices"),
  upsert({ ...a, words: { indices: [], values: [] } }, "Sparse vectors must contain at least one value"),
  upsert({ ...a, $year: 1 }, "Field name '$year' must not start with '$'"),
  upsert({ ...a, _score: 1 }, "Field name '_score' is reserved"),
  upsert({ ...a, x: { y: 1 } }, "Field 'x' must be a boolean, number, string, or array of strings"),
  upsert({ ...a, x: [1, 2] }, "Field 'x' must be a boolean, number, string, or array of strings"),
  upsert({ ...a, x: null }, "Field 'x' must be a boolean, number, string, or array of strings"),
  upsert({ ...a, title: "x".repeat(102_401) }, "Field 'title' is 102401 bytes long, which exceeds the limit of 102400"),
  upsert({ ...a, title: text(10_001) }, "Field 'title' has 10001 tokens, which exceeds the limit of 10000"),
  upsert(
    { ...a, x: "x".repeat(41_000) },
    "which exceeds the limit of 40960 bytes for the fields that are not in the schema"
  ),
  [
    "upsert",
    { documents: many(30).map((one) => ({ ...one, title: text(10_000), body: text(10_000) })) },
    "exceeds the maximum supported size of 2000000 bytes"
  ],

  search([], "score_by must have at least one clause"),
  search(Array(101).fill(clause), "score_by must have at most 100 clauses, got 101"),
  search([{ ...clause, type: "bm25" }], "score_by[0].type must be one of text, query_string, dense_vector"),
  search([{ ...clause, fields: [] }], "score_by[0] must name its fields"),
  search([{ type: "text", query: "tea" }], "score_by[0] must name its fields"),
  search([{ ...clause, field: "title" }], "score_by[0] must have either fields or field, not both"),
  search(
    [{ ...clause, fields: ["year"] }],
    "score_by[0]: field 'year' is not a full-text field of the index: it has 'title'"
  ),
  search([{ ...clause, fields: ["vector"] }], "field 'vector' is not a full-text field"),
  search([{ ...clause, query: undefined }], "score_by[0] must have a query that is not blank"),
  search([{ ...clause, query: " \n" }], "score_by[0] must have a query that is not blank"),
  search([{ ...clause, query: "x".repeat(10_241) }], "the query is 10241 bytes long, which exceeds the limit of 10240"),
  search([{ ...clause, values: [1, 0, 0] }], "score_by[0] of type text must not have values"),
  search(
    [{ type: "query_string", query: "tea", fields: ["title"] }],
    "score_by[0] of type query_string must not have fields"
  ),
  search([{ type: "query_string", query: "(tea" }], "score_by[0]: query_string:"),
  search([{ type: "query_string", query: "year:(tea)" }], "score_by[0]: query_string:"),
  search([clause, { type: "dense_vector", field: "vector", values: [1, 0, 0] }], "must stand alone"),
  search([{ type: "dense_vector", field: "vector" }], "score_by[0] of type dense_vector must have values"),
  search([{ type: "dense_vector", values: [1, 0, 0] }], "score_by[0] must name its fields"),
  search(
    [{ type: "dense_vector", field: "title", values: [1, 0, 0] }],
    "field 'title' cannot be scored by dense_vector"
  ),
  search(
    [{ type: "dense_vector", fields: ["vector", "words"], values: [1, 0, 0] }],
    "must name exactly one field, got 2"
  ),
  search([{ type: "dense_vector", field: "vector", values: [1, 0] }], "does not match the dimension of 3"),
  search([{ type: "dense_vector", field: "vector", values: [1, 0, 0], query: "tea" }], "must not have query"),
  search([{ type: "sparse_vector", field: "words" }], "score_by[0] of type sparse_vector must have sparse_values"),
  search(
    [{ type: "sparse_vector", field: "words", sparse_values: { indices: [1], values: [] } }],
    "must have the same length"
  ),
  search([{ type: "embed", field: "title", query: "tea" }], "field 'title' cannot be scored by embed"),
  search([{ type: "sparse_embed", field: "title", query: "tea" }], "field 'title' cannot be scored by sparse_embed"),
  ["search", { score_by: [clause], top_k: 0 }, "top_k must be between 1 and 10000, got 0"],
  ["search", { score_by: [clause], top_k: 10_001 }, "top_k must be between 1 and 10000, got 10001"],
  ["search", { score_by: [clause] }, "Failed to deserialize the request"],
  ["search", { score_by: [clause], top_k: 1, filter: { $year: 1 } }, "$year"],
  ["search", { score_by: [clause], top_k: 1, filter: { year: { $match_any: "tea" } } }, "needs a full-text field"],
  ["search", { score_by: [clause], top_k: 1, filter: { title: { $match_any: " " } } }, "a string that is not blank"],
  [
    "search",
    { score_by: [clause], top_k: 1, filter: { title: { $match_all: text(129) } } },
    "the $match_all operator takes at most 128 tokens, got 129 (field 'title')"
  ],

  [
    "fetch",
    {},
    "No 'ids' or 'filter' provided in the document fetch request. Provide at least one document ID in 'ids', or a metadata filter in 'filter'."
  ],
  ["fetch", { ids: [] }, "No 'ids' or 'filter' provided"],
  ["fetch", { ids: ["a"], filter: { x: 1 } }, "not both"],
  ["fetch", { filter: {} }, "Empty 'filter' provided"],
  ["fetch", { filter: { title: { $match_any: "tea" } } }, "$match_any"],
  [
    "fetch",
    { ids: ["a"], pagination_token: "x" },
    "'pagination_token' is only for a document fetch request by 'filter'"
  ],
  ["fetch", { ids: ["a"], limit: 10_001 }, "limit must be between 1 and 10000, got 10001"],
  ["fetch", { filter: { x: 1 }, limit: 0 }, "limit must be between 1 and 10000, got 0"],
  ["fetch", { filter: { x: 1 }, pagination_token: "x" }, "The pagination token is invalid."],
  ["fetch", { ids: many(1001).map(({ _id }) => _id) }, "At most 1000 ids are allowed, got 1001"],
  ["fetch", { ids: [""] }, "Document _id must not be empty"],

  ["list", { limit: 0 }, "limit must be between 1 and 100, got 0"],
  ["list", { limit: 101 }, "limit must be between 1 and 100, got 101"],
  ["list", { prefix: "é" }, "Prefix must be ASCII"],
  ["list", { pagination_token: "x" }, "The pagination token is invalid."],

  ["update", {}, "An update must have 'documents', or 'filter' with 'set_fields' or 'remove_fields'"],
  ["update", { documents: [] }, "An update needs at least one document"],
  ["update", { documents: many(1001) }, "At most 1000 documents are allowed in an update, got 1001"],
  ["update", { documents: [a], filter: { x: 1 } }, "not both"],
  ["update", { documents: [a], set_fields: { x: 1 } }, "not both"],
  ["update", { filter: { x: 1 } }, "that are not empty"],
  ["update", { filter: { x: 1 }, set_fields: {}, remove_fields: [] }, "that are not empty"],
  ["update", { filter: {}, set_fields: { x: 1 } }, "Update with an empty filter is not allowed"],
  ["update", { filter: { title: { $match_all: "tea" } }, set_fields: { x: 1 } }, "$match_all"],
  ["update", { filter: { x: 1 }, set_fields: { title: 1 } }, "Field 'title' must be a string"],
  ["update", { filter: { x: 1 }, set_fields: { x: 1 }, remove_fields: ["x"] }, "cannot be both set and removed"],
  ["update", { documents: [{ ...a, _remove_fields: ["title"] }] }, "cannot be both set and removed"],
  ["update", { documents: [{ ...a, _remove_fields: ["_id"] }] }, "the field '_id' cannot be removed"],
  ["update", { documents: [{ ...a, _remove_fields: "x" }] }, "_remove_fields must be a list of names"],
  ["update", { documents: [{ ...a, vector: [1] }] }, "Field 'vector' has 1 values"],
  ["update", { documents: [{ ...a, _id: "" }] }, "Document _id must not be empty"],

  ["delete", {}, "exactly one of 'ids', 'filter' and 'delete_all'"],
  ["delete", { delete_all: false }, "exactly one of 'ids', 'filter' and 'delete_all'"],
  ["delete", { ids: ["a"], delete_all: true }, "exactly one of 'ids', 'filter' and 'delete_all'"],
  ["delete", { ids: ["a"], filter: { x: 1 } }, "exactly one of 'ids', 'filter' and 'delete_all'"],
  ["delete", { ids: [] }, "At least one id is needed in 'ids'"],
  ["delete", { ids: many(1001).map(({ _id }) => _id) }, "At most 1000 ids are allowed, got 1001"],
  ["delete", { filter: {} }, "Delete with an empty filter is not allowed"],
  ["delete", { filter: { title: { $match_phrase: "tea" } } }, "$match_phrase"]
]

const shown = (body: object) => JSON.stringify(body).slice(0, 100)

for (const [name, server] of Object.entries(servers)) {
  layer(server(), { excludeTestServices: true })(`gRPC, ${name}`, (it) => {
    it.effect("an index of documents takes no vectors, and has statistics and namespaces", () =>
      Effect.gen(function*() {
        const url = yield* Control
        const made = yield* said(201)(
          askAt(url)("POST", "/indexes", { version, body: { name: freshName(), schema: { fields: articles } } })
        )
        yield* said(202)(indexAt(made.name, made.host).documents("upsert", { documents: [a] }))
        const call = <M extends MethodName>(method: M, request: Requests[M]) =>
          Effect.either(grpc.call(made.host, method, request))
        const vector = Float32Array.of(1, 2, 3)
        const refusals = [
          [call("upsert", { vectors: [{ id: "a", values: vector }] }), "writes"],
          [call("update", { id: "a", values: vector }), "writes"],
          [call("delete", { ids: ["a"] }), "writes"],
          [call("query", { topK: 1, vector }), "reads"],
          [call("fetch", { ids: ["a"] }), "reads"],
          [call("fetchByMetadata", { filter: { x: 1 } }), "reads"],
          [call("list", {}), "reads"]
        ] as const
        for (const [refusal, what] of refusals) {
          const answer = yield* refusal
          assert(Either.isLeft(answer))
          assert.deepStrictEqual([answer.left.code, answer.left.message], [
            3,
            `This index has a document schema, so ${what} must go through the documents API.`
          ])
        }
        const [stats] = yield* grpc.call(made.host, "describeIndexStats", {})
        assert.strictEqual(stats.totalVectorCount, 1)
        const [{ namespaces }] = yield* grpc.call(made.host, "listNamespaces", {})
        assert.deepStrictEqual(namespaces?.map(({ name, recordCount }) => [name, recordCount]), [["ns", 1]])
      }))
  })
}

describe("the rules of documents", () => {
  layer(PineconeLocal.layerHttpClient())((it) => {
    it.effect("what breaks one is refused with what it is, and changes nothing", () =>
      Effect.gen(function*() {
        const index = yield* documentIndex()
        yield* said(202)(index.documents("upsert", { documents: [{ ...a, x: 1 }] }))
        for (const [operation, body, message] of rules) {
          assert.include(yield* refused(400)(index.documents(operation, body)), message, `${operation} ${shown(body)}`)
        }
        const { documents } = yield* said(200)(index.documents("fetch", { filter: { $not: { y: 1 } } }))
        assert.deepStrictEqual(documents, { a: { ...a, x: 1 } })
      }))

    it.effect("what is just within them is taken", () =>
      Effect.gen(function*() {
        const index = yield* documentIndex()
        yield* said(202)(index.documents("upsert", { documents: many(1000) }))
        const large = { _id: "\x01\x7f".repeat(256), title: text(10_000), body: "x".repeat(102_400), _year: 1, "": "x" }
        yield* said(202)(index.documents("upsert", { documents: [large] }))
        const { documents } = yield* said(200)(index.documents("fetch", { ids: [large._id] }))
        assert.deepStrictEqual(documents, { [large._id]: large })
        yield* said(200)(index.documents("search", { score_by: Array(100).fill(clause), top_k: 10_000 }))
        yield* said(202)(
          index.documents("update", { documents: [a], filter: undefined, set_fields: {}, remove_fields: [] })
        )
      }))

    it.effect("an index of documents has no keys of its own with full text, and its own cloud only with dedicated capacity", () =>
      Effect.gen(function*() {
        const create = (body: object) =>
          ask("POST", "/indexes", { version, body: { name: freshName(), schema: { fields: articles }, ...body } })
        assert.strictEqual(
          yield* refused(400)(create({ cmek_id: "key" })),
          "cmek_id cannot be combined with full_text_search fields"
        )
        yield* said(201)(create({ cmek_id: "key", schema: { fields: { vector: articles.vector } } }))
        const deployment = { deployment_type: "byoc", environment: "ours" }
        for (const read_capacity of [undefined, { mode: "OnDemand" }]) {
          assert.include(yield* refused(400)(create({ deployment, read_capacity })), "set read_capacity to Dedicated")
        }
        const dedicated = { node_type: "b1", scaling: "Manual", manual: { replicas: 1, shards: 1 } }
        const made = yield* said(201)(create({ deployment, read_capacity: { mode: "Dedicated", dedicated } }))
        assert.deepInclude(made.deployment, deployment)
      }))

    it.effect("the namespace of a delete must be there", () =>
      Effect.gen(function*() {
        const index = yield* documentIndex()
        for (const body of [{ ids: ["a"] }, { filter: { x: 1 } }, { delete_all: true }]) {
          assert.strictEqual(yield* refused(404)(index.documents("delete", body)), "Namespace not found")
        }
      }))

    it.effect("an index is read and written through its own part of the API, and the refusal names that", () =>
      Effect.gen(function*() {
        const index = yield* documentIndex()
        yield* said(202)(index.documents("upsert", { documents: [a] }))
        const writes = [
          ["POST", "/vectors/upsert", { vectors: [{ id: "a", values: [1, 2, 3] }] }],
          ["POST", "/vectors/update", { id: "a", values: [1, 2, 3] }],
          ["POST", "/vectors/delete", { ids: ["a"] }]
        ] as const
        const reads = [
          ["POST", "/query", { vector: [1, 2, 3], topK: 1 }],
          ["GET", "/vectors/fetch?ids=a", undefined],
          ["POST", "/vectors/fetch_by_metadata", { filter: { x: 1 } }],
          ["GET", "/vectors/list", undefined]
        ] as const
        for (const [requests, what] of [[writes, "writes"], [reads, "reads"]] as const) {
          for (const [method, path, body] of requests) {
            for (const version of ["2026-04", "2026-07"]) {
              const { status, told } = yield* index.ask(method, path, { body, version })
              assert.deepStrictEqual([status, told.code, told.message], [
                400,
                3,
                `This index has a document schema, so ${what} must go through the documents API.`
              ], path)
            }
          }
        }
        const lines = JSON.stringify({ _id: "a", text: "x" })
        assert.include(
          yield* refused(400)(index.ask("POST", "/records/namespaces/ns/upsert", { text: lines })),
          "writes must go through the documents API"
        )
        assert.include(
          yield* refused(400)(
            index.ask("POST", "/records/namespaces/ns/search", { body: { query: { top_k: 1, inputs: { text: "x" } } } })
          ),
          "reads must go through the documents API"
        )
        const started = yield* index.ask("POST", "/bulk/imports", { body: { uri: "s3://bucket/folder" } })
        assert.deepStrictEqual([started.status, started.told.code], [400, 3])

        const dense = yield* said(201)(ask("POST", "/indexes", {
          version,
          body: { name: freshName(), schema: { fields: { _values: articles.vector } } }
        }))
        const texts = yield* said(201)(ask("POST", "/indexes/create-for-model", {
          version,
          body: {
            name: freshName(),
            cloud: "aws",
            region: "us-east-1",
            embed: { model: "multilingual-e5-large", field_map: { text: "text" } }
          }
        }))
        const bodies = {
          upsert: { documents: [a] },
          search: { score_by: [clause], top_k: 1 },
          fetch: { ids: ["a"] },
          update: { documents: [a] },
          delete: { ids: ["a"] },
          list: {}
        }
        for (const [operation, body] of Object.entries(bodies)) {
          const ofVectors = yield* refused(400)(indexAt(dense.name, dense.host).documents(operation, body))
          assert.include(ofVectors, "it is served by the vectors API. Use the vectors API")
          const ofRecords = yield* refused(400)(indexAt(texts.name, texts.host).documents(operation, body))
          assert.include(ofRecords, "it is served by the records API. Use the records API")
        }
      }))

    it.effect("there are no documents in the versions before", () =>
      Effect.gen(function*() {
        const index = yield* documentIndex()
        for (const version of ["2025-10", "2026-04", undefined]) {
          const { status, told } = yield* index.ask("POST", "/namespaces/ns/documents/list", { body: {}, version })
          assert.strictEqual(status, 404, JSON.stringify(told))
        }
      }))
  })
})
