/**
 * The errors that a request can end with, made from what came back: by every transport, in the same words.
 *
 * ```ts
 * import * as Failure from "@effect-pinecone/http/Failure"
 *
 * const wait = Failure.parseRetryAfter("30", Date.now()) // 30 seconds
 * ```
 *
 * @since 0.1.0
 */
import * as ErrorBody from "@effect-pinecone/schema/ErrorBody"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type { Call } from "./Call.js"

/**
 * Takes the secrets out of a text that came from outside.
 *
 * @since 0.1.0
 * @category models
 */
export type Scrub = (text: string) => string

const longest = 10_000

/** The same fields, without those that are not there. */
const given = <A extends object>(fields: A): A => {
  // eslint-disable-next-line no-restricted-syntax -- the fields that may be undefined may be absent, too.
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as A
}

const place = ({ assistant, index, namespace, operation }: Call) => given({ operation, index, namespace, assistant })

const where = ({ assistant, index, namespace, operation }: Call): string => {
  const on = index ?? assistant
  return `${operation}${on === undefined ? "" : ` on "${on}"`}${
    namespace === undefined ? "" : ` in namespace "${namespace}"`
  }`
}

interface Told {
  readonly code?: string | undefined
  readonly message: string
}

const controlBody = Schema.decodeUnknownOption(ErrorBody.ErrorResponse)
const rpcBody = Schema.decodeUnknownOption(ErrorBody.RpcStatus)
const oauthBody = Schema.decodeUnknownOption(ErrorBody.OAuthError)

/** What the server says in the body: as the control plane says it, as the data plane or the login host does, or in plain text. */
const told = (body: string): Told => {
  const json = Option.getOrUndefined(Option.liftThrowable((): unknown => JSON.parse(body))())
  const control = controlBody(json)
  if (Option.isSome(control)) return control.value.error
  const rpc = rpcBody(json)
  if (Option.isSome(rpc) && (rpc.value.message !== undefined || rpc.value.code !== undefined)) {
    return {
      code: rpc.value.code === undefined ? undefined : ErrorBody.grpcCodes[rpc.value.code] ?? String(rpc.value.code),
      message: rpc.value.message ?? ""
    }
  }
  const oauth = oauthBody(json)
  if (Option.isSome(oauth) && oauth.value.error !== undefined) {
    return { code: oauth.value.error, message: oauth.value.error_description ?? oauth.value.error }
  }
  const text = body.trim()
  return { message: text.length > 500 ? `${text.slice(0, 500)}…` : text }
}

const advice: { readonly [status: number]: string } = {
  401: "check the API key (PINECONE_API_KEY)",
  402: "pay the organization's open invoices",
  429: "reduce the request rate, or retry later",
  501: "the server does not support the operation"
}

/**
 * How long the server asks to wait, in `Retry-After`: seconds, or a date. `now` is the clock's time in milliseconds.
 *
 * @since 0.1.0
 * @category getters
 */
export const parseRetryAfter = (value: string | undefined, now: number): Duration.Duration | undefined => {
  if (value === undefined || value.trim() === "") return undefined
  const seconds = Number(value)
  if (Number.isFinite(seconds)) return Duration.seconds(Math.max(0, seconds))
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Duration.millis(Math.max(0, date - now))
}

/**
 * The headers of an answer, by their names in lower case.
 *
 * @since 0.1.0
 * @category models
 */
export type Headers = Readonly<Record<string, string | undefined>>

/**
 * The id that the server gave to a request, for Pinecone's support, without the secrets that a server may repeat in it.
 *
 * @since 0.1.0
 * @category getters
 */
export const requestIdOf = (headers: Headers, scrub: Scrub): string | undefined => {
  const id = headers["x-pinecone-request-id"] ?? headers["x-request-id"]
  return id === undefined ? undefined : scrub(id)
}

/**
 * A try that a server has answered with an error.
 *
 * @since 0.1.0
 * @category models
 */
export interface Refused {
  readonly call: Call
  /** How often the request was sent, this time included. */
  readonly attempts: number
  readonly headers: Headers
  /** The clock's time in milliseconds. */
  readonly now: number
  /** The longest time that the server can ask to wait, and that is waited for: a message tells of a longer one. */
  readonly maxRetryAfter?: Duration.Duration | undefined
  readonly scrub: Scrub
  /**
   * What to do about 401.
   *
   * @default to check the API key
   */
  readonly unauthorized?: string | undefined
  /** Where the request went, which a redirect may be relative to. */
  readonly url?: string | undefined
}

