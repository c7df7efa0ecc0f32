import type * as BackupSchedule from "@effect-pinecone/schema/BackupSchedule"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as calendar from "./calendar.js"
import * as documents from "./documents.js"
import * as problem from "./problem.js"
import type { BackupDocument, LiveIndex } from "./project.js"
import { ProjectTag, uuid } from "./project.js"
import { StoreTag } from "./store.js"

/** A schedule as it is kept. Times are in milliseconds. */
export interface Schedule {
  readonly id: string
  readonly name: string
  readonly indexId: string
  readonly frequency: calendar.Frequency
  readonly expireAfterDays: number
  readonly enabled: boolean
  readonly createdAt: number
  /** The time that the others are counted from. */
  readonly anchor: number
  /** When it runs next, if it is enabled. */
  readonly next: number
}

/** A run that has failed: there is no backup of it. */
export interface FailedRun {
  readonly id: string
  readonly scheduleId: string
  readonly at: number
  readonly expires: number
}

/** The schedules of the backups of a server. */
export interface BackupSchedules {
  readonly list: (index: LiveIndex) => Effect.Effect<ReadonlyArray<Schedule>>
  readonly describe: (id: string) => Effect.Effect<Schedule, problem.Problem>
  readonly create: (
    index: LiveIndex,
    options: Pick<Schedule, "name" | "frequency" | "expireAfterDays">
  ) => Effect.Effect<Schedule, problem.Problem>
  readonly update: (
    id: string,
    change: { readonly [K in "frequency" | "expireAfterDays" | "enabled"]?: Schedule[K] | undefined }
  ) => Effect.Effect<Schedule, problem.Problem>
  readonly remove: (id: string) => Effect.Effect<void, problem.Problem>
  /** What a schedule has made and is to make, the oldest first. */
  readonly history: (id: string) => Effect.Effect<ReadonlyArray<BackupSchedule.HistoryItem>, problem.Problem>
}

export class BackupSchedulesTag
  extends Context.Tag("@effect-pinecone/local/internal/BackupSchedules")<BackupSchedulesTag, BackupSchedules>()
{}

const day = Duration.toMillis("1 day")

/** What takes longer than a timer can be set to is waited for in parts. */
const longestWait = day

/** What could not be done at its time is tried again. */
const untilRepeated = Duration.toMillis("1 minute")

const alreadyEnabled = problem.alreadyExists(
  "This index already has an enabled backup schedule. Disable or delete it first."
)

