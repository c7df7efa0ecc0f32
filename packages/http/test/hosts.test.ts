/** Where an index is: asked for once, and again when it may be elsewhere. */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { TestClock } from "../../../scripts/testing/clock.js"
import * as TransportErrors from "../../../scripts/testing/transportErrors.js"
import * as VectorIndex from "../../data-plane/src/VectorIndex.js"
import * as PineconeHttpClient from "../src/PineconeHttpClient.js"
import * as Settings from "../src/Settings.js"

/** A network that a function answers: with what is JSON, or with a connection that breaks. */
const over = (
  answer: (
    url: URL
  ) => Effect.Effect<readonly [status: number, body: unknown, headers?: Record<string, string>] | "breaks">,
  retry: Settings.RetryPolicy = Settings.noRetry
) =>
  Layer.provide(
    PineconeHttpClient.layer({ apiKey: Redacted.make("key"), retry }),
    Layer.succeed(
      HttpClient.HttpClient,
      HttpClient.make((request, url) =>
        Effect.flatMap(answer(url), (given) => {
          if (given === "breaks") {
            return Effect.fail(
              TransportErrors.broken(request)
            )
          }
          const [status, body, headers = {}] = given
          return Effect.succeed(HttpClientResponse.fromWeb(request, Response.json(body, { status, headers })))
        })
      )
    )
  )

const index = (host: string) => ({ name: "movies", host, dimension: 2, metric: "cosine", vector_type: "dense" })

describe("the host of an index", () => {
  for (const failure of ["breaks", "is not found"] as const) {
    it.effect(`is asked for again where the connection ${failure}`, () => {
      const asked: Array<string> = []
      return Effect.gen(function*() {
        const movies = yield* VectorIndex.make({ name: "movies" })
        yield* Effect.flip(movies.fetch(["a"]))
        yield* movies.fetch(["a"])
        yield* movies.fetch(["a"])
        assert.deepEqual(asked, ["api.pinecone.io", "old.test", "api.pinecone.io", "new.test", "new.test"])
      }).pipe(Effect.provide(over((url) =>
        Effect.sync(() => {
          asked.push(url.host)
          if (url.host === "api.pinecone.io") return [200, index(asked.length === 1 ? "old.test" : "new.test")] as const
          if (url.host === "new.test") return [200, {}] as const
          return failure === "breaks" ? "breaks" : [404, {}] as const
        })
      )))
    })
  }

  it.effect("is kept where the server only refuses a request", () => {
    const asked: Array<string> = []
    return Effect.gen(function*() {
      const movies = yield* VectorIndex.make({ name: "movies" })
      yield* Effect.flip(movies.fetch(["a"]))
      yield* Effect.flip(movies.fetch(["a"]))
      assert.deepEqual(asked, ["api.pinecone.io", "old.test", "old.test"])
    }).pipe(Effect.provide(over((url) =>
      Effect.sync(() => {
        asked.push(url.host)
        return url.host === "old.test" ? [400, {}] : [200, index("old.test")]
      })
    )))
  })

  it.effect("is not kept where it was asked for before it was forgotten", () =>
    Effect.gen(function*() {
      const held = yield* Deferred.make<void>()
      const begun = yield* Deferred.make<void>()
      let asked = 0
      yield* Effect.gen(function*() {
        const { describeIndex, forgetIndex } = yield* PineconeHttpClient.PineconeHttpClient
        const early = yield* Effect.fork(describeIndex("movies"))
        yield* Deferred.await(begun)
        yield* forgetIndex("movies")
        yield* Deferred.succeed(held, undefined)
        assert.strictEqual((yield* Fiber.join(early)).host, "1.test")
        assert.strictEqual((yield* describeIndex("movies")).host, "2.test")
        assert.strictEqual((yield* describeIndex("movies")).host, "2.test")
        assert.strictEqual(asked, 2)
      }).pipe(Effect.provide(over(() =>
        Effect.gen(function*() {
          const host = `${++asked}.test`
          yield* Deferred.succeed(begun, undefined)
          yield* Deferred.await(held)
          return [200, index(host)] as const
        })
      )))
    }))
})

describe("a wait that a host asks for", () => {
  it.effect("holds for all of its paths, and for no other host", () => {
    const asked: Array<readonly [string, number]> = []
    return Effect.gen(function*() {
      const { post } = yield* PineconeHttpClient.PineconeHttpClient
      const ask = (url: string) => Effect.exit(post({ operation: "query" }, url, new Uint8Array(), Schema.Struct({})))
      yield* ask("https://a.test/query")
      const fibers = yield* Effect.forEach(
        ["https://a.test/vectors/upsert", "https://b.test/query"],
        (url) => Effect.fork(ask(url))
      )
      yield* TestClock.adjust("1 minute")
      for (const fiber of fibers) yield* Fiber.join(fiber)
      assert.deepEqual(asked.map(([url]) => url), [
        "https://a.test/query",
        "https://b.test/query",
        "https://a.test/vectors/upsert"
      ])
      const [first, other, second] = asked.map(([, at]) => at)
      assert.strictEqual(other, first)
      assert.isAtLeast(second! - first!, 7000)
    }).pipe(Effect.provide(over((url) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        asked.push([url.href, now])
        return url.pathname === "/query" && url.host === "a.test" ? [429, {}, { "retry-after": "7" }] : [200, {}]
      })
    )))
  })
})
