/** One side of the benchmark of fan-outs, in a process of its own. */
import { fanOut } from "./cases.js"
import { argument, serve } from "./side.js"
import * as sides from "./sides.js"

const { dimension, inFlight, topK } = fanOut

const namespaces = Array.from({ length: fanOut.namespaces }, (_, i) => `namespace-${i}`)

const vector = Float32Array.from({ length: dimension }, (_, i) => Math.sin(i))

const withSdk = async (transport: "http" | "fetch", url: string): Promise<() => Promise<unknown>> => {
  const { index, runtime } = await sides.sdkByName(transport, "sink", url)
  return () => runtime.runPromise(index.queryNamespaces({ namespaces, vector, topK, concurrency: inFlight }))
}

/** It has no such query of its own: a pool of promises, and the best of all. */
const withOfficial = async (url: string): Promise<() => Promise<unknown>> => {
  const index = await sides.official(url)
  const values = Array.from(vector)
  return async () => {
    const found: Array<{ readonly score?: number }> = []
    let next = 0
    const worker = async () => {
      for (let i = next++; i < namespaces.length; i = next++) {
        const { matches } = await index.namespace(namespaces[i]!).query({ vector: values, topK })
        for (const match of matches) found.push(match)
      }
    }
    await Promise.all(Array.from({ length: inFlight }, worker))
    return found.sort((a, b) => (b.score ?? 0) - (a.score ?? 0)).slice(0, topK)
  }
}

const side = argument(0)

const once =
  await (side === "official" ? withOfficial(argument(1)) : withSdk(side === "fetch" ? "fetch" : "http", argument(1)))

export const answers = serve({
  /** The milliseconds of one more of them. */
  measure: async () => {
    const start = performance.now()
    await once()
    return performance.now() - start
  }
})
