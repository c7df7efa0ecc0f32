import * as RecordCache from "@effect-pinecone/data-plane/RecordCache"
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { TestClock } from "../../../scripts/testing/clock.js"
import { answering, json } from "./utils/stub.js"
import type { Seen } from "./utils/traffic.js"
import { gates, settle, traffic } from "./utils/traffic.js"

const host = "movies.svc.test"

const idsOf = ({ url }: Seen) => url.searchParams.getAll("ids")

const namespaceOf = ({ url }: Seen) => url.searchParams.get("namespace")

/** Every record but those whose ids begin with "no". */
const found = (seen: Seen): Response =>
  json({
    namespace: namespaceOf(seen) ?? "",
    vectors: Object.fromEntries(
      idsOf(seen).filter((id) => !id.startsWith("no")).map((id) => [
        id,
        { id, values: [1], metadata: { namespace: namespaceOf(seen) ?? "", year: id.startsWith("bad") ? "x" : 1 } }
      ])
    )
  })

const store = () => traffic((seen) => Effect.sync(() => found(seen)))

const silent = () => traffic(() => Effect.never)

const on = <A, E>(
  { answer }: ReturnType<typeof traffic>,
  use: (index: VectorIndex.VectorIndex) => Effect.Effect<A, E>
) => Effect.flatMap(VectorIndex.make({ host }), use).pipe(Effect.provide(answering(answer)))

const numbered = (length: number, prefix = "id-") => Array.from({ length }, (_, i) => `${prefix}${i}`)

const idsIn = <E>(records: Stream.Stream<VectorIndex.Fetched<unknown>, E>) =>
  Effect.map(Stream.runCollect(records), (chunk) => Chunk.toReadonlyArray(chunk).map(({ id }) => id))

