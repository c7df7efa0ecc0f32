import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import type { SchemaElement } from "hyparquet"
import { gzipSync } from "node:zlib"
import type * as Columns from "../src/Columns.js"
import { parseHeader } from "../src/internal/metadata.js"
import * as ParquetReader from "../src/ParquetReader.js"
import * as ParquetWriter from "../src/ParquetWriter.js"
import { duckdb } from "./utils/duckdb.js"
import type { RawColumn, RawPage } from "./utils/rawParquet.js"
import {
  floats,
  idColumn,
  indexRuns,
  int32s,
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

const readFile = (file: string, options: ParquetReader.RowsOptions = {}) =>
  Effect.map(Stream.runCollect(ParquetReader.rows(file, options)), (chunks) => ({
    records: Chunk.toReadonlyArray(chunks).flatMap(({ records }) => records),
    problems: Chunk.toReadonlyArray(chunks).flatMap(({ problems }) => problems)
  }))

const readBytes = (bytes: Uint8Array, columns?: Columns.Columns, chunkRows = 1000) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const file = yield* tempFile
    yield* fs.writeFile(file, bytes)
    return yield* readFile(file, { columns, chunkRows })
  }).pipe(Effect.provide(NodeContext.layer))

const message = <A, E extends { readonly message: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(effect), ({ message }) => message)

const list = (element: Partial<SchemaElement>, name = "values"): ReadonlyArray<SchemaElement> => [
  { name, repetition_type: "OPTIONAL", num_children: 1, converted_type: "LIST" },
  { name: "list", repetition_type: "REPEATED", num_children: 1 },
  { name: "element", repetition_type: "OPTIONAL", ...element }
]

describe("lists that reach from page to page", () => {
  const vectors = (...pages: ReadonlyArray<RawPage>): RawColumn => ({ schema: list({ type: "FLOAT" }), pages })

  it.scoped("joins the parts of a vector, in chunks of any size", () =>
    Effect.gen(function*() {
      const dictionary: RawPage = { kind: "dictionary", count: 7, values: floats(1, 2, 3, 4, 5, 6, 7) }
      const page = (repetition: ReadonlyArray<number>, values: ReadonlyArray<number>, isPlain: boolean): RawPage => ({
        count: repetition.length,
        repetition,
        definition: repetition.map(() => 3),
        ...(isPlain
          ? { values: floats(...values) }
          : { values: indexRuns(3, ...values.map((value) => value - 1)), encoding: "RLE_DICTIONARY" })
      })
      for (const isPlain of [true, false]) {
        const bytes = rawFile(4, [
          idColumn(4),
          vectors(
            dictionary,
            page([0, 1, 0], [1, 2, 3], isPlain),
            page([1, 1], [4, 5], isPlain),
            page([1, 0, 0], [6, 7, 1], isPlain),
            page([1], [2], isPlain)
          )
        ])
        for (const chunkRows of [1, 2, 3, 10]) {
          const { problems, records } = yield* readBytes(bytes, {}, chunkRows)
          assert.deepStrictEqual(problems, [])
          assert.deepStrictEqual(records.map(({ values }) => Array.from(values ?? [])), [
            [1, 2],
            [3, 4, 5, 6],
            [7],
            [1, 2]
          ])
        }
      }
    }))

  it.scoped("counts elements across pages where one of them is null or not finite", () =>
    Effect.gen(function*() {
      const bytes = rawFile(4, [
        idColumn(4),
        vectors(
          { count: 2, repetition: [0, 1], definition: [3, 3], values: floats(1, 2) },
          { count: 3, repetition: [1, 1, 0], definition: [3, 2, 3], values: floats(3, Number.NaN) },
          { count: 3, repetition: [1, 1, 0], definition: [3, 3, 3], values: floats(1, 2, 5) },
          { count: 3, repetition: [1, 1, 0], definition: [3, 3, 3], values: floats(6, Number.POSITIVE_INFINITY, 7) }
        )
      ])
      const { problems, records } = yield* readBytes(bytes)
      assert.deepStrictEqual(records.map(({ id }) => id), ["id-3"])
      assert.deepStrictEqual(problems.map(({ message, row }) => [row, message.split(",")[0]?.split(":")[0]]), [
        [0, "values[3] is null"],
        [1, "values[0] is NaN"],
        [2, "values[2] is Infinity"]
      ])
    }))

  it.scoped("joins the parts of a list of texts", () =>
    Effect.gen(function*() {
      const tags = (
        definition: ReadonlyArray<number>,
        repetition: ReadonlyArray<number>,
        ...values: Array<string>
      ): RawPage => ({
        count: definition.length,
        repetition,
        definition,
        values: texts(...values)
      })
      const column: RawColumn = {
        schema: list({ type: "BYTE_ARRAY", converted_type: "UTF8" }, "tags"),
        pages: [
          tags([3, 3], [0, 1], "a", "b"),
          tags([3, 2, 1], [1, 1, 0], "c"),
          tags([0, 3], [0, 0], "d"),
          tags([3], [1], "e")
        ]
      }
      const bytes = rawFile(4, [idColumn(4), valuesColumn(4), column])
      for (const chunkRows of [1, 2, 10]) {
        const { records } = yield* readBytes(bytes, { metadata: ["tags"] }, chunkRows)
        assert.deepStrictEqual(records.map(({ metadata }) => metadata), [
          { tags: ["a", "b", "c"] },
          { tags: [] },
          undefined,
          { tags: ["d", "e"] }
        ])
      }
    }))

  it.scoped("refuses a list that grows beyond all bounds", () =>
    Effect.gen(function*() {
      // Nine pages, each of two million values in a few bytes, continue one list.
      const count = 2 ** 21
      const run = (value: number) => Uint8Array.of(0x80, 0x80, 0x80, 2, value)
      const levels = (value: number) => joined(int32s(5), run(value))
      const schema: ReadonlyArray<SchemaElement> = [{ name: "values", type: "FLOAT", repetition_type: "REPEATED" }]
      const page = (isFirst: boolean): RawPage => ({
        encoding: "RLE_DICTIONARY",
        count,
        values: joined(
          isFirst ? joined(int32s(7), Uint8Array.of(2, 0, 0xfe, 0xff, 0xff, 1, 1)) : levels(1),
          levels(1),
          joined(Uint8Array.of(1), run(0))
        )
      })
      const pages: ReadonlyArray<RawPage> = [
        { kind: "dictionary", count: 1, values: floats(1) },
        ...Array.from({ length: 9 }, (_, i) => page(i === 0))
      ]
      const { problems } = yield* readBytes(rawFile(1, [idColumn(1), { schema, pages }]))
      assert.include(problems[0]?.message, "values has more than 16777216 values")
    }))
})

