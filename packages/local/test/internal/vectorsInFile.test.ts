/** Namespaces whose vectors do not fit into memory are searched by their codes: the answers are the same. */
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Dataset } from "../../src/internal/dataset.js"
import * as dataset from "../../src/internal/dataset.js"
import { atOnce } from "../../src/internal/job.js"
import * as memories from "../../src/internal/memory.js"
import type { Metric, StoredRecord } from "../../src/internal/namespaceView.js"
import { NamespaceView } from "../../src/internal/namespaceView.js"
import type { Threads } from "../../src/internal/scans/threads.js"
import * as threads from "../../src/internal/scans/threads.js"
import * as store from "../../src/internal/store.js"
import { turn } from "../../src/internal/turn.js"

const dimension = 768
const count = 3000

/** About half of what the vectors take. */
const limit = count * dimension * 2

let state = 1
const next = (): number => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state / 2 ** 31 - 1
}

const record = (n: number): StoredRecord => ({
  id: `record-${n}`,
  values: n % 50 === 0 ? undefined : Float32Array.from({ length: dimension }, next),
  sparseValues: undefined,
  metadata: { n }
})

const ns = "ns"

const opened = <A, E>(
  folder: string,
  metric: Metric,
  options: Partial<dataset.DatasetOptions>,
  use: (data: Dataset) => Effect.Effect<A, E>
) =>
  Effect.gen(function*() {
    const { create, open, sets } = yield* store.StoreTag
    if (!(yield* sets).includes("set")) yield* create("set", {}, [])
    return yield* use(yield* dataset.make(yield* open("set"), { metric, dimension }, { name: "the test", ...options }))
  }).pipe(Effect.scoped, Effect.provide(Layer.fresh(store.layer(folder))))

describe("a namespace that does not fit into memory", () => {
  for (const metric of ["cosine", "dotproduct", "euclidean"] as const) {
    it.scoped(`${metric}: finds the same by its codes, also what is written then`, () =>
      Effect.gen(function*() {
        const folder = yield* Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())
        const view = new NamespaceView({ metric, dimension })
        const records = Array.from({ length: count }, (_, n) => record(n))
        const upsert = (data: Dataset, some: ReadonlyArray<StoredRecord>) => {
          for (const one of some) view.upsert(one)
          return data.upsert(ns, some)
        }
        yield* opened(folder, metric, {}, (data) =>
          Effect.forEach(
            Array.from({ length: count / 500 }, (_, i) => records.slice(500 * i, 500 * (i + 1))),
            (some) => upsert(data, some)
          ))
        const pool = yield* threads.make({ most: 1 })
        yield* Effect.repeat(turn, { until: () => pool.areReady() })
        let asked = 0
        const counted: Threads = {
          areReady: () => pool.areReady(),
          scan: (scan, done) => {
            asked++
            pool.scan(scan, done)
          }
        }
        const searches = [
          ...Array.from({ length: 4 }, () => ({ vector: Float32Array.from({ length: dimension }, next), topK: 10 })),
          { vector: records[77]!.values!, topK: 3, includeValues: true },
          {
            vector: records[78]!.values!,
            topK: 40,
            predicate: (metadata: StoredRecord["metadata"]) => Number(metadata?.["n"]) % 3 === 0
          }
        ]
        const check = (data: Dataset) =>
          Effect.gen(function*() {
            for (const search of searches) {
              const { hits } = yield* data.search(ns, search)
              assert.deepStrictEqual(hits, atOnce(view.search(search)))
            }
            const { view: own } = yield* data.read(ns)
            for (const id of ["record-1", "record-50", "record-2999", "gone"]) {
              assert.deepStrictEqual(own?.get(id), view.get(id))
            }
          })
        const memory = memories.make(limit)
        // Nothing is too small for another thread.
        const options = { threads: counted, block: { leastAside: 0 } }
        yield* opened(folder, metric, { ...options, memory }, (data) =>
          Effect.gen(function*() {
            yield* check(data)
            assert.isTrue(memory.fits(0), "it takes no more than half of what the vectors alone would")
            yield* upsert(data, [record(7), record(1000), { ...record(51), id: "new" }])
            view.remove("record-8")
            yield* data.remove(ns, ["record-8"])
            yield* check(data)
          }))
        // What was written since the file was is read from the database.
        yield* opened(folder, metric, { ...options, memory: memories.make(limit) }, check)
        assert.isAbove(asked, 0)
      }).pipe(Effect.provide(NodeContext.layer)), 120_000)
  }
})