describe("fetchAll", () => {
  it.effect("gives the records in the order of the ids: twice where asked twice, without those that are not there", () =>
    Effect.gen(function*() {
      const server = store()
      const ids = ["b", "no-1", "a", "b", "c", "no-2", "a"]
      assert.deepStrictEqual(
        yield* on(server, (index) => idsIn(index.fetchAll(Stream.fromIterable(ids), { batchSize: 5 }))),
        ["b", "a", "b", "c", "a"]
      )
      assert.deepStrictEqual(server.seen.map(idsOf), [["b", "no-1", "a", "c"], ["no-2", "a"]])
    }))

  it.effect("asks for 1,000 at a time, whatever the chunks of the source", () =>
    Effect.gen(function*() {
      for (const size of [1, 7, 1000, 5000]) {
        const server = store()
        const ids = numbered(2500)
        assert.deepStrictEqual(
          yield* on(server, (index) => idsIn(index.fetchAll(Stream.rechunk(Stream.fromIterable(ids), size)))),
          ids
        )
        assert.deepStrictEqual(server.seen.map((seen) => idsOf(seen).length), [1000, 1000, 500])
      }
    }))

  it.effect("keeps the ids of a request to what an address may hold", () =>
    Effect.gen(function*() {
      for (const letter of ["a", "!", " ", "~", "%", "/"]) {
        const server = store()
        const ids = numbered(1000, letter.repeat(400))
        yield* on(server, (index) => Stream.runDrain(index.fetchAll(Stream.fromIterable(ids))))
        const lengths = server.seen.map(({ url }) => url.search.length)
        assert.isAbove(lengths.length, 1)
        assert.isAtMost(Math.max(...lengths), 48_001)
        // All but the last are nearly full: an upper bound of the length is not far from it.
        assert.isAbove(Math.min(...lengths.slice(0, -1)), letter === " " ? 15_000 : 40_000)
        assert.deepStrictEqual(
          server.seen.flatMap(idsOf).length,
          1000
        )
      }
    }))

  it.effect("has so many requests in flight, keeps the order, and reads no further ahead", () =>
    Effect.gen(function*() {
      const gate = gates()
      const server = traffic((seen) => Effect.as(gate.pass(idsOf(seen)[0]!), found(seen)))
      let read = 0
      const ids = Stream.fromIterable(numbered(100)).pipe(
        Stream.rechunk(1),
        Stream.tap(() => Effect.sync(() => read++))
      )
      const got: Array<string> = []
      const hold = gates()
      const fiber = yield* Effect.fork(on(server, (index) =>
        index.fetchAll(ids, { batchSize: 2, concurrency: 3 }).pipe(
          Stream.runForEachChunk((chunk) =>
            Effect.suspend(() => {
              for (const { id } of chunk) got.push(id)
              return hold.pass(String(got.length))
            })
          )
        )))
      yield* settle
      assert.deepStrictEqual([read, server.counts.underWay], [6, 3])
      // The answers of later batches wait for the first, and hold their places.
      yield* gate.open("id-4")
      yield* gate.open("id-2")
      assert.deepStrictEqual([read, server.seen.length, got], [6, 3, []])
      yield* gate.open("id-0")
      // The consumer holds the first; its place, and no other, is free.
      assert.deepStrictEqual([read, server.seen.length, got], [8, 4, ["id-0", "id-1"]])
      yield* hold.open("2")
      assert.deepStrictEqual([read, got.length], [10, 4])
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(server.counts.underWay, 0)
    }))

  it.effect("gives what is complete though the source has stopped", () =>
    Effect.gen(function*() {
      const server = store()
      const got: Array<string> = []
      const ids = Stream.concat(Stream.make("a", "b"), Stream.never)
      const fiber = yield* Effect.fork(on(server, (index) =>
        Stream.runForEach(index.fetchAll(ids, { batchSize: 2 }), ({ id }) =>
          Effect.sync(() => got.push(id)))))
      yield* settle
      assert.deepStrictEqual(got, ["a", "b"])
      yield* Fiber.interrupt(fiber)
    }))

  it.effect("reads and asks no more once the consumer has enough", () =>
    Effect.gen(function*() {
      const server = store()
      let read = 0
      const ids = Stream.fromIterable(numbered(10_000)).pipe(
        Stream.rechunk(10),
        Stream.tap(() => Effect.sync(() => read++))
      )
      const records = yield* on(server, (index) =>
        Stream.runCollect(Stream.take(index.fetchAll(ids, { batchSize: 10, concurrency: 2 }), 5)))
      assert.strictEqual(records.length, 5)
      yield* settle
      assert.isAtMost(server.seen.length, 3)
      assert.isAtMost(read, 30)
      assert.strictEqual(server.counts.underWay, 0)
    }))

  it.effect("gives what came before a failure, of the source or of a request, and then the failure", () =>
    Effect.gen(function*() {
      const server = traffic((seen) =>
        Effect.sync(() => idsOf(seen).includes("id-7") ? json({ code: 3, message: "no" }, 400) : found(seen))
      )
      const got: Array<string> = []
      const run = (ids: Stream.Stream<string, "broken">) =>
        on(server, (index) =>
          Effect.flip(
            Stream.runForEach(index.fetchAll(ids, { batchSize: 3 }), ({ id }) => Effect.sync(() => got.push(id)))
          ))
      assert.strictEqual(
        yield* run(Stream.concat(Stream.fromIterable(numbered(4)), Stream.fail("broken" as const))),
        "broken"
      )
      assert.deepStrictEqual(got.splice(0), numbered(4))
      const error = yield* run(Stream.fromIterable(numbered(20)))
      assert.strictEqual(error === "broken" ? error : error._tag, "PineconeInvalidRequest")
      assert.deepStrictEqual(got, numbered(6))
      assert.strictEqual(server.counts.underWay, 0)
    }))

  it.effect("refuses bounds that are none, and asks nothing", () =>
    Effect.gen(function*() {
      const server = store()
      for (
        const options of [{ batchSize: 0 }, { batchSize: 1001 }, { batchSize: 1.5 }, { concurrency: 0 }, {
          concurrency: NaN
        }]
      ) {
        const error = yield* on(server, (index) =>
          Effect.flip(Stream.runDrain(index.fetchAll(Stream.make("a"), options))))
        assert.deepInclude(error, { _tag: "PineconeInvalidRequest", field: Object.keys(options)[0]!, attempts: 0 })
      }
      const error = yield* on(server, (index) =>
        Effect.flip(Stream.runDrain(index.scan({ skip: -1 }))))
      assert.deepInclude(error, { _tag: "PineconeInvalidRequest", field: "skip" })
      assert.strictEqual(server.seen.length, 0)
    }))

  it.effect("asks nothing for no ids", () =>
    Effect.gen(function*() {
      const server = store()
      assert.deepStrictEqual(yield* on(server, (index) => idsIn(index.fetchAll(Stream.empty))), [])
      assert.strictEqual(server.seen.length, 0)
    }))

  it.effect("leaves no request behind when it is interrupted", () =>
    Effect.gen(function*() {
      const server = silent()
      const fiber = yield* Effect.fork(
        on(server, (index) => Stream.runDrain(index.fetchAll(Stream.fromIterable(numbered(100)), { batchSize: 10 })))
      )
      yield* settle
      assert.strictEqual(server.counts.underWay, 4)
      yield* Fiber.interrupt(fiber)
      assert.deepInclude(server.counts, { underWay: 0, aborted: 4, answered: 0 })
    }))
})

