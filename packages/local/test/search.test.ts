/**
 * Search through the SDK gives what a plain evaluation of every record gives: for each metric, sparse and hybrid, with and
 * without filters.
 */
import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import * as PineconeLocal from "@effect-pinecone/local/PineconeLocal"
import * as Filter from "@effect-pinecone/schema/Filter"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { FastCheck as fc } from "../../../scripts/testing/properties.js"

type Metric = "cosine" | "dotproduct" | "euclidean"
type Kind = "dense" | "sparse" | "hybrid"

interface Sparse {
  readonly indices: ReadonlyArray<number>
  readonly values: ReadonlyArray<number>
}

interface Entry {
  readonly id: string
  readonly values: ReadonlyArray<number>
  readonly sparse: Sparse
  readonly metadata: { readonly genre?: string; readonly year?: number; readonly tags?: ReadonlyArray<string> }
}

const dimension = 5

const number = fc.float({ noNaN: true, noDefaultInfinity: true, min: -10, max: 10 })
const dense = fc.array(number, { minLength: dimension, maxLength: dimension }).filter((values) =>
  dot(values, values) > 1e-3
)

const sparse: fc.Arbitrary<Sparse> = fc.uniqueArray(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 8 })
  .chain(
    (indices) =>
      fc.record({
        indices: fc.constant(indices),
        values: fc.array(fc.float({ noNaN: true, min: Math.fround(0.1), max: 5 }), {
          minLength: indices.length,
          maxLength: indices.length
        })
      })
  )

const genre = fc.constantFrom("comedy", "drama", "5")
const year = fc.integer({ min: 1990, max: 2010 })
const tag = fc.constantFrom("a", "b", "c")

const metadata = fc.record({ genre, year, tags: fc.array(tag, { maxLength: 3 }) }, { requiredKeys: [] })

const entries: fc.Arbitrary<ReadonlyArray<Entry>> = fc.uniqueArray(
  fc.record({
    id: fc.string({ minLength: 1, maxLength: 6 }).filter((id) => !id.includes("\0")),
    values: dense,
    sparse,
    metadata
  }),
  { selector: ({ id }) => id, minLength: 1, maxLength: 40 }
)

/** A filter for the SDK, and what it means. */
interface Meaning {
  readonly filter: Filter.Filter<never>
  readonly matches: (metadata: Entry["metadata"]) => boolean
}

const simple: fc.Arbitrary<Meaning> = fc.oneof(
  genre.map((value): Meaning => ({ filter: Filter.eq("genre", value), matches: ({ genre }) => genre === value })),
  genre.map((value): Meaning => ({ filter: Filter.ne("genre", value), matches: ({ genre }) => genre !== value })),
  year.map((value): Meaning => ({
    filter: Filter.gte("year", value),
    matches: ({ year }) => year !== undefined && year >= value
  })),
  year.map((value): Meaning => ({
    filter: Filter.lt("year", value),
    matches: ({ year }) => year !== undefined && year < value
  })),
  fc.array(tag).map((values): Meaning => ({
    filter: Filter.isIn("tags", values),
    matches: ({ tags = [] }) => tags.some((tag) => values.includes(tag))
  })),
  fc.boolean().map((value): Meaning => ({
    filter: Filter.exists("year", value),
    matches: ({ year }) => (year !== undefined) === value
  }))
)

const meaning: fc.Arbitrary<Meaning | undefined> = fc.option(
  fc.oneof(
    simple,
    fc.tuple(simple, simple).map(([a, b]): Meaning => ({
      filter: Filter.and(a.filter, b.filter),
      matches: (metadata) => a.matches(metadata) && b.matches(metadata)
    })),
    fc.tuple(simple, simple).map(([a, b]): Meaning => ({
      filter: Filter.or(a.filter, b.filter),
      matches: (metadata) => a.matches(metadata) || b.matches(metadata)
    }))
  ),
  { nil: undefined }
)

