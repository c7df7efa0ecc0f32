/**
 * The HTTP layer under every service: the key, the version, retries, timeouts, errors and spans, in one place.
 *
 * Services need nothing but this tag. `PineconeHttpClient.layerConfig()` speaks to Pinecone; the embedded server gives
 * the same tag without a socket; a test can give `HttpClient` below a stub.
 *
 * ```ts
 * import * as PineconeHttpClient from "@effect-pinecone/http/PineconeHttpClient"
 * import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
 * import * as Layer from "effect/Layer"
 *
 * // Any HttpClient can stand below: this one has its own settings of `fetch`.
 * const client = PineconeHttpClient.layerConfig().pipe(
 *   Layer.provide(FetchHttpClient.layer),
 *   Layer.provide(Layer.succeed(FetchHttpClient.RequestInit, { keepalive: true }))
 * )
 * ```
 *
 * @since 0.1.0
 */
import { IndexAddress } from "@effect-pinecone/schema/IndexAddress"
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Cache from "effect/Cache"
import * as Cause from "effect/Cause"
import * as Config from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as FiberRef from "effect/FiberRef"
import * as HashSet from "effect/HashSet"
import * as Layer from "effect/Layer"
import * as ParseResult from "effect/ParseResult"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Call from "./Call.js"
import type { DataPlaneApi } from "./DataPlaneApi.js"
import type * as DerivedClient from "./DerivedClient.js"
import type * as Failure from "./Failure.js"
import * as address from "./internal/address.js"
import * as dataPlane from "./internal/dataPlane.js"
import * as httpVectors from "./internal/httpVectors.js"
import { PathSegment } from "./internal/parameters.js"
import * as requests from "./internal/requests.js"
import * as running from "./internal/runningCall.js"
import * as vectorJson from "./internal/vectorJson/vectorJson.js"
import * as InvalidSettings from "./InvalidSettings.js"
import * as Settings from "./Settings.js"
import type * as Throttle from "./Throttle.js"
import type { Answer, VectorService } from "./VectorService.js"

export type { ApiClient, Protocol, Try } from "./internal/requests.js"

type DerivedDataPlane = DerivedClient.Client<typeof DataPlaneApi>

/**
 * The client of the data plane of one host: each method is called as that of a client that is derived from `DataPlaneApi`. The
 * operations whose bodies have an encoder of their own are not among them; `DerivedClient.make` derives a client of all.
 *
 * @since 0.1.0
 * @category models
 */
export interface DataPlaneClient extends Pick<DerivedDataPlane, "namespaces" | "namespaceAliases" | "imports"> {
  readonly vectors: Pick<DerivedDataPlane["vectors"], keyof typeof dataPlane.vectors>
}

