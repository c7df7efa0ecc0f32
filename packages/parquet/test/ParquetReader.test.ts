import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import * as ParquetReader from "../src/ParquetReader.js"
import * as ParquetWriter from "../src/ParquetWriter.js"
import { duckdb } from "./utils/duckdb.js"
import { writeParquet } from "./utils/writeParquet.js"

const tempFolder = Effect.flatMap(FileSystem.FileSystem, (fs) => Effect.orDie(fs.makeTempDirectoryScoped()))

const readAll = (source: ParquetReader.Source, options?: ParquetReader.Options) =>
  Effect.map(Stream.runCollect(ParquetReader.records(source, options)), Chunk.toReadonlyArray)

const idsOf = (source: ParquetReader.Source, options?: ParquetReader.Options) =>
  Effect.map(readAll(source, options), (records) => records.map(({ id }) => id))

const bits = (values: Float32Array | undefined) =>
  values === undefined ? undefined : Array.from(new Uint32Array(values.slice().buffer))

/** Counts the bytes that are read, and makes the reads fail that start at or after an offset. */
const counted = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const counts = { opened: 0, bytes: 0 }
    const counting: FileSystem.FileSystem = {
      ...fs,
      open: (path, options) =>
        Effect.map(fs.open(path, options), (file) => {
          counts.opened++
          return new Proxy(file, {
            get: (target, key) => {
              if (key === "read") {
                return (buffer: Uint8Array) => {
                  counts.bytes += buffer.length
                  return target.read(buffer)
                }
              }
              const value: unknown = Reflect.get(target, key)
              return typeof value === "function" ? value.bind(target) : value
            }
          })
        })
    }
    const result = yield* Effect.provideService(effect, FileSystem.FileSystem, counting)
    return { result, ...counts }
  })

const numbers = `select 'id-' || i as id,
    list_transform(range(384), j -> (sin(i * 384 + j) * 1e3)::FLOAT) as values,
    '{"n":' || i || '}' as metadata
  from range(700) t(i)`

