/**
 * Many requests to one host, as a stream sends them: each takes a place among those in flight, keeps the host's pace, and is
 * retried after a transient error. Every wait can be interrupted, and leaves nothing behind.
 *
 * ```ts
 * import * as Dispatch from "@effect-pinecone/http/Dispatch"
 * import * as Throttle from "@effect-pinecone/http/Throttle"
 * import type { PineconeError } from "@effect-pinecone/schema/PineconeError"
 * import * as Effect from "effect/Effect"
 *
 * const sendAll = (requests: ReadonlyArray<Effect.Effect<void, PineconeError>>) =>
 *   Effect.scoped(Effect.gen(function*() {
 *     const dispatcher = yield* Dispatch.make(yield* Throttle.make(), { maxConcurrency: 16 })
 *     yield* Effect.forEach(requests, dispatcher.send, { concurrency: "unbounded", discard: true })
 *   }))
 * ```
 *
 * @since 0.1.0
 */
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as retrying from "./internal/retrying.js"
import * as windows from "./internal/window.js"
import type { RetryPolicy } from "./Settings.js"
import * as Throttle from "./Throttle.js"

/**
 * After 1, 2, 4, … and then each 30 seconds, changed by chance by up to a fifth, for ten minutes.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultRetry: RetryPolicy = Schedule.exponential("1 second").pipe(
  Schedule.union(Schedule.spaced("30 seconds")),
  Schedule.jittered,
  Schedule.intersect(Schedule.elapsed.pipe(Schedule.whileOutput(Duration.lessThan("10 minutes"))))
)

/**
 * How long a host may accept nothing before retries stop: 2 minutes.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultStallTimeout: Duration.Duration = Duration.minutes(2)

/**
 * How many requests are in flight, and how they are retried.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * How many requests are in flight: a number, or as many as the host can handle, which is found by trying and shared by all
   * that writes to the host.
   *
   * @default "adaptive"
   */
  readonly concurrency?: number | "adaptive" | undefined
  /** The most requests that are in flight, or wait to be sent again. */
  readonly maxConcurrency: number
  /**
   * When a request is retried after a transient error, once the retries of the settings are exhausted.
   *
   * @default defaultRetry
   */
  readonly retry?: RetryPolicy | undefined
  /**
   * How long the host may accept nothing, with as few requests in flight as possible, before retries stop.
   *
   * @default defaultStallTimeout
   */
  readonly stallTimeout?: Duration.DurationInput | undefined
}

/**
 * The place of one request. It belongs to one fiber at a time.
 *
 * @since 0.1.0
 * @category models
 */
export interface Slot {
  /** Waits for the place. */
  readonly acquire: Effect.Effect<void>
  /** Gives the place back, if it is held. */
  readonly release: Effect.Effect<void>
  /** Sends a request from the place. While it waits to be sent again another takes the place. */
  readonly send: <A, E extends PineconeError.PineconeError, R>(
    request: Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E, R>
}

/**
 * Sends many requests to one host.
 *
 * @since 0.1.0
 * @category models
 */
export interface Dispatcher {
  /** A place that is not taken yet. The caller that takes it gives it back; the end of the dispatcher's scope gives back all. */
  readonly slot: () => Slot
  /** Takes a place, sends the request, and gives the place back. */
  readonly send: <A, E extends PineconeError.PineconeError, R>(
    request: Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E, R>
  /** Whether the host has accepted nothing for so long that nothing is sent again. */
  readonly isStalled: Effect.Effect<boolean>
  /** How long that is. */
  readonly stallTimeout: Duration.Duration
}

/** What is known of a slot that is held: whether it has a place among the requests in flight, or waits to have one again. */
interface Held {
  inPlace: boolean
}

/**
 * Sends to the host of a throttle.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  throttle: Throttle.Throttle,
  { concurrency = "adaptive", maxConcurrency, retry = defaultRetry, stallTimeout = defaultStallTimeout }: Options
): Effect.Effect<Dispatcher, never, Scope.Scope> =>
  Effect.gen(function*() {
    const adaptive = concurrency === "adaptive"
    const places = adaptive ? throttle.places : windows.fixed(concurrency)
    const most = adaptive ? maxConcurrency : concurrency
    const patience = Duration.decode(stallTimeout)
    const patienceMillis = Duration.toMillis(patience)
    const held = new Set<Held>()
    /** Since when something is on its way, and when the host said something of a request last. */
    let since: number | undefined
    let heardAt = 0

    const isStalled = (now: number): boolean => {
      if (since === undefined || places.lowestSince === undefined) return false
      return now - Math.max(since, heardAt, places.lowestSince, throttle.pausedUntil()) >= patienceMillis
    }
    const patient = Throttle.whilePatient((now) => !isStalled(now))

    const leave = (self: Held): void => {
      if (!self.inPlace) return
      self.inPlace = false
      places.give()
    }

    const slot = (): Slot => {
      const self: Held = { inPlace: false }

      const take = (): boolean => {
        if (!held.has(self) && held.size >= most) return false
        if (!places.take()) return false
        // Noted as it is taken: an interruption that comes next finds it.
        self.inPlace = true
        held.add(self)
        return true
      }

      const place = Effect.async<void>((resume) => {
        if (self.inPlace || take()) return resume(Effect.void)
        const forget = places.wait(() => {
          if (!take()) return false
          resume(Effect.void)
          return true
        })
        return Effect.sync(forget)
      })

      const acquire = Clock.currentTimeMillis.pipe(
        Effect.map((now) => places.forget(now)),
        Effect.andThen(place),
        Effect.andThen(Clock.currentTimeMillis),
        Effect.map((now) => {
          since ??= now
        })
      )

      const release = Effect.sync(() => {
        leave(self)
        if (!held.delete(self)) return
        if (held.size === 0) since = undefined
        places.wake()
      })

      const heard = Effect.map(Clock.currentTimeMillis, (now) => {
        heardAt = now
      })

      const send: Slot["send"] = <A, E extends PineconeError.PineconeError, R>(request: Effect.Effect<A, E, R>) => {
        /** How often the host was asked, by all calls that send the request. */
        let sent = 0
        const own = <X, F, S>(effect: Effect.Effect<X, F, S>) => patient(adaptive ? Throttle.adaptive(effect) : effect)
        const once: Effect.Effect<A, E, R> = Effect.andThen(
          acquire,
          own(request).pipe(
            Effect.tapError((error) =>
              PineconeError.isRetryable(error)
                ? Effect.sync(() => {
                  sent += Math.max(1, error.attempts)
                  leave(self)
                })
                : heard
            ),
            Effect.tap(heard)
          )
        )
        const again = (error: E): Effect.Effect<boolean> =>
          PineconeError.isRetryable(error) && !throttle.asksTooMuch(error)
            ? own(throttle.awaitRetry(error))
            : Effect.succeed(false)
        const numbered = Effect.suspend(() => sent === 0 ? once : Effect.provideService(once, retrying.Earlier, sent))
        return Effect.retry(
          numbered,
          retrying.schedule<E>(retry, { again, sent: () => sent, pausedUntil: throttle.pausedUntil })
        )
      }

      return { acquire, release, send }
    }

    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        held.forEach(leave)
        held.clear()
      })
    )

    return {
      slot,
      send: (request) =>
        Effect.suspend(() => {
          const { release, send } = slot()
          return Effect.ensuring(send(request), release)
        }),
      isStalled: Effect.map(Clock.currentTimeMillis, isStalled),
      stallTimeout: patience
    }
  })
