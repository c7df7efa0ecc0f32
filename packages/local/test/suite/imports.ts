import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import type { BulkImport } from "@effect-pinecone/schema"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { pathToFileURL } from "node:url"
import type { Environment } from "../utils/pinecone.js"
import { collect, createIndex, failure, freshIndex, pods } from "../utils/pinecone.js"
import { writeBytes, writeParquet } from "../utils/writeParquet.js"

const soon = { schedule: Schedule.spaced("2 millis") }

const folder = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped({ prefix: "import ü-" }))

const uriOf = (path: string) => pathToFileURL(path).href

const rows = (count: number, prefix = "r") =>
  Array.from({ length: count }, (_, i) => ({
    id: `${prefix}-${i}`,
    values: [i + 1, 0.4, 1],
    metadata: { n: i, even: i % 2 === 0 }
  }))

/** What the data plane does with imports, on any server. */
export const importsSuite = <E>(server: string, environment: Layer.Layer<Environment, E>) =>
  layer(Layer.merge(environment, NodeContext.layer), { excludeTestServices: true })(`imports, ${server}`, (it) => {
    it.scoped("bring the records of a folder, a namespace for each of its folders", () =>
      Effect.gen(function*() {
        const index = yield* freshIndex()
        const root = yield* folder
        yield* writeParquet(root, rows(1500, "root"), { rowGroupSize: 700 })
        yield* writeParquet(root, rows(3, "one"), { namespace: "one", name: "1.parquet" })
        yield* writeParquet(root, rows(7, "two").slice(3), { namespace: "one", name: "2.parquet" })
        const id = yield* index.startImport({ uri: uriOf(root) })
        const done = yield* index.waitForImport(id, soon)
        assert.strictEqual(done.status, "Completed")
        assert.strictEqual(done.recordsImported, 1507)
        assert.strictEqual(done.percentComplete, 100)
        assert.strictEqual(done.uri, uriOf(root))
        assert.isAtLeast(done.finishedAt!.getTime(), done.createdAt!.getTime())
        assert.deepStrictEqual(yield* index.describeImport(id), done)
        const stats = yield* index.describeIndexStats()
        assert.deepStrictEqual(stats.namespaces, { "": { vectorCount: 1500 }, one: { vectorCount: 7 } })
        const record = (yield* index.fetch(["two-3"], { namespace: "one" })).records.get("two-3")!
        assert.deepStrictEqual(record.values, new Float32Array([4, 0.4, 1]))
        assert.deepStrictEqual(record.metadata, { n: 3, even: false })
      }))

    it.scoped("bring sparse vectors", () =>
      Effect.gen(function*() {
        const index = yield* freshIndex({ vectorType: "sparse" })
        const root = yield* folder
        yield* writeParquet(root, [{ id: "s", sparseValues: { indices: [4_000_000_000, 1], values: [0.5, 2] } }])
        yield* index.waitForImport(yield* index.startImport({ uri: uriOf(root) }), soon)
        const { matches } = yield* index.query({
          sparseVector: { indices: [4_000_000_000], values: [4] },
          topK: 1
        })
        assert.deepStrictEqual(matches.map(({ id, score }) => [id, score]), [["s", 2]])
      }))

    it.scoped("tell how far they are, to their end", () =>
      Effect.gen(function*() {
        const index = yield* freshIndex()
        const root = yield* folder
        yield* writeParquet(root, rows(5000), { rowGroupSize: 1000 })
        const id = yield* index.startImport({ uri: uriOf(root) })
        const seen = yield* collect(index.importProgress(id, soon))
        assert.strictEqual(seen.at(-1)?.status, "Completed")
        assert.strictEqual(seen.at(-1)?.recordsImported, 5000)
        const ascending = (numbers: ReadonlyArray<number>) =>
          assert.deepStrictEqual(numbers, [...numbers].sort((a, b) => a - b))
        ascending(seen.map(({ percentComplete }) => percentComplete!))
        ascending(seen.map(({ recordsImported }) => recordsImported!))
        for (const { percentComplete, status } of seen.slice(0, -1)) {
          assert.include(["Pending", "InProgress"], status)
          assert.isBelow(percentComplete!, 100)
        }
      }))

    const mixed = Effect.gen(function*() {
      const root = yield* folder
      yield* writeParquet(root, [
        { id: "good-1", values: [1, 2, 3] },
        { id: "short", values: [1, 2] },
        { id: null, values: [1, 2, 3] },
        { id: "hole", values: [1, null, 3] },
        { id: "nested", values: [1, 2, 3], metadata: { deep: { er: 1 } } },
        { id: "text", values: [1, 2, 3], metadata: "{not json" },
        { id: "zeros", values: [0, 0, 0] },
        { id: "naïve", values: [1, 2, 3] },
        { id: "x".repeat(600), values: [1, 2, 3] },
        { id: "dollar", values: [1, 2, 3], metadata: { $x: 1 } },
        { id: "same", values: [1, 2, 3] },
        { id: "good-2", values: [3, 2, 1], metadata: { x: 1 } }
      ])
      return uriOf(root)
    })

    it.scoped("leave out bad records with continue", () =>
      Effect.gen(function*() {
        for (const errorMode of [undefined, "continue"] as const) {
          const index = yield* freshIndex()
          const id = yield* index.startImport({ uri: yield* mixed, errorMode })
          const done = yield* index.waitForImport(id, soon)
          assert.strictEqual(done.recordsImported, 2)
          assert.deepStrictEqual((yield* index.list()).ids, ["good-1", "good-2"])
        }
      }))

    it.scoped("end at a bad record with abort, and say which", () =>
      Effect.gen(function*() {
        const index = yield* freshIndex()
        const root = yield* folder
        yield* writeParquet(root, [{ id: "good", values: [1, 2, 3] }, { id: "short", values: [1, 2] }])
        const id = yield* index.startImport({ uri: uriOf(root), errorMode: "abort" })
        const error = yield* failure("PineconeOperationFailed")(index.waitForImport(id, soon))
        assert.deepStrictEqual([error.resource, error.id, error.state], ["import", id, "Failed"])
        assert.include(error.message, "__default__/records.parquet\", row 1): ")
        assert.include(error.message, "Vector dimension 2 does not match the dimension of the index 3")
        const described = yield* index.describeImport(id)
        assert.strictEqual(described.status, "Failed")
        assert.isDefined(described.error)
        const zeros = yield* folder
        yield* writeParquet(zeros, [{ id: "z", values: [0, 0, 0] }])
        const third = yield* index.startImport({ uri: uriOf(zeros), errorMode: "abort" })
        const refused = yield* failure("PineconeOperationFailed")(index.waitForImport(third, soon))
        assert.include(
          refused.message,
          "Dense vectors must contain at least one non-zero value. Vector ID 'z' contains only zeros"
        )
        const second = yield* index.startImport({ uri: yield* mixed, errorMode: "abort" })
        yield* failure("PineconeOperationFailed")(index.waitForImport(second, soon))
      }))

    it.scoped("fail where there is nothing to read, whatever is done about bad records", () =>
      Effect.gen(function*() {
        const index = yield* freshIndex()
        const empty = yield* folder
        const broken = yield* folder
        yield* writeBytes(broken, new TextEncoder().encode("PAR1 this is no Parquet file PAR1"))
        const file = yield* folder
        const path = yield* writeParquet(file, rows(1))
        const unnamed = yield* folder
        yield* writeParquet(unnamed, rows(1), { namespace: "naïve" })
        const columns = yield* folder
        yield* writeParquet(columns, [{ id: "a", metadata: { x: 1 } }])
        const cases = [
          ["s3://bucket/folder", "the embedded server imports from folders"],
          [`${uriOf(empty)}/missing`, "The folder does not exist"],
          [uriOf(empty), "No Parquet files found under"],
          [uriOf(broken), "Parquet footer could not be parsed"],
          [uriOf(path), "It looks like you specified a complete path to a parquet file"],
          [uriOf(unnamed), "Namespaces names can only be ASCII-printable characters"],
          [uriOf(columns), "Missing required column \"values\""],
          ["file://elsewhere/folder", "invalid import uri"]
        ] as const
        for (const [uri, why] of cases) {
          const id = yield* index.startImport({ uri })
          const error = yield* failure("PineconeOperationFailed")(index.waitForImport(id, soon))
          assert.include(error.message, why)
        }
        yield* index.upsert([{ id: "still", values: [1, 2, 3] }])
        assert.deepStrictEqual((yield* index.list()).ids, ["still"])
      }))

    it.scoped("are listed, the newest first, page by page", () =>
      Effect.gen(function*() {
        const index = yield* freshIndex()
        const other = yield* freshIndex()
        assert.deepStrictEqual((yield* index.listImports()).imports, [])
        const root = yield* folder
        yield* writeParquet(root, rows(1))
        const ids = yield* Effect.forEach([1, 2, 3, 4, 5], () => index.startImport({ uri: uriOf(root) }))
        yield* other.startImport({ uri: uriOf(root) })
        const newest = [...ids].reverse()
        const idsOf = (all: ReadonlyArray<BulkImport.ImportModel>) => all.map(({ id }) => id)
        const first = yield* index.listImports({ limit: 2 })
        assert.deepStrictEqual(idsOf(first.imports), newest.slice(0, 2))
        const second = yield* index.listImports({ limit: 3, paginationToken: first.next })
        assert.deepStrictEqual([idsOf(second.imports), second.next], [newest.slice(2), undefined])
        assert.deepStrictEqual(idsOf(yield* collect(index.listImportsStream({ limit: 1 }))), newest)
        assert.deepStrictEqual(idsOf(yield* collect(index.listImportsStream())), newest)
      }))

    it.scoped("are cancelled, and what they brought stays", () =>
      Effect.gen(function*() {
        const index = yield* freshIndex({ dimension: 256 })
        const root = yield* folder
        yield* writeParquet(
          root,
          Array.from({ length: 10_000 }, (_, i) => ({
            id: String(i),
            values: new Float32Array(256).fill(0.5).fill(i + 1, 0, 1)
          })),
          { rowGroupSize: 1000, dictionary: true }
        )
        const id = yield* index.startImport({ uri: uriOf(root) })
        yield* Effect.repeat(index.describeImport(id), {
          schedule: soon.schedule,
          until: ({ recordsImported, status }) => (recordsImported ?? 0) > 0 || status === "Completed"
        })
        yield* index.cancelImport(id)
        const cancelled = yield* index.describeImport(id)
        assert.strictEqual(cancelled.status, "Cancelled")
        assert.isDefined(cancelled.finishedAt)
        const { totalVectorCount } = yield* index.describeIndexStats()
        assert.isAbove(totalVectorCount!, 0)
        assert.isBelow(totalVectorCount!, 10_000)
        assert.strictEqual(cancelled.recordsImported, totalVectorCount)
        const error = yield* failure("PineconeOperationFailed")(index.waitForImport(id, soon))
        assert.strictEqual(error.state, "Cancelled")
        assert.strictEqual((yield* index.describeIndexStats()).totalVectorCount, totalVectorCount)
        // Once more, and after its end, does nothing.
        yield* index.cancelImport(id)
        const done = yield* index.startImport({ uri: "s3://bucket/folder" })
        yield* failure("PineconeOperationFailed")(index.waitForImport(done, soon))
        yield* index.cancelImport(done)
        assert.strictEqual((yield* index.describeImport(done)).status, "Failed")
      }))

    it.scoped("are of one index, and not of pods", () =>
      Effect.gen(function*() {
        const index = yield* freshIndex()
        const missing = yield* failure("PineconeNotFound")(index.describeImport("nothing"))
        assert.strictEqual(missing.status, 404)
        yield* failure("PineconeNotFound")(index.cancelImport("a/b?c"))
        const other = yield* freshIndex()
        const id = yield* other.startImport({ uri: "s3://bucket/folder" })
        yield* failure("PineconeNotFound")(index.describeImport(id))
        const { name } = yield* createIndex({ spec: pods })
        const onPods = yield* VectorIndex.make({ name })
        const error = yield* failure("PineconeInvalidRequest")(onPods.startImport({ uri: "s3://bucket/folder" }))
        assert.strictEqual(error.status, 400)
      }))
  })
