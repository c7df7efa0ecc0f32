import type { ReadCapacityResponse } from "@effect-pinecone/schema/ReadCapacity"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as capacity from "./capacity.js"
import * as documents from "./documents.js"
import * as pods from "./pods.js"
import * as problem from "./problem.js"
import type {
  BackupDocument,
  CollectionDocument,
  IndexDocument,
  LiveIndex,
  Project,
  RestoreJobDocument
} from "./project.js"
import { StoreTag } from "./store.js"

/** How long things take that are done at once on one machine, and take their time on the cloud. */
export interface Lifecycle {
  /** As long as a state lasts in which one has to wait: no time at all, unless the server is told otherwise. */
  readonly wait: Effect.Effect<void>
}

export class LifecycleTag extends Context.Tag("@effect-pinecone/local/internal/Lifecycle")<LifecycleTag, Lifecycle>() {}

type Model = IndexDocument["model"]

/**
 * What is not done yet, and when it is. What is kept is the moment at which it ends: so a server that starts again in between
 * goes on where it was, and a reader sees the end at once.
 */
interface Waiting {
  /** Such as `state:<id of the index>`. */
  readonly key: string
  readonly until: number
  readonly state: string
  /** The nodes that there still are, where there are to be others. */
  readonly nodes?: { readonly replicas?: number | undefined; readonly shards?: number | undefined } | undefined
  /** The index that a collection is made of. */
  readonly source?: string | undefined
}

const stateKey = ({ document }: LiveIndex) => `state:${document.id}`
const capacityKey = ({ document }: LiveIndex) => `capacity:${document.id}`
const collectionKey = ({ id }: CollectionDocument) => `collection:${id}`

const terminating = "Terminating"

/** States in which an index does not serve. */
const isReady = (state: string) => state !== "Initializing" && state !== "InitializationFailed" && state !== terminating

const gone = (name: string) => problem.notFound(`Index ${name} not found.`)

/** What a change of its pods makes of an index for a while. */
const scaling = (from: Model, to: Model): Effect.Effect<string | undefined, problem.Problem> =>
  Effect.gen(function*() {
    const [before, after] = [from.spec.pod, to.spec.pod]
    if (before === undefined || after === undefined) return undefined
    if (before.podType !== after.podType) {
      const [old, next] = [yield* pods.typeOf(before.podType), yield* pods.typeOf(after.podType)]
      return next.size < old.size ? "ScalingDownPodSize" : "ScalingUpPodSize"
    }
    const [old = 1, next = 1] = [before.replicas, after.replicas]
    return old === next ? undefined : next < old ? "ScalingDown" : "ScalingUp"
  })

const capacityOf = ({ spec }: Model): ReadCapacityResponse | undefined => (spec.serverless ?? spec.byoc)?.readCapacity

const changing = (given: ReadCapacityResponse | undefined, { nodes, state }: Waiting) =>
  given === undefined ? undefined : {
    ...given,
    status: { state, currentReplicas: nodes?.replicas, currentShards: nodes?.shards }
  }

const withCapacity = (model: Model, waiting: Waiting): Model => {
  const { byoc, serverless } = model.spec
  if (serverless !== undefined) {
    return {
      ...model,
      spec: { serverless: { ...serverless, readCapacity: changing(serverless.readCapacity, waiting) } }
    }
  }
  return byoc === undefined
    ? model
    : { ...model, spec: { byoc: { ...byoc, readCapacity: changing(byoc.readCapacity, waiting) } } }
}

interface Setting {
  readonly project: Project
  readonly waiting: documents.Documents<Waiting>
  /** Where the endings run that nobody waits for. */
  readonly scope: Scope.Scope
  /** How long each state lasts. */
  readonly millis: number
}

