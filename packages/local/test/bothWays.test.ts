/**
 * A request for an operation on records is answered in one of two ways: by the platform where spans are seen, else past it.
 * Nobody can tell one from the other.
 */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as PineconeLocal from "../src/PineconeLocal.js"
import { freshName } from "./utils/pinecone.js"
import * as sockets from "./utils/sockets.js"
import * as spans from "./utils/spans.js"

type Headers = Readonly<Record<string, string>>

/** What is sent: a head, and a body. */
interface Sent {
  readonly path?: string
  readonly headers?: Headers
  readonly body?: string
}

const isWhole = (answer: Buffer): boolean => {
  const [head = "", body] = answer.toString("latin1").split("\r\n\r\n")
  return body !== undefined && body.length >= Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
}

/** What every answer has another of. */
const own = /^(date|x-pinecone-(request-id|request-latency-ms|response-duration-ms)): .*$/gim

const said = (host: string, { body = "{}", headers = {}, path = "/vectors/upsert" }: Sent) =>
  Effect.scoped(Effect.gen(function*() {
    const connection = yield* sockets.open(host)
    const all: Headers = {
      "Host": "127.0.0.1",
      "Api-Key": "right",
      "Content-Type": "application/json",
      "Content-Length": String(Buffer.byteLength(body)),
      ...headers
    }
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join("")
    yield* connection.write(`POST ${path} HTTP/1.1\r\n${lines}\r\n${body}`)
    const answer = (yield* connection.until(isWhole)).toString()
    const [head = "", text = ""] = answer.split("\r\n\r\n")
    const [status = "", ...rest] = head.replace(own, "$1").split("\r\n")
    return { status, headers: rest.map((line) => line.toLowerCase()).sort(), text }
  }))

const started: Effect.Effect<string, PineconeLocal.StartError, Scope.Scope> = Effect.gen(function*() {
  const { url } = yield* PineconeLocal.serve({
    port: 0,
    apiKeys: [Redacted.make("right")],
    cors: ["https://page.test"]
  })
  const { host } = yield* Effect.promise(async () => {
    const answer = await fetch(`${url}/indexes`, {
      method: "POST",
      headers: { "api-key": "right", "content-type": "application/json" },
      body: JSON.stringify({
        name: freshName(),
        dimension: 2,
        spec: { serverless: { cloud: "aws", region: "us-east-1" } }
      })
    })
    return (await answer.json()) as { readonly host: string }
  })
  return host
})

const upsert = JSON.stringify({ namespace: "a", vectors: [{ id: "1", values: [1, 2], metadata: { x: "ü" } }] })

const requests: ReadonlyArray<readonly [what: string, status: number, sent: Sent]> = [
  ["a write", 200, { body: upsert }],
  ["a write with parameters in its path", 200, { path: "/vectors/upsert?x=1", body: upsert }],
  ["a query", 200, {
    path: "/query",
    body: "{\"namespace\":\"a\",\"topK\":1,\"vector\":[1,2],\"includeMetadata\":true}"
  }],
  ["a query of 2026-07", 200, {
    path: "/query",
    headers: { "X-Pinecone-Api-Version": "2026-07" },
    body: "{\"namespace\":\"a\",\"topK\":1,\"vector\":[1,2]}"
  }],
  ["statistics", 200, { path: "/describe_index_stats" }],
  ["an update", 200, { path: "/vectors/update", body: "{\"namespace\":\"a\",\"id\":\"1\",\"values\":[2,1]}" }],
  ["records by metadata", 200, {
    path: "/vectors/fetch_by_metadata",
    body: "{\"namespace\":\"a\",\"filter\":{\"x\":\"ü\"}}"
  }],
  ["records by metadata, before there were", 404, {
    path: "/vectors/fetch_by_metadata",
    headers: { "X-Pinecone-Api-Version": "2025-04" },
    body: "{\"namespace\":\"a\",\"filter\":{\"x\":\"ü\"}}"
  }],
  ["a page that may", 200, { headers: { Origin: "https://page.test" }, body: upsert }],
  ["a page that may not", 403, { headers: { Origin: "https://other.test" }, body: upsert }],
  ["a wrong key", 401, { headers: { "Api-Key": "wrong" }, body: upsert }],
  ["a wrong key of 2026-07", 401, {
    headers: { "Api-Key": "wrong", "X-Pinecone-Api-Version": "2026-07" },
    body: upsert
  }],
  ["an unknown version", 400, { headers: { "X-Pinecone-Api-Version": "2031-01" }, body: upsert }],
  ["a type that is there twice", 400, { headers: { "content-type": "application/json" }, body: upsert }],
  ["what is no JSON", 400, { body: "{" }],
  ["what is too deep", 400, { body: "[".repeat(200) }],
  ["a body that is compressed", 415, { headers: { "Content-Encoding": "gzip" }, body: upsert }],
  ["another type", 415, { headers: { "Content-Type": "text/csv" }, body: upsert }],
  ["no vectors", 400, { body: "{\"vectors\":[]}" }],
  ["another dimension", 400, { body: "{\"vectors\":[{\"id\":\"1\",\"values\":[1]}]}" }],
  ["another shape", 400, { body: "{\"vectors\":[{\"id\":1}]}" }],
  ["a removal", 200, { path: "/vectors/delete", body: "{\"namespace\":\"a\",\"ids\":[\"1\"]}" }]
]

it.scopedLive("a request is answered alike, whether its span is seen or not", () =>
  Effect.gen(function*() {
    const { tracer } = yield* spans.watch()
    const past = yield* started
    const traced = yield* Effect.withTracer(started, tracer)
    for (const [what, status, sent] of requests) {
      const answer = yield* said(past, sent)
      assert.include(answer.status, ` ${status} `, `${what}: ${answer.text}`)
      assert.deepStrictEqual(answer, yield* said(traced, sent), what)
    }
  }))
