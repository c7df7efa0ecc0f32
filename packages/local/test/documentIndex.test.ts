/**
 * An application's index of documents, against the server: one declaration makes it, and everything that it does is asked of it.
 */
import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as DocumentIndex from "@effect-pinecone/data-plane/DocumentIndex"
import * as Filter from "@effect-pinecone/schema/Filter"
import * as IndexSchema from "@effect-pinecone/schema/IndexSchema"
import * as QueryString from "@effect-pinecone/schema/QueryString"
import * as Score from "@effect-pinecone/schema/Score"
import { assert, it, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { timed } from "../../../scripts/testing/clock.js"
import { FastCheck } from "../../../scripts/testing/properties.js"
import { collect, failure, inProcess, withServices } from "./utils/pinecone.js"

class Articles extends DocumentIndex.Tag("test/Articles")<Articles>()({
  fields: {
    title: IndexSchema.text({ language: "en", stemming: true }),
    body: IndexSchema.optional(IndexSchema.text()),
    embedding: IndexSchema.optional(IndexSchema.denseVector({ dimension: 3 })),
    terms: IndexSchema.optional(IndexSchema.sparseVector())
  },
  metadata: Schema.Struct({ year: Schema.NumberFromString, tags: Schema.optional(Schema.Array(Schema.String)) })
}) {}

const articles = [
  {
    _id: "lighthouse",
    title: "Why lighthouses blink",
    body: "A rotating lens throws a beam over the sea",
    embedding: [1, 0, 0],
    terms: { indices: [1, 7], values: [0.5, 2] },
    year: 1999,
    tags: ["sea", "light"]
  },
  { _id: "lamp", title: "Lamps that blink", body: "A relay, and a bulb", embedding: [0.8, 0.6, 0], year: 2010 },
  { _id: "tea", title: "Green tea", embedding: [0, 0, 1], year: 2020, tags: ["kitchen"] }
]

const server = withServices(inProcess())

const environment = Layer.provideMerge(Articles.layer({ name: "articles" }), server)

let namespaces = 0

/** The articles, in a namespace of their own. */
const written = Effect.gen(function*() {
  const indexes = yield* Indexes.Indexes
  yield* indexes.ensure({ name: "articles", schema: Articles.schema })
  const index = (yield* Articles).namespace(`n${++namespaces}`)
  assert.strictEqual((yield* index.upsert(articles)).upsertedCount, 3)
  return index
})

const idsOf = (matches: ReadonlyArray<{ readonly document: { readonly _id: string } }>) =>
  matches.map(({ document }) => document._id)

layer(environment, { excludeTestServices: true })("an index of documents", (it) => {
  it.effect("is searched by words, by a query, and by vectors", () =>
    Effect.gen(function*() {
      const index = yield* written
      const find = (scoreBy: Parameters<typeof index.search>[0]["scoreBy"]) =>
        Effect.map(index.search({ scoreBy, topK: 2 }), ({ matches }) => idsOf(matches))
      assert.deepStrictEqual(yield* find(Score.text("title", "lighthouse")), ["lighthouse"])
      assert.deepStrictEqual(yield* find([Score.text("title", "tea"), Score.text("body", "tea")]), ["tea"])
      assert.deepStrictEqual(
        yield* find(Score.queryString(QueryString.field("body", QueryString.phrase("rotating lens")))),
        ["lighthouse"]
      )
      assert.deepStrictEqual(yield* find(Score.dense("embedding", [0.9, 0.1, 0])), ["lighthouse", "lamp"])
      assert.deepStrictEqual(yield* find(Score.sparse("terms", { indices: [7], values: [1] })), ["lighthouse"])
    }))

  it.effect("gives what is included, decoded, of what the filter lets through", () =>
    Effect.gen(function*() {
      const index = yield* written
      const { matches, namespace, usage } = yield* index.search({
        scoreBy: Score.text("title", "blinking"),
        topK: 10,
        filter: Filter.and(Filter.eq("year", "1999"), Filter.matchPhrase("body", "beam over")),
        includeFields: ["title", "year", "embedding"]
      })
      assert.deepStrictEqual(matches.map(({ document }) => document), [
        { _id: "lighthouse", title: "Why lighthouses blink", year: 1999, embedding: Float32Array.of(1, 0, 0) }
      ])
      assert.isAbove(matches[0]!.score!, 0)
      assert.strictEqual(namespace, `n${namespaces}`)
      assert.isAtLeast(usage.readUnits, 1)
    }))

  it.effect("fuses words and meaning", () =>
    Effect.gen(function*() {
      const index = yield* written
      const { matches } = yield* index.hybrid({
        text: Score.text("title", "blinking lamp"),
        vector: Score.dense("embedding", [0.7, 0.7, 0]),
        topK: 3,
        includeFields: ["title"]
      })
      assert.strictEqual(matches[0]!.document.title, "Lamps that blink")
      assert.deepStrictEqual([matches[0]!.text?.rank, matches[0]!.vector?.rank], [1, 1])
      assert.strictEqual(matches[0]!.score, 2 / 61)
      assert.deepStrictEqual(matches.find(({ document }) => document._id === "tea")!.text, undefined)
    }))

  it.effect("searches many namespaces as one", () =>
    Effect.gen(function*() {
      const one = yield* written
      const other = yield* written
      const names = [`n${namespaces - 1}`, `n${namespaces}`]
      yield* other.upsert([{ ...articles[1]!, _id: "nearer", embedding: [1, 0, 0] }])
      yield* one.delete({ ids: ["lighthouse"] })
      const { matches } = yield* one.searchNamespaces({
        namespaces: names,
        scoreBy: Score.dense("embedding", [1, 0, 0]),
        topK: 3
      })
      assert.deepStrictEqual(
        matches.map(({ document, namespace }) => [document._id, namespace]).sort(),
        [["lamp", names[0]], ["lighthouse", names[1]], ["nearer", names[1]]]
      )
    }))

  it.effect("gives documents by their ids, by a filter and one after another", () =>
    Effect.gen(function*() {
      const index = yield* written
      const lamp = {
        _id: "lamp",
        title: "Lamps that blink",
        body: "A relay, and a bulb",
        embedding: Float32Array.of(0.8, 0.6, 0),
        year: 2010
      }
      assert.deepStrictEqual((yield* index.fetch(["lamp", "none"])).documents, new Map([["lamp", lamp]]))
      assert.deepStrictEqual(yield* index.get("lamp"), Option.some(lamp))
      assert.deepStrictEqual(yield* index.get("none"), Option.none())
      const page = yield* index.fetchByFilter({ filter: Filter.exists("tags"), limit: 1, includeFields: ["tags"] })
      assert.strictEqual(page.documents.size, 1)
      assert.isString(page.next)
      const tagged = yield* collect(
        index.fetchByFilterStream({ filter: Filter.exists("tags"), limit: 1, includeFields: ["tags"] })
      )
      assert.deepStrictEqual(
        tagged.map(({ _id, tags }) => [_id, tags]).sort(),
        [["lighthouse", ["sea", "light"]], ["tea", ["kitchen"]]]
      )
      assert.deepStrictEqual((yield* index.list({ prefix: "l" })).ids, ["lamp", "lighthouse"])
      assert.deepStrictEqual((yield* collect(index.scan())).map(({ _id, year }) => [_id, year]), [
        ["lamp", 2010],
        ["lighthouse", 1999],
        ["tea", 2020]
      ])
      assert.strictEqual((yield* index.describeNamespace(`n${namespaces}`)).name, `n${namespaces}`)
    }))

  it.effect("changes documents, and deletes them", () =>
    Effect.gen(function*() {
      const index = yield* written
      yield* index.update([
        { _id: "lamp", setFields: { title: "Bulbs", year: 2011 }, removeFields: ["body"] },
        { _id: "none", setFields: { year: 1 } }
      ])
      const lamp = (yield* index.fetch(["lamp"])).documents.get("lamp")!
      assert.deepStrictEqual([lamp.title, lamp.year, lamp.body], ["Bulbs", 2011, undefined])
      const { matchedRecords } = yield* index.updateByFilter({
        filter: Filter.exists("tags"),
        setFields: { year: 5 },
        removeFields: ["tags"]
      })
      assert.strictEqual(matchedRecords, 2)
      assert.deepStrictEqual((yield* index.delete({ filter: Filter.eq("year", "5") })).matchedRecords, 2)
      assert.deepStrictEqual((yield* index.list()).ids, ["lamp"])
      yield* index.delete({ deleteAll: true })
      assert.deepStrictEqual((yield* index.list()).ids, [])
    }))

  it.effect("is another kind of index than one of records, and the server says so", () =>
    Effect.gen(function*() {
      const indexes = yield* Indexes.Indexes
      yield* indexes.ensure({ name: "records", dimension: 3 })
      const wrong = yield* DocumentIndex.make({ name: "records", fields: { title: IndexSchema.text() } })
      yield* failure("PineconeInvalidRequest")(wrong.upsert([{ _id: "a", title: "b" }]))
    }))

  it.effect.prop(
    "any document comes back as it was written",
    {
      documents: FastCheck.array(
        FastCheck.record({
          title: FastCheck.fullUnicodeString(),
          body: FastCheck.option(FastCheck.string(), { nil: undefined }),
          embedding: FastCheck.option(
            FastCheck.float32Array({ noNaN: true, noDefaultInfinity: true, minLength: 3, maxLength: 3 }).filter(
              (values) => values.some((value) => Math.abs(value) > 1e-6)
            ),
            { nil: undefined }
          ),
          terms: FastCheck.option(
            FastCheck.uniqueArray(FastCheck.nat(4_294_967_295), { minLength: 1, maxLength: 5 }).map((indices) => ({
              indices: Uint32Array.from(indices.sort((a, b) => a - b)),
              values: Float32Array.from(indices, (_, i) => Math.fround(0.1 + i))
            })),
            { nil: undefined }
          ),
          year: FastCheck.integer(),
          tags: FastCheck.option(FastCheck.array(FastCheck.fullUnicodeString()), { nil: undefined })
        }),
        { minLength: 1, maxLength: 20 }
      )
    },
    ({ documents }) =>
      Effect.gen(function*() {
        yield* written
        const index = (yield* Articles).namespace(`n${++namespaces}`)
        const all = documents.map((document, i) => ({ _id: `d${String(i).padStart(3, "0")}`, ...document }))
        yield* index.upsertAll(Stream.fromIterable(all), { batchSize: 7 })
        const expected = all.map((document) =>
          Object.fromEntries(Object.entries(document).filter(([, value]) => value !== undefined))
        )
        assert.deepStrictEqual(yield* collect(index.scan()), expected as never)
      }).pipe(Effect.provide(environment)),
    { fastCheck: { numRuns: 20 } }
  )
})

it.effect("a search sees a write that it waits for, or that was waited for", () =>
  Effect.gen(function*() {
    const index = yield* written
    const { lsn } = yield* index.upsert([{ _id: "new", title: "something new", year: 1 }])
    const find = (options: { readonly minLsn?: number }) =>
      Effect.map(index.search({ scoreBy: Score.text("title", "new"), topK: 1, ...options }), ({ matches }) =>
        idsOf(matches))
    assert.deepStrictEqual(yield* find({}), [])
    const [, millis] = yield* timed(index.waitForLsn(lsn))
    assert.isAtLeast(millis, 2000)
    assert.deepStrictEqual(yield* find({}), ["new"])
    assert.strictEqual((yield* timed(index.waitForLsn(lsn)))[1], 0)
    const later = yield* index.delete({ ids: ["new"] })
    assert.deepStrictEqual((yield* timed(find({ minLsn: later.lsn! })))[0], [])
    const [late] = yield* timed(failure("PineconeTimedOut")(index.waitForLsn(later.lsn! + 9, { timeout: "7 seconds" })))
    assert.include(late.message, String(later.lsn! + 9))
  }).pipe(
    Effect.provide(
      Layer.provideMerge(Articles.layer({ name: "articles" }), withServices(inProcess({ indexingDelay: "2 seconds" })))
    )
  ))
