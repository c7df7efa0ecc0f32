/**
 * Documents on the wire: what is sent, what is made of the answers, and what is refused before it is sent.
 */
import * as DocumentIndex from "@effect-pinecone/data-plane/DocumentIndex"
import * as RecordCache from "@effect-pinecone/data-plane/RecordCache"
import * as Filter from "@effect-pinecone/schema/Filter"
import * as IndexSchema from "@effect-pinecone/schema/IndexSchema"
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as QueryString from "@effect-pinecone/schema/QueryString"
import * as Score from "@effect-pinecone/schema/Score"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { answering, json } from "./utils/stub.js"
import type { Seen } from "./utils/traffic.js"
import { traffic } from "./utils/traffic.js"

const host = "articles.svc.test"

class Articles extends DocumentIndex.Tag("test/Articles")<Articles>()({
  fields: {
    title: IndexSchema.text(),
    embedding: IndexSchema.optional(IndexSchema.denseVector({ dimension: 2, metric: "euclidean" })),
    terms: IndexSchema.optional(IndexSchema.sparseVector())
  },
  metadata: Schema.Struct({ year: Schema.NumberFromString, tags: Schema.optional(Schema.Array(Schema.String)) })
}) {}

type Index = Effect.Effect.Success<typeof Articles>

/** The operation on documents that a request is. */
const operationOf = ({ path }: Seen) => path.slice(path.lastIndexOf("/") + 1)

const usage = { read_units: 5 }

/** An index that has every document but those whose ids begin with "no", and finds what it is told. */
const index = (matches: ReadonlyArray<object> = []) => {
  const documentOf = (id: string) => ({
    _id: id,
    title: `Title of ${id}`,
    embedding: [0.1, 2],
    year: id.startsWith("bad") ? "unknown" : "2024",
    other: true
  })
  const server = traffic((seen) =>
    Effect.sync(() => {
      const { body } = seen
      switch (operationOf(seen)) {
        case "upsert":
          return json({ upserted_count: (body["documents"] as ReadonlyArray<unknown>).length }, 202, {
            "x-pinecone-request-lsn": "7"
          })
        case "search":
          return json({ matches, namespace: "target", usage: { ...usage, embed_total_tokens: 3 } })
        case "fetch": {
          const ids = (body["ids"] ?? ["f1", "f2"]) as ReadonlyArray<string>
          const names = body["include_fields"] as ReadonlyArray<string> | undefined
          const there = ids.filter((id) => !id.startsWith("no")).map(documentOf).map((document) =>
            Object.fromEntries(
              Object.entries(document).filter(([name]) => name === "_id" || names?.includes(name) !== false)
            )
          )
          return json({
            documents: Object.fromEntries(there.map((document) => [document["_id"], document])),
            namespace: "",
            usage,
            ...(body["filter"] === undefined || body["pagination_token"] === "two"
              ? {}
              : { pagination: { next: "two" } })
          })
        }
        case "list":
          return body["pagination_token"] === undefined
            ? json({ documents: [{ _id: "a" }, { _id: "b" }], namespace: "", usage, pagination: { next: "two" } })
            : json({ documents: [{ _id: "c" }], namespace: "", usage })
        default:
          return json(body["filter"] === undefined ? {} : { matched_records: 4 }, 202)
      }
    })
  )
  const on = <A, E>(use: (articles: Index) => Effect.Effect<A, E>, apiVersion?: string) =>
    Effect.flatMap(Articles, use).pipe(
      Effect.provide(Articles.layer({ host })),
      Effect.provide(answering(server.answer, apiVersion === undefined ? {} : { apiVersion }))
    )
  return { ...server, on }
}

const lighthouse = { _id: "lighthouse", title: "Why \"lighthouses\" blink", year: 2024 }

const title = Score.text("title", "lighthouse")

const listed = <A, E>(stream: Stream.Stream<A, E>) => Effect.map(Stream.runCollect(stream), Chunk.toReadonlyArray)

