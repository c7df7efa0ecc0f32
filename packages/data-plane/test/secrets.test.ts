import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import * as PineconeHttpClient from "@effect-pinecone/http/PineconeHttpClient"
import * as Settings from "@effect-pinecone/http/Settings"
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HashMap from "effect/HashMap"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { inspect } from "node:util"
import { TestClock } from "../../../scripts/testing/clock.js"
import type { Answer, Recorded } from "./utils/stub.js"
import { answering, json, recorder, transport } from "./utils/stub.js"

const key = "pcsk_Distinctive_7f3Kq9"
const header = "tenant-secret-Zw81mLx"

const settings: Settings.Settings = {
  apiKey: Redacted.make(key),
  additionalHeaders: { "X-Tenant-Token": header },
  retry: Schedule.recurs(1)
}

const shown = (value: unknown) => inspect(value, { depth: 20, showHidden: true, maxArrayLength: 1000 })

const holdsNone = (texts: Readonly<Record<string, string | undefined>>) => {
  for (const [where, text = ""] of Object.entries(texts)) {
    assert.notInclude(text, key, where)
    assert.notInclude(text, header, where)
  }
}

const textsOfError = (error: object) => ({
  string: String(error),
  stack: error instanceof Error ? error.stack : "",
  json: JSON.stringify(error),
  inspected: shown(error),
  message: error instanceof Error ? error.message : ""
})

const textOfSpan = ({ attributes, events, links, name, status }: Recorded) =>
  [
    name,
    shown([...attributes]),
    shown(events),
    shown(links),
    status._tag === "Ended" ? shown(status.exit) : "",
    status._tag === "Ended" && status.exit._tag === "Failure"
      ? `${Cause.pretty(status.exit.cause, { renderErrorCause: true })}\n${shown(status.exit.cause)}`
      : ""
  ].join("\n")

/**
 * Runs an effect that fails, looks for the secrets in everything that it leaves, and gives its error.
 */
const searched = (
  effect: Effect.Effect<unknown, PineconeError.PineconeError, PineconeHttpClient.PineconeHttpClient>,
  layer: Layer.Layer<PineconeHttpClient.PineconeHttpClient>
) =>
  Effect.gen(function*() {
    const { spans, tracer } = recorder()
    const logs: Array<string> = []
    const logger = Logger.make((options) => {
      const { annotations, cause, message, spans } = options
      logs.push(
        shown(message),
        Cause.pretty(cause, { renderErrorCause: true }),
        shown(HashMap.toEntries(annotations)),
        shown([...spans]),
        Logger.stringLogger.log(options),
        Logger.logfmtLogger.log(options),
        JSON.stringify(Logger.structuredLogger.log(options))
      )
    })
    const logging = Layer.merge(Logger.replace(Logger.defaultLogger, logger), Logger.minimumLogLevel(LogLevel.All))
    const fiber = yield* Effect.fork(
      effect.pipe(
        Effect.tapErrorCause((cause) => Effect.logError("it failed", cause)),
        Effect.provide(layer),
        Effect.sandbox,
        Effect.flip,
        Effect.withTracer(tracer),
        Effect.provide(logging)
      )
    )
    yield* TestClock.adjust("2 minutes")
    const cause = yield* Fiber.join(fiber)
    const error = Cause.squash(cause) as PineconeError.PineconeError
    holdsNone({
      ...textsOfError(error),
      cause: Cause.pretty(cause),
      "cause with causes": Cause.pretty(cause, { renderErrorCause: true }),
      "cause inspected": shown(cause),
      "cause as JSON": JSON.stringify(cause),
      logs: logs.join("\n"),
      spans: spans.map(textOfSpan).join("\n")
    })
    assert.isAbove(logs.length, 0)
    assert.isTrue(spans.some(({ name }) => name.startsWith("pinecone.")))
    return error
  })

const index = Effect.orDie(VectorIndex.make({ host: "movies.svc.test", namespace: "ns" }))

const query = Effect.flatMap(index, (index) => index.query({ vector: [1, 2, 3], topK: 1 }))

const fetch = Effect.flatMap(index, (index) => index.fetch(["a"]))

/** Everything that a server could know of the request, as one text. */
const echo = (request: HttpClientRequest.HttpClientRequest) => JSON.stringify(request.headers)

/** The headers that carry the secrets are sent; without them, a search would find nothing in any case. */
const sent: Answer = (request) =>
  Effect.sync(() => {
    assert.strictEqual(request.headers["api-key"], key)
    assert.strictEqual(request.headers["x-tenant-token"], header)
    return json({})
  })

const stubbed = (answer: Answer) =>
  answering((request, url) => Effect.zipRight(sent(request, url), answer(request, url)), settings)

