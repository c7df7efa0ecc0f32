/**
 * An index as Parquet files, in the layout that bulk imports read: a folder for each namespace, on a disk or in an object store.
 *
 * ```ts
 * import * as Export from "@effect-pinecone/arrow/Export"
 * import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
 * import * as Effect from "effect/Effect"
 *
 * // s3://bucket/movies/en/0.parquet, s3://bucket/movies/fr/0.parquet, …
 * const program = Effect.gen(function*() {
 *   const index = yield* VectorIndex.make({ name: "movies" })
 *   const { bytes, records } = yield* Export.exportIndex(index, "s3://bucket/movies")
 *   yield* Effect.log(`${records} records, ${bytes} bytes`)
 * })
 * ```
 *
 * The metadata is written as it is stored. What is in memory is one row group, and the parts that are being uploaded.
 *
 * @since 0.1.0
 */
import type { Copyable } from "@effect-pinecone/data-plane/Copy"
import type { RecordError } from "@effect-pinecone/data-plane/IndexAt"
import type { ParquetError } from "@effect-pinecone/parquet/ParquetError"
import * as ParquetWriter from "@effect-pinecone/parquet/ParquetWriter"
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"

/**
 * Which namespaces are written, and how their records become files.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends Omit<ParquetWriter.FolderOptions, "namespace"> {
  /**
   * The names of the namespaces.
   *
   * @default all of the index
   */
  readonly namespaces?: ReadonlyArray<string> | undefined
}

/**
 * What was written of a namespace.
 *
 * @since 0.1.0
 * @category models
 */
export interface Exported extends ParquetWriter.Summary {
  readonly namespace: string
}

/**
 * What was written.
 *
 * @since 0.1.0
 * @category models
 */
export interface Summary {
  readonly namespaces: ReadonlyArray<Exported>
  readonly records: number
  readonly bytes: number
}

/**
 * Writes the records of an index to `<root>/<namespace>/0.parquet`, `1.parquet` and so on, one namespace after another. The root is a
 * path, or a URI such as `s3://bucket/folder`. The files of a namespace appear together once all of them are written; those of the
 * namespaces before stay where a later one fails.
 *
 * Records that are written to the index meanwhile may be in the files, or not.
 *
 * @since 0.1.0
 * @category destinations
 */
export const exportIndex = (
  index: Copyable,
  root: string,
  { namespaces, ...options }: Options = {}
): Effect.Effect<Summary, ParquetError | RecordError, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function*() {
    const untyped = index.untyped()
    const names = namespaces ?? Chunk.toReadonlyArray(
      yield* Stream.runCollect(
        Stream.filterMap(untyped.listNamespacesStream(), ({ name }) => Option.fromNullable(name))
      )
    )
    const written = yield* Effect.forEach(names, (namespace) =>
      Effect.map(
        ParquetWriter.writeFolder(
          root,
          Stream.map(
            untyped.namespace(namespace).scan(),
            ({ id, metadata, sparseValues, values }) => ({ id, values, sparseValues, metadata })
          ),
          { ...options, namespace }
        ),
        (summary): Exported => ({ namespace, ...summary })
      ))
    return {
      namespaces: written,
      records: written.reduce((sum, { records }) => sum + records, 0),
      bytes: written.reduce((sum, { bytes }) => sum + bytes, 0)
    }
  })
