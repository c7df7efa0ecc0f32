import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Net from "node:net"
import * as Connector from "../src/Connector.js"
import * as servers from "./utils/servers.js"

/** A connection to a server, when it is there or is known not to be. */
const connected = (connector: Connector.Connector, url: string, closed: () => void = () => {}) =>
  Effect.async<{ readonly connection: Connector.Connection; readonly socket: Net.Socket }, Error>((resume) => {
    const connection = connector.connect(new URL(url), (...[error, socket]) => {
      resume(error === null ? Effect.succeed({ connection, socket }) : Effect.fail(error))
    }, closed)
  })

describe("a connector", () => {
  it.scoped("closes its connections, whoever asks for it and how often, and makes no more", () =>
    Effect.gen(function*() {
      const server = yield* servers.tcp(() => {})
      const connector = yield* Connector.make({}, "http/1.1")
      let closed = 0
      yield* connected(connector, server.url, () => closed++)
      yield* connected(connector, server.url, () => closed++)
      yield* Effect.all([connector.close, connector.close, connector.close], { concurrency: "unbounded" })
      assert.strictEqual(closed, 2)
      yield* connector.close
      yield* server.idle
      const error = yield* Effect.flip(connected(connector, server.url).pipe(Effect.sandbox))
      assert.include(String(error), "its scope has ended")
      assert.strictEqual(server.count.total, 2)
    }))

  it.scoped("waits with HTTP/2 until it is told that the other side speaks it, too, and no longer than it may", () =>
    Effect.gen(function*() {
      const server = yield* servers.tcp(() => {})
      const connector = yield* Connector.make({ connectTimeout: "100 millis" }, "h2")
      const told = yield* connected(connector, server.url)
      assert.isFalse(told.connection.isReady)
      told.connection.ready()
      assert.isTrue(told.connection.isReady)
      const reason = yield* Effect.async<string>((resume) => {
        connector.connect(new URL(server.url), (...[error]) => {
          if (error !== null) resume(Effect.succeed(error.message))
        }, () => {})
      })
      assert.match(reason, /^no connection to 127\.0\.0\.1:\d+ within 100ms$/)
      assert.isTrue(told.connection.isOpen)
      yield* connector.close
      yield* server.idle
    }))
})
