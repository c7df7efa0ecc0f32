import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type { GrpcHandler } from "./grpc.js"
import type { Head } from "./head.js"
import { pathOf } from "./head.js"
import type { IndexRecords, Metrics } from "./metrics.js"
import * as metrics from "./metrics.js"
import type { Problem } from "./problem.js"
import * as requestLog from "./requestLog.js"
import * as respond from "./respond.js"
import type { Route } from "./routes.js"
import * as served from "./served.js"
import { latest } from "./versions.js"

type App = HttpApp.Default

export interface OperationalOptions {
  readonly metrics: Metrics
  /** Whether each request is logged. */
  readonly logging: boolean
  /** What the server still waits for, in words; for one index where it is named. */
  readonly missing: (index: string | undefined) => Effect.Effect<ReadonlyArray<string>>
  /** Whether a request may see the numbers. */
  readonly admit: (headers: { readonly [name: string]: string | undefined }) => Effect.Effect<void, Problem>
  readonly records: Effect.Effect<ReadonlyArray<IndexRecords>, Problem>
}

/** The answer to a request. */
type Answer = Effect.Effect<HttpServerResponse.HttpServerResponse>

/** Adds what the people who run a server need to what it serves. */
export interface Operational {
  /** Health, readiness, numbers and definitions beside the control plane. */
  readonly control: (app: App) => App
  /** Health, readiness and the definition beside an index. */
  readonly index: (name: string, app: App) => App
  /** Counts and logs a request of an index, and nothing else. */
  readonly observed: (name: string) => (request: Head, answer: Answer) => Answer
  readonly grpc: (index: string | undefined, handler: GrpcHandler) => GrpcHandler
}

/** The client did not wait for the answer. */
const clientGone = 499

const cancelled = 1

const unknown = 2

const unimplemented = 12

/** Codes of gRPC that say that the server has failed. */
const failures = new Set([unknown, 13, 14, 15])

const levelOfStatus = (status: number): LogLevel.LogLevel =>
  status === 501 ? LogLevel.Warning : status >= 500 ? LogLevel.Error : LogLevel.Info

const levelOfCode = (code: number): LogLevel.LogLevel =>
  code === unimplemented ? LogLevel.Warning : failures.has(code) ? LogLevel.Error : LogLevel.Info

const decoder = new TextDecoder()

/** The message in the body of a failure, which is short and in JSON. */
const messageOf = ({ body }: HttpServerResponse.HttpServerResponse): string | undefined => {
  if (body._tag !== "Uint8Array" || body.body.length > 10_000) return undefined
  const json = Option.getOrUndefined(Option.liftThrowable((): unknown => JSON.parse(decoder.decode(body.body)))())
  const error = Predicate.isRecord(json) && Predicate.isRecord(json["error"]) ? json["error"] : json
  return Predicate.isRecord(error) && typeof error["message"] === "string" ? error["message"] : undefined
}

const requestIdHeader = "x-pinecone-request-id"

const json = (status: number, body: object) =>
  HttpServerResponse.unsafeJson(body, { status, headers: { "cache-control": "no-store" } })

const healthy: App = Effect.sync(() => json(200, { status: "ok" }))

/** Milliseconds since the effect before. */
const elapsed = (started: bigint): Effect.Effect<number> =>
  Effect.map(Clock.currentTimeNanos, (now) => Number(now - started) / 1e6)

