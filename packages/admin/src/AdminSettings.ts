/**
 * The settings of the admin API's client: as a record, or read by Config.
 *
 * ```ts
 * import type * as AdminSettings from "@effect-pinecone/admin/AdminSettings"
 * import * as Redacted from "effect/Redacted"
 *
 * const settings: AdminSettings.AdminSettings = {
 *   clientId: "the client id of a service account",
 *   clientSecret: Redacted.make("its secret"),
 *   timeout: "10 seconds"
 * }
 * ```
 *
 * @since 0.1.0
 */
import * as InvalidSettings from "@effect-pinecone/http/InvalidSettings"
import * as Settings from "@effect-pinecone/http/Settings"
import * as Config from "effect/Config"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"

/**
 * The credentials of a service account, and how its requests are sent: the rest is as for `PineconeHttpClient`.
 *
 * @since 0.1.0
 * @category models
 */
export interface AdminSettings extends Omit<Settings.Settings, "apiKey"> {
  /** The client id of the service account. */
  readonly clientId: string
  /** The client secret of the service account. */
  readonly clientSecret: Redacted.Redacted
  /**
   * Where access tokens are given.
   *
   * @default "https://login.pinecone.io"
   */
  readonly loginHost?: string | undefined
  /**
   * How long before it expires an access token is replaced; half of its life where that is shorter.
   *
   * @default "1 minute"
   */
  readonly refreshMargin?: Duration.DurationInput | undefined
}

/**
 * The host that issues access tokens, unless `loginHost` is set.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultLoginHost = "https://login.pinecone.io"

/**
 * The settings that the environment gives: `PINECONE_CLIENT_ID` and `PINECONE_CLIENT_SECRET`, and where they are set
 * `PINECONE_CONTROLLER_HOST`, `PINECONE_LOGIN_HOST`, `PINECONE_ADDITIONAL_HEADERS` (a JSON object) and
 * `PINECONE_SOURCE_TAG`.
 *
 * @since 0.1.0
 * @category config
 */
export const config: Config.Config<AdminSettings> = Config.all({
  clientId: InvalidSettings.config("PINECONE_CLIENT_ID", Config.string("PINECONE_CLIENT_ID"), InvalidSettings.secret),
  clientSecret: InvalidSettings.config(
    "PINECONE_CLIENT_SECRET",
    Config.redacted("PINECONE_CLIENT_SECRET"),
    InvalidSettings.secret
  ),
  controllerHost: Settings.controllerHost,
  loginHost: Config.withDefault(
    InvalidSettings.config("PINECONE_LOGIN_HOST", Config.string("PINECONE_LOGIN_HOST"), InvalidSettings.host),
    undefined
  ),
  additionalHeaders: Settings.additionalHeaders,
  sourceTag: Settings.sourceTag
})

/**
 * Fails where the service account or a host cannot be what is meant.
 *
 * @since 0.1.0
 * @category checks
 */
export const check = (settings: AdminSettings): Effect.Effect<void, InvalidSettings.InvalidSettings> =>
  Effect.all([
    InvalidSettings.check("clientId", settings.clientId ?? null, InvalidSettings.secret),
    InvalidSettings.checkSecret("clientSecret", settings.clientSecret),
    InvalidSettings.check("controllerHost", settings.controllerHost, InvalidSettings.host),
    InvalidSettings.check("loginHost", settings.loginHost, InvalidSettings.host),
    InvalidSettings.checkDuration("refreshMargin", settings.refreshMargin)
  ], { discard: true })
