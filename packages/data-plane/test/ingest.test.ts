import type * as Ingest from "@effect-pinecone/data-plane/Ingest"
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import type { PineconeHttpClient } from "@effect-pinecone/http/PineconeHttpClient"
import type * as Settings from "@effect-pinecone/http/Settings"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { TestClock } from "../../../scripts/testing/clock.js"
import { FastCheck } from "../../../scripts/testing/properties.js"
import { ingesting } from "./suite/ingest.js"
import { after, anyTurns, batchFailed, gated, isWrite, refusing, runs, stream } from "./utils/ingesting.js"
import { bytesOf, memoryIndex, rounds, watched } from "./utils/memoryIndex.js"
import type { Answer } from "./utils/stub.js"
import { answering } from "./utils/stub.js"

const movies = Effect.orDie(VectorIndex.make({ name: "movies" }))

const on = <A, E>(
  answer: Answer,
  use: (index: VectorIndex.VectorIndex) => Effect.Effect<A, E, PineconeHttpClient>,
  settings: Partial<Settings.Settings> = {}
): Effect.Effect<A, E> => Effect.provide(Effect.flatMap(movies, use), answering(answer, settings))

const record = (n: number, metadata?: Record<string, string>) => ({
  id: `r${n}`,
  values: [n, 1, 0],
  ...(metadata === undefined ? {} : { metadata })
})

const records = (count: number, from = 0) => Array.from({ length: count }, (_, i) => record(from + i))

const ids = (items: ReadonlyArray<{ readonly id: string }>) => items.map(({ id }) => id)

ingesting({
  name: "records",
  open: movies,
  item: (n) => record(n),
  sent: ({ id, values }) => ({ id, values: Array.from(values ?? []) }),
  share: 1
})

