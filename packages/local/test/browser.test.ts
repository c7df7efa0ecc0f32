/**
 * Pages in a real browser: one of another origin can neither write nor read without `cors`. It runs where a Chromium is
 * installed (`CHROMIUM_PATH`, or where Debian and others have it), and is skipped with a word elsewhere.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { existsSync } from "node:fs"
import * as NodeHttp from "node:http"
import type { AddressInfo } from "node:net"
import type { Page } from "playwright-core"
import { chromium } from "playwright-core"
import * as PineconeLocal from "../src/PineconeLocal.js"

const executablePath = [
  process.env["CHROMIUM_PATH"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
].find((path) => path !== undefined && existsSync(path))

if (executablePath === undefined) {
  console.log(
    "No Chromium is installed: the tests with a browser are skipped. CHROMIUM_PATH can say where there is one."
  )
}

/** A site with one page, and where it is. */
const site = Effect.acquireRelease(
  Effect.promise(() =>
    new Promise<NodeHttp.Server>((resolve) => {
      const server = NodeHttp.createServer((_, response) => {
        response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>A page</title>")
      })
      server.listen(0, "127.0.0.1", () => resolve(server))
    })
  ),
  (server) =>
    Effect.promise(() =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(resolve)
      })
    )
).pipe(Effect.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`))

const browser = Effect.acquireRelease(
  Effect.promise(() =>
    chromium.launch({
      executablePath: executablePath!,
      args: ["--no-sandbox", "--host-resolver-rules=MAP rebound.test 127.0.0.1"]
    })
  ),
  (browser) => Effect.promise(() => browser.close())
)

const index = JSON.stringify({
  name: "written",
  dimension: 3,
  spec: { serverless: { cloud: "aws", region: "us-east-1" } }
})

/** What a page sees of a request: the status and the body, or that it sees nothing. */
const asked = (page: Page, url: string, init: RequestInit = {}) =>
  Effect.promise(() =>
    page.evaluate(async ({ init, url }) => {
      try {
        const response = await fetch(url, init)
        return { type: response.type, status: response.status, text: await response.text() }
      } catch (error) {
        return { type: "error", status: 0, text: String(error) }
      }
    }, { url, init })
  )

/** The names of the indexes, as a program sees them. */
const names = (url: string) =>
  Effect.promise(async () => {
    const response = await fetch(`${url}/indexes`)
    const { indexes } = (await response.json()) as { readonly indexes: ReadonlyArray<{ readonly name: string }> }
    return indexes.map(({ name }) => name)
  })

/** A page of a site, in a browser of its own. */
const pageOf = (origin: string) =>
  Effect.gen(function*() {
    const opened = yield* browser
    const page = yield* Effect.promise(() => opened.newPage())
    yield* Effect.promise(() => page.goto(origin))
    return page
  })

const json = { "content-type": "application/json" }

describe.skipIf(executablePath === undefined)("a page in Chromium", () => {
  it.scopedLive("of another origin can neither write nor read", () =>
    Effect.gen(function*() {
      const { url } = yield* PineconeLocal.serve({ port: 0 })
      const page = yield* pageOf(yield* site)
      const attempts: ReadonlyArray<readonly [string, RequestInit]> = [
        ["/indexes", {}],
        ["/indexes", { method: "POST", body: index, headers: json }],
        ["/indexes", { method: "POST", body: index }],
        ["/indexes", { method: "POST", body: index, headers: { "content-type": "text/plain" } }],
        ["/indexes", { method: "POST", body: index, headers: { "content-type": "application/x-www-form-urlencoded" } }],
        ["/indexes/kept", { method: "DELETE" }]
      ]
      yield* Effect.promise(() =>
        fetch(`${url}/indexes`, { method: "POST", body: index.replace("written", "kept"), headers: json })
      )
      for (const [path, init] of attempts) {
        assert.strictEqual((yield* asked(page, `${url}${path}`, init)).type, "error", JSON.stringify(init))
        // Without CORS a page may send, and learns nothing.
        const { text, type } = yield* asked(page, `${url}${path}`, { ...init, mode: "no-cors" })
        assert.include(["opaque", "error"], type)
        if (type === "opaque") assert.strictEqual(text, "")
      }
      // A body without a type, which needs no leave to be sent.
      yield* Effect.promise(() =>
        page.evaluate(async ({ index, url }) => {
          await fetch(`${url}/indexes`, { method: "POST", body: new Blob([index]), mode: "no-cors" }).catch(() => {})
          navigator.sendBeacon(`${url}/indexes`, index)
        }, { index, url })
      )
      // A form, which leaves the page.
      yield* Effect.promise(() =>
        page.evaluate(({ index, url }) => {
          const form = document.createElement("form")
          form.method = "POST"
          form.enctype = "text/plain"
          form.action = `${url}/indexes`
          const input = document.createElement("input")
          input.name = index.slice(0, 10)
          input.value = index.slice(11)
          form.append(input)
          document.body.append(form)
          form.submit()
        }, { index, url })
      )
      yield* Effect.promise(() => page.waitForURL(`${url}/indexes`))
      assert.include(yield* Effect.promise(() => page.content()), "--cors")
      assert.deepStrictEqual(yield* names(url), ["kept"])
    }))

  it.scopedLive("of a name that was made to lead here is not let in", () =>
    Effect.gen(function*() {
      const { port, url } = yield* PineconeLocal.serve({ port: 0 })
      // To the browser this page is of the server's own origin.
      const page = yield* pageOf(`http://rebound.test:${port}/`)
      const read = yield* asked(page, "/indexes")
      assert.deepStrictEqual([read.status, read.text.includes("--public-host")], [403, true])
      const written = yield* asked(page, "/indexes", { method: "POST", body: index, headers: json })
      assert.strictEqual(written.status, 403)
      assert.deepStrictEqual(yield* names(url), [])
    }))

  it.scopedLive("of an origin that was named can do both", () =>
    Effect.gen(function*() {
      const origin = yield* site
      const { url } = yield* PineconeLocal.serve({ port: 0, cors: [origin] })
      const page = yield* pageOf(origin)
      const headers = { ...json, "api-key": "any", "x-pinecone-api-version": "2026-04" }
      assert.strictEqual((yield* asked(page, `${url}/indexes`, { method: "POST", body: index, headers })).status, 201)
      const read = yield* asked(page, `${url}/indexes`, { headers })
      assert.deepStrictEqual([read.status, read.text.includes("written")], [200, true])
      const { host } = JSON.parse(read.text).indexes[0]
      const vectors = JSON.stringify({ vectors: [{ id: "a", values: [1, 2, 3] }] })
      const upserted = yield* asked(page, `${host}/vectors/upsert`, { method: "POST", body: vectors, headers })
      assert.deepStrictEqual([upserted.status, upserted.text], [200, "{\"upsertedCount\":1}"])
      const stranger = yield* pageOf(yield* site)
      assert.strictEqual((yield* asked(stranger, `${url}/indexes`)).type, "error")
    }))
})
