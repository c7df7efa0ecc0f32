import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as PineconeLocal from "../src/PineconeLocal.js"
import { ask } from "./utils/ask.js"
import type { DocumentIndex } from "./utils/documents.js"
import { documentIndex, refused, said, version } from "./utils/documents.js"

const dense = "universal-sentence-encoder-lite"
const sparse = "lexical-sparse-english"

const documents = [
  { _id: "cat", text: "The cat sat on the mat and purred.", topic: "animals" },
  { _id: "dog", text: "A dog chased the ball across the park.", topic: "animals" },
  { _id: "bank", text: "The central bank raised its interest rates.", topic: "money" },
  { _id: "bread", text: "Knead the dough and bake the bread for an hour.", topic: "food" }
]

const indexWith = (text: object, more: object = {}) => documentIndex({ text: { type: "string", ...text }, ...more })

const byMeaning = (query: string) => ({ type: "embed", fields: ["text"], query })

const byTerms = (query: string) => ({ type: "sparse_embed", field: "text", query })

const search = (index: DocumentIndex, clause: object, more: object = {}) =>
  said(200)(index.documents("search", { score_by: [clause], top_k: 2, ...more }))

const ids = (matches: ReadonlyArray<{ readonly _id: string }>) => matches.map(({ _id }) => _id)

const upsert = (index: DocumentIndex, documents: ReadonlyArray<object>) =>
  said(202)(index.documents("upsert", { documents }))

