/**
 * The layers of an application.
 *
 * `Pinecone.layerConfig()` speaks to the cloud, and `PineconeLocal.layer()` of `@effect-pinecone/local` is an embedded server:
 * only that layer changes. Above it, your own index is a `VectorIndex.Tag`, and `ControlPlane.layer` has the services
 * of the control plane.
 *
 * ```ts
 * import { ControlPlane, Indexes, Pinecone } from "effect-pinecone"
 * import * as Effect from "effect/Effect"
 *
 * const names = Effect.gen(function*() {
 *   const indexes = yield* Indexes.Indexes
 *   return (yield* indexes.list).map(({ name }) => name)
 * })
 *
 * const main = names.pipe(
 *   Effect.provide(ControlPlane.layer),
 *   Effect.provide(Pinecone.layerConfig())
 * )
 * ```
 *
 * @since 0.1.0
 */
import type { InvalidSettings } from "@effect-pinecone/http/InvalidSettings"
import * as PineconeHttpClient from "@effect-pinecone/http/PineconeHttpClient"
import * as Settings from "@effect-pinecone/http/Settings"
import * as Transport from "@effect-pinecone/http/Transport"
import type * as Config from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import * as Layer from "effect/Layer"

/**
 * Pinecone's cloud, over `fetch`. For another HTTP client, use `PineconeHttpClient.layer`. Fails with `PineconeInvalidSettings` where
 * the key, a header, a host or another setting cannot work.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  settings: Settings.Settings
): Layer.Layer<PineconeHttpClient.PineconeHttpClient, InvalidSettings> =>
  Layer.provide(PineconeHttpClient.layer(settings), Transport.layerFetch)

/**
 * Pinecone's cloud with the settings of the environment: `PINECONE_API_KEY`, `PINECONE_CONTROLLER_HOST`,
 * `PINECONE_ADDITIONAL_HEADERS`, `PINECONE_SOURCE_TAG`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  config: Config.Config.Wrap<Settings.Settings> = Settings.config
): Layer.Layer<PineconeHttpClient.PineconeHttpClient, ConfigError> =>
  Layer.provide(PineconeHttpClient.layerConfig(config), Transport.layerFetch)

// With the other modules in the program, a declaration can name every type of this one.
export type {} from "./index.js"
