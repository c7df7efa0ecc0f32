/**
 * An import into the embedded server, from its start to its end.
 */
import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { pathToFileURL } from "node:url"
import { TestClock } from "../../../scripts/testing/clock.js"
import { layer as storeLayer, StoreTag } from "../src/internal/store.js"
import { run } from "./utils/command.js"
import {
  clientOf,
  createIndex,
  failure,
  freshIndex,
  inProcess,
  overHttp,
  serverless,
  withServices
} from "./utils/pinecone.js"
import { writeParquet } from "./utils/writeParquet.js"

const soon = { schedule: Schedule.spaced("2 millis") }

/** A folder with so many records. */
const folderOf = (count: number, namespace: string) =>
  Effect.gen(function*() {
    const root = yield* temporary
    const rows = Array.from({ length: count }, (_, i) => ({ id: String(i), values: [i + 1, 1, 1] }))
    yield* writeParquet(root, rows, { namespace, rowGroupSize: 10_000 })
    return { uri: pathToFileURL(root).href }
  })

const openIndex = (name: string) => VectorIndex.make({ name })

const temporary = Effect.flatMap(
  FileSystem.FileSystem,
  (fs) => fs.makeTempDirectoryScoped({ prefix: "importing-" })
)

/** Lets what is not on the clock go on: files, the database. */
const turn = Effect.async<void>((resume) => {
  setImmediate(() => resume(Effect.void))
})

const isOver = ({ status }: { readonly status?: string | undefined }) => status !== "Pending" && status !== "InProgress"

describe("an import from a place that cannot be reached", () => {
  const statusOf = (index: VectorIndex.VectorIndex, id: string) =>
    Effect.map(index.describeImport(id), ({ status }) => status)

  const missing = Effect.map(temporary, (folder) => pathToFileURL(`${folder}/missing`).href)

  for (const uriOf of [Effect.succeed("s3://bucket/folder"), missing]) {
    it.scoped("waits, is tried, and fails", () =>
      Effect.gen(function*() {
        const index = yield* freshIndex()
        const id = yield* index.startImport({ uri: yield* uriOf })
        const seen: Array<string | undefined> = []
        for (let i = 0; i < 100 && seen.at(-1) !== "Failed"; i++) {
          const status = yield* statusOf(index, id)
          if (status !== seen.at(-1)) seen.push(status)
          yield* TestClock.adjust("10 millis")
          yield* Effect.repeatN(turn, 5)
        }
        assert.deepStrictEqual(seen, ["Pending", "InProgress", "Failed"])
      }).pipe(Effect.provide(Layer.merge(withServices(inProcess()), NodeContext.layer))))

    it.scoped("can be cancelled until then", () =>
      Effect.gen(function*() {
        const index = yield* freshIndex()
        const uri = yield* uriOf
        const waiting = yield* index.startImport({ uri })
        yield* TestClock.adjust("50 millis")
        assert.strictEqual(yield* statusOf(index, waiting), "Pending")
        yield* index.cancelImport(waiting)
        const tried = yield* index.startImport({ uri })
        while ((yield* statusOf(index, tried)) === "Pending") {
          yield* TestClock.adjust("10 millis")
          yield* turn
        }
        yield* index.cancelImport(tried)
        yield* TestClock.adjust("1 minute")
        for (const id of [waiting, tried]) {
          const { error, finishedAt, recordsImported, status } = yield* index.describeImport(id)
          assert.deepStrictEqual([status, error, recordsImported], ["Cancelled", undefined, 0])
          assert.isDefined(finishedAt)
        }
      }).pipe(Effect.provide(Layer.merge(withServices(inProcess()), NodeContext.layer))))
  }
})

