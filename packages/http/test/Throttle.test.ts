import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as PineconeHttpClient from "../src/PineconeHttpClient.js"
import * as Settings from "../src/Settings.js"
import * as Throttle from "../src/Throttle.js"
import { simulate } from "./utils/server.js"
import { runVirtually } from "./utils/virtualClock.js"

const context = { operation: "upsert", message: "trouble" }

const refused = (seconds?: number) =>
  new PineconeError.RateLimited({
    ...context,
    status: 429,
    ...(seconds === undefined ? {} : { retryAfter: Duration.seconds(seconds) })
  })

const unavailable = (status: number) => new PineconeError.ServiceUnavailable({ ...context, status })

const timedOut = new PineconeError.TimedOut({ ...context, timeout: Duration.seconds(1) })

const broken = new PineconeError.TransportError(context)

const write = { write: true }

/** Takes places until there is none, and gives how many there were. */
const takeAll = (lease: Throttle.Lease) =>
  Effect.gen(function*() {
    for (let taken = 0;; taken++) {
      if (Option.isNone(yield* now(lease.acquire))) return taken
    }
  })

/** What an effect gives without waiting. */
const now = <A>(effect: Effect.Effect<A>): Effect.Effect<Option.Option<A>> =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(effect)
    for (let i = 0; i < 5; i++) yield* Effect.yieldNow()
    const exit = yield* Fiber.poll(fiber)
    if (Option.isNone(exit)) yield* Fiber.interrupt(fiber)
    return yield* Effect.transposeMapOption(exit, (exit) => exit)
  })

/** The places that are free, of at most 100. */
const places = (throttle: Throttle.Throttle) => Effect.scoped(Effect.flatMap(throttle.lease(100), takeAll))

/** Answers so many writes well, with all places in use. */
const succeed = (throttle: Throttle.Throttle, times: number) =>
  Effect.scoped(Effect.gen(function*() {
    const lease = yield* throttle.lease(100)
    for (let i = 0; i < times; i++) {
      yield* takeAll(lease)
      yield* throttle.attempt(Effect.void, write)
    }
  }))

describe("a host that asks to be left alone", () => {
  /** Posts through a client, whose host `a` asks for two seconds at first. Gives when each request was sent. */
  const client = Effect.gen(function*() {
    const sent: Array<readonly [host: string, at: number]> = []
    const http = yield* PineconeHttpClient.make({ apiKey: Redacted.make("key"), retry: Settings.noRetry }).pipe(
      Effect.provideService(
        HttpClient.HttpClient,
        HttpClient.make((request, url) =>
          Effect.map(Clock.currentTimeMillis, (at) => {
            sent.push([url.hostname, at])
            const first = sent.filter(([host]) => host === url.hostname).length === 1
            return HttpClientResponse.fromWeb(
              request,
              first && url.hostname === "a.test"
                ? new Response("{}", { status: 429, headers: { "retry-after": "2" } })
                : new Response("{}")
            )
          })
        )
      )
    )
    const post = (host: string, operation: string) =>
      http.post({ operation }, `https://${host}/x`, new Uint8Array(0), Schema.Struct({}))
    return { sent, post }
  })

  it.effect("is left alone by every request, and no other host is", () =>
    Effect.gen(function*() {
      const { post, sent } = yield* client
      assert.strictEqual((yield* Effect.flip(post("a.test", "query")))._tag, "RateLimited")
      const waiting = yield* Effect.fork(Effect.all([
        post("a.test", "query"),
        post("a.test", "upsert"),
        Throttle.adaptive(post("a.test", "upsert")),
        post("b.test", "upsert")
      ], { concurrency: "unbounded" }))
      yield* TestClock.adjust("1999 millis")
      assert.deepStrictEqual(sent, [["a.test", 0], ["b.test", 0]])
      yield* TestClock.adjust("1 millis")
      yield* Fiber.join(waiting)
      assert.deepStrictEqual(sent.slice(2), [["a.test", 2000], ["a.test", 2000], ["a.test", 2000]])
    }))

  it.effect("is left alone for the longest time that it asked for", () =>
    Effect.gen(function*() {
      const throttle = yield* Throttle.make
      const sent: Array<number> = []
      // Both are on their way when the first is answered.
      const asking = yield* Effect.fork(Effect.all(
        [[5, 10], [1, 20]].map(([seconds, millis]) =>
          Effect.exit(
            throttle.attempt(Effect.zipRight(Effect.sleep(millis!), Effect.fail(refused(seconds))), { write: false })
          )
        ),
        { concurrency: "unbounded" }
      ))
      yield* TestClock.adjust("20 millis")
      yield* Fiber.join(asking)
      const waiting = yield* Effect.fork(throttle.attempt(
        Effect.flatMap(Clock.currentTimeMillis, (at) => Effect.sync(() => sent.push(at))),
        write
      ))
      yield* TestClock.adjust("4989 millis")
      assert.deepStrictEqual(sent, [])
      yield* TestClock.adjust("1 millis")
      yield* Fiber.join(waiting)
      assert.deepStrictEqual(sent, [5010])
    }))

  it.effect("asks for nothing where it says nothing", () =>
    Effect.gen(function*() {
      const throttle = yield* Throttle.make
      for (const error of [refused(), unavailable(503), unavailable(500), timedOut, broken]) {
        yield* Effect.flip(throttle.attempt(Effect.fail(error), write))
        assert.isTrue(Option.isSome(yield* now(throttle.attempt(Effect.void, write).pipe(Effect.orDie))))
      }
    }))
})

