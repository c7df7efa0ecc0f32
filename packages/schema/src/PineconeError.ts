/**
 * Everything that can go wrong between an application and Pinecone, as one flat union of tagged errors: one member for
 * each thing that a caller does differently about.
 *
 * Every member carries what is needed to find out what happened: the operation, the HTTP status, Pinecone's own code and
 * message, the request id, the index and the namespace, how often it was tried, and the body as it came. None holds a
 * request or its headers, so no API key can be read from one.
 *
 * `Effect.catchTag` tells the members apart. Where a program treats several alike there are guards, which take any value and
 * say no to what is not one of these errors:
 *
 * | guard | what to do |
 * |---|---|
 * | {@link isRetryable} | retry later |
 * | {@link isThrottled} | reduce the request rate, then retry; {@link retryAfter} says when |
 * | {@link isAccessDenied} | check the API key and what it may do |
 * | {@link isInvalidInput} | fix the input: it fails again as it is |
 * | {@link isNotFound} | create it, or do without |
 *
 * Each member is a Schema, as is their union: an error survives encoding, JSON and decoding as the same error, and can be
 * added to an `HttpApi`.
 *
 * ```ts
 * import * as PineconeError from "@effect-pinecone/schema/PineconeError"
 * import * as Effect from "effect/Effect"
 *
 * const orUndefined = <A>(effect: Effect.Effect<A, PineconeError.PineconeError>) =>
 *   effect.pipe(
 *     Effect.catchTag("PineconeNotFound", () => Effect.succeed(undefined)),
 *     Effect.tapError((error) => Effect.logWarning(error.message, { retryable: PineconeError.isRetryable(error) }))
 *   )
 * ```
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Json from "./Json.js"

/**
 * What every error has, whichever copy of this package made it.
 *
 * @since 0.1.0
 * @category symbols
 */
export const TypeId: unique symbol = Symbol.for("@effect-pinecone/schema/PineconeError")

/**
 * The type of {@link TypeId}.
 *
 * @since 0.1.0
 * @category symbols
 */
export type TypeId = typeof TypeId

const context = {
  /** What happened, and what to do about it. */
  message: Schema.String,
  /** The operation, as Pinecone names it: `upsert`, `create_index`, … */
  operation: Schema.String,
  /** The HTTP status; absent where no answer was received or nothing was sent. */
  status: Schema.optional(Schema.Int),
  /** Pinecone's code (`NOT_FOUND`, `RESOURCE_EXHAUSTED`, …). */
  code: Schema.optional(Schema.String),
  /** The id that Pinecone gave to the request, for its support. */
  requestId: Schema.optional(Schema.String),
  /** The index, by name or host. */
  index: Schema.optional(Schema.String),
  /** The assistant, by its name. */
  assistant: Schema.optional(Schema.String),
  /** The namespace, where the operation has one. */
  namespace: Schema.optional(Schema.String),
  /** How many times the request was sent; 0 where it was refused before. */
  attempts: Schema.Int.pipe(Schema.propertySignature, Schema.withConstructorDefault(() => 0)),
  /** The body of the answer, as it came. */
  body: Schema.optional(Schema.String)
}

/**
 * The fields that every error has.
 *
 * @since 0.1.0
 * @category models
 */
export interface Context extends Schema.Struct.Constructor<typeof context> {}

/** What tells an error of ours from others is not seen where an error is shown or compared. */
const branded = <Class extends { readonly prototype: object }>(error: Class): Class => {
  Object.defineProperty(error.prototype, TypeId, { value: TypeId })
  return error
}

/**
 * The API key is missing, unknown or revoked (401).
 *
 * @since 0.1.0
 * @category errors
 */
export class Unauthorized extends branded(Schema.TaggedError<Unauthorized>()("PineconeUnauthorized", context)) {}

/**
 * The key may not do this, the quota is exhausted, or deletion protection is on (403).
 *
 * @since 0.1.0
 * @category errors
 */
export class Forbidden extends branded(Schema.TaggedError<Forbidden>()("PineconeForbidden", context)) {}

/**
 * The organization has unpaid invoices (402).
 *
 * @since 0.1.0
 * @category errors
 */
export class PaymentRequired
  extends branded(Schema.TaggedError<PaymentRequired>()("PineconePaymentRequired", context))
{}

