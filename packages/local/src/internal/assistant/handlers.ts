import { AssistantControlApi } from "@effect-pinecone/http/AssistantControlApi"
import { AssistantDataApi } from "@effect-pinecone/http/AssistantDataApi"
import { AssistantEvaluationApi } from "@effect-pinecone/http/AssistantEvaluationApi"
import * as Assistant from "@effect-pinecone/schema/Assistant"
import type * as AssistantContext from "@effect-pinecone/schema/AssistantContext"
import * as AssistantFile from "@effect-pinecone/schema/AssistantFile"
import * as Chat from "@effect-pinecone/schema/Chat"
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import type * as Multipart from "@effect/platform/Multipart"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Metadata } from "../filter.js"
import * as paging from "../paging.js"
import * as problem from "../problem.js"
import { uuid } from "../project.js"
import * as respond from "../respond.js"
import type { Answer, Citation } from "./answers.js"
import * as answers from "./answers.js"
import type { AssistantDocument, Assistants, FileDocument, Findings, OperationDocument } from "./assistants.js"
import { AssistantsTag } from "./assistants.js"
import type { Kind } from "./documents.js"
import { evaluate } from "./evaluation.js"
import { LinksTag } from "./links.js"
import { checkChat, checkMessages } from "./requests.js"
import type { Snippet } from "./search.js"
import * as search from "./search.js"
import { readMetadata } from "./uploads.js"

const answer = respond.answering("assistant")

const largestPage = 100

const paged = <A>(
  entries: ReadonlyArray<A>,
  keyOf: (entry: A) => string,
  params: { readonly limit?: number | undefined; readonly pagination_token?: string | undefined },
  limit = largestPage
): Effect.Effect<paging.Page<A>, problem.Problem> =>
  Effect.gen(function*() {
    const after = yield* paging.decodeToken(params.pagination_token)
    return paging.page(entries, keyOf, { limit: yield* paging.checkedLimit(params.limit, limit, largestPage), after })
  })

// -----------------------------------------------------------------------------
// Assistants
// -----------------------------------------------------------------------------

const assistantModel = (assistants: Assistants) => (document: AssistantDocument) =>
  Effect.map(assistants.host, (host): Assistant.AssistantModel => ({
    name: document.name,
    instructions: document.instructions,
    metadata: document.metadata,
    status: "Ready",
    host,
    region: document.region,
    createdAt: new Date(document.createdAt),
    updatedAt: new Date(document.updatedAt)
  }))

const AssistantsLive = HttpApiBuilder.group(
  AssistantControlApi,
  "assistants",
  (handlers) =>
    Effect.map(AssistantsTag, (assistants) => {
      const modelOf = assistantModel(assistants)
      return handlers
        .handle("list", ({ urlParams }) =>
          answer(Effect.gen(function*() {
            const page = yield* paged(yield* assistants.all, ({ id }) => id, urlParams, 50)
            return { assistants: yield* Effect.forEach(page.entries, modelOf), pagination: page.pagination }
          })))
        .handle("create", ({ payload }) =>
          answer(Effect.map(
            Effect.flatMap(assistants.create(payload), modelOf),
            (model): Assistant.AssistantModel => ({ ...model, status: "Initializing" })
          )))
        .handle("describe", ({ path }) => answer(Effect.flatMap(assistants.describe(path.assistant_name), modelOf)))
        .handle("update", ({ path, payload }) =>
          answer(Effect.gen(function*() {
            const model = yield* modelOf(yield* assistants.update(path.assistant_name, payload))
            const json = yield* Effect.orDie(Schema.encode(Assistant.AssistantModel)(model))
            // The definition has three fields, the clients that are generated from it read a whole assistant.
            return HttpServerResponse.unsafeJson({ ...json, assistant_name: model.name })
          })))
        .handle("delete", ({ path }) => answer(assistants.remove(path.assistant_name)))
    })
)

// -----------------------------------------------------------------------------
// Files
// -----------------------------------------------------------------------------

const fileModel = (file: FileDocument, signedUrl?: string): AssistantFile.AssistantFileModel => ({
  id: file.id,
  name: file.name,
  size: file.size,
  metadata: file.metadata,
  createdOn: new Date(file.createdOn),
  updatedOn: new Date(file.updatedOn),
  status: file.status,
  signedUrl: signedUrl === undefined ? undefined : Redacted.make(signedUrl),
  // Pictures are not looked at, whether that is asked for or not.
  multimodal: false
})

