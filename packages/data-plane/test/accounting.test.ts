import * as Ingest from "@effect-pinecone/data-plane/Ingest"
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import type { PineconeHttpClient } from "@effect-pinecone/http/PineconeHttpClient"
import * as Settings from "@effect-pinecone/http/Settings"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { TestClock } from "../../../scripts/testing/clock.js"
import { FastCheck } from "../../../scripts/testing/properties.js"
import { bytesOf, memoryIndex, rounds } from "./utils/memoryIndex.js"
import type { Answer } from "./utils/stub.js"
import { answering, json, model } from "./utils/stub.js"

const on = <A, E>(
  answer: Answer,
  use: (index: VectorIndex.VectorIndex) => Effect.Effect<A, E, PineconeHttpClient>,
  settings: Partial<Settings.Settings> = {}
): Effect.Effect<A, E> =>
  Effect.provide(Effect.flatMap(Effect.orDie(VectorIndex.make({ name: "movies" })), use), answering(answer, settings))

const record = (n: number) => ({ id: `r${n}`, values: [n, 1, 0] })

const records = (count: number, from = 0) => Array.from({ length: count }, (_, i) => record(from + i))

const isLookup = (url: URL) => url.pathname.startsWith("/indexes/")

const failure = <A, Item, E>(run: Effect.Effect<A, Ingest.BatchFailed<Item> | E>) =>
  Effect.flatMap(
    Effect.flip(run),
    (error) =>
      typeof error === "object" && error !== null && "_tag" in error && error._tag === "PineconeBatchFailed"
        ? Effect.succeed(error as Ingest.BatchFailed<Item>)
        : Effect.die(error)
  )

/** That every record the source gave has come to one end. */
const addsUp = ({ counts, records, unsent }: Ingest.BatchFailed<unknown>, read: number) => {
  assert.strictEqual(counts.read, read)
  assert.strictEqual(counts.records + counts.failed + records.length + unsent.length, read)
}

/** Lets the clock go on in small steps, and what it wakes run. */
const pass = (duration: Duration.DurationInput, steps = 20) =>
  Effect.replicateEffect(
    Effect.zipRight(TestClock.adjust(Duration.millis(Duration.toMillis(duration) / steps)), rounds(3)),
    steps
  )

describe("a source that is slow and has no end", () => {
  const slow = (perSecond: number) =>
    Stream.repeatEffectWithSchedule(
      Effect.sync(() => undefined),
      Schedule.spaced(Duration.millis(1000 / perSecond))
    ).pipe(
      Stream.mapAccum(0, (n) => [n + 1, record(n)])
    )

  it.effect("is stored as it comes: no record waits longer than maxWait for others", () =>
    Effect.gen(function*() {
      const { answer, records: stored, requests } = memoryIndex()
      const roundTrip = 100
      const answering: Answer = (request, url) =>
        isLookup(url) ? answer(request, url) : Effect.zipRight(Effect.sleep(roundTrip), answer(request, url))
      const run = yield* Effect.fork(
        on(answering, (index) => index.upsertAll(slow(20), { maxWait: "500 millis" }))
      )
      yield* rounds(20)
      yield* pass("500 millis", 10)
      yield* pass("100 millis", 2)
      // Its first record came at once, and others with it in half a second.
      assert.isAtLeast(stored.size, 10)
      for (let second = 1; second <= 5; second++) {
        yield* pass("1 second", 20)
        // Of the last 600 ms nothing need be stored yet: twelve records, and one for each end of the time.
        assert.isAtLeast(stored.size, (second + 0.6) * 20 - 14)
      }
      assert.isAtMost(requests.length, 14)
      yield* Fiber.interrupt(run)
    }))

  it.effect("waits a second unless set", () =>
    Effect.gen(function*() {
      const { answer, records: stored } = memoryIndex()
      const run = yield* Effect.fork(on(answer, (index) => index.upsertAll(slow(20))))
      yield* rounds(20)
      yield* pass("950 millis", 19)
      assert.strictEqual(stored.size, 0)
      yield* pass("100 millis", 2)
      assert.isAtLeast(stored.size, 19)
      yield* Fiber.interrupt(run)
    }))

  it.effect("is left to fill its batches where maxWait is without end", () =>
    Effect.gen(function*() {
      const { answer, requests } = memoryIndex()
      const run = yield* Effect.fork(
        on(answer, (index) => index.upsertAll(slow(20), { maxWait: Duration.infinity, batchSize: 30 }))
      )
      yield* rounds(20)
      yield* pass("4 seconds", 80)
      assert.deepStrictEqual(requests.map(({ records }) => records.length), [30, 30])
      yield* Fiber.interrupt(run)
    }))

  it.effect("that pauses is stored without those that come after the pause", () =>
    Effect.gen(function*() {
      const { answer, records: stored, requests } = memoryIndex()
      const source = Stream.concat(
        Stream.fromIterable(records(3)),
        Stream.concat(Stream.drain(Stream.fromEffect(Effect.sleep("1 minute"))), Stream.fromIterable(records(2, 3)))
      )
      const run = yield* Effect.fork(on(answer, (index) => index.upsertAll(source)))
      yield* rounds(20)
      yield* pass("2 seconds")
      assert.strictEqual(stored.size, 3)
      yield* pass("1 minute")
      assert.deepStrictEqual((yield* Fiber.join(run)).records, 5)
      assert.deepStrictEqual(requests.map(({ records }) => records.length), [3, 2])
    }))
})

