/** What callers hand in is checked before its first property is read: from JavaScript or JSON it has any shape. */
import * as Limits from "@effect-pinecone/schema/Limits"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Chunk from "effect/Chunk"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"

/** What can be wrong with an input. */
export type InputProblem = PineconeError.InvalidRequest | PineconeError.LimitExceeded

/** A value in a few words. */
const shown = (value: unknown): string => {
  switch (typeof value) {
    case "string":
      return value.length > 40 ? `a string of ${value.length} characters` : JSON.stringify(value)
    case "object":
      return value === null ? "null" : Array.isArray(value) ? "an array" : "an object"
    case "function":
      return "a function"
    case "symbol":
      return "a symbol"
    default:
      return String(value)
  }
}

export const invalid = (place: Limits.Place, field: string, message: string): PineconeError.InvalidRequest =>
  new PineconeError.InvalidRequest({ ...place, field, message: `${field}: ${message}` })

/** What a value must be, in words, where it is not. */
type Check = (value: unknown) => string | undefined

const mustBe = (what: string, is: (value: unknown) => boolean): Check => (value) => is(value) ? undefined : what

export const text: Check = mustBe("a string", (value) => typeof value === "string")

export const someText: Check = mustBe(
  "a string that is not empty",
  (value) => typeof value === "string" && value !== ""
)

export const flag: Check = mustBe("true or false", (value) => typeof value === "boolean")

export const object: Check = mustBe(
  "an object",
  (value) => typeof value === "object" && value !== null && !Array.isArray(value)
)

/** An array, or a Chunk. */
export const list: Check = mustBe("an array", (value) => Array.isArray(value) || Chunk.isChunk(value))

export const texts: Check = mustBe(
  "an array of strings",
  (value) => Array.isArray(value) && value.every((item) => typeof item === "string")
)

/** An array, or a typed array of numbers. */
export const isNumbers = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && "length" in value)

export const stream: Check = mustBe(
  "a Stream",
  (value) => typeof value === "object" && value !== null && Stream.StreamTypeId in value
)

export const duration: Check = mustBe(
  "a duration, such as \"30 seconds\"",
  (value) => Option.isSome(Duration.decodeUnknown(value))
)

export const schedule: Check = mustBe("a Schedule", Schedule.isSchedule)

/** A value that its own encoder checks. */
export const any: Check = () => undefined

export const oneOf = (...choices: ReadonlyArray<unknown>): Check =>
  mustBe(`one of ${choices.map(shown).join(", ")}`, (value) => choices.includes(value))