const operationModel = (operation: OperationDocument): AssistantFile.OperationModel => ({
  id: operation.id,
  operationType: operation.type,
  fileId: operation.fileId,
  status: operation.status,
  createdOn: new Date(operation.createdOn),
  completedOn: operation.completedOn === undefined ? undefined : new Date(operation.completedOn),
  percentComplete: operation.percentComplete,
  errorMessage: operation.errorMessage
})

/** Versions of the API before operations: an upload gives the file, and a deletion nothing. */
const hasOperations = ({ headers }: HttpServerRequest.HttpServerRequest): boolean =>
  (headers["x-pinecone-api-version"] ?? "2026-04") >= "2026-04"

/** The metadata of an upload, where a version of the API has it in the address. */
const metadataIn = ({ url }: HttpServerRequest.HttpServerRequest): Effect.Effect<
  Metadata | undefined,
  problem.Problem
> => {
  const json = new URLSearchParams(url.split("?")[1] ?? "").get("metadata")
  return json === null ? Effect.succeed(undefined) : readMetadata(json)
}

const location = (assistant: string, operation: OperationDocument) =>
  respond.header("location", `/assistant/operations/${encodeURIComponent(assistant)}/${operation.id}`)

const FilesLive = HttpApiBuilder.group(
  AssistantDataApi,
  "files",
  (handlers) =>
    Effect.map(Effect.all([AssistantsTag, LinksTag]), ([assistants, links]) => {
      const upload = (
        request: HttpServerRequest.HttpServerRequest,
        assistant: string,
        id: string | undefined,
        multimodal: boolean | undefined,
        parts: Stream.Stream<Multipart.Part, Multipart.MultipartError>
      ) =>
        answer(Effect.gen(function*() {
          if (!/^multipart\/form-data\s*;.*boundary=/i.test(request.headers["content-type"] ?? "")) {
            return yield* problem.badRequest("A file is uploaded as multipart/form-data")
          }
          const { file, operation } = yield* assistants.upload(assistant, id, parts, {
            metadata: yield* metadataIn(request),
            multimodal: multimodal === true
          })
          if (!hasOperations(request)) {
            const json = yield* Effect.orDie(Schema.encode(AssistantFile.AssistantFileModel)(fileModel(file)))
            return HttpServerResponse.unsafeJson(json)
          }
          yield* location(assistant, operation)
          return operationModel(operation)
        }))
      return handlers
        .handle("list", ({ path, urlParams }) =>
          answer(Effect.gen(function*() {
            const files = yield* assistants.files(path.assistant_name, urlParams.filter)
            const page = yield* paged(files, ({ id }) => id, urlParams)
            return { files: page.entries.map((file) => fileModel(file)), pagination: page.pagination }
          })))
        .handle("upload", ({ path, payload, request, urlParams }) =>
          upload(request, path.assistant_name, undefined, urlParams.multimodal, payload))
        .handle("describe", ({ path, urlParams }) =>
          answer(Effect.gen(function*() {
            const file = yield* assistants.file(path.assistant_name, path.assistant_file_id)
            return urlParams.include_url === true
              ? fileModel(file, yield* links.to(path.assistant_name, file))
              : fileModel(file)
          })))
        .handle("upsert", ({ path, payload, request, urlParams }) =>
          upload(request, path.assistant_name, path.assistant_file_id, urlParams.multimodal, payload))
        .handle("delete", ({ path, request }) =>
          answer(Effect.gen(function*() {
            const operation = yield* assistants.removeFile(path.assistant_name, path.assistant_file_id)
            if (!hasOperations(request)) {
              return HttpServerResponse.unsafeJson({})
            }
            if (operation === undefined) {
              return HttpServerResponse.empty({ status: 204 })
            }
            yield* location(path.assistant_name, operation)
            return operationModel(operation)
          })))
    })
)

const OperationsLive = HttpApiBuilder.group(
  AssistantDataApi,
  "operations",
  (handlers) =>
    Effect.map(AssistantsTag, (assistants) =>
      handlers
        .handle("list", ({ path, urlParams }) =>
          answer(Effect.gen(function*() {
            const operations = (yield* assistants.operations(path.assistant_name)).filter(({ status, type }) =>
              (urlParams.operation_type === undefined || type === urlParams.operation_type) &&
              (urlParams.status === undefined || status === urlParams.status)
            )
            const page = yield* paged(operations, ({ id }) => id, urlParams)
            return { operations: page.entries.map(operationModel), pagination: page.pagination }
          })))
        .handle(
          "describe",
          ({ path }) => answer(Effect.map(assistants.operation(path.assistant_name, path.operation_id), operationModel))
        ))
)

