/** tinyproxy, as Debian packages it: a real forward proxy in a process of its own. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as ChildProcess from "node:child_process"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { deafPort } from "./servers.js"

const cache = Path.resolve(import.meta.dirname, "../../node_modules/.cache/tinyproxy")

const runs = (program: string): boolean => ChildProcess.spawnSync(program, ["-v"], { timeout: 5000 }).status === 0

const apt = (...args: ReadonlyArray<string>): boolean =>
  ChildProcess.spawnSync("apt-get", args, { cwd: cache, timeout: 20_000 }).status === 0

/** Fetches the package into the cache of the workspace. Nothing of the system is changed. */
const fetch = (): boolean => {
  Fs.mkdirSync(Path.join(cache, "lists/partial"), { recursive: true })
  const own = [`-oDir::State::Lists=${cache}/lists`, `-oDir::Cache=${cache}`, "-oDebug::NoLocking=1"]
  if (!apt("download", "tinyproxy-bin") && !(apt(...own, "update") && apt(...own, "download", "tinyproxy-bin"))) {
    return false
  }
  const archive = Fs.readdirSync(cache).find((name) => name.endsWith(".deb"))
  return archive !== undefined && ChildProcess.spawnSync("dpkg", ["-x", archive, "."], { cwd: cache }).status === 0
}

/** The program: the one that is installed, or else one of our own. */
export const program: string | undefined = (() => {
  const own = Path.join(cache, "usr/bin/tinyproxy")
  if (runs("tinyproxy")) return "tinyproxy"
  return runs(own) || (fetch() && runs(own)) ? own : undefined
})()

export interface Tinyproxy {
  readonly port: number
  /** The lines of its log that tell of a request. */
  readonly requests: Effect.Effect<ReadonlyArray<string>>
}

const start = (program: string, user: string, password: string, port: number) =>
  Effect.async<{ readonly child: ChildProcess.ChildProcess; readonly log: () => string }, Error>((resume) => {
    const folder = Fs.mkdtempSync(Path.join(Os.tmpdir(), "tinyproxy-"))
    const file = Path.join(folder, "tinyproxy.conf")
    Fs.writeFileSync(
      file,
      [
        `Port ${port}`,
        "Listen 127.0.0.1",
        "Timeout 60",
        "MaxClients 50",
        "LogLevel Info",
        "Allow 127.0.0.1",
        `BasicAuth ${user} ${password}`
      ].join("\n")
    )
    const child = ChildProcess.spawn(program, ["-d", "-c", file], { stdio: ["ignore", "pipe", "pipe"] })
    let log = ""
    const hear = (bytes: Buffer) => {
      log += bytes.toString()
      if (log.includes("Accepting connections")) {
        Fs.rmSync(folder, { recursive: true, force: true })
        resume(Effect.succeed({ child, log: () => log }))
      }
    }
    child.stdout.on("data", hear)
    child.stderr.on("data", hear)
    child.on("exit", () => {
      Fs.rmSync(folder, { recursive: true, force: true })
      resume(Effect.fail(new Error(`tinyproxy does not start:\n${log}`)))
    })
  })

/** Runs it until the scope closes. */
export const run = (user: string, password: string): Effect.Effect<Tinyproxy, Error, Scope.Scope> =>
  Effect.gen(function*() {
    const port = yield* deafPort
    const { log } = yield* Effect.acquireRelease(
      start(program!, user, password, port),
      ({ child }) =>
        Effect.async<void>((resume) => {
          child.on("exit", () => resume(Effect.void))
          child.kill("SIGKILL")
        })
    )
    return {
      port,
      requests: Effect.sync(() => log().match(/Request \(file descriptor \d+\): .*/g) ?? [])
    }
  })
