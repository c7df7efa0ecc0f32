/**
 * Jobs that convert an index of records into an index of documents (`/conversion-jobs` of the control-plane API, since API version
 * 2026-07).
 *
 * ```ts
 * import type * as ConversionJob from "@effect-pinecone/schema/ConversionJob"
 *
 * const describe = ({ percentComplete, status }: ConversionJob.ConversionJob) => `${status}: ${percentComplete} %`
 * ```
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Tags } from "./IndexModel.js"
import { CreateIndexSchema } from "./IndexSchema.js"
import { answer, as, date, maybe, openEnum, optionalAs, struct } from "./internal/wire.js"

const ErrorMode = struct({
  onError: as("on_error", openEnum("abort", "continue"))
})

/**
 * The request that converts an index.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ConvertRequest = struct({
  name: Schema.String,
  schema: CreateIndexSchema,
  errorMode: optionalAs("error_mode", ErrorMode),
  tags: maybe(Tags)
}).annotations({ identifier: "ConvertIndexRequest" })

/**
 * The type of the `ConvertRequest` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface ConvertRequest extends Schema.Schema.Type<typeof ConvertRequest> {}

/**
 * A job and how far it is: `percentComplete` of 0 to 100.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ConversionJob = answer("ConversionJobModel", {
  conversionJobId: as("conversion_job_id", Schema.String),
  sourceIndexId: as("source_index_id", Schema.String),
  sourceIndexName: as("source_index_name", Schema.String),
  targetIndexId: as("target_index_id", Schema.String),
  targetIndexName: as("target_index_name", Schema.String),
  status: openEnum("InProgress", "Completed", "Failed", "Cancelled"),
  percentComplete: as("percent_complete", Schema.Number),
  recordsConverted: as("records_converted", Schema.Int),
  recordsSkipped: as("records_skipped", Schema.Int),
  errorMode: as("error_mode", ErrorMode),
  createdAt: as("created_at", date),
  completedAt: as("completed_at", Schema.NullOr(date))
})

/**
 * The type of the `ConversionJob` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface ConversionJob extends Schema.Schema.Type<typeof ConversionJob> {}

/**
 * A page of jobs, the newest first.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ConversionJobList = answer("ConversionJobList", {
  data: Schema.Array(ConversionJob),
  pagination: maybe(answer("PaginationResponse", { next: Schema.String }))
})
