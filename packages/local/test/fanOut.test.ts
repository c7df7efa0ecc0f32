/**
 * A query over many namespaces gives what one query over all their records in one namespace gives.
 */
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import * as Filter from "@effect-pinecone/schema/Filter"
import type { Metadata } from "@effect-pinecone/schema/Metadata"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { FastCheck as fc } from "../../../scripts/testing/properties.js"
import { createIndex, freshIndex, inProcess, withServices } from "./utils/pinecone.js"

const environment = Effect.provide(withServices(inProcess()))

type Kind = "dense" | "sparse" | "hybrid"

// Few different numbers, so that there are many records of equal scores.
const number = fc.integer({ min: -2, max: 2 })

const dense = fc.array(number, { minLength: 3, maxLength: 3 }).filter((values) => values.some((value) => value !== 0))

const sparse = fc.uniqueArray(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 4 }).map((indices) => ({
  indices,
  values: indices.map((index) => 1 + index % 2)
}))

const record = fc.record({ values: dense, sparse, year: fc.integer({ min: 2000, max: 2003 }) })

const example = fc.record({
  namespaces: fc.array(fc.array(record, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 5 }),
  query: record,
  topK: fc.integer({ min: 1, max: 50 }),
  filtered: fc.boolean(),
  asked: fc.nat()
})

const check = (kind: Kind, metric: "cosine" | "dotproduct" | "euclidean") =>
  Effect.gen(function*() {
    const index = yield* freshIndex({ metric, ...(kind === "sparse" ? { vectorType: "sparse" as const } : {}) })
    const examples = fc.sample(example, { numRuns: 40, seed: 11 })
    let run = 0
    for (const { asked, filtered, namespaces, query, topK } of examples) {
      run++
      const sets = namespaces.map((records, i) => ({
        namespace: `run-${run}-${i}`,
        records: records.map(({ sparse, values, year }, j) => ({
          id: `${i}-${j}`,
          values: kind === "sparse" ? undefined : values,
          sparseValues: kind === "dense" ? undefined : sparse,
          metadata: { year, namespace: i }
        }))
      }))
      for (const { namespace, records } of sets) yield* index.namespace(namespace).upsert(records)
      const union = index.namespace(`run-${run}`)
      yield* union.upsert(sets.flatMap(({ records }) => records))

      const options = {
        vector: kind === "sparse" ? undefined : query.values,
        sparseVector: kind === "dense" ? undefined : query.sparse,
        filter: filtered ? Filter.gte("year", 2001) : undefined,
        includeMetadata: true
      } as const
      // As the caller names them: in any order, and some twice.
      const names = sets.map(({ namespace }) => namespace)
      const order = [...names.slice(asked % names.length), ...names]
      const { failures, matches } = yield* index.queryNamespaces({ ...options, topK, namespaces: order })

      assert.deepStrictEqual(failures, [])
      const all = (yield* union.query({ ...options, topK: 100 })).matches
      assert.deepStrictEqual(
        matches.map(({ score }) => score),
        all.slice(0, topK).map(({ score }) => score)
      )
      const places = new Map<string, number>()
      for (const namespace of new Set(order)) {
        const own = yield* index.query({ ...options, namespace, topK: 100 })
        for (const { id } of own.matches) places.set(id, places.size)
      }
      const expected = [...all].sort((a, b) =>
        (metric === "euclidean" ? a.score - b.score : b.score - a.score) || places.get(a.id)! - places.get(b.id)!
      ).slice(0, topK)
      assert.deepStrictEqual(
        matches.map(({ id, metadata, namespace }) => ({ id, metadata, namespace })),
        expected.map(({ id, metadata }) => ({ id, metadata, namespace: `run-${run}-${id.split("-")[0]}` }))
      )
    }
  })

describe("a query over many namespaces equals one over their union", () => {
  it.effect.each<readonly [Kind, "cosine" | "dotproduct" | "euclidean"]>([
    ["dense", "cosine"],
    ["dense", "dotproduct"],
    ["dense", "euclidean"],
    ["sparse", "dotproduct"],
    ["hybrid", "dotproduct"]
  ])("%s, %s", ([kind, metric]) => check(kind, metric).pipe(environment))
})

