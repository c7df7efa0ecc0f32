/** Filters as rows of a form, and what they come to. */
import * as Filter from "effect-pinecone/Filter"

export const operators = {
  eq: "is",
  ne: "is not",
  gt: ">",
  gte: "≥",
  lt: "<",
  lte: "≤",
  in: "is one of",
  nin: "is none of",
  exists: "exists"
} as const

export type Operator = keyof typeof operators

/** A condition as it is typed. */
export interface Condition {
  readonly field: string
  readonly operator: Operator
  readonly value: string
}

export const empty: Condition = { field: "", operator: "eq", value: "" }

const constructors = {
  eq: "eq",
  ne: "ne",
  gt: "gt",
  gte: "gte",
  lt: "lt",
  lte: "lte",
  in: "isIn",
  nin: "notIn",
  exists: "exists"
} as const

const isNumber = (text: string): boolean => text.trim() !== "" && Number.isFinite(Number(text))

/** The value that a text stands for. In quotes it is a text, whatever it says. */
const single = (text: string): string | number | boolean => {
  const trimmed = text.trim()
  if (/^".*"$/.test(trimmed)) return trimmed.slice(1, -1)
  if (trimmed === "true" || trimmed === "false") return trimmed === "true"
  return isNumber(trimmed) ? Number(trimmed) : trimmed
}

const valueOf = ({ operator, value }: Condition): unknown => {
  switch (operator) {
    case "in":
    case "nin":
      return value.split(",").map(single).filter((item) => item !== "")
    case "exists":
      return value.trim() !== "false"
    default:
      return single(value)
  }
}

const isGiven = ({ field, operator, value }: Condition): boolean =>
  field.trim() !== "" && (operator === "exists" || value.trim() !== "")

/** The filter of all conditions that are filled in. */
export const filterOf = (conditions: ReadonlyArray<Condition>): Filter.Filter<never> | undefined => {
  const given = conditions.filter(isGiven).map((condition) => ({
    [condition.field.trim()]: { [`$${condition.operator}`]: valueOf(condition) }
  }))
  return given.length === 0 ? undefined : Filter.raw(given.length === 1 ? given[0]! : { $and: given })
}

/** The same in a program. */
export const codeOf = (conditions: ReadonlyArray<Condition>): string | undefined => {
  const given = conditions.filter(isGiven).map((condition) =>
    `Filter.${constructors[condition.operator]}(${JSON.stringify(condition.field.trim())}, ${
      JSON.stringify(valueOf(condition))
    })`
  )
  return given.length === 0 ? undefined : given.length === 1 ? given[0] : `Filter.and(${given.join(", ")})`
}

/** What is known of the fields of a namespace, from some of its records: the values that they have. */
export type Known = ReadonlyMap<string, ReadonlyArray<string>>

/** The Schemas of fields in a program, by their names, as some records have them. */
export const schemasOf = (
  rows: Iterable<{ readonly fields: { readonly [name: string]: unknown } }>
): ReadonlyMap<string, string> => {
  const found = new Map<string, string>()
  for (const { fields } of rows) {
    for (const [name, value] of Object.entries(fields)) {
      const schema = typeof value === "number"
        ? "Schema.Number"
        : typeof value === "boolean"
        ? "Schema.Boolean"
        : Array.isArray(value)
        ? "Schema.Array(Schema.String)"
        : "Schema.String"
      found.set(name, found.has(name) && found.get(name) !== schema ? "Schema.Any" : schema)
    }
  }
  return found
}

const mostValues = 50

const shownValue = (value: unknown): ReadonlyArray<string> =>
  Array.isArray(value)
    ? value.filter((item) => typeof item === "string")
    : typeof value === "string" && value.length <= 80
    ? [isNumber(value) || value === "true" || value === "false" ? `"${value}"` : value]
    : typeof value === "number" || typeof value === "boolean"
    ? [String(value)]
    : []

export const knownOf = (rows: Iterable<{ readonly fields: { readonly [name: string]: unknown } }>): Known => {
  const found = new Map<string, Set<string>>()
  for (const { fields } of rows) {
    for (const [name, value] of Object.entries(fields)) {
      const values = found.get(name) ?? new Set()
      found.set(name, values)
      for (const shown of shownValue(value)) if (values.size < mostValues) values.add(shown)
    }
  }
  return new Map(
    Array.from(found, ([name, values]) => [name, Array.from(values).sort()] as const).sort(([a], [b]) =>
      a.localeCompare(b)
    )
  )
}