/** A project in which everything takes its time, and what is to be done when it starts again. */
const slow = Effect.fnUntraced(function*(
  { millis, project, scope, waiting }: Setting
): Effect.fn.Return<Project, problem.Problem> {
  // Changes are serial, as the project's own are.
  const one = (yield* Effect.makeSemaphore(1)).withPermits(1)
  const changed = <A, E, R>(effect: Effect.Effect<A, E, R>) => one(Effect.uninterruptible(effect))

  /** Names of indexes that are being made: they are not to be seen ready before it is known how long they are not. */
  const starting = new Set<string>()

  const put = (key: string, state: string, until: number, more: Partial<Waiting> = {}) =>
    waiting.put({ key, state, until, ...more })

  const soon = Effect.map(Clock.currentTimeMillis, (now) => now + millis)

  /** What a document waits for at a time. */
  const at = (now: number, key: string): Waiting | undefined => {
    const found = waiting.get(key)
    return found !== undefined && found.until > now ? found : undefined
  }

  /** An index as it is to be seen at a time, or none if it is gone by then. */
  const seenAt = (now: number) => (live: LiveIndex): LiveIndex | undefined => {
    const state = waiting.get(stateKey(live))?.state === terminating && at(now, stateKey(live)) === undefined
      ? undefined
      : starting.has(live.document.model.name)
      ? "Initializing"
      // One that cannot be read is not ready, whatever the time.
      : at(now, stateKey(live))?.state ?? live.document.model.status.state
    if (state === undefined) return undefined
    const nodes = at(now, capacityKey(live))
    const model = nodes === undefined ? live.document.model : withCapacity(live.document.model, nodes)
    return { ...live, document: { ...live.document, model: { ...model, status: { ready: isReady(state), state } } } }
  }

  const seen = (live: LiveIndex) => Effect.map(Clock.currentTimeMillis, (now) => seenAt(now)(live))

  const index: Project["index"] = (name) =>
    Effect.flatMap(
      Effect.flatMap(project.index(name), seen),
      (found) => found === undefined ? gone(name) : Effect.succeed(found)
    )

  const forget = (live: LiveIndex) => Effect.andThen(waiting.remove(stateKey(live)), waiting.remove(capacityKey(live)))

  /** Takes away an index whose time has come. */
  const remove = (live: LiveIndex) =>
    Effect.gen(function*() {
      const { id, model } = live.document
      const present = yield* Effect.option(project.index(model.name))
      if (present._tag === "Some" && present.value.document.id === id) yield* project.deleteIndex(model.name)
      yield* forget(live)
    })

  /** The name of an index that is gone, although nobody has taken it away yet, is free. */
  const freeing = (name: string) =>
    Effect.gen(function*() {
      const present = yield* Effect.option(project.index(name))
      if (present._tag === "None") return
      if ((yield* seen(present.value)) !== undefined) return yield* problem.alreadyExists("Resource already exists.")
      yield* remove(present.value)
    })

  /** Makes an index, which is not ready for some steps. */
  const create = <A>(name: string, make: Effect.Effect<A, problem.Problem>, steps = 1) =>
    Effect.gen(function*() {
      yield* freeing(name)
      starting.add(name)
      const until = (yield* Clock.currentTimeMillis) + steps * millis
      const made = yield* make
      const live = yield* project.index(name)
      yield* put(stateKey(live), "Initializing", until)
      if (capacityOf(live.document.model)?.mode === "Dedicated") yield* put(capacityKey(live), "Migrating", until)
      return made
    }).pipe(Effect.ensuring(Effect.sync(() => starting.delete(name))))

  /** Takes an index away at the end of its time. */
  const ending = (live: LiveIndex, until: number) =>
    Effect.gen(function*() {
      const now = yield* Clock.currentTimeMillis
      yield* Effect.interruptible(Effect.sleep(Math.max(0, until - now)))
      yield* changed(remove(live))
    }).pipe(
      Effect.catchAll((error) => Effect.logError("The embedded server could not delete an index", error)),
      Effect.forkIn(scope)
    )

  const backupAt = (now: number) => (backup: BackupDocument): BackupDocument => {
    if (Date.parse(backup.model.createdAt ?? "") + millis <= now) return backup
    const { namespaceCount: _, recordCount: __, sizeBytes: ___, ...model } = backup.model
    return { ...backup, model: { ...model, status: "Initializing" } }
  }

  const jobAt = (now: number) => (job: RestoreJobDocument): RestoreJobDocument => {
    const since = now - Date.parse(job.createdAt)
    if (since >= 2 * millis) {
      return { ...job, completedAt: new Date(Date.parse(job.createdAt) + 2 * millis).toISOString() }
    }
    const { completedAt: _, ...rest } = job
    return since < millis
      ? { ...rest, status: "Pending", percentComplete: 0 }
      : { ...rest, status: "InProgress", percentComplete: 50 }
  }

  const restoreJobs = Effect.flatMap(
    project.restoreJobs,
    (all) => Effect.map(Clock.currentTimeMillis, (now) => all.map(jobAt(now)))
  )

  const collectionAt = (now: number) => (collection: CollectionDocument): CollectionDocument => {
    const found = at(now, collectionKey(collection))
    if (found === undefined) return collection
    const { size: _, vectorCount: __, ...model } = collection.model
    return { ...collection, model: { ...model, status: found.state } }
  }

  const collections = Effect.flatMap(
    project.collections,
    (all) => Effect.map(Clock.currentTimeMillis, (now) => all.map(collectionAt(now)))
  )

  /** The index as the project has it, where it can be copied. */
  const source = ({ document: { model } }: LiveIndex): Effect.Effect<LiveIndex, problem.Problem> =>
    isReady(model.status.state)
      ? project.index(model.name)
      : problem.badRequest(`Index ${model.name} is not ready: its state is ${model.status.state}.`)

  // What a server has left that ended in between: what has an end to come is seen to have it, but for what is to be deleted.
  const now = yield* Clock.currentTimeMillis
  const left = yield* project.indexes
  for (const { key, state, until } of yield* waiting.all) {
    const live = left.find((one) => stateKey(one) === key)
    if (live !== undefined && state === terminating) yield* ending(live, until)
    else if (until <= now) yield* waiting.remove(key)
  }

  return {
    indexes: Effect.flatMap(
      project.indexes,
      (all) => Effect.map(Clock.currentTimeMillis, (now) => all.flatMap((live) => seenAt(now)(live) ?? []))
    ),
    index,
    indexById: (id) =>
      Effect.gen(function*() {
        const live = yield* Effect.flatMap(project.indexById(id), seen)
        const { name, status: { state } } = live?.document.model ??
          { name: "of this host", status: { state: terminating } }
        if (live === undefined || state === terminating) return yield* problem.notFound(`Index ${name} is deleted.`)
        if (state === "Initializing") {
          return yield* problem.unready(`Index ${name} is not ready: its state is ${state}. Wait until it is Ready.`)
        }
        return live
      }),
    createIndex: (model, from, more) =>
      changed(Effect.andThen(create(model.name, project.createIndex(model, from, more)), index(model.name))),
    settleIndex: project.settleIndex,
    updateIndex: (name, update) =>
      changed(Effect.gen(function*() {
        const before = yield* index(name)
        if (before.document.model.status.state === terminating) {
          return yield* problem.badRequest(`Index ${name} is being deleted.`)
        }
        const now = yield* Clock.currentTimeMillis
        const old = yield* project.index(name)
        const live = yield* project.updateIndex(name, (model) =>
          Effect.tap(update(model), (next) =>
            capacity.change(capacityOf(model), capacityOf(next)) !== undefined &&
              at(now, capacityKey(old)) !== undefined
              ? problem.forbidden(`The read capacity of index ${name} is being changed: wait until it is Ready.`)
              : Effect.void))
        const state = yield* scaling(old.document.model, live.document.model)
        if (state !== undefined) {
          yield* put(stateKey(live), state, yield* soon)
        }
        const from = capacityOf(old.document.model)
        const moving = capacity.change(from, capacityOf(live.document.model))
        if (moving !== undefined) {
          const { currentReplicas: replicas, currentShards: shards } = from?.status ?? {}
          yield* put(
            capacityKey(live),
            moving,
            yield* soon,
            moving === "Scaling" ? { nodes: { replicas, shards } } : {}
          )
        }
        return (yield* seen(live)) ?? live
      })),
    deleteIndex: (name) =>
      changed(Effect.gen(function*() {
        const live = yield* index(name)
        if (live.document.model.status.state === terminating) return
        if (live.document.model.deletionProtection === "enabled") return yield* problem.deletionProtected
        const pending = (yield* collections)
          .filter((collection) =>
            collection.model.status !== "Ready" && waiting.get(collectionKey(collection))?.source === name
          )
          .map(({ model }) => `'${model.name}'`)
        if (pending.length > 0) {
          return yield* problem.precondition(
            `Unable to delete an index. There are pending collections for this index: [${pending.join(", ")}]`
          )
        }
        const until = yield* soon
        yield* put(stateKey(live), terminating, until)
        yield* ending(live, until)
      })),
    deletedIndexes: project.deletedIndexes,
    backups: Effect.flatMap(
      project.backups,
      (all) => Effect.map(Clock.currentTimeMillis, (now) => all.map(backupAt(now)))
    ),
    createBackup: (live, options) =>
      Effect.gen(function*() {
        const backup = yield* project.createBackup(yield* source(live), options)
        return backupAt(yield* Clock.currentTimeMillis)(backup)
      }),
    deleteBackup: (id) =>
      changed(Effect.gen(function*() {
        const pending = (yield* restoreJobs)
          .filter(({ backupId, status }) => backupId === id && status !== "Completed")
          .map(({ restoreJobId }) => `'${restoreJobId}'`)
        if (pending.length > 0) {
          return yield* problem.precondition(
            `Unable to delete backup. There are pending restore jobs for this backup: [${pending.join(", ")}]`
          )
        }
        yield* project.deleteBackup(id)
      })),
    restoreJobs,
    restore: (backup, request) =>
      changed(Effect.gen(function*() {
        const { backupId, status } = backup.model
        if (status !== "Ready") return yield* problem.precondition(`Backup ${backupId} is not completed`)
        const job = yield* create(request.name, project.restore(backup, request), 2)
        return jobAt(yield* Clock.currentTimeMillis)(job)
      })),
    collections,
    createCollection: (name, live) =>
      changed(Effect.gen(function*() {
        const collection = yield* project.createCollection(name, yield* source(live))
        const until = yield* soon
        yield* put(collectionKey(collection), "Initializing", until, { source: live.document.model.name })
        return collectionAt(yield* Clock.currentTimeMillis)(collection)
      })),
    deleteCollection: (name) =>
      changed(Effect.gen(function*() {
        const found = (yield* project.collections).find(({ model }) => model.name === name)
        yield* project.deleteCollection(name)
        if (found !== undefined) yield* waiting.remove(collectionKey(found))
      }))
  }
})

