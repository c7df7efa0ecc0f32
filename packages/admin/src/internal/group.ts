import { AdminApi } from "@effect-pinecone/http/AdminApi"
import type { Call } from "@effect-pinecone/http/Call"
import type { HttpApi } from "@effect/platform/HttpApi"
import * as HttpApiClient from "@effect/platform/HttpApiClient"
import type * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as Effect from "effect/Effect"
import type { Service } from "../AdminClient.js"

type Groups = typeof AdminApi extends HttpApi<infer _Id, infer G, infer _E, infer _R> ? G : never

/** Calls the operations of a group of the admin API, as its definition has them. They are derived with the first call. */
export const group = <const Name extends HttpApiGroup.HttpApiGroup.Name<Groups>>(admin: Service, group: Name) => {
  const derived = HttpApiClient.group(AdminApi, {
    group,
    httpClient: admin.httpClient,
    baseUrl: admin.controllerHost
  })
  return Effect.map(
    Effect.cached(derived),
    (client) => <A, E>(call: Call, run: (client: Effect.Effect.Success<typeof derived>) => Effect.Effect<A, E>) =>
      Effect.flatMap(client, (client) => admin.call(call, run(client)))
  )
}
