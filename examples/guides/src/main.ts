/** Runs the guide that is named, on Pinecone's cloud where there is a key, else on the embedded server. */
import { PineconeLocal } from "@effect-pinecone/local"
import { NodeContext, NodeRuntime } from "@effect/platform-node"
import type { ConfigError } from "effect"
import { Cause, Config, Console, Data, Effect, Layer, Logger, LogLevel, Option } from "effect"
import type { PineconeHttpClient } from "effect-pinecone"
import { ControlPlane, Inference, Pinecone } from "effect-pinecone"
import { elapsed } from "./common.js"
import { guides, isName, names } from "./guides.js"

class UsageError extends Data.TaggedError("UsageError")<{ readonly message: string }> {}

const list = Effect.gen(function*() {
  yield* Console.log("Give the name of a guide, as in: pnpm example batches\n")
  const width = Math.max(...names.map((name) => name.length))
  for (const [name, { about }] of Object.entries(guides)) yield* Console.log(`  ${name.padEnd(width)}  ${about}`)
})

const run = (name: string) =>
  Effect.gen(function*() {
    if (!isName(name)) return yield* new UsageError({ message: `There is no guide "${name}": ${names.join(", ")}` })
    const guide = guides[name]
    const onCloud = Option.isSome(yield* Config.option(Config.nonEmptyString("PINECONE_API_KEY")))
    if (onCloud && "localOnly" in guide) {
      return yield* new UsageError({ message: `${name} needs the embedded server: run it without PINECONE_API_KEY` })
    }
    const pinecone: Layer.Layer<
      PineconeHttpClient.PineconeHttpClient,
      ConfigError.ConfigError | PineconeLocal.StartError
    > = onCloud ? Pinecone.layerConfig() : PineconeLocal.layer("server" in guide ? guide.server : {})
    yield* Console.log(onCloud ? "On Pinecone's cloud." : "On the embedded server, in this process.")
    const program: Effect.Effect<unknown, unknown, Effect.Effect.Context<typeof guide.program>> = guide.program
    const [duration] = yield* program.pipe(
      Effect.provide(Layer.provideMerge(Layer.merge(ControlPlane.layer, Inference.layer), pinecone)),
      Effect.timed
    )
    yield* Console.log(`Done in ${elapsed(duration)}.`)
  })

const main = Effect.gen(function*() {
  const name = process.argv[2]
  yield* name === undefined ? list : run(name)
})

main.pipe(
  Effect.tapErrorCause((cause) => Console.error(Cause.prettyErrors(cause).map(({ message }) => message).join("\n"))),
  Effect.provide(NodeContext.layer),
  Logger.withMinimumLogLevel(LogLevel.None),
  NodeRuntime.runMain({ disableErrorReporting: true })
)
