/** The packages as they are published, without publishing them: what the runtimes run. */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { filesUnder, type Package, packages, readJson, root } from "../workspace.js"
import { load } from "./tooling.js"

const link = (target: string, path: string): void => {
  Fs.mkdirSync(Path.dirname(path), { recursive: true })
  Fs.symlinkSync(target, path)
}

/** The packages and the program as they would be installed. */
export const stage = async (): Promise<string> => {
  const staged = Path.join(root, "node_modules/.cache/runtimes")
  Fs.rmSync(staged, { recursive: true, force: true })
  const program: Package = {
    folder: "program",
    path: Path.join(root, "examples/runtimes"),
    manifest: readJson(Path.join(root, "examples/runtimes/package.json"))
  }
  const folders = new Map(packages.map(({ folder, manifest }) => [manifest.name, folder]))
  for (const { folder, manifest, path } of [...packages, program]) {
    const target = Path.join(staged, folder)
    const source = Path.join(path, "src")
    const files = filesUnder(source)
    const isModule = (file: string) => /\.[jt]s$/.test(file)
    await load("esbuild").build({
      entryPoints: files.filter(isModule),
      outbase: source,
      outdir: Path.join(target, "dist"),
      format: "esm",
      target: "es2022",
      logLevel: "error",
      tsconfigRaw: { compilerOptions: { target: "ES2022", verbatimModuleSyntax: true, useDefineForClassFields: true } }
    })
    for (const file of files.filter((file) => !isModule(file))) {
      Fs.cpSync(file, Path.join(target, "dist", Path.relative(source, file)))
    }
    Fs.writeFileSync(
      Path.join(target, "package.json"),
      JSON.stringify({ ...manifest, ...manifest.publishConfig, devDependencies: undefined })
    )
    for (const name of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })) {
      const own = folders.get(name)
      const found = own === undefined ? Path.join(path, "node_modules", name) : Path.join(staged, own)
      if (own !== undefined || Fs.existsSync(found)) {
        link(own === undefined ? Fs.realpathSync(found) : found, Path.join(target, "node_modules", name))
      }
    }
  }
  return staged
}

/** All of a program in one file, as a bundler makes it for a page or a Worker. */
export const bundle = async (staged: string, name: string): Promise<string> => {
  const outfile = Path.join(staged, "bundles", `${name}.js`)
  await load("esbuild").build({
    entryPoints: [Path.join(staged, "program/dist", `${name}.js`)],
    outfile,
    bundle: true,
    format: "esm",
    platform: "browser",
    logLevel: "error"
  })
  return outfile
}
