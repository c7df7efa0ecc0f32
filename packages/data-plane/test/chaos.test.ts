/** Servers and connections that misbehave, by seed: nothing is lost, and every record is accounted for. */
import type { Options } from "@effect-pinecone/data-plane/Ingest"
import * as Ingest from "@effect-pinecone/data-plane/Ingest"
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import type * as Settings from "@effect-pinecone/http/Settings"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { toEnd } from "../../../scripts/testing/endings.js"
import * as NodeHttp from "../../node/src/NodeHttp.js"
import type { Came, Fate, Weather } from "./utils/chaos.js"
import * as chaos from "./utils/chaos.js"
import * as sockets from "./utils/chaosSockets.js"
import { transport } from "./utils/stub.js"

/** Each with numbers that no other has, so that a body that is mixed up is found out. */
const values = (n: number) => [n + 1, n / 2, -n]

const record = (n: number) => ({ id: `r${n}`, values: values(n), metadata: { n } })

const records = (count: number) => Stream.map(Stream.range(0, count - 1), record)

/** That a record came as it was sent. */
const isAs = (came: Came | undefined, n: number): boolean => {
  const [a, b, c] = values(n)
  if (came?.values?.length !== 3 || came.values[0] !== a || came.values[1] !== b || came.values[2] !== c) return false
  const { metadata } = came
  return typeof metadata === "object" && metadata !== null && "n" in metadata && metadata.n === n
}

const allArrived = (stored: ReadonlyMap<string, Came>, count: number) => {
  assert.strictEqual(stored.size, count)
  for (let n = 0; n < count; n++) {
    const came = stored.get(`r${n}`)
    if (!isAs(came, n)) assert.fail(`r${n} arrived as ${JSON.stringify(came)}`)
  }
}

const timeout = 1000

/** An ingest in virtual time, at a host with such a weather. */
const ingest = async (
  count: number,
  weather: Weather,
  seed: number,
  options: Options,
  settings: Partial<Settings.Settings> = {},
  fate: () => Fate = chaos.fates(weather, seed)
) => {
  const server = chaos.index()
  const run = Effect.flatMap(
    VectorIndex.make({ host: "movies.svc.test" }),
    (index) => index.upsertAll(records(count), options)
  )
  const ended = await toEnd(Effect.provide(run, chaos.client(server, fate, { timeout, ...settings })))
  assert.deepStrictEqual([ended.fibers, ended.asleep, server.open], [0, 0, 0])
  if (ended.exit === undefined) return assert.fail("the run never ends")
  return { exit: ended.exit, server, elapsed: ended.elapsed }
}

const all: Weather = {
  "slow": 0.1,
  "reset before": 0.05,
  "reset behind": 0.05,
  "truncated": 0.05,
  "hung before": 0.03,
  "hung behind": 0.03,
  "429": 0.04,
  "429 with a time": 0.04,
  "500": 0.05,
  "503": 0.05
}

const weathers: ReadonlyArray<readonly [name: string, weather: Weather]> = [
  ["connections that break before the server has acted, and behind", { "reset before": 0.15, "reset behind": 0.15 }],
  ["answers that are cut off, or never come", { "truncated": 0.15, "hung before": 0.05, "hung behind": 0.1 }],
  ["a host that throttles, and says for how long or does not", { "429": 0.15, "429 with a time": 0.15 }],
  ["a server that fails and is slow", { "500": 0.15, "503": 0.1, "slow": 0.3 }],
  ["all of it", all]
]

