/**
 * Copying the documents of an index, or of namespaces of it, to another index or namespace.
 *
 * ```ts
 * import * as DocumentIndex from "@effect-pinecone/data-plane/DocumentIndex"
 * import * as IndexSchema from "@effect-pinecone/schema/IndexSchema"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function*() {
 *   const fields = { title: IndexSchema.text() }
 *   const articles = yield* DocumentIndex.make({ name: "articles", fields })
 *   const archive = yield* DocumentIndex.make({ name: "archive", fields })
 *   return yield* DocumentIndex.copy(articles.namespace("en"), archive.namespace("en-2026"))
 * })
 * ```
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { CopyOptions } from "./Copy.js"
import type { AnyDocument } from "./DocumentCodec.js"
import type { RecordError } from "./IndexAt.js"
import type { BatchFailed, Progress, Summary } from "./IngestReport.js"
import type { Source } from "./internal/copying.js"
import * as copying from "./internal/copying.js"
import { summarize } from "./internal/summary.js"

/**
 * What can be copied from, and to: any index of documents or view of one. Fields of the target's declaration are written as
 * such, all else as metadata, as it is stored. Text that the source does not store cannot be copied.
 *
 * @since 0.1.0
 * @category models
 */
export interface CopyableDocuments {
  readonly untyped: () => Source<AnyDocument>
}

/**
 * The same as {@link copy}, as a report for each answer; the last one is of the end.
 *
 * @since 0.1.0
 * @category operations
 */
export const copyProgress = (
  from: CopyableDocuments,
  to: CopyableDocuments,
  options?: CopyOptions
): Stream.Stream<Progress<AnyDocument>, RecordError | BatchFailed<AnyDocument>> =>
  copying.copyProgress(from.untyped(), to.untyped(), options)

/**
 * Copies the documents of an index, or of namespaces of it, to another index or namespace, with all that `upsertAll`
 * promises. Views name the namespaces: `copy(articles.namespace("en"), archive.namespace("en-2026"))`.
 *
 * @since 0.1.0
 * @category operations
 */
export const copy = (
  from: CopyableDocuments,
  to: CopyableDocuments,
  options?: CopyOptions
): Effect.Effect<Summary<AnyDocument>, RecordError | BatchFailed<AnyDocument>> =>
  summarize(copyProgress(from, to, options))
