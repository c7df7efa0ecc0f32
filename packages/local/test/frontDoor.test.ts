/**
 * The front door: what a caller who means harm, or knows no better, can cost. Each is answered or cut off within a bound, and
 * the server serves on.
 */
import * as Protocol from "@effect-pinecone/grpc/Protocol"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { once } from "node:events"
import * as NodeHttp2 from "node:http2"
import * as Zlib from "node:zlib"
import * as patience from "../src/internal/patience.js"
import * as PineconeLocal from "../src/PineconeLocal.js"
import * as certificates from "./utils/certificates.js"
import { freshName } from "./utils/pinecone.js"
import * as grpc from "./utils/rawGrpc.js"
import * as sockets from "./utils/sockets.js"

const mebibyte = 2 ** 20

/** A server that waits for nobody for long. */
const hasty: patience.Patience = {
  head: 400,
  body: 400,
  bodyBytes: 64,
  answer: 1000,
  nextRequest: 400,
  nextCall: 400,
  linger: 400
}

const publicName = "pinecone.test"

class Doors extends Context.Tag("test/Doors")<Doors, { readonly url: string; readonly host: string }>() {}

const doors = (options: PineconeLocal.ServeOptions = {}, waits = patience.usual) =>
  Layer.scoped(
    Doors,
    Effect.gen(function*() {
      const { url } = yield* PineconeLocal.serve({ ...options, port: 0 })
      // The public name of a server leads nowhere here.
      const at = (address: string) => address.replace(publicName, "127.0.0.1")
      const made = yield* Effect.promise(async () => {
        const answer = await fetch(`${at(url)}/indexes`, {
          method: "POST",
          headers: { "api-key": "right", "content-type": "application/json" },
          body: JSON.stringify({
            name: freshName(),
            dimension: 3,
            spec: { serverless: { cloud: "aws", region: "us-east-1" } }
          })
        })
        return (await answer.json()) as { readonly host: string }
      })
      return { url: at(url), host: at(made.host) }
    }).pipe(Effect.provideService(patience.Current, waits))
  )

const head = (method: string, path: string, headers: Readonly<Record<string, string>> = {}): string => {
  const all: Readonly<Record<string, string>> = { Host: "127.0.0.1", ...headers }
  return `${method} ${path} HTTP/1.1\r\n${
    Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join("")
  }\r\n`
}

const isWhole = (answer: Buffer): boolean => {
  const text = answer.toString("latin1")
  const [start, ...rest] = text.split("\r\n\r\n")
  const length = /content-length: (\d+)/i.exec(start!)?.[1]
  return rest.length > 0 && (length === undefined || rest.join("\r\n\r\n").length >= Number(length))
}

interface Told {
  readonly status: number
  readonly headers: string
  readonly json: any
}

const toldOf = (answer: Buffer): Told => {
  const [headers = "", body = ""] = answer.toString().split("\r\n\r\n")
  return {
    status: Number(/^HTTP\/1\.1 (\d+)/.exec(headers)?.[1]),
    headers: headers.toLowerCase(),
    json: body === "" ? undefined : JSON.parse(body)
  }
}

/** Writes bytes, and gives the first answer to them. The connection stays. */
const said = (url: string, ...bytes: ReadonlyArray<string | Uint8Array>) =>
  Effect.gen(function*() {
    const connection = yield* sockets.open(url)
    for (const some of bytes) yield* connection.write(some)
    return toldOf(yield* connection.until(isWhole))
  })

const post = (path: string, body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}) => {
  const bytes = Buffer.from(body)
  return [
    head("POST", path, { "Content-Type": "application/json", "Content-Length": String(bytes.length), ...headers }),
    bytes
  ] as const
}

/** That the server is as it was. */
const serves = Effect.gen(function*() {
  const { host, url } = yield* Doors
  for (const where of [url, host]) {
    const { status } = yield* said(where, head("GET", "/namespaces", { "api-key": "right" }))
    assert.isBelow(status, 500)
  }
})

