import { assert, describe, it } from "@effect/vitest"
import * as Arrow from "apache-arrow"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as ArrowTable from "../src/ArrowTable.js"

const collect = <A, E, R>(stream: Stream.Stream<A, E, R>) =>
  Effect.map(Stream.runCollect(stream), Chunk.toReadonlyArray)

const rowsOf = (table: Arrow.Table): unknown => JSON.parse(JSON.stringify(table.toArray()))

const typesOf = (table: Arrow.Table) => table.schema.fields.map(({ name, type }) => `${name}: ${String(type)}`)

const matches = [
  {
    id: "a",
    score: 0.75,
    values: Float32Array.of(1, 2),
    sparseValues: undefined,
    metadata: { title: "Airplane!", year: 1980, seen: true, tags: ["x", "y"] }
  },
  {
    id: "b",
    score: -0.1,
    values: undefined,
    sparseValues: { indices: Uint32Array.of(7), values: Float32Array.of(0.5) },
    metadata: { title: 7, year: 2000 }
  },
  { id: "c", score: 0, values: undefined, sparseValues: undefined, metadata: undefined }
]

describe("ArrowTable", () => {
  it.effect("makes a table of matches, with the metadata as JSON or as columns", () =>
    Effect.gen(function*() {
      const json = yield* ArrowTable.fromMatches(matches)
      assert.deepStrictEqual(typesOf(json), [
        "id: Utf8",
        "score: Float64",
        "values: List<Float32>",
        "sparse_values: Struct<{indices:List<Uint32>, values:List<Float32>}>",
        "metadata: Utf8"
      ])
      assert.deepStrictEqual(rowsOf(json), [
        { id: "a", score: 0.75, values: [1, 2], sparse_values: null, metadata: JSON.stringify(matches[0]?.metadata) },
        {
          id: "b",
          score: -0.1,
          values: null,
          sparse_values: { indices: [7], values: [0.5] },
          metadata: "{\"title\":7,\"year\":2000}"
        },
        { id: "c", score: 0, values: null, sparse_values: null, metadata: null }
      ])
      const fields = yield* ArrowTable.fromMatches(matches, { metadata: "fields", dimension: 2 })
      assert.deepStrictEqual(typesOf(fields), [
        "id: Utf8",
        "score: Float64",
        "values: FixedSizeList[2]<Float32>",
        "sparse_values: Struct<{indices:List<Uint32>, values:List<Float32>}>",
        "title: Utf8",
        "year: Float64",
        "seen: Bool",
        "tags: List<Utf8>"
      ])
      const common = { id: "c", score: 0, values: null, sparse_values: null }
      assert.deepStrictEqual((rowsOf(fields) as ReadonlyArray<unknown>)[2], {
        ...common,
        title: null,
        year: null,
        seen: null,
        tags: null
      })
      assert.deepStrictEqual(fields.getChild("title")?.toArray(), ["Airplane!", "7", null])
      assert.deepStrictEqual(Array.from(fields.getChild("seen")!), [true, null, null])
      assert.deepStrictEqual(Array.from(fields.getChild("tags")!.get(0)), ["x", "y"])
    }))

  it.effect("refuses what a table cannot hold", () =>
    Effect.gen(function*() {
      const other = yield* Effect.flip(ArrowTable.fromRecords([{ id: "a", values: [1, 2, 3] }], { dimension: 2 }))
      assert.include(other.message, "record \"a\" has 3 values, but the table's dimension is 2")
      const name = yield* Effect.flip(
        ArrowTable.fromRecords([{ id: "a", values: [1], metadata: { values: "x" } }], { metadata: "fields" })
      )
      assert.strictEqual(name.column, "values")
      const nan = yield* Effect.flip(ArrowTable.fromRecords([{ id: "a", values: [1], metadata: { n: Number.NaN } }]))
      assert.include(nan.message, "for field 'n'")
    }))

  it.effect("makes batches of one schema, and bytes that other readers take", () =>
    Effect.gen(function*() {
      const records = Stream.range(1, 25).pipe(Stream.map((n) => ({ id: `id-${n}`, values: [n, n + 0.5] })))
      const batches = yield* collect(ArrowTable.toBatches(records, { batchSize: 10 }))
      assert.deepStrictEqual(batches.map(({ numRows }) => numRows), [10, 10, 5])
      const parts = yield* collect(ArrowTable.toIpc(records, { batchSize: 10, dimension: 2 }))
      // The schema, three batches, and the end.
      assert.strictEqual(parts.length, 5)
      const table = Arrow.tableFromIPC(Buffer.concat(parts))
      assert.strictEqual(table.batches.length, 3)
      assert.deepStrictEqual(Array.from(table.getChild("values")!.get(24)), [25, 25.5])
      assert.deepStrictEqual(Array.from(table.getChild("id")!).slice(-1), ["id-25"])
      const none = Arrow.tableFromIPC(Buffer.concat(yield* collect(ArrowTable.toIpc(Stream.empty))))
      assert.strictEqual(none.numRows, 0)
      assert.deepStrictEqual(none.schema.fields.map(({ name }) => name), ["id", "values", "sparse_values", "metadata"])
    }))
})
