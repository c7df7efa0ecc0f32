import { describe, expect, it } from "@effect/vitest"
import { FastCheck } from "../../../../scripts/testing/properties.js"
import type { Predicate } from "../../src/internal/filter.js"
import { compile, FilterProblem } from "../../src/internal/filter.js"
import { IdMap } from "../../src/internal/idMap.js"
import type { Job } from "../../src/internal/job.js"
import { atOnce } from "../../src/internal/job.js"
import type { Hit, Metric, SearchOptions, SparseVector, StoredRecord } from "../../src/internal/namespaceView.js"
import { NamespaceView } from "../../src/internal/namespaceView.js"
import { TopK } from "../../src/internal/topK.js"
import { VectorBlock } from "../../src/internal/vectorBlock.js"

const record = (id: string, parts: Partial<StoredRecord> = {}): StoredRecord => ({
  id,
  values: undefined,
  sparseValues: undefined,
  metadata: undefined,
  ...parts
})

const dense = (...values: ReadonlyArray<number>): Float32Array => Float32Array.from(values)

const sparse = (entries: Readonly<Record<number, number>>): SparseVector => ({
  indices: Uint32Array.from(Object.keys(entries), Number),
  values: Float32Array.from(Object.values(entries))
})

type Scored = Pick<Hit, "id" | "score">

const ids = (hits: ReadonlyArray<Scored>): ReadonlyArray<string> => hits.map((hit) => hit.id)

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

// -----------------------------------------------------------------------------
// The same by brute force
// -----------------------------------------------------------------------------

/** A plain map: it keeps a replaced record where it was, and puts one that comes back at the end. */
type Model = Map<string, StoredRecord>

const dotOf = (a: ReadonlyArray<number>, b: ReadonlyArray<number>): number =>
  a.reduce((sum, value, i) => sum + value * b[i], 0)

const sparseDot = (a: SparseVector | undefined, b: SparseVector | undefined): number => {
  if (a === undefined || b === undefined) return 0
  const values = new Map(Array.from(a.indices, (index, i) => [index, a.values[i]]))
  return Array.from(b.indices).reduce((sum, index, i) => sum + (values.get(index) ?? 0) * b.values[i], 0)
}

const denseScore = (metric: Metric, a: ReadonlyArray<number>, b: ReadonlyArray<number>): number => {
  if (metric === "dotproduct") return dotOf(a, b)
  if (metric === "cosine") {
    const lengths = Math.sqrt(dotOf(a, a)) * Math.sqrt(dotOf(b, b))
    return lengths === 0 ? 0 : dotOf(a, b) / lengths
  }
  return a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0)
}

const bruteForce = (model: Model, metric: Metric, options: SearchOptions): Array<Scored> => {
  const hits: Array<Scored> = []
  for (const { id, metadata, sparseValues, values } of model.values()) {
    if (options.predicate !== undefined && !options.predicate(metadata, -1)) continue
    if (metric === "euclidean" && values === undefined) continue
    const ofDense = options.vector === undefined || values === undefined
      ? 0
      : denseScore(metric, Array.from(values), Array.from(options.vector))
    const score = ofDense + sparseDot(sparseValues, options.sparseVector)
    // A search by a sparse vector alone has no match of score 0.
    if (options.vector === undefined && score === 0) continue
    hits.push({ id, score })
  }
  return hits.sort((a, b) => metric === "euclidean" ? a.score - b.score : b.score - a.score).slice(0, options.topK)
}

const close = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-5 * Math.max(1, Math.abs(a), Math.abs(b))

const checkHits = (found: ReadonlyArray<Scored>, expected: ReadonlyArray<Scored>): void => {
  expect(found.length).toBe(expected.length)
  expect(new Set(ids(found)).size).toBe(found.length)
  for (let i = 0; i < found.length; i++) {
    if (!close(found[i].score, expected[i].score)) expect(found).toEqual(expected)
    // Scores apart by no more than the rounding may change places, the first beyond the end among them.
    const clear = i + 1 < expected.length && !close(expected[i].score, expected[i + 1].score) &&
      (i === 0 || !close(expected[i - 1].score, expected[i].score))
    if (clear) expect(found[i].id).toBe(expected[i].id)
  }
}

// -----------------------------------------------------------------------------
// Random records
// -----------------------------------------------------------------------------

