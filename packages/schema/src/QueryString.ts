/**
 * Queries of full-text search in Lucene's language, built from values: whatever a value holds, it is searched for, and is
 * never an operator.
 *
 * ```ts
 * import * as QueryString from "@effect-pinecone/schema/QueryString"
 *
 * const search = (typed: string) =>
 *   QueryString.or(
 *     QueryString.field("title", QueryString.boost(QueryString.phrase(typed), 3)),
 *     QueryString.must(QueryString.fuzzy(typed)),
 *     QueryString.not(QueryString.term("draft"))
 *   )
 *
 * const text = String(search("c++ (basics)")) // title:("c++ (basics)"^3) +c\+\+\ \(basics\)~ -draft
 * ```
 *
 * A query knows the fields that it names: a search takes one whose fields are full-text fields of its index.
 *
 * {@link template} writes the language itself around values, and {@link raw} takes a query that is already written.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import type { Pipeable } from "effect/Pipeable"
import { pipeArguments } from "effect/Pipeable"
import * as Input from "./Input.js"
import { isArray } from "./internal/guards.js"
import { show } from "./internal/show.js"
import * as Limits from "./Limits.js"

/**
 * The brand of queries.
 *
 * @since 0.1.0
 * @category type ids
 */
export const TypeId: unique symbol = Symbol.for("@effect-pinecone/schema/QueryString")

/**
 * The type of the brand of queries.
 *
 * @since 0.1.0
 * @category type ids
 */
export type TypeId = typeof TypeId

/**
 * A part of a query: one that may match, one that must, or one that must not.
 *
 * @since 0.1.0
 * @category models
 */
export interface Clause<out Fields extends string> extends Pipeable {
  readonly [TypeId]: (_: never) => Fields
  readonly occur: "should" | "must" | "mustNot"
  /** What is searched for, without the sign of what is required or excluded. */
  readonly text: string
  /** Whether it has several clauses, and needs parentheses within another query. */
  readonly isJoined: boolean
  /** What Pinecone would refuse in it. */
  readonly problem: string | undefined
  readonly toString: () => string
  readonly toJSON: () => string
}

/**
 * A query that names the fields `Fields`; what names none searches all full-text fields.
 *
 * @since 0.1.0
 * @category models
 */
export interface QueryString<out Fields extends string = never> extends Clause<Fields> {
  readonly occur: "should"
}

/**
 * A clause that a document must match.
 *
 * @since 0.1.0
 * @category models
 */
export interface Required<out Fields extends string = never> extends Clause<Fields> {
  readonly occur: "must"
}

/**
 * A clause that a document must not match.
 *
 * @since 0.1.0
 * @category models
 */
export interface Excluded<out Fields extends string = never> extends Clause<Fields> {
  readonly occur: "mustNot"
}

type FieldsOf<C> = C extends Clause<infer Fields> ? Fields : never

const signs = { should: "", must: "+", mustNot: "-" } as const

const Proto = {
  [TypeId]: (_: never) => _,
  toString(this: Clause<string>) {
    return signed(this)
  },
  toJSON(this: Clause<string>) {
    return signed(this)
  },
  pipe() {
    // eslint-disable-next-line prefer-rest-params -- as Effect's own pipeable types do it.
    return pipeArguments(this, arguments)
  }
}

const make = <const Occur extends Clause<never>["occur"]>(
  occur: Occur,
  text: string,
  isJoined: boolean,
  problem: string | undefined
): Clause<never> & { readonly occur: Occur } => Object.assign(Object.create(Proto), { occur, text, isJoined, problem })

/** The text of a clause as a part of another query. */
const part = ({ isJoined, text }: Clause<string>): string => isJoined ? `(${text})` : text

const signed = (clause: Clause<string>): string =>
  clause.occur === "should" ? clause.text : signs[clause.occur] + part(clause)

/** The clause, or one that says what is given instead. */
const clauseOf = (u: unknown, what: string, occurs: ReadonlyArray<unknown>): Clause<string> =>
  isClause(u) && occurs.includes(u.occur) ? u : make("should", "", false, `${what} must be a query, got ${show(u)}`)

/**
 * Whether a value is a query, or a clause of one.
 *
 * @since 0.1.0
 * @category guards
 */
