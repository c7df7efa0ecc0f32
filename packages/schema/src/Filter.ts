/**
 * Metadata filters: `$eq $ne $gt $gte $lt $lte $in $nin $exists`, combined by `$and` and `$or`.
 *
 * A filter knows which fields it reads and with which types. A query on an index whose metadata has a Schema takes only
 * filters that fit it: a misspelt field, or a number compared with a string, does not compile.
 *
 * ```ts
 * import * as Filter from "@effect-pinecone/schema/Filter"
 *
 * const recentComedy = Filter.and(
 *   Filter.eq("genre", "comedy"),
 *   Filter.gte("year", 2000)
 * )
 * ```
 *
 * Filters compare what is stored: where the Schema of a field transforms it (a `Date` kept as a number), the filter takes
 * the stored form.
 *
 * The search of documents takes more: `$match_phrase $match_all $match_any` on its full-text fields, and `$not` around a
 * filter. Such a filter is a {@link SearchFilter}. Every filter is one too, but nothing else takes it.
 *
 * @since 0.1.0
 */
import { isArray, isObject } from "./internal/guards.js"
import { plain, Unreadable } from "./internal/plain.js"
import { show } from "./internal/show.js"
import type { Storable } from "./Metadata.js"

/**
 * The brand of filters.
 *
 * @since 0.1.0
 * @category type ids
 */
export const TypeId: unique symbol = Symbol.for("@effect-pinecone/schema/Filter")

/**
 * The type of the brand of filters.
 *
 * @since 0.1.0
 * @category type ids
 */
export type TypeId = typeof TypeId

/**
 * The brand of the filters of a document search.
 *
 * @since 0.1.0
 * @category type ids
 */
export const SearchTypeId: unique symbol = Symbol.for("@effect-pinecone/schema/Filter/SearchFilter")

/**
 * The type of the brand of the filters of a document search.
 *
 * @since 0.1.0
 * @category type ids
 */
export type SearchTypeId = typeof SearchTypeId

/**
 * What a filter asks of a field: that it holds values to which a `V` can be compared, and, for `$gt` and the like, that
 * they are numbers. `Ordered` is `true` where they can be, and says why not where they cannot.
 *
 * @since 0.1.0
 * @category models
 */
export interface Field<in V, out Ordered> {
  readonly compare: (value: V) => void
  readonly ordered: Ordered
}

/**
 * A field with full-text search, as filters see it: its words can be matched, and its value cannot be compared.
 *
 * @since 0.1.0
 * @category models
 */
export interface TextField extends Field<never, "gt, gte, lt and lte compare numbers, and this field holds text"> {
  readonly text: true
}

/**
 * A filter that needs the fields `Fields`, for the search of documents.
 *
 * @since 0.1.0
 * @category models
 */
export interface SearchFilter<in Fields> {
  readonly [SearchTypeId]: (fields: Fields) => void
  /** The filter as Pinecone reads it. */
  readonly expression: Expression
  readonly toJSON: () => Expression
}

/**
 * A filter that needs the fields `Fields`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Filter<in Fields> extends SearchFilter<Fields> {
  readonly [TypeId]: (fields: Fields) => void
}

/**
 * A filter in Pinecone's own form.
 *
 * @since 0.1.0
 * @category models
 */
export interface Expression {
  readonly [key: string]: unknown
}

/**
 * A value that a field can be compared with.
 *
 * @since 0.1.0
 * @category models
 */
export type Value = string | number | boolean

/**
 * A value that can stand in a list of values.
 *
 * @since 0.1.0
 * @category models
 */
export type Listed = string | number

type KeyOf<I> = I extends unknown ? keyof I : never

/** What any of the members of a union has in a field. */
type ValueOf<I, K> = I extends unknown ? K extends keyof I ? Exclude<I[K], undefined> : never : never

type ElementOf<V> = V extends ReadonlyArray<infer Element> ? Element : V