describe("a lease", () => {
  it.scoped("has at most as many places as it asked for", () =>
    Effect.gen(function*() {
      const throttle = yield* Throttle.make
      const lease = yield* throttle.lease(3)
      assert.strictEqual(yield* takeAll(lease), 3)
      yield* lease.release
      assert.strictEqual(yield* takeAll(lease), 1)
    }))

  it.scoped("shares the places of the host fairly with another", () =>
    Effect.gen(function*() {
      const throttle = yield* Throttle.make
      const taken = [0, 0]
      let held = 0
      let most = 0
      // The first one begins, and has all of the places by the time that the second one comes.
      const run = (which: 0 | 1) =>
        Effect.scoped(Effect.gen(function*() {
          const lease = yield* throttle.lease(16)
          while (true) {
            yield* lease.acquire
            taken[which]!++
            most = Math.max(most, ++held)
            yield* Effect.fork(Effect.zipRight(
              Effect.sleep("10 millis"),
              Effect.zipRight(
                Effect.sync(() => {
                  held--
                }),
                lease.release
              )
            ))
          }
        }))
      yield* Effect.forkScoped(run(0))
      yield* TestClock.adjust("5 millis")
      yield* Effect.forkScoped(run(1))
      for (let i = 0; i < 20; i++) yield* TestClock.adjust("10 millis")
      assert.strictEqual(most, 4)
      assert.isAtLeast(taken[0]! + taken[1]!, 80)
      assert.isAtMost(Math.abs(taken[0]! - taken[1]!), 8)
    }))

  it.effect("gives all places back at its scope's end, and none of them twice", () =>
    Effect.gen(function*() {
      const throttle = yield* Throttle.make
      assert.strictEqual(yield* places(throttle), 4)
      const scope = yield* Scope.make()
      const lease = yield* Scope.extend(throttle.lease(16), scope)
      assert.strictEqual(yield* takeAll(lease), 4)
      const other = yield* Effect.fork(places(throttle))
      yield* Effect.yieldNow()
      assert.strictEqual(yield* Fiber.join(other), 0)
      yield* lease.release
      yield* Scope.close(scope, Exit.void)
      yield* lease.release
      assert.strictEqual(yield* places(throttle), 4)
    }))

  it.scoped("leaves nothing behind where a wait is interrupted", () =>
    Effect.gen(function*() {
      const throttle = yield* Throttle.make
      const lease = yield* throttle.lease(16)
      yield* takeAll(lease)
      const waiting = yield* Effect.forkAll(Array.from({ length: 10 }, () => lease.acquire))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(waiting)
      for (let i = 0; i < 4; i++) yield* lease.release
      assert.strictEqual(yield* places(throttle), 4)
    }))
})

