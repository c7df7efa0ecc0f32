/**
 * Text records, through the SDK: written as texts, found by texts, with the fields that the Schema of the index says.
 */
import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import * as PineconeHttpClient from "@effect-pinecone/http/PineconeHttpClient"
import * as PineconeLocal from "@effect-pinecone/local/PineconeLocal"
import * as Filter from "@effect-pinecone/schema/Filter"
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"

const Fields = Schema.Struct({ text: Schema.String, topic: Schema.String, year: Schema.Int })

type Record = { readonly id: string; readonly fields: typeof Fields.Type }

const records: ReadonlyArray<Record> = [
  { id: "r1", fields: { text: "The cat sat on the mat and purred.", topic: "animals", year: 2020 } },
  { id: "r2", fields: { text: "A dog chased the ball across the park.", topic: "animals", year: 2021 } },
  { id: "r3", fields: { text: "The central bank raised its interest rates.", topic: "money", year: 2022 } },
  { id: "r4", fields: { text: "Stock markets fell after the announcement.", topic: "money", year: 2023 } },
  { id: "r5", fields: { text: "Knead the dough and bake the bread for an hour.", topic: "food", year: 2024 } }
]

const indexFor = (name: string, model: string) =>
  Effect.gen(function*() {
    const indexes = yield* Indexes.Indexes
    yield* indexes.createForModel({
      name,
      cloud: "aws",
      region: "us-east-1",
      embed: { model, fieldMap: { text: "text" } }
    })
    return yield* VectorIndex.makeTyped({ name, metadata: Fields })
  })

const dense = (name: string) => indexFor(name, "universal-sentence-encoder-lite")
const sparse = (name: string) => indexFor(name, "lexical-sparse-english")

const refusal = <A, R>(effect: Effect.Effect<A, PineconeError.PineconeError, R>) =>
  Effect.flip(effect).pipe(
    Effect.flatMap((error) =>
      error._tag === "PineconeInvalidRequest" || error._tag === "PineconeLimitExceeded"
        ? Effect.succeed(error)
        : Effect.dieMessage(`${error._tag}: ${error.message}`)
    )
  )