describe("upsertAll", () => {
  it.effect("stores all, and says what it did", () =>
    Effect.gen(function*() {
      const { answer, records: stored, requests } = memoryIndex()
      const slow: Answer = (request, url) =>
        isWrite(url) ? Effect.zipRight(Effect.sleep("2 seconds"), answer(request, url)) : answer(request, url)
      const fiber = yield* Effect.fork(on(slow, (index) => index.upsertAll(stream(records(2500)))))
      yield* rounds(20)
      yield* TestClock.adjust("2 seconds")
      const { elapsed, rate, ...summary } = yield* Fiber.join(fiber)
      assert.deepStrictEqual(summary, {
        read: 2500,
        records: 2500,
        bytes: requests.reduce((sum, { bytes }) => sum + bytes, 0),
        failed: 0,
        failures: [],
        requests: 3,
        lsn: 3,
        checkpoint: 2500
      })
      assert.strictEqual(Duration.toMillis(elapsed), 2000)
      assert.strictEqual(rate, 1250)
      assert.deepStrictEqual(requests.map(({ records }) => records.length).sort(), [1000, 1000, 500])
      assert.deepStrictEqual(new Map(stored), new Map(records(2500).map((one) => [one.id, one])))
    }))

  it.effect("sends nothing for an empty source, and still says so", () =>
    Effect.gen(function*() {
      const { answer, requests } = memoryIndex()
      yield* on(answer, (index) =>
        Effect.gen(function*() {
          const summary = yield* index.upsertAll(Stream.empty)
          assert.deepStrictEqual(
            [summary.records, summary.requests, summary.checkpoint, summary.lsn],
            [0, 0, 0, undefined]
          )
          assert.strictEqual(yield* Stream.runCount(index.upsertProgress(Stream.empty)), 1)
        }))
      assert.deepStrictEqual(requests, [])
    }))

  it.effect("writes to the namespace of the view, or of the options", () =>
    Effect.gen(function*() {
      const seen: Array<unknown> = []
      const { answer } = memoryIndex()
      const noting: Answer = (request, url) => {
        if (isWrite(url)) seen.push(JSON.parse(new TextDecoder().decode(bytesOf(request))).namespace)
        return answer(request, url)
      }
      yield* on(noting, (index) =>
        Effect.gen(function*() {
          yield* index.upsertAll(stream(records(1)))
          yield* index.namespace("view").upsertAll(stream(records(1)))
          yield* index.namespace("view").upsertAll(stream(records(1)), { namespace: "option" })
          yield* index.deleteIds(stream(["r0"]), { namespace: "option" })
          yield* index.updateAll(stream([{ id: "r0", setMetadata: { a: "b" } }]), { namespace: "option" })
        }))
      assert.deepStrictEqual(seen, [undefined, "view", "option", "option", "option"])
    }))

  it.effect("stores what a failing source gave, awaits the answers, and ends in its error", () =>
    Effect.gen(function*() {
      const { answer, records: stored } = memoryIndex()
      const { answer: watching, seen } = watched(after([9, 1, 5], answer))
      const reports: Array<number> = []
      const error = yield* Effect.flip(
        on(
          watching,
          (index) =>
            index.upsertProgress(Stream.concat(stream(records(25)), Stream.fail("the source broke")), { batchSize: 10 })
              .pipe(
                Stream.runForEach(({ checkpoint }) => Effect.sync(() => reports.push(checkpoint)))
              )
        )
      )
      assert.strictEqual(error, "the source broke")
      assert.strictEqual(stored.size, 25)
      assert.strictEqual(reports.at(-1), 25)
      assert.strictEqual(seen.open, 0)
    }))

  it.effect("passes on the death of a source, and leaves nothing open", () =>
    Effect.gen(function*() {
      const { answer, seen } = watched(after([9], memoryIndex().answer))
      const exit = yield* Effect.exit(on(answer, (index) =>
        index.upsertAll(Stream.concat(stream(records(25)), Stream.dieMessage("the source died")), { batchSize: 10 })))
      assert.isTrue(Exit.isFailure(exit) && exit.cause.toString().includes("the source died"))
      assert.strictEqual(seen.open, 0)
    }))

  for (
    const [name, end] of [
      ["dies", Effect.dieMessage("a client broke")],
      ["is interrupted from within", Effect.interrupt]
    ] as const
  ) {
    it.effect(`does not take a batch for stored whose request ${name}`, () =>
      Effect.gen(function*() {
        const { answer } = memoryIndex()
        let writes = 0
        const breaking: Answer = (request, url) => isWrite(url) && writes++ === 1 ? end : answer(request, url)
        const checkpoints: Array<number> = []
        const exit = yield* Effect.exit(on(breaking, (index) =>
          index.upsertProgress(stream(records(30)), { batchSize: 10 }).pipe(
            Stream.runForEach(({ checkpoint }) => Effect.sync(() => checkpoints.push(checkpoint)))
          )))
        assert.isTrue(Exit.isFailure(exit))
        assert.isAtMost(Math.max(...checkpoints), 10)
      }))
  }

  for (
    const options of [
      { batchSize: 0 },
      { batchSize: 1001 },
      { batchSize: 1.5 },
      { maxBytes: 0 },
      { maxBytes: 2_000_001 },
      { concurrency: 0 },
      { maxConcurrency: 0 },
      { resumeFrom: -1 },
      { resumeFrom: Number.NaN }
    ]
  ) {
    const [field, value] = Object.entries(options)[0]!
    it.effect(`refuses ${field} ${value}`, () =>
      Effect.gen(function*() {
        const { answer, requests } = memoryIndex()
        const failed = yield* batchFailed(on(answer, (index) => index.upsertAll(stream(records(5)), options)))
        if (failed.error._tag !== "PineconeInvalidRequest") return assert.fail(failed.error._tag)
        assert.strictEqual(failed.error.field, field)
        assert.match(failed.message, new RegExp(`${field}: must be an integer .*, got ${value}$`))
        assert.notInclude(failed.message, "a batch of 0")
        assert.deepStrictEqual([failed.records, failed.checkpoint, requests], [[], 0, []])
      }))
  }

  it.effect.prop(
    "never passes the limits of a request, with records of any size",
    [
      FastCheck.array(
        FastCheck.record({
          length: FastCheck.constantFrom(1, 3, 100, 1536, 20_000),
          zeros: FastCheck.boolean(),
          text: FastCheck.constantFrom(0, 10, 13_000)
        }),
        { minLength: 1, maxLength: 120, size: "max" }
      ),
      FastCheck.constantFrom(undefined, 1, 1000),
      FastCheck.constantFrom(undefined, 400_000, 2_000_000)
    ],
    ([sizes, batchSize, maxBytes]) =>
      Effect.gen(function*() {
        const { answer, records: stored, requests } = memoryIndex()
        const source = sizes.map(({ length, text, zeros }, n) => ({
          id: `r${n}`,
          values: new Float32Array(length).fill(zeros ? 0 : -1.2345678e-38).fill(1, 0, 1),
          metadata: { text: "東".repeat(text) }
        }))
        // By the host, so that the dimension is not known.
        const index = yield* Effect.provide(VectorIndex.make({ host: "movies.svc.test" }), answering(answer))
        yield* index.upsertAll(stream(source), { batchSize, maxBytes })
        for (const { bytes, records } of requests) {
          assert.isAtMost(bytes, maxBytes ?? 2_000_000)
          assert.isAtMost(records.length, batchSize ?? 1000)
          const weight = records.reduce((sum, { id, metadata, values }) =>
            sum + id.length + 4 * values!.length + Buffer.byteLength(JSON.stringify(metadata)), 0)
          assert.isAtMost(weight, 2_000_000)
        }
        assert.deepStrictEqual([...stored.keys()].sort(), ids(source).sort())
      }),
    runs(15)
  )
})

