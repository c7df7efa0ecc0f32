import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as BackupSchedules from "effect-pinecone/BackupSchedules"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { confirmed, yes } from "../confirm.js"
import * as flags from "../flags.js"
import * as kinds from "../kinds.js"
import { usage } from "../problem.js"
import * as render from "../render.js"
import type { Connection } from "../target.js"
import { connected, connection, output } from "../target.js"
import { name as indexName } from "./index.js"

const id = Args.text({ name: "id" }).pipe(Args.withDescription("The id of the schedule."))

const common = { ...connection, output }

const every = flags.oneOf("every", "How often it makes a backup.", "day", "week", "month")

const frequencies = { day: "daily", week: "weekly", month: "monthly" } as const

const keepDays = flags.integer("keep-days", "N", "After how many days a backup of it is deleted.", 1, 36_500)

const withSchedules = <A, E, R>(
  connection: Connection,
  use: (schedules: BackupSchedules.Service) => Effect.Effect<A, E, R>
) =>
  connected(
    connection,
    Effect.provide(Effect.flatMap(BackupSchedules.BackupSchedules, use), BackupSchedules.layer)
  )

const list = Command.make(
  "list",
  { index: indexName, ...common },
  (options) =>
    withSchedules(options, (schedules) =>
      render.list(
        options.output,
        kinds.schedule,
        Stream.map(schedules.listStream(options.index), kinds.toSchedule)
      ))
).pipe(Command.withDescription("List the schedules of an index."))

const describe = Command.make(
  "describe",
  { id, ...common },
  (options) =>
    withSchedules(
      options,
      (schedules) =>
        Effect.flatMap(schedules.describe(options.id), (model) =>
          render.one(options.output, kinds.schedule, kinds.toSchedule(model)))
    )
).pipe(
  Command.withDescription("Show a schedule, and when it runs next.")
)

const create = Command.make("create", {
  index: indexName,
  name: flags.text("name", "NAME", "The name of the schedule, which its backups get too."),
  every,
  keepDays,
  ...common
}, (options) =>
  withSchedules(options, (schedules) =>
    Effect.flatMap(
      schedules.create(options.index, {
        name: options.name,
        frequency: frequencies[options.every],
        expireAfterDays: options.keepDays
      }),
      (model) => render.one(options.output, kinds.schedule, kinds.toSchedule(model))
    ))).pipe(Command.withDescription("Back up an index every day, week or month from now on."))

const update = Command.make("update", {
  id,
  every: Options.optional(every),
  keepDays: Options.optional(keepDays),
  enable: flags.toggle("enable", "Start it again: it makes a backup at once."),
  disable: flags.toggle("disable", "Stop it; its backups are kept until they expire."),
  ...common
}, (options) =>
  withSchedules(options, (schedules) =>
    Effect.gen(function*() {
      const { disable, enable, id } = options
      const frequency = Option.getOrUndefined(Option.map(options.every, (every) => frequencies[every]))
      const expireAfterDays = Option.getOrUndefined(options.keepDays)
      const changes = frequency !== undefined || expireAfterDays !== undefined
      if (enable && disable) return yield* usage("--enable and --disable cannot be used together: leave one out.")
      if (!changes && !enable && !disable) {
        return yield* usage("Nothing to change: add --every, --keep-days, --enable or --disable.")
      }
      const changed = changes ? yield* schedules.update(id, { frequency, expireAfterDays }) : undefined
      const switched = enable ? yield* schedules.enable(id) : disable ? yield* schedules.disable(id) : undefined
      const model = switched ?? changed
      if (model !== undefined) yield* render.one(options.output, kinds.schedule, kinds.toSchedule(model))
    }))).pipe(
    Command.withDescription("Change how often a schedule runs or how long its backups are kept; stop it, start it.")
  )

const remove = Command.make("delete", { id, yes, ...common }, (options) =>
  confirmed(
    options.yes,
    `delete the schedule ${options.id}, but none of its backups`,
    withSchedules(options, (schedules) =>
      Effect.andThen(
        schedules.delete(options.id),
        render.one(options.output, kinds.done, { action: "deleted", subject: `schedule ${options.id}` })
      ))
  )).pipe(Command.withDescription("Delete a schedule, and no backup."))

const history = Command.make(
  "history",
  { id, ...common },
  (options) =>
    withSchedules(options, (schedules) =>
      render.list(
        options.output,
        kinds.scheduled,
        Stream.map(schedules.historyStream(options.id), kinds.toScheduled)
      ))
).pipe(Command.withDescription("List the backups that a schedule has made, and the next."))

export const command = Command.make("schedule").pipe(
  Command.withDescription("Regular backups of an index: list, describe, create, update, delete, history."),
  Command.withSubcommands([list, describe, create, update, remove, history])
)
