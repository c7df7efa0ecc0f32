import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Arrow from "apache-arrow"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { SchemaElement } from "hyparquet"
import { snappyCompress } from "hyparquet-writer/src/snappy.js"
import { brotliCompressSync, gzipSync } from "node:zlib"
import { FastCheck } from "../../../scripts/testing/properties.js"
import type * as Columns from "../src/Columns.js"
import * as ParquetReader from "../src/ParquetReader.js"
import { deltaBytes } from "./utils/deltas.js"
import { duckdb } from "./utils/duckdb.js"
import { writeIpc } from "./utils/others.js"
import type { RawColumn, RawPage } from "./utils/rawParquet.js"
import {
  bigEndian,
  floats,
  idColumn,
  indexRuns,
  int32s,
  int64s,
  joined,
  rawFile,
  requiredColumn,
  texts,
  valuesColumn
} from "./utils/rawParquet.js"

const tempFile = Effect.map(
  Effect.flatMap(FileSystem.FileSystem, (fs) => Effect.orDie(fs.makeTempDirectoryScoped())),
  (folder) => `${folder}/one.parquet`
)

const rowsOf = (file: string, columns?: Columns.Columns) =>
  Effect.map(Stream.runCollect(ParquetReader.rows(file, { columns })), (chunks) => ({
    records: Chunk.toReadonlyArray(chunks).flatMap(({ records }) => records),
    problems: Chunk.toReadonlyArray(chunks).flatMap(({ problems }) => problems)
  }))

/** The rows of a file that has these bytes. */
const readBytes = (bytes: Uint8Array, columns?: Columns.Columns) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const file = yield* tempFile
    yield* fs.writeFile(file, bytes)
    return yield* rowsOf(file, columns)
  }).pipe(Effect.provide(NodeContext.layer))

const readColumns = (rows: number, extra: ReadonlyArray<RawColumn>, columns: Columns.Columns = { metadata: "rest" }) =>
  readBytes(rawFile(rows, [idColumn(rows), valuesColumn(rows), ...extra]), columns)

/** The metadata of one required column, whose values are plain. */
const field = (element: Partial<SchemaElement>, count: number, values: Uint8Array, more: Partial<RawPage> = {}) =>
  Effect.map(
    readColumns(count, [requiredColumn("x", element, { count, values, ...more })]),
    ({ problems, records }) => ({ found: records.map(({ metadata }) => metadata?.["x"]), problems })
  )

const refusal = <A, E extends { readonly message: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(effect), ({ message }) => message)

const query = (sql: string, columns?: Columns.Columns) =>
  Effect.gen(function*() {
    const file = yield* tempFile
    yield* duckdb(`copy (${sql}) to '${file}' (format parquet)`)
    return yield* rowsOf(file, columns)
  }).pipe(Effect.provide(NodeContext.layer))

const arrow = (columns: Record<string, Arrow.Vector>, options?: Columns.Columns) =>
  Effect.gen(function*() {
    const file = yield* tempFile
    const bytes = Arrow.tableToIPC(new Arrow.Table(columns), "stream")
    writeIpc(bytes, file, { compression: "SNAPPY", version: "V1", dictionary: true })
    return yield* rowsOf(file, options)
  }).pipe(Effect.provide(NodeContext.layer))

