/**
 * Backups of serverless indexes, and the jobs that restore them (`/backups` and `/restore-jobs` of the control-plane
 * API).
 *
 * ```ts
 * import type * as Backup from "@effect-pinecone/schema/Backup"
 *
 * const describe = ({ backupId, status }: Backup.BackupModel) => `${backupId}: ${status}`
 * ```
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { DeletionProtection, Tags } from "./IndexModel.js"
import { IndexSchema } from "./IndexSchema.js"
import { vectorsOf } from "./internal/indexForms.js"
import { AnyMetric } from "./internal/metric.js"
import { answer, as, date, made, maybe, maybeAs, model, openEnum, struct } from "./internal/wire.js"
import { ReadCapacity } from "./ReadCapacity.js"

const PaginationResponse = answer("PaginationResponse", { next: Schema.String })

const common = {
  backupId: as("backup_id", Schema.String),
  sourceIndexName: as("source_index_name", Schema.String),
  sourceIndexId: as("source_index_id", Schema.String),
  sourceIndexDeletedAt: maybeAs("source_index_deleted_at", Schema.String),
  name: maybe(Schema.String),
  description: maybe(Schema.String),
  status: openEnum("Initializing", "Ready", "InitializationFailed", "Failed"),
  cloud: Schema.String,
  region: Schema.String,
  schema: maybe(IndexSchema),
  recordCount: maybeAs("record_count", Schema.Int),
  namespaceCount: maybeAs("namespace_count", Schema.Int),
  sizeBytes: maybeAs("size_bytes", Schema.Int),
  tags: maybe(Tags),
  createdAt: maybeAs("created_at", Schema.String)
}

const Model = model("BackupModelOfEachVersion", {
  ...common,
  dimension: maybe(Schema.Int),
  metric: maybe(AnyMetric)
})

/**
 * A backup of an index, whichever version of the API tells of it: `dimension` and `metric` are those of its vectors, if it has
 * any.
 *
 * @since 0.1.0
 * @category models
 */
export interface BackupModel extends Schema.Schema.Type<typeof Model> {}

const Wire = answer("BackupModel", common)

/**
 * A backup of an index (`BackupModel`).
 *
 * @since 0.1.0
 * @category schemas
 */
export const BackupModel: Schema.Schema<BackupModel, typeof Wire.Encoded> = Schema.transformOrFail(Wire, Model, {
  strict: true,
  decode: (wire) => {
    const { dimension, metric } = wire.schema === undefined ? {} : vectorsOf(wire.schema)
    return made({ ...wire, dimension, metric })
  },
  encode: ({ dimension: _, metric: __, ...backup }) => made(backup)
})

/**
 * A page of backups.
 *
 * @since 0.1.0
 * @category schemas
 */
export const BackupList = answer("BackupList", {
  data: maybe(Schema.Array(BackupModel)),
  pagination: maybe(PaginationResponse)
})

/**
 * The request that creates a backup.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CreateBackupRequest = struct({
  name: maybe(Schema.String),
  description: maybe(Schema.String)
}).annotations({ identifier: "CreateBackupRequest" })

/**
 * The request that creates an index from a backup.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CreateIndexFromBackupRequest = struct({
  name: Schema.String,
  tags: maybe(Tags),
  deletionProtection: maybeAs("deletion_protection", DeletionProtection),
  readCapacity: maybeAs("read_capacity", ReadCapacity)
}).annotations({ identifier: "CreateIndexFromBackupRequest" })

/**
 * The type of the `CreateIndexFromBackupRequest` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface CreateIndexFromBackupRequest extends Schema.Schema.Type<typeof CreateIndexFromBackupRequest> {}

/**
 * The answer to it: the restore job and the index.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CreateIndexFromBackupResponse = answer("CreateIndexFromBackupResponse", {
  restoreJobId: as("restore_job_id", Schema.String),
  indexId: as("index_id", Schema.String)
})

/**
 * The type of the `CreateIndexFromBackupResponse` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface CreateIndexFromBackupResponse extends Schema.Schema.Type<typeof CreateIndexFromBackupResponse> {}

/**
 * A restore job and how far it is: `percentComplete` of 0 to 100.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RestoreJobModel = answer("RestoreJobModel", {
  restoreJobId: as("restore_job_id", Schema.String),
  backupId: as("backup_id", Schema.String),
  targetIndexName: as("target_index_name", Schema.String),
  targetIndexId: as("target_index_id", Schema.String),
  status: openEnum("Pending", "InProgress", "Completed", "Failed", "Cancelled"),
  createdAt: maybeAs("created_at", date),
  completedAt: maybeAs("completed_at", date),
  percentComplete: maybeAs("percent_complete", Schema.Number)
})

/**
 * The type of the `RestoreJobModel` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface RestoreJobModel extends Schema.Schema.Type<typeof RestoreJobModel> {}

/**
 * A page of restore jobs.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RestoreJobList = answer("RestoreJobList", {
  data: Schema.Array(RestoreJobModel),
  pagination: maybe(PaginationResponse)
})
