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
import { answer, date, maybe, openEnum, struct } from "./internal/wire.js"
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
export const StartImportRequest = struct({
  uri: Schema.String,
  integrationId: maybe(Schema.String),
  errorMode: maybe(struct({ onError: maybe(OnError) }).annotations({ identifier: "ImportErrorMode" }))
}).annotations({ identifier: "StartImportRequest" })

/**
 * The answer to it: the id of the import.
 *
 * @since 0.1.0
 * @category schemas
 */
export const StartImportResponse = answer("StartImportResponse", {
  id: maybe(Schema.String)
})

/**
 * The empty answer to cancelling an import.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CancelImportResponse = answer("CancelImportResponse", {})

/**
 * An import and how far it is: `percentComplete` of 0 to 100, `recordsImported` so far.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ImportModel = answer("ImportModel", {
  id: maybe(Schema.String),
  uri: maybe(Schema.String),
  status: maybe(openEnum("Pending", "InProgress", "Failed", "Completed", "Cancelled")),
  createdAt: maybe(date),
  finishedAt: maybe(date),
  percentComplete: maybe(Schema.Number),
  recordsImported: maybe(Schema.Int),
  error: maybe(Schema.String),
  validationResult: maybe(
    answer("ImportValidationResult", { importSuccesses: maybe(Schema.Int), importErrors: maybe(Schema.Int) })
  )
})

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
export const ListImportsResponse = answer("ListImportsResponse", {
  data: maybe(Schema.Array(ImportModel)),
  pagination: maybe(Pagination)
})
