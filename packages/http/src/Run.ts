/**
 * Running a Stream to its end within an operation. Effect runs a Stream in a fiber of its own, and logs the failure of a fiber
 * on the level debug as one that nobody handles, although the caller that runs the Stream gets it.
 *
 * @since 0.1.0
 */
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

/**
 * Runs a Stream, whose failure is that of the effect and is not logged.
 *
 * ```ts
 * import * as Run from "@effect-pinecone/http/Run"
 * import * as Stream from "effect/Stream"
 *
 * const last = Run.quietly(Stream.make(1, 2, 3), Stream.runLast)
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const quietly = <A, E, R, B, E2, R2>(
  stream: Stream.Stream<A, E, R>,
  run: (stream: Stream.Stream<A, never, R>) => Effect.Effect<B, E2, R2>
): Effect.Effect<B, E | E2, R2> =>
  Effect.suspend(() => {
    let failure: Cause.Cause<E> | undefined
    const caught = Stream.catchAllCause(stream, (cause) => {
      failure = cause
      return Stream.empty
    })
    return Effect.flatMap(
      run(caught),
      (result) => failure === undefined ? Effect.succeed(result) : Effect.failCause(failure)
    )
  })
