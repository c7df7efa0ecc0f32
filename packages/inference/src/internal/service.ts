import * as DerivedClient from "@effect-pinecone/http/DerivedClient"
import { InferenceApi } from "@effect-pinecone/http/InferenceApi"
import * as Operation from "@effect-pinecone/http/Operation"
import { PineconeHttpClient } from "@effect-pinecone/http/PineconeHttpClient"
import * as Effect from "effect/Effect"
import type { Embeddings } from "../Embedding.js"
import type * as Inference from "../Inference.js"
import * as check from "./check.js"
import { fromAnswer, parametersOf } from "./embedding.js"
import * as requests from "./requests.js"
import * as streaming from "./streaming.js"

export const make: Effect.Effect<Inference.Service, never, PineconeHttpClient> = Effect.gen(function*() {
  const http = yield* PineconeHttpClient
  const call = yield* DerivedClient.group(http, InferenceApi, "inference")

  const embed: Inference.Service["embed"] = (options) => {
    const place = { operation: "embed" }
    return Effect.flatMap(check.embed(place, options), () => {
      const { inputs, model, parameters } = options
      return Effect.map(
        call({ ...place, batchSize: inputs.length }, (client) =>
          Effect.filterOrFail(
            client.embed({
              payload: {
                model,
                inputs: inputs.map((text) => ({ text })),
                parameters: parametersOf(parameters)
              }
            }),
            // Each text is told its vector by its place alone.
            ({ data }) => data.length === inputs.length,
            ({ data }) => new Error(`${data.length} embeddings for ${inputs.length} texts`)
          )),
        (answer): Embeddings => ({
          model: answer.model,
          embeddings: answer.data.map(fromAnswer),
          usage: { totalTokens: answer.usage.totalTokens ?? 0 }
        })
      )
    })
  }

  const describeModel: Inference.Service["describeModel"] = (model) => {
    const place = { operation: "get_model" }
    return Effect.andThen(
      check.model(place, model),
      call(place, (client) => client.describeModel({ path: { model_name: model } }))
    )
  }

  const names = { embed: "embed", describeModel: "get_model", rerank: "rerank", listModels: "list_models" }

  return Operation.all<Inference.Service>(names, {
    embed,
    describeModel,
    ...streaming.make({ embed, describeModel, throttle: http.throttle(http.controllerHost) }),
    embedText: requests.make(embed),
    rerank: (options) => {
      const place = { operation: "rerank" }
      return Effect.flatMap(check.rerank(place, options), () => {
        const { documents, model, parameters, query, rankFields, topN } = options
        const payload = {
          model,
          query,
          topN,
          rankFields,
          parameters,
          // They are here already.
          returnDocuments: false,
          documents: documents.map((document: Inference.Document) =>
            typeof document === "string" ? { text: document } : document
          )
        }
        return Effect.map(
          call({ ...place, batchSize: documents.length }, (client) =>
            Effect.filterOrFail(
              client.rerank({ payload }),
              ({ data }) => data.every(({ index }) => documents[index] !== undefined),
              () => new Error(`a document that is none of the ${documents.length}`)
            )),
          ({ data, model, usage }) => ({
            model,
            ranked: data.flatMap(({ index, score }) => {
              const document = documents[index]
              return document === undefined ? [] : [{ document, index, score }]
            }),
            usage: { rerankUnits: usage.rerankUnits ?? 0 }
          })
        )
      })
    },
    listModels: (options = {}) => {
      const place = { operation: "list_models" }
      return Effect.flatMap(check.list(place, options), () =>
        Effect.map(
          call(place, (client) =>
            client.listModels({ urlParams: { type: options.type, vector_type: options.vectorType } })),
          ({ models }) =>
            models ?? []
        ))
    }
  })
})
