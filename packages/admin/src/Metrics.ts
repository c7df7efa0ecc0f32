/**
 * Where Prometheus finds the metrics of a project.
 *
 * An API key of the project authorizes it, and no service account: it stands on `PineconeHttpClient`.
 *
 * ```ts
 * import * as Metrics from "@effect-pinecone/admin/Metrics"
 * import { Pinecone } from "effect-pinecone"
 * import * as Effect from "effect/Effect"
 *
 * const targets = Effect.gen(function*() {
 *   const metrics = yield* Metrics.Metrics
 *   return (yield* metrics.discover("0ce9acea-7e07-4eb3-aa61-3a24f11e29aa")).flatMap(({ targets }) => targets)
 * }).pipe(Effect.provide(Metrics.layer), Effect.provide(Pinecone.layerConfig()))
 * ```
 *
 * @since 0.1.0
 */
import * as DerivedClient from "@effect-pinecone/http/DerivedClient"
import { MetricsApi } from "@effect-pinecone/http/MetricsApi"
import { PineconeHttpClient } from "@effect-pinecone/http/PineconeHttpClient"
import type * as Schemas from "@effect-pinecone/schema/Metrics"
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"

/**
 * What any call can end in.
 *
 * @since 0.1.0
 * @category errors
 */
export type CallError = PineconeError.RequestError

/**
 * The methods of the `Metrics` service.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** The targets of a project's metrics (`fetch_prometheus_targets`). The API key is to be one of that project. */
  readonly discover: (projectId: string) => Effect.Effect<ReadonlyArray<Schemas.PrometheusTarget>, CallError>
}

/**
 * The `Metrics` service.
 *
 * @since 0.1.0
 * @category tags
 */
export class Metrics extends Context.Tag("@effect-pinecone/admin/Metrics")<Metrics, Service>() {}

/**
 * Creates the `Metrics` service.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Service, never, PineconeHttpClient> = Effect.flatMap(
  PineconeHttpClient,
  (http) =>
    Effect.map(
      DerivedClient.group(
        {
          ...http,
          httpClient: DerivedClient.withBearerToken(
            http.httpClient,
            Effect.succeed(Redacted.make(Redacted.value(http.headers)["api-key"] ?? ""))
          )
        },
        MetricsApi,
        "metrics"
      ),
      (call) =>
        Metrics.of({
          discover: (projectId) =>
            call(
              { operation: "fetch_prometheus_targets" },
              (client) => client.discover({ path: { project_id: projectId } })
            )
        })
    )
)

/**
 * Provides the `Metrics` service.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Metrics, never, PineconeHttpClient> = Layer.effect(Metrics, make)
