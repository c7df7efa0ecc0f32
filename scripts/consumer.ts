/**
 * Writes the module of an application that exports everything that `effect-pinecone` gives: each constructor, layer and
 * constant, and what comes of them: the result of each function, what an effect succeeds with, each member of a service
 * and of what its methods return. Compiled with `declaration: true`, it shows whether TypeScript can name all of their
 * types.
 *
 * What there is to export is read from the installed declarations, so nothing can be left out by hand.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import ts from "typescript"
import { root } from "./workspace.js"

/** The modules of the application. */
export const files: ReadonlyArray<string> = ["walked.ts", "byHand.ts"]

/** What cannot be had by walking: classes that extend what a function returns, and what typed metadata makes of a method. */
export const byHand = `import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Assistant, Filter, VectorIndex } from "effect-pinecone"

export const moviesEmpty = Stream.empty

export class Movies extends VectorIndex.Tag("app/Movies")<Movies>()({
  metadata: Schema.Struct({ genre: Schema.String, year: Schema.Int })
}) {}
export const moviesLayer = Movies.layer({ name: "movies" })
export const moviesQuery = Effect.flatMap(Movies, (movies) =>
  movies.query({ vector: [1], topK: 1, filter: Filter.eq("genre", "comedy"), includeMetadata: true }))
export const moviesSome = Effect.flatMap(Movies, (movies) =>
  movies.query({ vector: [1], topK: 1, includeValues: true, onInvalid: "collect" }))
export const moviesSomeInvalid = Effect.map(moviesSome, ({ invalid, lsn, matches, usage }) => ({ invalid, lsn, matches, usage }))
export const moviesNamespaces = Effect.flatMap(Movies, (movies) =>
  movies.queryNamespaces({ vector: [1], topK: 1, namespaces: "all", onInvalid: "collect" }))
export const moviesMany = Effect.flatMap(Movies, (movies) => movies.queryMany([{ vector: [1], topK: 1 }]))
export const moviesFound = Effect.flatMap(Movies, (movies) => movies.searchRecords({ text: "a", topK: 1, fields: ["year"] }))
export const moviesFetch = Effect.flatMap(Movies, (movies) => movies.fetch(["a"]))
export const moviesFetchInvalid = Effect.flatMap(Movies, (movies) => movies.fetch(["a"], { onInvalid: "collect" }))
export const moviesScan = Effect.map(Movies, (movies) => movies.scan({ onInvalid: "collect" }))
export const moviesMock = Movies.mock({ scan: () => moviesEmpty })
export const moviesMethods = Effect.map(Movies, (movies) => ({ ...movies }))
export const moviesView = Effect.map(Movies, (movies) => movies.namespace("en"))

export class Support extends Assistant.Tag("app/Support")<Support>() {}
export const supportLayer = Support.layer({ name: "support" })
export const supportMethods = Effect.map(Support, (support) => ({ ...support }))
`

/** An application that imports modules alone. */
export const alone = `import * as Effect from "effect/Effect"
import * as Indexes from "effect-pinecone/Indexes"
import * as Pinecone from "effect-pinecone/Pinecone"
import * as VectorIndex from "effect-pinecone/VectorIndex"

export const live = Pinecone.layerConfig()
export const list = Effect.flatMap(Indexes.Indexes, (indexes) => indexes.list)
export const make = VectorIndex.make({ name: "movies" })
export const query = Effect.flatMap(make, (movies) => movies.query({ vector: [1], topK: 1 }))
export const methods = Effect.map(make, (movies) => ({ ...movies }))
`

/** The program of the README of the package, whose check is measured. */
export const program = (): string => {
  const readme = Fs.readFileSync(Path.join(root, "packages/pinecone/README.md"), "utf8")
  return `${/^```ts\n([\s\S]*?)^```/m.exec(readme)![1]}\nexport { program }\n`
}

/** As much of Effect as that program needs, without the package. */
export const without = `import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpApiClient from "@effect/platform/HttpApiClient"
import { Context, Effect, Layer, Schema } from "effect"

class Movies extends Context.Tag("app/Movies")<Movies, { readonly year: Effect.Effect<unknown> }>() {}

const program = Effect.gen(function*() {
  const movies = yield* Movies
  return yield* Schema.decodeUnknown(Schema.Struct({ year: Schema.Int }))(yield* movies.year)
}).pipe(
  Effect.provide(Layer.succeed(Movies, { year: Effect.succeed({ year: 1990 }) })),
  Effect.provide(FetchHttpClient.layer)
)

export { HttpApiClient, program }
`

const helpers = `import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"

declare const result: <A extends Array<never>, B>(f: (...args: A) => B) => B
declare const success: <A, E, R>(effect: Effect.Effect<A, E, R>) => A
declare const element: <A, E, R>(stream: Stream.Stream<A, E, R>) => A
declare const service: <I, S>(tag: Context.Tag<I, S>) => S
declare const instance: <A>(constructor: abstract new(...args: Array<never>) => A) => A
declare const present: <A>(value: A) => NonNullable<A>
`

