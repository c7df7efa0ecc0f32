import * as AccessToken from "@effect-pinecone/admin/AccessToken"
import * as Admin from "@effect-pinecone/admin/Admin"
import * as AdminSettings from "@effect-pinecone/admin/AdminSettings"
import * as Settings from "@effect-pinecone/http/Settings"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import { inspect } from "node:util"
import { TestClock } from "../../../scripts/testing/clock.js"
import type { Reply } from "./utils/stub.js"
import { clientSecret, stub, token } from "./utils/stub.js"

const get = Effect.flatMap(AccessToken.AccessToken, (tokens) => Effect.map(tokens.get, Redacted.value))

/** Lets fibers that were forked get to where they wait. */
const settle = Effect.yieldNow().pipe(Effect.repeatN(50))

describe("AccessToken", () => {
  it.effect("is asked for once, with the credentials and nothing else", () => {
    const { layer, sent } = stub((_, tokens) => token(tokens))
    return Effect.gen(function*() {
      assert.strictEqual(sent.length, 0)
      assert.strictEqual(yield* get, "token-1")
      assert.strictEqual(yield* get, "token-1")
      assert.strictEqual(sent.length, 1)
      const [request] = sent
      assert.deepInclude(request, {
        method: "POST",
        host: "login.pinecone.io",
        path: "/oauth/token",
        body: {
          client_id: "ci",
          client_secret: clientSecret,
          grant_type: "client_credentials",
          audience: "https://api.pinecone.io/"
        }
      })
      assert.strictEqual(request?.headers["x-pinecone-api-version"], "2026-07")
      assert.notProperty(request?.headers, "api-key")
      assert.notProperty(request?.headers, "authorization")
    }).pipe(Effect.provide(layer))
  })

  it.effect("is asked for once by all who need it at the same time", () => {
    const { layer, sent } = stub((_, tokens) => ({ ...token(tokens), after: "1 second" }))
    return Effect.gen(function*() {
      const all = yield* Effect.fork(Effect.all(Array.from({ length: 100 }, () => get), { concurrency: "unbounded" }))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(new Set(yield* Fiber.join(all)), new Set(["token-1"]))
      assert.strictEqual(sent.length, 1)
    }).pipe(Effect.provide(layer))
  })

  it.effect("is replaced a minute before it expires", () => {
    const { layer, sent } = stub((_, tokens) => token(tokens))
    return Effect.gen(function*() {
      yield* get
      yield* TestClock.adjust("28 minutes")
      assert.strictEqual(yield* get, "token-1")
      yield* TestClock.adjust("1 minutes")
      const all = yield* Effect.all(Array.from({ length: 100 }, () => get), { concurrency: "unbounded" })
      assert.deepStrictEqual(new Set(all), new Set(["token-2"]))
      assert.strictEqual(sent.length, 2)
    }).pipe(Effect.provide(layer))
  })

  it.effect("is replaced at half of its life where the margin is longer than that", () => {
    const { layer } = stub((_, tokens) => token(tokens, 10), { refreshMargin: "1 hour" })
    return Effect.gen(function*() {
      yield* get
      yield* TestClock.adjust("4900 millis")
      assert.strictEqual(yield* get, "token-1")
      yield* TestClock.adjust("100 millis")
      assert.strictEqual(yield* get, "token-2")
    }).pipe(Effect.provide(layer))
  })

  it.effect("comes to those who wait, although the first who asked is interrupted", () => {
    const { interrupted, layer, sent } = stub((_, tokens) => ({ ...token(tokens), after: "1 second" }))
    return Effect.gen(function*() {
      const first = yield* Effect.fork(get)
      yield* settle
      const others = yield* Effect.fork(Effect.all(Array.from({ length: 10 }, () => get), { concurrency: "unbounded" }))
      yield* settle
      yield* Fiber.interrupt(first)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(new Set(yield* Fiber.join(others)), new Set(["token-1"]))
      assert.deepStrictEqual([sent.length, interrupted()], [1, 0])
    }).pipe(Effect.provide(layer))
  })

  it.effect("is not asked for any more when nobody waits for it", () => {
    const { interrupted, layer, sent } = stub((_, tokens) => ({ ...token(tokens), after: "1 second" }))
    return Effect.gen(function*() {
      const waiting = yield* Effect.fork(Effect.all([get, get, get], { concurrency: "unbounded" }))
      yield* settle
      assert.strictEqual(sent.length, 1)
      yield* Fiber.interrupt(waiting)
      yield* settle
      assert.strictEqual(interrupted(), 1)
      const again = yield* Effect.fork(get)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Fiber.join(again), "token-2")
    }).pipe(Effect.provide(layer))
  })

  it.effect("is used until it expires while the login host is not there", () => {
    const { layer } = stub((_, tokens): Reply | undefined => tokens === 1 ? token(1) : undefined, {
      retry: Settings.noRetry
    })
    return Effect.gen(function*() {
      yield* get
      yield* TestClock.adjust("1799 seconds")
      assert.strictEqual(yield* get, "token-1")
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Effect.flip(get))._tag, "PineconeTransportError")
    }).pipe(Effect.provide(layer))
  })

  it.effect("is forgotten when it was refused, and one that came after it is not", () => {
    const { layer, sent } = stub((_, tokens) => token(tokens))
    return Effect.gen(function*() {
      const tokens = yield* AccessToken.AccessToken
      const first = yield* tokens.get
      yield* tokens.invalidate(first)
      assert.strictEqual(yield* get, "token-2")
      yield* tokens.invalidate(first)
      assert.strictEqual(yield* get, "token-2")
      assert.strictEqual(sent.length, 2)
    }).pipe(Effect.provide(layer))
  })

  it.effect("wrong credentials are an error that says so, and are not sent again", () => {
    const { layer, sent } = stub(() => ({
      status: 401,
      body: { error: "access_denied", error_description: "Unauthorized" }
    }))
    return Effect.gen(function*() {
      const error = yield* Effect.flip(get)
      assert.strictEqual(error._tag, "PineconeUnauthorized")
      assert.deepInclude(error, { operation: "get_token", status: 401, code: "access_denied", attempts: 1 })
      assert.include(error.message, "Unauthorized")
      assert.include(error.message, "PINECONE_CLIENT_SECRET")
      assert.strictEqual(sent.length, 1)
    }).pipe(Effect.provide(layer))
  })

  it.effect("an answer that has no token does not show what it has", () => {
    const { layer } = stub(() => ({
      status: 200,
      body: { access_token: ["a-token-in-a-list"], token_type: "Bearer", expires_in: 1 }
    }))
    return Effect.gen(function*() {
      const error = yield* Effect.flip(get)
      assert.strictEqual(error._tag, "PineconeInvalidResponse")
      assert.notInclude(inspect(error, { depth: 20 }), "a-token-in-a-list")
    }).pipe(Effect.provide(layer))
  })

  it.effect("an error that repeats the secret or a token shows neither", () => {
    const { layer } = stub((_, tokens) =>
      tokens === 1 ? token(1) : { status: 400, body: `token-1 and ${clientSecret} are wrong` }
    )
    return Effect.gen(function*() {
      const tokens = yield* AccessToken.AccessToken
      yield* tokens.invalidate(yield* tokens.get)
      const error = yield* Effect.flip(tokens.get)
      assert.include(error.message, "<redacted> and <redacted> are wrong")
      const text = inspect([error, tokens], { depth: 20, showHidden: true }) + JSON.stringify(error)
      assert.notInclude(text, clientSecret)
      assert.notInclude(text, "token-1")
    }).pipe(Effect.provide(layer))
  })
})

