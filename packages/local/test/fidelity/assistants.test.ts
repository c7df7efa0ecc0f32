/** What the definitions of the assistant API do not allow: a table of requests, and how each is refused. */
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { WireAssistant, WireChat, WireError, WireFile, WireOperation } from "../utils/assistants.js"
import { assistantWith, completed, del, get, patch, post } from "../utils/assistants.js"
import { Control, inProcess } from "../utils/bothProtocols.js"
import { pdf } from "../utils/pdf.js"
import { freshName } from "../utils/pinecone.js"

const hello = [{ role: "user", content: "Who is the keeper?" }]

const kilobytes16 = 16 * 1024

interface Refusal {
  /** `{name}` stands for an assistant. */
  readonly path: string
  readonly body: unknown
  /** What is said, in part. */
  readonly message: string
  readonly status?: number
}

const chat = (body: object, message: string): Refusal => ({ path: "/chat/{name}", body, message })

const completion = (body: object, message: string): Refusal => ({
  path: "/chat/{name}/chat/completions",
  body,
  message
})

const context = (body: object, message: string): Refusal => ({ path: "/chat/{name}/context", body, message })

const create = (body: object, message: string): Refusal => ({ path: "/assistants", body, message })

const evaluation = (body: object, message: string): Refusal => ({
  path: "/evaluation/metrics/alignment",
  body,
  message,
  status: 422
})

const answers = { question: "a", answer: "b", ground_truth_answer: "c" }

const refusals: Readonly<Record<string, Refusal>> = {
  "a name that is missing": create({}, "name"),
  "an empty name": create({ name: "" }, "1 to 63 characters"),
  "a name of 64 characters": create({ name: "a".repeat(64) }, "1 to 63 characters"),
  "a name that ends with a hyphen": create({ name: "a-" }, "start and end with an alphanumeric character"),
  "a name with other characters": create({ name: "a_b" }, "alphanumeric characters or '-'"),
  "a region that is none": create({ name: "a", region: "moon" }, "region"),
  "instructions of more than 16 KB": create({ name: "a", instructions: "x".repeat(kilobytes16 + 1) }, "16 KB"),
  "metadata of more than 16 KB": create({ name: "a", metadata: { x: "x".repeat(kilobytes16) } }, "16 KB"),
  "metadata that is no object": create({ name: "a", metadata: "x" }, "metadata"),

  "a chat without messages": chat({}, "messages"),
  "a chat of no messages": chat({ messages: [] }, "messages cannot be empty"),
  "an empty message": chat({ messages: [{ role: "user", content: "" }] }, "Message content cannot be empty"),
  "a message of spaces": chat({ messages: [{ role: "user", content: " \n" }] }, "Message content cannot be empty"),
  "an empty message before another": chat(
    { messages: [{ role: "assistant", content: "" }, ...hello] },
    "Message content cannot be empty"
  ),
  "a message without content": chat({ messages: [{ role: "user" }] }, "Message content cannot be empty"),
  "a role that is none": chat({ messages: [{ role: "robot", content: "Hi" }] }, "one of user, assistant, system"),
  "messages that are all the assistant's": chat(
    { messages: [{ role: "assistant", content: "Hi" }] },
    "must have one of the role user"
  ),
  "a model that is none": chat({ messages: hello, model: "gpt-2" }, "model must be one of gpt-4o, gpt-4.1,"),
  "an empty model": chat({ messages: hello, model: "" }, "model must be one of"),
  "a temperature below 0": chat({ messages: hello, temperature: -0.1 }, "temperature must be between 0 and 2"),
  "a temperature above 2": chat({ messages: hello, temperature: 2.1 }, "temperature must be between 0 and 2, got 2.1"),
  "a temperature that is no number": chat({ messages: hello, temperature: "hot" }, "temperature"),
  "JSON in a stream": chat({ messages: hello, stream: true, json_response: true }, "json_response"),
  "no snippets": chat({ messages: hello, context_options: { top_k: 0 } }, "top_k must be between 1 and 64"),
  "65 snippets": chat({ messages: hello, context_options: { top_k: 65 } }, "top_k must be between 1 and 64"),
  "snippets of 511 tokens": chat({ messages: hello, context_options: { snippet_size: 511 } }, "between 512 and 8192"),
  "snippets of 8193 tokens": chat({ messages: hello, context_options: { snippet_size: 8193 } }, "between 512 and 8192"),
  "half a snippet": chat({ messages: hello, context_options: { top_k: 1.5 } }, "top_k"),
  "a filter that is none": chat({ messages: hello, filter: { a: { $near: 1 } } }, "filter"),

  "a completion of no messages": completion({ messages: [] }, "messages cannot be empty"),
  "a completion of an empty message": completion({ messages: [{ content: "" }] }, "Message content cannot be empty"),
  "a completion by a model that is none": completion({ messages: hello, model: "gpt-2" }, "model must be one of"),
  "a completion by a model for chats only": completion({ messages: hello, model: "gpt-5" }, "model must be one of"),
  "a completion that is too warm": completion(
    { messages: hello, temperature: 3 },
    "temperature must be between 0 and 2"
  ),

  "context of nothing": context({}, "Exactly one of query or messages"),
  "context of a query and messages": context({ query: "a", messages: hello }, "Exactly one of query or messages"),
  "context of an empty query": context({ query: " " }, "The query cannot be empty"),
  "context of no messages": context({ messages: [] }, "messages cannot be empty"),
  "context of an empty message": context({ messages: [{ content: "" }] }, "Message content cannot be empty"),
  "context of 65 snippets": context({ query: "a", top_k: 65 }, "top_k must be between 1 and 64"),
  "context of snippets of 511 tokens": context({ query: "a", snippet_size: 511 }, "between 512 and 8192"),

  "an evaluation without a question": evaluation({ answer: "b", ground_truth_answer: "c" }, "question"),
  "an evaluation without an answer": evaluation({ question: "a", ground_truth_answer: "c" }, "answer"),
  "an evaluation without the right answer": evaluation({ question: "a", answer: "b" }, "ground_truth_answer"),
  "an evaluation of an empty answer": evaluation({ ...answers, answer: " " }, "answer must not be empty"),
  "an evaluation of a number": evaluation({ ...answers, answer: 1 }, "answer"),
  "an evaluation with another field": evaluation({ ...answers, model: "gpt-4o" }, "model")
}

