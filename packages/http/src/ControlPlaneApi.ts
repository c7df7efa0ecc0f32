/**
 * The control plane of Pinecone's database, API version 2026-04: indexes, collections, backups and restore jobs.
 *
 * The one definition behind the client, the embedded server and the OpenAPI document.
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
import * as Collection from "@effect-pinecone/schema/Collection"
import * as IndexModel from "@effect-pinecone/schema/IndexModel"
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"
import { controlError, Limit, PathSegment } from "./internal/endpoint.js"

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
  .add(
    HttpApiEndpoint.get("list", "/indexes")
      .annotate(OpenApi.Identifier, "list_indexes")
      .addSuccess(IndexModel.IndexList)
  )
  .add(
    HttpApiEndpoint.post("create", "/indexes")
      .annotate(OpenApi.Identifier, "create_index")
      .setPayload(IndexModel.CreateIndexRequest)
      .addSuccess(IndexModel.IndexModel, { status: 201 })
      .addError(errors[400])
      .addError(errors[402])
      .addError(errors[403])
      .addError(errors[404])
      .addError(errors[409])
      .addError(errors[422])
  )
  .add(
    HttpApiEndpoint.post("createForModel", "/indexes/create-for-model")
      .annotate(OpenApi.Identifier, "create_index_for_model")
      .setPayload(IndexModel.CreateIndexForModelRequest)
      .addSuccess(IndexModel.IndexModel, { status: 201 })
      .addError(errors[400])
      .addError(errors[404])
      .addError(errors[409])
      .addError(errors[422])
  )
  .add(
    HttpApiEndpoint.get("describe", "/indexes/:index_name")
      .annotate(OpenApi.Identifier, "describe_index")
      .setPath(indexName)
      .addSuccess(IndexModel.IndexModel)
      .addError(errors[404])
  )
  .add(
    HttpApiEndpoint.patch("configure", "/indexes/:index_name")
      .annotate(OpenApi.Identifier, "configure_index")
      .setPath(indexName)
      .setPayload(IndexModel.ConfigureIndexRequest)
      .addSuccess(IndexModel.IndexModel, { status: 202 })
      .addError(errors[400])
      .addError(errors[402])
      .addError(errors[403])
      .addError(errors[404])
      .addError(errors[422])
  )
  .add(
    HttpApiEndpoint.del("delete", "/indexes/:index_name")
      .annotate(OpenApi.Identifier, "delete_index")
      .setPath(indexName)
      .addSuccess(HttpApiSchema.Empty(202))
      .addError(errors[403])
      .addError(errors[404])
      .addError(errors[412])
  )
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
  .add(
    HttpApiEndpoint.get("list", "/collections")
      .annotate(OpenApi.Identifier, "list_collections")
      .addSuccess(Collection.CollectionList)
  )
  .add(
    HttpApiEndpoint.post("create", "/collections")
      .annotate(OpenApi.Identifier, "create_collection")
      .setPayload(Collection.CreateCollectionRequest)
      .addSuccess(Collection.CollectionModel, { status: 201 })
      .addError(errors[400])
      .addError(errors[402])
      .addError(errors[403])
      .addError(errors[404])
      .addError(errors[409])
      .addError(errors[422])
  )
  .add(
    HttpApiEndpoint.get("describe", "/collections/:collection_name")
      .annotate(OpenApi.Identifier, "describe_collection")
      .setPath(collectionName)
      .addSuccess(Collection.CollectionModel)
      .addError(errors[404])
  )
  .add(
    HttpApiEndpoint.del("delete", "/collections/:collection_name")
      .annotate(OpenApi.Identifier, "delete_collection")
      .setPath(collectionName)
      .addSuccess(HttpApiSchema.Empty(202))
      .addError(errors[404])
  )
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
  .add(
    HttpApiEndpoint.get("listByIndex", "/indexes/:index_name/backups")
      .annotate(OpenApi.Identifier, "list_index_backups")
      .setPath(indexName)
      .setUrlParams(page)
      .addSuccess(Backup.BackupList)
      .addError(errors[400])
      .addError(errors[404])
  )
  .add(
    HttpApiEndpoint.post("create", "/indexes/:index_name/backups")
      .annotate(OpenApi.Identifier, "create_backup")
      .setPath(indexName)
      .setPayload(Backup.CreateBackupRequest)
      .addSuccess(Backup.BackupModel, { status: 201 })
      .addError(errors[400])
      .addError(errors[402])
      .addError(errors[403])
      .addError(errors[404])
      .addError(errors[422])
  )
  .add(
    HttpApiEndpoint.get("list", "/backups")
      .annotate(OpenApi.Identifier, "list_project_backups")
      .setUrlParams(page)
      .addSuccess(Backup.BackupList)
      .addError(errors[400])
  )
  .add(
    HttpApiEndpoint.get("describe", "/backups/:backup_id")
      .annotate(OpenApi.Identifier, "describe_backup")
      .setPath(backupId)
      .addSuccess(Backup.BackupModel)
      .addError(errors[404])
  )
  .add(
    HttpApiEndpoint.del("delete", "/backups/:backup_id")
      .annotate(OpenApi.Identifier, "delete_backup")
      .setPath(backupId)
      .addSuccess(HttpApiSchema.Empty(202))
      .addError(errors[404])
      .addError(errors[412])
  )
  .add(
    HttpApiEndpoint.post("createIndex", "/backups/:backup_id/create-index")
      .annotate(OpenApi.Identifier, "create_index_from_backup_operation")
      .setPath(backupId)
      .setPayload(Backup.CreateIndexFromBackupRequest)
      .addSuccess(Backup.CreateIndexFromBackupResponse, { status: 202 })
      .addError(errors[400])
      .addError(errors[402])
      .addError(errors[403])
      .addError(errors[404])
      .addError(errors[409])
      .addError(errors[422])
  )
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
  .add(
    HttpApiEndpoint.get("list", "/restore-jobs")
      .annotate(OpenApi.Identifier, "list_restore_jobs")
      .setUrlParams(page)
      .addSuccess(Backup.RestoreJobList)
      .addError(errors[400])
  )
  .add(
    HttpApiEndpoint.get("describe", "/restore-jobs/:job_id")
      .annotate(OpenApi.Identifier, "describe_restore_job")
      .setPath(jobId)
      .addSuccess(Backup.RestoreJobModel)
      .addError(errors[404])
  )
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
  .add(RestoreJobsGroup)
  .annotate(OpenApi.Title, "Pinecone Control Plane API")
  .annotate(OpenApi.Version, "2026-04")
{}
