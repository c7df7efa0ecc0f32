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
 * @since 0.1.0
 */
import type { Storable } from "./Metadata.js"

/**
 * @since 0.1.0
 * @category type ids
 */
export const TypeId: unique symbol = Symbol.for("@effect-pinecone/schema/Filter")

/**
 * @since 0.1.0
 * @category type ids
 */
export type TypeId = typeof TypeId

/**
 * What a filter asks of a field: that it holds values to which a `V` can be compared, and, for `$gt` and the like, that
 * they are numbers.
 *
 * @since 0.1.0
 * @category models
 */
export interface Field<in V, out Ordered extends boolean> {
  readonly compare: (value: V) => void
  readonly ordered: Ordered
}

/**
 * A filter that needs the fields `Fields`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Filter<in Fields> {
  readonly [TypeId]: (fields: Fields) => void
  /** The filter as Pinecone reads it. */
  readonly expression: Expression
  readonly toJSON: () => Expression
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
 * The fields of a metadata type, as filters see them. A list of strings is compared by its elements.
 *
 * @since 0.1.0
 * @category models
 */
export type FieldsOf<I> = {
  readonly [K in keyof I]-?: Exclude<I[K], undefined> extends ReadonlyArray<infer Element> ? Field<Element, false>
    : Field<Exclude<I[K], undefined>, Exclude<I[K], undefined> extends number ? true : false>
}

/**
 * The filters that fit stored metadata of type `I`. Metadata with any field at all takes any filter.
 *
 * @since 0.1.0
 * @category models
 */
export type For<I extends Storable> = string extends keyof I ? Filter<never> : Filter<FieldsOf<I>>

type Fields<F> = (F extends Filter<infer R> ? (fields: R) => void : never) extends (fields: infer All) => void ? All
  : never

const Proto = {
  [TypeId]: () => {},
  toJSON(this: Filter<never>) {
    return this.expression
  }
}

const make = <R>(expression: Expression): Filter<R> => Object.assign(Object.create(Proto), { expression })

const on = <R>(field: string, operator: string, value: unknown): Filter<R> => make({ [field]: { [operator]: value } })

/**
 * The field equals the value; a list of strings contains it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const eq = <const K extends string, const V extends Value>(
  field: K,
  value: V
): Filter<{ readonly [_ in K]: Field<V, boolean> }> => on(field, "$eq", value)

/**
 * The field does not equal the value; a list of strings does not contain it. Records without the field match.
 *
 * @since 0.1.0
 * @category constructors
 */
export const ne = <const K extends string, const V extends Value>(
  field: K,
  value: V
): Filter<{ readonly [_ in K]: Field<V, boolean> }> => on(field, "$ne", value)

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
 * The field equals one of the values (at most 10,000); a list of strings contains one of them.
 *
 * @since 0.1.0
 * @category constructors
 */
export const isIn = <const K extends string, const V extends Value>(
  field: K,
  values: ReadonlyArray<V>
): Filter<{ readonly [_ in K]: Field<V, boolean> }> => on(field, "$in", values)

/**
 * The field equals none of the values (at most 10,000); a list of strings contains none of them. Records without the
 * field match.
 *
 * @since 0.1.0
 * @category constructors
 */
export const notIn = <const K extends string, const V extends Value>(
  field: K,
  values: ReadonlyArray<V>
): Filter<{ readonly [_ in K]: Field<V, boolean> }> => on(field, "$nin", values)

/**
 * The record has the field or, with `false`, has it not.
 *
 * @since 0.1.0
 * @category constructors
 */
export const exists = <const K extends string>(
  field: K,
  value: boolean = true
): Filter<{ readonly [_ in K]: Field<never, boolean> }> => on(field, "$exists", value)

/**
 * All of the filters match.
 *
 * @since 0.1.0
 * @category combinators
 */
export const and = <const Filters extends readonly [Filter<never>, ...ReadonlyArray<Filter<never>>]>(
  ...filters: Filters
): Filter<Fields<Filters[number]>> => make({ $and: filters.map((filter) => filter.expression) })

/**
 * One of the filters matches, or more.
 *
 * @since 0.1.0
 * @category combinators
 */
export const or = <const Filters extends readonly [Filter<never>, ...ReadonlyArray<Filter<never>>]>(
  ...filters: Filters
): Filter<Fields<Filters[number]>> => make({ $or: filters.map((filter) => filter.expression) })

/**
 * A filter in Pinecone's own form, unchecked by the compiler: `{ genre: { $eq: "comedy" } }`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const raw = (expression: Expression): Filter<unknown> => make(expression)

/**
 * @since 0.1.0
 * @category guards
 */
export const isFilter = (u: unknown): u is Filter<never> => typeof u === "object" && u !== null && TypeId in u

/**
 * What Pinecone would refuse in a filter: a value that is no string, number or boolean, a number that is not finite, an
 * empty `$and` or `$or`. The field is named as `year.$gt`.
 *
 * @since 0.1.0
 * @category checks
 */
export const problem = (expression: Expression): { readonly field: string; readonly message: string } | undefined => {
  for (const [key, value] of Object.entries(expression)) {
    if (key === "$and" || key === "$or") {
      if (!Array.isArray(value) || value.length === 0) {
        return { field: key, message: `${key} needs a list of at least one filter` }
      }
      for (const item of value) {
        if (!isExpression(item)) return { field: key, message: `${key} needs filters, and has ${show(item)}` }
        const found = problem(item)
        if (found !== undefined) return found
      }
      continue
    }
    if (key.startsWith("$")) return { field: key, message: `${key} is no operator between fields: use $and or $or` }
    const found = isExpression(value) ? operatorProblem(key, value) : valueProblem(key, value)
    if (found !== undefined) return found
  }
  return undefined
}

/**
 * The largest number of values in an `$in` or `$nin` of the filter.
 *
 * @since 0.1.0
 * @category checks
 */
export const largestList = (expression: Expression): number => {
  let largest = 0
  for (const [key, value] of Object.entries(expression)) {
    if ((key === "$in" || key === "$nin") && Array.isArray(value)) largest = Math.max(largest, value.length)
    else if (Array.isArray(value)) {
      for (const item of value) if (isExpression(item)) largest = Math.max(largest, largestList(item))
    } else if (isExpression(value)) largest = Math.max(largest, largestList(value))
  }
  return largest
}

const isExpression = (u: unknown): u is Expression => typeof u === "object" && u !== null && !Array.isArray(u)

const show = (value: unknown): string => JSON.stringify(value) ?? String(value)

const valueProblem = (field: string, value: unknown) =>
  typeof value === "string" || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value))
    ? undefined
    : { field, message: `a field is compared with a string, a finite number or a boolean, not with ${show(value)}` }

const operatorProblem = (field: string, operators: Expression) => {
  if (Object.keys(operators).length === 0) return { field, message: "an operator is needed, such as { $eq: … }" }
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
          return { field: at, message: `${operator} compares with a finite number, not with ${show(value)}` }
        }
        break
      }
      case "$in":
      case "$nin": {
        if (!Array.isArray(value)) return { field: at, message: `${operator} needs a list, not ${show(value)}` }
        for (const item of value) {
          const found = valueProblem(at, item)
          if (found !== undefined) return found
        }
        break
      }
      case "$exists": {
        if (typeof value !== "boolean") return { field: at, message: `$exists needs true or false, not ${show(value)}` }
        break
      }
      default:
        return { field: at, message: `${operator} is no operator of Pinecone's` }
    }
  }
  return undefined
}
