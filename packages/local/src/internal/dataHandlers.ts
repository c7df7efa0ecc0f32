import type { Answers, MethodName } from "@effect-pinecone/grpc/Protocol"
import { DataPlaneApi2026_04 as DataPlaneApi } from "@effect-pinecone/http/DataPlaneApi2026_04"
import * as Limits from "@effect-pinecone/schema/Limits"
import * as RequestBody from "@effect-pinecone/schema/RequestBody"
import type { Vector } from "@effect-pinecone/schema/VectorRecord"
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as Layer from "effect/Layer"
import * as dataRequests from "./dataRequests.js"
import type { ImportDocument } from "./imports.js"
import { ImportsTag } from "./imports.js"
import { ModelsTag } from "./models.js"
import type { Operations } from "./operations.js"
import { operations } from "./operations.js"
import * as paging from "./paging.js"
import * as problem from "./problem.js"
import type { Project } from "./project.js"
import { ProjectTag } from "./project.js"
import * as respond from "./respond.js"
import * as textRecords from "./textRecords.js"

const { limits } = Limits

const answer = respond.answering("data")

const answerRecords = respond.answering("records")

/** The id of the index that the running request is for: its host says which. */
export class CurrentIndex
  extends Context.Reference<CurrentIndex>()("@effect-pinecone/local/internal/dataHandlers/CurrentIndex", {
    defaultValue: (): string => ""
  })
{}

/** The index that the running request is for. */
export const indexOf = (project: Project) => Effect.flatMap(CurrentIndex, project.indexById)

/** Does the operations of a project, each with its request, and writes their answers. */
export const doing = (project: Project) =>
<M extends MethodName, A>(
  method: M,
  request: Parameters<Operations[M]>[1],
  write: (answer: Answers[M]) => A
) =>
  answer(Effect.gen(function*() {
    const [given, headers] = yield* operations[method](yield* indexOf(project), request)
    yield* respond.headers(headers)
    return write(given)
  }))

/** An answer with vectors: their numbers are written as the shortest decimals. */
const vectorsResponse = (body: object) =>
  HttpServerResponse.uint8Array(RequestBody.json(body), { contentType: "application/json" })

/** A record as it is answered: a list that is not there is an empty one. */
const written = <A extends Vector>({ values = noValues, ...record }: A) => ({ ...record, values })

const noValues = new Float32Array(0)

const queryResponse = ({ matches = [], ...body }: Answers["query"]) =>
  vectorsResponse({ results: [], matches: matches.map(written), ...body })

/** The same with the records by their ids, as a fetch is answered. */
const byIdResponse = ({ vectors = [], ...body }: { readonly vectors?: ReadonlyArray<Vector> | undefined }) =>
  vectorsResponse({ vectors: Object.fromEntries(vectors.map((vector) => [vector.id, written(vector)])), ...body })

const VectorsLive = HttpApiBuilder.group(DataPlaneApi, "vectors", (handlers) =>
  Effect.map(ProjectTag, (project) => {
    const run = doing(project)
    return handlers
      .handle("upsert", ({ payload }) => run("upsert", payload, identity))
      .handle("query", ({ payload }) => run("query", payload, queryResponse))
      .handle("fetch", ({ urlParams }) => run("fetch", urlParams, byIdResponse))
      .handle("fetchByMetadata", ({ payload }) => run("fetchByMetadata", payload, byIdResponse))
      .handle("update", ({ payload }) => run("update", payload, identity))
      .handle("delete", ({ payload }) => run("delete", payload, identity))
      .handle("list", ({ urlParams }) => run("list", urlParams, identity))
      .handle("stats", ({ payload }) => run("describeIndexStats", payload, identity))
  }))

const NamespacesLive = HttpApiBuilder.group(
  DataPlaneApi,
  "namespaces",
  (handlers) =>
    Effect.map(ProjectTag, (project) => {
      const run = doing(project)
      return handlers
        .handle("list", ({ urlParams }) => run("listNamespaces", urlParams, identity))
        .handle("create", ({ payload }) => run("createNamespace", payload, identity))
        .handle("describe", ({ path }) => run("describeNamespace", path, identity))
        .handle("delete", ({ path }) => run("deleteNamespace", path, identity))
    })
)

/** What is in the body, whatever the type that it came with. */
const bodyText = (request: HttpServerRequest.HttpServerRequest) =>
  Effect.mapError(request.text, () => problem.badRequest("the body is not text"))

const RecordsLive = HttpApiBuilder.group(DataPlaneApi, "records", (handlers) =>
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
          return given
        })))
  }))

const importModel = ({ indexId: _, namespaces: __, ...document }: ImportDocument) => ({
  ...document,
  createdAt: new Date(document.createdAt),
  finishedAt: document.finishedAt === undefined ? undefined : new Date(document.finishedAt)
})

const ImportsLive = HttpApiBuilder.group(DataPlaneApi, "imports", (handlers) =>
  Effect.gen(function*() {
    const project = yield* ProjectTag
    const imports = yield* ImportsTag
    const current = indexOf(project)
    return handlers
      .handle("start", ({ payload }) =>
        answer(Effect.gen(function*() {
          const index = yield* current
          const { errorMode, integrationId, uri } = payload
          if (uri.length === 0 || uri.length > limits.importUriLength) {
            return yield* problem.badRequest(`uri must have 1 to ${limits.importUriLength} characters`)
          }
          if (integrationId !== undefined && integrationId.length > limits.integrationIdLength) {
            return yield* problem.badRequest(`integrationId must have at most ${limits.integrationIdLength} characters`)
          }
          if (index.document.model.spec.pod !== undefined) {
            return yield* problem.badRequest("Imports are into serverless indexes")
          }
          return { id: yield* imports.start(index, { uri, onError: errorMode?.onError ?? "abort" }) }
        })))
      .handle("list", ({ urlParams }) =>
        answer(Effect.gen(function*() {
          const index = yield* current
          const limit = yield* paging.checkedLimit(urlParams.limit, 100, limits.pageLimit)
          const after = yield* paging.decodeToken(urlParams.paginationToken)
          const all = yield* imports.list(index)
          const page = paging.page([...all].reverse(), ({ id }) => id, { limit, after })
          return { data: page.entries.map(importModel), pagination: page.pagination }
        })))
      .handle("describe", ({ path }) =>
        answer(Effect.gen(function*() {
          return importModel(yield* imports.describe(yield* current, path.id))
        })))
      .handle("cancel", ({ path }) =>
        answer(Effect.gen(function*() {
          yield* imports.cancel(yield* current, path.id)
          return {}
        })))
  }))

/** The data plane's handlers. */
export const layer = Layer.mergeAll(VectorsLive, NamespacesLive, RecordsLive, ImportsLive, dataRequests.layer)
