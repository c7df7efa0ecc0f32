import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import { constVoid } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as AccessToken from "../../admin/src/AccessToken.js"
import * as AdminClient from "../../admin/src/AdminClient.js"
import * as AdminSettings from "../../admin/src/AdminSettings.js"
import * as NodeHttp from "../../node/src/NodeHttp.js"
import * as Pinecone from "../../pinecone/src/Pinecone.js"
import * as KeylessClient from "../src/KeylessClient.js"
import * as PineconeHttpClient from "../src/PineconeHttpClient.js"
import * as Settings from "../src/Settings.js"

/** Nobody is asked: what cannot work is found out before. */
const nobody = Layer.succeed(HttpClient.HttpClient, HttpClient.make(() => Effect.dieMessage("nobody is to be asked")))

const apiKey = Redacted.make("pckey-1234567890")
const account = { clientId: "id", clientSecret: Redacted.make("client-secret") }

const secrets = {
  "sesame\n": "must not begin or end with a space or a line break",
  " sesame": "must not begin or end with a space or a line break",
  "sesame\u00a0": "must not begin or end with a space or a line break",
  "ses\name": "must consist of printable ASCII characters",
  "ses\u0000ame": "must consist of printable ASCII characters",
  "ses\tame": "must consist of printable ASCII characters",
  "sésame": "must consist of printable ASCII characters",
  "sesame→": "must consist of printable ASCII characters",
  "": "must not be empty"
}

const hosts = [
  "",
  " ",
  "https://",
  "http:",
  "https:/host.test",
  "ftp://host.test",
  "//",
  "https://[sesame",
  "sesame host",
  "host.test\n",
  "https://host.test:sesame",
  "https://user:sesame@host.test",
  "https://host.test?token=sesame",
  "host.test#sesame"
]

type Problem = readonly [setting: string, settings: Partial<Settings.Settings>, why: string]

const shared: ReadonlyArray<Problem> = [
  ...Object.entries(secrets).map(([value, why]): Problem => ["apiVersion", { apiVersion: value }, why]),
  ...Object.entries(secrets).filter(([value]) => value !== "").flatMap(([value, why]): ReadonlyArray<Problem> => [
    ["additionalHeaders[\"x-team\"]", { additionalHeaders: { "x-team": value } }, why],
    ["additionalHeaders[\"x-team\"]", { additionalHeaders: { "x-team": Redacted.make(value) } }, why]
  ]),
  ["additionalHeaders[\"x team\"]", { additionalHeaders: { "x team": "a" } }, "must have a name of letters"],
  ["additionalHeaders[\"x:team\"]", { additionalHeaders: { "x:team": "a" } }, "must have a name of letters"],
  ["additionalHeaders[\"\"]", { additionalHeaders: { "": "a" } }, "must have a name of letters"],
  ["additionalHeaders[\"é\"]", { additionalHeaders: { é: "a" } }, "must have a name of letters"],
  ["additionalHeaders[\"X-Bin\"]", { additionalHeaders: { "X-Bin": "a" } }, "must not have a name that ends with"],
  ["sourceTag", { sourceTag: "" }, "must have letters"],
  ["sourceTag", { sourceTag: "→ " }, "must have letters"],
  // From JavaScript.
  ["timeout", { timeout: "soon" as "1 second" }, "must be a duration"],
  ["additionalHeaders[\"x-team\"]", { additionalHeaders: { "x-team": 7 as unknown as string } }, "must be a string"],
  ["additionalHeaders[\"x-team\"]", { additionalHeaders: { "x-team": null as unknown as string } }, "must be a string"]
]

const client: ReadonlyArray<Problem> = [
  ...shared,
  ...Object.entries(secrets).map(([value, why]): Problem => ["apiKey", { apiKey: Redacted.make(value) }, why]),
  ...hosts.map((host): Problem => ["controllerHost", { controllerHost: host }, "must "]),
  // From JavaScript.
  ["apiKey", { apiKey: "sesame" as unknown as Redacted.Redacted }, "must be Redacted"],
  ["apiKey", { apiKey: undefined as unknown as Redacted.Redacted }, "must be Redacted"],
  ["apiKey", { apiKey: Redacted.make(7) as unknown as Redacted.Redacted }, "must be a string"],
  ["controllerHost", { controllerHost: 7 as unknown as string }, "must be a string"]
]

const check = (error: unknown, [setting, , why]: Problem): void => {
  assert.deepInclude(error, { _tag: "PineconeInvalidSettings", setting })
  const { message } = error as { readonly message: string }
  assert.isTrue(message.startsWith(`${setting} ${why}`), message)
  assert.notMatch(JSON.stringify(error) + message, /ses\S?ame/)
}

