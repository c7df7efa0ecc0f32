/**
 * The data plane of Pinecone's database, API version 2026-04: the records, text records, namespaces and imports of one index.
 *
 * The one definition behind the client, the embedded server and the OpenAPI document. The bodies that carry vectors are
 * written and read past it, by the encoder of `RequestBody`, in the same form.
 *
 * ```ts
 * import * as DataPlaneApi from "@effect-pinecone/http/DataPlaneApi"
 * import * as OpenApi from "@effect/platform/OpenApi"
 *
 * const paths = Object.keys(OpenApi.fromApi(DataPlaneApi.DataPlaneApi).paths)
 * ```
 *
 * @since 0.1.0
 */
import * as BulkImport from "@effect-pinecone/schema/BulkImport"
import * as Namespace from "@effect-pinecone/schema/Namespace"
import * as Query from "@effect-pinecone/schema/Query"
import * as SearchRecords from "@effect-pinecone/schema/SearchRecords"
import * as VectorRecord from "@effect-pinecone/schema/VectorRecord"
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"
import { dataError, Limit, PathSegment } from "./internal/endpoint.js"

/** @internal */
export const errors = {
  400: dataError(400, 3, 11),
  401: dataError(401, 16),
  403: dataError(403, 7),
  404: dataError(404, 5),
  409: dataError(409, 6),
  412: dataError(412, 9),
  429: dataError(429, 8),
  500: dataError(500, 13),
  501: dataError(501, 12)
} as const

const Ids = Schema.Array(Schema.String)

/**
 * The endpoints for records with vectors.
 *
 * @since 0.1.0
 * @category groups
 */
export class VectorsGroup extends HttpApiGroup.make("vectors")
  .add(
    HttpApiEndpoint.post("upsert", "/vectors/upsert")
      .annotate(OpenApi.Identifier, "upsertVectors")
      .setPayload(VectorRecord.UpsertRequest)
      .addSuccess(VectorRecord.UpsertResponse)
  )
  .add(
    HttpApiEndpoint.post("query", "/query")
      .annotate(OpenApi.Identifier, "queryVectors")
      .setPayload(Query.QueryRequest)
      .addSuccess(Query.QueryResponse)
  )
  .add(
    HttpApiEndpoint.get("fetch", "/vectors/fetch")
      .annotate(OpenApi.Identifier, "fetchVectors")
      .setUrlParams(Schema.Struct({ ids: Ids, namespace: Schema.optional(Schema.String) }))
      .addSuccess(VectorRecord.FetchResponse)
  )
  .add(
    HttpApiEndpoint.post("fetchByMetadata", "/vectors/fetch_by_metadata")
      .annotate(OpenApi.Identifier, "fetch_vectors_by_metadata")
      .setPayload(VectorRecord.FetchByMetadataRequest)
      .addSuccess(VectorRecord.FetchByMetadataResponse)
  )
  .add(
    HttpApiEndpoint.post("update", "/vectors/update")
      .annotate(OpenApi.Identifier, "updateVector")
      .setPayload(VectorRecord.UpdateRequest)
      .addSuccess(VectorRecord.UpdateResponse)
  )
  .add(
    HttpApiEndpoint.post("delete", "/vectors/delete")
      .annotate(OpenApi.Identifier, "deleteVectors")
      .setPayload(VectorRecord.DeleteRequest)
      .addSuccess(VectorRecord.DeleteResponse)
  )
  .add(
    HttpApiEndpoint.get("list", "/vectors/list")
      .annotate(OpenApi.Identifier, "listVectors")
      .setUrlParams(Schema.Struct({
        prefix: Schema.optional(Schema.String),
        limit: Schema.optional(Limit),
        paginationToken: Schema.optional(Schema.String),
        namespace: Schema.optional(Schema.String)
      }))
      .addSuccess(VectorRecord.ListResponse)
  )
  .add(
    HttpApiEndpoint.post("stats", "/describe_index_stats")
      .annotate(OpenApi.Identifier, "describeIndexStats")
      .setPayload(Namespace.DescribeIndexStatsRequest)
      .addSuccess(Namespace.IndexStats)
  )
  .addError(errors[400])
  .addError(errors[401])
  .addError(errors[403])
  .addError(errors[404])
  .addError(errors[429])
  .addError(errors[500])
  .addError(errors[501])
{}

const namespace = Schema.Struct({ namespace: PathSegment })

/** A line of JSON for each record, as it was sent. */
const Lines = HttpApiSchema.Text({ contentType: "application/x-ndjson" })

