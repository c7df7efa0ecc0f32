/**
 * What people who run a server look at: health, readiness, numbers, definitions and the log of requests.
 */
import type * as GrpcChannel from "@effect-pinecone/grpc/GrpcChannel"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpApp from "@effect/platform/HttpApp"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as HashMap from "effect/HashMap"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as Scope from "effect/Scope"
import { TestClock } from "../../../scripts/testing/clock.js"
import * as metrics from "../src/internal/metrics.js"
import * as operational from "../src/internal/operational.js"
import * as PineconeLocal from "../src/PineconeLocal.js"
import * as command from "./utils/command.js"
import * as grpc from "./utils/rawGrpc.js"
import * as http from "./utils/rawHttp.js"
import * as sockets from "./utils/sockets.js"

const clients: Layer.Layer<GrpcChannel.GrpcChannel | HttpClient.HttpClient> = Layer.merge(
  grpc.layer,
  FetchHttpClient.layer
)

const get = (url: string, headers: Readonly<Record<string, string>> = {}) =>
  HttpClient.execute(HttpClientRequest.setHeaders(HttpClientRequest.get(url), headers)).pipe(
    Effect.flatMap((response) =>
      Effect.map(response.text, (text) => ({ status: response.status, headers: response.headers, text }))
    ),
    Effect.orDie
  )

const serve = (options: PineconeLocal.ServeOptions = {}) => PineconeLocal.serve({ port: 0, ...options })

const key = "a key of the server's"

const withKey = { apiKeys: [Redacted.make(key)] }

/** The lines of the numbers that begin so. */
const lines = (text: string, start: string) => text.split("\n").filter((line) => line.startsWith(start))

