/** The operations over connections: what a server is asked, and what becomes of its answers. */
import * as PineconeHttpClient from "@effect-pinecone/http/PineconeHttpClient"
import type { VectorService } from "@effect-pinecone/http/VectorService"
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as RequestBody from "@effect-pinecone/schema/RequestBody"
import type * as Headers from "@effect/platform/Headers"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as HashMap from "effect/HashMap"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import type * as Tracer from "effect/Tracer"
import type * as Http2 from "node:http2"
import { setImmediate } from "node:timers/promises"
import { inspect } from "node:util"
import { deflateSync, gzipSync } from "node:zlib"
import { TestClock } from "../../../scripts/testing/clock.js"
import * as NodeGrpc from "../src/NodeGrpc.js"
import type { Answers, MethodName } from "../src/Protocol.js"
import * as Protocol from "../src/Protocol.js"
import * as client from "./utils/client.js"
import { recording } from "./utils/node.js"
import type { Call } from "./utils/servers.js"
import * as servers from "./utils/servers.js"

const { methods } = Protocol

const place = (server: { readonly url: string }) => ({ host: server.url, index: "movies", namespace: "films" })

const values = Float32Array.of(0.1, -0, 1e-45)

const record = { id: "ä", values, metadata: { genre: "drama", cast: ["Ö"] } }

const filter = { genre: { $eq: "drama" } }

interface Example<M extends MethodName> {
  readonly operation: string
  readonly run: (vectors: VectorService, place: { readonly host: string }) => Effect.Effect<
    readonly [Answers[M], { readonly headers: Headers.Headers }],
    PineconeError.RequestError
  >
  /** What the server is asked. */
  readonly request: Protocol.Requests[M]
  readonly answer: Answers[M]
}

const namespace = "films"

const alias = {
  name: "live",
  targetNamespace: "films",
  createdAt: new Date("2026-12-01T00:00:00.001Z"),
  updatedAt: new Date("2026-12-02T00:00:00Z")
}

