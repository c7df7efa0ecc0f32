/** What the definition allows in the requests of the assistant API, beyond the forms of their fields. */
import type * as Chat from "@effect-pinecone/schema/Chat"
import * as Effect from "effect/Effect"
import * as problem from "../problem.js"

type Check = Effect.Effect<void, problem.Problem>

/** The models of all versions of the API that are spoken here. */
const completionModels = [
  "gpt-4o",
  "gpt-4.1",
  "o4-mini",
  "claude-sonnet-4-5",
  "claude-3-7-sonnet",
  "claude-3-5-sonnet",
  "gemini-2.5-pro"
]

const models = { chat: [...completionModels, "gpt-5"], completions: completionModels }

const roles = ["user", "assistant", "system"]

const oneOf = (what: string, value: string | undefined, allowed: ReadonlyArray<string>): Check =>
  value === undefined || allowed.includes(value)
    ? Effect.void
    : problem.badRequest(`${what} must be one of ${allowed.join(", ")}, got '${value.slice(0, 100)}'`)

/** Messages that can be answered: each says something, and one at least is the user's. */
export const checkMessages = (messages: ReadonlyArray<Chat.ChatMessage>): Check =>
  Effect.gen(function*() {
    if (messages.length === 0) return yield* problem.badRequest("messages cannot be empty")
    for (const { content, role } of messages) {
      yield* oneOf("The role of a message", role, roles)
      if (content.trim() === "") return yield* problem.badRequest("Message content cannot be empty")
    }
    if (!messages.some(({ role }) => role === "user")) {
      return yield* problem.badRequest("The messages must have one of the role user")
    }
  })

/** A chat, or a completion in OpenAI's form, which has a model less. */
export const checkChat = (
  kind: keyof typeof models,
  { messages, model, temperature }: Pick<Chat.ChatRequest, "messages" | "model" | "temperature">
): Check =>
  Effect.gen(function*() {
    yield* checkMessages(messages)
    yield* oneOf("model", model, models[kind])
    if (temperature !== undefined && !(temperature >= 0 && temperature <= 2)) {
      return yield* problem.badRequest(`temperature must be between 0 and 2, got ${temperature}`)
    }
  })
