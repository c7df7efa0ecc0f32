/**
 * Checks of what an application gives, which may be of any shape: JSON and JavaScript know no types. A check looks at what
 * it is given before it reads a property of it, never throws, and says in its error which value is wrong.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import type * as Schema from "effect/Schema"
import * as guards from "./internal/guards.js"
import { placed } from "./internal/placed.js"
import { plain, Unreadable } from "./internal/plain.js"
import * as shown from "./internal/show.js"
import * as Limits from "./Limits.js"
import * as PineconeError from "./PineconeError.js"

/**
 * What can be wrong with an input.
 *
 * @since 0.1.0
 * @category models
 */
export type Problem = PineconeError.InvalidRequest | PineconeError.LimitExceeded

/**
 * Whether something is an array; a proxy that is revoked is none.
 *
 * @since 0.1.0
 * @category guards
 */
export const isArray: (u: unknown) => u is ReadonlyArray<unknown> = guards.isArray

/**
 * Whether something is an object and not an array: what a JSON object is parsed to, or a value of any class.
 *
 * @since 0.1.0
 * @category guards
 */
export const isObject: (u: unknown) => u is { readonly [key: string]: unknown } = guards.isObject

/**
 * Whether something is an integer from `least` to `most`. A text of digits is none.
 *
 * @since 0.1.0
 * @category guards
 */
export const isWholeNumber = (u: unknown, least = 0, most: number = Number.MAX_SAFE_INTEGER): u is number =>
  typeof u === "number" && Number.isInteger(u) && u >= least && u <= most

/**
 * A value of any kind as a text of about 100 characters at most, for a message: as JSON where it has one. It never throws.
 *
 * @since 0.1.0
 * @category getters
 */
export const show: (value: unknown) => string = shown.show

/**
 * The error for a field that is wrong. The message begins with its name.
 *
 * @since 0.1.0
 * @category constructors
 */
export const invalid = (
  place: Limits.Place,
  field: string,
  message: string,
  recordId?: string
): PineconeError.InvalidRequest =>
  new PineconeError.InvalidRequest({
    ...placed(place),
    field,
    message: recordId === undefined ? `${field}: ${message}` : `record "${recordId}": ${field}: ${message}`,
    ...(recordId === undefined ? {} : { recordId })
  })

/**
 * The error for a value that is not what it must be: `what` completes "must be", and the value is shown.
 *
 * @since 0.1.0
 * @category constructors
 */
export const mismatch = (
  place: Limits.Place,
  field: string,
  what: string,
  value: unknown,
  recordId?: string
): PineconeError.InvalidRequest => invalid(place, field, `must be ${what}, got ${show(value)}`, recordId)

/**
 * The error for a value that throws where it is read.
 *
 * @since 0.1.0
 * @category constructors
 */
export const unreadable = (
  place: Limits.Place,
  field: string,
  thrown: unknown,
  recordId?: string
): PineconeError.InvalidRequest => invalid(place, field, `cannot be read: ${shown.reason(thrown)}`, recordId)

/**
 * What is wrong with an integer from `least` to `most`.
 *
 * @since 0.1.0
 * @category checks
 */
export const wholeNumber = (
  place: Limits.Place,
  field: string,
  value: unknown,
  least: number,
  most: number = Number.MAX_SAFE_INTEGER
): PineconeError.InvalidRequest | undefined =>
  isWholeNumber(value, least, most) ? undefined : mismatch(
    place,
    field,
    most === Number.MAX_SAFE_INTEGER ? `an integer >= ${least}` : `an integer from ${least} to ${most}`,
    value
  )

/**
 * What is wrong with a text of at least one character, and at most as many as the limit allows.
 *
 * @since 0.1.0
 * @category checks
 */
export const text = (
  place: Limits.Place,
  field: string,
  value: unknown,
  limit?: Limits.LimitName
): Problem | undefined => {
  if (typeof value !== "string") return mismatch(place, field, "a string", value)
  if (value === "") return invalid(place, field, "must have at least one character")
  return limit === undefined ? undefined : Limits.check(limit, `${field}.length`, value.length, place)
}

const halfOfPair = /\p{Surrogate}/u

/**
 * Whether UTF-8 has the text as it is: half of a surrogate pair has none.
 *
 * @since 0.1.0
 * @category guards
 */