describe("the window", () => {
  it.effect("grows by one for each answer, up to 64", () =>
    Effect.gen(function*() {
      const throttle = yield* Throttle.make
      assert.strictEqual(yield* places(throttle), 4)
      yield* succeed(throttle, 1)
      assert.strictEqual(yield* places(throttle), 5)
      yield* succeed(throttle, 10)
      assert.strictEqual(yield* places(throttle), 15)
      yield* succeed(throttle, 100)
      assert.strictEqual(yield* places(throttle), 64)
    }))

  it.effect("does not grow where it is not used up, nor by reads", () =>
    Effect.gen(function*() {
      const throttle = yield* Throttle.make
      yield* Effect.replicateEffect(throttle.attempt(Effect.void, write), 50)
      assert.strictEqual(yield* places(throttle), 4)
      yield* Effect.scoped(Effect.gen(function*() {
        yield* takeAll(yield* throttle.lease(100))
        yield* Effect.replicateEffect(throttle.attempt(Effect.void, { write: false }), 50)
      }))
      assert.strictEqual(yield* places(throttle), 4)
    }))

  for (
    const [name, error] of [
      ["a 429", refused()],
      ["a 503", unavailable(503)],
      ["a timeout", timedOut],
      ["a broken connection", broken]
    ] as const
  ) {
    it.effect(`is halved once by ${name} of what was in flight together, and grows by one a round then`, () =>
      Effect.gen(function*() {
        const throttle = yield* Throttle.make
        yield* succeed(throttle, 16)
        assert.strictEqual(yield* places(throttle), 20)
        const fail = Effect.exit(
          throttle.attempt(Effect.zipRight(Effect.sleep("1 seconds"), Effect.fail(error)), write)
        )
        const together = yield* Effect.fork(Effect.all(Array.from({ length: 8 }, () => fail), {
          concurrency: "unbounded"
        }))
        yield* TestClock.adjust("1 seconds")
        yield* Fiber.join(together)
        assert.strictEqual(yield* places(throttle), 10)
        yield* succeed(throttle, 5)
        assert.strictEqual(yield* places(throttle), 10)
        yield* succeed(throttle, 6)
        assert.strictEqual(yield* places(throttle), 11)
        // What is sent after it tells something new.
        const again = yield* Effect.fork(fail)
        yield* TestClock.adjust("1 seconds")
        yield* Fiber.join(again)
        assert.strictEqual(yield* places(throttle), 5)
      }))
  }

  it.effect("is not halved by what is no sign of too much, nor by a read", () =>
    Effect.gen(function*() {
      const throttle = yield* Throttle.make
      const errors = [
        unavailable(500),
        new PineconeError.InvalidRequest({ ...context, status: 400 }),
        new PineconeError.Unauthorized({ ...context, status: 401 })
      ]
      for (const error of errors) yield* Effect.flip(throttle.attempt(Effect.fail(error), write))
      yield* Effect.flip(throttle.attempt(Effect.fail(broken), { write: false }))
      assert.strictEqual(yield* places(throttle), 4)
    }))

  it.effect("keeps a place at least", () =>
    Effect.gen(function*() {
      const throttle = yield* Throttle.make
      for (let i = 0; i < 10; i++) yield* Effect.flip(throttle.attempt(Effect.fail(broken), write))
      assert.strictEqual(yield* places(throttle), 1)
    }))
})

