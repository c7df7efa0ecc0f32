import type * as Backup from "@effect-pinecone/schema/Backup"
import * as Deployment from "@effect-pinecone/schema/Deployment"
import type * as IndexModel from "@effect-pinecone/schema/IndexModel"
import type { IndexSchema } from "@effect-pinecone/schema/IndexSchema"
import type { IndexSpec, IndexSpecResponse } from "@effect-pinecone/schema/IndexSpec"
import * as Input from "@effect-pinecone/schema/Input"
import * as Limits from "@effect-pinecone/schema/Limits"
import type { MetadataIndex } from "@effect-pinecone/schema/MetadataIndex"
import type { ReadCapacityResponse } from "@effect-pinecone/schema/ReadCapacity"
import * as Effect from "effect/Effect"
import * as apiVersion from "./apiVersion.js"
import * as capacity from "./capacity.js"
import * as indexSchemas from "./indexSchemas.js"
import { indexModel } from "./models.js"
import * as pods from "./pods.js"
import * as problem from "./problem.js"
import type { CollectionDocument } from "./project.js"
import { uuid } from "./project.js"
import * as regions from "./regions.js"
import * as tags from "./tags.js"

const { limits } = Limits

/** An index as it is kept: without its host. */
export type Model = Omit<IndexModel.IndexModel, "host">

/** The name of an index or a collection. */
export const checkName = (name: string): Effect.Effect<void, problem.Problem> =>
  name.length <= limits.nameLength && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name)
    ? Effect.void
    : problem.badRequest(
      `Name must consist of lower case alphanumeric characters or '-', start and end with an alphanumeric character, and have 1 to ${limits.nameLength} characters, got '${
        name.slice(0, 100)
      }'`
    )

/** The name of a backup, in 2026-07. */
export const checkBackupName = (name: string): Effect.Effect<void, problem.Problem> =>
  new RegExp(`^[a-z0-9-]{1,${limits.nameLength}}$`).test(name) ? Effect.void : problem.badRequest(
    `The name of a backup must consist of 1 to ${limits.nameLength} lower case alphanumeric characters or '-', got '${
      name.slice(0, 100)
    }'`
  )

const checkSchema = (schema: MetadataIndex | undefined): Effect.Effect<void, problem.Problem> => {
  const found = Object.entries(schema?.fields ?? {}).find(([, { filterable }]) => filterable === false)
  return found === undefined ? Effect.void : problem.badRequest(
    `Field '${
      found[0].slice(0, 100)
    }' is set to filterable: false. Only filterable: true is supported; leave out the fields that no filter is on.`
  )
}

/** Which field holds the text to embed: `text` is what it is mapped from. */
const checkFieldMap = (fieldMap: { readonly [key: string]: unknown } | undefined) => {
  if (fieldMap === undefined) return Effect.void
  if (!Object.hasOwn(fieldMap, "text")) {
    return problem.badRequest("field_map must map 'text' to the name of a field, such as {\"text\":\"chunk_text\"}")
  }
  const wrong = Object.entries(fieldMap).find(([, field]) => typeof field !== "string" || field === "")
  return wrong === undefined ? Effect.void : problem.badRequest(
    `field_map must map each key to the name of a field, got ${Input.show(wrong[1])} for '${wrong[0].slice(0, 100)}'`
  )
}

const checkedSpec = (spec: IndexSpec): Effect.Effect<IndexSpecResponse, problem.Problem> =>
  Effect.gen(function*() {
    if ("serverless" in spec) {
      const { serverless } = spec
      yield* regions.check(serverless.cloud, serverless.region)
      yield* checkSchema(serverless.schema)
      return { serverless: { ...serverless, readCapacity: yield* capacity.checked(serverless.readCapacity) } }
    }
    if ("pod" in spec) {
      const { pod } = spec
      const replicas = pod.replicas ?? 1
      const shards = pod.shards ?? 1
      if (replicas < 1 || shards < 1) return yield* problem.badRequest("replicas and shards must be at least 1")
      yield* pods.typeOf(pod.podType)
      return { pod: { ...pod, replicas, shards, pods: pod.pods ?? replicas * shards } }
    }
    yield* checkSchema(spec.byoc.schema)
    return { byoc: { ...spec.byoc, readCapacity: yield* capacity.checked(spec.byoc.readCapacity) } }
  })

