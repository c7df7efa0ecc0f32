/** How an answer comes: in pieces of any size, up to its limit, and with what HTTP says first. */
import type { VectorService } from "@effect-pinecone/http/VectorService"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { setImmediate } from "node:timers/promises"
import { methods } from "../src/Protocol.js"
import { vectors as vectorsOf } from "./utils/client.js"
import * as servers from "./utils/servers.js"

const message = methods.fetch.encodeAnswer({ vectors: [{ id: "a", values: Float32Array.of(1, 2, 3) }] })

const ask = (vectors: VectorService, url: string) => vectors.fetch({ host: url, index: "movies" }, { ids: ["a"] })

describe("an answer", () => {
  it.scopedLive("may come byte by byte", () =>
    Effect.gen(function*() {
      const server = yield* servers.serve(({ stream }) => {
        stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true })
        stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }))
        const send = async () => {
          for (const byte of servers.framed(message)) {
            await new Promise((resolve) => stream.write(Buffer.of(byte), resolve))
            // Each in a frame of its own, which is read before the next one is written.
            for (let i = 0; i < 3; i++) await setImmediate()
          }
          stream.end()
        }
        void send()
      })
      const [answer] = yield* ask(yield* vectorsOf(), server.url)
      assert.deepStrictEqual(Array.from(answer.vectors?.[0]?.values ?? []), [1, 2, 3])
    }))

  it.scopedLive("may be as large as the limit, and no larger", () =>
    Effect.gen(function*() {
      const server = yield* servers.serve((call) => servers.answer(call, message))
      const [answer] = yield* ask(yield* vectorsOf({ maxReceiveBytes: message.length }), server.url)
      assert.isDefined(answer.vectors?.[0])
      const error = yield* Effect.flip(ask(yield* vectorsOf({ maxReceiveBytes: message.length - 1 }), server.url))
      assert.strictEqual(error._tag, "PineconeInvalidResponse")
      assert.include(error.message, `larger than ${message.length - 1} bytes: ${message.length}; raise maxReceiveBytes`)
    }))

  it.scopedLive("of a status that is no success is none, whatever gRPC says in it", () =>
    Effect.gen(function*() {
      let status = 0
      const server = yield* servers.serve(({ stream }) => {
        stream.respond(
          { ":status": status, "content-type": "application/grpc", "grpc-status": "0" },
          { waitForTrailers: true }
        )
        stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }))
        stream.end(servers.framed(message))
      })
      for (
        const [given, tag] of [
          [302, "PineconeInvalidResponse"],
          [304, "PineconeInvalidResponse"],
          [206, "PineconeInvalidResponse"],
          [403, "PineconeForbidden"],
          [503, "PineconeServiceUnavailable"]
        ] as const
      ) {
        status = given
        const error = yield* Effect.flip(ask(yield* vectorsOf(), server.url))
        assert.strictEqual(error._tag, tag, String(status))
      }
    }))
})
