/** What goes wrong on connections: an error with its reason, then the next call works, and nothing is left over. */
import * as Call from "@effect-pinecone/http/Call"
import type { VectorService } from "@effect-pinecone/http/VectorService"
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Http2 from "node:http2"
import type * as Net from "node:net"
import { setImmediate } from "node:timers/promises"
import type * as NodeGrpc from "../src/NodeGrpc.js"
import * as client from "./utils/client.js"

import * as servers from "./utils/servers.js"

const nothing = new Uint8Array()

const ask = (vectors: VectorService, url: string) => vectors.fetch({ host: url, index: "movies" }, { ids: ["a"] })

/** The reason of a call that got no answer. */
const reason = (error: PineconeError.RequestError): string => {
  assert.strictEqual(error._tag, "PineconeTransportError", error.message)
  return error.message
}

const refused = (vectors: VectorService, url: string) => Effect.map(Effect.flip(ask(vectors, url)), reason)

const turn = Effect.promise(() => setImmediate())

/** Waits until the process has no more sockets and timers than it had. */
const settled = (before: Readonly<Record<string, number>>) =>
  Effect.repeat(Effect.zipRight(turn, Effect.sync(client.resources)), {
    until: (now) => Object.entries(now).every(([name, count]) => count <= (before[name] ?? 0))
  })

/** A client in a scope of its own, after which nothing of it may be left, in the process or at the server. */
const withClient = <A, E>(
  idle: Effect.Effect<void>,
  use: (vectors: VectorService, scope: Scope.CloseableScope) => Effect.Effect<A, E>,
  options: NodeGrpc.Options = {},
  settings: Parameters<typeof client.vectors>[1] = {}
) =>
  Effect.gen(function*() {
    const before = client.resources()
    const scope = yield* Scope.make()
    const vectors = yield* Scope.extend(client.vectors(options, settings), scope)
    const result = yield* use(vectors, scope)
    yield* Scope.close(scope, Exit.void)
    yield* idle
    yield* settled(before)
    return result
  })

describe("a server that is not there", () => {
  it.scoped("is told of, and reached as soon as it is there", () =>
    Effect.gen(function*() {
      const port = yield* servers.deafPort
      const url = `http://127.0.0.1:${port}`
      yield* withClient(Effect.void, (vectors) =>
        Effect.gen(function*() {
          for (let i = 0; i < 5; i++) {
            const reasons = yield* Effect.all(Array.from({ length: 4 }, () => refused(vectors, url)), {
              concurrency: "unbounded"
            })
            for (const reason of reasons) assert.match(reason, /got no answer: connect ECONNREFUSED 127\.0\.0\.1:\d+$/)
          }
          // The very next call: nobody waits for a time that earlier ones have set.
          yield* Effect.scoped(Effect.gen(function*() {
            yield* servers.serve((call) => servers.answer(call, nothing), { port })
            yield* ask(vectors, url)
          }))
          yield* refused(vectors, url)
          yield* Effect.scoped(Effect.gen(function*() {
            const again = yield* servers.serve((call) => servers.answer(call, nothing), { port })
            yield* ask(vectors, url)
            yield* ask(vectors, url)
            assert.strictEqual(again.used(), 1)
          }))
        }))
    }))

  it.scoped("is reached by the first of the settings' own retries", () =>
    Effect.gen(function*() {
      const port = yield* servers.deafPort
      const scope = yield* Effect.scope
      // The server comes up between the first try and the second.
      const retry = Schedule.recurs(1).pipe(
        Schedule.tapInput(() => Scope.extend(servers.serve((call) => servers.answer(call, nothing), { port }), scope))
      )
      yield* withClient(
        Effect.void,
        (vectors) =>
          Effect.map(ask(vectors, `http://127.0.0.1:${port}`), ([, { attempts }]) => assert.strictEqual(attempts, 2)),
        {},
        { retry }
      )
    }))

  it.scoped("because its name is none", () =>
    withClient(Effect.void, (vectors) =>
      Effect.gen(function*() {
        assert.match(yield* refused(vectors, "https://nobody.invalid"), /cannot resolve the host name nobody\.invalid/)
        for (const host of ["", "no host", "http://no host", "https://"]) {
          const error = yield* Effect.flip(ask(vectors, host))
          assert.deepInclude(error, { _tag: "PineconeInvalidRequest", attempts: 0, field: "host" })
        }
        // A scheme of the library's own is the name of a host like any other.
        assert.match(yield* refused(vectors, "http://unix.invalid:80"), /cannot resolve the host name unix\.invalid/)
      })))
})