const oddIds = ["__proto__", "constructor", "", "é", "z", "\uFF5A", "\u{1F600}", "\uE000", "\u{10FFFF}", "a\u{1F600}b"]
const anyId = FastCheck.oneof(
  FastCheck.constantFrom(...oddIds),
  FastCheck.integer({ min: 0, max: 40 }).map((n) => `record-${n}`)
)

/** Integers among them, whose scores are exact and often equal. */
const vectors = (dimension: number): FastCheck.Arbitrary<Float32Array> =>
  FastCheck.oneof(
    FastCheck.float32Array({ minLength: dimension, maxLength: dimension, min: -10, max: 10, noNaN: true }),
    FastCheck.array(FastCheck.integer({ min: -2, max: 2 }), { minLength: dimension, maxLength: dimension })
      .map((values) => Float32Array.from(values))
  )

const sparseVectorsUpTo = (max: number): FastCheck.Arbitrary<SparseVector> =>
  FastCheck.uniqueArray(
    FastCheck.tuple(
      FastCheck.oneof(FastCheck.integer({ min: 0, max }), FastCheck.constant(4_294_967_295)),
      FastCheck.integer({ min: -8, max: 8 }).map((n) => n / 4)
    ),
    { maxLength: 6, selector: ([index]) => index }
  ).map((entries) => ({
    indices: Uint32Array.from(entries, ([index]) => index),
    values: Float32Array.from(entries, ([, value]) => value)
  }))

const sparseVectors = sparseVectorsUpTo(12)

/** Most records have none of the indices of a query. */
const rareVectors = sparseVectorsUpTo(150)

const maybe = <A>(arbitrary: FastCheck.Arbitrary<A>) => FastCheck.option(arbitrary, { nil: undefined, freq: 4 })

interface Space {
  readonly metric: Metric
  readonly dimension: number | undefined
  readonly values: FastCheck.Arbitrary<Float32Array | undefined>
  readonly sparseValues: FastCheck.Arbitrary<SparseVector | undefined>
  readonly queries: FastCheck.Arbitrary<Pick<SearchOptions, "vector" | "sparseVector">>
}

type Step =
  | { readonly _tag: "upsert"; readonly record: StoredRecord }
  | { readonly _tag: "remove"; readonly id: string }
  | { readonly _tag: "setMetadata"; readonly id: string; readonly color: number }
  | { readonly _tag: "list" }
  | { readonly _tag: "clear" }

const steps = (space: Space): FastCheck.Arbitrary<ReadonlyArray<Step>> => {
  const metadata = maybe(FastCheck.integer({ min: 0, max: 3 }).map((color) => ({ color })))
  return FastCheck.array(
    FastCheck.oneof(
      {
        weight: 40,
        arbitrary: FastCheck.record({ id: anyId, values: space.values, sparseValues: space.sparseValues, metadata })
          .map((record): Step => ({ _tag: "upsert", record }))
      },
      { weight: 12, arbitrary: anyId.map((id): Step => ({ _tag: "remove", id })) },
      {
        weight: 4,
        arbitrary: FastCheck.record({ id: anyId, color: FastCheck.integer({ min: 0, max: 3 }) })
          .map((change): Step => ({ _tag: "setMetadata", ...change }))
      },
      { weight: 3, arbitrary: FastCheck.constant<Step>({ _tag: "list" }) },
      { weight: 1, arbitrary: FastCheck.constant<Step>({ _tag: "clear" }) }
    ),
    { maxLength: 120, size: "max" }
  )
}

const play = (space: Space, steps: ReadonlyArray<Step>): readonly [NamespaceView, Model] => {
  const view = new NamespaceView(space)
  const model: Model = new Map()
  playOn(view, model, steps)
  return [view, model]
}

const playOn = (view: NamespaceView, model: Model, steps: ReadonlyArray<Step>): void => {
  for (const step of steps) {
    switch (step._tag) {
      case "upsert": {
        view.upsert(step.record)
        model.set(step.record.id, step.record)
        break
      }
      case "remove": {
        expect(view.remove(step.id)).toBe(model.delete(step.id))
        break
      }
      case "setMetadata": {
        const found = model.get(step.id)
        view.setMetadata(step.id, { color: step.color })
        if (found !== undefined) model.set(step.id, { ...found, metadata: { color: step.color } })
        break
      }
      case "list": {
        expect(atOnce(view.list({ limit: 1000 }))).toEqual(Array.from(model.keys()).sort(byBytes))
        break
      }
      case "clear": {
        view.clear()
        model.clear()
      }
    }
  }
}

