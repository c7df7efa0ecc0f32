import { DuckDBListValue, DuckDBStructValue } from "@duckdb/node-api"
import type { VectorRecord } from "@effect-pinecone/schema/VectorRecord"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { FastCheck } from "../../../scripts/testing/properties.js"
import * as ParquetReader from "../src/ParquetReader.js"
import * as ParquetWriter from "../src/ParquetWriter.js"
import { duckdb } from "./utils/duckdb.js"

const tempFolder = Effect.flatMap(FileSystem.FileSystem, (fs) => Effect.orDie(fs.makeTempDirectoryScoped()))

const readAll = (source: ParquetReader.Source, options?: ParquetReader.Options) =>
  Effect.map(Stream.runCollect(ParquetReader.records(source, options)), Chunk.toReadonlyArray)

const bits = (values: ArrayLike<number>) => Array.from(new Uint32Array(Float32Array.from(values).buffer))

/** Every kind of 32-bit float: both zeros, the smallest and largest of the subnormals and of the others. */
const floats = Float32Array.of(0, -0, 1.401298464324817e-45, -1.1754942106924411e-38, 1.1754943508222875e-38, 0.1)
  .map((value, index) => index === 5 ? -3.4028234663852886e38 : value)

const several: ReadonlyArray<VectorRecord> = [
  { id: "plain", values: floats, metadata: { text: "a", number: 1.5, boolean: true, list: ["x", "y"] } },
  { id: "où ça ✨ 漢字 \uFEFF", values: [1, 2, 3], metadata: {} },
  { id: "\uFEFFmark", values: [0.1], sparseValues: { indices: [4294967295, 0], values: [0.5, -0] } },
  { id: "sparse", sparseValues: { indices: Uint32Array.of(7), values: Float32Array.of(2) } },
  { id: "__proto__", values: new Float32Array(5000).fill(0.25), metadata: { "\"quoted\"": "\u0000\n" } }
]

/** DuckDB's client drops a mark at the start of a text. */
const hex = (text: string) => Buffer.from(text).toString("hex").toUpperCase()

const listOf = (value: unknown): ReadonlyArray<unknown> => {
  assert.instanceOf(value, DuckDBListValue)
  return value.items
}

