/** Runs the story on Pinecone's cloud where there is a key, else on the embedded server. */
import { PineconeLocal } from "@effect-pinecone/local"
import { NodeContext, NodeRuntime } from "@effect/platform-node"
import type { ConfigError } from "effect"
import { Cause, Config, Console, Effect, Layer, Logger, LogLevel, Option } from "effect"
import type { PineconeHttpClient } from "effect-pinecone"
import { ControlPlane, Pinecone } from "effect-pinecone"
import { quickstart } from "./quickstart.js"
import * as Terminal from "./terminal.js"

const main = Effect.gen(function*() {
  const key = yield* Config.option(Config.nonEmptyString("PINECONE_API_KEY"))
  // All that differs between the two.
  const pinecone: Layer.Layer<
    PineconeHttpClient.PineconeHttpClient,
    ConfigError.ConfigError | PineconeLocal.StartError
  > = Option.isSome(key) ? Pinecone.layerConfig() : PineconeLocal.layer()
  yield* Terminal.heading(
    Option.isSome(key)
      ? "On Pinecone's cloud, with PINECONE_API_KEY."
      : "On the embedded server, in this process: no account, no network. Set PINECONE_API_KEY to use the cloud."
  )
  const [duration] = yield* quickstart({ importsFolders: Option.isNone(key) }).pipe(
    Effect.provide(Layer.provideMerge(ControlPlane.layer, pinecone)),
    Effect.timed
  )
  yield* Terminal.heading(`Done in ${Terminal.elapsed(duration)}.`)
})

main.pipe(
  Effect.tapErrorCause((cause) =>
    Console.error(`\n${Cause.prettyErrors(cause).map(({ message }) => message).join("\n")}`)
  ),
  Effect.provide([NodeContext.layer, Terminal.layer]),
  Logger.withMinimumLogLevel(LogLevel.None),
  NodeRuntime.runMain({ disableErrorReporting: true })
)