const ofDense = (dimension: number) => vectors(dimension).map((vector) => ({ vector }))
const ofSparse = sparseVectors.map((sparseVector) => ({ sparseVector }))
const ofBoth = (dimension: number) => FastCheck.record({ vector: vectors(dimension), sparseVector: sparseVectors })
const none = FastCheck.constant(undefined)

const spaces: Readonly<Record<string, Space>> = {
  cosine: { metric: "cosine", dimension: 3, values: maybe(vectors(3)), sparseValues: none, queries: ofDense(3) },
  dotproduct: {
    metric: "dotproduct",
    dimension: 19,
    values: vectors(19),
    sparseValues: none,
    queries: ofDense(19)
  },
  euclidean: {
    metric: "euclidean",
    dimension: 10,
    values: maybe(vectors(10)),
    sparseValues: none,
    queries: ofDense(10)
  },
  sparse: {
    metric: "dotproduct",
    dimension: undefined,
    values: none,
    sparseValues: sparseVectors,
    queries: ofSparse
  },
  "sparse, of rare indices": {
    metric: "dotproduct",
    dimension: undefined,
    values: none,
    sparseValues: rareVectors,
    queries: rareVectors.map((sparseVector) => ({ sparseVector }))
  },
  hybrid: {
    metric: "dotproduct",
    dimension: 4,
    values: maybe(vectors(4)),
    sparseValues: maybe(sparseVectors),
    queries: FastCheck.oneof(ofDense(4), ofSparse, ofBoth(4))
  }
}

/** With a plan, which a view follows by the codes of the field. */
const compiled = (filter: unknown): Predicate => {
  const predicate = compile(filter)
  if (predicate instanceof FilterProblem) throw new Error(predicate.message)
  return predicate
}

const colors = FastCheck.integer({ min: 0, max: 3 })

const predicates: FastCheck.Arbitrary<Predicate | undefined> = FastCheck.oneof(
  FastCheck.constant(undefined),
  FastCheck.integer({ min: 0, max: 3 }).map((color): Predicate => (metadata) => metadata?.color === color),
  FastCheck.integer({ min: 0, max: 3 }).map((color): Predicate => (metadata) => metadata?.color !== color),
  colors.map((color) => compiled({ color })),
  colors.map((color) => compiled({ color: { $ne: color } })),
  colors.map((color) => compiled({ $or: [{ color: { $exists: false } }, { color: { $gt: color } }] }))
)

// -----------------------------------------------------------------------------

