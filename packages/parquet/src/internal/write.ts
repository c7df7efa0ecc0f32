import type { VectorRecord } from "@effect-pinecone/schema/VectorRecord"
import type { PlatformError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Random from "effect/Random"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { ParquetError } from "../ParquetError.js"
import type { FolderOptions, Options, Summary, Written } from "../ParquetWriter.js"
import type { FileEncoder } from "./encode.js"
import { fileEncoder } from "./encode.js"
import { byName, isParquet } from "./sources.js"

const defaultRowGroupBytes = 16 * 1024 * 1024

const defaultFileBytes = 512 * 1024 * 1024

const unwritable = (file: string) => (error: PlatformError): ParquetError =>
  new ParquetError({
    message: `${file} cannot be written: ${error.message}. Check the disk, and that the permissions allow writing`,
    reason: "Unwritable",
    file
  })

/** A file that is being written under a name of its own. */
interface Part {
  /** The name that it will have. */
  readonly path: string
  readonly part: string
  readonly encoder: FileEncoder
  readonly flush: Effect.Effect<void, ParquetError>
  readonly finish: Effect.Effect<Written, ParquetError>
}

/** The file is removed when the scope is closed before it got its name. */
const openPart = (
  path: string,
  options: Options
): Effect.Effect<Part, ParquetError, FileSystem.FileSystem | Scope.Scope> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const random = yield* Random.nextIntBetween(0, 2 ** 31)
    const part = `${path}.${random.toString(36)}.part`
    yield* Effect.addFinalizer(() => Effect.ignore(fs.remove(part, { force: true })))
    // Closed before it is renamed, so it has a scope of its own within that of the part.
    const scope = yield* Scope.fork(yield* Effect.scope, { _tag: "Sequential" })
    const file = yield* fs.open(part, { flag: "w" }).pipe(
      Effect.mapError(unwritable(path)),
      Scope.extend(scope)
    )
    const encoder = fileEncoder(options.compression === "uncompressed" ? "UNCOMPRESSED" : "SNAPPY")
    const writeAll = (pages: ReadonlyArray<Uint8Array>) =>
      Effect.forEach(pages, (bytes) => Effect.mapError(file.writeAll(bytes), unwritable(path)), { discard: true })
    return {
      path,
      part,
      encoder,
      flush: Effect.suspend(() => writeAll(encoder.rowGroup())),
      finish: Effect.gen(function*() {
        yield* writeAll(encoder.rowGroup())
        yield* writeAll([encoder.footer()])
        yield* Effect.mapError(file.sync, unwritable(path))
        yield* Scope.close(scope, Exit.void)
        return { path, records: encoder.records(), bytes: encoder.bytes() }
      })
    }
  })

const makeFolder = (folder: string): Effect.Effect<void, ParquetError, FileSystem.FileSystem> =>
  Effect.flatMap(
    FileSystem.FileSystem,
    (fs) => Effect.mapError(fs.makeDirectory(folder, { recursive: true }), unwritable(folder))
  )

const rename = (part: string, path: string): Effect.Effect<void, ParquetError, FileSystem.FileSystem> =>
  Effect.flatMap(FileSystem.FileSystem, (fs) => Effect.mapError(fs.rename(part, path), unwritable(path)))

/** Puts records into files, each of which is opened when the one before it is full. */
const writeFiles = <E, R>(
  pathOf: (index: number) => string,
  records: Stream.Stream<VectorRecord, E, R>,
  options: FolderOptions
): Effect.Effect<
  ReadonlyArray<{ readonly part: string; readonly written: Written }>,
  E | ParquetError,
  R | FileSystem.FileSystem | Scope.Scope
