import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { TestClock } from "../../../scripts/testing/clock.js"
import { answering, json } from "./utils/stub.js"
import type { Seen } from "./utils/traffic.js"
import { gates, settle, traffic } from "./utils/traffic.js"

const host = "movies.svc.test"

/** A server whose imports have the id of their folder, and are asked about so often until they are over. */
const imports = (
  plans: Readonly<Record<string, ReadonlyArray<string>>>,
  before: (what: "start" | "describe" | "cancel", id: string) => Effect.Effect<void> = () => Effect.void
) => {
  const asked = new Map<string, number>()
  const cancelled: Array<string> = []
  const started: Array<string> = []
  const server = traffic(({ body, method, path }: Seen) => {
    if (method === "POST") {
      const id = String(body["uri"]).replace("s3://bucket/", "")
      return Effect.map(before("start", id), () => {
        if (plans[id] === undefined) return json({ code: 3, message: "no such bucket" }, 400)
        started.push(id)
        return json({ id })
      })
    }
    const id = path.split("/").at(-1)!
    if (method === "DELETE") {
      return Effect.map(before("cancel", id), () => {
        cancelled.push(id)
        return json({})
      })
    }
    return Effect.map(before("describe", id), () => {
      const n = asked.get(id) ?? 0
      asked.set(id, n + 1)
      const plan = plans[id]!
      const status = plan[Math.min(n, plan.length - 1)]
      return json({ id, uri: `s3://bucket/${id}`, status, recordsImported: n, error: "row 3 is bad" })
    })
  })
  return { ...server, started, cancelled }
}

const folders = (...ids: ReadonlyArray<string>) => ids.map((id) => ({ uri: `s3://bucket/${id}` }))

const on = <A, E>(
  { answer }: ReturnType<typeof imports>,
  use: (index: VectorIndex.VectorIndex) => Effect.Effect<A, E>
) => Effect.flatMap(VectorIndex.make({ host }), use).pipe(Effect.provide(answering(answer)))

const schedule = Schedule.spaced("1 second")

describe("importAll", () => {
  it.effect("gives the completed imports in the order of their folders, whichever is done first", () =>
    Effect.gen(function*() {
      const server = imports({
        a: ["Pending", "InProgress", "InProgress", "Completed"],
        b: ["Completed"],
        c: ["InProgress", "Completed"]
      })
      const fiber = yield* Effect.fork(on(server, (index) => index.importAll(folders("a", "b", "c"), { schedule })))
      yield* settle
      assert.deepStrictEqual(server.seen.length, 6)
      yield* TestClock.adjust("999 millis")
      assert.deepStrictEqual(server.seen.length, 6)
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(server.seen.length, 8)
      yield* TestClock.adjust("2 seconds")
      const models = yield* Fiber.join(fiber)
      assert.deepStrictEqual(models.map(({ id, status }) => [id, status]), [
        ["a", "Completed"],
        ["b", "Completed"],
        ["c", "Completed"]
      ])
      assert.deepStrictEqual(server.cancelled, [])
    }))

  it.effect("takes one, or none", () =>
    Effect.gen(function*() {
      const server = imports({ a: ["Completed"] })
      const [one, none, empty] = yield* on(server, (index) =>
        Effect.all([
          index.importAll({ uri: "s3://bucket/a" }),
          index.importAll([]),
          Stream.runCollect(index.importAllProgress([]))
        ]))
      assert.deepStrictEqual([one.map(({ id }) => id), none, Chunk.toReadonlyArray(empty)], [["a"], [], []])
      assert.strictEqual(server.seen.length, 2)
    }))

  it.effect("has so many under way, and starts the next when one is over", () =>
    Effect.gen(function*() {
      const ids = ["a", "b", "c", "d", "e"]
      const server = imports(Object.fromEntries(ids.map((id) => [id, ["InProgress", "Completed"]])))
      const fiber = yield* Effect.fork(
        on(server, (index) => index.importAll(folders(...ids), { schedule, concurrency: 2 }))
      )
      yield* settle
      assert.deepStrictEqual(server.started, ["a", "b"])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(server.started, ["a", "b", "c", "d"])
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).length, 5)
    }))

  it.effect("refuses a bound that is none", () =>
    Effect.gen(function*() {
      const server = imports({ a: ["Completed"] })
      for (const concurrency of [0, 1.5, NaN]) {
        const errors = yield* on(server, (index) =>
          Effect.all([
            Effect.flip(index.importAll(folders("a"), { concurrency })),
            Effect.flip(Stream.runDrain(index.importAllProgress(folders("a"), { concurrency })))
          ]))
        for (const error of errors) {
          assert.deepInclude(error, { _tag: "PineconeInvalidRequest", field: "concurrency", operation: "start_import" })
        }
      }
      assert.strictEqual(server.seen.length, 0)
    }))

  it.effect("ends with the first that fails, is cancelled, is refused or takes too long; the others go on", () =>
    Effect.gen(function*() {
      const cases = [
        ["Failed", "PineconeOperationFailed", "row 3 is bad"],
        ["Cancelled", "PineconeOperationFailed", "was cancelled"],
        [undefined, "PineconeInvalidRequest", "no such bucket"],
        ["InProgress", "PineconeTimedOut", "import b"]
      ] as const
      for (const [status, tag, message] of cases) {
        const server = imports({ a: ["InProgress"], ...(status === undefined ? {} : { b: ["Pending", status] }) })
        const fiber = yield* Effect.fork(Effect.flip(on(server, (index) =>
          tag === "PineconeTimedOut"
            ? index.importAll(folders("b"), { schedule, timeout: "10 seconds" })
            : index.importAll(folders("a", "b"), { schedule }))))
        yield* settle
        yield* TestClock.adjust("10 seconds")
        const error = yield* Fiber.join(fiber)
        assert.strictEqual(error._tag, tag)
        assert.include(error.message, message)
        assert.deepStrictEqual(server.cancelled, [])
        assert.strictEqual(server.counts.underWay, 0)
      }
    }))

  it.effect("leaves what is under way when it is interrupted, and no request behind", () =>
    Effect.gen(function*() {
      for (const phase of ["start", "describe"] as const) {
        const server = imports({ a: ["InProgress"], b: ["InProgress"] }, (what) =>
          what === phase ? Effect.never : Effect.void)
        const fiber = yield* Effect.fork(on(server, (index) =>
          index.importAll(folders("a", "b"))))
        yield* settle
        assert.strictEqual(server.counts.underWay, 2)
        yield* Fiber.interrupt(fiber)
        assert.deepInclude(server.counts, { underWay: 0, aborted: 2 })
        assert.deepStrictEqual(server.cancelled, [])
      }
    }))
})

