/**
 * Proxies that make a tunnel to a host with `CONNECT`: which one is for which host, and what is said to it.
 *
 * The HTTP client takes them as its option `proxy`. Code that makes connections of another kind finds here what it needs to
 * go through the same proxies: {@link select}, {@link endpoint}, {@link headers} and the settings of TLS in {@link Proxy}.
 *
 * ```ts
 * import * as Proxy from "@effect-pinecone/node/Proxy"
 *
 * const proxies = Proxy.make("http://proxy.example.com:3128", { except: ["localhost", "10.0.0.0/8"] })
 *
 * const direct = Proxy.select(proxies, new URL("http://10.1.2.3/")) // undefined
 * ```
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import type * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Option from "effect/Option"
import * as Record from "effect/Record"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Http from "node:http"
import * as Net from "node:net"
import { InvalidOptions } from "./InvalidOptions.js"
import type { Tls } from "./Tls.js"

/**
 * A proxy, its credentials, and how to connect to it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Proxy {
  /**
   * Where it is: `http://proxy.example.com:3128`, or `https:` for a proxy that is spoken to with TLS. It may hold a user
   * name and a password, with their special characters percent-encoded; then give it as Redacted. Without a scheme it is
   * `http:`; without a port it is 80, or 443 for `https:`. A path has no meaning.
   */
  readonly url: string | Redacted.Redacted
  /**
   * As it is, not percent-encoded. It must not have a colon.
   *
   * @default the one of the URL
   */
  readonly username?: string | undefined
  /**
   * As it is, not percent-encoded.
   *
   * @default the one of the URL
   */
  readonly password?: Redacted.Redacted | undefined
  /** Your own headers for the proxy, sent with `CONNECT` to the proxy alone. */
  readonly headers?: Readonly<Record<string, string | Redacted.Redacted>> | undefined
  /** How to speak with an `https:` proxy. It says nothing about the hosts behind it. */
  readonly tls?: Tls | undefined
}

/**
 * Which proxy to use for which URL.
 *
 * @since 0.1.0
 * @category models
 */
export interface Proxies {
  /** For the URLs that begin with `http:`. */
  readonly http?: Proxy | undefined
  /** For the URLs that begin with `https:`. */
  readonly https?: Proxy | undefined
  /**
   * Hosts that are reached without a proxy, each written as in `NO_PROXY`:
   *
   * - `example.com`, `.example.com` or `*.example.com`: the host and all that end with `.example.com`;
   * - `example.com:8080`: the same, at that port alone;
   * - `10.1.2.3`, `[::1]`, `[::1]:8080`: an address;
   * - `10.0.0.0/8`, `fd00::/8`: all addresses of a network, where a URL has an address: no name is looked up;
   * - `*`: every host.
   *
   * Upper and lower case are the same.
   *
   * @default none
   */
  readonly except?: ReadonlyArray<string> | undefined
}

/**
 * Where a proxy listens.
 *
 * @since 0.1.0
 * @category models
 */
export interface Endpoint {
  readonly protocol: "http:" | "https:"
  /** A name or an address; one of IPv6 without its brackets. */
  readonly hostname: string
  readonly port: number
  /** All of it, without user name and password, to be shown to people: `http://proxy.example.com:3128`. */
  readonly address: string
}

/**
 * A proxy made no tunnel: it cannot be reached, wants other credentials, or refuses the host. It is the `cause` of the
 * request's error.
 *
 * @since 0.1.0
 * @category errors
 */
export class ProxyError extends Schema.TaggedError<ProxyError>()("PineconeProxyError", {
  message: Schema.String,
  /** What the proxy answered `CONNECT` with, where it answered. */
  status: Schema.optional(Schema.Int),
  cause: Schema.optional(Schema.Defect)
}) {}

/**
 * The same proxy for `http:` and `https:` URLs.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  proxy: string | Redacted.Redacted | Proxy,
  options?: Pick<Proxies, "except">
): Proxies => {
  const one: Proxy = typeof proxy === "string" || Redacted.isRedacted(proxy) ? { url: proxy } : proxy
  return { http: one, https: one, except: options?.except }
}

const clear = (text: string | Redacted.Redacted): string => Redacted.isRedacted(text) ? Redacted.value(text) : text

/** The URL of a proxy, whatever its scheme. The error of `new URL` would show the password. */
const parse = (proxy: Proxy): Option.Option<URL> => {
  const text = clear(proxy.url).trim()
  const whole = text.includes("://") ? text : `http://${text}`
  return URL.canParse(whole) ? Option.some(new URL(whole)) : Option.none()
}

