/**
 * Prints the OpenAPI documents generated from the `HttpApi` definitions, as one
 * JSON object with a key for each: `db_control`, `db_data`, ….
 */
import * as OpenApi from "@effect/platform/OpenApi"
import { AdminApi } from "../packages/http/src/AdminApi.js"
import { AssistantControlApi } from "../packages/http/src/AssistantControlApi.js"
import { AssistantDataApi } from "../packages/http/src/AssistantDataApi.js"
import { AssistantEvaluationApi } from "../packages/http/src/AssistantEvaluationApi.js"
import { ControlPlaneApi } from "../packages/http/src/ControlPlaneApi.js"
import { DataPlaneApi } from "../packages/http/src/DataPlaneApi.js"
import { InferenceApi } from "../packages/http/src/InferenceApi.js"
import { MetricsApi } from "../packages/http/src/MetricsApi.js"
import { OAuthApi } from "../packages/http/src/OAuthApi.js"

const documents = {
  admin: OpenApi.fromApi(AdminApi),
  assistant_control: OpenApi.fromApi(AssistantControlApi),
  assistant_data: OpenApi.fromApi(AssistantDataApi),
  assistant_evaluation: OpenApi.fromApi(AssistantEvaluationApi),
  db_control: OpenApi.fromApi(ControlPlaneApi),
  db_data: OpenApi.fromApi(DataPlaneApi),
  db_metrics: OpenApi.fromApi(MetricsApi),
  inference: OpenApi.fromApi(InferenceApi),
  oauth: OpenApi.fromApi(OAuthApi)
}

process.stdout.write(`${JSON.stringify(documents, null, 2)}\n`)
