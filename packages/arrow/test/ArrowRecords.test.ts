import { InvalidMetadata } from "@effect-pinecone/schema/PineconeError"
import type { VectorRecord } from "@effect-pinecone/schema/VectorRecord"
import { assert, describe, it } from "@effect/vitest"
import * as Arrow from "apache-arrow"
import * as Chunk from "effect/Chunk"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { FastCheck } from "../../../scripts/testing/properties.js"
import { ColumnError } from "../src/ArrowError.js"
import * as ArrowRecords from "../src/ArrowRecords.js"
import * as ArrowTable from "../src/ArrowTable.js"
import { anyRecord } from "./utils/records.js"

const collect = <A, E, R>(stream: Stream.Stream<A, E, R>) =>
  Effect.map(Stream.runCollect(stream), Chunk.toReadonlyArray)

const tableOf = (columns: Record<string, Arrow.Vector>) => new Arrow.Table(columns)

const texts = (...values: ReadonlyArray<string | null>) => Arrow.vectorFromArray(values, new Arrow.Utf8())

const item = <T extends Arrow.DataType>(type: T) => new Arrow.Field("item", type, true)

const floatLists = (...values: ReadonlyArray<ReadonlyArray<number | null> | null>) =>
  Arrow.vectorFromArray(values, new Arrow.List(item(new Arrow.Float32())))

const fixed = (dimension: number, ...values: ReadonlyArray<ReadonlyArray<number> | null>) =>
  Arrow.vectorFromArray(values, new Arrow.FixedSizeList(dimension, item(new Arrow.Float32())))

