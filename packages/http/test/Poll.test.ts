import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { inspect } from "node:util"
import { TestClock } from "../../../scripts/testing/clock.js"
import * as Poll from "../src/Poll.js"

const subject: Poll.Subject = {
  operation: "describe_index",
  index: "movies",
  namespace: "old",
  what: "index \"movies\" to be ready"
}

/** Something to ask that counts: 1, 2, 3, … and when it was asked. */
const counter = (takes: Duration.DurationInput = 0) => {
  const asked: Array<number> = []
  return {
    asked,
    ask: Effect.gen(function*() {
      const count = asked.push(yield* Clock.currentTimeMillis)
      if (Duration.toMillis(takes) > 0) yield* Effect.sleep(takes)
      return count
    })
  }
}

const doneAt = (last: number) => (count: number) => Effect.succeed(count === last)

const never = () => Effect.succeed(false)

const every = (wait: Duration.DurationInput): Poll.Options => ({ schedule: Schedule.spaced(wait) })

const later = <A, E, R>(effect: Effect.Effect<A, E, R>, by: Duration.DurationInput = "1 hour") =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(effect)
    yield* TestClock.adjust(by)
    return yield* Fiber.join(fiber)
  })

const timedOut = <A>(
  effect: Effect.Effect<A, PineconeError.TimedOut>
): Effect.Effect<PineconeError.TimedOut> =>
  Effect.map(Effect.either(effect), (result) =>
    Either.isLeft(result)
      ? result.left
      : assert.fail(`TimedOut was expected, and it succeeded: ${inspect(result.right)}`))

