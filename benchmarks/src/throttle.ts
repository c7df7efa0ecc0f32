/**
 * Writing to an index that takes so many requests a second and refuses the others: how many of them get through, and how
 * many are refused. Beside it, the official client with as many requests in flight as the SDK may have, and its own retries.
 */
import { Pinecone as Official } from "@pinecone-database/pinecone"
import { Pinecone, VectorIndex } from "effect-pinecone"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { machine, versions } from "./machine.js"
import type { SinkOptions } from "./sinkServer.js"
import * as SinkServer from "./sinkServer.js"

const dimension = 8
const batch = 10
const inFlight = 16
const seconds = 20

const values = Array.from({ length: dimension }, (_, i) => i + 0.5)

const withSdk = (url: string): Promise<void> =>
  Effect.gen(function*() {
    const index = yield* VectorIndex.make({ name: "sink" })
    yield* Stream.iterate(0, (n) => n + 1).pipe(
      Stream.map((n) => ({ id: `record-${n}`, values })),
      Stream.rechunk(1000),
      (records) => index.upsertAll(records, { batchSize: batch, maxConcurrency: inFlight }),
      Effect.timeoutOption(`${seconds} seconds`)
    )
  }).pipe(
    Effect.provide(Pinecone.layer({ apiKey: Redacted.make("none"), controllerHost: url })),
    Effect.runPromise
  )

const withOfficial = async (url: string): Promise<void> => {
  // It keeps the host of an index for each key, for as long as the process runs.
  const index = new Official({ apiKey: url, controllerHostUrl: url }).index("sink")
  const until = performance.now() + seconds * 1000
  let next = 0
  const worker = async () => {
    while (performance.now() < until) {
      const records = Array.from({ length: batch }, () => ({ id: `record-${next++}`, values }))
      // It does not retry what is refused with 429: the batch is lost to who does not do so himself.
      await index.upsert({ records }).catch(() => {})
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
}

const cases: ReadonlyArray<SinkOptions & { readonly rate: number }> = [
  { rate: 20, burst: 5, delay: 20 },
  { rate: 100, burst: 10, delay: 5 },
  { rate: 100, burst: 100, delay: 5, retryAfter: 1 }
]

/** Runs the benchmark. */
export const run = async (): Promise<void> => {
  console.log(`${machine()}, ${versions("effect", "@effect/platform", "@pinecone-database/pinecone")}`)
  console.log(`\nThrottling: ${inFlight} requests in flight at most, for ${seconds} s each`)
  for (const options of cases) {
    const server = await SinkServer.start({ ...options, dimension })
    const measure = async (side: (url: string) => Promise<void>) => {
      await server.received()
      await side(server.url)
      const { accepted, refused } = await server.received()
      return {
        reached: accepted / (options.rate * seconds + (options.burst ?? 1)),
        refused: refused / (accepted + refused),
        accepted
      }
    }
    const percent = (share: number) => `${(share * 100).toFixed(1)} %`
    const sdk = await measure(withSdk)
    const official = await measure(withOfficial)
    server.stop()
    console.log(
      `  ${options.rate} requests a second, ${options.burst} at once, ${
        options.retryAfter === undefined ? "no Retry-After" : `Retry-After: ${options.retryAfter}`
      }`
    )
    console.log(
      `    this SDK         ${percent(sdk.reached)} of the rate, ${percent(sdk.refused)} of its requests refused`
    )
    console.log(
      `    official client  ${percent(official.reached)} of the rate, ${
        percent(official.refused)
      } of its requests refused`
    )
    console.log(`    ratio            ${(sdk.reached / official.reached).toFixed(2)} of the rate`)
  }
}