describe("the rate", () => {
  it("keeps below the one that was refused, and goes back to it slowly", () => {
    const rates = Exit.getOrElse(
      runVirtually(Effect.gen(function*() {
        const throttle = yield* Throttle.make
        const sent: Array<number> = []
        const start = yield* Clock.currentTimeMillis
        let refusing = false
        const request = Effect.flatMap(Clock.currentTimeMillis, (now) => {
          sent.push(now - start)
          return refusing ? Effect.fail(refused()) : Effect.void
        })
        const send = Throttle.adaptive(Effect.exit(throttle.attempt(request, write)))
        const sendFor = (millis: number) =>
          Effect.gen(function*() {
            const from = sent.length
            const until = (yield* Clock.currentTimeMillis) + millis
            while ((yield* Clock.currentTimeMillis) < until) yield* Effect.zipRight(Effect.sleep("1 millis"), send)
            return (sent.length - from) * 1000 / millis
          })
        const refuse = Effect.sync(() => {
          refusing = true
        }).pipe(
          Effect.zipRight(send),
          Effect.zipRight(Effect.sync(() => {
            refusing = false
          }))
        )
        const free = yield* sendFor(1000)
        yield* refuse
        yield* sendFor(200)
        yield* refuse
        // Two refusals have ended the search: from here on there is a rate to keep below of.
        const soon = yield* sendFor(300)
        yield* sendFor(3000)
        const later = yield* sendFor(1000)
        return { free, soon, later }
      })),
      (cause) => assert.fail(String(cause))
    )
    assert.isAbove(rates.free, 450)
    assert.isBelow(rates.soon, 0.85 * rates.free)
    assert.isAbove(rates.later, 1.15 * rates.soon)
  })

  it.effect("does not hold back what is not adaptive", () =>
    Effect.gen(function*() {
      const throttle = yield* Throttle.make
      const refusing = Effect.exit(throttle.attempt(Effect.fail(refused()), write))
      yield* throttle.attempt(Effect.void, write)
      yield* refusing
      const one = Effect.exit(throttle.attempt(Effect.void, write))
      // An adaptive one waits for the end of the pause, and the others do not.
      assert.isTrue(Option.isNone(yield* now(Throttle.adaptive(one))))
      for (let i = 0; i < 100; i++) assert.isTrue(Option.isSome(yield* now(one)))
    }))

  // What a bucket of tokens lets through, of a host without a reserve and of one with a reserve of a second.
  for (const rate of [5, 50, 500]) {
    for (const burst of [1, rate]) {
      for (const latency of [5, 100]) {
        for (const retryAfter of [undefined, 1]) {
          const asked = retryAfter === undefined ? "without" : "with"
          it(`is found: ${rate} a second, ${burst} at once, in ${latency} ms, ${asked} Retry-After`, () => {
            const server = { rate, burst, latency, retryAfter }
            const { refused, used } = Exit.getOrElse(
              runVirtually(simulate(server)),
              (cause) => assert.fail(String(cause))
            )
            assert.isAtLeast(used, 0.9)
            assert.isAtMost(refused, 0.05)
          })
        }
      }
    }
  }
})

describe("the clock of the simulation", () => {
  it("goes on in order, and comes to an end where nothing wakes", () => {
    const order: Array<string> = []
    const after = (millis: number, name: string) =>
      Effect.zipRight(Effect.sleep(millis), Effect.sync(() => order.push(name)))
    const exit = runVirtually(Effect.gen(function*() {
      const start = yield* Clock.currentTimeMillis
      yield* Effect.all([after(30, "c"), after(10, "a"), after(20, "b"), after(20, "b2")], { concurrency: "unbounded" })
      return (yield* Clock.currentTimeMillis) - start
    }))
    assert.deepStrictEqual(exit, Exit.succeed(30))
    assert.deepStrictEqual(order, ["a", "b", "b2", "c"])
    assert.isTrue(Exit.isFailure(runVirtually(Effect.never)))
  })
})
