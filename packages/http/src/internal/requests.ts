import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Headers from "@effect/platform/Headers"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as FiberRefs from "effect/FiberRefs"
import { constant, constTrue } from "effect/Function"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import * as Call from "../Call.js"
import * as Failure from "../Failure.js"
import * as InvalidSettings from "../InvalidSettings.js"
import * as Settings from "../Settings.js"
import * as Telemetry from "../Telemetry.js"
import * as Throttle from "../Throttle.js"
import * as deadline from "./deadline.js"
import { Measures } from "./measure.js"
import * as retrying from "./retrying.js"
import type { RunningCall } from "./runningCall.js"
import { errorType, from } from "./runningCall.js"
import { version } from "./version.js"

const sourceTag = (tag: string): string => tag.toLowerCase().replace(/[^a-z0-9_ :]/g, "").trim().replace(/ +/g, "_")

const userAgent = (tag: string | undefined): string =>
  `effect-pinecone/${version}; lang=typescript${tag === undefined ? "" : `; source_tag=${sourceTag(tag)}`}`

/**
 * A client whose requests carry the key, are tried again, and fail with nothing but our errors.
 *
 * @since 0.1.0
 * @category models
 */
export type ApiClient = HttpClient.HttpClient.With<PineconeError.RequestError>

/**
 * A try of a call.
 *
 * @since 0.1.0
 * @category models
 */
export interface Try {
  readonly call: Call.Call
  /** How often the request was sent, this time included. */
  readonly attempts: number
  /** How long an answer is waited for. */
  readonly timeout: Duration.Duration
  /** The longest time that the server can ask to wait, and that is waited for. */
  readonly maxRetryAfter: Duration.Duration
  /** Takes what an answer says of itself: the id of the request in its headers, and its status by the name of that. */
  readonly answered: (headers: Headers.Headers, status: Readonly<Record<string, unknown>>) => void
}

/** What a request goes over. */
export interface Protocol {
  readonly name: "http" | "grpc"
  /** The name of the span of each try. */
  readonly span: string
  /** What that says of the request. */
  readonly attributes: Readonly<Record<string, unknown>>
  /** The size of the body. */
  readonly bytes: number
}

/** A try that ends when its time is over. */
interface BoundedTry extends Try {
  /** Makes the time begin anew: what is sent is on its way still. */
  readonly extend: () => void
}

/** How a request is sent once. */
type Once<A, T extends Try> = (attempt: T) => Effect.Effect<A, PineconeError.RequestError>

/** The settings of requests, whatever lets them in. */
export interface WireSettings extends Omit<Settings.Settings, "apiKey" | "controllerHost"> {
  /** What every request carries, where there is one. */
  readonly apiKey?: Redacted.Redacted | undefined
  /** Takes out of a text what is secret beside the key and the additional headers. */
  readonly scrub?: Failure.Scrub | undefined
  /** What to do about 401, where it is not to check the key. */
  readonly unauthorized?: string | undefined
}

type Sent = Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>

type Answered = Effect.Effect<HttpClientResponse.HttpClientResponse, PineconeError.RequestError>

/** What the settings make of requests. */
export interface Wire {
  /** Over HTTP. */
  readonly client: ApiClient
  /**
   * Over HTTP, with an answer that is given as it comes, of the type that the request accepts. The timeout holds for its
   * start, and then for each silence. With the scope the connection is closed, unless all has come.
   */
  readonly open: (
    request: HttpClientRequest.HttpClientRequest
  ) => Effect.Effect<Stream.Stream<Uint8Array, PineconeError.RequestError>, PineconeError.RequestError, Scope.Scope>
  /** Over something else, to a host: the running call, one try after another. Each ends by itself when its time is over. */
  readonly send: <A>(
    url: string,
    protocol: Protocol,
    once: Once<A, Try>
  ) => Effect.Effect<A, PineconeError.RequestError>
  /** What every request carries. */
  readonly headers: Redacted.Redacted<Readonly<Record<string, string>>>
}

/** The host of an address. */
interface Host {
  readonly throttle: Throttle.Throttle
  readonly attributes: Readonly<Record<string, unknown>>
}

/** The hosts that were talked to, found by any address at them. */
export type Throttles = (url: string) => Host