describe("an ingest", () => {
  const arrives = async (count: number, batchSize: number, weather: Weather, seed: number) => {
    // A batch that is not full would be one more.
    const { exit, server } = await ingest(count, weather, seed, { batchSize })
    if (Exit.isFailure(exit)) return assert.fail(String(exit.cause))
    const { checkpoint, failed, failures, read, records, requests } = exit.value
    allArrived(server.records, count)
    assert.deepStrictEqual([read, records, failed, failures, checkpoint], [count, count, 0, [], count])
    // Requests are counted by the batches that they are for, however often each is sent.
    assert.strictEqual(requests, count / batchSize)
    assert.isAtLeast(server.tries(), requests)
    return server
  }

  weathers.forEach(([name, weather], seed) => {
    it(`of 100,000 records stores each as it is: ${name}`, async () => {
      const { counts } = await arrives(100_000, 500, weather, seed)
      // The weather was what it was said to be.
      for (const fate of Object.keys(weather) as ReadonlyArray<Fate>) assert.isAbove(counts[fate], 0, fate)
    })
  })

  it("of fewer stores each as it is, whatever becomes of which request", async () => {
    for (let seed = 100; seed < 120; seed++) {
      await arrives(1000, 10, weathers[seed % weathers.length]![1], seed)
    }
  })
})

describe("the retries of a host where half of all tries fail", () => {
  const half: Weather = { "500": 0.1, "503": 0.1, "reset before": 0.1, "reset behind": 0.1, "truncated": 0.1 }

  it("are no more than half of what an ingest needs, which is two tries for each batch", async () => {
    for (const seed of [1, 2]) {
      const { exit, server } = await ingest(20_000, half, seed, { batchSize: 20 })
      assert.isTrue(Exit.isSuccess(exit))
      allArrived(server.records, 20_000)
      assert.isAtMost(server.tries(), 1.5 * 2 * 1000)
    }
  })

  it("are no more than half of the number of single calls", async () => {
    const calls = 2000
    for (const seed of [1, 2]) {
      const server = chaos.index()
      const run = Effect.flatMap(
        VectorIndex.make({ host: "movies.svc.test" }),
        (index) =>
          Effect.forEach(
            Array.from({ length: calls }, (_, n) => n),
            (n) => Effect.exit(index.upsert([record(n)])),
            { concurrency: 50 }
          )
      )
      const ended = await toEnd(Effect.provide(run, chaos.client(server, chaos.fates(half, seed), { timeout })))
      if (ended.exit === undefined || Exit.isFailure(ended.exit)) return assert.fail("the calls do not end")
      assert.isAtMost(server.tries(), 1.5 * calls)
      const done = ended.exit.value.filter(Exit.isSuccess).length
      assert.isAtLeast(done, calls / 2)
      ended.exit.value.forEach((exit, n) => {
        if (Exit.isSuccess(exit)) assert.isTrue(isAs(server.records.get(`r${n}`), n), `r${n}`)
      })
    }
  })
})

describe("an ingest over real connections", () => {
  const settings = {
    timeout: "500 millis",
    retry: Schedule.exponential("2 millis").pipe(Schedule.jittered, Schedule.intersect(Schedule.recurs(3)))
  } as const

  // Where all calls share a connection, what breaks it ends them all.
  const weather: Weather = transport === "grpc"
    ? { ...all, "reset before": 0.01, "reset behind": 0.01, "truncated": 0.01 }
    : all

  const clients = transport === "grpc"
    ? { NodeGrpc: sockets.grpc(settings) }
    : { fetch: sockets.http(FetchHttpClient.layer, settings), NodeHttp: sockets.http(NodeHttp.layer(), settings) }

  for (const [name, client] of Object.entries(clients)) {
    it.scopedLive(`of 100,000 records stores each as it is, by ${name}`, () =>
      Effect.gen(function*() {
        const server = chaos.index()
        const port = yield* sockets.serve(server, chaos.fates(weather, 7))
        const context = yield* Layer.build(client)
        const index = yield* Effect.provide(VectorIndex.make({ host: `http://127.0.0.1:${port}` }), context)
        // However slow the machine is: a try that is late is sent again.
        const { failed, read, records: stored } = yield* index.upsertAll(records(100_000), {
          batchSize: 1000,
          concurrency: 8,
          retry: Schedule.spaced("5 millis")
        })
        allArrived(server.records, 100_000)
        assert.deepStrictEqual([read, stored, failed], [100_000, 100_000, 0])
      }))
  }
})

