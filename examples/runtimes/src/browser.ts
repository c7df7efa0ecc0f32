/** The program in a page, over `fetch`: a function of the page that says what came of it. */
import { Pinecone } from "effect-pinecone"
import * as Effect from "effect/Effect"
import * as program from "./program.js"
import type { Outcome, Place } from "./report.js"

const run = (place: Place): Promise<ReadonlyArray<Outcome>> =>
  Effect.runPromise(
    program.outcomes({ name: place.runtime, place, silent: place.silent, transport: Pinecone.layer })
  )

Object.assign(globalThis, { run })
