/**
 * Pinecone on one machine: an embedded server that speaks the database API of 2026-07 and the versions before, with exact search.
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
 * `PineconeLocal.serve` serves it over HTTP and gRPC, for any client in any language.
 *
 * @since 0.1.0
 */
import * as GrpcChannel from "@effect-pinecone/grpc/GrpcChannel"
import * as PineconeGrpc from "@effect-pinecone/grpc/PineconeGrpc"
import * as PineconeHttpClient from "@effect-pinecone/http/PineconeHttpClient"
import type * as Settings from "@effect-pinecone/http/Settings"
import type { CreateIndexForModelRequest, CreateIndexRequest } from "@effect-pinecone/schema/IndexModel"
import type * as Stores from "@effect-pinecone/stores/Stores"
import * as NodeContext from "@effect/platform-node/NodeContext"
import type * as FileSystem from "@effect/platform/FileSystem"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as Path from "@effect/platform/Path"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import { BlockList, isIP } from "node:net"
import * as admins from "./internal/admin.js"
import type { Admission } from "./internal/admission.js"
import * as admission from "./internal/admission.js"
import * as assistant from "./internal/assistant/assistants.js"
import * as links from "./internal/assistant/links.js"
import * as backupSchedules from "./internal/backupSchedules.js"
import * as conversionJobs from "./internal/conversionJobs.js"
import type { Front } from "./internal/front.js"
import * as front from "./internal/front.js"
import { unimplemented } from "./internal/grpc.js"
import type { Folders } from "./internal/importFolder.js"
import * as imports from "./internal/imports.js"
import { wrongIntegration } from "./internal/importStores.js"
import * as inProcess from "./internal/inProcess.js"
import * as installedConsole from "./internal/installedConsole.js"
import * as installedModels from "./internal/installedModels.js"
import * as lifecycles from "./internal/lifecycle.js"
import * as memories from "./internal/memory.js"
import * as metrics from "./internal/metrics.js"
import * as models from "./internal/models.js"
import * as onePorts from "./internal/onePort.js"
import * as operational from "./internal/operational.js"
import type { Visitors } from "./internal/origins.js"
import type { PortOptions, Served } from "./internal/port.js"
import * as ports from "./internal/port.js"
import * as problem from "./internal/problem.js"
import type { Addressing, Project } from "./internal/project.js"
import * as project from "./internal/project.js"
import * as respond from "./internal/respond.js"
import * as scanThreads from "./internal/scans/threads.js"
import type { Standing } from "./internal/standing.js"
import { StandingTag } from "./internal/standing.js"
import * as startIndexes from "./internal/startIndexes.js"
import * as startup from "./internal/startup.js"
import * as store from "./internal/store.js"
import { settings as tlsSettings } from "./internal/tls.js"