const rightKey = [Redacted.make("right")]

describe("without the key, nothing of a body is read", () => {
  const bodies: ReadonlyArray<readonly [string, boolean, string, Readonly<Record<string, string>>]> = [
    ["JSON", true, "/vectors/upsert", { "Content-Type": "application/json", "Content-Length": "10000000000" }],
    ["chunks without an end", true, "/query", { "Content-Type": "application/json", "Transfer-Encoding": "chunked" }],
    ["lines", true, "/records/namespaces/a/upsert", {
      "Content-Type": "application/x-ndjson",
      "Transfer-Encoding": "chunked"
    }],
    ["a file", false, "/assistant/files/a", {
      "Content-Type": "multipart/form-data; boundary=x",
      "Content-Length": "90000000"
    }]
  ]
  it.scopedLive("over HTTP: the answer comes at once, and the connection ends", () =>
    Effect.gen(function*() {
      const { host, url } = yield* Doors
      for (const [name, isOfIndex, path, headers] of bodies) {
        const connection = yield* sockets.open(isOfIndex ? host : url)
        yield* connection.write(head("POST", path, { ...headers, "api-key": "wrong" }))
        const told = toldOf(yield* connection.until(isWhole))
        assert.strictEqual(told.status, 401, name)
        // The client goes on all the same.
        const piece = Buffer.alloc(mebibyte, "x")
        const chunk = Buffer.concat([Buffer.from(`${mebibyte.toString(16)}\r\n`), piece, Buffer.from("\r\n")])
        const write = () => {
          while (connection.socket.writable && connection.socket.write(chunk));
        }
        connection.socket.on("drain", write)
        write()
        yield* connection.ended
        // What is drained, and what fits between the two processes.
        assert.isBelow(connection.socket.bytesWritten - connection.socket.writableLength, 20 * mebibyte, name)
      }
      yield* serves
    }).pipe(Effect.provide(doors({ apiKeys: rightKey }, hasty))))

  it.scopedLive("a client that waits to be told is never told to send", () =>
    Effect.gen(function*() {
      const { host } = yield* Doors
      const expecting = { "Content-Type": "application/json", "Content-Length": "2", "Expect": "100-continue" }
      const wrong = yield* said(host, head("POST", "/describe_index_stats", { ...expecting, "api-key": "wrong" }))
      assert.strictEqual(wrong.status, 401)
      const connection = yield* sockets.open(host)
      yield* connection.write(head("POST", "/describe_index_stats", { ...expecting, "api-key": "right" }))
      yield* connection.until((received) => received.toString() === "HTTP/1.1 100 Continue\r\n\r\n")
      yield* connection.write("{}")
      yield* connection.until((received) => received.includes("HTTP/1.1 200 OK"))
    }).pipe(Effect.provide(doors({ apiKeys: rightKey }))))

  it.scopedLive("over gRPC: the answer comes before the message", () =>
    Effect.gen(function*() {
      const { host } = yield* Doors
      const { begin } = yield* http2(host)
      const silent = begin(Protocol.methods.upsert.path, { "api-key": "wrong" })
      assert.strictEqual((yield* silent.ended).code, "16")
      // Bytes that are no message, compressed in no way that there is: nobody looks.
      const compressed = begin(Protocol.methods.upsert.path, { "api-key": "wrong", "grpc-encoding": "gzip" })
      compressed.stream.write(Buffer.concat([Buffer.from([1, 0, 1, 0, 0]), Buffer.alloc(1000, 7)]))
      assert.strictEqual((yield* compressed.ended).code, "16")
    }).pipe(Effect.provide(doors({ apiKeys: rightKey }))))
})

