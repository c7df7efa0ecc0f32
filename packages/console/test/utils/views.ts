/** Every view of the console on the documents of `pnpm console`, as it is shown in a picture. */
import type { Browser, Page } from "playwright-core"

/** Waits until the page says something. */
const see = (page: Page, text: string | RegExp): Promise<void> => page.getByText(text).first().waitFor()

/** How wide and high a page is, and whether it is light or dark. */
export interface Look {
  readonly width: number
  readonly height: number
  readonly scheme: "light" | "dark"
}

export const looks: ReadonlyArray<Look> = [
  { width: 1200, height: 860, scheme: "light" },
  { width: 1200, height: 860, scheme: "dark" },
  { width: 800, height: 860, scheme: "light" },
  { width: 390, height: 844, scheme: "light" }
]

/** A new page, which shares nothing with others. */
export const openWith = async (browser: Browser, { height, scheme, width }: Look): Promise<Page> => {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme })
  context.setDefaultTimeout(30_000)
  return context.newPage()
}

/** The addresses of servers: with the documents, with an index that is empty, with none, and one that wants a key. */
export interface Servers {
  readonly full: string
  readonly empty: string
  readonly none: string
  readonly guarded: string
}

const map = async (page: Page, url: string): Promise<void> => {
  await page.goto(`${url}/#/indexes/fiori-titles/map`)
  await page.getByRole("button", { name: "Make the map" }).click()
  await page.getByLabel("Colour by").selectOption("source")
  await page.locator(".legend").waitFor()
}

/** The view in the documentation. */
export const documented = async (page: Page, url: string): Promise<void> => {
  await map(page, url)
  await page.getByRole("application").focus()
  await page.keyboard.press("ArrowLeft")
  await page.locator(".chosen h2").waitFor()
  await page.getByRole("application").blur()
}

const searched = async (page: Page, text: string): Promise<void> => {
  await page.getByRole("searchbox").first().fill(text)
  await page.getByRole("button", { name: "Search", exact: true }).first().click()
  await see(page, /^\d+ results$/)
}

/** Each view, by the name of its picture. */
export const views: { readonly [name: string]: (page: Page, servers: Servers) => Promise<unknown> } = {
  "indexes": async (page, { full }) => {
    await page.goto(full)
    await see(page, "200")
  },
  "namespaces": async (page, { full }) => {
    await page.goto(`${full}/#/indexes/fiori-pages/namespaces`)
    await see(page, "Dimension")
  },
  "browse": async (page, { full }) => {
    await page.goto(`${full}/#/indexes/fiori-titles/browse`)
    await see(page, /Page 1/)
    await page.locator("table.records button.link").first().click()
  },
  "search-text": async (page, { full }) => {
    await page.goto(`${full}/#/indexes/fiori-meaning/search`)
    await searched(page, "change the colours of my app")
  },
  "search-two": async (page, { full }) => {
    await page.goto(`${full}/#/indexes/fiori-titles/search`)
    await page.getByLabel("Two searches side by side").check()
    await searched(page, "deploy to the cloud")
    await page.getByRole("button", { name: "Add condition" }).first().click()
    await page.getByLabel("Field").first().fill("source")
    await page.getByLabel("Value").first().fill("Sapui5")
  },
  "search-example": async (page, { full }) => {
    await page.goto(`${full}/#/indexes/fiori-pages/browse`)
    await see(page, /Page 1/)
    await page.locator("table.records button.link").first().click()
    await page.getByRole("link", { name: "Search for similar" }).click()
    await see(page, /^\d+ results$/)
    await page.locator(".hits button.link").first().click()
  },
  "map": (page, { full }) => documented(page, full),
  "map-steps": async (page, { full }) => {
    await map(page, full)
    await page.getByLabel("Colour by").selectOption("words")
    await page.getByRole("application").hover({ position: { x: 300, y: 300 } })
  },
  "jobs": async (page, { full }) => {
    await page.goto(`${full}/#/indexes/fiori-pages/jobs`)
    await see(page, "first-backup")
  },
  "requests": async (page, { full }) => {
    await page.goto(`${full}/#/indexes/fiori-meaning/search`)
    await searched(page, "change the colours of my app")
    await page.getByText("Requests, as code and as curl").click()
    await page.getByText("Search by", { exact: false }).last().click()
  },
  "no-indexes": async (page, { none }) => {
    await page.goto(none)
    await see(page, "There are no indexes yet.")
  },
  "empty-namespaces": async (page, { empty }) => {
    await page.goto(`${empty}/#/indexes/empty/namespaces`)
    await see(page, "This index has no records yet.")
  },
  "empty-browse": async (page, { empty }) => {
    await page.goto(`${empty}/#/indexes/empty/browse`)
    await see(page, "This namespace has no records.")
  },
  "empty-search": async (page, { full }) => {
    await page.goto(`${full}/#/indexes/fiori-pages/search`)
    await page.getByLabel("Search by").selectOption({ label: "Example (the id of a record)" })
    await page.getByRole("searchbox").fill("no-such-id")
    await page.getByRole("button", { name: "Search", exact: true }).click()
    await see(page, "No record matches")
  },
  "empty-map": async (page, { empty }) => {
    await page.goto(`${empty}/#/indexes/empty/map`)
    await page.getByRole("button", { name: "Make the map" }).click()
    await see(page, "This namespace has no dense vectors")
  },
  "empty-jobs": async (page, { empty }) => {
    await page.goto(`${empty}/#/indexes/empty/jobs`)
    await see(page, "No import has run")
  },
  "wrong-query": async (page, { full }) => {
    await page.goto(`${full}/#/indexes/fiori-titles/search`)
    await page.getByLabel("Search by").selectOption({ label: "Query string" })
    await page.getByRole("searchbox").fill("title:(")
    await page.getByRole("button", { name: "Search", exact: true }).click()
    await page.getByRole("alert").waitFor()
  },
  "missing-index": async (page, { full }) => {
    await page.goto(`${full}/#/indexes/missing/browse`)
    await page.getByRole("alert").waitFor()
  },
  "server-gone": async (page, { full }) => {
    await page.goto(full)
    await see(page, "200")
    await page.route("**/console/api/**", (route) => route.abort("connectionrefused"))
    await page.getByRole("link", { name: "fiori-pages" }).click()
    await page.getByRole("alert").waitFor()
  },
  "key": async (page, { guarded }) => {
    await page.goto(guarded)
    await page.getByLabel("Key", { exact: true }).waitFor()
  },
  "key-refused": async (page, { guarded }) => {
    await page.goto(guarded)
    await page.getByLabel("Key", { exact: true }).fill("another")
    await page.getByRole("button", { name: "Open" }).click()
    await page.getByRole("alert").waitFor()
  }
}
