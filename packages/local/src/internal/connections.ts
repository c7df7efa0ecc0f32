import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as NodeHttp from "node:http"
import type { Socket } from "node:net"
import type { Duplex } from "node:stream"
import type { TLSSocket } from "node:tls"
import type { GrpcServer } from "./grpcServer.js"

type Protocol = "h2" | "http/1.1"

/** What every HTTP/2 connection begins with, and no HTTP/1 request does. */
const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")

/**
 * Looks at the first bytes of a connection, leaves them there, and says which protocol they are of. A connection that does
 * not tell within this many milliseconds is ended.
 */
export const recognize = (
  socket: Duplex & { readonly setTimeout: (millis: number) => unknown },
  patience: number,
  decided: (protocol: Protocol) => void
): void => {
  let seen = Buffer.alloc(0)
  const end = () => {
    socket.destroy()
  }
  const look = () => {
    const chunk: Buffer | null = socket.read()
    if (chunk === null) return
    seen = Buffer.concat([seen, chunk])
    const length = Math.min(seen.length, preface.length)
    const same = seen.subarray(0, length).equals(preface.subarray(0, length))
    if (same && length < preface.length) return
    socket.off("readable", look).off("end", end).off("error", end).off("timeout", end)
    socket.setTimeout(0)
    socket.unshift(seen)
    decided(same ? "h2" : "http/1.1")
  }
  socket.on("readable", look).on("end", end).on("error", end).on("timeout", end)
  socket.setTimeout(patience)
}

/** The other end of a connection: of a TLS connection and of the one below it the same. */
const peer = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`

/**
 * Gives each connection of a server to HTTP/1, which the server speaks itself, or to gRPC: by ALPN where it is encrypted,
 * else by its first bytes.
 *
 * The effect is the end of the server: it takes no more connections, lets what is under way come to its end, and ends what
 * does not within the grace.
 */
export const share = (
  server: NodeHttp.Server,
  options: { readonly secure: boolean; readonly grpc: GrpcServer; readonly grace: Duration.DurationInput }
): Effect.Effect<void> => {
  /** All connections, encrypted ones without their encryption. */
  const all = new Set<Socket>()
  /** Those that have not told their protocol, by their other end. */
  const early = new Map<string, Socket>()
  const speaking = new Map<Socket, Protocol>()
  const answering = new Map<NodeHttp.ServerResponse, Socket>()
  let closing = false

  const event = options.secure ? "secureConnection" : "connection"
  const own = server.listeners(event)
  server.removeAllListeners(event)

  const begin = (socket: Socket, protocol: Protocol) => {
    early.delete(peer(socket))
    speaking.set(socket, protocol)
    socket.once("close", () => speaking.delete(socket))
    if (protocol === "h2") {
      // Else a connection that the client has ended would stay open on this side: HTTP/1 sees to that itself.
      socket.allowHalfOpen = false
      options.grpc.inject(socket)
    } else {
      for (const listener of own) Reflect.apply(listener, server, [socket])
    }
  }

  server.on("connection", (socket: Socket) => {
    const from = peer(socket)
    all.add(socket)
    early.set(from, socket)
    socket.once("close", () => {
      all.delete(socket)
      if (early.get(from) === socket) early.delete(from)
    })
    if (!options.secure) recognize(socket, server.headersTimeout, (protocol) => begin(socket, protocol))
  })

  if (options.secure) {
    server.on(event, (socket: TLSSocket) => begin(socket, socket.alpnProtocol === "h2" ? "h2" : "http/1.1"))
  }

  server.on("request", (request: NodeHttp.IncomingMessage, response: NodeHttp.ServerResponse) => {
    answering.set(response, request.socket)
    response.once("close", () => {
      answering.delete(response)
      if (closing) request.socket.destroySoon()
    })
  })

  return Effect.gen(function*() {
    const closed = yield* Deferred.make<void>()
    closing = true
    server.close(() => Deferred.unsafeDone(closed, Effect.void))
    for (const socket of early.values()) socket.destroy()
    yield* options.grpc.drain
    const busy = new Set(answering.values())
    for (const response of answering.keys()) response.shouldKeepAlive = false
    for (const [socket, protocol] of speaking) {
      // What has been said is sent before it ends; the other end need not agree.
      if (protocol === "h2") socket.once("finish", () => socket.destroy())
      else if (!busy.has(socket)) socket.destroy()
    }
    const ended = yield* Effect.timeoutOption(Effect.interruptible(Deferred.await(closed)), options.grace)
    if (Option.isSome(ended)) return
    for (const socket of all) socket.destroy()
    yield* Deferred.await(closed)
  })
}
