/**
 * What `PineconeHttpClient` is for the database, for the admin API: access tokens, the version, retries, timeouts, errors
 * and spans, in one place. Its services need nothing but this tag.
 *
 * A call that is answered with 401 is repeated once, with a new token.
 *
 * ```ts
 * import * as Admin from "@effect-pinecone/admin/Admin"
 * import * as Projects from "@effect-pinecone/admin/Projects"
 * import * as Effect from "effect/Effect"
 *
 * // Projects, API keys and organizations share one client, and with it one access token.
 * const program = Effect.flatMap(Projects.Projects, (projects) => projects.list).pipe(
 *   Effect.provide(Admin.layerConfig())
 * )
 * ```
 *
 * @since 0.1.0
 */
import type * as Call from "@effect-pinecone/http/Call"
import * as DerivedClient from "@effect-pinecone/http/DerivedClient"
import * as InvalidSettings from "@effect-pinecone/http/InvalidSettings"
import * as KeylessClient from "@effect-pinecone/http/KeylessClient"
import { type ApiClient, baseUrl } from "@effect-pinecone/http/PineconeHttpClient"
import * as HttpSettings from "@effect-pinecone/http/Settings"
import type { Transport } from "@effect-pinecone/http/Transport"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Config from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import * as AccessToken from "./AccessToken.js"
import * as AdminSettings from "./AdminSettings.js"

/**
 * The methods of the `AdminClient` service.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** What clients are derived with. It has a token only within {@link Service.call}. */
  readonly httpClient: ApiClient
  /** The base URL of the admin API. */
  readonly controllerHost: string
  /** The version of the API that the requests are written for. */
  readonly apiVersion: string
  /**
   * Runs a request of a derived client as an operation of Pinecone's: with a token, a span, and with every failure as one
   * of our errors. Where the token is refused (401), the request is sent again, once, with a new one.
   */
  readonly call: <A, E, R>(
    call: Call.Call,
    effect: Effect.Effect<A, E, R>
  ) => Effect.Effect<A, PineconeError.RequestError, R>
}

/**
 * The `AdminClient` service.
 *
 * @since 0.1.0
 * @category tags
 */
export class AdminClient extends Context.Tag("@effect-pinecone/admin/AdminClient")<AdminClient, Service>() {}

/** The token of the running call. */
class CurrentToken extends Context.Reference<CurrentToken>()("@effect-pinecone/admin/AdminClient/CurrentToken", {
  defaultValue: (): Redacted.Redacted | undefined => undefined
}) {}

const isRefused = (error: unknown): boolean =>
  PineconeError.isPineconeError(error) && error._tag === "PineconeUnauthorized"

/**
 * Creates the `AdminClient` service.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  settings: AdminSettings.AdminSettings
): Effect.Effect<Service, InvalidSettings.InvalidSettings, AccessToken.AccessToken | Transport> =>
  Effect.gen(function*() {
    yield* AdminSettings.check(settings)
    const tokens = yield* AccessToken.AccessToken
    const client = yield* KeylessClient.make({
      ...settings,
      scrub: tokens.scrub,
      unauthorized: "a new access token was refused too: check the service account"
    })
    return AdminClient.of({
      httpClient: DerivedClient.withBearerToken(client.httpClient, CurrentToken),
      controllerHost: baseUrl(settings.controllerHost ?? HttpSettings.defaultControllerHost),
      apiVersion: settings.apiVersion ?? HttpSettings.defaultApiVersion,
      call: (call, effect) =>
        client.call(
          call,
          Effect.flatMap(tokens.get, (token) =>
            Effect.catchIf(Effect.provideService(effect, CurrentToken, token), isRefused, () =>
              Effect.andThen(
                tokens.invalidate(token),
                Effect.flatMap(tokens.get, (renewed) =>
                  Effect.provideService(effect, CurrentToken, renewed))
              )))
        )
    })
  })

/**
 * Provides the `AdminClient` service.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  settings: AdminSettings.AdminSettings
): Layer.Layer<AdminClient | AccessToken.AccessToken, InvalidSettings.InvalidSettings, Transport> =>
  Layer.provideMerge(Layer.effect(AdminClient, make(settings)), AccessToken.layer(settings))

/**
 * With the settings of the environment (`PINECONE_CLIENT_ID`, `PINECONE_CLIENT_SECRET`, …), or of the given Config.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  config: Config.Config.Wrap<AdminSettings.AdminSettings> = AdminSettings.config
): Layer.Layer<AdminClient | AccessToken.AccessToken, ConfigError, Transport> =>
  Layer.unwrapEffect(
    Effect.map(
      Config.unwrap(config),
      (settings) => Layer.mapError(layer(settings), InvalidSettings.toConfigError)
    )
  )