/**
 * The index, namespace, backup, collection, import or job does not exist (404).
 *
 * @since 0.1.0
 * @category errors
 */
export class NotFound extends branded(Schema.TaggedError<NotFound>()("PineconeNotFound", context)) {}

/**
 * Something of that name exists (409).
 *
 * @since 0.1.0
 * @category errors
 */
export class AlreadyExists extends branded(Schema.TaggedError<AlreadyExists>()("PineconeAlreadyExists", context)) {}

/**
 * The resource is not in a state for this: a pending collection or restore job holds it (412), or an organization needs it, as
 * it does its last owner (409 of the code `ABORTED`).
 *
 * @since 0.1.0
 * @category errors
 */
export class PreconditionFailed
  extends branded(Schema.TaggedError<PreconditionFailed>()("PineconePreconditionFailed", context))
{}

/**
 * The request is wrong: found by the SDK before anything was sent (`attempts` is 0 and `field` says where), or by
 * Pinecone (400, 422 and other statuses of the kind).
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidRequest extends branded(
  Schema.TaggedError<InvalidRequest>()("PineconeInvalidRequest", {
    ...context,
    /** The field that is wrong: `values[3]`, `metadata.genre`, `topK`, … */
    field: Schema.optional(Schema.String),
    /** The record that is wrong. */
    recordId: Schema.optional(Schema.String)
  })
) {}

/**
 * A limit of Pinecone's would be passed; nothing was sent.
 *
 * @since 0.1.0
 * @category errors
 */
export class LimitExceeded extends branded(
  Schema.TaggedError<LimitExceeded>()("PineconeLimitExceeded", {
    ...context,
    /** The field that is too large or too long. */
    field: Schema.String,
    /** The name of the limit in `Limits`. */
    limit: Schema.String,
    /** The most that is allowed. */
    maximum: Json.AnyNumber,
    /** What was given; NaN where it was not a number. */
    actual: Json.AnyNumber,
    /** The record that is too large. */
    recordId: Schema.optional(Schema.String)
  })
) {}

/**
 * Too many requests (429). Retried by the SDK; this is the error once the retries are exhausted.
 *
 * @since 0.1.0
 * @category errors
 */
export class RateLimited extends branded(
  Schema.TaggedError<RateLimited>()("PineconeRateLimited", {
    ...context,
    /** How long the server asks to wait. */
    retryAfter: Schema.optional(Json.Millis)
  })
) {}

/**
 * Pinecone failed or is not there for now (500, 502, 503, 504, 408).
 *
 * @since 0.1.0
 * @category errors
 */
export class ServiceUnavailable extends branded(
  Schema.TaggedError<ServiceUnavailable>()("PineconeServiceUnavailable", {
    ...context,
    /** How long the server asks to wait. */
    retryAfter: Schema.optional(Json.Millis)
  })
) {}

/**
 * The server does not do this (501): the embedded server says so of what it has not got.
 *
 * @since 0.1.0
 * @category errors
 */
export class NotImplemented extends branded(Schema.TaggedError<NotImplemented>()("PineconeNotImplemented", context)) {}

/**
 * No answer: the host could not be reached, or the connection broke.
 *
 * @since 0.1.0
 * @category errors
 */
export class TransportError extends branded(
  Schema.TaggedError<TransportError>()("PineconeTransportError", {
    ...context,
    /**
     * Whether the server certainly got nothing of the request: there was no connection, or the server refused it unread. To
     * send it again does no harm, whatever it does.
     */
    unsent: Schema.Boolean.pipe(Schema.propertySignature, Schema.withConstructorDefault(() => false))
  })
) {}

/**
 * No answer in time, or a wait that came to its end before what it waited for.
 *
 * @since 0.1.0
 * @category errors
 */
export class TimedOut extends branded(
  Schema.TaggedError<TimedOut>()("PineconeTimedOut", {
    ...context,
    /** How long it was waited. */
    timeout: Json.Millis
  })
) {}

