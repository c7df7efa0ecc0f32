import * as Operation from "@effect-pinecone/http/Operation"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Request from "effect/Request"
import * as RequestResolver from "effect/RequestResolver"
import type { Embedding } from "../Embedding.js"
import { EmbedText } from "../Embedding.js"
import type { Service } from "../Inference.js"
import * as check from "./check.js"
import { parametersOf } from "./embedding.js"

const place = { operation: "embed" }

/** What most models take in one request; the embedded server's do too. */
const batchSize = 96

/** Embeds one text as an Effect request: those of the same time, model and parameters are one call. */
export const make = (embed: Service["embed"]): Service["embedText"] => {
  const run = (requests: ReadonlyArray<EmbedText>): Effect.Effect<void> => {
    const { model, parameters } = requests[0]!
    // A text that several ask for is sent once.
    const texts = [...new Set(requests.map(({ text }) => text))]
    const given: Readonly<Record<string, unknown>> = JSON.parse(parameters)
    return Effect.flatMap(
      Effect.exit(embed({ model, inputs: texts, parameters: given })),
      (exit) => {
        const positions = new Map(texts.map((text, i) => [text, i]))
        return Effect.forEach(requests, (request) =>
          Request.complete(
            request,
            Exit.map(exit, ({ embeddings }): Embedding => embeddings[positions.get(request.text)!]!)
          ), { discard: true })
      }
    )
  }

  const resolver = RequestResolver.makeBatched((requests: ReadonlyArray<EmbedText>) => {
    const groups = new Map<string, Array<EmbedText>>()
    for (const request of requests) {
      const key = JSON.stringify([request.model, request.parameters])
      const group = groups.get(key)
      if (group === undefined) groups.set(key, [request])
      else group.push(request)
    }
    const batches = Array.from(groups.values()).flatMap((group) => {
      const parts: Array<ReadonlyArray<EmbedText>> = []
      for (let i = 0; i < group.length; i += batchSize) parts.push(group.slice(i, i + batchSize))
      return parts
    })
    return Effect.forEach(batches, run, { concurrency: "unbounded", discard: true })
  })

  return (text, options) =>
    Effect.flatMap(Operation.unlessRefused(place)(check.embedText(place, text, options)), () =>
      Effect.request(
        new EmbedText({
          text,
          model: options.model,
          parameters: JSON.stringify(parametersOf(options.parameters) ?? {})
        }),
        resolver
      ))
}
