/**
 * Imports of several folders into the embedded server.
 */
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { mkdirSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { duckdb } from "../../parquet/test/utils/duckdb.js"
import { collect, failure, freshIndex, inProcess, withServices } from "./utils/pinecone.js"
import { writeParquet } from "./utils/writeParquet.js"

const soon = { schedule: Schedule.spaced("2 millis") }

/** A folder with so many records. */
const folderOf = (count: number, prefix: string) =>
  Effect.gen(function*() {
    const root = yield* Effect.flatMap(
      FileSystem.FileSystem,
      (fs) => fs.makeTempDirectoryScoped({ prefix: "importing-" })
    )
    const rows = Array.from({ length: count }, (_, i) => ({ id: `${prefix}-${i}`, values: [i + 1, 1, 1] }))
    yield* writeParquet(root, rows, { namespace: prefix, rowGroupSize: 100 })
    return { uri: pathToFileURL(root).href }
  })

layer(Layer.merge(withServices(inProcess()), NodeContext.layer), { excludeTestServices: true })("importAll", (it) => {
  it.scoped("brings the records of all folders, and gives the imports in their order", () =>
    Effect.gen(function*() {
      const index = yield* freshIndex()
      const folders = yield* Effect.all([folderOf(900, "a"), folderOf(10, "b"), folderOf(300, "c")])
      const models = yield* index.importAll(folders, { ...soon, concurrency: 2 })
      assert.deepStrictEqual(
        models.map(({ recordsImported, status, uri }) => ({ uri, status, recordsImported })),
        folders.map(({ uri }, i) => ({ uri, status: "Completed", recordsImported: [900, 10, 300][i] }))
      )
      assert.strictEqual((yield* index.describeIndexStats()).totalVectorCount, 1210)
    }))

  it.scoped("takes lists of a fixed size for values", () =>
    Effect.gen(function*() {
      const index = yield* freshIndex()
      const root = yield* Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())
      mkdirSync(join(root, "a"))
      yield* duckdb(
        `copy (select 'x' as id, [0.1, -2, 3]::FLOAT[3] as "values" union all select 'y', [4, 5, 6]::FLOAT[3])
           to '${join(root, "a", "0.parquet")}' (format parquet)`
      )
      const [model] = yield* index.importAll([{ uri: pathToFileURL(root).href }], soon)
      assert.deepStrictEqual([model?.status, model?.recordsImported], ["Completed", 2])
      const { records } = yield* index.namespace("a").fetch(["x", "y"])
      assert.deepStrictEqual(Object.fromEntries(Array.from(records.values(), ({ id, values }) => [id, values])), {
        x: Float32Array.of(0.1, -2, 3),
        y: Float32Array.of(4, 5, 6)
      })
    }))

  it.scoped("ends with the server's word on the import that fails", () =>
    Effect.gen(function*() {
      const index = yield* freshIndex()
      const good = yield* folderOf(5, "a")
      const error = yield* failure("PineconeOperationFailed")(
        index.importAll([good, { uri: `${good.uri}/nothing` }], { ...soon, concurrency: 1 })
      )
      assert.include(error.message, "The folder does not exist")
      assert.strictEqual(error.state, "Failed")
      yield* failure("PineconeLimitExceeded")(index.importAll([{ uri: "s3://".padEnd(2000, "x") }], soon))
    }))

  it.scoped("shows how far each is, to its end", () =>
    Effect.gen(function*() {
      const index = yield* freshIndex()
      const folders = yield* Effect.all([folderOf(500, "a"), folderOf(500, "b")])
      const seen = yield* collect(index.importAllProgress(folders, soon))
      for (const { uri } of folders) {
        const own = seen.filter((model) => model.uri === uri)
        assert.strictEqual(own.at(-1)?.status, "Completed")
        assert.strictEqual(own.at(-1)?.recordsImported, 500)
      }
    }))

  it.scoped("cancels what is under way when the consumer has enough, if it is told to", () =>
    Effect.gen(function*() {
      const index = yield* freshIndex()
      const folder = yield* folderOf(50_000, "a")
      const [first] = yield* collect(
        Stream.take(index.importAllProgress(folder, { ...soon, cancelOnInterrupt: true }), 1)
      )
      assert.strictEqual((yield* index.describeImport(first!.id!)).status, "Cancelled")
      const [second] = yield* collect(Stream.take(index.importAllProgress(yield* folderOf(500, "b"), soon), 1))
      assert.strictEqual((yield* index.waitForImport(second!.id!, soon)).status, "Completed")
    }))

  it.scoped("goes into a namespace again once it is deleted, and not before", () =>
    Effect.gen(function*() {
      const index = yield* freshIndex()
      const folder = yield* folderOf(10, "a")
      const imported = Effect.flatMap(index.startImport(folder), (id) => index.waitForImport(id, soon))
      assert.strictEqual((yield* imported).recordsImported, 10)
      const error = yield* failure("PineconeOperationFailed")(imported)
      assert.include(error.message, "The namespace \"a\" already exists.")
      yield* index.deleteNamespace("a")
      assert.strictEqual((yield* imported).recordsImported, 10)
    }))
})

