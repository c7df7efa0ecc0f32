import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import * as Call from "@effect-pinecone/http/Call"
import * as Settings from "@effect-pinecone/http/Settings"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schedule from "effect/Schedule"
import { timed } from "../../../scripts/testing/clock.js"
import type { Options } from "../src/PineconeLocal.js"
import { createIndex, failure, inProcess, withServices } from "./utils/pinecone.js"

type Faults = NonNullable<Options["faults"]>

/** A server that misbehaves, and a client that tries again as it does of itself. */
const misbehaving = (faults: Faults, retry = Settings.defaultRetry) =>
  Effect.provide(withServices(inProcess({ faults }, { retry })))

const list = Effect.flatMap(Indexes.Indexes, (indexes) => indexes.list)

describe("a server that misbehaves", () => {
  it.effect("throttles everything: five tries, no faster than Retry-After says", () =>
    Effect.gen(function*() {
      const [error, millis] = yield* timed(failure("PineconeRateLimited")(list))
      assert.deepStrictEqual([error.attempts, error.status, error.code], [5, 429, "RESOURCE_EXHAUSTED"])
      assert.strictEqual(Duration.toMillis(error.retryAfter!), 1000)
      // Four waits of a second at least, though the first ones of the policy are shorter, and none much longer.
      assert.isAtLeast(millis, 4000)
      assert.isBelow(millis, 6500)
    }).pipe(misbehaving({ throttle: 1, seed: 1 })))

  it.effect("fails at everything: five tries, on the policy's own times", () =>
    Effect.gen(function*() {
      const [error, millis] = yield* timed(failure("PineconeServiceUnavailable")(list), "10 millis")
      assert.deepStrictEqual([error.attempts, error.status, error.code], [5, 503, "UNAVAILABLE"])
      // 200, 400, 800 and 1600 ms, each changed by a fifth at most, and the steps of the clock.
      assert.isAtLeast(millis, 2400)
      assert.isAtMost(millis, 3700)
    }).pipe(misbehaving({ fail: 1, seed: 1 })))

  it.effect("throttles half: every call ends in success, or in RateLimited after five tries", () =>
    Effect.gen(function*() {
      const [exits] = yield* timed(
        Effect.forEach(Array.from({ length: 60 }), () => Effect.either(list), { concurrency: 10 }),
        "250 millis"
      )
      let failed = 0
      for (const exit of exits) {
        if (exit._tag === "Right") continue
        failed++
        assert.deepStrictEqual([exit.left._tag, exit.left.attempts], ["PineconeRateLimited", 5])
      }
      // Without another try, half of them would fail.
      assert.isBelow(failed, 15)
    }).pipe(misbehaving({ throttle: 0.5, seed: "half" })))

  it.effect("does the same again with the same seed", () => {
    // A throttled host is left alone for as long as it asks, also where a call is not sent again.
    const outcomes = (seed: string) =>
      timed(
        Effect.forEach(
          Array.from({ length: 40 }),
          () => Effect.map(Effect.either(list), (either) => either._tag === "Right" ? "ok" : either.left._tag)
        ),
        "1 second"
      ).pipe(
        Effect.map(([tags]) => tags),
        misbehaving({ throttle: 0.3, fail: 0.3, seed }, Settings.noRetry)
      )
    return Effect.gen(function*() {
      const first = yield* outcomes("a")
      assert.deepStrictEqual(yield* outcomes("a"), first)
      assert.notDeepEqual(yield* outcomes("b"), first)
      assert.deepStrictEqual([...new Set(first)].sort(), ["PineconeRateLimited", "PineconeServiceUnavailable", "ok"])
    })
  })

  it.effect("loses and doubles no write: records are there once all calls have succeeded", () =>
    Effect.gen(function*() {
      const patient = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
        Effect.retry(effect, {
          while: ({ _tag }) => _tag === "PineconeRateLimited" || _tag === "PineconeServiceUnavailable"
        })
      const [stats] = yield* timed(
        Effect.gen(function*() {
          const { name } = yield* patient(createIndex())
          const index = yield* VectorIndex.make({ name })
          yield* Effect.forEach(
            Array.from({ length: 40 }, (_, i) => String(i)),
            (id) => patient(index.upsert([{ id, values: [1, 2, 3] }])),
            { concurrency: 8 }
          )
          return yield* patient(index.describeIndexStats())
        }),
        "250 millis"
      )
      assert.strictEqual(stats.totalVectorCount, 40)
    }).pipe(misbehaving({ throttle: 0.3, fail: 0.3, seed: "writes" })))

  it.effect("fails at what must not be done twice: it is not sent again, unless it was only throttled", () =>
    Effect.gen(function*() {
      const failed = yield* failure("PineconeServiceUnavailable")(createIndex()).pipe(misbehaving({ fail: 1, seed: 1 }))
      assert.strictEqual(failed.attempts, 1)
      const [throttled] = yield* timed(
        failure("PineconeRateLimited")(createIndex()).pipe(misbehaving({ throttle: 1, seed: 1 }))
      )
      assert.strictEqual(throttled.attempts, 5)
    }))

  it.effect("takes its time, which is on the caller's clock", () =>
    Effect.gen(function*() {
      const [indexes, millis] = yield* timed(list)
      assert.deepStrictEqual(indexes, [])
      assert.isAtLeast(millis, 3000)
      assert.isBelow(millis, 3500)
    }).pipe(misbehaving({ latency: "3 seconds", seed: 1 })))

  it.effect("takes more time than it has: TimedOut, each try after its timeout", () =>
    Effect.gen(function*() {
      const [error, millis] = yield* timed(failure("PineconeTimedOut")(Call.withTimeout("2 seconds")(list)))
      assert.strictEqual(error.attempts, 3)
      assert.strictEqual(Duration.toMillis(error.timeout), 2000)
      assert.isAtLeast(millis, 6000)
      assert.isBelow(millis, 7000)
    }).pipe(misbehaving({ latency: "1 minute", seed: 1 }, Schedule.recurs(2))))

  it.effect("is interrupted with its caller", () =>
    Effect.gen(function*() {
      const [exit, millis] = yield* timed(Effect.exit(Effect.timeout(list, "1 second")))
      assert.isTrue(Exit.isFailure(exit))
      assert.isBelow(millis, 1500)
    }).pipe(misbehaving({ latency: "1 hour", seed: 1 })))
})
