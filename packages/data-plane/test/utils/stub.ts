import * as GrpcChannel from "@effect-pinecone/grpc/GrpcChannel"
import * as PineconeGrpc from "@effect-pinecone/grpc/PineconeGrpc"
import * as PineconeHttpClient from "@effect-pinecone/http/PineconeHttpClient"
import * as Settings from "@effect-pinecone/http/Settings"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Tracer from "effect/Tracer"
import { inject } from "vitest"
import { received } from "./bodies.js"
import { channel } from "./overGrpc.js"

declare module "vitest" {
  interface ProvidedContext {
    readonly transport: "http" | "grpc"
  }
}

export type Answer = (
  request: HttpClientRequest.HttpClientRequest,
  url: URL
) => Effect.Effect<Response, HttpClientError.HttpClientError>

/** Whether the operations on records go over HTTP or over gRPC: all tests run with the one, and with the other. */
export const transport: "http" | "grpc" = inject("transport")

const overHttp = (
  answer: Answer,
  settings: Partial<Settings.Settings>
): Layer.Layer<PineconeHttpClient.PineconeHttpClient> =>
  PineconeHttpClient.layer({ apiKey: Redacted.make("stub-key"), retry: Settings.noRetry, ...settings }).pipe(
    Layer.provide(Layer.succeed(
      HttpClient.HttpClient,
      HttpClient.make((request, url) => Effect.map(answer(request, url), (response) => received(request, response)))
    )),
    Layer.orDie
  )

/** A client whose requests are answered by a function. */
export const answering = (
  answer: Answer,
  settings: Partial<Settings.Settings> = {}
): Layer.Layer<PineconeHttpClient.PineconeHttpClient> => {
  const http = overHttp(answer, settings)
  return transport === "http"
    ? http
    : PineconeGrpc.layerChannel.pipe(
      Layer.provide(Layer.merge(http, Layer.succeed(GrpcChannel.GrpcChannel, channel(answer))))
    )
}

export const json = (body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } })

/** An index as the control plane describes it. */
export const model = {
  name: "movies",
  dimension: 3,
  metric: "cosine",
  host: "movies.svc.test",
  spec: { serverless: { cloud: "aws", region: "us-east-1" } },
  status: { ready: true, state: "Ready" },
  vector_type: "dense"
}

/** What a span was told. */
export interface Recorded {
  readonly name: string
  readonly kind: Tracer.SpanKind
  readonly parent: string | undefined
  readonly attributes: Map<string, unknown>
  readonly events: Array<readonly [string, unknown]>
  readonly links: Array<Tracer.SpanLink>
  status: Tracer.SpanStatus
}

/** A tracer that keeps what it is told. */
export const recorder = () => {
  const spans: Array<Recorded> = []
  const tracer = Tracer.make({
    span: (name, parent, context, links, startTime, kind) => {
      const spanId = String(spans.length)
      const recorded: Recorded = {
        name,
        kind,
        parent: parent._tag === "Some" && parent.value._tag === "Span" ? parent.value.name : undefined,
        attributes: new Map(),
        events: [],
        links: [...links],
        status: { _tag: "Started", startTime }
      }
      spans.push(recorded)
      return {
        _tag: "Span",
        name,
        parent,
        context,
        kind,
        spanId,
        traceId: "trace",
        sampled: true,
        attributes: recorded.attributes,
        links: recorded.links,
        get status() {
          return recorded.status
        },
        attribute: (key, value) => {
          recorded.attributes.set(key, value)
        },
        event: (name, _, attributes) => {
          recorded.events.push([name, attributes])
        },
        addLinks: (added) => {
          for (const link of added) recorded.links.push(link)
        },
        end: (endTime, exit) => {
          recorded.status = { _tag: "Ended", startTime, endTime, exit }
        }
      }
    },
    context: (f) => f()
  })
  return { spans, tracer }
}
