import { assert, describe, it } from "@effect/vitest"
import { FastCheck } from "../../../scripts/testing/properties.js"
import * as Filter from "../src/Filter.js"

describe("Filter", () => {
  describe("expressions", () => {
    const cases: ReadonlyArray<readonly [name: string, filter: Filter.Filter<never>, expression: Filter.Expression]> = [
      ["eq", Filter.eq("genre", "comedy"), { genre: { $eq: "comedy" } }],
      ["eq of a boolean", Filter.eq("seen", false), { seen: { $eq: false } }],
      ["ne", Filter.ne("year", 0), { year: { $ne: 0 } }],
      ["gt", Filter.gt("year", 1999), { year: { $gt: 1999 } }],
      ["gte", Filter.gte("year", 1999.5), { year: { $gte: 1999.5 } }],
      ["lt", Filter.lt("year", -1), { year: { $lt: -1 } }],
      ["lte", Filter.lte("year", 1999), { year: { $lte: 1999 } }],
      ["isIn", Filter.isIn("genre", ["comedy", "drama"]), { genre: { $in: ["comedy", "drama"] } }],
      ["notIn", Filter.notIn("year", [1, 2]), { year: { $nin: [1, 2] } }],
      ["exists", Filter.exists("genre"), { genre: { $exists: true } }],
      ["exists not", Filter.exists("genre", false), { genre: { $exists: false } }],
      ["raw", Filter.raw({ genre: "comedy" }), { genre: "comedy" }],
      [
        "and, or",
        Filter.and(Filter.eq("a", 1), Filter.or(Filter.lt("b", 2), Filter.exists("c")), Filter.raw({ d: true })),
        { $and: [{ a: { $eq: 1 } }, { $or: [{ b: { $lt: 2 } }, { c: { $exists: true } }] }, { d: true }] }
      ],
      [
        "and, or of lists",
        Filter.and([Filter.eq("a", 1), Filter.or([Filter.lt("b", 2)])]),
        { $and: [{ a: { $eq: 1 } }, { $or: [{ b: { $lt: 2 } }] }] }
      ],
      ["and of an empty list", Filter.and([]), {}],
      ["a field with any name", Filter.eq("__proto__", "x"), JSON.parse("{\"__proto__\":{\"$eq\":\"x\"}}")]
    ]

    for (const [name, filter, expression] of cases) {
      it(name, () => {
        assert.strictEqual(JSON.stringify(filter.expression), JSON.stringify(expression))
        assert.strictEqual(JSON.stringify({ filter }), JSON.stringify({ filter: expression }))
        assert.isTrue(Filter.isFilter(filter))
        assert.strictEqual(Filter.problem(filter.expression), undefined)
      })
    }

    const searches: ReadonlyArray<
      readonly [name: string, filter: Filter.SearchFilter<never>, expression: Filter.Expression]
    > = [
      ["matchPhrase", Filter.matchPhrase("body", "a b"), { body: { $match_phrase: "a b" } }],
      ["matchAll", Filter.matchAll("body", "a b"), { body: { $match_all: "a b" } }],
      ["matchAny", Filter.matchAny("body", "a b"), { body: { $match_any: "a b" } }],
      ["not", Filter.not(Filter.eq("a", 1)), { $not: { a: { $eq: 1 } } }],
      [
        "and, or, not",
        Filter.and(Filter.eq("a", 1), Filter.not(Filter.or([Filter.matchAny("b", "x"), Filter.matchAll("c", "y")]))),
        { $and: [{ a: { $eq: 1 } }, { $not: { $or: [{ b: { $match_any: "x" } }, { c: { $match_all: "y" } }] } }] }
      ]
    ]

    for (const [name, filter, expression] of searches) {
      it(`${name}, for the search of documents alone`, () => {
        assert.strictEqual(JSON.stringify({ filter }), JSON.stringify({ filter: expression }))
        assert.isTrue(Filter.isSearchFilter(filter))
        assert.isFalse(Filter.isFilter(filter))
        assert.strictEqual(Filter.problem(filter.expression, "search"), undefined)
        assert.isDefined(Filter.problem(filter.expression))
      })
    }

    it("every filter is one for a search, and stays a filter in and, or", () => {
      const filter = Filter.or(Filter.eq("a", 1), Filter.and([Filter.eq("b", 2)]))
      assert.isTrue(Filter.isSearchFilter(filter))
      assert.isTrue(Filter.isFilter(filter))
    })

    it("what is no filter", () => {
      for (const other of [undefined, null, "a", { expression: {} }, Filter.eq("a", 1).expression]) {
        assert.isFalse(Filter.isFilter(other))
        assert.isFalse(Filter.isSearchFilter(other))
      }
    })
  })

  describe("problem", () => {
    it("none of what Pinecone takes", () => {
      const taken: ReadonlyArray<Filter.Expression> = [
        {},
        { genre: "comedy", year: 1999, seen: true },
        { year: { $gt: 1, $lt: 2, $ne: "x" } },
        { genre: { $in: [] } },
        { genre: { $in: ["a", "b"] }, year: { $nin: [1, 2.5] } },
        { $and: [{ $or: [{ a: 1 }, { b: { $exists: false } }] }] }
      ]
      for (const expression of taken) {
        assert.strictEqual(Filter.problem(expression), undefined, JSON.stringify(expression))
      }
    })

    const refused: ReadonlyArray<readonly [expression: Filter.Expression, field: string]> = [
      [{ $and: [] }, "$and"],
      [{ $or: {} }, "$or"],
      [{ $or: "a" }, "$or"],
      [{ $and: [{ a: 1 }, 5] }, "$and"],
      [{ $and: [[]] }, "$and"],
      [{ $not: [{ a: 1 }] }, "$not"],
      [{ $eq: 1 }, "$eq"],
      [{ a: null }, "a"],
      [{ a: ["x"] }, "a"],
      [{ a: Number.NaN }, "a"],
      [{ a: undefined }, "a"],
      [{ a: {} }, "a"],
      [{ a: { $eq: null } }, "a.$eq"],
      [{ a: { $eq: ["x"] } }, "a.$eq"],
      [{ a: { $eq: { b: 1 } } }, "a.$eq"],
      [{ a: { $ne: Number.POSITIVE_INFINITY } }, "a.$ne"],
      [{ a: { $gt: "1" } }, "a.$gt"],
      [{ a: { $gte: true } }, "a.$gte"],
      [{ a: { $lt: Number.NaN } }, "a.$lt"],
      [{ a: { $lte: null } }, "a.$lte"],
      [{ a: { $in: "x" } }, "a.$in"],
      [{ a: { $in: ["x", null] } }, "a.$in"],
      [{ a: { $in: [true] } }, "a.$in"],
      [{ a: { $nin: [false, true] } }, "a.$nin"],
      [{ a: { $in: ["x", 1] } }, "a.$in"],
      [{ a: { $nin: [1, 2, "x"] } }, "a.$nin"],
      [{ a: { $nin: [["x"]] } }, "a.$nin"],
      [{ a: { $nin: [Number.NaN] } }, "a.$nin"],
      [{ a: { $exists: 1 } }, "a.$exists"],
      [{ a: { $regex: "x" } }, "a.$regex"],
      [{ a: { b: 1 } }, "a.b"],
      [{ ok: 1, $or: [{ ok: 2 }, { $and: [{ deep: { $gt: "x" } }] }] }, "deep.$gt"]
    ]

    for (const [expression, field] of refused) {
      it(`${JSON.stringify(expression)} at ${field}`, () => {
        const found = Filter.problem(expression)
        assert.strictEqual(found?.field, field)
        assert.isNotEmpty(found?.message)
      })
    }

    it("documents take $not around a filter, and only their search takes text operators", () => {
      const not = { $not: { $or: [{ a: 1 }] } }
      assert.strictEqual(Filter.problem(not)?.field, "$not")
      assert.strictEqual(Filter.problem(not, "documents"), undefined)
      const text = { $and: [{ $not: { body: { $match_all: "a" } } }] }
      assert.strictEqual(Filter.problem(text, "documents")?.field, "body.$match_all")
      assert.strictEqual(
        Filter.problem({ body: { $match_all: "a" } })?.message,
        "only the search of documents takes $match_all"
      )
      assert.deepStrictEqual(Filter.checked(text, "search"), { expression: text })
    })

    const refusedInSearch: ReadonlyArray<readonly [expression: Filter.Expression, field: string]> = [
      [{ $not: [{ a: 1 }] }, "$not"],
      [{ $not: { a: null } }, "a"],
      [{ body: { $match_phrase: "" } }, "body.$match_phrase"],
      [{ body: { $match_all: " " } }, "body.$match_all"],
      [{ body: { $match_any: ["a"] } }, "body.$match_any"],
      [Filter.not(Filter.raw({ a: { $gt: "x" } })).expression, "a.$gt"],
      [{ $match_any: "a" }, "$match_any"],
      [{ a: { $regex: "x" } }, "a.$regex"]
    ]

    for (const [expression, field] of refusedInSearch) {
      it(`${JSON.stringify(expression)} at ${field}, of a search`, () => {
        assert.strictEqual(Filter.problem(expression, "search")?.field, field)
      })
    }

    it("what the constructors make of numbers that are not finite", () => {
      assert.strictEqual(Filter.problem(Filter.gt("a", Number.NaN).expression)?.field, "a.$gt")
      assert.strictEqual(
        Filter.problem(Filter.and(Filter.isIn("a", [1, Number.POSITIVE_INFINITY])).expression)?.field,
        "a.$in"
      )
    })

    const value = FastCheck.oneof(
      FastCheck.string(),
      FastCheck.boolean(),
      FastCheck.double({ noNaN: true, noDefaultInfinity: true })
    )
    const field = FastCheck.string({ minLength: 1 }).filter((name) => !name.startsWith("$"))
    const number = FastCheck.double({ noNaN: true, noDefaultInfinity: true })
    const leaf: FastCheck.Arbitrary<Filter.Filter<never>> = FastCheck.oneof(
      FastCheck.tuple(field, value).map(([name, value]): Filter.Filter<never> => Filter.eq(name, value)),
      FastCheck.tuple(field, number).map(([name, value]): Filter.Filter<never> => Filter.gte(name, value)),
      FastCheck.tuple(field, FastCheck.array(FastCheck.string())).map(([name, all]): Filter.Filter<never> =>
        Filter.isIn(name, all)
      ),
      FastCheck.tuple(field, FastCheck.array(number)).map(([name, all]): Filter.Filter<never> =>
        Filter.notIn(name, all)
      ),
      FastCheck.tuple(field, FastCheck.boolean()).map(([name, is]): Filter.Filter<never> => Filter.exists(name, is))
    )
    const several = FastCheck.array(leaf, { minLength: 1, maxLength: 4 })

    it.prop("none in what the constructors make of finite values", [several, several], ([first, second]) => {
      const [one, ...ones] = first
      const [two, ...twos] = second
      const filter = Filter.and(Filter.or(one!, ...ones), Filter.and(two!, ...twos))
      assert.strictEqual(Filter.problem(filter.expression), undefined)
      assert.deepStrictEqual(
        filter.expression,
        { $and: [{ $or: first.map((part) => part.expression) }, { $and: second.map((part) => part.expression) }] }
      )
    })
  })

  describe("what every record matches", () => {
    const raw = (expression: unknown) => Filter.raw(expression as Filter.Expression).expression

    const empty: ReadonlyArray<unknown> = [
      {},
      { a: undefined },
      { a: {} },
      { a: { $eq: undefined } },
      { $and: [] },
      { $or: [] },
      { $and: [{}] },
      { $and: [{}, { $and: [{}] }] },
      { $or: [{}] },
      { $or: [{ a: 1 }, {}] },
      { $or: [{ a: 1 }, { $and: [{ b: {} }] }] },
      { $and: [{ $or: [{}, { a: 1 }] }] },
      { a: {}, b: undefined, $and: [{ c: {} }] },
      { toJSON: () => ({}) },
      Filter.and(Filter.raw({})),
      Object.create(null)
    ]
    for (const expression of empty) {
      it(`${JSON.stringify(expression)} is empty`, () => {
        assert.isTrue(Filter.isEmpty(raw(expression)))
        assert.isTrue(Filter.matchesAll(raw(expression)))
      })
    }

    const conditions: ReadonlyArray<unknown> = [
      { a: 1 },
      { a: null },
      { a: { $in: [] } },
      { a: { $exists: false } },
      { a: {}, b: 1 },
      { $and: [{}, { a: 1 }] },
      { $or: [{ a: 1 }, { b: { $ne: 1 } }] },
      { $and: 1 },
      { $not: {}, a: 1 },
      { a: { $nin: [], $ne: 1 } },
      { a: { $nin: ["x"] } },
      { toJSON: () => ({ a: 1 }) },
      [],
      "a",
      null
    ]
    for (const expression of conditions) {
      it(`${JSON.stringify(expression)} has a condition, or is no filter`, () => {
        assert.isFalse(Filter.isEmpty(raw(expression)))
        assert.isFalse(Filter.matchesAll(raw(expression)))
      })
    }

    it("and one that excludes nothing is not empty, and matches all", () => {
      for (const filter of [Filter.notIn("a", []), Filter.and(Filter.notIn("a", []), Filter.raw({}))]) {
        assert.isFalse(Filter.isEmpty(filter.expression))
        assert.isTrue(Filter.matchesAll(filter.expression))
      }
      assert.isTrue(Filter.matchesAll(Filter.or(Filter.eq("a", 1), Filter.notIn("b", [])).expression))
    })

    it("the opposite of what matches nothing matches all, and that of anything else does not", () => {
      const nothing = Filter.isIn("a", [])
      for (const filter of [nothing, Filter.and(Filter.eq("b", 1), nothing), Filter.or(nothing, nothing)]) {
        assert.isTrue(Filter.matchesAll(Filter.not(filter).expression))
        assert.isFalse(Filter.isEmpty(Filter.not(filter).expression))
        assert.isFalse(Filter.matchesAll(Filter.not(Filter.not(filter)).expression))
      }
      for (const filter of [Filter.eq("a", 1), Filter.or(Filter.eq("b", 1), nothing), Filter.raw({})]) {
        assert.isFalse(Filter.matchesAll(Filter.not(filter).expression))
      }
      assert.isTrue(Filter.matchesAll(Filter.not(Filter.not(Filter.raw({}))).expression))
    })
  })

  describe("largestList", () => {
    it("is the length of the longest $in or $nin, however deep", () => {
      const list = (length: number) => Array.from({ length }, (_, i) => i)
      assert.strictEqual(Filter.largestList({}), 0)
      assert.strictEqual(Filter.largestList(Filter.eq("a", 1).expression), 0)
      assert.strictEqual(Filter.largestList(Filter.isIn("a", list(3)).expression), 3)
      assert.strictEqual(Filter.largestList(Filter.notIn("a", list(4)).expression), 4)
      assert.strictEqual(Filter.largestList({ a: { $in: list(2), $nin: list(5) }, b: { $in: list(3) } }), 5)
      assert.strictEqual(
        Filter.largestList(
          Filter.or(
            Filter.isIn("a", list(7)),
            Filter.and(Filter.isIn("b", list(2)), Filter.or(Filter.notIn("c", list(9)))),
            Filter.exists("d")
          ).expression
        ),
        9
      )
      // The filters of an $and are no values.
      assert.strictEqual(Filter.largestList({ $and: list(20).map((a) => ({ a })) }), 0)
    })
  })
})
