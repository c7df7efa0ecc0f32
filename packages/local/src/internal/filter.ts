import { isObject } from "@effect-pinecone/schema/Input"
import * as Inspectable from "effect/Inspectable"

/** The metadata of a record, as it is stored. */
export type Metadata = Readonly<Record<string, unknown>>

/** A compiled filter. */
export type Predicate = (metadata: Metadata | undefined) => boolean

/** Why a filter is refused. */
export class FilterProblem {
  readonly _tag = "FilterProblem"
  constructor(readonly message: string) {}
}

/** What an operator asks of the value of its field, which is `undefined` where the record has no such field. */
type Test = (value: unknown) => boolean

type Scalar = string | number | boolean

const maxListLength = 10_000

/** Far beyond what anyone writes, and far below what overflows the stack. */
const maxDepth = 256

const tooDeep = new FilterProblem(`a filter must not nest more than ${maxDepth} levels of $and, $or and $not`)

/** Turns a filter into closures, once, so that a scan does not walk through it again for each record. */
export const compile = (filter: unknown): Predicate | FilterProblem => compileFilter(filter, "a filter", 0)

const compileFilter = (filter: unknown, what: string, depth: number): Predicate | FilterProblem => {
  if (!isObject(filter)) return new FilterProblem(`${what} must be an object, got ${show(filter)} instead`)
  if (depth > maxDepth) return tooDeep
  const predicates: Array<Predicate> = []
  for (const key of Object.keys(filter)) {
    const predicate = key === "$and" || key === "$or"
      ? compileCombination(key, filter[key], depth)
      : key.startsWith("$")
      ? refuseTopLevel(key)
      : compileField(key, filter[key], depth)
    if (predicate instanceof FilterProblem) return predicate
    predicates.push(predicate)
  }
  return every(predicates)
}

const refuseTopLevel = (key: string): FilterProblem =>
  new FilterProblem(
    Object.hasOwn(operators, key)
      ? `the ${key} operator must be inside a field, as in {"field": {"${key}": ...}}`
      : `unknown operator ${key}: only $and and $or may stand beside fields`
  )

const compileCombination = (operator: "$and" | "$or", value: unknown, depth: number): Predicate | FilterProblem => {
  if (!Array.isArray(value) || value.length === 0) {
    return new FilterProblem(
      `the ${operator} operator must be followed by a non-empty list of filters, got ${show(value)} instead`
    )
  }
  const predicates: Array<Predicate> = []
  for (const item of value) {
    const predicate = compileFilter(item, `every item of the ${operator} operator`, depth + 1)
    if (predicate instanceof FilterProblem) return predicate
    predicates.push(predicate)
  }
  return operator === "$and" ? every(predicates) : some(predicates)
}

const compileField = (field: string, condition: unknown, depth: number): Predicate | FilterProblem => {
  const test = isObject(condition)
    ? compileOperators(field, condition, depth)
    : equals(field, "$eq", condition, depth)
  if (test instanceof FilterProblem) return test
  return (metadata) =>
    // A field may be named like a member of Object.prototype, which is not to be found where the field is missing.
    test(metadata !== undefined && Object.hasOwn(metadata, field) ? metadata[field] : undefined)
}

const compileOperators = (
  field: string,
  condition: Readonly<Record<string, unknown>>,
  depth: number
): Test | FilterProblem => {
  if (depth > maxDepth) return tooDeep
  const tests: Array<Test> = []
  for (const operator of Object.keys(condition)) {
    if (!Object.hasOwn(operators, operator)) {
      return new FilterProblem(
        `illegal condition for field ${field}, got ${show(condition)}: unknown operator ${operator}, use one of ${
          Object.keys(operators).join(", ")
        }`
      )
    }
    const test = operators[operator](field, operator, condition[operator], depth)
    if (test instanceof FilterProblem) return test
    tests.push(test)
  }
  // An empty condition is none.
  return every(tests)
}

// -----------------------------------------------------------------------------
// Operators
// -----------------------------------------------------------------------------

