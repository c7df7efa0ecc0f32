/**
 * What a run that writes a stream reports on its way, and what it ends in. `Ingest` has all of it.
 *
 * ```ts
 * import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
 * import type { VectorRecord } from "@effect-pinecone/schema/VectorRecord"
 * import * as Effect from "effect/Effect"
 * import type * as Stream from "effect/Stream"
 *
 * const store = (records: Stream.Stream<VectorRecord>) =>
 *   Effect.flatMap(VectorIndex.make({ name: "movies" }), (index) => index.upsertAll(records)).pipe(
 *     Effect.catchTag("PineconeBatchFailed", (failed) => Effect.logError(`${failed.reason}: ${failed.message}`))
 *   )
 * ```
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"
import type { RecordError } from "./IndexAt.js"

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
 * How many records came to which end. Counts are from the start of the run, without what `resumeFrom` left out.
 *
 * @since 0.1.0
 * @category models
 */
export interface Counts {
  /** Records that the source has given. Each is stored, refused, or not sent yet. */
  readonly read: number
  /** Records that are stored: the server has acknowledged them. */
  readonly records: number
  /** Records that are refused: set aside with their error. */
  readonly failed: number
  /** Bytes of the bodies that carried what is stored. */
  readonly bytes: number
  /** Requests that are answered. */
  readonly requests: number
  /** The time since the start. */
  readonly elapsed: Duration.Duration
  /** Stored records a second, since the start. */
  readonly rate: number
  /** The highest LSN of the writes: what a read can wait for. */
  readonly lsn: number | undefined
  /**
   * How many records from the start of the source are settled, stored or refused, with none missing between them. Given back
   * as `resumeFrom`, a run resumes there; it counts what that run had left out.
   */
  readonly checkpoint: number
}

/**
 * How far it is.
 *
 * @since 0.1.0
 * @category models
 */
export interface Progress<out Item> extends Counts {
  /** What was refused since the report before. */
  readonly failures: ReadonlyArray<Failure<Item>>
  /** Records that are sent, and not answered yet. */
  readonly inFlight: number
}

/**
 * What came of it all: `read` is the sum of `records` and `failed`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Summary<out Item> extends Counts {
  /** All that was refused. */
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
 * Why a run ended before its source did.
 *
 * - `"Refused"`: a batch is wrong, by the SDK's checks or by the server's, and `onInvalid` is `"fail"`.
 * - `"Failed"`: a batch failed for another reason, such as a wrong key, or retries are exhausted.
 * - `"Stalled"`: the server has accepted nothing for `stallTimeout`.
 * - `"TimedOut"`: the `timeout` of the run is over.
 * - `"NotStarted"`: the options are wrong, or the index could not be looked up.
 *
 * @since 0.1.0
 * @category models
 */
export type EndReason = "Refused" | "Failed" | "Stalled" | "TimedOut" | "NotStarted"

/**
 * A run ended before its source did. Every record that the source gave is accounted for: `counts.records` are stored,
 * `counts.failed` are refused, `records` and `unsent` are neither: together they are `counts.read`. `counts.checkpoint` says
 * where to resume.
 *
 * @since 0.1.0
 * @category errors
 */
export class BatchFailed<out Item> extends Data.TaggedError("PineconeBatchFailed")<{
  readonly message: string
  readonly reason: EndReason
  /** Why. */
  readonly error: RecordError
  readonly records: ReadonlyArray<unknown>
  readonly unsent: ReadonlyArray<unknown>
  readonly failures: ReadonlyArray<Failure<unknown>>
  readonly counts: Counts
}> {
  /** The records of the batch that ended the run; none where it was no batch. */
  declare readonly records: ReadonlyArray<Item>
  /**
   * The other records that the source has given. Those that were in flight may be stored: to write them again does no harm.
   */
  declare readonly unsent: ReadonlyArray<Item | Unreadable>
  /** All that was refused before; none where the progress of the run was reported, which had them. */
  declare readonly failures: ReadonlyArray<Failure<Item>>
  /** Where a run can be resumed: as in {@link Counts}. */
  get checkpoint(): number {
    return this.counts.checkpoint
  }
  /** The highest LSN of the writes. */
  get lsn(): number | undefined {
    return this.counts.lsn
  }
}
