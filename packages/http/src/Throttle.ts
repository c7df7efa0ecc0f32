/**
 * What all requests to one host have in common: they wait when the host asks to be left alone, and the writes of streams
 * are as many, and follow each other as fast, as the host bears.
 *
 * A `Retry-After` holds for every request to the host, whoever sends it. Beyond that only requests that are
 * {@link adaptive} are held back: their number in flight grows by one for each round of answers and is halved by a 429, a
 * 503, a timeout or a broken connection; after a 429 they also keep a rate a little below the one that was refused, and
 * go back to it slowly.
 *
 * @since 0.1.0
 */
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import { globalValue } from "effect/GlobalValue"
import type * as Scope from "effect/Scope"
import { Pace } from "./internal/pace.js"
import { Window } from "./internal/window.js"

/**
 * Places among the requests that are in flight to a host.
 *
 * @since 0.1.0
 * @category models
 */
export interface Lease {
  /** Waits for a place. */
  readonly acquire: Effect.Effect<void>
  /** Gives a place back. */
  readonly release: Effect.Effect<void>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Throttle {
  /** Sends a request: once when the host is to be left alone no longer, and the answer is learnt from. */
  readonly attempt: <A, R>(
    request: Effect.Effect<A, PineconeError.RequestError, R>,
    options: {
      /** Whether it tells something about how many writes the host bears. */
      readonly write: boolean
    }
  ) => Effect.Effect<A, PineconeError.RequestError, R>
  /** At most so many of the host's places, shared with all others who hold a lease. The scope's end gives all back. */
  readonly lease: (maximum: number) => Effect.Effect<Lease, never, Scope.Scope>
}

const currentAdaptive: FiberRef.FiberRef<boolean> = globalValue(
  "@effect-pinecone/http/Throttle/currentAdaptive",
  () => FiberRef.unsafeMake(false)
)

/**
 * Keeps the requests of an effect to the rate that their host bears.
 *
 * @since 0.1.0
 * @category combinators
 */
export const adaptive = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.locally(effect, currentAdaptive, true)

/**
 * A fixed number of places, of one's own.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fixed = (places: number): Effect.Effect<Lease> =>
  Effect.map(Effect.makeSemaphore(places), (semaphore) => ({
    acquire: semaphore.take(1),
    release: Effect.asVoid(semaphore.release(1))
  }))

const isTrouble = (error: PineconeError.RequestError): boolean =>
  error._tag === "RateLimited" || error._tag === "TimedOut" || error._tag === "TransportError" ||
  (error._tag === "ServiceUnavailable" && error.status === 503)

/**
 * The throttle of a host of which nothing is known yet.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Throttle> = Effect.sync(() => {
  const pace = new Pace()
  const window = new Window()
  const gate = Effect.unsafeMakeSemaphore(1)
  let pausedUntil = 0
  let started = 0
  /** What was started before the last cut tells nothing new. */
  let cutAt = 0

  const start = (paced: boolean, asked: number): Effect.Effect<void> =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const wait = Math.max(pausedUntil - now, paced ? pace.delay(now) : 0)
      return wait > 0
        ? Effect.zipRight(Effect.sleep(Math.ceil(wait)), start(paced, asked))
        : paced
        ? Effect.sync(() => pace.started(now, asked))
        : Effect.void
    })

  // One after another, so that who waits learns of a slower pace.
  const turn = Effect.zipWith(
    FiberRef.get(currentAdaptive),
    Clock.currentTimeMillis,
    (paced, now) => paced ? gate.withPermits(1)(start(true, now)) : start(false, now)
  ).pipe(Effect.flatten)

  const passed = (): void => {
    pace.passed()
    window.succeeded()
  }

  const failed = (error: PineconeError.RequestError, own: number, write: boolean, now: number): void => {
    const pause = Duration.toMillis(PineconeError.retryAfter(error))
    pausedUntil = Math.max(pausedUntil, now + pause)
    pace.pause(pausedUntil)
    // Whatever else is wrong with an answer, the request was not one too many.
    if (write && error._tag !== "RateLimited") pace.passed()
    if (!write || own <= cutAt || !isTrouble(error)) return
    cutAt = started
    window.troubled()
    if (error._tag === "RateLimited") pace.refused(now, pause)
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
          // Of a read that went well there is nothing to learn.
          if (write) passed()
          return Effect.succeed(answer)
        }
      })
    })
    return Effect.withFiberRuntime<A, PineconeError.RequestError, R>((fiber) =>
      pausedUntil === 0 && !fiber.getFiberRef(currentAdaptive) ? sent : Effect.zipRight(turn, sent)
    )
  }

  const lease: Throttle["lease"] = (maximum) =>
    Effect.map(
      Effect.acquireRelease(
        Effect.sync(() => ({ held: 0 })),
        (state) =>
          Effect.sync(() => {
            for (; state.held > 0; state.held--) window.give()
          })
      ),
      (state): Lease => {
        const take = () => {
          if (state.held >= maximum || !window.take()) return false
          state.held++
          return true
        }
        return {
          acquire: Effect.async<void>((resume) => {
            const waiter = () => {
              if (!take()) return false
              resume(Effect.void)
              return true
            }
            if (waiter()) return
            const forget = window.wait(waiter)
            return Effect.sync(forget)
          }),
          release: Effect.sync(() => {
            // What the end of the scope has given back is not given twice.
            if (state.held === 0) return
            state.held--
            window.give()
          })
        }
      }
    )

  return { attempt, lease }
})