const examples: { readonly [M in MethodName]: Example<M> } = {
  upsert: {
    operation: "upsert",
    run: ({ upsert }, place) => upsert(place, methods.upsert.encodeRequest({ vectors: [record], namespace })),
    request: { vectors: [record], namespace },
    answer: { upsertedCount: 1 }
  },
  query: {
    operation: "query",
    run: ({ query }, place) =>
      query(
        place,
        methods.query.encodeRequest({ topK: 2, vector: values, includeValues: true, namespace } as never)
      ),
    request: { topK: 2, vector: values, includeValues: true, namespace },
    answer: { matches: [{ ...record, score: 0.5 }, { id: "b", score: -0 }], namespace, usage: { readUnits: 5 } }
  },
  update: {
    operation: "update",
    run: ({ update }, place) =>
      update(place, methods.update.encodeRequest({ filter, setMetadata: { seen: true }, namespace } as never)),
    request: { filter, setMetadata: { seen: true }, namespace },
    answer: { matchedRecords: 3 }
  },
  fetch: {
    operation: "fetch",
    run: ({ fetch }, place) => fetch({ ...place, namespace }, { ids: ["ä", "__proto__"] }),
    request: { ids: ["ä", "__proto__"], namespace },
    answer: { vectors: [record, { id: "__proto__", values }], namespace, usage: { readUnits: 1 } }
  },
  fetchByMetadata: {
    operation: "fetch_by_metadata",
    run: ({ fetchByMetadata }, place) => fetchByMetadata({ ...place, namespace }, { filter, limit: 2 }),
    request: { filter, limit: 2, namespace },
    answer: { vectors: [record], namespace, pagination: { next: "more" } }
  },
  delete: {
    operation: "delete",
    run: (vectors, place) => vectors.delete({ ...place, namespace }, { ids: ["ä"] }),
    request: { ids: ["ä"], namespace },
    answer: {}
  },
  list: {
    operation: "list",
    run: ({ list }, place) => list({ ...place, namespace }, { prefix: "", limit: 3 }),
    request: { prefix: "", limit: 3, namespace },
    answer: { vectors: [{ id: "ä" }], namespace, pagination: { next: "more" } }
  },
  describeIndexStats: {
    operation: "describe_index_stats",
    run: ({ describeIndexStats }, place) => describeIndexStats(place, { filter }),
    request: { filter },
    answer: { namespaces: { ["__proto__"]: { vectorCount: 3 } }, dimension: 3, indexFullness: 0, totalVectorCount: 3 }
  },
  listNamespaces: {
    operation: "list_namespaces",
    run: ({ listNamespaces }, place) => listNamespaces(place, { paginationToken: "more" }),
    request: { paginationToken: "more" },
    answer: { namespaces: [{ name: "films", recordCount: 2 ** 53 - 1 }], totalCount: 1 }
  },
  createNamespace: {
    operation: "create_namespace",
    run: ({ createNamespace }, place) =>
      createNamespace(place, { name: "films", schema: { fields: { genre: { filterable: true } } } }),
    request: { name: "films", schema: { fields: { genre: { filterable: true } } } },
    answer: { name: "films", recordCount: 0, schema: { fields: { genre: { filterable: true } } } }
  },
  describeNamespace: {
    operation: "describe_namespace",
    run: ({ describeNamespace }, place) => describeNamespace(place, { name: "films" }),
    request: { namespace: "films" },
    answer: { name: "films", recordCount: 1, indexedFields: { fields: ["genre"] } }
  },
  deleteNamespace: {
    operation: "delete_namespace",
    run: ({ deleteNamespace }, place) => deleteNamespace(place, { name: "films" }),
    request: { namespace: "films" },
    answer: {}
  },
  listNamespaceAliases: {
    operation: "list_namespace_aliases",
    run: ({ listNamespaceAliases }, place) =>
      listNamespaceAliases(place, { prefix: "l", targetNamespace: "films", limit: 1 }),
    request: { prefix: "l", targetNamespace: "films", limit: 1 },
    answer: { namespaceAliases: [alias], totalCount: 2, pagination: { next: "more" } }
  },
  createNamespaceAlias: {
    operation: "create_namespace_alias",
    run: ({ createNamespaceAlias }, place) => createNamespaceAlias(place, { name: "live", targetNamespace: "films" }),
    request: { name: "live", targetNamespace: "films" },
    answer: alias
  },
  describeNamespaceAlias: {
    operation: "describe_namespace_alias",
    run: ({ describeNamespaceAlias }, place) => describeNamespaceAlias(place, { name: "live" }),
    request: { aliasName: "live" },
    answer: alias
  },
  repointNamespaceAlias: {
    operation: "repoint_namespace_alias",
    run: ({ repointNamespaceAlias }, place) => repointNamespaceAlias(place, { name: "live", targetNamespace: "films" }),
    request: { aliasName: "live", targetNamespace: "films" },
    answer: alias
  },
  deleteNamespaceAlias: {
    operation: "delete_namespace_alias",
    run: ({ deleteNamespaceAlias }, place) => deleteNamespaceAlias(place, { name: "live" }),
    request: { aliasName: "live" },
    answer: {}
  }
}

const names = Object.keys(examples) as ReadonlyArray<MethodName>

/** Asks for one record, and gives the error. */
const failure = (vectors: VectorService, server: { readonly url: string }) =>
  Effect.flip(vectors.fetch(place(server), { ids: ["a"] }))

const nothing = new Uint8Array()

