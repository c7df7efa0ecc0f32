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
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"
import { controlError, Limit, PathSegment } from "./internal/endpoint.js"

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
  .add(
    HttpApiEndpoint.get("list", "/assistants")
      .annotate(OpenApi.Identifier, "list_assistants")
      .setUrlParams(Schema.Struct({
        limit: Schema.optional(Limit),
        pagination_token: Schema.optional(Schema.String)
      }))
      .addSuccess(Assistant.AssistantList)
      .addError(errors[400])
  )
  .add(
    HttpApiEndpoint.post("create", "/assistants")
      .annotate(OpenApi.Identifier, "create_assistant")
      .setPayload(Assistant.CreateAssistantRequest)
      .addSuccess(Assistant.AssistantModel)
      .addError(errors[400])
      .addError(errors[402])
      .addError(errors[403])
      .addError(errors[409])
      .addError(errors[422])
      .addError(errors[429])
  )
  .add(
    HttpApiEndpoint.get("describe", "/assistants/:assistant_name")
      .annotate(OpenApi.Identifier, "get_assistant")
      .setPath(assistantName)
      .addSuccess(Assistant.AssistantModel)
      .addError(errors[404])
  )
  .add(
    HttpApiEndpoint.patch("update", "/assistants/:assistant_name")
      .annotate(OpenApi.Identifier, "update_assistant")
      .setPath(assistantName)
      .setPayload(Assistant.UpdateAssistantRequest)
      .addSuccess(Assistant.UpdateAssistantResponse)
      .addError(errors[400])
      .addError(errors[404])
      .addError(errors[422])
  )
  .add(
    HttpApiEndpoint.del("delete", "/assistants/:assistant_name")
      .annotate(OpenApi.Identifier, "delete_assistant")
      .setPath(assistantName)
      .addSuccess(HttpApiSchema.Empty(200))
      .addError(errors[404])
  )
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
