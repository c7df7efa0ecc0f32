import type { ColumnError } from "@effect-pinecone/arrow/ArrowError"
import type { ParquetError } from "@effect-pinecone/parquet/ParquetError"
import * as ParquetWriter from "@effect-pinecone/parquet/ParquetWriter"
import type { PlatformError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import type { VectorRecord } from "effect-pinecone/VectorRecord"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { StreamClosed } from "../../StandardStreams.js"
import { StandardStreams } from "../../StandardStreams.js"
import type { Done } from "../checkpoint.js"
import type { Step } from "../driving.js"
import type { Problem } from "../problem.js"
import { unusable } from "../problem.js"
import { standard } from "../standard.js"
import type { Format } from "./format.js"

type Report = (step: Step) => Effect.Effect<void>

/** The records of a source, without so many at its start. */
export type Records<E, R> = (skip: number) => Stream.Stream<VectorRecord, E, R>

const encoder = new TextEncoder()

const unwritable = (file: string) => (error: PlatformError) => {
  const reason = error._tag === "SystemError" ? error.reason : undefined
  const why = reason === "NotFound"
    ? "its folder does not exist. Create the folder, or name another"
    : reason === "PermissionDenied"
    ? "permission denied. Name another folder, or change the permissions"
    : `${error.message.replace(/^.*?\): /, "")}. Check the folder and the space on the disk`
  return unusable(`${file} cannot be written: ${why}.`)
}

/** The texts of a form that is written line by line, and its first line. */
const textOf = (format: "jsonl" | "csv") =>
  format === "jsonl"
    ? Effect.map(Effect.promise(() => import("./jsonLines.js")), ({ line }) => ({
      head: "",
      lines: (records: ReadonlyArray<VectorRecord>) => records.map(line).join("")
    }))
    : Effect.map(Effect.promise(() => import("./csv.js")), ({ head, lines }) => ({ head, lines }))

/** While it is not complete it has another name. */
const partOf = (file: string) => `${file}.part`

/** A file of lines: what is in it when a run stops stays, and is continued. */
const lines = <E, R>(file: string, format: "jsonl" | "csv", records: Records<E, R>) => (from: Done, report: Report) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const { head, lines } = yield* textOf(format)
    const part = partOf(file)
    const failed = unwritable(file)
    const continues = from.done > 0 && (yield* Effect.mapError(fs.exists(part), failed))
    if (from.done > 0 && !continues) {
      return yield* unusable(`${part} is gone, so the export cannot be resumed. Run it again without --resume.`)
    }
    const handle = yield* Effect.mapError(fs.open(part, { flag: continues ? "r+" : "w" }), failed)
    let bytes = 0
    const write = (text: string) => {
      if (text === "") return Effect.void
      const all = encoder.encode(text)
      return Effect.andThen(
        Effect.mapError(handle.writeAll(all), failed),
        Effect.sync(() => void (bytes += all.length))
      )
    }
    if (continues) {
      // What was written after the checkpoint is written again.
      yield* Effect.mapError(handle.truncate(FileSystem.Size(from.bytes)), failed)
      yield* handle.seek(FileSystem.Size(from.bytes), "start")
      bytes = from.bytes
    } else yield* write(head)
    let count = 0
    yield* Stream.runForEachChunk(records(from.done), (chunk) =>
      Effect.andThen(
        write(lines(Chunk.toReadonlyArray(chunk))),
        Effect.suspend(() => {
          count += chunk.length
          return report({ done: from.done + count, bytes, records: count, failures: [] })
        })
      ))
    yield* Effect.mapError(handle.sync, failed)
    yield* Effect.mapError(fs.rename(part, file), failed)
  }).pipe(Effect.scoped)

/** Counts the records that pass, and reports. */
const counted = <E, R>(records: Stream.Stream<VectorRecord, E, R>, from: number, report: Report) => {
  let count = 0
  return Stream.mapChunksEffect(records, (chunk) => {
    count += chunk.length
    return Effect.as(report({ done: from + count, bytes: 0, records: count, failures: [] }), chunk)
  })
}

const ipc = <E, R>(records: Stream.Stream<VectorRecord, E, R>, dimension: number | undefined) =>
  Stream.unwrap(Effect.map(
    Effect.promise(() => import("@effect-pinecone/arrow/ArrowTable")),
    ({ toIpc }) => toIpc(records, { dimension })
  ))

const arrow =
  <E, R>(file: string, records: Records<E, R>, dimension: number | undefined) => (_: Done, report: Report) =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const failed = unwritable(file)
      const part = partOf(file)
      const handle = yield* Effect.mapError(fs.open(part, { flag: "w" }), failed)
      yield* Stream.runForEach(
        ipc(counted(records(0), 0, report), dimension),
        (bytes) => Effect.mapError(handle.writeAll(bytes), failed)
      )
      yield* Effect.mapError(fs.rename(part, file), failed)
    }).pipe(Effect.scoped)

