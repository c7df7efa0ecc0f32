/** The client under test: `VectorService` over gRPC, on top of an HTTP client that nobody should ask. */
import * as PineconeHttpClient from "@effect-pinecone/http/PineconeHttpClient"
import * as Settings from "@effect-pinecone/http/Settings"
import type { VectorService } from "@effect-pinecone/http/VectorService"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type * as NodeGrpc from "../../src/NodeGrpc.js"
import * as PineconeGrpc from "../../src/PineconeGrpc.js"

export const apiKey = "pckey-1234567890"

/** The client below, whose HTTP is not asked. */
export const below = (
  settings: Partial<Settings.Settings> = {}
): Layer.Layer<PineconeHttpClient.PineconeHttpClient> =>
  Layer.provide(
    Layer.orDie(PineconeHttpClient.layer({ apiKey: Redacted.make(apiKey), retry: Settings.noRetry, ...settings })),
    Layer.succeed(HttpClient.HttpClient, HttpClient.make(() => Effect.dieMessage("HTTP is not asked")))
  )

export const layer = (options: NodeGrpc.Options = {}, settings: Partial<Settings.Settings> = {}) =>
  Layer.provide(PineconeGrpc.layer(options), below(settings))

/** The operations, until the scope closes. */
export const vectors = (
  options: NodeGrpc.Options = {},
  settings: Partial<Settings.Settings> = {}
): Effect.Effect<VectorService, never, Scope.Scope> =>
  Effect.map(
    Effect.orDie(Layer.build(layer(options, settings))),
    (context) => Context.get(context, PineconeHttpClient.PineconeHttpClient).vectors
  )

/** What keeps the process alive, of connections, ports and timers. */
export const resources = (): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const name of process.getActiveResourcesInfo()) {
    if (/Wrap|Timeout|Http2/.test(name)) counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}