describe("a call", () => {
  it.scoped("of each method has its path, its headers and its message, and its answer is read", () =>
    Effect.gen(function*() {
      const server = yield* servers.serve((call) => {
        const name = names.find((name) => methods[name].path === call.path)!
        servers.answer(call, methods[name].encodeAnswer(examples[name].answer as never), {
          initial: { "x-pinecone-request-lsn": "7", "x-first": "1", "x-both": "first" },
          trailing: { "x-pinecone-max-indexed-lsn": "6", "x-last": "2", "x-both": "last" }
        })
      })
      const vectors = yield* client.vectors({}, {
        apiVersion: "2026-04",
        sourceTag: "Tests",
        timeout: "20 seconds",
        additionalHeaders: { "X-Team": "search", "x-token": Redacted.make("hush") }
      })
      assert.strictEqual(vectors.format, RequestBody.asProtobuf)
      for (const name of names) {
        const { answer, request, run } = examples[name] as Example<typeof name>
        const [read, { headers }] = yield* run(vectors, { host: server.url })
        assert.deepStrictEqual(read, answer, name)
        const { "x-both": both, "x-first": first, "x-last": last } = headers
        assert.deepStrictEqual([first, last, both], ["1", "2", "last"])
        assert.strictEqual(headers["x-pinecone-request-lsn"], "7")
        assert.strictEqual(headers["x-pinecone-max-indexed-lsn"], "6")
        const call = server.calls.at(-1)!
        assert.strictEqual(call.path, methods[name].path)
        assert.deepStrictEqual(
          Effect.runSync(methods[name].decodeRequest(call.body) as Effect.Effect<unknown, string>),
          request,
          name
        )
        assert.strictEqual(call.headers["api-key"], client.apiKey)
        assert.strictEqual(call.headers["x-pinecone-api-version"], "2026-04")
        assert.strictEqual(call.headers["x-team"], "search")
        assert.strictEqual(call.headers["x-token"], "hush")
        assert.match(
          call.headers["user-agent"]!,
          /^effect-pinecone\/\d+\.\d+\.\d+; lang=typescript; source_tag=tests$/
        )
        assert.strictEqual(call.headers["content-type"], "application/grpc")
        assert.strictEqual(call.headers[":authority"], `127.0.0.1:${server.port}`)
        const [, amount, unit] = /^(\d+)([mS])$/.exec(call.headers["grpc-timeout"] as string)!
        assert.isAtMost(Number(amount) * (unit === "m" ? 1 : 1000), 20_000)
      }
      // One connection for all.
      assert.strictEqual(server.used(), 1)
    }))

  it.scoped("has the name of its application, where two share the connections", () =>
    Effect.gen(function*() {
      const server = yield* servers.serve((call) => servers.answer(call, nothing))
      for (const sourceTag of ["one", "two", "one"]) {
        const vectors = yield* client.vectors({}, { sourceTag })
        yield* vectors.fetch(place(server), { ids: ["a"] })
        assert.match(server.calls.at(-1)!.headers["user-agent"]!, new RegExp(`source_tag=${sourceTag}$`))
      }
    }))

  it.scoped("has no deadline where the settings have no timeout", () =>
    Effect.gen(function*() {
      const server = yield* servers.serve((call) => servers.answer(call, nothing))
      const vectors = yield* client.vectors({}, { timeout: Infinity })
      yield* vectors.fetch(place(server), { ids: ["a"] })
      assert.notProperty(server.calls[0]!.headers, "grpc-timeout")
    }))

  it.scoped("is sent without the headers that the connection has itself", () =>
    Effect.gen(function*() {
      const server = yield* servers.serve((call) => servers.answer(call, nothing))
      const vectors = yield* client.vectors({}, {
        additionalHeaders: { "Content-Length": "1", "HTTP2-Settings": "x", "Connection": "close", "x-team": "search" }
      })
      yield* vectors.fetch(place(server), { ids: ["a"] })
      const { headers } = server.calls[0]!
      assert.strictEqual(headers["x-team"], "search")
      for (const name of ["content-length", "http2-settings", "connection"]) assert.notProperty(headers, name)
    }))

  it.scoped("is one of some at once over one connection, each with its own answer", () =>
    Effect.gen(function*() {
      const waiting: Array<Call> = []
      const server = yield* servers.serve((call) => {
        waiting.push(call)
        if (waiting.length < 4) return
        // The last one first.
        for (const call of waiting.splice(0).reverse()) {
          const { ids } = Effect.runSync(methods.fetch.decodeRequest(call.body))
          servers.answer(call, methods.fetch.encodeAnswer({ vectors: [{ id: ids[0]! }] }))
        }
      })
      const vectors = yield* client.vectors()
      const ids = Array.from({ length: 12 }, (_, i) => String(i))
      const answers = yield* Effect.forEach(Array.from({ length: 3 }, (_, i) => ids.slice(4 * i, 4 * i + 4)), (some) =>
        Effect.forEach(some, (id) => vectors.fetch(place(server), { ids: [id] }), { concurrency: "unbounded" }))
      assert.deepStrictEqual(
        answers.flat().map(([{ vectors }]) =>
          vectors?.[0]?.id
        ),
        ids
      )
      assert.strictEqual(server.used(), 1)
    }))

  it.scoped("waits where the server takes no more at once", () =>
    Effect.gen(function*() {
      const waiting: Array<Call> = []
      let most = 0
      const server = yield* servers.serve((call) => {
        most = Math.max(most, waiting.push(call))
        void setImmediate().then(() => servers.answer(waiting.shift()!, nothing))
      }, { settings: { maxConcurrentStreams: 2 } })
      const vectors = yield* client.vectors()
      const large = new Uint8Array(100_000)
      yield* Effect.all(Array.from({ length: 30 }, () => vectors.upsert(place(server), large)), {
        concurrency: "unbounded"
      })
      assert.strictEqual(server.calls.length, 30)
      assert.isAtMost(most, 2)
      assert.strictEqual(server.used(), 1)
    }))

  it.scoped("carries megabytes, both ways", () =>
    Effect.gen(function*() {
      const server = yield* servers.serve((call) => {
        const { vectors } = Effect.runSync(methods.upsert.decodeRequest(call.body))
        servers.answer(call, call.path === methods.upsert.path ? nothing : methods.fetch.encodeAnswer({ vectors }))
      })
      const vectors = yield* client.vectors()
      const records = Array.from({ length: 400 }, (_, i) => ({
        id: String(i),
        values: Float32Array.from({ length: 3000 }, (_, j) => i + j / 7)
      }))
      const body = methods.upsert.encodeRequest({ vectors: records, namespace: undefined })
      assert.isAbove(body.length, 4_000_000)
      yield* vectors.upsert(place(server), body)
      assert.isTrue(server.calls[0]!.body.equals(body))
      const large = yield* servers.serve((call) =>
        servers.answer(call, methods.fetch.encodeAnswer({ vectors: records }))
      )
      const [answer] = yield* vectors.fetch(place(large), { ids: ["a"] })
      assert.deepStrictEqual(answer.vectors, records)
    }))

  it.scoped("is cancelled at the server where it is interrupted", () =>
    Effect.gen(function*() {
      const server = yield* servers.serve(() => {})
      const vectors = yield* client.vectors()
      const fiber = yield* Effect.fork(vectors.fetch(place(server), { ids: ["a"] }))
      yield* server.until(() => server.calls.length === 1)
      assert.isFalse(server.calls[0]!.isCancelled())
      yield* Fiber.interrupt(fiber)
      yield* server.until(() => server.calls[0]!.isCancelled())
      assert.strictEqual(server.open.size, 1)
    }))

  it.scoped("is never sent with a header that gRPC has no form for, and does not show its value", () =>
    Effect.gen(function*() {
      const server = yield* servers.serve((call) => servers.answer(call, nothing))
      const wrong = [["x-team", "söcret"], ["x-data-bin", "söcret"], ["x team", "söcret"], [
        "x-team",
        "söcret "
      ]] as const
      const { unary } = yield* NodeGrpc.make()
      for (const [name, value] of wrong) {
        const call = { host: server.url, path: "/VectorService/Fetch", body: nothing, timeout: 1000 }
        const error = yield* Effect.flip(unary({ ...call, headers: { [name]: value } }))
        assert.deepInclude(error, { code: 13, answered: false, unsent: true })
        assert.include(error.message, JSON.stringify(name))
        assert.notInclude(inspect(error, { depth: 9 }), "söcret")
      }
      assert.strictEqual(server.used(), 0)
    }))
})