const make: Effect.Effect<BackupSchedules, problem.Problem, StoreTag | ProjectTag | Scope.Scope> = Effect.gen(
  function*() {
    const store = yield* StoreTag
    const project = yield* ProjectTag
    const schedules = yield* documents.open<Schedule>(store, "backup-schedule", ({ id }) => id)
    const failures = yield* documents.open<FailedRun>(store, "backup-schedule-failure", ({ id }) => id)
    const one = (yield* Effect.makeSemaphore(1)).withPermits(1)
    const changing = <A, E>(effect: Effect.Effect<A, E>) => one(Effect.uninterruptible(effect))
    /** Tells who waits for the next time that there may be another one. */
    const changed = yield* Queue.sliding<void>(1)

    const indexOf = ({ indexId }: Schedule): Effect.Effect<LiveIndex | undefined> =>
      Effect.map(project.indexes, (all) => all.find(({ document }) => document.id === indexId))

    /** The schedule of an index that is there: those of others go with it. */
    const find = (id: string): Effect.Effect<readonly [Schedule, LiveIndex], problem.Problem> =>
      Effect.gen(function*() {
        const schedule = schedules.get(id)
        const index = schedule === undefined ? undefined : yield* indexOf(schedule)
        return schedule === undefined || index === undefined
          ? yield* problem.notFound(`Backup schedule ${id} not found.`)
          : [schedule, index]
      })

    const ofIndex = (indexId: string) =>
      Effect.map(schedules.all, (all) => all.filter((schedule) => schedule.indexId === indexId))

    const refuseSecond = (indexId: string, id?: string): Effect.Effect<void, problem.Problem> =>
      Effect.flatMap(
        ofIndex(indexId),
        (all) => all.some((other) => other.enabled && other.id !== id) ? alreadyEnabled : Effect.void
      )

    const keep = (schedule: Schedule) =>
      Effect.as(Effect.andThen(schedules.put(schedule), Queue.offer(changed, undefined)), schedule)

    /** Backs up at a time of a schedule, unless that was done before the server ended. */
    const backUp = (schedule: Schedule, index: LiveIndex, due: number) =>
      Effect.gen(function*() {
        const { expireAfterDays, id: scheduleId, name } = schedule
        const made = (yield* project.backups).some(({ scheduled }) =>
          scheduled?.scheduleId === scheduleId && scheduled.due === due
        )
        if (made) return
        const at = yield* Clock.currentTimeMillis
        const expires = at + expireAfterDays * day
        yield* Effect.catchAll(
          project.createBackup(index, { name, scheduled: { scheduleId, due, expires } }),
          ({ message }) =>
            Effect.andThen(
              Effect.logWarning(
                `The backup schedule "${name}" of the index "${index.document.model.name}": ${message}`
              ),
              Effect.flatMap(uuid, (id) => failures.put({ id, scheduleId, at, expires }))
            )
        )
      })

    /** However many of its times have passed meanwhile, it runs once. */
    const run = (schedule: Schedule) =>
      changing(Effect.gen(function*() {
        // It may have been changed while others ran.
        const current = schedules.get(schedule.id)
        const now = yield* Clock.currentTimeMillis
        if (current === undefined || !current.enabled || current.next > now) return
        const index = yield* indexOf(current)
        if (index === undefined) return yield* schedules.remove(current.id)
        yield* backUp(current, index, current.next)
        yield* schedules.put({ ...current, next: calendar.after(current.anchor, current.frequency, now) })
      }))

    /** Backups are deleted when their time is over; one that a restore job needs, later. */
    const expire = (now: number) =>
      Effect.gen(function*() {
        for (const { model, scheduled } of yield* project.backups) {
          if (scheduled !== undefined && scheduled.expires <= now) {
            yield* Effect.ignore(project.deleteBackup(model.backupId))
          }
        }
        for (const { expires, id } of yield* failures.all) if (expires <= now) yield* failures.remove(id)
      })

    const pass = Effect.gen(function*() {
      const now = yield* Clock.currentTimeMillis
      for (const schedule of yield* schedules.all) {
        if ((yield* indexOf(schedule)) === undefined) yield* schedules.remove(schedule.id)
        else if (schedule.enabled && schedule.next <= now) yield* run(schedule)
      }
      yield* expire(now)
    }).pipe(Effect.catchAll(({ message }) => Effect.logError(`Scheduled backups: ${message}`)))

    const wait = Effect.gen(function*() {
      const now = yield* Clock.currentTimeMillis
      const times = [
        ...(yield* schedules.all).flatMap(({ enabled, next }) => enabled ? [next] : []),
        ...(yield* project.backups).flatMap(({ scheduled }) => scheduled === undefined ? [] : [scheduled.expires]),
        ...(yield* failures.all).map(({ expires }) => expires)
      ]
      if (times.length === 0) return yield* Queue.take(changed)
      const first = times.reduce((a, b) => Math.min(a, b))
      const millis = first > now ? Math.min(longestWait, first - now) : untilRepeated
      yield* Effect.raceFirst(Effect.sleep(millis), Queue.take(changed))
    })

    yield* Effect.forkScoped(Effect.interruptible(Effect.forever(Effect.andThen(pass, wait))))

    const itemOf = (schedule: Schedule, { document: { model } }: LiveIndex) => {
      const { cloud, region } = model.spec.serverless ?? { cloud: "", region: "" }
      return {
        sourceIndexId: schedule.indexId,
        sourceIndexName: model.name,
        tags: model.tags,
        name: schedule.name,
        cloud,
        region,
        schema: model.schema
      }
    }

    const backupItem = ({ model }: BackupDocument, { name }: Schedule): BackupSchedule.HistoryItem => {
      const { createdAt, dimension: _, metric: __, sourceIndexDeletedAt: ___, ...rest } = model
      return { ...rest, name: model.name ?? name, createdAt: new Date(createdAt ?? 0) }
    }

    return {
      list: ({ document }) => ofIndex(document.id),
      describe: (id) => Effect.map(find(id), ([schedule]) => schedule),
      create: (index, options) =>
        changing(Effect.gen(function*() {
          const { id: indexId, model } = index.document
          if (model.spec.pod !== undefined) {
            return yield* problem.badRequest("Backup schedules are of serverless indexes; this one is on pods.")
          }
          yield* refuseSecond(indexId)
          const createdAt = yield* Clock.currentTimeMillis
          return yield* keep({
            ...options,
            id: yield* uuid,
            indexId,
            enabled: true,
            createdAt,
            anchor: createdAt,
            next: calendar.after(createdAt, options.frequency, createdAt)
          })
        })),
      update: (id, { enabled, expireAfterDays, frequency }) =>
        changing(Effect.gen(function*() {
          const [old, index] = yield* find(id)
          const now = yield* Clock.currentTimeMillis
          const isEnabledAgain = enabled === true && !old.enabled
          if (isEnabledAgain) yield* refuseSecond(old.indexId, id)
          const anchor = isEnabledAgain ? now : old.anchor
          const next: Schedule = {
            ...old,
            enabled: enabled ?? old.enabled,
            expireAfterDays: expireAfterDays ?? old.expireAfterDays,
            frequency: frequency ?? old.frequency,
            anchor,
            next: isEnabledAgain || frequency !== undefined
              ? calendar.after(anchor, frequency ?? old.frequency, now)
              : old.next
          }
          const kept = yield* keep(next)
          if (isEnabledAgain) yield* backUp(kept, index, now)
          return kept
        })),
      remove: (id) =>
        changing(Effect.flatMap(
          find(id),
          () => Effect.andThen(schedules.remove(id), Queue.offer(changed, undefined))
        )),
      history: (id) =>
        Effect.gen(function*() {
          const [schedule, index] = yield* find(id)
          const own = (yield* project.backups).filter(({ scheduled }) => scheduled?.scheduleId === id)
          const failed = (yield* failures.all).filter(({ scheduleId }) => scheduleId === id)
          const about = itemOf(schedule, index)
          const past: ReadonlyArray<BackupSchedule.HistoryItem> = [
            ...own.map((backup) => backupItem(backup, schedule)),
            ...failed.map(({ at, id: backupId }) => ({
              ...about,
              backupId,
              status: "InitializationFailed",
              createdAt: new Date(at)
            }))
          ].sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime())
          if (!schedule.enabled) return past
          const scheduled = {
            ...about,
            backupId: `${id}-${schedule.next}`,
            status: "Scheduled",
            createdAt: new Date(yield* Clock.currentTimeMillis),
            scheduledExecutionAt: new Date(schedule.next)
          }
          return [...past, scheduled]
        })
    }
  }
)

/** The schedules of a server, which run until it ends. */
export const layer: Layer.Layer<BackupSchedulesTag, problem.Problem, StoreTag | ProjectTag> = Layer.scoped(
  BackupSchedulesTag,
  make
)