export const makeThrottles = (
  { maxRetryAfter }: Throttle.Options
): Effect.Effect<Throttles> =>
  Effect.map(Effect.runtime<never>(), (runtime): Throttles => {
    const byOrigin = new Map<string, Host>()
    // Reading an address is dear, and an application has few.
    const byAddress = new Map<string, Host>()
    const hostOf = (url: string): Host => {
      const address = URL.canParse(url) ? new URL(url) : undefined
      const origin = address?.origin ?? url
      const known = byOrigin.get(origin)
      if (known !== undefined) return known
      const host: Host = {
        throttle: Runtime.runSync(runtime, Throttle.make({ maxRetryAfter })),
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

/** Tells the operation of a call how its requests go. */
const begin = (call: RunningCall, host: Host, { bytes, name }: Protocol): void => {
  call.bytes = bytes
  if (call.within === undefined) return
  call.within.protocol = name
  call.within.tell("network.protocol.name", name)
  for (const key in host.attributes) call.within.tell(key, host.attributes[key])
}

const mayRepeat = (call: Call.Call, error: PineconeError.RequestError): boolean => {
  if (call.once === true || !PineconeError.isRetryable(error)) return false
  if (call.idempotent !== false || (error._tag === "PineconeTransportError" && error.unsent)) return true
  return PineconeError.isThrottled(error) ||
    (error._tag === "PineconeServiceUnavailable" && error.status === 503 && error.retryAfter !== undefined)
}

/** The additional headers, in the clear and in lower case. */
const headersOf = (settings: WireSettings): Record<string, string> =>
  Object.fromEntries(
    Object.entries(settings.additionalHeaders ?? {}).map((
      [name, value]
    ) => [name.toLowerCase(), Redacted.isRedacted(value) ? Redacted.value(value) : value])
  )

/** Takes the key, the values of additional headers, and what else is secret, out of a text. */
export const scrubber = (settings: WireSettings): Failure.Scrub => {
  const key = settings.apiKey === undefined ? [] : [Redacted.value(settings.apiKey)]
  const secrets = [...key, ...Object.values(headersOf(settings))].filter((secret) => secret.length >= 4)
  const { scrub = (text) => text } = settings
  return (text) => secrets.reduce((clean, secret) => clean.replaceAll(secret, "<redacted>"), scrub(text))
}

/** Any other status is no answer to a request, whatever its body says. */
const isSuccess = ({ status }: HttpClientResponse.HttpClientResponse): boolean => status >= 200 && status < 300

/**
 * Asks `fetch` not to follow redirects, which would take the key along to wherever they lead. What else was asked of it,
 * where its layer was made or around the call, stays: that is seen only here, within all that is around a request.
 */
const withoutRedirects = (below: HttpClient.HttpClient): HttpClient.HttpClient => {
  const ask = FiberRef.update(FiberRef.currentContext, (context) => {
    const init = Option.getOrUndefined(Context.getOption(context, FetchHttpClient.RequestInit))
    return Context.add(context, FetchHttpClient.RequestInit, { ...init, redirect: "manual" })
  })
  const asking = HttpClient.mapRequestEffect(below, (request) => Effect.as(ask, request))
  return HttpClient.makeWith<HttpClientError.HttpClientError, never, HttpClientError.HttpClientError, never>(
    Effect.flatMap((request) => asking.execute(request)),
    Effect.succeed
  )
}

const empty = new ArrayBuffer(0)

/** What streams send, as many at a time as the host bears. */
const writes = new Set(["upsert", "upsert_records", "update", "delete", "embed"])

/** What cannot be sent with a request is refused before there is one. */
export const check = (settings: WireSettings): Effect.Effect<void, InvalidSettings.InvalidSettings> =>
  Effect.all([
    settings.apiKey === undefined ? Effect.void : InvalidSettings.checkSecret("apiKey", settings.apiKey),
    InvalidSettings.check("apiVersion", settings.apiVersion, InvalidSettings.secret),
    InvalidSettings.check("sourceTag", settings.sourceTag, InvalidSettings.sourceTag),
    InvalidSettings.checkHeaders("additionalHeaders", settings.additionalHeaders),
    InvalidSettings.checkDuration("timeout", settings.timeout),
    InvalidSettings.checkDuration("maxRetryAfter", settings.maxRetryAfter)
  ], { discard: true })

export const make = (below: HttpClient.HttpClient, settings: WireSettings, throttles: Throttles): Wire => {
  const scrub = scrubber(settings)
  const { unauthorized } = settings
  const additional = headersOf(settings)
  const secretNames = ["api-key", ...Object.keys(additional)]
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
  const headers = {
    "x-pinecone-api-version": settings.apiVersion ?? Settings.defaultApiVersion,
    "user-agent": userAgent(settings.sourceTag),
    ...additional,
    ...(settings.apiKey === undefined ? {} : { "api-key": Redacted.value(settings.apiKey) })
  }
  const maxRetryAfter = Duration.decode(settings.maxRetryAfter ?? Throttle.defaultMaxRetryAfter)
  const policy = settings.retry ?? Settings.defaultRetry

  const timeoutOf = (fiber: Fiber.RuntimeFiber<unknown, unknown>): Duration.Duration => {
    const timeout = Context.get(fiber.currentContext, Call.Timeout)
    return timeout === undefined ? defaultTimeout : Duration.decode(timeout)
  }

  const measures = new Measures()

  /** A try, counted, with a span of its own. */
  const attempt = <A>(
    once: Once<A, Try>,
    call: RunningCall,
    host: Host,
    { attributes, name, span }: Protocol
  ): Effect.Effect<A, PineconeError.RequestError> =>
    Effect.suspend(() => {
      const attempts = ++call.attempts
      if (call.within !== undefined) call.within.sent++
      const tried = Effect.useSpan(span, {
        kind: "client",
        captureStackTrace: false,
        attributes: {
          ...attributes,
          ...host.attributes,
          ...(attempts === 1 ? {} : { "http.request.resend_count": attempts - 1 })
        }
      }, (span) =>
        Effect.withFiberRuntime<() => A, PineconeError.RequestError>((fiber) => {
          const answered: Try["answered"] = (headers, status) => {
            const id = Failure.requestIdOf(headers, scrub)
            if (id !== undefined) {
              span.attribute("pinecone.request.id", id)
              call.within?.tell("pinecone.request.id", id)
            }
            for (const key in status) span.attribute(key, status[key])
          }
          return Effect.onExit(
            Effect.locally(
              // A tracer is given what the span ends with: not the answer, which holds the request and so the key.
              Effect.map(once({ call, attempts, timeout: timeoutOf(fiber), maxRetryAfter, answered }), constant),
              FiberRef.currentContext,
              Context.add(fiber.currentContext, Tracer.ParentSpan, span)
            ),
            (exit) =>
              Effect.sync(() => {
                const error = errorType(exit)
                if (error !== undefined) span.attribute("error.type", error)
                measures.add(fiber, Telemetry.requests, 1, { operation: call.operation, protocol: name, error })
              })
          )
        }))
      return Effect.map(tried, (answer) => answer())
    })

  /** The same in bounds of time. */
  const bounded = <A>(once: Once<A, BoundedTry>): Once<A, Try> => (attempt) =>
    within(
      (extend) => once({ ...attempt, extend }),
      attempt.timeout,
      () => Failure.timedOut(attempt.call, attempt.attempts, attempt.timeout)
    )

  /**
   * A schedule is started only for who needs it: most requests succeed at once. How long the server asks to wait is waited for
   * by the next try, as by every request to the host.
   */
  const repeated = <A>(
    attempt: Effect.Effect<A, PineconeError.RequestError>,
    call: RunningCall,
    throttle: Throttle.Throttle
  ): Effect.Effect<A, PineconeError.RequestError> =>
    Effect.catchAll(attempt, (error) => {
      const schedule = retrying.schedule(policy, {
        again: (error: PineconeError.RequestError) =>
          mayRepeat(call, error) && !throttle.asksTooMuch(error) ? throttle.retry(error) : Effect.succeed(false),
        sent: () => call.attempts,
        pausedUntil: throttle.pausedUntil
      })
      let first = true
      const next = Effect.suspend(() => {
        if (!first) return attempt
        first = false
        return Effect.fail(error)
      })
      return Effect.retry(next, schedule)
    })

  const notSent = (error: HttpClientError.HttpClientError) =>
    Effect.flatMap(Call.Current, (call) => Effect.fail(Failure.fromTransport(error, call, 0, scrub)))

  /** What a body that is sent piece by piece says of each: it runs with the refs of the fiber that sends it. */
  const currentExtend = FiberRef.unsafeMake<() => void>(() => {})

  const extending = (body: HttpBody.Stream): HttpBody.Stream =>
    HttpBody.stream(
      Stream.mapChunksEffect(body.stream, (chunk) =>
        FiberRef.getWith(currentExtend, (extend) =>
          Effect.sync(() => {
            extend()
            return chunk
          }))),
      body.contentType,
      body.contentLength
    )

  const forJson = { accept: "application/json", ...headers }

  const prepared = (settings.transformClient ?? ((same) => same))(withoutRedirects(below)).pipe(
    HttpClient.mapRequest((request) => {
      const { accept } = request.headers
      const prepared = HttpClientRequest.setHeaders(request, accept === undefined ? forJson : { accept, ...headers })
      return prepared.body._tag === "Stream"
        ? HttpClientRequest.setBody(prepared, extending(prepared.body))
        : prepared
    })
  )

  /** One try after another, as the throttle of the host and the settings' retries will have it. */
  const send = <A>(
    host: Host,
    call: RunningCall,
    protocol: Protocol,
    once: Once<A, Try>
  ): Effect.Effect<A, PineconeError.RequestError> => {
    const { throttle } = host
    begin(call, host, protocol)
    const sent = attempt(once, call, host, protocol)
    return repeated(throttle.attempt(sent, { write: writes.has(call.operation) }), call, throttle)
  }

  /** A status that is no success stands, even where its body does not come. */
  const refused = (response: HttpClientResponse.HttpClientResponse, call: Call.Call, attempts: number) =>
    Effect.flatMap(
      Effect.zip(Effect.orElseSucceed(response.arrayBuffer, () => empty), Clock.currentTimeMillis),
      ([body, now]) => {
        const { headers, request: { url }, status } = response
        const what = { call, attempts, headers, maxRetryAfter, now, scrub, unauthorized, url }
        return Effect.fail(Failure.fromStatus(status, new TextDecoder().decode(body), what))
      }
    )

  /** An answer that has begun. */
  const begun = (sent: Sent, { answered, attempts, call }: Try): Answered =>
    Effect.flatMap(
      Effect.mapError(sent, (error) => Failure.fromTransport(error, call, attempts, scrub)),
      (response) => {
        answered(response.headers, { "http.response.status_code": response.status })
        return isSuccess(response) ? Effect.succeed(response) : refused(response, call, attempts)
      }
    )

  // The body is read within the try, so that a connection that breaks or stalls in its middle is a try that failed. As an
  // ArrayBuffer, which the response keeps, and which the derived clients read.
  const answered = (sent: Sent, attempt: Try): Answered =>
    Effect.flatMap(begun(sent, attempt), (response) =>
      Effect.mapBoth(response.arrayBuffer, {
        onFailure: (error) => Failure.fromTransport(error, attempt.call, attempt.attempts, scrub),
        onSuccess: () => response
      }))

  /** A request on its way, once or as often as the settings say. */
  const running = (
    request: HttpClientRequest.HttpClientRequest,
    once: Once<HttpClientResponse.HttpClientResponse, BoundedTry>
  ): Answered =>
    Effect.withFiberRuntime((fiber) => {
      const call = from(Context.get(fiber.currentContext, Call.Current))
      const protocol: Protocol = {
        name: "http",
        span: request.method,
        attributes: { "http.request.method": request.method },
        bytes: request.body.contentLength ?? 0
      }
      return send(
        throttles(request.url),
        call,
        protocol,
        bounded((attempt) =>
          request.body._tag === "Stream"
            ? Effect.locally(once(attempt), currentExtend, attempt.extend)
            : once(attempt)
        )
      )
    })

  const client: ApiClient = HttpClient.transform(
    prepared,
    (sent, request) => running(request, (attempt) => answered(sent, attempt))
  ).pipe(
    // What a `transformClient` may fail with before the request is sent.
    HttpClient.catchTags({
      RequestError: (error) => notSent(error),
      ResponseError: (error) => notSent(error)
    })
  )

  // With the scope its connection is closed, unless all has come.
  const opening = HttpClient.transform(
    HttpClient.withScope(prepared),
    (sent, request) =>
      Effect.flatMap(Effect.scope, (scope) =>
        running(
          request,
          (attempt) => begun(Effect.provideService(sent, Scope.Scope, scope), attempt)
        ))
  ).pipe(
    HttpClient.catchTags({
      RequestError: (error) => notSent(error),
      ResponseError: (error) => notSent(error)
    })
  )

  const open: Wire["open"] = (request) =>
    Effect.withFiberRuntime((fiber) => {
      const call = from(Context.get(fiber.currentContext, Call.Current))
      const timeout = timeoutOf(fiber)
      return Effect.flatMap(opening.execute(request), (response) => {
        const [accept, type] = [request.headers.accept, response.headers["content-type"] ?? "without a type"]
        if (accept !== undefined && !type.startsWith(accept)) {
          return Effect.fail(Failure.invalidResponse(call, call.attempts, `it is ${type}, not ${accept}`, scrub))
        }
        return Effect.succeed(response.stream.pipe(
          Stream.mapError((error) => Failure.brokenOff(call, call.attempts, Failure.whyOf(error), scrub)),
          Stream.timeoutFail(() => Failure.fellSilent(call, call.attempts, timeout), timeout)
        ))
      })
    })

  const sendOver: Wire["send"] = (url, protocol, once) =>
    Effect.withFiberRuntime((fiber) =>
      send(throttles(url), from(Context.get(fiber.currentContext, Call.Current)), protocol, once)
    )

  return { client, open, send: sendOver, headers: Redacted.make(headers) }
}
