import type * as Deployment from "../Deployment.js"
import * as IndexSchema from "../IndexSchema.js"
import type { IndexSpec, IndexSpecResponse } from "../IndexSpec.js"
import type { MetadataIndex } from "../MetadataIndex.js"
import type { ReadCapacity, ReadCapacityResponse } from "../ReadCapacity.js"
import { defined } from "./wire.js"

// What an index is, in the words of 2026-04 (dimension, metric, vector type, spec) and in those of 2026-07 (schema, deployment,
// read capacity), and from one to the other.

type Parameters = { readonly [name: string]: unknown }

/** A model that embeds the text of records. */
export interface Embed {
  readonly model: string
  readonly metric?: string | undefined
  readonly dimension?: number | undefined
  readonly vectorType?: string | undefined
  readonly fieldMap?: Parameters | undefined
  readonly readParameters?: Parameters | undefined
  readonly writeParameters?: Parameters | undefined
}

/** What 2026-04 says of the vectors of an index. */
export interface Vectors {
  readonly dimension?: number | undefined
  readonly metric?: string | undefined
  readonly vectorType?: string | undefined
  readonly embed?: Embed | undefined
}

const sparse: Vectors = { metric: "dotproduct", vectorType: "sparse" }

/** What the fields of an index say of its vectors. The dense ones count, where it has both kinds. */
export const vectorsOf = ({ fields }: IndexSchema.IndexSchema): Vectors => {
  let found: Vectors = {}
  for (const [name, field] of Object.entries(fields)) {
    if (!("type" in field)) continue
    if (field.type === "semantic_text") {
      const { dimension, model, readParameters, writeParameters } = field
      const vectorType = dimension === undefined ? "sparse" : "dense"
      const metric = field.metric ?? (dimension === undefined ? "dotproduct" : "cosine")
      const embed = { model, metric, dimension, vectorType, fieldMap: { text: name }, readParameters, writeParameters }
      return defined({ dimension, metric, vectorType, embed: defined(embed) })
    }
    if (field.type === "dense_vector") {
      found = { dimension: field.dimension, metric: field.metric, vectorType: "dense" }
    } else if (field.type === "string" && field.embed !== undefined) {
      found = { dimension: field.embed.dimension, metric: field.embed.metric, vectorType: "dense" }
    } else if (
      (field.type === "sparse_vector" || (field.type === "string" && field.sparseEmbed !== undefined)) &&
      found.vectorType === undefined
    ) found = sparse
  }
  return found
}

/** Which fields of the metadata are indexed, where not all are. */
export const metadataOf = ({ fields }: IndexSchema.IndexSchema): MetadataIndex | undefined => {
  const indexed = Object.entries(fields).filter(([, field]) => "filterable" in field && field.filterable === true)
  return indexed.length === 0
    ? undefined
    : { fields: Object.fromEntries(indexed.map(([name]) => [name, { filterable: true }])) }
}

const indexedBy = (spec: IndexSpecResponse | IndexSpec): ReadonlyArray<string> => {
  const { byoc, pod, serverless } = { byoc: undefined, pod: undefined, serverless: undefined, ...spec }
  return pod === undefined
    ? Object.keys((serverless ?? byoc)?.schema?.fields ?? {})
    : pod.metadataConfig?.indexed ?? []
}

/** The fields of an index that is described in the words of 2026-04. */
export const schemaOf = (
  { dimension, embed, metric = "cosine", vectorType }: Vectors,
  spec: IndexSpecResponse | IndexSpec
): IndexSchema.IndexSchema => {
  const fields: Array<readonly [string, IndexSchema.IndexSchemaField]> = []
  if (embed !== undefined) {
    const { fieldMap, model, readParameters, writeParameters } = embed
    const text = typeof fieldMap?.["text"] === "string" ? fieldMap["text"] : "text"
    fields.push([
      text,
      defined({ type: "semantic_text", model, dimension, metric, readParameters, writeParameters })
    ])
  } else {
    if (vectorType !== "sparse" && dimension !== undefined) {
      fields.push([IndexSchema.values, { type: "dense_vector", dimension, metric }])
    }
    // Beside dense vectors there can be sparse ones.
    fields.push([IndexSchema.sparseValues, { type: "sparse_vector" }])
  }
  for (const name of indexedBy(spec)) fields.push([name, { filterable: true }])
  return { fields: Object.fromEntries(fields) }
}

/** The read capacity that a spec has. */
export const capacityOf = (
  spec: IndexSpecResponse
): ReadCapacityResponse | undefined => (spec.serverless ?? spec.byoc)?.readCapacity

/** The read capacity that a spec asks for. */
export const newCapacityOf = (spec: IndexSpec | undefined): ReadCapacity | undefined =>
  spec === undefined || "pod" in spec
    ? undefined
    : "serverless" in spec
    ? spec.serverless.readCapacity
    : spec.byoc.readCapacity

/** Where an index is, in the words of 2026-04. */
export const specOf = (
  deployment: Deployment.DeploymentResponse,
  { readCapacity, schema, sourceCollection }: {
    readonly readCapacity?: ReadCapacityResponse | undefined
    readonly schema?: MetadataIndex | undefined
    readonly sourceCollection?: string | undefined
  }
): IndexSpecResponse => {
  if ("cloud" in deployment) {
    const { cloud, region } = deployment
    return { serverless: defined({ cloud, region, readCapacity, schema, sourceCollection }) }
  }
  if ("podType" in deployment) {
    const { environment, podType, replicas = 1, shards = 1 } = deployment
    const metadataConfig = schema === undefined ? undefined : { indexed: Object.keys(schema.fields) }
    return {
      pod: defined({
        environment,
        podType,
        replicas,
        shards,
        pods: replicas * shards,
        metadataConfig,
        sourceCollection
      })
    }
  }
  return "environment" in deployment
    ? { byoc: defined({ environment: deployment.environment, readCapacity, schema }) }
    : {}
}

/** What is asked for, in the words of 2026-04. */
export const newSpecOf = (
  deployment: Deployment.Deployment,
  readCapacity: ReadCapacity | undefined
): IndexSpec =>
  deployment.deploymentType === "managed"
    ? { serverless: defined({ cloud: deployment.cloud, region: deployment.region, readCapacity }) }
    : { byoc: defined({ environment: deployment.environment, readCapacity }) }
