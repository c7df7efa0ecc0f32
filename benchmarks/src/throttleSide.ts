/** One side of the benchmark of throttled writes, in a process of its own. */
import { throttle } from "./cases.js"
import { argument, serve } from "./side.js"
import * as sides from "./sides.js"

const { dimension, inFlight, perRequest } = throttle

const values = Array.from({ length: dimension }, (_, i) => i + 0.5)

const withSdk = async (url: string, seconds: number): Promise<void> => {
  const { index, runtime } = await sides.sdk("fetch", url)
  const Effect = await import("effect/Effect")
  const Stream = await import("effect/Stream")
  await runtime.runPromise(
    Stream.iterate(0, (n) => n + 1).pipe(
      Stream.map((n) => ({ id: `record-${n}`, values })),
      Stream.rechunk(1000),
      (records) => index.upsertAll(records, { batchSize: perRequest, maxConcurrency: inFlight }),
      Effect.timeoutOption(`${seconds} seconds`)
    )
  )
}

const withOfficial = async (url: string, seconds: number): Promise<void> => {
  const index = await sides.official(url)
  const until = performance.now() + seconds * 1000
  let next = 0
  const worker = async () => {
    while (performance.now() < until) {
      const records = Array.from({ length: perRequest }, () => ({ id: `record-${next++}`, values }))
      // It does not retry what is refused with 429: the batch is lost to who does not do so himself.
      await index.upsert({ records }).catch(() => {})
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
}

export const answers = serve({
  send: ({ seconds, url }: { readonly url: string; readonly seconds: number }) =>
    (argument(0) === "sdk" ? withSdk : withOfficial)(url, seconds)
})
