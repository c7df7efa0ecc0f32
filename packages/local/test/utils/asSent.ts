/** Requests over HTTP as they are written, and answers as they come. */
import type * as Headers from "@effect/platform/Headers"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"

export interface Sent {
  readonly headers?: Readonly<Record<string, string>>
  /** A text is sent as it is, anything else as JSON. */
  readonly body?: unknown
  readonly contentType?: string
}

export interface Answered {
  readonly status: number
  readonly headers: Headers.Headers

  readonly json: any
}

/** `POST /query`, at a host. */
export const send = (
  host: string,
  line: string,
  { body, contentType = "application/json", headers = {} }: Sent = {}
): Effect.Effect<Answered, never, HttpClient.HttpClient> => {
  const [method, path] = line.split(" ", 2)
  const request = HttpClientRequest.make(method as "GET")(`${host}${path}`, { headers })
  return HttpClient.execute(
    body === undefined
      ? request
      : HttpClientRequest.setBody(
        request,
        HttpBody.text(typeof body === "string" ? body : JSON.stringify(body), contentType)
      )
  ).pipe(
    Effect.flatMap((response) =>
      Effect.map(response.text, (text) => ({
        status: response.status,
        headers: response.headers,
        json: text === "" ? undefined : JSON.parse(text)
      }))
    ),
    Effect.orDie
  )
}

/** What a request is, and what comes of it: parts of the answer, or the message of a refusal. */
export type Row = readonly [what: string, line: string, body: unknown, status: number, answer: object | string]

/** Sends each request and looks at its answer. */
export const check = (host: string, rows: ReadonlyArray<Row>, headers: Readonly<Record<string, string>> = {}) =>
  Effect.forEach(
    rows,
    ([what, line, body, status, answer]) =>
      Effect.map(send(host, line, { body, headers }), (answered) => {
        assert.strictEqual(answered.status, status, `${what}: ${JSON.stringify(answered.json)}`)
        if (typeof answer !== "string") return assert.deepInclude(answered.json, answer, what)
        const { error, message } = answered.json
        return assert.strictEqual(message ?? error?.message, answer, what)
      }),
    { discard: true }
  )
