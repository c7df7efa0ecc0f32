import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import * as PineconeLocal from "@effect-pinecone/local/PineconeLocal"
import * as ParquetWriter from "@effect-pinecone/parquet/ParquetWriter"
import * as IndexSpec from "@effect-pinecone/schema/IndexSpec"
import type { VectorRecord } from "@effect-pinecone/schema/VectorRecord"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, layer } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as ArrowTable from "../src/ArrowTable.js"
import * as Upsert from "../src/Upsert.js"
// Writes rows that are no records, which the writer of the package refuses.
import { parquetBytes } from "../../parquet/test/utils/writeParquet.js"

const services = Layer.merge(
  NodeContext.layer,
  Layer.provideMerge(Indexes.layer, PineconeLocal.layer())
)

const tempFolder = Effect.flatMap(FileSystem.FileSystem, (fs) => Effect.orDie(fs.makeTempDirectoryScoped()))

/** The stored form is a number of milliseconds. */
const metadata = Schema.Struct({ at: Schema.DateFromNumber })

let made = 0

const freshIndex = Effect.gen(function*() {
  const { name } = yield* Effect.flatMap(Indexes.Indexes, (indexes) =>
    indexes.create({
      name: `index-${++made}`,
      dimension: 2,
      spec: IndexSpec.serverless({ cloud: "aws", region: "us-east-1" })
    }))
  return { typed: yield* VectorIndex.makeTyped({ name, metadata }), plain: yield* VectorIndex.make({ name }) }
})

const records = (count: number): ReadonlyArray<VectorRecord> =>
  Array.from({ length: count }, (_, n) => ({ id: `id-${n}`, values: [n, 1], metadata: { at: n } }))

const idsOf = (index: VectorIndex.VectorIndex) =>
  Effect.map(
    Stream.runCollect(index.listStream()),
    (ids) => Chunk.toReadonlyArray(ids).map((id) => Number(id.slice(3))).sort((a, b) => a - b)
  )

const range = (start: number, end: number) => Array.from({ length: end - start }, (_, n) => start + n)

