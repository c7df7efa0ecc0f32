import type { Reply, Unary } from "@effect-pinecone/grpc/GrpcChannel"
import { Status } from "@effect-pinecone/grpc/GrpcChannel"
import type { MethodName } from "@effect-pinecone/grpc/Protocol"
import * as Protocol from "@effect-pinecone/grpc/Protocol"
import * as ErrorBody from "@effect-pinecone/schema/ErrorBody"
import * as Headers from "@effect/platform/Headers"
import * as HttpTraceContext from "@effect/platform/HttpTraceContext"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { keys } from "effect/Record"
import * as access from "./access.js"
import type { Admission } from "./admission.js"
import * as apiVersion from "./apiVersion.js"
import * as grpcDetails from "./grpcDetails.js"
import { operations, since } from "./operations.js"
import * as problem from "./problem.js"
import type { LiveIndex } from "./project.js"
import * as respond from "./respond.js"

/** A call that has come in, by whichever way. */
export interface IncomingCall extends Pick<Unary, "path" | "headers"> {
  /** Reads the message: who is not let in has none of it read. */
  readonly body: Effect.Effect<Uint8Array, Status>
}

/** Answers the calls of `VectorService`, from bytes to bytes. */
export type GrpcHandler = (call: IncomingCall) => Effect.Effect<Reply, Status>

/** A status of the server's. */
export const status = (code: number, message: string, headers: Readonly<Record<string, string>> = {}): Status =>
  new Status({ code, message, headers: Headers.fromInput(headers), answered: true })

const names: ReadonlyArray<MethodName> = keys(Protocol.methods)

const byPath: ReadonlyMap<string, MethodName> = new Map(names.map((name) => [Protocol.methods[name].path, name]))

/** The paths of the methods. */
export const paths: ReadonlyArray<string> = Array.from(byPath.keys())

const run = <M extends MethodName>(
  name: M,
  index: Effect.Effect<LiveIndex, problem.Problem>,
  body: IncomingCall["body"]
) => {
  const { decodeRequest, encodeAnswer, path } = Protocol.methods[name]
  return Effect.gen(function*() {
    if (!(yield* apiVersion.atLeast(since[name] ?? ""))) {
      return yield* problem.notImplemented(`${path} requires API version ${since[name]} or later`)
    }
    const request = yield* Effect.catchAll(
      decodeRequest(yield* body),
      (why) => problem.badRequest(`The message is not a valid request of ${path}: ${why}`)
    )
    const [answer, headers] = yield* operations[name](yield* index, request)
    return { body: encodeAnswer(answer), headers }
  })
}

/** Answers for what has no methods, and for methods that there are not. */
export const unimplemented: GrpcHandler = ({ path }) =>
  Effect.fail(status(ErrorBody.grpcStatuses.UNIMPLEMENTED, `The server does not implement the method ${path}`))

const internal = problem.internal("Internal server error")

/** The methods of one index: who is let in, then the operation, and every failure as a status. */
export const make = (
  index: Effect.Effect<LiveIndex, problem.Problem>,
  admit: Admission,
  requestIds: Effect.Effect<string>
): GrpcHandler =>
(call) => {
  const name = byPath.get(call.path)
  if (name === undefined) return unimplemented(call)
  return Effect.gen(function*() {
    const requestId = { "x-pinecone-request-id": yield* requestIds }
    const refuse = (found: problem.Problem | Status) =>
      found instanceof Status
        ? status(found.code, found.message, { ...found.headers, ...requestId })
        : status(problem.grpcStatus(found), found.message, {
          ...requestId,
          ...grpcDetails.of(found),
          ...(found.retryAfterSeconds === undefined ? {} : { "retry-after": String(found.retryAfterSeconds) })
        })
    return yield* Effect.andThen(admit(call.headers, () => access.ofGrpc(name)), run(name, index, call.body)).pipe(
      (answer) => respond.versioned(answer, call.headers),
      Effect.map(({ body, headers }) => ({ body, headers: Headers.fromInput({ ...requestId, ...headers }) })),
      Effect.mapError(refuse),
      Effect.catchSomeCause((cause) =>
        Cause.isDie(cause)
          ? Option.some(Effect.andThen(
            Effect.logError("The embedded server failed at a request", cause),
            Effect.fail(refuse(internal))
          ))
          // A call that is cancelled does not come here: its fiber ends.
          : Cause.isInterruptedOnly(cause)
          ? Option.some(Effect.fail(refuse(problem.interrupted)))
          : Option.none()
      )
    )
  }).pipe(
    Effect.withSpan(call.path.slice(1), {
      kind: "server",
      parent: Option.getOrUndefined(HttpTraceContext.fromHeaders(Headers.fromInput(call.headers))),
      captureStackTrace: false,
      attributes: { "rpc.system": "grpc", "rpc.service": "VectorService", "rpc.method": call.path.split("/").at(-1) }
    })
  )
}
