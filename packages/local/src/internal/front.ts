import { AssistantControlApi } from "@effect-pinecone/http/AssistantControlApi"
import { AssistantDataApi } from "@effect-pinecone/http/AssistantDataApi"
import { AssistantEvaluationApi } from "@effect-pinecone/http/AssistantEvaluationApi"
import { deepestOf } from "@effect-pinecone/http/Failure"
import { InferenceApi } from "@effect-pinecone/http/InferenceApi"
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import { HttpApiDecodeError } from "@effect/platform/HttpApiError"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpRouter from "@effect/platform/HttpRouter"
import * as HttpServer from "@effect/platform/HttpServer"
import * as HttpServerError from "@effect/platform/HttpServerError"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import type * as Path from "@effect/platform/Path"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as HashSet from "effect/HashSet"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as access from "./access.js"
import * as adminHandlers from "./adminHandlers.js"
import type { Admission, AdmissionOptions } from "./admission.js"
import * as admission from "./admission.js"
import * as apiVersion from "./apiVersion.js"
import type { AssistantsTag } from "./assistant/assistants.js"
import * as assistantHandlers from "./assistant/handlers.js"
import { LinksTag } from "./assistant/links.js"
import * as assistantPaths from "./assistant/paths.js"
import type { BackupSchedulesTag } from "./backupSchedules.js"
import * as bodies from "./bodies.js"
import * as controlHandlers from "./controlHandlers.js"
import type { ConversionJobsTag } from "./conversionJobs.js"
import { CurrentIndex, indexOf } from "./currentIndex.js"
import * as dataHandlers from "./dataHandlers.js"
import type { GrpcHandler } from "./grpc.js"
import * as grpc from "./grpc.js"
import type { Head } from "./head.js"
import type { ImportsTag } from "./imports.js"
import * as inferenceHandlers from "./inferenceHandlers.js"
import type { ModelsTag } from "./models.js"
import * as problem from "./problem.js"
import type { LiveIndex } from "./project.js"
import { ProjectTag } from "./project.js"
import * as ids from "./requestIds.js"
import * as requestLine from "./requestLine.js"
import type { Plane } from "./respond.js"
import * as respond from "./respond.js"

import * as vectorRequests from "./vectorRequests.js"
import * as versions from "./versions.js"

type App = HttpApp.Default

const routeProblem = ({ request }: HttpServerError.RouteNotFound): problem.Problem =>
  problem.notFound(`There is no ${request.method} ${request.url.split("?")[0]!}.`)

/** Adds to the headers of an answer, whatever it will be. */
type AddHeaders = (headers: Readonly<Record<string, string>>) => void

/** Lets in who may come by the head of his request, has it answered, and answers every failure in Pinecone's form. */
const admitting = (plane: Plane, admit: Admission) => {
  const timed = plane === "data" || plane === "records"
  const requestIds = ids.make()

  const failed = (
    { headers, url }: Head,
    cause: Cause.Cause<unknown>
  ): Effect.Effect<HttpServerResponse.HttpServerResponse> => {
    const version = url.startsWith("/admin/") ? "" : versions.of(headers)
    const refuse = (found: problem.Problem) => Effect.succeed(respond.refusal(plane, version, found))
    const failure = Cause.failureOption(cause)
    if (Option.isSome(failure)) {
      const error = failure.value
      if (error instanceof problem.Problem) return refuse(error)
      if (error instanceof HttpServerError.RouteNotFound) return refuse(routeProblem(error))
    }
    for (const defect of Cause.defects(cause)) {
      if (defect instanceof bodies.Refused) return refuse(defect.problem)
    }
    if (Cause.isInterruptedOnly(cause)) {
      return HashSet.has(Cause.interruptors(cause), HttpServerError.clientAbortFiberId)
        ? Effect.interrupt
        : refuse(problem.interrupted)
    }
    return Effect.andThen(
      Effect.logError("The embedded server failed at a request", cause),
      refuse(problem.internal("Internal server error"))
    )
  }

  return <R>(
    request: Head,
    answer: (add: AddHeaders) => Effect.Effect<HttpServerResponse.HttpServerResponse, unknown, R>
  ): Effect.Effect<HttpServerResponse.HttpServerResponse, never, R> => {
    /** What the answer has to say beside itself. */
    const headers: Record<string, string> = {}
    const admitted = (): Effect.Effect<HttpServerResponse.HttpServerResponse, unknown, R> => {
      const wrong = requestLine.fault(request)
      if (wrong !== undefined) return wrong
      const version = versions.of(request.headers)
      if (respond.formOf(plane, request.url) !== "data") headers[versions.header] = version
      const lacking = versions.lacking(version, plane, request.method, request.url)
      return lacking ?? respond.versioned(answer((added) => Object.assign(headers, added)), request.headers)
    }
    return Effect.flatMap(requestIds, (requestId) =>
      Effect.clockWith((clock) => {
        const start = timed ? clock.unsafeCurrentTimeMillis() : 0
        const admission = admit(request.headers, () => access.ofHttp(plane, request.method, request.url))
        // The platform lets nothing of a request be interrupted but the handlers of its routes.
        const answered = admission === Effect.void
          ? admitted()
          : Effect.flatMap(Effect.interruptible(admission), admitted)
        return Effect.map(Effect.catchAllCause(answered, (cause) => failed(request, cause)), (response) =>
          HttpServerResponse.setHeaders(response, {
            "x-pinecone-request-id": requestId,
            ...(timed ? respond.taken(start, clock.unsafeCurrentTimeMillis()) : {}),
            ...headers
          }))
      }))
  }
}

