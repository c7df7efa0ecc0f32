/**
 * Checks `effect-pinecone` as an application gets it that has no other package of this repository: `effect` and
 * `@effect/platform` stand beside it, installed by npm and by pnpm, which lets a program import only what it depends on.
 *
 * - Every export, and what comes of it, is exported from a module whose declarations each TypeScript can write.
 * - What the package adds to the installation, to a bundle, and to the check of a program, is measured.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { bundleSizes } from "./bundleSize.js"
import * as Consumer from "./consumer.js"
import * as Readmes from "./readmes.js"
import { filesUnder, pnpm, readJson, type Result, root, run, runNode, start } from "./workspace.js"

/** The newest TypeScript, as a dependency of the root. */
export const newest = "typescript-7"

/** The lowest TypeScript that is supported, the one of this repository, and the newest. */
const typescripts: ReadonlyArray<string> = [`typescript-${Readmes.minimumTypeScript}`, "typescript", newest]

/** The most that the package may add to an installation, as most disks hold its files: in blocks of 4 KB. */
const mostBytes = 6_000_000

/** The most instantiations of types that the check of the program of its README may take. */
const mostInstantiations = 40_000

interface Report {
  readonly check: (what: string, result: Result) => boolean
  readonly installedVersion: (name: string) => string
}

interface Installed {
  readonly manager: "npm" | "pnpm"
  readonly folder: string
}

const umbrella = "effect-pinecone"

const peers = ["effect", "@effect/platform"]

const writeJson = (file: string, json: unknown) => Fs.writeFileSync(file, JSON.stringify(json, null, 2))

const install = (
  manager: Installed["manager"],
  folder: string,
  archives: ReadonlyArray<readonly [string, string]>,
  { check, installedVersion }: Report
): ReadonlyArray<Installed> => {
  Fs.mkdirSync(folder)
  const overrides = Object.fromEntries(archives.filter(([name]) => name !== umbrella))
  const manifest = {
    name: "consumer",
    private: true,
    type: "module",
    dependencies: {
      [umbrella]: Object.fromEntries(archives)[umbrella],
      ...Object.fromEntries(peers.map((name) => [name, installedVersion(name)]))
    }
  }
  writeJson(Path.join(folder, "package.json"), manager === "npm" ? { ...manifest, overrides } : manifest)
  if (manager === "pnpm") {
    writeJson(Path.join(folder, "pnpm-workspace.yaml"), { packages: ["."], overrides, strictDepBuilds: false })
  }
  const flags = ["install", "--prefer-offline", "--ignore-scripts"]
  const result = manager === "npm"
    ? run("npm", [...flags, "--no-audit", "--no-fund", "--no-package-lock"], folder)
    : pnpm([...flags, "--no-frozen-lockfile", "--reporter=append-only"], folder)
  return check(`${umbrella} alone: install with ${manager}`, result) ? [{ manager, folder }] : []
}

/** The compiler of a dependency of the root. */
export const compiler = (typescript: string): string => Path.join(root, "node_modules", typescript, "bin/tsc")

const versionOf = (typescript: string): string =>
  readJson(Path.join(root, "node_modules", typescript, "package.json")).version

const compilerOptions = (resolution: string) => ({
  module: resolution === "NodeNext" ? "NodeNext" : "ESNext",
  moduleResolution: resolution,
  target: "ES2022",
  lib: ["ES2022", "DOM", "DOM.Iterable", "DOM.AsyncIterable"],
  types: [],
  strict: true,
  exactOptionalPropertyTypes: true,
  verbatimModuleSyntax: true
})

/** The packages that the declarations of the application name. */
const named = (folder: string): ReadonlyArray<string> => {
  const text = filesUnder(folder).map((file) => Fs.readFileSync(file, "utf8")).join("\n")
  const specifiers = Array.from(text.matchAll(/(?:from|import\()\s*"([^."][^"]*)"/g), (match) => match[1]!)
  return [...new Set(specifiers.map((specifier) => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)![0]))].sort()
}

const declare = async (
  { folder, manager }: Installed,
  typescript: string,
  resolution: string,
  { check }: Report,
  files: ReadonlyArray<string> = Consumer.files
): Promise<void> => {
  const name = `${typescript}-${resolution}-${files[0]}`
  const outDir = `out-${name}`
  writeJson(Path.join(folder, `${name}.json`), {
    compilerOptions: {
      ...compilerOptions(resolution),
      declaration: true,
      emitDeclarationOnly: true,
      outDir,
      skipLibCheck: false
    },
    files
  })
  const args = [compiler(typescript), "-p", `${name}.json`, "--pretty", "false"]
  const compiled = await start(process.execPath, args, folder)
  // In the flat layout of npm the packages below can be named too.
  const others = compiled.ok && manager === "pnpm"
    ? named(Path.join(folder, outDir)).filter((name) => ![umbrella, ...peers].includes(name))
    : []
  const how = `${manager}, TypeScript ${versionOf(typescript)}, ${resolution}`
  check(`${umbrella} alone: declarations of ${files.join(" and ")} with ${how}`, {
    ok: compiled.ok && others.length === 0,
    output: [compiled.output, ...others.map((name) => `A declaration names ${name}.`)].filter(Boolean).join("\n")
  })
}

