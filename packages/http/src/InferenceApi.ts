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
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"
import { controlError, PathSegment } from "./internal/endpoint.js"

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
  .add(
    HttpApiEndpoint.post("embed", "/embed")
      .annotate(OpenApi.Identifier, "embed")
      .setPayload(Inference.EmbedRequest)
      .addSuccess(Inference.EmbeddingsList)
      .addError(errors[400])
  )
  .add(
    HttpApiEndpoint.post("rerank", "/rerank")
      .annotate(OpenApi.Identifier, "rerank")
      .setPayload(Inference.RerankRequest)
      .addSuccess(Inference.RerankResult)
      .addError(errors[400])
  )
  .add(
    HttpApiEndpoint.get("listModels", "/models")
      .annotate(OpenApi.Identifier, "list_models")
      .setUrlParams(Schema.Struct({
        type: Schema.optional(Schema.String),
        vector_type: Schema.optional(Schema.String)
      }))
      .addSuccess(Inference.ModelInfoList)
      .addError(errors[404])
  )
  .add(
    HttpApiEndpoint.get("describeModel", "/models/:model_name")
      .annotate(OpenApi.Identifier, "get_model")
      .setPath(Schema.Struct({ model_name: PathSegment }))
      .addSuccess(Inference.ModelInfo)
      .addError(errors[404])
  )
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
