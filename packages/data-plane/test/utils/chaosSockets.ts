/** The misbehaving server behind real connections: HTTP/1.1 for records as JSON, HTTP/2 for gRPC. */
import * as PineconeGrpc from "@effect-pinecone/grpc/PineconeGrpc"
import { methods } from "@effect-pinecone/grpc/Protocol"
import * as PineconeHttpClient from "@effect-pinecone/http/PineconeHttpClient"
import type * as Settings from "@effect-pinecone/http/Settings"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Http from "node:http"
import * as Http2 from "node:http2"
import * as Net from "node:net"
import type { Came, Fate, Index } from "./chaos.js"
import { fromJson, fromMessage } from "./chaos.js"
import { transport } from "./stub.js"

/** How a request can be answered. */
interface Wire {
  readonly answer: (count: number) => void
  /** A part of the answer, and then nothing more: the connection breaks. */
  readonly truncate: (count: number) => void
  readonly refuse: (status: number, retryAfter?: string) => void
  readonly reset: () => void
}

const act = (index: Index, fate: Fate, read: () => ReadonlyArray<Came>, wire: Wire): void => {
  index.counts[fate]++
  switch (fate) {
    case "answered":
      return wire.answer(index.store(read()))
    case "slow":
      return void setTimeout(() => wire.answer(index.store(read())), 50)
    case "reset before":
      return wire.reset()
    case "reset behind":
      index.store(read())
      return wire.reset()
    case "truncated":
      return wire.truncate(index.store(read()))
    case "hung before":
      return
    case "hung behind":
      return void index.store(read())
    case "429 with a time":
      return wire.refuse(429, "0.02")
    default:
      return wire.refuse(Number(fate))
  }
}

/** What a stream brings, once all has come. */
const collected = (stream: NodeJS.ReadableStream, use: (body: Buffer) => void): void => {
  const chunks: Array<Buffer> = []
  stream.on("data", (chunk: Buffer) => chunks.push(chunk))
  stream.on("end", () => use(Buffer.concat(chunks)))
  stream.on("error", () => {})
}

const httpServer = (index: Index, fate: () => Fate): Net.Server =>
  Http.createServer((request, response) =>
    collected(request, (body) => {
      const answered = (count: number) => {
        const text = JSON.stringify({ upsertedCount: count })
        response.writeHead(200, { "content-type": "application/json", "content-length": text.length })
        return text
      }
      act(index, fate(), () => fromJson(body), {
        answer: (count) => response.end(answered(count)),
        truncate: (count) => response.write(answered(count).slice(0, 5), () => request.socket.destroy()),
        refuse: (status, retryAfter) =>
          response.writeHead(status, retryAfter === undefined ? {} : { "retry-after": retryAfter }).end("trouble"),
        reset: () => request.socket.resetAndDestroy()
      })
    })
  )

const prefix = 5

const codes: Readonly<Record<number, string>> = { 429: "8", 500: "13", 503: "14" }

/** The connections of clients, by the port from which they are passed on to the server. */
type Passed = Map<number, Net.Socket>

const grpcServer = (index: Index, fate: () => Fate, passed: Passed): Net.Server => {
  const server = Http2.createServer()
  server.on("sessionError", () => {})
  server.on("stream", (stream) =>
    collected(stream, (body) => {
      const begun = { ":status": 200, "content-type": "application/grpc" }
      const framed = (count: number) => {
        const message = methods.upsert.encodeAnswer({ upsertedCount: count })
        const frame = Buffer.alloc(prefix + message.length)
        frame.writeUInt32BE(message.length, 1)
        frame.set(message, prefix)
        return frame
      }
      // The session may be gone, by what became of another call of it.
      const ifOpen = (use: () => void) => {
        if (!stream.destroyed && !stream.closed) use()
      }
      // With all other calls of the connection.
      const reset = () => passed.get(stream.session?.socket.remotePort ?? 0)?.destroy()
      act(index, fate(), () => fromMessage(body.subarray(prefix)), {
        answer: (count) =>
          ifOpen(() => {
            stream.respond(begun, { waitForTrailers: true })
            stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }))
            stream.end(framed(count))
          }),
        truncate: (count) =>
          ifOpen(() => {
            stream.respond(begun)
            stream.write(framed(count).subarray(0, prefix), reset)
          }),
        refuse: (status, retryAfter) =>
          ifOpen(() => {
            const told = retryAfter === undefined ? {} : { "retry-after": retryAfter }
            stream.respond({ ...begun, "grpc-status": codes[status] ?? "2", "grpc-message": "trouble", ...told }, {
              endStream: true
            })
          }),
        reset
      })
    }))
  return server
}

const listening = (server: Net.Server): Effect.Effect<number, never, Scope.Scope> =>
  Effect.suspend(() => {
    const open = new Set<Net.Socket>()
    server.on("connection", (socket: Net.Socket) => {
      open.add(socket)
      socket.on("error", () => {})
      socket.on("close", () => open.delete(socket))
    })
    return Effect.acquireRelease(
      Effect.async<number>((resume) => {
        server.listen(0, "127.0.0.1", () => {
          const address = server.address()
          resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0))
        })
      }),
      () =>
        Effect.sync(() => {
          server.close()
          for (const socket of open) socket.destroy()
        })
    )
  })

/** What stands before a server, and can break the connection to a client while the server knows nothing of it. */
const passingTo = (port: number, passed: Passed): Net.Server =>
  Net.createServer((client) => {
    const upstream = Net.connect({ host: "127.0.0.1", port }, () => {
      const { localPort } = upstream
      if (localPort === undefined) return
      passed.set(localPort, client)
      upstream.on("close", () => passed.delete(localPort))
    })
    client.pipe(upstream).pipe(client)
    client.on("close", () => upstream.destroy())
    upstream.on("close", () => client.destroy())
    upstream.on("error", () => {})
  })

/** Serves as the transport in use needs it, until the scope ends; gives the port. */
export const serve = (index: Index, fate: () => Fate): Effect.Effect<number, never, Scope.Scope> => {
  if (transport === "http") return listening(httpServer(index, fate))
  const passed: Passed = new Map()
  return Effect.flatMap(listening(grpcServer(index, fate, passed)), (port) => listening(passingTo(port, passed)))
}

type Client = Layer.Layer<PineconeHttpClient.PineconeHttpClient>

export const http = (
  below: Layer.Layer<HttpClient.HttpClient, unknown>,
  settings: Partial<Settings.Settings>
): Client =>
  PineconeHttpClient.layer({ apiKey: Redacted.make("key"), ...settings }).pipe(Layer.provide(below), Layer.orDie)

export const grpc = (settings: Partial<Settings.Settings>): Client =>
  Layer.provide(Layer.orDie(PineconeGrpc.layer()), http(FetchHttpClient.layer, settings))
