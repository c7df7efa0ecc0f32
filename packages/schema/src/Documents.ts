/**
 * The requests and answers of the operations on documents (`/namespaces/{namespace}/documents/*` of the data-plane API, since API
 * version 2026-07), as they are on the wire: what a document has depends on its index.
 *
 * ```ts
 * import type * as Documents from "@effect-pinecone/schema/Documents"
 *
 * const best = ({ matches }: Documents.SearchResponse) => matches[0]
 * ```
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { isObject } from "./internal/guards.js"
import { answer, as, JsonObject, maybe, maybeAs, struct } from "./internal/wire.js"
import { Pagination } from "./Usage.js"
import { DenseVector, SparseVector } from "./Vector.js"

/**
 * A document as JSON: its `_id`, and its fields by their names.
 *
 * @since 0.1.0
 * @category models
 */
export interface Json {
  readonly _id: string
  readonly [field: string]: unknown
}

const isJson = (u: unknown): u is Json => isObject(u) && typeof u["_id"] === "string"

const documentOf = (identifier: string, values: object, properties: object = {}): Schema.Schema<Json> =>
  Schema.declare(isJson, {
    identifier,
    jsonSchema: {
      type: "object",
      required: ["_id"],
      properties: { _id: { type: "string" }, ...properties },
      additionalProperties: values
    },
    arbitrary: () => (fc) => fc.record({ _id: fc.string({ minLength: 1 }), title: fc.string() })
  })

const Values = {
  anyOf: [
    { type: "string" },
    { type: "number" },
    { type: "boolean" },
    { type: "array", items: { type: "string" } },
    { type: "array", items: { type: "number" } },
    { $ref: "#/components/schemas/SparseValues" }
  ]
}

/**
 * A document to write (`DocumentRecord`).
 *
 * @since 0.1.0
 * @category schemas
 */
export const Document = documentOf("DocumentRecord", Values)

/**
 * The request of an upsert.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UpsertRequest = struct({
  documents: Schema.Array(Document)
}).annotations({ identifier: "UpsertDocumentsRequest" })

/**
 * What a write costs.
 *
 * @since 0.1.0
 * @category schemas
 */
export const WriteUsage = answer("DocumentWriteUsage", {
  embedTotalTokens: as("embed_total_tokens", Schema.Int)
})

/**
 * The answer to an upsert.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UpsertResponse = answer("UpsertDocumentsResponse", {
  upsertedCount: as("upserted_count", Schema.Int),
  usage: maybe(WriteUsage)
})

/**
 * What documents are scored by (`DocumentScoringMethod`).
 *
 * @since 0.1.0
 * @category schemas
 */
export const ScoringMethod = struct({
  type: Schema.String,
  fields: maybe(Schema.Array(Schema.String)),
  field: maybe(Schema.String),
  query: maybe(Schema.String),
  values: maybe(DenseVector),
  sparseValues: maybeAs("sparse_values", SparseVector)
}).annotations({ identifier: "DocumentScoringMethod" })

/**
 * The type of the `ScoringMethod` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface ScoringMethod extends Schema.Schema.Type<typeof ScoringMethod> {}

/**
 * The request of a search.
 *
 * @since 0.1.0
 * @category schemas
 */
export const SearchRequest = struct({
  scoreBy: as("score_by", Schema.Array(ScoringMethod)),
  topK: as("top_k", Schema.Int),
  includeFields: maybeAs("include_fields", Schema.Array(Schema.String)),
  filter: maybe(JsonObject)
}).annotations({ identifier: "SearchDocumentsRequest" })

/**
 * The type of the `SearchRequest` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface SearchRequest extends Schema.Schema.Type<typeof SearchRequest> {}

const usage = (identifier: string) =>
  answer(identifier, {
    readUnits: as("read_units", Schema.Int),
    egressBytes: maybeAs("egress_bytes", Schema.Int)
  })

/**
 * What a search costs.
 *
 * @since 0.1.0
 * @category schemas
 */
export const SearchUsage = answer("DocumentSearchUsage", {
  readUnits: as("read_units", Schema.Int),
  egressBytes: maybeAs("egress_bytes", Schema.Int),
  embedTotalTokens: maybeAs("embed_total_tokens", Schema.Int)
})

/**
 * The type of the `SearchUsage` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface SearchUsage extends Schema.Schema.Type<typeof SearchUsage> {}

/**
 * A document that was found (`DocumentSearchMatch`): its `_id`, its `_score`, and the fields that were asked for. The score is
 * `null` where it is not finite.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Match = Schema.declare(isJson, {
  identifier: "DocumentSearchMatch",
  jsonSchema: {
    type: "object",
    required: ["_id", "_score"],
    properties: { _id: { type: "string" }, _score: { anyOf: [{ type: "number" }, { type: "null" }] } },
    additionalProperties: true
  },
  arbitrary: () => (fc) => fc.record({ _id: fc.string({ minLength: 1 }), _score: fc.integer() })
})

/**
 * The answer to a search.
 *
 * @since 0.1.0
 * @category schemas
 */
