import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"

const bin = fileURLToPath(new URL("../../src/bin.ts", import.meta.url))

/** The variables of a process that the command reads. */
export type Env = Readonly<Record<string, string>>

/** Runs Node as a process of its own, which is killed at the latest when the scope closes. */
export const start = (args: ReadonlyArray<string>, options: { readonly env?: Env; readonly uid?: number } = {}) =>
  Effect.gen(function*() {
    const child = yield* Effect.acquireRelease(
      Effect.sync(() =>
        spawn(process.execPath, args, {
          ...options,
          env: { ...process.env, ...options.env },
          stdio: ["ignore", "pipe", "pipe"]
        })
      ),
      (child) => Effect.sync(() => child.kill("SIGKILL"))
    )
    let stdout = ""
    let stderr = ""
    const firstLine = yield* Deferred.make<string, Error>()
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text
      if (stdout.includes("\n")) Deferred.unsafeDone(firstLine, Effect.succeed(stdout.split("\n")[0]!))
    })
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text
    })
    // All output is there when the streams are closed.
    const closed = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>
    void closed.then(() => Deferred.unsafeDone(firstLine, Effect.fail(new Error(`the server ended: ${stderr}`))))
    return {
      kill: (signal: NodeJS.Signals) => Effect.sync(() => child.kill(signal)),
      ended: Effect.map(Effect.promise(() => closed), ([code, signal]) => ({ code, signal, stdout, stderr })),
      url: Effect.flatMap(Deferred.await(firstLine), (line) => {
        const url = /^Pinecone Local is ready at (https?:\/\/[a-z0-9.]+:\d+)$/.exec(line)?.[1]
        return url === undefined ? Effect.dieMessage(`no address in ${line}`) : Effect.succeed(url)
      })
    }
  })

/** Runs the server as a process of its own. */
export const run = (...args: ReadonlyArray<string>) => start(["--import", "tsx", bin, ...args])
