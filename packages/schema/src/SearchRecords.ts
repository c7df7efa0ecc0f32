/**
 * The search for records by text, by vector or by id (`/records/namespaces/{namespace}/search` of the data-plane API).
 *
 * ```ts
 * import type * as SearchRecords from "@effect-pinecone/schema/SearchRecords"
 *
 * const scores = ({ hits }: { readonly hits: ReadonlyArray<SearchRecords.Hit> }) => hits.map(({ score }) => score)
 * ```
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { answer, as, JsonObject, maybe, maybeAs, openEnum, struct } from "./internal/wire.js"
import { DenseVector, SparseIndices } from "./Vector.js"

/**
 * Terms that the text of a hit has to have.
 *
 * @since 0.1.0
 * @category schemas
 */
export const MatchTerms = struct({
  strategy: maybe(openEnum("all")),
  terms: maybe(Schema.Array(Schema.String))
}).annotations({ identifier: "SearchMatchTerms" })

/**
 * A vector to search by: dense values, or sparse ones with their indices.
 *
 * @since 0.1.0
 * @category schemas
 */
export const SearchVector = struct({
  values: maybe(DenseVector),
  sparseValues: maybeAs("sparse_values", DenseVector),
  sparseIndices: maybeAs("sparse_indices", SparseIndices)
}).annotations({ identifier: "SearchRecordsVector" })

/**
 * How the hits are put in a better order.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Rerank = struct({
  model: Schema.String,
  rankFields: as("rank_fields", Schema.Array(Schema.String)),
  topN: maybeAs("top_n", Schema.Int),
  parameters: maybe(JsonObject),
  query: maybe(Schema.String)
})

/**
 * The request of a search.
 *
 * @since 0.1.0
 * @category schemas
 */
export const SearchRecordsRequest = struct({
  query: struct({
    topK: as("top_k", Schema.Int),
    filter: maybe(JsonObject),
    inputs: maybe(JsonObject),
    vector: maybe(SearchVector),
    id: maybe(Schema.String),
    matchTerms: maybeAs("match_terms", MatchTerms)
  }),
  fields: maybe(Schema.Array(Schema.String)),
  rerank: maybe(Rerank)
}).annotations({ identifier: "SearchRecordsRequest" })

/**
 * The type of the `SearchRecordsRequest` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface SearchRecordsRequest extends Schema.Schema.Type<typeof SearchRecordsRequest> {}

/**
 * A record that was found, with those of its fields that were asked for (`Hit`).
 *
 * @since 0.1.0
 * @category schemas
 */
export const Hit = answer("Hit", {
  id: as("_id", Schema.String),
  score: as("_score", Schema.Number),
  fields: JsonObject
})

/**
 * The type of the `Hit` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface Hit extends Schema.Schema.Type<typeof Hit> {}

/**
 * What a search costs.
 *
 * @since 0.1.0
 * @category schemas
 */
export const SearchUsage = answer("SearchUsage", {
  readUnits: as("read_units", Schema.Int),
  egressBytes: maybeAs("egress_bytes", Schema.Int),
  embedTotalTokens: maybeAs("embed_total_tokens", Schema.Int),
  rerankUnits: maybeAs("rerank_units", Schema.Int)
})

/**
 * The type of the `SearchUsage` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface SearchUsage extends Schema.Schema.Type<typeof SearchUsage> {}

/**
 * The answer to a search.
 *
 * @since 0.1.0
 * @category schemas
 */
export const SearchRecordsResponse = answer("SearchRecordsResponse", {
  namespace: maybe(Schema.String),
  result: answer("SearchResult", { hits: Schema.Array(Hit) }),
  usage: SearchUsage
})

/**
 * The type of the `SearchRecordsResponse` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface SearchRecordsResponse extends Schema.Schema.Type<typeof SearchRecordsResponse> {}

/**
 * A line of an upsert of text records (`UpsertRecord`): `id` may stand for `_id`, and all other fields are the record's.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UpsertRecord = Schema.Struct(
  { _id: Schema.String },
  Schema.Record({ key: Schema.String, value: Schema.Unknown })
).annotations({ identifier: "UpsertRecord" })
