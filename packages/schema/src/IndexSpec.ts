/**
 * Where and how an index is deployed: serverless, on pods, or in your own cloud (BYOC).
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { answer, as, maybe, maybeAs, openEnum, struct } from "./internal/wire.js"
import { MetadataIndex } from "./MetadataIndex.js"
import { ReadCapacity, ReadCapacityResponse } from "./ReadCapacity.js"

/**
 * The public clouds.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Cloud = openEnum("aws", "gcp", "azure")

/**
 * Where a serverless index is deployed.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ServerlessSpec = struct({
  cloud: Cloud,
  region: Schema.String,
  readCapacity: maybeAs("read_capacity", ReadCapacity),
  sourceCollection: maybeAs("source_collection", Schema.String),
  schema: maybe(MetadataIndex)
}).annotations({ identifier: "ServerlessSpec" })

/**
 * How an index on pods is deployed.
 *
 * @since 0.1.0
 * @category schemas
 */
export const PodSpec = answer("PodSpec", {
  environment: Schema.String,
  podType: as("pod_type", Schema.String),
  replicas: maybe(Schema.Int),
  shards: maybe(Schema.Int),
  pods: maybe(Schema.Int),
  metadataConfig: maybeAs("metadata_config", struct({ indexed: maybe(Schema.Array(Schema.String)) })),
  sourceCollection: maybeAs("source_collection", Schema.String)
})

/**
 * Where an index in your own cloud is deployed.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ByocSpec = struct({
  environment: Schema.String,
  readCapacity: maybeAs("read_capacity", ReadCapacity),
  schema: maybe(MetadataIndex)
}).annotations({ identifier: "ByocSpec" })

/**
 * What to ask for.
 *
 * @since 0.1.0
 * @category schemas
 */
export const IndexSpec = Schema.Union(
  struct({ serverless: ServerlessSpec }),
  struct({ pod: PodSpec }),
  struct({ byoc: ByocSpec })
).annotations({ identifier: "IndexSpec" })

/**
 * The type of the `IndexSpec` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export type IndexSpec = typeof IndexSpec.Type

/**
 * Where a serverless index is deployed, as the server answers.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ServerlessSpecResponse = answer("ServerlessSpecResponse", {
  ...ServerlessSpec.fields,
  readCapacity: maybeAs("read_capacity", ReadCapacityResponse)
})

/**
 * Where an index in your own cloud is deployed, as the server answers.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ByocSpecResponse = answer("ByocSpecResponse", {
  ...ByocSpec.fields,
  readCapacity: maybeAs("read_capacity", ReadCapacityResponse)
})

/**
 * What is there: one of the three, or a kind that a later version adds.
 *
 * @since 0.1.0
 * @category schemas
 */
export const IndexSpecResponse = answer("IndexSpecResponse", {
  serverless: maybe(ServerlessSpecResponse),
  pod: maybe(PodSpec),
  byoc: maybe(ByocSpecResponse)
})

/**
 * The type of the `IndexSpecResponse` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface IndexSpecResponse extends Schema.Schema.Type<typeof IndexSpecResponse> {}

/**
 * An index that scales by itself.
 *
 * ```ts
 * import * as IndexSpec from "@effect-pinecone/schema/IndexSpec"
 *
 * const spec = IndexSpec.serverless({ cloud: "aws", region: "us-east-1" })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const serverless = (options: typeof ServerlessSpec.Type): IndexSpec => ({ serverless: options })

/**
 * An index on pods, of a size that one chooses: `podType` is such as `p1.x1`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const pod = (options: typeof PodSpec.Type): IndexSpec => ({ pod: options })

/**
 * An index in your own cloud (BYOC).
 *
 * @since 0.1.0
 * @category constructors
 */
export const byoc = (options: typeof ByocSpec.Type): IndexSpec => ({ byoc: options })
