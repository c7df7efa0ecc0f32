import * as RecordCache from "@effect-pinecone/data-plane/RecordCache"
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import * as Settings from "@effect-pinecone/http/Settings"
import * as NodeSdk from "@effect/opentelemetry/NodeSdk"
import { assert, describe, it } from "@effect/vitest"
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  PeriodicExportingMetricReader
} from "@opentelemetry/sdk-metrics"
import { InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import { identity } from "effect/Function"
import * as HashMap from "effect/HashMap"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Stream from "effect/Stream"
import { TestClock } from "../../../scripts/testing/clock.js"
import type { Answer } from "./utils/stub.js"
import { answering, json, model, transport } from "./utils/stub.js"

/** What is logged, with its level and annotations. */
const logs = () => {
  const lines: Array<readonly [level: string, message: unknown, annotations: Readonly<Record<string, unknown>>]> = []
  const logger = Logger.make<unknown, void>(({ annotations, logLevel, message }) => {
    const [text] = Array.isArray(message) ? message : [message]
    lines.push([logLevel.label, text, Object.fromEntries(HashMap.toEntries(annotations))])
  })
  const layer = Layer.merge(Logger.replace(Logger.defaultLogger, logger), Logger.minimumLogLevel(LogLevel.All))
  return { lines, layer }
}

/** The spans and metrics that an effect leaves with OpenTelemetry. */
const exported = <A, E>(effect: Effect.Effect<A, E>, test: string) => {
  const spans = new InMemorySpanExporter()
  const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter: metrics })
  const sdk = NodeSdk.layer(() => ({
    resource: { serviceName: "test" },
    spanProcessor: new SimpleSpanProcessor(spans),
    metricReader: reader
  }))
  return Effect.tagMetrics(effect, "test", test).pipe(
    Effect.zipRight(Effect.promise(() => reader.forceFlush())),
    Effect.map(() => {
      const points = metrics.getMetrics().flatMap(({ scopeMetrics }) =>
        scopeMetrics.flatMap(({ metrics }) =>
          metrics.flatMap(({ dataPoints, descriptor }) =>
            dataPoints.map(({ attributes, value }) => ({ descriptor, attributes, value }))
          )
        )
      )
      return {
        spans: spans.getFinishedSpans(),
        points: points.filter(({ attributes }) => attributes["test"] === test && "db.system.name" in attributes)
      }
    }),
    Effect.provide(sdk)
  )
}

/** Answers a first upsert with 429, and all else. */
const slowFirst = (): Answer => {
  let sent = 0
  return (_, url) =>
    Effect.sync(() => {
      if (url.pathname === "/indexes/movies") return json(model, 200, { "x-pinecone-request-id": "r0" })
      if (url.pathname === "/query") return json({ matches: [], usage: { readUnits: 5 } })
      const headers = { "x-pinecone-request-id": `r${++sent}` }
      return sent === 1
        ? json({ code: 8, message: "slow" }, 429, { ...headers, "retry-after": "2" })
        : json({ upsertedCount: 2 }, 200, headers)
    })
}

const upsertOnce = (index: VectorIndex.VectorIndex) =>
  index.upsert([{ id: "a", values: [1, 2, 3] }, { id: "b", values: [1, 2, 3] }], { namespace: "ns" })

const settings = { retry: Settings.defaultRetry }

/** Runs something with the clock in motion. */
const inTime = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(Effect.exit(effect))
    yield* TestClock.adjust("1 minute")
    return yield* Effect.flatten(Fiber.join(fiber))
  })

