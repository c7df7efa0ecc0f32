/**
 * Checks the packages as their users get them. Run `build` first.
 *
 * - packs each, and has publint and Are The Types Wrong look at the archives;
 * - installs all of them with their peers in an empty project outside the workspace;
 * - compiles a module that imports every entry point, as Node and as a bundler resolve it;
 * - imports every entry point with Node, and runs every command with `--help`;
 * - installs the embedded server with npm: alone it must stay small, and with its models it must embed;
 * - installs `effect-pinecone` alone, exports everything that it has, and measures what it adds, in a bundle too.
 *
 * The projects are removed at the end, unless `--keep` is given.
 */
import * as Fs from "node:fs"
import { createRequire } from "node:module"
import * as Os from "node:os"
import * as Path from "node:path"
import { publint } from "publint"
import { formatMessage } from "publint/utils"
import { checkConsumer, compiler, newest } from "./checkConsumer.js"
import { checkLocal, embeds, showsConsole, withModels } from "./localSize.js"
import * as Readmes from "./readmes.js"
import { filesUnder, type Package, pnpm, publishable, readJson, root, run, runNode } from "./workspace.js"

interface Packed {
  readonly name: string
  readonly tarball: string
  /** The subpaths that the package exports: `.`, `./Filter` and so on. */
  readonly subpaths: ReadonlyArray<string>
  readonly commands: ReadonlyArray<string>
  readonly hasInternals: boolean
}

let failed = false

const pass = (what: string) => console.log(`ok    ${what}`)

const fail = (what: string, why: string) => {
  failed = true
  console.log(`FAIL  ${what}\n${why.replace(/^(?=.)/gm, "      ")}`)
}

const check = (what: string, result: { readonly ok: boolean; readonly output: string }): boolean => {
  if (result.ok) {
    pass(what)
  } else {
    fail(what, result.output)
  }
  return result.ok
}

const temp = Fs.realpathSync(Fs.mkdtempSync(Path.join(Os.tmpdir(), "check-packages-")))
const project = Path.join(temp, "project")
Fs.mkdirSync(project)
process.on("exit", () => {
  if (process.argv.includes("--keep")) {
    console.log(`The project is in ${project}`)
  } else {
    Fs.rmSync(temp, { recursive: true, force: true })
  }
})

const pack = ({ manifest, path }: Package): Packed | undefined => {
  const dist = Path.join(path, "dist")
  if (!Fs.existsSync(Path.join(dist, "index.js"))) {
    fail(`${manifest.name}: pack`, "There is no dist/index.js: run the script `build` first.")
    return undefined
  }
  const tarball = Path.join(temp, `${manifest.name.replace("@", "").replace("/", "-")}.tgz`)
  if (!check(`${manifest.name}: pack`, pnpm(["pack", "--out", tarball], path))) {
    return undefined
  }
  const bin = manifest.publishConfig?.bin ?? manifest.bin ?? {}
  const scripts = Object.values(bin).map((file) => Path.join(path, file))
  const modules = filesUnder(dist)
    .filter((file) => file.endsWith(".js") && !scripts.includes(file))
    .map((file) => Path.relative(dist, file).split(Path.sep).join("/").replace(/\.js$/, ""))
  return {
    name: manifest.name,
    tarball,
    subpaths: modules
      .filter((module) => !module.startsWith("internal/"))
      .map((module) => module === "index" ? "." : `./${module}`)
      .sort(),
    commands: Object.keys(bin),
    hasInternals: modules.some((module) => module.startsWith("internal/"))
  }
}

/** What the page of a package on npm shows beside its README. */
const checkManifest = ({ manifest }: Package): void => {
  const missing = ["description", "license", "repository", "homepage", "bugs", "keywords"].filter((key) =>
    !(key in manifest)
  )
  check(`${manifest.name}: manifest`, { ok: missing.length === 0, output: `It has no ${missing.join(", ")}.` })
}

