/**
 * The evaluation of answers, API version 2026-04: how well one fits the answer that is known to be right.
 *
 * The one definition behind the client, the embedded server and the OpenAPI document. Its paths stand below `/assistant` of
 * a host for each region; the embedded server has it where its control plane is.
 *
 * ```ts
 * import * as AssistantEvaluationApi from "@effect-pinecone/http/AssistantEvaluationApi"
 * import * as OpenApi from "@effect/platform/OpenApi"
 *
 * const document = OpenApi.fromApi(AssistantEvaluationApi.AssistantEvaluationApi)
 * ```
 *
 * @since 0.1.0
 */
import * as Evaluation from "@effect-pinecone/schema/Evaluation"
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"
import { errors as controlErrors } from "./AssistantControlApi.js"
import { post } from "./internal/endpoint.js"

/** What the evaluation says of a failure: no more than a message. */
const basicError = (status: number) =>
  Schema.Struct({ message: Schema.String }).annotations({
    identifier: `BasicErrorResponse${status}`,
    ...HttpApiSchema.annotations({ status })
  })

/** @internal */
export const errors = {
  401: controlErrors[401],
  422: basicError(422),
  500: basicError(500),
  501: controlErrors[501]
} as const

/**
 * The endpoint that evaluates answers.
 *
 * @since 0.1.0
 * @category groups
 */
export class MetricsGroup extends HttpApiGroup.make("metrics")
  .add(post("alignment", "/evaluation/metrics/alignment", {
    id: "metrics_alignment",
    payload: Evaluation.AlignmentRequest,
    success: Evaluation.AlignmentResponse
  }))
  .addError(errors[401])
  .addError(errors[422])
  .addError(errors[500])
  .addError(errors[501])
{}

/**
 * The definition of the evaluation API.
 *
 * @since 0.1.0
 * @category apis
 */
export class AssistantEvaluationApi extends HttpApi.make("assistantEvaluation")
  .add(MetricsGroup)
  .annotate(OpenApi.Title, "Pinecone Evaluation API")
  .annotate(OpenApi.Version, "2026-04")
{}