export const make = (options: OperationalOptions): Operational => {
  const readiness = (index: string | undefined): App =>
    Effect.map(
      options.missing(index),
      (missing) => missing.length === 0 ? json(200, { ready: true }) : json(503, { ready: false, missing })
    )

  const numbers: App = Effect.gen(function*() {
    const { headers } = yield* HttpServerRequest.HttpServerRequest
    const missing = yield* options.missing(undefined)
    if (missing.length > 0) return json(503, { ready: false, missing })
    yield* options.admit(headers)
    const text = yield* options.metrics.render(yield* options.records)
    return HttpServerResponse.text(text, { contentType: metrics.contentType })
  }).pipe(Effect.catchAll((problem) => Effect.succeed(respond.problemResponse("control", problem))))

  /** What is answered here, by its path. */
  const own = (index: string | undefined): { readonly [path: string]: (query: string) => App } => ({
    "/health": () => healthy,
    "/ready": () => readiness(index),
    "/openapi.json": (query) => {
      const asked = new URLSearchParams(query)
      const plane: string = index === undefined ? asked.get("plane") ?? "control" : "data"
      return Effect.map(
        served.definition(plane, asked.get("version") ?? latest),
        Either.match({
          onLeft: (error) => json(404, { error }),
          onRight: (definition) => json(200, definition)
        })
      )
    },
    ...(index === undefined ? { "/metrics": () => numbers } : {})
  })

  /** Counts and logs a request, whether it is answered or given up. */
  const observing = (index: string | undefined, routeOf: Route) =>
  <R>(
    { method, url }: Head,
    answer: Effect.Effect<HttpServerResponse.HttpServerResponse, never, R>,
    own = false
  ): Effect.Effect<HttpServerResponse.HttpServerResponse, never, R> =>
    Effect.clockWith((clock) => {
      const started = clock.unsafeCurrentTimeNanos()
      const told = (status: number, response?: HttpServerResponse.HttpServerResponse): Effect.Effect<void> => {
        const millis = Number(clock.unsafeCurrentTimeNanos() - started) / 1e6
        options.metrics.http(method, own ? pathOf({ url }) : routeOf(method, url), status, millis / 1000)
        return !options.logging
          ? Effect.void
          : requestLog.log(own ? LogLevel.Debug : levelOfStatus(status), {
            protocol: "http",
            method,
            path: requestLog.shownPath(url),
            status,
            millis,
            index,
            requestId: response?.headers[requestIdHeader],
            error: response !== undefined && status >= 500 ? messageOf(response) : undefined
          })
      }
      return Effect.onExit(answer, (exit) =>
        Exit.isSuccess(exit)
          ? told(exit.value.status, exit.value)
          : Exit.isInterrupted(exit)
          ? told(clientGone)
          : Effect.void)
    })

  const wrap = (index: string | undefined, routeOf: Route, app: App): App => {
    const paths = own(index)
    const observe = observing(index, routeOf)
    return Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
      const [path = "", query = ""] = request.url.split("?", 2)
      const answer = (request.method === "GET" || request.method === "HEAD") && Object.hasOwn(paths, path)
        ? paths[path]
        : undefined
      return answer === undefined ? observe(request, app) : observe(request, answer(query), true)
    })
  }

  const dataRoutes = served.routes(["data"])

  return {
    control: (app) => wrap(undefined, served.routes(served.controlPlanes), app),
    index: (name, app) => wrap(name, dataRoutes, app),
    observed: (name) => observing(name, dataRoutes),
    grpc: (index, handler) => (call) =>
      Effect.gen(function*() {
        const started = yield* Clock.currentTimeNanos
        const told = (code: number, requestId: string | undefined, error?: string) =>
          Effect.gen(function*() {
            const millis = yield* elapsed(started)
            const method = call.path.split("/").at(-1) ?? ""
            options.metrics.grpc(method, code, millis / 1000)
            if (!options.logging) return
            const level = levelOfCode(code)
            yield* requestLog.log(level, {
              protocol: "grpc",
              method,
              status: metrics.codeName(code),
              millis,
              index,
              requestId,
              error: LogLevel.greaterThan(level, LogLevel.Info) ? error : undefined
            })
          })
        return yield* Effect.onExit(handler(call), (exit) => {
          if (Exit.isSuccess(exit)) return told(0, exit.value.headers[requestIdHeader])
          const failure = exit.cause._tag === "Fail" ? exit.cause.error : undefined
          return failure === undefined
            ? told(Exit.isInterrupted(exit) ? cancelled : unknown, undefined)
            : told(failure.code, failure.headers[requestIdHeader], failure.message)
        })
      })
  }
}
