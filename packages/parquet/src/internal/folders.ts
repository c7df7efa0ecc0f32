import * as Stores from "@effect-pinecone/stores/Stores"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { ParquetError } from "../ParquetError.js"
import { countRows, unreadable } from "./file.js"
import * as remote from "./remote.js"
import { byName, isParquet, pathOf } from "./sources.js"

export interface File {
  readonly path: string
  readonly bytes: number
  /** By its footer; -1 where that cannot be read. */
  readonly rows: number
}

export interface Folder {
  readonly namespace: string
  readonly files: ReadonlyArray<File>
}

export const defaultNamespace = "__default__"

const layout = "an import folder holds <namespace>/*.parquet, and files of the default namespace directly"

/** The folders below a URI. The footers of several files are read at a time. */
const remoteFolders = (
  uri: string
): Effect.Effect<ReadonlyArray<Folder>, ParquetError, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const { key, store } = yield* Stores.open(uri)
    const folder = key.replace(/\/+$/, "")
    const prefix = folder === "" ? "" : `${folder}/`
    const found = new Map<string, Array<{ readonly key: string; readonly size: number }>>()
    yield* Stream.runForEach(store.list(prefix), (file) =>
      Effect.sync(() => {
        const names = file.key.slice(prefix.length).split("/")
        if (names.length > 2 || !isParquet(file.key)) return
        const namespace = names.length === 1 ? defaultNamespace : names[0]!
        const others = found.get(namespace)
        if (others === undefined) found.set(namespace, [file])
        else others.push(file)
      }))
    if (found.size === 0) {
      return yield* new ParquetError({
        message: `The folder ${remote.shown(uri)} holds no .parquet files: ${layout}`,
        reason: "NotFound",
        file: remote.shown(uri)
      })
    }
    const namespaces = Array.from(found.keys()).sort(byName)
    return yield* Effect.forEach(namespaces, (namespace) =>
      Effect.map(
        Effect.forEach(
          found.get(namespace)!.sort((a, b) => byName(a.key, b.key)),
          ({ key, size }) => {
            const path = store.uriOf(key)
            return Effect.map(countRows(path), (rows) => ({ path, bytes: size, rows }))
          },
          { concurrency: 4 }
        ),
        (files) => ({ namespace, files })
      ))
  }).pipe(Effect.mapError((error) => error._tag === "PineconeParquetError" ? error : remote.unreadable(error)))

export const foldersOf = (
  root: string
): Effect.Effect<ReadonlyArray<Folder>, ParquetError, FileSystem.FileSystem | Path.Path> =>
  remote.isUri(root) && !root.startsWith("file://")
    ? remoteFolders(root)
    : Effect.flatMap(pathOf(root), localFolders)

const localFolders = (
  root: string
): Effect.Effect<ReadonlyArray<Folder>, ParquetError, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const fail = (reason: ParquetError["reason"], message: string) =>
      new ParquetError({ message: `${message}: ${layout}`, reason, file: root })
    const info = yield* Effect.mapError(
      fs.stat(root),
      (error) =>
        error._tag === "SystemError" && error.reason === "NotFound"
          ? fail("NotFound", `The folder ${root} does not exist`)
          : unreadable(root)(error)
    )
    if (info.type !== "Directory") return yield* fail("NotFound", `${root} is not a folder`)
    const list = (folder: string) =>
      fs.readDirectory(folder).pipe(
        Effect.mapError(unreadable(folder)),
        Effect.map((names) => names.sort(byName))
      )

    const files = new Map<string, Array<File>>()
    const add = (namespace: string, file: string) =>
      Effect.gen(function*() {
        const { size, type } = yield* Effect.mapError(fs.stat(file), unreadable(file))
        if (type !== "File") return
        const found = { path: file, bytes: Number(size), rows: yield* countRows(file) }
        const others = files.get(namespace)
        if (others === undefined) files.set(namespace, [found])
        else others.push(found)
      })

    for (const name of yield* list(root)) {
      const entry = path.join(root, name)
      const kind = yield* Effect.option(fs.stat(entry))
      if (Option.isSome(kind) && kind.value.type === "Directory") {
        for (const child of yield* list(entry)) {
          if (isParquet(child)) yield* add(name, path.join(entry, child))
        }
      } else if (isParquet(name)) {
        yield* add(defaultNamespace, entry)
      }
    }
    if (files.size === 0) return yield* fail("NotFound", `The folder ${root} holds no .parquet files`)
    return Array.from(files, ([namespace, files]) => ({ namespace, files }))
  })
