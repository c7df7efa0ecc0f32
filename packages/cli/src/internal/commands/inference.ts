import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Inference from "effect-pinecone/Inference"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as flags from "../flags.js"
import * as sources from "../formats/sources.js"
import * as kinds from "../kinds.js"
import { usage } from "../problem.js"
import * as render from "../render.js"
import { standard } from "../standard.js"
import type { Connection } from "../target.js"
import { connected, connection, output } from "../target.js"

const common = { ...connection, output }

const withInference = <A, E, R>(connection: Connection, effect: Effect.Effect<A, E, R | Inference.Inference>) =>
  connected(connection, Effect.provide(effect, Inference.layer))

const list = Command.make("list", {
  type: flags.oneOf("type", "Only models of this kind.", "embed", "rerank").pipe(Options.optional),
  ...common
}, (options) =>
  withInference(
    options,
    Effect.flatMap(Inference.Inference, (inference) =>
      Effect.flatMap(inference.listModels({ type: Option.getOrUndefined(options.type) }), (models) =>
        render.list(options.output, kinds.model, Stream.fromIterable(models.map(kinds.toModel)))))
  )).pipe(Command.withDescription("List the hosted models."))

const describe = Command.make("describe", {
  name: Args.text({ name: "model" }).pipe(Args.withDescription("The name of the model.")),
  ...common
}, (options) =>
  withInference(
    options,
    Effect.flatMap(Inference.Inference, (inference) =>
      Effect.flatMap(inference.describeModel(options.name), (model) =>
        render.one(options.output, kinds.model, kinds.toModel(model))))
  )).pipe(Command.withDescription("Show a model: what it makes, and of how much text."))

export const model = Command.make("model").pipe(
  Command.withSubcommands([list, describe])
)

/** The lines of a file or of standard input that have text. */
const linesOf = (file: string) =>
  Effect.map(
    sources.open(file),
    ({ bytes }) => Stream.filter(Stream.splitLines(Stream.decodeText(bytes)), (line) => line.trim() !== "")
  )

const modelFlag = flags.text("model", "MODEL", "The model; `pinecone model list` names them.")

export const embed = Command.make("embed", {
  texts: Args.text({ name: "text" }).pipe(
    Args.withDescription("Texts to embed; - for the lines of standard input."),
    Args.repeated
  ),
  model: modelFlag,
  inputType: flags.oneOf(
    "input-type",
    "Whether the texts are searched for, or searched through. Default: passage.",
    "query",
    "passage"
  ).pipe(Options.withDefault("passage")),
  dimension: flags.integer("dimension", "N", "For models that make vectors of several.", 1, 20_000).pipe(
    Options.optional
  ),
  ...common
}, (options) =>
  withInference(
    options,
    Effect.gen(function*() {
      const inference = yield* Inference.Inference
      if (options.texts.length === 0) {
        return yield* usage("There is nothing to embed: name a text, or - for standard input.")
      }
      const texts = options.texts[0] === standard ? yield* linesOf(standard) : Stream.fromIterable(options.texts)
      const embedded = inference.embedStream(texts, {
        model: options.model,
        parameters: {
          inputType: options.inputType,
          ...(Option.isSome(options.dimension) ? { dimension: options.dimension.value } : {})
        }
      })
      yield* render.list(
        options.output,
        kinds.embedding,
        Stream.map(embedded, (embedding) => kinds.toEmbedding(embedding.text, embedding))
      )
    })
  ))

export const rerank = Command.make("rerank", {
  query: Args.text({ name: "query" }).pipe(Args.withDescription("What the documents are ranked by.")),
  file: Args.text({ name: "file" }).pipe(
    Args.withDescription("A file with a document in each line. Default: standard input."),
    Args.withDefault(standard)
  ),
  model: modelFlag,
  topN: flags.integer("top-n", "N", "How many to show. Default: all.", 1, 10_000).pipe(Options.optional),
  ...common
}, (options) =>
  withInference(
    options,
    Effect.gen(function*() {
      const inference = yield* Inference.Inference
      const documents = Chunk.toReadonlyArray(yield* Stream.runCollect(yield* linesOf(options.file)))
      const { ranked } = yield* inference.rerank({
        model: options.model,
        query: options.query,
        documents: documents.map((text) => ({ text })),
        topN: Option.getOrUndefined(options.topN)
      })
      yield* render.list(
        options.output,
        kinds.ranked,
        Stream.fromIterable(ranked.map(({ document, index, score }) => ({ index, score, document: document.text })))
      )
    })
  ))
