/**
 * Where nobody says what Pinecone does, or where its documentation, its definitions and its clients contradict each other:
 * what the server does there.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { send } from "../utils/asSent.js"
import type { Exception } from "../utils/exception.js"
import { control, filled, index } from "../utils/exception.js"
import { imported } from "../utils/imported.js"
import { anyColumns, parquetBytes } from "../utils/writeParquet.js"

const vectors = [{ id: "a", values: [1, 0, 0], metadata: { genre: "drama" } }, { id: "b", values: [1, 1, 0] }]

const sparse = { vector_type: "sparse", metric: "dotproduct", dimension: undefined }

const found = (host: string, body: object) =>
  Effect.map(send(host, "POST /query", { body: { topK: 10, vector: [1, 0, 0], ...body } }), ({ json, status }) => [
    status,
    json.matches?.map(({ id }: { readonly id: string }) => id).sort()
  ])

const refused = (host: string, line: string, body: object, message: string) =>
  Effect.map(send(host, line, { body }), ({ json, status }) => {
    assert.strictEqual(status, 400, JSON.stringify(json))
    assert.include(json.message ?? json.error.message, message)
  })

/** What becomes of an import: how many records it has brought, or why it has failed. */
const outcome = (files: Parameters<typeof imported>[1], more: object = {}) =>
  Effect.gen(function*() {
    const host = yield* filled([], more)
    const { error, recordsImported, status } = yield* imported(host, files)
    return { host, told: status === "Completed" ? recordsImported : error }
  })

const one = [{ id: "a", values: [1, 2, 3] }]

const newest = { "x-pinecone-api-version": "2026-07" }

/** An index of two documents, one of which has no vector. */
const documents = Effect.gen(function*() {
  const fields = {
    title: { type: "string", full_text_search: {} },
    vector: { type: "dense_vector", dimension: 2, metric: "cosine" }
  }
  const { json } = yield* control("POST /indexes", { name: index().name, schema: { fields } }, newest)
  const ask = (operation: string, body: object, namespace = "ns") =>
    send(String(json.host), `POST /namespaces/${namespace}/documents/${operation}`, { body, headers: newest })
  yield* ask("upsert", { documents: [{ _id: "a", title: "x", vector: [1, 2] }, { _id: "b", title: "x" }] })
  return { ask }
})

