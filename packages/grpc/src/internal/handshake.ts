import type * as Proxy from "@effect-pinecone/node/Proxy"
import * as grpc from "@grpc/grpc-js"
import * as Http from "node:http"
import * as Net from "node:net"
import * as NodeTls from "node:tls"
import type { Address } from "./address.js"
import * as address from "./address.js"

/** How to speak TLS with a server. */
export interface Security {
  readonly context: NodeTls.SecureContext
  readonly rejectUnauthorized: boolean
  readonly serverName: string | undefined
}

/** A proxy, with all that was made of its settings. */
export interface Route {
  readonly endpoint: Proxy.Endpoint
  readonly headers: Readonly<Record<string, string>>
  readonly security: () => Security
}

/** How a host is reached. */
export interface Way {
  readonly host: Address
  readonly route: Route | undefined
  readonly security: () => Security
}

/** A step to a connection that has failed. It shows as its message, since the library shows it within a text of its own. */
class HandshakeError extends Error {
  override toString(): string {
    return this.message
  }
}

const messageOf = (cause: unknown): string => cause instanceof Error ? cause.message : String(cause)

/** Says what went wrong, by how far it has come. */
const explained = <A>(step: Promise<A>, explain: (cause: string) => string): Promise<A> =>
  step.catch((cause: unknown) =>
    Promise.reject(cause instanceof HandshakeError ? cause : new HandshakeError(explain(messageOf(cause))))
  )

const encrypt = (
  under: Net.Socket,
  hostname: string,
  { context, rejectUnauthorized, serverName = Net.isIP(hostname) === 0 ? hostname : undefined }: Security,
  protocol: "h2" | "http/1.1"
): NodeTls.TLSSocket => {
  const socket = NodeTls.connect({
    socket: under,
    host: hostname,
    secureContext: context,
    rejectUnauthorized,
    ALPNProtocols: [protocol],
    ...(serverName === undefined ? {} : { servername: serverName })
  })
  under.once("close", () => socket.destroy())
  return socket
}

/** Waits until a socket is encrypted. */
const encrypted = (socket: NodeTls.TLSSocket): Promise<NodeTls.TLSSocket> =>
  new Promise((resolve, reject) => {
    socket.once("error", reject)
    socket.once("close", () => reject(new Error("the connection was closed")))
    socket.once("secureConnect", () => resolve(socket))
  })

const refusal = (
  { endpoint, headers }: Pick<Route, "endpoint" | "headers">,
  target: Address,
  status: number
): HandshakeError => {
  const text = Http.STATUS_CODES[status]
  // 401 is wrong of a proxy, and some say it all the same.
  const why = status !== 407 && status !== 401
    ? `refuses to connect to ${address.show(target)}: ${status}${text === undefined ? "" : ` ${text}`}`
    : "proxy-authorization" in headers
    ? `refuses the user name or the password (${status})`
    : `asks for a user name and a password (${status}): give them in its URL, or as username and password`
  return new HandshakeError(`the proxy ${endpoint.address} ${why}`)
}

/** Asks a proxy for a tunnel, over a connection to it. */
const tunnel = (socket: Net.Socket, route: Pick<Route, "endpoint" | "headers">, target: Address): Promise<void> =>
  new Promise((resolve, reject) => {
    const request = Http.request({
      method: "CONNECT",
      path: address.show(target),
      headers: { "proxy-connection": "keep-alive", ...route.headers, host: address.show(target) },
      createConnection: () => socket
    })
    request.once("connect", ({ statusCode = 0 }, _socket, head) => {
      if (statusCode < 200 || statusCode > 299) return reject(refusal(route, target, statusCode))
      if (head.length > 0) socket.unshift(head)
      resolve()
    })
    request.on("error", reject)
    request.end()
  })

/** A connection, and what lies over it: TLS, and TLS over that. */
class Connection {
  /** Whether HTTP/2 is spoken over it. */
  isReady = false
  private readonly layers: Array<Net.Socket> = []

