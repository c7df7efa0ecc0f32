import type { InvalidSettings } from "@effect-pinecone/http/InvalidSettings"
import type { PineconeHttpClient } from "@effect-pinecone/http/PineconeHttpClient"
import * as Filter from "@effect-pinecone/schema/Filter"
import * as IndexSchema from "@effect-pinecone/schema/IndexSchema"
import * as QueryString from "@effect-pinecone/schema/QueryString"
import * as Score from "@effect-pinecone/schema/Score"
import type { DenseValues, SparseValues, SparseVector } from "@effect-pinecone/schema/Vector"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { describe, expectTypeOf, it } from "vitest"
import * as DocumentIndex from "../src/DocumentIndex.js"

// The compiler checks this file: a line that is expected not to compile, and does, is an error of its own. The bodies
// below are never run where they would need an index.

const fields = {
  title: IndexSchema.text({ language: "en", stemming: true }),
  body: IndexSchema.optional(IndexSchema.text()),
  embedding: IndexSchema.denseVector({ dimension: 3 }),
  terms: IndexSchema.optional(IndexSchema.sparseVector()),
  summary: IndexSchema.embeddedText({ embed: { dimension: 512 } }),
  keywords: IndexSchema.optional(IndexSchema.embeddedText({ sparseEmbed: {}, storeText: false }))
}

class Articles extends DocumentIndex.Tag("test/Articles")<Articles>()({
  fields,
  metadata: Schema.Struct({
    year: Schema.Int,
    released: Schema.DateFromNumber,
    rating: Schema.optional(Schema.Number)
  })
}) {}

type Index = Effect.Effect.Success<typeof Articles>

class Notes extends DocumentIndex.Tag("test/Notes")<Notes>()({
  fields: { embedding: IndexSchema.denseVector({ dimension: 3 }) }
}) {}

/** Lets the compiler see code that is not run. */
const unrun = (_: (articles: Index, notes: Effect.Effect.Success<typeof Notes>) => void) => {}

declare const documentOf: <D, E, R>(
  effect: Effect.Effect<{ readonly matches: ReadonlyArray<{ readonly document: D }> }, E, R>
) => D
declare const fetchedOf: <D, E, R>(
  effect: Effect.Effect<{ readonly documents: ReadonlyMap<string, D> }, E, R>
) => D
declare const failure: <A, E, R>(effect: Effect.Effect<A, E, R>) => E
declare const services: <A, E, R>(effect: Effect.Effect<A, E, R>) => R

const text = Score.text("title", "lighthouse")
const dense = Score.dense("embedding", [1, 2, 3])

const whole = {
  _id: "a",
  title: "Why lighthouses blink",
  embedding: [1, 2, 3],
  summary: "They turn",
  year: 2024,
  released: new Date(0)
}

