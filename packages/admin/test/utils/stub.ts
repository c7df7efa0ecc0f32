import * as Admin from "@effect-pinecone/admin/Admin"
import type { AdminSettings } from "@effect-pinecone/admin/AdminSettings"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"

export const clientSecret = "a-secret-that-nobody-may-see"

/** A request as it went over the wire. */
export interface Sent {
  readonly method: string
  readonly host: string
  readonly path: string
  readonly body: unknown
  readonly headers: Readonly<Record<string, string | undefined>>
}

export interface Reply {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** How long the server takes. */
  readonly after?: Duration.DurationInput
}

export const ok = (body: unknown): Reply => ({ status: 200, body })

export const accepted: Reply = { status: 202 }

export const refused = (status: number, code: string): Reply => ({
  status,
  body: { status, error: { code, message: `${code} for ${clientSecret}` } }
})

/** A server that answers what a function tells it to, and keeps what was sent. No answer is a connection that breaks. */
export const stub = (
  answer: (sent: Sent, tokens: number) => Reply | undefined,
  settings: Partial<AdminSettings> = {}
) => {
  const sent: Array<Sent> = []
  let interrupted = 0
  const tokenRequests = () => sent.filter(({ path }) => path === "/oauth/token").length
  const client = HttpClient.make((request, url) =>
    Effect.gen(function*() {
      const { body } = request
      const one: Sent = {
        method: request.method,
        host: url.host,
        path: `${url.pathname}${url.search}`,
        body: body._tag === "Uint8Array" ? JSON.parse(new TextDecoder().decode(body.body)) : undefined,
        headers: request.headers
      }
      sent.push(one)
      const reply = answer(one, tokenRequests())
      if (reply === undefined) {
        return yield* new HttpClientError.RequestError({
          request,
          reason: "Transport",
          cause: new Error(`connection reset with ${clientSecret}`)
        })
      }
      if (reply.after !== undefined) yield* Effect.sleep(reply.after)
      return HttpClientResponse.fromWeb(
        request,
        new Response(reply.body === undefined ? null : JSON.stringify(reply.body), {
          status: reply.status,
          headers: { ...(reply.body === undefined ? {} : { "content-type": "application/json" }), ...reply.headers }
        })
      )
    }).pipe(Effect.onInterrupt(() => Effect.sync(() => void interrupted++)))
  )
  return {
    sent,
    tokenRequests,
    interrupted: () => interrupted,
    client: Layer.succeed(HttpClient.HttpClient, client),
    layer: Layer.provide(
      Admin.layerFromHttpClient({ clientId: "ci", clientSecret: Redacted.make(clientSecret), ...settings }),
      Layer.succeed(HttpClient.HttpClient, client)
    )
  }
}

/** Tokens by their numbers: `token-1`, `token-2`, …. */
export const token = (n: number, expiresIn = 1800): Reply =>
  ok({ access_token: `token-${n}`, token_type: "Bearer", expires_in: expiresIn })

/** A server that gives tokens, and answers anything else in turn, the last one for ever. */
export const answering = (...script: ReadonlyArray<Reply>) => {
  let calls = 0
  return (sent: Sent, tokens: number): Reply | undefined =>
    sent.path === "/oauth/token" ? token(tokens) : script[Math.min(++calls, script.length) - 1]
}

export const projectId = "0ce9acea-7e07-4eb3-aa61-3a24f11e29aa"

export const project = (changes: Readonly<Record<string, unknown>> = {}) => ({
  id: projectId,
  name: "search",
  max_pods: 0,
  force_encryption_with_cmek: false,
  organization_id: "o1",
  created_at: "2026-04-01T10:00:00Z",
  ...changes
})

export const key = (id: string, changes: Readonly<Record<string, unknown>> = {}) => ({
  id,
  name: "reader",
  project_id: projectId,
  roles: ["DataPlaneViewer"],
  ...changes
})

export const organization = (changes: Readonly<Record<string, unknown>> = {}) => ({
  id: "o1",
  name: "us",
  plan: "Standard",
  payment_status: "Active",
  created_at: "2026-04-01T10:00:00Z",
  support_tier: "Pro",
  ...changes
})
