/**
 * The access token of a service account: asked for when it is first needed, kept, and replaced before it expires.
 *
 * `AdminClient.layer` has one. By itself it authorizes your own requests:
 *
 * ```ts
 * import * as AccessToken from "@effect-pinecone/admin/AccessToken"
 * import * as AdminSettings from "@effect-pinecone/admin/AdminSettings"
 * import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
 * import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * const request = Effect.gen(function*() {
 *   const tokens = yield* AccessToken.AccessToken
 *   return HttpClientRequest.get("https://api.pinecone.io/admin/projects").pipe(
 *     HttpClientRequest.bearerToken(yield* tokens.get)
 *   )
 * })
 *
 * const token = Layer.unwrapEffect(Effect.map(AdminSettings.config, AccessToken.layer))
 * const main = request.pipe(Effect.provide(token), Effect.provide(FetchHttpClient.layer))
 * ```
 *
 * @since 0.1.0
 */
import * as DerivedClient from "@effect-pinecone/http/DerivedClient"
import type * as Failure from "@effect-pinecone/http/Failure"
import type { InvalidSettings } from "@effect-pinecone/http/InvalidSettings"
import * as KeylessClient from "@effect-pinecone/http/KeylessClient"
import { OAuthApi } from "@effect-pinecone/http/OAuthApi"
import { baseUrl } from "@effect-pinecone/http/PineconeHttpClient"
import type { Transport } from "@effect-pinecone/http/Transport"
import * as OAuth from "@effect-pinecone/schema/OAuth"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { AdminSettings } from "./AdminSettings.js"
import { check, defaultLoginHost } from "./AdminSettings.js"
import * as singleFlight from "./internal/singleFlight.js"

/**
 * The methods of the `AccessToken` service.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /**
   * The token to use now (`get_token`). However many ask while there is none, one request is sent. It goes on as long as
   * one of them waits. While a token that is about to expire cannot be replaced, as the login host is not there for now,
   * it is given until it has expired.
   */
  readonly get: Effect.Effect<Redacted.Redacted, PineconeError.RequestError>
  /** Forgets a token that was refused, if it is the one that is kept. */
  readonly invalidate: (token: Redacted.Redacted) => Effect.Effect<void>
  /** Takes the client secret and the tokens out of a text that came from outside. */
  readonly scrub: Failure.Scrub
}

/**
 * The `AccessToken` service.
 *
 * @since 0.1.0
 * @category tags
 */
export class AccessToken extends Context.Tag("@effect-pinecone/admin/AccessToken")<AccessToken, Service>() {}

/** A token, until when it is used, and until when it is valid, in the clock's milliseconds. */
interface Kept {
  readonly token: Redacted.Redacted
  readonly renewAt: number
  readonly expiresAt: number
}

/** So many tokens are taken out of texts: the last ones. */
const remembered = 4

/**
 * Creates the `AccessToken` service.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (settings: AdminSettings): Effect.Effect<Service, InvalidSettings, Transport> =>
  Effect.gen(function*() {
    yield* check(settings)
    const { clientId, clientSecret } = settings
    const margin = Duration.toMillis(settings.refreshMargin ?? "1 minute")
    let kept: Kept | undefined
    let known: ReadonlyArray<Redacted.Redacted> = []

    const scrub: Failure.Scrub = (text) =>
      [clientSecret, ...known].map(Redacted.value).filter((secret) => secret.length >= 4).reduce(
        (clean, secret) => clean.replaceAll(secret, "<redacted>"),
        text
      )
    const keyless = yield* KeylessClient.make({
      ...settings,
      scrub,
      unauthorized: "check the service account's credentials (PINECONE_CLIENT_ID, PINECONE_CLIENT_SECRET)"
    })
    const call = yield* DerivedClient.group(
      { ...keyless, controllerHost: baseUrl(settings.loginHost ?? defaultLoginHost) },
      OAuthApi,
      "oauth"
    )
    const payload: OAuth.TokenRequest = {
      clientId,
      clientSecret,
      grantType: "client_credentials",
      audience: OAuth.audience
    }

    const ask = Effect.gen(function*() {
      const asked = yield* Clock.currentTimeMillis
      const { accessToken, expiresIn } = yield* call(
        { operation: "get_token" },
        (client) => client.token({ payload })
      )
      const life = expiresIn * 1000
      known = [...known, accessToken].slice(-remembered)
      // It was given some time after it was asked for, and may expire a little later than this.
      kept = { token: accessToken, renewAt: asked + life - Math.min(margin, life / 2), expiresAt: asked + life }
      return accessToken
    })

    const renew = singleFlight.make(
      Effect.catchIf(
        ask,
        PineconeError.isRetryable,
        (error) =>
          Effect.flatMap(
            Clock.currentTimeMillis,
            (now) => kept !== undefined && now < kept.expiresAt ? Effect.succeed(kept.token) : Effect.fail(error)
          )
      )
    )

    return AccessToken.of({
      get: Effect.flatMap(
        Clock.currentTimeMillis,
        (now) => kept !== undefined && now < kept.renewAt ? Effect.succeed(kept.token) : renew
      ),
      invalidate: (token) =>
        Effect.sync(() => {
          if (kept !== undefined && Redacted.value(kept.token) === Redacted.value(token)) kept = undefined
        }),
      scrub
    })
  })

/**
 * Provides the `AccessToken` service.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (settings: AdminSettings): Layer.Layer<AccessToken, InvalidSettings, Transport> =>
  Layer.effect(AccessToken, make(settings))
