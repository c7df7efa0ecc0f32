/**
 * The settings of the admin API's client: as a record, or read by Config.
 *
 * @since 0.1.0
 */
import * as Settings from "@effect-pinecone/http/Settings"
import * as Config from "effect/Config"
import type * as Duration from "effect/Duration"
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
  clientId: Config.nonEmptyString("PINECONE_CLIENT_ID"),
  clientSecret: Config.redacted("PINECONE_CLIENT_SECRET"),
  controllerHost: Config.withDefault(Config.string("PINECONE_CONTROLLER_HOST"), undefined),
  loginHost: Config.withDefault(Config.string("PINECONE_LOGIN_HOST"), undefined),
  additionalHeaders: Settings.additionalHeaders,
  sourceTag: Config.withDefault(Config.string("PINECONE_SOURCE_TAG"), undefined)
})
