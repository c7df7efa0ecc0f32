import { InferenceApi } from "@effect-pinecone/http/InferenceApi"
import type { RerankRequest } from "@effect-pinecone/schema/Inference"
import * as RequestBody from "@effect-pinecone/schema/RequestBody"
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as apiVersion from "./apiVersion.js"
import type { Parameters } from "./modelParameters.js"
import { checkCount, checkedParameters, shown, truncateOf } from "./modelParameters.js"
import type { Embedded, Models } from "./models.js"
import { ModelsTag } from "./models.js"
import * as problem from "./problem.js"
import * as respond from "./respond.js"

const answer = respond.answering("inference")

/** Says which model has answered, where it is not the one of the name. */
const standInHeader = (models: Models, name: string): Effect.Effect<void> => {
  const standIn = models.standInFor(name)
  return standIn === undefined ? Effect.void : respond.header("x-pinecone-local-stand-in", standIn)
}

/**
 * The embeddings as they are written: their numbers as the shortest decimals. The first versions of the API had dense ones
 * alone, and did not say of what kind they are.
 */
const embeddingsBody = (model: string, embedded: Embedded, ofKinds: boolean) => {
  const kind = ofKinds ? { vector_type: embedded.vectorType } : {}
  return {
    model,
    ...kind,
    data: embedded.vectorType === "dense"
      ? embedded.values.map((values) => ({ values, ...kind }))
      : embedded.values.map(({ indices, tokens, values }) => ({
        sparse_values: values,
        sparse_indices: Array.from(indices),
        ...(tokens === undefined ? {} : { sparse_tokens: tokens }),
        ...kind
      })),
    usage: { total_tokens: embedded.tokens }
  }
}

const embedOptions = (parameters: Parameters) => ({
  inputType: parameters.input_type === "query" ? "query" as const : "passage" as const,
  dimension: typeof parameters.dimension === "number" ? parameters.dimension : undefined,
  truncate: truncateOf(parameters),
  returnTokens: parameters.return_tokens === true
})

/** What a reranking model reads of a document. */
const textOf = (
  document: Parameters,
  at: number,
  fields: ReadonlyArray<string>
): Effect.Effect<string, problem.Problem> =>
  Effect.map(
    Effect.forEach(fields, (field) => {
      const where = `document at index ${at}`
      const name = field.slice(0, 100)
      if (!Object.hasOwn(document, field)) return problem.badRequest(`field '${name}' not found in ${where}`)
      const text = document[field]
      return typeof text === "string"
        ? Effect.succeed(text)
        : problem.badRequest(`field '${name}' is not a text in ${where}, but ${shown(text)}`)
    }),
    (texts) => texts.join("\n")
  )

const reranked = (models: Models, request: RerankRequest) =>
  Effect.gen(function*() {
    const { documents, rankFields = ["text"], returnDocuments = true, topN = documents.length } = request
    const model = yield* models.find(request.model)
    const parameters = yield* checkedParameters(model, request.parameters)
    yield* checkCount("documents", documents.length, model)
    if (topN < 1) return yield* problem.badRequest(`top_n must be at least 1, got ${topN}`)
    const mostFields = models.rankFields(request.model) ?? Infinity
    if (rankFields.length < 1) return yield* problem.badRequest("rank_fields must name at least one field")
    if (rankFields.length > mostFields) {
      return yield* problem.badRequest(`Only one rank field is supported for model ${request.model}`)
    }
    const texts = yield* Effect.forEach(documents, (document, at) => textOf(document, at, rankFields))
    const { scores, units } = yield* models.rerank(request.model, request.query, texts, {
      truncate: truncateOf(parameters)
    })
    yield* standInHeader(models, request.model)
    return {
      model: request.model,
      data: documents
        .map((document, index) => ({
          index,
          score: scores[index] ?? 0,
          ...(returnDocuments ? { document } : {})
        }))
        .sort((a, b) => b.score - a.score)
        .slice(0, topN),
      usage: { rerankUnits: units }
    }
  })

const oneOf = (name: string, value: string | undefined, allowed: ReadonlyArray<string>) =>
  value === undefined || allowed.includes(value)
    ? Effect.void
    : problem.badRequest(`${name} must be ${allowed.join(" or ")}, got ${shown(value)}`)

/** The inference API's handlers. */
export const layer = HttpApiBuilder.group(
  InferenceApi,
  "inference",
  (handlers) =>
    Effect.map(ModelsTag, (models) =>
      handlers
        .handle("embed", ({ payload }) =>
          answer(Effect.gen(function*() {
            const model = yield* models.find(payload.model)
            const parameters = yield* checkedParameters(model, payload.parameters)
            yield* checkCount("inputs", payload.inputs.length, model)
            const texts = yield* Effect.forEach(payload.inputs, ({ text }, at) =>
              text === undefined ? problem.badRequest(`Input ${at} has no text`) : Effect.succeed(text))
            const embedded = yield* models.embed(payload.model, texts, embedOptions(parameters))
            yield* standInHeader(models, payload.model)
            const body = embeddingsBody(payload.model, embedded, yield* apiVersion.atLeast("2025-01"))
            return HttpServerResponse.uint8Array(RequestBody.json(body), { contentType: "application/json" })
          })))
        .handle("rerank", ({ payload }) =>
          answer(reranked(models, payload)))
        .handle("listModels", ({ urlParams }) =>
          answer(Effect.gen(function*() {
            const { type, vector_type: vectorType } = urlParams
            yield* oneOf("type", type, ["embed", "rerank"])
            yield* oneOf("vector_type", vectorType, ["dense", "sparse"])
            return {
              models: models.all.filter((model) =>
                (type === undefined || model.type === type) &&
                (vectorType === undefined || model.vectorType === vectorType)
              )
            }
          })))
        .handle("describeModel", ({ path }) => answer(models.find(path.model_name))))
)
