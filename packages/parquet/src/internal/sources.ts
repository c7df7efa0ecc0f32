import * as Stores from "@effect-pinecone/stores/Stores"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import picomatch from "picomatch/posix.js"
import { ParquetError } from "../ParquetError.js"
import { unreadable } from "./file.js"
import * as remote from "./remote.js"

/** In the order of their names, in which a number counts as one: `2.parquet` comes before `10.parquet`. */
export const byName = (left: string, right: string): number => {
  const a = left.split(/(\d+)/)
  const b = right.split(/(\d+)/)
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const one = a[i]!
    const two = b[i]!
    if (one === two) continue
    const difference = i % 2 === 1 ? Number(one) - Number(two) : 0
    if (difference !== 0) return difference
    return one < two ? -1 : 1
  }
  return a.length - b.length
}

export const isParquet = (name: string): boolean => name.endsWith(".parquet")

/** The files under a folder at any depth that are wanted, by their paths. */
const filesUnder = (
  folder: string,
  wanted: (relative: string) => boolean
): Effect.Effect<ReadonlyArray<string>, ParquetError, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const names = yield* Effect.mapError(fs.readDirectory(folder, { recursive: true }), unreadable(folder))
    const found = names
      .filter((name) => wanted(name.split(path.sep).join("/")))
      .map((name) => path.join(folder, name))
      .sort(byName)
    return yield* Effect.filter(
      found,
      (file) => Effect.map(Effect.mapError(fs.stat(file), unreadable(file)), ({ type }) => type === "File")
    )
  })

/** No files, for which nothing may be read. */
const none = (message: string, source: string) => new ParquetError({ message, reason: "NotFound", file: source })

const noFiles = (source: string) => none(`The folder ${source} holds no .parquet files. Check the path`, source)

const noMatch = (source: string) =>
  none(
    `No file matches ${source}. Check the pattern: ** stands for folders at any depth, * for part of a name`,
    source
  )

/** The files of a URI, which is that of an object, a prefix or a glob. */
const findRemote = (uri: string): Effect.Effect<ReadonlyArray<string>, ParquetError> =>
  Effect.gen(function*() {
    const { key, store } = yield* Effect.mapError(Stores.open(uri), remote.unreadable)
    const { base, glob } = picomatch.scan(key)
    if (glob === "" && isParquet(key)) return [uri]
    const folder = glob === "" ? key.replace(/\/+$/, "") : base
    const prefix = folder === "" ? "" : `${folder}/`
    const matches = glob === "" ? isParquet : picomatch(glob)
    const found = yield* store.list(prefix).pipe(
      Stream.filter(({ key }) => matches(key.slice(prefix.length))),
      Stream.map(({ key }) => key),
      Stream.runCollect,
      Effect.mapError(remote.unreadable)
    )
    const files = Chunk.toReadonlyArray(found).slice().sort(byName).map(store.uriOf)
    return files.length > 0 ? files : yield* glob === "" ? noFiles(remote.shown(uri)) : noMatch(remote.shown(uri))
  })

/** The path of a `file://` URI. */
export const pathOf = (source: string): Effect.Effect<string, ParquetError, Path.Path> =>
  source.startsWith("file://")
    ? Effect.flatMap(Path.Path, (path) =>
      Effect.try(() => new URL(source)).pipe(
        Effect.flatMap(path.fromFileUrl),
        Effect.mapError(() => none(`${source} is not the URI of a file: write it as file:///path`, source))
      ))
    : Effect.succeed(source)

const find = (
  given: string
): Effect.Effect<ReadonlyArray<string>, ParquetError, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const source = yield* pathOf(given)
    if (remote.isUri(source)) return yield* findRemote(source)
    const info = yield* Effect.either(fs.stat(source))
    if (info._tag === "Right") {
      if (info.right.type !== "Directory") return [source]
      const files = yield* filesUnder(source, isParquet)
      if (files.length > 0) return files
      return yield* noFiles(source)
    }
    const pattern = source.split(path.sep).join("/")
    const { base, glob } = picomatch.scan(pattern)
    if (glob === "") return yield* unreadable(source)(info.left)
    const matches = picomatch(glob)
    const files = yield* filesUnder(base === "" ? "." : base, (relative) => matches(relative))
    if (files.length > 0) return files
    return yield* noMatch(source)
  })

/** The files that are named by a path of a file or of a folder, by a glob, or by a list of those; each of them once. */
export const filesOf = (
  source: string | ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<string>, ParquetError, FileSystem.FileSystem | Path.Path> =>
  Effect.map(
    Effect.forEach(typeof source === "string" ? [source] : source, find),
    (files) => Array.from(new Set(files.flat()))
  )
