import * as Net from "node:net"

/** Where a host is, as gRPC needs it. */
export interface Address {
  /** A name or an address; one of IPv6 without its brackets. */
  readonly hostname: string
  readonly port: number
  readonly secure: boolean
  readonly url: URL
}

/** The address of a host that `baseUrl` has made a URL of. */
export const of = (baseUrl: string): Address | undefined => {
  if (!URL.canParse(baseUrl)) return undefined
  const url = new URL(baseUrl)
  const secure = url.protocol === "https:"
  return {
    hostname: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? (secure ? 443 : 80) : Number(url.port),
    secure,
    url
  }
}

/** `host:port` */
export const show = ({ hostname, port }: { readonly hostname: string; readonly port: number }): string =>
  `${Net.isIPv6(hostname) ? `[${hostname}]` : hostname}:${port}`
