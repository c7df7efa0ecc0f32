/** Documents over time: any history of writes, the restart of a server, a delay of reads, and little memory. */
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import type * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { TestClock } from "../../../scripts/testing/clock.js"
import { FastCheck as fc } from "../../../scripts/testing/properties.js"
import * as analyser from "../src/internal/text/analyser.js"
import * as queryTree from "../src/internal/text/queryTree.js"
import * as PineconeLocal from "../src/PineconeLocal.js"
import { ask } from "./utils/ask.js"
import type { DocumentIndex } from "./utils/documents.js"
import { articles, documentIndex, indexAt, said, version } from "./utils/documents.js"
import { PlainIndex } from "./utils/plainText.js"

interface Fields {
  readonly title?: string | undefined
  readonly body?: string | undefined
  readonly vector?: ReadonlyArray<number> | undefined
  readonly year?: number | undefined
}

/** What is done to the documents, one after the other. */
type Step =
  | { readonly does: "upsert"; readonly documents: ReadonlyArray<Fields & { readonly _id: string }> }
  | { readonly does: "update"; readonly id: string; readonly set: Fields; readonly remove: ReadonlyArray<keyof Fields> }
  | {
    readonly does: "updateMatching"
    readonly year: number
    readonly set: Fields
    readonly remove: ReadonlyArray<keyof Fields>
  }
  | { readonly does: "delete"; readonly ids: ReadonlyArray<string> }
  | { readonly does: "deleteMatching"; readonly year: number }
  | { readonly does: "deleteAll" }

const words = ["tea", "teas", "green", "black", "cup", "coffee", "brew", "brewing", "care"]

/** The order of insertion counts where scores are equal: what is deleted and comes again comes last. */
class Model {
  readonly documents = new Map<string, Fields>()
  has = false

  private set(id: string, fields: Fields): void {
    this.documents.set(id, Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)))
  }

  private change(id: string, set: Fields, remove: ReadonlyArray<keyof Fields>): void {
    const old = this.documents.get(id)
    if (old === undefined) return
    const kept = Object.entries(old).filter(([name]) => !remove.some((removed) => removed === name))
    this.set(id, {
      ...Object.fromEntries(kept),
      ...Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined))
    })
  }

  private matching(year: number): ReadonlyArray<string> {
    return [...this.documents].filter(([, fields]) => fields.year === year).map(([id]) => id)
  }

  apply(step: Step): void {
    switch (step.does) {
      case "upsert":
        for (const { _id, ...fields } of step.documents) this.set(_id, fields)
        this.has = true
        return
      case "update":
        return this.change(step.id, step.set, step.remove)
      case "updateMatching":
        for (const id of this.matching(step.year)) this.change(id, step.set, step.remove)
        return
      case "delete":
        for (const id of step.ids) this.documents.delete(id)
        return
      case "deleteMatching":
        for (const id of this.matching(step.year)) this.documents.delete(id)
        return
      case "deleteAll":
        return this.documents.clear()
    }
  }
}

const request = (step: Step): readonly [operation: string, body: object] => {
  switch (step.does) {
    case "upsert":
      return ["upsert", { documents: step.documents }]
    case "update":
      return ["update", { documents: [{ _id: step.id, ...step.set, _remove_fields: step.remove }] }]
    case "updateMatching":
      return ["update", { filter: { year: step.year }, set_fields: step.set, remove_fields: step.remove }]
    case "delete":
      return ["delete", { ids: step.ids }]
    case "deleteMatching":
      return ["delete", { filter: { year: step.year } }]
    case "deleteAll":
      return ["delete", { delete_all: true }]
  }
}

