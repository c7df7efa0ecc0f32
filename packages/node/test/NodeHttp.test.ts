import * as Cookies from "@effect/platform/Cookies"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import { constTrue } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as Http from "node:http"
import type * as Net from "node:net"
import { setImmediate } from "node:timers/promises"
import { inspect } from "node:util"
import * as NodeHttp from "../src/NodeHttp.js"
import { asked, get, post, text } from "./utils/client.js"
import { collectGarbage } from "./utils/garbage.js"
import * as servers from "./utils/servers.js"
import * as sockets from "./utils/sockets.js"

const bytesOf = (base64: string) => Buffer.from(base64, "base64")

const withoutSpan = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.locally(effect, HttpClient.currentTracerDisabledWhen, constTrue)

/** Waits until a number has not changed for long: all that can happen by itself has happened. */
const standstill = (count: () => number) =>
  Effect.promise(async () => {
    let before = count()
    for (let turns = 0; turns < 20_000; turns++) {
      await setImmediate()
      if (count() !== before) turns = 0
      before = count()
    }
  })

/** A client is one thing for requests with a span, and another for those without. */
const bothWays = (
  name: string,
  test: (
    run: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  ) => Effect.Effect<void, unknown, Scope.Scope>
) => {
  it.scoped(`${name}, with a span`, () => test((effect) => effect))
  it.scoped(`${name}, without a span`, () => test(withoutSpan))
}

