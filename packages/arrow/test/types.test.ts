import { assert, describe, it } from "@effect/vitest"
import * as Arrow from "apache-arrow"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { ColumnError } from "../src/ArrowError.js"
import * as ArrowRecords from "../src/ArrowRecords.js"
import { fixed, floatLists, item, raw, readable, readableMetadata, texts } from "./utils/tables.js"

const collect = <A, E, R>(stream: Stream.Stream<A, E, R>) =>
  Effect.map(Stream.runCollect(stream), Chunk.toReadonlyArray)

describe("types", () => {
  it.effect("gives the value of each type that metadata can hold, and leaves nulls out", () =>
    Effect.gen(function*() {
      const table = new Arrow.Table(readable())
      const options = { columns: { metadata: "rest" } } as const
      const [one, three] = readableMetadata
      const all = yield* collect(ArrowRecords.fromTable(table, options))
      assert.deepStrictEqual(all.map(({ metadata }) => metadata), [one, undefined, three])
      assert.deepStrictEqual(all.map(({ values }) => Array.from(values!)), [[1, 2], [3, 4], [5, 6]])
      for (let start = 1; start < 3; start++) {
        assert.deepStrictEqual(yield* collect(ArrowRecords.fromTable(table.slice(start), options)), all.slice(start))
      }
      for (const kind of ["stream", "file"] as const) {
        const bytes = Arrow.tableToIPC(table, kind)
        assert.deepStrictEqual(yield* collect(ArrowRecords.fromIpc(Stream.make(bytes), options)), all)
      }
    }))

  const good = { id: texts("a", "b", "c"), values: floatLists([1], [2], [3]) }
  const rest = { columns: { metadata: "rest" } } as const
  const errorOf = (columns: Record<string, Arrow.Vector>, options: ArrowRecords.Options = rest) =>
    Effect.map(Effect.flip(collect(ArrowRecords.fromTable(new Arrow.Table(columns), options))), (error) => {
      assert.instanceOf(error, ColumnError)
      return error
    })
  const metadataOf = (columns: Record<string, Arrow.Vector>) =>
    Effect.map(
      collect(ArrowRecords.fromTable(new Arrow.Table({ ...good, ...columns }), rest)),
      (records) => records.map(({ metadata }) => metadata?.["x"])
    )
  const of = (values: ReadonlyArray<unknown>, type: Arrow.DataType): Arrow.Vector => Arrow.vectorFromArray(values, type)

  it.effect("makes texts of durations, intervals and UUIDs, as ISO 8601 and RFC 9562 write them", () =>
    Effect.gen(function*() {
      const cases: ReadonlyArray<readonly [Arrow.Vector, Array<string>]> = [
        [raw(new Arrow.DurationSecond(), BigInt64Array.of(90n, 0n, -1n), 3), ["PT90S", "PT0S", "PT-1S"]],
        [raw(new Arrow.DurationMillisecond(), BigInt64Array.of(1500n, 1n, -1n), 3), [
          "PT1.5S",
          "PT0.001S",
          "PT-0.001S"
        ]],
        [raw(new Arrow.DurationMicrosecond(), BigInt64Array.of(1n, 0n, 0n), 3), ["PT0.000001S", "PT0S", "PT0S"]],
        [raw(new Arrow.DurationNanosecond(), BigInt64Array.of(1n, 0n, 0n), 3), ["PT0.000000001S", "PT0S", "PT0S"]],
        [raw(new Arrow.IntervalYearMonth(), Int32Array.of(14, 0, -1), 3), ["P14M", "PT0S", "P-1M"]],
        [raw(new Arrow.IntervalDayTime(), Int32Array.of(2, 1500, 1, 0, 0, -1), 3), ["P2DT1.5S", "P1D", "PT-0.001S"]],
        [
          raw(new Arrow.IntervalMonthDayNano(), Int32Array.of(1, 2, 5, 0, 0, 0, 0, 1, 0, 0, -1, -1), 3),
          ["P1M2DT0.000000005S", "PT4.294967296S", "PT-0.000000001S"]
        ]
      ]
      for (const [x, expected] of cases) assert.deepStrictEqual(yield* metadataOf({ x }), expected)
      const uuid = new Arrow.Field(
        "x",
        new Arrow.FixedSizeBinary(16),
        true,
        new Map([["ARROW:extension:name", "arrow.uuid"]])
      )
      const bytes = Uint8Array.from({ length: 48 }, (_, n) => n * 5)
      const table = new Arrow.Table({ ...good, x: raw(uuid.type, bytes, 3) })
      const schema = new Arrow.Schema([...table.schema.fields.slice(0, 2), uuid])
      for (const columns of [{ metadata: ["x"] }, { id: "x" }] as const) {
        const annotated = new Arrow.Table(
          schema,
          table.batches.map((batch) => new Arrow.RecordBatch(schema, batch.data))
        )
        for (
          const records of [
            yield* collect(ArrowRecords.fromTable(annotated, { columns })),
            yield* collect(ArrowRecords.fromIpc(Stream.make(Arrow.tableToIPC(annotated)), { columns }))
          ]
        ) {
          assert.strictEqual(
            "id" in columns ? records[1]?.id : records[1]?.metadata?.["x"],
            "50555a5f-6469-6e73-787d-82878c91969b"
          )
        }
      }
    }))

  it.effect("refuses integers and decimals that no 64-bit float stands for, by row, and rounds none", () =>
    Effect.gen(function*() {
      const over = 2n ** 53n
      const wide = (...values: ReadonlyArray<bigint>) =>
        Uint32Array.from(
          values.flatMap((value) =>
            Array.from({ length: 8 }, (_, i) => Number(BigInt.asUintN(32, value >> BigInt(32 * i))))
          )
        )
      const d256 = (scale: number, ...values: ReadonlyArray<bigint>) =>
        raw(new Arrow.Decimal(scale, 76, 256), wide(...values), values.length)
      const refused: ReadonlyArray<readonly [Arrow.Vector, number, string]> = [
        [raw(new Arrow.Int64(), BigInt64Array.of(1n, over, 3n), 3), 1, "9007199254740992"],
        [raw(new Arrow.Int64(), BigInt64Array.of(1n, 2n, -over - 1n), 3), 2, "-9007199254740993"],
        [raw(new Arrow.Uint64(), BigUint64Array.of(1n, 2n ** 64n - 1n, 3n), 3), 1, "18446744073709551615"],
        [raw(new Arrow.Decimal(0, 18, 64), BigInt64Array.of(1n, over + 1n, 3n), 3), 1, "9007199254740993"],
        [d256(2, 1n, 10n ** 20n + 1n, 3n), 1, "1000000000000000000.01"],
        [d256(20, 1n, 2n, -314159265358979323846n), 2, "-3.14159265358979323846"],
        [d256(0, 1n, 2n, 10n ** 60n), 2, "1000000000000000000000000"],
        [d256(-20, 1n, 2n, 3n), 0, "100000000000000000000"],
        // Nearer to another decimal of as many digits.
        [d256(16, 1n, 2n, 9007199254740989n * 10n + 7n), 2, "9.0071992547409897"]
      ]
      for (const [x, row, text] of refused) {
        const error = yield* errorOf({ ...good, x })
        assert.deepStrictEqual([error.row, error.column], [row, "x"])
        assert.include(error.message, `row ${row}: x is ${text}`)
        assert.match(
          error.message,
          /which (has more digits than a 64-bit float|metadata cannot hold): add "x" to asText, or write it as a text/
        )
      }
      assert.deepStrictEqual(
        yield* metadataOf({ x: d256(19, 3n * 10n ** 18n, -123456789n * 10n ** 12n, 0n) }),
        [0.3, -12.3456789, 0]
      )
      assert.deepStrictEqual(yield* metadataOf({ x: d256(30, 1n, 10n ** 30n, 25n) }), [1e-30, 1, 2.5e-29])
      assert.deepStrictEqual(yield* metadataOf({ x: d256(-2, 1n, -12n, 0n) }), [100, -1200, 0])
      // Keys of dictionaries lead to the same.
      const keyed = of([over, over, 1n], new Arrow.Dictionary(new Arrow.Int64(), new Arrow.Int8()))
      assert.strictEqual((yield* errorOf({ ...good, x: keyed })).row, 0)
    }))

  it.effect("refuses times that have no text, and floats that are not finite", () =>
    Effect.gen(function*() {
      const cases: ReadonlyArray<readonly [Arrow.Vector, string]> = [
        [raw(new Arrow.TimeSecond(), Int32Array.of(0, 86_400, 0), 3), "x is 86400, which is not a time of day"],
        [raw(new Arrow.TimeNanosecond(), BigInt64Array.of(0n, -1n, 0n), 3), "x is -1, which is not a time of day"],
        [raw(new Arrow.TimestampSecond(), BigInt64Array.of(0n, 2n ** 62n, 0n), 3), "which is not a time between"],
        [raw(new Arrow.DateDay(), Int32Array.of(0, 2 ** 31 - 1, 0), 3), "x is 2147483647, which is not a time between"],
        [raw(new Arrow.DateMillisecond(), BigInt64Array.of(0n, 9n * 10n ** 15n, 0n), 3), "which is not a time between"],
        [raw(new Arrow.Float64(), Float64Array.of(0, Number.NaN, 0), 3), "x is NaN"],
        [raw(new Arrow.Float16(), Uint16Array.of(0, 0x7c00, 0), 3), "x is Infinity"]
      ]
      for (const [x, message] of cases) {
        const error = yield* errorOf({ ...good, x })
        assert.deepStrictEqual([error.row, error.column], [1, "x"])
        assert.include(error.message, message)
      }
      assert.include(
        (yield* errorOf({ ...good, x: raw(new Arrow.Decimal(5000, 9, 32), Int32Array.of(1, 2, 3), 3) })).message,
        "has the type Decimal"
      )
    }))

  it.effect("reads bytes that are UTF-8 as texts, and names the row of those that are not", () =>
    Effect.gen(function*() {
      const bytes = (...values: ReadonlyArray<ReadonlyArray<number> | null>) =>
        values.map((value) => value === null ? null : Uint8Array.from(value))
      const types = [new Arrow.Binary(), new Arrow.LargeBinary(), new Arrow.BinaryView()]
      for (const type of types) {
        const id = of(bytes([97], [0xc3, 0xa9], [0xef, 0xbf, 0xbd]), type)
        const records = yield* collect(ArrowRecords.fromTable(new Arrow.Table({ ...good, id })))
        assert.deepStrictEqual(records.map(({ id }) => id), ["a", "é", "\ufffd"])
      }
      const wrong = bytes([97], [98], [0xc8, 0x41])
      const long = bytes(Array.from({ length: 30 }, () => 97), [98], Array.from({ length: 30 }, () => 0xff))
      const utf8 = (values: ReadonlyArray<Uint8Array | null>, type: Arrow.Utf8 | Arrow.LargeUtf8 | Arrow.Utf8View) => {
        const binary = Arrow.DataType.isUtf8(type)
          ? types[0]!
          : Arrow.DataType.isLargeUtf8(type)
          ? types[1]!
          : types[2]!
        const [data] = of(values, binary).data
        return new Arrow.Vector([data!.clone(type)])
      }
      const strings = [new Arrow.Utf8(), new Arrow.LargeUtf8(), new Arrow.Utf8View()]
      const ids = [...types.map((type) => of(wrong, type)), ...strings.map((type) => utf8(wrong, type))]
      for (const id of [...ids, ...types.map((type) => of(long, type)), ...strings.map((type) => utf8(long, type))]) {
        const error = yield* errorOf({ ...good, id })
        assert.deepStrictEqual([error.row, error.column], [2, "id"])
        assert.include(error.message, "row 2: id is not valid UTF-8")
      }
      assert.include((yield* errorOf({ ...good, id: ids[0]! })).message, "(2 bytes: c8 41)")
      const metadata = utf8(bytes([123, 125], [123, 0xff, 125], [123, 125]), strings[0]!)
      assert.deepStrictEqual((yield* errorOf({ ...good, metadata }, {})).row, 1)
      assert.strictEqual((yield* errorOf({ ...good, x: ids[3]! })).column, "x")
      const child = utf8(bytes([97], [0xff], [98]), strings[0]!).data[0]!
      const lists = new Arrow.Vector([
        new Arrow.Data(new Arrow.List(item(new Arrow.Utf8())), 0, 3, 0, [Int32Array.of(0, 1, 3, 3)], [child])
      ])
      assert.deepStrictEqual((yield* errorOf({ ...good, x: lists })).row, 1)
      const type = new Arrow.Dictionary(new Arrow.Utf8(), new Arrow.Int8())
      const keyed = (...keys: ReadonlyArray<number>) =>
        new Arrow.Vector([
          new Arrow.Data(type, 0, 3, 0, [undefined, Int8Array.from(keys)], [], new Arrow.Vector([child]))
        ])
      assert.deepStrictEqual((yield* errorOf({ ...good, x: keyed(0, 2, 1) })).row, 2)
      assert.include(
        (yield* errorOf({ ...good, x: keyed(0, 2, 3) })).message,
        "row 2: x points to entry 3 of its dictionary, which it does not have"
      )
    }))

  it.effect("leaves out columns, lists and cells that hold nothing", () =>
    Effect.gen(function*() {
      const nothing = new Arrow.Vector([Arrow.makeData({ type: new Arrow.Null(), length: 3 })])
      const values = (yield* collect(ArrowRecords.fromTable(
        new Arrow.Table({
          ...good,
          sparse_values: nothing,
          metadata: nothing
        })
      ))).map(({ metadata, sparseValues }) => [metadata, sparseValues])
      assert.deepStrictEqual(values, [[undefined, undefined], [undefined, undefined], [undefined, undefined]])
      assert.include((yield* errorOf({ ...good, values: nothing }, {})).message, "the row has neither values")
      assert.include((yield* errorOf({ ...good, id: nothing }, {})).message, "row 0: the id is missing")
      const empties = new Arrow.List(item(new Arrow.Null()))
      const child = Arrow.makeData({ type: new Arrow.Null(), length: 2 })
      const lists = (...offsets: ReadonlyArray<number>) =>
        new Arrow.Vector([Arrow.makeData({ type: empties, length: 3, valueOffsets: Int32Array.from(offsets), child })])
      const sparse = of(
        [{ indices: [1], values: [2] }, { indices: [1], values: [2] }, { indices: [1], values: [2] }],
        new Arrow.Struct([
          new Arrow.Field("indices", new Arrow.List(item(new Arrow.Uint8())), true),
          new Arrow.Field("values", new Arrow.List(item(new Arrow.Float64())), true)
        ])
      )
      const only = { ...good, values: lists(0, 0, 0, 0), sparse_values: sparse }
      const found = yield* collect(ArrowRecords.fromTable(new Arrow.Table(only)))
      assert.deepStrictEqual(found[2], {
        id: "c",
        values: undefined,
        sparseValues: { indices: Uint32Array.of(1), values: Float32Array.of(2) },
        metadata: undefined
      })
      const error = yield* errorOf({ ...only, values: lists(0, 0, 2, 2) })
      assert.deepStrictEqual([error.row, error.column], [1, "values"])
      assert.include(error.message, "values[0] is null")
    }))

  it.effect("refuses columns of one name that are used, and no others", () =>
    Effect.gen(function*() {
      // The library does not write such a table, so the name is changed where it is written.
      const twice = (name: string, other: string, kind: "stream" | "file") => {
        const table = new Arrow.Table({ ...good, [name]: texts("p", "q", "r"), [other]: floatLists([1], [2], [3]) })
        return Buffer.from(Arrow.tableToIPC(table, kind).map((byte) => byte)).toString("latin1").replaceAll(other, name)
      }
      const read = (text: string, options: ArrowRecords.Options = {}) =>
        collect(ArrowRecords.fromIpc(Stream.make(Uint8Array.from(Buffer.from(text, "latin1"))), options))
      for (const kind of ["stream", "file"] as const) {
        const twin = twice("twin", "copy", kind)
        assert.strictEqual((yield* read(twin)).length, 3)
        for (const metadata of ["rest", ["twin"], "twin"]) {
          const error = yield* Effect.flip(read(twin, { columns: { metadata } }))
          assert.include(error.message, "the table has more than one column \"twin\"")
        }
        assert.include((yield* Effect.flip(read(twin, { columns: { id: "twin" } }))).message, "more than one column")
        assert.include(
          (yield* Effect.flip(read(twin, { columns: { values: "twin" } }))).message,
          "more than one column"
        )
      }
    }))

  it.effect("says which columns are missing where there are none, and nothing where there are no rows", () =>
    Effect.gen(function*() {
      const schema = new Arrow.Schema([])
      const rows = new Arrow.RecordBatch(
        schema,
        Arrow.makeData({ type: new Arrow.Struct([]), length: 3, nullCount: 0, children: [] })
      )
      const none = new Arrow.Table(schema, [rows])
      assert.include(
        (yield* Effect.flip(collect(ArrowRecords.fromTable(none)))).message,
        "the table has no column \"id\", but no columns"
      )
      const empty = new Arrow.Table(good).slice(0, 0)
      const all = new Arrow.Table(good)
      const mixed = empty.concat(all, empty, all)
      assert.strictEqual((yield* collect(ArrowRecords.fromTable(mixed, { skip: 4 }))).length, 2)
      for (const kind of ["stream", "file"] as const) {
        const bytes = Arrow.tableToIPC(mixed, kind)
        assert.strictEqual((yield* collect(ArrowRecords.fromIpc(Stream.make(bytes), { skip: 4 }))).length, 2)
      }
    }))

  it.effect("takes embeddings of 16-bit and 64-bit floats in lists of fixed size, with nulls between", () =>
    Effect.gen(function*() {
      const halves = Arrow.makeData({
        type: new Arrow.Float16(),
        length: 6,
        data: Uint16Array.of(0x3800, 0x3e00, 0, 0, 0xbc00, 0x7bff)
      })
      const of16 = new Arrow.Vector([
        Arrow.makeData({
          type: new Arrow.FixedSizeList(2, item(new Arrow.Float16())),
          length: 3,
          child: halves,
          nullCount: 1,
          nullBitmap: Uint8Array.of(5)
        })
      ])
      const table = new Arrow.Table({ id: good.id, embedding: of16, values: fixed(2, [1, 2], [3, 4], [5, 6]) })
      const columns = { values: "embedding" }
      const bytes = Stream.make(Arrow.tableToIPC(table))
      assert.include(
        (yield* errorOf({ id: good.id, embedding: of16 }, { columns })).message,
        "row 1: the row has neither"
      )
      const [first] = yield* collect(Stream.take(ArrowRecords.fromIpc(bytes, { columns }), 1))
      assert.deepStrictEqual(first?.values, Float32Array.of(0.5, 1.5))
      const [last] = yield* collect(ArrowRecords.fromTable(table.slice(2), { columns }))
      assert.deepStrictEqual(last?.values, Float32Array.of(-1, 65504))
    }))
})