describe("NamespaceView", () => {
  for (const [name, space] of Object.entries(spaces)) {
    it(`${name}: a search finds what brute force finds`, () => {
      FastCheck.assert(
        FastCheck.property(
          steps(space),
          FastCheck.array(
            FastCheck.record({
              query: space.queries,
              topK: FastCheck.oneof(FastCheck.integer({ min: 1, max: 12 }), FastCheck.constant(1000)),
              predicate: predicates
            }),
            { minLength: 1, maxLength: 5 }
          ),
          (steps, searches) => {
            const [view, model] = play(space, steps)
            expect(view.size).toBe(model.size)
            for (const { predicate, query, topK } of searches) {
              const options = { ...query, topK, predicate }
              checkHits(atOnce(view.search(options)), bruteForce(model, space.metric, options))
              const matching = Array.from(model.values())
                .filter((record) => predicate === undefined || predicate(record.metadata))
              expect(atOnce(view.count(predicate))).toBe(matching.length)
              if (predicate !== undefined) {
                const expected = matching.map((record) => record.id).sort(byBytes)
                expect([...atOnce(view.filter(predicate))].sort(byBytes)).toEqual(expected)
              }
            }
            for (const id of [...oddIds, ...model.keys()]) {
              const expected = model.get(id)
              expect(view.has(id)).toBe(expected !== undefined)
              const found = view.get(id)
              expect(found?.values).toEqual(expected?.values)
              expect(found?.metadata).toEqual(expected?.metadata)
              const pairs = (vector: SparseVector | undefined) =>
                vector && Array.from(vector.indices, (index, i) => [index, vector.values[i]]).sort(([a], [b]) => a - b)
              expect(pairs(found?.sparseValues)).toEqual(pairs(expected?.sparseValues))
            }
          }
        ),
        { numRuns: 150 }
      )
    })
  }

  it("equal scores are in the order of the first insertion", () => {
    // The components are small integers: scores are exact on both sides, so the whole order is compared.
    const exact = FastCheck.array(FastCheck.integer({ min: -1, max: 1 }), { minLength: 2, maxLength: 2 })
      .map((values) => Float32Array.from(values))
    for (const metric of ["dotproduct", "euclidean"] as const) {
      const space: Space = { metric, dimension: 2, values: exact, sparseValues: none, queries: ofDense(2) }
      FastCheck.assert(
        FastCheck.property(steps(space), exact, FastCheck.integer({ min: 1, max: 30 }), (steps, vector, topK) => {
          const [view, model] = play(space, steps)
          expect(ids(atOnce(view.search({ vector, topK })))).toEqual(ids(bruteForce(model, metric, { vector, topK })))
        }),
        { numRuns: 150 }
      )
    }
    FastCheck.assert(
      FastCheck.property(
        steps(spaces.sparse),
        sparseVectors,
        FastCheck.integer({ min: 1, max: 30 }),
        (steps, sparseVector, topK) => {
          const [view, model] = play(spaces.sparse, steps)
          const options = { sparseVector, topK }
          expect(ids(atOnce(view.search(options)))).toEqual(ids(bruteForce(model, "dotproduct", options)))
        }
      ),
      { numRuns: 150 }
    )
  })

  it("vectors fill several pages", () => {
    // Four rows a page, by the size of the vectors, and many slots used twice.
    const dimension = 60_000
    const view = new NamespaceView({ metric: "dotproduct", dimension })
    const vector = (n: number) => new Float32Array(dimension).fill(n / dimension)
    for (let i = 0; i < 21; i++) view.upsert(record(`${i}`, { values: vector(i) }))
    for (let i = 0; i < 21; i += 2) view.remove(`${i}`)
    for (let i = 100; i < 115; i++) view.upsert(record(`${i}`, { values: vector(i) }))
    const hits = atOnce(view.search({ vector: new Float32Array(dimension).fill(1), topK: 30 }))
    const expected = [
      ...Array.from({ length: 15 }, (_, i) => 114 - i),
      ...Array.from({ length: 10 }, (_, i) => 19 - 2 * i)
    ]
    expect(ids(hits)).toEqual(expected.map(String))
    for (const { id, score } of hits) expect(score).toBeCloseTo(Number(id), 3)
    expect(view.get("19")?.values).toEqual(vector(19))
  })

  it("a euclidean score is the squared distance, the lowest first", () => {
    const view = new NamespaceView({ metric: "euclidean", dimension: 2 })
    view.upsert(record("far", { values: dense(3, 4) }))
    view.upsert(record("near", { values: dense(0, 1) }))
    view.upsert(record("here", { values: dense(0, 0) }))
    view.upsert(record("nowhere"))
    expect(atOnce(view.search({ vector: dense(0, 0), topK: 10 }))).toEqual([
      { id: "here", score: 0 },
      { id: "near", score: 1 },
      { id: "far", score: 25 }
    ])
  })

  it("a vector of zeros has cosine 0, and a cosine is never above 1", () => {
    const view = new NamespaceView({ metric: "cosine", dimension: 3 })
    view.upsert(record("zero", { values: dense(0, 0, 0) }))
    expect(atOnce(view.search({ vector: dense(1, 1, 1), topK: 1 }))).toEqual([{ id: "zero", score: 0 }])
    FastCheck.assert(FastCheck.property(vectors(3), (vector) => {
      view.upsert(record("zero", { values: vector }))
      const [hit] = atOnce(view.search({ vector, topK: 1 }))
      expect(hit.score).toBeLessThanOrEqual(1)
      expect(hit.score).toBeCloseTo(vector.some((value) => value !== 0) ? 1 : 0, 10)
    }))
  })

  it("a sparse search leaves out what has the score 0, whether it shares an index with the query or not", () => {
    const view = new NamespaceView({ metric: "dotproduct", dimension: undefined })
    view.upsert(record("other", { sparseValues: sparse({ 7: 1 }) }))
    view.upsert(record("negative", { sparseValues: sparse({ 1: -1 }) }))
    view.upsert(record("positive", { sparseValues: sparse({ 1: 2, 3: 1 }) }))
    view.upsert(record("balanced", { sparseValues: sparse({ 1: 5, 2: -1 }) }))
    const search = (topK: number) => atOnce(view.search({ sparseVector: sparse({ 1: 1, 2: 5 }), topK }))
    expect(search(1)).toEqual([{ id: "positive", score: 2 }])
    expect(search(10)).toEqual([{ id: "positive", score: 2 }, { id: "negative", score: -1 }])
    expect(atOnce(view.search({ sparseVector: sparse({ 77: 1 }), topK: 10 }))).toEqual([])
  })

  it("sparse vectors that were replaced many times are swept out, and no others", () => {
    const view = new NamespaceView({ metric: "dotproduct", dimension: undefined })
    const sparseVector = sparse({ 0: 1, 1: 1, 2: 1 })
    for (let i = 0; i < 10; i++) view.upsert(record(`kept-${i}`, { sparseValues: sparse({ [i % 3]: -1 - i }) }))
    for (let i = 0; i < 6000; i++) {
      view.upsert(record(`${i % 10}`, { sparseValues: sparse({ [i % 3]: i }) }))
      if (i % 100 === 99) {
        expect(atOnce(view.search({ sparseVector, topK: 20 }))).toEqual([
          ...Array.from({ length: 10 }, (_, n) => ({ id: `${(i - n) % 10}`, score: i - n })),
          ...Array.from({ length: 10 }, (_, n) => ({ id: `kept-${n}`, score: -1 - n }))
        ])
      }
    }
  })

  it("lists that many vectors are in are added up right while records come, change and go", () => {
    const entry = FastCheck.record({
      id: FastCheck.nat(60),
      keep: FastCheck.integer({ min: 0, max: 4 }),
      weights: FastCheck.array(FastCheck.integer({ min: -4, max: 4 }), { minLength: 3, maxLength: 3 })
    })
    FastCheck.assert(
      FastCheck.property(FastCheck.array(entry, { minLength: 60, maxLength: 200, size: "max" }), (entries) => {
        const view = new NamespaceView({ metric: "dotproduct", dimension: undefined })
        const model: Model = new Map()
        const sparseVector = sparse({ 0: 1, 1: -2, 7: 0.5 })
        entries.forEach(({ id, keep, weights: [a, b, c] }, i) => {
          if (keep === 0) {
            view.remove(`${id}`)
            model.delete(`${id}`)
          } else {
            const written = record(`${id}`, { sparseValues: sparse(keep === 1 ? { 0: a } : { 0: a, 1: b, 7: c }) })
            view.upsert(written)
            model.set(`${id}`, written)
          }
          if (i % 10 !== 0) return
          const options = { sparseVector, topK: 100 }
          checkHits(atOnce(view.search(options)), bruteForce(model, "dotproduct", options))
        })
      }),
      { numRuns: 50 }
    )
  })

  it("an index that a vector has twice counts twice, also where many vectors have it", () => {
    const view = new NamespaceView({ metric: "dotproduct", dimension: undefined })
    const repeated = (values: ReadonlyArray<number>) => ({
      indices: Uint32Array.from(values, () => 3),
      values: Float32Array.from(values)
    })
    const search = () => atOnce(view.search({ sparseVector: sparse({ 3: 2 }), topK: 2 }))
    for (let i = 0; i < 40; i++) view.upsert(record(`${i}`, { sparseValues: sparse({ 3: 1 }) }))
    expect(search()).toMatchObject([{ id: "0", score: 2 }, { id: "1", score: 2 }])
    view.upsert(record("twice", { sparseValues: repeated([1, 4]) }))
    expect(search()).toMatchObject([{ id: "twice", score: 10 }, { id: "0", score: 2 }])
    view.remove("twice")
    expect(search()).toMatchObject([{ id: "0", score: 2 }, { id: "1", score: 2 }])
  })

  it("what was given and what was got are copies", () => {
    const view = new NamespaceView({ metric: "dotproduct", dimension: 2 })
    const given = record("a", { values: dense(1, 2), sparseValues: sparse({ 1: 1 }) })
    view.upsert(given)
    given.values!.fill(9)
    given.sparseValues!.values.fill(9)
    const got = view.get("a")!
    got.values!.fill(9)
    got.sparseValues!.values.fill(9)
    expect(view.get("a")).toEqual(record("a", { values: dense(1, 2), sparseValues: sparse({ 1: 1 }) }))
  })

  it("a vector of another dimension is a defect, and leaves nothing behind", () => {
    const view = new NamespaceView({ metric: "dotproduct", dimension: 2 })
    expect(() => view.upsert(record("a", { values: dense(1, 2, 3) }))).toThrow(RangeError)
    expect(view.size).toBe(0)
    expect(() => atOnce(view.search({ vector: dense(1), topK: 1 }))).not.toThrow()
    view.upsert(record("a", { values: dense(1, 2) }))
    expect(() => atOnce(view.search({ vector: dense(1), topK: 1 }))).toThrow(RangeError)
  })

  it("an empty namespace, an empty query and a topK of 0 have no hits", () => {
    const view = new NamespaceView({ metric: "cosine", dimension: 1 })
    expect(atOnce(view.search({ vector: dense(1), topK: 10 }))).toEqual([])
    expect(atOnce(view.list({ limit: 10 }))).toEqual([])
    expect(view.remove("a")).toBe(false)
    view.upsert(record("a", { values: dense(1) }))
    expect(atOnce(view.search({ topK: 10 }))).toEqual([])
    expect(atOnce(view.search({ vector: dense(1), topK: 0 }))).toEqual([])
    expect(atOnce(view.list({ limit: 0 }))).toEqual([])
  })

  it("lists go page by page through the ids of a prefix, while records come and go", () => {
    const prefixes = FastCheck.constantFrom("", "record-1", "record-", "\u{1F600}", "\uFF5A", "a", "zz", "__")
    const unicodeIds = FastCheck.oneof(
      anyId,
      FastCheck.fullUnicodeString({ maxLength: 3 }),
      FastCheck.tuple(prefixes, anyId).map(([prefix, id]) => prefix + id)
    )
    const changes = FastCheck.array(
      FastCheck.record({ id: unicodeIds, remove: FastCheck.nat({ max: 3 }).map((n) => n === 0) }),
      { maxLength: 80, size: "max" }
    )
    FastCheck.assert(
      FastCheck.property(
        FastCheck.array(
          FastCheck.record({ changes, prefix: prefixes, limit: FastCheck.integer({ min: 1, max: 20 }) }),
          { minLength: 1, maxLength: 4 }
        ),
        (rounds) => {
          const view = new NamespaceView({ metric: "dotproduct", dimension: undefined })
          const model = new Set<string>()
          for (const { changes, limit, prefix } of rounds) {
            for (const { id, remove } of changes) {
              if (remove) {
                view.remove(id)
                model.delete(id)
              } else {
                view.upsert(record(id))
                model.add(id)
              }
            }
            const expected = Array.from(model).filter((id) => id.startsWith(prefix)).sort(byBytes)
            const listed: Array<string> = []
            let after: string | undefined
            do {
              const page = atOnce(view.list({ prefix, after, limit }))
              expect(page.length).toBe(Math.min(limit, expected.length - listed.length))
              for (const id of page) listed.push(id)
              after = page[page.length - 1]
            } while (after !== undefined)
            expect(listed).toEqual(expected)
            for (const { id } of changes) {
              expect(atOnce(view.list({ after: id, limit: 5 })))
                .toEqual(Array.from(model).sort(byBytes).filter((other) => byBytes(other, id) > 0).slice(0, 5))
            }
          }
        }
      ),
      { numRuns: 60 }
    )
  })

  it("lists are right on both sides of the thresholds at which everything is sorted again", () => {
    const view = new NamespaceView({ metric: "dotproduct", dimension: undefined })
    const model = new Set<string>()
    const check = () => {
      const expected = Array.from(model).sort(byBytes)
      expect(atOnce(view.list({ limit: 100_000 }))).toEqual(expected)
      expect(atOnce(view.list({ after: "m", limit: 3 }))).toEqual(expected.filter((id) => id > "m").slice(0, 3))
    }
    const add = (from: number, to: number) => {
      for (let i = from; i < to; i++) {
        // Spread out, so that new ids fall between old ones.
        const id = ((i * 7919) % 100_003).toString(36)
        view.upsert(record(id))
        model.add(id)
      }
      check()
    }
    add(0, 5000)
    for (let i = 0; i < 10; i++) add(5000 + i * 500, 5500 + i * 500)
    let n = 0
    for (const id of Array.from(model)) {
      if (n++ % 3 === 0) continue
      view.remove(id)
      model.delete(id)
      if (n % 997 === 0) check()
    }
    add(0, 400)
    add(0, 12_000)
  })
})