export const unclear: ReadonlyArray<Exception> = [
  {
    where: "indexes",
    pinecone: "Which metrics an index for multilingual-e5-large may have.",
    here: "Cosine and euclidean, which its description lists.",
    reason: "A client can only know what the description says.",
    check: Effect.gen(function*() {
      const embed = (metric: string) =>
        control("POST /indexes/create-for-model", {
          name: index().name,
          cloud: "aws",
          region: "us-east-1",
          embed: { model: "multilingual-e5-large", metric, field_map: { text: "text" } }
        })
      const statuses = yield* Effect.forEach(["cosine", "euclidean", "dotproduct"], embed)
      assert.deepStrictEqual(statuses.map(({ status }) => status), [201, 201, 400])
    })
  },
  {
    where: "indexes",
    pinecone: "How a change of an index with an unknown kind of `spec` is refused.",
    here: "With 422.",
    reason: "Like any other body of the wrong form.",
    check: Effect.gen(function*() {
      const body = index()
      yield* control("POST /indexes", body)
      assert.strictEqual((yield* control(`PATCH /indexes/${body.name}`, { spec: { other: {} } })).status, 422)
    })
  },
  {
    where: "versions",
    pinecone: "How a request of an unknown version is refused.",
    here: "With a 400 that names the versions that are served.",
    reason: "A client shows it, and does not retry.",
    check: Effect.forEach(
      ["2030-01", "foo"],
      (version) =>
        Effect.map(control("GET /indexes", undefined, { "x-pinecone-api-version": version }), ({ json, status }) => {
          assert.strictEqual(status, 400)
          assert.include(json.error.message, "2026-04")
        })
    )
  },
  {
    where: "documents",
    pinecone: "What a delete in a namespace that does not exist is answered with.",
    here: "With 404.",
    reason: "So it is for vectors.",
    check: Effect.gen(function*() {
      const { ask } = yield* documents
      assert.strictEqual((yield* ask("delete", { ids: ["a"] }, "nowhere")).status, 404)
    })
  },
  {
    where: "documents",
    pinecone: "Which names of fields are refused, beside those that begin with `$`.",
    here: "`_score` and `_remove_fields`.",
    reason: "An answer and an update give them another meaning.",
    check: Effect.gen(function*() {
      const { ask } = yield* documents
      for (const name of ["_score", "_remove_fields", "$x"]) {
        assert.strictEqual((yield* ask("upsert", { documents: [{ _id: "z", title: "x", [name]: 1 }] })).status, 400)
      }
      const upserted = yield* ask("upsert", { documents: [{ _id: "z", title: "x", _year: 1, "": 1 }] })
      assert.strictEqual(upserted.status, 202)
    })
  },
  {
    where: "documents",
    pinecone: "Whether documents that lack the field of a vector search are found.",
    here: "They are not.",
    reason: "They have no score.",
    check: Effect.gen(function*() {
      const { ask } = yield* documents
      const score_by = [{ type: "dense_vector", fields: ["vector"], values: [1, 0] }]
      const { json } = yield* ask("search", { score_by, top_k: 10 })
      assert.deepStrictEqual(json.matches.map(({ _id }: { readonly _id: string }) => _id), ["a"])
    })
  },
  {
    where: "upsert",
    pinecone: "Whether a metadata value may be `null`: some clients report a refusal, others that it is dropped.",
    here: "It is refused with 400.",
    reason: "The guide says that `null` is not supported.",
    check: Effect.gen(function*() {
      const host = yield* filled(vectors)
      const metadata = { field: null }
      yield* refused(
        host,
        "POST /vectors/upsert",
        { vectors: [{ id: "z", values: [1, 0, 0], metadata }] },
        "got 'null'"
      )
    })
  },
  {
    where: "upsert",
    pinecone: "Whether a dense index without dotproduct takes sparse values.",
    here: "They are kept, and cannot be searched.",
    reason: "Pinecone has accepted such an upsert, and refuses the query.",
    check: Effect.gen(function*() {
      const sparseValues = { indices: [3], values: [0.5] }
      const host = yield* filled([{ id: "a", values: [1, 0, 0], sparseValues }])
      const { json } = yield* send(host, "GET /vectors/fetch?ids=a")
      assert.deepStrictEqual(json.vectors.a.sparseValues, sparseValues)
      yield* refused(host, "POST /query", { topK: 1, sparseVector: sparseValues }, "does not support sparse values")
    })
  },
  {
    where: "query",
    pinecone:
      "Whether a dense index with dotproduct can be queried with a sparse vector alone: version 2026-07 allows it.",
    here: "It is refused with 400.",
    reason: "Up to version 2026-04 a dense vector is required.",
    check: Effect.gen(function*() {
      const host = yield* filled([{ id: "a", values: [1, 0, 0], sparseValues: { indices: [3], values: [0.5] } }], {
        metric: "dotproduct"
      })
      yield* refused(
        host,
        "POST /query",
        { topK: 1, sparseVector: { indices: [3], values: [1] } },
        "a sparse vector alone"
      )
    })
  },
  {
    where: "filters",
    pinecone: "Whether `$ne` and `$nin` find records without the field.",
    here: "They do.",
    reason: "Such a record does not have the value.",
    check: Effect.gen(function*() {
      const host = yield* filled(vectors)
      for (const condition of [{ $ne: "comedy" }, { $nin: ["comedy"] }]) {
        assert.deepStrictEqual(yield* found(host, { filter: { genre: condition } }), [200, ["a", "b"]])
      }
      assert.deepStrictEqual(yield* found(host, { filter: { genre: { $ne: "drama" } } }), [200, ["b"]])
    })
  },
  {
    where: "filters",
    pinecone: "What `$in` and `$nin` with an empty list find.",
    here: "`$in` nothing, `$nin` everything.",
    reason: "No value is in an empty list.",
    check: Effect.gen(function*() {
      const host = yield* filled(vectors)
      assert.deepStrictEqual(yield* found(host, { filter: { genre: { $in: [] } } }), [200, []])
      assert.deepStrictEqual(yield* found(host, { filter: { genre: { $nin: [] } } }), [200, ["a", "b"]])
    })
  },
  {
    where: "filters",
    pinecone: "What `$and` and `$or` with an empty list find.",
    here: "They are refused with 400.",
    reason: "Such a filter is usually a mistake in the program that builds it.",
    check: Effect.gen(function*() {
      const host = yield* filled(vectors)
      for (const operator of ["$and", "$or"]) {
        const filter = { [operator]: [] }
        yield* refused(host, "POST /query", { topK: 1, vector: [1, 0, 0], filter }, `the ${operator} operator`)
      }
    })
  },
  {
    where: "filters",
    pinecone: "What a filter finds by a field that is not in the schema of the namespace.",
    here: "The same as without a schema.",
    reason: "The server indexes every field.",
    check: Effect.gen(function*() {
      const host = yield* filled(vectors)
      const schema = { fields: { year: { filterable: true } } }
      yield* send(host, "POST /namespaces", { body: { name: "n", schema } })
      yield* send(host, "POST /vectors/upsert", { body: { vectors, namespace: "n" } })
      assert.deepStrictEqual(yield* found(host, { namespace: "n", filter: { genre: "drama" } }), [200, ["a"]])
    })
  },
  {
    where: "update",
    pinecone: "Whether an update with an id and a filter uses the filter or is refused: sources differ.",
    here: "It is refused with 400.",
    reason: "The reference calls the two mutually exclusive.",
    check: Effect.gen(function*() {
      const host = yield* filled(vectors)
      const body = { id: "b", filter: { genre: "drama" }, setMetadata: { seen: true } }
      yield* refused(host, "POST /vectors/update", body, "either an id or a filter")
      assert.deepStrictEqual(yield* found(host, { filter: { seen: true } }), [200, []])
    })
  },
  {
    where: "update",
    pinecone: "Whether metadata may grow past 40 KB by an update.",
    here: "It is refused with 400, and nothing is changed.",
    reason: "The documented limit is for a record, however it was written.",
    check: Effect.gen(function*() {
      const half = "x".repeat(25_000)
      const host = yield* filled([{ id: "a", values: [1, 0, 0], metadata: { half } }])
      yield* refused(
        host,
        "POST /vectors/update",
        { id: "a", setMetadata: { other: half } },
        "exceeds the limit of 40960"
      )
    })
  },
  {
    where: "statistics",
    pinecone: "Whether the fields are called `memoryFullness` or `memory_fullness`.",
    here: "`memory_fullness` and `storage_fullness`, and `indexFullness`.",
    reason: "The definition of 2026-04 names them so.",
    check: Effect.gen(function*() {
      const host = yield* filled(vectors)
      const { json } = yield* send(host, "POST /describe_index_stats", { body: {} })
      assert.deepStrictEqual(
        Object.keys(json).filter((name) => /fullness/i.test(name)),
        ["indexFullness", "memory_fullness", "storage_fullness"]
      )
    })
  },
  {
    where: "namespaces",
    pinecone: "Whether `record_count` of a namespace is a number or a string of digits.",
    here: "A number.",
    reason: "The definitions up to 2026-04 say so.",
    check: Effect.gen(function*() {
      const host = yield* filled(vectors)
      const { json } = yield* send(host, "GET /namespaces/__default__")
      assert.deepStrictEqual(json, { name: "__default__", record_count: 2 })
    })
  },
  {
    where: "imports",
    pinecone: "What happens to files in a subfolder of the folder of a namespace.",
    here: "They are ignored, and a namespace without other files fails the import.",
    reason: "Only one level of folders is documented.",
    check: Effect.gen(function*() {
      const { told } = yield* outcome({ "a/deeper/0.parquet": parquetBytes(one) })
      assert.include(told, "No Parquet files found under")
      const beside = yield* outcome({ "a/0.parquet": parquetBytes(one), "a/deeper/0.parquet": parquetBytes(one) })
      assert.strictEqual(beside.told, 1)
    })
  },
  {
    where: "imports",
    pinecone: "Whether a file may have other columns: sources differ.",
    here: "They are ignored.",
    reason: "The newest guide says so.",
    check: Effect.gen(function*() {
      const bytes = anyColumns({
        columnData: [
          { name: "id", data: ["a"] },
          { name: "values", data: [[1, 2, 3]] },
          { name: "other", data: ["x"] }
        ],
        schema: [
          { name: "root", num_children: 3 },
          { name: "id", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" },
          { name: "values", repetition_type: "OPTIONAL", num_children: 1, converted_type: "LIST" },
          { name: "list", repetition_type: "REPEATED", num_children: 1 },
          { name: "element", repetition_type: "OPTIONAL", type: "FLOAT" },
          { name: "other", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" }
        ]
      })
      assert.strictEqual((yield* outcome({ "a/0.parquet": bytes })).told, 1)
    })
  },
  {
    where: "imports",
    pinecone: "What happens to an id that is in two files.",
    here: "Both records are counted, and the one in the later file is kept.",
    reason: "Two upserts do the same.",
    check: Effect.gen(function*() {
      const { host, told } = yield* outcome({
        "a/0.parquet": parquetBytes(one),
        "a/1.parquet": parquetBytes([{ id: "a", values: [7, 7, 7] }])
      })
      const { json } = yield* send(host, "GET /vectors/fetch?ids=a&namespace=a")
      assert.deepStrictEqual([told, json.vectors.a.values], [2, [7, 7, 7]])
    })
  },
  {
    where: "imports",
    pinecone: "What happens to a file without rows.",
    here: "It adds nothing, and does not fail the import.",
    reason: "No row of it is wrong.",
    check: Effect.gen(function*() {
      const { told } = yield* outcome({
        "a/0.parquet": parquetBytes(one),
        "b/0.parquet": anyColumns({
          columnData: [{ name: "id", data: [] }, { name: "values", data: [] }],
          schema: [
            { name: "root", num_children: 2 },
            { name: "id", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" },
            { name: "values", repetition_type: "OPTIONAL", num_children: 1, converted_type: "LIST" },
            { name: "list", repetition_type: "REPEATED", num_children: 1 },
            { name: "element", repetition_type: "OPTIONAL", type: "FLOAT" }
          ]
        })
      })
      assert.strictEqual(told, 1)
    })
  },
  {
    where: "imports",
    pinecone: "Whether values may be stored as 64-bit floats, and sparse indices as 64-bit integers.",
    here: "They may. Values are rounded to 32-bit floats.",
    reason: "Common writers produce such files.",
    check: Effect.gen(function*() {
      const doubles = yield* outcome({ "a/0.parquet": parquetBytes(one, { float: "DOUBLE" }) })
      const records = [{ id: "a", sparseValues: { indices: [4_000_000_000], values: [1] } }]
      const longs = yield* outcome({ "a/0.parquet": parquetBytes(records, { longIndices: true }) }, sparse)
      assert.deepStrictEqual([doubles.told, longs.told], [1, 1])
    })
  },
  {
    where: "imports",
    pinecone: "Whether a dense index without dotproduct takes files with sparse values.",
    here: "The values are kept, and cannot be searched.",
    reason: "An import takes what an upsert takes.",
    check: Effect.gen(function*() {
      const records = [{ id: "a", values: [1, 2, 3], sparseValues: { indices: [1], values: [0.5] } }]
      const { host, told } = yield* outcome({ "a/0.parquet": parquetBytes(records) })
      const { json } = yield* send(host, "GET /vectors/fetch?ids=a&namespace=a")
      assert.deepStrictEqual([told, json.vectors.a.sparseValues], [1, { indices: [1], values: [0.5] }])
    })
  },
  {
    where: "imports",
    pinecone: "Whether a file may be called `.PARQUET`.",
    here: "Such a file is ignored.",
    reason: "The documentation writes `.parquet`, and object stores are case-sensitive.",
    check: Effect.map(
      outcome({ "a/0.PARQUET": parquetBytes(one) }),
      ({ told }) => assert.include(told, "No Parquet files found under")
    )
  },
  {
    where: "imports",
    pinecone: "Whether `onError` may be `CONTINUE`, as in an older guide.",
    here: "It is refused with 400: `continue` or `abort`.",
    reason: "These are in the definition.",
    check: Effect.gen(function*() {
      const host = yield* filled([])
      const body = { uri: "file:///nowhere", errorMode: { onError: "CONTINUE" } }
      yield* refused(host, "POST /bulk/imports", body, "got \"CONTINUE\"")
    })
  },
  {
    where: "imports",
    pinecone: "Whether records are visible before their import has ended.",
    here: "They are.",
    reason: "An import that fails keeps what it has stored, too.",
    check: Effect.gen(function*() {
      const { host } = yield* outcome({
        "a/0.parquet": parquetBytes(one),
        "a/1.parquet": parquetBytes([{ id: "b", values: [1] }])
      })
      const { json } = yield* send(host, "POST /describe_index_stats", { body: {} })
      assert.deepStrictEqual(json.namespaces, { a: { vectorCount: 1 } })
    })
  },
  {
    where: "models",
    pinecone: "Whether a model embeds an empty text.",
    here: "It is refused with 400.",
    reason: "An empty text has no meaning to embed.",
    check: Effect.gen(function*() {
      const { json, status } = yield* control("POST /embed", {
        model: "lexical-sparse-english",
        inputs: [{ text: "" }],
        parameters: { input_type: "query" }
      })
      assert.deepStrictEqual([status, json.error.message], [400, "Input 0 is empty"])
    })
  },
  {
    where: "models",
    pinecone: "Whether the documents of a rerank may be plain strings.",
    here: "They are refused with 400: a document is an object.",
    reason: "The definition has objects, and the official clients send them.",
    check: Effect.gen(function*() {
      const body = { model: "lexical-embedding-reranker", query: "a", documents: ["a cat"] }
      const { json, status } = yield* control("POST /rerank", body)
      assert.strictEqual(status, 400)
      assert.include(json.error.message, "documents[0]")
    })
  },
  {
    where: "text records",
    pinecone: "Whether a search with a sparse model fills up with texts that share no word with the query.",
    here: "They are left out.",
    reason: "A sparse query leaves them out too.",
    check: Effect.gen(function*() {
      const { json: { host } } = yield* control("POST /indexes/create-for-model", {
        name: index().name,
        cloud: "aws",
        region: "us-east-1",
        embed: { model: "lexical-sparse-english", field_map: { text: "text" } }
      })
      const lines = [{ _id: "cat", text: "The cat sat on the mat" }, {
        _id: "rates",
        text: "Interest rates are rising"
      }]
      yield* send(host, "POST /records/namespaces/n/upsert", {
        body: lines.map((line) => JSON.stringify(line)).join("\n"),
        contentType: "application/x-ndjson"
      })
      const { json } = yield* send(host, "POST /records/namespaces/n/search", {
        body: { query: { inputs: { text: "a cat" }, top_k: 5 } }
      })
      assert.deepStrictEqual(json.result.hits.map(({ _id }: { readonly _id: string }) => _id), ["cat"])
    })
  }
]
