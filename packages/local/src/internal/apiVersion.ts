import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/** The version of the API that the running request is of. */
export class Current extends Context.Reference<Current>()("@effect-pinecone/local/internal/apiVersion/Current", {
  defaultValue: (): string => "2026-07"
}) {}

/** Whether the running request is of a version, or of a later one: versions are dates. */
export const atLeast = (version: string): Effect.Effect<boolean> => Effect.map(Current, (asked) => asked >= version)
