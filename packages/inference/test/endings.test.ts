/** When each operation ends, whatever the host does, and what an interruption leaves. */
import * as PineconeHttpClient from "@effect-pinecone/http/PineconeHttpClient"
import * as Settings from "@effect-pinecone/http/Settings"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { interruptedAt, toEnd } from "../../../scripts/testing/endings.js"
import * as Inference from "../src/Inference.js"
import type { Answer, Asked, EmbedBody } from "./utils/models.js"
import { embeddings, model, refused, serving } from "./utils/models.js"

const timeout = 1000

interface Operation {
  readonly run: (inference: Inference.Service, options: { readonly retry?: Settings.RetryPolicy }) => Effect.Effect<
    unknown,
    unknown
  >
  readonly adaptive?: true
}

const texts = Stream.map(Stream.range(1, 6), (n) => `text ${n}`)

const operations: Readonly<Record<string, Operation>> = {
  embed: { run: (inference) => inference.embed({ model: "m", inputs: ["a"] }) },
  embedText: { run: (inference) => inference.embedText("a", { model: "m" }) },
  embedStream: {
    run: (inference, options) =>
      Stream.runDrain(inference.embedStream(texts, { model: "m", batchSize: 1, ...options })),
    adaptive: true
  },
  embedAll: {
    run: (inference, options) => inference.embedAll(texts, { model: "m", batchSize: 1, ...options }),
    adaptive: true
  },
  rerank: { run: (inference) => inference.rerank({ model: "m", query: "q", documents: ["a"] }) },
  listModels: { run: (inference) => inference.listModels() },
  describeModel: { run: (inference) => inference.describeModel("m") }
}

const ways: Readonly<Record<string, Operation>> = {
  "embedAll with a timeout": {
    run: (inference, options) => inference.embedAll(texts, { model: "m", batchSize: 1, timeout: "1 hour", ...options }),
    adaptive: true
  },
  "embedAll of a model that is looked up": {
    run: (inference, options) => inference.embedAll(texts, { model: "m", ...options }),
    adaptive: true
  },
  "embedText by many": {
    run: (inference) =>
      Effect.forEach(["a", "b"], (text) => inference.embedText(text, { model: "m" }), {
        batching: true,
        concurrency: "unbounded"
      })
  }
}

const sound = (asked: Asked): Answer =>
  asked.path === "/embed"
    ? embeddings(asked.body as EmbedBody)
    : asked.path === "/rerank"
    ? { status: 200, body: { model: "m", data: [{ index: 0, score: 1 }], usage: { rerank_units: 1 } } }
    : asked.path === "/models/m"
    ? { status: 200, body: model("m", { max_batch_size: 2 }) }
    : { status: 200, body: { models: [model("m")] } }

type Host = (asked: Asked) => Answer | Effect.Effect<Answer>

const hosts: Readonly<Record<string, Host>> = {
  sound,
  "silent": () => Effect.never,
  "late": (asked) => Effect.delay(Effect.sync(() => sound(asked)), timeout * 0.9),
  "slow": (asked) => Effect.delay(Effect.sync(() => sound(asked)), timeout * 1.2),
  "failing": () => refused(503),
  "throttling for a day": () => refused(429, "no", { "retry-after": "86400" }),
  "throttling for half a minute": () => refused(429, "no", { "retry-after": "30" })
}

const places = 4

const prepared = ({ run }: Operation, host: string, retry?: Settings.RetryPolicy, full?: number) => {
  let underWay = 0
  let requests = 0
  const { client } = serving(
    (asked) =>
      Effect.suspend(() => {
        underWay++
        requests++
        const given = hosts[host]!(asked)
        const answer = Effect.isEffect(given) ? given : Effect.succeed(given)
        return Effect.ensuring(answer, Effect.sync(() => underWay--))
      }),
    { timeout, ...(retry === undefined ? {} : { retry }) }
  )
  const http = Effect.runSync(Effect.provide(PineconeHttpClient.PineconeHttpClient, client))
  const inference = Effect.runSync(
    Effect.provideService(Inference.make, PineconeHttpClient.PineconeHttpClient, http)
  )
  const throttle = http.throttle(http.controllerHost)
  const takeAll = () => {
    let taken = 0
    while (throttle.places.take()) taken++
    return taken
  }
  let taken = full === undefined ? 0 : takeAll()
  const give = Effect.sync(() => {
    for (; taken > 0; taken--) throttle.places.give()
  })
  const operation = run(inference, retry === undefined ? {} : { retry: Schedule.stop })
  const effect = Effect.ensuring(
    full === undefined || !Number.isFinite(full)
      ? operation
      : Effect.zipRight(Effect.fork(Effect.delay(give, full)), operation),
    give
  )
  return {
    effect,
    requests: () => requests,
    left: () => {
      throttle.places.forget(Number.POSITIVE_INFINITY)
      return { inFlight: underWay, places: takeAll() }
    }
  }
}