describe("an import that the server's end stops", () => {
  const total = 30_000

  it.scopedLive("says after a restart how much it has stored, and what to do", () =>
    Effect.gen(function*() {
      const data = yield* temporary
      // So many that it cannot be done before the server has come to its end.
      const many = 8 * total
      const { uri } = yield* folderOf(many, "a")
      const server = (url: string) => Effect.provide(withServices(clientOf(url)))
      const begun = Effect.gen(function*() {
        const { name } = yield* createIndex()
        const index = yield* openIndex(name)
        const id = yield* index.startImport({ uri })
        const { recordsImported } = yield* Effect.iterate(yield* index.describeImport(id), {
          while: (model) => !isOver(model) && !((model.recordsImported ?? 0) > 2000),
          body: () => Effect.zipRight(Effect.sleep("2 millis"), index.describeImport(id))
        })
        return { id, name, seen: recordsImported! }
      })

      const killed = yield* run("--port", "0", "--data", data, "--import-root", "/")
      const url = yield* killed.url
      const first = yield* begun.pipe(server(url))
      yield* killed.kill("SIGKILL")
      yield* killed.ended
      const second = yield* begun.pipe(Effect.provide(withServices(inProcess({ data }))))

      const third = yield* Effect.gen(function*() {
        for (const { id, name, seen } of [first, second]) {
          const index = yield* openIndex(name)
          const { createdAt, error, finishedAt, percentComplete, recordsImported, status } = yield* index
            .describeImport(id)
          const { totalVectorCount } = yield* index.describeIndexStats()
          assert.strictEqual(status, "Failed")
          assert.strictEqual(recordsImported, totalVectorCount)
          assert.isAtLeast(recordsImported!, seen)
          assert.isBelow(recordsImported!, many)
          assert.isBelow(percentComplete!, 100)
          assert.isAtLeast(finishedAt!.getTime(), createdAt!.getTime())
          assert.include(error, `The server was stopped while the import ran, and ${recordsImported} records had been`)
          assert.include(error, "Delete the namespaces \"a\", then start the import again")
          yield* index.deleteNamespace("a")
          assert.strictEqual((yield* index.describeImport(id)).recordsImported, recordsImported)
        }
        const index = yield* openIndex(first.name)
        const again = yield* index.startImport({ uri: (yield* folderOf(3, "a")).uri })
        assert.notInclude([first.id, second.id], again)
        assert.strictEqual((yield* index.waitForImport(again, soon)).recordsImported, 3)
        yield* (yield* Indexes.Indexes).delete(first.name)
        return again
      }).pipe(Effect.provide(withServices(inProcess({ data }))))

      yield* Effect.gen(function*() {
        const index = yield* openIndex(second.name)
        assert.deepStrictEqual((yield* index.listImports()).imports.map(({ id }) => id), [second.id])
        const next = yield* index.startImport({ uri })
        assert.notInclude([first.id, second.id, third], next)
        yield* index.cancelImport(next)
      }).pipe(Effect.provide(withServices(inProcess({ data }))))
    }).pipe(Effect.provide(NodeContext.layer)), 60_000)
})

describe("an import into an index that is deleted", () => {
  it.scopedLive("ends with it, and leaves nothing behind", () =>
    Effect.gen(function*() {
      const data = yield* temporary
      const { uri } = yield* folderOf(20_000, "a")
      const name = "deleted"
      const create = Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        yield* indexes.create({ name, dimension: 3, spec: serverless })
        return yield* openIndex(name)
      })
      yield* Effect.gen(function*() {
        const index = yield* create
        yield* index.startImport({ uri: "s3://bucket/folder" })
        yield* index.startImport({ uri })
        yield* (yield* Indexes.Indexes).delete(name)
        assert.deepStrictEqual((yield* (yield* create).listImports()).imports, [])
      }).pipe(Effect.provide(withServices(inProcess({ data }))))
      const kept = yield* Effect.flatMap(StoreTag, ({ documents }) => documents.all("import")).pipe(
        Effect.provide(storeLayer(data))
      )
      assert.deepStrictEqual(kept, [])
    }).pipe(Effect.provide(NodeContext.layer)))
})

describe("a server on a port", () => {
  it.scopedLive("imports nothing unless it is told from where", () =>
    Effect.gen(function*() {
      const { uri } = yield* folderOf(3, "a")
      yield* Effect.gen(function*() {
        const index = yield* freshIndex()
        const error = yield* failure("PineconeOperationFailed")(
          index.waitForImport(yield* index.startImport({ uri }), soon)
        )
        assert.include(error.message, "this server reads no folders. Start it with --import-root FOLDER")
      }).pipe(Effect.provide(withServices(overHttp({ importRoot: undefined }))))
      yield* Effect.gen(function*() {
        const index = yield* freshIndex()
        const error = yield* failure("PineconeOperationFailed")(
          index.waitForImport(yield* index.startImport({ uri }), soon)
        )
        assert.include(error.message, "is outside of the server's folder for imports")
      }).pipe(Effect.provide(withServices(overHttp({ importRoot: yield* temporary }))))
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scopedLive("answers other requests while it imports", () =>
    Effect.gen(function*() {
      const { uri } = yield* folderOf(20_000, "a")
      yield* Effect.gen(function*() {
        const index = yield* freshIndex()
        const other = yield* freshIndex()
        yield* other.upsert([{ id: "a", values: [1, 2, 3] }])
        const id = yield* index.startImport({ uri })
        let answers = 0
        let last = 0
        let steps = 0
        while (!isOver(yield* index.describeImport(id))) {
          yield* other.query({ vector: [1, 2, 3], topK: 1 })
          answers++
          const { recordsImported = 0 } = yield* index.describeImport(id)
          if (recordsImported > last) steps++
          last = recordsImported
        }
        assert.strictEqual((yield* index.describeImport(id)).recordsImported, 20_000)
        // The import goes on by chunks of a thousand, and others are answered between them.
        assert.isAbove(steps, 5)
        assert.isAbove(answers, 5)
      }).pipe(Effect.provide(withServices(overHttp())))
    }).pipe(Effect.provide(NodeContext.layer)), 60_000)
})
