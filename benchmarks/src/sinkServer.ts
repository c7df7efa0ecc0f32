/**
 * A server in a process of its own that takes what is written over HTTP/1.1 and keeps nothing: a control plane with one
 * index, and that index. It can take its time, and a number of requests a second and no more.
 */
import type * as Http from "node:http"
import { argument, serve } from "./side.js"
import { listenHttp } from "./wire.js"

export interface SinkOptions {
  /** Requests to the index a second. */
  readonly rate?: number
  /** How many may come at once. */
  readonly burst?: number
  /** What a refusal says, in seconds. */
  readonly retryAfter?: number
  /** How long an answer takes, in milliseconds. */
  readonly delay?: number
  readonly dimension?: number
}

/** What it was sent since it was asked last. */
export interface Received {
  readonly accepted: number
  readonly refused: number
  /** Of the bodies. */
  readonly bytes: number
  /** With all that HTTP adds. */
  readonly wireBytes: number
}

const { burst = 1, delay = 0, dimension = 384, rate = Infinity, retryAfter } = JSON.parse(argument(0)) as SinkOptions

let tokens = burst
let last = performance.now()
let counts = { accepted: 0, refused: 0, bytes: 0 }
let counted = 0

const answer = (
  response: Http.ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {}
) => {
  response.writeHead(status, { "content-type": "application/json", ...headers })
  response.end(JSON.stringify(body))
}

const { url, wireBytes } = await listenHttp((request, response) => {
  if (request.url?.startsWith("/indexes/") === true) {
    return answer(response, 200, {
      name: "sink",
      dimension,
      metric: "cosine",
      host: url,
      spec: { serverless: { cloud: "aws", region: "us-east-1" } },
      status: { ready: true, state: "Ready" },
      vector_type: "dense"
    })
  }
  const now = performance.now()
  tokens = Math.min(burst, tokens + (now - last) * rate / 1000)
  last = now
  const accepted = !(tokens < 1)
  if (accepted) tokens--
  request.on("data", (chunk: Buffer) => {
    counts.bytes += chunk.length
  })
  request.on("end", () => {
    if (accepted) counts.accepted++
    else counts.refused++
    const respond = () => {
      if (!accepted) {
        return answer(
          response,
          429,
          { code: 8, message: "too many requests", details: [] },
          retryAfter === undefined ? {} : { "retry-after": String(retryAfter) }
        )
      }
      if (request.url === "/query") {
        return answer(response, 200, {
          matches: [{ id: "a", score: 1, values: [] }],
          namespace: "",
          usage: { readUnits: 1 }
        })
      }
      return answer(response, 200, { upsertedCount: 1 })
    }
    if (delay > 0) setTimeout(respond, delay)
    else respond()
  })
})

export const answers = serve({
  url: () => url,
  received: (): Received => {
    const before = counted
    counted = wireBytes()
    const received = { ...counts, wireBytes: counted - before }
    counts = { accepted: 0, refused: 0, bytes: 0 }
    return received
  }
})
