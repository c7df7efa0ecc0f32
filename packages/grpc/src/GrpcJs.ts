/**
 * Channels over connections of `@grpc/grpc-js`: with TLS or in plaintext, straight or through a proxy.
 *
 * @since 0.1.0
 */
import type * as InvalidOptions from "@effect-pinecone/node/InvalidOptions"
import * as Proxy from "@effect-pinecone/node/Proxy"
import * as Tls from "@effect-pinecone/node/Tls"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { Service } from "./GrpcChannel.js"
import { GrpcChannel } from "./GrpcChannel.js"
import * as connections from "./internal/connections.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Which certificates are trusted, and which one is shown. Hosts that begin with `http:` are spoken to in plaintext. */
  readonly tls?: Tls.Tls | undefined
  /**
   * The proxies to go through, with `CONNECT`: one for all hosts, or one for each scheme and the hosts they are not for.
   *
   * @default none
   */
  readonly proxy?: string | Proxy.Proxy | Proxy.Proxies | undefined
  /**
   * How often an idle connection is asked whether it is still there, while calls wait on it: a server that is gone is
   * noticed before the calls' timeout.
   *
   * @default "30 seconds"
   */
  readonly keepAlive?: Duration.DurationInput | undefined
  /**
   * How long a sign of life is waited for.
   *
   * @default "10 seconds"
   */
  readonly keepAliveTimeout?: Duration.DurationInput | undefined
  /**
   * After how long without a call a connection is closed.
   *
   * @default "5 minutes"
   */
  readonly idleTimeout?: Duration.DurationInput | undefined
  /**
   * The most bytes of an answer.
   *
   * @default 134_217_728 (128 MB)
   */
  readonly maxReceiveBytes?: number | undefined
}

const mebibyte = 1024 * 1024

/** The proxies of the options, each with an address that it can be reached at. */
const checked = (
  proxy: string | Proxy.Proxy | Proxy.Proxies
): Effect.Effect<Proxy.Proxies, InvalidOptions.InvalidOptions> =>
  Effect.gen(function*() {
    const proxies = typeof proxy === "string" || "url" in proxy ? Proxy.make(proxy) : proxy
    if (proxies.http !== undefined) yield* Proxy.endpoint(proxies.http)
    if (proxies.https !== undefined) yield* Proxy.endpoint(proxies.https)
    return proxies
  })

/**
 * Connections of `@grpc/grpc-js`: one for each host, with TLS for all but hosts that begin with `http:`, and closed with
 * the scope.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options = {}
): Effect.Effect<Service, InvalidOptions.InvalidOptions, Scope.Scope> =>
  Effect.gen(function*() {
    const {
      idleTimeout = "5 minutes",
      keepAlive = "30 seconds",
      keepAliveTimeout = "10 seconds",
      maxReceiveBytes = 128 * mebibyte,
      proxy,
      tls = {}
    } = options
    return yield* connections.make({
      context: yield* Tls.secureContext(tls),
      rejectUnauthorized: tls.unsafelyAcceptAnyCertificate !== true,
      serverName: tls.serverName,
      proxies: proxy === undefined ? undefined : yield* checked(proxy),
      channelOptions: {
        "grpc.keepalive_time_ms": Duration.toMillis(keepAlive),
        "grpc.keepalive_timeout_ms": Duration.toMillis(keepAliveTimeout),
        "grpc.client_idle_timeout_ms": Duration.toMillis(idleTimeout),
        "grpc.max_receive_message_length": maxReceiveBytes,
        "grpc.max_send_message_length": -1,
        // The settings say when a request is sent again, and which proxy it goes through: not the library, nor a DNS record.
        "grpc.enable_retries": 0,
        "grpc.enable_http_proxy": 0,
        "grpc.service_config_disable_resolution": 1,
        "grpc.initial_reconnect_backoff_ms": 100,
        "grpc.max_reconnect_backoff_ms": 2000,
        // What is closed is closed at once, and not kept for another channel.
        "grpc.use_local_subchannel_pool": 1,
        "grpc.enable_channelz": 0,
        // An answer with a thousand vectors is megabytes: it should not wait for a window of 64 KB again and again.
        "grpc-node.flow_control_window": 8 * mebibyte
      }
    })
  })

/**
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options = {}): Layer.Layer<GrpcChannel, InvalidOptions.InvalidOptions> =>
  Layer.scoped(GrpcChannel, make(options))
