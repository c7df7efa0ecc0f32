/**
 * The methods of gRPC, asked by the library alone, over connections and in the process: they answer and refuse as HTTP
 * does.
 */
import * as GrpcChannel from "@effect-pinecone/grpc/GrpcChannel"
import type { MethodName, Requests } from "@effect-pinecone/grpc/Protocol"
import * as Protocol from "@effect-pinecone/grpc/Protocol"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { Control, createIndex, servers } from "./utils/bothProtocols.js"
import * as grpc from "./utils/rawGrpc.js"
import * as http from "./utils/rawHttp.js"

/** JSON has lists that are empty, which gRPC cannot tell from none. */
/** The names that fields have in JSON before 2026-07. */
const renamed: Readonly<Record<string, string>> = {
  memory_fullness: "memoryFullness",
  storage_fullness: "storageFullness"
}

const comparable = (answer: unknown): unknown =>
  JSON.parse(
    JSON.stringify(answer, (key, value: unknown) => {
      const plain = ArrayBuffer.isView(value) ? Array.from(value as Float32Array) : value
      return (key === "results" || key === "values") && Array.isArray(plain) && plain.length === 0 ? undefined : plain
    }),
    (_, value: unknown) =>
      typeof value === "object" && value !== null && "memory_fullness" in value
        ? Object.fromEntries(Object.entries(value).map(([name, field]) => [renamed[name] ?? name, field]))
        : value
  )

const lsns = ["x-pinecone-request-lsn", "x-pinecone-max-indexed-lsn"]

const records = [
  {
    id: "a",
    values: Float32Array.of(0.1, 0.2, 0.3),
    sparseValues: { indices: Uint32Array.of(1, 4294967295), values: Float32Array.of(0.5, -1) },
    metadata: { genre: "drama", year: 1999, good: true, cast: ["Ö", "😀"], empty: "" }
  },
  { id: "b", values: Float32Array.of(1, 0, 0), metadata: { genre: "comedy", year: -1.5 } },
  { id: "u__proto__", values: Float32Array.of(0, -1, 1e-7) },
  { id: "__proto__", values: Float32Array.of(0, 1, 0), metadata: { genre: "drama" } }
]

