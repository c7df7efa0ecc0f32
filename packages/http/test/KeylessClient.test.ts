import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as KeylessClient from "../src/KeylessClient.js"
import * as Settings from "../src/Settings.js"

/** A client over a network that gives one answer, and the headers of what was sent. */
const over = (status: number, body: unknown, settings: KeylessClient.Settings = {}) => {
  const sent: Array<HttpClientRequest.HttpClientRequest["headers"]> = []
  const client = HttpClient.make((request) => {
    sent.push(request.headers)
    return Effect.succeed(HttpClientResponse.fromWeb(request, new Response(JSON.stringify(body), { status })))
  })
  const ask = Effect.orDie(KeylessClient.make({ retry: Settings.noRetry, ...settings })).pipe(
    Effect.provideService(HttpClient.HttpClient, client),
    Effect.flatMap(({ call, httpClient }) =>
      call(
        { operation: "ask" },
        httpClient.execute(HttpClientRequest.get("http://a.test/", { headers: { authorization: "Bearer b" } }))
      )
    )
  )
  return { ask, sent }
}

describe("KeylessClient", () => {
  it.effect("sends what the settings say, and no API key", () =>
    Effect.gen(function*() {
      const { ask, sent } = over(200, {}, {
        apiVersion: "2025-10",
        sourceTag: "Ops",
        additionalHeaders: { "X-Team": Redacted.make("search") }
      })
      yield* ask
      assert.deepInclude(sent[0], {
        "authorization": "Bearer b",
        "x-pinecone-api-version": "2025-10",
        "x-team": "search"
      })
      assert.notProperty(sent[0], "api-key")
      assert.include(sent[0]?.["user-agent"], "source_tag=ops")
    }))

  it.effect("an error has neither the additional headers nor what is scrubbed", () =>
    Effect.gen(function*() {
      const { ask } = over(403, { error: "access_denied", error_description: "search says token" }, {
        additionalHeaders: { "x-team": "search" },
        scrub: (text) => text.replaceAll("token", "<redacted>")
      })
      const error = yield* Effect.flip(ask)
      assert.deepInclude(error, { _tag: "PineconeForbidden", operation: "ask", code: "access_denied", attempts: 1 })
      assert.include(error.message, "<redacted> says <redacted>")
      assert.strictEqual(
        error.body,
        "{\"error\":\"access_denied\",\"error_description\":\"<redacted> says <redacted>\"}"
      )
    }))

  it.effect("an error of the login host without a description is told by its code", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(over(400, { error: "invalid_request" }).ask)
      assert.deepInclude(error, { _tag: "PineconeInvalidRequest", code: "invalid_request" })
      assert.strictEqual(error.message, "ask was answered with 400: invalid_request")
    }))

  it.effect("401 advises what the settings say, or to check the API key", () =>
    Effect.gen(function*() {
      const body = { status: 401, error: { code: "UNAUTHENTICATED", message: "no" } }
      const told = yield* Effect.flip(over(401, body, { unauthorized: "ask the landlord" }).ask)
      assert.strictEqual(told.message, "ask was answered with 401: no (ask the landlord)")
      const untold = yield* Effect.flip(over(401, body).ask)
      assert.include(untold.message, "PINECONE_API_KEY")
      const other = yield* Effect.flip(over(402, body, { unauthorized: "ask the landlord" }).ask)
      assert.notInclude(other.message, "landlord")
    }))

  it.effect("an error is of the kind of its status", () =>
    Effect.gen(function*() {
      const tags: Readonly<Record<number, string>> = {
        300: "PineconeInvalidResponse",
        302: "PineconeInvalidResponse",
        400: "PineconeInvalidRequest",
        401: "PineconeUnauthorized",
        402: "PineconePaymentRequired",
        403: "PineconeForbidden",
        404: "PineconeNotFound",
        405: "PineconeInvalidRequest",
        408: "PineconeServiceUnavailable",
        409: "PineconeAlreadyExists",
        412: "PineconePreconditionFailed",
        413: "PineconeInvalidRequest",
        422: "PineconeInvalidRequest",
        429: "PineconeRateLimited",
        500: "PineconeServiceUnavailable",
        501: "PineconeNotImplemented",
        502: "PineconeServiceUnavailable",
        503: "PineconeServiceUnavailable",
        504: "PineconeServiceUnavailable",
        599: "PineconeServiceUnavailable"
      }
      for (const [status, tag] of Object.entries(tags)) {
        const error = yield* Effect.flip(over(Number(status), {}).ask)
        assert.deepInclude<object>(error, { _tag: tag, status: Number(status), attempts: 1 })
      }
    }))
})
