/** The data plane over HTTP as Pinecone has it: the names it takes, the form of its answers, the words of its refusals. */
import type { MethodName, Requests } from "@effect-pinecone/grpc/Protocol"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Row } from "../utils/asSent.js"
import { check, send } from "../utils/asSent.js"
import { createIndex, overSockets } from "../utils/bothProtocols.js"
import * as grpc from "../utils/rawGrpc.js"

const films = [
  { id: "a", values: [1, 0, 0], metadata: { genre: "drama", year: 1999 } },
  { id: "b", values: [1, 1, 0], metadata: { genre: "comedy", year: 2005 } },
  { id: "c", values: [0, 1, 0] }
]

const filled = (index: { readonly [field: string]: unknown } = {}, vectors: ReadonlyArray<object> = films) =>
  Effect.tap(createIndex(index), (host) => send(host, "POST /vectors/upsert", { body: { vectors } }))

const sparseIndex = { vector_type: "sparse", metric: "dotproduct", dimension: undefined }

const sparseRecords = [
  { id: "x", values: [], sparse_values: { indices: [1, 2], values: [1, 2] } },
  { id: "y", sparseValues: { indices: [2], values: [5] } }
]

const pods = { spec: { pod: { environment: "us-east1-gcp", pod_type: "p1.x1" } } }

const usage = { readUnits: 1 }

/** What a call over gRPC is refused with. */
const refusal = <M extends MethodName>(
  host: string,
  method: M,
  request: Requests[M],
  headers: Readonly<Record<string, string>> = {}
) =>
  Effect.map(
    Effect.flip(grpc.call(host, method, request, { headers })),
    ({ code, message }) => [code, message] as const
  )

const oddNames = ["__proto__", "constructor", "toString"]

const named = (name: string, value: unknown): Readonly<Record<string, unknown>> =>
  JSON.parse(`{${JSON.stringify(name)}:${JSON.stringify(value)}}`)

