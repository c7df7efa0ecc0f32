/**
 * Channels over connections of `@grpc/grpc-js`: with TLS or in plaintext, straight or through a proxy.
 *
 * There is one connection to each host, made with the first call and made anew with the next call after it was lost: how
 * often, and when, the retries of the settings say. With the scope all of them are closed, and the calls that are under way
 * end as calls without an answer.
 *
 * @since 0.1.0
 */
import { InvalidOptions } from "@effect-pinecone/node/InvalidOptions"
import * as Proxy from "@effect-pinecone/node/Proxy"
import * as Tls from "@effect-pinecone/node/Tls"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as NodeTls from "node:tls"
import type { Service } from "./GrpcChannel.js"
import { GrpcChannel } from "./GrpcChannel.js"
import * as connections from "./internal/connections.js"
import type { Route, Security } from "./internal/handshake.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Which certificates are trusted, and which one is shown. Hosts that begin with `http:` are spoken to in plaintext. */
  readonly tls?: Tls.Tls | undefined
  /**
   * The proxies to go through, with `CONNECT`: one for all hosts by its URL or its settings, or one for each scheme and the
   * hosts they are not for.
   *
   * @default none
   */
  readonly proxy?: string | Redacted.Redacted | Proxy.Proxy | Proxy.Proxies | undefined
  /**
   * How long a connection may take to be made: the look-up of the name, the tunnel of a proxy, TLS and the beginning of
   * HTTP/2 together. An infinite one is no limit.
   *
   * @default "10 seconds"
   */
  readonly connectTimeout?: Duration.DurationInput | undefined
  /**
   * How often a connection is asked whether it is still there, while calls wait on it: a server that is gone is noticed
   * before the calls' timeout. With an infinite one it is not asked.
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
   * After how long without a call a connection is closed, at least a second.
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

/** The longest that a timer of Node runs. */
const longest = 2 ** 31 - 1

const invalid = (option: string, message: string) =>
  Effect.fail(new InvalidOptions({ option, message: `${option} ${message}` }))

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

const bytes = (option: string, value: number): Effect.Effect<number, InvalidOptions> =>
  Number.isSafeInteger(value) && value >= 1
    ? Effect.succeed(value)
    : invalid(option, `is ${value}: give a whole number of at least 1, or leave it out for 128 MB`)

const security = (tls: Tls.Tls | undefined, name: string): Effect.Effect<() => Security, InvalidOptions> => {
  if (tls === undefined) {
    let made: Security | undefined
    // Node reads its authorities only now, which takes a while, and who speaks http: alone never needs them.
    return Effect.succeed(() =>
      made ??= { context: NodeTls.createSecureContext(), rejectUnauthorized: true, serverName: undefined }
    )
  }
  return Effect.map(Tls.secureContext(tls, name), (context) => {
    const made = {
      context,
      rejectUnauthorized: tls.unsafelyAcceptAnyCertificate !== true,
      serverName: tls.serverName
    }
    return () => made
  })
}

const routes = Effect.fnUntraced(function*(
  option: Options["proxy"]
): Effect.fn.Return<(url: URL) => Route | undefined, InvalidOptions> {
  if (option === undefined) return () => undefined
  const one = typeof option === "string" || Redacted.isRedacted(option) || "url" in option
  const proxies = one ? Proxy.make(option) : option
  const known = new Map<Proxy.Proxy, Route>()
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
 * Connections of `@grpc/grpc-js`: one for each host, with TLS for all but hosts that begin with `http:`, and closed with
 * the scope.
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
  const keepAlive = yield* millis("keepAlive", options.keepAlive, "30 seconds")
  return yield* connections.make({
    connectTimeout: yield* millis("connectTimeout", options.connectTimeout, "10 seconds"),
    security: yield* security(options.tls, "tls"),
    route: yield* routes(options.proxy),
    channelOptions: {
      ...(keepAlive === Infinity ? {} : { "grpc.keepalive_time_ms": keepAlive }),
      "grpc.keepalive_timeout_ms": Math.min(
        longest,
        yield* millis("keepAliveTimeout", options.keepAliveTimeout, "10 seconds")
      ),
      "grpc.client_idle_timeout_ms": Math.min(longest, yield* millis("idleTimeout", options.idleTimeout, "5 minutes")),
      "grpc.max_receive_message_length": yield* bytes("maxReceiveBytes", options.maxReceiveBytes ?? 128 * mebibyte),
      "grpc.max_send_message_length": -1,
      // The settings say when a request is sent again, and which proxy it goes through: not the library, nor a DNS record.
      // Without one the library repeats nothing but what the server has not looked at, as when it is about to go away.
      "grpc.service_config_disable_resolution": 1,
      "grpc.enable_http_proxy": 0,
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
export const layer = (options: Options = {}): Layer.Layer<GrpcChannel, InvalidOptions> =>
  Layer.scoped(GrpcChannel, make(options))