const histories = (): fc.Arbitrary<ReadonlyArray<Step>> => {
  const text = fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 8 }).map((all) => all.join(" "))
  const maybe = <A>(arbitrary: fc.Arbitrary<A>) => fc.option(arbitrary, { nil: undefined })
  const year = fc.integer({ min: 1, max: 3 })
  const vector = fc.tuple(
    fc.integer({ min: 1, max: 3 }),
    fc.integer({ min: -2, max: 2 }),
    fc.integer({ min: -2, max: 2 })
  )
  const id = fc.integer({ min: 0, max: 11 }).map((n) => `d${n}`)
  const fields: fc.Arbitrary<Fields> = fc.record({
    title: maybe(text),
    body: maybe(text),
    vector: maybe(vector),
    year: maybe(year)
  })
  const document = fc.tuple(id, fields, text).map(([_id, fields, title]) => ({
    ...fields,
    title: fields.title ?? title,
    _id
  }))
  /** Some fields to set, and others to remove. */
  const change = fc.tuple(fields, fc.subarray(["title", "body", "vector", "year"] as const)).map(([set, remove]) => ({
    set: { ...set, year: set.year ?? 2 },
    remove: remove.filter((name) => name !== "year" && set[name] === undefined)
  }))
  const upsert: fc.Arbitrary<Step> = fc.array(document, { minLength: 1, maxLength: 6 })
    .map((documents) => ({ does: "upsert", documents }))
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 4, arbitrary: upsert },
    { weight: 2, arbitrary: fc.tuple(id, change).map(([id, change]): Step => ({ does: "update", id, ...change })) },
    {
      weight: 2,
      arbitrary: fc.tuple(year, change).map(([year, change]): Step => ({ does: "updateMatching", year, ...change }))
    },
    {
      weight: 2,
      arbitrary: fc.array(id, { minLength: 1, maxLength: 4 }).map((ids): Step => ({ does: "delete", ids }))
    },
    { weight: 1, arbitrary: year.map((year): Step => ({ does: "deleteMatching", year })) },
    { weight: 1, arbitrary: fc.constant<Step>({ does: "deleteAll" }) }
  )
  return fc.tuple(upsert, fc.array(step, { maxLength: 15 })).map(([first, rest]) => [first, ...rest])
}

type Predicate = (fields: Fields) => boolean

const has = (text: string | undefined, ...of: ReadonlyArray<string>) =>
  (text ?? "").split(" ").some((word) => of.includes(word))

/** Filters, each with what it means. The body is stemmed, and the title is not. */
const filters: ReadonlyArray<readonly [filter: object | undefined, accepts: Predicate]> = [
  [undefined, () => true],
  [{ year: { $gte: 2 } }, ({ year }) => year !== undefined && year >= 2],
  [{ title: { $match_any: "Green coffee" } }, ({ title }) => has(title, "green", "coffee")],
  [{ body: { $match_all: "brewing" } }, ({ body }) => has(body, "brew", "brewing")],
  [{ $not: { title: { $match_phrase: "green tea" } } }, ({ title }) => !` ${title ?? ""} `.includes(" green tea ")]
]

const cosine = (a: ReadonlyArray<number>, b: ReadonlyArray<number>): number => {
  const dot = (x: ReadonlyArray<number>, y: ReadonlyArray<number>) =>
    x.reduce((sum, value, i) => sum + value * y[i]!, 0)
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
}

/** Holds what an index answers against the plain search of the same documents. */
const agrees = (index: DocumentIndex, model: Model) =>
  Effect.gen(function*() {
    const analysers = {
      title: yield* analyser.load(analyser.defaults),
      body: yield* analyser.load({ language: "en", stemming: true, stopWords: false })
    }
    const plain = new PlainIndex(analysers)
    const all = [...model.documents]
    for (const [slot, [, { body, title }]] of all.entries()) plain.write(slot, { title, body }, slot)
    const searches = [
      [
        { type: "text", fields: ["title", "body"], query: "green tea brew" },
        queryTree.words("green tea brew", ["title", "body"])
      ],
      [{ type: "query_string", query: "title:(tea)" }, queryTree.term("tea", { field: "title" })],
      [{ type: "text", fields: ["body"], query: "brews" }, queryTree.words("brews", ["body"])]
    ] as const
    for (const [filter, accepts] of filters) {
      const search = (clause: object) =>
        Effect.map(
          said(200)(
            index.documents("search", { score_by: [clause], top_k: 5, ...(filter === undefined ? {} : { filter }) })
          ),
          ({ matches }): ReadonlyArray<{ readonly _id: string; readonly _score: number }> => matches
        )
      const same = (clause: object, found: ReadonlyArray<any>, expected: ReadonlyArray<readonly [string, number]>) => {
        const shown = JSON.stringify([clause, filter, found, expected])
        assert.deepStrictEqual(found.map(({ _id }) => _id), expected.map(([id]) => id), shown)
        for (const [i, [, score]] of expected.entries()) assert.approximately(found[i]._score, score, 1e-5, shown)
      }
      for (const [clause, query] of searches) {
        const expected = plain.search([query], 5, (slot) => accepts(all[slot]![1]))
        same(clause, yield* search(clause), expected.map(({ score, slot }) => [all[slot]![0], score] as const))
      }
      const clause = { type: "dense_vector", field: "vector", values: [1, 2, -1] }
      const scored = all
        .flatMap(([id, { vector, ...fields }]) =>
          vector !== undefined && accepts(fields) ? [[id, cosine(vector, [1, 2, -1])] as const] : []
        )
        .sort(([, a], [, b]) => b - a)
      const found = yield* search(clause)
      assert.strictEqual(found.length, Math.min(5, scored.length))
      for (const [i, { _score }] of found.entries()) assert.approximately(_score, scored[i]![1], 1e-5)
    }
    const { documents } = yield* said(200)(index.documents("fetch", { filter: { none: { $exists: false } } }))
    assert.deepStrictEqual(documents, Object.fromEntries(all.map(([_id, fields]) => [_id, { _id, ...fields }])))
  })