describe("what is sent", () => {
  it.effect("an upsert: flat documents, the metadata as it is stored, the shortest decimals of the vectors", () =>
    Effect.gen(function*() {
      const { on, seen } = index()
      const upserted = yield* on((articles) =>
        articles.namespace("en/us").upsert([
          lighthouse,
          {
            _id: "b",
            title: "東",
            embedding: Float32Array.of(0.1, -2),
            terms: { indices: [7], values: [0.25] },
            year: 1,
            tags: ["x"]
          }
        ])
      )
      assert.deepStrictEqual(upserted, { upsertedCount: 2, usage: undefined, lsn: 7 })
      assert.deepStrictEqual(seen.map(({ method, path }) => [method, path]), [
        ["POST", "/namespaces/en%2Fus/documents/upsert"]
      ])
      assert.deepStrictEqual(seen[0]!.body, {
        documents: [
          { ...lighthouse, year: "2024" },
          {
            _id: "b",
            title: "東",
            embedding: [0.1, -2],
            terms: { indices: [7], values: [0.25] },
            year: "1",
            tags: ["x"]
          }
        ]
      })
    }))

  it.effect("a search: each kind of clause, the fields, and a filter with words", () =>
    Effect.gen(function*() {
      const { on, seen } = index()
      const clauses = [
        [title, { type: "text", fields: ["title"], query: "lighthouse" }],
        [Score.dense("embedding", [1, 0.1]), { type: "dense_vector", fields: ["embedding"], values: [1, 0.1] }],
        [
          Score.sparse("terms", { indices: Uint32Array.of(3), values: [0.5] }),
          { type: "sparse_vector", fields: ["terms"], sparse_values: { indices: [3], values: [0.5] } }
        ],
        [Score.queryString(QueryString.term("a:b")), { type: "query_string", query: "a\\:b" }]
      ] as const
      for (const [scoreBy] of clauses) yield* on((articles) => articles.search({ scoreBy, topK: 3 }))
      yield* on((articles) =>
        articles.search({
          scoreBy: [title, Score.text("title", "two")],
          topK: 1,
          includeFields: ["title", "year"],
          filter: Filter.and(Filter.matchPhrase("title", "a b"), Filter.eq("year", "2024"))
        })
      )
      assert.deepStrictEqual(
        seen.slice(0, 4).map(({ body }) => body),
        clauses.map(([, clause]) => ({ score_by: [clause], top_k: 3 }))
      )
      assert.deepStrictEqual(seen[4]!.body, {
        score_by: [
          { type: "text", fields: ["title"], query: "lighthouse" },
          { type: "text", fields: ["title"], query: "two" }
        ],
        top_k: 1,
        include_fields: ["title", "year"],
        filter: { $and: [{ title: { $match_phrase: "a b" } }, { year: { $eq: "2024" } }] }
      })
      assert.strictEqual(seen[0]!.path, "/namespaces/__default__/documents/search")
    }))

  it.effect("texts that the index embeds", () =>
    Effect.gen(function*() {
      const { answer, seen } = index()
      yield* Effect.gen(function*() {
        const notes = yield* DocumentIndex.make({
          host,
          fields: { body: IndexSchema.embeddedText({ embed: {}, sparseEmbed: {} }) }
        })
        yield* notes.search({ scoreBy: Score.embed("body", "a"), topK: 1 })
        yield* notes.search({ scoreBy: Score.sparseEmbed("body", "b"), topK: 1 })
      }).pipe(Effect.provide(answering(answer)))
      assert.deepStrictEqual(seen.map(({ body }) => body["score_by"]), [
        [{ type: "embed", fields: ["body"], query: "a" }],
        [{ type: "sparse_embed", fields: ["body"], query: "b" }]
      ])
    }))

  it.effect("changes, by ids and by a filter, and deletions", () =>
    Effect.gen(function*() {
      const { on, seen } = index()
      const matched = yield* on((articles) =>
        Effect.gen(function*() {
          yield* articles.update([
            { _id: "a", setFields: { title: "new", year: 3 }, removeFields: ["embedding", "tags"] },
            { _id: "b", removeFields: ["terms"] },
            { _id: "c", setFields: { year: 1 } }
          ])
          const updated = yield* articles.updateByFilter({
            filter: Filter.eq("year", "1"),
            setFields: { year: 2 },
            removeFields: ["tags"]
          })
          yield* articles.updateByFilter({ filter: Filter.eq("year", "1"), removeFields: ["tags"] })
          yield* articles.updateByFilter({ filter: Filter.eq("year", "1"), setFields: { embedding: [1, 2] } })
          yield* articles.delete({ ids: ["a"] })
          const deleted = yield* articles.delete({ filter: Filter.eq("year", "1") })
          yield* articles.delete({ deleteAll: true })
          return [updated.matchedRecords, deleted.matchedRecords]
        })
      )
      assert.deepStrictEqual(matched, [4, 4])
      const filter = { year: { $eq: "1" } }
      assert.deepStrictEqual(seen.map((one) => [operationOf(one), one.body]), [
        ["update", {
          documents: [
            { _id: "a", title: "new", year: "3", _remove_fields: ["embedding", "tags"] },
            { _id: "b", _remove_fields: ["terms"] },
            { _id: "c", year: "1" }
          ]
        }],
        ["update", { filter, set_fields: { year: "2" }, remove_fields: ["tags"] }],
        ["update", { filter, remove_fields: ["tags"] }],
        ["update", { filter, set_fields: { embedding: [1, 2] } }],
        ["delete", { ids: ["a"] }],
        ["delete", { filter }],
        ["delete", { delete_all: true }]
      ])
    }))
})

