/**
 * The data plane of Pinecone's database, API version 2026-07: the records, documents, namespaces, aliases and imports of one
 * index.
 *
 * The one definition behind the client, the embedded server and the OpenAPI document; `DataPlaneApi2026_04` is that of the version
 * before. The bodies that carry vectors are
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
import * as Documents from "@effect-pinecone/schema/Documents"
import * as Namespace from "@effect-pinecone/schema/Namespace"
import * as NamespaceAlias from "@effect-pinecone/schema/NamespaceAlias"
import * as Query from "@effect-pinecone/schema/Query"
import * as SearchRecords from "@effect-pinecone/schema/SearchRecords"
import * as VectorRecord from "@effect-pinecone/schema/VectorRecord"
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"
import {
  controlError,
  dataError,
  del,
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
  400: dataError(400, 3, 11),
  401: unauthorized,
  403: dataError(403, 7),
  404: dataError(404, 5),
  409: dataError(409, 6),
  412: dataError(412, 9),
  429: dataError(429, 8),
  500: dataError(500, 13),
  501: dataError(501, 12)
} as const

/** Documents and text records have the errors of the control plane. */
const plainErrors = {
  400: controlError(400),
  401: unauthorized,
  403: controlError(403),
  404: controlError(404),
  409: controlError(409),
  412: controlError(412),
  429: controlError(429),
  500: controlError(500),
  501: controlError(501)
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
    success: VectorRecord.UpsertResponse,
    error: errors[409]
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
    success: Namespace.IndexStats
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
    success: HttpApiSchema.Empty(201),
    error: plainErrors[409]
  }))
  .add(post("search", "/records/namespaces/:namespace/search", {
    id: "searchRecordsNamespace",
    params: namespace,
    payload: SearchRecords.SearchRecordsRequest,
    success: SearchRecords.SearchRecordsResponse
  }))
  .addError(plainErrors[400])
  .addError(plainErrors[401])
  .addError(plainErrors[403])
  .addError(plainErrors[404])
  .addError(plainErrors[429])
  .addError(plainErrors[500])
  .addError(plainErrors[501])
{}

/**
 * The endpoints for documents.
 *
 * @since 0.1.0
 * @category groups
 */
export class DocumentsGroup extends HttpApiGroup.make("documents")
  .add(post("upsert", "/namespaces/:namespace/documents/upsert", {
    id: "upsertDocuments",
    params: namespace,
    payload: Documents.UpsertRequest,
    success: withStatus(202, Documents.UpsertResponse),
    error: plainErrors[409]
  }))
  .add(post("search", "/namespaces/:namespace/documents/search", {
    id: "searchDocuments",
    params: namespace,
    payload: Documents.SearchRequest,
    success: Documents.SearchResponse
  }))
  .add(post("fetch", "/namespaces/:namespace/documents/fetch", {
    id: "fetchDocuments",
    params: namespace,
    payload: Documents.FetchRequest,
    success: Documents.FetchResponse
  }))
  .add(post("delete", "/namespaces/:namespace/documents/delete", {
    id: "deleteDocuments",
    params: namespace,
    payload: Documents.DeleteRequest,
    success: withStatus(202, Documents.DeleteResponse),
    error: plainErrors[412]
  }))
  .add(post("update", "/namespaces/:namespace/documents/update", {
    id: "updateDocuments",
    params: namespace,
    payload: Documents.UpdateRequest,
    success: withStatus(202, Documents.UpdateResponse),
    error: plainErrors[412]
  }))
  .add(post("list", "/namespaces/:namespace/documents/list", {
    id: "listDocuments",
    params: namespace,
    payload: Documents.ListRequest,
    success: Documents.ListResponse
  }))
  .addError(plainErrors[400])
  .addError(plainErrors[401])
  .addError(plainErrors[403])
  .addError(plainErrors[404])
  .addError(plainErrors[429])
  .addError(plainErrors[500])
  .addError(plainErrors[501])
{}

const aliasName = Schema.Struct({ alias_name: PathSegment })

/**
 * The endpoints for aliases of namespaces.
 *
 * @since 0.1.0
 * @category groups
 */
export class NamespaceAliasesGroup extends HttpApiGroup.make("namespaceAliases")
  .add(get("list", "/namespace-aliases", {
    id: "listNamespaceAliases",
    query: Schema.Struct({
      limit: Schema.optional(Limit),
      paginationToken: Schema.optional(Schema.String),
      prefix: Schema.optional(Schema.String),
      target_namespace: Schema.optional(Schema.String)
    }),
    success: NamespaceAlias.ListResponse
  }))
  .add(post("create", "/namespace-aliases", {
    id: "createNamespaceAlias",
    payload: NamespaceAlias.CreateRequest,
    success: NamespaceAlias.NamespaceAlias,
    error: errors[409]
  }))
  .add(get("describe", "/namespace-aliases/:alias_name", {
    id: "describeNamespaceAlias",
    params: aliasName,
    success: NamespaceAlias.NamespaceAlias
  }))
  .add(patch("repoint", "/namespace-aliases/:alias_name", {
    id: "repointNamespaceAlias",
    params: aliasName,
    payload: NamespaceAlias.RepointRequest,
    success: NamespaceAlias.NamespaceAlias
  }))
  .add(del("delete", "/namespace-aliases/:alias_name", {
    id: "deleteNamespaceAlias",
    params: aliasName,
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
    success: Namespace.ListNamespacesResponse
  }))
  .add(post("create", "/namespaces", {
    id: "createNamespace",
    payload: Namespace.CreateNamespaceRequest,
    success: Namespace.NamespaceDescription,
    error: errors[409]
  }))
  .add(get("describe", "/namespaces/:namespace", {
    id: "describeNamespace",
    params: namespace,
    success: Namespace.NamespaceDescription
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
export class DataPlaneApi extends HttpApi.make("dataPlane")
  .add(VectorsGroup)
  .add(NamespacesGroup)
  .add(NamespaceAliasesGroup)
  .add(RecordsGroup)
  .add(DocumentsGroup)
  .add(ImportsGroup)
  .annotate(OpenApi.Title, "Pinecone Data Plane API")
  .annotate(OpenApi.Version, "2026-07")
{}
