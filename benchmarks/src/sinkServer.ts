/**
 * A server in a process of its own that takes what is written and keeps nothing: a control plane with one index, and that
 * index. It can take its time, and a number of requests a second and no more.
 */
import { spawn } from "node:child_process"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import * as Readline from "node:readline"
import { fileURLToPath } from "node:url"

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
  readonly bytes: number
  /** Seconds from the first request to the last. */
  readonly seconds: number
}

export interface Sink {
  readonly url: string
  readonly received: () => Promise<Received>
  readonly stop: () => void
}

const serve = ({ burst = 1, delay = 0, dimension = 384, rate = Infinity, retryAfter }: SinkOptions): void => {
  let tokens = burst
  let last = performance.now()
  let counts = { accepted: 0, refused: 0, bytes: 0, first: 0, last: 0 }

  const answer = (
    response: Http.ServerResponse,
    status: number,
    body: unknown,
    headers: Record<string, string> = {}
  ) => {
    response.writeHead(status, { "content-type": "application/json", ...headers })
    response.end(JSON.stringify(body))
  }

  const server = Http.createServer((request, response) => {
    if (request.url === "/received") {
      const { accepted, bytes, first, last, refused } = counts
      counts = { accepted: 0, refused: 0, bytes: 0, first: 0, last: 0 }
      return answer(response, 200, { accepted, refused, bytes, seconds: (last - first) / 1000 })
    }
    if (request.url?.startsWith("/indexes/") === true) {
      return answer(response, 200, {
        name: "sink",
        dimension,
        metric: "cosine",
        host: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        spec: { serverless: { cloud: "aws", region: "us-east-1" } },
        status: { ready: true, state: "Ready" },
        vector_type: "dense"
      })
    }
    const now = performance.now()
    if (counts.first === 0) counts.first = now
    counts.last = now
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
  server.keepAliveTimeout = 60_000
  server.listen(0, "127.0.0.1", () => {
    console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  })
  process.on("SIGTERM", () => process.exit(0))
}

/** Starts one. */
export const start = (options: SinkOptions = {}): Promise<Sink> =>
  new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      ["--import", "tsx", fileURLToPath(import.meta.url), JSON.stringify(options)],
      { stdio: ["ignore", "pipe", "inherit"] }
    )
    child.once("error", reject)
    Readline.createInterface({ input: child.stdout }).once("line", (url) =>
      resolve({
        url,
        received: async () => await (await fetch(`${url}/received`)).json() as Received,
        stop: () => child.kill("SIGTERM")
      }))
  })

if (process.argv[1] === fileURLToPath(import.meta.url)) serve(JSON.parse(process.argv[2] ?? "{}") as SinkOptions)