const nothing = { fibers: 0, asleep: 0, inFlight: 0, places }

const all = Object.entries({ ...operations, ...ways })

const each = async (
  host: string,
  retry: Settings.RetryPolicy | undefined,
  look: (name: string, elapsed: number, exit: Exit.Exit<unknown, unknown>, adaptive: boolean, requests: number) => void,
  full?: number
) => {
  for (const [name, operation] of all) {
    const ready = prepared(operation, host, retry, full)
    const { asleep, elapsed, exit, fibers } = await toEnd(ready.effect)
    if (exit === undefined) return assert.fail(`${name} never ends`)
    if (Exit.isFailure(exit) && (Cause.isDie(exit.cause) || !Cause.isFailure(exit.cause))) {
      assert.fail(`${name} ends with ${exit.cause}`)
    }
    assert.deepStrictEqual({ fibers, asleep, ...ready.left() }, nothing, `${name} leaves something behind`)
    look(name, elapsed, exit, operation.adaptive === true, ready.requests())
  }
}

describe("an operation", () => {
  it("is one of these, and ends well at a sound host", async () => {
    await each("sound", Settings.noRetry, (name, elapsed, exit) => {
      assert.isTrue(Exit.isSuccess(exit), `${name}: ${exit}`)
      assert.isAtMost(elapsed, 100, name)
    })
    const { client } = serving(sound)
    const inference = await Effect.runPromise(Effect.provide(Inference.make, client))
    assert.deepStrictEqual(Object.keys(inference).sort(), Object.keys(operations).sort())
  })

  for (
    const [host, bound] of [
      ["silent", timeout],
      ["slow", timeout],
      ["failing", 0],
      ["throttling for a day", 0],
      ["throttling for half a minute", 0]
    ] as const
  ) {
    it(`that is tried once ends in its timeout at a host that is ${host}`, () =>
      each(host, Settings.noRetry, (name, elapsed, exit) => {
        assert.isTrue(Exit.isFailure(exit), name)
        assert.isAtMost(elapsed, bound + 100, name)
      }))
  }

  it("ends well at a host whose answers come just in time", () =>
    each("late", Settings.noRetry, (name, elapsed, exit, _, requests) => {
      assert.isTrue(Exit.isSuccess(exit), `${name}: ${exit}`)
      assert.isAtMost(elapsed, requests * timeout * 0.9 + 100, name)
    }))

  it("waits at a full host for what is in flight there, and then has its own timeout", () =>
    each("silent", Settings.noRetry, (name, elapsed, _, adaptive) => {
      assert.isAtMost(elapsed, (adaptive ? 2 : 1) * timeout + 100, name)
    }, timeout))

  // As in the tests of an index: four more tries; two minutes without an answer, noticed half a minute later; and pauses that
  // others make longer, up to a minute and five seconds each.
  const waits = 3000 * 1.2
  const stalled = 2 * timeout + 1000 + 120_000 + 36_000
  const pauses = 4 * 65_000 + waits
  for (
    const [host, single, adaptive] of [
      ["silent", 5 * timeout + waits, 5 * timeout + waits + stalled],
      ["slow", 5 * timeout + waits, 5 * timeout + waits + stalled],
      ["failing", waits, waits + stalled],
      ["throttling for a day", 0, 0],
      ["throttling for half a minute", pauses, 600_000 + 36_000 + pauses + 65_000]
    ] as const
  ) {
    it(`that is tried again ends in a bounded time at a host that is ${host}`, () =>
      each(host, undefined, (name, elapsed, _, isAdaptive) => {
        assert.isAtMost(elapsed, (isAdaptive ? adaptive : single) + 100, name)
      }))
  }
})

describe("an interruption", () => {
  const interrupted = async (host: string, full?: number) => {
    for (const [name, operation] of all) {
      // Effect's batching lets nobody go before the request of all has ended; that has its timeout.
      if (name === "embedText by many") continue
      for (const moment of [0, 1, 2, 4, 7, 12, 20, 33, 54, 90, 150]) {
        const ready = prepared(operation, host, undefined, full)
        const { asleep, exit, fibers } = await interruptedAt(ready.effect, moment)
        const told = `${name}, interrupted at its moment ${moment}`
        if (exit === undefined) assert.fail(`${told}, does not end at once`)
        assert.deepStrictEqual({ fibers, asleep, ...ready.left() }, nothing, `${told}, leaves something behind`)
      }
    }
  }

  for (const host of ["silent", "late", "slow", "failing", "throttling for half a minute"]) {
    it(`ends everything at once at a host that is ${host}`, () => interrupted(host))
  }

  it("ends everything at once at a host that is full", () => interrupted("silent", Number.POSITIVE_INFINITY))
})
