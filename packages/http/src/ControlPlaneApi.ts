/**
 * The control plane of Pinecone's database, API version 2026-07: indexes, collections, backups and their
 * schedules, and restore jobs, and conversions.
 *
 * The one definition behind the client, the embedded server and the OpenAPI document; `ControlPlaneApi2026_04` is that of the
 * version before.
 *
 * ```ts
 * import * as ControlPlaneApi from "@effect-pinecone/http/ControlPlaneApi"
 * import * as OpenApi from "@effect/platform/OpenApi"
 *
 * const { createIndex } = OpenApi.fromApi(ControlPlaneApi.ControlPlaneApi).components.schemas
 * ```
 *
 * @since 0.1.0
 */
import * as Backup from "@effect-pinecone/schema/Backup"
import * as BackupSchedule from "@effect-pinecone/schema/BackupSchedule"
import * as Collection from "@effect-pinecone/schema/Collection"
import * as ConversionJob from "@effect-pinecone/schema/ConversionJob"
import * as IndexModel from "@effect-pinecone/schema/IndexModel"
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"
import {
  controlError,
  del,
  Flag,
  get,
  Limit,
  patch,
  PathSegment,
  post,
  unauthorized,
  withStatus
} from "./internal/endpoint.js"

/** @internal */
export const errors = {
  400: controlError(400),
  401: unauthorized,
  402: controlError(402),
  403: controlError(403),
  404: controlError(404),
  409: controlError(409),
  412: controlError(412),
  422: controlError(422),
  500: controlError(500),
  501: controlError(501)
} as const

const indexName = Schema.Struct({ index_name: PathSegment })
const collectionName = Schema.Struct({ collection_name: PathSegment })
const backupId = Schema.Struct({ backup_id: PathSegment })
const scheduleId = Schema.Struct({ schedule_id: PathSegment })
const jobId = Schema.Struct({ job_id: PathSegment })
const page = Schema.Struct({
  limit: Schema.optional(Limit),
  paginationToken: Schema.optional(Schema.String)
})

/**
 * The endpoints for indexes.
 *
 * @since 0.1.0
 * @category groups
 */
export class IndexesGroup extends HttpApiGroup.make("indexes")
  .add(get("list", "/indexes", {
    id: "list_indexes",
    success: IndexModel.IndexList
  }))
  .add(post("create", "/indexes", {
    id: "create_index",
    payload: IndexModel.CreateIndexRequest,
    success: withStatus(201, IndexModel.IndexModel),
    error: [errors[400], errors[402], errors[403], errors[404], errors[409], errors[412], errors[422]]
  }))
  .add(post("createForModel", "/indexes/create-for-model", {
    id: "create_index_for_model",
    payload: IndexModel.CreateIndexForModelRequest,
    success: withStatus(201, IndexModel.IndexModel),
    error: [errors[400], errors[402], errors[403], errors[404], errors[409], errors[422]]
  }))
  .add(get("describe", "/indexes/:index_name", {
    id: "describe_index",
    params: indexName,
    success: IndexModel.IndexModel,
    error: errors[404]
  }))
  .add(patch("configure", "/indexes/:index_name", {
    id: "configure_index",
    params: indexName,
    payload: IndexModel.ConfigureIndexRequest,
    success: IndexModel.IndexModel,
    error: [errors[400], errors[403], errors[404], errors[422]]
  }))
  .add(del("delete", "/indexes/:index_name", {
    id: "delete_index",
    params: indexName,
    success: HttpApiSchema.Empty(202),
    error: [errors[403], errors[404], errors[412]]
  }))
  .addError(errors[401])
  .addError(errors[500])
  .addError(errors[501])
{}

/**
 * The endpoints for collections.
 *
 * @since 0.1.0
 * @category groups
 */
export class CollectionsGroup extends HttpApiGroup.make("collections")
  .add(get("list", "/collections", {
    id: "list_collections",
    success: Collection.CollectionList
  }))
  .add(post("create", "/collections", {
    id: "create_collection",
    payload: Collection.CreateCollectionRequest,
    success: withStatus(201, Collection.CollectionModel),
    error: [errors[400], errors[402], errors[403], errors[404], errors[409], errors[422]]
  }))
  .add(get("describe", "/collections/:collection_name", {
    id: "describe_collection",
    params: collectionName,
    success: Collection.CollectionModel,
    error: errors[404]
  }))
  .add(del("delete", "/collections/:collection_name", {
    id: "delete_collection",
    params: collectionName,
    success: HttpApiSchema.Empty(202),
    error: [errors[400], errors[404]]
  }))
  .addError(errors[401])
  .addError(errors[500])
  .addError(errors[501])
{}

/**
 * The endpoints for backups.
 *
 * @since 0.1.0
 * @category groups
 */
