/** The embedded server in a process of its own. */
import * as PineconeLocal from "@effect-pinecone/local/PineconeLocal"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { peakMemory } from "./machine.js"
import { argument, serve } from "./side.js"

const options = JSON.parse(argument(0)) as Pick<PineconeLocal.Options, "data">

const listening = Effect.runSync(Deferred.make<PineconeLocal.Server, PineconeLocal.StartError>())

const running = Effect.runFork(
  PineconeLocal.serve({ ...options, port: 0, importRoot: "/" }).pipe(
    Effect.tap((server) => Deferred.succeed(listening, server)),
    Effect.andThen(Effect.never),
    Effect.scoped,
    Effect.catchAll((error) => Deferred.fail(listening, error))
  )
)

export const answers = serve({
  url: async () => (await Effect.runPromise(Deferred.await(listening))).url,
  memory: () => process.memoryUsage().rss,
  /** In milliseconds, of all its threads. */
  processorTime: () => {
    const { system, user } = process.cpuUsage()
    return (user + system) / 1000
  },
  peakMemory: () => peakMemory(),
  /** Ends as a server does that is told to. */
  stop: () => Effect.runPromise(Effect.asVoid(Fiber.interrupt(running)))
})
