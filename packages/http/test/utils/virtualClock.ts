import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import * as Scheduler from "effect/Scheduler"

/** What sleeps, the one to wake first at the root: at its time, or, at the same time, in the order of falling asleep. */
class Sleepers {
  private readonly heap: Array<readonly [number, number, () => void]> = []
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

  push(time: number, wake: () => void): void {
    let at = this.heap.push([time, this.count++, wake]) - 1
    while (at > 0 && this.before(at, (at - 1) >> 1)) {
      this.swap(at, (at - 1) >> 1)
      at = (at - 1) >> 1
    }
  }

  pop(): readonly [number, () => void] | undefined {
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

/**
 * Runs an effect that waits for nothing but the clock, at once: the clock goes on whenever all fibers sleep. The same effect
 * always runs the same way.
 */
export const runVirtually = <A, E>(effect: Effect.Effect<A, E>, seed = 0): Exit.Exit<A, E> => {
  const sleepers = new Sleepers()
  // Not zero: a clock that begins at zero hides what takes zero for "never".
  let now = 1_000_000
  const clock: Clock.Clock = {
    ...Clock.make(),
    unsafeCurrentTimeMillis: () => now,
    unsafeCurrentTimeNanos: () => BigInt(Math.round(now * 1e6)),
    currentTimeMillis: Effect.sync(() => now),
    currentTimeNanos: Effect.sync(() => BigInt(Math.round(now * 1e6))),
    sleep: (duration) =>
      Effect.async<void>((resume) => {
        let awake = false
        sleepers.push(now + Duration.toMillis(duration), () => {
          if (!awake) resume(Effect.void)
        })
        return Effect.sync(() => {
          awake = true
        })
      })
  }
  const scheduler = new Scheduler.ControlledScheduler()
  const fiber = Effect.runFork(
    effect.pipe(Effect.withClock(clock), Effect.withRandom(Random.make(seed))),
    { scheduler }
  )
  while (true) {
    while (scheduler.tasks.buckets.length > 0) scheduler.step()
    const exit = fiber.unsafePoll()
    if (exit !== null) return exit
    const next = sleepers.pop()
    if (next === undefined) {
      Effect.runFork(Fiber.interrupt(fiber))
      return Exit.die(new Error("all fibers wait, and none for the clock"))
    }
    now = Math.max(now, next[0])
    next[1]()
  }
}
