/**
 * The console as a part of a server: its page, and the API of the server at paths of the page's own origin.
 *
 * A browser allows a page to call the origin that it is from. An index has a host of its own, so the page calls
 * `/console/api/index/NAME/…`, and the control plane at `/console/api/control/…`. The embedded server uses it where this
 * package is installed; for a server of your own use `Console.serve`.
 *
 * ```ts
 * import * as ConsolePage from "@effect-pinecone/console/ConsolePage"
 * import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
 * import * as Effect from "effect/Effect"
 *
 * const empty = HttpServerResponse.json({ indexes: [] })
 *
 * const page = ConsolePage.make({
 *   target: "http://localhost:5080",
 *   control: Effect.orDie(empty),
 *   index: () => Effect.orDie(empty)
 * })
 * ```
 *
 * @since 0.1.0
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as assets from "./internal/assets.js"
import * as reads from "./internal/reads.js"
import * as responses from "./internal/responses.js"

/**
 * The console cannot be served: its page is missing, its port is in use, or a setting is wrong.
 *
 * @since 0.1.0
 * @category errors
 */
export class ConsoleError extends Schema.TaggedError<ConsoleError>()("PineconeConsoleError", {
  message: Schema.String,
  cause: Schema.optional(Schema.Defect)
}) {}

/**
 * What the page is about, and what answers its requests.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Where the control plane is, as the page shows it and as its `curl` commands name it: `https://api.pinecone.io`. */
  readonly target: string
  /**
   * Whether the page asks for an API key when a request is refused. It keeps the key in its memory alone.
   *
   * @default false
   */
  readonly needsKey?: boolean | undefined
  /**
   * Whether the page can change anything. Without it, requests that write are refused with 403.
   *
   * @default false
   */
  readonly allowWrites?: boolean | undefined
  /** Answers requests to the control plane, which have its own paths, such as `/indexes`. */
  readonly control: HttpApp.Default
  /** Answers requests to an index by its name, which have the paths of an index, such as `/query`. */
  readonly index: (name: string) => HttpApp.Default
}

/**
 * Finds what answers a request: the page, its files and the API below it, and `undefined` for every other path.
 *
 * @since 0.1.0
 * @category models
 */
export interface ConsolePage {
  readonly find: (request: HttpServerRequest.HttpServerRequest) => HttpApp.Default | undefined
}

/** `/console/api/control/indexes?x` and `/console/api/index/movies/query`. */
const control = /^\/console\/api\/control(\/.*)$/
const ofIndex = /^\/console\/api\/index\/([a-z0-9-]{1,63})(\/.*)$/

const file = (asset: assets.Asset, request: HttpServerRequest.HttpServerRequest) => {
  const isGzip = /\bgzip\b/.test(request.headers["accept-encoding"] ?? "")
  return HttpServerResponse.uint8Array(isGzip ? asset.gzip : asset.bytes, {
    contentType: asset.contentType,
    headers: {
      ...responses.security,
      "cache-control": "no-cache",
      "vary": "Accept-Encoding",
      ...(isGzip ? { "content-encoding": "gzip" } : {})
    }
  })
}

/** Names without a path of their own would be files that are not there. */
const missing = responses.problem(404, "NOT_FOUND", "The console has no such page. Open it at /.")

/**
 * Loads the page. Fails with `PineconeConsoleError` if the package was not built.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<ConsolePage, ConsoleError, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const files = yield* Effect.mapError(assets.load, (name) =>
      new ConsoleError({
        message:
          `The page of the console has no ${name}. Install @effect-pinecone/console again; in its repository, run ` +
          "`pnpm console`."
      }))
    const { allowWrites = false, needsKey = false, target } = options
    const settings = responses.json(200, { target, needsKey, allowWrites })

    /** The same request as the API has it, unless it writes and may not. */
    const forwarded = (app: HttpApp.Default, request: HttpServerRequest.HttpServerRequest, url: string) =>
      allowWrites || reads.isRead(request.method, url)
        ? Effect.provideService(app, HttpServerRequest.HttpServerRequest, request.modify({ url }))
        : Effect.succeed(
          responses.problem(
            403,
            "FORBIDDEN",
            "This console only reads. Start it with --allow-writes, or the embedded server with --console-writes, to write too."
          )
        )

    return {
      find: (request) => {
        const { method, url } = request
        const path = url.split("?", 1)[0]!
        const isGet = method === "GET" || method === "HEAD"
        const asset = isGet ? files.get(path) : undefined
        if (asset !== undefined) return Effect.sync(() => file(asset, request))
        if (!path.startsWith("/console/")) return undefined
        if (isGet && path === "/console/settings.json") return Effect.succeed(settings)
        const toControl = control.exec(url)
        if (toControl !== null) return forwarded(options.control, request, toControl[1]!)
        const toIndex = ofIndex.exec(url)
        if (toIndex !== null) return forwarded(options.index(toIndex[1]!), request, toIndex[2]!)
        return Effect.succeed(missing)
      }
    }
  })