describe("a status", () => {
  const call = { operation: "fetch", index: "movies", namespace: "films" }

  const errors: { readonly [code: number]: readonly [tag: string, status: number, code: string] } = {
    1: ["PineconeServiceUnavailable", 500, "CANCELLED"],
    2: ["PineconeServiceUnavailable", 500, "UNKNOWN"],
    3: ["PineconeInvalidRequest", 400, "INVALID_ARGUMENT"],
    5: ["PineconeNotFound", 404, "NOT_FOUND"],
    6: ["PineconeAlreadyExists", 409, "ALREADY_EXISTS"],
    7: ["PineconeForbidden", 403, "PERMISSION_DENIED"],
    8: ["PineconeRateLimited", 429, "RESOURCE_EXHAUSTED"],
    9: ["PineconePreconditionFailed", 412, "FAILED_PRECONDITION"],
    10: ["PineconeServiceUnavailable", 503, "ABORTED"],
    11: ["PineconeInvalidRequest", 400, "OUT_OF_RANGE"],
    12: ["PineconeNotImplemented", 501, "UNIMPLEMENTED"],
    13: ["PineconeServiceUnavailable", 500, "INTERNAL"],
    14: ["PineconeServiceUnavailable", 503, "UNAVAILABLE"],
    15: ["PineconeServiceUnavailable", 500, "DATA_LOSS"],
    16: ["PineconeUnauthorized", 401, "UNAUTHENTICATED"],
    17: ["PineconeServiceUnavailable", 500, "17"]
  }

  it.scoped("is an error of its kind, whichever it is, and wherever it stands", () =>
    Effect.gen(function*() {
      let code = 0
      const id = { "x-pinecone-request-id": "r-1", "retry-after": "7" }
      const server = yield* servers.serve((call) => {
        if (call.headers["x-later"] === "1") servers.refuseLater(call, code, "no: 50% ü")
        else servers.refuse(call, code, "no: 50% ü", id)
      })
      // Each with a client of its own: who was refused waits before the next call.
      for (code = 1; code <= 17; code++) {
        const error = yield* failure(yield* client.vectors(), server)
        if (code === 4) {
          assert.strictEqual(error._tag, "PineconeTimedOut")
          continue
        }
        const [tag, status, name] = errors[code]!
        assert.deepInclude<object>(error, {
          _tag: tag,
          ...call,
          status,
          code: name,
          requestId: "r-1",
          attempts: 1,
          body: "no: 50% ü"
        })
        assert.match(
          error.message,
          new RegExp(`^fetch on "movies" in namespace "films" was answered with ${name}: no: 50% ü`)
        )
        const waits = error._tag === "PineconeRateLimited" || error._tag === "PineconeServiceUnavailable"
        if (waits) assert.deepStrictEqual(error.retryAfter, Duration.seconds(7))
        else assert.notProperty(error, "retryAfter")
      }
      for (code = 1; code <= 17; code++) {
        const error = yield* failure(yield* client.vectors({}, { additionalHeaders: { "x-later": "1" } }), server)
        if (code === 4) continue
        const [tag, status, name] = errors[code]!
        assert.deepInclude<object>(error, { _tag: tag, status, code: name })
        assert.include(error.message, "no: 50% ü")
      }
    }))

  it.scoped("of HTTP, from who stands before the server, is an error of its kind too", () =>
    Effect.gen(function*() {
      let headers: Http2.OutgoingHttpHeaders = {}
      let body = ""
      const server = yield* servers.serve(({ stream }) => {
        stream.respond({ "content-type": "text/html", "retry-after": "3", "x-request-id": "r-2", ...headers })
        stream.end(body)
      })
      for (
        const [status, tag] of [
          [401, "PineconeUnauthorized"],
          [403, "PineconeForbidden"],
          [404, "PineconeNotFound"],
          [429, "PineconeRateLimited"],
          [500, "PineconeServiceUnavailable"],
          [502, "PineconeServiceUnavailable"],
          [503, "PineconeServiceUnavailable"],
          [400, "PineconeInvalidRequest"]
        ] as const
      ) {
        headers = { ":status": status }
        for (body of ["", "no", "<html><body>no</body></html>"]) {
          const error = yield* failure(yield* client.vectors(), server)
          assert.deepStrictEqual([error._tag, error.status], [tag, status], `${status} ${body}`)
          assert.propertyVal(error, "requestId", "r-2")
        }
      }
    }))

  it.scoped("with a time to wait is waited for", () =>
    Effect.gen(function*() {
      for (
        const [headers, millis] of [
          [{ "retry-after": "7" }, 7000],
          [{ "grpc-retry-pushback-ms": "2500" }, 2500]
        ] as const
      ) {
        const server = yield* servers.serve((call) =>
          server.calls.length === 1 ? servers.refuse(call, 8, "slow down", headers) : servers.answer(call, nothing)
        )
        const vectors = yield* client.vectors({}, { retry: Schedule.recurs(1) })
        const before = yield* TestClock.currentTimeMillis
        const fiber = yield* Effect.fork(vectors.fetch(place(server), { ids: ["a"] }))
        yield* Effect.repeat(Effect.zipRight(Effect.promise(() => setImmediate()), TestClock.sleeps()), {
          // Those that wait come back spread out over a tenth of the time.
          until: Chunk.some((at) => at >= before + millis && at <= before + 1.1 * millis + 1)
        })
        assert.strictEqual(server.calls.length, 1)
        yield* TestClock.adjust(millis - 1)
        assert.strictEqual(server.calls.length, 1)
        yield* TestClock.adjust(0.1 * millis + 2)
        yield* Fiber.join(fiber)
        assert.strictEqual(server.calls.length, 2)
      }
    }))

  it.scoped("with a longer time to wait than is waited for fails at once, and says so", () =>
    Effect.gen(function*() {
      const server = yield* servers.serve((call) =>
        servers.refuse(call, 8, "slow down", { "grpc-retry-pushback-ms": "86400000" })
      )
      const error = yield* failure(yield* client.vectors(), server)
      assert.strictEqual(error._tag, "PineconeRateLimited")
      assert.include(
        error.message,
        "RESOURCE_EXHAUSTED: slow down (reduce the request rate, or retry later; the server asks to wait 1d; " +
          "maxRetryAfter is 1m)"
      )
      assert.strictEqual(server.calls.length, 1)
    }))

  it.scoped("that comes before the deadline is not the client's own: the client's is a TimedOut", () =>
    Effect.gen(function*() {
      const server = yield* servers.serve(() => {})
      const vectors = yield* client.vectors({}, { timeout: "200 millis" })
      const error = yield* failure(vectors, server)
      assert.strictEqual(error._tag, "PineconeTimedOut")
      yield* server.until(() => server.calls[0]?.isCancelled() === true)
    }))
})

