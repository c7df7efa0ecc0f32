/** The embedded server in a process of its own. */
import * as PineconeLocal from "@effect-pinecone/local/PineconeLocal"
import * as Effect from "effect/Effect"
import { peakMemory } from "./machine.js"
import { argument, serve } from "./side.js"

const options = JSON.parse(argument(0)) as Pick<PineconeLocal.Options, "data">

const listening = Effect.runPromise(
  Effect.async<PineconeLocal.Server, PineconeLocal.StartError>((resume) => {
    const running = Effect.zipRight(
      Effect.tap(
        PineconeLocal.serve({ ...options, port: 0 }),
        (server) => Effect.sync(() => resume(Effect.succeed(server)))
      ),
      Effect.never
    )
    Effect.runFork(Effect.catchAll(Effect.scoped(running), (error) => Effect.sync(() => resume(Effect.fail(error)))))
  })
)

export const answers = serve({
  url: async () => (await listening).url,
  peakMemory: () => peakMemory()
})
