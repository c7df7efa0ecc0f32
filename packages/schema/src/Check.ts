/**
 * What a value must be, in words: to look at each field of an options record before one of them is used. From JavaScript or
 * JSON it has any shape.
 *
 * ```ts
 * import * as Check from "@effect-pinecone/schema/Check"
 *
 * interface Options {
 *   readonly name: string
 *   readonly concurrency?: number
 * }
 *
 * const read = (options: Options) =>
 *   Check.read<Options>({ operation: "copy" }, options, {
 *     required: { name: Check.text },
 *     optional: { concurrency: Check.integer(1) }
 *   })
 * ```
 *
 * `Input` reads what is JSON by a Schema; this is for what may hold Streams, Schedules and vectors.
 *
 * @since 0.1.0
 */
import * as Chunk from "effect/Chunk"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as Input from "./Input.js"
import * as Limits from "./Limits.js"
import type * as PineconeError from "./PineconeError.js"

/**
 * Says what a value must be, where it is not.
 *
 * @since 0.1.0
 * @category models
 */
export type Check = (value: unknown) => string | undefined

/**
 * A check by a predicate, with the name of what is expected.
 *
 * @since 0.1.0
 * @category constructors
 */
export const mustBe = (what: string, is: (value: unknown) => boolean): Check => (value) => is(value) ? undefined : what

/**
 * A string.
 *
 * @since 0.1.0
 * @category checks
 */
export const text: Check = mustBe("a string", (value) => typeof value === "string")

/**
 * A string of at least one character.
 *
 * @since 0.1.0
 * @category checks
 */
export const someText: Check = mustBe(
  "a string of at least one character",
  (value) => typeof value === "string" && value !== ""
)

/**
 * A boolean.
 *
 * @since 0.1.0
 * @category checks
 */
export const flag: Check = mustBe("true or false", (value) => typeof value === "boolean")

/**
 * An object.
 *
 * @since 0.1.0
 * @category checks
 */
export const object: Check = mustBe("an object", Input.isObject)

/**
 * An array, or a Chunk.
 *
 * @since 0.1.0
 * @category checks
 */
export const list: Check = mustBe("an array", (value) => Input.isArray(value) || Chunk.isChunk(value))

/**
 * An array of strings.
 *
 * @since 0.1.0
 * @category checks
 */
export const texts: Check = mustBe(
  "an array of strings",
  // `every` would pass over holes.
  (value) => Input.isArray(value) && Array.from(value).every((item) => typeof item === "string")
)

/**
 * An array or another Iterable.
 *
 * @since 0.1.0
 * @category checks
 */
export const iterable: Check = mustBe(
  "an array or another Iterable",
  (value) => typeof value === "object" && value !== null && Symbol.iterator in value
)

/**
 * A Stream.
 *
 * @since 0.1.0
 * @category checks
 */
export const stream: Check = mustBe(
  "a Stream",
  (value) => typeof value === "object" && value !== null && Stream.StreamTypeId in value
)

/**
 * A duration, as Effect reads it.
 *
 * @since 0.1.0
 * @category checks
 */
export const duration: Check = mustBe(
  "a duration, such as \"30 seconds\"",
  (value) => Option.isSome(Duration.decodeUnknown(value))
)

/**
 * A Schedule.
 *
 * @since 0.1.0
 * @category checks
 */
export const schedule: Check = mustBe("a Schedule", Schedule.isSchedule)

/**
 * What its own encoder checks.
 *
 * @since 0.1.0
 * @category checks
 */
export const any: Check = () => undefined

/**
 * One of some values.
 *
 * @since 0.1.0
 * @category checks
 */
export const oneOf = (...choices: ReadonlyArray<unknown>): Check =>
  mustBe(
    choices.length === 1 ? Input.show(choices[0]) : `one of ${choices.map(Input.show).join(", ")}`,
    (value) => choices.includes(value)
  )

/**
 * An integer within bounds.
 *
 * @since 0.1.0
 * @category checks
 */
export const integer = (least: number, most: number = Number.MAX_SAFE_INTEGER): Check =>
  mustBe(
    most === Number.MAX_SAFE_INTEGER
      ? `an integer >= ${least}`
      : `an integer from ${least} to ${most.toLocaleString("en")}`,
    (value) => Input.isWholeNumber(value, least, most)
  )

/**
 * What one of several checks takes.
 *
 * @since 0.1.0
 * @category combinators
 */
export const either = (...checks: ReadonlyArray<Check>): Check => (value) => {
  const wrong = checks.map((check) => check(value))
  return wrong.includes(undefined) ? undefined : wrong.join(" or ")
}

/**
 * What each field of an options record must be: those of the second record may be absent.
 *
 * @since 0.1.0
 * @category models
 */
export interface Shape<O> {
  readonly required?: { readonly [K in keyof O]?: Check }
  readonly optional: { readonly [K in keyof O]?: Check }
}

/**
 * What is wrong with one value.
 *
 * @since 0.1.0
 * @category checks
 */
export const problem = (
  place: Limits.Place,
  field: string,
  value: unknown,
  check: Check
): PineconeError.InvalidRequest | undefined => {
  const wrong = Either.getOrElse(
    Either.try(() => check(value)),
    // A getter, or a Proxy, that throws.
    () => "something that can be read"
  )
  return wrong === undefined ? undefined : Input.mismatch(place, field, wrong, value)
}

/**
 * The fields of an options record, or what is wrong with it: `Input.isInvalid` tells one from the other. What is given is a
 * copy, and each field is read once: what is checked is what is used.
 *
 * @since 0.1.0
 * @category checks
 */
export const fields = <O extends object>(
  place: Limits.Place,
  options: O,
  { optional, required = {} }: Shape<O>
): O | PineconeError.InvalidRequest => {
  const notObject = problem(place, "options", options, object)
  if (notObject !== undefined) return notObject
  const fields: { [field: string]: unknown } = {}
  const take = (
    checks: { readonly [field: string]: Check | undefined },
    mayBeAbsent: boolean
  ): PineconeError.InvalidRequest | undefined => {
    for (const field in checks) {
      const value: unknown = Reflect.get(options, field)
      if (value === undefined && mayBeAbsent) continue
      const wrong = problem(place, field, value, checks[field] ?? any)
      if (wrong !== undefined) return wrong
      fields[field] = value
    }
    return undefined
  }
  const wrong = Input.attempt(place, "options", () => take(required, false) ?? take(optional, true))
  // eslint-disable-next-line no-restricted-syntax -- read from an `O`, and each is what its check says.
  return wrong === undefined ? fields as O : wrong
}

/**
 * The same as an effect, run where it is.
 *
 * @since 0.1.0
 * @category checks
 */
export const read = <O extends object>(
  place: Limits.Place,
  options: O,
  shape: Shape<O>
): Effect.Effect<O, PineconeError.InvalidRequest> => {
  const read = fields(place, options, shape)
  return Input.isInvalid(read) ? Effect.fail(read) : Effect.succeed(read)
}

/**
 * Fails with what is wrong, if anything is.
 *
 * @since 0.1.0
 * @category conversions
 */
export const pass = <E>(problem: E | undefined): Effect.Effect<void, E> =>
  problem === undefined ? Effect.void : Effect.fail(problem)

/**
 * What is wrong with the number of entries of a page.
 *
 * @since 0.1.0
 * @category checks
 */
export const limit = (
  place: Limits.Place,
  value: unknown,
  limit: Limits.LimitName
): Input.Problem | undefined =>
  value === undefined
    ? undefined
    : problem(place, "limit", value, integer(1)) ?? Limits.check(limit, "limit", value, place)
