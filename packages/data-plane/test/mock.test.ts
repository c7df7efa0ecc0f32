/**
 * An application's index with a part of its methods.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as VectorIndex from "../src/VectorIndex.js"

class Movies extends VectorIndex.Tag("test/Movies")<Movies>()({
  metadata: Schema.Struct({ title: Schema.String })
}) {}

const alien = { id: "alien", values: undefined, sparseValues: undefined, metadata: { title: "Alien" } }

const Mock = Movies.mock({
  query: ({ topK }) =>
    Effect.succeed({ matches: [{ ...alien, score: topK }], namespace: "en", usage: undefined, lsn: undefined }),
  scan: () => Stream.make(alien)
})

const defect = <A, E>(effect: Effect.Effect<A, E, Movies>) =>
  Effect.map(Effect.exit(Effect.provide(effect, Mock)), (exit) => {
    assert.isTrue(Exit.isFailure(exit), "a defect was expected")
    return Exit.isFailure(exit) ? String(Cause.squash(exit.cause)) : ""
  })

describe("a mock of an index", () => {
  it.effect("answers by the methods that it is given, in any namespace", () =>
    Effect.gen(function*() {
      const movies = yield* Movies
      const { matches } = yield* movies.query({ id: "any", topK: 3, includeMetadata: true })
      assert.deepStrictEqual(matches.map(({ metadata, score }) => [metadata.title, score]), [["Alien", 3]])
      const records = yield* Stream.runCollect(movies.namespace("en").scan())
      assert.deepStrictEqual(Array.from(records), [alien])
      assert.strictEqual(movies.metadata, Movies.metadata)
    }).pipe(Effect.provide(Mock)))

  it.effect("dies with the name of a method that it is not given", () =>
    Effect.gen(function*() {
      const of = <A, E>(use: (movies: Effect.Effect.Success<typeof Movies>) => Effect.Effect<A, E>) =>
        defect(Effect.flatMap(Movies, use))
      const message = (method: string, given = method) =>
        `UnimplementedError: test/Movies: the mock has no method "${method}": pass "${given}" to mock`
      assert.strictEqual(yield* of((movies) => movies.fetch(["a"])), message("fetch"))
      assert.strictEqual(yield* of((movies) => movies.namespace("en").list()), message("list"))
      assert.strictEqual(yield* of((movies) => Stream.runDrain(movies.listStream())), message("listStream"))
      assert.strictEqual(
        yield* of((movies) => Stream.run(Stream.empty, movies.upsertSink())),
        message("upsertSink")
      )
      assert.strictEqual(
        yield* of((movies) => movies.untyped().query({ id: "a", topK: 1 })),
        message("untyped().query", "untyped")
      )
    }))

  it.effect("does nothing for a method that is not called", () =>
    Effect.gen(function*() {
      const movies = yield* Movies
      assert.isFunction(movies.delete)
      movies.delete({ deleteAll: true })
    }).pipe(Effect.provide(Mock)))
})