const parquet = <E, R>(file: string, records: Records<E, R>) => (_: Done, report: Report) =>
  Effect.asVoid(ParquetWriter.write(file, counted(records(0), 0, report)))

const toStandardOutput = <E, R>(
  format: "jsonl" | "csv" | "arrow",
  records: Records<E, R>,
  dimension: number | undefined
) =>
(_: Done, report: Report) =>
  Effect.gen(function*() {
    const { write } = yield* StandardStreams
    const source = counted(records(0), 0, report)
    if (format === "arrow") return yield* Stream.runForEach(ipc(source, dimension), write)
    const { head, lines } = yield* textOf(format)
    if (head !== "") yield* write(head)
    yield* Stream.runForEachChunk(source, (chunk) => write(lines(Chunk.toReadonlyArray(chunk))))
  })

const partName = (part: number): string => `part-${String(part).padStart(5, "0")}.parquet`

/** The records of a stream that is read piece by piece, each of at most so many. */
const pieces = <E, R>(records: Stream.Stream<VectorRecord, E, R>, size: number) =>
  Effect.map(Stream.toPull(records), (pull) => {
    let rest: Chunk.Chunk<VectorRecord> = Chunk.empty()
    let ended = false
    const next = Effect.suspend(() => rest.length > 0 ? Effect.succeed(rest) : pull)
    const piece = Stream.suspend(() => {
      let left = size
      return Stream.repeatEffectChunkOption(
        Effect.suspend(() => {
          if (left === 0) return Effect.fail(Option.none())
          return Effect.map(next, (chunk) => {
            const taken = Chunk.take(chunk, left)
            rest = Chunk.drop(chunk, left)
            left -= taken.length
            return taken
          })
        })
      )
    })
    /** Whether there is another record. */
    const more = Effect.suspend(() =>
      rest.length > 0
        ? Effect.succeed(true)
        : ended
        ? Effect.succeed(false)
        : Effect.matchEffect(pull, {
          onFailure: (end) => {
            ended = true
            return Option.isSome(end) ? Effect.fail(end.value) : Effect.succeed(false)
          },
          onSuccess: (chunk) => {
            rest = chunk
            return Effect.succeed(true)
          }
        })
    )
    return { piece, more }
  })

/** A folder of Parquet files of so many records each: a run that stopped continues with the next file. */
const parquetParts = <E, R>(folder: string, records: Records<E, R>, size: number) => (from: Done, report: Report) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const failed = unwritable(folder)
    yield* Effect.mapError(fs.makeDirectory(folder, { recursive: true }), failed)
    const there = (yield* Effect.mapError(fs.readDirectory(folder), failed)).filter((name) => name.endsWith(".parquet"))
    // A run that stopped may have completed a file more than its checkpoint says.
    let first = 0
    if (from.done > 0) { while (there.includes(partName(first))) first++ }
    if (first < there.length) {
      return yield* unusable(
        `The folder ${folder} has Parquet files already, which would be mixed with the new ones. Name an empty folder, or ` +
          "continue the export that wrote them with --resume."
      )
    }
    const start = first * size
    const { more, piece } = yield* pieces(counted(records(start), start, report), size)
    for (let part = first; yield* more; part++) yield* ParquetWriter.write(path.join(folder, partName(part)), piece)
  }).pipe(Effect.scoped)

export interface Target<E, R> {
  readonly file: string
  readonly format: Format
  readonly records: Records<E, R>
  readonly dimension: number | undefined
  /** The records of each file of a folder. */
  readonly partRecords: number | undefined
}

/** A way to write, and why a run of it cannot be resumed, if it cannot. */
export interface Way<E, R> {
  readonly work: (
    from: Done,
    report: Report
  ) => Effect.Effect<
    void,
    E | Problem | ColumnError | ParquetError | StreamClosed,
    R | FileSystem.FileSystem | Path.Path | StandardStreams
  >
  readonly once: string | undefined
}

/** How records are written to a file, a folder or standard output. */
export const to = <E, R>({ dimension, file, format, partRecords, records }: Target<E, R>): Way<E, R> | undefined => {
  const again = "The export starts again when it is run again"
  if (file === standard) {
    return format === "parquet"
      ? undefined
      : { work: toStandardOutput(format, records, dimension), once: `${again}.` }
  }
  switch (format) {
    case "jsonl":
    case "csv":
      return { work: lines(file, format, records), once: undefined }
    case "arrow":
      return {
        work: arrow(file, records, dimension),
        once: `${again}: only JSON lines, CSV and parts of Parquet continue.`
      }
    case "parquet":
      return partRecords === undefined
        ? {
          work: parquet(file, records),
          once: `${again}; one in files of --part-records N each continues, as do JSON lines and CSV.`
        }
        : { work: parquetParts(file, records, partRecords), once: undefined }
  }
}
