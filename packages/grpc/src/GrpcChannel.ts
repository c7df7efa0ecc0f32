/**
 * The way by which gRPC calls reach a server: over connections of `@grpc/grpc-js`, or within the process.
 *
 * @since 0.1.0
 */
import type * as Headers from "@effect/platform/Headers"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"

/**
 * A call with one request message and one answer.
 *
 * @since 0.1.0
 * @category models
 */
export interface Unary {
  /** The host of an index, with or without a scheme: `http:` is plaintext, `https:` is TLS. */
  readonly host: string
  /** `/VectorService/Upsert` */
  readonly path: string
  /** The request message. */
  readonly body: Uint8Array
  /** The metadata, by names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** How long the caller waits at most, in milliseconds: the deadline that the server is told. */
  readonly timeout: number
}

/**
 * The answer to a call.
 *
 * @since 0.1.0
 * @category models
 */
export interface Reply {
  /** The answer message. */
  readonly body: Uint8Array
  /** The metadata before the answer and behind it. */
  readonly headers: Headers.Headers
}

/**
 * A call that ended with another status than OK.
 *
 * @since 0.1.0
 * @category errors
 */
export class Status extends Data.TaggedError("Status")<{
  /** The number of the gRPC status. */
  readonly code: number
  readonly message: string
  readonly headers: Headers.Headers
  /** Whether the server said so; else there was no connection, or it broke. */
  readonly answered: boolean
  /** Whether there was an answer that is none of gRPC's: too large, without a message, compressed in an unknown way. */
  readonly malformed?: boolean
  /** The status of an answer that was HTTP's alone, as who stands before the server gives it. */
  readonly httpStatus?: number
}> {}

/**
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** Interrupting it cancels the call. */
  readonly unary: (call: Unary) => Effect.Effect<Reply, Status>
}

/**
 * @since 0.1.0
 * @category tags
 */
export class GrpcChannel extends Context.Tag("@effect-pinecone/grpc/GrpcChannel")<GrpcChannel, Service>() {}