/**
 * Text records, for indexes with an integrated embedding.
 *
 * @since 0.1.0
 * @category groups
 */
export class RecordsGroup extends HttpApiGroup.make("records")
  .add(
    HttpApiEndpoint.post("upsert", "/records/namespaces/:namespace/upsert")
      .annotate(OpenApi.Identifier, "upsertRecordsNamespace")
      .setPath(namespace)
      .setPayload(Lines)
      .addSuccess(HttpApiSchema.Empty(201))
  )
  .add(
    HttpApiEndpoint.post("search", "/records/namespaces/:namespace/search")
      .annotate(OpenApi.Identifier, "searchRecordsNamespace")
      .setPath(namespace)
      .setPayload(SearchRecords.SearchRecordsRequest)
      .addSuccess(SearchRecords.SearchRecordsResponse)
  )
  .addError(errors[400])
  .addError(errors[401])
  .addError(errors[403])
  .addError(errors[404])
  .addError(errors[429])
  .addError(errors[500])
  .addError(errors[501])
{}

/**
 * The endpoints for namespaces.
 *
 * @since 0.1.0
 * @category groups
 */
export class NamespacesGroup extends HttpApiGroup.make("namespaces")
  .add(
    HttpApiEndpoint.get("list", "/namespaces")
      .annotate(OpenApi.Identifier, "listNamespacesOperation")
      .setUrlParams(Schema.Struct({
        limit: Schema.optional(Limit),
        paginationToken: Schema.optional(Schema.String),
        prefix: Schema.optional(Schema.String)
      }))
      .addSuccess(Namespace.ListNamespacesResponse)
  )
  .add(
    HttpApiEndpoint.post("create", "/namespaces")
      .annotate(OpenApi.Identifier, "createNamespace")
      .setPayload(Namespace.CreateNamespaceRequest)
      .addSuccess(Namespace.NamespaceDescription)
      .addError(errors[409])
  )
  .add(
    HttpApiEndpoint.get("describe", "/namespaces/:namespace")
      .annotate(OpenApi.Identifier, "describeNamespace")
      .setPath(namespace)
      .addSuccess(Namespace.NamespaceDescription)
  )
  .add(
    HttpApiEndpoint.del("delete", "/namespaces/:namespace")
      .annotate(OpenApi.Identifier, "deleteNamespace")
      .setPath(namespace)
      .addSuccess(VectorRecord.DeleteResponse)
  )
  .addError(errors[400])
  .addError(errors[401])
  .addError(errors[403])
  .addError(errors[404])
  .addError(errors[429])
  .addError(errors[500])
  .addError(errors[501])
{}

const importId = Schema.Struct({ id: PathSegment })

/**
 * The endpoints for bulk imports.
 *
 * @since 0.1.0
 * @category groups
 */
export class ImportsGroup extends HttpApiGroup.make("imports")
  .add(
    HttpApiEndpoint.post("start", "/bulk/imports")
      .annotate(OpenApi.Identifier, "startBulkImport")
      .setPayload(BulkImport.StartImportRequest)
      .addSuccess(BulkImport.StartImportResponse)
  )
  .add(
    HttpApiEndpoint.get("list", "/bulk/imports")
      .annotate(OpenApi.Identifier, "listBulkImports")
      .setUrlParams(Schema.Struct({
        limit: Schema.optional(Limit),
        paginationToken: Schema.optional(Schema.String)
      }))
      .addSuccess(BulkImport.ListImportsResponse)
  )
  .add(
    HttpApiEndpoint.get("describe", "/bulk/imports/:id")
      .annotate(OpenApi.Identifier, "describeBulkImport")
      .setPath(importId)
      .addSuccess(BulkImport.ImportModel)
  )
  .add(
    HttpApiEndpoint.del("cancel", "/bulk/imports/:id")
      .annotate(OpenApi.Identifier, "cancelBulkImport")
      .setPath(importId)
      .addSuccess(BulkImport.CancelImportResponse)
  )
  .addError(errors[400])
  .addError(errors[401])
  .addError(errors[403])
  .addError(errors[404])
  .addError(errors[429])
  .addError(errors[500])
  .addError(errors[501])
{}

/**
 * The definition of the data plane.
 *
 * @since 0.1.0
 * @category apis
 */
export class DataPlaneApi extends HttpApi.make("dataPlane")
  .add(VectorsGroup)
  .add(NamespacesGroup)
  .add(RecordsGroup)
  .add(ImportsGroup)
  .annotate(OpenApi.Title, "Pinecone Data Plane API")
  .annotate(OpenApi.Version, "2026-04")
{}