/**
 * An object store that bulk imports can read: where imports with it must be within, such as `"s3://bucket/export"`, and how the
 * store is reached, by the settings of `Stores` of `@effect-pinecone/stores`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Integration extends Pick<Stores.Options, "s3" | "gcs" | "azure" | "https" | "retry" | "timeout"> {
  readonly uri: string
}

/**
 * How the embedded server behaves, and where it keeps its data.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * The folder that keeps the data, created if needed. Without one the data is in a temporary folder, which is gone with
   * the server.
   *
   * @default a temporary folder
   */
  readonly data?: string | undefined
  /**
   * The API keys to accept.
   *
   * @default any key, and none at all
   */
  readonly apiKeys?: ReadonlyArray<Redacted.Redacted> | undefined
  /**
   * The service account that the admin API is for. With it every request needs a key: one of `apiKeys`, which may do
   * everything, or one that was created, which may do what its roles say until it is deleted.
   *
   * @default no admin API
   */
  readonly admin?: {
    readonly clientId: string
    readonly clientSecret: Redacted.Redacted
    /**
     * How long an access token is valid.
     *
     * @default "30 minutes"
     */
    readonly tokenLifetime?: Duration.DurationInput | undefined
  } | undefined
  /**
   * The folder that bulk imports must be within; `"/"` allows any.
   *
   * @default any folder, but none for a server on a port, whose clients may be other programs
   */
  readonly importRoot?: string | undefined
  /**
   * The object stores that bulk imports can read, by the `integrationId` of a request, as the storage integrations of the cloud. Each
   * has the `uri` that imports with it must be within, and its credentials. With `"environment"` these are those of the server.
   *
   * ```ts
   * import * as PineconeLocal from "@effect-pinecone/local/PineconeLocal"
   * import * as Redacted from "effect/Redacted"
   *
   * const local = PineconeLocal.layer({
   *   integrations: {
   *     movies: {
   *       uri: "s3://movies/export",
   *       s3: {
   *         endpoint: "http://127.0.0.1:9000",
   *         credentials: { accessKeyId: "minio", secretAccessKey: Redacted.make("a secret") }
   *       }
   *     }
   *   }
   * })
   * ```
   *
   * @default none
   */
  readonly integrations?: { readonly [id: string]: Integration } | undefined
  /**
   * Whether bulk imports without an integration can read every bucket and every web server that needs no credentials. The server
   * sends requests to wherever a client says, also within its own network: allow it only where you trust all clients.
   *
   * @default false
   */
  readonly publicImports?: boolean | undefined
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
   * How much memory the records may take, in bytes. Namespaces that were not used for the longest time leave memory, and
   * are loaded again when they are used; what cannot fit is refused with 503.
   *
   * @default no limit
   */
  readonly memoryLimit?: number | undefined
  /**
   * How long indexes, backups, restore jobs and collections take, as they do on the cloud: how long each state lasts that a
   * client has to wait for. A new index is `Initializing` for this time, and one that is deleted `Terminating`; a change of
   * pods shows as `ScalingUp`, one of the read capacity as `Migrating` or `Scaling`; a backup is `Initializing` and a restore
   * job `Pending` and then `InProgress`.
   *
   * @default all is done at once
   */
  readonly slowLifecycle?: Duration.DurationInput | undefined
  /**
   * The models that embed and rerank: `universal-sentence-encoder-lite`, `lexical-sparse-english` and
   * `lexical-embedding-reranker`. They are in `@effect-pinecone/local-models`, which is loaded if it is installed; without
   * it, requests that need a model are answered with 501.
   */
  readonly models?: {
    /**
     * Whether they answer for the models that Pinecone hosts, such as `multilingual-e5-large`: with vectors of the
     * dimension that the name has, and of no more meaning than the server's own. The header
     * `x-pinecone-local-stand-in` of an answer says which model made it.
     *
     * @default false
     */
    readonly standIns?: boolean | undefined
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
  /**
   * How the project stands, to try out how an application meets that.
   *
   * @default it owes nothing, has no limits and no keys of its own
   */
  readonly project?: {
    /**
     * Whether the organization has unpaid invoices: what makes an index, a collection or a schedule of backups is answered
     * with 402 (`PineconePaymentRequired`). Before 2026-07 so are a change of an index and a backup.
     *
     * @default false
     */
    readonly unpaid?: boolean | undefined
    /**
     * So many indexes are in the plan: one more is answered with 403 (`PineconeForbidden`).
     *
     * @default no limit
     */
    readonly maxIndexes?: number | undefined
    /**
     * Whether every index must be encrypted with a key of the customer: an index with full-text search is then answered
     * with 412 (`PineconePreconditionFailed`). With `admin`, the first project decides this too.
     *
     * @default false
     */
    readonly forceEncryptionWithCmek?: boolean | undefined
  } | undefined
  /**
   * Indexes to create at the start, unless they exist. One that exists must have the dimension, metric, vector type and
   * model that are asked for.
   *
   * @default none
   */
  readonly indexes?: ReadonlyArray<CreateIndexRequest | CreateIndexForModelRequest> | undefined
}

