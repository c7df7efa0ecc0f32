/**
 * Assistants (`/assistant/assistants` of the control-plane API): what answers questions from the files that it was given.
 *
 * ```ts
 * import type * as Assistant from "@effect-pinecone/schema/Assistant"
 *
 * const request: Assistant.CreateAssistantRequest = {
 *   name: "support",
 *   instructions: "Answer in two sentences.",
 *   region: "eu"
 * }
 * ```
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { answer, date, JsonObject, list, maybe, maybeAs, openEnum, struct } from "./internal/wire.js"

/**
 * Where an assistant is deployed; what the SDK sends.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Region = Schema.Literal("us", "eu")

/**
 * The type of the `Region` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export type Region = typeof Region.Type

/**
 * The states of an assistant.
 *
 * @since 0.1.0
 * @category schemas
 */
export const AssistantStatus = openEnum("Initializing", "Failed", "Ready", "Terminating", "InitializationFailed")

/**
 * The token of the next page of a list of the assistant API.
 *
 * @since 0.1.0
 * @category schemas
 */
export const PaginationResponse = answer("AssistantPaginationResponse", { next: maybe(Schema.String) })

/**
 * An assistant: its instructions guide all of its answers, its metadata is the application's own.
 *
 * @since 0.1.0
 * @category schemas
 */
export const AssistantModel = answer("Assistant", {
  name: Schema.String,
  instructions: maybe(Schema.String),
  metadata: maybe(JsonObject),
  status: AssistantStatus,
  /** Where its files are, and where it answers. */
  host: maybe(Schema.String),
  region: maybe(openEnum("us", "eu")),
  createdAt: maybeAs("created_at", date),
  updatedAt: maybeAs("updated_at", date)
})

/**
 * The type of the `AssistantModel` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface AssistantModel extends Schema.Schema.Type<typeof AssistantModel> {}

/**
 * A page of assistants.
 *
 * @since 0.1.0
 * @category schemas
 */
export const AssistantList = answer("ListAssistantsResponse", {
  assistants: list(AssistantModel),
  pagination: maybe(PaginationResponse)
})

/**
 * An assistant to create. The name has 1 to 63 characters, of `a-z`, `0-9` and `-`, with a letter or a digit at both
 * ends. Instructions and metadata may have 16 KB each.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CreateAssistantRequest = struct({
  name: Schema.String,
  instructions: maybe(Schema.String),
  metadata: maybe(JsonObject),
  region: maybe(Region)
}).annotations({ identifier: "CreateAssistantRequest" })

/**
 * The type of the `CreateAssistantRequest` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface CreateAssistantRequest extends Schema.Schema.Type<typeof CreateAssistantRequest> {}

/**
 * A change to an assistant: what is left out stays, and `null` takes it away.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UpdateAssistantRequest = struct({
  instructions: Schema.optional(Schema.NullOr(Schema.String)),
  metadata: Schema.optional(Schema.NullOr(JsonObject))
}).annotations({ identifier: "UpdateAssistantRequest" })

/**
 * The type of the `UpdateAssistantRequest` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface UpdateAssistantRequest extends Schema.Schema.Type<typeof UpdateAssistantRequest> {}

/**
 * What an assistant has after a change.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UpdateAssistantResponse = answer("UpdateAssistantResponse", {
  assistantName: maybeAs("assistant_name", Schema.String),
  instructions: maybe(Schema.String),
  metadata: maybe(JsonObject)
})

/**
 * The type of the `UpdateAssistantResponse` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface UpdateAssistantResponse extends Schema.Schema.Type<typeof UpdateAssistantResponse> {}
