import * as Input from "@effect-pinecone/schema/Input"
import type { ReadCapacity, ReadCapacityResponse } from "@effect-pinecone/schema/ReadCapacity"
import * as Effect from "effect/Effect"
import * as problem from "./problem.js"

type Dedicated = Extract<ReadCapacity, { readonly mode: "Dedicated" }>["dedicated"]

const dedicatedOf = (capacity: ReadCapacityResponse | undefined): Dedicated | undefined =>
  capacity !== undefined && "dedicated" in capacity ? capacity.dedicated : undefined

const isOneOf = (value: string | undefined, allowed: ReadonlyArray<string>) =>
  value !== undefined && allowed.includes(value)

/** The nodes that an index is to have, where it can have them. */
const checkedNodes = (nodes: Dedicated): Effect.Effect<ReadCapacityResponse, problem.Problem> => {
  const { manual, nodeType, scaling } = nodes
  if (nodeType === undefined || scaling === undefined) {
    return problem.badRequest("With the read capacity Dedicated, node_type and scaling must be specified")
  }
  if (!isOneOf(nodeType, ["b1", "t1"])) {
    return problem.badRequest(`node_type must be b1 or t1, got ${JSON.stringify(nodeType.slice(0, 100))}`)
  }
  if (!isOneOf(scaling, ["Manual"])) {
    return problem.badRequest(`scaling must be Manual, got ${JSON.stringify(scaling.slice(0, 100))}`)
  }
  const replicas = manual?.replicas ?? 1
  const shards = manual?.shards ?? 1
  if (!Input.isWholeNumber(replicas, 0)) return problem.badRequest(`replicas must be at least 0, got ${replicas}`)
  if (!Input.isWholeNumber(shards, 1)) return problem.badRequest(`shards must be at least 1, got ${shards}`)
  return Effect.succeed({
    mode: "Dedicated",
    dedicated: nodes,
    status: { state: "Ready", currentReplicas: replicas, currentShards: shards }
  })
}

/** The read capacity that is asked for, on top of that which is there. */
export const checked = (
  asked: ReadCapacity | undefined,
  present?: ReadCapacityResponse
): Effect.Effect<ReadCapacityResponse, problem.Problem> => {
  if (asked === undefined || asked.mode === "OnDemand") {
    return Effect.succeed({ mode: "OnDemand", status: { state: "Ready" } })
  }
  const before = dedicatedOf(present)
  if (present !== undefined && asked.dedicated.scaling !== undefined && asked.dedicated.manual === undefined) {
    return problem.badRequest("scaling goes with manual: say how many replicas and shards there are to be")
  }
  const manual = { ...before?.manual, ...asked.dedicated.manual }
  return checkedNodes({
    ...before,
    ...asked.dedicated,
    ...(before?.manual === undefined && asked.dedicated.manual === undefined ? {} : { manual })
  })
}

/** What becomes of an index whose read capacity is changed. */
export const change = (
  from: ReadCapacityResponse | undefined,
  to: ReadCapacityResponse | undefined
): "Migrating" | "Scaling" | undefined => {
  const before = dedicatedOf(from)
  const after = dedicatedOf(to)
  if (before?.nodeType !== after?.nodeType) return "Migrating"
  return from?.status.currentReplicas !== to?.status.currentReplicas ||
      from?.status.currentShards !== to?.status.currentShards
    ? "Scaling"
    : undefined
}
