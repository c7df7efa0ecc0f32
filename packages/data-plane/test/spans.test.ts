import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import * as Settings from "@effect-pinecone/http/Settings"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { TestClock } from "../../../scripts/testing/clock.js"
import type { Answer, Recorded } from "./utils/stub.js"
import { answering, json, model, recorder, transport } from "./utils/stub.js"

const found: Answer = (_, url) =>
  Effect.succeed(url.pathname === "/indexes/movies" ? json(model) : json({ matches: [], namespace: "ns" }))

/** The spans of this project's that an effect leaves. */
const spansOf = <A, E>(
  use: (index: VectorIndex.VectorIndex) => Effect.Effect<A, E>,
  answer: Answer,
  target: VectorIndex.Options = { name: "movies" },
  settings: Partial<Settings.Settings> = {},
  isOwn: (name: string) => boolean = (name) => name.startsWith("pinecone.")
): Effect.Effect<ReadonlyArray<Recorded>> => {
  const { spans, tracer } = recorder()
  return Effect.flatMap(VectorIndex.make(target), use).pipe(
    Effect.exit,
    Effect.provide(answering(answer, settings)),
    Effect.withTracer(tracer),
    Effect.map(() => spans.filter(({ name }) => isOwn(name)))
  )
}

const one = (spans: ReadonlyArray<Recorded>, name: string): Recorded => {
  const own = spans.filter((span) => span.name === name)
  assert.deepStrictEqual([own.length, spans.map(({ name }) => name)], [1, spans.map(({ name }) => name)])
  return own[0]!
}

const query = (index: VectorIndex.VectorIndex) => index.query({ vector: [1, 2, 3], topK: 1, namespace: "ns" })

