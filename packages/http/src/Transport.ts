/**
 * What requests are sent with: the `HttpClient` of `@effect/platform` that a layer asks for, and the one that is there
 * everywhere.
 *
 * ```ts
 * import * as PineconeHttpClient from "@effect-pinecone/http/PineconeHttpClient"
 * import * as Transport from "@effect-pinecone/http/Transport"
 * import * as Layer from "effect/Layer"
 *
 * const client = PineconeHttpClient.layerConfig().pipe(Layer.provide(Transport.layerFetch))
 * ```
 *
 * @since 0.1.0
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as Layer from "effect/Layer"

/**
 * Any `HttpClient` of `@effect/platform`.
 *
 * @since 0.1.0
 * @category models
 */
export type Transport = HttpClient.HttpClient

/**
 * Over `fetch`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerFetch: Layer.Layer<Transport> = FetchHttpClient.layer
