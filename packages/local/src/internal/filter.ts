import { isObject } from "@effect-pinecone/schema/Input"
import * as Inspectable from "effect/Inspectable"

/** The metadata of a record, as it is stored. */
export type Metadata = Readonly<Record<string, unknown>>

/** A compiled filter. */
export type Predicate = (metadata: Metadata | undefined) => boolean

/** A compiled filter of a document search, which finds the text of a record by its slot. */
export type SearchPredicate = (metadata: Metadata | undefined, slot: number) => boolean

/** The operators on full-text fields. */
export type TextOperator = "$match_phrase" | "$match_all" | "$match_any"

/** The full-text fields of what is searched. */
export interface TextFields {
  readonly names: ReadonlySet<string>
  /**
   * Which slots match, or why the text is refused. It is called for each condition while the filter is compiled, and what it
   * gives is not called before the filter is used: the slots may be found in between.
   */
  readonly match: (field: string, operator: TextOperator, text: string) => ((slot: number) => boolean) | FilterProblem
}

/** Why a filter is refused. */
export class FilterProblem {
  readonly _tag = "FilterProblem"
  constructor(readonly message: string) {}
}

/** What an operator asks of the value of its field, which is `undefined` where the record has no such field. */
type Test = (value: unknown) => boolean

/** What a filter may hold, and how deep in it is looked at. */
interface Context {
  readonly depth: number
  readonly documents: boolean
  readonly text: TextFields | undefined
  /** The slot of the record that is looked at. */
  readonly slot: () => number
}

type Scalar = string | number | boolean

const maxListLength = 10_000

/** Far beyond what anyone writes, and far below what overflows the stack. */
const maxDepth = 256

const tooDeep = new FilterProblem(`a filter must not nest more than ${maxDepth} levels of $and, $or and $not`)

const deeper = (context: Context): Context => ({ ...context, depth: context.depth + 1 })

const withoutText = { depth: 0, text: undefined, slot: () => -1 }

/** Turns a filter into closures, once, so that a scan does not walk through it again for each record. */
export const compile = (filter: unknown): Predicate | FilterProblem =>
  compileFilter(filter, "a filter", { ...withoutText, documents: false })

/** The same for documents, whose filters have `$not` around filters too. */
export const compileDocuments = (filter: unknown): Predicate | FilterProblem =>
  compileFilter(filter, "a filter", { ...withoutText, documents: true })

/** The same for the search of documents, whose filters also match the words of full-text fields. */
export const compileSearch = (filter: unknown, text: TextFields): SearchPredicate | FilterProblem => {
  // Only what matches words needs it: handed on to every test, it would make all filters slower.
  let slot = -1
  const predicate = compileFilter(filter, "a filter", { depth: 0, documents: true, text, slot: () => slot })
  return predicate instanceof FilterProblem ? predicate : (metadata, at) => {
    slot = at
    return predicate(metadata)
  }
}

const compileFilter = (filter: unknown, what: string, context: Context): Predicate | FilterProblem => {
  if (!isObject(filter)) return new FilterProblem(`${what} must be an object, got ${show(filter)} instead`)
  if (context.depth > maxDepth) return tooDeep
  const predicates: Array<Predicate> = []
  for (const key of Object.keys(filter)) {
    const predicate = key === "$and" || key === "$or"
      ? compileCombination(key, filter[key], context)
      : key === "$not" && context.documents
      ? compileNegation(filter[key], context)
      : key.startsWith("$")
      ? refuseTopLevel(key, context)
      : compileField(key, filter[key], context)
    if (predicate instanceof FilterProblem) return predicate
    predicates.push(predicate)
  }
  return every(predicates)
}

const refuseTopLevel = (key: string, { documents }: Context): FilterProblem =>
  new FilterProblem(
    isOperator(key)
      ? `the ${key} operator must be inside a field, as in {"field": {"${key}": ...}}`
      : `unknown operator ${key}: only ${documents ? "$and, $or and $not" : "$and and $or"} may stand beside fields`
  )