describe("the reports", () => {
  it.effect("count what is settled from the start, whatever is answered first", () =>
    Effect.gen(function*() {
      const { answer } = memoryIndex()
      const { answer: waiting, open } = gated(answer)
      const reports: Array<Ingest.Progress<unknown>> = []
      const fiber = yield* Effect.fork(on(waiting, (index) =>
        index.upsertProgress(stream(records(50)), { batchSize: 10, concurrency: 5 }).pipe(
          Stream.runForEach((report) => Effect.sync(() => reports.push(report)))
        )))
      yield* rounds(20)
      const steps: Array<ReadonlyArray<number>> = []
      for (const n of [4, 2, 0, 1, 3]) {
        yield* open(n)
        const { checkpoint, inFlight, records, requests } = reports.at(-1)!
        steps.push([records, inFlight, requests, checkpoint])
      }
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(steps, [
        [10, 40, 1, 0],
        [20, 30, 2, 0],
        [30, 20, 3, 10],
        [40, 10, 4, 30],
        [50, 0, 5, 50]
      ])
    }))

  it.effect("are fewer for a slow reader, whom the run does not wait for", () =>
    Effect.gen(function*() {
      const { answer, records: stored } = memoryIndex(refusing(7, 150, 777))
      yield* on(answer, (index) =>
        Effect.scoped(Effect.gen(function*() {
          const pull = yield* Stream.toPull(
            index.upsertProgress(stream(records(1000)), { batchSize: 10, onInvalid: "bisect" })
          )
          yield* pull
          for (let i = 0; i < 100 && stored.size < 997; i++) yield* rounds(20)
          assert.strictEqual(stored.size, 997)
          yield* rounds(20)
          // One report may have been waiting since.
          const rest: Array<Ingest.Progress<unknown>> = []
          for (let last = false; !last;) {
            const next = yield* Effect.either(pull)
            if (Either.isLeft(next)) last = true
            else for (const report of next.right) rest.push(report)
          }
          assert.isTrue(rest.length >= 1 && rest.length <= 2, `${rest.length} reports`)
          const last = rest.at(-1)!
          assert.deepStrictEqual([last.records, last.failed, last.inFlight, last.checkpoint], [997, 3, 0, 1000])
        })))
    }))

  it.effect("give each failure once", () =>
    Effect.gen(function*() {
      const bad = [3, 4, 55, 99]
      const { answer } = memoryIndex(refusing(...bad))
      const named: Array<string> = []
      let last: Ingest.Progress<unknown> | undefined
      yield* on(after([3, 0, 5, 1], answer), (index) =>
        index.upsertProgress(stream(records(100)), { batchSize: 10, onInvalid: "bisect" }).pipe(
          Stream.runForEach((report) =>
            Effect.sync(() => {
              for (const { records } of report.failures) {
                for (const { id } of records) {
                  named.push(id)
                }
              }
              last = report
            })
          )
        ))
      assert.deepStrictEqual(
        named.sort(),
        bad.map((n) =>
          `r${n}`
        ).sort()
      )
      assert.strictEqual(last!.failed, 4)
    }))

  it.effect.prop(
    "never count a batch that failed, nor what comes after it",
    [FastCheck.nat(9), anyTurns, FastCheck.integer({ min: 1, max: 6 })],
    ([failing, turns, concurrency]) =>
      Effect.gen(function*() {
        const { answer } = memoryIndex(refusing(failing * 10 + 3))
        const checkpoints: Array<number> = []
        const failed = yield* batchFailed(on(after(turns, answer), (index) =>
          index.upsertProgress(stream(records(100)), { batchSize: 10, concurrency }).pipe(
            Stream.runForEach(({ checkpoint }) =>
              Effect.sync(() =>
                checkpoints.push(checkpoint)
              )
            )
          )))
        assert.isAtMost(Math.max(failed.checkpoint, ...checkpoints), failing * 10)
        assert.isAtLeast(checkpoints.at(-1)!, failed.checkpoint)
        assert.deepStrictEqual(
          checkpoints,
          [...checkpoints].sort((a, b) =>
            a - b
          )
        )
        assert.deepStrictEqual(ids(failed.records), ids(records(10, failing * 10)))
      }),
    runs(60)
  )
})

