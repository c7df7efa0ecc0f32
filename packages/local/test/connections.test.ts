/**
 * The ports of the server: HTTP and gRPC on one, whatever comes over it, and nothing left when the server ends.
 */
import type * as GrpcChannel from "@effect-pinecone/grpc/GrpcChannel"
import type { Answers } from "@effect-pinecone/grpc/Protocol"
import * as Protocol from "@effect-pinecone/grpc/Protocol"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as FileSystem from "@effect/platform/FileSystem"
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import { once } from "node:events"
import * as NodeHttp from "node:http"
import * as NodeHttp2 from "node:http2"
import * as Net from "node:net"
import { Duplex } from "node:stream"
import { TestClock, timed } from "../../../scripts/testing/clock.js"
import { recognize } from "../src/internal/connections.js"
import * as patience from "../src/internal/patience.js"
import * as PineconeLocal from "../src/PineconeLocal.js"
import { Control, createIndex, Host, overSockets, withIndex } from "./utils/bothProtocols.js"
import { freshName } from "./utils/pinecone.js"
import * as grpc from "./utils/rawGrpc.js"
import * as http from "./utils/rawHttp.js"
import * as sockets from "./utils/sockets.js"
import * as spans from "./utils/spans.js"

const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

const stats = Protocol.methods.describeIndexStats.path

type Said = readonly [Answers["upsert"], unknown]

const empty = new Uint8Array()

const values = Float32Array.of(1, 2, 3)

/** A connection as a server sees it, to which a test gives bytes. */
class FakeSocket extends Duplex {
  override _read() {}
  setTimeout() {}
}

/** What `recognize` makes of bytes that come in these parts, and what is there to be read afterwards. */
const recognized = async (parts: ReadonlyArray<Buffer>) => {
  const socket = new FakeSocket()
  let protocol: string | undefined
  recognize(socket, 0, (decided) => {
    protocol = decided
  })
  for (const part of parts) {
    socket.push(part)
    await new Promise((resolve) => setImmediate(resolve))
  }
  const rest: Array<Buffer> = []
  for (let chunk: Buffer | null = socket.read(); chunk !== null; chunk = socket.read()) rest.push(chunk)
  return { protocol, rest: Buffer.concat(rest).toString() }
}

describe("the first bytes of a connection", () => {
  const cases: ReadonlyArray<readonly [string, string | undefined]> = [
    [`${preface}and on`, "h2"],
    [preface, "h2"],
    [preface.slice(0, -1), undefined],
    ["P", undefined],
    [`${preface.slice(0, -1)}!and on`, "http/1.1"],
    ["PRI * HTTP/1.1\r\n\r\nSM\r\n\r\nand on", "http/1.1"],
    ["PROPFIND / HTTP/1.1\r\n", "http/1.1"],
    ["POST /query HTTP/1.1\r\n", "http/1.1"],
    ["GET", "http/1.1"],
    ["\u0016\u0003\u0001", "http/1.1"],
    ["p", "http/1.1"]
  ]
  it.effect("tell the protocol, in whatever parts they come, and are still there", () =>
    Effect.gen(function*() {
      for (const [text, expected] of cases) {
        const bytes = Buffer.from(text)
        for (const size of [1, 2, 5, 23, 24, 1000]) {
          const parts: Array<Buffer> = []
          for (let i = 0; i < bytes.length; i += size) parts.push(bytes.subarray(i, i + size))
          const { protocol, rest } = yield* Effect.promise(() => recognized(parts))
          assert.strictEqual(protocol, expected, `${JSON.stringify(text)} in parts of ${size}`)
          if (expected !== undefined) assert.strictEqual(rest, text)
        }
      }
    }))

  it.scoped("are waited for no longer than there is patience", () =>
    Effect.gen(function*() {
      const server = yield* Effect.acquireRelease(
        Effect.sync(() => Net.createServer((socket) => recognize(socket, 20, () => assert.fail("it told nothing")))),
        (server) => Effect.promise(() => new Promise((resolve) => server.close(resolve)))
      )
      server.listen(0, "127.0.0.1")
      yield* Effect.promise(() => once(server, "listening"))
      const { port } = server.address() as Net.AddressInfo
      for (const said of ["", preface.slice(0, 10)]) {
        const connection = yield* sockets.open(`http://127.0.0.1:${port}`)
        if (said !== "") yield* connection.write(said)
        assert.strictEqual((yield* connection.ended).length, 0)
      }
    }))
})

