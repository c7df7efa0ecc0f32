import { isObject } from "@effect-pinecone/schema/Input"
import * as Inspectable from "effect/Inspectable"

/** The metadata of a record, as it is stored. */
export type Metadata = Readonly<Record<string, unknown>>

/**
 * What a filter asks, field by field: whoever has the values of a field side by side asks once for each value, instead of once
 * for each record. A field that is missing has the value `undefined`.
 */
export type Plan =
  | {
    readonly _tag: "field"
    readonly field: string
    readonly test: Test
    /** Only these values match, and lists that have one of them. */
    readonly among: ReadonlyArray<unknown> | undefined
  }
  | { readonly _tag: "every" | "some"; readonly plans: ReadonlyArray<Plan> }
  | { readonly _tag: "not"; readonly plan: Plan }
  /** What has to be asked of each record. */
  | { readonly _tag: "record" }

/** A compiled filter. It may have a plan, which asks the same. */
export interface Predicate {
  (metadata: Metadata | undefined): boolean
  readonly plan?: Plan | undefined
}

/** A compiled filter of a document search, which finds the text of a record by its slot. */
export interface SearchPredicate {
  (metadata: Metadata | undefined, slot: number): boolean
  readonly plan?: Plan | undefined
}

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
export type Test = (value: unknown) => boolean

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

/** A filter as closures and as a plan. */
interface Compiled {
  readonly matches: (metadata: Metadata | undefined) => boolean
  readonly plan: Plan
}

/** Turns a filter into closures, once, so that a scan does not walk through it again for each record. */
export const compile = (filter: unknown): Predicate | FilterProblem =>
  asPredicate(compileFilter(filter, "a filter", { ...withoutText, documents: false }))

/** The same for documents, whose filters have `$not` around filters too. */
export const compileDocuments = (filter: unknown): Predicate | FilterProblem =>
  asPredicate(compileFilter(filter, "a filter", { ...withoutText, documents: true }))

const asPredicate = (compiled: Compiled | FilterProblem): Predicate | FilterProblem =>
  compiled instanceof FilterProblem ? compiled : withPlan(compiled.matches, compiled.plan)

const withPlan = <F extends (metadata: Metadata | undefined, slot: number) => boolean>(matches: F, plan: Plan) =>
  Object.assign(matches, { plan })

/** The same for the search of documents, whose filters also match the words of full-text fields. */
export const compileSearch = (filter: unknown, text: TextFields): SearchPredicate | FilterProblem => {
  // Only what matches words needs it: handed on to every test, it would make all filters slower.
  let slot = -1
  const compiled = compileFilter(filter, "a filter", { depth: 0, documents: true, text, slot: () => slot })
  if (compiled instanceof FilterProblem) return compiled
  const { matches, plan } = compiled
  return withPlan((metadata: Metadata | undefined, at: number) => {
    slot = at
    return matches(metadata)
  }, plan)
}

const compileFilter = (filter: unknown, what: string, context: Context): Compiled | FilterProblem => {
  if (!isObject(filter)) return new FilterProblem(`${what} must be an object, got ${show(filter)} instead`)
  if (context.depth > maxDepth) return tooDeep
  const parts: Array<Compiled> = []
  for (const key of Object.keys(filter)) {
    const part = key === "$and" || key === "$or"
      ? compileCombination(key, filter[key], context)
      : key === "$not" && context.documents
      ? compileNegation(filter[key], context)
      : key.startsWith("$")
      ? refuseTopLevel(key, context)
      : compileField(key, filter[key], context)
    if (part instanceof FilterProblem) return part
    parts.push(part)
  }
  return combine("every", parts)
}

const combine = (how: "every" | "some", parts: ReadonlyArray<Compiled>): Compiled => {
  const all = parts.map(({ matches }) => matches)
  return {
    matches: how === "every" ? every(all) : some(all),
    plan: parts.length === 1 ? parts[0].plan : { _tag: how, plans: parts.map(({ plan }) => plan) }
  }
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
): Compiled | FilterProblem => {
  if (!Array.isArray(value) || value.length === 0) {
    return new FilterProblem(
      `the ${operator} operator must be followed by a non-empty list of filters, got ${show(value)} instead`
    )
  }
  const parts: Array<Compiled> = []
  for (const item of value) {
    const part = compileFilter(item, `every item of the ${operator} operator`, deeper(context))
    if (part instanceof FilterProblem) return part
    parts.push(part)
  }
  return combine(operator === "$and" ? "every" : "some", parts)
}

const compileNegation = (value: unknown, context: Context): Compiled | FilterProblem => {
  const compiled = compileFilter(value, "what follows the $not operator", deeper(context))
  if (compiled instanceof FilterProblem) return compiled
  const { matches, plan } = compiled
  return { matches: (metadata) => !matches(metadata), plan: { _tag: "not", plan } }
}

const compileField = (field: string, condition: unknown, context: Context): Compiled | FilterProblem => {
  const test = isObject(condition)
    ? compileOperators(field, condition, context)
    : equals(field, "$eq", condition, context)
  if (test instanceof FilterProblem) return test
  return {
    matches: (metadata) => test(valueOf(metadata, field)),
    // The words of a text are found by the slot of its record.
    plan: context.text?.names.has(field) === true
      ? { _tag: "record" }
      : { _tag: "field", field, test, among: amongOf(condition) }
  }
}

/**
 * The value of a field, or `undefined`. A field may be named like a member of Object.prototype, which is not to be found where
 * the field is missing.
 */
export const valueOf = (metadata: Metadata | undefined, field: string): unknown =>
  metadata !== undefined && Object.hasOwn(metadata, field) ? metadata[field] : undefined

/** The only values that match a condition that was let pass, if it names them. */
const amongOf = (condition: unknown): ReadonlyArray<unknown> | undefined => {
  if (!isObject(condition)) return [condition]
  const [operator, more] = Object.keys(condition)
  if (operator === undefined || more !== undefined) return undefined
  const operand = condition[operator]
  return operator === "$eq" ? [operand] : operator === "$in" && Array.isArray(operand) ? operand : undefined
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
