import * as Deployment from "@effect-pinecone/schema/Deployment"
import type * as IndexModel from "@effect-pinecone/schema/IndexModel"
import type { IndexSpec, IndexSpecResponse } from "@effect-pinecone/schema/IndexSpec"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as fields from "./fields.js"

/** What cannot be changed about an index once it is there, by the path of the option. */
type Shape = Readonly<Record<string, string | undefined>>

/** A pod type without a size has the smallest. */
const sized = (podType: string): string => podType.includes(".") ? podType : `${podType}.x1`

const ofSpec = (spec: IndexSpec | IndexSpecResponse): Shape => {
  const { byoc, pod, serverless } = { byoc: undefined, pod: undefined, serverless: undefined, ...spec }
  if (serverless !== undefined) {
    return {
      spec: "serverless",
      "spec.serverless.cloud": serverless.cloud,
      "spec.serverless.region": serverless.region
    }
  }
  if (pod !== undefined) {
    return { spec: "pod", "spec.pod.environment": pod.environment, "spec.pod.podType": sized(pod.podType) }
  }
  return byoc === undefined
    ? { spec: Object.keys(spec).join(", ") }
    : { spec: "byoc", "spec.byoc.environment": byoc.environment }
}

const ofDeployment = (deployment: Deployment.Deployment): Shape =>
  deployment.deploymentType === "managed"
    ? {
      spec: "serverless",
      "spec.serverless.cloud": deployment.cloud,
      "spec.serverless.region": deployment.region
    }
    : { spec: "byoc", "spec.byoc.environment": deployment.environment }

const wanted = (options: IndexModel.CreateIndexRequest): Shape => {
  const vectorType = options.vectorType ?? "dense"
  const place = options.spec === undefined
    ? ofDeployment(options.deployment ?? Deployment.defaultDeployment)
    : ofSpec(options.spec)
  return options.schema === undefined
    ? {
      vectorType,
      dimension: options.dimension === undefined ? undefined : String(options.dimension),
      metric: options.metric ?? (vectorType === "sparse" ? "dotproduct" : "cosine"),
      ...place
    }
    : { ...fields.wanted(options.schema), ...place }
}

const found = (model: IndexModel.IndexModel): Shape => ({
  vectorType: model.vectorType,
  dimension: model.dimension === undefined ? undefined : String(model.dimension),
  metric: model.metric,
  ...fields.found(model.schema),
  ...ofSpec(model.spec)
})

/** The error for an index that is another than the one asked for, or nothing. */
export const mismatch = (
  options: IndexModel.CreateIndexRequest & { readonly name: string },
  model: IndexModel.IndexModel
): PineconeError.IndexMismatch | undefined => {
  const expected = wanted(options)
  const actual = found(model)
  // Of another kind of spec, the fields below it say nothing more.
  const fields = Object.keys(expected).filter((field) => expected.spec === actual.spec || !field.startsWith("spec."))
  const differences = fields
    .filter((field) => expected[field] !== actual[field])
    .map((field) => ({ field, expected: expected[field] ?? "none", actual: actual[field] ?? "none" }))
  return differences.length === 0 ? undefined : new PineconeError.IndexMismatch({
    operation: "describe_index",
    index: options.name,
    attempts: 1,
    differences,
    message: `index "${options.name}" exists with a different shape: ${
      differences.map(({ actual, expected, field }) => `${field} is ${actual}, not ${expected}`).join("; ")
    }. Request that shape, choose another name, or delete the index first`
  })
}