interface Answered extends Told {
  readonly status: number
  /** What the answer calls itself. */
  readonly shown: string
  readonly body: string
  readonly retryAfter: Duration.Duration | undefined
}

/**
 * The status that an answer means: assistants say 429 of a name that is taken, which waiting does not change, and
 * administration says 409 of what another resource needs, such as the last owner.
 */
const meant = ({ code, status }: Answered): number => {
  if (status === 429 && code === "ALREADY_EXISTS") return 409
  return status === 409 && code === "ABORTED" ? 412 : status
}

/** Whether an answer to a request that is sent again later may be another one. */
const mayPass = (status: number): boolean => status === 408 || status === 429 || (status >= 500 && status !== 501)

/** What to do, and how long the server asks to wait where nobody waits for so long. */
const advised = ({ maxRetryAfter, unauthorized }: Refused, status: number, retryAfter?: Duration.Duration): string => {
  const hint = status === 401 && unauthorized !== undefined ? unauthorized : advice[status]
  const tooLong = retryAfter !== undefined && maxRetryAfter !== undefined &&
    Duration.greaterThan(retryAfter, maxRetryAfter)
  const wait = tooLong && mayPass(status)
    ? `the server asks to wait ${Duration.format(retryAfter)}; maxRetryAfter is ${Duration.format(maxRetryAfter)}`
    : undefined
  const all = [hint, wait].filter((text) => text !== undefined).join("; ")
  return all && ` (${all})`
}

const refused = (what: Refused, answered: Answered): PineconeError.RequestError => {
  const { attempts, call, headers, scrub } = what
  const { body, code, message, retryAfter, shown, status } = answered
  const kind = meant(answered)
  const requestId = requestIdOf(headers, scrub)
  const context = given({
    ...place(call),
    message: `${where(call)} was answered with ${shown}${message === "" ? "" : `: ${message}`}${
      advised(what, kind, retryAfter)
    }`,
    status,
    code,
    requestId,
    attempts,
    body: body.slice(0, longest)
  })
  const waiting = given({ ...context, retryAfter })
  switch (kind) {
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
    default:
      return mayPass(kind) ? new PineconeError.ServiceUnavailable(waiting) : new PineconeError.InvalidRequest(context)
  }
}

/** Where a redirect points: the origin and the path, for what stands beside them may be secret. */
const destination = ({ headers, url }: Refused): string | undefined => {
  const { location } = headers
  if (location === undefined || !URL.canParse(location, url)) return undefined
  const { host, pathname, protocol } = new URL(location, url)
  return protocol === "https:" || protocol === "http:" ? `${protocol}//${host}${pathname}`.slice(0, 500) : undefined
}

/**
 * A status that says neither yes nor no. Nothing of the body is shown: that of a redirect repeats where it points, with all
 * that is secret in it.
 */
const redirected = (status: number, what: Refused): PineconeError.InvalidResponse => {
  const { attempts, call, headers, scrub } = what
  const to = destination(what)
  const requestId = requestIdOf(headers, scrub)
  const isRedirect = status === 0 || to !== undefined
  const shown = isRedirect
    ? `${
      status === 0 ? "a redirect" : `${status}, a redirect to ${scrub(to ?? "")}`
    }: redirects are not followed, since ` +
      "they would expose the API key; check the host and any proxy"
    : `${status}, which is neither a success nor an error: check the host and any proxy`
  return new PineconeError.InvalidResponse(given({
    ...place(call),
    message: `${where(call)} was answered with ${shown}`,
    // A browser keeps everything about a redirect to itself.
    status: status === 0 ? undefined : status,
    requestId,
    attempts
  }))
}

