import { assert, describe, it } from "@effect/vitest"
import { FastCheck } from "../../../../../scripts/testing/properties.js"
import { parse, QueryProblem } from "../../../src/internal/text/queryParser.js"
import type { Query } from "../../../src/internal/text/queryTree.js"
import * as tree from "../../../src/internal/text/queryTree.js"

const fields = new Set(["title", "body", "my field"])

const parsed = (text: string): Query => {
  const query = parse(text, fields)
  assert.notInstanceOf(query, QueryProblem, `${text}: ${query instanceof QueryProblem ? query.message : ""}`)
  return query as Query
}

const problem = (text: string): QueryProblem => {
  const query = parse(text, fields)
  assert.instanceOf(query, QueryProblem, `${text} was taken`)
  return query as QueryProblem
}

const { bool, field, fuzzy, phrase, phrasePrefix, term } = tree

const a = term("a")
const b = term("b")
const c = term("c")
const d = term("d")

describe("the query language", () => {
  describe("takes", () => {
    const taken: ReadonlyArray<readonly [text: string, query: Query]> = [
      ["machine", term("machine")],
      ["  machine\n", term("machine")],
      ["a b", bool({ should: [a, b] })],
      ["a OR b", bool({ should: [a, b] })],
      ["a AND b", bool({ must: [a, b] })],
      ["a AND b AND c", bool({ must: [a, b, c] })],
      ["a NOT b", bool({ should: [a], mustNot: [b] })],
      ["a AND NOT b", bool({ must: [a], mustNot: [b] })],
      ["NOT a AND b", bool({ must: [b], mustNot: [a] })],
      ["a OR NOT b", bool({ should: [a], mustNot: [b] })],
      ["+a b", bool({ must: [a], should: [b] })],
      ["a -b", bool({ should: [a], mustNot: [b] })],
      ["+a +b -c", bool({ must: [a, b], mustNot: [c] })],
      ["+a", a],
      // AND binds tighter than OR, and than nothing at all.
      ["a OR b AND c", bool({ should: [a, bool({ must: [b, c] })] })],
      ["a AND b OR c", bool({ should: [bool({ must: [a, b] }), c] })],
      ["a b AND c d", bool({ should: [a, bool({ must: [b, c] }), d] })],
      ["a AND b OR c AND d", bool({ should: [bool({ must: [a, b] }), bool({ must: [c, d] })] })],
      ["+a b AND -c", bool({ must: [a], should: [bool({ must: [b], mustNot: [c] })] })],
      ["(a OR b) AND c", bool({ must: [bool({ should: [a, b] }), c] })],
      ["a AND (b c)", bool({ must: [a, bool({ should: [b, c] })] })],
      ["-(a b) c", bool({ should: [c], mustNot: [bool({ should: [a, b] })] })],
      ["NOT(a)b", bool({ should: [b], mustNot: [a] })],
      ["((a))", a],
      // Only in capitals.
      ["a and b", bool({ should: [a, term("and"), b] })],
      ["\"machine learning\"", phrase("machine learning")],
      ["\"machine learning\"~3", phrase("machine learning", { slop: 3 })],
      ["\"james w\"*", phrasePrefix("james w")],
      ["\"wi-fi\"*", phrasePrefix("wi-fi")],
      ["\"a AND (b\"", phrase("a AND (b")],
      ["\"say \\\"hi\\\" \\\\\"", phrase("say \"hi\" \\")],
      ["compxter~1", fuzzy("compxter", 1)],
      ["computer~0", fuzzy("computer", 0)],
      ["cat~", fuzzy("cat", 0)],
      ["cats~", fuzzy("cats", 1)],
      ["machine~", fuzzy("machine", 1)],
      ["learning~", fuzzy("learning", 2)],
      ["machine~ learning~", bool({ should: [fuzzy("machine", 1), fuzzy("learning", 2)] })],
      ["machine^3 learning", bool({ should: [term("machine", { boost: 3 }), term("learning")] })],
      ["a^0.5", term("a", { boost: 0.5 })],
      ["a^0", term("a", { boost: 0 })],
      ["a~1^2", fuzzy("a", 1, { boost: 2 })],
      ["\"a b\"~2^2", phrase("a b", { slop: 2, boost: 2 })],
      ["\"a b\"*^2", phrasePrefix("a b", { boost: 2 })],
      ["(a OR b)^2 c", bool({ should: [bool({ should: [a, b], boost: 2 }), c] })],
      ["(a^2)^3", term("a", { boost: 6 })],
      ["title:a", term("a", { field: "title" })],
      ["title:\"a b\"~1", phrase("a b", { field: "title", slop: 1 })],
      ["title:a~", fuzzy("a", 0, { field: "title" })],
      ["title:(a)", term("a", { field: "title" })],
      ["title: a", term("a", { field: "title" })],
      ["-title:a^2 b", bool({ should: [b], mustNot: [term("a", { field: "title", boost: 2 })] })],
      ["body:(a b)", field(["body"], bool({ should: [a, b] }))],
      ["body:(a b)^2", field(["body"], bool({ should: [a, b], boost: 2 }))],
      ["body:(a title:b)", field(["body"], bool({ should: [a, term("b", { field: "title" })] }))],
      [
        "title:(quantum) OR body:(a b)",
        bool({
          should: [term("quantum", { field: "title" }), field(["body"], bool({ should: [a, b] }))]
        })
      ],
      ["my\\ field:a", term("a", { field: "my field" })],
      // What is ordinary inside a word.
      [
        "wi-fi C++ AT&T a/b it's",
        bool({
          should: [term("wi-fi"), term("C++"), term("AT&T"), term("a/b"), term("it's")]
        })
      ],
      [
        "\\+a \\-b \\AND \\(c\\) d\\:e f\\ g",
        bool({
          should: [term("+a"), term("-b"), term("AND"), term("(c)"), term("d:e"), term("f g")]
        })
      ],
      ["Δοκιμή 東京 😀", bool({ should: [term("Δοκιμή"), term("東京"), term("😀")] })]
    ]

    for (const [text, query] of taken) {
      it(text, () => {
        assert.deepStrictEqual(parsed(text), query)
      })
    }
  })

  describe("refuses, and says where", () => {
    const refused: ReadonlyArray<readonly [text: string, position: number, message: RegExp]> = [
      ["", 1, /must not be empty/],
      [" \n ", 1, /must not be empty/],
      ["a ()", 4, /must not be empty/],
      ["\"\"", 1, /phrase must not be empty/],
      ["a \" \"", 3, /phrase must not be empty/],
      ["a \"b", 3, /quotation mark is not closed/],
      ["\"a\\\"", 1, /quotation mark is not closed/],
      ["a (b (c)", 3, /parenthesis is not closed/],
      ["a) b", 2, /closed that was not opened/],
      ["AND a", 1, /AND must stand between/],
      ["a AND", 6, /AND must stand between/],
      ["a OR OR b", 6, /OR must stand between/],
      ["(a OR) b", 6, /OR must stand between/],
      ["a NOT", 6, /NOT must stand before/],
      ["NOT NOT a", 5, /NOT must not stand here/],
      ["a NOT AND b", 7, /AND must not stand here/],
      ["+-a", 2, /one of \+, - and NOT/],
      ["NOT -a", 5, /one of \+, - and NOT/],
      ["a - b", 3, /- must stand before a clause/],
      ["a +", 3, /\+ must stand before a clause/],
      ["-a", 1, /add a clause that matches/],
      ["NOT a AND NOT b", 1, /add a clause that matches/],
      ["a (-b)", 4, /add a clause that matches/],
      ["auto*", 5, /wildcards/],
      ["*", 1, /wildcards/],
      ["*:*", 1, /wildcards/],
      ["te?t", 3, /wildcards/],
      ["\"auto\"*", 1, /at least two words/],
      ["\"auto -\"*", 1, /at least two words/],
      ["title:[a TO b]", 7, /ranges/],
      ["{a TO b}", 1, /ranges/],
      ["title:>3", 7, /comparisons/],
      ["body:/comput.*/", 6, /regular expressions/],
      ["a && b", 3, /use AND/],
      ["a || b", 3, /use OR/],
      ["!a", 1, /use NOT/],
      ["year:2000", 1, /"year" is not a full-text field: use one of "title", "body"/],
      ["a http://x", 3, /"http" is not a full-text field/],
      ["title:", 7, /must be followed by a clause/],
      ["(title:)", 8, /must be followed by a clause/],
      ["title:body:a", 11, /not by a field/],
      ["title:AND b", 7, /must be followed by a clause/],
      [":a", 1, /name of a field/],
      ["a^", 2, /number such as/],
      ["a^b", 2, /number such as/],
      ["a^-2", 2, /number such as/],
      ["a^.5", 2, /number such as/],
      ["a^1.", 2, /number such as/],
      ["a^1e3", 2, /number such as/],
      ["a^(2*3)", 2, /number such as/],
      ["a^2^3", 2, /number such as/],
      ["a ^2", 3, /without a space/],
      ["a^ 2", 2, /number such as/],
      [`a^${"9".repeat(400)}`, 2, /too large/],
      ["a~3", 2, /0, 1, 2 or nothing/],
      ["a~0.5", 2, /0, 1, 2 or nothing/],
      ["a~1~1", 2, /0, 1, 2 or nothing/],
      ["a ~1", 3, /without a space/],
      ["(a)~1", 4, /not a group/],
      ["\"a b\"~", 6, /whole number/],
      ["\"a b\"~1.5", 6, /whole number/],
      [`"a b"~${"9".repeat(20)}`, 6, /whole number/],
      ["\"a b\"~1*", 6, /whole number/],
      ["a\\", 2, /backslash/],
      [`${"(".repeat(65)}a${")".repeat(65)}`, 65, /64 levels/],
      ["(".repeat(10_000), 65, /64 levels/]
    ]

    for (const [text, position, message] of refused) {
      it(text.length > 40 ? `${text.slice(0, 40)}…` : text, () => {
        const found = problem(text)
        assert.match(found.message, message)
        assert.strictEqual(found.position, position)
        assert.include(found.message, `at character ${position}`)
      })
    }

    it("more than 10 KB in UTF-8, spaces around it not counted", () => {
      const most = "é".repeat(5 * 1024)
      assert.deepStrictEqual(parsed(`  ${most} `), term(most))
      assert.match(problem(`${most}a`).message, /10,240 bytes, got 10,241/)
    })
  })

  it.prop("a query or a problem of any text", [
    FastCheck.oneof(
      FastCheck.string({ unit: "binary" }),
      FastCheck.array(
        FastCheck.constantFrom(
          ..."()\"\\^~*:+-!&|/<>[]{}? ab1.",
          "AND ",
          "OR ",
          "NOT ",
          "title:",
          " "
        ),
        { maxLength: 60 }
      ).map((parts) => parts.join(""))
    )
  ], ([text]) => {
    const query = parse(text, fields)
    if (query instanceof QueryProblem) {
      assert.isAtLeast(query.position, 1)
      assert.isAtMost(query.position, text.length + 1)
    } else assert.isString(query._tag)
  }, { fastCheck: { numRuns: 2000 } })

  // -----------------------------------------------------------------------------
  // Printed and parsed
  // -----------------------------------------------------------------------------

  const special = /[\\+\-!(){}[\]^"~*?:/&|<>=\s]/g
  const escaped = (text: string): string => {
    const word = text.replace(special, "\\$&")
    return /^(?:AND|OR|NOT)$/.test(word) ? `\\${word}` : word
  }
  const quoted = (text: string): string => `"${text.replace(/["\\]/g, "\\$&")}"`
  const boost = (query: { readonly boost: number }): string => query.boost === 1 ? "" : `^${query.boost}`
  const named = (query: { readonly field?: string | undefined }): string =>
    query.field === undefined ? "" : `${escaped(query.field)}:`

  const print = (query: Query): string => {
    switch (query._tag) {
      case "Term":
        return `${named(query)}${escaped(query.text)}${boost(query)}`
      case "Fuzzy":
        return `${named(query)}${escaped(query.text)}~${query.distance}${boost(query)}`
      case "Phrase":
        return `${named(query)}${quoted(query.text)}${query.slop === 0 ? "" : `~${query.slop}`}${boost(query)}`
      case "PhrasePrefix":
        return `${named(query)}${quoted(query.text)}*${boost(query)}`
      case "Field":
        return `${escaped(query.fields[0]!)}:${print(query.query)}`
      case "Bool": {
        const clauses = [
          ...query.must.map((part) => `+${print(part)}`),
          ...query.should.map(print),
          ...query.mustNot.map((part) => `-${print(part)}`)
        ]
        return `(${clauses.join(" ")})${boost(query)}`
      }
      default:
        throw new Error(`the language has no ${query._tag}`)
    }
  }

  const someText = FastCheck.oneof(
    FastCheck.string({ minLength: 1, unit: "binary" }),
    FastCheck.constantFrom("AND", "OR", "NOT", "a", "wi-fi", "-", "\"", "\\")
  ).filter((text) => text.trim() !== "")
  const someBoost = FastCheck.constantFrom(1, 0, 2, 0.5, 12.25)
  const someField = FastCheck.option(FastCheck.constantFrom(...fields), { nil: undefined })
  const leaf: FastCheck.Arbitrary<Query> = FastCheck.oneof(
    FastCheck.tuple(someField, someText, someBoost).map(([field, text, boost]) => ({
      ...term(text, { boost }),
      field
    })),
    FastCheck.tuple(someField, someText, FastCheck.nat(9), someBoost).map(([field, text, slop, boost]) => ({
      ...phrase(text, { slop, boost }),
      field
    })),
    FastCheck.tuple(someField, someText, someText, someBoost).map(([field, text, more, boost]) => ({
      ...phrasePrefix(`a ${text} b${more}`, { boost }),
      field
    })),
    FastCheck.tuple(someField, someText, FastCheck.constantFrom<0 | 1 | 2>(0, 1, 2), someBoost).map((
      [field, text, distance, boost]
    ) => ({ ...fuzzy(text, distance, { boost }), field }))
  )
  const anyTree = FastCheck.letrec<{ readonly query: Query; readonly bool: Query }>((tie) => ({
    query: FastCheck.oneof(
      { maxDepth: 4 },
      leaf,
      tie("bool"),
      FastCheck.tuple(FastCheck.constantFrom(...fields), tie("bool")).map(([name, query]) => field([name], query))
    ),
    bool: FastCheck.tuple(
      FastCheck.array(tie("query"), { maxLength: 3 }),
      FastCheck.array(tie("query"), { maxLength: 3 }),
      FastCheck.array(tie("query"), { maxLength: 2 }),
      someBoost
    ).filter(([must, should, mustNot]) =>
      must.length + should.length > 0 && must.length + should.length + mustNot.length > 1
    ).map(([must, should, mustNot, boost]) => bool({ must, should, mustNot, boost }))
  })).query

  it.prop("what a tree is printed as is that tree", [anyTree], ([query]) => {
    assert.deepStrictEqual(parsed(print(query)), query)
  }, { fastCheck: { numRuns: 500 } })

  // -----------------------------------------------------------------------------
  // What matches
  // -----------------------------------------------------------------------------

  /** A document as the tokens of its fields. */
  type Document = Readonly<Record<string, ReadonlyArray<string>>>

  const matches = (query: Query, document: Document, names: ReadonlyArray<string> = Object.keys(document)): boolean => {
    switch (query._tag) {
      case "Bool":
        return !query.mustNot.some((part) => matches(part, document, names)) &&
          query.must.every((part) => matches(part, document, names)) &&
          (query.must.length > 0 || query.should.some((part) => matches(part, document, names)))
      case "Field":
        return matches(query.query, document, query.fields)
      case "Term":
        return (query.field === undefined ? names : [query.field]).some((name) => document[name]!.includes(query.text))
      case "Phrase":
        return (query.field === undefined ? names : [query.field]).some((name) =>
          ` ${document[name]!.join(" ")} `.includes(` ${query.text} `)
        )
      default:
        throw new Error(`${query._tag} is not printed here`)
    }
  }

  /** A text of the language, with what it finds by the rules as they are written down. */
  interface Spoken {
    readonly text: string
    readonly finds: (document: Document, names: ReadonlyArray<string>) => boolean
  }

  const letter = FastCheck.constantFrom("a", "b", "c", "d")
  const word = letter.map((text): Spoken => ({
    text,
    finds: (document, names) => names.some((name) => document[name]!.includes(text))
  }))
  const words = FastCheck.array(letter, { minLength: 1, maxLength: 3 }).map((letters): Spoken => ({
    text: `"${letters.join(" ")}"`,
    finds: (document, names) =>
      names.some((name) =>
        document[name]!.some((_, start) => letters.every((letter, i) => document[name]![start + i] === letter))
      )
  }))
  const qualify = (name: string, { finds, text }: Spoken): Spoken => ({
    text: `${name}:${text}`,
    finds: (document) => finds(document, [name])
  })

  type Sign = "" | "+" | "-" | "NOT "
  type Signed = readonly [sign: Sign, part: Spoken]
  const isExcluded = ([sign]: Signed): boolean => sign === "-" || sign === "NOT "

  /** Runs of AND; between them nothing, or OR. */
  const said = (runs: ReadonlyArray<ReadonlyArray<Signed>>, separators: ReadonlyArray<string>): Spoken => {
    const all = runs.map((run): Signed =>
      run.length === 1 ? run[0]! : ["", {
        text: run.map(([sign, part]) => `${sign}${part.text}`).join(" AND "),
        finds: (document, names) => run.every((clause) => clause[1].finds(document, names) !== isExcluded(clause))
      }]
    )
    return {
      text: all.map(([sign, part], i) => `${i === 0 ? "" : separators[i % separators.length]}${sign}${part.text}`).join(
        ""
      ),
      finds: (document, names) => {
        const found = (clause: Signed) => clause[1].finds(document, names)
        if (all.some((clause) => isExcluded(clause) && found(clause))) return false
        const required = all.filter(([sign]) => sign === "+")
        return required.length > 0
          ? required.every(found)
          : all.some((clause) => !isExcluded(clause) && found(clause))
      }
    }
  }

  const spoken = FastCheck.letrec<{ readonly query: Spoken; readonly part: Spoken }>((tie) => {
    const clause = FastCheck.tuple(FastCheck.constantFrom<Sign>("", "", "", "+", "-", "NOT "), tie("part"))
    const run = FastCheck.array(clause, { minLength: 1, maxLength: 3 })
    return {
      part: FastCheck.oneof(
        { maxDepth: 3 },
        word,
        words,
        FastCheck.tuple(FastCheck.constantFrom("title", "body"), FastCheck.oneof(word, words)).map(([name, part]) =>
          qualify(name, part)
        ),
        tie("query").map(({ finds, text }): Spoken => ({ text: `(${text})`, finds })),
        FastCheck.tuple(FastCheck.constantFrom("title", "body"), tie("query")).map(([name, { finds, text }]) =>
          qualify(name, { text: `(${text})`, finds })
        )
      ),
      query: FastCheck.tuple(
        FastCheck.array(
          // A run that only excludes is refused.
          run.filter((clauses) => clauses.length === 1 || !clauses.every(isExcluded)),
          { minLength: 1, maxLength: 4 }
        ).filter((runs) => runs.some((run) => run.length > 1 || !isExcluded(run[0]!))),
        FastCheck.array(FastCheck.constantFrom(" ", " OR ", "\t"), { minLength: 1, maxLength: 4 })
      ).map(([runs, separators]) => said(runs, separators))
    }
  }).query

  const tokens = FastCheck.array(letter, { maxLength: 5 })

  it.prop("finds what the rules say", [
    spoken,
    FastCheck.array(FastCheck.record({ title: tokens, body: tokens }), { minLength: 5, maxLength: 10 })
  ], ([{ finds, text }, documents]) => {
    const query = parsed(text)
    for (const document of documents) {
      assert.strictEqual(matches(query, document), finds(document, ["title", "body"]), text)
    }
  }, { fastCheck: { numRuns: 1000 } })
})
