/** Schedules of backups, on the clock of a test. */
import * as Backups from "@effect-pinecone/control-plane/Backups"
import * as BackupSchedules from "@effect-pinecone/control-plane/BackupSchedules"
import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { TestClock } from "../../../scripts/testing/clock.js"
import * as PineconeLocal from "../src/PineconeLocal.js"
import { ask } from "./utils/ask.js"
import { collect, createIndex, failure, inProcess, pods, withServices } from "./utils/pinecone.js"

const services = Effect.all({
  backups: Backups.Backups,
  indexes: Indexes.Indexes,
  schedules: BackupSchedules.BackupSchedules
})

const daily = { name: "nightly", frequency: "daily", expireAfterDays: 2 } as const

const day = (date: number) => new Date(date * 86_400_000)

/** Lets files be written. */
const turn = Effect.async<void>((resume) => {
  setImmediate(() => resume(Effect.void))
})

const passing = (duration: `${number} days` | `${number} hours`) =>
  Effect.zipRight(TestClock.adjust(duration), Effect.repeatN(turn, 20))

/** What the clock has started is done when there is what it makes. */
const until = <A, E, R>(look: Effect.Effect<A, E, R>, isDone: (found: A) => boolean): Effect.Effect<A, E, R> =>
  Effect.repeat(Effect.zipRight(turn, look), { until: isDone })

const statusesOf = (scheduleId: string) =>
  Effect.flatMap(
    BackupSchedules.BackupSchedules,
    ({ history }) => Effect.map(history(scheduleId), ({ items }) => items.map(({ status }) => status))
  )

/** The statuses of a history, once it has so many items. */
const historyOf = (scheduleId: string, count: number) =>
  until(statusesOf(scheduleId), (statuses) => statuses.length === count)

/** The first backup of an index. */
const backupOf = (indexName: string) =>
  Effect.flatMap(Backups.Backups, ({ list }) =>
    Effect.map(
      until(list({ indexName }), ({ backups }) => backups.length > 0),
      ({ backups }) => backups[0]!
    ))

const inMemory = Effect.provide(withServices(inProcess()))