const lint = async ({ name, tarball }: Packed): Promise<void> => {
  const archive = new Uint8Array(Fs.readFileSync(tarball)).buffer
  const { messages, pkg } = await publint({ strict: true, pack: { tarball: archive } })
  const lines = messages.map((message) => ({
    type: message.type,
    text: `${message.type}: ${formatMessage(message, pkg, { color: false })}`
  }))
  const serious = lines.filter(({ type }) => type !== "suggestion")
  if (serious.length > 0) {
    fail(`${name}: publint`, serious.map(({ text }) => text).join("\n"))
  } else {
    pass(`${name}: publint`)
  }
  lines.filter(({ type }) => type === "suggestion").forEach(({ text }) => console.log(`      ${text}`))
}

const attw = Path.join(
  Path.dirname(createRequire(import.meta.url).resolve("@arethetypeswrong/cli/package.json")),
  "dist/index.js"
)

const checkTypes = ({ name, subpaths, tarball }: Packed): void => {
  const args = ["--profile", "esm-only", "--no-color", "--no-emoji", "--format", "table-flipped"]
  check(
    `${name}: Are The Types Wrong (${subpaths.length} entry points)`,
    runNode(attw, [tarball, ...args, "--entrypoints", ...subpaths], root)
  )
}

/** The version of a dependency that the workspace has installed for one of its packages. */
const installedVersion = (name: string): string => {
  const file = [root, ...publishable.map(({ path }) => path)]
    .map((folder) => Path.join(folder, "node_modules", name, "package.json"))
    .find((file) => Fs.existsSync(file))
  return file === undefined ? "latest" : readJson(file).version
}

const install = (packed: ReadonlyArray<Packed>): boolean => {
  const peers = new Set(
    publishable
      .flatMap(({ manifest }) => Object.keys(manifest.peerDependencies ?? {}))
      .filter((peer) => !packed.some(({ name }) => name === peer))
  )
  const archives = packed.map(({ name, tarball }) => [name, `file:${tarball}`] as const)
  const manifest = {
    name: "consumer",
    private: true,
    type: "module",
    dependencies: {
      ...Object.fromEntries(archives),
      ...Object.fromEntries([...peers].sort().map((name) => [name, installedVersion(name)]))
    },
    devDependencies: { "@types/node": installedVersion("@types/node") }
  }
  Fs.writeFileSync(Path.join(project, "package.json"), JSON.stringify(manifest, null, 2))
  // The packages depend on each other by version; here those versions are the archives.
  const settings = {
    packages: ["."],
    overrides: Object.fromEntries(archives),
    autoInstallPeers: true,
    strictDepBuilds: false
  }
  Fs.writeFileSync(Path.join(project, "pnpm-workspace.yaml"), JSON.stringify(settings, null, 2))
  const args = ["install", "--prefer-offline", "--no-frozen-lockfile", "--ignore-scripts", "--reporter=append-only"]
  return check("install: every package, with its peers", pnpm(args, project))
}

const specifiers = (packed: ReadonlyArray<Packed>): ReadonlyArray<string> =>
  packed.flatMap(({ name, subpaths }) => subpaths.map((subpath) => `${name}${subpath.slice(1)}`))

