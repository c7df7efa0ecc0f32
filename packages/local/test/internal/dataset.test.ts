import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import { range } from "effect/Array"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { TestClock } from "../../../../scripts/testing/clock.js"
import type { DatasetOptions } from "../../src/internal/dataset.js"
import * as dataset from "../../src/internal/dataset.js"
import * as job from "../../src/internal/job.js"
import * as lane from "../../src/internal/lane.js"
import * as memories from "../../src/internal/memory.js"
import type { StoredRecord } from "../../src/internal/namespaceView.js"
import type * as problem from "../../src/internal/problem.js"
import type { RecordSet, Write } from "../../src/internal/store.js"
import { layer, layerTemporary, StoreTag } from "../../src/internal/store.js"
import * as analyser from "../../src/internal/text/analyser.js"
import * as query from "../../src/internal/text/queryTree.js"

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
  write: (writes) =>
    Effect.suspend(() => {
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
    /** The same set as a server finds it that starts. */
    const again = (other: RecordSet = set, more: Partial<DatasetOptions> = {}) =>
      dataset.make(other, shape, { name: "the test", ...options, ...more })
    return { data: yield* again(), again, groups, loads, set }
  })

const ids = (data: dataset.Dataset, namespace: string) =>
  Effect.map(data.read(namespace), ({ view }) => view === undefined ? [] : job.atOnce(view.list({ limit: 100_000 })))

/** Writes become visible after ten seconds. */
const slowly: Partial<DatasetOptions> = {
  consistency: {
    minimum: "10 seconds",
    maximum: "10 seconds",
    random: { nextRange: () => Effect.succeed(10_000) }
  } as never
}

/** A set that gives what it has of the namespace, and comes to no end of it before it is let. */
const halting = (set: RecordSet, slow: string) =>
  Effect.gen(function*() {
    const given = yield* Deferred.make<void>()
    const end = yield* Deferred.make<void>()
    const halt = Stream.execute(Effect.zipRight(Deferred.succeed(given, undefined), Deferred.await(end)))
    return {
      set: {
        ...set,
        records: (namespace: string) =>
          namespace === slow ? Stream.concat(set.records(namespace), halt) : set.records(namespace)
      },
      given: Deferred.await(given),
      end: Deferred.succeed(end, undefined)
    }
  })

const statusOf = <A>(effect: Effect.Effect<A, problem.Problem>) =>
  Effect.match(effect, { onFailure: ({ status }) => status, onSuccess: () => 200 })

const messageOf = <A>(effect: Effect.Effect<A, problem.Problem>) =>
  Effect.match(effect, { onFailure: ({ message }) => message, onSuccess: () => "" })

/** Lets fibers go on that wait for nothing. */
const goOn = Effect.repeatN(Effect.yieldNow(), 20)

