import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { once } from "node:events"
import * as Net from "node:net"

/** Lets what is under way in Node come to its end. */
export const turn = Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve)))

/** A bare connection, with all that came over it so far. */
export interface Bare {
  readonly socket: Net.Socket
  readonly write: (bytes: string | Uint8Array) => Effect.Effect<void>
  /** What has come, once it is as this says. */
  readonly until: (enough: (received: Buffer) => boolean) => Effect.Effect<Buffer>
  /** What came until the server ended the connection. */
  readonly ended: Effect.Effect<Buffer>
}

/** A bare connection to an address with a scheme. */
export const open = (url: string): Effect.Effect<Bare, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { hostname, port } = new URL(url)
    const socket = yield* Effect.acquireRelease(
      Effect.sync(() => Net.connect({ host: hostname, port: Number(port), noDelay: true })),
      (socket) => Effect.sync(() => socket.destroy())
    )
    let received = Buffer.alloc(0)
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
    })
    // A connection that the server breaks off ends all the same.
    socket.on("error", () => {})
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()))
    yield* Effect.promise(() => once(socket, "connect"))
    return {
      socket,
      write: (bytes) => Effect.promise(() => new Promise<void>((resolve) => socket.write(bytes, () => resolve()))),
      until: (enough) =>
        Effect.async((resume) => {
          const look = () => {
            if (!enough(received)) return
            socket.off("data", look)
            resume(Effect.succeed(received))
          }
          socket.on("data", look)
          look()
        }),
      ended: Effect.map(Effect.promise(() => closed), () => received)
    }
  })

/** Waits until a port takes no connections. */
export const refused = (url: string): Effect.Effect<void> => {
  const { hostname, port } = new URL(url)
  const attempt = Effect.async<boolean>((resume) => {
    const socket = Net.connect({ host: hostname, port: Number(port) })
    const told = (refused: boolean) => () => {
      socket.destroy()
      resume(Effect.succeed(refused))
    }
    socket.once("connect", told(false)).once("error", told(true))
  })
  return Effect.asVoid(Effect.repeat(attempt, { until: (refused) => refused }))
}

/** What keeps the process alive, of connections, ports and timers. */
export const resources = (): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = { TCPServerWrap: 0, TCPSocketWrap: 0, TLSWrap: 0, Timeout: 0 }
  for (const name of process.getActiveResourcesInfo()) if (name in counts) counts[name]!++
  return counts
}
