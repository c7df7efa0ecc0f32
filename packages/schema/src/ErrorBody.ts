/**
 * Errors on the wire: `{status, error}` of the control plane, `{code, message, details}` (`rpcStatus`) of the data plane.
 *
 * ```ts
 * import * as ErrorBody from "@effect-pinecone/schema/ErrorBody"
 * import * as Schema from "effect/Schema"
 *
 * const decode = Schema.decodeUnknown(ErrorBody.RpcStatus)
 *
 * const status = decode({ code: 5, message: "Namespace not found", details: [] })
 * ```
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { JsonObject, maybe, struct } from "./internal/wire.js"

/**
 * `ErrorResponse` of the control-plane API.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ErrorResponse = struct({
  status: Schema.Int,
  error: struct({
    code: Schema.String,
    message: Schema.String,
    details: maybe(JsonObject)
  })
})

/**
 * `rpcStatus` of the data-plane API; `code` is a gRPC status.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RpcStatus = struct({
  code: maybe(Schema.Int),
  message: maybe(Schema.String),
  details: maybe(Schema.Array(
    struct({ typeUrl: maybe(Schema.String), value: maybe(Schema.String) })
  ))
})

/**
 * `ErrorResponse` of the login host, as OAuth has it.
 *
 * @since 0.1.0
 * @category schemas
 */
export const OAuthError = struct({
  error: maybe(Schema.String),
  error_description: maybe(Schema.String)
})

/**
 * The numbers of the gRPC statuses, by name.
 *
 * @since 0.1.0
 * @category constants
 */
export const grpcStatuses = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16
} as const

/**
 * The names of the gRPC statuses, by number: what `rpcStatus.code` means.
 *
 * @since 0.1.0
 * @category constants
 */
export const grpcCodes: ReadonlyArray<string> = Object.keys(grpcStatuses)
