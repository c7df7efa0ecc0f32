import { ControlPlaneApi } from "@effect-pinecone/http/ControlPlaneApi"
import { ControlPlaneApi2026_04 } from "@effect-pinecone/http/ControlPlaneApi2026_04"
import type * as IndexModel from "@effect-pinecone/schema/IndexModel"
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as apiVersion from "./apiVersion.js"
import * as conversionHandlers from "./conversionHandlers.js"
import * as requests from "./indexRequests.js"
import * as paging from "./paging.js"
import * as problem from "./problem.js"
import type { LiveIndex, Project, RestoreJobDocument } from "./project.js"
import { ProjectTag } from "./project.js"
import { answering } from "./respond.js"
import * as scheduleHandlers from "./scheduleHandlers.js"
import * as standing from "./standing.js"
import { StandingTag } from "./standing.js"
import * as versioned from "./versionedIndexes.js"

type Api = typeof ControlPlaneApi

const answer = answering("control")

const modelOf = (index: LiveIndex): IndexModel.IndexModel => ({ ...index.document.model, host: index.host })

/** Refuses another index where the project is not in a state for it. */
const checkNew = (project: Project, own: standing.Standing) =>
  Effect.andThen(
    standing.checkPaid(own),
    Effect.flatMap(project.indexes, ({ length }) => standing.checkCount(own, length))
  )

const indexes = (api: Api) =>
  HttpApiBuilder.group(
    api,
    "indexes",
    (handlers) =>
      Effect.map(Effect.all([ProjectTag, StandingTag]), ([project, own]) =>
        handlers
          .handle(
            "list",
            () => Effect.flatMap(project.indexes, (indexes) => versioned.answerIndexes(indexes.map(modelOf)))
          )
          .handle("create", ({ payload }) =>
            answer(
              versioned.newIndex(payload).pipe(
                Effect.tap(checkNew(project, own)),
                Effect.flatMap((request) => requests.newIndex(request, project.collections)),
                Effect.tap(({ model }) => standing.checkEncryption(own, model)),
                Effect.flatMap(({ model, source }) => project.createIndex(model, source)),
                Effect.map(modelOf),
                Effect.flatMap(versioned.answerIndex(201))
              )
            ))
          .handle("createForModel", ({ payload }) =>
            answer(
              versioned.newIndexForModel(payload).pipe(
                Effect.tap(checkNew(project, own)),
                Effect.flatMap(requests.newIndexForModel),
                Effect.flatMap((model) => project.createIndex(model)),
                Effect.map(modelOf),
                Effect.flatMap(versioned.answerIndex(201))
              )
            ))
          .handle("describe", ({ path }) =>
            answer(
              project.index(path.index_name).pipe(Effect.map(modelOf), Effect.flatMap(versioned.answerIndex(200)))
            ))
          .handle("configure", ({ path, payload }) =>
            answer(
              versioned.change(payload).pipe(
                Effect.tap(standing.checkPaidBefore2026_07(own)),
                Effect.flatMap((change) =>
                  project.updateIndex(path.index_name, (model) => requests.configured(model, change))
                ),
                Effect.map(modelOf),
                Effect.flatMap(versioned.answerIndex(202, 200))
              )
            ))
          .handle("delete", ({ path }) => answer(project.deleteIndex(path.index_name))))
  )

const collections = (api: Api) =>
  HttpApiBuilder.group(
    api,
    "collections",
    (handlers) =>
      Effect.map(Effect.all([ProjectTag, StandingTag]), ([project, own]) =>
        handlers
          .handle(
            "list",
            () => Effect.map(project.collections, (all) => ({ collections: all.map(({ model }) => model) }))
          )
          .handle("create", ({ payload }) =>
            answer(Effect.gen(function*() {
              yield* standing.checkPaid(own)
              yield* requests.checkBackupName(payload.name)
              const source = yield* project.index(payload.source)
              return (yield* project.createCollection(payload.name, source)).model
            })))
          .handle("describe", ({ path }) =>
            answer(Effect.flatMap(project.collections, (all) => {
              const found = all.find(({ model }) => model.name === path.collection_name)
              return found === undefined
                ? problem.notFound(`Collection ${path.collection_name} not found.`)
                : Effect.succeed(found.model)
            })))
          .handle("delete", ({ path }) => answer(project.deleteCollection(path.collection_name))))
  )

/** A page, which was shorter before 2026-07 where no length is asked for. */
const paged: typeof paging.newestFirst = (entries, keyOf, params) =>
  Effect.flatMap(versioned.withFields, (is) => paging.newestFirst(entries, keyOf, params, is ? undefined : 10))