/**
 * Why a field takes no `gt`, `gte`, `lt` or `lte`: what the compiler says of one.
 *
 * @since 0.1.0
 * @category models
 */
export type NoRange<K, V> = `gt, gte, lt and lte compare numbers, and "${K & string}" holds ${V extends
  ReadonlyArray<unknown> ? "lists of strings" : V extends string ? "strings" : "booleans"}`

/**
 * The fields of a metadata type, as filters see them; of a union, the fields of all its members. A list of strings is compared
 * by its elements.
 *
 * @since 0.1.0
 * @category models
 */
export type FieldsOf<I> = {
  readonly [K in KeyOf<I>]: Field<
    ElementOf<ValueOf<I, K>>,
    [Extract<ValueOf<I, K>, number>] extends [never] ? NoRange<K, ValueOf<I, K>> : true
  >
}

/**
 * The filters that fit stored metadata of type `I`. Metadata with any field at all takes any filter.
 *
 * @since 0.1.0
 * @category models
 */
export type For<I extends Storable> = string extends KeyOf<I> ? Filter<never> : Filter<FieldsOf<I>>

/**
 * The filters of a document search that fit stored metadata of type `I` and full-text fields of these names.
 *
 * @since 0.1.0
 * @category models
 */
export type SearchFor<I extends Storable, Text extends string> = string extends KeyOf<I> ? SearchFilter<never>
  : SearchFilter<FieldsOf<I> & { readonly [_ in Text]: TextField }>

type Fields<F> = (F extends SearchFilter<infer R> ? (fields: R) => void : never) extends (fields: infer All) => void ?
  All
  : never

const SearchProto = {
  [SearchTypeId]: () => {},
  toJSON(this: SearchFilter<never>) {
    return this.expression
  }
}

const Proto = Object.assign(Object.create(SearchProto), { [TypeId]: () => {} })

const make = <R>(expression: Expression): Filter<R> => Object.assign(Object.create(Proto), { expression })

const makeSearch = <R>(expression: Expression): SearchFilter<R> =>
  Object.assign(Object.create(SearchProto), { expression })

/** Stands for the condition of a field whose name is not a string, so that the check of the filter finds it. */
const nameless = Symbol("a field that is not named by a string")

const condition = (field: unknown, operator: string, value: unknown): Expression =>
  typeof field === "string" ? { [field]: { [operator]: value } } : { [show(field)]: nameless }

const on = <R>(field: unknown, operator: string, value: unknown): Filter<R> => make(condition(field, operator, value))

/** The expression of a filter, or nothing of what is none: the check of the whole then says so. */
const expressionOf = (filter: unknown): unknown => {
  try {
    return isSearchFilter(filter) ? filter.expression : undefined
  } catch {
    return undefined
  }
}

/**
 * The field equals the value; a list of strings contains it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const eq = <const K extends string, const V extends Value>(
  field: K,
  value: V
): Filter<{ readonly [_ in K]: Field<V, unknown> }> => on(field, "$eq", value)

/**
 * The field does not equal the value; a list of strings does not contain it. Records without the field match.
 *
 * @since 0.1.0
 * @category constructors
 */
export const ne = <const K extends string, const V extends Value>(
  field: K,
  value: V
): Filter<{ readonly [_ in K]: Field<V, unknown> }> => on(field, "$ne", value)

/**
 * The field is a number greater than the value.
 *
 * @since 0.1.0
 * @category constructors
 */
export const gt = <const K extends string>(
  field: K,
  value: number
): Filter<{ readonly [_ in K]: Field<never, true> }> => on(field, "$gt", value)

/**
 * The field is a number greater than the value, or equal to it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const gte = <const K extends string>(
  field: K,
  value: number
): Filter<{ readonly [_ in K]: Field<never, true> }> => on(field, "$gte", value)

/**
 * The field is a number less than the value.
 *
 * @since 0.1.0
 * @category constructors
 */
