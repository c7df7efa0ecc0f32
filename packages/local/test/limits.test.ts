import * as Backups from "@effect-pinecone/control-plane/Backups"
import * as Collections from "@effect-pinecone/control-plane/Collections"
import * as ControlPlane from "@effect-pinecone/control-plane/ControlPlane"
import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as RestoreJobs from "@effect-pinecone/control-plane/RestoreJobs"
import type { VectorIndex } from "@effect-pinecone/data-plane/VectorIndex"
import * as VectorIndexes from "@effect-pinecone/data-plane/VectorIndex"
import * as Filter from "@effect-pinecone/schema/Filter"
import type { LimitName } from "@effect-pinecone/schema/Limits"
import { limits } from "@effect-pinecone/schema/Limits"
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, layer } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { PineconeLocal } from "../src/PineconeLocal.js"
import { createIndex, failure, inProcess, overHttp, serverless, withServices } from "./utils/pinecone.js"

const filled = (length: number) => "x".repeat(length)
const numbers = (length: number, value = 1) => Array.from({ length }, () => value)
const upTo = (length: number) => Array.from({ length }, (_, i) => i)
const idsUpTo = (length: number) => upTo(length).map(String)
const tags = (count: number) => Object.fromEntries(upTo(count).map((i) => [`tag-${i}`, "on"]))

/** An index, and how many requests were sent so far. */
class Counted extends Context.Tag("test/Counted")<Counted, { sent: number }>() {}

const counting = Layer.unwrapEffect(Effect.map(Counted, (counted) =>
  withServices(inProcess({}, {
    transformClient: HttpClient.tapRequest(() =>
      Effect.sync(() => {
        counted.sent++
      })
    )
  })))).pipe(Layer.provideMerge(Layer.sync(Counted, () => ({ sent: 0 }))))

/** What the SDK refuses: an effect that ends in an error, and sends nothing. */
const refused = <Tag extends PineconeError.PineconeError["_tag"], A, E, R>(tag: Tag, effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const counted = yield* Counted
    const before = counted.sent
    const error = yield* failure(tag)(effect)
    assert.strictEqual(counted.sent, before, "nothing is sent")
    assert.strictEqual(error.attempts, 0)
    return error
  })

