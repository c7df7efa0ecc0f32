/** The one program: what an application does with an index, over whatever transport it is given. */
import type { PineconeHttpClient } from "effect-pinecone"
import { ControlPlane, Filter, Indexes, IndexSpec, Settings, VectorIndex } from "effect-pinecone"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import type * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Outcome, Place, Step } from "./report.js"
import { attempt, same, Wrong } from "./report.js"

/** The client of a transport, by the settings that it is given. */
export type Transport = (
  settings: Settings.Settings
) => Layer.Layer<PineconeHttpClient.PineconeHttpClient, { readonly message: string }>

const Metadata = Schema.Struct({ genre: Schema.String, year: Schema.Int })

const shape = { dimension: 3, spec: IndexSpec.serverless({ cloud: "aws", region: "us-east-1" }) }

const movies = [
  { id: "airplane", values: [0.9, 0.1, 0.2], metadata: { genre: "comedy", year: 1980 } },
  { id: "barbie", values: [0.8, 0.3, 0.1], metadata: { genre: "comedy", year: 2023 } },
  { id: "metropolis", values: [0.1, 0.9, 0.4], metadata: { genre: "drama – 電影", year: 1927 } }
] as const

const many = 1200

const controlPlane = (name: string) =>
  Effect.gen(function*() {
    const indexes = yield* Indexes.Indexes
    yield* indexes.ensure({ name, ...shape })
    yield* indexes.create({ name: `${name}-2`, ...shape, tags: { owner: "runtimes" } })
    const made = yield* indexes.describe(`${name}-2`)
    yield* same("describe", [made.dimension, made.tags], [3, { owner: "runtimes" }])
    const names = (yield* indexes.list).map((index) => index.name)
    yield* same("list", [name, `${name}-2`].map((name) => names.includes(name)), [true, true])
    yield* indexes.delete(`${name}-2`)
    yield* indexes.waitUntilGone(`${name}-2`)
    yield* same("exists", yield* indexes.exists(`${name}-2`), false)
  })

const upsert = (name: string) =>
  Effect.gen(function*() {
    const index = yield* VectorIndex.makeTyped({ name, metadata: Metadata })
    const { lsn, upsertedCount } = yield* index.upsert([...movies])
    yield* same("upsertedCount", upsertedCount, 3)
    const { records } = yield* index.fetch(movies.map(({ id }) => id), { minLsn: lsn })
    yield* same("metadata", movies.map(({ id }) => records.get(id)?.metadata), movies.map(({ metadata }) => metadata))
  })

const query = (name: string) =>
  Effect.gen(function*() {
    const index = yield* VectorIndex.makeTyped({ name, metadata: Metadata })
    const { matches } = yield* index.query({
      vector: [0.9, 0.1, 0.2],
      topK: 10,
      filter: Filter.and(Filter.eq("genre", "comedy"), Filter.gte("year", 2000)),
      includeMetadata: true
    })
    yield* same("matches", matches.map(({ id, metadata }) => [id, metadata.year]), [["barbie", 2023]])
  })

/** Many records as a stream, in requests that run at the same time, and all their ids back, page by page. */
const stream = (name: string) =>
  Effect.gen(function*() {
    const index = (yield* VectorIndex.make({ name })).namespace("stream")
    const records = Stream.map(Stream.range(1, many), (i) => ({ id: `record-${i}`, values: [i, 1, 0] }))
    const written = yield* index.upsertAll(records, { batchSize: 100, concurrency: 4 })
    yield* same("records", written.records, many)
    if (written.lsn !== undefined) yield* index.waitForLsn(written.lsn)
    const ids = yield* Stream.runCollect(index.listStream())
    yield* same("ids", new Set(Chunk.toReadonlyArray(ids)).size, many)
    const scanned = yield* Stream.runCount(Stream.take(index.scan(), 250))
    yield* same("scan", scanned, 250)
  })

/** The tag of the error that an effect fails with. */
const tagOf = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.either(effect), (result) => Either.isLeft(result) ? result.left._tag : "no error")

