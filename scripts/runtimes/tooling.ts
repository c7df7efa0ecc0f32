/** What is installed for this alone, and only when it is asked for: the runtimes, and what drives them. */
import * as Fs from "node:fs"
import { createRequire } from "node:module"
import * as Path from "node:path"
import { pnpm, readJson, root } from "../workspace.js"

const folder = Path.join(root, "scripts/runtimes")

/** A module of it. Nothing is known of its types, as it may not be there when types are checked. */
export const load = createRequire(Path.join(folder, "package.json"))

export const install = (): void => {
  const done = pnpm(["install", "--frozen-lockfile", "--prefer-offline"], folder)
  if (done.ok) return
  console.error(done.output)
  process.exit(1)
}

/** A file of a package, or nothing where there is no such package for this machine. */
export const fileOf = (name: string, file: string): string | undefined => {
  const path = Path.join(folder, "node_modules", name, file)
  return Fs.existsSync(path) ? path : undefined
}

export const versionOf = (name: string): string =>
  readJson(Path.join(folder, "node_modules", name, "package.json")).version

export const nodeOf = (major: string): string | undefined =>
  fileOf(`node-${major}-${process.platform}-${process.arch}`, "bin/node")

/** A Chromium of this machine's own, and nothing where there is none. */
export const chromium = [
  process.env["CHROMIUM_PATH"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
].find((path) => path !== undefined && Fs.existsSync(path))