describe("what comes back", () => {
  it.effect("a match has its score and what was asked for, decoded", () =>
    Effect.gen(function*() {
      const { on } = index([
        { _id: "a", _score: 1.5, title: "A", year: "2024" },
        { _id: "b", _score: null, title: "B", year: "1990" }
      ])
      const found = yield* on((articles) =>
        articles.search({ scoreBy: title, topK: 2, includeFields: ["title", "year"] })
      )
      assert.deepStrictEqual(found, {
        matches: [
          { score: 1.5, document: { _id: "a", title: "A", year: 2024 } },
          { score: null, document: { _id: "b", title: "B", year: 1990 } }
        ],
        namespace: "target",
        usage: { readUnits: 5, embedTotalTokens: 3 },
        lsn: undefined
      })
    }))

  it.effect("vectors are typed arrays, and what the Schema does not know is left out", () =>
    Effect.gen(function*() {
      const { on } = index([{
        _id: "a",
        _score: 1,
        title: "A",
        embedding: [0.1, 2],
        terms: { indices: [1], values: [0.1] },
        year: "1",
        other: 1
      }])
      const { matches } = yield* on((articles) => articles.search({ scoreBy: title, topK: 2, includeFields: ["*"] }))
      assert.deepStrictEqual(matches[0]!.document, {
        _id: "a",
        title: "A",
        embedding: Float32Array.of(0.1, 2),
        terms: { indices: Uint32Array.of(1), values: Float32Array.of(0.1) },
        year: 1
      })
    }))

  it.effect("a document that does not fit is an error that names it, or is collected", () =>
    Effect.gen(function*() {
      const { on } = index([
        { _id: "a", _score: 1, title: "A" },
        { _id: "b", _score: 1 },
        { _id: "c", _score: 1, title: 7 }
      ])
      const options = { scoreBy: title, topK: 2, includeFields: ["title"] } as const
      const error = yield* Effect.flip(on((articles) => articles.search(options)))
      assert.deepInclude(error, { _tag: "PineconeInvalidMetadata", recordId: "b", path: ["title"] })
      const { invalid, matches } = yield* on((articles) => articles.search({ ...options, onInvalid: "collect" }))
      assert.deepStrictEqual(matches.map(({ document }) => document.title), ["A"])
      assert.deepStrictEqual(invalid.map(({ recordId }) => recordId), ["b", "c"])
    }))

  it.effect("documents by their ids, whole or in part; by a filter, page by page", () =>
    Effect.gen(function*() {
      const { on, seen } = index()
      const [whole, part, page, all, items] = yield* on((articles) =>
        Effect.all([
          articles.fetch(["a", "no"]),
          articles.fetch(["a"], { includeFields: ["year"] }),
          articles.fetchByFilter({ filter: Filter.eq("year", "2024"), limit: 2 }),
          listed(articles.fetchByFilterStream({ filter: Filter.eq("year", "2024"), includeFields: ["title"] })),
          listed(articles.fetchAll(Stream.make("b", "no", "bad", "a"), { onInvalid: "collect" }))
        ])
      )
      assert.deepStrictEqual(Array.from(whole.documents), [
        ["a", { _id: "a", title: "Title of a", embedding: Float32Array.of(0.1, 2), year: 2024 }]
      ])
      assert.deepStrictEqual(part.documents.get("a"), { _id: "a", year: 2024 })
      assert.deepStrictEqual([Array.from(page.documents.keys()), page.next], [["f1", "f2"], "two"])
      assert.deepStrictEqual(
        all,
        ["f1", "f2", "f1", "f2"].map((id) => ({ _id: id, title: `Title of ${id}` }))
      )
      assert.deepStrictEqual(items.map((item) => "_id" in item ? item._id : [item.recordId]), ["b", ["bad"], "a"])
      assert.deepStrictEqual(seen.slice(0, 3).map(({ body }) => body), [
        { ids: ["a", "no"] },
        { ids: ["a"], include_fields: ["year"] },
        { filter: { year: { $eq: "2024" } }, limit: 2 }
      ])
    }))

  it.effect("ids, and every document in their order", () =>
    Effect.gen(function*() {
      const { on, seen } = index()
      const [page, ids, scanned] = yield* on((articles) =>
        Effect.all([
          articles.list({ prefix: "a", limit: 2 }),
          listed(articles.listStream()),
          listed(articles.scan({ skip: 1, includeFields: ["title"] }))
        ])
      )
      assert.deepStrictEqual([page.ids, page.next], [["a", "b"], "two"])
      assert.deepStrictEqual(seen[0]!.body, { prefix: "a", limit: 2 })
      assert.deepStrictEqual(ids, ["a", "b", "c"])
      assert.deepStrictEqual(scanned, ["b", "c"].map((id) => ({ _id: id, title: `Title of ${id}` })))
    }))

  it.effect("documents that are asked for at the same time are fetched together, and kept in a cache", () =>
    Effect.gen(function*() {
      const { on, seen } = index()
      const found = yield* on((articles) =>
        Effect.gen(function*() {
          const cache = yield* RecordCache.make({ capacity: 10, timeToLive: "1 minute" })
          const get = (id: string) => articles.get(id, { cache })
          const all = yield* Effect.all([get("a"), get("b"), get("no"), get("a")], { concurrency: "unbounded" })
          yield* get("b")
          return all.map(Option.map(({ _id, year }) => [_id, year]))
        })
      )
      assert.deepStrictEqual(found, [
        Option.some(["a", 2024]),
        Option.some(["b", 2024]),
        Option.none(),
        Option.some(["a", 2024])
      ])
      assert.deepStrictEqual(seen.map(({ body }) => body), [{ ids: ["a", "b", "no"] }])
    }))
})

