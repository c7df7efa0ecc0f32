/** How an effect ends: when, by an interruption at any moment, and what is left of it. */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import type * as Option from "effect/Option"
import * as Supervisor from "effect/Supervisor"
import { setImmediate } from "node:timers/promises"
import { VirtualTime } from "./virtualClock.js"

/** Counts the fibers that an effect starts, whoever they belong to. */
class Fibers extends Supervisor.AbstractSupervisor<number> {
  running = 0
  override get value() {
    return Effect.sync(() => this.running)
  }
  override onStart<A, E, R>(
    _context: Context.Context<R>,
    _effect: Effect.Effect<A, E, R>,
    _parent: Option.Option<Fiber.RuntimeFiber<unknown, unknown>>,
    _fiber: Fiber.RuntimeFiber<A, E>
  ): void {
    this.running++
  }
  override onEnd<A, E>(_exit: Exit.Exit<A, E>, _fiber: Fiber.RuntimeFiber<A, E>): void {
    this.running--
  }
}

/** A run that has ended, or that nothing makes go on. */
export interface Ended<A, E> {
  /** Nothing where all wait, and none for the clock. */
  readonly exit: Exit.Exit<A, E> | undefined
  /** How long it took, in milliseconds of the clock. */
  readonly elapsed: number
  /** How many moments it had at which it could have been interrupted. */
  readonly moments: number
  /** What is left: fibers, and those who sleep. */
  readonly fibers: number
  readonly asleep: number
}

/** A run in virtual time. A moment of it is whatever makes it go on: what is ready to run, or the clock. */
class Run<A, E> {
  // As the timers of the system do: what sleeps for less than a millisecond sleeps for one.
  readonly time = new VirtualTime(Math.ceil)
  readonly fibers = new Fibers()
  readonly startedAt = this.time.now
  readonly fiber: Fiber.RuntimeFiber<A, E>
  moments = 0

  constructor(effect: Effect.Effect<A, E>) {
    this.fiber = this.time.fork(Effect.supervised(effect, this.fibers))
  }

  /** Gives whether it went on to its next moment. */
  async goOn(): Promise<boolean> {
    if (this.fiber.unsafePoll() !== null) return false
    // Of what waits for a promise it is seen after a few turns whether it goes on by itself.
    for (let quiet = 0; quiet < 3; quiet++) {
      if (this.time.step()) {
        this.moments++
        return true
      }
      await setImmediate()
    }
    if (this.fiber.unsafePoll() !== null) return false
    this.moments++
    return this.time.next()
  }

  async ended(): Promise<Ended<A, E>> {
    const elapsed = this.time.now - this.startedAt
    await this.time.settle()
    return {
      exit: this.fiber.unsafePoll() ?? undefined,
      elapsed,
      moments: this.moments,
      fibers: this.fibers.running,
      asleep: this.time.asleep
    }
  }
}

/** Runs an effect until it ends; the clock goes on whenever all wait. */
export const toEnd = async <A, E>(effect: Effect.Effect<A, E>): Promise<Ended<A, E>> => {
  const run = new Run(effect)
  while (await run.goOn()) { /* until it ends */ }
  return run.ended()
}

/** Runs an effect up to a moment, interrupts it, and lets all go on that needs no clock. */
export const interruptedAt = async <A, E>(
  effect: Effect.Effect<A, E>,
  moment: number
): Promise<Ended<A, E>> => {
  const run = new Run(effect)
  while (run.moments < moment && await run.goOn()) { /* until the moment */ }
  run.fiber.unsafeInterruptAsFork(run.fiber.id())
  return run.ended()
}
