import { ControlPlaneApi } from "@effect-pinecone/http/ControlPlaneApi"
import * as DerivedClient from "@effect-pinecone/http/DerivedClient"
import type { Service } from "@effect-pinecone/http/PineconeHttpClient"
import type { HttpApi } from "@effect/platform/HttpApi"
import * as HttpApiClient from "@effect/platform/HttpApiClient"
import type * as HttpApiGroup from "@effect/platform/HttpApiGroup"

type Groups = typeof ControlPlaneApi extends HttpApi<infer _Id, infer G, infer _E, infer _R> ? G : never

/**
 * Calls the operations of a group of the control plane, as its definition has them. They are derived with the first call:
 * an application that has its indexes makes none.
 */
export const group = <const Name extends HttpApiGroup.HttpApiGroup.Name<Groups>>(http: Service, group: Name) =>
  DerivedClient.make(
    http,
    HttpApiClient.group(ControlPlaneApi, { group, httpClient: http.httpClient, baseUrl: http.controllerHost })
  )