const many = (name: string) => Array.from({ length: 300 }, (_, i) => record(`${name}${i}`))

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

    it.scopedLive(
      "counts without loading, loads once for all who ask, and sees what is written meanwhile",
      () =>
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
          })),
      60_000
    )

    it.scopedLive("is not taken for damaged by a load that reads what is being written", () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const folder = yield* fs.makeTempDirectoryScoped()
        yield* Effect.gen(function*() {
          const { data } = yield* temporary()
          yield* data.upsert("ns", [record("a"), record("b")])
        }).pipe(Effect.scoped, Effect.provide(layer(folder)))
        yield* Effect.gen(function*() {
          const store = yield* StoreTag
          const set = yield* store.open("set")
          const committed = yield* Deferred.make<void>()
          const told = yield* Deferred.make<void>()
          const slow: RecordSet = {
            ...set,
            write: (writes) =>
              Effect.tap(set.write(writes), () =>
                Effect.zipRight(Deferred.succeed(committed, undefined), Deferred.await(told)))
          }
          const data = yield* dataset.make(slow, shape, { name: "the test" })
          const writing = yield* Effect.fork(data.upsert("ns", [record("c")]))
          yield* Deferred.await(committed)
          assert.strictEqual((yield* data.read("ns")).view?.size, 3)
          yield* Deferred.succeed(told, undefined)
          yield* Fiber.join(writing)
          assert.strictEqual((yield* data.read("ns")).view?.size, 3)
          assert.deepStrictEqual(
            (yield* data.namespaces).map(({ recordCount }) =>
              recordCount
            ),
            [3]
          )
        }).pipe(Effect.scoped, Effect.provide(layer(folder)))
      }).pipe(Effect.provide(NodeContext.layer)))

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
          assert.match(
            refused.message,
            /^The namespace "c" of the test needs about \d+ MiB of memory, and the server may use 2 MiB/
          )
          assert.strictEqual((yield* ids(data, "b")).length, 3000)
        }))
    }, 60_000)
  })

  it.scoped("shows writes after their delay, and lets later writes build on them at once", () =>
    Effect.gen(function*() {
      const { data } = yield* temporary(slowly)
      yield* data.upsert("ns", [record("a", { n: 1 })])
      assert.deepStrictEqual(yield* ids(data, "ns"), [])
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(yield* ids(data, "ns"), ["a"])
      yield* data.upsert("ns", [record("b", { n: 1 })])
      yield* data.change("ns", [{ id: "b", setMetadata: { n: 2 } }])
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual((yield* data.read("ns")).view?.get("b")?.metadata, { n: 2 })
    }).pipe(Effect.provide(layerTemporary({ thread: false })), Effect.provide(NodeContext.layer)))

  it.scoped("tells how far a read sees, and counts what it sees", () =>
    Effect.gen(function*() {
      const { data } = yield* temporary(slowly)
      const seen = Effect.all([
        Effect.map(data.read("ns"), ({ lsn }) => lsn),
        Effect.map(data.namespaces, (all) => all.map(({ recordCount }) => recordCount)),
        Effect.map(data.counts, ({ records }) => records)
      ])
      assert.strictEqual(yield* data.upsert("ns", [record("a")]), 1)
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(yield* data.upsert("ns", [record("b"), record("c")]), 2)
      assert.deepStrictEqual(yield* seen, [0, [0], 3])
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(yield* seen, [1, [1], 3])
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(yield* seen, [2, [3], 3])
    }).pipe(Effect.provide(layerTemporary({ thread: false })), Effect.provide(NodeContext.layer)))

  it.scoped("lets an update find nothing that was cleared before it, in the same group too", () =>
    Effect.gen(function*() {
      const { data, groups, set } = yield* temporary()
      yield* data.upsert("ns", [record("a")])
      const change = (id: string) => data.change("ns", [{ id, setMetadata: { n: 1 } }])
      yield* Effect.all([
        data.upsert("other", [record("z")]),
        data.upsert("ns", [record("b")]),
        data.clear("ns"),
        change("a"),
        change("b"),
        data.upsert("ns", [record("c")]),
        change("c")
      ], { concurrency: "unbounded" })
      // They were together.
      assert.isTrue(groups.some((group) => group.length >= 4))
      assert.deepStrictEqual(yield* ids(data, "ns"), ["c"])
      assert.deepStrictEqual((yield* data.read("ns")).view?.get("c")?.metadata, { n: 1 })
      assert.deepStrictEqual((yield* set.namespaces).map(({ name, records }) => [name, records]), [["other", 1], [
        "ns",
        1
      ]])
    }).pipe(Effect.provide(layerTemporary({ thread: false })), Effect.provide(NodeContext.layer)))

  it.scoped("commits many that wait in a few groups, and never all of them at once", () =>
    Effect.gen(function*() {
      const { data, groups } = yield* temporary()
      yield* Effect.forEach(range(1, 100), (i) => data.upsert("ns", [record(`${i}`)]), {
        concurrency: "unbounded",
        discard: true
      })
      assert.strictEqual((yield* data.counts).records, 100)
      assert.strictEqual(groups.flat().length, 100)
      assert.isBelow(Math.max(...groups.map((group) => group.length)), 90)
      assert.isBelow(groups.length, 12)
    }).pipe(Effect.provide(layerTemporary({ thread: false })), Effect.provide(NodeContext.layer)))

  describe("while a namespace is loaded", () => {
    it.scoped("what is written to it is in it afterwards", () =>
      Effect.gen(function*() {
        const { again, data, set } = yield* temporary()
        const before = yield* data.upsert("ns", [record("a"), record("b")])
        const { end, given, set: slow } = yield* halting(set, "ns")
        const next = yield* again(slow)
        const reading = yield* Effect.fork(ids(next, "ns"))
        yield* given
        assert.isAbove(yield* next.upsert("ns", [record("c")]), before)
        yield* next.remove("ns", ["a"])
        yield* end
        assert.deepStrictEqual(yield* Fiber.join(reading), ["b", "c"])
      }).pipe(Effect.provide(layerTemporary({ thread: false })), Effect.provide(NodeContext.layer)))

    it.scoped("it can be cleared, and who waits for it sees that it is empty", () =>
      Effect.gen(function*() {
        const { again, data, set } = yield* temporary()
        yield* data.upsert("ns", [record("a"), record("b")])
        const { end, given, set: slow } = yield* halting(set, "ns")
        const next = yield* again(slow)
        const reading = yield* Effect.fork(ids(next, "ns"))
        yield* given
        yield* next.clear("ns")
        yield* goOn
        assert.isTrue(Option.isSome(yield* Fiber.poll(reading)))
        assert.deepStrictEqual(yield* Fiber.join(reading), [])
        yield* next.upsert("ns", [record("c")])
        yield* end
        yield* goOn
        assert.deepStrictEqual(yield* ids(next, "ns"), ["c"])
        assert.deepStrictEqual((yield* next.namespaces).map(({ recordCount }) => recordCount), [1])
      }).pipe(Effect.provide(layerTemporary({ thread: false })), Effect.provide(NodeContext.layer)))

    it.scoped("it makes no room for another", () =>
      Effect.gen(function*() {
        const { again, data, set } = yield* temporary()
        yield* data.upsert("a", many("a"))
        yield* data.upsert("b", many("b"))
        const { end, given, set: slow } = yield* halting(set, "a")
        const next = yield* again(slow, { memory: memories.make(220_000) })
        const reading = yield* Effect.fork(ids(next, "a"))
        yield* given
        assert.strictEqual(yield* statusOf(next.read("b")), 503)
        yield* end
        assert.strictEqual((yield* Fiber.join(reading)).length, 300)
        assert.strictEqual((yield* ids(next, "b")).length, 300)
      }).pipe(Effect.provide(layerTemporary({ thread: false })), Effect.provide(NodeContext.layer)))
  })

  it.scoped("keeps in memory what has writes that are not visible yet", () =>
    Effect.gen(function*() {
      const { again, data } = yield* temporary()
      yield* data.upsert("b", many("b"))
      const next = yield* again(undefined, { ...slowly, memory: memories.make(220_000) })
      yield* next.upsert("a", many("a"))
      assert.strictEqual(yield* statusOf(next.read("b")), 503)
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual((yield* ids(next, "a")).length, 300)
      assert.strictEqual((yield* ids(next, "b")).length, 300)
    }).pipe(Effect.provide(layerTemporary({ thread: false })), Effect.provide(NodeContext.layer)))

  it.scoped("makes room by what was not used for the longest time", () =>
    Effect.gen(function*() {
      const { again, data, loads } = yield* temporary()
      for (const name of ["a", "b", "c"]) yield* data.upsert(name, many(name))
      const next = yield* again(undefined, { memory: memories.make(270_000) })
      for (const name of ["a", "b", "a", "c", "a", "b"]) assert.strictEqual((yield* ids(next, name)).length, 300)
      // Two fit: of a and b, c took the place of b, and b that of c.
      assert.deepStrictEqual(loads, ["a", "b", "c", "b"])
    }).pipe(Effect.provide(layerTemporary({ thread: false })), Effect.provide(NodeContext.layer)))

  it.scoped("says that it is damaged where records are missing, and answers nothing any more", () =>
    Effect.gen(function*() {
      const { again, data, set } = yield* temporary()
      yield* data.upsert("ns", [record("a"), record("b")])
      const next = yield* again({
        ...set,
        records: (namespace) => Stream.map(set.records(namespace), (records) => records.slice(1))
      })
      for (const asked of [next.read("ns"), next.read("ns"), next.upsert("ns", [record("c")]), next.namespaces]) {
        assert.include(
          yield* messageOf<unknown>(asked),
          "The data of the test is damaged: the namespace \"ns\" has 1 records, and 2 were written."
        )
      }
    }).pipe(Effect.provide(layerTemporary({ thread: false })), Effect.provide(NodeContext.layer)))

  it.scoped("takes in the words of what is changed a few texts at a time, by ids and by a filter", () =>
    Effect.gen(function*() {
      let slices = 0
      const inner = yield* lane.make()
      const counting: lane.Lane = {
        ...inner,
        run: (make, options) =>
          inner.run(() => {
            const made = make()
            return {
              ...made,
              next: (units) => {
                if (options?.priority === "write") slices++
                // A slice of one text or two.
                return made.next(Math.min(units, 600))
              }
            }
          }, options)
      }
      yield* Effect.gen(function*() {
        const store = yield* StoreTag
        yield* store.create("texts", {}, [])
        const analysers = { title: analyser.make(analyser.defaults, undefined) }
        const data = yield* dataset.make(yield* store.open("texts"), { ...shape, analysers }, { name: "the test" })
        const found = (word: string) =>
          Effect.map(data.read("ns"), ({ view }) =>
            view === undefined
              ? 0
              : job.atOnce(view.searchTexts({ clauses: [query.words(word)], topK: 1000 })).length)
        const sliced = <A, E>(effect: Effect.Effect<A, E>) =>
          Effect.suspend(() => {
            slices = 0
            return Effect.map(effect, () => slices)
          })
        const named = Array.from({ length: 200 }, (_, i) => record(`r${i}`, { title: "old words" }))
        yield* data.upsert("ns", named)
        const titled = (title: string) => (old: StoredRecord) => ({ ...old, metadata: { title } })
        assert.isAtLeast(
          yield* sliced(data.edit("ns", named.map(({ id }) => ({ id, edit: titled("edited words") })))),
          100
        )
        assert.deepStrictEqual([yield* found("old"), yield* found("edited")], [0, 200])
        assert.isAtLeast(yield* sliced(data.editMatching("ns", () => true, "metadata", titled("matching words"))), 100)
        assert.deepStrictEqual([yield* found("edited"), yield* found("matching")], [0, 200])
        assert.isAtLeast(yield* sliced(data.editMatching("ns", () => true, "record", titled("whole words"))), 100)
        assert.deepStrictEqual([yield* found("matching"), yield* found("whole"), yield* found("words")], [0, 200, 200])
      }).pipe(Effect.provideService(lane.LaneTag, counting))
    }).pipe(Effect.provide(layerTemporary({ thread: false })), Effect.provide(NodeContext.layer)))
})
