/** Proxies that make tunnels, in the process of the test. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Http from "node:http"
import * as Https from "node:https"
import * as Net from "node:net"
import * as servers from "./servers.js"

export interface Asked {
  readonly target: string
  readonly headers: Http.IncomingHttpHeaders
}

export interface TunnelProxy extends servers.Served {
  /** What was asked for with CONNECT. */
  readonly asked: ReadonlyArray<Asked>
}

/** A proxy that is spoken to with TLS where it is given a certificate. */
export const make = (options: {
  /** The status to refuse with, or nothing to make the tunnel. */
  readonly refuse?: (asked: Asked) => number | undefined
  /** Headers of a refusal. */
  readonly headers?: Readonly<Record<string, string>>
  /** What is done with a connection instead of an answer. */
  readonly instead?: (socket: Net.Socket) => void
  readonly tls?: Https.ServerOptions
} = {}): Effect.Effect<TunnelProxy, never, Scope.Scope> =>
  Effect.suspend(() => {
    const asked: Array<Asked> = []
    const server = options.tls === undefined ? Http.createServer() : Https.createServer(options.tls)
    server.on("connect", (request: Http.IncomingMessage, socket: Net.Socket, head: Buffer) => {
      const one = { target: request.url!, headers: request.headers }
      asked.push(one)
      socket.on("error", () => {})
      // A server of HTTP leaves its side open.
      socket.on("end", () => socket.end())
      if (options.instead !== undefined) return options.instead(socket)
      const status = options.refuse?.(one)
      if (status !== undefined) {
        // As proxies do, with a body, and a phrase of their own.
        const headers = Object.entries(options.headers ?? {}).map(([name, value]) => `${name}: ${value}\r\n`).join("")
        return socket.end(`HTTP/1.1 ${status} Said-by-the-proxy\r\n${headers}content-length: 4\r\n\r\nbody`)
      }
      const { hostname, port } = new URL(`http://${one.target}`)
      const upstream = Net.connect(Number(port === "" ? 80 : port), hostname.replace(/^\[|\]$/g, ""), () => {
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n")
        upstream.write(head)
        upstream.pipe(socket).pipe(upstream)
      })
      upstream.on("error", () => socket.destroy())
      upstream.on("close", () => socket.destroy())
      socket.on("close", () => upstream.destroy())
    })
    return Effect.map(
      servers.other(options.tls === undefined ? "http" : "https", server),
      (served) => ({ ...served, asked })
    )
  })