layer(overSockets(), { excludeTestServices: true })("the data plane", (it) => {
  it.effect("takes each field under both of its names", () =>
    Effect.gen(function*() {
      const host = yield* filled()
      const sparse = yield* filled(sparseIndex, sparseRecords)
      const a = { id: "a", score: 1, values: [1, 0, 0], metadata: films[0]!.metadata }
      const vector = [1, 0, 0]
      yield* check(host, [
        [
          "names of the definition",
          "POST /query",
          { top_k: 1, vector, include_values: true, include_metadata: true, scan_factor: 1, max_candidates: 5 },
          200,
          { matches: [a] }
        ],
        [
          "names of JSON",
          "POST /query",
          { topK: 1, vector, includeValues: true, includeMetadata: true, scanFactor: 1, maxCandidates: 5 },
          200,
          { matches: [a] }
        ],
        [
          "numbers as texts, and null",
          "POST /query",
          { topK: "1", vector, include_values: true, includeMetadata: true, scanFactor: "1.5", filter: null, id: null },
          200,
          { matches: [a] }
        ],
        ["an empty vector beside an id", "POST /query", { topK: 1, id: "a", vector: [], queries: [] }, 200, {
          matches: [{ id: "a", score: 1, values: [] }]
        }],
        ["an empty id beside a vector", "POST /query", { topK: 1, id: "", vector }, 200, {
          matches: [{ id: "a", score: 1, values: [] }]
        }],
        [
          "both names",
          "POST /query",
          { topK: 1, top_k: 1, vector },
          400,
          "Failed to deserialize the request: the field topK is there twice, as topK and as top_k: send one of them"
        ],
        ["no text that is no number", "POST /query", { topK: "one", vector }, 400, { code: 3 }],
        ["no fractions", "POST /query", { topK: "1.5", vector }, 400, { code: 3 }],
        ["no topK", "POST /query", { vector }, 400, "topK must be between 1 and 10000, got 0"],
        [
          "a dry run",
          "POST /vectors/update",
          { filter: { genre: "drama" }, set_metadata: { seen: true }, dry_run: true },
          200,
          { matchedRecords: 1 }
        ],
        ["a dry run by id", "POST /vectors/update", { id: "a", setMetadata: { seen: true }, dryRun: true }, 200, {
          matchedRecords: 1
        }],
        [
          "which changes nothing",
          "POST /vectors/fetch_by_metadata",
          { filter: { seen: true }, pagination_token: null },
          200,
          { vectors: {} }
        ],
        ["an update", "POST /vectors/update", { id: "c", set_metadata: { seen: true } }, 200, {}],
        ["as it was", "POST /vectors/fetch_by_metadata", { filter: { seen: true }, limit: "5" }, 200, {
          vectors: { c: { id: "c", values: [0, 1, 0], metadata: { seen: true } } }
        }],
        ["no body", "POST /describe_index_stats", undefined, 200, { totalVectorCount: 3 }],
        ["an empty body", "POST /describe_index_stats", "", 200, { totalVectorCount: 3 }],
        ["no vectors", "POST /vectors/upsert", {}, 400, "An upsert needs at least one vector"],
        ["no id", "POST /vectors/upsert", { vectors: [{ values: vector }] }, 400, "Vector ID must not be empty"],
        ["no ids, and no ids in a list", "POST /vectors/delete", { ids: [], delete_all: true }, 200, {}],
        ["of all", "POST /describe_index_stats", {}, 200, { totalVectorCount: 0 }]
      ])
      yield* check(sparse, [
        [
          "a sparse query",
          "POST /query",
          { top_k: 2, vector: [], sparse_vector: { indices: [2], values: [1] } },
          200,
          { matches: [{ id: "y", score: 5, values: [] }, { id: "x", score: 2, values: [] }] }
        ],
        [
          "an update of both",
          "POST /vectors/update",
          { id: "y", values: [], sparse_values: { indices: [9], values: [1] } },
          200,
          {}
        ],
        ["as it is then", "GET /vectors/fetch?ids=y", undefined, 200, {
          vectors: { y: { id: "y", values: [], sparseValues: { indices: [9], values: [1] } } },
          namespace: ""
        }],
        [
          "a sparse vector with nothing in it",
          "POST /query",
          { topK: 1, sparseVector: {} },
          400,
          "Sparse vectors must contain at least one value"
        ]
      ])
      // In a query string, too.
      yield* send(host, "POST /vectors/upsert", { body: { vectors: films } })
      for (const name of ["paginationToken", "pagination_token"]) {
        const { json } = yield* send(host, "GET /vectors/list?limit=2")
        const next = yield* send(host, `GET /vectors/list?limit=2&${name}=${json.pagination.next}`)
        assert.deepStrictEqual(next.json.vectors, [{ id: "c" }])
      }
      for (const name of ["one", "two"]) yield* send(host, "POST /namespaces", { body: { name } })
      const { json } = yield* send(host, "GET /namespaces?limit=2")
      const next = yield* send(host, `GET /namespaces?pagination_token=${json.pagination.next}`)
      assert.deepStrictEqual(next.json.namespaces, [{ name: "two", record_count: 0 }])
      const both = yield* send(host, "GET /vectors/list?paginationToken=x&pagination_token=y")
      assert.deepStrictEqual([both.status, both.json.code], [400, 3])
    }))

  it.effect("answers with empty lists, without empty metadata, and with the namespace as it was sent", () =>
    Effect.gen(function*() {
      const host = yield* filled({}, [{ id: "a", values: [1, 0, 0], metadata: {} }])
      const match = { id: "a", score: 1, values: [] }
      for (const [sent, echoed] of [[undefined, ""], ["", ""], ["__default__", "__default__"]] as const) {
        const query = yield* send(host, "POST /query", {
          body: { id: "a", topK: 1, namespace: sent, includeMetadata: true }
        })
        assert.deepStrictEqual(query.json, { results: [], matches: [match], namespace: echoed, usage })
        const search = sent === undefined ? "" : `&namespace=${sent}`
        const fetch = yield* send(host, `GET /vectors/fetch?ids=a${search}`)
        assert.deepStrictEqual(fetch.json, { vectors: { a: { id: "a", values: [1, 0, 0] } }, namespace: echoed, usage })
        const list = yield* send(host, `GET /vectors/list?limit=5${search}`)
        assert.deepStrictEqual(list.json, { vectors: [{ id: "a" }], namespace: echoed, usage })
        const byMetadata = yield* send(host, "POST /vectors/fetch_by_metadata", {
          body: { filter: { a: { $exists: false } }, namespace: sent }
        })
        assert.strictEqual(byMetadata.json.namespace, echoed)
        const request = { ...(sent === undefined ? {} : { namespace: sent }) }
        const [found] = yield* grpc.call(host, "query", { id: "a", topK: 1, ...request })
        assert.deepStrictEqual(found, { matches: [{ id: "a", score: 1 }], namespace: echoed, usage })
      }
      const nowhere = yield* send(host, "POST /query", { body: { id: "a", topK: 1, namespace: "nowhere" } })
      assert.deepStrictEqual(nowhere.json, { results: [], matches: [], namespace: "nowhere", usage })
      yield* send(host, "POST /vectors/upsert", { body: { vectors: films, namespace: "films" } })
      const counts = { "": { vectorCount: 1 }, films: { vectorCount: 3 } }
      assert.deepStrictEqual((yield* send(host, "POST /describe_index_stats", { body: {} })).json.namespaces, counts)
      assert.deepStrictEqual((yield* grpc.call(host, "describeIndexStats", {}))[0].namespaces, counts)
      // Where namespaces are what is asked for, the default one has a name.
      const { namespaces } = (yield* send(host, "GET /namespaces")).json
      assert.deepStrictEqual(namespaces, [
        { name: "__default__", record_count: 1 },
        { name: "films", record_count: 3 }
      ])
    }))

  it.effect("refuses in Pinecone's words", () =>
    Effect.gen(function*() {
      const host = yield* filled()
      const sparse = yield* filled(sparseIndex, sparseRecords)
      const onPods = yield* filled(pods)
      const notFound = { code: 5, message: "Namespace not found", details: [] }
      const vector = [1, 0, 0]
      const sparseVector = { indices: [1], values: [1] }
      const noSparse =
        "Index configuration does not support sparse values - only indexes that are sparse or using dotproduct are supported"
      const noTuning = "scan_factor and max_candidates parameters are not supported for sparse indexes"
      const long = "x".repeat(513)
      yield* check(host, [
        ["delete all", "POST /vectors/delete", { deleteAll: true, namespace: "new" }, 404, notFound],
        ["delete by ids", "POST /vectors/delete", { ids: ["a"], namespace: "new" }, 404, notFound],
        ["delete by a filter", "POST /vectors/delete", { filter: { a: 1 }, namespace: "new" }, 404, notFound],
        ["which makes none", "GET /namespaces", undefined, 200, { total_count: 1 }],
        [
          "scan_factor",
          "POST /query",
          { vector, topK: 1, scanFactor: 0.4 },
          400,
          "scan_factor must be between 0.5 and 4.0, got 0.4"
        ],
        [
          "scan_factor",
          "POST /query",
          { vector, topK: 1, scanFactor: 4.1 },
          400,
          "scan_factor must be between 0.5 and 4.0, got 4.1"
        ],
        ["its bounds", "POST /query", { vector, topK: 1, scanFactor: 0.5, maxCandidates: 1 }, 200, {}],
        ["its bounds", "POST /query", { vector, topK: 1, scanFactor: 4, maxCandidates: 100_000 }, 200, {}],
        [
          "max_candidates",
          "POST /query",
          { vector, topK: 3, maxCandidates: 2 },
          400,
          "max_candidates must be between 3 (top_k) and 100000, got 2"
        ],
        [
          "max_candidates",
          "POST /query",
          { vector, topK: 3, maxCandidates: 100_001 },
          400,
          "max_candidates must be between 3 (top_k) and 100000, got 100001"
        ],
        ["sparse values", "POST /query", { vector, sparseVector, topK: 3 }, 400, noSparse],
        ["sparse values", "POST /query", { sparseVector, topK: 3 }, 400, noSparse],
        [
          "two ways",
          "POST /query",
          { vector, id: "a", topK: 3 },
          400,
          "Cannot provide both 'ID' and 'vector' at the same time"
        ],
        ["an id", "POST /query", { id: "é", topK: 3 }, 400, "Vector ID must be ASCII, but got 'é'"],
        [
          "zeros",
          "POST /vectors/update",
          { id: "a", values: [0, 0, 0] },
          400,
          "Dense vectors must contain at least one non-zero value. Vector ID 'a' contains only zeros"
        ],
        [
          "an empty filter",
          "POST /vectors/update",
          { filter: {}, setMetadata: { a: 1 } },
          400,
          "Update with empty metadata filter is not allowed"
        ],
        [
          "an empty filter",
          "POST /vectors/delete",
          { filter: {} },
          400,
          "Delete with empty metadata filter is not allowed"
        ],
        [
          "a filter that all match",
          "POST /vectors/delete",
          { filter: { a: { $not: { $in: [] } } } },
          400,
          "Delete with empty metadata filter is not allowed"
        ],
        [
          "an empty filter",
          "POST /vectors/fetch_by_metadata",
          { filter: {} },
          400,
          "Empty filter provided for fetch by metadata request"
        ],
        ["prefix", `GET /vectors/list?prefix=${long}`, undefined, 400, { code: 3 }],
        ["prefix", "GET /vectors/list?prefix=%C3%A9", undefined, 400, { code: 3 }],
        ["prefix", `GET /namespaces?prefix=${long}`, undefined, 400, { code: 3 }],
        [
          "a schema",
          "POST /namespaces",
          { name: "s", schema: { fields: { ok: { filterable: true }, a: { filterable: false } } } },
          400,
          "Field 'a' is set to filterable: false. Only filterable: true is supported. " +
          "To avoid indexing the field, omit it from the list of fields."
        ],
        [
          "too many vectors, of which the rest is not read",
          "POST /vectors/upsert",
          { vectors: [...Array.from({ length: 1000 }, (_, i) => ({ id: `${i}`, values: vector })), 1, "two"] },
          400,
          "At most 1000 vectors are allowed in an upsert, got 1002"
        ],
        ["nothing of all that is stored", "POST /describe_index_stats", {}, 200, { totalVectorCount: 3 }]
      ])
      yield* check(sparse, [
        ["scan_factor", "POST /query", { sparseVector, topK: 1, scanFactor: 1 }, 400, noTuning],
        ["max_candidates", "POST /query", { sparseVector, topK: 1, maxCandidates: 10 }, 400, noTuning],
        [
          "dense values",
          "POST /vectors/upsert",
          { vectors: [{ id: "a", values: [1], sparseValues: sparseVector }] },
          400,
          "Upserting dense vectors is not supported for sparse indexes"
        ]
      ])
      const list = "Listing the ids of records is supported only for serverless indexes"
      const namespaces = "Operations on namespaces are supported only for serverless indexes"
      yield* check(onPods, [
        ["list", "GET /vectors/list", undefined, 400, list],
        ["namespaces", "GET /namespaces", undefined, 400, namespaces],
        ["namespaces", "POST /namespaces", { name: "n" }, 400, namespaces],
        ["namespaces", "GET /namespaces/__default__", undefined, 400, namespaces],
        ["namespaces", "DELETE /namespaces/__default__", undefined, 400, namespaces],
        ["statistics", "POST /describe_index_stats", { filter: { genre: "drama" } }, 200, { totalVectorCount: 1 }]
      ])
      // The same over gRPC.
      const floats = Float32Array.from(vector)
      assert.deepStrictEqual(yield* refusal(host, "delete", { deleteAll: true, namespace: "new" }), [
        5,
        "Namespace not found"
      ])
      assert.deepStrictEqual(yield* refusal(host, "query", { vector: floats, topK: 2, maxCandidates: 1 }), [
        3,
        "max_candidates must be between 2 (top_k) and 100000, got 1"
      ])
      assert.deepStrictEqual(yield* refusal(host, "delete", { filter: {} }), [
        3,
        "Delete with empty metadata filter is not allowed"
      ])
      assert.deepStrictEqual(yield* refusal(host, "upsert", { vectors: [{ id: "é", values: floats }] }), [
        3,
        "Vector ID must be ASCII, but got 'é'"
      ])
      assert.deepStrictEqual(yield* refusal(onPods, "list", {}), [3, list])
      assert.deepStrictEqual(yield* refusal(onPods, "listNamespaces", {}), [3, namespaces])
    }))

  it.effect("keeps sparse values where it does not search by them", () =>
    Effect.gen(function*() {
      for (const metric of ["cosine", "euclidean"]) {
        const host = yield* filled({ metric }, [
          { id: "a", values: [1, 0, 0], sparseValues: { indices: [3], values: [0.5] } }
        ])
        yield* check(host, [
          ["fetched", "GET /vectors/fetch?ids=a", undefined, 200, {
            vectors: { a: { id: "a", values: [1, 0, 0], sparseValues: { indices: [3], values: [0.5] } } }
          }],
          ["found", "POST /query", { id: "a", topK: 1, includeValues: true }, 200, {
            matches: [
              {
                id: "a",
                score: metric === "cosine" ? 1 : 0,
                values: [1, 0, 0],
                sparseValues: { indices: [3], values: [0.5] }
              }
            ]
          }]
        ])
      }
    }))

  it.effect("lets no update grow metadata past its limit", () =>
    Effect.gen(function*() {
      const half = "x".repeat(25_000)
      const host = yield* filled({}, [
        { id: "a", values: [1, 0, 0], metadata: { half } },
        { id: "b", values: [1, 0, 0], metadata: { half: "small" } }
      ])
      const message = "Metadata size is 50022 bytes, which exceeds the limit of 40960 bytes per vector"
      yield* check(host, [
        ["by id", "POST /vectors/update", { id: "a", setMetadata: { other: half } }, 400, message],
        [
          "by a filter",
          "POST /vectors/update",
          { filter: { half: { $exists: true } }, setMetadata: { other: half } },
          400,
          message
        ],
        ["none of them is changed", "POST /vectors/fetch_by_metadata", { filter: { other: half } }, 200, {
          vectors: {}
        }],
        ["what is replaced", "POST /vectors/update", { id: "a", setMetadata: { half } }, 200, {}],
        ["what has room", "POST /vectors/update", { id: "b", setMetadata: { other: half } }, 200, {}]
      ])
    }))

  it.effect("answers with 4 MB at most", () =>
    Effect.gen(function*() {
      const text = "x".repeat(40_000)
      const host = yield* createIndex()
      for (let page = 0; page < 3; page++) {
        const vectors = Array.from({ length: 40 }, (_, i) => ({
          id: `${page}-${i}`,
          values: [1, 1, i],
          metadata: { text }
        }))
        yield* send(host, "POST /vectors/upsert", { body: { vectors } })
      }
      const query = { vector: [1, 0, 0], includeMetadata: true }
      const filter = { text: { $exists: true } }
      yield* check(host, [
        ["less", "POST /query", { ...query, topK: 100 }, 200, {}],
        ["ids and scores alone", "POST /query", { ...query, topK: 120, includeMetadata: false }, 200, {}],
        ["more", "POST /query", { ...query, topK: 120 }, 400, { code: 3 }],
        ["by metadata", "POST /vectors/fetch_by_metadata", { filter, limit: 100 }, 200, {}],
        ["by metadata", "POST /vectors/fetch_by_metadata", { filter, limit: 120 }, 400, { code: 3 }]
      ])
      const [code] = yield* refusal(host, "query", { ...query, vector: Float32Array.of(1, 0, 0), topK: 120 })
      assert.strictEqual(code, 3)
    }))

  it.effect("has names like those of an object's own members", () =>
    Effect.gen(function*() {
      const host = yield* createIndex()
      for (const name of oddNames) {
        const metadata = named(name, name)
        const vectors = [{ id: name, values: [1, 0, 0], metadata }]
        const upserted = yield* send(host, "POST /vectors/upsert", { body: { vectors, namespace: name } })
        assert.deepStrictEqual(upserted.json, { upsertedCount: 1 })
        const { json } = yield* send(host, `GET /vectors/fetch?ids=${name}&namespace=${name}`)
        assert.deepStrictEqual(Object.entries(json.vectors), [[name, vectors[0]]])
        const query = { topK: 1, vector: [1, 0, 0], filter: metadata, includeMetadata: true, namespace: name }
        const { matches } = (yield* send(host, "POST /query", { body: query })).json
        assert.deepStrictEqual([matches[0].id, Object.entries(matches[0].metadata)], [name, [[name, name]]])
        const [fetched] = yield* grpc.call(host, "fetch", { ids: [name], namespace: name })
        assert.deepStrictEqual(fetched.vectors?.map(({ id, metadata }) => [id, Object.entries(metadata ?? {})]), [
          [name, [[name, name]]]
        ])
        const schema = { fields: named(name, { filterable: true }) }
        const created = yield* send(host, "POST /namespaces", { body: { name: `${name}-2`, schema } })
        assert.deepStrictEqual(created.json.indexed_fields, { fields: [name] })
        assert.deepStrictEqual(Object.entries(created.json.schema.fields), [[name, { filterable: true }]])
        yield* send(host, "DELETE /namespaces/" + `${name}-2`)
        const updated = yield* send(host, "POST /vectors/update", {
          body: { id: name, namespace: name, setMetadata: named(name, "new") }
        })
        assert.strictEqual(updated.status, 200)
        const found = yield* send(host, "POST /vectors/fetch_by_metadata", {
          body: { filter: named(name, "new"), namespace: name }
        })
        assert.deepStrictEqual(Object.keys(found.json.vectors), [name])
      }
      const counts = [...oddNames].sort().map((name): [string, { readonly vectorCount?: number | undefined }] => [
        name,
        { vectorCount: 1 }
      ])
      const stats = yield* send(host, "POST /describe_index_stats", { body: {} })
      assert.deepStrictEqual(Object.entries(stats.json.namespaces).sort(), counts)
      const [overGrpc] = yield* grpc.call(host, "describeIndexStats", {})
      assert.deepStrictEqual(Object.entries(overGrpc.namespaces ?? {}).sort(), counts)
    }))

  it.effect("gives scores as 32-bit floats", () =>
    Effect.gen(function*() {
      const host = yield* filled()
      const { matches } = (yield* send(host, "POST /query", { body: { topK: 3, vector: [1, 0, 0] } })).json
      assert.deepStrictEqual(matches.map(({ score }: { score: number }) => score), [1, Math.fround(Math.SQRT1_2), 0])
    }))

  it.effect("tells how long it took", () =>
    Effect.gen(function*() {
      const host = yield* filled()
      for (const line of ["POST /describe_index_stats", "GET /vectors/list", "GET /nowhere"]) {
        const { headers } = yield* send(host, line)
        assert.match(headers["x-pinecone-request-latency-ms"] ?? "", /^\d+$/, line)
        assert.match(headers["x-pinecone-response-duration-ms"] ?? "", /^\d+$/, line)
        assert.isUndefined(headers["x-pinecone-api-version"], line)
      }
    }))

  it.effect("is of 2025-04 where that is asked for", () =>
    Effect.gen(function*() {
      const host = yield* filled()
      const old = { "x-pinecone-api-version": "2025-04" }
      const tuned = "scan_factor and max_candidates parameters require API version 2025-10 or later"
      const vector = [1, 0, 0]
      const rows: ReadonlyArray<Row> = [
        ["no such operation", "POST /namespaces", { name: "n" }, 404, { code: 5 }],
        ["no such operation", "POST /namespaces", {}, 404, { code: 5 }],
        ["no such operation", "POST /vectors/fetch_by_metadata", { filter: { a: 1 } }, 404, { code: 5 }],
        ["which there is otherwise", "GET /namespaces", undefined, 200, { total_count: 1 }],
        ["no such field", "POST /query", { vector, topK: 1, scanFactor: 1 }, 400, tuned],
        ["no such field", "POST /query", { vector, topK: 1, maxCandidates: 1 }, 400, tuned],
        ["no filter", "POST /vectors/update", { filter: { genre: "drama" }, setMetadata: { a: 1 } }, 400, { code: 3 }],
        ["a query", "POST /query", { vector, topK: 1 }, 200, {}]
      ]
      yield* check(host, rows, old)
      const updated = yield* send(host, "POST /vectors/update", { body: { id: "a", values: vector }, headers: old })
      assert.deepStrictEqual([updated.status, updated.json], [200, {}])
      const grpcRefusals = [
        yield* refusal(host, "fetchByMetadata", { filter: { a: 1 } }, old),
        yield* refusal(host, "createNamespace", { name: "n" }, old)
      ]
      assert.deepStrictEqual(grpcRefusals.map(([code]) => code), [12, 12])
      const query = { vector: Float32Array.from(vector), topK: 1, scanFactor: 1 }
      assert.deepStrictEqual(yield* refusal(host, "query", query, old), [3, tuned])
      // And of the newest otherwise.
      for (const headers of [{}, { "x-pinecone-api-version": "2025-10" }]) {
        yield* check(host, [["a query", "POST /query", { vector, topK: 1, scanFactor: 1 }, 200, {}]], headers)
        yield* grpc.call(host, "query", query, { headers })
      }
    }))
})
