import * as HttpServerResponse from "@effect/platform/HttpServerResponse"

/** What every answer says to the browser: only this server's own files are used, and no other page shows them in a frame. */
export const security = {
  "content-security-policy":
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY"
} as const

/** An answer in JSON that no cache keeps. */
export const json = (status: number, body: object): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.unsafeJson(body, { status, headers: { ...security, "cache-control": "no-store" } })

/** An error in the form of Pinecone's control plane. */
export const problem = (status: number, code: string, message: string): HttpServerResponse.HttpServerResponse =>
  json(status, { status, error: { code, message } })
