import type * as Backup from "@effect-pinecone/schema/Backup"
import type * as Collection from "@effect-pinecone/schema/Collection"
import type * as IndexModel from "@effect-pinecone/schema/IndexModel"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as FiberMap from "effect/FiberMap"
import * as Random from "effect/Random"
import * as Scope from "effect/Scope"
import type { Consistency, Dataset, Shape } from "./dataset.js"
import * as dataset from "./dataset.js"
import * as documents from "./documents.js"
import * as problem from "./problem.js"
import { StoreTag } from "./store.js"

/** An index as it is kept: the model, without the host, which is given anew each time that the server starts. */
export interface IndexDocument {
  readonly id: string
  readonly model: Omit<IndexModel.IndexModel, "host">
  /** The port that it had, to have it again where that is free. */
  readonly port?: number | undefined
}

export interface BackupDocument {
  readonly model: Backup.BackupModel
  readonly index: IndexDocument["model"]
}

export interface CollectionDocument {
  readonly id: string
  readonly model: Collection.CollectionModel
  readonly metric: IndexModel.IndexModel["metric"]
}

/** A restore job as it is kept: with its dates as text. */
export interface RestoreJobDocument extends Omit<Backup.RestoreJobModel, "createdAt" | "completedAt"> {
  readonly createdAt: string
  readonly completedAt?: string | undefined
}

/** A live index. */
export interface LiveIndex {
  readonly document: IndexDocument
  readonly host: string
  readonly data: Dataset
  readonly scope: Scope.CloseableScope
  /** The imports that run. */
  readonly imports: FiberMap.FiberMap<string>
}

/** How an index gets its host. */
export interface Addressing {
  readonly serve: (
    index: IndexDocument
  ) => Effect.Effect<{ readonly host: string; readonly port?: number | undefined }, problem.Problem, Scope.Scope>
}

/** Everything in the server's one project. */
export interface Project {
  readonly indexes: Effect.Effect<ReadonlyArray<LiveIndex>>
  readonly index: (name: string) => Effect.Effect<LiveIndex, problem.Problem>
  readonly indexById: (id: string) => Effect.Effect<LiveIndex, problem.Problem>
  readonly createIndex: (
    model: IndexDocument["model"],
    source?: { readonly set: string; readonly id?: string | undefined }
  ) => Effect.Effect<LiveIndex, problem.Problem>
  readonly updateIndex: (
    name: string,
    update: (model: IndexDocument["model"]) => Effect.Effect<IndexDocument["model"], problem.Problem>
  ) => Effect.Effect<LiveIndex, problem.Problem>
  readonly deleteIndex: (name: string) => Effect.Effect<void, problem.Problem>
  readonly backups: Effect.Effect<ReadonlyArray<BackupDocument>>
  readonly createBackup: (
    index: LiveIndex,
    options: { readonly name?: string | undefined; readonly description?: string | undefined }
  ) => Effect.Effect<BackupDocument, problem.Problem>
  readonly deleteBackup: (id: string) => Effect.Effect<void, problem.Problem>
  readonly restoreJobs: Effect.Effect<ReadonlyArray<RestoreJobDocument>>
  readonly restore: (
    backup: BackupDocument,
    request: Backup.CreateIndexFromBackupRequest
  ) => Effect.Effect<RestoreJobDocument, problem.Problem>
  readonly collections: Effect.Effect<ReadonlyArray<CollectionDocument>>
  readonly createCollection: (name: string, source: LiveIndex) => Effect.Effect<CollectionDocument, problem.Problem>
  readonly deleteCollection: (name: string) => Effect.Effect<void, problem.Problem>
}

export class ProjectTag extends Context.Tag("@effect-pinecone/local/internal/Project")<ProjectTag, Project>() {}

/** 32 random bits, in hexadecimal digits. */
const bits = Effect.map(Random.nextIntBetween(0, 2 ** 32), (word) => word.toString(16).padStart(8, "0"))

