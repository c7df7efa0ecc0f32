/**
 * Every view in every state. What stands in the table is what is seen:
 *
 * | state       | indexes | namespaces | browse | search | map | jobs |
 * |-------------|---------|------------|--------|--------|-----|------|
 * | with data   | the table | the table | a page of records | results | the map | the tables |
 * | without     | how to create one | no records yet | no records | no match | nothing to place | none has run |
 * | server gone | an error, and the view once it is back | … | … | … | … | … |
 * | 401         | an error | … | … | … | … | … |
 * | 404         |         | an error | … | … | … | … |
 * | with a key  | the form for it, then the view | … | … | … | … | … |
 *
 * `console.test.ts` looks at what the views do with data.
 */
import * as PineconeLocal from "@effect-pinecone/local/PineconeLocal"
import { assert, describe, layer } from "@effect/vitest"
import { ControlPlane, Indexes, Pinecone, VectorIndex } from "effect-pinecone"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as NodeHttp from "node:http"
import type { Page } from "playwright-core"
import * as Console from "../src/Console.js"
import { browser, executablePath } from "./utils/chromium.js"
import type { Opened } from "./utils/pages.js"
import { accessible, openIn, see, show } from "./utils/pages.js"

const key = "pc-key-that-nobody-sees"

class Opener extends Context.Tag("test/Opener")<Opener, (url: string) => Effect.Effect<Opened>>() {
  static readonly layer = Layer.scoped(Opener, Effect.map(browser, openIn))
}

/** A server that wants a key, with an index of three records and one without any. */
const guarded = Effect.gen(function*() {
  const { url } = yield* PineconeLocal.serve({ port: 0, apiKeys: [Redacted.make(key)] })
  const client = Pinecone.layer({ apiKey: Redacted.make(key), controllerHost: url })
  yield* Effect.gen(function*() {
    const indexes = yield* Indexes.Indexes
    const { host } = yield* indexes.ensure({ name: "few", dimension: 2, metric: "cosine" })
    yield* indexes.ensure({ name: "none", dimension: 2, metric: "cosine" })
    const index = yield* VectorIndex.make({ host })
    yield* index.upsert(["a", "b", "c"].map((id, i) => ({ id, values: [1, i], metadata: { year: 2000 + i } })))
  }).pipe(Effect.provide(ControlPlane.layer), Effect.provide(client))
  return url
})

const searchFor = async (page: Page, id: string) => {
  await page.getByLabel("Search by").selectOption({ label: "Example (the id of a record)" })
  await page.getByRole("searchbox").fill(id)
  await page.getByRole("button", { name: "Search", exact: true }).click()
}

const makeMap = (page: Page) => page.getByRole("button", { name: "Make the map" }).click()

/** How each view is asked for data, and what it shows then: with records, and without any. */
const views: {
  readonly [view: string]: {
    readonly ask: (page: Page) => Promise<void>
    readonly some: RegExp
    readonly none: RegExp
  }
} = {
  namespaces: { ask: async () => {}, some: /^\(default\)$/, none: /This index has no records yet/ },
  browse: { ask: async () => {}, some: /Page 1: 3 records/, none: /This namespace has no records/ },
  search: { ask: (page) => searchFor(page, "b"), some: /^3 results$/, none: /No record matches/ },
  map: { ask: makeMap, some: /^3 points\./, none: /no dense vectors, so there is nothing to place/ },
  jobs: { ask: async () => {}, some: /No import has run/, none: /No import has run/ }
}

/** Runs what a test does with a page, and closes it. Nothing may have gone wrong that is not seen. */
const within = (url: string, look: (page: Page) => Promise<void>) =>
  Effect.gen(function*() {
    const open = yield* Opener
    const { complaints, page } = yield* open(url)
    yield* Effect.promise(() => look(page))
    assert.deepStrictEqual(complaints, [])
    yield* Effect.promise(() => page.context().close())
  })

/** Whether what is in the page for good has the key. */
const isKept = (page: Page) =>
  page.evaluate(async (key) =>
    [
      document.documentElement.outerHTML,
      Array.from(document.querySelectorAll("input"), ({ value }) => value).join(" "),
      JSON.stringify({ ...localStorage, ...sessionStorage }),
      JSON.stringify([await indexedDB.databases(), await caches.keys(), history.state, name]),
      document.cookie,
      location.href,
      performance.getEntriesByType("resource").map(({ name }) => name).join(" ")
    ].join(" ").includes(key), key)

/** A request that the page has sent. */
interface Sent {
  readonly method: string
  readonly url: string
  readonly body: string
}

