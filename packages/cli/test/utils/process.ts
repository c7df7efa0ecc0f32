/** Runs the command line as a process of its own, in a terminal or without one. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Esbuild from "esbuild"
import type { ChildProcess } from "node:child_process"
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Where what it imports and its own manifest are found. */
const bundled = file("../../node_modules/.cache/pinecone.mjs")

/** The command as a file of JavaScript, which starts in a fraction of the time. */
export const bundle = async (): Promise<void> => {
  await Esbuild.build({
    entryPoints: { pinecone: file("../../src/bin.ts") },
    outdir: file("../../node_modules/.cache"),
    outExtension: { ".js": ".mjs" },
    chunkNames: "pinecone-[hash]",
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node20",
    logLevel: "error",
    banner: {
      js: "import { createRequire as requiring } from \"node:module\"; const require = requiring(import.meta.url)"
    }
  })
}

/** Debian's `script` gives a program a terminal. */
export const hasScript: boolean = spawnSync("script", ["--version"]).status === 0

export interface Env {
  readonly [name: string]: string
}

const quoted = (arg: string) => `'${arg.replaceAll("'", "'\\''")}'`

const started = (child: ChildProcess) => {
  let output = ""
  let errors = ""
  const waiting: Array<{ readonly text: string; readonly where: () => string; readonly met: Deferred.Deferred<void> }> =
    []
  const look = () => {
    for (const { met, text, where } of waiting) {
      if (where().includes(text)) Deferred.unsafeDone(met, Effect.void)
    }
  }
  const until = (where: () => string) => (text: string) =>
    Effect.flatMap(Deferred.make<void>(), (met) => {
      waiting.push({ text, where, met })
      look()
      return Deferred.await(met)
    })
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output += text
    look()
  })
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    errors += text
    look()
  })
  const closed = once(child, "close")
  return {
    pid: child.pid!,
    /** Until it has written a text. */
    says: until(() => output),
    /** Until it has written a text to standard error. */
    warns: until(() => errors),
    errors: () => errors,
    types: (text: string) => Effect.sync(() => void child.stdin?.write(text)),
    kill: (signal: NodeJS.Signals) => Effect.sync(() => void child.kill(signal)),
    ended: Effect.map(Effect.promise(() => closed), ([code, signal]: ReadonlyArray<unknown>) => ({
      code,
      signal,
      output,
      errors
    }))
  }
}

const scoped = (start: () => ChildProcess) =>
  Effect.map(
    Effect.acquireRelease(Effect.sync(start), (child) => Effect.sync(() => void child.kill("SIGKILL"))),
    started
  )

/** With pipes. */
export const piped = (args: ReadonlyArray<string>, env: Env) =>
  scoped(() => spawn(process.execPath, [bundled, ...args], { env: { PATH: process.env["PATH"], ...env } }))

/** In a terminal of 120 columns, which has standard error too. */
export const inTerminal = (args: ReadonlyArray<string>, env: Env) =>
  scoped(() =>
    spawn("script", [
      "--quiet",
      "--return",
      "--flush",
      "--command",
      `stty cols 120 rows 40; exec ${[process.execPath, bundled, ...args].map(quoted).join(" ")}`,
      "/dev/null"
    ], { env: { PATH: process.env["PATH"], SHELL: "/bin/sh", TERM: "xterm", ...env } })
  )
