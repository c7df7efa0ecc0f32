import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import * as Settings from "@effect-pinecone/http/Settings"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import type { Answer, Recorded } from "./utils/stub.js"
import { answering, json, model, recorder, transport } from "./utils/stub.js"

const found: Answer = (_, url) =>
  Effect.succeed(url.pathname === "/indexes/movies" ? json(model) : json({ matches: [], namespace: "ns" }))

/** The spans of this project's that an effect leaves. */
const spansOf = <A, E>(
  use: (index: VectorIndex.VectorIndex) => Effect.Effect<A, E>,
  answer: Answer,
  target: VectorIndex.Options = { name: "movies" },
  settings: Partial<Settings.Settings> = {}
): Effect.Effect<ReadonlyArray<Recorded>> => {
  const { spans, tracer } = recorder()
  return Effect.flatMap(VectorIndex.make(target), use).pipe(
    Effect.exit,
    Effect.provide(answering(answer, settings)),
    Effect.withTracer(tracer),
    Effect.map(() => spans.filter(({ name }) => name.startsWith("pinecone.")))
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
      const spans = yield* spansOf(query, found)
      const span = one(spans, "pinecone.query")
      assert.strictEqual(span.kind, "client")
      assert.deepStrictEqual(Object.fromEntries(span.attributes), {
        "db.system.name": "pinecone",
        "db.operation.name": "query",
        "db.collection.name": "movies",
        "db.namespace": "ns",
        ...(transport === "http"
          ? { "http.request.method": "POST" }
          : { "rpc.system": "grpc", "rpc.method": "VectorService/Query" }),
        "server.address": "movies.svc.test",
        "server.port": 443
      })
      assert.strictEqual(span.status._tag, "Ended")
      assert.isTrue(span.status._tag === "Ended" && span.status.exit._tag === "Success")
      assert.deepStrictEqual(Object.fromEntries(one(spans, "pinecone.describe_index").attributes), {
        "db.system.name": "pinecone",
        "db.operation.name": "describe_index",
        "db.collection.name": "movies",
        "http.request.method": "GET",
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
        ...(transport === "http"
          ? { "http.request.method": "GET" }
          : { "rpc.system": "grpc", "rpc.method": "VectorService/Fetch" }),
        "server.address": "movies.svc.test",
        "server.port": 443
      })
    }))

  it.effect("is one for each call, however often its request is sent", () =>
    Effect.gen(function*() {
      let sent = 0
      const answer: Answer = () =>
        Effect.sync(() => ++sent < 3 ? json({ code: 8, message: "slow" }, 429) : json({ matches: [] }))
      const fiber = yield* Effect.fork(
        spansOf(query, answer, { host: "movies.svc.test" }, { retry: Settings.defaultRetry })
      )
      yield* TestClock.adjust("10 seconds")
      const spans = yield* Fiber.join(fiber)
      assert.strictEqual(sent, 3)
      const span = one(spans, "pinecone.query")
      assert.isFalse(span.attributes.has("error.type"))
      assert.strictEqual(span.attributes.get("http.request.resend_count"), 2)
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

  it.effect("of the look-up tells of an index that is not there; there is none for the call itself", () =>
    Effect.gen(function*() {
      const spans = yield* spansOf(
        query,
        () => Effect.succeed(json({ status: 404, error: { code: "NOT_FOUND", message: "no" } }, 404))
      )
      assert.deepStrictEqual(spans.map(({ name }) => name), ["pinecone.describe_index"])
      assert.strictEqual(spans[0]!.attributes.get("error.type"), "PineconeNotFound")
    }))
})
