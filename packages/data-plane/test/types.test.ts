import type { InvalidSettings } from "@effect-pinecone/http/InvalidSettings"
import type { PineconeHttpClient } from "@effect-pinecone/http/PineconeHttpClient"
import * as Filter from "@effect-pinecone/schema/Filter"
import type { Metadata, MetadataValue } from "@effect-pinecone/schema/Metadata"
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Config from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import type * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import { describe, expectTypeOf, it } from "vitest"
import * as VectorIndex from "../src/VectorIndex.js"

// The compiler checks this file: a line that is expected not to compile, and does, is an error of its own. The bodies
// below are never run where they would need an index.

class Movies extends VectorIndex.Tag("test/Movies")<Movies>()({
  metadata: Schema.Struct({
    title: Schema.String,
    genre: Schema.Literal("comedy", "drama"),
    year: Schema.Int,
    seen: Schema.Boolean,
    tags: Schema.Array(Schema.String),
    rating: Schema.optional(Schema.Number),
    released: Schema.DateFromNumber
  })
}) {}

interface Movie {
  readonly title: string
  readonly genre: "comedy" | "drama"
  readonly year: number
  readonly seen: boolean
  readonly tags: ReadonlyArray<string>
  readonly rating?: number | undefined
  readonly released: Date
}

/** A type, since an interface may be added to, and is not known to be flat. */
type StoredMovie = {
  readonly title: string
  readonly genre: "comedy" | "drama"
  readonly year: number
  readonly seen: boolean
  readonly tags: ReadonlyArray<string>
  readonly rating?: number | undefined
  readonly released: number
}

/** Lets the compiler see code that is not run. */
const unrun = (_: (movies: VectorIndex.VectorIndex<Movie, StoredMovie>, untyped: VectorIndex.VectorIndex) => void) => {}

type Success<T> = T extends Effect.Effect<infer A, infer _E, infer _R> ? A : never
type Failure<T> = T extends Effect.Effect<infer _A, infer E, infer _R> ? E : never
type Requirements<T> = T extends Effect.Effect<infer _A, infer _E, infer R> ? R : never

/** The tags of the errors that an effect may end in. */
declare const tagOf: <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) => E["_tag"]

const vector = [1, 2, 3]

