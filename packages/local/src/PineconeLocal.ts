/**
 * Pinecone on one machine: an embedded server that speaks the database API of 2026-04, with exact search.
 *
 * `PineconeLocal.layer()` gives an application everything of Pinecone in its own process, with no socket: the same
 * services, the same answers, the same errors.
 *
 * ```ts
 * import * as PineconeLocal from "@effect-pinecone/local/PineconeLocal"
 * import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function*() {
 *   const movies = yield* VectorIndex.make({ name: "movies" })
 *   return yield* movies.describeIndexStats()
 * })
 *
 * const stats = program.pipe(Effect.provide(PineconeLocal.layer()))
 * ```
 *
 * `PineconeLocal.serve` serves it over HTTP, for any client in any language.
 *
 * @since 0.1.0
 */
import * as PineconeHttpClient from "@effect-pinecone/http/PineconeHttpClient"
import type * as Settings from "@effect-pinecone/http/Settings"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Headers from "@effect/platform/Headers"
import * as HttpApp from "@effect/platform/HttpApp"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpIncomingMessage from "@effect/platform/HttpIncomingMessage"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import type * as Path from "@effect/platform/Path"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import type { Front } from "./internal/front.js"
import * as front from "./internal/front.js"
import * as imports from "./internal/imports.js"
import * as problem from "./internal/problem.js"
import type { Addressing } from "./internal/project.js"
import * as project from "./internal/project.js"
import * as store from "./internal/store.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * The folder that keeps the data, made if need be. Without one the data is gone with the server.
   *
   * @default memory only
   */
  readonly data?: string | undefined
  /**
   * The API keys that are let in.
   *
   * @default any key, and none at all
   */
  readonly apiKeys?: ReadonlyArray<Redacted.Redacted> | undefined
  /**
   * The folder that bulk imports must be within.
   *
   * @default any folder
   */
  readonly importRoot?: string | undefined
  /**
   * How long a write may take to become visible to reads, as on the cloud: a fixed time, or one between two that is
   * drawn for each write from a seed.
   *
   * @default at once
   */
  readonly indexingDelay?: Duration.DurationInput | {
    readonly minimum: Duration.DurationInput
    readonly maximum: Duration.DurationInput
    readonly seed: string | number
  } | undefined
  /**
   * How the server misbehaves, to try out an application: the share of requests that it throttles (429) and fails
   * (503), and the time that each takes.
   *
   * @default not at all
   */
  readonly faults?: {
    /** 0 to 1. */
    readonly throttle?: number | undefined
    /** 0 to 1. */
    readonly fail?: number | undefined
    readonly latency?: Duration.DurationInput | undefined
    readonly seed: string | number
  } | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface ServeOptions extends Options {
  /**
   * The port of the control plane. Each index is served on a port of its own, the next ones that are free; with 0 all
   * are free ones.
   *
   * @default 5080
   */
  readonly port?: number | undefined
  /**
   * The address to listen at.
   *
   * @default "127.0.0.1"
   */
  readonly host?: string | undefined
}

/**
 * A server that is running.
 *
 * @since 0.1.0
 * @category models
 */
export interface Server {
  /** Where the control plane is: `http://127.0.0.1:5080`. */
  readonly url: string
  readonly port: number
}

/**
 * The server cannot be started: its folder is in use or cannot be written, its port is taken.
 *
 * @since 0.1.0
 * @category errors
 */
export class StartError extends Data.TaggedError("StartError")<{
  readonly message: string
  readonly cause?: unknown
}> {}

const seeded = (seed: string | number): Random.Random => Random.make(seed)

const isDelayRange = (
  delay: NonNullable<Options["indexingDelay"]>
): delay is { minimum: Duration.DurationInput; maximum: Duration.DurationInput; seed: string | number } =>
  typeof delay === "object" && "seed" in delay

const consistencyOf = (delay: Options["indexingDelay"]) => {
  if (delay === undefined) return undefined
  if (isDelayRange(delay)) {
    return {
      minimum: Duration.decode(delay.minimum),
      maximum: Duration.decode(delay.maximum),
      random: seeded(delay.seed)
    }
  }
  const fixed = Duration.decode(delay as Duration.DurationInput)
  return { minimum: fixed, maximum: fixed, random: seeded(0) }
}

