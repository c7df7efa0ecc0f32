/**
 * What all requests to one host have in common: they wait when the host asks to be left alone, they share the retries that
 * it is given, and the requests of streams are as many, and follow each other as fast, as it can handle.
 *
 * A `Retry-After` holds for every request to the host, from any caller: they wait for it, no longer than the settings allow,
 * and come back spread out. Beyond that only requests that are {@link adaptive} are held back: their number in flight grows
 * by one for each round of answers and is halved by a 429, a 503, a timeout or a broken connection; after a 429 they also
 * keep a rate a little below the one that was refused, and go back to it slowly. What was found out is forgotten after five
 * minutes without an answer.
 *
 * `Dispatch` sends many requests with it.
 *
 * ```ts
 * import * as Throttle from "@effect-pinecone/http/Throttle"
 * import type { RequestError } from "@effect-pinecone/schema/PineconeError"
 * import * as Effect from "effect/Effect"
 *
 * const send = (request: Effect.Effect<string, RequestError>) =>
 *   Effect.flatMap(Throttle.make(), (throttle) => throttle.attempt(request, { write: true }))
 * ```
 *
 * @since 0.1.0
 */
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Call from "./Call.js"
import * as budgets from "./internal/budget.js"
import { Measures } from "./internal/measure.js"
import * as paces from "./internal/pace.js"
import type { Places } from "./internal/window.js"
import * as windows from "./internal/window.js"
import * as Telemetry from "./Telemetry.js"

export type { Places } from "./internal/window.js"

/**
 * The longest `Retry-After` that is waited for, unless the settings say otherwise.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultMaxRetryAfter: Duration.DurationInput = "60 seconds"

/**
 * How long a host can ask to wait.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * The longest `Retry-After` that is waited for.
   *
   * @default 60 seconds
   */
  readonly maxRetryAfter?: Duration.DurationInput | undefined
}

/**
 * What the requests to one host share.
 *
 * @since 0.1.0
 * @category models
 */
export interface Throttle {
  /** Sends a request: once when the host is to be left alone no longer, and the answer is learnt from. */
  readonly attempt: <A, R>(
    request: Effect.Effect<A, PineconeError.RequestError, R>,
    options: {
      /** Whether it tells something about how many writes the host can handle. */
      readonly write: boolean
    }
  ) => Effect.Effect<A, PineconeError.RequestError, R>
  /** Whether an error asks to wait for longer than the settings allow: then it is not waited for. */
  readonly asksTooMuch: (error: PineconeError.PineconeError) => boolean
  /**
   * Draws one of the host's retries after an error: `false` where there is none, or where the sender has given up
   * ({@link whilePatient}). An adaptive request that was refused by a 429 needs none: its pace holds it back.
   */
  readonly retry: (error: PineconeError.PineconeError) => Effect.Effect<boolean>
  /** The same, and waits for one to draw. */
  readonly awaitRetry: (error: PineconeError.PineconeError) => Effect.Effect<boolean>
  /** The places among the adaptive requests in flight, for `Dispatch`. */
  readonly places: Places
  /** Until when the host asks to be left alone, in milliseconds of the clock. */
  readonly pausedUntil: () => number
}

class Adaptive extends Context.Reference<Adaptive>()("@effect-pinecone/http/Throttle/Adaptive", {
  defaultValue: (): boolean => false
}) {}

class Patience extends Context.Reference<Patience>()("@effect-pinecone/http/Throttle/Patience", {
  defaultValue: () => (_now: number): boolean => true
}) {}

/**
 * Keeps the requests of an effect to the rate that their host can handle.
 *
 * @since 0.1.0
 * @category combinators
 */
export const adaptive = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.provideService(effect, Adaptive, true)

/**
 * Sends no request of an effect again once `isPatient` says no. It is given the clock's time in milliseconds.
 *
 * @since 0.1.0
 * @category combinators
 */
export const whilePatient =
  (isPatient: (now: number) => boolean) => <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.provideService(effect, Patience, isPatient)

const isTrouble = (error: PineconeError.RequestError): boolean =>
  PineconeError.isThrottled(error) || error._tag === "PineconeTimedOut" ||
  error._tag === "PineconeTransportError" ||
  (error._tag === "PineconeServiceUnavailable" && error.status === 503)

/** Those that wait for the same pause come back over this share of it, and over no longer time than this, in milliseconds. */
const spreadShare = 0.1
const longestSpread = 5000

