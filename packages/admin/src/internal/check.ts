import * as Limits from "@effect-pinecone/schema/Limits"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Effect from "effect/Effect"

/** What can be wrong with an input. */
export type InputProblem = PineconeError.InvalidRequest | PineconeError.LimitExceeded

type Check = Effect.Effect<void, InputProblem>

type NameLimit = Extract<
  Limits.LimitName,
  "apiKeyNameLength" | "projectNameLength" | "organizationNameLength"
>

const invalid = (operation: string, field: string, message: string): Check =>
  Effect.fail(new PineconeError.InvalidRequest({ operation, field, message: `${field}: ${message}` }))

/** A name of at least one character, where there is one. */
export const name = (operation: string, value: string | undefined, limit: NameLimit): Check => {
  if (value === undefined) return Effect.void
  if (value.length === 0) return invalid(operation, "name", "at least one character is needed")
  const exceeded = Limits.check(limit, "name.length", value.length, { operation })
  return exceeded === undefined ? Effect.void : Effect.fail(exceeded)
}

/** A whole number of pods, where there is one. */
export const maxPods = (operation: string, value: number | undefined): Check =>
  value === undefined || (Number.isInteger(value) && value >= 0)
    ? Effect.void
    : invalid(operation, "maxPods", `${value} is no whole number of at least 0`)

/** Roles, where they are given: each has a name. */
export const roles = (operation: string, value: ReadonlyArray<string> | undefined): Check =>
  (value ?? []).every((role) => role.length > 0)
    ? Effect.void
    : invalid(operation, "roles", "a role has a name, such as ProjectViewer")

/** A change that changes something. */
export const notEmpty = (operation: string, change: object): Check =>
  Object.values(change).some((value) => value !== undefined)
    ? Effect.void
    : new PineconeError.InvalidRequest({ operation, message: `${operation}: say what is to change` })
