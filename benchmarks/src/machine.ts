import * as Fs from "node:fs"
import { createRequire } from "node:module"
import * as Os from "node:os"
import * as Path from "node:path"

/** What figures are measured on. */
export interface Machine {
  readonly processor: string
  readonly cores: number
  readonly memory: string
  readonly system: string
  readonly node: string
}

export const machine = (): Machine => ({
  processor: Os.cpus()[0]?.model.trim() ?? "unknown processor",
  cores: Os.cpus().length,
  memory: `${Math.round(Os.totalmem() / 2 ** 30)} GB`,
  system: `${Os.platform()} ${Os.release()}`,
  node: process.version
})

/** How many programs wanted a processor in the last minute, on average: those of the benchmark among them. */
export const load = (): number => Math.round(Os.loadavg()[0]! * 100) / 100

/** The description of a package that takes part, by the name it is imported by. */
export const manifest = (
  name: string
): { readonly name: string; readonly version: string; readonly engines?: { readonly node?: string } } => {
  const paths = createRequire(import.meta.url).resolve.paths(name) ?? []
  const file = paths.map((path) => Path.join(path, name, "package.json")).find((path) => Fs.existsSync(path))
  if (file === undefined) throw new Error(`${name} is not installed`)
  return JSON.parse(Fs.readFileSync(file, "utf8"))
}

/** The versions of packages that take part. */
export const versions = (...names: ReadonlyArray<string>): Readonly<Record<string, string>> =>
  Object.fromEntries(names.map((name) => [name, manifest(name).version]))

/**
 * The most memory that this process has had at once, in bytes. What the operating system says of its resources may count
 * the memory of the process that started it.
 */
export const peakMemory = (): number => {
  const status = Fs.existsSync("/proc/self/status") ? Fs.readFileSync("/proc/self/status", "utf8") : ""
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? []
  return (kilobytes === undefined ? process.resourceUsage().maxRSS : Number(kilobytes)) * 1024
}