/** A connection of HTTP/2, and calls over it with messages of any bytes. */
const http2 = (host: string) =>
  Effect.gen(function*() {
    const session = yield* Effect.acquireRelease(
      Effect.sync(() => NodeHttp2.connect(host).on("error", () => {})),
      (session) => Effect.sync(() => session.destroy())
    )
    const begin = (path: string, headers: NodeHttp2.OutgoingHttpHeaders = {}) => {
      const stream = session.request({
        ":method": "POST",
        ":path": path,
        "content-type": "application/grpc",
        "te": "trailers",
        ...headers
      })
      const received: Record<string, unknown> = {}
      stream.on("response", (all) => Object.assign(received, all)).on("trailers", (all) => Object.assign(received, all))
      stream.on("error", () => {}).resume()
      const closed = once(stream, "close")
      return {
        stream,
        ended: Effect.map(Effect.promise(() => closed), () => ({
          status: received[":status"],
          code: received["grpc-status"] as string | undefined,
          message: decodeURI(String(received["grpc-message"] ?? "")),
          received
        }))
      }
    }
    return { session, begin }
  })

const framed = (flag: number, message: Uint8Array, length = message.length): Buffer => {
  const prefix = Buffer.alloc(5)
  prefix[0] = flag
  prefix.writeUInt32BE(length, 1)
  return Buffer.concat([prefix, message])
}

describe("a message of gRPC", () => {
  const { encodeRequest, path } = Protocol.methods.upsert
  const small = encodeRequest({ vectors: [{ id: "a", values: Float32Array.of(1, 2, 3), metadata: { a: "x" } }] })

  const cases: ReadonlyArray<
    readonly [string, body: Buffer, headers: Readonly<Record<string, string>>, code: string, message: RegExp]
  > = [
    ["is read as it is", framed(0, small), {}, "0", /^$/],
    ["is read compressed", framed(1, Zlib.gzipSync(small)), { "grpc-encoding": "gzip" }, "0", /^$/],
    ["is read deflated", framed(1, Zlib.deflateSync(small)), { "grpc-encoding": "deflate" }, "0", /^$/],
    ["need not be compressed where it could be", framed(0, small), { "grpc-encoding": "gzip" }, "0", /^$/],
    [
      "is not unpacked beyond the limit",
      framed(1, Zlib.gzipSync(Buffer.alloc(128 * mebibyte))),
      { "grpc-encoding": "gzip" },
      "8",
      /longer, when unpacked, than 16,777,216 bytes/
    ],
    [
      "is refused by its length",
      framed(0, Buffer.alloc(10), 17 * mebibyte),
      {},
      "8",
      /17,825,792 bytes; the limit is 16,777,216/
    ],
    [
      "in an unknown encoding is refused",
      framed(1, small),
      { "grpc-encoding": "snappy" },
      "12",
      /identity,deflate,gzip/
    ],
    ["has to say how it is compressed", framed(1, small), {}, "13", /does not say how/],
    ["begins with 0 or 1", framed(2, small), {}, "13", /neither 0 nor 1/],
    ["has all its bytes", framed(0, small, small.length + 1), {}, "3", /cut off/],
    ["is there", Buffer.alloc(0), {}, "3", /no message/],
    ["is one", Buffer.concat([framed(0, small), framed(0, small)]), {}, "3", /more than one message/],
    [
      "that is broken in its compression is refused",
      framed(1, Zlib.gzipSync(small).subarray(0, 15)),
      { "grpc-encoding": "gzip" },
      "13",
      /cannot be unpacked/
    ],
    ["has no page behind it", framed(0, small), { origin: "http://localhost:3000" }, "7", /Pages/],
    ...["1", "S", "-1S", "123456789S", "1x", "1.5S"].map((timeout) =>
      [
        `has a deadline that can be read, which is not ${timeout}`,
        framed(0, small),
        { "grpc-timeout": timeout },
        "3",
        /grpc-timeout/
      ] as const
    )
  ]

  it.scopedLive("is read if it is one, and no further than it may be", () =>
    Effect.gen(function*() {
      const { begin } = yield* http2((yield* Doors).host)
      for (const [name, body, headers, code, message] of cases) {
        const call = begin(path, headers)
        call.stream.end(body)
        const ended = yield* call.ended
        assert.strictEqual(ended.code, code, `${name}: ${ended.message}`)
        assert.match(ended.message, message, name)
        if (code === "12") assert.strictEqual(ended.received["grpc-accept-encoding"], "identity,deflate,gzip")
      }
      const typed = begin(path, { "content-type": "text/html" })
      assert.strictEqual((yield* typed.ended).status, 415)
      const got = begin(path, { ":method": "GET" })
      assert.strictEqual((yield* got.ended).status, 405)
    }).pipe(Effect.provide(doors())))

  it.scopedLive("that is a thousand times what was sent is worked on with few others", () =>
    Effect.gen(function*() {
      const { begin } = yield* http2((yield* Doors).host)
      const bomb = framed(1, Zlib.gzipSync(Buffer.alloc(128 * mebibyte)))
      const before = process.memoryUsage().rss
      const calls = Array.from({ length: 12 }, () => {
        const call = begin(path, { "grpc-encoding": "gzip" })
        call.stream.end(bomb)
        return call
      })
      for (const call of calls) assert.strictEqual((yield* call.ended).code, "8")
      assert.isBelow(process.memoryUsage().rss - before, 300 * mebibyte)
    }).pipe(Effect.provide(doors())))
})

