/** As many requests at a time as the server can handle. */
import { PineconeLocal } from "@effect-pinecone/local"
import { HttpClient } from "@effect/platform"
import { Console, Effect, Layer, Ref, Stream } from "effect"
import type { Ingest } from "effect-pinecone"
import { ControlPlane } from "effect-pinecone"
import type { PageIndex } from "./common.js"
import { elapsed, pages, temporaryIndex } from "./common.js"

/** An answer of the embedded server takes as long as one of a server that is far away. */
export const server: PineconeLocal.Options = { faults: { latency: "20 millis", seed: "parallel" } }

const batchSize = 20

/** Writes all pages, and tells how many requests were in flight at most. */
const write = (index: PageIndex, label: string, options: Ingest.Options) =>
  Effect.gen(function*() {
    const most = yield* Ref.make(0)
    const last = yield* index.upsertProgress(pages, { batchSize, ...options }).pipe(
      // A report comes with an answer: that request was in flight beside those that still are.
      Stream.tap(({ inFlight }) => Ref.update(most, (before) => Math.max(before, Math.ceil(inFlight / batchSize) + 1))),
      Stream.runLast,
      Effect.flatten
    )
    const mostInFlight = yield* most
    yield* Console.log(
      `  ${label.padEnd(12)} ${last.records} records in ${elapsed(last.elapsed).padStart(6)}, ` +
        `${String(Math.round(last.rate)).padStart(5)} a second, at most ${mostInFlight} in flight`
    )
    return { ...last, mostInFlight }
  })

const compare = Effect.gen(function*() {
  const index = yield* temporaryIndex("parallel")
  yield* Console.log(`All records in batches of ${batchSize}, each answer after 20 ms or more:`)
  const one = yield* write(index, "one by one", { concurrency: 1 })
  const eight = yield* write(index, "eight", { concurrency: 8 })
  const adaptive = yield* write(index, "adaptive", {})
  return { one, eight, adaptive }
}).pipe(Effect.scoped)

/** The same on a server that refuses one request in twenty with 429, and asks for a second of peace each time. */
const throttled = Effect.gen(function*() {
  const refused = yield* Ref.make(0)
  const throttling = PineconeLocal.layer({
    faults: { throttle: 0.05, latency: "20 millis", seed: "throttled" },
    client: {
      transformClient: HttpClient.tap(({ status }) => status === 429 ? Ref.update(refused, (n) => n + 1) : Effect.void)
    }
  })
  yield* Console.log("On a server that answers one request in twenty with 429:")
  const adaptive = yield* temporaryIndex("throttled").pipe(
    Effect.flatMap((index) => write(index, "adaptive", {})),
    Effect.scoped,
    Effect.provide(Layer.provideMerge(ControlPlane.layer, throttling))
  )
  yield* Console.log(`  ${yield* refused} requests were refused, waited for, and sent again.`)
  return { ...adaptive, refused: yield* refused }
})

export const program = Effect.all({ compared: compare, throttled })
