import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { pathToFileURL } from "node:url"
import type { Folders } from "../../src/internal/importFolder.js"
import { namespacesOf, reach } from "../../src/internal/importFolder.js"
import { check, read } from "../../src/internal/parquetImport.js"
import type { Model } from "../../src/internal/records.js"
import type { WriteOptions, WriteRecord } from "../utils/writeParquet.js"
import { parquetBytes, writeBytes, writeParquet, wrongRows as rows } from "../utils/writeParquet.js"

const tempFolder = Effect.flatMap(
  FileSystem.FileSystem,
  (fs) => Effect.orDie(Effect.flatMap(fs.makeTempDirectoryScoped(), fs.realPath))
)

const model: Model = { vectorType: "dense", metric: "dotproduct", dimension: 2 }

const scan = (root: string, folders: Folders = { _tag: "Any" }) =>
  Effect.flatMap(reach(folders, pathToFileURL(root).href), namespacesOf)

const fileOf = (path: string) => ({ path, name: `root/ns/${path.split("/").at(-1)}` })

const readAll = (path: string, chunkRows = 1000) =>
  check(fileOf(path), model).pipe(
    Effect.flatMap((file) => Stream.runCollect(read(file, model, chunkRows))),
    Effect.map(Chunk.toReadonlyArray)
  )

const many = (count: number): ReadonlyArray<WriteRecord> =>
  Array.from({ length: count }, (_, index) => ({ id: `id-${index}`, values: [index, 1], metadata: { index } }))

describe("parquetImport", () => {
  it.scoped("finds a namespace in each folder, in the order of the numbers in the names", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const root = yield* tempFolder
      const ten = yield* writeParquet(root, many(7), { namespace: "news", name: "10.parquet" })
      const two = yield* writeParquet(root, many(5), { namespace: "news", name: "2.parquet" })
      const other = yield* writeParquet(root, many(3), { namespace: "a b" })
      yield* fs.writeFileString(path.join(root, "_SUCCESS"), "")
      yield* fs.writeFileString(path.join(root, "news", "notes.txt"), "no")
      yield* fs.makeDirectory(path.join(root, "news", "deeper.parquet"))
      const top = path.basename(root)
      assert.deepStrictEqual(yield* scan(root), [
        { namespace: "a b", files: [{ path: other, name: `${top}/a b/records.parquet` }] },
        {
          namespace: "news",
          files: [{ path: two, name: `${top}/news/2.parquet` }, { path: ten, name: `${top}/news/10.parquet` }]
        }
      ])
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("follows links, and none that lead out of the root", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const root = yield* tempFolder
      const elsewhere = yield* tempFolder
      const inside: Folders = { _tag: "Within", root }
      const secret = yield* writeParquet(elsewhere, many(1), { namespace: "secret" })
      const own = yield* writeParquet(path.join(root, "own"), many(1), { namespace: "ns" })

      yield* fs.symlink(path.join(root, "own"), path.join(root, "same"))
      assert.deepStrictEqual(
        (yield* scan(path.join(root, "same"), inside)).flatMap(({ files }) => files.map(({ path }) => path)),
        [own]
      )
      yield* scan(elsewhere)
      yield* fs.makeDirectory(path.join(root, "..dots", "ns"), { recursive: true })
      yield* fs.symlink(own, path.join(root, "..dots", "ns", "1.parquet"))
      assert.strictEqual((yield* scan(path.join(root, "..dots"), inside)).length, 1)

      yield* fs.symlink(elsewhere, path.join(root, "out"))
      yield* fs.makeDirectory(path.join(root, "folders"))
      yield* fs.symlink(path.dirname(secret), path.join(root, "folders", "ns"))
      yield* fs.makeDirectory(path.join(root, "files", "ns"), { recursive: true })
      yield* fs.symlink(secret, path.join(root, "files", "ns", "0.parquet"))
      for (
        const folder of [
          elsewhere,
          path.join(elsewhere, "missing"),
          path.dirname(root),
          path.join(root, "out"),
          path.join(root, "folders"),
          path.join(root, "files")
        ]
      ) {
        const { message } = yield* Effect.flip(scan(folder, inside))
        assert.include(message, "is outside of the server's folder for imports (--import-root)", folder)
      }
      const missing = yield* Effect.flip(scan(path.join(root, "missing"), inside))
      assert.include(missing.message, "The folder does not exist")
      const none = yield* Effect.flip(scan(root, { _tag: "None" }))
      assert.include(none.message, "Start it with --import-root FOLDER")
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("gives back the rows that are wrong, with their numbers", () =>
    Effect.gen(function*() {
      const options: WriteOptions = { float: "DOUBLE", longIndices: true, rowGroupSize: 5 }
      const root = yield* tempFolder
      const records = rows.map(([record]) => record)
      const read = (yield* readAll(yield* writeParquet(root, records, options), 2)).flat()
      assert.deepStrictEqual(read.map(({ row }) => row), records.map((_, row) => row))
      read.forEach(({ problem, record }, row) => {
        const [{ id, metadata, values }, wrong] = rows[row]!
        if (wrong === undefined && values !== undefined) {
          assert.deepStrictEqual([record?.id, problem], [id, undefined])
        } else if (id === null) {
          assert.strictEqual(problem, "missing required values in column \"id\"")
        } else if (!values?.length) {
          assert.include(problem, wrong?.startsWith("sparse") ? "sparse_values" : "missing required values in column")
        } else {
          assert.include(problem, wrong)
          assert.strictEqual(problem?.startsWith("Failed to parse metadata: "), metadata !== undefined)
        }
      })
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("names a file that is gone", () =>
    Effect.gen(function*() {
      const { message } = yield* Effect.flip(readAll("gone.parquet"))
      assert.include(message, "gone.parquet cannot be read")
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("gives chunks of at most so many rows", () =>
    Effect.gen(function*() {
      const root = yield* tempFolder
      const chunks = yield* readAll(yield* writeParquet(root, many(1050), { rowGroupSize: 400 }), 150)
      assert.deepStrictEqual(chunks.map((rows) => rows.length), [150, 150, 100, 150, 150, 100, 150, 100])
      assert.deepStrictEqual(
        chunks.flatMap((rows) => rows.map(({ record }) => record?.id)),
        Array.from({ length: 1050 }, (_, index) => `id-${index}`)
      )
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("reads the columns of an import by their own names only", () =>
    Effect.gen(function*() {
      const root = yield* tempFolder
      const path = yield* writeBytes(root, parquetBytes(many(3)))
      assert.deepStrictEqual((yield* readAll(path)).flat().map(({ record }) => record?.id), ["id-0", "id-1", "id-2"])
      yield* writeBytes(root, parquetBytes(many(3), { idName: "_id" }))
      const { message } = yield* Effect.flip(readAll(path))
      assert.include(message, "Missing required column \"id\"")
    }).pipe(Effect.provide(NodeContext.layer)))
})
