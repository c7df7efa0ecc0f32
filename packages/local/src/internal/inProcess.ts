import * as GrpcChannel from "@effect-pinecone/grpc/GrpcChannel"
import * as Headers from "@effect/platform/Headers"
import * as HttpApp from "@effect/platform/HttpApp"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Front } from "./front.js"
import { unimplemented } from "./grpc.js"
import { hidingKeys } from "./respond.js"

// A server without a port is spoken to by these hosts, in the fiber of the caller: its Clock, its tracer, its interruption.

export const controlHost = "control.pinecone.local"

/** The host of the index with this id. */
export const hostOf = (indexId: string): string => `${indexId}.index.pinecone.local`

const indexHost = /^([a-z0-9-]+)\.index\.pinecone\.local$/

/** What answers for a host: the control plane, or an index. */
const at = <A>(
  hostname: string,
  answers: { readonly control: () => A; readonly index: (id: string) => A; readonly none: (message: string) => A }
): A => {
  const index = indexHost.exec(hostname)
  if (index !== null) return answers.index(index[1]!)
  return hostname === controlHost ? answers.control() : answers.none(`the embedded server has no host ${hostname}`)
}

/** The body of a request, as a web request takes it. */
const bodyOf = (
  request: HttpClientRequest.HttpClientRequest
): Effect.Effect<BodyInit | null, HttpClientError.RequestError> => {
  const { body } = request
  switch (body._tag) {
    case "Empty":
      return Effect.succeed(null)
    case "Uint8Array":
      // eslint-disable-next-line no-restricted-syntax -- no client of ours sends shared memory.
      return Effect.succeed(body.body as Uint8Array<ArrayBuffer>)
    case "Raw":
      // eslint-disable-next-line no-restricted-syntax -- what a raw body is, the platform does not say.
      return Effect.succeed(body.body as BodyInit)
    case "FormData":
      return Effect.succeed(body.formData)
    case "Stream":
      return Stream.runFold(
        body.stream,
        new Blob([]),
        // eslint-disable-next-line no-restricted-syntax -- no client of ours sends shared memory.
        (all, chunk) => new Blob([all, chunk as Uint8Array<ArrayBuffer>])
      )
        .pipe(Effect.mapError((cause) => new HttpClientError.RequestError({ request, reason: "Encode", cause })))
  }
}

const handle = (
  app: HttpApp.Default,
  request: HttpClientRequest.HttpClientRequest,
  url: URL
): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.RequestError> =>
  Effect.gen(function*() {
    const web = new Request(url, {
      method: request.method,
      headers: request.headers,
      body: yield* bodyOf(request)
    })
    const runtime = yield* Effect.runtime<never>()
    let answer = HttpServerResponse.empty({ status: 500 })
    yield* HttpApp.toHandled(app, (_, response) =>
      Effect.sync(() => {
        answer = response
      })).pipe(
        Effect.provideService(HttpServerRequest.HttpServerRequest, HttpServerRequest.fromWeb(web)),
        Effect.scoped,
        // What a request adds to its own answer is not for the next one of this fiber.
        Effect.locally(HttpApp.currentPreResponseHandlers, Option.none()),
        hidingKeys
      )
    return HttpClientResponse.fromWeb(request, HttpServerResponse.toWeb(answer, { runtime }))
  })

/** The server over HTTP. */
export const httpClient = ({ control, data }: Front): HttpClient.HttpClient =>
  HttpClient.make((request, url) =>
    at(url.hostname, {
      control: () => handle(control, request, url),
      index: (id) => handle(data(id), request, url),
      none: (description) =>
        Effect.fail(new HttpClientError.RequestError({ request, reason: "Transport", description }))
    })
  )

const unavailable = 14

/** The server over gRPC. */
export const grpcChannel = ({ grpc }: Front): GrpcChannel.Service =>
  GrpcChannel.withDeadlines({
    unary: (call) =>
      at(call.host.replace(/^https?:\/\//, "").replace(/[:/].*$/, ""), {
        control: () => unimplemented({ ...call, body: Effect.succeed(call.body) }),
        index: (id) => grpc(id)({ ...call, body: Effect.succeed(call.body) }),
        none: (message) =>
          Effect.fail(
            new GrpcChannel.Status({ code: unavailable, message, headers: Headers.empty, answered: false })
          )
      })
  })
