import type { Reason } from "../ObjectStoreError.js"
import { ObjectStoreError } from "../ObjectStoreError.js"
import { parse } from "./xml.js"

/** What a service says of a failure. */
interface Said {
  readonly code: string | undefined
  readonly message: string | undefined
  readonly detail: string | undefined
}

const nothing: Said = { code: undefined, message: undefined, detail: undefined }

/** The body of an error: XML of S3, Google and Azure, or JSON of their token services. */
const saidIn = (text: string): Said => {
  if (text.trimStart().startsWith("<")) {
    const root = parse(text)
    const error = root?.name === "ErrorResponse" ? root.child("Error") : root
    return error === undefined ? nothing : {
      code: error.text("Code"),
      message: error.text("Message"),
      detail: error.text("AuthenticationErrorDetail")
    }
  }
  const code = /"error"\s*:\s*"([^"]{1,100})"/.exec(text)?.[1] ?? /"[cC]ode"\s*:\s*"([^"]{1,100})"/.exec(text)?.[1]
  const message = /"(?:error_description|[mM]essage)"\s*:\s*"([^"]{1,500})"/.exec(text)?.[1]
  return { code, message, detail: undefined }
}

const reasons: Readonly<Record<string, Reason>> = {
  NoSuchKey: "NotFound",
  NoSuchBucket: "NotFound",
  NoSuchUpload: "NotFound",
  BlobNotFound: "NotFound",
  ContainerNotFound: "NotFound",
  ResourceNotFound: "NotFound",
  RequestTimeTooSkewed: "Clock",
  RequestExpired: "Clock",
  SignatureDoesNotMatch: "Signature",
  InvalidAccessKeyId: "Credentials",
  InvalidToken: "Credentials",
  ExpiredToken: "Credentials",
  TokenRefreshRequired: "Credentials",
  ExpiredTokenException: "Credentials",
  InvalidIdentityToken: "Credentials",
  NoAuthenticationInformation: "Credentials",
  InvalidAuthenticationInfo: "Credentials",
  invalid_grant: "Credentials",
  invalid_client: "Credentials",
  AuthenticationFailed: "Signature",
  SlowDown: "Throttled",
  ServerBusy: "Throttled",
  Throttling: "Throttled",
  ThrottlingException: "Throttled",
  RequestLimitExceeded: "Throttled",
  InternalError: "Unavailable",
  ServiceUnavailable: "Unavailable",
  OperationTimedOut: "Unavailable",
  RequestTimeout: "Connection",
  PreconditionFailed: "Changed",
  ConditionNotMet: "Changed"
}

const byStatus = (status: number): Reason =>
  status === 404 || status === 410
    ? "NotFound"
    : status === 401
    ? "Credentials"
    : status === 403
    ? "Forbidden"
    : status === 412
    ? "Changed"
    : status === 429
    ? "Throttled"
    : status === 408 || status >= 500
    ? "Unavailable"
    : status < 400
    ? "InvalidAnswer"
    : "Refused"

const reasonOf = (status: number, { code = "", detail = "", message = "" }: Said): Reason => {
  const texts = `${message} ${detail}`
  if (code === "AuthenticationFailed" || code === "AuthorizationFailure") {
    // Azure has one code for several reasons.
    if (/date (header )?(is )?too old|clock|x-ms-date/i.test(texts)) return "Clock"
    if (/signature (not valid in the specified time frame|has expired)|expired/i.test(texts)) return "Credentials"
    if (/signature/i.test(texts)) return "Signature"
  }
  return Object.hasOwn(reasons, code) ? reasons[code]! : byStatus(status)
}

const advice: Record<Reason, string> = {
  NotFound: "Check the name",
  Forbidden: "Give these credentials the permission, or use others",
  Credentials: "Check the credentials, and that they have not expired",
  Signature: "Check the secret: the service computed another signature",
  Clock: "Set the clock of this machine: it is too far from that of the service",
  Throttled: "Reduce the request rate, or retry later",
  Unavailable: "Retry later",
  Connection: "Check the address and the network",
  Changed: "It was replaced while it was read: start again",
  InvalidUri: "Check the URI",
  InvalidSettings: "Fix the setting",
  InvalidAnswer: "Check the address: another kind of server may be there",
  Unsupported: "Use another store",
  Refused: "Fix what the message names"
}

/** An error with what to do. */
export const failed = (
  reason: Reason,
  uri: string,
  what: string,
  more: { readonly status?: number; readonly code?: string | undefined; readonly retryAfter?: number | undefined } = {}
): ObjectStoreError => new ObjectStoreError({ message: `${uri}: ${what}. ${advice[reason]}`, reason, uri, ...more })

/** How long a service asks to wait, in milliseconds. */
const retryAfterOf = (header: string | undefined): number | undefined =>
  header !== undefined && /^\d{1,6}$/.test(header.trim()) ? Number(header) * 1000 : undefined

/** The origin and the path of a place, for what stands beside them may be secret. */
export const withoutQuery = (url: string): string => url.replace(/[?#].*$/s, "")

const firstLine = (text: string): string => {
  const line = text.split(/[\r\n]/)[0]!.trim().replace(/\.$/, "")
  return line.length > 300 ? `${line.slice(0, 300)}…` : line
}

/** The error that an answer stands for. */
export const refused = (
  uri: string,
  status: number,
  headers: Readonly<Record<string, string | undefined>>,
  body: string,
  scrub: (text: string) => string
): ObjectStoreError => {
  if (status < 400) {
    const to = headers["location"]
    const where = to === undefined ? "" : ` to ${scrub(withoutQuery(to))}`
    return failed(
      "InvalidAnswer",
      uri,
      `the server answered ${status}, a redirect${where}, and redirects are not followed`,
      {
        status
      }
    )
  }
  const said = saidIn(body)
  const code = said.code === undefined ? undefined : scrub(firstLine(said.code))
  const words = [`the service answered ${status}`, code, said.message && scrub(firstLine(said.message))]
  return failed(reasonOf(status, said), uri, words.filter((word) => word !== undefined && word !== "").join(", "), {
    status,
    ...(code === undefined ? {} : { code }),
    retryAfter: retryAfterOf(headers["retry-after"])
  })
}
