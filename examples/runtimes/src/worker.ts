/** The program in a Worker, over `fetch`: the answer to any request is what came of it. */
import { Pinecone } from "effect-pinecone"
import * as Effect from "effect/Effect"
import * as program from "./program.js"
import type { Place } from "./report.js"

interface Environment {
  readonly PLACE: Place
}

export default {
  fetch: (_request: Request, { PLACE: place }: Environment): Promise<Response> =>
    program.outcomes({ name: place.runtime, place, silent: place.silent, transport: Pinecone.layer }).pipe(
      Effect.map((outcomes) => Response.json(outcomes)),
      Effect.runPromise
    )
}