describe("a run with a timeout", () => {
  it.effect("ends when that is over, and says what came to which end and where to resume", () =>
    Effect.gen(function*() {
      const { answer, records: stored } = memoryIndex(({ id }) => id === "r7")
      const source = Stream.rechunk(Stream.fromIterable(records(100)), 25)
      let writes = 0
      const stuck: Answer = (request, url) => isLookup(url) || writes++ < 4 ? answer(request, url) : Effect.never
      const run = yield* Effect.fork(failure(on(stuck, (index) =>
        index.upsertAll(source, {
          batchSize: 10,
          concurrency: 2,
          onInvalid: "collect",
          timeout: "10 seconds"
        }))))
      yield* rounds(50)
      yield* pass("10 seconds")
      const failed = yield* Fiber.join(run)
      assert.strictEqual(failed.reason, "TimedOut")
      assert.strictEqual(failed.error._tag, "PineconeTimedOut")
      assert.deepStrictEqual([failed.counts.records, failed.counts.failed], [30, 10])
      assert.strictEqual(failed.checkpoint, 40)
      assert.deepStrictEqual(failed.failures.flatMap(({ records }) => records), records(10))
      assert.deepStrictEqual(failed.records, [])
      addsUp(failed, failed.counts.read)
      assert.deepStrictEqual(failed.unsent, records(failed.counts.read - 40, 40))
      assert.include(failed.message, "the run exceeded its timeout of 10s")
      assert.include(failed.message, "30 stored, 10 refused")
      assert.include(failed.message, "resume with resumeFrom: 40")
      // And so it can be.
      const rest = yield* on(answer, (index) => index.upsertAll(source, { resumeFrom: failed.checkpoint }))
      assert.strictEqual(rest.records, 60)
      assert.strictEqual(stored.size, 90)
    }))

  it.effect("gives back what it has read while a batch that was due waited for a place", () =>
    Effect.gen(function*() {
      for (const size of [1, 3, 7]) {
        const queue = yield* Queue.unbounded<ReturnType<typeof record>>()
        const stuck: Answer = (_, url) => isLookup(url) ? Effect.succeed(json(model)) : Effect.never
        const run = yield* Effect.fork(failure(on(stuck, (index) =>
          index.upsertAll(Stream.fromQueue(queue, { maxChunkSize: size }), {
            concurrency: 2,
            maxWait: "20 millis",
            timeout: "1500 millis"
          }))))
        yield* rounds(20)
        for (const one of records(20)) {
          yield* Queue.offer(queue, one)
          yield* pass("50 millis", 5)
        }
        yield* pass("1 second", 5)
        const failed = yield* Fiber.join(run)
        const left = yield* Queue.takeAll(queue)
        assert.strictEqual(failed.reason, "TimedOut")
        addsUp(failed, failed.counts.read)
        assert.deepStrictEqual([...failed.unsent, ...left], records(20))
      }
    }))

  it.effect("is not delayed by one that ends in time", () =>
    Effect.gen(function*() {
      const { answer } = memoryIndex()
      const summary = yield* on(answer, (index) =>
        index.upsertAll(Stream.fromIterable(records(10)), { timeout: "1 hour" }))
      assert.deepStrictEqual([summary.read, summary.records], [10, 10])
    }))

  it.effect("is timed as a whole, with its waits to be sent again", () =>
    Effect.gen(function*() {
      const run = yield* Effect.fork(failure(on(
        (_, url) => Effect.succeed(isLookup(url) ? json(model) : new Response("busy", { status: 503 })),
        (index) => index.deleteIds(Stream.make("a"), { timeout: "20 seconds" })
      )))
      yield* rounds(20)
      yield* pass("19 seconds")
      assert.isTrue(Option.isNone(yield* Fiber.poll(run)))
      yield* pass("1 second", 1)
      const failed = yield* Fiber.join(run)
      assert.strictEqual(failed.reason, "TimedOut")
      assert.deepStrictEqual(failed.unsent, ["a"])
      addsUp(failed, 1)
    }))
})

