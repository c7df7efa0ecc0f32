/** The console on 778 real documents: `pnpm console`. */
import { PineconeLocal } from "@effect-pinecone/local"
import { Command } from "@effect/platform"
import { NodeContext, NodeRuntime } from "@effect/platform-node"
import { Cause, Console, Data, Effect, Option, Redacted } from "effect"
import { ControlPlane, Pinecone } from "effect-pinecone"
import { parseArgs } from "node:util"
import { fill } from "./fill.js"

const usage = `Usage: pnpm console [flags]

  --port N         the port to listen on; without it, any that is free
  --no-open        print the address, and open no browser
  --allow-writes   let the console delete records, too
`

class UsageError extends Data.TaggedError("UsageError")<{ readonly message: string }> {}

const wrong = (message: string) => new UsageError({ message: `${message}\n\n${usage}` })

const flags = Effect.try({
  try: () =>
    parseArgs({
      options: {
        "allow-writes": { type: "boolean", default: false },
        "help": { type: "boolean", default: false },
        "no-open": { type: "boolean", default: false },
        "port": { type: "string", default: "0" }
      }
    }).values,
  catch: (error) => wrong(error instanceof Error ? error.message : String(error))
})

/** The program of each system that opens an address in the browser. */
const openers: Readonly<Record<string, ReadonlyArray<string>>> = {
  darwin: ["open"],
  win32: ["cmd", "/c", "start", ""],
  linux: ["xdg-open"]
}

/** Where this machine has no browser, the address that is printed is opened elsewhere. */
const open = (url: string) =>
  Effect.suspend(() => {
    const [program = "xdg-open", ...args] = openers[process.platform] ?? []
    return Effect.ignore(Command.exitCode(Command.make(program, ...args, url)))
  })

const main = Effect.gen(function*() {
  const { "allow-writes": allowWrites, help, "no-open": noOpen, port } = yield* flags
  if (help) return yield* Console.log(usage)
  if (!/^\d+$/.test(port)) return yield* wrong(`--port must be a number, got "${port}".`)
  const { url } = yield* PineconeLocal.serve({ port: Number(port), console: allowWrites ? "write" : "read" })
  yield* fill.pipe(
    Effect.provide(ControlPlane.layer),
    Effect.provide(Pinecone.layer({ apiKey: Redacted.make("none"), controllerHost: url }))
  )
  yield* Console.log(`The console is at ${url}/ (Ctrl-C ends it)`)
  if (!noOpen) yield* Effect.forkScoped(open(`${url}/`))
  return yield* Effect.never
}).pipe(
  Effect.scoped,
  Effect.tapErrorCause((cause) =>
    Option.match(Cause.failureOption(cause), {
      onNone: () => Cause.isInterruptedOnly(cause) ? Effect.void : Console.error(Cause.pretty(cause)),
      onSome: ({ message }) => Console.error(message)
    })
  )
)

NodeRuntime.runMain(Effect.provide(main, NodeContext.layer), {
  disableErrorReporting: true,
  // Ctrl-C is how it ends.
  teardown: (exit, onExit) => onExit(exit._tag === "Success" || Cause.isInterruptedOnly(exit.cause) ? 0 : 1)
})
