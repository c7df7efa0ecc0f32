/** Opens an index by its name. */
import * as Indexes from "effect-pinecone/Indexes"
import * as Effect from "effect/Effect"
import { isDocuments } from "./place.js"
import { part } from "./sdk.js"

/** What reads an index of documents is loaded for such an index alone. */
export const open = (name: string) =>
  Effect.gen(function*() {
    const indexes = yield* Indexes.Indexes
    const model = yield* indexes.describe(name)
    const { make } = yield* isDocuments(model)
      ? part(() => import("./documents.js"))
      : part(() => import("./records.js"))
    return make(model)
  })
