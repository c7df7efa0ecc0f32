import * as Assistant from "@effect-pinecone/assistant/Assistant"
import * as Assistants from "@effect-pinecone/assistant/Assistants"
import * as PineconeHttpClient from "@effect-pinecone/http/PineconeHttpClient"
import type * as Settings from "@effect-pinecone/http/Settings"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TransportErrors from "../../../../scripts/testing/transportErrors.js"

export const key = "pcsk_a-key-that-nobody-may-see"

/** A request as it went over the wire. */
export interface Sent {
  readonly method: string
  readonly host: string
  /** The path as it was sent, with the query. */
  readonly path: string
  readonly body: string
  readonly headers: Readonly<Record<string, string | undefined>>
}

export interface Reply {
  readonly status: number
  /** JSON, or, as a list, the pieces of an event stream. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export const ok = (body: unknown): Reply => ({ status: 200, body })

export const accepted = (body?: unknown): Reply => ({ status: 202, body })

export const refused = (status: number, code: string, headers: Readonly<Record<string, string>> = {}): Reply => ({
  status,
  headers,
  body: { status, error: { code, message: `${code} for the key ${key}` } }
})

export const notFound = refused(404, "NOT_FOUND")

/** The bytes of an event stream, piece by piece. */
export class Pieces {
  constructor(readonly pieces: ReadonlyArray<Uint8Array>) {}
}

/** An event stream. */
export const events = (...pieces: ReadonlyArray<Uint8Array>): Reply => ({
  status: 200,
  body: new Pieces(pieces),
  headers: { "content-type": "text/event-stream; charset=utf-8" }
})

/** A connection that breaks before an answer came. */
export const broken = "broken"

export type Scripted = Reply | typeof broken

const encoder = new TextEncoder()

const bodyOf = (body: unknown): BodyInit | null => {
  if (body === undefined) return null
  if (!(body instanceof Pieces)) return JSON.stringify(body)
  const pieces = body.pieces.values()
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = pieces.next()
      if (piece.done === true) controller.close()
      else controller.enqueue(piece.value)
    }
  })
}

/**
 * The services over a client that gives the scripted answers, one after the other, the last one for ever, and keeps what was
 * sent.
 */
export const stub = (...script: ReadonlyArray<Scripted>) => {
  const sent: Array<Sent> = []
  const client = HttpClient.make((request, url) =>
    Effect.gen(function*() {
      const { body } = request
      const bytes = body._tag === "Uint8Array"
        ? Chunk.of(body.body)
        : body._tag === "Stream"
        ? yield* Effect.mapError(
          Stream.runCollect(body.stream),
          (cause) => new HttpClientError.RequestError({ request, reason: "Encode", cause })
        )
        : Chunk.empty<Uint8Array>()
      sent.push({
        method: request.method,
        host: url.host,
        path: `${url.pathname}${url.search}`,
        body: new TextDecoder().decode(Buffer.concat(Chunk.toReadonlyArray(bytes))),
        headers: request.headers
      })
      const reply = script[Math.min(sent.length, script.length) - 1]
      if (reply === undefined || reply === broken) {
        return yield* TransportErrors.broken(request, "connection reset")
      }
      return HttpClientResponse.fromWeb(
        request,
        new Response(bodyOf(reply.body), {
          status: reply.status,
          headers: { ...(reply.body === undefined ? {} : { "content-type": "application/json" }), ...reply.headers }
        })
      )
    })
  )
  return { sent, client, layer: layerOver(Layer.succeed(HttpClient.HttpClient, client)) }
}

export class Support extends Assistant.Tag("test/Support")<Support>() {}

/** The services over a client, for an assistant at a host. */
export const layerOver = <E>(
  client: Layer.Layer<HttpClient.HttpClient, E>,
  host: string | null = "data.test",
  settings: Partial<Settings.Settings> = {}
) =>
  Layer.merge(Assistants.layer, Support.layer({ name: "support", host: host ?? undefined })).pipe(
    Layer.provideMerge(Layer.orDie(PineconeHttpClient.layer({ apiKey: Redacted.make(key), ...settings }))),
    Layer.provide(client)
  )

export const utf8 = (text: string): Uint8Array => encoder.encode(text)

/** An assistant as the API tells of it. */
export const assistant = (status: string, changes: Readonly<Record<string, unknown>> = {}) => ({
  name: "support",
  status,
  host: "https://prod-1-data.ke.pinecone.io",
  region: "us",
  instructions: null,
  metadata: { team: "support" },
  created_at: "2026-04-01T10:00:00Z",
  ...changes
})

export const file = (status: string, changes: Readonly<Record<string, unknown>> = {}) => ({
  id: "f1",
  name: "handbook.pdf",
  status,
  size: 12,
  metadata: null,
  created_on: "2026-04-01T10:00:00Z",
  ...changes
})

export const operation = (status: string, changes: Readonly<Record<string, unknown>> = {}) => ({
  id: "op-1",
  operation_type: "upload_file",
  file_id: "f1",
  status,
  created_on: "2026-04-01T10:00:00Z",
  percent_complete: status === "Completed" ? 100 : 42,
  ...changes
})
