/**
 * Indexes (`/indexes` of the control-plane API): what is asked for, and what the server says of them, the same for every
 * version of the API. The Schemas write and read the form of 2026-07; `IndexModel2026_04` has that of the versions before.
 *
 * ```ts
 * import * as IndexModel from "@effect-pinecone/schema/IndexModel"
 * import * as Schema from "effect/Schema"
 *
 * const isMetric = Schema.is(IndexModel.Metric)
 *
 * const known = isMetric("cosine") // true
 * ```
 *
 * @since 0.1.0
 */
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as Deployment from "./Deployment.js"
import * as IndexSchema from "./IndexSchema.js"
import { Cloud, IndexSpec, IndexSpecResponse } from "./IndexSpec.js"
import * as forms from "./internal/indexForms.js"
import * as metric from "./internal/metric.js"
import { answer, as, dictionary, JsonObject, made, maybe, maybeAs, model, openEnum, struct } from "./internal/wire.js"
import { MetadataIndex } from "./MetadataIndex.js"
import { ReadCapacity, ReadCapacityResponse } from "./ReadCapacity.js"

/**
 * How the distance of two dense vectors is measured; what the SDK sends.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Metric = metric.Metric

/**
 * The type of the `Metric` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export type Metric = typeof Metric.Type

/**
 * The kind of vectors that an index holds.
 *
 * @since 0.1.0
 * @category schemas
 */
export const VectorType = Schema.Literal("dense", "sparse")

/**
 * The type of the `VectorType` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export type VectorType = typeof VectorType.Type

/**
 * Whether an index can be deleted.
 *
 * @since 0.1.0
 * @category schemas
 */
export const DeletionProtection = Schema.Literal("disabled", "enabled")

/**
 * The type of the `DeletionProtection` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export type DeletionProtection = typeof DeletionProtection.Type

/**
 * At most 20 tags: keys of up to 80 letters, digits, `_` and `-`, values of up to 120 of these and `;`, `@`, `.`, `+` and
 * spaces. An empty value removes a tag.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Tags = dictionary(Schema.String, {
  identifier: "IndexTags"
})

const { AnyMetric } = metric
const AnyVectorType = openEnum("dense", "sparse")
const AnyDeletionProtection = openEnum("disabled", "enabled")

/**
 * The model that embeds the text of an index's records.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ModelIndexEmbed = answer("ModelIndexEmbed", {
  model: Schema.String,
  metric: maybe(AnyMetric),
  dimension: maybe(Schema.Int),
  vectorType: maybeAs("vector_type", AnyVectorType),
  fieldMap: maybeAs("field_map", JsonObject),
  readParameters: maybeAs("read_parameters", JsonObject),
  writeParameters: maybeAs("write_parameters", JsonObject)
})

/**
 * The states of an index.
 *
 * @since 0.1.0
 * @category schemas
 */
export const IndexState = openEnum(
  "Initializing",
  "InitializationFailed",
  "Failed",
  "ScalingUp",
  "ScalingDown",
  "ScalingUpPodSize",
  "ScalingDownPodSize",
  "Terminating",
  "Ready",
  "Disabled"
)

/**
 * How an index is.
 *
 * @since 0.1.0
 * @category schemas
 */
export const IndexStatus = answer("IndexStatus", { ready: Schema.Boolean, state: IndexState })

const Model = model("IndexModelOfEachVersion", {
  name: Schema.String,
  host: Schema.String,
  privateHost: maybe(Schema.String),
  dimension: maybe(Schema.Int),
  metric: maybe(AnyMetric),
  vectorType: maybe(AnyVectorType),
  spec: IndexSpecResponse,
  deployment: maybe(Deployment.DeploymentResponse),
  schema: IndexSchema.IndexSchema,
  readCapacity: maybe(ReadCapacityResponse),
  embed: maybe(ModelIndexEmbed),
  status: IndexStatus,
  deletionProtection: maybe(AnyDeletionProtection),
  tags: maybe(Tags),
  sourceCollection: maybe(Schema.String),
  sourceBackupId: maybe(Schema.String),
  cmekId: maybe(Schema.String)
})

/**
 * An index, whichever version of the API tells of it.
 *
 * `dimension`, `metric`, `vectorType`, `embed` and `spec` say it in the words of 2026-04; `schema`, `deployment` and
 * `readCapacity` in those of 2026-07. An index of documents that has no vectors has no `metric` and no `vectorType`.
 *
 * @since 0.1.0
 * @category models
 */
export interface IndexModel extends Schema.Schema.Type<typeof Model> {}

const Wire = answer("IndexModel", {
  name: Schema.String,
  host: Schema.String,
  privateHost: maybeAs("private_host", Schema.String),
  status: IndexStatus,
  deployment: Deployment.DeploymentResponse,
  readCapacity: maybeAs("read_capacity", ReadCapacityResponse),
  sourceCollection: maybeAs("source_collection", Schema.String),
  sourceBackupId: maybeAs("source_backup_id", Schema.String),
  cmekId: maybeAs("cmek_id", Schema.String),
  schema: IndexSchema.IndexSchema,
  tags: maybe(Tags),
  deletionProtection: maybeAs("deletion_protection", AnyDeletionProtection)
})

