import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as PineconeLocal from "../src/PineconeLocal.js"
import type { DocumentIndex } from "./utils/documents.js"
import { documentIndex, said } from "./utils/documents.js"

const documents = [
  {
    _id: "a",
    title: "Green tea",
    body: "How to brew green tea leaves",
    vector: [1, 0, 0],
    year: 2001,
    tags: ["tea", "hot"]
  },
  {
    _id: "b",
    title: "Black tea",
    body: "A cup of black tea",
    vector: [0.6, 0.8, 0],
    words: { indices: [1, 7], values: [0.5, 2] },
    year: 2002
  },
  { _id: "c", title: "Coffee", body: "Brewing coffee with care", words: { indices: [7], values: [1] }, hot: true }
]

const ids = (matches: ReadonlyArray<{ readonly _id: string }>) => matches.map(({ _id }) => _id)

const filled = (namespace?: string) =>
  Effect.tap(documentIndex(), (index) => said(202)(index.documents("upsert", { documents }, namespace)))

const search = (index: DocumentIndex, score_by: ReadonlyArray<object>, more: object = {}) =>
  said(200)(index.documents("search", { score_by, top_k: 10, ...more }))

const found = (index: DocumentIndex, clause: object, more: object = {}) =>
  Effect.map(search(index, [clause], more), ({ matches }) => ids(matches))

const stored = (index: DocumentIndex, id: string) =>
  Effect.map(said(200)(index.documents("fetch", { ids: [id] })), ({ documents }) => documents[id])

const text = (query: string, ...fields: ReadonlyArray<string>) => ({ type: "text", fields, query })