export const lt = <const K extends string>(
  field: K,
  value: number
): Filter<{ readonly [_ in K]: Field<never, true> }> => on(field, "$lt", value)

/**
 * The field is a number less than the value, or equal to it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const lte = <const K extends string>(
  field: K,
  value: number
): Filter<{ readonly [_ in K]: Field<never, true> }> => on(field, "$lte", value)

/**
 * The field equals one of the values: strings or numbers, not both, at most 10,000. A list of strings contains one of them.
 *
 * @since 0.1.0
 * @category constructors
 */
export const isIn = <const K extends string, const V extends Listed>(
  field: K,
  values: ReadonlyArray<V>
): Filter<{ readonly [_ in K]: Field<V, unknown> }> => on(field, "$in", values)

/**
 * The field equals none of the values: strings or numbers, not both, at most 10,000. A list of strings contains none of
 * them. Records without the field match.
 *
 * @since 0.1.0
 * @category constructors
 */
export const notIn = <const K extends string, const V extends Listed>(
  field: K,
  values: ReadonlyArray<V>
): Filter<{ readonly [_ in K]: Field<V, unknown> }> => on(field, "$nin", values)

/**
 * The record has the field or, with `false`, has it not.
 *
 * @since 0.1.0
 * @category constructors
 */
export const exists = <const K extends string>(
  field: K,
  value: boolean = true
): Filter<{ readonly [_ in K]: Field<never, unknown> }> => on(field, "$exists", value)

/**
 * The text of the field has the words of `phrase` side by side, in order. The words are found as the field is analysed: with
 * stemming, `running` matches "runs". Only the search of documents takes it.
 *
 * ```ts
 * import * as Filter from "@effect-pinecone/schema/Filter"
 *
 * const filter = Filter.and(Filter.matchPhrase("body", "vector database"), Filter.gte("year", 2000))
 * ```
 *
 * @since 0.1.0
 * @category text constructors
 */
export const matchPhrase = <const K extends string>(
  field: K,
  phrase: string
): SearchFilter<{ readonly [_ in K]: TextField }> => makeSearch(condition(field, "$match_phrase", phrase))

/**
 * The text of the field has all of the words, anywhere. Only the search of documents takes it.
 *
 * @since 0.1.0
 * @category text constructors
 */
export const matchAll = <const K extends string>(
  field: K,
  words: string
): SearchFilter<{ readonly [_ in K]: TextField }> => makeSearch(condition(field, "$match_all", words))

/**
 * The text of the field has at least one of the words. Only the search of documents takes it.
 *
 * @since 0.1.0
 * @category text constructors
 */
export const matchAny = <const K extends string>(
  field: K,
  words: string
): SearchFilter<{ readonly [_ in K]: TextField }> => makeSearch(condition(field, "$match_any", words))

type Filters = ReadonlyArray<SearchFilter<never>>

/** A filter of filters, and one of a document search where a part of it is. */
type Combined<Parts extends Filters> = [Parts[number]] extends [Filter<never>] ? Filter<Fields<Parts[number]>>
  : SearchFilter<Fields<Parts[number]>>

const isEmptyList = (value: unknown): boolean => {
  try {
    return isArray(value) && value.length === 0
  } catch {
    return false
  }
}

const combine = (
  operator: "$and" | "$or",
  ofNone: Expression,
  filters: ReadonlyArray<unknown>
): Filter<unknown> & SearchFilter<unknown> => {
  if (isEmptyList(filters[0])) return make(ofNone)
  try {
    const parts = Array.from(filters.length === 1 && isArray(filters[0]) ? filters[0] : filters)
    const expression = { [operator]: parts.map(expressionOf) }
    const isForSearch = parts.some((part) => isSearchFilter(part) && !isFilter(part))
    // eslint-disable-next-line no-restricted-syntax -- what is only for a search is given back as that by `Combined`.
    return isForSearch ? makeSearch(expression) as Filter<unknown> : make(expression)
  } catch {
    // A list that cannot be read.
    return make({ [operator]: undefined })
  }
}

