/**
 * Writing more than a request takes: `upsertAll`, `updateAll`, `deleteIds` and their like, what they report on the way, and
 * what they end in.
 *
 * A source is a `Stream`. It is read as fast as its batches are answered and no faster: what is in memory is what is in
 * flight. A source that is slow, or has no end, is stored as it comes: no record waits longer than `maxWait` for others.
 *
 * Every record comes to one end: it is stored, refused with its error, or given back unsent. A run whose host accepts nothing
 * any more, or whose `timeout` is over, ends with {@link BatchFailed}, which says what came to which end and where to resume.
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
import * as Check from "@effect-pinecone/schema/Check"
import * as Input from "@effect-pinecone/schema/Input"
import * as Limits from "@effect-pinecone/schema/Limits"
import type { Part, Storable } from "@effect-pinecone/schema/Metadata"
import * as RequestBody from "@effect-pinecone/schema/RequestBody"
import * as UpsertBody from "@effect-pinecone/schema/UpsertBody"
import type { DenseValues, SparseValues } from "@effect-pinecone/schema/Vector"
import * as VectorRecord from "@effect-pinecone/schema/VectorRecord"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Sink from "effect/Sink"
import type * as Stream from "effect/Stream"
import type { Found, IndexAt } from "./IndexAt.js"
import type { BatchFailed, Progress, Summary, Unreadable } from "./IngestReport.js"
import type { Batch, BatchBuilder } from "./internal/batch.js"
import { encodePart } from "./internal/encodePart.js"
import type { Kind, Options } from "./internal/ingesting.js"
import * as ingesting from "./internal/ingesting.js"
import { ofBodies, ofIds, sinkInto, toSent } from "./internal/ingesting.js"
import { summarize } from "./internal/summary.js"
import type { MetadataCodec } from "./MetadataCodec.js"

export { BatchFailed, batchFailedSchema, isUnreadable, Unreadable } from "./IngestReport.js"

export type { Counts, EndReason, Failure, Progress, Summary } from "./IngestReport.js"

export type { OnInvalid, Options } from "./internal/ingesting.js"

/**
 * An update of one record: its values, and the given fields of its metadata.
 *
 * @since 0.1.0
 * @category models
 */
export interface Update<A> {
  readonly id: string
  readonly values?: DenseValues | undefined
  readonly sparseValues?: SparseValues | undefined
  /** The fields to set, as the application has them; the others stay. */
  readonly setMetadata?: Part<A> | undefined
}

/**
 * Writing streams of any length to an index.
 *
 * @since 0.1.0
 * @category models
 */
export interface Ingest<A, I extends Storable> {
  /**
   * Writes all records of a stream: in batches as large as a request may be, as many at a time as the server can handle, each
   * again where it failed for a transient reason. Of two records with the same id, the later one is stored.
   */
  readonly upsertAll: <E, R>(
    records: Stream.Stream<VectorRecord.For<A, I> | Unreadable, E, R>,
    options?: Options
  ) => Effect.Effect<Summary<VectorRecord.For<A, I>>, E | BatchFailed<VectorRecord.For<A, I>>, R>
  /** The same, as a report for each answer; the last one is of the end. Slow consumers receive fewer. */
  readonly upsertProgress: <E, R>(
    records: Stream.Stream<VectorRecord.For<A, I> | Unreadable, E, R>,
    options?: Options
  ) => Stream.Stream<Progress<VectorRecord.For<A, I>>, E | BatchFailed<VectorRecord.For<A, I>>, R>
  /** The same, as the end of a stream. */
  readonly upsertSink: (
    options?: Options
  ) => Sink.Sink<
    Summary<VectorRecord.For<A, I>>,
    VectorRecord.For<A, I>,
    never,
    BatchFailed<VectorRecord.For<A, I>>
  >
  /**
   * Writes all text records of a stream to an index with an integrated embedding (`upsert_records`), 96 in a request, with
   * all that `upsertAll` promises.
   */
  readonly upsertRecordsAll: <E, R>(
    records: Stream.Stream<VectorRecord.TextRecord<A>, E, R>,
    options?: Options
  ) => Effect.Effect<Summary<VectorRecord.TextRecord<A>>, E | BatchFailed<VectorRecord.TextRecord<A>>, R>
  /** The same, as a report for each answer; the last one is of the end. */
  readonly upsertRecordsProgress: <E, R>(
    records: Stream.Stream<VectorRecord.TextRecord<A>, E, R>,
    options?: Options
  ) => Stream.Stream<Progress<VectorRecord.TextRecord<A>>, E | BatchFailed<VectorRecord.TextRecord<A>>, R>
  /** Makes all updates of a stream, each a request (the API takes one record at a time), those of one id in order. */
  readonly updateAll: <E, R>(
    updates: Stream.Stream<Update<A>, E, R>,
    options?: Options
  ) => Effect.Effect<Summary<Update<A>>, E | BatchFailed<Update<A>>, R>
  /** The same, as a report for each answer; the last one is of the end. */
  readonly updateProgress: <E, R>(
    updates: Stream.Stream<Update<A>, E, R>,
    options?: Options
  ) => Stream.Stream<Progress<Update<A>>, E | BatchFailed<Update<A>>, R>
  /** Deletes all records whose ids are in a stream, 1,000 in a request. Ids that are not there are no error. */
  readonly deleteIds: <E, R>(
    ids: Stream.Stream<string, E, R>,
    options?: Options
  ) => Effect.Effect<Summary<string>, E | BatchFailed<string>, R>
  /** The same, as a report for each answer; the last one is of the end. */
  readonly deleteProgress: <E, R>(
    ids: Stream.Stream<string, E, R>,
    options?: Options
  ) => Stream.Stream<Progress<string>, E | BatchFailed<string>, R>
}

