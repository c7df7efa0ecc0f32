import { limits } from "@effect-pinecone/schema/Limits"
import type { Bool, Fuzzy, Query } from "./queryTree.js"
import * as tree from "./queryTree.js"

/**
 * The query language of full-text search, which is Lucene's with some parts left out.
 *
 * ```text
 * query    = run { [ "OR" ] run }                  without an operator between them, runs are joined by OR
 * run      = clause { "AND" clause }
 * clause   = [ "+" | "-" | "NOT" ] [ field ":" ] part [ "^" number ]
 * part     = word [ "~" [ 0 | 1 | 2 ] ]            ~ alone: as many edits as the length of the word allows
 *          | '"' words '"' [ "~" slop | "*" ]      *: the last of at least two words is the beginning of one
 *          | "(" query ")"
 * ```
 *
 * AND binds tighter than OR, and both tighter than standing side by side; NOT, + and - belong to the clause that follows.
 * What Lucene's classic parser makes of `a OR b AND c` (all but the first are required) is not done here.
 *
 * In a query, clauses with + must match and clauses with - or NOT must not; of the others at least one must match where
 * nothing is required, and otherwise they only add to the score. In a run of AND every clause is required, unless it is
 * excluded. `a OR NOT b` therefore finds what has `a` and lacks `b`. What only excludes finds nothing, and is refused.
 *
 * A backslash makes the next character a part of the word, and AND, OR and NOT are operators only in capitals and without
 * one. Inside a word + - ! & | / < > and = are ordinary; where one begins a word it is an operator, or is kept for one.
 *
 * A field names that of the leaves below it that name none themselves: the innermost counts.
 */

/** Why a query is refused, and where: the first character is 1. */
export class QueryProblem {
  readonly _tag = "QueryProblem"
  constructor(readonly message: string, readonly position: number) {}
}

/** Far beyond what anyone writes, and far below what overflows the stack. */
const maxDepth = 64

const isSpace = (char: string): boolean => /\s/.test(char)

/** The characters that end a word. */
const isEnd = (char: string | undefined): boolean =>
  char === undefined || isSpace(char) || char === "(" || char === ")" || char === "\"" || char === "^" || char === "~"

const regexes = "regular expressions are not supported"
const ranges = "ranges are not supported"
const comparisons = "comparisons are not supported"
const elsewhere = "a filter compares numbers"

/** What cannot begin a word, and what to do instead. */
const refusedAtStart: Readonly<Record<string, string>> = {
  "/": regexes,
  "<": `${comparisons}: ${elsewhere}`,
  ">": `${comparisons}: ${elsewhere}`,
  "=": `${comparisons}: ${elsewhere}`,
  "!": "! is not an operator: use NOT or -",
  "&&": "&& is not an operator: use AND",
  "||": "|| is not an operator: use OR",
  "^": "a boost must follow a word, a phrase or a group without a space",
  "~": "~ must follow a word or a phrase without a space",
  "+": "a clause takes one of +, - and NOT",
  "-": "a clause takes one of +, - and NOT",
  ":": "a colon must follow the name of a field"
}

/** What cannot stand in a word. */
const refusedInside: Readonly<Record<string, string>> = {
  "*": "wildcards are not supported: a quoted phrase of at least two words takes a * after it, as in \"two wor\"*",
  "?": "wildcards are not supported",
  "[": ranges,
  "]": ranges,
  "{": ranges,
  "}": ranges
}

const orEscape = (what: string): string => `${what}; put a backslash before a character that is meant literally`

const words = /[\p{L}\p{M}\p{N}]+/gu

/** As many edits as are usual for a word of that length. */
const distanceOf = (word: string): Fuzzy["distance"] => {
  const { length } = Array.from(word)
  return length < 4 ? 0 : length < 8 ? 1 : 2
}

const bytesOf = (text: string): number => new TextEncoder().encode(text).length

interface Clause {
  readonly occur: "must" | "should" | "mustNot"
  readonly query: Query
}

/** Clauses as one query, which is the clause itself where it is the only one; nothing where all are excluded. */
const joined = (clauses: ReadonlyArray<Clause>): Query | undefined => {
  const having = (occur: Clause["occur"]) =>
    clauses.filter((clause) => clause.occur === occur).map(({ query }) => query)
  const bool = { must: having("must"), should: having("should"), mustNot: having("mustNot") } satisfies Partial<Bool>
  if (bool.must.length + bool.should.length === 0) return undefined
  return clauses.length === 1 ? clauses[0]!.query : tree.bool(bool)
}

const run = (clauses: ReadonlyArray<Clause>): Clause | undefined => {
  if (clauses.length === 1) return clauses[0]
  const query = joined(
    clauses.map(({ occur, query }) => ({ occur: occur === "mustNot" ? occur : "must", query }))
  )
  return query === undefined ? undefined : { occur: "should", query }
}

