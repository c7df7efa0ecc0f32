import * as NodeStream from "@effect/platform-node/NodeStream"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"

interface Problem {
  readonly message: string
  readonly readerGone: boolean
}

const codeOf = (error: unknown): unknown => Predicate.hasProperty(error, "code") ? error.code : undefined

const problemOf = (what: string, error: unknown): Problem => ({
  message: `${what}: ${Predicate.hasProperty(error, "message") ? String(error.message) : String(error)}`,
  readerGone: codeOf(error) === "EPIPE"
})

/** The streams of the process. Their errors are those of the writes: without a listener they would end it. */
export const make = <E>(toError: (problem: Problem) => E) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const { stderr, stdin, stdout } = process
      const ignore = () => {}
      stdout.on("error", ignore)
      stderr.on("error", ignore)
      const streams = {
        input: NodeStream.fromReadable<E, Uint8Array>(
          () => stdin,
          (error) => toError(problemOf("Standard input cannot be read", error)),
          { closeOnDone: false }
        ),
        write: (part: string | Uint8Array) =>
          Effect.async<void, E>((resume) => {
            stdout.write(part, (error) =>
              resume(
                error === null || error === undefined
                  ? Effect.void
                  : Effect.fail(toError(problemOf("Standard output cannot be written", error)))
              ))
          }),
        writeError: (text: string) =>
          Effect.async<void>((resume) => void stderr.write(text, () => resume(Effect.void))),
        terminal: { input: stdin.isTTY === true, output: stdout.isTTY === true, error: stderr.isTTY === true },
        columns: Effect.sync(() => stdout.columns ?? stderr.columns ?? 80)
      }
      return { streams, ignore }
    }),
    ({ ignore }) =>
      Effect.sync(() => {
        process.stdout.off("error", ignore)
        process.stderr.off("error", ignore)
      })
  ).pipe(Effect.map(({ streams }) => streams))