describe("a host that accepts nothing any more", () => {
  const dead = (first: number, answer: Answer, response: () => Effect.Effect<Response>): Answer => {
    let writes = 0
    return (request, url) => isLookup(url) || writes++ < first ? answer(request, url) : response()
  }

  it.effect("ends the run with its batches, and not after ten minutes", () =>
    Effect.gen(function*() {
      let tries = 0
      const { answer } = memoryIndex()
      const run = yield* Effect.fork(failure(on(
        dead(2, answer, () =>
          Effect.sync(() => {
            tries++
            return new Response("trouble", { status: 503 })
          })),
        (index) =>
          index.upsertAll(Stream.rechunk(Stream.fromIterable(records(100)), 10), {
            batchSize: 10,
            stallTimeout: "30 seconds"
          })
      )))
      yield* rounds(50)
      yield* pass("1 minute", 120)
      const failed = yield* Fiber.join(run)
      assert.strictEqual(failed.reason, "Stalled")
      assert.deepStrictEqual([failed.error._tag, failed.error.status], ["PineconeServiceUnavailable", 503])
      assert.strictEqual(failed.counts.records, 20)
      assert.strictEqual(failed.checkpoint, 20)
      addsUp(failed, failed.counts.read)
      assert.isAtMost(tries, 60)
    }))

  it.effect("is given two minutes unless set, and more where it asks for patience", () =>
    Effect.gen(function*() {
      const { answer, records: stored } = memoryIndex()
      let asked = 0
      const patient: Answer = (request, url) =>
        isLookup(url) || asked++ >= 8
          ? answer(request, url)
          : Effect.succeed(new Response("later", { status: 429, headers: { "retry-after": "50" } }))
      const run = yield* Effect.fork(on(patient, (index) => index.upsertAll(Stream.fromIterable(records(10)))))
      yield* rounds(20)
      yield* pass("9 minutes", 200)
      assert.strictEqual((yield* Fiber.join(run)).records, 10)
      assert.strictEqual(stored.size, 10)
    }))

  it.effect("that asks for more than a minute is not waited for: the run ends with the time", () =>
    Effect.gen(function*() {
      const failed = yield* failure(on(
        (_, url) =>
          Effect.succeed(
            isLookup(url)
              ? json(model)
              : new Response("tomorrow", { status: 429, headers: { "retry-after": "86400" } })
          ),
        (index) => index.upsertAll(Stream.fromIterable(records(10))),
        { retry: Settings.defaultRetry }
      ))
      assert.strictEqual(failed.reason, "Failed")
      if (failed.error._tag !== "PineconeRateLimited") return assert.fail(failed.error._tag)
      assert.deepStrictEqual(failed.error.retryAfter, Duration.days(1))
      assert.deepStrictEqual(failed.records, records(10))
      addsUp(failed, 10)
    }))

  it.effect("has no more than 1.5 times the requests that are needed where half of all tries fail", () =>
    Effect.gen(function*() {
      const { answer, records: stored } = memoryIndex()
      let tries = 0
      const half: Answer = (request, url) =>
        isLookup(url)
          ? answer(request, url)
          : tries++ % 2 === 0
          ? Effect.succeed(new Response("trouble", { status: 500 }))
          : answer(request, url)
      const run = yield* Effect.fork(on(
        half,
        (index) => index.upsertAll(Stream.rechunk(Stream.fromIterable(records(3000)), 10), { batchSize: 10 }),
        { retry: Settings.defaultRetry }
      ))
      yield* rounds(20)
      yield* pass("5 minutes", 600)
      const summary = yield* Fiber.join(run)
      assert.deepStrictEqual([summary.read, summary.records, stored.size], [3000, 3000, 3000])
      // Where half fail, two are needed for each batch.
      assert.isAtMost(tries, 1.5 * 2 * 300)
    }))
})