describe("records that are wrong", () => {
  const wrong = [
    { id: "nan", values: [Number.NaN, 1, 2] },
    { id: "short", values: [1] },
    { id: "", values: [1, 2, 3] },
    { id: "long", values: [1, 2, 3], metadata: { text: "x".repeat(50_000) } }
  ]

  it.effect("that the SDK finds end the run before anything of their batch is sent", () =>
    Effect.gen(function*() {
      for (const bad of wrong) {
        const { answer, records: stored } = memoryIndex()
        const failed = yield* batchFailed(on(answer, (index) =>
          index.upsertAll(stream([...records(14), bad, ...records(10, 14)]), { batchSize: 10, concurrency: 1 })))
        assert.deepStrictEqual(ids(failed.records), [...ids(records(4, 10)), bad.id])
        assert.strictEqual(failed.error.attempts, 0)
        assert.isAtMost(stored.size, 10)
        assert.strictEqual(failed.checkpoint % 10, 0)
      }
    }))

  it.effect("that the SDK finds are put aside alone, and cost no request", () =>
    Effect.gen(function*() {
      for (const onInvalid of ["collect", "bisect"] as const) {
        const { answer, records: stored, requests } = memoryIndex()
        const summary = yield* on(answer, (index) =>
          index.upsertAll(stream([...wrong, ...records(14), ...wrong, ...records(6, 14), ...wrong]), {
            batchSize: 10,
            onInvalid
          }))
        assert.deepStrictEqual(
          summary.failures.map(({ records }) =>
            ids(records)
          ),
          [...wrong, ...wrong, ...wrong].map(({ id }) => [id])
        )
        assert.deepStrictEqual([summary.records, summary.failed, summary.checkpoint], [20, 12, 32])
        assert.deepStrictEqual(requests.map(({ records }) => records.length), [10, 10])
        assert.strictEqual(stored.size, 20)
      }
    }))

  it.effect("of the Schema are found like the others", () =>
    Effect.gen(function*() {
      const { answer, records: stored } = memoryIndex()
      const metadata = Schema.Struct({ year: Schema.Int })
      const typed = yield* Effect.provide(VectorIndex.makeTyped({ name: "movies", metadata }), answering(answer))
      const summary = yield* typed.upsertAll(
        stream([1990, 1.5, 2001].map((year, n) => ({ ...record(n), metadata: { year } }))),
        { onInvalid: "collect" }
      )
      assert.deepStrictEqual(summary.failures.map(({ error, records }) => [error._tag, ids(records)]), [
        ["PineconeInvalidMetadata", ["r1"]]
      ])
      assert.deepStrictEqual([...stored.keys()], ["r0", "r2"])
    }))
})

