import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as denseModel from "../../src/internal/dense.js"

const thread = new URL("../utils/lengths.js", import.meta.url)

describe("a thread of the dense model", () => {
  const reading = { maxTokens: 512, truncate: "END" } as const

  for (const [text, why] of [["exit", "exit code 3"], ["throw", "a bad text"]] as const) {
    it.effect(`that dies (${text}) fails who waits, and is started again for the next`, () =>
      Effect.scoped(Effect.gen(function*() {
        const model = yield* denseModel.make(thread, 1)
        const waiting = yield* Effect.fork(Effect.flip(model.embed(["wait"], reading)))
        yield* Effect.repeatN(Effect.yieldNow(), 20)
        const error = yield* Effect.flip(model.embed([text], reading))
        assert.strictEqual(error.reason, "Unavailable")
        assert.include(error.message, why)
        assert.strictEqual((yield* Fiber.join(waiting)).reason, "Unavailable")
        assert.deepStrictEqual(yield* model.embed(["four"], reading), { values: [Float32Array.of(4)], tokens: 1 })
      })))
  }

  it.effect("that fails at a request says so, and goes on", () =>
    Effect.scoped(Effect.gen(function*() {
      const model = yield* denseModel.make(thread)
      const error = yield* Effect.flip(model.embed(["fail"], reading))
      assert.deepStrictEqual([error.reason, error.message.includes("no memory")], ["Failed", true])
      assert.strictEqual((yield* model.embed(["a", "b"], reading)).values.length, 2)
    })))

  it.effect("that is told when nobody waits any more", () =>
    Effect.scoped(Effect.gen(function*() {
      const model = yield* denseModel.make(thread, 1)
      const cancelled = (when: string) => model.embed([`cancelled ${when}`], reading)
      assert.deepStrictEqual((yield* cancelled("before")).values, [Float32Array.of(0)])
      const waiting = yield* Effect.fork(model.embed(["wait"], reading))
      yield* Effect.repeatN(Effect.yieldNow(), 20)
      yield* Fiber.interrupt(waiting)
      assert.deepStrictEqual((yield* cancelled("after")).values, [Float32Array.of(1)])
    })))

  it.effect("shares the texts of a request with others, and their order is kept", () =>
    Effect.scoped(Effect.gen(function*() {
      for (const count of [1, 7, 16, 17, 100]) {
        const model = yield* denseModel.make(thread, 3)
        const texts = Array.from({ length: count }, (_, i) => "x".repeat(i + 1))
        const { tokens, values } = yield* model.embed(texts, reading)
        assert.deepStrictEqual(values.map(([length]) => length), texts.map(({ length }) => length))
        // Each thread says 1.
        assert.strictEqual(tokens, count < 16 ? 1 : count < 24 ? 2 : 3)
      }
      const model = yield* denseModel.make(thread, 3)
      const error = yield* Effect.flip(model.embed([...Array.from({ length: 29 }, () => "x"), "long"], reading))
      assert.include(error.message, "Input 29 has more than the 512 tokens")
    })))

  it.effect("is asked once for each text, however it is read again", () =>
    Effect.scoped(Effect.gen(function*() {
      const model = yield* denseModel.make(thread, 1)
      assert.deepStrictEqual(yield* model.embed(["a", "bb"], reading), {
        values: [Float32Array.of(1), Float32Array.of(2)],
        tokens: 1
      })
      // The one in the middle is new, and the first of its request.
      assert.deepStrictEqual(yield* model.embed(["bb", "ccc", "a"], reading), {
        values: [Float32Array.of(2), Float32Array.of(3), Float32Array.of(1)],
        tokens: 2
      })
      assert.strictEqual((yield* model.embed(["bb", "ccc"], reading)).tokens, 1)
      // What the thread would refuse is not kept, and counts from the start of the request.
      const error = yield* Effect.flip(model.embed(["a", "bb", "long"], reading))
      assert.include(error.message, "Input 2 has more than the 512 tokens")
      // Read in another way it is another text.
      assert.strictEqual((yield* model.embed(["bb"], { maxTokens: 8, truncate: "END" })).tokens, 1)
      assert.strictEqual((yield* model.embed(["a"], { maxTokens: 512, truncate: "START" })).tokens, 1)
    })))

  it.effect("has vectors of its own, whatever is done to those that were given", () =>
    Effect.scoped(Effect.gen(function*() {
      const model = yield* denseModel.make(thread, 1)
      for (let i = 0; i < 3; i++) {
        const { values: [vector] } = yield* model.embed(["four"], reading)
        assert.deepStrictEqual(vector, Float32Array.of(4))
        vector?.fill(0)
      }
    })))

  it.effect("ends with its scope", () =>
    Effect.gen(function*() {
      const model = yield* Effect.scoped(Effect.tap(denseModel.make(thread), (model) => model.embed(["a"], reading)))
      assert.strictEqual((yield* Effect.flip(model.embed(["a"], reading))).reason, "Unavailable")
    }))
})
