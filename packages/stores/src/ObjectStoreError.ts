/**
 * Why an object store did not do what was asked.
 *
 * ```ts
 * import * as Stores from "@effect-pinecone/stores/Stores"
 * import * as Effect from "effect/Effect"
 *
 * const size = Stores.open("s3://bucket/export/en/0.parquet").pipe(
 *   Effect.flatMap(({ key, store }) => store.stat(key)),
 *   Effect.map(({ size }) => size),
 *   Effect.catchIf(({ reason }) => reason === "NotFound", () => Effect.succeed(0))
 * )
 * ```
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * What kind of failure it is:
 *
 * - `"NotFound"`: there is no such bucket, container, object or file;
 * - `"Forbidden"`: the credentials do not allow it;
 * - `"Credentials"`: there are none, or the service does not know them, or they have expired;
 * - `"Signature"`: the service computed another signature: the secret is wrong;
 * - `"Clock"`: the clock of this machine is too far from that of the service;
 * - `"Throttled"`: too many requests, also after all retries;
 * - `"Unavailable"`: the service failed, also after all retries;
 * - `"Connection"`: there was no connection, or it ended or was silent before the answer was complete, also after all retries;
 * - `"Changed"`: the object was replaced while it was read;
 * - `"InvalidUri"`: the URI names no object store, or no object;
 * - `"InvalidSettings"`: a setting cannot be used;
 * - `"InvalidAnswer"`: the service answered something else than its documentation says, such as a redirect;
 * - `"Unsupported"`: this kind of store cannot do that;
 * - `"Refused"`: the service or the disk refused it for another reason, which the message has.
 *
 * @since 0.1.0
 * @category models
 */
export const Reason = Schema.Literal(
  "NotFound",
  "Forbidden",
  "Credentials",
  "Signature",
  "Clock",
  "Throttled",
  "Unavailable",
  "Connection",
  "Changed",
  "InvalidUri",
  "InvalidSettings",
  "InvalidAnswer",
  "Unsupported",
  "Refused"
)

/**
 * One of the kinds of failures.
 *
 * @since 0.1.0
 * @category models
 */
export type Reason = typeof Reason.Type

const transient: ReadonlySet<Reason> = new Set<Reason>(["Throttled", "Unavailable", "Connection"])

/**
 * The message says what to do. Neither it nor any field has a key, a token or the query of a URL.
 *
 * @since 0.1.0
 * @category errors
 */
export class ObjectStoreError extends Schema.TaggedError<ObjectStoreError>()("PineconeObjectStoreError", {
  message: Schema.String,
  reason: Reason,
  /** What it was about, without the query of a URL. */
  uri: Schema.String,
  /** The HTTP status, where there was an answer. */
  status: Schema.optional(Schema.Int),
  /** The service's own code, such as `"NoSuchKey"`. */
  code: Schema.optional(Schema.String),
  /** How long the service asks to wait, in milliseconds. */
  retryAfter: Schema.optional(Schema.NonNegativeInt)
}) {
  /** Whether the same request can succeed later. */
  get isRetryable(): boolean {
    return transient.has(this.reason)
  }
}
