import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import * as PineconeGrpc from "@effect-pinecone/grpc/PineconeGrpc"
import * as PineconeHttpClient from "@effect-pinecone/http/PineconeHttpClient"
import * as Settings from "@effect-pinecone/http/Settings"
import type * as IndexModel from "@effect-pinecone/schema/IndexModel"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import { inspect } from "node:util"
import * as PineconeLocal from "../../src/PineconeLocal.js"
import type { Client, Environment } from "./clients.js"
import { clientOf, collect, pods, podsWith, serverless, withServices } from "./clients.js"

export { collect, pods, podsWith, serverless }

export { clientOf, withServices }

export type { Client, Environment }

/** A server on ports of its own, and a client of it over real HTTP. */
export const overHttp = (
  options: PineconeLocal.Options = {},
  settings: Partial<Settings.Settings> = {}
): Layer.Layer<Client | PineconeLocal.PineconeLocal, PineconeLocal.StartError> =>
  Layer.unwrapEffect(Effect.map(PineconeLocal.PineconeLocal, ({ url }) => clientOf(url, settings))).pipe(
    Layer.provideMerge(PineconeLocal.layerServer({ importRoot: "/", ...options, port: 0 }))
  )

/** The server in the process. */
export const inProcess = (
  options: PineconeLocal.Options = {},
  settings: Partial<Omit<Settings.Settings, "controllerHost">> = {}
): Layer.Layer<Client, PineconeLocal.StartError> =>
  PineconeLocal.layer({ ...options, client: { retry: Settings.noRetry, ...settings } })

/** The same with gRPC for the operations on records. */
export const inProcessGrpc = (
  options: PineconeLocal.Options = {},
  settings: Partial<Omit<Settings.Settings, "controllerHost">> = {}
): Layer.Layer<Client, PineconeLocal.StartError> =>
  PineconeLocal.layerGrpc({ ...options, client: { retry: Settings.noRetry, ...settings } })

/** A server on ports of its own, and a client of it over gRPC, with HTTP for what has none. */
export const overGrpc = (options: PineconeLocal.Options = {}) =>
  Layer.provideMerge(PineconeGrpc.layer(), overHttp(options))

let names = 0

/** A name that no other index has. */
export const freshName = (prefix = "index"): string => `${prefix}-${++names}`

/** The service of a client that speaks 2026-04, over the same server: it can create pods. */
export const indexes2026_04 = Effect.flatMap(PineconeHttpClient.PineconeHttpClient, (http) => {
  const httpClient = HttpClient.mapRequest(
    http.httpClient,
    HttpClientRequest.setHeader("x-pinecone-api-version", "2026-04")
  )
  return Effect.provideService(Indexes.make, PineconeHttpClient.PineconeHttpClient, {
    ...http,
    apiVersion: "2026-04",
    httpClient
  })
})

/** Whether an index is on pods, is made from a collection, or chooses which of its metadata is indexed. */
const needs2026_04 = ({ spec }: Partial<IndexModel.CreateIndexRequest>): boolean =>
  spec !== undefined && ("pod" in spec ||
    ("serverless" in spec && (spec.serverless.sourceCollection ?? spec.serverless.schema) !== undefined))

/** Creates an index under a fresh name: dense, of three dimensions, unless told otherwise. */
export const createIndex = (options: Partial<IndexModel.CreateIndexRequest> = {}) => {
  const service: Effect.Effect<Indexes.Service, never, Indexes.Indexes | PineconeHttpClient.PineconeHttpClient> =
    needs2026_04(options) ? indexes2026_04 : Indexes.Indexes
  return Effect.flatMap(service, (indexes) =>
    indexes.create({
      name: freshName(),
      spec: serverless,
      ...(options.vectorType === "sparse" ? {} : { dimension: 3 }),
      ...options
    }))
}

/** A fresh index, by its name. */
export const freshIndex = (options: Partial<IndexModel.CreateIndexRequest> = {}) =>
  Effect.flatMap(createIndex(options), ({ name }) => VectorIndex.make({ name }))

/** The error of this tag that an effect ends in. */
export const failure = <Tag extends PineconeError.PineconeError["_tag"]>(tag: Tag) =>
<A, E, R>(
  effect: Effect.Effect<A, E, R>
): Effect.Effect<Extract<PineconeError.PineconeError, { readonly _tag: Tag }>, never, R> =>
  Effect.map(Effect.either(effect), (result) => {
    if (Either.isRight(result)) return assert.fail(`${tag} was expected, and it succeeded: ${inspect(result.right)}`)
    const error: unknown = result.left
    if (!PineconeError.isPineconeError(error) || error._tag !== tag) {
      return assert.fail(`${tag} was expected, and it failed with ${String(error)}`)
    }
    return error as Extract<PineconeError.PineconeError, { readonly _tag: Tag }>
  })
