import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import type { Metadata } from "@effect-pinecone/schema/Metadata"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { collect, createIndex, freshIndex, inProcess, overHttp, withServices } from "./utils/pinecone.js"

const record = (n: number) => ({ id: `r${String(n).padStart(5, "0")}`, values: [n, 1, -n / 3], metadata: { n } })

const records = (count: number, from = 0) => Array.from({ length: count }, (_, n) => record(from + n))

/** A record as it is read, with the numbers as the index keeps them. */
const kept = (
  { id, metadata, values }: { readonly id: string; readonly values: ReadonlyArray<number>; readonly metadata: Metadata }
) => ({
  id,
  values: Float32Array.from(values),
  metadata
})

const scanned = (index: VectorIndex.VectorIndex, namespace?: string) =>
  Effect.map(
    collect(index.scan({ namespace })),
    (all) => all.map(({ id, metadata, values }) => ({ id, values, metadata }))
  )

for (
  const [name, server] of [
    ["in process", withServices(inProcess())],
    ["over HTTP", withServices(overHttp())]
  ] as const
) {
  describe(`writing streams, ${name}`, () => {
    it.scoped("upserts, updates and deletes what it is given", () =>
      Effect.gen(function*() {
        const index = yield* freshIndex()
        const upserted = yield* index.upsertAll(Stream.fromIterable(records(5000)), { batchSize: 300 })
        assert.deepStrictEqual([upserted.records, upserted.checkpoint], [5000, 5000])
        yield* index.waitForLsn(upserted.lsn!)
        assert.deepStrictEqual(yield* scanned(index), records(5000).map(kept))

        const updated = yield* index.updateAll(
          Stream.range(0, 199).pipe(Stream.map((n) => ({ id: record(n).id, setMetadata: { new: n % 7 } })))
        )
        assert.deepStrictEqual([updated.records, updated.requests], [200, 200])
        const deleted = yield* index.deleteIds(Stream.fromIterable(records(4800, 200)).pipe(Stream.map(({ id }) => id)))
        assert.deepStrictEqual([deleted.records, deleted.requests], [4800, 5])
        yield* index.waitForLsn(deleted.lsn!)
        assert.deepStrictEqual(
          yield* scanned(index),
          records(200).map((record) =>
            kept({ ...record, metadata: { ...record.metadata, new: record.metadata.n % 7 } })
          )
        )
      }).pipe(Effect.provide(server)))

    it.scoped("finds the records that the server refuses", () =>
      Effect.gen(function*() {
        const { host } = yield* createIndex()
        // By its host, so that the dimension is not known, and the server finds it out.
        const index = yield* VectorIndex.make({ host })
        const bad = new Set([17, 480, 481, 999])
        const source = records(1000).map((record, n) => bad.has(n) ? { ...record, values: [1, 2] } : record)
        const summary = yield* index.upsertAll(Stream.fromIterable(source), { onInvalid: "bisect" })
        assert.deepStrictEqual([summary.records, summary.failed, summary.checkpoint], [996, 4, 1000])
        assert.deepStrictEqual(
          summary.failures.flatMap(({ records }) => records.map(({ id }) => id)).sort(),
          [...bad].map((n) => record(n).id)
        )
        assert.deepStrictEqual(yield* scanned(index), records(1000).filter((_, n) => !bad.has(n)).map(kept))
      }).pipe(Effect.provide(server)))

    it.scoped("copies namespaces, one, several or all", () =>
      Effect.gen(function*() {
        const from = yield* freshIndex()
        for (const [namespace, count] of [["a", 450], ["b", 3], ["c", 120]] as const) {
          yield* from.upsertAll(Stream.fromIterable(records(count)), { namespace })
        }
        const one = yield* freshIndex()
        yield* VectorIndex.copy(from.namespace("a"), one.namespace("renamed"))
        assert.deepStrictEqual(yield* scanned(one, "renamed"), records(450).map(kept))
        const some = yield* freshIndex()
        yield* VectorIndex.copy(from, some, { namespaces: ["c", "b"], prefix: "r0010" })
        assert.deepStrictEqual(yield* scanned(some, "c"), records(10, 100).map(kept))
        assert.deepStrictEqual(yield* scanned(some, "b"), [])
        const all = yield* freshIndex()
        const summary = yield* VectorIndex.copy(from, all, { namespaces: "all", batchSize: 100 })
        assert.deepStrictEqual([summary.records, summary.checkpoint], [573, 573])
        for (const namespace of ["a", "b", "c"]) {
          assert.deepStrictEqual(yield* scanned(all, namespace), yield* scanned(from, namespace))
        }
      }).pipe(Effect.provide(server)))

    it.scoped("copies from Schema to Schema what neither of them knows, and sparse values", () =>
      Effect.gen(function*() {
        const typed = (metadata: { readonly metric: "dotproduct" }) =>
          Effect.flatMap(
            createIndex(metadata),
            ({ name }) => VectorIndex.makeTyped({ name, metadata: Schema.Struct({ year: Schema.NumberFromString }) })
          )
        const from = yield* typed({ metric: "dotproduct" })
        const to = yield* typed({ metric: "dotproduct" })
        const sparse = { indices: Uint32Array.of(3, 4_294_967_295), values: Float32Array.of(0.5, 2) }
        yield* from.untyped().upsert([
          { id: "a", values: [1, 2, 3], metadata: { year: "1990", unknown: "kept", list: ["x", "東"] } },
          { id: "b", values: [1, 2, 3], sparseValues: sparse, metadata: { year: "no number" } }
        ])
        yield* VectorIndex.copy(from, to)
        const [a, b] = yield* collect(to.untyped().scan())
        assert.deepStrictEqual(a!.metadata, { year: "1990", unknown: "kept", list: ["x", "東"] })
        assert.deepStrictEqual(b!.metadata, { year: "no number" })
        assert.deepStrictEqual(b!.sparseValues, sparse)
      }).pipe(Effect.provide(server)))

    it.scoped("resumes a copy from each of its checkpoints", () =>
      Effect.gen(function*() {
        const from = yield* freshIndex()
        for (const [namespace, count] of [["a", 60], ["b", 35], ["c", 20]] as const) {
          yield* from.upsertAll(Stream.fromIterable(records(count)), { namespace })
        }
        const options = { namespaces: "all", batchSize: 15 } as const
        const checkpoints = new Set(
          (yield* collect(VectorIndex.copyProgress(from, yield* freshIndex(), options))).map(({ checkpoint }) =>
            checkpoint
          )
        )
        assert.isAbove(checkpoints.size, 3)
        for (const resumeFrom of checkpoints) {
          const to = yield* freshIndex()
          const summary = yield* VectorIndex.copy(from, to, { ...options, resumeFrom })
          assert.deepStrictEqual([summary.records, summary.checkpoint], [115 - resumeFrom, 115])
          const there = [
            ...(yield* scanned(to, "a")),
            ...(yield* scanned(to, "b")),
            ...(yield* scanned(to, "c"))
          ]
          assert.deepStrictEqual(there, [...records(60), ...records(35), ...records(20)].slice(resumeFrom).map(kept))
        }
      }).pipe(Effect.provide(server)))
  })
}
