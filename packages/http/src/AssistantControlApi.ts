/**
 * The control plane of Pinecone's assistants, API version 2026-04.
 *
 * The one definition behind the client, the embedded server and the OpenAPI document. Its paths stand below `/assistant`
 * of the control plane: `https://api.pinecone.io/assistant/assistants`.
 *
 * ```ts
 * import * as AssistantControlApi from "@effect-pinecone/http/AssistantControlApi"
 * import * as OpenApi from "@effect/platform/OpenApi"
 *
 * const paths = Object.keys(OpenApi.fromApi(AssistantControlApi.AssistantControlApi).paths)
 * ```
 *
 * @since 0.1.0
 */
import * as Assistant from "@effect-pinecone/schema/Assistant"
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"
import { controlError, del, get, Limit, patch, PathSegment, post } from "./internal/endpoint.js"

/** @internal */
export const errors = {
  400: controlError(400),
  401: controlError(401),
  402: controlError(402),
  403: controlError(403),
  404: controlError(404),
  409: controlError(409),
  422: controlError(422),
  429: controlError(429),
  500: controlError(500),
  501: controlError(501)
} as const

const assistantName = Schema.Struct({ assistant_name: PathSegment })

/**
 * The endpoints for assistants.
 *
 * @since 0.1.0
 * @category groups
 */
export class AssistantsGroup extends HttpApiGroup.make("assistants")
  .add(get("list", "/assistants", {
    id: "list_assistants",
    query: Schema.Struct({
      limit: Schema.optional(Limit),
      pagination_token: Schema.optional(Schema.String)
    }),
    success: Assistant.AssistantList,
    error: errors[400]
  }))
  .add(post("create", "/assistants", {
    id: "create_assistant",
    payload: Assistant.CreateAssistantRequest,
    success: Assistant.AssistantModel,
    error: [errors[400], errors[402], errors[403], errors[409], errors[422], errors[429]]
  }))
  .add(get("describe", "/assistants/:assistant_name", {
    id: "get_assistant",
    params: assistantName,
    success: Assistant.AssistantModel,
    error: errors[404]
  }))
  .add(patch("update", "/assistants/:assistant_name", {
    id: "update_assistant",
    params: assistantName,
    payload: Assistant.UpdateAssistantRequest,
    success: Assistant.UpdateAssistantResponse,
    error: [errors[400], errors[404], errors[422]]
  }))
  .add(del("delete", "/assistants/:assistant_name", {
    id: "delete_assistant",
    params: assistantName,
    success: HttpApiSchema.Empty(200),
    error: errors[404]
  }))
  .addError(errors[401])
  .addError(errors[500])
  .addError(errors[501])
{}

/**
 * The definition of the control plane of assistants.
 *
 * @since 0.1.0
 * @category apis
 */
export class AssistantControlApi extends HttpApi.make("assistantControl")
  .add(AssistantsGroup)
  .annotate(OpenApi.Title, "Pinecone Assistant Control Plane API")
  .annotate(OpenApi.Version, "2026-04")
{}