describe("a request", () => {
  for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const) {
    bothWays(`goes by ${method}`, (run) =>
      Effect.gen(function*() {
        const { url } = yield* servers.http(servers.echo)
        const client = yield* NodeHttp.make()
        const request = HttpClientRequest.make(method)(`${url}/a%20b/c?q=1&r=%26#hash`).pipe(
          HttpClientRequest.setHeader("X-Team", "search"),
          HttpClientRequest.appendUrlParam("s", "ü &")
        )
        const echo = yield* run(asked(client, request))
        assert.strictEqual(echo.method, method)
        assert.strictEqual(echo.url, "/a%20b/c?q=1&r=%26&s=%C3%BC+%26")
        assert.strictEqual(echo.headers["x-team"], "search")
        assert.strictEqual(echo.body, "")
      }))
  }

  it.scoped("has a body of JSON, of bytes, or of a text", () =>
    Effect.gen(function*() {
      const { url } = yield* servers.http(servers.echo)
      const client = yield* NodeHttp.make()
      const json = yield* asked(client, HttpClientRequest.bodyUnsafeJson(post(url), { a: ["ü"] }))
      assert.deepStrictEqual(JSON.parse(bytesOf(json.body).toString()), { a: ["ü"] })
      assert.strictEqual(json.headers["content-type"], "application/json")
      assert.strictEqual(json.headers["content-length"], "12")
      const bytes = new Uint8Array(300_000).map((_, i) => i * 7)
      const binary = yield* asked(client, HttpClientRequest.bodyUint8Array(post(url), bytes))
      assert.isTrue(bytesOf(binary.body).equals(bytes))
      // A view of a part of a buffer is that part.
      const part = yield* asked(client, HttpClientRequest.bodyUint8Array(post(url), bytes.subarray(5, 9)))
      assert.deepStrictEqual([...bytesOf(part.body)], [...bytes.subarray(5, 9)])
      const none = yield* asked(client, HttpClientRequest.bodyUint8Array(post(url), new Uint8Array(0)))
      assert.strictEqual(none.headers["content-length"], "0")
      const raw = yield* asked(client, HttpClientRequest.setBody(post(url), HttpBody.raw("text")))
      assert.strictEqual(bytesOf(raw.body).toString(), "text")
    }))

  it.scoped("has a body of a form", () =>
    Effect.gen(function*() {
      const { url } = yield* servers.http(servers.echo)
      const client = yield* NodeHttp.make()
      const form = new FormData()
      form.append("name", "vectors")
      form.append("file", new File([new Uint8Array(100_000).fill(65)], "a \"b\".bin", { type: "application/x-a" }))
      form.append("blob", new Blob(["BB"]))
      for (const body of [HttpBody.formData(form), HttpBody.raw(form)]) {
        const echo = yield* asked(client, HttpClientRequest.setBody(post(url), body))
        assert.isAbove(Number(echo.headers["content-length"]), 100_000)
        const read = yield* Effect.promise(() =>
          new Response(bytesOf(echo.body), { headers: { "content-type": echo.headers["content-type"]! } }).formData()
        )
        assert.strictEqual(read.get("name"), "vectors")
        const file = read.get("file") as File
        assert.deepStrictEqual([file.name, file.type, file.size], ["a \"b\".bin", "application/x-a", 100_000])
        assert.strictEqual(yield* Effect.promise(() => (read.get("blob") as File).text()), "BB")
      }
      const params = yield* asked(
        client,
        HttpClientRequest.setBody(post(url), HttpBody.raw(new URLSearchParams({ a: "1 2", b: "ü" })))
      )
      assert.strictEqual(bytesOf(params.body).toString(), "a=1+2&b=%C3%BC")
      assert.strictEqual(params.headers["content-type"], "application/x-www-form-urlencoded;charset=utf-8")
    }))

  it.scoped("has a body of a stream, with and without its length", () =>
    Effect.gen(function*() {
      const { url } = yield* servers.http(servers.echo)
      const client = yield* NodeHttp.make()
      const context = yield* Effect.makeSemaphore(1)
      const pieces = Array.from({ length: 300 }, (_, i) => new Uint8Array(i * 10).fill(i))
      const stream = Stream.rechunk(Stream.fromIterable(pieces), 7).pipe(
        // Something of Effect's own in between: the stream runs in fibers as any other.
        Stream.mapEffect((piece) => context.withPermits(1)(Effect.as(Effect.yieldNow(), piece)))
      )
      const whole = Buffer.concat(pieces)
      const chunked = yield* asked(client, HttpClientRequest.bodyStream(post(url), stream))
      assert.strictEqual(chunked.headers["transfer-encoding"], "chunked")
      assert.isTrue(bytesOf(chunked.body).equals(whole))
      const sized = yield* asked(
        client,
        HttpClientRequest.bodyStream(post(url), stream, { contentLength: whole.length, contentType: "a/b" })
      )
      assert.strictEqual(sized.headers["content-length"], String(whole.length))
      assert.strictEqual(sized.headers["content-type"], "a/b")
      assert.isTrue(bytesOf(sized.body).equals(whole))
      const empty = yield* asked(client, HttpClientRequest.bodyStream(post(url), Stream.empty))
      assert.strictEqual(empty.body, "")
    }))

  it.scoped("runs a stream no faster than the server reads, in the fiber's own surroundings", () =>
    Effect.gen(function*() {
      const reading = yield* Deferred.make<Http.IncomingMessage>()
      const { url } = yield* servers.http((request, response) => {
        Deferred.unsafeDone(reading, Exit.succeed(request))
        request.on("end", () => response.end("read"))
      })
      const client = yield* NodeHttp.make()
      const ref = FiberRef.unsafeMake("outside")
      let made = 0
      const seen = new Set<string>()
      const stream = Stream.repeatEffect(Effect.map(FiberRef.get(ref), (value) => {
        made++
        seen.add(value)
        return new Uint8Array(100_000)
      })).pipe(Stream.take(600))
      const sending = yield* Effect.fork(
        Effect.locally(
          Effect.flatMap(client.execute(HttpClientRequest.bodyStream(post(url), stream)), (response) => response.text),
          ref,
          "inside"
        )
      )
      const request = yield* Deferred.await(reading)
      yield* standstill(() => made)
      // 60 MB are to be sent, and the buffers of both sides take a few.
      assert.isBelow(made, 250)
      request.resume()
      assert.strictEqual(yield* Fiber.join(sending), "read")
      assert.strictEqual(made, 600)
      assert.deepStrictEqual([...seen], ["inside"])
    }))

  it.scoped("that is none is refused", () =>
    Effect.gen(function*() {
      const client = yield* NodeHttp.make()
      for (const url of ["ftp://127.0.0.1/", "file:///etc/passwd", "/relative", "http://"]) {
        const error = yield* Effect.flip(client.get(url))
        assert.deepStrictEqual([error._tag, error.reason], ["RequestError", "InvalidUrl"], url)
        const plain = yield* Effect.flip(withoutSpan(client.get(url)))
        assert.deepStrictEqual([plain._tag, plain.reason], ["RequestError", "InvalidUrl"], url)
      }
      const { url } = yield* servers.http(servers.echo)
      for (
        const request of [
          HttpClientRequest.setHeader(get(url), "x-team", "a\r\nb: c"),
          HttpClientRequest.setHeader(get(url), "transfer-encoding", "chunked"),
          HttpClientRequest.setBody(post(url), HttpBody.raw(42)),
          HttpClientRequest.bodyUint8Array(post(url), new Uint8Array(3)).pipe(
            HttpClientRequest.setHeader("content-length", "4")
          )
        ]
      ) {
        const error = yield* Effect.flip(client.execute(request))
        assert.strictEqual(error._tag, "RequestError")
        assert.instanceOf(error.cause, Error)
      }
      assert.strictEqual((yield* asked(client, get(url))).method, "GET")
    }))
})

