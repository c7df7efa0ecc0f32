/**
 * The error of settings that cannot work, and the rules for what stands in headers and addresses: the same for every
 * transport, and looked at when a layer is built.
 *
 * ```ts
 * import * as PineconeHttpClient from "@effect-pinecone/http/PineconeHttpClient"
 * import * as Layer from "effect/Layer"
 * import * as Redacted from "effect/Redacted"
 *
 * const client = PineconeHttpClient.layer({ apiKey: Redacted.make("") }).pipe(
 *   Layer.catchAll((error) => Layer.die(`${error.setting}: ${error.message}`)) // "apiKey must not be empty"
 * )
 * ```
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { baseUrl } from "./internal/address.js"

/**
 * A setting cannot work: the message names it, says what is wrong with it and what to give instead. It never shows the
 * value, which may be secret.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidSettings extends Schema.TaggedError<InvalidSettings>()("PineconeInvalidSettings", {
  /** The setting, by its path: `apiKey`, `controllerHost`, `additionalHeaders["x-team"]`. */
  setting: Schema.String,
  message: Schema.String
}) {}

/**
 * What is wrong with a value, if anything.
 *
 * @since 0.1.0
 * @category models
 */
export type Rule = (value: string) => string | undefined

/**
 * The value of a header: printable ASCII, and no space at either end. HTTP could carry a little more, gRPC could not.
 *
 * @since 0.1.0
 * @category rules
 */
export const headerValue: Rule = (value) =>
  /^\s|\s$/.test(value)
    ? "must not begin or end with a space or a line break: remove it"
    : /[^\x20-\x7e]/.test(value)
    ? "must consist of printable ASCII characters: remove line breaks, control characters and letters beyond ASCII"
    : undefined

/**
 * A key or another secret that is sent: as the value of a header, and not empty.
 *
 * @since 0.1.0
 * @category rules
 */
export const secret: Rule = (value) => value === "" ? "must not be empty" : headerValue(value)

/**
 * The name of a header: of letters, digits, `-`, `_` and `.`, as HTTP and gRPC both take it.
 *
 * @since 0.1.0
 * @category rules
 */
export const headerName: Rule = (name) =>
  !/^[0-9A-Za-z_.-]+$/.test(name)
    ? "must have a name of letters, digits, \"-\", \"_\" and \".\""
    : /-bin$/i.test(name)
    ? "must not have a name that ends with \"-bin\", which gRPC keeps for bytes"
    : undefined

/**
 * A host, with or without a scheme and a path.
 *
 * @since 0.1.0
 * @category rules
 */
export const host: Rule = (value) => {
  if (value === "") return "must not be empty"
  const url = baseUrl(value)
  // What has another scheme, or nothing but one, would pass for a host with a path.
  const isOther = /^(https?:\/*$|(?!https?:\/\/)[^/]*:(\/|$))/i.test(value)
  if (isOther || /\s/.test(value) || !URL.canParse(url)) {
    return "must be a host, such as \"api.pinecone.io\", or its https: URL"
  }
  const { hash, password, search, username } = new URL(url)
  return hash + password + search + username === ""
    ? undefined
    : "must be a host or its URL, without a user, a query or a fragment"
}

/**
 * The name of an application, of which something is left when all is gone that a source tag cannot have.
 *
 * @since 0.1.0
 * @category rules
 */
export const sourceTag: Rule = (value) =>
  /[a-z0-9_:]/i.test(value) ? undefined : "must have letters, digits, \"_\" or \":\""

const problemOf = (value: unknown, rule: Rule): string | undefined => {
  const text = Redacted.isRedacted(value) ? Redacted.value(value) : value
  return typeof text === "string" ? rule(text) : "must be a string"
}

/**
 * Fails where a setting breaks a rule. One that is left out breaks none.
 *
 * @since 0.1.0
 * @category checks
 */
export const check = (setting: string, value: unknown, rule: Rule): Effect.Effect<void, InvalidSettings> => {
  const problem = value === undefined ? undefined : problemOf(value, rule)
  return problem === undefined
    ? Effect.void
    : Effect.fail(new InvalidSettings({ setting, message: `${setting} ${problem}` }))
}

/**
 * Fails where a setting is not a secret that is `Redacted`, or cannot be sent.
 *
 * @since 0.1.0
 * @category checks
 */
export const checkSecret = (setting: string, value: unknown): Effect.Effect<void, InvalidSettings> =>
  Redacted.isRedacted(value)
    ? check(setting, value, secret)
    : Effect.fail(new InvalidSettings({ setting, message: `${setting} must be Redacted: wrap it in Redacted.make(…)` }))

/**
 * Fails where one of the headers has a name or a value that cannot be sent.
 *
 * @since 0.1.0
 * @category checks
 */
export const checkHeaders = (
  setting: string,
  headers: Readonly<Record<string, unknown>> | undefined
): Effect.Effect<void, InvalidSettings> =>
  Effect.forEach(Object.entries(headers ?? {}), ([name, value]) => {
    const path = `${setting}[${JSON.stringify(name)}]`
    return Effect.andThen(check(path, name, headerName), check(path, value ?? null, headerValue))
  }, { discard: true })

/**
 * Fails if a setting is not a duration.
 *
 * @since 0.1.0
 * @category checks
 */
export const checkDuration = (setting: string, value: unknown): Effect.Effect<void, InvalidSettings> =>
  value === undefined || Option.isSome(Duration.decodeUnknown(value))
    ? Effect.void
    : Effect.fail(
      new InvalidSettings({ setting, message: `${setting} must be a duration, such as "10 seconds"` })
    )

/**
 * A variable whose value must keep a rule, if it is set: one that is empty is set.
 *
 * @since 0.1.0
 * @category config
 */
export const config = <A extends string | Redacted.Redacted>(
  name: string,
  variable: Config.Config<A>,
  rule: Rule
): Config.Config<A> =>
  // Of a variable that is not mapped, the name would be told twice.
  Config.mapOrFail(Config.map(variable, (value) => value), (value) => {
    const problem = problemOf(value, rule)
    return problem === undefined ? Either.right(value) : Either.left(ConfigError.InvalidData([name], problem))
  })

/**
 * The same error, of settings that a Config has read.
 *
 * @since 0.1.0
 * @category conversions
 */
export const toConfigError = ({ message, setting }: InvalidSettings): ConfigError.ConfigError =>
  ConfigError.InvalidData([setting], message)
