import type * as BulkImport from "@effect-pinecone/schema/BulkImport"
import * as Namespace from "@effect-pinecone/schema/Namespace"
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberMap from "effect/FiberMap"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import type { Folders, FoundNamespace, ImportProblem } from "./importFolder.js"
import { namespacesOf, reach, userError } from "./importFolder.js"
import { run } from "./importRun.js"
import type { Remote } from "./importStores.js"
import * as stores from "./importStores.js"
import { LifecycleTag } from "./lifecycle.js"
import * as problem from "./problem.js"
import type { LiveIndex } from "./project.js"
import { now, ProjectTag } from "./project.js"
import type { Store, StoreError } from "./store.js"
import { StoreTag } from "./store.js"

/** An import as it is kept. */
export interface ImportDocument {
  readonly id: string
  readonly indexId: string
  readonly uri: string
  readonly status: "Pending" | "InProgress" | "Failed" | "Completed" | "Cancelled"
  readonly createdAt: string
  readonly finishedAt?: string | undefined
  readonly percentComplete: number
  readonly recordsImported: number
  /** How many rows could not be imported, once all files have been looked into. */
  readonly recordsSkipped?: number | undefined
  readonly error?: string | undefined
  /** What it imports into, once that is known: these namespaces were not there before. */
  readonly namespaces?: ReadonlyArray<string> | undefined
}

export interface Imports {
  readonly start: (
    index: LiveIndex,
    request: {
      readonly uri: string
      readonly integrationId: string | undefined
      readonly onError: BulkImport.OnError
    }
  ) => Effect.Effect<string, problem.Problem>
  /** In the order of their start. */
  readonly list: (index: LiveIndex) => Effect.Effect<ReadonlyArray<ImportDocument>>
  readonly describe: (index: LiveIndex, id: string) => Effect.Effect<ImportDocument, problem.Problem>
  readonly cancel: (index: LiveIndex, id: string) => Effect.Effect<void, problem.Problem>
  /** Forgets the imports of an index that is deleted. It is called when the scope of such an index closes. */
  readonly forget: (indexId: string) => Effect.Effect<void, problem.Problem>
}

/** The bulk imports of the server's indexes: each in a fiber of its own, which ends with its index. */
export class ImportsTag extends Context.Tag("@effect-pinecone/local/internal/Imports")<ImportsTag, Imports>() {}

/** How long an import whose source cannot be reached waits for it, and how long it is tried then. */
const pendingTime = "100 millis"
const reachTime = "250 millis"

/** How often the progress of an import is written down, in milliseconds. */
const keepEvery = 1000

const kind = "import"
const counterKind = "import-counter"
const counterId = "last"
const firstId = 101

const isOver = ({ status }: ImportDocument): boolean => status !== "Pending" && status !== "InProgress"

const shownNamespaces = (namespaces: ReadonlyArray<string>): string => {
  const shown = namespaces.slice(0, 10).map((namespace) => `"${namespace}"`).join(", ")
  return namespaces.length > 10 ? `${shown} and ${namespaces.length - 10} more` : shown
}

/** How many records each namespace has. */
const sizesOf = (index: LiveIndex) =>
  Effect.map(index.data.namespaces, (all) => new Map(all.map(({ name, recordCount }) => [name, recordCount])))

/** Imports of version 0.1 were kept by index. */
const oldKind = /^import:(.+)$/