/**
 * An answer that is not what the API defines.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidResponse
  extends branded(Schema.TaggedError<InvalidResponse>()("PineconeInvalidResponse", context))
{}

/**
 * A record's metadata does not fit the Schema of the index: on its way in (`attempts` is 0) or as it came back.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidMetadata extends branded(
  Schema.TaggedError<InvalidMetadata>()("PineconeInvalidMetadata", {
    ...context,
    /** The record whose metadata it is. Absent where an update of all records that match a filter sets it. */
    recordId: Schema.optional(Schema.String),
    /** Where in the metadata: `["year"]`. */
    path: Schema.Array(Schema.Union(Schema.String, Schema.JsonNumber))
  })
) {}

/**
 * Work on the server ended, or is stuck, in a state from which it will not succeed: an index that failed to initialize,
 * an import or a restore job that failed or was cancelled, a file that could not be processed.
 *
 * @since 0.1.0
 * @category errors
 */
export class OperationFailed extends branded(
  Schema.TaggedError<OperationFailed>()("PineconeOperationFailed", {
    ...context,
    /** What it is: `index`, `import`, `restore_job`, `backup`, `collection`, `assistant`, `file` or `file_operation`. */
    resource: Schema.String,
    /** Which one. */
    id: Schema.String,
    /** The state that it is in, as Pinecone names it. */
    state: Schema.String
  })
) {}

/**
 * An index of that name exists, and is another than the one asked for.
 *
 * @since 0.1.0
 * @category errors
 */
export class IndexMismatch extends branded(
  Schema.TaggedError<IndexMismatch>()("PineconeIndexMismatch", {
    ...context,
    /** What differs. */
    differences: Schema.Array(Schema.Struct({
      field: Schema.String,
      expected: Schema.String,
      actual: Schema.String
    }))
  })
) {}

/**
 * Every error of the SDK.
 *
 * @since 0.1.0
 * @category models
 */
export type PineconeError =
  | Unauthorized
  | Forbidden
  | PaymentRequired
  | NotFound
  | AlreadyExists
  | PreconditionFailed
  | InvalidRequest
  | LimitExceeded
  | RateLimited
  | ServiceUnavailable
  | NotImplemented
  | TransportError
  | TimedOut
  | InvalidResponse
  | InvalidMetadata
  | OperationFailed
  | IndexMismatch

/**
 * What any request that is sent can end in.
 *
 * @since 0.1.0
 * @category models
 */
export type RequestError = Exclude<
  PineconeError,
  LimitExceeded | InvalidMetadata | OperationFailed | IndexMismatch
>

/**
 * What a request can end in whose input is checked before it is sent.
 *
 * @since 0.1.0
 * @category models
 */
export type CheckedRequestError = RequestError | LimitExceeded

const requestMembers = [
  Unauthorized,
  Forbidden,
  PaymentRequired,
  NotFound,
  AlreadyExists,
  PreconditionFailed,
  InvalidRequest,
  RateLimited,
  ServiceUnavailable,
  NotImplemented,
  TransportError,
  TimedOut,
  InvalidResponse
] as const

const members = [...requestMembers, LimitExceeded, InvalidMetadata, OperationFailed, IndexMismatch] as const

/**
 * What any request can end in, as a Schema.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RequestError: Schema.Union<typeof requestMembers> = Schema.Union(...requestMembers)

/**
 * What a request can end in whose input is checked before it is sent, as a Schema.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CheckedRequestError: Schema.Union<[typeof RequestError, typeof LimitExceeded]> = Schema.Union(
  RequestError,
  LimitExceeded
)

/**
 * The union as a Schema, for errors that travel (a queue, a worker, a log, an `HttpApi`).
 *
 * ```ts
 * import * as PineconeError from "@effect-pinecone/schema/PineconeError"
 * import * as Schema from "effect/Schema"
 *
 * const asText = Schema.parseJson(PineconeError.PineconeError)
 *
 * const text = Schema.encodeSync(asText)(new PineconeError.NotFound({ message: "no index", operation: "query" }))
 * Schema.decodeSync(asText)(text) // a PineconeError.NotFound
 * ```
 *
 * @since 0.1.0
 * @category schemas
 */
export const PineconeError: Schema.Union<typeof members> = Schema.Union(...members)

/**
 * Whether something is an error of the SDK, made by this copy of the package or by another. Of a proxy not even that can be
 * asked.
 *
 * @since 0.1.0
 * @category guards
 */
export const isPineconeError = (u: unknown): u is PineconeError => {
  try {
    return Predicate.hasProperty(u, TypeId)
  } catch {
    return false
  }
}

