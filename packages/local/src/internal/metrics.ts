import * as ErrorBody from "@effect-pinecone/schema/ErrorBody"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { monitorEventLoopDelay } from "node:perf_hooks"
import * as Prometheus from "prom-client"

/** The numbers of one server, for Prometheus. */
export interface Metrics {
  readonly http: (method: string, route: string, status: number, seconds: number) => void
  readonly grpc: (method: string, code: number, seconds: number) => void
  /** All of them, in the text format. */
  readonly render: (records: ReadonlyArray<IndexRecords>) => Effect.Effect<string>
}

export interface IndexRecords {
  readonly index: string
  readonly records: number
}

export const contentType = Prometheus.Registry.PROMETHEUS_CONTENT_TYPE

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

const methods: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])

/** The name of a status of gRPC. */
export const codeName = (code: number): string => ErrorBody.grpcCodes[code] ?? "UNKNOWN"

/** A registry of its own for each server: Prometheus' usual one is the process's. */
export const make: Effect.Effect<Metrics, never, Scope.Scope> = Effect.gen(function*() {
  const registry = new Prometheus.Registry()
  const registers = [registry]
  const httpRequests = new Prometheus.Counter({
    name: "pinecone_local_http_requests_total",
    help: "Requests over HTTP, by method, route and class of status.",
    labelNames: ["method", "route", "status"],
    registers
  })
  const httpSeconds = new Prometheus.Histogram({
    name: "pinecone_local_http_request_duration_seconds",
    help: "Time until the answer to a request over HTTP begins.",
    labelNames: ["method", "route"],
    buckets: seconds,
    registers
  })
  const grpcRequests = new Prometheus.Counter({
    name: "pinecone_local_grpc_requests_total",
    help: "Calls over gRPC, by method and status.",
    labelNames: ["method", "code"],
    registers
  })
  const grpcSeconds = new Prometheus.Histogram({
    name: "pinecone_local_grpc_request_duration_seconds",
    help: "Time until a call over gRPC is answered.",
    labelNames: ["method"],
    buckets: seconds,
    registers
  })
  const records = new Prometheus.Gauge({
    name: "pinecone_local_index_records",
    help: "Records in each index.",
    labelNames: ["index"],
    registers
  })
  const gauge = (name: string, help: string) => new Prometheus.Gauge({ name, help, registers })
  const resident = gauge("process_resident_memory_bytes", "Resident memory of the process.")
  const heap = gauge("nodejs_heap_size_used_bytes", "Memory of the JavaScript heap that is in use.")
  const external = gauge("nodejs_external_memory_bytes", "Memory outside of the heap, such as vectors.")
  const lag = new Prometheus.Gauge({
    name: "nodejs_eventloop_lag_seconds",
    help: "Delay of the event loop since the last time that this was asked for.",
    labelNames: ["quantile"],
    registers
  })
  const delays = yield* Effect.acquireRelease(
    Effect.sync(() => {
      const delays = monitorEventLoopDelay()
      delays.enable()
      return delays
    }),
    (delays) => Effect.sync(() => delays.disable())
  )

  return {
    http: (given, route, status, took) => {
      const method = methods.has(given) ? given : "other"
      httpRequests.inc({ method, route, status: `${Math.floor(status / 100)}xx` })
      httpSeconds.observe({ method, route }, took)
    },
    grpc: (method, code, took) => {
      grpcRequests.inc({ method, code: codeName(code) })
      grpcSeconds.observe({ method }, took)
    },
    render: (counted) =>
      Effect.suspend(() => {
        // An index that is gone has no count.
        records.reset()
        for (const one of counted) records.set({ index: one.index }, one.records)
        const memory = process.memoryUsage()
        resident.set(memory.rss)
        heap.set(memory.heapUsed)
        external.set(memory.external)
        for (const quantile of [0.5, 0.99]) {
          // Nothing was measured yet where it is no number.
          lag.set({ quantile: String(quantile) }, (delays.percentile(quantile * 100) || 0) / 1e9)
        }
        lag.set({ quantile: "1" }, (Number.isFinite(delays.max) && delays.count > 0 ? delays.max : 0) / 1e9)
        delays.reset()
        return Effect.promise(() => registry.metrics())
      })
  }
})
