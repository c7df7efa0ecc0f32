import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import type { DatasetOptions } from "../../src/internal/dataset.js"
import * as dataset from "../../src/internal/dataset.js"
import * as job from "../../src/internal/job.js"
import * as memories from "../../src/internal/memory.js"
import type { StoredRecord } from "../../src/internal/namespaceView.js"
import type { RecordSet, Write } from "../../src/internal/store.js"
import { layer, layerTemporary, StoreTag } from "../../src/internal/store.js"

const shape = { metric: "cosine", dimension: 2 } as const

const record = (id: string, metadata?: StoredRecord["metadata"]): StoredRecord => ({
  id,
  values: Float32Array.from([id.length, 1]),
  sparseValues: undefined,
  metadata
})

/** A set that counts what it is asked for. */
const counting = (set: RecordSet, groups: Array<ReadonlyArray<Write>>, loads: Array<string> = []): RecordSet => ({
  ...set,
  write: (writes) => Effect.suspend(() => {
    groups.push(writes)
    return set.write(writes)
  }),
  records: (namespace) => {
    loads.push(namespace)
    return set.records(namespace)
  }
})

const temporary = (options: Partial<DatasetOptions> = {}) =>
  Effect.gen(function*() {
    const store = yield* StoreTag
    yield* store.create("set", {}, [])
    const groups: Array<ReadonlyArray<Write>> = []
    const loads: Array<string> = []
    const set = counting(yield* store.open("set"), groups, loads)
    return { data: yield* dataset.make(set, shape, { name: "the test", ...options }), groups, loads, set }
  })

const ids = (data: dataset.Dataset, namespace: string) =>
  Effect.map(data.read(namespace), ({ view }) => view === undefined ? [] : job.atOnce(view.list({ limit: 100_000 })))

