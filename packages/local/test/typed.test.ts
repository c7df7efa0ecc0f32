import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import * as Filter from "@effect-pinecone/schema/Filter"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it, layer } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { pathToFileURL } from "node:url"
import { TestClock, timed } from "../../../scripts/testing/clock.js"
import { collect, createIndex, failure, freshIndex, inProcess, serverless, withServices } from "./utils/pinecone.js"
import { writeParquet } from "./utils/writeParquet.js"

class Talks extends VectorIndex.Tag("test/Talks")<Talks>()({
  metadata: Schema.Struct({
    at: Schema.DateFromNumber,
    minutes: Schema.Int,
    room: Schema.optional(Schema.Literal("red", "blue"))
  })
}) {}

const day = (n: number) => new Date(Date.UTC(2026, 0, n))

const talks = [
  { id: "first", values: [1, 0, 0], metadata: { at: day(1), minutes: 30, room: "red" as const } },
  { id: "second", values: [0, 1, 0], metadata: { at: day(2), minutes: 45 } }
]

/** The index with a Schema, and the same index without one. */
const both = Effect.gen(function*() {
  const { name } = yield* createIndex()
  const typed = yield* VectorIndex.makeTyped({ name, metadata: Talks.metadata })
  return { typed, plain: yield* VectorIndex.make({ name }) }
})

describe("metadata with a Schema", () => {
  layer(withServices(inProcess()))((it) => {
    it.effect("is stored in its encoded form, and comes back decoded", () =>
      Effect.gen(function*() {
        const { plain, typed } = yield* both
        yield* typed.upsert(talks)
        assert.deepStrictEqual((yield* plain.fetch(["first"])).records.get("first")?.metadata, {
          at: day(1).getTime(),
          minutes: 30,
          room: "red"
        })
        assert.deepStrictEqual((yield* typed.fetch(["second"])).records.get("second")?.metadata, talks[1]!.metadata)
        const { matches } = yield* typed.query({
          vector: [1, 1, 1],
          topK: 10,
          includeMetadata: true,
          filter: Filter.and(Filter.gt("at", day(1).getTime()), Filter.exists("room", false))
        })
        assert.deepStrictEqual(matches.map(({ metadata }) => metadata.at.toISOString()), [day(2).toISOString()])
        const stream = yield* collect(typed.fetchByMetadataStream({ filter: Filter.gt("minutes", 0), limit: 1 }))
        assert.deepStrictEqual(stream.map(({ metadata }) => metadata), talks.map(({ metadata }) => metadata))
      }))

    it.effect("is set in its encoded form", () =>
      Effect.gen(function*() {
        const { typed } = yield* both
        yield* typed.upsert(talks)
        yield* typed.update({ id: "first", setMetadata: { at: day(9) } })
        const { records } = yield* typed.fetch(["first"])
        assert.deepStrictEqual(records.get("first")?.metadata, { at: day(9), minutes: 30, room: "red" })
      }))

    it.effect("is refused on its way in where it does not fit, and nothing of the upsert is written", () =>
      Effect.gen(function*() {
        const { plain, typed } = yield* both
        const error = yield* failure("PineconeInvalidMetadata")(
          typed.upsert([talks[0]!, { id: "odd", values: [1, 2, 3], metadata: { at: day(1), minutes: 1.5 } }])
        )
        assert.deepStrictEqual([error.operation, error.recordId, error.path, error.attempts], ["upsert", "odd", [
          "minutes"
        ], 0])
        assert.include(error.message, "record \"odd\"")
        assert.include(error.message, "[\"minutes\"]")
        assert.deepStrictEqual((yield* plain.list()).ids, [])
      }))

    it.effect("is refused on its way out where it does not fit", () =>
      Effect.gen(function*() {
        const { plain, typed } = yield* both
        yield* typed.upsert(talks)
        yield* plain.upsert([{ id: "odd", values: [0, 0, 1], metadata: { at: 5, minutes: 10, room: "green" } }])
        const reads = [
          ["query", typed.query({ vector: [1, 1, 1], topK: 10, includeMetadata: true })],
          ["fetch", typed.fetch(["first", "odd"])],
          ["fetch_by_metadata", typed.fetchByMetadata({ filter: Filter.gt("minutes", 0) })],
          ["fetch_by_metadata", Stream.runDrain(typed.fetchByMetadataStream({ filter: Filter.gt("minutes", 0) }))]
        ] as const
        for (const [operation, read] of reads) {
          const error = yield* failure("PineconeInvalidMetadata")(
            read as Effect.Effect<unknown, VectorIndex.RecordError>
          )
          assert.deepStrictEqual([error.operation, error.recordId, error.path], [operation, "odd", ["room"]])
        }
        const without = yield* typed.query({ vector: [1, 1, 1], topK: 10 })
        assert.strictEqual(without.matches.length, 3)
        assert.strictEqual((yield* typed.fetch(["first"])).records.size, 1)
      }))

    it.effect("that is missing is decoded as no fields", () =>
      Effect.gen(function*() {
        const { plain, typed } = yield* both
        yield* plain.upsert([{ id: "bare", values: [1, 2, 3] }])
        const error = yield* failure("PineconeInvalidMetadata")(typed.fetch(["bare"]))
        assert.deepStrictEqual([error.recordId, error.path], ["bare", ["at"]])
        const { name } = yield* createIndex()
        const lenient = yield* VectorIndex.makeTyped({
          name,
          metadata: Schema.Struct({ x: Schema.optionalWith(Schema.Number, { default: () => 7 }) })
        })
        yield* (yield* VectorIndex.make({ name })).upsert([{ id: "bare", values: [1, 2, 3] }])
        assert.deepStrictEqual((yield* lenient.fetch(["bare"])).records.get("bare")?.metadata, { x: 7 })
      }))

    it.effect("belongs to a tag, whose layer finds the index", () =>
      Effect.gen(function*() {
        const { name } = yield* createIndex()
        const write = Effect.flatMap(Talks, (index) => index.upsert(talks))
        yield* write.pipe(Effect.provide(Talks.layer({ name, namespace: "ns" })))
        const config = Talks.layerConfig({ name: Config.string("TALKS"), namespace: Config.string("SPACE") })
        const ids = yield* Effect.flatMap(Talks, (index) => index.list()).pipe(
          Effect.provide(config),
          Effect.withConfigProvider(ConfigProvider.fromMap(new Map([["TALKS", name], ["SPACE", "ns"]])))
        )
        assert.deepStrictEqual(ids.ids, ["first", "second"])
      }))
  })
})