describe("an answer", () => {
  bothWays("has a status, headers and cookies", (run) =>
    Effect.gen(function*() {
      const { url } = yield* servers.http((_, response) => {
        response.writeHead(
          418,
          "Tea",
          [
            ["X-One", "1"],
            ["X-Many", "a"],
            ["X-Many", "b"],
            ["Set-Cookie", "a=1; Path=/"],
            ["Set-Cookie", "b=2; HttpOnly"]
          ].flat()
        )
        response.end()
      })
      const client = yield* NodeHttp.make()
      const response = yield* run(client.get(url))
      assert.strictEqual(response.status, 418)
      assert.strictEqual(response.headers["x-one"], "1")
      assert.strictEqual(response.headers["x-many"], "a, b")
      assert.deepStrictEqual(
        [Cookies.getValue(response.cookies, "a"), Cookies.getValue(response.cookies, "b")],
        [Option.some("1"), Option.some("2")]
      )
      assert.strictEqual(yield* response.text, "")
    }))

  bothWays("is read as often as one likes, unless it is a stream", (run) =>
    Effect.gen(function*() {
      const { url } = yield* servers.http((_, response) => {
        response.setHeader("content-type", "application/json")
        response.write("{\"a\":")
        response.end("\"ü\"}")
      })
      const client = yield* NodeHttp.make()
      const response = yield* run(client.get(url))
      assert.strictEqual(yield* response.text, "{\"a\":\"ü\"}")
      assert.deepStrictEqual(yield* response.json, { a: "ü" })
      assert.strictEqual(Buffer.from(yield* response.arrayBuffer).toString(), "{\"a\":\"ü\"}")
      assert.strictEqual((yield* response.arrayBuffer).byteLength, 10)
      const stream = Stream.mkString(Stream.decodeText(response.stream))
      assert.strictEqual(yield* stream, "{\"a\":\"ü\"}")
      assert.strictEqual(yield* stream, "{\"a\":\"ü\"}")
      assert.strictEqual(yield* response.text, "{\"a\":\"ü\"}")
      const wrong = yield* Effect.flip(Effect.flatMap(client.get(url), (response) => response.formData))
      assert.deepStrictEqual([wrong._tag, wrong.reason], ["ResponseError", "Decode"])
    }))

  it.scoped("is read once as a stream that has not come to its end", () =>
    Effect.gen(function*() {
      const { url } = yield* servers.http((_, response) => {
        response.write(Buffer.alloc(3_000_000))
        response.end()
      })
      const client = yield* NodeHttp.make()
      const response = yield* client.get(url)
      assert.strictEqual(yield* Stream.runFold(response.stream, 0, (sum, bytes) => sum + bytes.length), 3_000_000)
      for (const again of [response.text, Stream.runDrain(response.stream), Effect.asVoid(response.arrayBuffer)]) {
        const error = yield* Effect.flip<unknown, { readonly _tag: string; readonly cause?: unknown }, never>(again)
        assert.strictEqual(error._tag, "ResponseError")
        assert.match(String(error.cause), /already/)
      }
    }))

  it.scoped("is given whole to all who ask for it, while one of them goes away", () =>
    Effect.gen(function*() {
      const waiting = yield* Deferred.make<Http.ServerResponse>()
      const { url } = yield* servers.http((_, response) => {
        response.write("begun")
        Deferred.unsafeDone(waiting, Exit.succeed(response))
      })
      const client = yield* NodeHttp.make()
      const response = yield* withoutSpan(client.get(url))
      const first = yield* Effect.fork(response.text)
      const second = yield* Effect.fork(response.text)
      const third = yield* Effect.fork(Stream.mkString(Stream.decodeText(response.stream)))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(first)
      const server = yield* Deferred.await(waiting)
      server.end(", and ended")
      assert.strictEqual(yield* Fiber.join(second), "begun, and ended")
      assert.strictEqual(yield* Fiber.join(third), "begun, and ended")
    }))

  it.scoped("may be empty, and announced", () =>
    Effect.gen(function*() {
      const { url } = yield* servers.http((request, response) => {
        if (request.url === "/early") {
          response.writeEarlyHints({ link: "</a.css>; rel=preload" })
          response.writeProcessing()
          response.end("late")
        } else {
          response.writeHead(request.url === "/204" ? 204 : 200)
          response.end()
        }
      })
      const client = yield* NodeHttp.make()
      for (const request of [get(`${url}/204`), get(url), HttpClientRequest.head(url)]) {
        const response = yield* client.execute(request)
        assert.strictEqual(yield* response.text, "")
        assert.strictEqual(yield* response.json, null)
        assert.strictEqual((yield* response.arrayBuffer).byteLength, 0)
        assert.deepStrictEqual(Chunk.toReadonlyArray(yield* Stream.runCollect(response.stream)), [])
      }
      const early = yield* client.get(`${url}/early`)
      assert.strictEqual(early.status, 200)
      assert.isUndefined(early.headers["link"])
      assert.strictEqual(yield* early.text, "late")
    }))

  it.scoped("ends with its trailers, its length, or its connection", () =>
    Effect.gen(function*() {
      const { url } = yield* servers.tcp((socket) =>
        socket.on("data", (data) => {
          const path = data.toString("latin1").split(" ")[1]
          if (path === "/trailers") {
            socket.write(
              "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-sum\r\n\r\n5\r\nwhole\r\n0\r\nx-sum: 5\r\n\r\n"
            )
          } else if (path === "/length") socket.write("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nwhole")
          else socket.end("HTTP/1.1 200 OK\r\n\r\nwhole")
        })
      )
      const client = yield* NodeHttp.make()
      for (const path of ["/trailers", "/length", "/close"]) {
        assert.strictEqual(yield* text(client, url + path), "whole", path)
      }
    }))

  it.scoped("of 50 MB stays with the server while it is read slowly", () =>
    Effect.gen(function*() {
      const size = 50_000_000
      let sent = 0
      const { url } = yield* servers.http((_, response) => {
        const piece = Buffer.alloc(100_000)
        const more = () => {
          while (sent < size) {
            sent += piece.length
            if (!response.write(piece)) return void response.once("drain", more)
          }
          response.end()
        }
        more()
      })
      const client = yield* NodeHttp.make()
      const response = yield* client.get(url)
      let received = 0
      let most = 0
      yield* Stream.runForEachChunk(response.stream, (chunk) =>
        Effect.gen(function*() {
          if (received < 5_000_000) { for (let i = 0; i < 100; i++) yield* Effect.promise(() => setImmediate()) }
          most = Math.max(most, sent - received)
          for (const bytes of chunk) received += bytes.length
        }))
      assert.strictEqual(received, size)
      // A megabyte is received ahead; the buffers of the system hold some more.
      assert.isBelow(most, 15_000_000)
    }))

  it.scoped("shows what it is without being read", () =>
    Effect.gen(function*() {
      const ending = yield* Deferred.make<Http.ServerResponse>()
      let again: Http.ServerResponse | undefined
      const { url } = yield* servers.http((_, response) => {
        response.setHeader("content-type", "text/plain")
        response.write("begun")
        again = response
        Deferred.unsafeDone(ending, Exit.succeed(response))
      })
      const client = yield* NodeHttp.make()
      const response = yield* withoutSpan(client.get(url))
      const seen = inspect(response, { depth: 10 })
      assert.match(seen, /status: 200/)
      assert.notMatch(seen, /begun/)
      // The body comes piece by piece still.
      const server = yield* Deferred.await(ending)
      const received = Stream.tap(Stream.decodeText(response.stream), (text) =>
        Effect.sync(() => {
          if (text === "begun") server.end(", and ended")
        }))
      assert.strictEqual(yield* Stream.mkString(received), "begun, and ended")
      const read = yield* client.get(`${url}/again`).pipe(
        Effect.tap(() => Effect.sync(() => again?.end())),
        Effect.tap((response) => response.text)
      )
      assert.match(inspect(read, { depth: 10 }), /body: 'begun'/)
    }))
})

