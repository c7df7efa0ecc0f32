import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as Http from "node:http"
import type * as Net from "node:net"
import { setImmediate } from "node:timers/promises"
import * as NodeHttp from "../src/NodeHttp.js"
import { get, post, reasons, text } from "./utils/client.js"
import * as servers from "./utils/servers.js"
import * as sockets from "./utils/sockets.js"

const answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"

/** What a server says to the first request; all others are answered well. */
const first = (say: (socket: Net.Socket) => void) => {
  let begun = false
  return servers.tcp((socket) =>
    socket.on("data", () => {
      if (begun) socket.write(answer)
      else {
        begun = true
        say(socket)
      }
    })
  )
}

const failing = (
  name: string,
  say: (socket: Net.Socket) => void,
  expected: { readonly tag: "RequestError" | "ResponseError"; readonly why: RegExp },
  options?: NodeHttp.Options
) =>
  it.scoped(name, () =>
    Effect.gen(function*() {
      const { url } = yield* first(say)
      const client = yield* NodeHttp.make(options)
      const error = yield* Effect.flip(text(client, url))
      assert.strictEqual(error._tag, expected.tag)
      assert.strictEqual(error.reason, expected.tag === "RequestError" ? "Transport" : "Decode")
      assert.match(reasons(error.cause), expected.why)
      assert.strictEqual(yield* text(client, url), "ok")
    }))