for (const [name, server] of Object.entries(servers)) {
  layer(server(), { excludeTestServices: true })(`gRPC, ${name}`, (it) => {
    it.effect("answers each method as HTTP does", () =>
      Effect.gen(function*() {
        const viaGrpc = yield* createIndex({ metric: "dotproduct" })
        const viaHttp = yield* createIndex({ metric: "dotproduct" })
        const asked = new Set<MethodName>()

        /** Asks one index over gRPC and the other over HTTP: what is done to one is done to the other. */
        const both = <M extends MethodName>(method: M, request: Requests[M]) =>
          Effect.gen(function*() {
            asked.add(method)
            const [answer, headers] = yield* grpc.call(viaGrpc, method, request)
            const [expected, expectedHeaders] = yield* http.call(viaHttp, method, request)
            assert.deepStrictEqual(comparable(answer), comparable(expected), method)
            for (const name of lsns) assert.strictEqual(headers[name], expectedHeaders[name], `${method}: ${name}`)
            for (const id of [headers, expectedHeaders].map((all) => all["x-pinecone-request-id"])) {
              assert.match(id!, /^[0-9a-f-]{36}$/)
            }
            return answer
          })

        const films = "films"
        yield* both("createNamespace", { name: films, schema: { fields: { genre: { filterable: true } } } })
        yield* both("createNamespace", { name: "plays" })
        yield* both("describeNamespace", { namespace: films })
        const upserted = yield* both("upsert", { vectors: records })
        assert.deepStrictEqual(upserted, { upsertedCount: 4 })
        yield* both("upsert", { vectors: records.slice(0, 2), namespace: films })

        const reads = Effect.gen(function*() {
          const query = {
            topK: 3,
            vector: Float32Array.of(0.3, 0.2, 0.1),
            includeValues: true,
            includeMetadata: true
          }
          const { matches } = yield* both("query", query)
          assert.strictEqual(matches?.length, 3)
          yield* both("query", { ...query, namespace: "nowhere" })
          yield* both("query", {
            ...query,
            namespace: films,
            includeValues: false,
            filter: { genre: { $eq: "drama" } }
          })
          yield* both("query", { ...query, sparseVector: records[0]!.sparseValues! })
          yield* both("query", { topK: 10, id: "a" })
          yield* both("query", { topK: 10, id: "nobody" })
          yield* both("fetch", { ids: ["a", "nobody", "__proto__", "u__proto__"] })
          yield* both("fetch", { ids: ["a"], namespace: films })
          yield* both("fetch", { ids: ["a"], namespace: "nowhere" })
          yield* both("list", {})
          yield* both("list", { prefix: "u", namespace: "__default__" })
          const first = yield* both("list", { limit: 3 })
          assert.strictEqual(first.vectors?.length, 3)
          yield* both("list", { limit: 3, paginationToken: first.pagination!.next! })
          const some = { filter: { genre: { $in: ["drama", "comedy"] } }, limit: 2 }
          const page = yield* both("fetchByMetadata", some)
          assert.strictEqual(page.vectors?.length, 2)
          yield* both("fetchByMetadata", { ...some, paginationToken: page.pagination!.next! })
          const stats = yield* both("describeIndexStats", {})
          assert.strictEqual(stats.totalVectorCount, 6)
          yield* both("listNamespaces", {})
          const one = yield* both("listNamespaces", { limit: 1 })
          yield* both("listNamespaces", { limit: 1, paginationToken: one.pagination!.next! })
          yield* both("listNamespaces", { prefix: "f" })
        })
        yield* reads

        yield* both("update", { id: "a", values: Float32Array.of(3, 2, 1), setMetadata: { year: 2000 } })
        yield* both("update", { id: "b", namespace: "nowhere", setMetadata: { year: 2000 } })
        const dramas = { filter: { genre: { $eq: "drama" } }, setMetadata: { seen: true } }
        assert.deepStrictEqual(yield* both("update", { ...dramas, dryRun: true }), { matchedRecords: 2 })
        yield* both("update", dramas)
        yield* both("update", { id: "b", sparseValues: { indices: Uint32Array.of(7), values: Float32Array.of(2) } })
        yield* reads

        yield* both("delete", { ids: ["b", "nobody"] })
        yield* both("delete", { filter: { seen: { $eq: true } } })
        yield* both("delete", { deleteAll: true, namespace: films })
        yield* both("list", {})
        yield* both("deleteNamespace", { namespace: films })
        yield* both("describeIndexStats", {})
        // Aliases of namespaces have tests of their own.
        const methods = Object.keys(Protocol.methods).filter((name) => !name.includes("Alias"))
        assert.deepStrictEqual([...asked].sort(), methods.sort())

        // What one protocol has written, the other reads.
        const ids = ["u__proto__", "__proto__", "a"]
        const [overHttp] = yield* http.call(viaGrpc, "fetch", { ids })
        const [overGrpc] = yield* grpc.call(viaHttp, "fetch", { ids })
        assert.deepStrictEqual(comparable(overHttp), comparable(overGrpc))
        assert.strictEqual(overGrpc.vectors?.length, 1)
      }))

    it.effect("takes any vector of 32-bit floats, and gives it back bit by bit", () =>
      Effect.gen(function*() {
        const host = yield* createIndex({ dimension: 6, metric: "euclidean" })
        const values = Float32Array.of(0.4, 3.4028234663852886e38, 1.401298464324817e-45, -0, 1 / 3, 16777217)
        yield* grpc.call(host, "upsert", { vectors: [{ id: "a", values }] })
        const [{ vectors }] = yield* grpc.call(host, "fetch", { ids: ["a"] })
        assert.deepStrictEqual(vectors?.[0]?.values, values)
      }))

    it.effect("refuses what HTTP refuses, in the same words", () =>
      Effect.gen(function*() {
        const host = yield* createIndex()
        yield* grpc.call(host, "createNamespace", { name: "there" })
        const values = Float32Array.of(1, 2, 3)

        const refused = <M extends MethodName>(code: number, method: M, request: Requests[M]) =>
          Effect.gen(function*() {
            const error = yield* Effect.flip(grpc.call(host, method, request))
            const { json } = yield* http.send(host, method, request)
            assert.deepStrictEqual(
              { code: error.code, message: error.message, details: [] },
              json as object,
              `${method}: ${JSON.stringify(request)}`
            )
            assert.strictEqual(error.code, code, error.message)
            assert.isTrue(error.answered)
            assert.match(error.headers["x-pinecone-request-id"]!, /^[0-9a-f-]{36}$/)
          })

        yield* refused(3, "upsert", { vectors: [] })
        yield* refused(3, "upsert", { vectors: [{ id: "a", values: Float32Array.of(1) }] })
        yield* refused(3, "upsert", { vectors: [{ id: "", values }] })
        yield* refused(3, "upsert", { vectors: [{ id: "a", values, metadata: { nested: { a: 1 } } }] })
        yield* refused(3, "upsert", { vectors: [{ id: "a", values, metadata: { nothing: null } }] })
        yield* refused(3, "upsert", { vectors: [{ id: "a", values, metadata: { long: "x".repeat(50_000) } }] })
        yield* refused(3, "upsert", { vectors: Array.from({ length: 1001 }, (_, i) => ({ id: `${i}`, values })) })
        yield* refused(3, "query", { topK: 0, vector: values })
        yield* refused(3, "query", { topK: 10_001, vector: values })
        yield* refused(3, "query", { topK: 1 })
        yield* refused(3, "query", { topK: 1, vector: values, id: "a" })
        yield* refused(3, "query", { topK: 1, vector: values, filter: { $near: 1 } })
        yield* refused(3, "query", { topK: 1, vector: values, filter: { "ä%😀": { $gt: "text" } } })
        yield* refused(3, "query", {
          topK: 1,
          sparseVector: { indices: Uint32Array.of(1), values: Float32Array.of(1) }
        })
        yield* refused(12, "query", { topK: 1, vector: values, queries: [{ values }] })
        yield* refused(3, "update", { setMetadata: { a: 1 } })
        yield* refused(3, "update", { filter: { a: 1 }, values })
        yield* refused(3, "delete", {})
        yield* refused(3, "delete", { ids: ["a"], deleteAll: true })
        yield* refused(3, "delete", { ids: Array.from({ length: 1001 }, String) })
        yield* refused(3, "list", { limit: 101 })
        yield* refused(3, "list", { paginationToken: "?" })
        yield* refused(3, "fetchByMetadata", { filter: {}, limit: 0 })
        yield* refused(3, "describeIndexStats", { filter: { a: 1 } })
        yield* refused(3, "createNamespace", { name: "ä" })
        yield* refused(6, "createNamespace", { name: "there" })
        yield* refused(5, "delete", { ids: ["a"], namespace: "nowhere" })
        yield* refused(5, "describeNamespace", { namespace: "nowhere" })
        yield* refused(5, "deleteNamespace", { namespace: "nowhere" })
        const [stats] = yield* grpc.call(host, "describeIndexStats", {})
        assert.strictEqual(stats.totalVectorCount, 0)
      }))

    it.effect("refuses numbers that JSON has none of", () =>
      Effect.gen(function*() {
        const host = yield* createIndex({ metric: "dotproduct" })
        const good = Float32Array.of(1, 2, 3)
        for (const wrong of [NaN, Infinity, -Infinity]) {
          const values = Float32Array.of(1, wrong, 3)
          const sparse = { indices: Uint32Array.of(1, 2, 3), values }
          const errors = [
            yield* Effect.flip(grpc.call(host, "upsert", { vectors: [{ id: "a", values }] })),
            yield* Effect.flip(
              grpc.call(host, "upsert", { vectors: [{ id: "a", values: good, sparseValues: sparse }] })
            ),
            yield* Effect.flip(grpc.call(host, "query", { topK: 1, vector: values })),
            yield* Effect.flip(grpc.call(host, "query", { topK: 1, vector: good, sparseVector: sparse })),
            yield* Effect.flip(grpc.call(host, "update", { id: "a", values }))
          ]
          for (const error of errors) {
            assert.strictEqual(error.code, 3)
            assert.include(error.message, "finite")
          }
        }
        const metadata = yield* Effect.flip(
          grpc.call(host, "upsert", { vectors: [{ id: "a", values: good, metadata: { n: NaN } }] })
        )
        assert.strictEqual(metadata.code, 3)
      }))

    it.effect("says which bytes are no message, and which method there is not", () =>
      Effect.gen(function*() {
        const host = yield* createIndex()
        const channel = yield* GrpcChannel.GrpcChannel
        const sent = (path: string, body: Uint8Array, where = host) =>
          Effect.flip(channel.unary({ host: where, path, body, headers: {}, timeout: 60_000 }))
        for (const name of Object.keys(Protocol.methods) as ReadonlyArray<MethodName>) {
          const { path } = Protocol.methods[name]
          const error = yield* sent(path, Uint8Array.of(0xff, 0xff, 0xff))
          assert.deepStrictEqual([error.code, error.message.includes(path)], [3, true])
        }
        const halved = Protocol.methods.upsert.encodeRequest({ vectors: records })
        assert.strictEqual((yield* sent(Protocol.methods.upsert.path, halved.subarray(0, 100))).code, 3)
        const unknown = yield* sent("/VectorService/Fly", new Uint8Array())
        assert.deepStrictEqual([unknown.code, unknown.message.includes("/VectorService/Fly")], [12, true])
        const control = yield* sent("/VectorService/Query", new Uint8Array(), yield* Control)
        assert.strictEqual(control.code, 12)
      }))
  })

  layer(server({ apiKeys: [Redacted.make("one"), Redacted.make("two")] }), { excludeTestServices: true })(
    `the rules of a call, ${name}`,
    (it) => {
      const created = createIndex().pipe(
        Effect.updateService(
          HttpClient.HttpClient,
          HttpClient.mapRequest(HttpClientRequest.setHeader("api-key", "one"))
        )
      )
      const stats = (host: string, headers: Readonly<Record<string, string>>) =>
        grpc.call(host, "describeIndexStats", {}, { headers })

      it.effect("lets in who has a key", () =>
        Effect.gen(function*() {
          const host = yield* created
          for (const key of ["one", "two"]) {
            const [{ dimension }] = yield* stats(host, { "api-key": key })
            assert.strictEqual(dimension, 3)
          }
          for (const headers of [{}, { "api-key": "" }, { "api-key": "three" }, { "api-key": "one, two" }]) {
            const error = yield* Effect.flip(stats(host, headers))
            assert.deepStrictEqual([error.code, error.message], [16, "Invalid API key."])
          }
        }))

      it.effect("takes the versions that HTTP takes, and names one that it does not", () =>
        Effect.gen(function*() {
          const host = yield* created
          for (const version of ["2025-04", "2025-10", "2026-04", "2026-07"]) {
            yield* stats(host, { "api-key": "one", "x-pinecone-api-version": version })
          }
          for (const version of ["1999-01", "2030-01"]) {
            const headers = { "api-key": "one", "x-pinecone-api-version": version }
            const error = yield* Effect.flip(stats(host, headers))
            const { json } = yield* http.send(host, "describeIndexStats", {}, headers)
            assert.deepStrictEqual({ code: error.code, message: error.message, details: [] }, json as object)
            assert.strictEqual(error.code, 3)
            assert.include(error.message, version)
          }
          // The key comes first: who has none learns nothing.
          const error = yield* Effect.flip(stats(host, { "x-pinecone-api-version": "1999-01" }))
          assert.strictEqual(error.code, 16)
        }))
    }
  )
}