/**
 * The methods of the `PineconeHttpClient` service.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** What clients are derived with from other definitions. Run their effects through {@link Service.call}. */
  readonly httpClient: requests.ApiClient
  /** The base URL of the control plane. */
  readonly controllerHost: string
  /** The version of the API that it speaks, such as `2026-07`: versions are dates, in the order of their texts. */
  readonly apiVersion: string
  /** The data plane of a host. Run its effects through {@link Service.call}. */
  readonly dataPlane: (host: string) => Effect.Effect<DataPlaneClient>
  /** What all requests to a host have in common. */
  readonly throttle: (host: string) => Throttle.Throttle
  /**
   * Runs a request of a derived client as an operation of Pinecone's: with a span, and with every failure as one of our
   * errors.
   */
  readonly call: <A, E, R>(
    call: Call.Call,
    effect: Effect.Effect<A, E, R>
  ) => Effect.Effect<A, PineconeError.RequestError, R>
  /**
   * Sends a request over something else than HTTP, once or as often as the settings say, when the host's throttle lets it.
   * Each try receives the timeout, and ends by itself when that is over. It belongs in a {@link Service.call}.
   */
  readonly send: <A>(
    host: string,
    protocol: requests.Protocol,
    once: (attempt: requests.Try) => Effect.Effect<A, PineconeError.RequestError>
  ) => Effect.Effect<A, PineconeError.RequestError>
  /** What every request carries: the key, the version, the user agent and the additional headers, in lower case. */
  readonly headers: Redacted.Redacted<Readonly<Record<string, string>>>
  /** Takes the secrets of the settings out of a text that came from outside. */
  readonly scrub: Failure.Scrub
  /** The operations on the records of an index, over the transport that is in use. */
  readonly vectors: VectorService
  /**
   * Sends a request, and gives its answer as it comes: of the content type that the request accepts. The timeout holds for
   * the start of the answer, and then for each silence in it. An answer that has begun is not asked for again. The end of
   * the stream, or its interruption, closes the connection, unless all has come.
   */
  readonly stream: (
    call: Call.Call,
    request: HttpClientRequest.HttpClientRequest,
    options?: {
      /**
       * @default the timeout of the settings
       */
      readonly timeout?: Duration.DurationInput | undefined
    }
  ) => Stream.Stream<Uint8Array, PineconeError.RequestError>
  /** Posts a body that is encoded already, JSON by default, and reads the answer by a Schema; an empty one as `{}`. */
  readonly post: <A, I>(
    call: Call.Call,
    url: string,
    body: Uint8Array,
    answer: Schema.Schema<A, I>,
    contentType?: string
  ) => Effect.Effect<Answer<A>, PineconeError.RequestError>
  /** Where an index is, by its name: looked up once, and kept until it is forgotten. */
  readonly describeIndex: (name: string) => Effect.Effect<IndexAddress, PineconeError.RequestError>
  /** Forgets what was kept of an index: it was deleted, or its host does not answer any more. */
  readonly forgetIndex: (name: string) => Effect.Effect<void>
}

/**
 * The `PineconeHttpClient` service.
 *
 * @since 0.1.0
 * @category tags
 */
export class PineconeHttpClient extends Context.Tag("@effect-pinecone/http/PineconeHttpClient")<
  PineconeHttpClient,
  Service
>() {}

const decoder = new TextDecoder()

const encodeSegment = Schema.encode(PathSegment)

/** How the bytes of an answer become what its Schema is asked about. */
type Parse = (buffer: ArrayBuffer) => unknown

/** A Schema of a caller may look for arrays. */
const parseJson: Parse = (buffer) => JSON.parse(decoder.decode(buffer))

/** Reads an answer by a Schema; an empty one as `{}`. */
const read = <A, I>(answer: Schema.Schema<A, I>, parse: Parse = parseJson) => {
  const decode = ParseResult.decodeUnknownEither(answer)
  return (response: HttpClientResponse.HttpClientResponse) =>
    Effect.flatMap(response.arrayBuffer, (buffer) =>
      Either.try({
        try: (): unknown => buffer.byteLength === 0 ? {} : parse(buffer),
        catch: (cause) => cause
      }).pipe(
        Either.flatMap((json) => Either.mapLeft(decode(json), ParseResult.parseError)),
        // The response holds the request, and the request the key: neither leaves the call.
        (value) =>
          Effect.zipWith(value, running.attempts, (value, attempts): Answer<A> => [
            value,
            { headers: response.headers, attempts }
          ])
      ))
}

const readAddress = read(IndexAddress)

/**
 * The base URL of a host, which Pinecone gives without a scheme: `https`, but `http` on the machine itself.
 *
 * @since 0.1.0
 * @category getters
 */
export const baseUrl: (host: string) => string = address.baseUrl

