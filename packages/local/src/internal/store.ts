import type * as PlatformError from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as packing from "./packing.js"
import type { Counts, RecordSet } from "./recordSet.js"
import * as recordSet from "./recordSet.js"
import type { Aside, Connection, Executor } from "./sqlite/executor.js"
import * as executors from "./sqlite/executor.js"
import type { OpenRequest, Statement } from "./sqlite/protocol.js"
import { StoreError } from "./storeError.js"
import * as storeError from "./storeError.js"
import type { VectorFolder } from "./vectorFiles.js"

export type { Counts, NamespaceRow, RecordSet, Write, Written } from "./recordSet.js"
export { StoreError } from "./storeError.js"

/** A change of the documents. */
export type DocumentChange =
  | { readonly put: { readonly kind: string; readonly id: string; readonly document: unknown } }
  | { readonly remove: { readonly kind: string; readonly id: string } }
  | { readonly removeAll: { readonly kind: string } }

/** Rows that are kept as JSON, by kind and id. */
export interface Documents {
  /** All of the changes, or none of them. */
  readonly commit: (changes: ReadonlyArray<DocumentChange>) => Effect.Effect<void, StoreError>
  readonly put: (kind: string, id: string, document: unknown) => Effect.Effect<void, StoreError>
  readonly remove: (kind: string, id: string) => Effect.Effect<void, StoreError>
  /** In the order in which they were first put. One that is damaged is left out, and named in the log. */
  readonly all: (kind: string) => Effect.Effect<ReadonlyArray<StoredDocument>, StoreError>
  readonly kinds: Effect.Effect<ReadonlyArray<string>, StoreError>
}

export interface StoredDocument {
  readonly id: string
  readonly document: unknown
}

export interface Store {
  readonly documents: Documents
  /**
   * Makes an empty set and commits changes of documents, in one step. It says of itself what it is, should the registry be
   * lost.
   */
  readonly create: (
    id: string,
    about: unknown,
    changes: ReadonlyArray<DocumentChange>
  ) => Effect.Effect<void, StoreError>
  /** Opens a set until the Scope closes. A set that is open is not opened again. */
  readonly open: (id: string) => Effect.Effect<RecordSet, StoreError, Scope.Scope>
  /** A consistent copy of a set that may be open, and the changes of documents that tell of it, in one step. */
  readonly copy: (
    from: string,
    to: string,
    about: (counts: Counts) => unknown,
    changes: (counts: Counts) => ReadonlyArray<DocumentChange>
  ) => Effect.Effect<Counts, StoreError>
  /** Commits changes of documents and removes a set, if it is there, in one step; it must not be open. */
  readonly remove: (id: string, changes: ReadonlyArray<DocumentChange>) => Effect.Effect<void, StoreError>
  /** The ids of the sets that are on the disk. */
  readonly sets: Effect.Effect<ReadonlyArray<string>, StoreError>
  /** Where the set is, for messages. */
  readonly fileOf: (id: string) => string
}

export class StoreTag extends Context.Tag("@effect-pinecone/local/internal/Store")<StoreTag, Store>() {}

export interface StoreOptions {
  /** How many pages of 8 KB a file may have: a test makes a disk small with it. */
  readonly maxPages?: number | undefined
}

/** A store in a folder, which is made if need be. It is refused to a second server. */
export const layer = (
  folder: string,
  options?: StoreOptions
): Layer.Layer<StoreTag, StoreError, FileSystem.FileSystem | Path.Path> =>
  Layer.scoped(StoreTag, make(folder, { durable: true, thread: true, maxPages: options?.maxPages }))

/** A store in a folder that goes with the Scope; with a thread of its own where others must not wait for it. */
export const layerTemporary = (
  options: { readonly thread: boolean }
): Layer.Layer<StoreTag, StoreError, FileSystem.FileSystem | Path.Path> =>
  Layer.scoped(
    StoreTag,
    FileSystem.FileSystem.pipe(
      Effect.flatMap((fs) => fs.makeTempDirectoryScoped({ prefix: "pinecone-local-" })),
      Effect.mapError(storeError.from("A temporary folder could not be made")),
      Effect.flatMap((folder) => make(folder, { durable: false, thread: options.thread, maxPages: undefined }))
    )
  )

