/**
 * What can go wrong with Arrow data.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"

/**
 * A column is missing or has a type that does not fit, or a row of it is no record. The message says what to do.
 *
 * @since 0.1.0
 * @category errors
 */
export class ColumnError extends Data.TaggedError("ColumnError")<{
  readonly message: string
  readonly column?: string | undefined
  /** Counted from zero in all of the table or stream. */
  readonly row?: number | undefined
}> {}

/**
 * Bytes that are no Arrow IPC stream or file, or that end too early.
 *
 * @since 0.1.0
 * @category errors
 */
export class IpcError extends Data.TaggedError("IpcError")<{
  readonly message: string
  readonly cause?: unknown
}> {}
