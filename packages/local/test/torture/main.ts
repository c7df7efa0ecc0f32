/** `pnpm torture --rounds 100 --seed 7`: exits 1 where anything was lost, came back or was done by half. */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { torture } from "./torture.js"

const options = {
  rounds: Options.integer("rounds").pipe(Options.withDefault(20)),
  seed: Options.integer("seed").pipe(Options.withDefault(1))
}

const command = Command.make("torture", options, ({ rounds, seed }) =>
  Effect.gen(function*() {
    const totals = yield* torture({ rounds, seed }, ({ answered, faults, killedAt, round }) =>
      Console.log([
        `round ${round}: killed at ${killedAt}, ${answered} operations, ${
          faults.length === 0 ? "ok" : `${faults.length} faults`
        }`,
        ...faults.map(({ kind, message }) => `  ${kind}: ${message}`)
      ].join("\n")))
    const { "half-done": half, lost, resurrected, wrong } = totals
    yield* Console.log(
      `${rounds} rounds: ${lost} lost, ${resurrected} resurrected, ${half} half-done${
        wrong === 0 ? "" : `, ${wrong} wrong`
      }`
    )
    if (lost + resurrected + half + wrong > 0) return yield* Effect.fail("faults")
  }))

const program = Command.run(command, { name: "torture", version: "0.1.0" })

NodeRuntime.runMain(Effect.provide(program(process.argv), NodeContext.layer), { disableErrorReporting: true })