describe("the SDK refuses, and sends nothing", () => {
  layer(counting)((it) => {
    const indexes = Effect.gen(function*() {
      const made = {
        dense: yield* createIndex({ metric: "dotproduct" }),
        huge: yield* createIndex({ dimension: limits.dimension }),
        sparse: yield* createIndex({ vectorType: "sparse" })
      }
      const open = ({ name }: { readonly name: string }) =>
        // The first call asks where the index is.
        Effect.tap(VectorIndexes.make({ name }), (index) => index.list())
      return { dense: yield* open(made.dense), huge: yield* open(made.huge), sparse: yield* open(made.sparse) }
    })

    const passes = (
      use: (indexes: {
        readonly dense: VectorIndex
        readonly huge: VectorIndex
        readonly sparse: VectorIndex
      }) => Effect.Effect<unknown, unknown>,
      limit: LimitName,
      field: string,
      actual: number
    ) =>
      Effect.gen(function*() {
        const error = yield* refused("PineconeLimitExceeded", use(yield* indexes))
        assert.deepStrictEqual(
          [error.limit, error.field, error.actual, error.maximum],
          [limit, field, actual, limits[limit]]
        )
        assert.include(error.message, limits[limit].toLocaleString("en-US"))
        assert.isDefined(error.index)
        return error
      })

    it.effect("an upsert of 1,001 records", () =>
      passes(
        ({ dense }) => dense.upsert(idsUpTo(1001).map((id) => ({ id, values: [1, 2, 3] }))),
        "upsertRecords",
        "vectors.length",
        1001
      ))

    it.effect("an upsert of more than 2 MB", () =>
      Effect.gen(function*() {
        const records = idsUpTo(60).map((id) => ({ id, values: [1, 2, 3], metadata: { text: filled(35_000) } }))
        const { dense } = yield* indexes
        const error = yield* refused("PineconeLimitExceeded", dense.upsert(records))
        assert.strictEqual(error.limit, "requestBytes")
        assert.isAbove(error.actual, 2_000_000)
      }))

    it.effect("metadata of more than 40 KB", () =>
      Effect.gen(function*() {
        const metadata = { t: "é".repeat(20_480) }
        const actual = new TextEncoder().encode(JSON.stringify(metadata)).length
        const error = yield* passes(
          ({ dense }) => dense.upsert([{ id: "ok", values: [1, 2, 3] }, { id: "big", values: [1, 2, 3], metadata }]),
          "metadataBytes",
          "metadata (bytes)",
          actual
        )
        assert.strictEqual(error.recordId, "big")
        yield* passes(
          ({ dense }) => dense.update({ id: "big", setMetadata: metadata }),
          "metadataBytes",
          "setMetadata (bytes)",
          actual
        )
      }))

    it.effect("an id of 513 characters", () =>
      Effect.gen(function*() {
        const id = filled(513)
        yield* passes(({ dense }) => dense.upsert([{ id, values: [1, 2, 3] }]), "idLength", "vectors[0].id", 513)
        yield* passes(({ dense }) => dense.update({ id, values: [1, 2, 3] }), "idLength", "id", 513)
        yield* passes(({ dense }) => dense.query({ id, topK: 1 }), "idLength", "id", 513)
        yield* passes(({ dense }) => dense.fetch(["a", id]), "idLength", "ids[1].length", 513)
        yield* passes(({ dense }) => dense.delete({ ids: [id] }), "idLength", "ids[0].length", 513)
      }))

    it.effect("a vector of 20,001 numbers", () =>
      Effect.gen(function*() {
        const values = numbers(20_001)
        const error = yield* passes(
          ({ huge }) => huge.upsert([{ id: "a", values }]),
          "dimension",
          "values.length",
          20_001
        )
        assert.strictEqual(error.recordId, "a")
        yield* passes(({ huge }) => huge.query({ vector: values, topK: 1 }), "dimension", "vector.length", 20_001)
      }))

    it.effect("a sparse vector of 2,049 entries, and an index beyond 32 bits", () =>
      Effect.gen(function*() {
        const sparseValues = { indices: upTo(2049), values: numbers(2049) }
        yield* passes(
          ({ sparse }) => sparse.upsert([{ id: "a", sparseValues }]),
          "sparseValues",
          "sparseValues.indices.length",
          2049
        )
        yield* passes(
          ({ sparse }) => sparse.query({ sparseVector: { indices: [1, 4_294_967_296], values: [1, 1] }, topK: 1 }),
          "sparseIndex",
          "sparseVector.indices[1]",
          4_294_967_296
        )
      }))

    it.effect("too many matches or candidates", () =>
      Effect.gen(function*() {
        const vector = [1, 2, 3]
        yield* passes(({ dense }) => dense.query({ vector, topK: 10_001 }), "topK", "topK", 10_001)
        yield* passes(
          ({ dense }) => dense.query({ vector, topK: 1, maxCandidates: 100_001 }),
          "maxCandidates",
          "maxCandidates",
          100_001
        )
      }))

    it.effect("too many ids", () =>
      Effect.gen(function*() {
        yield* passes(({ dense }) => dense.fetch(idsUpTo(1001)), "fetchIds", "ids.length", 1001)
        yield* passes(({ dense }) => dense.delete({ ids: idsUpTo(1001) }), "deleteIds", "ids.length", 1001)
      }))

    it.effect("too large pages", () =>
      Effect.gen(function*() {
        const filter = Filter.eq("x", 1)
        yield* passes(({ dense }) => dense.list({ limit: 101 }), "listLimit", "limit", 101)
        yield* passes(({ dense }) => dense.listNamespaces({ limit: 101 }), "listLimit", "limit", 101)
        yield* passes(({ dense }) => dense.listImports({ limit: 101 }), "pageLimit", "limit", 101)
        yield* passes(
          ({ dense }) => dense.fetchByMetadata({ filter, limit: 10_001 }),
          "fetchByMetadataLimit",
          "limit",
          10_001
        )
        const backups = yield* refused("PineconeLimitExceeded", (yield* Backups.Backups).list({ limit: 101 }))
        const jobs = yield* refused("PineconeLimitExceeded", (yield* RestoreJobs.RestoreJobs).list({ limit: 101 }))
        assert.deepStrictEqual([backups.limit, jobs.limit], ["pageLimit", "pageLimit"])
      }))

    it.effect("a filter of 10,001 values, wherever it is", () =>
      Effect.gen(function*() {
        const filter = Filter.or(Filter.eq("y", 1), Filter.and(Filter.isIn("x", upTo(10_001))))
        const uses: ReadonlyArray<(index: VectorIndex) => Effect.Effect<unknown, unknown>> = [
          (index) => index.query({ vector: [1, 2, 3], topK: 1, filter }),
          (index) => index.fetchByMetadata({ filter }),
          (index) => index.updateByMetadata({ filter, setMetadata: { x: 1 } }),
          (index) => index.delete({ filter }),
          (index) => index.describeIndexStats({ filter })
        ]
        for (const use of uses) yield* passes(({ dense }) => use(dense), "filterValues", "filter.$in", 10_001)
      }))

    it.effect("long names", () =>
      Effect.gen(function*() {
        yield* passes(({ dense }) => dense.createNamespace(filled(513)), "namespaceLength", "name.length", 513)
        yield* passes(({ dense }) => dense.startImport({ uri: filled(1501) }), "importUriLength", "uri.length", 1501)
        yield* passes(
          ({ dense }) => dense.startImport({ uri: "s3://x", integrationId: filled(1001) }),
          "integrationIdLength",
          "integrationId.length",
          1001
        )
        const index = yield* refused("PineconeLimitExceeded", createIndex({ name: filled(46) }))
        assert.deepStrictEqual([index.limit, index.field, index.actual], ["nameLength", "name.length", 46])
        const collection = yield* refused(
          "PineconeLimitExceeded",
          (yield* Collections.Collections).create({ name: filled(46), source: "x" })
        )
        assert.strictEqual(collection.limit, "nameLength")
      }))

    it.effect("too many or too long tags, and a dimension beyond the largest", () =>
      Effect.gen(function*() {
        const service = yield* Indexes.Indexes
        const many = yield* refused("PineconeLimitExceeded", createIndex({ tags: tags(21) }))
        assert.deepStrictEqual([many.limit, many.field, many.actual], ["tags", "tags.length", 21])
        const key = yield* refused("PineconeLimitExceeded", createIndex({ tags: { [filled(81)]: "v" } }))
        assert.deepStrictEqual([key.limit, key.actual], ["tagKeyLength", 81])
        const value = yield* refused("PineconeLimitExceeded", service.configure("any", { tags: { k: filled(121) } }))
        assert.deepStrictEqual([value.limit, value.actual], ["tagValueLength", 121])
        const dimension = yield* refused("PineconeLimitExceeded", createIndex({ dimension: 20_001 }))
        assert.deepStrictEqual([dimension.limit, dimension.field], ["dimension", "dimension"])
      }))

    it.effect("what has no meaning, and says in which field of which record", () =>
      Effect.gen(function*() {
        const { dense, sparse } = yield* indexes
        const vector = [1, 2, 3]
        const cases: ReadonlyArray<readonly [Effect.Effect<unknown, unknown>, string, string | undefined]> = [
          [dense.upsert([]), "vectors", undefined],
          [dense.upsert([{ id: "", values: vector }]), "vectors[0].id", undefined],
          [dense.upsert([{ id: "a\0", values: vector }]), "vectors[0].id", "a\\0"],
          [dense.upsert([{ id: "ok", values: vector }, { id: "a", values: [1, 2] }]), "values", "a"],
          [dense.upsert([{ id: "a", values: [1, NaN, 2] }]), "values[1]", "a"],
          [dense.upsert([{ id: "a", values: [1, 2, 1e39] }]), "values[2]", "a"],
          [dense.upsert([{ id: "a", values: new Float32Array([Infinity, 1, 1]) }]), "values[0]", "a"],
          [dense.upsert([{ id: "a" }]), "values", "a"],
          [sparse.upsert([{ id: "a", sparseValues: { indices: [1, 2], values: [1] } }]), "sparseValues", "a"],
          [sparse.upsert([{ id: "a", sparseValues: { indices: [-1], values: [1] } }]), "sparseValues.indices[0]", "a"],
          [sparse.upsert([{ id: "a", sparseValues: { indices: [1.5], values: [1] } }]), "sparseValues.indices[0]", "a"],
          [sparse.upsert([{ id: "a", sparseValues: { indices: [1], values: [NaN] } }]), "sparseValues.values[0]", "a"],
          [dense.query({ vector: [1, 2], topK: 1 }), "vector", undefined],
          [dense.query({ vector, topK: 0 }), "topK", undefined],
          [dense.query({ vector, topK: 1.5 }), "topK", undefined],
          [dense.query({ topK: 1 }), "vector", undefined],
          [dense.query({ vector, id: "a", topK: 1 }), "vector", undefined],
          [dense.query({ vector, topK: 1, scanFactor: 5 }), "scanFactor", undefined],
          [dense.query({ vector, topK: 9, maxCandidates: 8 }), "maxCandidates", undefined],
          [dense.query({ vector, topK: 1, filter: Filter.or(Filter.raw({ $and: [] })) }), "filter.$and", undefined],
          [dense.fetch([]), "ids", undefined],
          [dense.delete({ ids: ["a", ""] }), "ids[1]", undefined],
          [dense.list({ limit: 0 }), "limit", undefined],
          [dense.update({ id: "a" }), "setMetadata", "a"],
          [dense.createNamespace(""), "name", undefined],
          [dense.createNamespace("é"), "name", undefined],
          [dense.startImport({ uri: "" }), "uri", undefined]
        ]
        for (const [effect, field, recordId] of cases) {
          const error = yield* refused("PineconeInvalidRequest", effect)
          assert.deepStrictEqual([error.field, error.recordId], [field, recordId], error.message)
          assert.include(error.message, field)
        }
        const name = yield* refused("PineconeInvalidRequest", createIndex({ name: "Not_A_Name" }))
        assert.strictEqual(name.field, "name")
      }))

    it.effect("a value that metadata cannot hold", () =>
      Effect.gen(function*() {
        const { dense } = yield* indexes
        const metadata = JSON.parse("{\"x\":null}") as { readonly x: string }
        const error = yield* refused("PineconeInvalidRequest", dense.upsert([{ id: "a", values: [1, 2, 3], metadata }]))
        assert.deepStrictEqual([error.field, error.recordId], ["metadata.x", "a"])
        assert.include(
          error.message,
          "Metadata value must be a string, number, boolean or list of strings, got 'null' for field 'x'"
        )
      }))

    it.effect("but not what is just within", () =>
      Effect.gen(function*() {
        const { dense, huge, sparse } = yield* indexes
        yield* dense.upsert(idsUpTo(1000).map((id) => ({ id, values: [1, 2, 3] })))
        const id = filled(512)
        const text = filled(limits.metadataBytes - "{\"t\":\"\"}".length)
        yield* dense.upsert([{ id, values: [1, 2, 3], metadata: { t: text } }])
        assert.strictEqual((yield* dense.fetch([...idsUpTo(999), id])).records.size, 1000)
        yield* huge.upsert([{ id: "a", values: numbers(20_000) }])
        yield* sparse.upsert([{ id: "a", sparseValues: { indices: upTo(2048), values: numbers(2048) } }])
        yield* sparse.upsert([{ id: "b", sparseValues: { indices: [4_294_967_295], values: [1] } }])
        const found = yield* dense.query({
          vector: [1, 2, 3],
          topK: 10_000,
          filter: Filter.notIn("x", upTo(10_000)),
          maxCandidates: 100_000
        })
        assert.strictEqual(found.matches.length, 1001)
        yield* dense.fetchByMetadata({ filter: Filter.eq("x", 1), limit: 10_000 })
        assert.strictEqual((yield* dense.list({ limit: 100 })).ids.length, 100)
        yield* dense.createNamespace(filled(512))
        yield* dense.delete({ ids: idsUpTo(1000) })
        yield* dense.startImport({ uri: `s3://${filled(1495)}`, integrationId: filled(1000) })
        yield* createIndex({
          name: filled(45),
          tags: { ...tags(19), [filled(80)]: filled(120) }
        })
      }))
  })
})