describe("waiting, on the clock of the caller", () => {
  const slow = withServices(inProcess({ indexingDelay: "2 seconds" }))

  it.effect("a write is seen by reads when its delay is over", () =>
    Effect.gen(function*() {
      const index = yield* freshIndex()
      const { lsn } = yield* index.upsert([{ id: "a", values: [1, 2, 3] }])
      const seen = Effect.gen(function*() {
        const query = yield* index.query({ vector: [1, 2, 3], topK: 1 })
        const fetch = yield* index.fetch(["a"])
        const list = yield* index.list()
        const stats = yield* index.describeIndexStats()
        const counts = [query.matches.length, fetch.records.size, list.ids.length, stats.totalVectorCount]
        assert.strictEqual(new Set(counts).size, 1, String(counts))
        assert.strictEqual(query.lsn! >= lsn!, counts[0] === 1)
        return counts[0]
      })
      assert.strictEqual(yield* seen, 0)
      yield* TestClock.adjust("1999 millis")
      assert.strictEqual(yield* seen, 0)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* seen, 1)
    }).pipe(Effect.provide(slow)))

  it.effect("a write builds on what is committed, seen by reads or not", () =>
    Effect.gen(function*() {
      const index = yield* freshIndex()
      yield* index.upsert([{ id: "a", values: [1, 2, 3], metadata: { first: 1 } }])
      yield* index.update({ id: "a", setMetadata: { second: 2 } })
      const { matchedRecords } = yield* index.updateByMetadata({
        filter: Filter.eq("second", 2),
        setMetadata: { third: 3 }
      })
      assert.strictEqual(matchedRecords, 1)
      yield* index.upsert([{ id: "gone", values: [1, 2, 3], metadata: { third: 3 } }])
      yield* index.delete({ filter: Filter.and(Filter.eq("third", 3), Filter.ne("first", 1)) })
      yield* TestClock.adjust("2 seconds")
      const records = yield* collect(index.scan())
      assert.deepStrictEqual(
        records.map(({ id, metadata }) => [id, metadata]),
        [["a", { first: 1, second: 2, third: 3 }]]
      )
    }).pipe(Effect.provide(slow)))

  it.effect("a read with minLsn waits until it sees the write", () =>
    Effect.gen(function*() {
      const index = yield* freshIndex()
      const { lsn } = yield* index.upsert([{ id: "a", values: [1, 2, 3], metadata: { x: 1 } }])
      const reads = [
        Effect.map(index.query({ vector: [1, 2, 3], topK: 1, minLsn: lsn }), ({ matches }) => matches.length),
        Effect.map(
          index.fetch(["b"], { minLsn: (yield* index.upsert([{ id: "b", values: [1, 2, 3] }])).lsn }),
          ({ records }) => records.size
        )
      ]
      const [first, afterFirst] = yield* timed(reads[0]!)
      assert.strictEqual(first, 1)
      assert.isAtLeast(afterFirst, 2000)
      assert.isBelow(afterFirst, 5000)
      const [second] = yield* timed(reads[1]!)
      assert.strictEqual(second, 1)
      const third = yield* index.update({ id: "a", setMetadata: { x: 2 } })
      const filter = Filter.eq("x", 2)
      assert.strictEqual((yield* index.fetchByMetadata({ filter })).records.size, 0)
      const [page] = yield* timed(index.fetchByMetadata({ filter, minLsn: third.lsn }))
      assert.strictEqual(page.records.size, 1)
    }).pipe(Effect.provide(slow)))

  it.effect("waitForLsn ends when every read sees the write", () =>
    Effect.gen(function*() {
      const index = yield* freshIndex()
      const { lsn } = yield* index.upsert([{ id: "a", values: [1, 2, 3] }], { namespace: "ns" })
      const [, millis] = yield* timed(index.waitForLsn(lsn!, { namespace: "ns" }))
      assert.isAtLeast(millis, 2000)
      assert.strictEqual((yield* index.query({ vector: [1, 2, 3], topK: 1, namespace: "ns" })).matches.length, 1)
      const [, again] = yield* timed(index.waitForLsn(lsn!, { namespace: "ns" }))
      assert.strictEqual(again, 0)
    }).pipe(Effect.provide(slow)))

  it.effect("a wait for what does not come ends in TimedOut", () =>
    Effect.gen(function*() {
      const index = yield* freshIndex()
      const { lsn } = yield* index.upsert([{ id: "a", values: [1, 2, 3] }])
      const late = lsn! + 100
      const [error, millis] = yield* timed(
        failure("PineconeTimedOut")(index.fetch(["a"], { minLsn: late, freshnessTimeout: "7 seconds" }))
      )
      assert.isAtLeast(millis, 7000)
      assert.strictEqual(Duration.toMillis(error.timeout), 7000)
      assert.strictEqual(error.operation, "fetch")
      assert.include(error.message, String(late))
      const [other, thirty] = yield* timed(failure("PineconeTimedOut")(index.waitForLsn(late)), "1 second")
      assert.strictEqual(Duration.toMillis(other.timeout), 30_000)
      assert.isAtLeast(thirty, 30_000)
    }).pipe(Effect.provide(slow)))

  it.effect("delays are drawn from the seed", () => {
    const delays = (seed: string) =>
      Effect.gen(function*() {
        const index = yield* freshIndex()
        return yield* Effect.forEach([1, 2, 3, 4, 5], (i) =>
          Effect.gen(function*() {
            const { lsn } = yield* index.upsert([{ id: String(i), values: [1, 2, 3] }])
            let millis = 0
            while ((yield* index.list()).ids.length < i) {
              millis += 250
              yield* TestClock.adjust("250 millis")
            }
            assert.isDefined(lsn)
            return millis
          }))
      }).pipe(
        Effect.provide(withServices(inProcess({
          indexingDelay: { minimum: "1 second", maximum: "5 seconds", seed }
        })))
      )
    return Effect.gen(function*() {
      const first = yield* delays("one")
      assert.deepStrictEqual(yield* delays("one"), first)
      assert.notDeepEqual(yield* delays("two"), first)
      assert.isAtLeast(Math.min(...first), 1000)
      assert.isAtMost(Math.max(...first), 5000)
    })
  })

  it.scoped("an import is waited for", () =>
    Effect.gen(function*() {
      const index = yield* freshIndex()
      const fs = yield* FileSystem.FileSystem
      const root = yield* fs.makeTempDirectoryScoped()
      yield* writeParquet(root, [{ id: "a", values: [1, 2, 3] }])
      const id = yield* index.startImport({ uri: pathToFileURL(root).href })
      const [done] = yield* timed(index.waitForImport(id))
      assert.deepStrictEqual([done.status, done.recordsImported], ["Completed", 1])
    }).pipe(Effect.provide(Layer.merge(withServices(inProcess()), NodeContext.layer))))

  it.effect("an index that is there is waited for no time", () =>
    Effect.gen(function*() {
      const indexes = yield* Indexes.Indexes
      const [model, millis] = yield* timed(indexes.ensure({ name: "there", dimension: 3, spec: serverless }))
      assert.isTrue(model.status.ready)
      assert.strictEqual((yield* timed(indexes.waitUntilReady("there")))[1], 0)
      assert.isAtMost(millis, 1000)
      const wait = indexes.waitUntilGone("there", { timeout: "10 seconds" })
      const [error, waited] = yield* timed(failure("PineconeTimedOut")(wait))
      assert.isAtLeast(waited, 10_000)
      assert.include(error.message, "there")
    }).pipe(Effect.provide(withServices(inProcess()))))
})