describe("a port", () => {
  const served = Effect.provide(withIndex(overSockets, {}))

  /** Whether both protocols are still served. */
  const serves = (host: string) =>
    Effect.gen(function*() {
      const [overGrpc] = yield* grpc.call(host, "describeIndexStats", {})
      const [overHttp] = yield* http.call(host, "describeIndexStats", {})
      assert.strictEqual(overGrpc.dimension, 3)
      assert.strictEqual(overHttp.dimension, 3)
    })

  it.scopedLive("takes both protocols at the same time, many calls of each", () =>
    Effect.gen(function*() {
      const host = yield* createIndex()
      const upsert = (
        i: number
      ): Effect.Effect<Said, GrpcChannel.Status, GrpcChannel.GrpcChannel | HttpClient.HttpClient> => {
        const request = { vectors: [{ id: `${i}`, values: Float32Array.of(i, 1, 1), metadata: { i } }] }
        return i % 2 === 0 ? grpc.call(host, "upsert", request) : http.call(host, "upsert", request)
      }
      const said = yield* Effect.forEach(Array.from({ length: 200 }, (_, i) => i), upsert, { concurrency: 40 })
      for (const [{ upsertedCount }] of said) assert.strictEqual(upsertedCount, 1)
      const [answer] = yield* grpc.call(host, "describeIndexStats", {})
      assert.strictEqual(answer.totalVectorCount, 200)
    }).pipe(Effect.provide(overSockets())))

  it.scopedLive("survives what is of no protocol", () =>
    Effect.gen(function*() {
      const host = yield* Host
      const noise = Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7919 + (i >> 3)) % 256))
      const frame = Buffer.from([0, 0, 4, 99, 255, 127, 255, 255, 255, 1, 2, 3, 4])
      for (
        const garbage of [
          noise,
          Buffer.concat([Buffer.from(preface), noise]),
          Buffer.concat([Buffer.from(preface), Buffer.alloc(64, 255)]),
          // A frame of a type that there is not, and one that is longer than any may be.
          Buffer.concat([Buffer.from(preface), frame, Buffer.from([255, 255, 255, 0, 0, 0, 0, 0, 1]), noise]),
          Buffer.from(`${preface.slice(0, 20)}GET / HTTP/1.1\r\n\r\n`),
          Buffer.from("GET /\r\n\r\n")
        ]
      ) {
        const connection = yield* sockets.open(host)
        yield* connection.write(garbage)
        const answer = (yield* connection.ended).toString("latin1")
        // HTTP/2 is told so in frames, or not at all.
        if (!garbage.toString("latin1").startsWith(preface)) assert.match(answer, /^HTTP\/1\.1 4\d\d /)
        yield* serves(host)
      }
      // More than any head of a request may have.
      const endless = yield* sockets.open(host)
      yield* endless.write(Buffer.concat([Buffer.from("GET / HTTP/1.1\r\nx: "), Buffer.alloc(9 * 2 ** 20, "x")]))
      yield* endless.ended
      yield* serves(host)
      for (const said of [Buffer.alloc(0), noise.subarray(0, 1), Buffer.from("P"), Buffer.from(preface)]) {
        const connection = yield* sockets.open(host)
        if (said.length > 0) yield* connection.write(said)
        connection.socket.resetAndDestroy()
        yield* connection.ended
        yield* serves(host)
      }
    }).pipe(served))

  it.scopedLive("answers HTTP/1.1 requests that come in one piece, or in many", () =>
    Effect.gen(function*() {
      const host = yield* Host
      const request = (last: boolean) =>
        `GET /namespaces HTTP/1.1\r\nHost: 127.0.0.1\r\n${last ? "Connection: close\r\n" : ""}\r\n`
      const post = "POST /describe_index_stats HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n" +
        "Content-Type: application/json\r\n\r\n{}"
      const all = request(false) + post + request(true)
      for (const size of [all.length, 3]) {
        const connection = yield* sockets.open(host)
        for (let i = 0; i < all.length; i += size) yield* connection.write(all.slice(i, i + size))
        const answer = (yield* connection.ended).toString()
        assert.strictEqual(answer.match(/HTTP\/1\.1 200 OK/g)?.length, 3)
        assert.isBelow(answer.indexOf("namespaces"), answer.indexOf("dimension"))
      }
    }).pipe(served))

  it.scopedLive("answers HTTP/2 that comes byte by byte", () =>
    Effect.gen(function*() {
      const connection = yield* sockets.open(yield* Host)
      const settings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])
      for (const byte of Buffer.concat([Buffer.from(preface), settings])) yield* connection.write(Uint8Array.of(byte))
      const answer = yield* connection.until((received) => received.length >= 9)
      // Its settings come first.
      assert.strictEqual(answer[3], 4)
    }).pipe(served))

  it.scopedLive("ends a connection when its client does", () =>
    Effect.gen(function*() {
      const host = yield* createIndex()
      const settings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])
      const said = ["", "P", preface, Buffer.concat([Buffer.from(preface), settings]), "GET / HTTP/1.1\r\n"]
      for (const bytes of said) {
        const connection = yield* sockets.open(host)
        if (bytes.length > 0) yield* connection.write(bytes)
        connection.socket.end()
        yield* connection.ended
      }
    }).pipe(Effect.provide(overSockets())))

  it.scopedLive("serves no methods where the control plane is", () =>
    Effect.gen(function*() {
      const connection = yield* grpc.connect(yield* Control)
      const said = yield* connection.call(stats, empty)
      assert.deepStrictEqual([said.code, said.body], [12, undefined])
    }).pipe(served))

  it.scopedLive("gives the metadata before an answer, and with an error behind it", () =>
    Effect.gen(function*() {
      const connection = yield* grpc.connect(yield* Host)
      const { encodeRequest, path } = Protocol.methods.upsert
      const good = yield* connection.call(path, encodeRequest({ vectors: [{ id: "a", values }] }))
      assert.deepStrictEqual([good.code, good.initial["x-pinecone-request-lsn"], good.trailing], [0, "1", {}])
      assert.isDefined(good.initial["x-pinecone-request-id"])
      const bad = yield* connection.call(path, encodeRequest({ vectors: [] }))
      assert.deepStrictEqual([bad.code, bad.initial], [3, {}])
      assert.isDefined(bad.trailing["x-pinecone-request-id"])
    }).pipe(served))

  it.scopedLive("sends a message of any text", () =>
    Effect.gen(function*() {
      const host = yield* Host
      const astral = "😀".repeat(60)
      const unfit = yield* Effect.flip(
        grpc.call(host, "upsert", { vectors: [{ id: "a", values, metadata: { x: { astral: `x${astral}` } } }] })
      )
      assert.deepStrictEqual([unfit.code, unfit.message.includes("😀")], [3, true])
      const filter = { [astral.repeat(500)]: { $near: 1 } }
      const long = yield* Effect.flip(grpc.call(host, "fetchByMetadata", { filter }))
      assert.deepStrictEqual([long.code, long.message.startsWith("illegal condition for field 😀")], [3, true])
    }).pipe(served))

  it.scopedLive("ends the work of an HTTP request that is given up", () =>
    Effect.gen(function*() {
      const watch = yield* spans.watch("http.server GET")
      yield* Effect.gen(function*() {
        const request = yield* Effect.fork(http.send(yield* Host, "listNamespaces", {}))
        yield* watch.begun
        yield* Fiber.interrupt(request)
        assert.isTrue(Exit.isInterrupted(yield* watch.ended))
      }).pipe(
        Effect.provide(withIndex(overSockets, { faults: { latency: "1 hour", seed: 1 } })),
        Effect.withTracer(watch.tracer)
      )
    }))

  it.scopedLive("keeps to the deadline of a call, of its own accord", () =>
    Effect.gen(function*() {
      const watch = yield* spans.watch("VectorService/DescribeIndexStats")
      yield* Effect.gen(function*() {
        const session = yield* Effect.acquireRelease(
          Effect.map(Host, (host) => NodeHttp2.connect(host)),
          (session) => Effect.sync(() => session.destroy())
        )
        // A client that waits for longer than it says.
        const stream = session.request({
          ":method": "POST",
          ":path": stats,
          "content-type": "application/grpc",
          "te": "trailers",
          "grpc-timeout": "50m"
        })
        stream.end(Buffer.alloc(5))
        const [headers] = (yield* Effect.promise(() => once(stream, "response"))) as [NodeHttp2.IncomingHttpHeaders]
        assert.strictEqual(headers["grpc-status"], "4")
        assert.isTrue(Exit.isInterrupted(yield* watch.ended))
      }).pipe(
        Effect.provide(withIndex(overSockets, { faults: { latency: "1 hour", seed: 1 } })),
        Effect.withTracer(watch.tracer)
      )
    }))
})