describe("a schedule of backups", () => {
  it.effect("runs at its time, expires what it has made, and shows its history", () =>
    Effect.gen(function*() {
      const { backups, schedules } = yield* services
      const { name } = yield* createIndex()
      const index = yield* VectorIndex.make({ name })
      yield* index.upsert([{ id: "a", values: [1, 2, 3] }])
      const made = yield* schedules.create(name, daily)
      assert.deepInclude(made, {
        name: "nightly",
        scheduleType: "time-based",
        frequency: "daily",
        retentionExpireAfterDays: 2,
        enabled: true,
        nextScheduledRun: day(1),
        createdAt: day(0)
      })
      const [coming, ...others] = (yield* schedules.history(made.scheduleId)).items
      assert.deepStrictEqual(others, [])
      assert.deepInclude(coming, { status: "Scheduled", scheduledExecutionAt: day(1), sourceIndexName: name })
      yield* passing("23 hours")
      assert.deepStrictEqual((yield* backups.list({ indexName: name })).backups, [])
      yield* passing("1 hours")
      const first = yield* backupOf(name)
      assert.deepInclude(first, { name: "nightly", status: "Ready", recordCount: 1, sourceIndexId: made.indexId })
      const next = until(schedules.describe(made.scheduleId), ({ nextScheduledRun }) => nextScheduledRun! > day(1))
      assert.deepStrictEqual((yield* next).nextScheduledRun, day(2))
      yield* passing("1 days")
      assert.deepStrictEqual(yield* historyOf(made.scheduleId, 3), ["Scheduled", "Ready", "Ready"])
      const shown = yield* collect(schedules.historyStream(made.scheduleId, { limit: 1 }))
      assert.deepStrictEqual(shown.map(({ status }) => status), ["Scheduled", "Ready", "Ready"])
      assert.deepInclude(shown[2], { backupId: first.backupId, name: "nightly", createdAt: day(1), recordCount: 1 })
      // The first one is two days old by the third run.
      yield* passing("1 days")
      const ids = Effect.map(backups.list(), ({ backups }) => backups.map(({ createdAt }) => Date.parse(createdAt!)))
      const left = yield* until(ids, (all) => all.includes(day(3).getTime()) && all.length === 2)
      assert.deepStrictEqual(left, [day(3).getTime(), day(2).getTime()])
      yield* failure("PineconeNotFound")(backups.describe(first.backupId))
      assert.deepStrictEqual(yield* statusesOf(made.scheduleId), ["Scheduled", "Ready", "Ready"])
    }).pipe(inMemory))

  it.effect("is restored like any other backup", () =>
    Effect.gen(function*() {
      const { indexes, schedules } = yield* services
      const { name } = yield* createIndex()
      yield* (yield* VectorIndex.make({ name })).upsert([{ id: "a", values: [1, 2, 3] }])
      yield* schedules.create(name, daily)
      yield* passing("1 days")
      const backup = yield* backupOf(name)
      yield* indexes.createFromBackup({ backupId: backup.backupId, name: "restored" })
      assert.deepStrictEqual((yield* (yield* VectorIndex.make({ name: "restored" })).list()).ids, ["a"])
    }).pipe(inMemory))

  it.effect("is the only enabled one of its index; enabled again, it runs at once and counts from then", () =>
    Effect.gen(function*() {
      const { schedules } = yield* services
      const { name } = yield* createIndex()
      const first = yield* schedules.create(name, daily)
      const second = yield* failure("PineconeAlreadyExists")(schedules.create(name, { ...daily, name: "other" }))
      assert.include(second.message, "This index already has an enabled backup schedule. Disable or delete it first.")
      const disabled = yield* schedules.disable(first.scheduleId)
      assert.deepInclude(disabled, { enabled: false, nextScheduledRun: null })
      assert.deepStrictEqual(yield* statusesOf(first.scheduleId), [])
      yield* passing("36 hours")
      assert.deepStrictEqual(yield* statusesOf(first.scheduleId), [])
      const other = yield* schedules.create(name, { ...daily, name: "other" })
      yield* failure("PineconeAlreadyExists")(schedules.enable(first.scheduleId))
      yield* schedules.delete(other.scheduleId)
      yield* failure("PineconeNotFound")(schedules.describe(other.scheduleId))
      const enabled = yield* schedules.enable(first.scheduleId)
      assert.deepStrictEqual(enabled.nextScheduledRun, day(2.5))
      assert.deepStrictEqual(yield* statusesOf(first.scheduleId), ["Scheduled", "Ready"])
      const weekly = yield* schedules.update(first.scheduleId, { frequency: "weekly", expireAfterDays: 30 })
      assert.deepInclude(weekly, { frequency: "weekly", retentionExpireAfterDays: 30, nextScheduledRun: day(8.5) })
      const listed = yield* collect(schedules.listStream(name, { limit: 1 }))
      assert.deepStrictEqual(listed, [weekly])
    }).pipe(inMemory))

  it.effect("goes with its index, whose backups are kept until they expire", () =>
    Effect.gen(function*() {
      const { backups, indexes, schedules } = yield* services
      const { name } = yield* createIndex({ name: "movies" })
      const { scheduleId } = yield* schedules.create(name, daily)
      yield* passing("1 days")
      const backup = yield* backupOf(name)
      yield* indexes.delete(name)
      yield* failure("PineconeNotFound")(schedules.describe(scheduleId))
      yield* failure("PineconeNotFound")(backups.list({ indexName: name }))
      const kept = yield* backups.describe(backup.backupId)
      assert.strictEqual(Date.parse(kept.sourceIndexDeletedAt!), day(1).getTime())
      const { backups: deleted } = yield* backups.list({ indexName: name, includeDeleted: true })
      assert.deepStrictEqual(deleted, [kept])
      // An index of the same name is another one.
      yield* createIndex({ name: "movies" })
      assert.deepStrictEqual((yield* backups.list({ indexName: name })).backups, [])
      yield* passing("2 days")
      yield* until(backups.list(), ({ backups }) => backups.length === 0)
    }).pipe(inMemory))

  it.effect("is refused for pods, and where its input is wrong", () =>
    Effect.gen(function*() {
      const { schedules } = yield* services
      const { name } = yield* createIndex()
      for (
        const [field, wrong] of [
          ["name", { ...daily, name: "Not This" }],
          ["frequency", { ...daily, frequency: "hourly" }],
          ["expireAfterDays", { ...daily, expireAfterDays: 0 }]
        ] as const
      ) {
        const refused = yield* failure("PineconeInvalidRequest")(schedules.create(name, wrong))
        assert.deepStrictEqual([refused.attempts, refused.field], [0, field])
      }
      const tooLong = yield* failure("PineconeInvalidRequest")(
        schedules.create(name, { ...daily, expireAfterDays: 99999 })
      )
      assert.strictEqual(tooLong.status, 400)
      yield* failure("PineconeNotFound")(schedules.create("none", daily))
      yield* failure("PineconeNotFound")(schedules.history("none"))
    }).pipe(inMemory))

  it.effect("needs a client of a version that has it", () =>
    Effect.gen(function*() {
      const { schedules } = yield* services
      const { name } = yield* createIndex({ spec: pods })
      const refused = yield* failure("PineconeInvalidRequest")(schedules.create(name, daily))
      assert.deepStrictEqual([refused.attempts, refused.field], [0, "apiVersion"])
    }).pipe(Effect.provide(withServices(inProcess({}, { apiVersion: "2026-04" })))))

  it.scoped("runs once for all that was due while the server was not there", () =>
    Effect.gen(function*() {
      const data = yield* Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())
      const server = Effect.provide(withServices(inProcess({ data })))
      const { scheduleId } = yield* Effect.gen(function*() {
        const { schedules } = yield* services
        const { name } = yield* createIndex()
        return yield* schedules.create(name, { ...daily, expireAfterDays: 30 })
      }).pipe(server)
      yield* TestClock.adjust("84 hours")
      yield* Effect.gen(function*() {
        assert.deepStrictEqual(yield* historyOf(scheduleId, 2), ["Scheduled", "Ready"])
        const { schedules } = yield* services
        const next = until(schedules.describe(scheduleId), ({ nextScheduledRun }) => nextScheduledRun! > day(3))
        assert.deepStrictEqual((yield* next).nextScheduledRun, day(4))
      }).pipe(server)
      const sets = () => readdirSync(join(data, "sets")).filter((name) => name.endsWith(".db")).length
      assert.strictEqual(sets(), 2)
      yield* TestClock.adjust("60 days")
      yield* Effect.gen(function*() {
        const { backups } = yield* services
        const ages = Effect.map(backups.list(), ({ backups }) => backups.map(({ createdAt }) => Date.parse(createdAt!)))
        assert.deepStrictEqual(yield* until(ages, (all) => all.every((at) => at > day(30).getTime())), [
          day(63.5).getTime()
        ])
      }).pipe(server)
      // The expired one is not on the disk any more.
      assert.strictEqual(sets(), 2)
    }).pipe(Effect.provide(NodeContext.layer)))

  layer(PineconeLocal.layerChannel(), { excludeTestServices: true })("on the wire", (it) => {
    const version = "2026-07"
    const serverless = { serverless: { cloud: "aws", region: "us-east-1" } }

    it.effect("is as the definition has it, and backups of deleted indexes are listed where they are asked for", () =>
      Effect.gen(function*() {
        const body = { name: "wired", dimension: 3, spec: serverless }
        yield* ask("POST", "/indexes", { body })
        const path = "/indexes/wired/backup-schedules"
        const schedule = { type: "time-based", frequency: "monthly" }
        const wrong = { name: "a", schedule: { ...schedule, type: "event" }, retention: { expire_after_days: 1 } }
        assert.strictEqual((yield* ask("POST", path, { body: wrong, version })).status, 400)
        const hourly = { ...wrong, schedule: { ...schedule, frequency: "hourly" } }
        assert.strictEqual((yield* ask("POST", path, { body: hourly, version })).status, 400)
        assert.strictEqual((yield* ask("POST", path, { body: { name: "a" }, version })).status, 422)
        const { status, told } = yield* ask("POST", path, {
          body: { name: "a", schedule, retention: { expire_after_days: 7 } },
          version
        })
        assert.strictEqual(status, 200)
        assert.hasAllKeys(told, [
          "schedule_id",
          "name",
          "index_id",
          "project_id",
          "schedule_type",
          "frequency",
          "retention_expire_after_days",
          "enabled",
          "next_scheduled_run",
          "created_at"
        ])
        const own = `/backup-schedules/${told.schedule_id}`
        const off = yield* ask("PATCH", own, { body: { enabled: false }, version })
        assert.deepStrictEqual([off.status, off.told.next_scheduled_run], [200, null])
        assert.strictEqual((yield* ask("GET", own)).status, 404)
        assert.deepStrictEqual((yield* ask("GET", path, { version })).told.data, [off.told])
        const gone = yield* ask("DELETE", own, { version })
        assert.deepStrictEqual([gone.status, gone.told], [204, undefined])
        assert.strictEqual((yield* ask("GET", `${own}/history`, { version })).status, 404)

        yield* ask("POST", "/indexes/wired/backups", { body: {}, version })
        yield* ask("DELETE", "/indexes/wired", { version })
        const list = (query: string) => ask("GET", `/indexes/wired/backups${query}`, { version })
        assert.strictEqual((yield* list("")).status, 404)
        const deleted = yield* list("?include_deleted=true")
        assert.strictEqual(deleted.told.data.length, 1)
        assert.isNumber(Date.parse(deleted.told.data[0].source_index_deleted_at))
        yield* ask("POST", "/indexes", { body })
        assert.deepStrictEqual((yield* list("")).told.data, [])
        assert.strictEqual((yield* list("?include_deleted=true")).told.data.length, 1)
        assert.strictEqual((yield* ask("GET", "/indexes/never/backups?include_deleted=true", { version })).status, 404)
        const before = (yield* ask("GET", "/backups", { version: "2026-04" })).told.data[0]
        assert.notProperty(before, "source_index_deleted_at")
        yield* ask("POST", "/indexes", {
          body: {
            name: "podded",
            dimension: 3,
            spec: { pod: { environment: "us-east1-gcp", pod_type: "p1.x1" } }
          }
        })
        const pod = yield* ask("POST", "/indexes/podded/backup-schedules", {
          body: { name: "a", schedule, retention: { expire_after_days: 7 } },
          version
        })
        assert.strictEqual(pod.status, 400)
      }))
  })
})
