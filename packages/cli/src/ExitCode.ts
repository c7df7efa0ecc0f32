/**
 * What the exit code of `pinecone` says, for a script that has to know why a command failed.
 *
 * ```ts
 * import * as Cli from "@effect-pinecone/cli/Cli"
 * import * as ExitCode from "@effect-pinecone/cli/ExitCode"
 * import * as Effect from "effect/Effect"
 *
 * const isThere = (index: string) =>
 *   Effect.map(Cli.run(["index", "describe", index]), (code) => code !== ExitCode.notFound)
 * ```
 *
 * @since 0.1.0
 */

/**
 * An exit code.
 *
 * @since 0.1.0
 * @category models
 */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 70 | 130

/**
 * All is done.
 *
 * @since 0.1.0
 * @category constants
 */
export const success: ExitCode = 0

/**
 * It is done, and the answer is no: two indexes differ, or some records were refused.
 *
 * @since 0.1.0
 * @category constants
 */
export const failed: ExitCode = 1

/**
 * The command line or a setting is wrong; nothing was sent.
 *
 * @since 0.1.0
 * @category constants
 */
export const usage: ExitCode = 2

/**
 * The key is missing, wrong, or may not do this.
 *
 * @since 0.1.0
 * @category constants
 */
export const access: ExitCode = 3

/**
 * What was named does not exist.
 *
 * @since 0.1.0
 * @category constants
 */
export const notFound: ExitCode = 4

/**
 * The request was refused: it breaks a limit, or does not fit what is there.
 *
 * @since 0.1.0
 * @category constants
 */
export const refused: ExitCode = 5

/**
 * The server cannot be reached or does not answer for now: a later try may succeed.
 *
 * @since 0.1.0
 * @category constants
 */
export const unavailable: ExitCode = 6

/**
 * A file cannot be read or written, or does not have what it should.
 *
 * @since 0.1.0
 * @category constants
 */
export const file: ExitCode = 7

/**
 * A mistake in the program itself.
 *
 * @since 0.1.0
 * @category constants
 */
export const internal: ExitCode = 70

/**
 * Interrupted by Ctrl-C.
 *
 * @since 0.1.0
 * @category constants
 */
export const interrupted: ExitCode = 130
