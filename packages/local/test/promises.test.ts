/**
 * What the types of an index promise is so when it runs: what is there of a record, what fits the Schema, and what does not.
 */
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import { PineconeHttpClient } from "@effect-pinecone/http/PineconeHttpClient"
import * as Filter from "@effect-pinecone/schema/Filter"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import { assert, describe, layer } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { collect, createIndex, failure, inProcess, withServices } from "./utils/pinecone.js"

const RoomId = Schema.String.pipe(Schema.pattern(/^room-/), Schema.brand("RoomId"))

const Talk = Schema.Struct({
  at: Schema.DateFromNumber,
  minutes: Schema.Int,
  room: Schema.optional(RoomId)
})

class Talks extends VectorIndex.Tag("test/Promises")<Talks>()({ metadata: Talk }) {}

const day = (n: number) => new Date(Date.UTC(2026, 0, n))

const talks = [
  { id: "first", values: [1, 0, 0], metadata: { at: day(1), minutes: 30, room: RoomId.make("room-1") } },
  { id: "second", values: [0, 1, 0], metadata: { at: day(2), minutes: 45 } }
]

/** An index with a Schema, and the same without one. */
const both = <A, I extends { readonly [field: string]: string | number | boolean | ReadonlyArray<string> | undefined }>(
  metadata: Schema.Schema<A, I>
) =>
  Effect.gen(function*() {
    const { host, name } = yield* createIndex()
    return {
      host,
      typed: yield* VectorIndex.makeTyped({ name, metadata }),
      plain: yield* VectorIndex.make({ name })
    }
  })

/** Two talks that fit, and one that does not. */
const withOdd = Effect.gen(function*() {
  const indexes = yield* both(Talk)
  yield* indexes.typed.upsert(talks)
  yield* indexes.plain.upsert([{ id: "odd", values: [0, 0, 1], metadata: { at: 5, minutes: 10, room: "hall" } }])
  return indexes
})

const stored = (index: VectorIndex.VectorIndex, id: string) =>
  Effect.map(index.fetch([id]), ({ records }) => records.get(id)?.metadata)

const idsOf = (records: Iterable<{ readonly id: string }>) => Array.from(records, ({ id }) => id).sort()

const errorsOf = (errors: ReadonlyArray<PineconeError.InvalidMetadata>) =>
  errors.map(({ operation, path, recordId }) => [operation, recordId, path])

/** A value of a type that the compiler would refuse. */
const wrong = (value: unknown): never => value as never

