/**
 * The search for the records nearest to a vector (`/query` of the data-plane API).
 *
 * ```ts
 * import type * as Query from "@effect-pinecone/schema/Query"
 *
 * const best = ({ matches }: Query.QueryResponse) => matches?.[0]?.id
 * ```
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Matches as decodeMatches } from "./internal/matches.js"
import { answer, JsonObject, maybe, struct } from "./internal/wire.js"
import { Usage } from "./Usage.js"
import { DenseVector, SparseVector } from "./Vector.js"

/**
 * One of several query vectors in a request; deprecated by Pinecone, and neither sent nor answered.
 *
 * @since 0.1.0
 * @category schemas
 */
export const QueryVector = struct({
  values: DenseVector,
  sparseValues: maybe(SparseVector),
  topK: maybe(Schema.Int),
  namespace: maybe(Schema.String),
  filter: maybe(JsonObject)
}).annotations({ identifier: "QueryVector" })

/**
 * The request of a query.
 *
 * @since 0.1.0
 * @category schemas
 */
export const QueryRequest = struct({
  namespace: maybe(Schema.String),
  topK: Schema.Int,
  filter: maybe(JsonObject),
  includeValues: maybe(Schema.Boolean),
  includeMetadata: maybe(Schema.Boolean),
  queries: maybe(Schema.Array(QueryVector)),
  vector: maybe(DenseVector),
  sparseVector: maybe(SparseVector),
  id: maybe(Schema.String),
  scanFactor: maybe(Schema.Number),
  maxCandidates: maybe(Schema.Int)
}).annotations({ identifier: "QueryRequest" })

/**
 * The type of the `QueryRequest` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface QueryRequest extends Schema.Schema.Type<typeof QueryRequest> {}

/**
 * A record with its score: higher is nearer for cosine and dotproduct, lower for euclidean (the squared distance).
 *
 * @since 0.1.0
 * @category schemas
 */
export const ScoredVector = answer("ScoredVector", {
  id: Schema.String,
  score: maybe(Schema.Number),
  values: maybe(DenseVector),
  sparseValues: maybe(SparseVector),
  metadata: maybe(JsonObject)
})

/**
 * The type of the `ScoredVector` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface ScoredVector extends Schema.Schema.Type<typeof ScoredVector> {}

/**
 * The matches of a query, up to 10,000 of them: decoded as {@link ScoredVector} says, in one loop.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Matches: Schema.Schema<ReadonlyArray<ScoredVector>, ReadonlyArray<unknown>> = decodeMatches

/**
 * The results of one of several queries.
 *
 * @since 0.1.0
 * @category schemas
 */
export const SingleQueryResults = answer("SingleQueryResults", {
  matches: maybe(Schema.Array(ScoredVector)),
  namespace: maybe(Schema.String)
})

/**
 * The answer to a query.
 *
 * @since 0.1.0
 * @category schemas
 */
export const QueryResponse = answer("QueryResponse", {
  results: maybe(Schema.Array(SingleQueryResults)),
  matches: maybe(Matches),
  namespace: maybe(Schema.String),
  usage: maybe(Usage)
})

/**
 * The type of the `QueryResponse` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface QueryResponse extends Schema.Schema.Type<typeof QueryResponse> {}
