/** Requests of the assistant API, each written by hand, and what is answered as it is. */
import type * as Headers from "@effect/platform/Headers"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as UrlParams from "@effect/platform/UrlParams"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Control } from "./bothProtocols.js"
import { freshName } from "./pinecone.js"
import { turn } from "./sockets.js"

/** What is answered, read as the test expects it. */
export interface Said<A> {
  readonly status: number
  readonly headers: Headers.Headers
  readonly text: string
  readonly json: A
}

const send = <A>(
  make: (url: string) => HttpClientRequest.HttpClientRequest
): Effect.Effect<Said<A>, never, Control | HttpClient.HttpClient> =>
  Effect.gen(function*() {
    const response = yield* HttpClient.execute(make(yield* Control))
    const text = yield* response.text
    const isJson = response.headers["content-type"]?.includes("application/json") === true
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: (isJson ? JSON.parse(text) : undefined) as A
    }
  }).pipe(Effect.orDie)

export const get = <A>(path: string, urlParams: UrlParams.CoercibleRecord = {}) =>
  send<A>((url) => HttpClientRequest.get(`${url}/assistant${path}`, { urlParams }))

export const del = <A>(path: string) => send<A>((url) => HttpClientRequest.del(`${url}/assistant${path}`))

export const post = <A>(path: string, body: unknown) =>
  send<A>((url) => HttpClientRequest.post(`${url}/assistant${path}`, { body: HttpBody.unsafeJson(body) }))

export const patch = <A = unknown>(path: string, body: unknown) =>
  send<A>((url) => HttpClientRequest.patch(`${url}/assistant${path}`, { body: HttpBody.unsafeJson(body) }))

export interface WireAssistant {
  readonly name: string
  readonly instructions?: string
  readonly metadata?: object
  readonly status: string
  readonly host: string
  readonly region: string
  readonly created_at: string
  readonly updated_at: string
}

export interface WireFile {
  readonly id: string
  readonly name: string
  readonly size: number
  readonly metadata?: object
  readonly status: string
  readonly created_on: string
  readonly updated_on: string
  readonly signed_url?: string
}

export interface WireOperation {
  readonly id: string
  readonly operation_type: string
  readonly file_id: string
  readonly status: string
  readonly created_on: string
  readonly completed_on?: string
  readonly percent_complete: number
  readonly error_message?: string
}

export interface WireError {
  readonly status: number
  readonly error: { readonly code: string; readonly message: string }
}

export interface Page {
  readonly pagination?: { readonly next: string }
}

export interface WireReference {
  readonly file: WireFile
  readonly pages: ReadonlyArray<number>
  readonly highlight?: { readonly type: string; readonly content: string }
}

export interface WireCitation {
  readonly position: number
  readonly references: ReadonlyArray<WireReference>
}

export interface WireUsage {
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
}

export interface WireChat {
  readonly id: string
  readonly model: string
  readonly finish_reason: string
  readonly message: { readonly role: string; readonly content: string }
  readonly citations: ReadonlyArray<WireCitation>
  readonly context_snippet_count: number
  readonly usage: WireUsage
}

export interface WireContext {
  readonly id: string
  readonly snippets: ReadonlyArray<{
    readonly type: string
    readonly content: string
    readonly score: number
    readonly reference: { readonly type: string; readonly file: WireFile; readonly pages?: ReadonlyArray<number> }
  }>
  readonly usage: WireUsage
}

/** A file to send. */
export interface Given {
  readonly name: string
  readonly content: string | Uint8Array
  readonly metadata?: object | undefined
  readonly id?: string | undefined
}

const formOf = ({ content, metadata, name }: Given): FormData => {
  const form = new FormData()
  if (metadata !== undefined) form.append("metadata", JSON.stringify(metadata))
  form.append("file", new Blob([content as Uint8Array<ArrayBuffer>]), name)
  return form
}

/** Sends a file, and gives what is answered at once. */
export const sendFile = <A>(assistant: string, file: Given, headers: Readonly<Record<string, string>> = {}) =>
  send<A>((url) => {
    const path = `${url}/assistant/files/${assistant}`
    const request = file.id === undefined ? HttpClientRequest.post(path) : HttpClientRequest.put(`${path}/${file.id}`)
    return request.pipe(
      HttpClientRequest.setBody(HttpBody.formData(formOf(file))),
      HttpClientRequest.setHeaders(headers)
    )
  })

/** An operation, once it has come to its end. */
export const ended = (
  assistant: string,
  id: string
): Effect.Effect<WireOperation, never, Control | HttpClient.HttpClient> =>
  Effect.flatMap(get<WireOperation>(`/operations/${assistant}/${id}`), ({ json, status }) => {
    assert.strictEqual(status, 200)
    return json.status === "Processing" ? Effect.zipRight(turn, ended(assistant, id)) : Effect.succeed(json)
  })

/** Waits until an operation has come to a good end. */
export const completed = (assistant: string, id: string) =>
  Effect.map(
    ended(assistant, id),
    ({ error_message, status }) => assert.strictEqual(status, "Completed", error_message)
  )

/** Sends a file and waits until it is read. It gives the file's id. */
export const upload = (assistant: string, file: Given) =>
  Effect.gen(function*() {
    const { json, status, text } = yield* sendFile<WireOperation>(assistant, file)
    assert.strictEqual(status, 202, text)
    yield* completed(assistant, json.id)
    return json.file_id
  })

/** Creates an assistant that has these files. It gives its name. */
export const assistantWith = (...files: ReadonlyArray<Given>) =>
  Effect.gen(function*() {
    const name = freshName("assistant")
    const { status, text } = yield* post("/assistants", { name })
    assert.strictEqual(status, 200, text)
    for (const file of files) yield* upload(name, file)
    return name
  })

/** Asks a question, and gives the answer. */
export const ask = (assistant: string, content: string, options: object = {}) =>
  Effect.map(
    post<WireChat>(`/chat/${assistant}`, { messages: [{ role: "user", content }], ...options }),
    ({ json, status, text }) => {
      assert.strictEqual(status, 200, text)
      return json
    }
  )

/** The names of the files that an answer cites, each once. */
export const cited = ({ citations }: WireChat): ReadonlyArray<string> =>
  Array.from(new Set(citations.flatMap(({ references }) => references.map(({ file }) => file.name))))
