import type { ObjectStore } from "@effect-pinecone/stores/ObjectStore"
import type { ObjectStoreError } from "@effect-pinecone/stores/ObjectStoreError"
import * as Stores from "@effect-pinecone/stores/Stores"
import type { PlatformError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Mailbox from "effect/Mailbox"
import * as Random from "effect/Random"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { ParquetError } from "../ParquetError.js"
import * as remote from "./remote.js"
import { isParquet, pathOf } from "./sources.js"

/** A file that is being written, and has no name yet. */
export interface Part {
  readonly write: (bytes: Uint8Array) => Effect.Effect<void, ParquetError>
  /** Writes what is left. The effect that it gives lets the file have its name. */
  readonly finish: Effect.Effect<Effect.Effect<void, ParquetError>, ParquetError>
}

/** Where files are written: a disk, or an object store. */
export interface Destination {
  /** What was asked for, as the names of files here begin. */
  readonly root: string
  readonly join: (folder: string, name: string) => string
  /** How users know a file. */
  readonly shown: (file: string) => string
  /** Makes a folder, if folders have to be made. */
  readonly makeFolder: (folder: string) => Effect.Effect<void, ParquetError>
  readonly parentOf: (file: string) => string
  /** The names of the Parquet files in a folder. */
  readonly filesIn: (folder: string) => Effect.Effect<ReadonlyArray<string>, ParquetError>
  /** A file that is gone when the scope is closed before it got its name. */
  readonly open: (file: string) => Effect.Effect<Part, ParquetError, Scope.Scope>
  readonly remove: (file: string) => Effect.Effect<void, ParquetError>
}

const unwritable = (file: string) => (error: PlatformError): ParquetError =>
  new ParquetError({
    message: `${file} cannot be written: ${error.message}. Check the disk, and that the permissions allow writing`,
    reason: "Unwritable",
    file
  })

const disk = (fs: FileSystem.FileSystem, path: Path.Path, root: string): Destination => {
  const open = (file: string): Effect.Effect<Part, ParquetError, Scope.Scope> =>
    Effect.gen(function*() {
      const random = yield* Random.nextIntBetween(0, 2 ** 31)
      const part = `${file}.${random.toString(36)}.part`
      yield* Effect.addFinalizer(() => Effect.ignore(fs.remove(part, { force: true })))
      // Closed before it is renamed, so it has a scope of its own within that of the part.
      const scope = yield* Scope.fork(yield* Effect.scope, { _tag: "Sequential" })
      const opened = yield* fs.open(part, { flag: "w" }).pipe(Effect.mapError(unwritable(file)), Scope.extend(scope))
      return {
        write: (bytes) => Effect.mapError(opened.writeAll(bytes), unwritable(file)),
        finish: Effect.gen(function*() {
          yield* Effect.mapError(opened.sync, unwritable(file))
          yield* Scope.close(scope, Exit.void)
          return Effect.mapError(fs.rename(part, file), unwritable(file))
        })
      }
    })
  return {
    root,
    join: path.join,
    shown: (file) => file,
    parentOf: path.dirname,
    makeFolder: (folder) => Effect.mapError(fs.makeDirectory(folder, { recursive: true }), unwritable(folder)),
    filesIn: (folder) =>
      Effect.mapBoth(fs.readDirectory(folder), {
        onFailure: unwritable(folder),
        onSuccess: (names) => names.filter(isParquet)
      }),
    open,
    remove: (file) => Effect.mapError(fs.remove(file), unwritable(file))
  }
}

const unstored = remote.failed("Unwritable")

/** How many pages wait for their upload, beside those that are on their way. */
const waiting = 4

const bucket = (store: ObjectStore, root: string): Destination => {
  const open = (key: string): Effect.Effect<Part, ParquetError, Scope.Scope> =>
    Effect.gen(function*() {
      const scope = yield* Effect.scope
      const pages = yield* Mailbox.make<Uint8Array>({ capacity: waiting })
      const upload = yield* store.stage(key, Mailbox.toStream(pages)).pipe(
        Effect.mapError(unstored),
        // Whatever ends it, nobody waits for room any more.
        Effect.onExit(() => pages.shutdown),
        Scope.extend(scope),
        Effect.forkIn(scope)
      )
      const ended: Effect.Effect<Effect.Effect<void, ObjectStoreError>, ParquetError> = Fiber.join(upload)
      return {
        write: (bytes) => Effect.flatMap(pages.offer(bytes), (isTaken) => isTaken ? Effect.void : Effect.asVoid(ended)),
        finish: Effect.andThen(pages.end, Effect.map(ended, Effect.mapError(unstored)))
      }
    })
  return {
    root,
    join: (folder, name) => folder === "" ? name : `${folder}/${name}`,
    shown: store.uriOf,
    parentOf: () => "",
    makeFolder: () => Effect.void,
    filesIn: (folder) => {
      const prefix = `${folder}/`
      return store.list(prefix).pipe(
        Stream.map(({ key }) => key.slice(prefix.length)),
        Stream.filter((name) => !name.includes("/") && isParquet(name)),
        Stream.runCollect,
        Effect.mapBoth({ onFailure: unstored, onSuccess: Chunk.toReadonlyArray })
      )
    },
    open,
    remove: (key) => Effect.mapError(store.remove(key), unstored)
  }
}

/** A file on a disk that stays under a name of its own until it is complete, and is continued after so many bytes. */
export const continued = (
  place: string,
  bytes: number
): Effect.Effect<Destination, ParquetError, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function*() {
    const root = yield* pathOf(place)
    if (remote.isUri(root)) {
      return yield* new ParquetError({
        message: `${root} is in an object store, where no file can be continued. Write it to a disk, or with write`,
        reason: "Unwritable",
        file: root
      })
    }
    const fs = yield* FileSystem.FileSystem
    const to = disk(fs, yield* Path.Path, root)
    return {
      ...to,
      open: (file) => {
        const part = `${file}.part`
        const failed = Effect.mapError(unwritable(part))
        return Effect.gen(function*() {
          const scope = yield* Scope.fork(yield* Effect.scope, { _tag: "Sequential" })
          const size = (yield* failed(fs.exists(part))) ? Number((yield* failed(fs.stat(part))).size) : 0
          if (size < bytes) {
            return yield* new ParquetError({
              message: `${part} has ${size} bytes, and ${bytes} are to be continued. Write the file from the beginning`,
              reason: "Unwritable",
              file: part
            })
          }
          const opened = yield* Scope.extend(failed(fs.open(part, { flag: bytes > 0 ? "r+" : "w" })), scope)
          if (bytes > 0) {
            // What was written after the position is written again.
            yield* failed(opened.truncate(FileSystem.Size(bytes)))
            yield* opened.seek(FileSystem.Size(bytes), "start")
          }
          return {
            write: (bytes) => failed(opened.writeAll(bytes)),
            finish: Effect.gen(function*() {
              yield* failed(opened.sync)
              yield* Scope.close(scope, Exit.void)
              return failed(fs.rename(part, file))
            })
          }
        })
      }
    }
  })

/** Where a path or a URI leads. */
export const of = (
  place: string
): Effect.Effect<Destination, ParquetError, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function*() {
    const root = yield* pathOf(place)
    if (!remote.isUri(root)) return disk(yield* FileSystem.FileSystem, yield* Path.Path, root)
    const { key, store } = yield* Effect.mapError(Stores.open(root), unstored)
    return bucket(store, key.replace(/\/+$/, ""))
  })
