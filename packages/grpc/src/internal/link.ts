import type { Connection, Connector } from "@effect-pinecone/node/Connector"
import * as Http2 from "node:http2"
import type * as Net from "node:net"
import type { Address } from "./address.js"
import * as address from "./address.js"
import type { Carrier, PendingCall } from "./pendingCall.js"

/** What all connections have in common: durations in milliseconds, or Infinity. */
export interface Settings {
  readonly keepAlive: number
  readonly keepAliveTimeout: number
  readonly idleTimeout: number
}

/** An answer with a thousand vectors is megabytes: it should not wait for a window of 64 KB again and again. */
const receiveWindow = 8 * 1024 * 1024

/** How long the other side may take to end a connection, in milliseconds. */
const farewell = 10_000

const lost = "the connection was lost"

const { NGHTTP2_ENHANCE_YOUR_CALM } = Http2.constants

/** One connection to a host, and the calls over it. When it is lost, or does not come about, the next call needs another. */
export class Link implements Carrier {
  private isRetired = false
  reason: string | undefined
  readonly authority: string
  private readonly connection: Connection | undefined
  private opened: Http2.ClientHttp2Session | undefined
  /** Those that it is not there for yet. */
  private readonly waiting = new Set<PendingCall>()
  private readonly running = new Set<PendingCall>()
  private socket: Net.Socket | undefined
  private idle: NodeJS.Timeout | undefined
  private pulse: NodeJS.Timeout | undefined
  /** The next call is to find out at once whether the server is still there. */
  private isDue = false

  constructor(
    private readonly host: Address,
    connector: Connector,
    private readonly settings: Settings,
    /** The server bears fewer signs of life. */
    private readonly onTooManyPings: () => void,
    onClosed: () => void
  ) {
    this.authority = address.show(host)
    this.connection = connector.connect(
      host.url,
      (error, socket) => {
        if (error === null) this.begin(socket)
        else this.fail(error.message)
      },
      onClosed
    )
  }

  /** Whether it takes new calls. */
  get isUsable(): boolean {
    return !this.isRetired && this.opened?.closed !== true && this.opened?.destroyed !== true
  }

  get isOpen(): boolean {
    return this.connection?.isOpen === true
  }

  get session(): Http2.ClientHttp2Session {
    return this.opened!
  }

  add(call: PendingCall): void {
    clearTimeout(this.idle)
    this.idle = undefined
    if (this.connection?.isReady !== true) return void this.waiting.add(call)
    if (this.running.size === 0) this.connection.keepsAlive(true)
    this.running.add(call)
    this.beat()
    call.send(this)
  }

  /** A call that waits here does so no longer. */
  remove(call: PendingCall): void {
    this.waiting.delete(call)
  }

  ended(call: PendingCall): void {
    if (!this.running.delete(call) || this.running.size > 0) return
    this.connection?.keepsAlive(false)
    if (this.isRetired) this.leave()
    else this.rest()
  }

  /** Ends everything at once, the calls that are under way included. */
  fail(reason: string): void {
    this.isRetired = true
    this.reason ??= reason
    clearTimeout(this.idle)
    clearTimeout(this.pulse)
    for (const call of this.waiting) call.lost(this.reason)
    this.waiting.clear()
    this.opened?.destroy()
    // There is none yet where the connector is closed.
    this.connection?.destroy()
  }

  private begin(socket: Net.Socket): void {
    // The session would not say.
    socket.on("error", (error) => this.fail(`${lost}: ${error.message}`))
    const session = Http2.connect(this.host.url, {
      createConnection: () => socket,
      maxSessionMemory: Number.MAX_SAFE_INTEGER,
      settings: { enablePush: false, initialWindowSize: receiveWindow }
    })
    this.opened = session
    this.socket = socket
    session.once("remoteSettings", () => this.ready(session))
    session.on("error", (error) => this.fail(error.message))
    // Node closes the session when its calls have ended, or at once where the server says that something is wrong.
    session.on("goaway", (code, _last, data) => {
      if (code === NGHTTP2_ENHANCE_YOUR_CALM && data?.toString() === "too_many_pings") this.onTooManyPings()
      this.retire()
    })
    session.on("close", () => this.fail(lost))
  }

  private ready(session: Http2.ClientHttp2Session): void {
    session.setLocalWindowSize(receiveWindow)
    this.connection?.ready()
    const calls = Array.from(this.waiting)
    this.waiting.clear()
    for (const call of calls) this.add(call)
    if (this.running.size === 0) this.rest()
  }

  /** New calls go elsewhere, and those that are under way come to their end. */
  retire(): void {
    this.isRetired = true
    for (const call of Array.from(this.running)) call.move()
    if (this.running.size === 0) this.leave()
  }

  /** Ends the connection, and does not wait for ever for the other side to do so, too. */
  private leave(): void {
    clearTimeout(this.idle)
    this.opened?.close()
    this.idle = setTimeout(() => this.fail(lost), farewell).unref()
  }

  /** Nobody needs it for now: it keeps no process running, and is closed after a while. */
  private rest(): void {
    const { idleTimeout } = this.settings
    this.connection?.keepsAlive(false)
    if (idleTimeout !== Infinity) this.idle = setTimeout(() => this.retire(), idleTimeout).unref()
  }

  /** Asks for signs of life while there are calls. The time goes on when there are none, and is over with the next one. */
  private beat(): void {
    const { keepAlive } = this.settings
    if (keepAlive !== Infinity) this.pulse ??= setTimeout(() => this.ask(), this.isDue ? 0 : keepAlive).unref()
  }

  private ask(): void {
    this.pulse = undefined
    const session = this.opened
    this.isDue = this.running.size === 0
    if (this.isDue || session === undefined || session.destroyed) return
    this.listen()
    const alive = (error: Error | null) => {
      clearTimeout(this.pulse)
      this.pulse = undefined
      if (error === null && this.running.size > 0) this.beat()
    }
    // Node sends no PING once it is about to close the connection.
    if (session.closed) session.settings({}, alive)
    else session.ping(alive)
  }

  /** Waits for a sign of life: whatever comes is one, since the one that was asked for may come behind megabytes. */
  private listen(): void {
    const before = this.socket?.bytesRead
    this.pulse = setTimeout(() => {
      if (this.socket?.bytesRead === before) this.fail(`${lost}: the server did not answer a ping`)
      else this.listen()
    }, this.settings.keepAliveTimeout).unref()
  }
}