describe("OpenTelemetry", () => {
  it.effect("gets the spans, the metrics and the one line of an upsert with one retry", () =>
    Effect.gen(function*() {
      const { layer, lines } = logs()
      const program = Effect.gen(function*() {
        const index = yield* VectorIndex.make({ name: "movies" })
        yield* upsertOnce(index)
        yield* index.query({ vector: [1, 2, 3], topK: 1 })
      }).pipe(Effect.provide(answering(slowFirst(), settings)), Effect.withRandom(Random.fixed([0.5])))
      const { points, spans } = yield* inTime(exported(program, "one retry")).pipe(Effect.provide(layer))

      const byId = new Map(spans.map((span) => [span.spanContext().spanId, span]))
      const found = spans.map(({ attributes, events, name, parentSpanContext, status }) => ({
        name,
        parent: byId.get(parentSpanContext?.spanId ?? "")?.name,
        failed: status.code === 2,
        events: events.map(({ name }) => name),
        attributes
      }))
      const http = { "server.address": "movies.svc.test", "server.port": 443 }
      const over = (method: string, path: string) =>
        transport === "http"
          ? { ...http, "http.request.method": method }
          : { ...http, "rpc.system": "grpc", "rpc.method": path }
      const status = (http: number, grpc: number) =>
        transport === "http" ? { "http.response.status_code": http } : { "rpc.grpc.status_code": grpc }
      const tried = transport === "http" ? "POST" : "VectorService/Upsert"
      const common = {
        "db.system.name": "pinecone",
        "db.collection.name": "movies",
        "pinecone.request.attempts": 1
      }
      const calls = { "network.protocol.name": transport, ...http }
      const line = "retrying upsert, attempt 2, in 2000 ms"
      const done = { failed: false, events: new Array<string>() }
      const control = { "server.address": "api.pinecone.io", "server.port": 443 }
      assert.deepStrictEqual(found, [
        {
          ...done,
          name: "GET",
          parent: "pinecone.describe_index",
          attributes: {
            ...control,
            "http.request.method": "GET",
            "http.response.status_code": 200,
            "pinecone.request.id": "r0"
          }
        },
        {
          ...done,
          name: "pinecone.describe_index",
          parent: "pinecone.upsert",
          attributes: {
            ...common,
            ...control,
            "db.operation.name": "describe_index",
            "network.protocol.name": "http",
            "pinecone.request.id": "r0"
          }
        },
        {
          name: tried,
          parent: "pinecone.upsert",
          failed: true,
          events: ["exception"],
          attributes: {
            ...over("POST", "VectorService/Upsert"),
            ...status(429, 8),
            "pinecone.request.id": "r1",
            "error.type": "PineconeRateLimited"
          }
        },
        {
          ...done,
          name: tried,
          parent: "pinecone.upsert",
          attributes: {
            ...over("POST", "VectorService/Upsert"),
            ...status(200, 0),
            "pinecone.request.id": "r2",
            "http.request.resend_count": 1
          }
        },
        {
          name: "pinecone.upsert",
          parent: undefined,
          failed: false,
          events: [line],
          attributes: {
            ...common,
            ...calls,
            "db.operation.name": "upsert",
            "db.namespace": "ns",
            "db.operation.batch.size": 2,
            "pinecone.request.attempts": 2,
            "pinecone.request.id": "r2"
          }
        },
        {
          ...done,
          name: transport === "http" ? "POST" : "VectorService/Query",
          parent: "pinecone.query",
          attributes: { ...over("POST", "VectorService/Query"), ...status(200, 0) }
        },
        {
          ...done,
          name: "pinecone.query",
          parent: undefined,
          attributes: { ...common, ...calls, "db.operation.name": "query", "pinecone.usage.read_units": 5 }
        }
      ])

      const told = points.map(({ attributes: { test: _, unit, ...attributes }, descriptor, value }) => {
        const { "db.operation.name": operation, "db.system.name": system, ...others } = attributes
        assert.strictEqual(system, "pinecone")
        assert.strictEqual(descriptor.unit, unit)
        const [count, sum] = typeof value === "number" ? [value, undefined] : [value.count, value.sum]
        return [`${descriptor.name} (${descriptor.unit}) of ${operation}`, count, sum, others] as const
      }).sort(([a, , , { "error.type": x = "" }], [b, , , { "error.type": y = "" }]) =>
        a === b ? `${x}`.localeCompare(`${y}`) : a < b ? -1 : 1
      )
      const own = { "network.protocol.name": transport }
      const overHttp = { "network.protocol.name": "http" }
      const limited = { "error.type": "PineconeRateLimited" }
      const size = told.find(([name]) => name.startsWith("pinecone.client.upsert.size"))?.[1] ?? 0
      assert.isAbove(size, 20)
      assert.deepStrictEqual(told, [
        ["db.client.operation.duration (s) of describe_index", 1, 0, overHttp],
        ["db.client.operation.duration (s) of query", 1, 0, own],
        ["db.client.operation.duration (s) of upsert", 1, 2.09, own],
        ["pinecone.client.read_units ({read_unit}) of query", 5, undefined, own],
        ["pinecone.client.requests ({request}) of describe_index", 1, undefined, overHttp],
        ["pinecone.client.requests ({request}) of query", 1, undefined, own],
        ["pinecone.client.requests ({request}) of upsert", 1, undefined, own],
        ["pinecone.client.requests ({request}) of upsert", 1, undefined, { ...own, ...limited }],
        ["pinecone.client.retries ({request}) of upsert", 1, undefined, limited],
        ["pinecone.client.throttle.wait (s) of upsert", 1, 1.89, {}],
        ["pinecone.client.upsert.records ({record}) of upsert", 2, undefined, own],
        ["pinecone.client.upsert.size (By) of upsert", size, undefined, own]
      ])

      assert.deepStrictEqual(lines, [["DEBUG", line, {
        operation: "upsert",
        index: "movies",
        error: "PineconeRateLimited",
        requestId: "r1"
      }]])
    }))
})