describe("settings that cannot work", () => {
  it.effect("are refused when the client is made, on every transport, by name and without their value", () =>
    Effect.gen(function*() {
      for (const problem of client) {
        const settings = { apiKey, ...problem[1] }
        check(yield* Effect.flip(Effect.scoped(Layer.build(Pinecone.layer(settings)))), problem)
        for (const network of [nobody, NodeHttp.layer()]) {
          const layer = Layer.provide(PineconeHttpClient.layer(settings), network)
          check(yield* Effect.flip(Effect.scoped(Layer.build(layer))), problem)
        }
      }
    }))

  it.effect("are refused when a transport without a key is made", () =>
    Effect.gen(function*() {
      for (const problem of shared) {
        check(yield* Effect.flip(Effect.provide(KeylessClient.make(problem[1]), nobody)), problem)
      }
    }))

  it.effect("are refused when the client of the admin API is made", () =>
    Effect.gen(function*() {
      const own: ReadonlyArray<readonly [string, Partial<AdminSettings.AdminSettings>, string]> = [
        ...shared,
        ...Object.entries(secrets).flatMap(([value, why]) =>
          [
            ["clientId", { clientId: value }, why],
            ["clientSecret", { clientSecret: Redacted.make(value) }, why]
          ] as const
        ),
        ...hosts.flatMap((host) =>
          [
            ["loginHost", { loginHost: host }, "must "],
            ["controllerHost", { controllerHost: host }, "must "]
          ] as const
        ),
        ["refreshMargin", { refreshMargin: "soon" as "1 second" }, "must be a duration"]
      ]
      const tokens = Layer.succeed(
        AccessToken.AccessToken,
        AccessToken.AccessToken.of({ get: Effect.never, invalidate: () => Effect.void, scrub: (text) => text })
      )
      for (const problem of own) {
        const settings = { ...account, ...problem[1] }
        const refusal = <A>(layer: Layer.Layer<A, unknown, HttpClient.HttpClient>) =>
          Effect.flip(Effect.scoped(Layer.build(Layer.provide(layer, nobody))))
        const all = [
          refusal(AccessToken.layer(settings)),
          refusal(Layer.provide(Layer.effect(AdminClient.AdminClient, AdminClient.make(settings)), tokens))
        ]
        for (const refused of all) check(yield* refused, problem)
      }
    }))

  it.effect("are refused by the layers with a Config as its errors", () =>
    Effect.gen(function*() {
      for (const [setting, settings] of client) {
        const layer = PineconeHttpClient.layerConfig(Config.succeed({ apiKey, ...settings }))
        const error = yield* Effect.flip(Effect.scoped(Layer.build(Layer.provide(layer, nobody))))
        assert.isTrue(ConfigError.isConfigError(error) && ConfigError.isInvalidData(error))
        assert.deepInclude(error, { path: [setting] })
      }
      const error = yield* Effect.flip(
        Effect.scoped(
          Layer.build(Layer.provide(AdminClient.layerConfig(Config.succeed({ ...account, clientId: "" })), nobody))
        )
      )
      assert.deepInclude(error, { _op: "InvalidData", path: ["clientId"] })
    }))

  it.effect("are the same that can work, whatever their form", () =>
    Effect.gen(function*() {
      const good: ReadonlyArray<Partial<Settings.Settings>> = [
        { apiKey: Redacted.make("a b!~") },
        { controllerHost: "localhost:5080" },
        { controllerHost: "http://[::1]:80/" },
        { controllerHost: "https://proxy.test/pinecone/" },
        { additionalHeaders: { "X-Team_1.a": "", "b": "a, b;c=\"d\"" } },
        { sourceTag: "Äpp 1" },
        { timeout: Infinity }
      ]
      for (const settings of good) {
        yield* Effect.scoped(Layer.build(Layer.provide(PineconeHttpClient.layer({ apiKey, ...settings }), nobody)))
      }
    }))
})

describe("the environment", () => {
  const all = {
    PINECONE_API_KEY: "key",
    PINECONE_CONTROLLER_HOST: "host.test",
    PINECONE_ADDITIONAL_HEADERS: "{}",
    PINECONE_SOURCE_TAG: "app"
  }
  const admin = {
    PINECONE_CLIENT_ID: "id",
    PINECONE_CLIENT_SECRET: "secret",
    PINECONE_LOGIN_HOST: "login.test",
    PINECONE_CONTROLLER_HOST: "host.test",
    PINECONE_ADDITIONAL_HEADERS: "{}",
    PINECONE_SOURCE_TAG: "app"
  }

  const reads = (entries: Readonly<Record<string, string>>) =>
    Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(entries))))

  for (
    const [config, entries] of [
      [Config.map(Settings.config, constVoid), all],
      [Config.map(AdminSettings.config, constVoid), admin]
    ] as const
  ) {
    for (const name of Object.keys(entries)) {
      it.effect(`is refused by name where ${name} is set and empty (${Object.keys(entries)[0]})`, () =>
        Effect.gen(function*() {
          yield* reads(entries)(config)
          const error = yield* Effect.flip(reads({ ...entries, [name]: "" })(config))
          assert.deepInclude(error, { _op: "InvalidData", path: [name] })
        }))
    }
  }

  it.effect("is refused where a key ends with a line break, and does not show it", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(reads({ ...all, PINECONE_API_KEY: "sesame\n" })(Settings.config))
      assert.deepInclude(error, { _op: "InvalidData", path: ["PINECONE_API_KEY"] })
      assert.notInclude(String(error), "sesame")
      assert.include(String(error), "must not begin or end with a space or a line break: remove it")
    }))
})
