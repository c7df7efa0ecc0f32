import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { channel } from "node:diagnostics_channel"
import { Socket } from "node:net"

export interface Sockets {
  /** How many are open now, and how many were at once at most. */
  open: number
  most: number
}

/** Counts the connections that this process makes, as their maker sees them: a server learns of an end later. */
export const count: Effect.Effect<Sockets, never, Scope.Scope> = Effect.gen(function*() {
  const sockets = { open: 0, most: 0 }
  const made = (message: unknown) => {
    const { socket } = message as { readonly socket: unknown }
    if (!(socket instanceof Socket)) return
    sockets.open++
    sockets.most = Math.max(sockets.most, sockets.open)
    socket.once("close", () => sockets.open--)
  }
  const channelOfSockets = channel("net.client.socket")
  yield* Effect.acquireRelease(
    Effect.sync(() => channelOfSockets.subscribe(made)),
    () => Effect.sync(() => channelOfSockets.unsubscribe(made))
  )
  return sockets
})
