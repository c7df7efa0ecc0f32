import * as Call from "@effect-pinecone/http/Call"
import * as Failure from "@effect-pinecone/http/Failure"
import * as HttpRequest from "@effect-pinecone/http/HttpRequest"
import * as Operation from "@effect-pinecone/http/Operation"
import * as Chat from "@effect-pinecone/schema/Chat"
import * as ErrorBody from "@effect-pinecone/schema/ErrorBody"
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Clock from "effect/Clock"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type * as Assistant from "../Assistant.js"
import * as check from "./check.js"
import type { Connection } from "./connection.js"
import type { ServerSentEvent } from "./serverSentEvents.js"
import * as serverSentEvents from "./serverSentEvents.js"

/** What some servers end a stream with. */
const done = "[DONE]"

/** How the pieces of an answer are read. */
interface Pieces<A> {
  readonly decode: (json: unknown) => Either.Either<A, ParseResult.ParseIssue>
  /** Whether a piece is of a kind that is known: others are left out. */
  readonly isKnown: (json: unknown) => boolean
  /** Whether nothing follows. */
  readonly isLast: (piece: A) => boolean
}

const kinds = new Set(["message_start", "content_chunk", "citation", "message_end"])

const events: Pieces<Chat.ChatEvent> = {
  decode: ParseResult.decodeUnknownEither(Chat.ChatEvent),
  isKnown: (json) => Predicate.hasProperty(json, "type") && Predicate.isString(json.type) && kinds.has(json.type),
  isLast: ({ _tag }) => _tag === "MessageEnd"
}

const chunks: Pieces<Chat.CompletionChunk> = {
  decode: ParseResult.decodeUnknownEither(Chat.CompletionChunk),
  isKnown: (json) => Predicate.hasProperty(json, "choices"),
  isLast: ({ choices }) => choices.some(({ finishReason }) => finishReason !== undefined)
}

const errorResponse = Schema.decodeUnknownOption(ErrorBody.ErrorResponse)

/** The status of an error that a server tells of in the middle of an answer; nothing where it tells of none. */
const statusOf = (event: string | undefined, json: unknown): number | undefined => {
  const isError = event === "error" || Option.isSome(errorResponse(json)) ||
    (Predicate.hasProperty(json, "type") && json.type === "error")
  if (!isError) return undefined
  const status = Predicate.hasProperty(json, "status") ? json.status : undefined
  return Predicate.isNumber(status) && status >= 400 ? status : 500
}