const ready: IndexModel.IndexModel["status"] = { ready: true, state: "Ready" }

const checkDimension = (dimension: number): Effect.Effect<void, problem.Problem> =>
  Input.isWholeNumber(dimension, 1, limits.dimension)
    ? Effect.void
    : problem.badRequest(`Dimension must be between 1 and ${limits.dimension}, got ${dimension}`)

/** The collection that an index is to be made from. */
const sourceOf = (
  name: string,
  dimension: number | undefined,
  collections: ReadonlyArray<CollectionDocument>
): Effect.Effect<{ readonly set: string }, problem.Problem> => {
  const found = collections.find(({ model }) => model.name === name)
  if (found === undefined) return problem.notFound(`Resource ${name.slice(0, 100)} not found`)
  if (found.model.status !== "Ready") {
    return problem.badRequest(`Collection ${name} is not ready: its status is ${found.model.status}`)
  }
  return found.model.dimension === dimension
    ? Effect.succeed({ set: found.id })
    : problem.badRequest(
      `Index and collection must have the same dimension: ${dimension} and ${found.model.dimension}`
    )
}

/** The spec that a deployment is. */
const specOf = (
  { deployment = Deployment.defaultDeployment, readCapacity }: IndexModel.CreateIndexRequest
): IndexSpec =>
  deployment.deploymentType === "managed"
    ? { serverless: { cloud: deployment.cloud, region: deployment.region, readCapacity } }
    : { byoc: { environment: deployment.environment, readCapacity } }

/** What fields say in the words of an index of records: the vectors that there are, if any. */
const vectorsOf = ({ fields }: IndexSchema): Pick<Model, "dimension" | "metric" | "vectorType"> => {
  const all = Object.values(fields).flatMap((field) => "type" in field ? [field] : [])
  for (const field of all) {
    const dense = field.type === "dense_vector" ? field : field.type === "string" ? field.embed : undefined
    if (dense !== undefined) return { dimension: dense.dimension, metric: dense.metric, vectorType: "dense" }
  }
  return all.some((field) => field.type === "sparse_vector" || (field.type === "string" && field.sparseEmbed))
    ? { metric: "dotproduct", vectorType: "sparse" }
    : {}
}

const newName: Effect.Effect<string> = Effect.map(uuid, (id) => `index-${id.slice(0, 8)}`)

/** The index of documents that a request asks for, or why there can be none. */
const newDocumentIndex = (
  request: IndexModel.CreateIndexRequest,
  schema: NonNullable<IndexModel.CreateIndexRequest["schema"]>
): Effect.Effect<{ readonly model: Model; readonly source: undefined }, problem.Problem> =>
  Effect.gen(function*() {
    const name = request.name ?? (yield* newName)
    yield* checkName(name)
    const kept = yield* tags.checked(undefined, request.tags)
    const spec = yield* checkedSpec(request.spec ?? specOf(request))
    if (spec.byoc?.readCapacity?.mode === "OnDemand") {
      return yield* problem.badRequest(
        "An index in a cloud of your own (BYOC) cannot have read capacity on demand, the default: set read_capacity to " +
          "Dedicated"
      )
    }
    const resolved = yield* indexSchemas.resolve(schema)
    const fields = Object.values(resolved.fields)
    if (request.cmekId !== undefined && fields.some((field) => "fullTextSearch" in field)) {
      return yield* problem.badRequest("cmek_id cannot be combined with full_text_search fields")
    }
    return {
      source: undefined,
      model: {
        name,
        ...vectorsOf(resolved),
        schema: resolved,
        spec,
        status: ready,
        deletionProtection: request.deletionProtection ?? "disabled",
        tags: kept,
        cmekId: request.cmekId
      }
    }
  })

/** The index that a request asks for, or why there can be none. */
export const newIndex = (
  request: IndexModel.CreateIndexRequest,
  collections: Effect.Effect<ReadonlyArray<CollectionDocument>>
): Effect.Effect<{ readonly model: Model; readonly source: { readonly set: string } | undefined }, problem.Problem> =>
  request.schema === undefined
    ? newRecordIndex(request, collections)
    : newDocumentIndex(request, request.schema)

