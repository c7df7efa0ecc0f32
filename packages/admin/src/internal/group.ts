import { AdminApi } from "@effect-pinecone/http/AdminApi"
import * as DerivedClient from "@effect-pinecone/http/DerivedClient"
import type { HttpApi } from "@effect/platform/HttpApi"
import * as HttpApiClient from "@effect/platform/HttpApiClient"
import type * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import type { Service } from "../AdminClient.js"

type Groups = typeof AdminApi extends HttpApi<infer _Id, infer G, infer _E, infer _R> ? G : never

/** Calls the operations of a group of the admin API, as its definition has them. They are derived with the first call. */
export const group = <const Name extends HttpApiGroup.HttpApiGroup.Name<Groups>>(admin: Service, group: Name) =>
  DerivedClient.make(
    admin,
    HttpApiClient.group(AdminApi, { group, httpClient: admin.httpClient, baseUrl: admin.controllerHost })
  )
