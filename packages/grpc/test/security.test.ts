/** TLS, and proxies that make tunnels: which certificates are taken and shown, and what a tunnel that is not made says. */
import * as PineconeHttpClient from "@effect-pinecone/http/PineconeHttpClient"
import type { VectorService } from "@effect-pinecone/http/VectorService"
import * as InvalidOptions from "@effect-pinecone/node/InvalidOptions"
import * as Proxy from "@effect-pinecone/node/Proxy"
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import { inspect } from "node:util"
import * as NodeGrpc from "../src/NodeGrpc.js"
import * as PineconeGrpc from "../src/PineconeGrpc.js"
import * as client from "./utils/client.js"
import { certificates, proxies, tinyproxy } from "./utils/node.js"
import type { Call, Handler } from "./utils/servers.js"
import * as servers from "./utils/servers.js"

const ca = certificates.authority("Test authority")
const own = certificates.server(ca, "localhost", "127.0.0.1")
const tls = { ca: ca.cert }
const basic = (credentials: string) => `Basic ${Buffer.from(credentials).toString("base64")}`

const answered: Handler = (call) => servers.answer(call, new Uint8Array())

const ask = (vectors: VectorService, url: string) => vectors.fetch({ host: url, index: "movies" }, { ids: ["a"] })

/** The reason of a call that got no answer. */
const refused = (vectors: VectorService, url: string) =>
  Effect.map(Effect.flip(ask(vectors, url)), (error: PineconeError.RequestError): string => {
    assert.strictEqual(error._tag, "PineconeTransportError", error.message)
    return error.message
  })