/** Chats with an assistant. */
export const make = (
  { call, http, name, streamAt }: Connection
): Omit<Assistant.Assistant, "name" | "files" | "operations"> => {
  const path = { assistant_name: name }

  const within = (timeout: Duration.DurationInput | undefined) => <A, E>(effect: Effect.Effect<A, E>) =>
    timeout === undefined ? effect : Call.withTimeout(timeout)(effect)

  /** The events of a stream as what they are, up to the last one. */
  const read = <A>(
    running: Call.Call,
    pieces: Pieces<A>,
    bytes: Stream.Stream<Uint8Array, PineconeError.RequestError>
  ): Stream.Stream<A, PineconeError.RequestError> => {
    const invalid = (why: string) => Failure.invalidResponse(running, 1, why, http.scrub)
    const brokenOff = Failure.brokenOff(running, 1, "it has no end", http.scrub)

    const pieceOf = (
      { data, event }: ServerSentEvent
    ): Effect.Effect<Option.Option<A>, PineconeError.RequestError> =>
      Effect.suspend(() => {
        if (data === done) return Effect.fail(brokenOff)
        const json = Either.try((): unknown => JSON.parse(data))
        const status = statusOf(event, Either.getOrUndefined(json))
        if (status !== undefined) {
          return Effect.flatMap(Clock.currentTimeMillis, (now) =>
            Effect.fail(Failure.fromStatus(status, data, {
              call: running,
              attempts: 1,
              headers: {},
              now,
              scrub: http.scrub
            })))
        }
        if (Either.isLeft(json)) return Effect.fail(invalid(`an event is not valid JSON: ${data.slice(0, 200)}`))
        if (!pieces.isKnown(json.right)) return Effect.succeedNone
        return Either.match(pieces.decode(json.right), {
          onLeft: (issue) => Effect.fail(invalid(Failure.whyNoFit(issue))),
          onRight: Effect.succeedSome
        })
      })

    return serverSentEvents.decode(bytes, () => invalid("an event is cut off")).pipe(
      Stream.mapEffect(pieceOf),
      Stream.filterMap((piece) => piece),
      // Whoever gets here has not seen the last piece.
      Stream.concat(Stream.fail(brokenOff)),
      Stream.takeUntil(pieces.isLast)
    )
  }

  const streamed = <A, Request, Encoded>(
    operation: string,
    address: string,
    checked: Effect.Effect<void, check.InputProblem>,
    request: Schema.Schema<Request, Encoded>,
    payload: () => Request,
    pieces: Pieces<A>,
    timeout: () => Duration.DurationInput | undefined
  ): Stream.Stream<A, Assistant.InputError> => {
    const running: Call.Call = { operation, assistant: name, idempotent: false }
    const body = Effect.suspend(() => HttpRequest.jsonBody(running, request, payload(), http.scrub))
    return Stream.unwrap(Effect.map(
      Operation.unlessRefused(running)(Effect.andThen(checked, body)),
      (body) =>
        streamAt(({ url }) =>
          read(
            running,
            pieces,
            http.stream(
              running,
              HttpRequest.make("POST", `${url}/chat/${encodeURIComponent(name)}${address}`, {
                body,
                accept: "text/event-stream"
              }),
              { timeout: timeout() }
            )
          )
        )
    ))
  }

  const chatRequest = (
    { contextOptions, filter, includeHighlights, jsonResponse, messages, model, temperature }: Assistant.ChatOptions
  ): Chat.ChatRequest => ({
    messages,
    model,
    temperature,
    filter: filter?.expression,
    jsonResponse,
    includeHighlights,
    contextOptions
  })

  const completionRequest = (
    { filter, messages, model, temperature }: Assistant.CompletionOptions
  ): Chat.CompletionRequest => ({ messages, model, temperature, filter: filter?.expression })

  const checked = (operation: string, options: Assistant.ChatOptions) => {
    const place = { operation, assistant: name }
    return check.all(check.segment(place, "name", name), check.chat(place, options))
  }

  const names = {
    chat: "chat_assistant",
    chatCompletions: "chat_completion_assistant",
    context: "context_assistant"
  }

  return Operation.all<Omit<Assistant.Assistant, "name" | "files" | "operations">>(names, {
    chat: (options) =>
      Effect.flatMap(checked("chat_assistant", options), () =>
        call(
          { operation: "chat_assistant", idempotent: false },
          ({ chat }) => chat.chat({ path, payload: chatRequest(options) })
        ).pipe(within(options.timeout))),
    chatStream: (options) =>
      streamed(
        "chat_assistant",
        "",
        checked("chat_assistant", options),
        Chat.ChatRequest,
        () => ({ ...chatRequest(options), stream: true }),
        events,
        () => options.timeout
      ),
    chatCompletions: (options) =>
      Effect.flatMap(checked("chat_completion_assistant", options), () =>
        call(
          { operation: "chat_completion_assistant", idempotent: false },
          ({ chat }) => chat.completions({ path, payload: completionRequest(options) })
        ).pipe(within(options.timeout))),
    chatCompletionsStream: (options) =>
      streamed(
        "chat_completion_assistant",
        "/chat/completions",
        checked("chat_completion_assistant", options),
        Chat.CompletionRequest,
        () => ({ ...completionRequest(options), stream: true }),
        chunks,
        () => options.timeout
      ),
    context: (options) =>
      Effect.flatMap(check.context({ operation: "context_assistant", assistant: name }, options), () => {
        const { filter, includeBinaryContent, messages, multimodal, query, snippetSize, topK } = options
        return call({ operation: "context_assistant" }, ({ chat }) =>
          chat.context({
            path,
            payload: {
              query,
              messages,
              filter: filter?.expression,
              topK,
              snippetSize,
              multimodal,
              includeBinaryContent
            }
          })).pipe(within(options.timeout))
      })
  }, { assistant: name })
}
