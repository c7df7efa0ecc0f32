import * as Effect from "effect/Effect"
import * as problem from "./problem.js"

/**
 * Where a serverless index can be, by cloud: the regions of Pinecone's documentation, and `us-east1`, which is in the examples
 * of the API's definition.
 */
const regions: ReadonlyMap<string, ReadonlyArray<string>> = new Map([
  ["aws", ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-1"]],
  ["gcp", ["us-central1", "us-east1", "europe-west4"]],
  ["azure", ["eastus2"]]
])

export const check = (cloud: string, region: string): Effect.Effect<void, problem.Problem> =>
  regions.get(cloud)?.includes(region) === true
    ? Effect.void
    : problem.notFound(`Resource cloud: ${cloud.slice(0, 100)} region: ${region.slice(0, 100)} not found.`)