/**
 * An index (`IndexModel`).
 *
 * @since 0.1.0
 * @category schemas
 */
export const IndexModel: Schema.Schema<IndexModel, typeof Wire.Encoded> = Schema.transformOrFail(Wire, Model, {
  strict: true,
  decode: (wire) => {
    const { deployment, readCapacity, schema, sourceCollection } = wire
    const about = { readCapacity, sourceCollection, schema: forms.metadataOf(schema) }
    return made({ ...wire, ...forms.vectorsOf(schema), spec: forms.specOf(deployment, about) })
  },
  encode: (model, _, ast) => {
    const { dimension: _d, embed: _e, metric: _m, spec, vectorType: _v, ...rest } = model
    const deployment = model.deployment ?? Deployment.ofSpec(spec)
    if (deployment === undefined) return ParseResult.fail(new ParseResult.Type(ast, model, "has no deployment"))
    return made({
      ...rest,
      deployment,
      readCapacity: model.readCapacity ?? forms.capacityOf(spec),
      sourceCollection: model.sourceCollection ?? (spec.pod ?? spec.serverless)?.sourceCollection
    })
  }
})

/**
 * The fields of an index that is known in the words of 2026-04.
 *
 * @since 0.1.0
 * @category getters
 */
export const schemaOf = (
  model: Pick<IndexModel, "dimension" | "metric" | "vectorType" | "embed" | "spec">
): IndexSchema.IndexSchema => forms.schemaOf(model, model.spec)

/**
 * The indexes of a project.
 *
 * @since 0.1.0
 * @category schemas
 */
export const IndexList = answer("IndexList", {
  indexes: maybe(Schema.Array(IndexModel))
})

const NewIndex = Schema.typeSchema(struct({
  name: maybe(Schema.String),
  dimension: maybe(Schema.Int),
  metric: maybe(Metric),
  vectorType: maybe(VectorType),
  schema: maybe(IndexSchema.CreateIndexSchema),
  spec: maybe(IndexSpec),
  deployment: maybe(Deployment.Deployment),
  readCapacity: maybe(ReadCapacity),
  cmekId: maybe(Schema.String),
  deletionProtection: maybe(DeletionProtection),
  tags: maybe(Tags)
}))

/**
 * An index to create: of records, by the `dimension` and the `metric` of their vectors, or of documents, by their `schema`.
 *
 * Where it is to be says `deployment`, or `spec`, which knows pods too, in the words of 2026-04; without both it is on AWS in
 * us-east-1.
 *
 * @since 0.1.0
 * @category models
 */
export interface CreateIndexRequest extends Schema.Schema.Type<typeof NewIndex> {}

const NewIndexWire = struct({
  name: maybe(Schema.String),
  deployment: maybe(Deployment.Deployment),
  schema: IndexSchema.CreateIndexSchema,
  cmekId: maybeAs("cmek_id", Schema.String),
  readCapacity: maybeAs("read_capacity", ReadCapacity),
  tags: maybe(Tags),
  deletionProtection: maybeAs("deletion_protection", DeletionProtection)
}).annotations({ identifier: "CreateIndexRequest", parseOptions: { onExcessProperty: "error" } })

/** The fields of an index of records. */
const recordFields = (
  { dimension, metric = "cosine", vectorType }: CreateIndexRequest
): IndexSchema.CreateIndexSchema =>
  IndexSchema.make(
    vectorType === "sparse" || dimension === undefined
      ? { [IndexSchema.sparseValues]: IndexSchema.sparseVector() }
      : { [IndexSchema.values]: IndexSchema.denseVector({ dimension, metric }) }
  )

/** What the fields of an index of records say, and nothing of one of documents. */
const ofRecordFields = ({ fields }: IndexSchema.CreateIndexSchema): Partial<CreateIndexRequest> | undefined => {
  const { [IndexSchema.sparseValues]: sparse, [IndexSchema.values]: dense, ...others } = fields
  if (Object.keys(others).length > 0) return undefined
  // These have no description: what has one is asked for as it is, and refused.
  if ([sparse, dense].some((field) => field?.description !== undefined)) return undefined
  if (dense?.type === "dense_vector") {
    return { dimension: dense.dimension, metric: dense.metric, vectorType: "dense" }
  }
  return dense === undefined && sparse?.type === "sparse_vector"
    ? { metric: "dotproduct", vectorType: "sparse" }
    : undefined
}

