/** What a run that writes a stream into an index does, whatever the index has: records or documents. */
import type * as Ingest from "@effect-pinecone/data-plane/Ingest"
import type { PineconeHttpClient } from "@effect-pinecone/http/PineconeHttpClient"
import type * as Settings from "@effect-pinecone/http/Settings"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import type * as Sink from "effect/Sink"
import * as Stream from "effect/Stream"
import { TestClock } from "../../../../scripts/testing/clock.js"
import { FastCheck } from "../../../../scripts/testing/properties.js"
import { after, anyTurns, batchFailed, isWrite, refusing, runs, stream } from "../utils/ingesting.js"
import type { Sent } from "../utils/memoryIndex.js"
import { bytesOf, memoryIndex, rounds, watched } from "../utils/memoryIndex.js"
import type { Answer } from "../utils/stub.js"
import { answering, json } from "../utils/stub.js"

/** What writes a stream of items. */
export interface Writer<Item> {
  readonly upsertAll: <E, R>(
    items: Stream.Stream<Item, E, R>,
    options?: Ingest.Options
  ) => Effect.Effect<Ingest.Summary<Item>, E | Ingest.BatchFailed<Item>, R>
  readonly upsertProgress: <E, R>(
    items: Stream.Stream<Item, E, R>,
    options?: Ingest.Options
  ) => Stream.Stream<Ingest.Progress<Item>, E | Ingest.BatchFailed<Item>, R>
  readonly upsertSink: (
    options?: Ingest.Options
  ) => Sink.Sink<Ingest.Summary<Item>, Item, never, Ingest.BatchFailed<Item>>
}

export interface Kind<Item> {
  readonly name: string
  readonly open: Effect.Effect<Writer<Item>, never, PineconeHttpClient>
  /** The item of a number, whose id is `r` with the number. */
  readonly item: (n: number) => Item
  /** The item as the index keeps it. */
  readonly sent: (item: Item) => Sent
  /** Of the random runs that a test has, so many are made. */
  readonly share: number
}