describe("the counts of a run that ends early", () => {
  const anyEnd = FastCheck.record({
    count: FastCheck.integer({ min: 1, max: 120 }),
    chunk: FastCheck.integer({ min: 1, max: 40 }),
    batchSize: FastCheck.integer({ min: 1, max: 30 }),
    concurrency: FastCheck.integer({ min: 1, max: 5 }),
    bad: FastCheck.uniqueArray(FastCheck.nat(119), { maxLength: 10 }),
    unsendable: FastCheck.uniqueArray(FastCheck.nat(119), { maxLength: 5 }),
    onInvalid: FastCheck.constantFrom("fail" as const, "collect" as const, "bisect" as const),
    stopAt: FastCheck.nat(20)
  })

  it.effect.prop(
    "add up to what the source gave, whatever happens",
    [anyEnd],
    ([{ bad, batchSize, chunk, concurrency, count, onInvalid, stopAt, unsendable }]) =>
      Effect.gen(function*() {
        const { answer, records: stored, writes } = memoryIndex(({ id }) => bad.some((n) => id === `r${n}`))
        let requests = 0
        const stopping: Answer = (request, url) =>
          isLookup(url) || requests++ !== stopAt
            ? answer(request, url)
            : Effect.succeed(json({ code: 7, message: "no", details: [] }, 403))
        const source = records(count).map((one, n) => unsendable.includes(n) ? { ...one, values: [1, 2] } : one)
        const ended = yield* Effect.either(on(stopping, (index) =>
          index.upsertAll(Stream.rechunk(Stream.fromIterable(source), chunk), { batchSize, concurrency, onInvalid })))
        if (ended._tag === "Right") {
          const { failed, failures, read, records } = ended.right
          assert.deepStrictEqual([read, records + failed], [count, count])
          assert.strictEqual(
            failures.flatMap(({ records }) =>
              records
            ).length,
            failed
          )
          assert.strictEqual(stored.size, records)
          return
        }
        const failedWith = ended.left
        addsUp(failedWith, failedWith.counts.read)
        const settled = new Set([
          ...failedWith.failures.flatMap(({ records }) => records),
          ...failedWith.records,
          ...failedWith.unsent
        ])
        // Each that the source gave is in one place, and those in none are stored.
        assert.strictEqual(settled.size, failedWith.counts.read - failedWith.counts.records)
        const rest = source.slice(0, failedWith.counts.read).filter((one) => !settled.has(one))
        assert.strictEqual(rest.length, failedWith.counts.records)
        assert.isTrue(rest.every(({ id }) => writes.get(id) === 1))
      }),
    { fastCheck: { numRuns: 300 } }
  )
})

describe("a record that could not be read", () => {
  it.effect("ends a run that is to fail, and is given back with those behind it", () =>
    Effect.gen(function*() {
      const { answer, requests } = memoryIndex()
      const unreadable = new Ingest.Unreadable({
        error: new PineconeError.InvalidRequest({ operation: "upsert", message: "row 7: the id is missing" })
      })
      const source = Stream.make(record(0), unreadable, record(1))
      const failed = yield* failure(on(answer, (index) => index.upsertAll(source)))
      assert.strictEqual(failed.reason, "Refused")
      assert.deepStrictEqual([failed.records, failed.unsent], [[record(0)], [unreadable, record(1)]])
      addsUp(failed, 3)
      const alone = yield* failure(on(answer, (index) => index.upsertAll(Stream.make(unreadable))))
      assert.include(alone.message, "a record could not be read: row 7: the id is missing")
      addsUp(alone, 1)
      assert.deepStrictEqual(requests, [])
    }))
})

describe("a sink", () => {
  it.effect("ends with its batch that fails, wherever that is in its source", () =>
    Effect.gen(function*() {
      const bad = { id: "bad", values: [1, 2] }
      for (
        const chunks of [
          [[bad]],
          [[bad], [record(1)]],
          [[bad], [record(1)], [record(2)]],
          [[record(1)], [bad]],
          [[record(1)], [bad], [record(2)]],
          [[record(1)], [record(2)], [bad]]
        ]
      ) {
        const failed = yield* failure(on(memoryIndex().answer, (index) =>
          Stream.run(
            Stream.flattenChunks(Stream.fromIterable(chunks.map((chunk) => Chunk.fromIterable(chunk)))),
            index.upsertSink()
          )))
        assert.deepStrictEqual([failed.reason, failed.error._tag], ["Refused", "PineconeInvalidRequest"])
        assert.include(failed.message, "\"bad\"")
      }
    }))
})