describe("a span", () => {
  it.effect("tells of a query", () =>
    Effect.gen(function*() {
      const answer: Answer = (request, url) =>
        url.pathname === "/indexes/movies" ? found(request, url) : Effect.succeed(
          json({ matches: [], namespace: "ns", usage: { readUnits: 5 } }, 200, { "x-pinecone-request-id": "r1" })
        )
      const spans = yield* spansOf(query, answer)
      const span = one(spans, "pinecone.query")
      assert.strictEqual(span.kind, "client")
      assert.deepStrictEqual(Object.fromEntries(span.attributes), {
        "db.system.name": "pinecone",
        "db.operation.name": "query",
        "db.collection.name": "movies",
        "db.namespace": "ns",
        "network.protocol.name": transport,
        "pinecone.request.attempts": 1,
        "pinecone.request.id": "r1",
        "pinecone.usage.read_units": 5,
        "server.address": "movies.svc.test",
        "server.port": 443
      })
      assert.strictEqual(span.status._tag, "Ended")
      assert.isTrue(span.status._tag === "Ended" && span.status.exit._tag === "Success")
      assert.deepStrictEqual(Object.fromEntries(one(spans, "pinecone.describe_index").attributes), {
        "db.system.name": "pinecone",
        "db.operation.name": "describe_index",
        "db.collection.name": "movies",
        "network.protocol.name": "http",
        "pinecone.request.attempts": 1,
        "server.address": "api.pinecone.io",
        "server.port": 443
      })
    }))

  it.effect("names the host where that is what was given, and no namespace where none was", () =>
    Effect.gen(function*() {
      const spans = yield* spansOf((index) => index.fetch(["a"]), found, { host: "movies.svc.test" })
      assert.strictEqual(spans.length, 1)
      assert.deepStrictEqual(Object.fromEntries(one(spans, "pinecone.fetch").attributes), {
        "db.system.name": "pinecone",
        "db.operation.name": "fetch",
        "db.collection.name": "movies.svc.test",
        "db.operation.batch.size": 1,
        "network.protocol.name": transport,
        "pinecone.request.attempts": 1,
        "server.address": "movies.svc.test",
        "server.port": 443
      })
    }))

  it.effect("is one for each call, with one below it for each time that its request is sent", () =>
    Effect.gen(function*() {
      let sent = 0
      const answer: Answer = () =>
        Effect.sync(() => ++sent < 3 ? json({ code: 8, message: "slow" }, 429) : json({ matches: [] }))
      const fiber = yield* Effect.fork(
        spansOf(query, answer, { host: "movies.svc.test" }, { retry: Settings.defaultRetry }, () => true)
      )
      yield* TestClock.adjust("10 seconds")
      const spans = yield* Fiber.join(fiber)
      assert.strictEqual(sent, 3)
      const span = one(spans, "pinecone.query")
      assert.isFalse(span.attributes.has("error.type"))
      assert.strictEqual(span.attributes.get("pinecone.request.attempts"), 3)
      const tries = spans.filter(({ parent }) => parent === "pinecone.query")
      const request = { "server.address": "movies.svc.test", "server.port": 443 }
      const over = transport === "http"
        ? { ...request, "http.request.method": "POST" }
        : { ...request, "rpc.system": "grpc", "rpc.method": "VectorService/Query" }
      const status = (http: number, grpc: number) =>
        transport === "http" ? { "http.response.status_code": http } : { "rpc.grpc.status_code": grpc }
      const refused = { ...over, ...status(429, 8), "error.type": "PineconeRateLimited" }
      assert.deepStrictEqual(
        tries.map(({ attributes, kind, name }) => [name, kind, Object.fromEntries(attributes)]),
        [
          refused,
          { ...refused, "http.request.resend_count": 1 },
          { ...over, ...status(200, 0), "http.request.resend_count": 2 }
        ].map((attributes) => [transport === "http" ? "POST" : "VectorService/Query", "client", attributes])
      )
    }))

  it.effect("is one for each page of a stream", () =>
    Effect.gen(function*() {
      let page = 0
      const answer: Answer = () =>
        Effect.sync(() =>
          json({ vectors: [{ id: String(page) }], pagination: ++page < 3 ? { next: String(page) } : null })
        )
      const spans = yield* spansOf((index) => Stream.runDrain(index.listStream()), answer, { host: "h.test" })
      assert.deepStrictEqual(spans.map(({ name }) => name), ["pinecone.list", "pinecone.list", "pinecone.list"])
    }))

  it.effect("tells of the failure and its status", () =>
    Effect.gen(function*() {
      const cases = [
        [401, { code: 16, message: "Invalid API key." }, "PineconeUnauthorized"],
        [404, { code: 5, message: "no" }, "PineconeNotFound"],
        [400, { code: 3, message: "no" }, "PineconeInvalidRequest"],
        [503, "unavailable", "PineconeServiceUnavailable"]
      ] as const
      for (const [status, body, type] of cases) {
        const spans = yield* spansOf(query, () => Effect.succeed(json(body, status)), { host: "movies.svc.test" })
        const span = one(spans, "pinecone.query")
        assert.strictEqual(span.attributes.get("error.type"), type)
        assert.strictEqual(span.attributes.get("db.response.status_code"), String(status))
        assert.isTrue(span.status._tag === "Ended" && span.status.exit._tag === "Failure")
      }
      const invalid = one(
        yield* spansOf(query, () => Effect.succeed(json("text")), { host: "h.test" }),
        "pinecone.query"
      )
      assert.strictEqual(invalid.attributes.get("error.type"), "PineconeInvalidResponse")
      assert.isFalse(invalid.attributes.has("db.response.status_code"))
    }))

  it.effect("tells of an index that is not there, as that of the look-up below it does", () =>
    Effect.gen(function*() {
      const spans = yield* spansOf(
        query,
        () => Effect.succeed(json({ status: 404, error: { code: "NOT_FOUND", message: "no" } }, 404))
      )
      assert.deepStrictEqual(
        spans.map(({ attributes, name, parent }) => [name, parent, attributes.get("error.type")]),
        [
          ["pinecone.query", undefined, "PineconeNotFound"],
          ["pinecone.describe_index", "pinecone.query", "PineconeNotFound"]
        ]
      )
      assert.isFalse(spans[0]!.attributes.has("pinecone.request.attempts"))
    }))

  it.effect("tells of input that is refused before anything is sent", () =>
    Effect.gen(function*() {
      const never: Answer = () => Effect.die("sent")
      const zero = { id: "a", values: [0, 0, Number.NaN] }
      const cases: ReadonlyArray<
        readonly [string, string, (index: VectorIndex.VectorIndex) => Effect.Effect<unknown, unknown>]
      > = [
        ["query", "PineconeInvalidRequest", (index) => index.query({ topK: 0, vector: [1, 2, 3] })],
        ["query", "PineconeLimitExceeded", (index) => index.query({ topK: 20_000, vector: [1, 2, 3] })],
        ["upsert", "PineconeInvalidRequest", (index) => index.upsert([zero])],
        ["upsert", "PineconeLimitExceeded", (index) =>
          index.upsert(Array.from({ length: 1001 }, (_, i) => ({ id: `${i}`, values: [1] })))],
        ["fetch", "PineconeInvalidRequest", (index) =>
          index.fetch([""])],
        ["fetch", "PineconeInvalidRequest", (index) =>
          index.get("")],
        ["fetch", "PineconeInvalidRequest", (index) => Stream.runDrain(index.fetchAll(Stream.make("")))],
        ["list", "PineconeInvalidRequest", (index) => Stream.runDrain(index.listStream({ limit: 0 }))],
        ["delete", "PineconeInvalidRequest", (index) => index.delete({ ids: [""] })],
        ["update", "PineconeInvalidRequest", (index) => index.update({ id: "", values: [1] })],
        ["query_namespaces", "PineconeInvalidRequest", (index) =>
          index.queryNamespaces({ topK: 1, vector: [1], namespaces: [] })],
        ["describe_namespace", "PineconeInvalidRequest", (index) =>
          index.describeNamespace("")],
        ["start_import", "PineconeInvalidRequest", (index) =>
          index.startImport({ uri: "" })],
        ["search_records", "PineconeInvalidRequest", (index) =>
          index.searchRecords({ topK: 0, text: "a" })]
      ]
      for (const [operation, type, use] of cases) {
        const spans = yield* spansOf(use, never, { host: "h.test" })
        const refused = spans.map(({ attributes, name, status }) => [
          name,
          status._tag === "Ended" && status.exit._tag,
          attributes.get("error.type"),
          attributes.get("db.collection.name"),
          attributes.has("pinecone.request.attempts")
        ])
        assert.deepStrictEqual(refused, [[`pinecone.${operation}`, "Failure", type, "h.test", false]])
      }
    }))

  it.effect("tells how many records or ids the operation is about", () =>
    Effect.gen(function*() {
      const record = (id: string) => ({ id, values: [1, 2, 3] })
      const cases: ReadonlyArray<
        readonly [string, number, (index: VectorIndex.VectorIndex) => Effect.Effect<unknown, unknown>]
      > = [
        ["upsert", 2, (index) => index.upsert([record("a"), record("b")])],
        ["upsert", 3, (index) => index.upsertAll(Stream.make(record("a"), record("b"), record("c")))],
        ["fetch", 2, (index) => index.fetch(["a", "b"])],
        ["delete", 2, (index) => index.delete({ ids: ["a", "b"] })],
        ["upsert_records", 1, (index) => index.upsertRecords([{ id: "a", fields: { text: "b" } }])]
      ]
      for (const [operation, size, use] of cases) {
        const spans = yield* spansOf(use, () => Effect.succeed(json({})), { host: "h.test" })
        assert.strictEqual(one(spans, `pinecone.${operation}`).attributes.get("db.operation.batch.size"), size)
      }
    }))
})