const compileCombination = (
  operator: "$and" | "$or",
  value: unknown,
  context: Context
): Predicate | FilterProblem => {
  if (!Array.isArray(value) || value.length === 0) {
    return new FilterProblem(
      `the ${operator} operator must be followed by a non-empty list of filters, got ${show(value)} instead`
    )
  }
  const predicates: Array<Predicate> = []
  for (const item of value) {
    const predicate = compileFilter(item, `every item of the ${operator} operator`, deeper(context))
    if (predicate instanceof FilterProblem) return predicate
    predicates.push(predicate)
  }
  return operator === "$and" ? every(predicates) : some(predicates)
}

const compileNegation = (value: unknown, context: Context): Predicate | FilterProblem => {
  const predicate = compileFilter(value, "what follows the $not operator", deeper(context))
  return predicate instanceof FilterProblem ? predicate : (metadata) => !predicate(metadata)
}

const compileField = (field: string, condition: unknown, context: Context): Predicate | FilterProblem => {
  const test = isObject(condition)
    ? compileOperators(field, condition, context)
    : equals(field, "$eq", condition, context)
  if (test instanceof FilterProblem) return test
  return (metadata) =>
    // A field may be named like a member of Object.prototype, which is not to be found where the field is missing.
    test(metadata !== undefined && Object.hasOwn(metadata, field) ? metadata[field] : undefined)
}

const compileOperators = (
  field: string,
  condition: Readonly<Record<string, unknown>>,
  context: Context
): Test | FilterProblem => {
  if (context.depth > maxDepth) return tooDeep
  const tests: Array<Test> = []
  for (const operator of Object.keys(condition)) {
    const test = isTextOperator(operator)
      ? compileText(field, operator, condition[operator], context)
      : Object.hasOwn(operators, operator)
      ? operators[operator](field, operator, condition[operator], context)
      : unknownOperator(field, operator, condition, context)
    if (test instanceof FilterProblem) return test
    tests.push(test)
  }
  // An empty condition is none.
  return every(tests)
}

const unknownOperator = (
  field: string,
  operator: string,
  condition: Readonly<Record<string, unknown>>,
  { text }: Context
): FilterProblem =>
  new FilterProblem(
    `illegal condition for field ${field}, got ${show(condition)}: unknown operator ${operator}, use one of ${
      [...Object.keys(operators), ...(text === undefined ? [] : textOperators)].join(", ")
    }`
  )

const compileText = (
  field: string,
  operator: TextOperator,
  operand: unknown,
  { slot, text }: Context
): Test | FilterProblem => {
  if (text === undefined) {
    return new FilterProblem(`only the search of documents takes the ${operator} operator (field '${field}')`)
  }
  if (typeof operand !== "string" || operand.trim() === "") {
    return refuse(field, operator, "a string that is not blank", operand)
  }
  if (!text.names.has(field)) {
    return new FilterProblem(`the ${operator} operator needs a full-text field, and '${field}' is none`)
  }
  const match = text.match(field, operator, operand)
  return match instanceof FilterProblem ? match : () => match(slot())
}

// -----------------------------------------------------------------------------
// Operators
// -----------------------------------------------------------------------------

type Operator = (field: string, operator: string, operand: unknown, context: Context) => Test | FilterProblem

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
const negate = (positive: Operator): Operator => (field, operator, operand, context) => {
  const test = positive(field, operator, operand, context)
  return test instanceof FilterProblem ? test : (value) => !test(value)
}

/** The condition that `$not` wraps. */
const wrapped: Operator = (field, operator, operand, context) =>
  isObject(operand)
    ? compileOperators(field, operand, deeper(context))
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

const textOperators: ReadonlyArray<TextOperator> = ["$match_phrase", "$match_all", "$match_any"]

const isTextOperator = (key: string): key is TextOperator => textOperators.some((operator) => operator === key)

const isOperator = (key: string): boolean => Object.hasOwn(operators, key) || isTextOperator(key)

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
