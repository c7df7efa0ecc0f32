/** What connections do by the clock: its time is that of the test. */
import type { VectorService } from "@effect-pinecone/http/VectorService"
import { afterEach, assert, beforeEach, describe, it, vi } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import * as Http2 from "node:http2"
import * as Net from "node:net"
import { setImmediate } from "node:timers/promises"
import * as nodeServers from "../../node/test/utils/servers.js"
import { methods } from "../src/Protocol.js"
import { vectors as vectorsOf } from "./utils/client.js"
import * as servers from "./utils/servers.js"

beforeEach(() => {
  // Sockets go on as ever: it is the timers of the client that wait.
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
})
afterEach(() => void vi.useRealTimers())

const message = methods.fetch.encodeAnswer({})

const ask = (vectors: VectorService, url: string) => vectors.fetch({ host: url, index: "movies" }, { ids: ["a"] })

/** Lets everything come that is on its way. */
const settle = Effect.promise(async () => {
  for (let i = 0; i < 20; i++) await setImmediate()
})

const pass = (millis: number) => Effect.zipRight(Effect.sync(() => vi.advanceTimersByTime(millis)), settle)

/** Carries what the server says, and what the client says until it is told not to. */
const oneWay = (
  port: number
): Effect.Effect<
  {
    readonly url: string
    readonly mute: () => void
    /** How many bytes the server has said. */
    readonly heard: () => number
  },
  never,
  Scope.Scope
> =>
  Effect.suspend(() => {
    let isMuted = false
    let heard = 0
    const relay = nodeServers.tcp((inner) => {
      const outer = Net.connect(port, "127.0.0.1")
      inner.on("data", (bytes) => void (isMuted || outer.write(bytes)))
      inner.setNoDelay(true)
      outer.on("data", (bytes) => {
        heard += bytes.length
        inner.write(bytes)
      })
      outer.on("error", () => {})
      outer.on("close", () => inner.destroy())
      inner.on("close", () => outer.destroy())
    })
    return Effect.map(relay, ({ url }) => ({
      url,
      heard: () => heard,
      mute: () => {
        isMuted = true
      }
    }))
  })