describe("requests in flight", () => {
  it.effect("are found out where nothing is said, up to the most that is", () =>
    Effect.gen(function*() {
      const most: Array<number> = []
      for (const maxConcurrency of [3, undefined]) {
        const { answer, seen } = watched(after([20], memoryIndex().answer))
        yield* on(answer, (index) => index.upsertAll(stream(records(200)), { batchSize: 2, maxConcurrency }))
        most.push(seen.most)
      }
      assert.deepStrictEqual(most, [3, 16])
    }))

  it.effect("are shared by all runs on a host", () =>
    Effect.gen(function*() {
      const { answer, seen } = watched(() => Effect.never)
      const both: Answer = (request, url) => isWrite(url) ? answer(request, url) : memoryIndex().answer(request, url)
      const runs = Effect.all(
        Array.from({ length: 3 }, () =>
          Effect.flatMap(movies, (index) => index.upsertAll(stream(records(100)), { batchSize: 1 }))),
        { concurrency: "unbounded" }
      )
      const fiber = yield* Effect.fork(Effect.provide(runs, answering(both)))
      yield* rounds(50)
      assert.strictEqual(seen.open, 4)
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(seen.open, 0)
    }))

  it.effect.prop(
    "and two batches more are all that is read ahead",
    [FastCheck.integer({ min: 1, max: 6 }), FastCheck.integer({ min: 1, max: 20 }), anyTurns],
    ([concurrency, batchSize, turns]) =>
      Effect.gen(function*() {
        const { answer, records: stored } = memoryIndex()
        let pulled = 0
        let ahead = 0
        const source = stream(records(400), 1).pipe(Stream.tap(() =>
          Effect.sync(() => {
            pulled++
            ahead = Math.max(ahead, pulled - stored.size)
          })
        ))
        yield* on(after(turns, answer), (index) => index.upsertAll(source, { batchSize, concurrency }))
        assert.strictEqual(pulled, 400)
        assert.isAtMost(ahead, (concurrency + 2) * batchSize)
      }),
    runs(30)
  )
})

