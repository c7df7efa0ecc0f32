import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { confirmed, yes } from "../confirm.js"
import * as flags from "../flags.js"
import * as kinds from "../kinds.js"
import * as render from "../render.js"
import { connection, output, place, withIndex } from "../target.js"

const name = Args.text({ name: "namespace" }).pipe(
  Args.withDescription("The name of the namespace; __default__ is the default one.")
)

const common = { ...connection, index: place.index, output }

const at = <A extends { readonly index: Option.Option<string> }>(options: A) => ({
  ...options,
  namespace: Option.none<string>()
})

const list = Command.make("list", {
  prefix: flags.text("prefix", "TEXT", "Only namespaces whose names begin so.").pipe(Options.optional),
  ...common
}, (options) =>
  withIndex(at(options), (index) =>
    render.list(
      options.output,
      kinds.namespace,
      Stream.map(
        index.listNamespacesStream({ prefix: Option.getOrUndefined(options.prefix) }),
        kinds.toNamespace
      )
    ))).pipe(Command.withDescription("List the namespaces of an index."))

const describe = Command.make(
  "describe",
  { name, ...common },
  (options) =>
    withIndex(
      at(options),
      (index) =>
        Effect.flatMap(index.describeNamespace(options.name), (model) =>
          render.one(options.output, kinds.namespace, kinds.toNamespace(model)))
    )
).pipe(Command.withDescription("Show a namespace, and how many records it has."))

const create = Command.make(
  "create",
  { name, ...common },
  (options) =>
    withIndex(
      at(options),
      (index) =>
        Effect.flatMap(index.createNamespace(options.name), (model) =>
          render.one(options.output, kinds.namespace, kinds.toNamespace(model)))
    )
).pipe(Command.withDescription("Create a namespace. Writing to one creates it too."))

const remove = Command.make("delete", { name, yes, ...common }, (options) =>
  confirmed(
    options.yes,
    `delete the namespace "${options.name}" with all its records`,
    withIndex(at(options), (index) =>
      Effect.andThen(
        index.deleteNamespace(options.name),
        render.one(options.output, kinds.done, { action: "deleted", subject: `namespace ${options.name}` })
      ))
  )).pipe(Command.withDescription("Delete a namespace with all its records."))

export const command = Command.make("namespace").pipe(
  Command.withSubcommands([list, describe, create, remove])
)
