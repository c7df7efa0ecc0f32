import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Metadata from "effect-pinecone/Metadata"
import type { VectorIndex } from "effect-pinecone/VectorIndex"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { drive, ingest } from "../driving.js"
import * as flags from "../flags.js"
import * as format from "../formats/format.js"
import * as sources from "../formats/sources.js"
import * as textLines from "../formats/textLines.js"
import * as items from "../items.js"
import * as kinds from "../kinds.js"
import { usage } from "../problem.js"
import * as render from "../render.js"
import { standard } from "../standard.js"
import { output, place, withIndex } from "../target.js"

const common = { ...place, output }

const batchSize = flags.integer(
  "batch-size",
  "N",
  "The most records in a request. Default: 1,000, or 96 texts.",
  1,
  1000
).pipe(Options.optional)

const upsert = Command.make("upsert", {
  file: Args.text({ name: "file" }).pipe(
    Args.withDescription("JSON lines, CSV, Parquet (also a folder or a pattern) or Arrow; - for standard input.")
  ),
  ...place,
  format: format.flag,
  column: format.columnFlag,
  text: flags.toggle("text", "The lines are JSON objects of an index that embeds their text: id and fields."),
  ...items.writing,
  batchSize,
  output
}, (options) =>
  withIndex(options, (index, at) =>
    Effect.gen(function*() {
      const { file } = options
      const form = yield* format.of(file, options.format)
      const columns = yield* format.columnsOf(options.column)
      const to = `${at.index} ${at.namespace ?? ""}`
      const about = { label: "Upserting", output: options.output, resume: options.resume }
      if (options.text && form !== "jsonl") {
        return yield* usage("--text reads JSON lines: give a .jsonl file, or standard input.")
      }
      if (form === "parquet") {
        if (file === standard) {
          return yield* usage("Parquet cannot be read from standard input: give the name of a file.")
        }
        const { path, total, version } = yield* sources.openParquet(file)
        return yield* drive({
          ...about,
          run: { command: "upsert", from: path, to, version },
          total,
          work: ingest((from) => sources.upsertParquet(index, file, columns, items.ingestOptions(options, from)))
        })
      }
      const opened = yield* sources.open(file)
      const run = { command: "upsert", from: opened.path, to, version: opened.version }
      if (options.text) {
        return yield* drive({
          ...about,
          run,
          total: opened.total,
          work: ingest((from) =>
            index.upsertRecordsProgress(
              opened.counted(textLines.read(file, opened.bytes)),
              items.ingestOptions(options, from)
            )
          )
        })
      }
      return yield* drive({
        ...about,
        run,
        total: opened.total,
        work: ingest((from) => sources.upsert(index, file, opened, form, columns, items.ingestOptions(options, from)))
      })
    }))).pipe(Command.withDescription("Write the records of a file to an index, with a bar and a checkpoint."))

const fetch = Command.make(
  "fetch",
  { ids: items.ids("records"), filter: items.filterFlag, ...common },
  (options) =>
    withIndex(options, (index) =>
      items.fetch(
        options,
        kinds.record,
        (ids) => index.fetchAll(ids),
        (filter) => index.fetchByMetadataStream({ filter })
      ))
).pipe(Command.withDescription("Show records by their ids, or by a filter."))

const list = Command.make(
  "list",
  { ...items.reading("records"), ...common },
  (options) => withIndex(options, (index) => items.showIds(options, index.listStream))
).pipe(
  Command.withDescription("List the ids of records.")
)

const scan = Command.make(
  "scan",
  { ...items.reading("records"), ...common },
  (options) => withIndex(options, (index) => items.show(options, kinds.record, index.scan))
).pipe(
  Command.withDescription("Show every record, in the order of the ids.")
)

