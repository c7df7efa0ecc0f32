/**
 * Streams of records as Parquet files, with the columns that Pinecone's bulk import reads: `id`, `values`,
 * `sparse_values` and `metadata` (a JSON text). A column that no record of a file has a value for is left out of it.
 *
 * Records are written as they come: what is in memory is one row group. A file gets its name when it is complete, so that
 * a run which fails or is interrupted leaves none behind. The path can be the URI of an object store, such as `s3://bucket/export`: the
 * stores are those of `Stores` of `@effect-pinecone/stores` in the context.
 *
 * ```ts
 * import * as ParquetWriter from "@effect-pinecone/parquet/ParquetWriter"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * const records = Stream.range(1, 100_000).pipe(
 *   Stream.map((n) => ({ id: `record-${n}`, values: [n, 1, 0], metadata: { even: n % 2 === 0 } }))
 * )
 *
 * // export/en/0.parquet, export/en/1.parquet, …
 * const program = ParquetWriter.writeFolder("export", records, { namespace: "en", maxRecords: 20_000 }).pipe(
 *   Effect.tap(({ files, records }) => Effect.log(`${records} records in ${files.length} files`))
 * )
 * ```
 *
 * @since 0.1.0
 */
import * as Limits from "@effect-pinecone/schema/Limits"
import type { VectorRecord } from "@effect-pinecone/schema/VectorRecord"
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import * as writing from "./internal/write.js"
import { ParquetError } from "./ParquetError.js"

/**
 * How records become the columns of a file.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * @default "snappy"
   */
  readonly compression?: "snappy" | "uncompressed" | undefined
  /**
   * About how many bytes a row group has, which is about what is in memory while it is filled.
   *
   * @default 16 MiB
   */
  readonly rowGroupBytes?: number | undefined
}

/**
 * How records are divided among the files of a folder.
 *
 * @since 0.1.0
 * @category models
 */
export interface FolderOptions extends Options {
  /**
   * The namespace that the records will be imported into, and the name of their folder: 1 to 512 characters, none of them
   * a slash.
   *
   * @default "__default__"
   */
  readonly namespace?: string | undefined
  /**
   * The most records of a file.
   *
   * @default as many as `maxBytes` allows
   */
  readonly maxRecords?: number | undefined
  /**
   * About how large a file becomes; a little more than this where the last record did not fit.
   *
   * @default 512 MiB
   */
  readonly maxBytes?: number | undefined
  /**
   * Whether Parquet files that are in the folder of the namespace already are removed, once the new ones are complete.
   * Without, it is an error if there are any: they would be imported too.
   *
   * @default false
   */
  readonly overwrite?: boolean | undefined
}

/**
 * A file that was written.
 *
 * @since 0.1.0
 * @category models
 */
export interface Written {
  readonly path: string
  readonly records: number
  readonly bytes: number
}

/**
 * What was written.
 *
 * @since 0.1.0
 * @category models
 */
export interface Summary {
  readonly files: ReadonlyArray<Written>
  readonly records: number
  readonly bytes: number
}

/**
 * Writes the records to one file, which is replaced if it is there. Its folder is made if it is not.
 *
 * @since 0.1.0
 * @category destinations
 */
export const write = <E, R>(
  path: string,
  records: Stream.Stream<VectorRecord, E, R>,
  options: Options = {}
): Effect.Effect<Written, E | ParquetError, R | FileSystem.FileSystem | Path.Path> =>
  writing.write(path, records, options)

/**
 * How far a file is that is not complete: its row groups. It is plain data, which a program can keep where it likes.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Position = Schema.Struct({
  /** Records that are written. */
  records: Schema.Int,
  /** Bytes that are written. */
  bytes: Schema.Int,
  /** Which of the columns have had a value. */
  used: Schema.Array(Schema.Boolean),
  groups: Schema.Array(Schema.Struct({
    rows: Schema.Int,
    columns: Schema.Array(Schema.Struct({
      values: Schema.Int,
      uncompressed: Schema.Int,
      bytes: Schema.Int,
      offset: Schema.Int
    }))
  }))
}).annotations({ identifier: "ParquetPosition" })

/**
 * The type of the `Position` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface Position extends Schema.Schema.Type<typeof Position> {}

/**
 * How a file is written that can be continued.
 *
 * @since 0.1.0
 * @category models
 */
export interface ResumableOptions extends Options {
  /**
   * Where an earlier run of the same path and `compression` was: the last position that it gave.
   *
   * @default from the beginning
   */
  readonly resumeFrom?: Position | undefined
  /** Runs after each row group that is written, with the position to resume from if the run ends early. */
  readonly onRowGroup?: ((position: Position) => Effect.Effect<void>) | undefined
}

/**
 * Writes the records to one file on a disk, as {@link write} does, but keeps what is written where the run ends early: in
 * `<path>.part`, which a later run with `resumeFrom` continues. The records are asked for without those that are written already,
 * and must be in the same order again. It fails if the part is gone.
 *
 * ```ts
 * import * as ParquetWriter from "@effect-pinecone/parquet/ParquetWriter"
 * import * as Effect from "effect/Effect"
 * import * as Ref from "effect/Ref"
 * import * as Stream from "effect/Stream"
 *
 * const numbers = (skip: number) =>
 *   Stream.map(Stream.range(skip + 1, 1_000_000), (n) => ({ id: `record-${n}`, values: [n, 1, 0] }))
 *
 * const program = Effect.gen(function*() {
 *   const last = yield* Ref.make<ParquetWriter.Position | undefined>(undefined)
 *   const attempt = Effect.flatMap(Ref.get(last), (resumeFrom) =>
 *     ParquetWriter.writeResumable("numbers.parquet", numbers, {
 *       resumeFrom,
 *       onRowGroup: (position) => Ref.set(last, position)
 *     }))
 *   yield* Effect.retry(attempt, { times: 3 })
 * })
 * ```
 *
 * @since 0.1.0
 * @category destinations
 */
export const writeResumable = <E, R>(
  path: string,
  records: (skip: number) => Stream.Stream<VectorRecord, E, R>,
  options: ResumableOptions = {}
): Effect.Effect<Written, E | ParquetError, R | FileSystem.FileSystem | Path.Path> =>
  writing.writeResumable(path, records, options)

/**
 * Writes the records to files of a size that is chosen, in the layout of a bulk import: `<root>/<namespace>/0.parquet`,
 * `1.parquet` and so on. The files get their names when all of them are complete. Without records, there is one file
 * without rows.
 *
 * @since 0.1.0
 * @category destinations
 */
export const writeFolder = <E, R>(
  root: string,
  records: Stream.Stream<VectorRecord, E, R>,
  options: FolderOptions = {}
): Effect.Effect<Summary, E | ParquetError, R | FileSystem.FileSystem | Path.Path> => {
  const { namespace = "__default__" } = options
  const isFolder = namespace !== "" && namespace !== "." && namespace !== ".." && !/[/\\\0]/.test(namespace)
  return isFolder && namespace.length <= Limits.limits.namespaceLength
    ? writing.writeFolder(root, namespace, records, options)
    : Effect.fail(
      new ParquetError({
        message: `The namespace ${JSON.stringify(namespace)} cannot be the name of a folder: ` +
          `use 1 to ${Limits.limits.namespaceLength} characters, none of them a slash`,
        reason: "Unwritable",
        file: root
      })
    )
}
