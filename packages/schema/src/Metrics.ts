/**
 * Where Prometheus finds the metrics of a project (`/prometheus` of the metrics API).
 *
 * ```ts
 * import type * as Metrics from "@effect-pinecone/schema/Metrics"
 *
 * const hostsOf = ({ targets }: Metrics.PrometheusTarget) => targets
 * ```
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { answer, maybe } from "./internal/wire.js"

/**
 * Targets to scrape, and labels for what is scraped there: an entry of Prometheus' HTTP service discovery.
 *
 * @since 0.1.0
 * @category schemas
 */
export const PrometheusTarget = answer("PrometheusTarget", {
  targets: Schema.Array(Schema.String),
  labels: maybe(Schema.Record({ key: Schema.String, value: Schema.String }))
})

/**
 * The type of the `PrometheusTarget` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface PrometheusTarget extends Schema.Schema.Type<typeof PrometheusTarget> {}

/**
 * The targets that Prometheus scrapes.
 *
 * @since 0.1.0
 * @category schemas
 */
export const PrometheusTargets = Schema.Array(PrometheusTarget).annotations({ identifier: "PrometheusTargets" })
