/** The errors of a client of HTTP, as its transports make them. */
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"

export type TransportError = HttpClientError.HttpClientError

/** The connection of a request broke, with a reason of the system. */
export const broken = (request: HttpClientRequest.HttpClientRequest, reason = "reset"): TransportError =>
  new HttpClientError.RequestError({ request, reason: "Transport", cause: new Error(reason) })
