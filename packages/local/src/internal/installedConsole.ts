import type * as FileSystem from "@effect/platform/FileSystem"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"

/** The package with the page that the server shows. It is optional, so only its name is known here. */
const specifier = "@effect-pinecone/console/ConsolePage"

/** What the page needs of a server. */
export interface Options {
  readonly target: string
  readonly needsKey: boolean
  readonly allowWrites: boolean
  readonly control: HttpApp.Default
  readonly index: (name: string) => HttpApp.Default
}

interface ConsolePage {
  readonly find: (request: HttpServerRequest.HttpServerRequest) => HttpApp.Default | undefined
}

type Make = (options: Options) => Effect.Effect<ConsolePage, unknown, FileSystem.FileSystem>

const isModule = (u: unknown): u is { readonly make: Make } =>
  Predicate.hasProperty(u, "make") && typeof u.make === "function"

const nothing: ConsolePage = { find: () => undefined }

/** The page, where the package is installed. It is loaded when something of it is first asked for. */
const load = (options: Options): Effect.Effect<ConsolePage, never, FileSystem.FileSystem> =>
  Effect.tryPromise((): Promise<unknown> => import(/* @vite-ignore */ specifier)).pipe(
    Effect.flatMap((module) => isModule(module) ? module.make(options) : Effect.succeed(nothing)),
    Effect.catchAll(() => Effect.succeed(nothing))
  )

/** Answers the paths of the console by its page, and all others by the control plane. */
export const around = (options: Options): Effect.Effect<HttpApp.Default, never, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const context = yield* Effect.context<FileSystem.FileSystem>()
    // Someone who asked first may leave before it is loaded; others wait for the same.
    const page = yield* Effect.cached(Effect.uninterruptible(Effect.provide(load(options), context)))
    return Effect.gen(function*() {
      const request = yield* HttpServerRequest.HttpServerRequest
      const { url } = request
      if (!/^\/(console\/|\?|$)/.test(url)) return yield* options.control
      const { find } = yield* page
      return yield* find(request) ?? options.control
    })
  })
