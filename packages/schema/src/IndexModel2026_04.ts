/**
 * Indexes in the form that the versions of the API have up to 2026-04. What the application sees of them is as with the newest
 * version: see `IndexModel`.
 *
 * ```ts
 * import * as IndexModel2026_04 from "@effect-pinecone/schema/IndexModel2026_04"
 * import * as Schema from "effect/Schema"
 *
 * const read = Schema.decodeUnknown(IndexModel2026_04.IndexModel)
 * ```
 *
 * @since 0.1.0
 */
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as Deployment from "./Deployment.js"
import * as IndexModels from "./IndexModel.js"
import { IndexSpec, IndexSpecResponse } from "./IndexSpec.js"
import * as forms from "./internal/indexForms.js"
import { AnyMetric } from "./internal/metric.js"
import { answer, as, JsonObject, made, maybe, maybeAs, openEnum, struct } from "./internal/wire.js"

const AnyVectorType = openEnum("dense", "sparse")

const Wire = answer("IndexModel", {
  name: Schema.String,
  dimension: maybe(Schema.Int),
  metric: AnyMetric,
  host: Schema.String,
  privateHost: maybeAs("private_host", Schema.String),
  deletionProtection: maybeAs("deletion_protection", openEnum("disabled", "enabled")),
  tags: maybe(IndexModels.Tags),
  embed: maybe(IndexModels.ModelIndexEmbed),
  spec: IndexSpecResponse,
  status: IndexModels.IndexStatus,
  vectorType: as("vector_type", AnyVectorType)
})

/**
 * An index (`IndexModel` of 2026-04).
 *
 * @since 0.1.0
 * @category schemas
 */
export const IndexModel: Schema.Schema<IndexModels.IndexModel, typeof Wire.Encoded> = Schema.transformOrFail(
  Wire,
  Schema.typeSchema(IndexModels.IndexModel),
  {
    strict: true,
    decode: (wire) =>
      made({
        ...wire,
        schema: IndexModels.schemaOf(wire),
        deployment: Deployment.ofSpec(wire.spec),
        readCapacity: forms.capacityOf(wire.spec),
        sourceCollection: (wire.spec.pod ?? wire.spec.serverless)?.sourceCollection
      }),
    encode: (model) => {
      const {
        cmekId: _c,
        deployment: _d,
        readCapacity: _r,
        schema: _s,
        sourceBackupId: _b,
        sourceCollection: _o,
        ...rest
      } = model
      // These versions know no index without vectors.
      return made({ ...rest, metric: model.metric ?? "cosine", vectorType: model.vectorType ?? "dense" })
    }
  }
)

/**
 * The indexes of a project.
 *
 * @since 0.1.0
 * @category schemas
 */
export const IndexList = answer("IndexList", {
  indexes: maybe(Schema.Array(IndexModel))
})

const NewIndexWire = struct({
  name: Schema.String,
  spec: IndexSpec,
  dimension: maybe(Schema.Int),
  metric: maybe(IndexModels.Metric),
  vectorType: maybeAs("vector_type", IndexModels.VectorType),
  deletionProtection: maybeAs("deletion_protection", IndexModels.DeletionProtection),
  tags: maybe(IndexModels.Tags)
}).annotations({ identifier: "CreateIndexRequest" })

/**
 * The request that creates an index. It has a name, and cannot ask for documents.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CreateIndexRequest: Schema.Schema<IndexModels.CreateIndexRequest, typeof NewIndexWire.Encoded> = Schema
  .transformOrFail(NewIndexWire, Schema.typeSchema(IndexModels.CreateIndexRequest), {
    strict: true,
    decode: (wire) => made(wire),
    encode: (request, _, ast) => {
      const { deletionProtection, dimension, metric, name, schema, tags, vectorType } = request
      if (name === undefined) return ParseResult.fail(new ParseResult.Type(ast, request, "has no name"))
      if (schema !== undefined) return ParseResult.fail(new ParseResult.Type(ast, request, "cannot ask for documents"))
      const spec = request.spec ??
        forms.newSpecOf(request.deployment ?? Deployment.defaultDeployment, request.readCapacity)
      return made({ name, spec, dimension, metric, vectorType, deletionProtection, tags })
    }
  })

const ChangeWire = struct({
  spec: maybe(IndexModels.SpecChange),
  deletionProtection: maybeAs("deletion_protection", IndexModels.DeletionProtection),
  tags: maybe(IndexModels.Tags),
  embed: maybe(struct({
    model: maybe(Schema.String),
    fieldMap: maybeAs("field_map", JsonObject),
    readParameters: maybeAs("read_parameters", JsonObject),
    writeParameters: maybeAs("write_parameters", JsonObject)
  }))
}).annotations({ identifier: "ConfigureIndexRequest" })

/**
 * The request that changes an index.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ConfigureIndexRequest: Schema.Schema<IndexModels.ConfigureIndexRequest, typeof ChangeWire.Encoded> = Schema
  .transformOrFail(ChangeWire, Schema.typeSchema(IndexModels.ConfigureIndexRequest), {
    strict: true,
    decode: (wire) => made(wire),
    encode: ({ deployment, readCapacity, spec, ...rest }) =>
      made({
        ...rest,
        spec: spec ?? (deployment !== undefined
          ? { pod: deployment }
          : readCapacity === undefined
          ? undefined
          : { serverless: { readCapacity } })
      })
  })