/**
 * How connections are encrypted. Everything is PEM, as files of certificates and keys usually are.
 *
 * @since 0.1.0
 * @category models
 */
export interface Tls {
  /** The server's certificate, with those between it and its authority. */
  readonly cert: string | Uint8Array
  /** The private key of `cert`. */
  readonly key: Redacted.Redacted<string | Uint8Array>
  /**
   * The certificates of authorities: a client must show a certificate of one of them.
   *
   * @default clients need none
   */
  readonly clientCa?: string | Uint8Array | undefined
}

/**
 * The same, and where a server on a port listens.
 *
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
  /**
   * The name or address that the server gives as its own, in its `url` and as the `host` of each index: the one that
   * clients reach it by, and that its certificate is for.
   *
   * @default `host`, or "127.0.0.1" where that is all addresses
   */
  readonly publicHost?: string | undefined
  /**
   * The origins whose pages in a browser may call the server, such as `"http://localhost:3000"`; `"*"` is every page. The server
   * answers their browsers as CORS has it.
   *
   * A page of any other origin is refused with 403, with an API key or without one: else any page that is open in a
   * browser on this machine could read and write here. So is a request whose `Host` is a name that is not the server's
   * own, for a page can have its name lead to this machine. The server's own are `localhost` and what ends in
   * `.localhost`, every IP address, `host` and `publicHost`; with `apiKeys` or `admin` any name will do, for such a page
   * does not know the key. Programs send no `Origin`, and calls in the process have neither.
   *
   * @default none
   */
  readonly cors?: ReadonlyArray<string> | undefined
  /**
   * Serves both protocols over TLS, on the same ports.
   *
   * @default plaintext
   */
  readonly tls?: Tls | undefined
  /**
   * Serves every index on the port of the control plane too, over HTTP and gRPC: at the host `INDEX.localhost`, or
   * `INDEX.<publicHost>` where that is set, which must be a name then.
   *
   * @default each index has a port of its own
   */
  readonly onePort?: boolean | undefined
  /**
   * What the console at `/` may do, where `@effect-pinecone/console` is installed: only read, write too, or not be there.
   *
   * @default "read"
   */
  readonly console?: "read" | "write" | "off" | undefined
  /**
   * Logs each request through Effect's logger, without its body, its key and the values of its query: at `Info`, or at
   * `Error` where the server has failed.
   *
   * @default false
   */
  readonly requestLog?: boolean | undefined
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
 * The server cannot be started: its folder is in use or cannot be written, its port is taken, its certificate is wrong.
 *
 * @since 0.1.0
 * @category errors
 */
export class StartError extends Schema.TaggedError<StartError>()("PineconeStartError", {
  message: Schema.String,
  cause: Schema.optional(Schema.Defect)
}) {}

const notStarted = (cause: { readonly message: string }): StartError =>
  new StartError({
    message: `The embedded server cannot be started: ${cause.message}${startup.advice(cause.message)}`,
    cause
  })

const seeded = (seed: string | number): Random.Random => Random.make(seed)

type Delay = NonNullable<Options["indexingDelay"]>

const isDelayRange = (delay: Delay): delay is Extract<Delay, { readonly seed: unknown }> =>
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
  const fixed = Duration.decode(delay)
  return { minimum: fixed, maximum: fixed, random: seeded(0) }
}

/** What answers, and what else looks at it. */
interface Started {
  readonly front: Front
  readonly project: Project
  /** Whether a request may see the numbers of the server: it needs a key where others do. */
  readonly admit: Admission
}

/** How the project stands, which the admin API can change too. */
const standingOf = ({ project = {} }: Options, projects: admins.Admin["projects"] = Effect.succeed([])): Standing => ({
  unpaid: project.unpaid === true,
  maxIndexes: project.maxIndexes ?? Infinity,
  encrypted: Effect.map(
    projects,
    ([first]) => project.forceEncryptionWithCmek === true || first?.forceEncryptionWithCmek === true
  )
})