describe("a large message", () => {
  const mebibytes = 2 ** 20
  const dimension = 20_000
  const count = 1320

  it.scopedLive("goes there up to 16 MiB, and comes back up to the 4 MB of a result", () =>
    Effect.gen(function*() {
      const host = yield* createIndex({ dimension, metric: "euclidean" })
      const connection = yield* grpc.connect(host)
      const { query, upsert } = Protocol.methods
      // 24 vectors weigh less than the 2 MB of an upsert.
      for (let first = 0; first < count; first += 24) {
        const vectors = Array.from({ length: Math.min(24, count - first) }, (_, i) => ({
          id: `${first + i}`,
          values: new Float32Array(dimension).fill(first + i + 1)
        }))
        const { code } = yield* connection.call(upsert.path, upsert.encodeRequest({ vectors }))
        assert.strictEqual(code, 0)
      }

      const best = (topK: number) =>
        connection.call(
          query.path,
          query.encodeRequest({ topK, vector: new Float32Array(dimension), includeValues: true })
        )
      const { body, code } = yield* best(48)
      assert.strictEqual(code, 0)
      assert.isAbove(body!.length, 3.5 * mebibytes)
      const { matches } = yield* query.decodeAnswer(body!)
      assert.strictEqual(matches?.length, 48)
      assert.strictEqual((yield* best(count)).code, 3)
      for (const [i, match] of matches!.entries()) {
        if (match.id !== `${i}` || match.values?.[dimension - 1] !== i + 1) assert.fail(`match ${i} is ${match.id}`)
      }

      // It is read, and then refused for what it says.
      const long = { vectors: [{ id: "a", values: new Float32Array(15 * mebibytes / 4) }] }
      const read = yield* connection.call(upsert.path, upsert.encodeRequest(long))
      assert.deepStrictEqual([read.code, read.message.includes("dimension")], [3, true])

      const larger = yield* connection.call(upsert.path, new Uint8Array(17 * mebibytes))
      assert.strictEqual(larger.code, 8)
      const after = yield* connection.call(stats, empty)
      assert.strictEqual(after.code, 0)
    }).pipe(Effect.provide(overSockets())), 60_000)
})

