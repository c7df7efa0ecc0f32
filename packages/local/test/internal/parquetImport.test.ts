import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { FileMetaData, SchemaElement } from "hyparquet"
import { parquetMetadata } from "hyparquet"
import { parquetWriteBuffer } from "hyparquet-writer"
import { brotliCompressSync, gzipSync } from "node:zlib"
import * as Guard from "../../src/internal/parquetGuard.js"
import { ImportProblem, read, scan } from "../../src/internal/parquetImport.js"
import type { ImportFile } from "../../src/internal/parquetImport.js"
import { parquetBytes, writeBytes, writeParquet } from "../utils/writeParquet.js"
import type { WriteOptions, WriteRecord } from "../utils/writeParquet.js"

const tempFolder = Effect.flatMap(FileSystem.FileSystem, (fs) => Effect.orDie(fs.makeTempDirectoryScoped()))

const scanOne = (root: string) =>
  Effect.map(scan(root), (files) => {
    assert.strictEqual(files.length, 1)
    return files[0] as ImportFile
  })

const readChunks = (file: ImportFile, chunkRows?: number) =>
  Effect.map(
    Stream.runCollect(read(file, chunkRows === undefined ? {} : { chunkRows })),
    (chunks) => Chunk.toReadonlyArray(chunks)
  )

const readAll = (file: ImportFile, chunkRows?: number) =>
  Effect.map(readChunks(file, chunkRows), (chunks) => ({
    records: chunks.flatMap((chunk) => chunk.records),
    problems: chunks.flatMap((chunk) => chunk.problems)
  }))

/** Writes the records as the one file of a fresh folder and reads it. */
const roundTrip = (records: ReadonlyArray<WriteRecord>, options: WriteOptions = {}, chunkRows?: number) =>
  Effect.gen(function*() {
    const root = yield* tempFolder
    yield* writeParquet(root, records, options)
    return yield* readAll(yield* scanOne(root), chunkRows)
  })

/** The problem of the one file of a fresh folder that has these bytes. */
const problemOf = (bytes: Uint8Array) =>
  Effect.gen(function*() {
    const root = yield* tempFolder
    const path = yield* writeBytes(root, bytes, { namespace: "news", name: "part-7.parquet" })
    const file = yield* scanOne(root)
    const problem = yield* Effect.flip(readAll(file))
    assert.instanceOf(problem, ImportProblem)
    assert.strictEqual(problem.file, path)
    assert.include(problem.message, path)
    return { file, problem }
  })

const withSchema = (schema: Array<SchemaElement>, columns: Record<string, Array<unknown>>): Uint8Array =>
  new Uint8Array(parquetWriteBuffer({
    columnData: Object.entries(columns).map(([name, data]) => ({ name, data })),
    schema: [{ name: "root", num_children: Object.keys(columns).length }, ...schema]
  }))