  constructor(socket: Net.Socket) {
    this.add(socket)
  }

  add<S extends Net.Socket>(socket: S): S {
    // An error that nobody listens for would end the process.
    socket.on("error", () => {})
    this.layers.push(socket)
    return socket
  }

  /** The last layer first: from below, TLS over TLS does not hear of it. */
  destroy(): void {
    for (const layer of Array.from(this.layers).reverse()) layer.destroy()
  }
}

/**
 * What comes between a connection and HTTP/2 on it: the tunnel of a proxy, and TLS. The library takes it as credentials,
 * and with them every socket passes through here: those that are left over when nobody waits for them can be closed, which
 * the library does not do.
 */
export class Handshakes extends grpc.ChannelCredentials {
  private readonly open = new Set<Connection>()
  private isClosed = false
  private readonly whenEmpty: Array<() => void> = []

  constructor(private readonly way: Way) {
    super()
  }

  _isSecure(): boolean {
    return this.way.host.secure
  }

  _equals(other: grpc.ChannelCredentials): boolean {
    return this === other
  }

  _createSecureConnector(): grpc.experimental.SecureConnector {
    const credentials = grpc.CallCredentials.createEmpty()
    return {
      connect: (socket) => this.shake(socket),
      waitForReady: () => Promise.resolve(),
      getCallCredentials: () => credentials,
      destroy: () => {}
    }
  }

  /** HTTP/2 is spoken over the connections that there are. */
  ready(): void {
    for (const connection of this.open) connection.isReady = true
  }

  /** Closes the connections that came to nothing. */
  giveUp(): void {
    this.isClosed = true
    for (const connection of this.open) if (!connection.isReady) connection.destroy()
  }

  /** Closes all connections. */
  close(): void {
    this.isClosed = true
    for (const connection of this.open) connection.destroy()
  }

  /** Waits until no connection is open. */
  empty(): Promise<void> {
    return new Promise((resolve) => {
      if (this.open.size === 0) resolve()
      else this.whenEmpty.push(resolve)
    })
  }

  private shake(socket: Net.Socket): Promise<grpc.experimental.SecureConnectResult> {
    const connection = new Connection(socket)
    this.open.add(connection)
    socket.once("close", () => {
      this.open.delete(connection)
      if (this.open.size > 0) return
      for (const resume of this.whenEmpty.splice(0)) resume()
    })
    const { host, route } = this.way
    const shaken = this.isClosed
      ? Promise.reject(new HandshakeError("nobody waits for the connection any more"))
      : (route === undefined ? Promise.resolve(socket) : this.through(connection, socket, route))
        .then((socket) => host.secure ? this.secured(connection, socket) : { socket, secure: false })
    return shaken.catch((cause: unknown) => {
      connection.destroy()
      return Promise.reject(cause)
    })
  }

  private secured(connection: Connection, under: Net.Socket): Promise<grpc.experimental.SecureConnectResult> {
    const { host, security } = this.way
    const socket = connection.add(encrypt(under, host.hostname, security(), "h2"))
    return explained(encrypted(socket), (cause) => cause).then((socket) => ({ socket, secure: true }))
  }

  private through(
    connection: Connection,
    socket: Net.Socket,
    { endpoint, headers, security }: Route
  ): Promise<Net.Socket> {
    const { host } = this.way
    const proxied: Promise<Net.Socket> = endpoint.protocol === "http:"
      ? Promise.resolve(socket)
      : explained(
        encrypted(connection.add(encrypt(socket, endpoint.hostname, security(), "http/1.1"))),
        (cause) => `the proxy ${endpoint.address} cannot be reached: ${cause}`
      )
    return proxied.then((socket) =>
      explained(
        tunnel(socket, { endpoint, headers }, host),
        (cause) => `the proxy ${endpoint.address} made no connection to ${address.show(host)}: ${cause}`
      ).then(() => socket)
    )
  }
}
