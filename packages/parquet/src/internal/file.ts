import type { PlatformError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { ParquetError } from "../ParquetError.js"
import * as limits from "./limits.js"
import type { FileMetadata } from "./metadata.js"
import { parseFooter } from "./metadata.js"
import * as remote from "./remote.js"

const magic = 0x31524150

const encryptedMagic = 0x45524150

export const broken = (file: string, reason: string, column?: string): ParquetError =>
  new ParquetError({
    message: `${file} is truncated or is not a valid Parquet file: ${reason}. Write the file again, or remove it`,
    reason: "InvalidFile",
    file,
    column
  })

export const reasonOf = (error: unknown): string => error instanceof Error ? error.message : String(error)

export const unreadable = (file: string) => (error: PlatformError): ParquetError =>
  new ParquetError({
    message: `${file} cannot be read: ${error.message}. Check that it exists and that its permissions allow reading`,
    reason: error._tag === "SystemError" && error.reason === "NotFound" ? "NotFound" : "Unreadable",
    file
  })

/** A file and what its footer says. */
export interface OpenFile {
  readonly path: string
  readonly size: number
  readonly metadata: FileMetadata
  /** Reads as many bytes as fit in `into`. */
  readonly readInto: (offset: number, into: Uint8Array) => Effect.Effect<void, ParquetError>
  /**
   * Gives way to timers and to other work, where none had a turn for a while: fibers give way to each other only, and a few
   * bytes can be worth many rows.
   */
  readonly giveWay: Effect.Effect<void>
}

const longestTurn = 20

const nextTurn = Effect.async<void>((resume) => {
  const timer = setTimeout(() => resume(Effect.void), 0)
  return Effect.sync(() => clearTimeout(timer))
})

const turns = () => {
  let since = performance.now()
  const begin = Effect.sync(() => {
    since = performance.now()
  })
  return {
    begin,
    giveWay: Effect.suspend(() =>
      performance.now() - since < longestTurn ? Effect.void : Effect.andThen(nextTurn, begin)
    )
  }
}

/** The file's position is shared, so reads of one file must not overlap. */
const readAt = (path: string, file: FileSystem.File): OpenFile["readInto"] => (offset, into) =>
  Effect.gen(function*() {
    yield* file.seek(offset, "start")
    let filled = 0
    while (filled < into.length) {
      const count = Number(yield* Effect.mapError(file.read(into.subarray(filled)), unreadable(path)))
      if (count === 0) {
        return yield* broken(path, `it ends at byte ${offset + filled}, but more bytes were announced`)
      }
      filled += count
    }
  })

const openPath = (path: string): Effect.Effect<remote.RemoteFile, ParquetError, FileSystem.FileSystem | Scope.Scope> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const file = yield* Effect.mapError(fs.open(path, { flag: "r" }), unreadable(path))
    const size = Number((yield* Effect.mapError(file.stat, unreadable(path))).size)
    return { size, readInto: readAt(path, file) }
  })

export const open = (source: string): Effect.Effect<OpenFile, ParquetError, FileSystem.FileSystem | Scope.Scope> =>
  Effect.gen(function*() {
    const path = remote.shown(source)
    const { readInto: readWhole, size } = yield* remote.isUri(source) ? remote.open(source) : openPath(source)
    const { begin, giveWay } = turns()
    const readInto: OpenFile["readInto"] = (offset, into) => Effect.tap(readWhole(offset, into), begin)
    const read = (offset: number, length: number) =>
      Effect.suspend(() => {
        const bytes = new Uint8Array(length)
        return Effect.as(readInto(offset, bytes), bytes)
      })
    if (size < 12) {
      return yield* broken(path, `it has ${size} bytes, fewer than any Parquet file`)
    }
    const head = yield* read(0, 4)
    const tail = yield* read(size - 8, 8)
    const tailView = new DataView(tail.buffer)
    if (tailView.getUint32(4, true) === encryptedMagic) {
      return yield* new ParquetError({
        message: `${path} has an encrypted footer. Write the file again without encryption`,
        reason: "InvalidFile",
        file: path
      })
    }
    if (new DataView(head.buffer).getUint32(0, true) !== magic) {
      return yield* broken(path, "it does not start with PAR1")
    }
    if (tailView.getUint32(4, true) !== magic) {
      return yield* broken(path, "it does not end with PAR1")
    }
    const length = tailView.getUint32(0, true)
    if (length > size - 12) {
      return yield* broken(path, `its footer of ${length} bytes does not fit in ${size} bytes`)
    }
    if (length > limits.maxFooterBytes) {
      return yield* broken(path, `its footer of ${length} bytes is larger than ${limits.maxFooterBytes} bytes`)
    }
    const metadata = parseFooter(yield* read(size - 8 - length, length))
    if (typeof metadata === "string") return yield* broken(path, `its footer cannot be read: ${metadata}`)
    return { path, size, metadata, readInto, giveWay }
  })

/** How many rows a file has by its footer; -1 where the footer cannot be read. */
export const countRows = (path: string): Effect.Effect<number, never, FileSystem.FileSystem> =>
  open(path).pipe(
    Effect.map(({ metadata }) => metadata.rows),
    Effect.scoped,
    Effect.orElseSucceed(() => -1)
  )