// -----------------------------------------------------------------------------

/** What is asked of a view, as a job. */
type Ask = (view: NamespaceView) => Job<unknown>

const asks = (space: Space): FastCheck.Arbitrary<Ask> => {
  const predicate = predicates.map((predicate) => predicate ?? (() => true))
  const after = maybe(anyId)
  const limit = FastCheck.integer({ min: 0, max: 20 })
  const prefix = FastCheck.constantFrom(undefined, "record-", "record-1")
  return FastCheck.oneof(
    {
      weight: 3,
      arbitrary: FastCheck.record({
        query: space.queries,
        topK: FastCheck.integer({ min: 1, max: 60 }),
        predicate: predicates,
        terms: FastCheck.constantFrom(undefined, undefined, [0], [1, 2]),
        includeValues: FastCheck.boolean()
      }).map(({ query, ...options }): Ask => (view) => view.search({ ...query, ...options }))
    },
    { weight: 1, arbitrary: predicate.map((predicate): Ask => (view) => view.filter(predicate)) },
    { weight: 1, arbitrary: predicate.map((predicate): Ask => (view) => view.count(predicate)) },
    {
      weight: 2,
      arbitrary: FastCheck.record({ predicate: predicates, after, limit, prefix })
        .map((options): Ask => (view) => view.filterPage(options))
    },
    {
      weight: 1,
      arbitrary: FastCheck.record({ after, limit, prefix }).map((options): Ask => (view) => view.list(options))
    }
  )
}

