import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import picomatch from "picomatch/posix.js"
import { ParquetError } from "../ParquetError.js"
import { unreadable } from "./file.js"

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

const find = (
  source: string
): Effect.Effect<ReadonlyArray<string>, ParquetError, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const info = yield* Effect.either(fs.stat(source))
    if (info._tag === "Right") {
      if (info.right.type !== "Directory") return [source]
      const files = yield* filesUnder(source, isParquet)
      if (files.length > 0) return files
      return yield* new ParquetError({
        message: `The folder ${source} holds no .parquet files. Check the path`,
        reason: "NotFound",
        file: source
      })
    }
    const pattern = source.split(path.sep).join("/")
    const { base, glob } = picomatch.scan(pattern)
    if (glob === "") return yield* unreadable(source)(info.left)
    const matches = picomatch(glob)
    const files = yield* filesUnder(base === "" ? "." : base, (relative) => matches(relative))
    if (files.length > 0) return files
    return yield* new ParquetError({
      message: `No file matches ${source}. Check the pattern: ** stands for folders at any depth, * for part of a name`,
      reason: "NotFound",
      file: source
    })
  })

/** The files that are named by a path of a file or of a folder, by a glob, or by a list of those; each of them once. */
export const filesOf = (
  source: string | ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<string>, ParquetError, FileSystem.FileSystem | Path.Path> =>
  Effect.map(
    Effect.forEach(typeof source === "string" ? [source] : source, find),
    (files) => Array.from(new Set(files.flat()))
  )
