/** Searches whose scans run in other threads find what they find in this one, whatever is written meanwhile. */
import { assert, describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { FastCheck } from "../../../../scripts/testing/properties.js"
import type { Job } from "../../src/internal/job.js"
import { atOnce } from "../../src/internal/job.js"
import { Arena } from "../../src/internal/kernel/arena.js"
import * as lane from "../../src/internal/lane.js"
import type { Hit, Metric, SearchOptions, StoredRecord } from "../../src/internal/namespaceView.js"
import { NamespaceView } from "../../src/internal/namespaceView.js"
import type { Found, Scan } from "../../src/internal/scans/protocol.js"
import { scan as scanPieces } from "../../src/internal/scans/scan.js"
import type { Threads } from "../../src/internal/scans/threads.js"
import * as threads from "../../src/internal/scans/threads.js"
import { turn } from "../../src/internal/turn.js"

const metrics: ReadonlyArray<Metric> = ["cosine", "dotproduct", "euclidean"]

// -----------------------------------------------------------------------------
// By brute force
// -----------------------------------------------------------------------------

/** In the order in which the records were first inserted. */
type Model = ReadonlyMap<string, StoredRecord>

const keyOf = (metric: Metric, query: Float32Array, values: Float32Array | undefined): number => {
  let product = 0
  let distance = 0
  let length = 0
  for (const [i, value] of query.entries()) {
    const other = values?.[i] ?? 0
    product += value * other
    distance += (value - other) ** 2
    length += other * other
  }
  if (metric === "euclidean") return -distance
  if (metric === "dotproduct" || product === 0) return product
  return product / Math.sqrt(length) / Math.sqrt(query.reduce((sum, value) => sum + value * value, 0))
}

/** The ids of the best. The numbers are whole and small: sums are exact, and many keys are equal. */
const bruteForce = (model: Model, metric: Metric, { onlyDense, predicate, topK, vector }: SearchOptions) =>
  Array.from(model.values())
    .filter(({ metadata, values }) =>
      (values !== undefined || (onlyDense !== true && metric !== "euclidean")) && predicate?.(metadata, -1) !== false
    )
    .map(({ id, values }) => ({ id, key: keyOf(metric, vector!, values) }))
    .sort((a, b) => b.key - a.key)
    .slice(0, topK)

const check = (metric: Metric, found: ReadonlyArray<Hit>, expected: ReturnType<typeof bruteForce>): void => {
  // The cosine of brute force is rounded in another way: what is as good as equal may change places.
  if (metric !== "cosine") expect(found.map(({ id }) => id)).toEqual(expected.map(({ id }) => id))
  const keys = found.map(({ score }) => metric === "euclidean" ? -score : score)
  expect(keys.length).toBe(expected.length)
  for (const [i, { key }] of expected.entries()) expect(keys[i]).toBeCloseTo(key, 10)
}

// -----------------------------------------------------------------------------
// Steps
// -----------------------------------------------------------------------------

const dimension = 5

const ids = FastCheck.nat({ max: 700 }).map((n) => `record-${n}`)

const vectors = FastCheck.array(FastCheck.integer({ min: -3, max: 3 }), { minLength: dimension, maxLength: dimension })
  .map((values) => Float32Array.from(values))

const colors = FastCheck.nat({ max: 9 })

const records: FastCheck.Arbitrary<StoredRecord> = FastCheck.record({
  id: ids,
  values: FastCheck.option(vectors, { nil: undefined, freq: 12 }),
  sparseValues: FastCheck.constant(undefined),
  metadata: colors.map((color) => ({ color }))
})

const searches: FastCheck.Arbitrary<SearchOptions> = FastCheck.record({
  vector: vectors,
  topK: FastCheck.oneof(FastCheck.integer({ min: 1, max: 12 }), FastCheck.integer({ min: 1, max: 300 })),
  predicate: FastCheck.oneof(
    FastCheck.constant(undefined),
    colors.map((least) => (metadata: StoredRecord["metadata"]) => Number(metadata?.["color"]) >= least)
  ),
  onlyDense: FastCheck.boolean(),
  includeValues: FastCheck.boolean()
})

type Write =
  | { readonly _tag: "upsert"; readonly records: ReadonlyArray<StoredRecord> }
  | { readonly _tag: "remove"; readonly ids: ReadonlyArray<string> }
  | { readonly _tag: "recolor"; readonly ids: ReadonlyArray<string>; readonly color: number }
  | { readonly _tag: "clear" }

const writes: FastCheck.Arbitrary<Write> = FastCheck.oneof(
  {
    weight: 30,
    arbitrary: FastCheck.array(records, { minLength: 1, maxLength: 30 })
      .map((records): Write => ({ _tag: "upsert", records }))
  },
  { weight: 8, arbitrary: FastCheck.array(ids, { maxLength: 20 }).map((ids): Write => ({ _tag: "remove", ids })) },
  {
    weight: 4,
    arbitrary: FastCheck.record({ ids: FastCheck.array(ids, { maxLength: 20 }), color: colors })
      .map((change): Write => ({ _tag: "recolor", ...change }))
  },
  { weight: 1, arbitrary: FastCheck.constant<Write>({ _tag: "clear" }) }
)

const write = (view: NamespaceView, model: Map<string, StoredRecord>, step: Write): void => {
  switch (step._tag) {
    case "upsert": {
      for (const record of step.records) {
        view.upsert(record)
        model.set(record.id, record)
      }
      break
    }
    case "remove": {
      for (const id of step.ids) expect(view.remove(id)).toBe(model.delete(id))
      break
    }
    case "recolor": {
      for (const id of step.ids) {
        const record = model.get(id)
        view.setMetadata(id, { color: step.color })
        if (record !== undefined) model.set(id, { ...record, metadata: { color: step.color } })
      }
      break
    }
    case "clear": {
      view.clear()
      model.clear()
    }
  }
}

/** Everything in shared memories, and nothing too small for another thread. */
const block = { plainBytes: 0, leastAside: 0, arenaBytes: 2 ** 16 }

const first = (seed: number): ReadonlyArray<StoredRecord> =>
  Array.from({ length: 700 }, (_, i) => ({
    id: `record-${i}`,
    values: Float32Array.from({ length: dimension }, (_, j) => ((i + seed) * (j + 3) * 7919 >> 3) % 7 - 3),
    sparseValues: undefined,
    metadata: { color: (i + seed) % 10 }
  }))

// -----------------------------------------------------------------------------
// Threads that work when they are told to
// -----------------------------------------------------------------------------

interface Held {
  readonly scan: Scan<Arena>
  readonly done: (found: Found | undefined) => void
  found: Found | undefined
}

/** They scan and answer one after the other, at any time, at the second seat of an arena. */
const held = () => {
  const pending: Array<Held> = []
  const seated = new WeakMap<Arena, Arena>()
  const seat = (arena: Arena): Arena => {
    const there = seated.get(arena) ?? new Arena(arena.dimension, arena.rows, arena.workspace, 1)
    seated.set(arena, there)
    return there
  }
  let asked = 0
  const threads: Threads = {
    areReady: () => true,
    scan: (scan, done) => {
      asked++
      pending.push({ scan, done, found: undefined })
    }
  }
  const work = ({ scan }: Held): Found =>
    scanPieces({ ...scan, pieces: scan.pieces.map((piece) => ({ ...piece, arena: seat(piece.arena) })) })
  return {
    threads,
    asked: () => asked,
    /** A thread scans, if it has not yet. */
    work: (n: number) => {
      const one = pending[n % pending.length]
      if (one !== undefined) one.found ??= work(one)
    },
    /** It says what it has found, or has ended before. */
    answer: (n: number, ended: boolean) => {
      if (pending.length === 0) return
      const [one] = pending.splice(n % pending.length, 1)
      if (one !== undefined) one.done(ended ? undefined : one.found ?? work(one))
    }
  }
}

interface Running {
  readonly job: Job<ReadonlyArray<Hit>>
  readonly expected: ReturnType<typeof bruteForce>
  /** Whether it waits for a thread. */
  waits: boolean
}

const moves = FastCheck.oneof(
  { weight: 3, arbitrary: writes.map((write) => ({ write })) },
  { weight: 2, arbitrary: searches.map((search) => ({ search })) },
  {
    weight: 6,
    arbitrary: FastCheck.record({ next: FastCheck.nat(), units: FastCheck.integer({ min: 1, max: 2000 }) })
  },
  { weight: 3, arbitrary: FastCheck.nat().map((work) => ({ work })) },
  {
    weight: 5,
    arbitrary: FastCheck.record({ answer: FastCheck.nat(), ended: FastCheck.nat({ max: 30 }).map((n) => n === 0) })
  },
  { weight: 1, arbitrary: FastCheck.nat().map((close) => ({ close })) }
)

describe("scans in other threads", () => {
  for (const metric of metrics) {
    it(`${metric}: find what brute force finds, whenever they read and answer`, () => {
      let asked = 0
      let finished = 0
      FastCheck.assert(
        FastCheck.property(
          FastCheck.nat({ max: 50 }),
          FastCheck.array(moves, { minLength: 40, maxLength: 200, size: "max" }),
          (seed, moves) => {
            const others = held()
            const view = new NamespaceView({ metric, dimension, block, threads: others.threads })
            const model = new Map<string, StoredRecord>()
            write(view, model, { _tag: "upsert", records: first(seed) })
            const running: Array<Running> = []
            const next = (one: Running, units: number) => {
              if (one.waits) return
              if (one.job.next(units)) {
                check(metric, one.job.result(), one.expected)
                running.splice(running.indexOf(one), 1)
                finished++
                return
              }
              const wait = one.job.waitsFor?.()
              if (wait === undefined) return
              one.waits = true
              wait(() => {
                one.waits = false
              })
            }
            for (const move of moves) {
              const at = (n: number) => running[n % running.length]
              if ("write" in move) write(view, model, move.write)
              else if ("search" in move) {
                running.push({
                  job: view.search(move.search),
                  expected: bruteForce(model, metric, move.search),
                  waits: false
                })
              } else if ("next" in move) {
                const one = at(move.next)
                if (one !== undefined) next(one, move.units)
              } else if ("work" in move) others.work(move.work)
              else if ("answer" in move) others.answer(move.answer, move.ended)
              else {
                // Whoever asked for it does not want it any more; the thread goes on.
                const one = at(move.close)
                if (one !== undefined) running.splice(running.indexOf(one), 1)
                one?.job.close()
              }
            }
            while (running.length > 0) {
              others.answer(0, false)
              for (const one of running.slice()) next(one, 100)
            }
            asked += others.asked()
          }
        ),
        { numRuns: 60, endOnFailure: true }
      )
      expect(asked).toBeGreaterThan(300)
      expect(finished).toBeGreaterThan(300)
    })
  }

  /** A search whose scans have other threads, which do something before they read and before they answer. */
  const searched = (
    view: NamespaceView,
    others: ReturnType<typeof held>,
    search: SearchOptions,
    { read = () => {}, answered = () => {} }: { readonly read?: () => void; readonly answered?: () => void }
  ) => {
    const job = view.search(search)
    while (!job.next(1000)) {
      const wait = job.waitsFor?.()
      if (wait === undefined) continue
      wait(() => {})
      read()
      others.work(0)
      answered()
      others.answer(0, false)
    }
    expect(others.asked()).toBeGreaterThan(0)
    return job.result()
  }

  const large = Float32Array.of(99, -99, 99, 99, 99)
  const towards = { vector: Float32Array.of(3, -2, 1, 3, 2), topK: 5 }

  const filled = (others: ReturnType<typeof held>, records = first(1)) => {
    const view = new NamespaceView({ metric: "dotproduct", dimension, block, threads: others.threads })
    const model = new Map<string, StoredRecord>()
    write(view, model, { _tag: "upsert", records })
    return {
      view,
      model,
      upsert: (records: ReadonlyArray<StoredRecord>) => write(view, model, { _tag: "upsert", records })
    }
  }

  it("leave no codes behind of rows that change while they are written", () => {
    const others = held()
    const { model, upsert, view } = filled(others)
    const some = first(1).filter((_, i) => i % 50 === 7)
    // The last ones are the best, which are looked at when enough others are there.
    const better = some.map((record, i) => ({ ...record, values: large.map((value) => value * (i + 1)) }))
    for (let i = 0; i < 48; i++) {
      const expected = bruteForce(model, "dotproduct", towards)
      const answered = () => upsert(i % 3 === 0 ? better : i % 3 === 2 ? some : [])
      check("dotproduct", searched(view, others, towards, { answered }), expected)
      check("dotproduct", atOnce(view.search(towards)), bruteForce(model, "dotproduct", towards))
    }
  })

  it("are done again where too much of what was found has changed", () => {
    const others = held()
    const { model, upsert, view } = filled(others)
    const expected = bruteForce(model, "dotproduct", towards)
    const changed = first(1).slice(100, 400).map((record) => ({ ...record, values: large }))
    const found = searched(view, others, towards, { read: () => upsert(changed) })
    check("dotproduct", found, expected)
  })

  it("know the order in which equal ones were inserted, not only that of their slots", () => {
    const others = held()
    const same = first(1).map((record) => ({ ...record, values: large }))
    const { model, upsert, view } = filled(others, same)
    write(view, model, { _tag: "remove", ids: same.slice(0, 300).map(({ id }) => id) })
    upsert(same.slice(0, 300))
    const found = searched(view, others, towards, {})
    expect(found.map(({ id }) => id)).toEqual(same.slice(300, 305).map(({ id }) => id))
  })

  it.scoped("in real ones find what brute force finds, while records are written", () =>
    Effect.gen(function*() {
      const pool = yield* threads.make({ most: 3 })
      yield* Effect.repeat(turn, { until: () => pool.areReady() })
      let asked = 0
      const counted: Threads = {
        areReady: () => pool.areReady(),
        scan: (scan, done) => {
          asked++
          pool.scan(scan, done)
        }
      }
      let finished = 0
      for (const metric of metrics) {
        const view = new NamespaceView({ metric, dimension, block, threads: counted })
        const model = new Map<string, StoredRecord>()
        write(view, model, { _tag: "upsert", records: first(0) })
        yield* Effect.promise(() =>
          FastCheck.assert(
            FastCheck.asyncProperty(
              FastCheck.array(
                FastCheck.oneof(
                  { weight: 3, arbitrary: writes.map((write) => ({ write })) },
                  { weight: 2, arbitrary: searches.map((search) => ({ search })) },
                  { weight: 1, arbitrary: FastCheck.constant({ turn }) }
                ),
                { minLength: 30, maxLength: 60, size: "max" }
              ),
              (moves) =>
                Effect.runPromise(Effect.gen(function*() {
                  const running: Array<Fiber.Fiber<void>> = []
                  for (const move of moves) {
                    if ("write" in move) write(view, model, move.write)
                    else if ("turn" in move) yield* move.turn
                    else {
                      const expected = bruteForce(model, metric, move.search)
                      const found = Effect.map(lane.run(() => view.search(move.search)), (found) => {
                        check(metric, found, expected)
                        finished++
                      })
                      running.push(yield* Effect.fork(found))
                      yield* Effect.yieldNow()
                    }
                  }
                  yield* Fiber.joinAll(running)
                }))
            ),
            { numRuns: 40, endOnFailure: true }
          )
        )
      }
      assert.isAbove(asked, 300)
      assert.isAbove(finished, 300)
    }), { timeout: 120_000 })

  it.scoped("that cannot start, or that end, are done in this thread", () =>
    Effect.gen(function*() {
      const view = (threads: Threads) => {
        const view = new NamespaceView({ metric: "cosine", dimension, block, threads })
        for (const record of first(3)) view.upsert(record)
        return view
      }
      const search = { vector: Float32Array.of(1, 2, 3, -1, 0), topK: 7 }
      const expected = atOnce(view({ areReady: () => false, scan: () => {} }).search(search))
      const missing = yield* threads.make({ most: 1, program: new URL("./nothing.js", import.meta.url) })
      const none = yield* threads.make({ most: 0 })
      for (const pool of [missing, none]) {
        assert.isFalse(pool.areReady())
        assert.deepStrictEqual(yield* lane.run(() => view(pool).search(search)), expected)
      }
      const ended = yield* Effect.scoped(Effect.gen(function*() {
        const pool = yield* threads.make({ most: 1 })
        yield* Effect.repeat(turn, { until: () => pool.areReady() })
        return yield* Effect.fork(lane.run(() => view(pool).search(search)))
      }))
      assert.deepStrictEqual(yield* Fiber.join(ended), expected)
    }))
})
