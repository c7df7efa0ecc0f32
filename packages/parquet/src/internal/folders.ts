import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { ParquetError } from "../ParquetError.js"
import { countRows, unreadable } from "./file.js"
import { byName, isParquet } from "./sources.js"

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

export const foldersOf = (
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
