import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as NodeHttp from "node:http"
import type { Socket } from "node:net"
import type { Duplex } from "node:stream"
import type { TLSSocket } from "node:tls"
import type { GrpcServer } from "./grpcServer.js"
import type { Patience } from "./patience.js"

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

/** So many requests may one connection send ahead of their answers. */
const mostAhead = 100

/** What follows an answer that came before the body of its request was read is thrown away up to this many bytes. */
const mostDrained = 2 ** 20

/**
 * Lets a client take notice of an answer although it is still sending: its body is read and thrown away, but not for long
 * and not without end. Node alone would read all of it.
 */
const drain = (request: NodeHttp.IncomingMessage, { linger }: Patience): void => {
  const { socket } = request
  let drained = 0
  const timer = setTimeout(() => socket.destroy(), linger)
  const over = () => clearTimeout(timer)
  request.on("data", ({ length }: Buffer) => {
    drained += length
    if (drained > mostDrained) request.pause()
  })
  request.on("end", over).on("close", over)
  // It counts as read from here on, also for Node.
  request.read(0)
  request.resume()
}

/** The answer to what is no request of HTTP/1, by the name of its fault. */
const faults: Readonly<Record<string, readonly [status: number, reason: string, message: string]>> = {
  HPE_HEADER_OVERFLOW: [431, "Request Header Fields Too Large", "The head of the request is too large."],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, "Payload Too Large", "The extensions of a chunk are too large."],
  HPE_INVALID_EOF_STATE: [400, "Bad Request", "The request was broken off before its end."],
  ERR_HTTP_REQUEST_TIMEOUT: [408, "Request Timeout", "The head of the request came too slowly."]
}

const noRequest = [400, "Bad Request", "The bytes are not an HTTP/1.1 request."] as const

const faultOf = (error: unknown) => {
  const code: unknown = typeof error === "object" && error !== null ? Reflect.get(error, "code") : undefined
  return (typeof code === "string" ? faults[code] : undefined) ?? noRequest
}

/**
 * Gives each connection of a server to HTTP/1, which the server speaks itself, or to gRPC: by ALPN where it is encrypted,
 * else by its first bytes.
 *
 * The effect is the end of the server: it takes no more connections, lets what is under way come to its end, and ends what
 * does not within the grace.
 */
export const share = (
  server: NodeHttp.Server,
  options: {
    readonly secure: boolean
    readonly grpc: GrpcServer
    readonly grace: Duration.DurationInput
    readonly patience: Patience
    /** The body of an error that has no request. */
    readonly errorBody: (status: number, message: string) => string
  }
): Effect.Effect<void> => {
  const { patience } = options
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
    // A peer that has gone without a word is noticed after a while.
    socket.setKeepAlive(true, 60_000)
    if (!options.secure) recognize(socket, patience.head, (protocol) => begin(socket, protocol))
  })

  if (options.secure) {
    server.on(event, (socket: TLSSocket) => begin(socket, socket.alpnProtocol === "h2" ? "h2" : "http/1.1"))
  }

  /** How many requests of a connection have no answer. */
  const ahead = new Map<Socket, number>()

  server.on("request", (request: NodeHttp.IncomingMessage, response: NodeHttp.ServerResponse) => {
    const { socket } = request
    answering.set(response, socket)
    const count = (ahead.get(socket) ?? 0) + 1
    ahead.set(socket, count)
    response.once("prefinish", () => {
      if (!request.complete) drain(request, patience)
    })
    response.once("close", () => {
      answering.delete(response)
      const left = ahead.get(socket)! - 1
      if (left > 0) ahead.set(socket, left)
      else ahead.delete(socket)
      if (closing) socket.destroySoon()
    })
    if (count > mostAhead) socket.destroy()
  })
  // Whether a body is wanted is said when it is read.
  server.on(
    "checkContinue",
    (request: NodeHttp.IncomingMessage, response: NodeHttp.ServerResponse) => server.emit("request", request, response)
  )
  server.on("checkExpectation", (request: NodeHttp.IncomingMessage, response: NodeHttp.ServerResponse) => {
    response.statusCode = 417
    response.setHeader("content-type", "application/json")
    response.end(options.errorBody(417, "The header Expect can be 100-continue only."))
    if (!request.complete) drain(request, patience)
  })

  const isBegun = (socket: Duplex): boolean => {
    for (const [response, of] of answering) if (of === socket && response.headersSent) return true
    return false
  }

  server.timeout = patience.answer
  // Nothing came or went: either an answer is not taken, or the server has work to do, or nobody wants anything.
  server.on("timeout", (socket: Socket) => {
    if (ahead.has(socket) && !isBegun(socket)) socket.setTimeout(patience.answer)
    else socket.destroy()
  })
  server.on("clientError", (error: unknown, socket: Socket) => {
    // One that is not encrypted yet has nothing to be said over.
    if (!socket.writable || !speaking.has(socket) || isBegun(socket)) return void socket.destroy()
    const [status, reason, message] = faultOf(error)
    const body = options.errorBody(status, message)
    socket.end(
      `HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      () => socket.destroy()
    )
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
