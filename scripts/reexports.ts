/**
 * Writes the modules of `effect-pinecone`: each public module of the packages that it depends on is a module of it too,
 * `effect-pinecone/VectorIndex` for `@effect-pinecone/data-plane/VectorIndex`, and its index has all of them as namespaces.
 *
 * TypeScript writes a type into a declaration only by a module that the program can import by name. An application that
 * depends on `effect-pinecone` alone can import nothing of the packages below it where the package manager is strict, so
 * every type has to be found in a module of `effect-pinecone`, and each of these modules has to bring the others into the
 * program.
 *
 * With `--check` nothing is written, and the exit code says whether all is up to date.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { dependenciesOf, type Package, packages } from "./workspace.js"

const umbrella = packages.find(({ manifest }) => manifest.name === "effect-pinecone")!

const src = Path.join(umbrella.path, "src")

const modulesIn = (folder: string): ReadonlyArray<string> =>
  Fs.readdirSync(folder)
    .filter((file) => file.endsWith(".ts") && file !== "index.ts")
    .map((file) => Path.basename(file, ".ts"))
    .sort()

const modulesOf = ({ path }: Package): ReadonlyArray<string> => modulesIn(Path.join(path, "src"))

const byKey = <A>(key: (self: A) => string) => (a: A, b: A): number => key(a) < key(b) ? -1 : 1

/** The modules that are written here by hand. */
const own = ["Pinecone"]

interface Module {
  readonly name: string
  readonly specifier: string
}

const below = dependenciesOf(umbrella)

const schema = below.find(({ folder }) => folder === "schema")!

const elsewhere = new Set(below.filter((self) => self !== schema).flatMap(modulesOf))

/** A service and the schemas of what it sends can have one name: the module of the schemas then ends in `Schema`. */
const nameOf = (self: Package, module: string): string =>
  self === schema && elsewhere.has(module) ? `${module}Schema` : module

const modules: ReadonlyArray<Module> = below
  .flatMap((self) =>
    modulesOf(self).map((module) => ({ name: nameOf(self, module), specifier: `${self.manifest.name}/${module}` }))
  )
  .sort(byKey(({ name }) => name))

const reexport = ({ specifier }: Module): string =>
  `/**
 * Everything of \`${specifier}\`.
 *
 * @since 0.1.0
 */
export * from "${specifier}"
// With the other modules in the program, a declaration can name every type of this one.
export type {} from "./index.js"
`

const index = (): string =>
  `/**
 * Everything that runs anywhere, in one import.
 *
 * @since 0.1.0
 */
${
    [...own, ...modules.map(({ name }) => name)]
      .map((name) => ({ name, specifier: `./${name}.js` }))
      .sort(byKey(({ specifier }) => specifier.toLowerCase()))
      .map(({ name, specifier }) => `export * as ${name} from "${specifier}"\n`)
      .join("")
  }`

const expected = (): ReadonlyMap<string, string> =>
  new Map([
    ["index", index()],
    ...modules.map((module) => [module.name, reexport(module)] as const)
  ])

const pathOf = (name: string) => Path.join(src, `${name}.ts`)

/** What is wrong with the modules as they are. */
export const problems = (): ReadonlyArray<string> => {
  const twice = modules
    .map(({ name }) => name)
    .filter((name, i, all) => all.indexOf(name) !== i || own.includes(name))
    .map((name) =>
      `effect-pinecone would have two modules ${name}: rename one, or choose its name in scripts/reexports.ts`
    )
  const files = expected()
  const stale = Array.from(files)
    .filter(([name, text]) => !Fs.existsSync(pathOf(name)) || Fs.readFileSync(pathOf(name), "utf8") !== text)
    .map(([name]) => `packages/pinecone/src/${name}.ts is not up to date: run \`pnpm reexports\``)
  const gone = modulesIn(src)
    .filter((name) => !files.has(name) && !own.includes(name))
    .map((name) => `packages/pinecone/src/${name}.ts is in no package: run \`pnpm reexports\``)
  return [...twice, ...stale, ...gone]
}

const write = (): void => {
  const files = expected()
  for (const name of modulesIn(src)) {
    if (!files.has(name) && !own.includes(name)) {
      Fs.rmSync(pathOf(name))
    }
  }
  for (const [name, text] of files) {
    Fs.writeFileSync(pathOf(name), text)
  }
}

if (process.argv[1] === import.meta.filename) {
  if (!process.argv.includes("--check")) {
    write()
  }
  const found = problems()
  found.forEach((problem) => console.error(`- ${problem}`))
  console.log(`${modules.length} modules of ${below.length} packages, ${found.length} problems`)
  process.exitCode = found.length === 0 ? 0 : 1
}
