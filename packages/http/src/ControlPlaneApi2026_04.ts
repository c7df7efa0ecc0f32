/**
 * The control plane of Pinecone's database in API version 2026-04: indexes, collections, backups and restore jobs. Its Schemas
 * have the types of the newest version, so that what is written for one works with the other.
 *
 * ```ts
 * import { ControlPlaneApi2026_04 } from "@effect-pinecone/http/ControlPlaneApi2026_04"
 * import * as OpenApi from "@effect/platform/OpenApi"
 *
 * const { version } = OpenApi.fromApi(ControlPlaneApi2026_04).info // "2026-04"
 * ```
 *
 * @since 0.1.0
 */
import * as Backup from "@effect-pinecone/schema/Backup"
import * as Backup2026_04 from "@effect-pinecone/schema/Backup2026_04"
import * as Collection from "@effect-pinecone/schema/Collection"
import * as IndexModel from "@effect-pinecone/schema/IndexModel"
import * as IndexModel2026_04 from "@effect-pinecone/schema/IndexModel2026_04"
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"
import { controlError, del, get, Limit, patch, PathSegment, post, withStatus } from "./internal/endpoint.js"

/** @internal */
export const errors = {
  400: controlError(400),
  401: controlError(401),
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
    success: IndexModel2026_04.IndexList
  }))
  .add(post("create", "/indexes", {
    id: "create_index",
    payload: IndexModel2026_04.CreateIndexRequest,
    success: withStatus(201, IndexModel2026_04.IndexModel),
    error: [errors[400], errors[402], errors[403], errors[404], errors[409], errors[422]]
  }))
  .add(post("createForModel", "/indexes/create-for-model", {
    id: "create_index_for_model",
    payload: IndexModel.CreateIndexForModelRequest,
    success: withStatus(201, IndexModel2026_04.IndexModel),
    error: [errors[400], errors[404], errors[409], errors[422]]
  }))
  .add(get("describe", "/indexes/:index_name", {
    id: "describe_index",
    params: indexName,
    success: IndexModel2026_04.IndexModel,
    error: errors[404]
  }))
  .add(patch("configure", "/indexes/:index_name", {
    id: "configure_index",
    params: indexName,
    payload: IndexModel2026_04.ConfigureIndexRequest,
    success: withStatus(202, IndexModel2026_04.IndexModel),
    error: [errors[400], errors[402], errors[403], errors[404], errors[422]]
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
    error: errors[404]
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
    query: page,
    success: Backup2026_04.BackupList,
    error: [errors[400], errors[404]]
  }))
  .add(post("create", "/indexes/:index_name/backups", {
    id: "create_backup",
    params: indexName,
    payload: Backup.CreateBackupRequest,
    success: withStatus(201, Backup2026_04.BackupModel),
    error: [errors[400], errors[402], errors[403], errors[404], errors[422]]
  }))
  .add(get("list", "/backups", {
    id: "list_project_backups",
    query: page,
    success: Backup2026_04.BackupList,
    error: errors[400]
  }))
  .add(get("describe", "/backups/:backup_id", {
    id: "describe_backup",
    params: backupId,
    success: Backup2026_04.BackupModel,
    error: errors[404]
  }))
  .add(del("delete", "/backups/:backup_id", {
    id: "delete_backup",
    params: backupId,
    success: HttpApiSchema.Empty(202),
    error: [errors[404], errors[412]]
  }))
  .add(post("createIndex", "/backups/:backup_id/create-index", {
    id: "create_index_from_backup_operation",
    params: backupId,
    payload: Backup2026_04.CreateIndexFromBackupRequest,
    success: withStatus(202, Backup.CreateIndexFromBackupResponse),
    error: [errors[400], errors[402], errors[403], errors[404], errors[409], errors[422]]
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
    error: errors[400]
  }))
  .add(get("describe", "/restore-jobs/:job_id", {
    id: "describe_restore_job",
    params: jobId,
    success: Backup.RestoreJobModel,
    error: errors[404]
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
export class ControlPlaneApi2026_04 extends HttpApi.make("controlPlane")
  .add(IndexesGroup)
  .add(CollectionsGroup)
  .add(BackupsGroup)
  .add(RestoreJobsGroup)
  .annotate(OpenApi.Title, "Pinecone Control Plane API")
  .annotate(OpenApi.Version, "2026-04")
{}