export const isClause = (u: unknown): u is Clause<string> => {
  try {
    return typeof u === "object" && u !== null && TypeId in u
  } catch {
    return false
  }
}

/**
 * Whether a value is a query.
 *
 * @since 0.1.0
 * @category guards
 */
export const isQueryString = (u: unknown): u is QueryString<string> => isClause(u) && u.occur === "should"

// -----------------------------------------------------------------------------
// Escaping
// -----------------------------------------------------------------------------

/** What has a meaning anywhere in a word, and the sign that has one where it begins a word. */
const special = /[\\+!(){}[\]^"'~*?:/&|<>=`\s]|^-/gu

/** The operators, and what two values side by side could make one of. */
const operator = /^(?:A|N|D|AN|ND|AND|O|R|OR|NO|T|OT|NOT)$/

/**
 * A value as a part of a query in Lucene's language, in which no character of it has a meaning. Spaces at its ends are left
 * out.
 *
 * ```ts
 * import * as QueryString from "@effect-pinecone/schema/QueryString"
 *
 * const escaped = QueryString.escape("wi-fi (5 GHz)") // wi-fi\ \(5\ GHz\)
 * ```
 *
 * @since 0.1.0
 * @category conversions
 */
export const escape = (text: string): string => {
  const escaped = text.trim().replace(special, "\\$&")
  return operator.test(escaped) ? `\\${escaped}` : escaped
}

const halfOfPair = /\p{Surrogate}/u

const textProblem = (what: string, text: unknown): string | undefined =>
  typeof text !== "string" || text.trim() === ""
    ? `${what} must be a string with at least one character that is not a space, got ${show(text)}`
    : halfOfPair.test(text)
    ? `${what} must be text that UTF-8 can hold, got ${show(text)}`
    : undefined

/** A query of one text, which is written only if it is one. */
const ofText = (
  what: string,
  text: string,
  write: (text: string) => string,
  problem?: string | undefined
): QueryString => {
  const wrong = textProblem(what, text) ?? problem
  return make("should", wrong === undefined ? write(text) : "", false, wrong)
}

const quoted = (text: string): string => `"${text.replace(/["\\]/g, "\\$&")}"`

/** A number without an exponent, which the language does not have. */
const decimal = (value: number): string => {
  const [digits = "", exponent] = String(value).split("e")
  if (exponent === undefined) return digits
  const [whole = "", fraction = ""] = digits.split(".")
  const places = Number(exponent)
  return places < 0
    ? `0.${"0".repeat(-places - 1)}${whole}${fraction}`
    : (whole + fraction).padEnd(places + 1, "0")
}

// -----------------------------------------------------------------------------
// Constructors
// -----------------------------------------------------------------------------

/**
 * A word. One that the analysis of a field splits, such as `wi-fi` or `machine learning`, is searched as a phrase.
 *
 * @since 0.1.0
 * @category constructors
 */
export const term = (text: string): QueryString => ofText("a term", text, escape)

/**
 * Words side by side, in order. With a `slop`, so many words may stand between them.
 *
 * @since 0.1.0
 * @category constructors
 */
export const phrase = (
  text: string,
  options?: {
    /** @default 0 */
    readonly slop?: number | undefined
  }
): QueryString => {
  const slop = options?.slop ?? 0
  return ofText(
    "a phrase",
    text,
    (text) => slop === 0 ? quoted(text) : `${quoted(text)}~${slop}`,
    Input.isWholeNumber(slop) ? undefined : `the slop of a phrase must be an integer >= 0, got ${show(slop)}`
  )
}

/**
 * At least two words, of which the last is the beginning of one: `machine lea` finds "machine learning".
 *
 * @since 0.1.0
 * @category constructors
 */
export const phrasePrefix = (text: string): QueryString =>
  ofText(
    "a phrase prefix",
    text,
    (text) => `${quoted(text)}*`,
    typeof text === "string" && (text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).length < 2
      ? `a phrase prefix must have at least two words, got ${show(text)}`
      : undefined
  )

/**
 * A word, and those that differ from it by at most `distance` characters: inserted, deleted or replaced.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fuzzy = (
  text: string,
  options?: {
    /** @default 0 for words of fewer than 4 characters, 1 for words of fewer than 8, 2 for longer ones */
    readonly distance?: 0 | 1 | 2 | undefined
  }
): QueryString => {
  const distance = options?.distance
  return ofText(
    "a fuzzy term",
    text,
    (text) => `${escape(text)}~${distance ?? ""}`,
    distance === undefined || Input.isWholeNumber(distance, 0, 2)
      ? undefined
      : `the distance of a fuzzy term must be 0, 1 or 2, got ${show(distance)}`
  )
}