describe("AdminSettings", () => {
  const read = (entries: ReadonlyArray<readonly [string, string]>) =>
    Effect.withConfigProvider(AdminSettings.config, ConfigProvider.fromMap(new Map(entries)))

  it.effect("come from the environment", () =>
    Effect.gen(function*() {
      const settings = yield* read([
        ["PINECONE_CLIENT_ID", "ci"],
        ["PINECONE_CLIENT_SECRET", clientSecret],
        ["PINECONE_LOGIN_HOST", "login.example.com"],
        ["PINECONE_ADDITIONAL_HEADERS", "{\"x-team\":\"search\"}"]
      ])
      assert.strictEqual(settings.clientId, "ci")
      assert.strictEqual(Redacted.value(settings.clientSecret), clientSecret)
      assert.strictEqual(settings.loginHost, "login.example.com")
      assert.deepStrictEqual(Object.keys(settings.additionalHeaders ?? {}), ["x-team"])
      assert.notInclude(inspect(settings, { depth: 20 }), clientSecret)
    }))

  it.effect("an error names what is missing", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(read([["PINECONE_CLIENT_SECRET", clientSecret]]))
      assert.include(String(error), "PINECONE_CLIENT_ID")
      assert.notInclude(String(error), clientSecret)
      const layer = yield* Effect.flip(Effect.withConfigProvider(
        Effect.provide(get, Admin.layerConfig()),
        ConfigProvider.fromMap(new Map())
      ))
      assert.include(String(layer), "PINECONE_CLIENT")
    }))
})