describe("TLS", () => {
  it.scoped("takes a server of an authority that it is told of, and says why it takes no other", () =>
    Effect.gen(function*() {
      const server = yield* servers.serve(answered, { tls: own })
      const trusting = yield* client.vectors({ tls })
      yield* ask(trusting, server.url)
      yield* ask(trusting, `https://localhost:${server.port}`)
      assert.strictEqual(server.calls[0]!.headers[":authority"], `127.0.0.1:${server.port}`)
      assert.strictEqual(server.calls[1]!.headers[":authority"], `localhost:${server.port}`)
      assert.strictEqual(server.calls[1]!.tls?.serverName, "localhost")
      for (const options of [{}, { tls: {} }, { tls: { ca: certificates.authority("Another").cert } }]) {
        const vectors = yield* client.vectors(options)
        assert.match(
          yield* refused(vectors, server.url),
          /no answer: (unable to verify the first|self-signed) certificate/
        )
      }
      const accepting = yield* client.vectors({ tls: { unsafelyAcceptAnyCertificate: true } })
      yield* ask(accepting, server.url)
    }))

  it.scoped("wants the name of the host, or the one that it is told", () =>
    Effect.gen(function*() {
      const named = yield* servers.serve(answered, { tls: certificates.server(ca, "index.test") })
      const url = `https://127.0.0.1:${named.port}`
      const strict = yield* client.vectors({ tls })
      assert.match(yield* refused(strict, url), /does not match certificate's altnames/)
      const told = yield* client.vectors({ tls: { ...tls, serverName: "index.test" } })
      yield* ask(told, url)
      assert.strictEqual(named.calls[0]!.tls?.serverName, "index.test")
      assert.strictEqual(named.calls[0]!.headers[":authority"], `127.0.0.1:${named.port}`)
      const other = yield* client.vectors({ tls: { ...tls, serverName: "other.test" } })
      assert.match(yield* refused(other, url), /other\.test/)
    }))

  it.scoped("shows a certificate to who asks for one", () =>
    Effect.gen(function*() {
      const me = certificates.client(ca, "me")
      const server = yield* servers.serve(answered, {
        tls: { ...own, ca: ca.cert, requestCert: true, rejectUnauthorized: true }
      })
      const known = yield* client.vectors({ tls: { ...tls, cert: me.cert, key: Redacted.make(me.key) } })
      yield* ask(known, server.url)
      assert.strictEqual(server.calls[0]!.tls?.client, "me")
      const unknown = yield* client.vectors({ tls })
      assert.match(yield* refused(unknown, server.url), /certificate required|handshake failure|ECONNRESET|connect/)
      assert.strictEqual(server.calls.length, 1)
    }))

  it.scoped("is not spoken to hosts that are http:, and the other way around", () =>
    Effect.gen(function*() {
      const plain = yield* servers.serve(answered)
      const secure = yield* servers.serve(answered, { tls: own })
      const vectors = yield* client.vectors({ tls })
      yield* ask(vectors, plain.url)
      yield* ask(vectors, secure.url)
      yield* refused(vectors, plain.url.replace("http:", "https:"))
      yield* refused(vectors, secure.url.replace("https:", "http:"))
    }))
})

describe("a proxy", () => {
  it.scoped("makes a tunnel to hosts with and without TLS, and sees nothing else", () =>
    Effect.gen(function*() {
      const plain = yield* servers.serve(answered)
      const secure = yield* servers.serve(answered, { tls: own })
      const proxy = yield* proxies.make()
      const vectors = yield* client.vectors({
        tls,
        proxy: {
          url: Redacted.make(`http://us%40er:p%2Fss@127.0.0.1:${proxy.port}/ignored`),
          headers: { "X-Team": "search", "x-token": Redacted.make("hush") }
        }
      })
      for (const server of [plain, secure]) {
        for (let i = 0; i < 3; i++) yield* ask(vectors, server.url)
        for (const { headers } of server.calls) {
          assert.strictEqual(headers[":authority"], `127.0.0.1:${server.port}`)
          for (const name of ["proxy-authorization", "x-team", "x-token"]) assert.notProperty(headers, name)
        }
      }
      assert.deepStrictEqual(proxy.asked.map(({ target }) => target), [
        `127.0.0.1:${plain.port}`,
        `127.0.0.1:${secure.port}`
      ])
      for (const { headers, target } of proxy.asked) {
        assert.strictEqual(headers["host"], target)
        assert.strictEqual(headers["proxy-authorization"], basic("us@er:p/ss"))
        assert.strictEqual(headers["x-team"], "search")
        assert.strictEqual(headers["x-token"], "hush")
        for (const name of ["api-key", "user-agent"]) assert.notProperty(headers, name)
      }
      yield* ask(vectors, `https://localhost:${secure.port}`)
      assert.strictEqual(proxy.asked[2]!.target, `localhost:${secure.port}`)
      const last = secure.calls.at(-1)!
      assert.strictEqual(last.tls?.serverName, "localhost")
      assert.strictEqual(last.headers[":authority"], `localhost:${secure.port}`)
    }))

  it.scoped("is spoken to with TLS of its own", () =>
    Effect.gen(function*() {
      const proxyCa = certificates.authority("Authority of the proxy")
      const me = certificates.client(proxyCa, "me")
      const plain = yield* servers.serve(answered)
      const secure = yield* servers.serve(answered, { tls: own })
      const proxy = yield* proxies.make({
        tls: {
          ...certificates.server(proxyCa, "proxy.test"),
          ca: proxyCa.cert,
          requestCert: true,
          rejectUnauthorized: true
        }
      })
      const { url } = proxy
      const proxyTls = { ca: proxyCa.cert, cert: me.cert, key: Redacted.make(me.key), serverName: "proxy.test" }
      const scope = yield* Scope.make()
      const vectors = yield* Scope.extend(
        client.vectors({ tls, proxy: { url, username: "user", tls: proxyTls, headers: { "x-team": "search" } } }),
        scope
      )
      const large = new Uint8Array(300_000).fill(1)
      for (const server of [plain, secure]) {
        yield* vectors.upsert({ host: server.url }, large)
        assert.isTrue(server.calls[0]!.body.equals(large))
      }
      assert.deepStrictEqual(
        proxy.asked.map(({ headers, target }) => [target, headers["proxy-authorization"], headers["x-team"]]),
        [plain, secure].map(({ port }) => [`127.0.0.1:${port}`, basic("user:"), "search"])
      )
      // What is trusted of the hosts is not trusted of the proxy, and the other way around.
      const distrusting = yield* client.vectors({ tls: { ca: [ca.cert, proxyCa.cert] }, proxy: url })
      assert.match(
        yield* refused(distrusting, plain.url),
        new RegExp(`no answer: the proxy ${url} cannot be reached: .*certificate`)
      )
      const misled = yield* client.vectors({ proxy: { url, tls: proxyTls } })
      assert.match(
        yield* refused(misled, secure.url),
        /no answer: (unable to verify the first|self-signed) certificate/
      )
      yield* Scope.close(scope, Exit.void)
      yield* plain.idle
      yield* secure.idle
      yield* proxy.idle
    }))

  it.scoped("is for some hosts and schemes, and not for others", () =>
    Effect.gen(function*() {
      const plain = yield* servers.serve(answered)
      const secure = yield* servers.serve(answered, { tls: own })
      const one = yield* proxies.make()
      const two = yield* proxies.make()
      const vectors = yield* client.vectors({
        tls,
        proxy: { http: { url: one.url }, https: { url: two.url }, except: [`127.0.0.1:${secure.port}`] }
      })
      yield* ask(vectors, plain.url)
      yield* ask(vectors, secure.url)
      yield* ask(vectors, `https://localhost:${secure.port}`)
      assert.deepStrictEqual(one.asked.map(({ target }) => target), [`127.0.0.1:${plain.port}`])
      assert.deepStrictEqual(two.asked.map(({ target }) => target), [`localhost:${secure.port}`])
    }))

  it.scoped("of the environment is found by the layer of the environment, and by no other", () =>
    Effect.gen(function*() {
      const plain = yield* servers.serve(answered)
      const secure = yield* servers.serve(answered, { tls: own })
      const proxy = yield* proxies.make()
      const env = new Map([
        ["HTTP_PROXY", `http://user:pass@127.0.0.1:${proxy.port}`],
        ["https_proxy", proxy.url],
        ["NO_PROXY", "localhost"],
        ["PINECONE_TLS_CA", ca.cert]
      ])
      const inEnvironment = <A, E, R>(layer: Layer.Layer<A, E, R>) =>
        Layer.provide(layer, Layer.setConfigProvider(ConfigProvider.fromMap(env)))
      const program = Effect.flatMap(
        PineconeHttpClient.PineconeHttpClient,
        ({ vectors }) =>
          Effect.forEach([plain.url, secure.url, `https://localhost:${secure.port}`], (url) => ask(vectors, url))
      )
      yield* Effect.provide(program, Layer.provide(inEnvironment(PineconeGrpc.layerConfig()), client.below()))
      assert.deepStrictEqual(proxy.asked.map(({ headers, target }) => [target, headers["proxy-authorization"]]), [
        [`127.0.0.1:${plain.port}`, basic("user:pass")],
        [`127.0.0.1:${secure.port}`, undefined]
      ])
      yield* Effect.provide(program, inEnvironment(client.layer({ tls })))
      assert.strictEqual(proxy.asked.length, 2)
      env.set("HTTPS_PROXY", "socks5://p.test").delete("https_proxy")
      const built = Layer.build(Layer.provide(inEnvironment(PineconeGrpc.layerConfig()), client.below()))
      assert.match(String(yield* Effect.flip(Effect.scoped(built))), /socks5/)
    }))

  it.scoped("is left with the scope, and by a call that is interrupted before there is a tunnel", () =>
    Effect.gen(function*() {
      const held: Array<Call> = []
      const secure = yield* servers.serve((call) => void held.push(call), { tls: own })
      for (const proxyTls of [undefined, own]) {
        const proxy = yield* proxies.make(proxyTls === undefined ? {} : { tls: proxyTls })
        const silent = yield* proxies.make({ instead: (socket) => void socket.resume() })
        const before = client.resources()
        const scope = yield* Scope.make()
        const vectors = yield* Scope.extend(client.vectors({ tls, proxy: { url: proxy.url, tls } }), scope)
        const lost = yield* Effect.fork(refused(vectors, secure.url))
        yield* secure.until(() => held.length > 0)
        for (const socket of proxy.open) socket.resetAndDestroy()
        assert.match(yield* Fiber.join(lost), /the connection was lost/)
        held.length = 0
        const waiting = yield* Scope.extend(client.vectors({ tls, proxy: silent.url }), scope)
        const fiber = yield* Effect.fork(refused(vectors, secure.url))
        yield* secure.until(() => held.length > 0)
        const early = yield* Effect.fork(refused(waiting, secure.url))
        yield* silent.reached(1)
        const gone = yield* Effect.fork(ask(waiting, secure.url))
        yield* Fiber.interrupt(gone)
        yield* Scope.close(scope, Exit.void)
        for (const ended of [fiber, early]) assert.match(yield* Fiber.join(ended), /its scope has ended$/)
        yield* proxy.idle
        yield* silent.idle
        yield* secure.idle
        held.length = 0
        yield* Effect.repeat(Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve))), {
          until: () => Object.entries(client.resources()).every(([name, count]) => count <= (before[name] ?? 0))
        })
      }
    }))
})