/** One error of each origin: the server, the settings, the check of the input, the Schema, and the network. */
const errors = (name: string, place: Place | undefined, transport: Transport) =>
  Effect.gen(function*() {
    const indexes = yield* Indexes.Indexes
    yield* same("an index that is not there", yield* tagOf(indexes.describe(`${name}-none`)), "PineconeNotFound")
    const index = yield* VectorIndex.make({ name })
    const wrongDimension = tagOf(index.query({ vector: [1, 2], topK: 1 }))
    yield* same("a vector of another dimension", yield* wrongDimension, "PineconeInvalidRequest")
    yield* same("a topK that is none", yield* tagOf(index.query({ id: "a", topK: 0 })), "PineconeInvalidRequest")
    const typed = yield* VectorIndex.makeTyped({ name, metadata: Schema.Struct({ genre: Schema.Number }) })
    yield* same("metadata of another Schema", yield* tagOf(typed.fetch(["airplane"])), "PineconeInvalidMetadata")
    if (place === undefined) return
    const statsAt = (host: string, key: string) =>
      Effect.flatMap(VectorIndex.make({ host }), (index) => tagOf(index.describeIndexStats())).pipe(
        Effect.provide(transport({ apiKey: Redacted.make(key), retry: Settings.noRetry }))
      )
    // By its host, so that the transport of the records is asked, and not the control plane.
    const { host } = yield* indexes.describe(name)
    yield* same("a wrong key", yield* statsAt(host, "wrong"), "PineconeUnauthorized")
    yield* same("nobody listens", yield* statsAt(place.nobody, place.key), "PineconeTransportError")
  })

const Requests = Schema.Struct({ come: Schema.Int, aborted: Schema.Int })

/** A request that is interrupted is aborted: the server, which never answers, is told so. */
const interruption = (place: Place, host: string) =>
  Effect.gen(function*() {
    const requests = Effect.flatMap(
      Effect.tryPromise((signal) => fetch(`${place.silent}/requests`, { signal }).then((response) => response.json())),
      Schema.decodeUnknown(Requests)
    )
    const until = (what: string, done: (now: typeof Requests.Type) => boolean) =>
      requests.pipe(
        Effect.filterOrFail(done, (now) => new Wrong({ message: `${what}: ${JSON.stringify(now)}` })),
        Effect.retry(Schedule.intersect(Schedule.spaced("20 millis"), Schedule.recurs(200)))
      )
    const before = yield* requests
    const index = yield* VectorIndex.make({ host })
    const fiber = yield* Effect.fork(index.query({ vector: [1, 0, 0], topK: 1 }))
    yield* until("the request has not come", ({ come }) => come > before.come)
    yield* Fiber.interrupt(fiber)
    yield* until("the request was not aborted", ({ aborted }) => aborted > before.aborted)
  })

/** What the steps are run with. */
export interface Options {
  /** The name of the index. */
  readonly name: string
  /** Left out for a server in the own process: nobody is away from it, and no request to it is aborted. */
  readonly place?: Place | undefined
  /** The host of an index that never answers. */
  readonly silent?: string | undefined
  readonly transport: Transport
}

/** Runs all steps over a transport, one after the other, and tells what came of each: who is told may end it. */
export const run = <E>(
  { name, place, silent, transport }: Options,
  tell: (outcome: Outcome) => Effect.Effect<void, E>
): Effect.Effect<void, E | { readonly message: string }> => {
  const told = <R>(feature: Step, step: Effect.Effect<unknown, unknown, R>) => Effect.tap(attempt(feature, step), tell)
  const rest = Effect.gen(function*() {
    yield* told("upsert", upsert(name))
    yield* told("query", query(name))
    yield* told("stream", stream(name))
    yield* told("errors", errors(name, place, transport))
    if (place !== undefined && silent !== undefined) yield* told("interruption", interruption(place, silent))
  })
  return told("control plane", controlPlane(name)).pipe(
    // Without an index there is nothing more to try.
    Effect.flatMap(({ problem }) => problem === undefined ? rest : Effect.void),
    Effect.provide(ControlPlane.layer),
    Effect.provide(
      transport({
        apiKey: Redacted.make(place?.key ?? "in-process"),
        controllerHost: place?.server,
        timeout: "10 seconds"
      })
    )
  )
}

/** All that came of the steps. */
export const outcomes = (
  options: Options
): Effect.Effect<ReadonlyArray<Outcome>, { readonly message: string }> =>
  Effect.suspend(() => {
    const found: Array<Outcome> = []
    return Effect.as(run(options, (outcome) => Effect.sync(() => void found.push(outcome))), found)
  })