describe("documents", () => {
  layer(PineconeLocal.layerHttpClient())((it) => {
    it.effect("what is written is found by its words and given back as it was", () =>
      Effect.gen(function*() {
        const index = yield* documentIndex()
        assert.deepStrictEqual(yield* said(202)(index.documents("upsert", { documents })), { upserted_count: 3 })
        const answer = yield* search(index, [text("tea", "title")])
        assert.deepStrictEqual(ids(answer.matches), ["a", "b"])
        for (const match of answer.matches) assert.deepStrictEqual(Object.keys(match), ["_id", "_score"])
        assert.deepStrictEqual([answer.namespace, answer.usage.read_units], ["ns", 1])
        assert.isAbove(answer.usage.egress_bytes, 0)
        const fetched = yield* said(200)(index.documents("fetch", { ids: ["a", "b", "c", "none"] }))
        assert.deepStrictEqual(fetched.documents, Object.fromEntries(documents.map((one) => [one._id, one])))
      }))

    it.effect("an upsert replaces a document as a whole, and a search sees it at once", () =>
      Effect.gen(function*() {
        const index = yield* filled()
        yield* said(202)(index.documents("upsert", { documents: [{ _id: "a", body: "Water" }] }))
        assert.deepStrictEqual(yield* stored(index, "a"), { _id: "a", body: "Water" })
        assert.deepStrictEqual(yield* found(index, text("tea", "title", "body")), ["b"])
        assert.deepStrictEqual(yield* found(index, text("water", "body")), ["a"])
        assert.deepStrictEqual(yield* found(index, { type: "dense_vector", fields: ["vector"], values: [1, 0, 0] }), [
          "b"
        ])
      }))

    it.effect("a search scores by text, a query, a dense or a sparse vector; what has no such field is no match", () =>
      Effect.gen(function*() {
        const index = yield* filled()
        // Stemmed, as the field says: brew finds brewing.
        assert.deepStrictEqual(yield* found(index, text("brews", "body")), ["c", "a"])
        assert.deepStrictEqual(yield* found(index, { type: "text", field: "title", query: "COFFEE!" }), ["c"])
        const query = (query: string) => found(index, { type: "query_string", query })
        assert.deepStrictEqual(yield* query("title:(tea -black)"), ["a"])
        assert.deepStrictEqual(yield* query("\"green tea\""), ["a"])
        assert.deepStrictEqual((yield* query("coffee OR leaves")).sort(), ["a", "c"])
        const dense = { type: "dense_vector", field: "vector", values: [1, 0, 0] }
        const nearest = yield* search(index, [dense])
        assert.deepStrictEqual(nearest.matches, [{ _id: "a", _score: 1 }, { _id: "b", _score: Math.fround(0.6) }])
        const sparse = { type: "sparse_vector", fields: ["words"], sparse_values: { indices: [7], values: [3] } }
        assert.deepStrictEqual((yield* search(index, [sparse])).matches, [
          { _id: "b", _score: 6 },
          { _id: "c", _score: 3 }
        ])
        assert.deepStrictEqual(yield* found(index, dense, { top_k: 1 }), ["a"])
      }))

    it.effect("clauses of text and of a query are added up", () =>
      Effect.gen(function*() {
        const index = yield* filled()
        const clauses = [text("tea", "title"), { type: "query_string", query: "body:(brew)" }, text("cup care", "body")]
        const alone = new Map<string, number>()
        for (const clause of clauses) {
          for (const { _id, _score } of (yield* search(index, [clause])).matches) {
            alone.set(_id, (alone.get(_id) ?? 0) + _score)
          }
        }
        const { matches } = yield* search(index, clauses)
        assert.deepStrictEqual(ids(matches).sort(), ["a", "b", "c"])
        for (const { _id, _score } of matches) assert.approximately(_score, alone.get(_id)!, 1e-5)
      }))

    it.effect("a filter looks at metadata, and in a search at the words of full-text fields", () =>
      Effect.gen(function*() {
        const index = yield* filled()
        const clauses = [
          text("tea coffee", "title"),
          { type: "dense_vector", fields: ["vector"], values: [1, 1, 1] },
          { type: "sparse_vector", fields: ["words"], sparse_values: { indices: [7], values: [1] } }
        ]
        const filters: ReadonlyArray<readonly [object, ReadonlyArray<ReadonlyArray<string>>]> = [
          [{}, [["a", "b", "c"], ["a", "b"], ["b", "c"]]],
          [{ year: { $gt: 2001 } }, [["b"], ["b"], ["b"]]],
          [{ tags: "hot" }, [["a"], ["a"], []]],
          [{ hot: { $exists: false } }, [["a", "b"], ["a", "b"], ["b"]]],
          [{ body: { $match_all: "tea GREEN" } }, [["a"], ["a"], []]],
          [{ body: { $match_any: "cups care" } }, [["b", "c"], ["b"], ["b", "c"]]],
          [{ body: { $match_phrase: "black tea" } }, [["b"], ["b"], ["b"]]],
          [{ body: { $match_phrase: "tea black" } }, [[], [], []]],
          [{ $not: { body: { $match_any: "tea" } } }, [["c"], [], ["c"]]],
          [{ $or: [{ title: { $match_any: "coffee" } }, { year: 2001 }] }, [["a", "c"], ["a"], ["c"]]],
          [{ $and: [{ title: { $match_any: "tea" } }, { year: 2001 }] }, [["a"], ["a"], []]]
        ]
        for (const [filter, expected] of filters) {
          for (const [i, clause] of clauses.entries()) {
            const these = yield* found(index, clause, { filter })
            assert.deepStrictEqual(these.sort(), expected[i], JSON.stringify([filter, clause]))
          }
        }
      }))

    it.effect("an answer has the fields that are asked for", () =>
      Effect.gen(function*() {
        const index = yield* filled()
        const [, b] = documents
        const searched = (include_fields?: ReadonlyArray<string>) =>
          Effect.map(
            search(index, [text("black", "title")], { include_fields }),
            ({ matches: [{ _score, ...match }] }) => {
              assert.isAbove(_score, 0)
              return match
            }
          )
        const fetched = (include_fields?: ReadonlyArray<string>) =>
          Effect.map(
            said(200)(index.documents("fetch", { ids: ["b"], include_fields })),
            ({ documents }) => documents.b
          )
        for (const names of [undefined, []]) {
          assert.deepStrictEqual(yield* searched(names), { _id: "b" })
          assert.deepStrictEqual(yield* fetched(names), b)
        }
        for (const read of [searched, fetched]) {
          assert.deepStrictEqual(yield* read(["*"]), b)
          assert.deepStrictEqual(yield* read(["year", "title", "nothing"]), {
            _id: "b",
            title: "Black tea",
            year: 2002
          })
          assert.deepStrictEqual(yield* read(["vector"]), { _id: "b", vector: [0.6, 0.8, 0] })
          assert.deepStrictEqual(yield* read(["words"]), { _id: "b", words: b!.words })
        }
      }))

    it.effect("a fetch by a filter comes in pages, in the order of the ids, without `pagination` at the end", () =>
      Effect.gen(function*() {
        const index = yield* documentIndex()
        const many = Array.from({ length: 7 }, (_, i) => ({ _id: `d${i}`, title: "word", even: i % 2 === 0 }))
        yield* said(202)(index.documents("upsert", { documents: [...many].reverse() }))
        const pages: Array<ReadonlyArray<string>> = []
        let pagination_token: string | undefined
        do {
          const page = yield* said(200)(
            index.documents("fetch", { filter: { even: true }, limit: 2, pagination_token })
          )
          pages.push(Object.keys(page.documents))
          pagination_token = page.pagination?.next
        } while (pagination_token !== undefined)
        assert.deepStrictEqual(pages, [["d0", "d2"], ["d4", "d6"]])
      }))

    it.effect("a list has the ids with a prefix, in pages", () =>
      Effect.gen(function*() {
        const index = yield* documentIndex()
        const many = ["b2", "a", "b1", "B", "b10"].map((_id) => ({ _id, title: "word" }))
        yield* said(202)(index.documents("upsert", { documents: many }))
        const all = yield* said(200)(index.documents("list", {}))
        assert.deepStrictEqual(all.documents, ["B", "a", "b1", "b10", "b2"].map((_id) => ({ _id })))
        assert.notProperty(all, "pagination")
        assert.deepStrictEqual([all.namespace, all.usage.read_units], ["ns", 1])
        const first = yield* said(200)(index.documents("list", { prefix: "b", limit: 2 }))
        assert.deepStrictEqual(ids(first.documents), ["b1", "b10"])
        const rest = yield* said(200)(
          index.documents("list", { prefix: "b", limit: 2, pagination_token: first.pagination.next })
        )
        assert.deepStrictEqual(ids(rest.documents), ["b2"])
        assert.notProperty(rest, "pagination")
      }))

    it.effect("an update by id sets and removes fields, and leaves the rest, and documents that are not there", () =>
      Effect.gen(function*() {
        const index = yield* filled()
        const answer = yield* said(202)(index.documents("update", {
          documents: [
            { _id: "a", title: "Oolong", year: 2003, _remove_fields: ["tags", "vector", "nothing"] },
            { _id: "b", vector: [0, 0, 1], words: { indices: [9], values: [1] } },
            { _id: "none", title: "Nobody" }
          ]
        }))
        assert.deepStrictEqual(answer, {})
        const [a, b] = documents
        assert.deepStrictEqual(yield* stored(index, "a"), { _id: "a", title: "Oolong", body: a!.body, year: 2003 })
        assert.deepStrictEqual(yield* stored(index, "b"), {
          ...b,
          vector: [0, 0, 1],
          words: { indices: [9], values: [1] }
        })
        assert.isUndefined(yield* stored(index, "none"))
        assert.deepStrictEqual(yield* found(index, text("tea", "title")), ["b"])
        assert.deepStrictEqual(yield* found(index, text("oolong", "title")), ["a"])
        assert.deepStrictEqual(yield* found(index, { type: "dense_vector", field: "vector", values: [0, 0, 1] }), ["b"])
        // A namespace does not come into being with it.
        yield* said(202)(index.documents("update", { documents: [{ _id: "a", year: 1 }] }, "elsewhere"))
        assert.strictEqual((yield* index.ask("GET", "/namespaces/elsewhere")).status, 404)
      }))

    it.effect("an update by a filter sets and removes fields of all that match, and says how many", () =>
      Effect.gen(function*() {
        const index = yield* filled()
        const update = (body: object) => said(202)(index.documents("update", body))
        const answer = yield* update({
          filter: { year: { $gte: 2001 } },
          set_fields: { title: "Old", seen: true },
          remove_fields: ["year"]
        })
        assert.deepStrictEqual(answer, { matched_records: 2 })
        const [a, b] = documents
        assert.deepStrictEqual(yield* stored(index, "a"), {
          _id: "a",
          title: "Old",
          body: a!.body,
          vector: a!.vector,
          tags: a!.tags,
          seen: true
        })
        assert.deepStrictEqual(yield* found(index, text("old", "title")), ["a", "b"])
        assert.deepStrictEqual(yield* found(index, text("tea", "title")), [])
        assert.deepStrictEqual(
          yield* update({ filter: { seen: true }, set_fields: { vector: [0, 1, 0] }, remove_fields: ["words"] }),
          {
            matched_records: 2
          }
        )
        assert.deepStrictEqual((yield* stored(index, "b")).vector, [0, 1, 0])
        assert.notProperty(yield* stored(index, "b"), "words")
        assert.strictEqual((yield* stored(index, "b")).body, b!.body)
        assert.deepStrictEqual(yield* update({ filter: { seen: false }, set_fields: { x: 1 } }), { matched_records: 0 })
      }))

    it.effect("a delete takes ids, a filter or all, and a search does not find what is gone", () =>
      Effect.gen(function*() {
        const index = yield* filled()
        const all = text("tea coffee", "title")
        assert.deepStrictEqual(yield* said(202)(index.documents("delete", { ids: ["a", "none"] })), {})
        assert.deepStrictEqual((yield* found(index, all)).sort(), ["b", "c"])
        const matched = yield* said(202)(index.documents("delete", { filter: { hot: true }, delete_all: false }))
        assert.deepStrictEqual(matched, { matched_records: 1 })
        assert.deepStrictEqual(yield* found(index, all), ["b"])
        assert.deepStrictEqual(yield* said(202)(index.documents("delete", { delete_all: true })), {})
        assert.deepStrictEqual(yield* found(index, all), [])
        yield* said(202)(index.documents("upsert", { documents: documents.slice(0, 1) }))
        assert.deepStrictEqual(yield* found(index, all), ["a"])
      }))

    it.effect("namespaces and statistics are those of any index, and each namespace is searched alone", () =>
      Effect.gen(function*() {
        const index = yield* filled("__default__")
        yield* said(202)(index.documents("upsert", { documents: documents.slice(0, 1) }))
        const { namespaces, totalVectorCount } = yield* said(200)(
          index.ask("POST", "/describe_index_stats", { body: {} })
        )
        assert.deepStrictEqual([namespaces, totalVectorCount], [{ "": { vectorCount: 3 }, ns: { vectorCount: 1 } }, 4])
        assert.deepStrictEqual(yield* found(index, text("tea", "title")), ["a"])
        const searched = yield* said(200)(
          index.documents("search", { score_by: [text("tea", "title")], top_k: 10 }, "__default__")
        )
        assert.deepStrictEqual([ids(searched.matches), searched.namespace], [["a", "b"], "__default__"])
        const listed = yield* said(200)(index.ask("GET", "/namespaces"))
        assert.deepStrictEqual(
          listed.namespaces.map(({ name, record_count }: any) => [name, record_count]),
          [["__default__", "3"], ["ns", "1"]]
        )
        yield* said(200)(index.ask("DELETE", "/namespaces/ns"))
        const gone = yield* search(index, [text("tea", "title")])
        assert.deepStrictEqual([gone.matches, gone.namespace], [[], "ns"])
        assert.deepStrictEqual((yield* said(200)(index.documents("fetch", { ids: ["a"] }))).documents, {})
        assert.deepStrictEqual((yield* said(200)(index.documents("list", {}))).documents, [])
      }))
  })
})
