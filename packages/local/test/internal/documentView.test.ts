/** The full-text fields of a namespace: they follow its records, and a search sees them as they were when it began. */
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { FastCheck } from "../../../../scripts/testing/properties.js"
import * as dataset from "../../src/internal/dataset.js"
import * as job from "../../src/internal/job.js"
import type { Hit, StoredRecord } from "../../src/internal/namespaceView.js"
import { NamespaceView } from "../../src/internal/namespaceView.js"
import { layer, StoreTag } from "../../src/internal/store.js"
import * as analyser from "../../src/internal/text/analyser.js"
import * as queryTree from "../../src/internal/text/queryTree.js"
import * as textSearch from "../../src/internal/text/textSearch.js"

const analysers = { title: Effect.runSync(analyser.load(analyser.defaults)) }
const shape = { metric: "cosine", dimension: 2, analysers } as const

const words = ["tea", "green", "black", "cup"]

const record = (n: number, title: string | undefined, hasVector = true): StoredRecord => ({
  id: `r${n}`,
  values: hasVector ? Float32Array.of(n + 1, 1) : undefined,
  sparseValues: undefined,
  metadata: { n, ...(title === undefined ? {} : { title }) }
})

const many = (count: number) =>
  Array.from(
    { length: count },
    (_, n) => record(n, n % 7 === 0 ? undefined : `${words[n % 4]} ${words[(n >> 2) % 4]}`, n % 3 !== 0)
  )

const filled = (records: ReadonlyArray<StoredRecord>) => {
  const view = new NamespaceView(shape)
  for (const one of records) view.upsert(one)
  return view
}

const plain = (hits: ReadonlyArray<Hit>) =>
  hits.map(({ values, ...hit }) => ({ ...hit, values: values && Array.from(values) }))

const clauses = [queryTree.words("green tea", ["title"])]

/** A search whose filter looks at the words of a text. */
const filteredJob = (view: NamespaceView, dense: boolean) => {
  const cups = job.asked(textSearch.matching(view.texts!, "$match_any", "title", "cup"))
  const options = {
    topK: 10,
    includeValues: true,
    predicate: (metadata: StoredRecord["metadata"], slot: number) =>
      Number(metadata?.["n"]) % 2 === 0 && !cups.result()(slot)
  }
  const search = dense
    ? view.search({ ...options, vector: Float32Array.of(1, 2), onlyDense: true })
    : view.searchTexts({ ...options, clauses })
  return job.inTurn([cups], search)
}

type Change = readonly [does: "upsert" | "remove" | "setMetadata" | "clear", n: number, title: string]

const change = (view: NamespaceView, [does, n, title]: Change) => {
  if (does === "upsert") view.upsert(record(n, title, n % 2 === 0))
  else if (does === "remove") view.remove(`r${n}`)
  else if (does === "setMetadata") view.setMetadata(`r${n}`, { n, title })
  else view.clear()
}

const changes = FastCheck.array(
  FastCheck.tuple(
    FastCheck.constantFrom(
      "upsert" as const,
      "upsert" as const,
      "remove" as const,
      "setMetadata" as const,
      "clear" as const
    ),
    FastCheck.integer({ min: 0, max: 70 }),
    FastCheck.constantFrom("green tea", "cup", "black")
  ),
  { maxLength: 40 }
)

describe("the full-text fields of a namespace", () => {
  it.prop(
    "a search in slices, with writes between them, finds what was there when it began",
    [changes],
    ([changes]) => {
      for (const dense of [false, true]) {
        const expected = plain(job.atOnce(filteredJob(filled(many(60)), dense)))
        assert.isNotEmpty(expected)
        const view = filled(many(60))
        const running = filteredJob(view, dense)
        for (const one of changes) {
          change(view, one)
          if (running.next(1)) break
        }
        assert.deepStrictEqual(plain(job.atOnce(job.asked(running))), expected)
      }
    }
  )

  it.prop("after any writes they are those of the records that are there", [changes], ([changes]) => {
    const view = filled(many(60))
    for (const one of changes) change(view, one)
    const again = filled(job.atOnce(view.list({ limit: 1000 })).map((id) => view.get(id)!))
    // Records of equal scores come in the order of their insertion, which is another one now.
    const found = (view: NamespaceView) =>
      plain(job.atOnce(view.searchTexts({ clauses, topK: 100 }))).sort((a, b) => a.id < b.id ? -1 : 1)
    assert.deepStrictEqual(found(view), found(again))
  })

  it.scoped("they are there where the vectors are read from their file, whatever was written after it", () =>
    Effect.gen(function*() {
      const folder = yield* Effect.flatMap(
        FileSystem.FileSystem,
        (fs) => fs.makeTempDirectoryScoped({ prefix: "texts-" })
      )
      const running = <A, E>(use: (data: dataset.Dataset, save: Effect.Effect<void>) => Effect.Effect<A, E>) =>
        Effect.gen(function*() {
          const store = yield* StoreTag
          if (!(yield* store.sets).includes("set")) yield* store.create("set", {}, [])
          const set = yield* store.open("set")
          const data = yield* dataset.make(set, shape, { name: "the test", large: 10 })
          return yield* use(data, Effect.orDie(set.vectors!.write("ns", 2)))
        }).pipe(Effect.scoped, Effect.provide(layer(folder)))
      const view = filled(many(60))
      const later: ReadonlyArray<StoredRecord> = [
        record(3, "green green tea"),
        record(70, "tea"),
        record(5, undefined, false)
      ]
      yield* running((data, save) =>
        Effect.gen(function*() {
          yield* data.upsert("ns", many(60))
          yield* save
          yield* data.upsert("ns", later)
          yield* data.remove("ns", ["r8", "r9"])
        })
      )
      for (const one of later) view.upsert(one)
      for (const id of ["r8", "r9"]) view.remove(id)
      yield* running((data) =>
        Effect.gen(function*() {
          const { view: loaded } = yield* data.read("ns")
          for (const dense of [false, true]) {
            const expected = plain(job.atOnce(filteredJob(view, dense)))
            assert.deepStrictEqual(plain(job.atOnce(filteredJob(loaded!, dense))), expected)
          }
          assert.strictEqual(loaded!.texts!.size, loaded!.size)
        })
      )
    }).pipe(Effect.provide(NodeContext.layer)))
})