export const ingesting = <Item>({ item, name, open, sent, share }: Kind<Item>): void => {
  const on = <A, E>(
    answer: Answer,
    use: (index: Writer<Item>) => Effect.Effect<A, E, PineconeHttpClient>,
    settings: Partial<Settings.Settings> = {}
  ): Effect.Effect<A, E> => Effect.provide(Effect.flatMap(open, use), answering(answer, settings))

  const records = (count: number, from = 0) => Array.from({ length: count }, (_, i) => item(from + i))

  const ids = (items: ReadonlyArray<Item>) => items.map((one) => sent(one).id)

  describe(`${name} that are wrong`, () => {
    it.effect("end the run with their batch, and interrupt the others", () =>
      Effect.gen(function*() {
        const { answer, records: stored } = memoryIndex(refusing(15))
        const { answer: watching, seen } = watched((request, url) =>
          isWrite(url) && new TextDecoder().decode(bytesOf(request)).includes("\"r25\"")
            ? Effect.never
            : answer(request, url)
        )
        const failed = yield* batchFailed(
          on(watching, (index) => index.upsertAll(stream(records(1000)), { batchSize: 10, concurrency: 2 }))
        )
        assert.deepStrictEqual(failed.records, records(10, 10))
        assert.deepStrictEqual([failed.error._tag, failed.error.status, failed.checkpoint, failed.lsn], [
          "PineconeInvalidRequest",
          400,
          10,
          1
        ])
        assert.include(failed.message, "a batch of 10 records was not stored")
        assert.include(failed.message, "record r15 is refused")
        assert.strictEqual(seen.open, 0)
        assert.strictEqual(stored.size, 10)
      }))

    it.effect("are put aside with their batch", () =>
      Effect.gen(function*() {
        const { answer, records: stored, requests } = memoryIndex(refusing(15, 31))
        const summary = yield* on(answer, (index) =>
          index.upsertAll(stream(records(50)), { batchSize: 10, onInvalid: "collect", concurrency: 1 }))
        assert.deepStrictEqual(
          [summary.records, summary.failed, summary.checkpoint, summary.requests, requests.length],
          [30, 20, 50, 5, 5]
        )
        assert.deepStrictEqual(
          summary.failures.map(({ records }) =>
            ids(records)
          ),
          [
            ids(records(10, 10)),
            ids(records(10, 30))
          ]
        )
        assert.deepStrictEqual(summary.failures.map(({ error }) => error._tag), [
          "PineconeInvalidRequest",
          "PineconeInvalidRequest"
        ])
        assert.strictEqual(stored.size, 30)
      }))

    it.effect("are found: one of 10,000, with few requests more", () =>
      Effect.gen(function*() {
        for (const bad of share < 1 ? [4567] : [0, 999, 4567, 9999]) {
          const { answer, records: stored, requests } = memoryIndex(refusing(bad))
          const summary = yield* on(
            answer,
            (index) => index.upsertAll(stream(records(10_000)), { onInvalid: "bisect" })
          )
          assert.deepStrictEqual(summary.failures.map(({ records }) => ids(records)), [[`r${bad}`]])
          assert.include(summary.failures[0]!.error.message, `record r${bad} is refused`)
          assert.deepStrictEqual([summary.records, summary.failed, summary.checkpoint], [9999, 1, 10_000])
          assert.isTrue(stored.size === 9999 && !stored.has(`r${bad}`))
          assert.strictEqual(summary.requests, requests.length)
          assert.isAtMost(requests.length, 10 + 2 * Math.ceil(Math.log2(1000)))
          // Where the first half is stored, the second need not be sent to know that it is wrong.
          if (bad === 9999) assert.isAtMost(requests.length, 10 + Math.ceil(Math.log2(1000)) + 1)
        }
      }))

    it.effect.prop(
      "are put aside and all others are stored, however many they are",
      [
        FastCheck.uniqueArray(FastCheck.nat(199), { maxLength: 30 }),
        FastCheck.integer({ min: 1, max: 64 }),
        FastCheck.integer({ min: 1, max: 5 }),
        anyTurns
      ],
      ([bad, batchSize, concurrency, turns]) =>
        Effect.gen(function*() {
          const { answer, records: stored, writes } = memoryIndex(refusing(...bad))
          const summary = yield* on(after(turns, answer), (index) =>
            index.upsertAll(stream(records(200)), { batchSize, concurrency, onInvalid: "bisect" }))
          assert.deepStrictEqual(
            summary.failures.flatMap(({ records }) =>
              ids(records)
            ).sort(),
            bad.map((n) => `r${n}`).sort()
          )
          assert.isTrue(summary.failures.every(({ error, records: [only, ...none] }) =>
            none.length === 0 && error.message.includes(`record ${sent(only!).id} is refused`)
          ))
          assert.deepStrictEqual([summary.records, summary.failed, summary.checkpoint], [
            200 - bad.length,
            bad.length,
            200
          ])
          assert.strictEqual(stored.size, 200 - bad.length)
          assert.isTrue([...writes.values()].every((times) =>
            times === 1
          ))
        }),
      runs(Math.ceil(60 * share))
    )

    it.effect("that only a whole batch is refused for are all stored", () =>
      Effect.gen(function*() {
        const { answer, records: stored } = memoryIndex()
        const picky: Answer = (request, url) =>
          isWrite(url) && bytesOf(request).length > 100
            ? Effect.succeed(json({ code: 3, message: "too large" }, 413))
            : answer(request, url)
        const summary = yield* on(picky, (index) =>
          index.upsertAll(stream(records(20)), { batchSize: 10, onInvalid: "bisect" }))
        assert.deepStrictEqual([summary.records, summary.failed, stored.size], [20, 0, 20])
      }))
  })

  describe(`requests in flight, of ${name}`, () => {
    it.effect.prop(
      "are never more than asked for, and as many where there is work",
      [FastCheck.integer({ min: 1, max: 12 }), anyTurns],
      ([concurrency, turns]) =>
        Effect.gen(function*() {
          const { answer, seen } = watched(after(turns.map((n) => n + 20), memoryIndex().answer))
          yield* on(answer, (index) => index.upsertAll(stream(records(100)), { batchSize: 2, concurrency }))
          assert.strictEqual(seen.most, concurrency)
        }),
      runs(Math.ceil(20 * share))
    )
  })

  describe(`a batch of ${name} that fails for a passing reason`, () => {
    const failing = (times: number, status: number, answer: Answer) => {
      let failures = 0
      return (request: Parameters<Answer>[0], url: URL) =>
        isWrite(url) && new TextDecoder().decode(bytesOf(request)).includes("\"r15\"") && failures++ < times
          ? Effect.succeed(new Response("trouble", { status }))
          : answer(request, url)
    }

    it.effect("is sent again after the tries of the settings are used up", () =>
      Effect.gen(function*() {
        const { answer, records: stored } = memoryIndex()
        const summary = yield* on(
          failing(7, 503, answer),
          (index) => index.upsertAll(stream(records(50)), { batchSize: 10, retry: Schedule.recurs(3) }),
          { retry: Schedule.recurs(1) }
        )
        assert.deepStrictEqual([summary.records, stored.size], [50, 50])
      }))

    it.effect("fails the run when these are used up too", () =>
      Effect.gen(function*() {
        const { answer, seen } = watched(failing(8, 503, memoryIndex().answer))
        const failed = yield* batchFailed(on(
          answer,
          (index) =>
            index.upsertAll(stream(records(50)), { batchSize: 10, retry: Schedule.recurs(3), onInvalid: "bisect" }),
          { retry: Schedule.recurs(1) }
        ))
        assert.deepStrictEqual([failed.error._tag, failed.error.status], ["PineconeServiceUnavailable", 503])
        assert.deepStrictEqual(failed.records, records(10, 10))
        assert.strictEqual(failed.checkpoint, 10)
        assert.strictEqual(seen.open, 0)
      }))

    it.effect("is sent again after a second at first, unless told otherwise", () =>
      Effect.gen(function*() {
        const { answer, records: stored } = memoryIndex()
        const fiber = yield* Effect.fork(
          on(failing(1, 500, answer), (index) => index.upsertAll(stream(records(20)), { batchSize: 10 }))
        )
        yield* rounds(20)
        yield* TestClock.adjust("799 millis")
        yield* rounds(20)
        assert.strictEqual(stored.size, 10)
        yield* TestClock.adjust("401 millis")
        yield* Fiber.join(fiber)
        assert.strictEqual(stored.size, 20)
      }))

    for (
      const [status, tag] of [[401, "PineconeUnauthorized"], [403, "PineconeForbidden"], [
        404,
        "PineconeNotFound"
      ]] as const
    ) {
      it.effect(`fails the run at once with ${status}, in every mode`, () =>
        Effect.gen(function*() {
          for (const onInvalid of ["fail", "collect", "bisect"] as const) {
            const { answer } = memoryIndex()
            const failed = yield* batchFailed(on(failing(1, status, answer), (index) =>
              index.upsertAll(stream(records(50)), { batchSize: 10, concurrency: 1, onInvalid })))
            assert.strictEqual(failed.error._tag, tag)
            assert.deepStrictEqual(failed.records, records(10, 10))
            assert.deepStrictEqual([failed.checkpoint, failed.lsn], [10, 1])
          }
        }))
    }
  })

  describe(`a run of ${name} that is resumed`, () => {
    it.effect.prop(
      "ends with the same index, from the checkpoint of a failure",
      [
        FastCheck.nat(99),
        FastCheck.integer({ min: 1, max: 15 }),
        FastCheck.integer({ min: 1, max: 5 }),
        anyTurns,
        FastCheck.boolean()
      ],
      ([at, size, concurrency, turns, byBytes]) =>
        Effect.gen(function*() {
          const { answer, records: stored } = memoryIndex()
          let down = false
          const dying: Answer = (request, url) => {
            down ||= isWrite(url) && new TextDecoder().decode(bytesOf(request)).includes(`"r${at}"`)
            return down ? Effect.succeed(new Response("", { status: 401 })) : answer(request, url)
          }
          const source = records(100)
          const options = byBytes ? { maxBytes: 70 + 40 * size, concurrency } : { batchSize: size, concurrency }
          const failed = yield* batchFailed(
            on(after(turns, dying), (index) => index.upsertAll(stream(source), options))
          )
          assert.isTrue(source.slice(0, failed.checkpoint).every((one) => stored.has(sent(one).id)))
          const summary = yield* on(
            answer,
            (index) => index.upsertAll(stream(source), { ...options, resumeFrom: failed.checkpoint })
          )
          assert.deepStrictEqual([summary.records, summary.checkpoint], [100 - failed.checkpoint, 100])
          assert.deepStrictEqual(
            [...stored.values()].sort((a, b) => a.values![0]! - b.values![0]!),
            source.map(sent)
          )
        }),
      runs(Math.ceil(50 * share))
    )

    it.effect.prop(
      "ends with the same index, from the last report of one that was interrupted",
      [FastCheck.nat(60), anyTurns],
      ([cut, turns]) =>
        Effect.gen(function*() {
          const { answer, records: stored } = memoryIndex(refusing(33, 80))
          const options = { batchSize: 7, onInvalid: "bisect" } as const
          let resumeFrom = 0
          const fiber = yield* Effect.fork(on(after(turns, answer), (index) =>
            index.upsertProgress(stream(records(100)), options).pipe(
              Stream.runForEach(({ checkpoint }) =>
                Effect.sync(() => {
                  resumeFrom = checkpoint
                })
              )
            )))
          yield* rounds(cut)
          yield* Fiber.interrupt(fiber)
          const summary = yield* on(answer, (index) =>
            index.upsertAll(stream(records(100)), { ...options, resumeFrom }))
          assert.strictEqual(summary.checkpoint, 100)
          assert.deepStrictEqual(
            [...stored.keys()].sort(),
            ids(records(100)).filter((id) => id !== "r33" && id !== "r80").sort()
          )
        }),
      runs(Math.ceil(40 * share))
    )

    it.effect("has nothing to do at the end, and past it", () =>
      Effect.gen(function*() {
        const { answer, requests } = memoryIndex()
        for (const resumeFrom of [10, 15]) {
          const summary = yield* on(answer, (index) => index.upsertAll(stream(records(10)), { resumeFrom }))
          assert.deepStrictEqual([summary.records, summary.checkpoint], [0, resumeFrom])
        }
        assert.deepStrictEqual(requests, [])
      }))
  })

  describe(`a run of ${name} that is interrupted`, () => {
    for (const as of ["an effect", "a stream", "a sink"] as const) {
      it.effect.prop(
        `as ${as} leaves no request open, and no place taken`,
        [FastCheck.nat(40), FastCheck.constantFrom(0, 3)],
        ([cut, stuckAt]) =>
          Effect.gen(function*() {
            const { answer } = memoryIndex()
            let writes = 0
            const { answer: watching, seen } = watched((request, url) =>
              writes++ < stuckAt ? answer(request, url) : Effect.never
            )
            yield* on((request, url) => isWrite(url) ? watching(request, url) : answer(request, url), (index) =>
              Effect.gen(function*() {
                const source = stream(records(1000))
                const options = { batchSize: 1 }
                const running = as === "an effect"
                  ? index.upsertAll(source, options)
                  : as === "a stream"
                  ? Stream.runDrain(index.upsertProgress(source, options))
                  : Stream.run(source, index.upsertSink(options))
                const fiber = yield* Effect.fork(running)
                yield* rounds(cut)
                yield* Fiber.interrupt(fiber)
                assert.strictEqual(seen.open, 0)
                const before = writes
                yield* rounds(10)
                assert.strictEqual(writes, before)
                // Another run on the host has as many places as if there had been no other.
                const grown = Math.min(stuckAt, before)
                writes = 1000
                const next = yield* Effect.fork(index.upsertAll(source, options))
                yield* rounds(40)
                assert.isAtLeast(seen.open, 4)
                assert.isAtMost(seen.open, 4 + grown)
                yield* Fiber.interrupt(next)
                assert.strictEqual(seen.open, 0)
              }))
          }),
        runs(Math.ceil(20 * share))
      )
    }

    it.effect("as a stream of which no more is asked is at its end too", () =>
      Effect.gen(function*() {
        const { answer, seen } = watched(after([1, 50], memoryIndex().answer))
        yield* on(answer, (index) =>
          Effect.gen(function*() {
            yield* Stream.runDrain(
              Stream.takeUntil(
                index.upsertProgress(stream(records(100)), { batchSize: 1 }),
                ({ records }) => records >= 2
              )
            )
            assert.strictEqual(seen.open, 0)
          }))
      }))
  })
}
