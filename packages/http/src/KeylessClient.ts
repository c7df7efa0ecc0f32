/**
 * A client without an API key, for requests that something else lets in, as those of the admin API: with the timeouts, the
 * retries, the throttle, the errors and the spans of `PineconeHttpClient`.
 *
 * ```ts
 * import * as KeylessClient from "@effect-pinecone/http/KeylessClient"
 * import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
 * import * as Effect from "effect/Effect"
 *
 * const client = KeylessClient.make({ timeout: "10 seconds" }).pipe(Effect.provide(FetchHttpClient.layer))
 * ```
 *
 * @since 0.1.0
 */
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import type * as Call from "./Call.js"
import type * as Failure from "./Failure.js"
import * as requests from "./internal/requests.js"
import * as running from "./internal/runningCall.js"
import type * as InvalidSettings from "./InvalidSettings.js"
import type * as HttpSettings from "./Settings.js"

/**
 * The settings of a client without an API key.
 *
 * @since 0.1.0
 * @category models
 */
export interface Settings extends Omit<HttpSettings.Settings, "apiKey" | "controllerHost"> {
  /** Takes out of a text what is secret beside the values of the additional headers. */
  readonly scrub?: Failure.Scrub | undefined
  /**
   * What an error with 401 advises.
   *
   * @default to check the API key
   */
  readonly unauthorized?: string | undefined
}

/**
 * A client without an API key.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** What clients are derived with. Run their effects through {@link Service.call}. */
  readonly httpClient: requests.ApiClient
  /**
   * Runs a request of a derived client as an operation of Pinecone's: with a span, and with every failure as one of our
   * errors.
   */
  readonly call: <A, E, R>(
    call: Call.Call,
    effect: Effect.Effect<A, E, R>
  ) => Effect.Effect<A, PineconeError.RequestError, R>
  /** Takes the secrets of the settings out of a text that came from outside. */
  readonly scrub: Failure.Scrub
}

/**
 * Fails with `PineconeInvalidSettings` where a setting cannot be sent.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  settings: Settings
): Effect.Effect<Service, InvalidSettings.InvalidSettings, HttpClient.HttpClient> =>
  Effect.gen(function*() {
    yield* requests.check(settings)
    const { client } = requests.make(yield* HttpClient.HttpClient, settings, yield* requests.makeThrottles(settings))
    const scrub = requests.scrubber(settings)
    return { httpClient: client, call: running.make(scrub), scrub }
  })
