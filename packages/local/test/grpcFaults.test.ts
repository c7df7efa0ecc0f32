/**
 * What goes wrong over gRPC: faults, deadlines, calls that are given up, and mistakes of the server's own.
 */
import * as Protocol from "@effect-pinecone/grpc/Protocol"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Random from "effect/Random"
import { TestClock, timed } from "../../../scripts/testing/clock.js"
import * as handlers from "../src/internal/grpc.js"
import * as problem from "../src/internal/problem.js"
import type * as PineconeLocal from "../src/PineconeLocal.js"
import { Host, servers, withIndex } from "./utils/bothProtocols.js"
import * as grpc from "./utils/rawGrpc.js"
import * as http from "./utils/rawHttp.js"
import * as spans from "./utils/spans.js"

for (const [name, server] of Object.entries(servers)) {
  describe(`a server that misbehaves, ${name}`, () => {
    const misbehaving = (faults: NonNullable<PineconeLocal.Options["faults"]>) =>
      Effect.provide(withIndex(server, { faults }))

    const stats = Effect.flatMap(Host, (host) => grpc.call(host, "describeIndexStats", {}))

    it.effect("throttles, and says in the metadata behind the answer how long to wait", () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(stats)
        assert.deepStrictEqual([error.code, error.headers["retry-after"]], [8, "1"])
      }).pipe(misbehaving({ throttle: 1, seed: 1 })))

    it.effect("fails", () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(stats)
        assert.deepStrictEqual([error.code, error.headers["retry-after"]], [14, undefined])
      }).pipe(misbehaving({ fail: 1, seed: 1 })))

    it.effect("draws from one seed for both protocols", () =>
      Effect.gen(function*() {
        const host = yield* Host
        const overGrpc = Effect.map(Effect.either(stats), (either) => Either.isRight(either) ? 0 : either.left.code)
        const overHttp = Effect.map(
          http.send(host, "describeIndexStats", {}),
          ({ json, status }) => status === 200 ? 0 : (json as { readonly code: number }).code
        )
        const seen: Array<number> = []
        for (let i = 0; i < 20; i++) seen.push(yield* i % 2 === 0 ? overGrpc : overHttp)
        const random = Random.make("both")
        const expected: Array<number> = []
        for (let i = 0; i < 20; i++) {
          const chance = yield* random.next
          expected.push(chance < 0.3 ? 8 : chance < 0.6 ? 14 : 0)
        }
        assert.deepStrictEqual(seen, expected)
      }).pipe(misbehaving({ throttle: 0.3, fail: 0.3, seed: "both" })))

    it.effect("takes its time", () =>
      Effect.gen(function*() {
        const [, millis] = yield* timed(stats)
        assert.isAtLeast(millis, 3000)
        assert.isBelow(millis, 3500)
      }).pipe(misbehaving({ latency: "3 seconds", seed: 1 })))

    it.effect("ends its work with the call: cancelled, or past its deadline", () =>
      Effect.gen(function*() {
        const watch = yield* spans.watch("VectorService/DescribeIndexStats")
        yield* Effect.gen(function*() {
          const host = yield* Host
          const cancelled = yield* Effect.fork(stats)
          yield* watch.begun
          yield* Fiber.interrupt(cancelled)
          assert.isTrue(Exit.isInterrupted(yield* watch.ended))

          const late = yield* Effect.fork(Effect.flip(grpc.call(host, "describeIndexStats", {}, { timeout: 500 })))
          yield* watch.begun
          yield* TestClock.adjust("500 millis")
          assert.strictEqual((yield* Fiber.join(late)).code, 4)
          assert.isTrue(Exit.isInterrupted(yield* watch.ended))
        }).pipe(misbehaving({ latency: "1 hour", seed: 1 }), Effect.withTracer(watch.tracer))
      }))
  })
}

describe("what goes wrong in the server", () => {
  const request = { path: Protocol.methods.list.path, body: Effect.succeed(new Uint8Array()), headers: {} }
  const admit = () => Effect.void

  it.effect("is INTERNAL, and the caller does not learn what it was", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(
        handlers.make(Effect.die(new Error("a secret")), admit, Effect.succeed("id"))(request)
      )
      assert.deepStrictEqual([error.code, error.message], [13, "Internal server error"])
      assert.notInclude(JSON.stringify(error.headers), "secret")
    }).pipe(Logger.withMinimumLogLevel(LogLevel.None)))

  it.effect("has a status of gRPC for each of HTTP", () =>
    Effect.gen(function*() {
      const statuses: ReadonlyArray<readonly [problem.Problem, number]> = [
        [problem.badRequest(""), 3],
        [problem.unprocessable(""), 3],
        [problem.unauthorized, 16],
        [problem.forbidden(""), 7],
        [problem.notFound(""), 5],
        [problem.alreadyExists(""), 6],
        [problem.precondition(""), 9],
        [problem.throttled, 8],
        [problem.diskFull, 8],
        [problem.notImplemented(""), 12],
        [problem.unavailable, 14],
        [problem.internal(""), 13]
      ]
      for (const [found, code] of statuses) {
        const error = yield* Effect.flip(handlers.make(Effect.fail(found), admit, Effect.succeed("id"))(request))
        assert.deepStrictEqual([error.code, error.message], [code, found.message])
      }
    }))
})
