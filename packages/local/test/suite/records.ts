import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import { PineconeHttpClient } from "@effect-pinecone/http/PineconeHttpClient"
import * as Filter from "@effect-pinecone/schema/Filter"
import type { WithMetadata } from "@effect-pinecone/schema/VectorRecord"
import { assert, layer } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"
import { FastCheck } from "../../../../scripts/testing/properties.js"
import type { Environment } from "../utils/pinecone.js"
import { collect, createIndex, failure, freshIndex } from "../utils/pinecone.js"

const Film = Schema.Struct({
  genre: Schema.String,
  year: Schema.Int,
  seen: Schema.Boolean,
  tags: Schema.optional(Schema.Array(Schema.String))
})

const films: ReadonlyArray<WithMetadata<typeof Film.Type>> = [
  { id: "a", values: [1, 0, 0], metadata: { genre: "comedy", year: 1999, seen: true, tags: ["short", "classic"] } },
  { id: "b", values: [0.8, 0.6, 0], metadata: { genre: "drama", year: 2001, seen: false } },
  { id: "c", values: [0, 1, 0], metadata: { genre: "comedy", year: 2010, seen: false, tags: ["long"] } },
  { id: "d", values: [0, 0, 1], metadata: { genre: "horror", year: 2020, seen: true, tags: [] } }
]

const filmIndex = Effect.gen(function*() {
  const { name } = yield* createIndex()
  const index = yield* VectorIndex.makeTyped({ name, metadata: Film })
  yield* index.upsert(films)
  return index
})

const idsOf = (result: { readonly matches: ReadonlyArray<{ readonly id: string }> }) =>
  result.matches.map(({ id }) => id)

const near = (actual: ReadonlyArray<number>, expected: ReadonlyArray<number>) => {
  assert.strictEqual(actual.length, expected.length)
  actual.forEach((score, i) => assert.closeTo(score, expected[i]!, 1e-6))
}

const oddIds = [
  "__proto__",
  "constructor",
  "toString",
  "a/b?c#d&e=f",
  "a b+c%20d",
  "..",
  "\"quoted\\\"",
  "\n\t"
]

