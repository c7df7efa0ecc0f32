/** One side of the benchmark `ingest`, in a process of its own. */
import { ingest } from "./cases.js"
import { peakMemory } from "./machine.js"
import { argument, serve } from "./side.js"
import * as sides from "./sides.js"
import { idOf, vectorOf } from "./vectors.js"

const { dimension, inFlight, perRequest } = ingest

const isOfficial = argument(0) === "official"

const withSdk = async (host: string, records: number): Promise<void> => {
  const { index, runtime } = await sides.sdk("fetch", host)
  const Stream = await import("effect/Stream")
  await runtime.runPromise(
    Stream.range(0, records - 1, perRequest).pipe(
      Stream.map((record) => ({ id: idOf(record), values: vectorOf(record, dimension) })),
      Stream.grouped(perRequest),
      Stream.mapEffect((chunk) => index.upsert(chunk), { concurrency: inFlight, unordered: true }),
      Stream.runDrain
    )
  )
}

const withOfficial = async (host: string, records: number): Promise<void> => {
  const index = await sides.official(host)
  let next = 0
  const worker = async () => {
    while (next < records) {
      const from = next
      next += perRequest
      await index.upsert({
        records: Array.from(
          { length: perRequest },
          (_, i) => ({ id: idOf(from + i), values: Array.from(vectorOf(from + i, dimension)) })
        )
      })
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
}

/** A way to ask for the best ten, kept from query to query. */
const asking = async (host: string): Promise<(vector: Float32Array) => Promise<unknown>> => {
  if (isOfficial) {
    const index = await sides.official(host)
    return (vector) => index.query({ vector: Array.from(vector), topK: 10 })
  }
  const { index, runtime } = await sides.sdk("fetch", host)
  return (vector) => runtime.runPromise(index.query({ vector, topK: 10 }))
}

const asked = new Map<string, ReturnType<typeof asking>>()

export const answers = serve({
  /** Sends everything once: the seconds, and the most memory. */
  send: async ({ host, records }: { readonly host: string; readonly records: number }) => {
    const start = performance.now()
    await (isOfficial ? withOfficial : withSdk)(host, records)
    return { seconds: (performance.now() - start) / 1000, peak: peakMemory() }
  },
  /** The milliseconds of a query. */
  query: async ({ host, vector }: { readonly host: string; readonly vector: Float32Array }) => {
    if (!asked.has(host)) asked.set(host, asking(host))
    const ask = await asked.get(host)!
    const start = performance.now()
    await ask(vector)
    return performance.now() - start
  }
})
