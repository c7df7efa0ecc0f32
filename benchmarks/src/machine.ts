import * as Fs from "node:fs"
import * as Os from "node:os"

/** What a figure was measured on. */
export const machine = (): string =>
  `${Os.cpus()[0]?.model ?? "unknown processor"}, ${Os.cpus().length} cores, ${
    Math.round(Os.totalmem() / 2 ** 30)
  } GB, ${Os.platform()} ${Os.release()}, Node ${process.version}`

/** The versions of packages that take part. */
export const versions = (...names: ReadonlyArray<string>): string =>
  names.map((name) => {
    const path = new URL(`../node_modules/${name}/package.json`, import.meta.url)
    const { version } = JSON.parse(Fs.readFileSync(path, "utf8")) as { readonly version: string }
    return `${name} ${version}`
  }).join(", ")
