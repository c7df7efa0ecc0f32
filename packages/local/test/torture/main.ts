/** `pnpm torture --rounds 100 --seed 7`: exits 1 where anything was lost, came back or was done by half. */
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { parseArgs } from "node:util"
import { torture } from "./torture.js"

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "20" }, seed: { type: "string", default: "1" } }
})

const [rounds, seed] = [Number(values.rounds), Number(values.seed)]

const program = Effect.gen(function*() {
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
  if (lost + resurrected + half + wrong > 0) return yield* Effect.fail("The server did not keep its word.")
})

NodeRuntime.runMain(Effect.provide(program, NodeContext.layer))
