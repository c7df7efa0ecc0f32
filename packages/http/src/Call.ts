/**
 * What the HTTP layer knows of the operation that a request belongs to: for its errors, its span, its timeout, and
 * whether it may be retried.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/**
 * What errors, spans, timeouts and retries need to know about a request.
 *
 * @since 0.1.0
 * @category models
 */
export interface Call {
  /** The operation's name in the API definition, without the plane: `create_index`, `query`, `upsert`, … */
  readonly operation: string
  /** The index, by its name or its host. */
  readonly index?: string | undefined
  readonly namespace?: string | undefined
  /** The assistant, by its name. */
  readonly assistant?: string | undefined
  /**
   * Whether sending it twice does no harm. A call that is not idempotent is repeated only where the server says that it
   * did nothing.
   *
   * @default true
   */
  readonly idempotent?: boolean | undefined
  /**
   * Whether it is sent once, whatever comes of it: its body cannot be made again.
   *
   * @default false
   */
  readonly once?: boolean | undefined
  /** How many records, ids or texts it is about. */
  readonly batchSize?: number | undefined
}

/**
 * The call that an effect belongs to, for a `transformClient` that wants to know: `yield* Call.Current`.
 *
 * @since 0.1.0
 * @category references
 */
export class Current extends Context.Reference<Current>()("@effect-pinecone/http/Call/Current", {
  defaultValue: (): Call => ({ operation: "request" })
}) {}

/**
 * The timeout of an effect's requests, where it is not the one of the settings.
 *
 * @since 0.1.0
 * @category references
 */
export class Timeout extends Context.Reference<Timeout>()("@effect-pinecone/http/Call/Timeout", {
  defaultValue: (): Duration.DurationInput | undefined => undefined
}) {}

/**
 * Gives every request of an effect another timeout than the one of the settings. It holds for each attempt; to bound a
 * call with its retries, use `Effect.timeout`.
 *
 * ```ts
 * import * as Call from "@effect-pinecone/http/Call"
 * import { PineconeHttpClient } from "@effect-pinecone/http/PineconeHttpClient"
 * import * as Effect from "effect/Effect"
 *
 * const host = PineconeHttpClient.pipe(
 *   Effect.flatMap((client) => client.describeIndex("movies")),
 *   Call.withTimeout("2 seconds")
 * )
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const withTimeout =
  (timeout: Duration.DurationInput) => <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.provideService(effect, Timeout, timeout)
