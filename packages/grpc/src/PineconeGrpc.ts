/**
 * The data plane over gRPC: upserts, queries and all other operations on records send a vector as its own bytes, a third of
 * what it takes in JSON. What has no gRPC (the control plane, imports, text records) goes over HTTP as before.
 *
 * It is a layer over the HTTP client, and no program changes with it:
 *
 * ```ts
 * import * as PineconeGrpc from "@effect-pinecone/grpc/PineconeGrpc"
 * import { Pinecone, VectorIndex } from "effect-pinecone"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * const program = Effect.gen(function*() {
 *   const movies = yield* VectorIndex.make({ name: "movies" })
 *   return yield* movies.query({ id: "m1", topK: 10 })
 * })
 *
 * const main = program.pipe(
 *   Effect.provide(Layer.provide(PineconeGrpc.layer(), Pinecone.layerConfig()))
 * )
 * ```
 *
 * @since 0.1.0
 */
import { PineconeHttpClient } from "@effect-pinecone/http/PineconeHttpClient"
import type { InvalidOptions } from "@effect-pinecone/node/InvalidOptions"
import * as Proxy from "@effect-pinecone/node/Proxy"
import * as Tls from "@effect-pinecone/node/Tls"
import * as Config from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { GrpcChannel } from "./GrpcChannel.js"
import * as vectorService from "./internal/vectorService.js"
import * as NodeGrpc from "./NodeGrpc.js"

/**
 * The client with its operations on records over your own channel.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerChannel: Layer.Layer<
  PineconeHttpClient,
  never,
  PineconeHttpClient | GrpcChannel
> = Layer.effect(
  PineconeHttpClient,
  Effect.gen(function*() {
    const http = yield* PineconeHttpClient
    return PineconeHttpClient.of({ ...http, vectors: vectorService.make(http, yield* GrpcChannel) })
  })
)

/**
 * The client with its operations on records over gRPC. The key, the API version, timeouts, retries and the throttle are
 * those of the client below.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options: NodeGrpc.Options = {}
): Layer.Layer<PineconeHttpClient, InvalidOptions, PineconeHttpClient> =>
  Layer.provide(layerChannel, NodeGrpc.layer(options))

/**
 * The settings that the environment gives: its proxies (`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`), and its certificates
 * (`PINECONE_TLS_CA` and those beside it).
 *
 * @since 0.1.0
 * @category config
 */
export const config: Config.Config<NodeGrpc.Options> = Config.all({ proxy: Proxy.config, tls: Tls.config })

/**
 * The same as {@link layer}, with the settings of the environment or of the given Config.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  options: Config.Config.Wrap<NodeGrpc.Options> = config
): Layer.Layer<PineconeHttpClient, ConfigError | InvalidOptions, PineconeHttpClient> =>
  Layer.unwrapEffect(Effect.map(Config.unwrap(options), layer))
