#!/usr/bin/env node
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as PineconeLocal from "./PineconeLocal.js"

const options = {
  port: Options.integer("port").pipe(
    Options.withDescription("The port of the control plane; each index gets one of its own. 0 picks free ones."),
    Options.withDefault(5080)
  ),
  host: Options.text("host").pipe(
    Options.withDescription("The address to listen at."),
    Options.withDefault("127.0.0.1")
  ),
  data: Options.directory("data", { exists: "either" }).pipe(
    Options.withDescription("The folder that keeps the data, made if need be."),
    Options.optional
  ),
  memory: Options.boolean("memory").pipe(
    Options.withDescription("Keep nothing: the data is gone with the server. So it is without --data.")
  ),
  apiKey: Options.text("api-key").pipe(
    Options.withDescription("A key that is let in; may be given several times. Without any, every request is."),
    Options.repeated
  ),
  importRoot: Options.directory("import-root", { exists: "yes" }).pipe(
    Options.withDescription("The folder that bulk imports must be within."),
    Options.optional
  )
}

const command = Command.make(
  "pinecone-local",
  options,
  ({ apiKey, data, host, importRoot, memory, port }) =>
    Effect.gen(function*() {
      const server = yield* PineconeLocal.serve({
        port,
        host,
        data: memory ? undefined : Option.getOrUndefined(data),
        apiKeys: apiKey.map((key) => Redacted.make(key)),
        importRoot: Option.getOrUndefined(importRoot)
      })
      yield* Console.log(`Pinecone Local is ready at ${server.url}`)
      return yield* Effect.never
    }).pipe(
      Effect.scoped,
      Effect.catchTag("StartError", (error) => Effect.zipRight(Console.error(error.message), Effect.fail(error)))
    )
).pipe(Command.withDescription("Pinecone on this machine: an embedded server that speaks its API."))

const run = Command.run(command, { name: "pinecone-local", version: "0.1.0" })

NodeRuntime.runMain(Effect.provide(run(process.argv), NodeContext.layer), { disableErrorReporting: true })