describe("an answer that is none", () => {
  const respond = (
    { stream }: Call,
    body: Uint8Array,
    headers: Http2.OutgoingHttpHeaders = {},
    trailers: Http2.OutgoingHttpHeaders = { "grpc-status": "0" }
  ) => {
    stream.respond({ "content-type": "application/grpc", ...headers }, { waitForTrailers: true })
    stream.on("wantTrailers", () => stream.sendTrailers(trailers))
    stream.end(body)
  }

  const { framed } = servers
  const large = methods.fetch.encodeAnswer({ vectors: [{ id: "x".repeat(2000) }] })
  const hidden = gzipSync(Buffer.alloc(100_000))

  const answers: Readonly<Record<string, readonly [answer: (call: Call) => void, why: RegExp]>> = {
    "has no message": [(call) => respond(call, nothing), /no message/],
    "has two messages": [(call) => respond(call, Buffer.concat([framed(nothing), framed(nothing)])), /more than one/],
    "ends within its message": [(call) => respond(call, framed(large.subarray(0, 100)).subarray(0, 50)), /no message/],
    "ends within the head of its message": [(call) => respond(call, framed(nothing).subarray(0, 3)), /no message/],
    "is too large": [(call) => respond(call, framed(large)), /larger than 1000 bytes: \d+; raise maxReceiveBytes$/],
    "says that it is enormous": [
      (call) => respond(call, Buffer.from("00ffffffff", "hex")),
      /larger than 1000 bytes: 4294967295/
    ],
    "is no message of the method": [
      (call) => respond(call, framed(Uint8Array.of(0x0a, 0xff))),
      /index out of range|ends/
    ],
    "is compressed, and does not say how": [(call) => respond(call, framed(gzipSync(large), 1)), /compressed/],
    "is compressed in an unknown way": [
      (call) => respond(call, framed(large.subarray(0, 9), 1), { "grpc-encoding": "br" }),
      /compressed/
    ],
    "is compressed in no way at all": [
      (call) => respond(call, framed(large.subarray(0, 9), 1), { "grpc-encoding": "constructor" }),
      /compressed in an unknown way: constructor/
    ],
    "is compressed, and broken": [
      (call) => respond(call, framed(large.subarray(0, 99), 1), { "grpc-encoding": "gzip" }),
      /decompress/
    ],
    "is compressed, and too large": [
      (call) => respond(call, framed(hidden, 1), { "grpc-encoding": "gzip" }),
      /larger than 1000/
    ],
    "has no gRPC status": [(call) => respond(call, framed(nothing), {}, { "x-other": "1" }), /no gRPC status/],
    "is a page": [
      ({ stream }) => {
        stream.respond({ ":status": 200, "content-type": "text/html" })
        stream.end("<html></html>")
      },
      /its type is text\/html and it has no gRPC status/
    ],
    "is a word": [
      ({ stream }) => {
        stream.respond({ ":status": 200, "content-type": "text/plain" })
        stream.end("ok")
      },
      /its type is text\/plain and it has no gRPC status/
    ]
  }

  for (const [name, [answer, why]] of Object.entries(answers)) {
    it.scoped(`because it ${name}, is an InvalidResponse, and the next call works`, () =>
      Effect.gen(function*() {
        const server = yield* servers.serve((call) =>
          server.calls.length === 1 ? answer(call) : servers.answer(call, nothing)
        )
        const vectors = yield* client.vectors({ maxReceiveBytes: 1000 }, { retry: Schedule.recurs(3) })
        const error = yield* failure(vectors, server)
        assert.strictEqual(error._tag, "PineconeInvalidResponse", error.message)
        assert.match(error.message, why)
        // It would be the same again.
        assert.strictEqual(server.calls.length, 1)
        yield* vectors.fetch(place(server), { ids: ["a"] })
        assert.strictEqual(server.used(), 1)
      }))
  }

  it.scoped("is UNKNOWN where its status is no number, and never a success", () =>
    Effect.gen(function*() {
      for (const status of ["", "0x0", "-0", "OK"]) {
        const server = yield* servers.serve((call) => respond(call, framed(nothing), {}, { "grpc-status": status }))
        const error = yield* failure(yield* client.vectors(), server)
        assert.deepStrictEqual(
          [error._tag, error.code],
          ["PineconeServiceUnavailable", "UNKNOWN"],
          JSON.stringify(status)
        )
      }
    }))

  it.scoped("is something else than one that is compressed, where there is no bound", () =>
    Effect.gen(function*() {
      const server = yield* servers.serve((call) =>
        respond(call, framed(gzipSync(large), 1), { "grpc-encoding": "gzip" })
      )
      const vectors = yield* client.vectors({ maxReceiveBytes: Number.MAX_SAFE_INTEGER })
      const [answer] = yield* vectors.fetch(place(server), { ids: ["a"] })
      assert.strictEqual(answer.vectors?.[0]?.id.length, 2000)
    }))

  it.scoped("is something else than one that is compressed as it says", () =>
    Effect.gen(function*() {
      let compressed: readonly [encoding: string, message: Uint8Array] = ["", nothing]
      const server = yield* servers.serve((call) =>
        respond(call, framed(compressed[1], 1), { "grpc-encoding": compressed[0] })
      )
      const vectors = yield* client.vectors()
      for (compressed of [["gzip", gzipSync(large)], ["deflate", deflateSync(large)]] as const) {
        const [answer] = yield* vectors.fetch(place(server), { ids: ["a"] })
        assert.strictEqual(answer.vectors?.[0]?.id.length, 2000)
        assert.strictEqual(server.calls.at(-1)!.headers["grpc-accept-encoding"], "identity,deflate,gzip")
      }
    }))
})