describe("ArrowRecords", () => {
  describe("fromTable", () => {
    it.effect("gives views of the values' own memory, from lists of any and of fixed size", () =>
      Effect.gen(function*() {
        for (const values of [floatLists([1, 2], [3], [4, 5]), fixed(2, [1, 2], [3, 3], [4, 5])]) {
          const table = tableOf({ id: texts("a", "b", "c"), values })
          const memory: unknown = table.getChild("values")?.data[0]?.children[0]?.values
          assert.instanceOf(memory, Float32Array)
          const records = yield* collect(ArrowRecords.fromTable(table))
          assert.deepStrictEqual(Array.from(records[2]!.values!), [4, 5])
          for (const { values } of records) assert.strictEqual(values?.buffer, (memory as Float32Array).buffer)
        }
      }))

    it.effect("reads slices, nulls and several batches", () =>
      Effect.gen(function*() {
        const lists = [[1, 2], null, [5, 6], [7, 8], [9, 10]]
        for (const values of [floatLists(...lists), fixed(2, ...lists)]) {
          const sparse = Arrow.vectorFromArray(
            [null, { indices: [4294967295], values: [0.5] }, null, { indices: [1, 2], values: [1, 2] }, null],
            new Arrow.Struct([
              new Arrow.Field("indices", new Arrow.List(item(new Arrow.Uint32())), true),
              new Arrow.Field("values", new Arrow.List(item(new Arrow.Float32())), true)
            ])
          )
          const table = tableOf({
            id: texts("a", "b", "c", "d", "e"),
            values,
            sparse_values: sparse,
            metadata: texts("{\"n\":1}", null, "{\"n\":3}", null, "{}")
          })
          const all = [
            { id: "a", values: Float32Array.of(1, 2), sparseValues: undefined, metadata: { n: 1 } },
            {
              id: "b",
              values: undefined,
              sparseValues: { indices: Uint32Array.of(4294967295), values: Float32Array.of(0.5) },
              metadata: undefined
            },
            { id: "c", values: Float32Array.of(5, 6), sparseValues: undefined, metadata: { n: 3 } },
            {
              id: "d",
              values: Float32Array.of(7, 8),
              sparseValues: { indices: Uint32Array.of(1, 2), values: Float32Array.of(1, 2) },
              metadata: undefined
            },
            { id: "e", values: Float32Array.of(9, 10), sparseValues: undefined, metadata: {} }
          ]
          assert.deepStrictEqual<unknown>(yield* collect(ArrowRecords.fromTable(table)), all)
          for (let start = 0; start < 5; start++) {
            const slice = table.slice(start)
            assert.deepStrictEqual<unknown>(yield* collect(ArrowRecords.fromTable(slice)), all.slice(start))
          }
          const twice = table.concat(table.slice(1, 3))
          for (let skip = 0; skip <= 8; skip++) {
            assert.deepStrictEqual<unknown>(
              yield* collect(ArrowRecords.fromTable(twice, { skip })),
              [...all, ...all.slice(1, 3)].slice(skip)
            )
          }
        }
      }))

    it.effect("converts floats of 64 and 16 bits", () =>
      Effect.gen(function*() {
        const doubles = Arrow.vectorFromArray([[0.1, -1e300 * 0]], new Arrow.List(item(new Arrow.Float64())))
        const halves = Arrow.makeVector(Arrow.makeData({
          type: new Arrow.List(item(new Arrow.Float16())),
          length: 1,
          valueOffsets: Int32Array.of(0, 5),
          child: Arrow.makeData({
            type: new Arrow.Float16(),
            length: 5,
            data: Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff, 0x3555)
          })
        }))
        const [double] = yield* collect(ArrowRecords.fromTable(tableOf({ id: texts("a"), values: doubles })))
        assert.deepStrictEqual(double?.values, Float32Array.of(0.1, -0))
        const [half] = yield* collect(ArrowRecords.fromTable(tableOf({ id: texts("a"), vector: halves })))
        assert.deepStrictEqual(half?.values, Float32Array.of(1, -2, 2 ** -24, 65504, 0.333251953125))
      }))

    it.effect("makes fields of the metadata of other columns", () =>
      Effect.gen(function*() {
        const dictionary = new Arrow.Dictionary(new Arrow.Utf8(), new Arrow.Int32())
        const table = tableOf({
          key: texts("a", "b", "c"),
          values: floatLists([1], [2], [3]),
          text: texts("x", null, ""),
          color: Arrow.vectorFromArray(["red", null, "red"], dictionary),
          int: Arrow.vectorFromArray([1, null, -3], new Arrow.Int32()),
          big: Arrow.vectorFromArray([2n ** 53n - 1n, null, -1n], new Arrow.Int64()),
          float: Arrow.vectorFromArray([0.5, null, -1.5], new Arrow.Float64()),
          flag: Arrow.vectorFromArray([true, null, false], new Arrow.Bool()),
          tags: Arrow.vectorFromArray([["p", "q"], null, []], new Arrow.List(item(new Arrow.Utf8()))),
          day: Arrow.makeVector(
            Arrow.makeData({
              type: new Arrow.DateDay(),
              length: 3,
              data: Int32Array.of(19782, 0, -1),
              nullCount: 1,
              nullBitmap: Uint8Array.of(5)
            })
          ),
          time: Arrow.makeVector(
            Arrow.makeData({
              type: new Arrow.TimestampMicrosecond(),
              length: 3,
              data: BigInt64Array.of(1_709_209_800_123_456n, 0n, -1n),
              nullCount: 1,
              nullBitmap: Uint8Array.of(5)
            })
          )
        })
        const columns = { id: "key", metadata: "rest" }
        const records = yield* collect(ArrowRecords.fromTable(table, { columns }))
        assert.deepStrictEqual(records.map(({ metadata }) => metadata), [
          {
            text: "x",
            color: "red",
            int: 1,
            big: 2 ** 53 - 1,
            float: 0.5,
            flag: true,
            tags: ["p", "q"],
            day: "2024-02-29",
            time: "2024-02-29T12:30:00.123456Z"
          },
          undefined,
          {
            text: "",
            color: "red",
            int: -3,
            big: -1,
            float: -1.5,
            flag: false,
            tags: [],
            day: "1969-12-31",
            time: "1969-12-31T23:59:59.999999Z"
          }
        ])
        const sliced = yield* collect(ArrowRecords.fromTable(table.slice(2), { columns }))
        assert.deepStrictEqual(sliced[0]?.metadata, records[2]?.metadata)
      }))

    it.effect("names the row and the column that are wrong, after the records before them", () =>
      Effect.gen(function*() {
        const good = { id: texts("a", "b", "c"), values: floatLists([1], [2], [3]) }
        const cases: ReadonlyArray<readonly [Record<string, Arrow.Vector>, number, string, string]> = [
          [{ ...good, id: texts("a", null, "c") }, 1, "id", "the id is missing"],
          [{ ...good, values: floatLists([1], [2], [3, null]) }, 2, "values", "values[1] is null"],
          [{ ...good, values: floatLists([1], [Number.NaN], [3]) }, 1, "values", "values[0] is NaN"],
          [{ ...good, values: floatLists([1], null, [3]) }, 1, "values", "neither values"],
          [
            { ...good, values: Arrow.vectorFromArray([[1], [1e39], [3]], new Arrow.List(item(new Arrow.Float64()))) },
            1,
            "values",
            "does not fit a 32-bit float"
          ],
          [{ ...good, metadata: texts("{}", "{}", "[1]") }, 2, "metadata", "not a JSON object"]
        ]
        for (const [columns, row, column, message] of cases) {
          const seen: Array<string> = []
          const error = yield* Effect.flip(
            Stream.runForEach(ArrowRecords.fromTable(tableOf(columns)), ({ id }) => Effect.sync(() => seen.push(id)))
          )
          assert.instanceOf(error, ColumnError)
          assert.deepStrictEqual([error.row, error.column], [row, column])
          assert.include(error.message, message)
          assert.deepStrictEqual(seen, ["a", "b", "c"].slice(0, row))
        }
        // The rows of all batches count.
        const table = tableOf(good).concat(tableOf({ ...good, values: floatLists([1], null, [3]) }))
        assert.strictEqual((yield* Effect.flip(collect(ArrowRecords.fromTable(table)))).row, 4)
      }))

    it.effect("refuses columns that are missing or of a wrong type", () =>
      Effect.gen(function*() {
        const values = floatLists([1])
        const ints = Arrow.vectorFromArray([1], new Arrow.Int32())
        const message = (columns: Record<string, Arrow.Vector>, options?: ArrowRecords.Options) =>
          Effect.map(Effect.flip(collect(ArrowRecords.fromTable(tableOf(columns), options))), (error) => error.message)
        assert.include(yield* message({ key: texts("a"), values }), "has no column \"id\", but \"key\", \"values\"")
        assert.include(yield* message({ id: texts("a") }), "neither a column \"values\"")
        assert.include(yield* message({ id: ints, values }), "\"id\" has the type Int32")
        assert.include(yield* message({ id: texts("a"), values: texts("[1]") }), "\"values\" has the type Utf8")
        assert.include(yield* message({ id: texts("a"), values, metadata: ints }), "Make it JSON text")
        assert.include(yield* message({ id: texts("a"), sparse_values: values }), "a struct of indices")
        assert.include(
          yield* message({ id: texts("a"), values, more: floatLists([1]) }, { columns: { metadata: ["more"] } }),
          "\"more\" has the type List"
        )
      }))

    it.effect("decodes metadata with a Schema, and names the record and the path that do not fit", () =>
      Effect.gen(function*() {
        const metadata = Schema.Struct({ year: Schema.Int, seen: Schema.optional(Schema.Date) })
        const of = (...metadata: ReadonlyArray<string>) =>
          tableOf({ id: texts("a", "b"), values: floatLists([1], [2]), metadata: texts(...metadata) })
        const records = yield* collect(
          ArrowRecords.fromTable(of("{\"year\":1980,\"seen\":\"2024-01-01T00:00:00.000Z\"}", "{\"year\":2000}"), {
            metadata
          })
        )
        const first: VectorRecord<typeof metadata.Type> | undefined = records[0]
        assert.deepStrictEqual(first?.metadata, { year: 1980, seen: new Date("2024-01-01") })
        const seen: Array<number> = []
        const error = yield* Effect.flip(Stream.runForEach(
          ArrowRecords.fromTable(of("{\"year\":1980}", "{\"year\":\"2000\"}"), { metadata }),
          ({ metadata }) => Effect.sync(() => seen.push(metadata?.year ?? 0))
        ))
        assert.deepStrictEqual(seen, [1980])
        assert.instanceOf(error, InvalidMetadata)
        assert.strictEqual(error.recordId, "b")
        assert.deepStrictEqual(error.path, ["year"])
      }))
  })

  describe("fromIpc", () => {
    const rows: ReadonlyArray<VectorRecord> = Array.from({ length: 25 }, (_, n) => ({
      id: `id-${n}`,
      values: Float32Array.of(n, n / 3),
      sparseValues: undefined,
      metadata: n % 2 === 0 ? { n } : undefined
    }))

    const pieces = (bytes: Uint8Array, ...cuts: ReadonlyArray<number>) => {
      const at = [0, ...[...cuts].sort((a, b) => a - b), bytes.length]
      return Stream.fromIterable(at.slice(1).map((end, index) => bytes.subarray(at[index], end)))
    }

    const encoded = Effect.map(
      collect(ArrowTable.toBatches(Stream.fromIterable(rows), { batchSize: 10 })),
      (batches) => {
        const table = new Arrow.Table([...batches])
        return { stream: Arrow.tableToIPC(table, "stream"), file: Arrow.tableToIPC(table, "file") }
      }
    )

    it.effect("reads a stream and a file that are cut anywhere", () =>
      Effect.gen(function*() {
        const { file, stream } = yield* encoded
        for (const bytes of [stream, file]) {
          for (let cut = 0; cut < bytes.length; cut += cut < 400 ? 1 : 37) {
            const records = yield* collect(ArrowRecords.fromIpc(pieces(bytes, cut, (cut * 7919) % bytes.length)))
            assert.deepStrictEqual<unknown>(records, rows)
          }
          const bytewise = Stream.fromIterable(Array.from(bytes, (byte) => Uint8Array.of(byte)))
          assert.deepStrictEqual<unknown>(yield* collect(ArrowRecords.fromIpc(bytewise)), rows)
        }
      }))

    it.effect("reads dictionaries", () =>
      Effect.gen(function*() {
        const color = Arrow.vectorFromArray(["red", "blue"], new Arrow.Dictionary(new Arrow.Utf8(), new Arrow.Int32()))
        const table = tableOf({ id: texts("a", "b"), values: floatLists([1], [2]), color })
        for (const kind of ["stream", "file"] as const) {
          const bytes = Stream.make(Arrow.tableToIPC(table, kind))
          const records = yield* collect(ArrowRecords.fromIpc(bytes, { columns: { metadata: ["color"] } }))
          assert.deepStrictEqual(records.map(({ metadata }) => metadata), [{ color: "red" }, { color: "blue" }])
        }
      }))

    it.effect("fails on bytes that are none, and on those that end too early", () =>
      Effect.gen(function*() {
        const { stream } = yield* encoded
        const ends = (bytes: Stream.Stream<Uint8Array>) => Effect.exit(collect(ArrowRecords.fromIpc(bytes)))
        for (const bytes of [new Uint8Array(0), Uint8Array.of(1, 2, 3), new Uint8Array(100).fill(7)]) {
          const exit = yield* ends(Stream.make(bytes))
          assert.include(String(exit), "PineconeIpcError")
        }
        const cut = yield* ends(pieces(stream.subarray(0, stream.length - 200), 10))
        assert.include(String(cut), "PineconeIpcError")
      }))

    it.effect("fails with what its source fails with", () =>
      Effect.gen(function*() {
        const { stream } = yield* encoded
        const source = Stream.concat(
          Stream.make(stream.subarray(0, stream.length - 200)),
          Stream.fail("broken" as const)
        )
        const seen: Array<string> = []
        const error = yield* Effect.flip(
          Stream.runForEach(ArrowRecords.fromIpc(source), ({ id }) => Effect.sync(() => seen.push(id)))
        )
        assert.strictEqual(error, "broken")
        assert.strictEqual(seen.length, 20)
        assert.strictEqual(
          yield* Effect.flip(collect(ArrowRecords.fromIpc(Stream.fail("at once" as const)))),
          "at once"
        )
      }))

    it.effect("closes its source when it is interrupted, and when no more is wanted", () =>
      Effect.gen(function*() {
        const { stream } = yield* encoded
        const started = yield* Deferred.make<void>()
        const closed = yield* Deferred.make<void>()
        const close = Stream.ensuring(Deferred.succeed(closed, void 0))
        const stuck = Stream.concat(
          Stream.make(stream.subarray(0, 1000)),
          Stream.fromEffect(Effect.zipRight(Deferred.succeed(started, void 0), Effect.never))
        )
        const fiber = yield* Effect.fork(collect(ArrowRecords.fromIpc(close(stuck))))
        yield* Deferred.await(started)
        yield* Fiber.interrupt(fiber)
        yield* Deferred.await(closed)

        const again = yield* Deferred.make<void>()
        const more = Stream.concat(Stream.make(stream.subarray(0, -8)), Stream.never)
        const first = yield* collect(
          Stream.take(ArrowRecords.fromIpc(Stream.ensuring(more, Deferred.succeed(again, void 0))), 3)
        )
        assert.strictEqual(first.length, 3)
        yield* Deferred.await(again)
      }))
  })

  it.effect.prop(
    "gives back what a table and its bytes were made of",
    [FastCheck.array(anyRecord, { maxLength: 30 }), FastCheck.integer({ min: 1, max: 12 })],
    ([records, batchSize]) =>
      Effect.gen(function*() {
        const table = yield* ArrowTable.fromRecords(records)
        assert.deepStrictEqual<unknown>(yield* collect(ArrowRecords.fromTable(table)), records)
        const bytes = ArrowTable.toIpc(Stream.fromIterable(records), { batchSize })
        assert.deepStrictEqual<unknown>(yield* collect(ArrowRecords.fromIpc(bytes)), records)
      }),
    { fastCheck: { numRuns: 60 } }
  )
})