/** Sends a file with the flag for its pictures. */
const sendFile = (assistant: string, name: string, multimodal: string, id?: string) =>
  Effect.gen(function*() {
    const form = new FormData()
    const content = name.endsWith(".pdf") ? pdf([[["The moon is far."]]]) : "The moon is far."
    form.append("file", new Blob([content as BlobPart]), name)
    const url = `${yield* Control}/assistant/files/${assistant}${id === undefined ? "" : `/${id}`}`
    const request = (id === undefined ? HttpClientRequest.post : HttpClientRequest.put)(url, {
      urlParams: { multimodal }
    })
    const response = yield* HttpClient.execute(HttpClientRequest.setBody(request, HttpBody.formData(form)))
    return { status: response.status, json: (yield* response.json) as WireOperation & WireError }
  }).pipe(Effect.orDie)

layer(inProcess())("the assistant API", (it) => {
  for (const [what, { body, message, path, status = 400 }] of Object.entries(refusals)) {
    it.effect(`refuses ${what}`, () =>
      Effect.gen(function*() {
        const name = path.includes("{name}") ? yield* assistantWith() : ""
        const { json, status: answered } = yield* post<WireError>(path.replace("{name}", name), body)
        assert.strictEqual(answered, status, JSON.stringify(json))
        assert.strictEqual(json.status, status)
        assert.strictEqual(json.error.code, status === 400 ? "INVALID_ARGUMENT" : "UNPROCESSABLE_ENTITY")
        assert.include(json.error.message, message)
      }))
  }

  it.effect("takes what is at the limits", () =>
    Effect.gen(function*() {
      const name = yield* assistantWith()
      for (const model of ["gpt-4o", "gpt-4.1", "gpt-5", "o4-mini", "claude-sonnet-4-5", "gemini-2.5-pro"]) {
        const { status } = yield* post<WireChat>(`/chat/${name}`, { messages: hello, model })
        assert.strictEqual(status, 200, model)
      }
      for (const temperature of [0, 2]) {
        const { status } = yield* post<WireChat>(`/chat/${name}/chat/completions`, { messages: hello, temperature })
        assert.strictEqual(status, 200)
      }
      const longest = yield* post<WireAssistant>("/assistants", {
        name: "a".repeat(63),
        instructions: "x".repeat(kilobytes16)
      })
      assert.strictEqual(longest.status, 200)
    }))

  it.effect("takes a name with capitals, which is another than the one without", () =>
    Effect.gen(function*() {
      const name = freshName("Capital-X")
      assert.strictEqual((yield* post<WireAssistant>("/assistants", { name })).json.name, name)
      assert.strictEqual((yield* get<WireAssistant>(`/assistants/${name}`)).json.name, name)
      assert.strictEqual((yield* get(`/assistants/${name.toLowerCase()}`)).status, 404)
      assert.strictEqual((yield* del(`/assistants/${name}`)).status, 200)
    }))

  it.effect("looks at pictures of PDF files only", () =>
    Effect.gen(function*() {
      const name = yield* assistantWith()
      const text = yield* sendFile(name, "moon.txt", "true")
      assert.deepStrictEqual([text.status, text.json.error.message], [
        400,
        "multimodal is for PDF files only, and 'moon.txt' is not one. Leave multimodal out"
      ])
      assert.strictEqual((yield* sendFile(name, "moon.md", "true", "id")).status, 400)
      assert.strictEqual((yield* sendFile(name, "moon.pdf", "maybe")).status, 400)
      const { json } = yield* get<{ readonly files: ReadonlyArray<WireFile> }>(`/files/${name}`)
      assert.deepStrictEqual(json.files, [])
      for (const [file, flag] of [["moon.txt", "false"], ["moon.pdf", "true"]] as const) {
        const sent = yield* sendFile(name, file, flag)
        assert.strictEqual(sent.status, 202)
        yield* completed(name, sent.json.id)
      }
    }))

  it.effect("begins an assistant as Initializing, and answers a change with all of it", () =>
    Effect.gen(function*() {
      const name = freshName("assistant")
      const created = yield* post<WireAssistant>("/assistants", { name, instructions: "Be brief." })
      assert.strictEqual(created.json.status, "Initializing")
      const { json: described } = yield* get<WireAssistant>(`/assistants/${name}`)
      assert.deepStrictEqual(described, { ...created.json, status: "Ready" })
      const changed = yield* patch<WireAssistant>(`/assistants/${name}`, { instructions: "Be kind." })
      assert.deepStrictEqual(changed.json, {
        ...described,
        assistant_name: name,
        instructions: "Be kind.",
        updated_at: changed.json.updated_at
      } as WireAssistant)
      for (
        const change of [{ instructions: "x".repeat(kilobytes16 + 1) }, { metadata: { x: "x".repeat(kilobytes16) } }]
      ) {
        assert.strictEqual((yield* patch<WireError>(`/assistants/${name}`, change)).status, 400)
      }
      assert.deepStrictEqual((yield* get<WireAssistant>(`/assistants/${name}`)).json.instructions, "Be kind.")
    }))
})
