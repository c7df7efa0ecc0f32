/**
 * How well an answer fits the one that is known to be right (`/evaluation/metrics/alignment` of the evaluation API).
 *
 * ```ts
 * import type * as Evaluation from "@effect-pinecone/schema/Evaluation"
 *
 * const request: Evaluation.AlignmentRequest = {
 *   question: "What is the capital city of Spain?",
 *   answer: "Barcelona.",
 *   groundTruthAnswer: "Madrid."
 * }
 * ```
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { answer, as, openEnum, struct } from "./internal/wire.js"

/**
 * The request that compares an answer with a known correct one.
 *
 * @since 0.1.0
 * @category schemas
 */
export const AlignmentRequest = struct({
  question: Schema.String,
  answer: Schema.String,
  /** The answer that is known to be right. */
  groundTruthAnswer: as("ground_truth_answer", Schema.String)
}).annotations({ identifier: "AlignmentRequest", parseOptions: { onExcessProperty: "error" } })

/**
 * The type of the `AlignmentRequest` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface AlignmentRequest extends Schema.Schema.Type<typeof AlignmentRequest> {}

/**
 * A fact of the right answer, and what the answer says about it.
 *
 * @since 0.1.0
 * @category schemas
 */
export const EvaluatedFact = answer("EvaluatedFact", {
  fact: answer("Fact", { content: Schema.String }),
  entailment: openEnum("entailed", "contradicted", "neutral")
})

/**
 * The type of the `EvaluatedFact` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface EvaluatedFact extends Schema.Schema.Type<typeof EvaluatedFact> {}

/**
 * How much of the answer is right (`correctness`), how much of what is right it says (`completeness`), and their harmonic
 * mean (`alignment`), each of 0 to 1; and the tokens that it took to find out.
 *
 * @since 0.1.0
 * @category schemas
 */
export const AlignmentResponse = answer("AlignmentResponse", {
  metrics: answer("Metrics", {
    correctness: Schema.Number,
    completeness: Schema.Number,
    alignment: Schema.Number
  }),
  reasoning: answer("Reasoning", {
    evaluatedFacts: as("evaluated_facts", Schema.Array(EvaluatedFact))
  }),
  usage: answer("TokenCounts", {
    promptTokens: as("prompt_tokens", Schema.Int),
    completionTokens: as("completion_tokens", Schema.Int),
    totalTokens: as("total_tokens", Schema.Int)
  })
})

/**
 * The type of the `AlignmentResponse` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface AlignmentResponse extends Schema.Schema.Type<typeof AlignmentResponse> {}