describe("get", () => {
  const distinct = numbered(700)
  const thousand = Array.from({ length: 1000 }, (_, i) => distinct[i % 700]!)

  const idOf = (record: Option.Option<VectorIndex.Fetched<unknown>>) => Option.getOrUndefined(record)?.id

  it.effect("is one fetch for all who ask at once, with Effect's batching", () =>
    Effect.gen(function*() {
      const server = store()
      const records = yield* on(server, (index) =>
        Effect.forEach(thousand, (id) => index.get(id), { concurrency: "unbounded", batching: true }))
      assert.deepStrictEqual(records.map(idOf), thousand)
      assert.deepStrictEqual(server.seen.map(idsOf), [distinct])
    }))

  it.effect("is one fetch for all who ask at once, without it", () =>
    Effect.gen(function*() {
      const server = store()
      const records = yield* on(server, (index) =>
        Effect.forEach(thousand, (id) => index.get(id), { concurrency: "unbounded" }))
      assert.deepStrictEqual(records.map(idOf), thousand)
      assert.deepStrictEqual(
        server.seen.map((seen) =>
          idsOf(seen).sort()
        ),
        [[...distinct].sort()]
      )
    }))

  it.effect("is one fetch for fibers that know nothing of each other, and come by different ways", () =>
    Effect.gen(function*() {
      const server = store()
      const records = yield* on(server, (index) =>
        Effect.flatMap(
          Effect.forEach(thousand, (id, i) =>
            Effect.forkDaemon(Effect.zipRight(Effect.repeatN(Effect.yieldNow(), i % 10), index.get(id)))),
          (fibers) =>
            Effect.forEach(fibers, Fiber.join)
        ))
      assert.deepStrictEqual(records.map(idOf), thousand)
      assert.strictEqual(server.seen.length, 1)
      assert.strictEqual(idsOf(server.seen[0]!).length, 700)
    }))

  it.effect("is as few fetches as there can be for more than one takes, all at once", () =>
    Effect.gen(function*() {
      const gate = gates()
      const server = traffic((seen) => Effect.as(gate.pass("all"), found(seen)))
      const ids = numbered(2500)
      const fiber = yield* Effect.fork(
        on(server, (index) => Effect.forEach(ids, (id) => index.get(id), { concurrency: "unbounded" }))
      )
      yield* settle
      assert.deepStrictEqual(server.seen.map((seen) => idsOf(seen).length), [1000, 1000, 500])
      yield* gate.open("all")
      assert.deepStrictEqual((yield* Fiber.join(fiber)).map(idOf), ids)
      const wide = store()
      yield* on(wide, (index) =>
        Effect.forEach(numbered(300, "%".repeat(300)), (id) =>
          index.get(id), { concurrency: "unbounded", batching: true }))
      assert.strictEqual(wide.seen.length, 6)
      assert.isAtMost(
        Math.max(...wide.seen.map(({ url }) =>
          url.search.length
        )),
        48_001
      )
    }))

  it.effect("gives None for what is not there", () =>
    Effect.gen(function*() {
      const server = store()
      const [a, none] = yield* on(server, (index) =>
        Effect.all([index.get("a"), index.get("no")], { concurrency: 2, batching: true }))
      assert.strictEqual(idOf(a), "a")
      assert.isTrue(Option.isNone(none))
      assert.strictEqual(server.seen.length, 1)
    }))

  it.effect("is asked anew by who comes later, and may have written meanwhile", () =>
    Effect.gen(function*() {
      const gate = gates()
      const server = traffic((seen) => Effect.as(gate.pass("first"), found(seen)))
      yield* on(server, (index) =>
        Effect.gen(function*() {
          const first = yield* Effect.fork(index.get("a"))
          yield* settle
          const second = yield* Effect.fork(index.get("a"))
          yield* settle
          assert.strictEqual(server.seen.length, 2)
          yield* gate.open("first")
          yield* Fiber.join(first)
          yield* Fiber.join(second)
        }))
    }))

  it.effect("never mixes namespaces, and shares what views of the same one ask for", () =>
    Effect.gen(function*() {
      const server = store()
      const records = yield* on(server, (index) =>
        Effect.all([
          index.get("a"),
          index.get("a", { namespace: "x" }),
          index.namespace("x").get("b"),
          index.namespace("x").untyped().get("a"),
          index.untyped().namespace("y").get("a"),
          index.namespace("x").get("a", { namespace: "y" })
        ], { concurrency: "unbounded" }))
      assert.deepStrictEqual(records.map((record) => Option.getOrThrow(record).metadata["namespace"]), [
        "",
        "x",
        "x",
        "x",
        "y",
        "y"
      ])
      assert.deepStrictEqual(
        server.seen.map((seen) => [namespaceOf(seen), idsOf(seen)] as const).sort(),
        [[null, ["a"]], ["x", ["a", "b"]], ["y", ["a"]]]
      )
    }))

  it.effect("is one fetch for the default namespace, whichever of its names it is called by", () =>
    Effect.gen(function*() {
      const server = store()
      yield* on(server, (index) =>
        Effect.all([
          index.get("a"),
          index.get("a", { namespace: "" }),
          index.get("b", { namespace: "__default__" }),
          index.namespace("__default__").get("a"),
          index.namespace("").untyped().get("b")
        ], { concurrency: "unbounded" }))
      assert.deepStrictEqual(server.seen.map((seen) => [namespaceOf(seen), idsOf(seen)]), [[null, ["a", "b"]]])
    }))

  it.effect("is kept by a cache: by index and namespace, and not if it failed", () =>
    Effect.gen(function*() {
      let broken = true
      const server = traffic((seen) =>
        Effect.sync(() => broken && idsOf(seen).includes("f") ? json({ code: 13, message: "no" }, 500) : found(seen))
      )
      const cache = yield* RecordCache.make({ capacity: 100, timeToLive: "1 hour" })
      yield* on(server, (index) =>
        Effect.gen(function*() {
          const first = yield* index.get("a", { cache })
          assert.deepStrictEqual(yield* index.get("a", { cache }), first)
          yield* index.untyped().get("a", { cache })
          yield* index.get("a", { cache, namespace: "__default__" })
          assert.strictEqual(server.seen.length, 1)
          yield* index.get("a", { cache, namespace: "x" })
          yield* index.namespace("x").get("a", { cache })
          assert.strictEqual(server.seen.length, 2)
          yield* Effect.flatMap(VectorIndex.make({ host }), (other) => other.get("a", { cache })).pipe(
            Effect.provide(answering(server.answer))
          )
          assert.strictEqual(server.seen.length, 3)

          for (let failures = 0; failures < 2; failures++) {
            const failed = Effect.flip(index.get("f", { cache }))
            const errors = yield* Effect.all([failed, failed], { concurrency: 2 })
            assert.deepStrictEqual(errors.map(({ _tag }) => _tag), [
              "PineconeServiceUnavailable",
              "PineconeServiceUnavailable"
            ])
            assert.strictEqual(server.seen.length, 4 + failures)
          }
          broken = false
          assert.strictEqual(idOf(yield* index.get("f", { cache })), "f")
          yield* index.get("f", { cache })
          assert.strictEqual(server.seen.length, 6)
          yield* index.get("a")
          assert.strictEqual(server.seen.length, 7)
        }))
    }))

  it.effect("is read again when its time is over, when others took its room, and when all is forgotten", () =>
    Effect.gen(function*() {
      const server = store()
      const cache = yield* RecordCache.make({ capacity: 2, timeToLive: "1 minute" })
      yield* on(server, (index) =>
        Effect.gen(function*() {
          const read = (id: string) => Effect.map(index.get(id, { cache }), () => server.seen.length)
          assert.strictEqual(yield* read("a"), 1)
          yield* TestClock.adjust("59 seconds")
          assert.strictEqual(yield* read("a"), 1)
          yield* TestClock.adjust("1 second")
          assert.strictEqual(yield* read("a"), 2)

          assert.strictEqual(yield* read("b"), 3)
          assert.strictEqual(yield* read("a"), 3)
          assert.strictEqual(yield* read("c"), 4)
          assert.strictEqual(yield* read("a"), 4)
          assert.strictEqual(yield* read("b"), 5)

          yield* cache.invalidateAll
          assert.strictEqual(yield* read("b"), 6)
        }))
    }))

  it.effect("is not kept if all was forgotten while it was read", () =>
    Effect.gen(function*() {
      const gate = gates()
      const server = traffic((seen) => Effect.as(gate.pass("all"), found(seen)))
      const cache = yield* RecordCache.make({ capacity: 2, timeToLive: "1 minute" })
      yield* on(server, (index) =>
        Effect.gen(function*() {
          const fiber = yield* Effect.fork(index.get("a", { cache }))
          yield* settle
          yield* cache.invalidateAll
          yield* gate.open("all")
          assert.strictEqual(idOf(yield* Fiber.join(fiber)), "a")
          yield* index.get("a", { cache })
          assert.strictEqual(server.seen.length, 2)
        }))
    }))

  it.effect("asks for a cache that is one, with room and a time", () =>
    Effect.gen(function*() {
      const wrong = (options: { readonly capacity: number; readonly timeToLive: Duration.DurationInput }) =>
        Effect.map(Effect.flip(RecordCache.make(options)), ({ message, setting }) => [setting, message])
      assert.deepStrictEqual(yield* wrong({ capacity: 0, timeToLive: "1 hour" }), [
        "capacity",
        "capacity: must be an integer >= 1, got 0"
      ])
      const unknown: any = "soon"
      assert.strictEqual((yield* wrong({ capacity: 1, timeToLive: unknown }))[0], "timeToLive")
      const server = store()
      const error = yield* on(server, (index) => Effect.flip(index.get("a", { cache: unknown })))
      assert.deepInclude(error, { _tag: "PineconeInvalidRequest", field: "cache" })
      assert.strictEqual(server.seen.length, 0)
    }))

  it.effect("does not fail or wait for another that is interrupted", () =>
    Effect.gen(function*() {
      const gate = gates()
      const server = traffic((seen) => Effect.as(gate.pass("all"), found(seen)))
      yield* on(server, (index) =>
        Effect.gen(function*() {
          const a = yield* Effect.fork(index.get("a"))
          const b = yield* Effect.fork(index.get("b"))
          const again = yield* Effect.fork(index.get("a"))
          yield* settle
          assert.deepStrictEqual(server.seen.map(idsOf), [["a", "b"]])
          assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(a)))
          yield* gate.open("all")
          assert.strictEqual(idOf(yield* Fiber.join(b)), "b")
          assert.strictEqual(idOf(yield* Fiber.join(again)), "a")
        }))
      assert.deepStrictEqual(server.counts, { underWay: 0, most: 1, aborted: 0, answered: 1 })
    }))

  it.effect("aborts its fetch when none is left to wait for it, and sends none if they go before", () =>
    Effect.gen(function*() {
      const server = silent()
      yield* on(server, (index) =>
        Effect.gen(function*() {
          const fibers = yield* Effect.forEach(["a", "b", "c"], (id) => Effect.fork(index.get(id)))
          const batch = yield* Effect.fork(
            Effect.forEach(["a", "d"], (id) => index.get(id), { concurrency: "unbounded", batching: true })
          )
          yield* settle
          assert.strictEqual(server.counts.underWay, 1)
          yield* Fiber.interruptAll(fibers)
          yield* settle
          assert.strictEqual(server.counts.underWay, 1)
          yield* Fiber.interrupt(batch)
          yield* settle
          assert.deepStrictEqual(server.counts, { underWay: 0, most: 1, aborted: 1, answered: 0 })

          const early = yield* Effect.fork(index.get("a"))
          yield* Effect.yieldNow()
          yield* Fiber.interrupt(early)
          yield* settle
          assert.strictEqual(server.seen.length, 1)
        }))
    }))

  it.effect("that is interrupted is asked anew by the next, in a cache too", () =>
    Effect.gen(function*() {
      let answers = false
      const server = traffic((seen) => answers ? Effect.sync(() => found(seen)) : Effect.never)
      const cache = yield* RecordCache.make({ capacity: 100, timeToLive: "1 hour" })
      yield* on(server, (index) =>
        Effect.gen(function*() {
          const fiber = yield* Effect.fork(index.get("a", { cache }))
          yield* settle
          yield* Fiber.interrupt(fiber)
          yield* settle
          assert.deepStrictEqual(server.counts.aborted, 1)
          const batch = yield* Effect.fork(
            Effect.forEach(["a", "b"], (id) => index.get(id, { cache }), { concurrency: "unbounded", batching: true })
          )
          yield* settle
          assert.strictEqual(server.counts.underWay, 1)
          yield* Fiber.interrupt(batch)
          yield* settle
          assert.deepInclude(server.counts, { underWay: 0, aborted: 2 })
          answers = true
          assert.strictEqual(idOf(yield* index.get("a", { cache })), "a")
        }))
    }))

  it.effect("fails alone for an id that is none", () =>
    Effect.gen(function*() {
      const server = store()
      const [empty, long, good] = yield* on(server, (index) =>
        Effect.forEach(["", "x".repeat(513), "a"], (id) =>
          Effect.either(index.get(id)), {
          concurrency: "unbounded",
          batching: true
        }))
      assert.deepInclude(Either.getLeft(empty!).pipe(Option.getOrThrow), {
        _tag: "PineconeInvalidRequest",
        field: "id"
      })
      assert.deepInclude(Either.getLeft(long!).pipe(Option.getOrThrow), {
        _tag: "PineconeLimitExceeded",
        limit: "idLength"
      })
      assert.strictEqual(idOf(Either.getOrThrow(good!)), "a")
      assert.deepStrictEqual(server.seen.map(idsOf), [["a"]])
    }))

  it.effect("fails alone for metadata that does not fit, and does not for who has no Schema", () =>
    Effect.gen(function*() {
      const server = store()
      yield* VectorIndex.makeTyped({ host, metadata: Schema.Struct({ namespace: Schema.String, year: Schema.Int }) })
        .pipe(
          Effect.flatMap((index) =>
            Effect.gen(function*() {
              const [bad, good, stored] = yield* Effect.all([
                Effect.either(index.get("bad")),
                Effect.either(index.get("a")),
                Effect.either(index.untyped().get("bad"))
              ], { concurrency: "unbounded" })
              assert.deepInclude(Option.getOrThrow(Either.getLeft(bad)), {
                _tag: "PineconeInvalidMetadata",
                recordId: "bad",
                operation: "fetch"
              })
              assert.strictEqual(idOf(Either.getOrThrow(good)), "a")
              assert.strictEqual(Option.getOrThrow(Either.getOrThrow(stored)).metadata["year"], "x")
              assert.strictEqual(server.seen.length, 1)
            })
          ),
          Effect.provide(answering(server.answer))
        )
    }))

  it.effect("fails for all who asked where the fetch does", () =>
    Effect.gen(function*() {
      const server = traffic(() => Effect.sync(() => json({ code: 16, message: "Invalid API key." }, 401)))
      const errors = yield* on(server, (index) =>
        Effect.forEach(["a", "b"], (id) => Effect.flip(index.get(id)), { concurrency: "unbounded" }))
      assert.deepStrictEqual(errors.map(({ _tag, operation }) => [_tag, operation]), [
        ["PineconeUnauthorized", "fetch"],
        ["PineconeUnauthorized", "fetch"]
      ])
      assert.strictEqual(server.seen.length, 1)
      const dead = traffic(() =>
        Effect.dieMessage("boom")
      )
      const exit = yield* Effect.exit(on(dead, (index) => index.get("a")))
      assert.isTrue(Exit.isFailure(exit) && Cause.isDie(exit.cause))
    }))
})
