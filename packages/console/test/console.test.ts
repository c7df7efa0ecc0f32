/**
 * The views of the console in a real browser. They run where a Chromium is installed (`CHROMIUM_PATH`, or where Debian and
 * others have it), and are skipped with a word elsewhere.
 */
import * as PineconeLocal from "@effect-pinecone/local/PineconeLocal"
import { assert, describe, layer } from "@effect/vitest"
import {
  Backups,
  BackupSchedules,
  ControlPlane,
  DocumentIndex,
  Indexes,
  IndexSchema,
  Pinecone,
  VectorIndex
} from "effect-pinecone"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { Page } from "playwright-core"
import * as Console from "../src/Console.js"
import { browser, executablePath } from "./utils/chromium.js"
import type { Opened } from "./utils/pages.js"
import { accessible, openIn, see } from "./utils/pages.js"

if (executablePath === undefined) {
  console.log(
    "No Chromium is installed: the views of the console are not tested. CHROMIUM_PATH can say where there is one."
  )
}

const key = "pc-key-that-nobody-sees"

const dimension = 8

const topics = ["history", "travel", "music"]

/** 45 records around a centre for each topic; `en` has more than two pages of them. */
const articles = Array.from({ length: 45 }, (_, i) => ({
  id: `article-${String(i).padStart(2, "0")}`,
  values: Float32Array.from({ length: dimension }, (_, d) => (d % 3 === i % 3 ? 1 : 0.1) + Math.sin(i + d) * 0.1),
  metadata: {
    topic: topics[i % 3]!,
    year: 1960 + i,
    title: `Article ${i} about ${topics[i % 3]}`,
    tags: ["short", "old"]
  }
}))

const lighthouses = {
  a: "Why lighthouses blink at night",
  b: "A lighthouse keeper and his dog",
  c: "Bread without yeast"
}

const fill = Effect.gen(function*() {
  const indexes = yield* Indexes.Indexes
  const { host } = yield* indexes.ensure({ name: "articles", dimension, metric: "cosine" })
  const index = yield* VectorIndex.make({ host })
  yield* index.upsert(articles.slice(0, 42), { namespace: "en" })
  yield* index.upsert(articles.slice(42), { namespace: "de" })
  yield* index.startImport({ uri: "file:///no-such-folder" })
  yield* indexes.ensure({ name: "empty", dimension, metric: "euclidean" })
  const texts = yield* DocumentIndex.make({
    name: "texts",
    fields: {
      body: IndexSchema.text({ language: "en", stemming: true }),
      place: IndexSchema.denseVector({ dimension: 2 })
    },
    metadata: Schema.Struct({ year: Schema.Number })
  })
  yield* indexes.ensure({ name: "texts", schema: texts.schema })
  yield* texts.upsert(
    Object.entries(lighthouses).map(([_id, body], i) => ({ _id, body, place: [1, i], year: 2000 + i }))
  )
  const meanings = yield* indexes.createForModel({
    name: "meanings",
    cloud: "aws",
    region: "us-east-1",
    embed: { model: "universal-sentence-encoder-lite", fieldMap: { text: "sentence" } }
  })
  const sentences = yield* VectorIndex.make({ host: meanings.host })
  yield* sentences.upsertRecords([
    { id: "ship", fields: { sentence: "The ship left the harbour." } },
    { id: "cake", fields: { sentence: "She baked a cake." } }
  ])
  const backups = yield* Backups.Backups
  yield* backups.create("articles", { name: "before-the-move" })
  const schedules = yield* BackupSchedules.BackupSchedules
  yield* schedules.create("articles", { name: "nightly", frequency: "daily", expireAfterDays: 14 })
}).pipe(Effect.provide(ControlPlane.layer))

const clientOf = (url: string, apiKey = "none") =>
  Pinecone.layer({ apiKey: Redacted.make(apiKey), controllerHost: url })

class Views extends Context.Tag("test/Views")<Views, {
  /** The embedded server with data. */
  readonly url: string
  /** A new page, which shares nothing with others. */
  readonly open: (url: string) => Effect.Effect<Opened>
}>() {
  static readonly layer = Layer.scoped(
    Views,
    Effect.gen(function*() {
      const { url } = yield* PineconeLocal.serve({ port: 0, console: "write", importRoot: "/" })
      yield* Effect.provide(fill, clientOf(url))
      const opened = yield* browser
      return { url, open: openIn(opened) }
    })
  )
}