describe("a folder that imports must be within", () => {
  it.scoped("is not left by the name of a folder, nor by links", () =>
    Effect.gen(function*() {
      const base = yield* Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped({ prefix: "root-" }))
      const root = join(base, "root")
      for (const folder of ["root/inside", "root-beside", "outside"]) {
        yield* writeParquet(join(base, folder), [{ id: folder, values: [1, 1, 1] }], { namespace: "ns" })
      }
      symlinkSync(join(base, "outside"), join(root, "link"))
      symlinkSync(join(root, "inside"), join(root, "link-inside"))
      const uri = pathToFileURL(root).href

      yield* Effect.gen(function*() {
        for (
          const outside of [
            `${uri}/../outside`,
            `${uri}/%2e%2e/outside`,
            `${uri}/inside/../../outside`,
            `${uri}-beside`,
            `${uri}/..`,
            pathToFileURL(base).href,
            "file:///",
            `${uri}/link`
          ]
        ) {
          const index = yield* freshIndex()
          const id = yield* index.startImport({ uri: outside })
          const error = yield* failure("PineconeOperationFailed")(index.waitForImport(id, soon))
          // By the name that was asked for: what there is, is not told.
          assert.include(error.message, `"${outside}" is outside of the server's folder`)
          assert.strictEqual((yield* index.describeIndexStats()).totalVectorCount, 0, outside)
        }
        for (const inside of [`${uri}/inside`, `${uri}/x/../inside`, `${uri}/link-inside`]) {
          const index = yield* freshIndex()
          const model = yield* index.waitForImport(yield* index.startImport({ uri: inside }), soon)
          assert.strictEqual(model.recordsImported, 1, inside)
        }
      }).pipe(Effect.provide(withServices(inProcess({ importRoot: root }))))
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("is not left by links to a namespace or to a file either", () =>
    Effect.gen(function*() {
      const base = yield* Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped({ prefix: "root-" }))
      const root = join(base, "root")
      yield* writeParquet(join(base, "outside"), [{ id: "outside", values: [1, 1, 1] }], { namespace: "ns" })
      mkdirSync(join(root, "linked/ns"), { recursive: true })
      symlinkSync(join(base, "outside/ns/records.parquet"), join(root, "linked/ns/records.parquet"))
      mkdirSync(join(root, "linked-namespace"))
      symlinkSync(join(base, "outside/ns"), join(root, "linked-namespace/ns"))
      yield* Effect.gen(function*() {
        for (const folder of ["linked", "linked-namespace"]) {
          const index = yield* freshIndex()
          const id = yield* index.startImport({ uri: pathToFileURL(join(root, folder)).href })
          yield* failure("PineconeOperationFailed")(index.waitForImport(id, soon))
          assert.strictEqual((yield* index.describeIndexStats()).totalVectorCount, 0, folder)
        }
      }).pipe(Effect.provide(withServices(inProcess({ importRoot: root }))))
    }).pipe(Effect.provide(NodeContext.layer)))
})