/** What the data plane does with records, on any server. */
export const recordsSuite = <E>(server: string, environment: Layer.Layer<Environment, E>) =>
  layer(environment, { excludeTestServices: true })(`records, ${server}`, (it) => {
    it.effect("gives back what was written", () =>
      Effect.gen(function*() {
        const index = yield* freshIndex()
        const metadata = {
          text: "ä\u2028\"\\\n😀",
          number: -1.5e-7,
          flag: false,
          list: ["x", ""],
          "odd.key $": 1,
          __proto: 2
        }
        const written = yield* index.upsert([
          { id: "a", values: [0.1, -2.5, 3e38], metadata },
          { id: "b", values: new Float32Array([1, 2, 3]) }
        ])
        assert.strictEqual(written.upsertedCount, 2)
        const { namespace, records } = yield* index.fetch(["a", "b", "nobody", "a"])
        assert.strictEqual(namespace, "")
        assert.deepStrictEqual([...records.keys()].sort(), ["a", "b"])
        assert.deepStrictEqual(records.get("a"), {
          id: "a",
          values: Float32Array.from([0.1, -2.5, 3e38]),
          sparseValues: undefined,
          metadata
        })
        assert.deepStrictEqual(records.get("b")?.values, new Float32Array([1, 2, 3]))
        assert.deepStrictEqual(records.get("b")?.metadata, {})
      }))

    it.effect("takes a Chunk of records", () =>
      Effect.gen(function*() {
        const index = yield* freshIndex()
        const { upsertedCount } = yield* index.upsert(Chunk.make({ id: "a", values: [1, 2, 3] }))
        assert.strictEqual(upsertedCount, 1)
        assert.deepStrictEqual((yield* index.list()).ids, ["a"])
      }))

    it.effect("keeps every 32-bit float, bit for bit", () =>
      Effect.gen(function*() {
        const index = yield* freshIndex()
        const runtime = yield* Effect.runtime<never>()
        // What is below 1e-8 counts as zero, and a vector of zeros is refused.
        const vector = FastCheck.float32Array({ minLength: 3, maxLength: 3, noNaN: true, noDefaultInfinity: true })
          .filter((values) => values.some((value) => Math.abs(value) > 1e-7))
        yield* Effect.promise(() =>
          FastCheck.assert(
            FastCheck.asyncProperty(FastCheck.array(vector, { minLength: 1, maxLength: 5 }), (vectors) =>
              Runtime.runPromise(runtime)(Effect.gen(function*() {
                yield* index.upsert(vectors.map((values, i) => ({ id: String(i), values })))
                const { records } = yield* index.fetch(vectors.map((_, i) => String(i)))
                vectors.forEach((values, i) =>
                  assert.deepStrictEqual(
                    new Uint32Array(records.get(String(i))!.values!.slice().buffer),
                    new Uint32Array(values.slice().buffer)
                  )
                )
              }))),
            { numRuns: 30 }
          )
        )
      }))

    it.effect("writes 0.4 as 0.4 in the answer", () =>
      Effect.gen(function*() {
        const http = yield* PineconeHttpClient
        const { host, name } = yield* createIndex()
        const index = yield* VectorIndex.make({ name })
        yield* index.upsert([{ id: "a", values: [0.4, 16777216, 1e-10] }])
        const body = new TextEncoder().encode(JSON.stringify({ id: "a", topK: 1, includeValues: true }))
        // The numbers as they stand there: those of a 32-bit float in full would be others.
        const Found = Schema.Struct({ matches: Schema.Tuple(Schema.Struct({ values: Schema.Array(Schema.Number) })) })
        const [{ matches: [{ values }] }] = yield* http.post({ operation: "query" }, `${host}/query`, body, Found)
        assert.deepStrictEqual(values, [0.4, 16777216, 1e-10])
      }))

    it.effect("replaces a record as a whole", () =>
      Effect.gen(function*() {
        const index = yield* freshIndex()
        yield* index.upsert([{ id: "a", values: [1, 0, 0], metadata: { old: true } }])
        yield* index.upsert([{ id: "a", values: [0, 1, 0] }])
        const { records } = yield* index.fetch(["a"])
        assert.deepStrictEqual(records.get("a")?.values, new Float32Array([0, 1, 0]))
        assert.deepStrictEqual(records.get("a")?.metadata, {})
      }))

    it.effect("takes the last of several records with one id", () =>
      Effect.gen(function*() {
        const index = yield* freshIndex()
        yield* index.upsert([
          { id: "a", values: [1, 0, 0], metadata: { n: 1 } },
          { id: "b", values: [1, 0, 0], metadata: { n: 2 } },
          { id: "a", values: [0, 0, 1], metadata: { n: 3 } }
        ])
        const { records } = yield* index.fetch(["a", "b"])
        assert.deepStrictEqual(records.get("a")?.metadata, { n: 3 })
        assert.deepStrictEqual(records.get("a")?.values, new Float32Array([0, 0, 1]))
        assert.strictEqual((yield* index.describeIndexStats()).totalVectorCount, 2)
      }))

    it.effect("takes any text as an id", () =>
      Effect.gen(function*() {
        const index = yield* freshIndex()
        yield* index.upsert(oddIds.map((id, i) => ({ id, values: [i + 1, 1, 1], metadata: { id } })))
        const { records } = yield* index.fetch(oddIds)
        assert.deepStrictEqual([...records.keys()].sort(), [...oddIds].sort())
        for (const id of oddIds) assert.deepStrictEqual(records.get(id)?.metadata, { id })
        assert.deepStrictEqual([...(yield* collect(index.listStream({ limit: 2 })))].sort(), [...oddIds].sort())
        for (const id of oddIds) {
          const own = yield* index.query({ id, topK: 1, filter: Filter.eq("id", id) })
          assert.deepStrictEqual(idsOf(own), [id])
          yield* index.update({ id, setMetadata: { updated: true } })
        }
        const updated = yield* collect(index.fetchByMetadataStream({ filter: Filter.eq("updated", true), limit: 3 }))
        assert.strictEqual(updated.length, oddIds.length)
        yield* index.delete({ ids: ["__proto__", "a/b?c#d&e=f"] })
        const left = oddIds.filter((id) => id !== "__proto__" && id !== "a/b?c#d&e=f")
        assert.deepStrictEqual([...(yield* index.list()).ids].sort(), [...left].sort())
      }))

    it.effect("finds by cosine, the most similar first", () =>
      Effect.gen(function*() {
        const index = yield* filmIndex
        const { matches, namespace, usage } = yield* index.query({ vector: [2, 0, 0], topK: 3 })
        assert.deepStrictEqual(matches.map(({ id }) => id), ["a", "b", "c"])
        near(matches.map(({ score }) => score), [1, 0.8, 0])
        assert.strictEqual(namespace, "")
        assert.isAtLeast(usage?.readUnits ?? 0, 1)
      }))

    it.effect("finds by dotproduct, the largest first", () =>
      Effect.gen(function*() {
        const index = yield* freshIndex({ metric: "dotproduct", dimension: 2 })
        yield* index.upsert([
          { id: "small", values: [1, 1] },
          { id: "large", values: [10, 1] },
          { id: "negative", values: [-3, 1] }
        ])
        const { matches } = yield* index.query({ vector: [2, 0], topK: 10 })
        assert.deepStrictEqual(matches.map(({ id }) => id), ["large", "small", "negative"])
        near(matches.map(({ score }) => score), [20, 2, -6])
      }))

    it.effect("finds by euclidean, the squared distances ascending", () =>
      Effect.gen(function*() {
        const index = yield* freshIndex({ metric: "euclidean", dimension: 2 })
        yield* index.upsert([{ id: "far", values: [5, 0] }, { id: "here", values: [1, 0] }, {
          id: "near",
          values: [1, 2]
        }])
        const { matches } = yield* index.query({ vector: [1, 0], topK: 10 })
        assert.deepStrictEqual(matches.map(({ id }) => id), ["here", "near", "far"])
        near(matches.map(({ score }) => score), [0, 4, 16])
      }))

    it.effect("gives values and metadata only where they are asked for", () =>
      Effect.gen(function*() {
        const index = yield* filmIndex
        const bare = (yield* index.query({ vector: [1, 0, 0], topK: 1 })).matches[0]!
        assert.isUndefined(bare.values)
        assert.isUndefined(bare.metadata)
        const full = (yield* index.query({ vector: [1, 0, 0], topK: 1, includeValues: true, includeMetadata: true }))
          .matches[0]!
        assert.deepStrictEqual(full.values, new Float32Array([1, 0, 0]))
        assert.deepStrictEqual(full.metadata, films[0]!.metadata)
      }))

    it.effect("finds by the vector of a record, itself first, and nothing for one that is not there", () =>
      Effect.gen(function*() {
        const index = yield* filmIndex
        assert.deepStrictEqual(idsOf(yield* index.query({ id: "b", topK: 2 })), ["b", "a"])
        assert.deepStrictEqual(idsOf(yield* index.query({ id: "nobody", topK: 2 })), [])
        assert.deepStrictEqual(idsOf(yield* index.query({ id: "b", topK: 2, namespace: "empty" })), [])
      }))

    it.effect("finds by the vector of a record what a filter matches, be it itself or not", () =>
      Effect.gen(function*() {
        const index = yield* filmIndex
        assert.deepStrictEqual(idsOf(yield* index.query({ id: "b", topK: 4, filter: Filter.eq("genre", "comedy") })), [
          "a",
          "c"
        ])
        assert.deepStrictEqual(idsOf(yield* index.query({ id: "b", topK: 4, filter: Filter.eq("genre", "drama") })), [
          "b"
        ])
      }))

    it.effect("finds the same as a comparison with every record", () =>
      Effect.gen(function*() {
        const { name } = yield* createIndex({ metric: "dotproduct" })
        const index = yield* VectorIndex.make({ name })
        const runtime = yield* Effect.runtime<never>()
        // Whole numbers, so that scores are exact.
        const vector = FastCheck.tuple(
          FastCheck.integer({ min: -9, max: 9 }),
          FastCheck.integer({ min: -9, max: 9 }),
          FastCheck.integer({ min: -9, max: 9 })
        )
        // A vector of zeros is refused, and may be asked with.
        const stored = vector.filter((values) => values.some((value) => value !== 0))
        const cases = FastCheck.record({
          vectors: FastCheck.array(stored, { minLength: 1, maxLength: 20 }),
          query: vector,
          topK: FastCheck.integer({ min: 1, max: 25 })
        })
        let run = 0
        yield* Effect.promise(() =>
          FastCheck.assert(
            FastCheck.asyncProperty(cases, ({ query, topK, vectors }) =>
              Runtime.runPromise(runtime)(Effect.gen(function*() {
                const namespace = String(run++)
                yield* index.upsert(vectors.map((values, i) => ({ id: String(i), values })), { namespace })
                const { matches } = yield* index.query({ vector: query, topK, namespace })
                const score = (values: ReadonlyArray<number>) =>
                  values.reduce((sum, value, i) => sum + value * query[i]!, 0)
                assert.deepStrictEqual(
                  matches.map((match) => match.score),
                  vectors.map((values) => score(values) + 0).sort((a, b) => b - a).slice(0, topK)
                )
                for (const match of matches) assert.strictEqual(match.score, score(vectors[Number(match.id)]!) + 0)
                assert.strictEqual(new Set(matches.map(({ id }) => id)).size, matches.length)
              }))),
            { numRuns: 25 }
          )
        )
      }))

    it.effect("finds by sparse vectors on a sparse index", () =>
      Effect.gen(function*() {
        const index = yield* freshIndex({ vectorType: "sparse" })
        yield* index.upsert([
          { id: "a", sparseValues: { indices: [4294967295, 3], values: [2, 1] } },
          { id: "b", sparseValues: { indices: new Uint32Array([3]), values: new Float32Array([5]) } },
          { id: "c", sparseValues: { indices: [8], values: [9] } }
        ])
        const { matches } = yield* index.query({
          sparseVector: { indices: [3, 4294967295], values: [1, 10] },
          topK: 2,
          includeValues: true
        })
        assert.deepStrictEqual(matches.map(({ id, score }) => [id, score]), [["a", 21], ["b", 5]])
        assert.deepStrictEqual(matches[1]!.sparseValues, {
          indices: new Uint32Array([3]),
          values: new Float32Array([5])
        })
        assert.deepStrictEqual(idsOf(yield* index.query({ id: "c", topK: 1 })), ["c"])
        // What shares nothing with the query is no match.
        assert.deepStrictEqual(
          idsOf(yield* index.query({ sparseVector: { indices: [8], values: [1] }, topK: 10 })),
          ["c"]
        )
        assert.deepStrictEqual(
          idsOf(yield* index.query({ sparseVector: { indices: [77], values: [1] }, topK: 10 })),
          []
        )
        const stats = yield* index.describeIndexStats()
        assert.strictEqual(stats.vectorType, "sparse")
        assert.isUndefined(stats.dimension)
      }))

    it.effect("does not find by a sparse vector alone on a dense index", () =>
      Effect.gen(function*() {
        const sparseVector = { indices: [3], values: [2] }
        for (const metric of ["dotproduct", "cosine"] as const) {
          const index = yield* freshIndex({ metric })
          yield* index.upsert([{ id: "a", values: [1, 2, 3] }])
          const error = yield* failure("PineconeInvalidRequest")(index.query({ sparseVector, topK: 5 }))
          assert.strictEqual(error.status, 400)
          const inText = yield* failure("PineconeInvalidRequest")(index.searchRecords({ sparseVector, topK: 5 }))
          assert.strictEqual(inText.status, 400)
        }
      }))

    it.effect("refuses an empty filter where it would write to every record, or read all", () =>
      Effect.gen(function*() {
        const index = yield* filmIndex
        for (const filter of [Filter.raw({}), Filter.and(Filter.raw({})), Filter.raw({ $or: [{ a: 1 }, {}] })]) {
          const refused = [
            yield* failure("PineconeInvalidRequest")(index.delete({ filter })),
            yield* failure("PineconeInvalidRequest")(index.updateByMetadata({ filter, setMetadata: { seen: true } })),
            yield* failure("PineconeInvalidRequest")(index.fetchByMetadata({ filter }))
          ]
          for (const { attempts, field } of refused) assert.deepStrictEqual([field, attempts], ["filter", 0])
          assert.strictEqual((yield* index.query({ vector: [1, 0, 0], topK: 10, filter })).matches.length, 4)
        }
        assert.strictEqual((yield* index.describeIndexStats()).totalVectorCount, 4)
      }))

    it.effect("finds by the sum of both vectors on a dotproduct index", () =>
      Effect.gen(function*() {
        const index = yield* freshIndex({ metric: "dotproduct", dimension: 2 })
        yield* index.upsert([
          { id: "dense", values: [3, 0] },
          { id: "both", values: [2, 0], sparseValues: { indices: [7], values: [4] } },
          { id: "none", values: [0, 1] }
        ])
        const hybrid = yield* index.query({
          vector: [1, 0],
          sparseVector: { indices: [7], values: [0.5] },
          topK: 3
        })
        assert.deepStrictEqual(hybrid.matches.map(({ id, score }) => [id, score]), [["both", 4], ["dense", 3], [
          "none",
          0
        ]])
        const dense = yield* index.query({ vector: [1, 0], topK: 3 })
        assert.deepStrictEqual(dense.matches.map(({ id, score }) => [id, score]), [["dense", 3], ["both", 2], [
          "none",
          0
        ]])
        const byId = yield* index.query({ id: "both", topK: 1 })
        assert.deepStrictEqual(byId.matches.map(({ id, score }) => [id, score]), [["both", 20]])
      }))

    it.effect("keeps sparse values on an index of another metric, and does not search by them", () =>
      Effect.gen(function*() {
        const sparseValues = { indices: [1], values: [1] }
        for (const metric of ["cosine", "euclidean"] as const) {
          const index = yield* freshIndex({ metric })
          yield* index.upsert([{ id: "a", values: [1, 2, 3], sparseValues }, { id: "b", values: [1, 2, 3] }])
          yield* index.update({ id: "b", sparseValues: { indices: [7], values: [2] } })
          const { records } = yield* index.fetch(["a", "b"])
          assert.deepStrictEqual(records.get("a")?.sparseValues?.indices, Uint32Array.of(1))
          assert.deepStrictEqual(records.get("b")?.sparseValues?.indices, Uint32Array.of(7))
          assert.deepStrictEqual(idsOf(yield* index.query({ id: "a", topK: 1 })), ["a"])
          const error = yield* failure("PineconeInvalidRequest")(
            index.query({ vector: [1, 2, 3], sparseVector: sparseValues, topK: 1 })
          )
          assert.strictEqual(error.status, 400)
          assert.include(
            error.message,
            "Index configuration does not support sparse values - only indexes that are sparse or using dotproduct are supported"
          )
        }
      }))

    it.effect("filters by every operator, in every operation that takes a filter", () =>
      Effect.gen(function*() {
        const index = yield* filmIndex
        const cases = [
          [Filter.eq("genre", "comedy"), ["a", "c"]],
          [Filter.ne("genre", "comedy"), ["b", "d"]],
          [Filter.gt("year", 2001), ["c", "d"]],
          [Filter.gte("year", 2001), ["b", "c", "d"]],
          [Filter.lt("year", 2001), ["a"]],
          [Filter.lte("year", 2001), ["a", "b"]],
          [Filter.isIn("year", [1999, 2020, 3000]), ["a", "d"]],
          [Filter.notIn("year", [1999, 2020]), ["b", "c"]],
          [Filter.isIn("genre", []), []],
          [Filter.eq("seen", true), ["a", "d"]],
          [Filter.eq("tags", "classic"), ["a"]],
          [Filter.isIn("tags", ["long", "short"]), ["a", "c"]],
          [Filter.notIn("tags", ["long"]), ["a", "b", "d"]],
          [Filter.exists("tags"), ["a", "c", "d"]],
          [Filter.exists("tags", false), ["b"]],
          [Filter.and(Filter.eq("genre", "comedy"), Filter.gt("year", 2000)), ["c"]],
          [Filter.or(Filter.eq("genre", "horror"), Filter.lt("year", 2000)), ["a", "d"]],
          [
            Filter.and(Filter.or(Filter.eq("genre", "comedy"), Filter.eq("genre", "drama")), Filter.eq("seen", false)),
            ["b", "c"]
          ],
          [Filter.raw({ genre: "comedy", year: { $gt: 2000, $lt: 2011 } }), ["c"]]
        ] as const
        for (const [filter, expected] of cases) {
          const shown = JSON.stringify(filter)
          const found = yield* index.query({ vector: [1, 1, 1], topK: 10, filter, includeMetadata: true })
          assert.deepStrictEqual(idsOf(found).sort(), [...expected], `query ${shown}`)
          for (const { id, metadata } of found.matches) {
            assert.deepStrictEqual(metadata, films.find((film) => film.id === id)!.metadata)
          }
          const { records } = yield* index.fetchByMetadata({ filter })
          assert.deepStrictEqual([...records.keys()].sort(), [...expected], `fetch ${shown}`)
          const { matchedRecords } = yield* index.updateByMetadata({
            filter,
            setMetadata: { seen: true },
            dryRun: true
          })
          assert.strictEqual(matchedRecords, expected.length, `update ${shown}`)
          const copy = index.namespace(`copy ${shown}`.replaceAll(/[^ -~]/g, "?"))
          yield* copy.upsert(films)
          yield* copy.delete({ filter })
          assert.deepStrictEqual(
            (yield* copy.list()).ids,
            ["a", "b", "c", "d"].filter((id) => !(expected as ReadonlyArray<string>).includes(id)),
            `delete ${shown}`
          )
        }
      }), 20_000)

    it.effect("refuses a filter that has no meaning, and says where", () =>
      Effect.gen(function*() {
        const index = yield* freshIndex()
        const error = yield* failure("PineconeInvalidRequest")(
          index.query({ vector: [1, 2, 3], topK: 1, filter: Filter.raw({ year: { $near: 3 } }) })
        )
        assert.strictEqual(error.attempts, 0)
        assert.strictEqual(error.field, "filter.year.$near")
      }))

    it.effect("fetches by metadata page by page", () =>
      Effect.gen(function*() {
        const index = yield* freshIndex()
        const ids = Array.from({ length: 25 }, (_, i) => `id-${String(i).padStart(2, "0")}`)
        yield* index.upsert(ids.map((id, i) => ({ id, values: [1, 2, 3], metadata: { even: i % 2 === 0 } })))
        const filter = Filter.eq("even", true)
        const first = yield* index.fetchByMetadata({ filter, limit: 10 })
        assert.strictEqual(first.records.size, 10)
        const second = yield* index.fetchByMetadata({ filter, limit: 10, paginationToken: first.next })
        assert.strictEqual(second.records.size, 3)
        assert.isUndefined(second.next)
        const even = ids.filter((_, i) => i % 2 === 0)
        assert.deepStrictEqual([...first.records.keys(), ...second.records.keys()], even)
        for (const limit of [1, 12, 13, 14]) {
          const all = yield* collect(index.fetchByMetadataStream({ filter, limit }))
          assert.deepStrictEqual(all.map(({ id }) => id), even, `limit ${limit}`)
          assert.deepStrictEqual(all[0]!.values, new Float32Array([1, 2, 3]))
        }
        assert.deepStrictEqual(yield* collect(index.fetchByMetadataStream({ filter, namespace: "empty" })), [])
      }))

    it.effect("changes only what an update names", () =>
      Effect.gen(function*() {
        const index = yield* freshIndex({ metric: "dotproduct" })
        yield* index.upsert([{
          id: "a",
          values: [1, 2, 3],
          sparseValues: { indices: [1], values: [1] },
          metadata: { kept: "k", changed: 1, list: ["x", "y"] }
        }])
        yield* index.update({ id: "a", setMetadata: { changed: 2, added: true, list: ["z"] } })
        const merged = (yield* index.fetch(["a"])).records.get("a")!
        assert.deepStrictEqual(merged.metadata, { kept: "k", changed: 2, list: ["z"], added: true })
        assert.deepStrictEqual(merged.values, new Float32Array([1, 2, 3]))
        yield* index.update({ id: "a", values: [7, 8, 9] })
        yield* index.update({ id: "a", sparseValues: { indices: [5], values: [6] } })
        assert.deepStrictEqual((yield* index.fetch(["a"])).records.get("a"), {
          id: "a",
          values: new Float32Array([7, 8, 9]),
          sparseValues: { indices: new Uint32Array([5]), values: new Float32Array([6]) },
          metadata: merged.metadata
        })
      }))

    it.effect("updates nothing where there is no such record", () =>
      Effect.gen(function*() {
        const index = yield* freshIndex()
        yield* index.upsert([{ id: "a", values: [1, 2, 3] }])
        yield* index.update({ id: "b", setMetadata: { x: 1 } })
        yield* index.update({ id: "a", setMetadata: { x: 1 }, namespace: "nowhere" })
        assert.deepStrictEqual((yield* index.list()).ids, ["a"])
        assert.deepStrictEqual((yield* index.listNamespaces()).namespaces.map(({ name }) => name), ["__default__"])
      }))

    it.effect("updates by metadata, and with dryRun only counts", () =>
      Effect.gen(function*() {
        const index = yield* filmIndex
        const filter = Filter.eq("genre", "comedy")
        const dry = yield* index.updateByMetadata({ filter, setMetadata: { seen: true, genre: "fun" }, dryRun: true })
        assert.strictEqual(dry.matchedRecords, 2)
        assert.strictEqual((yield* index.fetchByMetadata({ filter })).records.size, 2)
        const wet = yield* index.updateByMetadata({ filter, setMetadata: { seen: true, genre: "fun" } })
        assert.strictEqual(wet.matchedRecords, 2)
        assert.isDefined(wet.lsn)
        const { records } = yield* index.fetchByMetadata({ filter: Filter.eq("genre", "fun") })
        assert.deepStrictEqual(records.get("a")?.metadata, { ...films[0]!.metadata!, genre: "fun", seen: true })
        assert.deepStrictEqual(records.get("c")?.metadata, { ...films[2]!.metadata!, genre: "fun", seen: true })
        assert.strictEqual((yield* index.updateByMetadata({ filter, setMetadata: { seen: false } })).matchedRecords, 0)
      }))

    it.effect("deletes by ids, those that are not there too", () =>
      Effect.gen(function*() {
        const index = yield* filmIndex
        yield* index.delete({ ids: ["a", "nobody", "c"] })
        assert.deepStrictEqual((yield* index.list()).ids, ["b", "d"])
        yield* index.delete({ ids: ["a"] })
        const nowhere = yield* failure("PineconeNotFound")(index.delete({ ids: ["a"], namespace: "nowhere" }))
        assert.include(nowhere.message, "Namespace not found")
        assert.deepStrictEqual((yield* index.listNamespaces()).namespaces.map(({ name }) => name), ["__default__"])
        assert.deepStrictEqual(idsOf(yield* index.query({ vector: [1, 0, 0], topK: 10 })), ["b", "d"])
      }))

    it.effect("deletes all of one namespace, which stays", () =>
      Effect.gen(function*() {
        const index = yield* filmIndex
        yield* index.upsert(films, { namespace: "other" })
        yield* index.delete({ deleteAll: true, namespace: "other" })
        const stats = yield* index.describeIndexStats()
        assert.deepStrictEqual(stats.namespaces, { "": { vectorCount: 4 }, other: { vectorCount: 0 } })
        yield* index.upsert([films[0]!], { namespace: "other" })
        assert.deepStrictEqual((yield* index.list({ namespace: "other" })).ids, ["a"])
      }))

    it.effect("lists ids in order, by prefix, page by page", () =>
      Effect.gen(function*() {
        const index = yield* freshIndex()
        const ids = ["b#1", "a#10", "a#2", "a#1", "~", "Z", " ", "\x7f"]
        yield* index.upsert(ids.map((id) => ({ id, values: [1, 2, 3] })))
        const sorted = [" ", "Z", "a#1", "a#10", "a#2", "b#1", "~", "\x7f"]
        assert.deepStrictEqual((yield* index.list()).ids, sorted)
        assert.deepStrictEqual((yield* index.list({ prefix: "a#" })).ids, ["a#1", "a#10", "a#2"])
        assert.deepStrictEqual((yield* index.list({ prefix: "none" })).ids, [])
        const first = yield* index.list({ prefix: "a#", limit: 2 })
        assert.deepStrictEqual(first.ids, ["a#1", "a#10"])
        const second = yield* index.list({ prefix: "a#", limit: 2, paginationToken: first.next })
        assert.deepStrictEqual([second.ids, second.next], [["a#2"], undefined])
        for (const limit of [1, 3, 8, 100]) {
          assert.deepStrictEqual(yield* collect(index.listStream({ limit })), sorted, `limit ${limit}`)
        }
        assert.deepStrictEqual(yield* collect(index.listStream({ prefix: "a#", limit: 1 })), ["a#1", "a#10", "a#2"])
        yield* index.delete({ ids: ["a#10"] })
        const after = yield* index.list({ prefix: "a#", limit: 2, paginationToken: first.next })
        assert.deepStrictEqual(after.ids, ["a#2"], "the entry of the token may be gone")
      }))

    it.effect("counts, and takes a filter only on pods", () =>
      Effect.gen(function*() {
        const { name } = yield* createIndex({
          metric: "dotproduct",
          spec: { pod: { environment: "us-east1-gcp", podType: "p1.x1" } }
        })
        const pod = yield* VectorIndex.makeTyped({ name, metadata: Film })
        yield* pod.upsert(films)
        yield* pod.upsert([films[0]!], { namespace: "other" })
        const all = yield* pod.describeIndexStats()
        assert.deepStrictEqual(
          [all.totalVectorCount, all.dimension, all.metric, all.vectorType],
          [5, 3, "dotproduct", "dense"]
        )
        assert.deepStrictEqual(all.namespaces, { "": { vectorCount: 4 }, other: { vectorCount: 1 } })
        const some = yield* pod.describeIndexStats({ filter: Filter.gt("year", 2000) })
        assert.deepStrictEqual(some.namespaces, { "": { vectorCount: 3 }, other: { vectorCount: 0 } })
        assert.strictEqual(some.totalVectorCount, 3)
        const cloud = yield* filmIndex
        const error = yield* failure("PineconeInvalidRequest")(
          cloud.describeIndexStats({ filter: Filter.gt("year", 2000) })
        )
        assert.strictEqual(error.status, 400)
        assert.include(error.message, "do not support describing index stats with metadata filtering")
        assert.strictEqual((yield* cloud.describeIndexStats({ filter: Filter.raw({}) })).totalVectorCount, 4)
      }))

    it.effect("numbers writes, and tells a read how far it sees", () =>
      Effect.gen(function*() {
        const index = yield* freshIndex()
        const first = yield* index.upsert([{ id: "a", values: [1, 2, 3] }])
        const second = yield* index.upsert([{ id: "b", values: [1, 2, 3] }], { namespace: "other" })
        const third = yield* index.delete({ ids: ["a"] })
        assert.isBelow(first.lsn!, second.lsn!)
        assert.isBelow(second.lsn!, third.lsn!)
        const read = yield* index.query({ vector: [1, 2, 3], topK: 1, minLsn: third.lsn })
        assert.isAtLeast(read.lsn!, third.lsn!)
        assert.deepStrictEqual(read.matches, [])
        yield* index.waitForLsn(third.lsn!)
        assert.strictEqual((yield* index.fetch(["b"], { namespace: "other", minLsn: second.lsn })).records.size, 1)
      }))

    it.effect("reaches an index by its host too", () =>
      Effect.gen(function*() {
        const { host } = yield* createIndex()
        const index = yield* VectorIndex.make({ host, namespace: "bound" })
        yield* index.upsert([{ id: "a", values: [1, 2, 3] }])
        assert.deepStrictEqual((yield* index.namespace("").list()).ids, [])
        assert.deepStrictEqual((yield* index.list()).ids, ["a"])
        const error = yield* failure("PineconeInvalidRequest")(index.upsert([{ id: "a", values: [1, 2] }]))
        assert.strictEqual(error.status, 400)
        assert.include(error.message, "Vector dimension 2 does not match the dimension of the index 3")
      }))
  })
