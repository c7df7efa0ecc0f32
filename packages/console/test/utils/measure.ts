/** How fast the console is, in a Chromium: what it paints, what it asks for, and the longest tasks of its page. */
import * as Effect from "effect/Effect"
import type { Page } from "playwright-core"
import { browser } from "./chromium.js"

/** The longest task of the page's thread, in milliseconds: of the processor's time, and of the time that passed. */
export interface Longest {
  readonly processor: number
  /** The time that passed depends on what else the machine does. */
  readonly passed: number
}

/** What was measured, times in milliseconds. */
export interface Measured {
  /** From the opening of a page of records to the first paint, and to the records. */
  readonly paint: number
  readonly usable: number
  readonly start: Longest
  /** From the wish for a map to its points. */
  readonly map: number
  readonly making: Longest
  /** While the points get colours, are pointed at, and are gone through by keyboard. */
  readonly using: Longest
  readonly requests: number
  /** The bytes of the largest request or answer, as they were sent. */
  readonly largest: number
}

/** What is opened: an index with one namespace and a text field. */
export interface At {
  readonly url: string
  readonly index: string
  readonly namespace: string
  readonly field: string
  /** How many points the map has at most: one of the numbers that the page offers. */
  readonly points: number
}

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

/** What the page marks its own thread with: the browser has pages of its own beside it. */
const mark = "the thread of the page"

/** The longest task of the page's own thread while something is done. */
const longestTask = async (page: Page, run: () => Promise<void>): Promise<Longest> => {
  const session = await page.context().browser()!.newBrowserCDPSession()
  const events: Array<TraceEvent> = []
  session.on("Tracing.dataCollected", ({ value }) => {
    for (const event of value) if (isTrace(event)) events.push(event)
  })
  await session.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: { includedCategories: ["toplevel", "blink.user_timing"], excludedCategories: ["*"] }
  })
  await run()
  await page.evaluate((mark) => performance.mark(mark), mark)
  const complete = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve))
  await session.send("Tracing.end")
  await complete
  await session.detach()
  const own = events.find(({ name }) => name === mark)
  const tasks = events.filter(({ name, ph, pid, tid }) =>
    ph === "X" && name.includes("RunTask") && pid === own?.pid && tid === own.tid
  )
  if (tasks.length === 0) return Promise.reject(new Error("the browser has traced no task of the page"))
  const most = (time: (event: TraceEvent) => number | undefined) =>
    tasks.reduce((most, event) => Math.max(most, time(event) ?? 0), 0) / 1_000
  return { processor: most(({ tdur }) => tdur), passed: most(({ dur }) => dur) }
}

const use = async (page: Page, field: string): Promise<void> => {
  await page.getByLabel("Colour by").selectOption(field)
  await page.waitForSelector(".legend")
  const canvas = page.getByRole("application")
  for (const x of [0.3, 0.4, 0.5, 0.6]) {
    const { height, width } = (await canvas.boundingBox())!
    await canvas.hover({ position: { x: x * width, y: height / 2 } })
  }
  await canvas.focus()
  for (const key of ["ArrowLeft", "ArrowRight", "ArrowDown"]) await page.keyboard.press(key)
  await page.waitForSelector(".chosen h2")
}

/** Opens records and a map in a browser of its own, which has nothing in its cache. */
export const measure = ({ field, index, namespace, points, url }: At): Effect.Effect<Measured> =>
  Effect.flatMap(browser, (opened) =>
    Effect.promise(async () => {
      const page = await opened.newPage()
      let [largest, requests] = [0, 0]
      page.on("requestfinished", async (request) => {
        requests++
        const { requestBodySize, responseBodySize } = await request.sizes()
        largest = Math.max(largest, requestBodySize, responseBodySize)
      })
      let [paint, usable, map] = [0, 0, 0]
      const start = await longestTask(page, async () => {
        await page.goto(`${url}/#/indexes/${index}/browse?ns=${namespace}`)
        await page.waitForSelector("table.records")
        usable = await page.evaluate(() => performance.now())
        paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN)
      })
      await page.click("text=Next")
      await page.waitForSelector("text=Page 2")
      await page.goto(`${url}/#/indexes/${index}/map?ns=${namespace}`)
      await page.getByLabel("Points").selectOption(String(points))
      const making = await longestTask(page, async () => {
        const started = performance.now()
        await page.click("text=Make the map")
        await page.waitForSelector("canvas", { timeout: 300_000 })
        map = performance.now() - started
      })
      const using = await longestTask(page, () => use(page, field))
      return { paint, usable, start, map, making, using, requests, largest }
    })).pipe(Effect.scoped)
