/** Documents written and searched through the embedded server, in the process and by the SDK, with full-text search and without. */
import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as DocumentIndex from "@effect-pinecone/data-plane/DocumentIndex"
import * as PineconeLocal from "@effect-pinecone/local/PineconeLocal"
import * as Filter from "@effect-pinecone/schema/Filter"
import * as IndexSchema from "@effect-pinecone/schema/IndexSchema"
import * as Score from "@effect-pinecone/schema/Score"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"

/** Both have this field, as no index has documents without one of its schema. */
const vector = IndexSchema.denseVector({ dimension: 2 })

class Searched extends DocumentIndex.Tag("benchmark/Searched")<Searched>()({
  fields: { text: IndexSchema.text(), vector },
  metadata: Schema.Struct({ part: Schema.Int })
}) {}

class Unsearched extends DocumentIndex.Tag("benchmark/Unsearched")<Unsearched>()({
  fields: { vector },
  metadata: Schema.Struct({ part: Schema.Int, text: Schema.String })
}) {}

export interface Written {
  readonly seconds: number
}

export interface Search {
  readonly words: string
  /** Whether a filter keeps one document in a hundred. */
  readonly filtered: boolean
}

export interface Measured {
  readonly searched: Written
  readonly unsearched: Written
  /** Milliseconds of each search. */
  readonly times: ReadonlyArray<number>
}

const batchSize = 1000

const parts = 100

const environment = Layer.mergeAll(
  Searched.layer({ name: "searched" }),
  Unsearched.layer({ name: "unsearched" }),
  Indexes.layer
).pipe(Layer.provide(PineconeLocal.layer()))

/** Writes batches one after the other. */
const timed = <E, R>(
  texts: ReadonlyArray<string>,
  upsert: (from: number, to: number) => Effect.Effect<unknown, E, R>
): Effect.Effect<Written, E, R> =>
  Effect.gen(function*() {
    const start = performance.now()
    for (let from = 0; from < texts.length; from += batchSize) {
      yield* upsert(from, Math.min(texts.length, from + batchSize))
    }
    return { seconds: (performance.now() - start) / 1000 }
  })

const documents = (texts: ReadonlyArray<string>, from: number, to: number) =>
  texts.slice(from, to).map((text, i) => ({
    _id: `document-${from + i}`,
    text,
    vector: [1, from + i],
    part: (from + i) % parts
  }))

export const measure = (texts: ReadonlyArray<string>, searches: ReadonlyArray<Search>): Promise<Measured> =>
  Effect.gen(function*() {
    const indexes = yield* Indexes.Indexes
    yield* indexes.ensure({ name: "searched", schema: Searched.schema })
    yield* indexes.ensure({ name: "unsearched", schema: Unsearched.schema })
    const searched = yield* Searched
    const unsearched = yield* Unsearched
    // The first batches compile the code, on both sides.
    yield* timed(texts.slice(0, 3 * batchSize), (from, to) => unsearched.upsert(documents(texts, from, to)))
    yield* timed(texts.slice(0, 3 * batchSize), (from, to) => searched.upsert(documents(texts, from, to)))
    const without = yield* timed(texts, (from, to) => unsearched.upsert(documents(texts, from, to)))
    const written = yield* timed(texts, (from, to) => searched.upsert(documents(texts, from, to)))
    const times: Array<number> = []
    for (const { filtered, words } of searches) {
      const start = performance.now()
      yield* searched.search({
        scoreBy: Score.text("text", words),
        topK: 10,
        ...(filtered ? { filter: Filter.eq("part", 7) } : {})
      })
      times.push(performance.now() - start)
    }
    return { searched: written, unsearched: without, times }
  }).pipe(Effect.provide(environment), Effect.runPromise)
