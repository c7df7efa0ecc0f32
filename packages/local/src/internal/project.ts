import type * as Backup from "@effect-pinecone/schema/Backup"
import type * as Collection from "@effect-pinecone/schema/Collection"
import type * as IndexModel from "@effect-pinecone/schema/IndexModel"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as FiberMap from "effect/FiberMap"
import * as Scope from "effect/Scope"
import type { Consistency, Shape } from "./dataset.js"
import * as dataset from "./dataset.js"
import * as documentFields from "./documentFields.js"
import type { Staged } from "./documents.js"
import * as documents from "./documents.js"
import * as indexSchemas from "./indexSchemas.js"
import type { Memory } from "./memory.js"
import type { AliasedDataset } from "./namespaceAliases.js"
import * as namespaceAliases from "./namespaceAliases.js"
import * as problem from "./problem.js"
import type { Threads } from "./scans/threads.js"
import { type Counts, type StoreError, StoreTag } from "./store.js"

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
  /** The schedule that has made it, which of its times that was, and when it expires. */
  readonly scheduled?: {
    readonly scheduleId: string
    readonly due: number
    readonly expires: number
  } | undefined
}

/** An index that there was: its backups are kept. */
export interface DeletedIndex {
  readonly id: string
  readonly name: string
  readonly deletedAt: string
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
  readonly data: AliasedDataset
  /** Lets the set say what it is, should the registry be lost. */
  readonly describe: (document: IndexDocument) => Effect.Effect<void>
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

/** What comes into being with an index, of which so much was copied. */
export type MadeWith = (document: IndexDocument, counts: Pick<Counts, "records">) => ReadonlyArray<Staged>

/** Everything in the server's one project. */
export interface Project {
  readonly indexes: Effect.Effect<ReadonlyArray<LiveIndex>>
  readonly index: (name: string) => Effect.Effect<LiveIndex, problem.Problem>
  readonly indexById: (id: string) => Effect.Effect<LiveIndex, problem.Problem>
  readonly createIndex: (
    model: IndexDocument["model"],
    source?: { readonly set: string },
    more?: MadeWith
  ) => Effect.Effect<LiveIndex, problem.Problem>
  /** Says how the initialization of an index has ended, with what else becomes of that. */
  readonly settleIndex: (
    id: string,
    status: IndexModel.IndexModel["status"],
    staged: ReadonlyArray<Staged>
  ) => Effect.Effect<void, problem.Problem>
  readonly updateIndex: (
    name: string,
    update: (model: IndexDocument["model"]) => Effect.Effect<IndexDocument["model"], problem.Problem>
  ) => Effect.Effect<LiveIndex, problem.Problem>
  readonly deleteIndex: (name: string) => Effect.Effect<void, problem.Problem>
  readonly deletedIndexes: Effect.Effect<ReadonlyArray<DeletedIndex>>
  readonly backups: Effect.Effect<ReadonlyArray<BackupDocument>>
  readonly createBackup: (
    index: LiveIndex,
    options: {
      readonly name?: string | undefined
      readonly description?: string | undefined
      readonly scheduled?: BackupDocument["scheduled"]
    }
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

/** 32 bits, in hexadecimal digits. */
const digits = (word: number): string => word.toString(16).padStart(8, "0")

/** A random id in the form of a UUID. Every request has one. */
export const uuid: Effect.Effect<string> = Effect.randomWith((random) => {
  const word = random.nextIntBetween(0, 2 ** 32)
  return Effect.flatMap(word, (a) =>
    Effect.flatMap(word, (b) =>
      Effect.flatMap(word, (c) =>
        Effect.map(word, (d) => {
          const text = digits(a) + digits(b) + digits(c) + digits(d)
          return `${text.slice(0, 8)}-${text.slice(8, 12)}-4${text.slice(13, 16)}-a${text.slice(17, 20)}-${
            text.slice(20)
          }`
        }))))
})

export const now: Effect.Effect<Date> = Effect.map(Clock.currentTimeMillis, (millis) => new Date(millis))

const shapeOf = (model: IndexDocument["model"]): Effect.Effect<Shape> =>
  Effect.map(documentFields.analysers(model.schema), (analysers) => ({
    // eslint-disable-next-line no-restricted-syntax -- no index has another; one of texts alone has none.
    metric: (model.metric ?? "cosine") as Shape["metric"],
    dimension: model.vectorType === "sparse" ? undefined : model.dimension,
    analysers
  }))

/** What a set says of itself: the document that the registry has of it. */
type About =
  | { readonly index: IndexDocument }
  | { readonly backup: BackupDocument }
  | { readonly collection: CollectionDocument }

const initializing = "Initializing"

const failedState: IndexModel.IndexModel["status"] = { ready: false, state: "InitializationFailed" }

/** How a set that cannot be read is spoken of. */
const unreadable = (what: string, file: string, error: StoreError): problem.Problem =>
  problem.internal(
    `The data of ${what} cannot be read: ${error.message} Its file is ${file}; nothing of it is deleted.`
  )

export interface ProjectOptions {
  readonly addressing: Addressing
  readonly consistency?: Consistency | undefined
  readonly memory?: Memory | undefined
  readonly threads?: Threads | undefined
}

export const make = Effect.fnUntraced(function*(
  { addressing, consistency, memory, threads }: ProjectOptions
): Effect.fn.Return<Project, problem.Problem, StoreTag | Scope.Scope> {
  const store = yield* StoreTag
  const parent = yield* Effect.scope
  const indexes = new Map<string, LiveIndex>()
  // Changes of the project are serial: two creations of one name cannot both succeed.
  const changing = yield* Effect.makeSemaphore(1)

  const indexDocuments = yield* documents.open<IndexDocument>(store, "index", ({ model }) => model.name)
  const deletedIndexes = yield* documents.open<DeletedIndex>(store, "deleted-index", ({ id }) => id)
  const backups = yield* documents.open<BackupDocument>(store, "backup", ({ model }) => model.backupId)
  const restoreJobs = yield* documents.open<RestoreJobDocument>(
    store,
    "restore-job",
    ({ restoreJobId }) => restoreJobId
  )
  const collections = yield* documents.open<CollectionDocument>(store, "collection", ({ model }) => model.name)

  /** Opens the set of an index. One that cannot be read fails its own index and no other. */
  const openSet = (document: IndexDocument) => {
    const { name, status: { state } } = document.model
    const title = `the index "${name}"`
    const unserved = state === initializing
      ? problem.unready(`Index ${name} is not ready: its state is ${state}. Wait until it is Ready.`)
      : state === failedState.state
      ? problem.precondition(`Index ${name} could not be initialized and has no data: delete it.`)
      : undefined
    if (unserved !== undefined) {
      return Effect.succeed({
        data: namespaceAliases.unreadable(dataset.unreadable(unserved), unserved),
        describe: () => Effect.void,
        whole: true
      })
    }
    return Effect.gen(function*() {
      const set = yield* store.open(document.id)
      const about: About = { index: document }
      if (JSON.stringify(yield* set.about) !== JSON.stringify(about)) yield* set.describe(about)
      const data = yield* dataset.make(set, yield* shapeOf(indexSchemas.withSchema(document.model)), {
        consistency,
        memory,
        threads,
        name: title,
        file: store.fileOf(document.id)
      })
      return {
        data: yield* namespaceAliases.around(data, set),
        describe: (document: IndexDocument) => {
          const about: About = { index: document }
          return Effect.ignore(set.describe(about))
        },
        whole: true
      }
    }).pipe(
      Effect.catchTag("StoreError", (error) => {
        const reason = unreadable(title, store.fileOf(document.id), error)
        return Effect.as(Effect.logError(reason.message), {
          data: namespaceAliases.unreadable(dataset.unreadable(reason), reason),
          describe: () => Effect.void,
          whole: false
        })
      })
    )
  }

  /** An index that is about to be served: its document has the port that it was given. */
  interface Addressed {
    readonly document: IndexDocument
    readonly host: string
    readonly scope: Scope.CloseableScope
  }

  const address = (document: IndexDocument): Effect.Effect<Addressed, problem.Problem> =>
    Effect.gen(function*() {
      const scope = yield* Scope.fork(parent, ExecutionStrategy.sequential)
      const { host, port } = yield* addressing.serve(document).pipe(
        Scope.extend(scope),
        Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause)))
      )
      return { document: { ...document, port }, host, scope }
    })

