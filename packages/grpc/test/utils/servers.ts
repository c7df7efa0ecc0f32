/** Servers of gRPC on 127.0.0.1 that live as long as the scope, and know their connections and what they were asked. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Http2 from "node:http2"
import * as Net from "node:net"
import * as NodeTls from "node:tls"

import { type Served, tcp } from "../../../node/test/utils/servers.js"

export { deafPort, type Served, tcp } from "../../../node/test/utils/servers.js"

/** A call, as it came. */
export interface Call {
  readonly path: string
  readonly headers: Http2.IncomingHttpHeaders
  /** The request message, without the five bytes before it. */
  readonly body: Buffer
  readonly stream: Http2.ServerHttp2Stream
  /** The connection that it came over. */
  readonly session: Http2.Http2Session
  /** The name that was asked for with SNI, and whose certificate the client has shown. */
  readonly tls: { readonly serverName: unknown; readonly client: unknown } | undefined
  /** Whether the client has cancelled it. */
  readonly isCancelled: () => boolean
}

export interface GrpcServer {
  readonly url: string
  readonly port: number
  /** The connections that are open. */
  readonly open: ReadonlySet<Net.Socket>
  readonly calls: ReadonlyArray<Call>
  /** How many connections the calls came over. */
  readonly used: () => number
  /** Waits until something about it is so: a call has come or was cancelled, a connection was made or closed. */
  readonly until: (condition: () => boolean) => Effect.Effect<void>
  /** Waits until no connection is open. */
  readonly idle: Effect.Effect<void>
}

export type Handler = (call: Call) => void

/** A message with the five bytes before it. */
export const framed = (body: Uint8Array, compressed = 0): Buffer => {
  const head = Buffer.alloc(5)
  head.writeUInt8(compressed, 0)
  head.writeUInt32BE(body.length, 1)
  return Buffer.concat([head, body])
}

/** Answers a call. */
export const answer = (
  { stream }: Call,
  body: Uint8Array,
  { initial = {}, trailing = {} }: {
    readonly initial?: Http2.OutgoingHttpHeaders
    readonly trailing?: Http2.OutgoingHttpHeaders
  } = {}
): void => {
  stream.respond({ ":status": 200, "content-type": "application/grpc", ...initial }, { waitForTrailers: true })
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0", ...trailing }))
  stream.end(framed(body))
}

/** Refuses a call, with trailers alone. */
export const refuse = (
  { stream }: Call,
  code: number,
  message: string,
  headers: Http2.OutgoingHttpHeaders = {}
): void =>
  stream.respond(
    {
      ":status": 200,
      "content-type": "application/grpc",
      "grpc-status": String(code),
      "grpc-message": encodeURI(message),
      ...headers
    },
    { endStream: true }
  )

/** Refuses a call after the headers of an answer. */
export const refuseLater = ({ stream }: Call, code: number, message: string): void => {
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true })
  stream.on(
    "wantTrailers",
    () => stream.sendTrailers({ "grpc-status": String(code), "grpc-message": encodeURI(message) })
  )
  stream.end()
}

export const serve = (
  handler: Handler,
  options: {
    readonly tls?: Http2.SecureServerOptions & NodeTls.TlsOptions
    readonly port?: number
    readonly settings?: Http2.Settings
    /** Calls as soon as a request begins, before its message is there. */
    readonly early?: boolean
  } = {}
): Effect.Effect<GrpcServer, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.async<GrpcServer & { readonly close: Effect.Effect<void> }>((resume) => {
      const open = new Set<Net.Socket>()
      const sessions = new Set<Http2.ServerHttp2Session>()
      const calls: Array<Call> = []
      const waiting = new Set<() => void>()
      const changed = () => {
        for (const check of waiting) check()
      }
      const until = (condition: () => boolean): Effect.Effect<void> =>
        Effect.async((resume) => {
          const check = () => {
            if (!condition()) return
            waiting.delete(check)
            resume(Effect.void)
          }
          waiting.add(check)
          check()
          return Effect.sync(() => waiting.delete(check))
        })
      const { early = false, settings = {}, tls } = options
      const server = tls === undefined
        ? Http2.createServer({ settings })
        : Http2.createSecureServer({ ...tls, settings })
      server.on("connection", (socket: Net.Socket) => {
        open.add(socket)
        socket.on("error", () => {})
        socket.on("close", () => {
          open.delete(socket)
          changed()
        })
        changed()
      })
      server.on("session", (session) => {
        sessions.add(session)
        session.on("error", () => {})
        session.on("close", () => sessions.delete(session))
      })
      server.on("stream", (stream, headers) => {
        const chunks: Array<Buffer> = []
        let isCancelled = false
        stream.on("error", () => {})
        stream.on("aborted", () => {
          isCancelled = true
          changed()
        })
        stream.on("data", (chunk: Buffer) => chunks.push(chunk))
        const session = stream.session!
        const { socket } = session
        const tls = socket instanceof NodeTls.TLSSocket
          ? {
            serverName: Reflect.get(socket, "servername") as unknown,
            client: socket.getPeerCertificate().subject?.CN
          }
          : undefined
        const called = () => {
          const call: Call = {
            path: headers[":path"]!,
            headers,
            body: Buffer.concat(chunks).subarray(5),
            stream,
            session,
            tls,
            isCancelled: () => isCancelled
          }
          calls.push(call)
          handler(call)
          changed()
        }
        if (early) called()
        else stream.on("end", called)
      })
      server.listen(options.port ?? 0, "127.0.0.1", () => {
        const { port } = server.address() as Net.AddressInfo
        resume(Effect.succeed({
          url: `${options.tls === undefined ? "http" : "https"}://127.0.0.1:${port}`,
          port,
          open,
          calls,
          used: () => new Set(calls.map(({ session }) => session)).size,
          until,
          idle: until(() => open.size === 0),
          close: Effect.async((resume) => {
            server.close(() => resume(Effect.void))
            for (const session of sessions) session.destroy()
            for (const socket of open) socket.destroy()
          })
        }))
      })
    }),
    ({ close }) => close
  )

/** Carries bytes to a port and back, until it is told to keep them. */
export const relay = (port: number): Effect.Effect<Served & { readonly mute: () => void }, never, Scope.Scope> =>
  Effect.suspend(() => {
    const pairs = new Set<() => void>()
    const served = tcp((inner) => {
      const outer = Net.connect(port, "127.0.0.1")
      inner.pipe(outer)
      outer.pipe(inner)
      outer.on("error", () => {})
      outer.on("close", () => inner.destroy())
      inner.on("close", () => outer.destroy())
      pairs.add(() => {
        inner.unpipe(outer)
        outer.unpipe(inner)
        // What nobody reads would hide that the other side has closed.
        inner.resume()
        outer.resume()
      })
    })
    return Effect.map(served, (served) => ({
      ...served,
      mute: () => {
        for (const mute of pairs) mute()
        pairs.clear()
      }
    }))
  })
