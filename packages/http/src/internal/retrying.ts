import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { RetryPolicy } from "../Settings.js"
import * as Telemetry from "../Telemetry.js"
import { Measures } from "./measure.js"

/** How often a request was sent before the call that sends it now. */
export class Earlier extends Context.Reference<Earlier>()("@effect-pinecone/http/internal/retrying/Earlier", {
  defaultValue: (): number => 0
}) {}

/** What is known where a request may be sent again. */
export interface Retrying<E> {
  /** Whether it is, after an error. */
  readonly again: (error: E) => Effect.Effect<boolean>
  /** How often it was sent so far. */
  readonly sent: () => number
  /** Until when its host asks to be left alone, in milliseconds of the clock. */
  readonly pausedUntil: () => number
}

/** Tells of a retry that is to come. */
const told = (
  { _tag, index, operation, requestId }: PineconeError.PineconeError,
  attempt: number,
  millis: number
): Effect.Effect<void> =>
  Effect.andThen(
    Effect.withFiberRuntime<void>((fiber) => {
      new Measures().add(fiber, Telemetry.retries, 1, { operation, error: _tag })
      return Effect.void
    }),
    Effect.annotateLogs(Effect.logDebug(`retrying ${operation}, attempt ${attempt}, in ${Math.round(millis)} ms`), {
      operation,
      ...(index === undefined ? {} : { index }),
      error: _tag,
      ...(requestId === undefined ? {} : { requestId })
    })
  )

/** A policy of retries that asks before each, and then tells of it: in a line of the log, and a metric. */
export const schedule = <E extends PineconeError.PineconeError>(
  policy: RetryPolicy,
  { again, pausedUntil, sent }: Retrying<E>
): Schedule.Schedule<E, E> =>
  policy.pipe(
    Schedule.whileInputEffect(again),
    Schedule.passthrough,
    Schedule.modifyDelayEffect((error, delay) =>
      Effect.gen(function*() {
        const now = yield* Clock.currentTimeMillis
        const earlier = yield* Earlier
        yield* told(error, earlier + sent() + 1, Math.max(Duration.toMillis(delay), pausedUntil() - now))
        return delay
      })
    )
  )
