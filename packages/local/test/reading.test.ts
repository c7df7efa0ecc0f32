/**
 * What is read back, by ids or as a whole, is what was written.
 */
import type * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { FastCheck as fc } from "../../../scripts/testing/properties.js"
import { collect, freshIndex, inProcess, withServices } from "./utils/pinecone.js"

const environment = Effect.provide(withServices(inProcess()))

const plain = ({ id, metadata, values }: VectorIndex.Fetched<unknown>) => ({
  id,
  metadata,
  values: Array.from(values ?? [])
})

const bytewise = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

const numbered = (length: number) =>
  Array.from({ length }, (_, i) => ({ id: `r-${String(i).padStart(4, "0")}`, values: [1, i, 2], metadata: { i } }))

const write = (index: VectorIndex.VectorIndex, count: number) =>
  Effect.forEach(
    Array.from({ length: Math.ceil(count / 1000) }, (_, i) => numbered(count).slice(i * 1000, (i + 1) * 1000)),
    (batch) => index.upsert(batch)
  )

describe("scan", () => {
  it.effect("gives every record that was written, once, in the order of the ids", () =>
    Effect.gen(function*() {
      const index = yield* freshIndex()
      const id = fc.string({ unit: "binary-ascii", minLength: 1, maxLength: 12 }).filter((id) => !id.includes("\0"))
      const records = fc.uniqueArray(
        fc.record({
          id,
          values: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 3, maxLength: 3 }),
          metadata: fc.record({ n: fc.integer() })
        }),
        { selector: ({ id }) => id, minLength: 1, maxLength: 150 }
      )
      const examples = fc.sample(fc.tuple(records, fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 6 })), {
        numRuns: 25,
        seed: 3
      })
      for (const [run, [records, batchSize, concurrency]] of examples.entries()) {
        const view = index.namespace(`run-${run}`)
        yield* view.upsert(records)
        assert.deepStrictEqual(
          (yield* collect(view.scan({ batchSize, concurrency }))).map(plain),
          [...records].sort((a, b) => bytewise(a.id, b.id))
        )
      }
    }).pipe(environment))

  it.effect("takes a prefix, and leaves out as many as it is told", () =>
    Effect.gen(function*() {
      const index = yield* freshIndex()
      yield* write(index, 350)
      yield* index.upsert([{ id: "other", values: [1, 1, 1] }])
      const ids = numbered(350).map(({ id }) => id)
      const scan = (options: Omit<VectorIndex.ScanOptions, "onInvalid">) =>
        Effect.map(collect(index.scan(options)), (records) => records.map(({ id }) => id))
      assert.deepStrictEqual(yield* scan({}), ["other", ...ids])
      assert.deepStrictEqual(yield* scan({ prefix: "r-" }), ids)
      assert.deepStrictEqual(yield* scan({ prefix: "r-01", skip: 7 }), ids.slice(107, 200))
      assert.deepStrictEqual(yield* scan({ prefix: "r-", skip: 349, batchSize: 1 }), ids.slice(349))
      assert.deepStrictEqual(yield* scan({ skip: 1000 }), [])
      assert.deepStrictEqual(yield* scan({ namespace: "none" }), [])
    }).pipe(environment))

  it.effect("ends with its consumer", () =>
    Effect.gen(function*() {
      const index = yield* freshIndex()
      yield* write(index, 1200)
      assert.strictEqual((yield* collect(Stream.take(index.scan({ concurrency: 2 }), 150))).length, 150)
    }).pipe(environment))
})

describe("fetchAll", () => {
  it.effect("gives the records in the order of the ids, through any batches", () =>
    Effect.gen(function*() {
      const index = yield* freshIndex()
      yield* write(index, 300)
      const known = numbered(300)
      const examples = fc.sample(
        fc.tuple(
          fc.array(fc.integer({ min: 0, max: 350 }), { maxLength: 400 }),
          fc.integer({ min: 1, max: 90 }),
          fc.integer({ min: 1, max: 6 })
        ),
        { numRuns: 20, seed: 5 }
      )
      for (const [asked, batchSize, concurrency] of examples) {
        const ids = asked.map((i) => `r-${String(i).padStart(4, "0")}`)
        const records = yield* collect(index.fetchAll(Stream.fromIterable(ids), { batchSize, concurrency }))
        assert.deepStrictEqual(records.map(plain), asked.flatMap((i) => known[i] ?? []))
      }
    }).pipe(environment))
})

describe("get", () => {
  it.effect("gives each record, and None for what is not there", () =>
    Effect.gen(function*() {
      const index = yield* freshIndex()
      yield* write(index, 1500)
      const ids = [...numbered(1500).map(({ id }) => id), "none", "r-0001"]
      for (const batching of [true, false]) {
        const got = yield* Effect.forEach(ids, (id) => index.get(id), { concurrency: "unbounded", batching })
        assert.deepStrictEqual(
          got.map((record) => Option.getOrUndefined(Option.map(record, ({ id }) => id))),
          ids.map((id) => id === "none" ? undefined : id)
        )
      }
      yield* index.upsert([{ id: "r-0000", values: [9, 9, 9] }])
      assert.deepStrictEqual(
        Option.getOrThrow(yield* index.get("r-0000")).values,
        new Float32Array([9, 9, 9])
      )
    }).pipe(environment))
})
