import type * as FileSystem from "@effect/platform/FileSystem"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import type * as Scope from "effect/Scope"
import type * as LocalModels from "../LocalModels.js"
import * as problem from "./problem.js"

/** The package that embeds, ranks and reads documents. It is optional, so only its name is known here. */
export const packageName = "@effect-pinecone/local-models"

const specifier = `${packageName}/PineconeLocalModels`

const missing = problem.notImplemented(
  `This request needs ${packageName}, which is not installed. Run: npm install ${packageName}, and restart the server.`
)

/** What the package can do, with the errors of requests. It is loaded when something is first asked of it. */
export interface InstalledModels {
  /** Fails with what to install, if the package is not there. */
  readonly check: Effect.Effect<void, problem.Problem>
  readonly embedDense: Asking<LocalModels.Service["embedDense"]>
  readonly embedSparse: Asking<LocalModels.Service["embedSparse"]>
  readonly rank: Asking<LocalModels.Service["rank"]>
  readonly words: Effect.Effect<LocalModels.Words, problem.Problem>
  readonly readDocument: (
    ...args: Parameters<LocalModels.Service["readDocument"]>
  ) => Effect.Effect<LocalModels.Document, LocalModels.DocumentError | problem.Problem>
}

type Asking<F> = F extends (...args: infer Args) => Effect.Effect<infer A, LocalModels.ModelError>
  ? (...args: Args) => Effect.Effect<A, problem.Problem>
  : never

export class InstalledModelsTag
  extends Context.Tag("@effect-pinecone/local/internal/InstalledModels")<InstalledModelsTag, InstalledModels>()
{}

type Make = Effect.Effect<LocalModels.Service, never, FileSystem.FileSystem | Scope.Scope>

const isModule = (u: unknown): u is { readonly make: Make } =>
  Predicate.hasProperty(u, "make") && Effect.isEffect(u.make)

/** Whether the package itself is missing, and not a file of it or something that it imports. */
const isMissing = (error: unknown): boolean =>
  error instanceof Error &&
  /^Cannot find (?:package|module) ["']([^"']*)/.exec(error.message)?.[1]?.startsWith(packageName) === true

const unusable = (why: string) => problem.internal(`${packageName} cannot be loaded: ${why}`)

const imported: Effect.Effect<Make, problem.Problem> = Effect.tryPromise({
  try: (): Promise<unknown> => import(/* @vite-ignore */ specifier),
  catch: (error) => isMissing(error) ? missing : unusable(error instanceof Error ? error.message : String(error))
}).pipe(
  Effect.flatMap((module) =>
    isModule(module) ? Effect.succeed(module.make) : unusable("its version does not suit this server")
  )
)

const problemOf = ({ message, reason }: LocalModels.ModelError): problem.Problem => {
  switch (reason) {
    case "InvalidInput":
      return problem.badRequest(message)
    case "Unavailable":
      return problem.unready(message)
    case "Failed":
      return problem.internal(message)
  }
}

export const make: Effect.Effect<InstalledModels, never, FileSystem.FileSystem | Scope.Scope> = Effect.gen(function*() {
  const context = yield* Effect.context<FileSystem.FileSystem | Scope.Scope>()
  const service = yield* imported.pipe(
    Effect.flatten,
    Effect.provide(context),
    // Whoever asked first may leave before it is loaded; others wait for the same.
    Effect.uninterruptible,
    Effect.cached
  )
  const asking = <A>(ask: (service: LocalModels.Service) => Effect.Effect<A, LocalModels.ModelError>) =>
    Effect.flatMap(service, (models) => Effect.mapError(ask(models), problemOf))
  return {
    check: Effect.asVoid(service),
    embedDense: (...args) => asking((models) => models.embedDense(...args)),
    embedSparse: (...args) => asking((models) => models.embedSparse(...args)),
    rank: (...args) => asking((models) => models.rank(...args)),
    words: asking(({ words }) => words),
    readDocument: (...args) => Effect.flatMap(service, (models) => models.readDocument(...args))
  }
})

/** The package, as long as the layer is in use. */
export const layer: Layer.Layer<InstalledModelsTag, never, FileSystem.FileSystem> = Layer.scoped(
  InstalledModelsTag,
  make
)