describe("a tunnel that is not made", () => {
  const fails = (
    name: string,
    options: Parameters<typeof proxies.make>[0],
    why: RegExp,
    proxyUrl: (url: string) => string = (url) => url
  ) =>
    it.scoped(name, () =>
      Effect.gen(function*() {
        const plain = yield* servers.serve(answered)
        const secure = yield* servers.serve(answered, { tls: own })
        const proxy = yield* proxies.make(options)
        const vectors = yield* client.vectors({
          tls,
          proxy: { ...Proxy.make(proxyUrl(proxy.url)), except: [`localhost:${secure.port}`] }
        })
        for (const { url } of [plain, secure]) {
          const error = yield* Effect.flip(ask(vectors, url))
          assert.strictEqual(error._tag, "PineconeTransportError")
          assert.match(error.message, why)
          assert.include(error.message, `no answer: the proxy http://127.0.0.1:${proxy.port} `)
          assert.notInclude(inspect(error, { depth: 9 }), "hush")
        }
        yield* proxy.idle
        // It was asked once for each call.
        assert.strictEqual(proxy.asked.length, 2)
        yield* ask(vectors, `https://localhost:${secure.port}`)
      }))

  fails(
    "because the credentials are wrong",
    { refuse: () => 407 },
    /refuses the user name or the password \(407\)$/,
    (url) => url.replace("://", "://user:hush@")
  )
  fails("because there are no credentials", { refuse: () => 407 }, /requires a user name and a password \(407\)/)
  fails(
    "because the proxy refuses the host",
    { refuse: () => 403 },
    /refuses to connect to 127\.0\.0\.1:\d+: 403 Forbidden$/
  )
  fails(
    "because the proxy points elsewhere, which is followed nowhere",
    { refuse: () => 302, headers: { location: "http://user:hush@a.test/sign-in?token=hush" } },
    /refuses to connect to 127\.0\.0\.1:\d+: 302 Found, a redirect to http:\/\/a\.test\/sign-in$/
  )
  fails("because the proxy finds no host", { refuse: () => 502 }, /502 Bad Gateway$/)
  fails(
    "because the proxy closes the connection",
    { instead: (socket) => socket.destroy() },
    /made no connection to 127\.0\.0\.1:\d+: \w/
  )
  fails(
    "because the proxy does not speak HTTP",
    { instead: (socket) => socket.end("SSH-2.0\r\n\r\n") },
    /made no connection to 127\.0\.0\.1:\d+: .*Parse/
  )

  it.scoped("because the proxy is not there, or is no proxy, or its name is none", () =>
    Effect.gen(function*() {
      const port = yield* servers.deafPort
      const deaf = yield* client.vectors({ proxy: Redacted.make(`http://user:hush@127.0.0.1:${port}`) })
      assert.match(
        yield* refused(deaf, "https://index.test"),
        new RegExp(`no answer: the proxy http://127.0.0.1:${port} cannot be reached: connect ECONNREFUSED`)
      )
      const nameless = yield* client.vectors({ proxy: "http://proxy.invalid:3128" })
      assert.match(
        yield* refused(nameless, "https://index.test"),
        /no answer: the proxy http:\/\/proxy\.invalid:3128 cannot be reached: cannot resolve the host name proxy\.invalid/
      )
      const silent = yield* proxies.make({ instead: (socket) => void socket.resume() })
      const late = yield* client.vectors({ proxy: silent.url, connectTimeout: "50 millis" })
      assert.match(
        yield* refused(late, "https://index.test"),
        new RegExp(`no connection to index.test:443 through the proxy http://127.0.0.1:${silent.port} within 50ms$`)
      )
      yield* silent.idle
    }))
})

