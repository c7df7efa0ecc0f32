/**
 * One side of the benchmark of Parquet files, in a process of its own: sends everything once, and gives the seconds and the
 * most memory.
 */
import { parquet } from "./cases.js"
import { peakMemory } from "./machine.js"
import { argument, serve } from "./side.js"
import * as sides from "./sides.js"
import { idOf, vectorOf } from "./vectors.js"

const { dimension, inFlight, officialPerRequest } = parquet

const withSdk = async (url: string, folder: string): Promise<void> => {
  const { index, runtime } = await sides.sdkByName("http", "sink", url)
  const Effect = await import("effect/Effect")
  const Upsert = await import("@effect-pinecone/arrow/Upsert")
  const NodeContext = await import("@effect/platform-node/NodeContext")
  await runtime.runPromise(
    Effect.provide(Upsert.upsertParquet(index, folder, { concurrency: inFlight }), NodeContext.layer)
  )
}

const withOfficial = async (url: string, records: number): Promise<void> => {
  const index = await sides.official(url)
  let next = 0
  const worker = async () => {
    while (next < records) {
      const from = next
      next += officialPerRequest
      await index.upsert({
        records: Array.from(
          { length: officialPerRequest },
          (_, i) => ({ id: idOf(from + i), values: Array.from(vectorOf(from + i, dimension)) })
        )
      })
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
}

export const answers = serve({
  send: async (
    { folder, records, url }: { readonly url: string; readonly folder: string; readonly records: number }
  ) => {
    const start = performance.now()
    await (argument(0) === "sdk" ? withSdk(url, folder) : withOfficial(url, records))
    return { seconds: (performance.now() - start) / 1000, peak: peakMemory() }
  }
})
