/** All that an index says of itself. */
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import * as Effect from "effect/Effect"
import { collect } from "../utils/clients.js"
import type { Fault, Items } from "./model.js"
import { fault, itemsOf } from "./model.js"

/** The records of each namespace of an index, and what does not agree: its lists, its counts, its records. */
export const contents = (name: string) =>
  Effect.gen(function*() {
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
      const counts = [new Set(ids).size, items.size, recordCount, counted[namespace]?.vectorCount]
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
