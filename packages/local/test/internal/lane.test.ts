import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type { Job } from "../../src/internal/job.js"
import type { Lane } from "../../src/internal/lane.js"
import * as lane from "../../src/internal/lane.js"

/** A lane whose time passes only where a job works, and what has happened there, in its order. */
const make = Effect.gen(function*() {
  let now = 0
  const seen: Array<string> = []
  /** Works for some milliseconds in each of its calls. */
  const working = (name: string, calls: number, milliseconds = 10): Job<string> => {
    let left = calls
    return {
      next: () => {
        now += milliseconds
        seen.push(name)
        return --left === 0
      },
      result: () => name,
      close: () => {
        seen.push(`${name} closed`)
      }
    }
  }
  const wait = (milliseconds: number) => {
    now += milliseconds
  }
  return { lane: yield* lane.make(() => now), seen, wait, working }
})

const started = (lane: Lane, job: Job<string>, options?: lane.RunOptions) =>
  Effect.tap(Effect.fork(lane.run(() => job, options)), Effect.yieldNow())

const turns = (count: number) =>
  Effect.repeatN(Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void))), count - 1)

describe("Lane", () => {
  it("a short job is done without a turn of the event loop", () => {
    const { lane, working } = Effect.runSync(make)
    assert.strictEqual(Effect.runSync(lane.run(() => working("short", 3, 1))), "short")
  })

  it.effect("a turn has one slice: the rest of a job, and another job, wait for the next", () =>
    Effect.gen(function*() {
      const { lane, seen, working } = yield* make
      const a = yield* started(lane, working("a", 3))
      const b = yield* started(lane, working("b", 1))
      assert.deepStrictEqual(seen, ["a"])
      yield* turns(1)
      assert.strictEqual(seen.length, 2)
      assert.deepStrictEqual(yield* Fiber.join(Fiber.zip(a, b)), ["a", "b"])
    }))

  it.effect("what is short goes first, and what is long goes on beside any number of short ones", () =>
    Effect.gen(function*() {
      const { lane, seen, working } = yield* make
      const long = yield* started(lane, working("long", 3))
      const others = yield* Effect.forEach(["1", "2", "3", "4"], (name) => started(lane, working(name, 1)))
      yield* Fiber.joinAll([long, ...others])
      assert.deepStrictEqual(seen, ["long", "1", "long", "2", "long", "3", "4"])
    }))

  it.effect("long jobs take turns", () =>
    Effect.gen(function*() {
      const { lane, seen, working } = yield* make
      const fibers = yield* Effect.forEach(["a", "b", "c"], (name) => started(lane, working(name, 3)))
      yield* Fiber.joinAll(fibers)
      for (const name of ["a", "b", "c"]) assert.isTrue(seen.slice(0, 5).includes(name), seen.join(" "))
    }))

  it.effect("the jobs of writes have every second slice beside those of reads", () =>
    Effect.gen(function*() {
      const { lane, seen, working } = yield* make
      const reads = yield* Effect.forEach(["r1", "r2", "r3"], (name) => started(lane, working(name, 3)))
      const write = yield* started(lane, working("write", 3), { priority: "write" })
      yield* Fiber.join(write)
      assert.isAtMost(seen.length, 7)
      yield* Fiber.joinAll(reads)
    }))

  it.effect("a job that is interrupted is closed, and has no slice any more", () =>
    Effect.gen(function*() {
      const { lane, seen, working } = yield* make
      const a = yield* started(lane, working("a", 1000))
      const b = yield* started(lane, working("b", 1000))
      yield* turns(4)
      yield* Fiber.interrupt(a)
      const before = seen.length
      assert.strictEqual(seen[before - 1], "a closed")
      yield* turns(4)
      assert.deepStrictEqual(new Set(seen.slice(before)), new Set(["b"]))
      yield* Fiber.interrupt(b)
    }))

  it.effect("a job that fails is a defect of who runs it, and of no other", () =>
    Effect.gen(function*() {
      const { lane, working } = yield* make
      const a = yield* started(lane, working("a", 3))
      const failing: Job<string> = { ...working("b", 1), next: () => JSON.parse("no JSON") }
      const b = yield* started(lane, failing)
      const exit = yield* Fiber.await(b)
      assert.isTrue(Exit.isFailure(exit) && Cause.isDie(exit.cause))
      assert.strictEqual(yield* Fiber.join(a), "a")
    }))

  it.effect("reads leave more of the event loop to a write that is under way, and for a moment afterwards", () =>
    Effect.gen(function*() {
      const { lane, seen, wait, working } = yield* make
      /** How many calls of a millisecond there are in a turn. */
      const perTurn = Effect.gen(function*() {
        yield* turns(2)
        const job = yield* started(lane, working("read", 1000, 1))
        const before = seen.length
        yield* turns(1)
        const calls = seen.length - before
        yield* Fiber.interrupt(job)
        return calls
      })
      const alone = yield* perTurn
      const end = yield* Deferred.make<void>()
      const write = yield* Effect.fork(lane.writing(Deferred.await(end)))
      yield* turns(1)
      assert.isAtMost(yield* perTurn, alone / 2)
      yield* Deferred.succeed(end, undefined)
      yield* Fiber.join(write)
      wait(10)
      assert.isAtMost(yield* perTurn, alone / 2)
      wait(100)
      assert.strictEqual(yield* perTurn, alone)
    }))
  it.effect("reads have more of a turn beside a write where all else in the turn takes long, so that they do not starve", () =>
    Effect.gen(function*() {
      const { lane, seen, wait, working } = yield* make
      const end = yield* Deferred.make<void>()
      const write = yield* Effect.fork(lane.writing(Deferred.await(end)))
      const job = yield* started(lane, working("read", 1000, 1))
      yield* turns(2)
      const perTurn = (rest: number) =>
        Effect.gen(function*() {
          const before = seen.length
          wait(rest)
          yield* turns(1)
          return seen.length - before
        })
      assert.strictEqual(yield* perTurn(0), 1)
      assert.strictEqual(yield* perTurn(8), 4)
      assert.strictEqual(yield* perTurn(100), 5)
      yield* Fiber.interrupt(job)
      yield* Fiber.interrupt(write)
    }))
})
