/**
 * Embedding, reranking and the models for both: the requests and answers of `/embed`, `/rerank` and `/models` of the
 * inference API.
 *
 * ```ts
 * import type * as Inference from "@effect-pinecone/schema/Inference"
 *
 * const isDense = ({ type }: Inference.ModelInfo) => type === "embed"
 * ```
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { answer, as, JsonObject, maybe, maybeAs, openEnum, struct } from "./internal/wire.js"
import { DenseVector, SparseIndices } from "./Vector.js"

/**
 * Texts to embed, and how (`EmbedRequest`).
 *
 * @since 0.1.0
 * @category schemas
 */
export const EmbedRequest = struct({
  model: Schema.String,
  inputs: Schema.Array(struct({ text: maybe(Schema.String) })),
  parameters: maybe(JsonObject)
}).annotations({ identifier: "EmbedRequest" })

/**
 * The type of the `EmbedRequest` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface EmbedRequest extends Schema.Schema.Type<typeof EmbedRequest> {}

/**
 * An embedding of a dense model.
 *
 * @since 0.1.0
 * @category schemas
 */
export const DenseEmbedding = answer("DenseEmbedding", {
  vectorType: as("vector_type", Schema.Literal("dense").annotations({ jsonSchema: { type: "string" } })),
  values: DenseVector
})

/**
 * The type of the `DenseEmbedding` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface DenseEmbedding extends Schema.Schema.Type<typeof DenseEmbedding> {}

/**
 * An embedding of a sparse model.
 *
 * @since 0.1.0
 * @category schemas
 */
export const SparseEmbedding = answer("SparseEmbedding", {
  vectorType: as("vector_type", Schema.Literal("sparse").annotations({ jsonSchema: { type: "string" } })),
  sparseValues: as("sparse_values", DenseVector),
  sparseIndices: as("sparse_indices", SparseIndices),
  sparseTokens: maybeAs("sparse_tokens", Schema.Array(Schema.String))
})

/**
 * The type of the `SparseEmbedding` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface SparseEmbedding extends Schema.Schema.Type<typeof SparseEmbedding> {}

/**
 * The embeddings of the texts of a request, in its order (`EmbeddingsList`).
 *
 * @since 0.1.0
 * @category schemas
 */
export const EmbeddingsList = answer("EmbeddingsList", {
  model: Schema.String,
  vectorType: as("vector_type", openEnum("dense", "sparse")),
  data: Schema.Array(Schema.Union(DenseEmbedding, SparseEmbedding)),
  usage: answer("EmbedUsage", { totalTokens: maybeAs("total_tokens", Schema.Int) })
})

/**
 * The type of the `EmbeddingsList` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface EmbeddingsList extends Schema.Schema.Type<typeof EmbeddingsList> {}

/**
 * Documents to put in the order of their relevance to a query (`RerankRequest`).
 *
 * @since 0.1.0
 * @category schemas
 */
export const RerankRequest = struct({
  model: Schema.String,
  query: Schema.String,
  topN: maybeAs("top_n", Schema.Int),
  returnDocuments: maybeAs("return_documents", Schema.Boolean),
  rankFields: maybeAs("rank_fields", Schema.Array(Schema.String)),
  documents: Schema.Array(JsonObject),
  parameters: maybe(JsonObject)
}).annotations({ identifier: "RerankRequest" })

/**
 * The type of the `RerankRequest` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface RerankRequest extends Schema.Schema.Type<typeof RerankRequest> {}

/**
 * A document's relevance, from 0 to 1, and its position in the request.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RankedDocument = answer("RankedDocument", {
  index: Schema.Int,
  score: Schema.Number,
  document: maybe(JsonObject)
})

/**
 * The type of the `RankedDocument` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface RankedDocument extends Schema.Schema.Type<typeof RankedDocument> {}

/**
 * The documents, the most relevant first (`RerankResult`).
 *
 * @since 0.1.0
 * @category schemas
 */
export const RerankResult = answer("RerankResult", {
  model: Schema.String,
  data: Schema.Array(RankedDocument),
  usage: answer("RerankUsage", { rerankUnits: maybeAs("rerank_units", Schema.Int) })
})

/**
 * The type of the `RerankResult` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface RerankResult extends Schema.Schema.Type<typeof RerankResult> {}

const Scalar = Schema.Union(Schema.String, Schema.Number, Schema.Boolean)

/**
 * A parameter that a model takes, and what it may be.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ModelParameter = answer("ModelInfoSupportedParameter", {
  parameter: Schema.String,
  type: openEnum("one_of", "numeric_range", "any"),
  valueType: as("value_type", openEnum("string", "integer", "float", "boolean")),
  required: Schema.Boolean,
  allowedValues: maybeAs("allowed_values", Schema.Array(Schema.Union(Schema.String, Schema.Int))),
  min: maybe(Schema.Number),
  max: maybe(Schema.Number),
  default: maybe(Scalar)
})

/**
 * The type of the `ModelParameter` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface ModelParameter extends Schema.Schema.Type<typeof ModelParameter> {}

/**
 * A model: what it makes, of how much text at a time, and with which parameters (`ModelInfo`).
 *
 * @since 0.1.0
 * @category schemas
 */
export const ModelInfo = answer("ModelInfo", {
  model: Schema.String,
  shortDescription: as("short_description", Schema.String),
  type: openEnum("embed", "rerank"),
  vectorType: maybeAs("vector_type", openEnum("dense", "sparse")),
  defaultDimension: maybeAs("default_dimension", Schema.Int),
  modality: maybe(Schema.String),
  maxSequenceLength: maybeAs("max_sequence_length", Schema.Int),
  maxBatchSize: maybeAs("max_batch_size", Schema.Int),
  providerName: maybeAs("provider_name", Schema.String),
  supportedDimensions: maybeAs("supported_dimensions", Schema.Array(Schema.Int)),
  supportedMetrics: maybeAs("supported_metrics", Schema.Array(openEnum("cosine", "euclidean", "dotproduct"))),
  supportedParameters: as("supported_parameters", Schema.Array(ModelParameter))
})

/**
 * The type of the `ModelInfo` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface ModelInfo extends Schema.Schema.Type<typeof ModelInfo> {}

/**
 * The models that the server has.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ModelInfoList = answer("ModelInfoList", {
  models: maybe(Schema.Array(ModelInfo))
})
