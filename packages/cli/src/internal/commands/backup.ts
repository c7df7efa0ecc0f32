import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Backups from "effect-pinecone/Backups"
import * as Indexes from "effect-pinecone/Indexes"
import * as RestoreJobs from "effect-pinecone/RestoreJobs"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { confirmed, yes } from "../confirm.js"
import * as flags from "../flags.js"
import * as kinds from "../kinds.js"
import * as render from "../render.js"
import type { Connection } from "../target.js"
import { connected, connection, output } from "../target.js"
import { node } from "../tree.js"
import { command as schedule } from "./backupSchedule.js"
import { name as indexName } from "./index.js"

const id = Args.text({ name: "id" }).pipe(Args.withDescription("The id of the backup."))

const common = { ...connection, output }

const services = Layer.mergeAll(Backups.layer, Indexes.layer, RestoreJobs.layer)

const withBackups = <A, E, R>(
  connection: Connection,
  effect: Effect.Effect<A, E, R | Backups.Backups | Indexes.Indexes | RestoreJobs.RestoreJobs>
) => connected(connection, Effect.provide(effect, services))

const list = Command.make("list", {
  index: flags.text("index", "INDEX", "Only backups of this index.").pipe(Options.withAlias("i"), Options.optional),
  ...common
}, (options) =>
  withBackups(
    options,
    Effect.flatMap(Backups.Backups, (backups) =>
      render.list(
        options.output,
        kinds.backup,
        Stream.map(backups.listStream({ indexName: Option.getOrUndefined(options.index) }), kinds.toBackup)
      ))
  )).pipe(Command.withDescription("List the backups of the project, or of an index."))

const describe = Command.make("describe", { id, ...common }, (options) =>
  withBackups(
    options,
    Effect.flatMap(Backups.Backups, (backups) =>
      Effect.flatMap(backups.describe(options.id), (model) =>
        render.one(options.output, kinds.backup, kinds.toBackup(model))))
  )).pipe(Command.withDescription("Show a backup."))

const create = Command.make("create", {
  index: indexName,
  name: flags.text("name", "NAME", "The name of the backup.").pipe(Options.optional),
  description: flags.text("description", "TEXT", "What it is for.").pipe(Options.optional),
  wait: flags.toggle("wait", "Wait until it is ready."),
  ...common
}, (options) =>
  withBackups(
    options,
    Effect.gen(function*() {
      const backups = yield* Backups.Backups
      const created = yield* backups.create(options.index, {
        name: Option.getOrUndefined(options.name),
        description: Option.getOrUndefined(options.description)
      })
      const model = options.wait ? yield* backups.waitUntilReady(created.backupId) : created
      yield* render.one(options.output, kinds.backup, kinds.toBackup(model))
    })
  )).pipe(Command.withDescription("Back up an index."))

const remove = Command.make("delete", { id, yes, ...common }, (options) =>
  confirmed(
    options.yes,
    `delete the backup ${options.id}`,
    withBackups(
      options,
      Effect.andThen(
        Effect.flatMap(Backups.Backups, (backups) => backups.delete(options.id)),
        render.one(options.output, kinds.done, { action: "deleted", subject: `backup ${options.id}` })
      )
    )
  )).pipe(Command.withDescription("Delete a backup."))

const restore = Command.make("restore", {
  id,
  name: Args.text({ name: "index" }).pipe(Args.withDescription("The name of the new index.")),
  wait: flags.toggle("wait", "Wait until all records are there."),
  ...common
}, (options) =>
  withBackups(
    options,
    Effect.gen(function*() {
      const jobs = yield* RestoreJobs.RestoreJobs
      const indexes = yield* Indexes.Indexes
      const { restoreJobId } = yield* indexes.createFromBackup({ backupId: options.id, name: options.name })
      const job = options.wait ? yield* jobs.waitUntilCompleted(restoreJobId) : yield* jobs.describe(restoreJobId)
      yield* render.one(options.output, kinds.restoreJob, kinds.toRestoreJob(job))
    })
  )).pipe(Command.withDescription("Restore a backup into a new index."))

const jobs = Command.make("jobs", common, (options) =>
  withBackups(
    options,
    Effect.flatMap(RestoreJobs.RestoreJobs, (jobs) =>
      render.list(options.output, kinds.restoreJob, Stream.map(jobs.listStream(), kinds.toRestoreJob)))
  )).pipe(Command.withDescription("List the restore jobs."))

export const command = Command.make("backup").pipe(
  Command.withSubcommands([list, describe, create, remove, restore, jobs, schedule])
)

export const schedules = node(schedule.descriptor)
