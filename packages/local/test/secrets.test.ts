/**
 * The API key is in no span of the server's: in process, where they are the application's own, and over HTTP.
 */
import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as PineconeHttpClient from "@effect-pinecone/http/PineconeHttpClient"
import * as PineconeLocal from "@effect-pinecone/local/PineconeLocal"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Tracer from "effect/Tracer"
import { inspect } from "node:util"

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

const checked = <E>(layer: Layer.Layer<PineconeHttpClient.PineconeHttpClient, E>) =>
  Effect.gen(function*() {
    const { told, tracer } = recorder()
    yield* use.pipe(
      Effect.provide(Indexes.layer.pipe(Layer.provide(layer))),
      Effect.withTracer(tracer)
    )
    const text = told.join("\n")
    assert.include(text, "pinecone.list_indexes")
    assert.include(text, "http.server")
    assert.notInclude(text, key)
  })

const options = { apiKeys: [Redacted.make(key)] }

describe("the API key", () => {
  it.effect("is in no span in process", () => checked(PineconeLocal.layer(options)))

  it.effect("is in no span of a server", () =>
    checked(Layer.unwrapScoped(Effect.map(
      PineconeLocal.serve({ ...options, port: 0 }),
      ({ url }) =>
        PineconeHttpClient.layer({ apiKey: Redacted.make(key), controllerHost: url }).pipe(
          Layer.provide(FetchHttpClient.layer)
        )
    ))))
})
