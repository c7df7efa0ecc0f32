/**
 * Copying the records of an index, or of namespaces of it, to another index or namespace.
 *
 * ```ts
 * import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function*() {
 *   const movies = yield* VectorIndex.make({ name: "movies" })
 *   const archive = yield* VectorIndex.make({ name: "archive" })
 *   return yield* VectorIndex.copy(movies.namespace("en"), archive.namespace("en-2026"))
 * })
 * ```
 *
 * @since 0.1.0
 */
import type { Metadata } from "@effect-pinecone/schema/Metadata"
import type { VectorRecord } from "@effect-pinecone/schema/VectorRecord"
import type * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { RecordError } from "./IndexAt.js"
import type * as Ingest from "./Ingest.js"
import type { CopyOptions, Source } from "./internal/copying.js"
import * as copying from "./internal/copying.js"
import { summarize } from "./internal/summary.js"
import type { Namespaces } from "./Namespaces.js"
import type { Fetched, Reading } from "./Reading.js"

export type { CopyOptions } from "./internal/copying.js"

/** What copying asks of an index without a Schema. */
interface Untyped
  extends
    Pick<Reading<Metadata, Metadata>, "scan" | "listStream">,
    Pick<Namespaces<Metadata>, "listNamespacesStream">,
    Pick<Ingest.Ingest<Metadata, Metadata>, "upsertProgress">
{
  readonly namespace: (namespace: string) => Untyped
}

/**
 * What can be copied from, and to: any index or view of one, whatever its Schema. The metadata is copied as it is stored.
 *
 * @since 0.1.0
 * @category models
 */
export interface Copyable {
  readonly untyped: () => Untyped
}

const toRecord = ({ id, metadata, sparseValues, values }: Fetched<Metadata>): VectorRecord => ({
  id,
  values,
  sparseValues,
  metadata
})

/** An index as the source and the target of records that are read as they are written. */
const sourceOf = (index: Untyped): Source<VectorRecord> => ({
  scan: (options) => Stream.map(index.scan(options), toRecord),
  listStream: index.listStream,
  listNamespacesStream: () => index.listNamespacesStream(),
  upsertProgress: (records, options) => index.upsertProgress(records, options),
  namespace: (namespace) => sourceOf(index.namespace(namespace))
})

/**
 * The same as {@link copy}, as a report for each answer; the last one is of the end.
 *
 * @since 0.1.0
 * @category operations
 */
export const copyProgress = (
  from: Copyable,
  to: Copyable,
  options?: CopyOptions
): Stream.Stream<Ingest.Progress<VectorRecord>, RecordError | Ingest.BatchFailed<VectorRecord>> =>
  copying.copyProgress(sourceOf(from.untyped()), sourceOf(to.untyped()), options)

/**
 * Copies the records of an index, or of namespaces of it, to another index or namespace, with all that `upsertAll`
 * promises. Views name the namespaces: `copy(movies.namespace("en"), archive.namespace("en-2026"))`.
 *
 * @since 0.1.0
 * @category operations
 */
export const copy = (
  from: Copyable,
  to: Copyable,
  options?: CopyOptions
): Effect.Effect<Ingest.Summary<VectorRecord>, RecordError | Ingest.BatchFailed<VectorRecord>> =>
  summarize(copyProgress(from, to, options))
