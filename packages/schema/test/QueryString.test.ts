import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { expectTypeOf } from "vitest"
import { FastCheck } from "../../../scripts/testing/properties.js"
import * as PineconeError from "../src/PineconeError.js"
import * as QueryString from "../src/QueryString.js"

const { and, boost, field, fuzzy, must, not, or, phrase, phrasePrefix, raw, template, term } = QueryString

const place = { operation: "search" }

const problemOf = (query: QueryString.QueryString<string>) => Effect.flip(QueryString.encode(query, "query", place))

/** Lets the compiler see code that is not run. */
const unrun = (_: () => void) => {}

describe("QueryString", () => {
  describe("what is sent", () => {
    const cases: ReadonlyArray<readonly [query: QueryString.QueryString<string>, text: string]> = [
      [term("machine"), "machine"],
      [term(" wi-fi "), "wi-fi"],
      [term("machine learning"), "machine\\ learning"],
      [term("title:(a OR b)^2"), "title\\:\\(a\\ OR\\ b\\)\\^2"],
      [term("-a"), "\\-a"],
      [term("c++"), "c\\+\\+"],
      [term("AND"), "\\AND"],
      [term("and"), "and"],
      [term("NATO"), "NATO"],
      [phrase("machine \"learning\""), "\"machine \\\"learning\\\"\""],
      [phrase("a \\ b", { slop: 2 }), "\"a \\\\ b\"~2"],
      [phrasePrefix("machine lea"), "\"machine lea\"*"],
      [fuzzy("compxter"), "compxter~"],
      [fuzzy("compxter", { distance: 0 }), "compxter~0"],
      [fuzzy("a~", { distance: 2 }), "a\\~~2"],
      [raw("a AND b"), "a AND b"],
      [and(term("a"), term("b")), "a AND b"],
      [and(term("a"), not(term("b"))), "a AND NOT b"],
      [and(or(term("a"), term("b")), not(raw("c d"))), "(a OR b) AND NOT (c d)"],
      [and([term("a")]), "a"],
      [or([term("a"), term("b")]), "a OR b"],
      [or(must(term("a")), term("b"), not(and(term("c"), term("d")))), "+a b -(c AND d)"],
      [or(must(term("a"))), "+a"],
      [boost(term("a"), 2), "a^2"],
      [term("a").pipe(boost(0.5), boost(3)), "(a^0.5)^3"],
      [boost(or(term("a"), term("b")), 0), "(a OR b)^0"],
      [boost(term("a"), 1e-7), "a^0.0000001"],
      [boost(term("a"), 1.5e-7), "a^0.00000015"],
      [boost(term("a"), 1.5e21), "a^1500000000000000000000"],
      [field("title", term("a")), "title:(a)"],
      [boost(field("my field", or(term("a"), term("b"))), 2), "my\\ field:(a OR b)^2"],
      [template`title:(${"a:b"} OR ${"NOT"})^2`, "title:(a\\:b OR \\NOT)^2"],
      [template`"by ${"\"me\""}"~2`, "\"by \\\"me\\\"\"~2"],
      [template`+${or(term("a"), term("b"))} \c`, "+(a OR b) \\c"]
    ]

    for (const [query, text] of cases) {
      it.effect(text, () =>
        Effect.gen(function*() {
          assert.strictEqual(yield* QueryString.encode(query, "query", place), text)
          assert.strictEqual(String(query), text)
          assert.strictEqual(JSON.stringify({ query }), JSON.stringify({ query: text }))
          assert.isTrue(QueryString.isQueryString(query))
        }))
    }

    it("the sign of a clause", () => {
      assert.strictEqual(String(must(term("a"))), "+a")
      assert.strictEqual(String(not(or(term("a"), term("b")))), "-(a OR b)")
      assert.isFalse(QueryString.isQueryString(must(term("a"))))
      assert.isTrue(QueryString.isClause(must(term("a"))))
    })

    it("what is no query", () => {
      for (const other of [undefined, null, "a", { text: "a" }, Proxy.revocable({}, {}).proxy]) {
        assert.isFalse(QueryString.isQueryString(other))
      }
    })
  })

  describe("what is refused before it is sent", () => {
    const given = (u: unknown) => u as never
    const cases: ReadonlyArray<
      readonly [name: string, query: () => QueryString.QueryString<string>, message: RegExp]
    > = [
      ["an empty term", () => term(""), /^query: a term must be a string with at least one character/],
      ["a blank term", () => term(" \n"), /a term must/],
      ["a term that is no string", () => term(given(5)), /a term must .* got 5/],
      ["half of a surrogate pair", () => term("a\ud800"), /UTF-8/],
      ["an empty phrase", () => phrase(""), /a phrase must/],
      ["a slop that is not whole", () => phrase("a b", { slop: 0.5 }), /slop .* integer >= 0, got 0.5/],
      ["a negative slop", () => phrase("a b", { slop: -1 }), /slop/],
      ["a phrase prefix of one word", () => phrasePrefix("auto"), /at least two words, got "auto"/],
      ["a phrase prefix of none", () => phrasePrefix(given(undefined)), /a phrase prefix must/],
      ["a distance of 3", () => fuzzy("a", { distance: given(3) }), /distance .* 0, 1 or 2, got 3/],
      ["an empty raw query", () => raw(""), /a raw query must/],
      ["a negative boost", () => boost(term("a"), -1), /boost .* got -1/],
      ["a boost that is not finite", () => boost(term("a"), Number.NaN), /boost .* got NaN/],
      ["the boost of no query", () => boost(given("a"), 2), /what is boosted must be a query, got "a"/],
      ["a field without a name", () => field("", term("a")), /name of a field/],
      ["a field of no query", () => field("title", given("a")), /must be a query, got "a"/],
      ["and of an empty list", () => and([]), /and must combine at least one query/],
      ["and of what is excluded", () => and([not(term("a"))]), /at least one query that is not excluded/],
      ["and of what is required", () => and(term("a"), given(must(term("b")))), /what and combines must be a query/],
      ["and of a string", () => and(term("a"), given("b")), /what and combines must be a query, got "b"/],
      ["or of an empty list", () => or([]), /or must combine at least one query/],
      ["or of what is excluded", () => or([not(term("a")), not(term("b"))]), /at least one query that is not excluded/],
      ["a hole in a list", () => or(given(Array(1))), /what or combines must be a query, got undefined/],
      ["what is wrong deep inside", () => and(term("a"), not(field("b", or(boost(term(""), 2))))), /a term must/],
      ["not of not", () => and(term("a"), not(given(not(term("b"))))), /what must not match must be a query/],
      ["an empty value in a template", () => template`title:${" "}`, /a value in a template must/],
      ["a value that is no string", () => template`title:${given(5)}`, /a value in a template must .* got 5/],
      ["a wrong query in a template", () => template`a ${term("")}`, /a term must/],
      ["an empty template", () => template` `, /a template must/],
      ["a string", () => given("a"), /must be a query, as QueryString.term/],
      ["a clause", () => given(must(term("a"))), /must be a query, as QueryString.term/],
      ["nothing", () => given(undefined), /must be a query/]
    ]

    for (const [name, query, message] of cases) {
      it.effect(name, () =>
        Effect.gen(function*() {
          const error = yield* problemOf(query())
          assert.instanceOf(error, PineconeError.InvalidRequest)
          assert.match(error.message, message)
          assert.strictEqual((error as PineconeError.InvalidRequest).field, "query")
        }))
    }

    it.effect("more than 10 KB in UTF-8", () =>
      Effect.gen(function*() {
        const most = "é".repeat(5 * 1024)
        assert.strictEqual(yield* QueryString.encode(term(most), "query", place), most)
        const error = yield* problemOf(term(`${most}a`))
        assert.instanceOf(error, PineconeError.LimitExceeded)
        assert.strictEqual(
          error.message,
          "query is 10,241 bytes; the limit is 10,240 bytes: search with fewer words"
        )
      }))

    it.prop("nothing throws, whatever is given", [FastCheck.anything(), FastCheck.anything()], ([a, b]) => {
      const given: ReadonlyArray<never> = [a as never, b as never]
      for (
        const query of [
          term(given[0]!),
          phrase(given[0]!, { slop: given[1]! }),
          fuzzy(given[0]!, { distance: given[1]! }),
          phrasePrefix(given[0]!),
          raw(given[0]!),
          boost(given[0]!, given[1]!),
          field(given[0]!, given[1]!),
          and(given[0]!, given[1]!),
          or([given[0]!, given[1]!]),
          and(not(given[0]!) as never),
          or(must(given[0]!)),
          template`a ${given[0]!}`
        ]
      ) {
        assert.isString(String(query))
      }
    })
  })

  it("types", () => {
    const query = or(must(field("title", term("a"))), field("body", boost(phrase("a b"), 2)), not(term("c")))
    expectTypeOf(query).toEqualTypeOf<QueryString.QueryString<"title" | "body">>()
    expectTypeOf(and(term("a"), not(field("title", term("b"))))).toEqualTypeOf<QueryString.QueryString<"title">>()
    expectTypeOf(term("a").pipe(boost(2))).toEqualTypeOf<QueryString.QueryString>()
    expectTypeOf(template`a ${field("title", term("a"))} ${"b"}`).toEqualTypeOf<QueryString.QueryString<"title">>()
    expectTypeOf(or([1, 2].map((n) => term(String(n))))).toEqualTypeOf<QueryString.QueryString>()

    unrun(() => {
      const ask = (_: QueryString.QueryString<"title" | "body">) => {}
      ask(query)
      ask(term("a"))
      ask(field("title", term("a")))
      // @ts-expect-error a field that is not there
      ask(field("titel", term("a")))
      // @ts-expect-error a string is no query
      ask("title:a")
      // @ts-expect-error what is excluded is no query by itself
      ask(not(term("a")))
      // @ts-expect-error what is required is no query by itself
      ask(must(term("a")))
      // @ts-expect-error the first of several is not excluded
      or(not(term("a")), term("b"))
      // @ts-expect-error all of them are required
      and(term("a"), must(term("b")))
      // @ts-expect-error a distance is 0, 1 or 2
      fuzzy("a", { distance: 3 })
      // @ts-expect-error nothing to combine
      or()
    })
  })
})
