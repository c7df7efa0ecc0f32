import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { TestClock } from "../../../scripts/testing/clock.js"
import { FastCheck as fc } from "../../../scripts/testing/properties.js"
import { merge, ranked } from "../src/internal/merge.js"
import { answering, json, model, recorder } from "./utils/stub.js"
import type { Seen } from "./utils/traffic.js"
import { gates, settle, traffic } from "./utils/traffic.js"

const host = "movies.svc.test"

const nameOf = ({ body }: Seen) => String(body["namespace"] ?? "")

const hit = (id: string, score: number) => ({ id, score })

type Hits = Readonly<Record<string, ReadonlyArray<{ readonly id: string; readonly score: number }>>>

/** An index that answers a query of a namespace with these matches. */
const answered = (hits: Hits, seen: Seen, usage: Readonly<Record<string, number>> = {}) => {
  const namespace = nameOf(seen)
  return json({
    namespace,
    matches: hits[namespace] ?? [],
    ...(usage[namespace] === undefined ? {} : { usage: { readUnits: usage[namespace] } })
  })
}

const other = ({ path }: Seen, metric: string | undefined = "cosine"): Response | undefined =>
  path.startsWith("/indexes/")
    ? json({ ...model, metric })
    : path === "/describe_index_stats"
    ? json({ namespaces: {}, dimension: 3, metric })
    : undefined

const index = (
  hits: Hits,
  options: {
    readonly metric?: string
    readonly before?: (seen: Seen) => Effect.Effect<void>
    readonly usage?: Readonly<Record<string, number>>
  } = {}
) =>
  traffic((seen) => {
    const about = other(seen, options.metric)
    return about !== undefined
      ? Effect.succeed(about)
      : Effect.map(options.before?.(seen) ?? Effect.void, () => answered(hits, seen, options.usage))
  })

const on = <A, E>(
  { answer }: ReturnType<typeof traffic>,
  use: (index: VectorIndex.VectorIndex) => Effect.Effect<A, E>,
  target: VectorIndex.Options = { host }
) => Effect.flatMap(VectorIndex.make(target), use).pipe(Effect.provide(answering(answer)))

const query = { vector: [1, 2, 3], topK: 3 }

const names = (length: number) => Array.from({ length }, (_, i) => `ns-${i}`)

const short = (matches: ReadonlyArray<{ readonly namespace: string; readonly id: string }>) =>
  matches.map(({ id, namespace }) => `${namespace}/${id}`)

describe("the best of many lists", () => {
  it("is the best of all in one, whatever the order in which they come; among equals, of the earlier list and place", () => {
    const list = fc.array(fc.integer({ min: -3, max: 3 }), { maxLength: 8 })
    fc.assert(fc.property(
      fc.array(list, { maxLength: 8 }).chain((lists) =>
        fc.tuple(fc.constant(lists), fc.shuffledSubarray(lists.map((_, i) => i), { minLength: lists.length }))
      ),
      fc.boolean(),
      fc.integer({ min: 1, max: 20 }),
      ([lists, order], ascending, topK) => {
        const scored = lists.map((scores, list) => scores.map((score, place) => ({ score, id: `${list}-${place}` })))
        let best: ReturnType<typeof ranked<{ score: number; id: string }>> = []
        for (const at of order) best = merge(best, ranked(scored[at]!, at, ascending), topK)
        const expected = scored.flat().sort((a, b) => ascending ? a.score - b.score : b.score - a.score).slice(0, topK)
        assert.deepStrictEqual(best.map(({ match }) => match), expected)
      }
    ))
  })
})

