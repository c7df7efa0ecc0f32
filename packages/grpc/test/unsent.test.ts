import * as PineconeHttpClient from "@effect-pinecone/http/PineconeHttpClient"
import * as Settings from "@effect-pinecone/http/Settings"
import type * as Connector from "@effect-pinecone/node/Connector"
import * as NodeHttp from "@effect-pinecone/node/NodeHttp"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import * as Http from "node:http"
import * as Http2 from "node:http2"
import * as certificates from "../../node/test/utils/certificates.js"
import * as proxies from "../../node/test/utils/proxies.js"
import { http, https, tcp } from "../../node/test/utils/servers.js"
import * as PineconeGrpc from "../src/PineconeGrpc.js"
import { vectors as vectorsOf } from "./utils/client.js"
import * as operations from "./utils/operations.js"
import * as servers from "./utils/servers.js"

const apiKey = Redacted.make("pckey-1234567890")

/** Says no to a request that has come. */
const no: Http.RequestListener = (request, response) => {
  request.resume()
  request.on("end", () => {
    response.writeHead(400, { "content-type": "application/json" })
    response.end(JSON.stringify({ status: 400, error: { code: "INVALID_ARGUMENT", message: "no" } }))
  })
}

/** Gives tokens to whom they are asked by. */
const login = http((request, response) => {
  request.resume()
  response.setHeader("content-type", "application/json")
  response.end(JSON.stringify({ access_token: "token", token_type: "Bearer", expires_in: 3600 }))
})

/** One more try, before which something is done. */
const once = (before: Effect.Effect<unknown> = Effect.void): Settings.RetryPolicy => {
  // A schedule is asked about the last failure, too.
  let isDone = false
  return Schedule.tapInput(Schedule.recurs(1), () =>
    Effect.suspend(() => {
      if (isDone) return Effect.void
      isDone = true
      return before
    }))
}

const networks: ReadonlyArray<readonly [string, Layer.Layer<HttpClient.HttpClient>]> = [
  ["fetch", FetchHttpClient.layer],
  ["NodeHttp", Layer.orDie(NodeHttp.layer())]
]

const twiceWouldHarm = operations.all.filter(({ idempotent }) => !idempotent)

/** Runs an operation at a host, whose requests are sent again as the policy says. */
const running = (
  { run }: operations.Operation,
  host: string,
  loginHost: string,
  network: Layer.Layer<HttpClient.HttpClient>,
  retry: Settings.RetryPolicy
) =>
  Effect.flip(Effect.provide(
    run({
      host,
      admin: { clientId: "id", clientSecret: Redacted.make("secret"), controllerHost: host, loginHost, retry }
    }),
    Layer.provideMerge(PineconeHttpClient.layer({ apiKey, controllerHost: host, retry }), network)
  ))

