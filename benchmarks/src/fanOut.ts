/**
 * One query over 200 namespaces, each of which takes 20 ms to answer, with 50 in flight: beside what these waits come to at
 * least, and beside the official client in a pool of promises (it has no such query of its own).
 */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpClient from "@effect/platform/HttpClient"
import { Pinecone as Official } from "@pinecone-database/pinecone"
import { PineconeHttpClient, VectorIndex } from "effect-pinecone"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { machine, versions } from "./machine.js"
import * as SinkServer from "./sinkServer.js"
import { median } from "./vectors.js"

const namespaces = Array.from({ length: 200 }, (_, i) => `namespace-${i}`)
const dimension = 384
const delay = 20
const inFlight = 50
const rounds = 15
const topK = 10

const vector = Float32Array.from({ length: dimension }, (_, i) => Math.sin(i))

/** The time of each round but the first ones, which open the connections and warm the code up. */
const timed = async (run: () => Promise<unknown>): Promise<number> => {
  const times: Array<number> = []
  for (let round = 0; round < rounds + 25; round++) {
    const start = performance.now()
    await run()
    if (round >= 25) times.push(performance.now() - start)
  }
  return median(times)
}

const withSdk = (url: string, client: Layer.Layer<HttpClient.HttpClient>): Promise<number> =>
  Effect.gen(function*() {
    const index = yield* VectorIndex.make({ name: "sink" })
    return yield* Effect.promise(() =>
      timed(() => Effect.runPromise(index.queryNamespaces({ namespaces, vector, topK, concurrency: inFlight })))
    )
  }).pipe(
    Effect.provide(PineconeHttpClient.layer({ apiKey: Redacted.make("none"), controllerHost: url })),
    Effect.provide(client),
    Effect.runPromise
  )

const withOfficial = (url: string): Promise<number> => {
  const index = new Official({ apiKey: "none", controllerHostUrl: url }).index("sink")
  const values = Array.from(vector)
  return timed(async () => {
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
  })
}

/** Runs the benchmark. */
export const run = async (): Promise<void> => {
  console.log(`${machine()}, ${versions("effect", "@effect/platform", "@pinecone-database/pinecone")}`)
  const server = await SinkServer.start({ delay, dimension })
  const ideal = Math.ceil(namespaces.length / inFlight) * delay
  const sdk = await withSdk(server.url, NodeHttpClient.layerUndici)
  const sdkOverFetch = await withSdk(server.url, FetchHttpClient.layer)
  const official = await withOfficial(server.url)
  server.stop()
  console.log(
    `\nFan-out: ${namespaces.length} namespaces of ${delay} ms each, ${inFlight} in flight, over HTTP (median of ${rounds})`
  )
  console.log(`  this SDK, undici ${sdk.toFixed(0)} ms`)
  console.log(`  this SDK, fetch  ${sdkOverFetch.toFixed(0)} ms`)
  console.log(`  official client  ${official.toFixed(0)} ms`)
  console.log(`  the waits alone  ${ideal} ms`)
  console.log(
    `  ratio            ${(sdk / ideal).toFixed(2)} of the waits, ${(sdk / official).toFixed(2)} of the official client`
  )
}