describe("importAllProgress", () => {
  it.effect("gives every answer of every import, and fails with the first that does", () =>
    Effect.gen(function*() {
      const server = imports({ a: ["Pending", "InProgress", "Completed"], b: ["Completed"], c: ["Pending", "Failed"] })
      const fiber = yield* Effect.fork(
        on(server, (index) => Stream.runCollect(index.importAllProgress(folders("a", "b"), { schedule })))
      )
      yield* settle
      yield* TestClock.adjust("2 seconds")
      const seen = Chunk.toReadonlyArray(yield* Fiber.join(fiber)).map(({ id, status }) => `${id} ${status}`)
      assert.deepStrictEqual([...seen].sort(), ["a Completed", "a InProgress", "a Pending", "b Completed"])
      assert.deepStrictEqual(seen.filter((answer) => answer.startsWith("a")), [
        "a Pending",
        "a InProgress",
        "a Completed"
      ])
      const failing = yield* Effect.fork(
        Effect.flip(on(server, (index) => Stream.runDrain(index.importAllProgress(folders("c"), { schedule }))))
      )
      yield* settle
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(failing))._tag, "PineconeOperationFailed")
    }))
})

describe("cancelOnInterrupt", () => {
  const options = { schedule, cancelOnInterrupt: true }

  it.effect("cancels what is polled, and waits until it is", () =>
    Effect.gen(function*() {
      const server = imports({ a: ["InProgress"], b: ["Completed"], c: ["InProgress"] }, (what, id) =>
        what === "describe" && id === "c" ? Effect.never : Effect.void)
      const fiber = yield* Effect.fork(on(server, (index) =>
        index.importAll(folders("a", "b", "c"), options)))
      yield* settle
      assert.deepStrictEqual(server.cancelled, [])
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual([...server.cancelled].sort(), ["a", "c"])
      assert.strictEqual(server.counts.underWay, 0)
    }))

  it.effect("cancels an import whose start is answered only after the interruption", () =>
    Effect.gen(function*() {
      const gate = gates()
      const server = imports({ a: ["InProgress"] }, (what) => what === "start" ? gate.pass("start") : Effect.void)
      const fiber = yield* Effect.fork(on(server, (index) => index.importAll(folders("a"), options)))
      yield* settle
      const interrupting = yield* Effect.fork(Fiber.interrupt(fiber))
      yield* settle
      assert.deepStrictEqual([server.counts.underWay, server.counts.aborted], [1, 0])
      assert.isTrue(Option.isNone(yield* Fiber.poll(interrupting)))
      yield* gate.open("start")
      assert.isTrue(Exit.isInterrupted(yield* Fiber.join(interrupting)))
      assert.deepStrictEqual([server.started, server.cancelled], [["a"], ["a"]])
      assert.strictEqual(server.to("/bulk/imports/a").filter(({ method }) => method === "GET").length, 0)
    }))

  it.effect("waits for no start or cancellation longer than the timeout of a request", () =>
    Effect.gen(function*() {
      for (const phase of ["start", "cancel"] as const) {
        const server = imports({ a: ["InProgress"] }, (what) => what === phase ? Effect.never : Effect.void)
        const fiber = yield* Effect.fork(on(server, (index) => index.importAll(folders("a"), options)))
        yield* settle
        const interrupting = yield* Effect.fork(Fiber.interrupt(fiber))
        yield* settle
        assert.strictEqual(server.counts.underWay, 1)
        yield* TestClock.adjust("29 seconds")
        assert.isTrue(Option.isNone(yield* Fiber.poll(interrupting)))
        yield* TestClock.adjust("1 second")
        assert.isTrue(Exit.isInterrupted(yield* Fiber.join(interrupting)))
        assert.deepInclude(server.counts, { underWay: 0, aborted: 1 })
      }
    }))

  it.effect("cancels the others when one fails, is refused, or takes too long, and none that is over", () =>
    Effect.gen(function*() {
      const cases = [
        [{ a: ["InProgress"], b: ["Pending", "Failed"], c: ["Completed"] }, ["a"]],
        [{ a: ["InProgress"], c: ["Completed"] }, ["a"]],
        [{ a: ["InProgress"], b: ["InProgress"], c: ["Completed"] }, ["a", "b"]]
      ] as const
      for (const [plans, cancelled] of cases) {
        // The last one is answered when the first is over.
        const server = imports(
          plans,
          (what, id) => what === "start" && id === "b" ? Effect.sleep("1 second") : Effect.void
        )
        const fiber = yield* Effect.fork(
          Effect.flip(
            on(server, (index) => index.importAll(folders("c", "a", "b"), { ...options, timeout: "5 seconds" }))
          )
        )
        yield* settle
        yield* TestClock.adjust("6 seconds")
        yield* Fiber.join(fiber)
        assert.deepStrictEqual([...server.cancelled].sort(), [...cancelled])
      }
    }))

  it.effect("ignores that a cancellation fails", () =>
    Effect.gen(function*() {
      const server = imports(
        { a: ["InProgress"] },
        (what) => what === "cancel" ? Effect.dieMessage("boom") : Effect.void
      )
      const fiber = yield* Effect.fork(on(server, (index) => index.importAll(folders("a"), options)))
      yield* settle
      assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(fiber)))
      assert.strictEqual(server.seen.filter(({ method }) => method === "DELETE").length, 1)
    }))

  it.effect("cancels when the consumer of the stream has enough", () =>
    Effect.gen(function*() {
      const server = imports({ a: ["InProgress"], b: ["InProgress"] })
      const seen = yield* on(server, (index) =>
        Stream.runCollect(Stream.take(index.importAllProgress(folders("a", "b"), options), 1)))
      assert.strictEqual(seen.length, 1)
      assert.deepStrictEqual([...server.cancelled].sort(), [...server.started].sort())
      assert.include(server.cancelled, Chunk.unsafeHead(seen).id)
      assert.strictEqual(server.counts.underWay, 0)
    }))

  it.effect("cancels nothing that is completed", () =>
    Effect.gen(function*() {
      const server = imports({ a: ["Pending", "Completed"], b: ["Completed"] })
      const fiber = yield* Effect.fork(on(server, (index) =>
        Effect.zip(
          index.importAll(folders("a", "b"), options),
          Stream.runCount(index.importAllProgress(folders("b"), options))
        )))
      yield* settle
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(fiber))[1], 1)
      assert.deepStrictEqual(server.cancelled, [])
    }))
})
