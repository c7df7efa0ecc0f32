/**
 * What can go wrong with Parquet files of records.
 *
 * ```ts
 * import * as ParquetReader from "@effect-pinecone/parquet/ParquetReader"
 * import * as Stream from "effect/Stream"
 *
 * const records = ParquetReader.records("movies.parquet").pipe(
 *   Stream.catchTag("PineconeParquetError", (error) => Stream.dieMessage(error.message))
 * )
 * ```
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"

/**
 * Why a file or a folder cannot be read or written, or which row of it is wrong. The message says what to do.
 *
 * @since 0.1.0
 * @category errors
 */
export class ParquetError extends Data.TaggedError("PineconeParquetError")<{
  readonly message: string
  /**
   * - `"NotFound"`: there is no such file or folder, or it holds no Parquet files;
   * - `"Unreadable"`: the system does not let it be read;
   * - `"Unwritable"`: the system does not let it be written, or other files stand in its place;
   * - `"InvalidFile"`: it is broken, or it is no Parquet file;
   * - `"InvalidColumn"`: a column is missing, or has a type that does not fit;
   * - `"InvalidRow"`: the record of one row cannot be read, or cannot be written.
   */
  readonly reason: "NotFound" | "Unreadable" | "Unwritable" | "InvalidFile" | "InvalidColumn" | "InvalidRow"
  readonly file?: string | undefined
  /** Counted from zero in the file, or, of a record to write, in what is written. */
  readonly row?: number | undefined
  readonly column?: string | undefined
  /** The type that the file has for a column which should have another. */
  readonly type?: string | undefined
}> {}
