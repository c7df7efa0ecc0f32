import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as FiberId from "effect/FiberId"
import type * as FiberRefs from "effect/FiberRefs"
import * as Runtime from "effect/Runtime"

/** Work that has to be done by a time of the clock. */
interface Due {
  at: number
  readonly end: () => void
}

/** Ends what is late. */
interface Watch {
  readonly add: (due: Due) => void
  readonly remove: (due: Due) => void
}

/** One fiber sleeps for all, and only while there is something to watch. */
const makeWatch = (clock: Clock.Clock): Watch => {
  const all = new Set<Due>()
  let sleeper: Fiber.RuntimeFiber<void> | undefined
  let wakesAt = Infinity

  const stop = (): void => {
    sleeper?.unsafeInterruptAsFork(sleeper.id())
    sleeper = undefined
    wakesAt = Infinity
  }

  const sleepUntil = (until: number): void => {
    stop()
    const duration = Duration.millis(Math.max(0, until - clock.unsafeCurrentTimeMillis()))
    wakesAt = until
    sleeper = Effect.runFork(Effect.andThen(clock.sleep(duration), Effect.sync(woken)))
  }

  const woken = (): void => {
    sleeper = undefined
    wakesAt = Infinity
    const now = clock.unsafeCurrentTimeMillis()
    let next = Infinity
    for (const due of all) {
      if (due.at <= now) {
        all.delete(due)
        due.end()
      } else {
        next = Math.min(next, due.at)
      }
    }
    if (next < Infinity) sleepUntil(next)
  }

  return {
    add: (due) => {
      all.add(due)
      if (due.at < wakesAt) sleepUntil(due.at)
    },
    remove: (due) => {
      all.delete(due)
      if (all.size === 0) stop()
    }
  }
}

/** Ends an effect that takes longer than a duration with an error. It can make the time begin anew. */
export type Within = <A, E, R, E2>(
  run: (extend: () => void) => Effect.Effect<A, E, R>,
  duration: Duration.Duration,
  onLate: () => E2
) => Effect.Effect<A, E | E2, R>

/**
 * The same as `Effect.timeoutFail` for many effects at a time, at a fraction of its cost: of each race that it starts, the
 * fiber that sleeps is the dear half. An effect can be late in a region that is not interruptible, too. It runs in a fiber of
 * its own, for which `updateRefs` sets what all of them have in common.
 */
export const make = (
  updateRefs: (refs: FiberRefs.FiberRefs, id: FiberId.Runtime) => FiberRefs.FiberRefs
): Within => {
  const watches = new WeakMap<Clock.Clock, Watch>()
  const watchOf = (clock: Clock.Clock): Watch => {
    const known = watches.get(clock)
    if (known !== undefined) return known
    const made = makeWatch(clock)
    watches.set(clock, made)
    return made
  }

  return <A, E, R, E2>(
    run: (extend: () => void) => Effect.Effect<A, E, R>,
    duration: Duration.Duration,
    onLate: () => E2
  ) =>
    Effect.withFiberRuntime<A, E | E2, R>((parent) =>
      Effect.async<A, E | E2, R>((resume) => {
        const clock = Context.get(parent.currentDefaultServices, Clock.Clock)
        const runtime = Runtime.make({
          // eslint-disable-next-line no-restricted-syntax -- the context of who runs the effect is one for it.
          context: parent.currentContext as Context.Context<R>,
          runtimeFlags: Runtime.defaultRuntimeFlags,
          fiberRefs: parent.getFiberRefs()
        })
        const millis = Duration.toMillis(duration)
        const watch = watchOf(clock)
        let late = false
        const due: Due = {
          at: clock.unsafeCurrentTimeMillis() + millis,
          end: () => {
            late = true
            fiber.unsafeInterruptAsFork(fiber.id())
          }
        }
        // Who watches looks at it again when it wakes.
        const extend = () => {
          due.at = clock.unsafeCurrentTimeMillis() + millis
        }
        // As a value: a fiber that ends with a failure logs it, and whoever waits for this one looks at it.
        const fiber = Runtime.runFork(runtime, Effect.exit(run(extend)), { updateRefs })
        watch.add(due)
        fiber.addObserver((ended) => {
          const exit = Exit.flatten(ended)
          watch.remove(due)
          resume(late && Exit.isFailure(exit) ? Effect.fail(onLate()) : exit)
        })
        return Fiber.interrupt(fiber)
      })
    )
}