/** A random id in the form of a UUID. */
export const uuid: Effect.Effect<string> = Effect.map(Effect.all([bits, bits, bits, bits]), (words) => {
  const text = words.join("")
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-4${text.slice(13, 16)}-a${text.slice(17, 20)}-${text.slice(20)}`
})

export const now: Effect.Effect<Date> = Effect.map(Clock.currentTimeMillis, (millis) => new Date(millis))

const shapeOf = (model: IndexDocument["model"]): Shape => ({
  // eslint-disable-next-line no-restricted-syntax -- no index has another.
  metric: model.metric as Shape["metric"],
  dimension: model.vectorType === "sparse" ? undefined : model.dimension
})

export const make = Effect.fnUntraced(function*(
  addressing: Addressing,
  consistency: Consistency | undefined
): Effect.fn.Return<Project, problem.Problem, StoreTag | Scope.Scope> {
  const store = yield* StoreTag
  const parent = yield* Effect.scope
  const indexes = new Map<string, LiveIndex>()
  // Changes of the project are serial: two creations of one name cannot both succeed.
  const changing = yield* Effect.makeSemaphore(1)

  const indexDocuments = yield* documents.open<IndexDocument>(store, "index", ({ model }) => model.name)
  const backups = yield* documents.open<BackupDocument>(store, "backup", ({ model }) => model.backupId)
  const restoreJobs = yield* documents.open<RestoreJobDocument>(
    store,
    "restore-job",
    ({ restoreJobId }) => restoreJobId
  )
  const collections = yield* documents.open<CollectionDocument>(store, "collection", ({ model }) => model.name)

  const open = (document: IndexDocument): Effect.Effect<LiveIndex, problem.Problem> =>
    Effect.gen(function*() {
      const scope = yield* Scope.fork(parent, ExecutionStrategy.sequential)
      const opened = yield* Effect.gen(function*() {
        const set = yield* Effect.mapError(store.open(document.id), problem.fromStore)
        const data = yield* dataset.make(set, shapeOf(document.model), consistency)
        const imports = yield* FiberMap.make<string>()
        const address = yield* addressing.serve(document)
        return { data, imports, address }
      }).pipe(
        Scope.extend(scope),
        Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause)))
      )
      const live: LiveIndex = {
        document: { ...document, port: opened.address.port },
        host: opened.address.host,
        data: opened.data,
        imports: opened.imports,
        scope
      }
      indexes.set(document.model.name, live)
      if (live.document.port !== document.port) yield* indexDocuments.put(live.document)
      return live
    })

  const index = (name: string): Effect.Effect<LiveIndex, problem.Problem> =>
    Effect.suspend(() => {
      const found = indexes.get(name)
      return found === undefined ? problem.notFound(`Index ${name} not found.`) : Effect.succeed(found)
    })

  const sizes = (id: string, index: LiveIndex) =>
    Effect.gen(function*() {
      const set = yield* Effect.mapError(store.open(id), problem.fromStore)
      const counts = yield* Effect.mapError(set.counts, problem.fromStore)
      return { ...counts, dimension: index.document.model.dimension }
    }).pipe(Effect.scoped)

  // What a crash has left behind: files of no index, backup or collection.
  const kept = new Set([
    ...(yield* indexDocuments.all).map(({ id }) => id),
    ...(yield* backups.all).map(({ model }) => model.backupId),
    ...(yield* collections.all).map(({ id }) => id)
  ])
  for (const id of yield* Effect.mapError(store.sets, problem.fromStore)) {
    // The sets of assistants are not this project's to look after.
    if (!kept.has(id) && !id.startsWith("assistant-")) yield* Effect.mapError(store.remove(id), problem.fromStore)
  }
  for (const document of yield* indexDocuments.all) yield* open(document)

  const createIndex: Project["createIndex"] = (model, source) =>
    changing.withPermits(1)(Effect.uninterruptible(Effect.gen(function*() {
      if (indexes.has(model.name)) return yield* problem.alreadyExists("Resource already exists.")
      const id = source?.id ?? (yield* uuid)
      if (source !== undefined) yield* Effect.mapError(store.copy(source.set, id), problem.fromStore)
      const document: IndexDocument = { id, model }
      return yield* Effect.zipRight(indexDocuments.put(document), open(document)).pipe(
        Effect.tapError(() => Effect.ignore(Effect.zipRight(indexDocuments.remove(model.name), store.remove(id))))
      )
    })))

  return {
    indexes: Effect.sync(() => Array.from(indexes.values())),
    index,
    indexById: (id) =>
      Effect.suspend(() => {
        for (const live of indexes.values()) if (live.document.id === id) return Effect.succeed(live)
        return problem.notFound("The index of this host is not there any more.")
      }),
    createIndex,
    updateIndex: (name, update) =>
      changing.withPermits(1)(Effect.gen(function*() {
        const live = yield* index(name)
        const model = yield* update(live.document.model)
        const changed = { ...live, document: { ...live.document, model } }
        yield* indexDocuments.put(changed.document)
        indexes.set(name, changed)
        return changed
      })),
    deleteIndex: (name) =>
      changing.withPermits(1)(Effect.uninterruptible(Effect.gen(function*() {
        const live = yield* index(name)
        if (live.document.model.deletionProtection === "enabled") {
          return yield* problem.deletionProtected
        }
        yield* indexDocuments.remove(name)
        indexes.delete(name)
        yield* Scope.close(live.scope, Exit.void)
        yield* Effect.mapError(store.remove(live.document.id), problem.fromStore)
      }))),
    backups: backups.all,
    createBackup: (live, options) =>
      changing.withPermits(1)(Effect.uninterruptible(Effect.gen(function*() {
        const { model } = live.document
        const { serverless } = model.spec
        if (serverless === undefined) {
          return yield* problem.badRequest("Backups are of serverless indexes; use a collection for an index on pods.")
        }
        const backupId = yield* uuid
        yield* live.data.still(Effect.mapError(store.copy(live.document.id, backupId), problem.fromStore))
        const counts = yield* sizes(backupId, live)
        const document: BackupDocument = {
          index: model,
          model: {
            backupId,
            sourceIndexName: model.name,
            sourceIndexId: live.document.id,
            name: options.name,
            description: options.description,
            status: "Ready",
            cloud: serverless.cloud,
            region: serverless.region,
            dimension: model.dimension,
            metric: model.metric,
            schema: serverless.schema,
            recordCount: counts.records,
            namespaceCount: counts.namespaces,
            sizeBytes: counts.bytes,
            tags: model.tags,
            createdAt: (yield* now).toISOString()
          }
        }
        yield* backups.put(document)
        return document
      }))),
    deleteBackup: (id) =>
      changing.withPermits(1)(Effect.uninterruptible(Effect.gen(function*() {
        if (backups.get(id) === undefined) return yield* problem.notFound(`Backup ${id} not found.`)
        yield* backups.remove(id)
        yield* Effect.mapError(store.remove(id), problem.fromStore)
      }))),
    restoreJobs: restoreJobs.all,
    restore: (backup, request) =>
      Effect.gen(function*() {
        const createdAt = (yield* now).toISOString()
        const live = yield* createIndex({
          ...backup.index,
          name: request.name,
          tags: request.tags ?? backup.index.tags,
          deletionProtection: request.deletionProtection ?? "disabled"
        }, { set: backup.model.backupId })
        const job: RestoreJobDocument = {
          restoreJobId: yield* uuid,
          backupId: backup.model.backupId,
          targetIndexName: request.name,
          targetIndexId: live.document.id,
          status: "Completed",
          createdAt,
          completedAt: (yield* now).toISOString(),
          percentComplete: 100
        }
        yield* restoreJobs.put(job)
        return job
      }),
    collections: collections.all,
    createCollection: (name, live) =>
      changing.withPermits(1)(Effect.uninterruptible(Effect.gen(function*() {
        const { model } = live.document
        if (model.spec.pod === undefined) {
          return yield* problem.badRequest(
            "Collections are of indexes on pods; use a backup for a serverless index."
          )
        }
        if (collections.get(name) !== undefined) return yield* problem.alreadyExists("Resource already exists.")
        const id = yield* uuid
        yield* live.data.still(Effect.mapError(store.copy(live.document.id, id), problem.fromStore))
        const counts = yield* sizes(id, live)
        const document: CollectionDocument = {
          id,
          metric: model.metric,
          model: {
            name,
            size: counts.bytes,
            status: "Ready",
            dimension: model.dimension,
            vectorCount: counts.records,
            environment: model.spec.pod.environment
          }
        }
        yield* collections.put(document)
        return document
      }))),
    deleteCollection: (name) =>
      changing.withPermits(1)(Effect.uninterruptible(Effect.gen(function*() {
        const found = collections.get(name)
        if (found === undefined) return yield* problem.notFound(`Collection ${name} not found.`)
        yield* collections.remove(name)
        yield* Effect.mapError(store.remove(found.id), problem.fromStore)
      })))
  }
})
