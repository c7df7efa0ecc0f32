import * as Limits from "@effect-pinecone/schema/Limits"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Effect from "effect/Effect"

/** What can be wrong with an input. */
export type InputProblem = PineconeError.InvalidRequest | PineconeError.LimitExceeded

const invalid = (place: Limits.Place, field: string, message: string) =>
  Effect.fail(new PineconeError.InvalidRequest({ ...place, field, message: `${field}: ${message}` }))

const atMost = (
  limit: Limits.LimitName,
  field: string,
  actual: number,
  place: Limits.Place
): Effect.Effect<void, PineconeError.LimitExceeded> => {
  const exceeded = Limits.check(limit, field, actual, place)
  return exceeded === undefined ? Effect.void : Effect.fail(exceeded)
}

/** What is wrong with an id. */
export const idProblem = (place: Limits.Place, id: string, field: string): InputProblem | undefined =>
  id.length === 0
    ? new PineconeError.InvalidRequest({ ...place, field, message: `${field}: an id has 1 to 512 characters` })
    : Limits.check("idLength", `${field}.length`, id.length, place, id)

/** Ids to fetch or to delete: at least one, none of them empty or too long. */
export const ids = (
  place: Limits.Place,
  ids: ReadonlyArray<string>,
  limit: Limits.LimitName
): Effect.Effect<void, InputProblem> => {
  if (ids.length === 0) return invalid(place, "ids", "at least one id is needed")
  for (let i = 0; i < ids.length; i++) {
    const wrong = idProblem(place, ids[i]!, `ids[${i}]`)
    if (wrong !== undefined) return Effect.fail(wrong)
  }
  return atMost(limit, "ids.length", ids.length, place)
}

/** How many entries a page may have. */
export const limit = (
  place: Limits.Place,
  value: number | undefined,
  limit: Limits.LimitName
): Effect.Effect<void, InputProblem> => {
  if (value === undefined) return Effect.void
  if (!Number.isInteger(value) || value < 1) {
    return invalid(place, "limit", `${value} is no whole number of at least 1`)
  }
  return atMost(limit, "limit", value, place)
}

/** A text of at least one character. */
export const text = (
  place: Limits.Place,
  field: string,
  value: string,
  limit: Limits.LimitName
): Effect.Effect<void, InputProblem> =>
  value.length === 0
    ? invalid(place, field, "at least one character is needed")
    : atMost(limit, `${field}.length`, value.length, place)

/** The name of a namespace to create: ASCII, 1 to 512 characters, no NUL. */
export const namespaceName = (place: Limits.Place, name: string): Effect.Effect<void, InputProblem> =>
  [...name].some((character) => character === "\0" || character > "\x7f")
    ? invalid(place, "name", "the name of a namespace is in ASCII, without NUL")
    : text(place, "name", name, "namespaceLength")

/** A whole number within bounds. */
export const wholeNumber = (
  place: Limits.Place,
  field: string,
  value: number,
  least: number,
  most = Number.MAX_SAFE_INTEGER
): Effect.Effect<void, PineconeError.InvalidRequest> =>
  Number.isInteger(value) && value >= least && value <= most ? Effect.void : Effect.fail(
    new PineconeError.InvalidRequest({
      ...place,
      field,
      message: `${field}: ${value} is no whole number ${
        most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`
      }`
    })
  )
