import { baseUrl } from "@effect-pinecone/http/PineconeHttpClient"
import * as Headers from "@effect/platform/Headers"
import * as grpc from "@grpc/grpc-js"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Service } from "../GrpcChannel.js"
import { Status } from "../GrpcChannel.js"
import type { Address } from "./address.js"
import * as address from "./address.js"
import type { Use } from "./call.js"
import { unary } from "./call.js"
import type { Route, Security, Way } from "./handshake.js"
import { Handshakes } from "./handshake.js"

/** What all connections have in common. */
export interface Settings {
  readonly channelOptions: grpc.ChannelOptions
  /** In milliseconds, or Infinity. */
  readonly connectTimeout: number
  readonly security: () => Security
  readonly route: (url: URL) => Route | undefined
}

const unreached = (message: string) =>
  new Status({ code: grpc.status.UNAVAILABLE, message, headers: Headers.empty, answered: false })

const closed = "the gRPC channel is closed: its scope has ended"

const { CONNECTING, IDLE, READY, SHUTDOWN, TRANSIENT_FAILURE } = grpc.connectivityState

const notConnected = /^No connection established\. Last error: (.*?)(?: \(\d{4}-[^()]*Z\))?\. Resolution note: .*$/s

/**
 * A channel of the library for one connection: when that is lost, or does not come about, the next call makes another
 * link. A channel that is kept would wait longer from one try to the next, whatever the settings say of retries, and would
 * wait for ever where a server takes a connection and says nothing.
 */
class Link implements Use {
  isUsable = true
  readonly channel: grpc.Channel
  private readonly handshakes: Handshakes
  private calls = 0
  private timer: NodeJS.Timeout | undefined
  /** Why the channel was closed. */
  private reason: string | undefined

  constructor(
    private readonly way: Way,
    private readonly settings: Settings,
    userAgent: string,
    private readonly onClosed: () => void
  ) {
    const { host, route } = way
    this.handshakes = new Handshakes(way)
    this.channel = new grpc.Channel(`dns:${address.show(route?.endpoint ?? host)}`, this.handshakes, {
      ...settings.channelOptions,
      "grpc.primary_user_agent": userAgent,
      "grpc.default_authority": address.show(host)
    })
    this.follow()
  }

  begin(): this {
    this.calls++
    return this
  }

  end(): void {
    this.calls--
    if (!this.isUsable && this.calls === 0) this.shut()
  }

  explained(status: Status): Status {
    return status.answered || status.malformed === true || status.code === grpc.status.DEADLINE_EXCEEDED
      ? status
      : unreached(this.explain(status.message))
  }

  /** Ends everything at once, the calls that are under way included. */
  close(reason: string): Promise<void> {
    this.reason = reason
    this.shut()
    this.handshakes.close()
    return this.handshakes.empty()
  }

  /** Waits for the channel to change, until it is closed. */
  private follow(): void {
    const before = this.channel.getConnectivityState(false)
    if (before === SHUTDOWN) return
    this.channel.watchConnectivityState(before, Infinity, () => {
      this.changed(this.channel.getConnectivityState(false))
      this.follow()
    })
  }

  private changed(state: grpc.connectivityState): void {
    const { connectTimeout } = this.settings
    if (state === READY) this.handshakes.ready()
    if (state === CONNECTING) {
      if (connectTimeout !== Infinity) this.timer ??= setTimeout(() => this.late(), connectTimeout).unref()
    } else {
      clearTimeout(this.timer)
      this.timer = undefined
    }
    if (state === IDLE || state === TRANSIENT_FAILURE) this.retire()
  }

  private late(): void {
    const { route } = this.way
    const through = route === undefined ? "" : ` through the proxy ${route.endpoint.address}`
    this.reason = `no connection${through} within ${Duration.format(this.settings.connectTimeout)}`
    this.shut()
  }

  /** New calls go elsewhere, and those that are under way come to their end. */
  private retire(): void {
    this.isUsable = false
    if (this.calls === 0) this.shut()
  }

  private shut(): void {
    if (this.channel.getConnectivityState(false) === SHUTDOWN) return
    this.isUsable = false
    clearTimeout(this.timer)
    this.channel.close()
    this.handshakes.giveUp()
    void this.handshakes.empty().then(this.onClosed)
  }

  /** Why there was no answer, in the words of the other transport. */
  private explain(message: string): string {
    if (this.reason !== undefined) return this.reason
    const { host, route } = this.way
    if (message.startsWith("Name resolution failed")) {
      return `${(route?.endpoint ?? host).hostname} is not known: its name cannot be resolved`
    }
    const why = notConnected.exec(message)?.[1]
    if (why === undefined) return message
    // What begins so comes before the handshakes, which speak for themselves.
    const plain = why.replace(/^Error: /, "")
    return route === undefined || plain === why
      ? plain
      : `the proxy ${route.endpoint.address} cannot be reached: ${plain}`
  }
}

/** The links to a host, one after another. */
class Host {
  private link: Link | undefined
  private isClosed = false
  private readonly all = new Set<Link>()

  constructor(
    private readonly way: Way,
    private readonly settings: Settings,
    private readonly userAgent: string
  ) {}

  readonly begin = (): Use | Status => this.isClosed ? unreached(closed) : this.usable().begin()

  async close(reason: string): Promise<void> {
    this.isClosed = true
    await Promise.all(Array.from(this.all, (link) => link.close(reason)))
  }

  private usable(): Link {
    if (this.link?.isUsable === true) return this.link
    const link: Link = new Link(this.way, this.settings, this.userAgent, () => this.all.delete(link))
    this.all.add(link)
    return this.link = link
  }
}

/** Connections to each host that is called, closed with the scope. */
export const make = (settings: Settings): Effect.Effect<Service, never, Scope.Scope> =>
  Effect.gen(function*() {
    const hosts = new Map<string, Host>()
    let isClosed = false

    const hostOf = (where: Address, userAgent: string): Host =>
      new Host({ host: where, route: settings.route(where.url), security: settings.security }, settings, userAgent)

    yield* Effect.addFinalizer(() =>
      Effect.promise(() => {
        isClosed = true
        return Promise.all(Array.from(hosts.values(), (host) => host.close(closed)))
      })
    )

    return {
      unary: (call) =>
        Effect.suspend(() => {
          if (isClosed) return Effect.fail(unreached(closed))
          // The user agent belongs to a connection. One application has one, as a rule.
          const userAgent = call.headers["user-agent"] ?? ""
          const key = `${call.host} ${userAgent}`
          const known = hosts.get(key)
          if (known !== undefined) return unary(call, known.begin)
          const where = address.of(baseUrl(call.host))
          if (where === undefined) return Effect.fail(unreached(`${call.host} is no address`))
          const host = hostOf(where, userAgent)
          hosts.set(key, host)
          return unary(call, host.begin)
        })
    }
  })