/**
 * The error that an HTTP status other than those of success (200 to 299) stands for. A redirect, and whatever else is below
 * 400, is an `PineconeInvalidResponse`, which says where it points: trying again does not help, and no record is to blame.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromStatus = (status: number, rawBody: string, what: Refused): PineconeError.RequestError => {
  if (status < 400) return redirected(status, what)
  const body = what.scrub(rawBody)
  return refused(what, {
    ...told(body),
    status,
    shown: String(status),
    body,
    retryAfter: parseRetryAfter(what.headers["retry-after"], what.now)
  })
}

/** The HTTP status that says what a gRPC status does. */
const httpStatuses: { readonly [code: string]: number } = {
  INVALID_ARGUMENT: 400,
  OUT_OF_RANGE: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  FAILED_PRECONDITION: 412,
  RESOURCE_EXHAUSTED: 429,
  UNIMPLEMENTED: 501,
  UNAVAILABLE: 503,
  ABORTED: 503
}

const pushback = (headers: Headers): Duration.Duration | undefined => {
  const millis = Number(headers["grpc-retry-pushback-ms"])
  return Number.isFinite(millis) && millis >= 0 ? Duration.millis(millis) : undefined
}

/**
 * The error that a gRPC status of a server stands for. How long the server asks to wait may stand in
 * `grpc-retry-pushback-ms` or in `retry-after`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromGrpcStatus = (code: number, message: string, what: Refused): PineconeError.RequestError => {
  const name = ErrorBody.grpcCodes[code] ?? String(code)
  const clean = what.scrub(message)
  return refused(what, {
    status: httpStatuses[name] ?? 500,
    shown: name,
    code: name,
    message: clean,
    body: clean,
    retryAfter: pushback(what.headers) ?? parseRetryAfter(what.headers["retry-after"], what.now)
  })
}

const causeOf = (cause: unknown): string => {
  if (!(cause instanceof Error)) return ""
  const inner = causeOf(cause.cause)
  return inner === "" ? cause.message : `${cause.message}: ${inner}`
}

/** What those who make connections say where there is none: Node, undici and Bun. */
const noConnection = new Set<unknown>([
  "ECONNREFUSED",
  "ConnectionRefused",
  "ENOTFOUND",
  "EAI_AGAIN",
  "UND_ERR_CONNECT_TIMEOUT",
  "CERT_CHAIN_TOO_LONG",
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "CERT_REJECTED",
  "CERT_REVOKED",
  "CERT_SIGNATURE_FAILURE",
  "CERT_UNTRUSTED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "ERR_SSL_WRONG_VERSION_NUMBER",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "HOSTNAME_MISMATCH",
  "INVALID_CA",
  "INVALID_PURPOSE",
  "PATH_LENGTH_EXCEEDED",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE"
])

/** What failed there, where the same code may say that a connection broke. */
const connecting = new Set<unknown>(["connect", "getaddrinfo"])

/** Whether a request certainly got nowhere: the client below says so, or why it failed does. */
const isUnsent = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false
  const told = (name: string): unknown => Reflect.get(error, name)
  return told("unsent") === true || noConnection.has(told("code")) || connecting.has(told("syscall")) ||
    (error instanceof AggregateError && error.errors.length > 0 && error.errors.every(isUnsent)) ||
    isUnsent(error.cause)
}

/**
 * The error for a request that got no answer, or whose answer could not be read, and why. `unsent` is whether the server
 * certainly got nothing of it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const unanswered = (
  call: Call,
  attempts: number,
  why: string,
  scrub: Scrub,
  unsent = false
): PineconeError.TransportError =>
  new PineconeError.TransportError({
    ...place(call),
    attempts,
    message: `${where(call)} got no answer: ${scrub(why)}`,
    unsent
  })

/**
 * Why the HTTP client below failed, in its own words.
 *
 * @since 0.1.0
 * @category getters
 */
export const whyOf = (error: HttpClientError.HttpClientError): string =>
  causeOf(error.cause) || error.description || error.reason

/**
 * The error for an answer that has begun and was not finished, and why.
 *
 * @since 0.1.0
 * @category constructors
 */
export const brokenOff = (
  call: Call,
  attempts: number,
  why: string,
  scrub: Scrub
): PineconeError.TransportError =>
  new PineconeError.TransportError({
    ...place(call),
    attempts,
    message: `the answer to ${where(call)} was cut off: ${scrub(why)}`
  })

/**
 * The error for a host that no address can be made of: found out before anything was sent.
 *
 * @since 0.1.0
 * @category constructors
 */
