/**
 * Installs the embedded server with npm in an empty folder, as its users do: without its models it must stay small and say
 * what to install, and with them it must embed.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { filesUnder, type Result, run, runNode } from "./workspace.js"

export interface Archive {
  readonly name: string
  readonly tarball: string
}

/** What the server may add to its peers, in megabytes. */
const most = 45

const local = "@effect-pinecone/local"
const models = "@effect-pinecone/local-models"

/** The folder of the package that a file below `node_modules` is of, such as `a/node_modules/@b/c`. */
const packageOf = (path: string): string | undefined =>
  /^((?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/.][^/]*)\//.exec(path.split(Path.sep).join("/"))?.[1]

/** The size of each package that is installed, in bytes. */
const sizes = (project: string): ReadonlyMap<string, number> => {
  const folder = Path.join(project, "node_modules")
  const found = new Map<string, number>()
  for (const file of filesUnder(folder)) {
    const name = packageOf(Path.relative(folder, file))
    if (name !== undefined) found.set(name, (found.get(name) ?? 0) + Fs.statSync(file).size)
  }
  return found
}

/** Embeds a text, and prints the status and the answer. */
const program = `
import * as PineconeLocal from "${local}/PineconeLocal"
import * as Effect from "effect/Effect"

const ask = ({ url }) =>
  Effect.promise(async () => {
    const body = JSON.stringify({ model: "universal-sentence-encoder-lite", inputs: [{ text: "a cat" }] })
    const headers = { "content-type": "application/json" }
    const response = await fetch(url + "/embed", { method: "POST", headers, body })
    console.log(response.status, (await response.text()).slice(0, 500))
  })
await Effect.runPromise(Effect.scoped(Effect.flatMap(PineconeLocal.serve({ port: 0 }), ask)))
`

/** Whether a server in this project answers a text as it should. */
export const embeds = (project: string, expected: RegExp): Result => {
  Fs.writeFileSync(Path.join(project, "embed.mjs"), program)
  const { ok, output } = runNode("embed.mjs", [], project)
  return { ok: ok && expected.test(output), output }
}

/** Opens the console, and prints what its page and its script are. */
const opening = `
import * as PineconeLocal from "${local}/PineconeLocal"
import * as Effect from "effect/Effect"

const open = ({ url }) =>
  Effect.promise(async () => {
    for (const path of ["/", "/console/app.js"]) {
      const response = await fetch(url + path)
      console.log(response.status, response.headers.get("content-type"))
    }
  })
await Effect.runPromise(Effect.scoped(Effect.flatMap(PineconeLocal.serve({ port: 0 }), open)))
`

/** Whether a server in this project shows the console. */
export const showsConsole = (project: string): Result => {
  Fs.writeFileSync(Path.join(project, "console.mjs"), opening)
  const { ok, output } = runNode("console.mjs", [], project)
  return { ok: ok && /^200 text\/html[^\n]*\n200 text\/javascript/.test(output), output }
}

/** Without the models, with what it says. */
export const withoutModels = /^501 .*npm install @effect-pinecone\/local-models/

/** With them. */
export const withModels = /^200 .*"values"/

const install = (
  project: string,
  archives: ReadonlyArray<Archive>,
  names: ReadonlyArray<string>,
  peers: Readonly<Record<string, string>>
): Result => {
  const files = archives.map(({ name, tarball }) => [name, `file:${tarball}`] as const)
  const manifest = {
    name: "consumer",
    private: true,
    type: "module",
    dependencies: { ...peers, ...Object.fromEntries(files.filter(([name]) => names.includes(name))) },
    overrides: Object.fromEntries(files.filter(([name]) => !names.includes(name)))
  }
  Fs.mkdirSync(project, { recursive: true })
  Fs.writeFileSync(Path.join(project, "package.json"), JSON.stringify(manifest, null, 2))
  return run("npm", ["install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"], project)
}

/** Checks the server as npm installs it below this folder. */
export const checkLocal = (
  folder: string,
  archives: ReadonlyArray<Archive>,
  peers: Readonly<Record<string, string>>,
  check: (what: string, result: Result) => boolean
): void => {
  const bare = Path.join(folder, "peers")
  const alone = Path.join(folder, "local")
  const whole = Path.join(folder, "local-with-models")
  if (!check("npm: the peers of the embedded server", install(bare, archives, [], peers))) return
  if (!check(`npm: ${local} alone`, install(alone, archives, [local], peers))) return
  const before = sizes(bare)
  const added = Array.from(sizes(alone)).filter(([name]) => !before.has(name)).sort(([, a], [, b]) => b - a)
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1)
  const total = added.reduce((sum, [, size]) => sum + size, 0)
  check(`npm: ${local} adds ${megabytes(total)} MB in ${added.length} packages to its peers (at most ${most} MB)`, {
    ok: total <= most * 1e6,
    output: added.slice(0, 10).map(([name, size]) => `${megabytes(size)} MB ${name}`).join("\n")
  })
  check(`npm: ${local} alone says what to install`, embeds(alone, withoutModels))
  if (!check(`npm: ${local} with ${models}`, install(whole, archives, [local, models], peers))) return
  check(`npm: ${local} embeds with ${models}`, embeds(whole, withModels))
}
