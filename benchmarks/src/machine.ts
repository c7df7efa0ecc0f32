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

/**
 * The most memory that this process has had at once, in bytes. What the operating system says of its resources may count
 * the memory of the process that started it.
 */
export const peakMemory = (): number => {
  const status = Fs.existsSync("/proc/self/status") ? Fs.readFileSync("/proc/self/status", "utf8") : ""
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? []
  return (kilobytes === undefined ? process.resourceUsage().maxRSS : Number(kilobytes)) * 1024
}
