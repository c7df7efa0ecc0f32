/**
 * Arrow tables, batches and IPC bytes as streams of records.
 *
 * The values of a column of 32-bit floats are not copied: each record's are a view of the column's memory.
 *
 * ```ts
 * import * as ArrowRecords from "@effect-pinecone/arrow/ArrowRecords"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 * import { tableFromArrays } from "apache-arrow"
 *
 * const table = tableFromArrays({ id: ["a", "b"], title: ["Airplane!", "Barbie"] })
 *
 * const program = ArrowRecords.fromTable(table, { columns: { values: "embedding", metadata: ["title"] } }).pipe(
 *   Stream.runForEach(({ id, metadata }) => Effect.log(id, metadata?.title)),
 *   Effect.catchTag("PineconeColumnError", ({ message }) => Effect.log(message)) // no column "embedding"
 * )
 * ```
 *
 * @since 0.1.0
 */
import type * as Columns from "@effect-pinecone/parquet/Columns"
import type { MetadataSchema, Storable } from "@effect-pinecone/schema/Metadata"
import type { InvalidMetadata } from "@effect-pinecone/schema/PineconeError"
import type { VectorRecord } from "@effect-pinecone/schema/VectorRecord"
import type { RecordBatch, Table } from "apache-arrow"
import * as Stream from "effect/Stream"
import type { ColumnError, IpcError } from "./ArrowError.js"
import type { Batch } from "./internal/batches.js"
import { countFrom, ofRecordBatch, recordsOf } from "./internal/batches.js"
import { batches } from "./internal/ipc.js"
import * as metadata from "./internal/metadata.js"

/**
 * How the rows of a table become records.
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
   * How many records are left out at the start.
   *
   * @default 0
   */
  readonly skip?: number | undefined
}

/**
 * The same, for metadata with a Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface TypedOptions<A, I extends Storable> extends Options {
  /** The Schema that the metadata of each record is decoded with. */
  readonly metadata: MetadataSchema<A, I>
}

/**
 * A record of a table, its vectors as typed arrays.
 *
 * @since 0.1.0
 * @category models
 */
export interface ArrowRecord extends Columns.ColumnRecord {}

/**
 * The records of a stream of batches, in their order. A row that is not a valid record ends the stream, after the records before it,
 * with an error that names row and column; so does, with a Schema, metadata that does not fit it.
 *
 * @since 0.1.0
 * @category streams
 */
export function fromBatches<E, R, A, I extends Storable>(
  batches: Stream.Stream<RecordBatch, E, R>,
  options: TypedOptions<A, I>
): Stream.Stream<VectorRecord<A>, E | ColumnError | InvalidMetadata, R>
export function fromBatches<E, R>(
  batches: Stream.Stream<RecordBatch, E, R>,
  options?: Options
): Stream.Stream<ArrowRecord, E | ColumnError, R>
export function fromBatches<E, R, A, I extends Storable>(
  batches: Stream.Stream<RecordBatch, E, R>,
  options: Options & { readonly metadata?: MetadataSchema<A, I> | undefined } = {}
): Stream.Stream<VectorRecord<unknown>, E | ColumnError | InvalidMetadata, R> {
  return records(Stream.map(batches, ofRecordBatch), options)
}

const records = <E, R, A, I extends Storable>(
  batches: Stream.Stream<Batch, E, R>,
  options: Options & { readonly metadata?: MetadataSchema<A, I> | undefined } = {}
): Stream.Stream<VectorRecord<unknown>, E | ColumnError | InvalidMetadata, R> => {
  const found = Stream.suspend(() => {
    const count = countFrom(Math.max(0, Math.floor(options.skip ?? 0) || 0))
    return Stream.flatMap(batches, (batch) => recordsOf<never>(batch, options.columns, count, (error) => error))
  })
  return options.metadata === undefined ? found : metadata.decode(options.metadata, "read_table")(found)
}

/**
 * The records of a table, as {@link fromBatches} gives them.
 *
 * @since 0.1.0
 * @category streams
 */
export function fromTable<A, I extends Storable>(
  table: Table,
  options: TypedOptions<A, I>
): Stream.Stream<VectorRecord<A>, ColumnError | InvalidMetadata>
export function fromTable(table: Table, options?: Options): Stream.Stream<ArrowRecord, ColumnError>
export function fromTable(
  table: Table,
  options?: Options
): Stream.Stream<VectorRecord<unknown>, ColumnError | InvalidMetadata> {
  return records(Stream.map(Stream.fromIterable(table.batches), ofRecordBatch), options)
}

/**
 * The records of an Arrow IPC stream or file that comes in pieces of any size, uncompressed or compressed with LZ4 or ZSTD.
 * A stream is read batch by batch. A file is first read into memory as a whole, because its index is at its end.
 *
 * Every length is checked against the bytes, so corrupt data fails with an {@link IpcError}. A compressed batch can take up to
 * 256 MiB, or 100 times its bytes if that is more. The codec registry of `apache-arrow` is neither used nor changed.
 *
 * @since 0.1.0
 * @category streams
 */
export function fromIpc<E, R, A, I extends Storable>(
  bytes: Stream.Stream<Uint8Array, E, R>,
  options: TypedOptions<A, I>
): Stream.Stream<VectorRecord<A>, E | IpcError | ColumnError | InvalidMetadata, R>
export function fromIpc<E, R>(
  bytes: Stream.Stream<Uint8Array, E, R>,
  options?: Options
): Stream.Stream<ArrowRecord, E | IpcError | ColumnError, R>
export function fromIpc<E, R>(
  bytes: Stream.Stream<Uint8Array, E, R>,
  options?: Options
): Stream.Stream<VectorRecord<unknown>, E | IpcError | ColumnError | InvalidMetadata, R> {
  return records(batches(bytes), options)
}
