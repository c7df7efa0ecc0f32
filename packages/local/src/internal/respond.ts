import * as ErrorBody from "@effect-pinecone/schema/ErrorBody"
import * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import type { Problem } from "./problem.js"

/** Which of Pinecone's two forms of an error a plane answers with. */
export type Plane = "control" | "data"

/** A problem as the plane writes it. */
export const problemResponse = (plane: Plane, problem: Problem): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.unsafeJson(
    plane === "control"
      ? { status: problem.status, error: { code: problem.code, message: problem.message } }
      : { code: grpcCode(problem.code), message: problem.message, details: [] },
    {
      status: problem.status,
      ...(problem.retryAfterSeconds === undefined
        ? {}
        : { headers: { "retry-after": String(problem.retryAfterSeconds) } })
    }
  )

const grpcCode = (code: string): number => {
  const found = ErrorBody.grpcCodes.indexOf(code === "FORBIDDEN" ? "PERMISSION_DENIED" : code)
  return found === -1 ? 3 : found
}

/** Answers a problem instead of failing with it. */
export const answering =
  (plane: Plane) =>
  <A, R>(effect: Effect.Effect<A, Problem, R>): Effect.Effect<A | HttpServerResponse.HttpServerResponse, never, R> =>
    Effect.catchAll(effect, (problem) => Effect.succeed(problemResponse(plane, problem)))

/** Adds a header to the answer of the running request. */
export const header = (name: string, value: string): Effect.Effect<void> =>
  HttpApp.appendPreResponseHandler((_, response) => Effect.succeed(HttpServerResponse.setHeader(response, name, value)))

/** The header that tells a write's place in the log. */
export const written = (lsn: number): Effect.Effect<void> => header("x-pinecone-request-lsn", String(lsn))

/** The header that tells up to which write a read has seen. */
export const indexed = (lsn: number): Effect.Effect<void> => header("x-pinecone-max-indexed-lsn", String(lsn))
