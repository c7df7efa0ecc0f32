import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import type { HttpClientError } from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"
import type { HttpMethod } from "@effect/platform/HttpMethod"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import type { ObjectStoreError } from "../ObjectStoreError.js"
import type { Options } from "../Stores.js"
import { failed, refused } from "./failures.js"
import { within } from "./silence.js"

/** What is sent, signed already. */
export interface Request {
  readonly method: HttpMethod
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | undefined
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly bytes: Uint8Array
}

/** What a request is about, and which answers it can have. */
export interface What {
  /** How errors call it. */
  readonly uri: string
  /**
   * @default those of success, 200 to 299
   */
  readonly accepts?: (status: number) => boolean
  /** The most bytes of the answer. */
  readonly most: number
  /**
   * How often it is tried: by the settings, or once.
   *
   * @default "retry"
   */
  readonly times?: "retry" | "once"
  /** Sees each answer that is refused. */
  readonly onRefused?: (headers: Answer["headers"], body: string) => void
  /** How long it may be silent, in milliseconds, where it is not by the settings. */
  readonly timeout?: number
}

/** Sends requests, each attempt made and signed anew. */
export type Call = (
  what: What,
  request: Effect.Effect<Request, ObjectStoreError>
) => Effect.Effect<Answer, ObjectStoreError>

/** Lists, errors and tokens are no larger. */
export const smallAnswer = 16 * 1024 * 1024

const errorBytes = 64 * 1024

/** The headers that are no secret: all that the stores here add but signatures and tokens. */
const isOpenHeader = (name: string): boolean =>
  /^(accept|range|x-ms-range|if-match|content-|x-amz-(date|content-sha256|copy)|x-ms-(date|version|blob-))/i.test(name)

/** Takes out of a text what the request was authorized with. */
const scrubberOf = ({ headers = {}, url }: Request) => {
  const secrets = new Set<string>()
  const add = (text: string) => {
    if (text.length >= 6) secrets.add(text)
  }
  for (const [name, value] of Object.entries(headers)) {
    if (isOpenHeader(name)) continue
    add(value)
    for (const part of value.split(/[\s,=/:]+/)) if (part.length >= 20) add(part)
  }
  const query = url.indexOf("?")
  if (query >= 0) { for (const [, value] of new URLSearchParams(url.slice(query))) if (value.length >= 20) add(value) }
  return (text: string): string => {
    let clean = text
    for (const secret of secrets) clean = clean.replaceAll(secret, "<redacted>")
    return clean
  }
}

/** What an error and those that caused it say; the last says most. */
const causeOf = (error: unknown): string => {
  let said = "no answer"
  let current: unknown = error
  for (let depth = 0; depth < 8 && Predicate.isRecord(current); depth++) {
    const { cause, code, errors, message } = current
    const words = [code, message].filter((text): text is string => typeof text === "string" && text !== "")
    if (words.length > 0) said = Array.from(new Set(words)).join(", ")
    current = cause ?? (Array.isArray(errors) ? errors[0] : undefined)
  }
  return said.split("\n")[0]!.slice(0, 300)
}

const isSuccess = (status: number): boolean => status >= 200 && status < 300

/** All bytes of an answer, or undefined where there are more than it may have. */
const bytesOf = (
  response: HttpClientResponse,
  most: number,
  alive: () => void
): Effect.Effect<Uint8Array | undefined, HttpClientError> =>
  Effect.suspend(() => {
    const announced = response.headers["content-encoding"] === undefined
      ? Number(response.headers["content-length"] ?? Number.NaN)
      : Number.NaN
    if (announced > most) return Effect.succeed(undefined)
    let bytes = new Uint8Array(Number.isSafeInteger(announced) ? announced : 64 * 1024)
    let filled = 0
    return response.stream.pipe(
      Stream.takeWhile((piece) => {
        alive()
        const end = filled + piece.length
        if (end > most) {
          filled = end
          return false
        }
        if (end > bytes.length) {
          const larger = new Uint8Array(Math.min(most, Math.max(end, bytes.length * 2)))
          larger.set(bytes.subarray(0, filled))
          bytes = larger
        }
        bytes.set(piece, filled)
        filled = end
        return true
      }),
      Stream.runDrain,
      // A body that is not there has no bytes.
      Effect.catchIf((error) => error._tag === "ResponseError" && error.reason === "EmptyBody", () => Effect.void),
      Effect.map(() => filled > most ? undefined : filled === bytes.length ? bytes : bytes.subarray(0, filled))
    )
  })