describe("ParquetReader", () => {
  it.scoped("tells what a footer says, and what is wrong with the columns", () =>
    Effect.gen(function*() {
      const root = yield* tempFolder
      const file = yield* writeParquet(root, [{ id: "a", values: [1, 2] }, { id: "b", values: [3, 4] }])
      const footer = yield* ParquetReader.footer(file)
      assert.deepStrictEqual([footer.path, footer.rows, footer.columns], [file, 2, ["id", "values"]])
      assert.isUndefined(footer.problem)
      const typed = yield* ParquetReader.footer(file, { columns: { id: "values", values: "values" } })
      assert.deepStrictEqual([typed.problem?.reason, typed.problem?.column], ["InvalidColumn", "values"])
      assert.strictEqual(typed.problem?.type, "LIST(list: REPEATED STRUCT(element: FLOAT))")
      const lacking = yield* ParquetReader.footer(file, { columns: { id: "key" } })
      assert.include(lacking.problem?.message, "has no column \"key\"")
      const gone = yield* Effect.flip(ParquetReader.footer(`${file}.gone`))
      assert.strictEqual(gone.reason, "NotFound")
    }).pipe(Effect.provide(NodeContext.layer)))

  describe("files that DuckDB writes", () => {
    it.scoped("reads lists of each codec and size of row group, bit for bit", () =>
      Effect.gen(function*() {
        const path = yield* Path.Path
        const root = yield* tempFolder
        for (const codec of ["uncompressed", "snappy", "zstd", "gzip", "lz4_raw", "brotli"]) {
          for (const version of ["V1", "V2"]) {
            const file = path.join(root, `${codec}-${version}.parquet`)
            const [first] = yield* duckdb(
              `copy (${numbers}) to '${file}'
                 (format parquet, codec ${codec}, row_group_size 250, parquet_version ${version})`,
              `select count(*) from '${file}'`
            )
            assert.deepStrictEqual(first, [700n])
            const expected = Array.from({ length: 700 }, (_, i) =>
              Float32Array.from({ length: 384 }, (_, j) => Math.sin(i * 384 + j) * 1e3))
            const records = yield* readAll(file)
            assert.strictEqual(records.length, 700)
            records.forEach(({ id, metadata, values }, i) => {
              assert.strictEqual(id, `id-${i}`)
              assert.deepStrictEqual(metadata, { n: i })
              assert.strictEqual(values?.length, 384)
              // The sine of the two engines may differ in its last bit, before it is rounded.
              assert.closeTo(values![7]!, expected[i]![7]!, 1e-3)
            })
            const mine = path.join(root, `mine-${codec}-${version}.parquet`)
            yield* ParquetWriter.write(mine, Stream.fromIterable(records))
            const differences = yield* duckdb(
              `select count(*) from '${file}' a join '${mine}' b using (id) where a.values <> b.values or a.metadata <> b.metadata`
            )
            assert.deepStrictEqual(differences, [[0n]])
          }
        }
      }).pipe(Effect.provide(NodeContext.layer)), 60_000)

    it.scoped("reads arrays of fixed size, doubles, nulls and special floats", () =>
      Effect.gen(function*() {
        const path = yield* Path.Path
        const root = yield* tempFolder
        const file = path.join(root, "one.parquet")
        const special = "['0', '-0', '1e-45', '-1.1754942e-38', '3.4028235e38']"
        yield* duckdb(
          `copy (select 'a' as _id, ${special}::FLOAT[5] as vector union all select 'b', [1,2,3,4,5]::FLOAT[5])
             to '${file}' (format parquet)`
        )
        const expected = Float32Array.of(0, -0, 1e-45, -1.1754942e-38, 3.4028235e38)
        const [a, b] = yield* readAll(file)
        assert.strictEqual(a?.id, "a")
        assert.deepStrictEqual(bits(a?.values), bits(expected))
        assert.deepStrictEqual(bits(b?.values), bits(Float32Array.of(1, 2, 3, 4, 5)))

        yield* duckdb(
          `copy (select * from (values ('x', [0.1, 1e300]::DOUBLE[]), ('y', null), ('z', [0.1, -0.5]))
             t(id, embedding)) to '${file}' (format parquet)`
        )
        const rows = yield* Stream.runCollect(ParquetReader.rows(file))
        const problems = Array.from(rows).flatMap(({ problems }) => problems)
        assert.deepStrictEqual(problems.map(({ column, row }) => [row, column]), [[0, "embedding"], [1, "embedding"]])
        assert.include(problems[0]?.message, "embedding[1] is 1e+300, which does not fit a 32-bit float")
        assert.include(problems[1]?.message, "neither embedding")
        const good = Array.from(rows).flatMap(({ records }) => records)
        assert.deepStrictEqual(bits(good[0]?.values), bits(Float32Array.of(0.1, -0.5)))
      }).pipe(Effect.provide(NodeContext.layer)))

    it.scoped("makes fields of the metadata of other columns", () =>
      Effect.gen(function*() {
        const path = yield* Path.Path
        const file = path.join(yield* tempFolder, "one.parquet")
        yield* duckdb(
          `copy (select * from (values
             ('a', [1]::FLOAT[], 'text', 7::BIGINT, 1.5::DOUBLE, true, ['x', 'y'], DATE '2024-02-29',
               TIMESTAMP '2024-02-29 12:30:00.123456', 12.34::DECIMAL(9,2), 'red'::ENUM('red', 'blue'), 200::UTINYINT,
               '00000000-0000-0000-0000-0000000000ff'::UUID, TIMESTAMPTZ '1969-12-31 23:59:59.5+00', -3::INTEGER, 0.5::FLOAT),
             ('b', [2]::FLOAT[], null, null, null, null, null, null, null, null, null, null, null, null, null, null),
             ('c', [3]::FLOAT[], '', -1::BIGINT, 0, false, [], DATE '1969-12-31', TIMESTAMP '2000-01-01', 0, 'blue', 0,
               '10000000-0000-0000-0000-000000000000', TIMESTAMPTZ '2000-01-01 00:00:00+00', 0, 0))
             t(id, values, text, big, double, flag, tags, day, time, price, color, small, uuid, zoned, int, float))
           to '${file}' (format parquet)`
        )
        const records = yield* readAll(file, { columns: { metadata: "rest" } })
        assert.deepStrictEqual(records.map(({ metadata }) => metadata), [
          {
            text: "text",
            big: 7,
            double: 1.5,
            flag: true,
            tags: ["x", "y"],
            day: "2024-02-29",
            time: "2024-02-29T12:30:00.123456Z",
            price: 12.34,
            color: "red",
            small: 200,
            uuid: "00000000-0000-0000-0000-0000000000ff",
            zoned: "1969-12-31T23:59:59.500Z",
            int: -3,
            float: 0.5
          },
          undefined,
          {
            text: "",
            big: -1,
            double: 0,
            flag: false,
            tags: [],
            day: "1969-12-31",
            time: "2000-01-01T00:00:00.000Z",
            price: 0,
            color: "blue",
            small: 0,
            uuid: "10000000-0000-0000-0000-000000000000",
            zoned: "2000-01-01T00:00:00.000Z",
            int: 0,
            float: 0
          }
        ])
        const some = yield* readAll(file, { columns: { metadata: ["tags", "text"] } })
        assert.deepStrictEqual(some[0]?.metadata, { tags: ["x", "y"], text: "text" })
        assert.isUndefined((yield* readAll(file))[0]?.metadata)
        const unknown = yield* Effect.flip(readAll(file, { columns: { metadata: ["nothing"] } }))
        assert.strictEqual(unknown.reason, "InvalidColumn")
        assert.include(unknown.message, "has no column \"nothing\"")
        const nested = yield* Effect.flip(readAll(file, { columns: { metadata: ["values"] } }))
        assert.include(nested.message, "the column \"values\" has the type LIST")
      }).pipe(Effect.provide(NodeContext.layer)))

    it.scoped("names the row whose number metadata cannot hold", () =>
      Effect.gen(function*() {
        const path = yield* Path.Path
        const file = path.join(yield* tempFolder, "one.parquet")
        yield* duckdb(
          `copy (select 'id-' || i as key, [i]::FLOAT[] as values, if(i = 7, 9007199254740993, i) as big
             from range(10) t(i)) to '${file}' (format parquet)`
        )
        const columns = { id: "key", metadata: ["big"] }
        const seen: Array<string> = []
        const error = yield* Effect.flip(
          Stream.runForEach(ParquetReader.records(file, { columns }), ({ id }) => Effect.sync(() => seen.push(id)))
        )
        assert.deepInclude({ ...error }, { reason: "InvalidRow", file, row: 7, column: "big" })
        assert.include(error.message, `${file}, row 7: big is 9007199254740993`)
        // What stands before the row was given out.
        assert.deepStrictEqual(seen, Array.from({ length: 7 }, (_, i) => `id-${i}`))
      }).pipe(Effect.provide(NodeContext.layer)))
  })

  describe("sources", () => {
    /** Files of two records each, named after their file. */
    const files = (root: string, ...names: ReadonlyArray<string>) =>
      Effect.forEach(names, (name) =>
        ParquetWriter.write(
          `${root}/${name}`,
          Stream.fromIterable([{ id: `${name}:0`, values: [0] }, { id: `${name}:1`, values: [1] }])
        ))

    it.scoped("reads a file, a folder, a glob and a list of those, in the same order each time", () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const root = yield* tempFolder
        yield* files(root, "b/10.parquet", "b/2.parquet", "a.parquet", "b/c/1.parquet", "[x].parquet", "d/1.parquet")
        yield* fs.writeFileString(`${root}/b/notes.txt`, "no")
        yield* fs.makeDirectory(`${root}/b/folder.parquet`)
        const both = (...names: ReadonlyArray<string>) => names.flatMap((name) => [`${name}:0`, `${name}:1`])
        assert.deepStrictEqual(yield* idsOf(`${root}/a.parquet`), both("a.parquet"))
        assert.deepStrictEqual(
          yield* idsOf(root),
          both("[x].parquet", "a.parquet", "b/2.parquet", "b/10.parquet", "b/c/1.parquet", "d/1.parquet")
        )
        assert.deepStrictEqual(yield* idsOf(`${root}/b/*.parquet`), both("b/2.parquet", "b/10.parquet"))
        assert.deepStrictEqual(
          yield* idsOf(`${root}/{b,d}/**/*.parquet`),
          both("b/2.parquet", "b/10.parquet", "b/c/1.parquet", "d/1.parquet")
        )
        assert.deepStrictEqual(
          yield* idsOf([`${root}/d`, `${root}/**/1.parquet`, `${root}/a.parquet`]),
          both("d/1.parquet", "b/c/1.parquet", "a.parquet")
        )
        // A name with the signs of a glob is that of a file first.
        assert.deepStrictEqual(yield* idsOf(`${root}/[x].parquet`), both("[x].parquet"))
      }).pipe(Effect.provide(NodeContext.layer)))

    it.scoped("says what it does not find", () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const root = yield* tempFolder
        yield* fs.makeDirectory(`${root}/empty`)
        for (
          const [source, message] of [
            [`${root}/none.parquet`, "cannot be read"],
            [`${root}/empty`, "holds no .parquet files"],
            [`${root}/*.parquet`, "No file matches"],
            [`${root}/gone/*.parquet`, "gone cannot be read"]
          ] as const
        ) {
          const error = yield* Effect.flip(readAll(source))
          assert.strictEqual(error.reason, "NotFound")
          assert.include(error.message, message)
        }
      }).pipe(Effect.provide(NodeContext.layer)))

    it.scoped("leaves out records across files and row groups, without reading what it leaves out", () =>
      Effect.gen(function*() {
        const root = yield* tempFolder
        const records = Array.from({ length: 60 }, (_, n) => ({
          id: `id-${n}`,
          values: Float32Array.from({ length: 2000 }, (_, i) => Math.sin(n * 2000 + i))
        }))
        // Three files of twenty records, in row groups of four.
        for (let n = 0; n < 3; n++) {
          yield* writeParquet(root, records.slice(n * 20, n * 20 + 20), { name: `${n}.parquet`, rowGroupSize: 4 })
        }
        const all = yield* counted(idsOf(root))
        for (let skip = 0; skip <= 62; skip++) {
          assert.deepStrictEqual(yield* idsOf(root, { skip }), records.slice(skip).map(({ id }) => id))
        }
        // One row group of fifteen is left.
        const last = yield* counted(idsOf(root, { skip: 57 }))
        assert.deepStrictEqual(last.result, ["id-57", "id-58", "id-59"])
        assert.isBelow(last.bytes, all.bytes / 8)
      }).pipe(Effect.provide(NodeContext.layer)))
  })

  it.scoped("gives vectors of one block of memory, and reads no more than is asked for", () =>
    Effect.gen(function*() {
      const root = yield* tempFolder
      const file = `${root}/one.parquet`
      const records = Stream.range(0, 19_999).pipe(
        Stream.map((n) => ({ id: `id-${n}`, values: Float32Array.from({ length: 100 }, (_, i) => n + i / 128) }))
      )
      // One row group of 8 MB, whose pages are 1 MB.
      const { bytes } = yield* ParquetWriter.write(file, records, { rowGroupBytes: 1e9, compression: "uncompressed" })
      const first = yield* counted(
        Effect.map(Stream.runCollect(Stream.take(ParquetReader.records(file), 10)), Chunk.toReadonlyArray)
      )
      const found = first.result
      assert.strictEqual(new Set(found.map(({ values }) => values?.buffer)).size, 1)
      assert.isBelow(found[0]!.values!.buffer.byteLength, 2 ** 21)
      assert.isBelow(first.bytes, bytes * 0.7)
      const rest = yield* Effect.either(
        Stream.runFold(ParquetReader.records(file), 0, (sum, { values }) => sum + values![99]!)
      )
      assert.deepStrictEqual(rest, Either.right(20_000 * (19_999 / 2 + 99 / 128)))
    }).pipe(Effect.provide(NodeContext.layer)))
})
