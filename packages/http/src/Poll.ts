/**
 * Asking again and again until work on the server has ended.
 *
 * ```ts
 * import * as Poll from "@effect-pinecone/http/Poll"
 * import * as Effect from "effect/Effect"
 *
 * const ready = (status: Effect.Effect<"pending" | "ready">) =>
 *   Poll.until(
 *     status,
 *     (answer) => Effect.succeed(answer === "ready"),
 *     { operation: "describe_job", what: "the job to be ready" },
 *     { timeout: "1 minute" }
 *   )
 * ```
 *
 * @since 0.1.0
 */
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as Run from "./Run.js"

/**
 * How often to ask, and for how long.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * When to ask again.
   *
   * @default after 250 ms, then each time half as long again, at most 5 seconds
   */
  readonly schedule?: Schedule.Schedule<unknown> | undefined
  /**
   * How long to wait in all.
   *
   * @default "5 minutes", but no limit for imports
   */
  readonly timeout?: Duration.DurationInput | undefined
}

/**
 * After 250 ms, then each time half as long again, at most every 5 seconds.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultSchedule: Schedule.Schedule<unknown> = Schedule.exponential("250 millis", 1.5).pipe(
  Schedule.union(Schedule.spaced("5 seconds"))
)

/**
 * What is waited for, for the error of a wait that came to its end.
 *
 * @since 0.1.0
 * @category models
 */
export interface Subject {
  readonly operation: string
  readonly index?: string | undefined
  readonly assistant?: string | undefined
  readonly namespace?: string | undefined
  /** Such as `index "movies" to be ready`. */
  readonly what: string
}

/**
 * Each answer as it comes, up to and with the one that is `done`. The check may fail, which ends the stream. Equal to
 * nothing but the answers: add `Stream.changes` to receive only changes.
 *
 * @since 0.1.0
 * @category constructors
 */
export const stream = <A, E, E2>(
  ask: Effect.Effect<A, E>,
  done: (answer: A) => Effect.Effect<boolean, E2>,
  subject: Subject,
  options: Options = {}
): Stream.Stream<A, E | E2 | PineconeError.TimedOut> => {
  const answers = Stream.unwrap(
    Effect.map(Schedule.driver(options.schedule ?? defaultSchedule), (driver) =>
      Stream.paginateEffect(
        true,
        (first) =>
          Effect.gen(function*() {
            if (!first) {
              const again = yield* Effect.option(driver.next(undefined))
              if (Option.isNone(again)) return yield* tooLong(subject, "the polling schedule has ended")
            }
            const answer = yield* ask
            return [answer, (yield* done(answer)) ? Option.none() : Option.some(false)] as const
          })
      ))
  )
  if (options.timeout === undefined) return answers
  const timeout = Duration.decode(options.timeout)
  return answers.pipe(
    Stream.interruptWhen(
      Effect.andThen(Effect.sleep(timeout), tooLong(subject, `${Duration.format(timeout)} passed`, timeout))
    )
  )
}

const tooLong = (subject: Subject, why: string, timeout: Duration.Duration = Duration.zero) => {
  const { what, ...context } = subject
  return Effect.fail(
    new PineconeError.TimedOut({
      ...context,
      timeout,
      message: `waited for ${what}: ${why}; check again, or raise the timeout`
    })
  )
}

/**
 * The answer that is `done`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const until = <A, E, E2>(
  ask: Effect.Effect<A, E>,
  done: (answer: A) => Effect.Effect<boolean, E2>,
  subject: Subject,
  options: Options = {}
): Effect.Effect<A, E | E2 | PineconeError.TimedOut> =>
  Effect.flatMap(
    Run.quietly(stream(ask, done, subject, options), Stream.runLast),
    (last) => Option.isSome(last) ? Effect.succeed(last.value) : Effect.never
  )