describe("what is refused before anything is sent", () => {
  /** From JavaScript an input has any shape. */
  const loose = (value: unknown) => value as never

  const refusals: ReadonlyArray<
    readonly [
      rule: string,
      use: (articles: Index) => Effect.Effect<unknown, PineconeError.PineconeError>,
      tag: string,
      field: string,
      message: string
    ]
  > = [
    ["an upsert of none", (articles) => articles.upsert([]), "InvalidRequest", "documents", "at least one document"],
    [
      "more than 1,000 documents",
      (articles) => articles.upsert(Array.from({ length: 1001 }, (_, n) => ({ ...lighthouse, _id: `${n}` }))),
      "LimitExceeded",
      "documents.length",
      "1,001; the limit is 1,000: send fewer documents"
    ],
    [
      "more than 2 MB",
      (articles) =>
        articles.upsert(
          Array.from({ length: 21 }, (_, n) => ({ ...lighthouse, _id: `${n}`, title: "x".repeat(100_000) }))
        ),
      "LimitExceeded",
      "the size of the documents",
      "the limit is 2,000,000 bytes"
    ],
    [
      "a text of more than 100 KB",
      (articles) => articles.upsert([{ ...lighthouse, title: "é".repeat(51_201) }]),
      "LimitExceeded",
      "title (bytes)",
      "record \"lighthouse\": title is 102,402 bytes; the limit is 102,400 bytes: split it"
    ],
    [
      "an empty id",
      (articles) => articles.upsert([{ ...lighthouse, _id: "" }]),
      "InvalidRequest",
      "documents[0]._id",
      "must have 1 to 512 characters"
    ],
    [
      "an id that is too long",
      (articles) => articles.upsert([{ ...lighthouse, _id: "x".repeat(513) }]),
      "LimitExceeded",
      "documents[0]._id",
      "513"
    ],
    [
      "an id that is not ASCII",
      (articles) => articles.upsert([{ ...lighthouse, _id: "é" }]),
      "InvalidRequest",
      "documents[0]._id",
      "ASCII"
    ],
    [
      "a document without a required field",
      (articles) => articles.upsert([loose({ _id: "a", year: 1, embedding: [1, 2] })]),
      "InvalidRequest",
      "title",
      "must be present"
    ],
    [
      "a vector of another dimension",
      (articles) => articles.upsert([{ ...lighthouse, embedding: [1] }]),
      "InvalidRequest",
      "embedding",
      "must have 2 numbers"
    ],
    [
      "a number that is not finite",
      (articles) => articles.upsert([{ ...lighthouse, embedding: [1, Number.NaN] }]),
      "InvalidRequest",
      "embedding[1]",
      "must be a finite 32-bit float, got NaN"
    ],
    [
      "a vector of zeros",
      (articles) => articles.upsert([{ ...lighthouse, embedding: [0, 0] }]),
      "InvalidRequest",
      "embedding",
      "must have at least one number that is not zero"
    ],
    [
      "metadata off the Schema",
      (articles) => articles.upsert([loose({ ...lighthouse, year: "x" })]),
      "InvalidMetadata",
      "",
      "record \"lighthouse\": its metadata does not match"
    ],
    [
      "a text that is none",
      (articles) => articles.upsert([loose({ ...lighthouse, title: 7 })]),
      "InvalidRequest",
      "title",
      "must be a string, got 7"
    ],
    [
      "an update of nothing",
      (articles) => articles.update([{ _id: "a", setFields: {}, removeFields: [] }]),
      "InvalidRequest",
      "setFields",
      "set or remove at least one"
    ],
    [
      "a field that is set and removed",
      (articles) => articles.update([{ _id: "a", setFields: { tags: ["x"] }, removeFields: ["tags"] }]),
      "InvalidRequest",
      "removeFields",
      "which is set too"
    ],
    [
      "a required field that is removed",
      (articles) => articles.update([{ _id: "a", removeFields: [loose("title")] }]),
      "InvalidRequest",
      "removeFields",
      "a document must have it"
    ],
    [
      "an update by an empty filter",
      (articles) => articles.updateByFilter({ filter: Filter.and([]), setFields: { year: 1 } }),
      "InvalidRequest",
      "filter",
      "An empty filter"
    ],
    [
      "words in a deletion",
      (articles) => articles.delete({ filter: loose(Filter.matchAll("title", "a")) }),
      "InvalidRequest",
      "filter.title.$match_all",
      "only the search of documents takes $match_all"
    ],
    [
      "a deletion by an empty filter",
      (articles) => articles.delete({ filter: Filter.and([]) }),
      "InvalidRequest",
      "filter",
      "use deleteAll"
    ],
    ["a deletion of nothing", (articles) => articles.delete(loose({})), "InvalidRequest", "ids", "exactly one of"],
    [
      "a deletion of two kinds",
      (articles) => articles.delete(loose({ ids: ["a"], deleteAll: true })),
      "InvalidRequest",
      "ids",
      "exactly one of"
    ],
    [
      "a deletion of 1,001 ids",
      (articles) => articles.delete({ ids: Array.from({ length: 1001 }, String) }),
      "LimitExceeded",
      "ids.length",
      "1,001"
    ],
    ["a fetch of no ids", (articles) => articles.fetch([]), "InvalidRequest", "ids", "at least one id"],
    [
      "a fetch by an empty filter",
      (articles) => articles.fetchByFilter({ filter: Filter.and([]) }),
      "InvalidRequest",
      "filter",
      "An empty filter"
    ],
    [
      "a page of 10,001",
      (articles) => articles.fetchByFilter({ filter: Filter.eq("year", "1"), limit: 10_001 }),
      "LimitExceeded",
      "limit",
      "10,001"
    ],
    ["a list of 101", (articles) => articles.list({ limit: 101 }), "LimitExceeded", "limit", "101"],
    [
      "topK of 0",
      (articles) => articles.search({ scoreBy: title, topK: 0 }),
      "InvalidRequest",
      "topK",
      "must be an integer >= 1"
    ],
    [
      "topK of 10,001",
      (articles) => articles.search({ scoreBy: title, topK: 10_001 }),
      "LimitExceeded",
      "topK",
      "10,001"
    ],
    ["no clause", (articles) => articles.search({ scoreBy: [], topK: 1 }), "InvalidRequest", "scoreBy", "at least one"],
    [
      "101 clauses",
      (articles) => articles.search({ scoreBy: Array.from({ length: 101 }, () => title), topK: 1 }),
      "LimitExceeded",
      "scoreBy.length",
      "101"
    ],
    [
      "a vector beside a text",
      (articles) => articles.search({ scoreBy: loose([title, Score.dense("embedding", [1, 2])]), topK: 1 }),
      "InvalidRequest",
      "scoreBy[1]",
      "must stand alone"
    ],
    [
      "a field of another kind",
      (articles) => articles.search({ scoreBy: loose(Score.text("embedding", "a")), topK: 1 }),
      "InvalidRequest",
      "scoreBy.fields",
      "must be fields with full-text search: title; got \"embedding\""
    ],
    [
      "a blank text",
      (articles) => articles.search({ scoreBy: Score.text("title", " \n"), topK: 1 }),
      "InvalidRequest",
      "scoreBy.query",
      "at least one character that is not a space"
    ],
    [
      "a text of more than 10 KB",
      (articles) => articles.search({ scoreBy: Score.text("title", "x".repeat(10_241)), topK: 1 }),
      "LimitExceeded",
      "scoreBy.query (bytes)",
      "10,241 bytes; the limit is 10,240 bytes"
    ],
    [
      "a query that is wrong",
      (articles) => articles.search({ scoreBy: Score.queryString(QueryString.term("")), topK: 1 }),
      "InvalidRequest",
      "scoreBy.query",
      "a term must be"
    ],
    [
      "a vector of another dimension",
      (articles) => articles.search({ scoreBy: Score.dense("embedding", [1, 2, 3]), topK: 1 }),
      "InvalidRequest",
      "scoreBy.values",
      "must have 2 numbers"
    ],
    [
      "what is no clause",
      (articles) => articles.search({ scoreBy: loose({ type: "text" }), topK: 1 }),
      "InvalidRequest",
      "scoreBy",
      "must be a clause"
    ]
  ]

  for (const [rule, use, tag, field, message] of refusals) {
    it.effect(rule, () =>
      Effect.gen(function*() {
        const { on, seen } = index()
        const error = yield* Effect.flip(on(use))
        assert.strictEqual(error._tag, `Pinecone${tag}`, error.message)
        if ("field" in error) assert.strictEqual(error.field, field)
        assert.include(error.message, message)
        assert.deepStrictEqual(seen, [])
      }))
  }

  it.effect("documents of a client that speaks an older version", () =>
    Effect.gen(function*() {
      const { on, seen } = index()
      const older = "2026-04"
      const uses: ReadonlyArray<(articles: Index) => Effect.Effect<unknown, PineconeError.PineconeError>> = [
        (articles) => articles.upsert([lighthouse]),
        (articles) => articles.namespace("en").search({ scoreBy: title, topK: 1 }),
        (articles) => articles.fetch(["a"]),
        (articles) => articles.delete({ ids: ["a"] }),
        (articles) => Stream.runDrain(articles.scan()),
        (articles) => Effect.mapError(articles.upsertAll(Stream.make(lighthouse)), ({ error }) => error)
      ]
      for (const use of uses) {
        const error = yield* Effect.flip(on(use, older))
        assert.strictEqual(error._tag, "PineconeInvalidRequest")
        assert.include(error.message, "documents need API version 2026-07 or later, and this client speaks 2026-04")
      }
      assert.deepStrictEqual(seen, [])
    }))

  it.effect("an index that is declared with names that clash", () =>
    Effect.gen(function*() {
      const { answer } = index()
      const wrong = (fields: object, metadata: object) =>
        Effect.flip(
          DocumentIndex.make(loose({ host, fields, metadata: Schema.Struct(loose(metadata)) })).pipe(
            Effect.provide(answering(answer))
          )
        )
      const text = IndexSchema.text()
      assert.include((yield* wrong({ title: text }, { title: Schema.String })).message, "is a field and metadata too")
      assert.include((yield* wrong({ title: text }, { _id: Schema.String })).message, "_id")
      assert.include((yield* wrong({ _title: text }, {})).message, "must not begin with _ or $")
      assert.include((yield* wrong({}, {})).message, "at least one field")
    }))
})

