import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { SchemaElement } from "hyparquet"
import { parquetWriteBuffer } from "hyparquet-writer"
import { FastCheck } from "../../../scripts/testing/properties.js"
import { ParquetError } from "../src/ParquetError.js"
import * as ParquetReader from "../src/ParquetReader.js"
import { footerOf, many } from "./utils/records.js"
import type { WriteOptions, WriteRecord } from "./utils/writeParquet.js"
import { parquetBytes, writeBytes, writeParquet } from "./utils/writeParquet.js"
import { rows } from "./utils/wrongRows.js"

const tempFolder = Effect.flatMap(FileSystem.FileSystem, (fs) => Effect.orDie(fs.makeTempDirectoryScoped()))

const scanOne = (root: string) =>
  Effect.map(ParquetReader.folders(root), (folders) => {
    const files = folders.flatMap(({ files }) => files)
    assert.strictEqual(files.length, 1)
    return files[0] as ParquetReader.File
  })

const readChunks = (file: Pick<ParquetReader.File, "path">, chunkRows?: number) =>
  Effect.map(
    Stream.runCollect(ParquetReader.rows(file.path, { chunkRows })),
    (chunks) => Chunk.toReadonlyArray(chunks)
  )

const readAll = (file: Pick<ParquetReader.File, "path">, chunkRows?: number) =>
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
    assert.instanceOf(problem, ParquetError)
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

describe("ParquetReader", () => {
  describe("rows", () => {
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
      FastCheck.string({ maxLength: 6 }).filter((name) => name !== "__proto__" && !name.startsWith("$")),
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
    /** What the writer of these tests puts into a dictionary has one zero, the first that comes. */
    const withOneZero = (record: WriteRecord): WriteRecord => ({
      ...record,
      ...(record.values ? { values: Float32Array.from(record.values, (value) => (value ?? 0) + 0) } : {}),
      ...(record.sparseValues === undefined ? {} : {
        sparseValues: {
          indices: record.sparseValues.indices,
          values: Float32Array.from(record.sparseValues.values, (value) => value + 0)
        }
      })
    })
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
      ([anyRecords, options, chunkRows]) =>
        Effect.gen(function*() {
          const records: ReadonlyArray<WriteRecord> = options.dictionary ? anyRecords.map(withOneZero) : anyRecords
          const { problems, records: found } = yield* roundTrip(records, options as WriteOptions, chunkRows)
          assert.deepStrictEqual(problems, [])
          assert.strictEqual(found.length, records.length)
          records.forEach((written, index) => {
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
        assert.include(integers.problem.message, "a list of 16-bit, 32-bit or 64-bit floats")
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
          const exit = yield* Effect.exit(readAll({ path }))
          if (Exit.isSuccess(exit)) {
            if (exit.value.problems.length === 0) ends.read++
            else ends.rows++
          } else {
            const problem = Option.getOrUndefined(Cause.failureOption(exit.cause))
            assert.instanceOf(problem, ParquetError, `seed ${seed}: ${Cause.pretty(exit.cause)}`)
            ends.refused++
          }
        }
        assert.strictEqual(ends.read + ends.rows + ends.refused, 300)
        assert.isAbove(ends.refused, 100)
      }).pipe(Effect.provide(NodeContext.layer)))

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
          readAll({ path: "gone.parquet" })
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
        yield* Effect.provide(
          Stream.runDrain(Stream.take(ParquetReader.rows(file.path, { chunkRows: 5 }), 1)),
          partial.layer
        )
        assert.deepStrictEqual([partial.counts.open, partial.counts.opened], [0, 1])

        const failing = watched()
        yield* writeBytes(root, new Uint8Array(64))
        yield* Effect.flip(Effect.provide(readAll(file), failing.layer))
        assert.deepStrictEqual([failing.counts.open, failing.counts.opened], [0, 1])
      }).pipe(Effect.provide(NodeContext.layer)))
  })
})

function listOf(name: string, type: "FLOAT" | "INT32"): Array<SchemaElement> {
  return [
    { name, repetition_type: "OPTIONAL", num_children: 1, converted_type: "LIST" },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    { name: "element", type, repetition_type: "OPTIONAL" }
  ]
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