const idSchema: SchemaElement = { name: "id", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" }

const record = (index: number, dimension = 4): WriteRecord => ({
  id: `id-${index}`,
  values: Float32Array.from({ length: dimension }, (_, i) => Math.sin(index * dimension + i)),
  metadata: { index, tags: ["a", "b"] }
})

const many = (count: number, dimension = 4) => Array.from({ length: count }, (_, index) => record(index, dimension))

/** Counts the files that are open, and reports each read. */
const watched = (onRead: Effect.Effect<void> = Effect.void) => {
  const counts = { open: 0, opened: 0, reads: 0 }
  const layer = Layer.effect(
    FileSystem.FileSystem,
    Effect.map(FileSystem.FileSystem, (fs) => ({
      ...fs,
      open: (path: string, options?: FileSystem.OpenFileOptions) =>
        Effect.gen(function*() {
          yield* Effect.acquireRelease(
            Effect.sync(() => {
              counts.open++
              counts.opened++
            }),
            () =>
              Effect.sync(() => {
                counts.open--
              })
          )
          const file = yield* fs.open(path, options)
          const seek = file.seek.bind(file)
          const readInto = file.read.bind(file)
          return {
            [FileSystem.FileTypeId]: file[FileSystem.FileTypeId],
            fd: file.fd,
            stat: file.stat,
            sync: file.sync,
            seek,
            read: (buffer: Uint8Array) =>
              Effect.zipRight(
                Effect.zipRight(
                  Effect.sync(() => {
                    counts.reads++
                  }),
                  onRead
                ),
                readInto(buffer)
              ),
            readAlloc: file.readAlloc.bind(file),
            truncate: file.truncate.bind(file),
            write: file.write.bind(file),
            writeAll: file.writeAll.bind(file)
          } satisfies FileSystem.File
        })
    }))
  )
  return { counts, layer }
}

describe("parquetImport", () => {
  describe("scan", () => {
    it.scoped("takes folders as namespaces and the root as the default namespace", () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const path = yield* Path.Path
        const root = yield* tempFolder
        const expected = [
          { namespace: "__default__", path: yield* writeParquet(root, many(3), { name: "b.parquet" }), rows: 3 },
          {
            namespace: "news",
            path: yield* writeParquet(root, many(5), { namespace: "news", name: "1.parquet" }),
            rows: 5
          },
          {
            namespace: "news",
            path: yield* writeParquet(root, many(7), { namespace: "news", name: "2.parquet" }),
            rows: 7
          },
          { namespace: "où ça", path: yield* writeParquet(root, many(1), { namespace: "où ça" }), rows: 1 }
        ]
        yield* fs.writeFileString(path.join(root, "_SUCCESS"), "")
        yield* fs.writeFileString(path.join(root, "news", "notes.txt"), "no")
        yield* fs.makeDirectory(path.join(root, "empty"))
        yield* fs.makeDirectory(path.join(root, "news", "deeper.parquet"))
        const files = yield* scan(root)
        assert.deepStrictEqual(files.map(({ namespace, path, rows }) => ({ namespace, path, rows })), expected)
        for (const file of files) {
          assert.strictEqual(file.bytes, Number((yield* fs.stat(file.path)).size))
        }
      }).pipe(Effect.provide(NodeContext.layer)))

    it.scoped("lists a file whose footer cannot be read", () =>
      Effect.gen(function*() {
        const root = yield* tempFolder
        yield* writeBytes(root, new Uint8Array(100))
        assert.strictEqual((yield* scanOne(root)).rows, -1)
      }).pipe(Effect.provide(NodeContext.layer)))

    it.scoped("refuses a folder that does not exist, a file, and a folder without Parquet files", () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const path = yield* Path.Path
        const root = yield* tempFolder
        const missing = yield* Effect.flip(scan(path.join(root, "missing")))
        assert.include(missing.message, "missing does not exist")
        yield* fs.writeFileString(path.join(root, "notes.txt"), "no")
        const file = yield* Effect.flip(scan(path.join(root, "notes.txt")))
        assert.include(file.message, "is not a folder")
        const empty = yield* Effect.flip(scan(root))
        assert.include(empty.message, "holds no .parquet files")
      }).pipe(Effect.provide(NodeContext.layer)))
  })

  describe("read", () => {
    const id = FastCheck.string({ minLength: 1, maxLength: 12, unit: "grapheme" })
    const float = FastCheck.float({ noNaN: true, noDefaultInfinity: true })
    const sparse = FastCheck.uniqueArray(
      FastCheck.tuple(FastCheck.integer({ min: 0, max: 4294967295 }), float),
      { selector: ([index]) => index, minLength: 1, maxLength: 6 }
    ).map((entries) => ({
      indices: Uint32Array.from(entries, ([index]) => index),
      values: Float32Array.from(entries, ([, value]) => value)
    }))
    const metadata = FastCheck.dictionary(
      FastCheck.string({ maxLength: 6 }).filter((name) => name !== "__proto__"),
      FastCheck.oneof(
        FastCheck.string(),
        FastCheck.boolean(),
        FastCheck.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
        FastCheck.array(FastCheck.string(), { maxLength: 4 })
      ),
      { maxKeys: 4, noNullPrototype: true }
    )
    const values = FastCheck.array(float, { minLength: 1, maxLength: 9 }).map((list) => Float32Array.from(list))
    const anyRecord = FastCheck.oneof(
      FastCheck.record({ id, values, sparseValues: sparse, metadata }, { requiredKeys: ["id", "values"] }),
      FastCheck.record({ id, sparseValues: sparse, metadata }, { requiredKeys: ["id", "sparseValues"] })
    )
    const anyOptions = FastCheck.record({
      rowGroupSize: FastCheck.integer({ min: 1, max: 20 }),
      pageSize: FastCheck.constantFrom(16, 64, 1048576),
      codec: FastCheck.constantFrom("SNAPPY", "UNCOMPRESSED"),
      float: FastCheck.constantFrom("FLOAT", "DOUBLE"),
      longIndices: FastCheck.boolean(),
      dictionary: FastCheck.boolean(),
      jsonType: FastCheck.boolean()
    })

    it.scoped.prop(
      "gives back what was written",
      [
        FastCheck.array(anyRecord, { minLength: 1, maxLength: 40 }),
        anyOptions,
        FastCheck.integer({ min: 1, max: 50 })
      ],
      ([records, options, chunkRows]) =>
        Effect.gen(function*() {
          const { problems, records: found } = yield* roundTrip(records, options as WriteOptions, chunkRows)
          assert.deepStrictEqual(problems, [])
          assert.strictEqual(found.length, records.length)
          records.forEach((written: WriteRecord, index) => {
            const actual = found[index]
            assert.strictEqual(actual?.id, written.id)
            assert.deepStrictEqual(actual?.values, written.values as Float32Array | undefined)
            assert.deepStrictEqual(actual?.sparseValues as unknown, written.sparseValues as unknown)
            // Minus zero is zero in JSON.
            assert.deepStrictEqual(
              actual?.metadata,
              written.metadata === undefined ? undefined : JSON.parse(JSON.stringify(written.metadata))
            )
          })
        }).pipe(Effect.provide(NodeContext.layer)),
      { fastCheck: { numRuns: 150 } }
    )

    it.scoped("rounds doubles to 32-bit floats", () =>
      Effect.gen(function*() {
        const numbers = [0.1, -1 / 3, 1e-300, 3.4028234e38, 123456789.123]
        const { problems, records } = yield* roundTrip([{ id: "a", values: numbers }], { float: "DOUBLE" })
        assert.deepStrictEqual(problems, [])
        assert.deepStrictEqual(records[0]?.values, Float32Array.from(numbers))
      }).pipe(Effect.provide(NodeContext.layer)))

    it.scoped("reads a list longer than a page and a file without rows", () =>
      Effect.gen(function*() {
        const written = many(30, 5000)
        const { records } = yield* roundTrip(written, { pageSize: 1000 })
        assert.deepStrictEqual<unknown>(records.map(({ values }) => values), written.map(({ values }) => values))
        const root = yield* tempFolder
        yield* writeBytes(root, withSchema([idSchema, ...listOf("values", "FLOAT")], { id: [], values: [] }))
        const file = yield* scanOne(root)
        assert.strictEqual(file.rows, 0)
        assert.deepStrictEqual(yield* readChunks(file), [])
      }).pipe(Effect.provide(NodeContext.layer)))

    it.scoped("reads columns that are required", () =>
      Effect.gen(function*() {
        const element: SchemaElement = { name: "array", type: "FLOAT", repetition_type: "REQUIRED" }
        const required = withSchema(
          [
            { ...idSchema, repetition_type: "REQUIRED" },
            { name: "values", repetition_type: "REQUIRED", num_children: 1, converted_type: "LIST" },
            { name: "list", repetition_type: "REPEATED", num_children: 1 },
            element
          ],
          { id: ["a", "b"], values: [[1, 2], [3, 4]] }
        )
        const root = yield* tempFolder
        yield* writeBytes(root, required)
        const { problems, records } = yield* readAll(yield* scanOne(root))
        assert.deepStrictEqual(problems, [])
        assert.deepStrictEqual(records.map(({ values }) => values), [Float32Array.of(1, 2), Float32Array.of(3, 4)])
      }).pipe(Effect.provide(NodeContext.layer)))

    it.scoped("gives back the rows that are wrong, with their numbers", () =>
      Effect.gen(function*() {
        const good = { values: [1, 2] }
        const rows: ReadonlyArray<readonly [WriteRecord, string | undefined]> = [
          [{ id: "ok", ...good, metadata: { a: "x", b: 1.5, c: true, d: ["p"], e: [] } }, undefined],
          [{ id: null, ...good }, "the id is missing"],
          [{ id: "", ...good }, "the id is empty"],
          [{ id: "a", values: [1, null] }, "values[1] is null"],
          [{ id: "b", values: [Number.NaN, 1] }, "values[0] is NaN"],
          [{ id: "c", values: [1, Number.NEGATIVE_INFINITY] }, "values[1] is -Infinity"],
          [{ id: "d", values: [1, 1e39] }, "does not fit a 32-bit float"],
          [{ id: "e", ...good, metadata: "{" }, "not valid JSON"],
          [{ id: "f", ...good, metadata: "[1]" }, "not a JSON object"],
          [{ id: "g", ...good, metadata: "null" }, "not a JSON object"],
          [{ id: "h", ...good, metadata: "\"text\"" }, "not a JSON object"],
          [{ id: "i", ...good, metadata: { x: null } }, "\"x\" is null"],
          [{ id: "j", ...good, metadata: { x: { y: 1 } } }, "\"x\" is an object"],
          [{ id: "k", ...good, metadata: { x: ["a", 1] } }, "\"x\" is a list not of strings"],
          [{ id: "l", ...good, metadata: "{\"x\":1e999}" }, "\"x\" is too large"],
          [{ id: "m", ...good, sparseValues: { indices: [1, 2], values: [1] } }, "2 indices and 1 values"],
          [{ id: "n", ...good, sparseValues: { indices: [], values: [1] } }, "0 indices and 1 values"],
          [{ id: "o", sparseValues: { indices: [1], values: [Number.NaN] } }, "sparse_values.values[0] is NaN"],
          [{ id: "p", sparseValues: { indices: [-1], values: [1] } }, "sparse_values.indices[0] is -1"],
          [{ id: "q", sparseValues: { indices: [4294967296], values: [1] } }, "sparse_values.indices[0] is 4294967296"],
          [{ id: "r", values: null }, "neither values nor sparse_values"],
          [{ id: "s", values: [] }, "neither values nor sparse_values"],
          [{ id: "t", sparseValues: { indices: [4294967295], values: [1] } }, undefined]
        ]
        const options: WriteOptions = { float: "DOUBLE", longIndices: true, rowGroupSize: 5 }
        const root = yield* tempFolder
        const path = yield* writeParquet(root, rows.map(([record]) => record), options)
        const { problems, records } = yield* readAll(yield* scanOne(root), 2)
        assert.deepStrictEqual(records.map(({ id }) => id), ["ok", "t"])
        const expected = rows.flatMap(([, message], row) => message === undefined ? [] : [{ row, message }])
        assert.deepStrictEqual(problems.map(({ row }) => row), expected.map(({ row }) => row))
        problems.forEach(({ file, message }, index) => {
          assert.strictEqual(file, path)
          assert.include(message, expected[index]?.message)
        })
      }).pipe(Effect.provide(NodeContext.layer)))

    it.scoped("refuses a file without the columns it needs", () =>
      Effect.gen(function*() {
        const text = (name: string): SchemaElement => ({ ...idSchema, name })
        const noId = yield* problemOf(withSchema([text("key")], { key: ["a"] }))
        assert.include(noId.problem.message, "has no column \"id\", but \"key\"")
        const noVector = yield* problemOf(withSchema([text("id")], { id: ["a"] }))
        assert.include(noVector.problem.message, "neither a column \"values\"")
      }).pipe(Effect.provide(NodeContext.layer)))

    it.scoped("refuses columns of a wrong type", () =>
      Effect.gen(function*() {
        const number: SchemaElement = { name: "id", type: "INT64", repetition_type: "OPTIONAL" }
        const id = yield* problemOf(withSchema([number, ...listOf("values", "FLOAT")], { id: [1n], values: [[1]] }))
        assert.include(id.problem.message, "the column \"id\" has the type INT64. Write it as a string")
        const text = yield* problemOf(
          withSchema([idSchema, { ...idSchema, name: "values" }], { id: ["a"], values: ["[1]"] })
        )
        assert.include(text.problem.message, "the column \"values\" has the type UTF8")
        const integers = yield* problemOf(
          withSchema([idSchema, ...listOf("values", "INT32")], { id: ["a"], values: [[1]] })
        )
        assert.include(integers.problem.message, "a list of 32-bit or 64-bit floats")
        const sparse = yield* problemOf(
          withSchema([idSchema, ...listOf("sparse_values", "FLOAT")], { id: ["a"], sparse_values: [[1]] })
        )
        assert.include(sparse.problem.message, "a struct of indices")
        const metadata = yield* problemOf(
          withSchema(
            [idSchema, ...listOf("values", "FLOAT"), { name: "metadata", type: "DOUBLE", repetition_type: "OPTIONAL" }],
            { id: ["a"], values: [[1]], metadata: [1.5] }
          )
        )
        assert.include(metadata.problem.message, "Write it as JSON text")
      }).pipe(Effect.provide(NodeContext.layer)))

    it.scoped("refuses a file cut in half, random bytes, and an empty file", () =>
      Effect.gen(function*() {
        const bytes = parquetBytes(many(200, 32))
        const half = yield* problemOf(bytes.subarray(0, bytes.length / 2))
        assert.strictEqual(half.file.rows, -1)
        assert.include(half.problem.message, "truncated")
        let state = 7
        const random = Uint8Array.from({ length: 10_000 }, () => {
          state = (Math.imul(state, 1664525) + 1013904223) >>> 0
          return state >>> 24
        })
        assert.strictEqual((yield* problemOf(random)).file.rows, -1)
        assert.strictEqual((yield* problemOf(new Uint8Array(0))).file.rows, -1)
        const framed = random.slice()
        framed.set([0x50, 0x41, 0x52, 0x31], 0)
        framed.set([0, 16, 0, 0, 0x50, 0x41, 0x52, 0x31], framed.length - 8)
        yield* problemOf(framed)
      }).pipe(Effect.provide(NodeContext.layer)))

    it.scoped("refuses a file whose middle is lost", () =>
      Effect.gen(function*() {
        const bytes = parquetBytes(many(2000, 32))
        const cut = new Uint8Array(bytes.length - 5000)
        cut.set(bytes.subarray(0, 10_000))
        cut.set(bytes.subarray(15_000), 10_000)
        yield* problemOf(cut)
        const zeroed = bytes.slice()
        zeroed.fill(0, 4, bytes.length - 5000)
        yield* problemOf(zeroed)
      }).pipe(Effect.provide(NodeContext.layer)))

    it.scoped("ends on every file that has a few wrong bytes", () =>
      Effect.gen(function*() {
        const records = many(12, 4).map((record, index): WriteRecord => ({
          ...record,
          ...(index % 3 === 0 ? {} : { sparseValues: { indices: [index, index + 7], values: [1, 0.5] } })
        }))
        const options: ReadonlyArray<WriteOptions> = [
          { rowGroupSize: 5 },
          { rowGroupSize: 5, codec: "UNCOMPRESSED", dictionary: true },
          { codec: "UNCOMPRESSED", pageSize: 32, longIndices: true }
        ]
        const files = options.map((options) => parquetBytes(records, options))
        const root = yield* tempFolder
        const ends = { read: 0, rows: 0, refused: 0 }
        for (let seed = 0; seed < 300; seed++) {
          const bytes = mutated(files[seed % files.length] as Uint8Array, seed)
          const path = yield* writeBytes(root, bytes)
          const exit = yield* Effect.exit(readAll({ namespace: "n", path, bytes: bytes.length, rows: -1 }))
          if (Exit.isSuccess(exit)) {
            if (exit.value.problems.length === 0) ends.read++
            else ends.rows++
          } else {
            const problem = Option.getOrUndefined(Cause.failureOption(exit.cause))
            assert.instanceOf(problem, ImportProblem, `seed ${seed}: ${Cause.pretty(exit.cause)}`)
            ends.refused++
          }
        }
        assert.strictEqual(ends.read + ends.rows + ends.refused, 300)
        assert.isAbove(ends.refused, 100)
      }).pipe(Effect.provide(NodeContext.layer)), 5000)

    it.scoped("refuses a file whose row count was changed", () =>
      Effect.gen(function*() {
        const bytes = parquetBytes(many(100), { codec: "UNCOMPRESSED" })
        const { footer, start } = footerOf(bytes)
        // 100 is 200 in zigzag, of two bytes, and 101 is 202.
        const at = footer.findIndex((byte, index) => byte === 0xc8 && footer[index + 1] === 0x01)
        assert.isAbove(at, 0)
        bytes[start + at] = 0xca
        const { problem } = yield* problemOf(bytes)
        assert.include(problem.message, "its row count is not that of its row groups")
      }).pipe(Effect.provide(NodeContext.layer)))

    it.scoped("names a file that is gone", () =>
      Effect.gen(function*() {
        const problem = yield* Effect.flip(
          readAll({ namespace: "n", path: "gone.parquet", bytes: 1, rows: 1 })
        )
        assert.include(problem.message, "gone.parquet cannot be read")
      }).pipe(Effect.provide(NodeContext.layer)))

    it.scoped("gives chunks of at most chunkRows rows", () =>
      Effect.gen(function*() {
        const root = yield* tempFolder
        yield* writeParquet(root, many(1050), { rowGroupSize: 400 })
        const chunks = yield* readChunks(yield* scanOne(root), 150)
        assert.deepStrictEqual(
          chunks.map(({ problems, records }) => records.length + problems.length),
          [150, 150, 100, 150, 150, 100, 150, 100]
        )
        assert.deepStrictEqual(
          chunks.flatMap(({ records }) => records.map(({ id }) => id)),
          many(1050).map(({ id }) => id)
        )
      }).pipe(Effect.provide(NodeContext.layer)))

    it.scoped("reads a row group once, whatever the number of chunks", () =>
      Effect.gen(function*() {
        const root = yield* tempFolder
        yield* writeParquet(root, many(2000, 64), { rowGroupSize: 2000, pageSize: 4096 })
        const file = yield* scanOne(root)
        const readsWith = (chunkRows: number) =>
          Effect.gen(function*() {
            const { counts, layer } = watched()
            yield* Effect.provide(readAll(file, chunkRows), layer)
            assert.deepStrictEqual([counts.open, counts.opened], [0, 1])
            return counts.reads
          })
        assert.strictEqual(yield* readsWith(10), yield* readsWith(2000))
      }).pipe(Effect.provide(NodeContext.layer)))

    it.scoped("closes the file when it is interrupted, when it fails, and when no more is wanted", () =>
      Effect.gen(function*() {
        const root = yield* tempFolder
        yield* writeParquet(root, many(100), { rowGroupSize: 10 })
        const file = yield* scanOne(root)

        const started = yield* Deferred.make<void>()
        const stuck = watched(Effect.zipRight(Deferred.succeed(started, void 0), Effect.never))
        const fiber = yield* Effect.fork(Effect.provide(readAll(file), stuck.layer))
        yield* Deferred.await(started)
        assert.strictEqual(stuck.counts.open, 1)
        yield* Fiber.interrupt(fiber)
        assert.strictEqual(stuck.counts.open, 0)

        const partial = watched()
        yield* Effect.provide(Stream.runDrain(Stream.take(read(file, { chunkRows: 5 }), 1)), partial.layer)
        assert.deepStrictEqual([partial.counts.open, partial.counts.opened], [0, 1])

        const failing = watched()
        yield* writeBytes(root, new Uint8Array(64))
        yield* Effect.flip(Effect.provide(readAll(file), failing.layer))
        assert.deepStrictEqual([failing.counts.open, failing.counts.opened], [0, 1])
      }).pipe(Effect.provide(NodeContext.layer)))
  })

  describe("guards", () => {
    const bytesOf = (...bytes: ReadonlyArray<number>) => Uint8Array.from(bytes)

    it("walks Thrift without trusting its lengths", () => {
      const { footer } = footerOf(parquetBytes(many(20)))
      assert.deepStrictEqual(Guard.walkThrift(footer), { status: "complete", end: footer.length, longDecimal: false })
      for (let end = 0; end < footer.length; end++) {
        assert.strictEqual(Guard.walkThrift(footer.subarray(0, end)).status, "short")
      }
      // A list of 2^31 - 1 integers, a text of as many bytes, and a number that does not end.
      assert.strictEqual(Guard.walkThrift(bytesOf(0x19, 0xf5, 0xff, 0xff, 0xff, 0xff, 0x07, 0)).status, "short")
      assert.strictEqual(Guard.walkThrift(bytesOf(0x18, 0xff, 0xff, 0xff, 0xff, 0x07, 0)).status, "short")
      assert.strictEqual(Guard.walkThrift(bytesOf(0x16, ...new Uint8Array(20).fill(0xff), 0)).status, "broken")
      assert.strictEqual(Guard.walkThrift(bytesOf(0x1b, 0)).status, "broken")
      assert.strictEqual(Guard.walkThrift(new Uint8Array(1000).fill(0x1c)).status, "broken")
      assert.strictEqual(Guard.walkThrift(bytesOf(0x11, 0x19, 0x21, 1, 2, 0x10 + 7, ...new Uint8Array(8), 0)).end, 15)
    })

    it("refuses long statistics of a decimal column", () => {
      const long = 70_000
      const statistics = [0x18, ...[0xf0, 0xa2, 0x04], ...new Uint8Array(long), 0]
      const column = [0x3c, 0xcc, ...statistics, 0, 0]
      const footer = (converted: number) =>
        bytesOf(0x29, 0x1c, 0x65, converted, 0, 0x29, 0x1c, 0x19, 0x1c, ...column, 0, 0)
      assert.isUndefined(Guard.checkFooter(footer(0)))
      assert.include(Guard.checkFooter(footer(10)), "decimal")
    })

    it("checks the counts of a footer against each other", () => {
      const metadata = parquetMetadata(parquetBytes(many(20), { rowGroupSize: 8 }))
      const root = metadata.schema[0] as SchemaElement
      const withRoot = (children: number): FileMetaData => ({
        ...metadata,
        schema: [{ ...root, num_children: children }, ...metadata.schema.slice(1)]
      })
      assert.isUndefined(Guard.checkMetadata(metadata))
      for (const children of [0, 2, 4, -1, 0.5, 2 ** 31]) {
        assert.include(Guard.checkMetadata(withRoot(children)), "its schema has")
      }
      const nested = Array.from({ length: 100 }, () => ({ ...root, num_children: 1 }))
      assert.include(Guard.checkMetadata({ ...metadata, schema: [...nested, { name: "x" }] }), "its schema has")
      assert.include(Guard.checkMetadata({ ...metadata, num_rows: 21n }), "row count")
      const group = metadata.row_groups[0]
      const untyped = JSON.parse("[{ \"meta_data\": false }]")
      const groups = group === undefined ? [] : [{ ...group, columns: untyped }, ...metadata.row_groups.slice(1)]
      assert.include(Guard.checkMetadata({ ...metadata, row_groups: groups }), "no path")
      assert.include(Guard.checkMetadata({ ...metadata, row_groups: metadata.row_groups.slice(1) }), "row count")
    })

    const chunk: Guard.ChunkState = {
      type: "FLOAT",
      codec: "SNAPPY",
      bytesLeft: 1000,
      valuesLeft: 100,
      hasDictionary: false
    }
    const v2: Guard.DataHeaderV2 = {
      num_values: 10,
      num_nulls: 2,
      num_rows: 5,
      encoding: "PLAIN",
      definition_levels_byte_length: 4,
      repetition_levels_byte_length: 4,
      is_compressed: true
    }
    const header = (change: Partial<Guard.PageHeader>, data: Partial<Guard.DataHeaderV2> = {}): Guard.PageHeader => ({
      type: "DATA_PAGE_V2",
      compressed_page_size: 100,
      uncompressed_page_size: 200,
      data_page_header_v2: { ...v2, ...data },
      ...change
    })

    it("checks the header of a page", () => {
      const refusal = (change: Partial<Guard.PageHeader>, data: Partial<Guard.DataHeaderV2> = {}) =>
        Guard.checkHeader(header(change, data), chunk)
      assert.isUndefined(refusal({}))
      assert.include(refusal({ compressed_page_size: 1001 }), "does not fit")
      assert.include(refusal({ compressed_page_size: -1 }), "does not fit")
      assert.include(refusal({ uncompressed_page_size: 2 ** 31 - 1 }), "cannot have")
      assert.include(refusal({ uncompressed_page_size: 100 * 30 }), "cannot have")
      assert.include(refusal({ uncompressed_page_size: -5 }), "has no size")
      assert.include(refusal({}, { num_values: 101 }), "more values")
      assert.include(refusal({}, { num_values: -1 }), "more values")
      assert.include(refusal({}, { num_nulls: 11 }), "more nulls")
      assert.include(refusal({}, { num_nulls: -1 }), "more nulls")
      assert.include(refusal({}, { definition_levels_byte_length: 97 }), "levels")
      assert.include(refusal({}, { repetition_levels_byte_length: -1 }), "levels")
      assert.include(refusal({}, { encoding: "DELTA_BYTE_ARRAY" }), "encoding")
      assert.include(refusal({}, { encoding: "RLE_DICTIONARY" }), "dictionary that is missing")
      assert.include(
        Guard.checkHeader(header({}, { num_values: 2 ** 30 }), { ...chunk, valuesLeft: 2 ** 31 }),
        "that a page may have here"
      )
      const entries = header({ dictionary_page_header: { num_values: 201, encoding: "PLAIN" } })
      assert.include(Guard.checkHeader(entries, chunk), "more values")
    })

    it("walks runs without trusting their lengths", () => {
      const walk = (bytes: Uint8Array, count: number, width = 2) => Guard.walkRuns(bytes, 0, bytes.length, width, count)
      const tally = { value: 3, found: 0 }
      // Five times 3, then eight packed values of which six count: 0, 1, 2, 3, 3, 3, and padding.
      const runs = bytesOf(10, 3, 3, 0b11100100, 0b00001111)
      assert.strictEqual(Guard.walkRuns(runs, 0, runs.length, 2, 11, tally), 5)
      assert.strictEqual(tally.found, 8)
      assert.strictEqual(walk(runs, 13), 5)
      assert.strictEqual(walk(runs, 14), -1)
      assert.strictEqual(walk(runs, 4), -1)
      assert.strictEqual(walk(runs.subarray(0, 3), 11), -1)
      // Runs of 2^30 values, a packed run whose length is negative in 32 bits, and packed values without bits.
      assert.strictEqual(walk(bytesOf(0x80, 0x80, 0x80, 0x80, 0x08, 3), 100), -1)
      assert.strictEqual(walk(bytesOf(0xff, 0xff, 0xff, 0xff, 0x0f, 3), 100), -1)
      assert.strictEqual(walk(bytesOf(0xff, 0xff, 0xff, 0xff, 0x07), 100, 0), -1)
      assert.strictEqual(walk(new Uint8Array(100).fill(0xff), 100), -1)
      assert.strictEqual(walk(new Uint8Array(100), 100), -1)
    })

    it("walks deltas without trusting their lengths", () => {
      // Blocks of 128 in 4 parts, 3 values, first 5, smallest delta 1, widths 1 0 0 0, and the 32 bits of a part.
      const deltas = bytesOf(0x80, 1, 4, 3, 10, 2, 1, 0, 0, 0, 2, 0, 0, 0)
      assert.strictEqual(Guard.walkDeltas(deltas, 0, 3), 14)
      assert.strictEqual(Guard.walkDeltas(deltas, 0, 4), -1)
      assert.strictEqual(Guard.walkDeltas(deltas.subarray(0, 10), 0, 3), -1)
      const change = (at: number, byte: number) => deltas.map((old, index) => index === at ? byte : old)
      assert.strictEqual(Guard.walkDeltas(change(2, 0), 0, 3), -1)
      assert.strictEqual(Guard.walkDeltas(change(2, 3), 0, 3), -1)
      assert.strictEqual(Guard.walkDeltas(change(6, 200), 0, 3), -1)
      // As many parts as would take two gigabytes.
      assert.strictEqual(Guard.walkDeltas(bytesOf(0x80, 1, 0xff, 0xff, 0xff, 0xff, 7, 3, 10, 2), 0, 3), -1)
    })

    it("refuses plain values and dictionary indices that are not there", () => {
      assert.isUndefined(Guard.checkPlain(new Uint8Array(8), 0, "FLOAT", 2))
      assert.isString(Guard.checkPlain(new Uint8Array(8), 1, "FLOAT", 2))
      assert.isString(Guard.checkPlain(new Uint8Array(8), 0, "DOUBLE", 2))
      const text = bytesOf(1, 0, 0, 0, 65, 2, 0, 0, 0, 66, 67)
      assert.isUndefined(Guard.checkPlain(text, 0, "BYTE_ARRAY", 2))
      assert.isString(Guard.checkPlain(text, 0, "BYTE_ARRAY", 3))
      assert.isString(Guard.checkPlain(text.subarray(0, 10), 0, "BYTE_ARRAY", 2))
      assert.isTrue(Guard.areIndices([0, 1, 2], 3))
      assert.isFalse(Guard.areIndices([0, 3], 3))
      assert.isFalse(Guard.areIndices([-1], 3))
    })

    it("checks a page of the first version", () => {
      const levels = { definition: 1, repetition: 0 }
      const page = bytesOf(2, 0, 0, 0, 4, 1, ...new Uint8Array(8))
      const check = (bytes: Uint8Array, change: Partial<Guard.DataHeader> = {}) =>
        Guard.checkPage(
          bytes,
          {
            num_values: 2,
            encoding: "PLAIN",
            definition_level_encoding: "RLE",
            repetition_level_encoding: "RLE",
            ...change
          },
          "FLOAT",
          levels
        )
      assert.isUndefined(check(page))
      assert.include(check(page, { num_values: 3 }), "levels")
      assert.include(check(page.map((byte, index) => index === 4 ? 0xfe : byte)), "levels")
      assert.include(check(page.map((byte, index) => index === 3 ? 0xff : byte)), "levels")
      assert.include(check(page.subarray(0, 13)), "fewer bytes")
      assert.include(check(bytesOf(2, 0, 0, 0, 4, 1, 33, 4, 0), { encoding: "RLE_DICTIONARY" }), "width")
      assert.include(check(bytesOf(2, 0, 0, 0, 4, 1, 1, 0xfe, 0xff, 3, 0), { encoding: "RLE_DICTIONARY" }), "indices")
      assert.isUndefined(check(bytesOf(2, 0, 0, 0, 4, 1, 1, 4, 0), { encoding: "RLE_DICTIONARY" }))
    })

    it("checks a page of the second version", () => {
      const levels = { definition: 3, repetition: 1 }
      const data: Guard.DataHeaderV2 = {
        ...v2,
        num_values: 8,
        num_nulls: 0,
        repetition_levels_byte_length: 2,
        definition_levels_byte_length: 2
      }
      const bytes = bytesOf(16, 0, 16, 3)
      assert.isUndefined(Guard.checkLevelsV2(bytes, data, levels))
      assert.include(Guard.checkLevelsV2(bytes, { ...data, num_nulls: 1 }, levels), "nulls")
      assert.include(Guard.checkLevelsV2(bytesOf(18, 0, 16, 3), data, levels), "levels")
      assert.include(Guard.checkLevelsV2(bytesOf(16, 0, 14, 3), data, levels), "levels")
      assert.isUndefined(Guard.checkValuesV2(new Uint8Array(32), data, "FLOAT"))
      assert.include(Guard.checkValuesV2(new Uint8Array(31), data, "FLOAT"), "fewer bytes")
      const deltas: Guard.DataHeaderV2 = { ...data, num_values: 3, encoding: "DELTA_BYTE_ARRAY" }
      // Lengths of the parts that are taken over, 0 and then so many, and lengths 1 of the parts that follow.
      const texts = (taken: number) =>
        bytesOf(0x80, 1, 4, 3, 0, taken * 2, 0, 0, 0, 0, 0x80, 1, 4, 3, 2, 0, 0, 0, 0, 0, 65, 66, 67)
      assert.isUndefined(Guard.checkValuesV2(texts(1), deltas, "BYTE_ARRAY"))
      assert.include(Guard.checkValuesV2(texts(2), deltas, "BYTE_ARRAY"), "deltas")
      assert.include(Guard.checkValuesV2(texts(1).subarray(0, 22), deltas, "BYTE_ARRAY"), "deltas")
    })

    it("checks compressed bytes before they are decompressed", () => {
      assert.isUndefined(Guard.checkCompressed(bytesOf(0x80, 1, 0), "SNAPPY", 128))
      assert.include(Guard.checkCompressed(bytesOf(0x80, 0x80, 0x80, 0x80, 4, 0), "SNAPPY", 128), "128 bytes")
      assert.isTrue(Guard.isHadoopFramed(bytesOf(0, 0, 0, 1, 0, 0, 0, 2, 0x10, 65)))
      assert.isFalse(Guard.isHadoopFramed(bytesOf(0, 0, 0, 0, 0xff, 0xff, 0xff, 0xf8, 0, 0)))
      const text = new TextEncoder().encode("a text ".repeat(100))
      const { BROTLI: brotli, GZIP: gzip } = Guard.decompressors
      assert.deepStrictEqual(brotli?.(brotliCompressSync(text), text.length).slice(), text)
      assert.deepStrictEqual(gzip?.(gzipSync(text), text.length).slice(), text)
      assert.throws(() => gzip?.(gzipSync(text), 100))
      assert.throws(() => brotli?.(brotliCompressSync(text), 100))
    })

    it("checks the frame, the window, the blocks and the Huffman table of Zstandard", () => {
      const frame = (...rest: ReadonlyArray<number>) => bytesOf(0x28, 0xb5, 0x2f, 0xfd, ...rest)
      // A frame of one block, of 3 bytes as they are.
      const raw = frame(0x20, 3, 0x19, 0, 0, 1, 2, 3)
      assert.isUndefined(Guard.checkZstd(raw, 3))
      assert.include(Guard.checkZstd(raw, 4), "not 4")
      assert.include(Guard.checkZstd(raw.subarray(0, 10), 3), "ends")
      assert.include(Guard.checkZstd(raw.subarray(1), 3), "not a frame")
      assert.include(Guard.checkZstd(frame(0, 0xff, 0x19, 0, 0, 1, 2, 3), 3), "window")
      assert.include(Guard.checkZstd(frame(0, 0, 0xfb, 0xff, 0x03, 1), 3), "more than 3")
      assert.include(Guard.checkZstd(frame(0, 0, 0x1f, 0, 0), 3), "not valid")
      // One symbol has the probability 32 of 32: the number 33 is stored as 63, in six bits.
      const huffman = (number: number) => {
        const table = [(number << 4) & 0xff, number >> 4, 0, 0]
        return frame(0, 0, 0x45, 0, 0, 2, 0, 0, 4, ...table)
      }
      assert.include(Guard.checkZstd(huffman(63), 300), "Huffman")
      assert.isUndefined(Guard.checkZstd(huffman(5), 300))
    })
  })
})

function listOf(name: string, type: "FLOAT" | "INT32"): Array<SchemaElement> {
  return [
    { name, repetition_type: "OPTIONAL", num_children: 1, converted_type: "LIST" },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    { name: "element", type, repetition_type: "OPTIONAL" }
  ]
}

function footerOf(bytes: Uint8Array): { readonly start: number; readonly footer: Uint8Array } {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 8, true)
  const start = bytes.length - 8 - length
  return { start, footer: bytes.subarray(start, start + length) }
}

/** The bytes with one to four of them changed, half of the time in the footer. */
function mutated(bytes: Uint8Array, seed: number): Uint8Array {
  let state = seed
  const next = (bound: number) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound
  }
  const result = bytes.slice()
  const { start } = footerOf(bytes)
  const from = next(2) === 0 ? start : 4
  for (let left = 1 + next(4); left > 0; left--) {
    result[from + next(bytes.length - 4 - from)] = next(256)
  }
  return result
}