/**
 * A query in Lucene's language as it is, unchecked: for what an application writes itself, never for what somebody types.
 *
 * @since 0.1.0
 * @category constructors
 */
export const raw = (text: string): QueryString => {
  const problem = textProblem("a raw query", text)
  return make("should", problem === undefined ? text : "", true, problem)
}

/**
 * A query in Lucene's language around values: a string is escaped, also between quotation marks, and a query stands in
 * parentheses. What is written around them is not checked.
 *
 * ```ts
 * import * as QueryString from "@effect-pinecone/schema/QueryString"
 *
 * const search = (topic: string, author: string) =>
 *   QueryString.template`title:(${topic})^2 OR body:("written by ${author}"~2)`
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const template = <const Values extends ReadonlyArray<string | QueryString<string>>>(
  strings: TemplateStringsArray,
  ...values: Values
): QueryString<FieldsOf<Values[number]>> => {
  const written = (value: unknown): string =>
    isQueryString(value) ? `(${value.text})` : typeof value === "string" ? escape(value) : ""
  const problems = values.map((value: unknown) =>
    isQueryString(value) ? value.problem : textProblem("a value in a template", value)
  )
  const text = strings.raw.map((string, i) => i < values.length ? string + written(values[i]) : string).join("")
  return make(
    "should",
    text,
    true,
    problems.find((problem) => problem !== undefined) ?? textProblem("a template", text)
  )
}

// -----------------------------------------------------------------------------
// Combinators
// -----------------------------------------------------------------------------

/** The clauses that are given one by one or as a list. */
const clausesOf = (
  what: string,
  given: ReadonlyArray<unknown>,
  occurs: ReadonlyArray<Clause<string>["occur"]>
): ReadonlyArray<Clause<string>> | undefined => {
  try {
    const clauses = given.length === 1 && isArray(given[0]) ? given[0] : given
    return Array.from(clauses, (clause) => clauseOf(clause, `what ${what} combines`, occurs))
  } catch {
    return undefined
  }
}

/** Several clauses as one query, and the one that is alone as itself. */
const joined = (
  what: string,
  clauses: ReadonlyArray<Clause<string>> | undefined,
  write: (clauses: ReadonlyArray<Clause<string>>) => string
): QueryString => {
  if (clauses === undefined || clauses.length === 0) {
    return make("should", "", false, `${what} must combine at least one query`)
  }
  const problem = clauses.find(({ problem }) => problem !== undefined)?.problem ??
    (clauses.every(({ occur }) => occur === "mustNot")
      ? `${what} must combine at least one query that is not excluded`
      : undefined)
  const [first] = clauses
  return first !== undefined && clauses.length === 1 && first.occur === "should"
    ? make("should", first.text, first.isJoined, problem)
    : make("should", write(clauses), true, problem)
}

/**
 * All of the queries match, and none of those excluded by {@link not}. Of a list, at least one must not be excluded.
 *
 * @since 0.1.0
 * @category combinators
 */
export const and: {
  <const Parts extends ReadonlyArray<QueryString<string> | Excluded<string>>>(
    clauses: Parts
  ): QueryString<FieldsOf<Parts[number]>>
  <const Parts extends readonly [QueryString<string>, ...ReadonlyArray<QueryString<string> | Excluded<string>>]>(
    ...clauses: Parts
  ): QueryString<FieldsOf<Parts[number]>>
} = (...given: ReadonlyArray<unknown>) =>
  joined(
    "and",
    clausesOf("and", given, ["should", "mustNot"]),
    (clauses) =>
      clauses.map((clause) => clause.occur === "mustNot" ? `NOT ${part(clause)}` : part(clause)).join(" AND ")
  )

/**
 * One of the queries matches, or more, and each that does adds to the score. Those of {@link must} have to match, and then
 * the others only add to the score; those of {@link not} must not match. Of a list, at least one must not be excluded.
 *
 * @since 0.1.0
 * @category combinators
 */
