/**
 * Checks that the README of each package stands alone, as on npm: it says how to install what its programs import, and what
 * that requires; it has a program, and every link of it leads somewhere from there.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { type Package, packages, publishable, readJson, root } from "./workspace.js"

const { homepage } = readJson(Path.join(root, "package.json"))

/** The lowest TypeScript that is supported, as in `5.7`. The packages are checked with it. */
export const minimumTypeScript = "5.7"

const requirement = `TypeScript ${minimumTypeScript} or later`

/** What is installed for a peer: `^3.22.1` is written as `effect@3.22`, a package of this repository without its version. */
const peersOf = (names: ReadonlyArray<string>): ReadonlyArray<string> => {
  const peers = packages
    .filter(({ manifest }) => names.includes(manifest.name))
    .flatMap(({ manifest }) =>
      Object.entries(manifest.peerDependencies ?? {})
        .filter(([name]) => manifest.peerDependenciesMeta?.[name]?.optional !== true)
    )
  return [
    ...new Set(
      peers.map(([name, range]) => range.startsWith("workspace:") ? name : `${name}@${/\d+\.\d+/.exec(range)?.[0]}`)
    )
  ]
}

/** The packages of this repository that the programs of a text import. */
const imported = (text: string): ReadonlyArray<string> =>
  packages
    .map(({ manifest }) => manifest.name)
    .filter((name) => text.includes(`from "${name}"`) || text.includes(`from "${name}/`))

const problemsOf = ({ manifest, path }: Package): ReadonlyArray<string> => {
  const text = Fs.readFileSync(Path.join(path, "README.md"), "utf8")
  const installed = /^npm install (.*)$/m.exec(text)?.[1]?.split(" ") ?? []
  const names = [...new Set([manifest.name, ...imported(text)])]
  const missing = [...names, ...peersOf(names)].filter((name) => !installed.includes(name))
  const links = Array.from(text.matchAll(/\]\(([^)]+)\)/g), (match) => match[1]!)
  return [
    ...missing.map((name) => `its \`npm install\` should name ${name}`),
    ...(text.includes(requirement) ? [] : [`it should say that it requires ${requirement}`]),
    ...(/^```ts$/m.test(text) ? [] : ["it has no program"]),
    ...(links.some((link) => link.startsWith(homepage)) ? [] : ["it has no link to the repository"]),
    ...links
      .filter((link) => !/^(?:https?:|#)/.test(link))
      .map((link) => `the link ${link} leads nowhere on npm`),
    ...links
      .map((link) => new RegExp(`^${homepage}/(?:blob|tree)/main/([^#]*)`).exec(link)?.[1])
      .filter((file) => file !== undefined && !Fs.existsSync(Path.join(root, file)))
      .map((file) => `it links to ${file}, which is not there`)
  ].map((problem) => `packages/${Path.basename(path)}/README.md: ${problem}`)
}

/** What is wrong with the READMEs. */
export const problems = (): ReadonlyArray<string> => [
  ...publishable.flatMap(problemsOf),
  ...(Fs.readFileSync(Path.join(root, "README.md"), "utf8").includes(requirement)
    ? []
    : [`README.md: it should say that it requires ${requirement}`])
]