export const noAddress = (call: Call, why: string, scrub: Scrub): PineconeError.InvalidRequest =>
  new PineconeError.InvalidRequest({
    ...place(call),
    attempts: 0,
    message: `${where(call)} has no valid address: ${scrub(why)}`,
    field: "host"
  })

/**
 * The error for a failure of the HTTP client below. Such a client can tell that it sent nothing of a request: its error, or
 * a cause of it, then has a field `unsent` that is true.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromTransport = (
  error: HttpClientError.HttpClientError,
  call: Call,
  attempts: number,
  scrub: Scrub
): PineconeError.RequestError => {
  const why = whyOf(error)
  if (error._tag === "RequestError" && error.reason === "InvalidUrl") return noAddress(call, why, scrub)
  return unanswered(call, attempts, why, scrub, error._tag === "RequestError" && isUnsent(error))
}

/**
 * The error for a try that took too long.
 *
 * @since 0.1.0
 * @category constructors
 */
export const timedOut = (call: Call, attempts: number, timeout: Duration.Duration): PineconeError.TimedOut =>
  late(call, attempts, timeout, `${where(call)} was not answered within`)

/**
 * The error for an answer that has begun and of which nothing more came for too long.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fellSilent = (call: Call, attempts: number, timeout: Duration.Duration): PineconeError.TimedOut =>
  late(call, attempts, timeout, `the answer to ${where(call)} stopped: no data for`)

const late = (call: Call, attempts: number, timeout: Duration.Duration, what: string): PineconeError.TimedOut =>
  new PineconeError.TimedOut({
    ...place(call),
    attempts,
    timeout,
    message: `${what} ${Duration.format(timeout)}; raise the timeout in the settings, or with Call.withTimeout`
  })

/** What a Schema expects, as a sentence has it. */
const expected = (what: string): string =>
  what.replace(/ \((En|De)coded side\)$/, "").replace(/^(string|number|boolean)$/, "a $1").replace(
    /^(Struct$|\{.*)/s,
    "an object"
  )

const plain = (message: string): string =>
  message.replace(
    /^Expected (.*), actual (.*)$/s,
    (_, what: string, actual: string) => `must be ${expected(what)}, got ${actual}`
  ).replace(/\s+/g, " ")

const step = (key: PropertyKey): string => typeof key === "number" ? `[${key}]` : `.${String(key)}`

/**
 * What does not fit a Schema, in one line: where it is, and what is wrong there. Of several problems it names the deepest, which is
 * the nearest to what was meant.
 *
 * @since 0.1.0
 * @category getters
 */
export const whyNoFit = (issue: ParseResult.ParseIssue | ParseResult.ParseError): string =>
  deepestOf(
    ParseResult.isParseError(issue)
      ? ParseResult.ArrayFormatter.formatErrorSync(issue)
      : ParseResult.ArrayFormatter.formatIssueSync(issue)
  )

/**
 * The same of issues that are listed already.
 *
 * @since 0.1.0
 * @category getters
 */
export const deepestOf = (
  issues: ReadonlyArray<{ readonly path: ReadonlyArray<PropertyKey>; readonly message: string }>
): string => {
  const none: (typeof issues)[number] = { path: [], message: "the value does not match" }
  const deepest = issues.reduce(
    (found, other) => other.path.length > found.path.length ? other : found,
    issues[0] ?? none
  )
  const path = deepest.path.map(step).join("").replace(/^\./, "")
  return `${path === "" ? "" : `${path} `}${plain(deepest.message).slice(0, 500)}`
}

/**
 * The error for an answer of another form than the API defines.
 *
 * @since 0.1.0
 * @category constructors
 */
export const invalidResponse = (
  call: Call,
  attempts: number,
  why: string,
  scrub: Scrub
): PineconeError.InvalidResponse =>
  new PineconeError.InvalidResponse({
    ...place(call),
    attempts,
    message: `${where(call)} returned an answer that the API does not define: ${scrub(why).slice(0, 2000)}`
  })

/**
 * The error for input that does not fit the API's definition, found before it was sent.
 *
 * @since 0.1.0
 * @category constructors
 */
export const invalidInput = (call: Call, why: string, scrub: Scrub): PineconeError.InvalidRequest =>
  new PineconeError.InvalidRequest({
    ...place(call),
    message: `${where(call)} was not sent: ${scrub(why).slice(0, 2000)}`
  })
