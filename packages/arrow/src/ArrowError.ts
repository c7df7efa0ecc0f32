/**
 * What can go wrong with Arrow data.
 *
 * ```ts
 * import type { ColumnError, IpcError } from "@effect-pinecone/arrow/ArrowError"
 * import * as Effect from "effect/Effect"
 *
 * const explained = <A>(read: Effect.Effect<A, ColumnError | IpcError>) =>
 *   read.pipe(
 *     Effect.catchTag("PineconeColumnError", (error) => Effect.dieMessage(`the table does not fit: ${error.message}`))
 *   )
 * ```
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"

/**
 * A column is missing or has an unsupported type, or a row is not a valid record. The message says what to do.
 *
 * @since 0.1.0
 * @category errors
 */
export class ColumnError extends Data.TaggedError("PineconeColumnError")<{
  readonly message: string
  readonly column?: string | undefined
  /** Counted from zero, from the start of the table or stream. */
  readonly row?: number | undefined
}> {}

/**
 * Invalid Arrow IPC data: the bytes are corrupt or truncated, or they are not an IPC stream or file.
 *
 * @since 0.1.0
 * @category errors
 */
export class IpcError extends Data.TaggedError("PineconeIpcError")<{
  readonly message: string
  readonly cause?: unknown
}> {}
