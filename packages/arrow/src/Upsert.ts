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
 * A row that is not a valid record, or whose metadata does not match the Schema of the index, ends the run; with `onInvalid` it is
 * collected like any invalid record, with an error that names file, row and column.
 *
 * With `resumeFrom` the reader skips what an earlier run has processed, whole files and row groups without decoding them.
 *
 * @since 0.1.0
 */
import * as Ingest from "@effect-pinecone/data-plane/Ingest"
import type { VectorIndex } from "@effect-pinecone/data-plane/VectorIndex"
import type * as Columns from "@effect-pinecone/parquet/Columns"
import type { ParquetError } from "@effect-pinecone/parquet/ParquetError"
import * as ParquetReader from "@effect-pinecone/parquet/ParquetReader"
import type { Storable } from "@effect-pinecone/schema/Metadata"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import type { For, VectorRecord } from "@effect-pinecone/schema/VectorRecord"
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import type { Table } from "apache-arrow"
import * as Chunk from "effect/Chunk"
import type * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { ColumnError } from "./ArrowError.js"
import * as ArrowRecords from "./ArrowRecords.js"
import { countFrom, ofRecordBatch, recordsOf } from "./internal/batches.js"
import { decode, decodeEach } from "./internal/metadata.js"

/**
 * How rows become records, and how these are written.
 *
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

type Source<A, E, R> = Stream.Stream<VectorRecord<A> | Ingest.Unreadable, E, R>

/** Rows may have no metadata: the index refuses those where its Schema asks for some. */
const rowsFor = <A, I extends Storable, E, R>(_: VectorIndex<A, I>, source: Source<A, E, R>) =>
  // eslint-disable-next-line no-restricted-syntax -- what a row lacks is found as it is written.
  source as Stream.Stream<For<A, I> | Ingest.Unreadable, E, R>

/** The reader leaves out what an earlier run has settled. */
const upsert = <A, I extends Storable, E, R>(
  index: VectorIndex<A, I>,
  source: (skip: number) => Source<A, E, R>,
  options: Options
) => {
  const { resumeFrom = 0 } = options
  const startsAt = Math.max(0, Math.floor(resumeFrom) || 0)
  return index.upsertAll(rowsFor(index, source(startsAt)), { ...options, startsAt })
}

const progress = <A, I extends Storable, E, R>(
  index: VectorIndex<A, I>,
  source: (skip: number) => Source<A, E, R>,
  options: Options
) => {
  const { resumeFrom = 0 } = options
  const startsAt = Math.max(0, Math.floor(resumeFrom) || 0)
  return index.upsertProgress(rowsFor(index, source(startsAt)), { ...options, startsAt })
}

const unreadable = (field: string | undefined, message: string) =>
  new Ingest.Unreadable({ error: new PineconeError.InvalidRequest({ operation: "upsert", field, message }) })

const fromTable =
  <A, I extends Storable>(index: VectorIndex<A, I>, table: Table, { columns, onInvalid = "fail" }: Options) =>
  (skip: number): Source<A, ColumnError | PineconeError.InvalidMetadata, never> => {
    if (onInvalid === "fail") return ArrowRecords.fromTable(table, { columns, skip, metadata: index.metadata })
    return Stream.suspend(() => {
      const count = countFrom(skip)
      return Stream.flatMap(
        Stream.fromIterable(table.batches),
        (batch) => recordsOf(ofRecordBatch(batch), columns, count, ({ column, message }) => unreadable(column, message))
      )
    }).pipe(decodeEach(index.metadata, "upsert"))
  }

/** The rows of a chunk in their order, those that are no records too. */
const inOrder = ({ count, problems, records, start }: ParquetReader.Rows) => {
  const byRow = new Map(problems.map((problem) => [problem.row, problem]))
  let next = 0
  return Chunk.makeBy(count, (i) => {
    const problem = byRow.get(start + i)
    return problem === undefined
      ? records[next++]!
      : unreadable(problem.column, `${problem.file}, row ${problem.row}: ${problem.message}`)
  })
}

const fromParquet = <A, I extends Storable>(
  index: VectorIndex<A, I>,
  source: ParquetReader.Source,
  { columns, onInvalid = "fail" }: Options
) =>
(skip: number): Source<A, ParquetError | PineconeError.InvalidMetadata, FileSystem.FileSystem | Path.Path> =>
  onInvalid === "fail"
    ? decode(index.metadata, "upsert")(ParquetReader.records(source, { columns, skip }))
    : ParquetReader.rows(source, { columns, skip }).pipe(
      Stream.flatMap((rows) => rows.count === 0 ? Stream.empty : Stream.fromChunk(inOrder(rows))),
      decodeEach(index.metadata, "upsert")
    )

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
  ColumnError | PineconeError.InvalidMetadata | Ingest.BatchFailed<VectorRecord<A>>
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
  ColumnError | PineconeError.InvalidMetadata | Ingest.BatchFailed<VectorRecord<A>>
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
  ParquetError | PineconeError.InvalidMetadata | Ingest.BatchFailed<VectorRecord<A>>,
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
  ParquetError | PineconeError.InvalidMetadata | Ingest.BatchFailed<VectorRecord<A>>,
  FileSystem.FileSystem | Path.Path
> => progress(index, fromParquet(index, source, options), options)