/**
 * All of the filters match: those that are given, or those of a list. An empty list is an empty filter,
 * which every record matches: deletes and updates by filter refuse it.
 *
 * ```ts
 * import * as Filter from "@effect-pinecone/schema/Filter"
 *
 * const search = (words: ReadonlyArray<string>) => Filter.and(words.map((word) => Filter.eq("words", word)))
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const and: {
  <const Parts extends Filters>(filters: Parts): Combined<Parts>
  <const Parts extends readonly [SearchFilter<never>, ...Filters]>(...filters: Parts): Combined<Parts>
} = (...filters: ReadonlyArray<unknown>) => combine("$and", {}, filters)

/** No record meets both, and Pinecone takes no empty `$or`. */
const nothing: Expression = { $and: [{ nothing: { $exists: true } }, { nothing: { $exists: false } }] }

/**
 * One of the filters matches, or more: of those that are given, or of a list. Of an empty list none does, and no record
 * matches.
 *
 * @since 0.1.0
 * @category combinators
 */
export const or: {
  <const Parts extends Filters>(filters: Parts): Combined<Parts>
  <const Parts extends readonly [SearchFilter<never>, ...Filters]>(...filters: Parts): Combined<Parts>
} = (...filters: ReadonlyArray<unknown>) => combine("$or", nothing, filters)

/**
 * The filter does not match. Only the search of documents takes it.
 *
 * ```ts
 * import * as Filter from "@effect-pinecone/schema/Filter"
 *
 * const others = Filter.not(Filter.matchAny("body", "wait waiting"))
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const not = <F extends SearchFilter<never>>(filter: F): SearchFilter<Fields<F>> =>
  makeSearch({ $not: expressionOf(filter) })

/**
 * A filter in Pinecone's own form, unchecked by the compiler: `{ genre: { $eq: "comedy" } }`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const raw = (expression: Expression): Filter<unknown> => make(expression)

/**
 * Whether a value is a filter.
 *
 * @since 0.1.0
 * @category guards
 */
export const isFilter = (u: unknown): u is Filter<never> => {
  try {
    return typeof u === "object" && u !== null && TypeId in u
  } catch {
    return false
  }
}

/**
 * Whether a value is a filter of a document search, as every filter is.
 *
 * @since 0.1.0
 * @category guards
 */
export const isSearchFilter = (u: unknown): u is SearchFilter<never> => {
  try {
    return typeof u === "object" && u !== null && SearchTypeId in u
  } catch {
    return false
  }
}

/**
 * What takes a filter: the operations on records, those on documents, which take `$not` around a filter too, or the search of
 * documents, which also takes `$match_phrase`, `$match_all` and `$match_any`.
 *
 * @since 0.1.0
 * @category models
 */
export type Scope = "records" | "documents" | "search"

/**
 * What is wrong in a filter, and where: the field is named as `year.$gt`, and is empty where it is the whole.
 *
 * @since 0.1.0
 * @category models
 */
export interface Problem {
  readonly field: string
  readonly message: string
}

/**
 * What Pinecone would refuse in a filter: a value that is not a string, number or boolean, a number that is not finite, a
 * list of booleans or of strings and numbers, an empty `$and` or `$or`. The filter may be anything.
 *
 * @since 0.1.0
 * @category checks
 */
export const problem = (expression: unknown, scope: Scope = "records"): Problem | undefined => {
  const read = readable(expression)
  return "problem" in read ? read.problem : problemOf(read.expression, scope)
}

/**
 * A copy of a filter that is checked, of plain objects and lists, or what is wrong with it.
 *
 * @since 0.1.0
 * @category checks
 */
