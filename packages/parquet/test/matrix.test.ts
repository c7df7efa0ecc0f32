import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type * as Columns from "../src/Columns.js"
import * as ParquetReader from "../src/ParquetReader.js"
import { duckdb } from "./utils/duckdb.js"
import { byArrowRs, byPolars } from "./utils/others.js"

const rowCount = 400

/** Values in turn, with every seventh of them null. */
const turns = (column: string, type: string, ...values: ReadonlyArray<string>): string =>
  `if(i % 7 = 3, null, [${
    values.map((value) => `(${value})::${type}`).join(", ")
  }][1 + i % ${values.length}]) as ${column}`

const columns = [
  "'id-' || i as id",
  "list_transform(range(i % 5), j -> if(i % 5 = 2, 0.1::FLOAT, (i * 8 + j)::FLOAT / 7)) || [i::FLOAT] as floats",
  "list_transform(range(i % 5 + 1), j -> (i * 8 + j)::DOUBLE / 7) as doubles",
  "[i, i / 2, 0.1, -1]::FLOAT[4] as fixed",
  turns("bool", "BOOLEAN", "true", "false", "true", "true"),
  "i < 300 as step",
  turns("i8", "TINYINT", "-128", "127", "0", "-1"),
  turns("i16", "SMALLINT", "-32768", "32767", "1", "-2"),
  turns("i32", "INTEGER", "-2147483648", "2147483647", "2", "-3"),
  turns("i64", "BIGINT", "-9007199254740991", "9007199254740991", "3", "-4"),
  turns("u8", "UTINYINT", "0", "255", "128", "1"),
  turns("u16", "USMALLINT", "0", "65535", "32768", "2"),
  turns("u32", "UINTEGER", "0", "4294967295", "2147483648", "3"),
  turns("u64", "UBIGINT", "0", "9007199254740991", "4294967296", "4"),
  "(i * 4_000_000)::UINTEGER as u32s",
  "(i * 7_000_000_007 - 9)::BIGINT as i64s",
  turns("big", "BIGINT", "-9223372036854775808", "9223372036854775807", "5"),
  turns("ubig", "UBIGINT", "18446744073709551615", "0", "9223372036854775808"),
  "(sin(i))::FLOAT as float",
  "if(i % 3 = 0, null, cos(i)) as double",
  turns("price", "FLOAT", "0.1", "-3.4028235e38", "1e-45"),
  turns("dec4", "DECIMAL(4,1)", "0.3", "-999.9", "12"),
  turns("dec9", "DECIMAL(9,2)", "0.07", "-9999999.99", "1234567.89"),
  turns("dec18", "DECIMAL(18,5)", "0.00001", "-9999999999.99999", "0.3"),
  turns("dec38", "DECIMAL(38,10)", "0.1", "-12345.0123456789", "9007199254740992", "0"),
  turns(
    "long",
    "DECIMAL(38,3)",
    "12345678901234567890123456789012345.678",
    "-99999999999999999999999999999999999.999",
    "0.001"
  ),
  turns("day", "DATE", "'2024-02-29'", "'1969-12-31'", "'0001-01-01'"),
  turns("time", "TIME", "'12:30:00'", "'23:59:59.999999'", "'00:00:00.5'"),
  turns("ms", "TIMESTAMP_MS", "'2024-02-29 12:30:00.123'", "'1969-12-31 23:59:59.999'"),
  turns("us", "TIMESTAMP", "'2024-02-29 12:30:00.123456'", "'1969-12-31 23:59:59.999999'"),
  turns("ns", "TIMESTAMP_NS", "'2024-02-29 12:30:00.123456789'", "'1969-12-31 23:59:59.999999999'"),
  turns("zoned", "TIMESTAMPTZ", "'2024-02-29 12:30:00.5+01'", "'1969-12-31 23:59:59.999999+00'"),
  "'text ' || i as text",
  turns("words", "VARCHAR", "'red'", "''", "'où ça ✨'", "'red'"),
  turns("blob", "BLOB", "'plain'", "'\\xE2\\x9C\\xA8'"),
  "if(i % 4 = 1, null, list_transform(range(i % 3), j -> 'tag-' || j)) as tags"
]

/** What DuckDB reads, in the form in which metadata has it. */
const asTime = (column: string, digits: number) =>
  `rtrim(strftime(${column}, '%Y-%m-%dT%H:%M:%S.%${digits === 9 ? "n" : digits === 6 ? "f" : "g"}'), 'Z')`

interface Written {
  readonly file: string
  readonly name: string
}