describe("Poll", () => {
  describe("until", () => {
    it.effect("asks at once, and once if that is enough", () =>
      Effect.gen(function*() {
        const { ask, asked } = counter()
        assert.strictEqual(yield* Poll.until(ask, doneAt(1), subject), 1)
        assert.deepStrictEqual(asked, [0])
      }))

    it.effect("gives the answer that is done", () =>
      Effect.gen(function*() {
        const { ask, asked } = counter()
        assert.strictEqual(yield* later(Poll.until(ask, doneAt(4), subject, every("1 second"))), 4)
        assert.deepStrictEqual(asked, [0, 1000, 2000, 3000])
      }))

    it.effect("waits longer each time by default, at most 5 seconds", () =>
      Effect.gen(function*() {
        const { ask, asked } = counter()
        yield* later(Poll.until(ask, doneAt(12), subject))
        const waits = asked.slice(1).map((at, i) => at - asked[i]!)
        assert.strictEqual(waits.length, 11)
        waits.forEach((wait, i) => {
          assert.closeTo(wait, Math.min(250 * 1.5 ** i, 5000), 1)
        })
      }))

    it.effect("begins its schedule anew each time that it is run", () =>
      Effect.gen(function*() {
        const schedule = Schedule.exponential("1 second")
        for (let i = 0; i < 2; i++) {
          const { ask, asked } = counter()
          yield* later(Poll.until(ask, doneAt(3), subject, { schedule }))
          assert.deepStrictEqual(asked.map((at) => at - asked[0]!), [0, 1000, 3000])
        }
      }))

    it.effect("fails where asking fails, and asks no more", () =>
      Effect.gen(function*() {
        const { ask, asked } = counter()
        const failing = Effect.flatMap(ask, (count) =>
          count === 2 ? Effect.fail("broken" as const) : Effect.succeed(count))
        const result = yield* later(Effect.either(Poll.until(failing, never, subject, every("1 second"))))
        assert.deepStrictEqual(result, Either.left("broken" as const))
        assert.strictEqual(asked.length, 2)
      }))

    it.effect("fails where the check fails", () =>
      Effect.gen(function*() {
        const { ask, asked } = counter()
        const check = (count: number) => count === 3 ? Effect.fail("stuck" as const) : Effect.succeed(false)
        const result = yield* later(Effect.either(Poll.until(ask, check, subject, every("1 second"))))
        assert.deepStrictEqual(result, Either.left("stuck" as const))
        assert.strictEqual(asked.length, 3)
      }))

    it.effect("ends with its schedule", () =>
      Effect.gen(function*() {
        const { ask, asked } = counter()
        const error = yield* later(timedOut(Poll.until(ask, never, subject, { schedule: Schedule.recurs(2) })))
        assert.strictEqual(asked.length, 3)
        assert.strictEqual(error._tag, "PineconeTimedOut")
        assert.strictEqual(error.operation, "describe_index")
        assert.strictEqual(error.index, "movies")
        assert.strictEqual(error.namespace, "old")
        assert.include(error.message, "index \"movies\" to be ready")
        assert.include(error.message, "schedule")
      }))

    it.effect("ends with its timeout", () =>
      Effect.gen(function*() {
        const { ask, asked } = counter()
        const error = yield* later(
          timedOut(Poll.until(ask, never, subject, { ...every("1 second"), timeout: "2500 millis" }))
        )
        assert.deepStrictEqual(asked, [0, 1000, 2000])
        assert.deepStrictEqual(error.timeout, Duration.millis(2500))
        assert.strictEqual(error.index, "movies")
        assert.include(error.message, "index \"movies\" to be ready")
        assert.include(error.message, "2s 500ms")
      }))

    it.effect("ends with its timeout in the middle of asking", () =>
      Effect.gen(function*() {
        const { ask, asked } = counter("1 minute")
        const fiber = yield* Effect.fork(timedOut(Poll.until(ask, never, subject, { timeout: "2 seconds" })))
        yield* TestClock.adjust("1999 millis")
        assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)))
        yield* TestClock.adjust("1 millis")
        assert.isTrue(Option.isSome(yield* Fiber.poll(fiber)))
        assert.strictEqual(asked.length, 1)
      }))

    it.effect("is in time with an answer before the timeout", () =>
      Effect.gen(function*() {
        const { ask } = counter()
        const options: Poll.Options = { ...every("1 second"), timeout: "2500 millis" }
        assert.strictEqual(yield* later(Poll.until(ask, doneAt(3), subject, options)), 3)
      }))

    it.effect("waits for ever without a timeout", () =>
      Effect.gen(function*() {
        const { ask, asked } = counter()
        const fiber = yield* Effect.fork(Poll.until(ask, never, subject, every("1 hour")))
        yield* TestClock.adjust("99 hours")
        assert.strictEqual(asked.length, 100)
        assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)))
        const exit = yield* Fiber.interrupt(fiber)
        assert(Exit.isFailure(exit) && Cause.isInterruptedOnly(exit.cause))
        yield* TestClock.adjust("99 hours")
        assert.strictEqual(asked.length, 100)
      }))
  })

  describe("stream", () => {
    it.effect("gives each answer, up to and with the one that is done", () =>
      Effect.gen(function*() {
        const { ask, asked } = counter()
        const answers = yield* later(Stream.runCollect(Poll.stream(ask, doneAt(3), subject, every("1 second"))))
        assert.deepStrictEqual(Chunk.toReadonlyArray(answers), [1, 2, 3])
        assert.strictEqual(asked.length, 3)
      }))

    it.effect("gives each answer when it comes", () =>
      Effect.gen(function*() {
        const { ask } = counter()
        const seen: Array<number> = []
        yield* Effect.fork(
          Stream.runForEach(Poll.stream(ask, never, subject, { ...every("1 second"), timeout: "1 hour" }), (count) =>
            Effect.sync(() => seen.push(count)))
        )
        yield* TestClock.adjust("0 seconds")
        assert.deepStrictEqual(seen, [1])
        yield* TestClock.adjust("2 seconds")
        assert.deepStrictEqual(seen, [1, 2, 3])
      }))

    it.effect("asks no more than is taken", () =>
      Effect.gen(function*() {
        const { ask, asked } = counter()
        yield* later(Poll.stream(ask, never, subject, every("1 second")).pipe(Stream.take(2), Stream.runDrain))
        assert.strictEqual(asked.length, 2)
      }))

    it.effect("gives the answers before a failure", () =>
      Effect.gen(function*() {
        const { ask } = counter()
        const seen: Array<number> = []
        const result = yield* later(Effect.either(
          Poll.stream(ask, never, subject, { ...every("1 second"), timeout: "1500 millis" }).pipe(
            Stream.runForEach((count) => Effect.sync(() => seen.push(count)))
          )
        ))
        assert.deepStrictEqual(seen, [1, 2])
        assert(Either.isLeft(result))
        assert.strictEqual(result.left._tag, "PineconeTimedOut")
      }))
  })
})