it.layer(Layer.orDie(Layer.provideMerge(Indexes.layer, PineconeLocal.layer())))((it) => {
  describe("a dense index", () => {
    it.effect("finds what is meant, with its fields", () =>
      Effect.gen(function*() {
        const index = yield* dense("meant")
        const { lsn, upsertedCount } = yield* index.upsertRecords(records)
        assert.strictEqual(upsertedCount, 5)
        const { hits, usage } = yield* index.searchRecords({
          text: "finance and monetary policy",
          topK: 2,
          minLsn: lsn
        })
        assert.sameMembers(hits.map(({ id }) => id), ["r3", "r4"])
        assert.isAtLeast(hits[0]!.score, hits[1]!.score)
        assert.deepStrictEqual(hits[0]!.fields, records.find(({ id }) => id === hits[0]!.id)!.fields)
        assert.isAbove(usage.embedTotalTokens ?? 0, 0)
        expectTypeOf(hits[0]!.fields).toEqualTypeOf<typeof Fields.Type>()
      }))

    it.effect("gives the fields that are asked for, and their types", () =>
      Effect.gen(function*() {
        const index = yield* dense("fields")
        yield* index.upsertRecords(Chunk.fromIterable(records))
        const { hits } = yield* index.searchRecords({ text: "baking", topK: 1, fields: ["topic", "year"] })
        assert.deepStrictEqual(hits.map(({ fields }) => fields), [{ topic: "food", year: 2024 }])
        expectTypeOf(hits[0]!.fields).toEqualTypeOf<Pick<typeof Fields.Type, "topic" | "year">>()
        const untyped = yield* VectorIndex.make({ name: "fields" })
        const any = yield* untyped.searchRecords({ text: "baking", topK: 1, fields: ["topic"] })
        assert.deepStrictEqual(any.hits.map(({ fields }) => fields), [{ topic: "food" }])
        // What every object has is no field of a record.
        const none = yield* untyped.searchRecords({
          text: "baking",
          topK: 1,
          fields: ["__proto__", "toString", "none"]
        })
        assert.deepStrictEqual(none.hits.map(({ fields }) => Object.keys(fields)), [[]])
      }))

    it.effect("keeps to a filter", () =>
      Effect.gen(function*() {
        const index = yield* dense("filtered")
        yield* index.upsertRecords(records)
        const { hits } = yield* index.searchRecords({
          text: "pets",
          topK: 5,
          filter: Filter.and(Filter.eq("topic", "money"), Filter.gte("year", 2023))
        })
        assert.deepStrictEqual(hits.map(({ id }) => id), ["r4"])
      }))

    it.effect("finds what is like a record, and by a vector", () =>
      Effect.gen(function*() {
        const index = yield* dense("like")
        yield* index.upsertRecords(records)
        const like = yield* index.searchRecords({ id: "r1", topK: 2 })
        assert.deepStrictEqual(like.hits.map(({ id }) => id), ["r1", "r2"])
        assert.approximately(like.hits[0]!.score, 1, 1e-5)
        const { records: fetched } = yield* index.fetch(["r5"])
        const byVector = yield* index.searchRecords({ vector: fetched.get("r5")!.values!, topK: 1 })
        assert.deepStrictEqual(byVector.hits.map(({ id }) => id), ["r5"])
        assert.strictEqual(byVector.usage.embedTotalTokens, undefined)
      }))

    it.effect("reranks the hits", () =>
      Effect.gen(function*() {
        const index = yield* dense("reranked")
        yield* index.upsertRecords(records)
        const rerank = { model: "lexical-embedding-reranker", rankFields: ["text"] } as const
        const found = yield* index.searchRecords({ text: "interest rates", topK: 5, rerank: { ...rerank, topN: 2 } })
        assert.strictEqual(found.hits.length, 2)
        assert.strictEqual(found.hits[0]!.id, "r3")
        assert.isAtLeast(found.usage.rerankUnits ?? 0, 1)
        // A parameter that the model does not know is nothing to it.
        const unknown = yield* index.searchRecords({
          text: "interest rates",
          topK: 5,
          rerank: { ...rerank, topN: 2, parameters: { none: 1 } }
        })
        assert.deepStrictEqual(unknown.hits, found.hits)
        const other = yield* index.searchRecords({
          text: "interest rates",
          topK: 5,
          rerank: { ...rerank, query: "a dog in the park" }
        })
        assert.strictEqual(other.hits[0]!.id, "r2")
        assert.strictEqual(other.hits.length, 5)
      }))

    it.effect("is read and written as any other", () =>
      Effect.gen(function*() {
        const index = yield* dense("any")
        yield* index.upsertRecords(records, { namespace: "news" })
        const { records: fetched } = yield* index.namespace("news").fetch(["r1"])
        const record = fetched.get("r1")
        assert.strictEqual(record?.values?.length, 512)
        assert.deepStrictEqual(record?.metadata, records[0]!.fields)
        assert.deepStrictEqual((yield* index.searchRecords({ text: "cat", topK: 1 })).hits, [])
        assert.deepStrictEqual(
          (yield* index.namespace("news").searchRecords({ text: "cat", topK: 1 })).hits.map(({ id }) => id),
          ["r1"]
        )
      }))

    it.effect("takes a stream, 96 in a request", () =>
      Effect.gen(function*() {
        const index = yield* dense("stream")
        const many = Stream.range(1, 200).pipe(
          Stream.map((i): Record => ({ id: `n${i}`, fields: { text: `Number ${i}.`, topic: "numbers", year: i } }))
        )
        const summary = yield* index.upsertRecordsAll(many)
        assert.deepStrictEqual([summary.records, summary.requests], [200, 3])
        yield* index.waitForLsn(summary.lsn)
        assert.strictEqual((yield* index.describeIndexStats()).totalVectorCount, 200)
      }))
  })

  describe("a sparse index", () => {
    it.effect("finds words, and only records that have the terms asked for", () =>
      Effect.gen(function*() {
        const index = yield* sparse("words")
        yield* index.upsertRecords(records)
        const found = yield* index.searchRecords({ text: "purring cats", topK: 5 })
        assert.deepStrictEqual(found.hits.map(({ id }) => id), ["r1"])
        const both = yield* index.searchRecords({ text: "the park", topK: 5, matchTerms: ["BALL dog"] })
        assert.deepStrictEqual(both.hits.map(({ id }) => id), ["r2"])
        const none = yield* index.searchRecords({ text: "the park", topK: 5, matchTerms: ["ball", "cat"] })
        assert.deepStrictEqual(none.hits, [])
      }))

    it.effect("finds as many as are asked for of those that have the terms, however many are nearer", () =>
      Effect.gen(function*() {
        const index = yield* sparse("terms")
        const text = (id: string, text: string) => ({ id, fields: { text, topic: "parks", year: 2000 } })
        yield* index.upsertRecords([
          text("near-1", "Park, park and park."),
          text("near-2", "The park is a park."),
          text("first", "A squirrel lives in a park."),
          text("second", "A squirrel hides its nuts in the ground of a park near an old and quiet railway station.")
        ])
        const search = (topK: number) => index.searchRecords({ text: "park", topK, matchTerms: ["squirrel"] })
        assert.deepStrictEqual((yield* search(1)).hits.map(({ id }) => id), ["first"])
        assert.deepStrictEqual((yield* search(2)).hits.map(({ id }) => id), ["first", "second"])
        assert.deepStrictEqual((yield* search(9)).hits.map(({ id }) => id), ["first", "second"])
      }))
  })

  describe("what is refused", () => {
    it.effect("before anything is sent, with the field", () =>
      Effect.gen(function*() {
        const index = yield* dense("refused")
        const cases: ReadonlyArray<readonly [Effect.Effect<unknown, PineconeError.PineconeError>, string]> = [
          [index.upsertRecords([]), "records"],
          [
            index.upsertRecords(Array.from({ length: 97 }, (_, i) => ({ ...records[0]!, id: `r${i}` }))),
            "records.length"
          ],
          [
            index.upsertRecords(Array.from({ length: 60 }, (_, i) => ({
              id: `r${i}`,
              fields: { ...records[0]!.fields, text: "x".repeat(39_000) }
            }))),
            "the size of the records"
          ],
          [index.upsertRecords([{ id: "", fields: records[0]!.fields }]), "records[0].id"],
          [index.searchRecords({ text: "a", topK: 0 }), "topK"],
          [index.searchRecords({ text: "a", topK: 10_001 }), "topK"],
          [index.searchRecords({ topK: 1 }), "text"],
          [index.searchRecords({ text: "a", id: "b", topK: 1 }), "text"],
          [index.searchRecords({ text: "", topK: 1 }), "text"],
          [index.searchRecords({ vector: [1, 2], topK: 1 }), "vector"],
          [index.searchRecords({ vector: Array.from({ length: 512 }, () => NaN), topK: 1 }), "vector[0]"],
          [index.searchRecords({ text: "a", topK: 1, matchTerms: [] }), "matchTerms"],
          [index.searchRecords({ id: "a", topK: 1, rerank: { model: "m", rankFields: ["text"] } }), "rerank.query"],
          [index.searchRecords({ text: "a", topK: 1, rerank: { model: "m", rankFields: [] } }), "rerank.rankFields"]
        ]
        for (const [effect, field] of cases) {
          const error = yield* refusal(effect)
          assert.deepStrictEqual([error.field, error.attempts], [field, 0], error.message)
        }
      }))

    it.effect("by the server, with the record", () =>
      Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        yield* indexes.create({
          name: "plain",
          dimension: 2,
          spec: { serverless: { cloud: "aws", region: "us-east-1" } }
        })
        const plain = yield* VectorIndex.makeTyped({ name: "plain", metadata: Fields })
        const noModel = yield* refusal(plain.upsertRecords(records))
        assert.include(noModel.message, "integrated embedding")
        assert.include((yield* refusal(plain.searchRecords({ text: "a", topK: 1 }))).message, "integrated embedding")

        yield* dense("partial")
        const untyped = yield* VectorIndex.make({ name: "partial" })
        const noText = yield* refusal(untyped.upsertRecords([
          { id: "good", fields: { text: "some text" } },
          { id: "bad", fields: { title: "none" } }
        ]))
        assert.include(noText.message, "\"bad\"")
        assert.include(noText.message, "\"text\"")
        // All of a request is stored, or none.
        assert.strictEqual((yield* untyped.describeIndexStats()).totalVectorCount ?? 0, 0)
      }))
  })
})