/** What tells the records of one id, as far as there is an id. */
const idOf = (item: { readonly id: string }): string | undefined => {
  // From JavaScript an item has any shape, and its builder is about to say what is wrong with it.
  const unknown: unknown = item
  try {
    return typeof unknown === "object" && unknown !== null && "id" in unknown && typeof unknown.id === "string"
      ? unknown.id
      : undefined
  } catch {
    return undefined
  }
}

/** Requests of one update each. */
const ofUpdates = <A>(
  at: IndexAt,
  encode: RequestBody.EncodeMetadata<object>,
  { dimension }: Found,
  namespace: string | undefined,
  maxBytes: number
) => {
  const place = { operation: "update", index: at.index, namespace }
  let held: Uint8Array = new Uint8Array(0)
  const builder: BatchBuilder<Update<A>> = {
    add: (update) => {
      const fields = Check.fields<Update<A>>(place, update, {
        required: { id: Check.text },
        optional: { values: Check.any, sparseValues: Check.any, setMetadata: Check.object }
      })
      if (Input.isInvalid(fields)) return fields
      const stored = encodePart(encode, place, fields)
      if (Either.isLeft(stored)) return stored.left
      const encoded = RequestBody.updateOrError(stored.right, { ...place, dimension }, at.format)
      if (!(encoded instanceof Uint8Array)) return encoded
      const size = encoded.length
      if (size > maxBytes) {
        return Limits.exceeded("requestBytes", "the size of the update", size, place, update.id, maxBytes)
      }
      held = encoded
      return undefined
    },
    length: () => held.length > 0 ? 1 : 0,
    isFull: () => held.length > 0,
    take: () => {
      const bytes = held
      held = new Uint8Array(0)
      const batch: Batch = {
        length: 1,
        bytes: bytes.length,
        send: Effect.map(at.run("update", namespace, bytes), toSent),
        part: () => batch
      }
      return batch
    },
    key: idOf
  }
  return builder
}

/**
 * Writing streams to the index at an address.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <A, I extends Storable>(at: IndexAt, codec: MetadataCodec<A>): Ingest<A, I> => {
  const { format, index } = at

  const upserts: Kind<VectorRecord.For<A, I>> = {
    operation: "upsert",
    batchSize: Limits.limits.upsertRecords,
    maxConcurrency: 16,
    builder: ({ dimension }, namespace, sizes) =>
      ofBodies(
        new UpsertBody.Builder<A>({
          target: { index, namespace, dimension },
          encodeMetadata: codec.encode,
          format,
          ...sizes
        }),
        (bytes, batchSize) => at.run("upsert", namespace, bytes, batchSize),
        idOf
      )
  }

  const textUpserts: Kind<VectorRecord.TextRecord<A>> = {
    operation: "upsert_records",
    batchSize: Limits.limits.upsertTextRecords,
    maxConcurrency: 16,
    builder: (_, namespace, sizes) =>
      ofBodies(
        new UpsertBody.TextBuilder<A>({ target: { index, namespace }, encodeMetadata: codec.encode, ...sizes }),
        (bytes, batchSize) =>
          at.post(
            "upsert_records",
            "/records/namespaces/:namespace/upsert",
            namespace,
            bytes,
            VectorRecord.UpsertResponse,
            "application/x-ndjson",
            batchSize
          ),
        idOf
      )
  }

  const updates: Kind<Update<A>> = {
    operation: "update",
    batchSize: 1,
    maxConcurrency: 64,
    builder: (found, namespace, { maxBytes }) => ofUpdates(at, codec.encodePart, found, namespace, maxBytes)
  }

  const deletions: Kind<string> = {
    operation: "delete",
    batchSize: Limits.limits.deleteIds,
    maxConcurrency: 16,
    builder: (_, namespace, sizes) =>
      ofIds({ operation: "delete", index, namespace }, sizes, (ids) => at.run("delete", namespace, { ids }, ids.length))
  }

  const progress = <Item, E, R>(
    kind: Kind<Item>,
    source: Stream.Stream<Item | Unreadable, E, R>,
    options: Options | undefined
  ) => ingesting.progress(at, kind, source, options)

  return {
    upsertProgress: (records, options) => progress(upserts, records, options),
    upsertAll: (records, options) => summarize(progress(upserts, records, options)),
    upsertSink: (options) => sinkInto((records) => summarize(progress(upserts, records, options))),
    upsertRecordsProgress: (records, options) => progress(textUpserts, records, options),
    upsertRecordsAll: (records, options) => summarize(progress(textUpserts, records, options)),
    updateProgress: (records, options) => progress(updates, records, options),
    updateAll: (records, options) => summarize(progress(updates, records, options)),
    deleteProgress: (ids, options) => progress(deletions, ids, options),
    deleteIds: (ids, options) => summarize(progress(deletions, ids, options))
  }
}