/** Compiles a module that imports every entry point. */
const compile = (
  packed: ReadonlyArray<Packed>,
  typescript: string,
  module: string,
  moduleResolution: string
): void => {
  const name = `consumer-${moduleResolution.toLowerCase()}`
  const all = specifiers(packed)
  Fs.writeFileSync(
    Path.join(project, `${name}.ts`),
    [
      ...all.map((specifier, i) => `import * as M${i} from "${specifier}"`),
      `export const modules: ReadonlyArray<object> = [${all.map((_, i) => `M${i}`).join(", ")}]`,
      ""
    ].join("\n")
  )
  const config = {
    compilerOptions: {
      module,
      moduleResolution,
      target: "ES2022",
      lib: ["ES2022", "DOM", "DOM.Iterable", "DOM.AsyncIterable"],
      types: ["node"],
      strict: true,
      exactOptionalPropertyTypes: true,
      verbatimModuleSyntax: true,
      noEmit: true,
      skipLibCheck: false
    },
    files: [`${name}.ts`]
  }
  Fs.writeFileSync(Path.join(project, `${name}.json`), JSON.stringify(config, null, 2))
  const { ok, output } = runNode(compiler(typescript), ["-p", `${name}.json`, "--pretty", "false"], project)
  // Declarations of others are compiled too. Their errors are not ours to mend, and are only counted.
  const errors = output.split(/\n(?=\S)/).filter((line) => line.includes("error TS"))
  const others = errors.filter((error) => {
    const owner = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(error.split("(")[0]!)?.[1]
    return owner !== undefined && !packed.some(({ name }) => name === owner)
  })
  const own = errors.filter((error) => !others.includes(error))
  const note = others.length === 0 ? "" : `, ${others.length} errors in the declarations of other packages`
  check(`types: ${all.length} entry points with ${typescript}, ${moduleResolution}${note}`, {
    ok: own.length === 0 && (ok || errors.length > 0),
    output: errors.length === 0 ? output : own.join("\n")
  })
}

/** Imports every entry point with Node. */
const load = (packed: ReadonlyArray<Packed>): void => {
  const internals = packed.filter(({ hasInternals }) => hasInternals).map(({ name }) => `${name}/internal/any`)
  Fs.writeFileSync(
    Path.join(project, "consumer.mjs"),
    `const problems = []
const attempt = (specifier) => import(specifier).then((module) => ({ module }), (error) => ({ error }))
for (const specifier of ${JSON.stringify(specifiers(packed))}) {
  const { error } = await attempt(specifier)
  if (error !== undefined) problems.push(specifier + ": " + (error?.stack ?? error))
}
for (const name of ${JSON.stringify(packed.map(({ name }) => name))}) {
  const { module } = await attempt(name)
  if (module !== undefined && Object.keys(module).length === 0) problems.push(name + ": exports nothing")
}
for (const specifier of ${JSON.stringify(internals)}) {
  const { error } = await attempt(specifier)
  if (error?.code !== "ERR_PACKAGE_PATH_NOT_EXPORTED") problems.push(specifier + ": can be imported")
}
problems.forEach((problem) => console.error(problem))
process.exit(problems.length === 0 ? 0 : 1)
`
  )
  check(
    `node: ${specifiers(packed).length} entry points import, internals do not`,
    runNode("consumer.mjs", [], project)
  )
}

const runCommands = (packed: ReadonlyArray<Packed>): void => {
  for (const command of packed.flatMap(({ commands }) => commands)) {
    const { ok, output } = run(Path.join(project, "node_modules/.bin", command), ["--help"], project)
    check(`command: ${command} --help`, {
      ok: ok && output !== "",
      output: output === "" ? "It prints nothing." : output
    })
  }
}

const readmes = Readmes.problems()
check("README: each package's stands alone", { ok: readmes.length === 0, output: readmes.join("\n") })
publishable.forEach(checkManifest)

const packed = publishable.flatMap((self) => pack(self) ?? [])
for (const one of packed) {
  await lint(one)
  checkTypes(one)
}
if (packed.length === publishable.length) {
  if (install(packed)) {
    compile(packed, "typescript", "NodeNext", "NodeNext")
    compile(packed, newest, "ESNext", "Bundler")
    load(packed)
    runCommands(packed)
    check("pnpm: the embedded server finds its models", embeds(project, withModels))
    check("pnpm: the embedded server finds the console", showsConsole(project))
  }
  const peers = ["effect", "@effect/platform", "@effect/platform-node"]
  checkLocal(temp, packed, Object.fromEntries(peers.map((name) => [name, installedVersion(name)])), check)
  await checkConsumer(temp, packed.map(({ name, tarball }) => [name, `file:${tarball}`]), { check, installedVersion })
} else {
  fail("install", "Skipped: not every package could be packed.")
}

console.log(failed ? "Some checks failed." : `All checks passed for ${packed.length} packages.`)
process.exitCode = failed ? 1 : 0
