/**
 * Pinecone's inference API, version 2026-04: embedding, reranking and the models for both.
 *
 * The one definition behind the client, the embedded server and the OpenAPI document.
 *
 * ```ts
 * import * as InferenceApi from "@effect-pinecone/http/InferenceApi"
 * import * as OpenApi from "@effect/platform/OpenApi"
 *
 * const paths = Object.keys(OpenApi.fromApi(InferenceApi.InferenceApi).paths)
 * ```
 *
 * @since 0.1.0
 */
import * as Inference from "@effect-pinecone/schema/Inference"
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"
import { controlError, get, PathSegment, post } from "./internal/endpoint.js"

const errors = {
  400: controlError(400),
  401: controlError(401),
  404: controlError(404),
  500: controlError(500)
} as const

/**
 * The endpoints for embedding, reranking and models.
 *
 * @since 0.1.0
 * @category groups
 */
export class InferenceGroup extends HttpApiGroup.make("inference")
  .add(post("embed", "/embed", {
    id: "embed",
    payload: Inference.EmbedRequest,
    success: Inference.EmbeddingsList,
    error: errors[400]
  }))
  .add(post("rerank", "/rerank", {
    id: "rerank",
    payload: Inference.RerankRequest,
    success: Inference.RerankResult,
    error: errors[400]
  }))
  .add(get("listModels", "/models", {
    id: "list_models",
    query: Schema.Struct({
      type: Schema.optional(Schema.String),
      vector_type: Schema.optional(Schema.String)
    }),
    success: Inference.ModelInfoList,
    error: errors[404]
  }))
  .add(get("describeModel", "/models/:model_name", {
    id: "get_model",
    params: Schema.Struct({ model_name: PathSegment }),
    success: Inference.ModelInfo,
    error: errors[404]
  }))
  .addError(errors[401])
  .addError(errors[500])
{}

/**
 * The definition of the inference API.
 *
 * @since 0.1.0
 * @category apis
 */
export class InferenceApi extends HttpApi.make("inference")
  .add(InferenceGroup)
  .annotate(OpenApi.Title, "Pinecone Inference API")
  .annotate(OpenApi.Version, "2026-04")
{}
