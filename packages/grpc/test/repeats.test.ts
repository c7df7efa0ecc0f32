import * as PineconeHttpClient from "@effect-pinecone/http/PineconeHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as TransportErrors from "../../../scripts/testing/transportErrors.js"
import { vectors as vectorsOf } from "./utils/client.js"
import * as operations from "./utils/operations.js"
import * as servers from "./utils/servers.js"

const retry = Schedule.recurs(1)

/** How often an operation was sent to a server that always says the same, or whose connection always breaks. */
const sent = (operation: operations.Operation, status: number | "breaks") =>
  Effect.gen(function*() {
    let count = 0
    const client = HttpClient.make((request, url) =>
      Effect.gen(function*() {
        const token = { access_token: "token", token_type: "Bearer", expires_in: 3600 }
        if (url.pathname === "/oauth/token") return HttpClientResponse.fromWeb(request, Response.json(token))
        count++
        if (request.body._tag === "Stream") yield* Effect.orDie(Stream.runDrain(request.body.stream))
        if (status !== "breaks") return HttpClientResponse.fromWeb(request, new Response("no", { status }))
        return yield* TransportErrors.broken(request)
      })
    )
    const error = yield* Effect.flip(Effect.provide(
      operation.run({
        host: "movies.test",
        admin: { clientId: "id", clientSecret: Redacted.make("secret"), retry }
      }),
      Layer.provideMerge(
        PineconeHttpClient.layer({ apiKey: Redacted.make("key"), retry }),
        Layer.succeed(HttpClient.HttpClient, client)
      )
    ))
    assert.deepInclude(error, { operation: operation.name, attempts: count })
    return count
  })

describe("an operation", () => {
  // All that makes something, or answers by chance: a second one would be another one.
  const harmful = [
    "create_namespace",
    "start_import",
    "create_index",
    "create_index_for_model",
    "create_index_from_backup_operation",
    "create_collection",
    "create_backup",
    "create_assistant",
    "chat_assistant",
    "chat_completion_assistant",
    "upload_file",
    "metrics_alignment",
    "create_namespace_alias",
    "create_project",
    "create_api_key"
  ]

  for (const [i, operation] of operations.all.entries()) {
    const { name } = operation
    const isHarmful = harmful.includes(name)
    it.live(`is ${isHarmful ? "not " : ""}sent again where the server may have acted: ${name} (${i})`, () =>
      Effect.gen(function*() {
        const times = isHarmful ? 1 : 2
        for (const status of [408, 500, 502, 503, 504, "breaks"] as const) {
          assert.strictEqual(yield* sent(operation, status), times, String(status))
        }
        assert.strictEqual(yield* sent(operation, 429), 2)
        assert.strictEqual(yield* sent(operation, 400), 1)
      }))
  }

  it.scopedLive("over gRPC is the same", () =>
    Effect.gen(function*() {
      let code = 0
      const server = yield* servers.serve((call) => servers.refuse(call, code, "no"))
      const vectors = yield* vectorsOf({}, { retry })
      const place = { host: server.url }
      const asked = (call: Effect.Effect<unknown, unknown>) =>
        Effect.suspend(() => {
          const before = server.calls.length
          return Effect.map(Effect.flip(call), () => server.calls.length - before)
        })
      const twice = [
        vectors.upsert(place, new Uint8Array()),
        vectors.query(place, new Uint8Array()),
        vectors.update(place, new Uint8Array()),
        vectors.fetch(place, { ids: ["a"] }),
        vectors.fetchByMetadata(place, { filter: { a: 1 } }),
        vectors.delete(place, { ids: ["a"] }),
        vectors.list(place, {}),
        vectors.describeIndexStats(place, {}),
        vectors.listNamespaces(place, {}),
        vectors.describeNamespace(place, { name: "n" }),
        vectors.deleteNamespace(place, { name: "n" })
      ]
      for (const call of twice) {
        code = 14
        assert.strictEqual(yield* asked(call), 2)
      }
      for (const unclear of [2, 10, 13, 14, 15]) {
        code = unclear
        assert.strictEqual(yield* asked(vectors.createNamespace(place, { name: "n" })), 1, String(code))
      }
      code = 8
      assert.strictEqual(yield* asked(vectors.createNamespace(place, { name: "n" })), 2)
    }))
})
