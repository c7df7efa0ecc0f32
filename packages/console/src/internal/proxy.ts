import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as responses from "./responses.js"

/** Where requests go, and with which headers. */
export interface Target {
  readonly controllerHost: string
  readonly headers: Readonly<Record<string, string | Redacted.Redacted>>
}

/** The headers of a request that are passed on: not the cookies of the browser, nor where the page is. */
const passedOn = ["accept", "content-type", "x-pinecone-api-version"]

/** Those of an answer. */
const passedBack = [
  "content-type",
  "retry-after",
  "x-pinecone-api-version",
  "x-pinecone-request-id",
  "x-pinecone-request-lsn",
  "x-pinecone-max-indexed-lsn"
]

const picked = (
  headers: { readonly [name: string]: string | undefined },
  names: ReadonlyArray<string>
): Record<string, string> => {
  const found: Record<string, string> = {}
  for (const name of names) {
    const value = headers[name]
    if (value !== undefined) found[name] = value
  }
  return found
}

/** The largest body that the page sends. */
const maxBody = 4 * 2 ** 20

/** The base URL of a host, which Pinecone gives without a scheme. */
export const baseUrl = (host: string): string =>
  (/^https?:\/\//.test(host) ? host : `https://${host}`).replace(/\/+$/, "")

const Host = Schema.parseJson(Schema.Struct({ host: Schema.String }))

/** A request for what an index is, in the place of one to the index. */
const describing = (request: HttpServerRequest.HttpServerRequest): HttpServerRequest.HttpServerRequest =>
  HttpServerRequest.fromWeb(
    new Request("http://console/", {
      headers: picked(request.headers, ["x-pinecone-api-version"])
    })
  )

const unreachable = (host: string) =>
  responses.problem(
    502,
    "UNAVAILABLE",
    `The console cannot reach ${host}. Check that it is running, and that this machine can connect to it.`
  )

/** An answer, read to its end. */
interface Answer {
  readonly status: number
  readonly headers: { readonly [name: string]: string | undefined }
  readonly bytes: Uint8Array
}

const respond = ({ bytes, headers, status }: Answer) =>
  HttpServerResponse.uint8Array(bytes, {
    status,
    headers: { ...responses.security, "cache-control": "no-store", ...picked(headers, passedBack) }
  })

/** What sends the requests of the page on: to the control plane, and to an index by its name. */
export const make = (target: Target, client: HttpClient.HttpClient) => {
  // The attributes of a span would hold the key.
  const untraced = HttpClient.withTracerDisabledWhen(client, () => true)

  const headers = Object.fromEntries(
    Object.entries(target.headers).map(([name, value]) => [
      name,
      Redacted.isRedacted(value) ? Redacted.value(value) : value
    ])
  )

  const ask = (base: string, url: string, request: HttpServerRequest.HttpServerRequest) =>
    Effect.gen(function*() {
      const hasBody = request.method !== "GET" && request.method !== "HEAD"
      const body = hasBody
        ? HttpBody.uint8Array(new Uint8Array(yield* request.arrayBuffer), request.headers["content-type"])
        : HttpBody.empty
      const answer = yield* untraced.execute(
        HttpClientRequest.make("GET")(base + url).pipe(
          HttpClientRequest.setMethod(request.method),
          HttpClientRequest.setBody(body),
          HttpClientRequest.setHeaders({ ...picked(request.headers, passedOn), ...headers })
        )
      )
      const bytes = new Uint8Array(yield* answer.arrayBuffer)
      const read: Answer = { status: answer.status, headers: answer.headers, bytes }
      return read
    }).pipe(
      HttpServerRequest.withMaxBodySize(Option.some(maxBody)),
      Effect.timeout("60 seconds"),
      // What failed may hold the headers of the request: nothing of it is shown.
      Effect.mapError(() => unreachable(base))
    )

  /** The host of an index, or the answer that says why there is none. */
  const hostOf = (name: string, request: HttpServerRequest.HttpServerRequest) =>
    Effect.gen(function*() {
      const answer = yield* ask(target.controllerHost, `/indexes/${name}`, describing(request))
      if (answer.status !== 200) return yield* Effect.fail(respond(answer))
      const { host } = yield* Effect.mapError(
        Schema.decodeUnknown(Host)(new TextDecoder().decode(answer.bytes)),
        () => unreachable(target.controllerHost)
      )
      return baseUrl(host)
    })

  const hosts = new Map<string, string>()

  const sent = (base: string): HttpApp.Default =>
    Effect.gen(function*() {
      const request = yield* HttpServerRequest.HttpServerRequest
      return respond(yield* ask(base, request.url, request))
    }).pipe(Effect.catchAll(Effect.succeed))

  const index = (name: string): HttpApp.Default =>
    Effect.gen(function*() {
      const request = yield* HttpServerRequest.HttpServerRequest
      const host = hosts.get(name) ?? (yield* hostOf(name, request))
      hosts.set(name, host)
      const answer = yield* Effect.tapError(
        ask(host, request.url, request),
        () => Effect.sync(() => hosts.delete(name))
      )
      // The index may have been deleted, and another one created with its name.
      if (answer.status === 404) hosts.delete(name)
      return respond(answer)
    }).pipe(Effect.catchAll(Effect.succeed))

  return { control: sent(target.controllerHost), index }
}
