/**
 * The HTTP client for Node: a pool of connections for each host, with proxies and your own certificates.
 *
 * It is an `HttpClient` of `@effect/platform` like any other, over undici. Each client has connections of its own, and they
 * are closed with its scope: requests that are on their way fail, and no socket or timer is left.
 *
 * Every failure is an `HttpClientError`: a `RequestError` where there was no answer, a `ResponseError` where its body broke
 * off. The `cause` says why; it is a {@link Proxy.ProxyError} where a proxy made no tunnel. Where nothing of the request was
 * sent, as there was no connection for it, the error has a field `unsent` that is true. The passwords of proxies are in no
 * error, log or span.
 *
 * ```ts
 * import * as PineconeHttpClient from "@effect-pinecone/http/PineconeHttpClient"
 * import * as NodeHttp from "@effect-pinecone/node/NodeHttp"
 * import * as Layer from "effect/Layer"
 *
 * const client = PineconeHttpClient.layerConfig().pipe(
 *   Layer.provide(NodeHttp.layer({ connections: 32, proxy: "http://proxy.example.com:3128" }))
 * )
 * ```
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as Config from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Http from "node:http"
import * as Connector from "./Connector.js"
import * as client from "./internal/client.js"
import { Pools } from "./internal/pool.js"
import type { InvalidOptions } from "./InvalidOptions.js"
import { atLeastOne, longest, millis } from "./InvalidOptions.js"
import * as Proxy from "./Proxy.js"
import * as Tls from "./Tls.js"

/**
 * How many connections there are, and how they are made.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends Connector.Options {
  /**
   * The most connections to one origin, at least 1. Who finds none free waits.
   *
   * @default no bound
   */
  readonly connections?: number | undefined
  /**
   * How many requests may be on their way over one connection, at least 1. More than 1 is for servers that are
   * known to support it: one is sent when the answer before it has begun; a POST or PUT waits until it has ended all the same.
   *
   * @default 1
   */
  readonly pipelining?: number | undefined
  /**
   * How long a connection stays open without a request, unless the server says otherwise.
   *
   * @default "4 seconds"
   */
  readonly keepAliveTimeout?: Duration.DurationInput | undefined
  /**
   * How long it stays open at most, whatever the server says.
   *
   * @default "10 minutes"
   */
  readonly keepAliveMaxTimeout?: Duration.DurationInput | undefined
  /**
   * The longest silence within a body; while nobody reads, none is counted. It is looked at about twice a second.
   *
   * @default no limit
   */
  readonly bodyTimeout?: Duration.DurationInput | undefined
  /**
   * How long an answer may take to begin, from when the request is sent. It is looked at about twice a second.
   *
   * @default no limit: the settings of `PineconeHttpClient` have one for all of the answer
   */
  readonly headersTimeout?: Duration.DurationInput | undefined
  /**
   * The most bytes that the names and values of an answer's headers may have.
   *
   * @default what Node takes: 16 KiB, or its `--max-http-header-size`
   */
  readonly maxResponseHeaderBytes?: number | undefined
}

const orZero = (millis: number): number => millis === Infinity ? 0 : millis

/**
 * A client whose connections live as long as the scope.
 *
 * Fails with {@link InvalidOptions} where a number or a duration is out of range, the URL of a proxy cannot be used, or a
 * certificate or a key cannot be read.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = Effect.fnUntraced(function*(
  options: Options = {}
): Effect.fn.Return<HttpClient.HttpClient, InvalidOptions, Scope.Scope> {
  const settings = {
    connections: (yield* atLeastOne("connections", options.connections, "no bound")) ?? Infinity,
    pipelining: (yield* atLeastOne("pipelining", options.pipelining, "1")) ?? 1,
    client: {
      keepAliveTimeout: Math.min(longest, yield* millis("keepAliveTimeout", options.keepAliveTimeout, "4 seconds")),
      keepAliveMaxTimeout: Math.min(
        longest,
        yield* millis("keepAliveMaxTimeout", options.keepAliveMaxTimeout, "10 minutes")
      ),
      bodyTimeout: orZero(yield* millis("bodyTimeout", options.bodyTimeout, Infinity)),
      headersTimeout: orZero(yield* millis("headersTimeout", options.headersTimeout, Infinity)),
      maxHeaderSize: (yield* atLeastOne(
        "maxResponseHeaderBytes",
        options.maxResponseHeaderBytes,
        `${Http.maxHeaderSize} bytes`
      )) ?? Http.maxHeaderSize
    }
  }
  const connector = yield* Connector.make(options, "http/1.1")
  const pools = yield* Effect.acquireRelease(
    Effect.sync(() => new Pools(connector, settings)),
    (pools) => pools.close
  )
  return client.make(pools)
})

/**
 * An HTTP client for Node, closed with its scope.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options?: Options): Layer.Layer<HttpClient.HttpClient, InvalidOptions> =>
  Layer.scoped(HttpClient.HttpClient, make(options))

/**
 * What the environment gives: the proxies of {@link Proxy.config} (`HTTPS_PROXY`, `NO_PROXY`, …), the certificates of
 * {@link Tls.config} (`PINECONE_TLS_CA`, …), and `PINECONE_HTTP_CONNECTIONS`, the most connections to one origin.
 *
 * @since 0.1.0
 * @category config
 */
export const config: Config.Config<Options> = Config.all({
  connections: Config.withDefault(Config.integer("PINECONE_HTTP_CONNECTIONS"), undefined),
  proxy: Proxy.config,
  tls: Tls.config
})

/**
 * With the options of the environment (see {@link config}), or of the given Config.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  options: Config.Config.Wrap<Options> = config
): Layer.Layer<HttpClient.HttpClient, ConfigError | InvalidOptions> =>
  Layer.scoped(HttpClient.HttpClient, Effect.flatMap(Config.unwrap(options), make))