describe("a connection", () => {
  it.scoped("is closed when it has rested for the idle time, and not while a call is on its way", () =>
    Effect.gen(function*() {
      const held: Array<servers.Call> = []
      const server = yield* servers.serve((call) => void held.push(call))
      const vectors = yield* vectorsOf({ idleTimeout: "10 seconds", keepAlive: Infinity }, { timeout: Infinity })
      const answered = (wait: number) =>
        Effect.gen(function*() {
          const before = held.length
          const call = yield* Effect.fork(ask(vectors, server.url))
          yield* server.until(() => held.length > before)
          yield* pass(wait)
          servers.answer(held[before]!, message)
          yield* Fiber.join(call)
          yield* settle
        })
      yield* answered(0)
      yield* pass(9999)
      // The time that began before it does not end under it.
      yield* answered(60_000)
      yield* pass(9999)
      assert.strictEqual(server.open.size, 1)
      yield* answered(0)
      assert.strictEqual(server.used(), 1)
      yield* pass(10_000)
      yield* server.idle
      yield* answered(0)
      assert.strictEqual(server.used(), 2)
    }))

  it.scoped("is kept where the server says something, though it answers no PING", () =>
    Effect.gen(function*() {
      let held: servers.Call | undefined
      const server = yield* servers.serve((call) => {
        held = call
        call.stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true })
        call.stream.on("wantTrailers", () => call.stream.sendTrailers({ "grpc-status": "0" }))
      })
      const relay = yield* oneWay(server.port)
      const vectors = yield* vectorsOf(
        { keepAlive: "30 seconds", keepAliveTimeout: "10 seconds" },
        { timeout: Infinity }
      )
      const body = servers.framed(
        methods.fetch.encodeAnswer({ vectors: [{ id: "a", values: Float32Array.of(1) }] })
      )
      const call = yield* Effect.fork(ask(vectors, relay.url))
      yield* server.until(() => held !== undefined)
      yield* settle
      relay.mute()
      yield* pass(30_000)
      for (const byte of body) {
        const before = relay.heard()
        held!.stream.write(Buffer.of(byte))
        yield* Effect.repeat(settle, { until: () => relay.heard() > before })
        yield* settle
        yield* pass(10_000)
      }
      held!.stream.end()
      const [answer] = yield* Fiber.join(call)
      assert.isDefined(answer.vectors?.[0])
      assert.strictEqual(server.used(), 1)
    }))

  it.scoped("is lost where the server says nothing for the time of a sign of life, and not sooner", () =>
    Effect.gen(function*() {
      const server = yield* servers.serve((call) =>
        server.calls.length === 1 ? undefined : servers.answer(call, message)
      )
      const relay = yield* servers.relay(server.port)
      const vectors = yield* vectorsOf(
        { keepAlive: "30 seconds", keepAliveTimeout: "10 seconds" },
        { timeout: Infinity }
      )
      const call = yield* Effect.fork(Effect.flip(ask(vectors, relay.url)))
      yield* server.until(() => server.calls.length === 1)
      yield* settle
      relay.mute()
      yield* pass(30_000)
      yield* pass(9999)
      assert.strictEqual((yield* Fiber.status(call))._tag, "Suspended")
      yield* pass(1)
      const error = yield* Fiber.join(call)
      assert.strictEqual(error._tag, "PineconeTransportError")
      assert.include(error.message, "the connection was lost: the server did not answer a ping")
      yield* ask(vectors, relay.url)
      assert.strictEqual(relay.count.total, 2)
    }))

  it.scoped("that is silent is found out by calls each of which gives up before a sign of life is due", () =>
    Effect.gen(function*() {
      const server = yield* servers.serve(() => {})
      const relay = yield* servers.relay(server.port)
      const vectors = yield* vectorsOf(
        { keepAlive: "30 seconds", keepAliveTimeout: "10 seconds" },
        { timeout: Infinity }
      )
      const first = yield* Effect.fork(ask(vectors, relay.url))
      yield* server.until(() => server.calls.length === 1)
      yield* Fiber.interrupt(first)
      yield* server.until(() => server.calls[0]!.isCancelled())
      yield* settle
      yield* pass(30_000)
      relay.mute()
      const second = yield* Effect.fork(Effect.flip(ask(vectors, relay.url)))
      yield* settle
      yield* pass(0)
      yield* pass(10_000)
      assert.include((yield* Fiber.join(second)).message, "the server did not answer a ping")
    }))

  it.scoped("that is about to be closed is asked for signs of life, too", () =>
    Effect.gen(function*() {
      const server = yield* servers.serve(() => {})
      const relay = yield* servers.relay(server.port)
      const vectors = yield* vectorsOf(
        { keepAlive: "30 seconds", keepAliveTimeout: "10 seconds" },
        { timeout: Infinity }
      )
      const call = yield* Effect.fork(Effect.flip(ask(vectors, relay.url)))
      yield* server.until(() => server.calls.length === 1)
      const { session } = server.calls[0]!
      session.goaway(Http2.constants.NGHTTP2_NO_ERROR)
      // What answers it has seen the GOAWAY before.
      yield* Effect.async<void>((resume) => void session.ping(() => resume(Effect.void)))
      // Where the server answers, it goes on.
      yield* pass(30_000)
      yield* pass(10_000)
      assert.strictEqual((yield* Fiber.status(call))._tag, "Suspended")
      relay.mute()
      yield* pass(30_000)
      yield* pass(10_000)
      assert.include((yield* Fiber.join(call)).message, "the server did not answer a ping")
    }))

  it.scoped("is asked for a sign of life as often as the settings say, and half as often where those are too many", () =>
    Effect.gen(function*() {
      let pings = 0
      const server = yield* servers.serve(({ session }) => {
        session.on("ping", () => pings++)
      })
      const vectors = yield* vectorsOf({ keepAlive: "30 seconds" }, { timeout: Infinity })
      const asking = Effect.fork(Effect.exit(ask(vectors, server.url)))
      const first = yield* asking
      yield* server.until(() => server.calls.length === 1)
      yield* settle
      yield* pass(29_999)
      assert.strictEqual(pings, 0)
      yield* pass(1)
      assert.strictEqual(pings, 1)
      yield* pass(30_000)
      assert.strictEqual(pings, 2)
      server.calls[0]!.session.goaway(11, 0, Buffer.from("too_many_pings"))
      server.calls[0]!.session.ping(() => {})
      yield* Fiber.join(first)
      const second = yield* asking
      yield* server.until(() => server.calls.length === 2)
      yield* settle
      yield* pass(59_999)
      assert.strictEqual(pings, 2)
      yield* pass(1)
      assert.strictEqual(pings, 3)
      yield* Fiber.interrupt(second)
    }))

  it.scoped("is not asked for signs of life where the settings say so", () =>
    Effect.gen(function*() {
      let pings = 0
      const server = yield* servers.serve(({ session }) => {
        session.on("ping", () => pings++)
      })
      const vectors = yield* vectorsOf({ keepAlive: Infinity }, { timeout: Infinity })
      const call = yield* Effect.fork(ask(vectors, server.url))
      yield* server.until(() => server.calls.length === 1)
      yield* settle
      yield* pass(24 * 60 * 60 * 1000)
      assert.strictEqual(pings, 0)
      yield* Fiber.interrupt(call)
    }))
})
