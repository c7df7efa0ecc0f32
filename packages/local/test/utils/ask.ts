/** Requests written by hand, and what is answered as it is. */
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"

export type Method = "GET" | "POST" | "PATCH" | "DELETE"

export interface Said {
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  /** The JSON of the answer, or nothing where it has no body. */

  readonly told: any
}

export interface Options {
  readonly body?: unknown
  /** The body as it is, where it is not to be JSON. */
  readonly text?: string
  readonly version?: string | undefined
}

/** Where the control plane of a server in the process is. */
export const control = "http://control.pinecone.local"

/** Asks a server, of the process or over the network. */
export const askAt = (base: string) =>
(
  method: Method,
  path: string,
  { body, text = body === undefined ? undefined : JSON.stringify(body), version }: Options = {}
): Effect.Effect<Said, never, HttpClient.HttpClient> =>
  HttpClient.execute(
    HttpClientRequest.make(method)(`${base}${path}`).pipe(
      version === undefined
        ? (request) => request
        : HttpClientRequest.setHeader("x-pinecone-api-version", version),
      text === undefined
        ? (request) => request
        : HttpClientRequest.setBody(HttpBody.text(text, "application/json"))
    )
  ).pipe(
    Effect.flatMap((response) =>
      Effect.map(response.text, (text) => ({
        status: response.status,
        headers: response.headers,
        told: text === "" ? undefined : JSON.parse(text)
      }))
    ),
    Effect.orDie
  )

/** Asks the control plane of the server in the process. */
export const ask = askAt(control)
