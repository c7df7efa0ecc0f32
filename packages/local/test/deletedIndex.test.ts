/**
 * Requests that meet the deletion of their index: each is answered, in the form of its protocol, whatever the moment.
 */
import type * as GrpcChannel from "@effect-pinecone/grpc/GrpcChannel"
import * as ErrorBody from "@effect-pinecone/schema/ErrorBody"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { pathToFileURL } from "node:url"
import { Control, createIndex, inProcess, overSockets } from "./utils/bothProtocols.js"
import * as grpc from "./utils/rawGrpc.js"
import { writeParquet } from "./utils/writeParquet.js"

const rounds = 40

const post = (url: string, body: unknown) =>
  HttpClientRequest.post(url, { body: HttpBody.text(JSON.stringify(body), "application/json") })

/** What was answered, or nothing where the address was gone. */
const answered = (request: HttpClientRequest.HttpClientRequest) =>
  HttpClient.execute(request).pipe(
    Effect.flatMap((response: HttpClientResponse.HttpClientResponse) =>
      Effect.map(response.text, (text) => `${request.url.split("/").slice(3).join("/")} ${response.status} ${text}`)
    ),
    Effect.catchTag("RequestError", () => Effect.succeed(undefined)),
    Effect.catchTag("ResponseError", () => Effect.succeed(undefined))
  )

const isWell = (said: string | undefined): boolean => {
  if (said === undefined) return true
  const [, status = "", ...rest] = said.split(" ")
  const text = rest.join(" ")
  if (status.startsWith("2")) return true
  if (status !== "404" && status !== "503") return false
  return /"message":"[^"]+"/.test(text) || /"error":/.test(text)
}

const { NOT_FOUND, OK, UNAVAILABLE } = ErrorBody.grpcStatuses

const coded = <A, R>(call: Effect.Effect<A, GrpcChannel.Status, R>) =>
  Effect.match(call, { onSuccess: () => OK, onFailure: ({ code }) => code })

describe.each(Object.entries({ "over connections": overSockets, "in the process": inProcess }))("%s", (_, server) => {
  it.scopedLive("requests are answered while their index is deleted", () =>
    Effect.gen(function*() {
      const control = yield* Control
      const fs = yield* FileSystem.FileSystem
      const root = yield* fs.makeTempDirectoryScoped({ prefix: "deleted-" })
      const rows = Array.from({ length: 10 }, (_, i) => ({ id: String(i), values: [i + 1, 1, 1] }))
      yield* writeParquet(root, rows, { namespace: "imported" })
      const uri = pathToFileURL(root).href
      for (let round = 0; round < rounds; round++) {
        const host = yield* createIndex({ name: `round-${round}` })
        const vectors = [{ id: "a", values: [1, 2, 3], metadata: { n: 1 } }]
        yield* HttpClient.execute(post(`${host}/vectors/upsert`, { vectors }))
        const requests = [
          post(`${host}/bulk/imports`, { uri }),
          post(`${host}/vectors/upsert`, { vectors }),
          post(`${host}/vectors/update`, { id: "a", setMetadata: { n: 2 } }),
          post(`${host}/vectors/update`, { filter: { n: 2 }, setMetadata: { n: 3 } }),
          post(`${host}/vectors/delete`, { filter: { n: 4 } }),
          post(`${host}/query`, { vector: [1, 2, 3], topK: 1 }),
          post(`${host}/describe_index_stats`, {}),
          HttpClientRequest.get(`${host}/vectors/list`),
          HttpClientRequest.del(`${host}/namespaces/__default__`),
          post(`${host}/bulk/imports`, { uri })
        ]
        const turns = round % 10
        const deletion = Effect.zipRight(
          Effect.yieldNow().pipe(Effect.repeatN(turns * 3)),
          HttpClient.execute(HttpClientRequest.del(`${control}/indexes/round-${round}`))
        )
        const at = round % requests.length
        const [said, calls] = yield* Effect.all([
          Effect.forEach([...requests.slice(at), ...requests.slice(0, at)], answered, { concurrency: "unbounded" }),
          Effect.all([
            coded(grpc.call(host, "upsert", { vectors: [{ id: "b", values: Float32Array.of(1, 2, 3) }] })),
            coded(grpc.call(host, "query", { id: "a", topK: 1 })),
            coded(grpc.call(host, "describeIndexStats", {})),
            coded(grpc.call(host, "delete", { deleteAll: true }))
          ], { concurrency: "unbounded" }),
          deletion
        ], { concurrency: "unbounded" }).pipe(Effect.timeout("20 seconds"))
        assert.deepStrictEqual(said.filter((one) => !isWell(one)), [])
        assert.deepStrictEqual(calls.filter((code) => code !== OK && code !== NOT_FOUND && code !== UNAVAILABLE), [])
      }
    }).pipe(Effect.provide(Layer.merge(server({ importRoot: "/" }), NodeContext.layer))), 60_000)
})
