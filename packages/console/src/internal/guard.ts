import type * as Headers from "@effect/platform/Headers"
import { isIP } from "node:net"

// A page in a browser may send requests to any address, this machine's own included. It cannot hide where it is from: the
// browser says so as `Origin`, and where a name was made to lead here, as `Host`.

const hostname = (host: string): string =>
  (/^\[([^\]]*)\](:\d*)?$/.exec(host)?.[1] ?? host.replace(/:\d*$/, "")).toLowerCase().replace(/\.$/, "")

/** Why the sender of these headers is refused. */
export const refusal = (headers: Headers.Headers, own: string): string | undefined => {
  const { host = "", origin } = headers
  const name = hostname(host)
  if (name !== "localhost" && !name.endsWith(".localhost") && isIP(name) === 0 && name !== hostname(own)) {
    return `The host ${host.slice(0, 100)} is not a name of this console. Open it at its IP address, or at localhost.`
  }
  if (origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`) {
    return `Pages of ${origin.slice(0, 100)} are not allowed to use this console.`
  }
  const site = headers["sec-fetch-site"]
  const isOpened = headers["sec-fetch-mode"] === "navigate"
  return site === undefined || site === "none" || site === "same-origin" || isOpened
    ? undefined
    : "Pages of other sites are not allowed to use this console."
}
