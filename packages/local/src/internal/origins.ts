import * as Headers from "@effect/platform/Headers"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import { IncomingMessage } from "node:http"
import * as Net from "node:net"
import type { Head } from "./head.js"
import * as problem from "./problem.js"
import type { Plane } from "./respond.js"
import * as respond from "./respond.js"

// A page in a browser may send requests to any address, this machine's own included. It cannot hide where it is from: the
// browser says so as `Origin`. And where its own name was made to lead here, the browser still says that name as `Host`.

/** Who may speak to a server. */
export interface Visitors {
  /** The names that the server is reached by, besides those of this machine and all addresses. */
  readonly names: ReadonlyArray<string>
  /** Every request shows a key, which a page of someone else's does not know: then any name will do. */
  readonly hasKeys: boolean
  /** The origins whose pages are let in; `*` is all. */
  readonly cors: ReadonlyArray<string>
}

/** The name or address without brackets and port. */
const hostname = (host: string): string => /^\[([^\]]*)\](:\d*)?$/.exec(host)?.[1] ?? host.replace(/:\d*$/, "")

/** An address cannot be made to lead elsewhere, as a name can. */
const isKnown = (host: string, { hasKeys, names }: Visitors): boolean => {
  const name = hostname(host).toLowerCase().replace(/\.$/, "")
  return hasKeys || name === "localhost" || name.endsWith(".localhost") || Net.isIP(name) !== 0 ||
    // The hosts of indexes on one port are below it.
    names.some((known) => known.toLowerCase() === name || name.endsWith(`.${known.toLowerCase()}`))
}

const wrongHost = (host: string) =>
  problem.forbidden(
    `The host ${host.slice(0, 100)} is not a name of this server. If it is reached by that name, start it with ` +
      `--public-host ${hostname(host).slice(0, 100)}.`
  )

const wrongOrigin = (origin: string) =>
  problem.forbidden(
    `Pages of ${origin.slice(0, 100)} are not allowed. To allow them, start the server with ` +
      `--cors ${origin.slice(0, 100)}.`
  )

const embedded = problem.forbidden(
  "Pages of other sites are not allowed. To allow one, start the server with --cors."
)

/** Where a browser says that a page of another site asks, and the page does not show: a picture, or a script. */
const isEmbedded = (headers: Headers.Headers): boolean =>
  headers["sec-fetch-site"] !== undefined && !/^(none|same-origin)$/.test(headers["sec-fetch-site"]) &&
  headers["sec-fetch-mode"] !== "navigate"

/** Why the sender of these headers is not let in. */
export const refusal = (
  headers: Headers.Headers,
  visitors: Visitors
): problem.Problem | undefined => {
  const { host, origin } = headers
  if (host !== undefined && !isKnown(host, visitors)) return wrongHost(host)
  if (origin === undefined) return isEmbedded(headers) ? embedded : undefined
  const isOwn = host !== undefined && /^https?:\/\/(.*)$/i.exec(origin)?.[1]?.toLowerCase() === host.toLowerCase()
  const { cors } = visitors
  return isOwn || cors.includes("*") || cors.includes(origin) ? undefined : wrongOrigin(origin)
}

const exposed = [
  "content-disposition",
  "location",
  "retry-after",
  "x-pinecone-max-indexed-lsn",
  "x-pinecone-request-id",
  "x-pinecone-request-lsn"
].join(", ")

const allowance = ({ cors }: Visitors, origin: string) => ({
  "access-control-allow-origin": cors.includes("*") ? "*" : origin,
  "access-control-expose-headers": exposed,
  "vary": "Origin"
})

const token = /^[\w!#$%&'*+.^`|~-]+$/

/** What a page may do, before it does it. All that it asks for is allowed: the origin is what counts. */
const preflight = (headers: Headers.Headers, visitors: Visitors, origin: string) => {
  const names = (headers["access-control-request-headers"] ?? "").split(",").map((name) => name.trim())
  return HttpServerResponse.empty({
    status: 204,
    headers: Headers.fromInput({
      ...allowance(visitors, origin),
      "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
      "access-control-allow-headers": names.filter((name) => token.test(name)).join(", "),
      "access-control-max-age": "600",
      ...(headers["access-control-request-private-network"] === "true"
        ? { "access-control-allow-private-network": "true" }
        : {})
    })
  })
}

/** Answers a request where the headers `Host` and `Origin` allow it, and tells browsers so. */
export const guarding = (plane: Plane, visitors: Visitors) =>
<R>(
  { headers, method, source }: Head,
  answer: Effect.Effect<HttpServerResponse.HttpServerResponse, never, R>
): Effect.Effect<HttpServerResponse.HttpServerResponse, never, R> => {
  // It was read together with others that have ended its connection.
  if (source instanceof IncomingMessage && source.socket.destroyed) return Effect.succeed(HttpServerResponse.empty())
  const refused = refusal(headers, visitors)
  if (refused !== undefined) return Effect.succeed(respond.problemResponse(plane, refused))
  const { origin } = headers
  if (origin === undefined) return answer
  return method === "OPTIONS" && headers["access-control-request-method"] !== undefined
    ? Effect.succeed(preflight(headers, visitors, origin))
    : Effect.map(answer, HttpServerResponse.setHeaders(allowance(visitors, origin)))
}
