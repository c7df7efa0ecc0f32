/**
 * Where an index runs (`deployment` of an index, since API version 2026-07): managed by Pinecone, in your own cloud (BYOC), or on
 * pods.
 *
 * ```ts
 * import * as Deployment from "@effect-pinecone/schema/Deployment"
 *
 * const deployment = Deployment.managed({ cloud: "aws", region: "us-east-1" })
 * ```
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import type { IndexSpec, IndexSpecResponse } from "./IndexSpec.js"
import { Cloud } from "./IndexSpec.js"
import { answer, as, maybe, struct } from "./internal/wire.js"

/**
 * Managed by Pinecone (`ManagedDeployment`).
 *
 * @since 0.1.0
 * @category schemas
 */
export const Managed = struct({
  deploymentType: as("deployment_type", Schema.Literal("managed")),
  cloud: Cloud,
  region: Schema.String
}).annotations({ identifier: "ManagedDeployment" })

/**
 * In your own cloud (`ByocDeployment`).
 *
 * @since 0.1.0
 * @category schemas
 */
export const Byoc = struct({
  deploymentType: as("deployment_type", Schema.Literal("byoc")),
  environment: Schema.String
}).annotations({ identifier: "ByocDeployment" })

/**
 * What to ask for.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Deployment = Schema.Union(Managed, Byoc).annotations({ identifier: "IndexDeploymentRequest" })

/**
 * The type of the `Deployment` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export type Deployment = typeof Deployment.Type

/**
 * Managed by Pinecone, as the server answers.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ManagedResponse = answer("ManagedDeploymentResponse", {
  ...Managed.fields,
  environment: maybe(Schema.String)
})

/**
 * On pods, as the server answers (`PodDeployment`): no index can be created so with API version 2026-07.
 *
 * @since 0.1.0
 * @category schemas
 */
export const PodResponse = answer("PodDeployment", {
  deploymentType: as("deployment_type", Schema.Literal("pod")),
  environment: Schema.String,
  replicas: maybe(Schema.Int),
  shards: maybe(Schema.Int),
  podType: as("pod_type", Schema.String)
})

const kinds = ["managed", "byoc", "pod"]

/**
 * What is there: one of the three, or a kind that a later version adds.
 *
 * @since 0.1.0
 * @category schemas
 */
export const DeploymentResponse = Schema.Union(
  ManagedResponse,
  answer("ByocDeploymentResponse", Byoc.fields),
  PodResponse,
  answer("OtherDeployment", {
    deploymentType: as("deployment_type", Schema.String.pipe(Schema.filter((kind) => !kinds.includes(kind))))
  })
).annotations({ identifier: "IndexDeployment" })

/**
 * The type of the `DeploymentResponse` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export type DeploymentResponse = typeof DeploymentResponse.Type

/**
 * Managed by Pinecone, in a region of a cloud.
 *
 * @since 0.1.0
 * @category constructors
 */
export const managed = (options: {
  readonly cloud: typeof Cloud.Type
  readonly region: string
}): Deployment => ({ deploymentType: "managed", ...options })

/**
 * In your own cloud (BYOC).
 *
 * @since 0.1.0
 * @category constructors
 */
export const byoc = (options: { readonly environment: string }): Deployment => ({
  deploymentType: "byoc",
  ...options
})

/**
 * Where an index is created that is asked for without a place.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultDeployment: Deployment = managed({ cloud: "aws", region: "us-east-1" })

/**
 * Whether an index can be created so.
 *
 * @since 0.1.0
 * @category guards
 */
export const isRequest = (deployment: DeploymentResponse): deployment is Deployment =>
  deployment.deploymentType === "managed" || deployment.deploymentType === "byoc"

/**
 * The same as a `spec`, in the words of 2026-04.
 *
 * @since 0.1.0
 * @category getters
 */
export const ofSpec = (spec: IndexSpec | IndexSpecResponse): DeploymentResponse | undefined => {
  const { byoc: own, pod, serverless } = { byoc: undefined, pod: undefined, serverless: undefined, ...spec }
  if (serverless !== undefined) {
    return { deploymentType: "managed", cloud: serverless.cloud, region: serverless.region }
  }
  if (own !== undefined) return { deploymentType: "byoc", environment: own.environment }
  return pod === undefined ? undefined : {
    deploymentType: "pod",
    environment: pod.environment,
    podType: pod.podType,
    replicas: pod.replicas ?? 1,
    shards: pod.shards ?? 1
  }
}
