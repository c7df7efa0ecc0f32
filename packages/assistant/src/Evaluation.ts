/**
 * How well an answer, of an assistant or of anything else, fits the one that is known to be right.
 *
 * ```ts
 * import * as Evaluation from "@effect-pinecone/assistant/Evaluation"
 * import * as Effect from "effect/Effect"
 *
 * const score = Effect.gen(function*() {
 *   const evaluation = yield* Evaluation.Evaluation
 *   const { metrics } = yield* evaluation.alignment({
 *     question: "What is the capital city of Spain?",
 *     answer: "Barcelona.",
 *     groundTruthAnswer: "Madrid."
 *   })
 *   return metrics.alignment
 * }).pipe(Effect.provide(Evaluation.layer({ region: "eu" })))
 * ```
 *
 * @since 0.1.0
 */
import { AssistantEvaluationApi } from "@effect-pinecone/http/AssistantEvaluationApi"
import * as DerivedClient from "@effect-pinecone/http/DerivedClient"
import * as Operation from "@effect-pinecone/http/Operation"
import { PineconeHttpClient } from "@effect-pinecone/http/PineconeHttpClient"
import * as Settings from "@effect-pinecone/http/Settings"
import type { Region } from "@effect-pinecone/schema/Assistant"
import type { AlignmentRequest, AlignmentResponse } from "@effect-pinecone/schema/Evaluation"
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as check from "./internal/check.js"
import { assistantUrl, regionHosts } from "./internal/connection.js"

/**
 * Where answers are evaluated.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * Where answers are evaluated.
   *
   * @default "us"
   */
  readonly region?: Region | undefined
  /**
   * The host of the evaluation.
   *
   * @default that of the region; where the control plane is not Pinecone's own, the control plane's
   */
  readonly host?: string | undefined
}

/**
 * The methods of the `Evaluation` service.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /**
   * How much of an answer is right, and how much of what is right it says, fact by fact (`metrics_alignment`). It is sent
   * again only where the server says that it did nothing: a model works on it.
   */
  readonly alignment: (
    request: AlignmentRequest
  ) => Effect.Effect<AlignmentResponse, PineconeError.CheckedRequestError>
}

/**
 * The `Evaluation` service.
 *
 * @since 0.1.0
 * @category tags
 */
export class Evaluation extends Context.Tag("@effect-pinecone/assistant/Evaluation")<Evaluation, Service>() {}

/**
 * Creates the `Evaluation` service.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = Effect.fnUntraced(function*(
  { host, region = "us" }: Options = {}
): Effect.fn.Return<Service, never, PineconeHttpClient> {
  const http = yield* PineconeHttpClient
  const { controllerHost } = http
  const call = yield* DerivedClient.group(
    http,
    AssistantEvaluationApi,
    "metrics",
    assistantUrl(host ?? (controllerHost === Settings.defaultControllerHost ? regionHosts[region] : controllerHost))
  )
  return Evaluation.of(Operation.all<Service>({ alignment: "metrics_alignment" }, {
    alignment: (payload) => {
      const place = { operation: "metrics_alignment" }
      return Effect.andThen(
        check.texts(place, payload, ["question", "answer", "groundTruthAnswer"]),
        call({ ...place, idempotent: false }, (client) => client.alignment({ payload }))
      )
    }
  }))
})

/**
 * Provides the `Evaluation` service.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options?: Options): Layer.Layer<Evaluation, never, PineconeHttpClient> =>
  Layer.effect(Evaluation, make(options))
