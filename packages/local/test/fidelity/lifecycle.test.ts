import * as Backups from "@effect-pinecone/control-plane/Backups"
import * as Collections from "@effect-pinecone/control-plane/Collections"
import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as RestoreJobs from "@effect-pinecone/control-plane/RestoreJobs"
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import * as IndexSpec from "@effect-pinecone/schema/IndexSpec"
import * as ReadCapacity from "@effect-pinecone/schema/ReadCapacity"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { TestClock, timed } from "../../../../scripts/testing/clock.js"
import * as PineconeLocal from "../../src/PineconeLocal.js"
import { ask, askAt } from "../utils/ask.js"
import { createIndex, failure, freshName, inProcess, inProcessGrpc, pods, withServices } from "../utils/pinecone.js"

const slowly = withServices(inProcess({ slowLifecycle: "10 seconds" }))

/** Pods are made by an older version of the API alone. */
const slowly2026_04 = withServices(inProcess({ slowLifecycle: "10 seconds" }, { apiVersion: "2026-04" }))

/** What a call of the SDK gives, as the test's clock goes on. */
const later = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.map(timed(effect, "1 second"), ([given]) => given)

/** An index that is ready. */
const readyIndex = (options: Parameters<typeof createIndex>[0] = {}) =>
  Effect.gen(function*() {
    const indexes = yield* Indexes.Indexes
    const { name } = yield* createIndex(options)
    return yield* later(indexes.waitUntilReady(name))
  })

const stateOf = (name: string) =>
  Effect.flatMap(
    Indexes.Indexes,
    (indexes) => Effect.map(indexes.describe(name), ({ status }) => [status.ready, status.state] as const)
  )

const capacityOf = (name: string) =>
  Effect.flatMap(Indexes.Indexes, (indexes) =>
    Effect.map(indexes.describe(name), ({ spec }) => {
      const { currentReplicas, currentShards, state } = spec.serverless!.readCapacity!.status
      return [state, currentReplicas, currentShards]
    }))

const dedicated = (options: Omit<Parameters<typeof ReadCapacity.dedicated>[0], "nodeType">, nodeType = "b1") =>
  ReadCapacity.dedicated({ nodeType, ...options })

const inServerless = (readCapacity: ReadCapacity.ReadCapacity) =>
  IndexSpec.serverless({ cloud: "aws", region: "us-east-1", readCapacity })

const record = { id: "a", values: [1, 2, 3] }

