import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Headers from "@effect/platform/Headers"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Cache from "effect/Cache"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as Option from "effect/Option"
import * as Record from "effect/Record"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as Schedule from "effect/Schedule"
import * as Call from "../Call.js"
import * as Settings from "../Settings.js"
import * as Throttle from "../Throttle.js"
import * as failure from "./failure.js"
import { currentTries } from "./tries.js"

const version = "0.1.0"

const sourceTag = (tag: string): string => tag.toLowerCase().replace(/[^a-z0-9_ :]/g, "").trim().replace(/ +/g, "_")

const userAgent = (tag: string | undefined): string =>
  `effect-pinecone/${version}; lang=typescript${tag === undefined ? "" : `; source_tag=${sourceTag(tag)}`}`

/** A client whose requests carry the key, are tried again, and fail with nothing but our errors. */
export type Transport = HttpClient.HttpClient.With<PineconeError.RequestError>

/** Where a request goes, in the span of its call. */
const annotate = ({ method, url }: HttpClientRequest.HttpClientRequest): Effect.Effect<void> =>
  Effect.suspend(() => {
    const address = URL.canParse(url) ? new URL(url) : undefined
    return address === undefined ? Effect.void : Effect.annotateCurrentSpan({
      "http.request.method": method,
      "server.address": address.hostname,
      "server.port": address.port === "" ? (address.protocol === "http:" ? 80 : 443) : Number(address.port)
    })
  })

/** The policy of the settings, with the wait that the server asks for as the least wait. */
const withRetryAfter = (
  policy: Settings.RetryPolicy
): Schedule.Schedule<PineconeError.RequestError, PineconeError.RequestError> =>
  Schedule.passthrough(policy as Schedule.Schedule<unknown, PineconeError.RequestError>).pipe(
    Schedule.modifyDelay((error, delay) => Duration.max(delay, PineconeError.retryAfter(error)))
  )

const mayRepeat = (call: Call.Call, error: PineconeError.RequestError): boolean => {
  if (!PineconeError.isRetryable(error)) return false
  if (call.idempotent !== false) return true
  return error._tag === "RateLimited" ||
    (error._tag === "ServiceUnavailable" && error.status === 503 && error.retryAfter !== undefined)
}

/** The additional headers, in the clear. */
const headersOf = (settings: Settings.Settings): Record<string, string> =>
  Record.map(settings.additionalHeaders ?? {}, (value) => Redacted.isRedacted(value) ? Redacted.value(value) : value)

/** Takes the key, and the values of additional headers, out of a text. */
export const scrubber = (settings: Settings.Settings): failure.Scrub => {
  const secrets = [Redacted.value(settings.apiKey), ...Object.values(headersOf(settings))].filter((secret) =>
    secret.length >= 4
  )
  return (text) => secrets.reduce((clean, secret) => clean.replaceAll(secret, "<redacted>"), text)
}

/** Where the throttles of hosts are found, by the origin of their addresses. */
export type Throttles = (url: string) => Effect.Effect<Throttle.Throttle>

const writes = new Set(["upsert", "update", "delete"])

export const makeThrottles = Effect.map(
  Cache.make({ capacity: 10_000, timeToLive: Duration.infinity, lookup: (_origin: string) => Throttle.make }),
  (byOrigin): Throttles => (url) => byOrigin.get(URL.canParse(url) ? new URL(url).origin : url)
)

export const make = (client: HttpClient.HttpClient, settings: Settings.Settings, throttles: Throttles): Transport => {
  const scrub = scrubber(settings)
  const additional = headersOf(settings)
  const secretNames = ["api-key", ...Object.keys(additional).map((name) => name.toLowerCase())]
  const defaultTimeout = Duration.decode(settings.timeout ?? "30 seconds")
  const policy = withRetryAfter(settings.retry ?? Settings.defaultRetry)

  const attempt = (
    send: Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>,
    call: Call.Call,
    tries: Ref.Ref<number>
  ) =>
    Effect.gen(function*() {
      const attempts = yield* Ref.updateAndGet(tries, (n) => n + 1)
      if (attempts > 1) yield* Effect.annotateCurrentSpan("http.request.resend_count", attempts - 1)
      const timeout = Option.match(yield* FiberRef.get(Call.currentTimeout), {
        onNone: () => defaultTimeout,
        onSome: Duration.decode
      })
      return yield* send.pipe(
        // The body is read within the try, so that a connection that breaks or stalls in its middle is a try that failed.
        // As an ArrayBuffer, which the response keeps, and which the derived clients read.
        Effect.flatMap((response) => Effect.map(response.arrayBuffer, (body) => ({ response, body }))),
        Effect.mapError((error) => failure.fromTransport(error, call, attempts, scrub)),
        Effect.timeoutFail({ duration: timeout, onTimeout: () => failure.timedOut(call, attempts, timeout) }),
        Effect.flatMap(({ body, response }) =>
          response.status < 400
            ? Effect.succeed(response)
            : Effect.flatMap(
              Clock.currentTimeMillis,
              (now) =>
                Effect.fail(failure.fromStatus(response, new TextDecoder().decode(body), call, attempts, now, scrub))
            )
        )
      )
    }).pipe(
      Effect.locallyWith(Headers.currentRedactedNames, (names) => [...names, ...secretNames])
    )

  const notSent = (error: HttpClientError.HttpClientError) =>
    Effect.flatMap(FiberRef.get(Call.current), (call) => Effect.fail(failure.fromTransport(error, call, 0, scrub)))

  // The platform's own spans end with exits that hold the request, and so the key: the span of the call stands for them.
  const prepared = (settings.transformClient ?? ((same) => same))(client).pipe(
    HttpClient.mapRequest((request) =>
      request.pipe(
        HttpClientRequest.setHeaders({
          "x-pinecone-api-version": settings.apiVersion ?? Settings.defaultApiVersion,
          "user-agent": userAgent(settings.sourceTag),
          accept: "application/json",
          ...additional
        }),
        HttpClientRequest.setHeader("api-key", Redacted.value(settings.apiKey))
      )
    ),
    HttpClient.withTracerDisabledWhen(() => true)
  )

  return HttpClient.transform(prepared, (send, request) =>
    Effect.gen(function*() {
      const call = yield* FiberRef.get(Call.current)
      yield* annotate(request)
      const tries = yield* FiberRef.get(currentTries)
      const throttle = yield* throttles(request.url)
      const write = writes.has(call.operation)
      return yield* Effect.retry(throttle.attempt(attempt(send, call, tries), { write }), {
        schedule: policy,
        while: (error) => mayRepeat(call, error)
      })
    })).pipe(
      // What a `transformClient` may fail with before the request is sent.
      HttpClient.catchTags({
        RequestError: (error) => notSent(error),
        ResponseError: (error) => notSent(error)
      })
    )
}