describe("settings", () => {
  it.effect("that cannot work are found when the layer is built, and show no secret", () =>
    Effect.gen(function*() {
      const wrong: ReadonlyArray<readonly [NodeGrpc.Options, option: string]> = [
        [{ proxy: "socks5://user:hush@proxy.test" }, "proxy.url"],
        [{ proxy: { https: { url: "http://user:hush@" } } }, "proxy.https.url"],
        [{ proxy: { url: "https://proxy.test", tls: { ca: "hush" } } }, "proxy.tls.ca"],
        [{ tls: { cert: own.cert } }, "tls.cert"],
        [{ tls: { cert: own.cert, key: Redacted.make("hush") } }, "tls.key"],
        [{ connectTimeout: 0 }, "connectTimeout"],
        [{ keepAlive: "soon" as never }, "keepAlive"],
        [{ keepAliveTimeout: Duration.days(30) }, "keepAliveTimeout"],
        [{ idleTimeout: -1 }, "idleTimeout"],
        [{ maxReceiveBytes: 0 }, "maxReceiveBytes"],
        [{ maxReceiveBytes: NaN }, "maxReceiveBytes"]
      ]
      for (const [options, option] of wrong) {
        const error = yield* Effect.flip(Effect.scoped(Layer.build(NodeGrpc.layer(options))))
        assert.instanceOf(error, InvalidOptions.InvalidOptions)
        assert.strictEqual(error.option, option)
        assert.include(error.message, option.split(".")[0]!)
        assert.notInclude(inspect(error, { depth: 9 }), "hush")
      }
      const forever = {
        connectTimeout: Infinity,
        keepAlive: Infinity,
        keepAliveTimeout: Infinity,
        idleTimeout: Infinity
      }
      yield* Effect.scoped(Effect.gen(function*() {
        const server = yield* servers.serve(answered)
        yield* ask(yield* client.vectors(forever), server.url)
      }))
    }))
})