/** Where imports may read: a program that runs the server in its own process can read everything anyway. */
const foldersOf = ({ importRoot }: Options, served: boolean): Folders =>
  importRoot === undefined ? { _tag: served ? "None" : "Any" } : { _tag: "Within", root: importRoot }

/** Starts everything but what listens. Callers that wait for it are interrupted if it cannot be started. */
const start = (
  options: Options,
  addressing: Addressing,
  controlUrl: Effect.Effect<string>,
  started: Deferred.Deferred<Started>,
  served: boolean
): Effect.Effect<
  Front,
  StartError,
  Scope.Scope | FileSystem.FileSystem | Path.Path
> =>
  Effect.gen(function*() {
    const { integrations = {}, publicImports = false } = options
    const wrong = wrongIntegration(integrations)
    if (wrong !== undefined) return yield* notStarted({ message: wrong })
    if (options.data !== undefined) yield* startup.dataFolder(options.data)
    const services = yield* Layer.build(
      options.data === undefined ? store.layerTemporary({ thread: served }) : store.layer(options.data)
    )
    const { lifecycle, project: built } = yield* Effect.provide(
      Effect.flatMap(
        project.make({
          addressing,
          consistency: consistencyOf(options.indexingDelay),
          memory: memories.make(options.memoryLimit),
          threads: yield* scanThreads.make()
        }),
        (made) => lifecycles.around(made, options.slowLifecycle)
      ),
      services
    )
    const all = yield* Layer.build(
      Layer.mergeAll(
        imports.layer(foldersOf(options, served), { integrations, public: publicImports }),
        backupSchedules.layer,
        conversionJobs.layer
      ).pipe(
        Layer.provideMerge(Layer.succeed(project.ProjectTag, built)),
        Layer.provideMerge(Layer.succeedContext(services)),
        Layer.provideMerge(Layer.succeed(lifecycles.LifecycleTag, lifecycle)),
        Layer.merge(Layer.provideMerge(models.layer(options.models), installedModels.layer))
      )
    )
    const assistants = yield* Layer.build(
      links.layer.pipe(
        Layer.provideMerge(assistant.layer({ folder: options.data, host: controlUrl })),
        Layer.provide(Layer.succeedContext(all))
      )
    )
    const { admin, faults } = options
    const admitting = {
      apiKeys: options.apiKeys ?? [],
      admin: admin === undefined ? undefined : yield* Effect.provide(
        admins.make({ ...admin, tokenLifetime: Duration.decode(admin.tokenLifetime ?? "30 minutes") }),
        services
      )
    }
    const everything = Context.add(
      Context.merge(all, assistants),
      StandingTag,
      standingOf(options, admitting.admin?.projects)
    )
    const applications = yield* Effect.provide(
      front.make({
        ...admitting,
        faults: faults === undefined ? undefined : {
          random: seeded(faults.seed),
          throttle: faults.throttle ?? 0,
          fail: faults.fail ?? 0,
          latency: Duration.decode(faults.latency ?? 0)
        }
      }),
      everything
    )
    yield* Deferred.succeed(started, {
      front: applications,
      project: built,
      admit: admission.make({ ...admitting, faults: undefined })
    })
    if (options.indexes !== undefined && options.indexes.length > 0) {
      // The server asks itself: it needs no key for that, and none of its faults.
      const own = yield* Effect.provide(
        front.make({ apiKeys: [], faults: undefined }),
        Context.merge(all, assistants)
      )
      yield* startIndexes.create(inProcess.httpClient(own), controllerHost, options.indexes)
    }
    return applications
  }).pipe(
    Effect.onError(() => Deferred.interrupt(started)),
    Effect.mapError(notStarted)
  )

/** A server that has no port. */
const startInProcess = (options: Options) =>
  Effect.flatMap(Deferred.make<Started>(), (started) =>
    start(
      options,
      { serve: ({ id }) => Effect.succeed({ host: `http://${inProcess.hostOf(id)}` }) },
      Effect.succeed(controllerHost),
      started,
      false
    )).pipe(Effect.provide(NodeContext.layer))

