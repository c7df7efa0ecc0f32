import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Path from "@effect/platform/Path"
import type { VectorIndex } from "effect-pinecone/VectorIndex"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { drive } from "../driving.js"
import * as flags from "../flags.js"
import * as format from "../formats/format.js"
import * as sinks from "../formats/sinks.js"
import { writing } from "../items.js"
import { usage } from "../problem.js"
import { standard } from "../standard.js"
import { output, place, withIndex } from "../target.js"

/** How many records a namespace has, for the bar, and of how many numbers. */
export const shapeOf = (index: VectorIndex, namespace: string | undefined) =>
  Effect.map(index.describeIndexStats(), ({ dimension, namespaces = {} }) => ({
    dimension,
    records: (namespaces[namespace ?? ""] ?? namespaces[namespace ?? "__default__"])?.vectorCount
  }))

export const command = Command.make("export", {
  file: Args.text({ name: "file" }).pipe(
    Args.withDescription("The file to write; with --part-records a folder; - for standard output.")
  ),
  ...place,
  format: format.flag,
  prefix: flags.text("prefix", "TEXT", "Only records whose ids begin so.").pipe(Options.optional),
  partRecords: flags.integer("part-records", "N", "Write Parquet files of so many records each, into a folder.", 1, 1e9)
    .pipe(Options.optional),
  concurrency: flags.integer("concurrency", "N", "Requests in flight. Default: 4.", 1, 100).pipe(
    Options.withDefault(4)
  ),
  resume: writing.resume,
  output
}, (options) =>
  withIndex(options, (index, at) =>
    Effect.gen(function*() {
      const { concurrency, file } = options
      const partRecords = Option.getOrUndefined(options.partRecords)
      const form = partRecords === undefined ? yield* format.of(file, options.format) : "parquet"
      if (partRecords !== undefined && Option.isSome(options.format) && options.format.value !== "parquet") {
        return yield* usage("--part-records writes Parquet files: leave out --format, or set it to parquet.")
      }
      const prefix = Option.getOrUndefined(options.prefix)
      const { dimension, records } = yield* shapeOf(index, at.namespace)
      const target = sinks.to({
        file,
        format: form,
        dimension,
        partRecords,
        records: (skip) => index.scan({ prefix, skip, concurrency })
      })
      if (target === undefined) {
        return yield* usage(
          "Parquet cannot be written to standard output: give the name of a file, or another --format."
        )
      }
      const path = file === standard ? standard : (yield* Path.Path).resolve(file)
      yield* drive({
        label: "Exporting",
        output: options.output,
        report: file === standard ? "error" : "output",
        resume: options.resume,
        run: { command: "export", from: `${at.index} ${at.namespace ?? ""} ${prefix ?? ""}`, to: path, version: form },
        once: target.once,
        total: () => prefix === undefined ? records : undefined,
        work: target.work
      })
    })))