/** A query that searches the field where it names none itself. */
const within = (field: string, query: Query): Query => {
  switch (query._tag) {
    case "Term":
    case "Phrase":
    case "PhrasePrefix":
    case "Fuzzy":
      return query.field === undefined ? { ...query, field } : query
    case "Bool":
      return tree.field([field], query)
    default:
      return query
  }
}

/** A query whose score counts so many times. */
const times = (query: Query, boost: number): Query => {
  switch (query._tag) {
    case "All":
    case "None":
      return query
    case "Field":
      return { ...query, query: times(query.query, boost) }
    default:
      return { ...query, boost: query.boost * boost }
  }
}

/** Parses a query over these full-text fields. */
export const parse = (text: string, fields: ReadonlySet<string>): Query | QueryProblem => {
  let at = 0

  const refused = (position: number, message: string): QueryProblem =>
    new QueryProblem(`query_string: ${message} (at character ${position + 1})`, position + 1)

  const skipSpaces = (): void => {
    while (at < text.length && isSpace(text[at]!)) at++
  }

  const operatorHere = <W extends string>(...words: ReadonlyArray<W>): W | undefined =>
    words.find((word) => text.startsWith(word, at) && isEnd(text[at + word.length]))

  /** Clauses up to the end, or up to the parenthesis that closes the group. */
  const clauses = (depth: number): Query | QueryProblem => {
    const from = at
    const runs: Array<Array<Clause>> = []
    let operator: "AND" | "OR" | undefined
    for (;;) {
      skipSpaces()
      if (at >= text.length || text[at] === ")") break
      const next = operatorHere("AND", "OR")
      if (next !== undefined) {
        if (runs.length === 0 || operator !== undefined) return refused(at, `${next} must stand between two clauses`)
        operator = next
        at += next.length
        continue
      }
      const clause = clauseHere(depth)
      if (clause instanceof QueryProblem) return clause
      if (operator === "AND") runs[runs.length - 1]!.push(clause)
      else runs.push([clause])
      operator = undefined
    }
    if (operator !== undefined) return refused(at, `${operator} must stand between two clauses`)
    if (runs.length === 0) return refused(from, "a query or a group must not be empty")
    const all: Array<Clause> = []
    for (const clauses of runs) {
      const one = run(clauses)
      if (one === undefined) return onlyExcludes(from)
      all.push(one)
    }
    return joined(all) ?? onlyExcludes(from)
  }

  const onlyExcludes = (position: number): QueryProblem =>
    refused(position, "NOT and - exclude from what other clauses match: add a clause that matches")

  const clauseHere = (depth: number): Clause | QueryProblem => {
    const occur = occurHere()
    if (occur instanceof QueryProblem) return occur
    const query = qualified(depth)
    return query instanceof QueryProblem ? query : { occur, query }
  }

  const occurHere = (): Clause["occur"] | QueryProblem => {
    if (operatorHere("NOT") !== undefined) {
      at += "NOT".length
      skipSpaces()
      return at >= text.length || text[at] === ")" ? refused(at, "NOT must stand before a clause") : "mustNot"
    }
    const sign = text[at]
    if (sign !== "+" && sign !== "-") return "should"
    at++
    return at >= text.length || text[at] === ")" || isSpace(text[at]!)
      ? refused(at - 1, orEscape(`${sign} must stand before a clause without a space`))
      : sign === "+"
      ? "must"
      : "mustNot"
  }

  /** A part, its field before it and its boost after it. */
  const qualified = (depth: number): Query | QueryProblem => {
    const operator = operatorHere("AND", "OR", "NOT")
    if (operator !== undefined) {
      return refused(at, `${operator} must not stand here; put a backslash before it to search for the word`)
    }
    const query = part(depth)
    return query instanceof QueryProblem ? query : boosted(query)
  }

  const part = (depth: number, field?: string): Query | QueryProblem => {
    if (text[at] === "(") return group(depth)
    if (text[at] === "\"") return phrase()
    const from = at
    const word = wordHere()
    if (word instanceof QueryProblem) return word
    if (text[at] !== ":") return text[at] === "~" ? fuzzy(word) : tree.term(word)
    return field === undefined
      ? ofField(depth, from, word)
      : refused(at, orEscape(`the field ${field} must be followed by a clause, not by a field`))
  }

  const ofField = (depth: number, from: number, field: string): Query | QueryProblem => {
    if (!fields.has(field)) return unknownField(from, field)
    at++
    skipSpaces()
    if (at >= text.length || text[at] === ")" || operatorHere("AND", "OR", "NOT") !== undefined) {
      return refused(at, `the field ${field} must be followed by a clause`)
    }
    const query = part(depth, field)
    return query instanceof QueryProblem ? query : within(field, query)
  }

  const unknownField = (position: number, name: string): QueryProblem => {
    const known = Array.from(fields, (field) => JSON.stringify(field)).slice(0, 10).join(", ")
    return refused(
      position,
      orEscape(`${JSON.stringify(name.slice(0, 100))} is not a full-text field: use one of ${known}`)
    )
  }

  const group = (depth: number): Query | QueryProblem => {
    const from = at
    if (depth >= maxDepth) return refused(from, `groups must not nest more than ${maxDepth} levels`)
    at++
    const query = clauses(depth + 1)
    if (query instanceof QueryProblem) return query
    if (text[at] !== ")") return refused(from, orEscape("a parenthesis is not closed"))
    at++
    return text[at] === "~" || text[at] === "*"
      ? refused(at, `${text[at]} must follow a word or a phrase, not a group`)
      : query
  }

  const phrase = (): Query | QueryProblem => {
    const from = at
    at++
    let content = ""
    while (text[at] !== "\"") {
      if (text[at] === "\\") at++
      if (at >= text.length) return refused(from, orEscape("a quotation mark is not closed"))
      content += text[at]
      at++
    }
    at++
    if (content.trim() === "") return refused(from, "a phrase must not be empty")
    if (text[at] === "*") {
      at++
      return (content.match(words)?.length ?? 0) < 2
        ? refused(from, "a phrase with a * after it must have at least two words")
        : tree.phrasePrefix(content)
    }
    if (text[at] !== "~") return tree.phrase(content)
    const operator = at
    const digits = numberAfter(/\d+/y)
    const slop = Number(digits)
    return digits === undefined || !Number.isSafeInteger(slop)
      ? refused(operator, "~ after a phrase must be followed by a whole number of words")
      : tree.phrase(content, { slop })
  }

  const fuzzy = (word: string): Query | QueryProblem => {
    if (isEnd(text[at + 1]) && text[at + 1] !== "~") {
      at++
      return tree.fuzzy(word, distanceOf(word))
    }
    const distance = numberAfter(/[012]/y)
    switch (distance) {
      case "0":
        return tree.fuzzy(word, 0)
      case "1":
        return tree.fuzzy(word, 1)
      case "2":
        return tree.fuzzy(word, 2)
      default:
        return refused(at, "~ after a word must be followed by 0, 1, 2 or nothing")
    }
  }

  /** The query with the boost that follows it. */
  const boosted = (query: Query): Query | QueryProblem => {
    if (text[at] === "~" || text[at] === "*") return refused(at, `${text[at]} must not stand here`)
    if (text[at] !== "^") return query
    const from = at
    const number = numberAfter(/\d+(?:\.\d+)?/y)
    if (number === undefined || text[at] === "^") {
      return refused(from, "^ must be followed by a number such as 2 or 0.5")
    }
    const result = times(query, Number(number))
    return "boost" in result && !Number.isFinite(result.boost) ? refused(from, "the boost is too large") : result
  }

  /** The number after the operator here, if it ends where a clause does. */
  const numberAfter = (number: RegExp): string | undefined => {
    number.lastIndex = at + 1
    const found = number.exec(text)?.[0]
    if (found === undefined) return undefined
    const end = at + 1 + found.length
    if (!isEnd(text[end]) || text[end] === "~" || text[end] === "(" || text[end] === "\"") return undefined
    at = end
    return found
  }

  const wordHere = (): string | QueryProblem => {
    const refusal = refusedAtStart[text[at]!] ?? refusedAtStart[text.slice(at, at + 2)]
    if (refusal !== undefined) return refused(at, orEscape(refusal))
    let word = ""
    for (;;) {
      const char = text[at]
      if (char === undefined || isEnd(char) || char === ":") return word
      const refusal = refusedInside[char]
      if (refusal !== undefined) return refused(at, orEscape(refusal))
      if (char === "\\") at++
      if (at >= text.length) return refused(at - 1, "a backslash must stand before the character that it makes literal")
      word += text[at]
      at++
    }
  }

  if (text.trim() === "") return refused(0, "a query must not be empty")
  const bytes = bytesOf(text.trim())
  if (bytes > limits.queryBytes) {
    return refused(
      0,
      `a query must not be longer than ${limits.queryBytes.toLocaleString("en-US")} bytes, got ${
        bytes.toLocaleString("en-US")
      }`
    )
  }
  const query = clauses(0)
  if (query instanceof QueryProblem) return query
  return text[at] === ")" ? refused(at, orEscape("a parenthesis is closed that was not opened")) : query
}
