/**
 * The server over TLS: both protocols on one port, with certificates of an authority of the test's own.
 */
import * as Protocol from "@effect-pinecone/grpc/Protocol"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as grpcJs from "@grpc/grpc-js"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { once } from "node:events"
import * as NodeHttps from "node:https"
import * as NodeTls from "node:tls"
import * as PineconeLocal from "../src/PineconeLocal.js"
import * as certificates from "./utils/certificates.js"
import { run } from "./utils/command.js"
import { freshName } from "./utils/pinecone.js"
import * as grpc from "./utils/rawGrpc.js"
import * as sockets from "./utils/sockets.js"

const authority = certificates.authority("The test's authority")
const certificate = certificates.server(authority, "localhost", "127.0.0.1")
const client = certificates.client(authority, "a client")
const stranger = certificates.client(certificates.authority("Somebody else"), "a stranger")

const tls = { cert: certificate.cert, key: Redacted.make(certificate.key) }

const serve = (options: PineconeLocal.ServeOptions = {}) =>
  PineconeLocal.serve({ port: 0, tls, publicHost: "localhost", ...options })

/** What a client of HTTP trusts and shows. */
interface Trust {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

const trusting: Trust = { ca: authority.cert }

interface Answer {
  readonly status: number
  readonly version: string
  readonly json: { readonly [field: string]: unknown }
}

const request = (
  method: string,
  url: string,
  { body, trust = trusting }: { readonly body?: object; readonly trust?: Trust } = {}
): Effect.Effect<Answer, Error> =>
  Effect.async((resume) => {
    const fail = (error: Error) => resume(Effect.fail(error))
    NodeHttps.request(
      url,
      { method, agent: false, headers: { "content-type": "application/json" }, ...trust },
      (response) => {
        let text = ""
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk
        })
        response.on("end", () =>
          resume(Effect.succeed({
            status: response.statusCode!,
            version: response.httpVersion,
            json: JSON.parse(text)
          })))
      }
    ).on("error", fail).end(body === undefined ? undefined : JSON.stringify(body))
  })

const createIndex = (url: string, trust: Trust = trusting): Effect.Effect<string, Error> =>
  Effect.map(
    request("POST", `${url}/indexes`, {
      trust,
      body: {
        name: freshName(),
        dimension: 3,
        spec: { serverless: { cloud: "aws", region: "us-east-1" } }
      }
    }),
    ({ json }) => String(json.host)
  )

const stats = Protocol.methods.describeIndexStats

/** The status of a call of gRPC. */
const called = (host: string, { ca, cert, key }: Trust = trusting) => {
  const bytes = (text: string | undefined) => text === undefined ? null : Buffer.from(text)
  return Effect.scoped(Effect.flatMap(
    grpc.connect(host, grpcJs.credentials.createSsl(bytes(ca), bytes(key), bytes(cert))),
    (connection) => connection.call(stats.path, new Uint8Array())
  ))
}

/** The protocol that the server chooses of these. */
const chosen = (
  url: string,
  ...offered: ReadonlyArray<string>
): Effect.Effect<string | false | null, Error, Scope.Scope> =>
  Effect.gen(function*() {
    const { hostname, port } = new URL(url)
    const socket = yield* Effect.acquireRelease(
      Effect.sync(() =>
        NodeTls.connect({
          host: hostname,
          port: Number(port),
          ca: authority.cert,
          servername: "localhost",
          ALPNProtocols: [...offered]
        })
      ),
      (socket) => Effect.sync(() => socket.destroy())
    )
    yield* Effect.tryPromise({ try: () => once(socket, "secureConnect"), catch: (cause) => cause as Error })
    return socket.alpnProtocol
  })

