/** A server with a service account, its admin services, and clients of keys. */
import * as Admin from "@effect-pinecone/admin/Admin"
import * as ApiKeys from "@effect-pinecone/admin/ApiKeys"
import * as Projects from "@effect-pinecone/admin/Projects"
import * as ControlPlane from "@effect-pinecone/control-plane/ControlPlane"
import * as PineconeHttpClient from "@effect-pinecone/http/PineconeHttpClient"
import * as Settings from "@effect-pinecone/http/Settings"
import type * as ApiKey from "@effect-pinecone/schema/ApiKey"
import type * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { Environment } from "./bothProtocols.js"
import { Control } from "./bothProtocols.js"

export const clientSecret = "the-secret-of-a-service-account"

export const account = { clientId: "ci", clientSecret: Redacted.make(clientSecret) }

/** The key of an operator, which may do everything. */
export const operator = "a-key-of-the-operator"

export const options = { admin: account, apiKeys: [Redacted.make(operator)] }

/** The admin services as a service account has them. */
export const layerOf = (
  account: { readonly clientId: string; readonly clientSecret: Redacted.Redacted }
): Layer.Layer<Admin.Services, never, Control | HttpClient.HttpClient> =>
  Layer.unwrapEffect(
    Effect.map(
      Control,
      (url) =>
        Layer.orDie(
          Admin.layerFromHttpClient({ ...account, controllerHost: url, loginHost: url, retry: Settings.noRetry })
        )
    )
  )

export const layer = layerOf(account)

/** The admin services on a server. */
export const on = <E>(server: Layer.Layer<Environment, E>): Layer.Layer<Environment | Admin.Services, E> =>
  Layer.provideMerge(layer, server)

/** Runs an effect with the services of the control plane, by a key. */
export const withKey = (key: string) => {
  const services = Layer.unwrapEffect(Effect.map(Control, (url) =>
    Layer.provideMerge(
      ControlPlane.layer,
      PineconeHttpClient.layer({ apiKey: Redacted.make(key), controllerHost: url, retry: Settings.noRetry })
    )))
  return Effect.provide(services)
}

export const firstProject = Effect.flatMap(
  Projects.Projects,
  (projects) => Effect.flatMap(Effect.orDie(projects.list), Arr.head)
)

/** A new key of the project that has the data. */
export const createKey = (...roles: ReadonlyArray<ApiKey.Role>) =>
  Effect.gen(function*() {
    const apiKeys = yield* ApiKeys.ApiKeys
    const { id } = yield* firstProject
    const { key, value } = yield* apiKeys.create(id, { name: roles.join(" and ") || "default", roles })
    return { id: key.id, key: Redacted.value(value) }
  })

/** Counts the requests for a path. */
export const counting = <E>(server: Layer.Layer<Environment, E>, path: string) => {
  const counter = { count: 0 }
  const client = Layer.effect(
    HttpClient.HttpClient,
    Effect.map(HttpClient.HttpClient, (client) =>
      HttpClient.transform(client, (answer, { url }) => {
        if (new URL(url).pathname === path) counter.count++
        return answer
      }))
  )
  return { counter, layer: Layer.provideMerge(client, server) }
}

/** A request by hand. */
export const ask = (
  method: "GET" | "POST" | "DELETE" | "PUT" | "PATCH",
  url: string,
  headers: Readonly<Record<string, string>> = {},
  body?: HttpBody.HttpBody
) =>
  HttpClient.execute(
    HttpClientRequest.make(method)(url, { headers, ...(body === undefined ? {} : { body }) })
  ).pipe(
    Effect.flatMap((response) => Effect.map(response.text, (text) => ({ status: response.status, text }))),
    Effect.orDie
  )

export const askControl = (
  method: "GET" | "POST" | "DELETE" | "PUT" | "PATCH",
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: HttpBody.HttpBody
) => Effect.flatMap(Control, (url) => ask(method, `${url}${path}`, headers, body))