describe("checksums", () => {
  const column = (page: Partial<RawPage>) =>
    requiredColumn("x", { type: "INT32" }, { count: 2, values: int32s(7, 8), checksum: "right", ...page })

  const read = (column: RawColumn) =>
    readBytes(rawFile(2, [idColumn(2), valuesColumn(2), column]), { metadata: "rest" })

  it.scoped("reads pages whose checksum is right, of both versions, compressed or not", () =>
    Effect.gen(function*() {
      for (const kind of ["v1", "v2"] as const) {
        for (const compress of [undefined, gzipSync]) {
          const page = column({ kind, ...(compress && { compress }) })
          const { records } = yield* read({ ...page, codec: compress === undefined ? "UNCOMPRESSED" : "GZIP" })
          assert.deepStrictEqual(records.map(({ metadata }) => metadata), [{ x: 7 }, { x: 8 }])
        }
      }
    }))

  it.scoped("names the page whose checksum is wrong, a dictionary too", () =>
    Effect.gen(function*() {
      const first = rawFile(2, [idColumn(2), valuesColumn(2)]).length
      assert.isAbove(first, 0)
      for (const kind of ["v1", "v2"] as const) {
        const wrong = yield* message(read(column({ kind, checksum: "wrong" })))
        assert.match(wrong, /column "x": the page at byte \d+ does not have the bytes that its checksum is for/)
      }
      const dictionary = requiredColumn(
        "x",
        { type: "INT32" },
        { kind: "dictionary", count: 2, values: int32s(7, 8), checksum: "wrong" },
        { encoding: "RLE_DICTIONARY", count: 2, values: indexRuns(1, 0, 1) }
      )
      assert.include(yield* message(read(dictionary)), "checksum")
    }))

  it.scoped("finds any bit that is changed in the pages that are written here", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const file = yield* tempFile
      for (const compression of ["uncompressed", "snappy"] as const) {
        const records = Array.from(
          { length: 20 },
          (_, i) => ({ id: `id-${i}`, values: [i, i / 2, 1], metadata: { i } })
        )
        yield* ParquetWriter.write(file, Stream.fromIterable(records), { compression })
        const bytes = yield* fs.readFile(file)
        const { end, header } = parseHeader(bytes.subarray(4))
        assert.isDefined(header.checksum)
        for (let bit = 0; bit < header.compressed * 8; bit += 13) {
          const changed = bytes.slice()
          changed[4 + end + (bit >> 3)]! ^= 1 << (bit & 7)
          yield* fs.writeFile(file, changed)
          const found = yield* message(readFile(file))
          assert.include(found, `column "id": the page at byte 4 does not have the bytes that its checksum is for`)
        }
      }
    }).pipe(Effect.provide(NodeContext.layer)))
})

