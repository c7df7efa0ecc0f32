import * as RestoreJobs from "@effect-pinecone/control-plane/RestoreJobs"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Ref from "effect/Ref"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { TestClock } from "../../../scripts/testing/clock.js"
import { job, ok, stub2026_04, unknownField } from "./utils/stub.js"

const later = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(effect)
    yield* TestClock.adjust("10 minutes")
    return yield* Fiber.join(fiber)
  })

describe("RestoreJobs", () => {
  it.effect("list and describe", () => {
    const { layer, sent } = stub2026_04(
      ok({ data: [job("Pending")], pagination: { next: "t1" } }),
      ok({ data: [] }),
      ok(job("Completed", { completed_at: "2026-04-01T10:05:00Z", percent_complete: 100, note: "kept" }))
    )
    return Effect.gen(function*() {
      const jobs = yield* RestoreJobs.RestoreJobs
      const page = yield* jobs.list({ limit: 1 })
      assert.strictEqual(page.jobs[0]?.targetIndexName, "restored")
      assert.strictEqual(page.next, "t1")
      assert.deepStrictEqual(yield* jobs.list({ paginationToken: "t1" }), { jobs: [], next: undefined })
      const model = yield* jobs.describe("j/1")
      assert.deepStrictEqual(model.completedAt, new Date("2026-04-01T10:05:00Z"))
      assert.strictEqual(model.percentComplete, 100)
      assert.strictEqual(unknownField(model, "note"), "kept")
      assert.deepStrictEqual(sent.map(({ method, path }) => `${method} ${path}`), [
        "GET /restore-jobs?limit=1",
        "GET /restore-jobs?paginationToken=t1",
        "GET /restore-jobs/j%2F1"
      ])
      assert.strictEqual((yield* Effect.flip(jobs.list({ limit: 1.5 })))._tag, "PineconeInvalidRequest")
      assert.strictEqual(sent.length, 3)
    }).pipe(Effect.provide(layer))
  })

  it.effect("listStream", () => {
    const { layer, sent } = stub2026_04(
      ok({ data: [job("Completed")], pagination: { next: "t1" } }),
      ok({ data: [job("Pending", { restore_job_id: "j2" })] })
    )
    return Effect.gen(function*() {
      const jobs = yield* RestoreJobs.RestoreJobs
      const all = yield* Stream.runCollect(jobs.listStream())
      assert.deepStrictEqual(Chunk.toArray(all).map(({ restoreJobId }) => restoreJobId), ["j1", "j2"])
      assert.deepStrictEqual(sent.map(({ path }) => path), ["/restore-jobs", "/restore-jobs?paginationToken=t1"])
    }).pipe(Effect.provide(layer))
  })

  it.effect("waitUntilCompleted", () => {
    const { layer, sent } = stub2026_04(ok(job("Pending")), ok(job("InProgress")), ok(job("Completed")))
    return Effect.gen(function*() {
      const jobs = yield* RestoreJobs.RestoreJobs
      assert.strictEqual((yield* later(jobs.waitUntilCompleted("j1"))).status, "Completed")
      assert.strictEqual(sent.length, 3)
    }).pipe(Effect.provide(layer))
  })

  for (const state of ["Failed", "Cancelled"]) {
    it.effect(`waitUntilCompleted fails on ${state}`, () =>
      Effect.gen(function*() {
        const jobs = yield* RestoreJobs.RestoreJobs
        const error = yield* Effect.flip(jobs.waitUntilCompleted("j1"))
        assert.strictEqual(error._tag, "PineconeOperationFailed")
        assert.deepInclude(error, { operation: "describe_restore_job", resource: "restore_job", id: "j1", state })
        assert.include(error.message, "restore job \"j1\"")
      }).pipe(Effect.provide(stub2026_04(ok(job(state))).layer)))
  }

  it.effect("progress gives each answer until the end", () => {
    const { layer } = stub2026_04(
      ok(job("Pending", { percent_complete: 0 })),
      ok(job("InProgress", { percent_complete: 40 })),
      ok(job("InProgress", { percent_complete: 40 })),
      ok(job("Completed", { percent_complete: 100 }))
    )
    return Effect.gen(function*() {
      const jobs = yield* RestoreJobs.RestoreJobs
      const seen = yield* Ref.make<ReadonlyArray<number | undefined>>([])
      const fiber = yield* Effect.fork(
        jobs.progress("j1", { schedule: Schedule.spaced("10 seconds") }).pipe(
          Stream.runForEach(({ percentComplete }) => Ref.update(seen, (all) => [...all, percentComplete]))
        )
      )
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual(yield* Ref.get(seen), [0, 40])
      yield* TestClock.adjust("20 seconds")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(yield* Ref.get(seen), [0, 40, 40, 100])
    }).pipe(Effect.provide(layer))
  })

  it.effect("progress fails when the job does, and when the time is over", () => {
    const { layer } = stub2026_04(ok(job("InProgress")), ok(job("Cancelled")), ok(job("InProgress")))
    return Effect.gen(function*() {
      const jobs = yield* RestoreJobs.RestoreJobs
      const seen = yield* Ref.make(0)
      const counted = jobs.progress("j1", { timeout: "1 minute" }).pipe(
        Stream.runForEach(() => Ref.update(seen, (n) => n + 1))
      )
      assert.strictEqual((yield* Effect.flip(later(counted)))._tag, "PineconeOperationFailed")
      assert.strictEqual(yield* Ref.get(seen), 1)
      assert.strictEqual((yield* Effect.flip(later(counted)))._tag, "PineconeTimedOut")
    }).pipe(Effect.provide(layer))
  })
})