const does = (index: DocumentIndex, step: Step) => {
  const [operation, body] = request(step)
  return said(202)(index.documents(operation, body))
}

const on = <A, E>(
  options: PineconeLocal.Options,
  effect: Effect.Effect<A, E, HttpClient.HttpClient>
) => Effect.provide(effect, PineconeLocal.layerHttpClient(options))

const again = ({ name }: DocumentIndex) =>
  Effect.map(said(200)(ask("GET", `/indexes/${name}`, { version })), ({ host }) => indexAt(name, host))

describe("documents over time", () => {
  it.scoped.prop(
    "after any history of writes, and after a restart, a search finds what the plain search does",
    { history: histories() },
    ({ history }) =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const data = yield* fs.makeTempDirectoryScoped({ prefix: "documents-" })
        const model = new Model()
        const index = yield* on(
          { data },
          Effect.gen(function*() {
            const index = yield* documentIndex()
            for (const [i, step] of history.entries()) {
              yield* does(index, step)
              model.apply(step)
              if (i % 4 === 3) yield* agrees(index, model)
            }
            yield* agrees(index, model)
            return index
          })
        )
        yield* on(
          { data },
          Effect.gen(function*() {
            const restarted = yield* again(index)
            yield* agrees(restarted, model)
            const step: Step = { does: "upsert", documents: [{ _id: "d1", title: "green tea", vector: [1, 1, 1] }] }
            yield* does(restarted, step)
            model.apply(step)
            yield* agrees(restarted, model)
          })
        )
      }).pipe(Effect.provide(NodeContext.layer)),
    { fastCheck: { numRuns: 6 } }
  )

  it.effect("words are found when their document is seen by the other reads, and not before", () =>
    on(
      { indexingDelay: "2 seconds" },
      Effect.gen(function*() {
        const index = yield* documentIndex()
        yield* said(202)(index.documents("upsert", { documents: [{ _id: "a", title: "tea" }] }))
        const seen = Effect.gen(function*() {
          const found = yield* said(200)(
            index.documents("search", { score_by: [{ type: "query_string", query: "tea" }], top_k: 1 })
          )
          const fetched = yield* said(200)(index.documents("fetch", { ids: ["a"] }))
          return [found.matches.length, Object.keys(fetched.documents).length]
        })
        assert.deepStrictEqual(yield* seen, [0, 0])
        yield* TestClock.adjust("2 seconds")
        assert.deepStrictEqual(yield* seen, [1, 1])
        yield* said(202)(index.documents("update", { documents: [{ _id: "a", title: "coffee" }] }))
        assert.deepStrictEqual(yield* seen, [1, 1])
        yield* TestClock.adjust("2 seconds")
        assert.deepStrictEqual(yield* seen, [0, 1])
      })
    ))

  it.effect("namespaces whose texts do not fit into memory together are searched in turn", () =>
    on(
      { memoryLimit: 2 * 2 ** 20 },
      Effect.gen(function*() {
        const index = yield* documentIndex({ title: articles.title })
        const namespaces = ["one", "two", "three", "four", "five", "six"]
        for (const namespace of namespaces) {
          const documents = Array.from({ length: 300 }, (_, i) => ({
            _id: `${i}`,
            title: `${namespace} ${Array.from({ length: 100 }, (_, j) => `word${(i * 7 + j * 13) % 500}`).join(" ")}`
          }))
          yield* said(202)(index.documents("upsert", { documents }, namespace))
        }
        for (const namespace of [...namespaces, ...namespaces]) {
          const clause = { type: "text", fields: ["title"], query: namespace }
          const { matches } = yield* said(200)(
            index.documents("search", { score_by: [clause], top_k: 1000 }, namespace)
          )
          assert.lengthOf(matches, 300)
        }
      })
    ))
})
