import * as ErrorBody from "@effect-pinecone/schema/ErrorBody"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Call } from "../Call.js"

/** Takes the secrets out of a text that came from outside. */
export type Scrub = (text: string) => string

const longest = 10_000

const place = (call: Call) => ({
  operation: call.operation,
  ...(call.index === undefined ? {} : { index: call.index }),
  ...(call.namespace === undefined ? {} : { namespace: call.namespace })
})

const where = (call: Call): string =>
  `${call.operation}${call.index === undefined ? "" : ` on "${call.index}"`}${
    call.namespace === undefined ? "" : ` in namespace "${call.namespace}"`
  }`

interface Told {
  readonly code?: string | undefined
  readonly message: string
}

const controlBody = Schema.decodeUnknownOption(ErrorBody.ErrorResponse)
const rpcBody = Schema.decodeUnknownOption(ErrorBody.RpcStatus)

/** What the server says in the body: as the control plane says it, as the data plane does, or in plain text. */
const told = (body: string): Told => {
  const json = Option.getOrUndefined(Option.liftThrowable(() => JSON.parse(body) as unknown)())
  const control = controlBody(json)
  if (Option.isSome(control)) return control.value.error
  const rpc = rpcBody(json)
  if (Option.isSome(rpc) && (rpc.value.message !== undefined || rpc.value.code !== undefined)) {
    return {
      code: rpc.value.code === undefined ? undefined : ErrorBody.grpcCodes[rpc.value.code] ?? String(rpc.value.code),
      message: rpc.value.message ?? ""
    }
  }
  const text = body.trim()
  return { message: text.length > 500 ? `${text.slice(0, 500)}…` : text }
}

const advice: { readonly [status: number]: string } = {
  401: "check the API key (PINECONE_API_KEY)",
  402: "settle the organization's invoices",
  429: "send less at a time, or wait",
  501: "this server does not do it"
}

/** How long the server asks to wait: seconds, or a date. */
export const parseRetryAfter = (value: string | undefined, now: number): Duration.Duration | undefined => {
  if (value === undefined || value.trim() === "") return undefined
  const seconds = Number(value)
  if (Number.isFinite(seconds)) return Duration.seconds(Math.max(0, seconds))
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Duration.millis(Math.max(0, date - now))
}

/** The error that a status of 400 or more stands for. */
export const fromStatus = (
  response: HttpClientResponse.HttpClientResponse,
  rawBody: string,
  call: Call,
  attempts: number,
  now: number,
  scrub: Scrub
): PineconeError.RequestError => {
  const { headers, status } = response
  const body = scrub(rawBody)
  const { code, message } = told(body)
  const hint = advice[status]
  const requestId = headers["x-pinecone-request-id"] ?? headers["x-request-id"]
  const context = {
    ...place(call),
    message: `${where(call)} was answered with ${status}${message === "" ? "" : `: ${message}`}${
      hint === undefined ? "" : ` (${hint})`
    }`,
    status,
    ...(code === undefined ? {} : { code }),
    ...(requestId === undefined ? {} : { requestId }),
    attempts,
    body: body.slice(0, longest)
  }
  const retryAfter = parseRetryAfter(headers["retry-after"], now)
  const waiting = retryAfter === undefined ? context : { ...context, retryAfter }
  switch (status) {
    case 401:
      return new PineconeError.Unauthorized(context)
    case 402:
      return new PineconeError.PaymentRequired(context)
    case 403:
      return new PineconeError.Forbidden(context)
    case 404:
      return new PineconeError.NotFound(context)
    case 409:
      return new PineconeError.AlreadyExists(context)
    case 412:
      return new PineconeError.PreconditionFailed(context)
    case 429:
      return new PineconeError.RateLimited(waiting)
    case 501:
      return new PineconeError.NotImplemented(context)
    case 408:
      return new PineconeError.ServiceUnavailable(waiting)
    default:
      return status >= 500 ? new PineconeError.ServiceUnavailable(waiting) : new PineconeError.InvalidRequest(context)
  }
}

const causeOf = (cause: unknown): string => {
  if (!(cause instanceof Error)) return ""
  const inner = causeOf(cause.cause)
  return inner === "" ? cause.message : `${cause.message}: ${inner}`
}

/** The error for a request that got no answer, or whose answer could not be read. */
export const fromTransport = (
  error: HttpClientError.HttpClientError,
  call: Call,
  attempts: number,
  scrub: Scrub
): PineconeError.RequestError => {
  const why = scrub(causeOf(error.cause) || error.description || error.reason)
  const context = { ...place(call), attempts }
  if (error._tag === "RequestError" && error.reason === "InvalidUrl") {
    return new PineconeError.InvalidRequest({
      ...context,
      // The client below found it out before it sent anything.
      attempts: 0,
      message: `${where(call)} has no valid address: ${why}`,
      field: "host"
    })
  }
  return new PineconeError.TransportError({ ...context, message: `${where(call)} got no answer: ${why}` })
}

/** The error for a try that took too long. */
export const timedOut = (call: Call, attempts: number, timeout: Duration.Duration): PineconeError.TimedOut =>
  new PineconeError.TimedOut({
    ...place(call),
    attempts,
    timeout,
    message: `${where(call)} was not answered within ${
      Duration.format(timeout)
    }; raise the timeout in the settings, or with Call.withTimeout`
  })

/** The error for an answer of another form than the API defines. */
export const invalidResponse = (
  call: Call,
  attempts: number,
  why: string,
  scrub: Scrub
): PineconeError.InvalidResponse =>
  new PineconeError.InvalidResponse({
    ...place(call),
    attempts,
    message: `${where(call)} was answered with something else than the API defines: ${scrub(why).slice(0, 2000)}`
  })

/** The error for input that does not fit the API's definition, found before it was sent. */
export const invalidInput = (call: Call, why: string, scrub: Scrub): PineconeError.InvalidRequest =>
  new PineconeError.InvalidRequest({
    ...place(call),
    message: `${where(call)} was not sent: ${scrub(why).slice(0, 2000)}`
  })
