/**
 * One side of the benchmark of Parquet files, run as a process of its own: sends everything once, and prints the seconds and
 * the most memory.
 */
import * as Upsert from "@effect-pinecone/arrow/Upsert"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Pinecone as Official } from "@pinecone-database/pinecone"
import { PineconeHttpClient, VectorIndex } from "effect-pinecone"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { peakMemory } from "./machine.js"
import { dimension, inFlight, officialBatch, records } from "./parquetCase.js"
import { idOf, vectorOf } from "./vectors.js"

const withSdk = (url: string, folder: string): Promise<void> =>
  Effect.gen(function*() {
    const index = yield* VectorIndex.make({ name: "sink" })
    yield* Upsert.upsertParquet(index, folder, { concurrency: inFlight })
  }).pipe(
    Effect.provide(
      PineconeHttpClient.layer({ apiKey: Redacted.make("none"), controllerHost: url }).pipe(
        Layer.provide(NodeHttpClient.layerUndici)
      )
    ),
    Effect.provide(NodeContext.layer),
    Effect.runPromise
  )

const withOfficial = async (url: string): Promise<void> => {
  const index = new Official({ apiKey: "none", controllerHostUrl: url }).index("sink")
  let next = 0
  const worker = async () => {
    while (next < records) {
      const from = next
      next += officialBatch
      await index.upsert({
        records: Array.from(
          { length: officialBatch },
          (_, i) => ({ id: idOf(from + i), values: Array.from(vectorOf(from + i, dimension)) })
        )
      })
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
}

/** What a side is measured by. */
export interface Measured {
  readonly seconds: number
  readonly peak: number
}

const sides = { sdk: withSdk, official: withOfficial }

export type Side = keyof typeof sides

const runSide = async (side: Side, url: string, folder: string): Promise<void> => {
  const start = performance.now()
  await sides[side](url, folder)
  const measured: Measured = {
    seconds: (performance.now() - start) / 1000,
    peak: peakMemory()
  }
  console.log(JSON.stringify(measured))
}

const [, , side, url, folder] = process.argv
if ((side === "sdk" || side === "official") && url !== undefined && folder !== undefined) {
  await runSide(side, url, folder)
}