export const checked = (
  expression: unknown,
  scope: Scope = "records"
): { readonly expression: Expression } | { readonly problem: Problem } => {
  const read = readable(expression)
  if ("problem" in read) return read
  const found = problemOf(read.expression, scope)
  return found === undefined ? read : { problem: found }
}

/**
 * Whether a filter has no condition at all, so that every record matches it: `{}`, `{ $and: [{}] }`, `{ genre: {} }`, or
 * fields that are `undefined`. An empty `$or` has none either.
 *
 * @since 0.1.0
 * @category checks
 */
export const isEmpty = (expression: unknown): boolean => {
  const read = readable(expression)
  return "expression" in read && hasNoCondition(read.expression, { condition: () => false, negation: () => false })
}

/**
 * Whether every record matches a filter, as far as can be seen from the filter alone: it is empty, or it excludes the
 * values of an empty list.
 *
 * @since 0.1.0
 * @category checks
 */
export const matchesAll = (expression: unknown): boolean => {
  const read = readable(expression)
  return "expression" in read && hasNoCondition(read.expression, vacuous)
}

const isAlwaysTrue = (operator: string, value: unknown): boolean =>
  operator === "$nin" ? isEmptyList(value) : operator === "$not" && isNeverMet(value)

/** Whether no value meets a condition, of which `$not` makes one that all do. */
const isNeverMet = (condition: unknown): boolean =>
  isObject(condition) && Object.entries(condition).some(([operator, value]) =>
    operator === "$in"
      ? isEmptyList(value)
      : operator === "$not" && isObject(value) &&
        Object.entries(value).every(([operator, value]) => isAlwaysTrue(operator, value))
  )

/**
 * The largest number of values in an `$in` or `$nin` of the filter.
 *
 * @since 0.1.0
 * @category checks
 */
export const largestList = (expression: unknown): number => {
  const read = readable(expression)
  return "expression" in read ? largestListOf(read.expression) : 0
}

const readable = (expression: unknown): { readonly expression: Expression } | { readonly problem: Problem } => {
  const copy = plain(expression)
  if (copy instanceof Unreadable) return { problem: { field: copy.path.replace(/^\./, ""), message: copy.message } }
  return isObject(copy)
    ? { expression: copy }
    : { problem: mismatch("", "an object of conditions", copy) }
}

const mismatch = (field: string, what: string, value: unknown): Problem => ({
  field,
  message: `must be ${what}, got ${show(value)}`
})

const isPresent = ([, value]: readonly [string, unknown]): boolean => value !== undefined

/** What is no condition: some operators on a field, and some filters in `$not`. */
interface Vacuous {
  readonly condition: (operator: string, value: unknown) => boolean
  readonly negation: (filter: unknown) => boolean
}

const hasNoCondition = (expression: Expression, vacuous: Vacuous): boolean =>
  Object.entries(expression).filter(isPresent).every(([key, value]) => {
    if (key === "$and" || key === "$or") {
      if (!isArray(value)) return false
      const isUnconditional = (item: unknown) => isObject(item) && hasNoCondition(item, vacuous)
      return key === "$and" || value.length === 0 ? value.every(isUnconditional) : value.some(isUnconditional)
    }
    if (key === "$not") return vacuous.negation(value)
    return isObject(value) &&
      Object.entries(value).filter(isPresent).every(([operator, operand]) => vacuous.condition(operator, operand))
  })

/** Whether no record matches a filter, as far as can be seen from the filter alone. */
const matchesNone = (filter: unknown): boolean =>
  isObject(filter) && Object.entries(filter).some(([key, value]) => {
    switch (key) {
      case "$and":
        return isArray(value) && value.some(matchesNone)
      case "$or":
        return isArray(value) && value.length > 0 && value.every(matchesNone)
      case "$not":
        return isObject(value) && hasNoCondition(value, vacuous)
      default:
        return isNeverMet(value)
    }
  })

