/** What the servers of the console answer, without a browser. */
import * as PineconeLocal from "@effect-pinecone/local/PineconeLocal"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as NodeHttp from "node:http"
import { mostBytes, pageBytes } from "../page/build.js"
import * as Console from "../src/Console.js"

const key = "the-key-of-the-project"

/** An answer to a request with any headers, as a program may send it. */
const ask = (url: string, options: NodeHttp.RequestOptions = {}, body = "") =>
  Effect.promise(() =>
    new Promise<{ readonly status: number; readonly headers: NodeHttp.IncomingHttpHeaders; readonly text: string }>(
      (resolve, reject) => {
        const request = NodeHttp.request(url, options, (response) => {
          const chunks: Array<Buffer> = []
          response.on("data", (chunk) => chunks.push(chunk))
          response.on("end", () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              text: Buffer.concat(chunks).toString()
            }))
        })
        request.on("error", reject)
        request.end(body)
      }
    )
  )

const json = { "content-type": "application/json", "x-pinecone-api-version": "2026-07" }

const index = JSON.stringify({
  name: "movies",
  schema: { fields: { _values: { type: "dense_vector", dimension: 2, metric: "cosine" } } }
})

/** An embedded server with a key, which has an index, and a console in front of it. */
const behind = (options: Partial<Console.Options> = {}) =>
  Effect.gen(function*() {
    const { url: target } = yield* PineconeLocal.serve({ port: 0, apiKeys: [Redacted.make(key)] })
    yield* ask(`${target}/indexes`, { method: "POST", headers: { ...json, "api-key": key } }, index)
    const server = yield* Console.serve({
      target: { controllerHost: target, apiKey: Redacted.make(key) },
      port: 0,
      ...options
    })
    return { target, ...server }
  })

