import * as Input from "@effect-pinecone/schema/Input"
import type * as Limits from "@effect-pinecone/schema/Limits"
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import type * as Effect from "effect/Effect"
import type { StreamOptions } from "../Embedding.js"
import type * as Inference from "../Inference.js"

export type Check = Effect.Effect<void, PineconeError.InvalidRequest | PineconeError.LimitExceeded>

type Problem = Input.Problem | undefined

/** A value whose type is a promise that JavaScript does not keep. */
const shapeless = (place: Limits.Place, options: unknown): Problem =>
  Input.isObject(options) ? undefined : Input.invalid(place, "options", `must be an object, got ${Input.show(options)}`)

const optional = <A>(value: A | undefined, check: (value: A) => Problem): Problem =>
  value === undefined ? undefined : check(value)

/** What else a model takes: an object that JSON has a form for. */
const parametersProblem = (place: Limits.Place, parameters: unknown): Problem => {
  if (parameters === undefined) return undefined
  const copy = Input.json(place, "parameters", parameters)
  if (Input.isInvalid(copy)) return copy
  return Input.isObject(copy)
    ? undefined
    : Input.invalid(place, "parameters", `must be an object, got ${Input.show(parameters)}`)
}

const texts = (place: Limits.Place, field: string, values: unknown): Problem => {
  if (!Input.isArray(values)) return Input.invalid(place, field, `must be a list of strings, got ${Input.show(values)}`)
  if (values.length === 0) return Input.invalid(place, field, "must have at least one text")
  for (let i = 0; i < values.length; i++) {
    const wrong = Input.text(place, `${field}[${i}]`, values[i])
    if (wrong !== undefined) return wrong
  }
  return undefined
}

/** The name of a model, which stands in a path too. */
const modelProblem = (place: Limits.Place, model: unknown): Problem => Input.segment(place, "model", model)

export const model = (place: Limits.Place, model: string): Effect.Effect<void, PineconeError.InvalidRequest> =>
  Input.passes(place, "model", () => Input.segment(place, "model", model))

export const embed = (place: Limits.Place, options: Parameters<Inference.Service["embed"]>[0]): Check =>
  Input.passes(place, "options", () => {
    const wrong = shapeless(place, options)
    if (wrong !== undefined) return wrong
    const { inputs, model, parameters } = options
    return modelProblem(place, model) ?? texts(place, "inputs", inputs) ?? parametersProblem(place, parameters) ??
      optional(parameters?.dimension, (dimension) => Input.wholeNumber(place, "parameters.dimension", dimension, 1))
  })

/** One text to embed, and how: its request is made of the parameters as JSON. */
export const embedText = (
  place: Limits.Place,
  text: string,
  options: Parameters<Inference.Service["embedText"]>[1]
): Check =>
  Input.passes(
    place,
    "options",
    () =>
      shapeless(place, options) ?? Input.text(place, "text", text) ?? modelProblem(place, options.model) ??
        parametersProblem(place, options.parameters)
  )

export const stream = (place: Limits.Place, options: StreamOptions): Check =>
  Input.passes(
    place,
    "options",
    () =>
      shapeless(place, options) ??
        optional(options.batchSize, (size) => Input.wholeNumber(place, "batchSize", size, 1)) ??
        optional(options.maxConcurrency, (most) => Input.wholeNumber(place, "maxConcurrency", most, 1))
  )

const documentProblem = (
  place: Limits.Place,
  field: string,
  document: unknown,
  rankFields: ReadonlyArray<string>
): Problem => {
  if (typeof document === "string") return undefined
  if (!Input.isObject(document)) {
    return Input.invalid(place, field, `must be a string or an object of fields, got ${Input.show(document)}`)
  }
  const copy = Input.json(place, field, document)
  if (Input.isInvalid(copy)) return copy
  const missing = rankFields.find((field) => !Object.hasOwn(document, field))
  return missing === undefined ? undefined : Input.invalid(place, `${field}.${missing}`, "the field is missing")
}

export const rerank = <D extends Inference.Document>(
  place: Limits.Place,
  options: Inference.RerankOptions<D>
): Check =>
  Input.passes(place, "options", () => {
    const misshapen = shapeless(place, options)
    if (misshapen !== undefined) return misshapen
    const { documents, model, parameters, query, rankFields, topN } = options
    const wrong = modelProblem(place, model) ?? Input.text(place, "query", query) ??
      Input.list(place, "documents", documents) ??
      (documents.length === 0 ? Input.invalid(place, "documents", "must have at least one document") : undefined) ??
      optional(rankFields, (fields) =>
        Input.isArray(fields) && fields.length === 0
          ? Input.invalid(place, "rankFields", "name at least one field, or leave it out for text")
          : texts(place, "rankFields", fields))
    if (wrong !== undefined) return wrong
    for (let i = 0; i < documents.length; i++) {
      const wrong = documentProblem(place, `documents[${i}]`, documents[i], rankFields ?? ["text"])
      if (wrong !== undefined) return wrong
    }
    return parametersProblem(place, parameters) ?? optional(topN, (topN) => Input.wholeNumber(place, "topN", topN, 1))
  })

export const list = (
  place: Limits.Place,
  options: { readonly [field: string]: unknown }
): Effect.Effect<void, PineconeError.InvalidRequest> =>
  Input.passes(place, "options", () => {
    if (!Input.isObject(options)) {
      return Input.invalid(place, "options", `must be an object, got ${Input.show(options)}`)
    }
    for (const field of ["type", "vectorType"]) {
      const value = options[field]
      if (value !== undefined && typeof value !== "string") {
        return Input.invalid(place, field, `must be a string, got ${Input.show(value)}`)
      }
    }
    return undefined
  })
