/** The embedded server in a process of its own. */
import * as PineconeLocal from "@effect-pinecone/local/PineconeLocal"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Fs from "node:fs"
import { PerformanceObserver } from "node:perf_hooks"
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

/** The seconds of processor time of the thread with the event loop, where the system says them. */
const loopSeconds = (): number => {
  const file = `/proc/self/task/${process.pid}/schedstat`
  return Fs.existsSync(file) ? Number(Fs.readFileSync(file, "utf8").split(" ")[0]) / 1e9 : NaN
}

let since = process.cpuUsage()
let loopSince = loopSeconds()
let collection = 0

/** The stops of the garbage collector, which nothing else shows. */
const collections = new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) collection = Math.max(collection, duration)
})

export const answers = serve({
  url: async () => (await Effect.runPromise(Deferred.await(listening))).url,
  memory: () => process.memoryUsage().rss,
  /** In milliseconds, of all its threads. */
  processorTime: () => {
    const { system, user } = process.cpuUsage()
    return (user + system) / 1000
  },
  peakMemory: () => peakMemory(),
  /** From here on. */
  watch: () => {
    collections.observe({ entryTypes: ["gc"] })
    since = process.cpuUsage()
    loopSince = loopSeconds()
    collection = 0
  },
  /** The seconds of processor time since then, and the longest stop of the garbage collector in milliseconds. */
  watched: () => {
    collections.disconnect()
    const { system, user } = process.cpuUsage(since)
    const loop = loopSeconds() - loopSince
    return { processor: (system + user) / 1e6, loop: Number.isNaN(loop) ? null : loop, collection }
  },
  /** Ends as a server does that is told to. */
  stop: () => Effect.runPromise(Effect.asVoid(Fiber.interrupt(running)))
})