// -----------------------------------------------------------------------------
// Documents
// -----------------------------------------------------------------------------

const statementOf = (change: DocumentChange): Effect.Effect<Statement, StoreError> => {
  if ("put" in change) {
    const { document, id, kind } = change.put
    return Effect.map(packing.toJson(document), (json) => ({
      sql: `INSERT INTO documents (kind, id, document) VALUES (?, ?, ?)
        ON CONFLICT (kind, id) DO UPDATE SET document = excluded.document`,
      params: [kind, packing.toText(id), json]
    }))
  }
  return Effect.succeed(
    "remove" in change
      ? {
        sql: "DELETE FROM documents WHERE kind = ? AND id = ?",
        params: [change.remove.kind, packing.toText(change.remove.id)]
      }
      : { sql: "DELETE FROM documents WHERE kind = ?", params: [change.removeAll.kind] }
  )
}

const makeDocuments = ({ at, executor }: Connection): Documents => {
  const commit: Documents["commit"] = (changes) =>
    Effect.flatMap(Effect.forEach(changes, statementOf), (statements) =>
      Effect.mapError(
        executor.ask({ op: "run", at, statements }),
        storeError.from("The data could not be stored")
      ))
  const ask = (sql: string, params: ReadonlyArray<string>) =>
    Effect.mapError(executor.ask({ op: "all", at, sql, params }), storeError.from("The data could not be read"))
  return {
    commit,
    put: (kind, id, document) => commit([{ put: { kind, id, document } }]),
    remove: (kind, id) => commit([{ remove: { kind, id } }]),
    all: (kind) =>
      Effect.flatMap(
        ask("SELECT id, document FROM documents WHERE kind = ? ORDER BY seq", [kind]),
        (rows) =>
          Effect.map(
            Effect.forEach(rows, (row) =>
              Effect.catchAll(
                packing.decoding((): ReadonlyArray<StoredDocument> => [{
                  id: packing.fromText(row["id"]),
                  document: packing.fromJson(row["document"])
                }]),
                () =>
                  Effect.as(
                    Effect.logWarning(`The ${kind} ${String(row["id"])} in the registry is damaged and is left out.`),
                    []
                  )
              )),
            (all) => all.flat()
          )
      ),
    kinds: Effect.map(ask("SELECT DISTINCT kind FROM documents", []), (rows) => rows.map((row) => String(row["kind"])))
  }
}

// -----------------------------------------------------------------------------
// The folder
// -----------------------------------------------------------------------------

const extension = ".db"

/** Sets that are being made: what a crash has left of them is removed. */
const pendingKind = "set-pending"

/** Sets whose removal has been committed. */
const removedKind = "set-removed"

/** What belongs to the file of a database. */
const companions = ["-wal", "-shm", "-journal"]

/** A file of the vectors of a namespace is called after its set and its number; `.new` before it is whole. */
const vectorName = /^(.+)\.(\d+)\.vectors(\.new)?$/

interface StoreSettings extends StoreOptions {
  readonly durable: boolean
  readonly thread: boolean
}

/** How many sets may be read, copied or rewritten aside at once: each in a thread, of which there are few processors for. */
const asides = 2

/** A file of so many bytes is copied where everything else is done, which saves the start of a thread. */
const smallFile = 2 ** 21

