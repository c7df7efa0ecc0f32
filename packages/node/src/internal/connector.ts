import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Http from "node:http"
import * as Net from "node:net"
import * as NodeTls from "node:tls"
import type { Connection, Connector, OnConnected, Protocol } from "../Connector.js"
import * as Proxy from "../Proxy.js"
import type { Tls } from "../Tls.js"

const mostSessions = 100

/** How to speak TLS, and what is remembered of the hosts, so that a second connection to one begins faster. */
export class Security {
  private readonly sessions = new Map<string, Buffer>()

  constructor(
    readonly context: NodeTls.SecureContext,
    readonly settings: Pick<Tls, "serverName" | "unsafelyAcceptAnyCertificate"> = {}
  ) {}

  session(host: string): Buffer | undefined {
    return this.sessions.get(host)
  }

  remember(host: string, session: Buffer): void {
    if (this.sessions.size === mostSessions) this.sessions.clear()
    this.sessions.set(host, session)
  }

  forget(host: string): void {
    this.sessions.delete(host)
  }
}

/** A proxy, with all that was made of its settings. */
export interface Route {
  readonly endpoint: Proxy.Endpoint
  readonly headers: Readonly<Record<string, string>>
  readonly security: () => Security
}

/** What all connections of a connector have in common. */
export interface Settings {
  /** What is spoken over them. */
  readonly protocol: Protocol
  /** In milliseconds, or Infinity. */
  readonly timeout: number
  readonly security: () => Security
  readonly route: (url: URL) => Route | undefined
}

/** Where a connection leads. */
interface Target {
  readonly hostname: string
  readonly port: number
}

const show = ({ hostname, port }: Target): string => `${Net.isIPv6(hostname) ? `[${hostname}]` : hostname}:${port}`

const encrypt = (
  target: Target,
  security: Security,
  under: Net.Socket,
  protocol: Protocol
): NodeTls.TLSSocket => {
  const { serverName = Net.isIP(target.hostname) === 0 ? target.hostname : undefined, unsafelyAcceptAnyCertificate } =
    security.settings
  const host = show(target)
  const session = security.session(host)
  const socket = NodeTls.connect({
    socket: under,
    host: target.hostname,
    secureContext: security.context,
    ALPNProtocols: [protocol],
    ...(serverName === undefined ? {} : { servername: serverName }),
    ...(session === undefined ? {} : { session }),
    ...(unsafelyAcceptAnyCertificate === true ? { rejectUnauthorized: false } : {})
  })
  under.once("close", () => socket.destroy())
  socket.on("session", (session) => security.remember(host, session))
  // A session that led to no connection is not tried again.
  const forget = () => security.forget(host)
  socket.once("error", forget)
  socket.once("secureConnect", () => socket.off("error", forget))
  return socket
}

/** Where a redirect points: the origin and the path, for what stands beside them may be secret. */
const pointer = (location: string | undefined): string => {
  if (location === undefined || !URL.canParse(location)) return ""
  const { host, pathname, protocol } = new URL(location)
  return `, a redirect to ${protocol}//${host}${pathname}`
}

const refusal = (
  { endpoint, headers }: Route,
  target: Target,
  status: number,
  location: string | undefined
): Proxy.ProxyError => {
  const text = Http.STATUS_CODES[status]
  // 401 is wrong of a proxy, and some say it all the same.
  const why = status !== 407 && status !== 401
    ? `refuses to connect to ${show(target)}: ${status}${text === undefined ? "" : ` ${text}`}${pointer(location)}`
    : "proxy-authorization" in headers
    ? `refuses the user name or the password (${status})`
    : `requires a user name and a password (${status}): set them in its URL, or as username and password`
  return new Proxy.ProxyError({ status, message: `the proxy ${endpoint.address} ${why}` })
}

/** Asks a proxy for a tunnel, over a connection to it. */
const tunnel = (socket: Net.Socket, route: Route, target: Target, then: {
  readonly made: () => void
  readonly refused: (status: number, location: string | undefined) => void
  readonly failed: (error: Error) => void
}): void => {
  const request = Http.request({
    method: "CONNECT",
    path: show(target),
    headers: { "proxy-connection": "keep-alive", ...route.headers, host: show(target) },
    createConnection: () => socket
  })
  request.once("connect", ({ headers: { location }, statusCode = 0 }, _socket, head) => {
    if (statusCode < 200 || statusCode > 299) return then.refused(statusCode, location)
    if (head.length > 0) socket.unshift(head)
    then.made()
  })
  request.on("error", then.failed)
  request.end()
}

/** What Node says of a connection, where that says little. */
const told = (error: NodeJS.ErrnoException, { hostname }: Target): Error => {
  if (error.code === "ENOTFOUND" || error.code === "EAI_AGAIN") {
    return new Error(`cannot resolve the host name ${hostname}`, { cause: error })
  }
  // Where a name has many addresses, it is nothing but that none could be connected to.
  return error instanceof AggregateError && error.message === ""
    ? new Error(error.errors.map((each) => each instanceof Error ? each.message : String(each)).join("; "), {
      cause: error
    })
    : error
}

/** One connection: its sockets, one over the other, and how far it has come. */
class Attempt implements Connection {
  isOpen = true
  isReady = false
  private readonly sockets = new Set<Net.Socket>()
  private readonly timer: NodeJS.Timeout | undefined
  /** Says what went wrong, by how far it has come. */
  private explain = (cause: Error): Error => cause

