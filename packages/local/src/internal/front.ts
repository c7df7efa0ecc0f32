import { ControlPlaneApi } from "@effect-pinecone/http/ControlPlaneApi"
import { DataPlaneApi } from "@effect-pinecone/http/DataPlaneApi"
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServer from "@effect/platform/HttpServer"
import * as HttpServerError from "@effect/platform/HttpServerError"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import type * as Path from "@effect/platform/Path"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as controlHandlers from "./controlHandlers.js"
import * as dataHandlers from "./dataHandlers.js"
import type { GrpcHandler } from "./grpc.js"
import * as grpc from "./grpc.js"
import type { Guard, GuardOptions } from "./guard.js"
import * as guards from "./guard.js"
import type { ImportsTag } from "./imports.js"
import * as problem from "./problem.js"
import { ProjectTag, uuid } from "./project.js"
import type { Plane } from "./respond.js"
import * as respond from "./respond.js"

type App = HttpApp.Default

/** The paths of Pinecone's that are known and not served. */
const unserved = /^\/(records\/|embed$|rerank$|models(\/|$)|assistants?(\/|$)|namespaces\/[^/]+\/documents\/|admin\/)/

const routeProblem = (error: HttpServerError.RouteNotFound): problem.Problem => {
  const path = error.request.url.split("?")[0]!
  return unserved.test(path)
    ? problem.notImplemented(`${error.request.method} ${path} is not implemented by the embedded server.`)
    : problem.notFound(`There is no ${error.request.method} ${path}.`)
}

const isBadJson = (defect: unknown): defect is HttpServerError.RequestError =>
  defect instanceof HttpServerError.RequestError && defect.reason === "Decode"

/** The message of a failed decoding, without the value that failed. */
const decodeProblem = (plane: Plane, issues: string): problem.Problem => {
  const message = `Failed to deserialize the request: ${issues}`
  return plane === "control" ? problem.unprocessable(message) : problem.badRequest(message)
}

/** The application of a plane: the guard, then the handlers, and every failure in Pinecone's form. */
const guarded = (plane: Plane, app: HttpApp.Default<unknown>, guard: Guard): App => {
  const refuse = (found: problem.Problem) => Effect.succeed(respond.problemResponse(plane, found))

  return Effect.gen(function*() {
    const request = yield* HttpServerRequest.HttpServerRequest
    yield* respond.header("x-pinecone-request-id", yield* uuid)
    // The platform lets nothing of a request be interrupted but the handlers of its routes.
    yield* Effect.interruptible(guard(request.headers))
    return yield* app
  }).pipe(
    Effect.catchAllCause((cause) => {
      const failure = Cause.failureOption(cause)
      if (Option.isSome(failure)) {
        const error = failure.value
        if (error instanceof problem.Problem) return refuse(error)
        if (error instanceof HttpServerError.RouteNotFound) return refuse(routeProblem(error))
        if (isBadJson(error)) return refuse(decodeProblem(plane, "the body is not valid JSON"))
      }
      for (const defect of Cause.defects(cause)) {
        if (isBadJson(defect)) return refuse(decodeProblem(plane, "the body is not valid JSON"))
      }
      if (Cause.isInterruptedOnly(cause)) return Effect.interrupt
      return Effect.zipRight(
        Effect.logError("The embedded server failed at a request", cause),
        refuse(problem.internal("Internal server error"))
      )
    })
  ) as App
}

const isDecodeError = (u: unknown): u is { readonly _tag: "HttpApiDecodeError"; readonly message: string } =>
  typeof u === "object" && u !== null && "_tag" in u && u._tag === "HttpApiDecodeError"

/** What does not fit the API's definition, before it is answered in the platform's form. */
const decodeErrors = (plane: Plane) =>
  HttpApiBuilder.middleware((app) =>
    Effect.catchAll(app, (error: unknown) =>
      isDecodeError(error)
        ? Effect.succeed(respond.problemResponse(plane, decodeProblem(plane, error.message)))
        : Effect.fail(error as never))
  )

const build = <R>(plane: Plane, api: Layer.Layer<HttpApi.Api, never, R>) =>
  Effect.gen(function*() {
    const context = yield* Layer.build(
      Layer.merge(api, decodeErrors(plane)).pipe(
        Layer.provideMerge(Layer.mergeAll(
          HttpApiBuilder.Router.Live,
          HttpApiBuilder.Middleware.layer
        )),
        Layer.provideMerge(HttpServer.layerContext)
      )
    )
    return Effect.provide(yield* Effect.provide(HttpApiBuilder.httpApp, context), context) as HttpApp.Default<unknown>
  })

/** What a server answers with. */
export interface Front {
  /** The control plane. */
  readonly control: App
  /** The data plane of the index with this id. */
  readonly data: (indexId: string) => App
  /** The gRPC methods of the index with this id. */
  readonly grpc: (indexId: string) => GrpcHandler
}

export const make = (
  options: GuardOptions
): Effect.Effect<
  Front,
  never,
  ProjectTag | ImportsTag | Scope.Scope | FileSystem.FileSystem | Path.Path
> =>
  Effect.gen(function*() {
    const guard = guards.make(options)
    const control = yield* build(
      "control",
      HttpApiBuilder.api(ControlPlaneApi).pipe(Layer.provide(controlHandlers.layer))
    )
    const data = yield* build("data", HttpApiBuilder.api(DataPlaneApi).pipe(Layer.provide(dataHandlers.layer)))
    const dataApp = guarded("data", data, guard)
    const project = yield* ProjectTag
    return {
      control: guarded("control", control, guard),
      data: (indexId) => Effect.locally(dataApp, dataHandlers.currentIndex, indexId),
      grpc: (indexId) => grpc.make(project.indexById(indexId), guard)
    }
  })