export const isWellFormed = (text: string): boolean => !halfOfPair.test(text)

/**
 * What is wrong with the name or the id of something, which stands in the path of an address: it is not empty, `.` or `..`,
 * and is text that UTF-8 can hold.
 *
 * @since 0.1.0
 * @category checks
 */
export const segment = (
  place: Limits.Place,
  field: string,
  value: unknown
): PineconeError.InvalidRequest | undefined => {
  if (typeof value !== "string") return mismatch(place, field, "a string", value)
  if (value === "") return invalid(place, field, "must have at least one character")
  return value === "." || value === ".." || !isWellFormed(value)
    ? mismatch(place, field, "a string that can be part of a URL", value)
    : undefined
}

/**
 * What is wrong with something that is a boolean, or is left out.
 *
 * @since 0.1.0
 * @category checks
 */
export const flag = (place: Limits.Place, field: string, value: unknown): PineconeError.InvalidRequest | undefined =>
  value === undefined || typeof value === "boolean"
    ? undefined
    : mismatch(place, field, "true or false", value)

/**
 * What is wrong with a list.
 *
 * @since 0.1.0
 * @category checks
 */
export const list = (place: Limits.Place, field: string, value: unknown): PineconeError.InvalidRequest | undefined =>
  isArray(value) ? undefined : mismatch(place, field, "a list", value)

/**
 * Runs a check that reads properties of what it is given: what a getter or a proxy throws is an error of the field.
 *
 * @since 0.1.0
 * @category checks
 */
export const attempt = <A>(place: Limits.Place, field: string, check: () => A): A | PineconeError.InvalidRequest => {
  try {
    return check()
  } catch (thrown) {
    return unreadable(place, field, thrown)
  }
}

const nameOf = (field: string, path: string): string =>
  field === "" ? path.replace(/^\./, "") || "options" : field + path

/** The first value that JSON has no form for. */
const notJson = (value: unknown, path: string): readonly [path: string, value: unknown] | undefined => {
  switch (typeof value) {
    case "bigint":
    case "symbol":
    case "function":
      return [path, value]
    case "number":
      return Number.isFinite(value) ? undefined : [path, value]
    case "object":
      break
    default:
      return undefined
  }
  if (value === null || ArrayBuffer.isView(value)) return undefined
  for (const [key, item] of Object.entries(value)) {
    const found = notJson(item, isArray(value) ? `${path}[${key}]` : `${path}.${key}`)
    if (found !== undefined) return found
  }
  return undefined
}

const copied = (
  place: Limits.Place,
  field: string,
  value: unknown,
  vectors: "vectors" | "no vectors"
): unknown => {
  const copy = plain(value, vectors)
  if (copy instanceof Unreadable) return invalid(place, nameOf(field, copy.path), copy.message)
  const wrong = notJson(copy, "")
  return wrong === undefined
    ? copy
    : mismatch(place, nameOf(field, wrong[0]), "a JSON value", wrong[1])
}

/**
 * Whether a result is what is wrong, and not what was asked for.
 *
 * @since 0.1.0
 * @category guards
 */
export const isInvalid = (u: unknown): u is PineconeError.InvalidRequest =>
  guards.isInstance(u, PineconeError.InvalidRequest)

/**
 * A copy of a value of plain objects and lists, each property read once; or what is wrong, with its place, where JSON has no
 * form for something: a bigint, a NaN, a function, an object that contains itself, a getter that throws.
 * {@link isInvalid} tells one from the other.
 *
 * An empty `field` names the places in the value by themselves.
 *
 * @since 0.1.0
 * @category decoding
 */
export const json = (
  place: Limits.Place,
  field: string,
  value: unknown
): unknown => copied(place, field, value, "no vectors")

/**
 * The same of a value in which a `Float32Array` and a `Uint32Array` may stand, which are not copied.
 *
 * @since 0.1.0
 * @category decoding
 */
export const jsonWithVectors = (
  place: Limits.Place,
  field: string,
  value: unknown
): unknown => copied(place, field, value, "vectors")

interface Misfit {
  readonly path: ReadonlyArray<PropertyKey>
  /** What may stand there. */
  readonly expected: ReadonlyArray<string>
}

