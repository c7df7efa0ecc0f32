/**
 * Schedules that back up an index by themselves (`/backup-schedules` of the control-plane API, since API version 2026-07).
 *
 * ```ts
 * import type * as BackupSchedule from "@effect-pinecone/schema/BackupSchedule"
 *
 * const nightly: BackupSchedule.CreateRequest = {
 *   name: "nightly",
 *   schedule: { type: "time-based", frequency: "daily" },
 *   retention: { expireAfterDays: 7 }
 * }
 * ```
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Tags } from "./IndexModel.js"
import { IndexSchema } from "./IndexSchema.js"
import { answer, as, date, maybe, maybeAs, openEnum, struct } from "./internal/wire.js"

const Pagination = answer("PaginationResponse", { next: Schema.String })

/**
 * How often a schedule runs.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Frequency = openEnum("daily", "weekly", "monthly")

/**
 * The type of the `Frequency` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export type Frequency = Schema.Schema.Type<typeof Frequency>

/**
 * How long the backups of a schedule are kept.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Retention = struct({
  expireAfterDays: as("expire_after_days", Schema.Int)
}).annotations({ identifier: "BackupScheduleRetentionInput" })

/**
 * The request that creates a schedule.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CreateRequest = struct({
  name: Schema.String,
  schedule: struct({
    type: openEnum("time-based"),
    frequency: Frequency
  }).annotations({ identifier: "BackupScheduleRequestSchedule" }),
  retention: Retention
}).annotations({ identifier: "CreateBackupScheduleRequest" })

/**
 * The type of the `CreateRequest` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface CreateRequest extends Schema.Schema.Type<typeof CreateRequest> {}

/**
 * The request that changes a schedule: what it does not name stays.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UpdateRequest = struct({
  frequency: Schema.optional(Frequency),
  retention: Schema.optional(Retention),
  enabled: Schema.optional(Schema.Boolean)
}).annotations({ identifier: "UpdateBackupScheduleRequest" })

/**
 * The type of the `UpdateRequest` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface UpdateRequest extends Schema.Schema.Type<typeof UpdateRequest> {}

/**
 * A schedule. One that is disabled has no `nextScheduledRun`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const BackupSchedule = answer("BackupScheduleResponse", {
  scheduleId: as("schedule_id", Schema.String),
  name: Schema.String,
  indexId: as("index_id", Schema.String),
  projectId: as("project_id", Schema.String),
  scheduleType: as("schedule_type", openEnum("time-based")),
  frequency: Frequency,
  retentionExpireAfterDays: as("retention_expire_after_days", Schema.Int),
  enabled: Schema.Boolean,
  nextScheduledRun: as("next_scheduled_run", Schema.NullOr(date)),
  createdAt: as("created_at", date)
})

/**
 * The type of the `BackupSchedule` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface BackupSchedule extends Schema.Schema.Type<typeof BackupSchedule> {}

/**
 * A page of schedules.
 *
 * @since 0.1.0
 * @category schemas
 */
export const BackupScheduleList = answer("BackupScheduleList", {
  data: Schema.Array(BackupSchedule),
  pagination: maybe(Pagination)
})

/**
 * A backup of a schedule; with the status `Scheduled`, one that is to come at `scheduledExecutionAt`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const HistoryItem = answer("BackupScheduleHistoryItem", {
  backupId: as("backup_id", Schema.String),
  sourceIndexId: as("source_index_id", Schema.String),
  sourceIndexName: as("source_index_name", Schema.String),
  tags: maybe(Tags),
  name: Schema.String,
  description: maybe(Schema.String),
  status: openEnum("Scheduled", "Initializing", "Ready", "InitializationFailed"),
  cloud: Schema.String,
  region: Schema.String,
  schema: maybe(IndexSchema),
  recordCount: maybeAs("record_count", Schema.Int),
  namespaceCount: maybeAs("namespace_count", Schema.Int),
  sizeBytes: maybeAs("size_bytes", Schema.Int),
  createdAt: as("created_at", date),
  scheduledExecutionAt: maybeAs("scheduled_execution_at", date)
})

/**
 * The type of the `HistoryItem` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface HistoryItem extends Schema.Schema.Type<typeof HistoryItem> {}

/**
 * A page of the history of a schedule, the newest first.
 *
 * @since 0.1.0
 * @category schemas
 */
export const History = answer("BackupScheduleHistoryList", {
  data: Schema.Array(HistoryItem),
  pagination: maybe(Pagination)
})
