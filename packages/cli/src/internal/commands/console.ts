import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as flags from "../flags.js"
import { usage } from "../problem.js"
import * as render from "../render.js"
import { connection, settingsOf } from "../target.js"

/** What is used of the console, which is a package that may be missing. */
interface Console {
  readonly serve: (options: {
    readonly target: { readonly apiKey: Redacted.Redacted; readonly controllerHost: string | undefined }
    readonly port: number
    readonly allowWrites: boolean
  }) => Effect.Effect<{ readonly url: string }, Error, Scope.Scope>
}

const specifier = "@effect-pinecone/console/Console"

const isConsole = (u: unknown): u is Console => Predicate.hasProperty(u, "serve") && typeof u.serve === "function"

/** The console, where it is installed. */
const installed = Effect.tryPromise((): Promise<unknown> => import(specifier)).pipe(
  Effect.filterOrFail(isConsole),
  Effect.mapError(() =>
    usage("The console is not installed. Install it beside this command: npm install @effect-pinecone/console")
  )
)

export const command = Command.make("console", {
  ...connection,
  port: flags.integer("port", "N", "The port to listen on; 0 is a free one. Default: 5079.", 0, 65_535).pipe(
    Options.withDefault(5079)
  ),
  allowWrites: flags.toggle("allow-writes", "Let the console change what it shows. Without it, it only reads.")
}, ({ allowWrites, port, ...connection }) =>
  Effect.gen(function*() {
    const { apiKey, controllerHost } = yield* settingsOf(connection)
    const { serve } = yield* installed
    const { url } = yield* serve({ target: { apiKey, controllerHost }, port, allowWrites })
    yield* render.note(`The console is at ${url}. Ctrl-C ends it.`)
    return yield* Effect.never
  }).pipe(Effect.scoped))