describe("Upsert", () => {
  layer(services)((it) => {
    it.scoped("writes a table, its metadata by the Schema of the index", () =>
      Effect.gen(function*() {
        const { plain, typed } = yield* freshIndex
        const table = yield* ArrowTable.fromRecords(records(250), { dimension: 2 })
        const summary = yield* Upsert.upsertTable(typed, table, { batchSize: 100 })
        assert.deepStrictEqual([summary.records, summary.checkpoint, summary.requests], [250, 250, 3])
        assert.deepStrictEqual(yield* idsOf(plain), range(0, 250))
        const fetched = yield* plain.fetch(["id-7"])
        assert.deepStrictEqual(fetched.records.get("id-7")?.values, Float32Array.of(7, 1))
        assert.deepStrictEqual(fetched.records.get("id-7")?.metadata, { at: 7 })
        const wrong = yield* ArrowTable.fromRecords([{ id: "id-0", values: [1, 2], metadata: { at: "then" } }])
        const error = yield* Effect.flip(Upsert.upsertTable(typed, wrong))
        assert.strictEqual(error._tag, "PineconeInvalidMetadata")
      }))

    it.scoped("writes Parquet files, and goes on at a checkpoint", () =>
      Effect.gen(function*() {
        const { plain } = yield* freshIndex
        const root = yield* tempFolder
        yield* ParquetWriter.writeFolder(root, Stream.fromIterable(records(250)), { maxRecords: 60, rowGroupBytes: 1 })
        const reports = yield* Stream.runCollect(
          Upsert.upsertParquetProgress(plain, root, { batchSize: 20, concurrency: 1, resumeFrom: 130 })
        )
        const checkpoints = Chunk.toReadonlyArray(reports).map(({ checkpoint }) => checkpoint)
        assert.isAtLeast(Math.min(...checkpoints), 130)
        assert.strictEqual(checkpoints.at(-1), 250)
        assert.deepStrictEqual(yield* idsOf(plain), range(130, 250))
        const summary = yield* Upsert.upsertParquet(plain, root, { resumeFrom: 0 })
        assert.deepStrictEqual([summary.records, summary.checkpoint], [250, 250])
        assert.deepStrictEqual(yield* idsOf(plain), range(0, 250))
      }))

    it.scoped("puts rows aside that are no records, and those off the Schema, where it is asked to", () =>
      Effect.gen(function*() {
        const { plain, typed } = yield* freshIndex
        const root = yield* tempFolder
        const fs = yield* FileSystem.FileSystem
        const rows = Array.from({ length: 50 }, (_, n) => ({
          id: n === 7 ? "" : `id-${n}`,
          values: [n, 1],
          metadata: { at: n === 30 ? "then" : n }
        }))
        const stored = range(0, 50).filter((n) => n !== 7 && n !== 30)
        yield* fs.writeFile(`${root}/one.parquet`, parquetBytes(rows))
        const fromFile = yield* Upsert.upsertParquet(typed, root, { onInvalid: "bisect", resumeFrom: 5 })
        assert.deepStrictEqual([fromFile.records, fromFile.failed, fromFile.checkpoint], [43, 2, 50])
        assert.deepStrictEqual(fromFile.failures.map(({ error }) => error._tag), [
          "PineconeInvalidRequest",
          "PineconeInvalidMetadata"
        ])
        assert.include(fromFile.failures[0]?.error.message, "one.parquet, row 7: the id is empty")
        assert.include(fromFile.failures[1]?.error.message, "id-30")
        assert.deepStrictEqual(yield* idsOf(plain), stored.filter((n) => n >= 5))
        // Unless it is asked to, it ends there.
        assert.strictEqual((yield* Effect.flip(Upsert.upsertParquet(typed, root)))._tag, "PineconeParquetError")

        const table = yield* ArrowTable.fromRecords(rows)
        const fromTable = yield* Upsert.upsertTable(typed, table, { onInvalid: "collect", batchSize: 10 })
        assert.deepStrictEqual([fromTable.records, fromTable.failed, fromTable.checkpoint], [48, 2, 50])
        assert.deepStrictEqual(fromTable.failures.map(({ error }) => error._tag), [
          "PineconeInvalidRequest",
          "PineconeInvalidMetadata"
        ])
        assert.include(fromTable.failures[0]?.error.message, "row 7: the id is empty")
        assert.deepStrictEqual(yield* idsOf(plain), stored)
      }))

    it.scoped("names the row of a problem in the whole of its file or table, wherever its row group or batch begins", () =>
      Effect.gen(function*() {
        const { plain } = yield* freshIndex
        const root = yield* tempFolder
        const fs = yield* FileSystem.FileSystem
        const wrong = [3, 12, 19, 20]
        const rows = Array.from({ length: 25 }, (_, n) => ({
          id: wrong.includes(n) ? "" : `id-${n}`,
          values: [n, 1],
          metadata: { at: n }
        }))
        const stored = range(0, 25).filter((n) => !wrong.includes(n))
        const expected = wrong.map((n) => `row ${n}: the id is empty`)
        const check = (failures: ReadonlyArray<{ readonly error: { readonly message: string } }>, from: number) => {
          const messages = failures.map(({ error }) => error.message)
          const kept = expected.filter((_, index) => wrong[index]! >= from)
          assert.strictEqual(messages.length, kept.length)
          kept.forEach((message, index) => assert.include(messages[index], message))
        }
        // Row groups, and batches, of ten rows: problems in each, at the end of one and at the start of the next.
        yield* fs.writeFile(`${root}/groups.parquet`, parquetBytes(rows, { rowGroupSize: 10 }))
        const batches = [0, 10, 20].map((start) => ArrowTable.fromRecords(rows.slice(start, start + 10)))
        const [first, ...others] = yield* Effect.all(batches)
        const table = first!.concat(...others)
        assert.strictEqual(table.batches.length, 3)
        for (const from of [0, 5, 13]) {
          const options = { onInvalid: "collect", resumeFrom: from } as const
          const file = yield* Upsert.upsertParquet(plain, root, options)
          assert.deepStrictEqual([file.failed, file.checkpoint], [wrong.filter((n) => n >= from).length, 25])
          check(file.failures, from)
          assert.deepStrictEqual(yield* idsOf(plain), stored.filter((n) => n >= from))
          yield* plain.delete({ deleteAll: true })
          const summary = yield* Upsert.upsertTable(plain, table, options)
          assert.deepStrictEqual([summary.failed, summary.checkpoint], [wrong.filter((n) => n >= from).length, 25])
          check(summary.failures, from)
          assert.deepStrictEqual(yield* idsOf(plain), stored.filter((n) => n >= from))
          yield* plain.delete({ deleteAll: true })
        }
        const error = yield* Effect.flip(Upsert.upsertTable(plain, table, { resumeFrom: 15 }))
        assert.strictEqual(error._tag, "PineconeColumnError")
        if (error._tag === "PineconeColumnError") assert.deepStrictEqual([error.row, error.column], [19, "id"])
      }))

    it.scoped("tells where a run that failed is to be resumed", () =>
      Effect.gen(function*() {
        const { plain } = yield* freshIndex
        const root = yield* tempFolder
        const written = records(100).map((record, n) => n === 70 ? { ...record, values: [1, 2, 3] } : record)
        yield* ParquetWriter.write(`${root}/one.parquet`, Stream.fromIterable(written))
        const options = { batchSize: 10, concurrency: 1, resumeFrom: 30 }
        const error = yield* Effect.flip(Upsert.upsertParquet(plain, root, options))
        assert.strictEqual(error._tag, "PineconeBatchFailed")
        if (error._tag !== "PineconeBatchFailed") return
        // Counted from the start of the file; the batch before may still have been in flight.
        assert.include([60, 70], error.checkpoint)
        assert.include(error.records.map(({ id }) => id), "id-70")
        const stored = (yield* idsOf(plain)).filter((n) => n < error.checkpoint)
        assert.deepStrictEqual(stored, range(30, error.checkpoint))
        const rest = yield* Upsert.upsertParquet(plain, root, { resumeFrom: error.checkpoint, onInvalid: "bisect" })
        assert.deepStrictEqual([rest.records, rest.failed, rest.checkpoint], [99 - error.checkpoint, 1, 100])
        const table = yield* ArrowTable.fromRecords(written)
        const last = yield* Stream.runLast(
          Upsert.upsertTableProgress(plain, table, { resumeFrom: 90, onInvalid: "collect" })
        )
        assert.strictEqual(last._tag === "Some" ? last.value.checkpoint : 0, 100)
      }))
  })
})
