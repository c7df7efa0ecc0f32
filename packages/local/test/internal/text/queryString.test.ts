import * as QueryString from "@effect-pinecone/schema/QueryString"
import { assert, describe, it } from "@effect/vitest"
import { FastCheck } from "../../../../../scripts/testing/properties.js"
import { parse, QueryProblem } from "../../../src/internal/text/queryParser.js"
import type { Query } from "../../../src/internal/text/queryTree.js"
import * as tree from "../../../src/internal/text/queryTree.js"

/** A query as the SDK builds it, and the tree that it stands for. */
interface Built {
  readonly query: QueryString.QueryString<string>
  readonly tree: Query
}

const fields = new Set(["title", "my field", "a:b", "AND", "-", "(\"\\"])

const parsed = (query: QueryString.QueryString<string>): Query => {
  const text = String(query)
  const found = parse(text, fields)
  assert.notInstanceOf(found, QueryProblem, `${text}: ${found instanceof QueryProblem ? found.message : ""}`)
  return found as Query
}

const text = FastCheck.oneof(
  FastCheck.string({ unit: "binary", minLength: 1 }),
  FastCheck.array(FastCheck.constantFrom(..."()\"\\^~*:+-!&|/<>[]{}? ab'`", "AND", "OR", "NOT"), { minLength: 1 })
    .map((parts) => parts.join("")),
  FastCheck.constantFrom("AND", "OR", "NOT", "title:a", ") OR (a", "\" OR a \"", "a^2", "a~2", "-a", "+a", "auto*")
).filter((text) => text.trim() !== "")

const distanceOf = (word: string) => {
  const { length } = Array.from(word.trim())
  return length < 4 ? 0 : length < 8 ? 1 : 2
}

const leaf: FastCheck.Arbitrary<Built> = FastCheck.oneof(
  text.map((text) => ({ query: QueryString.term(text), tree: tree.term(text.trim()) })),
  text.map((text) => ({ query: QueryString.phrase(text), tree: tree.phrase(text) })),
  FastCheck.tuple(text, FastCheck.nat()).map(([text, slop]) => ({
    query: QueryString.phrase(text, { slop }),
    tree: tree.phrase(text, { slop })
  })),
  text.map((text) => ({
    query: QueryString.phrasePrefix(`a b${text}`),
    tree: tree.phrasePrefix(`a b${text}`)
  })),
  text.map((text) => ({ query: QueryString.fuzzy(text), tree: tree.fuzzy(text.trim(), distanceOf(text)) })),
  FastCheck.tuple(text, FastCheck.constantFrom<0 | 1 | 2>(0, 1, 2)).map(([text, distance]) => ({
    query: QueryString.fuzzy(text, { distance }),
    tree: tree.fuzzy(text.trim(), distance)
  }))
)

const times = (query: Query, factor: number): Query =>
  query._tag === "Field"
    ? { ...query, query: times(query.query, factor) }
    : "boost" in query
    ? { ...query, boost: query.boost * factor }
    : query

const within = (name: string, query: Query): Query =>
  query._tag === "Bool"
    ? tree.field([name], query)
    : "field" in query && query.field === undefined
    ? { ...query, field: name }
    : query

const factor = FastCheck.double({ min: 0, max: 1e30, noNaN: true }).filter((n) => !Object.is(n, -0))

const anyQuery = FastCheck.letrec<{ readonly query: Built }>((tie) => {
  const several = FastCheck.array(tie("query"), { minLength: 1, maxLength: 3 })
  const some = FastCheck.array(tie("query"), { maxLength: 2 })
  return {
    query: FastCheck.oneof(
      { maxDepth: 4 },
      leaf,
      FastCheck.tuple(tie("query"), factor).map(([built, factor]): Built => ({
        query: QueryString.boost(built.query, factor),
        tree: times(built.tree, factor)
      })).filter(({ tree }) => Number.isFinite("boost" in tree ? tree.boost : 1)),
      FastCheck.tuple(FastCheck.constantFrom(...fields), tie("query")).map(([name, built]): Built => ({
        query: QueryString.field(name, built.query),
        tree: within(name, built.tree)
      })),
      FastCheck.tuple(several, some).map(([all, none]): Built => ({
        query: QueryString.and([...all.map(({ query }) => query), ...none.map(({ query }) => QueryString.not(query))]),
        tree: all.length + none.length === 1
          ? all[0]!.tree
          : tree.bool({ must: all.map(({ tree }) => tree), mustNot: none.map(({ tree }) => tree) })
      })),
      FastCheck.tuple(several, some, some).map(([any, all, none]): Built => ({
        query: QueryString.or([
          ...none.map(({ query }) => QueryString.not(query)),
          ...any.map(({ query }) => query),
          ...all.map(({ query }) => QueryString.must(query))
        ]),
        tree: any.length + all.length + none.length === 1
          ? any[0]!.tree
          : tree.bool({
            must: all.map(({ tree }) => tree),
            should: any.map(({ tree }) => tree),
            mustNot: none.map(({ tree }) => tree)
          })
      }))
    )
  }
}).query.filter(({ query }) => query.text.length < 8000)

describe("a query that is built from values", () => {
  it.prop("is parsed to the tree that its constructors say, whatever the values are", [anyQuery], ([built]) => {
    assert.strictEqual(built.query.problem, undefined)
    assert.deepStrictEqual(parsed(built.query), built.tree)
  }, { fastCheck: { numRuns: 1000 } })

  it.prop("the values of a template change nothing around them", [text, text, anyQuery], ([a, b, built]) => {
    const word = tree.term(a.trim())
    assert.deepStrictEqual(
      parsed(QueryString.template`+title:(${a})^2 "x ${b}"~3 -${a} x~ ${a}^4 AND ${built.query}`),
      tree.bool({
        must: [tree.term(a.trim(), { field: "title", boost: 2 })],
        should: [
          tree.phrase(`x ${b.trim()}`, { slop: 3 }),
          tree.fuzzy("x", 0),
          tree.bool({ must: [tree.term(a.trim(), { boost: 4 }), built.tree] })
        ],
        mustNot: [word]
      })
    )
  })

  it.prop("values side by side are one word", [text, text, text], ([a, b, c]) => {
    assert.deepStrictEqual(
      parsed(QueryString.template`x${a}${b}${c}`),
      tree.term(`x${a.trim()}${b.trim()}${c.trim()}`)
    )
  })

  const letters = FastCheck.constantFrom("A", "N", "D", "AN", "ND", "O", "R", "NO", "T", "OT", "AND", "OR", "NOT", "X")

  it.prop("and never an operator, beside letters of the template either", [letters, letters, letters], ([a, b, c]) => {
    assert.deepStrictEqual(
      parsed(QueryString.template`x A${a} ${b}${c} N${a}${b} y`),
      tree.bool({ should: ["x", `A${a}`, b + c, `N${a}${b}`, "y"].map((word) => tree.term(word)) })
    )
  })

  it.prop("an escaped text is one word, alone and between quotation marks", [text], ([text]) => {
    const escaped = QueryString.escape(text)
    assert.deepStrictEqual(parsed(QueryString.raw(escaped)), tree.term(text.trim()))
    assert.deepStrictEqual(parsed(QueryString.raw(`"${escaped}"`)), tree.phrase(text.trim()))
  })
})