describe("one search of many", () => {
  it.effect("gives the best of many namespaces; nearer is lower for euclidean, and what has no score comes last", () =>
    Effect.gen(function*() {
      const scores: Readonly<Record<string, ReadonlyArray<number | null>>> = { a: [0.5, 3], b: [1, null], c: [] }
      const { answer, seen } = traffic(({ path }) =>
        Effect.sync(() => {
          const namespace = path.split("/")[2]!
          return json({
            matches: scores[namespace]!.map((score, i) => ({ _id: `${namespace}${i}`, _score: score })),
            namespace,
            usage
          })
        })
      )
      const found = yield* Effect.flatMap(Articles, (articles) =>
        articles.searchNamespaces({
          namespaces: ["a", "b", "c", "a"],
          scoreBy: Score.dense("embedding", [1, 2]),
          topK: 10
        })).pipe(Effect.provide(Articles.layer({ host })), Effect.provide(answering(answer)))
      assert.deepStrictEqual(
        found.matches.map(({ document, namespace, score }) => [document._id, namespace, score]),
        [["a0", "a", 0.5], ["b0", "b", 1], ["a1", "a", 3], ["b1", "b", null]]
      )
      assert.strictEqual(found.usage.readUnits, 15)
      assert.strictEqual(seen.length, 3)
    }))

  const hybrid = (text: ReadonlyArray<string>, vector: ReadonlyArray<string>) => {
    const matches = (ids: ReadonlyArray<string>) =>
      ids.map((id, i) => ({ _id: id, _score: 10 - i, title: `Title of ${id}` }))
    const server = traffic(({ body }) =>
      Effect.sync(() => {
        const [{ type }] = body["score_by"] as readonly [{ readonly type: string }]
        return json({ matches: matches(type === "text" ? text : vector), namespace: "en", usage })
      })
    )
    const on = <A, E>(use: (articles: Index) => Effect.Effect<A, E>) =>
      Effect.flatMap(Articles, use).pipe(
        Effect.provide(Articles.layer({ host })),
        Effect.provide(answering(server.answer))
      )
    return { ...server, on }
  }

  const options = { text: title, vector: Score.dense("embedding", [1, 2]), topK: 3, includeFields: ["title"] } as const

  it.effect("fuses the ranks of words and of meaning", () =>
    Effect.gen(function*() {
      const { on, seen } = hybrid(["a", "b", "c"], ["c", "d"])
      const found = yield* on((articles) => articles.hybrid(options))
      assert.deepStrictEqual(found.matches, [
        {
          document: { _id: "c", title: "Title of c" },
          score: 1 / 63 + 1 / 61,
          text: { rank: 3, score: 8 },
          vector: { rank: 1, score: 10 }
        },
        {
          document: { _id: "a", title: "Title of a" },
          score: 1 / 61,
          text: { rank: 1, score: 10 },
          vector: undefined
        },
        { document: { _id: "b", title: "Title of b" }, score: 1 / 62, text: { rank: 2, score: 9 }, vector: undefined }
      ])
      assert.strictEqual(found.usage.readUnits, 10)
      assert.deepStrictEqual(seen.map(({ body }) => body["top_k"]), [50, 50])
    }))

  it.effect("weighs them as it is told", () =>
    Effect.gen(function*() {
      const { on, seen } = hybrid(["a", "b"], ["c", "b"])
      const { matches } = yield* on((articles) =>
        articles.hybrid({ ...options, weights: { text: 0, vector: 2 }, k: 1, candidates: 7 })
      )
      assert.deepStrictEqual(matches.map(({ document, score }) => [document._id, score]), [
        ["c", 1],
        ["b", 2 / 3],
        ["a", 0]
      ])
      assert.deepStrictEqual(seen.map(({ body }) => body["top_k"]), [7, 7])
    }))

  it.effect("reranks what both have found", () =>
    Effect.gen(function*() {
      const { on } = hybrid(["a", "b"], ["c"])
      const { matches } = yield* on((articles) =>
        articles.hybrid(options, {
          rerank: (documents) =>
            Effect.succeed([
              { index: documents.findIndex(({ title }) => title === "Title of c"), score: 0.2 },
              { index: documents.findIndex(({ title }) => title === "Title of b"), score: 0.9 }
            ])
        })
      )
      assert.deepStrictEqual(matches.map(({ document, score, vector }) => [document._id, score, vector?.rank]), [
        ["b", 0.9, undefined],
        ["c", 0.2, 1]
      ])
      const failed = yield* Effect.flip(
        on((articles) => articles.hybrid(options, { rerank: () => Effect.succeed([{ index: 9, score: 1 }]) }))
      )
      assert.include(failed.message, "must give places in the list of 3 documents")
      const own = yield* Effect.flip(on((articles) => articles.hybrid(options, { rerank: () => Effect.fail("none") })))
      assert.strictEqual(own, "none")
    }))
})

describe("a mock of an index of documents", () => {
  it.effect("answers by the methods that it is given, and dies with the name of any other", () =>
    Effect.gen(function*() {
      const articles = yield* Articles
      const { matches } = yield* articles.namespace("en").search({ scoreBy: title, topK: 1, includeFields: ["title"] })
      assert.deepStrictEqual(matches.map(({ document }) => document.title), ["A"])
      const exit = yield* Effect.exit(articles.fetch(["a"]))
      assert.include(Exit.isFailure(exit) ? String(Cause.squash(exit.cause)) : "", "the mock has no method \"fetch\"")
      assert.strictEqual(articles.schema, Articles.schema)
    }).pipe(
      Effect.provide(Articles.mock({
        search: () =>
          Effect.succeed({
            matches: [{ score: 1, document: { _id: "a", title: "A" } }],
            namespace: "",
            usage: { readUnits: 1 },
            lsn: undefined
          })
      }))
    ))
})
