import * as Collections from "@effect-pinecone/control-plane/Collections"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { TestClock } from "../../../scripts/testing/clock.js"
import { accepted, collection, created, ok, refused, stub2026_04 } from "./utils/stub.js"

const later = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(effect)
    yield* TestClock.adjust("10 minutes")
    return yield* Fiber.join(fiber)
  })

describe("Collections", () => {
  it.effect("create, list, describe and delete", () => {
    const { layer, sent } = stub2026_04(
      created(collection("Initializing")),
      ok({ collections: [collection("Ready")] }),
      ok(collection("Ready")),
      accepted()
    )
    return Effect.gen(function*() {
      const collections = yield* Collections.Collections
      assert.strictEqual((yield* collections.create({ name: "copy", source: "movies" })).status, "Initializing")
      assert.deepStrictEqual((yield* collections.list).map(({ vectorCount }) => vectorCount), [3])
      assert.strictEqual((yield* collections.describe("a/b")).environment, "us-east1-gcp")
      assert.strictEqual(yield* collections.delete("copy"), undefined)
      assert.deepStrictEqual(sent.map(({ body, method, path }) => [method, path, body]), [
        ["POST", "/collections", { name: "copy", source: "movies" }],
        ["GET", "/collections", undefined],
        ["GET", "/collections/a%2Fb", undefined],
        ["DELETE", "/collections/copy", undefined]
      ])
    }).pipe(Effect.provide(layer))
  })

  it.effect("create checks the name and is not sent twice", () => {
    const { layer, sent } = stub2026_04(refused(503, "UNAVAILABLE"))
    return Effect.gen(function*() {
      const collections = yield* Collections.Collections
      const invalid = yield* Effect.flip(collections.create({ name: "A copy", source: "movies" }))
      assert.strictEqual(invalid._tag, "PineconeInvalidRequest")
      const long = yield* Effect.flip(collections.create({ name: "a".repeat(46), source: "movies" }))
      assert.strictEqual(long._tag, "PineconeLimitExceeded")
      assert.strictEqual(sent.length, 0)
      yield* Effect.flip(later(collections.create({ name: "copy", source: "movies" })))
      assert.strictEqual(sent.length, 1)
    }).pipe(Effect.provide(layer))
  })

  it.effect("waitUntilReady", () => {
    const { layer, sent } = stub2026_04(
      ok(collection("Initializing")),
      ok(collection("Ready")),
      ok(collection("Terminating"))
    )
    return Effect.gen(function*() {
      const collections = yield* Collections.Collections
      assert.strictEqual((yield* later(collections.waitUntilReady("copy"))).status, "Ready")
      assert.strictEqual(sent.length, 2)
      const error = yield* Effect.flip(collections.waitUntilReady("copy"))
      assert.strictEqual(error._tag, "PineconeOperationFailed")
      assert.deepInclude(error, { resource: "collection", id: "copy", state: "Terminating" })
    }).pipe(Effect.provide(layer))
  })

  it.effect("waitUntilReady ends when the time is over", () =>
    Effect.gen(function*() {
      const collections = yield* Collections.Collections
      assert.strictEqual((yield* Effect.flip(later(collections.waitUntilReady("copy"))))._tag, "PineconeTimedOut")
    }).pipe(Effect.provide(stub2026_04(ok(collection("Initializing"))).layer)))
})