const update = Command.make("update", {
  id: Args.text({ name: "id" }).pipe(Args.withDescription("The id of the record."), Args.optional),
  filter: items.filterFlag,
  values: flags.vector("values", "The new values.").pipe(Options.optional),
  set: flags.json(
    "set",
    "JSON",
    "Fields of the metadata to set; the others stay.",
    Metadata.Metadata,
    "a JSON object of texts, numbers, truth values and lists of texts"
  ).pipe(
    Options.optional
  ),
  ...common
}, (options) =>
  withIndex(options, (index) =>
    Effect.gen(function*() {
      const filter = items.filterOf(options.filter)
      const setMetadata = Option.getOrUndefined(options.set)
      if (Option.isSome(options.id)) {
        if (filter !== undefined) return yield* usage("An id and --filter cannot be used together: leave one out.")
        if (Option.isNone(options.values) && setMetadata === undefined) {
          return yield* usage("Nothing to change: add --values or --set.")
        }
        yield* index.update({ id: options.id.value, values: Option.getOrUndefined(options.values), setMetadata })
        return yield* render.one(options.output, kinds.done, {
          action: "updated",
          subject: `record ${options.id.value}`
        })
      }
      if (filter === undefined || setMetadata === undefined) {
        return yield* usage("Name the id of a record, or --filter with --set.")
      }
      const { matchedRecords } = yield* index.updateByMetadata({ filter, setMetadata })
      yield* render.one(options.output, kinds.done, { action: "updated", subject: "records", count: matchedRecords })
    }))).pipe(
    Command.withDescription("Change the values or the metadata of a record, or the metadata of all that match.")
  )

const remove = Command.make(
  "delete",
  { ...items.deleting("records"), ...common },
  (options) =>
    withIndex(
      options,
      (index, at) => items.remove(options, "records", at, (ids) => index.deleteIds(ids), (which) => index.delete(which))
    )
).pipe(
  Command.withDescription("Delete records by their ids or by a filter, or all of a namespace.")
)

const Sparse = Schema.Struct({ indices: Schema.Array(Schema.Int), values: Schema.Array(Schema.Number) })

const query = Command.make("query", {
  vector: flags.vector("vector", "The numbers to search with.").pipe(Options.optional),
  sparse: flags.json(
    "sparse",
    "JSON",
    "A sparse vector, as {\"indices\":[1],\"values\":[0.5]}.",
    Sparse,
    "a JSON object with indices and values"
  ).pipe(Options.optional),
  id: flags.text("id", "ID", "The record whose vector to search with.").pipe(Options.optional),
  topK: items.topK,
  filter: items.filterFlag,
  values: flags.toggle("values", "Show the vectors too."),
  ...common
}, (options) =>
  withIndex(options, (index) =>
    Effect.gen(function*() {
      if (Option.isNone(options.vector) && Option.isNone(options.sparse) && Option.isNone(options.id)) {
        return yield* usage("Say what to search with: --vector, --sparse or --id.")
      }
      const { matches } = yield* index.query({
        topK: options.topK,
        vector: Option.getOrUndefined(options.vector),
        sparseVector: Option.getOrUndefined(options.sparse),
        id: Option.getOrUndefined(options.id),
        filter: items.filterOf(options.filter),
        includeMetadata: true,
        includeValues: options.values
      })
      yield* render.list(options.output, kinds.match, Stream.fromIterable(matches.map(kinds.toMatch)))
    }))).pipe(Command.withDescription("Find the records nearest to a vector or to a record."))

const search = Command.make("search", {
  query: Args.text({ name: "text" }).pipe(Args.withDescription("What to search for.")),
  topK: items.topK,
  filter: items.filterFlag,
  field: flags.many("field", "FIELD", "A field to show. Default: all."),
  ...common
}, (options) =>
  withIndex(options, (index: VectorIndex) =>
    Effect.gen(function*() {
      const { hits } = yield* index.searchRecords({
        text: options.query,
        topK: options.topK,
        filter: items.filterOf(options.filter),
        ...(options.field.length === 0 ? {} : { fields: options.field })
      })
      yield* render.list(options.output, kinds.hit, Stream.fromIterable(hits.map(kinds.toHit)))
    }))).pipe(Command.withDescription("Find the records whose texts are nearest, in an index that embeds them."))

export const command = Command.make("record").pipe(
  Command.withSubcommands([upsert, fetch, list, scan, update, remove, query, search])
)
