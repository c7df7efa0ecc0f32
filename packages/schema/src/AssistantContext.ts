/**
 * The snippets of an assistant's files that fit a question (`/chat/{assistant_name}/context` of the assistant's API).
 *
 * ```ts
 * import type * as AssistantContext from "@effect-pinecone/schema/AssistantContext"
 *
 * const request: AssistantContext.ContextRequest = { query: "How do I reset my password?", topK: 3 }
 * ```
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { AssistantFileModel } from "./AssistantFile.js"
import { ChatMessage, TokenUsage } from "./Chat.js"
import { answer, as, JsonObject, maybe, maybeAs, openEnum, struct } from "./internal/wire.js"

/**
 * A question (`query`), or the messages of a chat: exactly one of the two.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ContextRequest = struct({
  query: maybe(Schema.String),
  filter: maybe(JsonObject),
  messages: maybe(Schema.Array(ChatMessage)),
  topK: maybeAs("top_k", Schema.Int),
  snippetSize: maybeAs("snippet_size", Schema.Int),
  multimodal: maybe(Schema.Boolean),
  includeBinaryContent: maybeAs("include_binary_content", Schema.Boolean)
}).annotations({ identifier: "ContextRequest" })

/**
 * The type of the `ContextRequest` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface ContextRequest extends Schema.Schema.Type<typeof ContextRequest> {}

/**
 * Where a snippet is from: a file by its kind, and its pages where it has any (`pdf`, `doc_x`).
 *
 * @since 0.1.0
 * @category schemas
 */
export const TypedReference = answer("TypedReferenceModel", {
  type: openEnum("text", "json", "markdown", "pdf", "doc_x"),
  file: AssistantFileModel,
  pages: maybe(Schema.Array(Schema.Int))
})

/**
 * The type of the `TypedReference` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface TypedReference extends Schema.Schema.Type<typeof TypedReference> {}

/**
 * A snippet of text.
 *
 * @since 0.1.0
 * @category schemas
 */
export const TextSnippet = answer("TextSnippetModel", {
  type: Schema.Literal("text"),
  content: Schema.String,
  score: Schema.Number,
  reference: TypedReference
})

/**
 * The data of an image: base64 in all versions so far.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Image = answer("ImageModel", {
  type: Schema.String,
  mimeType: as("mime_type", Schema.String),
  data: Schema.String
})

/**
 * A block of text in a snippet.
 *
 * @since 0.1.0
 * @category schemas
 */
export const TextBlock = answer("MultiModalContentTextBlockModel", {
  type: Schema.Literal("text"),
  text: Schema.String
})

/**
 * A block with an image in a snippet.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ImageBlock = answer("MultiModalContentImageBlockModel", {
  type: Schema.Literal("image"),
  caption: Schema.String,
  image: maybe(Image)
})

/**
 * A snippet of text and images.
 *
 * @since 0.1.0
 * @category schemas
 */
export const MultimodalSnippet = answer("MultiModalSnippetModel", {
  type: Schema.Literal("multimodal"),
  content: Schema.Array(Schema.Union(TextBlock, ImageBlock)),
  score: Schema.Number,
  reference: TypedReference
})

/**
 * A snippet, told from the others by its `type`. A higher score is a better fit.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Snippet = Schema.Union(TextSnippet, MultimodalSnippet).annotations({ identifier: "SnippetModel" })

/**
 * The type of the `Snippet` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export type Snippet = typeof Snippet.Type

/**
 * The snippets that fit, best first.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ContextResponse = answer("ContextModel", {
  id: maybe(Schema.String),
  snippets: Schema.Array(Snippet),
  usage: TokenUsage
})

/**
 * The type of the `ContextResponse` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface ContextResponse extends Schema.Schema.Type<typeof ContextResponse> {}
