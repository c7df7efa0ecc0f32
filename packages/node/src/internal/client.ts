import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as UrlParams from "@effect/platform/UrlParams"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FiberRef from "effect/FiberRef"
import { globalValue } from "effect/GlobalValue"
import type * as Undici from "undici"
import { Exchange, type Outcome } from "./exchange.js"
import type { Pools } from "./pool.js"
import * as streamBody from "./streamBody.js"

type Library = typeof Undici.default

type Body = Undici.Dispatcher.DispatchOptions["body"]

/** The form of the platform is Node's own, and undici knows none but its own. */
const formDataOf = (undici: Library, formData: FormData): Undici.FormData => {
  const form = new undici.FormData()
  formData.forEach((value, name) => {
    if (typeof value === "string") form.append(name, value)
    else form.append(name, value, value.name)
  })
  return form
}

const rawOf = (undici: Library, body: unknown): Body => {
  if (body instanceof FormData) return formDataOf(undici, body)
  // eslint-disable-next-line no-restricted-syntax -- undici takes more than its type says, and refuses the rest.
  return (body instanceof URLSearchParams
    ? new Blob([body.toString()], { type: "application/x-www-form-urlencoded;charset=UTF-8" })
    : body) as Body
}

const bodyOf = (
  undici: Library,
  body: Exclude<HttpClientRequest.HttpClientRequest["body"], { readonly _tag: "Stream" }>
): Body => {
  switch (body._tag) {
    case "Empty":
      return null
    case "Uint8Array":
      return body.body
    case "Raw":
      return rawOf(undici, body.body)
    case "FormData":
      return formDataOf(undici, body.formData)
  }
}

const failed = (
  request: HttpClientRequest.HttpClientRequest,
  reason: HttpClientError.RequestError["reason"],
  cause: unknown
) => Effect.fail(new HttpClientError.RequestError({ request, reason, cause }))

/** The controllers of `HttpClient.withScope`, where the platform keeps them for `HttpClient.make`. */
const scopedRequests = globalValue(
  "@effect/platform/HttpClient/scopedRequests",
  () => new WeakMap<HttpClientRequest.HttpClientRequest, AbortController>()
)

/** A client over the clients of undici: one callback for a request, where undici's own ways have a stream and a promise. */
export const make = (pools: Pools): HttpClient.HttpClient => {
  let library: Library | undefined

  // undici is as large as Effect, and who speaks gRPC alone never asks for it: it is loaded with the first request. By its
  // name alone Bun gives a stand-in of its own, which has no clients; by the name of its file it gives what is installed.
  const loaded = (request: HttpClientRequest.HttpClientRequest, use: (undici: Library) => Outcome): Outcome =>
    library !== undefined
      ? use(library)
      : Effect.matchEffect(Effect.tryPromise(() => import("undici/index.js")), {
        onFailure: ({ error }) => failed(request, "Transport", error),
        // A bundler has all of a CommonJS module in its default, and nothing else.
        onSuccess: ({ default: undici }) => use(library = undici)
      })

  const dispatch = (
    undici: Library,
    request: HttpClientRequest.HttpClientRequest,
    url: URL,
    body: Body | streamBody.StreamBody,
    signal: AbortSignal | undefined
  ): Outcome =>
    Effect.async((resume) => {
      const streamed = body instanceof streamBody.StreamBody ? body : undefined
      const exchange = new Exchange(request, resume, streamed, signal)
      if (signal?.aborted === true) exchange.abort()
      else {
        pools.dispatch(undici, url.origin, {
          method: request.method,
          headers: request.headers,
          path: url.pathname + url.search,
          body: body ?? null
        }, exchange)
      }
      const abort = Effect.sync(() => exchange.abort())
      return streamed === undefined ? abort : Effect.andThen(abort, streamed.closing)
    })

  const send = (
    request: HttpClientRequest.HttpClientRequest,
    url: URL,
    signal: AbortSignal | undefined
  ): Outcome => {
    if (url.protocol !== "https:" && url.protocol !== "http:") {
      return failed(request, "InvalidUrl", new Error(`a URL must begin with https: or http:, not with ${url.protocol}`))
    }
    const { body } = request
    return loaded(request, (undici) =>
      body._tag === "Stream"
        ? Effect.flatMap(streamBody.make(body.stream), (readable) => dispatch(undici, request, url, readable, signal))
        : dispatch(undici, request, url, bodyOf(undici, body), signal))
  }

  const traced = HttpClient.make(send)

  // Most requests want no span of their own, and no controller that could abort them from outside: they need neither.
  return HttpClient.makeWith<HttpClientError.HttpClientError, never, HttpClientError.HttpClientError, never>(
    Effect.flatMap((request) =>
      Effect.withFiberRuntime<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>((fiber) => {
        if (
          fiber.getFiberRef(FiberRef.currentTracerEnabled) &&
          !fiber.getFiberRef(HttpClient.currentTracerDisabledWhen)(request)
        ) {
          return traced.execute(request)
        }
        const url = UrlParams.makeUrl(request.url, request.urlParams, request.hash)
        return Either.isLeft(url)
          ? failed(request, "InvalidUrl", url.left)
          : send(request, url.right, scopedRequests.get(request)?.signal)
      })
    ),
    Effect.succeed
  )
}