const vacuous: Vacuous = { condition: isAlwaysTrue, negation: matchesNone }

const largestListOf = (expression: Expression): number => {
  let largest = 0
  for (const [key, value] of Object.entries(expression)) {
    if ((key === "$in" || key === "$nin") && isArray(value)) largest = Math.max(largest, value.length)
    else if (isArray(value)) {
      for (const item of value) if (isObject(item)) largest = Math.max(largest, largestListOf(item))
    } else if (isObject(value)) largest = Math.max(largest, largestListOf(value))
  }
  return largest
}

const problemOf = (expression: Expression, scope: Scope): Problem | undefined => {
  for (const [key, value] of Object.entries(expression)) {
    if (key === "$not" && scope !== "records") {
      const found = isObject(value)
        ? problemOf(value, scope)
        : mismatch(key, "a filter", value)
      if (found !== undefined) return found
      continue
    }
    if (key === "$and" || key === "$or") {
      if (!isArray(value) || value.length === 0) {
        return mismatch(key, "a list of at least one filter", value)
      }
      for (const item of value) {
        if (!isObject(item)) return { field: key, message: `must be a list of filters, got ${show(item)} in it` }
        const found = problemOf(item, scope)
        if (found !== undefined) return found
      }
      continue
    }
    if (key.startsWith("$")) return { field: key, message: `${key} is not an operator between fields: use $and or $or` }
    const found = isObject(value) ? operatorProblem(key, value, scope) : valueProblem(key, value)
    if (found !== undefined) return found
  }
  return undefined
}

const valueProblem = (field: string, value: unknown): Problem | undefined => {
  if (value === nameless) return { field, message: "the name of a field must be a string" }
  return typeof value === "string" || typeof value === "boolean" ||
      (typeof value === "number" && Number.isFinite(value))
    ? undefined
    : mismatch(field, "a string, a finite number or a boolean", value)
}

/** What is wrong with the list of `$in` or `$nin`. */
const listProblem = (field: string, values: unknown): Problem | undefined => {
  const message = "must be a list of strings or a list of finite numbers, got"
  if (!isArray(values)) return { field, message: `${message} ${show(values)}` }
  for (const item of values) {
    if (typeof item !== "string" && !(typeof item === "number" && Number.isFinite(item))) {
      return { field, message: `${message} ${show(item)} in it` }
    }
    if (typeof item !== typeof values[0]) return { field, message: `${message} both` }
  }
  return undefined
}

const operatorProblem = (field: string, operators: Expression, scope: Scope): Problem | undefined => {
  if (Object.keys(operators).length === 0) {
    return { field, message: "must have an operator, such as { $eq: … }, got {}" }
  }
  for (const [operator, value] of Object.entries(operators)) {
    const at = `${field}.${operator}`
    switch (operator) {
      case "$eq":
      case "$ne": {
        const found = valueProblem(at, value)
        if (found !== undefined) return found
        break
      }
      case "$gt":
      case "$gte":
      case "$lt":
      case "$lte": {
        if (typeof value !== "number" || !Number.isFinite(value)) {
          return mismatch(at, "a finite number", value)
        }
        break
      }
      case "$in":
      case "$nin": {
        const found = listProblem(at, value)
        if (found !== undefined) return found
        break
      }
      case "$exists": {
        if (typeof value !== "boolean") return mismatch(at, "true or false", value)
        break
      }
      case "$match_phrase":
      case "$match_all":
      case "$match_any": {
        if (scope !== "search") return { field: at, message: `only the search of documents takes ${operator}` }
        if (typeof value !== "string" || value.trim() === "") {
          return mismatch(at, "a string with at least one character that is not a space", value)
        }
        break
      }
      default:
        return {
          field: at,
          message: `unknown operator ${operator}: use one of $eq, $ne, $gt, $gte, $lt, $lte, $in, $nin, $exists`
        }
    }
  }
  return undefined
}
