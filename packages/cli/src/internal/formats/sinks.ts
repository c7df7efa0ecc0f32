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
import * as Schema from "effect/Schema"
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

interface Piece {
  readonly bytes: Uint8Array
  readonly records: number
}

/** A file that is written piece by piece: what is in it when a run stops stays, and is continued. */
const appended = <E, R>(file: string, from: Done, pieces: Stream.Stream<Piece, E, R>, report: Report) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const part = partOf(file)
    const failed = unwritable(file)
    const continues = from.done > 0
    if (continues && !(yield* Effect.mapError(fs.exists(part), failed))) {
      return yield* unusable(`${part} is gone, so the export cannot be resumed. Run it again without --resume.`)
    }
    const handle = yield* Effect.mapError(fs.open(part, { flag: continues ? "r+" : "w" }), failed)
    if (continues) {
      // What was written after the checkpoint is written again.
      yield* Effect.mapError(handle.truncate(FileSystem.Size(from.bytes)), failed)
      yield* handle.seek(FileSystem.Size(from.bytes), "start")
    }
    let bytes = continues ? from.bytes : 0
    let count = 0
    yield* Stream.runForEach(pieces, (piece) =>
      Effect.andThen(
        Effect.mapError(handle.writeAll(piece.bytes), failed),
        Effect.suspend(() => {
          bytes += piece.bytes.length
          count += piece.records
          return report({ done: from.done + count, bytes, records: count, failures: [] })
        })
      ))
    yield* Effect.mapError(handle.sync, failed)
    yield* Effect.mapError(fs.rename(part, file), failed)
  }).pipe(Effect.scoped)

const lines = <E, R>(file: string, format: "jsonl" | "csv", records: Records<E, R>) => (from: Done, report: Report) =>
  Effect.flatMap(textOf(format), ({ head, lines }) => {
    const pieces = Stream.mapChunks(
      records(from.done),
      (chunk) => Chunk.of<Piece>({ bytes: encoder.encode(lines(Chunk.toReadonlyArray(chunk))), records: chunk.length })
    )
    const begins = head !== "" && from.done === 0
    return appended(
      file,
      from,
      begins ? Stream.concat(Stream.make<[Piece]>({ bytes: encoder.encode(head), records: 0 }), pieces) : pieces,
      report
    )
  })

/** Counts the records that pass, and reports. */
const counted = <E, R>(records: Stream.Stream<VectorRecord, E, R>, from: number, report: Report) => {
  let count = 0
  return Stream.mapChunksEffect(records, (chunk) => {
    count += chunk.length
    return Effect.as(report({ done: from + count, bytes: 0, records: count, skipped: from, failures: [] }), chunk)
  })
}

const ipc = <E, R>(records: Stream.Stream<VectorRecord, E, R>, dimension: number | undefined) =>
  Stream.unwrap(Effect.map(
    Effect.promise(() => import("@effect-pinecone/arrow/ArrowTable")),
    ({ toIpc }) => toIpc(records, { dimension, batchSize })
  ))

/** The records of a batch, all but the last. */
const batchSize = 1000

const arrow =
  <E, R>(file: string, records: Records<E, R>, dimension: number | undefined) => (from: Done, report: Report) =>
    Stream.suspend(() => {
      let taken = 0
      let given = 0
      const source = Stream.mapChunks(records(from.done), (chunk) => {
        taken += chunk.length
        return chunk
      })
      // Before the batches comes the schema, and after them the end.
      return Stream.map(Stream.zipWithIndex(ipc(source, dimension)), ([bytes, i]): Piece => {
        const records = i === 0 ? 0 : Math.min(batchSize, taken - given)
        given += records
        return { bytes, records }
      })
    }).pipe(
      Stream.drop(from.done > 0 ? 1 : 0),
      (pieces) => appended(file, from, pieces, report)
    )

const positions = Schema.parseJson(ParquetWriter.Position)

const parquet = <E, R>(file: string, records: Records<E, R>) => (from: Done, report: Report) =>
  Effect.gen(function*() {
    const resumeFrom = from.state === undefined ? undefined : yield* Effect.orDie(Schema.decode(positions)(from.state))
    const encode = Schema.encodeSync(positions)
    let resumable: Done = resumeFrom === undefined ? { done: 0, bytes: 0 } : from
    yield* ParquetWriter.writeResumable(
      file,
      (skip) => counted(records(skip), skip, (step) => report({ ...step, resumable })),
      {
        resumeFrom,
        // A row group that is not complete is not in the file.
        onRowGroup: (position) =>
          Effect.sync(() => {
            resumable = { done: position.records, bytes: position.bytes, state: encode(position) }
          })
      }
    )
  })

const parquetInStore = <E, R>(uri: string, records: Records<E, R>) => (_: Done, report: Report) =>
  Effect.asVoid(ParquetWriter.write(uri, counted(records(0), 0, report)))

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
    for (let part = first; yield* more; part++) {
      // What a killed run leaves of a file has the name of the next one, and is written over.
      yield* ParquetWriter.writeResumable(path.join(folder, partName(part)), () => piece)
    }
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
      return { work: arrow(file, records, dimension), once: undefined }
    case "parquet":
      if (partRecords !== undefined) return { work: parquetParts(file, records, partRecords), once: undefined }
      return /^[a-z][a-z0-9+.-]+:\/\//.test(file)
        ? { work: parquetInStore(file, records), once: `${again}; one in files of --part-records N each continues.` }
        : { work: parquet(file, records), once: undefined }
  }
}
