import * as Backups from "@effect-pinecone/control-plane/Backups"
import * as Collections from "@effect-pinecone/control-plane/Collections"
import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as RestoreJobs from "@effect-pinecone/control-plane/RestoreJobs"
import * as PineconeHttpClient from "@effect-pinecone/http/PineconeHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TransportErrors from "../../../../scripts/testing/transportErrors.js"

export const key = "pcsk_a-key-that-nobody-may-see"

/** A request as it went over the wire. */
export interface Sent {
  readonly method: string
  /** The path as it was sent, with the query. */
  readonly path: string
  readonly body: unknown
  readonly headers: Readonly<Record<string, string | undefined>>
}

export interface Reply {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export const ok = (body: unknown): Reply => ({ status: 200, body })

export const created = (body: unknown): Reply => ({ status: 201, body })

export const accepted = (body?: unknown): Reply => ({ status: 202, body })

export const refused = (status: number, code: string, headers: Readonly<Record<string, string>> = {}): Reply => ({
  status,
  headers,
  body: { status, error: { code, message: `${code} for the key ${key}` } }
})

export const notFound = refused(404, "NOT_FOUND")

/** A connection that breaks before an answer came. */
export const broken = "broken"

export type Scripted = Reply | typeof broken

/**
 * The services over a client that gives the scripted answers, one after the other, the last one for ever, and keeps what
 * was sent.
 */
const stubOf = (apiVersion: string | undefined, script: ReadonlyArray<Scripted>) => {
  const sent: Array<Sent> = []
  const client = HttpClient.make((request, url) =>
    Effect.suspend(() => {
      const { body } = request
      sent.push({
        method: request.method,
        path: `${url.pathname}${url.search}`,
        body: body._tag === "Uint8Array" ? JSON.parse(new TextDecoder().decode(body.body)) : undefined,
        headers: request.headers
      })
      const reply = script[Math.min(sent.length, script.length) - 1]
      if (reply === undefined || reply === broken) {
        return Effect.fail(
          TransportErrors.broken(request, "connection reset")
        )
      }
      return Effect.succeed(HttpClientResponse.fromWeb(
        request,
        new Response(reply.body === undefined ? null : JSON.stringify(reply.body), {
          status: reply.status,
          headers: { ...(reply.body === undefined ? {} : { "content-type": "application/json" }), ...reply.headers }
        })
      ))
    })
  )
  const layer = Layer.mergeAll(Indexes.layer, Collections.layer, Backups.layer, RestoreJobs.layer).pipe(
    Layer.provideMerge(PineconeHttpClient.layer({ apiKey: Redacted.make(key), apiVersion })),
    Layer.provide(Layer.succeed(HttpClient.HttpClient, client))
  )
  return { sent, layer }
}

/** The services of a client that speaks the version that is the default. */
export const stub = (...script: ReadonlyArray<Scripted>) => stubOf(undefined, script)

/** The services of a client that speaks 2026-04. */
export const stub2026_04 = (...script: ReadonlyArray<Scripted>) => stubOf("2026-04", script)

/** A field that the types do not know. */
export const unknownField = (of: object | undefined, name: string): unknown =>
  of === undefined ? undefined : Reflect.get(of, name)

/** An index as 2026-04 tells of it. */
export const index2026_04 = (
  state: string,
  changes: Readonly<Record<string, unknown>> = {}
): { readonly [key: string]: unknown } => ({
  name: "movies",
  dimension: 384,
  metric: "cosine",
  host: "movies-abc.svc.pinecone.io",
  private_host: null,
  deletion_protection: "disabled",
  spec: {
    serverless: {
      cloud: "aws",
      region: "us-east-1",
      read_capacity: { mode: "OnDemand", status: { state: "Ready", current_replicas: null } }
    }
  },
  status: { ready: state === "Ready", state },
  vector_type: "dense",
  ...changes
})

/** An index as 2026-07 tells of it. */
export const index = (
  state: string,
  changes: Readonly<Record<string, unknown>> = {}
): { readonly [key: string]: unknown } => ({
  name: "movies",
  host: "movies-abc.svc.pinecone.io",
  status: { ready: state === "Ready", state },
  deployment: { deployment_type: "managed", cloud: "aws", region: "us-east-1", environment: "aped-4627-b74a" },
  read_capacity: { mode: "OnDemand", status: { state: "Ready", current_replicas: null, current_shards: null } },
  schema: {
    fields: {
      _values: { type: "dense_vector", description: null, dimension: 384, metric: "cosine" },
      _sparse_values: { type: "sparse_vector", description: null }
    }
  },
  tags: null,
  deletion_protection: "disabled",
  ...changes
})

/** A backup, in the fields that both versions have. */
export const backup = (status: string, changes: Readonly<Record<string, unknown>> = {}) => ({
  backup_id: "b1",
  source_index_name: "movies",
  source_index_id: "i1",
  status,
  cloud: "aws",
  region: "us-east-1",
  record_count: 3,
  ...changes
})

export const job = (status: string, changes: Readonly<Record<string, unknown>> = {}) => ({
  restore_job_id: "j1",
  backup_id: "b1",
  target_index_name: "restored",
  target_index_id: "i2",
  status,
  created_at: "2026-04-01T10:00:00Z",
  ...changes
})

export const collection = (status: string) => ({ name: "copy", status, environment: "us-east1-gcp", vector_count: 3 })