/** The types that need no name. */
const nameless = ts.TypeFlags.Never | ts.TypeFlags.Any | ts.TypeFlags.Unknown | ts.TypeFlags.Null |
  ts.TypeFlags.VoidLike | ts.TypeFlags.StringLike | ts.TypeFlags.NumberLike | ts.TypeFlags.BooleanLike |
  ts.TypeFlags.BigIntLike | ts.TypeFlags.ESSymbolLike

export interface Consumer {
  readonly text: string
  readonly exports: number
}

/** How deep what comes of an export is followed: `Tag`, its service, a method, its result, what that succeeds with. */
const depth = 7

/** Writes the module for the packages that are installed in the folder. */
export const make = (project: string): Consumer => {
  const index = Fs.realpathSync(Path.join(project, "node_modules/effect-pinecone/dist/index.d.ts"))
  const program = ts.createProgram([index], {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    lib: ["lib.es2022.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts", "lib.dom.asynciterable.d.ts"],
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    noEmit: true
  })
  const checker = program.getTypeChecker()
  const source = program.getSourceFile(index)!
  const lines: Array<string> = []
  const seen = new Set<ts.Type>()
  let exports = 0

  /** The package whose declarations have the symbol. */
  const ownerOf = (symbol: ts.Symbol | undefined): string | undefined => {
    const file = symbol?.declarations?.[0]?.getSourceFile().fileName
    return file === undefined ? undefined : /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]
  }
  const isOurs = (type: ts.Type): boolean =>
    (ownerOf(type.aliasSymbol ?? type.symbol) ?? "").includes("effect-pinecone")

  const isFrom = (type: ts.Type, name: string): boolean =>
    type.symbol?.name === name && ownerOf(type.symbol) === "effect"

  const memberType = (type: ts.Type, name: string): ts.Type | undefined => {
    const member = type.getProperty(name)
    return member === undefined ? undefined : checker.getTypeOfSymbol(member)
  }

  const add = (name: string, expression: string): void => {
    lines.push(`export const ${name} = ${expression}`)
    exports++
  }

  const follow = (name: string, type: ts.Type, left: number): void => {
    if (left === 0) {
      return
    }
    const next = (suffix: string, expression: string, type: ts.Type, further = left - 1): void => {
      if ((type.flags & nameless) === 0) {
        add(`${name}_${suffix}`, expression)
        follow(`${name}_${suffix}`, type, further)
      }
    }
    if (type.isUnion()) {
      const rest = checker.getNonNullableType(type)
      if (rest !== type && !rest.isUnion()) {
        next("present", `present(${name})`, rest)
      }
      return
    }
    if (seen.has(type)) {
      return
    }
    seen.add(type)
    if (isFrom(type, "Effect")) {
      const [a] = checker.getTypeArguments(type as ts.TypeReference)
      if (a !== undefined) next("success", `success(${name})`, a)
      return
    }
    if (isFrom(type, "Stream")) {
      const [a] = checker.getTypeArguments(type as ts.TypeReference)
      if (a !== undefined) next("element", `element(${name})`, a)
      return
    }
    const constructor = type.getConstructSignatures()[0]
    if (constructor !== undefined) {
      const service = type.getProperty("Identifier") === undefined ? undefined : memberType(type, "Service")
      if (service === undefined) {
        next("instance", `instance(${name})`, constructor.getReturnType())
      } else {
        next("service", `service(${name})`, service)
      }
    }
    const call = type.getCallSignatures().at(-1)
    if (call !== undefined && constructor === undefined) {
      // Without arguments, what a generic function gives has no members: those are written by hand.
      const isGeneric = (call.typeParameters ?? []).length > 0
      next("result", `result(${name})`, call.getReturnType(), isGeneric ? Math.min(1, left - 1) : left - 1)
    }
    if (call === undefined && constructor === undefined && isOurs(type)) {
      for (const property of type.getProperties()) {
        const isPublic = /^[a-z]\w*$/i.test(property.name) && ownerOf(property)?.includes("effect-pinecone") === true
        if (isPublic) {
          next(property.name, `${name}.${property.name}`, checker.getTypeOfSymbol(property))
        }
      }
    }
  }

  const modules = checker.getExportsOfModule(checker.getSymbolAtLocation(source)!)
  for (const module of modules) {
    for (const member of checker.getExportsOfModule(checker.getAliasedSymbol(module))) {
      const symbol = (member.flags & ts.SymbolFlags.Alias) === 0 ? member : checker.getAliasedSymbol(member)
      if ((symbol.flags & ts.SymbolFlags.Value) !== 0) {
        const name = `${module.name}_${member.name}`
        add(name, `${module.name}.${member.name}`)
        follow(name, checker.getTypeOfSymbol(symbol), depth)
      }
    }
  }
  const imports = `import { ${
    modules.map(({ name }) => name).filter((name) => lines.some((line) => line.includes(`= ${name}.`))).join(", ")
  } } from "effect-pinecone"`
  return { text: [helpers, imports, ...lines, ""].join("\n"), exports }
}
