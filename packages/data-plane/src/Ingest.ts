/**
 * Writing more than a request takes: what `upsertAll`, `updateAll`, `deleteIds` and `copy` are told, what they report on
 * the way, and what they end in.
 *
 * A source is a `Stream`. It is read as fast as its batches are answered and no faster: what is in memory is what is in
 * flight.
 *
 * ```ts
 * import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * const records = Stream.range(1, 100_000).pipe(
 *   Stream.map((n) => ({ id: `record-${n}`, values: [n, 1, 0] }))
 * )
 *
 * const program = Effect.gen(function*() {
 *   const index = yield* VectorIndex.make({ name: "numbers" })
 *   const { failures, records: stored } = yield* index.upsertAll(records, { onInvalid: "bisect" })
 *   return { stored, refused: failures.map(({ error }) => error.message) }
 * })
 * ```
 *
 * @since 0.1.0
 */
import type { RetryPolicy } from "@effect-pinecone/http/Settings"
import type { DenseValues, SparseValues } from "@effect-pinecone/schema/Vector"
import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"
import type { InNamespace, RecordError } from "./VectorIndex.js"

/**
 * What to do with a batch whose content is wrong: that the server refuses (400 and its kind), or that the SDK refuses to
 * send.
 *
 * - `"fail"`: the whole ends with {@link BatchFailed}, which gives the batch's records back.
 * - `"collect"`: the batch is put aside with its error, and the others go on.
 * - `"bisect"`: the batch is halved until the bad records stand alone, each with its error, and all others are stored: for a
 *   batch of n with one bad record, at most 2 log2(n) more requests.
 *
 * What the SDK finds itself, before anything is sent, always concerns a single record; with `"collect"` and `"bisect"` it is
 * put aside alone.
 *
 * @since 0.1.0
 * @category models
 */
export type OnInvalid = "fail" | "collect" | "bisect"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options extends InNamespace {
  /**
   * The most records in a request.
   *
   * @default 1000, the limit; 1 for updates
   */
  readonly batchSize?: number | undefined
  /**
   * The most bytes of a request's body, as it is sent.
   *
   * @default 2,000,000, the limit
   */
  readonly maxBytes?: number | undefined
  /**
   * How many requests are in flight: a number, or as many as the host bears, found by trying: more while all goes well,
   * fewer after a 429, a 503, a timeout or a broken connection. What is found is shared by all that writes to the host.
   *
   * @default "adaptive"
   */
  readonly concurrency?: number | "adaptive" | undefined
  /**
   * The most requests in flight where the number is adaptive. It bounds the memory: each holds a batch, and its body.
   *
   * @default 16; 64 for updates
   */
  readonly maxConcurrency?: number | undefined
  /**
   * @default "fail"
   */
  readonly onInvalid?: OnInvalid | undefined
  /**
   * The `checkpoint` of an earlier run over the same source: so many records are left out at its start.
   *
   * @default 0
   */
  readonly resumeFrom?: number | undefined
  /**
   * How many records the source itself has left out at its start, as one can that is read from any place. They count as
   * settled, and are not left out again.
   *
   * @default 0
   */
  readonly startsAt?: number | undefined
  /**
   * When to send a batch again that failed for a passing reason (429, 5xx, no answer) after the tries of the settings are
   * used up.
   *
   * @default defaultRetry
   */
  readonly retry?: RetryPolicy | undefined
}

/**
 * Records that were not stored, and why.
 *
 * @since 0.1.0
 * @category models
 */
export interface Failure<out Item> {
  readonly error: RecordError
  /** None for a record that could not be made out; the error says where it is. */
  readonly records: ReadonlyArray<Item>
}

/**
 * How far it is. Counts are from the start of the run, without what `resumeFrom` left out.
 *
 * @since 0.1.0
 * @category models
 */
export interface Progress<out Item> {
  /** Records that the server has acknowledged. */
  readonly records: number
  /** Bytes of the bodies that carried them. */
  readonly bytes: number
  /** Records that are put aside. */
  readonly failed: number
  /** What was put aside since the report before. */
  readonly failures: ReadonlyArray<Failure<Item>>
  /** Records that are sent, and not answered yet. */
  readonly inFlight: number
  /** Requests that are answered. */
  readonly requests: number
  /** The time since the start. */
  readonly elapsed: Duration.Duration
  /** Acknowledged records a second, since the start. */
  readonly rate: number
  /** The highest LSN of the writes: what a read can wait for. */
  readonly lsn: number | undefined
  /**
   * How many records from the start of the source are settled, acknowledged or put aside, with none missing between them.
   * Given back as `resumeFrom`, a run goes on there; it counts what that run had left out.
   */
  readonly checkpoint: number
}

/**
 * What came of it all.
 *
 * @since 0.1.0
 * @category models
 */
export interface Summary<out Item> extends Omit<Progress<Item>, "inFlight" | "failures"> {
  /** All that was put aside. */
  readonly failures: ReadonlyArray<Failure<Item>>
}

/**
 * Stands in a source for a record that could not be made out: a wrong row of a file, metadata off the Schema. It is treated as
 * what the SDK finds wrong itself, and counts as a record.
 *
 * @since 0.1.0
 * @category models
 */
export class Unreadable extends Data.TaggedClass("Unreadable")<{ readonly error: RecordError }> {}

/**
 * An update of one record: its values, and the given fields of its metadata.
 *
 * @since 0.1.0
 * @category models
 */
export interface Update<out I> {
  readonly id: string
  readonly values?: DenseValues | undefined
  readonly sparseValues?: SparseValues | undefined
  readonly setMetadata?: Partial<I> | undefined
}

/**
 * A batch could not be stored, and with it the run ended. Its records are given back; `checkpoint` says from where on a run
 * can be resumed.
 *
 * @since 0.1.0
 * @category errors
 */
export class BatchFailed<out Item> extends Data.TaggedError("BatchFailed")<{
  readonly message: string
  /** Why. */
  readonly error: RecordError
  readonly records: ReadonlyArray<unknown>
  /** As in {@link Progress}. */
  readonly checkpoint: number
  readonly lsn: number | undefined
}> {
  /** The records of the batch. */
  declare readonly records: ReadonlyArray<Item>
}