/** An integer within bounds. */
export const integer = (least: number, most = Number.MAX_SAFE_INTEGER): Check =>
  mustBe(
    most === Number.MAX_SAFE_INTEGER
      ? `an integer >= ${least}`
      : `an integer from ${least} to ${most.toLocaleString("en")}`,
    (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most
  )

export const either = (...checks: ReadonlyArray<Check>): Check => (value) => {
  const wrong = checks.map((check) => check(value))
  return wrong.includes(undefined) ? undefined : wrong.join(" or ")
}

const optional = (check: Check): Check => (value) => value === undefined ? undefined : check(value)

/** What each field of an options record must be: those of the second record may be absent. */
export interface Shape<O> {
  readonly required: { readonly [K in keyof O]?: Check }
  readonly optional: { readonly [K in keyof O]?: Check }
}

/**
 * The fields of an options record, or what is wrong with it. Only what is given here is read again, so that what is checked
 * is what is used.
 */
export const read = <O extends object>(
  place: Limits.Place,
  options: O,
  { optional: may, required: must }: Shape<O>
): Either.Either<O, PineconeError.InvalidRequest> => {
  const notObject = object(options)
  if (notObject !== undefined) {
    return Either.left(invalid(place, "options", `must be ${notObject}, got ${shown(options)}`))
  }
  const fields: Array<[string, unknown]> = []
  const problem = (checks: { readonly [field: string]: Check | undefined }, wrap: (check: Check) => Check) => {
    for (const field in checks) {
      const value: unknown = Reflect.get(options, field)
      const wrong = wrap(checks[field] ?? any)(value)
      if (wrong !== undefined) return invalid(place, field, `must be ${wrong}, got ${shown(value)}`)
      if (value !== undefined) fields.push([field, value])
    }
    return undefined
  }
  try {
    const wrong = problem(must, (check) => check) ?? problem(may, optional)
    if (wrong !== undefined) return Either.left(wrong)
  } catch {
    // A getter, or a Proxy, that throws.
    return Either.left(invalid(place, "options", "must be an object whose fields can be read"))
  }
  // The fields were read from an `O`, and each is what its check says.
  return Either.right(Object.fromEntries(fields) as O)
}

/** What is wrong with one value. */
export const problem = (
  place: Limits.Place,
  field: string,
  value: unknown,
  check: Check
): PineconeError.InvalidRequest | undefined => {
  const wrong = check(value)
  return wrong === undefined ? undefined : invalid(place, field, `must be ${wrong}, got ${shown(value)}`)
}

/** Fails with what is wrong, if anything is. */
export const sound = <E>(problem: E | undefined): Effect.Effect<void, E> =>
  problem === undefined ? Effect.void : Effect.fail(problem)

/** What is wrong with an id: it has 1 to 512 ASCII characters, none of them NUL. */
export const idProblem = (place: Limits.Place, id: unknown, field: string): InputProblem | undefined => {
  if (typeof id !== "string") return invalid(place, field, `must be a string, got ${shown(id)}`)
  if (id.length === 0) return invalid(place, field, "must have 1 to 512 characters, got none")
  return Limits.check("idLength", `${field}.length`, id.length, place, id) ?? (isAscii(id)
    ? undefined
    : invalid(place, field, `must be ASCII without NUL, got ${shown(id)}`))
}

const isAscii = (text: string): boolean => {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit === 0 || unit > 0x7f) return false
  }
  return true
}

/** What is wrong with ids to fetch or to delete: at least one, each of them an id. */
export const idsProblem = (
  place: Limits.Place,
  ids: unknown,
  limit: Limits.LimitName
): InputProblem | undefined => {
  if (!Array.isArray(ids)) return invalid(place, "ids", `must be an array of strings, got ${shown(ids)}`)
  if (ids.length === 0) return invalid(place, "ids", "must have at least one id")
  const tooMany = Limits.check(limit, "ids.length", ids.length, place)
  if (tooMany !== undefined) return tooMany
  for (let i = 0; i < ids.length; i++) {
    const wrong = idProblem(place, ids[i], `ids[${i}]`)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

/** What is wrong with the number of entries of a page. */
export const limitProblem = (
  place: Limits.Place,
  value: number | undefined,
  limit: Limits.LimitName
): InputProblem | undefined =>
  value === undefined
    ? undefined
    : problem(place, "limit", value, integer(1)) ?? Limits.check(limit, "limit", value, place)

/** What is wrong with a text of at least one character. */
export const textProblem = (
  place: Limits.Place,
  field: string,
  value: unknown,
  limit: Limits.LimitName
): InputProblem | undefined => {
  if (typeof value !== "string") return invalid(place, field, `must be a string, got ${shown(value)}`)
  if (value.length === 0) return invalid(place, field, "must have at least one character")
  return Limits.check(limit, `${field}.length`, value.length, place)
}

/** What is wrong with a namespace: up to 512 printable ASCII characters. None is the default namespace. */
export const namespaceProblem = (
  place: Limits.Place,
  namespace: unknown,
  field = "namespace"
): InputProblem | undefined => {
  if (namespace === undefined) return undefined
  if (typeof namespace !== "string") return invalid(place, field, `must be a string, got ${shown(namespace)}`)
  const tooLong = Limits.check("namespaceLength", `${field}.length`, namespace.length, place)
  if (tooLong !== undefined) return tooLong
  for (let i = 0; i < namespace.length; i++) {
    const unit = namespace.charCodeAt(i)
    if (unit < 0x20 || unit > 0x7e) {
      return invalid(place, field, `must be printable ASCII characters, got ${shown(namespace)}`)
    }
  }
  return undefined
}

/** What is wrong with the name of one namespace. */
export const nameProblem = (place: Limits.Place, name: unknown): InputProblem | undefined =>
  textProblem(place, "name", name, "namespaceLength") ?? namespaceProblem(place, name, "name")
