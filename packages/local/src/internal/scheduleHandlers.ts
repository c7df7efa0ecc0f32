import { ControlPlaneApi } from "@effect-pinecone/http/ControlPlaneApi"
import type * as BackupSchedule from "@effect-pinecone/schema/BackupSchedule"
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as Effect from "effect/Effect"
import type { Schedule } from "./backupSchedules.js"
import { BackupSchedulesTag } from "./backupSchedules.js"
import * as calendar from "./calendar.js"
import * as requests from "./indexRequests.js"
import { newestFirst } from "./paging.js"
import * as problem from "./problem.js"
import { ProjectTag } from "./project.js"
import { answering } from "./respond.js"
import * as standing from "./standing.js"

const answer = answering("control")

/** The one project of the server. */
const projectId = "00000000-0000-4000-a000-000000000000"

/** The longest time that a backup can be kept. */
const mostDays = 3650

const modelOf = (schedule: Schedule): BackupSchedule.BackupSchedule => ({
  scheduleId: schedule.id,
  name: schedule.name,
  indexId: schedule.indexId,
  projectId,
  scheduleType: "time-based",
  frequency: schedule.frequency,
  retentionExpireAfterDays: schedule.expireAfterDays,
  enabled: schedule.enabled,
  nextScheduledRun: schedule.enabled ? new Date(schedule.next) : null,
  createdAt: new Date(schedule.createdAt)
})

const frequencyOf = (given: string): Effect.Effect<calendar.Frequency, problem.Problem> =>
  calendar.isFrequency(given)
    ? Effect.succeed(given)
    : problem.badRequest(`frequency must be one of ${calendar.frequencies.join(", ")}, got ${JSON.stringify(given)}`)

const daysOf = (days: number): Effect.Effect<number, problem.Problem> =>
  days >= 1 && days <= mostDays
    ? Effect.succeed(days)
    : problem.badRequest(`expire_after_days must be between 1 and ${mostDays}, got ${days}`)

/** The handlers of the schedules of backups. */
export const layer = HttpApiBuilder.group(ControlPlaneApi, "backupSchedules", (handlers) =>
  Effect.gen(function*() {
    const project = yield* ProjectTag
    const schedules = yield* BackupSchedulesTag
    const own = yield* standing.StandingTag
    return handlers
      .handle("list", ({ path, urlParams }) =>
        answer(Effect.gen(function*() {
          const all = yield* schedules.list(yield* project.index(path.index_name))
          const page = yield* newestFirst(all, ({ id }) => id, urlParams)
          return { ...page, data: page.data.map(modelOf) }
        })))
      .handle("create", ({ path, payload: { name, retention, schedule } }) =>
        answer(Effect.gen(function*() {
          yield* standing.checkPaid(own)
          const index = yield* project.index(path.index_name)
          yield* requests.checkName(name)
          if (schedule.type !== "time-based") {
            return yield* problem.badRequest(`schedule.type must be time-based, got ${JSON.stringify(schedule.type)}`)
          }
          const made = yield* schedules.create(index, {
            name,
            frequency: yield* frequencyOf(schedule.frequency),
            expireAfterDays: yield* daysOf(retention.expireAfterDays)
          })
          return modelOf(made)
        })))
      .handle("describe", ({ path }) => answer(Effect.map(schedules.describe(path.schedule_id), modelOf)))
      .handle("update", ({ path, payload: { enabled, frequency, retention } }) =>
        answer(Effect.gen(function*() {
          const changed = yield* schedules.update(path.schedule_id, {
            enabled,
            frequency: frequency === undefined ? undefined : yield* frequencyOf(frequency),
            expireAfterDays: retention === undefined ? undefined : yield* daysOf(retention.expireAfterDays)
          })
          return modelOf(changed)
        })))
      .handle("delete", ({ path }) => answer(schedules.remove(path.schedule_id)))
      .handle("history", ({ path, urlParams }) =>
        answer(Effect.gen(function*() {
          return yield* newestFirst(yield* schedules.history(path.schedule_id), ({ backupId }) => backupId, urlParams)
        })))
  }))
