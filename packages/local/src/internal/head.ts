import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"

/** What is known of a request over HTTP before its body is read, and where that comes from. */
export interface Head extends Pick<HttpServerRequest.HttpServerRequest, "arrayBuffer" | "headers" | "source" | "url"> {
  readonly method: string
}

/** The path of a request, without what follows a question mark. */
export const pathOf = ({ url }: Pick<Head, "url">): string => {
  const end = url.indexOf("?")
  return end === -1 ? url : url.slice(0, end)
}