describe("slowLifecycle", () => {
  for (const [protocol, client] of [["HTTP", inProcess], ["gRPC", inProcessGrpc]] as const) {
    it.effect(`an index is initializing, and does not serve, until it is ready, over ${protocol}`, () =>
      Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        const created = yield* createIndex()
        assert.deepStrictEqual(created.status, { ready: false, state: "Initializing" })
        const index = yield* VectorIndex.make({ host: created.host })
        yield* TestClock.adjust("9999 millis")
        assert.deepStrictEqual(yield* stateOf(created.name), [false, "Initializing"])
        const [listed] = yield* indexes.list
        assert.deepStrictEqual(listed?.status, created.status)
        const { message } = yield* failure("PineconeServiceUnavailable")(index.upsert([record]))
        assert.include(message, `Index ${created.name} is not ready: its state is Initializing`)
        yield* TestClock.adjust("1 millis")
        assert.deepStrictEqual(yield* stateOf(created.name), [true, "Ready"])
        assert.strictEqual((yield* index.upsert([record])).upsertedCount, 1)
      }).pipe(Effect.provide(withServices(client({ slowLifecycle: "10 seconds" })))))
  }

  it.effect("is waited for: waitUntilReady, ensure, waitUntilGone", () =>
    Effect.gen(function*() {
      const indexes = yield* Indexes.Indexes
      const { name } = yield* createIndex()
      const [ready, waited] = yield* timed(indexes.waitUntilReady(name), "1 second")
      assert.strictEqual(ready.status.state, "Ready")
      assert.isAtLeast(waited, 10_000)
      const options = { name: freshName(), dimension: 3, spec: inServerless(ReadCapacity.onDemand) }
      assert.strictEqual((yield* later(indexes.ensure(options))).status.state, "Ready")
      yield* indexes.delete(name)
      const [, untilGone] = yield* timed(indexes.waitUntilGone(name), "1 second")
      assert.isAtLeast(untilGone, 10_000)
      yield* failure("PineconeNotFound")(indexes.describe(name))
    }).pipe(Effect.provide(slowly)))

  it.effect("an index that is deleted is terminating, and its name taken, until it is gone", () =>
    Effect.gen(function*() {
      const indexes = yield* Indexes.Indexes
      const { host, name } = yield* readyIndex()
      const index = yield* VectorIndex.make({ host })
      yield* index.upsert([record])
      yield* indexes.configure(name, { deletionProtection: "enabled" })
      yield* failure("PineconeForbidden")(indexes.delete(name))
      assert.deepStrictEqual(yield* stateOf(name), [true, "Ready"])
      yield* indexes.configure(name, { deletionProtection: "disabled" })
      yield* indexes.delete(name)
      yield* TestClock.adjust("9999 millis")
      assert.deepStrictEqual(yield* stateOf(name), [false, "Terminating"])
      yield* failure("PineconeAlreadyExists")(createIndex({ name }))
      yield* failure("PineconeNotFound")(index.query({ vector: [1, 2, 3], topK: 1 }))
      yield* failure("PineconeInvalidRequest")(indexes.configure(name, { tags: { a: "b" } }))
      const backups = yield* Backups.Backups
      yield* failure("PineconeInvalidRequest")(backups.create(name))
      yield* indexes.delete(name)
      yield* TestClock.adjust("1 millis")
      yield* failure("PineconeNotFound")(indexes.describe(name))
      assert.deepStrictEqual((yield* indexes.list).map((one) => one.name), [])
      const again = yield* createIndex({ name })
      assert.strictEqual(again.status.state, "Initializing")
      yield* later(indexes.waitUntilReady(name))
      const fresh = yield* VectorIndex.make({ host: again.host })
      assert.strictEqual((yield* fresh.describeIndexStats()).totalVectorCount, 0)
    }).pipe(Effect.provide(slowly)))

  it.effect("one that is initializing can be deleted, and of many of one name one is made", () =>
    Effect.gen(function*() {
      const indexes = yield* Indexes.Indexes
      const { name } = yield* createIndex()
      yield* failure("PineconeAlreadyExists")(createIndex({ name }))
      assert.deepStrictEqual(yield* stateOf(name), [false, "Initializing"])
      yield* indexes.delete(name)
      assert.deepStrictEqual(yield* stateOf(name), [false, "Terminating"])
      yield* TestClock.adjust("10 seconds")
      const results = yield* Effect.all(
        Array.from({ length: 4 }, () => Effect.either(createIndex({ name }))),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(results.map(({ _tag }) => _tag).sort(), ["Left", "Left", "Left", "Right"])
    }).pipe(Effect.provide(slowly)))

  it.effect("pods scale", () =>
    Effect.gen(function*() {
      const indexes = yield* Indexes.Indexes
      const { host, name } = yield* readyIndex({ spec: pods })
      const index = yield* VectorIndex.make({ host })
      const changes = [
        [{ replicas: 3 }, "ScalingUp"],
        [{ replicas: 1 }, "ScalingDown"],
        [{ podType: "p1.x4" }, "ScalingUpPodSize"]
      ] as const
      for (const [pod, state] of changes) {
        assert.deepStrictEqual((yield* indexes.configure(name, { spec: { pod } })).status, { ready: true, state })
        yield* index.upsert([record])
        yield* TestClock.adjust("10 seconds")
        assert.deepStrictEqual(yield* stateOf(name), [true, "Ready"])
      }
      const tagged = yield* indexes.configure(name, { tags: { a: "b" } })
      assert.strictEqual(tagged.status.state, "Ready")
    }).pipe(Effect.provide(slowly2026_04)))

  it.effect("dedicated nodes come with the index, and change", () =>
    Effect.gen(function*() {
      const indexes = yield* Indexes.Indexes
      const { name } = yield* createIndex({ spec: inServerless(dedicated({ replicas: 2 })) })
      assert.deepStrictEqual(yield* capacityOf(name), ["Migrating", undefined, undefined])
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(yield* capacityOf(name), ["Ready", 2, 1])
      const change = (readCapacity: ReadCapacity.ReadCapacity) =>
        indexes.configure(name, { spec: { serverless: { readCapacity } } })
      yield* change(dedicated({ replicas: 3, shards: 2 }))
      assert.deepStrictEqual(yield* capacityOf(name), ["Scaling", 2, 1])
      assert.deepStrictEqual(yield* stateOf(name), [true, "Ready"])
      yield* failure("PineconeForbidden")(change(dedicated({ replicas: 1 })))
      yield* indexes.configure(name, { tags: { a: "b" } })
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(yield* capacityOf(name), ["Ready", 3, 2])
      yield* change(dedicated({ replicas: 3, shards: 2 }, "t1"))
      assert.deepStrictEqual(yield* capacityOf(name), ["Migrating", undefined, undefined])
      yield* TestClock.adjust("10 seconds")
      yield* change(ReadCapacity.onDemand)
      assert.deepStrictEqual(yield* capacityOf(name), ["Migrating", undefined, undefined])
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(yield* capacityOf(name), ["Ready", undefined, undefined])
    }).pipe(Effect.provide(slowly)))

  it.effect("what there is of the nodes is null on the wire until they are there", () =>
    Effect.gen(function*() {
      const read_capacity = {
        mode: "Dedicated",
        dedicated: { node_type: "b1", scaling: "Manual", manual: { replicas: 2, shards: 1 } }
      }
      const spec = { serverless: { cloud: "aws", region: "us-east-1", read_capacity } }
      const { told } = yield* ask("POST", "/indexes", { body: { name: "movies", dimension: 3, spec } })
      assert.deepStrictEqual(told.spec.serverless.read_capacity, {
        ...read_capacity,
        status: { state: "Migrating", current_replicas: null, current_shards: null }
      })
      const stats = yield* askAt(told.host)("POST", "/describe_index_stats", { body: {} })
      assert.deepStrictEqual([stats.status, stats.told.code], [503, 14])
    }).pipe(Effect.provide(PineconeLocal.layerHttpClient({ slowLifecycle: "1 minute" }))))

  it.effect("a backup and its restore take their time", () =>
    Effect.gen(function*() {
      const indexes = yield* Indexes.Indexes
      const backups = yield* Backups.Backups
      const jobs = yield* RestoreJobs.RestoreJobs
      const { host, name } = yield* readyIndex()
      const index = yield* VectorIndex.make({ host })
      yield* index.upsert([record])
      const created = yield* backups.create(name)
      const { backupId } = created
      assert.deepStrictEqual([created.status, created.recordCount], ["Initializing", undefined])
      yield* index.upsert([{ ...record, id: "b" }])
      const restored = freshName()
      const early = yield* failure("PineconePreconditionFailed")(indexes.createFromBackup({ backupId, name: restored }))
      assert.include(early.message, `Backup ${backupId} is not completed`)
      yield* failure("PineconeNotFound")(indexes.describe(restored))
      const [ready, waited] = yield* timed(backups.waitUntilReady(backupId), "1 second")
      assert.deepStrictEqual([ready.status, ready.recordCount], ["Ready", 1])
      assert.isAtLeast(waited, 10_000)

      const { restoreJobId } = yield* indexes.createFromBackup({ backupId, name: restored })
      const seen = Effect.map(jobs.describe(restoreJobId), (job) => [job.status, job.percentComplete, job.completedAt])
      assert.deepStrictEqual(yield* seen, ["Pending", 0, undefined])
      assert.deepStrictEqual(yield* stateOf(restored), [false, "Initializing"])
      yield* failure("PineconeAlreadyExists")(createIndex({ name: restored }))
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(yield* seen, ["InProgress", 50, undefined])
      assert.deepStrictEqual(yield* stateOf(restored), [false, "Initializing"])
      const pending = yield* failure("PineconePreconditionFailed")(backups.delete(backupId))
      assert.include(
        pending.message,
        `Unable to delete backup. There are pending restore jobs for this backup: ['${restoreJobId}']`
      )
      const completed = yield* later(jobs.waitUntilCompleted(restoreJobId))
      assert.deepStrictEqual([completed.status, completed.percentComplete], ["Completed", 100])
      assert.strictEqual(completed.completedAt!.getTime() - completed.createdAt!.getTime(), 20_000)
      const model = yield* later(indexes.waitUntilReady(restored))
      const copy = yield* VectorIndex.make({ host: model.host })
      assert.strictEqual((yield* copy.describeIndexStats()).totalVectorCount, 1)
      yield* backups.delete(backupId)
      yield* failure("PineconeNotFound")(backups.describe(backupId))
    }).pipe(Effect.provide(slowly)))

  it.effect("a collection takes its time, and keeps its index", () =>
    Effect.gen(function*() {
      const indexes = yield* Indexes.Indexes
      const collections = yield* Collections.Collections
      const { host, name } = yield* readyIndex({ spec: pods })
      const index = yield* VectorIndex.make({ host })
      yield* index.upsert([record])
      const created = yield* collections.create({ name: "copy", source: name })
      assert.deepStrictEqual([created.status, created.vectorCount], ["Initializing", undefined])
      const early = yield* failure("PineconePreconditionFailed")(indexes.delete(name))
      assert.include(
        early.message,
        "Unable to delete an index. There are pending collections for this index: ['copy']"
      )
      const spec = IndexSpec.pod({ environment: "us-east1-gcp", podType: "p1.x1", sourceCollection: "copy" })
      yield* failure("PineconeInvalidRequest")(createIndex({ spec }))
      const ready = yield* later(collections.waitUntilReady("copy"))
      assert.deepStrictEqual([ready.status, ready.vectorCount], ["Ready", 1])
      yield* indexes.delete(name)
      assert.strictEqual((yield* createIndex({ spec })).status.state, "Initializing")
    }).pipe(Effect.provide(slowly2026_04)))

  it.scoped("what is under way goes on after a restart, and is done by a server without it", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const data = yield* fs.makeTempDirectoryScoped({ prefix: "lifecycle-" })
      const started = (slowLifecycle?: "10 seconds") => withServices(inProcess({ data, slowLifecycle }))
      const states = Effect.flatMap(
        Indexes.Indexes,
        (indexes) => Effect.map(indexes.list, (all) => all.map(({ name, status }) => `${name} ${status.state}`).sort())
      )
      const spec = inServerless(dedicated({ replicas: 2 }))

      /** Whether the folder has data of an index. */
      const has = (id: string) =>
        Effect.map(fs.readDirectory(data, { recursive: true }), (names) => names.some((name) => name.includes(id)))

      const going = yield* Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        yield* createIndex({ name: "gone" })
        const going = yield* createIndex({ name: "going" })
        yield* createIndex({ name: "kept" })
        yield* TestClock.adjust("10 seconds")
        yield* indexes.delete("gone")
        yield* TestClock.adjust("5 seconds")
        yield* indexes.delete("going")
        yield* createIndex({ name: "new", spec })
        assert.deepStrictEqual(yield* states, [
          "going Terminating",
          "gone Terminating",
          "kept Ready",
          "new Initializing"
        ])
        return new URL(going.host).hostname.split(".")[0]!
      }).pipe(Effect.provide(started("10 seconds")))
      assert.isTrue(yield* has(going))

      yield* TestClock.adjust("5 seconds")
      yield* Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        assert.deepStrictEqual(yield* states, ["going Terminating", "kept Ready", "new Initializing"])
        assert.deepStrictEqual(yield* capacityOf("new"), ["Migrating", undefined, undefined])
        yield* TestClock.adjust("5 seconds")
        assert.deepStrictEqual(yield* states, ["kept Ready", "new Ready"])
        // What is not to be seen any more is taken away too, as soon as the disk has done it.
        yield* Effect.repeat(has(going), { while: (found) => found })
        assert.deepStrictEqual(yield* capacityOf("new"), ["Ready", 2, 1])
        yield* indexes.delete("kept")
        yield* createIndex({ name: "newest" })
        assert.deepStrictEqual(yield* states, ["kept Terminating", "new Ready", "newest Initializing"])
      }).pipe(Effect.provide(started("10 seconds")))

      yield* Effect.gen(function*() {
        assert.deepStrictEqual(yield* states, ["new Ready", "newest Ready"])
        assert.strictEqual((yield* createIndex({ name: "kept" })).status.state, "Ready")
      }).pipe(Effect.provide(started()))
    }).pipe(Effect.provide(NodeContext.layer)))

  it.effect("a server ends while something is under way", () =>
    Effect.gen(function*() {
      yield* Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        const { name } = yield* createIndex()
        yield* indexes.delete(name)
      }).pipe(Effect.provide(slowly))
    }))
})
