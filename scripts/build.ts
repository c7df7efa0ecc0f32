/**
 * Builds every package that is published into its `dist`: ES modules and their declarations. The modules are the sources
 * without their types, with the comments, and the declarations have the documentation: neither needs a map, nor the sources
 * beside it. What the modules compute when they are loaded is marked for bundlers. The page of the console is bundled into
 * the `dist` of its package.
 *
 * The build starts from nothing, so that no module which is gone from `src` stays in `dist`.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { buildPage, mostBytes } from "../packages/console/page/build.js"
import * as Manifests from "./manifests.js"
import { markPure } from "./pure.js"
import * as Reexports from "./reexports.js"
import { dependenciesOf, filesUnder, type Package, publishable, readJson, root, runNode, tsc } from "./workspace.js"

const shebang = "#!/usr/bin/env node\n"

const problems: Array<string> = [...Reexports.problems(), ...Manifests.problems()]

/** TypeScript must build what a package depends on before the package. */
const checkReferences = (self: Package): void => {
  const file = Path.join(self.path, "tsconfig.build.json")
  if (!Fs.existsSync(file)) {
    problems.push(`packages/${self.folder} has no tsconfig.build.json`)
    return
  }
  const expected = dependenciesOf(self).map(({ folder }) => `../${folder}/tsconfig.build.json`).sort()
  const references: ReadonlyArray<{ readonly path: string }> = readJson(file).references ?? []
  const actual = references.map(({ path }) => path).sort()
  if (expected.join() !== actual.join()) {
    problems.push(`the references of packages/${self.folder}/tsconfig.build.json should be [${expected.join(", ")}]`)
  }
}

const clean = ({ path }: Package): void => {
  Fs.rmSync(Path.join(path, "dist"), { recursive: true, force: true })
  Fs.rmSync(Path.join(path, "tsconfig.build.tsbuildinfo"), { force: true })
}

const copyLicense = ({ path }: Package): void => Fs.copyFileSync(Path.join(root, "LICENSE"), Path.join(path, "LICENSE"))

const checkOutput = ({ folder, manifest, path }: Package): void => {
  const dist = Path.join(path, "dist")
  if (!Fs.existsSync(Path.join(dist, "index.js"))) {
    problems.push(`packages/${folder} has no src/index.ts`)
  }
  const files = filesUnder(dist)
  const emitted = new Set(files)
  for (const file of files.filter((file) => file.endsWith(".js"))) {
    if (!emitted.has(file.replace(/\.js$/, ".d.ts"))) {
      problems.push(`${Path.relative(root, file)} has no .d.ts beside it`)
    }
  }
  for (const [name, bin] of Object.entries(manifest.publishConfig?.bin ?? manifest.bin ?? {})) {
    const file = Path.join(path, bin)
    if (!Fs.existsSync(file)) {
      problems.push(`${name} of packages/${folder} should be at ${bin}, which the build does not make`)
    } else if (!Fs.readFileSync(file, "utf8").startsWith(shebang)) {
      problems.push(`${Path.relative(root, file)} should start with ${shebang.trim()}`)
    } else {
      Fs.chmodSync(file, 0o755)
    }
  }
}

/** A bundler leaves out what a program does not use of them. */
const markModules = ({ path }: Package): void => {
  for (const file of filesUnder(Path.join(path, "dist")).filter((file) => file.endsWith(".js"))) {
    Fs.writeFileSync(file, markPure(Fs.readFileSync(file, "utf8")))
  }
}

/** Nothing of a build that failed is left for others to take for a good one. */
const report = (): void => {
  publishable.forEach(clean)
  console.error(`${problems.length} problems:`)
  problems.forEach((problem) => console.error(`- ${problem}`))
  process.exit(1)
}

publishable.forEach(checkReferences)
if (problems.length > 0) {
  report()
}

publishable.forEach(clean)
const compiled = runNode(
  tsc,
  ["-b", ...publishable.map(({ folder }) => `packages/${folder}/tsconfig.build.json`)],
  root
)
if (compiled.output !== "") {
  console.error(compiled.output)
}
if (!compiled.ok) {
  problems.push("TypeScript found errors")
  report()
}

publishable.forEach(checkOutput)
if (problems.length > 0) {
  report()
}

publishable.forEach(markModules)

const pageBytes = await buildPage()
if (pageBytes > mostBytes) {
  problems.push(`the page of packages/console has ${pageBytes} bytes, compressed; at most ${mostBytes} are allowed`)
  report()
}

publishable.forEach(copyLicense)
for (const { folder, manifest, path } of publishable) {
  const modules = filesUnder(Path.join(path, "dist")).filter((file) => file.endsWith(".js"))
  console.log(`${manifest.name}: ${modules.length} modules in packages/${folder}/dist`)
}
console.log(`the page of the console: ${(pageBytes / 1000).toFixed(1)} KB, compressed`)