describe("a call that was never sent", () => {
  for (const [transport, network] of networks) {
    for (const [i, operation] of twiceWouldHarm.entries()) {
      it.scopedLive(`is sent again over ${transport}, though it is not idempotent: ${operation.name} (${i})`, () =>
        Effect.gen(function*() {
          const asked: Array<string | undefined> = []
          const port = yield* servers.deafPort
          const scope = yield* Effect.scope
          const begin = Effect.async<void>((resume) => {
            const server = Http.createServer((request, response) => {
              asked.push(request.url)
              no(request, response)
            })
            server.listen(
              port,
              "127.0.0.1",
              () => resume(Scope.addFinalizer(scope, Effect.sync(() => server.close().closeAllConnections())))
            )
          })
          const { url } = yield* login
          const error = yield* running(operation, `http://127.0.0.1:${port}`, url, network, once(begin))
          assert.deepInclude(error, { _tag: "PineconeInvalidRequest", operation: operation.name, attempts: 2 })
          assert.lengthOf(asked, 1)
        }))
    }

    it.scopedLive(`is told from one that may have been sent, over ${transport}`, () =>
      Effect.gen(function*() {
        const { url: loginHost } = yield* login
        let asked = 0
        const { url } = yield* http((request) => {
          asked++
          request.resume()
          request.on("end", () => request.socket.destroy())
        })
        for (const operation of twiceWouldHarm) {
          const before = asked
          const error = yield* running(operation, url, loginHost, network, once())
          assert.deepInclude(error, {
            _tag: "PineconeTransportError",
            operation: operation.name,
            attempts: 1,
            unsent: false
          })
          assert.strictEqual(asked - before, 1, operation.name)
        }
      }))

    it.scopedLive(`says so over ${transport}, whatever stood in its way`, () =>
      Effect.gen(function*() {
        const deaf = yield* servers.deafPort
        const untrusted = yield* https(certificates.server(certificates.authority("Unknown"), "127.0.0.1"), no)
        const ask = (host: string, unsent: boolean) =>
          Effect.gen(function*() {
            const { describeIndex } = yield* PineconeHttpClient.PineconeHttpClient
            const error = yield* Effect.flip(describeIndex("movies"))
            assert.deepInclude(error, { _tag: "PineconeTransportError", unsent }, host)
          }).pipe(
            Effect.provide(PineconeHttpClient.layer({ apiKey, controllerHost: host, retry: Settings.noRetry })),
            Effect.provide(network)
          )
        yield* ask(`http://127.0.0.1:${deaf}`, true)
        yield* ask("http://nobody.invalid", true)
        yield* ask(untrusted.url, true)
        const closing = yield* tcp((socket) => socket.once("data", () => socket.destroy()))
        yield* ask(closing.url, false)
      }))
  }

  it.scopedLive("says so over NodeHttp and gRPC, where there was no TLS, no tunnel or no time", () =>
    Effect.gen(function*() {
      const rude = yield* tcp((socket) => socket.once("data", () => socket.destroy()))
      const silent = yield* tcp(() => {})
      const proxy = yield* proxies.make({ refuse: () => 403 })
      const ways: ReadonlyArray<readonly [host: string, options: Connector.Options]> = [
        [`https://127.0.0.1:${rude.port}`, {}],
        [`https://127.0.0.1:${silent.port}`, { connectTimeout: "50 millis" }],
        [`http://127.0.0.1:${silent.port}`, { proxy: `http://127.0.0.1:${proxy.port}` }]
      ]
      for (const [host, options] of ways) {
        const client = PineconeHttpClient.layer({ apiKey, controllerHost: host, retry: Settings.noRetry })
        for (const layer of [client, Layer.provide(PineconeGrpc.layer(options), client)]) {
          const error = yield* Effect.flatMap(
            PineconeHttpClient.PineconeHttpClient,
            ({ vectors }) => Effect.flip(vectors.createNamespace({ host }, { name: "n" }))
          ).pipe(Effect.provide(layer), Effect.provide(NodeHttp.layer(options)))
          assert.deepInclude(error, { _tag: "PineconeTransportError", unsent: true }, host)
        }
      }
    }))

  it.scopedLive("is sent again over gRPC: where nobody listened", () =>
    Effect.gen(function*() {
      const port = yield* servers.deafPort
      const scope = yield* Effect.scope
      const calls: Array<string> = []
      const begin = Scope.extend(
        servers.serve((call) => {
          calls.push(call.path)
          servers.refuse(call, 3, "no")
        }, { port }),
        scope
      )
      const vectors = yield* vectorsOf({}, { retry: once(begin) })
      const error = yield* Effect.flip(vectors.createNamespace({ host: `http://127.0.0.1:${port}` }, { name: "n" }))
      assert.deepInclude(error, { _tag: "PineconeInvalidRequest", attempts: 2 })
      assert.deepEqual(calls, ["/VectorService/CreateNamespace"])
    }))

  it.scopedLive("is sent again over gRPC: where the server refuses it unread, twice by the connection, and then as told", () =>
    Effect.gen(function*() {
      const server = yield* servers.serve(({ stream }) => stream.close(Http2.constants.NGHTTP2_REFUSED_STREAM))
      const vectors = yield* vectorsOf({}, { retry: once() })
      const create = vectors.createNamespace({ host: server.url }, { name: "n" })
      assert.deepInclude(yield* Effect.flip(create), { _tag: "PineconeTransportError", attempts: 2, unsent: true })
      assert.lengthOf(server.calls, 4)
      const impatient = yield* vectorsOf()
      assert.deepInclude(
        yield* Effect.flip(impatient.createNamespace({ host: server.url }, { name: "n" })),
        { _tag: "PineconeTransportError", attempts: 1, unsent: true }
      )
      assert.lengthOf(server.calls, 6)
    }))

  for (const code of ["NGHTTP2_NO_ERROR", "NGHTTP2_INTERNAL_ERROR", "NGHTTP2_REFUSED_STREAM"] as const) {
    it.scopedLive(`is told over gRPC from one that the server has seen before it left: ${code}`, () =>
      Effect.gen(function*() {
        let first: servers.Call | undefined
        const server = yield* servers.serve((call) => {
          if (first === undefined) first = call
          // It says which it has seen, and is gone.
          else if (call.session === first.session) {
            call.session.goaway(Http2.constants[code], first.stream.id!)
            setImmediate(() => call.session.destroy())
          } else servers.refuse(call, 3, "no")
        })
        const vectors = yield* vectorsOf({}, { retry: once() })
        const create = Effect.flip(vectors.createNamespace({ host: server.url }, { name: "n" }))
        const seen = yield* Effect.fork(create)
        yield* server.until(() => server.calls.length === 1)
        const unseen = yield* create
        assert.deepInclude(unseen, { _tag: "PineconeInvalidRequest", operation: "create_namespace" })
        assert.deepInclude(yield* Fiber.join(seen), { _tag: "PineconeTransportError", attempts: 1, unsent: false })
        assert.lengthOf(server.calls, 3)
      }))
  }

  it.scopedLive("is told over gRPC from one whose connection broke", () =>
    Effect.gen(function*() {
      const server = yield* servers.serve(({ session }) => session.destroy())
      const vectors = yield* vectorsOf({}, { retry: once() })
      const error = yield* Effect.flip(vectors.createNamespace({ host: server.url }, { name: "n" }))
      assert.deepInclude(error, { _tag: "PineconeTransportError", attempts: 1, unsent: false })
      assert.lengthOf(server.calls, 1)
    }))
})
