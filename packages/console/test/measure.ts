/**
 * Measures the console against 100,000 records: `tsx packages/console/test/measure.ts [records]`. It prints when the page is
 * first painted, the largest answer, and the longest task of the page while a map of 20,000 points is made.
 */
import * as PineconeLocal from "@effect-pinecone/local/PineconeLocal"
import { ControlPlane, Indexes, Pinecone, VectorIndex } from "effect-pinecone"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { buildPage } from "../page/build.js"
import { browser } from "./utils/chromium.js"

const total = Number(process.argv[2] ?? 100_000)

const dimension = 384

const topics = ["history", "travel", "cooking", "music", "science"]

/** Vectors around a centre for each topic. */
const record = (i: number) => {
  const topic = i % topics.length
  const values = new Float32Array(dimension)
  for (let d = 0; d < dimension; d++) values[d] = Math.sin(topic * 7 + d) + Math.sin(i * 0.37 + d * d) * 0.8
  return {
    id: `record-${String(i).padStart(6, "0")}`,
    values,
    metadata: { topic: topics[topic]!, year: 1950 + i % 75, title: `Title number ${i} about ${topics[topic]}` }
  }
}

const fill = Effect.gen(function*() {
  const indexes = yield* Indexes.Indexes
  const { host } = yield* indexes.ensure({ name: "large", dimension, metric: "cosine" })
  const index = yield* VectorIndex.make({ host })
  yield* index.upsertAll(Stream.map(Stream.range(0, total - 1), record), { namespace: "all" })
})

declare global {
  interface Window {
    longest: number
  }
}

const main = Effect.gen(function*() {
  const bytes = yield* Effect.promise(() => buildPage())
  const { url } = yield* PineconeLocal.serve({ port: 0 })
  yield* fill.pipe(
    Effect.provide(ControlPlane.layer),
    Effect.provide(Pinecone.layer({ apiKey: Redacted.make("none"), controllerHost: url }))
  )
  const opened = yield* browser
  const measured = yield* Effect.promise(async () => {
    const page = await opened.newPage()
    let [largest, requests] = [0, 0]
    page.on("requestfinished", async (request) => {
      requests++
      largest = Math.max(largest, (await request.sizes()).responseBodySize)
    })
    await page.addInitScript(() => {
      window.longest = 0
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration)
      }).observe({ entryTypes: ["longtask"] })
    })
    await page.goto(`${url}/#/indexes/large/browse?ns=all`)
    await page.waitForSelector("table.records")
    const [paint] = await page.evaluate(() =>
      performance.getEntriesByName("first-contentful-paint").map(({ startTime }) => startTime)
    )
    const usable = await page.evaluate(() => performance.now())
    const atStart = await page.evaluate(() => window.longest)
    await page.click("text=Next")
    await page.goto(`${url}/#/indexes/large/map?ns=all`)
    await page.getByLabel("Points").selectOption("20000")
    await page.evaluate(() => window.longest = 0)
    const started = Date.now()
    await page.click("text=Make the map")
    await page.waitForSelector("canvas", { timeout: 120_000 })
    const map = Date.now() - started
    await page.getByLabel("Colour by").selectOption("topic")
    await page.waitForSelector(".legend")
    await page.waitForTimeout(300)
    const longest = await page.evaluate(() => window.longest)
    await page.screenshot({ path: process.argv[3] ?? "/dev/null", type: "png" })
    return { paint, usable, atStart, map, longest, largest, requests }
  })
  console.log({ records: total, pageBytes: bytes, ...measured })
}).pipe(Effect.scoped)

await Effect.runPromise(main)