const numeric = ["dec4", "dec9", "dec18", "dec38"]

const exact = ["big", "ubig", "long"]

/** Reads the file by DuckDB: the rows as JSON, times and what is longer than a number as texts. */
const expectedOf = (file: string, uuid: boolean) =>
  Effect.map(
    duckdb(
      "set timezone = 'UTC'",
      `select to_json(t)::VARCHAR from (select * exclude (floats, doubles, fixed) replace (
         ${[...numeric, ...exact].map((name) => `${name}::VARCHAR as ${name}`).join(", ")},
         float::DOUBLE as float, price::DOUBLE as price, hex(blob) as blob, time::VARCHAR as time,
         ${asTime("ms", 3)} as ms, ${asTime("us", 6)} as us, ${asTime("ns", 9)} as ns, ${
        asTime("(zoned at time zone 'UTC')", 6)
      } as zoned${uuid ? ", uuid::VARCHAR as uuid" : ""}
       ) from '${file}') t`
    ),
    (rows) => rows.map(([json]): Record<string, unknown> => JSON.parse(String(json)))
  )

const times = new Set(["ms", "us", "ns", "zoned"])

/** Both forms of a time, without the zeros at its end. */
const shortTime = (text: string): string => text.replace(/Z$/, "").replace(/0+$/, "")

const readAll = (file: string, columns: Columns.Columns) =>
  Effect.map(
    Stream.runCollect(ParquetReader.records(file, { columns })),
    Chunk.toReadonlyArray
  )

const check = ({ file, name }: Written, uuid = false) =>
  Effect.gen(function*() {
    const expected = yield* expectedOf(file, uuid)
    const metadata = Object.keys(expected[0] ?? {}).filter((column) => column !== "id")
    const records = yield* readAll(file, { values: "floats", metadata, asText: exact })
    assert.strictEqual(records.length, rowCount)
    records.forEach((record, row) => {
      const { id, ...cells } = expected[row] ?? {}
      assert.strictEqual(record.id, id, name)
      for (const [column, value] of Object.entries(cells)) {
        const found = record.metadata?.[column]
        const wanted = value === null
          ? undefined
          : numeric.includes(column)
          ? Number(value)
          : column === "blob"
          ? Buffer.from(String(value), "hex").toString()
          : value
        const where = `${name}, row ${row}, ${column}`
        if (times.has(column) && typeof found === "string" && typeof wanted === "string") {
          assert.strictEqual(shortTime(found), shortTime(wanted), where)
        } else assert.deepStrictEqual(found, wanted, where)
      }
      const floats = Array.from({ length: row % 5 }, (_, j) => row % 5 === 2 ? 0.1 : (row * 8 + j) / 7)
      assert.deepStrictEqual(record.values, Float32Array.of(...floats, row), name)
    })
    const doubles = yield* readAll(file, { values: "doubles" })
    doubles.forEach(({ values }, row) =>
      assert.deepStrictEqual(values, Float32Array.from({ length: row % 5 + 1 }, (_, j) => (row * 8 + j) / 7), name)
    )
    const fixed = yield* readAll(file, { values: "fixed" })
    fixed.forEach(({ values }, row) => assert.deepStrictEqual(values, Float32Array.of(row, row / 2, 0.1, -1), name))
    assert.deepStrictEqual([doubles.length, fixed.length], [rowCount, rowCount])
  })

const tempFolder = Effect.flatMap(FileSystem.FileSystem, (fs) => Effect.orDie(fs.makeTempDirectoryScoped()))

const copyTo = (file: string, options: string, uuid = false) =>
  duckdb(
    `copy (select ${columns.join(", ")}${
      uuid
        ? `, ${
          turns("uuid", "UUID", "'00000000-0000-0000-0000-0000000000ff'", "'10000000-aaaa-bbbb-cccc-000000000000'")
        }`
        : ""
    } from range(${rowCount}) t(i)) to '${file}' (format parquet${options})`
  )

const codecs = ["UNCOMPRESSED", "SNAPPY", "GZIP", "BROTLI", "ZSTD", "LZ4_RAW"] as const

/** Every pair of choices is tried; each of all three together where PARQUET_MATRIX is "full". */
const isTried = (...choices: ReadonlyArray<number>): boolean =>
  process.env["PARQUET_MATRIX"] === "full" || choices.reduce((sum, choice) => sum + choice) % 2 === 0

/** The encodings of the values in the files of a folder, as DuckDB tells. */
const encodingsOf = (root: string) =>
  Effect.map(
    duckdb(
      `select distinct unnest(string_split(encodings, ', ')) from parquet_metadata('${root}/*.parquet') order by 1`
    ),
    (rows) => rows.map(([encoding]) => encoding)
  )

