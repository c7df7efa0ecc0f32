import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { Project } from "./project.js"

/** The id of the index that the running request is for: its host says which. */
export class CurrentIndex extends Context.Reference<CurrentIndex>()("@effect-pinecone/local/internal/CurrentIndex", {
  defaultValue: (): string => ""
}) {}

/** The index that the running request is for. */
export const indexOf = (project: Project) => Effect.flatMap(CurrentIndex, project.indexById)
