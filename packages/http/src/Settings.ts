/**
 * The settings of the HTTP layer: as a record, or read by Config.
 *
 * ```ts
 * import type * as Settings from "@effect-pinecone/http/Settings"
 * import * as Redacted from "effect/Redacted"
 * import * as Schedule from "effect/Schedule"
 *
 * const settings: Settings.Settings = {
 *   apiKey: Redacted.make("the key"),
 *   timeout: "5 seconds",
 *   retry: Schedule.recurs(2)
 * }
 * ```
 *
 * @since 0.1.0
 */
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import type * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import type * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as InvalidSettings from "./InvalidSettings.js"

/**
 * The settings of a client of Pinecone.
 *
 * @since 0.1.0
 * @category models
 */
export interface Settings {
  /** The key of a Pinecone project. */
  readonly apiKey: Redacted.Redacted
  /**
   * Where the control plane is.
   *
   * @default "https://api.pinecone.io"
   */
  readonly controllerHost?: string | undefined
  /**
   * The version of the API, sent as `X-Pinecone-Api-Version`. What a version does not have fails before it is sent.
   *
   * @default "2026-07"
   */
  readonly apiVersion?: string | undefined
  /** Names the application in the user agent: lower-case letters, digits, `_` and `:`. */
  readonly sourceTag?: string | undefined
  /** Headers for every request. Their values are kept out of errors, logs and spans, redacted or not. */
  readonly additionalHeaders?: Readonly<Record<string, string | Redacted.Redacted>> | undefined
  /**
   * How long to wait for an answer, each time that a request is sent. Of what is streamed, either way, it is the longest
   * silence.
   *
   * @default "30 seconds"
   */
  readonly timeout?: Duration.DurationInput | undefined
  /**
   * When to send a request again that failed with 408, 429, 500, 502, 503, 504, a timeout or a broken connection. A
   * `Retry-After` of the server is waited for at least. All requests to a host share a budget of retries: 100 at first, half
   * of one more for each request that succeeds, and one more each second. Once it is exhausted, nothing is retried.
   *
   * @default defaultRetry
   */
  readonly retry?: RetryPolicy | undefined
  /**
   * The longest `Retry-After` that is waited for. A call that is asked to wait longer fails at once, with the time in the
   * error's `retryAfter`.
   *
   * @default "60 seconds"
   */
  readonly maxRetryAfter?: Duration.DurationInput | undefined
  /** A change to the HTTP client below: a proxy, a log, another header. */
  readonly transformClient?: ((client: HttpClient.HttpClient) => HttpClient.HttpClient) | undefined
}

/**
 * When a failed request is retried: a schedule that receives the error.
 *
 * @since 0.1.0
 * @category models
 */
export type RetryPolicy = Schedule.Schedule<unknown, PineconeError.PineconeError>

/**
 * The address of Pinecone's control plane.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultControllerHost = "https://api.pinecone.io"

/**
 * The version of the API that requests name.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultApiVersion = "2026-07"

/**
 * Four more tries after 200, 400, 800 and 1600 ms, each changed by chance by up to a fifth.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultRetry: RetryPolicy = Schedule.exponential("200 millis").pipe(
  Schedule.jittered,
  Schedule.intersect(Schedule.recurs(4))
)

/**
 * No second try.
 *
 * @since 0.1.0
 * @category constants
 */
export const noRetry: RetryPolicy = Schedule.stop

const optional = (name: string, rule: InvalidSettings.Rule): Config.Config<string | undefined> =>
  Config.withDefault(InvalidSettings.config(name, Config.string(name), rule), undefined)

const headers = (name: string): Config.Config<Readonly<Record<string, Redacted.Redacted>>> =>
  // Of a variable that is not mapped, the name would be told twice.
  Config.map(Config.string(name), (text) => text).pipe(Config.mapOrFail((text) =>
    Either.mapLeft(
      Schema.decodeEither(
        Schema.parseJson(Schema.Record({ key: Schema.String, value: Schema.Redacted(Schema.String) }))
      )(text),
      // The issue would show the value, which may be a secret.
      () => ConfigError.InvalidData([name], "must be a JSON object of strings, such as {\"x-team\": \"search\"}")
    )
  ))

/**
 * The additional headers that the environment gives, if any: `PINECONE_ADDITIONAL_HEADERS`, a JSON object.
 *
 * @since 0.1.0
 * @category config
 */
export const additionalHeaders: Config.Config<Readonly<Record<string, Redacted.Redacted>> | undefined> = Config
  .withDefault(headers("PINECONE_ADDITIONAL_HEADERS"), undefined)

/**
 * The host of the control plane that the environment gives, if any: `PINECONE_CONTROLLER_HOST`.
 *
 * @since 0.1.0
 * @category config
 */
export const controllerHost: Config.Config<string | undefined> = optional(
  "PINECONE_CONTROLLER_HOST",
  InvalidSettings.host
)

/**
 * The source tag that the environment gives, if any: `PINECONE_SOURCE_TAG`.
 *
 * @since 0.1.0
 * @category config
 */
export const sourceTag: Config.Config<string | undefined> = optional("PINECONE_SOURCE_TAG", InvalidSettings.sourceTag)

/**
 * The settings that the environment gives: `PINECONE_API_KEY`, and where they are set `PINECONE_CONTROLLER_HOST`,
 * `PINECONE_ADDITIONAL_HEADERS` (a JSON object) and `PINECONE_SOURCE_TAG`. A variable that is set and empty
 * is refused.
 *
 * @since 0.1.0
 * @category config
 */
export const config: Config.Config<Settings> = Config.all({
  apiKey: InvalidSettings.config("PINECONE_API_KEY", Config.redacted("PINECONE_API_KEY"), InvalidSettings.secret),
  controllerHost,
  additionalHeaders,
  sourceTag
})
