/** All that an index says of itself. */
import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import * as Effect from "effect/Effect"
import { collect } from "../utils/clients.js"
import type { Fault, Items } from "./model.js"
import { dimension, fault, itemsOf } from "./model.js"

/** The same of an index on pods, whose records and namespaces cannot be listed: it is asked for all that there is. */
const podContents = (name: string) =>
  Effect.gen(function*() {
    const index = yield* VectorIndex.make({ name })
    const stats = yield* index.describeIndexStats()
    const faults: Array<Fault> = []
    const found = new Map<string, Items>()
    for (const [key, { vectorCount }] of Object.entries(stats.namespaces ?? {})) {
      const namespace = key === "" ? "__default__" : key
      const { matches } = yield* index.query({
        namespace,
        vector: Array.from({ length: dimension }, () => 1),
        topK: 1000,
        includeValues: true,
        includeMetadata: true
      })
      const items = itemsOf(matches)
      found.set(namespace, items)
      if (items.size !== vectorCount) {
        faults.push(fault("wrong", `${name}/${namespace}: finds ${items.size} records, and counts ${vectorCount}`))
      }
    }
    return { found, faults }
  })

/** The records of each namespace of an index, and what does not agree: its lists, its counts, its records. */
export const contents = (name: string) =>
  Effect.gen(function*() {
    const { spec } = yield* Effect.flatMap(Indexes.Indexes, (indexes) => indexes.describe(name))
    if (spec.pod !== undefined) return yield* podContents(name)
    const index = yield* VectorIndex.make({ name })
    const namespaces = yield* collect(index.listNamespacesStream())
    const stats = yield* index.describeIndexStats()
    const faults: Array<Fault> = []
    const found = new Map<string, Items>()
    const counted = stats.namespaces ?? {}
    for (const { name: namespace = "", recordCount } of namespaces) {
      const ids = yield* collect(index.listStream({ namespace }))
      const items = itemsOf(yield* collect(index.scan({ namespace, batchSize: 100 })))
      found.set(namespace, items)
      const counts = [
        new Set(ids).size,
        items.size,
        recordCount,
        counted[namespace === "__default__" ? "" : namespace]?.vectorCount
      ]
      if (counts.some((count) => count !== ids.length)) {
        faults.push(fault(
          "wrong",
          `${name}/${namespace}: lists ${ids.length} ids, and counts ${
            counts.join(", ")
          } (ids, records, namespace, stats)`
        ))
      }
    }
    const total = Array.from(found.values()).reduce((sum, { size }) => sum + size, 0)
    if (stats.totalVectorCount !== total || Object.keys(counted).length !== namespaces.length) {
      faults.push(fault("wrong", `${name}: its stats count ${stats.totalVectorCount} records of ${total}`))
    }
    return { found, faults }
  })