/** Sorted where the order is not promised. */
const comparable = (found: unknown): unknown =>
  Array.isArray(found) && found.every((id) => typeof id === "string") ? [...found].sort(byBytes) : found

describe("a job in slices, with writes between them", () => {
  for (const [name, space] of Object.entries(spaces)) {
    it(`${name}: finds what was there when it was made`, () => {
      const event = FastCheck.oneof(
        { weight: 3, arbitrary: steps(space).map((steps) => ({ steps: steps.slice(0, 6) })) },
        { weight: 1, arbitrary: asks(space).map((ask) => ({ ask })) },
        {
          weight: 6,
          arbitrary: FastCheck.record({ slice: FastCheck.nat(), units: FastCheck.integer({ min: 1, max: 60 }) })
        }
      )
      FastCheck.assert(
        FastCheck.property(
          steps(space),
          FastCheck.array(asks(space), { minLength: 1, maxLength: 3 }),
          FastCheck.array(event, { maxLength: 60, size: "max" }),
          (first, asked, events) => {
            const [view, model] = play(space, first)
            let past = first
            const running: Array<{ readonly job: Job<unknown>; readonly expected: unknown }> = []
            // The copy has seen the same writes, and has the same records in the same places.
            const start = (ask: Ask) => running.push({ job: ask(view), expected: atOnce(ask(play(space, past)[0])) })
            const check = ({ expected, job }: (typeof running)[number]) =>
              expect(comparable(job.result())).toEqual(comparable(expected))
            asked.forEach(start)
            for (const event of events) {
              if ("ask" in event) start(event.ask)
              else if ("steps" in event) {
                playOn(view, model, event.steps)
                past = [...past, ...event.steps]
              } else if (running.length > 0) {
                const at = event.slice % running.length
                if (running[at].job.next(event.units)) check(running.splice(at, 1)[0])
              }
            }
            for (const job of running) {
              atOnce(job.job)
              check(job)
            }
          }
        ),
        { numRuns: 100 }
      )
    })
  }

  it("a walk through many ids finds what was there, however they are cut into chunks", () => {
    const change = FastCheck.record({
      from: FastCheck.nat({ max: 9999 }),
      count: FastCheck.integer({ min: 1, max: 2500 }),
      remove: FastCheck.boolean(),
      step: FastCheck.constantFrom(1, 3, 7919)
    })
    const idOf = (n: number) => `id-${n.toString(36)}`
    FastCheck.assert(
      FastCheck.property(
        FastCheck.array(change, { minLength: 4, maxLength: 6 }),
        FastCheck.array(change, { minLength: 1, maxLength: 8 }),
        FastCheck.integer({ min: 1, max: 3000 }),
        FastCheck.integer({ min: 100, max: 20_000 }),
        (before, between, limit, units) => {
          const view = new NamespaceView({ metric: "dotproduct", dimension: undefined })
          const model = new Map<string, StoredRecord>()
          const apply = ({ count, from, remove, step }: typeof before[number]) => {
            for (let i = 0; i < count; i++) {
              const id = idOf((from + i * step) % 10_000)
              if (remove) {
                view.remove(id)
                model.delete(id)
              } else {
                const changed = record(id, { metadata: { even: i % 2 === 0 } })
                view.upsert(changed)
                model.set(id, changed)
              }
            }
          }
          const predicate: Predicate = (metadata) => metadata?.even === true
          before.forEach(apply)
          let after: string | undefined
          for (let round = 0; round < 3; round++) {
            const matching = Array.from(model.values())
              .filter(({ id, metadata }) => predicate(metadata) && (after === undefined || byBytes(id, after) > 0))
              .sort((a, b) => byBytes(a.id, b.id))
            const page = view.filterPage({ predicate, after, limit })
            for (let slice = 0; !page.next(units); slice++) {
              if (slice % 3 === 0) apply(between[(slice / 3 + round) % between.length])
            }
            expect(page.result()).toEqual({ records: matching.slice(0, limit), more: matching.length > limit })
            after = matching[Math.min(limit, matching.length) - 1]?.id
            between.forEach(apply)
            expect(atOnce(view.list({ limit: 20_000 }))).toEqual(Array.from(model.keys()).sort(byBytes))
          }
        }
      ),
      { numRuns: 10 }
    )
  })

  it("a job that is closed, has ended or has failed is not asked about changes any more", () => {
    const view = new NamespaceView({ metric: "dotproduct", dimension: 2 })
    for (let i = 0; i < 10; i++) view.upsert(record(`${i}`, { values: dense(1, i), metadata: { i } }))
    let asked = 0
    const predicate: Predicate = () => {
      asked++
      return true
    }
    const closed = view.search({ vector: dense(1, 1), topK: 3, predicate })
    closed.next(1)
    closed.close()
    atOnce(view.filter(predicate))
    const failing = view.filter(() => JSON.parse("no JSON"))
    expect(() => atOnce(failing)).toThrow(SyntaxError)
    const before = asked
    for (let i = 0; i < 10; i++) view.remove(`${i}`)
    expect(asked).toBe(before)
  })
})