describe("connections", () => {
  bothWays("are used again", (run) =>
    Effect.gen(function*() {
      const { count, url } = yield* servers.http(servers.echo)
      const client = yield* NodeHttp.make()
      for (let i = 0; i < 5; i++) yield* run(asked(client, HttpClientRequest.bodyUnsafeJson(post(url), { i })))
      assert.strictEqual(count.total, 1)
    }))

  it.scoped("are as many as there are requests, or as the options say", () =>
    Effect.gen(function*() {
      for (const [connections, expected] of [[undefined, 20], [2, 2], [1, 1]] as const) {
        // All that can come have come before any is answered.
        const held: Array<Http.ServerResponse> = []
        let answered = 0
        const { count, url } = yield* servers.http((_, response) => {
          held.push(response)
          if (held.length === Math.min(expected, 20 - answered)) {
            answered += held.length
            for (const response of held.splice(0)) response.end("x")
          }
        })
        const client = yield* NodeHttp.make({ connections })
        yield* Effect.forEach(Array.from({ length: 20 }), () => text(client, url), { concurrency: "unbounded" })
        assert.deepStrictEqual([count.most, count.total], [expected, expected])
      }
    }))

  it.scoped("are no more than the options say, whoever closes them", () =>
    Effect.gen(function*() {
      let answered = 0
      const { url } = yield* servers.http((request, response) => {
        answered++
        if (answered % 5 === 0) return void request.socket.destroy()
        // It is never answered, and so interrupted.
        if (answered % 7 === 0) return
        if (answered % 3 === 0) response.setHeader("connection", "close")
        void setImmediate().then(() => response.end("x"))
      })
      const awhile = Effect.promise(() => setImmediate()).pipe(Effect.repeatN(300))
      for (const connections of [1, 3]) {
        const made = yield* sockets.count
        const client = yield* NodeHttp.make({ connections })
        yield* Effect.forEach(
          Array.from({ length: 100 }),
          () => Effect.raceFirst(Effect.exit(text(client, url)), awhile),
          { concurrency: 10 }
        )
        assert.strictEqual(made.most, connections)
      }
      const deaf = yield* servers.deafPort
      const made = yield* sockets.count
      const client = yield* NodeHttp.make({ connections: 2 })
      yield* Effect.forEach(
        Array.from({ length: 20 }, () => 0),
        () => Effect.exit(text(client, `http://127.0.0.1:${deaf}`)),
        { concurrency: 10 }
      )
      assert.strictEqual(made.most, 2)
    }))

  it.scoped("carry one request at a time, unless the options say so", () =>
    Effect.gen(function*() {
      for (const pipelining of [undefined, 2]) {
        const begun = yield* Deferred.make<Net.Socket>()
        const second = yield* Deferred.make<void>()
        let requests = 0
        const { count, url } = yield* servers.tcp((socket) =>
          socket.on("data", () => {
            requests++
            if (requests > 1) return Deferred.unsafeDone(second, Exit.void)
            socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\na")
            Deferred.unsafeDone(begun, Exit.succeed(socket))
          })
        )
        const client = yield* NodeHttp.make({ connections: 1, pipelining })
        const both = yield* Effect.fork(
          Effect.all([text(client, url), text(client, url)], { concurrency: "unbounded" })
        )
        const socket = yield* Deferred.await(begun)
        if (pipelining === undefined) {
          for (let i = 0; i < 100; i++) yield* Effect.promise(() => setImmediate())
          assert.strictEqual(requests, 1)
          socket.write("b")
          yield* Deferred.await(second)
        } else {
          yield* Deferred.await(second)
          socket.write("b")
        }
        socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\ncd")
        assert.deepStrictEqual(yield* Fiber.join(both), ["ab", "cd"])
        assert.strictEqual(count.total, 1)
      }
    }))

  it.scoped("outlive a request that was interrupted while it waited for one", () =>
    Effect.gen(function*() {
      const held = yield* Deferred.make<Http.ServerResponse>()
      const paths: Array<string | undefined> = []
      const { count, url } = yield* servers.http((request, response) => {
        paths.push(request.url)
        if (request.url === "/first") Deferred.unsafeDone(held, Exit.succeed(response))
        else response.end("x")
      })
      const client = yield* NodeHttp.make({ connections: 1 })
      const first = yield* Effect.fork(text(client, `${url}/first`))
      const server = yield* Deferred.await(held)
      let finalized = 0
      const stream = Stream.ensuring(Stream.make(new Uint8Array(3)), Effect.sync(() => finalized++))
      const second = yield* Effect.fork(
        client.execute(HttpClientRequest.bodyStream(post(`${url}/second`), stream))
      )
      const third = yield* Effect.fork(withoutSpan(client.get(`${url}/third`)))
      yield* Effect.yieldNow()
      yield* Fiber.interruptAll([second, third])
      server.end("y")
      assert.strictEqual(yield* Fiber.join(first), "y")
      assert.strictEqual(yield* text(client, `${url}/fourth`), "x")
      assert.deepStrictEqual(paths, ["/first", "/fourth"])
      assert.strictEqual(count.total, 1)
      // It was not begun, and so there is nothing to end.
      assert.strictEqual(finalized, 0)
    }))

  it.scoped("outlive a request that was interrupted before it was sent", () =>
    Effect.gen(function*() {
      const paths: Array<string | undefined> = []
      const { count, url } = yield* servers.http((request, response) => {
        paths.push(request.url)
        response.end("x")
      })
      const client = yield* NodeHttp.make()
      yield* text(client, `${url}/first`)
      // A connection takes the next request in the next turn of the event loop.
      const second = yield* Effect.fork(withoutSpan(client.get(`${url}/second`)))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(second)
      yield* text(client, `${url}/third`)
      assert.deepStrictEqual(paths, ["/first", "/third"])
      assert.strictEqual(count.total, 1)
    }))

  it.scoped("that the server closes leave their place", () =>
    Effect.gen(function*() {
      const held = yield* Deferred.make<Http.ServerResponse>()
      const both: Array<Http.ServerResponse> = []
      const { count, open, url } = yield* servers.http((request, response) => {
        if (request.url === "/held") Deferred.unsafeDone(held, Exit.succeed(response))
        else if (request.url === "/x") response.end("x")
        else if (both.push(response) === 2) { for (const response of both) response.end("x") }
      })
      const client = yield* NodeHttp.make({ connections: 2 })
      yield* Effect.all([text(client, url), text(client, url)], { concurrency: 2 })
      const holding = yield* Effect.fork(text(client, `${url}/held`))
      const server = yield* Deferred.await(held)
      for (const socket of open) if (socket !== server.socket) socket.destroy()
      for (let i = 0; i < 50; i++) yield* Effect.promise(() => setImmediate())
      yield* Effect.all([1, 2, 3].map(() => text(client, `${url}/x`)), { concurrency: 3 })
      assert.strictEqual(count.total, 3)
      server.end("held")
      assert.strictEqual(yield* Fiber.join(holding), "held")
    }))

  it.scoped("close when they were not used for a while", () =>
    Effect.gen(function*() {
      const { count, idle, url } = yield* servers.http(servers.echo)
      const client = yield* NodeHttp.make({ keepAliveTimeout: "50 millis", connections: 1 })
      yield* text(client, url)
      yield* idle
      yield* Effect.all([text(client, url), text(client, url)], { concurrency: 2 })
      assert.strictEqual(count.total, 2)
    }))

  it.scoped("of an answer that nobody holds any more are closed", () =>
    Effect.gen(function*() {
      const { idle, reached, url } = yield* servers.http((request, response) => {
        response.on("error", () => {})
        if (request.url === "/large") response.write(Buffer.alloc(20_000_000))
        else {
          // Events, that come one by one and never end.
          const send = () => {
            if (response.destroyed) return
            response.write("event")
            void setImmediate().then(send)
          }
          send()
        }
      })
      const client = yield* NodeHttp.make()
      // The fiber's exit holds the answer, and the fiber itself is let go.
      for (const path of ["/large", "/events"]) {
        const got = withoutSpan(client.get(url + path))
        yield* Effect.promise(() => Effect.runPromise(Effect.asVoid(Effect.exit(got))))
        yield* Effect.promise(() => Effect.runPromise(got).then(() => undefined))
      }
      yield* reached(4)
      const collecting = yield* Effect.fork(
        Effect.forever(Effect.zipRight(Effect.sync(collectGarbage), Effect.promise(() => setImmediate())))
      )
      yield* idle
      yield* Fiber.interrupt(collecting)
    }))
})