describe("a connection that comes to nothing", () => {
  const { tcp } = servers

  /** What a server says to its first connections; to the others it speaks gRPC. */
  const begins = (
    name: string,
    say: (socket: Net.Socket) => void,
    expected: RegExp,
    scheme: "http" | "https" = "http",
    options: NodeGrpc.Options = {}
  ) =>
    it.scoped(name, () =>
      Effect.gen(function*() {
        const odd = yield* tcp(say)
        const good = yield* servers.serve((call) => servers.answer(call, nothing))
        const url = `${scheme}://127.0.0.1:${odd.port}`
        yield* withClient(
          Effect.zipRight(odd.idle, good.idle),
          (vectors) =>
            Effect.gen(function*() {
              for (let i = 0; i < 2; i++) {
                assert.match(yield* refused(vectors, url), expected)
                yield* ask(vectors, good.url)
              }
              assert.strictEqual(good.used(), 1)
              // What failed is closed before the scope is.
              yield* odd.idle
            }),
          options
        )
      }))

  // Long enough for a good server on a busy machine.
  const options = { connectTimeout: "300 millis" } as const
  begins(
    "because the server says nothing",
    () => {},
    /answer: no connection to 127\.0\.0\.1:\d+ within 300ms$/,
    "http",
    options
  )
  begins(
    "because the server says nothing of TLS",
    () => {},
    /answer: no connection to 127\.0\.0\.1:\d+ within 300ms$/,
    "https",
    options
  )
  begins("because the server closes it", (socket) => socket.end(), /no answer: \w/)
  begins("because the server resets it", (socket) => socket.resetAndDestroy(), /no answer: \w/)
  begins("because the server resets it before TLS", (socket) => socket.resetAndDestroy(), /no answer: \w/, "https")
  begins(
    "because the server speaks HTTP/1.1",
    (socket) => void socket.write("HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"),
    /Protocol error/
  )
  begins(
    "because the server speaks something else",
    (socket) => void socket.write("SSH-2.0-x\r\n\r\n"),
    /Protocol error/
  )
  begins(
    "because the server speaks no TLS",
    (socket) => void socket.write("220 mail.test ESMTP\r\n"),
    /wrong version number|packet length/,
    "https"
  )
  begins(
    "because the bytes are any",
    (socket) => void socket.write(Buffer.alloc(4000, 0xa5)),
    /Protocol error|[Ff]rame/
  )

  it.scoped("has no part in another: calls that wait for it end, and the scope ends it", () =>
    Effect.gen(function*() {
      const silent = yield* servers.tcp(() => {})
      for (const scheme of ["http", "https"]) {
        yield* withClient(silent.idle, (vectors, scope) =>
          Effect.gen(function*() {
            const { count } = silent
            const next = count.total + 1
            const fibers = yield* Effect.all(
              Array.from({ length: 3 }, () => Effect.fork(refused(vectors, `${scheme}://127.0.0.1:${silent.port}`)))
            )
            yield* silent.reached(next)
            yield* Fiber.interrupt(fibers[0]!)
            yield* Scope.close(scope, Exit.void)
            for (const fiber of fibers.slice(1)) assert.match(yield* Fiber.join(fiber), /its scope has ended$/)
            assert.strictEqual(count.total, next)
          }))
      }
    }))
})

