import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Headers from "@effect/platform/Headers"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as FiberRefs from "effect/FiberRefs"
import { constTrue } from "effect/Function"
import * as Option from "effect/Option"
import * as Record from "effect/Record"
import * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import * as Schedule from "effect/Schedule"
import * as Call from "../Call.js"
import * as Settings from "../Settings.js"
import * as Throttle from "../Throttle.js"
import * as deadline from "./deadline.js"
import * as failure from "./failure.js"
import type { RunningCall } from "./runningCall.js"
import { from } from "./runningCall.js"

const version = "0.1.0"

const sourceTag = (tag: string): string => tag.toLowerCase().replace(/[^a-z0-9_ :]/g, "").trim().replace(/ +/g, "_")

const userAgent = (tag: string | undefined): string =>
  `effect-pinecone/${version}; lang=typescript${tag === undefined ? "" : `; source_tag=${sourceTag(tag)}`}`

/** A client whose requests carry the key, are tried again, and fail with nothing but our errors. */
export type Transport = HttpClient.HttpClient.With<PineconeError.RequestError>

/** The host of an address. */
interface Host {
  readonly throttle: Throttle.Throttle
  readonly attributes: Readonly<Record<string, unknown>>
}

/** The hosts that were talked to, found by any address at them. */
export type Throttles = (url: string) => Host

export const makeThrottles = Effect.map(Effect.runtime<never>(), (runtime): Throttles => {
  const byOrigin = new Map<string, Host>()
  // Reading an address is dear, and an application has few.
  const byAddress = new Map<string, Host>()
  const hostOf = (url: string): Host => {
    const address = URL.canParse(url) ? new URL(url) : undefined
    const origin = address?.origin ?? url
    const known = byOrigin.get(origin)
    if (known !== undefined) return known
    const host: Host = {
      throttle: Runtime.runSync(runtime, Throttle.make),
      attributes: address === undefined ? {} : {
        "server.address": address.hostname,
        "server.port": address.port === "" ? (address.protocol === "http:" ? 80 : 443) : Number(address.port)
      }
    }
    byOrigin.set(origin, host)
    return host
  }
  return (url) => {
    const known = byAddress.get(url)
    if (known !== undefined) return known
    const host = hostOf(url)
    if (byAddress.size === 1000) byAddress.clear()
    byAddress.set(url, host)
    return host
  }
})

/** Tells the span of a call something about it. */
const annotate = (fiber: Fiber.RuntimeFiber<unknown, unknown>, key: string, value: unknown): void => {
  if (fiber.currentSpan?._tag === "Span") fiber.currentSpan.attribute(key, value)
}

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

const writes = new Set(["upsert", "upsert_records", "update", "delete"])

export const make = (client: HttpClient.HttpClient, settings: Settings.Settings, throttles: Throttles): Transport => {
  const scrub = scrubber(settings)
  const additional = headersOf(settings)
  const secretNames = ["api-key", ...Object.keys(additional).map((name) => name.toLowerCase())]
  const defaultTimeout = Duration.decode(settings.timeout ?? "30 seconds")

  // The platform's own spans end with exits that hold the request, and so the key: the span of the call stands for them.
  const within = deadline.make((refs, id) =>
    FiberRefs.updateManyAs(refs, {
      entries: [
        [HttpClient.currentTracerDisabledWhen, [[id, constTrue]]],
        [
          Headers.currentRedactedNames,
          [[id, [...FiberRefs.getOrDefault(refs, Headers.currentRedactedNames), ...secretNames]]]
        ]
      ]
    })
  )
  const policy = withRetryAfter(settings.retry ?? Settings.defaultRetry)

  const attempt = (
    send: Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>,
    call: RunningCall
  ) =>
    Effect.withFiberRuntime<HttpClientResponse.HttpClientResponse, PineconeError.RequestError>((fiber) => {
      const attempts = ++call.attempts
      const timeout = Option.match(fiber.getFiberRef(Call.currentTimeout), {
        onNone: () => defaultTimeout,
        onSome: Duration.decode
      })
      const answered = send.pipe(
        // The body is read within the try, so that a connection that breaks or stalls in its middle is a try that failed.
        // As an ArrayBuffer, which the response keeps, and which the derived clients read.
        Effect.flatMap((response) => Effect.map(response.arrayBuffer, (body) => ({ response, body }))),
        Effect.mapError((error) => failure.fromTransport(error, call, attempts, scrub))
      )
      const tried = Effect.flatMap(
        within(answered, timeout, () => failure.timedOut(call, attempts, timeout)),
        ({ body, response }) =>
          response.status < 400
            ? Effect.succeed(response)
            : Effect.flatMap(
              Clock.currentTimeMillis,
              (now) =>
                Effect.fail(failure.fromStatus(response, new TextDecoder().decode(body), call, attempts, now, scrub))
            )
      )
      if (attempts > 1) annotate(fiber, "http.request.resend_count", attempts - 1)
      return tried
    })

  /** A schedule is started only for who needs it: most requests succeed at once. */
  const repeated = <A>(
    attempt: Effect.Effect<A, PineconeError.RequestError>,
    call: RunningCall
  ): Effect.Effect<A, PineconeError.RequestError> =>
    Effect.catchAll(attempt, (error) => {
      if (!mayRepeat(call, error)) return Effect.fail(error)
      let first = true
      const next = Effect.suspend(() => {
        if (!first) return attempt
        first = false
        return Effect.fail(error)
      })
      return Effect.retry(next, { schedule: policy, while: (error) => mayRepeat(call, error) })
    })

  const notSent = (error: HttpClientError.HttpClientError) =>
    Effect.flatMap(Call.Current, (call) => Effect.fail(failure.fromTransport(error, call, 0, scrub)))

  const prepared = (settings.transformClient ?? ((same) => same))(client).pipe(
    HttpClient.mapRequest(HttpClientRequest.setHeaders({
      "x-pinecone-api-version": settings.apiVersion ?? Settings.defaultApiVersion,
      "user-agent": userAgent(settings.sourceTag),
      accept: "application/json",
      ...additional,
      "api-key": Redacted.value(settings.apiKey)
    }))
  )

  return HttpClient.transform(
    prepared,
    (send, request) =>
      Effect.withFiberRuntime<HttpClientResponse.HttpClientResponse, PineconeError.RequestError>((fiber) => {
        const call = from(Context.get(fiber.currentContext, Call.Current))
        const { attributes, throttle } = throttles(request.url)
        annotate(fiber, "http.request.method", request.method)
        for (const key in attributes) annotate(fiber, key, attributes[key])
        return repeated(throttle.attempt(attempt(send, call), { write: writes.has(call.operation) }), call)
      })
  ).pipe(
    // What a `transformClient` may fail with before the request is sent.
    HttpClient.catchTags({
      RequestError: (error) => notSent(error),
      ResponseError: (error) => notSent(error)
    })
  )
}