describe("types", () => {
  it("a tag gives an index of its Schema's types", () => {
    expectTypeOf<Success<typeof Movies>>().toEqualTypeOf<VectorIndex.VectorIndex<Movie, StoredMovie>>()
    expectTypeOf<Failure<typeof Movies>>().toEqualTypeOf<never>()
    expectTypeOf<Requirements<typeof Movies>>().toEqualTypeOf<Movies>()
  })

  describe("query", () => {
    it("the metadata is the application's type where it is asked for, and undefined where it is not", () => {
      unrun((movies) => {
        expectTypeOf(movies.query({ vector, topK: 1, includeMetadata: true })).toEqualTypeOf<
          Effect.Effect<VectorIndex.QueryResult<Movie>, VectorIndex.RecordError>
        >()
        expectTypeOf(movies.query({ vector, topK: 1 })).toEqualTypeOf<
          Effect.Effect<VectorIndex.QueryResult<undefined>, VectorIndex.RecordError>
        >()
        expectTypeOf(movies.query({ vector, topK: 1, includeMetadata: false })).toEqualTypeOf<
          Effect.Effect<VectorIndex.QueryResult<undefined>, VectorIndex.RecordError>
        >()
      })
    })

    it("of an untyped index", () => {
      unrun((_, untyped) => {
        expectTypeOf(untyped.query({ vector, topK: 1, includeMetadata: true })).toEqualTypeOf<
          Effect.Effect<VectorIndex.QueryResult<Metadata>, VectorIndex.RecordError>
        >()
        expectTypeOf(untyped.query({ vector, topK: 1 })).toEqualTypeOf<
          Effect.Effect<VectorIndex.QueryResult<undefined>, VectorIndex.RecordError>
        >()
      })
    })

    it("the fields of a match", () => {
      type Match = VectorIndex.QueryResult<Movie>["matches"][number]
      expectTypeOf<Match["metadata"]>().toEqualTypeOf<Movie>()
      expectTypeOf<Match["id"]>().toEqualTypeOf<string>()
      expectTypeOf<Match["score"]>().toEqualTypeOf<number>()
      expectTypeOf<Match["values"]>().toEqualTypeOf<Float32Array | undefined>()
      expectTypeOf<NonNullable<Match["sparseValues"]>["indices"]>().toEqualTypeOf<Uint32Array>()
      expectTypeOf<VectorIndex.QueryResult<undefined>["matches"][number]["metadata"]>().toEqualTypeOf<undefined>()
    })

    it("topK is needed", () => {
      unrun((movies) => {
        // @ts-expect-error topK is missing
        movies.query({ vector })
      })
    })
  })

  describe("filters", () => {
    it("that fit compile", () => {
      unrun((movies) => {
        const ask = (filter: Filter.For<StoredMovie>) => movies.query({ vector, topK: 1, filter })
        ask(Filter.eq("genre", "comedy"))
        ask(Filter.ne("title", "any"))
        ask(Filter.eq("seen", true))
        ask(Filter.isIn("year", [1999, 2000]))
        ask(Filter.notIn("genre", ["comedy", "drama"]))
        ask(Filter.gt("year", 1999))
        ask(Filter.exists("tags"))
        ask(Filter.exists("title", false))
        ask(Filter.raw({ anything: { $eq: 1 } }))
        movies.fetchByMetadata({ filter: Filter.lte("year", 1999) })
        movies.fetchByMetadataStream({ filter: Filter.lte("year", 1999) })
        movies.delete({ filter: Filter.lt("year", 1999) })
        movies.updateByMetadata({ filter: Filter.gte("year", 1999), setMetadata: { seen: true } })
        movies.describeIndexStats({ filter: Filter.eq("seen", true) })
      })
    })

    it("a misspelt field does not compile", () => {
      unrun((movies) => {
        // @ts-expect-error there is no field of that name
        movies.query({ vector, topK: 1, filter: Filter.eq("gerne", "comedy") })
        // @ts-expect-error there is no field of that name
        movies.query({ vector, topK: 1, filter: Filter.gt("yaer", 1999) })
        // @ts-expect-error there is no field of that name
        movies.query({ vector, topK: 1, filter: Filter.exists("taggs") })
        // @ts-expect-error there is no field of that name
        movies.fetchByMetadata({ filter: Filter.isIn("gerne", ["comedy"]) })
        // @ts-expect-error there is no field of that name
        movies.delete({ filter: Filter.eq("gerne", "comedy") })
        // @ts-expect-error there is no field of that name
        movies.updateByMetadata({ filter: Filter.eq("gerne", "comedy"), setMetadata: { seen: true } })
        // @ts-expect-error there is no field of that name
        movies.describeIndexStats({ filter: Filter.eq("gerne", "comedy") })
      })
    })

    it("a value of another type does not compile", () => {
      unrun((movies) => {
        // @ts-expect-error the year is a number
        movies.query({ vector, topK: 1, filter: Filter.eq("year", "1999") })
        // @ts-expect-error the title is a string
        movies.query({ vector, topK: 1, filter: Filter.ne("title", 1999) })
        // @ts-expect-error seen is a boolean
        movies.query({ vector, topK: 1, filter: Filter.eq("seen", "true") })
        // @ts-expect-error the year is a number
        movies.query({ vector, topK: 1, filter: Filter.isIn("year", [1999, "2000"]) })
        // @ts-expect-error a field is not compared with a list
        Filter.eq("tags", ["old"])
      })
    })

    it("what is stored is compared, not what the application sees", () => {
      unrun((movies) => {
        movies.query({ vector, topK: 1, filter: Filter.gt("released", Date.UTC(1999, 0)) })
        // @ts-expect-error a filter takes no Date
        Filter.eq("released", new Date(0))
        // @ts-expect-error the date is stored as a number
        movies.query({ vector, topK: 1, filter: Filter.eq("released", "1999-01-01") })
      })
    })

    it("an order of strings, booleans or lists does not compile", () => {
      unrun((movies) => {
        // @ts-expect-error the title is a string
        movies.query({ vector, topK: 1, filter: Filter.gt("title", 5) })
        // @ts-expect-error the genre is a string
        movies.query({ vector, topK: 1, filter: Filter.lte("genre", 5) })
        // @ts-expect-error seen is a boolean
        movies.query({ vector, topK: 1, filter: Filter.lt("seen", 1) })
        // @ts-expect-error the tags are strings
        movies.query({ vector, topK: 1, filter: Filter.gte("tags", 1) })
        // @ts-expect-error numbers alone have an order
        Filter.gt("title", "m")
      })
    })

    it("a literal that the field cannot have does not compile", () => {
      unrun((movies) => {
        // @ts-expect-error there is no such genre
        movies.query({ vector, topK: 1, filter: Filter.eq("genre", "comdey") })
        // @ts-expect-error there is no such genre
        movies.query({ vector, topK: 1, filter: Filter.isIn("genre", ["comedy", "western"]) })
        // @ts-expect-error any string is too many
        movies.query({ vector, topK: 1, filter: Filter.eq("genre", String("comedy")) })
      })
    })

    it("a list is compared by its elements", () => {
      unrun((movies) => {
        movies.query({ vector, topK: 1, filter: Filter.eq("tags", "old") })
        movies.query({ vector, topK: 1, filter: Filter.isIn("tags", ["old", "short"]) })
        // @ts-expect-error the tags are strings
        movies.query({ vector, topK: 1, filter: Filter.eq("tags", 5) })
      })
    })

    it("an optional field can be compared", () => {
      unrun((movies) => {
        movies.query({ vector, topK: 1, filter: Filter.gte("rating", 3.5) })
        movies.query({ vector, topK: 1, filter: Filter.eq("rating", 5) })
        movies.query({ vector, topK: 1, filter: Filter.exists("rating", false) })
        // @ts-expect-error the rating is a number
        movies.query({ vector, topK: 1, filter: Filter.eq("rating", "good") })
        // @ts-expect-error nothing is compared with undefined
        Filter.eq("rating", undefined)
      })
    })

    it("and, or: every part must fit", () => {
      unrun((movies) => {
        const comedies = Filter.and(
          Filter.eq("genre", "comedy"),
          Filter.or(Filter.gt("year", 1999), Filter.eq("tags", "old"), Filter.lt("year", 1950)),
          Filter.eq("genre", "drama")
        )
        movies.query({ vector, topK: 1, filter: comedies })
        movies.query({ vector, topK: 1, filter: Filter.or(comedies, Filter.raw({ a: 1 })) })
        const misspelt = Filter.and(Filter.eq("genre", "comedy"), Filter.or(Filter.gt("yaer", 1999)))
        // @ts-expect-error a part has a field that is not there
        movies.query({ vector, topK: 1, filter: misspelt })
        const wrong = Filter.or(Filter.gt("year", 1999), Filter.eq("title", 5))
        // @ts-expect-error a part compares with another type
        movies.query({ vector, topK: 1, filter: wrong })
        // @ts-expect-error the field is an ordered number in one part and a string in the other
        movies.query({ vector, topK: 1, filter: Filter.and(Filter.gt("year", 1), Filter.eq("year", "1")) })
        // @ts-expect-error a filter at least is needed
        Filter.and()
        // @ts-expect-error a filter at least is needed
        Filter.or()
      })
    })

    it("an untyped index takes any", () => {
      unrun((_, untyped) => {
        untyped.query({ vector, topK: 1, filter: Filter.eq("anything", "at all") })
        untyped.query({ vector, topK: 1, filter: Filter.and(Filter.gt("a", 1), Filter.eq("b", true)) })
        untyped.query({ vector, topK: 1, filter: Filter.raw({}) })
        untyped.delete({ filter: Filter.exists("anything") })
      })
    })

    it("a plain object is no filter", () => {
      unrun((movies, untyped) => {
        // @ts-expect-error raw makes a filter of it
        movies.query({ vector, topK: 1, filter: { genre: "comedy" } })
        // @ts-expect-error raw makes a filter of it
        untyped.query({ vector, topK: 1, filter: { genre: "comedy" } })
      })
    })
  })

  describe("writing", () => {
    const movie: Movie = {
      title: "a",
      genre: "comedy",
      year: 1999,
      seen: true,
      tags: [],
      released: new Date(0)
    }

    it("metadata of the application's type compiles, and no other", () => {
      unrun((movies) => {
        movies.upsert([{ id: "a", values: vector, metadata: movie }])
        movies.upsert([{ id: "a", values: vector }])
        // @ts-expect-error the year is a number
        movies.upsert([{ id: "a", values: vector, metadata: { ...movie, year: "1999" } }])
        // @ts-expect-error there is no such genre
        movies.upsert([{ id: "a", values: vector, metadata: { ...movie, genre: "western" } }])
        // @ts-expect-error the application's form is a Date
        movies.upsert([{ id: "a", values: vector, metadata: { ...movie, released: 0 } }])
        // @ts-expect-error the title is missing
        movies.upsert([{ id: "a", values: vector, metadata: { genre: "comedy" } }])
        // @ts-expect-error there is no such field
        movies.upsert([{ id: "a", values: vector, metadata: { ...movie, extra: 1 } }])
        // @ts-expect-error a record needs an id
        movies.upsert([{ values: vector, metadata: movie }])
      })
    })

    it("an update sets fields in their stored form", () => {
      unrun((movies) => {
        movies.update({ id: "a", setMetadata: { year: 2000, released: 0 } })
        // @ts-expect-error the year is a number
        movies.update({ id: "a", setMetadata: { year: "2000" } })
        // @ts-expect-error there is no such field
        movies.update({ id: "a", setMetadata: { yaer: 2000 } })
        // @ts-expect-error the stored form of the date is a number
        movies.updateByMetadata({ filter: Filter.eq("seen", true), setMetadata: { released: new Date(0) } })
      })
    })

    it("a delete is by ids, by a filter, or of all", () => {
      unrun((movies) => {
        movies.delete({ ids: ["a"] })
        movies.delete({ deleteAll: true, namespace: "old" })
        // @ts-expect-error one of the three is needed
        movies.delete({})
        // @ts-expect-error one of the three, not two
        movies.delete({ ids: ["a"], deleteAll: true })
        // @ts-expect-error nothing is deleted by not deleting all
        movies.delete({ deleteAll: false })
      })
    })

    it("untyped metadata is flat", () => {
      unrun((_, untyped) => {
        untyped.upsert([{ id: "a", values: vector, metadata: { a: "b", c: 1, d: true, e: ["f"] } }])
        // @ts-expect-error nothing nested
        untyped.upsert([{ id: "a", values: vector, metadata: { a: { b: 1 } } }])
        // @ts-expect-error no null
        untyped.upsert([{ id: "a", values: vector, metadata: { a: null } }])
        // @ts-expect-error lists are of strings
        untyped.upsert([{ id: "a", values: vector, metadata: { a: [1] } }])
      })
    })
  })

  it("a Schema whose stored form is nested, a Date or null does not compile", () => {
    const name = "movies"
    VectorIndex.makeTyped({ name, metadata: Schema.Struct({ at: Schema.Date, on: Schema.DateFromNumber }) })
    VectorIndex.makeTyped({
      name,
      metadata: Schema.Struct({ json: Schema.parseJson(Schema.Struct({ a: Schema.Int })) })
    })
    // @ts-expect-error nothing nested is stored
    VectorIndex.makeTyped({ name, metadata: Schema.Struct({ deep: Schema.Struct({ a: Schema.Int }) }) })
    // @ts-expect-error a Date is not stored
    VectorIndex.makeTyped({ name, metadata: Schema.Struct({ at: Schema.DateFromSelf }) })
    // @ts-expect-error null is not stored
    VectorIndex.makeTyped({ name, metadata: Schema.Struct({ at: Schema.NullOr(Schema.String) }) })
    // @ts-expect-error lists of numbers are not stored
    VectorIndex.makeTyped({ name, metadata: Schema.Struct({ at: Schema.Array(Schema.Number) }) })
    // @ts-expect-error a bigint is not stored
    VectorIndex.makeTyped({ name, metadata: Schema.Struct({ at: Schema.BigIntFromSelf }) })
    // @ts-expect-error nothing nested is stored
    VectorIndex.Tag("test/Nested")()({ metadata: Schema.Struct({ deep: Schema.Struct({ a: Schema.Int }) }) })
    // @ts-expect-error metadata is an object
    VectorIndex.makeTyped({ name, metadata: Schema.String })
  })

  it("where an index is: by name or by host", () => {
    VectorIndex.make({ name: "movies", namespace: "old" })
    VectorIndex.make({ host: "http://localhost:5081" })
    // @ts-expect-error one of the two is needed
    VectorIndex.make({ namespace: "old" })
    // @ts-expect-error one of the two, not both
    VectorIndex.make({ name: "movies", host: "http://localhost:5081" })
  })

  describe("errors", () => {
    type Sent =
      | "PineconeUnauthorized"
      | "PineconeForbidden"
      | "PineconePaymentRequired"
      | "PineconeNotFound"
      | "PineconeAlreadyExists"
      | "PineconePreconditionFailed"
      | "PineconeInvalidRequest"
      | "PineconeRateLimited"
      | "PineconeServiceUnavailable"
      | "PineconeNotImplemented"
      | "PineconeTransportError"
      | "PineconeTimedOut"
      | "PineconeInvalidResponse"

    it("query and upsert end in the errors of a request, a limit, or metadata", () => {
      unrun((movies) => {
        expectTypeOf(tagOf(movies.query({ vector, topK: 1 }))).toEqualTypeOf<
          Sent | "PineconeLimitExceeded" | "PineconeInvalidMetadata"
        >()
        expectTypeOf(tagOf(movies.upsert([]))).toEqualTypeOf<
          Sent | "PineconeLimitExceeded" | "PineconeInvalidMetadata"
        >()
        expectTypeOf(movies.upsert([])).toEqualTypeOf<
          Effect.Effect<VectorIndex.Upserted, VectorIndex.RecordError>
        >()
        expectTypeOf<VectorIndex.RecordError>().toExtend<PineconeError.PineconeError>()
      })
    })

    it("other calls end in no more than they can", () => {
      unrun((movies) => {
        expectTypeOf(tagOf(movies.delete({ deleteAll: true }))).toEqualTypeOf<Sent | "PineconeLimitExceeded">()
        expectTypeOf(tagOf(movies.describeNamespace("old"))).toEqualTypeOf<Sent | "PineconeLimitExceeded">()
        expectTypeOf(tagOf(movies.describeImport("1"))).toEqualTypeOf<Sent>()
        expectTypeOf(tagOf(movies.waitForImport("1"))).toEqualTypeOf<Sent | "PineconeOperationFailed">()
        expectTypeOf(movies.listStream()).toEqualTypeOf<Stream.Stream<string, VectorIndex.InputError>>()
      })
    })
  })

  it("layers and constructors need the HTTP client, and fail with nothing but their settings", () => {
    expectTypeOf(Movies.layer({ name: "movies" })).toEqualTypeOf<
      Layer.Layer<Movies, InvalidSettings, PineconeHttpClient>
    >()
    expectTypeOf(Movies.layerConfig({ name: Config.string("INDEX") })).toEqualTypeOf<
      Layer.Layer<Movies, ConfigError, PineconeHttpClient>
    >()
    expectTypeOf(VectorIndex.make({ name: "movies" })).toEqualTypeOf<
      Effect.Effect<VectorIndex.VectorIndex, InvalidSettings, PineconeHttpClient>
    >()
    expectTypeOf(VectorIndex.makeTyped({ name: "movies", metadata: Movies.metadata })).toEqualTypeOf<
      Effect.Effect<VectorIndex.VectorIndex<Movie, StoredMovie>, InvalidSettings, PineconeHttpClient>
    >()
    expectTypeOf<Metadata[string]>().toEqualTypeOf<MetadataValue>()
    expectTypeOf<MetadataValue>().toEqualTypeOf<string | number | boolean | ReadonlyArray<string>>()
  })
})