describe("Console.serve", () => {
  it.scopedLive("adds the key to requests, and never shows it", () =>
    Effect.gen(function*() {
      const { url } = yield* behind()
      const listed = yield* ask(`${url}/console/api/control/indexes`)
      assert.deepStrictEqual([listed.status, JSON.parse(listed.text).indexes.length], [200, 1])
      const stats = yield* ask(
        `${url}/console/api/index/movies/describe_index_stats`,
        { method: "POST", headers: json },
        "{}"
      )
      assert.deepStrictEqual([stats.status, JSON.parse(stats.text).dimension], [200, 2])
      const settings = yield* ask(`${url}/console/settings.json`)
      for (const { headers, text } of [listed, stats, settings]) assert.notInclude(text + JSON.stringify(headers), key)
    }))

  it.scopedLive("only reads, unless it may write", () =>
    Effect.gen(function*() {
      const { url } = yield* behind()
      const writes = [
        ["DELETE", "/console/api/control/indexes/movies"],
        ["POST", "/console/api/control/indexes"],
        ["POST", "/console/api/index/movies/vectors/upsert"],
        ["POST", "/console/api/index/movies/vectors/delete"],
        ["POST", "/console/api/index/movies/bulk/imports"]
      ] as const
      for (const [method, path] of writes) {
        const { status, text } = yield* ask(url + path, { method, headers: json }, method === "POST" ? "{}" : "")
        assert.deepStrictEqual([status, text.includes("--allow-writes")], [403, true], path)
      }
      const disguised = [
        "/console/api/index/movies/namespaces/..\\vectors\\delete#/documents/search",
        "/console/api/index/movies/namespaces/%2E%2e/documents/search",
        "/console/api/control/../index/movies/query"
      ]
      for (const path of disguised) {
        assert.strictEqual((yield* ask(url, { path, method: "POST", headers: json }, "{}")).status, 403, path)
      }
      const writable = yield* behind({ allowWrites: true })
      const deleted = yield* ask(`${writable.url}/console/api/control/indexes/movies`, { method: "DELETE" })
      assert.strictEqual(deleted.status, 202)
    }))

  it.scopedLive("refuses pages of other origins, and other names", () =>
    Effect.gen(function*() {
      const { port, url } = yield* behind()
      const refused = [
        { origin: "http://elsewhere.test" },
        { origin: "null" },
        { host: `rebound.test:${port}` },
        { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" }
      ]
      for (const headers of refused) {
        for (const path of ["/console/api/control/indexes", "/console/settings.json"]) {
          assert.strictEqual((yield* ask(url + path, { headers })).status, 403, JSON.stringify(headers))
        }
      }
      const own = { "origin": url, "sec-fetch-site": "same-origin" }
      assert.strictEqual((yield* ask(`${url}/console/api/control/indexes`, { headers: own })).status, 200)
    }))

  it.scopedLive("says what it cannot reach, and what is not there", () =>
    Effect.gen(function*() {
      const { url } = yield* behind()
      const missing = yield* ask(`${url}/console/api/index/nothing/query`, { method: "POST", headers: json }, "{}")
      assert.deepStrictEqual([missing.status, missing.text.includes("nothing not found")], [404, true])
      assert.strictEqual((yield* ask(`${url}/else`)).status, 404)
      const alone = yield* Console.serve({ target: { controllerHost: "http://127.0.0.1:1" }, port: 0 })
      const unreachable = yield* ask(`${alone.url}/console/api/control/indexes`)
      assert.deepStrictEqual([unreachable.status, unreachable.text.includes("http://127.0.0.1:1")], [502, true])
    }))

  it.scopedLive("does not follow a redirect with the key", () =>
    Effect.gen(function*() {
      const seen: Array<string | undefined> = []
      const elsewhere = yield* Effect.acquireRelease(
        Effect.async<NodeHttp.Server>((resume) => {
          const server = NodeHttp.createServer(({ headers, url }, response) => {
            if (url === "/stolen") seen.push(headers["api-key"] as string | undefined)
            response.writeHead(307, { location: "/stolen" }).end()
          })
          server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
        }),
        (server) => Effect.sync(() => server.close())
      )
      const address = elsewhere.address()
      const port = typeof address === "object" ? address?.port : undefined
      const { url } = yield* Console.serve({
        target: { controllerHost: `http://127.0.0.1:${port}`, apiKey: Redacted.make(key) },
        port: 0
      })
      assert.strictEqual((yield* ask(`${url}/console/api/control/indexes`)).status, 502)
      assert.deepStrictEqual(seen, [])
    }))

  it.scopedLive("fails where it cannot listen", () =>
    Effect.gen(function*() {
      const { port } = yield* behind()
      const taken = yield* Effect.flip(Console.serve({ target: {}, port }))
      assert.deepStrictEqual([taken._tag, taken.message.includes(`port ${port}`)], ["PineconeConsoleError", true])
      const wrong = yield* Effect.flip(Console.serve({ target: {}, port: 70_000 }))
      assert.include(wrong.message, "from 0 to 65,535")
    }))
})

describe("the page", () => {
  it.scopedLive("is small, and allows nothing but its own files", () =>
    Effect.gen(function*() {
      assert.isAtMost(pageBytes(), mostBytes)
      const { url } = yield* PineconeLocal.serve({ port: 0 })
      for (const path of ["/", "/console/app.js", "/console/map.js", "/console/style.css", "/console/settings.json"]) {
        const { headers, status } = yield* ask(url + path)
        assert.strictEqual(status, 200, path)
        assert.include(headers["content-security-policy"] ?? "", "default-src 'self'")
        assert.notInclude(headers["content-security-policy"] ?? "", "unsafe")
        assert.strictEqual(headers["x-frame-options"], "DENY")
        assert.strictEqual(headers["x-content-type-options"], "nosniff")
      }
      const html = (yield* ask(url)).text
      assert.notMatch(html, /<script(?![^>]*\bsrc=)|\son[a-z]+=|<style|\sstyle=/i)
      const packed = yield* ask(`${url}/console/app.js`, { headers: { "accept-encoding": "gzip" } })
      assert.strictEqual(packed.headers["content-encoding"], "gzip")
    }))

  it.scopedLive("is not there where the embedded server is started without it", () =>
    Effect.gen(function*() {
      const { url } = yield* PineconeLocal.serve({ port: 0, console: "off" })
      assert.strictEqual((yield* ask(url)).status, 404)
      assert.strictEqual((yield* ask(`${url}/console/settings.json`)).status, 404)
    }))

  it.scopedLive("is refused to other origins by the embedded server", () =>
    Effect.gen(function*() {
      const { port, url } = yield* PineconeLocal.serve({ port: 0 })
      for (const headers of [{ origin: "http://elsewhere.test" }, { host: `rebound.test:${port}` }]) {
        for (const path of ["/", "/console/app.js", "/console/api/control/indexes"]) {
          assert.strictEqual((yield* ask(url + path, { headers })).status, 403, path)
        }
      }
    }))

  it.scopedLive("needs the key of the embedded server for data alone", () =>
    Effect.gen(function*() {
      const { url } = yield* PineconeLocal.serve({ port: 0, apiKeys: [Redacted.make(key)] })
      assert.strictEqual((yield* ask(url)).status, 200)
      assert.strictEqual(JSON.parse((yield* ask(`${url}/console/settings.json`)).text).needsKey, true)
      assert.strictEqual((yield* ask(`${url}/console/api/control/indexes`)).status, 401)
      const listed = yield* ask(`${url}/console/api/control/indexes`, { headers: { "api-key": key } })
      assert.strictEqual(listed.status, 200)
    }))
})