/**
 * Fails with {@link InvalidSettings} where the key, a header, a host or another setting cannot work.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = Effect.fnUntraced(function*(
  settings: Settings.Settings
): Effect.fn.Return<Service, InvalidSettings.InvalidSettings, HttpClient.HttpClient> {
  yield* InvalidSettings.checkSecret("apiKey", settings.apiKey)
  yield* requests.check(settings)
  yield* InvalidSettings.check("controllerHost", settings.controllerHost, InvalidSettings.host)
  const throttles = yield* requests.makeThrottles(settings)
  const { client: httpClient, headers, open, send } = requests.make(yield* HttpClient.HttpClient, settings, throttles)
  const scrub = requests.scrubber(settings)
  const controllerHost = baseUrl(settings.controllerHost ?? Settings.defaultControllerHost)

  const call = running.make(scrub)

  const postBy =
    (parse: Parse): Service["post"] => (operation, url, body, answer, contentType = "application/json") => {
      const request = HttpClientRequest.post(url, { body: HttpBody.uint8Array(body, contentType) })
      return call(operation, Effect.flatMap(httpClient.execute(request), read(answer, parse)))
    }

  // The cache looks up in the context that it was made in: the span of a look-up is one below that of who asked first.
  const currentAsker = FiberRef.unsafeMake(Context.empty())

  const indexes = yield* Cache.makeWith({
    capacity: 1000,
    lookup: (name: string) =>
      FiberRef.getWith(currentAsker, (asker) =>
        Effect.provide(
          call(
            { operation: "describe_index", index: name },
            encodeSegment(name).pipe(
              Effect.flatMap((segment) => httpClient.get(`${controllerHost}/indexes/${segment}`)),
              Effect.flatMap(readAddress),
              Effect.map(([address]) => address)
            )
          ),
          asker
        )),
    timeToLive: (exit) => Exit.isSuccess(exit) ? Duration.infinity : Duration.zero
  })

  // Whoever asks first asks for all who come meanwhile. If that one is interrupted, the next one asks.
  const ask: Service["describeIndex"] = (name) =>
    Effect.catchAllCause(
      Effect.flatMap(Effect.context<never>(), (asker) => Effect.locally(indexes.get(name), currentAsker, asker)),
      (cause) =>
        Effect.flatMap(Effect.fiberId, (self) =>
          Cause.isInterruptedOnly(cause) && !HashSet.has(Cause.interruptors(cause), self)
            ? ask(name)
            : Effect.andThen(indexes.invalidate(name), Effect.failCause(cause)))
    )

  // Every call asks for its index: what is known is given without the cache's bookkeeping.
  const known = new Map<string, IndexAddress>()
  let forgotten = 0
  const describeIndex: Service["describeIndex"] = (name) =>
    Effect.suspend(() => {
      const index = known.get(name)
      if (index !== undefined) return Effect.succeed(index)
      const before = forgotten
      return Effect.flatMap(ask(name), (index) => {
        // The cache keeps what was on its way when it was forgotten.
        if (before !== forgotten) return Effect.as(indexes.invalidate(name), index)
        if (known.size === 1000) known.clear()
        known.set(name, index)
        return Effect.succeed(index)
      })
    })

  return PineconeHttpClient.of({
    httpClient,
    controllerHost,
    apiVersion: settings.apiVersion ?? Settings.defaultApiVersion,
    dataPlane: (host) => Effect.sync(() => dataPlane.make(httpClient, baseUrl(host))),
    vectors: httpVectors.make({ call, httpClient, post: postBy(vectorJson.parse) }),
    send: (host, protocol, once) => send(baseUrl(host), protocol, once),
    headers,
    scrub,
    throttle: (host) => throttles(baseUrl(host)).throttle,
    call,
    stream: (operation, request, { timeout } = {}) => {
      const answer = call(operation, open(request))
      return Stream.unwrapScoped(timeout === undefined ? answer : Call.withTimeout(timeout)(answer))
    },
    post: postBy(parseJson),
    describeIndex,
    forgetIndex: (name) =>
      Effect.suspend(() => {
        forgotten++
        known.delete(name)
        return indexes.invalidate(name)
      })
  })
})

/**
 * Fails with {@link InvalidSettings} where the key, a header, a host or another setting cannot work.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  settings: Settings.Settings
): Layer.Layer<PineconeHttpClient, InvalidSettings.InvalidSettings, HttpClient.HttpClient> =>
  Layer.effect(PineconeHttpClient, make(settings))

/**
 * With the settings of the environment (`PINECONE_API_KEY`, …), or of the given Config.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  config: Config.Config.Wrap<Settings.Settings> = Settings.config
): Layer.Layer<PineconeHttpClient, ConfigError, HttpClient.HttpClient> =>
  Layer.effect(
    PineconeHttpClient,
    Effect.flatMap(
      Config.unwrap(config),
      (settings) => Effect.mapError(make(settings), InvalidSettings.toConfigError)
    )
  )
