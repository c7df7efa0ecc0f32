import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Assistant from "effect-pinecone/Assistant"
import * as Assistants from "effect-pinecone/Assistants"
import * as FileSource from "effect-pinecone/FileSource"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { StandardStreams } from "../../StandardStreams.js"
import { confirmed, yes } from "../confirm.js"
import * as flags from "../flags.js"
import * as kinds from "../kinds.js"
import * as render from "../render.js"
import type { Connection } from "../target.js"
import { connected, connection, output } from "../target.js"

const name = Args.text({ name: "assistant" }).pipe(Args.withDescription("The name of the assistant."))

const common = { ...connection, output }

const withAssistants = <A, E, R>(connection: Connection, effect: Effect.Effect<A, E, R | Assistants.Assistants>) =>
  connected(connection, Effect.provide(effect, Assistants.layer))

const withAssistant = <A, E, R>(
  options: Connection & { readonly name: string },
  use: (assistant: Assistant.Assistant) => Effect.Effect<A, E, R>
) => connected(options, Effect.flatMap(Assistant.make({ name: options.name }), use))

const list = Command.make("list", common, (options) =>
  withAssistants(
    options,
    Effect.flatMap(Assistants.Assistants, (assistants) =>
      render.list(options.output, kinds.assistant, Stream.map(assistants.listStream(), kinds.toAssistant)))
  )).pipe(Command.withDescription("List the assistants of the project."))

const describe = Command.make("describe", { name, ...common }, (options) =>
  withAssistants(
    options,
    Effect.flatMap(Assistants.Assistants, (assistants) =>
      Effect.flatMap(assistants.describe(options.name), (model) =>
        render.one(options.output, kinds.assistant, kinds.toAssistant(model))))
  )).pipe(Command.withDescription("Show an assistant."))

const create = Command.make("create", {
  name,
  instructions: flags.text("instructions", "TEXT", "What it has to mind in every answer.").pipe(Options.optional),
  wait: flags.toggle("wait", "Wait until it is ready."),
  ...common
}, (options) =>
  withAssistants(
    options,
    Effect.gen(function*() {
      const assistants = yield* Assistants.Assistants
      const created = yield* assistants.create({
        name: options.name,
        instructions: Option.getOrUndefined(options.instructions)
      })
      const model = options.wait ? yield* assistants.waitUntilReady(options.name) : created
      yield* render.one(options.output, kinds.assistant, kinds.toAssistant(model))
    })
  )).pipe(Command.withDescription("Create an assistant."))

const remove = Command.make("delete", { name, yes, ...common }, (options) =>
  confirmed(
    options.yes,
    `delete the assistant "${options.name}" with all its files`,
    withAssistants(
      options,
      Effect.andThen(
        Effect.flatMap(Assistants.Assistants, (assistants) => assistants.delete(options.name)),
        render.one(options.output, kinds.done, { action: "deleted", subject: `assistant ${options.name}` })
      )
    )
  )).pipe(Command.withDescription("Delete an assistant with all its files."))

const files = Command.make(
  "files",
  { name, ...common },
  (options) =>
    withAssistant(
      options,
      (assistant) =>
        render.list(
          options.output,
          kinds.assistantFile,
          Stream.map(assistant.files.listStream(), kinds.toAssistantFile)
        )
    )
).pipe(
  Command.withDescription("List the files of an assistant.")
)

const upload = Command.make(
  "upload",
  {
    name,
    file: Args.text({ name: "file" }).pipe(
      Args.withDescription("The file to upload: text, Markdown, JSON, PDF or Word.")
    ),
    ...common
  },
  (options) =>
    withAssistant(
      options,
      (assistant) =>
        Effect.flatMap(assistant.files.uploadAndWait(FileSource.fromPath(options.file)), (file) =>
          render.one(options.output, kinds.assistantFile, kinds.toAssistantFile(file)))
    )
).pipe(Command.withDescription("Upload a file to an assistant, and wait until it is processed."))

const deleteFile = Command.make("delete-file", {
  name,
  id: Args.text({ name: "id" }).pipe(Args.withDescription("The id of the file.")),
  yes,
  ...common
}, (options) =>
  confirmed(
    options.yes,
    `delete the file ${options.id}`,
    withAssistant(options, (assistant) =>
      Effect.andThen(
        assistant.files.delete(options.id),
        render.one(options.output, kinds.done, { action: "deleted", subject: `file ${options.id}` })
      ))
  )).pipe(Command.withDescription("Delete a file of an assistant."))

const chat = Command.make("chat", {
  name,
  question: Args.text({ name: "question" }).pipe(Args.withDescription("What to ask.")),
  ...common
}, (options) =>
  withAssistant(options, (assistant) =>
    Effect.gen(function*() {
      const { write } = yield* StandardStreams
      const messages = [{ role: "user", content: options.question }] as const
      if ((yield* render.modeOf(options.output)) === "json") {
        const { message } = yield* assistant.chat({ messages })
        return yield* render.one(options.output, kinds.answer, { answer: message.content ?? "" })
      }
      // As it is made.
      yield* Stream.runForEach(
        assistant.chatStream({ messages }),
        (event) => event._tag === "ContentChunk" ? write(render.harmless(event.delta.content ?? "")) : Effect.void
      )
      yield* write("\n")
    }))).pipe(Command.withDescription("Ask an assistant."))

export const command = Command.make("assistant").pipe(
  Command.withSubcommands([list, describe, create, remove, files, upload, deleteFile, chat])
)