/**
 * Where the control plane is for the clients of {@link layerHttpClient}, and the admin API and its login host: the whole
 * server is at this address, in the process.
 *
 * ```ts
 * import { Admin, Projects } from "@effect-pinecone/admin"
 * import * as PineconeLocal from "@effect-pinecone/local/PineconeLocal"
 * import { Effect, Layer, Redacted } from "effect"
 *
 * const account = { clientId: "ci", clientSecret: Redacted.make("a secret") }
 *
 * const InMemory = Admin.layerFromHttpClient({
 *   ...account,
 *   controllerHost: PineconeLocal.controllerHost,
 *   loginHost: PineconeLocal.controllerHost
 * }).pipe(Layer.provide(PineconeLocal.layerHttpClient({ admin: account })))
 *
 * const names = Effect.flatMap(Projects.Projects, (projects) => projects.list).pipe(Effect.provide(InMemory))
 * ```
 *
 * @since 0.1.0
 * @category constants
 */
export const controllerHost = `http://${inProcess.controlHost}`

/**
 * The embedded server as an HTTP client: requests to it are answered in the process. For an application that brings its
 * own `PineconeHttpClient`, or none of this project's clients.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerHttpClient = (options: Options = {}): Layer.Layer<HttpClient.HttpClient, StartError> =>
  Layer.scoped(HttpClient.HttpClient, Effect.map(startInProcess(options), inProcess.httpClient))

/**
 * The embedded server as an HTTP client and as a gRPC channel: calls of both are answered in the process.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerChannel = (
  options: Options = {}
): Layer.Layer<GrpcChannel.GrpcChannel | HttpClient.HttpClient, StartError> =>
  Layer.scopedContext(
    Effect.map(startInProcess(options), (front) =>
      Context.make(HttpClient.HttpClient, inProcess.httpClient(front)).pipe(
        Context.add(GrpcChannel.GrpcChannel, inProcess.grpcChannel(front))
      ))
  )

/**
 * A server in the process, and its client.
 *
 * @since 0.1.0
 * @category models
 */
export interface ClientOptions extends Options {
  /**
   * The settings of the client, where they are not the usual ones. The key is the first of `apiKeys`: with `admin` there
   * must be one.
   */
  readonly client?: Partial<Omit<Settings.Settings, "controllerHost">> | undefined
}

/** What no message has in it: a message is shown without the key. */
const defaultKey = "pclocal-6f1d2c84"

const layerClient = (
  options: ClientOptions
): Layer.Layer<PineconeHttpClient.PineconeHttpClient, StartError, HttpClient.HttpClient> =>
  Layer.mapError(
    PineconeHttpClient.layer({
      apiKey: options.apiKeys?.[0] ?? Redacted.make(defaultKey),
      ...options.client,
      controllerHost: `http://${inProcess.controlHost}`
    }),
    ({ message }) => new StartError({ message: `The client of the embedded server cannot be made: ${message}` })
  )

/**
 * Pinecone in the process: what `PineconeHttpClient.layer` is for the cloud.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: ClientOptions = {}): Layer.Layer<PineconeHttpClient.PineconeHttpClient, StartError> =>
  Layer.provide(layerClient(options), layerHttpClient(options))

/**
 * The same with the operations on records over gRPC, in the process too: what `PineconeGrpc.layer` makes of a client of the
 * cloud.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerGrpc = (
  options: ClientOptions = {}
): Layer.Layer<PineconeHttpClient.PineconeHttpClient, StartError> =>
  PineconeGrpc.layerChannel.pipe(
    Layer.provide(layerClient(options)),
    Layer.provide(layerChannel(options))
  )

/** The text of a URL for an address. */
const bracketed = (host: string): string => host.includes(":") ? `[${host}]` : host

/** Listens on a port. */
const listen = (served: Served, options: PortOptions): Effect.Effect<number, StartError, Scope.Scope> =>
  Effect.mapError(
    ports.listen(served, options),
    (cause) => new StartError({ message: startup.listening(cause, options), cause })
  )