describe("health and readiness", () => {
  it.scopedLive("are on the port of the control plane and on that of an index, with and without keys", () =>
    Effect.gen(function*() {
      for (const options of [{}, withKey]) {
        const { url } = yield* serve({ ...options, indexes: [movies] })
        const host = (yield* get(`${url}/indexes`, { "api-key": key })).text.match(/http:\/\/[^"]+/)![0]
        for (const at of [url, host]) {
          const health = yield* get(`${at}/health`)
          assert.deepStrictEqual([health.status, health.text], [200, "{\"status\":\"ok\"}"])
          const ready = yield* get(`${at}/ready`)
          assert.deepStrictEqual([ready.status, ready.text], [200, "{\"ready\":true}"])
        }
        // What is not asked for with GET is Pinecone's to answer.
        const posted = yield* Effect.orDie(HttpClient.post(`${url}/health`))
        assert.strictEqual(posted.status, options === withKey ? 401 : 404)
      }
    }).pipe(Effect.provide(clients)))

  it.effect("readiness says what is missing, and numbers wait for it", () =>
    Effect.scoped(Effect.gen(function*() {
      const missing = yield* Ref.make<ReadonlyArray<string>>(["the data is being opened"])
      const { control } = operational.make({
        metrics: yield* metrics.make,
        logging: false,
        missing: () => Ref.get(missing),
        admit: () => Effect.void,
        records: Effect.succeed([{ index: "movies", records: 3 }])
      })
      const handler = HttpApp.toWebHandler(control(Effect.succeed(HttpServerResponse.empty())))
      const ask = (path: string) =>
        Effect.promise(async () => {
          const response = await handler(new Request(`http://localhost${path}`))
          return [response.status, await response.text()] as const
        })
      const unready = [503, "{\"ready\":false,\"missing\":[\"the data is being opened\"]}"] as const
      assert.deepStrictEqual(yield* ask("/ready"), unready)
      assert.deepStrictEqual(yield* ask("/metrics"), unready)
      assert.strictEqual((yield* ask("/health"))[0], 200)
      yield* Ref.set(missing, [])
      assert.strictEqual((yield* ask("/ready"))[0], 200)
      assert.include((yield* ask("/metrics"))[1], "pinecone_local_index_records{index=\"movies\"} 3")
    })))
})

const movies = {
  name: "movies",
  dimension: 3,
  spec: { serverless: { cloud: "aws", region: "us-east-1" } }
} as const

const records = {
  vectors: [{ id: "a", values: Float32Array.of(1, 2, 3) }, { id: "b", values: Float32Array.of(3, 2, 1) }]
}

describe("the numbers", () => {
  it.scopedLive("need a key where requests do, as a header or as a bearer token", () =>
    Effect.gen(function*() {
      const open = yield* serve()
      assert.strictEqual((yield* get(`${open.url}/metrics`)).status, 200)
      const admin = { clientId: "ci", clientSecret: Redacted.make("a secret") }
      for (const options of [withKey, { ...withKey, admin }]) {
        const { url } = yield* serve({ ...options, faults: { throttle: 1, seed: 1 } })
        const refused = yield* get(`${url}/metrics`)
        assert.strictEqual(refused.status, 401)
        assert.include(refused.text, "Invalid API key.")
        assert.strictEqual((yield* get(`${url}/metrics`, { "api-key": "another" })).status, 401)
        assert.strictEqual((yield* get(`${url}/metrics`, { "authorization": "Bearer another" })).status, 401)
        // Nor do the faults of the server concern them.
        assert.strictEqual((yield* get(`${url}/metrics`, { "api-key": key })).status, 200)
        assert.strictEqual((yield* get(`${url}/metrics`, { "authorization": `Bearer ${key}` })).status, 200)
      }
    }).pipe(Effect.provide(clients)))

  it.scopedLive("count requests by templates and never by what is in their paths", () =>
    Effect.gen(function*() {
      const { url } = yield* serve()
      const host = yield* http.createIndex(url, { name: "movies" })
      const other = yield* serve()
      yield* http.send(host, "upsert", records)
      yield* get(`${url}/indexes/movies`)
      yield* get(`${url}/indexes/hidden-index`)
      yield* get(`${url}/hidden/path?with=hidden`)
      yield* get(`${host}/namespaces/hidden-namespace`)
      yield* get(`${url}/assistant/files/hidden-assistant/hidden-file`)
      yield* grpc.call(host, "describeIndexStats", {})
      yield* Effect.flip(grpc.call(host, "upsert", { vectors: [{ id: "c", values: Float32Array.of(1) }] }))
      const { headers, text } = yield* get(`${url}/metrics`)
      assert.include(headers["content-type"], "text/plain; version=0.0.4")
      assert.notInclude(text, "hidden")
      assert.deepStrictEqual(lines(text, "pinecone_local_http_requests_total").sort(), [
        "pinecone_local_http_requests_total{method=\"GET\",route=\"/assistant/files/{assistant_name}/{assistant_file_id}\",status=\"4xx\"} 1",
        "pinecone_local_http_requests_total{method=\"GET\",route=\"/indexes/{index_name}\",status=\"2xx\"} 1",
        "pinecone_local_http_requests_total{method=\"GET\",route=\"/indexes/{index_name}\",status=\"4xx\"} 1",
        "pinecone_local_http_requests_total{method=\"GET\",route=\"/namespaces/{namespace}\",status=\"4xx\"} 1",
        "pinecone_local_http_requests_total{method=\"GET\",route=\"other\",status=\"4xx\"} 1",
        "pinecone_local_http_requests_total{method=\"POST\",route=\"/indexes\",status=\"2xx\"} 1",
        "pinecone_local_http_requests_total{method=\"POST\",route=\"/vectors/upsert\",status=\"2xx\"} 1"
      ])
      assert.deepStrictEqual(lines(text, "pinecone_local_grpc_requests_total").sort(), [
        "pinecone_local_grpc_requests_total{method=\"DescribeIndexStats\",code=\"OK\"} 1",
        "pinecone_local_grpc_requests_total{method=\"Upsert\",code=\"INVALID_ARGUMENT\"} 1"
      ])
      const name = "pinecone_local_http_request_duration_seconds"
      assert.deepStrictEqual(lines(text, `${name}_bucket{le="+Inf",method="GET",route="/indexes/{index_name}"}`), [
        `${name}_bucket{le="+Inf",method="GET",route="/indexes/{index_name}"} 2`
      ])
      // Each server has numbers of its own.
      const others = yield* get(`${other.url}/metrics`)
      assert.deepStrictEqual(lines(others.text, "pinecone_local_http_requests_total"), [])
    }).pipe(Effect.provide(clients)))

  it.scopedLive("tell the records of each index, the memory and the lag of the event loop", () =>
    Effect.gen(function*() {
      const { url } = yield* serve({ indexes: [movies, { ...movies, name: "books" }] })
      const indexes = JSON.parse((yield* get(`${url}/indexes`)).text).indexes
      yield* http.send(indexes[0].host, "upsert", { ...records, namespace: "one" })
      yield* http.send(indexes[0].host, "upsert", records)
      const counted = (yield* get(`${url}/metrics`)).text
      assert.deepStrictEqual(lines(counted, "pinecone_local_index_records"), [
        "pinecone_local_index_records{index=\"movies\"} 4",
        "pinecone_local_index_records{index=\"books\"} 0"
      ])
      for (
        const name of ["process_resident_memory_bytes", "nodejs_heap_size_used_bytes", "nodejs_external_memory_bytes"]
      ) {
        assert.isAbove(Number(lines(counted, `${name} `)[0]!.split(" ")[1]), 0)
      }
      assert.deepStrictEqual(
        lines(counted, "nodejs_eventloop_lag_seconds").filter((line) => !(Number(line.split(" ")[1]) >= 0)),
        []
      )
      assert.strictEqual(lines(counted, "nodejs_eventloop_lag_seconds").length, 3)
      yield* Effect.orDie(HttpClient.del(`${url}/indexes/movies`))
      assert.deepStrictEqual(lines((yield* get(`${url}/metrics`)).text, "pinecone_local_index_records"), [
        "pinecone_local_index_records{index=\"books\"} 0"
      ])
    }).pipe(Effect.provide(clients)))
})

describe("the definitions", () => {
  it.scopedLive("are those of the control plane, of an index, and of each part by its name", () =>
    Effect.gen(function*() {
      const { url } = yield* serve({ ...withKey, indexes: [movies] })
      const host = (yield* get(`${url}/indexes`, { "api-key": key })).text.match(/http:\/\/[^"]+/)![0]
      const paths = (address: string) => Effect.map(get(address), ({ text }) => Object.keys(JSON.parse(text).paths))
      assert.include(yield* paths(`${url}/openapi.json`), "/indexes/{index_name}")
      assert.include(yield* paths(`${host}/openapi.json`), "/vectors/upsert")
      assert.include(yield* paths(`${url}/openapi.json?plane=data`), "/vectors/upsert")
      for (const plane of ["inference", "admin", "oauth", "metrics", "assistant-control", "assistant-data"]) {
        assert.isNotEmpty(yield* paths(`${url}/openapi.json?plane=${plane}`), plane)
      }
      const none = yield* get(`${url}/openapi.json?plane=constructor`)
      assert.strictEqual(none.status, 404)
      assert.include(none.text, "control, data, inference")
      const documents = "/namespaces/{namespace}/documents/search"
      assert.include(yield* paths(`${host}/openapi.json?version=2026-07`), documents)
      const before = yield* paths(`${host}/openapi.json?version=2026-04`)
      assert.notInclude(before, documents)
      assert.include(before, "/vectors/upsert")
      assert.include(yield* paths(`${url}/openapi.json?version=2026-04`), "/indexes/{index_name}")
      assert.notInclude(yield* paths(`${url}/openapi.json?version=2026-04`), "/indexes/{index_name}/backup-schedules")
      assert.isNotEmpty(yield* paths(`${url}/openapi.json?version=2026-04&plane=inference`))
      const old = yield* get(`${url}/openapi.json?version=2001-01`)
      assert.strictEqual(old.status, 404)
      assert.include(old.text, "version must be one of 2026-07, 2026-04")
    }).pipe(Effect.provide(clients)))
})

interface Line {
  readonly level: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** A logger that keeps the lines of requests. */
const keeping = (kept: Array<Line>) =>
  Logger.replace(
    Logger.defaultLogger,
    Logger.make(({ annotations, logLevel, message }) => {
      if (String(message) === "request") {
        kept.push({ level: logLevel.label, fields: Object.fromEntries(HashMap.toEntries(annotations)) })
      }
    })
  )

describe("the log of requests", () => {
  it.scopedLive("has a line for each, with no key, no body and no value of its query", () => {
    const kept: Array<Line> = []
    return Effect.gen(function*() {
      const { url } = yield* serve({ ...withKey, requestLog: true, indexes: [movies] })
      const listed = yield* get(`${url}/indexes`, { "api-key": key })
      const host = listed.text.match(/http:\/\/[^"]+/)![0]
      yield* http.send(host, "upsert", records, { "api-key": key })
      yield* get(`${host}/vectors/fetch?ids=hidden-id&ids=hidden-too&namespace=hidden`, { "api-key": key })
      yield* get(`${url}/indexes`, { "api-key": "hidden-key" })
      yield* grpc.call(host, "describeIndexStats", {}, { headers: { "api-key": key } })
      yield* Effect.flip(grpc.call(host, "describeIndexStats", {}))
      assert.deepStrictEqual(
        kept.map(({ fields: { index, method, path, protocol, status }, level }) =>
          [level, protocol, method, path, status, index].join(" ")
        ),
        [
          "INFO http GET /indexes 200 ",
          "INFO http POST /vectors/upsert 200 movies",
          "INFO http GET /vectors/fetch?ids&namespace 200 movies",
          "INFO http GET /indexes 401 ",
          "INFO grpc DescribeIndexStats  OK movies",
          "INFO grpc DescribeIndexStats  UNAUTHENTICATED movies"
        ]
      )
      assert.strictEqual(kept[0]!.fields.request_id, listed.headers["x-pinecone-request-id"])
      for (const { fields } of kept) {
        assert.isString(fields.request_id)
        assert.isNumber(fields.ms)
      }
      for (const hidden of ["hidden", key]) assert.notInclude(JSON.stringify(kept), hidden)
    }).pipe(Effect.provide(clients), Effect.provide(keeping(kept)))
  })

  it.scopedLive("says why the server has failed, as an error, and what it does not do, as a warning", () => {
    const kept: Array<Line> = []
    return Effect.gen(function*() {
      const failing = yield* serve({ requestLog: true, faults: { fail: 1, seed: 1 } })
      yield* get(`${failing.url}/indexes`)
      const { url } = yield* serve({ requestLog: true })
      yield* get(`${url}/admin/projects`)
      yield* Effect.flip(grpc.call(url, "describeIndexStats", {}))
      assert.deepStrictEqual(kept.map(({ fields: { status }, level }) => [level, status]), [
        ["ERROR", 503],
        ["WARN", 501],
        ["WARN", "UNIMPLEMENTED"]
      ])
      const errors = kept.map(({ fields }) => String(fields.error))
      assert.strictEqual(errors[0], "The service is unavailable for now.")
      assert.include(errors[1], "credentials of a service account")
      assert.include(errors[2], "does not implement the method")
    }).pipe(Effect.provide(clients), Effect.provide(keeping(kept)))
  })

  it.scopedLive("is silent unless it is asked for", () => {
    const kept: Array<Line> = []
    return Effect.gen(function*() {
      const { url } = yield* serve()
      yield* get(`${url}/indexes`)
      assert.deepStrictEqual(kept, [])
    }).pipe(Effect.provide(clients), Effect.provide(keeping(kept)))
  })
})

describe("the end", () => {
  it.effect("all ports have the same five seconds", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const names = ["one", "two", "three"]
      const { url } = yield* Effect.provideService(
        serve({ indexes: names.map((name) => ({ ...movies, name })) }),
        Scope.Scope,
        scope
      )
      const hosts = Array.from((yield* get(`${url}/indexes`)).text.matchAll(/http:\/\/[^"]+/g), ([host]) => host)
      yield* Effect.scoped(Effect.gen(function*() {
        // Requests whose bodies do not come.
        for (const host of hosts) {
          const connection = yield* sockets.open(host)
          yield* connection.write(
            "POST /query HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: 100-continue\r\nContent-Type: application/json\r\n" +
              "Content-Length: 10\r\n\r\n"
          )
          yield* connection.until((received) => received.includes("100 Continue"))
        }
        const ending = yield* Effect.fork(Scope.close(scope, Exit.void))
        const waiting = Effect.zipRight(sockets.turn, Effect.map(TestClock.sleeps(), (all) => Array.from(all).length))
        yield* Effect.repeat(waiting, { until: (count) => count >= hosts.length, times: 2000 })
        yield* TestClock.adjust("5 seconds")
        yield* Fiber.join(ending)
        assert.strictEqual(hosts.length, 3)
      }))
    }).pipe(Effect.provide(clients)))
})

describe("the command", () => {
  it.scopedLive("logs requests as JSON where it is told to, and warns of strangers", () =>
    Effect.gen(function*() {
      const server = yield* command.run(
        ...["--port", "0", "--host", "0.0.0.0", "--log-level", "info", "--log-format", "json"]
      )
      const url = yield* server.url
      yield* get(`${url}/indexes`)
      yield* server.kill("SIGTERM")
      const { code, stderr } = yield* server.ended
      assert.strictEqual(code, 0)
      const said = stderr.trim().split("\n").map((line) => JSON.parse(line))
      assert.deepStrictEqual(said.map(({ logLevel }) => logLevel), ["WARN", "INFO"])
      assert.include(said[0].message, "Other machines can reach 0.0.0.0")
      assert.include(said[1].annotations, { method: "GET", path: "/indexes", status: 200 })
    }).pipe(Effect.provide(clients)))
})