describe("an embedding with a column for each dimension", () => {
  const query = (sql: string, columns: Columns.Columns, options = "") =>
    Effect.gen(function*() {
      const file = yield* tempFile
      yield* duckdb(`copy (${sql}) to '${file}' (format parquet${options})`)
      return yield* readFile(file, { columns, chunkRows: 7 })
    }).pipe(Effect.provide(NodeContext.layer))

  const values = { pattern: "emb_*" }

  it.scoped("takes the columns in the order of their numbers", () =>
    Effect.gen(function*() {
      const numbers = Array.from({ length: 12 }, (_, i) => (i * 7) % 12)
      const dimensions = numbers.map((n) => `(i + ${n} / 16)::${["FLOAT", "DOUBLE"][n % 2]} as emb_${n}`)
      const sql = `select 'id-' || i as id, ${dimensions.join(", ")}, 'x' as emb_model, i as n, 1::FLOAT as "emb_*"
        from range(20) t(i)`
      const { problems, records } = yield* query(sql, { values, metadata: "rest" }, ", row_group_size 2048")
      assert.deepStrictEqual(problems, [])
      assert.deepStrictEqual(
        records.map(({ values }) => values),
        Array.from({ length: 20 }, (_, i) => Float32Array.from({ length: 12 }, (_, n) => i + n / 16))
      )
      assert.deepStrictEqual(records[3]?.metadata, { emb_model: "x", n: 3, "emb_*": 1 })
      // With zeros before the numbers, counted from one, and with a name behind.
      const padded = yield* query("select 'a' as id, 2::FLOAT as d002x, 1::FLOAT as d001x", {
        values: { pattern: "d*x" }
      })
      assert.deepStrictEqual(padded.records[0]?.values, Float32Array.of(1, 2))
    }))

  it.scoped("reads as many dimensions as models have", () =>
    Effect.gen(function*() {
      const dimensions = Array.from({ length: 1536 }, (_, n) => `(i * 1536 + ${n})::FLOAT as "${n}"`)
      const sql = `select 'id-' || i as id, ${dimensions.join(", ")} from range(30) t(i)`
      const { records } = yield* query(sql, { values: { pattern: "*" } })
      assert.deepStrictEqual(
        records[29]?.values,
        Float32Array.from({ length: 1536 }, (_, n) => 29 * 1536 + n)
      )
    }))

  it.scoped("lists some of the columns where one is missing", () =>
    Effect.gen(function*() {
      const dimensions = Array.from({ length: 40 }, (_, n) => `1::FLOAT as emb_${n}`)
      const found = yield* message(query(`select ${dimensions.join(", ")}`, { values }))
      assert.include(found, "has no column \"id\", but \"emb_0\", ")
      assert.include(found, "\"emb_29\" and 10 more")
      assert.notInclude(found, "\"emb_30\"")
    }))

  it.scoped("names the row and the column of a null, and of what is not finite", () =>
    Effect.gen(function*() {
      const { problems, records } = yield* query(
        `select * from (values ('a', 1::FLOAT, 2::DOUBLE), ('b', 1, null), ('c', 'NaN', 1), ('d', 1, 1e300), ('e', null, null),
           ('f', 3, 4)) t(id, emb_0, emb_1)`,
        { values }
      )
      assert.deepStrictEqual(records.map(({ id, values }) => [id, ...values ?? []]), [["a", 1, 2], ["f", 3, 4]])
      assert.deepStrictEqual(problems.map(({ column, message, row }) => [row, column, message.split(":")[0]]), [
        [1, "emb_1", "emb_1 is null, but other dimensions of the embedding are not"],
        [2, "emb_0", "emb_0 is NaN, not a finite 32-bit float"],
        [3, "emb_1", "emb_1 is 1e+300, not a finite 32-bit float"],
        [4, "emb_*", "the row has neither emb_* nor sparse_values"]
      ])
      // Chunks of seven rows: one with a number that is wrong, one without, and one with a null.
      const chunks = yield* query(
        `select 'id-' || i as id, if(i = 2, 'NaN'::FLOAT, i) as emb_0, if(i = 16, null, i)::FLOAT as emb_1 from range(21) t(i)`,
        { values }
      )
      assert.deepStrictEqual(chunks.problems.map(({ row }) => row), [2, 16])
      assert.deepStrictEqual(
        chunks.records.map(({ values }) => Array.from(values ?? [])),
        Array.from({ length: 21 }, (_, i) => [i, i]).filter(([i]) => i !== 2 && i !== 16)
      )
    }))

  it.scoped("refuses gaps, doubles, other types, and patterns that fit nothing", () =>
    Effect.gen(function*() {
      const refused: ReadonlyArray<readonly [columns: string, pattern: string, message: string]> = [
        [
          "1::FLOAT as emb_0, 1::FLOAT as emb_2",
          "emb_*",
          "has the columns \"emb_0\" to \"emb_2\", but no number 1 between"
        ],
        ["1::FLOAT as emb_2, 1::FLOAT as emb_3", "emb_*", "has no column \"emb_0\" or \"emb_1\", but \"emb_2\""],
        [
          "1::FLOAT as emb_1, 1::FLOAT as emb_01",
          "emb_*",
          "has two columns for dimension 1 of \"emb_*\": \"emb_1\" and \"emb_01\""
        ],
        [
          "1::FLOAT as emb_0, 1 as emb_1",
          "emb_*",
          "the column \"emb_1\" has the type INT_32. Write it as a 16-bit, 32-bit or 64-bit"
        ],
        ["1::FLOAT as emb_0, [1]::FLOAT[] as emb_1", "emb_*", "the column \"emb_1\" has the type LIST"],
        ["1::FLOAT as embx", "emb_*", "has no column whose name is \"emb_*\" with a number for the *"],
        ["1::FLOAT as emb_0", "emb_", "the pattern \"emb_\" of values. Write one *"],
        ["1::FLOAT as emb_0", "*emb_*", "the pattern \"*emb_*\" of values. Write one *"]
      ]
      for (const [columns, pattern, expected] of refused) {
        const found = yield* message(query(`select 'a' as id, ${columns}`, { values: { pattern } }))
        assert.include(found, expected)
      }
    }))
})