describe("Pinecone's models", () => {
  it.effect("are stood in for where the server is told to, and the answer says so", () => {
    const seen: Array<string | undefined> = []
    const watched = HttpClient.tap((response) =>
      Effect.sync(() => void seen.push(response.headers["x-pinecone-local-stand-in"]))
    )
    const server = PineconeLocal.layerHttpClient({ models: { standIns: true } })
    const client = PineconeHttpClient.layer({
      apiKey: Redacted.make("any"),
      controllerHost: PineconeLocal.controllerHost,
      transformClient: watched
    })
    return Effect.gen(function*() {
      const index = yield* indexFor("stood", "multilingual-e5-large")
      const { lsn } = yield* index.upsertRecords(records)
      seen.length = 0
      const { hits } = yield* index.searchRecords({
        text: "finance and monetary policy",
        topK: 2,
        minLsn: lsn,
        rerank: { model: "bge-reranker-v2-m3", rankFields: ["text"] }
      })
      assert.sameMembers(hits.map(({ id }) => id), ["r3", "r4"])
      assert.deepStrictEqual(seen, ["universal-sentence-encoder-lite, lexical-embedding-reranker"])
      const { records: fetched } = yield* index.fetch(["r1"])
      assert.strictEqual(fetched.get("r1")?.values?.length, 1024)
    }).pipe(Effect.provide(Indexes.layer), Effect.provide(client), Effect.provide(server))
  })
})
