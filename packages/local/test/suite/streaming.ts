/**
 * What holds for all that streams over an index, whatever its records are: the index is a parameter.
 */
import type { CopyOptions } from "@effect-pinecone/data-plane/Copy"
import type * as Ingest from "@effect-pinecone/data-plane/Ingest"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { timed } from "../../../../scripts/testing/clock.js"
import type { Environment } from "../utils/pinecone.js"
import { collect } from "../utils/pinecone.js"

/** What the tests know of a record. */
export interface Item {
  readonly id: string
  readonly n: number
  readonly values: ReadonlyArray<number>
  /** What an update has set. */
  readonly changed?: number
}

/** An index, as the tests use it. */
export interface Streamed<Record> {
  readonly upsertAll: (
    records: Stream.Stream<Record>,
    options?: Ingest.Options
  ) => Effect.Effect<Ingest.Summary<unknown>, { readonly _tag: string }>
  readonly updateAll: (
    changes: Stream.Stream<{ readonly id: string; readonly changed: number }>
  ) => Effect.Effect<Ingest.Summary<unknown>, { readonly _tag: string }>
  readonly deleteIds: (ids: Stream.Stream<string>) => Effect.Effect<Ingest.Summary<string>, { readonly _tag: string }>
  /** All that is there, as the tests know it. */
  readonly scan: Stream.Stream<Item, { readonly _tag: string }>
  readonly copyTo: (
    to: Streamed<Record>,
    options?: CopyOptions
  ) => Stream.Stream<Ingest.Progress<unknown>, { readonly _tag: string }>
  readonly namespace: (namespace: string) => Streamed<Record>
}

/** A kind of index. */
export interface Kind<Record> {
  readonly fresh: Effect.Effect<Streamed<Record>, { readonly _tag: string }, Environment>
  readonly record: (item: Item) => Record
  /** A record of which only the server knows that it cannot be stored. */
  readonly refused: (item: Item) => Record
  readonly idOf: (record: unknown) => unknown
  /** How many requests 200 updates are. */
  readonly requestsOfUpdates: number
}

const item = (n: number): Item => ({ id: `r${String(n).padStart(5, "0")}`, n, values: [n, 1, Math.fround(-n / 3)] })

const items = (count: number, from = 0) => Array.from({ length: count }, (_, n) => item(from + n))