const dot = (a: ReadonlyArray<number>, b: ReadonlyArray<number>) => a.reduce((sum, value, i) => sum + value * b[i]!, 0)

const sparseDot = (a: Sparse, b: Sparse) =>
  a.indices.reduce((sum, index, i) => {
    const at = b.indices.indexOf(index)
    return at === -1 ? sum : sum + a.values[i]! * b.values[at]!
  }, 0)

const score = (kind: Kind, metric: Metric, query: Entry, entry: Entry): number => {
  if (kind === "sparse") return sparseDot(query.sparse, entry.sparse)
  if (kind === "hybrid") return dot(query.values, entry.values) + sparseDot(query.sparse, entry.sparse)
  if (metric === "dotproduct") return dot(query.values, entry.values)
  if (metric === "euclidean") return query.values.reduce((sum, value, i) => sum + (value - entry.values[i]!) ** 2, 0)
  return dot(query.values, entry.values) / Math.sqrt(dot(query.values, query.values) * dot(entry.values, entry.values))
}

const close = (a: number, b: number) => Math.abs(a - b) <= 1e-4 * Math.max(1, Math.abs(a), Math.abs(b))

const check = (kind: Kind, metric: Metric) =>
  Effect.gen(function*() {
    const name = `${kind}-${metric}`
    yield* (yield* Indexes.make).create({
      name,
      metric,
      dimension: kind === "sparse" ? undefined : dimension,
      vectorType: kind === "sparse" ? "sparse" : "dense",
      spec: { serverless: { cloud: "aws", region: "us-east-1" } }
    })
    const index = yield* VectorIndex.make({ name })
    const examples = fc.sample(fc.tuple(entries, entries, meaning, fc.integer({ min: 1, max: 50 })), {
      numRuns: 60,
      seed: 7
    })
    let run = 0
    for (const [all, [query], filter, topK] of examples) {
      const namespace = index.namespace(`run-${run++}`)
      yield* namespace.upsert(all.map(({ id, metadata, sparse, values }) => ({
        id,
        metadata,
        values: kind === "sparse" ? undefined : values,
        sparseValues: kind === "dense" ? undefined : sparse
      })))
      const { matches } = yield* namespace.query({
        topK,
        vector: kind === "sparse" ? undefined : query!.values,
        sparseVector: kind === "dense" ? undefined : query!.sparse,
        filter: filter?.filter,
        includeMetadata: true
      })
      const expected = all
        .filter(({ metadata }) => filter === undefined || filter.matches(metadata))
        .map((entry) => ({ id: entry.id, score: score(kind, metric, query!, entry) }))
        // Of words, what shares none with the query is no match.
        .filter(({ score }) => kind !== "sparse" || score !== 0)
        .sort((a, b) => metric === "euclidean" ? a.score - b.score : b.score - a.score)
      assert.strictEqual(matches.length, Math.min(topK, expected.length))
      matches.forEach((match, i) => {
        // Records of nearly the same score may change places; each has its own score all the same.
        assert.isTrue(close(match.score, expected[i]!.score), `${match.score} is not ${expected[i]!.score}`)
        const own = expected.find(({ id }) => id === match.id)
        assert.isDefined(own)
        assert.isTrue(close(match.score, own!.score), `${match.id}: ${match.score} is not ${own!.score}`)
        assert.deepStrictEqual(match.metadata, all.find(({ id }) => id === match.id)!.metadata)
      })
      assert.strictEqual(new Set(matches.map(({ id }) => id)).size, matches.length)
    }
  })

describe("search equals a plain evaluation of every record", () => {
  it.effect.each<readonly [Kind, Metric]>([
    ["dense", "cosine"],
    ["dense", "dotproduct"],
    ["dense", "euclidean"],
    ["sparse", "dotproduct"],
    ["hybrid", "dotproduct"]
  ])("%s, %s", ([kind, metric]) => check(kind, metric).pipe(Effect.provide(PineconeLocal.layer())))
})
