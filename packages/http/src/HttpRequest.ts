/**
 * Requests whose answers are read as they come, through `PineconeHttpClient.stream`: what no derived client can send.
 *
 * ```ts
 * import * as HttpRequest from "@effect-pinecone/http/HttpRequest"
 * import * as Stream from "effect/Stream"
 *
 * const bytes = new TextEncoder().encode("Open from 9 to 5.")
 *
 * const upload = HttpRequest.make("POST", "https://example.com/files", {
 *   body: HttpRequest.streamBody(Stream.make(bytes), "text/plain", bytes.length)
 * })
 * ```
 *
 * @since 0.1.0
 */
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import type { Call } from "./Call.js"
import * as Failure from "./Failure.js"

/**
 * A request that can be sent.
 *
 * @since 0.1.0
 * @category models
 */
export type HttpRequest = HttpClientRequest.HttpClientRequest

/**
 * The body of a request.
 *
 * @since 0.1.0
 * @category models
 */
export type Body = HttpBody.HttpBody

/**
 * What a request has beside its method and its URL.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly body: Body
  /**
   * The content type of the answer.
   *
   * @default "application/json"
   */
  readonly accept?: string | undefined
  /** The parameters of the URL. */
  readonly urlParams?: Readonly<Record<string, string>> | undefined
}

/**
 * Creates a request.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  method: "POST" | "PUT" | "PATCH",
  url: string,
  { accept, body, urlParams = {} }: Options
): HttpRequest =>
  HttpClientRequest.make(method)(url, { urlParams, body, ...(accept === undefined ? {} : { headers: { accept } }) })

/**
 * A body that is sent a piece at a time.
 *
 * @since 0.1.0
 * @category constructors
 */
export const streamBody = (
  stream: Stream.Stream<Uint8Array, unknown>,
  contentType: string,
  contentLength?: number
): Body => HttpBody.stream(stream, contentType, contentLength)

/**
 * A value as JSON, encoded by a Schema. Fails with `PineconeInvalidRequest` where it does not fit, or has no form in JSON.
 *
 * @since 0.1.0
 * @category constructors
 */
export const jsonBody = <A, I>(
  call: Call,
  schema: Schema.Schema<A, I>,
  value: A,
  scrub: Failure.Scrub
): Effect.Effect<Body, PineconeError.InvalidRequest> =>
  Effect.mapError(
    HttpBody.jsonSchema(schema)(value),
    ({ reason }) =>
      Failure.invalidInput(
        call,
        reason._tag === "SchemaError" ? Failure.whyNoFit(reason.error) : String(reason.error),
        scrub
      )
  )