/** A view of the server with data, looked at by a test, at whose end nothing may have gone wrong. */
const view = (path: string, look: (page: Page) => Promise<void>) =>
  Effect.gen(function*() {
    const { open, url } = yield* Views
    const { complaints, page } = yield* open(`${url}/#${path}`)
    yield* Effect.promise(() => look(page))
    yield* Effect.promise(() => accessible(page))
    assert.deepStrictEqual(complaints, [])
    yield* Effect.promise(() => page.context().close())
  })

describe.skipIf(executablePath === undefined)("the console in Chromium", () => {
  layer(Views.layer, { excludeTestServices: true })((it) => {
    it.effect("lists the indexes, and opens one by keyboard", () =>
      view("/", async (page) => {
        const row = page.getByRole("row", { name: /articles/ })
        await see(row, "45")
        assert.match(await row.innerText(), /dense vectors\s+8\s+cosine\s+45\s+aws us-east-1\s+Ready/)
        assert.match(
          await page.getByRole("row", { name: /documents/ }).innerText(),
          /texts\s+documents\s+2\s+cosine\s+3/
        )
        await see(page, "Can write")
        await page.getByRole("link", { name: "articles" }).focus()
        await page.keyboard.press("Enter")
        await page.getByRole("heading", { name: "articles Namespaces" }).waitFor()
        assert.strictEqual(await page.evaluate(() => document.activeElement?.tagName), "H1")
        assert.strictEqual(await page.title(), "articles – Pinecone console")
      }))

    it.effect("shows namespaces and their numbers", () =>
      view("/indexes/articles/namespaces", async (page) => {
        await see(page, "Dimension")
        const rows = page.getByRole("table").getByRole("row")
        assert.match(await rows.nth(1).innerText(), /en\s+42/)
        assert.match(await rows.nth(2).innerText(), /de\s+3/)
        await page.getByRole("link", { name: "de", exact: true }).click()
        await see(page, "Page 1: 3 records")
      }))

    it.effect("browses records page by page, with sparklines and metadata", () =>
      view("/indexes/articles/browse?ns=en", async (page) => {
        await see(page, "Page 1: 20 records")
        assert.match(await page.getByRole("img").first().getAttribute("aria-label") ?? "", /^8 numbers: /)
        await page.getByRole("button", { name: "Next" }).click()
        await see(page, "Page 2: 20 records")
        await page.getByRole("button", { name: "Next" }).click()
        await see(page, "Page 3: 2 records")
        assert.isTrue(await page.getByRole("button", { name: "Next" }).isDisabled())
        await page.getByRole("button", { name: "article-41" }).click()
        const fields = page.getByRole("table", { name: "Metadata of article-41" })
        assert.match(await fields.getByRole("row", { name: /year/ }).innerText(), /number\s+2001/)
        assert.match(await fields.getByRole("row", { name: /tags/ }).innerText(), /list\s+short, old/)
        await page.getByRole("button", { name: "Previous" }).click()
        await see(page, "Page 2: 20 records")
        await page.getByLabel("Ids that begin with").fill("article-3")
        await page.keyboard.press("Enter")
        await see(page, "Page 1: 10 records")
        await page.getByLabel("Ids that begin with").fill("nothing")
        await page.keyboard.press("Enter")
        await see(page, "No id begins with \"nothing\".")
      }))

    it.effect("deletes a record where it may write, after asking", () =>
      view("/indexes/articles/browse?ns=de", async (page) => {
        await page.getByRole("button", { name: "article-44" }).click()
        await page.getByRole("button", { name: "Delete…" }).click()
        await page.getByRole("button", { name: "Yes, delete" }).click()
        await see(page, "Page 1: 2 records")
        assert.strictEqual(await page.getByText("article-44").count(), 0)
      }))

    it.effect("searches by an example, with a filter that it completes", () =>
      view("/indexes/articles/search?ns=en", async (page) => {
        await page.getByLabel("Search by").selectOption({ label: "Example (the id of a record)" })
        await page.getByRole("searchbox").fill("article-03")
        await page.getByRole("button", { name: "Add condition" }).click()
        const offered = await page.locator("datalist").first().locator("option").evaluateAll((options) =>
          options.map((option) => (option as HTMLOptionElement).value)
        )
        assert.deepStrictEqual(offered, ["tags", "title", "topic", "year"])
        await page.getByLabel("Field").fill("topic")
        assert.deepStrictEqual(
          await page.locator("datalist").nth(1).locator("option").evaluateAll((options) =>
            options.map((option) => (option as HTMLOptionElement).value)
          ),
          ["history", "music", "travel"]
        )
        await page.getByLabel("Value").fill("music")
        await page.getByLabel("Results").fill("5")
        await page.getByRole("button", { name: "Search", exact: true }).click()
        await see(page, "5 results")
        const hits = await page.locator(".hits > li").allInnerTexts()
        for (const hit of hits) assert.match(hit, /score\s*\d\.\d{4}[\s\S]*topic music/)
      }))

    it.effect("searches by a vector, and says what is wrong with one", () =>
      view("/indexes/articles/search?ns=en", async (page) => {
        await page.getByLabel("Search by").selectOption({ label: "Vector" })
        const search = async (vector: string) => {
          await page.getByRole("textbox", { name: "Vector" }).fill(vector)
          await page.getByRole("button", { name: "Search", exact: true }).click()
        }
        await search("1, 2")
        await see(page.getByRole("alert"), "The vector must have 8 numbers")
        await search("1, 2, x, 4, 5, 6, 7, 8")
        await see(page.getByRole("alert"), "got \"x\" at place 3")
        await search("[1, 0, 0, 1, 0, 0, 1, 0]")
        await see(page, "10 results")
      }))

    it.effect("searches documents by text and by query string side by side, and marks the words", () =>
      view("/indexes/texts/search", async (page) => {
        await page.getByLabel("Two searches side by side").check()
        const first = page.getByRole("region", { name: "First search" })
        const second = page.getByRole("region", { name: "Second search" })
        await first.getByRole("searchbox").fill("lighthouse")
        await first.getByRole("button", { name: "Search", exact: true }).click()
        await see(first, "2 results")
        assert.sameMembers(await first.locator("mark").allInnerTexts(), ["lighthouses", "lighthouse"])
        await second.getByLabel("Search by").selectOption({ label: "Query string" })
        await second.getByRole("searchbox").fill("body:(lighthouse AND NOT dog)")
        await second.getByRole("button", { name: "Search", exact: true }).click()
        await see(second, "1 result")
        assert.deepStrictEqual(await second.locator("mark").allInnerTexts(), ["lighthouses"])
        await second.getByRole("searchbox").fill("body:(")
        await second.getByRole("button", { name: "Search", exact: true }).click()
        await second.getByRole("alert").waitFor()
        await see(first, "2 results")
      }))

    it.effect("searches by a text that the index embeds", () =>
      view("/indexes/meanings/search", async (page) => {
        await page.getByRole("searchbox").fill("a boat at sea")
        await page.getByRole("button", { name: "Search", exact: true }).click()
        await see(page, "2 results")
        assert.match(await page.locator(".hits > li").first().innerText(), /ship[\s\S]*sentence The ship left/)
      }))

    it.effect("draws a map, colours it by a field, and searches from a point", () =>
      view("/indexes/articles/map?ns=en", async (page) => {
        await page.getByRole("button", { name: "Make the map" }).click()
        const canvas = page.getByRole("application", { name: /Map of 42 records/ })
        await canvas.waitFor()
        await page.getByLabel("Colour by").selectOption("topic")
        assert.match(
          await page.getByRole("list", { name: "Colours by topic" }).innerText(),
          /history \(14\)[\s\S]*music \(14\)/
        )
        const colours = await canvas.evaluate((element) => {
          const canvas = element as HTMLCanvasElement
          const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height)
          const found = new Set<number>()
          for (let i = 0; i < data.length; i += 4) {
            if (data[i + 3]! > 200) found.add((data[i]! >> 4) * 256 + (data[i + 1]! >> 4) * 16 + (data[i + 2]! >> 4))
          }
          return found.size
        })
        assert.isAtLeast(colours, 3)
        await canvas.focus()
        await page.keyboard.press("ArrowLeft")
        await page.getByRole("table", { name: /Metadata of article-/ }).waitFor()
        const before = await page.locator(".chosen h2").innerText()
        await page.keyboard.press("ArrowRight")
        await page.keyboard.press("ArrowDown")
        const id = await page.locator(".chosen h2").innerText()
        assert.match(`${before} ${id}`, /^article-\d\d article-\d\d$/)
        await page.keyboard.press("Enter")
        await see(page, "10 results")
        assert.strictEqual(await page.getByRole("searchbox").inputValue(), id)
      }))

    it.effect("shows imports, backups and schedules", () =>
      view("/indexes/articles/jobs", async (page) => {
        const imports = page.getByRole("table", { name: "Imports", exact: true })
        await see(imports, "Failed")
        assert.match(await imports.innerText(), /file:\/\/\/no-such-folder/)
        await imports.getByRole("progressbar").waitFor()
        await see(page.getByRole("table", { name: "Backups" }), "before-the-move")
        const schedules = page.getByRole("table", { name: "Backup schedules" })
        await see(schedules, "nightly")
        assert.match(await schedules.innerText(), /daily\s+enabled\s+\d{4}-\d\d-\d\d \d\d:\d\d\s+14 days/)
        await see(page, "This index was not restored from a backup.")
      }))

    it.effect("shows its requests as code and as curl", () =>
      view("/indexes/articles/search?ns=en&id=article-03", async (page) => {
        await see(page, "10 results")
        const requests = page.getByRole("region", { name: "Requests" })
        await requests.getByText("Requests, as code and as curl").click()
        await requests.getByText("Search by Example").click()
        const [program, curl] = await requests.locator("pre").allInnerTexts()
        assert.include(program, "import { VectorIndex } from \"effect-pinecone\"")
        assert.include(program, "yield* index.query({\n    namespace: \"en\",\n    topK: 10,\n    id: \"article-03\",")
        assert.match(
          curl ?? "",
          /^curl -X POST 'http:\/\/127\.0\.0\.1:\d+\/query' \\\n {2}-H "Api-Key: \$PINECONE_API_KEY"/
        )
        assert.include(curl, "\"id\":\"article-03\"")
      }))

    it.effect("says where there is nothing, and what is not there", () =>
      view("/indexes/empty/namespaces", async (page) => {
        const show = (path: string) => page.evaluate((hash) => location.hash = hash, path)
        await see(page, "This index has no records yet.")
        await show("/indexes/empty/browse")
        await see(page, "This namespace has no records.")
        await show("/indexes/empty/jobs")
        await see(page, "No import has run in this index.")
        await show("/indexes/empty/map")
        await page.getByRole("button", { name: "Make the map" }).click()
        await see(page, "This namespace has no dense vectors")
        await show("/indexes/nothing/browse")
        await see(page.getByRole("alert"), "Index nothing not found")
        await show("/nothing")
        await see(page, "There is no such page")
        await show("/indexes/articles/search?ns=en")
        await page.getByRole("button", { name: "Search", exact: true }).click()
        await see(page.getByRole("alert"), "Type what to search for.")
        await page.getByRole("searchbox").fill("no-such-id")
        await page.getByRole("button", { name: "Search", exact: true }).click()
        await see(page, "No record matches.")
      }))

    it.effect("asks for a key, and keeps it in memory alone", () =>
      Effect.gen(function*() {
        const { open } = yield* Views
        const { url } = yield* PineconeLocal.serve({ port: 0, apiKeys: [Redacted.make(key)] })
        const { complaints, page } = yield* open(url)
        yield* Effect.promise(async () => {
          const type = async (text: string) => {
            await page.getByLabel("Key", { exact: true }).fill(text)
            await page.getByRole("button", { name: "Open" }).click()
          }
          await type("wrong")
          await see(page.getByRole("alert"), "The server does not accept this key.")
          await accessible(page)
          await type(key)
          await see(page, "There are no indexes yet.")
          await see(page, "Read-only")
          await page.getByText("Requests, as code and as curl").click()
          await page.getByText("List the indexes").first().click()
          const kept = await page.evaluate(() =>
            document.documentElement.outerHTML + JSON.stringify({ ...localStorage, ...sessionStorage }) +
            document.cookie + location.href
          )
          assert.include(kept, "$PINECONE_API_KEY")
          assert.notInclude(kept, key)
          await page.getByRole("button", { name: "Forget key" }).click()
          await page.getByLabel("Key", { exact: true }).waitFor()
          await type(key)
          await see(page, "There are no indexes yet.")
          await page.reload()
          await page.getByLabel("Key", { exact: true }).waitFor()
          await page.context().close()
        })
        assert.deepStrictEqual(complaints, [])
      }).pipe(Effect.scoped))

    it.effect("needs no key where its own server has it", () =>
      Effect.gen(function*() {
        const { open } = yield* Views
        const { url: target } = yield* PineconeLocal.serve({
          port: 0,
          apiKeys: [Redacted.make(key)],
          indexes: [{ name: "guarded", dimension: 2, metric: "cosine" }]
        })
        const { url } = yield* Console.serve({
          target: { controllerHost: target, apiKey: Redacted.make(key) },
          port: 0
        })
        const { complaints, page } = yield* open(url)
        yield* Effect.promise(async () => {
          await page.getByRole("link", { name: "guarded" }).click()
          await see(page, "This index has no records yet.")
          await see(page, target)
          assert.notInclude(await page.content(), key)
          await page.context().close()
        })
        assert.deepStrictEqual(complaints, [])
      }).pipe(Effect.scoped))
  })
})