export const or: {
  <const Parts extends ReadonlyArray<QueryString<string> | Required<string> | Excluded<string>>>(
    clauses: Parts
  ): QueryString<FieldsOf<Parts[number]>>
  <
    const Parts extends readonly [
      QueryString<string> | Required<string>,
      ...ReadonlyArray<QueryString<string> | Required<string> | Excluded<string>>
    ]
  >(...clauses: Parts): QueryString<FieldsOf<Parts[number]>>
} = (...given: ReadonlyArray<unknown>) =>
  joined(
    "or",
    clausesOf("or", given, ["should", "must", "mustNot"]),
    (clauses) =>
      clauses.map((clause) => signs[clause.occur] + part(clause)).join(
        clauses.every(({ occur }) => occur === "should") ? " OR " : " "
      )
  )

/**
 * A query that must match, for {@link or}.
 *
 * @since 0.1.0
 * @category combinators
 */
export const must = <Fields extends string>(query: QueryString<Fields>): Required<Fields> => {
  const { isJoined, problem, text } = clauseOf(query, "what must match", ["should"])
  return make("must", text, isJoined, problem)
}

/**
 * A query that must not match, for {@link and} and {@link or}.
 *
 * @since 0.1.0
 * @category combinators
 */
export const not = <Fields extends string>(query: QueryString<Fields>): Excluded<Fields> => {
  const { isJoined, problem, text } = clauseOf(query, "what must not match", ["should"])
  return make("mustNot", text, isJoined, problem)
}

/**
 * The query with its score multiplied by a number of at least 0. With 0 it matches, and adds nothing to the score.
 *
 * @since 0.1.0
 * @category combinators
 */
export const boost: {
  (factor: number): <Fields extends string>(query: QueryString<Fields>) => QueryString<Fields>
  <Fields extends string>(query: QueryString<Fields>, factor: number): QueryString<Fields>
} = dual(2, (query: QueryString<string>, factor: number): QueryString => {
  const clause = clauseOf(query, "what is boosted", ["should"])
  const isFactor = typeof factor === "number" && Number.isFinite(factor) && factor >= 0
  return make(
    "should",
    // A boost of a boost is none of the language's.
    isFactor ? `${/\^[\d.]+$/.test(clause.text) ? `(${clause.text})` : part(clause)}^${decimal(factor)}` : "",
    false,
    clause.problem ?? (isFactor ? undefined : `a boost must be a finite number >= 0, got ${show(factor)}`)
  )
})

/**
 * The query over one field, except where a part of it names another.
 *
 * @since 0.1.0
 * @category combinators
 */
export const field = <const Name extends string, Fields extends string>(
  name: Name,
  query: QueryString<Fields>
): QueryString<Name | Fields> => {
  const { problem, text } = clauseOf(query, "what a field is searched for", ["should"])
  const wrong = textProblem("the name of a field", name)
  return make("should", wrong === undefined ? `${escape(name)}:(${text})` : "", false, wrong ?? problem)
}

// -----------------------------------------------------------------------------
// Encoding
// -----------------------------------------------------------------------------

/**
 * What is wrong with a query: that it is none, a blank word, a boost that is not a number, more than 10 KB.
 *
 * @since 0.1.0
 * @category checks
 */
export const problemOf = (
  query: QueryString<string>,
  name: string,
  place: Limits.Place
): Input.Problem | undefined => {
  if (!isQueryString(query)) {
    return Input.mismatch(place, name, "a query, as QueryString.term and QueryString.raw make them", query)
  }
  const { problem, text } = query
  return problem === undefined
    ? Limits.check("queryBytes", `${name} (bytes)`, new TextEncoder().encode(text).length, place)
    : Input.invalid(place, name, problem)
}

/**
 * The query as it is sent, or what is wrong with it.
 *
 * ```ts
 * import * as QueryString from "@effect-pinecone/schema/QueryString"
 *
 * const text = QueryString.encode(QueryString.term(""), "query", { operation: "search" })
 * // fails with "query: a term must be a string with at least one character that is not a space, got """
 * ```
 *
 * @since 0.1.0
 * @category encoding
 */
export const encode = (
  query: QueryString<string>,
  name: string,
  place: Limits.Place
): Effect.Effect<string, Input.Problem> => {
  const wrong = problemOf(query, name, place)
  return wrong === undefined ? Effect.succeed(query.text) : Effect.fail(wrong)
}
