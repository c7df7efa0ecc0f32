/**
 * Clients of the definitions of Pinecone's APIs. Each is derived with its first call: who gives a service on may never make
 * one.
 *
 * ```ts
 * import * as DerivedClient from "@effect-pinecone/http/DerivedClient"
 * import { InferenceApi } from "@effect-pinecone/http/InferenceApi"
 * import { PineconeHttpClient } from "@effect-pinecone/http/PineconeHttpClient"
 * import * as Effect from "effect/Effect"
 *
 * const models = Effect.gen(function*() {
 *   const http = yield* PineconeHttpClient
 *   const call = yield* DerivedClient.group(http, InferenceApi, "inference")
 *   return yield* call({ operation: "list_models" }, (client) => client.listModels({ urlParams: {} }))
 * })
 * ```
 *
 * @since 0.1.0
 */
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiClient from "@effect/platform/HttpApiClient"
import type { HttpApiDecodeError } from "@effect/platform/HttpApiError"
import type * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import type * as HttpApiMiddleware from "@effect/platform/HttpApiMiddleware"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type * as Types from "effect/Types"
import type { Call } from "./Call.js"
import type { ApiClient } from "./internal/requests.js"

/**
 * What a client is derived with: `PineconeHttpClient`, or a client without an API key.
 *
 * @since 0.1.0
 * @category models
 */
export interface Source {
  /** Sends the requests. */
  readonly httpClient: ApiClient
  /** The base URL of the definition's paths, where no other is given. */
  readonly controllerHost: string
  /** Runs a request as an operation of Pinecone's. */
  readonly call: <A, E, R>(
    call: Call,
    effect: Effect.Effect<A, E, R>
  ) => Effect.Effect<A, PineconeError.RequestError, R>
}

/**
 * Runs a request of a derived client as an operation of Pinecone's, with the errors of `PineconeHttpClient.call`.
 *
 * @since 0.1.0
 * @category models
 */
export type Calls<Client> = <A, E, R>(
  call: Call,
  run: (client: Client) => Effect.Effect<A, E, R>
) => Effect.Effect<A, PineconeError.RequestError, R>

/**
 * The client of all groups of a definition.
 *
 * @since 0.1.0
 * @category models
 */
export type Client<Api> = Api extends HttpApi.HttpApi<infer _Id, infer Groups, infer ApiError, infer _R>
  ? Types.Simplify<HttpApiClient.Client<Groups, ApiError | PineconeError.RequestError, never>>
  : never

/** What a definition is whose middleware asks nothing of a client. */
type Complete<R> = [HttpApiMiddleware.HttpApiMiddleware.Without<R>] extends [never] ? unknown : never

/** A client keeps the context that it is derived in for all of its calls: that of the first call must not reach the others. */
const deferred = <Client, R>(
  source: Source,
  derived: Effect.Effect<Client, never, R>
): Effect.Effect<Calls<Client>> =>
  Effect.map(
    Effect.cached(
      // eslint-disable-next-line no-restricted-syntax -- the definitions are complete, which the compiler cannot see here.
      Effect.mapInputContext(derived, (_: Context.Context<never>) => Context.empty() as Context.Context<R>)
    ),
    (client): Calls<Client> => (call, run) => Effect.flatMap(client, (client) => source.call(call, run(client)))
  )

/**
 * Calls the operations of a definition, by group and name. Its paths are below the base URL.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <Id extends string, Groups extends HttpApiGroup.HttpApiGroup.Any, ApiError, ApiR>(
  source: Source,
  api: HttpApi.HttpApi<Id, Groups, ApiError, ApiR> & Complete<ApiR | HttpApiGroup.HttpApiGroup.ClientContext<Groups>>,
  baseUrl: string = source.controllerHost
): Effect.Effect<Calls<Types.Simplify<HttpApiClient.Client<Groups, ApiError | PineconeError.RequestError, never>>>> =>
  deferred(source, HttpApiClient.makeWith(api, { httpClient: source.httpClient, baseUrl }))

/**
 * Calls the operations of one group of a definition, by name. Its paths are below the base URL. Nothing is derived for the
 * other groups.
 *
 * @since 0.1.0
 * @category constructors
 */
export const group = <
  Id extends string,
  Groups extends HttpApiGroup.HttpApiGroup.Any,
  ApiError,
  ApiR,
  const Name extends HttpApiGroup.HttpApiGroup.Name<Groups>
>(
  source: Source,
  api: HttpApi.HttpApi<Id, Groups, ApiError, ApiR> & Complete<ApiR | HttpApiGroup.HttpApiGroup.ClientContext<Groups>>,
  group: Name,
  baseUrl: string = source.controllerHost
): Effect.Effect<Calls<HttpApiClient.Client.Group<Groups, Name, ApiError | PineconeError.RequestError, never>>> =>
  deferred(source, HttpApiClient.group(api, { group, httpClient: source.httpClient, baseUrl }))

/**
 * The part of a definition that is one group: a bundle has nothing of the others, which a client of the whole definition would
 * bring.
 *
 * ```ts
 * import * as DerivedClient from "@effect-pinecone/http/DerivedClient"
 * import { IndexesGroup } from "@effect-pinecone/http/ControlPlaneApi"
 * import { PineconeHttpClient } from "@effect-pinecone/http/PineconeHttpClient"
 * import * as Effect from "effect/Effect"
 *
 * const indexes = Effect.gen(function*() {
 *   const http = yield* PineconeHttpClient
 *   const call = yield* DerivedClient.group(http, DerivedClient.part(IndexesGroup), "indexes")
 *   return yield* call({ operation: "list_indexes" }, (client) => client.list({}))
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const part = <Group extends HttpApiGroup.HttpApiGroup.Any>(
  group: Group
): HttpApi.HttpApi<"part", Group, HttpApiDecodeError> => HttpApi.make("part").add(group)

/**
 * The same client, whose requests carry a bearer token, where there is one. It is asked for with every request.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withBearerToken = (
  client: ApiClient,
  token: Effect.Effect<Redacted.Redacted | string | undefined>
): ApiClient =>
  HttpClient.mapRequestEffect(
    client,
    (request) =>
      Effect.map(token, (token) => token === undefined ? request : HttpClientRequest.bearerToken(request, token))
  )