const withoutBrackets = (hostname: string): string => hostname.replace(/^\[(.*)\]$/, "$1")

const example = "http://proxy.example.com:3128"

const isSendable = (name: string, value: string): boolean =>
  Either.isRight(Either.try(() => {
    Http.validateHeaderName(name)
    Http.validateHeaderValue(name, value)
  }))

/**
 * Where a proxy listens, after a check of all that would be sent to it. The left is {@link InvalidOptions} where the URL
 * cannot be read or is neither `http:` nor `https:`, where the user name has a colon, or a header cannot be sent; it shows
 * no secret. Its `option` begins with `name`, `proxy` by default.
 *
 * @since 0.1.0
 * @category getters
 */
export const endpoint = (proxy: Proxy, name = "proxy"): Effect.Effect<Endpoint, InvalidOptions> =>
  endpointOf(proxy, name)

const endpointOf = (proxy: Proxy, name: string): Either.Either<Endpoint, InvalidOptions> => {
  const invalid = (field: string, message: string) =>
    Either.left(new InvalidOptions({ option: `${name}.${field}`, message: `${name}: ${message}` }))
  const parsed = parse(proxy)
  if (Option.isNone(parsed)) {
    return invalid(
      "url",
      `its URL cannot be read: give one such as ${example}, with special characters of the password percent-encoded`
    )
  }
  const url = parsed.value
  const { protocol } = url
  if (protocol !== "http:" && protocol !== "https:") {
    return invalid(
      "url",
      `unsupported proxy scheme ${protocol} use an http: or https: URL, such as ${example}`
    )
  }
  if (credentials(proxy)?.username.includes(":") === true) {
    return invalid("username", "the user name has a colon, which cannot be sent: give one without")
  }
  for (const [header, value] of Object.entries(proxy.headers ?? {})) {
    if (!isSendable(header, clear(value))) {
      return invalid(
        "headers",
        `the header ${
          JSON.stringify(header)
        } cannot be sent: give a name and a value without line breaks or other control characters`
      )
    }
  }
  return Either.right({
    protocol,
    hostname: withoutBrackets(url.hostname),
    port: url.port === "" ? (protocol === "https:" ? 443 : 80) : Number(url.port),
    address: url.origin
  })
}

/** What is percent-encoded in a URL; what is wrongly encoded is left as it is. */
const decoded = (text: string): string =>
  Option.getOrElse(Option.getRight(Either.try(() => decodeURIComponent(text))), () => text)

const credentials = (proxy: Proxy): { readonly username: string; readonly password: string } | undefined => {
  const url = Option.getOrUndefined(parse(proxy))
  const username = proxy.username ?? decoded(url?.username ?? "")
  const password = proxy.password === undefined ? decoded(url?.password ?? "") : Redacted.value(proxy.password)
  return username === "" && password === "" ? undefined : { username, password }
}

/**
 * The value of `Proxy-Authorization` for the user name and the password, in the clear (`Basic …`); nothing where there is
 * neither.
 *
 * @since 0.1.0
 * @category getters
 */
export const authorization = (proxy: Proxy): string | undefined => {
  const found = credentials(proxy)
  return found === undefined ? undefined : `Basic ${Encoding.encodeBase64(`${found.username}:${found.password}`)}`
}

/**
 * All headers that the proxy is to get with `CONNECT`, in the clear, their names in lower case: its authorization and its
 * own headers, which win.
 *
 * @since 0.1.0
 * @category getters
 */
export const headers = (proxy: Proxy): Record<string, string> => {
  const basic = authorization(proxy)
  return {
    ...(basic === undefined ? {} : { "proxy-authorization": basic }),
    ...Record.mapEntries(proxy.headers ?? {}, (value, name) => [name.toLowerCase(), clear(value)])
  }
}

