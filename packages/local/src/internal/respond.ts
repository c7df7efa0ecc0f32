import * as Headers from "@effect/platform/Headers"
import * as HttpApp from "@effect/platform/HttpApp"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as apiVersion from "./apiVersion.js"
import type { Problem } from "./problem.js"
import { badRequest, grpcStatus, unprocessable } from "./problem.js"
import * as versions from "./versions.js"

/**
 * The parts of the API, each of which has its form of an error: text records, inference and assistants have the control
 * plane's.
 */
export type Plane = "control" | "data" | "records" | "inference" | "assistant" | "evaluation" | "login"

const ofRecords = /^\/(records\/|namespaces\/[^/?]*\/documents\/)/

/** The part that a request is for: on the data plane, text records and documents have another form than the rest. */
export const formOf = (plane: Plane, url: string): Plane => plane === "data" && ofRecords.test(url) ? "records" : plane

type RequestHeaders = { readonly [name: string]: string | undefined }

/** The reason of a problem, in the form in which services of Google's kind write it. */
const details = ({ reason }: Problem): ReadonlyArray<object> =>
  reason === undefined ? [] : [{
    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
    reason: reason.name,
    domain: "pinecone.io",
    metadata: reason.metadata ?? {}
  }]

/** What a problem is in the form of a plane. */
export const problemBody = (plane: Plane, problem: Problem): object => {
  const { code, message, status } = problem
  if (plane === "data") return { code: grpcStatus(problem), message, details: details(problem) }
  if (plane === "login") {
    return { error: code === "INVALID_ARGUMENT" ? "invalid_request" : code.toLowerCase(), error_description: message }
  }
  return { status, error: { code, message }, ...(plane === "evaluation" ? { message } : {}) }
}

/** The message of a failed decoding, without the value that failed. */
export const undecodable = (plane: Plane, issues: string): Problem => {
  // A body of another kind would be shown as a whole, and it has a secret.
  if (plane === "login") {
    return badRequest(
      "A client_id, a client_secret, a grant_type and an audience are needed, in JSON or as a form"
    )
  }
  const message = `Failed to deserialize the request: ${issues}`
  return plane === "control" || plane === "evaluation" ? unprocessable(message) : badRequest(message)
}

/** What is no JSON at all, which the control plane does not tell as it does what is of another form. */
export const noJson = (plane: Plane): Problem =>
  plane === "control"
    ? badRequest("Failed to parse the request body as JSON: it is not valid JSON")
    : undecodable(plane, "the body is not valid JSON")

/** A problem as the plane writes it. */
export const problemResponse = (plane: Plane, problem: Problem): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.unsafeJson(
    problemBody(plane, problem),
    {
      status: problem.status,
      ...(problem.retryAfterSeconds === undefined
        ? {}
        : { headers: { "retry-after": String(problem.retryAfterSeconds) } })
    }
  )

/** Who is not let in is told so in a text, since 2026-07. */
export const refusal = (plane: Plane, version: string, problem: Problem): HttpServerResponse.HttpServerResponse =>
  problem.status === 401 && version >= "2026-07" && (plane === "control" || plane === "data" || plane === "records")
    ? HttpServerResponse.text(plane === "control" ? "Invalid API key" : "Unauthorized", { status: 401 })
    : problemResponse(plane, problem)

/** Answers a problem instead of failing with it. */
export const answering =
  (plane: Plane) =>
  <A, R>(effect: Effect.Effect<A, Problem, R>): Effect.Effect<A | HttpServerResponse.HttpServerResponse, never, R> =>
    Effect.catchAll(effect, (problem) => Effect.succeed(problemResponse(plane, problem)))

/** Adds a header to the answer of the running request. */
export const header = (name: string, value: string): Effect.Effect<void> =>
  HttpApp.appendPreResponseHandler((_, response) => Effect.succeed(HttpServerResponse.setHeader(response, name, value)))

/** Adds headers to the answer of the running request. */
export const headers = (all: Readonly<Record<string, string>>): Effect.Effect<void> =>
  HttpApp.appendPreResponseHandler((_, response) => Effect.succeed(HttpServerResponse.setHeaders(response, all)))

/** Does what a request asks for in the version that it asks for. What is in place already needs no saying. */
export const versioned = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  headers: RequestHeaders
): Effect.Effect<A, E, R> => {
  const version = versions.of(headers)
  return Effect.flatMap(
    apiVersion.Current,
    (current) => version === current ? effect : Effect.provideService(effect, apiVersion.Current, version)
  )
}

/** What an answer says about how long it took, from one time in milliseconds to another. */
export const taken = (start: number, end: number): Readonly<Record<string, string>> => {
  const millis = String(Math.max(0, Math.round(end - start)))
  return { "x-pinecone-request-latency-ms": millis, "x-pinecone-response-duration-ms": millis }
}

/** A span ends with the response, which shows its body. A stream does not show what it gives. */
export const hidingBody = <E, R>(
  app: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
): Effect.Effect<HttpServerResponse.HttpServerResponse, E, R> =>
  Effect.map(app, (response) => {
    const { body } = response
    return body._tag === "Uint8Array"
      ? HttpServerResponse.setBody(
        response,
        HttpBody.stream(Stream.sync(() => body.body), body.contentType, body.contentLength)
      )
      : response
  })

/** Spans show the headers of a request, but for those named here. */
export const hidingKeys: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R> = Effect.locallyWith(
  Headers.currentRedactedNames,
  (names) => [...names, "api-key"]
)
