import * as PineconeHttpClient from "@effect-pinecone/http/PineconeHttpClient"
import * as Settings from "@effect-pinecone/http/Settings"
import type { Received } from "@effect-pinecone/http/VectorService"
import * as NodeHttp from "@effect-pinecone/node/NodeHttp"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import type * as Net from "node:net"
import { bodyOf, http, tcp } from "../../node/test/utils/servers.js"
import { methods } from "../src/Protocol.js"
import { vectors as vectorsOf } from "./utils/client.js"
import * as servers from "./utils/servers.js"

const [one, two] = ["1".charCodeAt(0), "2".charCodeAt(0)]

/** More than all buffers between a client and a server that does not read. */
const large = () => new Uint8Array(32 * 1024 * 1024).fill(one)

/** What is done with the memory of a body that nobody reads any more. */
const use = (body: Uint8Array, { attempts, early }: Received): void => {
  if (attempts === 1 && early !== true) body.fill(two)
}

const vectorsOver = (network: typeof FetchHttpClient.layer, retry: Settings.RetryPolicy = Settings.noRetry) =>
  Effect.map(
    Layer.build(Layer.provide(PineconeHttpClient.layer({ apiKey: Redacted.make("key"), retry }), network)),
    (context) => context.pipe((context) => Effect.provide(PineconeHttpClient.PineconeHttpClient, context))
  ).pipe(Effect.flatten, Effect.map(({ vectors }) => vectors))

const answer = methods.upsert.encodeAnswer({ upsertedCount: 1 })

describe("an answer", () => {
  for (
    const [name, network] of [["fetch", FetchHttpClient.layer], ["NodeHttp", Layer.orDie(NodeHttp.layer())]] as const
  ) {
    it.scopedLive(`over ${name} that comes before the request was sent leaves nothing that reads its body`, () =>
      Effect.gen(function*() {
        let socket: Net.Socket | undefined
        let received = 0
        const changed = yield* Deferred.make<boolean>()
        const server = yield* tcp((connected) => {
          socket = connected
          let isBody = false
          connected.on("data", (chunk: Buffer) => {
            if (isBody) {
              received += chunk.length
              if (chunk.includes(two)) Deferred.unsafeDone(changed, Effect.succeed(true))
              return
            }
            if (!chunk.includes("\r\n\r\n")) return
            isBody = true
            connected.pause()
            connected.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}")
          })
          connected.on("close", () => Deferred.unsafeDone(changed, Effect.succeed(false)))
        })
        const vectors = yield* vectorsOver(network)
        const body = large()
        const [, response] = yield* vectors.upsert({ host: server.url }, body)
        use(body, response)
        socket?.resume()
        // All of it or a part of it comes, as it was.
        const all = Effect.as(
          Effect.repeat(Effect.sleep("5 millis"), { until: () => received >= body.length - 1 }),
          false
        )
        assert.isFalse(yield* Effect.race(Deferred.await(changed), all))
      }))

    it.scopedLive(`over ${name} says how often the request was sent`, () =>
      Effect.gen(function*() {
        let asked = 0
        const bodies: Array<Buffer> = []
        const { url } = yield* http((request, response) => {
          void bodyOf(request).then((body) => {
            bodies.push(body)
            asked++
            response.writeHead(asked === 2 || asked === 4 ? 503 : 200, { "content-type": "application/json" })
            response.end("{}")
          })
        })
        const vectors = yield* vectorsOver(network, Schedule.recurs(2))
        const upsert = Effect.map(vectors.upsert({ host: url }, new Uint8Array([one])), ([, response]) => response)
        const stats = Effect.map(vectors.describeIndexStats({ host: url }, {}), ([, response]) => response)
        assert.deepInclude(yield* upsert, { attempts: 1 })
        assert.deepInclude(yield* upsert, { attempts: 2 })
        assert.deepInclude(yield* stats, { attempts: 2 })
        assert.deepInclude(yield* stats, { attempts: 1 })
      }))
  }

  it.scopedLive("over NodeHttp that comes when all was sent leaves the connection as it is", () =>
    Effect.gen(function*() {
      const server = yield* http((request, response) => {
        void bodyOf(request).then(() => {
          response.setHeader("content-type", "application/json")
          response.end("{}")
        })
      })
      const vectors = yield* vectorsOver(Layer.orDie(NodeHttp.layer()))
      for (let i = 0; i < 10; i++) yield* vectors.upsert({ host: server.url }, large())
      assert.strictEqual(server.count.total, 1)
    }))

  it.scopedLive("over gRPC that comes before the call was sent says so", () =>
    Effect.gen(function*() {
      const server = yield* servers.serve((call) => {
        call.stream.pause()
        servers.answer(call, answer)
      }, { early: true })
      const vectors = yield* vectorsOf()
      const [, response] = yield* vectors.upsert({ host: server.url }, large())
      assert.deepInclude(response, { attempts: 1, early: true })
    }))

  it.scopedLive("over gRPC that comes when all was sent does not say so", () =>
    Effect.gen(function*() {
      const server = yield* servers.serve((call) => servers.answer(call, answer))
      const vectors = yield* vectorsOf()
      for (const size of [0, 1, 1000, 100_000, 3_000_000]) {
        for (let i = 0; i < 10; i++) {
          const [, response] = yield* vectors.upsert({ host: server.url }, new Uint8Array(size))
          assert.strictEqual(response.attempts, 1)
          assert.isNotTrue(response.early, String(size))
        }
      }
    }))
})
