import type { ModelParameter } from "@effect-pinecone/schema/Inference"
import * as Effect from "effect/Effect"
import type { Model } from "./models.js"
import * as problem from "./problem.js"

/** What is sent to a model beside its texts. */
export type Parameters = { readonly [name: string]: unknown }

const fits = (spec: ModelParameter, value: unknown): boolean => {
  if (spec.allowedValues !== undefined) return spec.allowedValues.some((allowed) => allowed === value)
  if (spec.valueType === "boolean" || spec.valueType === "string") return typeof value === spec.valueType
  return typeof value === "number" && value >= (spec.min ?? -Infinity) && value <= (spec.max ?? Infinity) &&
    (spec.valueType !== "integer" || Number.isInteger(value))
}

const articles: { readonly [type: string]: string } = { integer: "an" }

const rangeOf = ({ max, min }: ModelParameter): string =>
  min === undefined || max === undefined ? "" : ` from ${min} to ${max}`

/** A value as a message shows it. */
export const shown = (value: unknown): string => (JSON.stringify(value) ?? "").slice(0, 100)

/** What is sent to a model beside its texts. What it does not know is nothing to it: clients send some of that. */
export const checkedParameters = (model: Model, given: Parameters = {}): Effect.Effect<Parameters, problem.Problem> => {
  const specs = new Map(model.supportedParameters.map((spec) => [spec.parameter, spec]))
  for (const [name, value] of Object.entries(given)) {
    const spec = specs.get(name)
    if (spec === undefined) continue
    if (!fits(spec, value)) {
      const allowed = spec.allowedValues?.join(", ") ??
        `${articles[spec.valueType] ?? "a"} ${spec.valueType}${rangeOf(spec)}`
      return problem.badRequest(`Parameter '${name}' of model ${model.model} must be ${allowed}, got ${shown(value)}`)
    }
  }
  for (const { parameter, required } of specs.values()) {
    if (required && !Object.hasOwn(given, parameter)) {
      return problem.badRequest(`Model ${model.model} requires the parameter '${parameter}'`)
    }
  }
  return Effect.succeed(given)
}

/** As many as the model takes in one request. */
export const checkCount = (what: string, count: number, model: Model): Effect.Effect<void, problem.Problem> => {
  const most = model.maxBatchSize ?? Infinity
  return count >= 1 && count <= most
    ? Effect.void
    : problem.badRequest(`Model ${model.model} takes 1 to ${most} ${what}, got ${count}`)
}

const isTruncate = (value: unknown): value is "END" | "START" | "NONE" =>
  value === "END" || value === "START" || value === "NONE"

/** What is to be done with a text that is too long. */
export const truncateOf = ({ truncate }: Parameters) => isTruncate(truncate) ? truncate : undefined