describe("numbers", () => {
  for (
    const [codec, compress] of [["GZIP", gzipSync], ["BROTLI", brotliCompressSync], ["SNAPPY", snappyCompress]] as const
  ) {
    it.scoped(`keeps a dictionary that was decompressed by ${codec}`, () =>
      Effect.gen(function*() {
        const indices = Array.from({ length: 3 }, (): RawPage => ({
          kind: "v2",
          encoding: "RLE_DICTIONARY",
          count: 4,
          values: indexRuns(2, 0, 1, 2, 1),
          compress
        }))
        const pages: ReadonlyArray<RawPage> = [
          { kind: "dictionary", count: 3, values: floats(0.5, 1.5, 2.5), compress },
          ...indices
        ]
        const column = { ...requiredColumn("x", { type: "FLOAT" }, ...pages), codec }
        const { records } = yield* readColumns(12, [column])
        const expected = [0.5, 1.5, 2.5, 1.5]
        assert.deepStrictEqual(records.map(({ metadata }) => metadata?.["x"]), [...expected, ...expected, ...expected])
      }))
  }

  it.scoped("keeps a dictionary while the bytes that it came from are used for the next pages", () =>
    Effect.gen(function*() {
      const entries = [0.5, 1.5, 2.5, 3.5]
      const some = (...indices: ReadonlyArray<number>): RawPage => ({
        encoding: "RLE_DICTIONARY",
        count: indices.length,
        values: indexRuns(2, ...indices)
      })
      // Between the pages of indices are more bytes than are read at once.
      const list = (length: number, page: Partial<RawPage>): RawPage => ({
        count: length,
        repetition: Array.from({ length }, (_, i) => i === 0 ? 0 : 1),
        definition: Array.from({ length }, () => 1),
        values: new Uint8Array(length * 4),
        ...page
      })
      const vectors: RawColumn = {
        schema: [{ name: "values", type: "FLOAT", repetition_type: "REPEATED" }],
        pages: [
          { kind: "dictionary", count: 4, values: floats(...entries) },
          list(2, some(0, 1)),
          list(200_000, {}),
          list(200_000, {}),
          list(200_000, {}),
          list(4, some(0, 1, 2, 3))
        ]
      }
      const { records } = yield* readBytes(rawFile(5, [idColumn(5), vectors]))
      assert.deepStrictEqual(records[0]?.values, Float32Array.of(0.5, 1.5))
      assert.deepStrictEqual(records[4]?.values, Float32Array.from(entries))

      const blank: RawPage = { count: 1, values: texts(new Uint8Array(900_000).fill(32)) }
      const words = requiredColumn(
        "x",
        { type: "BYTE_ARRAY" },
        { kind: "dictionary", count: 4, values: texts(...entries.map(String)) },
        some(0, 1),
        blank,
        blank,
        blank,
        some(0, 1, 2, 3)
      )
      const read = yield* readColumns(9, [words])
      const trimmed = read.records.map(({ metadata }) => String(metadata?.["x"]).trim())
      assert.deepStrictEqual(trimmed, ["0.5", "1.5", "", "", "", ...entries.map(String)])
    }))

  it.scoped("reads integers of each width and sign in each encoding", () =>
    Effect.gen(function*() {
      const cases = [
        ["UINT_32", "INT32", [0n, 4294967295n, 2147483648n, 1n]],
        ["UINT_64", "INT64", [0n, 9007199254740991n, 4294967296n, 1n]],
        ["UINT_8", "INT32", [0n, 255n, 128n]],
        ["UINT_16", "INT32", [0n, 65535n, 32768n]],
        ["INT_8", "INT32", [-128n, 127n, -1n]],
        ["INT_16", "INT32", [-32768n, 32767n]],
        ["INT_32", "INT32", [-2147483648n, 2147483647n]],
        ["INT_64", "INT64", [-9007199254740991n, 9007199254740991n]],
        [undefined, "INT32", [-2147483648n, 2147483647n]]
      ] as const
      for (const [converted, type, numbers] of cases) {
        const element = { type, ...(converted === undefined ? {} : { converted_type: converted }) }
        const count = numbers.length
        const signed = numbers.map((value) => BigInt.asIntN(type === "INT32" ? 32 : 64, value))
        const values = type === "INT32" ? int32s(...signed.map(Number)) : int64s(...signed)
        const expected = numbers.map(Number)
        const width = values.length / count
        const split = values.map((_, i) => values[(i % count) * width + Math.floor(i / count)] ?? 0)
        const pages: ReadonlyArray<ReadonlyArray<RawPage>> = [
          [{ count, values }],
          [{ count, values: deltaBytes(signed, 64), encoding: "DELTA_BINARY_PACKED" }],
          [{ count, values: split, encoding: "BYTE_STREAM_SPLIT" }],
          [
            { kind: "dictionary", count, values },
            { count, values: indexRuns(2, ...numbers.keys()), encoding: "PLAIN_DICTIONARY" }
          ]
        ]
        for (const some of pages) {
          const { problems, records } = yield* readColumns(count, [requiredColumn("x", element, ...some)])
          assert.deepStrictEqual(problems, [])
          const where = `${converted} ${some[some.length - 1]?.encoding}`
          assert.deepStrictEqual(records.map(({ metadata }) => metadata?.["x"]), expected, where)
        }
      }
      // The newer annotation, as the index of a sparse vector, and beyond 2^53.
      const newer = { type: "INT32", logical_type: { type: "INTEGER", bitWidth: 32, isSigned: false } } as const
      assert.deepStrictEqual((yield* field(newer, 1, int32s(-1))).found, [4294967295])
      const large = yield* field({ type: "INT64", converted_type: "UINT_64" }, 2, int64s(-1n, 5n))
      assert.deepStrictEqual(large.found, [5])
      assert.include(large.problems[0]?.message, "x is 18446744073709551615")
      assert.include(large.problems[0]?.message, "add \"x\" to asText")
    }))

  it.scoped("reads unsigned indices of sparse vectors in each encoding", () =>
    Effect.gen(function*() {
      for (const encoding of ["PLAIN", "DELTA_BINARY_PACKED"] as const) {
        const list = (
          name: string,
          element: Partial<SchemaElement>,
          values: Uint8Array,
          encoding: RawPage["encoding"]
        ) => ({
          schema: [{ name, repetition_type: "REPEATED", ...element } as SchemaElement],
          path: ["sparse_values", name],
          pages: [{ count: 2, repetition: [0, 1], definition: [1, 1], values, encoding } as RawPage]
        })
        const indices = list(
          "indices",
          { type: "INT32", converted_type: "UINT_32" },
          encoding === "PLAIN" ? int32s(-1, 7) : deltaBytes([-1n, 7n], 32),
          encoding
        )
        const struct: SchemaElement = { name: "sparse_values", repetition_type: "REQUIRED", num_children: 2 }
        const bytes = rawFile(1, [
          idColumn(1),
          { ...indices, schema: [struct, ...indices.schema] },
          list("values", { type: "FLOAT" }, floats(0.5, 1.5), "PLAIN")
        ], { num_children: 2 })
        const { problems, records } = yield* readBytes(bytes)
        assert.deepStrictEqual(problems, [])
        assert.deepStrictEqual(records[0]?.sparseValues, {
          indices: Uint32Array.of(4294967295, 7),
          values: Float32Array.of(0.5, 1.5)
        })
      }
    }))

  const decimals: ReadonlyArray<
    readonly [NonNullable<SchemaElement["type"]>, number, (values: ReadonlyArray<bigint>) => Uint8Array]
  > = [
    ["INT32", 9, (values) => int32s(...values.map(Number))],
    ["INT64", 18, (values) => int64s(...values)],
    ["FIXED_LEN_BYTE_ARRAY", 38, (values) => joined(...values.map((value) => bigEndian(value, 16)))],
    [
      "BYTE_ARRAY",
      38,
      (values) =>
        texts(
          ...values.map((value, i) =>
            bigEndian(value, i % 3 === 0 ? 17 : Math.ceil((value.toString(2).length + 1) / 8))
          )
        )
    ]
  ]

  for (const [type, precision, encode] of decimals) {
    it.scoped.prop(
      `gives the double nearest to a decimal of ${type}, or an error, or its digits`,
      [
        FastCheck.array(
          FastCheck.oneof(
            FastCheck.bigInt({ min: -(10n ** BigInt(precision)) + 1n, max: 10n ** BigInt(precision) - 1n }),
            FastCheck.bigInt({ min: -999n, max: 999n }),
            // Where a byte more is needed.
            FastCheck.tuple(FastCheck.integer({ min: 1, max: precision * 3 }), FastCheck.bigInt({ min: -2n, max: 2n }))
              .map(
                ([bits, more]) => (more < 0n ? -1n : 1n) * 2n ** BigInt(bits) + more
              ),
            FastCheck.integer({ min: 0, max: precision - 1 }).map((power) => 10n ** BigInt(power))
          ),
          { minLength: 1, maxLength: 20 }
        ),
        FastCheck.integer({ min: 0, max: precision })
      ],
      ([unscaled, scale]) =>
        Effect.gen(function*() {
          const element = { type, converted_type: "DECIMAL", precision, scale, type_length: 16 } as const
          const column = requiredColumn("x", element, { count: unscaled.length, values: encode(unscaled) })
          const shown = unscaled.map((value) => {
            const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, "0")
            const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`
            return value < 0n ? `-${text}` : text
          })
          const exact = yield* readColumns(unscaled.length, [column], { metadata: "rest", asText: ["x"] })
          assert.deepStrictEqual(exact.records.map(({ metadata }) => metadata?.["x"]), shown)
          const { problems, records } = yield* readColumns(unscaled.length, [column])
          const refused = new Map(problems.map(({ message, row }) => [row, message]))
          let next = 0
          shown.forEach((text, row) => {
            const message = refused.get(row)
            const number = Number(text)
            if (message === undefined) {
              assert.strictEqual(records[next++]?.metadata?.["x"], number === 0 ? 0 : number)
              assert.isAtMost(Math.abs(number), 2 ** 53)
            } else {
              assert.include(message, `x is ${text}, which has more digits than a 64-bit float`)
              // Fifteen digits always fit.
              const digits = text.replace(/[-.]/g, "").replace(/^0+/, "").replace(/0+$/, "")
              assert.isTrue(Math.abs(number) > 2 ** 53 || digits.length > 15)
            }
          })
        }),
      { fastCheck: { numRuns: 25 } }
    )
  }

  it.scoped("refuses a decimal whose double stands for another one too, in its row", () =>
    Effect.gen(function*() {
      const { problems, records } = yield* query(
        `select 'd' || i as id, [1]::FLOAT[] as values, [0.3, 9007199254740993, 12345678901234.5678, 5, 0.1][i + 1]::DECIMAL(38, 10) as x
           from range(5) t(i)`,
        { metadata: "rest" }
      )
      assert.deepStrictEqual(records.map(({ metadata }) => metadata?.["x"]), [0.3, 5, 0.1])
      assert.deepStrictEqual(problems.map(({ column, row }) => [row, column]), [[1, "x"], [2, "x"]])
      assert.include(problems[1]?.message, "x is 12345678901234.5678000000")
      // By the newer annotation alone.
      const newer = { type: "INT32", logical_type: { type: "DECIMAL", precision: 9, scale: 2 } } as const
      assert.deepStrictEqual((yield* field(newer, 2, int32s(30, -7))).found, [0.3, -0.07])
      const long = yield* field(
        { type: "INT64", converted_type: "DECIMAL", precision: 18, scale: 2 },
        4,
        int64s(99_999_999_999_999_999n, 12_345_678_901_234_567n, -99_999_999_999_999_999n, 100_000_000_000_000_001n)
      )
      assert.deepStrictEqual(long.found, [123456789012345.67])
      assert.deepStrictEqual(long.problems.map(({ row }) => row), [0, 2, 3])
    }))

  it.scoped("reads 16-bit floats, as embeddings and as metadata", () =>
    Effect.gen(function*() {
      const half = new Arrow.Float16()
      const numbers = [0, -0, 1.5, -2.25, 2 ** -24, -(2 ** -14), 65504, 0.333251953125]
      const { problems, records } = yield* arrow({
        id: Arrow.vectorFromArray(numbers.map((_, i) => `id-${i}`)),
        embedding: Arrow.vectorFromArray(
          numbers.map((number) => [number, 1]),
          new Arrow.FixedSizeList(2, new Arrow.Field("item", half, true))
        ),
        x: Arrow.vectorFromArray(numbers, half)
      }, { metadata: ["x"] })
      assert.deepStrictEqual(problems, [])
      assert.deepStrictEqual(records.map(({ values }) => values), numbers.map((number) => Float32Array.of(number, 1)))
      assert.deepStrictEqual(records.map(({ metadata }) => metadata?.["x"]), numbers)
      const element = { type: "FIXED_LEN_BYTE_ARRAY", type_length: 2, logical_type: { type: "FLOAT16" } } as const
      const wrong = yield* field(element, 3, Uint8Array.of(0, 0x7c, 1, 0x7e, 0, 0xfc))
      assert.deepStrictEqual(
        wrong.problems.map(({ message }) => message.slice(0, 14)),
        ["x is Infinity,", "x is NaN, whic", "x is -Infinity"]
      )
    }).pipe(Effect.provide(NodeContext.layer)))
})

describe("texts", () => {
  const broken = Uint8Array.of(0xc8)

  it.scoped("names the row and the column whose bytes are not UTF-8", () =>
    Effect.gen(function*() {
      const text = { type: "BYTE_ARRAY", converted_type: "UTF8" } as const
      const id = requiredColumn("id", text, { count: 3, values: texts("a", broken, "c") })
      const ids = yield* readBytes(rawFile(3, [id, valuesColumn(3)]))
      assert.deepStrictEqual(ids.records.map(({ id }) => id), ["a", "c"])
      assert.deepInclude(ids.problems[0], { row: 1, column: "id" })
      assert.include(ids.problems[0]?.message, "id is not UTF-8 text (bytes c8)")

      const json = requiredColumn("metadata", text, { count: 2, values: texts("{\"a\":1}", joined(broken, broken)) })
      const metadata = yield* readColumns(2, [json], {})
      assert.deepStrictEqual(metadata.records.map(({ metadata }) => metadata), [{ a: 1 }])
      assert.deepInclude(metadata.problems[0], { row: 1, column: "metadata" })
      assert.include(metadata.problems[0]?.message, "metadata is not UTF-8 text (bytes c8c8)")

      for (const element of [text, { type: "BYTE_ARRAY" }, { type: "BYTE_ARRAY", converted_type: "ENUM" }] as const) {
        const { found, problems } = yield* field(element, 2, texts(new Uint8Array(20).fill(0xff), "\uFEFFtext"))
        assert.deepStrictEqual(found, ["\uFEFFtext"])
        assert.deepInclude(problems[0], { row: 0, column: "x" })
        assert.include(problems[0]?.message, `(bytes ${"ff".repeat(16)}…)`)
      }
    }))

  it.scoped("does not mind an entry of a dictionary that no row has", () =>
    Effect.gen(function*() {
      const column = (...indices: ReadonlyArray<number>) =>
        requiredColumn(
          "x",
          { type: "BYTE_ARRAY", converted_type: "UTF8" },
          { kind: "dictionary", count: 3, values: texts("a", broken, "b") },
          { encoding: "RLE_DICTIONARY", count: 2, values: indexRuns(2, ...indices) }
        )
      const good = yield* readColumns(2, [column(0, 2)])
      assert.deepStrictEqual(good.records.map(({ metadata }) => metadata?.["x"]), ["a", "b"])
      const bad = yield* readColumns(2, [column(0, 1)])
      assert.deepStrictEqual(bad.records.map(({ metadata }) => metadata?.["x"]), ["a"])
      assert.deepInclude(bad.problems[0], { row: 1, column: "x" })
    }))

  it.scoped("names the row whose list has a text that is not UTF-8", () =>
    Effect.gen(function*() {
      const tags: RawColumn = {
        schema: [{ name: "tags", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REPEATED" }],
        pages: [{
          count: 5,
          repetition: [0, 1, 0, 1, 0],
          definition: [1, 1, 1, 1, 1],
          values: texts("a", "b", "c", broken, "d")
        }]
      }
      const { problems, records } = yield* readColumns(3, [tags])
      assert.deepStrictEqual(records.map(({ metadata }) => metadata?.["tags"]), [["a", "b"], ["d"]])
      assert.deepInclude(problems[0], { row: 1, column: "tags" })
      assert.include(problems[0]?.message, "tags is not UTF-8 text")
    }))

  it.scoped("takes UUIDs as ids, and integers where they are to be texts", () =>
    Effect.gen(function*() {
      const uuid = "00000000-aaaa-4bbb-8ccc-0123456789ff"
      const uuids = yield* query(`select '${uuid}'::UUID as id, [1]::FLOAT[] as values`)
      assert.deepStrictEqual(uuids.records.map(({ id }) => id), [uuid])
      const lists = yield* query(`select 'a' as id, [1]::FLOAT[] as values, ['${uuid}'::UUID, null] as x`, {
        metadata: "rest"
      })
      assert.deepStrictEqual(lists.records[0]?.metadata, { x: [uuid] })
      const sql = "select (i * 9007199254740993)::BIGINT as id, [1]::FLOAT[] as values from range(3) t(i)"
      assert.include(yield* refusal(query(sql)), "the column \"id\" has the type INT_64. Write it as a string")
      assert.include(yield* refusal(query(sql)), "add it to asText")
      const integers = yield* query(sql, { asText: ["id"] })
      assert.deepStrictEqual(integers.records.map(({ id }) => id), ["0", "9007199254740993", "18014398509481986"])
      const unsigned = yield* query("select 18446744073709551615::UBIGINT as id, [1]::FLOAT[] as values", {
        asText: ["id"]
      })
      assert.deepStrictEqual(unsigned.records.map(({ id }) => id), ["18446744073709551615"])
      assert.include(yield* refusal(query(sql, { asText: ["id", "ids"] })), "has no column \"ids\"")
    }))

  it.scoped("makes texts of numbers and booleans where they are to be texts", () =>
    Effect.gen(function*() {
      const { records } = yield* query(
        `select 'a' as id, [1]::FLOAT[] as values, 9223372036854775807 as big, 12.30::DECIMAL(9, 2) as price, true as flag,
           0.5::DOUBLE as half, ['x'] as tags, 7 as number, null::BIGINT as missing`,
        { metadata: "rest", asText: ["big", "price", "flag", "half", "tags", "missing"] }
      )
      assert.deepStrictEqual(records[0]?.metadata, {
        big: "9223372036854775807",
        price: "12.30",
        flag: "true",
        half: "0.5",
        tags: ["x"],
        number: 7
      })
    }))
})

describe("times", () => {
  it.scoped("reads times of day in each unit", () =>
    Effect.gen(function*() {
      const micros = [0n, 86_399_999_999n, 45_000_500_000n]
      const expected = ["00:00:00", "23:59:59.999999", "12:30:00.5"]
      const time = (unit: "MICROS" | "NANOS") => ({ type: "TIME", isAdjustedToUTC: true, unit }) as const
      assert.deepStrictEqual(
        (yield* field({ type: "INT64", converted_type: "TIME_MICROS" }, 3, int64s(...micros))).found,
        expected
      )
      assert.deepStrictEqual(
        (yield* field({ type: "INT64", logical_type: time("MICROS") }, 3, int64s(...micros))).found,
        expected
      )
      assert.deepStrictEqual(
        (yield* field({ type: "INT64", logical_type: time("NANOS") }, 3, int64s(...micros.map((n) => n * 1000n + 7n))))
          .found,
        ["00:00:00.000000007", "23:59:59.999999007", "12:30:00.500000007"]
      )
      const millis = yield* field(
        { type: "INT32", converted_type: "TIME_MILLIS" },
        4,
        int32s(45_000_500, 86_400_000, -1, 86_400_001)
      )
      assert.deepStrictEqual(millis.found, ["12:30:00.5", "24:00:00"])
      assert.deepStrictEqual(millis.problems.map(({ message }) => message.slice(0, 32)), [
        "x is -1, not a time of day: corr",
        "x is 86400001, not a time of day"
      ])
    }))

  it.scoped("reads timestamps of 96 bits, and names a row whose time has no text", () =>
    Effect.gen(function*() {
      // Nanoseconds of the day, and the Julian day 2440588 for 1970-01-01.
      const int96 = (day: number, nanos: bigint) => joined(int64s(nanos), int32s(2_440_588 + day))
      const { found } = yield* field({ type: "INT96" }, 3, joined(int96(0, 0n), int96(1, 1n), int96(-1, 500_000_000n)))
      assert.deepStrictEqual(found, [
        "1970-01-01T00:00:00.000Z",
        "1970-01-02T00:00:00.000000001Z",
        "1969-12-31T00:00:00.500Z"
      ])
      const far = yield* field({ type: "INT64", converted_type: "TIMESTAMP_MILLIS" }, 2, int64s(2n ** 62n, 0n))
      assert.deepStrictEqual(far.found, ["1970-01-01T00:00:00.000Z"])
      assert.include(far.problems[0]?.message, "x is the time 4611686018427387904, beyond the years")
      const day = yield* field({ type: "INT32", converted_type: "DATE" }, 2, int32s(2 ** 31 - 1, -1))
      assert.deepStrictEqual(day.found, ["1969-12-31"])
      assert.include(day.problems[0]?.message, "x is the day 2147483647")
    }))

  it.scoped("keeps the three parts of an interval", () =>
    Effect.gen(function*() {
      const { records } = yield* query(
        `select 'a' as id, [1]::FLOAT[] as values, INTERVAL '14 months 3 days 1.5 seconds' as x, INTERVAL '0 days' as y,
           INTERVAL '2 months' as z`,
        { metadata: "rest" }
      )
      assert.deepStrictEqual(records[0]?.metadata, { x: "P14M3DT1.5S", y: "P0D", z: "P2M" })
    }))
})

describe("columns", () => {
  it.scoped("reads a file whose root is repeated", () =>
    Effect.gen(function*() {
      const column = requiredColumn("txt", { type: "BYTE_ARRAY" }, { count: 2, values: texts("a", "b") })
      const bytes = rawFile(2, [idColumn(2), valuesColumn(2), column], { repetition_type: "REPEATED" })
      const { problems, records } = yield* readBytes(bytes, { metadata: "rest" })
      assert.deepStrictEqual(problems, [])
      assert.deepStrictEqual(records.map(({ id, metadata, values }) => [id, values?.[0], metadata]), [
        ["id-0", 0, { txt: "a" }],
        ["id-1", 1, { txt: "b" }]
      ])
    }))

  it.scoped("leaves out columns of nulls without a type, whatever they are for", () =>
    Effect.gen(function*() {
      const nothing = () => Arrow.vectorFromArray([null, null], new Arrow.Null())
      const base = {
        id: Arrow.vectorFromArray(["a", "b"]),
        values: Arrow.vectorFromArray([[1], [2]], new Arrow.List(new Arrow.Field("item", new Arrow.Float32())))
      }
      const rest = yield* arrow({ ...base, n: nothing(), x: Arrow.vectorFromArray([1, 2], new Arrow.Int32()) }, {
        metadata: "rest"
      })
      assert.deepStrictEqual(rest.records.map(({ metadata }) => metadata), [{ x: 1 }, { x: 2 }])
      const plain = yield* arrow({ ...base, metadata: nothing(), sparse_values: nothing() })
      assert.deepStrictEqual(plain.records.map(({ metadata, sparseValues }) => [metadata, sparseValues]), [
        [undefined, undefined],
        [undefined, undefined]
      ])
      const noVector = yield* arrow({ id: base.id, values: nothing() })
      assert.include(noVector.problems[0]?.message, "neither values nor sparse_values")
      assert.include(yield* refusal(arrow({ ...base, id: nothing() })), "the column \"id\" has the type NULL")
      const lists = yield* arrow({
        ...base,
        tags: Arrow.vectorFromArray([[], null], new Arrow.List(new Arrow.Field("item", new Arrow.Null(), true)))
      }, { metadata: "rest" })
      assert.deepStrictEqual(lists.records.map(({ metadata }) => metadata), [{ tags: [] }, undefined])
    }))

  it.scoped("names the columns whose types metadata cannot hold", () =>
    Effect.gen(function*() {
      const refused: ReadonlyArray<readonly [string, Partial<SchemaElement>]> = [
        ["BSON", { type: "BYTE_ARRAY", converted_type: "BSON" }],
        ["BSON", { type: "BYTE_ARRAY", logical_type: { type: "BSON" } }],
        ["FIXED_LEN_BYTE_ARRAY", { type: "FIXED_LEN_BYTE_ARRAY", type_length: 3 }],
        ["DECIMAL", { type: "DOUBLE", converted_type: "DECIMAL" }],
        ["DECIMAL", { type: "INT32", converted_type: "DECIMAL", scale: -1 }],
        ["DECIMAL", { type: "INT32", converted_type: "DECIMAL", scale: 2 ** 30 }],
        ["UUID", { type: "FIXED_LEN_BYTE_ARRAY", type_length: 15, logical_type: { type: "UUID" } }],
        ["GEOMETRY", { type: "BYTE_ARRAY", logical_type: { type: "GEOMETRY" } }],
        ["UTF8", { type: "INT32", converted_type: "UTF8" }],
        ["TIME_MICROS", { type: "INT32", converted_type: "TIME_MICROS" }]
      ]
      for (const [name, element] of refused) {
        const message = yield* refusal(field(element, 1, texts("x")))
        assert.include(message, `the column "x" has the type ${name}. Write it as strings, numbers`)
      }
    }))

  it.scoped("reads packed runs without padding", () =>
    Effect.gen(function*() {
      // Eleven indices of three bits: two groups of eight, of which the second ends after five bytes.
      let bits = 0n
      for (let i = 0; i < 11; i++) bits |= BigInt(i % 5) << BigInt(i * 3)
      const column = requiredColumn(
        "x",
        { type: "INT32" },
        { kind: "dictionary", count: 5, values: int32s(10, 11, 12, 13, 14) },
        { encoding: "RLE_DICTIONARY", count: 11, values: joined(Uint8Array.of(3, 5), bigEndian(bits, 5).reverse()) }
      )
      const { records } = yield* readColumns(11, [column])
      assert.deepStrictEqual(
        records.map(({ metadata }) => metadata?.["x"]),
        Array.from({ length: 11 }, (_, i) => 10 + i % 5)
      )
    }))
})
