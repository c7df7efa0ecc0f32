import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import * as Scheduler from "effect/Scheduler"
import { setImmediate } from "node:timers/promises"

/** One who sleeps, until the clock or an interruption wakes it. */
interface Sleeper {
  asleep: boolean
  readonly wake: () => void
}

/** What sleeps, the one to wake first at the root: at its time, or, at the same time, in the order of falling asleep. */
class Sleepers {
  private readonly heap: Array<readonly [time: number, count: number, sleeper: Sleeper]> = []
  private count = 0

  private before(a: number, b: number): boolean {
    const [timeA, countA] = this.heap[a]!
    const [timeB, countB] = this.heap[b]!
    return timeA < timeB || (timeA === timeB && countA < countB)
  }

  private swap(a: number, b: number): void {
    const held = this.heap[a]!
    this.heap[a] = this.heap[b]!
    this.heap[b] = held
  }

  push(time: number, sleeper: Sleeper): void {
    let at = this.heap.push([time, this.count++, sleeper]) - 1
    while (at > 0 && this.before(at, (at - 1) >> 1)) {
      this.swap(at, (at - 1) >> 1)
      at = (at - 1) >> 1
    }
  }

  pop(): readonly [time: number, sleeper: Sleeper] | undefined {
    const first = this.heap[0]
    const last = this.heap.pop()
    if (first === undefined || last === undefined) return undefined
    if (this.heap.length > 0) {
      this.heap[0] = last
      let at = 0
      while (true) {
        let least = at
        for (const child of [2 * at + 1, 2 * at + 2]) {
          if (child < this.heap.length && this.before(child, least)) least = child
        }
        if (least === at) break
        this.swap(at, least)
        at = least
      }
    }
    return [first[0], first[2]]
  }
}

/** A clock that goes on only when it is told to, and runs what it wakes. */
export class VirtualTime {
  private readonly sleepers = new Sleepers()
  private readonly scheduler = new Scheduler.ControlledScheduler()
  private sleeping = 0
  // Not zero: a clock that begins at zero hides what takes zero for "never".
  private millis = 1_000_000

  constructor(private readonly rounded: (millis: number) => number = (millis) => millis) {}

  readonly clock: Clock.Clock = {
    ...Clock.make(),
    unsafeCurrentTimeMillis: () => this.millis,
    unsafeCurrentTimeNanos: () => BigInt(Math.round(this.millis * 1e6)),
    currentTimeMillis: Effect.sync(() => this.millis),
    currentTimeNanos: Effect.sync(() => BigInt(Math.round(this.millis * 1e6))),
    sleep: (duration) =>
      Effect.async<void>((resume) => {
        const sleeper: Sleeper = { asleep: true, wake: () => resume(Effect.void) }
        this.sleeping++
        this.sleepers.push(this.rounded(this.millis + Duration.toMillis(duration)), sleeper)
        return Effect.sync(() => this.rouse(sleeper))
      })
  }

  /** Milliseconds since no time in particular. */
  get now(): number {
    return this.millis
  }

  /** How many sleep. */
  get asleep(): number {
    return this.sleeping
  }

  fork<A, E>(effect: Effect.Effect<A, E>, seed = 0): Fiber.RuntimeFiber<A, E> {
    return Effect.runFork(effect.pipe(Effect.withClock(this.clock), Effect.withRandom(Random.make(seed))), {
      scheduler: this.scheduler
    })
  }

  /** Runs what is ready, and gives whether there was anything. What that makes ready waits for the next step. */
  step(): boolean {
    if (this.scheduler.tasks.buckets.length === 0) return false
    this.scheduler.step()
    return true
  }

  /** Runs what is ready, and what that makes ready, until all wait. */
  run(): void {
    while (this.step()) { /* until all wait */ }
  }

  /** The same, where promises are waited for that need no more than turns of the event loop. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 3; quiet++) {
      while (this.step()) quiet = 0
      await setImmediate()
    }
  }

  /** Goes to the time of whoever wakes first, and wakes it; gives whether somebody sleeps. */
  next(): boolean {
    for (let first = this.sleepers.pop(); first !== undefined; first = this.sleepers.pop()) {
      const [time, sleeper] = first
      if (!sleeper.asleep) continue
      this.millis = Math.max(this.millis, time)
      this.rouse(sleeper)
      sleeper.wake()
      return true
    }
    return false
  }

  private rouse(sleeper: Sleeper): void {
    if (!sleeper.asleep) return
    sleeper.asleep = false
    this.sleeping--
  }
}

const stuck = "all fibers wait, and none for the clock"

/**
 * Runs an effect that waits for nothing but the clock, at once: the clock goes on whenever all fibers sleep. The same effect
 * always runs the same way.
 */
export const runVirtually = <A, E>(effect: Effect.Effect<A, E>, seed = 0): Exit.Exit<A, E> => {
  const time = new VirtualTime()
  const fiber = time.fork(effect, seed)
  while (true) {
    time.run()
    const exit = fiber.unsafePoll()
    if (exit !== null) return exit
    if (!time.next()) {
      Effect.runFork(Fiber.interrupt(fiber))
      return Exit.die(new Error(stuck))
    }
  }
}

/** Runs a fiber to its end, and lets the clock go on whenever all fibers sleep; promises need no more than a turn or two. */
export const runToEnd = async <A, E>(
  time: VirtualTime,
  fiber: Fiber.RuntimeFiber<A, E>
): Promise<Exit.Exit<A, E>> => {
  while (true) {
    await time.settle()
    const exit = fiber.unsafePoll()
    if (exit !== null) return exit
    if (!time.next()) return Exit.die(new Error(stuck))
  }
}
