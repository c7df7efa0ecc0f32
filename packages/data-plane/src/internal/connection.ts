import type { Call } from "@effect-pinecone/http/Call"
import type { DataPlaneClient } from "@effect-pinecone/http/PineconeHttpClient"
import { baseUrl, PineconeHttpClient } from "@effect-pinecone/http/PineconeHttpClient"
import type { Throttle } from "@effect-pinecone/http/Throttle"
import type { Answer, Operation, Place, VectorService } from "@effect-pinecone/http/VectorService"
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import type * as RequestBody from "@effect-pinecone/schema/RequestBody"
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

/** Which body an operation sends, in the format of the transport. */
export type Body = (
  target: RequestBody.Target,
  format: RequestBody.Format
) => Either.Either<Uint8Array, RequestBody.BodyError>

/** The way to an index. */
export interface Connection {
  /** The index, by its name or host. */
  readonly index: string
  readonly found: Effect.Effect<Found, PineconeError.RequestError>
  /** What all requests to a host have in common. */
  readonly throttle: (host: string) => Throttle
  /** How the bodies with vectors are written. */
  readonly format: RequestBody.Format
  /** An operation on the records of a namespace, over the transport that is in use. */
  readonly run: <X>(
    namespace: string | undefined,
    operation: (vectors: VectorService, place: Place) => Effect.Effect<X, PineconeError.RequestError>
  ) => Effect.Effect<X, PineconeError.RequestError>
  /** An operation whose body an encoder writes. */
  readonly runWith: <X>(
    namespace: string | undefined,
    body: Body,
    operation: (vectors: VectorService) => Operation<Uint8Array, X>
  ) => Effect.Effect<Answer<X>, PineconeError.RequestError | RequestBody.BodyError>
  /** A call that is made over HTTP alone. */
  readonly call: <X, E>(
    call: Omit<Call, "index">,
    run: (client: DataPlaneClient) => Effect.Effect<X, E>
  ) => Effect.Effect<X, PineconeError.RequestError>
  /** A call over HTTP alone whose body is encoded. */
  readonly post: <X, Encoded>(
    operation: string,
    path: string,
    namespace: string | undefined,
    body: Uint8Array,
    answer: Schema.Schema<X, Encoded>,
    contentType: string
  ) => Effect.Effect<Answer<X>, PineconeError.RequestError>
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
  const at = <X, E extends { readonly _tag: string }>(
    run: (found: Found) => Effect.Effect<X, E>
  ): Effect.Effect<X, E | PineconeError.RequestError> => {
    const there = Effect.flatMap(found, run)
    return options.name === undefined ?
      there :
      Effect.tapError(
        there,
        (error) =>
          error._tag === "NotFound" || error._tag === "TransportError" ? http.forgetIndex(options.name) : Effect.void
      )
  }

  const { format } = http.vectors

  return {
    index,
    found,
    throttle: http.throttle,
    format,
    run: (namespace, operation) => at(({ host }) => operation(http.vectors, { host, index, namespace })),
    runWith: (namespace, body, operation) =>
      at(({ dimension, host }) =>
        Effect.flatMap(
          body({ index, namespace, dimension }, format),
          (bytes) => operation(http.vectors)({ host, index, namespace }, bytes)
        )
      ),
    call: (call, run) =>
      at(({ host }) => Effect.flatMap(http.dataPlane(host), (client) => http.call({ ...call, index }, run(client)))),
    post: (operation, path, namespace, body, answer, contentType) =>
      at(({ host }) => http.post({ operation, index, namespace }, `${baseUrl(host)}${path}`, body, answer, contentType))
  }
})
