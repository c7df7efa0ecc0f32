import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as PineconeHttpClient from "../src/PineconeHttpClient.js"
import * as Settings from "../src/Settings.js"

/** A client over a `fetch` that gives one answer, and what it was called with. */
const over = (answer: () => Response, init: RequestInit = {}) => {
  const asked: Array<RequestInit | undefined> = []
  const fetch: typeof globalThis.fetch = (_url, init) => {
    asked.push(init)
    return Promise.resolve(answer())
  }
  const layer = Layer.orDie(PineconeHttpClient.layer({ apiKey: Redacted.make("key"), retry: Settings.noRetry })).pipe(
    Layer.provide(FetchHttpClient.layer),
    Layer.provide(Layer.succeed(FetchHttpClient.Fetch, fetch)),
    Layer.provide(Layer.succeed(FetchHttpClient.RequestInit, init))
  )
  const describe = Effect.flatMap(PineconeHttpClient.PineconeHttpClient, (http) => http.describeIndex("movies"))
  return { asked, ask: Effect.provide(describe, layer), describe, layer }
}

const moved = (location?: string) => () =>
  new Response("moved", { status: 302, headers: location === undefined ? {} : { location } })

describe("a redirect", () => {
  it.effect("is not followed by fetch, and all else that it is asked stays", () =>
    Effect.gen(function*() {
      const { ask, asked } = over(moved("/"), { credentials: "include" })
      yield* Effect.flip(ask)
      assert.lengthOf(asked, 1)
      assert.deepInclude(asked[0], { credentials: "include", redirect: "manual" })
    }))

  it.effect("is not followed by fetch that is asked something for one call", () =>
    Effect.gen(function*() {
      const { asked, layer } = over(moved("/"))
      const post = Effect.flatMap(
        PineconeHttpClient.PineconeHttpClient,
        (http) => http.post({ operation: "ask" }, "https://a.test/", new Uint8Array(), Schema.Struct({}))
      )
      yield* Effect.flip(
        Effect.provide(Effect.provideService(post, FetchHttpClient.RequestInit, { cache: "no-store" }), layer)
      )
      assert.deepInclude(asked[0], { cache: "no-store", redirect: "manual" })
    }))

  it.effect("of which a browser shows nothing is an error", () =>
    Effect.gen(function*() {
      // What a browser gives for a redirect that it was asked not to follow has the status 0, as this has.
      const error = yield* Effect.flip(over(() => Response.error()).ask)
      assert.strictEqual(error._tag, "PineconeInvalidResponse")
      assert.isUndefined(error.status)
      assert.include(error.message, "describe_index on \"movies\" was answered with a redirect: ")
    }))

  for (
    const [location, shown] of [
      ["/sign-in?next=%2F", "302, a redirect to https://api.pinecone.io/sign-in: "],
      ["deeper", "302, a redirect to https://api.pinecone.io/indexes/deeper: "],
      ["//other.example.com/", "302, a redirect to https://other.example.com/: "],
      ["https://user:password@other.example.com:8443/a#b", "302, a redirect to https://other.example.com:8443/a: "],
      ["javascript:alert(1)", "302, which is neither a success nor an error: "],
      ["https://", "302, which is neither a success nor an error: "],
      [undefined, "302, which is neither a success nor an error: "]
    ] as const
  ) {
    it.effect(`to ${location} says so`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(over(moved(location)).ask)
        assert.deepInclude(error, { _tag: "PineconeInvalidResponse", status: 302, attempts: 1 })
        assert.include(error.message, `describe_index on "movies" was answered with ${shown}`)
        assert.isUndefined(error.body)
      }))
  }

  it.effect("does not say what is secret", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(
        Effect.provide(
          over(() => Response.error()).describe,
          Layer.provide(
            PineconeHttpClient.layer({ apiKey: Redacted.make("sesame"), retry: Settings.noRetry }),
            Layer.provide(
              FetchHttpClient.layer,
              Layer.succeed(FetchHttpClient.Fetch, () => Promise.resolve(moved("https://a.test/sesame/b")()))
            )
          )
        )
      )
      assert.include(error.message, "https://a.test/<redacted>/b")
    }))
})

describe("a status", () => {
  it.effect("stands, though its body breaks off", () =>
    Effect.gen(function*() {
      const broken = new ReadableStream({ pull: (controller) => controller.error(new Error("reset")) })
      const error = yield* Effect.flip(over(() => new Response(broken, { status: 403 })).ask)
      assert.deepInclude(error, { _tag: "PineconeForbidden", status: 403 })
    }))
})