describe("an ingest that ends early", () => {
  /** That each record that the source gave came to one end, and that those said to be stored are. */
  const accounted = (
    { exit, server }: Awaited<ReturnType<typeof ingest>>,
    reason: Ingest.EndReason
  ) => {
    const failed = Exit.isFailure(exit) && exit.cause._tag === "Fail" ? exit.cause.error : undefined
    if (!(failed instanceof Ingest.BatchFailed)) return assert.fail(`it ends with ${exit}`)
    const { counts, failures, message, records, unsent } = failed
    assert.strictEqual(failed.reason, reason, message)
    assert.strictEqual(counts.records + counts.failed + records.length + unsent.length, counts.read)
    assert.deepStrictEqual([counts.failed, failures], [0, []])
    const open = new Set<string>()
    for (const one of [...records, ...unsent]) {
      if (one instanceof Ingest.Unreadable) return assert.fail("a record is not made out")
      assert.isFalse(open.has(one.id), `${one.id} is given back twice`)
      open.add(one.id)
    }
    for (let n = 0; n < counts.read; n++) {
      if (open.has(`r${n}`)) assert.isAtLeast(n, counts.checkpoint, `r${n} is unsent, and before the checkpoint`)
      else if (!isAs(server.records.get(`r${n}`), n)) assert.fail(`r${n} is said to be stored`)
    }
    return counts
  }

  /** The same weather, until so many requests have come; from then on another. */
  const turning = (first: Weather, then: Weather, after: number, seed: number) => {
    const [before, behind] = [chaos.fates(first, seed), chaos.fates(then, seed + 1)]
    let asked = 0
    return () => asked++ < after ? before() : behind()
  }

  const seeds = Array.from({ length: 10 }, (_, seed) => seed)

  it("by a server that refuses the key accounts for every record", async () => {
    for (const seed of seeds) {
      const fate = turning(all, { ...all, "403": 0.3 }, 10 * seed, seed)
      accounted(await ingest(5000, all, seed, { batchSize: 20 }, {}, fate), "Failed")
    }
  })

  it("by a host that accepts nothing any more accounts for every record", async () => {
    for (const seed of seeds) {
      const dead: Weather = { "503": 0.3, "hung before": 0.2, "reset before": 0.3, "500": 0.2 }
      const fate = turning(all, dead, 10 * seed, seed)
      const ended = await ingest(5000, all, seed, { batchSize: 20, stallTimeout: "30 seconds" }, {}, fate)
      accounted(ended, "Stalled")
    }
  })

  it("by its own timeout accounts for every record", async () => {
    for (const seed of seeds) {
      const ended = await ingest(50_000, all, seed, { batchSize: 20, timeout: Duration.seconds(2 + seed) })
      const counts = accounted(ended, "TimedOut")
      assert.isAtMost(ended.elapsed, Duration.toMillis(Duration.seconds(2 + seed)) + 100)
      assert.isBelow(counts.records, 50_000)
    }
  })

  it("by an interruption leaves nothing in flight", async () => {
    for (const seed of seeds) {
      const server = chaos.index()
      const run = Effect.gen(function*() {
        const index = yield* VectorIndex.make({ host: "movies.svc.test" })
        const fiber = yield* Effect.fork(index.upsertAll(records(5000), { batchSize: 20 }))
        yield* Effect.sleep(300 * seed)
        return yield* Effect.timed(Fiber.interrupt(fiber))
      })
      const ended = await toEnd(Effect.provide(run, chaos.client(server, chaos.fates(all, seed), { timeout })))
      if (ended.exit === undefined || Exit.isFailure(ended.exit)) return assert.fail(String(ended.exit))
      assert.strictEqual(Duration.toMillis(ended.exit.value[0]), 0)
      assert.deepStrictEqual([ended.fibers, ended.asleep, server.open], [0, 0, 0])
    }
  })
})
