/**
 * Parquet files as streams of records.
 *
 * A file is read page by page: what is in memory is one page of each column and the records that are handed out, whatever
 * the size of the file and of its row groups. Of a file in an object store up to 32 MB are fetched before they are needed. The vectors of records that follow each other are views of one block of
 * memory; copy one (`values.slice()`) that is to be kept for long.
 *
 * ```ts
 * import * as ParquetReader from "@effect-pinecone/parquet/ParquetReader"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * // All files of all folders under `export`, with the columns that are no vectors as metadata.
 * const program = ParquetReader.records("export/**\/*.parquet", {
 *   columns: { values: "embedding", metadata: "rest" }
 * }).pipe(
 *   Stream.runForEach(({ id, values }) => Effect.log(id, values?.length))
 * )
 * ```
 *
 * @since 0.1.0
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import * as Chunk from "effect/Chunk"
import type * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type * as Columns from "./Columns.js"
import * as folder from "./internal/folders.js"
import * as inspecting from "./internal/footer.js"
import * as reading from "./internal/rows.js"
import * as sources from "./internal/sources.js"
import { ParquetError } from "./ParquetError.js"

/**
 * What to read: the path of a file; the path of a folder, for all `*.parquet` under it; a glob, where `*` stands for part of
 * a name and `**` for folders at any depth; or a list of those. Each can be the URI of an object store too, such as
 * `s3://bucket/export`; the stores are those of `Stores` of `@effect-pinecone/stores` in the context. The files of a folder or a glob come in the order of their
 * paths, where a number in a name counts as one: `2.parquet` before `10.parquet`. A file that is named twice is read once.
 *
 * @since 0.1.0
 * @category models
 */
export type Source = string | ReadonlyArray<string>

/**
 * How the rows of a file become records.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * Which columns hold what.
   *
   * @default `id`, `values`, `sparse_values` and `metadata`
   */
  readonly columns?: Columns.Columns | undefined
  /**
   * How many records are left out at the start, across files. Files and row groups that are left out as a whole are not
   * decoded, only counted.
   *
   * @default 0
   */
  readonly skip?: number | undefined
}

/**
 * The same, and what to do about invalid rows.
 *
 * @since 0.1.0
 * @category models
 */
export interface RowsOptions extends Options {
  /**
   * The most rows that are handed out at once.
   *
   * @default 1000
   */
  readonly chunkRows?: number | undefined
}

/**
 * A record of a file, its vectors as typed arrays.
 *
 * @since 0.1.0
 * @category models
 */
export interface ParquetRecord extends Columns.ColumnRecord {}

/**
 * A row that is no record.
 *
 * @since 0.1.0
 * @category models
 */
export interface RowProblem extends reading.RowProblem {}

/**
 * Rows of one file that follow each other: their records, and what is wrong with those that are none.
 *
 * @since 0.1.0
 * @category models
 */
export interface Rows extends reading.Rows {}

/**
 * A file of a folder.
 *
 * @since 0.1.0
 * @category models
 */
export interface File extends folder.File {}

/**
 * What the footer of a file says.
 *
 * @since 0.1.0
 * @category models
 */
export interface Footer extends inspecting.Footer {}

/**
 * A namespace and its files, in the layout of a bulk import.
 *
 * @since 0.1.0
 * @category models
 */
export interface Folder extends folder.Folder {}

/**
 * The rows of the files, each a record or a problem, so that what is wrong can be counted or left out. A chunk never
 * reaches from one file, or from one row group, into the next.
 *
 * @since 0.1.0
 * @category streams
 */
export const rows = (
  source: Source,
  options: RowsOptions = {}
): Stream.Stream<Rows, ParquetError, FileSystem.FileSystem | Path.Path> =>
  Stream.suspend(() => {
    const skip = { left: Math.max(0, Math.floor(options.skip ?? 0) || 0) }
    const chunkRows = Math.max(1, Math.floor(options.chunkRows ?? 1000) || 1)
    return Stream.flatMap(
      Stream.fromIterableEffect(sources.filesOf(source)),
      (file) => reading.rowsOf(file, chunkRows, options.columns, skip)
    )
  })

const failure = ({ column, file, message, row }: RowProblem): ParquetError =>
  new ParquetError({ message: `${file}, row ${row}: ${message}`, reason: "InvalidRow", file, row, column })

/**
 * The records of the files, in their order. A row that is no record ends the stream, after the records before it, with an
 * error that names file, row and column; {@link rows} goes on instead.
 *
 * @since 0.1.0
 * @category streams
 */
export const records = (
  source: Source,
  options?: Options
): Stream.Stream<ParquetRecord, ParquetError, FileSystem.FileSystem | Path.Path> =>
  Stream.flatMap(rows(source, options), ({ problems: [problem], records, start }) =>
    problem === undefined
      ? Stream.fromChunk(Chunk.unsafeFromArray(records))
      // The rows before the first problem are all records.
      : Stream.concat(
        Stream.fromChunk(Chunk.unsafeFromArray(records.slice(0, problem.row - start))),
        Stream.fail(failure(problem))
      ))

/**
 * The files of a source, in the order in which they are read.
 *
 * @since 0.1.0
 * @category getters
 */
export const files: (
  source: Source
) => Effect.Effect<ReadonlyArray<string>, ParquetError, FileSystem.FileSystem | Path.Path> = sources.filesOf

/**
 * What the footer of a file says, without its rows: how many there are, the names of the columns, and why these columns are
 * no records, if they are not.
 *
 * @since 0.1.0
 * @category getters
 */
export const footer: (
  file: string,
  options?: Pick<Options, "columns">
) => Effect.Effect<Footer, ParquetError, FileSystem.FileSystem> = inspecting.footerOf

/**
 * The namespaces of an import folder with their files: a folder for each namespace, and beside them the files of the
 * default namespace, which is called `__default__`.
 *
 * @since 0.1.0
 * @category getters
 */
export const folders: (
  root: string
) => Effect.Effect<ReadonlyArray<Folder>, ParquetError, FileSystem.FileSystem | Path.Path> = folder.foldersOf