describe("records with the same id", () => {
  it.effect.prop(
    "end as the last of them, and are never in flight together",
    [
      FastCheck.array(FastCheck.nat(8), { minLength: 1, maxLength: 60, size: "max" }),
      FastCheck.integer({ min: 1, max: 8 }),
      FastCheck.integer({ min: 1, max: 8 }),
      anyTurns,
      FastCheck.integer({ min: 1, max: 16 })
    ],
    ([keys, batchSize, concurrency, turns, chunkSize]) =>
      Effect.gen(function*() {
        const { answer, records: stored } = memoryIndex()
        const { answer: watching, seen } = watched(after(turns, answer))
        const source = keys.map((key, n) => ({ id: `k${key}`, values: [n, 1, 0] }))
        const summary = yield* on(watching, (index) =>
          index.upsertAll(stream(source, chunkSize), { batchSize, concurrency }))
        assert.strictEqual(summary.records, keys.length)
        assert.deepStrictEqual(
          new Map([...stored].map(([id, { values }]) => [id, values![0]])),
          new Map(source.map(({ id, values }) => [id, values[0]]))
        )
        assert.isFalse(seen.common)
      }),
    runs(100)
  )

  it.effect.prop(
    "are updated in order",
    [FastCheck.array(FastCheck.nat(4), { minLength: 1, maxLength: 40, size: "max" }), anyTurns],
    ([keys, turns]) =>
      Effect.gen(function*() {
        const { answer, records: stored } = memoryIndex()
        for (let n = 0; n < 5; n++) stored.set(`k${n}`, { id: `k${n}`, metadata: { kept: true } })
        const { answer: watching, seen } = watched(after(turns, answer))
        yield* on(watching, (index) =>
          index.updateAll(stream(keys.map((key, n) => ({ id: `k${key}`, setMetadata: { n } })))))
        for (let k = 0; k < 5; k++) {
          const n = keys.lastIndexOf(k)
          assert.deepStrictEqual(stored.get(`k${k}`)!.metadata, n === -1 ? { kept: true } : { kept: true, n })
        }
        assert.isFalse(seen.common)
      }),
    runs(50)
  )
})

describe("upsertSink", () => {
  it.effect("is the end of a stream", () =>
    Effect.gen(function*() {
      const { answer, records: stored } = memoryIndex(refusing(7))
      const summary = yield* on(answer, (index) =>
        Stream.run(stream(records(100)), index.upsertSink({ batchSize: 10, onInvalid: "bisect" })))
      assert.deepStrictEqual([summary.records, summary.failed, summary.checkpoint, stored.size], [99, 1, 100, 99])
      assert.deepStrictEqual(
        summary.failures.map(({ records }) =>
          ids(records)
        ),
        [["r7"]]
      )
    }))

  it.effect("is the end of an empty stream too", () =>
    Effect.gen(function*() {
      const summary = yield* on(memoryIndex().answer, (index) => Stream.run(Stream.empty, index.upsertSink()))
      assert.deepStrictEqual([summary.records, summary.requests], [0, 0])
    }))

  it.effect("stops a stream without end when it fails", () =>
    Effect.gen(function*() {
      const { answer } = memoryIndex(refusing(25))
      let pulled = 0
      const endless = Stream.rechunk(Stream.map(Stream.iterate(0, (n) => n + 1), (n) => record(n)), 5).pipe(
        Stream.tap(() => Effect.sync(() => pulled++))
      )
      const failed = yield* batchFailed(on(answer, (index) => Stream.run(endless, index.upsertSink({ batchSize: 10 }))))
      assert.deepStrictEqual(ids(failed.records), ids(records(10, 20)))
      const before = pulled
      yield* rounds(20)
      assert.strictEqual(pulled, before)
      assert.isBelow(pulled, 500)
    }))

  it.effect("reads no further ahead than its batches", () =>
    Effect.gen(function*() {
      const { answer } = gated(memoryIndex().answer)
      let pulled = 0
      const source = stream(records(1000), 5).pipe(Stream.tap(() => Effect.sync(() => pulled++)))
      const fiber = yield* Effect.fork(
        on(answer, (index) => Stream.run(source, index.upsertSink({ batchSize: 10, concurrency: 2 })))
      )
      yield* rounds(50)
      assert.isTrue(pulled >= 20 && pulled <= 60, `${pulled}`)
      yield* Fiber.interrupt(fiber)
    }))

  it.effect("ends with its stream where that fails", () =>
    Effect.gen(function*() {
      const { answer, seen } = watched(after([50], memoryIndex().answer))
      const error = yield* Effect.flip(on(answer, (index) =>
        Stream.run(Stream.concat(stream(records(25)), Stream.fail("it broke")), index.upsertSink({ batchSize: 10 }))))
      assert.strictEqual(error, "it broke")
      assert.strictEqual(seen.open, 0)
    }))
})

