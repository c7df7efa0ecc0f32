import type * as Limits from "@effect-pinecone/schema/Limits"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Effect from "effect/Effect"
import type { StreamOptions } from "../Embedding.js"
import type * as Inference from "../Inference.js"

export type Check = Effect.Effect<void, PineconeError.InvalidRequest | PineconeError.LimitExceeded>

const invalid = (place: Limits.Place, field: string, message: string): Check =>
  Effect.fail(new PineconeError.InvalidRequest({ ...place, field, message: `${field}: ${message}` }))

const wholeNumber = (place: Limits.Place, field: string, value: number | undefined): Check =>
  value === undefined || (Number.isInteger(value) && value >= 1)
    ? Effect.void
    : invalid(place, field, `${value} is no whole number of at least 1`)

/** A text to embed: the models refuse one that is empty. */
export const text = (place: Limits.Place, field: string, value: string): Check =>
  value === "" ? invalid(place, field, "a text has at least one character") : Effect.void

export const embed = (
  place: Limits.Place,
  { inputs, model, parameters }: Parameters<Inference.Service["embed"]>[0]
): Check => {
  if (model === "") return invalid(place, "model", "the name of a model is needed")
  if (inputs.length === 0) return invalid(place, "inputs", "at least one text is needed")
  const empty = inputs.indexOf("")
  if (empty >= 0) return text(place, `inputs[${empty}]`, "")
  return wholeNumber(place, "parameters.dimension", parameters?.dimension)
}

export const stream = (
  place: Limits.Place,
  { batchSize, maxConcurrency }: StreamOptions
): Check =>
  Effect.zipRight(wholeNumber(place, "batchSize", batchSize), wholeNumber(place, "maxConcurrency", maxConcurrency))

export const rerank = <D extends Inference.Document>(
  place: Limits.Place,
  { documents, model, query, rankFields, topN }: Inference.RerankOptions<D>
): Check => {
  if (model === "") return invalid(place, "model", "the name of a model is needed")
  if (query === "") return invalid(place, "query", "a text has at least one character")
  if (documents.length === 0) return invalid(place, "documents", "at least one document is needed")
  if (rankFields?.length === 0) return invalid(place, "rankFields", "name at least one field, or leave it out for text")
  for (let i = 0; i < documents.length; i++) {
    const document = documents[i]!
    if (typeof document === "string") continue
    const missing = (rankFields ?? ["text"]).find((field) => !Object.hasOwn(document, field))
    if (missing !== undefined) return invalid(place, `documents[${i}].${missing}`, "the field is missing")
  }
  return wholeNumber(place, "topN", topN)
}
