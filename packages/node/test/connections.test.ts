import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as NodeTls from "node:tls"
import * as Connector from "../src/Connector.js"
import * as internalClient from "../src/internal/client.js"
import { make, Security } from "../src/internal/connector.js"
import { Pools } from "../src/internal/pool.js"
import * as NodeHttp from "../src/NodeHttp.js"
import * as certificates from "./utils/certificates.js"
import { get, text } from "./utils/client.js"
import * as proxies from "./utils/proxies.js"
import * as servers from "./utils/servers.js"

describe("a tunnel", () => {
  it.scoped("is asked for by the host that it leads to, whatever headers the proxy is given", () =>
    Effect.gen(function*() {
      const { port, url } = yield* servers.http(servers.echo)
      const proxy = yield* proxies.make()
      const client = yield* NodeHttp.make({
        proxy: { url: `http://127.0.0.1:${proxy.port}`, headers: { Host: "other.test", "x-team": Redacted.make("a") } }
      })
      yield* text(client, url)
      assert.deepStrictEqual(proxy.asked.map(({ headers: { host }, target }) => [target, host]), [
        [`127.0.0.1:${port}`, `127.0.0.1:${port}`]
      ])
    }))

  it.scopedLive("loses nothing of what the host says at once", () =>
    Effect.gen(function*() {
      // In the same piece as the proxy's answer.
      const proxy = yield* proxies.make({
        instead: (socket) => void socket.write("HTTP/1.1 200 Connection established\r\n\r\nhello")
      })
      const connector = yield* Effect.acquireRelease(
        Connector.make({ proxy: `http://127.0.0.1:${proxy.port}` }, "http/1.1"),
        ({ close }) => close
      )
      const said = yield* Effect.async<string>((resume) => {
        connector.connect(
          new URL("http://greeter.test"),
          (_error, socket) => socket?.once("data", (bytes: Buffer) => resume(Effect.succeed(bytes.toString()))),
          () => {}
        )
      })
      assert.strictEqual(said, "hello")
    }))
})

describe("a session of TLS", () => {
  it.scopedLive("that led to no connection is not tried again", () =>
    Effect.gen(function*() {
      const ca = certificates.authority("Test authority")
      const security = new Security(NodeTls.createSecureContext({ ca: ca.cert }))
      const trusted = yield* servers.https(certificates.server(ca, "localhost", "127.0.0.1"), servers.echo)
      const host = `127.0.0.1:${trusted.port}`
      const rude = yield* servers.tcp((socket) => socket.once("data", () => socket.destroy()))
      // As it is with a host whose handshake breaks: what was kept of it is gone.
      security.remember(`127.0.0.1:${rude.port}`, Buffer.from("session"))
      const connector = make({
        protocol: "http/1.1",
        timeout: Infinity,
        security: () => security,
        route: () => undefined
      })
      yield* Effect.async<void>((resume) => {
        connector.connect(new URL(`https://127.0.0.1:${rude.port}`), (...[error]) => {
          assert.isNotNull(error)
          resume(Effect.void)
        }, () => {})
      })
      assert.isUndefined(security.session(`127.0.0.1:${rude.port}`))
      yield* Effect.async<void>((resume) => {
        connector.connect(new URL(trusted.url), (error, socket) => {
          assert.isNull(error)
          socket!.resume()
          const check = () => security.session(host) === undefined ? setImmediate(check) : resume(Effect.void)
          check()
        }, () => {})
      })
      yield* connector.close
    }))
})

describe("the connections of a client", () => {
  it.scopedLive("leave nothing behind of hosts that were talked to", () =>
    Effect.gen(function*() {
      const connector = yield* Connector.make({}, "http/1.1")
      const pools = new Pools(connector, { connections: Infinity, pipelining: 1, client: {} })
      const client = internalClient.make(pools)
      for (let i = 0; i < 3; i++) {
        yield* Effect.scoped(Effect.gen(function*() {
          const served = yield* servers.http((request, response) => {
            response.setHeader("connection", "close")
            servers.echo(request, response)
          })
          yield* text(client, served.url)
          yield* served.idle
        }))
      }
      yield* Effect.repeat(Effect.sleep("1 millis"), { until: () => pools.count === 0 })
      yield* pools.close
    }))
})

describe("the body of an answer", () => {
  it.scopedLive("whose reader stops ends at the server, too", () =>
    Effect.gen(function*() {
      const served = yield* servers.http((_request, response) => {
        response.writeHead(200)
        const go = () => {
          if (!response.destroyed) response.write("piece", () => setImmediate(go))
        }
        go()
      })
      // As without a tracer: the platform's own span would close the connection, too.
      const client = HttpClient.withTracerDisabledWhen(yield* NodeHttp.make(), () => true)
      const response = yield* client.execute(get(served.url))
      const pieces = yield* Stream.runCollect(Stream.take(response.stream, 1))
      assert.isAbove(Chunk.size(pieces), 0)
      yield* served.idle
      // It is held until here: that nobody does so any more is another reason to close the connection.
      assert.strictEqual(response.status, 200)
    }))
})