describe("what is written", () => {
  it.scoped("ends a page before the list that would make it larger than a megabyte", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const file = yield* tempFile
      // Four of these lists are exactly a megabyte.
      const dimension = 2 ** 16
      const records = Array.from({ length: 9 }, (_, i) => ({ id: `${i}`, values: new Float32Array(dimension).fill(i) }))
      yield* ParquetWriter.write(file, Stream.fromIterable(records), {
        compression: "uncompressed",
        rowGroupBytes: 2 ** 30
      })
      const [ids, values] = yield* duckdb(
        `select data_page_offset, total_compressed_size, total_uncompressed_size from parquet_metadata('${file}')`
      )
      assert.isDefined(ids)
      const bytes = yield* fs.readFile(file)
      const counts: Array<number> = []
      let at = Number(values?.[0])
      for (const end = at + Number(values?.[1]); at < end;) {
        const { end: length, header } = parseHeader(bytes.subarray(at))
        counts.push((header.data?.values ?? 0) / dimension)
        at += length + header.compressed
      }
      assert.deepStrictEqual(counts, [4, 4, 1])
      assert.deepStrictEqual(values?.[1], values?.[2])
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("tells the sizes before and after compression", () =>
    Effect.gen(function*() {
      const file = yield* tempFile
      const records = Array.from({ length: 1000 }, (_, i) => ({ id: `id-${i}`, values: [1, 1, 1, 1, 1, 1, 1, 1] }))
      const sizes = (compression: "uncompressed" | "snappy") =>
        Effect.gen(function*() {
          yield* ParquetWriter.write(file, Stream.fromIterable(records), { compression })
          return yield* duckdb(
            `select total_compressed_size::INT, total_uncompressed_size::INT, row_group_bytes::INT, row_group_compressed_bytes::INT,
               num_values::INT from parquet_metadata('${file}')`
          )
        })
      const [plainIds, plainValues] = yield* sizes("uncompressed")
      const [ids, values] = yield* sizes("snappy")
      // Pages of the same content, but for the length of a number in their headers.
      assert.closeTo(Number(ids?.[1]), Number(plainIds?.[1]), 3)
      assert.closeTo(Number(values?.[1]), Number(plainValues?.[1]), 3)
      assert.strictEqual(plainValues?.[0], plainValues?.[1])
      assert.isBelow(Number(values?.[0]), Number(values?.[1]) / 10)
      assert.strictEqual(Number(values?.[2]), Number(ids?.[1]) + Number(values?.[1]))
      assert.deepStrictEqual([ids?.[4], values?.[4]], [1000, 8000])
    }).pipe(Effect.provide(NodeContext.layer)))
})

describe("a file that wants too much", () => {
  it.scoped("costs no more than the page that is read, and can be interrupted", () =>
    Effect.gen(function*() {
      // A gigabyte of rows in pages of a few bytes: a million nulls each.
      const count = 2 ** 20
      const rows = count * 1000
      const nulls: RawPage = {
        count,
        values: joined(int32s(5), Uint8Array.of(0x80, 0x80, 0x80, 1, 0))
      }
      const id: RawColumn = {
        schema: [{ name: "id", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" }],
        pages: Array.from({ length: 1000 }, () => nulls)
      }
      const schema: ReadonlyArray<SchemaElement> = [{ name: "values", type: "FLOAT", repetition_type: "REPEATED" }]
      const empty: RawPage = {
        count,
        values: joined(
          int32s(5),
          Uint8Array.of(0x80, 0x80, 0x80, 1, 0),
          int32s(5),
          Uint8Array.of(0x80, 0x80, 0x80, 1, 0)
        )
      }
      const bytes = rawFile(rows, [id, { schema, pages: id.pages.map(() => empty) }])
      const fs = yield* FileSystem.FileSystem
      const file = yield* tempFile
      yield* fs.writeFile(file, bytes)
      let seen = 0
      const fiber = yield* Effect.fork(
        Stream.runForEach(ParquetReader.rows(file), ({ problems }) =>
          Effect.sync(() => {
            seen += problems.length
          }))
      )
      // A timer of the runtime, as each timeout is.
      yield* Effect.repeat(Effect.promise(() => new Promise((resolve) => setTimeout(resolve))), {
        until: () => seen > 0
      })
      yield* Fiber.interrupt(fiber)
      assert.isAbove(seen, 0)
      assert.isBelow(seen, rows / 100)
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("names the page that announces more than it can have", () =>
    Effect.gen(function*() {
      const column = (page: Partial<RawPage>, meta: RawColumn["meta"] = {}): RawColumn => ({
        ...requiredColumn("x", { type: "INT32" }, { count: 2, values: int32s(1, 2), ...page }),
        meta
      })
      const read = (column: RawColumn) =>
        message(readBytes(rawFile(2, [idColumn(2), valuesColumn(2), column]), { metadata: "rest" }))
      assert.include(yield* read(column({ header: { count: 3 } })), "announces more values than the column has")
      assert.include(yield* read(column({ header: { uncompressed: 2 ** 30 } })), "cannot have 1073741824 bytes")
      assert.include(yield* read(column({ header: { count: 1 } })), "fewer rows than its row group")
      assert.include(yield* read(column({ kind: "v2", header: { nulls: 1 } })), "another number of nulls")
      assert.include(yield* read(column({}, { num_values: 3n })), "3 values of it for 2 rows")
      assert.include(
        yield* read(column({}, { total_compressed_size: 2n ** 40n })),
        "bytes of it that the file does not"
      )
      assert.include(yield* read(column({}, { data_page_offset: 3n })), "bytes of it that the file does not")
      assert.include(yield* read(column({}, { type: "INT64" })), "another type than the schema")
      assert.include(yield* read(column({}, { path_in_schema: ["y"] })), "a row group lacks it")
      assert.include(yield* read(column({ encoding: "RLE_DICTIONARY" })), "a dictionary that is missing")
      assert.include(yield* read(column({ encoding: "BIT_PACKED" })), "encoding BIT_PACKED")
    }))
})