// -----------------------------------------------------------------------------
// Chat
// -----------------------------------------------------------------------------

/** Stands for what was named before. */
const pronoun = /\b(?:it|its|he|him|his|she|her|they|them|their|this|that|these|those)\b/i

/** What is asked: the last message of the user, with the one before it where it needs that. */
const questionOf = (messages: ReadonlyArray<Chat.ChatMessage>): Effect.Effect<string, problem.Problem> => {
  const [last, before] = messages.flatMap(({ content, role }) => role === "user" ? [content] : []).reverse()
  return Effect.as(
    checkMessages(messages),
    before !== undefined && last !== undefined && pronoun.test(last) ? `${before}\n${last}` : last ?? ""
  )
}

/** A number within its limits. */
const within = (
  name: string,
  value: number | undefined,
  { fallback, maximum, minimum }: { readonly fallback: number; readonly minimum: number; readonly maximum: number }
): Effect.Effect<number, problem.Problem> => {
  const number = value ?? fallback
  return number >= minimum && number <= maximum
    ? Effect.succeed(number)
    : problem.badRequest(`${name} must be between ${minimum} and ${maximum}, got ${number}`)
}

interface Asked {
  readonly findings: Findings
  readonly snippets: ReadonlyArray<Snippet>
}

/** The snippets that fit a question. */
const ask = (
  assistants: Assistants,
  assistant: string,
  question: string,
  options: {
    readonly filter?: Metadata | undefined
    readonly topK?: number | undefined
    readonly snippetSize?: number | undefined
  }
): Effect.Effect<Asked, problem.Problem> =>
  Effect.gen(function*() {
    const topK = yield* within("top_k", options.topK, { fallback: 16, minimum: 1, maximum: 64 })
    const snippetSize = yield* within("snippet_size", options.snippetSize, {
      fallback: 2048,
      minimum: 512,
      maximum: 8192
    })
    const findings = yield* assistants.search(assistant, question, options.filter)
    return { findings, snippets: search.snippets(findings.hits, { topK, snippetSize }) }
  })

/** A chunk is only of a file that was searched. */
const kindIn = ({ files }: Findings) => (revision: string): Kind => files.get(revision)?.found?.kind ?? "text"

const reply = ({ embedding }: Assistants, { findings }: Asked): Effect.Effect<Answer, problem.Problem> =>
  Effect.map(answers.quotes(embedding, findings.question, findings.hits, kindIn(findings)), answers.compose)

const citationModel = ({ files }: Findings, highlights: boolean) => ({ position, quote }: Citation): Chat.Citation => {
  const file = files.get(quote.revision)
  return {
    position,
    references: [{
      file: file === undefined ? undefined : fileModel(file),
      pages: quote.pages,
      highlight: highlights ? { type: "text", content: quote.source } : undefined
    }]
  }
}

const usageOf = ({ findings, snippets }: Asked, written: string): Chat.TokenUsage =>
  answers.usageOf([findings.question.text, ...snippets.map(({ text }) => text)], written)

/** Events, each sent by itself. */
const events = <A, I>(
  schema: Schema.Schema<A, I>,
  all: ReadonlyArray<NoInfer<A>>
): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.stream(
    Stream.fromIterable(all).pipe(
      Stream.rechunk(1),
      Stream.mapEffect((event) => Effect.orDie(Schema.encode(schema)(event))),
      Stream.map((event) => `data: ${JSON.stringify(event)}\n\n`),
      Stream.encodeText
    ),
    { contentType: "text/event-stream", headers: { "cache-control": "no-cache" } }
  )

const { model } = answers

