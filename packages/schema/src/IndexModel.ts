/**
 * Indexes (`/indexes` of the control-plane API).
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
import * as Schema from "effect/Schema"
import { IndexAddress } from "./IndexAddress.js"
import { Cloud, IndexSpec, IndexSpecResponse } from "./IndexSpec.js"
import { answer, as, dictionary, JsonObject, maybe, maybeAs, openEnum, struct } from "./internal/wire.js"
import { MetadataIndex } from "./MetadataIndex.js"
import { ReadCapacity } from "./ReadCapacity.js"

/**
 * How the distance of two dense vectors is measured; what the SDK sends.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Metric = Schema.Literal("cosine", "euclidean", "dotproduct")

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
  identifier: "IndexTags",
  jsonSchema: { type: "object", additionalProperties: { type: "string" } }
})

const AnyMetric = IndexAddress.fields.metric
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
  "ScalingUp",
  "ScalingDown",
  "ScalingUpPodSize",
  "ScalingDownPodSize",
  "Terminating",
  "Ready",
  "Disabled"
)

/**
 * An index.
 *
 * @since 0.1.0
 * @category schemas
 */
export const IndexModel = answer("IndexModel", {
  name: Schema.String,
  ...IndexAddress.fields,
  privateHost: maybeAs("private_host", Schema.String),
  deletionProtection: maybeAs("deletion_protection", AnyDeletionProtection),
  tags: maybe(Tags),
  embed: maybe(ModelIndexEmbed),
  spec: IndexSpecResponse,
  status: answer("IndexStatus", { ready: Schema.Boolean, state: IndexState }),
  vectorType: as("vector_type", AnyVectorType)
})

/**
 * The type of the `IndexModel` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface IndexModel extends Schema.Schema.Type<typeof IndexModel> {}

/**
 * The indexes of a project.
 *
 * @since 0.1.0
 * @category schemas
 */
export const IndexList = answer("IndexList", {
  indexes: maybe(Schema.Array(IndexModel))
})

/**
 * The request that creates an index.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CreateIndexRequest = struct({
  name: Schema.String,
  spec: IndexSpec,
  dimension: maybe(Schema.Int),
  metric: maybe(Metric),
  vectorType: maybeAs("vector_type", VectorType),
  deletionProtection: maybeAs("deletion_protection", DeletionProtection),
  tags: maybe(Tags)
}).annotations({ identifier: "CreateIndexRequest" })

/**
 * The type of the `CreateIndexRequest` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface CreateIndexRequest extends Schema.Schema.Type<typeof CreateIndexRequest> {}

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

/**
 * The request that changes an index.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ConfigureIndexRequest = struct({
  spec: maybe(Schema.Union(
    struct({ serverless: struct({ readCapacity: maybeAs("read_capacity", ReadCapacity) }) }),
    struct({
      pod: struct({ replicas: maybe(Schema.Int), podType: maybeAs("pod_type", Schema.String) })
    }),
    struct({ byoc: struct({ readCapacity: maybeAs("read_capacity", ReadCapacity) }) })
  )),
  deletionProtection: maybeAs("deletion_protection", DeletionProtection),
  tags: maybe(Tags),
  embed: maybe(struct({
    model: maybe(Schema.String),
    fieldMap: maybeAs("field_map", JsonObject),
    readParameters: maybeAs("read_parameters", JsonObject),
    writeParameters: maybeAs("write_parameters", JsonObject)
  }))
}).annotations({ identifier: "ConfigureIndexRequest" })

/**
 * The type of the `ConfigureIndexRequest` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface ConfigureIndexRequest extends Schema.Schema.Type<typeof ConfigureIndexRequest> {}