const key = "the-one-key"
const secured = ControlPlane.layer.pipe(
  Layer.provideMerge(overHttp({ apiKeys: [Redacted.make(key)] }, { apiKey: Redacted.make(key) })),
  Layer.provideMerge(FetchHttpClient.layer)
)

interface Told {
  readonly vectors?: ReadonlyArray<{ readonly id: string }>
  readonly code?: number
  readonly message?: string
  readonly status?: number
  readonly error?: { readonly code: string; readonly message: string }
}

/** Sends a request without the SDK. */
const send = (method: "GET" | "POST" | "PATCH" | "DELETE", url: string, options: {
  readonly body?: unknown
  readonly text?: string
  readonly headers?: Readonly<Record<string, string>>
} = {}) =>
  Effect.gen(function*() {
    const client = yield* HttpClient.HttpClient
    const text = options.text ?? (options.body === undefined ? undefined : JSON.stringify(options.body))
    const response = yield* client.execute(
      HttpClientRequest.make(method)(url).pipe(
        HttpClientRequest.setHeaders({ "api-key": key, ...options.headers }),
        text === undefined
          ? (request) => request
          : HttpClientRequest.setBody(HttpBody.text(text, "application/json"))
      )
    )
    const told = JSON.parse((yield* response.text) || "{}") as Told
    return { status: response.status, told, requestId: response.headers["x-pinecone-request-id"] }
  })