layer(withServices(inProcess()))((it) => {
  describe("what is asked for", () => {
    it.effect("is there, and nothing else is", () =>
      Effect.gen(function*() {
        const { typed } = yield* withOdd
        for (const flag of [true, false]) {
          const { matches } = yield* typed.query({
            vector: [1, 0, 0],
            topK: 1,
            includeMetadata: flag,
            includeValues: !flag
          })
          assert.deepStrictEqual(matches.map(({ metadata }) => metadata), [flag ? talks[0]!.metadata : undefined])
          assert.deepStrictEqual(matches.map(({ values }) => values), [flag ? undefined : new Float32Array([1, 0, 0])])
        }
      }))
  })

  describe("a record that does not fit the Schema", () => {
    const query = { vector: [1, 1, 1], topK: 10, includeMetadata: true } as const
    const filter = Filter.gt("minutes", 0)

    it.effect("fails a read, and with collect is given beside the others", () =>
      Effect.gen(function*() {
        const { typed } = yield* withOdd
        assert.strictEqual((yield* failure("PineconeInvalidMetadata")(typed.query(query))).recordId, "odd")
        const found = yield* typed.query({ ...query, onInvalid: "collect" })
        assert.deepStrictEqual(idsOf(found.matches), ["first", "second"])
        assert.deepStrictEqual(errorsOf(found.invalid), [["query", "odd", ["room"]]])
        assert.isFalse("invalid" in (yield* typed.query({ ...query, topK: 2 })))

        const fetched = yield* typed.fetch(["odd", "second", "nobody"], { onInvalid: "collect" })
        assert.deepStrictEqual(idsOf(fetched.records.values()), ["second"])
        assert.deepStrictEqual(errorsOf(fetched.invalid), [["fetch", "odd", ["room"]]])
        assert.isFalse("invalid" in (yield* typed.fetch(["first"])))

        const page = yield* typed.fetchByMetadata({ filter, onInvalid: "collect" })
        assert.deepStrictEqual(idsOf(page.records.values()), ["first", "second"])
        assert.deepStrictEqual(errorsOf(page.invalid), [["fetch_by_metadata", "odd", ["room"]]])

        const all = yield* typed.fetch(["first"], { onInvalid: "collect" })
        assert.deepStrictEqual(all.invalid, [])
      }))

    it.effect("the same of a search, of all fields and of some", () =>
      Effect.gen(function*() {
        const { typed } = yield* withOdd
        const search = { vector: [1, 1, 1], topK: 10 } as const
        yield* failure("PineconeInvalidMetadata")(typed.searchRecords(search))
        const { hits, invalid } = yield* typed.searchRecords({ ...search, onInvalid: "collect" })
        assert.deepStrictEqual(idsOf(hits), ["first", "second"])
        assert.deepStrictEqual(errorsOf(invalid), [["search_records", "odd", ["room"]]])
        const names: ReadonlyArray<"minutes" | "at"> = ["minutes"]
        const some = yield* typed.searchRecords({ ...search, fields: names, onInvalid: "collect" })
        assert.deepStrictEqual(some.hits.map(({ fields }) => [fields.minutes, fields.at]).sort(), [
          [10, undefined],
          [30, undefined],
          [45, undefined]
        ])
        assert.deepStrictEqual(some.invalid, [])
      }))

    it.effect("the same of many queries", () =>
      Effect.gen(function*() {
        const { plain, typed } = yield* withOdd
        yield* plain.upsert([{ id: "odd too", values: [0, 0, 1], metadata: {} }], { namespace: "other" })
        yield* typed.upsert([{ ...talks[0]!, id: "third" }], { namespace: "other" })
        const options = { ...query, namespaces: ["", "other"] }
        yield* failure("PineconeInvalidMetadata")(typed.queryNamespaces(options))
        const { invalid, matches } = yield* typed.queryNamespaces({ ...options, onInvalid: "collect" })
        assert.deepStrictEqual(idsOf(matches), ["first", "second", "third"])
        assert.deepStrictEqual(invalid.map(({ namespace, recordId }) => [namespace, recordId]), [
          ["", "odd"],
          ["other", "odd too"]
        ])

        const queries = [{ id: "first", topK: 10 }, { id: "third", topK: 1, namespace: "other" }]
        yield* failure("PineconeInvalidMetadata")(typed.queryMany(queries, { includeMetadata: true }))
        const { failures, results } = yield* typed.queryMany(queries, { includeMetadata: true, onInvalid: "collect" })
        assert.deepStrictEqual(
          results.map((result) => [idsOf(result?.matches ?? []), errorsOf(result?.invalid ?? [])]),
          [
            [["first", "second"], [["query", "odd", ["room"]]]],
            [["third"], []]
          ]
        )
        assert.deepStrictEqual(failures, [])
      }))

    it.effect("stands in its place in a stream", () =>
      Effect.gen(function*() {
        const { typed } = yield* withOdd
        const show = (items: ReadonlyArray<VectorIndex.Fetched<typeof Talk.Type> | PineconeError.InvalidMetadata>) =>
          items.map((item) => PineconeError.isPineconeError(item) ? `${item.recordId} at ${item.path}` : item.id)
        const onInvalid = "collect"
        assert.deepStrictEqual(show(yield* collect(typed.scan({ onInvalid, batchSize: 1 }))), [
          "first",
          "odd at room",
          "second"
        ])
        const ids = Stream.make("second", "odd", "nobody", "first", "odd")
        assert.deepStrictEqual(show(yield* collect(typed.fetchAll(ids, { onInvalid }))), [
          "second",
          "odd at room",
          "first",
          "odd at room"
        ])
        assert.deepStrictEqual(
          show(yield* collect(typed.fetchByMetadataStream({ filter, limit: 1, onInvalid }))).sort(),
          ["first", "odd at room", "second"]
        )
        for (const stream of [typed.scan(), typed.fetchAll(ids), typed.fetchByMetadataStream({ filter })]) {
          const error = yield* failure("PineconeInvalidMetadata")(Stream.runDrain(stream))
          assert.strictEqual(error.recordId, "odd")
        }
      }))
  })

  describe("an update", () => {
    it.effect("is encoded by the Schema, and leaves the other fields", () =>
      Effect.gen(function*() {
        const { plain, typed } = yield* withOdd
        yield* typed.update({ id: "first", setMetadata: { at: day(9), room: undefined } })
        assert.deepStrictEqual(yield* stored(plain, "first"), { at: day(9).getTime(), minutes: 30, room: "room-1" })
        yield* typed.updateByMetadata({
          filter: Filter.eq("minutes", 45),
          setMetadata: { at: day(7), room: RoomId.make("room-7") }
        })
        assert.deepStrictEqual(yield* stored(plain, "second"), {
          at: day(7).getTime(),
          minutes: 45,
          room: "room-7"
        })
        const { records } = yield* typed.updateAll(Stream.make({ id: "second", setMetadata: { at: day(8) } }))
        assert.deepStrictEqual([records, (yield* typed.fetch(["second"])).records.get("second")?.metadata.at], [
          1,
          day(8)
        ])
      }))

    it.effect("that does not fit the Schema is refused before it is sent", () =>
      Effect.gen(function*() {
        const { plain, typed } = yield* withOdd
        const parts: ReadonlyArray<readonly [part: object, path: ReadonlyArray<string>]> = [
          [{ minutes: 1.5 }, ["minutes"]],
          [{ minutes: "30" }, ["minutes"]],
          [{ at: 5 }, ["at"]],
          [{ room: "hall" }, ["room"]],
          [{ minutes: 5, romo: "room-1" }, ["romo"]]
        ]
        for (const [part, path] of parts) {
          const error = yield* failure("PineconeInvalidMetadata")(
            typed.update({ id: "first", setMetadata: wrong(part) })
          )
          assert.deepStrictEqual(
            [error.operation, error.recordId, error.path, error.attempts],
            ["update", "first", path, 0]
          )
          assert.include(error.message, "record \"first\"")
          const all = yield* failure("PineconeInvalidMetadata")(
            typed.updateByMetadata({ filter: Filter.gt("minutes", 0), setMetadata: wrong(part) })
          )
          assert.deepStrictEqual([all.operation, all.path, all.attempts], ["update", path, 0])
          assert.notProperty(all, "recordId")
          assert.notInclude(all.message, "record \"")
          const { failures } = yield* typed.updateAll(Stream.make({ id: "first", setMetadata: wrong(part) }), {
            onInvalid: "collect"
          })
          assert.deepStrictEqual(failures.map(({ error }) => error._tag), ["PineconeInvalidMetadata"])
        }
        assert.deepStrictEqual(yield* stored(plain, "first"), { at: day(1).getTime(), minutes: 30, room: "room-1" })
      }))

    it.effect("is a part of any kind of Schema", () =>
      Effect.gen(function*() {
        class Note extends Schema.Class<Note>("Note")({ at: Schema.Date, text: Schema.String }) {}
        const notes = yield* both(Note)
        yield* notes.typed.upsert([{ id: "a", values: [1, 2, 3], metadata: new Note({ at: day(1), text: "x" }) }])
        yield* notes.typed.update({ id: "a", setMetadata: { at: day(2) } })
        assert.deepStrictEqual(
          (yield* notes.typed.fetch(["a"])).records.get("a")?.metadata,
          new Note({ at: day(2), text: "x" })
        )
        yield* failure("PineconeInvalidMetadata")(notes.typed.update({ id: "a", setMetadata: wrong({ at: "2026" }) }))

        const lenient = yield* both(
          Schema.Struct({
            name: Schema.propertySignature(Schema.String).pipe(Schema.fromKey("title")),
            count: Schema.optionalWith(Schema.Number, { default: () => 7 }),
            seen: Schema.optionalWith(Schema.DateFromNumber, { as: "Option" })
          })
        )
        yield* lenient.typed.upsert([
          { id: "a", values: [1, 2, 3], metadata: { name: "x", count: 1, seen: Option.none() } }
        ])
        yield* lenient.typed.update({ id: "a", setMetadata: { seen: Option.some(day(1)) } })
        yield* lenient.typed.update({ id: "a", setMetadata: { name: "y" } })
        assert.deepStrictEqual(yield* stored(lenient.plain, "a"), { title: "y", count: 1, seen: day(1).getTime() })

        const checked = yield* both(
          Schema.Struct({ from: Schema.Int, to: Schema.Int }).pipe(Schema.filter(({ from, to }) => from <= to))
        )
        yield* checked.typed.upsert([{ id: "a", values: [1, 2, 3], metadata: { from: 1, to: 2 } }])
        yield* checked.typed.update({ id: "a", setMetadata: { to: 5 } })
        assert.deepStrictEqual(yield* stored(checked.plain, "a"), { from: 1, to: 5 })
      }))
  })

  describe("an upsert without metadata", () => {
    it.effect("is refused where the Schema asks for some, before it is sent", () =>
      Effect.gen(function*() {
        const { plain, typed } = yield* both(Talk)
        const bare = wrong({ id: "bare", values: [1, 2, 3] })
        const error = yield* failure("PineconeInvalidMetadata")(typed.upsert([talks[0]!, bare]))
        assert.deepStrictEqual([error.recordId, error.path, error.attempts], ["bare", ["at"], 0])
        const summary = yield* typed.upsertAll(Stream.make(talks[0]!, bare), { onInvalid: "collect" })
        assert.deepStrictEqual(summary.failures.map(({ error }) => error._tag), ["PineconeInvalidMetadata"])
        assert.deepStrictEqual((yield* plain.list()).ids, ["first"])
      }))

    it.effect("is written where all of it may be left out", () =>
      Effect.gen(function*() {
        const { typed } = yield* both(Schema.Struct({ x: Schema.optionalWith(Schema.Number, { default: () => 7 }) }))
        yield* typed.upsert([{ id: "bare", values: [1, 2, 3] }])
        assert.deepStrictEqual((yield* typed.fetch(["bare"])).records.get("bare")?.metadata, { x: 7 })
      }))
  })

  describe("metadata that is a union", () => {
    const Media = Schema.Union(
      Schema.TaggedStruct("article", { lang: Schema.String, words: Schema.Int }),
      Schema.TaggedStruct("video", { lang: Schema.String, seconds: Schema.Int, at: Schema.DateFromNumber })
    )
    const media = Effect.gen(function*() {
      const indexes = yield* both(Media)
      yield* indexes.typed.upsert([
        { id: "a", values: [1, 0, 0], metadata: { _tag: "article", lang: "en", words: 100 } },
        { id: "b", values: [0, 1, 0], metadata: { _tag: "article", lang: "de", words: 900 } },
        { id: "c", values: [0, 0, 1], metadata: { _tag: "video", lang: "en", seconds: 60, at: day(1) } }
      ])
      return indexes
    })

    it.effect("is filtered by the fields that its members share, and by those of one", () =>
      Effect.gen(function*() {
        const { typed } = yield* media
        const cases: ReadonlyArray<readonly [Filter.For<typeof Media.Encoded>, ReadonlyArray<string>]> = [
          [Filter.eq("_tag", "article"), ["a", "b"]],
          [Filter.eq("lang", "en"), ["a", "c"]],
          [Filter.gt("words", 500), ["b"]],
          [Filter.or(Filter.gt("words", 500), Filter.lte("seconds", 60)), ["b", "c"]],
          [Filter.and([Filter.eq("lang", "en"), Filter.exists("seconds", false)]), ["a"]]
        ]
        for (const [filter, ids] of cases) {
          const { matches } = yield* typed.query({ vector: [1, 1, 1], topK: 10, filter, includeMetadata: true })
          assert.deepStrictEqual(idsOf(matches), ids)
        }
      }))

    it.effect("is updated by a part of one member", () =>
      Effect.gen(function*() {
        const { plain, typed } = yield* media
        yield* typed.update({ id: "c", setMetadata: { at: day(2) } })
        yield* typed.update({ id: "a", setMetadata: { lang: "fr" } })
        assert.deepStrictEqual([yield* stored(plain, "c"), yield* stored(plain, "a")], [
          { _tag: "video", lang: "en", seconds: 60, at: day(2).getTime() },
          { _tag: "article", lang: "fr", words: 100 }
        ])
        const error = yield* failure("PineconeInvalidMetadata")(
          typed.update({ id: "c", setMetadata: wrong({ _tag: "video", seconds: "long" }) })
        )
        assert.deepStrictEqual(error.path, ["seconds"])
        yield* failure("PineconeInvalidMetadata")(
          typed.update({ id: "c", setMetadata: wrong({ words: 1, seconds: 2 }) })
        )
      }))
  })

  describe("a list of filters", () => {
    it.effect("asks for all or for one of them; an empty one for nothing, or for what there is not", () =>
      Effect.gen(function*() {
        const { plain, typed } = yield* withOdd
        const find = (filter: Filter.For<typeof Talk.Encoded>) =>
          Effect.map(typed.query({ vector: [1, 1, 1], topK: 10, filter }), ({ matches }) => idsOf(matches))
        const parts = [Filter.gt("minutes", 20), Filter.eq("room", "room-1")]
        const everything = ["first", "odd", "second"]
        assert.deepStrictEqual(yield* find(Filter.and(parts)), ["first"])
        assert.deepStrictEqual(yield* find(Filter.or(parts)), ["first", "second"])
        assert.deepStrictEqual(yield* find(Filter.and([])), everything)
        assert.deepStrictEqual(yield* find(Filter.or([])), [])
        assert.deepStrictEqual(yield* find(Filter.and([Filter.and([]), Filter.or([])])), [])
        assert.deepStrictEqual(yield* find(Filter.or([Filter.or([]), Filter.eq("minutes", 45)])), ["second"])
        assert.deepStrictEqual(yield* find(Filter.or([Filter.or([]), Filter.and([])])), everything)

        yield* failure("PineconeInvalidRequest")(typed.delete({ filter: Filter.and([]) }))
        yield* typed.delete({ filter: Filter.or([]) })
        assert.deepStrictEqual((yield* plain.list()).ids, everything)
        yield* typed.delete({ filter: Filter.or([Filter.or([]), Filter.eq("minutes", 45)]) })
        assert.deepStrictEqual((yield* plain.list()).ids, ["first", "odd"])
      }))
  })

  it.effect("a tag's layer takes the host of the index from Config, and looks nothing up", () =>
    Effect.gen(function*() {
      const { host, typed } = yield* withOdd
      const http = yield* PineconeHttpClient
      const { ids } = yield* Effect.flatMap(Talks, (index) => index.list()).pipe(
        Effect.provide(
          Talks.layerConfig({ host: Config.string("TALKS_HOST"), namespace: Config.string("TALKS_SPACE") })
        ),
        Effect.provideService(
          PineconeHttpClient,
          PineconeHttpClient.of({ ...http, describeIndex: () => Effect.dieMessage("it was looked up") })
        ),
        Effect.withConfigProvider(
          ConfigProvider.fromMap(new Map([["TALKS_HOST", host], ["TALKS_SPACE", "__default__"]]))
        )
      )
      assert.deepStrictEqual(ids, (yield* typed.list()).ids)
    }))
})