describe("secrets", () => {
  it.scoped("are in no error, log, span or value that is shown, and not where the server says them", () =>
    Effect.gen(function*() {
      const secrets = [client.apiKey, "t0ken-of-the-team"]
      const shown: Array<string> = []
      const show = (value: unknown) => {
        shown.push(inspect(value, { depth: 12, showHidden: true }), JSON.stringify(value) ?? "", String(value))
      }
      const echo = (call: Call): string => `you said ${secrets.join(" and ")}, and were heard ${call.path}`
      const { answer, framed, refuse, refuseLater } = servers
      const says: ReadonlyArray<(call: Call) => void> = [
        (call) => answer(call, nothing, { initial: { "x-said": echo(call) } }),
        (call) => refuse(call, 16, echo(call), { "x-said": echo(call) }),
        (call) => refuse(call, 14, echo(call)),
        (call) => refuseLater(call, 2, echo(call)),
        (call) => answer(call, Buffer.concat([Buffer.of(0xff), Buffer.from(echo(call))])),
        ({ stream }) => {
          stream.respond({ ":status": 401, "content-type": "text/html" })
          stream.end(secrets.join())
        },
        (call) => call.stream.close(2),
        ({ stream }) => {
          stream.respond({ "content-type": "application/grpc" })
          stream.write(framed(Buffer.from(secrets.join())).subarray(0, 20), () => stream.close(8))
        }
      ]
      const server = yield* servers.serve((call) => says[(server.calls.length - 1) % says.length]!(call))
      const deaf = yield* servers.deafPort
      const spans: Array<Tracer.Span> = []
      yield* Effect.gen(function*() {
        const http = yield* PineconeHttpClient.PineconeHttpClient
        show(http)
        for (const url of [...says.map(() => server.url), `http://127.0.0.1:${deaf}`, "http://no host"]) {
          const effect = http.vectors.fetch(place({ url }), { ids: ["a"] })
          show(effect)
          const exit = yield* Effect.exit(
            effect.pipe(
              Effect.tapErrorCause((cause) => Effect.logError("failed", cause)),
              Effect.withSpan("request")
            )
          )
          // What the server said is the answer of who asks.
          if (Exit.isFailure(exit)) {
            show(exit)
            shown.push(Cause.pretty(exit.cause, { renderErrorCause: true }))
          }
        }
      }).pipe(
        Effect.provide(client.layer({}, { additionalHeaders: { "x-token": Redacted.make(secrets[1]!) } })),
        Effect.provide(Logger.replace(
          Logger.defaultLogger,
          Logger.make(({ annotations, cause, message }) => {
            show(message)
            show(cause)
            show(HashMap.toEntries(annotations))
          })
        )),
        Logger.withMinimumLogLevel(LogLevel.Trace),
        Effect.withTracer(recording(spans))
      )
      assert.strictEqual(server.calls.length, says.length)
      assert.isAbove(spans.length, says.length)
      for (const span of spans) {
        const failed = span.status._tag === "Ended" && Exit.isFailure(span.status.exit) ? span.status.exit : undefined
        show([span.name, [...span.attributes], failed])
      }
      const all = shown.join("\n")
      // All of it was looked at: the errors are there, and their secrets are not.
      for (const expected of [/you said <redacted> and <redacted>/, /Unauthorized/, /InvalidResponse/, /REFUSED/]) {
        assert.match(all, expected)
      }
      for (const secret of secrets) assert.notInclude(all, secret)
    }))
})
