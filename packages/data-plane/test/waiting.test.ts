import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { TestClock } from "../../../scripts/testing/clock.js"
import type { Answer } from "./utils/stub.js"
import { answering, json } from "./utils/stub.js"

const host = "movies.svc.test"

/** An import that is answered with each of these statuses in turn, then with the last for ever. */
const going = (...statuses: ReadonlyArray<string>): { readonly answer: Answer; readonly asked: () => number } => {
  let asked = 0
  return {
    asked: () => asked,
    answer: () =>
      Effect.sync(() =>
        json({
          id: "1",
          uri: "s3://bucket/folder",
          status: statuses[Math.min(asked, statuses.length - 1)],
          recordsImported: asked++,
          error: "row 3 is bad"
        })
      )
  }
}

const on = <A, E>(answer: Answer, use: (index: VectorIndex.VectorIndex) => Effect.Effect<A, E>) =>
  Effect.flatMap(VectorIndex.make({ host }), use).pipe(Effect.provide(answering(answer)))

describe("waiting for an import", () => {
  it.effect("asks again until it is completed, at first after 250 ms", () =>
    Effect.gen(function*() {
      const { answer, asked } = going("Pending", "InProgress", "Completed")
      const fiber = yield* Effect.fork(on(answer, (index) => index.waitForImport("1")))
      yield* TestClock.adjust("249 millis")
      assert.strictEqual(asked(), 1)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(asked(), 2)
      yield* TestClock.adjust("374 millis")
      assert.strictEqual(asked(), 2)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual((yield* Fiber.join(fiber)).status, "Completed")
      assert.strictEqual(asked(), 3)
    }))

  it.effect("asks every five seconds at last, and has no end of its own", () =>
    Effect.gen(function*() {
      const { answer, asked } = going("InProgress")
      const fiber = yield* Effect.fork(on(answer, (index) => index.waitForImport("1")))
      yield* TestClock.adjust("2 minutes")
      const before = asked()
      yield* TestClock.adjust("50 seconds")
      assert.strictEqual(asked() - before, 10)
      assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)))
      yield* Fiber.interrupt(fiber)
    }))

  it.effect("ends in TimedOut when its time is over", () =>
    Effect.gen(function*() {
      const { answer } = going("InProgress")
      const fiber = yield* Effect.fork(
        Effect.flip(on(answer, (index) => index.waitForImport("1", { timeout: "1 minute" })))
      )
      yield* TestClock.adjust("59 seconds")
      assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)))
      yield* TestClock.adjust("1 seconds")
      const error = yield* Fiber.join(fiber)
      if (error._tag !== "PineconeTimedOut") return assert.fail(String(error))
      assert.strictEqual(Duration.toMillis(error.timeout), 60_000)
      assert.deepStrictEqual([error.operation, error.index], ["describe_import", host])
      assert.include(error.message, "import 1")
    }))

  it.effect("ends where the schedule does", () =>
    Effect.gen(function*() {
      const { answer, asked } = going("InProgress")
      const error = yield* Effect.flip(
        on(answer, (index) => index.waitForImport("1", { schedule: Schedule.recurs(3) }))
      )
      assert.strictEqual(error._tag, "PineconeTimedOut")
      assert.strictEqual(asked(), 4)
    }))

  it.effect("ends at once where it failed or was cancelled", () =>
    Effect.gen(function*() {
      for (const state of ["Failed", "Cancelled"]) {
        const error = yield* Effect.flip(on(going(state).answer, (index) => index.waitForImport("1")))
        if (error._tag !== "PineconeOperationFailed") return assert.fail(String(error))
        assert.deepStrictEqual([error.resource, error.id, error.state, error.index], ["import", "1", state, host])
        assert.include(error.message, "row 3 is bad")
      }
    }))

  it.effect("shows every answer on the way, and fails after the last", () =>
    Effect.gen(function*() {
      const { answer } = going("Pending", "InProgress", "InProgress", "Failed")
      const seen: Array<string | undefined> = []
      const error = yield* Effect.flip(on(answer, (index) =>
        index.importProgress("1", { schedule: Schedule.forever }).pipe(
          Stream.runForEach(({ status }) =>
            Effect.sync(() => {
              seen.push(status)
            })
          )
        )))
      assert.strictEqual(error._tag, "PineconeOperationFailed")
      assert.deepStrictEqual(seen, ["Pending", "InProgress", "InProgress"])
      const done = yield* on(going("Pending", "Completed").answer, (index) =>
        Stream.runCollect(index.importProgress("1", { schedule: Schedule.forever })))
      assert.deepStrictEqual(
        Chunk.toReadonlyArray(done).map(({ status }) =>
          status
        ),
        ["Pending", "Completed"]
      )
    }))
})

describe("waiting for a write", () => {
  it.effect("needs a server that says how far its index is", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(on(() => Effect.succeed(json({ matches: [] })), (index) => index.waitForLsn(5)))
      assert.strictEqual(error._tag, "PineconeInvalidResponse")
      assert.include(error.message, "the server does not report an LSN")
    }))

  it.effect("reads either name of the header", () =>
    Effect.gen(function*() {
      for (const name of ["x-pinecone-max-indexed-lsn", "x-pinecone-lsn-reconciled"]) {
        const { lsn } = yield* on(() => Effect.succeed(json({ matches: [] }, 200, { [name]: "42" })), (index) =>
          index.query({ id: "a", topK: 1, minLsn: 42 }))
        assert.strictEqual(lsn, 42)
      }
      for (const name of ["x-pinecone-request-lsn", "x-pinecone-lsn-committed"]) {
        const { lsn } = yield* on(() =>
          Effect.succeed(json({ upsertedCount: 1 }, 200, { [name]: "43" })), (index) =>
          index.upsert([{ id: "a", values: [1] }]))
        assert.strictEqual(lsn, 43)
      }
    }))
})