/** Each TypeScript meets both ways to install and both resolutions; all combinations would take twice the time. */
const combinations = (installed: ReadonlyArray<Installed>) =>
  installed.flatMap((one, i) =>
    typescripts.map((typescript, j) => [one, typescript, (i + j) % 2 === 0 ? "NodeNext" : "Bundler"] as const)
  )

/** The packages under a `node_modules` of npm, with their folders. */
const packagesUnder = (folder: string): ReadonlyMap<string, string> =>
  new Map(
    Fs.readdirSync(folder)
      .flatMap((name) =>
        name.startsWith("@") ? Fs.readdirSync(Path.join(folder, name)).map((rest) => `${name}/${rest}`) : [name]
      )
      .filter((name) => Fs.existsSync(Path.join(folder, name, "package.json")))
      .map((name) => [name, Path.join(folder, name)])
  )

/** The size of what stands beside `effect`, `@effect/platform` and what they need. */
const measureSize = ({ folder }: Installed, { check }: Report): void => {
  const packages = packagesUnder(Path.join(folder, "node_modules"))
  const known = new Set<string>()
  const visit = (name: string): void => {
    const path = packages.get(name)
    if (path !== undefined && !known.has(name)) {
      known.add(name)
      const { dependencies, optionalDependencies, peerDependencies } = readJson(Path.join(path, "package.json"))
      Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies }).forEach(visit)
    }
  }
  peers.forEach(visit)
  const added = Array.from(packages).filter(([name]) => !known.has(name))
  const files = added.flatMap(([, path]) => filesUnder(path)).map((file) => Fs.statSync(file).size)
  const bytes = files.reduce((sum, size) => sum + size, 0)
  const onDisk = files.reduce((sum, size) => sum + Math.ceil(size / 4096) * 4096, 0)
  const mb = (size: number) => `${(size / 1e6).toFixed(2)} MB`
  const size = `${added.length} packages, ${files.length} files, ${mb(bytes)}, ${mb(onDisk)} on disk`
  check(`${umbrella} alone: ${size}, at most ${mb(mostBytes)} on disk`, {
    ok: onDisk <= mostBytes,
    output: added.map(([name]) => name).join("\n")
  })
}

/** What the package adds to the check of a program. The time is that of this machine, and only shown. */
const measureCheck = ({ folder }: Installed, { check }: Report): void => {
  const measure = (name: string, text: string) => {
    Fs.writeFileSync(Path.join(folder, `${name}.ts`), text)
    writeJson(Path.join(folder, `${name}.json`), {
      compilerOptions: { ...compilerOptions("NodeNext"), skipLibCheck: true, noEmit: true },
      files: [`${name}.ts`]
    })
    const { ok, output } = runNode(compiler("typescript"), ["-p", `${name}.json`, "--extendedDiagnostics"], folder)
    const figure = (label: string) => Number(new RegExp(`^${label}:\\s+([\\d.]+)`, "m").exec(output)?.[1])
    return { ok, output, instantiations: figure("Instantiations"), seconds: figure("Total time") }
  }
  const without = measure("without", Consumer.without)
  const program = measure("program", Consumer.program())
  const seconds = `${(program.seconds - without.seconds).toFixed(1)} s more than Effect alone`
  const figures = `${program.instantiations} instantiations, at most ${mostInstantiations}; ${seconds}`
  check(`${umbrella} alone: check of a program: ${figures}`, {
    ok: without.ok && program.ok && program.instantiations <= mostInstantiations,
    output: [without, program].filter(({ ok }) => !ok).map(({ output }) => output).join("\n")
  })
}

/** Checks the archives, which are given with the names of their packages. */
export const checkConsumer = async (
  temp: string,
  archives: ReadonlyArray<readonly [string, string]>,
  report: Report
): Promise<void> => {
  const installed = (["pnpm", "npm"] as const).flatMap((manager) =>
    install(manager, Path.join(temp, manager), archives, report)
  )
  if (installed.length < 2) {
    return
  }
  const { exports, text } = Consumer.make(installed[0]!.folder)
  for (const { folder } of installed) {
    Consumer.files.forEach((file, i) => Fs.writeFileSync(Path.join(folder, file), [text, Consumer.byHand][i]!))
  }
  report.check(`${umbrella} alone: ${exports} exports to declare`, { ok: exports > 1000, output: "Where are they?" })
  const waiting = [...combinations(installed)]
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      await declare(...next, report)
    }
  }
  await Promise.all([work(), work()])
  Fs.writeFileSync(Path.join(installed[0]!.folder, "alone.ts"), Consumer.alone)
  await declare(installed[0]!, newest, "NodeNext", report, ["alone.ts"])
  measureSize(installed[1]!, report)
  for (const [what, result] of await bundleSizes(installed[1]!.folder)) {
    report.check(`${umbrella} alone: ${what}`, result)
  }
  measureCheck(installed[0]!, report)
}