const integers = [
  "i8",
  "i16",
  "i32",
  "i64",
  "u8",
  "u16",
  "u32",
  "u64",
  "u32s",
  "i64s",
  "big",
  "ubig",
  "dec9",
  "dec18",
  "day"
]

const encodings = {
  dictionary: {},
  plain: Object.fromEntries(
    [...integers, "text", "words", "blob", "float", "bool", "dec38"].map((name) => [name, "PLAIN" as const])
  ),
  delta: {
    ...Object.fromEntries(
      [...integers, "time", "us", "ns", "ms"].map((name) => [name, "DELTA_BINARY_PACKED" as const])
    ),
    id: "DELTA_BYTE_ARRAY",
    text: "DELTA_BYTE_ARRAY",
    words: "DELTA_LENGTH_BYTE_ARRAY",
    blob: "DELTA_BYTE_ARRAY",
    "tags.list.element": "DELTA_LENGTH_BYTE_ARRAY",
    dec38: "DELTA_BYTE_ARRAY",
    bool: "RLE",
    step: "RLE"
  }
} as const

describe("files of other writers, compared with what DuckDB reads", () => {
  it.scoped("DuckDB", () =>
    Effect.gen(function*() {
      const root = yield* tempFolder
      for (const [codecIndex, codec] of codecs.entries()) {
        for (const [versionIndex, version] of ["V1", "V2"].entries()) {
          for (const [limitIndex, limit] of [0, 100_000].entries()) {
            if (!isTried(codecIndex, versionIndex, limitIndex)) continue
            const name = `${codec}-${version}-${limit}`
            const file = `${root}/${name}.parquet`
            const options = `, codec '${codec}', parquet_version ${version}, dictionary_size_limit ${limit}`
            yield* copyTo(file, `${options}`, true)
            yield* check({ file, name }, true)
          }
        }
      }
      assert.includeMembers(yield* encodingsOf(root), [
        "PLAIN",
        "RLE_DICTIONARY",
        "DELTA_BINARY_PACKED",
        "DELTA_LENGTH_BYTE_ARRAY",
        "BYTE_STREAM_SPLIT"
      ])
    }).pipe(Effect.provide(NodeContext.layer)), 60_000)

  it.scoped("arrow-rs", () =>
    Effect.gen(function*() {
      const root = yield* tempFolder
      const source = `${root}/source`
      yield* copyTo(source, "")
      for (const [codecIndex, compression] of codecs.entries()) {
        for (const [modeIndex, mode] of (["dictionary", "plain", "delta"] as const).entries()) {
          for (const [versionIndex, version] of (["V1", "V2"] as const).entries()) {
            if (!isTried(codecIndex, modeIndex, versionIndex)) continue
            const name = `${compression}-${version}-${mode}`
            const file = `${root}/${name}.parquet`
            const dictionary = mode === "dictionary"
            byArrowRs(source, file, { compression, version, dictionary, encodings: encodings[mode] })
            yield* check({ file, name })
          }
        }
      }
      assert.includeMembers(yield* encodingsOf(root), [
        "PLAIN",
        "RLE",
        "RLE_DICTIONARY",
        "DELTA_BINARY_PACKED",
        "DELTA_LENGTH_BYTE_ARRAY",
        "DELTA_BYTE_ARRAY"
      ])
    }).pipe(Effect.provide(NodeContext.layer)), 60_000)

  it.scoped("arrow-rs, with LZ4 in the frames of Hadoop, which DuckDB does not read", () =>
    Effect.gen(function*() {
      const root = yield* tempFolder
      const source = `${root}/source`
      yield* copyTo(source, "")
      byArrowRs(source, `${root}/lz4`, { compression: "LZ4", version: "V1", dictionary: true })
      const columns = { values: "floats", metadata: ["text", "u32", "words", "float"] }
      assert.deepStrictEqual(yield* readAll(`${root}/lz4`, columns), yield* readAll(source, columns))
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("Polars", () =>
    Effect.gen(function*() {
      const root = yield* tempFolder
      const source = `${root}/source`
      yield* copyTo(source, "")
      for (const codec of ["uncompressed", "snappy", "gzip", "brotli", "lz4", "zstd"] as const) {
        const file = `${root}/${codec}.parquet`
        byPolars(source, file, codec)
        yield* check({ file, name: codec })
      }
    }).pipe(Effect.provide(NodeContext.layer)), 60_000)
})
