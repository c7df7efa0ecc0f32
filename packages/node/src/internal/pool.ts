import * as Effect from "effect/Effect"
import * as MutableQueue from "effect/MutableQueue"
import type * as Net from "node:net"
import type * as Undici from "undici"
import type { Connection, Connector, OnConnected } from "../Connector.js"
import type { Exchange } from "./exchange.js"

export interface Settings {
  /** The most connections to an origin, or Infinity. */
  readonly connections: number
  readonly pipelining: number
  readonly client: Omit<Undici.Client.Options, "connect" | "pipelining">
}

/** With the library that the connections are made of. */
interface PoolSettings extends Settings {
  readonly undici: typeof Undici.default
}

interface Waiting {
  readonly options: Undici.Dispatcher.DispatchOptions
  readonly exchange: Exchange
}

const ignore = () => {}

const closed = () => new Error("the HTTP client is closed: its scope has ended")

/** A client of undici: one connection, which is made for a request, and made anew when it was lost. */
export class Lane {
  private readonly client: Undici.Client
  private connection: Connection | undefined
  private socket: Net.Socket | null = null
  /** The requests that were given to it and have not ended. */
  running = 0
  /** It stands among those of its pool that take another request. */
  isFree = false
  retired = false

  constructor(
    private readonly pool: Pool,
    origin: string,
    connector: Connector,
    { client, pipelining, undici }: PoolSettings
  ) {
    this.client = new undici.Client(origin, {
      ...client,
      pipelining,
      connect: (target, onConnected) => {
        const connected: OnConnected = (...result) => {
          this.socket = result[1]
          onConnected(...result)
        }
        const connection = connector.connect(target, connected, () => {
          if (this.connection !== connection) return
          this.connection = undefined
          if (this.running === 0 || this.retired) pool.remove(this)
        })
        this.connection = connection
      }
    })
  }

  /** It has a connection, or one is on its way. */
  get isOpen(): boolean {
    return this.connection?.isOpen === true
  }

  /** A request is not sent to its end. */
  get isSending(): boolean {
    return this.socket !== null && this.socket.writableLength > 0
  }

  /** Nothing is left of a connection. */
  get isGone(): boolean {
    return this.connection === undefined
  }

  send({ exchange, options }: Waiting): void {
    this.running++
    exchange.lane = this
    this.client.dispatch(options, exchange)
  }

  /** A request has ended. */
  release(): void {
    this.running--
    this.pool.released(this)
  }

  /**
   * Interrupts a request that was given to it. Where no other runs, the connection is closed for good, made or not: undici
   * would make it anew. A request that has not begun leaves a connection as it is.
   */
  interrupt(hasBegun: boolean, end: () => void): void {
    if (this.retired || this.running > 1 || (!hasBegun && this.connection?.isReady === true)) return end()
    this.retired = true
    end()
    this.destroy(closed())
    if (this.isGone) this.pool.remove(this)
  }

  destroy(reason: Error): void {
    this.client.destroy(reason, ignore)
    this.connection?.destroy()
  }
}

/** The connections to an origin. Those that were used last are used first, so that the others can grow old. */
export class Pool {
  private readonly lanes = new Set<Lane>()
  /** Those that take another request. */
  private readonly free: Array<Lane> = []
  private readonly waiting = MutableQueue.unbounded<Waiting>()

  constructor(
    private readonly origin: string,
    private readonly connector: Connector,
    private readonly settings: PoolSettings,
    /** Nothing is open any more, and nobody waits. */
    private readonly onEmpty: () => void
  ) {}

  dispatch(request: Waiting): void {
    const lane = this.free.pop() ?? this.open()
    if (lane === undefined) return void MutableQueue.offer(this.waiting, request)
    lane.isFree = false
    lane.send(request)
    this.offer(lane)
  }

  private offer(lane: Lane): void {
    if (lane.isFree || lane.retired || lane.running >= this.settings.pipelining) return
    lane.isFree = true
    this.free.push(lane)
  }

  private open(): Lane | undefined {
    if (this.lanes.size >= this.settings.connections) return undefined
    const lane = new Lane(this, this.origin, this.connector, this.settings)
    this.lanes.add(lane)
    return lane
  }

  private next(): Waiting | undefined {
    for (;;) {
      const request = MutableQueue.poll(this.waiting, undefined)
      // Who was interrupted waits no more.
      if (request === undefined || !request.exchange.hasEnded) return request
    }
  }

  released(lane: Lane): void {
    if (lane.retired) return
    if (lane.running === 0 && !lane.isOpen) {
      if (lane.isGone) this.remove(lane)
      return
    }
    // undici takes no request while it tells those of a lost connection that they have failed.
    const request = lane.isOpen ? this.next() : undefined
    if (request === undefined) this.offer(lane)
    else lane.send(request)
  }

  remove(lane: Lane): void {
    if (!this.lanes.delete(lane)) return
    lane.retired = true
    if (lane.isFree) this.free.splice(this.free.indexOf(lane), 1)
    this.fill()
    if (this.lanes.size === 0) this.onEmpty()
  }

  /** Gives those who wait the room that there is. */
  private fill(): void {
    while (this.free.length > 0 || this.lanes.size < this.settings.connections) {
      const request = this.next()
      if (request === undefined) return
      this.dispatch(request)
    }
  }

  close(): void {
    const reason = closed()
    for (const { exchange } of MutableQueue.pollUpTo(this.waiting, Infinity)) exchange.fail(reason)
    for (const lane of this.lanes) {
      lane.retired = true
      lane.destroy(reason)
    }
  }
}

/** The connections of a client. */
export class Pools {
  private readonly pools = new Map<string, Pool>()
  private closed = false

  constructor(private readonly connector: Connector, private readonly settings: Settings) {}

  dispatch(
    undici: typeof Undici.default,
    origin: string,
    options: Undici.Dispatcher.DispatchOptions,
    exchange: Exchange
  ): void {
    if (this.closed) return exchange.fail(closed())
    const pool = this.pools.get(origin) ?? this.open(undici, origin)
    pool.dispatch({ options, exchange })
  }

  private open(undici: typeof Undici.default, origin: string): Pool {
    const pool = new Pool(origin, this.connector, { ...this.settings, undici }, () => this.pools.delete(origin))
    this.pools.set(origin, pool)
    return pool
  }

  /** Of how many origins something is kept. */
  get count(): number {
    return this.pools.size
  }

  /** Ends every request and closes every connection. */
  readonly close: Effect.Effect<void> = Effect.suspend(() => {
    this.closed = true
    for (const pool of this.pools.values()) pool.close()
    this.pools.clear()
    return this.connector.close
  })
}