describe("the server refuses, and goes on", () => {
  layer(secured)((it) => {
    const hosts = Effect.gen(function*() {
      const dense = yield* createIndex()
      const sparse = yield* createIndex({ vectorType: "sparse" })
      return { dense: dense.host, sparse: sparse.host, name: dense.name }
    })

    const serves = (host: string) =>
      Effect.gen(function*() {
        const { status } = yield* send("POST", `${host}/vectors/upsert`, {
          body: { vectors: [{ id: "fine", values: [1, 2, 3] }] }
        })
        assert.strictEqual(status, 200)
        const { told } = yield* send("GET", `${host}/vectors/list`)
        assert.deepStrictEqual(told.vectors, [{ id: "fine" }])
      })

    const record = (id: string, rest: object = {}) => ({ id, values: [1, 2, 3], ...rest })
    const upserting = (...vectors: ReadonlyArray<unknown>) => ["/vectors/upsert", { vectors }] as const
    const finding = (rest: object) => ["/query", { topK: 1, ...rest }] as const

    it.effect("what the data plane cannot take", () =>
      Effect.gen(function*() {
        const { dense } = yield* hosts
        const cases: ReadonlyArray<readonly [readonly [string, unknown], string]> = [
          [upserting(), "at least one vector"],
          [upserting(...idsUpTo(1001).map((id) => record(id))), "At most 1000"],
          [
            upserting(...idsUpTo(60).map((id) => record(id, { metadata: { text: filled(35_000) } }))),
            "exceeds the maximum supported size of 2000000 bytes"
          ],
          [upserting(record("")), "must not be empty"],
          [upserting(record(filled(513))), "exceeds the limit of 512"],
          [upserting(record("a\0")), "Vector ID must not contain null character"],
          [upserting(record("ä")), "Vector ID must be ASCII, but got 'ä'"],
          [
            upserting(record("z", { values: [0, -0, 9e-9] })),
            "Dense vectors must contain at least one non-zero value. Vector ID 'z' contains only zeros"
          ],
          [upserting(record("a", { metadata: { $x: 1 } })), "Metadata field '$x' cannot start with '$'"],
          [
            upserting(record("a", { values: [1, 2] })),
            "Vector dimension 2 does not match the dimension of the index 3"
          ],
          [upserting(record("a", { values: [] })), "must contain dense values"],
          [upserting({ id: "a" }), "must contain dense values"],
          [upserting(record("a", { values: [1, 2, 1e39] })), "32-bit float"],
          [upserting(record("a", { values: [1, 2, "3"] })), "32-bit float"],
          [upserting({ values: [1, 2, 3] }), "Vector ID must not be empty"],
          [
            upserting(record("a", { metadata: { x: null } })),
            "Metadata value must be a string, number, boolean or list of strings, got 'null' for field 'x'"
          ],
          [upserting(record("a", { metadata: { x: { y: 1 } } })), "Metadata value must be"],
          [upserting(record("a", { metadata: { x: [1] } })), "Metadata value must be"],
          [upserting(record("a", { metadata: { x: filled(41_000) } })), "exceeds the limit of 40960 bytes"],
          [finding({}), "needs a vector"],
          [finding({ vector: [1, 2] }), "Vector dimension 2"],
          [finding({ vector: [1, 2, 3], topK: 0 }), "topK must be between 1 and 10000"],
          [finding({ vector: [1, 2, 3], topK: 10_001 }), "topK must be between 1 and 10000"],
          [finding({ vector: [1, 2, 3], id: "a" }), "Cannot provide both 'ID' and 'vector' at the same time"],
          [finding({ id: "ä" }), "Vector ID must be ASCII"],
          [finding({ id: "" }), "A query needs a vector, a sparse vector or an id"],
          [
            finding({ sparseVector: { indices: [1], values: [1] } }),
            "Index configuration does not support sparse values - only indexes that are sparse or using dotproduct are supported"
          ],
          [
            finding({ vector: [1, 2, 3], filter: { x: { $in: [true] } } }),
            "the $in operator must be followed by a list of strings or a list of numbers"
          ],
          [finding({ vector: [1, 2, 3], filter: { x: { $near: 1 } } }), "$near"],
          [finding({ vector: [1, 2, 3], filter: { x: { $in: upTo(10_001) } } }), "10000"],
          [finding({ vector: [1, 2, 3], scanFactor: 9 }), "scan_factor must be between 0.5 and 4.0, got 9"],
          [finding({ vector: [1, 2, 3], maxCandidates: 100_001 }), "max_candidates must be between"],
          [["/vectors/fetch_by_metadata", {}], "Empty filter provided for fetch by metadata request"],
          [["/vectors/fetch_by_metadata", { filter: {} }], "Empty filter provided for fetch by metadata request"],
          [
            ["/vectors/fetch_by_metadata", { filter: { $and: [{}] } }],
            "Empty filter provided for fetch by metadata request"
          ],
          [["/vectors/fetch_by_metadata", { filter: {}, limit: 10_001 }], "limit must be between 1 and 10000"],
          [["/vectors/fetch_by_metadata", { filter: {}, paginationToken: "?" }], "pagination token"],
          [["/vectors/update", { setMetadata: { x: 1 } }], "either an id or a filter"],
          [["/vectors/update", { id: "a", setMetadata: { x: null } }], "got 'null' for field 'x'"],
          [["/vectors/update", { id: "a", values: [1] }], "Vector dimension 1"],
          [["/vectors/update", { filter: {}, values: [1, 2, 3] }], "sets metadata only"],
          [["/vectors/update", { id: "ä", setMetadata: { x: 1 } }], "Vector ID must be ASCII"],
          [["/vectors/update", { id: "z", values: [0, 0, 0] }], "Vector ID 'z' contains only zeros"],
          [["/vectors/update", { id: "a", setMetadata: { $x: 1 } }], "Metadata field '$x' cannot start with '$'"],
          ...[{}, { a: {} }, { $and: [{}] }, { $or: [{ a: 1 }, {}] }, { a: { $nin: [] } }].flatMap((filter) => [
            [["/vectors/delete", { filter }], "Delete with empty metadata filter is not allowed"] as const,
            [
              ["/vectors/update", { filter, setMetadata: { x: 1 } }],
              "Update with empty metadata filter is not allowed"
            ] as const
          ]),
          [["/vectors/delete", { ids: ["ä"] }], "Vector ID must be ASCII"],
          ...["日本語", "a\0b", "a\n"].flatMap((namespace) => [
            [["/vectors/upsert", { namespace, vectors: [record("a")] }], "can only be ASCII-printable"] as const,
            [["/query", { namespace, topK: 1, id: "a" }], "can only be ASCII-printable"] as const,
            [["/vectors/update", { namespace, id: "a", values: [1, 2, 3] }], "can only be ASCII-printable"] as const,
            [["/vectors/delete", { namespace, deleteAll: true }], "can only be ASCII-printable"] as const,
            [["/vectors/fetch_by_metadata", { namespace, filter: { a: 1 } }], "can only be ASCII-printable"] as const,
            [["/namespaces", { name: namespace }], "can only be ASCII-printable"] as const
          ]),
          [["/vectors/upsert", { namespace: filled(513), vectors: [record("a")] }], "exceeds the limit of 512"],
          [["/namespaces", { name: "" }], "must not be empty"],
          [["/vectors/delete", {}], "exactly one of"],
          [["/vectors/delete", { ids: ["a"], deleteAll: true }], "exactly one of"],
          [["/vectors/delete", { ids: idsUpTo(1001) }], "At most 1000"],
          [["/namespaces", { name: filled(513) }], "512"],
          [["/namespaces", { name: "é" }], "ASCII"],
          [["/bulk/imports", { uri: filled(1501) }], "1500"],
          [["/bulk/imports", { uri: "" }], "1500"],
          [["/bulk/imports", { uri: "s3://x", integrationId: filled(1001) }], "1000"]
        ]
        for (const [[path, body], message] of cases) {
          const { requestId, status, told } = yield* send("POST", `${dense}${path}`, { body })
          assert.deepStrictEqual([status, told.code], [400, 3], `${path}: ${told.message}`)
          assert.include(told.message, message)
          assert.isString(requestId)
        }
        for (
          const path of [
            `/vectors/fetch?${idsUpTo(1001).map((id) => `ids=${id}`).join("&")}`,
            "/vectors/fetch?ids=%C3%A4",
            "/vectors/fetch?ids=a&namespace=%C3%A4",
            "/vectors/list?namespace=%C3%A4",
            `/vectors/list?namespace=${filled(513)}`,
            "/vectors/list?prefix=%C3%A4",
            `/vectors/list?prefix=${filled(513)}`,
            "/namespaces/%C3%A4",
            "/vectors/list?limit=101",
            "/vectors/list?limit=0",
            "/vectors/list?limit=x",
            "/vectors/list?paginationToken=x",
            "/namespaces?limit=101",
            "/bulk/imports?limit=101"
          ]
        ) {
          const { status, told } = yield* send("GET", `${dense}${path}`)
          assert.deepStrictEqual([status, told.code], [400, 3], `${path.slice(0, 60)}: ${told.message}`)
        }
        yield* serves(dense)
      }))

    it.effect("sparse vectors that are none", () =>
      Effect.gen(function*() {
        const { sparse } = yield* hosts
        const cases = [
          [{ indices: [1, 2], values: [1] }, "same length"],
          [{ indices: [], values: [] }, "at least one value"],
          [{ indices: upTo(2049), values: numbers(2049) }, "2048"],
          [{ indices: [1, 1], values: [1, 2] }, "unique"],
          [{ indices: [4_294_967_296], values: [1] }, "unsigned 32-bit integer"],
          [{ indices: [-1], values: [1] }, "unsigned 32-bit integer"]
        ] as const
        for (const [sparseValues, message] of cases) {
          for (
            const [path, body] of [
              upserting({ id: "a", sparseValues }),
              finding({ sparseVector: sparseValues })
            ]
          ) {
            const { status, told } = yield* send("POST", `${sparse}${path}`, { body })
            assert.strictEqual(status, 400, told.message)
            assert.include(told.message, message)
          }
        }
        const dense = yield* send("POST", `${sparse}/vectors/upsert`, { body: { vectors: [record("a")] } })
        assert.strictEqual(dense.status, 400)
        assert.deepStrictEqual((yield* send("GET", `${sparse}/vectors/list`)).told.vectors, [])
      }))

    it.effect("what the control plane cannot take", () =>
      Effect.gen(function*() {
        const { url } = yield* PineconeLocal
        const index = (rest: object) => ({ name: "fine", dimension: 3, spec: serverless, ...rest })
        const cases: ReadonlyArray<readonly [object, number, string]> = [
          [index({ name: filled(46) }), 400, "45"],
          [index({ name: "Upper" }), 400, "lower case"],
          [index({ name: "-" }), 400, "lower case"],
          [index({ dimension: 20_001 }), 400, "20000"],
          [index({ dimension: 0 }), 400, "Dimension"],
          [index({ dimension: undefined }), 400, "dimension"],
          [index({ dimension: 1.5 }), 422, "dimension"],
          [index({ metric: "hamming" }), 422, "metric"],
          [index({ spec: {} }), 422, "spec"],
          [index({ spec: undefined }), 422, "spec"],
          [index({ vector_type: "sparse" }), 400, "cannot have a `dimension`"],
          [index({ vector_type: "sparse", dimension: undefined, metric: "cosine" }), 400, "dotproduct"],
          [index({ spec: { serverless: { cloud: "moon", region: "sea" } } }), 404, "moon"],
          [index({ tags: tags(21) }), 400, "20"],
          [index({ tags: { [filled(81)]: "v" } }), 400, "80"],
          [index({ tags: { k: filled(121) } }), 400, "120"]
        ]
        for (const [body, status, message] of cases) {
          const answer = yield* send("POST", `${url}/indexes`, { body })
          assert.deepStrictEqual([answer.status, answer.told.status], [status, status], answer.told.error?.message)
          assert.include(answer.told.error?.message, message)
        }
        for (
          const path of [
            "/backups?limit=101",
            "/backups?limit=0",
            "/restore-jobs?limit=101",
            "/backups?paginationToken=x"
          ]
        ) {
          assert.strictEqual((yield* send("GET", `${url}${path}`)).status, 400)
        }
        assert.strictEqual((yield* send("GET", `${url}/indexes/fine`)).status, 404)
        assert.strictEqual((yield* send("POST", `${url}/indexes`, { body: index({}) })).status, 201)
        const patched = yield* send("PATCH", `${url}/indexes/fine`, { body: { tags: tags(21) } })
        assert.strictEqual(patched.status, 400)
        assert.strictEqual((yield* send("DELETE", `${url}/indexes/fine`)).status, 202)
      }))

    it.effect("who has no key, or another", () =>
      Effect.gen(function*() {
        const { url } = yield* PineconeLocal
        const { dense } = yield* hosts
        for (const wrong of ["", "other", `${key} `.toUpperCase()]) {
          const control = yield* send("GET", `${url}/indexes`, { headers: { "api-key": wrong } })
          assert.deepStrictEqual([control.status, control.told.error?.code], [401, "UNAUTHENTICATED"])
          const data = yield* send("POST", `${dense}/query`, { body: {}, headers: { "api-key": wrong } })
          assert.deepStrictEqual([data.status, data.told.code], [401, 16])
        }
        yield* serves(dense)
      }))

    it.effect("what is not JSON", () =>
      Effect.gen(function*() {
        const { url } = yield* PineconeLocal
        const { dense } = yield* hosts
        for (const text of ["{", "", "[1,", "\u0000", "nul"]) {
          const data = yield* send("POST", `${dense}/vectors/upsert`, { text })
          assert.deepStrictEqual([data.status, data.told.code], [400, 3], text)
          const control = yield* send("POST", `${url}/indexes`, { text })
          assert.deepStrictEqual([control.status, control.told.status], [400, 400], text)
        }
        for (const text of ["null", "[]", "\"text\"", "1"]) {
          assert.strictEqual((yield* send("POST", `${dense}/vectors/upsert`, { text })).status, 400, text)
        }
        yield* serves(dense)
      }))

    it.effect("what it does not serve", () =>
      Effect.gen(function*() {
        const { url } = yield* PineconeLocal
        const { dense } = yield* hosts
        const missing = yield* send("GET", `${url}/nowhere`)
        assert.deepStrictEqual([missing.status, missing.told.error?.code], [404, "NOT_FOUND"])
        assert.strictEqual((yield* send("GET", `${dense}/nowhere`)).told.code, 5)
        assert.strictEqual((yield* send("DELETE", `${dense}/query`)).status, 404)
        const text = yield* send("POST", `${dense}/records/namespaces/ns/upsert`, {
          text: "{\"_id\":\"a\"}\n{\"_id\":\"b\"}"
        })
        // An index that was not made for a model.
        assert.deepStrictEqual([text.status, text.told.error?.code], [400, "INVALID_ARGUMENT"])
        assert.strictEqual((yield* send("POST", `${dense}/namespaces/ns/documents/upsert`, { body: {} })).status, 404)
        const old = { "x-pinecone-api-version": "1999-01" }
        const control = yield* send("GET", `${url}/indexes`, { headers: old })
        assert.deepStrictEqual([control.status, control.told.error?.code], [400, "INVALID_ARGUMENT"])
        assert.strictEqual((yield* send("GET", `${dense}/vectors/list`, { headers: old })).status, 400)
        for (const version of ["2025-10", "2026-04"]) {
          const { status } = yield* send("GET", `${url}/indexes`, { headers: { "x-pinecone-api-version": version } })
          assert.strictEqual(status, 200)
        }
        yield* serves(dense)
      }))
  })
})
