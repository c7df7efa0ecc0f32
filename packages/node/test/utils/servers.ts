/** Servers on 127.0.0.1 that live as long as the scope, and know their connections. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Http from "node:http"
import * as Https from "node:https"
import * as Net from "node:net"

export interface Served {
  readonly url: string
  readonly port: number
  /** The connections that are open. */
  readonly open: ReadonlySet<Net.Socket>
  /** How many connections there were so far, and how many at once at most. */
  readonly count: { total: number; most: number }
  /** Waits until no connection is open. */
  readonly idle: Effect.Effect<void>
  /** Waits until so many connections have been made. */
  readonly reached: (total: number) => Effect.Effect<void>
}

const serve = (scheme: string, server: Net.Server): Effect.Effect<Served, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.async<Served>((resume) => {
      const open = new Set<Net.Socket>()
      const count = { total: 0, most: 0 }
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
        })
      server.on("connection", (socket: Net.Socket) => {
        open.add(socket)
        count.total++
        count.most = Math.max(count.most, open.size)
        socket.on("error", () => {})
        socket.on("close", () => {
          open.delete(socket)
          changed()
        })
        changed()
      })
      server.listen(0, "127.0.0.1", () => {
        const { port } = server.address() as Net.AddressInfo
        resume(Effect.succeed({
          url: `${scheme}://127.0.0.1:${port}`,
          port,
          open,
          count,
          idle: until(() => open.size === 0),
          reached: (total) => until(() => count.total >= total)
        }))
      })
    }),
    ({ open }) =>
      Effect.async<void>((resume) => {
        server.close(() => resume(Effect.void))
        for (const socket of open) socket.destroy()
      })
  )

/** It closes no connection by itself: whatever closes one is the client. */
const patient = <S extends Http.Server | Https.Server>(server: S): S => {
  server.keepAliveTimeout = 0
  server.requestTimeout = 0
  return server
}

export const http = (listener: Http.RequestListener): Effect.Effect<Served, never, Scope.Scope> =>
  Effect.suspend(() => serve("http", patient(Http.createServer(listener))))

export const https = (
  options: Https.ServerOptions,
  listener: Http.RequestListener
): Effect.Effect<Served, never, Scope.Scope> =>
  Effect.suspend(() => serve("https", patient(Https.createServer(options, listener))))

/** A server of bytes. */
export const tcp = (listener: (socket: Net.Socket) => void): Effect.Effect<Served, never, Scope.Scope> =>
  Effect.suspend(() =>
    serve(
      "http",
      Net.createServer((socket) => {
        listener(socket)
        // What nobody reads would hide that the other side has closed.
        socket.resume()
      })
    )
  )

/** Any other server, such as a proxy. */
export const other = (
  scheme: string,
  server: Http.Server | Https.Server
): Effect.Effect<Served, never, Scope.Scope> => Effect.suspend(() => serve(scheme, patient(server)))

/** A port at which nobody listens. */
export const deafPort: Effect.Effect<number> = Effect.map(Effect.scoped(tcp(() => {})), ({ port }) => port)

/** All of a message's body. */
export const bodyOf = (message: Http.IncomingMessage): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const chunks: Array<Buffer> = []
    message.on("data", (chunk: Buffer) => chunks.push(chunk))
    message.on("end", () => resolve(Buffer.concat(chunks)))
    message.on("error", reject)
  })

/** Answers with what it was asked: the method, the path, the headers, and the body in Base64. */
export const echo: Http.RequestListener = (request, response) => {
  void bodyOf(request).then((body) => {
    response.setHeader("content-type", "application/json")
    response.end(JSON.stringify({
      method: request.method,
      url: request.url,
      headers: request.headers,
      body: body.toString("base64")
    }))
  })
}

export interface Echo {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}
