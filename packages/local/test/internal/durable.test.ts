/** What a store commits is flushed to the disk. */
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { afterAll, assert, describe, it, vi } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makeEngine } from "../../src/internal/sqlite/engine.js"
import type * as Executors from "../../src/internal/sqlite/executor.js"
import type { OpenRequest, Request, Work } from "../../src/internal/sqlite/protocol.js"
import * as simple from "../utils/simpleStore.js"

const asked: Array<Request> = []

// Other test files of the worker have loaded these modules, and will again.
vi.resetModules()
vi.doMock("../../src/internal/sqlite/executor.js", async (original) => {
  const executors = await original<typeof Executors>()
  const recording = (executor: Executors.Executor): Executors.Executor => ({
    ask: (request, transfer) => {
      asked.push(request)
      return executor.ask(request, transfer)
    }
  })
  return { ...executors, makeThread: (work: Work) => Effect.map(executors.makeThread(work), recording) }
})

const store = await import("../../src/internal/store.js")

afterAll(() => {
  vi.doUnmock("../../src/internal/sqlite/executor.js")
  vi.resetModules()
})

const isOpen = (request: Request): request is OpenRequest => request.op === "open"

describe("a store in a folder", () => {
  it.scopedLive("opens each of its files so that a commit is flushed", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* fs.makeTempDirectoryScoped()
      yield* Effect.scoped(
        Effect.gen(function*() {
          const set = yield* simple.of(yield* store.StoreTag).open("set")
          yield* set.write({
            namespace: "ns",
            lsn: 1,
            upserts: [{ id: "a", values: undefined, sparseValues: undefined, metadata: {} }]
          })
        }).pipe(Effect.provide(store.layer(folder)))
      )
      const opened = asked.filter(isOpen)
      assert.sameMembers([...new Set(opened.map(({ kind }) => kind))], ["registry", "records"])
      assert.deepStrictEqual(opened.filter(({ durable }) => !durable), [])
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scopedLive("which SQLite knows as FULL", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* fs.makeTempDirectoryScoped()
      const levels = (["registry", "records"] as const).flatMap((kind) =>
        [true, false].map((durable) => {
          const engine = makeEngine()
          const open: OpenRequest = {
            op: "open",
            file: `${folder}/${kind}-${durable}.db`,
            kind,
            create: true,
            durable,
            lock: false,
            reader: false,
            maxPages: undefined
          }
          const { at } = engine.execute(open) as { readonly at: number }
          const level = engine.execute({ op: "all", at, sql: "PRAGMA synchronous", params: [] })
          engine.execute({ op: "close", at })
          return level
        })
      )
      assert.deepStrictEqual(levels, [2, 0, 2, 0].map((synchronous) => [{ synchronous }]))
    }).pipe(Effect.provide(NodeContext.layer)))
})
