/**
 * How the reads of a serverless or BYOC index are served: on demand, or by dedicated nodes.
 *
 * ```ts
 * import * as ReadCapacity from "@effect-pinecone/schema/ReadCapacity"
 *
 * const nodes = ReadCapacity.dedicated({ nodeType: "b1", replicas: 2 })
 * ```
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { answer, maybe, maybeAs, openEnum, struct } from "./internal/wire.js"

/**
 * The nodes of a dedicated read capacity.
 *
 * @since 0.1.0
 * @category schemas
 */
export const DedicatedConfig = struct({
  nodeType: maybeAs("node_type", openEnum("b1", "t1")),
  scaling: maybe(openEnum("Manual")),
  manual: maybe(
    struct({ replicas: maybe(Schema.Int), shards: maybe(Schema.Int) }).annotations({
      identifier: "ScalingConfigManual"
    })
  )
}).annotations({ identifier: "ReadCapacityDedicatedConfig" })

const OnDemandSpec = struct({ mode: Schema.Literal("OnDemand") }).annotations({
  identifier: "ReadCapacityOnDemandSpec"
})

const DedicatedSpec = struct({ mode: Schema.Literal("Dedicated"), dedicated: DedicatedConfig }).annotations({
  identifier: "ReadCapacityDedicatedSpec"
})

/**
 * What to ask for.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ReadCapacity = Schema.Union(OnDemandSpec, DedicatedSpec).annotations({ identifier: "ReadCapacity" })

/**
 * The type of the `ReadCapacity` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export type ReadCapacity = typeof ReadCapacity.Type

/**
 * How far a change of the read capacity is.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Status = answer("ReadCapacityStatus", {
  state: openEnum("Ready", "Scaling", "Migrating", "Error"),
  currentReplicas: maybeAs("current_replicas", Schema.Int),
  currentShards: maybeAs("current_shards", Schema.Int),
  errorMessage: maybeAs("error_message", Schema.String)
})

/**
 * What is there, and whether it has settled.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ReadCapacityResponse = Schema.Union(
  answer("ReadCapacityOnDemandSpecResponse", { mode: Schema.Literal("OnDemand"), status: Status }),
  answer("ReadCapacityDedicatedSpecResponse", {
    mode: Schema.Literal("Dedicated"),
    dedicated: DedicatedConfig,
    status: Status
  }),
  answer("ReadCapacityOtherSpecResponse", { mode: Schema.String, status: Status })
).annotations({ identifier: "ReadCapacityResponse" })

/**
 * The type of the `ReadCapacityResponse` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export type ReadCapacityResponse = typeof ReadCapacityResponse.Type

/**
 * Reads are billed by use.
 *
 * @since 0.1.0
 * @category constructors
 */
export const onDemand: ReadCapacity = { mode: "OnDemand" }

/**
 * Reads go to your own, dedicated nodes.
 *
 * @since 0.1.0
 * @category constructors
 */
export const dedicated = (options: {
  readonly nodeType: "b1" | "t1" | (string & {})
  /** @default 1 */
  readonly replicas?: number | undefined
  /** @default 1 */
  readonly shards?: number | undefined
}): ReadCapacity => ({
  mode: "Dedicated",
  dedicated: {
    nodeType: options.nodeType,
    scaling: "Manual",
    manual: { replicas: options.replicas ?? 1, shards: options.shards ?? 1 }
  }
})