const make = Effect.fnUntraced(function*(
  folders: Folders,
  remote: Remote
): Effect.fn.Return<
  Imports,
  problem.Problem,
  StoreTag | ProjectTag | LifecycleTag | FileSystem.FileSystem | Path.Path
> {
  const store = yield* StoreTag
  const lifecycle = yield* LifecycleTag
  const project = yield* ProjectTag
  const files = yield* Effect.context<FileSystem.FileSystem | Path.Path>()
  const all = new Map<string, ImportDocument>()
  // Of each index, what an import has taken for its own.
  const claimed = new Set<string>()
  const watched = new Set<string>()
  const counting = yield* Effect.makeSemaphore(1)

  const documents = <A>(use: (documents: Store["documents"]) => Effect.Effect<A, StoreError>) =>
    Effect.mapError(use(store.documents), problem.fromStore)

  const isLive = (indexId: string): Effect.Effect<boolean> => Effect.isSuccess(project.indexById(indexId))

  const forget: Imports["forget"] = (indexId) =>
    Effect.suspend(() => {
      watched.delete(indexId)
      const gone = Array.from(all.values()).filter((document) => document.indexId === indexId)
      for (const { id } of gone) all.delete(id)
      return Effect.forEach(gone, ({ id }) => documents(({ remove }) => remove(kind, id)), { discard: true })
    })

  /** Changes an import, unless it is forgotten. */
  const change = (id: string, changes: Partial<ImportDocument>): Effect.Effect<ImportDocument | undefined> =>
    Effect.sync(() => {
      const document = all.get(id)
      if (document === undefined) return undefined
      const changed = { ...document, ...changes }
      all.set(id, changed)
      return changed
    })

  /** Changes an import and writes it down. */
  const keep = (id: string, changes: Partial<ImportDocument>): Effect.Effect<void, problem.Problem> =>
    Effect.gen(function*() {
      const changed = yield* change(id, changes)
      if (changed !== undefined && (yield* isLive(changed.indexId))) {
        yield* documents(({ put }) => put(kind, id, changed))
      }
    })

  /** Forgets the imports of an index once it is deleted. Its scope closes at the server's end too. */
  const watch = ({ document: { id }, scope }: LiveIndex): Effect.Effect<void> =>
    Effect.suspend(() => {
      if (watched.has(id)) return Effect.void
      watched.add(id)
      return Scope.addFinalizer(scope, Effect.unlessEffect(Effect.ignore(forget(id)), isLive(id)))
    })

  /** Takes namespaces for an import, which must not be there yet. */
  const claim = (
    index: LiveIndex,
    namespaces: ReadonlyArray<string>
  ): Effect.Effect<void, ImportProblem | problem.Problem, Scope.Scope> =>
    Effect.gen(function*() {
      const exists = (namespace: string) =>
        userError(`The namespace "${namespace}" already exists. Imports are only allowed into nonexistent namespaces.`)
      const keyOf = (namespace: string) => `${index.document.id}/${namespace}`
      yield* Effect.acquireRelease(
        Effect.suspend(() => {
          const taken = namespaces.find((namespace) => claimed.has(keyOf(namespace)))
          if (taken !== undefined) return exists(taken)
          for (const namespace of namespaces) claimed.add(keyOf(namespace))
          return Effect.void
        }),
        () =>
          Effect.sync(() => {
            for (const namespace of namespaces) claimed.delete(keyOf(namespace))
          })
      )
      const sizes = yield* sizesOf(index)
      for (const namespace of namespaces) {
        const size = sizes.get(namespace)
        // The default namespace is always there: it must be empty.
        const isFree = size === undefined || (namespace === Namespace.defaultNamespace && size === 0)
        if (!isFree) return yield* exists(namespace)
      }
    })

  /** Brings what was found into the index. */
  const bring = (
    index: LiveIndex,
    id: string,
    found: ReadonlyArray<FoundNamespace>,
    onError: BulkImport.OnError
  ) =>
    Effect.gen(function*() {
      const namespaces = found.map(({ namespace }) => namespace)
      yield* claim(index, namespaces)
      yield* keep(id, { namespaces })
      let kept = yield* Clock.currentTimeMillis
      yield* run(index, found, onError, (progress) =>
        Effect.gen(function*() {
          const time = yield* Clock.currentTimeMillis
          if (time - kept < keepEvery) {
            yield* change(id, progress)
          } else {
            kept = time
            yield* Effect.ignore(keep(id, progress))
          }
        }))
    })

  const work = (index: LiveIndex, id: string, { integrationId, onError, uri }: Parameters<Imports["start"]>[1]) =>
    Effect.gen(function*() {
      yield* stores.isRemote(uri)
        ? Effect.sleep(pendingTime)
        : Effect.catchAll(reach(folders, uri), () => Effect.sleep(pendingTime))
      yield* lifecycle.wait
      yield* keep(id, { status: "InProgress" })
      yield* lifecycle.wait
      const waiting = Effect.tapError(() => Effect.sleep(reachTime))
      if (stores.isRemote(uri)) {
        const settings = yield* waiting(stores.settingsFor(remote, uri, integrationId))
        yield* Effect.provide(
          Effect.flatMap(stores.namespacesOf(uri), (found) => bring(index, id, found, onError)),
          stores.layer(settings)
        )
      } else {
        const place = yield* waiting(reach(folders, uri))
        yield* bring(index, id, yield* namespacesOf(place), onError)
      }
    }).pipe(
      Effect.scoped,
      Effect.provide(files),
      Effect.onExit((exit) =>
        Effect.ignore(Effect.gen(function*() {
          // Whoever interrupts an import says why; at the server's end it is told when the server starts again.
          if (Exit.isInterrupted(exit)) return yield* keep(id, {})
          const finishedAt = (yield* now).toISOString()
          if (Exit.isSuccess(exit)) return yield* keep(id, { status: "Completed", percentComplete: 100, finishedAt })
          const cause = Cause.squash(exit.cause)
          yield* keep(id, {
            status: "Failed",
            error: cause instanceof Error ? cause.message : String(cause),
            finishedAt
          })
        }))
      )
    )

  /** Says of an import that the server's end has stopped what it has stored: that is counted, whatever was written down. */
  const stopped = (index: LiveIndex, document: ImportDocument) =>
    Effect.gen(function*() {
      const left: Array<string> = []
      let records = 0
      const sizes = yield* sizesOf(index)
      for (const namespace of document.namespaces ?? []) {
        const size = sizes.get(namespace) ?? 0
        if (size === 0) continue
        left.push(namespace)
        records += size
      }
      yield* keep(document.id, {
        status: "Failed",
        recordsImported: records,
        finishedAt: (yield* now).toISOString(),
        error: records === 0
          ? "The server was stopped before the import had stored any records. Start the import again."
          : `The server was stopped while the import ran, and ${records} records had been stored. Delete the namespaces ` +
            `${shownNamespaces(left)}, then start the import again: it is only allowed into nonexistent namespaces.`
      })
    })

  for (const old of yield* documents(({ kinds }) => kinds)) {
    const indexId = oldKind.exec(old)?.[1]
    if (indexId === undefined) continue
    const changes = (yield* documents(({ all }) => all(old))).map(({ document, id }) => ({
      put: { kind, id, document: { ...Object(document), indexId } }
    }))
    yield* documents(({ commit }) => commit([...changes, { removeAll: { kind: old } }]))
  }
  // eslint-disable-next-line no-restricted-syntax -- the store gives back what was put.
  const rows = (yield* documents((documents) => documents.all(kind))) as ReadonlyArray<
    { readonly document: ImportDocument }
  >
  for (const { document } of rows) {
    all.set(document.id, document)
    const index = yield* Effect.option(project.indexById(document.indexId))
    if (index._tag === "None") yield* forget(document.indexId)
    else {
      yield* watch(index.value)
      // An index that cannot be read says so itself.
      if (!isOver(document)) yield* Effect.ignore(stopped(index.value, document))
    }
  }
  // eslint-disable-next-line no-restricted-syntax -- the store gives back what was put.
  const [counter] = (yield* documents((documents) => documents.all(counterKind))) as ReadonlyArray<
    { readonly document: { readonly last: number } }
  >
  let last = counter?.document.last ?? firstId - 1

  /** A number that no import had before, of whatever index. */
  const nextId = counting.withPermits(1)(Effect.suspend(() => {
    const id = last + 1
    return Effect.map(documents(({ put }) => put(counterKind, counterId, { last: id })), () => {
      last = id
      return String(id)
    })
  }))

  const describe: Imports["describe"] = (index, id) =>
    Effect.suspend(() => {
      const found = all.get(id)
      return found === undefined || found.indexId !== index.document.id
        ? problem.notFound(`Import ${id} not found.`)
        : Effect.succeed(found)
    })

  return {
    start: (index, request) =>
      Effect.gen(function*() {
        const { uri } = request
        const secret = stores.secretIn(uri)
        if (secret !== undefined) return yield* problem.badRequest(secret)
        const id = yield* nextId
        all.set(id, {
          id,
          indexId: index.document.id,
          uri,
          status: "Pending",
          createdAt: (yield* now).toISOString(),
          percentComplete: 0,
          recordsImported: 0
        })
        yield* watch(index)
        yield* Effect.tapError(keep(id, {}), () => Effect.sync(() => all.delete(id)))
        // Where the index is deleted meanwhile, its map of fibers is closed, and interrupts whoever adds to it.
        yield* Effect.catchAllCause(
          FiberMap.run(index.imports, id, Effect.ignore(work(index, id, request))),
          () => problem.indexGone
        )
        return id
      }),
    list: (index) => Effect.sync(() => Array.from(all.values()).filter(({ indexId }) => indexId === index.document.id)),
    describe,
    cancel: (index, id) =>
      // Once it is interrupted, it is to be said that it was cancelled.
      Effect.uninterruptible(Effect.gen(function*() {
        if (isOver(yield* describe(index, id))) return
        yield* FiberMap.remove(index.imports, id)
        if (isOver(yield* describe(index, id))) return
        yield* keep(id, { status: "Cancelled", finishedAt: (yield* now).toISOString() })
      })),
    forget
  }
})

/** The imports of a server, from the folders and the object stores that it reads. */
export const layer = (
  folders: Folders,
  remote: Remote
): Layer.Layer<
  ImportsTag,
  problem.Problem,
  StoreTag | ProjectTag | LifecycleTag | FileSystem.FileSystem | Path.Path
> => Layer.effect(ImportsTag, make(folders, remote))
