import * as Predicate from "effect/Predicate"

/** What an answer cost, as far as it says so. */
export interface Cost {
  readonly readUnits?: number | undefined
  readonly embedTotalTokens?: number | undefined
  readonly totalTokens?: number | undefined
  readonly rerankUnits?: number | undefined
}

const none: Cost = {}

const numberOf = (usage: object, key: string): number | undefined => {
  const value: unknown = Reflect.get(usage, key)
  return typeof value === "number" ? value : undefined
}

/** The usage that an answer has, alone or together with its headers. */
export const of = (answer: unknown): Cost => {
  const value: unknown = Array.isArray(answer) ? answer[0] : answer
  if (!Predicate.hasProperty(value, "usage") || !Predicate.isRecord(value.usage)) return none
  const { usage } = value
  return {
    readUnits: numberOf(usage, "readUnits"),
    embedTotalTokens: numberOf(usage, "embedTotalTokens"),
    totalTokens: numberOf(usage, "totalTokens"),
    rerankUnits: numberOf(usage, "rerankUnits")
  }
}
