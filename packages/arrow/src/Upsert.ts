/**
 * Arrow tables and Parquet files straight into an index, with all that `upsertAll` does: batches, adaptive concurrency,
 * retries, progress and checkpoints.
 *
 * ```ts
 * import * as Upsert from "@effect-pinecone/arrow/Upsert"
 * import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * const program = Effect.gen(function*() {
 *   const index = yield* VectorIndex.make({ name: "movies" })
 *   yield* Upsert.upsertParquetProgress(index, "export/**\/*.parquet", { columns: { metadata: "rest" } }).pipe(
 *     Stream.runForEach(({ checkpoint, rate }) => Effect.log(`${checkpoint} records, ${Math.round(rate)} a second`))
 *   )
 * })
 * ```
 *
 * With `resumeFrom` the reader leaves out what an earlier run has settled, whole files and row groups without decoding them.
 *
 * @since 0.1.0
 */
import type * as Ingest from "@effect-pinecone/data-plane/Ingest"
import type { VectorIndex } from "@effect-pinecone/data-plane/VectorIndex"
import type * as Columns from "@effect-pinecone/parquet/Columns"
import type { ParquetError } from "@effect-pinecone/parquet/ParquetError"
import * as ParquetReader from "@effect-pinecone/parquet/ParquetReader"
import type { Storable } from "@effect-pinecone/schema/Metadata"
import type { InvalidMetadata } from "@effect-pinecone/schema/PineconeError"
import type { VectorRecord } from "@effect-pinecone/schema/VectorRecord"
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import type { Table } from "apache-arrow"
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { ColumnError } from "./ArrowError.js"
import * as ArrowRecords from "./ArrowRecords.js"
import { decode } from "./internal/metadata.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options extends Omit<Ingest.Options, "startsAt"> {
  /**
   * Which columns hold what.
   *
   * @default `id`, `values`, `sparse_values` and `metadata`
   */
  readonly columns?: Columns.Columns | undefined
}

type Records<A, E, R> = (skip: number) => Stream.Stream<VectorRecord<A>, E, R>

const skipOf = ({ resumeFrom = 0 }: Options): number => Math.max(0, Math.floor(resumeFrom) || 0)

const upsert = <A, I extends Storable, E, R>(
  index: VectorIndex<A, I>,
  records: Records<A, E, R>,
  options: Options
): Effect.Effect<Ingest.Summary<VectorRecord<A>>, E | Ingest.BatchFailed<VectorRecord<A>>, R> => {
  const startsAt = skipOf(options)
  return index.upsertAll(records(startsAt), { ...options, startsAt })
}

const progress = <A, I extends Storable, E, R>(
  index: VectorIndex<A, I>,
  records: Records<A, E, R>,
  options: Options
): Stream.Stream<Ingest.Progress<VectorRecord<A>>, E | Ingest.BatchFailed<VectorRecord<A>>, R> => {
  const startsAt = skipOf(options)
  return index.upsertProgress(records(startsAt), { ...options, startsAt })
}

const fromTable =
  <A, I extends Storable>(index: VectorIndex<A, I>, table: Table, { columns }: Options) =>
  (skip: number): Stream.Stream<VectorRecord<A>, ColumnError | InvalidMetadata> =>
    ArrowRecords.fromTable(table, { columns, skip, metadata: index.metadata })

const fromParquet = <A, I extends Storable>(
  index: VectorIndex<A, I>,
  source: ParquetReader.Source,
  { columns }: Options
) =>
(skip: number): Stream.Stream<VectorRecord<A>, ParquetError | InvalidMetadata, FileSystem.FileSystem | Path.Path> =>
  decode(index.metadata, "upsert")(ParquetReader.records(source, { columns, skip }))

/**
 * Writes the records of a table to an index, their metadata checked by its Schema.
 *
 * @since 0.1.0
 * @category destinations
 */
export const upsertTable = <A, I extends Storable>(
  index: VectorIndex<A, I>,
  table: Table,
  options: Options = {}
): Effect.Effect<
  Ingest.Summary<VectorRecord<A>>,
  ColumnError | InvalidMetadata | Ingest.BatchFailed<VectorRecord<A>>
> => upsert(index, fromTable(index, table, options), options)

/**
 * The same as {@link upsertTable}, reporting how far it is.
 *
 * @since 0.1.0
 * @category destinations
 */
export const upsertTableProgress = <A, I extends Storable>(
  index: VectorIndex<A, I>,
  table: Table,
  options: Options = {}
): Stream.Stream<
  Ingest.Progress<VectorRecord<A>>,
  ColumnError | InvalidMetadata | Ingest.BatchFailed<VectorRecord<A>>
> => progress(index, fromTable(index, table, options), options)

/**
 * Writes the records of Parquet files to an index: of a file, a folder, a glob or a list of those. Their metadata is checked
 * by the Schema of the index.
 *
 * @since 0.1.0
 * @category destinations
 */
export const upsertParquet = <A, I extends Storable>(
  index: VectorIndex<A, I>,
  source: ParquetReader.Source,
  options: Options = {}
): Effect.Effect<
  Ingest.Summary<VectorRecord<A>>,
  ParquetError | InvalidMetadata | Ingest.BatchFailed<VectorRecord<A>>,
  FileSystem.FileSystem | Path.Path
> => upsert(index, fromParquet(index, source, options), options)

/**
 * The same as {@link upsertParquet}, reporting how far it is.
 *
 * @since 0.1.0
 * @category destinations
 */
export const upsertParquetProgress = <A, I extends Storable>(
  index: VectorIndex<A, I>,
  source: ParquetReader.Source,
  options: Options = {}
): Stream.Stream<
  Ingest.Progress<VectorRecord<A>>,
  ParquetError | InvalidMetadata | Ingest.BatchFailed<VectorRecord<A>>,
  FileSystem.FileSystem | Path.Path
> => progress(index, fromParquet(index, source, options), options)