describe("queryNamespaces", () => {
  const hits: Hits = {
    a: [hit("1", 0.9), hit("2", 0.5)],
    b: [hit("1", 0.9), hit("3", 0.7)],
    c: [hit("4", 0.95), hit("5", 0.5)]
  }

  it.effect("gives the best of all, with their namespaces; equals in the order of the namespaces", () =>
    Effect.gen(function*() {
      const run = (namespaces: ReadonlyArray<string>, topK: number) =>
        on(
          index(hits),
          (index) => Effect.map(index.queryNamespaces({ ...query, topK, namespaces }), (all) => short(all.matches))
        )
      assert.deepStrictEqual(yield* run(["a", "b", "c"], 3), ["c/4", "a/1", "b/1"])
      assert.deepStrictEqual(yield* run(["b", "a", "c"], 2), ["c/4", "b/1"])
      assert.deepStrictEqual(yield* run(["c", "b", "a"], 10), ["c/4", "b/1", "a/1", "b/3", "c/5", "a/2"])
    }))

  it.effect("takes the lowest scores for euclidean", () =>
    Effect.gen(function*() {
      const server = index({ a: [hit("1", 0.1), hit("2", 4)], b: [hit("3", 0.1), hit("4", 3)] }, {
        metric: "euclidean"
      })
      const { matches } = yield* on(server, (index) => index.queryNamespaces({ ...query, namespaces: ["a", "b"] }))
      assert.deepStrictEqual(short(matches), ["a/1", "b/3", "b/4"])
    }))

  it.effect("is the same in whatever order the answers come", () =>
    Effect.gen(function*() {
      for (const order of [["a", "b", "c"], ["c", "b", "a"], ["b", "c", "a"]]) {
        const gate = gates()
        const server = index(hits, { before: (seen) => gate.pass(nameOf(seen)) })
        const fiber = yield* Effect.fork(
          on(server, (index) => index.queryNamespaces({ ...query, topK: 6, namespaces: ["a", "b", "c"] }))
        )
        yield* settle
        for (const name of order) yield* gate.open(name)
        assert.deepStrictEqual(
          short((yield* Fiber.join(fiber)).matches),
          ["c/4", "a/1", "b/1", "b/3", "a/2", "c/5"]
        )
      }
    }))

  it.effect("asks each namespace once, from an array, a stream, or all that the index has", () =>
    Effect.gen(function*() {
      const server = traffic((seen) => {
        if (seen.path !== "/namespaces") return Effect.succeed(other(seen) ?? answered(hits, seen))
        const token = seen.url.searchParams.get("paginationToken")
        return Effect.succeed(json(
          token === null
            ? { namespaces: [{ name: "a" }, { name: "b" }], pagination: { next: "2" } }
            : { namespaces: [{ name: "c" }] }
        ))
      })
      yield* on(server, (index) =>
        Effect.gen(function*() {
          const forms = [["a", "b", "a", "c", "b"], Stream.make("a", "b", "a", "c", "b"), "all"] as const
          for (const namespaces of forms) {
            const { matches } = yield* index.queryNamespaces({ ...query, namespaces })
            assert.deepStrictEqual(short(matches), ["c/4", "a/1", "b/1"])
            assert.deepStrictEqual(server.to("/query").map(nameOf).sort(), ["a", "b", "c"])
            server.seen.splice(0)
          }
        }))
    }))

  it.effect("asks the default namespace once, by whichever of its names it comes first", () =>
    Effect.gen(function*() {
      const server = traffic((seen) =>
        Effect.succeed(
          other(seen) ?? (seen.path === "/namespaces"
            ? json({ namespaces: [{ name: "__default__" }, {}, { name: "a" }, { name: "" }] })
            : json({ matches: [{ id: "1", score: 1 }], namespace: "" }))
        )
      )
      yield* on(server, (index) =>
        Effect.gen(function*() {
          const forms = [
            ["", "__default__", "a", "", "a"],
            ["__default__", "", "a"],
            Stream.make("", "a", "__default__"),
            "all"
          ] as const
          for (const namespaces of forms) {
            const { matches } = yield* index.queryNamespaces({ ...query, namespaces })
            assert.strictEqual(matches.length, 2)
            assert.strictEqual(server.to("/query").length, 2)
            server.seen.splice(0)
          }
        }))
    }))

  it.effect("gives nothing of an index without namespaces, and refuses a list of none", () =>
    Effect.gen(function*() {
      const server = traffic((seen) => Effect.succeed(other(seen) ?? json({ namespaces: [] })))
      yield* on(server, (index) =>
        Effect.gen(function*() {
          const empty = {
            matches: [],
            usage: { readUnits: 0 },
            usageByNamespace: new Map(),
            failures: []
          }
          assert.deepStrictEqual(yield* index.queryNamespaces({ ...query, namespaces: "all" }), empty)
          assert.deepStrictEqual(yield* index.queryNamespaces({ ...query, namespaces: Stream.empty }), empty)
          server.seen.splice(0)
          const error = yield* Effect.flip(index.queryNamespaces({ ...query, namespaces: [] }))
          assert.deepInclude(error, {
            _tag: "PineconeInvalidRequest",
            field: "namespaces",
            operation: "query_namespaces"
          })
          assert.include(error.message, "\"all\"")
          assert.strictEqual(server.seen.length, 0)
        }))
    }))

  it.effect("has so many queries in flight, and 32 unless told", () =>
    Effect.gen(function*() {
      for (const [concurrency, most] of [[1, 1], [7, 7], [undefined, 32]] as const) {
        for (const namespaces of [names(50), Stream.fromIterable(names(50))]) {
          const server = index({}, { before: () => Effect.sleep("20 millis") })
          const fiber = yield* Effect.fork(
            on(server, (index) => index.queryNamespaces({ ...query, namespaces, concurrency }))
          )
          yield* settle
          assert.strictEqual(server.counts.underWay, most)
          for (let i = 0; i < 50; i++) yield* TestClock.adjust("20 millis")
          yield* Fiber.join(fiber)
          assert.strictEqual(server.counts.most, most)
          assert.strictEqual(server.to("/query").length, 50)
        }
      }
    }))

  it.effect("reads a stream of names no faster than they are asked", () =>
    Effect.gen(function*() {
      const gate = gates()
      const server = index({}, { before: (seen) => gate.pass(nameOf(seen)) })
      let read = 0
      const endless = Stream.iterate(0, (n) => n + 1).pipe(
        Stream.map((n) => `ns-${n}`),
        Stream.tap(() => Effect.sync(() => read++))
      )
      const fiber = yield* Effect.fork(
        on(server, (index) => index.queryNamespaces({ ...query, namespaces: endless, concurrency: 3 }))
      )
      yield* settle
      assert.deepStrictEqual([read, server.counts.underWay], [3, 3])
      yield* gate.open("ns-1")
      assert.deepStrictEqual([read, server.counts.underWay], [4, 3])
      yield* Fiber.interrupt(fiber)
      assert.deepInclude(server.counts, { underWay: 0, aborted: 3 })
    }))

  it.effect("sums what it cost, and says what each namespace did", () =>
    Effect.gen(function*() {
      const server = index(hits, { usage: { a: 5, c: 7 } })
      const { usage, usageByNamespace } = yield* on(server, (index) =>
        index.queryNamespaces({ ...query, namespaces: ["c", "b", "a"] }))
      assert.deepStrictEqual(usage, { readUnits: 12 })
      assert.deepStrictEqual([...usageByNamespace], [["c", { readUnits: 7 }], ["a", { readUnits: 5 }]])
    }))

  const broken = (which: ReadonlyArray<string>, before: (seen: Seen) => Effect.Effect<void> = () => Effect.void) =>
    traffic((seen) =>
      Effect.map(
        before(seen),
        () =>
          other(seen) ?? (which.includes(nameOf(seen))
            ? json({ code: 13, message: `${nameOf(seen)} is broken` }, 500)
            : answered(hits, seen))
      )
    )

  it.effect("ends with the first failure, and aborts the others", () =>
    Effect.gen(function*() {
      for (const namespaces of [["a", "b", "c"], Stream.make("a", "b", "c")]) {
        const server = broken(["b"], (seen) => ["a", "c"].includes(nameOf(seen)) ? Effect.never : Effect.void)
        const error = yield* Effect.flip(on(server, (index) => index.queryNamespaces({ ...query, namespaces })))
        assert.deepInclude(error, { _tag: "PineconeServiceUnavailable", namespace: "b" })
        assert.deepInclude(server.counts, { underWay: 0, aborted: 2 })
      }
    }))

  it.effect("collects failures in the order of the namespaces, and merges the rest", () =>
    Effect.gen(function*() {
      const gate = gates()
      const server = broken(["a", "d", "c"], (seen) => seen.path === "/query" ? gate.pass(nameOf(seen)) : Effect.void)
      const fiber = yield* Effect.fork(
        on(
          server,
          (index) => index.queryNamespaces({ ...query, namespaces: ["d", "b", "c", "a"], onFailure: "collect" })
        )
      )
      yield* settle
      for (const name of ["a", "b", "c", "d"]) yield* gate.open(name)
      const { failures, matches } = yield* Fiber.join(fiber)
      assert.deepStrictEqual(failures.map(({ error, namespace }) => [namespace, error._tag, error.namespace]), [
        ["d", "PineconeServiceUnavailable", "d"],
        ["c", "PineconeServiceUnavailable", "c"],
        ["a", "PineconeServiceUnavailable", "a"]
      ])
      assert.deepStrictEqual(short(matches), ["b/1", "b/3"])
    }))

  it.effect("fails with what the stream of names fails with, even when it collects", () =>
    Effect.gen(function*() {
      const server = index(hits, { before: () => Effect.never })
      const error = yield* Effect.flip(on(server, (index) =>
        index.queryNamespaces({
          ...query,
          namespaces: Stream.concat(Stream.make("a"), Stream.fail("lost" as const)),
          onFailure: "collect"
        })))
      assert.strictEqual(error, "lost")
      assert.strictEqual(server.counts.underWay, 0)
    }))

  it.effect("fails at once where the query is wrong for all of them, and asks nothing", () =>
    Effect.gen(function*() {
      const wrong = [
        [{ topK: 0 }, "topK"],
        [{ topK: 10_001 }, "topK"],
        [{ vector: [1, Number.NaN, 3] }, "vector[1]"],
        [{ vector: undefined }, "vector"],
        [{ concurrency: 0 }, "concurrency"],
        [{ concurrency: 2.5 }, "concurrency"],
        [{ concurrency: Number.POSITIVE_INFINITY }, "concurrency"]
      ] as const
      const server = index(hits)
      for (const [change, field] of wrong) {
        const error = yield* Effect.flip(on(server, (index) =>
          index.queryNamespaces({ ...query, namespaces: ["a", "b"], onFailure: "collect", ...change })))
        assert.deepInclude(error, { field, attempts: 0 })
      }
      assert.strictEqual(server.seen.length, 0)
      for (const target of [{ host }, { name: "movies" }]) {
        const error = yield* Effect.flip(on(
          server,
          (index) =>
            index.queryNamespaces({ ...query, vector: [1, 2], namespaces: ["a", "b"], onFailure: "collect" }),
          target
        ))
        assert.strictEqual(error._tag, "PineconeInvalidRequest")
      }
      assert.strictEqual(server.to("/query").length, 0)
    }))

  it.effect("learns the metric by name from the control plane, and by host from the stats, once for all views", () =>
    Effect.gen(function*() {
      const server = index(hits, { metric: "euclidean" })
      const twice = (index: VectorIndex.VectorIndex) =>
        Effect.all([
          index.queryNamespaces({ ...query, namespaces: ["a"] }),
          index.untyped().namespace("x").queryNamespaces({ ...query, namespaces: ["b"] }),
          Effect.zipRight(
            index.queryNamespaces({ ...query, namespaces: ["a"] }),
            index.namespace("y").queryNamespaces({ ...query, namespaces: ["a"] })
          )
        ], { concurrency: "unbounded" })
      yield* on(server, twice, { name: "movies" })
      assert.deepStrictEqual([server.to("/indexes/movies").length, server.to("/describe_index_stats").length], [1, 0])
      server.seen.splice(0)
      yield* on(server, twice)
      assert.deepStrictEqual([server.to("/indexes/movies").length, server.to("/describe_index_stats").length], [0, 1])
      server.seen.splice(0)
      yield* on(server, (index) => index.queryNamespaces({ ...query, namespaces: ["a"], metric: "cosine" }))
      assert.deepStrictEqual(server.seen.map(({ path }) => path), ["/query"])
    }))

  it.effect("asks for the metric again where that failed, and says so where nobody knows it", () =>
    Effect.gen(function*() {
      let asked = 0
      const server = traffic((seen) =>
        Effect.sync(() =>
          seen.path === "/describe_index_stats"
            ? asked++ === 0 ? json({ code: 13, message: "no" }, 500) : json({ namespaces: {} })
            : answered(hits, seen)
        )
      )
      yield* on(server, (index) =>
        Effect.gen(function*() {
          const run = index.queryNamespaces({ ...query, namespaces: ["a"], onFailure: "collect" })
          assert.strictEqual((yield* Effect.flip(run))._tag, "PineconeServiceUnavailable")
          const error = yield* Effect.flip(run)
          assert.deepInclude(error, { _tag: "PineconeInvalidRequest", field: "metric" })
          assert.include(error.message, "metric: is required")
          assert.strictEqual(asked, 2)
        }))
      assert.strictEqual(server.to("/query").length, 0)
    }))

  it.effect("leaves no request behind when it is interrupted, before the first answer or after", () =>
    Effect.gen(function*() {
      for (const silent of ["/describe_index_stats", "/query"]) {
        const server = traffic((seen) =>
          seen.path === silent ? Effect.never : Effect.succeed(other(seen) ?? answered(hits, seen))
        )
        const fiber = yield* Effect.fork(
          on(server, (index) => index.queryNamespaces({ ...query, namespaces: names(10) }))
        )
        yield* settle
        assert.strictEqual(server.counts.underWay, silent === "/query" ? 10 : 1)
        yield* Fiber.interrupt(fiber)
        assert.strictEqual(server.counts.underWay, 0)
        assert.strictEqual(server.counts.aborted, silent === "/query" ? 10 : 1)
      }
    }))

  it.effect("is one span over those of its queries, and tells no vector", () =>
    Effect.gen(function*() {
      const { spans, tracer } = recorder()
      yield* on(index(hits), (index) => index.queryNamespaces({ ...query, namespaces: ["a", "b"] })).pipe(
        Effect.withTracer(tracer)
      )
      const own = spans.filter(({ name }) => name === "pinecone.query_namespaces")
      assert.strictEqual(own.length, 1)
      assert.deepStrictEqual(Object.fromEntries(own[0]!.attributes), {
        "db.system.name": "pinecone",
        "db.operation.name": "query_namespaces",
        "db.collection.name": host
      })
      const queries = spans.filter(({ name }) => name === "pinecone.query")
      assert.deepStrictEqual(queries.map(({ parent }) => parent), [own[0]!.name, own[0]!.name])
    }))
})