/** The status of the same request from a page of another origin, or from a name that was made to lead here. */
const statusOf = ({ body, method, url }: Sent, headers: NodeHttp.OutgoingHttpHeaders) =>
  Effect.promise(() =>
    new Promise<number | undefined>((resolve, reject) => {
      const request = NodeHttp.request(url, { method, headers: { "content-type": "application/json", ...headers } })
      request.on("response", (response) => {
        response.resume()
        resolve(response.statusCode)
      })
      request.on("error", reject)
      request.end(body)
    })
  )

describe.skipIf(executablePath === undefined)("each view of the console", () => {
  layer(Opener.layer, { excludeTestServices: true })((it) => {
    it.scoped(
      "asks for the key where one is needed, and then shows its records or that there are none",
      () =>
        Effect.gen(function*() {
          const url = yield* guarded
          for (const [view, { ask, none, some }] of Object.entries(views)) {
            yield* within(`${url}/#/indexes/few/${view}`, async (page) => {
              await page.getByLabel("Key", { exact: true }).fill(key)
              await page.keyboard.press("Enter")
              await ask(page)
              await see(page, some)
              await accessible(page)
              await show(page, `/indexes/none/${view}`)
              await page.getByRole("navigation", { name: "Views of none" }).waitFor()
              await ask(page)
              await see(page, none)
              await accessible(page)
              assert.isFalse(await isKept(page), view)
            })
          }
        }),
      240_000
    )

    it.scoped("says that the key of its server is refused", () =>
      Effect.gen(function*() {
        const target = yield* guarded
        const { url } = yield* Console.serve({
          target: { controllerHost: target, apiKey: Redacted.make("another-key") },
          port: 0
        })
        yield* within(url, async (page) => {
          for (const path of ["/", ...Object.keys(views).map((view) => `/indexes/few/${view}`)]) {
            await show(page, path)
            await see(page.getByRole("alert"), /was answered with 401/)
            assert.strictEqual(await page.getByRole("alert").count(), 1, path)
            await accessible(page)
            await show(page, "/no-such-page")
            await see(page, "There is no such page")
          }
          assert.notInclude(await page.content(), "another-key")
        })
      }), 120_000)

    it.scoped(
      "has no key that its own server has, and what each view asks for is refused to other origins",
      () =>
        Effect.gen(function*() {
          const target = yield* guarded
          const { url } = yield* Console.serve({
            target: { controllerHost: target, apiKey: Redacted.make(key) },
            port: 0
          })
          const sent = new Map<string, Sent>()
          yield* within(url, async (page) => {
            const said: Array<Promise<string>> = []
            page.on("console", (message) => said.push(Promise.resolve(message.text())))
            page.on("request", (request) => {
              const body = request.postData() ?? ""
              sent.set(`${request.method()} ${request.url()}`, { method: request.method(), url: request.url(), body })
              said.push(request.allHeaders().then((headers) => `${request.url()} ${body} ${JSON.stringify(headers)}`))
            })
            page.on("response", (response) => {
              said.push(response.allHeaders().then((headers) => JSON.stringify(headers)))
              said.push(response.text().catch(() => ""))
            })
            for (const [view, { ask, some }] of Object.entries(views)) {
              await show(page, `/indexes/few/${view}`)
              await ask(page)
              await see(page, some)
              await page.getByText("Requests, as code and as curl").click()
              assert.isFalse(await isKept(page), view)
              await page.getByText("Requests, as code and as curl").click()
            }
            assert.notInclude((await Promise.all(said)).join("\n"), key)
          })
          const asked = Array.from(sent.values()).filter(({ url }) => url.includes("/console/api/"))
          assert.isAtLeast(asked.length, 10)
          const { host, port } = new URL(url)
          for (const one of asked) {
            const others = [{ origin: "http://elsewhere.test" }, { origin: "null" }, { host: `rebound.test:${port}` }]
            for (const headers of others) {
              assert.strictEqual(yield* statusOf(one, headers), 403, `${one.method} ${one.url}`)
            }
            assert.notStrictEqual(yield* statusOf(one, { host, origin: url }), 403, `${one.method} ${one.url}`)
          }
        }),
      120_000
    )

    it.scoped("follows an address that changes before the page listens for it", () =>
      Effect.gen(function*() {
        const target = yield* guarded
        const { url } = yield* Console.serve({
          target: { controllerHost: target, apiKey: Redacted.make(key) },
          port: 0
        })
        yield* within(url, async (page) => {
          await page.addInitScript(() => {
            const add = window.addEventListener.bind(window)
            window.addEventListener = (type: string, listener: EventListenerOrEventListenerObject) => {
              if (type !== "hashchange") return add(type, listener)
              // The news of the change has passed when the page begins to listen.
              add(type, () => add(type, listener), { once: true })
              location.hash = "/no-such-page"
            }
          })
          await page.reload()
          await see(page, "There is no such page")
        })
      }), 120_000)

    it.scoped("says that an index is not there, by its name", () =>
      Effect.gen(function*() {
        const target = yield* guarded
        const { url } = yield* Console.serve({
          target: { controllerHost: target, apiKey: Redacted.make(key) },
          port: 0
        })
        yield* within(url, async (page) => {
          for (const view of Object.keys(views)) {
            await show(page, `/indexes/missing/${view}`)
            await see(page.getByRole("alert"), /missing not found/)
            assert.notInclude(await page.getByRole("alert").innerText(), "/console/api", view)
            await show(page, "/")
            await see(page, "few")
          }
          await show(page, "/indexes/few/browse?ns=elsewhere")
          await see(page, "This namespace has no records.")
          assert.match(
            await page.getByLabel("Namespace").evaluate((select: HTMLSelectElement) => select.selectedOptions[0]!.text),
            /^elsewhere \(no records\)$/
          )
        })
      }), 120_000)

    it.scoped("says that the server is gone, and shows its data once it is back", () =>
      Effect.gen(function*() {
        const target = yield* guarded
        const { url } = yield* Console.serve({
          target: { controllerHost: target, apiKey: Redacted.make(key) },
          port: 0
        })
        yield* within(url, async (page) => {
          const api = "**/console/api/**"
          for (const [view, { ask, some }] of Object.entries(views)) {
            await page.route(api, (route) => route.abort("connectionrefused"))
            await show(page, `/indexes/few/${view}`)
            await see(page.getByRole("alert").first(), "This did not work.")
            await accessible(page)
            await page.unroute(api)
            await page.getByRole("button", { name: "Try again" }).first().click()
            await page.getByRole("alert").waitFor({ state: "detached" })
            await ask(page)
            await see(page, some)
            await page.route(api, (route) => route.abort("connectionrefused"))
            await show(page, "/")
            await see(page.getByRole("alert"), "This did not work.")
            await page.unroute(api)
            await page.getByRole("button", { name: "Try again" }).click()
            await see(page, "few")
          }
        })
      }), 240_000)

    it.scoped("says that its own server is gone where a part of the page is missing", () =>
      Effect.gen(function*() {
        const target = yield* guarded
        const { url } = yield* Console.serve({
          target: { controllerHost: target, apiKey: Redacted.make(key) },
          port: 0
        })
        yield* within(`${url}/#/indexes/few/namespaces`, async (page) => {
          await see(page, "Share")
          await page.route("**/*", (route) => route.abort("connectionrefused"))
          await page.getByRole("link", { name: "Imports and backups" }).click()
          await see(page.getByRole("alert"), "The console cannot load a part of its page.")
        })
      }), 60_000)

    it.scoped("says where there are no indexes", () =>
      Effect.gen(function*() {
        const { url } = yield* PineconeLocal.serve({ port: 0 })
        yield* within(url, async (page) => {
          await see(page, "There are no indexes yet.")
          await accessible(page)
        })
      }), 60_000)

    it.scoped(
      "asks for no answer of more than a megabyte, with long vectors and large metadata",
      () =>
        Effect.gen(function*() {
          const { url } = yield* PineconeLocal.serve({ port: 0 })
          yield* Effect.gen(function*() {
            const indexes = yield* Indexes.Indexes
            const { host } = yield* indexes.ensure({ name: "large", dimension: 3_072, metric: "cosine" })
            const index = yield* VectorIndex.make({ host })
            yield* index.upsertAll(
              Stream.map(Stream.range(0, 59), (i) => ({
                id: `record-${i}`,
                values: Float32Array.from({ length: 3_072 }, (_, d) => Math.sin(i + d * d)),
                metadata: { text: "many words ".repeat(200) }
              }))
            )
          }).pipe(
            Effect.provide(ControlPlane.layer),
            Effect.provide(Pinecone.layer({ apiKey: Redacted.make("none"), controllerHost: url }))
          )
          yield* within(`${url}/#/indexes/large/browse`, async (page) => {
            const sizes: Array<number> = []
            page.on("response", async (response) => {
              sizes.push((await response.body().catch(() => Buffer.alloc(0))).length)
            })
            await see(page, /Page 1: \d+ records/)
            await page.getByRole("button", { name: "Next" }).click()
            await see(page, /Page 2: \d+ records/)
            await show(page, "/indexes/large/search")
            await searchFor(page, "record-7")
            await see(page, "10 results")
            await show(page, "/indexes/large/map")
            await makeMap(page)
            await see(page, /^60 points\./)
            assert.isAtLeast(sizes.length, 10)
            assert.isAtLeast(Math.max(...sizes), 100_000)
            assert.isAtMost(Math.max(...sizes), 1_000_000)
          })
        }),
      120_000
    )
  })
})
