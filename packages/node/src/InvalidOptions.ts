/**
 * The error of settings that cannot work, and how settings are read that may be wrong.
 *
 * ```ts
 * import * as NodeHttp from "@effect-pinecone/node/NodeHttp"
 * import * as Layer from "effect/Layer"
 *
 * const client = NodeHttp.layer({ connections: 0 }).pipe(
 *   Layer.catchAll((error) => Layer.die(error.message)) // names the option, `connections`
 * )
 * ```
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/**
 * A setting cannot work: the message names it, says what is wrong with it and what to give instead. It never shows a
 * secret, nor the URL of a proxy, which may hold one.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidOptions extends Schema.TaggedError<InvalidOptions>()("PineconeInvalidOptions", {
  /** The setting, by its path in the options: `connections`, `proxy.https.url`, `tls.key`. */
  option: Schema.String,
  message: Schema.String
}) {}

const invalid = (option: string, message: string) =>
  Effect.fail(new InvalidOptions({ option, message: `${option} ${message}` }))

/**
 * The longest that a timer of Node runs, in milliseconds: about 24 days.
 *
 * @since 0.1.0
 * @category constants
 */
export const longest = 2 ** 31 - 1

/**
 * The duration of a setting, in whole milliseconds, or Infinity. Fails with {@link InvalidOptions} where it is none, nothing,
 * or more than {@link longest}.
 *
 * @since 0.1.0
 * @category parsing
 */
export const millis = (
  option: string,
  value: Duration.DurationInput | undefined,
  otherwise: Duration.DurationInput
): Effect.Effect<number, InvalidOptions> => {
  const duration = Duration.decodeUnknown(value ?? otherwise)
  if (Option.isNone(duration)) return invalid(option, "must be a duration, such as \"10 seconds\"")
  const found = Math.ceil(Duration.toMillis(duration.value))
  if (found === 0) return invalid(option, "must be longer than 0: give a positive duration, or leave it out")
  return found === Infinity || found <= longest
    ? Effect.succeed(found)
    : invalid(option, `must be at most ${Duration.format(longest)} or Infinity, got ${Duration.format(duration.value)}`)
}

/**
 * The whole number of a setting; `otherwise` says what it is left out for. Fails with {@link InvalidOptions} where it is none,
 * or less than 1.
 *
 * @since 0.1.0
 * @category parsing
 */
export const atLeastOne = (
  option: string,
  value: number | undefined,
  otherwise: string
): Effect.Effect<number | undefined, InvalidOptions> =>
  value === undefined || (Number.isSafeInteger(value) && value >= 1)
    ? Effect.succeed(value)
    : invalid(option, `must be an integer >= 1, got ${value}: leave it out for ${otherwise}`)
