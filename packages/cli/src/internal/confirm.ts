import * as Prompt from "@effect/cli/Prompt"
import * as Effect from "effect/Effect"
import { StandardStreams } from "../StandardStreams.js"
import * as flags from "./flags.js"
import { usage } from "./problem.js"

export const yes = flags.toggle("yes", "Do it without asking. Needed where there is no terminal to ask on.")

/** Runs what cannot be undone after it was confirmed: by `--yes`, or on the terminal. */
export const confirmed = <A, E, R>(
  given: boolean,
  what: string,
  effect: Effect.Effect<A, E, R>
) =>
  Effect.gen(function*() {
    if (given) return yield* effect
    const { terminal, writeError } = yield* StandardStreams
    if (!terminal.input || !terminal.error) {
      return yield* usage(`This would ${what}, which cannot be undone. Add --yes to do it.`)
    }
    const agreed = yield* Effect.catchTag(
      Prompt.run(Prompt.confirm({ message: `This will ${what}, which cannot be undone. Continue?`, initial: false })),
      "QuitException",
      () => Effect.interrupt
    )
    return agreed ? yield* effect : yield* writeError("Nothing was done.\n")
  })