/** What a server has left that took its time is done at once by one that does not. */
const finished = (
  { project, waiting }: Pick<Setting, "project" | "waiting">
): Effect.Effect<Project, problem.Problem> =>
  Effect.gen(function*() {
    const left = yield* project.indexes
    for (const { key, state } of yield* waiting.all) {
      const live = left.find((one) => stateKey(one) === key)
      if (live !== undefined && state === terminating) yield* project.deleteIndex(live.document.model.name)
      yield* waiting.remove(key)
    }
    return project
  })

/** A project whose states last for a time, if it is any. */
export const around = (
  project: Project,
  each: Duration.DurationInput | undefined
): Effect.Effect<
  { readonly project: Project; readonly lifecycle: Lifecycle },
  problem.Problem,
  StoreTag | Scope.Scope
> =>
  Effect.gen(function*() {
    const waiting = yield* documents.open<Waiting>(yield* StoreTag, "lifecycle", ({ key }) => key)
    const millis = each === undefined ? 0 : Duration.toMillis(each)
    if (millis === 0) return { project: yield* finished({ project, waiting }), lifecycle: { wait: Effect.void } }
    return {
      project: yield* slow({ project, waiting, scope: yield* Effect.scope, millis }),
      lifecycle: { wait: Effect.sleep(millis) }
    }
  })