describe("a body over HTTP", () => {
  const deep = "[".repeat(200_000) + "]".repeat(200_000)
  const query = (filter: string) => `{"topK":1,"vector":[1,2,3],"filter":${filter}}`
  const nested = (depth: number) => `${"{\"$and\":[".repeat(depth)}{"a":1}${"]}".repeat(depth)}`

  it.scopedLive("is refused by its length, and read no further than its limit", () =>
    Effect.gen(function*() {
      const { host, url } = yield* Doors
      const typed = { "Content-Type": "application/json" }
      for (
        const [where, path, bytes] of [
          [host, "/vectors/upsert", 16 * mebibyte],
          [url, "/indexes", mebibyte],
          [url, "/embed", 4 * mebibyte]
        ] as const
      ) {
        const told = yield* said(where, head("POST", path, { ...typed, "Content-Length": String(bytes + 1) }))
        assert.strictEqual(told.status, 413, path)
        assert.include(JSON.stringify(told.json), bytes.toLocaleString("en-US"))
      }
      const connection = yield* sockets.open(url)
      yield* connection.write(head("POST", "/indexes", { ...typed, "Transfer-Encoding": "chunked" }))
      const chunk = `${(2 ** 16).toString(16)}\r\n${" ".repeat(2 ** 16)}\r\n`
      for (let i = 0; i < 20; i++) yield* connection.write(chunk)
      assert.strictEqual(toldOf(yield* connection.until(isWhole)).status, 413)
    }).pipe(Effect.provide(doors())))

  const bodies: ReadonlyArray<
    readonly [
      string,
      path: string,
      body: string | Uint8Array,
      headers: Readonly<Record<string, string>>,
      status: number
    ]
  > = [
    ["nested deep", "/query", deep, {}, 400],
    ["with a filter nested deep", "/query", query(nested(10_000)), {}, 400],
    ["with metadata nested deep", "/vectors/upsert", `{"vectors":[{"id":"a","metadata":{"a":${deep}}}]}`, {}, 400],
    ["with lines nested deep", "/records/namespaces/a/upsert", deep, { "Content-Type": "application/x-ndjson" }, 400],
    ["of many parts", "/query", `[${"[],".repeat(600_000)}1]`, {}, 400],
    ["that is not UTF-8", "/query", Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), {}, 400],
    ["as text", "/query", query("{}"), { "Content-Type": "text/plain" }, 415],
    ["as a form", "/query", query("{}"), { "Content-Type": "application/x-www-form-urlencoded" }, 415],
    ["as XML", "/vectors/upsert", "<a/>", { "Content-Type": "application/xml" }, 415],
    ["as a file", "/query", "--x--", { "Content-Type": "multipart/form-data; boundary=x" }, 415],
    ["compressed", "/query", Zlib.gzipSync(query("{}")), { "Content-Encoding": "gzip" }, 415],
    [
      "as JSON with a charset",
      "/query",
      query("{\"a\":1}"),
      { "Content-Type": "Application/JSON; charset=utf-8" },
      200
    ],
    ["by its own encoding", "/query", query("{\"a\":1}"), { "Content-Encoding": "identity" }, 200],
    ["slowly, with a charset", "/query", query(nested(20)), {}, 200]
  ]
  it.scopedLive("is read if it is what the route takes", () =>
    Effect.gen(function*() {
      const { host } = yield* Doors
      for (const [name, path, body, headers, status] of bodies) {
        const told = yield* said(host, ...post(path, body, headers))
        assert.strictEqual(told.status, status, `${name}: ${JSON.stringify(told.json)}`)
        if (status >= 400) assert.strictEqual(typeof (told.json.message ?? told.json.error?.message), "string", name)
      }
      // As `curl` sends it where it is told to leave the type out.
      const untyped = yield* said(
        host,
        head("POST", "/query", { "Content-Length": String(query("{\"a\":1}").length) }),
        query("{\"a\":1}")
      )
      assert.strictEqual(untyped.status, 200)
      yield* serves
    }).pipe(Effect.provide(doors())))

  it.scopedLive("of an upload that is cut off is answered", () =>
    Effect.gen(function*() {
      const { url } = yield* Doors
      yield* said(url, ...post("/assistant/assistants", "{\"name\":\"a\"}"))
      const typed = { "Content-Type": "multipart/form-data; boundary=x" }
      const file = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nsome text"
      for (const body of [file, "--x", "nothing of it", "--x\r\nContent-Disposition: form-data; name=\"file\"\r\n"]) {
        const told = yield* said(url, ...post("/assistant/files/a", body, typed))
        assert.strictEqual(told.status, 400, body)
      }
      // The client ends its side in the middle of a file.
      const connection = yield* sockets.open(url)
      connection.socket.allowHalfOpen = true
      yield* connection.write(head("POST", "/assistant/files/a", { ...typed, "Content-Length": "100000" }) + file)
      connection.socket.end()
      assert.strictEqual(toldOf(yield* connection.ended).status, 400)
      yield* serves
    }).pipe(Effect.provide(doors())))
})

