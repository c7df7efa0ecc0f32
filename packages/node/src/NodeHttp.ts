/**
 * The HTTP client for Node: a pool of connections for each host, which goes through proxies and is told what to trust.
 *
 * It is an `HttpClient` of `@effect/platform` like any other, over undici. Each client has connections of its own, and they
 * are closed with its scope: requests that are on their way fail, and no socket or timer is left.
 *
 * Every failure is an `HttpClientError`: a `RequestError` where there was no answer, a `ResponseError` where its body broke
 * off. The `cause` says why; it is a {@link Proxy.ProxyError} where a proxy made no tunnel. The passwords of proxies are in
 * no error, log or span.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as Config from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Http from "node:http"
import * as NodeTls from "node:tls"
import * as client from "./internal/client.js"
import * as connector from "./internal/connector.js"
import { Pools } from "./internal/pool.js"
import { InvalidOptions } from "./InvalidOptions.js"
import * as Proxy from "./Proxy.js"
import * as Tls from "./Tls.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * The most connections to one origin, at least 1. Who finds none free waits.
   *
   * @default no bound
   */
  readonly connections?: number | undefined
  /**
   * How many requests may be on their way over one connection, at least 1. With more than 1, which is for servers that are
   * known to bear it, one is sent when the answer before it has begun; a POST or PUT waits until it has ended all the same.
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
   * How long a connection may take to be made: the look-up of the name, the tunnel of a proxy and TLS together. An infinite
   * one is no limit.
   *
   * @default "10 seconds"
   */
  readonly connectTimeout?: Duration.DurationInput | undefined
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
  /**
   * The proxies to go through: one for all by its URL or its settings, or one for each scheme with exceptions. A client
   * looks at the environment with {@link layerConfig} alone.
   *
   * @default none
   */
  readonly proxy?: string | Redacted.Redacted | Proxy.Proxy | Proxy.Proxies | undefined
  /** What is trusted, and what is shown to the hosts. A proxy has settings of its own. */
  readonly tls?: Tls.Tls | undefined
}

const invalid = (option: string, message: string) =>
  Effect.fail(new InvalidOptions({ option, message: `${option} ${message}` }))

const atLeastOne = (
  option: string,
  value: number | undefined,
  otherwise: string
): Effect.Effect<number | undefined, InvalidOptions> =>
  value === undefined || (Number.isSafeInteger(value) && value >= 1)
    ? Effect.succeed(value)
    : invalid(option, `is ${value}: give a whole number of at least 1, or leave it out for ${otherwise}`)

/** The longest that a timer of Node runs. */
const longest = 2 ** 31 - 1

/** In whole milliseconds, or Infinity. */
const millis = (
  option: string,
  value: Duration.DurationInput | undefined,
  otherwise: Duration.DurationInput
): Effect.Effect<number, InvalidOptions> => {
  const duration = Duration.decodeUnknown(value ?? otherwise)
  if (Option.isNone(duration)) return invalid(option, "is no duration: give one such as \"10 seconds\"")
  const found = Math.ceil(Duration.toMillis(duration.value))
  if (found === 0) return invalid(option, "is nothing: give a duration of more than 0, or leave it out")
  return found === Infinity || found <= longest
    ? Effect.succeed(found)
    : invalid(option, `is ${Duration.format(duration.value)}: give at most ${Duration.format(longest)}, or Infinity`)
}

const security = (tls: Tls.Tls | undefined, name: string): Effect.Effect<() => connector.Security, InvalidOptions> => {
  if (tls === undefined) {
    let made: connector.Security | undefined
    // Node reads its authorities only now, which takes a while, and who speaks http: alone never needs them.
    return Effect.succeed(() => made ??= new connector.Security(NodeTls.createSecureContext()))
  }
  const { serverName, unsafelyAcceptAnyCertificate } = tls
  return Effect.map(Tls.secureContext(tls, name), (context) => {
    const made = new connector.Security(context, { serverName, unsafelyAcceptAnyCertificate })
    return () => made
  })
}

const routes = Effect.fnUntraced(function*(
  option: Options["proxy"]
): Effect.fn.Return<(url: URL) => connector.Route | undefined, InvalidOptions> {
  if (option === undefined) return () => undefined
  const one = typeof option === "string" || Redacted.isRedacted(option) || "url" in option
  const proxies = one ? Proxy.make(option) : option
  const known = new Map<Proxy.Proxy, connector.Route>()
  for (const scheme of ["https", "http"] as const) {
    const proxy = proxies[scheme]
    if (proxy === undefined || known.has(proxy)) continue
    const name = one ? "proxy" : `proxy.${scheme}`
    known.set(proxy, {
      endpoint: yield* Proxy.endpoint(proxy, name),
      headers: Proxy.headers(proxy),
      security: yield* security(proxy.tls, `${name}.tls`)
    })
  }
  return (url) => {
    const proxy = Proxy.select(proxies, url)
    return proxy === undefined ? undefined : known.get(proxy)
  }
})

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
  const connections = connector.make({
    timeout: yield* millis("connectTimeout", options.connectTimeout, "10 seconds"),
    security: yield* security(options.tls, "tls"),
    route: yield* routes(options.proxy)
  })
  const pools = yield* Effect.acquireRelease(
    Effect.sync(() => new Pools(connections, settings)),
    (pools) => Effect.promise(() => pools.close())
  )
  return client.make(pools)
})

/**
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
