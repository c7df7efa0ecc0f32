import type { VectorRecord } from "@effect-pinecone/schema/VectorRecord"
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { ParquetError } from "../ParquetError.js"
import type { FolderOptions, Options, Position, ResumableOptions, Summary, Written } from "../ParquetWriter.js"
import type { Destination } from "./destination.js"
import * as destination from "./destination.js"
import type { FileEncoder } from "./encode.js"
import { fileEncoder } from "./encode.js"
import { byName } from "./sources.js"

const defaultRowGroupBytes = 16 * 1024 * 1024

const defaultFileBytes = 512 * 1024 * 1024

/** A file that is being written under a name of its own. */
interface Part {
  /** The name that it will have. */
  readonly path: string
  readonly encoder: FileEncoder
  readonly flush: Effect.Effect<void, ParquetError>
  readonly finish: Effect.Effect<Finished, ParquetError>
}

/** A file that is complete, and gets its name. */
interface Finished {
  readonly name: Effect.Effect<void, ParquetError>
  readonly written: Written
}

/** The file is removed when the scope is closed before it got its name. */
const openPart = (
  to: Destination,
  file: string,
  options: Options,
  { onRowGroup, resumeFrom }: ResumableOptions = {}
): Effect.Effect<Part, ParquetError, Scope.Scope> =>
  Effect.gen(function*() {
    const path = to.shown(file)
    const part = yield* to.open(file)
    const encoder = fileEncoder(options.compression === "uncompressed" ? "UNCOMPRESSED" : "SNAPPY", resumeFrom)
    const writeAll = (pages: ReadonlyArray<Uint8Array>) => Effect.forEach(pages, part.write, { discard: true })
    return {
      path,
      encoder,
      flush: Effect.andThen(
        Effect.suspend(() => writeAll(encoder.rowGroup())),
        Effect.suspend(() => onRowGroup?.(encoder.position()) ?? Effect.void)
      ),
      finish: Effect.gen(function*() {
        yield* writeAll(encoder.rowGroup())
        yield* writeAll([encoder.footer()])
        const name = yield* part.finish
        return { name, written: { path, records: encoder.records(), bytes: encoder.bytes() } }
      })
    }
  })

/** Puts records into files, each of which is opened when the one before it is full. */
const writeFiles = <E, R>(
  to: Destination,
  fileOf: (index: number) => string,
  records: Stream.Stream<VectorRecord, E, R>,
  options: FolderOptions,
  resumable: ResumableOptions = {}
): Effect.Effect<ReadonlyArray<Finished>, E | ParquetError, R | Scope.Scope> =>
  Effect.gen(function*() {
    const maxRecords = Math.max(1, options.maxRecords ?? Number.POSITIVE_INFINITY)
    const maxBytes = options.maxBytes ?? defaultFileBytes
    const rowGroupBytes = Math.min(Math.max(1, options.rowGroupBytes ?? defaultRowGroupBytes), maxBytes)
    const done: Array<Finished> = []
    let current = yield* openPart(to, fileOf(0), options, resumable)
    let total = current.encoder.records()

    const finish = Effect.suspend(() =>
      Effect.map(current.finish, (finished) => {
        done.push(finished)
      })
    )

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
            current = yield* openPart(to, fileOf(done.length), options)
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

const writeTo = <E, R>(
  place: Effect.Effect<Destination, ParquetError, FileSystem.FileSystem | Path.Path>,
  records: Stream.Stream<VectorRecord, E, R>,
  options: Options,
  resumable?: ResumableOptions
): Effect.Effect<Written, E | ParquetError, R | FileSystem.FileSystem | Path.Path> =>
  Effect.scopedWith((scope) =>
    Effect.gen(function*() {
      const to = yield* place
      yield* to.makeFolder(to.parentOf(to.root))
      const unlimited = { ...options, maxBytes: Number.POSITIVE_INFINITY, maxRecords: undefined }
      const [file] = yield* Scope.extend(writeFiles(to, () => to.root, records, unlimited, resumable), scope)
      const { name, written } = file!
      yield* name
      return written
    })
  )

export const write = <E, R>(path: string, records: Stream.Stream<VectorRecord, E, R>, options: Options) =>
  writeTo(destination.of(path), records, options)

export const writeResumable = <E, R>(
  path: string,
  records: (skip: number) => Stream.Stream<VectorRecord, E, R>,
  options: ResumableOptions
) => {
  const { bytes, records: skip }: Pick<Position, "bytes" | "records"> = options.resumeFrom ?? { bytes: 0, records: 0 }
  return writeTo(destination.continued(path, bytes), records(skip), options, options)
}

export const writeFolder = <E, R>(
  root: string,
  namespace: string,
  records: Stream.Stream<VectorRecord, E, R>,
  options: FolderOptions
): Effect.Effect<Summary, E | ParquetError, R | FileSystem.FileSystem | Path.Path> =>
  Effect.scopedWith((scope) =>
    Effect.gen(function*() {
      const to = yield* destination.of(root)
      const folder = to.join(to.root, namespace)
      yield* to.makeFolder(folder)
      const existing = (yield* to.filesIn(folder)).slice().sort(byName)
      if (existing.length > 0 && options.overwrite !== true) {
        return yield* new ParquetError({
          message: `${to.shown(folder)} holds Parquet files already (${existing[0]}), which would be imported too. ` +
            "Choose another folder, or set overwrite",
          reason: "Unwritable",
          file: to.shown(folder)
        })
      }
      const files = yield* Scope.extend(
        writeFiles(to, (index) => to.join(folder, `${index}.parquet`), records, options),
        scope
      )
      // From here on no file is without its name for longer than it takes to rename it.
      yield* Effect.uninterruptible(Effect.gen(function*() {
        for (const name of existing) yield* to.remove(to.join(folder, name))
        for (const { name } of files) yield* name
      }))
      const written = files.map((file) => file.written)
      return {
        files: written,
        records: written.reduce((sum, { records }) => sum + records, 0),
        bytes: written.reduce((sum, { bytes }) => sum + bytes, 0)
      }
    })
  )