const start = (
  options: Options,
  addressing: (front: Effect.Effect<Front>) => Addressing
): Effect.Effect<
  Front,
  StartError,
  Scope.Scope | FileSystem.FileSystem | Path.Path
> =>
  Effect.gen(function*() {
    const services = yield* Layer.build(
      options.data === undefined ? store.layerTemporary : store.layer(options.data)
    )
    // The indexes of a folder are served before the applications are made that answer for them.
    const made = yield* Effect.makeLatch(false)
    let current: Option.Option<Front> = Option.none()
    const whenMade = Effect.flatMap(made.await, () =>
      Option.match(current, { onNone: () => Effect.never, onSome: Effect.succeed }))
    const built = yield* Effect.provide(
      project.make(addressing(whenMade), consistencyOf(options.indexingDelay)),
      services
    )
    const all = yield* Layer.build(
      imports.layer(options.importRoot).pipe(
        Layer.provideMerge(Layer.succeedContext(services)),
        Layer.merge(Layer.succeed(project.ProjectTag, built))
      )
    )
    const { faults } = options
    const applications = yield* Effect.provide(
      front.make({
        apiKeys: options.apiKeys ?? [],
        faults: faults === undefined ? undefined : {
          random: seeded(faults.seed),
          throttle: faults.throttle ?? 0,
          fail: faults.fail ?? 0,
          latency: Duration.decode(faults.latency ?? 0)
        }
      }),
      all
    )
    current = Option.some(applications)
    yield* made.open
    return applications
  }).pipe(
    Effect.mapError((error) =>
      new StartError({ message: `The embedded server cannot be started: ${error.message}`, cause: error })
    )
  )

const controlHost = "control.pinecone.local"
const indexHost = /^([a-z0-9-]+)\.index\.pinecone\.local$/

/** The body of a request, as a web request takes it. */
const bodyOf = (
  request: HttpClientRequest.HttpClientRequest
): Effect.Effect<BodyInit | null, HttpClientError.RequestError> => {
  const { body } = request
  switch (body._tag) {
    case "Empty":
      return Effect.succeed(null)
    case "Uint8Array":
      return Effect.succeed(body.body as Uint8Array<ArrayBuffer>)
    case "Raw":
      return Effect.succeed(body.body as BodyInit)
    case "FormData":
      return Effect.succeed(body.formData)
    case "Stream":
      return Stream.runFold(
        body.stream,
        new Blob([]),
        (all, chunk) => new Blob([all, chunk as Uint8Array<ArrayBuffer>])
      )
        .pipe(Effect.mapError((cause) => new HttpClientError.RequestError({ request, reason: "Encode", cause })))
  }
}

/** The spans of the platform's server show the headers of a request, but for those named here. */
const hidingKeys = Effect.locallyWith(Headers.currentRedactedNames, (names) => [...names, "api-key"])

/** Runs an application on a request of a client, in the caller's fiber: its Clock, its tracer, its interruption. */
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
        hidingKeys
      )
    return HttpClientResponse.fromWeb(request, HttpServerResponse.toWeb(answer, { runtime }))
  })