describe("the end of a server", () => {
  /** A server that ends when it is told to, and a host of it. */
  const started = (options: PineconeLocal.ServeOptions = {}) =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const { url } = yield* Scope.extend(PineconeLocal.serve({ ...options, port: 0 }), scope)
      return { url, end: Scope.close(scope, Exit.void) }
    })

  const created = (url: string) => Effect.provide(http.createIndex(url, { name: freshName() }), FetchHttpClient.layer)

  /** Waits until no more is open than before. */
  const noMoreThan = (before: Readonly<Record<string, number>>) =>
    Effect.gen(function*() {
      const more = () => Object.entries(sockets.resources()).filter(([name, count]) => count > before[name]!)
      for (let i = 0; i < 1000 && more().length > 0; i++) yield* sockets.turn
      assert.deepStrictEqual(more(), [])
    })

  it.effect("leaves nothing open, whoever is still connected", () =>
    Effect.gen(function*() {
      const before = sockets.resources()
      yield* Effect.scoped(Effect.gen(function*() {
        const { end, url } = yield* started()
        const host = yield* created(url)
        const agent = yield* Effect.acquireRelease(
          Effect.sync(() => new NodeHttp.Agent({ keepAlive: true })),
          (agent) => Effect.sync(() => agent.destroy())
        )
        yield* Effect.async<void>((resume) => {
          NodeHttp.get(`${host}/namespaces`, { agent }, (response) => {
            response.resume().on("end", () => resume(Effect.void))
          })
        })
        const idle = yield* grpc.connect(host)
        assert.strictEqual((yield* idle.call(stats, empty)).code, 0)
        const session = NodeHttp2.connect(host)
        session.on("error", () => {})
        yield* Effect.promise(() => once(session, "remoteSettings"))
        const bare: Array<sockets.Bare> = []
        const settings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])
        for (
          const said of [
            "",
            "P",
            preface.slice(0, 12),
            preface,
            // One that never ends its side of the connection.
            Buffer.concat([Buffer.from(preface), settings]),
            "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n",
            "GET /namespaces HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
          ]
        ) {
          for (const where of [host, url]) {
            const connection = yield* sockets.open(where)
            connection.socket.allowHalfOpen = true
            if (said.length > 0) yield* connection.write(said)
            bare.push(connection)
          }
        }
        yield* bare.at(-2)!.until((received) => received.includes("200 OK"))
        // No time passes on the server's clock: nothing waits for its grace to be over.
        yield* end
        for (const connection of bare) {
          connection.socket.end()
          yield* connection.ended
        }
        yield* sockets.refused(host)
        yield* sockets.refused(url)
      }))
      yield* noMoreThan(before)
    }))

  /** A server that takes this long for each call, when a call of each protocol is under way. */
  const busy = (latency: Duration.DurationInput) =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const data = yield* fs.makeTempDirectoryScoped({ prefix: "busy-" })
      const before = yield* started({ data })
      const host = yield* created(before.url)
      yield* before.end
      const watch = yield* spans.watch("VectorService/DescribeIndexStats", "http.server POST")
      const { end } = yield* Effect.withTracer(started({ data, faults: { latency, seed: 1 } }), watch.tracer)
      const connection = yield* grpc.connect(host)
      const overGrpc = yield* Effect.fork(connection.call(stats, empty))
      yield* watch.begun
      const overHttp = yield* Effect.fork(
        Effect.provide(Effect.sandbox(http.send(host, "describeIndexStats", {})), FetchHttpClient.layer)
      )
      yield* watch.begun
      const ending = yield* Effect.fork(end)
      // From here on the server has begun to end.
      yield* sockets.refused(host)
      return { host, overGrpc, overHttp, ending, ended: watch.ended }
    })

  it.effect("comes to the port of an index with the index", () =>
    Effect.gen(function*() {
      const url = yield* Control
      const name = freshName()
      const host = yield* http.createIndex(url, { name })
      const connection = yield* grpc.connect(host)
      assert.strictEqual((yield* connection.call(stats, empty)).code, 0)
      const { status } = yield* HttpClient.del(`${url}/indexes/${name}`)
      assert.strictEqual(status, 202)
      yield* sockets.refused(host)
      assert.strictEqual((yield* connection.call(stats, empty)).code, 14)
    }).pipe(Effect.scoped, Effect.provide(overSockets())))

  it.scopedLive("waits for no call whose client has gone before all of its message came", () =>
    Effect.gen(function*() {
      const { end, url } = yield* started()
      const host = yield* created(url)
      const client = yield* Effect.acquireRelease(
        Effect.sync(() => NodeHttp2.connect(host)),
        (client) => Effect.sync(() => client.destroy())
      )
      const headers = { ":method": "POST", ":path": stats, "content-type": "application/grpc", te: "trailers" }
      const call = client.request(headers)
      call.on("error", () => {})
      // Of a message of 100 bytes there are some. What is answered afterwards on the connection came afterwards.
      call.write(Buffer.from([0, 0, 0, 0, 100, 1, 2, 3]))
      const other = client.request(headers)
      other.end(Buffer.alloc(5))
      other.resume()
      yield* Effect.promise(() => once(other, "close"))
      call.close(NodeHttp2.constants.NGHTTP2_CANCEL)
      yield* Effect.promise(() => once(call, "close"))
      yield* end
    }).pipe(
      Effect.provideService(patience.Current, { ...patience.usual, body: 1_000_000 }),
      Effect.provide(NodeContext.layer)
    ), 10_000)

  // The port of an index is opened by a request, which nothing interrupts: what is asked of the port can be interrupted.
  it.scoped("waits for no call whose deadline has passed, on the port of a new index", () =>
    Effect.gen(function*() {
      const { end, url } = yield* started({ faults: { latency: "1 hour", seed: 1 } })
      const [host] = yield* timed(created(url), "1 hour")
      const client = yield* Effect.acquireRelease(
        Effect.sync(() => NodeHttp2.connect(host)),
        (client) => Effect.sync(() => client.destroy())
      )
      const call = client.request({
        ":method": "POST",
        ":path": stats,
        "content-type": "application/grpc",
        te: "trailers",
        "grpc-timeout": "50m"
      })
      call.on("error", () => {})
      call.end(Buffer.alloc(5))
      const [headers] = (yield* Effect.promise(() => once(call, "response"))) as [NodeHttp2.IncomingHttpHeaders]
      assert.strictEqual(headers["grpc-status"], "4")
      yield* end
    }).pipe(Effect.provide(NodeContext.layer)), 10_000)

  it.scoped("waits for no request that is given up, on the port of a new index", () =>
    Effect.gen(function*() {
      const { end, url } = yield* started({ faults: { latency: "1 hour", seed: 1 } })
      const [host] = yield* timed(created(url), "1 hour")
      for (const line of ["POST /query", "GET /vectors/list"]) {
        const socket = Net.connect(Number(new URL(host).port), "127.0.0.1")
        yield* Effect.promise(() => once(socket, "connect"))
        const body = line.startsWith("POST") ? "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}" : "\r\n"
        socket.write(`${line} HTTP/1.1\r\nHost: 127.0.0.1\r\n${body}`)
        // What is answered on another connection came afterwards.
        yield* Effect.promise(() => fetch(`${host}/health`).then((answer) => answer.text()))
        socket.destroy()
        yield* Effect.promise(() => once(socket, "close"))
      }
      yield* end
    }).pipe(Effect.provide(NodeContext.layer)), 10_000)

  it.scopedLive("waits for no request whose client has gone before all of its body came", () =>
    Effect.gen(function*() {
      const { end, url } = yield* started()
      const host = yield* created(url)
      for (const path of ["/query", "/bulk/imports"]) {
        const socket = Net.connect(Number(new URL(host).port), "127.0.0.1")
        yield* Effect.promise(() => once(socket, "connect"))
        socket.write(
          `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`
        )
        // What is answered on another connection came afterwards.
        yield* Effect.provide(Effect.sandbox(http.send(host, "describeIndexStats", {})), FetchHttpClient.layer)
        socket.destroy()
        yield* Effect.promise(() => once(socket, "close"))
      }
      yield* end
    }).pipe(
      Effect.provideService(patience.Current, { ...patience.usual, body: 1_000_000 }),
      Effect.provide(NodeContext.layer)
    ), 10_000)

  it.scoped("waits for what is under way, over both protocols", () =>
    Effect.gen(function*() {
      const { ending, overGrpc, overHttp } = yield* busy("2 seconds")
      assert.isTrue(Option.isNone(yield* Fiber.poll(ending)))
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual((yield* Fiber.join(overGrpc)).code, 0)
      const { headers, status } = yield* Fiber.join(overHttp)
      assert.deepStrictEqual([status, headers["connection"]], [200, "close"])
      yield* Fiber.join(ending)
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("breaks off what takes too long", () =>
    Effect.gen(function*() {
      const { ended, ending, overGrpc, overHttp } = yield* busy("1 hour")
      yield* TestClock.adjust("5 seconds")
      assert.notStrictEqual((yield* Fiber.join(overGrpc)).code, 0)
      assert.isTrue(Exit.isFailure(yield* Fiber.await(overHttp)))
      yield* Fiber.join(ending)
      for (const exit of [yield* ended, yield* ended]) assert.isTrue(Exit.isInterrupted(exit))
    }).pipe(Effect.provide(NodeContext.layer)))
})