describe("no secret is in what a call leaves", () => {
  const statuses = [
    [400, "PineconeInvalidRequest"],
    [401, "PineconeUnauthorized"],
    // gRPC has no statuses for these two.
    ...(transport === "http"
      ? [[402, "PineconePaymentRequired"] as const, [422, "PineconeInvalidRequest"] as const]
      : []),
    [403, "PineconeForbidden"],
    [404, "PineconeNotFound"],
    [409, "PineconeAlreadyExists"],
    [412, "PineconePreconditionFailed"],
    [429, "PineconeRateLimited"],
    [500, "PineconeServiceUnavailable"],
    [501, "PineconeNotImplemented"],
    [503, "PineconeServiceUnavailable"]
  ] as const

  it.effect("when the server refuses, and repeats what it was sent", () =>
    Effect.gen(function*() {
      for (const [status, tag] of statuses) {
        const bodies: ReadonlyArray<(request: HttpClientRequest.HttpClientRequest) => Response> = [
          (request) => json({ code: 3, message: `you sent ${echo(request)}`, details: [] }, status),
          (request) => json({ status, error: { code: "ODD", message: `you sent ${echo(request)}` } }, status),
          (request) => new Response(`<html>${echo(request)}</html>`, { status })
        ]
        for (const body of bodies) {
          for (const call of [query, fetch]) {
            const error = yield* searched(call, stubbed((request) => Effect.sync(() => body(request))))
            assert.deepStrictEqual([error._tag, error.status], [tag, status])
            assert.include(error.body, "<redacted>")
          }
        }
      }
    }))

  it.effect("when all goes well", () =>
    Effect.gen(function*() {
      for (const call of [Effect.asVoid(query), Effect.asVoid(fetch)]) {
        const { spans, tracer } = recorder()
        yield* call.pipe(Effect.provide(answering(sent, settings)), Effect.withTracer(tracer))
        assert.isAbove(spans.length, 0)
        holdsNone({ spans: spans.map(textOfSpan).join("\n") })
      }
    }))

  it.effect("when the answer is not what the API defines", () =>
    Effect.gen(function*() {
      const bodies: ReadonlyArray<(request: HttpClientRequest.HttpClientRequest) => Response> = [
        (request) => new Response(`not JSON: ${echo(request)}`),
        (request) => json({ matches: echo(request), vectors: echo(request) }),
        (request) => json(echo(request))
      ]
      for (const body of bodies) {
        for (const call of [query, fetch]) {
          const error = yield* searched(call, stubbed((request) => Effect.sync(() => body(request))))
          assert.strictEqual(error._tag, "PineconeInvalidResponse")
        }
      }
    }))

  it.effect("when the connection breaks, and the reason has the request", () =>
    Effect.gen(function*() {
      for (const reason of ["Transport", "Encode", "InvalidUrl"] as const) {
        const error = yield* searched(
          query,
          stubbed((request) =>
            Effect.fail(
              new HttpClientError.RequestError({
                request,
                reason,
                cause: new Error(`broken: ${echo(request)}`, { cause: new Error(echo(request)) }),
                description: echo(request)
              })
            )
          )
        )
        assert.include(["PineconeTransportError", "PineconeInvalidRequest"], error._tag)
      }
    }))

  it.effect("when no answer comes in time", () =>
    Effect.gen(function*() {
      const error = yield* searched(query, stubbed(() => Effect.never))
      assert.strictEqual(error._tag, "PineconeTimedOut")
      assert.strictEqual(error.attempts, 2)
    }))

  // Only HTTP has such a client.
  it.effect.skipIf(transport === "grpc")("when a change to the client fails", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(query.pipe(Effect.provide(answering(sent, {
        ...settings,
        transformClient: HttpClient.mapRequestEffect((request) =>
          Effect.fail(
            new HttpClientError.RequestError({
              request: HttpClientRequest.setHeader(request, "api-key", key),
              reason: "Encode",
              description: `no proxy for ${key}`
            })
          )
        )
      }))))
      assert.deepStrictEqual([error._tag, error.attempts], ["PineconeTransportError", 0])
      holdsNone(textsOfError(error))
    }))

  it.live("when nobody listens at the port, or the other end breaks off", () =>
    Effect.gen(function*() {
      const server = createServer((_, response) => response.socket?.destroy())
      server.listen(0, "127.0.0.1")
      yield* Effect.promise(() => once(server, "listening"))
      const { port } = server.address() as AddressInfo
      const call = Effect.flatMap(
        Effect.orDie(VectorIndex.make({ host: `127.0.0.1:${port}` })),
        (index) => index.query({ id: "a", topK: 1 })
      )
      const client = PineconeHttpClient.layer({ ...settings, retry: Settings.noRetry }).pipe(
        Layer.provide(FetchHttpClient.layer)
      )
      for (const close of [false, true]) {
        if (close) {
          server.close()
          yield* Effect.promise(() => once(server, "close"))
        }
        const { spans, tracer } = recorder()
        const cause = yield* call.pipe(
          Effect.provide(client),
          Effect.sandbox,
          Effect.flip,
          Effect.withTracer(tracer)
        )
        const error = Cause.squash(cause) as PineconeError.PineconeError
        assert.strictEqual(error._tag, "PineconeTransportError")
        holdsNone({
          ...textsOfError(error),
          cause: Cause.pretty(cause, { renderErrorCause: true }),
          "cause inspected": shown(cause),
          spans: spans.map(textOfSpan).join("\n")
        })
        assert.isTrue(spans.some(({ name }) => name.startsWith("pinecone.")))
      }
    }))

  it.effect("when the input is refused", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(
        Effect.flatMap(index, (index) => index.upsert([{ id: "a", values: [NaN] }])).pipe(
          Effect.provide(answering(sent, settings))
        )
      )
      holdsNone(textsOfError(error))
    }))
})

describe("no secret is in what an application holds", () => {
  it.effect("the services, the settings and the layers", () =>
    Effect.gen(function*() {
      const layer = PineconeHttpClient.layer(settings)
      const context = yield* Layer.build(Layer.provide(layer, FetchHttpClient.layer))
      const http = yield* PineconeHttpClient.PineconeHttpClient.pipe(Effect.provide(context))
      const movies = yield* index.pipe(Effect.provide(context))
      const client = yield* http.dataPlane("movies.svc.test")
      const values = { layer, context, http, movies, client, "the key in the settings": settings.apiKey }
      for (const [where, value] of Object.entries(values)) {
        holdsNone({ [`${where} inspected`]: shown(value), [`${where} as text`]: String(value) })
      }
      holdsNone({ json: JSON.stringify(movies), "json of the client": JSON.stringify(http) })
      assert.notInclude(shown(settings), key)
      assert.notInclude(JSON.stringify(settings), key)
    }).pipe(Effect.scoped))
})
