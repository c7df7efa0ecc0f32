import * as Proxy from "@effect-pinecone/node/Proxy"
import * as Tls from "@effect-pinecone/node/Tls"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Fs from "node:fs/promises"
import * as Http from "node:http"
import * as Https from "node:https"
import * as Net from "node:net"
import * as Os from "node:os"
import * as Path from "node:path"
import type { Duplex } from "node:stream"

/** There is no way through the proxy. */
export class TunnelError extends Data.TaggedError("TunnelError")<{ readonly message: string }> {}

const message = (cause: unknown): string => cause instanceof Error ? cause.message : String(cause)

/** Asks the proxy for a connection to a target: its socket, or why there is none. */
const connect = (
  proxy: Proxy.Proxy,
  tls: Https.RequestOptions,
  target: string,
  done: (result: Duplex | string) => void
): Http.ClientRequest => {
  const url = new URL(Redacted.isRedacted(proxy.url) ? Redacted.value(proxy.url) : proxy.url)
  const options: Https.RequestOptions = {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? (url.protocol === "https:" ? 443 : 80) : url.port,
    method: "CONNECT",
    path: target,
    headers: { ...Proxy.headers(proxy), host: target },
    agent: false
  }
  const request = url.protocol === "https:" ? Https.request({ ...options, ...tls }) : Http.request(options)
  request.once("connect", (response, socket, head) => {
    if (response.statusCode === 200) {
      if (head.length > 0) socket.unshift(head)
      return done(socket)
    }
    socket.destroy()
    done(`the proxy answered ${response.statusCode} ${response.statusMessage ?? ""}`.trim())
  })
  // An answer to CONNECT that is none.
  request.once("response", (response) => {
    response.destroy()
    done(`the proxy answered ${response.statusCode} ${response.statusMessage ?? ""}`.trim())
  })
  request.on("error", (error) => done(`the proxy cannot be reached: ${error.message}`))
  request.end()
  return request
}

/**
 * A way to a target through a proxy: an address of this machine that `@grpc/grpc-js` can be given, since it takes no socket
 * of ours, and knows neither proxies over TLS nor headers for them. It is a socket in a folder that only this user can open,
 * where the system has such.
 */
export const open = (proxy: Proxy.Proxy, target: string): Effect.Effect<string, TunnelError, Scope.Scope> =>
  Effect.gen(function*() {
    const tls = proxy.tls === undefined ? {} : Tls.toConnectionOptions(proxy.tls)
    const folder = yield* Effect.acquireRelease(
      Effect.tryPromise({
        try: () => Fs.mkdtemp(Path.join(Os.tmpdir(), "pinecone-")),
        catch: (cause) => new TunnelError({ message: message(cause) })
      }),
      (folder) => Effect.promise(() => Fs.rm(folder, { recursive: true, force: true }))
    )
    const sockets = new Set<{ readonly destroy: () => unknown }>()
    const server = Net.createServer((inner) => {
      sockets.add(inner)
      inner.on("error", () => inner.destroy())
      const request = connect(proxy, tls, target, (outer) => {
        if (typeof outer === "string") return void inner.destroy(new Error(outer))
        sockets.add(outer)
        outer.on("error", () => inner.destroy())
        outer.once("close", () => {
          sockets.delete(outer)
          inner.destroy()
        })
        inner.pipe(outer)
        outer.pipe(inner)
      })
      inner.once("close", () => {
        sockets.delete(inner)
        request.destroy()
      })
    })
    const windows = process.platform === "win32"
    const path = Path.join(folder, "proxy")
    yield* Effect.acquireRelease(
      Effect.async<void, TunnelError>((resume) => {
        server.once("error", (cause) => resume(Effect.fail(new TunnelError({ message: cause.message }))))
        if (windows) server.listen(0, "127.0.0.1", () => resume(Effect.void))
        else server.listen(path, () => resume(Effect.void))
      }),
      () =>
        Effect.async<void>((resume) => {
          for (const socket of sockets) socket.destroy()
          server.close(() => resume(Effect.void))
        })
    )
    const address = server.address()
    return typeof address === "object" && address !== null ? `127.0.0.1:${address.port}` : `unix:${path}`
  })
