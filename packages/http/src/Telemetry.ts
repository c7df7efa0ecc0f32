/**
 * What the client counts and measures of itself, by Effect's `Metric`: a few updates for each request, none for a record.
 *
 * The names are those of OpenTelemetry's conventions for database clients where it has one, and begin with
 * `pinecone.client` otherwise. Each metric has the label `unit`, which `@effect/opentelemetry` reads, and these where they
 * are known:
 *
 * - `db.system.name`: `pinecone`
 * - `db.operation.name`: the operation, as Pinecone names it: `query`, `upsert`, …
 * - `network.protocol.name`: `http` or `grpc`
 * - `error.type`: the tag of the error (`PineconeRateLimited`, …), `interrupted`, or `_OTHER` for a defect
 *
 * A program adds its own with `Effect.tagMetrics`. None has an index, a namespace or an id: there may be any number of them.
 *
 * ```ts
 * import * as Telemetry from "@effect-pinecone/http/Telemetry"
 * import * as Effect from "effect/Effect"
 * import * as Metric from "effect/Metric"
 *
 * const queries = Telemetry.readUnits.pipe(
 *   Metric.tagged("db.system.name", "pinecone"),
 *   Metric.tagged("db.operation.name", "query"),
 *   Metric.tagged("network.protocol.name", "http"),
 *   Metric.value,
 *   Effect.map(({ count }) => `${count} read units`)
 * )
 * ```
 *
 * @since 0.1.0
 */
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"
import * as MetricKey from "effect/MetricKey"

const counter = (name: string, unit: string, description: string): Metric.Metric.Counter<number> =>
  Metric.fromMetricKey(MetricKey.tagged(MetricKey.counter(name, { description, incremental: true }), "unit", unit))

const seconds = (
  name: string,
  boundaries: ReadonlyArray<number>,
  description: string
): Metric.Metric.Histogram<number> =>
  Metric.fromMetricKey(
    MetricKey.tagged(MetricKey.histogram(name, MetricBoundaries.fromIterable(boundaries), description), "unit", "s")
  )

/**
 * How long operations take, with the wait for the host's pace and all tries: `db.client.operation.duration`, in seconds. Its
 * count is the number of operations, those included that are refused before anything is sent.
 *
 * @since 0.1.0
 * @category metrics
 */
export const operationDuration: Metric.Metric.Histogram<number> = seconds(
  "db.client.operation.duration",
  [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
  "Duration of operations, with all tries"
)

/**
 * The HTTP requests and gRPC calls that were sent, each try for itself: `pinecone.client.requests`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const requests: Metric.Metric.Counter<number> = counter(
  "pinecone.client.requests",
  "{request}",
  "HTTP requests and gRPC calls sent, retries included"
)

/**
 * The requests that were sent again, by the error of the try before: `pinecone.client.retries`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const retries: Metric.Metric.Counter<number> = counter(
  "pinecone.client.retries",
  "{request}",
  "Requests sent again"
)

/**
 * How long requests waited for the pace of their host, or for the end of its `Retry-After`, before they were sent:
 * `pinecone.client.throttle.wait`, in seconds. Those that did not wait are not counted.
 *
 * @since 0.1.0
 * @category metrics
 */
export const throttleWait: Metric.Metric.Histogram<number> = seconds(
  "pinecone.client.throttle.wait",
  [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60],
  "Time that requests waited for the pace of their host"
)

/**
 * The records of the upserts that were stored: `pinecone.client.upsert.records`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const upsertRecords: Metric.Metric.Counter<number> = counter(
  "pinecone.client.upsert.records",
  "{record}",
  "Records of the upserts that were stored"
)

/**
 * The size of the bodies of the upserts that were stored: `pinecone.client.upsert.size`, in bytes.
 *
 * @since 0.1.0
 * @category metrics
 */
export const upsertSize: Metric.Metric.Counter<number> = counter(
  "pinecone.client.upsert.size",
  "By",
  "Size of the bodies of the upserts that were stored"
)

/**
 * The read units that answers say they cost: `pinecone.client.read_units`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const readUnits: Metric.Metric.Counter<number> = counter(
  "pinecone.client.read_units",
  "{read_unit}",
  "Read units that answers say they cost"
)