/**
 * The throttle of a host of which nothing is known yet.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = ({ maxRetryAfter = defaultMaxRetryAfter }: Options = {}): Effect.Effect<Throttle> =>
  Effect.sync(() => {
    const longestPause = Duration.toMillis(maxRetryAfter)
    const pace = paces.make()
    const window = windows.make()
    const budget = budgets.make()
    const gate = Effect.unsafeMakeSemaphore(1)
    const measures = new Measures()
    let pausedUntil = 0
    let started = 0
    /** What was started before the last cut tells nothing new. */
    let cutAt = 0

    const pauseOf = (error: PineconeError.PineconeError) => Duration.toMillis(PineconeError.retryAfter(error))

    /** Others may make the pause longer again and again: nobody waits for longer than one pause may be. */
    const pauseLeft = (now: number, asked: number) => Math.min(pausedUntil, asked + longestPause) - now

    const paced = (asked: number): Effect.Effect<void> =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        pace.forget(now)
        const wait = Math.max(pauseLeft(now, asked), pace.delay(now))
        return wait > 0
          ? Effect.andThen(Effect.sleep(Math.ceil(wait)), paced(asked))
          : Effect.sync(() => pace.started(now, asked))
      })

    const spread = (asked: number): Effect.Effect<void> =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const wait = pauseLeft(now, asked)
        return wait > 0
          ? Effect.flatMap(Random.next, (share) =>
            Effect.andThen(
              Effect.sleep(Math.ceil(wait + share * Math.min(longestSpread, wait * spreadShare))),
              spread(asked)
            ))
          : Effect.void
      })

    const waited = (asked: number): Effect.Effect<void> =>
      Effect.flatMap(
        Clock.currentTimeMillis,
        (now) =>
          now === asked ? Effect.void : Effect.withFiberRuntime((fiber) => {
            const { operation } = Context.get(fiber.currentContext, Call.Current)
            measures.add(fiber, Telemetry.throttleWait, (now - asked) / 1000, { operation })
            return Effect.void
          })
      )

    // One after another, so that who waits learns of a slower pace.
    const turn = Effect.zipWith(
      Adaptive,
      Clock.currentTimeMillis,
      (adaptive, now) => Effect.andThen(adaptive ? gate.withPermits(1)(paced(now)) : spread(now), waited(now))
    ).pipe(Effect.flatten)

    const passed = (now: number): void => {
      pace.passed(now)
      window.succeeded(now)
    }

    const failed = (error: PineconeError.RequestError, own: number, write: boolean, now: number): void => {
      const asked = pauseOf(error)
      const pause = asked > longestPause ? 0 : asked
      if (pause > 0) {
        pausedUntil = Math.max(pausedUntil, now + pause)
        pace.pause(pausedUntil)
      }
      // Whatever else is wrong with an answer, the request was not one too many.
      if (write && !PineconeError.isThrottled(error)) pace.passed(now)
      if (!write || own <= cutAt || !isTrouble(error)) return
      cutAt = started
      window.troubled(now)
      if (PineconeError.isThrottled(error)) pace.refused(now, pause)
    }

    const attempt: Throttle["attempt"] = <A, R>(
      request: Effect.Effect<A, PineconeError.RequestError, R>,
      { write }: { readonly write: boolean }
    ) => {
      const sent = Effect.suspend(() => {
        const own = ++started
        return Effect.matchEffect(request, {
          onFailure: (error) =>
            Effect.flatMap(Clock.currentTimeMillis, (now) => {
              failed(error, own, write, now)
              return Effect.fail(error)
            }),
          onSuccess: (answer) => {
            budget.succeeded()
            // Of a read that went well there is nothing else to learn.
            return write
              ? Effect.map(Clock.currentTimeMillis, (now) => {
                passed(now)
                return answer
              })
              : Effect.succeed(answer)
          }
        })
      })
      return Effect.withFiberRuntime<A, PineconeError.RequestError, R>((fiber) =>
        pausedUntil === 0 && !Context.get(fiber.currentContext, Adaptive) ? sent : Effect.andThen(turn, sent)
      )
    }

    /** Whether a request may be sent again, and how long to wait to ask again where that is only a matter of time. */
    const drawn = (error: PineconeError.PineconeError): Effect.Effect<boolean | number> =>
      Effect.withFiberRuntime<boolean | number>((fiber) => {
        const isPaced = Context.get(fiber.currentContext, Adaptive) && PineconeError.isThrottled(error)
        const isPatient = Context.get(fiber.currentContext, Patience)
        return Effect.map(
          Clock.currentTimeMillis,
          (now) => isPatient(now) && (isPaced || budget.take(now) || budget.delay(now))
        )
      })

    const awaitRetry: Throttle["awaitRetry"] = (error) =>
      Effect.flatMap(
        drawn(error),
        (drawn) =>
          typeof drawn === "boolean" ? Effect.succeed(drawn) : Effect.andThen(Effect.sleep(drawn), awaitRetry(error))
      )

    return {
      attempt,
      asksTooMuch: (error) => pauseOf(error) > longestPause,
      retry: (error) => Effect.map(drawn(error), (drawn) => drawn === true),
      awaitRetry,
      places: window,
      pausedUntil: () => pausedUntil
    }
  })