/**
 * The request that creates an index. It cannot ask for pods.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CreateIndexRequest: Schema.Schema<CreateIndexRequest, typeof NewIndexWire.Encoded> = Schema
  .transformOrFail(NewIndexWire, NewIndex, {
    strict: true,
    decode: ({ schema, ...wire }) => made({ ...wire, ...(ofRecordFields(schema) ?? { schema }) }),
    encode: (request, _, ast) => {
      const { cmekId, deletionProtection, name, schema, spec, tags } = request
      const deployment = request.deployment ?? (spec === undefined ? undefined : Deployment.ofSpec(spec))
      if (deployment !== undefined && !Deployment.isRequest(deployment)) {
        return ParseResult.fail(new ParseResult.Type(ast, request, "cannot ask for pods"))
      }
      const readCapacity = request.readCapacity ?? forms.newCapacityOf(spec)
      return made({
        name,
        deployment,
        schema: schema ?? recordFields(request),
        cmekId,
        readCapacity,
        tags,
        deletionProtection
      })
    }
  })

/**
 * The request that creates an index with an integrated embedding.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CreateIndexForModelRequest = struct({
  name: Schema.String,
  cloud: Cloud,
  region: Schema.String,
  embed: struct({
    model: Schema.String,
    fieldMap: as("field_map", JsonObject),
    metric: maybe(Metric),
    dimension: maybe(Schema.Int),
    readParameters: maybeAs("read_parameters", JsonObject),
    writeParameters: maybeAs("write_parameters", JsonObject)
  }),
  deletionProtection: maybeAs("deletion_protection", DeletionProtection),
  tags: maybe(Tags),
  schema: maybe(MetadataIndex),
  readCapacity: maybeAs("read_capacity", ReadCapacity)
}).annotations({ identifier: "CreateIndexForModelRequest" })

/**
 * The type of the `CreateIndexForModelRequest` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface CreateIndexForModelRequest extends Schema.Schema.Type<typeof CreateIndexForModelRequest> {}

const ConfigureEmbed = struct({
  model: maybe(Schema.String),
  fieldMap: maybeAs("field_map", JsonObject),
  readParameters: maybeAs("read_parameters", JsonObject),
  writeParameters: maybeAs("write_parameters", JsonObject)
})

const PodChange = struct({ replicas: maybe(Schema.Int), podType: maybeAs("pod_type", Schema.String) })

/**
 * A change of the spec, in the words of 2026-04.
 *
 * @since 0.1.0
 * @category schemas
 */
export const SpecChange = Schema.Union(
  struct({ serverless: struct({ readCapacity: maybeAs("read_capacity", ReadCapacity) }) }),
  struct({ pod: PodChange }),
  struct({ byoc: struct({ readCapacity: maybeAs("read_capacity", ReadCapacity) }) })
)

const Change = Schema.typeSchema(struct({
  spec: maybe(SpecChange),
  deployment: maybe(PodChange),
  readCapacity: maybe(ReadCapacity),
  embed: maybe(ConfigureEmbed),
  deletionProtection: maybe(DeletionProtection),
  tags: maybe(Tags)
}))

/**
 * What to change of an index. `readCapacity`, and `deployment` for pods, are as good as the `spec` with the same.
 *
 * @since 0.1.0
 * @category models
 */
export interface ConfigureIndexRequest extends Schema.Schema.Type<typeof Change> {}

const ChangeWire = struct({
  deployment: maybe(PodChange.annotations({ identifier: "PatchIndexDeploymentRequest" })),
  schema: maybe(
    struct({
      fields: dictionary(
        struct({
          type: Schema.Literal("semantic_text"),
          model: maybe(Schema.String),
          writeParameters: maybeAs("write_parameters", JsonObject),
          readParameters: maybeAs("read_parameters", JsonObject)
        }).annotations({ identifier: "PatchSemanticTextField" })
      )
    }).annotations({ identifier: "PatchIndexSchema" })
  ),
  readCapacity: maybeAs("read_capacity", ReadCapacity),
  tags: maybe(Tags),
  deletionProtection: maybeAs("deletion_protection", DeletionProtection)
}).annotations({ identifier: "ConfigureIndexRequest", parseOptions: { onExcessProperty: "error" } })

/**
 * The request that changes an index. The parameters of an embedding are those of the field that `embed.fieldMap.text` names.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ConfigureIndexRequest: Schema.Schema<ConfigureIndexRequest, typeof ChangeWire.Encoded> = Schema
  .transformOrFail(ChangeWire, Change, {
    strict: true,
    decode: ({ schema, ...wire }) => {
      const [field] = Object.entries(schema?.fields ?? {})
      if (field === undefined) return made(wire)
      const [text, { type: _, ...embed }] = field
      return made({ ...wire, embed: { ...embed, fieldMap: { text } } })
    },
    encode: (change, _, ast) => {
      const { embed, spec, ...rest } = change
      const { pod, ...others } = { pod: undefined, ...spec }
      const { byoc, serverless } = { byoc: undefined, serverless: undefined, ...others }
      const wire = {
        ...rest,
        deployment: change.deployment ?? pod,
        readCapacity: change.readCapacity ?? (serverless ?? byoc)?.readCapacity
      }
      if (embed === undefined) return made(wire)
      const { fieldMap, ...parameters } = embed
      const text = fieldMap?.["text"]
      return typeof text === "string"
        ? made({
          ...wire,
          schema: { fields: Object.fromEntries([[text, { type: "semantic_text" as const, ...parameters }]]) }
        })
        : ParseResult.fail(new ParseResult.Type(ast, change, "does not name the field of the text"))
    }
  })