describe("ParquetWriter", () => {
  it.scoped("continues a file where a run has stopped, and it is the one that a run in one go writes", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const folder = yield* tempFolder
      const options = { rowGroupBytes: 100 }
      // Metadata and sparse values come late: a column that had no value yet is not left out.
      const all = Array.from({ length: 100 }, (_, i): VectorRecord => ({
        id: `record-${i}`,
        values: [i, 0.5],
        ...(i < 60 ? {} : { metadata: { i }, sparseValues: { indices: [i], values: [1] } })
      }))
      const whole = path.join(folder, "whole.parquet")
      yield* ParquetWriter.write(whole, Stream.fromIterable(all), options)
      const file = path.join(folder, "file.parquet")
      const asked: Array<number> = []
      /** The records up to one, at which the source fails. */
      const until = (end: number) => (skip: number) => {
        asked.push(skip)
        const read = Stream.rechunk(Stream.fromIterable(all.slice(skip, end)), 1)
        return end < all.length ? Stream.concat(read, Stream.fail("stopped" as const)) : read
      }
      let last: ParquetWriter.Position | undefined
      const stored = Schema.parseJson(ParquetWriter.Position)
      for (const end of [3, 40, 41, 80, 100]) {
        const resumeFrom = last === undefined
          ? undefined
          : yield* Effect.flatMap(Schema.encode(stored)(last), Schema.decode(stored))
        const ended = yield* Effect.either(ParquetWriter.writeResumable(file, until(end), {
          ...options,
          resumeFrom,
          onRowGroup: (position) => Effect.sync(() => void (last = position))
        }))
        assert.strictEqual(ended._tag, end < all.length ? "Left" : "Right")
        assert.strictEqual(yield* fs.exists(file), end === all.length)
        // What was written after the position was not to be counted on.
        if (end < all.length) yield* fs.writeFile(`${file}.part`, Uint8Array.of(1, 2, 3), { flag: "a" })
      }
      assert.deepStrictEqual(asked.slice(0, 2), [0, 0])
      assert.isTrue(asked.slice(2).every((skip, i) => skip > 0 && skip >= asked[i + 1]!), asked.join())
      assert.deepStrictEqual(yield* readAll(file), yield* readAll(whole))
      const rows = yield* duckdb(`select count(*), count(distinct id) from '${file}'`)
      assert.deepStrictEqual(rows.map((row) => row.map(Number)), [[100, 100]])
      assert.isFalse(yield* fs.exists(`${file}.part`))
      const gone = yield* Effect.flip(ParquetWriter.writeResumable(file, until(100), { ...options, resumeFrom: last }))
      assert.include(gone.toString(), "file.parquet.part has 0 bytes")
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("writes what DuckDB reads, bit for bit", () =>
    Effect.gen(function*() {
      const path = yield* Path.Path
      const file = path.join(yield* tempFolder, "deep", "records.parquet")
      for (const compression of ["snappy", "uncompressed"] as const) {
        const written = yield* ParquetWriter.write(file, Stream.fromIterable(several), {
          compression,
          rowGroupBytes: 1
        })
        assert.strictEqual(written.records, several.length)
        const rows = yield* duckdb(`select hex(id), values, sparse_values, metadata from '${file}'`)
        assert.deepStrictEqual(rows.map(([id]) => id), several.map(({ id }) => hex(id)))
        several.forEach(({ metadata, sparseValues, values }, index) => {
          const [, dense, sparse, json] = rows[index]!
          if (values === undefined) assert.isNull(dense)
          else assert.deepStrictEqual(bits(listOf(dense) as ReadonlyArray<number>), bits(values))
          if (sparseValues === undefined) {
            assert.isNull(sparse)
          } else {
            assert.instanceOf(sparse, DuckDBStructValue)
            const { entries } = sparse as DuckDBStructValue
            assert.deepStrictEqual(listOf(entries["indices"]), Array.from(sparseValues.indices))
            assert.deepStrictEqual(bits(listOf(entries["values"]) as ReadonlyArray<number>), bits(sparseValues.values))
          }
          assert.strictEqual(json, metadata === undefined ? null : JSON.stringify(metadata))
        })
        const [[groups, codec]] = yield* duckdb(
          `select count(distinct row_group_id), any_value(compression) from parquet_metadata('${file}')`
        ) as Effect.Effect<ReadonlyArray<ReadonlyArray<unknown>>>
        assert.deepStrictEqual([groups, codec], [5n, compression.toUpperCase()])
      }
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("writes the types that an import reads, and leaves out columns without a value", () =>
    Effect.gen(function*() {
      const path = yield* Path.Path
      const root = yield* tempFolder
      const typesOf = (name: string, records: ReadonlyArray<VectorRecord>) =>
        Effect.gen(function*() {
          const file = path.join(root, name)
          yield* ParquetWriter.write(file, Stream.fromIterable(records), { rowGroupBytes: 1 })
          const rows = yield* duckdb(`describe select * from '${file}'`)
          return rows.map(([name, type]) => `${String(name)} ${String(type)}`)
        })
      assert.deepStrictEqual(yield* typesOf("all.parquet", several), [
        "id VARCHAR",
        "values FLOAT[]",
        "sparse_values STRUCT(indices UINTEGER[], \"values\" FLOAT[])",
        "metadata VARCHAR"
      ])
      assert.deepStrictEqual(yield* typesOf("dense.parquet", [{ id: "a", values: [1] }]), [
        "id VARCHAR",
        "values FLOAT[]"
      ])
      const sparse = { indices: [1], values: [1] }
      assert.deepStrictEqual(yield* typesOf("sparse.parquet", [{ id: "a", sparseValues: sparse }]), [
        "id VARCHAR",
        "sparse_values STRUCT(indices UINTEGER[], \"values\" FLOAT[])"
      ])
      // A column that only a later row group has.
      const late: ReadonlyArray<VectorRecord> = [
        { id: "a", values: [1] },
        { id: "b", values: [2], metadata: { late: true } }
      ]
      yield* typesOf("late.parquet", late)
      assert.deepStrictEqual(yield* duckdb(`select id, metadata from '${path.join(root, "late.parquet")}'`), [
        ["a", null],
        ["b", "{\"late\":true}"]
      ])
      assert.deepStrictEqual(yield* typesOf("none.parquet", []), ["id VARCHAR", "values FLOAT[]"])
      assert.deepStrictEqual(yield* readAll(path.join(root, "none.parquet")), [])
    }).pipe(Effect.provide(NodeContext.layer)))

  const float = FastCheck.float({ noNaN: true, noDefaultInfinity: true })
  const anyRecord = FastCheck.record({
    id: FastCheck.string({ minLength: 1, maxLength: 12, unit: "grapheme" }),
    values: FastCheck.array(float, { minLength: 1, maxLength: 9 }).map((list) => Float32Array.from(list)),
    sparseValues: FastCheck.option(
      FastCheck.array(FastCheck.tuple(FastCheck.nat(), float), { minLength: 1, maxLength: 5 }).map((entries) => ({
        indices: Uint32Array.from(entries, ([index]) => index * 2),
        values: Float32Array.from(entries, ([, value]) => value)
      })),
      { nil: undefined }
    ),
    metadata: FastCheck.option(
      FastCheck.dictionary(
        FastCheck.string({ maxLength: 6 }).filter((name) => name !== "__proto__" && !name.startsWith("$")),
        FastCheck.oneof(
          FastCheck.string(),
          FastCheck.boolean(),
          FastCheck.integer(),
          FastCheck.array(FastCheck.string())
        ),
        { maxKeys: 3, noNullPrototype: true }
      ),
      { nil: undefined }
    )
  })

  it.scoped.prop(
    "gives back what was written, from any record on",
    [
      FastCheck.array(anyRecord, { maxLength: 40 }),
      FastCheck.constantFrom(1, 100, 1e6),
      FastCheck.constantFrom("snappy", "uncompressed"),
      FastCheck.integer({ min: 1, max: 50 }),
      FastCheck.integer({ min: 0, max: 45 })
    ],
    ([records, rowGroupBytes, compression, maxRecords, skip]) =>
      Effect.gen(function*() {
        const root = yield* tempFolder
        const summary = yield* ParquetWriter.writeFolder(root, Stream.fromIterable(records), {
          rowGroupBytes,
          compression: compression as "snappy",
          maxRecords
        })
        assert.strictEqual(summary.records, records.length)
        assert.strictEqual(summary.files.length, Math.max(1, Math.ceil(records.length / maxRecords)))
        assert.deepStrictEqual<unknown>(yield* readAll(root, { skip }), records.slice(skip))
      }).pipe(Effect.provide(NodeContext.layer)),
    { fastCheck: { numRuns: 60 } }
  )

  it.scoped("writes files of the size that is asked for, and tells of them", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const root = yield* tempFolder
      const records = Stream.range(1, 300).pipe(
        Stream.map((n) => ({
          id: `record-${n}`,
          values: Float32Array.from({ length: 64 }, (_, i) => Math.sin(n * 64 + i))
        }))
      )
      const { bytes, files, records: count } = yield* ParquetWriter.writeFolder(root, records, {
        namespace: "où ça",
        maxBytes: 10_000,
        compression: "uncompressed"
      })
      assert.isAbove(files.length, 5)
      assert.strictEqual(count, 300)
      assert.strictEqual(bytes, files.reduce((sum, file) => sum + file.bytes, 0))
      assert.deepStrictEqual(files.map((file) => path.basename(file.path)), files.map((_, index) => `${index}.parquet`))
      const folders = yield* ParquetReader.folders(root)
      assert.deepStrictEqual(folders.map(({ namespace }) => namespace), ["où ça"])
      assert.deepStrictEqual(
        folders[0]?.files.map(({ path, rows }) => ({ path, rows })),
        files.map(({ path, records }) => ({
          path,
          rows: records
        }))
      )
      for (const file of files) {
        const { size } = yield* fs.stat(file.path)
        assert.strictEqual(Number(size), file.bytes)
        assert.isBelow(file.bytes, 12_000)
      }
      // In the order in which they were written, 2 before 10.
      assert.deepStrictEqual(
        (yield* readAll(root)).map(({ id }) => id),
        Array.from({ length: 300 }, (_, index) => `record-${index + 1}`)
      )
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("leaves nothing behind when the source fails, a record is wrong, or it is interrupted", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const root = yield* tempFolder
      const folder = path.join(root, "__default__")
      const good = Stream.fromIterable(Array.from({ length: 20 }, (_, n) => ({ id: `${n}`, values: [n] })))
      const options = { maxRecords: 5, rowGroupBytes: 1 }

      const failed = yield* Effect.flip(
        ParquetWriter.writeFolder(root, Stream.concat(good, Stream.fail("no more" as const)), options)
      )
      assert.strictEqual(failed, "no more")
      assert.deepStrictEqual(yield* fs.readDirectory(folder), [])

      const bad: ReadonlyArray<readonly [VectorRecord, string]> = [
        [{ id: "", values: [1] }, "the id is empty"],
        [{ id: "\uD800", values: [1] }, "surrogate"],
        [{ id: "x", values: [1, Number.NaN] }, "values[1] is NaN"],
        [{ id: "x", values: [1e39] }, "values[0] is 1e+39"],
        [{ id: "x" }, "neither values nor sparseValues"],
        [{ id: "x", sparseValues: { indices: [1, 2], values: [1] } }, "as many indices"],
        [{ id: "x", sparseValues: { indices: [-1], values: [1] } }, "as many indices"],
        [{ id: "x", values: [1], metadata: { n: Number.NaN } }, "for field 'n'"]
      ]
      for (const [record, message] of bad) {
        const error = yield* Effect.flip(
          ParquetWriter.writeFolder(root, Stream.concat(good, Stream.make(record)), options)
        )
        assert.strictEqual(error.reason, "InvalidRow")
        assert.strictEqual(error.row, 20)
        assert.include(error.message, message)
        assert.deepStrictEqual(yield* fs.readDirectory(folder), [])
      }

      const started = yield* Deferred.make<void>()
      const stuck = Stream.concat(
        good,
        Stream.fromEffect(Effect.zipRight(Deferred.succeed(started, void 0), Effect.never))
      )
      const fiber = yield* Effect.fork(
        ParquetWriter.write(path.join(folder, "one.parquet"), stuck, { rowGroupBytes: 1 })
      )
      yield* Deferred.await(started)
      assert.match((yield* fs.readDirectory(folder)).join(), /^one\.parquet\..*\.part$/)
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(yield* fs.readDirectory(folder), [])
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("keeps a file that is there until the new one is complete", () =>
    Effect.gen(function*() {
      const path = yield* Path.Path
      const file = path.join(yield* tempFolder, "one.parquet")
      yield* ParquetWriter.write(file, Stream.make({ id: "old", values: [1] }))
      yield* Effect.flip(ParquetWriter.write(file, Stream.make({ id: "new", values: [1] }, { id: "" })))
      assert.deepStrictEqual((yield* readAll(file)).map(({ id }) => id), ["old"])
      yield* ParquetWriter.write(file, Stream.make({ id: "new", values: [1] }))
      assert.deepStrictEqual((yield* readAll(file)).map(({ id }) => id), ["new"])
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("refuses a folder that has files already, unless they are to be replaced", () =>
    Effect.gen(function*() {
      const root = yield* tempFolder
      const records = (name: string) =>
        Stream.range(1, 4).pipe(Stream.map((n) => ({ id: `${name}-${n}`, values: [n] })))
      yield* ParquetWriter.writeFolder(root, records("old"), { maxRecords: 1 })
      const refused = yield* Effect.flip(ParquetWriter.writeFolder(root, records("new")))
      assert.include(refused.message, "0.parquet")
      assert.strictEqual((yield* readAll(root)).length, 4)
      yield* ParquetWriter.writeFolder(root, records("new"), { maxRecords: 3, overwrite: true })
      assert.deepStrictEqual((yield* readAll(root)).map(({ id }) => id), ["new-1", "new-2", "new-3", "new-4"])
      for (const namespace of ["", ".", "..", "a/b", "a\\b", "x".repeat(513)]) {
        const error = yield* Effect.flip(ParquetWriter.writeFolder(root, records("x"), { namespace }))
        assert.include(error.message, "cannot be the name of a folder")
      }
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("holds one row group, whatever the length of the stream", () =>
    Effect.gen(function*() {
      const path = yield* Path.Path
      const fs = yield* FileSystem.FileSystem
      const folder = yield* tempFolder
      // Every so many records, what was taken and is not in the file yet must be less than two row groups.
      let most = 0
      const records = Stream.range(1, 2000).pipe(
        Stream.rechunk(50),
        Stream.mapEffect((n) =>
          Effect.gen(function*() {
            if (n % 50 === 1) {
              for (const name of yield* fs.readDirectory(folder)) {
                most = Math.max(most, n * 400 - Number((yield* fs.stat(path.join(folder, name))).size))
              }
            }
            return { id: `${n}`, values: Float32Array.from({ length: 100 }, () => n) }
          })
        )
      )
      yield* ParquetWriter.write(path.join(folder, "one.parquet"), records, {
        rowGroupBytes: 50_000,
        compression: "uncompressed"
      })
      assert.isAbove(most, 0)
      assert.isBelow(most, 150_000)
    }).pipe(Effect.provide(NodeContext.layer)))
})
