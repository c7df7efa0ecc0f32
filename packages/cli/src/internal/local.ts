import * as Command from "@effect/platform/Command"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { createRequire } from "node:module"
import type { ExitCode } from "../ExitCode.js"
import * as ExitCodes from "../ExitCode.js"
import { StandardStreams } from "../StandardStreams.js"
import { usage } from "./problem.js"

/** The command `pinecone-local`, where the embedded server is installed. */
const server = Effect.try({
  try: () => createRequire(import.meta.url).resolve("@effect-pinecone/local/bin"),
  catch: () =>
    usage(
      "The embedded server is not installed. Install it beside this command: npm install @effect-pinecone/local"
    )
})

/** Starts the embedded server, which takes all the flags of `pinecone-local`, and ends with it. */
export const run = (args: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const { write, writeError } = yield* StandardStreams
    const script = yield* server
    const child = yield* Command.start(Command.make(process.execPath, ...process.execArgv, script, ...args))
    const code = yield* Effect.all([
      child.exitCode,
      Stream.runForEach(child.stdout, write),
      Stream.runForEach(Stream.decodeText(child.stderr), writeError)
    ], { concurrency: "unbounded" })
    return Number(code[0]) === 0 ? ExitCodes.success : ExitCodes.usage
  }).pipe(Effect.scoped, Effect.map((code): ExitCode => code))
