/**
 * Pinecone's metrics API, version 2026-04: where Prometheus finds the metrics of a project. An API key of the project
 * authorizes it, as a bearer token.
 *
 * The one definition behind the client, the embedded server and the OpenAPI document.
 *
 * ```ts
 * import * as MetricsApi from "@effect-pinecone/http/MetricsApi"
 * import * as OpenApi from "@effect/platform/OpenApi"
 *
 * const paths = Object.keys(OpenApi.fromApi(MetricsApi.MetricsApi).paths)
 * ```
 *
 * @since 0.1.0
 */
import * as Metrics from "@effect-pinecone/schema/Metrics"
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"
import { controlError, get, PathSegment } from "./internal/endpoint.js"

/**
 * The endpoint for metrics discovery.
 *
 * @since 0.1.0
 * @category groups
 */
export class MetricsGroup extends HttpApiGroup.make("metrics")
  .add(get("discover", "/prometheus/projects/:project_id/metrics/discover", {
    id: "fetch_prometheus_targets",
    params: Schema.Struct({ project_id: PathSegment }),
    success: Metrics.PrometheusTargets,
    error: [controlError(401), controlError(404), controlError(429), controlError(500)]
  }))
{}

/**
 * The definition of the metrics API.
 *
 * @since 0.1.0
 * @category apis
 */
export class MetricsApi extends HttpApi.make("metrics")
  .add(MetricsGroup)
  .annotate(OpenApi.Title, "Pinecone Metrics API")
  .annotate(OpenApi.Version, "2026-04")
{}
