import type * as Columns from "@effect-pinecone/parquet/Columns"
import * as ParquetReader from "@effect-pinecone/parquet/ParquetReader"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import type * as Ingest from "effect-pinecone/Ingest"
import type { VectorIndex } from "effect-pinecone/VectorIndex"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { StandardStreams } from "../../StandardStreams.js"
import type { Problem } from "../problem.js"
import { unusable } from "../problem.js"
import { standard } from "../standard.js"
import type { Format } from "./format.js"

const failure = (file: string, error: { readonly message: string }) =>
  unusable(`${file} cannot be read: ${error.message.replace(/^.*?\): /, "")}. Check the name and the permissions.`)

const existing = (file: string) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const info = yield* Effect.mapError(fs.stat(file), (error) =>
      error._tag === "SystemError" && error.reason === "NotFound"
        ? unusable(`"${file}" does not exist. Check the name, or give - for standard input.`)
        : failure(file, error))
    return {
      size: Number(info.size),
      modified: Option.match(info.mtime, {
        onNone: () =>
          0,
        onSome: (at) =>
          at.getTime()
      })
    }
  })

/** A file that was opened, or standard input. */
export interface Opened {
  readonly path: string
  readonly bytes: Stream.Stream<Uint8Array, Problem>
  /** What tells it from a later file of the same name. */
  readonly version: string
  /** Counts the records that are made out. */
  readonly counted: <A, E, R>(records: Stream.Stream<A, E, R>) => Stream.Stream<A, E, R>
  /** How many records it has, by the bytes that those read so far took. */
  readonly total: () => number | undefined
}

export const open = (file: string) =>
  Effect.gen(function*() {
    if (file === standard) {
      const { input } = yield* StandardStreams
      const bytes = Stream.mapError(input, ({ message }) => unusable(`${message}.`))
      const opened: Opened = {
        bytes,
        version: "",
        path: standard,
        counted: (records) => records,
        total: () => undefined
      }
      return opened
    }
    const fs = yield* FileSystem.FileSystem
    const path = (yield* Path.Path).resolve(file)
    const { modified, size } = yield* existing(file)
    let read = 0
    let records = 0
    const bytes = fs.stream(file, { chunkSize: 256 * 1024 }).pipe(
      Stream.mapError((error) => failure(file, error)),
      Stream.tap((part) => Effect.sync(() => void (read += part.length)))
    )
    const opened: Opened = {
      bytes,
      version: `${size} ${modified}`,
      path,
      counted: Stream.mapChunks((chunk) => {
        records += chunk.length
        return chunk
      }),
      total: () => read === 0 ? undefined : records * size / read
    }
    return opened
  })

/** The Parquet files that are meant, and how many rows they have. */
export const openParquet = (file: string) =>
  Effect.gen(function*() {
    const files = yield* ParquetReader.files(file)
    const infos = yield* Effect.forEach(files, (file) => ParquetReader.footer(file), { concurrency: 8 })
    const stats = yield* Effect.forEach(files, existing)
    const total = infos.reduce((sum, { rows }) => sum + Math.max(0, rows), 0)
    return {
      path: (yield* Path.Path).resolve(file),
      version: stats.map(({ modified, size }) => `${size} ${modified}`).join(),
      total: () => total
    }
  })

/** Writes the records of a file to an index, and reports how far it is. */
export const upsert = (
  index: VectorIndex,
  file: string,
  opened: Opened,
  format: Exclude<Format, "parquet">,
  columns: Columns.Columns | undefined,
  options: Ingest.Options
) => {
  switch (format) {
    case "jsonl":
      return Stream.unwrap(Effect.map(
        Effect.promise(() => import("./jsonLines.js")),
        ({ read }) => index.upsertProgress(opened.counted(read(file, opened.bytes)), options)
      ))
    case "csv":
      return Stream.unwrap(Effect.map(
        Effect.promise(() => import("./csv.js")),
        ({ read }) => index.upsertProgress(opened.counted(read(file, opened.bytes, columns)), options)
      ))
    case "arrow":
      return Stream.unwrap(Effect.map(
        Effect.promise(() => import("@effect-pinecone/arrow/ArrowRecords")),
        ({ fromIpc }) => index.upsertProgress(opened.counted(fromIpc(opened.bytes, { columns })), options)
      ))
  }
}

/** The same of Parquet files: those that an earlier run has written are not read again. */
export const upsertParquet = (
  index: VectorIndex,
  file: string,
  columns: Columns.Columns | undefined,
  options: Ingest.Options
) =>
  Stream.unwrap(Effect.map(
    Effect.promise(() => import("@effect-pinecone/arrow/Upsert")),
    ({ upsertParquetProgress }) => upsertParquetProgress(index, file, { ...options, columns })
  ))