const ChatLive = HttpApiBuilder.group(
  AssistantDataApi,
  "chat",
  (handlers) =>
    Effect.map(AssistantsTag, (assistants) =>
      handlers
        .handle("chat", ({ path, payload }) =>
          answer(Effect.gen(function*() {
            const { contextOptions, filter, includeHighlights, jsonResponse, messages, stream } = payload
            if (stream === true && jsonResponse === true) {
              return yield* problem.badRequest("json_response cannot be used together with stream")
            }
            yield* checkChat("chat", payload)
            const question = yield* questionOf(messages)
            const asked = yield* ask(assistants, path.assistant_name, question, { filter, ...contextOptions })
            const plain = yield* reply(assistants, asked)
            const { citations, content } = jsonResponse === true ? answers.asJson(plain) : plain
            const cite = citationModel(asked.findings, includeHighlights === true)
            const id = yield* uuid
            const usage = usageOf(asked, content)
            const contextSnippetCount = asked.snippets.length
            if (stream !== true) {
              return {
                id,
                model,
                finishReason: "stop" as const,
                message: { role: "assistant" as const, content },
                citations: citations.map(cite),
                contextSnippetCount,
                usage
              }
            }
            return events(Chat.ChatEvent, [
              { _tag: "MessageStart", id, model, role: "assistant", contextSnippetCount },
              ...answers.pieces({ citations, content }).map((piece): Chat.ChatEvent =>
                "text" in piece
                  ? { _tag: "ContentChunk", id, model, delta: { content: piece.text } }
                  : { _tag: "Citation", id, model, citation: cite(piece.citation) }
              ),
              { _tag: "MessageEnd", id, model, finishReason: "stop", usage }
            ])
          })))
        .handle("completions", ({ path, payload }) =>
          answer(Effect.gen(function*() {
            yield* checkChat("completions", payload)
            const question = yield* questionOf(payload.messages)
            const asked = yield* ask(assistants, path.assistant_name, question, { filter: payload.filter })
            const { findings } = asked
            const content = answers.withReferences(
              yield* reply(assistants, asked),
              (revision) => findings.files.get(revision)?.name ?? ""
            )
            const id = yield* uuid
            if (payload.stream !== true) {
              return {
                id,
                model,
                choices: [{
                  index: 0,
                  finishReason: "stop" as const,
                  message: { role: "assistant" as const, content }
                }],
                usage: usageOf(asked, content)
              }
            }
            const chunk = (choice: Chat.CompletionChunk["choices"][number]): Chat.CompletionChunk => ({
              id,
              model,
              choices: [choice]
            })
            return events(Chat.CompletionChunk, [
              chunk({ index: 0, delta: { role: "assistant", content: "" } }),
              ...answers.pieces({ content, citations: [] }).flatMap((piece) =>
                "text" in piece ? [chunk({ index: 0, delta: { content: piece.text } })] : []
              ),
              chunk({ index: 0, delta: {}, finishReason: "stop" })
            ])
          })))
        .handle("context", ({ path, payload }) =>
          answer(Effect.gen(function*() {
            const { filter, messages, query, snippetSize, topK } = payload
            if ((query === undefined) === (messages === undefined)) {
              return yield* problem.badRequest("Exactly one of query or messages should be provided")
            }
            if (query?.trim() === "") return yield* problem.badRequest("The query cannot be empty")
            const question = query ?? (yield* questionOf(messages ?? []))
            const asked = yield* ask(assistants, path.assistant_name, question, { filter, snippetSize, topK })
            return {
              id: yield* uuid,
              snippets: asked.snippets.flatMap((snippet) => snippetModel(asked.findings, snippet)),
              usage: usageOf(asked, "")
            }
          }))))
)

const snippetModel = (
  { files }: Findings,
  { pages, revision, score, text }: Snippet
): ReadonlyArray<AssistantContext.Snippet> => {
  const file = files.get(revision)
  if (file === undefined) return []
  const type = file.found?.kind ?? file.kind
  return [{
    type: "text",
    content: text,
    score,
    reference: {
      type,
      file: fileModel(file),
      pages: type === "pdf" || type === "doc_x" ? pages : undefined
    }
  }]
}

// -----------------------------------------------------------------------------
// Evaluation
// -----------------------------------------------------------------------------

const MetricsLive = HttpApiBuilder.group(
  AssistantEvaluationApi,
  "metrics",
  (handlers) =>
    Effect.map(
      AssistantsTag,
      ({ embedding }) =>
        handlers.handle("alignment", ({ payload }) =>
          respond.answering("evaluation")(Effect.gen(function*() {
            for (const [name, text] of Object.entries(payload)) {
              if (typeof text === "string" && text.trim() === "") {
                return yield* problem.unprocessable(`${name} must not be empty`)
              }
            }
            const { alignment, completeness, correctness, facts, tokens } = yield* evaluate(embedding, payload)
            return {
              metrics: { correctness, completeness, alignment },
              reasoning: {
                evaluatedFacts: facts.map(({ content, entailment }) => ({ fact: { content }, entailment }))
              },
              usage: { promptTokens: tokens, completionTokens: 0, totalTokens: tokens }
            }
          })))
    )
)

/** The handlers of the control plane of assistants. */
export const control = AssistantsLive

/** The handlers of their data plane. */
export const data = Layer.mergeAll(FilesLive, OperationsLive, ChatLive)

/** The handlers of the evaluation of answers. */
export const evaluation = MetricsLive
