/**
 * The gRPC channel for Node: over `node:http2`, with TLS or in plaintext, straight or through a proxy.
 *
 * There is one connection to each host, opened with the first call and reopened with the next call after it was lost: how
 * often, and when, the retries of the settings say. A call that the server has refused unseen is sent again, once. With the
 * scope all connections are closed, and the calls that are under way end as calls without an answer.
 *
 * ```ts
 * import * as NodeGrpc from "@effect-pinecone/grpc/NodeGrpc"
 *
 * const channel = NodeGrpc.layer({ proxy: "http://proxy.example.com:3128" })
 * ```
 *
 * @since 0.1.0
 */
import * as Connector from "@effect-pinecone/node/Connector"
import type { InvalidOptions } from "@effect-pinecone/node/InvalidOptions"
import { atLeastOne, longest, millis } from "@effect-pinecone/node/InvalidOptions"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { Service } from "./GrpcChannel.js"
import { GrpcChannel } from "./GrpcChannel.js"
import * as channel from "./internal/channel.js"

/**
 * How the channel connects.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends Connector.Options {
  /**
   * How often a connection is asked whether it is still there, while calls wait on it: where the server is gone, they end,
   * and the next try has another connection. With an infinite one it is not asked.
   *
   * @default "30 seconds"
   */
  readonly keepAlive?: Duration.DurationInput | undefined
  /**
   * How long a sign of life is waited for: whatever comes from the server is one.
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
   * The most bytes of an answer, at least 1.
   *
   * @default 134_217_728 (128 MB)
   */
  readonly maxReceiveBytes?: number | undefined
}

const mebibyte = 1024 * 1024

/**
 * A channel over connections of its own: one for each host, with TLS for all but hosts that begin with `http:`, and closed
 * with the scope.
 *
 * Fails with {@link InvalidOptions} where a number or a duration is out of range, the URL of a proxy cannot be used, or a
 * certificate or a key cannot be read.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = Effect.fnUntraced(function*(
  options: Options = {}
): Effect.fn.Return<Service, InvalidOptions, Scope.Scope> {
  const settings: channel.Settings = {
    keepAlive: yield* millis("keepAlive", options.keepAlive, "30 seconds"),
    keepAliveTimeout: Math.min(longest, yield* millis("keepAliveTimeout", options.keepAliveTimeout, "10 seconds")),
    idleTimeout: yield* millis("idleTimeout", options.idleTimeout, "5 minutes"),
    maxReceiveBytes: (yield* atLeastOne("maxReceiveBytes", options.maxReceiveBytes, "128 MB")) ?? 128 * mebibyte
  }
  return yield* channel.make(yield* Connector.make(options, "h2"), settings)
})

/**
 * A gRPC channel for Node, closed with its scope.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options = {}): Layer.Layer<GrpcChannel, InvalidOptions> =>
  Layer.scoped(GrpcChannel, make(options))
