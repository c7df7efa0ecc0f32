import * as Backups from "@effect-pinecone/control-plane/Backups"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { TestClock } from "../../../scripts/testing/clock.js"
import { accepted, backup, created, notFound, ok, refused, stub2026_04, unknownField } from "./utils/stub.js"

const later = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(effect)
    yield* TestClock.adjust("10 minutes")
    return yield* Fiber.join(fiber)
  })

const ids = (...all: ReadonlyArray<string>) => all.map((backup_id) => backup("Ready", { backup_id }))

describe("Backups", () => {
  it.effect("create, describe and delete", () => {
    const { layer, sent } = stub2026_04(
      created(backup("Initializing", { retention: "30d" })),
      created(backup("Initializing")),
      ok(backup("Archived")),
      accepted()
    )
    return Effect.gen(function*() {
      const backups = yield* Backups.Backups
      const model = yield* backups.create("a/b", { name: "nightly", description: "of the night" })
      assert.strictEqual(model.backupId, "b1")
      assert.strictEqual(model.recordCount, 3)
      assert.strictEqual(unknownField(model, "retention"), "30d")
      yield* backups.create("movies")
      assert.strictEqual((yield* backups.describe("b1")).status, "Archived")
      assert.strictEqual(yield* backups.delete("b/1"), undefined)
      assert.deepStrictEqual(sent.map(({ body, method, path }) => [method, path, body]), [
        ["POST", "/indexes/a%2Fb/backups", { name: "nightly", description: "of the night" }],
        ["POST", "/indexes/movies/backups", {}],
        ["GET", "/backups/b1", undefined],
        ["DELETE", "/backups/b%2F1", undefined]
      ])
    }).pipe(Effect.provide(layer))
  })

  it.effect("create is sent again on 429, not on 503", () => {
    const { layer, sent } = stub2026_04(refused(429, "RESOURCE_EXHAUSTED"), refused(503, "UNAVAILABLE"))
    return Effect.gen(function*() {
      const backups = yield* Backups.Backups
      const error = yield* Effect.flip(later(backups.create("movies")))
      assert.strictEqual(error._tag, "PineconeServiceUnavailable")
      assert.strictEqual(error.attempts, 2)
      assert.strictEqual(sent.length, 2)
    }).pipe(Effect.provide(layer))
  })

  it.effect("list gives a page of the project or of an index", () => {
    const { layer, sent } = stub2026_04(ok({ data: ids("b1", "b2"), pagination: { next: "t=1&x" } }), ok({}))
    return Effect.gen(function*() {
      const backups = yield* Backups.Backups
      const page = yield* backups.list({ limit: 2 })
      assert.deepStrictEqual(page.backups.map(({ backupId }) => backupId), ["b1", "b2"])
      assert.strictEqual(page.next, "t=1&x")
      assert.deepStrictEqual(
        yield* backups.list({ indexName: "movies", paginationToken: page.next }),
        { backups: [], next: undefined }
      )
      assert.deepStrictEqual(sent.map(({ path }) => path), [
        "/backups?limit=2",
        "/indexes/movies/backups?paginationToken=t%3D1%26x"
      ])
    }).pipe(Effect.provide(layer))
  })

  it.effect("list refuses a page that is too large or too small", () => {
    const { layer, sent } = stub2026_04()
    return Effect.gen(function*() {
      const backups = yield* Backups.Backups
      const large = yield* Effect.flip(backups.list({ limit: 101 }))
      assert.strictEqual(large._tag, "PineconeLimitExceeded")
      assert.deepInclude(large, { limit: "pageLimit", maximum: 100, actual: 101 })
      const small = yield* Effect.flip(Stream.runDrain(backups.listStream({ indexName: "movies", limit: 0 })))
      assert.strictEqual(small._tag, "PineconeInvalidRequest")
      assert.strictEqual(small.operation, "list_index_backups")
      assert.strictEqual(sent.length, 0)
    }).pipe(Effect.provide(layer))
  })

  it.effect("listStream goes through the pages, empty ones too, and asks for no more than is taken", () => {
    const { layer, sent } = stub2026_04(
      ok({ data: ids("b1", "b2"), pagination: { next: "t1" } }),
      ok({ data: [], pagination: { next: "t2" } }),
      ok({ data: ids("b3"), pagination: { next: "" } }),
      ok({ data: ids("b1"), pagination: { next: "t1" } })
    )
    return Effect.gen(function*() {
      const backups = yield* Backups.Backups
      const all = yield* Stream.runCollect(backups.listStream({ indexName: "movies", limit: 2 }))
      assert.deepStrictEqual(Chunk.toArray(all).map(({ backupId }) => backupId), ["b1", "b2", "b3"])
      assert.deepStrictEqual(sent.map(({ path }) => path), [
        "/indexes/movies/backups?limit=2",
        "/indexes/movies/backups?limit=2&paginationToken=t1",
        "/indexes/movies/backups?limit=2&paginationToken=t2"
      ])
      yield* Stream.runDrain(Stream.take(backups.listStream(), 1))
      assert.strictEqual(sent.length, 4)
    }).pipe(Effect.provide(layer))
  })

  it.effect("listStream ends with the error of a page", () =>
    Effect.gen(function*() {
      const backups = yield* Backups.Backups
      const error = yield* Effect.flip(Stream.runDrain(backups.listStream({ indexName: "movies" })))
      assert.strictEqual(error._tag, "PineconeNotFound")
    }).pipe(Effect.provide(stub2026_04(ok({ data: ids("b1"), pagination: { next: "t1" } }), notFound).layer)))

  it.effect("waitUntilReady", () => {
    const { layer, sent } = stub2026_04(ok(backup("Initializing")), ok(backup("Ready")), ok(backup("Failed")))
    return Effect.gen(function*() {
      const backups = yield* Backups.Backups
      assert.strictEqual((yield* later(backups.waitUntilReady("b1"))).status, "Ready")
      assert.strictEqual(sent.length, 2)
      const error = yield* Effect.flip(backups.waitUntilReady("b1"))
      assert.strictEqual(error._tag, "PineconeOperationFailed")
      assert.deepInclude(error, { operation: "describe_backup", resource: "backup", id: "b1", state: "Failed" })
    }).pipe(Effect.provide(layer))
  })

  it.effect("waitUntilReady ends when the time is over", () =>
    Effect.gen(function*() {
      const backups = yield* Backups.Backups
      assert.strictEqual((yield* Effect.flip(later(backups.waitUntilReady("b1"))))._tag, "PineconeTimedOut")
    }).pipe(Effect.provide(stub2026_04(ok(backup("Initializing"))).layer)))
})
