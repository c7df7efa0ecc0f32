/**
 * Bulk imports from object storage (`/bulk/imports` of the data-plane API).
 *
 * ```ts
 * import type * as BulkImport from "@effect-pinecone/schema/BulkImport"
 *
 * const describe = ({ id, percentComplete }: BulkImport.ImportModel) => `${id}: ${percentComplete ?? 0} %`
 * ```
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { answer, maybe, openEnum } from "./internal/wire.js"
import { Pagination } from "./Usage.js"

/**
 * Whether an import stops at the first bad record or leaves it out.
 *
 * @since 0.1.0
 * @category schemas
 */
export const OnError = Schema.Literal("abort", "continue")

/**
 * The type of the `OnError` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export type OnError = typeof OnError.Type

/**
 * The request that starts an import.
 *
 * @since 0.1.0
 * @category schemas
 */
export const StartImportRequest = Schema.Struct({
  uri: Schema.String,
  integrationId: maybe(Schema.String),
  errorMode: maybe(Schema.Struct({ onError: maybe(OnError) }).annotations({ identifier: "ImportErrorMode" }))
}).annotations({ identifier: "StartImportRequest" })

/**
 * The answer to it: the id of the import.
 *
 * @since 0.1.0
 * @category schemas
 */
export const StartImportResponse = Schema.Struct({
  id: maybe(Schema.String)
}).annotations(answer("StartImportResponse"))

/**
 * The empty answer to cancelling an import.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CancelImportResponse = Schema.Struct({}).annotations(answer("CancelImportResponse"))

/**
 * An import and how far it is: `percentComplete` of 0 to 100, `recordsImported` so far.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ImportModel = Schema.Struct({
  id: maybe(Schema.String),
  uri: maybe(Schema.String),
  status: maybe(openEnum("Pending", "InProgress", "Failed", "Completed", "Cancelled")),
  createdAt: maybe(Schema.Date),
  finishedAt: maybe(Schema.Date),
  percentComplete: maybe(Schema.Number),
  recordsImported: maybe(Schema.Int),
  error: maybe(Schema.String)
}).annotations(answer("ImportModel"))

/**
 * The type of the `ImportModel` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface ImportModel extends Schema.Schema.Type<typeof ImportModel> {}

/**
 * A page of imports.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ListImportsResponse = Schema.Struct({
  data: maybe(Schema.Array(ImportModel)),
  pagination: maybe(Pagination)
}).annotations(answer("ListImportsResponse"))
