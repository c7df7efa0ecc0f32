/**
 * Writing more documents than a request takes, with all that `Ingest` promises of records: batches by bytes and by count, as
 * many at a time as the server can handle, bisecting, progress and checkpoints.
 *
 * ```ts
 * import * as DocumentIndex from "@effect-pinecone/data-plane/DocumentIndex"
 * import * as IndexSchema from "@effect-pinecone/schema/IndexSchema"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * const documents = Stream.range(1, 100_000).pipe(
 *   Stream.map((n) => ({ _id: `page-${n}`, title: `Page ${n}` }))
 * )
 *
 * const program = Effect.gen(function*() {
 *   const pages = yield* DocumentIndex.make({ name: "pages", fields: { title: IndexSchema.text() } })
 *   const { failures, records: stored } = yield* pages.upsertAll(documents, { onInvalid: "bisect" })
 *   return { stored, refused: failures.map(({ error }) => error.message) }
 * })
 * ```
 *
 * @since 0.1.0
 */
import * as DocumentBody from "@effect-pinecone/schema/DocumentBody"
import type * as DocumentFields from "@effect-pinecone/schema/DocumentFields"
import * as Documents from "@effect-pinecone/schema/Documents"
import * as Limits from "@effect-pinecone/schema/Limits"
import type { Storable } from "@effect-pinecone/schema/Metadata"
import type * as Effect from "effect/Effect"
import type * as Sink from "effect/Sink"
import type * as Stream from "effect/Stream"
import type { DocumentCodec } from "./DocumentCodec.js"
import type { Update } from "./DocumentWrites.js"
import { deleting } from "./DocumentWrites.js"
import type { IndexAt } from "./IndexAt.js"
import type { Options } from "./Ingest.js"
import type { BatchFailed, Progress, Summary, Unreadable } from "./IngestReport.js"
import type { Kind } from "./internal/ingesting.js"
import * as ingesting from "./internal/ingesting.js"
import { summarize } from "./internal/summary.js"

/**
 * Writing streams of documents of any length to an index.
 *
 * @since 0.1.0
 * @category models
 */
