import * as ErrorBody from "@effect-pinecone/schema/ErrorBody"
import * as Data from "effect/Data"
import type { StoreError } from "./storeError.js"

/**
 * What a request can be refused for. Each plane writes it in its own form: `code` is the name of a gRPC status, which the
 * data plane sends as its number.
 */
export class Problem extends Data.TaggedError("Problem")<{
  readonly status: number
  readonly code: string
  readonly message: string
  readonly retryAfterSeconds?: number | undefined
  /** Why, for programs: the data plane writes it among the details. */
  readonly reason?: { readonly name: string; readonly metadata?: Readonly<Record<string, string>> } | undefined
}> {}

/** The same problem, with a reason that a program can tell from others. */
export const because = (
  { code, message, status }: Problem,
  name: string,
  metadata?: Readonly<Record<string, string>>
): Problem => new Problem({ status, code, message, reason: metadata === undefined ? { name } : { name, metadata } })

export const badRequest = (message: string) => new Problem({ status: 400, code: "INVALID_ARGUMENT", message })
export const unprocessable = (message: string) => new Problem({ status: 422, code: "UNPROCESSABLE_ENTITY", message })
export const unauthorized = new Problem({ status: 401, code: "UNAUTHENTICATED", message: "Invalid API key." })
export const invalidToken = new Problem({ status: 401, code: "UNAUTHENTICATED", message: "Invalid access token." })
export const paymentRequired = new Problem({
  status: 402,
  code: "PAYMENT_REQUIRED",
  message: "The organization has unpaid invoices. Pay them, then retry."
})
export const quotaExceeded = (code: "FORBIDDEN" | "QUOTA_EXCEEDED", message: string) =>
  new Problem({ status: 403, code, message })
export const forbidden = (message: string) => new Problem({ status: 403, code: "FORBIDDEN", message })
export const deletionProtected = forbidden(
  "Deletion protection is enabled for this index. Disable deletion protection before retrying."
)
export const notFound = (message: string) => new Problem({ status: 404, code: "NOT_FOUND", message })
export const alreadyExists = (message: string) => new Problem({ status: 409, code: "ALREADY_EXISTS", message })
export const precondition = (message: string) => new Problem({ status: 412, code: "FAILED_PRECONDITION", message })
export const notImplemented = (message: string) => new Problem({ status: 501, code: "UNIMPLEMENTED", message })
export const internal = (message: string) => new Problem({ status: 500, code: "INTERNAL", message })
export const diskFull = new Problem({
  status: 507,
  code: "RESOURCE_EXHAUSTED",
  message: "The disk of the server is full; nothing of this request was stored. Make room and send it again."
})
export const throttled = new Problem({
  status: 429,
  code: "RESOURCE_EXHAUSTED",
  message: "Too many requests.",
  retryAfterSeconds: 1
})
export const outOfMemory = (message: string) => new Problem({ status: 503, code: "UNAVAILABLE", message })
export const unavailable = new Problem({
  status: 503,
  code: "UNAVAILABLE",
  message: "The service is unavailable for now."
})

/** What a request was about came to its end while it was served: its index was deleted, or the server stops. */
export const interrupted = new Problem({
  status: 503,
  code: "UNAVAILABLE",
  message: "The request was interrupted, because its index was deleted or the server is stopping. Retry it."
})

/** What an index answers between its deletion and the end of its address. */
export const indexGone = notFound("The index of this host was deleted.")

/** The same of an index that does not serve yet. */
export const unready = (message: string) => new Problem({ status: 503, code: "UNAVAILABLE", message })

/** What a request is answered with where the store has failed. */
export const fromStore = (error: StoreError): Problem =>
  error.reason === "DiskFull" ? diskFull : internal(error.message)

/** The number of the gRPC status that a problem is. */
export const grpcStatus = ({ code }: Problem): number => {
  const found = ErrorBody.grpcCodes.indexOf(code === "FORBIDDEN" ? "PERMISSION_DENIED" : code)
  return found === -1 ? ErrorBody.grpcStatuses.INVALID_ARGUMENT : found
}