describe("a signal or a scope", () => {
  bothWays("ends the request that was made in it", (run) =>
    Effect.gen(function*() {
      const { idle, reached, url } = yield* servers.http((_, response) => {
        response.write("begun")
      })
      const client = HttpClient.withScope(yield* NodeHttp.make())
      const scope = yield* Scope.make()
      const response = yield* run(Scope.extend(client.get(url), scope))
      const reading = yield* Effect.fork(Effect.flip(response.text))
      yield* reached(1)
      yield* Effect.yieldNow()
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual((yield* Fiber.join(reading))._tag, "ResponseError")
      yield* idle
    }))

  bothWays("that has ended already sends nothing", (run) =>
    Effect.gen(function*() {
      const { count, url } = yield* servers.http(servers.echo)
      const client = HttpClient.withScope(yield* NodeHttp.make())
      const scope = yield* Scope.make()
      yield* Scope.close(scope, Exit.void)
      let begun = false
      const stream = Stream.fromEffect(Effect.sync(() => {
        begun = true
        return new Uint8Array(3)
      }))
      for (const request of [get(url), HttpClientRequest.bodyStream(post(url), stream)]) {
        const error = yield* Effect.flip(run(Scope.extend(client.execute(request), scope)))
        assert.strictEqual(error._tag, "RequestError")
        assert.match(String(error.cause), /interrupted/)
      }
      assert.strictEqual(count.total, 0)
      assert.isFalse(begun)
    }))

  bothWays("is let go of when the request has ended", (run) =>
    Effect.gen(function*() {
      const { url } = yield* servers.http((request, response) => {
        if (request.url === "/broken") request.socket.destroy()
        else response.end("x")
      })
      let listeners = 0
      const { addEventListener, removeEventListener } = AbortSignal.prototype
      yield* Effect.acquireRelease(
        Effect.sync(() => {
          AbortSignal.prototype.addEventListener = function(this: AbortSignal, ...args: [string, never]) {
            listeners++
            return addEventListener.apply(this, args)
          }
          AbortSignal.prototype.removeEventListener = function(this: AbortSignal, ...args: [string, never]) {
            listeners--
            return removeEventListener.apply(this, args)
          }
        }),
        () =>
          Effect.sync(() => {
            AbortSignal.prototype.addEventListener = addEventListener
            AbortSignal.prototype.removeEventListener = removeEventListener
          })
      )
      const client = HttpClient.withScope(yield* NodeHttp.make())
      const request = get(url)
      for (let i = 0; i < 5; i++) {
        yield* run(Effect.flatMap(client.execute(request), (response) => response.text))
        yield* run(Effect.flip(client.get(`${url}/broken`)))
      }
      assert.strictEqual(listeners, 0)
    }))
})

