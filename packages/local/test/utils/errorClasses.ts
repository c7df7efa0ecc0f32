import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"

/** A class of errors, as a module exports it. */
export interface ErrorClass {
  readonly prototype: object
}

const packages = fileURLToPath(new URL("../../../", import.meta.url))

const modules = Fs.readdirSync(packages).flatMap((name) => {
  const src = Path.join(packages, name, "src")
  return Fs.readdirSync(src)
    // The one runs the server when it is loaded, the other exports what the modules do.
    .filter((file) => file.endsWith(".ts") && file !== "bin.ts" && file !== "index.ts")
    .map((file) => pathToFileURL(Path.join(src, file)).href)
})

/** The errors of an HttpApi that have no body are Schemas, and extend nothing of JavaScript's. */
const isErrorClass = (u: unknown): u is ErrorClass =>
  typeof u === "function" && (u.prototype instanceof Error ||
    (Schema.isSchema(u) && u.prototype !== undefined && namesOf(u).length > 0))

/** Every class of errors among the exports of a module, and among those of the modules that it exports. */
export const errorClassesOf = (module: object, depth = 2): ReadonlyArray<ErrorClass> =>
  Object.values(module).flatMap((exported: unknown) =>
    isErrorClass(exported)
      ? [exported]
      : depth > 0 && typeof exported === "object" && exported !== null
      ? errorClassesOf(exported, depth - 1)
      : []
  )

/** Every class of errors that a public module of a package exports. */
export const publicErrorClasses: Effect.Effect<ReadonlyArray<ErrorClass>> = Effect.map(
  Effect.forEach(modules, (url) => Effect.promise((): Promise<object> => import(url))),
  (all) => [
    ...new Set(all.flatMap((module) => errorClassesOf(module, 0).filter(({ prototype }) => prototype instanceof Error)))
  ]
)

/** The global names of a class of errors: its tag, and its identifier where it is a Schema. */
export const namesOf = (error: ErrorClass): ReadonlyArray<string> => {
  const { prototype } = error
  return [
    ...prototype instanceof Error ? [prototype.name] : [],
    ...Schema.isSchema(error) ? Option.toArray(AST.getIdentifierAnnotation(AST.typeAST(error.ast))) : []
  ]
}
