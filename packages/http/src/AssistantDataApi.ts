/**
 * The data plane of Pinecone's assistants, API version 2026-04: the files of an assistant, the operations on them, chats
 * and context.
 *
 * The one definition behind the client, the embedded server and the OpenAPI document. Its paths stand below `/assistant` of
 * an assistant's host. Two things go past it, in the same form: the body of an upload, which is streamed, and the events of
 * a chat that is answered in pieces (`text/event-stream`).
 *
 * ```ts
 * import * as AssistantDataApi from "@effect-pinecone/http/AssistantDataApi"
 * import * as OpenApi from "@effect/platform/OpenApi"
 *
 * const paths = Object.keys(OpenApi.fromApi(AssistantDataApi.AssistantDataApi).paths)
 * ```
 *
 * @since 0.1.0
 */
import * as AssistantContext from "@effect-pinecone/schema/AssistantContext"
import * as AssistantFile from "@effect-pinecone/schema/AssistantFile"
import * as Chat from "@effect-pinecone/schema/Chat"
import * as Input from "@effect-pinecone/schema/Input"
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as Multipart from "@effect/platform/Multipart"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { errors } from "./AssistantControlApi.js"
import { del, Flag, get, JsonParameter, Limit, PathSegment, post, put, withStatus } from "./internal/endpoint.js"

const assistantName = Schema.Struct({ assistant_name: PathSegment })
const fileId = Schema.Struct({ assistant_name: PathSegment, assistant_file_id: PathSegment })
const operationId = Schema.Struct({ assistant_name: PathSegment, operation_id: PathSegment })

const page = {
  limit: Schema.optional(Limit),
  pagination_token: Schema.optional(Schema.String)
}

const upload = Schema.Struct({ multimodal: Schema.optional(Flag) })

/**
 * The parts of an upload: the file, and its metadata as JSON of at most 16 KB. A server gets them as a stream.
 *
 * @since 0.1.0
 * @category schemas
 */
export const FileData = HttpApiSchema.MultipartStream(
  Schema.Struct({
    file: Multipart.FileSchema,
    ...AssistantFile.FileDetails.fields
  }).annotations({ identifier: "FileData" }),
  { maxFileSize: Option.none(), maxTotalSize: Option.none() }
)

/**
 * The endpoints for the files of an assistant.
 *
 * @since 0.1.0
 * @category groups
 */
export class FilesGroup extends HttpApiGroup.make("files")
  .add(get("list", "/files/:assistant_name", {
    id: "list_files",
    params: assistantName,
    query: Schema.Struct({ filter: Schema.optional(JsonParameter), ...page }),
    success: AssistantFile.FileList
  }))
  .add(post("upload", "/files/:assistant_name", {
    id: "upload_file",
    params: assistantName,
    query: upload,
    payload: FileData,
    success: withStatus(202, AssistantFile.OperationModel)
  }))
  .add(get("describe", "/files/:assistant_name/:assistant_file_id", {
    id: "describe_file",
    params: fileId,
    query: Schema.Struct({ include_url: Schema.optional(Flag) }),
    success: AssistantFile.AssistantFileModel
  }))
  .add(put("upsert", "/files/:assistant_name/:assistant_file_id", {
    id: "upsert_file",
    params: fileId,
    query: upload,
    payload: FileData,
    success: withStatus(202, AssistantFile.OperationModel)
  }))
  .add(del("delete", "/files/:assistant_name/:assistant_file_id", {
    id: "delete_file",
    params: fileId,
    success: [withStatus(202, AssistantFile.OperationModel), HttpApiSchema.Empty(204)]
  }))
  .addError(errors[400])
  .addError(errors[401])
  .addError(errors[403])
  .addError(errors[404])
  .addError(errors[409])
  .addError(errors[422])
  .addError(errors[429])
  .addError(errors[500])
  .addError(errors[501])
{}

/**
 * The endpoints for the operations on files.
 *
 * @since 0.1.0
 * @category groups
 */
export class OperationsGroup extends HttpApiGroup.make("operations")
  .add(get("list", "/operations/:assistant_name", {
    id: "list_operations",
    params: assistantName,
    query: Schema.Struct({
      operation_type: Schema.optional(AssistantFile.OperationType),
      status: Schema.optional(AssistantFile.OperationStatus),
      ...page
    }),
    success: AssistantFile.OperationList,
    error: errors[400]
  }))
  .add(get("describe", "/operations/:assistant_name/:operation_id", {
    id: "describe_operation",
    params: operationId,
    success: AssistantFile.OperationModel
  }))
  .addError(errors[401])
  .addError(errors[404])
  .addError(errors[429])
  .addError(errors[500])
  .addError(errors[501])
{}

const fieldsOf = (u: unknown): Readonly<Record<string, unknown>> => Input.isObject(u) ? u : {}

/** Adds the events that the operation answers with instead, when it is asked for a stream. */
const orEvents = (schema: string) => (operation: Record<string, unknown>): Record<string, unknown> => {
  const responses = fieldsOf(operation.responses)
  const answer = fieldsOf(responses[200])
  return {
    ...operation,
    responses: {
      ...responses,
      200: {
        ...answer,
        content: {
          ...fieldsOf(answer.content),
          "text/event-stream": { schema: { $ref: `#/components/schemas/${schema}` } }
        }
      }
    }
  }
}

/**
 * The endpoints for chats and context.
 *
 * @since 0.1.0
 * @category groups
 */
export class ChatGroup extends HttpApiGroup.make("chat")
  .add(post("chat", "/chat/:assistant_name", {
    id: "chat_assistant",
    params: assistantName,
    payload: Chat.ChatRequest,
    success: Chat.ChatResponse,
    transform: orEvents("StreamChatChunkModel")
  }))
  .add(post("completions", "/chat/:assistant_name/chat/completions", {
    id: "chat_completion_assistant",
    params: assistantName,
    payload: Chat.CompletionRequest,
    success: Chat.Completion,
    transform: orEvents("StreamChatCompletionChunkModel")
  }))
  .add(post("context", "/chat/:assistant_name/context", {
    id: "context_assistant",
    params: assistantName,
    payload: AssistantContext.ContextRequest,
    success: AssistantContext.ContextResponse
  }))
  .addError(errors[400])
  .addError(errors[401])
  .addError(errors[403])
  .addError(errors[404])
  .addError(errors[422])
  .addError(errors[429])
  .addError(errors[500])
  .addError(errors[501])
{}

/**
 * The definition of the data plane of assistants.
 *
 * @since 0.1.0
 * @category apis
 */
export class AssistantDataApi extends HttpApi.make("assistantData")
  .add(FilesGroup)
  .add(OperationsGroup)
  .add(ChatGroup)
  .annotate(HttpApi.AdditionalSchemas, [Chat.ChatEvent, Chat.CompletionChunk])
  .annotate(OpenApi.Title, "Pinecone Assistant Data Plane API")
  .annotate(OpenApi.Version, "2026-04")
{}