describe("updateAll", () => {
  it.effect("sends each update, and puts aside what is wrong", () =>
    Effect.gen(function*() {
      const { answer, records: stored, requests } = memoryIndex()
      for (const one of records(100)) stored.set(one.id, one)
      const updates = Array.from({ length: 100 }, (_, n) => ({ id: `r${n}`, setMetadata: { n } }))
      const summary = yield* on(answer, (index) =>
        index.updateAll(stream([...updates.slice(0, 50), { id: "nothing" }, ...updates.slice(50)]), {
          onInvalid: "collect"
        }))
      assert.deepStrictEqual([summary.records, summary.failed, summary.checkpoint], [100, 1, 101])
      assert.deepStrictEqual(
        summary.failures.map(({ records }) =>
          ids(records)
        ),
        [["nothing"]]
      )
      assert.strictEqual(requests.length, 100)
      assert.isTrue(updates.every(({ id, setMetadata }) => stored.get(id)!.metadata!["n"] === setMetadata.n))
    }))

  it.effect("takes one at a time", () =>
    Effect.gen(function*() {
      const failed = yield* batchFailed(on(memoryIndex().answer, (index) =>
        index.updateAll(stream([{ id: "r0", setMetadata: { a: 1 } }]), { batchSize: 2 })))
      assert.include(failed.message, "batchSize")
    }))
})

describe("deleteIds", () => {
  it.effect("deletes all, 1,000 in a request", () =>
    Effect.gen(function*() {
      const { answer, records: stored, requests } = memoryIndex()
      for (const one of records(3000)) stored.set(one.id, one)
      const summary = yield* on(answer, (index) => index.deleteIds(stream(ids(records(2500)))))
      assert.deepStrictEqual([summary.records, summary.requests, summary.checkpoint], [2500, 3, 2500])
      assert.deepStrictEqual([...stored.keys()], ids(records(500, 2500)))
      assert.strictEqual(requests.length, 3)
    }))

  it.effect.prop(
    "keeps to the bytes of a request, with ids of any length",
    [
      FastCheck.array(
        FastCheck.tuple(FastCheck.constantFrom("x", "~", "\\", "\""), FastCheck.integer({ min: 1, max: 40 })),
        { minLength: 1, maxLength: 50 }
      ),
      FastCheck.integer({ min: 30, max: 400 })
    ],
    ([sizes, maxBytes]) =>
      Effect.gen(function*() {
        const { answer, records: stored, requests } = memoryIndex()
        const names = [...new Set(sizes.map(([unit, times]) => unit.repeat(times)))]
        for (const id of names) stored.set(id, { id })
        const summary = yield* on(answer, (index) => index.deleteIds(stream(names), { maxBytes, onInvalid: "collect" }))
        assert.isTrue(requests.every(({ bytes }) => bytes <= maxBytes))
        assert.deepStrictEqual(
          summary.failures.flatMap(({ records }) => records).sort(),
          [...stored.keys()].sort()
        )
        assert.isTrue(
          [...stored.keys()].every((id) => Buffer.byteLength(JSON.stringify({ ids: [id] })) >= maxBytes - 1)
        )
        assert.strictEqual(summary.records, names.length - stored.size)
      }),
    runs(50)
  )

  it.effect("puts aside ids that cannot be", () =>
    Effect.gen(function*() {
      const { answer, requests } = memoryIndex()
      const summary = yield* on(answer, (index) =>
        index.deleteIds(stream(["a", "", "b", "x".repeat(513)]), { onInvalid: "bisect" }))
      assert.deepStrictEqual([summary.records, summary.failed, requests.length], [2, 2, 1])
      const failed = yield* batchFailed(on(answer, (index) =>
        index.deleteIds(stream(["a", ""]))))
      assert.deepStrictEqual(failed.records, ["a", ""])
      assert.strictEqual(requests.length, 1)
    }))
})