  constructor(
    private readonly target: Target,
    private readonly isSecure: boolean,
    private readonly proxy: Route | undefined,
    private readonly settings: Settings,
    private readonly onConnected: OnConnected,
    private readonly onClosed: () => void
  ) {
    const { timeout } = settings
    if (timeout !== Infinity) this.timer = setTimeout(() => this.fail(this.late()), timeout)
    if (proxy === undefined) this.reach(target, (socket) => this.arrive(socket))
    else this.reachThrough(proxy)
  }

  destroy(): void {
    this.fail(new Error("the connection was closed"))
    this.isOpen = false
    this.destroySockets()
  }

  ready(): void {
    if (!this.isOpen) return
    this.isReady = true
    clearTimeout(this.timer)
  }

  keepsAlive(isNeeded: boolean): void {
    for (const socket of this.sockets) {
      if (isNeeded) socket.ref()
      else socket.unref()
    }
  }

  /** The last one first: from below, TLS over TLS does not hear of it. */
  private destroySockets(): void {
    for (const socket of Array.from(this.sockets).reverse()) socket.destroy()
  }

  private late(): Error {
    const through = this.proxy === undefined ? "" : ` through the proxy ${this.proxy.endpoint.address}`
    return new Error(`no connection to ${show(this.target)}${through} within ${Duration.format(this.settings.timeout)}`)
  }

  private fail(error: Error): void {
    if (!this.isOpen || this.isReady) return
    this.isOpen = false
    clearTimeout(this.timer)
    this.destroySockets()
    this.onConnected(error, null)
  }

  private succeed(socket: Net.Socket): void {
    if (!this.isOpen) return
    // Who speaks HTTP/2 says when the other side does, too.
    if (this.settings.protocol === "http/1.1") this.ready()
    this.onConnected(null, socket)
  }

  private use(
    socket: Net.Socket,
    target: Target,
    event: "connect" | "secureConnect",
    then: (socket: Net.Socket) => void
  ): void {
    this.sockets.add(socket)
    // It stays when the connection is there: an error that nobody listens for would end the process.
    socket.on("error", (error) => this.fail(this.explain(told(error, target))))
    socket.once("close", () => {
      this.sockets.delete(socket)
      if (!this.isReady) this.fail(this.explain(new Error("the connection was closed")))
      this.isOpen = false
      if (this.sockets.size === 0) this.onClosed()
    })
    socket.once(event, () => then(socket))
  }

  private reach(target: Target, then: (socket: Net.Socket) => void): void {
    const { hostname, port } = target
    // Node of version 20 reads a quarter of that at once unless told, and its types do not know that it can be told.
    const large = { highWaterMark: 64 * 1024 }
    const options = { host: hostname, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000, ...large }
    this.use(Net.connect(options), target, "connect", then)
  }

  private secure(
    target: Target,
    security: Security,
    under: Net.Socket,
    protocol: Protocol,
    then: (socket: Net.Socket) => void
  ): void {
    this.use(encrypt(target, security, under, protocol), target, "secureConnect", then)
  }

  private arrive(socket: Net.Socket): void {
    this.explain = (cause) => cause
    const { protocol, security } = this.settings
    if (this.isSecure) this.secure(this.target, security(), socket, protocol, (socket) => this.succeed(socket))
    else this.succeed(socket)
  }

  private reachThrough(proxy: Route): void {
    const { endpoint, security } = proxy
    this.explain = (cause) =>
      new Proxy.ProxyError({ message: `the proxy ${endpoint.address} cannot be reached: ${cause.message}`, cause })
    this.reach(endpoint, (socket) => {
      if (endpoint.protocol === "http:") this.ask(proxy, socket)
      else this.secure(endpoint, security(), socket, "http/1.1", (socket) => this.ask(proxy, socket))
    })
  }

  private ask(proxy: Route, socket: Net.Socket): void {
    this.explain = (cause) =>
      new Proxy.ProxyError({
        message: `the proxy ${proxy.endpoint.address} made no connection to ${show(this.target)}: ${cause.message}`,
        cause
      })
    tunnel(socket, proxy, this.target, {
      made: () => this.arrive(socket),
      refused: (status, location) => this.fail(refusal(proxy, this.target, status, location)),
      failed: (error) => this.fail(this.explain(error))
    })
  }
}

const none: Connection = { isOpen: false, isReady: false, ready: () => {}, keepsAlive: () => {}, destroy: () => {} }

export const make = (settings: Settings): Connector => {
  const open = new Set<Connection>()
  let isClosed = false
  const whenEmpty: Array<() => void> = []

  const connect: Connector["connect"] = ({ host, hostname, port, protocol }, onConnected, onClosed) => {
    if (isClosed) {
      onConnected(new Error("the client is closed: its scope has ended"), null)
      return none
    }
    const isSecure = protocol === "https:"
    const target: Target = {
      hostname: hostname.replace(/^\[(.*)\]$/, "$1"),
      port: port === "" ? (isSecure ? 443 : 80) : Number(port)
    }
    const proxy = settings.route(new URL(`${protocol}//${host ?? show(target)}`))
    const attempt: Connection = new Attempt(target, isSecure, proxy, settings, onConnected, () => {
      open.delete(attempt)
      onClosed()
      if (open.size > 0) return
      for (const resume of whenEmpty.splice(0)) resume()
    })
    open.add(attempt)
    return attempt
  }

  const close = Effect.async<void>((resume) => {
    isClosed = true
    for (const connection of open) connection.destroy()
    if (open.size === 0) resume(Effect.void)
    else whenEmpty.push(() => resume(Effect.void))
  })

  return { connect, close }
}