describe("TLS", () => {
  it.scopedLive("is for both protocols on one port", () =>
    Effect.gen(function*() {
      const { port, url } = yield* serve()
      assert.strictEqual(url, `https://localhost:${port}`)
      const host = yield* createIndex(url)
      assert.match(host, /^https:\/\/localhost:\d+$/)
      const overHttp = yield* request("POST", `${host}/describe_index_stats`, { body: {} })
      assert.deepStrictEqual([overHttp.status, overHttp.json.dimension], [200, 3])
      const overGrpc = yield* called(host)
      assert.strictEqual(overGrpc.code, 0)
      assert.strictEqual((yield* stats.decodeAnswer(overGrpc.body!)).dimension, 3)
      assert.strictEqual((yield* called(url)).code, 12)
      // Who does not know the authority is not fooled.
      assert.include((yield* Effect.flip(request("GET", `${url}/indexes`, { trust: {} }))).message, "certificate")
      assert.strictEqual((yield* called(host, {})).code, 14)
    }))

  it.scopedLive("gives HTTP/1 to who speaks both, and HTTP/2 to who speaks nothing else", () =>
    Effect.gen(function*() {
      const { url } = yield* PineconeLocal.serve({ port: 0, tls })
      assert.match(url, /^https:\/\/127\.0\.0\.1:\d+$/)
      assert.strictEqual(yield* chosen(url, "h2", "http/1.1"), "http/1.1")
      assert.strictEqual(yield* chosen(url, "h2"), "h2")
      assert.strictEqual(yield* chosen(url), false)
      yield* Effect.flip(chosen(url, "gopher"))
      const { version } = yield* request("GET", `${url}/indexes`)
      assert.strictEqual(version, "1.1")
    }))

  it.scopedLive("asks for a certificate of a client's where there is an authority for them", () =>
    Effect.gen(function*() {
      const { url } = yield* serve({ tls: { ...tls, clientCa: Buffer.from(authority.cert) } })
      const known = { ...trusting, ...client }
      const host = yield* createIndex(url, known)
      const body = {}
      assert.strictEqual((yield* request("POST", `${host}/describe_index_stats`, { body, trust: known })).status, 200)
      assert.strictEqual((yield* called(host, known)).code, 0)
      for (const unknown of [trusting, { ...trusting, ...stranger }]) {
        yield* Effect.flip(request("POST", `${host}/describe_index_stats`, { body, trust: unknown }))
        assert.strictEqual((yield* called(host, unknown)).code, 14)
      }
      assert.strictEqual((yield* called(host, known)).code, 0)
    }))

  it.effect("ends with the server, whoever is still connected", () =>
    Effect.gen(function*() {
      const before = sockets.resources()
      const said = yield* Effect.scoped(Effect.gen(function*() {
        const connections = yield* Effect.scoped(Effect.gen(function*() {
          const { url } = yield* serve()
          const host = yield* createIndex(url)
          // Said to a server that waits for a handshake: nothing, no handshake, and the beginning of one.
          const bare = yield* Effect.forEach(
            ["", "GET / HTTP/1.1\r\n\r\n", "\u0016\u0003\u0001"],
            (said) =>
              Effect.gen(function*() {
                const connection = yield* sockets.open(host)
                if (said !== "") yield* connection.write(said)
                return connection
              })
          )
          yield* chosen(host, "h2")
          yield* chosen(host, "http/1.1")
          assert.strictEqual((yield* called(host)).code, 0)
          return bare
        }))
        return yield* Effect.forEach(connections, (connection) => connection.ended)
      }))
      assert.strictEqual(said.length, 3)
      for (let i = 0; i < 1000 && more(before).length > 0; i++) yield* sockets.turn
      assert.deepStrictEqual(more(before), [])
    }))

  it.effect("is refused at the start where a certificate or a key is wrong, which is named", () =>
    Effect.gen(function*() {
      const other = certificates.server(authority, "other")
      const wrong: ReadonlyArray<readonly [NonNullable<PineconeLocal.ServeOptions["tls"]>, string]> = [
        [{ ...tls, cert: "no certificate" }, "tls.cert"],
        [{ ...tls, cert: new Uint8Array() }, "tls.cert"],
        [{ ...tls, cert: certificate.key }, "tls.cert"],
        [{ ...tls, key: Redacted.make("no key") }, "tls.key"],
        [{ ...tls, key: Redacted.make(certificates.encrypted(certificate.key, "secret")) }, "tls.key"],
        [{ ...tls, key: Redacted.make(Buffer.from(other.key)) }, "tls.key is not the private key of tls.cert"],
        [{ ...tls, clientCa: "no certificate" }, "tls.clientCa"]
      ]
      for (const [tls, expected] of wrong) {
        const error = yield* Effect.flip(Effect.scoped(serve({ tls })))
        assert.strictEqual(error._tag, "PineconeStartError")
        assert.include(error.message, expected)
        assert.notInclude(`${error.message} ${JSON.stringify(error)}`, "PRIVATE KEY")
      }
    }))
})

const more = (before: Readonly<Record<string, number>>) =>
  Object.entries(sockets.resources()).filter(([name, count]) => count > before[name]!)

describe("the public host", () => {
  const urlOf = (options: PineconeLocal.ServeOptions) =>
    Effect.scoped(Effect.map(PineconeLocal.serve({ port: 0, ...options }), ({ url }) => url.replace(/:\d+$/, "")))

  it.effect("is in the addresses that the server gives", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* urlOf({}), "http://127.0.0.1")
      assert.strictEqual(yield* urlOf({ host: "0.0.0.0" }), "http://127.0.0.1")
      assert.strictEqual(yield* urlOf({ host: "localhost" }), "http://localhost")
      assert.strictEqual(yield* urlOf({ host: "0.0.0.0", publicHost: "pinecone.test" }), "http://pinecone.test")
      assert.strictEqual(yield* urlOf({ publicHost: "::1" }), "http://[::1]")
    }))
})

describe("the command", () => {
  it.scopedLive("serves over TLS, with certificates from files", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* fs.makeTempDirectoryScoped({ prefix: "tls ü-" })
      const files = { cert: certificate.cert, key: certificate.key, ca: authority.cert, none: "nothing" }
      for (const [name, text] of Object.entries(files)) yield* fs.writeFileString(`${folder}/${name}`, text)
      const given = ["--port", "0", "--public-host", "localhost", "--tls-cert", `${folder}/cert`]
      const server = yield* run(...given, "--tls-key", `${folder}/key`, "--tls-client-ca", `${folder}/ca`)
      const half = yield* run(...given)
      const wrong = yield* run(...given, "--tls-key", `${folder}/none`)
      const url = yield* server.url
      assert.match(url, /^https:\/\/localhost:\d+$/)
      assert.strictEqual((yield* request("GET", `${url}/indexes`, { trust: { ...trusting, ...client } })).status, 200)
      yield* Effect.flip(request("GET", `${url}/indexes`))
      const { code, stderr } = yield* half.ended
      assert.deepStrictEqual([code, stderr.trim()], [1, "TLS needs both --tls-cert and --tls-key."])
      assert.include((yield* wrong.ended).stderr, `--tls-key ${folder}/none is not a private key`)
    }).pipe(Effect.provide(NodeContext.layer)))
})
