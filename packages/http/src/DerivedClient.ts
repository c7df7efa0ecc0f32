/**
 * Clients that are derived from a definition with their first call: who gives a service on may never make one.
 *
 * @since 0.1.0
 */
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Effect from "effect/Effect"
import type { Call } from "./Call.js"
import type * as PineconeHttpClient from "./PineconeHttpClient.js"

/**
 * Runs a request of a derived client as an operation of Pinecone's, with the errors of `PineconeHttpClient.call`.
 *
 * @since 0.1.0
 * @category models
 */
export type Calls<Client, R0 = never> = <A, E, R>(
  call: Call,
  run: (client: Client) => Effect.Effect<A, E, R>
) => Effect.Effect<A, PineconeError.RequestError, R | R0>

/**
 * Calls the operations of a client that `HttpApiClient` derives. It is derived once.
 *
 * ```ts
 * import * as DerivedClient from "@effect-pinecone/http/DerivedClient"
 * import { InferenceApi } from "@effect-pinecone/http/InferenceApi"
 * import { PineconeHttpClient } from "@effect-pinecone/http/PineconeHttpClient"
 * import * as HttpApiClient from "@effect/platform/HttpApiClient"
 * import * as Effect from "effect/Effect"
 *
 * const models = Effect.gen(function*() {
 *   const http = yield* PineconeHttpClient
 *   const call = yield* DerivedClient.make(
 *     http,
 *     HttpApiClient.group(InferenceApi, {
 *       group: "inference",
 *       httpClient: http.httpClient,
 *       baseUrl: http.controllerHost
 *     })
 *   )
 *   return yield* call({ operation: "list_models" }, (client) => client.listModels({ urlParams: {} }))
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <Client, R0>(
  http: Pick<PineconeHttpClient.Service, "call">,
  derived: Effect.Effect<Client, never, R0>
): Effect.Effect<Calls<Client, R0>> =>
  Effect.map(
    Effect.cached(derived),
    (client): Calls<Client, R0> => (call, run) => Effect.flatMap(client, (client) => http.call(call, run(client)))
  )
