/** The memory of bodies: used again for the next one, but never while something may still read it. */
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import * as GrpcChannel from "@effect-pinecone/grpc/GrpcChannel"
import * as PineconeGrpc from "@effect-pinecone/grpc/PineconeGrpc"
import { methods } from "@effect-pinecone/grpc/Protocol"
import * as PineconeHttpClient from "@effect-pinecone/http/PineconeHttpClient"
import * as Headers from "@effect/platform/Headers"
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"

const answer = { body: methods.upsert.encodeAnswer({ upsertedCount: 1 }), headers: Headers.empty }

const lost = new GrpcChannel.Status({ code: 14, message: "lost", headers: Headers.empty, answered: false })

/** The memory that each call's message was in, of a server that answers the calls with these numbers with nothing. */
const bodies = (unanswered: ReadonlyArray<number>, upserts: number) => {
  const seen: Array<ArrayBufferLike> = []
  const channel: GrpcChannel.Service = {
    unary: ({ body }) =>
      Effect.suspend(() => unanswered.includes(seen.push(body.buffer)) ? lost : Effect.succeed(answer))
  }
  const client = PineconeHttpClient.layer({ apiKey: Redacted.make("key"), retry: Schedule.recurs(1) }).pipe(
    Layer.provide(Layer.succeed(HttpClient.HttpClient, HttpClient.make(() => Effect.dieMessage("HTTP is not asked")))),
    Layer.merge(Layer.succeed(GrpcChannel.GrpcChannel, channel))
  )
  return Effect.gen(function*() {
    const index = yield* VectorIndex.make({ host: "movies.test" })
    yield* Effect.repeatN(index.upsert([{ id: "a", values: new Float32Array(20_000).fill(1) }]), upserts - 1)
    return seen
  }).pipe(Effect.provide(Layer.provide(PineconeGrpc.layerChannel, client)))
}

describe("the memory of a body", () => {
  it.effect("is used again for the next one", () =>
    Effect.gen(function*() {
      const seen = yield* bodies([], 3)
      assert.strictEqual(seen.length, 3)
      assert.strictEqual(new Set(seen).size, 1)
    }))

  it.effect("is left alone where a try got no answer: it may be on its way still", () =>
    Effect.gen(function*() {
      // The second upsert is sent twice.
      const [first, second, again, third] = yield* bodies([2], 3)
      assert.strictEqual(second, first)
      assert.strictEqual(again, second)
      assert.notStrictEqual(third, again)
    }))
})