const newRecordIndex = (
  request: IndexModel.CreateIndexRequest,
  collections: Effect.Effect<ReadonlyArray<CollectionDocument>>
): Effect.Effect<{ readonly model: Model; readonly source: { readonly set: string } | undefined }, problem.Problem> =>
  Effect.gen(function*() {
    const name = request.name ?? (yield* newName)
    yield* checkName(name)
    const kept = yield* tags.checked(undefined, request.tags)
    const spec = yield* checkedSpec(request.spec ?? specOf(request))
    const vectorType = request.vectorType ?? "dense"
    const metric = request.metric ?? (vectorType === "sparse" ? "dotproduct" : "cosine")
    if (vectorType === "sparse") {
      if (spec.pod !== undefined) return yield* problem.badRequest("Pod indexes must have a `vectorType` of `dense`")
      if (request.dimension !== undefined) return yield* problem.badRequest("Sparse indexes cannot have a `dimension`")
      if (metric !== "dotproduct") {
        return yield* problem.badRequest("Sparse indexes must have a `metric` of `dotproduct`")
      }
    } else {
      if (request.dimension === undefined) return yield* problem.badRequest("A dense index needs a dimension")
      yield* checkDimension(request.dimension)
    }
    const collection = spec.pod?.sourceCollection ?? spec.serverless?.sourceCollection
    return {
      source: collection === undefined
        ? undefined
        : yield* sourceOf(collection, request.dimension, yield* collections),
      model: indexSchemas.withSchema({
        name,
        dimension: request.dimension,
        metric,
        vectorType,
        spec,
        status: ready,
        deletionProtection: request.deletionProtection ?? "disabled",
        tags: kept,
        cmekId: request.cmekId
      })
    }
  })

/** The index for a model that a request asks for, or why there can be none. */
export const newIndexForModel = (
  request: IndexModel.CreateIndexForModelRequest
): Effect.Effect<Model, problem.Problem> =>
  Effect.gen(function*() {
    yield* checkName(request.name)
    const kept = yield* tags.checked(undefined, request.tags)
    yield* regions.check(request.cloud, request.region)
    yield* checkSchema(request.schema)
    const { embed } = request
    const hosted = indexModel(embed.model)
    if (hosted === undefined) return yield* problem.notFound(`Model ${embed.model.slice(0, 100)} not found.`)
    yield* checkFieldMap(embed.fieldMap)
    const dimension = embed.dimension ?? hosted.dimension
    if (dimension !== undefined && !hosted.dimensions.includes(dimension)) {
      return yield* problem.badRequest(`Model ${embed.model} does not support the dimension ${dimension}`)
    }
    const metric = embed.metric ?? hosted.metric
    if (!hosted.metrics.includes(metric)) {
      return yield* problem.badRequest(
        `Model ${embed.model} does not support the metric ${metric}: it supports ${hosted.metrics.join(", ")}`
      )
    }
    return indexSchemas.withSchema({
      name: request.name,
      dimension,
      metric,
      vectorType: hosted.vectorType,
      spec: {
        serverless: {
          cloud: request.cloud,
          region: request.region,
          schema: request.schema,
          readCapacity: yield* capacity.checked(request.readCapacity)
        }
      },
      status: ready,
      deletionProtection: request.deletionProtection ?? "disabled",
      tags: kept,
      embed: {
        model: embed.model,
        metric,
        dimension,
        vectorType: hosted.vectorType,
        fieldMap: embed.fieldMap,
        readParameters: embed.readParameters ?? { input_type: "query", truncate: "END" },
        writeParameters: embed.writeParameters ?? { input_type: "passage", truncate: "END" }
      }
    })
  })

/** What is asked of an index that is made of a backup. */
export const fromBackup = (request: Backup.CreateIndexFromBackupRequest) =>
  Effect.gen(function*() {
    yield* checkName(request.name)
    const kept = yield* tags.checked(undefined, request.tags)
    return { ...request, ...(request.tags === undefined ? {} : { tags: kept ?? {} }) }
  })

type SpecChange = NonNullable<IndexModel.ConfigureIndexRequest["spec"]>

