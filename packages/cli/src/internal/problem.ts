import * as PineconeError from "effect-pinecone/PineconeError"
import * as Data from "effect/Data"
import * as Predicate from "effect/Predicate"
import type { ExitCode } from "../ExitCode.js"
import * as ExitCodes from "../ExitCode.js"

/** Why a command ends without what it was asked for, in one line: what is wrong, why, and what to do. */
export class Problem extends Data.TaggedError("PineconeCliProblem")<{
  readonly message: string
  readonly code: ExitCode
}> {}

/** A command line that cannot be: which options, and what they must be. */
export const usage = (message: string): Problem => new Problem({ message, code: ExitCodes.usage })

export const unusable = (message: string): Problem => new Problem({ message, code: ExitCodes.file })

const codes: { readonly [tag: string]: ExitCode } = {
  PineconeUnauthorized: ExitCodes.access,
  PineconeForbidden: ExitCodes.access,
  PineconePaymentRequired: ExitCodes.access,
  PineconeNotFound: ExitCodes.notFound,
  PineconeAlreadyExists: ExitCodes.refused,
  PineconePreconditionFailed: ExitCodes.refused,
  PineconeInvalidRequest: ExitCodes.refused,
  PineconeLimitExceeded: ExitCodes.refused,
  PineconeInvalidMetadata: ExitCodes.refused,
  PineconeNotImplemented: ExitCodes.refused,
  PineconeIndexMismatch: ExitCodes.refused,
  PineconeOperationFailed: ExitCodes.refused,
  PineconeRateLimited: ExitCodes.unavailable,
  PineconeServiceUnavailable: ExitCodes.unavailable,
  PineconeTransportError: ExitCodes.unavailable,
  PineconeTimedOut: ExitCodes.unavailable,
  PineconeParquetError: ExitCodes.file,
  PineconeColumnError: ExitCodes.file,
  PineconeIpcError: ExitCodes.file,
  SystemError: ExitCodes.file,
  BadArgument: ExitCodes.file,
  PineconeInvalidSettings: ExitCodes.usage
}

/** What to do about what the server says, where its words leave that open. */
const advice: { readonly [tag: string]: string } = {
  PineconeUnauthorized: "Set PINECONE_API_KEY, or store a key with `pinecone profile set`.",
  PineconeForbidden: "Use a key with the role that this needs, or switch deletion protection off.",
  PineconeTransportError: "Check the network and the address; `pinecone profile show` prints the address in use.",
  PineconeRateLimited: "Run it again later.",
  PineconeServiceUnavailable: "Run it again later.",
  PineconeTimedOut: "Run it again later."
}

export const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim()

const ended = (text: string): string => /[.!?]$/.test(text) ? text : `${text}.`

const tagOf = (error: unknown): string =>
  Predicate.hasProperty(error, "_tag") && typeof error._tag === "string" ? error._tag : ""

const messageOf = (error: unknown): string =>
  Predicate.hasProperty(error, "message") && typeof error.message === "string" && error.message !== ""
    ? error.message
    : String(error)

/** What any failure of a command comes to. */
export const of = (error: unknown): Problem => {
  if (error instanceof Problem) return error
  // A run that ended early says why in the error of its own.
  if (/^Pinecone(Batch|Embed)Failed$/.test(tagOf(error)) && Predicate.hasProperty(error, "error")) {
    const { code, message } = of(error.error)
    return new Problem({ code, message })
  }
  const tag = tagOf(error)
  const more = advice[tag]
  const requestId = PineconeError.isPineconeError(error) && "requestId" in error && error.requestId !== undefined
    ? ` (request ${error.requestId})`
    : ""
  return new Problem({
    code: codes[tag] ?? ExitCodes.failed,
    message: oneLine(`${ended(messageOf(error))}${requestId}${more === undefined ? "" : ` ${more}`}`)
  })
}