/** The handlers of a plane, behind who lets requests in. */
const routing = (plane: Plane, app: HttpApp.Default<unknown>, admit: Admission): App => {
  const answering = admitting(plane, admit)
  return Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
    answering(request, () =>
      Effect.flatMap(
        bodies.guard(plane, request),
        (guarded) => Effect.provideService(app, HttpServerRequest.HttpServerRequest, guarded)
      )))
}

/** A body without a byte, which the platform reads as null over the network. */
const hasEmptyBody = ({ headers, method }: HttpServerRequest.HttpServerRequest): boolean =>
  (method === "POST" || method === "PATCH") &&
  (headers["content-length"] === "0" ||
    (headers["content-length"] === undefined && headers["transfer-encoding"] === undefined))

/** What does not fit the API's definition. */
const unfit = (
  plane: Plane,
  request: HttpServerRequest.HttpServerRequest,
  error: unknown
): problem.Problem | undefined => {
  if (error instanceof HttpApiDecodeError) {
    return plane === "control" && hasEmptyBody(request)
      ? respond.noJson(plane)
      : respond.undecodable(plane, deepestOf(error.issues))
  }
  return error instanceof HttpServerError.RouteNotFound ? routeProblem(error) : undefined
}

/** Answers what does not fit before the platform does, which would take it for any error of the API that it resembles. */
const decodeErrors = (plane: Plane) =>
  HttpApiBuilder.middleware((app) =>
    Effect.catchAll(app, (error: unknown) =>
      Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
        const found = unfit(plane, request, error)
        return found === undefined
          // eslint-disable-next-line no-restricted-syntax -- the platform handles what else it is.
          ? Effect.fail(error as never)
          : Effect.succeed(respond.problemResponse(respond.formOf(plane, request.url), found))
      }))
  )

/** The router would know no path with a longer segment; a namespace may have 512 characters, each of some bytes. */
const maxParamLength = 4096

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
    const app = yield* HttpRouter.withRouterConfig(Effect.provide(HttpApiBuilder.httpApp, context), { maxParamLength })
    // eslint-disable-next-line no-restricted-syntax -- the router needs nothing else, and hides it.
    return Effect.provide(app, context) as HttpApp.Default<unknown>
  })

/** What answers a request of 2026-07 or later, and of a version before. */
const byVersion = (app: HttpApp.Default<unknown>, before: HttpApp.Default<unknown>): HttpApp.Default<unknown> =>
  Effect.flatMap(apiVersion.atLeast("2026-07"), (is) => is ? app : before)