export const SearchResponse = answer("SearchDocumentsResponse", {
  matches: Schema.Array(Match),
  namespace: Schema.String,
  usage: SearchUsage
})

/**
 * The type of the `SearchResponse` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface SearchResponse extends Schema.Schema.Type<typeof SearchResponse> {}

/**
 * The request of a fetch: by ids, or by a filter.
 *
 * @since 0.1.0
 * @category schemas
 */
export const FetchRequest = struct({
  ids: maybe(Schema.Array(Schema.String)),
  filter: maybe(JsonObject),
  includeFields: maybeAs("include_fields", Schema.Array(Schema.String)),
  limit: maybe(Schema.Int),
  paginationToken: maybeAs("pagination_token", Schema.String)
}).annotations({ identifier: "FetchDocumentsRequest" })

/**
 * The type of the `FetchRequest` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface FetchRequest extends Schema.Schema.Type<typeof FetchRequest> {}

/**
 * The documents of a fetch, by their ids on the wire, in a list for the user.
 *
 * @since 0.1.0
 * @category schemas
 */
export const DocumentsById: Schema.Schema<ReadonlyArray<Json>, { readonly [id: string]: unknown }> = Schema.transform(
  JsonObject,
  Schema.Array(Schema.Unknown),
  {
    strict: true,
    decode: (byId): ReadonlyArray<unknown> => Object.values(byId),
    // eslint-disable-next-line no-restricted-syntax -- the Schema composed below has checked them.
    encode: (documents) => Object.fromEntries((documents as ReadonlyArray<Json>).map((one) => [one._id, one]))
  }
).pipe(
  Schema.compose(Schema.Array(documentOf("FetchedDocumentRecord", {})), { strict: false }),
  Schema.annotations({
    jsonSchema: {
      type: "object",
      additionalProperties: {
        type: "object",
        required: ["_id"],
        properties: { _id: { type: "string" } },
        additionalProperties: true
      }
    }
  })
)

/**
 * The answer to a fetch.
 *
 * @since 0.1.0
 * @category schemas
 */
export const FetchResponse = answer("FetchDocumentsResponse", {
  documents: DocumentsById,
  pagination: maybe(Pagination),
  namespace: Schema.String,
  usage: usage("DocumentFetchUsage")
})

/**
 * The request of a delete: by ids, by a filter, or of all.
 *
 * @since 0.1.0
 * @category schemas
 */
export const DeleteRequest = struct({
  ids: maybe(Schema.Array(Schema.String)),
  filter: maybe(JsonObject),
  deleteAll: maybeAs("delete_all", Schema.Boolean)
}).annotations({ identifier: "DeleteDocumentsRequest" })

/**
 * The type of the `DeleteRequest` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface DeleteRequest extends Schema.Schema.Type<typeof DeleteRequest> {}

/**
 * The answer to a delete: how many documents matched a filter, as far as that is known.
 *
 * @since 0.1.0
 * @category schemas
 */
export const DeleteResponse = answer("DeleteDocumentsResponse", {
  matchedRecords: maybeAs("matched_records", Schema.Int)
})

const removed = { _remove_fields: { type: "array", items: { type: "string" } } }

/**
 * The request of an update: a change for each document, or one for all that match a filter.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UpdateRequest = struct({
  documents: maybe(Schema.Array(documentOf("UpdateDocumentRecord", Values, removed))),
  filter: maybe(JsonObject),
  setFields: maybeAs("set_fields", JsonObject),
  removeFields: maybeAs("remove_fields", Schema.Array(Schema.String))
}).annotations({ identifier: "UpdateDocumentsRequest" })

/**
 * The type of the `UpdateRequest` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface UpdateRequest extends Schema.Schema.Type<typeof UpdateRequest> {}

/**
 * The answer to an update: how many documents matched a filter.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UpdateResponse = answer("UpdateDocumentsResponse", {
  matchedRecords: maybeAs("matched_records", Schema.Int),
  usage: maybe(WriteUsage)
})

/**
 * The request of a list.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ListRequest = struct({
  prefix: maybe(Schema.String),
  limit: maybe(Schema.Int),
  paginationToken: maybeAs("pagination_token", Schema.String)
}).annotations({ identifier: "ListDocumentsRequest" })

/**
 * The type of the `ListRequest` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface ListRequest extends Schema.Schema.Type<typeof ListRequest> {}

/**
 * A page of ids.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ListResponse = answer("ListDocumentsResponse", {
  documents: Schema.Array(answer("ListedDocumentRecord", { id: as("_id", Schema.String) })),
  pagination: maybe(Pagination),
  namespace: Schema.String,
  usage: usage("DocumentListUsage")
})
