import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import type { VectorIndex } from "effect-pinecone/VectorIndex"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as flags from "../flags.js"
import * as kinds from "../kinds.js"
import * as progress from "../progress.js"
import type { Mode } from "../render.js"
import * as render from "../render.js"
import { connection, output, place, withIndex } from "../target.js"

const id = Args.text({ name: "id" }).pipe(Args.withDescription("The id of the import."))

const common = { ...connection, index: place.index, output }

const at = <A extends { readonly index: Option.Option<string> }>(options: A) => ({
  ...options,
  namespace: Option.none<string>()
})

const show = (mode: Option.Option<Mode>, index: VectorIndex, id: string) =>
  Effect.flatMap(index.describeImport(id), (model) => render.one(mode, kinds.bulkImport, kinds.toImport(model)))

/** Follows an import to its end, with a bar of its per cent. */
const follow = (mode: Option.Option<Mode>, index: VectorIndex, id: string) =>
  Effect.gen(function*() {
    const bar = yield* progress.make("Importing", 0)
    yield* Stream.runForEach(index.importProgress(id), ({ percentComplete = 0, recordsImported = 0 }) =>
      bar.update({
        done: recordsImported,
        total: percentComplete > 0 ? recordsImported * 100 / percentComplete : undefined
      })).pipe(
        Effect.ensuring(bar.clear),
        Effect.onInterrupt(() => render.note(`The import goes on. Follow it with: pinecone import wait ${id}`))
      )
    yield* show(mode, index, id)
  })

const start = Command.make("start", {
  uri: Args.text({ name: "uri" }).pipe(
    Args.withDescription(
      "The folder, with a folder for each namespace: s3://bucket/folder, or file:///folder on the embedded server."
    )
  ),
  integration: flags.text("integration", "ID", "The storage integration that has the credentials.").pipe(
    Options.optional
  ),
  onError: flags.oneOf(
    "on-error",
    "What becomes of the import at a wrong record. Default: continue.",
    "abort",
    "continue"
  )
    .pipe(Options.optional),
  wait: flags.toggle("wait", "Wait until it is complete, with a bar."),
  ...common
}, (options) =>
  withIndex(at(options), (index) =>
    Effect.flatMap(
      index.startImport({
        uri: options.uri,
        integrationId: Option.getOrUndefined(options.integration),
        errorMode: Option.getOrUndefined(options.onError)
      }),
      (id) => options.wait ? follow(options.output, index, id) : show(options.output, index, id)
    ))).pipe(Command.withDescription("Start to import the Parquet files of a folder in object storage."))

const list = Command.make(
  "list",
  common,
  (options) =>
    withIndex(
      at(options),
      (index) => render.list(options.output, kinds.bulkImport, Stream.map(index.listImportsStream(), kinds.toImport))
    )
).pipe(
  Command.withDescription("List the imports of an index.")
)

const describe = Command.make(
  "describe",
  { id, ...common },
  (options) => withIndex(at(options), (index) => show(options.output, index, options.id))
).pipe(
  Command.withDescription("Show an import, and how far it is.")
)

const cancel = Command.make("cancel", { id, ...common }, (options) =>
  withIndex(at(options), (index) =>
    Effect.andThen(
      index.cancelImport(options.id),
      render.one(options.output, kinds.done, { action: "cancelled", subject: `import ${options.id}` })
    ))).pipe(Command.withDescription("Stop an import; what it has imported stays."))

const wait = Command.make(
  "wait",
  { id, ...common },
  (options) => withIndex(at(options), (index) => follow(options.output, index, options.id))
).pipe(
  Command.withDescription("Wait until an import is complete, with a bar.")
)

export const command = Command.make("import").pipe(
  Command.withSubcommands([start, list, describe, cancel, wait])
)
