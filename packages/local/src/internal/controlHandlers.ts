import { ControlPlaneApi } from "@effect-pinecone/http/ControlPlaneApi"
import type * as IndexModel from "@effect-pinecone/schema/IndexModel"
import type { IndexSpec, IndexSpecResponse } from "@effect-pinecone/schema/IndexSpec"
import * as Input from "@effect-pinecone/schema/Input"
import * as Limits from "@effect-pinecone/schema/Limits"
import type { ReadCapacity, ReadCapacityResponse } from "@effect-pinecone/schema/ReadCapacity"
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { indexModel } from "./models.js"
import * as paging from "./paging.js"
import * as problem from "./problem.js"
import type { LiveIndex, Project, RestoreJobDocument } from "./project.js"
import { ProjectTag } from "./project.js"
import { answering } from "./respond.js"

const { limits } = Limits

const answer = answering("control")

type Model = Omit<IndexModel.IndexModel, "host">

const modelOf = (index: LiveIndex): IndexModel.IndexModel => ({ ...index.document.model, host: index.host })

const checkName = (name: string): Effect.Effect<void, problem.Problem> =>
  name.length <= limits.nameLength && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name)
    ? Effect.void
    : problem.badRequest(
      `Name must consist of lower case alphanumeric characters or '-', start and end with an alphanumeric character, and have 1 to ${limits.nameLength} characters, got '${
        name.slice(0, 100)
      }'`
    )

const checkTags = (tags: Readonly<Record<string, string>>): Effect.Effect<void, problem.Problem> => {
  const entries = Object.entries(tags)
  if (entries.length > limits.tags) return problem.badRequest(`An index can have at most ${limits.tags} tags`)
  for (const [key, value] of entries) {
    if (key.length === 0 || key.length > limits.tagKeyLength) {
      return problem.badRequest(`Tag keys must have 1 to ${limits.tagKeyLength} characters, got '${key.slice(0, 100)}'`)
    }
    if (value.length > limits.tagValueLength) {
      return problem.badRequest(`Tag values must have at most ${limits.tagValueLength} characters (tag '${key}')`)
    }
  }
  return Effect.void
}

