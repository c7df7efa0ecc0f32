import { DataPlaneApi } from "@effect-pinecone/http/DataPlaneApi"
import { DataPlaneApi2026_04 } from "@effect-pinecone/http/DataPlaneApi2026_04"
import * as Limits from "@effect-pinecone/schema/Limits"
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as aliasHandlers from "./aliasHandlers.js"
import * as apiVersion from "./apiVersion.js"
import { indexOf } from "./currentIndex.js"
import * as dataRequests from "./dataRequests.js"
import * as documentFields from "./documentFields.js"
import * as documentHandlers from "./documentHandlers.js"
import { doing } from "./doing.js"
import type { ImportDocument } from "./imports.js"
import { ImportsTag } from "./imports.js"
import { ModelsTag } from "./models.js"
import * as paging from "./paging.js"
import * as problem from "./problem.js"
import { ProjectTag } from "./project.js"
import * as respond from "./respond.js"
import * as textRecords from "./textRecords.js"
import * as vectorRequests from "./vectorRequests.js"

const { limits } = Limits

type Api = typeof DataPlaneApi

const answer = respond.answering("data")

const answerRecords = respond.answering("records")

const vectors = (api: Api) =>
  HttpApiBuilder.group(api, "vectors", (handlers) =>
    Effect.map(ProjectTag, (project) => {
      const run = doing(project)
      /** What came to the router: its path is written in another way, or there is no JSON. */
      const routed =
        (handle: vectorRequests.Handler) => ({ request }: { readonly request: HttpServerRequest.HttpServerRequest }) =>
          answer(Effect.gen(function*() {
            const body = Effect.orDie(vectorRequests.isJson(request) ? request.json : request.text)
            const [response, headers] = yield* handle(indexOf(project), body)
            yield* respond.headers(headers)
            return response
          }))
      return handlers
        .handleRaw("upsert", routed(vectorRequests.handlers.upsert))
        .handleRaw("query", routed(vectorRequests.handlers.query))
        .handle("fetch", ({ urlParams }) => run("fetch", urlParams, vectorRequests.byIdResponse))
        .handleRaw("fetchByMetadata", routed(vectorRequests.handlers.fetchByMetadata))
        .handleRaw("update", routed(vectorRequests.handlers.update))
        .handleRaw("delete", routed(vectorRequests.handlers.delete))
        .handle("list", ({ urlParams }) => run("list", urlParams, vectorRequests.counted))
        .handleRaw("stats", routed(vectorRequests.handlers.stats))
    }))

const namespaces = (api: Api) =>
  HttpApiBuilder.group(
    api,
    "namespaces",
    (handlers) =>
      Effect.map(ProjectTag, (project) => {
        const run = doing(project)
        return handlers
          .handle("list", ({ urlParams }) => run("listNamespaces", urlParams, Effect.succeed))
          .handle("create", ({ payload }) => run("createNamespace", payload, Effect.succeed))
          .handle("describe", ({ path }) => run("describeNamespace", path, Effect.succeed))
          .handle("delete", ({ path }) => run("deleteNamespace", path, Effect.succeed))
      })
  )

/** What is in the body, whatever the type that it came with. */
const bodyText = (request: HttpServerRequest.HttpServerRequest) =>
  Effect.mapError(request.text, () => problem.badRequest("the body is not text"))

const textual = (api: Api) =>
  HttpApiBuilder.group(api, "records", (handlers) =>
    Effect.gen(function*() {
      const project = yield* ProjectTag
      const models = yield* ModelsTag
      const current = indexOf(project)
      return handlers
        .handleRaw("upsert", ({ path, request }) =>
          answerRecords(Effect.gen(function*() {
            const [, headers] = yield* textRecords.upsert(
              yield* current,
              models,
              path.namespace,
              yield* bodyText(request)
            )
            yield* respond.headers(headers)
            return HttpServerResponse.empty({ status: 201 })
          })))
        .handle("search", ({ path, payload }) =>
          answerRecords(Effect.gen(function*() {
            const [given, headers] = yield* textRecords.search(yield* current, models, path.namespace, payload)
            yield* respond.headers(headers)
            const { namespace: _, ...before } = given
            return (yield* apiVersion.atLeast("2026-07")) ? given : before
          })))
    }))

/** An import as it is described in the version of the request. */
const describing = Effect.map(
  apiVersion.atLeast("2026-07"),
  (validates) => ({ indexId: _, namespaces: __, recordsSkipped, ...document }: ImportDocument) => ({
    ...document,
    createdAt: new Date(document.createdAt),
    finishedAt: document.finishedAt === undefined ? undefined : new Date(document.finishedAt),
    ...(validates && recordsSkipped !== undefined
      ? { validationResult: { importSuccesses: document.recordsImported, importErrors: recordsSkipped } }
      : {})
  })
)

const bulkImports = (api: Api) =>
  HttpApiBuilder.group(api, "imports", (handlers) =>
    Effect.gen(function*() {
      const project = yield* ProjectTag
      const imports = yield* ImportsTag
      const current = indexOf(project)
      return handlers
        .handle("start", ({ payload }) =>
          answer(Effect.gen(function*() {
            const index = yield* current
            yield* documentFields.refuse(index, "imports")
            const { errorMode, integrationId, uri } = payload
            if (uri.length === 0 || uri.length > limits.importUriLength) {
              return yield* problem.badRequest(`uri must have 1 to ${limits.importUriLength} characters`)
            }
            if (integrationId !== undefined && integrationId.length > limits.integrationIdLength) {
              return yield* problem.badRequest(
                `integrationId must have at most ${limits.integrationIdLength} characters`
              )
            }
            if (index.document.model.spec.pod !== undefined) {
              return yield* problem.badRequest("Imports are into serverless indexes")
            }
            return { id: yield* imports.start(index, { uri, integrationId, onError: errorMode?.onError ?? "abort" }) }
          })))
        .handle("list", ({ urlParams }) =>
          answer(Effect.gen(function*() {
            const index = yield* current
            const limit = yield* paging.checkedLimit(urlParams.limit, 100, limits.pageLimit)
            const after = yield* paging.decodeToken(urlParams.paginationToken)
            const all = yield* imports.list(index)
            const page = paging.page([...all].reverse(), ({ id }) => id, { limit, after })
            return { data: page.entries.map(yield* describing), pagination: page.pagination }
          })))
        .handle("describe", ({ path }) =>
          answer(Effect.gen(function*() {
            return (yield* describing)(yield* imports.describe(yield* current, path.id))
          })))
        .handle("cancel", ({ path }) =>
          answer(Effect.gen(function*() {
            yield* imports.cancel(yield* current, path.id)
            return {}
          })))
    }))

const handlers = (api: Api) => Layer.mergeAll(vectors(api), namespaces(api), textual(api), bulkImports(api))

/** The data plane as it is since 2026-07. */
export const layer = HttpApiBuilder.api(DataPlaneApi).pipe(
  Layer.provide(Layer.mergeAll(handlers(DataPlaneApi), aliasHandlers.layer, documentHandlers.layer, dataRequests.layer))
)

/** The data plane as it was before. */
export const layer2026_04 = HttpApiBuilder.api(DataPlaneApi2026_04).pipe(
  Layer.provide(Layer.merge(
    // eslint-disable-next-line no-restricted-syntax -- the types are the same: what differs is how they are written.
    handlers(DataPlaneApi2026_04 as unknown as Api),
    dataRequests.layer
  ))
)