describe("IdMap", () => {
  it("holds many ids, through all of its splits", () => {
    const map = new IdMap()
    const count = 60_000
    for (let i = 0; i < count; i++) map.set(`id-${i}`, i)
    for (let i = 0; i < count; i += 3) map.delete(`id-${i}`)
    for (let i = 0; i < count; i += 2) map.set(`id-${i}`, -i)
    let size = 0
    for (let i = 0; i < count; i++) {
      const expected = i % 2 === 0 ? -i : i % 3 === 0 ? undefined : i
      if (expected !== undefined) size++
      if (map.get(`id-${i}`) !== expected) expect([i, map.get(`id-${i}`)]).toEqual([i, expected])
    }
    expect(map.size).toBe(size)
  })
})

describe("TopK", () => {
  it("keeps the best, the first of equals first", () => {
    FastCheck.assert(
      FastCheck.property(
        FastCheck.array(FastCheck.tuple(FastCheck.integer({ min: -3, max: 3 }), FastCheck.integer()), {
          maxLength: 60,
          size: "max"
        }),
        FastCheck.nat({ max: 20 }),
        (offers, capacity) => {
          const top = new TopK(capacity)
          for (const [key, sequence] of offers) if (key >= top.threshold) top.offer(key, { sequence })
          const expected = offers.map(([key, sequence]) => [key, sequence])
            .sort((a, b) => b[0] - a[0] || a[1] - b[1])
            .slice(0, capacity)
          expect(top.drain((key, { sequence }) => [key, sequence])).toEqual(expected)
        }
      )
    )
  })

  it("takes no NaN", () => {
    const top = new TopK(1)
    top.offer(NaN, { sequence: 0 })
    expect(top.size).toBe(0)
    top.offer(1, { sequence: 1 })
    top.offer(NaN, { sequence: 0 })
    expect(top.drain((key) => key)).toEqual([1])
  })
})

describe("VectorBlock", () => {
  it("uses slots again", () => {
    const block = new VectorBlock(2)
    const slots = Array.from({ length: 100 }, () => block.allocate())
    expect(new Set(slots).size).toBe(100)
    for (const slot of slots) block.write(slot, dense(slot, 1))
    block.release(slots[7])
    expect(block.read(slots[7])).toBeUndefined()
    expect(block.allocate()).toBe(slots[7])
    expect(block.read(slots[7])).toBeUndefined()
    expect(block.end).toBe(100)
    for (const slot of slots) if (slot !== slots[7]) expect(block.read(slot)).toEqual(dense(slot, 1))
  })
})