describe("queryMany", () => {
  const hits: Hits = { a: [hit("1", 1)], b: [hit("2", 1)] }

  const many = ["a", "b", "c"].map((namespace) => ({ ...query, namespace }))

  it.effect("gives each result at the place of its query, and the sum of their costs", () =>
    Effect.gen(function*() {
      const gate = gates()
      const server = index(hits, { before: (seen) => gate.pass(nameOf(seen)), usage: { a: 5, b: 6, bound: 1 } })
      const fiber = yield* Effect.fork(on(server, (index) => index.namespace("bound").queryMany([...many, query])))
      yield* settle
      for (const name of ["bound", "c", "b", "a"]) yield* gate.open(name)
      const { failures, results, usage } = yield* Fiber.join(fiber)
      assert.deepStrictEqual(results.map((result) => [result?.namespace, result?.matches.length]), [
        ["a", 1],
        ["b", 1],
        ["c", 0],
        ["bound", 0]
      ])
      assert.deepStrictEqual([usage, failures], [{ readUnits: 12 }, []])
    }))

  it.effect("has so many in flight, and 32 unless told", () =>
    Effect.gen(function*() {
      for (const [concurrency, most] of [[3, 3], [undefined, 32]] as const) {
        const server = index({}, { before: () => Effect.never })
        const fiber = yield* Effect.fork(
          on(
            server,
            (index) => index.queryMany(names(50).map((namespace) => ({ ...query, namespace })), { concurrency })
          )
        )
        yield* settle
        assert.strictEqual(server.counts.underWay, most)
        assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)))
        yield* Fiber.interrupt(fiber)
        assert.deepInclude(server.counts, { underWay: 0, aborted: most })
      }
      const error = yield* Effect.flip(on(index({}), (index) => index.queryMany(many, { concurrency: -1 })))
      assert.deepInclude(error, { _tag: "PineconeInvalidRequest", field: "concurrency" })
    }))

  it.effect("ends with the first failure, or collects them with their places", () =>
    Effect.gen(function*() {
      const server = traffic((seen) =>
        Effect.sync(() => nameOf(seen) === "b" ? json({ code: 5, message: "no" }, 404) : answered(hits, seen))
      )
      const queries = [...many, { ...query, topK: 0 }]
      const error = yield* Effect.flip(on(server, (index) => index.queryMany(many)))
      assert.deepInclude(error, { _tag: "PineconeNotFound", namespace: "b" })
      const { failures, results } = yield* on(server, (index) => index.queryMany(queries, { onFailure: "collect" }))
      assert.deepStrictEqual(results.map((result) => result?.namespace), ["a", undefined, "c", undefined])
      assert.deepStrictEqual(failures.map(({ error, position }) => [position, error._tag]), [
        [1, "PineconeNotFound"],
        [3, "PineconeInvalidRequest"]
      ])
    }))

  it.effect("gives nothing for no queries", () =>
    Effect.gen(function*() {
      const none = yield* on(index({}), (index) => index.queryMany([]))
      assert.deepStrictEqual(none, { results: [], usage: { readUnits: 0 }, failures: [] })
    }))
})
