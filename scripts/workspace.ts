/**
 * What the scripts know of the workspace: its packages, as their `package.json` describes them.
 */
import * as ChildProcess from "node:child_process"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly keywords?: ReadonlyArray<string>
  readonly files: ReadonlyArray<string>
  readonly bin?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
  readonly publishConfig?: { readonly bin?: Readonly<Record<string, string>> }
}

export interface Package {
  /** The name of its folder under `packages`. */
  readonly folder: string
  readonly path: string
  readonly manifest: Manifest
}

export const root = Path.resolve(Path.dirname(fileURLToPath(import.meta.url)), "..")

export const readJson = (file: string): any => JSON.parse(Fs.readFileSync(file, "utf8"))

/** Every package of `packages`, in the order of its folder. */
export const packages: ReadonlyArray<Package> = Fs.readdirSync(Path.join(root, "packages"))
  .sort()
  .map((folder) => ({ folder, path: Path.join(root, "packages", folder) }))
  .filter(({ path }) => Fs.existsSync(Path.join(path, "package.json")))
  .map((found) => ({ ...found, manifest: readJson(Path.join(found.path, "package.json")) }))

/** The packages that are published. */
export const publishable = packages.filter(({ manifest }) => manifest.publishConfig !== undefined)

/** The packages of the workspace that `self` depends on at run time: not those that it only uses if they are there. */
export const dependenciesOf = ({ manifest }: Package): ReadonlyArray<Package> => {
  const { dependencies, peerDependencies, peerDependenciesMeta } = manifest
  return packages.filter(({ manifest: { name } }) =>
    name in { ...dependencies, ...peerDependencies } && peerDependenciesMeta?.[name]?.optional !== true
  )
}

/** The files under `folder`, at any depth, sorted. */
export const filesUnder = (folder: string): ReadonlyArray<string> =>
  Fs.existsSync(folder)
    ? Fs.readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => Path.join(entry.parentPath ?? entry.path, entry.name))
      .sort()
    : []

export interface Result {
  readonly ok: boolean
  readonly output: string
}

/** Runs a program to its end. Nothing is read from the terminal. */
export const run = (command: string, args: ReadonlyArray<string>, cwd: string): Result => {
  const done = ChildProcess.spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
    stdio: ["ignore", "pipe", "pipe"]
  })
  const output = `${done.stdout ?? ""}${done.stderr ?? ""}${done.error === undefined ? "" : done.error.message}`
  return { ok: done.status === 0, output: output.trimEnd() }
}

/** The same, beside others. */
export const start = (command: string, args: ReadonlyArray<string>, cwd: string): Promise<Result> =>
  new Promise((resolve) => {
    const options = { cwd, encoding: "utf8", maxBuffer: 256 * 1024 * 1024 } as const
    ChildProcess.execFile(
      command,
      args,
      options,
      (error, stdout, stderr) => resolve({ ok: error === null, output: `${stdout}${stderr}`.trimEnd() })
    ).stdin?.end()
  })

/** Runs a script of an installed package with this Node. */
export const runNode = (script: string, args: ReadonlyArray<string>, cwd: string): Result =>
  run(process.execPath, [script, ...args], cwd)

/** Runs the pnpm that runs this script, or else the one that `packageManager` names. */
export const pnpm = (args: ReadonlyArray<string>, cwd: string): Result => {
  const current = process.env["npm_execpath"] ?? ""
  if (!Path.basename(current).startsWith("pnpm")) {
    return run("npx", ["-y", readJson(Path.join(root, "package.json")).packageManager, ...args], cwd)
  }
  return /\.[cm]?js$/.test(current) ? runNode(current, args, cwd) : run(current, args, cwd)
}

export const tsc = Path.join(root, "node_modules/typescript/bin/tsc")
