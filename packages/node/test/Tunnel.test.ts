import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as HashMap from "effect/HashMap"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as Tracer from "effect/Tracer"
import { inspect } from "node:util"
import * as NodeHttp from "../src/NodeHttp.js"
import * as Proxy from "../src/Proxy.js"
import * as certificates from "./utils/certificates.js"
import { asked, get, post, reasons, text } from "./utils/client.js"
import * as proxies from "./utils/proxies.js"
import * as servers from "./utils/servers.js"
import * as tinyproxy from "./utils/tinyproxy.js"
import { recording } from "./utils/tracer.js"

const ca = certificates.authority("Test authority")
const own = certificates.server(ca, "localhost", "127.0.0.1")
const tls = { ca: ca.cert }
const basic = (credentials: string) => `Basic ${Buffer.from(credentials).toString("base64")}`

describe("a proxy", () => {
  it.scoped("makes a tunnel to hosts with and without TLS, and sees nothing else", () =>
    Effect.gen(function*() {
      const plain = yield* servers.http(servers.echo)
      const secure = yield* servers.https(own, servers.echo)
      const proxy = yield* proxies.make()
      const client = yield* NodeHttp.make({
        tls,
        proxy: {
          url: Redacted.make(`http://us%40er:p%2Fss@127.0.0.1:${proxy.port}/ignored`),
          headers: { "X-Team": "search", "x-token": Redacted.make("hush") }
        }
      })
      for (const { port, url } of [plain, secure]) {
        for (let i = 0; i < 3; i++) {
          const echo = yield* asked(client, HttpClientRequest.setHeader(get(`${url}/a`), "x-mine", "1"))
          assert.strictEqual(echo.url, "/a")
          assert.strictEqual(echo.headers["host"], `127.0.0.1:${port}`)
          assert.strictEqual(echo.headers["x-mine"], "1")
          for (const name of ["proxy-authorization", "x-team", "x-token"]) assert.notProperty(echo.headers, name)
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
        assert.notProperty(headers, "x-mine")
      }
      assert.strictEqual(yield* text(client, `https://localhost:${secure.port}/`).pipe(Effect.as("named")), "named")
      assert.strictEqual(proxy.asked[2]!.target, `localhost:${secure.port}`)
    }))

  it.scoped("is spoken to with TLS of its own", () =>
    Effect.gen(function*() {
      const proxyCa = certificates.authority("Authority of the proxy")
      const me = certificates.client(proxyCa, "me")
      const plain = yield* servers.http(servers.echo)
      const secure = yield* servers.https(own, servers.echo)
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
      const client = yield* NodeHttp.make({ tls, proxy: { url, username: "user", tls: proxyTls } })
      const large = new Uint8Array(300_000).map((_, i) => i * 3)
      for (const target of [plain, secure]) {
        const echo = yield* asked(client, HttpClientRequest.bodyUint8Array(post(target.url), large))
        assert.isTrue(Buffer.from(echo.body, "base64").equals(large))
      }
      assert.deepStrictEqual(
        proxy.asked.map(({ headers, target }) => [target, headers["proxy-authorization"]]),
        [plain, secure].map(({ port }) => [`127.0.0.1:${port}`, basic("user:")])
      )
      // What is trusted of the hosts is not trusted of the proxy, and the other way around.
      const distrusting = yield* NodeHttp.make({ tls: { ca: [ca.cert, proxyCa.cert] }, proxy: url })
      const untrusted = yield* Effect.flip(text(distrusting, plain.url))
      assert.match(reasons(untrusted.cause), new RegExp(`the proxy ${url} cannot be reached: .*certificate`))
      const misled = yield* NodeHttp.make({ proxy: { url, tls: proxyTls } })
      const wrong = yield* Effect.flip(text(misled, secure.url))
      assert.match(reasons(wrong.cause), /^unable to verify the first certificate|^self-signed certificate/)
    }))

  it.scoped("carries streams, both ways", () =>
    Effect.gen(function*() {
      const secure = yield* servers.https(own, (request, response) => void request.pipe(response))
      const proxy = yield* proxies.make()
      const client = yield* NodeHttp.make({ tls, proxy: proxy.url })
      const pieces = Stream.fromIterable(Array.from({ length: 500 }, (_, i) => new Uint8Array(10_000).fill(i)))
      const response = yield* client.execute(HttpClientRequest.bodyStream(post(secure.url), pieces))
      const sum = yield* Stream.runFold(response.stream, 0, (sum, bytes) => sum + bytes.length)
      assert.strictEqual(sum, 5_000_000)
    }))

  it.scoped("is for some hosts and schemes, and not for others", () =>
    Effect.gen(function*() {
      const plain = yield* servers.http(servers.echo)
      const secure = yield* servers.https(own, servers.echo)
      const one = yield* proxies.make()
      const two = yield* proxies.make()
      const client = yield* NodeHttp.make({
        tls,
        proxy: { http: { url: one.url }, https: { url: two.url }, except: [`127.0.0.1:${secure.port}`] }
      })
      yield* text(client, plain.url)
      yield* text(client, secure.url)
      yield* text(client, `https://localhost:${secure.port}`)
      assert.deepStrictEqual(one.asked.map(({ target }) => target), [`127.0.0.1:${plain.port}`])
      assert.deepStrictEqual(two.asked.map(({ target }) => target), [`localhost:${secure.port}`])
    }))

  it.scoped("of the environment is found by the layer of the environment, and by no other", () =>
    Effect.gen(function*() {
      const plain = yield* servers.http(servers.echo)
      const secure = yield* servers.https(own, servers.echo)
      const proxy = yield* proxies.make()
      const env = new Map([
        ["HTTP_PROXY", `http://user:pass@127.0.0.1:${proxy.port}`],
        ["https_proxy", proxy.url],
        ["NO_PROXY", "localhost"],
        ["PINECONE_TLS_CA", ca.cert],
        ["PINECONE_HTTP_CONNECTIONS", "1"]
      ])
      const get = (url: string) => Effect.flatMap(HttpClient.HttpClient, (client) => text(client, url))
      const program = Effect.all([get(plain.url), get(secure.url), get(`https://localhost:${secure.port}`)])
      yield* Effect.provide(
        program,
        Layer.provide(NodeHttp.layerConfig(), Layer.setConfigProvider(ConfigProvider.fromMap(env)))
      )
      assert.deepStrictEqual(proxy.asked.map(({ headers, target }) => [target, headers["proxy-authorization"]]), [
        [`127.0.0.1:${plain.port}`, basic("user:pass")],
        [`127.0.0.1:${secure.port}`, undefined]
      ])
      yield* Effect.provide(program, NodeHttp.layer({ tls }))
      assert.strictEqual(proxy.asked.length, 2)
      const built = (env: ReadonlyArray<readonly [string, string]>) =>
        Effect.flip(
          Effect.scoped(Layer.build(
            Layer.provide(NodeHttp.layerConfig(), Layer.setConfigProvider(ConfigProvider.fromMap(new Map(env))))
          ))
        )
      assert.match(String(yield* built([["HTTPS_PROXY", "socks5://p.test"]])), /socks5/)
      assert.match(String(yield* built([["PINECONE_HTTP_CONNECTIONS", "many"]])), /PINECONE_HTTP_CONNECTIONS/)
      assert.match(
        String(yield* built([["PINECONE_HTTP_CONNECTIONS", "0"]])),
        /connections must be an integer >= 1, got 0/
      )
    }))
})

describe("a tunnel that is not made", () => {
  const fails = (
    name: string,
    options: Parameters<typeof proxies.make>[0],
    why: RegExp,
    status?: number,
    proxyUrl: (url: string) => string = (url) => url
  ) =>
    it.scoped(name, () =>
      Effect.gen(function*() {
        const plain = yield* servers.http(servers.echo)
        const secure = yield* servers.https(own, servers.echo)
        const proxy = yield* proxies.make(options)
        const client = yield* NodeHttp.make({
          tls,
          proxy: { ...Proxy.make(proxyUrl(proxy.url)), except: [`localhost:${secure.port}`] }
        })
        for (const { url } of [plain, secure]) {
          const error = yield* Effect.flip(text(client, url))
          assert.deepStrictEqual([error._tag, error.reason], ["RequestError", "Transport"])
          const cause = error.cause as Proxy.ProxyError
          assert.instanceOf(cause, Proxy.ProxyError)
          assert.strictEqual(cause.status, status)
          assert.match(reasons(cause), why)
          assert.include(cause.message, `http://127.0.0.1:${proxy.port}`)
        }
        yield* proxy.idle
        // It was asked once for each request.
        assert.strictEqual(proxy.asked.length, 2)
        yield* text(client, `https://localhost:${secure.port}`)
      }))

  fails(
    "because the credentials are wrong",
    { refuse: () => 407 },
    /refuses the user name or the password \(407\)/,
    407,
    (url) => url.replace("://", "://user:hush@")
  )
  fails("because there are no credentials", { refuse: () => 407 }, /requires a user name and a password \(407\)/, 407)
  fails(
    "because the proxy refuses the host",
    { refuse: () => 403 },
    /refuses to connect to 127\.0\.0\.1:\d+: 403 Forbidden$/,
    403
  )
  fails(
    "because the proxy points elsewhere, which is followed nowhere",
    { refuse: () => 302, headers: { location: "http://user:hush@a.test/sign-in?token=hush" } },
    /refuses to connect to 127\.0\.0\.1:\d+: 302 Found, a redirect to http:\/\/a\.test\/sign-in$/,
    302
  )
  fails("because the proxy finds no host", { refuse: () => 502 }, /502 Bad Gateway/, 502)
  fails(
    "because the proxy closes the connection",
    { instead: (socket) => socket.destroy() },
    /made no connection to 127\.0\.0\.1:\d+: /
  )
  fails(
    "because the proxy does not speak HTTP",
    { instead: (socket) => socket.end("SSH-2.0\r\n\r\n") },
    /made no connection to 127\.0\.0\.1:\d+: .*Parse/
  )
  fails("because the host is not there", { instead: (socket) => socket.end("HTTP/1.1 504 \r\n\r\n") }, /504/, 504)

  it.scoped("because the proxy is not there", () =>
    Effect.gen(function*() {
      const port = yield* servers.deafPort
      const client = yield* NodeHttp.make({ proxy: `http://user:hush@127.0.0.1:${port}` })
      const error = yield* Effect.flip(text(client, "http://index.test"))
      assert.instanceOf(error.cause, Proxy.ProxyError)
      assert.match(reasons(error.cause), new RegExp(`the proxy http://127.0.0.1:${port} cannot be reached: .*REFUSED`))
    }))

  it.scoped("because the proxy is silent", () =>
    Effect.gen(function*() {
      const proxy = yield* proxies.make({ instead: (socket) => void socket.resume() })
      const client = yield* NodeHttp.make({ proxy: proxy.url, connectTimeout: "50 millis" })
      const error = yield* Effect.flip(text(client, "http://index.test"))
      assert.strictEqual(
        reasons(error.cause),
        `no connection to index.test:80 through the proxy http://127.0.0.1:${proxy.port} within 50ms`
      )
      yield* proxy.idle
    }))

  it.scoped("because the request is interrupted, or the scope ends", () =>
    Effect.gen(function*() {
      const asked = yield* Deferred.make<void>()
      let requests = 0
      const proxy = yield* proxies.make({
        tls: own,
        instead: (socket) => {
          socket.resume()
          if (++requests === 2) Deferred.unsafeDone(asked, Exit.void)
        }
      })
      const scope = yield* Scope.make()
      const client = yield* Scope.extend(NodeHttp.make({ proxy: { url: proxy.url, tls } }), scope)
      const one = yield* Effect.fork(text(client, "http://index.test"))
      const two = yield* Effect.fork(Effect.flip(text(client, "https://index.test")))
      yield* Deferred.await(asked)
      yield* Fiber.interrupt(one)
      yield* Scope.close(scope, Exit.void)
      assert.match(reasons((yield* Fiber.join(two)).cause), /closed/)
      yield* proxy.idle
    }))
})

describe("an interruption", () => {
  it.scoped("closes a tunnel under TLS, over plain TCP and over TLS", () =>
    Effect.gen(function*() {
      for (const proxyTls of [undefined, own]) {
        const begun = yield* Deferred.make<void>()
        const secure = yield* servers.https(own, (_, response) => {
          response.write("begun")
          Deferred.unsafeDone(begun, Exit.void)
        })
        const proxy = yield* proxies.make(proxyTls === undefined ? {} : { tls: proxyTls })
        const client = yield* NodeHttp.make({ tls, proxy: { url: proxy.url, tls } })
        const fiber = yield* Effect.fork(text(client, secure.url))
        yield* Deferred.await(begun)
        yield* Fiber.interrupt(fiber)
        yield* proxy.idle
        yield* secure.idle
      }
    }))
})

describe("secrets", () => {
  it.scoped("are in no error, log, span or value that is shown", () =>
    Effect.gen(function*() {
      const secrets = ["hush", Buffer.from("user:hush").toString("base64"), "PRIVATE KEY"]
      const shown: Array<string> = []
      const show = (value: unknown) => {
        shown.push(inspect(value, { depth: 20, showHidden: true }), JSON.stringify(value) ?? "", String(value))
      }
      const plain = yield* servers.http(servers.echo)
      const refusing = yield* proxies.make({ refuse: () => 407 })
      const closing = yield* proxies.make({ instead: (socket) => void socket.end("garbage\r\n\r\n") })
      const working = yield* proxies.make()
      const deaf = yield* servers.deafPort
      const spans: Array<Tracer.Span> = []
      for (const port of [refusing.port, closing.port, working.port, deaf]) {
        const layer = NodeHttp.layer({
          proxy: {
            url: Redacted.make(`http://user:hush@127.0.0.1:${port}`),
            headers: { "x-token": Redacted.make("hush") }
          },
          tls: { ...tls, cert: own.cert, key: Redacted.make(own.key) }
        })
        show(layer)
        yield* Effect.gen(function*() {
          const client = yield* HttpClient.HttpClient
          show(client)
          for (const url of [plain.url, "https://127.0.0.1:1"]) {
            const exit = yield* Effect.exit(
              Effect.flatMap(client.get(url), (response) => Effect.tap(response.text, () => show(response))).pipe(
                Effect.tapErrorCause((cause) => Effect.logError("failed", cause)),
                Effect.withSpan("request")
              )
            )
            show(exit)
            if (Exit.isFailure(exit)) shown.push(Cause.pretty(exit.cause, { renderErrorCause: true }))
          }
        }).pipe(
          Effect.provide(layer),
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
      }
      assert.isAbove(spans.length, 8)
      for (const span of spans) {
        show([span.name, [...span.attributes], span.status._tag === "Ended" ? span.status.exit : undefined])
      }
      const all = shown.join("\n")
      // All of it was looked at: the errors are there, and their secrets are not.
      assert.match(all, /refuses the user name or the password/)
      assert.match(all, /made no connection/)
      assert.match(all, /cannot be reached/)
      for (const secret of secrets) {
        assert.notInclude(all, secret)
      }
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

    it.scoped("sees every request, and carries it", () =>
      Effect.gen(function*() {
        const { port, requests } = yield* tinyproxy.run("user", password)
        const plain = yield* servers.http(servers.echo)
        const secure = yield* servers.https(own, servers.echo)
        const bypassed = yield* servers.https(own, servers.echo)
        const client = yield* NodeHttp.make({
          tls,
          proxy: Proxy.make(url(port, password), { except: [`127.0.0.1:${bypassed.port}`] })
        })
        assert.strictEqual((yield* asked(client, get(plain.url))).method, "GET")
        const json = yield* asked(client, HttpClientRequest.bodyUnsafeJson(post(secure.url), { a: 1 }))
        assert.strictEqual(Buffer.from(json.body, "base64").toString(), "{\"a\":1}")
        const pieces = Stream.fromIterable(Array.from({ length: 300 }, (_, i) => new Uint8Array(10_000).fill(i)))
        const streamed = yield* asked(
          client,
          HttpClientRequest.bodyStream(post(`https://localhost:${secure.port}`), pieces)
        )
        assert.strictEqual(Buffer.from(streamed.body, "base64").length, 3_000_000)
        yield* asked(client, get(bypassed.url))
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
        const { count, url: target } = yield* servers.http(servers.echo)
        for (
          const [proxy, why] of [
            [url(port, "hush"), /refuses the user name or the password/],
            [`http://127.0.0.1:${port}`, /requires a user name and a password/]
          ] as const
        ) {
          const client = yield* NodeHttp.make({ proxy })
          const error = yield* Effect.flip(text(client, target))
          assert.strictEqual(error._tag, "RequestError")
          assert.instanceOf(error.cause, Proxy.ProxyError)
          assert.match(reasons(error.cause), why)
          assert.notMatch(inspect(error, { depth: 20 }), /hush/)
        }
        assert.strictEqual(count.total, 0)
      }))

    it.scoped("says that a host is not there", () =>
      Effect.gen(function*() {
        const { port } = yield* tinyproxy.run("user", password)
        const deaf = yield* servers.deafPort
        const client = yield* NodeHttp.make({ proxy: url(port, password) })
        const error = yield* Effect.flip(text(client, `https://127.0.0.1:${deaf}`))
        assert.match(reasons(error.cause), /refuses to connect to 127\.0\.0\.1:\d+: 5\d\d/)
      }))
  }
)