/** The first free port of a few from this one on, or any. */
const listenNear = (
  served: Served,
  options: Omit<PortOptions, "port">,
  candidates: ReadonlyArray<number>
): Effect.Effect<number, StartError, Scope.Scope> =>
  candidates.reduceRight(
    (otherwise, port) => Effect.orElse(listen(served, { ...options, port }), () => otherwise),
    listen(served, { ...options, port: 0 })
  )

const loopback = new BlockList()
loopback.addSubnet("127.0.0.0", 8)
loopback.addAddress("::1", "ipv6")

/** Whether other machines can reach what listens at this address. */
const isReachable = (host: string): boolean => {
  const version = isIP(host)
  return version === 0 ? host.toLowerCase() !== "localhost" : !loopback.check(host, version === 6 ? "ipv6" : "ipv4")
}

/**
 * Serves Pinecone over HTTP and gRPC until the scope closes: the control plane on one port, each index on a port of its own,
 * which is its `host` and takes both protocols. What is under way when the scope closes has five seconds to end.
 *
 * Beside the API it answers `GET /health` and `GET /ready` on every port, and `GET /metrics` and `GET /openapi.json` on that
 * of the control plane. Where `@effect-pinecone/console` is installed, `GET /` there is a console for the browser.
 *
 * @since 0.1.0
 * @category servers
 */