/** The statuses of a server that is in trouble for a while. */
const passing = new Set([408, 500, 502, 503, 504])

/**
 * Whether the same request may succeed a little later: after 408, 429, 500, 502, 503, 504, a timeout, or no answer.
 *
 * ```ts
 * import * as PineconeError from "@effect-pinecone/schema/PineconeError"
 * import * as Effect from "effect/Effect"
 *
 * const patient = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
 *   Effect.retry(effect, { while: PineconeError.isRetryable, times: 3 })
 * ```
 *
 * @since 0.1.0
 * @category guards
 */
export const isRetryable = (u: unknown): boolean =>
  isPineconeError(u) && (
    u._tag === "PineconeRateLimited" || u._tag === "PineconeTransportError" || u._tag === "PineconeTimedOut" ||
    (u._tag === "PineconeServiceUnavailable" && u.status !== undefined && passing.has(u.status))
  )

/**
 * Whether the server refused a request because there were too many (429).
 *
 * ```ts
 * import * as PineconeError from "@effect-pinecone/schema/PineconeError"
 * import * as Effect from "effect/Effect"
 *
 * const noted = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
 *   Effect.tapError(effect, (error) =>
 *     PineconeError.isThrottled(error)
 *       ? Effect.logWarning("throttled", PineconeError.retryAfter(error))
 *       : Effect.void)
 * ```
 *
 * @since 0.1.0
 * @category guards
 */
export const isThrottled = (u: unknown): u is RateLimited => isPineconeError(u) && u._tag === "PineconeRateLimited"

/**
 * Whether the API key is missing, unknown or revoked (401), or may not do this (403, which Pinecone answers too where a
 * quota is exhausted or deletion protection is on: `code` and `message` say which).
 *
 * ```ts
 * import * as PineconeError from "@effect-pinecone/schema/PineconeError"
 * import * as Effect from "effect/Effect"
 *
 * const explained = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
 *   Effect.tapError(effect, (error) =>
 *     PineconeError.isAccessDenied(error) ? Effect.logError("check PINECONE_API_KEY", error.message) : Effect.void)
 * ```
 *
 * @since 0.1.0
 * @category guards
 */
export const isAccessDenied = (u: unknown): u is Unauthorized | Forbidden =>
  isPineconeError(u) && (u._tag === "PineconeUnauthorized" || u._tag === "PineconeForbidden")

/**
 * Whether the input is wrong, by the SDK's checks or the server's: it fails again until it is fixed. Metadata that the
 * server has stored, and that does not fit the Schema on its way back, is not input.
 *
 * ```ts
 * import * as PineconeError from "@effect-pinecone/schema/PineconeError"
 *
 * const statusOf = (error: PineconeError.PineconeError): number => PineconeError.isInvalidInput(error) ? 400 : 502
 * ```
 *
 * @since 0.1.0
 * @category guards
 */
export const isInvalidInput = (u: unknown): boolean =>
  isPineconeError(u) && (
    u._tag === "PineconeInvalidRequest" || u._tag === "PineconeLimitExceeded" ||
    (u._tag === "PineconeInvalidMetadata" && u.attempts === 0)
  )

/**
 * Whether the index, namespace, backup, collection, import or job does not exist (404).
 *
 * ```ts
 * import * as PineconeError from "@effect-pinecone/schema/PineconeError"
 * import * as Effect from "effect/Effect"
 * import * as Option from "effect/Option"
 *
 * const ifThere = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
 *   Effect.asSome(effect).pipe(Effect.catchIf(PineconeError.isNotFound, () => Effect.succeed(Option.none<A>())))
 * ```
 *
 * @since 0.1.0
 * @category guards
 */
export const isNotFound = (u: unknown): u is NotFound => isPineconeError(u) && u._tag === "PineconeNotFound"

/**
 * How long the server asked to wait before the next try; zero where it said nothing.
 *
 * @since 0.1.0
 * @category getters
 */
export const retryAfter = (error: PineconeError): Duration.Duration =>
  (error._tag === "PineconeRateLimited" || error._tag === "PineconeServiceUnavailable") &&
    error.retryAfter !== undefined
    ? error.retryAfter
    : Duration.zero
