/**
 * The error of settings that cannot work.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"

/**
 * A setting cannot work: the message names it, says what is wrong with it and what to give instead. It never shows a
 * secret, nor the URL of a proxy, which may hold one.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidOptions extends Data.TaggedError("InvalidOptions")<{
  /** The setting, by its path in the options: `connections`, `proxy.https.url`, `tls.key`. */
  readonly option: string
  readonly message: string
}> {}