/** A host as URLs have it: in lower case, an international name in its ASCII form, an address in its shortest. */
const normalized = (host: string): string | undefined => {
  if (host === "" || /[\s/?#@\\]/.test(host)) return undefined
  const url = `http://${Net.isIPv6(host) ? `[${host}]` : host}`
  return URL.canParse(url) ? withoutBrackets(new URL(url).hostname).replace(/\.$/, "") : undefined
}

const isInNetwork = (host: string, network: string, prefix: number): boolean => {
  const family = Net.isIP(network)
  if (family === 0 || Net.isIP(host) !== family || prefix > (family === 4 ? 32 : 128)) return false
  const kind = family === 4 ? "ipv4" : "ipv6"
  const list = new Net.BlockList()
  list.addSubnet(network, prefix, kind)
  return list.check(host, kind)
}

const isExcept = (entry: string, host: string, port: number): boolean => {
  const rule = entry.trim()
  if (rule === "*") return true
  const network = /^\[?([^[\]]+)\]?\/(\d+)$/.exec(rule)
  if (network !== null) return isInNetwork(host, network[1]!, Number(network[2]))
  const parts = /^\[([^\]]+)\](?::(\d+))?$/.exec(rule) ?? /^([^:]+):(\d+)$/.exec(rule)
  if (parts?.[2] !== undefined && Number(parts[2]) !== port) return false
  const named = normalized((parts?.[1] ?? rule).replace(/^\*?\./, ""))
  return named !== undefined && (host === named || (Net.isIP(host) === 0 && host.endsWith(`.${named}`)))
}

/**
 * The proxy for a URL: none where its host is one of the exceptions, or there is none for its scheme.
 *
 * @since 0.1.0
 * @category getters
 */
export const select = (proxies: Proxies, url: URL): Proxy | undefined => {
  const proxy = url.protocol === "https:" ? proxies.https : url.protocol === "http:" ? proxies.http : undefined
  if (proxy === undefined) return undefined
  const host = withoutBrackets(url.hostname).replace(/\.$/, "")
  const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port)
  return proxies.except?.some((entry) => isExcept(entry, host, port)) === true ? undefined : proxy
}

interface Variable {
  readonly name: string
  readonly value: Redacted.Redacted
}

const named = (name: string): Config.Config<Option.Option<Variable>> =>
  Config.map(Config.option(Config.redacted(name)), Option.map((value) => ({ name, value })))

/** A variable whose name in lower case wins. One that is empty says that there is none. */
const variable = (name: string, lowerOnly = Config.succeed(false)): Config.Config<Variable | undefined> =>
  Config.map(
    Config.all({ lower: named(name.toLowerCase()), upper: named(name), lowerOnly }),
    ({ lower, lowerOnly, upper }) =>
      Option.getOrUndefined(
        Option.filter(
          Option.orElse(lower, () => lowerOnly ? Option.none() : upper),
          ({ value }) => Redacted.value(value).trim() !== ""
        )
      )
  )

const proxyVariable = (variable: Config.Config<Variable | undefined>): Config.Config<Proxy | undefined> =>
  Config.mapOrFail(variable, (found) => {
    if (found === undefined) return Either.right(undefined)
    const proxy: Proxy = { url: found.value }
    return Either.mapBoth(endpointOf(proxy, found.name), {
      onLeft: ({ message }) => ConfigError.InvalidData([found.name], message),
      onRight: () => proxy
    })
  })

/**
 * What the environment says: `https_proxy` is for `https:` URLs, `http_proxy` for `http:` URLs and for no other, as for curl,
 * and `no_proxy` has the exceptions, between commas or spaces. Nothing where there is no proxy.
 *
 * Each may be written in upper case too; where both are set the lower case wins, and an empty one says that there is no
 * proxy. Under a `REQUEST_METHOD`, which is to say in a CGI program, `HTTP_PROXY` is not read: there it is a header of
 * who asks. (curl never reads it.) `ALL_PROXY` is not read.
 *
 * A URL that cannot be used is a ConfigError, which does not show it.
 *
 * @since 0.1.0
 * @category config
 */
export const config: Config.Config<Proxies | undefined> = Config.map(
  Config.all({
    http: proxyVariable(variable("HTTP_PROXY", Config.map(named("REQUEST_METHOD"), Option.isSome))),
    https: proxyVariable(variable("HTTPS_PROXY")),
    except: variable("NO_PROXY")
  }),
  ({ except, http, https }) =>
    http === undefined && https === undefined ? undefined : {
      http,
      https,
      except: except === undefined ? [] : Redacted.value(except.value).split(/[\s,]+/).filter((entry) => entry !== "")
    }
)
