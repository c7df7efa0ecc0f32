/**
 * The data plane of Pinecone's database in API version 2026-04: the records, text records, namespaces and imports of one index.
 * `DataPlaneApi` is that of the newest version, whose answers have what these have.
 *
 * ```ts
 * import { DataPlaneApi2026_04 } from "@effect-pinecone/http/DataPlaneApi2026_04"
 * import * as OpenApi from "@effect/platform/OpenApi"
 *
 * const { version } = OpenApi.fromApi(DataPlaneApi2026_04).info // "2026-04"
 * ```
 *
 * @since 0.1.0
 */
import * as BulkImport from "@effect-pinecone/schema/BulkImport"
import * as Namespace from "@effect-pinecone/schema/Namespace"
import * as Namespace2026_04 from "@effect-pinecone/schema/Namespace2026_04"
import * as Query from "@effect-pinecone/schema/Query"
import * as SearchRecords from "@effect-pinecone/schema/SearchRecords"
import * as VectorRecord from "@effect-pinecone/schema/VectorRecord"
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"
import { dataError, del, get, Limit, PathSegment, post } from "./internal/endpoint.js"

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
  .add(post("upsert", "/vectors/upsert", {
    id: "upsertVectors",
    payload: VectorRecord.UpsertRequest,
    success: VectorRecord.UpsertResponse
  }))
  .add(post("query", "/query", {
    id: "queryVectors",
    payload: Query.QueryRequest,
    success: Query.QueryResponse
  }))
  .add(get("fetch", "/vectors/fetch", {
    id: "fetchVectors",
    query: Schema.Struct({ ids: Ids, namespace: Schema.optional(Schema.String) }),
    success: VectorRecord.FetchResponse
  }))
  .add(post("fetchByMetadata", "/vectors/fetch_by_metadata", {
    id: "fetch_vectors_by_metadata",
    payload: VectorRecord.FetchByMetadataRequest,
    success: VectorRecord.FetchByMetadataResponse
  }))
  .add(post("update", "/vectors/update", {
    id: "updateVector",
    payload: VectorRecord.UpdateRequest,
    success: VectorRecord.UpdateResponse
  }))
  .add(post("delete", "/vectors/delete", {
    id: "deleteVectors",
    payload: VectorRecord.DeleteRequest,
    success: VectorRecord.DeleteResponse
  }))
  .add(get("list", "/vectors/list", {
    id: "listVectors",
    query: Schema.Struct({
      prefix: Schema.optional(Schema.String),
      limit: Schema.optional(Limit),
      paginationToken: Schema.optional(Schema.String),
      namespace: Schema.optional(Schema.String)
    }),
    success: VectorRecord.ListResponse
  }))
  .add(post("stats", "/describe_index_stats", {
    id: "describeIndexStats",
    payload: Namespace.DescribeIndexStatsRequest,
    success: Namespace2026_04.IndexStats
  }))
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
  .add(post("upsert", "/records/namespaces/:namespace/upsert", {
    id: "upsertRecordsNamespace",
    params: namespace,
    payload: Lines,
    success: HttpApiSchema.Empty(201)
  }))
  .add(post("search", "/records/namespaces/:namespace/search", {
    id: "searchRecordsNamespace",
    params: namespace,
    payload: SearchRecords.SearchRecordsRequest,
    success: SearchRecords.SearchRecordsResponse
  }))
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
  .add(get("list", "/namespaces", {
    id: "listNamespacesOperation",
    query: Schema.Struct({
      limit: Schema.optional(Limit),
      paginationToken: Schema.optional(Schema.String),
      prefix: Schema.optional(Schema.String)
    }),
    success: Namespace2026_04.ListNamespacesResponse
  }))
  .add(post("create", "/namespaces", {
    id: "createNamespace",
    payload: Namespace.CreateNamespaceRequest,
    success: Namespace2026_04.NamespaceDescription,
    error: errors[409]
  }))
  .add(get("describe", "/namespaces/:namespace", {
    id: "describeNamespace",
    params: namespace,
    success: Namespace2026_04.NamespaceDescription
  }))
  .add(del("delete", "/namespaces/:namespace", {
    id: "deleteNamespace",
    params: namespace,
    success: VectorRecord.DeleteResponse
  }))
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
  .add(post("start", "/bulk/imports", {
    id: "startBulkImport",
    payload: BulkImport.StartImportRequest,
    success: BulkImport.StartImportResponse
  }))
  .add(get("list", "/bulk/imports", {
    id: "listBulkImports",
    query: Schema.Struct({
      limit: Schema.optional(Limit),
      paginationToken: Schema.optional(Schema.String)
    }),
    success: BulkImport.ListImportsResponse
  }))
  .add(get("describe", "/bulk/imports/:id", {
    id: "describeBulkImport",
    params: importId,
    success: BulkImport.ImportModel
  }))
  .add(del("cancel", "/bulk/imports/:id", {
    id: "cancelBulkImport",
    params: importId,
    success: BulkImport.CancelImportResponse
  }))
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
export class DataPlaneApi2026_04 extends HttpApi.make("dataPlane")
  .add(VectorsGroup)
  .add(NamespacesGroup)
  .add(RecordsGroup)
  .add(ImportsGroup)
  .annotate(OpenApi.Title, "Pinecone Data Plane API")
  .annotate(OpenApi.Version, "2026-04")
{}