const merged = (
  old: Readonly<Record<string, string>> | undefined,
  change: Readonly<Record<string, string>> | undefined
): Record<string, string> | undefined => {
  const entries = Object.entries({ ...old, ...change }).filter(([, value]) => value !== "")
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

const clouds = new Set(["aws", "gcp", "azure"])

const checkRegion = (cloud: string, region: string): Effect.Effect<void, problem.Problem> =>
  clouds.has(cloud) && region !== ""
    ? Effect.void
    : problem.notFound(`Resource cloud: ${cloud} region: ${region} not found.`)

const capacity = (asked: ReadCapacity | undefined): ReadCapacityResponse =>
  asked === undefined || asked.mode === "OnDemand"
    ? { mode: "OnDemand", status: { state: "Ready" } }
    : {
      mode: "Dedicated",
      dedicated: asked.dedicated,
      status: {
        state: "Ready",
        currentReplicas: asked.dedicated.manual?.replicas ?? 1,
        currentShards: asked.dedicated.manual?.shards ?? 1
      }
    }

const checkedSpec = (spec: IndexSpec): Effect.Effect<IndexSpecResponse, problem.Problem> => {
  if ("serverless" in spec) {
    const { serverless } = spec
    return Effect.as(checkRegion(serverless.cloud, serverless.region), {
      serverless: { ...serverless, readCapacity: capacity(serverless.readCapacity) }
    })
  }
  if ("pod" in spec) {
    const { pod } = spec
    const replicas = pod.replicas ?? 1
    const shards = pod.shards ?? 1
    if (replicas < 1 || shards < 1) return problem.badRequest("replicas and shards must be at least 1")
    return Effect.succeed({ pod: { ...pod, replicas, shards, pods: pod.pods ?? replicas * shards } })
  }
  return Effect.succeed({ byoc: { ...spec.byoc, readCapacity: capacity(spec.byoc.readCapacity) } })
}

const ready: IndexModel.IndexModel["status"] = { ready: true, state: "Ready" }

const checkDimension = (dimension: number): Effect.Effect<void, problem.Problem> =>
  Input.isWholeNumber(dimension, 1, limits.dimension)
    ? Effect.void
    : problem.badRequest(`Dimension must be between 1 and ${limits.dimension}, got ${dimension}`)

/** The index that a request asks for, or why there can be none. */
const newIndex = (
  project: Project,
  request: IndexModel.CreateIndexRequest
): Effect.Effect<{ readonly model: Model; readonly source: { readonly set: string } | undefined }, problem.Problem> =>
  Effect.gen(function*() {
    yield* checkName(request.name)
    yield* checkTags(request.tags ?? {})
    const spec = yield* checkedSpec(request.spec)
    const vectorType = request.vectorType ?? "dense"
    const metric = request.metric ?? (vectorType === "sparse" ? "dotproduct" : "cosine")
    if (vectorType === "sparse") {
      if (request.dimension !== undefined) return yield* problem.badRequest("A sparse index has no dimension")
      if (metric !== "dotproduct") return yield* problem.badRequest("A sparse index has the metric dotproduct")
    } else {
      if (request.dimension === undefined) return yield* problem.badRequest("A dense index needs a dimension")
      yield* checkDimension(request.dimension)
    }
    const collectionName = spec.pod?.sourceCollection ?? spec.serverless?.sourceCollection
    const source = collectionName === undefined
      ? undefined
      : yield* Effect.flatMap(project.collections, (all) => {
        const found = all.find(({ model }) => model.name === collectionName)
        if (found === undefined) return problem.notFound(`Collection ${collectionName} not found.`)
        return found.model.dimension === request.dimension
          ? Effect.succeed({ set: found.id })
          : problem.badRequest(
            `Index and collection must have the same dimension: ${request.dimension} and ${found.model.dimension}`
          )
      })
    return {
      source,
      model: {
        name: request.name,
        dimension: request.dimension,
        metric,
        vectorType,
        spec,
        status: ready,
        deletionProtection: request.deletionProtection ?? "disabled",
        tags: merged(undefined, request.tags)
      }
    }
  })

const newIndexForModel = (request: IndexModel.CreateIndexForModelRequest): Effect.Effect<Model, problem.Problem> =>
  Effect.gen(function*() {
    yield* checkName(request.name)
    yield* checkTags(request.tags ?? {})
    yield* checkRegion(request.cloud, request.region)
    const { embed } = request
    const hosted = indexModel(embed.model)
    if (hosted === undefined) return yield* problem.notFound(`Model ${embed.model} not found.`)
    const dimension = embed.dimension ?? hosted.dimension
    if (dimension !== undefined && !hosted.dimensions.includes(dimension)) {
      return yield* problem.badRequest(`Model ${embed.model} does not support the dimension ${dimension}`)
    }
    const metric = embed.metric ?? hosted.metric
    if (hosted.vectorType === "sparse" && metric !== hosted.metric) {
      return yield* problem.badRequest(`Model ${embed.model} makes sparse vectors, which have the metric dotproduct`)
    }
    return {
      name: request.name,
      dimension,
      metric,
      vectorType: hosted.vectorType,
      spec: {
        serverless: {
          cloud: request.cloud,
          region: request.region,
          schema: request.schema,
          readCapacity: capacity(request.readCapacity)
        }
      },
      status: ready,
      deletionProtection: request.deletionProtection ?? "disabled",
      tags: merged(undefined, request.tags),
      embed: {
        model: embed.model,
        metric,
        dimension,
        vectorType: hosted.vectorType,
        fieldMap: embed.fieldMap,
        readParameters: embed.readParameters ?? { input_type: "query", truncate: "END" },
        writeParameters: embed.writeParameters ?? { input_type: "passage", truncate: "END" }
      }
    }
  })

const configured = (
  model: Model,
  request: IndexModel.ConfigureIndexRequest
): Effect.Effect<Model, problem.Problem> =>
  Effect.gen(function*() {
    const tags = merged(model.tags, request.tags)
    yield* checkTags(tags ?? {})
    let spec = model.spec
    if (request.spec !== undefined) {
      if ("pod" in request.spec) {
        if (spec.pod === undefined) {
          return yield* problem.badRequest("Only an index on pods has replicas and a pod type")
        }
        const replicas = request.spec.pod.replicas ?? spec.pod.replicas ?? 1
        if (replicas < 1) return yield* problem.badRequest("replicas must be at least 1")
        spec = {
          pod: {
            ...spec.pod,
            replicas,
            podType: request.spec.pod.podType ?? spec.pod.podType,
            pods: replicas * (spec.pod.shards ?? 1)
          }
        }
      } else if ("serverless" in request.spec) {
        if (spec.serverless === undefined) return yield* problem.badRequest("The index is not serverless")
        const asked = request.spec.serverless.readCapacity
        if (asked !== undefined) spec = { serverless: { ...spec.serverless, readCapacity: capacity(asked) } }
      } else {
        if (spec.byoc === undefined) return yield* problem.badRequest("The index is not of the kind BYOC")
        const asked = request.spec.byoc.readCapacity
        if (asked !== undefined) spec = { byoc: { ...spec.byoc, readCapacity: capacity(asked) } }
      }
    }
    let embed = model.embed
    if (request.embed !== undefined) {
      const name = request.embed.model ?? embed?.model
      const hosted = name === undefined ? undefined : indexModel(name)
      if (name === undefined || hosted === undefined) return yield* problem.notFound(`Model ${name} not found.`)
      if (embed !== undefined && embed.model !== name) {
        return yield* problem.badRequest(`The model of an index cannot be changed (it is ${embed.model})`)
      }
      if (
        hosted.vectorType !== model.vectorType ||
        (hosted.vectorType === "dense" && !hosted.dimensions.includes(model.dimension ?? 0))
      ) {
        return yield* problem.badRequest(`Model ${name} does not make vectors of the kind that the index holds`)
      }
      embed = {
        model: name,
        metric: model.metric,
        dimension: model.dimension,
        vectorType: model.vectorType,
        fieldMap: request.embed.fieldMap ?? embed?.fieldMap,
        readParameters: { ...embed?.readParameters, ...request.embed.readParameters },
        writeParameters: { ...embed?.writeParameters, ...request.embed.writeParameters }
      }
    }
    return {
      ...model,
      spec,
      tags,
      embed,
      deletionProtection: request.deletionProtection ?? model.deletionProtection
    }
  })

const IndexesLive = HttpApiBuilder.group(
  ControlPlaneApi,
  "indexes",
  (handlers) =>
    Effect.map(ProjectTag, (project) =>
      handlers
        .handle("list", () => Effect.map(project.indexes, (indexes) => ({ indexes: indexes.map(modelOf) })))
        .handle("create", ({ payload }) =>
          answer(
            newIndex(project, payload).pipe(
              Effect.flatMap(({ model, source }) => project.createIndex(model, source)),
              Effect.map(modelOf)
            )
          ))
        .handle("createForModel", ({ payload }) =>
          answer(
            newIndexForModel(payload).pipe(
              Effect.flatMap((model) => project.createIndex(model)),
              Effect.map(modelOf)
            )
          ))
        .handle("describe", ({ path }) => answer(Effect.map(project.index(path.index_name), modelOf)))
        .handle("configure", ({ path, payload }) =>
          answer(Effect.map(
            project.updateIndex(path.index_name, (model) => configured(model, payload)),
            modelOf
          )))
        .handle("delete", ({ path }) => answer(project.deleteIndex(path.index_name))))
)

const CollectionsLive = HttpApiBuilder.group(
  ControlPlaneApi,
  "collections",
  (handlers) =>
    Effect.map(ProjectTag, (project) =>
      handlers
        .handle(
          "list",
          () => Effect.map(project.collections, (all) => ({ collections: all.map(({ model }) => model) }))
        )
        .handle("create", ({ payload }) =>
          answer(Effect.gen(function*() {
            yield* checkName(payload.name)
            const source = yield* project.index(payload.source)
            return (yield* project.createCollection(payload.name, source)).model
          })))
        .handle("describe", ({ path }) =>
          answer(Effect.flatMap(project.collections, (all) => {
            const found = all.find(({ model }) => model.name === path.collection_name)
            return found === undefined
              ? problem.notFound(`Collection ${path.collection_name} not found.`)
              : Effect.succeed(found.model)
          })))
        .handle("delete", ({ path }) => answer(project.deleteCollection(path.collection_name))))
)

/** The newest first, as Pinecone lists what it made. */
const paged = <A>(
  entries: ReadonlyArray<A>,
  keyOf: (entry: A) => string,
  params: { readonly limit?: number | undefined; readonly paginationToken?: string | undefined }
): Effect.Effect<
  { readonly data: ReadonlyArray<A>; readonly pagination: { readonly next: string } | undefined },
  problem.Problem
> =>
  Effect.gen(function*() {
    const limit = yield* paging.checkedLimit(params.limit, 10, limits.pageLimit)
    const after = yield* paging.decodeToken(params.paginationToken)
    const page = paging.page([...entries].reverse(), keyOf, { limit, after })
    return { data: page.entries, pagination: page.pagination }
  })

const BackupsLive = HttpApiBuilder.group(ControlPlaneApi, "backups", (handlers) =>
  Effect.map(ProjectTag, (project) => {
    const backup = (id: string) =>
      Effect.flatMap(project.backups, (all) => {
        const found = all.find(({ model }) => model.backupId === id)
        return found === undefined ? problem.notFound(`Backup ${id} not found.`) : Effect.succeed(found)
      })
    const models = Effect.map(project.backups, (all) => all.map(({ model }) => model))
    return handlers
      .handle("list", ({ urlParams }) =>
        answer(Effect.flatMap(models, (all) => paged(all, ({ backupId }) => backupId, urlParams))))
      .handle("listByIndex", ({ path, urlParams }) =>
        answer(Effect.gen(function*() {
          const { document } = yield* project.index(path.index_name)
          const all = yield* models
          return yield* paged(
            all.filter(({ sourceIndexId }) =>
              sourceIndexId === document.id
            ),
            ({ backupId }) => backupId,
            urlParams
          )
        })))
      .handle("create", ({ path, payload }) =>
        answer(Effect.gen(function*() {
          const index = yield* project.index(path.index_name)
          return (yield* project.createBackup(index, payload)).model
        })))
      .handle("describe", ({ path }) => answer(Effect.map(backup(path.backup_id), ({ model }) => model)))
      .handle("delete", ({ path }) => answer(project.deleteBackup(path.backup_id)))
      .handle("createIndex", ({ path, payload }) =>
        answer(Effect.gen(function*() {
          yield* checkName(payload.name)
          yield* checkTags(payload.tags ?? {})
          const source = yield* backup(path.backup_id)
          const job = yield* project.restore(source, payload)
          return { restoreJobId: job.restoreJobId, indexId: job.targetIndexId }
        })))
  }))

const restoreJob = (job: RestoreJobDocument) => ({
  ...job,
  createdAt: new Date(job.createdAt),
  completedAt: new Date(job.completedAt)
})

const RestoreJobsLive = HttpApiBuilder.group(
  ControlPlaneApi,
  "restoreJobs",
  (handlers) =>
    Effect.map(ProjectTag, (project) =>
      handlers
        .handle("list", ({ urlParams }) =>
          answer(Effect.gen(function*() {
            const page = yield* paged(yield* project.restoreJobs, ({ restoreJobId }) => restoreJobId, urlParams)
            return { ...page, data: page.data.map(restoreJob) }
          })))
        .handle("describe", ({ path }) =>
          answer(Effect.flatMap(project.restoreJobs, (all) => {
            const found = all.find(({ restoreJobId }) => restoreJobId === path.job_id)
            return found === undefined
              ? problem.notFound(`Restore job ${path.job_id} not found.`)
              : Effect.succeed(restoreJob(found))
          }))))
)

/** The control plane's handlers. */
export const layer = Layer.mergeAll(IndexesLive, CollectionsLive, BackupsLive, RestoreJobsLive)