const policyOf = (retry: Options["retry"]): Schedule.Schedule<unknown, ObjectStoreError> =>
  retry ?? Schedule.intersect(Schedule.jittered(Schedule.exponential("200 millis")), Schedule.recurs(4))

/** The longest that `Retry-After` is taken for, in milliseconds. */
const longestWait = 60_000

export const make = (client: HttpClient.HttpClient, { retry, timeout = "30 seconds" }: Options): Call => {
  // Its spans would have the query, which can be a signature, and its headers would go along.
  const quiet = HttpClient.withTracerDisabledWhen(client, () => true)
  const limit = Duration.toMillis(timeout)
  const schedule = Schedule.intersect(policyOf(retry), Schedule.identity<ObjectStoreError>()).pipe(
    Schedule.modifyDelay(([, { retryAfter = 0 }], delay) =>
      Duration.max(delay, Duration.millis(Math.min(retryAfter, longestWait)))
    )
  )

  const withoutRedirects = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.flatMap(
      Effect.serviceOption(FetchHttpClient.RequestInit),
      (init) =>
        Effect.provideService(effect, FetchHttpClient.RequestInit, {
          ...Option.getOrUndefined(init),
          redirect: "manual"
        })
    )

  const once = (what: What, request: Request): Effect.Effect<Answer, ObjectStoreError> => {
    const { accepts = isSuccess, most, uri } = what
    const silence = what.timeout ?? limit
    const scrub = scrubberOf(request)
    const broken = (error: unknown) => failed("Connection", uri, `the connection failed: ${scrub(causeOf(error))}`)
    return within(silence, (alive) =>
      Effect.scoped(Effect.gen(function*() {
        const response = yield* withoutRedirects(quiet.execute(
          HttpClientRequest.make(request.method)(request.url, {
            headers: { "accept-encoding": "identity", ...request.headers },
            ...(request.body === undefined
              ? {}
              : { body: HttpBody.uint8Array(request.body, request.headers?.["content-type"]) })
          })
        )).pipe(Effect.mapError(broken))
        alive()
        const { headers, status } = response
        if (!accepts(status)) {
          const body = yield* Effect.orElseSucceed(bytesOf(response, errorBytes, alive), () => undefined)
          const text = new TextDecoder().decode(body)
          what.onRefused?.(headers, text)
          return yield* refused(uri, status, headers, text, scrub)
        }
        if (request.method === "HEAD") return { status, headers, bytes: new Uint8Array(0) }
        const bytes = yield* Effect.mapError(bytesOf(response, most, alive), broken)
        if (bytes === undefined) {
          return yield* failed("InvalidAnswer", uri, `the answer has more than ${most} bytes`, { status })
        }
        const announced = headers["content-encoding"] === undefined ? headers["content-length"] : undefined
        if (announced !== undefined && bytes.length < Number(announced)) {
          return yield* failed("Connection", uri, `the answer ended after ${bytes.length} of ${announced} bytes`)
        }
        return { status, headers, bytes }
      })), () => failed("Connection", uri, `the service was silent for ${silence} ms`))
  }

  return (what, request) => {
    const attempt = Effect.flatMap(request, (request) => once(what, request))
    return what.times === "once"
      ? attempt
      : Effect.retry(attempt, { schedule, while: ({ isRetryable }) => isRetryable })
  }
}
