import type { InvalidSettings } from "@effect-pinecone/http/InvalidSettings"
import type { PineconeHttpClient } from "@effect-pinecone/http/PineconeHttpClient"
import * as Filter from "@effect-pinecone/schema/Filter"
import type { Metadata, MetadataValue } from "@effect-pinecone/schema/Metadata"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Config from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
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

// What there is in an answer, of which only the type is looked at.
declare const success: <A, E, R>(effect: Effect.Effect<A, E, R>) => A
declare const failure: <A, E, R>(effect: Effect.Effect<A, E, R>) => E
declare const services: <A, E, R>(effect: Effect.Effect<A, E, R>) => R
declare const matchOf: <M, E, R>(
  effect: Effect.Effect<{ readonly matches: ReadonlyArray<M> }, E, R>
) => M
declare const fieldsOf: <A, E, R>(
  effect: Effect.Effect<{ readonly hits: ReadonlyArray<{ readonly fields: A }> }, E, R>
) => A
declare const resultOf: <A, E, R>(
  effect: Effect.Effect<{ readonly results: ReadonlyArray<A> }, E, R>
) => NonNullable<A>

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
          Effect.Effect<VectorIndex.QueryResult<Movie, false>, VectorIndex.RecordError>
        >()
        expectTypeOf(movies.query({ vector, topK: 1 })).toEqualTypeOf<
          Effect.Effect<VectorIndex.QueryResult<undefined, false>, VectorIndex.RecordError>
        >()
        expectTypeOf(movies.query({ vector, topK: 1, includeMetadata: false })).toEqualTypeOf<
          Effect.Effect<VectorIndex.QueryResult<undefined, false>, VectorIndex.RecordError>
        >()
      })
    })

    it("where a boolean says it, the metadata may be there", () => {
      unrun((movies) => {
        const maybe = <T>(value: T): T => value
        const widened = { vector, topK: 1, includeMetadata: true }
        const asked: { readonly id: string; readonly topK: number; readonly includeMetadata?: true } = {
          id: "a",
          topK: 1
        }
        const anyOptions: VectorIndex.QueryOptions<StoredMovie> = { id: "a", topK: 1 }
        expectTypeOf(matchOf(movies.query({ vector, topK: 1, includeMetadata: maybe<boolean>(true) })).metadata)
          .toEqualTypeOf<Movie | undefined>()
        expectTypeOf(
          matchOf(movies.query({ vector, topK: 1, includeMetadata: maybe<boolean | undefined>(true) })).metadata
        )
          .toEqualTypeOf<Movie | undefined>()
        expectTypeOf(
          matchOf(movies.query({ vector, topK: 1, includeMetadata: maybe<true | undefined>(true) })).metadata
        )
          .toEqualTypeOf<Movie | undefined>()
        const spread = maybe<boolean>(true) ? { includeMetadata: true as const } : {}
        expectTypeOf(matchOf(movies.query({ vector, topK: 1, ...spread })).metadata)
          .toEqualTypeOf<Movie | undefined>()
        expectTypeOf(matchOf(movies.query(widened)).metadata).toEqualTypeOf<Movie | undefined>()
        expectTypeOf(matchOf(movies.query(asked)).metadata).toEqualTypeOf<Movie | undefined>()
        expectTypeOf(matchOf(movies.query(anyOptions)).metadata).toEqualTypeOf<Movie | undefined>()
      })
    })

    it("the values are there where they may be asked for, as far as a record has them", () => {
      unrun((movies) => {
        const flag: boolean = vector.length > 0
        expectTypeOf(matchOf(movies.query({ vector, topK: 1, includeValues: true })).values)
          .toEqualTypeOf<Float32Array | undefined>()
        expectTypeOf(matchOf(movies.query({ vector, topK: 1, includeValues: flag })).values)
          .toEqualTypeOf<Float32Array | undefined>()
        expectTypeOf(matchOf(movies.query({ vector, topK: 1 })).values).toEqualTypeOf<undefined>()
        expectTypeOf(matchOf(movies.query({ vector, topK: 1 })).sparseValues).toEqualTypeOf<undefined>()
        expectTypeOf(matchOf(movies.query({ vector, topK: 1, includeValues: false })).values)
          .toEqualTypeOf<undefined>()
      })
    })

    it("the same of many queries", () => {
      unrun((movies) => {
        const flag: boolean = vector.length > 0
        const queries = [{ vector, topK: 1 }]
        expectTypeOf(resultOf(movies.queryMany(queries)).matches).items.toHaveProperty("metadata")
          .toEqualTypeOf<undefined>()
        expectTypeOf(resultOf(movies.queryMany(queries, { includeMetadata: true })).matches).items
          .toHaveProperty("metadata").toEqualTypeOf<Movie>()
        expectTypeOf(resultOf(movies.queryMany(queries, { includeMetadata: flag })).matches).items
          .toHaveProperty("metadata").toEqualTypeOf<Movie | undefined>()
        // @ts-expect-error all are asked for the same
        movies.queryMany([{ vector, topK: 1, includeMetadata: true }])

        const namespaces = ["a"]
        const none = matchOf(movies.queryNamespaces({ namespaces, vector, topK: 1 }))
        expectTypeOf(none.metadata).toEqualTypeOf<undefined>()
        expectTypeOf(none.values).toEqualTypeOf<undefined>()
        expectTypeOf(
          matchOf(movies.queryNamespaces({ namespaces: "all", vector, topK: 1, includeMetadata: true })).metadata
        ).toEqualTypeOf<Movie>()
        const some = matchOf(
          movies.queryNamespaces({ namespaces, vector, topK: 1, includeMetadata: flag, includeValues: flag })
        )
        expectTypeOf(some.metadata).toEqualTypeOf<Movie | undefined>()
        expectTypeOf(some.values).toEqualTypeOf<Float32Array | undefined>()
      })
    })

    it("the errors and services of a stream of namespaces are those of the query", () => {
      unrun((movies) => {
        const names = Stream.fromEffect(Effect.zipRight(Movies, Effect.fail("no names" as const)))
        const asked = movies.queryNamespaces({ namespaces: names, vector, topK: 1 })
        expectTypeOf(failure(asked)).toEqualTypeOf<"no names" | VectorIndex.RecordError>()
        expectTypeOf(services(asked)).toEqualTypeOf<Movies>()
      })
    })

    it("an option that is misspelt does not compile", () => {
      unrun((movies) => {
        // @ts-expect-error there is no such option
        movies.query({ vector, topK: 1, includeMetdata: true })
        // @ts-expect-error there is no such option
        movies.queryNamespaces({ namespaces: "all", vector, topK: 1, includeMetdata: true })
        // @ts-expect-error there is no such option
        movies.queryMany([], { includeMetdata: true })
        // @ts-expect-error there is no such option
        movies.searchRecords({ text: "a", topK: 1, field: ["title"] })
        // @ts-expect-error there is no such option
        movies.fetch(["a"], { onIvalid: "collect" })
        // @ts-expect-error there is no such choice
        movies.scan({ onInvalid: "colect" })
      })
    })

    it("of an untyped index", () => {
      unrun((_, untyped) => {
        expectTypeOf(untyped.query({ vector, topK: 1, includeMetadata: true })).toEqualTypeOf<
          Effect.Effect<VectorIndex.QueryResult<Metadata, false>, VectorIndex.RecordError>
        >()
        expectTypeOf(untyped.query({ vector, topK: 1 })).toEqualTypeOf<
          Effect.Effect<VectorIndex.QueryResult<undefined, false>, VectorIndex.RecordError>
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

  describe("search of text records", () => {
    it("the fields that are asked for are there: all, those of a list of literals, or any of another list", () => {
      unrun((movies) => {
        const search = { text: "a garden", topK: 1 } as const
        const title: "title" | "year" = vector.length > 0 ? "title" : "year"
        const list: ReadonlyArray<"title" | "year"> = [title]
        const all = movies.searchRecords(search)
        const two = movies.searchRecords({ ...search, fields: ["title", "year"] })
        const none = movies.searchRecords({ ...search, fields: [] })
        const any = movies.searchRecords({ ...search, fields: list })
        const maybe = movies.searchRecords({ ...search, fields: vector.length > 0 ? ["title"] as const : undefined })
        expectTypeOf(fieldsOf(all)).toEqualTypeOf<Movie>()
        expectTypeOf(fieldsOf(two)).toEqualTypeOf<Pick<Movie, "title" | "year">>()
        expectTypeOf(fieldsOf(none)).toEqualTypeOf<Pick<Movie, never>>()
        expectTypeOf(fieldsOf(any)).toEqualTypeOf<Partial<Pick<Movie, "title" | "year">>>()
        expectTypeOf(fieldsOf(maybe)).toEqualTypeOf<Movie | Pick<Movie, "title">>()
        const one = (field: "title" | "year") => movies.searchRecords({ ...search, fields: ["genre", field] })
        expectTypeOf(fieldsOf(one("year")).genre).toEqualTypeOf<"comedy" | "drama">()
        expectTypeOf(fieldsOf(one("year")).year).toEqualTypeOf<number | undefined>()
        // @ts-expect-error there is no such field
        movies.searchRecords({ ...search, fields: ["titel"] })
      })
    })
  })

  describe("records that do not fit the Schema", () => {
    type Collected = { readonly invalid: ReadonlyArray<PineconeError.InvalidMetadata> }

    it("are errors of the answer where they are collected, and only there", () => {
      unrun((movies) => {
        const onInvalid = "collect"
        const filter = Filter.eq("seen", true)
        const collected = [
          movies.query({ vector, topK: 1, onInvalid }),
          movies.queryNamespaces({ namespaces: "all", vector, topK: 1, onInvalid }),
          movies.searchRecords({ text: "a", topK: 1, onInvalid }),
          movies.fetch(["a"], { onInvalid }),
          movies.fetchByMetadata({ filter, onInvalid })
        ] as const
        expectTypeOf(success(collected[0])).toExtend<Collected>()
        expectTypeOf(success(collected[1])).toExtend<Collected>()
        expectTypeOf(success(collected[2])).toExtend<Collected>()
        expectTypeOf(success(collected[3])).toExtend<Collected>()
        expectTypeOf(success(collected[4])).toExtend<Collected>()
        const many = movies.queryMany([{ vector, topK: 1 }], { onInvalid })
        expectTypeOf(resultOf(many)).toExtend<Collected>()

        const failing = [
          movies.query({ vector, topK: 1, onInvalid: "fail" }),
          movies.queryNamespaces({ namespaces: "all", vector, topK: 1 }),
          movies.searchRecords({ text: "a", topK: 1 }),
          movies.fetch(["a"]),
          movies.fetch(["a"], { namespace: "b" }),
          movies.fetchByMetadata({ filter })
        ] as const
        expectTypeOf(success(failing[0])).not.toHaveProperty("invalid")
        expectTypeOf(success(failing[1])).not.toHaveProperty("invalid")
        expectTypeOf(success(failing[2])).not.toHaveProperty("invalid")
        expectTypeOf(success(failing[3])).not.toHaveProperty("invalid")
        expectTypeOf(success(failing[4])).not.toHaveProperty("invalid")
        expectTypeOf(success(failing[5])).not.toHaveProperty("invalid")
        expectTypeOf(failing[3]).toEqualTypeOf<Effect.Effect<VectorIndex.FetchResult<Movie>, VectorIndex.RecordError>>()

        const either = movies.fetch(["a"], { onInvalid: vector.length > 0 ? "collect" : "fail" })
        expectTypeOf(success(either).invalid).toEqualTypeOf<Collected["invalid"] | undefined>()
      })
    })

    it("stand in the place of the record in a stream where they are collected", () => {
      unrun((movies) => {
        const onInvalid = "collect"
        const filter = Filter.eq("seen", true)
        type Failing = Stream.Stream<VectorIndex.Fetched<Movie>, VectorIndex.RecordError>
        type Collecting = Stream.Stream<
          VectorIndex.Fetched<Movie> | PineconeError.InvalidMetadata,
          VectorIndex.RecordError
        >
        expectTypeOf(movies.scan()).toEqualTypeOf<Failing>()
        expectTypeOf(movies.scan({ prefix: "a" })).toEqualTypeOf<Failing>()
        expectTypeOf(movies.scan({ onInvalid })).toEqualTypeOf<Collecting>()
        expectTypeOf(movies.fetchAll(Stream.make("a"))).toEqualTypeOf<Failing>()
        expectTypeOf(movies.fetchAll(Stream.make("a"), { onInvalid })).toEqualTypeOf<Collecting>()
        expectTypeOf(movies.fetchByMetadataStream({ filter })).toEqualTypeOf<Failing>()
        expectTypeOf(movies.fetchByMetadataStream({ filter, onInvalid })).toEqualTypeOf<Collecting>()
        const options: VectorIndex.ScanOptions = {}
        expectTypeOf(movies.scan(options)).toEqualTypeOf<Collecting>()
        Stream.map(movies.scan({ onInvalid }), (item) =>
          PineconeError.isPineconeError(item)
            ? item.recordId
            : item.metadata.title)
      })
    })
  })

  describe("filters", () => {
    it("a filter of a document search has text operators, and nothing else takes it", () => {
      type Search = Filter.SearchFor<StoredMovie, "plot">
      const search = (_: Search) => {}
      search(Filter.matchPhrase("plot", "a b"))
      search(Filter.eq("genre", "comedy"))
      search(Filter.exists("plot"))
      search(Filter.raw({ anything: { $match_any: "a" } }))
      search(Filter.and(Filter.gt("year", 1999), Filter.not(Filter.or([Filter.matchAny("plot", "a")]))))
      expectTypeOf<Filter.For<StoredMovie>>().toExtend<Search>()
      expectTypeOf<Search>().not.toExtend<Filter.For<StoredMovie>>()
      // @ts-expect-error a full-text field that is not there
      search(Filter.matchAll("plott", "a"))
      // @ts-expect-error a field without full-text search
      search(Filter.matchAll("title", "a"))
      // @ts-expect-error a misspelt field beside it
      search(Filter.and(Filter.matchAll("plot", "a"), Filter.eq("gerne", "comedy")))
      // @ts-expect-error the wrong type within not
      search(Filter.not(Filter.eq("year", "1999")))
      // @ts-expect-error the text of a full-text field is not compared
      search(Filter.eq("plot", "a"))
      // @ts-expect-error words are a string
      Filter.matchAny("plot", ["a"])
      unrun((movies, untyped) => {
        // @ts-expect-error only the search of documents takes it
        untyped.query({ vector, topK: 1, filter: Filter.matchPhrase("plot", "a b") })
        // @ts-expect-error not within and, either
        untyped.delete({ filter: Filter.and(Filter.eq("a", 1), Filter.matchAny("plot", "a")) })
        // @ts-expect-error nor not
        movies.query({ vector, topK: 1, filter: Filter.not(Filter.eq("year", 1999)) })
        movies.query({ vector, topK: 1, filter: Filter.and(Filter.eq("year", 1999), Filter.eq("genre", "drama")) })
      })
      const any = (_: Filter.SearchFor<Metadata, "plot">) => {}
      any(Filter.and(Filter.matchAny("plot", "a"), Filter.eq("anything", 1)))
    })

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
        // @ts-expect-error a filter at least, or a list
        Filter.and()
        // @ts-expect-error a filter at least, or a list
        Filter.or()
      })
    })

    it("and, or: of lists, empty ones too", () => {
      unrun((movies) => {
        const ask = (filter: Filter.For<StoredMovie>) => movies.query({ vector, topK: 1, filter })
        const parts: Array<Filter.For<StoredMovie>> = [Filter.eq("seen", true), Filter.gt("year", 1999)]
        ask(Filter.and(parts))
        ask(Filter.or(parts))
        ask(Filter.and([]))
        ask(Filter.or([]))
        ask(Filter.and([Filter.eq("seen", true), Filter.or([Filter.gt("year", 1999), Filter.eq("tags", "old")])]))
        ask(Filter.or(["a", "b"].map((tag) => Filter.eq("tags", tag))))
        // @ts-expect-error a part has a field that is not there
        ask(Filter.and([Filter.eq("seen", true), Filter.gt("yaer", 1999)]))
        // @ts-expect-error a part compares with another type
        ask(Filter.or([Filter.eq("seen", true), Filter.eq("year", "1999")]))
        // @ts-expect-error a list of filters
        Filter.and(["seen"])
      })
    })

    it("a range of what is no number says what is wrong", () => {
      type Fields = Filter.FieldsOf<StoredMovie>
      expectTypeOf<Fields["title"]["ordered"]>().toEqualTypeOf<
        "gt, gte, lt and lte compare numbers, and \"title\" holds strings"
      >()
      expectTypeOf<Fields["genre"]["ordered"]>().toEqualTypeOf<
        "gt, gte, lt and lte compare numbers, and \"genre\" holds strings"
      >()
      expectTypeOf<Fields["tags"]["ordered"]>().toEqualTypeOf<
        "gt, gte, lt and lte compare numbers, and \"tags\" holds lists of strings"
      >()
      expectTypeOf<Fields["seen"]["ordered"]>().toEqualTypeOf<
        "gt, gte, lt and lte compare numbers, and \"seen\" holds booleans"
      >()
      expectTypeOf<Fields["year"]["ordered"]>().toEqualTypeOf<true>()
      expectTypeOf<Fields["rating"]["ordered"]>().toEqualTypeOf<true>()
    })

    it("of a union: on the fields that its members share, and on those of one", () => {
      const Media = Schema.Union(
        Schema.TaggedStruct("article", { lang: Schema.String, words: Schema.Int, at: Schema.String }),
        Schema.TaggedStruct("video", {
          lang: Schema.String,
          seconds: Schema.Int,
          subtitles: Schema.Array(Schema.String),
          at: Schema.Number
        })
      )
      const program = Effect.gen(function*() {
        const media = yield* VectorIndex.makeTyped({ name: "media", metadata: Media })
        const ask = (filter: Filter.For<typeof Media.Encoded>) =>
          media.query({ vector, topK: 1, filter, includeMetadata: true })
        ask(Filter.eq("_tag", "article"))
        ask(Filter.isIn("_tag", ["article", "video"]))
        ask(Filter.eq("lang", "en"))
        ask(Filter.gt("words", 100))
        ask(Filter.and(Filter.eq("_tag", "video"), Filter.lte("seconds", 60), Filter.eq("subtitles", "de")))
        ask(Filter.exists("words", false))
        // What holds a string in one and a number in the other is compared with both, and has an order where it is a number.
        ask(Filter.or(Filter.eq("at", "noon"), Filter.eq("at", 12), Filter.gt("at", 12)))
        // @ts-expect-error there is no such member
        ask(Filter.eq("_tag", "song"))
        // @ts-expect-error no member has such a field
        ask(Filter.eq("pages", 1))
        // @ts-expect-error the words are a number
        ask(Filter.eq("words", "many"))
        // @ts-expect-error the language is a string
        ask(Filter.gt("lang", 1))
        const { matches } = yield* ask(Filter.exists("words"))
        expectTypeOf(matches).items.toHaveProperty("metadata").toEqualTypeOf<typeof Media.Type>()
        media.update({ id: "a", setMetadata: { _tag: "video", seconds: 5 } })
        media.update({ id: "a", setMetadata: { lang: "de" } })
        // @ts-expect-error a part of one member, not of two
        media.update({ id: "a", setMetadata: { _tag: "video", words: 5 } })
      })
      expectTypeOf(program).toExtend<Effect.Effect<void, unknown, PineconeHttpClient>>()
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

    it("a record without metadata compiles where all of it may be left out, and only there", () => {
      const optional = Schema.Struct({
        note: Schema.optional(Schema.String),
        count: Schema.optionalWith(Schema.Number, { default: () => 0 })
      })
      unrun((movies, untyped) => {
        // @ts-expect-error the Schema asks for metadata
        movies.upsert([{ id: "a", values: vector }])
        // @ts-expect-error the Schema asks for metadata
        movies.upsertAll(Stream.make({ id: "a", values: vector }))
        // @ts-expect-error the Schema asks for metadata
        movies.upsertProgress(Stream.make({ id: "a", values: vector }))
        // @ts-expect-error the Schema asks for metadata
        Stream.run(Stream.make({ id: "a", values: vector }), movies.upsertSink())
        // @ts-expect-error the Schema asks for metadata
        movies.upsert([{ id: "a", values: vector, metadata: undefined }])
        untyped.upsert([{ id: "a", values: vector }])
        untyped.upsertAll(Stream.make({ id: "a", values: vector }))
        movies.upsertAll(Stream.make({ id: "a", values: vector, metadata: movie }))
      })
      const lenient = Effect.gen(function*() {
        const index = yield* VectorIndex.makeTyped({ name: "notes", metadata: optional })
        yield* index.upsert([{ id: "a", values: vector }])
        return yield* index.upsertAll(Stream.make({ id: "a", values: vector }))
      })
      expectTypeOf(lenient).toExtend<Effect.Effect<{ readonly records: number }, unknown, PineconeHttpClient>>()
    })

    it("what a run gives back can be written again", () => {
      unrun((movies) => {
        movies.upsertAll(Stream.make({ id: "a", values: vector, metadata: movie })).pipe(
          Effect.catchTag("PineconeBatchFailed", ({ unsent }) => movies.upsertAll(Stream.fromIterable(unsent)))
        )
      })
    })

    it("an update sets fields in the application's form", () => {
      unrun((movies) => {
        movies.update({ id: "a", setMetadata: { year: 2000, released: new Date(0), rating: undefined } })
        movies.updateAll(Stream.make({ id: "a", setMetadata: { released: new Date(0) } }))
        movies.updateByMetadata({ filter: Filter.eq("seen", true), setMetadata: { released: new Date(0) } })
        // @ts-expect-error the year is a number
        movies.update({ id: "a", setMetadata: { year: "2000" } })
        // @ts-expect-error there is no such field
        movies.update({ id: "a", setMetadata: { yaer: 2000 } })
        // @ts-expect-error the application's form is a Date
        movies.updateByMetadata({ filter: Filter.eq("seen", true), setMetadata: { released: 0 } })
        // @ts-expect-error the application's form is a Date
        movies.updateAll(Stream.make({ id: "a", setMetadata: { released: 0 } }))
      })
    })

    it("an update takes branded types as the application has them", () => {
      const Isbn = Schema.String.pipe(Schema.brand("Isbn"))
      const Book = Schema.Struct({ isbn: Isbn, at: Schema.Date })
      const set = Effect.gen(function*() {
        const books = yield* VectorIndex.makeTyped({ name: "books", metadata: Book })
        yield* books.update({ id: "a", setMetadata: { isbn: Isbn.make("1"), at: new Date(0) } })
        // @ts-expect-error any string is no ISBN
        return yield* books.update({ id: "a", setMetadata: { isbn: "1" } })
      })
      expectTypeOf(set).toExtend<Effect.Effect<VectorIndex.Updated, unknown, PineconeHttpClient>>()
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

  it("a mock is of a part of the methods", () => {
    const movie: Movie = { title: "a", genre: "comedy", year: 1999, seen: true, tags: [], released: new Date(0) }
    expectTypeOf(Movies.mock({})).toEqualTypeOf<Layer.Layer<Movies>>()
    Movies.mock({
      query: ({ topK }) =>
        Effect.succeed({
          matches: [{ id: "a", score: topK, values: undefined, sparseValues: undefined, metadata: movie }],
          namespace: "",
          usage: undefined,
          lsn: undefined
        }),
      upsert: (records) => Effect.succeed({ upsertedCount: Array.from(records).length, lsn: undefined }),
      scan: () => Stream.make({ id: "a", values: undefined, sparseValues: undefined, metadata: movie })
    })
    // @ts-expect-error there is no such method
    Movies.mock({ qeury: () => Effect.die("") })
    // @ts-expect-error a list has ids
    Movies.mock({ list: () => Effect.succeed(["a"]) })
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
    expectTypeOf(Movies.layerConfig({ host: Config.string("HOST"), namespace: Config.string("NAMESPACE") }))
      .toEqualTypeOf<Layer.Layer<Movies, ConfigError, PineconeHttpClient>>()
    // @ts-expect-error one of the two, not both
    Movies.layerConfig({ name: Config.string("INDEX"), host: Config.string("HOST") })
    // @ts-expect-error one of the two is needed
    Movies.layerConfig({ namespace: Config.string("NAMESPACE") })
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