/** What a Schema expects, in the words of the other checks; its own are for Schemas. */
const described = (message: string): string => {
  const expected = /^Expected (.*), actual /s.exec(message)?.[1]
  if (expected === undefined) return message === "is missing" ? "present" : message
  if (/^(?:string|number|boolean)$/.test(expected)) return `a ${expected}`
  if (/^(?:null$|an? |")/.test(expected)) return expected
  return /Array<|^\[/.test(expected) ? "a list" : "an object"
}

/** What does not fit at the place that is named most exactly: of a union, the members that come nearest. */
const nearest = (issue: ParseResult.ParseIssue): Misfit => {
  let found: Misfit = { path: [], expected: [] }
  for (const { message, path } of ParseResult.ArrayFormatter.formatIssueSync(issue)) {
    // Left out is what it was where it does not fit.
    if (message.startsWith("Expected undefined")) continue
    const expected = described(message)
    if (found.expected.length === 0 || path.length > found.path.length) found = { path, expected: [expected] }
    else if (pathOf(path) === pathOf(found.path) && !found.expected.includes(expected)) {
      found = { path: found.path, expected: [...found.expected, expected] }
    }
  }
  return found
}

const pathOf = (path: ReadonlyArray<PropertyKey>): string =>
  path.map((key) => typeof key === "number" ? `[${key}]` : `.${String(key)}`).join("")

/** What is at a place of a plain value. */
const at = (value: unknown, path: ReadonlyArray<PropertyKey>): unknown =>
  path.reduce<unknown>(
    (within, key) =>
      (isArray(within) || isObject(within)) && Object.hasOwn(within, key)
        ? Reflect.get(within, key)
        : undefined,
    value
  )

/**
 * Reads an input of any shape as a Schema's type: a copy of plain objects and lists. It fails with the first thing that is
 * wrong, by its place: `spec.serverless.region`.
 *
 * @since 0.1.0
 * @category decoding
 */
export const validate = <A, I>(
  schema: Schema.Schema<A, I>
): (place: Limits.Place, field: string, value: unknown) => Effect.Effect<A, PineconeError.InvalidRequest> => {
  const validated = ParseResult.validateEither(schema)
  return (place, field, value) => {
    const copy = json(place, field, value)
    return isInvalid(copy) ? Either.left(copy) : Either.mapLeft(validated(copy), (issue) => {
      const { expected, path } = nearest(issue)
      return mismatch(
        place,
        nameOf(field, pathOf(path)),
        expected.length === 0 ? "of another form" : expected.join(" or "),
        at(copy, path)
      )
    })
  }
}

/**
 * Reads options of a Schema as a copy, and looks at them: first at their shape, where there are better words for it than the
 * Schema's, then at what they say.
 *
 * ```ts
 * import * as Input from "@effect-pinecone/schema/Input"
 * import * as Schema from "effect/Schema"
 *
 * const newProject = Input.reading(
 *   Schema.Struct({ name: Schema.String }),
 *   (place, { name }) => Input.text(place, "name", name, "projectNameLength")
 * )
 * ```
 *
 * @since 0.1.0
 * @category decoding
 */
export const reading = <A, I>(
  schema: Schema.Schema<A, I>,
  check: (place: Limits.Place, options: A) => Problem | undefined,
  shape: (place: Limits.Place, options: { readonly [key: string]: unknown }) => Problem | undefined = () => undefined
): (place: Limits.Place, options: unknown) => Effect.Effect<A, Problem> => {
  const validated = validate(schema)
  return (place, options) =>
    Effect.suspend(() => {
      const copy = json(place, "", options)
      if (isInvalid(copy)) return Effect.fail(copy)
      const shapeless = isObject(copy) ? shape(place, copy) : undefined
      if (shapeless !== undefined) return Effect.fail(shapeless)
      return Effect.flatMap(validated(place, "", copy), (read) => {
        const wrong = check(place, read)
        return wrong === undefined ? Effect.succeed(read) : Effect.fail(wrong)
      })
    })
}

/**
 * A check as an effect, run where it is, in which what a getter or a proxy throws is an error of the field.
 *
 * @since 0.1.0
 * @category decoding
 */
export const passes = <E extends Problem>(
  place: Limits.Place,
  field: string,
  check: () => E | undefined
): Effect.Effect<void, E | PineconeError.InvalidRequest> =>
  Effect.suspend(() => {
    const wrong = attempt(place, field, check)
    return wrong === undefined ? Effect.void : Effect.fail(wrong)
  })
