import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import * as PineconeHttpClient from "@effect-pinecone/http/PineconeHttpClient"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import type { Sent, Weather } from "./utils/memoryIndex.js"
import { memoryIndex, proxy, watched } from "./utils/memoryIndex.js"
import { answering } from "./utils/stub.js"

const count = 100_000

/** Each with numbers that no other has, so that a body that is mixed up is found out. */
const values = (n: number) => [n + 1, n / 2, -n]

const records = Stream.range(0, count - 1).pipe(
  Stream.map((n) => ({ id: `r${n}`, values: values(n), metadata: { n } }))
)

const settings = {
  retry: Schedule.exponential("2 millis").pipe(Schedule.jittered, Schedule.intersect(Schedule.recurs(3)))
}

const retry = Schedule.spaced("5 millis")

/** That every record is there, as it was sent. */
const arrived = (stored: ReadonlyMap<string, Sent>) => {
  assert.strictEqual(stored.size, count)
  for (let n = 0; n < count; n++) {
    const record = stored.get(`r${n}`)
    const [a, b, c] = values(n)
    if (
      record === undefined || record.values === undefined || record.values.length !== 3 || record.values[0] !== a ||
      record.values[1] !== b || record.values[2] !== c || record.metadata?.["n"] !== n
    ) {
      assert.fail(`r${n} arrived as ${JSON.stringify(record)}`)
    }
  }
}

const weathers: ReadonlyArray<readonly [name: string, weather: Weather]> = [
  ["a narrow way that does not say when to come again", { rate: 60, burst: 4, delay: 2 }],
  ["a narrow way that says when to come again", { rate: 60, burst: 4, retryAfter: 1, delay: 2 }],
  ["a way without a reserve", { rate: 100, burst: 1, retryAfter: 0.5 }],
  ["connections that break", { drop: 0.2, delay: 4 }],
  ["a server that fails", { fail: 0.3, delay: 3 }],
  ["all of it", { rate: 60, burst: 4, retryAfter: 0.7, drop: 0.1, fail: 0.1, delay: 3 }]
]

describe("bad weather", () => {
  for (let seed = 0; seed < 20; seed++) {
    const [name, weather] = weathers[seed % weathers.length]!
    it.live(`loses nothing: ${name} (${seed})`, () =>
      Effect.gen(function*() {
        const { answer, records: stored } = memoryIndex()
        const { answer: through, counts } = proxy(answer, weather, Random.make(`weather ${seed}`))
        const { answer: watching, seen } = watched((request, url) =>
          url.pathname.startsWith("/indexes/") ? answer(request, url) : through(request, url)
        )
        const index = yield* Effect.provide(VectorIndex.make({ name: "movies" }), answering(watching, settings))
        const summary = yield* index.upsertAll(records, { batchSize: 1000, retry })
        arrived(stored)
        assert.deepStrictEqual([summary.records, summary.failed, summary.checkpoint], [count, 0, count])
        assert.strictEqual(summary.requests, count / 1000)
        assert.isTrue(seen.open === 0 && !seen.common)
        // The weather was what it was said to be.
        assert.strictEqual(counts.dropped > 0, (weather.drop ?? 0) > 0)
        assert.strictEqual(counts.failed > 0, (weather.fail ?? 0) > 0)
        assert.strictEqual(counts.throttled > 0, weather.rate !== undefined)
      }))
  }

  it.scopedLive("loses nothing over real connections", () =>
    Effect.gen(function*() {
      const stored = new Map<string, Sent>()
      const counts = { before: 0, behind: 0, within: 0, failed: 0, throttled: 0 }
      const random = Random.make("sockets")
      const luck = () => Effect.runSync(random.next)
      let tokens = 4
      let last = Date.now()
      const server = Http.createServer((request, response) => {
        const fate = luck()
        if (fate < 0.05) {
          counts.before++
          request.socket.destroy()
          return
        }
        const body: Array<Buffer> = []
        request.on("data", (chunk: Buffer) => body.push(chunk))
        request.on("end", () => {
          setTimeout(() => {
            const now = Date.now()
            tokens = Math.min(4, tokens + (now - last) * 0.06)
            last = now
            if (--tokens < 0) {
              tokens++
              counts.throttled++
              response.writeHead(429, { "content-type": "application/json", "retry-after": "0.02" }).end("{}")
              return
            }
            if (fate < 0.1) {
              counts.failed++
              response.writeHead(500).end("it broke")
              return
            }
            const { vectors } = JSON.parse(Buffer.concat(body).toString()) as { readonly vectors: ReadonlyArray<Sent> }
            for (const record of vectors) stored.set(record.id, record)
            if (fate < 0.15) {
              counts.behind++
              request.socket.destroy()
              return
            }
            const answer = JSON.stringify({ upsertedCount: vectors.length })
            response.writeHead(200, { "content-type": "application/json", "content-length": answer.length })
            if (fate < 0.2) {
              counts.within++
              response.write(answer.slice(0, 5), () => request.socket.destroy())
              return
            }
            response.end(answer)
          }, luck() * 5)
        })
      })
      yield* Effect.acquireRelease(
        Effect.async<void>((resume) => {
          server.listen(0, "127.0.0.1", () => resume(Effect.void))
        }),
        () =>
          Effect.sync(() => {
            server.close()
            server.closeAllConnections()
          })
      )
      const { port } = server.address() as AddressInfo
      const index = yield* Effect.provide(
        VectorIndex.make({ host: `127.0.0.1:${port}` }),
        PineconeHttpClient.layer({ apiKey: Redacted.make("key"), ...settings }).pipe(
          Layer.provide(FetchHttpClient.layer)
        )
      )
      const summary = yield* index.upsertAll(records, { batchSize: 1000, retry })
      arrived(stored)
      assert.deepStrictEqual([summary.records, summary.failed, summary.checkpoint], [count, 0, count])
      for (const times of Object.values(counts)) assert.isAbove(times, 0)
    }))
})