/**
 * The embedded server as an HTTP client: requests to it are answered in the process. For an application that brings its
 * own `PineconeHttpClient`, or none of this project's clients.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerHttpClient = (options: Options = {}): Layer.Layer<HttpClient.HttpClient, StartError> =>
  Layer.scoped(
    HttpClient.HttpClient,
    Effect.gen(function*() {
      const { control, data } = yield* start(options, () => ({
        serve: ({ id }) => Effect.succeed({ host: `http://${id}.index.pinecone.local` })
      }))
      return HttpClient.make((request, url) => {
        const index = indexHost.exec(url.hostname)
        if (index !== null) return handle(data(index[1]!), request, url)
        if (url.hostname === controlHost) return handle(control, request, url)
        return Effect.fail(
          new HttpClientError.RequestError({
            request,
            reason: "Transport",
            description: `the embedded server has no host ${url.hostname}`
          })
        )
      })
    })
  ).pipe(Layer.provide(NodeContext.layer))

/**
 * Pinecone in the process: what `PineconeHttpClient.layer` is for the cloud. Its settings but the key and the host can be
 * given as well.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options: Options & { readonly client?: Partial<Omit<Settings.Settings, "controllerHost">> | undefined } = {}
): Layer.Layer<PineconeHttpClient.PineconeHttpClient, StartError> =>
  PineconeHttpClient.layer({
    apiKey: options.apiKeys?.[0] ?? Redacted.make("pinecone-local"),
    ...options.client,
    controllerHost: `http://${controlHost}`
  }).pipe(Layer.provide(layerHttpClient(options)))

/** Bodies beyond this are not read to their end: 1,000 records of 2 MB weigh less as JSON. */
const largestBody = FileSystem.MiB(64)

/** Listens on a port, and serves an application there until the scope closes. */
const listen = (
  app: Effect.Effect<HttpApp.Default>,
  options: { readonly host: string; readonly port: number }
): Effect.Effect<number, StartError, Scope.Scope> =>
  Effect.gen(function*() {
    // A fetch names up to 1,000 ids of 512 characters in its address.
    const node = createServer({ maxHeaderSize: 8 * 2 ** 20 })
    // An upsert of many records on a slow connection takes as long as it takes.
    node.requestTimeout = 0
    const server = yield* NodeHttpServer.make(() => node, { host: options.host, port: options.port })
    yield* hidingKeys(
      server.serve(HttpIncomingMessage.withMaxBodySize(Effect.flatten(app), Option.some(largestBody)))
    )
    const address = node.address() as AddressInfo
    return address.port
  }).pipe(
    Effect.mapError((cause) =>
      new StartError({ message: `${options.host}:${options.port} cannot be listened at: ${cause.message}`, cause })
    )
  )

/** The first free port of a few from this one on, or any. */
const listenNear = (
  app: Effect.Effect<HttpApp.Default>,
  host: string,
  candidates: ReadonlyArray<number>
): Effect.Effect<number, StartError, Scope.Scope> =>
  candidates.reduceRight(
    (otherwise, port) => Effect.orElse(listen(app, { host, port }), () => otherwise),
    listen(app, { host, port: 0 })
  )

/**
 * Serves Pinecone over HTTP until the scope closes: the control plane on one port, each index on a port of its own, which
 * is its `host`.
 *
 * @since 0.1.0
 * @category servers
 */
export const serve = (options: ServeOptions = {}): Effect.Effect<Server, StartError, Scope.Scope> =>
  Effect.gen(function*() {
    const host = options.host ?? "127.0.0.1"
    const port = options.port ?? 5080
    const shown = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host
    const taken = new Set<number>()
    const made = yield* start(options, (front) => ({
      serve: ({ id, port: before }) => {
        const app = Effect.map(front, ({ data }) => data(id))
        const near = port === 0
          ? []
          : Array.from({ length: 50 }, (_, i) => port + 1 + i).filter((candidate) => !taken.has(candidate))
        return listenNear(app, host, before === undefined ? near : [before, ...near]).pipe(
          Effect.map((port) => {
            taken.add(port)
            return { host: `http://${shown}:${port}`, port }
          }),
          Effect.mapError((error) => problem.internal(error.message))
        )
      }
    }))
    const listening = yield* listen(Effect.succeed(made.control), { host, port })
    return { url: `http://${shown}:${listening}`, port: listening }
  }).pipe(Effect.provide(NodeContext.layer))

/**
 * The running server.
 *
 * @since 0.1.0
 * @category tags
 */
export class PineconeLocal extends Context.Tag("@effect-pinecone/local/PineconeLocal")<PineconeLocal, Server>() {}

/**
 * Serves Pinecone over HTTP as long as the layer is in use.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerServer = (options: ServeOptions = {}): Layer.Layer<PineconeLocal, StartError> =>
  Layer.scoped(PineconeLocal, serve(options))
