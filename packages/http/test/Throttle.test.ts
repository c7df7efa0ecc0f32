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
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import { TestClock } from "../../../scripts/testing/clock.js"
import { runVirtually } from "../../../scripts/testing/virtualClock.js"
import * as Dispatch from "../src/Dispatch.js"
import * as PineconeHttpClient from "../src/PineconeHttpClient.js"
import * as Settings from "../src/Settings.js"
import * as Throttle from "../src/Throttle.js"
import { simulate } from "./utils/server.js"

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

const dispatcher = (throttle: Throttle.Throttle, maxConcurrency: number) => Dispatch.make(throttle, { maxConcurrency })

/** Takes places until there is none, and gives those that were taken. */
const takeAll = (dispatcher: Dispatch.Dispatcher) =>
  Effect.gen(function*() {
    const taken: Array<Dispatch.Slot> = []
    while (true) {
      const slot = dispatcher.slot()
      if (Option.isNone(yield* now(slot.acquire))) return taken
      taken.push(slot)
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
const places = (throttle: Throttle.Throttle) =>
  Effect.map(Effect.scoped(Effect.flatMap(dispatcher(throttle, 100), takeAll)), (taken) => taken.length)

/** Answers so many writes well, with all places in use. */
const succeed = (throttle: Throttle.Throttle, times: number) =>
  Effect.scoped(Effect.gen(function*() {
    const all = yield* dispatcher(throttle, 100)
    for (let i = 0; i < times; i++) {
      yield* takeAll(all)
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
      assert.strictEqual((yield* Effect.flip(post("a.test", "query")))._tag, "PineconeRateLimited")
      const waiting = yield* Effect.fork(Effect.all([
        post("a.test", "query"),
        post("a.test", "upsert"),
        Throttle.adaptive(post("a.test", "upsert")),
        post("b.test", "upsert")
      ], { concurrency: "unbounded" }))
      yield* TestClock.adjust("1999 millis")
      assert.deepStrictEqual(sent, [["a.test", 0], ["b.test", 0]])
      yield* TestClock.adjust("201 millis")
      yield* Fiber.join(waiting)
      assert.deepStrictEqual(sent.slice(2).map(([host]) => host), ["a.test", "a.test", "a.test"])
    }))

  it.effect("is not asked by all that waited at the same time", () =>
    Effect.gen(function*() {
      const throttle = yield* Throttle.make()
      yield* Effect.flip(throttle.attempt(Effect.fail(refused(20)), { write: false }))
      const sent: Array<number> = []
      const waiting = yield* Effect.forkAll(Array.from({ length: 100 }, () =>
        throttle.attempt(
          Effect.map(Clock.currentTimeMillis, (at) => void sent.push(at)),
          { write: false }
        )))
      yield* TestClock.adjust("19999 millis")
      assert.deepStrictEqual(sent, [])
      yield* TestClock.adjust("2001 millis")
      yield* Fiber.join(waiting)
      assert.isAtLeast(new Set(sent).size, 50)
    }))

  it.effect("is not waited for where it asks for more than a minute, and the call says for how long", () =>
    Effect.gen(function*() {
      const throttle = yield* Throttle.make()
      const day = refused(86_400)
      yield* Effect.flip(throttle.attempt(Effect.fail(day), { write: false }))
      assert.isTrue(throttle.asksTooMuch(day))
      assert.isFalse(throttle.asksTooMuch(refused(60)))
      assert.isTrue(Option.isSome(yield* now(Effect.orDie(throttle.attempt(Effect.void, write)))))
    }))

  it.effect("is waited for no longer than that, however often others are told to wait", () =>
    Effect.gen(function*() {
      const throttle = yield* Throttle.make({ maxRetryAfter: "10 seconds" })
      yield* Effect.flip(throttle.attempt(Effect.fail(refused(10)), { write: false }))
      let sent = false
      const waiting = yield* Effect.fork(throttle.attempt(
        Effect.sync(() => {
          sent = true
        }),
        { write: false }
      ))
      yield* TestClock.adjust("5 seconds")
      // On its way since before the pause.
      yield* Effect.fork(Effect.flip(throttle.attempt(Effect.fail(refused(10)), { write: false })))
      yield* TestClock.adjust("4999 millis")
      assert.isFalse(sent)
      yield* TestClock.adjust("1001 millis")
      yield* Fiber.join(waiting)
      assert.isTrue(sent)
    }))

  it.effect("is left alone for the longest time that it asked for", () =>
    Effect.gen(function*() {
      const throttle = yield* Throttle.make()
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
      yield* TestClock.adjust("501 millis")
      yield* Fiber.join(waiting)
      assert.isTrue(sent.length === 1 && sent[0]! >= 5010)
    }))

  it.effect("asks for nothing where it says nothing", () =>
    Effect.gen(function*() {
      const throttle = yield* Throttle.make()
      for (const error of [refused(), unavailable(503), unavailable(500), timedOut, broken]) {
        yield* Effect.flip(throttle.attempt(Effect.fail(error), write))
        assert.isTrue(Option.isSome(yield* now(throttle.attempt(Effect.void, write).pipe(Effect.orDie))))
      }
    }))
})

describe("a dispatcher", () => {
  it.scoped("has at most as many places as it asked for", () =>
    Effect.gen(function*() {
      const throttle = yield* Throttle.make()
      const three = yield* dispatcher(throttle, 3)
      const taken = yield* takeAll(three)
      assert.strictEqual(taken.length, 3)
      yield* taken[0]!.release
      assert.strictEqual((yield* takeAll(three)).length, 1)
    }))

  it.scoped("has as many as it asked for where that number is fixed, whatever the host has", () =>
    Effect.gen(function*() {
      const throttle = yield* Throttle.make()
      const fixed = yield* Dispatch.make(throttle, { concurrency: 7, maxConcurrency: 3 })
      assert.strictEqual((yield* takeAll(fixed)).length, 7)
      assert.strictEqual(yield* places(throttle), 4)
    }))

  it.scoped("shares the places of the host fairly with another", () =>
    Effect.gen(function*() {
      const throttle = yield* Throttle.make()
      const taken = [0, 0]
      let held = 0
      let most = 0
      // The first one begins, and has all of the places by the time that the second one comes.
      const run = (which: 0 | 1) =>
        Effect.scoped(Effect.gen(function*() {
          const own = yield* dispatcher(throttle, 16)
          while (true) {
            const slot = own.slot()
            yield* slot.acquire
            taken[which]!++
            most = Math.max(most, ++held)
            yield* Effect.fork(Effect.zipRight(
              Effect.sleep("10 millis"),
              Effect.zipRight(
                Effect.sync(() => {
                  held--
                }),
                slot.release
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
      const throttle = yield* Throttle.make()
      assert.strictEqual(yield* places(throttle), 4)
      const scope = yield* Scope.make()
      const all = yield* Scope.extend(dispatcher(throttle, 16), scope)
      const taken = yield* takeAll(all)
      assert.strictEqual(taken.length, 4)
      assert.strictEqual(yield* places(throttle), 0)
      yield* taken[0]!.release
      yield* taken[0]!.release
      yield* Scope.close(scope, Exit.void)
      yield* taken[1]!.release
      assert.strictEqual(yield* places(throttle), 4)
    }))

  it.scoped("leaves nothing behind where a wait is interrupted", () =>
    Effect.gen(function*() {
      const throttle = yield* Throttle.make()
      const all = yield* dispatcher(throttle, 16)
      const taken = yield* takeAll(all)
      const waiting = yield* Effect.forkAll(Array.from({ length: 10 }, () => all.send(Effect.never)))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(waiting)
      yield* Effect.forEach(taken, ({ release }) => release)
      assert.strictEqual(yield* places(throttle), 4)
    }))

  it.scoped("leaves nothing behind where a request is interrupted as its place becomes free", () =>
    Effect.gen(function*() {
      const throttle = yield* Throttle.make()
      const all = yield* dispatcher(throttle, 16)
      const taken = yield* takeAll(all)
      const waiting = yield* Effect.forkAll(Array.from({ length: 4 }, () => all.send(Effect.never)))
      yield* Effect.yieldNow()
      // The places are handed on in the same turn in which those that wait are interrupted.
      yield* Effect.forEach(taken, ({ release }) => release)
      yield* Fiber.interrupt(waiting)
      assert.strictEqual(yield* places(throttle), 4)
    }))

  it.scoped("gives the place of a request that waits to be sent again to another", () =>
    Effect.gen(function*() {
      const throttle = yield* Throttle.make()
      const one = yield* Dispatch.make(throttle, {
        concurrency: 1,
        maxConcurrency: 1,
        retry: Schedule.spaced("1 second")
      })
      const other = yield* dispatcher(throttle, 16)
      let tries = 0
      const failing = yield* Effect.fork(one.send(Effect.suspend(() => {
        tries++
        return Effect.fail(broken)
      })))
      yield* TestClock.adjust("3500 millis")
      assert.strictEqual(tries, 4)
      // The places of the host are not touched, and the one of its own stays its own.
      assert.strictEqual((yield* takeAll(other)).length, 4)
      assert.strictEqual((yield* takeAll(one)).length, 0)
      yield* Fiber.interrupt(failing)
      assert.strictEqual((yield* takeAll(one)).length, 1)
    }))

  it.scoped("gives the host's only place to another while a request waits to be sent again", () =>
    Effect.gen(function*() {
      const throttle = yield* Throttle.make()
      for (let i = 0; i < 10; i++) yield* Effect.flip(throttle.attempt(Effect.fail(broken), write))
      assert.strictEqual(yield* places(throttle), 1)
      const all = yield* Dispatch.make(throttle, { maxConcurrency: 4, retry: Schedule.spaced("1 second") })
      let tries = 0
      const failing = yield* Effect.fork(
        all.send(Effect.suspend(() => ++tries < 3 ? Effect.fail(broken) : Effect.succeed("late")))
      )
      yield* TestClock.adjust("500 millis")
      assert.strictEqual(tries, 1)
      assert.strictEqual(
        Option.getOrNull(yield* now(Effect.orDie(all.send(Effect.succeed("meanwhile"))))),
        "meanwhile"
      )
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(yield* Fiber.join(failing), "late")
    }))

  it.scoped("is not stalled by the time that it had nothing to send", () =>
    Effect.gen(function*() {
      const throttle = yield* Throttle.make()
      for (let i = 0; i < 10; i++) yield* Effect.flip(throttle.attempt(Effect.fail(broken), write))
      const all = yield* Dispatch.make(throttle, {
        maxConcurrency: 4,
        retry: Schedule.spaced("1 second"),
        stallTimeout: "20 seconds"
      })
      yield* all.send(Effect.void)
      yield* TestClock.adjust("1 minute")
      let tries = 0
      const later = yield* Effect.fork(all.send(Effect.suspend(() => ++tries < 3 ? Effect.fail(broken) : Effect.void)))
      yield* TestClock.adjust("2 seconds")
      yield* Fiber.join(later)
      assert.strictEqual(tries, 3)
    }))

  it.scoped("sends nothing again once the host has accepted nothing for long", () =>
    Effect.gen(function*() {
      const throttle = yield* Throttle.make()
      const all = yield* Dispatch.make(throttle, {
        maxConcurrency: 4,
        retry: Schedule.spaced("1 second"),
        stallTimeout: "20 seconds"
      })
      let tries = 0
      const ended = yield* Effect.fork(Effect.flip(all.send(
        throttle.attempt(
          Effect.suspend(() => {
            tries++
            return Effect.fail(unavailable(503))
          }),
          write
        )
      )))
      // Two tries halve the window to its least; from then on the time counts.
      yield* TestClock.adjust("20 seconds")
      assert.isTrue(Option.isNone(yield* Fiber.poll(ended)))
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual((yield* Fiber.join(ended))._tag, "PineconeServiceUnavailable")
      assert.isAtMost(tries, 23)
    }))

  it.scoped("goes on as long as the host accepts something now and then, or asks for patience itself", () =>
    Effect.gen(function*() {
      const throttle = yield* Throttle.make()
      const all = yield* Dispatch.make(throttle, {
        maxConcurrency: 4,
        retry: Schedule.spaced("1 second"),
        stallTimeout: "20 seconds"
      })
      let tries = 0
      const asking = yield* Effect.fork(all.send(
        throttle.attempt(Effect.suspend(() => ++tries < 5 ? Effect.fail(refused(30)) : Effect.void), write)
      ))
      yield* TestClock.adjust("5 minutes")
      yield* Fiber.join(asking)
      assert.strictEqual(tries, 5)
    }))
})

describe("the retries of a host", () => {
  const draw = (throttle: Throttle.Throttle, times: number) =>
    Effect.map(
      Effect.replicateEffect(throttle.retry(unavailable(503)), times),
      (drawn) => drawn.filter((one) => one).length
    )

  it.effect("are a hundred at first, and half of one for each success", () =>
    Effect.gen(function*() {
      const throttle = yield* Throttle.make()
      assert.strictEqual(yield* draw(throttle, 150), 100)
      for (let i = 0; i < 40; i++) yield* throttle.attempt(Effect.void, { write: i % 2 === 0 })
      assert.strictEqual(yield* draw(throttle, 50), 20)
      for (let i = 0; i < 40; i++) yield* Effect.flip(throttle.attempt(Effect.fail(unavailable(500)), write))
      assert.strictEqual(yield* draw(throttle, 50), 0)
    }))

  it.effect("are one more each second, and never more than at first", () =>
    Effect.gen(function*() {
      const throttle = yield* Throttle.make()
      yield* draw(throttle, 100)
      const waiting = yield* Effect.fork(throttle.awaitRetry(refused()))
      yield* TestClock.adjust("999 millis")
      assert.isTrue(Option.isNone(yield* Fiber.poll(waiting)))
      yield* TestClock.adjust("1 millis")
      assert.isTrue(yield* Fiber.join(waiting))
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* draw(throttle, 200), 100)
    }))

  it.effect("are not drawn by an adaptive request that a 429 refused: its pace holds it back", () =>
    Effect.gen(function*() {
      const throttle = yield* Throttle.make()
      yield* draw(throttle, 100)
      assert.isFalse(yield* throttle.retry(refused()))
      assert.isTrue(yield* Throttle.adaptive(throttle.retry(refused())))
      assert.isFalse(yield* Throttle.adaptive(throttle.retry(unavailable(503))))
      assert.isFalse(yield* Throttle.adaptive(Throttle.whilePatient(() => false)(throttle.retry(refused()))))
    }))

  it.effect("hold for all calls: where half of all tries fail, no more than 1.5 times the calls are sent", () =>
    Effect.gen(function*() {
      let sent = 0
      const http = yield* PineconeHttpClient.make({ apiKey: Redacted.make("key") }).pipe(
        Effect.provideService(
          HttpClient.HttpClient,
          HttpClient.make((request) =>
            Effect.sync(() =>
              HttpClientResponse.fromWeb(request, new Response("{}", { status: sent++ % 2 === 0 ? 503 : 200 }))
            )
          )
        )
      )
      const calls = yield* Effect.fork(Effect.forEach(
        Array.from({ length: 2000 }),
        () =>
          Effect.either(http.post({ operation: "query" }, "https://a.test/x", new Uint8Array(0), Schema.Struct({}))),
        { concurrency: 100 }
      ))
      yield* TestClock.adjust("20 seconds")
      yield* Fiber.join(calls)
      assert.isAtMost(sent, 3000)
      assert.isAtLeast(sent, 2100)
    }))
})

describe("the window", () => {
  it.effect("grows by one for each answer, up to 64", () =>
    Effect.gen(function*() {
      const throttle = yield* Throttle.make()
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
      const throttle = yield* Throttle.make()
      yield* Effect.replicateEffect(throttle.attempt(Effect.void, write), 50)
      assert.strictEqual(yield* places(throttle), 4)
      yield* Effect.scoped(Effect.gen(function*() {
        yield* takeAll(yield* dispatcher(throttle, 100))
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
        const throttle = yield* Throttle.make()
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
      const throttle = yield* Throttle.make()
      const errors = [
        unavailable(500),
        new PineconeError.InvalidRequest({ ...context, status: 400 }),
        new PineconeError.Unauthorized({ ...context, status: 401 })
      ]
      for (const error of errors) yield* Effect.flip(throttle.attempt(Effect.fail(error), write))
      yield* Effect.flip(throttle.attempt(Effect.fail(broken), { write: false }))
      assert.strictEqual(yield* places(throttle), 4)
    }))

  it.effect("forgets what nothing was heard of for five minutes", () =>
    Effect.gen(function*() {
      const throttle = yield* Throttle.make()
      for (let i = 0; i < 10; i++) yield* Effect.flip(throttle.attempt(Effect.fail(broken), write))
      yield* TestClock.adjust("5 minutes")
      assert.strictEqual(yield* places(throttle), 1)
      assert.isNumber(throttle.places.lowestSince)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* places(throttle), 4)
      assert.isUndefined(throttle.places.lowestSince)
    }))

  it.effect("keeps a place at least", () =>
    Effect.gen(function*() {
      const throttle = yield* Throttle.make()
      for (let i = 0; i < 10; i++) yield* Effect.flip(throttle.attempt(Effect.fail(broken), write))
      assert.strictEqual(yield* places(throttle), 1)
    }))
})

describe("the rate", () => {
  it("keeps below the one that was refused, and goes back to it slowly", () => {
    const rates = Exit.getOrElse(
      runVirtually(Effect.gen(function*() {
        const throttle = yield* Throttle.make()
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

  it("is forgotten when nothing was heard for five minutes", () => {
    const sentIn = (idle: Duration.DurationInput) =>
      Exit.getOrElse(
        runVirtually(Effect.gen(function*() {
          const throttle = yield* Throttle.make()
          for (let i = 0; i < 30; i++) {
            yield* throttle.attempt(Effect.void, write)
            yield* Effect.flip(Throttle.adaptive(throttle.attempt(Effect.fail(refused()), write)))
          }
          yield* Effect.sleep(idle)
          let sent = 0
          yield* Effect.timeoutOption(
            Effect.forever(Throttle.adaptive(throttle.attempt(
              Effect.zipRight(Effect.sleep("1 millis"), Effect.sync(() => void sent++)),
              write
            ))),
            "1 second"
          )
          return sent
        })),
        (cause) => assert.fail(String(cause))
      )
    assert.isAtMost(sentIn("4 minutes"), 100)
    assert.isAtLeast(sentIn("6 minutes"), 900)
  })

  it.effect("does not hold back what is not adaptive", () =>
    Effect.gen(function*() {
      const throttle = yield* Throttle.make()
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
        // Of the fast hosts, which take the longest, those that differ in both.
        if (rate === 500 && (burst === 1) === (latency === 5)) continue
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
