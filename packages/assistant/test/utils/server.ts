/** A server on 127.0.0.1 that lives as long as the scope, and knows its connections. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Http from "node:http"
import type * as Net from "node:net"

export interface Served {
  readonly url: string
  /** Waits until every connection that a request came over is closed. */
  readonly idle: Effect.Effect<void>
}

export const serve = (listener: Http.RequestListener): Effect.Effect<Served, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.async<Served & { readonly server: Http.Server; readonly open: Set<Net.Socket> }>((resume) => {
      const open = new Set<Net.Socket>()
      const used = new Set<Net.Socket>()
      const waiting = new Set<() => void>()
      const server = Http.createServer((request, response) => {
        used.add(request.socket)
        listener(request, response)
      })
      server.keepAliveTimeout = 0
      server.on("connection", (socket: Net.Socket) => {
        open.add(socket)
        socket.on("error", () => {})
        socket.on("close", () => {
          open.delete(socket)
          used.delete(socket)
          if (used.size === 0) { for (const wake of waiting) wake() }
        })
      })
      server.listen(0, "127.0.0.1", () => {
        const { port } = server.address() as Net.AddressInfo
        resume(Effect.succeed({
          server,
          open,
          url: `http://127.0.0.1:${port}`,
          idle: Effect.async<void>((resume) => {
            const wake = () => resume(Effect.void)
            if (used.size === 0) return wake()
            waiting.add(wake)
            return Effect.sync(() => waiting.delete(wake))
          })
        }))
      })
    }),
    ({ open, server }) =>
      Effect.async<void>((resume) => {
        server.close(() => resume(Effect.void))
        for (const socket of open) socket.destroy()
      })
  )