/** The tests, of a kind of index. */
export const streaming = <Record>(
  { fresh, idOf, record, refused, requestsOfUpdates }: Kind<Record>,
  provided: <A, E>(effect: Effect.Effect<A, E, Environment>) => Effect.Effect<A, unknown>,
  /** With a server that throttles four requests of ten. */
  throttled?: <A, E>(effect: Effect.Effect<A, E, Environment>) => Effect.Effect<A, unknown>
) => {
  const from = (items: ReadonlyArray<Item>) => Stream.map(Stream.fromIterable(items), record)

  const copied = (progress: Stream.Stream<Ingest.Progress<unknown>, { readonly _tag: string }>) =>
    Effect.map(collect(progress), (reports) => reports[reports.length - 1]!)

  describe("streams", () => {
    it.effect("are written, changed and deleted as they are given", () =>
      Effect.gen(function*() {
        const index = yield* fresh
        const upserted = yield* index.upsertAll(from(items(3000)), { batchSize: 300 })
        assert.deepStrictEqual([upserted.records, upserted.requests, upserted.checkpoint], [3000, 10, 3000])
        assert.deepStrictEqual(yield* collect(index.scan), items(3000))
        const updated = yield* index.updateAll(
          Stream.map(Stream.range(0, 199), (n) => ({ id: item(n).id, changed: n % 7 }))
        )
        assert.deepStrictEqual([updated.records, updated.requests], [200, requestsOfUpdates])
        const deleted = yield* index.deleteIds(Stream.map(Stream.fromIterable(items(2800, 200)), ({ id }) => id))
        assert.deepStrictEqual([deleted.records, deleted.requests], [2800, 3])
        assert.deepStrictEqual(
          yield* collect(index.scan),
          items(200).map((item) => ({ ...item, changed: item.n % 7 }))
        )
      }).pipe(provided))

    it.effect("are stored but for the records that the server refuses, which are found", () =>
      Effect.gen(function*() {
        const index = yield* fresh
        const bad = new Set([17, 480, 481, 999])
        const source = items(1000).map((item) => bad.has(item.n) ? refused(item) : record(item))
        const summary = yield* index.upsertAll(Stream.fromIterable(source), { onInvalid: "bisect" })
        assert.deepStrictEqual([summary.records, summary.failed, summary.checkpoint], [996, 4, 1000])
        assert.deepStrictEqual(
          summary.failures.flatMap(({ records }) => records.map(idOf)).sort(),
          [...bad].map((n) => item(n).id)
        )
        assert.deepStrictEqual(yield* collect(index.scan), items(1000).filter(({ n }) => !bad.has(n)))
      }).pipe(provided))

    it.effect("are resumed from the checkpoint of a run that failed", () =>
      Effect.gen(function*() {
        const index = yield* fresh
        const source = (broken: boolean) =>
          items(900).map((item) => broken && item.n === 611 ? refused(item) : record(item))
        const options = { batchSize: 50, concurrency: 3 }
        const failed = yield* Effect.flip(index.upsertAll(Stream.fromIterable(source(true)), options))
        assert.strictEqual(failed._tag, "PineconeBatchFailed")
        const { checkpoint } = failed as Ingest.BatchFailed<unknown>
        assert.isAtMost(checkpoint, 600)
        const summary = yield* index.upsertAll(Stream.fromIterable(source(false)), {
          ...options,
          resumeFrom: checkpoint
        })
        assert.deepStrictEqual([summary.records, summary.checkpoint], [900 - checkpoint, 900])
        assert.deepStrictEqual(yield* collect(index.scan), items(900))
      }).pipe(provided))

    if (throttled !== undefined) {
      it.effect("are stored whole by a server that throttles", () =>
        Effect.gen(function*() {
          const [[summary, there]] = yield* timed(
            Effect.gen(function*() {
              const index = yield* fresh
              const summary = yield* index.upsertAll(from(items(600)), { batchSize: 20 })
              return [summary, yield* collect(index.scan)] as const
            }),
            "250 millis"
          )
          assert.deepStrictEqual([summary.records, summary.failed, summary.checkpoint], [600, 0, 600])
          assert.deepStrictEqual(there, items(600))
        }).pipe(throttled))
    }

    it.effect("are copied: one namespace, several or all", () =>
      Effect.gen(function*() {
        const source = yield* fresh
        for (const [namespace, count] of [["a", 450], ["b", 3], ["c", 120]] as const) {
          yield* source.namespace(namespace).upsertAll(from(items(count)))
        }
        const one = yield* fresh
        yield* copied(source.namespace("a").copyTo(one.namespace("renamed")))
        assert.deepStrictEqual(yield* collect(one.namespace("renamed").scan), items(450))
        const some = yield* fresh
        yield* copied(source.copyTo(some, { namespaces: ["c", "b"], prefix: "r0010" }))
        assert.deepStrictEqual(yield* collect(some.namespace("c").scan), items(10, 100))
        assert.deepStrictEqual(yield* collect(some.namespace("b").scan), [])
        const all = yield* fresh
        const { checkpoint, records } = yield* copied(source.copyTo(all, { namespaces: "all", batchSize: 100 }))
        assert.deepStrictEqual([records, checkpoint], [573, 573])
        for (const namespace of ["a", "b", "c"]) {
          assert.deepStrictEqual(
            yield* collect(all.namespace(namespace).scan),
            yield* collect(source.namespace(namespace).scan)
          )
        }
      }).pipe(provided))

    it.effect("are copied on from each checkpoint of a copy", () =>
      Effect.gen(function*() {
        const source = yield* fresh
        for (const [namespace, count] of [["a", 60], ["b", 35], ["c", 20]] as const) {
          yield* source.namespace(namespace).upsertAll(from(items(count)))
        }
        const options = { namespaces: "all", batchSize: 15 } as const
        const reports = yield* collect(source.copyTo(yield* fresh, options))
        const checkpoints = new Set(reports.map(({ checkpoint }) => checkpoint))
        assert.isAbove(checkpoints.size, 3)
        for (const resumeFrom of checkpoints) {
          const to = yield* fresh
          const { checkpoint, records } = yield* copied(source.copyTo(to, { ...options, resumeFrom }))
          assert.deepStrictEqual([records, checkpoint], [115 - resumeFrom, 115])
          const there = yield* Effect.forEach(["a", "b", "c"], (namespace) => collect(to.namespace(namespace).scan))
          assert.deepStrictEqual(there.flat(), [...items(60), ...items(35), ...items(20)].slice(resumeFrom))
        }
      }).pipe(provided))
  })
}