describe("the log", () => {
  it.effect("has a line for each retry of a stream, numbered over all of its tries", () =>
    Effect.gen(function*() {
      const { layer, lines } = logs()
      let sent = 0
      const answer: Answer = () => Effect.sync(() => ++sent < 4 ? json("busy", 503) : json({ upsertedCount: 1 }))
      const retry = Settings.defaultRetry
      yield* Effect.flatMap(VectorIndex.make({ host: "h.test" }), (index) =>
        index.upsertAll(Stream.make({ id: "a", values: [1] }), { retry })).pipe(
          Effect.provide(answering(answer)),
          Effect.withRandom(Random.fixed([0.5])),
          inTime,
          Effect.provide(layer)
        )
      assert.deepStrictEqual(lines.map(([level, text]) => [level, text]), [
        ["DEBUG", "retrying upsert, attempt 2, in 200 ms"],
        ["DEBUG", "retrying upsert, attempt 3, in 400 ms"],
        ["DEBUG", "retrying upsert, attempt 4, in 800 ms"]
      ])
    }))

  it.effect("has nothing of a failure that the program handles", () =>
    Effect.gen(function*() {
      // Effect itself logs the failure of a Stream that is run.
      const handled = <A, E>(stream: Stream.Stream<A, E>) =>
        Effect.flatMap(Stream.runCollect(Stream.either(stream)), (all) =>
          Effect.fail(Chunk.toReadonlyArray(all).filter(Either.isLeft)[0]?.left))
      const failures: Readonly<
        Record<string, (index: VectorIndex.VectorIndex) => Effect.Effect<unknown, unknown>>
      > = {
        query: (index) =>
          index.query({ vector: [1], topK: 1 }),
        refused: (index) => index.query({ vector: [1], topK: 0 }),
        get: (index) => index.get("a"),
        cachedGet: (index) =>
          Effect.flatMap(RecordCache.make({ capacity: 1, timeToLive: "1 hour" }), (cache) => index.get("b", { cache })),
        upsertAll: (index) => index.upsertAll(Stream.make({ id: "a", values: [1] })),
        upsertAllOfFailing: (index) => index.upsertAll(Stream.fail("source")),
        fetchAll: (index) => handled(index.fetchAll(Stream.make("a", "b"))),
        scan: (index) => handled(index.scan()),
        list: (index) => handled(index.listStream()),
        queryMany: (index) => index.queryMany([{ vector: [1], topK: 1 }, { vector: [1], topK: 1 }], { concurrency: 2 }),
        queryNamespaces: (index) =>
          index.queryNamespaces({ vector: [1], topK: 1, namespaces: ["a", "b"], metric: "cosine" }),
        queryNamespacesOfStream: (index) =>
          index.queryNamespaces({ vector: [1], topK: 1, namespaces: Stream.make("a", "b"), metric: "cosine" }),
        importAll: (index) =>
          index.importAll([{ uri: "s3://a/b" }, { uri: "s3://a/c" }], { concurrency: 2, cancelOnInterrupt: true })
      }
      const seen: Record<string, ReadonlyArray<unknown>> = {}
      for (const [name, use] of Object.entries(failures)) {
        const { layer, lines } = logs()
        const failed = yield* Effect.flatMap(VectorIndex.make({ host: "h.test" }), use).pipe(
          Effect.provide(answering(() => Effect.succeed(json({ code: 3, message: "no" }, 400)))),
          Effect.isFailure,
          inTime,
          Effect.provide(layer)
        )
        assert.isTrue(failed, name)
        if (lines.length > 0) seen[name] = lines.map(([, text]) => text)
      }
      assert.deepStrictEqual(seen, {})
    }))

  it.effect("has nothing of a Stream that the program runs, where it says so", () =>
    Effect.gen(function*() {
      const linesOf = <A, E>(run: (drain: Effect.Effect<void, unknown>) => Effect.Effect<A, E>) => {
        const { layer, lines } = logs()
        return Effect.flatMap(
          VectorIndex.make({ host: "h.test" }),
          (index) => run(Stream.runDrain(index.scan()))
        ).pipe(
          Effect.provide(answering(() => Effect.succeed(json({ code: 3, message: "no" }, 400)))),
          Effect.isFailure,
          inTime,
          Effect.provide(layer),
          Effect.map((failed) => [failed, lines.map(([, text]) => text)])
        )
      }
      assert.deepStrictEqual(yield* linesOf(identity), [true, ["Fiber terminated with an unhandled error"]])
      assert.deepStrictEqual(yield* linesOf(Effect.withUnhandledErrorLogLevel(Option.none())), [true, []])
    }))

  it.effect("has nothing of a timeout, an interruption or a broken connection", () =>
    Effect.gen(function*() {
      const { layer, lines } = logs()
      const query = Effect.flatMap(
        VectorIndex.make({ host: "h.test" }),
        (index) => index.query({ vector: [1], topK: 1 })
      ).pipe(Effect.provide(answering(() => Effect.never)))
      yield* Effect.all([Effect.isFailure(query), Effect.timeoutOption(query, "1 second")]).pipe(
        inTime,
        Effect.provide(layer)
      )
      assert.deepStrictEqual(lines, [])
    }))
})