describe("a call that breaks off", () => {
  const broken: Readonly<Record<string, readonly [answer: (call: servers.Call) => void, why: RegExp]>> = {
    "when the server closes the connection": [
      ({ session }) => session.destroy(),
      /the connection was lost/
    ],
    "when the connection is reset": [
      ({ session }) => (session.socket as Net.Socket).resetAndDestroy(),
      /the connection was lost: read ECONNRESET/
    ],
    "when the connection is reset within the answer": [
      ({ session, stream }) => {
        stream.respond({ "content-type": "application/grpc" })
        stream.write(
          servers.framed(new Uint8Array(1000)).subarray(0, 500),
          () => (session.socket as Net.Socket).resetAndDestroy()
        )
      },
      /the connection was lost/
    ],
    "when the answer ends without a status": [
      ({ stream }) => {
        stream.respond({ "content-type": "application/grpc" })
        stream.end(servers.framed(nothing))
      },
      /the answer ended without a gRPC status/
    ],
    "when the server says that it goes away, and why": [
      ({ session }) => {
        session.goaway(Http2.constants.NGHTTP2_INTERNAL_ERROR)
        session.destroy()
      },
      /INTERNAL_ERROR|the connection was lost/
    ]
  }

  const {
    NGHTTP2_CANCEL,
    NGHTTP2_ENHANCE_YOUR_CALM,
    NGHTTP2_INADEQUATE_SECURITY,
    NGHTTP2_INTERNAL_ERROR,
    NGHTTP2_NO_ERROR,
    NGHTTP2_PROTOCOL_ERROR,
    NGHTTP2_REFUSED_STREAM
  } = Http2.constants

  const resets = [
    NGHTTP2_NO_ERROR,
    NGHTTP2_PROTOCOL_ERROR,
    NGHTTP2_INTERNAL_ERROR,
    NGHTTP2_REFUSED_STREAM,
    NGHTTP2_CANCEL,
    NGHTTP2_ENHANCE_YOUR_CALM,
    NGHTTP2_INADEQUATE_SECURITY
  ]

  const check = (answer: (call: servers.Call) => void, why: RegExp) =>
    Effect.gen(function*() {
      const server = yield* servers.serve((call) =>
        server.calls.length === 1 ? answer(call) : servers.answer(call, nothing)
      )
      yield* withClient(server.idle, (vectors) =>
        Effect.gen(function*() {
          assert.match(yield* refused(vectors, server.url), why)
          yield* ask(vectors, server.url)
          assert.strictEqual(server.calls.length, 2)
        }))
    })

  for (const [name, [answer, why]] of Object.entries(broken)) {
    it.scoped(`${name}, has a reason, and the next one works`, () => check(answer, why))
  }

  it.scoped("because the server resets it, for whatever reason, and wherever, does no harm to others", () =>
    Effect.gen(function*() {
      for (const code of resets) {
        const reset = code === NGHTTP2_NO_ERROR
          ? /the (server|answer) ended/
          : /the server has reset the call: [A-Z]/
        if (code !== NGHTTP2_REFUSED_STREAM) yield* check(({ stream }) => stream.close(code), reset)
        yield* check(({ stream }) => {
          stream.respond({ "content-type": "application/grpc" })
          stream.write(servers.framed(nothing).subarray(0, 3), () => stream.close(code))
          // Node ends a stream before it resets it.
        }, /the (server has reset the call: [A-Z]|answer ended)/)
      }
    }))

  it.scoped("because the server has not looked at it, is sent again", () =>
    Effect.gen(function*() {
      const server = yield* servers.serve((call) =>
        server.calls.length === 1 ? call.stream.close(NGHTTP2_REFUSED_STREAM) : servers.answer(call, nothing)
      )
      yield* withClient(server.idle, (vectors) => ask(vectors, server.url))
      assert.strictEqual(server.calls.length, 2)
    }))

  it.scoped("because the server goes away, and has not looked at it, is sent again over another connection", () =>
    Effect.gen(function*() {
      const held: Array<servers.Call> = []
      const server = yield* servers.serve((call) => {
        if (server.calls.length > 2) return servers.answer(call, nothing)
        held.push(call)
      })
      yield* withClient(server.idle, (vectors) =>
        Effect.gen(function*() {
          const seen = yield* Effect.fork(ask(vectors, server.url))
          yield* server.until(() => held.length === 1)
          const unseen = yield* Effect.fork(ask(vectors, server.url))
          yield* server.until(() => held.length === 2)
          const { session, stream } = held[0]!
          session.goaway(NGHTTP2_NO_ERROR, stream.id!)
          session.ping(() => {})
          yield* Fiber.join(unseen)
          servers.answer(held[0]!, nothing)
          yield* Fiber.join(seen)
          assert.deepStrictEqual([server.calls.length, server.used()], [3, 2])
        }))
    }))

  it.scoped("because the server takes no more at once and goes away, is sent over another connection", () =>
    Effect.gen(function*() {
      const held: Array<servers.Call> = []
      const server = yield* servers.serve((call) => {
        if (server.calls.length > 1) return servers.answer(call, nothing)
        held.push(call)
      }, { settings: { maxConcurrentStreams: 1 } })
      yield* withClient(server.idle, (vectors) =>
        Effect.gen(function*() {
          const first = yield* Effect.fork(ask(vectors, server.url))
          yield* server.until(() => held.length === 1)
          const second = yield* Effect.fork(ask(vectors, server.url))
          yield* turn
          const { session } = held[0]!
          session.goaway(NGHTTP2_NO_ERROR)
          session.ping(() => {})
          // The first one is under way still.
          yield* Fiber.join(second)
          assert.strictEqual(server.used(), 2)
          servers.answer(held[0]!, nothing)
          yield* Fiber.join(first)
        }))
    }))

  it.scoped("with its connection, for a reason that means something else for a call, is not sent again", () =>
    Effect.gen(function*() {
      const server = yield* servers.serve((call) => {
        if (server.calls.length > 1) return servers.answer(call, nothing)
        call.session.goaway(NGHTTP2_REFUSED_STREAM, call.stream.id!)
        call.session.ping(() => {})
      })
      yield* withClient(server.idle, (vectors) =>
        Effect.gen(function*() {
          yield* refused(vectors, server.url)
          assert.strictEqual(server.calls.length, 1)
          yield* ask(vectors, server.url)
        }))
    }))

  it.scoped("because the server resets it before its message is there, ends at once, and leaves nothing", () =>
    Effect.gen(function*() {
      for (const begins of [false, true]) {
        const server = yield* servers.serve(({ stream }) => {
          if (server.calls.length > 1) return servers.answer(server.calls[1]!, nothing)
          if (begins) stream.respond({ ":status": 200, "content-type": "application/grpc" })
          stream.close(NGHTTP2_NO_ERROR)
        }, { early: true })
        yield* withClient(server.idle, (vectors) =>
          Effect.gen(function*() {
            const before = client.resources()["TCPSocketWrap"] ?? 0
            const error = yield* Effect.flip(vectors.upsert({ host: server.url }, new Uint8Array(8_000_000)))
            assert.strictEqual(error._tag, "PineconeTransportError")
            yield* ask(vectors, server.url)
            assert.strictEqual(server.used(), 1)
            // The connection rests: only the server's end of it keeps the process running.
            const sockets = Effect.sync(() => client.resources()["TCPSocketWrap"] ?? 0)
            yield* Effect.repeat(Effect.zipRight(turn, sockets), { until: (now) => now === before + 1 })
          }))
      }
    }))

  it.scoped("because the server refuses it before its message is there, has the server's word for it", () =>
    Effect.gen(function*() {
      let refusing = true
      const server = yield* servers.serve(
        (call) => refusing ? servers.refuse(call, 9, "no room") : servers.answer(call, nothing),
        { early: true }
      )
      yield* withClient(server.idle, (vectors) =>
        Effect.gen(function*() {
          const large = new Uint8Array(8_000_000)
          const error = yield* Effect.flip(vectors.upsert({ host: server.url }, large))
          assert.strictEqual(error._tag, "PineconePreconditionFailed")
          assert.include(error.message, "no room")
          refusing = false
          yield* ask(vectors, server.url)
          assert.strictEqual(server.used(), 1)
        }))
    }))

  it.scoped("because the server never answers, or begins and goes no further, is late, and the next one works", () =>
    Effect.gen(function*() {
      const says: ReadonlyArray<(call: servers.Call) => void> = [
        () => {},
        ({ stream }) => stream.respond({ "content-type": "application/grpc" }),
        ({ stream }) => {
          stream.respond({ "content-type": "application/grpc" })
          stream.write(servers.framed(new Uint8Array(1000)).subarray(0, 500))
        },
        ({ stream }) => {
          stream.respond({ "content-type": "application/grpc" })
          stream.write(servers.framed(nothing))
        }
      ]
      for (const say of says) {
        const server = yield* servers.serve((call) =>
          server.calls.length === 1 ? say(call) : servers.answer(call, nothing)
        )
        yield* withClient(server.idle, (vectors) =>
          Effect.gen(function*() {
            const error = yield* Effect.flip(Call.withTimeout("200 millis")(ask(vectors, server.url)))
            assert.strictEqual(error._tag, "PineconeTimedOut")
            yield* server.until(() => server.calls[0]?.isCancelled() === true)
            yield* ask(vectors, server.url)
            assert.strictEqual(server.used(), 1)
          }))
      }
    }))

  it.scoped("not: the server says that it goes away, and answers what it was asked before", () =>
    Effect.gen(function*() {
      const held: Array<servers.Call> = []
      const server = yield* servers.serve((call) => {
        if (server.calls.length > 2) return servers.answer(call, nothing)
        held.push(call)
      })
      yield* withClient(server.idle, (vectors) =>
        Effect.gen(function*() {
          const before = yield* Effect.all([
            Effect.fork(ask(vectors, server.url)),
            Effect.fork(ask(vectors, server.url))
          ])
          yield* server.until(() => held.length === 2)
          const { session } = held[0]!
          session.goaway(Http2.constants.NGHTTP2_NO_ERROR)
          // It is written with the next frame.
          session.ping(() => {})
          // The client has seen it when it makes another connection.
          yield* Effect.repeat(ask(vectors, server.url), { until: () => server.used() === 2 })
          for (const call of held) servers.answer(call, nothing)
          for (const fiber of before) yield* Fiber.join(fiber)
          yield* server.until(() => server.open.size === 1)
        }))
    }))
})

