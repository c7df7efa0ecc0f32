import * as PineconeHttpClient from "@effect-pinecone/http/PineconeHttpClient"
import * as NodeHttp from "@effect-pinecone/node/NodeHttp"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Http from "node:http"
import { http } from "../../node/test/utils/servers.js"
import * as PineconeGrpc from "../src/PineconeGrpc.js"
import * as operations from "./utils/operations.js"
import * as grpcServers from "./utils/servers.js"

const secret = "sesame-sesame"

/** A place that a redirect points to, and how often it was asked for anything. */
const elsewhere = Effect.gen(function*() {
  const asked: Array<Http.IncomingHttpHeaders> = []
  const { port } = yield* http((request, response) => {
    asked.push(request.headers)
    response.end("{}")
  })
  return { asked, host: `127.0.0.1:${port}` }
})

/** A server that sends everybody elsewhere, but those who want a token where it is told to give one. */
const misleading = (status: number, to: string, givesTokens: boolean) =>
  Effect.gen(function*() {
    const asked: Array<string> = []
    const headers = { location: `http://${secret}:${secret}@${to}/sign-in?token=${secret}#${secret}` }
    const { url } = yield* http((request, response) => {
      request.resume()
      request.on("end", () => {
        if (givesTokens && request.url === "/oauth/token") {
          response.setHeader("content-type", "application/json")
          response.end(JSON.stringify({ access_token: "token", token_type: "Bearer", expires_in: 3600 }))
          return
        }
        asked.push(request.url ?? "")
        response.writeHead(status, headers)
        response.end(status === 304 ? undefined : `<a href="${headers.location}">moved</a>`)
      })
    })
    const overGrpc = yield* grpcServers.serve(({ stream }) => {
      stream.respond({ ":status": status, ...headers }, { endStream: true })
    })
    return { asked, url, overGrpc }
  })

const settings = (controllerHost: string) => ({ apiKey: Redacted.make(secret), controllerHost })

const adminSettings = (url: string) => ({
  clientId: "id",
  clientSecret: Redacted.make(secret),
  controllerHost: url,
  loginHost: url
})

/** What an operation came to, which nobody was to see as a success. */
const check = (error: unknown, name: string, status: number, to: string): void => {
  assert.deepInclude(error, { _tag: "PineconeInvalidResponse", operation: name, status, attempts: 1 })
  const { message } = error as { readonly message: string }
  if (status === 304) assert.include(message, "304")
  else {assert.include(
      message,
      `was answered with ${status}, a redirect to http://${to}/sign-in: redirects are not followed`
    )}
  assert.notInclude(JSON.stringify(error), secret)
}

describe("a redirect", () => {
  for (const status of [301, 302, 303, 304, 307, 308]) {
    for (const [transport, network] of [["fetch", FetchHttpClient.layer], ["NodeHttp", NodeHttp.layer()]] as const) {
      it.scopedLive(`of ${status} over ${transport} is an error of every operation, and is not followed`, () =>
        Effect.gen(function*() {
          const other = yield* elsewhere
          const { asked, url } = yield* misleading(status, other.host, true)
          const client = Layer.provideMerge(PineconeHttpClient.layer(settings(url)), network)
          for (const { name, run } of operations.all) {
            asked.length = 0
            check(
              yield* Effect.flip(Effect.provide(run({ host: url, admin: adminSettings(url) }), client)),
              name,
              status,
              other.host
            )
            assert.lengthOf(asked, 1, name)
          }
          assert.deepEqual(other.asked, [])
        }))

      it.scopedLive(`of ${status} over ${transport} is an error of the request for a token`, () =>
        Effect.gen(function*() {
          const other = yield* elsewhere
          const { asked, url } = yield* misleading(status, other.host, false)
          const client = Layer.provideMerge(PineconeHttpClient.layer(settings(url)), network)
          const listing = operations.all.filter(({ name }) => name === "list_projects")
          assert.lengthOf(listing, 1)
          for (const { run } of listing) {
            check(
              yield* Effect.flip(Effect.provide(run({ host: url, admin: adminSettings(url) }), client)),
              "get_token",
              status,
              other.host
            )
          }
          assert.deepEqual(asked, ["/oauth/token"])
          assert.deepEqual(other.asked, [])
        }))
    }

    it.scopedLive(`of ${status} over gRPC is an error of every operation on records`, () =>
      Effect.gen(function*() {
        const other = yield* elsewhere
        const { overGrpc, url } = yield* misleading(status, other.host, true)
        const client = PineconeGrpc.layer().pipe(
          Layer.provide(PineconeHttpClient.layer(settings(url))),
          Layer.provideMerge(NodeHttp.layer())
        )
        const all = operations.all.filter(({ vectors }) => vectors)
        assert.lengthOf(all, 17)
        let calls = 0
        for (const { name, run } of all) {
          const error = yield* Effect.flip(
            Effect.provide(run({ host: overGrpc.url, admin: adminSettings(url) }), client)
          )
          check(error, name, status, other.host)
          assert.lengthOf(overGrpc.calls, ++calls, name)
        }
        assert.deepEqual(other.asked, [])
      }))
  }
})
