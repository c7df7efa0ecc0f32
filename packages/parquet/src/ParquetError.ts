/**
 * What can go wrong with Parquet files of records.
 *
 * ```ts
 * import * as ParquetReader from "@effect-pinecone/parquet/ParquetReader"
 * import * as Stream from "effect/Stream"
 *
 * const records = ParquetReader.records("movies.parquet").pipe(
 *   Stream.catchTag("PineconeParquetError", (error) => Stream.die(error))
 * )
 * ```
 *
 * @since 0.1.0
 */
import { ObjectStoreError } from "@effect-pinecone/stores/ObjectStoreError"
import * as Schema from "effect/Schema"

/**
 * Why a file or a folder cannot be read or written, or which row of it is wrong. The message says what to do.
 *
 * @since 0.1.0
 * @category errors
 */
export class ParquetError extends Schema.TaggedError<ParquetError>()("PineconeParquetError", {
  message: Schema.String,
  /**
   * - `"NotFound"`: there is no such file or folder, or it holds no Parquet files;
   * - `"Unreadable"`: the system does not let it be read;
   * - `"Unwritable"`: the system does not let it be written, or other files stand in its place;
   * - `"InvalidFile"`: it is broken, or it is no Parquet file;
   * - `"InvalidColumn"`: a column is missing, or has a type that does not fit;
   * - `"InvalidRow"`: the record of one row cannot be read, or cannot be written.
   */
  reason: Schema.Literal("NotFound", "Unreadable", "Unwritable", "InvalidFile", "InvalidColumn", "InvalidRow"),
  file: Schema.optional(Schema.String),
  /** Counted from zero in the file, or, of a record to write, in what is written. */
  row: Schema.optional(Schema.Int),
  column: Schema.optional(Schema.String),
  /** The type that the file has for a column which should have another. */
  type: Schema.optional(Schema.String),
  /** What the object store said, where the file is in one. */
  store: Schema.optional(ObjectStoreError)
}) {}
