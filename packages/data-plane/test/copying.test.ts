import * as Ingest from "@effect-pinecone/data-plane/Ingest"
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { FastCheck } from "../../../scripts/testing/properties.js"
import type { Sent } from "./utils/memoryIndex.js"
import { rounds } from "./utils/memoryIndex.js"
import { hosts } from "./utils/namespaces.js"
import type { Answer } from "./utils/stub.js"
import { answering, json } from "./utils/stub.js"

const [source, target] = ["from.svc.test", "to.svc.test"]

const both = (answer: Answer) =>
  Effect.all([VectorIndex.make({ host: source }), VectorIndex.make({ host: target })]).pipe(
    Effect.provide(answering(answer))
  )

const record = (n: number): Sent => ({ id: `r${String(n).padStart(6, "0")}`, values: [n, 1], metadata: { n } })

const records = (count: number, from = 0) => Array.from({ length: count }, (_, n) => record(from + n))

const stored = (store: ReturnType<typeof hosts>, host: string) =>
  Object.fromEntries([...store.at(host)].map(([name, all]) => [name, [...all.keys()].sort()]))

const ids = (all: ReadonlyArray<{ readonly id: string }>) => all.map(({ id }) => id)

describe("a copy", () => {
  it.effect("is of the namespaces that the views name, with all that a record has", () =>
    Effect.gen(function*() {
      const store = hosts()
      const all: ReadonlyArray<Sent & { readonly sparseValues?: unknown }> = [
        { id: "dense", values: [0.1, -2, 3e-38], metadata: {} },
        {
          id: "hybrid",
          values: [1, 2],
          sparseValues: { indices: [7, 4_294_967_295], values: [0.5, 1] },
          metadata: { text: "東京 😀", list: ["a", "b"], n: 1.5, yes: true }
        }
      ]
      store.put(source, "en", all)
      store.put(source, "fr", records(3))
      const [from, to] = yield* both(store.answer)
      const summary = yield* VectorIndex.copy(from.namespace("en"), to.namespace("en-2026"))
      assert.deepStrictEqual([...store.at(target).keys()], ["en-2026"])
      assert.deepStrictEqual([...store.at(target).get("en-2026")!.values()], all)
      assert.deepStrictEqual([summary.records, summary.failed, summary.checkpoint, summary.requests], [2, 0, 2, 1])
    }))

  it.effect("is of the default namespace where none is named", () =>
    Effect.gen(function*() {
      const store = hosts()
      store.put(source, "", records(250))
      store.put(source, "other", records(5))
      const [from, to] = yield* both(store.answer)
      yield* VectorIndex.copy(from, to)
      assert.deepStrictEqual(stored(store, target), { "": ids(records(250)) })
    }))

  it.effect("is of several namespaces, or of all", () =>
    Effect.gen(function*() {
      for (
        const [namespaces, expected] of [
          [["a", "c", "a"], { a: ids(records(150)), c: ids(records(7, 500)) }],
          ["all", { a: ids(records(150)), b: ids(records(20)), c: ids(records(7, 500)) }]
        ] as const
      ) {
        const store = hosts()
        store.put(source, "a", records(150))
        store.put(source, "b", records(20))
        store.put(source, "c", records(7, 500))
        const [from, to] = yield* both(store.answer)
        const reports = Chunk.toReadonlyArray(
          yield* Stream.runCollect(VectorIndex.copyProgress(from, to, { namespaces, batchSize: 50 }))
        )
        assert.deepStrictEqual(stored(store, target), expected)
        const total = Object.values(expected).flat().length
        const last = reports.at(-1)!
        assert.deepStrictEqual([last.records, last.checkpoint, last.inFlight], [total, total, 0])
        for (const field of ["records", "checkpoint", "bytes", "requests"] as const) {
          const values = reports.map((report) => report[field])
          assert.deepStrictEqual(values, [...values].sort((x, y) => x - y), field)
        }
      }
    }))

  it.effect("has the highest LSN of its namespaces, whichever was copied last", () =>
    Effect.gen(function*() {
      const store = hosts()
      for (const name of ["a", "b", "c"]) store.put(source, name, records(3))
      const lsns = [4, 9, 2]
      const [from, to] = yield* both((request, url) =>
        url.pathname === "/vectors/upsert"
          ? Effect.map(
            store.answer(request, url),
            () => json({ upsertedCount: 3 }, 200, { "x-pinecone-request-lsn": String(lsns.shift()) })
          )
          : store.answer(request, url)
      )
      const summary = yield* VectorIndex.copy(from, to, { namespaces: ["a", "b", "c"] })
      assert.deepStrictEqual([summary.lsn, summary.read, summary.records], [9, 9, 9])
    }))

  it.effect("reads and writes a namespace once, however many of its names are in the list", () =>
    Effect.gen(function*() {
      const store = hosts()
      store.put(source, "", records(30))
      store.put(source, "a", records(20))
      const [from, to] = yield* both(store.answer)
      const summary = yield* VectorIndex.copy(from, to, { namespaces: ["", "__default__", "a", "", "a"] })
      assert.deepStrictEqual([summary.records, store.counts.fetched, store.counts.written], [50, 50, 50])
    }))

  it.effect("is of what begins with a prefix", () =>
    Effect.gen(function*() {
      const store = hosts()
      store.put(source, "a", [{ id: "x1", values: [1] }, { id: "y1", values: [1] }])
      store.put(source, "b", [{ id: "x2", values: [1] }])
      const [from, to] = yield* both(store.answer)
      const summary = yield* VectorIndex.copy(from, to, { namespaces: "all", prefix: "x" })
      assert.deepStrictEqual(stored(store, target), { a: ["x1"], b: ["x2"] })
      assert.strictEqual(summary.records, 2)
    }))

  it.effect("keeps fields that the Schemas do not know", () =>
    Effect.gen(function*() {
      const store = hosts()
      const metadata = { year: "1990", unknown: "kept", alien: ["x"] }
      store.put(source, "", [{ id: "a", values: [1], metadata }, {
        id: "b",
        values: [1],
        metadata: { year: "no number" }
      }])
      const typed = (host: string) =>
        Effect.provide(
          VectorIndex.makeTyped({ host, metadata: Schema.Struct({ year: Schema.NumberFromString }) }),
          answering(store.answer)
        )
      yield* VectorIndex.copy(yield* typed(source), yield* typed(target))
      assert.deepStrictEqual(
        [...store.at(target).get("")!.values()].map(({ metadata }) => metadata),
        [metadata, { year: "no number" }]
      )
    }))

  it.effect("of nothing ends with a report too", () =>
    Effect.gen(function*() {
      const store = hosts()
      store.put(source, "empty", [])
      const [from, to] = yield* both(store.answer)
      for (const namespaces of [undefined, [], ["empty"], ["not there"], "all"] as const) {
        const summary = yield* VectorIndex.copy(from, to, { namespaces })
        assert.deepStrictEqual([summary.records, summary.requests, summary.checkpoint], [0, 0, 0])
      }
    }))

  it.effect("puts aside what the target refuses", () =>
    Effect.gen(function*() {
      const bad = new Set([record(33).id, record(510).id])
      const store = hosts(({ id }) => bad.has(id) ? json({ code: 3, message: `${id} is refused` }, 400) : undefined)
      store.put(source, "a", records(100))
      store.put(source, "b", records(100, 500))
      const [from, to] = yield* both(store.answer)
      const summary = yield* VectorIndex.copy(from, to, { namespaces: ["a", "b"], onInvalid: "bisect", batchSize: 30 })
      assert.deepStrictEqual([summary.records, summary.failed, summary.checkpoint], [198, 2, 200])
      assert.deepStrictEqual(summary.failures.map(({ records }) => ids(records)), [
        [...bad].slice(0, 1),
        [...bad].slice(1)
      ])
    }))

  it.effect("that fails says how far it was, the namespaces before included", () =>
    Effect.gen(function*() {
      const store = hosts(({ id }) => id === record(525).id ? new Response("", { status: 403 }) : undefined)
      store.put(source, "a", records(100))
      store.put(source, "b", records(50, 500))
      store.put(source, "c", records(50, 600))
      const [from, to] = yield* both(store.answer)
      for (const resumeFrom of [0, 60, 105]) {
        const error = yield* Effect.flip(
          VectorIndex.copy(from, to, { namespaces: "all", batchSize: 10, concurrency: 1, resumeFrom })
        )
        if (!(error instanceof Ingest.BatchFailed)) return assert.fail(String(error))
        assert.strictEqual(error.checkpoint, resumeFrom === 105 ? 125 : 120)
        assert.include(ids(error.records), record(525).id)
      }
      assert.isFalse(store.at(target).has("c"))
    }))

  it.effect("passes on what the source fails with", () =>
    Effect.gen(function*() {
      const store = hosts()
      store.put(source, "", records(500))
      const failing: Answer = (request, url) =>
        url.pathname === "/vectors/fetch" && url.search.includes(record(320).id)
          ? Effect.succeed(new Response("", { status: 403 }))
          : store.answer(request, url)
      const [from, to] = yield* both(failing)
      const error = yield* Effect.flip(VectorIndex.copy(from, to, { batchSize: 100 }))
      assert.strictEqual(error._tag, "PineconeForbidden")
      assert.isAtMost(store.counts.written, 300)
    }))

  const sizes = FastCheck.array(FastCheck.nat(130), { minLength: 1, maxLength: 4 })

  it.effect.prop(
    "that is resumed copies what comes behind the checkpoint, and only that",
    [sizes, FastCheck.nat(600)],
    ([sizes, cut]) =>
      Effect.gen(function*() {
        const store = hosts()
        for (const [i, size] of sizes.entries()) store.put(source, `n${i}`, records(size, i * 1000))
        const all = sizes.flatMap((size, i) => records(size, i * 1000))
        const resumeFrom = cut % (all.length + 1)
        const [from, to] = yield* both(store.answer)
        const summary = yield* VectorIndex.copy(from, to, { namespaces: "all", batchSize: 17, resumeFrom })
        assert.deepStrictEqual(Object.values(stored(store, target)).flat().sort(), ids(all.slice(resumeFrom)))
        assert.deepStrictEqual([summary.records, summary.checkpoint], [all.length - resumeFrom, all.length])
        assert.strictEqual(store.counts.fetched, all.length - resumeFrom)
      }),
    { fastCheck: { numRuns: 40 } }
  )

  it.effect.prop(
    "that failed anywhere and is resumed is the whole",
    [sizes, FastCheck.nat(600), FastCheck.integer({ min: 1, max: 40 }), FastCheck.integer({ min: 1, max: 4 })],
    ([sizes, at, batchSize, concurrency]) =>
      Effect.gen(function*() {
        const all = sizes.flatMap((size, i) => records(size, i * 1000))
        const bad = all[at % Math.max(1, all.length)]?.id
        let down = true
        const store = hosts(({ id }) => down && id === bad ? new Response("", { status: 401 }) : undefined)
        for (const [i, size] of sizes.entries()) store.put(source, `n${i}`, records(size, i * 1000))
        const [from, to] = yield* both(store.answer)
        const options = { namespaces: "all", batchSize, concurrency } as const
        const first = yield* Effect.either(VectorIndex.copy(from, to, options))
        if (first._tag === "Left") {
          if (!(first.left instanceof Ingest.BatchFailed)) return assert.fail(String(first.left))
          const { checkpoint } = first.left
          const there = new Set(Object.values(stored(store, target)).flat())
          assert.isTrue(ids(all).slice(0, checkpoint).every((id) => there.has(id)))
          down = false
          const summary = yield* VectorIndex.copy(from, to, { ...options, resumeFrom: checkpoint })
          assert.strictEqual(summary.checkpoint, all.length)
        } else {
          assert.isUndefined(bad)
        }
        assert.deepStrictEqual(Object.values(stored(store, target)).flat().sort(), ids(all))
      }),
    { fastCheck: { numRuns: 40 } }
  )

  it.live("holds no more than what is in flight, however many records there are", () =>
    Effect.gen(function*() {
      const store = hosts()
      store.put(source, "", records(100_000))
      const [from, to] = yield* both((request, url) =>
        // The target is the slower one.
        url.hostname === target ? Effect.zipRight(rounds(3), store.answer(request, url)) : store.answer(request, url)
      )
      const summary = yield* VectorIndex.copy(from, to, {
        batchSize: 500,
        concurrency: 2,
        read: { batchSize: 250, concurrency: 3 }
      })
      assert.strictEqual(summary.records, 100_000)
      assert.strictEqual(store.at(target).get("")!.size, 100_000)
      // Two batches in flight, one to follow and one that is formed; three pages on their way, and one at hand.
      assert.isAtMost(store.counts.mostBetween, 4 * 500 + 5 * 250)
    }), 60_000)
})

describe("a scan", () => {
  it.live("reads no further ahead than its pages, however slow the reader is", () =>
    Effect.gen(function*() {
      const store = hosts()
      store.put(source, "", records(100_000))
      const [from] = yield* both(store.answer)
      let read = 0
      let ahead = 0
      yield* from.scan({ batchSize: 500, concurrency: 3 }).pipe(
        Stream.chunks,
        Stream.tap((chunk) => {
          read += chunk.length
          return rounds(3)
        }),
        Stream.runForEach(() =>
          Effect.sync(() => {
            ahead = Math.max(ahead, store.counts.fetched - read)
          })
        )
      )
      assert.strictEqual(read, 100_000)
      assert.isAtMost(ahead, 4 * 500)
    }), 60_000)
})
