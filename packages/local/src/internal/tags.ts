import * as Limits from "@effect-pinecone/schema/Limits"
import * as Effect from "effect/Effect"
import * as problem from "./problem.js"

const { limits } = Limits

type Tags = Readonly<Record<string, string>>

/** Tags as they are after a change, which takes away those that it leaves empty. */
export const merged = (old: Tags | undefined, change: Tags | undefined): Tags | undefined => {
  const entries = Object.entries({ ...old, ...change }).filter(([, value]) => value !== "")
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

/** The same, where every tag can be one and they are not too many. */
export const checked = (old: Tags | undefined, change: Tags = {}): Effect.Effect<Tags | undefined, problem.Problem> => {
  for (const [key, value] of Object.entries(change)) {
    const shown = key.slice(0, 100)
    if (key.length === 0 || key.length > limits.tagKeyLength) {
      return problem.badRequest(`Tag keys must have 1 to ${limits.tagKeyLength} characters, got '${shown}'`)
    }
    if (!/^[A-Za-z0-9_-]+$/.test(key)) {
      return problem.badRequest(`Tag keys must be alphanumeric, '_', or '-', got '${shown}'`)
    }
    if (value.length > limits.tagValueLength) {
      return problem.badRequest(`Tag values must have at most ${limits.tagValueLength} characters (tag '${shown}')`)
    }
    if (!/^[A-Za-z0-9;@_.+ -]*$/.test(value)) {
      return problem.badRequest(
        `Tag values must be alphanumeric, ';', '@', '_', '-', '.', '+', or ' ', got '${value}' (tag '${shown}')`
      )
    }
  }
  const tags = merged(old, change)
  return Object.keys(tags ?? {}).length > limits.tags
    ? problem.badRequest(`An index can have at most ${limits.tags} tags`)
    : Effect.succeed(tags)
}