type Operator = (field: string, operator: string, operand: unknown, depth: number) => Test | FilterProblem

const refuse = (field: string, operator: string, expected: string, got: unknown): FilterProblem =>
  new FilterProblem(
    `the ${operator} operator must be followed by ${expected}, got ${show(got)} instead (field '${field}')`
  )

const equals: Operator = (field, operator, operand) =>
  isScalar(operand)
    ? (value) => Array.isArray(value) ? value.includes(operand) : value === operand
    : refuse(field, operator, "a string, boolean or a number", operand)

const listed = "a list of strings or a list of numbers"

const oneOf: Operator = (field, operator, operand) => {
  if (!Array.isArray(operand)) return refuse(field, operator, listed, operand)
  if (operand.length > maxListLength) {
    return new FilterProblem(
      `the ${operator} operator takes at most ${maxListLength} values, got ${operand.length} (field '${field}')`
    )
  }
  for (const item of operand) {
    if (typeof item !== "string" && !isFiniteNumber(item)) return refuse(field, operator, listed, item)
    if (typeof item !== typeof operand[0]) return refuse(field, operator, listed, operand)
  }
  const values = new Set<unknown>(operand)
  return (value) => {
    if (!Array.isArray(value)) return values.has(value)
    for (const item of value) if (values.has(item)) return true
    return false
  }
}

/** Records without the field match too: only the positive operator looks for it. */
const negate = (positive: Operator): Operator => (field, operator, operand, depth) => {
  const test = positive(field, operator, operand, depth)
  return test instanceof FilterProblem ? test : (value) => !test(value)
}

/** The condition that `$not` wraps. */
const wrapped: Operator = (field, operator, operand, depth) =>
  isObject(operand)
    ? compileOperators(field, operand, depth + 1)
    : refuse(field, operator, "a condition, as in {\"$eq\": ...}", operand)

const compare = (against: (operand: number) => Test): Operator => (field, operator, operand) =>
  isFiniteNumber(operand) ? against(operand) : refuse(field, operator, "a number", operand)

const operators: Readonly<Record<string, Operator>> = {
  $eq: equals,
  $ne: negate(equals),
  $gt: compare((operand) => (value) => typeof value === "number" && value > operand),
  $gte: compare((operand) => (value) => typeof value === "number" && value >= operand),
  $lt: compare((operand) => (value) => typeof value === "number" && value < operand),
  $lte: compare((operand) => (value) => typeof value === "number" && value <= operand),
  $in: oneOf,
  $nin: negate(oneOf),
  $not: negate(wrapped),
  $exists: (field, operator, operand) =>
    typeof operand === "boolean"
      ? (value) => (value !== undefined) === operand
      : refuse(field, operator, "a boolean", operand)
}

// -----------------------------------------------------------------------------
// Helpers
// -----------------------------------------------------------------------------

const every = <A>(tests: ReadonlyArray<(a: A) => boolean>): (a: A) => boolean => {
  if (tests.length === 0) return () => true
  const [first, second] = tests
  if (tests.length === 1) return first
  if (tests.length === 2) return (a) => first(a) && second(a)
  return (a) => {
    for (let i = 0; i < tests.length; i++) if (!tests[i](a)) return false
    return true
  }
}

const some = <A>(tests: ReadonlyArray<(a: A) => boolean>): (a: A) => boolean => {
  const [first, second] = tests
  if (tests.length === 1) return first
  if (tests.length === 2) return (a) => first(a) || second(a)
  return (a) => {
    for (let i = 0; i < tests.length; i++) if (tests[i](a)) return true
    return false
  }
}

const isFiniteNumber = (u: unknown): u is number => typeof u === "number" && Number.isFinite(u)

const isScalar = (u: unknown): u is Scalar => typeof u === "string" || typeof u === "boolean" || isFiniteNumber(u)

const show = (value: unknown): string => {
  const text = typeof value === "string" ? JSON.stringify(value) : Inspectable.toStringUnknown(value, 0)
  return text.length > 100 ? `${text.slice(0, 100)}...` : text
}