describe("who is slow", () => {
  const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
  const settings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])

  it.scopedLive("or silent is cut off, in whatever he began", () =>
    Effect.gen(function*() {
      const { host } = yield* Doors
      const begun: ReadonlyArray<readonly [string, string | Uint8Array, RegExp]> = [
        ["nothing", "", /^$/],
        ["a first byte", "G", /^HTTP\/1\.1 408 .*HTTP|^HTTP\/1\.1 408 /],
        ["a head", "GET /namespaces HTTP/1.1\r\nHost: 127.0.0.1\r\n", /^HTTP\/1\.1 408 /],
        ["half a preface", preface.slice(0, 10), /^$/],
        ["a preface", preface, /./s],
        ["a preface and its settings", Buffer.concat([Buffer.from(preface), settings]), /./s],
        [
          "frames that are wrong",
          // A window that grows by nothing.
          Buffer.concat([Buffer.from(preface), settings, Buffer.from([0, 0, 4, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0])]),
          /./s
        ],
        [
          "a body",
          head("POST", "/query", { "Content-Type": "application/json", "Content-Length": "1000" }) + "{",
          /^HTTP\/1\.1 408 [^]*too slowly/
        ],
        ["nothing after an answer", head("GET", "/namespaces"), /^HTTP\/1\.1 200 OK/]
      ]
      for (const [name, bytes, answer] of begun) {
        const connection = yield* sockets.open(host)
        if (bytes.length > 0) yield* connection.write(bytes)
        assert.match((yield* connection.ended).toString("latin1"), answer, name)
      }
      const call = (yield* http2(host)).begin(Protocol.methods.upsert.path)
      const ended = yield* call.ended
      assert.deepStrictEqual([ended.code, ended.message.includes("too slowly")], ["4", true])
      yield* serves
    }).pipe(Effect.provide(doors({}, hasty))))

  it.scopedLive("but comes on is waited for", () =>
    Effect.gen(function*() {
      const { host } = yield* Doors
      const body = JSON.stringify({ topK: 1, vector: [1, 2, 3], namespace: "x".repeat(500) })
      const connection = yield* sockets.open(host)
      yield* connection.write(
        head("POST", "/query", { "Content-Type": "application/json", "Content-Length": String(body.length) })
      )
      for (let i = 0; i < body.length; i += 50) {
        yield* connection.write(body.slice(i, i + 50))
        yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 100)))
      }
      assert.strictEqual(toldOf(yield* connection.until(isWhole)).status, 200)
    }).pipe(Effect.provide(doors({}, { ...hasty, body: 600, bodyBytes: 10 }))))

  it.scopedLive("to encrypt is cut off", () =>
    Effect.gen(function*() {
      const { url } = yield* Doors
      for (const bytes of ["", "\u0016\u0003\u0001"]) {
        const connection = yield* sockets.open(url)
        if (bytes !== "") yield* connection.write(bytes)
        yield* connection.ended
      }
    }).pipe(Effect.provide(Layer.scoped(
      Doors,
      Effect.suspend(() => {
        const { cert, key } = certificates.server(certificates.authority("The test's authority"), "localhost")
        return Effect.map(
          PineconeLocal.serve({ port: 0, tls: { cert, key: Redacted.make(key) } }),
          ({ url }) => ({ url, host: url })
        )
      }).pipe(Effect.provideService(patience.Current, hasty))
    ))))
})