describe("a record that is refused before it is sent", () => {
  it.effect("is reported at once, and not with the next answer", () =>
    Effect.gen(function*() {
      const { answer } = memoryIndex()
      const reports: Array<number> = []
      const source = Stream.concat(
        Stream.make({ id: "bad", values: [1, 2] }),
        Stream.fromEffect(Effect.as(Effect.sleep("1 hour"), record(1)))
      )
      const run = yield* Effect.fork(on(answer, (index) =>
        Stream.runForEach(index.upsertProgress(source, { onInvalid: "collect" }), ({ failed }) =>
          Effect.sync(() =>
            reports.push(failed)
          ))))
      yield* rounds(30)
      assert.deepStrictEqual(reports, [1])
      yield* Fiber.interrupt(run)
    }))
})

describe("the log of an index", () => {
  it.effect("is waited for by the highest LSN of a run, whichever answer comes last", () =>
    Effect.gen(function*() {
      const answered: Array<() => void> = []
      let lsn = 0
      const reversed: Answer = (_, url) =>
        isLookup(url)
          ? Effect.succeed(json(model))
          : Effect.async((resume) => {
            const own = ++lsn
            answered.push(() =>
              resume(Effect.succeed(json({ upsertedCount: 1 }, 200, { "x-pinecone-request-lsn": String(own) })))
            )
          })
      const run = yield* Effect.fork(
        on(reversed, (index) => index.upsertAll(Stream.fromIterable(records(4)), { batchSize: 1, concurrency: 4 }))
      )
      while (answered.length < 4) yield* rounds(1)
      for (const answer of answered.reverse()) {
        answer()
        yield* rounds(5)
      }
      assert.strictEqual((yield* Fiber.join(run)).lsn, 4)
    }))
})

describe("the memory of a body", () => {
  for (
    const [name, settings, options] of [
      ["by the settings", Schedule.recurs(3), {}],
      ["by the run", Settings.noRetry, { retry: Schedule.recurs(5) }]
    ] as const
  ) {
    it.effect(`is not used again where an earlier try, sent again ${name}, may still read it`, () =>
      Effect.gen(function*() {
        // The server of this test reads a body long after it has refused it.
        const kept: Array<{ readonly bytes: Uint8Array; readonly copy: Uint8Array }> = []
        const { answer, records: stored } = memoryIndex()
        let tries = 0
        const breaking: Answer = (request, url) => {
          if (isLookup(url)) return answer(request, url)
          const bytes = bytesOf(request)
          if (tries++ % 3 > 0) return answer(request, url)
          kept.push({ bytes, copy: bytes.slice() })
          return Effect.succeed(new Response("", { status: 503 }))
        }
        const large = Array.from({ length: 60 }, (_, n) => ({
          id: `r${n}`,
          values: [n, 1, 0],
          metadata: { text: `${n}`.repeat(8000) }
        }))
        yield* on(
          breaking,
          (index) =>
            Effect.zipRight(
              Effect.forEach(large.slice(0, 20), (one) => Effect.retry(index.upsert([one]), Schedule.recurs(1)), {
                discard: true
              }),
              index.upsertAll(Stream.fromIterable(large.slice(20)), { batchSize: 10, concurrency: 1, ...options })
            ),
          { retry: settings }
        )
        assert.strictEqual(stored.size, 60)
        assert.isAtLeast(kept.length, 8)
        // Not compared as wholes: the difference of two bodies is long.
        assert.isTrue(kept.every(({ bytes, copy }) => Buffer.compare(bytes, copy) === 0))
      }))
  }
})

describe("deletions", () => {
  it.effect("are as few requests as their bytes need", () =>
    Effect.gen(function*() {
      const { answer, requests } = memoryIndex()
      const ids = Array.from({ length: 100 }, (_, n) => `id-${String(n).padStart(2, "0")}`)
      // Each id takes 8 bytes of a body, and what is round them 10.
      const summary = yield* on(answer, (index) => index.deleteIds(Stream.fromIterable(ids), { maxBytes: 10 + 8 * 20 }))
      assert.strictEqual(summary.records, 100)
      assert.strictEqual(requests.length, 5)
    }))
})