describe("a request fails", () => {
  failing("where the connection is closed before the answer", (socket) => socket.end(), {
    tag: "RequestError",
    why: /other side closed/
  })
  failing("where the connection is reset before the answer", (socket) => socket.resetAndDestroy(), {
    tag: "RequestError",
    why: /ECONNRESET|closed/
  })
  failing("where the answer is not HTTP", (socket) => socket.write("SSH-2.0-OpenSSH_9.2\r\n\r\n"), {
    tag: "RequestError",
    why: /Parse|protocol/i
  })
  failing(
    "where the connection is reset in the body",
    (socket) =>
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nbegun", () => void socket.resetAndDestroy()),
    { tag: "ResponseError", why: /ECONNRESET|closed/ }
  )
  failing(
    "where the body is shorter than was said",
    (socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nbegun"),
    { tag: "ResponseError", why: /closed|length/i }
  )
  failing(
    "where a chunk of the body is cut short",
    (socket) => socket.end("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n10\r\nbegun"),
    { tag: "ResponseError", why: /closed|protocol/i }
  )
  failing(
    "where the body is silent for too long",
    (socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nbegun"),
    { tag: "ResponseError", why: /body timeout/i },
    { bodyTimeout: "1 millis" }
  )
  failing("where the answer does not begin in time", () => {}, { tag: "RequestError", why: /headers timeout/i }, {
    headersTimeout: "1 millis"
  })
  failing(
    "where the headers are too long",
    (socket) => socket.write(`HTTP/1.1 200 OK\r\nx-long: ${"x".repeat(2000)}\r\ncontent-length: 2\r\n\r\nok`),
    { tag: "RequestError", why: /overflow/i },
    { maxResponseHeaderBytes: 1000 }
  )

  it.scoped("where nobody listens", () =>
    Effect.gen(function*() {
      const port = yield* servers.deafPort
      const client = yield* NodeHttp.make({ connections: 2 })
      const errors = yield* Effect.forEach(
        ["127.0.0.1", "localhost", "127.0.0.1", "127.0.0.1", "127.0.0.1"],
        (host) => Effect.flip(text(client, `http://${host}:${port}`)),
        { concurrency: "unbounded" }
      )
      for (const error of errors) {
        assert.strictEqual(error._tag, "RequestError")
        assert.match(reasons(error.cause), new RegExp(`connect ECONNREFUSED (127.0.0.1|::1):${port}`))
      }
    }))

  it.scoped("where no connection comes about in time, and none is left", () =>
    Effect.gen(function*() {
      // It takes the connection, and never speaks TLS.
      const { count, idle, port } = yield* servers.tcp(() => {})
      const client = yield* NodeHttp.make({ connectTimeout: "50 millis", connections: 1 })
      const errors = yield* Effect.all(
        Array.from({ length: 3 }, () => Effect.flip(text(client, `https://127.0.0.1:${port}`))),
        { concurrency: "unbounded" }
      )
      for (const error of errors) {
        assert.strictEqual(error._tag, "RequestError")
        assert.strictEqual(reasons(error.cause), `no connection to 127.0.0.1:${port} within 50ms`)
      }
      yield* idle
      assert.strictEqual(count.total, 3)
    }))

  it.scoped("where its body fails, with what it failed with", () =>
    Effect.gen(function*() {
      const { idle, url } = yield* servers.http((request, response) => {
        request.on("error", () => {})
        if (request.url === "/ok") response.end("ok")
        else request.resume()
      })
      const client = yield* NodeHttp.make()
      const failures: ReadonlyArray<Effect.Effect<never, unknown>> = [
        Effect.fail({ _tag: "Mine", value: 1 }),
        Effect.fail("text"),
        Effect.fail(undefined),
        Effect.die({ _tag: "Mine", value: 2 })
      ]
      const expected = [{ _tag: "Mine", value: 1 }, "text", undefined, { _tag: "Mine", value: 2 }]
      for (const [i, failure] of failures.entries()) {
        for (const before of [Stream.empty, Stream.make(new Uint8Array(10), new Uint8Array(200_000))]) {
          const stream = Stream.concat(before, Stream.fromEffect(failure))
          const error = yield* Effect.flip(client.execute(HttpClientRequest.bodyStream(post(url), stream)))
          assert.deepStrictEqual([error._tag, error.reason], ["RequestError", "Encode"])
          assert.deepStrictEqual(error.cause, expected[i])
        }
      }
      yield* idle
      assert.strictEqual(yield* text(client, `${url}/ok`), "ok")
    }))

  it.scoped("where its body is not as long as was said", () =>
    Effect.gen(function*() {
      const { url } = yield* servers.http(servers.echo)
      const client = yield* NodeHttp.make()
      for (const contentLength of [5, 20]) {
        const error = yield* Effect.flip(client.execute(
          HttpClientRequest.bodyStream(post(url), Stream.make(new Uint8Array(10)), { contentLength })
        ))
        assert.strictEqual(error._tag, "RequestError")
        assert.match(reasons(error.cause), /length/i)
      }
    }))

  it.scoped("where nobody was reading the answer yet, and says so to who reads it", () =>
    Effect.gen(function*() {
      const { idle, url } = yield* first((socket) =>
        socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nbegun", () => void socket.end())
      )
      const client = yield* NodeHttp.make()
      const response = yield* client.get(url)
      yield* idle
      const received: Array<string> = []
      const error = yield* Effect.flip(
        Stream.runForEach(Stream.decodeText(response.stream), (text) => Effect.sync(() => received.push(text)))
      )
      assert.strictEqual(error._tag, "ResponseError")
      assert.deepStrictEqual(received, ["begun"])
    }))
})

/** A server that begins to answer as it is told, and says when the request has come. */
const hanging = (begin: (response: Http.ServerResponse) => void) =>
  Effect.gen(function*() {
    const begun = yield* Deferred.make<void>()
    const served = yield* servers.http((request, response) => {
      request.on("error", () => {})
      begin(response)
      Deferred.unsafeDone(begun, Exit.void)
    })
    return { ...served, begun: Deferred.await(begun) }
  })

const read = (
  f: (response: HttpClientResponse.HttpClientResponse) => Effect.Effect<unknown, HttpClientError.HttpClientError>
) => f

const ways = {
  "the answer": { begin: () => {}, read: read((response) => response.text) },
  "the rest of a text": {
    begin: (response: Http.ServerResponse) => void response.write("begun"),
    read: read((response) => response.text)
  },
  "the rest of a stream": {
    begin: (response: Http.ServerResponse) => void response.write("begun"),
    read: read((response) => Stream.runDrain(response.stream))
  },
  "a reader": {
    begin: (response: Http.ServerResponse) => void response.write(Buffer.alloc(30_000_000)),
    read: read((response) => Stream.runForEach(response.stream, () => Effect.never))
  }
}

describe("an interruption", () => {
  for (const [name, { begin, read }] of Object.entries(ways)) {
    it.scoped(`closes the connection of who waits for ${name}, and makes no other`, () =>
      Effect.gen(function*() {
        const { begun, count, idle, url } = yield* hanging(begin)
        const client = yield* NodeHttp.make()
        const fiber = yield* Effect.fork(Effect.flatMap(client.get(url), read))
        yield* begun
        for (let i = 0; i < 20; i++) yield* Effect.promise(() => setImmediate())
        yield* Fiber.interrupt(fiber)
        yield* idle
        for (let i = 0; i < 20; i++) yield* Effect.promise(() => setImmediate())
        assert.strictEqual(count.total, 1)
      }))
  }

  it.scoped("closes a connection that is on its way", () =>
    Effect.gen(function*() {
      const { idle, port, reached } = yield* servers.tcp(() => {})
      const client = yield* NodeHttp.make()
      const fiber = yield* Effect.fork(text(client, `https://127.0.0.1:${port}`))
      yield* reached(1)
      yield* Fiber.interrupt(fiber)
      yield* idle
    }))

  it.scoped("leaves its place to who waits for it", () =>
    Effect.gen(function*() {
      const { begun, count, url } = yield* hanging((response) => {
        if (response.req.url === "/ok") response.end("ok")
      })
      const client = yield* NodeHttp.make({ connections: 1 })
      const fiber = yield* Effect.fork(text(client, url))
      yield* begun
      const waiting = yield* Effect.fork(
        Effect.all([1, 2, 3].map(() => text(client, `${url}/ok`)), { concurrency: "unbounded" })
      )
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(yield* Fiber.join(waiting), ["ok", "ok", "ok"])
      assert.strictEqual(count.total, 2)
    }))

  it.scoped("waits until the stream of the body has let go of what it holds", () =>
    Effect.gen(function*() {
      const { idle, url } = yield* servers.http((request) => {
        request.on("error", () => {})
        request.resume()
      })
      const client = yield* NodeHttp.make()
      for (const blocked of [Effect.never, Effect.forever(Effect.yieldNow())]) {
        const begun = yield* Deferred.make<void>()
        const seen: Array<string> = []
        const stream = Stream.make(new Uint8Array(10)).pipe(
          Stream.tap(() => Deferred.succeed(begun, undefined)),
          Stream.concat(Stream.fromEffect(blocked)),
          Stream.ensuring(Effect.zipRight(Effect.promise(() => setImmediate()), Effect.sync(() => seen.push("closed"))))
        )
        const fiber = yield* Effect.fork(client.execute(HttpClientRequest.bodyStream(post(url), stream)))
        yield* Deferred.await(begun)
        yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(seen, ["closed"])
      }
      yield* idle
    }))

  it.scoped("of the server's stops the stream of the body", () =>
    Effect.gen(function*() {
      const { url } = yield* servers.http((_, response) => response.end("early"))
      const client = yield* NodeHttp.make()
      const closed = yield* Deferred.make<void>()
      const stream = Stream.repeatEffect(Effect.as(Effect.yieldNow(), new Uint8Array(1000))).pipe(
        Stream.ensuring(Deferred.succeed(closed, undefined))
      )
      const response = yield* client.execute(HttpClientRequest.bodyStream(post(url), stream))
      assert.strictEqual(yield* response.text, "early")
      yield* Deferred.await(closed)
    }))
})

describe("the end of the scope", () => {
  const resources = Effect.gen(function*() {
    // What was closed before is let go of in the next turns.
    for (let i = 0; i < 20; i++) yield* Effect.promise(() => setImmediate())
    const count = (pattern: RegExp) => process.getActiveResourcesInfo().filter((name) => pattern.test(name)).length
    return { sockets: count(/^(TCPSocket|TCPConnect|TLS)/), timers: count(/^Timeout/) }
  })

  it.scoped("ends every request, and leaves nothing open", () =>
    Effect.gen(function*() {
      const { begun, idle, reached, url } = yield* hanging((response) => {
        if (response.req.url === "/text") response.write("begun")
        else if (response.req.url === "/idle") response.end("x")
      })
      const silent = yield* servers.tcp(() => {})
      const before = yield* resources
      const made = yield* sockets.count
      const scope = yield* Scope.make()
      const client = yield* Scope.extend(NodeHttp.make({ connections: 5 }), scope)
      const fork = (effect: Effect.Effect<unknown, HttpClientError.HttpClientError>) => Effect.fork(Effect.exit(effect))
      yield* text(client, `${url}/idle`)
      const response = yield* client.get(`${url}/text`)
      const fibers = yield* Effect.all([
        fork(text(client, url)),
        fork(response.text),
        fork(text(client, `https://127.0.0.1:${silent.port}`)),
        ...Array.from({ length: 10 }, () => fork(text(client, `${url}/waiting`))),
        fork(client.execute(HttpClientRequest.bodyStream(post(url), Stream.never)))
      ])
      yield* begun
      yield* reached(5)
      yield* silent.reached(1)
      assert.isAbove(made.open, 1)
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual(made.open, 0)
      for (const exit of yield* Fiber.join(Fiber.all(fibers))) {
        assert.isTrue(Exit.isFailure(exit))
        const error = Exit.isFailure(exit) && exit.cause._tag === "Fail" ? exit.cause.error : undefined
        assert.match(reasons(error?.cause), /closed/)
      }
      yield* idle
      yield* silent.idle
      const after = yield* resources
      assert.isAtMost(after.sockets, before.sockets)
      assert.isAtMost(after.timers, before.timers)
      const late = yield* Effect.flip(client.execute(get(`${url}/idle`)))
      assert.strictEqual(late._tag, "RequestError")
      assert.strictEqual(reasons(late.cause), "the HTTP client is closed: its scope has ended")
    }))
})
