/** What a runtime can do: each feature is tried, and what comes of it is told at once, for a runtime may not live to the end. */
import * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/** What is tried with each transport. */
export type Step = "control plane" | "upsert" | "query" | "stream" | "errors" | "interruption"

/** Where the program goes, and by what name. */
export interface Place {
  /** The control plane of a server that takes the key `key`, and no other. */
  readonly server: string
  readonly key: string
  /** A server that never answers a request, but for `GET /requests`: how many have come, and how many were aborted. */
  readonly silent: string
  /** The same over HTTP/2. */
  readonly silentGrpc: string
  /** An address where nobody listens. */
  readonly nobody: string
  /** The name of the runtime, as it may stand in the name of an index. */
  readonly runtime: string
}

/** What came of a feature: nothing, or what was wrong. */
export interface Outcome {
  readonly feature: string
  readonly problem?: string | undefined
}

/** Something is not as it should be. */
export class Wrong extends Data.TaggedError("Wrong")<{ readonly message: string }> {}

/** Fails where what was found is not what was expected. */
export const same = (what: string, found: unknown, expected: unknown): Effect.Effect<void, Wrong> => {
  const [left, right] = [JSON.stringify(found), JSON.stringify(expected)]
  return left === right ? Effect.void : new Wrong({ message: `${what}: ${left} instead of ${right}` })
}

const limit = Duration.seconds(20)

/** Tries a feature. A defect is a problem like any other, and so is one that does not end. */
export const attempt = <E, R>(
  feature: string,
  effect: Effect.Effect<unknown, E, R>
): Effect.Effect<Outcome, never, R> =>
  effect.pipe(
    Effect.timeoutFail({
      duration: limit,
      onTimeout: () => new Wrong({ message: `no end within ${Duration.format(limit)}` })
    }),
    Effect.as<Outcome>({ feature }),
    Effect.catchAllCause((cause) => Effect.succeed<Outcome>({ feature, problem: Cause.pretty(cause) }))
  )