describe("a page in a browser", () => {
  const origin = "http://evil.example"
  type Row = readonly [name: string, headers: Readonly<Record<string, string>>, status: number]
  const table = (rows: ReadonlyArray<Row>) =>
    Effect.gen(function*() {
      const { host, url } = yield* Doors
      for (const [name, headers, status] of rows) {
        for (
          const [where, request] of [
            [url, head("GET", "/indexes", headers)],
            [host, head("GET", "/namespaces", headers)]
          ] as const
        ) {
          const told = yield* said(where, request)
          assert.strictEqual(told.status, status, `${name}: ${JSON.stringify(told.json)}`)
          if (status === 403) assert.notInclude(told.headers, "access-control")
        }
      }
    })

  it.scopedLive("of another origin is not let in, nor by another name", () =>
    table([
      ["a program", {}, 200],
      ["a page of elsewhere", { Origin: origin }, 403],
      ["a page of nowhere", { Origin: "null" }, 403],
      ["a page of another port", { Origin: "http://localhost:3000" }, 403],
      ["a page of the server", { "Host": "localhost:1", "Origin": "http://localhost:1" }, 200],
      ["a picture of elsewhere", { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors" }, 403],
      ["a typed address", { "Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate" }, 200],
      ["a rebound name", { Host: "evil.example" }, 403],
      ["a rebound name with its origin", { Host: "evil.example", Origin: origin }, 403],
      ["a name that ends like ours", { Host: "notlocalhost" }, 403],
      ["localhost", { Host: "localhost:5080" }, 200],
      ["below localhost", { Host: "pinecone.localhost" }, 200],
      ["an address", { Host: "[::1]:5080" }, 200],
      ["another address", { Host: "192.168.1.2:5080" }, 200],
      ["the public name", { Host: "Pinecone.Test:5080" }, 200]
    ]).pipe(Effect.provide(doors({ publicHost: publicName }))))

  it.scopedLive("is let in by --cors, and told so", () =>
    Effect.gen(function*() {
      const { host } = yield* Doors
      const asked = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "api-key,content-type"
      }
      for (const path of ["/vectors/upsert", "/namespaces", "/nowhere"]) {
        const told = yield* said(host, head("OPTIONS", path, { Origin: "http://localhost:3000", ...asked }))
        assert.strictEqual(told.status, 204)
        assert.include(told.headers, "access-control-allow-origin: http://localhost:3000")
        assert.include(told.headers, "access-control-allow-headers: api-key, content-type")
        assert.include(told.headers, "vary: origin")
        const refused = yield* said(host, head("OPTIONS", path, { Origin: origin, ...asked }))
        assert.deepStrictEqual([refused.status, refused.json.message.includes(`--cors ${origin}`)], [403, true])
      }
      const read = yield* said(host, head("GET", "/namespaces", { Origin: "http://localhost:3000" }))
      assert.strictEqual(read.status, 200)
      assert.include(read.headers, "access-control-allow-origin: http://localhost:3000")
      assert.include(read.headers, "x-pinecone-request-id")
    }).pipe(Effect.provide(doors({ cors: ["http://localhost:3000"] }))))

  it.scopedLive("is refused with a key, too, while any name will do", () =>
    table([
      ["any name", { "Host": "db.internal", "api-key": "right" }, 200],
      ["a page with the key", { "Origin": origin, "api-key": "right" }, 403],
      ["no key", { Host: "db.internal" }, 401]
    ]).pipe(Effect.provide(doors({ apiKeys: rightKey }))))
})

describe("what HTTP/1.1 leaves to be understood", () => {
  const chunked = { "Content-Type": "application/json", "Transfer-Encoding": "chunked" }
  const sized = { "Content-Type": "application/json", "Content-Length": "2" }
  const requests: ReadonlyArray<readonly [string, string]> = [
    ["two ways to tell a length", head("POST", "/query", { ...chunked, "Content-Length": "2" }) + "0\r\n\r\n"],
    ["two lengths", head("POST", "/query", { ...sized, "content-length": "3" }) + "{}"],
    ["a length below 0", head("POST", "/query", { ...sized, "Content-Length": "-2" }) + "{}"],
    ["a size of a chunk that is none", head("POST", "/query", chunked) + "zz\r\n{}\r\n0\r\n\r\n"],
    ["a size of a chunk beyond numbers", head("POST", "/query", chunked) + "fffffffffffffffff\r\n{}\r\n0\r\n\r\n"],
    ["a transfer in another way", head("POST", "/query", { ...sized, "Transfer-Encoding": "gzip" }) + "{}"],
    ["a name with a blank", head("POST", "/query", { ...sized, "api-key ": "x" }) + "{}"],
    ["two keys", head("GET", "/namespaces", { "api-key": "a", "Api-Key": "b" })],
    ["two hosts", head("GET", "/namespaces", { host: "localhost" })],
    ["no host", "GET /namespaces HTTP/1.1\r\n\r\n"],
    ["an address with a scheme", head("GET", "http://127.0.0.1/namespaces")],
    ["a path of two slashes", head("GET", "//evil.example/namespaces")],
    ["a path that steps up", head("GET", "/namespaces/../indexes")],
    ["a path that steps up, encoded", head("GET", "/namespaces/%2e%2E")],
    ["an encoding that is none", head("GET", "/namespaces/%zz")],
    ["an encoding that is not of UTF-8", head("GET", "/namespaces/%c3%28")],
    ["a star", head("OPTIONS", "*")],
    ["a version that there is not", "GET / HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n"]
  ]
  it.scopedLive("is refused", () =>
    Effect.gen(function*() {
      const { host } = yield* Doors
      for (const [name, request] of requests) {
        const told = yield* said(host, request)
        assert.strictEqual(told.status, 400, name)
        assert.deepStrictEqual([told.json.code, typeof told.json.message], [3, "string"], name)
      }
      yield* serves
    }).pipe(Effect.provide(doors())))

  it.scopedLive("is ended where requests run ahead of their answers", () =>
    Effect.gen(function*() {
      const { host } = yield* Doors
      const connection = yield* sockets.open(host)
      yield* connection.write(head("GET", "/namespaces").repeat(2000))
      yield* connection.ended
      yield* serves
    }).pipe(Effect.provide(doors())))
})

describe("floods of HTTP/2", () => {
  const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
  const frame = (type: number, flags: number, stream: number, payload: Uint8Array = new Uint8Array()) => {
    const bytes = Buffer.alloc(9)
    bytes.writeUIntBE(payload.length, 0, 3)
    bytes[3] = type
    bytes[4] = flags
    bytes.writeUInt32BE(stream, 5)
    return Buffer.concat([bytes, payload])
  }
  const many = (count: number, make: (i: number) => Buffer) =>
    Buffer.concat(Array.from({ length: count }, (_, i) => make(i)))
  // :method POST, :scheme http, :path /, as HPACK has them in its table.
  const request = Buffer.from([0x83, 0x86, 0x84])
  const reset = (i: number) =>
    Buffer.concat([frame(1, 4, 2 * i + 1, request), frame(3, 0, 2 * i + 1, Buffer.from([0, 0, 0, 8]))])
  const floods: ReadonlyArray<readonly [string, Buffer]> = [
    ["streams that are reset", many(20_000, reset)],
    ["pieces of one head", Buffer.concat([frame(1, 0, 1, request), many(20_000, () => frame(9, 0, 1, request))])],
    ["settings", many(50_000, () => frame(4, 0, 0))],
    ["pings", many(50_000, () => frame(6, 0, 0, Buffer.alloc(8)))],
    ["frames without data", Buffer.concat([frame(1, 4, 1, request), many(50_000, () => frame(0, 0, 1))])],
    ["streams beyond the number", many(20_000, (i) => frame(1, 4, 2 * i + 1, request))],
    [
      "a head without end",
      Buffer.concat([frame(1, 0, 1, request), many(100, () => frame(9, 0, 1, Buffer.alloc(16_000, 0x84)))])
    ]
  ]
  it.scopedLive("end with their connection, and cost others nothing", () =>
    Effect.gen(function*() {
      const { host } = yield* Doors
      const before = process.memoryUsage().rss
      for (const [name, bytes] of floods) {
        const connection = yield* sockets.open(host)
        connection.socket.write(Buffer.concat([preface, frame(4, 0, 0), bytes]))
        connection.socket.end()
        yield* connection.ended
        const call = (yield* http2(host)).begin(Protocol.methods.list.path)
        call.stream.end(framed(0, new Uint8Array()))
        assert.strictEqual((yield* call.ended).code, "0", name)
      }
      assert.isBelow(process.memoryUsage().rss - before, 300 * mebibyte)
    }).pipe(Effect.provide(doors())))

  it.scopedLive("are no pings of who keeps a connection, which stays while they come", () =>
    Effect.gen(function*() {
      const { host } = yield* Doors
      const { begin, session } = yield* http2(host)
      yield* Effect.promise(() => once(session, "remoteSettings"))
      for (let i = 0; i < 8; i++) {
        yield* Effect.async<void>((resume) => {
          session.ping(() => resume(Effect.void))
        })
        yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 100)))
      }
      const call = begin(Protocol.methods.list.path)
      call.stream.end(framed(0, new Uint8Array()))
      assert.strictEqual((yield* call.ended).code, "0")
      // And without them it ends.
      if (!session.closed) yield* Effect.promise(() => once(session, "close"))
    }).pipe(Effect.provide(doors({}, hasty))))
})

describe("the official library of gRPC", () => {
  it.scopedLive("compresses its calls, and is understood", () =>
    Effect.gen(function*() {
      const connection = yield* grpc.connect((yield* Doors).host)
      const { encodeRequest, path } = Protocol.methods.upsert
      const vectors = Array.from({ length: 500 }, (_, i) => ({ id: `${i}`, values: Float32Array.of(i, 0, 1) }))
      const said = yield* connection.call(path, encodeRequest({ vectors }), {
        headers: { "grpc-internal-encoding-request": "gzip" }
      })
      assert.strictEqual(said.code, 0)
    }).pipe(Effect.provide(doors())))
})
