/**
 * Measures the console against 100,000 records: `tsx packages/console/test/measure.ts [records] [picture.png]`. It prints when
 * the page is first painted and when its records are there, the largest answer, and the longest tasks of the page: at its
 * start, and while a map of 20,000 points is made. Of a task it prints the processor's time beside the time that passed, which
 * depends on what else the machine does.
 */
import * as PineconeLocal from "@effect-pinecone/local/PineconeLocal"
import { ControlPlane, Indexes, Pinecone, VectorIndex } from "effect-pinecone"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { loadavg } from "node:os"
import type { Browser } from "playwright-core"
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

interface TraceEvent {
  readonly name: string
  readonly ph: string
  readonly pid: number
  readonly tid: number
  /** In microseconds: the time that passed, and the processor's. */
  readonly dur?: number
  readonly tdur?: number
}

const isTrace = (value: unknown): value is TraceEvent => typeof value === "object" && value !== null && "tid" in value

/** The longest task of the page's own thread while something is done, in milliseconds. */
const longestTask = async (browser: Browser, run: () => Promise<void>) => {
  const session = await browser.newBrowserCDPSession()
  const events: Array<TraceEvent> = []
  session.on("Tracing.dataCollected", ({ value }) => {
    for (const event of value) if (isTrace(event)) events.push(event)
  })
  await session.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: { includedCategories: ["toplevel", "devtools.timeline", "v8"], excludedCategories: ["*"] }
  })
  await run()
  const complete = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve))
  await session.send("Tracing.end")
  await complete
  await session.detach()
  // The thread of the page is the one that lays it out.
  const own = events.find(({ name }) => name === "UpdateLayoutTree" || name === "Layout")
  const tasks = events.filter(({ name, ph, pid, tid }) =>
    ph === "X" && name.includes("RunTask") && pid === own?.pid && tid === own.tid
  )
  const most = (time: (event: TraceEvent) => number | undefined) =>
    Math.round(Math.max(0, ...tasks.map((event) => time(event) ?? 0)) / 1_000)
  return { processor: most(({ tdur }) => tdur), passed: most(({ dur }) => dur) }
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
    let [paint, usable, map] = [0, 0, 0]
    const start = await longestTask(opened, async () => {
      await page.goto(`${url}/#/indexes/large/browse?ns=all`)
      await page.waitForSelector("table.records")
      usable = Math.round(await page.evaluate(() => performance.now()))
      paint = await page.evaluate(() =>
        Math.round(performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN)
      )
    })
    await page.click("text=Next")
    await page.goto(`${url}/#/indexes/large/map?ns=all`)
    await page.getByLabel("Points").selectOption("20000")
    const making = await longestTask(opened, async () => {
      const started = Date.now()
      await page.click("text=Make the map")
      await page.waitForSelector("canvas", { timeout: 300_000 })
      map = Date.now() - started
      await page.getByLabel("Colour by").selectOption("topic")
      await page.waitForSelector(".legend")
    })
    await page.screenshot({ path: process.argv[3] ?? "/dev/null", type: "png" })
    return { paint, usable, start, map, making, largest, requests }
  })
  console.log({ records: total, pageBytes: bytes, load: loadavg()[0], ...measured })
}).pipe(Effect.scoped)

await Effect.runPromise(main)
