/**
 * The API key is in no span of the server's: in process, where they are the application's own, and over connections; with
 * HTTP and with gRPC.
 */
import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import * as PineconeGrpc from "@effect-pinecone/grpc/PineconeGrpc"
import * as PineconeHttpClient from "@effect-pinecone/http/PineconeHttpClient"
import * as PineconeLocal from "@effect-pinecone/local/PineconeLocal"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Tracer from "effect/Tracer"
import { inspect } from "node:util"
import { createIndex } from "./utils/pinecone.js"

const key = "pcsk_a-key-that-nobody-else-has"

/** A tracer that keeps everything that it is told, as text. */
const recorder = () => {
  const told: Array<string> = []
  const tell = (...values: ReadonlyArray<unknown>) => void told.push(inspect(values, { depth: 20, showHidden: true }))
  const tracer = Tracer.make({
    context: (f) => f(),
    span: (name, parent, context, links, startTime, kind) => {
      const attributes = new Map<string, unknown>()
      tell(name, links, kind)
      return {
        _tag: "Span",
        name,
        spanId: "s",
        traceId: "t",
        sampled: true,
        parent,
        context,
        status: { _tag: "Started", startTime },
        attributes,
        links,
        kind,
        attribute: (key, value) => tell(key, value),
        event: (name, _, attributes) => tell(name, attributes),
        addLinks: (links) => tell(links),
        end: (_, exit) => tell(exit)
      }
    }
  })
  return { told, tracer }
}

const use = Effect.gen(function*() {
  const indexes = yield* Indexes.Indexes
  yield* Effect.flip(indexes.describe("missing"))
  return yield* indexes.list
})

/** The operations on records are what goes over gRPC. */
const write = Effect.gen(function*() {
  const { name } = yield* createIndex()
  const index = yield* VectorIndex.make({ name })
  yield* index.upsert([{ id: "a", values: [1, 2, 3] }])
})

const checked = <E>(
  layer: Layer.Layer<PineconeHttpClient.PineconeHttpClient, E>,
  program: Effect.Effect<unknown, unknown, Indexes.Indexes | PineconeHttpClient.PineconeHttpClient>,
  spans: ReadonlyArray<string>
) =>
  Effect.gen(function*() {
    const { told, tracer } = recorder()
    yield* program.pipe(
      Effect.provide(Indexes.layer.pipe(Layer.provideMerge(layer))),
      Effect.withTracer(tracer)
    )
    const text = told.join("\n")
    for (const name of spans) assert.include(text, name)
    assert.notInclude(text, key)
  })

const options = { apiKeys: [Redacted.make(key)] }

/** A server, and a client of it. */
const served = Layer.unwrapScoped(Effect.map(
  PineconeLocal.serve({ ...options, port: 0 }),
  ({ url }) =>
    PineconeHttpClient.layer({ apiKey: Redacted.make(key), controllerHost: url }).pipe(
      Layer.provide(FetchHttpClient.layer)
    )
))

const overHttp = ["pinecone.list_indexes", "http.server"]
const overGrpc = ["pinecone.upsert", "VectorService/Upsert"]

describe("the API key", () => {
  it.effect("is in no span in process", () => checked(PineconeLocal.layer(options), use, overHttp))

  it.effect("is in no span in process, with gRPC", () => checked(PineconeLocal.layerGrpc(options), write, overGrpc))

  it.effect("is in no span of a server", () => checked(served, use, overHttp))

  it.effect("is in no span of a server, with gRPC", () =>
    checked(Layer.provide(PineconeGrpc.layer(), served), write, overGrpc))
})