describe("Dataset", () => {
  it.scoped("commits the writes that wait together in one transaction, in their order", () =>
    Effect.gen(function*() {
      const { data, groups } = yield* temporary()
      yield* Effect.forEach(
        Array.from({ length: 50 }, (_, i) => i),
        (i) => i % 5 === 4 ? data.remove("ns", [`r${i - 1}`]) : data.upsert("ns", [record(`r${i}`, { i })]),
        { concurrency: "unbounded" }
      )
      assert.isBelow(groups.length, 5)
      assert.strictEqual(groups.flat().length, 50)
      assert.deepStrictEqual(groups.flat().map(({ lsn }) => lsn), Array.from({ length: 50 }, (_, i) => i + 1))
      assert.deepStrictEqual((yield* ids(data, "ns")).length, 30)
    }).pipe(Effect.provide(layerTemporary({ thread: false })), Effect.provide(NodeContext.layer)))

  it.scoped("lets an update build on what was asked for before it, committed or not", () =>
    Effect.gen(function*() {
      const { data } = yield* temporary()
      yield* Effect.all([
        data.upsert("ns", [record("a", { n: 1, kept: true })]),
        data.change("ns", [{ id: "a", setMetadata: { n: 2 } }]),
        data.change("ns", [{ id: "a", setMetadata: { more: "x" } }]),
        data.upsert("ns", [record("b")]),
        data.remove("ns", ["b"]),
        data.change("ns", [{ id: "b", setMetadata: { n: 1 } }]),
        data.change("never", [{ id: "a", setMetadata: { n: 1 } }]),
        data.remove("never", ["a"]),
        data.clear("never")
      ], { concurrency: "unbounded" })
      const { view } = yield* data.read("ns")
      assert.deepStrictEqual(view?.get("a")?.metadata, { n: 2, kept: true, more: "x" })
      assert.strictEqual(view?.size, 1)
      assert.isFalse(data.has("never"))
    }).pipe(Effect.provide(layerTemporary({ thread: false })), Effect.provide(NodeContext.layer)))

  it.scoped("refuses the write that is wrong and none of those beside it", () =>
    Effect.gen(function*() {
      const { data } = yield* temporary()
      const outcomes = yield* Effect.forEach(
        ["a", "bad", "c"],
        (id) =>
          Effect.either(data.upsert("ns", [
            // eslint-disable-next-line no-restricted-syntax -- JSON cannot have it.
            record(id, id === "bad" ? { n: 1n } as never : {})
          ])),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(outcomes.map(Either.isRight), [true, false, true])
      assert.deepStrictEqual(yield* ids(data, "ns"), ["a", "c"])
      assert.deepStrictEqual((yield* data.namespaces).map(({ recordCount }) => recordCount), [2])
    }).pipe(Effect.provide(layerTemporary({ thread: false })), Effect.provide(NodeContext.layer)))

  it.scoped("updates and deletes by a filter in one step, more records than a statement takes", () =>
    Effect.gen(function*() {
      const { data, set } = yield* temporary()
      yield* data.upsert("ns", Array.from({ length: 3500 }, (_, i) => record(`r${i}`, { even: i % 2 === 0 })))
      const even = (metadata: StoredRecord["metadata"]) => metadata?.["even"] === true
      const refused = yield* Effect.flip(data.changeMatching("ns", even, { x: 1 }, () => "too much"))
      assert.strictEqual(refused.message, "too much")
      assert.strictEqual((yield* data.changeMatching("ns", even, { even: false, x: 1 })).matched, 1750)
      assert.strictEqual((yield* data.changeMatching("ns", even, { x: 1 })).matched, 0)
      assert.strictEqual(yield* data.matching("ns", (metadata) => metadata?.["x"] === 1), 1750)
      yield* data.removeMatching("ns", (metadata) => metadata?.["x"] !== 1)
      assert.strictEqual((yield* ids(data, "ns")).length, 1750)
      assert.deepInclude(yield* set.namespaces, { name: "ns", schema: undefined, lsn: 3, records: 1750 })
    }).pipe(Effect.provide(layerTemporary({ thread: false })), Effect.provide(NodeContext.layer)))

  describe("after a restart", () => {
    const restarted = <A, E>(
      options: Partial<DatasetOptions>,
      use: (again: { readonly data: dataset.Dataset; readonly loads: Array<string> }) => Effect.Effect<A, E>
    ) =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const folder = yield* fs.makeTempDirectoryScoped()
        yield* Effect.gen(function*() {
          const { data } = yield* temporary()
          for (const name of ["a", "b", "c"]) {
            yield* data.upsert(name, Array.from({ length: 3000 }, (_, i) => record(`${name}${i}`, { name, i })))
          }
        }).pipe(Effect.scoped, Effect.provide(layer(folder)))
        return yield* Effect.gen(function*() {
          const store = yield* StoreTag
          const loads: Array<string> = []
          const set = counting(yield* store.open("set"), [], loads)
          return yield* use({ data: yield* dataset.make(set, shape, { name: "the test", ...options }), loads })
        }).pipe(Effect.scoped, Effect.provide(layer(folder)))
      }).pipe(Effect.provide(NodeContext.layer))

    it.scopedLive("counts without loading, loads once for all who ask, and sees what is written meanwhile", () =>
      restarted({}, ({ data, loads }) =>
        Effect.gen(function*() {
          assert.deepStrictEqual((yield* data.namespaces).map(({ recordCount }) => recordCount), [3000, 3000, 3000])
          assert.deepStrictEqual(loads, [])
          const reads = yield* Effect.fork(Effect.all([data.read("a"), data.read("a"), data.read("b")], {
            concurrency: "unbounded"
          }))
          yield* Effect.yieldNow()
          // They wait for no load.
          yield* data.upsert("a", [record("new")])
          yield* data.remove("a", ["a7"])
          yield* data.deleteNamespace("b")
          const [first, second, deleted] = yield* Fiber.join(reads)
          assert.strictEqual(first.view, second.view)
          assert.isUndefined(deleted.view)
          assert.isTrue(first.view?.has("new") === true && !first.view.has("a7"))
          assert.strictEqual(first.view?.size, 3000)
          assert.isUndefined((yield* data.read("b")).view)
          assert.deepStrictEqual(loads.filter((name) => name === "a"), ["a"])
          yield* data.clear("c")
          assert.strictEqual((yield* data.read("c")).view?.size, 0)
          yield* data.warm
          assert.deepStrictEqual((yield* data.namespaces).map(({ recordCount }) => recordCount), [3000, 0])
        })), 60_000)

    it.scopedLive("keeps in memory what fits, and refuses what cannot", () => {
      const memory = memories.make(2 * 2 ** 20)
      return restarted({ memory }, ({ data, loads }) =>
        Effect.gen(function*() {
          for (const name of ["a", "b", "c", "a", "b", "c"]) assert.strictEqual((yield* ids(data, name)).length, 3000)
          // Not all of them fit.
          assert.isAbove(loads.length, 3)
          // A write to what is not in memory needs none.
          const before = loads.length
          yield* data.upsert("a", [record("new")])
          assert.strictEqual(loads.length, before)
          assert.strictEqual((yield* ids(data, "a")).length, 3001)
          yield* data.upsert("c", Array.from({ length: 9000 }, (_, i) => record(`more${i}`)))
          const refused = yield* Effect.flip(data.read("c"))
          assert.strictEqual(refused.status, 503)
          assert.match(refused.message, /^The namespace "c" of the test needs about \d+ MiB of memory, and the server may use 2 MiB/)
          assert.strictEqual((yield* ids(data, "b")).length, 3000)
        }))
    }, 60_000)
  })

  it.scoped("shows writes after their delay, and lets later writes build on them at once", () =>
    Effect.gen(function*() {
      const { data } = yield* temporary({
        consistency: {
          minimum: "10 seconds",
          maximum: "10 seconds",
          random: { nextRange: () => Effect.succeed(10_000) }
        } as never
      })
      yield* data.upsert("ns", [record("a", { n: 1 })])
      assert.deepStrictEqual(yield* ids(data, "ns"), [])
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(yield* ids(data, "ns"), ["a"])
      yield* data.upsert("ns", [record("b", { n: 1 })])
      yield* data.change("ns", [{ id: "b", setMetadata: { n: 2 } }])
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual((yield* data.read("ns")).view?.get("b")?.metadata, { n: 2 })
    }).pipe(Effect.provide(layerTemporary({ thread: false })), Effect.provide(NodeContext.layer)))
})
