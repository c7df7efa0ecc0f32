/**
 * Writes what all packages have in common, from where it is said once: the repository and its addresses from the root's
 * `package.json`, and the module with the version that all packages share.
 *
 * With `--check` nothing is written, and the exit code says whether all is up to date.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { type Package, publishable, readJson, root } from "./workspace.js"

const { bugs, homepage, repository } = readJson(Path.join(root, "package.json"))

/** Where a file of the repository can be read. */
export const addressOf = (path: string): string => `${homepage}/blob/main/${path}`

/** The keywords that each package has, before its own. */
const keywords = ["effect", "pinecone", "vector-database"]

const common = ({ folder, manifest }: Package) => ({
  keywords: [...keywords, ...(manifest.keywords ?? []).filter((keyword) => !keywords.includes(keyword))],
  homepage: `${homepage}/tree/main/packages/${folder}#readme`,
  bugs,
  repository: { ...repository, directory: `packages/${folder}` }
})

const manifestOf = (self: Package): string => {
  const all: Record<string, unknown> = { ...self.manifest, ...common(self) }
  const first = ["name", "version", "type", "license", "description", ...Object.keys(common(self))]
  const rest = Object.keys(all).filter((key) => !first.includes(key))
  return `${JSON.stringify(Object.fromEntries([...first, ...rest].map((key) => [key, all[key]])), null, 2)}\n`
}

const versions = new Set(publishable.map(({ manifest }) => manifest.version))

const versionModule = `/**
 * The version of the packages, as requests name it.
 */
export const version = "${publishable[0]!.manifest.version}"
`

const files: ReadonlyMap<string, string> = new Map([
  ...publishable.map((self) => [Path.join(self.path, "package.json"), manifestOf(self)] as const),
  [Path.join(root, "packages/http/src/internal/version.ts"), versionModule]
])

/** What is wrong with the files as they are. */
export const problems = (): ReadonlyArray<string> => [
  ...(versions.size === 1 ? [] : [`the packages have different versions: ${[...versions].join(", ")}`]),
  ...publishable
    .filter(({ manifest }) => (manifest.keywords ?? []).every((keyword) => keywords.includes(keyword)))
    .map(({ folder }) => `packages/${folder}/package.json has no keywords of its own`),
  ...Array.from(files)
    .filter(([file, text]) => !Fs.existsSync(file) || Fs.readFileSync(file, "utf8") !== text)
    .map(([file]) => `${Path.relative(root, file)} is not up to date: run \`pnpm manifests\``)
]

if (process.argv[1] === import.meta.filename) {
  if (!process.argv.includes("--check")) {
    files.forEach((text, file) => Fs.writeFileSync(file, text))
  }
  const found = problems()
  found.forEach((problem) => console.error(`- ${problem}`))
  console.log(`${publishable.length} packages, ${found.length} problems`)
  process.exitCode = found.length === 0 ? 0 : 1
}
