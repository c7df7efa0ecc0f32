import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import type { VectorIndex } from "effect-pinecone/VectorIndex"
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as ExitCode from "../../ExitCode.js"
import * as flags from "../flags.js"
import { filterFlag, filterOf } from "../items.js"
import * as kinds from "../kinds.js"
import { Problem, unusable } from "../problem.js"
import * as progress from "../progress.js"
import * as render from "../render.js"
import { connection, output, place, withIndex } from "../target.js"

/** So many records of the index are searched with, in turns. */
const sampled = 100

const samples = (index: VectorIndex) =>
  Effect.gen(function*() {
    const { ids } = yield* index.list({ limit: sampled })
    if (ids.length === 0) {
      return yield* new Problem({
        code: ExitCode.notFound,
        message: "The namespace has no records to search with: write some, or name another with --namespace."
      })
    }
    const { records } = yield* index.fetch(ids)
    return [...records.values()]
  })

/** The value that so many of a hundred do not exceed. */
const percentile = (sorted: Float64Array, percent: number): number =>
  sorted[Math.max(0, Math.ceil(sorted.length * percent / 100) - 1)]!

const rounded = (value: number): number => Math.round(value * 1000) / 1000

export const command = Command.make("bench", {
  name: Args.text({ name: "index" }).pipe(Args.withDescription("The index to measure.")),
  ...connection,
  namespace: place.namespace,
  queries: flags.integer("queries", "N", "How many queries. Default: 200.", 1, 1_000_000).pipe(
    Options.withDefault(200)
  ),
  concurrency: flags.integer("concurrency", "N", "Queries at a time. Default: 1.", 1, 1000).pipe(
    Options.withDefault(1)
  ),
  topK: flags.integer("top-k", "N", "How many matches each asks for. Default: 10.", 1, 10_000).pipe(
    Options.withDefault(10)
  ),
  filter: filterFlag,
  metadata: flags.toggle("metadata", "Ask for the metadata of the matches too."),
  output
}, (options) =>
  withIndex({ ...options, index: Option.some(options.name) }, (index) =>
    Effect.gen(function*() {
      const records = yield* samples(index)
      const filter = filterOf(options.filter)
      const query = ({ sparseValues, values }: typeof records[number]) =>
        index.query({
          topK: options.topK,
          vector: values === undefined || values.length === 0 ? undefined : values,
          sparseVector: sparseValues === undefined || sparseValues.indices.length === 0 ? undefined : sparseValues,
          filter,
          includeMetadata: options.metadata
        })
      // The first asks for the host of the index, and opens the connection.
      yield* query(records[0]!)
      const bar = yield* progress.make("Measuring", 0)
      let done = 0
      const began = yield* Clock.currentTimeNanos
      const times = yield* Stream.range(0, options.queries - 1).pipe(
        Stream.mapEffect((i) =>
          Effect.gen(function*() {
            const before = yield* Clock.currentTimeNanos
            const answer = yield* Effect.either(query(records[i % records.length]!))
            const after = yield* Clock.currentTimeNanos
            yield* bar.update({ done: ++done, total: options.queries })
            return Either.isRight(answer) ? Number(after - before) / 1e6 : undefined
          }), { concurrency: options.concurrency }),
        Stream.runCollect
      )
      const seconds = Number((yield* Clock.currentTimeNanos) - began) / 1e9
      yield* bar.clear
      const sorted = Float64Array.from(Chunk.filterMap(times, Option.fromNullable)).sort()
      if (sorted.length === 0) return yield* unusable("Every query has failed, so there is nothing to measure.")
      yield* render.one(options.output, kinds.bench, {
        index: options.name,
        queries: options.queries,
        failed: options.queries - sorted.length,
        concurrency: options.concurrency,
        rate: seconds > 0 ? rounded(options.queries / seconds) : 0,
        min: rounded(sorted[0]!),
        mean: rounded(sorted.reduce((sum, time) => sum + time, 0) / sorted.length),
        p50: rounded(percentile(sorted, 50)),
        p90: rounded(percentile(sorted, 90)),
        p95: rounded(percentile(sorted, 95)),
        p99: rounded(percentile(sorted, 99)),
        max: rounded(sorted[sorted.length - 1]!)
      })
    })))
