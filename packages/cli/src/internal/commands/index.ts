import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Indexes from "effect-pinecone/Indexes"
import type * as IndexModel from "effect-pinecone/IndexModel"
import * as IndexSchema from "effect-pinecone/IndexSchema"
import * as IndexSpec from "effect-pinecone/IndexSpec"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { confirmed, yes } from "../confirm.js"
import * as flags from "../flags.js"
import * as kinds from "../kinds.js"
import { usage } from "../problem.js"
import * as render from "../render.js"
import { connection, output, withIndex, withIndexes } from "../target.js"

export const name = Args.text({ name: "index" }).pipe(Args.withDescription("The name of the index."))

const common = { ...connection, output }

const list = Command.make("list", common, (options) =>
  withIndexes(
    options,
    Effect.flatMap(Indexes.Indexes, (indexes) =>
      Effect.flatMap(indexes.list, (all) =>
        render.list(options.output, kinds.index, Stream.fromIterable(all.map(kinds.toIndex)))))
  )).pipe(Command.withDescription("List the indexes of the project."))

const describe = Command.make("describe", { name, ...common }, (options) =>
  withIndexes(
    options,
    Effect.flatMap(Indexes.Indexes, (indexes) =>
      Effect.flatMap(indexes.describe(options.name), (model) =>
        render.one(options.output, kinds.index, kinds.toIndex(model))))
  )).pipe(Command.withDescription("Show an index: its host, its shape and its state."))

const create = Command.make("create", {
  name,
  dimension: flags.integer("dimension", "N", "The numbers of a dense vector: 1 to 20,000.", 1, 20_000).pipe(
    Options.optional
  ),
  metric: flags.oneOf(
    "metric",
    "How vectors are compared. Default: cosine, or dotproduct for sparse.",
    "cosine",
    "dotproduct",
    "euclidean"
  ).pipe(Options.optional),
  vectorType: flags.oneOf("vector-type", "Dense or sparse vectors. Default: dense.", "dense", "sparse").pipe(
    Options.optional
  ),
  model: flags.text("model", "MODEL", "The hosted model that embeds the texts of records.").pipe(Options.optional),
  textField: flags.text("text-field", "FIELD", "With --model: the field of a record that has the text. Default: text.")
    .pipe(Options.withDefault("text")),
  schema: flags.json(
    "schema",
    "JSON",
    "An index of documents: its fields, as the API has them, such as {\"fields\":{\"title\":{\"type\":\"string\"}}}.",
    IndexSchema.CreateIndexSchema,
    "the JSON of a schema, as the API has it"
  ).pipe(Options.optional),
  cloud: flags.oneOf("cloud", "Default: aws.", "aws", "gcp", "azure").pipe(Options.withDefault("aws")),
  region: flags.text("region", "REGION", "Default: us-east-1.").pipe(Options.withDefault("us-east-1")),
  tag: flags.pairs("tag", "A tag of the index."),
  protect: flags.toggle("protect", "Switch deletion protection on."),
  wait: flags.toggle("wait", "Wait until the index is ready."),
  ...common
}, (options) =>
  withIndexes(
    options,
    Effect.gen(function*() {
      const indexes = yield* Indexes.Indexes
      const { cloud, name, region, tag } = options
      const dimension = Option.getOrUndefined(options.dimension)
      const metric = Option.getOrUndefined(options.metric)
      const about = {
        name,
        tags: Object.keys(tag).length === 0 ? undefined : tag,
        deletionProtection: options.protect ? "enabled" : undefined
      } as const
      const create = Option.isSome(options.model)
        ? indexes.createForModel({
          ...about,
          cloud,
          region,
          embed: { model: options.model.value, fieldMap: { text: options.textField }, metric, dimension }
        })
        : Option.isSome(options.schema)
        ? indexes.create({
          ...about,
          schema: options.schema.value,
          spec: IndexSpec.serverless({ cloud, region })
        })
        : Effect.gen(function*() {
          const vectorType = Option.getOrUndefined(options.vectorType)
          if (vectorType !== "sparse" && dimension === undefined) {
            return yield* usage(
              "--dimension is missing: add --dimension N, the numbers of a vector; or --vector-type sparse, or --model."
            )
          }
          return yield* indexes.create({
            ...about,
            dimension,
            vectorType,
            metric: metric ?? (vectorType === "sparse" ? "dotproduct" : "cosine"),
            spec: IndexSpec.serverless({ cloud, region })
          })
        })
      const created = yield* create
      const model = options.wait ? yield* indexes.waitUntilReady(created.name) : created
      yield* render.one(options.output, kinds.index, kinds.toIndex(model))
    })
  )).pipe(Command.withDescription("Create an index: of vectors, of texts that a hosted model embeds, or of documents."))

const configure = Command.make("configure", {
  name,
  tag: flags.pairs("tag", "A tag to set; KEY= without a value removes it."),
  protection: flags.oneOf("protection", "Deletion protection.", "enabled", "disabled").pipe(Options.optional),
  ...common
}, (options) =>
  withIndexes(
    options,
    Effect.gen(function*() {
      const indexes = yield* Indexes.Indexes
      const request: IndexModel.ConfigureIndexRequest = {
        tags: Object.keys(options.tag).length === 0 ? undefined : options.tag,
        deletionProtection: Option.getOrUndefined(options.protection)
      }
      if (request.tags === undefined && request.deletionProtection === undefined) {
        return yield* usage("Nothing to change: add --tag KEY=VALUE or --protection enabled or disabled.")
      }
      yield* render.one(
        options.output,
        kinds.index,
        kinds.toIndex(yield* indexes.configure(options.name, request))
      )
    })
  )).pipe(Command.withDescription("Change the tags or the deletion protection of an index."))

const remove = Command.make("delete", {
  name,
  yes,
  wait: flags.toggle("wait", "Wait until the index is gone."),
  ...common
}, (options) =>
  confirmed(
    options.yes,
    `delete the index "${options.name}" with all its records`,
    withIndexes(
      options,
      Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        yield* indexes.delete(options.name)
        if (options.wait) yield* indexes.waitUntilGone(options.name)
        yield* render.one(options.output, kinds.done, { action: "deleted", subject: `index ${options.name}` })
      })
    )
  )).pipe(Command.withDescription("Delete an index with all its records."))

const stats = Command.make(
  "stats",
  { name, ...common },
  (options) =>
    withIndex(
      { ...options, index: Option.some(options.name), namespace: Option.none() },
      (index) =>
        Effect.flatMap(index.describeIndexStats(), (stats) =>
          render.one(options.output, kinds.stats, kinds.toStats(options.name, stats)))
    )
).pipe(Command.withDescription("Count the records of an index, by namespace."))

export const command = Command.make("index").pipe(
  Command.withSubcommands([list, describe, create, configure, remove, stats])
)
