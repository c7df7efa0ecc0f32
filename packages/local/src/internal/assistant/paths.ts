import * as Headers from "@effect/platform/Headers"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as Effect from "effect/Effect"

/** Where assistants are described: below `/assistant`, and without it, where a client leaves it out for a host of one's own. */
export const control = /^\/(assistant\/)?assistants(\/|\?|$)/

/** The evaluation of answers. */
export const evaluation = /^\/assistant\/evaluation\//

/** The bytes of files. */
export const content = /^\/assistant\/content\//

/** Everything else of an assistant. */
export const data = /^\/assistant\//

/**
 * An application that knows its paths without `/assistant`. Bodies that are sent as text are read as JSON: the official
 * client leaves the content type of a streamed chat to `fetch`.
 */
export const below = (app: HttpApp.Default): HttpApp.Default =>
  Effect.provideServiceEffect(
    app,
    HttpServerRequest.HttpServerRequest,
    Effect.map(HttpServerRequest.HttpServerRequest, (request) =>
      request.modify({
        url: request.url.replace(/^\/assistant(?=\/)/, ""),
        headers: request.headers["content-type"]?.startsWith("text/plain") === true
          ? Headers.set(request.headers, "content-type", "application/json")
          : request.headers
      }))
  )