describe("a connection", () => {
  it.scoped("is closed with the scope, and a call that is under way ends with it", () =>
    Effect.gen(function*() {
      const server = yield* servers.serve(() => {})
      yield* withClient(server.idle, (vectors, scope) =>
        Effect.gen(function*() {
          const fibers = yield* Effect.all(
            Array.from({ length: 3 }, () => Effect.fork(refused(vectors, server.url)))
          )
          yield* server.until(() => server.calls.length === 3)
          yield* Scope.close(scope, Exit.void)
          for (const fiber of fibers) assert.match(yield* Fiber.join(fiber), /its scope has ended$/)
          assert.match(yield* refused(vectors, server.url), /its scope has ended$/)
          assert.strictEqual(server.used(), 1)
        }))
    }))

  it.scoped("does not keep the process running while nobody waits for an answer", () =>
    Effect.gen(function*() {
      const held: Array<servers.Call> = []
      const server = yield* servers.serve((call) => void held.push(call))
      yield* withClient(server.idle, (vectors) =>
        Effect.gen(function*() {
          const sockets = () => client.resources()["TCPSocketWrap"] ?? 0
          const before = sockets()
          for (let i = 1; i < 3; i++) {
            const fiber = yield* Effect.fork(ask(vectors, server.url))
            yield* server.until(() => held.length === i)
            // The server's end of the connection is one of the process, too.
            assert.strictEqual(sockets(), before + 2)
            servers.answer(held.at(-1)!, nothing)
            yield* Fiber.join(fiber)
            yield* Effect.repeat(turn, { until: () => sockets() === before + 1 })
          }
          assert.strictEqual(server.used(), 1)
        }))
    }))

  it.scoped("is made once for all calls that come at the same time, to each host", () =>
    Effect.gen(function*() {
      const one = yield* servers.serve((call) => servers.answer(call, nothing))
      const two = yield* servers.serve((call) => servers.answer(call, nothing))
      yield* withClient(Effect.zipRight(one.idle, two.idle), (vectors) =>
        Effect.gen(function*() {
          yield* Effect.forEach(
            Array.from({ length: 30 }, (_, i) => i % 2 === 0 ? one.url : two.url),
            (url) => ask(vectors, url),
            { concurrency: "unbounded" }
          )
          assert.deepStrictEqual([one.used(), two.used()], [1, 1])
        }))
    }))
})
