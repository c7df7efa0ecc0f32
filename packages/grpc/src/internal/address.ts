/** Where a host is, as gRPC needs it. */
export interface Address {
  /** `host:port` */
  readonly target: string
  readonly secure: boolean
  readonly url: URL
}

/** The address of a host that `baseUrl` has made a URL of. */
export const of = (baseUrl: string): Address | undefined => {
  if (!URL.canParse(baseUrl)) return undefined
  const url = new URL(baseUrl)
  const secure = url.protocol === "https:"
  return { target: `${url.hostname}:${url.port === "" ? (secure ? 443 : 80) : url.port}`, secure, url }
}
