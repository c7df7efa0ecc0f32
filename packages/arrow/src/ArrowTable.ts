/**
 * Records and matches as Arrow tables, batches and IPC bytes, with the columns `id`, `values`, `sparse_values` (a struct of
 * `indices` and `values`) and `metadata` (a JSON text), or a column for each field of the metadata.
 *
 * ```ts
 * import * as ArrowTable from "@effect-pinecone/arrow/ArrowTable"
 * import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function*() {
 *   const index = yield* VectorIndex.make({ name: "movies" })
 *   const { matches } = yield* index.query({ id: "airplane", topK: 100, includeMetadata: true })
 *   // The columns id, score, values, sparse_values, and one for each field.
 *   return yield* ArrowTable.fromMatches(matches, { metadata: "fields" })
 * })
 * ```
 *
 * @since 0.1.0
 */
import type { VectorRecord } from "@effect-pinecone/schema/VectorRecord"
import type { RecordBatch } from "apache-arrow"
import { Table, tableToIPC } from "apache-arrow"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { ColumnError } from "./ArrowError.js"
import * as build from "./internal/build.js"

/**
 * How records become the columns of a table.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * How many values each record has. They become a list of fixed size, which other tools take for a matrix; without, they
   * are lists of any length.
   *
   * @default lists of any length
   */
  readonly dimension?: number | undefined
}

/**
 * The options for a table of all records.
 *
 * @since 0.1.0
 * @category models
 */
export interface TableOptions extends Options {
  /**
   * Whether the metadata is one column of JSON texts, or a column for each field: of texts, numbers, booleans or lists of
   * texts. A field whose values are of different kinds becomes a column of texts, with JSON for those that are none.
   *
   * @default "json"
   */
  readonly metadata?: "json" | "fields" | undefined
}

/**
 * The options for a stream of batches.
 *
 * @since 0.1.0
 * @category models
 */
export interface BatchOptions extends Options {
  /**
   * The most records of a batch.
   *
   * @default 1000
   */
  readonly batchSize?: number | undefined
}

/**
 * A match of a query, as an index gives it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Match {
  readonly id: string
  readonly score: number
  readonly values?: VectorRecord["values"]
  readonly sparseValues?: VectorRecord["sparseValues"]
  readonly metadata?: unknown
}

const table = (
  rows: ReadonlyArray<build.Row>,
  hasScore: boolean,
  { dimension, metadata = "json" }: TableOptions
): Effect.Effect<Table, ColumnError> =>
  Effect.suspend(() => {
    const fields = metadata === "json" ? undefined : build.fieldsOf(rows)
    const batch = build.toBatch(rows, { hasScore, dimension, fields })
    return batch instanceof ColumnError ? Effect.fail(batch) : Effect.succeed(new Table([batch]))
  })

/**
 * A table of records.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromRecords = (
  records: Iterable<VectorRecord>,
  options: TableOptions = {}
): Effect.Effect<Table, ColumnError> => table(Array.from(records), false, options)

/**
 * A table of the matches of a query, in their order, with a column `score`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromMatches = (
  matches: Iterable<Match>,
  options: TableOptions = {}
): Effect.Effect<Table, ColumnError> => table(Array.from(matches), true, options)

/**
 * Records as batches, all of one schema, with the metadata as JSON.
 *
 * @since 0.1.0
 * @category streams
 */
export const toBatches = <E, R>(
  records: Stream.Stream<VectorRecord, E, R>,
  { batchSize = 1000, dimension }: BatchOptions = {}
): Stream.Stream<RecordBatch, E | ColumnError, R> =>
  Stream.mapEffect(Stream.grouped(records, Math.max(1, Math.floor(batchSize))), (chunk) => {
    const batch = build.toBatch(Chunk.toReadonlyArray(chunk), { hasScore: false, dimension, fields: undefined })
    return batch instanceof ColumnError ? Effect.fail(batch) : Effect.succeed(batch)
  })

/**
 * Records as the bytes of an Arrow IPC stream, written batch by batch. Without records it is a stream without batches.
 *
 * @since 0.1.0
 * @category streams
 */
export const toIpc = <E, R>(
  records: Stream.Stream<VectorRecord, E, R>,
  options: BatchOptions = {}
): Stream.Stream<Uint8Array, E | ColumnError, R> =>
  Stream.suspend(() => {
    const empty = build.toBatch([], { hasScore: false, dimension: options.dimension, fields: undefined })
    if (empty instanceof ColumnError) return Stream.fail(empty)
    // The batches have no dictionaries, so a batch is written as a stream of its own, and what is not of the batch is cut off.
    const alone = tableToIPC(new Table(empty.schema), "stream")
    const start = alone.subarray(0, -endMark)
    return Stream.make(start).pipe(
      Stream.concat(
        Stream.map(
          toBatches(records, options),
          (batch) => tableToIPC(new Table([batch]), "stream").subarray(start.length, -endMark)
        )
      ),
      Stream.concat(Stream.make(alone.subarray(start.length)))
    )
  })

/** How many bytes say that a stream ends. */
const endMark = 8
