/** The runtimes, and how each runs the program. */
import * as ChildProcess from "node:child_process"
import * as Path from "node:path"
import { createInterface } from "node:readline"
import { bundle } from "./stage.js"
import { chromium, fileOf, load, versionOf } from "./tooling.js"

export interface Outcome {
  readonly feature: string
  readonly problem?: string
}

export interface Server {
  readonly page: string
  readonly place: Readonly<Record<string, string>>
}

export interface Runtime {
  readonly name: string
  /** As it is in the table. */
  readonly title: string
  readonly version: string
  /** It is whatever this machine has. */
  readonly isFloating: boolean
  /** The features that it has no means for: a browser has no sockets. */
  readonly without: ReadonlyArray<string>
  readonly run: (server: Server, staged: string) => Promise<ReadonlyArray<Outcome>>
}

const steps = ["control plane", "upsert", "query", "stream", "errors", "interruption"]
const sockets = ["NodeHttp", "gRPC", "server in process", "server, HTTP", "server, gRPC"]
export const features = [...steps, ...sockets]

/** The longest that a runtime may take, in milliseconds. */
const limit = 60_000

/** Runs a program that says a line of JSON for each outcome. What it says of its end counts for all that it did not come to. */
const spoken = (command: string, args: ReadonlyArray<string>, cwd: string): Promise<ReadonlyArray<Outcome>> =>
  new Promise((resolve) => {
    const child = ChildProcess.spawn(command, args, { cwd, stdio: ["ignore", "pipe", "pipe"] })
    const outcomes: Array<Outcome> = []
    let said = ""
    const timer = setTimeout(() => child.kill("SIGKILL"), limit)
    createInterface(child.stdout).on("line", (line) => {
      if (line.startsWith("{")) outcomes.push(JSON.parse(line))
      else said += `${line}\n`
    })
    child.stderr.on("data", (bytes) => said += bytes)
    child.once("error", (error) => said += error.message)
    child.once("close", (code, signal) => {
      clearTimeout(timer)
      const end = code === 0 ? "" : `it ended with ${code ?? signal}: ${said.trim().slice(-2000)}`
      const missing = features.filter((feature) => outcomes.every((outcome) => outcome.feature !== feature))
      resolve([...outcomes, ...missing.map((feature) => ({ feature, problem: end || "nothing was said of it" }))])
    })
  })

/** A runtime that speaks for itself, or none where there is no package of it for this machine. */
const own = (
  title: string,
  name: string,
  packageName: string,
  bin: string,
  args: ReadonlyArray<string>
): ReadonlyArray<Runtime> => {
  const command = fileOf(packageName, bin)
  if (command === undefined) return []
  const version = versionOf(packageName)
  return [{
    name,
    title,
    version,
    isFloating: false,
    without: [],
    run: ({ place }, staged) => {
      const cwd = Path.join(staged, "program")
      const argument = JSON.stringify({ ...place, runtime: name })
      return spoken(command, [...args, Path.join(cwd, "dist/main.js"), argument], cwd)
    }
  }]
}

const workerd: Runtime = {
  name: "workerd",
  title: "Workers (workerd)",
  get version() {
    return load(load.resolve("workerd/package.json", { paths: [load.resolve("miniflare")] })).version
  },
  isFloating: false,
  without: sockets,
  run: async ({ place }, staged) => {
    const { Miniflare } = load("miniflare")
    const worker = new Miniflare({
      modules: true,
      scriptPath: await bundle(staged, "worker"),
      compatibilityDate: "2026-01-01",
      bindings: { PLACE: { ...place, runtime: "workerd" } }
    })
    try {
      const response = await worker.dispatchFetch("http://worker.example/")
      return await response.json()
    } finally {
      await worker.dispose()
    }
  }
}

const browser = (executablePath: string): Runtime => ({
  name: "chromium",
  title: "Browsers (Chromium)",
  version: /[\d.]+/.exec(ChildProcess.spawnSync(executablePath, ["--version"], { encoding: "utf8" }).stdout)?.[0] ?? "",
  isFloating: true,
  without: sockets,
  run: async ({ page: url, place }, staged) => {
    await bundle(staged, "browser")
    const launched = await load("playwright-core").chromium.launch({ executablePath, args: ["--no-sandbox"] })
    try {
      const page = await launched.newPage()
      await page.goto(url)
      await page.waitForFunction("typeof run === 'function'")
      return await page.evaluate(`run(${JSON.stringify({ ...place, runtime: "chromium" })})`)
    } finally {
      await launched.close()
    }
  }
})

const bunArch = process.arch === "arm64" ? "aarch64" : process.arch
const libc = process.platform === "linux" ? "-glibc" : ""

/** Those that there are on this machine. */
export const runtimes = (): ReadonlyArray<Runtime> => [
  ...["20", "22", "24"].flatMap((major) =>
    own(`Node ${major}`, `node-${major}`, `node-${major}-${process.platform}-${process.arch}`, "bin/node", [])
  ),
  ...own("Bun", "bun", `@oven/bun-${process.platform}-${bunArch}`, "bin/bun", []),
  ...own("Deno", "deno", `@deno/${process.platform}-${process.arch}${libc}`, "deno", ["run", "-A", "--no-prompt"]),
  workerd,
  ...(chromium === undefined ? [] : [browser(chromium)])
]
