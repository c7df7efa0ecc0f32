import type { Call } from "@effect-pinecone/http/Call"
import type { DataPlaneClient } from "@effect-pinecone/http/PineconeHttpClient"
import { baseUrl, PineconeHttpClient } from "@effect-pinecone/http/PineconeHttpClient"
import type { Throttle } from "@effect-pinecone/http/Throttle"
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import type * as RequestBody from "@effect-pinecone/schema/RequestBody"
import type { HttpClientResponse } from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import type * as Schema from "effect/Schema"
import type * as VectorIndex from "../VectorIndex.js"

/** An index, where it is known: its host, and its dimension and metric where the control plane was asked. */
export interface Found {
  readonly host: string
  readonly dimension: number | undefined
  readonly metric: string | undefined
}

/** The way to an index. */
export interface Connection {
  /** The index, by its name or host. */
  readonly index: string
  readonly found: Effect.Effect<Found, PineconeError.RequestError>
  /** What all requests to a host have in common. */
  readonly throttle: (host: string) => Throttle
  /** A call of the derived client. */
  readonly call: <X, E>(
    call: Omit<Call, "index">,
    run: (client: DataPlaneClient) => Effect.Effect<X, E>
  ) => Effect.Effect<X, PineconeError.RequestError>
  /** A call whose body an encoder writes. */
  readonly post: <X, Encoded>(
    operation: string,
    path: string,
    namespace: string | undefined,
    body: (target: RequestBody.Target) => Either.Either<Uint8Array, RequestBody.BodyError>,
    answer: Schema.Schema<X, Encoded>,
    contentType?: string
  ) => Effect.Effect<readonly [X, HttpClientResponse], PineconeError.RequestError | RequestBody.BodyError>
}

export const make = Effect.fnUntraced(function*(
  options: VectorIndex.Options
): Effect.fn.Return<Connection, never, PineconeHttpClient> {
  const http = yield* PineconeHttpClient
  const index = options.name ?? options.host

  const found: Connection["found"] = options.host !== undefined
    ? Effect.succeed({ host: options.host, dimension: undefined, metric: undefined })
    : Effect.map(http.describeIndex(options.name), ({ dimension, host, metric }) => ({ host, dimension, metric }))

  // An index that was deleted, and perhaps made anew, is at another host.
  const forgetting = <X, E extends { readonly _tag: string }, R>(effect: Effect.Effect<X, E, R>) =>
    options.name === undefined ?
      effect :
      Effect.tapError(
        effect,
        (error) =>
          error._tag === "NotFound" || error._tag === "TransportError" ? http.forgetIndex(options.name) : Effect.void
      )

  return {
    index,
    found,
    throttle: http.throttle,
    call: (call, run) =>
      forgetting(
        Effect.flatMap(found, ({ host }) =>
          Effect.flatMap(http.dataPlane(host), (client) => http.call({ ...call, index }, run(client))))
      ),
    post: (operation, path, namespace, body, answer, contentType) =>
      forgetting(Effect.flatMap(found, ({ dimension, host }) =>
        Effect.flatMap(
          body({ index, namespace, dimension }),
          (bytes) => http.post({ operation, index, namespace }, `${baseUrl(host)}${path}`, bytes, answer, contentType)
        )))
  }
})