export const serve = (options: ServeOptions = {}): Effect.Effect<Server, StartError, Scope.Scope> =>
  Effect.gen(function*() {
    const { apiKeys = [], console = "read", host = "127.0.0.1", onePort = false, port = 5080 } = options
    const { publicHost, requestLog = false } = options
    yield* Effect.mapError(startup.checkPort(port), notStarted)
    if (onePort && publicHost !== undefined && !onePorts.canHaveHosts(publicHost)) {
      return yield* notStarted({
        message: `onePort needs a publicHost that is a name, as each index is a host below it, got ${publicHost}. ` +
          "Leave publicHost out for INDEX.localhost."
      })
    }
    const tls = options.tls === undefined ? undefined : yield* Effect.mapError(tlsSettings(options.tls), notStarted)
    const scheme = tls === undefined ? "http" : "https"
    const shown = bracketed(publicHost ?? (host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host))
    const visitors: Visitors = {
      names: [host, ...(publicHost === undefined ? [] : [publicHost])],
      hasKeys: apiKeys.length > 0 || options.admin !== undefined,
      cors: options.cors ?? []
    }
    const started = yield* Deferred.make<Started>()
    // Who waits is only woken in a later turn: once it has started, nobody waits.
    let begun: Effect.Effect<Started> = Effect.tap(Deferred.await(started), (value) =>
      Effect.sync(() => {
        begun = Effect.succeed(value)
      }))
    const whenStarted = Effect.suspend(() => begun)

    const opening = "the data is being opened"
    const missing = yield* Ref.make<ReadonlyArray<string>>([opening])
    const extras = operational.make({
      metrics: yield* metrics.make,
      logging: requestLog,
      missing: (index) =>
        index === undefined
          ? Ref.get(missing)
          : Effect.map(Deferred.isDone(started), (done) => done ? [] : [opening]),
      admit: (headers) =>
        Effect.flatMap(
          whenStarted,
          ({ admit }) =>
            (headers["api-key"] === undefined ? admission.withBearer(admit) : admit)(
              headers,
              () => ({ plane: "either", write: false, what: "GET /metrics" })
            )
        ),
      records: Effect.flatMap(whenStarted, ({ project }) =>
        Effect.flatMap(
          project.indexes,
          Effect.forEach(({ data, document }) =>
            Effect.map(data.counts, ({ records }) => ({ index: document.model.name, records }))
          )
        ))
    })

    // The ports end together, and before what they answer with.
    const ends = new Set<Effect.Effect<void>>()
    const untilTheEnd = <A>(listening: Effect.Effect<A, StartError, Scope.Scope>) =>
      Effect.gen(function*() {
        const scope = yield* Scope.make()
        const end = Scope.close(scope, Exit.void)
        ends.add(end)
        yield* Effect.addFinalizer(() => Effect.andThen(end, Effect.sync(() => ends.delete(end))))
        return yield* Scope.extend(listening, scope)
      })

    const hosts = onePorts.make(publicHost ?? "localhost")
    // Where it is, is known once it listens.
    const at: { url: string } = { url: "" }
    const plane = Effect.flatMap(whenStarted, ({ front }) => front.control)
    const http = console === "off" ? plane : yield* installedConsole.around({
      get target() {
        return at.url
      },
      needsKey: visitors.hasKeys,
      allowWrites: console === "write",
      control: plane,
      index: (name) =>
        Effect.flatMap(whenStarted, ({ front, project }) =>
          Effect.matchEffect(project.index(name), {
            onFailure: (problem) => Effect.succeed(respond.problemResponse("control", problem)),
            onSuccess: ({ document }) => front.data(document.id)
          }))
    })
    const control: Served = {
      plane: "control",
      http: extras.control(http),
      grpc: extras.grpc(undefined, unimplemented)
    }
    const listening = yield* untilTheEnd(
      listen(onePort ? hosts.served(control) : control, { host, port, tls, visitors })
    )
    const server: Server = { url: `${scheme}://${shown}:${listening}`, port: listening }
    at.url = server.url

    const taken = new Set<number>()
    yield* start(
      options,
      {
        serve: ({ id, model: { name }, port: before }) => {
          const observe = extras.observed(name)
          const served: Served = {
            plane: "data",
            http: extras.index(name, Effect.flatMap(whenStarted, ({ front }) => front.data(id))),
            operations: (request, operation) =>
              observe(
                request,
                Effect.flatMap(whenStarted, ({ front }) => front.operations(id)(request, operation))
              ),
            grpc: extras.grpc(name, (call) => Effect.flatMap(whenStarted, ({ front }) => front.grpc(id)(call)))
          }
          if (onePort) {
            return Effect.as(hosts.add(name, served), {
              host: `${scheme}://${hosts.hostOf(name)}:${listening}`,
              port: before
            })
          }
          const near = port === 0
            ? []
            : Array.from({ length: 50 }, (_, i) => port + 1 + i).filter((candidate) =>
              candidate <= 65_535 && !taken.has(candidate)
            )
          return untilTheEnd(
            listenNear(served, { host, tls, visitors }, before === undefined ? near : [before, ...near])
          ).pipe(
            Effect.map((port) => {
              taken.add(port)
              return { host: `${scheme}://${shown}:${port}`, port }
            }),
            Effect.mapError((error) => problem.internal(error.message))
          )
        }
      },
      Effect.succeed(server.url),
      started,
      true
    )
    if (isReachable(host) && apiKeys.length === 0 && options.admin === undefined) {
      yield* Effect.logWarning(
        `Other machines can reach ${host}, and every request is accepted: set an API key, or listen on 127.0.0.1`
      )
    }
    yield* Ref.set(missing, [])
    yield* Effect.addFinalizer(() =>
      Effect.andThen(
        Ref.set(missing, ["the server is ending"]),
        Effect.forEach(ends, (end) => end, { concurrency: "unbounded", discard: true })
      )
    )
    return server
  }).pipe(Effect.provide(NodeContext.layer))

/**
 * The running server.
 *
 * @since 0.1.0
 * @category tags
 */
export class PineconeLocal extends Context.Tag("@effect-pinecone/local/PineconeLocal")<PineconeLocal, Server>() {}

/**
 * Serves Pinecone over HTTP and gRPC as long as the layer is in use.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerServer = (options: ServeOptions = {}): Layer.Layer<PineconeLocal, StartError> =>
  Layer.scoped(PineconeLocal, serve(options))
