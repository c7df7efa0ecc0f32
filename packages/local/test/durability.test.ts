import * as Backups from "@effect-pinecone/control-plane/Backups"
import * as Collections from "@effect-pinecone/control-plane/Collections"
import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as RestoreJobs from "@effect-pinecone/control-plane/RestoreJobs"
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import * as MetadataIndex from "@effect-pinecone/schema/MetadataIndex"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import { pathToFileURL } from "node:url"
import * as PineconeLocal from "../src/PineconeLocal.js"
import { run } from "./utils/command.js"
import {
  clientOf,
  collect,
  createIndex,
  failure,
  freshIndex,
  inProcess,
  overHttp,
  pods,
  serverless,
  withServices
} from "./utils/pinecone.js"
import { writeParquet } from "./utils/writeParquet.js"

const folder = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped({ prefix: "data ü-" }))

const at = (url: string) => Effect.provide(withServices(clientOf(url)))

describe("a folder of data", () => {
  it.scopedLive("has everything after a restart", () =>
    Effect.gen(function*() {
      const data = `${yield* folder}/made/if need be`
      const imports = yield* folder
      yield* writeParquet(imports, [{ id: "imported", values: [3, 2, 1] }], { namespace: "imports" })
      const server = withServices(inProcess({ data }))

      const before = yield* Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        const backups = yield* Backups.Backups
        const collections = yield* Collections.Collections
        const cosine = yield* createIndex({ tags: { team: "a" }, deletionProtection: "enabled" })
        const index = yield* VectorIndex.make({ name: cosine.name })
        yield* index.upsert([
          { id: "__proto__", values: [0.1, 0.2, 0.3], metadata: { text: "ä", list: ["x"], n: 1.5, b: true } },
          { id: "gone", values: [1, 2, 3] }
        ])
        yield* index.delete({ ids: ["gone"] })
        yield* index.createNamespace("films", { schema: MetadataIndex.fields("genre") })
        const { lsn } = yield* index.upsert([{ id: "b", values: [1, 2, 3] }], { namespace: "ns" })
        const completed = yield* index.startImport({ uri: pathToFileURL(imports).href })
        const soon = { schedule: Schedule.spaced("2 millis") }
        yield* index.waitForImport(completed, soon)
        const failed = yield* index.startImport({ uri: "s3://bucket/folder" })
        yield* failure("PineconeOperationFailed")(index.waitForImport(failed, soon))
        const sparse = yield* freshIndex({ vectorType: "sparse" })
        yield* sparse.upsert([{ id: "s", sparseValues: { indices: [4294967295], values: [0.5] } }])
        const pod = yield* createIndex({ spec: pods })
        const collection = yield* collections.create({ name: "copy", source: pod.name })
        const backup = yield* backups.create(cosine.name)
        const { restoreJobId } = yield* indexes.createFromBackup({ backupId: backup.backupId, name: "restored" })
        const deleted = yield* createIndex()
        yield* indexes.delete(deleted.name)
        return {
          name: cosine.name,
          indexes: yield* indexes.list,
          imports: (yield* index.listImports()).imports,
          lsn: lsn!,
          collection,
          backup,
          restoreJobId
        }
      }).pipe(Effect.provide(server))

      yield* Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        const byName = <A extends { readonly name: string }>(all: ReadonlyArray<A>) =>
          [...all].sort((a, b) => a.name < b.name ? -1 : 1)
        assert.deepStrictEqual(byName(yield* indexes.list), byName(before.indexes))
        const index = yield* VectorIndex.make({ name: before.name })
        const record = (yield* index.fetch(["__proto__"])).records.get("__proto__")!
        assert.deepStrictEqual(record.values, new Float32Array([0.1, 0.2, 0.3]))
        assert.deepStrictEqual(record.metadata, { text: "ä", list: ["x"], n: 1.5, b: true })
        const stats = yield* index.describeIndexStats()
        assert.deepStrictEqual(stats.namespaces, {
          "": { vectorCount: 1 },
          films: { vectorCount: 0 },
          imports: { vectorCount: 1 },
          ns: { vectorCount: 1 }
        })
        assert.deepStrictEqual((yield* index.describeNamespace("films")).schema, MetadataIndex.fields("genre"))
        assert.deepStrictEqual((yield* index.listImports()).imports, before.imports)
        assert.deepStrictEqual(before.imports.map(({ status }) => status), ["Failed", "Completed"])
        assert.deepStrictEqual((yield* index.query({ vector: [1, 2, 3], topK: 1, namespace: "ns" })).matches.length, 1)
        const { lsn } = yield* index.upsert([{ id: "c", values: [1, 2, 3] }])
        assert.isAbove(lsn!, before.lsn)
        yield* failure("PineconeForbidden")(indexes.delete(before.name))
        assert.deepStrictEqual(yield* (yield* Backups.Backups).describe(before.backup.backupId), before.backup)
        assert.deepStrictEqual(yield* (yield* Collections.Collections).describe("copy"), before.collection)
        assert.strictEqual((yield* (yield* RestoreJobs.RestoreJobs).describe(before.restoreJobId)).status, "Completed")
        const restored = yield* VectorIndex.make({ name: "restored" })
        assert.strictEqual((yield* restored.describeIndexStats()).totalVectorCount, 3)
      }).pipe(Effect.provide(server))
    }).pipe(Effect.provide(NodeContext.layer)))

  for (
    const [name, last] of [
      [
        "wherever the last write was",
        (index: VectorIndex.VectorIndex) => index.upsert([{ id: "c", values: [1, 2, 3] }])
      ],
      ["also where that deleted a namespace", (index: VectorIndex.VectorIndex) => index.deleteNamespace("second")]
    ] as const
  ) {
    it.scoped(`goes on numbering its writes, ${name}`, () =>
      Effect.gen(function*() {
        const server = withServices(inProcess({ data: yield* folder }))
        const [name, before] = yield* Effect.gen(function*() {
          const index = yield* freshIndex()
          yield* index.upsert([{ id: "a", values: [1, 2, 3] }])
          yield* index.upsert([{ id: "b", values: [1, 2, 3] }], { namespace: "second" })
          yield* index.upsert([{ id: "c", values: [1, 2, 3] }], { namespace: "second" })
          const { lsn } = yield* last(index)
          const [model] = yield* Effect.flatMap(Indexes.Indexes, (indexes) => indexes.list)
          return [model!.name, lsn!] as const
        }).pipe(Effect.provide(server))
        const after = yield* Effect.flatMap(
          VectorIndex.make({ name }),
          (index) => index.upsert([{ id: "d", values: [1, 2, 3] }])
        ).pipe(Effect.provide(server))
        assert.isAbove(after.lsn!, before)
      }).pipe(Effect.provide(NodeContext.layer)))
  }

  it.scoped("gives an index its port again", () =>
    Effect.gen(function*() {
      const data = yield* folder
      const server = () => Effect.provide(withServices(overHttp({ data })))
      const first = yield* createIndex().pipe(server())
      const second = yield* Effect.flatMap(Indexes.Indexes, (indexes) => indexes.describe(first.name)).pipe(server())
      assert.strictEqual(second.host, first.host)
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("is of one server at a time", () =>
    Effect.gen(function*() {
      const data = yield* folder
      const start = Layer.build(PineconeLocal.layer({ data }))
      yield* Effect.scoped(Effect.gen(function*() {
        yield* start
        const error = yield* Effect.flip(Effect.scoped(start))
        assert.strictEqual(error._tag, "PineconeStartError")
        assert.include(error.message, data)
        assert.include(error.message, "is in use by another server")
      }))
      yield* Effect.scoped(start)
    }).pipe(Effect.provide(NodeContext.layer)))
})

describe("the server as a process", () => {
  it.scopedLive("loses nothing that it has acknowledged when it is killed", () =>
    Effect.gen(function*() {
      const data = yield* folder
      const batchSize = 20
      const values = new Float32Array(64).fill(0.4)
      const acknowledged = new Set<string>()
      const sent = new Set<string>()
      const enough = yield* Deferred.make<void>()

      const killed = yield* run("--port", "0", "--data", data)
      const url = yield* killed.url
      yield* Effect.flatMap(Indexes.Indexes, (indexes) =>
        indexes.create({ name: "kept", dimension: 64, spec: serverless })).pipe(at(url))
      const writer = (writer: number) =>
        Effect.gen(function*() {
          const index = yield* VectorIndex.make({ name: "kept", namespace: "ns" })
          for (let n = 0;; n++) {
            const batch = `${writer}-${n}`
            sent.add(batch)
            yield* index.upsert(
              Array.from({ length: batchSize }, (_, i) => ({ id: `${batch}-${i}`, values, metadata: { batch } }))
            )
            acknowledged.add(batch)
            if (acknowledged.size === 60) {
              yield* Deferred.succeed(enough, undefined)
            }
          }
        })
      const writing = yield* Effect.fork(
        Effect.forEach([0, 1, 2, 3], (n) =>
          Effect.exit(writer(n)), { concurrency: "unbounded" }).pipe(at(url))
      )
      yield* Deferred.await(enough)
      yield* killed.kill("SIGKILL")
      assert.strictEqual((yield* killed.ended).signal, "SIGKILL")
      // Every writer ends when nobody answers any more.
      yield* Fiber.join(writing)

      const restarted = yield* run("--port", "0", "--data", data)
      const ids = yield* Effect.flatMap(VectorIndex.make({ name: "kept", namespace: "ns" }), (index) =>
        Effect.gen(function*() {
          const ids = yield* collect(index.listStream())
          const { records } = yield* index.fetch(ids.slice(-100))
          for (const record of records.values()) {
            assert.deepStrictEqual(record.values, values)
          }
          assert.strictEqual((yield* index.describeIndexStats()).totalVectorCount, ids.length)
          return ids
        })).pipe(at(yield* restarted.url))
      const found = new Map<string, number>()
      for (const id of ids) {
        const batch = id.slice(0, id.lastIndexOf("-"))
        found.set(batch, (found.get(batch) ?? 0) + 1)
      }
      assert.isAtLeast(acknowledged.size, 60)
      assert.deepStrictEqual(
        [...acknowledged].filter((batch) =>
          found.get(batch) !== batchSize
        ),
        []
      )
      // What was not acknowledged is there as a whole or not at all.
      assert.deepStrictEqual(
        [...found].filter(([batch, count]) =>
          !sent.has(batch) || count !== batchSize
        ),
        []
      )
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scopedLive("ends the import that it was killed in, and says how", () =>
    Effect.gen(function*() {
      const data = yield* folder
      const imports = yield* folder
      const count = 30_000
      yield* writeParquet(
        imports,
        Array.from({ length: count }, (_, i) => ({ id: `${i}`, values: [i + 1, 1, 1] })),
        { namespace: "imported", rowGroupSize: 500 }
      )
      const killed = yield* run("--port", "0", "--data", data, "--import-root", imports)
      const id = yield* Effect.gen(function*() {
        yield* Effect.flatMap(
          Indexes.Indexes,
          (indexes) => indexes.create({ name: "imports", dimension: 3, spec: serverless })
        )
        const index = yield* VectorIndex.make({ name: "imports" })
        const id = yield* index.startImport({ uri: pathToFileURL(imports).href })
        const begun = yield* Effect.suspend(() => index.describeImport(id)).pipe(
          Effect.repeat({ until: ({ recordsImported = 0, status }) => recordsImported > 0 || status === "Failed" })
        )
        assert.strictEqual(begun.status, "InProgress")
        return id
      }).pipe(at(yield* killed.url))
      yield* killed.kill("SIGKILL")
      yield* killed.ended
      const restarted = yield* run("--port", "0", "--data", data)
      yield* Effect.gen(function*() {
        const index = yield* VectorIndex.make({ name: "imports" })
        const outcome = yield* Effect.either(index.waitForImport(id, { timeout: "60 seconds" }))
        // It failed, or went on to its end.
        if (outcome._tag === "Left") assert.strictEqual(outcome.left._tag, "PineconeOperationFailed")
        const model = yield* index.describeImport(id)
        assert.include(["Failed", "Completed"], model.status)
        assert.strictEqual(model.error === undefined, model.status === "Completed")
        assert.strictEqual(model.recordsImported, (yield* index.describeIndexStats()).totalVectorCount)
      }).pipe(at(yield* restarted.url))
    }).pipe(Effect.provide(NodeContext.layer)), 300_000)

  it.scopedLive("says one line when it is ready, and ends cleanly when it is told to", () =>
    Effect.gen(function*() {
      for (const signal of ["SIGTERM", "SIGINT"] as const) {
        const server = yield* run("--port", "0", "--memory")
        const url = yield* server.url
        const index = yield* createIndex().pipe(at(url))
        assert.match(index.host, /^http:\/\/127\.0\.0\.1:\d+$/)
        yield* server.kill(signal)
        assert.deepStrictEqual(yield* server.ended, {
          code: 0,
          signal: null,
          stdout: `Pinecone Local is ready at ${url}\n`,
          stderr: ""
        })
      }
    }))

  it.scopedLive("ends with a message where another has its folder, or its port", () =>
    Effect.gen(function*() {
      const data = yield* folder
      const first = yield* run("--port", "0", "--data", data)
      const url = yield* first.url
      const second = yield* run("--port", "0", "--data", data)
      const third = yield* run("--port", new URL(url).port)
      const [folderTaken, portTaken] = yield* Effect.all([second.ended, third.ended], { concurrency: 2 })
      for (const ended of [folderTaken, portTaken]) {
        assert.strictEqual(ended.code, 1)
        assert.strictEqual(ended.stdout, "")
        assert.strictEqual(ended.stderr.trim().split("\n").length, 1, ended.stderr)
      }
      assert.include(folderTaken.stderr, "in use by another server")
      assert.include(folderTaken.stderr, data)
      assert.include(portTaken.stderr, `Cannot listen on 127.0.0.1:${new URL(url).port}: the port is in use`)
      assert.deepStrictEqual(yield* Effect.flatMap(Indexes.Indexes, (indexes) => indexes.list).pipe(at(url)), [])
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scopedLive("lets in every key that it was given, and no other", () =>
    Effect.gen(function*() {
      const server = yield* run("--port", "0", "--api-key", "first-key", "--api-key", "second-key")
      const url = yield* server.url
      const list = (key: string) =>
        Effect.flatMap(Indexes.Indexes, (indexes) => indexes.list).pipe(
          Effect.provide(withServices(clientOf(url, { apiKey: Redacted.make(key) })))
        )
      assert.deepStrictEqual(yield* list("first-key"), [])
      assert.deepStrictEqual(yield* list("second-key"), [])
      for (const key of ["third-key", "first-key,second-key", "first-ke"]) {
        const error = yield* failure("PineconeUnauthorized")(list(key))
        assert.strictEqual(error.status, 401)
      }
    }))
})