const make = (
  folder: string,
  options: StoreSettings
): Effect.Effect<Store, StoreError, FileSystem.FileSystem | Path.Path | Scope.Scope> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const root = path.resolve(folder)
    const setFolder = path.join(root, "sets")
    const registryFile = path.join(root, `registry${extension}`)
    const fileOf = (id: string) => path.join(setFolder, `${id}${extension}`)

    yield* fs.makeDirectory(setFolder, { recursive: true }).pipe(
      Effect.mapError(storeError.from(`The folder ${root} could not be made`))
    )
    // What is in it is for nobody else. A file system that knows no permissions has none to give.
    yield* Effect.ignore(Effect.andThen(fs.chmod(root, 0o700), fs.chmod(setFolder, 0o700)))

    const main = yield* options.thread ? executors.makeThread("short") : executors.makeInline

    /** A file for a database, which nobody else can read. */
    const touch = (file: string) => Effect.ignore(Effect.scoped(fs.open(file, { flag: "ax", mode: 0o600 })))

    const openDatabase = (
      executor: Executor,
      request: Pick<OpenRequest, "file" | "kind" | "create" | "lock" | "reader">
    ): Effect.Effect<Connection & { readonly format: number }, StoreError, Scope.Scope> =>
      Effect.acquireRelease(
        executor.ask({ op: "open", durable: options.durable, maxPages: options.maxPages, ...request }).pipe(
          Effect.mapBoth({
            onFailure: storeError.from(`The database ${request.file} could not be opened`),
            onSuccess: ({ at, format }) => ({ executor, at, format })
          })
        ),
        ({ at }) => Effect.ignore(executor.ask({ op: "close", at }))
      )

    /** The registry, checked before anything of it is believed. */
    const openRegistry = Effect.suspend(() =>
      openDatabase(main, { file: registryFile, kind: "registry", create: true, lock: true, reader: false })
    ).pipe(
      Effect.tap(({ at }) =>
        Effect.flatMap(
          Effect.mapError(main.ask({ op: "check", at }), storeError.from("The registry could not be read")),
          (wrong) => wrong === undefined ? Effect.void : Effect.fail(storeError.damage(wrong))
        )
      )
    )

    /** A registry that cannot be read is kept under another name, and a new one is made from what the sets say. */
    const setAside = (error: StoreError) =>
      Effect.gen(function*() {
        const kept = `${registryFile}.damaged-${yield* Clock.currentTimeMillis}`
        for (const suffix of ["", ...companions]) {
          if (yield* fs.exists(`${registryFile}${suffix}`)) {
            yield* fs.rename(`${registryFile}${suffix}`, `${kept}${suffix}`)
          }
        }
        yield* Effect.logError(
          `${registryFile} is damaged (${error.message}). It is kept as ${kept}, and a new one is made: ` +
            "indexes, backups and collections are found again by their files; API keys, assistants and the lists of imports and restore jobs are not."
        )
      }).pipe(Effect.mapError(storeError.from(`The folder ${root} could not be repaired`)))

    yield* touch(registryFile)
    yield* Effect.ignore(fs.chmod(registryFile, 0o600))
    // First of all: its lock is the lock of the folder.
    const registry = yield* openRegistry.pipe(
      Effect.catchIf(
        ({ reason }) => reason === "Damaged",
        (error) => Effect.andThen(setAside(error), Effect.andThen(touch(registryFile), openRegistry))
      ),
      Effect.mapError((error) =>
        error.reason === "Busy"
          ? new StoreError({
            reason: "Busy",
            message: `The folder ${root} is in use by another server.`,
            cause: error.cause
          })
          : error
      )
    )
    const documents = makeDocuments(registry)

    const files = Effect.mapError(
      fs.readDirectory(setFolder),
      storeError.from(`The folder ${root} could not be read`)
    )

    /** Flushes a file or, on the platforms that open one, a folder. */
    const flush = (name: string, flag: FileSystem.OpenFlag) =>
      options.durable
        ? Effect.scoped(Effect.flatMap(fs.open(name, { flag }), (file) => file.sync))
        : Effect.void

    /**
     * Emptied once it has no name: a connection that the garbage collector has not closed yet would keep its space on
     * the disk.
     */
    const unlink = (file: string): Effect.Effect<void, PlatformError.PlatformError> =>
      Effect.scoped(
        Effect.flatMap(
          Effect.option(fs.open(file, { flag: "r+" })),
          (handle) =>
            Effect.andThen(
              fs.remove(file, { force: true }),
              Option.isSome(handle) ? handle.value.truncate(0) : Effect.void
            )
        )
      )

    /** Removes the files of vectors of a set, but for some namespaces. */
    const removeVectors = (id: string, isKept: (namespace: number) => boolean) =>
      Effect.flatMap(files, (names) =>
        Effect.forEach(names, (name) => {
          const [, set, namespace] = vectorName.exec(name) ?? []
          return set === id && !isKept(Number(namespace))
            ? Effect.ignore(fs.remove(path.join(setFolder, name), { force: true }))
            : Effect.void
        }, { discard: true }))

    /** Where the vectors of the namespaces of a set are. */
    const vectorsOf = (id: string): VectorFolder | undefined =>
      options.durable
        ? {
          fs,
          pathOf: (namespace) => path.join(setFolder, `${id}.${namespace}.vectors`),
          keep: (namespaces) => Effect.ignore(removeVectors(id, (namespace) => namespaces.has(namespace)))
        }
        : undefined

    /**
     * Unlinks a set that was asked to be removed, or that never came to be. The index of a log is not emptied, as a
     * connection that lingers has it mapped into memory.
     */
    const discard = (id: string): Effect.Effect<void, StoreError> => {
      const file = fileOf(id)
      return fs.remove(`${file}-shm`, { force: true }).pipe(
        Effect.andThen(removeVectors(id, () => false)),
        Effect.andThen(Effect.forEach(["-wal", "-journal", ""], (suffix) => unlink(`${file}${suffix}`), {
          discard: true
        })),
        Effect.mapError(storeError.from(`The set ${id} could not be removed`))
      )
    }

    // What a crash has interrupted: a set that was being made was promised to nobody, and one that was removed is not to
    // come back, even where its file cannot be unlinked yet.
    const condemned = new Set<string>()
    for (const kind of [pendingKind, removedKind]) {
      for (const { id } of yield* documents.all(kind)) {
        yield* Effect.catchAll(Effect.andThen(discard(id), documents.remove(kind, id)), ({ message }) => {
          condemned.add(id)
          return Effect.logWarning(`${message} It is tried again at the next start.`)
        })
      }
    }

    /** Threads for what takes long, made when they are needed. */
    const free: Array<Executor> = []
    const places = yield* Effect.makeSemaphore(asides)
    const scope = yield* Effect.scope
    const thread: Effect.Effect<Executor, never, Scope.Scope> = Effect.uninterruptibleMask((restore) =>
      Effect.gen(function*() {
        yield* restore(places.take(1))
        yield* Effect.addFinalizer(() => places.release(1))
        const one = free.pop() ?? (yield* Effect.provideService(executors.makeThread("long"), Scope.Scope, scope))
        yield* Effect.addFinalizer(() => Effect.sync(() => free.push(one)))
        return one
      })
    )

    /** The sets in use, `undefined` while one is being opened, made or removed. */
    const inUse = new Map<string, Connection | undefined>()

    const claim = (id: string): Effect.Effect<void, StoreError, Scope.Scope> =>
      Effect.acquireRelease(
        Effect.suspend(() => {
          if (inUse.has(id)) return Effect.fail(storeError.failed(`The set ${id} is in use.`))
          inUse.set(id, undefined)
          return Effect.void
        }),
        () => Effect.sync(() => inUse.delete(id))
      )

    const exists = (id: string) =>
      Effect.mapError(fs.exists(fileOf(id)), storeError.from(`The set ${id} could not be looked for`))

    // A full disk has no room for the index of the log that a crash has left, which an exclusive lock keeps in memory:
    // what is there can be read all the same.
    const connect = (id: string, create: boolean) => {
      const request = { file: fileOf(id), kind: "records", create, reader: false } as const
      return Effect.catchIf(
        Effect.map(openDatabase(main, { ...request, lock: false }), (connection) => ({ connection, alone: false })),
        storeError.isDiskFull,
        () => Effect.map(openDatabase(main, { ...request, lock: true }), (connection) => ({ connection, alone: true }))
      )
    }

    const asideOf = (id: string, own: Connection, alone: boolean): Aside =>
      alone
        ? Effect.succeed(own)
        : Effect.flatMap(
          thread,
          (executor) =>
            openDatabase(executor, { file: fileOf(id), kind: "records", create: false, lock: false, reader: true })
        )

    const openSet = (id: string) =>
      Effect.gen(function*() {
        yield* claim(id)
        if (!(yield* exists(id))) return yield* storeError.damage(`The file ${fileOf(id)} is missing.`)
        yield* Effect.ignore(fs.chmod(fileOf(id), 0o600))
        const { alone, connection } = yield* connect(id, false)
        yield* Effect.acquireRelease(
          Effect.sync(() => inUse.set(id, connection)),
          () => Effect.sync(() => inUse.set(id, undefined))
        )
        return { connection, set: yield* recordSet.make(connection, asideOf(id, connection, alone), vectorsOf(id)) }
      })

    /** Makes a set and tells the registry, so that there is either both or neither. */
    const making = <A>(
      id: string,
      build: Effect.Effect<{ readonly value: A; readonly changes: ReadonlyArray<DocumentChange> }, StoreError>
    ): Effect.Effect<A, StoreError> =>
      Effect.gen(function*() {
        yield* claim(id)
        if (yield* exists(id)) return yield* storeError.failed(`The set ${id} is there already.`)
        yield* documents.put(pendingKind, id, {})
        const { changes, value } = yield* Effect.onError(
          Effect.tap(
            Effect.andThen(touch(fileOf(id)), build),
            Effect.mapError(flush(fileOf(id), "r+"), storeError.from(`The set ${id} could not be stored`))
          ),
          () => Effect.ignore(Effect.andThen(discard(id), documents.remove(pendingKind, id)))
        )
        yield* Effect.ignore(flush(setFolder, "r"))
        yield* Effect.onError(
          documents.commit([{ remove: { kind: pendingKind, id } }, ...changes]),
          () => Effect.ignore(Effect.andThen(discard(id), documents.remove(pendingKind, id)))
        )
        return value
      }).pipe(Effect.scoped, Effect.uninterruptible)

    /** Says what the new set is, and how large. */
    const finish = (id: string, about: (counts: Counts) => unknown) =>
      Effect.scoped(Effect.gen(function*() {
        const { connection } = yield* connect(id, true)
        yield* Effect.mapError(
          connection.executor.ask({ op: "forget", at: connection.at }),
          storeError.from(`The set ${id} could not be stored`)
        )
        const set = yield* recordSet.make(connection, Effect.succeed(connection))
        const counts = yield* set.counts
        yield* set.describe(about(counts))
        return counts
      }))

    const vacuum = (from: string, to: string) =>
      Effect.scoped(Effect.gen(function*() {
        const copying = storeError.from(`${fileOf(from)} could not be copied`)
        const inMemory = inUse.get(from)
        const own = inMemory ?? (yield* openSet(from)).connection
        const { size } = yield* Effect.mapError(fs.stat(fileOf(from)), copying)
        const { at, executor } = Number(size) <= smallFile ? own : yield* asideOf(from, own, false)
        if (inMemory === undefined) {
          // Nobody has looked at it for long.
          const wrong = yield* Effect.mapError(executor.ask({ op: "verify", at }), copying)
          if (wrong !== undefined) return yield* storeError.damage(`${fileOf(from)} is damaged: ${wrong}`)
        }
        yield* Effect.mapError(executor.ask({ op: "copy", at, to: fileOf(to) }), copying)
      }))

    return {
      documents,
      create: (id, about, changes) =>
        making(id, Effect.map(finish(id, () => about), () => ({ value: undefined, changes }))),
      open: (id) => Effect.map(openSet(id), ({ set }) => set),
      copy: (from, to, about, changes) =>
        making(
          to,
          Effect.gen(function*() {
            if (!(yield* exists(from))) return yield* storeError.damage(`The file ${fileOf(from)} is missing.`)
            yield* vacuum(from, to)
            const value = yield* finish(to, about)
            return { value, changes: changes(value) }
          })
        ).pipe(
          Effect.tapError(({ message, reason }) => reason === "Damaged" ? Effect.logError(message) : Effect.void)
        ),
      remove: (id, changes) =>
        claim(id).pipe(
          Effect.andThen(documents.commit([...changes, { put: { kind: removedKind, id, document: {} } }])),
          Effect.andThen(discard(id)),
          Effect.andThen(documents.remove(removedKind, id)),
          Effect.uninterruptible,
          Effect.scoped
        ),
      sets: Effect.map(
        files,
        (names) =>
          names.filter((name) => name.endsWith(extension))
            .map((name) => name.slice(0, -extension.length))
            .filter((id) => !condemned.has(id))
            .sort()
      ),
      fileOf
    }
  })
