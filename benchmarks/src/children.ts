/**
 * Processes of their own for the sides of a benchmark and for the servers they talk to. None outlives the benchmark: each
 * answer is waited for only so long, what does not answer is killed, all are killed when this process ends, and each ends
 * by itself when it is not connected to this process any more.
 */
import type { ChildProcess } from "node:child_process"
import { fork, spawn } from "node:child_process"
import type { Answers, Reply } from "./side.js"

const living = new Set<ChildProcess>()

const killAll = () => {
  for (const child of living) child.kill("SIGKILL")
}

process.once("exit", killAll)
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(1))

// Who was started by a command that was killed goes on without it, and nobody would know.
const parent = process.ppid
setInterval(() => {
  if (process.ppid !== parent) process.exit(1)
}, 1000).unref()

const watched = <C extends ChildProcess>(child: C): C => {
  living.add(child)
  child.once("exit", () => living.delete(child))
  return child
}

/** The end of what a process says, for the error that tells of its end. */
const tail = (child: ChildProcess): () => string => {
  let text = ""
  const keep = (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-4000)
  }
  child.stdout?.on("data", keep)
  child.stderr?.on("data", keep)
  return () => text.trim()
}

/** A process that answers by the given functions of its program. */
export interface Child<P extends Answers> {
  /** Asks it, and waits for the answer no longer than so many seconds. */
  readonly ask: <K extends keyof P & string>(
    name: K,
    input: Parameters<P[K]>[0],
    seconds?: number
  ) => Promise<Awaited<ReturnType<P[K]>>>
}

/** Starts a process that runs a program, which is plain JavaScript, and waits until it is ready. */
export type Start = <P extends Answers>(program: string, ...args: ReadonlyArray<string>) => Promise<Child<P>>

const start = async <P extends Answers>(
  program: string,
  args: ReadonlyArray<string>,
  started: Set<ChildProcess>
): Promise<Child<P>> => {
  // No arguments of this process: the loader that compiles TypeScript here takes no part there. No source maps either: they
  // would be a large part of what a side has in memory.
  const child = watched(fork(program, args, {
    execArgv: [],
    serialization: "advanced",
    stdio: ["ignore", "pipe", "pipe", "ipc"]
  }))
  started.add(child)
  const said = tail(child)
  const pending = new Map<number, (reply: Reply) => void>()
  let asked = 0
  let gone: string | undefined
  child.once("exit", (code, signal) => {
    gone = `a process ended (${signal ?? code}): ${program} ${args.join(" ")}\n${said()}`
    for (const settle of pending.values()) settle({ id: -1, error: gone })
    pending.clear()
  })
  child.on("message", (reply: Reply) => {
    pending.get(reply.id)?.(reply)
    pending.delete(reply.id)
  })

  const ask = (name: string, input: unknown, seconds: number): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (gone !== undefined) return reject(new Error(gone))
      const id = asked++
      const timer = setTimeout(() => {
        pending.delete(id)
        child.kill("SIGKILL")
        reject(new Error(`no answer to "${name}" within ${seconds} s: ${program} ${args.join(" ")}\n${said()}`))
      }, seconds * 1000)
      pending.set(id, ({ error, value }) => {
        clearTimeout(timer)
        if (error === undefined) resolve(value)
        else reject(new Error(error))
      })
      // A process that has just ended is told of by its `exit`.
      child.send({ id, name, input }, () => {})
    })

  await ask("ready", undefined, 60)
  return { ask: (name, input, seconds = 120) => ask(name, input, seconds) as never }
}

/** Runs with processes that are started on the way, and kills them in the end, whatever comes. */
export const withProcesses = async <A>(run: (start: Start) => Promise<A>): Promise<A> => {
  const started = new Set<ChildProcess>()
  try {
    return await run((program, ...args) => start(program, args, started))
  } finally {
    await Promise.all(
      Array.from(started, (child) =>
        new Promise<void>((resolve) => {
          if (child.exitCode !== null || child.signalCode !== null) return resolve()
          child.once("exit", () => resolve())
          child.kill("SIGKILL")
        }))
    )
  }
}

/** Runs a process to its end: what it printed, and the milliseconds that it took. */
export const once = (
  command: string,
  args: ReadonlyArray<string>,
  { cwd, seconds = 60 }: { readonly cwd?: string; readonly seconds?: number } = {}
): Promise<{ readonly output: string; readonly milliseconds: number }> =>
  new Promise((resolve, reject) => {
    const before = performance.now()
    const child = watched(spawn(command, args, { cwd, stdio: ["ignore", "pipe", "pipe"] }))
    const said = tail(child)
    const timer = setTimeout(() => child.kill("SIGKILL"), seconds * 1000)
    let after = before
    child.once("error", reject)
    child.once("exit", () => {
      after = performance.now()
    })
    child.once("close", (code, signal) => {
      clearTimeout(timer)
      if (code === 0) resolve({ output: said(), milliseconds: after - before })
      else reject(new Error(`${command} ${args.join(" ")} ended (${signal ?? code})\n${said()}`))
    })
  })
