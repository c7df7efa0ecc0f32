import * as Headers from "@effect/platform/Headers"
import * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import type { Problem } from "./problem.js"
import { grpcStatus } from "./problem.js"

/** Which of Pinecone's two forms of an error a plane answers with. */
export type Plane = "control" | "data"

/** A problem as the plane writes it. */
export const problemResponse = (plane: Plane, problem: Problem): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.unsafeJson(
    plane === "control"
      ? { status: problem.status, error: { code: problem.code, message: problem.message } }
      : { code: grpcStatus(problem), message: problem.message, details: [] },
    {
      status: problem.status,
      ...(problem.retryAfterSeconds === undefined
        ? {}
        : { headers: { "retry-after": String(problem.retryAfterSeconds) } })
    }
  )

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

/** Spans show the headers of a request, but for those named here. */
export const hidingKeys: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R> = Effect.locallyWith(
  Headers.currentRedactedNames,
  (names) => [...names, "api-key"]
)
