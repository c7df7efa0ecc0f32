/**
 * The layers of an application.
 *
 * `Pinecone.services` are the services of the control plane, on whatever `PineconeHttpClient` is given; an index of one's
 * own is a `VectorIndex.Tag`. Below them, `Pinecone.layerConfig()` speaks to the cloud, and `PineconeLocal.layer()` of
 * `@effect-pinecone/local` is an embedded server: only that layer changes.
 *
 * ```ts
 * import { Indexes, Pinecone } from "effect-pinecone"
 * import * as Effect from "effect/Effect"
 *
 * const names = Effect.gen(function*() {
 *   const indexes = yield* Indexes.Indexes
 *   return (yield* indexes.list).map(({ name }) => name)
 * })
 *
 * const main = names.pipe(
 *   Effect.provide(Pinecone.services),
 *   Effect.provide(Pinecone.layerConfig())
 * )
 * ```
 *
 * @since 0.1.0
 */
import * as Backups from "@effect-pinecone/control-plane/Backups"
import * as Collections from "@effect-pinecone/control-plane/Collections"
import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as RestoreJobs from "@effect-pinecone/control-plane/RestoreJobs"
import * as PineconeHttpClient from "@effect-pinecone/http/PineconeHttpClient"
import * as Settings from "@effect-pinecone/http/Settings"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as Config from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import * as Layer from "effect/Layer"

/**
 * The services of the control plane.
 *
 * @since 0.1.0
 * @category models
 */
export type Services = Indexes.Indexes | Collections.Collections | Backups.Backups | RestoreJobs.RestoreJobs

/**
 * The services of the control plane: indexes, collections, backups and restore jobs.
 *
 * @since 0.1.0
 * @category layers
 */
export const services: Layer.Layer<Services, never, PineconeHttpClient.PineconeHttpClient> = Layer.mergeAll(
  Indexes.layer,
  Collections.layer,
  Backups.layer,
  RestoreJobs.layer
)

/**
 * Pinecone's cloud, over `fetch`. For another HTTP client, use `PineconeHttpClient.layer`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (settings: Settings.Settings): Layer.Layer<PineconeHttpClient.PineconeHttpClient> =>
  Layer.provide(PineconeHttpClient.layer(settings), FetchHttpClient.layer)

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
  Layer.provide(PineconeHttpClient.layerConfig(config), FetchHttpClient.layer)