/** The index of a name, and optionally those that had it before. */
const indexIds = (
  project: Project,
  name: string,
  includeDeleted: boolean
): Effect.Effect<ReadonlyArray<string>, problem.Problem> =>
  Effect.gen(function*() {
    if (!includeDeleted) return [(yield* project.index(name)).document.id]
    const live = (yield* project.indexes).filter(({ document }) => document.model.name === name)
    const deleted = (yield* project.deletedIndexes).filter((index) => index.name === name)
    const ids = [...live.map(({ document }) => document.id), ...deleted.map(({ id }) => id)]
    return ids.length === 0 ? yield* problem.notFound(`Index ${name} not found.`) : ids
  })

const backups = (api: Api) =>
  HttpApiBuilder.group(
    api,
    "backups",
    (handlers) =>
      Effect.map(Effect.all([ProjectTag, StandingTag]), ([project, own]) => {
        const backup = (id: string) =>
          Effect.flatMap(project.backups, (all) => {
            const found = all.find(({ model }) => model.backupId === id)
            return found === undefined ? problem.notFound(`Backup ${id} not found.`) : Effect.succeed(found)
          })
        const models = Effect.map(project.backups, (all) => all.map(({ model }) => model))
        return handlers
          .handle("list", ({ urlParams }) =>
            answer(
              models.pipe(
                Effect.flatMap((all) => paged(all, ({ backupId }) => backupId, urlParams)),
                Effect.flatMap(versioned.answerBackups)
              )
            ))
          .handle("listByIndex", ({ path, urlParams }) =>
            answer(Effect.gen(function*() {
              const ids = yield* indexIds(project, path.index_name, urlParams.include_deleted === true)
              const own = (yield* models).filter(({ sourceIndexId }) => ids.includes(sourceIndexId))
              return yield* versioned.answerBackups(yield* paged(own, ({ backupId }) => backupId, urlParams))
            })))
          .handle("create", ({ path, payload }) =>
            answer(Effect.gen(function*() {
              yield* standing.checkPaidBefore2026_07(own)
              if (payload.name !== undefined && (yield* apiVersion.atLeast("2026-07"))) {
                yield* requests.checkBackupName(payload.name)
              }
              const index = yield* project.index(path.index_name)
              return yield* versioned.answerBackup(201, 200)((yield* project.createBackup(index, payload)).model)
            })))
          .handle(
            "describe",
            ({ path }) =>
              answer(Effect.flatMap(backup(path.backup_id), ({ model }) => versioned.answerBackup(200)(model)))
          )
          .handle("delete", ({ path }) => answer(project.deleteBackup(path.backup_id)))
          .handle("createIndex", ({ path, payload }) =>
            answer(Effect.gen(function*() {
              yield* checkNew(project, own)
              const request = yield* requests.fromBackup(payload)
              const job = yield* project.restore(yield* backup(path.backup_id), request)
              return { restoreJobId: job.restoreJobId, indexId: job.targetIndexId }
            })))
      })
  )

const restoreJob = (job: RestoreJobDocument) => ({
  ...job,
  createdAt: new Date(job.createdAt),
  completedAt: job.completedAt === undefined ? undefined : new Date(job.completedAt)
})

const restoreJobs = (api: Api) =>
  HttpApiBuilder.group(
    api,
    "restoreJobs",
    (handlers) =>
      Effect.map(ProjectTag, (project) =>
        handlers
          .handle("list", ({ urlParams }) =>
            answer(Effect.gen(function*() {
              const page = yield* paged(yield* project.restoreJobs, ({ restoreJobId }) => restoreJobId, urlParams)
              return { ...page, data: page.data.map(restoreJob) }
            })))
          .handle("describe", ({ path }) =>
            answer(Effect.flatMap(project.restoreJobs, (all) => {
              const found = all.find(({ restoreJobId }) => restoreJobId === path.job_id)
              return found === undefined
                ? problem.notFound(`Restore job ${path.job_id} not found.`)
                : Effect.succeed(restoreJob(found))
            }))))
  )

const handlers = (api: Api) => Layer.mergeAll(indexes(api), collections(api), backups(api), restoreJobs(api))

/** The control plane as it is since 2026-07. */
export const layer = Layer.provide(
  HttpApiBuilder.api(ControlPlaneApi),
  Layer.merge(handlers(ControlPlaneApi), Layer.merge(scheduleHandlers.layer, conversionHandlers.layer))
)

/** The control plane as it was before. */
export const layer2026_04 = Layer.provide(
  HttpApiBuilder.api(ControlPlaneApi2026_04),
  // eslint-disable-next-line no-restricted-syntax -- the types are the same: what differs is how they are written.
  handlers(ControlPlaneApi2026_04 as unknown as Api)
)