export interface DocumentIngest<F, A, I extends Storable> {
  /**
   * Writes all documents of a stream: in batches as large as a request may be, as many at a time as the server can handle, each
   * again where it failed for a transient reason. Of two documents with the same `_id`, the later one is stored.
   */
  readonly upsertAll: <E, R>(
    documents: Stream.Stream<DocumentFields.Document<F, A> | Unreadable, E, R>,
    options?: Options
  ) => Effect.Effect<
    Summary<DocumentFields.Document<F, A>>,
    E | BatchFailed<DocumentFields.Document<F, A>>,
    R
  >
  /** The same, as a report for each answer; the last one is of the end. Slow consumers receive fewer. */
  readonly upsertProgress: <E, R>(
    documents: Stream.Stream<DocumentFields.Document<F, A> | Unreadable, E, R>,
    options?: Options
  ) => Stream.Stream<
    Progress<DocumentFields.Document<F, A>>,
    E | BatchFailed<DocumentFields.Document<F, A>>,
    R
  >
  /** The same, as the end of a stream. */
  readonly upsertSink: (
    options?: Options
  ) => Sink.Sink<
    Summary<DocumentFields.Document<F, A>>,
    DocumentFields.Document<F, A>,
    never,
    BatchFailed<DocumentFields.Document<F, A>>
  >
  /** Makes all updates of a stream, as many in a request as an upsert has, those of one id in order. */
  readonly updateAll: <E, R>(
    updates: Stream.Stream<Update<F, A, I>, E, R>,
    options?: Options
  ) => Effect.Effect<Summary<Update<F, A, I>>, E | BatchFailed<Update<F, A, I>>, R>
  /** The same, as a report for each answer; the last one is of the end. */
  readonly updateProgress: <E, R>(
    updates: Stream.Stream<Update<F, A, I>, E, R>,
    options?: Options
  ) => Stream.Stream<Progress<Update<F, A, I>>, E | BatchFailed<Update<F, A, I>>, R>
  /** Deletes all documents whose ids are in a stream, 1,000 in a request. Ids that are not there are no error. */
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

/** What tells the documents of one id, as far as there is an id. */
const idOf = (item: { readonly _id: string }): string | undefined => {
  // From JavaScript an item has any shape, and its builder is about to say what is wrong with it.
  const unknown: unknown = item
  try {
    return typeof unknown === "object" && unknown !== null && "_id" in unknown && typeof unknown._id === "string"
      ? unknown._id
      : undefined
  } catch {
    return undefined
  }
}

/**
 * Writing streams of documents to the index at an address.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <F, A, I extends Storable>(
  at: IndexAt,
  { encodeMetadata, encodePart, layout }: DocumentCodec
): DocumentIngest<F, A, I> => {
  type Item = DocumentFields.Document<F, A> & { readonly _id: string }
  const { index } = at
  const batchSize = Limits.limits[layout.maxDocuments]

  const upserts: Kind<Item> = {
    operation: "upsert_documents",
    batchSize,
    maxConcurrency: 16,
    builder: (_, namespace, sizes) =>
      ingesting.ofBodies<Item>(
        new DocumentBody.Builder({ target: { index, namespace }, layout, encodeMetadata, ...sizes }),
        (bytes, batchSize) =>
          at.post(
            "upsert_documents",
            "/namespaces/:namespace/documents/upsert",
            namespace,
            bytes,
            Documents.UpsertResponse,
            "application/json",
            batchSize
          ),
        idOf
      )
  }

  const updates: Kind<Update<F, A, I>> = {
    operation: "update_documents",
    batchSize,
    maxConcurrency: 16,
    builder: (_, namespace, sizes) =>
      ingesting.ofBodies<Update<F, A, I>>(
        new DocumentBody.UpdateBuilder({
          target: { index, namespace },
          layout,
          encodeMetadata: encodePart,
          ...sizes
        }),
        (bytes, batchSize) =>
          at.post(
            "update_documents",
            "/namespaces/:namespace/documents/update",
            namespace,
            bytes,
            Documents.UpdateResponse,
            "application/json",
            batchSize
          ),
        idOf
      )
  }

  const deletions: Kind<string> = {
    operation: "delete_documents",
    batchSize: Limits.limits.deleteIds,
    maxConcurrency: 16,
    builder: (_, namespace, sizes) =>
      ingesting.ofIds(
        { operation: "delete_documents", index, namespace },
        sizes,
        (ids) => deleting(at, namespace, { ids })
      )
  }

  const progress = <X, E, R>(
    kind: Kind<X>,
    source: Stream.Stream<X | Unreadable, E, R>,
    options: Options | undefined
  ) => ingesting.progress(at, kind, source, options)

  const ingest = {
    upsertProgress: <E, R>(documents: Stream.Stream<Item | Unreadable, E, R>, options?: Options) =>
      progress(upserts, documents, options),
    upsertAll: <E, R>(documents: Stream.Stream<Item | Unreadable, E, R>, options?: Options) =>
      summarize(progress(upserts, documents, options)),
    upsertSink: (options?: Options) =>
      ingesting.sinkInto((documents: Stream.Stream<Item>) => summarize(progress(upserts, documents, options))),
    updateProgress: <E, R>(changes: Stream.Stream<Update<F, A, I>, E, R>, options?: Options) =>
      progress(updates, changes, options),
    updateAll: <E, R>(changes: Stream.Stream<Update<F, A, I>, E, R>, options?: Options) =>
      summarize(progress(updates, changes, options)),
    deleteProgress: <E, R>(ids: Stream.Stream<string, E, R>, options?: Options) => progress(deletions, ids, options),
    deleteIds: <E, R>(ids: Stream.Stream<string, E, R>, options?: Options) =>
      summarize(progress(deletions, ids, options))
  }
  // eslint-disable-next-line no-restricted-syntax -- every document has an `_id`, which the compiler cannot see of `F` and `A`.
  return ingest as unknown as DocumentIngest<F, A, I>
}
