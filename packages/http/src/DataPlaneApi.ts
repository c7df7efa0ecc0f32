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
import * as Documents from "@effect-pinecone/schema/Documents"
import * as Query from "@effect-pinecone/schema/Query"
import * as SearchRecords from "@effect-pinecone/schema/SearchRecords"
import * as VectorRecord from "@effect-pinecone/schema/VectorRecord"
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"
import { imports, namespaceAliases, namespaces, vectors } from "./internal/dataPlane.js"
import {
  controlError,
  dataError,
  del,
  get,
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
  .add(get("fetch", vectors.fetch.path, { id: "fetchVectors", ...vectors.fetch }))
  .add(post("fetchByMetadata", vectors.fetchByMetadata.path, {
    id: "fetch_vectors_by_metadata",
    ...vectors.fetchByMetadata
  }))
  .add(post("update", "/vectors/update", {
    id: "updateVector",
    payload: VectorRecord.UpdateRequest,
    success: VectorRecord.UpdateResponse
  }))
  .add(post("delete", vectors.delete.path, { id: "deleteVectors", ...vectors.delete }))
  .add(get("list", vectors.list.path, { id: "listVectors", ...vectors.list }))
  .add(post("stats", vectors.stats.path, { id: "describeIndexStats", ...vectors.stats }))
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

/**
 * The endpoints for aliases of namespaces.
 *
 * @since 0.1.0
 * @category groups
 */
export class NamespaceAliasesGroup extends HttpApiGroup.make("namespaceAliases")
  .add(get("list", namespaceAliases.list.path, { id: "listNamespaceAliases", ...namespaceAliases.list }))
  .add(post("create", namespaceAliases.create.path, {
    id: "createNamespaceAlias",
    ...namespaceAliases.create,
    error: errors[409]
  }))
  .add(get("describe", namespaceAliases.describe.path, {
    id: "describeNamespaceAlias",
    ...namespaceAliases.describe
  }))
  .add(patch("repoint", namespaceAliases.repoint.path, {
    id: "repointNamespaceAlias",
    ...namespaceAliases.repoint
  }))
  .add(del("delete", namespaceAliases.delete.path, { id: "deleteNamespaceAlias", ...namespaceAliases.delete }))
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
  .add(get("list", namespaces.list.path, { id: "listNamespacesOperation", ...namespaces.list }))
  .add(post("create", namespaces.create.path, {
    id: "createNamespace",
    ...namespaces.create,
    error: errors[409]
  }))
  .add(get("describe", namespaces.describe.path, { id: "describeNamespace", ...namespaces.describe }))
  .add(del("delete", namespaces.delete.path, { id: "deleteNamespace", ...namespaces.delete }))
  .addError(errors[400])
  .addError(errors[401])
  .addError(errors[403])
  .addError(errors[404])
  .addError(errors[429])
  .addError(errors[500])
  .addError(errors[501])
{}

/**
 * The endpoints for bulk imports.
 *
 * @since 0.1.0
 * @category groups
 */
export class ImportsGroup extends HttpApiGroup.make("imports")
  .add(post("start", imports.start.path, { id: "startBulkImport", ...imports.start }))
  .add(get("list", imports.list.path, { id: "listBulkImports", ...imports.list }))
  .add(get("describe", imports.describe.path, { id: "describeBulkImport", ...imports.describe }))
  .add(del("cancel", imports.cancel.path, { id: "cancelBulkImport", ...imports.cancel }))
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