describe("the options", () => {
  const wrong: ReadonlyArray<readonly [NodeHttp.Options, option: string, why: RegExp]> = [
    [{ connections: 0 }, "connections", /must be an integer >= 1, got 0: leave it out for no bound/],
    [{ connections: -1 }, "connections", /got -1/],
    [{ connections: 1.5 }, "connections", /got 1.5/],
    [{ connections: Number.NaN }, "connections", /got NaN/],
    [{ connections: Infinity }, "connections", /got Infinity/],
    [{ pipelining: 0 }, "pipelining", />= 1, got 0/],
    [{ maxResponseHeaderBytes: 0 }, "maxResponseHeaderBytes", />= 1, got 0/],
    [{ keepAliveTimeout: 0 }, "keepAliveTimeout", /longer than 0/],
    [{ keepAliveTimeout: "forever" as never }, "keepAliveTimeout", /such as "10 seconds"/],
    [{ keepAliveMaxTimeout: -5 }, "keepAliveMaxTimeout", /longer than 0/],
    [{ connectTimeout: "0 millis" }, "connectTimeout", /longer than 0/],
    [{ connectTimeout: "25 days" }, "connectTimeout", /must be at most 24d.* or Infinity, got 25d/],
    [{ bodyTimeout: 0 }, "bodyTimeout", /longer than 0/],
    [{ headersTimeout: 0 }, "headersTimeout", /longer than 0/],
    [{ proxy: "socks5://user:hush@proxy.test" }, "proxy.url", /^proxy: .*scheme socks5: use an http: or https:/],
    [{ proxy: Redacted.make("http://user:hush@") }, "proxy.url", /^proxy: its URL cannot be read/],
    [{ proxy: { url: "ftp://user:hush@proxy.test" } }, "proxy.url", /^proxy: .*ftp:/],
    [{ proxy: { https: { url: "socks4://hush@proxy.test" } } }, "proxy.https.url", /^proxy\.https: .*socks4:/],
    [{ proxy: { http: { url: "http://a:b:c:d" } } }, "proxy.http.url", /^proxy\.http: its URL/]
  ]
  for (const [options, option, why] of wrong) {
    it.effect(`that cannot work fail the layer: ${option} ${why.source}`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Effect.scoped(Layer.build(NodeHttp.layer(options))))
        assert.strictEqual(error._tag, "PineconeInvalidOptions")
        assert.strictEqual(error.option, option)
        assert.match(error.message, why)
        assert.notMatch(inspect(error, { depth: 10, showHidden: true }), /hush/)
      }))
  }

  it.effect("may be at their limits, and come from a Config", () =>
    Effect.gen(function*() {
      const { url } = yield* servers.http(servers.echo)
      const served = yield* servers.http(servers.echo)
      const get = Effect.flatMap(HttpClient.HttpClient, (client) =>
        Effect.map(text(client, `${url}/a`), (body) => assert.include(body, "\"url\":\"/a\"")))
      /** How many connections there were at once, of as many requests. */
      const most = Effect.flatMap(HttpClient.HttpClient, (client) =>
        Effect.gen(function*() {
          served.count.most = 0
          yield* Effect.all(
            Array.from({ length: 8 }, () =>
              text(client, served.url)),
            { concurrency: "unbounded" }
          )
          return served.count.most
        }))
      yield* Effect.provide(get, NodeHttp.layer())
      yield* Effect.provide(
        get,
        NodeHttp.layer({
          connections: 1,
          pipelining: 1,
          keepAliveTimeout: "1 millis",
          keepAliveMaxTimeout: Infinity,
          connectTimeout: Infinity,
          bodyTimeout: Infinity,
          headersTimeout: "1 days",
          proxy: {}
        })
      )
      const two = yield* Effect.provide(
        most,
        Layer.provide(
          NodeHttp.layerConfig({
            connections: Config.integer("POOL"),
            connectTimeout: Config.duration("TIMEOUT")
          }),
          Layer.setConfigProvider(ConfigProvider.fromMap(new Map([["POOL", "2"], ["TIMEOUT", "1 minute"]])))
        )
      )
      // An answer may come before the last request has a connection of its own.
      assert.isAtMost(two, 2)
      yield* served.idle
      assert.isAbove(yield* Effect.provide(most, NodeHttp.layer()), 2)
    }).pipe(Effect.scoped))
})
