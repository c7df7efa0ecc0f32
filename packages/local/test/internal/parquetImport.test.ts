import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { ImportFile } from "../../src/internal/parquetImport.js"
import { read, scan } from "../../src/internal/parquetImport.js"
import type { WriteOptions, WriteRecord } from "../utils/writeParquet.js"
import { parquetBytes, writeBytes, writeParquet, wrongRows as rows } from "../utils/writeParquet.js"

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

const many = (count: number): ReadonlyArray<WriteRecord> =>
  Array.from({ length: count }, (_, index) => ({ id: `id-${index}`, values: [index, 1], metadata: { index } }))

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

    it.scoped("reads the columns of an import by their own names only", () =>
      Effect.gen(function*() {
        const root = yield* tempFolder
        yield* writeBytes(root, parquetBytes(many(3)))
        const file = yield* scanOne(root)
        assert.deepStrictEqual((yield* readAll(file)).records.map(({ id }) => id), ["id-0", "id-1", "id-2"])
        yield* writeBytes(root, parquetBytes(many(3), { idName: "_id" }))
        const problem = yield* Effect.flip(readAll(file))
        assert.include(problem.message, "has no column \"id\", but \"_id\"")
      }).pipe(Effect.provide(NodeContext.layer)))
  })
})
