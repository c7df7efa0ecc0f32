import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { ColumnError, IpcError } from "../src/ArrowError.js"
import * as ArrowRecords from "../src/ArrowRecords.js"
import type { Column } from "./utils/messages.js"
import {
  batch,
  dictionary,
  field,
  file,
  floatColumn,
  schema,
  shared,
  stream,
  textColumn,
  types
} from "./utils/messages.js"

const read = (bytes: Uint8Array, options: ArrowRecords.Options = {}) =>
  Effect.map(Stream.runCollect(ArrowRecords.fromIpc(Stream.make(bytes), options)), Chunk.toReadonlyArray)

const refusal = (bytes: Uint8Array) =>
  Effect.map(Effect.flip(read(bytes)), (error) => {
    assert.instanceOf(error, IpcError)
    return error.message
  })

const float = field("item", 3, { type: types.float(1) })

const id = field("id", 5)

const values = field("values", 16, { type: types.fixedSizeList(1), children: [float] })

const none = new Uint8Array(0)

describe("messages", () => {
  const columns = [textColumn("a", "b"), floatColumn(1, 2)]

  it.effect("reads what other writers may write, with types that the library does not have", () =>
    Effect.gen(function*() {
      const int = field("item", 2, { type: types.int(32) })
      const ints: Column = { nodes: [[2, 0]], buffers: [none, Int32Array.of(7, 8)] }
      const lists = (offsets: ArrayBufferView): Column => ({
        nodes: [[2, 0], ...ints.nodes],
        buffers: [none, offsets, offsets, ...ints.buffers]
      })
      const runs: Column = {
        nodes: [[2, 0], ...ints.nodes, ...ints.nodes],
        buffers: [...ints.buffers, ...ints.buffers]
      }
      const fields = [
        id,
        field("runs", 22, { children: [int, int] }),
        field("views", 25, { children: [int] }),
        field("largeViews", 26, { children: [int] }),
        field("nested", 12, { children: [field("item", 25, { children: [int] })] }),
        field("struct", 13, { children: [field("item", 22, { children: [int, int] })] }),
        values,
        field("title", 5)
      ]
      const bytes = stream(
        schema(fields),
        batch(2, [
          columns[0]!,
          runs,
          lists(Int32Array.of(0, 1)),
          lists(BigInt64Array.of(0n, 1n)),
          {
            nodes: [[2, 0], ...lists(none).nodes],
            buffers: [none, Int32Array.of(0, 1, 2), ...lists(Int32Array.of(0, 1)).buffers]
          },
          { nodes: [[2, 0], ...runs.nodes], buffers: [none, ...runs.buffers] },
          columns[1]!,
          textColumn("x", "y")
        ])
      )
      const records = yield* read(bytes, { columns: { metadata: ["title"] } })
      assert.deepStrictEqual(records.map(({ id, metadata, values }) => [id, values?.[0], metadata?.["title"]]), [
        ["a", 1, "x"],
        ["b", 2, "y"]
      ])
      const names = {
        runs: "RunEndEncoded",
        views: "ListView",
        largeViews: "LargeListView",
        nested: "List<ListView>",
        struct: "Struct<RunEndEncoded>"
      }
      for (const [column, type] of Object.entries(names)) {
        for (const columns of [{ metadata: [column] }, { values: column }]) {
          const error = yield* Effect.flip(read(bytes, { columns }))
          assert.instanceOf(error, ColumnError)
          assert.strictEqual(error.column, column)
          assert.include(error.message, `the column "${column}" has the type ${type}. Make it `)
        }
      }
    }))

  it.effect("adds to a dictionary and replaces it, with keys of any width", () =>
    Effect.gen(function*() {
      for (const [bits, keys] of [[8, Int8Array], [16, Int16Array], [32, Int32Array]] as const) {
        const colors = (...of: ReadonlyArray<number>): Column => ({
          nodes: [[2, 0]],
          buffers: [none, keys.from(of)]
        })
        const bytes = stream(
          schema([id, values, field("color", 5, { dictionary: { id: 3n, bits } })]),
          dictionary(3n, false, 2, textColumn("red", "blue")),
          batch(2, [...columns, colors(1, 0)]),
          dictionary(3n, true, 1, textColumn("green")),
          batch(2, [...columns, colors(2, 1)]),
          dictionary(3n, false, 1, textColumn("black")),
          batch(2, [...columns, colors(0, 1)])
        )
        const seen: Array<unknown> = []
        const error = yield* Effect.flip(
          Stream.runForEach(
            ArrowRecords.fromIpc(Stream.make(bytes), { columns: { metadata: "rest" } }),
            ({ metadata }) => Effect.sync(() => seen.push(metadata?.["color"]))
          )
        )
        assert.deepStrictEqual(seen, ["blue", "red", "green", "blue", "black"])
        assert.include(error.message, "row 5: color points to entry 1 of its dictionary")
      }
      const long = stream(
        schema([id, values, field("color", 5, { dictionary: { id: 0n, bits: 64 } })]),
        dictionary(0n, false, 2, textColumn("red", "blue")),
        batch(2, [...columns, { nodes: [[2, 0]], buffers: [none, BigInt64Array.of(1n, 0n)] }])
      )
      const records = yield* read(long, { columns: { metadata: "rest" } })
      assert.deepStrictEqual(records.map(({ metadata }) => metadata), [{ color: "blue" }, { color: "red" }])
      const missing = stream(
        schema([id, values, field("color", 5, { dictionary: { id: 0n, bits: 8 } })]),
        batch(2, [...columns, { nodes: [[2, 0]], buffers: [none, Int8Array.of(0, 0)] }])
      )
      const error = yield* Effect.flip(read(missing, { columns: { metadata: "rest" } }))
      assert.include(error.message, "row 0: color points to entry 0 of its dictionary, which it does not have")
    }))

  it.effect("refuses schemas that it cannot read right", () =>
    Effect.gen(function*() {
      const of = (...fields: ReadonlyArray<ReturnType<typeof field>>) => refusal(stream(schema(fields)))
      assert.include(yield* refusal(stream(schema([id], { endianness: 1 }))), "it is big-endian")
      assert.include(yield* refusal(stream(schema([id], { version: 2 }))), "before version 0.8 of Arrow")
      assert.include(yield* of(field("x", 27)), "its column \"x\" has a type that Arrow does not have")
      assert.include(yield* of(field("x", 2, { type: types.int(24) })), "its column \"x\" has a type")
      assert.include(yield* of(field("x", 3, { type: types.float(3) })), "its column \"x\" has a type")
      assert.include(yield* of(field("x", 12)), "a List without the type of its values")
      assert.include(yield* of(field("x", 16, { type: types.fixedSizeList(-1) })), "a FixedSizeList of -1 values")
      assert.include(
        yield* of(field("x", 5, { dictionary: { id: 0n, bits: 12 } })),
        "a dictionary whose keys are not integers"
      )
      const deep = (depth: number): ReturnType<typeof field> =>
        depth === 0 ? float : field("item", 12, { children: [deep(depth - 1)] })
      assert.include(yield* of(deep(40)), "nested deeper than 32 levels")
      // Of 31 levels, each with the next one twice: a few kilobytes that would be two thousand million fields.
      assert.include(yield* refusal(shared(30)), "its schema is corrupt")
    }))

  it.effect("refuses batches whose parts do not fit each other", () =>
    Effect.gen(function*() {
      const start = schema([id, values])
      const of = (rows: number, ...columns: ReadonlyArray<Column>) => refusal(stream(start, batch(rows, columns)))
      const [text, floats] = columns
      const offsets = (...values: ReadonlyArray<number>): Column => ({
        nodes: [[2, 0]],
        buffers: [none, Int32Array.from(values), Uint8Array.of(97, 98)]
      })
      assert.include(yield* of(3, text!, floats!), "another number of rows than its batch")
      assert.include(yield* of(2, text!), "a column is missing")
      assert.include(yield* of(2, text!, { ...floats!, nodes: [[2, 0], [1, 0]] }), "has too few values")
      assert.include(yield* of(2, text!, { ...floats!, nodes: [[2, 0], [3, 0]] }), "shorter than its column")
      assert.include(yield* of(2, text!, { ...floats!, nodes: [[2, 1], [2, 0]] }), "shorter than its column")
      assert.include(yield* of(2, offsets(0, 2, 1), floats!), "out of order")
      assert.include(yield* of(2, offsets(-1, 1, 2), floats!), "out of order")
      assert.include(yield* of(2, offsets(0, 1, 3), floats!), "out of order")
      assert.include(yield* refusal(stream(start, batch(2, columns, { codec: 2 }))), "a codec that Arrow does not have")
      assert.include(yield* refusal(stream(batch(2, columns))), "it does not begin with a schema")
      assert.include(
        yield* refusal(stream(start, dictionary(0n, false, 1, textColumn("a")))),
        "it has a dictionary that no column has"
      )
      // Offsets that begin later are those of a slice.
      const slice = yield* read(stream(start, batch(2, [offsets(0, 1, 2), floats!])))
      assert.deepStrictEqual(slice.map(({ id }) => id), ["a", "b"])
    }))

  it.effect("passes over the buffers of views, and over the bitmap that unions once had", () =>
    Effect.gen(function*() {
      const views = new Uint8Array(32)
      const view = new DataView(views.buffer)
      ;[0, 1].forEach((row) => view.setInt32(row * 16, 20, true))
      view.setInt32(24, 1, true)
      const texts = ["x".repeat(20), "y".repeat(20)]
      const buffers = texts.map((text) => new TextEncoder().encode(text))
      const text: Column = { nodes: [[2, 0]], buffers: [none, views, ...buffers], variadic: 2 }
      const lists: Column = {
        nodes: [[2, 0], ...text.nodes],
        buffers: [none, Int32Array.of(0, 1), Int32Array.of(1, 1), ...text.buffers],
        variadic: 2
      }
      const fields = [id, field("lists", 25, { children: [field("item", 24)] }), field("title", 24), values]
      const bytes = stream(schema(fields), batch(2, [columns[0]!, lists, text, columns[1]!]))
      const records = yield* read(bytes, { columns: { metadata: ["title"] } })
      assert.deepStrictEqual(records.map(({ metadata, values }) => [metadata?.["title"], values?.[0]]), [
        [texts[0], 1],
        [texts[1], 2]
      ])
      const outside = Uint8Array.from(views)
      outside[24] = 2
      const broken = { ...text, buffers: [none, outside, ...buffers] }
      assert.include(
        yield* refusal(stream(schema(fields), batch(2, [columns[0]!, lists, broken, columns[1]!]))),
        "a text lies outside of its column"
      )

      const union = field("union", 14, { children: [field("item", 1)] })
      const typeIds = Int8Array.of(0, 0)
      const nodes = [[2, 0], [2, 2]] as const
      for (const version of [3, 4]) {
        const of: Column = { nodes, buffers: version === 3 ? [none, typeIds] : [typeIds] }
        const bytes = stream(schema([id, union, values], { version }), batch(2, [columns[0]!, of, columns[1]!]))
        assert.deepStrictEqual((yield* read(bytes)).map(({ values }) => values?.[0]), [1, 2])
      }
    }))

  it.effect("forgets the dictionaries of one stream in the next", () =>
    Effect.gen(function*() {
      const start = schema([id, values, field("color", 5, { dictionary: { id: 0n, bits: 8 } })])
      const keyed = batch(2, [...columns, { nodes: [[2, 0]], buffers: [none, Int8Array.of(0, 0)] }])
      const bytes = stream(start, dictionary(0n, false, 1, textColumn("red")), keyed, start, keyed)
      const error = yield* Effect.flip(read(bytes, { columns: { metadata: "rest" } }))
      assert.include(error.message, "row 2: color points to entry 0 of its dictionary")
    }))

  it.effect("reads each part of a file once", () =>
    Effect.gen(function*() {
      const one = batch(2, columns)
      const records = yield* read(file([id, values], one, 1))
      assert.deepStrictEqual(records.map(({ id }) => id), ["a", "b"])
      const many = yield* Effect.flip(Effect.map(read(file([id, values], one, 100)), ({ length }) => length))
      assert.include(many.message, "its footer is corrupt")
    }))
})
