/**
 * What can go wrong with Arrow data.
 *
 * ```ts
 * import type { ColumnError, IpcError } from "@effect-pinecone/arrow/ArrowError"
 * import * as Effect from "effect/Effect"
 *
 * const explained = <A>(read: Effect.Effect<A, ColumnError | IpcError>) =>
 *   read.pipe(
 *     Effect.catchTag("PineconeColumnError", (error) => Effect.die(`the table does not fit: ${error.message}`))
 *   )
 * ```
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * A column is missing or has an unsupported type, or a row is not a valid record. The message says what to do.
 *
 * @since 0.1.0
 * @category errors
 */
export class ColumnError extends Schema.TaggedError<ColumnError>()("PineconeColumnError", {
  message: Schema.String,
  column: Schema.optional(Schema.String),
  /** Counted from zero, from the start of the table or stream. */
  row: Schema.optional(Schema.Int)
}) {}

/**
 * Invalid Arrow IPC data: the bytes are corrupt or truncated, or they are not an IPC stream or file.
 *
 * @since 0.1.0
 * @category errors
 */
export class IpcError extends Schema.TaggedError<IpcError>()("PineconeIpcError", {
  message: Schema.String,
  cause: Schema.optional(Schema.Defect)
}) {}
