/**
 * Connections of Node: with TLS or in plaintext, straight or through the tunnel of a proxy. What is spoken over them is up
 * to who asks for them: {@link NodeHttp} speaks HTTP/1.1, and gRPC speaks HTTP/2.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Net from "node:net"
import * as NodeTls from "node:tls"
import * as connector from "./internal/connector.js"
import type { InvalidOptions } from "./InvalidOptions.js"
import { millis } from "./InvalidOptions.js"
import * as Proxy from "./Proxy.js"
import * as Tls from "./Tls.js"

/**
 * How connections are made: timeouts, proxies, certificates.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * How long a connection may take to be made: the look-up of the name, the tunnel of a proxy, TLS, and the beginning of
   * HTTP/2 where that is spoken, together. An infinite one is no limit.
   *
   * @default "10 seconds"
   */
  readonly connectTimeout?: Duration.DurationInput | undefined
  /**
   * The proxies to go through: one for all by its URL or its settings, or one for each scheme with exceptions. A layer
   * looks at the environment with its `layerConfig` alone.
   *
   * @default none
   */
  readonly proxy?: string | Redacted.Redacted | Proxy.Proxy | Proxy.Proxies | undefined
  /** What is trusted, and what is shown to the hosts. A proxy has settings of its own. */
  readonly tls?: Tls.Tls | undefined
}

/**
 * The protocols of a connection, offered over TLS (ALPN).
 *
 * @since 0.1.0
 * @category models
 */
export type Protocol = "http/1.1" | "h2"

/**
 * Where a connection leads: a URL is one.
 *
 * @since 0.1.0
 * @category models
 */
export interface Target {
  /** `http:` is plaintext, `https:` is TLS. */
  readonly protocol: string
  readonly hostname: string
  /** An empty one is that of the protocol. */
  readonly port: string
  /** `hostname:port`, by which a proxy is chosen. */
  readonly host?: string | undefined
}

/**
 * A connection, from when it is asked for.
 *
 * @since 0.1.0
 * @category models
 */
export interface Connection {
  /** It is on its way, or there. */
  readonly isOpen: boolean
  /** It is there. */
  readonly isReady: boolean
  /** Says that HTTP/2 is spoken over it: from here on it is made, and can no longer fail to be. */
  readonly ready: () => void
  /** Whether it keeps the process running. It does by default. */
  readonly keepsAlive: (isNeeded: boolean) => void
  readonly destroy: () => void
}

/**
 * What is called with the socket of a connection, or with the reason why there is none: the message of the error is meant to
 * be shown. Where HTTP/2 is spoken it may be called with both, one after the other.
 *
 * @since 0.1.0
 * @category models
 */
export type OnConnected = (...result: [error: null, socket: Net.Socket] | [error: Error, socket: null]) => void

/**
 * Makes the connections of a client, and knows all that are open.
 *
 * @since 0.1.0
 * @category models
 */
export interface Connector {
  /** Makes a connection, and tells when nothing of it is left. */
  readonly connect: (target: Target, onConnected: OnConnected, onClosed: () => void) => Connection
  /** Closes every connection, those that are on their way included, and makes no more. */
  readonly close: Effect.Effect<void>
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

/**
 * Makes connections until it is closed.
 *
 * ```ts
 * import * as Connector from "@effect-pinecone/node/Connector"
 * import * as Effect from "effect/Effect"
 *
 * const connector = Effect.acquireRelease(
 *   Connector.make({ proxy: "http://proxy.example.com:3128", connectTimeout: "5 seconds" }, "http/1.1"),
 *   ({ close }) => close
 * )
 * ```
 *
 * Fails with {@link InvalidOptions} where the timeout is out of range, the URL of a proxy cannot be used, or a certificate or
 * a key cannot be read.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = Effect.fnUntraced(function*(
  options: Options,
  protocol: Protocol
): Effect.fn.Return<Connector, InvalidOptions> {
  return connector.make({
    protocol,
    timeout: yield* millis("connectTimeout", options.connectTimeout, "10 seconds"),
    security: yield* security(options.tls, "tls"),
    route: yield* routes(options.proxy)
  })
})