describe.skipIf(tinyproxy.program === undefined)(
  `tinyproxy${
    tinyproxy.program === undefined ? ", which is not installed and cannot be fetched with apt-get here," : ""
  }`,
  () => {
    const password = "p-4.ss_w"
    const url = (port: number, password: string) =>
      Redacted.make(`http://user:${encodeURIComponent(password)}@127.0.0.1:${port}`)

    it.scoped("sees every connection, and carries it", () =>
      Effect.gen(function*() {
        const { port, requests } = yield* tinyproxy.run("user", password)
        const plain = yield* servers.serve(answered)
        const secure = yield* servers.serve(answered, { tls: own })
        const bypassed = yield* servers.serve(answered, { tls: own })
        const vectors = yield* client.vectors({
          tls,
          proxy: Proxy.make(url(port, password), { except: [`127.0.0.1:${bypassed.port}`] })
        })
        const large = new Uint8Array(300_000).fill(7)
        for (const where of [plain.url, secure.url, `https://localhost:${secure.port}`, bypassed.url]) {
          yield* ask(vectors, where)
          yield* vectors.upsert({ host: where }, large)
        }
        for (const { calls } of [plain, secure, bypassed]) assert.isTrue(calls[1]!.body.equals(large))
        const targets = (yield* requests).map((line) => line.replace(/^.*: /, ""))
        assert.deepStrictEqual(targets, [
          `CONNECT 127.0.0.1:${plain.port} HTTP/1.1`,
          `CONNECT 127.0.0.1:${secure.port} HTTP/1.1`,
          `CONNECT localhost:${secure.port} HTTP/1.1`
        ])
      }))

    it.scoped("wants the right password", () =>
      Effect.gen(function*() {
        const { port } = yield* tinyproxy.run("user", password)
        const server = yield* servers.serve(answered)
        for (
          const [proxy, why] of [
            [url(port, "hush"), /refuses the user name or the password \(4\d\d\)/],
            [`http://127.0.0.1:${port}`, /requires a user name and a password \(4\d\d\)/]
          ] as const
        ) {
          const vectors = yield* client.vectors({ proxy })
          const error = yield* Effect.flip(ask(vectors, server.url))
          assert.strictEqual(error._tag, "PineconeTransportError")
          assert.match(error.message, why)
          assert.notMatch(inspect(error, { depth: 20 }), /hush/)
        }
        assert.strictEqual(server.used(), 0)
      }))

    it.scoped("says that a host is not there", () =>
      Effect.gen(function*() {
        const { port } = yield* tinyproxy.run("user", password)
        const deaf = yield* servers.deafPort
        const vectors = yield* client.vectors({ proxy: url(port, password) })
        assert.match(
          yield* refused(vectors, `https://127.0.0.1:${deaf}`),
          /refuses to connect to 127\.0\.0\.1:\d+: 5\d\d/
        )
      }))
  }
)