> =>
  Effect.gen(function*() {
    const maxRecords = Math.max(1, options.maxRecords ?? Number.POSITIVE_INFINITY)
    const maxBytes = options.maxBytes ?? defaultFileBytes
    const rowGroupBytes = Math.min(Math.max(1, options.rowGroupBytes ?? defaultRowGroupBytes), maxBytes)
    const done: Array<{ readonly part: string; readonly written: Written }> = []
    let current = yield* openPart(pathOf(0), options)
    let total = 0

    const finish = Effect.suspend(() => {
      const { finish, part } = current
      return Effect.map(finish, (written) => {
        done.push({ part, written })
      })
    })

    /** Takes records until a row group or a file is full, and gives the position of the next. */
    const fill = (records: ReadonlyArray<VectorRecord>, from: number): number | ParquetError => {
      const { encoder, path } = current
      for (let i = from; i < records.length; i++) {
        const record = records[i]!
        const wrong = encoder.add(record)
        if (wrong !== undefined) {
          return new ParquetError({
            message: `record ${total} (${JSON.stringify(record.id)}) cannot be written to ${path}: ${wrong.message}`,
            reason: "InvalidRow",
            file: path,
            row: total,
            column: wrong.column
          })
        }
        total++
        if (isFull(encoder) || encoder.pending() >= rowGroupBytes) return i + 1
      }
      return records.length
    }

    const isFull = (encoder: FileEncoder) => encoder.records() >= maxRecords || encoder.bytes() >= maxBytes

    yield* Stream.runForEachChunk(records, (chunk) =>
      Effect.gen(function*() {
        const records = Chunk.toReadonlyArray(chunk)
        let at = 0
        while (at < records.length) {
          // Opened here, and not when the one before was full, so that no file is left without records at the end.
          if (isFull(current.encoder)) {
            yield* finish
            current = yield* openPart(pathOf(done.length), options)
          }
          const next = fill(records, at)
          if (typeof next !== "number") return yield* next
          at = next
          if (current.encoder.pending() >= rowGroupBytes) yield* current.flush
        }
      }))
    yield* finish
    return done
  })

export const write = <E, R>(
  path: string,
  records: Stream.Stream<VectorRecord, E, R>,
  options: Options
): Effect.Effect<Written, E | ParquetError, R | FileSystem.FileSystem | Path.Path> =>
  Effect.scopedWith((scope) =>
    Effect.gen(function*() {
      const { dirname } = yield* Path.Path
      yield* makeFolder(dirname(path))
      const unlimited = { ...options, maxBytes: Number.POSITIVE_INFINITY }
      const [file] = yield* Scope.extend(writeFiles(() => path, records, unlimited), scope)
      const { part, written } = file!
      yield* rename(part, path)
      return written
    })
  )

export const writeFolder = <E, R>(
  root: string,
  namespace: string,
  records: Stream.Stream<VectorRecord, E, R>,
  options: FolderOptions
): Effect.Effect<Summary, E | ParquetError, R | FileSystem.FileSystem | Path.Path> =>
  Effect.scopedWith((scope) =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const folder = path.join(root, namespace)
      yield* makeFolder(folder)
      const list = Effect.mapError(fs.readDirectory(folder), unwritable(folder))
      const existing = (yield* list).filter(isParquet).sort(byName)
      if (existing.length > 0 && options.overwrite !== true) {
        return yield* new ParquetError({
          message: `${folder} holds Parquet files already (${existing[0]}), which would be imported too. ` +
            "Choose another folder, or set overwrite",
          reason: "Unwritable",
          file: folder
        })
      }
      const files = yield* Scope.extend(
        writeFiles((index) => path.join(folder, `${index}.parquet`), records, options),
        scope
      )
      // From here on no file is without its name for longer than it takes to rename it.
      yield* Effect.uninterruptible(Effect.gen(function*() {
        for (const name of existing) {
          const file = path.join(folder, name)
          yield* Effect.mapError(fs.remove(file), unwritable(file))
        }
        for (const { part, written } of files) yield* rename(part, written.path)
      }))
      const written = files.map((file) => file.written)
      return {
        files: written,
        records: written.reduce((sum, { records }) => sum + records, 0),
        bytes: written.reduce((sum, { bytes }) => sum + bytes, 0)
      }
    })
  )
