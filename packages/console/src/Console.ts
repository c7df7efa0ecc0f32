/**
 * The console as a server of its own, for any index: on Pinecone's cloud, or on another machine.
 *
 * The server sends the requests of the page on to Pinecone, and adds the API key itself: the browser never sees it. It
 * listens on this machine alone unless another host is given, and refuses pages of other origins. By default it only
 * reads.
 *
 * ```ts
 * import * as Console from "@effect-pinecone/console/Console"
 * import * as Config from "effect/Config"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function*() {
 *   const apiKey = yield* Config.redacted("PINECONE_API_KEY")
 *   const { url } = yield* Console.serve({ target: { apiKey } })
 *   yield* Effect.log(`The console is at ${url}`)
 *   return yield* Effect.never
 * }).pipe(Effect.scoped)
 * ```
 *
 * @since 0.1.0
 */
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as NodeHttp from "node:http"
import * as ConsolePage from "./ConsolePage.js"
import * as guard from "./internal/guard.js"
import * as proxy from "./internal/proxy.js"
import * as responses from "./internal/responses.js"

/**
 * Whose indexes the console shows.
 *
 * @since 0.1.0
 * @category models
 */
export interface Target {
  /**
   * Where the control plane is: a host or a URL.
   *
   * @default "https://api.pinecone.io"
   */
  readonly controllerHost?: string | undefined
  /** The key of the project. It stays in this process. An embedded server without keys needs none. */
  readonly apiKey?: Redacted.Redacted | undefined
  /** Headers for every request to Pinecone. */
  readonly additionalHeaders?: Readonly<Record<string, string | Redacted.Redacted>> | undefined
}

/**
 * What to show, and where to listen.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly target: Target
  /**
   * The port to listen on; 0 is a free one.
   *
   * @default 5079
   */
  readonly port?: number | undefined
  /**
   * The address to listen at. At one that other machines can reach, everyone there can read with your key.
   *
   * @default "127.0.0.1"
   */
  readonly host?: string | undefined
  /**
   * Whether the console can change anything. Without it, requests that write are refused with 403.
   *
   * @default false
   */
  readonly allowWrites?: boolean | undefined
}

/**
 * A console that is running.
 *
 * @since 0.1.0
 * @category models
 */
export interface Server {
  /** Where to open it: `http://127.0.0.1:5079`. */
  readonly url: string
  readonly port: number
}

const defaultPort = 5079

/** A redirect would take the key along, to wherever it leads. */
const noRedirects = Layer.succeed(FetchHttpClient.RequestInit, { redirect: "error" })

const listening = (port: number, host: string) => (cause: unknown) =>
  new ConsolePage.ConsoleError({
    message:
      `The console cannot listen on port ${port} of ${host}. Another program may use the port: choose another one, or 0 ` +
      "for a free one.",
    cause
  })

/**
 * Serves the console until the scope closes. Fails with `PineconeConsoleError` where the port is in use or is not a port, or
 * where the page is missing.
 *
 * @since 0.1.0
 * @category servers
 */
export const serve = (options: Options): Effect.Effect<Server, ConsolePage.ConsoleError, Scope.Scope> =>
  Effect.gen(function*() {
    const { allowWrites, host = "127.0.0.1", port = defaultPort } = options
    if (!Number.isInteger(port) || port < 0 || port > 65_535) {
      return yield* new ConsolePage.ConsoleError({
        message: `port must be an integer from 0 to 65,535, got ${port}. Use 0 for a free port.`
      })
    }
    const { additionalHeaders, apiKey, controllerHost = "https://api.pinecone.io" } = options.target
    const target = proxy.baseUrl(controllerHost)
    const client = yield* HttpClient.HttpClient
    const behind = proxy.make({
      controllerHost: target,
      headers: { ...additionalHeaders, ...(apiKey === undefined ? {} : { "api-key": apiKey }) }
    }, client)
    const page = yield* ConsolePage.make({ ...behind, target, allowWrites })
    const node = NodeHttp.createServer()
    const server = yield* Effect.mapError(NodeHttpServer.make(() => node, { host, port }), listening(port, host))
    yield* server.serve(Effect.gen(function*() {
      const request = yield* HttpServerRequest.HttpServerRequest
      const refused = guard.refusal(request.headers, host)
      if (refused !== undefined) return responses.problem(403, "FORBIDDEN", refused)
      return yield* page.find(request) ?? Effect.succeed(
        responses.problem(404, "NOT_FOUND", "The console has no such page. Open it at /.")
      )
    }))
    const address = node.address()
    const bound = address !== null && typeof address === "object" ? address.port : port
    const shown = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host
    return { url: `http://${shown.includes(":") ? `[${shown}]` : shown}:${bound}`, port: bound }
  }).pipe(Effect.provide(Layer.mergeAll(NodeContext.layer, FetchHttpClient.layer, noRedirects)))
