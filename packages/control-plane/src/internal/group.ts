import type { Call } from "@effect-pinecone/http/Call"
import { ControlPlaneApi } from "@effect-pinecone/http/ControlPlaneApi"
import type { Service } from "@effect-pinecone/http/PineconeHttpClient"
import type { HttpApi } from "@effect/platform/HttpApi"
import * as HttpApiClient from "@effect/platform/HttpApiClient"
import type * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as Effect from "effect/Effect"

type Groups = typeof ControlPlaneApi extends HttpApi<infer _Id, infer G, infer _E, infer _R> ? G : never

/**
 * Calls the operations of a group of the control plane, as its definition has them. They are derived with the first call:
 * an application that has its indexes makes none.
 */
export const group = <const Name extends HttpApiGroup.HttpApiGroup.Name<Groups>>(http: Service, group: Name) => {
  const derived = HttpApiClient.group(ControlPlaneApi, {
    group,
    httpClient: http.httpClient,
    baseUrl: http.controllerHost
  })
  return Effect.map(
    Effect.cached(derived),
    (client) => <A, E>(call: Call, run: (client: Effect.Effect.Success<typeof derived>) => Effect.Effect<A, E>) =>
      Effect.flatMap(client, (client) => http.call(call, run(client)))
  )
}
