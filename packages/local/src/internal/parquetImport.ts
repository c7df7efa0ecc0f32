import * as ParquetReader from "@effect-pinecone/parquet/ParquetReader"
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

export interface ImportFile extends ParquetReader.File {
  readonly namespace: string
}

export interface ImportedRecord extends ParquetReader.ParquetRecord {}

export interface ImportChunk {
  readonly records: ReadonlyArray<ImportedRecord>
  readonly problems: ReadonlyArray<ParquetReader.RowProblem>
}

/** Why a folder or a whole file cannot be imported. */
export class ImportProblem extends Data.TaggedError("ImportProblem")<{
  readonly message: string
  readonly file?: string | undefined
}> {}

/** Lists the files of an import folder, with their row counts. */
export const scan = (
  root: string
): Effect.Effect<ReadonlyArray<ImportFile>, ImportProblem, FileSystem.FileSystem | Path.Path> =>
  ParquetReader.folders(root).pipe(
    Effect.mapBoth({
      onFailure: ({ file, message }) => new ImportProblem({ message, file }),
      onSuccess: (folders) => folders.flatMap(({ files, namespace }) => files.map((file) => ({ namespace, ...file })))
    })
  )

/** Reads one file in chunks of rows, each row decoded or given back as a problem. */
export const read = (
  file: ImportFile,
  options: { readonly chunkRows?: number }
): Stream.Stream<ImportChunk, ImportProblem, FileSystem.FileSystem | Path.Path> =>
  ParquetReader.rows(file.path, { chunkRows: options.chunkRows, columns: { aliases: false } }).pipe(
    Stream.mapError(({ file, message }) => new ImportProblem({ message, file }))
  )