/** The login host, the admin API and the discovery of metrics, by their paths. */
const administration = (options: AdmissionOptions, admit: Admission) =>
  Effect.gen(function*() {
    const { admin } = options
    if (admin === undefined) {
      const refused = problem.notImplemented("This server was started without the credentials of a service account.")
      return [
        { paths: /^\/oauth\//, app: routing("login", Effect.fail(refused), admission.makeLogin(options)) },
        { paths: /^\/(admin|prometheus)\//, app: routing("control", Effect.fail(refused), admit) }
      ]
    }
    const login = admission.makeLogin(options)
    return [
      { paths: /^\/invites\/[^/]+\/accept$/, app: routing("control", adminHandlers.acceptance(admin), login) },
      { paths: /^\/oauth\/revoke$/, app: routing("login", adminHandlers.revocation(admin), login) },
      {
        paths: /^\/oauth\//,
        app: routing("login", respond.hidingBody(yield* build("login", adminHandlers.loginLayer(admin))), login)
      },
      {
        paths: /^\/admin\//,
        app: routing(
          "control",
          respond.hidingBody(yield* build("control", adminHandlers.layer(admin))),
          admission.makeAdmin(options, admin)
        )
      },
      {
        paths: /^\/prometheus\//,
        app: routing(
          "control",
          yield* build("control", adminHandlers.metricsLayer(admin)),
          admission.withBearer(admit)
        )
      }
    ]
  })

/** Answers a request that asks for an operation by its place. */
export type OperationHandler = (
  request: Head,
  operation: vectorRequests.Operation
) => Effect.Effect<HttpServerResponse.HttpServerResponse>

/** What a server answers with. */
export interface Front {
  /** The control plane. */
  readonly control: App
  /** The data plane of the index with this id. */
  readonly data: (indexId: string) => App
  /** The operations on the records of the index with this id, for which nothing but the head of a request is needed. */
  readonly operations: (indexId: string) => OperationHandler
  /** The gRPC methods of the index with this id. */
  readonly grpc: (indexId: string) => GrpcHandler
}

export const make = (
  options: AdmissionOptions
): Effect.Effect<
  Front,
  never,
  | ProjectTag
  | ImportsTag
  | BackupSchedulesTag
  | ConversionJobsTag
  | ModelsTag
  | AssistantsTag
  | LinksTag
  | Scope.Scope
  | FileSystem.FileSystem
  | Path.Path
> =>
  Effect.gen(function*() {
    const admit = admission.make(options)
    const control = byVersion(
      yield* build("control", controlHandlers.layer),
      yield* build("control", controlHandlers.layer2026_04)
    )
    const data = byVersion(
      yield* build("data", dataHandlers.layer),
      yield* build("data", dataHandlers.layer2026_04)
    )
    const project = yield* ProjectTag
    const requestIds = ids.make()
    const vectorsApp = routing("data", data, admit)
    const recordsApp = routing("records", data, admit)
    const answering = admitting("data", admit)
    const operation = (
      request: Head,
      asked: vectorRequests.Operation,
      index: Effect.Effect<LiveIndex, problem.Problem>
    ) =>
      answering(request, (add) =>
        Effect.map(vectorRequests.answer(asked, request, index), ([response, headers]) => {
          add(headers)
          return response
        }))
    const dataApp: App = Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
      const asked = vectorRequests.find(request)
      if (asked !== undefined) return operation(request, asked, indexOf(project))
      return respond.formOf("data", request.url) === "records" ? recordsApp : vectorsApp
    })
    // The other parts of the API, by the paths that they answer: the first that matches is asked.
    const parts: ReadonlyArray<{ readonly paths: RegExp; readonly app: App }> = [
      ...(yield* administration(options, admit)),
      {
        paths: /^\/(embed|rerank|models)(\/|\?|$)/,
        app: routing(
          "inference",
          yield* build("inference", HttpApiBuilder.api(InferenceApi).pipe(Layer.provide(inferenceHandlers.layer))),
          admit
        )
      },
      { paths: assistantPaths.content, app: (yield* LinksTag).app },
      {
        paths: assistantPaths.evaluation,
        app: assistantPaths.below(routing(
          "evaluation",
          yield* build(
            "evaluation",
            HttpApiBuilder.api(AssistantEvaluationApi).pipe(Layer.provide(assistantHandlers.evaluation))
          ),
          admit
        ))
      },
      {
        paths: assistantPaths.control,
        app: assistantPaths.below(routing(
          "assistant",
          yield* build(
            "assistant",
            HttpApiBuilder.api(AssistantControlApi).pipe(Layer.provide(assistantHandlers.control))
          ),
          admit
        ))
      },
      {
        paths: assistantPaths.data,
        app: assistantPaths.below(routing(
          "assistant",
          yield* build("assistant", HttpApiBuilder.api(AssistantDataApi).pipe(Layer.provide(assistantHandlers.data))),
          admit
        ))
      }
    ]
    const database = routing("control", control, admit)
    const { admin } = options
    const metrics = admin === undefined
      ? dataApp
      : routing("data", adminHandlers.metrics(admin, indexOf(project)), admission.withBearer(admit))
    const withMetrics: App = Effect.flatMap(
      HttpServerRequest.HttpServerRequest,
      ({ url }) => adminHandlers.isExport(url) ? metrics : dataApp
    )
    return {
      control: Effect.flatMap(
        HttpServerRequest.HttpServerRequest,
        ({ url }) => (parts.find(({ paths }) => paths.test(url))?.app) ?? database
      ),
      data: (indexId) => Effect.provideService(admin === undefined ? dataApp : withMetrics, CurrentIndex, indexId),
      operations: (indexId) => (request, asked) => operation(request, asked, project.indexById(indexId)),
      grpc: (indexId) => grpc.make(project.indexById(indexId), admit, requestIds)
    }
  })