describe("types of documents", () => {
  it("a tag gives an index, and the schema that it is created with", () => {
    expectTypeOf(Articles.schema.fields.embedding.type).toEqualTypeOf<"dense_vector">()
    expectTypeOf(Articles.layer).returns.toEqualTypeOf<Layer.Layer<Articles, InvalidSettings, PineconeHttpClient>>()
  })

  describe("declarations", () => {
    it("metadata that is called like a field or like the id does not compile", () => {
      // @ts-expect-error -- a field has this name
      DocumentIndex.Tag("test/Clash")<unknown>()({ fields, metadata: Schema.Struct({ title: Schema.String }) })
      // @ts-expect-error -- the id has this name
      DocumentIndex.Tag("test/Clash")<unknown>()({ fields, metadata: Schema.Struct({ _id: Schema.String }) })
      DocumentIndex.Tag("test/Clash")<unknown>()({
        fields,
        // @ts-expect-error -- a field has the name that is stored
        metadata: Schema.Struct({ name: Schema.propertySignature(Schema.String).pipe(Schema.fromKey("title")) })
      })
    })

    it("a field that begins with _ or $ does not compile", () => {
      // @ts-expect-error -- reserved
      DocumentIndex.Tag("test/Name")<unknown>()({ fields: { _title: IndexSchema.text() } })
      // @ts-expect-error -- reserved
      DocumentIndex.Tag("test/Name")<unknown>()({ fields: { $title: IndexSchema.text() } })
    })

    it("metadata that cannot be stored does not compile", () => {
      DocumentIndex.Tag("test/Deep")<unknown>()({
        fields,
        // @ts-expect-error -- metadata is flat
        metadata: Schema.Struct({ deep: Schema.Struct({ a: Schema.String }) })
      })
    })
  })

  describe("upsert", () => {
    it("takes the fields and the metadata of the declaration, side by side", () => {
      expectTypeOf<Parameters<Index["upsert"]>[0]>().extract<ReadonlyArray<unknown>>().items.toEqualTypeOf<{
        readonly _id: string
        readonly title: string
        readonly embedding: DenseValues
        readonly summary: string
        readonly body?: string | undefined
        readonly terms?: SparseValues | undefined
        readonly keywords?: string | undefined
        readonly year: number
        readonly released: Date
        readonly rating?: number | undefined
      }>()
      unrun((articles, notes) => {
        articles.upsert([whole, { ...whole, rating: 1, terms: { indices: [1], values: [1] } }])
        notes.upsert([{ _id: "a", embedding: new Float32Array(3) }])
      })
    })

    it("a missing required field, a wrong one, or one too many does not compile", () => {
      unrun((articles, notes) => {
        const { title: _, ...untitled } = whole
        // @ts-expect-error -- without a title
        articles.upsert([untitled])
        // @ts-expect-error -- without an id
        notes.upsert([{ embedding: [1, 2, 3] }])
        // @ts-expect-error -- without metadata
        articles.upsert([{ _id: "a", title: "", embedding: [1], summary: "" }])
        // @ts-expect-error -- text is no vector
        articles.upsert([{ ...whole, embedding: "near" }])
        // @ts-expect-error -- a vector is no text
        articles.upsert([{ ...whole, title: [1, 2, 3] }])
        // @ts-expect-error -- metadata of another type
        articles.upsert([{ ...whole, year: "2024" }])
        // @ts-expect-error -- an undeclared field
        notes.upsert([{ _id: "a", embedding: [1, 2, 3], colour: "red" }])
        // @ts-expect-error -- in a stream, too
        articles.upsertAll(Stream.make(untitled))
      })
    })
  })

  describe("score", () => {
    it("takes one clause of any kind, on fields of that kind, or several of text", () => {
      unrun((articles) => {
        articles.search({ scoreBy: text, topK: 1 })
        articles.search({ scoreBy: Score.text(["title", "body", "summary"], "a"), topK: 1 })
        articles.search({ scoreBy: dense, topK: 1 })
        articles.search({ scoreBy: Score.sparse("terms", { indices: [1], values: [1] }), topK: 1 })
        articles.search({ scoreBy: Score.embed("summary", "a"), topK: 1 })
        articles.search({ scoreBy: Score.sparseEmbed("keywords", "a"), topK: 1 })
        articles.search({ scoreBy: Score.queryString(QueryString.field("title", QueryString.term("a"))), topK: 1 })
        articles.search({ scoreBy: [text, Score.text("body", "b"), Score.queryString(QueryString.term("a"))], topK: 1 })
      })
    })

    it("a score on a field that has no such index does not compile", () => {
      unrun((articles, notes) => {
        // @ts-expect-error -- no such field
        articles.search({ scoreBy: Score.text("titel", "a"), topK: 1 })
        // @ts-expect-error -- metadata is no full text
        articles.search({ scoreBy: Score.text("year", "a"), topK: 1 })
        // @ts-expect-error -- one of them is a vector
        articles.search({ scoreBy: Score.text(["title", "embedding"], "a"), topK: 1 })
        // @ts-expect-error -- its text is not stored
        articles.search({ scoreBy: Score.text("keywords", "a"), topK: 1 })
        // @ts-expect-error -- text is no vector
        articles.search({ scoreBy: Score.dense("title", [1]), topK: 1 })
        // @ts-expect-error -- a dense vector is not sparse
        articles.search({ scoreBy: Score.sparse("embedding", { indices: [1], values: [1] }), topK: 1 })
        // @ts-expect-error -- the index does not embed it
        articles.search({ scoreBy: Score.embed("title", "a"), topK: 1 })
        // @ts-expect-error -- it has a dense embedding alone
        articles.search({ scoreBy: Score.sparseEmbed("summary", "a"), topK: 1 })
        // @ts-expect-error -- the query names a field that is no full text
        articles.search({ scoreBy: Score.queryString(QueryString.field("year", QueryString.term("a"))), topK: 1 })
        // @ts-expect-error -- the index has no text
        notes.search({ scoreBy: Score.queryString(QueryString.term("a")), topK: 1 })
      })
    })

    it("two vector clauses, or a vector and a text, do not compile", () => {
      unrun((articles) => {
        // @ts-expect-error -- two vectors
        articles.search({ scoreBy: [dense, dense], topK: 1 })
        // @ts-expect-error -- a vector and a text
        articles.search({ scoreBy: [text, dense], topK: 1 })
        // @ts-expect-error -- a text that is embedded and a text
        articles.search({ scoreBy: [Score.embed("summary", "a"), text], topK: 1 })
        // @ts-expect-error -- in many namespaces, too
        articles.searchNamespaces({ namespaces: "all", scoreBy: [text, dense], topK: 1 })
      })
    })

    it("hybrid takes words and a vector, each in its place", () => {
      unrun((articles, notes) => {
        articles.hybrid({ text, vector: dense, topK: 1 })
        articles.hybrid({ text: [text, text], vector: Score.embed("summary", "a"), topK: 1 })
        // @ts-expect-error -- the other way round
        articles.hybrid({ text: dense, vector: text, topK: 1 })
        // @ts-expect-error -- the index has no text
        notes.hybrid({ text, vector: dense, topK: 1 })
      })
    })
  })

  describe("what comes back", () => {
    it("a match has its id, and the fields that are included", () => {
      unrun((articles) => {
        expectTypeOf(documentOf(articles.search({ scoreBy: text, topK: 1 }))).toEqualTypeOf<{ readonly _id: string }>()
        expectTypeOf(
          documentOf(articles.search({ scoreBy: text, topK: 1, includeFields: ["title", "year", "terms"] }))
        ).toEqualTypeOf<{
          readonly _id: string
          readonly title: string
          readonly year: number
          readonly terms?: SparseVector | undefined
        }>()
        expectTypeOf(
          documentOf(articles.hybrid({ text, vector: dense, topK: 1, includeFields: ["released"] }))
        ).toEqualTypeOf<{ readonly _id: string; readonly released: Date }>()
        expectTypeOf(
          documentOf(
            articles.searchNamespaces({ namespaces: ["a"], scoreBy: text, topK: 1, includeFields: ["embedding"] })
          )
        ).toEqualTypeOf<{ readonly _id: string; readonly embedding: Float32Array }>()
      })
    })

    it("all that is stored, where all is asked for", () => {
      interface All {
        readonly _id: string
        readonly title: string
        readonly embedding: Float32Array
        readonly summary: string
        readonly body?: string | undefined
        readonly terms?: SparseVector | undefined
        readonly year: number
        readonly released: Date
        readonly rating?: number | undefined
      }
      unrun((articles) => {
        expectTypeOf(documentOf(articles.search({ scoreBy: text, topK: 1, includeFields: ["*"] }))).toEqualTypeOf<All>()
        expectTypeOf(fetchedOf(articles.fetch(["a"]))).toEqualTypeOf<All>()
        expectTypeOf(articles.scan()).toEqualTypeOf<Stream.Stream<All, DocumentIndex.RecordError>>()
        expectTypeOf(fetchedOf(articles.fetchByFilter({ filter: Filter.eq("year", 1), includeFields: ["title"] })))
          .toEqualTypeOf<{ readonly _id: string; readonly title: string }>()
      })
    })

    it("where a list of names is not known, its fields may be there", () => {
      unrun((articles) => {
        const names: ReadonlyArray<"title" | "year"> = ["title"]
        expectTypeOf(documentOf(articles.search({ scoreBy: text, topK: 1, includeFields: names }))).toEqualTypeOf<{
          readonly _id: string
          readonly title?: string
          readonly year?: number
        }>()
      })
    })

    it("a field that is not included, or that no document has, does not compile", () => {
      unrun((articles) => {
        // @ts-expect-error -- not included
        void documentOf(articles.search({ scoreBy: text, topK: 1, includeFields: ["title"] })).year
        // @ts-expect-error -- no such field
        articles.search({ scoreBy: text, topK: 1, includeFields: ["titel"] })
        // @ts-expect-error -- its text is not stored
        articles.search({ scoreBy: text, topK: 1, includeFields: ["keywords"] })
      })
    })

    it("a reranking sees what is included, and its errors and needs come out", () => {
      unrun((articles) => {
        const reranked = articles.hybrid({ text, vector: dense, topK: 1, includeFields: ["title"] }, {
          rerank: (documents) => {
            expectTypeOf(documents).toEqualTypeOf<ReadonlyArray<{ readonly _id: string; readonly title: string }>>()
            return documents.length > 0 ? Effect.succeed([{ index: 0, score: 1 }]) : Effect.fail("none" as const)
          }
        })
        expectTypeOf(failure(reranked)).toEqualTypeOf<DocumentIndex.RecordError | "none">()
        expectTypeOf(services(reranked)).toEqualTypeOf<never>()
      })
    })
  })

  describe("filters", () => {
    it("words are matched in a search alone", () => {
      const words = Filter.matchPhrase("title", "fresnel lens")
      unrun((articles) => {
        articles.search({ scoreBy: text, topK: 1, filter: Filter.and(words, Filter.gte("year", 2000)) })
        // @ts-expect-error -- not in a deletion
        articles.delete({ filter: words })
        // @ts-expect-error -- not in an update
        articles.updateByFilter({ filter: words, setFields: { year: 1 } })
        // @ts-expect-error -- not in a fetch
        articles.fetchByFilter({ filter: words })
        // @ts-expect-error -- metadata is no full text
        articles.search({ scoreBy: text, topK: 1, filter: Filter.matchAny("year", "a") })
        // @ts-expect-error -- no such field
        articles.search({ scoreBy: text, topK: 1, filter: Filter.eq("colour", "red") })
        // @ts-expect-error -- a number is no text
        articles.delete({ filter: Filter.eq("year", "2000") })
      })
    })
  })

  describe("update", () => {
    it("sets some fields, and removes what a document may be without", () => {
      unrun((articles) => {
        articles.update([{ _id: "a", setFields: { title: "b", year: 1 }, removeFields: ["rating", "body"] }])
        articles.updateByFilter({ filter: Filter.eq("year", 1), setFields: { year: 2 }, removeFields: ["terms"] })
        // @ts-expect-error -- a document must have it
        articles.update([{ _id: "a", removeFields: ["title"] }])
        // @ts-expect-error -- a document must have it
        articles.update([{ _id: "a", removeFields: ["year"] }])
        // @ts-expect-error -- of another type
        articles.update([{ _id: "a", setFields: { title: 1 } }])
        // @ts-expect-error -- no such field
        articles.update([{ _id: "a", setFields: { colour: "red" } }])
        // @ts-expect-error -- the index embeds it: by ids alone
        articles.updateByFilter({ filter: Filter.eq("year", 1), setFields: { summary: "new" } })
      })
    })

    it("a deletion has exactly one target", () => {
      unrun((articles) => {
        articles.delete({ ids: ["a"] })
        articles.delete({ deleteAll: true })
        // @ts-expect-error -- two
        articles.delete({ ids: ["a"], deleteAll: true })
        // @ts-expect-error -- none
        articles.delete({})
      })
    })
  })
})