describe("documents whose texts are embedded", () => {
  layer(PineconeLocal.layerHttpClient({ models: { standIns: true } }))((it) => {
    it.effect("one text is found by its meaning, by its terms and by its words", () =>
      Effect.gen(function*() {
        const index = yield* indexWith({ embed: { model: dense }, sparse_embed: { model: sparse } })
        const { upserted_count, usage } = yield* upsert(index, documents)
        assert.strictEqual(upserted_count, 4)
        assert.isAbove(usage.embed_total_tokens, 8)
        const meant = yield* search(index, byMeaning("finance and economics"))
        assert.strictEqual(ids(meant.matches)[0], "bank")
        assert.isAbove(meant.usage.embed_total_tokens, 0)
        const terms = yield* search(index, byTerms("baking some breads"), { include_fields: ["*"] })
        assert.deepStrictEqual(ids(terms.matches), ["bread"])
        const { _score, ...bread } = terms.matches[0]
        assert.deepStrictEqual(bread, documents[3])
        const words = yield* search(index, { type: "text", fields: ["text"], query: "ball" })
        assert.deepStrictEqual(ids(words.matches), ["dog"])
        assert.notProperty(words.usage, "embed_total_tokens")
        const filtered = yield* search(index, byMeaning("finance"), {
          filter: { topic: "animals", text: { $match_any: "purred" } }
        })
        assert.deepStrictEqual(ids(filtered.matches), ["cat"])
      }))

    it.effect("an update embeds the new text, and one by a filter cannot", () =>
      Effect.gen(function*() {
        const index = yield* indexWith({ embed: { model: dense } })
        yield* upsert(index, documents)
        const { usage } = yield* said(202)(index.documents("update", {
          documents: [
            { _id: "cat", text: "Stock markets fell after the announcement.", topic: "money" },
            { _id: "none", text: "This is embedded and not stored." }
          ]
        }))
        assert.isAbove(usage.embed_total_tokens, 8)
        assert.deepStrictEqual(ids((yield* search(index, byMeaning("finance, stocks, banks"))).matches).sort(), [
          "bank",
          "cat"
        ])
        assert.deepStrictEqual(
          yield* said(202)(index.documents("update", { documents: [{ _id: "dog", topic: "pets" }] })),
          {}
        )
        assert.include(
          yield* refused(400)(index.documents("update", { filter: { topic: "pets" }, set_fields: { text: "x" } })),
          "set_fields cannot set the field 'text'"
        )
        for (
          const removal of [{ documents: [{ _id: "dog", _remove_fields: ["text"] }] }, {
            filter: { topic: "pets" },
            remove_fields: ["text"]
          }]
        ) {
          assert.include(yield* refused(400)(index.documents("update", removal)), "the field 'text' cannot be removed")
        }
      }))

    it.effect("a text that is not stored is found by its meaning and in no other way", () =>
      Effect.gen(function*() {
        const index = yield* indexWith({ embed: { model: dense }, store_text: false }, {
          title: { type: "string", full_text_search: {} }
        })
        yield* upsert(index, documents)
        const { matches } = yield* search(index, byMeaning("a kitten"), { include_fields: ["*"] })
        const { _score, ...cat } = matches[0]
        assert.deepStrictEqual(cat, { _id: "cat", topic: "animals" })
        const fetched = yield* said(200)(index.documents("fetch", { ids: ["dog"] }))
        assert.deepStrictEqual(fetched.documents, { dog: { _id: "dog", topic: "animals" } })
        for (
          const [operation, body] of [
            ["search", { score_by: [byMeaning("a kitten")], top_k: 1, include_fields: ["topic", "text"] }],
            ["fetch", { ids: ["dog"], include_fields: ["text"] }]
          ] as const
        ) {
          assert.include(yield* refused(400)(index.documents(operation, body)), "include_fields cannot name 'text'")
        }
        for (
          const [body, message] of [
            [{ score_by: [{ type: "text", fields: ["text"], query: "ball" }] }, "'text' is not a full-text field"],
            [{ score_by: [{ type: "query_string", query: "text:(ball)" }] }, "query_string:"],
            [{ score_by: [byMeaning("x")], filter: { text: { $match_any: "ball" } } }, "needs a full-text field"]
          ] as const
        ) assert.include(yield* refused(400)(index.documents("search", { ...body, top_k: 1 })), message)
      }))

    it.effect("a text of a sparse model alone may be left out, and goes with its vector", () =>
      Effect.gen(function*() {
        const index = yield* indexWith({ sparse_embed: { model: sparse } }, {
          title: { type: "string", full_text_search: {} }
        })
        yield* upsert(index, [...documents, { _id: "bare", title: "bread" }])
        assert.deepStrictEqual(ids((yield* search(index, byTerms("bread"))).matches), ["bread"])
        yield* said(202)(index.documents("update", { documents: [{ _id: "bread", _remove_fields: ["text"] }] }))
        assert.deepStrictEqual((yield* search(index, byTerms("bread"))).matches, [])
      }))

    it.effect("what cannot be embedded is refused, and nothing of its request is written", () =>
      Effect.gen(function*() {
        const index = yield* indexWith({ embed: {} })
        const [first] = documents
        const rules = [
          [[first, { _id: "x", topic: "none" }], "Document \"x\": field 'text' is missing"],
          [[first, { _id: "x", text: [0.1, 0.2] }], "Document \"x\": Field 'text' must be a string"],
          [[first, { _id: "x", text: " " }], "is empty"],
          [
            Array.from({ length: 97 }, (_, i) => ({ ...first, _id: `d${i}` })),
            "At most 96 documents are allowed in an upsert"
          ]
        ] as const
        for (const [documents, message] of rules) {
          assert.include(yield* refused(400)(index.documents("upsert", { documents })), message)
        }
        assert.deepStrictEqual((yield* said(200)(index.documents("list", {}))).documents, [])
        assert.include(
          yield* refused(400)(
            index.documents("update", { documents: Array.from({ length: 97 }, (_, i) => ({ _id: `d${i}` })) })
          ),
          "At most 96 documents are allowed in an update"
        )
        for (
          const [clause, message] of [
            [{ ...byMeaning("x"), fields: ["topic"] }, "field 'topic' cannot be scored by embed"],
            [{ ...byMeaning("x"), values: [1] }, "must not have values"],
            [byTerms("x"), "field 'text' cannot be scored by sparse_embed"],
            [{ type: "dense_vector", field: "text", values: [1] }, "field 'text' cannot be scored by dense_vector"]
          ] as const
        ) {
          assert.include(yield* refused(400)(index.documents("search", { score_by: [clause], top_k: 1 })), message)
        }
      }))

    it.effect("the model, its dimension, its metric and its parameters are those of the field", () =>
      Effect.gen(function*() {
        const parameters = { input_type: "passage", truncate: "NONE" }
        const index = yield* indexWith({
          embed: {
            model: "multilingual-e5-large",
            metric: "euclidean",
            write_parameters: parameters,
            read_parameters: parameters
          }
        })
        const { schema } = yield* said(200)(ask("GET", `/indexes/${index.name}`, { version }))
        assert.deepStrictEqual(schema.fields.text.embed, {
          model: "multilingual-e5-large",
          dimension: 1024,
          metric: "euclidean",
          write_parameters: parameters,
          read_parameters: parameters
        })
        const smaller = yield* indexWith({ embed: { dimension: 512 } })
        for (const [one, expected] of [[index, 1024], [smaller, 512]] as const) {
          const { dimension } = yield* said(200)(one.ask("POST", "/describe_index_stats", { body: {} }))
          assert.strictEqual(dimension, expected)
        }
        yield* upsert(smaller, documents)
        assert.strictEqual(ids((yield* search(smaller, byMeaning("finance and economics"))).matches)[0], "bank")
        yield* upsert(index, documents)
        // By this metric the distance of what is the same is 0, and what is near has a low score.
        const { matches } = yield* search(index, byMeaning(documents[2]!.text))
        assert.strictEqual(matches[0]._id, "bank")
        assert.closeTo(matches[0]._score, 0, 1e-5)
        assert.isAbove(matches[1]._score, 0.01)

        const long = "bread ".repeat(1200)
        yield* refused(400)(index.documents("upsert", { documents: [{ _id: "long", text: long }] }))
        yield* refused(400)(index.documents("search", { score_by: [byMeaning(long)], top_k: 1 }))
        assert.strictEqual((yield* said(200)(index.documents("list", {}))).documents.length, 4)
      }))

    it.effect("the parameters of a sparse model are those of the field", () =>
      Effect.gen(function*() {
        const parameters = { input_type: "passage", truncate: "NONE" }
        const index = yield* indexWith({ sparse_embed: { write_parameters: parameters, read_parameters: parameters } })
        const { schema } = yield* said(200)(ask("GET", `/indexes/${index.name}`, { version }))
        assert.deepStrictEqual(schema.fields.text.sparse_embed, {
          model: "pinecone-sparse-english-v0",
          write_parameters: parameters,
          read_parameters: parameters
        })
        const long = "bread ".repeat(1200)
        yield* refused(400)(index.documents("upsert", { documents: [{ _id: "long", text: long }] }))
        yield* refused(400)(index.documents("search", { score_by: [byTerms(long)], top_k: 1 }))
        assert.deepStrictEqual((yield* said(200)(index.documents("list", {}))).documents, [])
      }))

    it.effect("an answer says which model has stood in for another", () =>
      Effect.gen(function*() {
        const index = yield* indexWith({ embed: {}, sparse_embed: {} })
        const written = yield* index.documents("upsert", { documents })
        assert.strictEqual(written.headers["x-pinecone-local-stand-in"], `${dense}, ${sparse}`)
        const found = yield* index.documents("search", { score_by: [byTerms("bread")], top_k: 1 })
        assert.strictEqual(found.headers["x-pinecone-local-stand-in"], sparse)
      }))
  })

  layer(PineconeLocal.layerHttpClient())((it) => {
    it.effect("a model that the server has not is not found, as text records do not find it", () =>
      Effect.gen(function*() {
        const index = yield* indexWith({ embed: {} })
        assert.include(
          yield* refused(404)(index.documents("upsert", { documents })),
          "Model llama-text-embed-v2 not found"
        )
        assert.include(
          yield* refused(404)(index.documents("search", { score_by: [byMeaning("x")], top_k: 1 })),
          "Model llama-text-embed-v2 not found"
        )
      }))
  })
})
