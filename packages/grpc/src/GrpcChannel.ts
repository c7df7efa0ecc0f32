/**
 * The way by which gRPC calls reach a server: over connections of Node, or within the process.
 *
 * @since 0.1.0
 */
import * as ErrorBody from "@effect-pinecone/schema/ErrorBody"
import * as Json from "@effect-pinecone/schema/Json"
import * as Headers from "@effect/platform/Headers"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"

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
  /** How long the caller waits at most, in milliseconds: the deadline that is sent to the server. */
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
  /**
   * Whether it came before all of the call was sent: the connection may still read the request message.
   *
   * @default false
   */
  readonly early?: boolean
}

/**
 * A call that ended with another status than OK.
 *
 * @since 0.1.0
 * @category errors
 */
export class Status extends Schema.TaggedError<Status>()("PineconeGrpcStatus", {
  /** The number of the gRPC status. */
  code: Json.AnyNumber,
  message: Schema.String,
  headers: Headers.schema,
  /** Whether the server said so; else there was no connection, or it broke. */
  answered: Schema.Boolean,
  /** Whether there was an answer that is none of gRPC's: too large, without a message, compressed in an unknown way. */
  malformed: Schema.optional(Schema.Boolean),
  /** The status of an answer that was HTTP's alone, as who stands before the server gives it. */
  httpStatus: Schema.optional(Json.AnyNumber),
  /** Whether the server certainly got nothing of the call, or has refused it unread: to send it again does no harm. */
  unsent: Schema.optional(Schema.Boolean)
}) {}

/**
 * The methods of the `GrpcChannel` service.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** Ends with the status 4, DEADLINE_EXCEEDED, when the timeout is over. Interrupting it cancels the call. */
  readonly unary: (call: Unary) => Effect.Effect<Reply, Status>
}

/**
 * The `GrpcChannel` service.
 *
 * @since 0.1.0
 * @category tags
 */
export class GrpcChannel extends Context.Tag("@effect-pinecone/grpc/GrpcChannel")<GrpcChannel, Service>() {}

/**
 * A channel that keeps to the timeouts of its calls, made of one that does not: of a server in the same process, or of a
 * function that stands for one in a test. The time is that of the `Clock`.
 *
 * ```ts
 * import { GrpcChannel, withDeadlines } from "@effect-pinecone/grpc/GrpcChannel"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * const silent = Layer.succeed(GrpcChannel, withDeadlines({ unary: () => Effect.never }))
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const withDeadlines = (channel: Service): Service => ({
  // `Effect.timeoutFail` does not end where `Effect.all` interrupts it.
  unary: (call) =>
    Effect.gen(function*() {
      let isLate = false
      // As a value: a fiber that ends with a failure logs it, and a server may repeat what is secret.
      const answer = yield* Effect.fork(Effect.exit(channel.unary(call)))
      const timer = yield* Effect.fork(Effect.andThen(
        Effect.sleep(call.timeout),
        Effect.suspend(() => {
          isLate = true
          return Fiber.interrupt(answer)
        })
      ))
      const exit = Exit.flatten(yield* Effect.onInterrupt(Fiber.await(answer), () => Fiber.interrupt(answer)))
      yield* Fiber.interrupt(timer)
      return yield* isLate && Exit.isFailure(exit)
        ? new Status({
          code: ErrorBody.grpcStatuses.DEADLINE_EXCEEDED,
          message: "Deadline exceeded",
          headers: Headers.empty,
          answered: false
        })
        : exit
    })
})
