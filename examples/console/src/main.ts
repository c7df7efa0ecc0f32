/** The console on 778 real documents: `pnpm console`. */
import { PineconeLocal } from "@effect-pinecone/local"
import { Command } from "@effect/platform"
import { NodeContext, NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Redacted } from "effect"
import { ControlPlane, Pinecone } from "effect-pinecone"
import { parseArgs } from "node:util"
import { fill } from "./fill.js"

const { values: { "allow-writes": allowWrites, "no-open": noOpen, port } } = parseArgs({
  options: {
    "allow-writes": { type: "boolean", default: false },
    "no-open": { type: "boolean", default: false },
    "port": { type: "string", default: "0" }
  }
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
  const { url } = yield* PineconeLocal.serve({ port: Number(port), console: allowWrites ? "write" : "read" })
  yield* fill.pipe(
    Effect.provide(ControlPlane.layer),
    Effect.provide(Pinecone.layer({ apiKey: Redacted.make("none"), controllerHost: url }))
  )
  yield* Console.log(`The console is at ${url}/ (Ctrl-C ends it)`)
  if (!noOpen) yield* Effect.forkScoped(open(`${url}/`))
  return yield* Effect.never
}).pipe(Effect.scoped)

NodeRuntime.runMain(Effect.provide(main, NodeContext.layer))