  const open = ({ document, host, scope }: Addressed): Effect.Effect<LiveIndex, problem.Problem> =>
    Effect.gen(function*() {
      const opened = yield* Effect.all({ set: openSet(document), imports: FiberMap.make<string>() }).pipe(
        Scope.extend(scope),
        Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause)))
      )
      const model = indexSchemas.withSchema(document.model)
      const live: LiveIndex = {
        document: { ...document, model: opened.set.whole ? model : { ...model, status: failedState } },
        host,
        data: opened.set.data,
        describe: opened.set.describe,
        imports: opened.imports,
        scope
      }
      indexes.set(document.model.name, live)
      return live
    })

  const index = (name: string): Effect.Effect<LiveIndex, problem.Problem> =>
    Effect.suspend(() => {
      const found = indexes.get(name)
      return found === undefined ? problem.notFound(`Index ${name} not found.`) : Effect.succeed(found)
    })

  /** Takes in a set that the registry does not know, by what it says of itself. */
  const adopt = (id: string): Effect.Effect<void, problem.Problem> =>
    Effect.gen(function*() {
      const file = store.fileOf(id)
      const kept = (why: string) =>
        Effect.logWarning(`${file} belongs to nothing that the registry knows, and ${why}. It is kept as it is.`)
      const found = yield* Effect.either(Effect.scoped(Effect.flatMap(store.open(id), (set) => set.about)))
      if (Either.isLeft(found)) return yield* kept(`cannot be read: ${found.left.message}`)
      // eslint-disable-next-line no-restricted-syntax -- the store gives back what was put.
      const about = found.right as Partial<Record<"index" | "backup" | "collection", unknown>> | undefined
      const take = <A>(
        all: documents.Documents<A>,
        document: A,
        name: string,
        own: boolean,
        what: string
      ): Effect.Effect<void, problem.Problem> => {
        if (!own) return kept("is a copy that was not completed")
        if (all.get(name) !== undefined) return kept(`there is another ${what} "${name}"`)
        return Effect.andThen(
          all.put(document),
          Effect.logWarning(`The ${what} "${name}" was not in the registry, and was found again in ${file}.`)
        )
      }
      // eslint-disable-next-line no-restricted-syntax -- the same.
      const { backup, collection, index } = (about ?? {}) as Partial<
        { readonly index: IndexDocument; readonly backup: BackupDocument; readonly collection: CollectionDocument }
      >
      if (index !== undefined) {
        // The job that was initializing it is not known any more.
        const isHalf = index.model.status.state === initializing
        const settled = isHalf ? { ...index, model: { ...index.model, status: failedState } } : index
        return yield* take(indexDocuments, settled, index.model.name, index.id === id, "index")
      }
      if (backup !== undefined) {
        const { backupId } = backup.model
        return yield* take(backups, backup, backupId, backupId === id, "backup")
      }
      if (collection !== undefined) {
        return yield* take(collections, collection, collection.model.name, collection.id === id, "collection")
      }
      return yield* kept("does not say what it is")
    })

  const registered = new Set([
    ...(yield* indexDocuments.all).map(({ id }) => id),
    ...(yield* backups.all).map(({ model }) => model.backupId),
    ...(yield* collections.all).map(({ id }) => id)
  ])
  const onDisk = new Set(yield* Effect.mapError(store.sets, problem.fromStore))
  for (const id of onDisk) {
    // The sets of assistants are not this project's to look after.
    if (!registered.has(id) && !id.startsWith("assistant-")) yield* adopt(id)
  }
  /** Names what is kept and cannot be read. */
  const look = (what: string, id: string) =>
    Effect.catchAll(
      Effect.scoped(store.open(id)),
      (error) => Effect.logError(unreadable(what, store.fileOf(id), error).message)
    )
  for (const { model } of yield* backups.all) yield* look(`the backup ${model.backupId}`, model.backupId)
  for (const { id, model } of yield* collections.all) yield* look(`the collection "${model.name}"`, id)
  for (const document of yield* indexDocuments.all) {
    const addressed = yield* address(document)
    const live = yield* open(addressed)
    if (live.document.port !== document.port) yield* indexDocuments.put(addressed.document)
  }
  // Who asks for something goes first: what he needs is loaded for him.
  yield* Effect.forkIn(
    Effect.interruptible(Effect.forEach(Array.from(indexes.values()), ({ data }) => data.warm, { discard: true })),
    parent
  )

  const createIndex = (
    model: IndexDocument["model"],
    source?: { readonly set: string },
    more: MadeWith = () => []
  ): Effect.Effect<LiveIndex, problem.Problem> =>
    changing.withPermits(1)(Effect.uninterruptible(Effect.gen(function*() {
      if (indexes.has(model.name)) return yield* problem.alreadyExists("Resource already exists.")
      const addressed = yield* address({ id: yield* uuid, model })
      const { document, scope } = addressed
      const stagedWith = (
        counts: Pick<Counts, "records">
      ) => [indexDocuments.putting(document), ...more(document, counts)]
      const changes = (counts: Pick<Counts, "records">) => stagedWith(counts).map(({ change }) => change)
      const about: About = { index: document }
      const none = { records: 0 }
      const counts = yield* (source === undefined
        ? Effect.as(store.create(document.id, about, changes(none)), none)
        : store.copy(source.set, document.id, () => about, changes)).pipe(
          Effect.mapError(problem.fromStore),
          Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause)))
        )
      for (const { apply } of stagedWith(counts)) apply()
      return yield* open(addressed)
    })))

  /** Removes a set with all that the registry has of it. */
  const removeSet = (id: string, staged: ReadonlyArray<Staged>): Effect.Effect<void, problem.Problem> =>
    Effect.map(
      Effect.mapError(store.remove(id, staged.map(({ change }) => change)), problem.fromStore),
      () => {
        for (const { apply } of staged) apply()
      }
    )

  /** The same index, as it is by now. */
  const still = ({ document: { id, model: { name } } }: LiveIndex): Effect.Effect<LiveIndex, problem.Problem> =>
    Effect.flatMap(
      index(name),
      (live) => live.document.id === id ? Effect.succeed(live) : problem.notFound(`Index ${name} not found.`)
    )

  /** Copies the set of an index, with a document that tells of the copy. */
  const copySet = <A>(
    live: LiveIndex,
    to: string,
    all: documents.Documents<A>,
    document: (counts: Counts) => A,
    about: (document: A) => About
  ): Effect.Effect<A, problem.Problem> =>
    Effect.map(
      Effect.mapError(
        store.copy(
          live.document.id,
          to,
          (counts) => about(document(counts)),
          (counts) => [all.putting(document(counts)).change]
        ),
        problem.fromStore
      ),
      (counts) => {
        const copied = document(counts)
        all.putting(copied).apply()
        return copied
      }
    )

  return {
    indexes: Effect.sync(() => Array.from(indexes.values())),
    index,
    indexById: (id) =>
      Effect.suspend(() => {
        for (const live of indexes.values()) if (live.document.id === id) return Effect.succeed(live)
        return problem.notFound("The index of this host was deleted.")
      }),
    createIndex,
    settleIndex: (id, status, staged) =>
      changing.withPermits(1)(Effect.uninterruptible(Effect.gen(function*() {
        const live = Array.from(indexes.values()).find(({ document }) => document.id === id)
        if (live === undefined) return
        const document = { ...live.document, model: { ...live.document.model, status } }
        const all = [indexDocuments.putting(document), ...staged]
        yield* Effect.mapError(store.documents.commit(all.map(({ change }) => change)), problem.fromStore)
        const { data, describe, whole } = yield* Scope.extend(openSet(document), live.scope)
        const settled = whole ? document : { ...document, model: { ...document.model, status: failedState } }
        indexes.set(document.model.name, { ...live, document: settled, data, describe })
        // Who learns that it is done finds that the index serves.
        for (const { apply } of all) apply()
      }))),
    updateIndex: (name, update) =>
      changing.withPermits(1)(Effect.uninterruptible(Effect.gen(function*() {
        const live = yield* index(name)
        const model = yield* update(live.document.model)
        const changed = { ...live, document: { ...live.document, model } }
        yield* indexDocuments.put(changed.document)
        indexes.set(name, changed)
        yield* live.describe(changed.document)
        return changed
      }))),
    deleteIndex: (name) =>
      changing.withPermits(1)(Effect.uninterruptible(Effect.gen(function*() {
        const live = yield* index(name)
        if (live.document.model.deletionProtection === "enabled") {
          return yield* problem.deletionProtected
        }
        if (live.document.model.status.state === initializing) {
          return yield* problem.precondition(`Index ${name} is being initialized by a conversion: wait for its end.`)
        }
        indexes.delete(name)
        yield* Scope.close(live.scope, Exit.void)
        const { document } = live
        const deletedAt = (yield* now).toISOString()
        yield* removeSet(document.id, [
          indexDocuments.removing(name),
          deletedIndexes.putting({ id: document.id, name, deletedAt })
        ]).pipe(
          // It was not deleted: it is served again.
          Effect.tapError(() => Effect.ignore(Effect.flatMap(address(document), open)))
        )
      }))),
    deletedIndexes: deletedIndexes.all,
    backups: Effect.map(backups.all, (all) =>
      all.map((backup) => {
        const sourceIndexDeletedAt = deletedIndexes.get(backup.model.sourceIndexId)?.deletedAt
        return sourceIndexDeletedAt === undefined
          ? backup
          : { ...backup, model: { ...backup.model, sourceIndexDeletedAt } }
      })),
    createBackup: (asked, options) =>
      changing.withPermits(1)(Effect.uninterruptible(Effect.gen(function*() {
        const live = yield* still(asked)
        const { model } = live.document
        const { serverless } = model.spec
        if (serverless === undefined) {
          return yield* problem.badRequest("Backups are of serverless indexes; use a collection for an index on pods.")
        }
        const backupId = yield* uuid
        const createdAt = (yield* now).toISOString()
        return yield* copySet(live, backupId, backups, (counts): BackupDocument => ({
          index: model,
          scheduled: options.scheduled,
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
            schema: model.schema,
            recordCount: counts.records,
            namespaceCount: counts.namespaces,
            sizeBytes: counts.bytes,
            tags: model.tags,
            createdAt
          }
        }), (backup) => ({ backup }))
      }))),
    deleteBackup: (id) =>
      changing.withPermits(1)(Effect.uninterruptible(Effect.gen(function*() {
        if (backups.get(id) === undefined) return yield* problem.notFound(`Backup ${id} not found.`)
        yield* removeSet(id, [backups.removing(id)])
      }))),
    restoreJobs: restoreJobs.all,
    restore: (backup, request) =>
      Effect.gen(function*() {
        const createdAt = (yield* now).toISOString()
        const restoreJobId = yield* uuid
        const jobOf = (document: IndexDocument): RestoreJobDocument => ({
          restoreJobId,
          backupId: backup.model.backupId,
          targetIndexName: request.name,
          targetIndexId: document.id,
          status: "Completed",
          createdAt,
          completedAt: createdAt,
          percentComplete: 100
        })
        // The index and its job come into being together.
        const { document } = yield* createIndex(
          {
            ...backup.index,
            name: request.name,
            tags: request.tags ?? backup.index.tags,
            deletionProtection: request.deletionProtection ?? "disabled"
          },
          { set: backup.model.backupId },
          (document) => [restoreJobs.putting(jobOf(document))]
        )
        return jobOf(document)
      }),
    collections: collections.all,
    createCollection: (name, asked) =>
      changing.withPermits(1)(Effect.uninterruptible(Effect.gen(function*() {
        const live = yield* still(asked)
        const { model } = live.document
        if (model.spec.pod === undefined) {
          return yield* problem.badRequest(
            "Collections are of indexes on pods; use a backup for a serverless index."
          )
        }
        if (collections.get(name) !== undefined) return yield* problem.alreadyExists("Resource already exists.")
        const id = yield* uuid
        const { environment } = model.spec.pod
        return yield* copySet(live, id, collections, (counts): CollectionDocument => ({
          id,
          metric: model.metric,
          model: {
            name,
            size: counts.bytes,
            status: "Ready",
            dimension: model.dimension,
            vectorCount: counts.records,
            environment
          }
        }), (collection) => ({ collection }))
      }))),
    deleteCollection: (name) =>
      changing.withPermits(1)(Effect.uninterruptible(Effect.gen(function*() {
        const found = collections.get(name)
        if (found === undefined) return yield* problem.notFound(`Collection ${name} not found.`)
        yield* removeSet(found.id, [collections.removing(name)])
      })))
  }
})