export class BackupsGroup extends HttpApiGroup.make("backups")
  .add(get("listByIndex", "/indexes/:index_name/backups", {
    id: "list_index_backups",
    params: indexName,
    query: Schema.Struct({ ...page.fields, include_deleted: Schema.optional(Flag) }),
    success: Backup.BackupList,
    error: [errors[400], errors[403], errors[404]]
  }))
  .add(post("create", "/indexes/:index_name/backups", {
    id: "create_backup",
    params: indexName,
    payload: Backup.CreateBackupRequest,
    success: Backup.BackupModel,
    error: [errors[400], errors[403], errors[404], errors[422]]
  }))
  .add(get("list", "/backups", {
    id: "list_project_backups",
    query: page,
    success: Backup.BackupList,
    error: [errors[400], errors[403]]
  }))
  .add(get("describe", "/backups/:backup_id", {
    id: "describe_backup",
    params: backupId,
    success: Backup.BackupModel,
    error: [errors[403], errors[404]]
  }))
  .add(del("delete", "/backups/:backup_id", {
    id: "delete_backup",
    params: backupId,
    success: HttpApiSchema.Empty(202),
    error: [errors[403], errors[404]]
  }))
  .add(post("createIndex", "/backups/:backup_id/create-index", {
    id: "create_index_from_backup_operation",
    params: backupId,
    payload: Backup.CreateIndexFromBackupRequest,
    success: withStatus(202, Backup.CreateIndexFromBackupResponse),
    error: [errors[400], errors[402], errors[403], errors[404], errors[409], errors[412], errors[422]]
  }))
  .addError(errors[401])
  .addError(errors[500])
  .addError(errors[501])
{}

/**
 * The endpoints for schedules of backups.
 *
 * @since 0.1.0
 * @category groups
 */
export class BackupSchedulesGroup extends HttpApiGroup.make("backupSchedules")
  .add(get("list", "/indexes/:index_name/backup-schedules", {
    id: "list_backup_schedules",
    params: indexName,
    query: page,
    success: BackupSchedule.BackupScheduleList,
    error: [errors[400], errors[403], errors[404]]
  }))
  .add(post("create", "/indexes/:index_name/backup-schedules", {
    id: "create_backup_schedule",
    params: indexName,
    payload: BackupSchedule.CreateRequest,
    success: BackupSchedule.BackupSchedule,
    error: [errors[400], errors[402], errors[403], errors[404], errors[409], errors[422]]
  }))
  .add(get("describe", "/backup-schedules/:schedule_id", {
    id: "describe_backup_schedule",
    params: scheduleId,
    success: BackupSchedule.BackupSchedule,
    error: [errors[403], errors[404]]
  }))
  .add(patch("update", "/backup-schedules/:schedule_id", {
    id: "update_backup_schedule",
    params: scheduleId,
    payload: BackupSchedule.UpdateRequest,
    success: BackupSchedule.BackupSchedule,
    error: [errors[400], errors[403], errors[404], errors[409], errors[422]]
  }))
  .add(del("delete", "/backup-schedules/:schedule_id", {
    id: "delete_backup_schedule",
    params: scheduleId,
    success: HttpApiSchema.Empty(204),
    error: [errors[403], errors[404]]
  }))
  .add(get("history", "/backup-schedules/:schedule_id/history", {
    id: "list_backup_schedule_history",
    params: scheduleId,
    query: page,
    success: BackupSchedule.History,
    error: [errors[400], errors[403], errors[404]]
  }))
  .addError(errors[401])
  .addError(errors[500])
  .addError(errors[501])
{}

/**
 * The endpoints for restore jobs.
 *
 * @since 0.1.0
 * @category groups
 */
export class RestoreJobsGroup extends HttpApiGroup.make("restoreJobs")
  .add(get("list", "/restore-jobs", {
    id: "list_restore_jobs",
    query: page,
    success: Backup.RestoreJobList,
    error: [errors[400], errors[403]]
  }))
  .add(get("describe", "/restore-jobs/:job_id", {
    id: "describe_restore_job",
    params: jobId,
    success: Backup.RestoreJobModel,
    error: [errors[403], errors[404]]
  }))
  .addError(errors[401])
  .addError(errors[500])
  .addError(errors[501])
{}

const conversionJobId = Schema.Struct({ conversion_job_id: PathSegment })

/**
 * The endpoints for conversions of indexes.
 *
 * @since 0.1.0
 * @category groups
 */
export class ConversionsGroup extends HttpApiGroup.make("conversions")
  .add(post("convert", "/indexes/:index_name/convert", {
    id: "convert_index",
    params: indexName,
    payload: ConversionJob.ConvertRequest,
    success: withStatus(202, ConversionJob.ConversionJob),
    error: [errors[400], errors[402], errors[403], errors[404], errors[409], errors[422]]
  }))
  .add(get("list", "/conversion-jobs", {
    id: "list_conversion_jobs",
    query: page,
    success: ConversionJob.ConversionJobList,
    error: [errors[400], errors[403]]
  }))
  .add(get("describe", "/conversion-jobs/:conversion_job_id", {
    id: "describe_conversion_job",
    params: conversionJobId,
    success: ConversionJob.ConversionJob,
    error: [errors[403], errors[404]]
  }))
  .addError(errors[401])
  .addError(errors[500])
  .addError(errors[501])
{}

/**
 * The definition of the control plane.
 *
 * @since 0.1.0
 * @category apis
 */
export class ControlPlaneApi extends HttpApi.make("controlPlane")
  .add(IndexesGroup)
  .add(CollectionsGroup)
  .add(BackupsGroup)
  .add(BackupSchedulesGroup)
  .add(RestoreJobsGroup)
  .add(ConversionsGroup)
  .annotate(OpenApi.Title, "Pinecone Control Plane API")
  .annotate(OpenApi.Version, "2026-07")
{}