const changedSpec = (
  spec: IndexSpecResponse,
  change: SpecChange
): Effect.Effect<IndexSpecResponse, problem.Problem> =>
  Effect.gen(function*() {
    if ("pod" in change) {
      if (spec.pod === undefined) {
        return yield* problem.badRequest("Only an index on pods has replicas and a pod type")
      }
      const { podType = spec.pod.podType, replicas = spec.pod.replicas ?? 1 } = change.pod
      if (replicas < 1) return yield* problem.badRequest("replicas must be at least 1")
      if (podType !== spec.pod.podType) yield* pods.checkChange(spec.pod.podType, podType)
      return { pod: { ...spec.pod, replicas, podType, pods: replicas * (spec.pod.shards ?? 1) } }
    }
    const readCapacity = (
      asked: Parameters<typeof capacity.checked>[0],
      present: ReadCapacityResponse | undefined
    ) => asked === undefined ? Effect.succeed(present) : capacity.checked(asked, present)
    if ("serverless" in change) {
      if (spec.serverless === undefined) return yield* problem.badRequest("The index is not serverless")
      const changed = yield* readCapacity(change.serverless.readCapacity, spec.serverless.readCapacity)
      return { serverless: { ...spec.serverless, readCapacity: changed } }
    }
    if (spec.byoc === undefined) return yield* problem.badRequest("The index is not of the kind BYOC")
    const changed = yield* readCapacity(change.byoc.readCapacity, spec.byoc.readCapacity)
    return { byoc: { ...spec.byoc, readCapacity: changed } }
  })

const changedEmbed = (
  model: Model,
  change: NonNullable<IndexModel.ConfigureIndexRequest["embed"]>
): Effect.Effect<Model["embed"], problem.Problem> =>
  Effect.gen(function*() {
    const { embed } = model
    const field = change.fieldMap?.["text"]
    if ((yield* apiVersion.atLeast("2026-07")) && embed?.fieldMap?.["text"] !== field) {
      return yield* problem.badRequest(`Schema field ${Input.show(field)} is not a semantic_text field of the index`)
    }
    const name = change.model ?? embed?.model
    if (name === undefined) return yield* problem.badRequest("The index has no model: embed must name one")
    const hosted = indexModel(name)
    if (hosted === undefined) return yield* problem.notFound(`Model ${name.slice(0, 100)} not found.`)
    if (embed !== undefined && embed.model !== name) {
      return yield* problem.badRequest(`The model of an index cannot be changed (it is ${embed.model})`)
    }
    yield* checkFieldMap(change.fieldMap)
    if (
      hosted.vectorType !== model.vectorType ||
      (hosted.vectorType === "dense" && !hosted.dimensions.includes(model.dimension ?? 0))
    ) {
      return yield* problem.badRequest(`Model ${name} does not make vectors of the kind that the index holds`)
    }
    if (!hosted.metrics.includes(model.metric ?? "")) {
      return yield* problem.badRequest(
        `Model ${name} does not support the metric of the index, ${model.metric}: it supports ${
          hosted.metrics.join(", ")
        }`
      )
    }
    return {
      model: name,
      metric: model.metric,
      dimension: model.dimension,
      vectorType: model.vectorType,
      fieldMap: change.fieldMap ?? embed?.fieldMap,
      readParameters: { ...embed?.readParameters, ...change.readParameters },
      writeParameters: { ...embed?.writeParameters, ...change.writeParameters }
    }
  })

/** What is asked of the spec, in whichever words. */
const changeOf = (
  { spec }: Model,
  { deployment, readCapacity, spec: change }: IndexModel.ConfigureIndexRequest
): SpecChange | undefined => {
  if (change !== undefined) return change
  if (deployment !== undefined) return { pod: deployment }
  if (readCapacity === undefined) return undefined
  return spec.byoc === undefined ? { serverless: { readCapacity } } : { byoc: { readCapacity } }
}

/** An index after a change. */
export const configured = (
  model: Model,
  request: IndexModel.ConfigureIndexRequest
): Effect.Effect<Model, problem.Problem> =>
  Effect.gen(function*() {
    const kept = yield* tags.checked(model.tags, request.tags)
    const asked = changeOf(model, request)
    const spec = asked === undefined ? model.spec : yield* changedSpec(model.spec, asked)
    const embed = request.embed === undefined ? model.embed : yield* changedEmbed(model, request.embed)
    const { schema, ...rest } = model
    return indexSchemas.withSchema({
      ...rest,
      ...(indexSchemas.isOfDocuments(schema) ? { schema } : {}),
      spec,
      tags: kept,
      embed,
      deletionProtection: request.deletionProtection ?? model.deletionProtection
    })
  })
