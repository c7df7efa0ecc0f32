import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as PineconeHttpClient from "effect-pinecone/PineconeHttpClient"
import * as VectorIndex from "effect-pinecone/VectorIndex"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { drive, ingest } from "../driving.js"
import * as flags from "../flags.js"
import * as items from "../items.js"
import { usage } from "../problem.js"
import { indexNameOf, namespaceOf, output, settingsOf } from "../target.js"
import { shapeOf } from "./export.js"

/** Where one side of two is. */
const side = <const Side extends string>(side: Side, what: string) => ({
  profile: flags.text(`${side}-profile`, "NAME", `The profile of the ${what}. Default: as everywhere.`).pipe(
    Options.optional
  ),
  url: flags.text(`${side}-url`, "URL", `The address of the API of the ${what}.`).pipe(Options.optional),
  index: flags.text(`${side}-index`, "INDEX", `The index of the ${what}. Default: the profile's.`).pipe(
    Options.optional
  ),
  namespace: flags.text(`${side}-namespace`, "NAMESPACE", `The namespace of the ${what}. Default: the profile's.`).pipe(
    Options.optional
  )
})

export const from = side("from", "source")

export const to = side("to", "target")

/** An index with a client of its own, which lasts as long as the scope. */
export const openSide = (side: { readonly [K in keyof typeof from]: Option.Option<string> }) =>
  Effect.gen(function*() {
    const { profile: _, ...settings } = yield* settingsOf(side)
    const context = yield* Layer.build(PineconeHttpClient.layer({ ...settings, sourceTag: "effect_pinecone_cli" }))
    const name = yield* indexNameOf(side)
    const namespace = yield* namespaceOf(side)
    const index = yield* Effect.provide(VectorIndex.make({ name, namespace }), context)
    return { index, name, namespace, host: settings.controllerHost ?? "" }
  })

export const command = Command.make("copy", {
  from: Options.all(from),
  to: Options.all(to),
  all: flags.toggle("all-namespaces", "Copy every namespace of the source to the one of the same name."),
  prefix: flags.text("prefix", "TEXT", "Only records whose ids begin so.").pipe(Options.optional),
  ...items.writing,
  output
}, (options) =>
  Effect.gen(function*() {
    const source = yield* openSide(options.from)
    const target = yield* openSide(options.to)
    const { all } = options
    if (
      source.name === target.name && source.host === target.host &&
      (all || (source.namespace ?? "") === (target.namespace ?? ""))
    ) {
      return yield* usage("The source and the target are the same: name another --to-index or --to-namespace.")
    }
    const prefix = Option.getOrUndefined(options.prefix)
    const stats = yield* source.index.describeIndexStats()
    const { records } = yield* shapeOf(source.index, source.namespace)
    yield* drive({
      label: "Copying",
      output: options.output,
      resume: options.resume,
      run: {
        command: "copy",
        from: JSON.stringify([source.host, source.name, all ? "all" : source.namespace, prefix]),
        to: JSON.stringify([target.host, target.name, all ? "all" : target.namespace]),
        version: ""
      },
      total: () => prefix !== undefined ? undefined : all ? stats.totalVectorCount : records,
      work: ingest((resumeFrom) =>
        VectorIndex.copyProgress(source.index, target.index, {
          ...items.ingestOptions(options, resumeFrom),
          prefix,
          ...(all ? { namespaces: "all" as const } : {})
        })
      )
    })
  }).pipe(Effect.scoped))