describe("a query over many namespaces", () => {
  it.effect("asks all that the index has, the default one too, by name or by host", () =>
    Effect.gen(function*() {
      const { host, name } = yield* createIndex({ metric: "euclidean" })
      const byName = yield* VectorIndex.make({ name })
      const byHost = yield* VectorIndex.make({ host })
      const query = { vector: [1, 0, 0], topK: 2, namespaces: "all" } as const
      assert.deepStrictEqual((yield* byName.queryNamespaces(query)).matches, [])
      yield* byName.upsert([{ id: "0", values: [3, 0, 0] }])
      for (const [i, namespace] of ["a", "b"].entries()) {
        yield* byName.upsert([{ id: `${i + 1}`, values: [1, 0, i + 1] }], { namespace })
      }
      for (const index of [byName, byHost]) {
        const { matches, usage, usageByNamespace } = yield* index.queryNamespaces(query)
        assert.deepStrictEqual(matches.map(({ id, namespace, score }) => [namespace, id, score]), [
          ["a", "1", 1],
          ["__default__", "0", 4]
        ])
        const units = [...usageByNamespace.values()].map(({ readUnits = 0 }) => readUnits)
        assert.deepStrictEqual([...usageByNamespace.keys()].sort(), ["__default__", "a", "b"])
        assert.strictEqual(usage.readUnits, units.reduce((sum, units) => sum + units, 0))
      }
    }).pipe(environment))

  it.effect("decodes the metadata, and collects what does not fit", () =>
    Effect.gen(function*() {
      const { name } = yield* createIndex()
      const untyped = yield* VectorIndex.make({ name })
      const index = yield* VectorIndex.makeTyped({ name, metadata: Schema.Struct({ year: Schema.Int }) })
      yield* untyped.upsert([{ id: "1", values: [1, 0, 0], metadata: { year: 2000 } }], { namespace: "a" })
      yield* untyped.upsert([{ id: "2", values: [1, 0, 0], metadata: { year: "old" } }], { namespace: "b" })
      const query = { vector: [1, 0, 0], topK: 5, namespaces: Stream.make("a", "b"), includeMetadata: true } as const
      const error = yield* Effect.flip(index.queryNamespaces(query))
      assert.deepInclude(error, { _tag: "PineconeInvalidMetadata", recordId: "2", namespace: "b" })
      const { failures, matches } = yield* index.queryNamespaces({ ...query, onFailure: "collect" })
      assert.deepStrictEqual(matches.map(({ metadata, namespace }) => [namespace, metadata.year]), [["a", 2000]])
      assert.deepStrictEqual(failures.map(({ error, namespace }) => [namespace, error._tag]), [
        ["b", "PineconeInvalidMetadata"]
      ])
      const bare = yield* index.queryNamespaces({ ...query, includeMetadata: false })
      assert.deepStrictEqual(bare.matches.map(({ metadata }) => metadata), [undefined, undefined])
    }).pipe(environment))

  it.effect("refuses at once a vector that does not fit the index", () =>
    Effect.gen(function*() {
      const index = yield* freshIndex()
      const error = yield* Effect.flip(
        index.queryNamespaces({ vector: [1, 2], topK: 1, namespaces: ["a", "b"], onFailure: "collect" })
      )
      assert.deepInclude(error, { _tag: "PineconeInvalidRequest", attempts: 0 })
    }).pipe(environment))
})

describe("many queries", () => {
  it.effect("give what each gives alone", () =>
    Effect.gen(function*() {
      const index = yield* freshIndex()
      const records = Array.from({ length: 30 }, (_, i) => ({
        id: String(i),
        values: [1, i, i * i],
        metadata: { even: i % 2 === 0 }
      }))
      yield* index.upsert(records)
      const queries: Array<VectorIndex.QueryOptions<Metadata>> = [
        ...records.map(({ values }) => ({ vector: values, topK: 3 })),
        { id: "3", topK: 2 },
        { vector: [1, 1, 1], topK: 5, filter: Filter.eq("even", true) }
      ]
      const { results } = yield* index.queryMany(queries, { includeMetadata: true, concurrency: 5 })
      for (const [i, query] of queries.entries()) {
        const alone = yield* index.query({ ...query, includeMetadata: true })
        assert.deepStrictEqual(results[i]?.matches, alone.matches)
      }
    }).pipe(environment))
})
